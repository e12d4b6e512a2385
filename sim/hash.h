/// Fast 64-bit hash of byte ranges, chained: the identity of outputs and traces.
///
/// Model    four multiply-xor lanes over 32-byte blocks, folded at the end of each range; not
///          cryptographic
/// Threads  pure functions
#ifndef SIM_HASH_H
#define SIM_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { HASH_BLOCK_BYTES = 32 };

#define HASH_PRIME_A 0x9E3779B185EBCA87u
#define HASH_PRIME_B 0xC2B2AE3D27D4EB4Fu
#define HASH_PRIME_C 0x165667B19E3779F9u

/// Hash of nothing: where a chain begins.
static inline uint64_t hash_start(void) { return HASH_PRIME_C; }

/// Chain a range of bytes onto hash. The length counts: two ranges differ from one.
uint64_t hash_bytes(uint64_t hash, const void *data, size_t byte_count);

/* Invertible in lane and in word: one changed bit always survives. */
static inline uint64_t hash_lane(uint64_t lane, uint64_t word) {
  const uint64_t x = lane ^ word;
  return (x << 29 | x >> 35) * HASH_PRIME_A;
}

static inline uint64_t hash_load(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/* The last 1..7 bytes with zeros above them. */
static inline uint64_t hash_load_tail(const uint8_t *bytes, size_t count) {
  uint64_t word = 0;
  uint32_t four = 0;
  uint16_t two = 0;
  if (count & 1) word = bytes[count - 1];
  if (count & 2) {
    memcpy(&two, bytes + (count & 4), sizeof two);
    word = word << 16 | two;
  }
  if (count & 4) {
    memcpy(&four, bytes, sizeof four);
    word = word << 32 | four;
  }
  return word;
}

/// hash_bytes for a length that the compiler knows: no call, no look at what is left over. Most
/// ranges are short: four named lanes, which stay in registers, and no loop over what is left of
/// the last block.
static inline uint64_t hash_known(uint64_t hash, const void *data, size_t byte_count) {
  const uint8_t *bytes = (const uint8_t *)data;
  size_t left = byte_count;
  uint64_t a = hash + HASH_PRIME_A, b = hash ^ HASH_PRIME_B, c = hash, d = hash - HASH_PRIME_C;
  for (; left >= HASH_BLOCK_BYTES; left -= HASH_BLOCK_BYTES, bytes += HASH_BLOCK_BYTES) {
    a = hash_lane(a, hash_load(bytes));
    b = hash_lane(b, hash_load(bytes + 8));
    c = hash_lane(c, hash_load(bytes + 16));
    d = hash_lane(d, hash_load(bytes + 24));
  }
  if (left >= 8) a = hash_lane(a, hash_load(bytes));
  if (left >= 16) b = hash_lane(b, hash_load(bytes + 8));
  if (left >= 24) c = hash_lane(c, hash_load(bytes + 16));
  if (left % 8 > 0) d = hash_lane(d, hash_load_tail(bytes + left / 8 * 8, left % 8));
  uint64_t result = hash_lane(hash_lane(byte_count * HASH_PRIME_C, a), b);
  result = hash_lane(hash_lane(result, c), d);
  result ^= result >> 29;
  return result * HASH_PRIME_B;
}

#endif
