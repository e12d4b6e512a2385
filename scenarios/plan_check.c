/// Checks: what must follow, what must hold, what must not happen, what is measured.
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "plan.h"

enum { TICK_us = 1000 };

static int has(const cJSON *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
}

static int refuse_at(const plan_build_t *build, const json_path_t *path, const char *found,
                     const char *allowed) {
  return json_doc_refuse(build->doc, path, 0, build->error, found, allowed);
}

/// A signal with an operator alone is a probe; whatever says more is a condition.
static int add_probe_or_when(plan_build_t *build, const cJSON *json, const json_path_t *path,
                             plan_when_use_t use, plan_check_t *check) {
  if (!has(json, "signal") && !plan_has_when(json)) {
    return refuse_at(build, path, "no condition", "a signal with an operator, all, any or not");
  }
  if (!plan_has_when(json) && !check->is_count && !has(json, "of")) {
    check->has_probe = 1;
    return plan_add_probe(build, json, path, 1, &check->probe);
  }
  return plan_add_when(build, json, path, use, &check->when);
}

/// How often: a number, or min and max of which one may be missing. Every rise counts.
static int build_count(plan_build_t *build, const cJSON *json, const json_path_t *path,
                       plan_check_t *check) {
  const cJSON *count = cJSON_GetObjectItemCaseSensitive(json, "count");
  json_path_t place = json_path_key(path, "count");
  int is_exact = cJSON_IsNumber(count);
  check->is_count = 1;
  check->count_min = (uint32_t)(is_exact ? count->valuedouble : plan_number(count, "min", 0.0));
  check->count_max = (uint32_t)(is_exact ? count->valuedouble : plan_number(count, "max", 0.0));
  check->has_count_max = is_exact || has(count, "max");
  if (has(json, "holds_s") || has(json, "not_before_ms") || has(json, "times") ||
      has(json, "at_end") || (has(json, "within_ms") && has(json, "until"))) {
    return refuse_at(build, path, "count with another end or time",
                     "count with one of within_ms and until, or neither");
  }
  if ((!is_exact && count->child == NULL) ||
      (check->has_count_max && check->count_min > check->count_max)) {
    return refuse_at(build, &place, "no range", "a number, or min and max, of which one may miss");
  }
  if (add_probe_or_when(build, json, path, PLAN_WHEN_OF_EXPECT, check) != 0) {
    return -1;
  }
  plan_when_t *when = &build->plan->when[check->when];
  when->times = UINT32_MAX; /* it goes on counting */
  when->edge = when->edge == PLAN_LEVEL ? (uint8_t)PLAN_RISING : when->edge;
  return 0;
}

/// Ids of events and expectations that must happen in this order.
static int build_order(plan_build_t *build, const cJSON *json, const json_path_t *path,
                       plan_check_t *check) {
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "order");
  scenario_plan_t *plan = build->plan;
  json_path_t place = json_path_key(path, "order");
  uint32_t index = 0;
  check->order_first = (uint16_t)plan->order_count;
  if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) < 2) {
    return refuse_at(build, &place, "fewer than two ids", "a list of two or more");
  }
  if (has(json, "signal") || has(json, "holds_s") || has(json, "not_before_ms") ||
      has(json, "at_end") || has(json, "after") || has(json, "until") || plan_has_when(json)) {
    return refuse_at(build, path, "order with more than within_ms",
                     "order, or order and within_ms");
  }
  for (const cJSON *item = list->child; item != NULL; item = item->next, index++) {
    json_path_t item_place = json_path_index(&place, index);
    uint16_t *grown = plan_grow(plan->order, &plan->order_count, sizeof *grown);
    if (grown == NULL) {
      return refuse_at(build, &place, "no memory", "enough");
    }
    plan->order = grown;
    if (plan_mark_of(build, item, &item_place, &plan->order[plan->order_count - 1]) != 0) {
      return -1;
    }
  }
  check->order_count = (uint16_t)index;
  return 0;
}

static int build_expect(plan_build_t *build, const cJSON *json, const json_path_t *path,
                        plan_check_t *check) {
  check->at_end = plan_flag(json, "at_end", 0) ? 1 : 0;
  check->has_deadline = has(json, "within_ms") ? 1 : 0;
  check->within_us = plan_us(plan_number(json, "within_ms", 0.0) / 1000.0);
  check->not_before_us = plan_us(plan_number(json, "not_before_ms", 0.0) / 1000.0);
  check->holds_us = plan_us(plan_number(json, "holds_s", 0.0));
  check->mark = (uint16_t)(build->plan->event_count + build->plan->check_count);
  if (has(json, "count") && has(json, "order")) {
    return refuse_at(build, path, "count and order", "one of them");
  }
  if (has(json, "order")) {
    return build_order(build, json, path, check);
  }
  if (has(json, "count")) {
    return build_count(build, json, path, check);
  }
  if (check->at_end && (has(json, "within_ms") || has(json, "not_before_ms") ||
                        has(json, "holds_s") || has(json, "until"))) {
    return refuse_at(build, path, "at_end with times", "at_end without within_ms, until, holds_s");
  }
  if (check->has_deadline && check->not_before_us > check->within_us) {
    return refuse_at(build, path, "not_before_ms after within_ms", "not_before_ms first");
  }
  return add_probe_or_when(build, json, path, PLAN_WHEN_OF_EXPECT, check);
}

static int refuse_message(const plan_build_t *build, const cJSON *name, const json_path_t *path) {
  char allowed[300] = "";
  size_t used = 0;
  for (uint32_t m = 0; m < CAN_MSG_COUNT && used < sizeof allowed; m++) {
    int printed =
        snprintf(allowed + used, sizeof allowed - used, "%s%s", m > 0 ? ", " : "", can_msg[m].name);
    used += printed > 0 ? (size_t)printed : 0;
  }
  return plan_refuse(build, path, name, allowed);
}

static int build_can_period(plan_build_t *build, const cJSON *json, const json_path_t *path,
                            plan_check_t *check) {
  const cJSON *name = cJSON_GetObjectItemCaseSensitive(json, "can_period");
  json_path_t place = json_path_key(path, "can_period");
  check->period_ms = plan_number(json, "ms", 0.0);
  check->tolerance_ms = plan_number(json, "tolerance_ms", 0.0);
  if (has(json, "signal") || !has(json, "ms") || !has(json, "tolerance_ms")) {
    return refuse_at(build, path, "can_period without ms and tolerance_ms, or with a signal",
                     "can_period, ms and tolerance_ms");
  }
  for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) {
    if (strcmp(can_msg[m].name, name->valuestring) == 0) {
      check->can_message = (uint16_t)m;
      return 0;
    }
  }
  return refuse_message(build, name, &place);
}

static int build_always(plan_build_t *build, const cJSON *json, const json_path_t *path,
                        plan_check_t *check) {
  if (has(json, "can_period")) {
    return build_can_period(build, json, path, check);
  }
  if (has(json, "ms") || has(json, "tolerance_ms")) {
    return refuse_at(build, path, "ms or tolerance_ms without can_period",
                     "them beside can_period");
  }
  if (!has(json, "signal") && !plan_has_when(json)) {
    return refuse_at(build, path, "neither a condition nor a can_period", "one of them");
  }
  if (has(json, "edge") || has(json, "times")) {
    return refuse_at(build, path, "a moment", "what can hold all the time: no edge, no times");
  }
  return add_probe_or_when(build, json, path, PLAN_WHEN_OF_EXPECT, check);
}

static int build_never(plan_build_t *build, const cJSON *json, const json_path_t *path,
                       plan_check_t *check) {
  return add_probe_or_when(build, json, path, PLAN_WHEN_OF_NEVER, check);
}

static uint8_t stat_of(const cJSON *json) {
  static const char *const words[] = {"none", "min", "max", "mean", "rms", "last"};
  const cJSON *stat = cJSON_GetObjectItemCaseSensitive(json, "stat");
  for (uint8_t i = 1; stat != NULL && i < sizeof words / sizeof words[0]; i++) {
    if (strcmp(words[i], stat->valuestring) == 0) {
      return i;
    }
  }
  return PLAN_STAT_NONE;
}

static int build_measure_signal(plan_build_t *build, const cJSON *json, const json_path_t *path,
                                plan_check_t *check) {
  check->stat = has(json, "against") ? (uint8_t)PLAN_STAT_SOUL : stat_of(json);
  check->has_probe = 1;
  if (has(json, "against") == has(json, "stat") || has(json, "limit_ms") || has(json, "from")) {
    return refuse_at(build, path, "a signal without exactly one of stat and against",
                     "signal with stat or against; from, to and limit_ms without signal");
  }
  if (check->stat == PLAN_STAT_SOUL) {
    build->plan->needs_soul_drive = 1;
    if (has(json, "after") || has(json, "until") || has(json, "from_s")) {
      return refuse_at(build, path, "against with a span", "against alone");
    }
  }
  if (plan_add_probe(build, json, path, 0, &check->probe) != 0) {
    return -1;
  }
  if (check->probe.other != NULL) {
    return refuse_at(build, path, "a figure against another signal", "a number to compare with");
  }
  if (check->probe.count != 1) {
    return refuse_at(build, path, "a pattern of several signals", "one signal to measure");
  }
  check->has_limit = has(json, "gt") || has(json, "lt") || has(json, "ge") || has(json, "le") ||
                     has(json, "eq") || has(json, "ne") || has(json, "near");
  return 0;
}

/// Where a check begins and ends; the end is looked for behind the begin.
static int find_span(plan_build_t *build, const cJSON *json, const json_path_t *path,
                     const char *begin, const char *end, plan_check_t *check) {
  plan_trigger_t span = {.after = PLAN_NONE};
  if (plan_find_trigger(build, json, begin, path, span, &check->after) != 0) {
    return -1;
  }
  span.after = check->after;
  span.from_us = check->from_us;
  return plan_find_trigger(build, json, end, path, span, &check->until);
}

static int build_measure(plan_build_t *build, const cJSON *json, const json_path_t *path,
                         plan_check_t *check) {
  if (has(json, "signal")) {
    return build_measure_signal(build, json, path, check);
  }
  check->has_limit = has(json, "limit_ms") ? 1 : 0;
  check->limit_ms = plan_number(json, "limit_ms", 0.0);
  if (!has(json, "from") || !has(json, "to")) {
    return refuse_at(build, path, "neither a signal nor from and to", "one of them");
  }
  if (check->after != PLAN_NONE || check->until != PLAN_NONE) {
    return refuse_at(build, path, "after or until beside from and to", "from and to alone");
  }
  return find_span(build, json, path, "from", "to", check);
}

/// Temperatures of the world advance in steps of PACK_REFRESH_us: no need to look in between.
static uint64_t look_period_us(const scenario_plan_t *plan, const plan_check_t *check) {
  if (check->kind == CHECK_EXPECT || !check->has_probe) {
    return TICK_us;
  }
  for (uint32_t i = 0; i < check->probe.count; i++) {
    const signal_t *signal = signals_at(plan->probe_signal[check->probe.first + i]);
    int is_slow = strncmp(signal->name, "phys.", 5) == 0 && strcmp(signal->unit, "degC") == 0;
    if (!is_slow) {
      return TICK_us;
    }
  }
  return PACK_REFRESH_us;
}

typedef int build_fn(plan_build_t *build, const cJSON *json, const json_path_t *path,
                     plan_check_t *check);

static int build_list(plan_build_t *build, const char *key, check_kind_t kind, build_fn *function) {
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(build->root, key);
  scenario_plan_t *plan = build->plan;
  json_path_t top = {.count = 0};
  json_path_t path = json_path_key(&top, key);
  uint32_t index = 0;
  for (const cJSON *json = list != NULL ? list->child : NULL; json != NULL; json = json->next) {
    json_path_t place = json_path_index(&path, index++);
    plan_check_t check = {.kind = (uint8_t)kind,
                          .can_message = PLAN_NONE,
                          .mark = PLAN_NONE,
                          .when = PLAN_NONE,
                          .from_us = plan_us(plan_number(json, "from_s", 0.0))};
    if (plan->check_count == RESULT_CHECK_MAX) {
      return refuse_at(build, &place, "one more check", "at most 64 in a scenario");
    }
    const char *id = cJSON_GetObjectItemCaseSensitive(json, "id")->valuestring;
    snprintf(check.id, sizeof check.id, "%.39s", id);
    if (find_span(build, json, &place, "after", "until", &check) != 0 ||
        function(build, json, &place, &check) != 0) {
      return -1;
    }
    check.every_us = look_period_us(plan, &check);
    plan_check_t *grown = plan_grow(plan->check, &plan->check_count, sizeof *grown);
    if (grown == NULL) {
      return refuse_at(build, &place, "no memory", "enough");
    }
    plan->check = grown;
    plan->check[plan->check_count - 1] = check;
  }
  return 0;
}

int plan_build_checks(plan_build_t *build) {
  if (build_list(build, "expect", CHECK_EXPECT, build_expect) != 0 ||
      build_list(build, "always", CHECK_ALWAYS, build_always) != 0 ||
      build_list(build, "never", CHECK_NEVER, build_never) != 0) {
    return -1;
  }
  return build_list(build, "measure", CHECK_MEASURE, build_measure);
}
