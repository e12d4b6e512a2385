/// Requests and replies as hex text, for tests of the diagnostic server.
#ifndef TESTS_DIAG_TEXT_H
#define TESTS_DIAG_TEXT_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DIAG_TEXT_BYTES = 256 };

/// "22 F1 86" to bytes. Returns how many.
static inline uint32_t diag_bytes(const char *text, uint8_t *bytes) {
  uint32_t count = 0;
  for (; *text != '\0'; text += text[0] == ' ' ? 1 : 2) {
    unsigned value;
    if (*text == ' ') continue;
    ck_assert_int_eq(sscanf(text, "%2x", &value), 1);
    ck_assert_uint_lt(count, DIAG_TEXT_BYTES);
    bytes[count++] = (uint8_t)value;
  }
  return count;
}

/// Bytes to "62 F1 86 01"; valid until the next call.
static inline const char *diag_text(const uint8_t *bytes, uint32_t count) {
  static char text[3 * DIAG_TEXT_BYTES + 1];
  text[0] = '\0';
  for (uint32_t i = 0; i < count; i++)
    snprintf(text + (i > 0 ? 3 * i - 1 : 0), 4, i > 0 ? " %02X" : "%02X", bytes[i]);
  return text;
}

#endif
