/// Strict JSON scanner with an explicit stack; checks syntax and finds positions in one pass.
#include "json_text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  bool is_object;
  uint32_t index;
  size_t key_begin, key_end; ///< between the quotes
} level_t;

typedef enum {
  WANT_VALUE,
  WANT_FIRST_VALUE,
  WANT_FIRST_KEY,
  WANT_KEY,
  WANT_COLON,
  WANT_MORE
} want_t;

typedef struct {
  const char *text;
  size_t bytes, at;
  uint32_t depth;
  level_t level[JSON_DEPTH_MAX];
  want_t want;
  const char *allowed; ///< set by the first mistake
  const json_path_t *sought;
  bool sought_at_key;
  uint32_t found_depth;
  size_t found_offset;
} scan_t;

json_path_t json_path_key(const json_path_t *path, const char *key) {
  json_path_t deeper = *path;
  if (deeper.count < JSON_DEPTH_MAX) {
    deeper.step[deeper.count++] = (json_step_t){.key = key};
  }
  return deeper;
}

json_path_t json_path_index(const json_path_t *path, uint32_t index) {
  json_path_t deeper = *path;
  if (deeper.count < JSON_DEPTH_MAX) {
    deeper.step[deeper.count++] = (json_step_t){.key = NULL, .index = index};
  }
  return deeper;
}

static bool is_word(const char *key, size_t length) {
  for (size_t i = 0; i < length; i++) {
    char c = key[i];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!is_letter && !(i > 0 && c >= '0' && c <= '9')) {
      return false;
    }
  }
  return length > 0;
}

static size_t path_append(char *text, size_t text_bytes, size_t used, const json_step_t *step,
                          size_t key_length) {
  int printed;
  if (used >= text_bytes) {
    return used;
  }
  if (step->key == NULL) {
    printed = snprintf(text + used, text_bytes - used, "[%u]", step->index);
  } else if (is_word(step->key, key_length)) {
    printed = snprintf(text + used, text_bytes - used, ".%.*s", (int)key_length, step->key);
  } else {
    int shown = key_length > 48 ? 48 : (int)key_length;
    printed = snprintf(text + used, text_bytes - used, "[\"%.*s\"]", shown, step->key);
  }
  return used + (printed > 0 ? (size_t)printed : 0);
}

/// Nothing that breaks a line or a terminal leaves in a message.
static void make_printable(char *text) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)*text < 0x20 || *text == 0x7F) {
      *text = '?';
    }
  }
}

void json_path_text(const json_path_t *path, char *text, size_t text_bytes) {
  size_t used = 1;
  snprintf(text, text_bytes, "$");
  for (uint32_t i = 0; i < path->count; i++) {
    const json_step_t *step = &path->step[i];
    used = path_append(text, text_bytes, used, step, step->key != NULL ? strlen(step->key) : 0);
  }
  make_printable(text);
}

static void scan_path_text(const scan_t *scan, char *text, size_t text_bytes) {
  size_t used = 1;
  snprintf(text, text_bytes, "$");
  for (uint32_t i = 0; i < scan->depth; i++) {
    const level_t *level = &scan->level[i];
    json_step_t step = {.key = NULL, .index = level->index};
    if (level->is_object) {
      if (level->key_end == 0) {
        break;
      }
      step.key = scan->text + level->key_begin;
    }
    used = path_append(text, text_bytes, used, &step, level->key_end - level->key_begin);
  }
  make_printable(text);
}

static int fail(scan_t *scan, const char *allowed) {
  scan->allowed = allowed;
  return -1;
}

static int peek(const scan_t *scan) {
  return scan->at < scan->bytes ? (unsigned char)scan->text[scan->at] : -1;
}

static bool is_digit(int c) { return c >= '0' && c <= '9'; }

static bool is_hex(int c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void skip_space(scan_t *scan) {
  for (int c = peek(scan); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(scan)) {
    scan->at++;
  }
}

static int scan_escape(scan_t *scan) {
  scan->at++;
  int c = peek(scan);
  if (c == 'u') {
    for (int i = 0; i < 4; i++) {
      scan->at++;
      if (!is_hex(peek(scan))) {
        return fail(scan, "four hexadecimal digits after \\u");
      }
    }
  } else if (c <= 0 || strchr("\"\\/bfnrt", c) == NULL) {
    return fail(scan, "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
  }
  scan->at++;
  return 0;
}

static int scan_utf8(scan_t *scan) {
  int lead = peek(scan);
  int more = lead >= 0xC2 && lead <= 0xDF ? 1 : lead >= 0xE0 && lead <= 0xEF ? 2 : 3;
  if (lead < 0xC2 || lead > 0xF4) {
    return fail(scan, "UTF-8 text");
  }
  for (int i = 0; i < more; i++) {
    scan->at++;
    int next = peek(scan);
    if (next < 0x80 || next > 0xBF) {
      return fail(scan, "UTF-8 text");
    }
  }
  scan->at++;
  return 0;
}

static int scan_string(scan_t *scan) {
  scan->at++;
  for (;;) {
    int c = peek(scan);
    if (c == '"') {
      scan->at++;
      return 0;
    }
    if (c < 0x20) {
      return fail(scan, "the end of the string, a closing \"");
    }
    if (c == '\\') {
      if (scan_escape(scan) != 0) {
        return -1;
      }
    } else if (c >= 0x80) {
      if (scan_utf8(scan) != 0) {
        return -1;
      }
    } else {
      scan->at++;
    }
  }
}

static int scan_digits(scan_t *scan) {
  if (!is_digit(peek(scan))) {
    return fail(scan, "a digit");
  }
  while (is_digit(peek(scan))) {
    scan->at++;
  }
  return 0;
}

static int scan_number(scan_t *scan) {
  if (peek(scan) == '-') {
    scan->at++;
  }
  if (peek(scan) == '0') {
    scan->at++;
    if (is_digit(peek(scan))) {
      return fail(scan, "a number without leading zeros");
    }
  } else if (scan_digits(scan) != 0) {
    return -1;
  }
  if (peek(scan) == '.') {
    scan->at++;
    if (scan_digits(scan) != 0) {
      return -1;
    }
  }
  if (peek(scan) == 'e' || peek(scan) == 'E') {
    scan->at++;
    if (peek(scan) == '+' || peek(scan) == '-') {
      scan->at++;
    }
    return scan_digits(scan);
  }
  return 0;
}

static int scan_word(scan_t *scan) {
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t length = strlen(words[i]);
    if (scan->bytes - scan->at >= length && memcmp(scan->text + scan->at, words[i], length) == 0) {
      scan->at += length;
      return 0;
    }
  }
  return fail(scan, "a value: object, array, string, number, true, false or null");
}

static bool key_is(const scan_t *scan, const level_t *level, const char *key) {
  const char *raw = scan->text + level->key_begin;
  size_t length = level->key_end - level->key_begin;
  if (memchr(raw, '\\', length) == NULL) {
    return strlen(key) == length && memcmp(raw, key, length) == 0;
  }
  cJSON *decoded = cJSON_ParseWithLength(raw - 1, length + 2);
  bool is_same = cJSON_IsString(decoded) && strcmp(decoded->valuestring, key) == 0;
  cJSON_Delete(decoded);
  return is_same;
}

/// Remember the offset if the stack is on the way to what is sought and deeper than before.
static void note_place(scan_t *scan, size_t offset, bool is_key) {
  const json_path_t *sought = scan->sought;
  if (sought == NULL || scan->depth > sought->count || scan->depth < scan->found_depth) {
    return;
  }
  bool is_target = scan->depth == sought->count && scan->depth > 0;
  if (is_key && !(is_target && scan->sought_at_key)) {
    return;
  }
  if (!is_key && is_target && scan->sought_at_key && scan->level[scan->depth - 1].is_object) {
    return;
  }
  for (uint32_t i = 0; i < scan->depth; i++) {
    const level_t *level = &scan->level[i];
    const json_step_t *step = &sought->step[i];
    if (level->is_object != (step->key != NULL)) {
      return;
    }
    if (level->is_object ? !key_is(scan, level, step->key) : level->index != step->index) {
      return;
    }
  }
  scan->found_depth = scan->depth;
  scan->found_offset = offset;
}

static int open_level(scan_t *scan, bool is_object) {
  if (scan->depth == JSON_DEPTH_MAX) {
    return fail(scan, "at most 32 nested levels");
  }
  scan->level[scan->depth++] = (level_t){.is_object = is_object};
  scan->want = is_object ? WANT_FIRST_KEY : WANT_FIRST_VALUE;
  scan->at++;
  return 0;
}

static void close_level(scan_t *scan) {
  scan->depth--;
  scan->want = WANT_MORE;
  scan->at++;
}

static int scan_value(scan_t *scan) {
  int c = peek(scan);
  note_place(scan, scan->at, false);
  if (c == '{' || c == '[') {
    return open_level(scan, c == '{');
  }
  scan->want = WANT_MORE;
  if (c == '"') {
    return scan_string(scan);
  }
  if (c == '-' || is_digit(c)) {
    return scan_number(scan);
  }
  return scan_word(scan);
}

static int scan_key(scan_t *scan) {
  level_t *level = &scan->level[scan->depth - 1];
  size_t begin = scan->at;
  if (peek(scan) != '"') {
    return fail(scan, scan->want == WANT_FIRST_KEY ? "a key in \" or }" : "a key in \"");
  }
  if (scan_string(scan) != 0) {
    return -1;
  }
  level->key_begin = begin + 1;
  level->key_end = scan->at - 1;
  note_place(scan, begin, true);
  scan->want = WANT_COLON;
  return 0;
}

static int scan_more(scan_t *scan) {
  level_t *level = &scan->level[scan->depth - 1];
  int c = peek(scan);
  if (c == (level->is_object ? '}' : ']')) {
    close_level(scan);
    return 0;
  }
  if (c != ',') {
    return fail(scan, level->is_object ? ", or }" : ", or ]");
  }
  scan->at++;
  level->index++;
  scan->want = level->is_object ? WANT_KEY : WANT_VALUE;
  return 0;
}

static int scan_token(scan_t *scan) {
  int c = peek(scan);
  switch (scan->want) {
  case WANT_VALUE:
    return scan_value(scan);
  case WANT_FIRST_VALUE:
    if (c != ']') {
      return scan_value(scan);
    }
    close_level(scan);
    return 0;
  case WANT_FIRST_KEY:
    if (c != '}') {
      return scan_key(scan);
    }
    close_level(scan);
    return 0;
  case WANT_KEY:
    return scan_key(scan);
  case WANT_COLON:
    if (c != ':') {
      return fail(scan, "a colon");
    }
    scan->at++;
    scan->want = WANT_VALUE;
    return 0;
  case WANT_MORE:
    return scan_more(scan);
  }
  return -1;
}

static int scan_all(scan_t *scan) {
  if (scan->bytes >= 3 && memcmp(scan->text, "\xEF\xBB\xBF", 3) == 0) {
    scan->at = 3;
  }
  do {
    skip_space(scan);
    if (scan_token(scan) != 0) {
      return -1;
    }
  } while (scan->depth > 0);
  skip_space(scan);
  return scan->at == scan->bytes ? 0 : fail(scan, "the end of the file after the one value");
}

static void describe(const scan_t *scan, char *found, size_t found_bytes) {
  int c = peek(scan);
  if (c < 0) {
    snprintf(found, found_bytes, scan->bytes == 0 ? "an empty file" : "the end of the file");
  } else if (c < 0x20 || c >= 0x7F) {
    snprintf(found, found_bytes, c == '\n' ? "the end of the line" : "byte 0x%02X", (unsigned)c);
  } else {
    int length = 0;
    while (length < 16 && scan->at + (size_t)length < scan->bytes) {
      char next = scan->text[scan->at + (size_t)length];
      bool is_inside = is_word(&next, 1) || is_digit(next) || next == '.' || next == '+';
      if (length > 0 && !is_inside) {
        break;
      }
      length++;
      if (!is_inside && next != '-') {
        break;
      }
    }
    snprintf(found, found_bytes, "'%.*s'", length, scan->text + scan->at);
  }
}

int json_text_check(const char *text, size_t bytes, json_syntax_t *syntax) {
  scan_t scan = {.text = text, .bytes = bytes, .want = WANT_VALUE};
  if (scan_all(&scan) == 0) {
    return 0;
  }
  *syntax = (json_syntax_t){.offset = scan.at, .allowed = scan.allowed};
  scan_path_text(&scan, syntax->path, sizeof syntax->path);
  describe(&scan, syntax->found, sizeof syntax->found);
  return -1;
}

size_t json_text_locate(const char *text, size_t bytes, const json_path_t *path, int at_key) {
  scan_t scan = {.text = text,
                 .bytes = bytes,
                 .want = WANT_VALUE,
                 .sought = path,
                 .sought_at_key = at_key != 0};
  (void)scan_all(&scan);
  return scan.found_offset;
}

void json_text_position(const char *text, size_t offset, uint32_t *line, uint32_t *column) {
  *line = 1;
  *column = 1;
  for (size_t i = 0; i < offset; i++) {
    if (text[i] == '\n') {
      (*line)++;
      *column = 1;
    } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
      (*column)++;
    }
  }
}
