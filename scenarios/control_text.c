/// Writes lines of JSON: see control_text.h.
#include "control_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_exact.h"

enum { ROOM_FIRST = 1024 };

void control_text_free(control_text_t *to) {
  free(to->text);
  *to = (control_text_t){.text = NULL};
}

void control_text_clear(control_text_t *to) {
  to->bytes = 0;
  to->is_cut = 0;
}

/// Room for more bytes and the 0 behind them; 0 iff there is none.
static int grow(control_text_t *to, size_t more) {
  size_t needed = to->bytes + more + 1, room = to->room > 0 ? to->room : ROOM_FIRST;
  while (room < needed) room *= 2;
  if (needed > CONTROL_TEXT_MAX) return 0;
  if (room == to->room) return 1;
  char *grown = realloc(to->text, room);
  if (grown == NULL) return 0;
  to->text = grown;
  to->room = room;
  return 1;
}

void control_text_add(control_text_t *to, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int bytes = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (bytes < 0 || to->is_cut || !grow(to, (size_t)bytes)) {
    to->is_cut = 1;
  } else {
    (void)vsnprintf(to->text + to->bytes, (size_t)bytes + 1, format, again);
    to->bytes += (size_t)bytes;
  }
  va_end(again);
}

void control_text_raw(control_text_t *to, const void *bytes, size_t count) {
  if (to->is_cut || !grow(to, count)) {
    to->is_cut = 1;
    return;
  }
  memcpy(to->text + to->bytes, bytes, count);
  to->bytes += count;
  to->text[to->bytes] = '\0';
}

/// Bytes of the character at text, 0 iff it is cut off or none.
static size_t character_bytes(const char *text) {
  const unsigned char first = (unsigned char)text[0];
  const size_t bytes = first < 0x80   ? 1
                       : first < 0xC2 ? 0
                       : first < 0xE0 ? 2
                       : first < 0xF0 ? 3
                                      : 4;
  for (size_t i = 1; i < bytes; i++)
    if (((unsigned char)text[i] & 0xC0) != 0x80) return 0;
  return bytes;
}

void control_text_string(control_text_t *to, const char *string) {
  control_text_add(to, "\"");
  while (*string != '\0') {
    const size_t bytes = character_bytes(string);
    if (bytes == 0)
      control_text_add(to, "?");
    else if (*string == '"' || *string == '\\')
      control_text_add(to, "\\%c", *string);
    else if ((unsigned char)*string < 0x20)
      control_text_add(to, "\\u%04x", (unsigned)(unsigned char)*string);
    else
      control_text_add(to, "%.*s", (int)bytes, string);
    string += bytes > 0 ? bytes : 1;
  }
  control_text_add(to, "\"");
}

void control_text_number(control_text_t *to, double value) {
  char text[JSON_EXACT_NUMBER_BYTES];
  if (!isfinite(value)) {
    control_text_add(to, "null");
    return;
  }
  json_exact_number(value, text);
  control_text_add(to, "%s", text);
}
