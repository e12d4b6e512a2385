/// Values as diagnostic services and the AFE chain carry them: most significant byte first.
///
/// Threads  pure
#ifndef ECU_MODEL_CORE_BIG_ENDIAN_H
#define ECU_MODEL_CORE_BIG_ENDIAN_H

#include <stdint.h>

static inline void big_endian_put16(uint8_t *bytes, uint32_t value) {
  bytes[0] = (uint8_t)(value >> 8);
  bytes[1] = (uint8_t)value;
}

static inline void big_endian_put24(uint8_t *bytes, uint32_t value) {
  bytes[0] = (uint8_t)(value >> 16);
  big_endian_put16(bytes + 1, value);
}

static inline void big_endian_put32(uint8_t *bytes, uint32_t value) {
  big_endian_put16(bytes, value >> 16);
  big_endian_put16(bytes + 2, value);
}

static inline uint32_t big_endian_get16(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 8 | bytes[1];
}

static inline uint32_t big_endian_get24(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 16 | big_endian_get16(bytes + 1);
}

#endif
