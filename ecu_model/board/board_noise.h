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

uint64_t board_noise_u64(board_noise_t *noise);

/// Uniform in [-1, 1).
double board_noise_uniform(board_noise_t *noise);

/// Mean 0, standard deviation 1, bounded to +-3.47 (sum of four uniforms).
double board_noise_normal(board_noise_t *noise);

#endif
