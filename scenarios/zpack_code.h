/// Huffman codes for deflate, and the header of a block that tells them.
///
/// Model    lengths by merging the two rarest; what is too long is brought back by lengthening
///          shorter ones. Codes are canonical and stand with their first bit lowest
#ifndef SCENARIOS_ZPACK_CODE_H
#define SCENARIOS_ZPACK_CODE_H

#include <stdint.h>
#include <string.h>

enum { ZPACK_END = 256, ZPACK_WORDS = 286, ZPACK_DISTANCES = 30, ZPACK_BITS_MAX = 13 };

/// Bits on their way out, the first one lowest. at has room for eight bytes more than it needs.
typedef struct {
  uint8_t *at;
  uint64_t bits;
  uint32_t count; ///< < 8 after zpack_spill
} zpack_out_t;

/// At most 56 bits between two spills.
static inline void zpack_put(zpack_out_t *out, uint64_t bits, uint32_t count) {
  out->bits |= bits << out->count;
  out->count += count;
}

static inline void zpack_spill(zpack_out_t *out) {
  memcpy(out->at, &out->bits, sizeof out->bits);
  out->at += out->count / 8;
  out->bits >>= out->count & ~7u;
  out->count &= 7u;
}

/// How often each symbol comes, and its code: its bits, and their number from bit 16.
typedef struct {
  uint32_t count[ZPACK_WORDS];
  uint32_t code[ZPACK_WORDS];
  uint8_t length[ZPACK_WORDS];
} zpack_alphabet_t;

/// Lengths (0: does not come) and codes from the counts (each < 2^16); bits_max <= 15.
void zpack_code_make(zpack_alphabet_t *alphabet, uint32_t symbol_count, uint32_t bits_max);

static inline void zpack_put_symbol(zpack_out_t *out, const zpack_alphabet_t *alphabet,
                                    uint32_t symbol) {
  const uint32_t code = alphabet->code[symbol];
  zpack_put(out, code & 0xFFFFu, code >> 16);
}

/// Begin of a block with these codes.
void zpack_code_header(zpack_out_t *out, const zpack_alphabet_t *words,
                       const zpack_alphabet_t *distances, int is_last);

#endif
