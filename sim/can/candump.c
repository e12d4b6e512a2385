/// Formats candump -L lines without printf, and reads them.
#include "candump.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char hex[] = "0123456789ABCDEF";

/* --- writing ------------------------------------------------------------------------------- */

static char *put_hex(char *to, uint32_t value, uint32_t digits) {
  for (uint32_t i = digits; i-- > 0; value >>= 4) to[i] = hex[value & 15u];
  return to + digits;
}

/// Two decimal digits before at.
static char *put_pair(char *at, uint32_t value) {
  *--at = (char)('0' + value % 10u);
  *--at = (char)('0' + value / 10u);
  return at;
}

/// At least minimum_digits decimal digits, in pairs from the last one on.
static char *put_decimal(char *to, uint64_t value, uint32_t minimum_digits) {
  char text[24];
  char *end = text + sizeof text, *at = end;
  for (; value > UINT32_MAX; value /= 100u) at = put_pair(at, (uint32_t)(value % 100u));
  for (uint32_t low = (uint32_t)value; low > 0; low /= 100u) at = put_pair(at, low % 100u);
  while (end - at < (ptrdiff_t)minimum_digits) at = put_pair(at, 0);
  while (end - at > (ptrdiff_t)minimum_digits && *at == '0') at++;
  memcpy(to, at, (size_t)(end - at));
  return to + (end - at);
}

static char *put_data(char *to, const can_frame_t *frame) {
  int is_remote = (frame->flags & CAN_FRAME_REMOTE) != 0;
  int is_fd = !is_remote && (frame->flags & CAN_FRAME_FD) != 0;
  uint32_t len_max = is_fd ? 64 : 8;
  uint32_t len = frame->len < len_max ? frame->len : len_max;
  *to++ = '#';
  if (is_remote) {
    *to++ = 'R';
    if (len > 0) *to++ = hex[len];
    return to;
  }
  if (is_fd) {
    *to++ = '#';
    *to++ = (frame->flags & CAN_FRAME_BRS) != 0 ? '1' : '0';
  }
  for (uint32_t i = 0; i < len; i++) {
    *to++ = hex[frame->data[i] >> 4];
    *to++ = hex[frame->data[i] & 15u];
  }
  return to;
}

size_t candump_format(char line[CANDUMP_LINE_CHARS], uint64_t time_us, const char *bus,
                      const can_frame_t *frame) {
  char *to = line;
  *to++ = '(';
  to = put_decimal(to, time_us / 1000000u, 10);
  *to++ = '.';
  to = put_decimal(to, time_us % 1000000u, 6);
  *to++ = ')';
  *to++ = ' ';
  for (uint32_t i = 0; i + 1 < CANDUMP_BUS_CHARS && bus[i] != '\0'; i++) *to++ = bus[i];
  *to++ = ' ';
  to = put_hex(to, frame->id, (frame->flags & CAN_FRAME_EXTENDED) != 0 ? 8 : 3);
  to = put_data(to, frame);
  *to++ = '\n';
  *to = '\0';
  return (size_t)(to - line);
}

/* --- reading ------------------------------------------------------------------------------- */

/// One line being read: at end the cursor shows what was not understood.
typedef struct {
  const char *at, *end;
  const char *allowed; ///< what should have stood at the cursor, NULL while all is well
} line_t;

static int fail(line_t *line, const char *allowed) {
  line->allowed = allowed;
  return 0;
}

static int take(line_t *line, char letter) {
  if (line->at == line->end || *line->at != letter) return 0;
  line->at++;
  return 1;
}

static int hex_value(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  return -1;
}

static uint32_t hex_run(const line_t *line) {
  uint32_t count = 0;
  while (line->at + count < line->end && hex_value(line->at[count]) >= 0) count++;
  return count;
}

static uint32_t take_hex(line_t *line, uint32_t digits) {
  uint32_t value = 0;
  while (digits-- > 0) value = value << 4 | (uint32_t)hex_value(*line->at++);
  return value;
}

/// Between minimum and maximum decimal digits.
static int take_decimal(line_t *line, uint32_t minimum, uint32_t maximum, uint64_t *value) {
  uint32_t count = 0;
  *value = 0;
  while (line->at < line->end && *line->at >= '0' && *line->at <= '9' && count < maximum) {
    *value = *value * 10u + (uint64_t)(*line->at++ - '0');
    count++;
  }
  return count >= minimum ? 1 : fail(line, "decimal digits");
}

static int take_stamp_us(line_t *line, uint64_t *time_us) {
  uint64_t seconds = 0;
  uint64_t micros = 0;
  if (!take(line, '(')) return fail(line, "'('");
  if (!take_decimal(line, 1, 12, &seconds)) return 0;
  if (!take(line, '.')) return fail(line, "'.' behind at most 12 digits");
  if (!take_decimal(line, 6, 6, &micros)) return fail(line, "6 digits of microseconds");
  if (!take(line, ')')) return fail(line, "')' behind 6 digits");
  *time_us = seconds * 1000000u + micros;
  return take(line, ' ') ? 1 : fail(line, "a blank");
}

static int take_bus(line_t *line, char bus[CANDUMP_BUS_CHARS]) {
  uint32_t count = 0;
  while (line->at<line->end && * line->at> ' ' && *line->at <= '~') {
    if (count + 1 == CANDUMP_BUS_CHARS) return fail(line, "an interface of at most 16 characters");
    bus[count++] = *line->at++;
  }
  bus[count] = '\0';
  if (count == 0) return fail(line, "the name of an interface");
  return take(line, ' ') ? 1 : fail(line, "a blank");
}

static int take_id(line_t *line, can_frame_t *frame) {
  const char *begin = line->at;
  uint32_t digits = hex_run(line);
  if (digits != 3 && digits != 8) return fail(line, "an id of 3 or 8 hex digits");
  frame->id = take_hex(line, digits);
  if (digits == 8) frame->flags = CAN_FRAME_EXTENDED;
  if (frame->id > (digits == 3 ? 0x7FFu : 0x1FFFFFFFu)) {
    line->at = begin;
    return fail(line, "an id of 000..7FF or 00000000..1FFFFFFF");
  }
  return take(line, '#') ? 1 : fail(line, "'#'");
}

static int take_remote(line_t *line, can_frame_t *frame) {
  frame->flags |= CAN_FRAME_REMOTE;
  if (line->at == line->end || *line->at == ' ') return 1;
  if (*line->at < '0' || *line->at > '8') return fail(line, "a length of 0..8");
  frame->len = (uint8_t)(*line->at++ - '0');
  return 1;
}

static int is_legal_len(uint32_t len, int is_fd) {
  if (len <= 8) return 1;
  return is_fd &&
         (len == 12 || len == 16 || len == 20 || len == 24 || len == 32 || len == 48 || len == 64);
}

static int take_data(line_t *line, can_frame_t *frame) {
  int is_fd = take(line, '#');
  if (!is_fd && take(line, 'R')) return take_remote(line, frame);
  if (is_fd) {
    if (hex_run(line) == 0) return fail(line, "a hex digit of FD flags");
    frame->flags |= CAN_FRAME_FD;
    if ((take_hex(line, 1) & 1u) != 0) frame->flags |= CAN_FRAME_BRS;
  }
  uint32_t digits = hex_run(line);
  if (digits % 2 != 0 || !is_legal_len(digits / 2, is_fd))
    return fail(line, is_fd ? "0..8 12 16 20 24 32 48 or 64 bytes in hex" : "0..8 bytes in hex");
  frame->len = (uint8_t)(digits / 2);
  for (uint32_t i = 0; i < frame->len; i++) frame->data[i] = (uint8_t)take_hex(line, 2);
  return 1;
}

/// Nothing, or a direction, and blanks.
static int take_tail(line_t *line) {
  while (take(line, ' ')) {
  }
  if (!take(line, 'R')) (void)take(line, 'T');
  while (take(line, ' ')) {
  }
  return line->at == line->end ? 1 : fail(line, "the end of the line, R or T");
}

static void describe(char error[CANDUMP_ERROR_CHARS], const line_t *line) {
  int count = 0;
  while (line->at + count < line->end && count < 20 && line->at[count] >= ' ' &&
         line->at[count] <= '~')
    count++;
  (void)snprintf(error, CANDUMP_ERROR_CHARS, "found '%.*s', allowed %s", count, line->at,
                 line->allowed);
}

candump_status_t candump_next(candump_reader_t *reader, candump_entry_t *entry) {
  for (;;) {
    if (reader->at == reader->end) return CANDUMP_END;
    const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    line_t line = {reader->at, newline == NULL ? reader->end : newline, NULL};
    reader->at = newline == NULL ? reader->end : newline + 1;
    reader->line++;
    if (line.end > line.at && line.end[-1] == '\r') line.end--;
    if (line.at == line.end) continue;
    memset(entry, 0, sizeof *entry);
    if (take_stamp_us(&line, &entry->time_us) && take_bus(&line, entry->bus) &&
        take_id(&line, &entry->frame) && take_data(&line, &entry->frame) && take_tail(&line))
      return CANDUMP_OK;
    describe(reader->error, &line);
    return CANDUMP_ERR_SYNTAX;
  }
}

int candump_frame(const char *text, can_frame_t *frame, char error[CANDUMP_ERROR_CHARS]) {
  line_t line = {text, text + strlen(text), NULL};
  can_frame_t made;
  memset(&made, 0, sizeof made);
  if (take_id(&line, &made) && take_data(&line, &made)) {
    if (line.at == line.end) {
      *frame = made;
      return 0;
    }
    (void)fail(&line, "the end of the frame");
  }
  describe(error, &line);
  return -1;
}
