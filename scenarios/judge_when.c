/// Conditions over time: levels, edges, times, delays and combinations.
#include <stdio.h>
#include <string.h>

#include "judge_state.h"

/// One look at a condition that is raw now; 1 iff it is due.
static int step(const plan_when_t *when, judge_when_t *state, int raw, uint64_t now_us) {
  int is_moment = when->edge != PLAN_LEVEL;
  int is_true = when->edge == PLAN_FALLING ? !raw : raw;
  int is_change = state->has_before && is_true != state->before;
  int may_begin = is_true && (!is_moment || is_change);
  state->before = (uint8_t)is_true;
  state->has_before = 1;
  if (when->edge == PLAN_EITHER) {
    is_true = 1;
    may_begin = is_change;
  }
  if (!is_true || (when->edge == PLAN_EITHER && is_change)) {
    state->since_us = JUDGE_NEVER;
    state->is_counted = 0;
  }
  if (state->since_us == JUDGE_NEVER && may_begin) {
    state->since_us = now_us;
  }
  if (state->since_us == JUDGE_NEVER || now_us - state->since_us < when->for_us) {
    return 0;
  }
  if (!state->is_counted) {
    state->is_counted = 1;
    state->count++;
  }
  int is_due = state->count >= when->times;
  state->is_latched = is_due && (is_moment || when->times > 1);
  return is_due;
}

/// How a condition stands by itself, time aside. All children are looked at: edges must not be
/// missed.
static int raw_of(judge_t *judge, const plan_when_t *when, const hil_t *hil) {
  uint32_t due_count = 0;
  switch (when->kind) {
  case PLAN_AT:
    return hil->now_us >= when->at_us;
  case PLAN_SIGNAL:
    return when->needs_all ? judge_all(judge->plan, &when->probe, hil).is_true
                           : judge_any(judge->plan, &when->probe, hil).is_true;
  case PLAN_AFTER:
    return judge->mark_us[when->mark] != JUDGE_NEVER &&
           hil->now_us >= judge->mark_us[when->mark] + when->at_us;
  default:
    break;
  }
  for (uint32_t i = 0; i < when->child_count; i++) {
    due_count += judge_when(judge, when->child_first + i, hil) ? 1 : 0;
  }
  if (when->kind == PLAN_NOT) {
    return due_count == 0;
  }
  return when->kind == PLAN_ALL ? due_count == when->child_count : due_count > 0;
}

/// Nested at most as deep as plan_when.c allows.
int judge_when(judge_t *judge, uint32_t index, const hil_t *hil) {
  const plan_when_t *when = &judge->plan->when[index];
  judge_when_t *state = &judge->when[index];
  if (state->is_latched) {
    return 1;
  }
  return step(when, state, raw_of(judge, when, hil), hil->now_us);
}

static void forget(judge_t *judge, uint32_t index) {
  const plan_when_t *when = &judge->plan->when[index];
  judge_when_t *state = &judge->when[index];
  state->since_us = JUDGE_NEVER;
  state->count = 0;
  state->is_counted = 0;
  state->is_latched = 0;
  for (uint32_t i = 0; i < when->child_count; i++) {
    forget(judge, when->child_first + i);
  }
}

void judge_when_prepare(judge_t *judge, uint32_t when, const hil_t *hil) {
  (void)judge_when(judge, when, hil);
  forget(judge, when);
}

void judge_when_text(const judge_t *judge, uint32_t index, const hil_t *hil, char *text,
                     size_t text_bytes) {
  const scenario_plan_t *plan = judge->plan;
  const plan_when_t *when = &plan->when[index];
  size_t used = strlen(text);
  char value[64];
  if (when->kind == PLAN_SIGNAL) {
    judge_reading_t reading =
        when->needs_all ? judge_all(plan, &when->probe, hil) : judge_any(plan, &when->probe, hil);
    reading.signal = judge_signal(plan, &when->probe, hil, reading);
    judge_value_text(reading.signal, reading.value, value, sizeof value);
    snprintf(text + used, text_bytes - used, "%s%s is %s", used > 0 ? ", " : "",
             signals_at(reading.signal)->name, value);
  }
  for (uint32_t i = 0; i < when->child_count; i++) {
    judge_when_text(judge, when->child_first + i, hil, text, text_bytes);
  }
}

/// 1 iff the mark's condition is due; before its begin it is only prepared.
static int pending_is_due(judge_t *judge, const judge_pending_t *pending, const hil_t *hil) {
  uint64_t begin_us = pending->after == PLAN_NONE ? 0 : judge->mark_us[pending->after];
  if (hil->now_us < begin_us || hil->now_us < pending->from_us) {
    judge_when_prepare(judge, pending->when, hil);
    return 0;
  }
  return judge_when(judge, pending->when, hil);
}

uint32_t judge_events(judge_t *judge, const hil_t *hil, uint16_t event[JUDGE_NOTE_MAX]) {
  uint32_t count = 0, kept = 0;
  for (uint32_t i = 0; i < judge->pending_count; i++) {
    judge_pending_t pending = judge->pending[i];
    if (count == JUDGE_NOTE_MAX || !pending_is_due(judge, &pending, hil)) {
      judge->pending[kept++] = pending;
      continue;
    }
    judge->mark_us[pending.mark] = hil->now_us;
    if (pending.mark < judge->plan->event_count) {
      event[count++] = pending.mark;
    }
  }
  judge->pending_count = kept;
  return count;
}
