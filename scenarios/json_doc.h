/// A JSON file in memory: its text, its tree and messages that point into it.
///
/// Errors   "file:line:col: $.path: found X, allowed Y", always one line
/// Memory   json_doc_free frees text and tree
#ifndef SCENARIOS_JSON_DOC_H
#define SCENARIOS_JSON_DOC_H

#include <cjson/cJSON.h>

#include "json_text.h"
#include "scenario.h"

typedef struct json_parts json_parts_t; ///< files that were merged (json_include.h)

typedef struct {
  char file[SCENARIO_FILE_MAX];
  char *text;
  size_t bytes;
  cJSON *root;
  json_parts_t *parts; ///< NULL: the file stands alone
} json_doc_t;

/// Read and check a file: syntax, depth, duplicate keys, finite numbers, size. 0, or -1 with the
/// reason; doc is then untouched.
int json_doc_load(const char *file, json_doc_t *doc, scenario_error_t *error);

/// The same for text that is already in memory; name stands for the file in messages.
int json_doc_parse(const char *name, const char *text, size_t bytes, json_doc_t *doc,
                   scenario_error_t *error);
void json_doc_free(json_doc_t *doc);

/// Write the message about the value at path (its key if at_key) and return -1.
int json_doc_refuse(const json_doc_t *doc, const json_path_t *path, int at_key,
                    scenario_error_t *error, const char *found, const char *allowed);

/// The file in which the value at path stands.
const char *json_doc_file_at(const json_doc_t *doc, const json_path_t *path);

/// What a value is, in words for a message: '"abc"', '12', 'an object'.
void json_value_text(const cJSON *value, char *text, size_t text_bytes);

#endif
