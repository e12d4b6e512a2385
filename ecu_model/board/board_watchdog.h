/// Watchdog of the coil drivers: expects the next token of a 16-bit Galois LFSR every 10 ms.
///
/// Model    x -> x >> 1, ^ 0xB400 if the lowest bit was 1; the first token is 0xACE1. A token is a
///          value that differs from the last one and from 0. A wrong one, one less than 5 ms after
///          the last, or none for 30 ms disarms at once; three right ones in a row arm. Any token
///          is taken as the new point of the sequence.
/// Memory   plain value
#ifndef ECU_MODEL_BOARD_WATCHDOG_H
#define ECU_MODEL_BOARD_WATCHDOG_H

#include <stdint.h>

enum {
  BOARD_WATCHDOG_SEED = 0xACE1,
  BOARD_WATCHDOG_TIMEOUT_us = 30000,
  BOARD_WATCHDOG_EARLY_us = 5000,
  BOARD_WATCHDOG_ARM_COUNT = 3
};

typedef struct {
  uint64_t token_us; ///< when the last token came
  uint16_t token; ///< the last one, 0: none yet
  uint8_t right_count; ///< right tokens in a row, up to BOARD_WATCHDOG_ARM_COUNT
  uint8_t padding[5];
} board_watchdog_t;

void board_watchdog_init(board_watchdog_t *watchdog);

/// The token that follows.
uint16_t board_watchdog_next(uint16_t token);

/// What board_watchdog_step does with a token that is new.
void board_watchdog_take(board_watchdog_t *watchdog, uint64_t now_us, uint16_t token);

/// Take the step's token; 1 iff armed.
static inline int board_watchdog_step(board_watchdog_t *watchdog, uint64_t now_us, uint16_t token) {
  if (token != 0 && token != watchdog->token) board_watchdog_take(watchdog, now_us, token);
  if (now_us > watchdog->token_us + BOARD_WATCHDOG_TIMEOUT_us) watchdog->right_count = 0;
  return watchdog->right_count == BOARD_WATCHDOG_ARM_COUNT;
}

#endif
