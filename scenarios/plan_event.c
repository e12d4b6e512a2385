/// Events: when they happen, what breaks, how the load changes.
#include <stdio.h>
#include <string.h>

#include "course.h"
#include "names.h"
#include "schema.h"

/* ---- faults ---- */

static void list_targets(char *text, size_t text_bytes) {
  size_t used = 0;
  text[0] = '\0';
  for (uint32_t i = 0; i < faults_count() && used < text_bytes; i++) {
    const char *targets = faults_at(i)->targets;
    if (strstr(text, targets) != NULL) {
      continue;
    }
    int printed = snprintf(text + used, text_bytes - used, "%s%s", used > 0 ? ", " : "", targets);
    used += printed > 0 ? (size_t)printed : 0;
  }
}

static int refuse_target(const plan_build_t *build, const cJSON *target, const json_path_t *path) {
  char allowed[400];
  if (strncmp(target->valuestring, "wire.", 5) == 0) {
    return plan_refuse(build, path, target,
                       "wire. with a sense pin of connectors A, B, C, D (packsim pins lists them)");
  }
  if (strncmp(target->valuestring, "phys.group.", 11) == 0) {
    return plan_refuse(build, path, target, "phys.group. with a group M1C1..M8C14");
  }
  if (strncmp(target->valuestring, "phys.tap.", 9) == 0) {
    return plan_refuse(build, path, target, "phys.tap. with a tap M1T0..M8T14");
  }
  list_targets(allowed, sizeof allowed);
  return plan_refuse(build, path, target, allowed);
}

static int add_target(plan_build_t *build, const cJSON *target, const json_path_t *path,
                      fault_t *fault, int *kind) {
  fault_on_t on = (fault_on_t)0;
  uint32_t index = 0;
  uint32_t before = fault->target_count;
  while (faults_target(target->valuestring, &on, &index) == 0) {
    if (*kind >= 0 && *kind != (int)on) {
      return plan_refuse(build, path, target, "targets of one kind");
    }
    if (fault->target_count == FAULT_TARGET_MAX) {
      return plan_refuse(build, path, target, "at most 192 targets");
    }
    for (uint32_t i = 0; i < fault->target_count; i++) {
      if (fault->target[i] == index) {
        return plan_refuse(build, path, target, "each target once");
      }
    }
    *kind = (int)on;
    fault->target[fault->target_count++] = (uint16_t)index++;
  }
  return fault->target_count > before ? 0 : refuse_target(build, target, path);
}

static int add_targets(plan_build_t *build, const cJSON *json, const json_path_t *path,
                       fault_t *fault, int *kind) {
  const cJSON *target = cJSON_GetObjectItemCaseSensitive(json, "target");
  json_path_t place = json_path_key(path, "target");
  uint32_t index = 0;
  if (cJSON_IsString(target)) {
    return add_target(build, target, &place, fault, kind);
  }
  for (const cJSON *item = target->child; item != NULL; item = item->next) {
    json_path_t item_place = json_path_index(&place, index++);
    if (add_target(build, item, &item_place, fault, kind) != 0) {
      return -1;
    }
  }
  return 0;
}

static int find_type(plan_build_t *build, const cJSON *json, const json_path_t *path,
                     fault_t *fault, int kind) {
  const cJSON *type = cJSON_GetObjectItemCaseSensitive(json, "type");
  json_path_t place = json_path_key(path, "type");
  char allowed[300] = "";
  size_t used = 0;
  fault->row = faults_find(type->valuestring, (fault_on_t)kind);
  if (fault->row != NULL) {
    return 0;
  }
  for (uint32_t i = 0; i < faults_count() && used < sizeof allowed; i++) {
    const fault_row_t *row = faults_at(i);
    if (row->on != kind) {
      continue;
    }
    int printed =
        snprintf(allowed + used, sizeof allowed - used, "%s%s", used > 0 ? ", " : "", row->name);
    used += printed > 0 ? (size_t)printed : 0;
  }
  return plan_refuse(build, &place, type, allowed);
}

static void value_key(const fault_row_t *row, char *allowed, size_t allowed_bytes) {
  if (row->unit[0] == '\0') {
    snprintf(allowed, allowed_bytes, "no value for the fault %s", row->name);
  } else {
    snprintf(allowed, allowed_bytes, "value_%s %g..%g for the fault %s", row->unit, row->min,
             row->max, row->name);
  }
}

/// A value that moves.
static int find_course(plan_build_t *build, const cJSON *json, const cJSON *value,
                       const json_path_t *path, fault_t *fault, uint32_t *course) {
  const fault_row_t *row = fault->row;
  course_range_t range = {row->min, row->max, row->unit, 0};
  const schema_key_t *load = schema_find(schema_scenario(), "load");
  const schema_t *schema = schema_find(load->object, "current_A")->object;
  if (!faults_may_follow(row) || cJSON_GetObjectItemCaseSensitive(json, "chatter") != NULL) {
    return plan_refuse(build, path, value, "a number: this fault's value stays as it is");
  }
  if (schema_check(build->doc, value, path, schema, build->error) != 0 ||
      course_add(build, value, path, range, course) != 0) {
    return -1;
  }
  fault->value = course_value(build->plan, *course, 0.0, 0);
  return 0;
}

static int find_value(plan_build_t *build, const cJSON *json, const json_path_t *path,
                      fault_t *fault, uint32_t *course) {
  const fault_row_t *row = fault->row;
  char allowed[160], found[80], wanted[40];
  const cJSON *value = NULL;
  value_key(row, allowed, sizeof allowed);
  snprintf(wanted, sizeof wanted, "value_%s", row->unit);
  for (const cJSON *item = json->child; item != NULL; item = item->next) {
    if (strncmp(item->string, "value_", 6) != 0) {
      continue;
    }
    json_path_t place = json_path_key(path, item->string);
    if (row->unit[0] == '\0' || strcmp(item->string, wanted) != 0) {
      snprintf(found, sizeof found, "key \"%.40s\"", item->string);
      return json_doc_refuse(build->doc, &place, 1, build->error, found, allowed);
    }
    value = item;
  }
  json_path_t place = json_path_key(path, wanted);
  if (row->unit[0] == '\0') {
    return 0;
  }
  if (value == NULL) {
    snprintf(found, sizeof found, "no key \"%s\"", wanted);
    return json_doc_refuse(build->doc, path, 0, build->error, found, allowed);
  }
  if (cJSON_IsObject(value)) {
    return find_course(build, json, value, &place, fault, course);
  }
  if (!cJSON_IsNumber(value) || value->valuedouble < row->min || value->valuedouble > row->max) {
    return plan_refuse(build, &place, value, allowed);
  }
  fault->value = value->valuedouble;
  return 0;
}

/// The second wire: a short needs it; a swap of a single target too.
static int find_other(plan_build_t *build, const cJSON *json, const json_path_t *path,
                      fault_t *fault) {
  const cJSON *other = cJSON_GetObjectItemCaseSensitive(json, "other");
  json_path_t place = json_path_key(path, "other");
  int is_swap = strcmp(fault->row->name, "permute") == 0 && fault->target_count == 1;
  int is_needed = fault->row->has_other || is_swap;
  fault_on_t on = (fault_on_t)fault->row->on;
  uint32_t index = 0;
  if (is_needed && other == NULL) {
    return json_doc_refuse(build->doc, path, 0, build->error, "no key \"other\"",
                           "the second target of this fault");
  }
  if (!is_needed && other != NULL) {
    return json_doc_refuse(build->doc, &place, 1, build->error, "a second target",
                           "none for this fault");
  }
  if (other == NULL) {
    return 0;
  }
  if (strchr(other->valuestring, '*') != NULL ||
      faults_target(other->valuestring, &on, &index) != 0 || on != (fault_on_t)fault->row->on) {
    return refuse_target(build, other, &place);
  }
  for (uint32_t i = 0; i < fault->target_count; i++) {
    if (fault->target[i] == index) {
      return plan_refuse(build, &place, other, "another target");
    }
  }
  fault->other = (uint16_t)index;
  return 0;
}

static int find_chatter(plan_build_t *build, const cJSON *json, const json_path_t *path,
                        fault_t *fault) {
  const cJSON *chatter = cJSON_GetObjectItemCaseSensitive(json, "chatter");
  json_path_t place = json_path_key(path, "chatter");
  if (chatter == NULL) {
    return 0;
  }
  if (!fault->row->has_chatter) {
    return json_doc_refuse(build->doc, &place, 1, build->error, "chatter",
                           "it for wire faults open, resistance and leak only");
  }
  fault->chatter_is_on = 1;
  fault->chatter_Hz = plan_number(chatter, "freq_Hz", 0.0);
  fault->chatter_duty = plan_number(chatter, "duty", 0.0);
  fault->chatter_jitter = plan_number(chatter, "jitter", 0.0);
  return 0;
}

int plan_add_fault(plan_build_t *build, const cJSON *json, const json_path_t *path, fault_t *fault,
                   uint32_t *course) {
  int kind = -1;
  if (add_targets(build, json, path, fault, &kind) != 0 ||
      find_type(build, json, path, fault, kind) != 0 ||
      find_value(build, json, path, fault, course) != 0 ||
      find_other(build, json, path, fault) != 0) {
    return -1;
  }
  return find_chatter(build, json, path, fault);
}

/* ---- events ---- */

static int build_event(plan_build_t *build, const cJSON *json, const json_path_t *path,
                       plan_event_t *event) {
  const cJSON *fault = cJSON_GetObjectItemCaseSensitive(json, "fault");
  const cJSON *load = cJSON_GetObjectItemCaseSensitive(json, "load");
  json_path_t when_path = json_path_key(path, "when");
  json_path_t fault_path = json_path_key(path, "fault");
  json_path_t load_path = json_path_key(path, "load");
  const char *id = cJSON_GetObjectItemCaseSensitive(json, "id")->valuestring;
  snprintf(event->id, sizeof event->id, "%.39s", id);
  event->for_us = plan_us(plan_number(json, "for_s", 0.0));
  event->has_fault = fault != NULL;
  if (event->for_us > 0 && fault == NULL) {
    return json_doc_refuse(build->doc, path, 0, build->error, "for_s without a fault",
                           "for_s beside a fault only");
  }
  const cJSON *when = cJSON_GetObjectItemCaseSensitive(json, "when");
  if (plan_add_when(build, when, &when_path, PLAN_WHEN_ALONE, &event->when) != 0) {
    return -1;
  }
  if (fault != NULL &&
      plan_add_fault(build, fault, &fault_path, &event->fault, &event->course) != 0) {
    return -1;
  }
  if (load == NULL) {
    return 0;
  }
  return plan_add_sets(build, load, &load_path, &event->set_first, &event->set_count);
}

int plan_build_events(plan_build_t *build) {
  const cJSON *events = cJSON_GetObjectItemCaseSensitive(build->root, "events");
  scenario_plan_t *plan = build->plan;
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "events");
  const cJSON *json = events != NULL ? events->child : NULL;
  for (; json != NULL; json = json->next) {
    json_path_t place = json_path_index(&path, plan->event_count);
    plan_event_t *grown = plan_grow(plan->event, &plan->event_count, sizeof *grown);
    if (grown == NULL) {
      return plan_refuse(build, &place, json, "less: no memory");
    }
    plan->event = grown;
    plan_event_t event = plan->event[plan->event_count - 1];
    if (build_event(build, json, &place, &event) != 0) {
      return -1;
    }
    plan->event[plan->event_count - 1] = event;
  }
  return 0;
}
