/// PEC15 as the chip makes it: four bits at a time, apart from the core, so that a slip of either
/// shows.
#include "ltc6813.h"

/// Remainders of the top four bits for polynomial 0x4599 (data sheet, packet error code).
static const uint16_t remainder_of[16] = {
    0x0000, 0x4599, 0x4EAB, 0x0B32, 0x58CF, 0x1D56, 0x1664, 0x53FD,
    0x7407, 0x319E, 0x3AAC, 0x7F35, 0x2CC8, 0x6951, 0x6263, 0x27FA,
};

static uint32_t shift_in(uint32_t remainder, uint32_t nibble) {
  return (remainder << 4 & 0x7FFF) ^ remainder_of[(remainder >> 11 ^ nibble) & 0xF];
}

uint16_t ltc6813_pec(const uint8_t *data, uint32_t count) {
  uint32_t remainder = 16;
  for (uint32_t i = 0; i < count; i++) {
    remainder = shift_in(shift_in(remainder, data[i] >> 4), data[i] & 0xFu);
  }
  return (uint16_t)(remainder << 1);
}
