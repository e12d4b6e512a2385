/// The header of a block, which tells its codes: see zpack_code.h.
#include "zpack_code.h"

enum {
  LENGTH_SYMBOLS = 19,
  LENGTH_BITS_MAX = 7,
  COPY = 16, /* of the length before, 3..6 times */
  ZEROS = 17, /* 3..10 */
  MANY_ZEROS = 18 /* 11..138 */
};

/* Lengths in short: symbols, and above them what their extra bits say. */
typedef struct {
  uint16_t word[ZPACK_WORDS + ZPACK_DISTANCES];
  uint32_t count;
} lengths_t;

enum { EXTRA_SHIFT = 8, WORD_MASK = (1 << EXTRA_SHIFT) - 1 };

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

static void say_zeros(lengths_t *lengths, uint32_t left) {
  while (left >= 3) {
    const int are_many = left >= 11;
    const uint32_t taken = smaller(left, are_many ? 138 : 10);
    const uint32_t extra = taken - (are_many ? 11 : 3), symbol = are_many ? MANY_ZEROS : ZEROS;
    lengths->word[lengths->count++] = (uint16_t)(extra << EXTRA_SHIFT | symbol);
    left -= taken;
  }
  for (; left > 0; left--) lengths->word[lengths->count++] = 0;
}

static void say_run(lengths_t *lengths, uint32_t length, uint32_t left) {
  if (length == 0) {
    say_zeros(lengths, left);
    return;
  }
  lengths->word[lengths->count++] = (uint16_t)length;
  for (left--; left >= 3;) {
    const uint32_t taken = smaller(left, 6);
    lengths->word[lengths->count++] = (uint16_t)((taken - 3) << EXTRA_SHIFT | COPY);
    left -= taken;
  }
  for (; left > 0; left--) lengths->word[lengths->count++] = (uint16_t)length;
}

/* All lengths, one list after the other: a run may begin in one and end in the next. */
static void say_all(lengths_t *lengths, const zpack_alphabet_t *words, uint32_t word_count,
                    const zpack_alphabet_t *distances, uint32_t distance_count) {
  const uint32_t total = word_count + distance_count;
  uint8_t all[ZPACK_WORDS + ZPACK_DISTANCES];
  memcpy(all, words->length, word_count);
  memcpy(all + word_count, distances->length, distance_count);
  lengths->count = 0;
  for (uint32_t i = 1, begin = 0; i <= total; i++) {
    if (i < total && all[i] == all[begin]) continue;
    say_run(lengths, all[begin], i - begin);
    begin = i;
  }
}

static uint32_t used_of(const uint8_t *length, uint32_t count, uint32_t at_least) {
  while (count > at_least && length[count - 1] == 0) count--;
  return count;
}

void zpack_code_header(zpack_out_t *out, const zpack_alphabet_t *words,
                       const zpack_alphabet_t *distances, int is_last) {
  static const uint8_t order[LENGTH_SYMBOLS] = {COPY, ZEROS, MANY_ZEROS, 0, 8,  7, 9,  6, 10, 5,
                                                11,   4,     12,         3, 13, 2, 14, 1, 15};
  const uint32_t word_count = used_of(words->length, ZPACK_WORDS, ZPACK_END + 1);
  const uint32_t distance_count = used_of(distances->length, ZPACK_DISTANCES, 1);
  uint32_t told = LENGTH_SYMBOLS;
  zpack_alphabet_t alphabet;
  lengths_t lengths;
  say_all(&lengths, words, word_count, distances, distance_count);
  memset(&alphabet, 0, sizeof alphabet);
  for (uint32_t i = 0; i < lengths.count; i++) alphabet.count[lengths.word[i] & WORD_MASK]++;
  zpack_code_make(&alphabet, LENGTH_SYMBOLS, LENGTH_BITS_MAX);
  while (told > 4 && alphabet.length[order[told - 1]] == 0) told--;
  zpack_put(out, is_last ? 1 : 0, 1);
  zpack_put(out, 2, 2); /* codes of its own */
  zpack_put(out, word_count - (ZPACK_END + 1), 5);
  zpack_put(out, distance_count - 1, 5);
  zpack_put(out, told - 4, 4);
  zpack_spill(out);
  for (uint32_t i = 0; i < told; i++) {
    zpack_put(out, alphabet.length[order[i]], 3);
    zpack_spill(out);
  }
  for (uint32_t i = 0; i < lengths.count; i++) {
    static const uint8_t extra_bits[] = {2, 3, 7};
    const uint32_t symbol = lengths.word[i] & WORD_MASK;
    zpack_put_symbol(out, &alphabet, symbol);
    if (symbol >= COPY)
      zpack_put(out, (uint32_t)lengths.word[i] >> EXTRA_SHIFT, extra_bits[symbol - COPY]);
    zpack_spill(out);
  }
}
