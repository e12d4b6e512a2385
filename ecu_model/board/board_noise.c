/// Streams of a seed, and the uniform distribution.
#include "board_noise.h"

board_noise_t board_noise_stream(uint64_t seed, uint32_t stream) {
  board_noise_t noise = {seed ^ 0x626F617264ull};
  noise.state = board_noise_u64(&noise) + stream;
  noise.state = board_noise_u64(&noise);
  return noise;
}

double board_noise_uniform(board_noise_t *noise) {
  return (double)(board_noise_u64(noise) >> 11) * (1.0 / 4503599627370496.0) - 1.0;
}
