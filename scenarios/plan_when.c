/// Conditions: times, signals, marks, and how they combine; what stands in place of an id.
#include <stdio.h>
#include <string.h>

#include "plan.h"

enum { WHEN_DEPTH_MAX = 8, WHEN_MAX = 2048, KIND_COUNT = 6 };

static const char *const kind_keys[KIND_COUNT] = {"at_s", "signal", "after", "all", "any", "not"};
static const char *const time_keys[] = {"edge", "for_s", "for_ms", "times"};
static const char *const signal_keys[] = {"gt", "lt", "ge",   "le",       "eq",
                                          "ne", "of", "near", "tolerance"};

/// Where a condition stands.
typedef struct {
  plan_build_t *build;
  plan_when_use_t use;
} making_t;

static int has(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
}

static int is_in(const char *key, const char *const *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(list[i], key) == 0) {
      return 1;
    }
  }
  return 0;
}

#define IS_IN(key, list) is_in(key, list, sizeof list / sizeof list[0])

static int refuse_when(const plan_build_t *build, const json_path_t *path, const char *found) {
  return json_doc_refuse(build->doc, path, 0, build->error, found,
                         "one of at_s, signal with an operator, after, all, any, not");
}

int plan_has_when(const cJSON *check) {
  for (size_t i = 0; i < sizeof time_keys / sizeof time_keys[0]; i++) {
    if (has(check, time_keys[i])) {
      return 1;
    }
  }
  return has(check, "all") || has(check, "any") || has(check, "not");
}

/// Which of the kinds a condition is; -1 unless exactly one. In a check, after is the span's.
static int when_kind(const cJSON *when, int is_check) {
  int kind = -1;
  for (int i = 0; i < KIND_COUNT; i++) {
    int is_span = is_check && (i == PLAN_AT || i == PLAN_AFTER);
    if (!is_span && has(when, kind_keys[i])) {
      if (kind >= 0) {
        return -1;
      }
      kind = i;
    }
  }
  return kind;
}

/// Keys that belong to another kind of condition.
static int check_keys(const plan_build_t *build, const cJSON *when, const json_path_t *path,
                      int kind) {
  int is_plain = kind == PLAN_AT || kind == PLAN_AFTER;
  for (const cJSON *item = when->child; item != NULL; item = item->next) {
    const char *allowed = NULL;
    if (strcmp(item->string, "plus_s") == 0 && kind != PLAN_AFTER) {
      allowed = "plus_s beside after only";
    } else if (IS_IN(item->string, signal_keys) && kind != PLAN_SIGNAL) {
      allowed = "operators and of beside signal only";
    } else if (IS_IN(item->string, time_keys) && is_plain) {
      allowed = "edge, for_s, for_ms and times beside signal, all, any and not only";
    }
    if (allowed != NULL) {
      json_path_t place = json_path_key(path, item->string);
      char found[80];
      snprintf(found, sizeof found, "\"%.40s\"", item->string);
      return json_doc_refuse(build->doc, &place, 1, build->error, found, allowed);
    }
  }
  if (has(when, "for_s") && has(when, "for_ms")) {
    return json_doc_refuse(build->doc, path, 0, build->error, "for_s and for_ms", "one of them");
  }
  return 0;
}

static uint8_t edge_of(const cJSON *when) {
  static const char *const words[] = {"level", "rising", "falling", "either"};
  const cJSON *edge = cJSON_GetObjectItemCaseSensitive(when, "edge");
  uint8_t found = PLAN_LEVEL;
  for (uint8_t i = 0; edge != NULL && i < sizeof words / sizeof words[0]; i++) {
    if (strcmp(edge->valuestring, words[i]) == 0) {
      found = i;
    }
  }
  return found;
}

/// Any or all of the signals of a pattern: said by of, else any, but all at the top of an
/// expectation. Inside its all, any and not it must be said.
static int find_quantifier(const making_t *make, const cJSON *when, const json_path_t *path,
                           int depth, plan_when_t *made) {
  const cJSON *of = cJSON_GetObjectItemCaseSensitive(when, "of");
  int is_expect = make->use == PLAN_WHEN_OF_EXPECT;
  if (of == NULL && is_expect && depth > 0 && made->probe.count > 1) {
    return json_doc_refuse(make->build->doc, path, 0, make->build->error,
                           "a pattern of several signals", "\"of\": \"all\" or \"any\" with it");
  }
  made->needs_all = of != NULL ? strcmp(of->valuestring, "all") == 0 : is_expect && depth == 0;
  return 0;
}

static int build_when(const making_t *make, const cJSON *when, const json_path_t *path,
                      uint32_t slot, int depth);

static plan_when_t *add_slot(scenario_plan_t *plan) {
  plan_when_t *grown =
      plan->when_count < WHEN_MAX ? plan_grow(plan->when, &plan->when_count, sizeof *grown) : NULL;
  if (grown != NULL) {
    plan->when = grown;
  }
  return grown;
}

/// Children stand side by side: take their places first, then fill them.
static int build_children(const making_t *make, const cJSON *list, const json_path_t *path,
                          uint32_t slot, int depth) {
  scenario_plan_t *plan = make->build->plan;
  uint32_t first = plan->when_count, count = 0;
  int is_list = cJSON_IsArray(list);
  const cJSON *child = is_list ? list->child : list;
  if (depth == WHEN_DEPTH_MAX) {
    return refuse_when(make->build, path, "conditions nested too deep");
  }
  if (child == NULL) {
    return refuse_when(make->build, path, "an empty array");
  }
  for (const cJSON *item = child; item != NULL; item = is_list ? item->next : NULL, count++) {
    if (add_slot(plan) == NULL) {
      return refuse_when(make->build, path, "too many conditions");
    }
  }
  plan->when[slot].child_first = (uint16_t)first;
  plan->when[slot].child_count = (uint16_t)count;
  count = 0;
  for (const cJSON *item = child; item != NULL; item = is_list ? item->next : NULL, count++) {
    json_path_t place = is_list ? json_path_index(path, count) : *path;
    if (build_when(make, item, &place, first + count, depth + 1) != 0) {
      return -1;
    }
  }
  return 0;
}

static int build_signal(const making_t *make, const cJSON *when, const json_path_t *path, int depth,
                        plan_when_t *made) {
  if (plan_add_probe(make->build, when, path, 1, &made->probe) != 0) {
    return -1;
  }
  return find_quantifier(make, when, path, depth, made);
}

static int build_when(const making_t *make, const cJSON *when, const json_path_t *path,
                      uint32_t slot, int depth) {
  plan_build_t *build = make->build;
  int is_check = make->use != PLAN_WHEN_ALONE && depth == 0;
  int kind = when_kind(when, is_check);
  plan_when_t made = {.kind = (uint8_t)kind, .mark = PLAN_NONE, .edge = edge_of(when)};
  if (kind < 0) {
    return refuse_when(build, path, "none or several kinds of condition");
  }
  if (check_keys(build, when, path, kind) != 0) {
    return -1;
  }
  made.times = (uint32_t)plan_number(when, "times", 1.0);
  made.for_us =
      plan_us(plan_number(when, "for_s", 0.0)) + plan_us(plan_number(when, "for_ms", 0.0) / 1e3);
  if (kind == PLAN_AT) {
    made.at_us = plan_us(plan_number(when, "at_s", 0.0));
  }
  if (kind == PLAN_AFTER) {
    made.at_us = plan_us(plan_number(when, "plus_s", 0.0));
    if (plan_find_mark(build, when, "after", path, &made.mark) != 0) {
      return -1;
    }
  }
  if (kind == PLAN_SIGNAL && build_signal(make, when, path, depth, &made) != 0) {
    return -1;
  }
  build->plan->when[slot] = made;
  if (kind < PLAN_ALL) {
    return 0;
  }
  json_path_t place = json_path_key(path, kind_keys[kind]);
  const cJSON *children = cJSON_GetObjectItemCaseSensitive(when, kind_keys[kind]);
  return build_children(make, children, &place, slot, depth);
}

int plan_add_when(plan_build_t *build, const cJSON *object, const json_path_t *path,
                  plan_when_use_t use, uint16_t *when) {
  making_t make = {build, use};
  if (add_slot(build->plan) == NULL) {
    return refuse_when(build, path, "too many conditions");
  }
  *when = (uint16_t)(build->plan->when_count - 1);
  return build_when(&make, object, path, *when, 0);
}

int plan_find_trigger(plan_build_t *build, const cJSON *object, const char *key,
                      const json_path_t *path, plan_trigger_t span, uint16_t *mark) {
  scenario_plan_t *plan = build->plan;
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  json_path_t place = json_path_key(path, key);
  if (!cJSON_IsObject(value)) {
    return plan_find_mark(build, object, key, path, mark);
  }
  if (plan_add_when(build, value, &place, PLAN_WHEN_ALONE, &span.when) != 0) {
    return -1;
  }
  plan_trigger_t *grown = plan_grow(plan->trigger, &plan->trigger_count, sizeof *grown);
  if (grown == NULL) {
    return plan_refuse(build, &place, value, "less: no memory");
  }
  *mark = (uint16_t)plan->mark_count++;
  span.mark = *mark;
  snprintf(span.name, sizeof span.name, "its condition \"%s\"", key);
  plan->trigger = grown;
  plan->trigger[plan->trigger_count - 1] = span;
  return 0;
}
