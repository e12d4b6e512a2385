/// Token watchdog of the coil drivers.
#include "board_watchdog.h"

#include <string.h>

void board_watchdog_init(board_watchdog_t *watchdog) { memset(watchdog, 0, sizeof *watchdog); }

uint16_t board_watchdog_next(uint16_t token) {
  return (uint16_t)((token >> 1) ^ ((token & 1) ? 0xB400 : 0));
}

static int is_right(const board_watchdog_t *watchdog, uint16_t token) {
  return token ==
         (watchdog->token == 0 ? BOARD_WATCHDOG_SEED : board_watchdog_next(watchdog->token));
}

void board_watchdog_take(board_watchdog_t *watchdog, uint64_t now_us, uint16_t token) {
  const int restarts = token == BOARD_WATCHDOG_SEED && watchdog->right_count == 0;
  const int is_early =
      watchdog->token != 0 && now_us < watchdog->token_us + BOARD_WATCHDOG_EARLY_us;
  if (is_early || (!is_right(watchdog, token) && !restarts))
    watchdog->right_count = 0;
  else if (watchdog->right_count < BOARD_WATCHDOG_ARM_COUNT)
    watchdog->right_count++;
  watchdog->token = token;
  watchdog->token_us = now_us;
}
