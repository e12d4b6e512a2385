/// Bytes into zlib's format: see zpack.h.
#include "zpack.h"

#include <stdlib.h>
#include <string.h>

#include "../sim/simd.h"
#include "zpack_code.h"

enum {
  BLOCK_bytes = 1 << 15,
  REACH_bytes = 1 << 15,
  HASH_BITS = 12,
  WORD_bytes = 8,
  MATCH_MIN = 4,
  LENGTH_MIN = 3,
  LENGTH_MAX = 258,
  LENGTH_CODES = 29,
  FAR_PAYS_bytes = 2, /* what a far match must bring more than one a byte back */
  RUN_IS_LONG = 16, /* no other place is tried */
  PATIENCE_BITS = 5, /* every 32 places without a match the stride grows by one */
  TOKEN_MAX = BLOCK_bytes / LENGTH_MIN + 1,
  PLAIN_PER_BLOCK = 512 /* bytes of its header, at most */
};

/* So many bytes as they are, then length of those distance back (length 0: the block ends). */
typedef struct {
  uint16_t literals, length, distance_less_1;
} token_t;

struct zpack {
  uint32_t seen[1 << HASH_BITS]; /* where four bytes stood last */
  token_t token[TOKEN_MAX];
  uint32_t token_count;
  zpack_alphabet_t words, distances;
  uint8_t length_code[LENGTH_MAX + 1];
};

static const uint16_t length_base[LENGTH_CODES] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                   15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                   67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[LENGTH_CODES] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                   2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

zpack_t *zpack_open(void) {
  zpack_t *zpack = calloc(1, sizeof *zpack);
  if (!zpack) return NULL;
  for (uint32_t code = 0, length = LENGTH_MIN; length <= LENGTH_MAX; length++) {
    while (code + 1 < LENGTH_CODES && length >= length_base[code + 1]) code++;
    zpack->length_code[length] = (uint8_t)code;
  }
  return zpack;
}

void zpack_close(zpack_t *zpack) { free(zpack); }

/* Two bytes for one cover codes of at most 13 bits and all extra bits of a match. */
size_t zpack_bound(size_t byte_count) {
  const size_t block_count = byte_count / BLOCK_bytes + 1;
  return 2 * byte_count + block_count * PLAIN_PER_BLOCK + 2 * WORD_bytes;
}

static uint64_t load_8(const uint8_t *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static uint32_t load_4(const uint8_t *at) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static uint32_t hash_of(uint32_t four) { return four * 2654435761u >> (32 - HASH_BITS); }

/* How many bytes from a on are as those from b on. */
static uint32_t same_bytes(const uint8_t *a, const uint8_t *b, uint32_t most) {
  uint32_t count = 0;
  for (; count + WORD_bytes <= most; count += WORD_bytes) {
    const uint64_t differ = load_8(a + count) ^ load_8(b + count);
    if (differ != 0) return count + (uint32_t)__builtin_ctzll(differ) / 8;
  }
  while (count < most && a[count] == b[count]) count++;
  return count;
}

/* Code of a distance less 1, and how many extra bits follow: its lower ones. */
static uint32_t distance_code(uint32_t less_1, uint32_t *extra_bits) {
  *extra_bits = 0;
  if (less_1 < 4) return less_1;
  const uint32_t top = 31 - (uint32_t)__builtin_clz(less_1);
  *extra_bits = top - 1;
  return 2 * top + (less_1 >> (top - 1) & 1u);
}

static void count_literals(zpack_t *zpack, const uint8_t *bytes, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) zpack->words.count[bytes[i]]++;
}

/* A long match in pieces that leave no rest shorter than one may be. */
static uint32_t piece_of(uint32_t length) {
  if (length <= LENGTH_MAX) return length;
  return length < LENGTH_MAX + LENGTH_MIN ? length - LENGTH_MIN : LENGTH_MAX;
}

static void add_match(zpack_t *zpack, uint32_t literals, uint32_t length, uint32_t distance) {
  uint32_t extra_bits;
  const uint32_t code = distance_code(distance - 1, &extra_bits);
  for (uint32_t piece; length > 0; length -= piece, literals = 0) {
    piece = piece_of(length);
    zpack->words.count[ZPACK_END + 1 + zpack->length_code[piece]]++;
    zpack->distances.count[code]++;
    zpack->token[zpack->token_count++] =
        (token_t){(uint16_t)literals, (uint16_t)piece, (uint16_t)(distance - 1)};
  }
}

/* The longer of a run and of a repetition of what stood elsewhere; 0 iff neither is long enough. */
static uint32_t find_match(zpack_t *zpack, const uint8_t *in, uint32_t at, uint32_t most,
                           uint32_t *distance) {
  const uint32_t four = load_4(in + at), slot = hash_of(four), other = zpack->seen[slot];
  uint32_t length = 0;
  zpack->seen[slot] = at;
  if (load_4(in + at - 1) == four) {
    length = same_bytes(in + at, in + at - 1, most);
    *distance = 1;
  }
  if (length < RUN_IS_LONG && at - other <= REACH_bytes && load_4(in + other) == four) {
    const uint32_t there = same_bytes(in + at, in + other, most);
    if (there > length + FAR_PAYS_bytes) {
      length = there;
      *distance = at - other;
    }
  }
  return length;
}

/* Cut a block into tokens, and count its symbols. */
static void cut(zpack_t *zpack, const uint8_t *in, uint32_t begin, uint32_t end) {
  uint32_t at = begin > 0 ? begin : 1, done = begin, misses = 0, distance = 1;
  memset(zpack->words.count, 0, sizeof zpack->words.count);
  memset(zpack->distances.count, 0, sizeof zpack->distances.count);
  zpack->token_count = 0;
  while (at + WORD_bytes <= end) {
    uint32_t length = find_match(zpack, in, at, end - at, &distance);
    if (length < MATCH_MIN) {
      at += 1 + (misses++ >> PATIENCE_BITS);
      continue;
    }
    for (; at > done && at > distance && in[at - 1] == in[at - 1 - distance]; at--) length++;
    count_literals(zpack, in + done, at - done);
    add_match(zpack, at - done, length, distance);
    at += length;
    done = at;
    misses = 0;
    if (at + MATCH_MIN <= end) zpack->seen[hash_of(load_4(in + at - 2))] = at - 2;
  }
  count_literals(zpack, in + done, end - done);
  zpack->words.count[ZPACK_END] = 1;
  zpack->token[zpack->token_count++] = (token_t){(uint16_t)(end - done), 0, 0};
}

static void write_match(const zpack_t *zpack, zpack_out_t *out, token_t token) {
  const uint32_t code = zpack->length_code[token.length], less_1 = token.distance_less_1;
  uint32_t extra_bits;
  zpack_put_symbol(out, &zpack->words, ZPACK_END + 1 + code);
  zpack_put(out, token.length - (uint32_t)length_base[code], length_extra[code]);
  zpack_put_symbol(out, &zpack->distances, distance_code(less_1, &extra_bits));
  zpack_put(out, less_1 & ((1u << extra_bits) - 1), extra_bits);
  zpack_spill(out);
}

/* Four of them fit between two spills. */
static void write_literals(const zpack_t *zpack, zpack_out_t *out, const uint8_t *at,
                           uint32_t count) {
  for (; count >= 4; count -= 4, at += 4) {
    for (uint32_t k = 0; k < 4; k++) zpack_put_symbol(out, &zpack->words, at[k]);
    zpack_spill(out);
  }
  for (; count > 0; count--, at++) zpack_put_symbol(out, &zpack->words, *at);
  zpack_spill(out);
}

static void write_block(const zpack_t *zpack, zpack_out_t *out, const uint8_t *at) {
  for (uint32_t i = 0; i < zpack->token_count; i++) {
    const token_t token = zpack->token[i];
    write_literals(zpack, out, at, token.literals);
    if (token.length > 0) write_match(zpack, out, token);
    at += token.literals + token.length;
  }
  zpack_put_symbol(out, &zpack->words, ZPACK_END);
  zpack_spill(out);
}

enum {
  LANES = 8,
  LANE_BYTES = 4,
  ROW_BYTES = LANES * LANE_BYTES,
  PRIME = 65521,
  ROW_MAX = 4096 /* before a sum may leave 32 bits */
};

typedef uint32_t lanes_t __attribute__((vector_size(ROW_BYTES)));

/* zlib's checksum: the sum of the bytes, and the sum of that sum after each. In rows, each of whose
 * columns has its own sums. */
SIMD_CLONES static uint32_t checksum(const uint8_t *in, size_t byte_count) {
  uint64_t low = 1, high = 0;
  while (byte_count >= ROW_BYTES) {
    const size_t whole = byte_count / ROW_BYTES, rows = whole < ROW_MAX ? whole : ROW_MAX;
    lanes_t sum[LANE_BYTES] = {{0}}, sum_of_sums[LANE_BYTES] = {{0}}, row;
    for (size_t r = 0; r < rows; r++, in += ROW_BYTES) {
      memcpy(&row, in, sizeof row);
      SIMD_WHOLE
      for (uint32_t k = 0; k < LANE_BYTES; k++) {
        sum_of_sums[k] += sum[k];
        sum[k] += row >> 8 * k & 0xFFu;
      }
    }
    high += rows * ROW_BYTES * low;
    for (uint32_t column = 0; column < ROW_BYTES; column++) {
      const uint64_t here = sum[column % LANE_BYTES][column / LANE_BYTES];
      high += (uint64_t)sum_of_sums[column % LANE_BYTES][column / LANE_BYTES] * ROW_BYTES;
      high += here * (ROW_BYTES - column);
      low += here;
    }
    low %= PRIME;
    high %= PRIME;
    byte_count -= rows * ROW_BYTES;
  }
  for (; byte_count > 0; byte_count--) {
    low += *in++;
    high += low;
  }
  return (uint32_t)(high % PRIME << 16 | low % PRIME);
}

size_t zpack_bytes(zpack_t *zpack, const uint8_t *in, size_t byte_count, uint8_t *out) {
  zpack_out_t to = {.at = out};
  uint32_t begin = 0, end = 0;
  memset(zpack->seen, 0, sizeof zpack->seen);
  zpack_put(&to, 0x0178, 16); /* deflate, 32 KiB of reach, fastest */
  do {
    begin = end;
    end = byte_count - begin < BLOCK_bytes ? (uint32_t)byte_count : begin + BLOCK_bytes;
    cut(zpack, in, begin, end);
    zpack_code_make(&zpack->words, ZPACK_WORDS, ZPACK_BITS_MAX);
    zpack_code_make(&zpack->distances, ZPACK_DISTANCES, ZPACK_BITS_MAX);
    zpack_code_header(&to, &zpack->words, &zpack->distances, end == byte_count);
    write_block(zpack, &to, in + begin);
  } while (end < byte_count);
  to.count = (to.count + 7) & ~7u;
  zpack_spill(&to);
  const uint32_t sum = checksum(in, byte_count);
  for (int shift = 24; shift >= 0; shift -= 8) *to.at++ = (uint8_t)(sum >> shift);
  return (size_t)(to.at - out);
}
