/// Expectations of a count and of an order.
#include <stdio.h>

#include "judge_state.h"

static void note_count(const plan_check_t *check, judge_check_t *state, uint32_t count) {
  state->has_extreme = 1;
  state->extreme = count;
  int is_too_few = count < check->count_min || !check->has_count_max;
  state->extreme_limit = is_too_few ? check->count_min : check->count_max;
}

static void range_text(const plan_check_t *check, char *text, size_t text_bytes) {
  if (!check->has_count_max) {
    snprintf(text, text_bytes, "%u or more", check->count_min);
  } else if (check->count_min == check->count_max) {
    snprintf(text, text_bytes, "%u", check->count_min);
  } else {
    snprintf(text, text_bytes, "%u..%u", check->count_min, check->count_max);
  }
}

static int decide_count(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                        uint64_t now_us) {
  uint32_t count = judge->when[check->when].count;
  int is_right = count >= check->count_min && (!check->has_count_max || count <= check->count_max);
  char allowed[40];
  range_text(check, allowed, sizeof allowed);
  note_count(check, state, count);
  judge_decide(state, is_right ? VERDICT_PASS : VERDICT_FAIL, now_us, "%u time%s, allowed %s",
               count, count == 1 ? "" : "s", allowed);
  if (is_right) {
    state->true_us = now_us;
    judge_set_mark(judge, check, now_us);
  }
  return 1;
}

int judge_look_count(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                     const hil_t *hil) {
  uint64_t now_us = hil->now_us, from_us = judge_begin_us(judge, check);
  if (now_us < from_us) {
    judge_when_prepare(judge, check->when, hil);
    return 0;
  }
  if (check->until != PLAN_NONE && judge->mark_us[check->until] < now_us) {
    return decide_count(judge, check, state, now_us);
  }
  state->phase = JUDGE_ACTIVE;
  (void)judge_when(judge, check->when, hil);
  int is_too_often = check->has_count_max && judge->when[check->when].count > check->count_max;
  int is_over = check->has_deadline && now_us - from_us >= check->within_us;
  return is_too_often || is_over ? decide_count(judge, check, state, now_us) : 0;
}

void judge_conclude_count(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil) {
  if (check->has_deadline || state->phase == JUDGE_WAITING) {
    judge_decide(state, VERDICT_INCONCLUSIVE, hil->now_us,
                 "the run ended before its time was over");
  } else {
    (void)decide_count(judge, check, state, hil->now_us);
  }
}

static uint64_t mark_at(const judge_t *judge, const plan_check_t *check, uint32_t place) {
  return judge->mark_us[judge->plan->order[check->order_first + place]];
}

static const char *name_at(const judge_t *judge, const plan_check_t *check, uint32_t place) {
  return judge_mark_name(judge, judge->plan->order[check->order_first + place]);
}

/// Marks of one tick are in order, whichever way they stand.
int judge_look_order(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                     const hil_t *hil) {
  uint32_t last = check->order_count - 1u;
  for (uint32_t i = 0; i < last; i++) {
    uint64_t one_us = mark_at(judge, check, i), next_us = mark_at(judge, check, i + 1);
    if (one_us > next_us) {
      if (next_us == hil->now_us && one_us == JUDGE_NEVER) {
        return 0; /* the tick is not over: the earlier one may be judged behind this check */
      }
      judge_decide(state, VERDICT_FAIL, hil->now_us, "%s at %.3f s, before %s",
                   name_at(judge, check, i + 1), (double)next_us * 1e-6, name_at(judge, check, i));
      return 1;
    }
  }
  if (mark_at(judge, check, last) == JUDGE_NEVER) {
    return 0;
  }
  double took_ms = (double)(mark_at(judge, check, last) - mark_at(judge, check, 0)) / 1000.0;
  int is_right = !check->has_deadline || took_ms <= (double)check->within_us / 1000.0;
  if (check->has_deadline) {
    state->has_extreme = 1;
    state->extreme = took_ms;
    state->extreme_limit = (double)check->within_us / 1000.0;
  }
  judge_decide(state, is_right ? VERDICT_PASS : VERDICT_FAIL, hil->now_us,
               "in order, %.1f ms from %s to %s", took_ms, name_at(judge, check, 0),
               name_at(judge, check, last));
  if (is_right) {
    judge_set_mark(judge, check, hil->now_us);
  }
  return 1;
}

/// Nothing of it happened: nothing was tested. A part of it: the rest is missing.
void judge_conclude_order(judge_t *judge, const plan_check_t *check, judge_check_t *state,
                          const hil_t *hil) {
  uint32_t missing = 0;
  if (judge_look_order(judge, check, state, hil)) {
    return; /* the last one came in the last tick */
  }
  while (mark_at(judge, check, missing) != JUDGE_NEVER) {
    missing++;
  }
  judge_decide(state, missing == 0 ? VERDICT_INCONCLUSIVE : VERDICT_FAIL, hil->now_us,
               "%s never happened", name_at(judge, check, missing));
}
