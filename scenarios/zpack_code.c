/// Huffman codes: see zpack_code.h.
#include "zpack_code.h"

enum {
  SYMBOL_BITS = 9,
  SYMBOL_MASK = (1 << SYMBOL_BITS) - 1,
  BYTE_VALUES = 256,
  FEW = 20, /* up to here the plain way of sorting is the shorter one */
  BITS_LIMIT = 15
};

static void sort_few(uint32_t *key, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    const uint32_t moved = key[i];
    uint32_t j = i;
    for (; j > 0 && key[j - 1] > moved; j--) key[j] = key[j - 1];
    key[j] = moved;
  }
}

/* One byte of the key; what was in order stays so. */
static void sort_byte(const uint32_t *from, uint32_t *to, uint32_t count, uint32_t shift) {
  uint32_t place[BYTE_VALUES] = {0}, sum = 0;
  for (uint32_t i = 0; i < count; i++) place[from[i] >> shift & 0xFFu]++;
  for (uint32_t v = 0; v < BYTE_VALUES; v++) {
    const uint32_t here = place[v];
    place[v] = sum;
    sum += here;
  }
  for (uint32_t i = 0; i < count; i++) to[place[from[i] >> shift & 0xFFu]++] = from[i];
}

/* Symbols that come, the rarest first: count above, symbol below. */
static uint32_t sort(const uint32_t *count, uint32_t symbol_count, uint32_t *key) {
  uint32_t used = 0, other[ZPACK_WORDS];
  for (uint32_t i = 0; i < symbol_count; i++) {
    key[used] = count[i] << SYMBOL_BITS | i;
    used += count[i] > 0;
  }
  if (used <= FEW) {
    sort_few(key, used);
    return used;
  }
  sort_byte(key, other, used, SYMBOL_BITS);
  sort_byte(other, key, used, SYMBOL_BITS + 8);
  return used;
}

/* How many leaves lie how deep: leaves and made nodes both come in order of weight. */
static void depths(const uint32_t *key, uint32_t used, uint32_t bits_max, uint32_t *at_depth) {
  uint32_t weight[2 * ZPACK_WORDS], leaf = 0, node = used;
  uint16_t parent[2 * ZPACK_WORDS], depth[2 * ZPACK_WORDS];
  const uint32_t root = 2 * used - 2;
  for (uint32_t i = 0; i < used; i++) weight[i] = key[i] >> SYMBOL_BITS;
  for (uint32_t next = used; next <= root; next++) {
    weight[next] = 0;
    for (uint32_t k = 0; k < 2; k++) {
      const int is_leaf = leaf < used && (node >= next || weight[leaf] <= weight[node]);
      const uint32_t taken = is_leaf ? leaf++ : node++;
      weight[next] += weight[taken];
      parent[taken] = (uint16_t)next;
    }
  }
  depth[root] = 0;
  /* cppcheck-suppress uninitvar ; each below the root was taken once */
  for (uint32_t i = root; i-- > 0;) depth[i] = (uint16_t)(depth[parent[i]] + 1);
  for (uint32_t i = 0; i < used; i++) at_depth[depth[i] < bits_max ? depth[i] : bits_max]++;
}

/* Cutting at bits_max made too many codes: each turn makes room for one. */
static void fit(uint32_t *at_depth, uint32_t bits_max) {
  uint32_t taken = 0;
  for (uint32_t d = 1; d <= bits_max; d++) taken += at_depth[d] << (bits_max - d);
  for (; taken > 1u << bits_max; taken--) {
    uint32_t d = bits_max - 1;
    while (at_depth[d] == 0) d--;
    at_depth[d]--;
    at_depth[d + 1] += 2;
    at_depth[bits_max]--;
  }
}

static uint32_t reversed(uint32_t bits, uint32_t count) {
  bits = (bits & 0x5555u) << 1 | (bits >> 1 & 0x5555u);
  bits = (bits & 0x3333u) << 2 | (bits >> 2 & 0x3333u);
  bits = (bits & 0x0F0Fu) << 4 | (bits >> 4 & 0x0F0Fu);
  return ((bits & 0x00FFu) << 8 | bits >> 8) >> (16 - count);
}

void zpack_code_make(zpack_alphabet_t *alphabet, uint32_t symbol_count, uint32_t bits_max) {
  uint32_t key[ZPACK_WORDS + 1], at_depth[BITS_LIMIT + 1] = {0}, next[BITS_LIMIT + 1], first = 0;
  const uint32_t used = sort(alphabet->count, symbol_count, key);
  memset(alphabet->length, 0, symbol_count);
  if (used < 2) {
    at_depth[1] = used;
  } else {
    depths(key, used, bits_max, at_depth);
    fit(at_depth, bits_max);
  }
  uint32_t i = 0;
  for (uint32_t d = bits_max; d > 0; d--) {
    for (uint32_t left = at_depth[d]; left > 0; left--)
      alphabet->length[key[i++] & SYMBOL_MASK] = (uint8_t)d;
  }
  for (uint32_t d = 1; d <= bits_max; d++) {
    next[d] = first;
    first = (first + at_depth[d]) << 1;
  }
  for (uint32_t s = 0; s < symbol_count; s++) {
    const uint32_t length = alphabet->length[s];
    if (length > 0) alphabet->code[s] = reversed(next[length]++, length) | length << 16;
  }
}
