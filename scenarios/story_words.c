/// Conditions and checks in words: see story_words.h.
#include "story_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "judge_probe.h"

enum { DEPTH_MAX = 8 };

typedef struct {
  char *text;
  size_t bytes;
} words_t;

static void say(words_t *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(words_t *words, const char *format, ...) {
  va_list arguments;
  size_t used = strlen(words->text);
  va_start(arguments, format);
  (void)vsnprintf(words->text + used, words->bytes - used, format, arguments);
  va_end(arguments);
}

const char *story_mark_name(const scenario_plan_t *plan, uint16_t mark) {
  if (mark < plan->event_count) return plan->event[mark].id;
  for (uint32_t i = 0; i < plan->check_count; i++) {
    if (plan->check[i].mark == mark) return plan->check[i].id;
  }
  for (uint32_t i = 0; i < plan->trigger_count; i++) {
    if (plan->trigger[i].mark == mark) return plan->trigger[i].name;
  }
  return "?";
}

static void say_signals(words_t *words, const scenario_plan_t *plan, const plan_probe_t *probe) {
  const uint16_t *signal = plan->probe_signal + probe->first;
  say(words, "%s", signals_at(signal[0])->name);
  if (probe->count == 2) say(words, ", %s", signals_at(signal[1])->name);
  if (probe->count > 2) {
    say(words, " to %s (%u)", signals_at(signal[probe->count - 1])->name, (unsigned)probe->count);
  }
}

static void say_limit(words_t *words, const scenario_plan_t *plan, const plan_probe_t *probe) {
  char limit[64];
  judge_value_text(plan->probe_signal[probe->first], probe->value, limit, sizeof limit);
  say(words, " %s ", judge_op_text(probe->op));
  if (probe->other) {
    say(words, "%s", probe->other->name);
    if (probe->factor < 1 || probe->factor > 1) say(words, " * %.6g", probe->factor);
    if (probe->value < 0 || probe->value > 0) say(words, " %+.6g", probe->value);
  } else {
    say(words, "%s", limit);
  }
  if (probe->op == PLAN_NEAR) say(words, " +- %.6g", probe->tolerance);
}

static void say_when(words_t *words, const scenario_plan_t *plan, uint32_t index, uint32_t depth);

static void say_children(words_t *words, const scenario_plan_t *plan, const plan_when_t *when,
                         uint32_t depth) {
  const int has_frame = when->kind == PLAN_NOT || (depth > 0 && when->child_count > 1);
  say(words, "%s%s", when->kind == PLAN_NOT ? "not " : "", has_frame ? "(" : "");
  for (uint32_t i = 0; i < when->child_count && depth < DEPTH_MAX; i++) {
    if (i > 0) say(words, when->kind == PLAN_ALL ? " and " : " or ");
    say_when(words, plan, when->child_first + i, depth + 1);
  }
  say(words, "%s", has_frame ? ")" : "");
}

static void say_when(words_t *words, const scenario_plan_t *plan, uint32_t index, uint32_t depth) {
  static const char *const edge[] = {"", ", rising", ", falling", ", either way"};
  const plan_when_t *when = &plan->when[index];
  switch (when->kind) {
  case PLAN_AT:
    say(words, "at %.6g s", (double)when->at_us / 1e6);
    break;
  case PLAN_AFTER:
    say(words, "%.6g s after %s", (double)when->at_us / 1e6, story_mark_name(plan, when->mark));
    break;
  case PLAN_SIGNAL:
    say(words, "%s", when->needs_all && when->probe.count > 1 ? "all of " : "");
    say_signals(words, plan, &when->probe);
    say_limit(words, plan, &when->probe);
    break;
  default:
    say_children(words, plan, when, depth);
    break;
  }
  say(words, "%s", when->edge <= PLAN_EITHER ? edge[when->edge] : "");
  if (when->for_us > 0) say(words, " for %.6g s", (double)when->for_us / 1e6);
  if (when->times > 1) say(words, ", time %u", when->times);
}

void story_when_words(const scenario_plan_t *plan, uint32_t when, char *text, size_t text_bytes) {
  words_t words = {text, text_bytes};
  text[0] = 0;
  say_when(&words, plan, when, 0);
}

static void say_span(words_t *words, const scenario_plan_t *plan, const plan_check_t *check) {
  if (check->has_deadline) say(words, " within %.6g ms", (double)check->within_us / 1000.0);
  if (check->after != PLAN_NONE) say(words, " after %s", story_mark_name(plan, check->after));
  if (check->until != PLAN_NONE) say(words, " until %s", story_mark_name(plan, check->until));
  if (check->from_us > 0) say(words, " from %.6g s on", (double)check->from_us / 1e6);
  if (check->not_before_us > 0) {
    say(words, ", not before %.6g ms", (double)check->not_before_us / 1000.0);
  }
  if (check->holds_us > 0) say(words, ", held %.6g s", (double)check->holds_us / 1e6);
  if (check->at_end) say(words, " at the end");
}

static void say_measure(words_t *words, const scenario_plan_t *plan, const plan_check_t *check) {
  static const char *const what[] = {"", "least ", "greatest ", "mean ", "RMS ", "last ", "RMSE "};
  if (!check->has_probe) {
    say(words, "time from %s to %s", story_mark_name(plan, check->after),
        story_mark_name(plan, check->until));
    if (check->has_limit) say(words, " <= %.6g ms", check->limit_ms);
    return;
  }
  say(words, "%s", check->stat < sizeof what / sizeof what[0] ? what[check->stat] : "");
  say_signals(words, plan, &check->probe);
  if (check->has_limit) say_limit(words, plan, &check->probe);
  say_span(words, plan, check);
}

static void say_subject(words_t *words, const scenario_plan_t *plan, const plan_check_t *check) {
  if (check->order_count > 0) {
    for (uint32_t i = 0; i < check->order_count; i++) {
      say(words, "%s%s", i > 0 ? ", then " : "",
          story_mark_name(plan, plan->order[check->order_first + i]));
    }
  } else if (check->when != PLAN_NONE) {
    say_when(words, plan, check->when, 0);
  } else {
    say_signals(words, plan, &check->probe);
    say_limit(words, plan, &check->probe);
  }
  if (!check->is_count) return;
  say(words, ", at least %u times", check->count_min);
  if (check->has_count_max) say(words, ", at most %u", check->count_max);
}

void story_check_words(const scenario_plan_t *plan, const plan_check_t *check, char *text,
                       size_t text_bytes) {
  words_t words = {text, text_bytes};
  text[0] = 0;
  if (check->kind == CHECK_MEASURE) {
    say_measure(&words, plan, check);
    return;
  }
  if (check->can_message != PLAN_NONE) {
    say(&words, "a %s frame every %.6g ms +- %.6g ms",
        check->can_message < CAN_MSG_COUNT ? can_msg[check->can_message].name : "?",
        check->period_ms, check->tolerance_ms);
  } else {
    say(&words, "%s",
        check->kind == CHECK_NEVER    ? "never "
        : check->kind == CHECK_ALWAYS ? "always "
                                      : "");
    say_subject(&words, plan, check);
  }
  say_span(&words, plan, check);
}
