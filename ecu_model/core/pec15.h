/// PEC15: the 15 bit checksum on everything that the AFE chain says and hears.
///
/// Model    polynomial 0x4599, remainder 16 at the start, result shifted left by one
/// Threads  pure
/// Source   LTC6813-1 data sheet; 00 01 gives 3D 6E
#ifndef ECU_MODEL_CORE_PEC15_H
#define ECU_MODEL_CORE_PEC15_H

#include <stdint.h>

enum {
  PEC15_FRAME_BYTES = 6,
  PEC15_SEED = 16,
  PEC15_SEED_AFTER_COMMAND = 0x5B2E, ///< and two bytes 0
  PEC15_SEED_AFTER_FRAME = 0x6109
};

/// Remainder that a byte leaves, by its distance from the end of what is checked.
extern const uint16_t pec15_table[PEC15_FRAME_BYTES][256];

/// Checksum of count bytes; on the wire the high byte goes first. The lowest bit is 0.
static inline uint16_t pec15(const uint8_t *bytes, uint32_t count) {
  uint32_t remainder = PEC15_SEED;
  for (uint32_t i = 0; i < count; i++) {
    remainder = (remainder << 8) ^ pec15_table[0][(remainder >> 7 ^ bytes[i]) & 0xFFu];
  }
  return (uint16_t)(remainder << 1);
}

/// pec15 of a command code's two bytes.
static inline uint16_t pec15_command(uint32_t code) {
  const uint32_t first = pec15_table[1][code >> 8 & 0xFFu], last = pec15_table[0][code & 0xFFu];
  return (uint16_t)((PEC15_SEED_AFTER_COMMAND ^ first ^ last) << 1);
}

/// pec15 of a register group's six bytes, in which no byte waits for the one before: the remainder
/// of the seed and six bytes is the sum of what each leaves by itself.
static inline uint16_t pec15_frame(const uint8_t bytes[PEC15_FRAME_BYTES]) {
  const uint32_t first = (uint32_t)pec15_table[5][bytes[0]] ^ pec15_table[4][bytes[1]];
  const uint32_t middle = (uint32_t)pec15_table[3][bytes[2]] ^ pec15_table[2][bytes[3]];
  const uint32_t last = (uint32_t)pec15_table[1][bytes[4]] ^ pec15_table[0][bytes[5]];
  return (uint16_t)((PEC15_SEED_AFTER_FRAME ^ first ^ middle ^ last) << 1);
}

#endif
