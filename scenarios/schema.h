/// What a JSON file may hold, as tables: one row for each key. Checking, messages and documents
/// follow.
///
/// Model    schema_check walks a tree beside the tables and refuses at the first difference
/// Units    each number's row names its unit and range
/// Threads  tables are constant
#ifndef SCENARIOS_SCHEMA_H
#define SCENARIOS_SCHEMA_H

#include "json_doc.h"

typedef enum {
  SCHEMA_NUMBER, ///< min..max
  SCHEMA_INTEGER, ///< min..max, whole
  SCHEMA_BOOL,
  SCHEMA_ID, ///< 1..39 characters of A-Z a-z 0-9 _ . -
  SCHEMA_TEXT, ///< 1..max bytes
  SCHEMA_TEXTS, ///< a text or an array of texts, each at most max bytes
  SCHEMA_CHOICE, ///< one of choices "a|b|c"
  SCHEMA_VALUES, ///< array of one or more numbers, texts, true or false
  SCHEMA_POINTS, ///< array of two or more pairs of numbers
  SCHEMA_SCALAR, ///< number, text, true or false
  SCHEMA_OBJECT,
  SCHEMA_LIST, ///< array of objects, at most max of them (0: 1000)
  SCHEMA_MAP, ///< object whose keys object->knows_key knows, values by object->key[0]
  SCHEMA_ANY ///< looked at by its reader
} schema_type_t;

typedef struct schema schema_t;

typedef struct {
  const char *key; ///< one that ends in * stands for all that begin so
  schema_type_t type;
  int is_required;
  double min, max;
  const char *unit;
  const char *choices;
  const schema_t *object; ///< of OBJECT, LIST, MAP; of another type: such an object may stand there
  const char *help;
} schema_key_t;

struct schema {
  const char *name; ///< "an event"
  const schema_key_t *key;
  uint32_t key_count;
  int (*knows_key)(const char *key); ///< of maps; NULL: every key
  const char *map_keys; ///< of maps: what the keys are, in words
};

/// 0 iff node is what schema says; -1 with the reason.
int schema_check(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                 const schema_t *schema, scenario_error_t *error);

/// The row of a key, NULL iff the schema has none.
const schema_key_t *schema_find(const schema_t *schema, const char *key);

/// The table of scenario files and the one of suites.
const schema_t *schema_scenario(void);
const schema_t *schema_suite(void);

#endif
