/// Named random streams of one seed: a draw in one part never shifts the draws of another.
///
/// Model    xoshiro256** seeded by splitmix64 over (seed, hash of the name)
/// Memory   plain value: copy it to snapshot it
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdint.h>

typedef struct {
  uint64_t state[4];
} rng_t;

/// The stream called name of this seed. Equal arguments give equal streams.
rng_t rng_stream(uint64_t seed, const char *name);

static inline uint64_t rng_u64(rng_t *rng) {
  uint64_t *s = rng->state, five = s[1] * 5u;
  uint64_t result = ((five << 7) | (five >> 57)) * 9u;
  uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = (s[3] << 45) | (s[3] >> 19);
  return result;
}

/// Uniform in [0, 1).
double rng_uniform(rng_t *rng);

/// Normal with mean 0 and standard deviation 1 (sum of twelve uniforms: bounded to +-6).
double rng_normal(rng_t *rng);

#endif
