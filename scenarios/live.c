/// Acts by hand, between two ticks: see live.h.
#include "live.h"

#include <stdio.h>
#include <string.h>

#include "course.h"
#include "plan.h"

enum { SET_MAX = 3 };

static const live_load_t loads[] = {
    {"request", "", VCM_SLEEP, VCM_CHARGE, "what the vehicle controller asks for"},
    {"current_A", "A", -300, 400, "load current, > 0 discharges"},
    {"power_W", "W", -100000, 100000, "load power"},
    {"charger", "A", 0, 200, "charger: current, and up to which voltage"},
    {"charger_plugged", "", 0, 1, "charger plug line"},
    {"ignition", "", 0, 1, "ignition line"},
    {"hvil_closed", "", 0, 1, "interlock"},
    {"crash", "", 0, 1, "crash line"},
    {"kl30c", "", 0, 1, "supply of the coils"},
    {"clear_faults", "", 0, 1, "the vehicle controller asks for clearing"},
    {"ambient_degC", "degC", -40, 60, "air around the pack"},
    {"supply_V", "V", 0, 32, "12 V supply"},
};
enum { LOAD_COUNT = sizeof loads / sizeof loads[0] };

const live_load_t *live_load_at(uint32_t index) {
  return index < LOAD_COUNT ? &loads[index] : NULL;
}

int32_t live_load_find(const char *key) {
  for (uint32_t i = 0; i < LOAD_COUNT; i++) {
    if (strcmp(loads[i].key, key) == 0) {
      return (int32_t)i;
    }
  }
  return -1;
}

/* ---- asking ---- */

static live_act_t *add(live_t *live, live_refusal_t *refusal) {
  if (live->count == LIVE_ACT_MAX) {
    snprintf(refusal->text, sizeof refusal->text, "%d acts by hand, allowed no more: save the run",
             LIVE_ACT_MAX);
    return NULL;
  }
  live->due_us = 0;
  return &live->act[live->count++];
}

static int refuse_target(const fault_row_t *row, const char *what, live_refusal_t *refusal) {
  snprintf(refusal->text, sizeof refusal->text, "%s: %s, allowed %s", row->name, what,
           row->targets);
  return -1;
}

/// A short and a swap need another target.
static int needs_other(const fault_row_t *row) {
  return row->has_other || strcmp(row->name, "permute") == 0;
}

int live_ask_fault(live_t *live, const live_act_t *act, live_refusal_t *refusal) {
  const fault_row_t *row = act->row;
  uint32_t target_count = faults_target_count((fault_on_t)row->on);
  if (act->target >= target_count) {
    return refuse_target(row, "no such target", refusal);
  }
  if (needs_other(row) && (act->other >= target_count || act->other == act->target)) {
    return refuse_target(row, "needs another target", refusal);
  }
  if (row->unit[0] != '\0' && !(act->value >= row->min && act->value <= row->max)) {
    snprintf(refusal->text, sizeof refusal->text, "%s: %g %s, allowed %g..%g", row->name,
             act->value, row->unit, row->min, row->max);
    return -1;
  }
  live_act_t *added = add(live, refusal);
  if (added == NULL) {
    return -1;
  }
  *added = *act;
  added->kind = LIVE_FAULT;
  added->phase = LIVE_WAITS;
  added->end_is_asked = 0;
  added->other = needs_other(row) ? act->other : 0;
  added->second = row->has_chatter ? act->second : 0.0;
  added->words = NULL;
  added->at_us = LIVE_NEVER;
  added->end_us = LIVE_NEVER;
  return 0;
}

int live_ask_load(live_t *live, const char *key, double value, double second,
                  live_refusal_t *refusal) {
  int32_t row = live_load_find(key);
  if (row < 0) {
    snprintf(refusal->text, sizeof refusal->text, "load %.40s: not one of the loads by hand", key);
    return -1;
  }
  if (!(value >= loads[row].min && value <= loads[row].max)) {
    snprintf(refusal->text, sizeof refusal->text, "%s: %g %s, allowed %g..%g", key, value,
             loads[row].unit, loads[row].min, loads[row].max);
    return -1;
  }
  live_act_t *act = add(live, refusal);
  if (act == NULL) {
    return -1;
  }
  *act = (live_act_t){.kind = LIVE_LOAD,
                      .load = (uint8_t)row,
                      .at_us = LIVE_NEVER,
                      .end_us = LIVE_NEVER,
                      .value = value,
                      .second = second};
  return 0;
}

int live_ask_words(live_t *live, const live_words_t *words, live_refusal_t *refusal) {
  live_act_t *act = add(live, refusal);
  if (act == NULL) {
    return -1;
  }
  *act =
      (live_act_t){.kind = LIVE_WORDS, .words = words, .at_us = LIVE_NEVER, .end_us = LIVE_NEVER};
  return 0;
}

uint32_t live_ask_end(live_t *live, fault_on_t on, uint32_t target) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < live->count; i++) {
    live_act_t *act = &live->act[i];
    int is_meant = act->kind == LIVE_FAULT && act->row->on == on &&
                   (act->target == target || (needs_other(act->row) && act->other == target));
    if (!is_meant || act->phase > LIVE_ACTS) {
      continue;
    }
    count++;
    live->due_us = 0;
    if (act->phase == LIVE_WAITS) {
      act->phase = LIVE_DROPPED;
    } else {
      act->end_is_asked = 1;
    }
  }
  return count;
}

uint64_t live_cleared_us(const live_t *live, uint16_t event) {
  for (uint32_t i = 0; i < live->cleared_count; i++) {
    if (live->cleared[i].event == event) {
      return live->cleared[i].at_us;
    }
  }
  return LIVE_NEVER;
}

void live_ask_event_end(live_t *live, uint16_t event) {
  for (uint32_t i = 0; i < live->cleared_count; i++) {
    if (live->cleared[i].event == event) {
      return;
    }
  }
  if (live->cleared_count < LIVE_CLEARED_MAX) {
    live->cleared[live->cleared_count++] = (live_cleared_t){.at_us = LIVE_NEVER, .event = event};
  }
}

uint32_t live_waiting_count(const live_t *live) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < live->count; i++) {
    const live_act_t *act = &live->act[i];
    count += act->phase == LIVE_WAITS || (act->phase == LIVE_ACTS && act->end_is_asked) ? 1 : 0;
  }
  for (uint32_t i = 0; i < live->cleared_count; i++) {
    count += live->cleared[i].at_us == LIVE_NEVER ? 1 : 0;
  }
  return count;
}

void live_act_text(const live_act_t *act, char text[LIVE_TEXT_BYTES]) {
  static const char *const requests[] = {"sleep", "standby", "drive", "charge"};
  char target[40], value[32] = "";
  if (act->kind == LIVE_WORDS) {
    snprintf(text, LIVE_TEXT_BYTES, "%s", act->words->text);
    return;
  }
  if (act->kind == LIVE_LOAD) {
    const live_load_t *load = &loads[act->load];
    if (strcmp(load->key, "request") == 0) {
      snprintf(text, LIVE_TEXT_BYTES, "request %s", requests[(int)act->value]);
    } else {
      snprintf(text, LIVE_TEXT_BYTES, "%s %g%s%s", load->key, act->value,
               load->unit[0] != '\0' ? " " : "", load->unit);
    }
    return;
  }
  faults_target_name((fault_on_t)act->row->on, act->target, target, sizeof target);
  if (act->row->unit[0] != '\0') {
    snprintf(value, sizeof value, ", %g %s", act->value, act->row->unit);
  }
  snprintf(text, LIVE_TEXT_BYTES, "%s%s of %s%s", act->second > 0.0 ? "intermittent " : "",
           act->row->name, target, value);
}

/* ---- applying ---- */

static void apply_load(const live_act_t *act, struct courses *courses, hil_t *hil) {
  plan_set_t set[SET_MAX];
  uint32_t count = 0;
  int is_bad = 0;
  for (uint32_t i = 0; act->kind == LIVE_WORDS && i < act->words->set_count; i++) {
    (void)plan_begin_set(&act->words->set[i], courses, hil);
  }
  if (act->kind == LIVE_WORDS) {
    return;
  }
  const char *key = loads[act->load].key;
  if (strcmp(key, "charger") == 0) { /* as plan_add_sets makes them of the object */
    is_bad |= plan_make_set("charger", "kind", CHARGER_DC, &set[count++]);
    is_bad |= plan_make_set("charger", "current_A", act->value, &set[count++]);
    if (act->value > 0.0) {
      is_bad |= plan_make_set("charger", "voltage_V", act->second, &set[count++]);
    }
  } else {
    is_bad |= plan_make_set("", key, act->value, &set[count++]);
  }
  for (uint32_t i = 0; i < count && !is_bad; i++) {
    (void)plan_begin_set(&set[i], courses, hil);
  }
}

static void apply_fault(const live_act_t *act, hil_t *hil, int begin) {
  fault_t fault = {.row = act->row,
                   .target = {act->target},
                   .target_count = 1,
                   .other = act->other,
                   .value = act->value,
                   .chatter_is_on = act->second > 0.0,
                   .chatter_Hz = act->second,
                   .chatter_duty = act->second > 0.0 ? act->duty : 0.0,
                   .chatter_jitter = act->second > 0.0 ? act->jitter : 0.0};
  (void)faults_apply(hil, &fault, begin);
}

/// When a fault ends by itself.
static uint64_t over_us(const live_act_t *act) {
  return act->for_us > 0 ? act->at_us + act->for_us : LIVE_NEVER;
}

static int is_due(const live_act_t *act, live_step_t step, uint64_t now_us) {
  switch (step) {
  case LIVE_STEP_LOADS:
    return act->kind != LIVE_FAULT && act->phase == LIVE_WAITS;
  case LIVE_STEP_FAULTS:
    return act->kind == LIVE_FAULT && act->phase == LIVE_WAITS;
  case LIVE_STEP_FAULT_ENDS:
    return act->kind == LIVE_FAULT && act->phase == LIVE_ACTS &&
           (act->end_is_asked || over_us(act) <= now_us);
  }
  return 0;
}

/// After the last step: when something is due again.
static void look_ahead(live_t *live) {
  live->due_us = LIVE_NEVER;
  for (uint32_t i = 0; i < live->count; i++) {
    const live_act_t *act = &live->act[i];
    if (act->kind == LIVE_FAULT && act->phase == LIVE_ACTS && over_us(act) < live->due_us) {
      live->due_us = over_us(act);
    }
  }
}

const char *live_apply(live_t *live, live_step_t step, uint32_t *at, struct courses *courses,
                       hil_t *hil, char text[LIVE_TEXT_BYTES]) {
  if (hil->now_us < live->due_us) {
    return NULL;
  }
  for (; *at < live->count; (*at)++) {
    live_act_t *act = &live->act[*at];
    if (!is_due(act, step, hil->now_us)) {
      continue;
    }
    (*at)++;
    live_act_text(act, text);
    if (act->kind != LIVE_FAULT) {
      apply_load(act, courses, hil);
      act->at_us = hil->now_us;
      act->phase = LIVE_OVER;
      return "load";
    }
    int begin = act->phase == LIVE_WAITS;
    apply_fault(act, hil, begin);
    *(begin ? &act->at_us : &act->end_us) = hil->now_us;
    act->phase = begin ? LIVE_ACTS : LIVE_OVER;
    return begin ? "by hand" : "cleared";
  }
  if (step == LIVE_STEP_FAULTS) {
    look_ahead(live);
  }
  return NULL;
}

int32_t live_next_cleared(live_t *live, uint64_t now_us) {
  for (uint32_t i = 0; i < live->cleared_count; i++) {
    if (live->cleared[i].at_us == LIVE_NEVER) {
      live->cleared[i].at_us = now_us;
      return live->cleared[i].event;
    }
  }
  return -1;
}
