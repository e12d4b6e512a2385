/// Says in a sentence why a run did not pass, and in another what was going on then.
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "judge_probe.h"
#include "report_run.h"

enum { TARGETS_SAID = 3, MARKS_SAID = 5 };

static const double SHORT_s = 10, TICK_s = 0.0015;

static void say(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(char *text, const char *format, ...) {
  va_list arguments;
  size_t used = strlen(text);
  va_start(arguments, format);
  (void)vsnprintf(text + used, REPORT_SENTENCE_BYTES - used, format, arguments);
  va_end(arguments);
}

void report_fault_words(const cJSON *event, char *text, uint32_t text_bytes) {
  const cJSON *targets = cJSON_GetObjectItem(event, "targets");
  const char *fault = report_story_text(event, "fault");
  int count = cJSON_GetArraySize(targets), all = (int)report_story_number(event, "target_count");
  size_t used = 0;
  text[0] = 0;
  if (!fault[0]) return;
  double value = report_story_number(event, "value");
  used += (size_t)snprintf(text, text_bytes, "%s", fault);
  if (!isnan(value)) {
    used += (size_t)snprintf(text + used, text_bytes - used, " %.6g %s", value,
                             report_story_text(event, "unit"));
  }
  for (int i = 0; i < count && i < TARGETS_SAID && used + REPORT_NAME_BYTES < text_bytes; i++) {
    const char *target = cJSON_GetStringValue(cJSON_GetArrayItem(targets, i));
    used += (size_t)snprintf(text + used, text_bytes - used, "%s%s", i == 0 ? " on " : ", ",
                             target ? target : "?");
  }
  if (all > TARGETS_SAID && used + REPORT_NAME_BYTES < text_bytes) {
    used += (size_t)snprintf(text + used, text_bytes - used, " and %d more", all - TARGETS_SAID);
  }
  if (report_story_text(event, "other")[0] && used + REPORT_NAME_BYTES < text_bytes) {
    snprintf(text + used, text_bytes - used, " to %s", report_story_text(event, "other"));
  }
}

void report_sentence(const report_run_t *run, char text[REPORT_SENTENCE_BYTES]) {
  const run_result_t *result = run->result;
  text[0] = 0;
  if (result->verdict == VERDICT_PASS) return;
  if (result->error[0] || run->key < 0) {
    say(text, "%s", result->error[0] ? result->error : "it was not run");
    return;
  }
  const check_result_t *check = &result->check[run->key];
  const char *rule = report_story_text(report_run_check(run, (uint32_t)run->key), "rule");
  say(text, "%s: %s", check->id, check->text[0] ? check->text : verdict_text(check->verdict));
  if (check->kind == CHECK_EXPECT && !isnan(run->key_from_s)) {
    say(text, " (%.3f s)", check->at_s >= 0 ? check->at_s : run->key_from_s);
  }
  if (rule[0]) say(text, "; allowed: %s", rule);
}

static const cJSON *event_find(const report_run_t *run, const char *id) {
  const cJSON *event;
  cJSON_ArrayForEach(event, cJSON_GetObjectItem(run->story, "events")) {
    if (strcmp(report_story_text(event, "id"), id) == 0) return event;
  }
  return NULL;
}

/* How near the signal of a trigger came to its limit. */
static void say_nearest(const report_run_t *run, const cJSON *event, char *text) {
  recorder_series_t series = {0};
  const char *name = report_story_text(event, "signal");
  if (!name[0]) return;
  report_series(run, name, 0, run->end_s, &series);
  if (series.count == 0) report_states(run, name, &series);
  uint32_t best = 0;
  int looks_up = cJSON_IsTrue(cJSON_GetObjectItem(event, "looks_up"));
  for (uint32_t i = 1; i < series.count; i++) {
    int is_nearer =
        looks_up ? series.value[i] > series.value[best] : series.value[i] < series.value[best];
    if (is_nearer) best = i;
  }
  if (series.count > 0) {
    say(text, "; the nearest it came: %.6g %s at %.3f s", (double)series.value[best],
        report_story_text(event, "unit"), series.time_s[best]);
  }
  recorder_series_free(&series);
}

static void say_waiting(const report_run_t *run, const char *id, char *text) {
  const cJSON *event = event_find(run, id);
  if (!event) {
    say(text, "It starts with the expectation %s, which never came true.", id);
    return;
  }
  say(text, "%s waits for: %s", id, report_story_text(event, "when"));
  say_nearest(run, event, text);
  say(text, ".");
}

static int say_faults(const report_run_t *run, double at_s, char *text) {
  const cJSON *event;
  char words[REPORT_SENTENCE_BYTES];
  int said = 0;
  cJSON_ArrayForEach(event, cJSON_GetObjectItem(run->story, "events")) {
    double from_s = report_story_number(event, "at_s"), to_s = report_story_number(event, "to_s");
    report_fault_words(event, words, sizeof words);
    if (!words[0] || !(from_s <= at_s) || to_s < at_s || said == TARGETS_SAID) continue;
    say(text, "%s%s (%s, since %.3f s)", said++ == 0 ? "Acting then: " : ", ",
        report_story_text(event, "id"), words, from_s);
  }
  if (said > 0) say(text, ". ");
  return said;
}

/* What the BMS did from the trigger on: states and DTCs, with their delay. */
static void say_reaction(const report_run_t *run, double from_s, double to_s, char *text) {
  const cJSON *mark;
  const char *after = report_story_text(report_run_check(run, (uint32_t)run->key), "after");
  int said = 0;
  say(text, "From %s (%.3f s) to %.3f s the BMS ", after[0] ? after : "the start", from_s, to_s);
  cJSON_ArrayForEach(mark, cJSON_GetObjectItem(run->story, "marks")) {
    int is_state = strcmp(report_mark_text(mark, 1), "state") == 0;
    int is_dtc = strcmp(report_mark_text(mark, 1), "DTC") == 0;
    double at_s = report_mark_s(mark);
    if (!(is_state || is_dtc) || at_s < from_s - TICK_s || at_s > to_s + TICK_s) continue;
    if (said++ >= MARKS_SAID) continue;
    say(text, "%s%s %s%s%s at +%.0f ms", said > 1 ? ", " : "", is_state ? "went to" : "set",
        report_mark_text(mark, 2), report_mark_text(mark, 3)[0] ? " " : "",
        report_mark_text(mark, 3), 1000 * (at_s - from_s));
  }
  if (said == 0) say(text, "set no DTC and stayed in its state");
  if (said > MARKS_SAID) say(text, " and %d more", said - MARKS_SAID);
  say(text, ".");
}

/* The last thing before a moment: a fault that began, an event, a state, a DTC. */
static void say_before(const report_run_t *run, double at_s, char *text) {
  const cJSON *mark, *last = NULL;
  cJSON_ArrayForEach(mark, cJSON_GetObjectItem(run->story, "marks")) {
    if (strcmp(report_mark_text(mark, 1), "check") == 0 || report_mark_s(mark) > at_s + TICK_s)
      continue;
    last = mark;
  }
  if (!last) return;
  say(text, "The last thing before it: %s %s%s%s at %.3f s, %.0f ms earlier.",
      report_mark_text(last, 1), report_mark_text(last, 2), report_mark_text(last, 3)[0] ? " " : "",
      report_mark_text(last, 3), report_mark_s(last), 1000 * (at_s - report_mark_s(last)));
}

/* When the recording shows that a missed expectation came true after all. */
static void say_late(const report_run_t *run, double deadline_s, char *text) {
  const cJSON *story = report_run_check(run, (uint32_t)run->key);
  const char *name = report_story_text(story, "signal");
  plan_probe_t probe = {.op = (uint8_t)report_story_number(story, "op"),
                        .value = report_story_number(story, "value")};
  recorder_series_t series = {0};
  if (!name[0] || isnan(probe.value) || probe.op == PLAN_NEAR) return;
  report_states(run, name, &series);
  if (series.count == 0) report_series(run, name, deadline_s, run->end_s, &series);
  uint32_t i = 0;
  while (i < series.count && (series.time_s[i] < deadline_s - TICK_s ||
                              !judge_compare(&probe, probe.value, (double)series.value[i]))) {
    i++;
  }
  if (i < series.count) {
    say(text, " It came true at %.3f s, +%.0f ms: %.0f ms late.", series.time_s[i],
        1000 * (series.time_s[i] - run->key_from_s), 1000 * (series.time_s[i] - deadline_s));
  } else if (series.count > 0) {
    say(text, " It never came true later.");
  }
  recorder_series_free(&series);
}

/* Other checks that did not pass. */
static void say_others(const report_run_t *run, char *text) {
  int said = 0;
  for (uint32_t i = 0; i < run->result->check_count && i < RESULT_CHECK_MAX; i++) {
    if (run->result->check[i].verdict == VERDICT_PASS || (int32_t)i == run->key) continue;
    if (said++ >= MARKS_SAID) continue;
    say(text, "%s%s", said > 1 ? ", " : " Not passed either: ", run->result->check[i].id);
  }
  if (said > MARKS_SAID) say(text, " and %d more", said - MARKS_SAID);
  if (said > 0) say(text, ".");
}

void report_cause(const report_run_t *run, char text[REPORT_SENTENCE_BYTES]) {
  text[0] = 0;
  if (run->result->verdict == VERDICT_PASS || run->key < 0 || !run->story) return;
  const check_result_t *check = &run->result->check[run->key];
  const cJSON *story = report_run_check(run, (uint32_t)run->key);
  const char *after = report_story_text(story, "after");
  if (check->verdict == VERDICT_INCONCLUSIVE && after[0] && isnan(run->key_from_s)) {
    say_waiting(run, after, text);
    return;
  }
  double at_s = isnan(run->key_at_s) ? run->end_s : run->key_at_s;
  say_faults(run, at_s, text);
  int is_short = at_s - run->key_from_s <= SHORT_s;
  if (check->kind == CHECK_EXPECT && is_short) {
    say_reaction(run, run->key_from_s, at_s, text);
    if (at_s - run->key_to_s < TICK_s) say_late(run, run->key_to_s, text);
  } else {
    say_before(run, at_s, text);
  }
  say_others(run, text);
}
