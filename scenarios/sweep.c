/// Reads the sweep of a scenario and makes the values of its points.
#include "sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/rng.h"
#include "draw.h"
#include "names.h"
#include "schema.h"
#include "sweep_values.h"

enum { PRODUCT_MAX = 1000000 };

typedef struct {
  const json_doc_t *doc;
  sweep_t *sweep;
  scenario_error_t *error;
  const cJSON *exclude; ///< NULL: nothing
} making_t;

static int refuse_value(const making_t *make, const json_path_t *path, const cJSON *value,
                        const char *allowed) {
  char found[120];
  json_value_text(value, found, sizeof found);
  return json_doc_refuse(make->doc, path, 0, make->error, found, allowed);
}

static int is_scalar(const cJSON *value) {
  return cJSON_IsNumber(value) || cJSON_IsString(value) || cJSON_IsBool(value);
}

static int check_scalars(const making_t *make, const cJSON *array, const json_path_t *path) {
  uint32_t index = 0;
  for (const cJSON *item = array->child; item != NULL; item = item->next, index++) {
    json_path_t place = json_path_index(path, index);
    if (!is_scalar(item)) {
      return refuse_value(make, &place, item, "a number, a text, true or false");
    }
  }
  return 0;
}

static int check_items(const making_t *make, const cJSON *array, const json_path_t *path) {
  uint32_t index = 0;
  if (check_scalars(make, array, path) != 0) {
    return -1;
  }
  for (const cJSON *item = array->child; item != NULL; item = item->next, index++) {
    json_path_t place = json_path_index(path, index);
    for (const cJSON *other = array->child; other != item; other = other->next) {
      if (cJSON_Compare(item, other, 1)) {
        return refuse_value(make, &place, item, "each value once");
      }
    }
  }
  return 0;
}

/// Number of values that an array or a set's name stands for; 0 iff it is neither or empty.
static uint32_t value_count(const cJSON *values) {
  if (cJSON_IsString(values)) {
    return names_set_count(values->valuestring);
  }
  return cJSON_IsArray(values) ? (uint32_t)cJSON_GetArraySize(values) : 0;
}

static int check_values(const making_t *make, const cJSON *values, const json_path_t *path) {
  static const char allowed[] = "an array of at least one value, or one of \"wires\", "
                                "\"wires_single\", \"wires_doubled\", \"groups\", \"cells\", "
                                "\"taps\", \"modules\", \"cycles\", a pattern with *, or a range "
                                "{\"from\": a, \"to\": b, \"step\": c}";
  if (value_count(values) == 0) {
    if (cJSON_IsArray(values)) {
      return json_doc_refuse(make->doc, path, 0, make->error, "a sweep of zero runs", allowed);
    }
    return refuse_value(make, path, values, allowed);
  }
  if (value_count(values) > SCENARIO_POINT_MAX) {
    return json_doc_refuse(make->doc, path, 0, make->error, "more than 10000 values",
                           "1..10000 runs");
  }
  return cJSON_IsArray(values) ? check_items(make, values, path) : 0;
}

/// Keep an array that a short form stands for, under its path.
static const cJSON *keep(const making_t *make, const char *key, cJSON *array) {
  if (array == NULL) {
    return NULL;
  }
  if (make->sweep->made == NULL) {
    make->sweep->made = cJSON_CreateObject();
  }
  cJSON_AddItemToObject(make->sweep->made, key, array);
  return array;
}

/// Values as an array or a set's name: ranges and patterns are written out. NULL with the reason.
static const cJSON *write_out(const making_t *make, const cJSON *values, const json_path_t *path) {
  if (cJSON_IsObject(values)) {
    static const schema_key_t keys[] = {
        {"from", SCHEMA_NUMBER, 1, -1e12, 1e12, 0, 0, 0, "the first"},
        {"to", SCHEMA_NUMBER, 1, -1e12, 1e12, 0, 0, 0, "the last"},
        {"step", SCHEMA_NUMBER, 0, 1e-12, 1e12, 0, 0, 0, "from one to the next"},
        {"count", SCHEMA_INTEGER, 0, 1, SCENARIO_POINT_MAX, 0, 0, 0, "how many"}};
    static const schema_t range = {"a range", keys, 4, 0, 0};
    if (schema_check(make->doc, values, path, &range, make->error) != 0) {
      return NULL;
    }
    return keep(make, values->string, sweep_values_range(make->doc, values, path, make->error));
  }
  if (cJSON_IsString(values) && strchr(values->valuestring, '*') != NULL) {
    return keep(make, values->string, sweep_values_pattern(make->doc, values, path, make->error));
  }
  return values;
}

static sweep_axis_t *add_axis(const making_t *make, const json_path_t *path) {
  if (make->sweep->axis_count == SWEEP_VALUE_MAX) {
    json_doc_refuse(make->doc, path, 1, make->error, "one more swept path", "at most 8");
    return NULL;
  }
  return &make->sweep->axis[make->sweep->axis_count++];
}

static int add_path(const making_t *make, sweep_axis_t *axis, const cJSON *values,
                    const json_path_t *path) {
  if (axis->path_count == SWEEP_VALUE_MAX) {
    return json_doc_refuse(make->doc, path, 1, make->error, "one more swept path", "at most 8");
  }
  if (strlen(values->string) >= SCENARIO_PATH_MAX) {
    return json_doc_refuse(make->doc, path, 1, make->error, "a long path", "at most 95 bytes");
  }
  axis->paths[axis->path_count++] = values;
  return 0;
}

/// An axis of one path whose values are written out.
static int add_written(const making_t *make, const cJSON *values, const json_path_t *path) {
  sweep_axis_t *axis = values != NULL ? add_axis(make, path) : NULL;
  if (axis == NULL) {
    return -1;
  }
  axis->count = value_count(values);
  return add_path(make, axis, values, path);
}

static int make_boundary(const making_t *make, const cJSON *part, const json_path_t *path) {
  for (const cJSON *boundary = part->child; boundary != NULL; boundary = boundary->next) {
    json_path_t place = json_path_key(path, boundary->string);
    cJSON *made = sweep_values_boundary(make->doc, boundary, &place, make->error);
    if (add_written(make, keep(make, boundary->string, made), &place) != 0) {
      return -1;
    }
  }
  return 0;
}

static int make_faults(const making_t *make, const cJSON *part, const json_path_t *path) {
  for (const cJSON *families = part->child; families != NULL; families = families->next) {
    json_path_t place = json_path_key(path, families->string);
    cJSON *made = sweep_values_faults(make->doc, families, &place, make->error);
    if (add_written(make, keep(make, families->string, made), &place) != 0) {
      return -1;
    }
  }
  return 0;
}

static int make_grid(const making_t *make, const cJSON *grid, const json_path_t *path) {
  if (grid->child == NULL) {
    return json_doc_refuse(make->doc, path, 0, make->error, "a sweep of zero runs",
                           "at least one path with its values");
  }
  for (const cJSON *given = grid->child; given != NULL; given = given->next) {
    json_path_t place = json_path_key(path, given->string);
    const cJSON *values = write_out(make, given, &place);
    if (values == NULL || check_values(make, values, &place) != 0 ||
        add_written(make, values, &place) != 0) {
      return -1;
    }
  }
  return 0;
}

static int make_list(const making_t *make, const cJSON *list, const json_path_t *path) {
  char found[60], allowed[60];
  sweep_axis_t *axis = add_axis(make, path);
  if (axis == NULL) {
    return -1;
  }
  if (list->child == NULL) {
    return json_doc_refuse(make->doc, path, 0, make->error, "a sweep of zero runs",
                           "at least one path with its values");
  }
  for (const cJSON *given = list->child; given != NULL; given = given->next) {
    json_path_t place = json_path_key(path, given->string);
    const cJSON *values = write_out(make, given, &place);
    if (values == NULL) {
      return -1;
    }
    uint32_t count = value_count(values);
    /* values may repeat here: they belong together with their neighbours */
    if (count == 0 || count > SCENARIO_POINT_MAX) {
      return check_values(make, values, &place);
    }
    if (cJSON_IsArray(values) && check_scalars(make, values, &place) != 0) {
      return -1;
    }
    if (axis->path_count > 0 && count != axis->count) {
      snprintf(found, sizeof found, "%u values", count);
      snprintf(allowed, sizeof allowed, "%u as the path before has", axis->count);
      return json_doc_refuse(make->doc, &place, 0, make->error, found, allowed);
    }
    axis->count = count;
    if (add_path(make, axis, values, &place) != 0) {
      return -1;
    }
  }
  return 0;
}

static int check_range(const making_t *make, const cJSON *range, const json_path_t *path) {
  const cJSON *low = cJSON_GetObjectItemCaseSensitive(range, "min");
  const cJSON *high = cJSON_GetObjectItemCaseSensitive(range, "max");
  if (!cJSON_IsNumber(low) || !cJSON_IsNumber(high) || cJSON_GetArraySize(range) != 2 ||
      low->valuedouble > high->valuedouble) {
    return refuse_value(make, path, range,
                        "{\"min\": a, \"max\": b} with a <= b, a distribution, or an array");
  }
  return 0;
}

static int make_random(const making_t *make, const cJSON *random, const json_path_t *path) {
  const cJSON *all = cJSON_GetObjectItemCaseSensitive(random, "values");
  json_path_t values_path = json_path_key(path, "values");
  sweep_axis_t *axis = add_axis(make, path);
  if (axis == NULL) {
    return -1;
  }
  axis->is_random = 1;
  axis->count = (uint32_t)cJSON_GetObjectItemCaseSensitive(random, "count")->valuedouble;
  if (all->child == NULL) {
    return json_doc_refuse(make->doc, &values_path, 0, make->error, "no path to draw",
                           "at least one");
  }
  for (const cJSON *values = all->child; values != NULL; values = values->next) {
    json_path_t place = json_path_key(&values_path, values->string);
    int is_bad = draw_is_one(values)      ? draw_check(make->doc, values, &place, make->error)
                 : cJSON_IsObject(values) ? check_range(make, values, &place)
                                          : check_values(make, values, &place);
    if (is_bad || add_path(make, axis, values, &place) != 0) {
      return -1;
    }
  }
  return 0;
}

static int count_points(const making_t *make, const json_path_t *path) {
  char found[60];
  uint64_t product = 1;
  uint32_t path_count = 0, most = make->exclude != NULL ? PRODUCT_MAX : SCENARIO_POINT_MAX;
  for (uint32_t a = 0; a < make->sweep->axis_count; a++) {
    product *= make->sweep->axis[a].count;
    path_count += make->sweep->axis[a].path_count;
    if (product > most) {
      break;
    }
  }
  if (path_count > SWEEP_VALUE_MAX) {
    return json_doc_refuse(make->doc, path, 0, make->error, "more than 8 swept paths", "at most 8");
  }
  if (product > most) {
    snprintf(found, sizeof found, "a sweep of more than %u runs", most);
    return json_doc_refuse(make->doc, path, 0, make->error, found, "1..10000 runs");
  }
  make->sweep->point_count = (uint32_t)product;
  return 0;
}

/* ---- exclusions ---- */

/// 1 iff a value is what an exclusion says: equal, or text that matches its pattern; of an array
/// one of them.
static int is_excluded_value(const cJSON *wanted, const cJSON *value) {
  char text[120];
  if (cJSON_IsArray(wanted)) {
    for (const cJSON *one = wanted->child; one != NULL; one = one->next) {
      if (is_excluded_value(one, value)) {
        return 1;
      }
    }
    return 0;
  }
  if (!cJSON_IsString(wanted)) {
    return cJSON_Compare(wanted, value, 1) != 0;
  }
  sweep_values_text(value, text, sizeof text);
  return strcmp(wanted->valuestring, text) == 0 || names_match(wanted->valuestring, text);
}

static int is_excluded(const cJSON *rule, const sweep_item_t *items, uint32_t count) {
  for (const cJSON *wanted = rule->child; wanted != NULL; wanted = wanted->next) {
    uint32_t i = 0;
    while (i < count && strcmp(items[i].path, wanted->string) != 0) {
      i++;
    }
    if (i == count || !is_excluded_value(wanted, items[i].value)) {
      return 0;
    }
  }
  return 1;
}

static int check_rules(const making_t *make, const json_path_t *path) {
  uint32_t index = 0;
  for (const cJSON *rule = make->exclude->child; rule != NULL; rule = rule->next, index++) {
    json_path_t place = json_path_index(path, index);
    for (const cJSON *wanted = rule->child; wanted != NULL; wanted = wanted->next) {
      json_path_t key = json_path_key(&place, wanted->string);
      uint32_t found = 0;
      for (uint32_t a = 0; a < make->sweep->axis_count; a++) {
        for (uint32_t p = 0; p < make->sweep->axis[a].path_count; p++) {
          found += strcmp(make->sweep->axis[a].paths[p]->string, wanted->string) == 0;
        }
      }
      if (found == 0) {
        return json_doc_refuse(make->doc, &key, 1, make->error, "a path that is not swept",
                               "a path or $variable of this sweep");
      }
    }
    if (rule->child == NULL) {
      return json_doc_refuse(make->doc, &place, 0, make->error, "an empty object",
                             "paths with the values to leave out");
    }
  }
  return 0;
}

static int apply_exclusions(const making_t *make, const json_path_t *path) {
  sweep_t *sweep = make->sweep;
  uint32_t total = sweep->point_count, kept_count = 0;
  uint32_t *kept = calloc(total, sizeof *kept);
  if (kept == NULL || check_rules(make, path) != 0) {
    free(kept);
    return kept == NULL ? json_doc_refuse(make->doc, path, 0, make->error, "no memory", "enough")
                        : -1;
  }
  for (uint32_t i = 0; i < total; i++) {
    sweep_item_t items[SWEEP_VALUE_MAX];
    uint32_t count = sweep_point(sweep, i, items);
    int is_out = 0;
    for (const cJSON *rule = make->exclude->child; rule != NULL; rule = rule->next) {
      is_out = is_out || is_excluded(rule, items, count);
    }
    for (uint32_t k = 0; k < count; k++) {
      cJSON_Delete(items[k].value);
    }
    if (!is_out) {
      kept[kept_count++] = i;
    }
  }
  sweep->kept = kept;
  sweep->point_count = kept_count;
  if (kept_count > 0 && kept_count <= SCENARIO_POINT_MAX) {
    return 0;
  }
  return json_doc_refuse(make->doc, path, 0, make->error,
                         kept_count == 0 ? "a sweep of zero runs" : "more than 10000 runs left",
                         "1..10000 runs");
}

void sweep_free(sweep_t *sweep) {
  cJSON_Delete(sweep->made);
  free(sweep->kept);
  sweep->made = NULL;
  sweep->kept = NULL;
}

/// The sweep alone against the table of scenarios: the rest holds variables yet.
static int check_schema(const making_t *make, const cJSON *sweep, const json_path_t *path) {
  const schema_t *scenario = schema_scenario();
  for (uint32_t i = 0; i < scenario->key_count; i++) {
    if (strcmp(scenario->key[i].key, "sweep") == 0) {
      return schema_check(make->doc, sweep, path, scenario->key[i].object, make->error);
    }
  }
  return -1;
}

static int make_part(const making_t *make, const cJSON *part, const json_path_t *path) {
  static const struct {
    const char *key;
    int (*make)(const making_t *make, const cJSON *part, const json_path_t *path);
  } parts[] = {{"grid", make_grid},
               {"list", make_list},
               {"random", make_random},
               {"boundary", make_boundary},
               {"faults", make_faults}};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    if (strcmp(parts[i].key, part->string) == 0) {
      return parts[i].make(make, part, path);
    }
  }
  return 0; /* exclude */
}

int sweep_make(const json_doc_t *doc, const cJSON *root, sweep_t *sweep, scenario_error_t *error) {
  const cJSON *json = cJSON_GetObjectItemCaseSensitive(root, "sweep");
  const cJSON *seed = cJSON_GetObjectItemCaseSensitive(root, "seed");
  making_t make = {doc, sweep, error, cJSON_GetObjectItemCaseSensitive(json, "exclude")};
  static const char allowed[] = "grid, list, random, boundary or faults";
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "sweep");
  memset(sweep, 0, sizeof *sweep);
  sweep->point_count = 1;
  sweep->seed = cJSON_IsNumber(seed) && seed->valuedouble >= 0.0 && seed->valuedouble < 1e16
                    ? (uint64_t)seed->valuedouble
                    : 1;
  if (json == NULL) {
    return 0;
  }
  if (check_schema(&make, json, &path) != 0) {
    return -1;
  }
  for (const cJSON *part = json->child; part != NULL; part = part->next) {
    json_path_t place = json_path_key(&path, part->string);
    if (make_part(&make, part, &place) != 0) {
      return -1;
    }
  }
  if (sweep->axis_count == 0) {
    return json_doc_refuse(doc, &path, 0, error, "a sweep of zero runs", allowed);
  }
  json_path_t place = json_path_key(&path, "exclude");
  if (count_points(&make, &path) != 0) {
    return -1;
  }
  return make.exclude != NULL ? apply_exclusions(&make, &place) : 0;
}

static cJSON *nth_value(const cJSON *values, uint32_t index) {
  char name[40];
  if (cJSON_IsArray(values)) {
    return cJSON_Duplicate(cJSON_GetArrayItem(values, (int)index), 1);
  }
  names_set_member(values->valuestring, index, name, sizeof name);
  return cJSON_CreateString(name);
}

static cJSON *drawn_value(const sweep_t *sweep, const cJSON *values, uint32_t index) {
  char stream[SCENARIO_PATH_MAX + 32];
  snprintf(stream, sizeof stream, "sweep.%s.%u", values->string, index);
  rng_t rng = rng_stream(sweep->seed, stream);
  if (draw_is_one(values)) {
    return draw_value(&rng, values);
  }
  double u = rng_uniform(&rng);
  if (cJSON_IsObject(values)) {
    double low = cJSON_GetObjectItemCaseSensitive(values, "min")->valuedouble;
    double high = cJSON_GetObjectItemCaseSensitive(values, "max")->valuedouble;
    return cJSON_CreateNumber(low + u * (high - low));
  }
  return nth_value(values, (uint32_t)(u * value_count(values)));
}

uint32_t sweep_point(const sweep_t *sweep, uint32_t index, sweep_item_t items[SWEEP_VALUE_MAX]) {
  uint32_t count = 0, at[SWEEP_VALUE_MAX] = {0};
  index = sweep->kept != NULL ? sweep->kept[index] : index;
  for (uint32_t a = sweep->axis_count; a-- > 0;) {
    at[a] = index % sweep->axis[a].count;
    index /= sweep->axis[a].count;
  }
  for (uint32_t a = 0; a < sweep->axis_count; a++) {
    const sweep_axis_t *axis = &sweep->axis[a];
    for (uint32_t p = 0; p < axis->path_count; p++) {
      const cJSON *values = axis->paths[p];
      items[count].path = values->string;
      items[count].value =
          axis->is_random ? drawn_value(sweep, values, at[a]) : nth_value(values, at[a]);
      count++;
    }
  }
  return count;
}
