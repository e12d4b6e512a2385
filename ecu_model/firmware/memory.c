/// memcpy, memset and memcmp for images without a libc: what a compiler calls by itself.
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  if ((((uintptr_t)out | (uintptr_t)in) & 3u) == 0) {
    for (; bytes >= 4; bytes -= 4, out += 4, in += 4) {
      *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
    }
  }
  while (bytes-- > 0) *out++ = *in++;
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *out = to;
  const uint32_t word = (uint8_t)value * 0x01010101u;
  for (; ((uintptr_t)out & 3u) != 0 && bytes > 0; bytes--) *out++ = (uint8_t)value;
  for (; bytes >= 4; bytes -= 4, out += 4) *(uint32_t *)(void *)out = word;
  while (bytes-- > 0) *out++ = (uint8_t)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  const uint8_t *left = a, *right = b;
  for (; bytes > 0; bytes--, left++, right++) {
    if (*left != *right) return *left < *right ? -1 : 1;
  }
  return 0;
}
