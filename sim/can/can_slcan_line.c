/// Reads and writes frames of the LAWICEL protocol.
#include "can_slcan_line.h"

#include <string.h>

enum { STAMP_WRAP_ms = 60000 };

static int hex_of(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  return -1;
}

static int take_hex(const char *text, uint32_t digits, uint32_t *value) {
  *value = 0;
  for (uint32_t i = 0; i < digits; i++) {
    int digit = hex_of(text[i]);
    if (digit < 0) return -1;
    *value = *value << 4 | (uint32_t)digit;
  }
  return 0;
}

int can_slcan_parse(const char *text, size_t count, can_frame_t *frame) {
  can_frame_t made;
  uint32_t len, byte;
  memset(&made, 0, sizeof made);
  if (count == 0 || strchr("tTrR", text[0]) == NULL || text[0] == '\0') return -1;
  int is_extended = text[0] == 'T' || text[0] == 'R';
  int is_remote = text[0] == 'r' || text[0] == 'R';
  uint32_t digits = is_extended ? 8 : 3;
  if (count < digits + 2 || take_hex(text + 1, digits, &made.id) != 0) return -1;
  if (made.id > (is_extended ? 0x1FFFFFFFu : 0x7FFu)) return -1;
  if (take_hex(text + 1 + digits, 1, &len) != 0 || len > 8) return -1;
  if (count != digits + 2 + (is_remote ? 0 : 2 * len)) return -1;
  for (uint32_t i = 0; !is_remote && i < len; i++) {
    if (take_hex(text + digits + 2 + (size_t)2 * i, 2, &byte) != 0) return -1;
    made.data[i] = (uint8_t)byte;
  }
  made.len = (uint8_t)len;
  made.flags =
      (uint8_t)((is_extended ? CAN_FRAME_EXTENDED : 0) | (is_remote ? CAN_FRAME_REMOTE : 0));
  *frame = made;
  return 0;
}

static char *put_hex(char *to, uint32_t value, uint32_t digits) {
  for (uint32_t i = digits; i-- > 0;) *to++ = "0123456789ABCDEF"[value >> (4 * i) & 15u];
  return to;
}

size_t can_slcan_format(char line[CAN_SLCAN_LINE_CHARS], const can_frame_t *frame, int has_stamp,
                        uint64_t time_us) {
  int is_extended = (frame->flags & CAN_FRAME_EXTENDED) != 0;
  int is_remote = (frame->flags & CAN_FRAME_REMOTE) != 0;
  uint32_t len = frame->len < 8 ? frame->len : 8;
  char *to = line;
  *to++ = is_remote ? (is_extended ? 'R' : 'r') : (is_extended ? 'T' : 't');
  to = put_hex(to, frame->id, is_extended ? 8 : 3);
  to = put_hex(to, len, 1);
  for (uint32_t i = 0; !is_remote && i < len; i++) to = put_hex(to, frame->data[i], 2);
  if (has_stamp) to = put_hex(to, (uint32_t)(time_us / 1000u % STAMP_WRAP_ms), 4);
  *to++ = '\r';
  return (size_t)(to - line);
}
