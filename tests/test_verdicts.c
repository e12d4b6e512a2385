/// Small scenarios that must pass, fail, be inconclusive or be an error: one for each way in which
/// a check can come out, each to the tick, with the words that it must say.
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/run.h"

typedef struct {
  const char *file; ///< tests/verdicts/<file>.json
  verdict_t verdict;
  const char *text; ///< a part of what the first check says, or of the run's error
} wanted_t;

/// The supply is high from 21 to 30 ms and, where a file says so, from 41 to 50 ms.
static const wanted_t wanted[] = {
    {"deadline_met", VERDICT_PASS, "after 11.0 ms"},
    {"deadline_missed", VERDICT_FAIL, "not within 10.0 ms: supply.V is 13."},
    {"deadline_between_ticks", VERDICT_FAIL, "not within 10.5 ms"},
    {"early_allowed", VERDICT_PASS, "after 11.0 ms"},
    {"too_early", VERDICT_FAIL, "after 11.0 ms, not before 12.0 ms"},
    {"held", VERDICT_PASS, "after 11.0 ms, held 0.009 s"},
    {"not_held", VERDICT_FAIL, "true after 11.0 ms, held 0.009 of 0.010 s, then supply.V is 1"},
    {"hold_cut", VERDICT_INCONCLUSIVE, "the run ended before it had held 0.009 s"},
    {"hold_to_the_end", VERDICT_PASS, "held 0.009 s"},
    {"deadline_cut", VERDICT_INCONCLUSIVE, "the run ended before its deadline"},
    {"deadline_at_the_end", VERDICT_FAIL, "not within 10.0 ms"},
    {"never_true", VERDICT_FAIL, "never came true: supply.V is 13.2"},
    {"true_before_its_time", VERDICT_FAIL, "not within 5.0 ms"},
    {"true_behind_its_trigger", VERDICT_PASS, "after 1.0 ms"},
    {"true_at_its_trigger", VERDICT_FAIL, "not within 5.0 ms"},
    {"no_trigger", VERDICT_INCONCLUSIVE, "over never happened"},
    {"no_condition", VERDICT_INCONCLUSIVE, "its condition \"after\" never happened"},
    {"until_met", VERDICT_PASS, "after 11.0 ms"},
    {"until_missed", VERDICT_FAIL, "not before its condition \"until\""},
    {"at_end_true", VERDICT_PASS, "at the end, wanted < 15 V"},
    {"at_end_false", VERDICT_FAIL, "at the end, wanted > 15 V"},
    {"at_end_when", VERDICT_FAIL, "at the end: the condition is false"},
    {"near_inclusive", VERDICT_PASS, "wanted near 1 +- 1"},
    {"near_beyond", VERDICT_FAIL, "wanted near 1 +- 0.999"},
    {"ge_inclusive", VERDICT_PASS, "after"},
    {"gt_exclusive", VERDICT_FAIL, "not within"},
    {"shows_nothing", VERDICT_FAIL, "can.BMS_Status.state is nothing yet"},
    {"count_right", VERDICT_PASS, "2 times, allowed 2"},
    {"count_few", VERDICT_FAIL, "1 time, allowed 2"},
    {"count_many", VERDICT_FAIL, "2 times, allowed 1"},
    {"count_min_met", VERDICT_PASS, "2 times, allowed 2 or more"},
    {"count_min_missed", VERDICT_FAIL, "1 time, allowed 2 or more"},
    {"count_max_met", VERDICT_PASS, "2 times, allowed 0..2"},
    {"count_max_missed", VERDICT_FAIL, "2 times, allowed 0..1"},
    {"count_last_tick", VERDICT_FAIL, "2 times, allowed 1"},
    {"count_behind", VERDICT_PASS, "1 time, allowed 1"},
    {"count_cut", VERDICT_INCONCLUSIVE, "the run ended before its time was over"},
    {"count_no_trigger", VERDICT_INCONCLUSIVE, "never happened"},
    {"order_right", VERDICT_PASS, "in order, 10.0 ms from up to down"},
    {"order_slow", VERDICT_FAIL, "in order, 10.0 ms from up to down"},
    {"order_wrong", VERDICT_FAIL, "up at 0.021 s, before down"},
    {"order_part", VERDICT_FAIL, "down never happened"},
    {"order_nothing", VERDICT_INCONCLUSIVE, "up never happened"},
    {"all_of_them", VERDICT_FAIL, "never came true"},
    {"all_at_once", VERDICT_FAIL, "never came true"},
    {"any_of_them", VERDICT_PASS, "after 21.0 ms"},
    {"any_of_none", VERDICT_FAIL, "never came true"},
    {"not_this", VERDICT_PASS, "after 21.0 ms"},
    {"not_that", VERDICT_FAIL, "never came true"},
    {"for_met", VERDICT_PASS, "after 30.0 ms"},
    {"for_missed", VERDICT_FAIL, "never came true"},
    {"times_met", VERDICT_PASS, "after 41.0 ms"},
    {"times_missed", VERDICT_FAIL, "never came true"},
    {"rising_met", VERDICT_PASS, "after 21.0 ms"},
    {"rising_missed", VERDICT_FAIL, "never came true"},
    {"falling_met", VERDICT_PASS, "after 31.0 ms"},
    {"falling_missed", VERDICT_FAIL, "never came true"},
    {"either_missed", VERDICT_FAIL, "never came true"},
    {"never_first_tick", VERDICT_FAIL, "at 0.001 s, never > 15 V"},
    {"never_last_tick", VERDICT_FAIL, "at 0.021 s, never > 15 V"},
    {"never_behind_the_end", VERDICT_PASS, "nearest: supply.V was 13.2"},
    {"never_in_between", VERDICT_FAIL, "at 0.021 s"},
    {"never_after_first", VERDICT_FAIL, "at 0.030 s"},
    {"never_after_before", VERDICT_PASS, "nearest"},
    {"never_from_first", VERDICT_FAIL, "at 0.030 s"},
    {"never_from_before", VERDICT_PASS, "nearest"},
    {"never_until_last", VERDICT_FAIL, "at 0.021 s"},
    {"never_until_behind", VERDICT_PASS, "nearest"},
    {"never_no_span", VERDICT_INCONCLUSIVE, "its condition \"after\" never happened"},
    {"never_too_short", VERDICT_INCONCLUSIVE, "never looked at: the run was too short"},
    {"never_when", VERDICT_FAIL, "where its condition must not hold"},
    {"always_first_tick", VERDICT_FAIL, "at 0.001 s, must be < 15 V"},
    {"always_last_tick", VERDICT_FAIL, "at 0.021 s, must be < 15 V"},
    {"always_behind_the_end", VERDICT_PASS, "nearest: supply.V was 13.2"},
    {"always_after_first", VERDICT_FAIL, "at 0.030 s"},
    {"always_after_before", VERDICT_PASS, "nearest"},
    {"always_until_last", VERDICT_FAIL, "at 0.021 s"},
    {"always_until_behind", VERDICT_PASS, "nearest"},
    {"always_near", VERDICT_FAIL, "at 0.021 s, must be near 13 V +- 1"},
    {"always_no_span", VERDICT_INCONCLUSIVE, "over never happened"},
    {"always_when", VERDICT_FAIL, "where its condition must hold"},
    {"period_kept", VERDICT_PASS, "of 100.0 ms"},
    {"period_long", VERDICT_FAIL, "no frame for more than 60.0 ms"},
    {"period_short", VERDICT_FAIL, "ms between two frames"},
    {"period_too_short", VERDICT_INCONCLUSIVE, "never looked at: the run was too short"},
    {"time_at_limit", VERDICT_PASS, "10.0 ms from up to down"},
    {"time_over_limit", VERDICT_FAIL, "10.0 ms from up to down"},
    {"time_backwards", VERDICT_FAIL, "-10.0 ms from down to up"},
    {"time_without_begin", VERDICT_INCONCLUSIVE, "up never happened"},
    {"time_without_end", VERDICT_INCONCLUSIVE, "down never happened"},
    {"figure_over_limit", VERDICT_FAIL, "greatest of supply.V: 1"},
    {"figure_in_limit", VERDICT_PASS, "least of supply.V: 1"},
    {"figure_of_nothing", VERDICT_INCONCLUSIVE, "nothing to measure in its span"},
    {"fail_beats_inconclusive", VERDICT_FAIL, "never came true"},
    {"inconclusive_beats_pass", VERDICT_INCONCLUSIVE, "before its deadline"},
    {"no_data", VERDICT_ERROR, "measured drive: "},
};

enum { WANTED_COUNT = sizeof wanted / sizeof wanted[0] };

static void run_file(const char *name, const scenario_set_t *set, const run_options_t *options,
                     run_result_t *result) {
  char path[200];
  scenario_error_t error = {.text = ""};
  scenario_t *scenario = NULL, *point = NULL;
  snprintf(path, sizeof path, "tests/verdicts/%s.json", name);
  ck_assert_msg(scenario_load(path, &scenario, &error) == 0, "%s", error.text);
  ck_assert_msg(scenario_point(scenario, 0, set, set != NULL, &point, &error) == 0, "%s",
                error.text);
  run_scenario(point, options, result);
  scenario_free(point);
  scenario_free(scenario);
}

/// A margin never contradicts its verdict: times and counts of a passed check are within their
/// bound, those of a failed one are not.
static void check_margin(const check_result_t *check) {
  int is_upper = strcmp(check->unit, "ms") == 0 && check->kind != CHECK_EXPECT;
  if (check->has_margin && is_upper) {
    ck_assert_msg((check->value <= check->limit) == (check->verdict == VERDICT_PASS),
                  "%g of %g ms: %s", check->value, check->limit,
                  verdict_text((verdict_t)check->verdict));
  }
}

START_TEST(comes_out_as_wanted) {
  const wanted_t *row = &wanted[_i];
  const run_options_t options = {.record_level = RECORD_NONE};
  run_result_t result;
  ck_assert_int_eq(setenv("PACKSIM_DATA", "tests/verdicts", 1), 0);
  run_file(row->file, NULL, &options, &result);
  int is_error = row->verdict == VERDICT_ERROR;
  const char *text = is_error ? result.error : result.check[0].text;
  ck_assert_msg(result.verdict == row->verdict && strstr(text, row->text) != NULL,
                "%s: %s, %s; wanted %s, %s", row->file, verdict_text((verdict_t)result.verdict),
                text, verdict_text(row->verdict), row->text);
  if (!is_error) {
    ck_assert_uint_eq(result.check[0].verdict, row->verdict);
  }
  for (uint32_t i = 0; i < result.check_count; i++) {
    check_margin(&result.check[i]);
  }
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error) {
  const run_options_t options = {.record_level = RECORD_DEFAULT, .out_dir = "tests/verdicts/none"};
  const scenario_set_t set = {.path = "record", .value = "default"};
  run_result_t result;
  run_file("deadline_met", &set, &options, &result);
  ck_assert_int_eq(result.verdict, VERDICT_ERROR);
  ck_assert_ptr_nonnull(strstr(result.error, "recording: "));
}
END_TEST

/// No scenario of the folder stands there unread.
START_TEST(every_file_is_named) {
  int file_count = 0;
  DIR *folder = opendir("tests/verdicts");
  ck_assert_ptr_nonnull(folder);
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    file_count += strstr(entry->d_name, ".json") != NULL;
  }
  closedir(folder);
  ck_assert_int_eq(file_count, WANTED_COUNT);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("verdicts");
  TCase *tcase = tcase_create("verdicts");
  tcase_add_loop_test(tcase, comes_out_as_wanted, 0, WANTED_COUNT);
  tcase_add_test(tcase, a_folder_that_is_not_there_is_an_error);
  tcase_add_test(tcase, every_file_is_named);
  suite_add_tcase(suite, tcase);
  return suite;
}
