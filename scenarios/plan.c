/// Makes the plan of a scenario point and holds what its builders share.
#include "plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit_name.h"
#include "names.h"
#include "schema.h"

enum { PROBE_MAX = 1u << 20 };

static const char *const op_keys[] = {"gt", "lt", "ge", "le", "eq", "ne", "near"};
enum { OP_COUNT = sizeof op_keys / sizeof op_keys[0] };

uint64_t plan_us(double s) { return (uint64_t)(s * 1e6 + 0.5); }

double plan_number(const cJSON *object, const char *key, double otherwise) {
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  return cJSON_IsNumber(value) ? value->valuedouble : otherwise;
}

int plan_flag(const cJSON *object, const char *key, int otherwise) {
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  return cJSON_IsBool(value) ? cJSON_IsTrue(value) : otherwise;
}

int plan_refuse(const plan_build_t *build, const json_path_t *path, const cJSON *value,
                const char *allowed) {
  char found[120];
  json_value_text(value, found, sizeof found);
  return json_doc_refuse(build->doc, path, 0, build->error, found, allowed);
}

void *plan_grow(void *array, uint32_t *count, size_t element_bytes) {
  uint32_t room = *count;
  char *grown = array;
  if ((room & (room - 1)) == 0) { /* room is 0 or a power of two: full */
    grown = realloc(array, (room == 0 ? 1 : (size_t)room * 2) * element_bytes);
    if (grown == NULL) {
      return NULL;
    }
  }
  memset(grown + (size_t)room * element_bytes, 0, element_bytes);
  (*count)++;
  return grown;
}

/// Signals nearest in name, for a message.
static void suggest_signals(const char *wrong, char *text, size_t text_bytes) {
  enum { COUNT = 3 };
  uint32_t best_distance[COUNT] = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
  const char *best[COUNT] = {"phys.pack.V", "bms.state", "dtc.any"};
  for (uint32_t i = 0; i < signals_count(); i++) {
    const char *name = signals_at(i)->name;
    uint32_t distance = schema_distance(wrong, name);
    for (size_t k = 0; k < COUNT; k++) {
      if (distance < best_distance[k]) {
        memmove(&best[k + 1], &best[k], (COUNT - 1 - k) * sizeof best[0]);
        memmove(&best_distance[k + 1], &best_distance[k],
                (COUNT - 1 - k) * sizeof best_distance[0]);
        best[k] = name;
        best_distance[k] = distance;
        break;
      }
    }
  }
  snprintf(text, text_bytes, "a signal, such as %s, %s, %s (packsim signals lists them)", best[0],
           best[1], best[2]);
}

static int refuse_signal(const plan_build_t *build, const cJSON *signal, const json_path_t *path) {
  char allowed[300];
  suggest_signals(signal->valuestring, allowed, sizeof allowed);
  return plan_refuse(build, path, signal, allowed);
}

static int add_pattern(plan_build_t *build, const cJSON *pattern, const json_path_t *path) {
  scenario_plan_t *plan = build->plan;
  uint32_t before = plan->probe_signal_count;
  const char *text = pattern->valuestring;
  int has_star = strchr(text, '*') != NULL;
  for (int32_t at = signals_match(text, 0); at >= 0; at = signals_match(text, (uint32_t)at + 1)) {
    if (has_star && signals_at((uint32_t)at)->index == SIGNALS_OF_MANY) {
      continue;
    }
    uint16_t *grown = plan->probe_signal_count < PROBE_MAX
                          ? plan_grow(plan->probe_signal, &plan->probe_signal_count, sizeof *grown)
                          : NULL;
    if (grown == NULL) {
      return plan_refuse(build, path, pattern, "fewer signals");
    }
    plan->probe_signal = grown;
    plan->probe_signal[plan->probe_signal_count - 1] = (uint16_t)at;
  }
  return plan->probe_signal_count == before ? refuse_signal(build, pattern, path) : 0;
}

/// Value of an operator: number, true or false, a limit, or a word that the signal knows.
static int operand(const plan_build_t *build, const cJSON *value, const json_path_t *path,
                   const plan_probe_t *probe, double *number) {
  const signal_t *signal = signals_at(build->plan->probe_signal[probe->first]);
  char words[300];
  if (cJSON_IsString(value)) {
    const char *text = value->valuestring;
    int status = limit_name_is_one(text)
                     ? limit_name_value(text, signal->unit, number, words, sizeof words)
                     : names_value(signal->name, text, number, words, sizeof words);
    return status == 0 ? 0 : plan_refuse(build, path, value, words);
  }
  *number = cJSON_IsBool(value) ? (double)cJSON_IsTrue(value) : value->valuedouble;
  return 0;
}

/// Another signal to compare with: {"signal": "phys.link.V", "factor": 0.95, "plus": 2}.
static int find_other(const plan_build_t *build, const cJSON *value, const json_path_t *path,
                      plan_probe_t *probe) {
  const cJSON *signal = cJSON_GetObjectItemCaseSensitive(value, "signal");
  json_path_t place = json_path_key(path, "signal");
  int32_t index = signals_find(signal->valuestring);
  if (index < 0) {
    return refuse_signal(build, signal, &place);
  }
  probe->other = signals_at((uint32_t)index);
  probe->factor = plan_number(value, "factor", 1.0);
  probe->value = plan_number(value, "plus", 0.0);
  return 0;
}

static int add_op(plan_build_t *build, const cJSON *object, const json_path_t *path,
                  int op_is_needed, plan_probe_t *probe) {
  uint32_t found = 0;
  for (uint32_t op = 0; op < OP_COUNT; op++) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, op_keys[op]);
    json_path_t place = json_path_key(path, op_keys[op]);
    if (value == NULL) {
      continue;
    }
    if (found++ > 0) {
      return json_doc_refuse(build->doc, &place, 1, build->error, "a second operator",
                             "one of gt, lt, ge, le, eq, ne, near");
    }
    probe->op = (uint8_t)op;
    int status = cJSON_IsObject(value) ? find_other(build, value, &place, probe)
                                       : operand(build, value, &place, probe, &probe->value);
    if (status != 0) {
      return -1;
    }
  }
  const cJSON *tolerance = cJSON_GetObjectItemCaseSensitive(object, "tolerance");
  int is_near = found == 1 && probe->op == PLAN_NEAR;
  if (is_near != (tolerance != NULL)) {
    return json_doc_refuse(build->doc, path, 0, build->error,
                           is_near ? "near without tolerance" : "tolerance without near",
                           "near and tolerance together");
  }
  probe->tolerance = plan_number(object, "tolerance", 0.0);
  if (found == 0 && op_is_needed) {
    return json_doc_refuse(build->doc, path, 0, build->error, "a signal without an operator",
                           "one of gt, lt, ge, le, eq, ne, near");
  }
  return 0;
}

int plan_add_probe(plan_build_t *build, const cJSON *object, const json_path_t *path,
                   int op_is_needed, plan_probe_t *probe) {
  const cJSON *signal = cJSON_GetObjectItemCaseSensitive(object, "signal");
  json_path_t place = json_path_key(path, "signal");
  uint32_t index = 0;
  memset(probe, 0, sizeof *probe);
  probe->first = build->plan->probe_signal_count;
  if (cJSON_IsString(signal)) {
    if (add_pattern(build, signal, &place) != 0) {
      return -1;
    }
  } else {
    const cJSON *item = signal != NULL ? signal->child : NULL;
    for (; item != NULL; item = item->next) {
      json_path_t item_place = json_path_index(&place, index++);
      if (add_pattern(build, item, &item_place) != 0) {
        return -1;
      }
    }
  }
  probe->count = build->plan->probe_signal_count - probe->first;
  const uint16_t *list = build->plan->probe_signal + probe->first;
  probe->only = probe->count == 1 ? signals_at(list[0]) : NULL;
  probe->is_run = signals_as_run(list, probe->count, &probe->run) ? 1 : 0;
  return add_op(build, object, path, op_is_needed, probe);
}

static int refuse_mark(plan_build_t *build, const cJSON *value, const json_path_t *path) {
  char allowed[300] = "";
  size_t used = 0;
  for (int pass = 0; pass < 2; pass++) {
    const cJSON *list =
        cJSON_GetObjectItemCaseSensitive(build->root, pass == 0 ? "events" : "expect");
    const cJSON *item = list != NULL ? list->child : NULL;
    for (; item != NULL && used < sizeof allowed; item = item->next) {
      int printed = snprintf(allowed + used, sizeof allowed - used, "%s%s", used > 0 ? ", " : "",
                             cJSON_GetObjectItemCaseSensitive(item, "id")->valuestring);
      used += printed > 0 ? (size_t)printed : 0;
    }
  }
  return plan_refuse(build, path, value, used > 0 ? allowed : "none: there are no events");
}

int plan_mark_of(plan_build_t *build, const cJSON *id, const json_path_t *path, uint16_t *mark) {
  uint16_t index = 0;
  for (int pass = 0; pass < 2 && cJSON_IsString(id); pass++) {
    const cJSON *list =
        cJSON_GetObjectItemCaseSensitive(build->root, pass == 0 ? "events" : "expect");
    const cJSON *item = list != NULL ? list->child : NULL;
    for (; item != NULL; item = item->next, index++) {
      if (strcmp(cJSON_GetObjectItemCaseSensitive(item, "id")->valuestring, id->valuestring) == 0) {
        *mark = index;
        return 0;
      }
    }
  }
  return refuse_mark(build, id, path);
}

int plan_find_mark(plan_build_t *build, const cJSON *object, const char *key,
                   const json_path_t *path, uint16_t *mark) {
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  json_path_t place = json_path_key(path, key);
  *mark = PLAN_NONE;
  return value == NULL ? 0 : plan_mark_of(build, value, &place, mark);
}

static int build_end(plan_build_t *build) {
  const cJSON *end = cJSON_GetObjectItemCaseSensitive(build->root, "end");
  const cJSON *after = cJSON_GetObjectItemCaseSensitive(end, "or_after");
  scenario_plan_t *plan = build->plan;
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, "end");
  json_path_t after_path = json_path_key(&path, "or_after");
  plan->end_us = plan_us(plan_number(end, "at_s", 0.0));
  plan->end_with_cycle = plan_flag(end, "or_cycle_done", 0) ? 1 : 0;
  plan->end_plus_us = plan_us(plan_number(end, "plus_s", 0.0));
  if (plan->end_plus_us > 0 && !plan->end_with_cycle) {
    return json_doc_refuse(build->doc, &path, 0, build->error, "plus_s without or_cycle_done",
                           "both or neither");
  }
  int has_when = cJSON_GetObjectItemCaseSensitive(end, "or_when") != NULL;
  if ((after != NULL) + has_when + plan->end_with_cycle > 1) {
    return json_doc_refuse(build->doc, &path, 0, build->error,
                           "two of or_after, or_when and or_cycle_done", "one of them");
  }
  if (has_when) {
    return plan_find_trigger(build, end, "or_when", &path, (plan_trigger_t){.after = PLAN_NONE},
                             &plan->end_after);
  }
  if (plan_find_mark(build, after, "event", &after_path, &plan->end_after) != 0) {
    return -1;
  }
  if (after != NULL) {
    plan->end_plus_us = plan_us(plan_number(after, "plus_s", 0.0));
  }
  return 0;
}

/// Refuse an id that stands twice among the objects of one or two lists.
static int check_ids(plan_build_t *build) {
  static const char *const lists[] = {"events", "expect", "always", "never", "measure"};
  const char *seen[5 * 128];
  uint32_t seen_count = 0;
  for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(build->root, lists[l]);
    uint32_t index = 0;
    const cJSON *item = list != NULL ? list->child : NULL;
    for (; item != NULL; item = item->next, index++) {
      const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "id");
      json_path_t top = {.count = 0};
      json_path_t path = json_path_key(&top, lists[l]);
      path = json_path_index(&path, index);
      path = json_path_key(&path, "id");
      for (uint32_t i = 0; i < seen_count; i++) {
        if (strcmp(seen[i], id->valuestring) == 0) {
          return plan_refuse(build, &path, id, "an id that no other event or check has");
        }
      }
      if (seen_count < sizeof seen / sizeof seen[0]) {
        seen[seen_count++] = id->valuestring;
      }
    }
  }
  return 0;
}

static int build_all(plan_build_t *build) {
  scenario_plan_t *plan = build->plan;
  plan->seed = (uint64_t)plan_number(build->root, "seed", 1.0);
  plan->time_start_ms = (uint32_t)plan_number(build->root, "ecu_time_start_ms", 0.0);
  plan->skip_without_data = plan_flag(build->root, "skip_without_data", 0) ? 1 : 0;
  plan->mark_count =
      (uint32_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(build->root, "events")) +
      (uint32_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(build->root, "expect"));
  if (check_ids(build) != 0 || plan_build_pack(build) != 0 || plan_build_load(build) != 0 ||
      plan_build_bus(build) != 0 || plan_build_events(build) != 0 ||
      plan_build_checks(build) != 0) {
    return -1;
  }
  return build_end(build);
}

int plan_make(const json_doc_t *doc, const cJSON *root, scenario_plan_t **plan,
              scenario_error_t *error) {
  scenario_plan_t *made = calloc(1, sizeof *made);
  if (made == NULL) {
    snprintf(error->text, sizeof error->text, "%s:1:1: $: found no memory, allowed enough",
             doc->file);
    return -1;
  }
  signals_init();
  plan_build_t build = {.doc = doc, .root = root, .plan = made, .error = error};
  if (build_all(&build) != 0) {
    plan_free(made);
    return -1;
  }
  *plan = made;
  return 0;
}

void plan_free(scenario_plan_t *plan) {
  if (plan == NULL) {
    return;
  }
  free(plan->event);
  free(plan->when);
  free(plan->step);
  free(plan->set);
  free(plan->check);
  free(plan->probe_signal);
  free(plan->trigger);
  free(plan->order);
  free(plan->course);
  free(plan->point);
  bus_log_free(&plan->bus_log);
  free(plan);
}
