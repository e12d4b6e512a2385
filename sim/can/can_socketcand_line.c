/// Reads commands and writes frames of the socketcand protocol.
#include "can_socketcand_line.h"

#include <stdio.h>
#include <string.h>

enum { BUS_NAME_MAX = 16, WORD_CHARS = 20 };

typedef struct {
  const char *at, *end;
} words_t;

/// Next word, zero-terminated; 0 iff there is none or it is too long to be one of ours.
static int next_word(words_t *words, char word[WORD_CHARS]) {
  size_t count = 0;
  memset(word, 0, WORD_CHARS);
  while (words->at < words->end && (*words->at == ' ' || *words->at == '\t')) words->at++;
  while (words->at < words->end && *words->at != ' ' && *words->at != '\t') {
    if (count + 1 == WORD_CHARS) return 0;
    word[count++] = *words->at++;
  }
  return count > 0;
}

static int hex_of(const char *word, uint32_t digits_max, uint32_t *value) {
  size_t count = strlen(word);
  *value = 0;
  if (count == 0 || count > digits_max || strspn(word, "0123456789abcdefABCDEF") != count) return 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t letter = (uint32_t)word[i] | 0x20u;
    *value = *value << 4 | (letter <= '9' ? letter - '0' : letter - 'a' + 10u);
  }
  return 1;
}

static int is_at_end(words_t *words) {
  char word[WORD_CHARS];
  if (next_word(words, word)) return 0;
  return words->at == words->end;
}

static int parse_send(words_t *words, can_frame_t *frame) {
  char word[WORD_CHARS];
  uint32_t value;
  can_frame_t made;
  memset(&made, 0, sizeof made);
  if (!next_word(words, word) || !hex_of(word, 8, &made.id)) return 0;
  if (strlen(word) > 3) made.flags = CAN_FRAME_EXTENDED;
  if (made.id > (made.flags != 0 ? 0x1FFFFFFFu : 0x7FFu)) return 0;
  if (!next_word(words, word) || !hex_of(word, 1, &value) || value > 8) return 0;
  made.len = (uint8_t)value;
  for (uint32_t i = 0; i < made.len; i++) {
    if (!next_word(words, word) || !hex_of(word, 2, &value)) return 0;
    made.data[i] = (uint8_t)value;
  }
  if (!is_at_end(words)) return 0;
  *frame = made;
  return 1;
}

can_socketcand_command_t can_socketcand_parse(const char *text, size_t count, can_frame_t *frame) {
  words_t words = {text, text + count};
  char word[WORD_CHARS];
  if (!next_word(&words, word)) return CAN_SOCKETCAND_UNKNOWN;
  if (strcmp(word, "send") == 0)
    return parse_send(&words, frame) ? CAN_SOCKETCAND_SEND : CAN_SOCKETCAND_BAD_SEND;
  if (strcmp(word, "open") == 0) {
    int is_good = next_word(&words, word) && strlen(word) <= BUS_NAME_MAX && is_at_end(&words);
    return is_good ? CAN_SOCKETCAND_OPEN : CAN_SOCKETCAND_BAD_OPEN;
  }
  if (!is_at_end(&words)) return CAN_SOCKETCAND_UNKNOWN;
  if (strcmp(word, "rawmode") == 0) return CAN_SOCKETCAND_RAW_MODE;
  return strcmp(word, "echo") == 0 ? CAN_SOCKETCAND_ECHO : CAN_SOCKETCAND_UNKNOWN;
}

size_t can_socketcand_format(char line[CAN_SOCKETCAND_LINE_CHARS], uint64_t time_us,
                             const can_frame_t *frame) {
  static const char hex[] = "0123456789ABCDEF";
  int is_extended = (frame->flags & CAN_FRAME_EXTENDED) != 0;
  int count = snprintf(line, CAN_SOCKETCAND_LINE_CHARS, "< frame %0*X %llu.%06u ",
                       is_extended ? 8 : 3, (unsigned)frame->id,
                       (unsigned long long)(time_us / 1000000u), (unsigned)(time_us % 1000000u));
  char *to = line + count;
  for (uint32_t i = 0; i < frame->len && i < 8; i++) {
    *to++ = hex[frame->data[i] >> 4];
    *to++ = hex[frame->data[i] & 15u];
  }
  memcpy(to, " >\n", 4);
  return (size_t)(to + 3 - line);
}
