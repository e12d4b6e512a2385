/// Looks at the checks of a run tick by tick.
#include "judge_state.h"
#include "../sim/rare.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_us = 1000 };

static const uint64_t FIRST_FRAME_us = 1000000;

void judge_decide(judge_check_t *state, verdict_t verdict, uint64_t now_us, const char *format,
                  ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(state->text, sizeof state->text, format, arguments);
  va_end(arguments);
  state->phase = JUDGE_DECIDED;
  state->verdict = (uint8_t)verdict;
  state->decided_us = now_us;
}

/// Events first: a trigger that follows one sees it in the same tick.
static void list_pending(judge_t *judge) {
  const scenario_plan_t *plan = judge->plan;
  for (uint32_t i = 0; i < plan->event_count; i++) {
    judge->pending[judge->pending_count++] =
        (judge_pending_t){(uint16_t)i, plan->event[i].when, PLAN_NONE, 0};
  }
  for (uint32_t i = 0; i < plan->trigger_count; i++) {
    const plan_trigger_t *trigger = &plan->trigger[i];
    judge->pending[judge->pending_count++] =
        (judge_pending_t){trigger->mark, trigger->when, trigger->after, trigger->from_us};
  }
}

judge_t *judge_open(const scenario_plan_t *plan, const soul_drive_t *drive) {
  judge_t *judge = calloc(1, sizeof *judge);
  if (judge == NULL) {
    return NULL;
  }
  judge->plan = plan;
  judge->drive = drive;
  judge->profile_us = JUDGE_NEVER;
  judge->mark_us = calloc(plan->mark_count + 1, sizeof *judge->mark_us);
  judge->when = calloc(plan->when_count + 1, sizeof *judge->when);
  judge->check = calloc(plan->check_count + 1, sizeof *judge->check);
  judge->pending = calloc(plan->event_count + plan->trigger_count + 1, sizeof *judge->pending);
  if (judge->mark_us == NULL || judge->when == NULL || judge->check == NULL ||
      judge->pending == NULL) {
    judge_close(judge);
    return NULL;
  }
  for (uint32_t i = 0; i < plan->mark_count; i++) {
    judge->mark_us[i] = JUDGE_NEVER;
  }
  for (uint32_t i = 0; i < plan->when_count; i++) {
    judge->when[i].since_us = JUDGE_NEVER;
  }
  list_pending(judge);
  for (uint32_t i = 0; i < plan->check_count; i++) {
    judge->open_check[judge->open_check_count++] = (uint16_t)i;
  }
  return judge;
}

void judge_close(judge_t *judge) {
  if (judge == NULL) {
    return;
  }
  free(judge->mark_us);
  free(judge->when);
  free(judge->check);
  free(judge->pending);
  free(judge);
}

void judge_profile_begins(judge_t *judge, uint64_t time_us) { judge->profile_us = time_us; }

uint64_t judge_mark_us(const judge_t *judge, uint16_t mark) {
  return mark < judge->plan->mark_count ? judge->mark_us[mark] : JUDGE_NEVER;
}

const char *judge_check_text(const judge_t *judge, uint32_t check) {
  return judge->check[check].text;
}

uint64_t judge_begin_us(const judge_t *judge, const plan_check_t *check) {
  return check->after == PLAN_NONE ? 0 : judge->mark_us[check->after];
}

void judge_set_mark(judge_t *judge, const plan_check_t *check, uint64_t now_us) {
  judge->mark_us[check->mark] = now_us;
}

static double ms(uint64_t us) { return (double)us / 1000.0; }

RARE static void expect_comes_true(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                                   uint64_t elapsed_us, uint64_t now_us) {
  state->true_us = now_us;
  judge_set_mark(judge, check, now_us);
  if (elapsed_us < check->not_before_us) {
    judge_decide(state, VERDICT_FAIL, now_us, "after %.1f ms, not before %.1f ms", ms(elapsed_us),
                 ms(check->not_before_us));
  } else if (check->holds_us > 0) {
    state->phase = JUDGE_HOLDING;
    snprintf(state->text, sizeof state->text, "after %.1f ms", ms(elapsed_us));
  } else {
    judge_decide(state, VERDICT_PASS, now_us, "after %.1f ms", ms(elapsed_us));
  }
}

judge_reading_t judge_read(judge_t *judge, const plan_check_t *check, const hil_t *hil) {
  if (check->when != PLAN_NONE) {
    return (judge_reading_t){
        .is_true = judge_when(judge, check->when, hil), .value = (double)NAN, .signal = PLAN_NONE};
  }
  return check->kind == CHECK_NEVER ? judge_any(judge->plan, &check->probe, hil)
                                    : judge_all(judge->plan, &check->probe, hil);
}

void judge_seen_text(const judge_t *judge, const plan_check_t *check, const hil_t *hil,
                     judge_reading_t *reading, char *text, size_t text_bytes) {
  char value[64];
  if (check->when != PLAN_NONE) {
    text[0] = '\0';
    judge_when_text(judge, check->when, hil, text, text_bytes);
    return;
  }
  reading->signal = judge_signal(judge->plan, &check->probe, hil, *reading);
  judge_value_text(reading->signal, reading->value, value, sizeof value);
  snprintf(text, text_bytes, "%s is %s", signals_at(reading->signal)->name, value);
}

/// How far a value is from where the check would be decided by it: the least counts.
static double distance(const plan_check_t *check, double limit, double value) {
  const plan_probe_t *probe = &check->probe;
  double from = probe->other != NULL ? value - limit : value;
  int is_upper = probe->op == PLAN_GT || probe->op == PLAN_GE;
  double meets = is_upper ? from : -from;
  if (probe->op == PLAN_NEAR) {
    meets = -fabs(value - limit);
  }
  return check->kind == CHECK_ALWAYS ? meets : -meets;
}

/// Keeps the value that has come nearest: to breaking an invariant or prohibition, to meeting an
/// expectation.
APART static void note_extreme(const judge_t *judge, const plan_check_t *check,
                               judge_check_t *state, const hil_t *hil) {
  judge_reading_t reading = state->last;
  double limit = judge_limit(&check->probe, hil);
  double near = distance(check, limit, reading.value);
  if (isnan(near) || (state->has_extreme && !(near < state->nearest))) {
    return;
  }
  state->has_extreme = 1;
  state->nearest = near;
  state->extreme = reading.value;
  state->extreme_limit = limit;
  state->extreme_signal = judge_signal(judge->plan, &check->probe, hil, reading);
}

APART static int look_hold(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                           const hil_t *hil) {
  uint64_t now_us = hil->now_us, from_us = judge_begin_us(judge, check);
  char seen[160];
  if (!state->last.is_true) {
    judge_seen_text(judge, check, hil, &state->last, seen, sizeof seen);
    judge_decide(state, VERDICT_FAIL, now_us, "true after %.1f ms, held %.3f of %.3f s, then %s",
                 ms(state->true_us - from_us), ms(now_us - TICK_us - state->true_us) / 1000.0,
                 ms(check->holds_us) / 1000.0, seen);
    return 1;
  }
  if (now_us - state->true_us < check->holds_us) {
    return 0;
  }
  judge_decide(state, VERDICT_PASS, now_us, "after %.1f ms, held %.3f s",
               ms(state->true_us - from_us), ms(check->holds_us) / 1000.0);
  return 1;
}

RARE static int miss_expect(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                            const hil_t *hil, int is_late) {
  char seen[160], value[64], nearest[80] = "";
  judge_seen_text(judge, check, hil, &state->last, seen, sizeof seen);
  if (state->has_extreme && check->probe.op != PLAN_EQ && check->probe.op != PLAN_NE) {
    judge_value_text(state->extreme_signal, state->extreme, value, sizeof value);
    snprintf(nearest, sizeof nearest, ", nearest %s", value);
  }
  if (is_late) {
    judge_decide(state, VERDICT_FAIL, hil->now_us, "not within %.1f ms: %s%s", ms(check->within_us),
                 seen, nearest);
  } else {
    judge_decide(state, VERDICT_FAIL, hil->now_us, "not before %s: %s%s",
                 judge_mark_name(judge, check->until), seen, nearest);
  }
  return 1;
}

/// Returns 1 iff something happened that is worth a note.
APART static int look_expect(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                             const hil_t *hil) {
  uint64_t now_us = hil->now_us, from_us = judge_begin_us(judge, check);
  if (check->at_end || now_us < from_us) {
    if (check->when != PLAN_NONE) {
      judge_when_prepare(judge, check->when, hil);
    }
    return 0;
  }
  if (state->phase == JUDGE_WAITING) {
    state->phase = JUDGE_ACTIVE;
  }
  state->last = judge_read(judge, check, hil);
  if (state->phase == JUDGE_HOLDING) {
    return look_hold(judge, check, state, hil);
  }
  if (check->has_probe) {
    note_extreme(judge, check, state, hil);
  }
  int is_behind = check->until != PLAN_NONE && judge->mark_us[check->until] < now_us;
  int is_in_time = !check->has_deadline || now_us - from_us <= check->within_us;
  if (state->last.is_true && is_in_time && !is_behind) {
    expect_comes_true(judge, check, state, now_us - from_us, now_us);
    return 1;
  }
  int is_late = check->has_deadline && now_us - from_us >= check->within_us;
  return is_late || is_behind ? miss_expect(judge, check, state, hil, is_late) : 0;
}

/// 1 iff the check's span covers this moment.
static int span_is_open(const judge_t *judge, const plan_check_t *check, uint64_t now_us) {
  uint64_t from_us = judge_begin_us(judge, check);
  if (now_us < from_us || now_us < check->from_us) {
    return 0;
  }
  return check->until == PLAN_NONE || judge->mark_us[check->until] >= now_us;
}

/// 1 iff the value is no nearer to breaking the check than one that did not: the usual tick. For
/// one comparison by order with a fixed limit only; not for NaN. Conditions have no extreme.
static int is_inside(const plan_check_t *check, const judge_check_t *state, const hil_t *hil) {
  const plan_probe_t *probe = &check->probe;
  if (!state->has_extreme || probe->other != NULL || probe->op > PLAN_LE ||
      (probe->only == NULL && !probe->is_run)) {
    return 0;
  }
  int is_never = check->kind == CHECK_NEVER,
      is_upper = probe->op == PLAN_GT || probe->op == PLAN_GE;
  int wants_max = is_never == is_upper;
  double value = probe->only != NULL ? signals_read(probe->only, hil)
                                     : signals_run_extreme(&probe->run, hil, wants_max);
  return wants_max ? value <= state->extreme : value >= state->extreme;
}

RARE static int break_invariant(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                                const hil_t *hil) {
  int is_never = check->kind == CHECK_NEVER;
  char seen[160], limit[100] = "";
  judge_seen_text(judge, check, hil, &state->last, seen, sizeof seen);
  if (check->when != PLAN_NONE) {
    judge_decide(state, VERDICT_FAIL, hil->now_us, "%s at %.3f s, where its condition %s", seen,
                 ms(hil->now_us) / 1000.0, is_never ? "must not hold" : "must hold");
    return 1;
  }
  judge_wanted_text(&check->probe, state->last.signal, hil, limit, sizeof limit);
  judge_decide(state, VERDICT_FAIL, hil->now_us, "%s at %.3f s, %s %s", seen,
               ms(hil->now_us) / 1000.0, is_never ? "never" : "must be", limit);
  return 1;
}

/// Never: any of the signals may not meet it. Always: all of them must.
APART static int read_invariant(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                                const hil_t *hil) {
  int is_never = check->kind == CHECK_NEVER;
  state->last = judge_read(judge, check, hil);
  if (check->has_probe) {
    note_extreme(judge, check, state, hil);
  }
  return state->last.is_true == is_never ? break_invariant(judge, check, state, hil) : 0;
}

static int look_invariant(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil) {
  if (!span_is_open(judge, check, hil->now_us)) {
    if (check->when != PLAN_NONE && state->phase == JUDGE_WAITING) {
      judge_when_prepare(judge, check->when, hil);
    }
    return 0;
  }
  state->phase = JUDGE_ACTIVE;
  return is_inside(check, state, hil) ? 0 : read_invariant(judge, check, state, hil);
}

static int look_period(const plan_check_t *check, judge_check_t *state, const hil_t *hil) {
  const hil_last_frame_t *last = &hil->last_frame[check->can_message];
  double worst_ms = check->period_ms + check->tolerance_ms;
  if (hil->now_us < check->from_us) {
    return 0;
  }
  uint64_t since_ns =
      state->frame_count > 0 ? state->frame_ns : (check->from_us + FIRST_FRAME_us) * 1000;
  if (last->count != state->frame_count && last->time_ns >= check->from_us * 1000) {
    double period_ms = (double)(last->time_ns - state->frame_ns) / 1e6;
    int is_first = state->frame_count == 0;
    state->frame_ns = last->time_ns;
    state->frame_count = last->count;
    if (is_first) {
      return 0;
    }
    state->phase = JUDGE_ACTIVE;
    double deviation_ms = fabs(period_ms - check->period_ms);
    if (!state->has_extreme || deviation_ms > state->extreme) {
      state->extreme = deviation_ms;
    }
    state->has_extreme = 1;
    if (deviation_ms <= check->tolerance_ms) {
      return 0;
    }
    judge_decide(state, VERDICT_FAIL, hil->now_us, "%.2f ms between two frames at %.3f s",
                 period_ms, ms(hil->now_us) / 1000.0);
    return 1;
  }
  if ((double)hil->now_us * 1000.0 <= (double)since_ns + worst_ms * 1e6) {
    return 0;
  }
  state->has_extreme = 1;
  state->extreme = (double)(hil->now_us * 1000 - since_ns) / 1e6 - check->period_ms;
  judge_decide(state, VERDICT_FAIL, hil->now_us, "no frame for more than %.1f ms at %.3f s",
               worst_ms, ms(hil->now_us) / 1000.0);
  return 1;
}

APART static void look_drive(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                             const hil_t *hil) {
  const soul_drive_t *drive = judge->drive;
  if (drive == NULL || judge->profile_us == JUDGE_NEVER) {
    return;
  }
  double time_s = (double)(hil->now_us - judge->profile_us) * 1e-6;
  while (state->scan < drive->scan_count && drive->scan[state->scan].time_s <= time_s) {
    const signal_t *signal = signals_at(judge->plan->probe_signal[check->probe.first]);
    double error = signals_read(signal, hil) - drive->scan[state->scan++].pack_V;
    state->sum += error * error;
    state->sample_count++;
  }
}

void judge_look_statistic(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil) {
  if (check->stat == PLAN_STAT_NONE || !span_is_open(judge, check, hil->now_us)) {
    return;
  }
  state->phase = JUDGE_ACTIVE;
  if (check->stat == PLAN_STAT_SOUL) {
    look_drive(judge, check, state, hil);
    return;
  }
  double value = signals_read(signals_at(judge->plan->probe_signal[check->probe.first]), hil);
  if (isnan(value)) {
    return;
  }
  int is_first = state->sample_count++ == 0;
  switch (check->stat) {
  case PLAN_STAT_MIN:
    state->extreme = is_first ? value : fmin(state->extreme, value);
    break;
  case PLAN_STAT_MAX:
    state->extreme = is_first ? value : fmax(state->extreme, value);
    break;
  case PLAN_STAT_MEAN:
    state->sum += value;
    break;
  case PLAN_STAT_RMS:
    state->sum += value * value;
    break;
  default:
    state->extreme = value;
    break;
  }
}

static int look(judge_t *judge, uint32_t index, const hil_t *hil) {
  const plan_check_t *check = &judge->plan->check[index];
  judge_check_t *state = &judge->check[index];
  if (check->every_us > TICK_us && hil->now_us % check->every_us != 0) {
    return 0;
  }
  switch (check->kind) {
  case CHECK_EXPECT:
    if (check->order_count > 0) {
      return judge_look_order(judge, check, state, hil);
    }
    return check->is_count ? judge_look_count(judge, check, state, hil)
                           : look_expect(judge, check, state, hil);
  case CHECK_ALWAYS:
  case CHECK_NEVER:
    return check->can_message != PLAN_NONE ? look_period(check, state, hil)
                                           : look_invariant(judge, check, state, hil);
  default:
    /* the last value is read once, at the end */
    if (check->stat == PLAN_STAT_LAST && check->until == PLAN_NONE) {
      return 0;
    }
    judge_look_statistic(judge, check, state, hil);
    return 0;
  }
}

uint32_t judge_tick(judge_t *judge, const hil_t *hil, uint16_t check[JUDGE_NOTE_MAX]) {
  uint32_t count = 0, kept = 0;
  for (uint32_t i = 0; i < judge->open_check_count; i++) {
    uint16_t index = judge->open_check[i];
    if (look(judge, index, hil)) {
      check[count++] = index;
    }
    if (judge->check[index].phase != JUDGE_DECIDED) {
      judge->open_check[kept++] = index;
    }
  }
  judge->open_check_count = kept;
  return count;
}

void judge_finish(judge_t *judge, const hil_t *hil, run_result_t *result) {
  static const uint8_t weight[] = {
      [VERDICT_INCONCLUSIVE] = 1, [VERDICT_FAIL] = 2, [VERDICT_ERROR] = 3};
  verdict_t worst = VERDICT_PASS;
  result->check_count = judge->plan->check_count;
  for (uint32_t i = 0; i < judge->plan->check_count; i++) {
    judge_conclude(judge, i, hil, &result->check[i]);
    verdict_t verdict = (verdict_t)result->check[i].verdict;
    worst = weight[verdict] > weight[worst] ? verdict : worst;
  }
  result->verdict = (uint8_t)worst;
}
