/// Ends a run's checks: decides what was left open and writes margins and words.
#include "judge_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "validate_soul.h"

static const double TICK_ms = 1.0;

const char *judge_mark_name(const judge_t *judge, uint16_t mark) {
  const scenario_plan_t *plan = judge->plan;
  uint32_t first_trigger = plan->mark_count - plan->trigger_count;
  if (mark < plan->event_count) {
    return plan->event[mark].id;
  }
  return mark < first_trigger ? plan->check[mark - plan->event_count].id
                              : plan->trigger[mark - first_trigger].name;
}

static int trigger_is_missing(const judge_t *judge, uint16_t mark) {
  return mark != PLAN_NONE && judge->mark_us[mark] == JUDGE_NEVER;
}

static void conclude_at_end(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                            const hil_t *hil) {
  char seen[160], wanted[100];
  state->last = judge_read(judge, check, hil);
  judge_seen_text(judge, check, hil, &state->last, seen, sizeof seen);
  verdict_t verdict = state->last.is_true ? VERDICT_PASS : VERDICT_FAIL;
  if (check->when != PLAN_NONE) {
    judge_decide(state, verdict, hil->now_us, "%s at the end: the condition is %s", seen,
                 state->last.is_true ? "true" : "false");
    return;
  }
  state->extreme_limit = judge_limit(&check->probe, hil);
  judge_wanted_text(&check->probe, state->last.signal, hil, wanted, sizeof wanted);
  judge_decide(state, verdict, hil->now_us, "%s at the end, wanted %s", seen, wanted);
}

static void conclude_expect(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                            const hil_t *hil) {
  char seen[160];
  if (check->order_count > 0) {
    judge_conclude_order(judge, check, state, hil);
  } else if (trigger_is_missing(judge, check->after)) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us, "%s never happened",
                 judge_mark_name(judge, check->after));
  } else if (check->is_count) {
    judge_conclude_count(judge, check, state, hil);
  } else if (check->at_end) {
    conclude_at_end(judge, check, state, hil);
  } else if (state->phase == JUDGE_HOLDING) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us,
                 "the run ended before it had held %.3f s", (double)check->holds_us * 1e-6);
  } else if (check->has_deadline) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us, "the run ended before its deadline");
  } else if (state->phase == JUDGE_WAITING) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us, "the run ended before its time began");
  } else {
    judge_seen_text(judge, check, hil, &state->last, seen, sizeof seen);
    judge_decide(state, VERDICT_FAIL, hil->now_us, "never came true: %s at the end", seen);
  }
}

static void conclude_invariant(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                               const hil_t *hil) {
  char value[64];
  if (trigger_is_missing(judge, check->after)) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us, "%s never happened",
                 judge_mark_name(judge, check->after));
  } else if (state->phase != JUDGE_ACTIVE) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us,
                 "never looked at: the run was too short");
  } else if (check->can_message != PLAN_NONE) {
    judge_decide(state, VERDICT_PASS, hil->now_us, "every period within %.2f ms of %.1f ms",
                 state->extreme, check->period_ms);
  } else if (state->has_extreme) {
    judge_value_text(state->extreme_signal, state->extreme, value, sizeof value);
    judge_decide(state, VERDICT_PASS, hil->now_us, "nearest: %s was %s",
                 signals_at(state->extreme_signal)->name, value);
  } else if (check->when != PLAN_NONE) {
    judge_decide(state, VERDICT_PASS, hil->now_us, "its condition %s",
                 check->kind == CHECK_NEVER ? "never held" : "always held");
  } else {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us, "its signals showed nothing");
  }
}

static double statistic(const plan_check_t *check, const judge_check_t *state) {
  double count = (double)state->sample_count;
  switch (check->stat) {
  case PLAN_STAT_MEAN:
    return state->sum / count;
  case PLAN_STAT_RMS:
  case PLAN_STAT_SOUL:
    return sqrt(state->sum / count);
  default:
    return state->extreme;
  }
}

/// RMS error of the drive beside two models that know only the pack as a whole.
static void conclude_drive(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                           const hil_t *hil) {
  validate_soul_t score;
  if (validate_soul(&judge->plan->cell, judge->drive, &score) < 0) {
    judge_decide(state, VERDICT_ERROR, hil->now_us, "the pack could not be scored");
    return;
  }
  double rmse_V = state->extreme;
  int is_right = (!check->has_limit || judge_compare(&check->probe, check->probe.value, rmse_V)) &&
                 rmse_V < score.constant_rmse_V && rmse_V < score.linear_rmse_V;
  judge_decide(
      state, is_right ? VERDICT_PASS : VERDICT_FAIL, hil->now_us,
      "%.3f V RMSE over %llu scans; baselines: constant OCV and R %.3f V, OCV linear in Ah "
      "and R %.3f V",
      rmse_V, (unsigned long long)state->sample_count, score.constant_rmse_V, score.linear_rmse_V);
}

static void conclude_statistic(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                               const hil_t *hil) {
  static const char *const words[] = {"", "least", "greatest", "mean", "RMS", "last", "RMSE"};
  char value[64];
  uint16_t signal = judge->plan->probe_signal[check->probe.first];
  if (check->stat == PLAN_STAT_LAST && check->until == PLAN_NONE) {
    judge_look_statistic(judge, check, state, hil);
  }
  if (state->sample_count == 0) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us, "nothing to measure in its span");
    return;
  }
  state->extreme = statistic(check, state);
  state->has_extreme = 1;
  if (check->stat == PLAN_STAT_SOUL) {
    conclude_drive(judge, check, state, hil);
    return;
  }
  judge_value_text(signal, state->extreme, value, sizeof value);
  int is_right =
      !check->has_limit || judge_compare(&check->probe, check->probe.value, state->extreme);
  judge_decide(state, is_right ? VERDICT_PASS : VERDICT_FAIL, hil->now_us, "%s of %s: %s",
               words[check->stat], signals_at(signal)->name, value);
}

static void conclude_time(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil) {
  uint16_t missing = trigger_is_missing(judge, check->after) ? check->after : check->until;
  if (trigger_is_missing(judge, missing)) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us, "%s never happened",
                 judge_mark_name(judge, missing));
    return;
  }
  uint64_t from_us = judge->mark_us[check->after], to_us = judge->mark_us[check->until];
  state->extreme = ((double)to_us - (double)from_us) / 1000.0;
  state->has_extreme = 1;
  int is_right = to_us >= from_us && (!check->has_limit || state->extreme <= check->limit_ms);
  judge_decide(state, is_right ? VERDICT_PASS : VERDICT_FAIL, hil->now_us, "%.1f ms from %s to %s",
               state->extreme, judge_mark_name(judge, check->after),
               judge_mark_name(judge, check->until));
}

static void set_margin(check_result_t *result, double value, double limit, const char *unit) {
  result->has_margin = 1;
  result->value = value;
  result->limit = limit;
  snprintf(result->unit, sizeof result->unit, "%s", unit);
}

/// How near a value came: a deviation beside its tolerance, a difference to another signal, or the
/// value beside its limit.
static void value_margin(const plan_check_t *check, double value, double limit, const char *unit,
                         check_result_t *result) {
  const plan_probe_t *probe = &check->probe;
  if (isnan(value) || isnan(limit)) {
    return;
  }
  if (probe->op == PLAN_NEAR) {
    set_margin(result, fabs(value - limit), probe->tolerance, unit);
  } else if (probe->op <= PLAN_LE && probe->other != NULL) {
    set_margin(result, value - limit, 0.0, unit);
  } else if (probe->op <= PLAN_LE && unit[0] != '\0') {
    set_margin(result, value, limit, unit);
  }
}

/// Of an expectation that came true: the time of its deadline; of one that failed all the same what
/// it failed by: the least time, or how long it had to hold.
static void time_margin(const judge_t *judge, const plan_check_t *check, const judge_check_t *state,
                        check_result_t *result) {
  uint64_t took_us = state->true_us - judge_begin_us(judge, check);
  if (took_us < check->not_before_us) {
    set_margin(result, (double)took_us / 1000.0, (double)check->not_before_us / 1000.0, "ms");
  } else if (state->verdict == VERDICT_FAIL) {
    set_margin(result, (double)(state->decided_us - state->true_us) / 1000.0 - TICK_ms,
               (double)check->holds_us / 1000.0, "ms");
  } else if (check->has_deadline) {
    set_margin(result, (double)took_us / 1000.0, (double)check->within_us / 1000.0, "ms");
  }
}

static void expect_margin(const judge_t *judge, const plan_check_t *check,
                          const judge_check_t *state, const char *unit, check_result_t *result) {
  if (check->order_count > 0 || check->is_count) {
    if (state->has_extreme) {
      set_margin(result, state->extreme, state->extreme_limit, check->is_count ? "times" : "ms");
    }
  } else if (check->at_end && state->verdict != VERDICT_INCONCLUSIVE && check->has_probe) {
    value_margin(check, state->last.value, state->extreme_limit, unit, result);
  } else if (state->true_us > 0) {
    time_margin(judge, check, state, result);
  } else if (state->verdict == VERDICT_FAIL && state->has_extreme) {
    value_margin(check, state->extreme, state->extreme_limit, unit, result);
  }
}

static void fill_margin(const judge_t *judge, const plan_check_t *check, const judge_check_t *state,
                        check_result_t *result) {
  const char *unit = "";
  if (check->has_probe) {
    unit = signals_at(judge->plan->probe_signal[check->probe.first])->unit;
  }
  if (check->kind == CHECK_EXPECT) {
    expect_margin(judge, check, state, unit, result);
    return;
  }
  if (!state->has_extreme || isnan(state->extreme)) {
    return;
  }
  if (check->can_message != PLAN_NONE) {
    set_margin(result, state->extreme, check->tolerance_ms, "ms");
    return;
  }
  if (check->kind == CHECK_MEASURE && !check->has_limit) {
    return;
  }
  if (check->kind == CHECK_MEASURE && !check->has_probe) {
    set_margin(result, state->extreme, check->limit_ms, "ms");
    return;
  }
  int is_figure = check->kind == CHECK_MEASURE;
  value_margin(check, state->extreme, is_figure ? check->probe.value : state->extreme_limit, unit,
               result);
}

void judge_conclude(judge_t *judge, uint32_t index, const hil_t *hil, check_result_t *result) {
  const plan_check_t *check = &judge->plan->check[index];
  judge_check_t *state = &judge->check[index];
  int is_open = state->phase != JUDGE_DECIDED;
  if (is_open && check->kind == CHECK_EXPECT) {
    conclude_expect(judge, check, state, hil);
  }
  if (is_open && (check->kind == CHECK_ALWAYS || check->kind == CHECK_NEVER)) {
    conclude_invariant(judge, check, state, hil);
  }
  if (is_open && check->kind == CHECK_MEASURE) {
    if (check->has_probe) {
      conclude_statistic(judge, check, state, hil);
    } else {
      conclude_time(judge, check, state, hil);
    }
  }
  memset(result, 0, sizeof *result);
  snprintf(result->id, sizeof result->id, "%s", check->id);
  result->kind = check->kind;
  result->verdict = state->verdict;
  result->at_s = state->verdict == VERDICT_INCONCLUSIVE ? -1.0 : (double)state->decided_us * 1e-6;
  snprintf(result->text, sizeof result->text, "%s", state->text);
  fill_margin(judge, check, state, result);
}

int judge_margin(const judge_t *judge, uint32_t index, check_result_t *margin) {
  const plan_check_t *check = &judge->plan->check[index];
  const judge_check_t *state = &judge->check[index];
  memset(margin, 0, sizeof *margin);
  int is_open = state->phase != JUDGE_DECIDED;
  if (is_open && check->kind == CHECK_MEASURE) {
    return 0;
  }
  if (is_open && check->kind == CHECK_EXPECT && (check->at_end || check->order_count > 0)) {
    return 0;
  }
  fill_margin(judge, check, state, margin);
  return margin->has_margin;
}
