/// AUTOSAR E2E profile 1: protects a frame of at most 8 bytes with data id, counter and CRC-8.
///
/// Model    byte 0 is the CRC, the low nibble of byte 1 the counter 0..14. CRC-8, polynomial
///          0x1D of SAE J1850 from 0 over data id low byte, high byte (mode BOTH), then all data
///          bytes but the CRC's own
/// Memory   plain values; the caller owns one tx or rx state for each frame
/// Threads  pure on their arguments
/// Source   AUTOSAR E2E protocol specification, profile 1; vectors in tests/test_e2e.c
#ifndef ECU_MODEL_CORE_E2E_H
#define ECU_MODEL_CORE_E2E_H

#include <stdint.h>

enum { E2E_COUNTER_MAX = 14, E2E_BYTES_MIN = 2, E2E_BYTES_MAX = 8 };

/// What one check came to. Only E2E_OK and E2E_OK_SOME_LOST carry data to be used.
typedef enum {
  E2E_OK, ///< counter follows the last one
  E2E_OK_SOME_LOST, ///< at most the allowed number of frames is missing
  E2E_INITIAL, ///< the first right frame since init: nothing to compare with
  E2E_SYNC, ///< right again after a disturbance, but not yet often enough
  E2E_REPEATED, ///< the counter stands still
  E2E_WRONG_SEQUENCE, ///< the counter jumped by more than is allowed
  E2E_WRONG_CRC, ///< damaged, masqueraded, too short, or counter 15
  E2E_NO_NEW_DATA ///< e2e_check_none: nothing came in this cycle
} e2e_status_t;

typedef struct {
  uint8_t counter; ///< of the next frame
} e2e_tx_t;

/// Receiver state. All zero is not valid: e2e_rx_init.
typedef struct {
  uint8_t counter_last; ///< of the last right frame
  uint8_t delta_max; ///< largest step of the counter; grows by 1 each check
  uint8_t delta_max_init; ///< what a right frame sets it back to: frames that may be missing
  uint8_t sync_count_init; ///< right frames asked for after a disturbance
  uint8_t sync_count;
  uint8_t idle_count; ///< repeated or absent frames in a row, clipped at 255
  uint8_t idle_count_max; ///< more than that is a disturbance
  uint8_t is_waiting_for_first;
  uint8_t lost_count; ///< frames missing before the last right one
} e2e_rx_t;

/// CRC of a frame as it would have to stand in data[0]. byte_count 2..8.
uint8_t e2e_crc(uint16_t data_id, const uint8_t *data, uint32_t byte_count);

/// Writes counter (low nibble of byte 1) and CRC (byte 0) into a filled frame and advances the
/// counter. Does nothing iff byte_count is outside 2..8.
void e2e_protect(e2e_tx_t *tx, uint16_t data_id, uint8_t *data, uint32_t byte_count);

/// Start receiving: at most 2 frames may be missing, 1 right frame re-synchronises.
void e2e_rx_init(e2e_rx_t *rx);

/// Check a received frame and advance the receiver.
e2e_status_t e2e_check(e2e_rx_t *rx, uint16_t data_id, const uint8_t *data, uint32_t byte_count);

/// A cycle went by without a frame.
e2e_status_t e2e_check_none(e2e_rx_t *rx);

/// 1 iff the frame's data may be used.
static inline int e2e_is_ok(e2e_status_t status) {
  return status == E2E_OK || status == E2E_OK_SOME_LOST;
}

#endif
