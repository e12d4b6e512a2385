/// Noise of the board's own parts: a seeded stream, so that the board needs nothing from the world.
///
/// Model    splitmix64
/// Memory   plain value
#ifndef ECU_MODEL_BOARD_NOISE_H
#define ECU_MODEL_BOARD_NOISE_H

#include <stdint.h>

typedef struct {
  uint64_t state;
} board_noise_t;

/// The stream number `stream` of a seed.
board_noise_t board_noise_stream(uint64_t seed, uint32_t stream);

#define BOARD_NOISE_STEP 0x9E3779B97F4A7C15u

/// A number below 2^52, or-ed to the bits of the double 2^52, is that much more as a double.
#define BOARD_NOISE_TWO_52 4503599627370496.0
#define BOARD_NOISE_TWO_52_BITS 0x4330000000000000u

/// The number that belongs to a state.
static inline uint64_t board_noise_mix(uint64_t state) {
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static inline uint64_t board_noise_u64(board_noise_t *noise) {
  noise->state += BOARD_NOISE_STEP;
  return board_noise_mix(noise->state);
}

/// Uniform in [-1, 1).
double board_noise_uniform(board_noise_t *noise);

/// Sum of a number's four parts of 16 bits.
static inline uint64_t board_noise_sum(uint64_t bits) {
  const uint64_t odd_even = 0x0000FFFF0000FFFFu, pair = (bits & odd_even) + (bits >> 16 & odd_even);
  return (pair + (pair >> 32)) & 0xFFFFFFFFu;
}

/// From the sum: mean 0, standard deviation 1, bounded to +-3.47 (sum of four uniforms).
static inline double board_noise_normal(double sum) {
  return (sum - 131070.0) * (1.0 / 37837.2271);
}

#endif
