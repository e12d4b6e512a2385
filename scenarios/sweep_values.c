/// Writes out the short forms of a sweep.
#include "sweep_values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "json_edit.h"
#include "limit_name.h"
#include "names.h"
#include "plan.h"

static const cJSON *item(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

static cJSON *refuse(const json_doc_t *doc, const json_path_t *path, scenario_error_t *error,
                     const char *found, const char *allowed) {
  (void)json_doc_refuse(doc, path, 0, error, found, allowed);
  return NULL;
}

static cJSON *too_many(const json_doc_t *doc, const json_path_t *path, scenario_error_t *error,
                       cJSON *made) {
  cJSON_Delete(made);
  return refuse(doc, path, error, "more than 10000 values", "1..10000 runs");
}

/// Decimal steps without the dust of binary ones.
static double round_off(double value) {
  char text[40];
  double rounded = value;
  snprintf(text, sizeof text, "%.12g", value);
  (void)sscanf(text, "%lf", &rounded);
  return rounded;
}

cJSON *sweep_values_range(const json_doc_t *doc, const cJSON *range, const json_path_t *path,
                          scenario_error_t *error) {
  double from = plan_number(range, "from", 0.0), to = plan_number(range, "to", 0.0);
  double step = plan_number(range, "step", 0.0), count = plan_number(range, "count", 0.0);
  if ((step > 0.0) == (count > 0.0) || to < from) {
    return refuse(doc, path, error, "no range", "from, to above it, and one of step and count");
  }
  if (step > 0.0) {
    count = floor((to - from) / step + 1e-9) + 1.0;
  } else {
    step = count > 1.0 ? (to - from) / (count - 1.0) : 0.0;
  }
  if (count > SWEEP_VALUES_MAX) {
    return too_many(doc, path, error, NULL);
  }
  cJSON *made = cJSON_CreateArray();
  for (double i = 0.0; i < count; i += 1.0) {
    cJSON_AddItemToArray(made, cJSON_CreateNumber(round_off(from + i * step)));
  }
  return made;
}

static void add_targets(cJSON *made, const char *pattern) {
  char name[60];
  fault_on_t on = (fault_on_t)0;
  for (uint32_t index = 0; faults_target(pattern, &on, &index) == 0; index++) {
    faults_target_name(on, index, name, sizeof name);
    cJSON_AddItemToArray(made, cJSON_CreateString(name));
  }
}

cJSON *sweep_values_pattern(const json_doc_t *doc, const cJSON *pattern, const json_path_t *path,
                            scenario_error_t *error) {
  const char *text = pattern->valuestring;
  cJSON *made = cJSON_CreateArray();
  char found[80];
  add_targets(made, text);
  if (made->child != NULL) {
    return made;
  }
  for (int32_t at = signals_match(text, 0); at >= 0; at = signals_match(text, (uint32_t)at + 1)) {
    cJSON_AddItemToArray(made, cJSON_CreateString(signals_at((uint32_t)at)->name));
  }
  if (cJSON_GetArraySize(made) > SWEEP_VALUES_MAX) {
    return too_many(doc, path, error, made);
  }
  if (made->child == NULL) {
    cJSON_Delete(made);
    json_value_text(pattern, found, sizeof found);
    return refuse(doc, path, error, found,
                  "a pattern of fault targets such as wire.A*, or of signals");
  }
  return made;
}

/// The unit that a path ends in: "V" of "events[0].fault.value_V".
static const char *unit_of(const char *path) {
  const char *bar = path != NULL ? strrchr(path, '_') : NULL;
  return bar != NULL ? bar + 1 : "";
}

cJSON *sweep_values_boundary(const json_doc_t *doc, const cJSON *boundary, const json_path_t *path,
                             scenario_error_t *error) {
  const cJSON *at = item(boundary, "at"), *steps = item(boundary, "steps");
  double lsb = plan_number(boundary, "lsb", 0.0), plus = plan_number(boundary, "plus", 0.0);
  double value = cJSON_IsNumber(at) ? at->valuedouble : 0.0;
  json_path_t place = json_path_key(path, "at");
  char found[80], allowed[300];
  if (!cJSON_IsNumber(at)) {
    const cJSON *unit = item(boundary, "unit");
    json_value_text(at, found, sizeof found);
    if (!cJSON_IsString(at) || !limit_name_is_one(at->valuestring)) {
      return refuse(doc, &place, error, found, "a number or limit:NAME");
    }
    if (limit_name_value(at->valuestring,
                         unit != NULL ? unit->valuestring : unit_of(boundary->string), &value,
                         allowed, sizeof allowed) != 0) {
      return refuse(doc, &place, error, found, allowed);
    }
  }
  json_path_t steps_place = json_path_key(path, "steps");
  for (const cJSON *step = steps != NULL ? steps->child : NULL; step != NULL; step = step->next) {
    if (!cJSON_IsNumber(step)) {
      json_value_text(step, found, sizeof found);
      return refuse(doc, &steps_place, error, found, "numbers of steps");
    }
  }
  cJSON *made = cJSON_CreateArray();
  for (int i = -1; steps == NULL && i <= 1; i++) {
    cJSON_AddItemToArray(made, cJSON_CreateNumber(round_off(value + plus + i * lsb)));
  }
  for (const cJSON *step = steps != NULL ? steps->child : NULL; step != NULL; step = step->next) {
    cJSON_AddItemToArray(made,
                         cJSON_CreateNumber(round_off(value + plus + step->valuedouble * lsb)));
  }
  return made;
}

/* ---- faults ---- */

typedef struct {
  const json_doc_t *doc;
  const cJSON *family;
  const json_path_t *path;
  scenario_error_t *error;
  cJSON *made;
} family_t;

/// The family's key for the values of a row, NULL iff it has none.
static const cJSON *values_of(const family_t *work, const fault_row_t *row) {
  char key[40];
  snprintf(key, sizeof key, "value_%s", row->unit);
  return row->unit[0] != '\0' ? item(work->family, key) : NULL;
}

static int add_fault(const family_t *work, const char *target, const fault_row_t *row,
                     const cJSON *value) {
  cJSON *fault = cJSON_CreateObject();
  cJSON_AddItemToObject(fault, "target", cJSON_CreateString(target));
  cJSON_AddItemToObject(fault, "type", cJSON_CreateString(row->name));
  if (value != NULL) {
    char key[40];
    snprintf(key, sizeof key, "value_%s", row->unit);
    cJSON_AddItemToObject(fault, key, cJSON_Duplicate(value, 1));
  }
  const cJSON *other = item(work->family, "other"), *chatter = item(work->family, "chatter");
  if (other != NULL && (row->has_other || strcmp(row->name, "permute") == 0)) {
    cJSON_AddItemToObject(fault, "other", cJSON_Duplicate(other, 1));
  }
  if (chatter != NULL && row->has_chatter) {
    cJSON_AddItemToObject(fault, "chatter", cJSON_Duplicate(chatter, 1));
  }
  cJSON_AddItemToArray(work->made, fault);
  return 0;
}

static int add_values(const family_t *work, const char *target, const fault_row_t *row) {
  const cJSON *values = values_of(work, row);
  char found[120], allowed[120];
  if (row->unit[0] != '\0' && values == NULL) {
    snprintf(found, sizeof found, "no key \"value_%s\"", row->unit);
    snprintf(allowed, sizeof allowed, "it for the fault %s of %s", row->name, target);
    return json_doc_refuse(work->doc, work->path, 0, work->error, found, allowed);
  }
  if (!cJSON_IsArray(values)) {
    return add_fault(work, target, row, values);
  }
  for (const cJSON *value = values->child; value != NULL; value = value->next) {
    (void)add_fault(work, target, row, value);
  }
  return 0;
}

static int is_wanted(const cJSON *type, const fault_row_t *row, int can_have) {
  if (strcmp(type->valuestring, "*") == 0) {
    return can_have;
  }
  return strcmp(type->valuestring, row->name) == 0;
}

/// All rows of the target's kind that a type names. "*": those for which the family has what they
/// need.
static int add_types(const family_t *work, const char *target, fault_on_t on) {
  const cJSON *types = item(work->family, "type");
  const cJSON *type = cJSON_IsArray(types) ? types->child : types;
  char found[80];
  for (; type != NULL; type = cJSON_IsArray(types) ? type->next : NULL) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < faults_count(); i++) {
      const fault_row_t *row = faults_at(i);
      int needs_other = row->has_other || strcmp(row->name, "permute") == 0;
      int can_have = (row->unit[0] == '\0' || values_of(work, row) != NULL) &&
                     (!needs_other || item(work->family, "other") != NULL);
      if (row->on != on || !is_wanted(type, row, can_have)) {
        continue;
      }
      count++;
      if (add_values(work, target, row) != 0) {
        return -1;
      }
    }
    if (count == 0) {
      json_path_t place = json_path_key(work->path, "type");
      snprintf(found, sizeof found, "\"%.30s\" for %.30s", type->valuestring, target);
      return json_doc_refuse(work->doc, &place, 0, work->error, found,
                             "a type of fault that it has (packsim faults), or *");
    }
  }
  return 0;
}

static int add_pattern(const family_t *work, const char *pattern, const json_path_t *place) {
  char name[60], found[80];
  fault_on_t on = (fault_on_t)0;
  uint32_t count = 0;
  for (uint32_t index = 0; faults_target(pattern, &on, &index) == 0; index++) {
    faults_target_name(on, index, name, sizeof name);
    count++;
    if (add_types(work, name, on) != 0) {
      return -1;
    }
  }
  if (count > 0) {
    return 0;
  }
  snprintf(found, sizeof found, "\"%.60s\"", pattern);
  return json_doc_refuse(work->doc, place, 0, work->error, found,
                         "a fault target or a pattern of some (packsim faults)");
}

/// Refuse a value that none of the family's faults takes.
static int check_values_used(const family_t *work, const cJSON *first) {
  for (const cJSON *key = work->family->child; key != NULL; key = key->next) {
    int is_used = strncmp(key->string, "value_", 6) != 0;
    for (const cJSON *fault = first; fault != NULL && !is_used; fault = fault->next) {
      is_used = item(fault, key->string) != NULL;
    }
    if (!is_used) {
      json_path_t place = json_path_key(work->path, key->string);
      char found[80];
      snprintf(found, sizeof found, "key \"%.40s\"", key->string);
      return json_doc_refuse(work->doc, &place, 1, work->error, found,
                             "values in the units of these types of fault (packsim faults)");
    }
  }
  return 0;
}

static int add_family(const family_t *work) {
  const cJSON *targets = item(work->family, "target");
  json_path_t path = json_path_key(work->path, "target");
  uint32_t index = 0;
  if (cJSON_IsString(targets)) {
    return add_pattern(work, targets->valuestring, &path);
  }
  for (const cJSON *target = targets->child; target != NULL; target = target->next) {
    json_path_t place = json_path_index(&path, index++);
    if (add_pattern(work, target->valuestring, &place) != 0) {
      return -1;
    }
  }
  return 0;
}

cJSON *sweep_values_faults(const json_doc_t *doc, const cJSON *families, const json_path_t *path,
                           scenario_error_t *error) {
  cJSON *made = cJSON_CreateArray();
  uint32_t index = 0;
  for (const cJSON *family = families->child; family != NULL; family = family->next) {
    json_path_t place = json_path_index(path, index++);
    family_t work = {doc, family, &place, error, made};
    int before = cJSON_GetArraySize(made);
    if (add_family(&work) != 0 || check_values_used(&work, cJSON_GetArrayItem(made, before)) != 0) {
      cJSON_Delete(made);
      return NULL;
    }
    if (cJSON_GetArraySize(made) > SWEEP_VALUES_MAX) {
      return too_many(doc, path, error, made);
    }
  }
  return made;
}

void sweep_values_text(const cJSON *value, char *text, size_t text_bytes) {
  size_t used = 0;
  char part[80];
  if (!cJSON_IsObject(value)) {
    json_edit_text(value, text, text_bytes);
    return;
  }
  text[0] = '\0';
  for (const cJSON *child = value->child; child != NULL && used < text_bytes; child = child->next) {
    if (cJSON_IsObject(child) || cJSON_IsArray(child)) {
      continue;
    }
    json_edit_text(child, part, sizeof part);
    int printed = snprintf(text + used, text_bytes - used, "%s%s", used > 0 ? " " : "", part);
    used += printed > 0 ? (size_t)printed : 0;
  }
}
