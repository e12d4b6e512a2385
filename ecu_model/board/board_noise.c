/// splitmix64 and two distributions over it.
#include "board_noise.h"

uint64_t board_noise_u64(board_noise_t *noise) {
  noise->state += 0x9E3779B97F4A7C15u;
  uint64_t z = noise->state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

board_noise_t board_noise_stream(uint64_t seed, uint32_t stream) {
  board_noise_t noise = {seed ^ 0x626F617264ull};
  noise.state = board_noise_u64(&noise) + stream;
  noise.state = board_noise_u64(&noise);
  return noise;
}

double board_noise_uniform(board_noise_t *noise) {
  return (double)(board_noise_u64(noise) >> 11) * (1.0 / 4503599627370496.0) - 1.0;
}

double board_noise_normal(board_noise_t *noise) {
  const uint64_t bits = board_noise_u64(noise);
  const uint32_t sum = (uint32_t)(bits & 0xFFFF) + (uint32_t)(bits >> 16 & 0xFFFF) +
                       (uint32_t)(bits >> 32 & 0xFFFF) + (uint32_t)(bits >> 48);
  return ((double)sum - 131070.0) * (1.0 / 37837.2271);
}
