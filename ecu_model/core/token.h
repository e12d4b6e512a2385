/// Watchdog token: a new one for each scan cycle that really ran.
///
/// Model    16 bit Galois LFSR, taps 0xB400, from 0xACE1; the board knows the sequence and drops
///          all coils without it
#ifndef ECU_MODEL_CORE_TOKEN_H
#define ECU_MODEL_CORE_TOKEN_H

#include <stdint.h>

enum { TOKEN_FIRST = 0xACE1, TOKEN_TAPS = 0xB400 };

/// The token after this one; after 0 (no token yet) the first.
static inline uint16_t token_next(uint16_t token) {
  if (token == 0) return TOKEN_FIRST;
  uint32_t shifted = (uint32_t)token >> 1;
  return (uint16_t)(token & 1u ? shifted ^ TOKEN_TAPS : shifted);
}

#endif
