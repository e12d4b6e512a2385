/// AUTOSAR E2E profile 5: protects a frame of up to 64 bytes with data id, counter and CRC-16.
///
/// Model    bytes 0 and 1 are the CRC, low byte first, byte 2 the counter 0..255. CRC-16,
///          polynomial 0x1021 from 0xFFFF over all bytes behind the CRC, then data id low byte,
///          high byte
/// Memory   plain values; the caller owns one tx or rx state for each frame
/// Threads  pure on their arguments
/// Source   AUTOSAR E2E protocol specification, profile 5; vectors in tests/test_e2e.c
#ifndef ECU_MODEL_CORE_E2E5_H
#define ECU_MODEL_CORE_E2E5_H

#include <stdint.h>

#include "e2e.h"

enum { E2E5_BYTES_MIN = 3, E2E5_BYTES_MAX = 64, E2E5_DELTA_MAX = 3 };

typedef struct {
  uint8_t counter; ///< of the next frame
} e2e5_tx_t;

typedef struct {
  uint8_t counter_last; ///< of the last frame with a right CRC
  uint8_t has_first;
} e2e5_rx_t;

/// CRC of a frame as it would have to stand in its first two bytes. byte_count 3..64.
uint16_t e2e5_crc(uint16_t data_id, const uint8_t *data, uint32_t byte_count);

/// Writes counter and CRC into a filled frame and advances the counter. Does nothing iff byte_count
/// is outside 3..64.
void e2e5_protect(e2e5_tx_t *tx, uint16_t data_id, uint8_t *data, uint32_t byte_count);

/// Check a received frame and advance the receiver, which begins all zero. At most 2 frames may be
/// missing; the first frame with a right CRC, and one behind a longer gap, only sets the counter.
e2e_status_t e2e5_check(e2e5_rx_t *rx, uint16_t data_id, const uint8_t *data, uint32_t byte_count);

#endif
