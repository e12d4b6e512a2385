/// Walks the tables of keys and builds the JSON Schema that says the same.
#include "json_schema.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "draw.h"
#include "faults.h"
#include "names.h"
#include "schema.h"

enum { TABLE_MAX = 64, NAME_BYTES = 64 };

typedef struct {
  const schema_t *table[TABLE_MAX];
  char name[TABLE_MAX][NAME_BYTES];
  uint32_t count;
  cJSON *defs;
} work_t;

static cJSON *text(const char *value) { return cJSON_CreateString(value); }

static cJSON *object_with(const char *key, cJSON *value) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddItemToObject(object, key, value);
  return object;
}

static cJSON *of_type(const char *type) { return object_with("type", text(type)); }

static cJSON *ref(const char *name) {
  char path[NAME_BYTES + 16];
  snprintf(path, sizeof path, "#/$defs/%s", name);
  return object_with("$ref", text(path));
}

/// Words between bars.
static void add_words(cJSON *list, const char *words) {
  while (*words != '\0') {
    char word[80];
    size_t length = strcspn(words, "|");
    snprintf(word, sizeof word, "%.*s", (int)length, words);
    cJSON_AddItemToArray(list, text(word));
    words += length + (words[length] == '|');
  }
}

/* ---- names that the tables do not list ---- */

static int has_text(const cJSON *list, const char *value) {
  const cJSON *item = list->child;
  while (item != NULL && strcmp(item->valuestring, value) != 0) {
    item = item->next;
  }
  return item != NULL;
}

static void add_fault_types(cJSON *list) {
  for (uint32_t i = 0; i < faults_count(); i++) {
    if (!has_text(list, faults_at(i)->name)) {
      cJSON_AddItemToArray(list, text(faults_at(i)->name));
    }
  }
}

static void add_cycles(cJSON *list) {
  cJSON_AddItemToArray(list, text("none"));
  for (uint32_t i = 0; cycle_at(i) != NULL; i++) {
    cJSON_AddItemToArray(list, text(cycle_at(i)->name));
  }
}

static void add_messages(cJSON *list) {
  for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) {
    cJSON_AddItemToArray(list, text(can_msg[m].name));
  }
}

typedef struct {
  const char *object, *key;
  void (*add)(cJSON *list);
} known_t;

static const known_t known[] = {{"a fault", "type", add_fault_types},
                                {"a drive", "cycle", add_cycles},
                                {"an invariant", "can_period", add_messages}};

/// The list of words that a key of an object may hold, NULL iff any text.
static cJSON *known_words(const schema_t *table, const schema_key_t *row) {
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (strcmp(known[i].object, table->name) == 0 && strcmp(known[i].key, row->key) == 0) {
      cJSON *list = cJSON_CreateArray();
      known[i].add(list);
      return list;
    }
  }
  return NULL;
}

/* ---- tables ---- */

/// "event" of "an event", with a number where two tables have a name.
static const char *name_of(work_t *work, const schema_t *table) {
  char base[NAME_BYTES - 8];
  const char *from = table->name;
  uint32_t same = 0, length = 0;
  for (uint32_t i = 0; i < work->count; i++) {
    if (work->table[i] == table) {
      return work->name[i];
    }
  }
  from += strncmp(from, "a ", 2) == 0 ? 2 : strncmp(from, "an ", 3) == 0 ? 3 : 0;
  for (; *from != '\0' && length + 1 < sizeof base; from++) {
    base[length++] = (char)(isalnum((unsigned char)*from) ? *from : '_');
  }
  base[length] = '\0';
  for (uint32_t i = 0; i < work->count; i++) {
    same += strncmp(work->name[i], base, length) == 0 &&
            (work->name[i][length] == '\0' || isdigit((unsigned char)work->name[i][length]));
  }
  if (work->count == TABLE_MAX) {
    return "variable";
  }
  char *name = work->name[work->count];
  work->table[work->count++] = table;
  snprintf(name, NAME_BYTES, same > 0 ? "%s%u" : "%s", base, same + 1);
  return name;
}

static cJSON *number_of(const schema_key_t *row) {
  cJSON *number = of_type(row->type == SCHEMA_INTEGER ? "integer" : "number");
  cJSON_AddItemToObject(number, "minimum", cJSON_CreateNumber(row->min));
  cJSON_AddItemToObject(number, "maximum", cJSON_CreateNumber(row->max));
  return number;
}

static cJSON *text_of(const schema_t *table, const schema_key_t *row) {
  cJSON *words = row->type == SCHEMA_CHOICE ? cJSON_CreateArray() : known_words(table, row);
  if (row->type == SCHEMA_CHOICE) {
    add_words(words, row->choices);
  }
  if (words != NULL) {
    return object_with("enum", words);
  }
  cJSON *value = of_type("string");
  cJSON_AddItemToObject(value, "minLength", cJSON_CreateNumber(1));
  if (row->type == SCHEMA_ID) {
    cJSON_AddItemToObject(value, "pattern", text("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,38}$"));
  } else {
    cJSON_AddItemToObject(value, "maxLength", cJSON_CreateNumber(row->max));
  }
  return value;
}

static cJSON *list_of(cJSON *items, uint32_t least, uint32_t most) {
  cJSON *list = of_type("array");
  cJSON_AddItemToObject(list, "items", items);
  cJSON_AddItemToObject(list, "minItems", cJSON_CreateNumber(least));
  if (most > 0) {
    cJSON_AddItemToObject(list, "maxItems", cJSON_CreateNumber(most));
  }
  return list;
}

static cJSON *scalar(void) {
  cJSON *types = cJSON_CreateArray();
  add_words(types, "number|string|boolean");
  return object_with("type", types);
}

/// What a value may be besides its own type: a variable, a draw, an object of the table.
static cJSON *or_else(work_t *work, cJSON *value, const schema_t *table, const schema_key_t *row) {
  int is_number = row->type == SCHEMA_NUMBER || row->type == SCHEMA_INTEGER;
  cJSON *any = cJSON_CreateArray();
  cJSON_AddItemToArray(any, value);
  if (row->type == SCHEMA_TEXTS) {
    cJSON_AddItemToArray(any, list_of(cJSON_Duplicate(value, 1), 1, 0));
  }
  if (row->type <= SCHEMA_CHOICE) {
    cJSON_AddItemToArray(any, ref("variable"));
  }
  if (is_number && table != draw_schema()) {
    cJSON_AddItemToArray(any, ref(name_of(work, draw_schema())));
  }
  if (row->object != NULL && (row->type < SCHEMA_OBJECT || row->type == SCHEMA_ANY)) {
    cJSON_AddItemToArray(any, ref(name_of(work, row->object)));
  }
  if (cJSON_GetArraySize(any) == 1) {
    cJSON *only = cJSON_DetachItemFromArray(any, 0);
    cJSON_Delete(any);
    return only;
  }
  return object_with("anyOf", any);
}

static cJSON *number_or_variable(void) {
  cJSON *any = cJSON_CreateArray();
  cJSON_AddItemToArray(any, of_type("number"));
  cJSON_AddItemToArray(any, ref("variable"));
  return object_with("anyOf", any);
}

static cJSON *value_of(work_t *work, const schema_t *table, const schema_key_t *row) {
  switch (row->type) {
  case SCHEMA_NUMBER:
  case SCHEMA_INTEGER:
    return or_else(work, number_of(row), table, row);
  case SCHEMA_BOOL:
    return or_else(work, of_type("boolean"), table, row);
  case SCHEMA_ID:
  case SCHEMA_TEXT:
  case SCHEMA_TEXTS:
  case SCHEMA_CHOICE:
    return or_else(work, text_of(table, row), table, row);
  case SCHEMA_SCALAR:
    return or_else(work, scalar(), table, row);
  case SCHEMA_VALUES:
    return list_of(scalar(), 1, 0);
  case SCHEMA_POINTS:
    return list_of(list_of(number_or_variable(), 2, 2), 2, 0);
  case SCHEMA_OBJECT:
  case SCHEMA_MAP:
    return ref(name_of(work, row->object));
  case SCHEMA_LIST:
    return list_of(ref(name_of(work, row->object)), 0, (uint32_t)row->max);
  case SCHEMA_ANY:
    break;
  }
  return row->object != NULL
             ? or_else(work, of_type("number"), table,
                       &(schema_key_t){.type = SCHEMA_NUMBER, .object = row->object})
             : cJSON_CreateObject();
}

static cJSON *described(cJSON *value, const schema_key_t *row) {
  char help[300];
  int has_unit = row->unit != NULL && row->unit[0] != '\0';
  snprintf(help, sizeof help, "%s%s%s%s", row->help != NULL ? row->help : "", has_unit ? " [" : "",
           has_unit ? row->unit : "", has_unit ? "]" : "");
  if (cJSON_GetObjectItemCaseSensitive(value, "$ref") == NULL || help[0] != '\0') {
    cJSON_AddItemToObject(value, "description", text(help));
  }
  return value;
}

static cJSON *names_of(const schema_t *table) {
  cJSON *any = cJSON_CreateArray();
  const char *pattern = table->knows_key == names_is_group ? "^M[1-8]C([1-9]|1[0-4])$"
                                                           : "^M[1-8]C([1-9]|1[0-4])[ab]$";
  cJSON_AddItemToArray(any, object_with("pattern", text(pattern)));
  cJSON_AddItemToArray(any, ref("variable"));
  return object_with("anyOf", any);
}

/// Of these keys an object has exactly one.
static const struct {
  const char *object, *keys;
} choices[] = {{"a condition", "at_s|signal|after|all|any|not"}, {"a course", "to|points|csv"}};

static void add_choice(cJSON *made, const schema_t *table) {
  for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
    if (strcmp(choices[i].object, table->name) != 0) {
      continue;
    }
    cJSON *keys = cJSON_CreateArray(), *one = cJSON_CreateArray();
    add_words(keys, choices[i].keys);
    for (const cJSON *key = keys->child; key != NULL; key = key->next) {
      cJSON *required = cJSON_CreateArray();
      cJSON_AddItemToArray(required, text(key->valuestring));
      cJSON_AddItemToArray(one, object_with("required", required));
    }
    cJSON_Delete(keys);
    cJSON_AddItemToObject(made, "oneOf", one);
  }
}

static cJSON *object_of(work_t *work, const schema_t *table, int has_required) {
  cJSON *made = of_type("object"), *properties = cJSON_CreateObject();
  cJSON *required = cJSON_CreateArray(), *patterns = cJSON_CreateObject();
  cJSON *others = cJSON_CreateFalse();
  for (uint32_t i = 0; i < table->key_count; i++) {
    const schema_key_t *row = &table->key[i];
    cJSON *value = described(value_of(work, table, row), row);
    size_t length = strlen(row->key);
    if (strcmp(row->key, "*") == 0) {
      cJSON_Delete(others);
      others = value;
    } else if (row->key[length - 1] == '*') {
      char pattern[60];
      snprintf(pattern, sizeof pattern, "^%.*s", (int)(length - 1), row->key);
      cJSON_AddItemToObject(patterns, pattern, value);
    } else {
      cJSON_AddItemToObject(properties, row->key, value);
    }
    if (row->is_required && has_required) {
      cJSON_AddItemToArray(required, text(row->key));
    }
  }
  /* A key may be a variable of the sweep: what it says is known only then. */
  cJSON_AddItemToObject(patterns, "\\$\\{[^}]+\\}", cJSON_CreateObject());
  cJSON_AddItemToObject(made, "properties", properties);
  cJSON_AddItemToObject(made, "patternProperties", patterns);
  cJSON_AddItemToObject(made, "additionalProperties", others);
  if (table->knows_key != NULL) {
    cJSON_AddItemToObject(made, "propertyNames", names_of(table));
  }
  cJSON_AddItemToObject(made, "required", required);
  add_choice(made, table);
  return made;
}

/// A file alone has all that is needed; with includes that may stand elsewhere.
static void add_needed(cJSON *root, const schema_t *table) {
  cJSON *needed = cJSON_CreateArray(), *any = cJSON_CreateArray(), *include = cJSON_CreateArray();
  for (uint32_t i = 0; i < table->key_count; i++) {
    if (table->key[i].is_required) {
      cJSON_AddItemToArray(needed, text(table->key[i].key));
    }
  }
  cJSON_AddItemToArray(include, text("include"));
  cJSON_AddItemToArray(any, object_with("required", needed));
  cJSON_AddItemToArray(any, object_with("required", include));
  cJSON_AddItemToObject(root, "anyOf", any);
}

int json_schema_write(FILE *file) {
  work_t *work = calloc(1, sizeof *work);
  if (work == NULL) {
    return -1;
  }
  const schema_t *scenario = schema_scenario();
  cJSON *root = object_of(work, scenario, 0), *variable = of_type("string");
  cJSON *whole = cJSON_CreateObject(), *defs = cJSON_CreateObject();
  cJSON_AddItemToObject(variable, "pattern", text("\\$\\{[^}]+\\}"));
  cJSON_AddItemToObject(variable, "description", text("a variable of define or of the sweep"));
  cJSON_AddItemToObject(defs, "variable", variable);
  for (uint32_t i = 0; i < work->count; i++) { /* tables are met while others are written */
    cJSON_AddItemToObject(defs, work->name[i], object_of(work, work->table[i], 1));
  }
  add_needed(root, scenario);
  cJSON_AddItemToObject(whole, "$schema", text("https://json-schema.org/draft/2020-12/schema"));
  cJSON_AddItemToObject(whole, "title", text("packsim scenario"));
  cJSON_AddItemToObject(whole, "description",
                        text("Written by make docs from the tables that check the files."));
  while (root->child != NULL) {
    cJSON *item = cJSON_DetachItemViaPointer(root, root->child);
    cJSON_AddItemToObject(whole, item->string, item);
  }
  cJSON_AddItemToObject(whole, "$defs", defs);
  char *printed = cJSON_Print(whole);
  int status = printed != NULL && fprintf(file, "%s\n", printed) > 0 ? 0 : -1;
  cJSON_free(printed);
  cJSON_Delete(root);
  cJSON_Delete(whole);
  free(work);
  return status;
}
