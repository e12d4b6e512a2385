/// memcpy, memset and memcmp for images without a libc: what a compiler calls by itself.
///
/// Model    in words wherever they begin: a Cortex-M4 takes them at any address of memory
#include <stdint.h>
#include <string.h>

typedef struct {
  uint32_t value;
} __attribute__((packed, may_alias)) word_t;

enum { WORD = sizeof(word_t), BLOCK = 4 };

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  word_t *out = to;
  const word_t *in = from;
  for (; bytes >= BLOCK * WORD; bytes -= BLOCK * WORD, out += BLOCK, in += BLOCK) {
    out[0].value = in[0].value;
    out[1].value = in[1].value;
    out[2].value = in[2].value;
    out[3].value = in[3].value;
  }
  for (; bytes >= WORD; bytes -= WORD) (out++)->value = (in++)->value;
  uint8_t *last = (uint8_t *)out;
  const uint8_t *rest = (const uint8_t *)in;
  while (bytes-- > 0) *last++ = *rest++;
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  word_t *out = to;
  const uint32_t word = (uint8_t)value * 0x01010101u;
  for (; bytes >= BLOCK * WORD; bytes -= BLOCK * WORD, out += BLOCK)
    out[0].value = out[1].value = out[2].value = out[3].value = word;
  for (; bytes >= WORD; bytes -= WORD) (out++)->value = word;
  uint8_t *last = (uint8_t *)out;
  while (bytes-- > 0) *last++ = (uint8_t)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  const word_t *left_word = a, *right_word = b;
  for (; bytes >= WORD && left_word->value == right_word->value; bytes -= WORD)
    left_word++, right_word++;
  const uint8_t *left = (const uint8_t *)left_word, *right = (const uint8_t *)right_word;
  for (; bytes > 0; bytes--, left++, right++) {
    if (*left != *right) return *left < *right ? -1 : 1;
  }
  return 0;
}
