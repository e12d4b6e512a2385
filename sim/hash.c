/// Fast 64-bit hash of byte ranges, chained.
#include "hash.h"

#include <string.h>

#define PRIME_A 0x9E3779B185EBCA87u
#define PRIME_B 0xC2B2AE3D27D4EB4Fu
#define PRIME_C 0x165667B19E3779F9u

static uint64_t rotate_left(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

/* invertible in lane and in word: one changed bit always survives */
static uint64_t lane_step(uint64_t lane, uint64_t word) {
  return rotate_left(lane ^ word, 29) * PRIME_A;
}

static uint64_t load_word(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/* The last 1..7 bytes with zeros above them. */
static uint64_t load_tail(const uint8_t *bytes, size_t count) {
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

uint64_t hash_start(void) { return PRIME_C; }

/* Most ranges are short: four named lanes, which stay in registers, and no loop over what is left
 * of the last block. */
uint64_t hash_bytes(uint64_t hash, const void *data, size_t byte_count) {
  const uint8_t *bytes = data;
  size_t left = byte_count;
  uint64_t a = hash + PRIME_A, b = hash ^ PRIME_B, c = hash, d = hash - PRIME_C;
  for (; left >= HASH_BLOCK_BYTES; left -= HASH_BLOCK_BYTES, bytes += HASH_BLOCK_BYTES) {
    a = lane_step(a, load_word(bytes));
    b = lane_step(b, load_word(bytes + 8));
    c = lane_step(c, load_word(bytes + 16));
    d = lane_step(d, load_word(bytes + 24));
  }
  if (left >= 8) a = lane_step(a, load_word(bytes));
  if (left >= 16) b = lane_step(b, load_word(bytes + 8));
  if (left >= 24) c = lane_step(c, load_word(bytes + 16));
  if (left % 8 > 0) d = lane_step(d, load_tail(bytes + left / 8 * 8, left % 8));
  uint64_t result = lane_step(lane_step(byte_count * PRIME_C, a), b);
  result = lane_step(lane_step(result, c), d);
  result ^= result >> 29;
  return result * PRIME_B;
}
