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

static inline uint64_t board_noise_u64(board_noise_t *noise) {
  noise->state += 0x9E3779B97F4A7C15u;
  uint64_t z = noise->state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// Uniform in [-1, 1).
double board_noise_uniform(board_noise_t *noise);

/// Mean 0, standard deviation 1, bounded to +-3.47 (sum of four uniforms).
static inline double board_noise_normal(board_noise_t *noise) {
  const uint64_t bits = board_noise_u64(noise);
  const uint32_t sum = (uint32_t)(bits & 0xFFFF) + (uint32_t)(bits >> 16 & 0xFFFF) +
                       (uint32_t)(bits >> 32 & 0xFFFF) + (uint32_t)(bits >> 48);
  return ((double)sum - 131070.0) * (1.0 / 37837.2271);
}

#endif
