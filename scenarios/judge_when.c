/// Conditions of events over time: levels, edges, delays and combinations.
#include "judge_state.h"

static int signal_is_due(const judge_t *judge, const plan_when_t *when, judge_when_t *state,
                         const hil_t *hil) {
  if (state->is_latched) {
    return 1;
  }
  int is_true = judge_any(judge->plan, &when->probe, hil).is_true;
  if (when->edge == PLAN_FALLING) {
    is_true = !is_true;
  }
  if (!is_true) {
    state->was_false = 1;
    state->since_us = JUDGE_NEVER;
    return 0;
  }
  if (when->edge != PLAN_LEVEL && !state->was_false) {
    return 0;
  }
  if (state->since_us == JUDGE_NEVER) {
    state->since_us = hil->now_us;
  }
  if (hil->now_us - state->since_us < when->for_us) {
    return 0;
  }
  state->is_latched = when->edge != PLAN_LEVEL;
  return 1;
}

/// Nested at most as deep as plan_build_events allows. All children are looked at: edges must not
/// be missed.
static int when_is_due(judge_t *judge, uint32_t index, const hil_t *hil) {
  const plan_when_t *when = &judge->plan->when[index];
  uint32_t due_count = 0;
  switch (when->kind) {
  case PLAN_AT:
    return hil->now_us >= when->at_us;
  case PLAN_SIGNAL:
    return signal_is_due(judge, when, &judge->when[index], hil);
  case PLAN_AFTER:
    return judge->mark_us[when->mark] != JUDGE_NEVER &&
           hil->now_us >= judge->mark_us[when->mark] + when->at_us;
  default:
    break;
  }
  for (uint32_t i = 0; i < when->child_count; i++) {
    due_count += when_is_due(judge, when->child_first + i, hil) ? 1 : 0;
  }
  return when->kind == PLAN_ALL ? due_count == when->child_count : due_count > 0;
}

uint32_t judge_events(judge_t *judge, const hil_t *hil, uint16_t event[JUDGE_NOTE_MAX]) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < judge->pending_event_count;) {
    uint16_t index = judge->pending_event[i];
    if (count == JUDGE_NOTE_MAX || !when_is_due(judge, judge->plan->event[index].when, hil)) {
      i++;
      continue;
    }
    judge->mark_us[index] = hil->now_us;
    event[count++] = index;
    judge->pending_event_count--;
    for (uint32_t k = i; k < judge->pending_event_count; k++) {
      judge->pending_event[k] = judge->pending_event[k + 1];
    }
  }
  return count;
}
