/// Writes C files: wrapped rows, escaped strings; replaces a file only when its text has changed.
#include "gen.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_WIDTH = 100, OUT_INDENT = 5, OUT_INDENT_DESIGNATED = 9 };

void out_open(out_t *out, const char *gen_dir, const char *name, const char *what,
              const char *source) {
  memset(out, 0, sizeof *out);
  int length = snprintf(out->path, sizeof out->path, "%s/%s", gen_dir, name);
  if (length < 0 || (size_t)length >= sizeof out->path) gen_fail(gen_dir, 0, "path is too long");
  out->file = open_memstream(&out->text, &out->size);
  if (out->file == NULL) gen_fail(out->path, 0, "out of memory");
  out_print(out, "/// %s, generated from ecu_model/db/%s: do not edit.\n", what, source);
}

void out_print(out_t *out, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (vfprintf(out->file, format, arguments) < 0) gen_fail(out->path, 0, "cannot be written");
  va_end(arguments);
}

static int out_is_same(const out_t *out) {
  FILE *file = fopen(out->path, "rb");
  if (file == NULL) return 0;
  size_t at = 0;
  int byte = fgetc(file);
  while (byte != EOF && at < out->size && (unsigned char)out->text[at] == byte) {
    at++;
    byte = fgetc(file);
  }
  (void)fclose(file);
  return byte == EOF && at == out->size;
}

void out_close(out_t *out) {
  if (fclose(out->file) != 0) gen_fail(out->path, 0, "out of memory");
  if (!out_is_same(out)) {
    FILE *file = fopen(out->path, "wb");
    if (file == NULL) gen_fail(out->path, 0, "cannot be written");
    size_t written = fwrite(out->text, 1, out->size, file);
    if (fclose(file) != 0 || written != out->size) gen_fail(out->path, 0, "cannot be written");
  }
  free(out->text);
}

void out_comment(out_t *out, const char *text) {
  size_t room = OUT_WIDTH - 4;
  while (*text != '\0') {
    size_t cut = strlen(text);
    if (cut > room) {
      cut = room;
      while (cut > 1 && text[cut] != ' ') cut--;
    }
    out_print(out, "/// %.*s\n", (int)cut, text);
    text += cut;
    while (*text == ' ') text++;
  }
}

void out_row_begin(out_t *out, const char *prefix, const char *name) {
  if (name == NULL)
    out_print(out, "    {");
  else
    out_print(out, "    [%s%s] =\n        {", prefix, name);
  out->indent = name == NULL ? OUT_INDENT : OUT_INDENT_DESIGNATED;
  out->column = out->indent;
  out->is_first = 1;
}

/// Make room for an item of length characters and its comma.
static void out_place(out_t *out, size_t length) {
  uint32_t is_first = out->is_first;
  out->is_first = 0;
  if (!is_first && out->column + 1 + length + 2 > OUT_WIDTH) {
    out_print(out, ",\n%*s", (int)out->indent, "");
    out->column = out->indent;
  } else if (!is_first) {
    out_print(out, ", ");
    out->column += 2;
  }
}

void out_item(out_t *out, const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= sizeof text) gen_fail(out->path, 0, "item is too long");
  out_place(out, (size_t)length);
  out_print(out, "%s", text);
  out->column += (uint32_t)length;
}

/// Characters that one byte of text takes inside a literal: others than ASCII become octal escapes.
static size_t out_byte_length(char byte) {
  if (byte == '"' || byte == '\\') return 2;
  return isprint((unsigned char)byte) ? 1 : 4;
}

static size_t out_escaped_length(const char *text, size_t count) {
  size_t length = 0;
  for (size_t i = 0; i < count; i++) length += out_byte_length(text[i]);
  return length;
}

/// Print count bytes as a literal.
static void out_literal(out_t *out, const char *text, size_t count) {
  out_print(out, "\"");
  for (size_t i = 0; i < count; i++) {
    size_t length = out_byte_length(text[i]);
    if (length == 4)
      out_print(out, "\\%03o", (unsigned)(unsigned char)text[i]);
    else
      out_print(out, "%s%c", length == 2 ? "\\" : "", text[i]);
  }
  out_print(out, "\"");
  out->column += 2 + (uint32_t)out_escaped_length(text, count);
}

void out_string(out_t *out, const char *text) {
  size_t count = strlen(text);
  size_t room = OUT_WIDTH - out->indent - 4;
  out_place(out, out_escaped_length(text, count) + 2);
  while (out_escaped_length(text, count) > room) {
    size_t cut = room;
    while (cut > 1 && (text[cut - 1] != ' ' || out_escaped_length(text, cut) > room)) cut--;
    out_literal(out, text, cut);
    out_print(out, "\n%*s", (int)out->indent, "");
    out->column = out->indent;
    text += cut;
    count -= cut;
  }
  out_literal(out, text, count);
}

void out_row_end(out_t *out) { out_print(out, "},\n"); }

enum { OUT_TEXT_COUNT = 4, OUT_TEXT_BYTES = 160 };

/// One of a few buffers in turn.
static char *out_buffer(void) {
  static char buffer[OUT_TEXT_COUNT][OUT_TEXT_BYTES];
  static uint32_t next;
  return buffer[next++ % OUT_TEXT_COUNT];
}

static const char *out_case(const char *text, int (*convert)(int)) {
  char *buffer = out_buffer();
  size_t i = 0;
  for (; text[i] != '\0' && i + 1 < OUT_TEXT_BYTES; i++) {
    int letter = (unsigned char)text[i];
    buffer[i] = (char)(isalnum(letter) ? convert(letter) : '_');
  }
  buffer[i] = '\0';
  return buffer;
}

const char *out_upper(const char *text) { return out_case(text, toupper); }

const char *out_lower(const char *text) { return out_case(text, tolower); }

const char *out_double(double value) {
  char *buffer = out_buffer();
  for (int digits = 1; digits <= 17; digits++) {
    (void)snprintf(buffer, OUT_TEXT_BYTES, "%.*g", digits, value);
    double read_back = strtod(buffer, NULL);
    if (read_back <= value && read_back >= value && strchr(buffer, 'e') == NULL) break;
  }
  return buffer;
}
