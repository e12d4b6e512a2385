/// Changes to a JSON tree by path: overrides, defaults, sweep values, ${variables} in texts.
///
/// Errors   -1 with what was found and what is allowed; the caller says where
/// Memory   values are copied into the tree
#ifndef SCENARIOS_JSON_EDIT_H
#define SCENARIOS_JSON_EDIT_H

#include "json_doc.h"

typedef struct {
  char found[120];
  char allowed[200];
} json_edit_error_t;

/// Put value at a path such as events[0].fault.target, making objects on the way. -1 iff an array
/// has no such index, something on the way is neither object nor array, or the path is malformed.
int json_edit_set(cJSON *root, const char *path, const cJSON *value, json_edit_error_t *error);

/// The value at path, NULL iff there is none.
const cJSON *json_edit_get(const cJSON *root, const char *path);

/// Text as a value: JSON if it is JSON, a text otherwise. NULL iff there is no memory.
cJSON *json_edit_value(const char *text);

typedef struct {
  const char *name; ///< "pin" of "${pin}"
  const cJSON *value;
} json_variable_t;

/// Replace ${name} in all texts and keys. A text that is nothing else takes over the value with its
/// type. -1 iff a name is unknown; path then says where.
int json_edit_substitute(cJSON *root, const json_variable_t *variables, uint32_t variable_count,
                         json_path_t *path, json_edit_error_t *error);

/// Print a number, text or truth value as a short text.
void json_edit_text(const cJSON *value, char *text, size_t text_bytes);

#endif
