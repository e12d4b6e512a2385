/// Fast 64-bit hash of byte ranges, chained.
#include "hash.h"

#include <string.h>

#include "simd.h"

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

uint64_t hash_start(void) { return PRIME_C; }

uint64_t hash_bytes(uint64_t hash, const void *data, size_t byte_count) {
  const uint8_t *bytes = data;
  size_t left = byte_count;
  uint64_t lane[4] = {hash + PRIME_A, hash ^ PRIME_B, hash, hash - PRIME_C};
  for (; left >= HASH_BLOCK_BYTES; left -= HASH_BLOCK_BYTES, bytes += HASH_BLOCK_BYTES) {
    SIMD_WHOLE
    for (int i = 0; i < 4; i++) lane[i] = lane_step(lane[i], load_word(bytes + 8 * i));
  }
  for (int i = 0; left >= 8; left -= 8, bytes += 8, i++)
    lane[i] = lane_step(lane[i], load_word(bytes));
  uint8_t tail[8] = {0};
  if (left > 0) {
    memcpy(tail, bytes, left);
    lane[3] = lane_step(lane[3], load_word(tail));
  }
  uint64_t result = byte_count * PRIME_C;
  for (int i = 0; i < 4; i++) result = lane_step(result, lane[i]);
  result ^= result >> 29;
  return result * PRIME_B;
}
