/// Strict reading of JSON text: where a value stands, and where the text stops being JSON.
///
/// Model    one pass with an explicit stack of JSON_DEPTH_MAX levels, so no input can exhaust the C
///          stack; stricter than the parser behind it: numbers, escapes, control characters and
///          UTF-8 by the letter
/// Memory   allocates only to compare keys that hold escapes
/// Threads  pure functions
/// Source   RFC 8259
#ifndef SCENARIOS_JSON_TEXT_H
#define SCENARIOS_JSON_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 32 };

/// One step of a path: a key of an object, or (key NULL) an index of an array.
typedef struct {
  const char *key;
  uint32_t index;
} json_step_t;

/// "$" has no steps. Keys are borrowed.
typedef struct {
  uint32_t count;
  json_step_t step[JSON_DEPTH_MAX];
} json_path_t;

/// The path one step deeper; a path that is full stays as it is.
json_path_t json_path_key(const json_path_t *path, const char *key);
json_path_t json_path_index(const json_path_t *path, uint32_t index);

/// "$.events[3].fault", keys that are no plain words as $["a key"]; cut at text_bytes.
void json_path_text(const json_path_t *path, char *text, size_t text_bytes);

/// The first place where text is not JSON.
typedef struct {
  size_t offset;
  char path[160];
  char found[48];
  const char *allowed;
} json_syntax_t;

/// 0 iff text is one JSON value of at most JSON_DEPTH_MAX levels; -1 fills syntax.
int json_text_check(const char *text, size_t bytes, json_syntax_t *syntax);

/// Offset of the value at path (of its key if at_key), of the nearest value above it that exists
/// otherwise. Of keys that stand twice it finds the last. text must have passed json_text_check.
size_t json_text_locate(const char *text, size_t bytes, const json_path_t *path, int at_key);

/// Line and column, from 1, counted in characters.
void json_text_position(const char *text, size_t offset, uint32_t *line, uint32_t *column);

#endif
