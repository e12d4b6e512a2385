/// Words, numbers and strings of a DBC text, with the line they stand on. Included by dbc.c only.
#ifndef SIM_CAN_DBC_SCAN_H
#define SIM_CAN_DBC_SCAN_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbc.h"

/// Where the reader stands. A failure leaves through on_fail: the grammar then reads as the happy
/// path.
typedef struct {
  const char *at, *end;
  uint32_t line;
  dbc_t *dbc;
  dbc_error_t *error;
  dbc_status_t status;
  uint32_t message_room, signal_room, value_room, attribute_room, setting_room, range_room;
  uint32_t text_room;
  int message_is_pseudo; ///< signals that belong to no frame are skipped
  jmp_buf on_fail;
} scan_t;

_Noreturn static void scan_fail(scan_t *scan, dbc_status_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

_Noreturn static void scan_fail(scan_t *scan, dbc_status_t status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(scan->error->text, sizeof scan->error->text, format, arguments);
  for (char *at = scan->error->text; *at != '\0'; at++) {
    if ((unsigned char)*at < ' ') *at = ' '; /* what was found may hold line ends */
  }
  va_end(arguments);
  scan->error->line = scan->line;
  scan->status = status;
  longjmp(scan->on_fail, 1);
}

static int scan_is_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_' ||
         (letter >= '0' && letter <= '9');
}

static void scan_blank(scan_t *scan) {
  while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL) {
    if (*scan->at == '\n') scan->line++;
    scan->at++;
  }
}

/// The next character that is not blank, without taking it; 0 at the end.
static char scan_peek(scan_t *scan) {
  scan_blank(scan);
  return scan->at < scan->end ? *scan->at : '\0';
}

static int scan_accept(scan_t *scan, char letter) {
  if (scan_peek(scan) != letter) return 0;
  scan->at++;
  return 1;
}

_Noreturn static void scan_unexpected(scan_t *scan, const char *allowed) {
  int length = 0;
  while (scan->at + length < scan->end && length < 24 && scan->at[length] >= ' ' &&
         scan->at[length] <= '~')
    length++;
  if (length == 0 && scan->at == scan->end)
    scan_fail(scan, DBC_ERR_SYNTAX, "found the end of the file, allowed %s", allowed);
  scan_fail(scan, DBC_ERR_SYNTAX, "found '%.*s', allowed %s", length, scan->at, allowed);
}

static void scan_expect(scan_t *scan, char letter) {
  char allowed[4] = {'\'', letter, '\'', '\0'};
  if (!scan_accept(scan, letter)) scan_unexpected(scan, allowed);
}

/// Take a word into name (DBC_NAME_CHARS).
static void scan_name(scan_t *scan, char name[DBC_NAME_CHARS]) {
  uint32_t length = 0;
  (void)scan_peek(scan);
  while (scan->at + length < scan->end && scan_is_word(scan->at[length])) length++;
  if (length == 0) scan_unexpected(scan, "a name");
  if (length >= DBC_NAME_CHARS)
    scan_fail(scan, DBC_ERR_LIMIT, "found a name of %u characters, allowed %d", (unsigned)length,
              DBC_NAME_CHARS - 1);
  memcpy(name, scan->at, length);
  name[length] = '\0';
  scan->at += length;
}

/// 1 iff the letter goes on with a number that begin..at already holds.
static int scan_is_number(const char *begin, const char *at) {
  if (*at == '+' || *at == '-') return at == begin || at[-1] == 'e' || at[-1] == 'E';
  return (*at >= '0' && *at <= '9') || *at == '.' || *at == 'e' || *at == 'E';
}

/// Take a number. Not a number, infinite or missing is refused.
static double scan_number(scan_t *scan) {
  char text[64];
  uint32_t length = 0;
  (void)scan_peek(scan);
  while (scan->at + length < scan->end && length + 1 < sizeof text &&
         scan_is_number(scan->at, scan->at + length))
    length++;
  memcpy(text, scan->at, length);
  text[length] = '\0';
  char *end = NULL;
  double value = strtod(text, &end);
  if (length == 0 || *end != '\0' || !(value >= -1e300 && value <= 1e300))
    scan_unexpected(scan, "a number");
  scan->at += length;
  return value;
}

/// Take an integer in minimum..maximum.
static int64_t scan_integer(scan_t *scan, int64_t minimum, int64_t maximum) {
  const char *begin = scan->at;
  double value = scan_number(scan);
  int64_t integer = value >= -9e15 && value <= 9e15 ? (int64_t)value : INT64_MAX;
  int is_whole = (double)integer >= value && (double)integer <= value;
  if (!is_whole || integer < minimum || integer > maximum) {
    scan->at = begin;
    scan_blank(scan);
    char allowed[64];
    (void)snprintf(allowed, sizeof allowed, "%lld..%lld", (long long)minimum, (long long)maximum);
    scan_unexpected(scan, allowed);
  }
  return integer;
}

/// Make room for one more element of a table; returns the table, its room is updated.
static void *scan_grow(scan_t *scan, void *table, size_t size, uint32_t count, uint32_t *room,
                       uint32_t maximum, const char *what) {
  if (count < *room) return table;
  if (count >= maximum)
    scan_fail(scan, DBC_ERR_LIMIT, "found more than %u %s", (unsigned)maximum, what);
  uint32_t wanted = *room == 0 ? 64 : *room * 2;
  if (wanted > maximum) wanted = maximum;
  void *grown = realloc(table, wanted * size);
  if (grown == NULL) scan_fail(scan, DBC_ERR_MEMORY, "out of memory for %s", what);
  memset((char *)grown + *room * size, 0, (wanted - *room) * size);
  *room = wanted;
  return grown;
}

static void scan_text_byte(scan_t *scan, char byte) {
  dbc_t *dbc = scan->dbc;
  dbc->text = scan_grow(scan, dbc->text, 1, dbc->text_bytes, &scan->text_room, 2 * DBC_BYTES_MAX,
                        "bytes of text");
  dbc->text[dbc->text_bytes++] = byte;
}

/// Take a quoted string, possibly over several lines, into the pool; returns its offset.
static uint32_t scan_string(scan_t *scan) {
  if (scan_peek(scan) != '"') scan_unexpected(scan, "a string in quotes");
  uint32_t line = scan->line;
  uint32_t offset = scan->dbc->text_bytes;
  for (scan->at++; scan->at < scan->end && *scan->at != '"'; scan->at++) {
    if (*scan->at == '\\' && scan->at + 1 < scan->end && scan->at[1] == '"') scan->at++;
    if (*scan->at == '\n') scan->line++;
    if (*scan->at == '\0') scan_fail(scan, DBC_ERR_SYNTAX, "found a zero byte in a string");
    scan_text_byte(scan, *scan->at);
  }
  if (scan->at == scan->end) {
    scan->line = line;
    scan_fail(scan, DBC_ERR_SYNTAX, "found a string that is never closed");
  }
  scan->at++;
  scan_text_byte(scan, '\0');
  return offset;
}

/// Skip to behind the next ; that stands outside strings.
static void scan_skip_statement(scan_t *scan) {
  for (;;) {
    char letter = scan_peek(scan);
    if (letter == '\0') scan_unexpected(scan, "';'");
    if (letter == '"') {
      uint32_t used = scan->dbc->text_bytes;
      (void)scan_string(scan);
      scan->dbc->text_bytes = used;
      continue;
    }
    scan->at++;
    if (letter == ';') return;
  }
}

#endif
