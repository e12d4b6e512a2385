/// Named random streams: xoshiro256** seeded through splitmix64.
#include "rng.h"

static uint64_t splitmix64(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

rng_t rng_stream(uint64_t seed, const char *name) {
  uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a of the name */
  for (const char *c = name; *c != '\0'; c++) hash = (hash ^ (uint8_t)*c) * 0x100000001B3u;
  uint64_t mix = seed ^ rotate_left(hash, 29);
  rng_t rng;
  for (int i = 0; i < 4; i++) rng.state[i] = splitmix64(&mix);
  return rng;
}

double rng_uniform(rng_t *rng) { return (double)(rng_u64(rng) >> 11) * (1.0 / 9007199254740992.0); }

double rng_normal(rng_t *rng) {
  /* twelve centred 16-bit uniforms out of three draws: variance 12 (2^32 - 1) / 12 / 2^32 */
  int64_t sum = 0;
  for (int i = 0; i < 3; i++) {
    uint64_t bits = rng_u64(rng);
    sum += (int64_t)(bits & 0xFFFFu) + (int64_t)((bits >> 16) & 0xFFFFu);
    sum += (int64_t)((bits >> 32) & 0xFFFFu) + (int64_t)(bits >> 48);
  }
  return ((double)sum - 12.0 * 32767.5) * (1.0 / 65536.0);
}
