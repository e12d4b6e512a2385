/// Checksums that makers put into their frames: CRC-8, CRC-16, sum, exclusive or.
///
/// Model    over `before`, the frame's bytes but those of the checksum's own signal, `after`, and
///          the byte of `by_counter` that the frame's counter chooses. CRCs run from the highest
///          bit on, begin at start, and are exclusively or-ed with end_xor; sum and xor are of one
///          byte, with the same start and end_xor.
///          SAE J1850: crc-8, 0x1D, 0xFF, 0xFF. AUTOSAR CRC8H2F: 0x2F, 0xFF, 0xFF.
///          E2E profile 1: crc-8, 0x1D, 0, 0, before = id low, high. Profile 2: 0x2F, by_counter.
///          Profile 5: crc-16, 0x1021, 0xFFFF, 0, after = id low, high
/// Memory   plain values
/// Threads  pure on its arguments
/// Source   AUTOSAR specification of CRC routines, E2E protocol specification; check values in
///          tests/test_can_checksum.c
#ifndef SIM_CAN_CAN_CHECKSUM_H
#define SIM_CAN_CAN_CHECKSUM_H

#include <stdint.h>

enum { CAN_CHECKSUM_EXTRA_MAX = 16, CAN_CHECKSUM_COUNTERS = 16 };

typedef enum {
  CAN_CHECKSUM_NONE,
  CAN_CHECKSUM_CRC8,
  CAN_CHECKSUM_CRC16,
  CAN_CHECKSUM_SUM,
  CAN_CHECKSUM_XOR
} can_checksum_kind_t;

typedef struct {
  can_checksum_kind_t kind;
  uint16_t polynomial; ///< of the CRCs, without its highest bit
  uint16_t start, end_xor;
  uint8_t before[CAN_CHECKSUM_EXTRA_MAX], after[CAN_CHECKSUM_EXTRA_MAX];
  uint8_t by_counter[CAN_CHECKSUM_COUNTERS];
  uint8_t before_count, after_count;
  uint8_t has_by_counter;
} can_checksum_t;

/// Bits of the result: 8 or 16; 0 of CAN_CHECKSUM_NONE.
uint32_t can_checksum_bits(can_checksum_kind_t kind);

/// The checksum of a frame of byte_count 0..64 bytes. is_own[i] != 0: byte i holds the checksum and
/// does not count. counter: modulo 16, used with by_counter alone.
uint16_t can_checksum(const can_checksum_t *sum, const uint8_t *data, const uint8_t *is_own,
                      uint32_t byte_count, uint32_t counter);

#endif
