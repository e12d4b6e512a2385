/// Checks a JSON tree against the tables of what is allowed.
#include "schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SUGGESTION_MAX = 8, KEY_MAX = 40, LIST_MAX = 1000 };

/// Steps to turn a into b: insert, delete, replace. Both are cut at KEY_MAX.
static uint32_t edit_distance(const char *a, const char *b) {
  uint32_t row[KEY_MAX + 1];
  uint32_t a_length = (uint32_t)strnlen(a, KEY_MAX), b_length = (uint32_t)strnlen(b, KEY_MAX);
  for (uint32_t j = 0; j <= b_length; j++) {
    row[j] = j;
  }
  for (uint32_t i = 1; i <= a_length; i++) {
    uint32_t diagonal = row[0];
    row[0] = i;
    for (uint32_t j = 1; j <= b_length; j++) {
      uint32_t best = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      if (row[j] + 1 < best) {
        best = row[j] + 1;
      }
      if (row[j - 1] + 1 < best) {
        best = row[j - 1] + 1;
      }
      row[j] = best;
    }
  }
  return row[b_length];
}

/// Same quantity, other unit: the part before the last underscore agrees.
static int stem_is_same(const char *a, const char *b) {
  const char *a_end = strrchr(a, '_'), *b_end = strrchr(b, '_');
  if (a_end == NULL || b_end == NULL || a_end - a != b_end - b) {
    return 0;
  }
  return strncmp(a, b, (size_t)(a_end - a)) == 0;
}

/// The keys of a schema, likeliest first.
static void suggest_keys(const schema_t *schema, const char *wrong, char *text, size_t text_bytes) {
  uint8_t is_used[64] = {0};
  size_t used = 0;
  uint32_t count = schema->key_count < sizeof is_used ? schema->key_count : sizeof is_used;
  text[0] = '\0';
  for (uint32_t n = 0; n < count && n < SUGGESTION_MAX; n++) {
    uint32_t best = count, best_cost = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
      uint32_t cost = edit_distance(wrong, schema->key[i].key);
      int is_begun = strncmp(wrong, schema->key[i].key, strlen(wrong)) == 0;
      if (is_begun || stem_is_same(wrong, schema->key[i].key)) {
        cost = 0;
      }
      if (!is_used[i] && cost < best_cost) {
        best = i;
        best_cost = cost;
      }
    }
    is_used[best] = 1;
    int printed =
        snprintf(text + used, text_bytes - used, "%s%s", n > 0 ? ", " : "", schema->key[best].key);
    used += printed > 0 && (size_t)printed < text_bytes - used ? (size_t)printed : 0;
  }
  if (count > SUGGESTION_MAX) {
    snprintf(text + used, text_bytes - used, ", ...");
  }
}

const schema_key_t *schema_find(const schema_t *schema, const char *key) {
  for (uint32_t i = 0; i < schema->key_count; i++) {
    const char *known = schema->key[i].key;
    size_t length = strlen(known);
    if (strcmp(known, key) == 0) {
      return &schema->key[i];
    }
    if (known[length - 1] == '*' && strncmp(known, key, length - 1) == 0) {
      return &schema->key[i];
    }
  }
  return NULL;
}

static int refuse_value(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                        scenario_error_t *error, const char *allowed) {
  char found[120];
  json_value_text(node, found, sizeof found);
  return json_doc_refuse(doc, path, 0, error, found, allowed);
}

static void range_text(const schema_key_t *row, char *text, size_t text_bytes) {
  const char *kind = row->type == SCHEMA_INTEGER ? "a whole number" : "a number";
  snprintf(text, text_bytes, "%s %.10g..%.10g%s%s", kind, row->min, row->max,
           row->unit != NULL ? " " : "", row->unit != NULL ? row->unit : "");
}

static int check_number(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                        const schema_key_t *row, scenario_error_t *error) {
  char allowed[120];
  double value = node->valuedouble;
  int is_right = cJSON_IsNumber(node) && value >= row->min && value <= row->max;
  if (is_right && (row->type == SCHEMA_NUMBER || value == floor(value))) {
    return 0;
  }
  range_text(row, allowed, sizeof allowed);
  return refuse_value(doc, node, path, error, allowed);
}

static int text_is_id(const char *text) {
  size_t length = strlen(text);
  size_t good = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
  return length >= 1 && length <= 39 && good == length && text[0] != '.' && text[0] != '-';
}

static int check_text(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                      const schema_key_t *row, scenario_error_t *error) {
  char allowed[120];
  size_t length = cJSON_IsString(node) ? strlen(node->valuestring) : 0;
  if (row->type == SCHEMA_ID) {
    if (cJSON_IsString(node) && text_is_id(node->valuestring)) {
      return 0;
    }
    return refuse_value(doc, node, path, error, "a name of 1..39 characters A-Z a-z 0-9 _ . -");
  }
  if (length >= 1 && (double)length <= row->max) {
    return 0;
  }
  snprintf(allowed, sizeof allowed, "a text of 1..%.0f bytes", row->max);
  return refuse_value(doc, node, path, error, allowed);
}

static int check_texts(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                       const schema_key_t *row, scenario_error_t *error) {
  uint32_t index = 0;
  if (!cJSON_IsArray(node)) {
    return check_text(doc, node, path, row, error);
  }
  if (node->child == NULL) {
    return json_doc_refuse(doc, path, 0, error, "an empty array", "at least one text");
  }
  for (const cJSON *item = node->child; item != NULL; item = item->next, index++) {
    json_path_t place = json_path_index(path, index);
    if (check_text(doc, item, &place, row, error) != 0) {
      return -1;
    }
  }
  return 0;
}

static int choice_is_known(const char *choices, const char *word) {
  size_t length = strlen(word);
  for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
    if (*at == '|') {
      at++;
    }
    if (strncmp(at, word, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
      return length > 0;
    }
  }
  return 0;
}

static int check_choice(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                        const schema_key_t *row, scenario_error_t *error) {
  if (cJSON_IsString(node) && choice_is_known(row->choices, node->valuestring)) {
    return 0;
  }
  return refuse_value(doc, node, path, error, row->choices);
}

static int check_map(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                     const schema_t *schema, scenario_error_t *error);

static int check_list(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                      const schema_key_t *row, scenario_error_t *error) {
  char allowed[80];
  uint32_t index = 0, most = row->max > 0.0 ? (uint32_t)row->max : LIST_MAX;
  if (!cJSON_IsArray(node)) {
    return refuse_value(doc, node, path, error, "an array of objects");
  }
  for (const cJSON *item = node->child; item != NULL; item = item->next, index++) {
    json_path_t place = json_path_index(path, index);
    if (index >= most) {
      snprintf(allowed, sizeof allowed, "at most %u", most);
      return json_doc_refuse(doc, &place, 0, error, "one more", allowed);
    }
    if (schema_check(doc, item, &place, row->object, error) != 0) {
      return -1;
    }
  }
  return 0;
}

static int is_scalar(const cJSON *node) {
  return cJSON_IsNumber(node) || cJSON_IsString(node) || cJSON_IsBool(node);
}

static int check_scalars(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                         scenario_error_t *error) {
  uint32_t index = 0;
  if (!cJSON_IsArray(node) || node->child == NULL) {
    return refuse_value(doc, node, path, error, "an array of at least one value");
  }
  for (const cJSON *item = node->child; item != NULL; item = item->next, index++) {
    json_path_t place = json_path_index(path, index);
    if (!is_scalar(item)) {
      return refuse_value(doc, item, &place, error, "a number, a text, true or false");
    }
  }
  return 0;
}

static int check_points(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                        scenario_error_t *error) {
  uint32_t index = 0;
  if (!cJSON_IsArray(node) || cJSON_GetArraySize(node) < 2) {
    return refuse_value(doc, node, path, error, "an array of two or more pairs [time, value]");
  }
  for (const cJSON *pair = node->child; pair != NULL; pair = pair->next, index++) {
    json_path_t place = json_path_index(path, index);
    if (!cJSON_IsArray(pair) || cJSON_GetArraySize(pair) != 2 || !cJSON_IsNumber(pair->child) ||
        !cJSON_IsNumber(pair->child->next)) {
      return refuse_value(doc, pair, &place, error, "a pair of numbers [time, value]");
    }
  }
  return 0;
}

static int check_value(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                       const schema_key_t *row, scenario_error_t *error) {
  int is_single = row->type < SCHEMA_OBJECT;
  if (is_single && row->object != NULL && cJSON_IsObject(node)) {
    return schema_check(doc, node, path, row->object, error);
  }
  switch (row->type) {
  case SCHEMA_NUMBER:
  case SCHEMA_INTEGER:
    return check_number(doc, node, path, row, error);
  case SCHEMA_BOOL:
    return cJSON_IsBool(node) ? 0 : refuse_value(doc, node, path, error, "true or false");
  case SCHEMA_ID:
  case SCHEMA_TEXT:
    return check_text(doc, node, path, row, error);
  case SCHEMA_TEXTS:
    return check_texts(doc, node, path, row, error);
  case SCHEMA_CHOICE:
    return check_choice(doc, node, path, row, error);
  case SCHEMA_VALUES:
    return check_scalars(doc, node, path, error);
  case SCHEMA_POINTS:
    return check_points(doc, node, path, error);
  case SCHEMA_SCALAR:
    return is_scalar(node)
               ? 0
               : refuse_value(doc, node, path, error, "a number, a text, true or false");
  case SCHEMA_OBJECT:
    return schema_check(doc, node, path, row->object, error);
  case SCHEMA_LIST:
    return check_list(doc, node, path, row, error);
  case SCHEMA_MAP:
    return check_map(doc, node, path, row->object, error);
  case SCHEMA_ANY:
    return 0;
  }
  return -1;
}

static int check_map(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                     const schema_t *schema, scenario_error_t *error) {
  char found[120];
  if (!cJSON_IsObject(node)) {
    return refuse_value(doc, node, path, error, "an object");
  }
  for (const cJSON *item = node->child; item != NULL; item = item->next) {
    json_path_t place = json_path_key(path, item->string);
    if (schema->knows_key != NULL && !schema->knows_key(item->string)) {
      snprintf(found, sizeof found, "unknown %s \"%.40s\"", schema->name, item->string);
      return json_doc_refuse(doc, &place, 1, error, found, schema->map_keys);
    }
    if (check_value(doc, item, &place, &schema->key[0], error) != 0) {
      return -1;
    }
  }
  return 0;
}

int schema_check(const json_doc_t *doc, const cJSON *node, const json_path_t *path,
                 const schema_t *schema, scenario_error_t *error) {
  char found[120], allowed[400];
  if (!cJSON_IsObject(node)) {
    return refuse_value(doc, node, path, error, "an object");
  }
  for (const cJSON *item = node->child; item != NULL; item = item->next) {
    const schema_key_t *row = schema_find(schema, item->string);
    json_path_t place = json_path_key(path, item->string);
    if (row == NULL) {
      snprintf(found, sizeof found, "unknown key \"%.60s\"", item->string);
      suggest_keys(schema, item->string, allowed, sizeof allowed);
      return json_doc_refuse(doc, &place, 1, error, found, allowed);
    }
    if (check_value(doc, item, &place, row, error) != 0) {
      return -1;
    }
  }
  for (uint32_t i = 0; i < schema->key_count; i++) {
    const schema_key_t *row = &schema->key[i];
    if (row->is_required && cJSON_GetObjectItemCaseSensitive(node, row->key) == NULL) {
      snprintf(found, sizeof found, "no key \"%s\"", row->key);
      snprintf(allowed, sizeof allowed, "%s with it (%s)", schema->name, row->help);
      return json_doc_refuse(doc, path, 0, error, found, allowed);
    }
  }
  return 0;
}
