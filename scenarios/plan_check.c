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

static int build_expect(plan_build_t *build, const cJSON *json, const json_path_t *path,
                        plan_check_t *check) {
  check->at_end = plan_flag(json, "at_end", 0) ? 1 : 0;
  check->has_deadline = has(json, "within_ms") ? 1 : 0;
  check->within_us = plan_us(plan_number(json, "within_ms", 0.0) / 1000.0);
  check->not_before_us = plan_us(plan_number(json, "not_before_ms", 0.0) / 1000.0);
  check->holds_us = plan_us(plan_number(json, "holds_s", 0.0));
  check->has_probe = 1;
  check->mark = (uint16_t)build->plan->mark_count++;
  if (check->at_end &&
      (has(json, "within_ms") || has(json, "not_before_ms") || has(json, "holds_s"))) {
    return refuse_at(build, path, "at_end with times", "at_end without within_ms, holds_s");
  }
  if (check->has_deadline && check->not_before_us > check->within_us) {
    return refuse_at(build, path, "not_before_ms after within_ms", "not_before_ms first");
  }
  return plan_add_probe(build, json, path, 1, &check->probe);
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
  check->from_us = plan_us(plan_number(json, "from_s", 0.0));
  if (has(json, "can_period")) {
    return build_can_period(build, json, path, check);
  }
  if (!has(json, "signal") || has(json, "ms") || has(json, "tolerance_ms")) {
    return refuse_at(build, path, "neither a signal with an operator nor a can_period",
                     "one of them");
  }
  check->has_probe = 1;
  return plan_add_probe(build, json, path, 1, &check->probe);
}

static int build_never(plan_build_t *build, const cJSON *json, const json_path_t *path,
                       plan_check_t *check) {
  check->from_us = plan_us(plan_number(json, "from_s", 0.0));
  check->has_probe = 1;
  return plan_add_probe(build, json, path, 1, &check->probe);
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
  check->from_us = plan_us(plan_number(json, "from_s", 0.0));
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
  if (check->probe.count != 1) {
    return refuse_at(build, path, "a pattern of several signals", "one signal to measure");
  }
  check->has_limit = has(json, "gt") || has(json, "lt") || has(json, "ge") || has(json, "le") ||
                     has(json, "eq") || has(json, "ne") || has(json, "near");
  return 0;
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
  if (plan_find_mark(build, json, "from", path, &check->after) != 0) {
    return -1;
  }
  return plan_find_mark(build, json, "to", path, &check->until);
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
    plan_check_t check = {.kind = (uint8_t)kind, .can_message = PLAN_NONE, .mark = PLAN_NONE};
    if (plan->check_count == RESULT_CHECK_MAX) {
      return refuse_at(build, &place, "one more check", "at most 64 in a scenario");
    }
    const char *id = cJSON_GetObjectItemCaseSensitive(json, "id")->valuestring;
    snprintf(check.id, sizeof check.id, "%.39s", id);
    if (plan_find_mark(build, json, "after", &place, &check.after) != 0 ||
        plan_find_mark(build, json, "until", &place, &check.until) != 0 ||
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
  build->plan->mark_count = build->plan->event_count;
  if (build_list(build, "expect", CHECK_EXPECT, build_expect) != 0 ||
      build_list(build, "always", CHECK_ALWAYS, build_always) != 0 ||
      build_list(build, "never", CHECK_NEVER, build_never) != 0) {
    return -1;
  }
  return build_list(build, "measure", CHECK_MEASURE, build_measure);
}
