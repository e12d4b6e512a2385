/// Recordings read back, compared and exported: each value against the function that made it.
#include "../scenarios/compare.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scenarios/export.h"
#include "../scenarios/hash_log.h"
#include "../scenarios/recorder.h"

static char dir[64];
static hil_t *hil;

/* What is recorded: a ramp, a group that jumps, a contactor, marks; and what is otherwise. */
typedef struct {
  uint32_t tick_count;
  uint64_t pack_from_us, contact_us, mark_us, hash_from_us; /* from then on otherwise; 0: never */
  double pack_by_V;
  record_level_t level;
} plan_t;

static const plan_t plain = {.tick_count = 5000, .level = RECORD_DEFAULT};

static const char *path_of(const char *run, const char *name) {
  static char path[3][160];
  static int turn;
  turn = (turn + 1) % 3;
  snprintf(path[turn], sizeof path[turn], "%s/%s%s%s", dir, run, name[0] ? "/" : "", name);
  return path[turn];
}

static void setup(void) {
  snprintf(dir, sizeof dir, "compare_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(dir));
  signals_init();
  hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  hil->dt_us = 1000;
}

static void teardown(void) {
  static const char *const runs[] = {"a", "b"};
  static const char *const names[] = {"signals.h5", "signals.csv", "bus.log", "hashes.csv"};
  for (int r = 0; r < 2; r++) {
    for (int n = 0; n < 4; n++) unlink(path_of(runs[r], names[n]));
    rmdir(path_of(runs[r], ""));
  }
  unlink(path_of("out", ""));
  ck_assert_int_eq(rmdir(dir), 0);
  free(hil);
}

static double ramp_V(uint64_t time_us) { return 350.0 + 1e-6 * (double)time_us; }

static int is_due(uint64_t from_us, uint64_t now_us) { return from_us > 0 && now_us >= from_us; }

static void record(const char *run, plan_t plan) {
  recorder_t *recorder = NULL;
  hash_log_t log = {.file = NULL};
  mkdir(path_of(run, ""), 0777);
  recorder_config_t config = {.dir = path_of(run, ""),
                              .run_name = "T.1",
                              .scenario_id = "T",
                              .seed = 77,
                              .level = plan.level};
  memset(hil, 0, sizeof *hil);
  hil->dt_us = 1000;
  ck_assert_int_eq(recorder_open(&recorder, &config, hil), RECORDER_OK);
  ck_assert_int_eq(hash_log_open(&log, config.dir), 0);
  for (uint32_t i = 1; i <= plan.tick_count; i++) {
    uint64_t now_us = hil->now_us = (uint64_t)i * hil->dt_us;
    hil->pack_V = ramp_V(now_us) + (is_due(plan.pack_from_us, now_us) ? plan.pack_by_V : 0);
    hil->pack.group_V[17] = now_us < 2000000 ? 3.5 : 3.75;
    uint64_t contact_us = plan.contact_us > 0 ? plan.contact_us : 1234000;
    hil->hv.contact_is_closed[0] = now_us >= contact_us;
    hil->trace_hash = now_us + (is_due(plan.hash_from_us, now_us) ? 1 : 0);
    ck_assert_int_eq(recorder_tick(recorder, hil, now_us == 3000000), RECORDER_OK);
    if (now_us == 3000000) recorder_mark(recorder, now_us, "event ov");
    if (now_us == plan.mark_us) recorder_mark(recorder, now_us, "event more");
    hash_log_tick(&log, now_us, hil->trace_hash, 7);
  }
  ck_assert_int_eq(recorder_close(recorder), RECORDER_OK);
  ck_assert_int_eq(hash_log_close(&log), 0);
}

static recording_t open_run(const char *run) {
  recording_t recording;
  char error[900] = "";
  ck_assert_msg(recorder_read_open(&recording, path_of(run, ""), error, sizeof error) == 0, "%s",
                error);
  return recording;
}

static comparison_t compare(plan_t other, double tolerance, int expected) {
  comparison_t comparison;
  record("a", plain);
  record("b", other);
  recording_t a = open_run("a"), b = open_run("b");
  ck_assert_int_eq(compare_recordings(&a, &b, tolerance, &comparison), expected);
  recorder_read_close(&a);
  recorder_read_close(&b);
  return comparison;
}

/* ---- reading ---- */

static uint32_t column_of(const recorder_read_table_t *table, const char *name) {
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (strcmp(table->column[i].name, name) == 0) return i;
  }
  return UINT32_MAX;
}

static recorder_read_table_t *table_with(recording_t *recording, const char *name,
                                         uint32_t *column) {
  for (uint32_t t = 0; t < recording->table_count; t++) {
    *column = column_of(&recording->table[t], name);
    if (*column != UINT32_MAX) return &recording->table[t];
  }
  return NULL;
}

START_TEST(test_samples_are_what_was_recorded) {
  uint32_t column = 0;
  record("a", plain);
  recording_t recording = open_run("a");
  ck_assert_str_eq(recording.run, "T.1");
  ck_assert_str_eq(recording.scenario, "T");
  ck_assert_uint_eq(recording.seed, 77);
  ck_assert_uint_eq(recording.dt_us, 1000);
  ck_assert_int_eq(recording.begin_us, 1000);
  ck_assert_int_eq(recording.end_us, 5000000);
  recorder_read_table_t *table = table_with(&recording, "phys.pack.V", &column);
  ck_assert_ptr_nonnull(table);
  ck_assert_uint_eq(table->sample_count, (uint64_t)(5000000 / table->period_us));
  ck_assert_str_eq(table->column[column].unit, "V");
  for (uint64_t i = table->sample_count; i-- > 0;) { /* backwards: blocks out of order */
    uint64_t time_us = (uint64_t)recorder_read_time_us(table, i);
    /* half a step of 1/8192 V, and 16 bits of mantissa */
    double error_V = recorder_read_value(table, column, i) - ramp_V(time_us);
    ck_assert(fabs(error_V) < 0.5 / 8192 + 355.0 / 65536);
  }
  ck_assert(isnan(recorder_read_value(table, column, table->sample_count)));
  ck_assert_uint_eq(recording.marks.count, 1);
  ck_assert_str_eq(recording.marks.text[0], "event ov");
  ck_assert_int_eq(recording.marks.time_us[0], 3000000);
  ck_assert_uint_eq(recording.hashes.count, 5);
  ck_assert_uint_eq(recording.hashes.trace_hash[4], 5000000);
  ck_assert_double_eq(recording.hashes.time_s[4], 5);
  recorder_read_close(&recording);
}
END_TEST

START_TEST(test_files_that_are_no_recording) {
  recording_t recording;
  char error[900] = "";
  record("a", plain);
  ck_assert_int_eq(recorder_read_open(&recording, path_of("none", ""), error, sizeof error), -1);
  ck_assert_ptr_nonnull(strstr(error, "no recording that opens"));
  ck_assert_int_eq(recorder_read_open(&recording, path_of("a", "bus.log"), error, sizeof error),
                   -1);
  struct stat info;
  ck_assert_int_eq(stat(path_of("a", "signals.h5"), &info), 0);
  for (int part = 1; part < 8; part++) { /* cut anywhere it is refused, never a crash */
    ck_assert_int_eq(truncate(path_of("a", "signals.h5"), info.st_size * (8 - part) / 8), 0);
    ck_assert_int_eq(recorder_read_open(&recording, path_of("a", ""), error, sizeof error), -1);
    ck_assert_ptr_nonnull(strstr(error, "signals.h5"));
  }
}
END_TEST

/* ---- comparing ---- */

START_TEST(test_equal_recordings) {
  comparison_t found = compare(plain, 0, 0);
  ck_assert_int_eq(found.first_us, -1);
  ck_assert_int_eq(found.mark_us, -1);
  ck_assert(found.hash_s < 0);
  ck_assert_uint_gt(found.compared_count, 500);
  ck_assert_uint_eq(found.only_a_count + found.only_b_count, 0);
}
END_TEST

START_TEST(test_first_sample_that_differs) {
  plan_t other = plain;
  other.pack_from_us = 2345000;
  other.pack_by_V = 0.5;
  comparison_t found = compare(other, 0, 1);
  uint32_t column;
  recording_t recording = open_run("a");
  int64_t period_us = table_with(&recording, "phys.pack.V", &column)->period_us;
  recorder_read_close(&recording);
  /* the first sample not before the change */
  int64_t due_us = 1000 + (2345000 - 1000 + period_us - 1) / period_us * period_us;
  ck_assert_int_eq(found.first_us, due_us);
  ck_assert_uint_eq(found.tick, (uint64_t)due_us / 1000);
  int is_named = 0;
  for (uint32_t i = 0; i < found.signal_count && i < COMPARE_SIGNAL_MAX; i++) {
    if (strcmp(found.signal[i].name, "phys.pack.V") != 0) continue;
    is_named++;
    ck_assert(fabs(found.signal[i].b - found.signal[i].a - 0.5) < 0.02);
    ck_assert(fabs(found.signal[i].a - ramp_V((uint64_t)due_us)) < 0.02);
  }
  ck_assert_int_eq(is_named, 1);
}
END_TEST

START_TEST(test_tolerance) {
  plan_t other = plain;
  other.pack_from_us = 2345000;
  other.pack_by_V = 0.5;
  other.mark_us = 4000000;
  other.hash_from_us = 1;
  ck_assert_int_ge(compare(other, 0.25, 1).first_us, 2345000);
  comparison_t found = compare(other, 0.75, 0);
  ck_assert_int_eq(found.first_us, -1);
  ck_assert_int_eq(found.mark_us, -1);
  ck_assert(found.hash_s < 0);
}
END_TEST

START_TEST(test_a_change_of_state_that_differs) {
  plan_t other = plain;
  other.contact_us = 1240000;
  comparison_t found = compare(other, 0, 1);
  ck_assert_int_eq(found.first_us, 1234000);
  ck_assert_uint_ge(found.signal_count, 1);
  ck_assert_ptr_nonnull(strstr(found.signal[0].name, "contactor.main_pos"));
  ck_assert_double_eq(found.signal[0].a, 1);
  ck_assert_double_eq(found.signal[0].b, 0);
  other.contact_us = 1200000; /* and the other one first */
  found = compare(other, 0, 1);
  ck_assert_int_eq(found.first_us, 1200000);
  ck_assert_double_eq(found.signal[0].b, 1);
}
END_TEST

/* Found later, but earlier in time: it alone counts. */
START_TEST(test_the_earliest_of_several) {
  plan_t other = plain;
  other.pack_from_us = 2345000;
  other.pack_by_V = 0.5;
  other.contact_us = 1240000;
  comparison_t found = compare(other, 0, 1);
  ck_assert_int_eq(found.first_us, 1234000);
  for (uint32_t i = 0; i < found.signal_count && i < COMPARE_SIGNAL_MAX; i++) {
    ck_assert_str_ne(found.signal[i].name, "phys.pack.V");
  }
  plan_t both = plain;
  both.contact_us = 1240000;
  ck_assert_uint_eq(found.signal_count, compare(both, 0, 1).signal_count);
}
END_TEST

/* A brief recording has a signal at a rate and in a window: it is one difference. */
START_TEST(test_a_signal_counts_once) {
  plan_t left = plain, right = plain;
  comparison_t found;
  left.level = right.level = RECORD_BRIEF;
  right.pack_from_us = 2901000; /* a time of both */
  right.pack_by_V = 0.5;
  record("a", left);
  record("b", right);
  recording_t a = open_run("a"), b = open_run("b");
  ck_assert_int_eq(compare_recordings(&a, &b, 0, &found), 1);
  recorder_read_close(&a);
  recorder_read_close(&b);
  ck_assert_int_eq(found.first_us, 2901000);
  uint32_t count = 0;
  for (uint32_t i = 0; i < found.signal_count && i < COMPARE_SIGNAL_MAX; i++) {
    count += strcmp(found.signal[i].name, "phys.pack.V") == 0;
  }
  ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(test_marks_ends_and_hashes) {
  plan_t other = plain;
  other.mark_us = 4000000;
  comparison_t found = compare(other, 0, 1);
  ck_assert_int_eq(found.first_us, -1);
  ck_assert_int_eq(found.mark_us, 4000000);
  ck_assert_str_eq(found.mark_a, "");
  ck_assert_str_eq(found.mark_b, "event more");
  other = plain;
  other.tick_count = 4999;
  found = compare(other, 0, 1);
  ck_assert_int_eq(found.end_a_us, 5000000);
  ck_assert_int_eq(found.end_b_us, 4999000);
  other = plain;
  other.hash_from_us = 2500000;
  found = compare(other, 0, 1);
  ck_assert_double_eq(found.hash_s, 3);
  ck_assert_int_eq(found.first_us, -1);
}
END_TEST

START_TEST(test_signals_of_one_only) {
  plan_t other = plain;
  other.level = RECORD_BRIEF;
  comparison_t found = compare(other, 0, 0);
  ck_assert_uint_gt(found.only_a_count, 0);
  ck_assert_uint_gt(found.compared_count, 0);
}
END_TEST

START_TEST(test_words_of_a_comparison) {
  plan_t other = plain;
  char text[4000] = "";
  other.contact_us = 1240000;
  comparison_t found = compare(other, 0, 1);
  FILE *file = tmpfile();
  ck_assert_ptr_nonnull(file);
  compare_text(&found, "A", "B", file);
  compare_json_text("a\"b\\c\n", file);
  rewind(file);
  ck_assert_uint_gt(fread(text, 1, sizeof text - 1, file), 0);
  fclose(file);
  ck_assert_ptr_nonnull(strstr(text, "first difference at 1.234 s (tick 1234)"));
  ck_assert_ptr_nonnull(strstr(text, ": 1 in A, 0 in B"));
  ck_assert_ptr_nonnull(strstr(text, "\"a\\\"b\\\\c\\u000a\""));
}
END_TEST

/* ---- exporting ---- */

static char *export_text(export_options_t options, char *error) {
  static char text[1 << 20];
  recording_t recording = open_run("a");
  FILE *file = tmpfile();
  ck_assert_ptr_nonnull(file);
  int status = export_write(&recording, &options, file, error, 900);
  rewind(file);
  size_t bytes = fread(text, 1, sizeof text - 1, file);
  text[bytes] = 0;
  fclose(file);
  recorder_read_close(&recording);
  return status == 0 ? text : NULL;
}

START_TEST(test_export_takes_the_last_value) {
  char error[900] = "";
  record("a", plain);
  char *text = export_text((export_options_t){.pattern = {"phys.pack.V", "phys.group.M2C4.V",
                                                          "contactor.main_pos.closed"},
                                              .pattern_count = 3,
                                              .period_us = 7000,
                                              .from_us = 0,
                                              .to_us = -1},
                           error);
  ck_assert_msg(text != NULL, "%s", error);
  char *line = strtok(text, "\n");
  ck_assert_ptr_nonnull(line);
  ck_assert(strncmp(line, "time_s,phys.pack.V", 18) == 0); /* the unit is in the name */
  line = strtok(NULL, "\n");
  ck_assert_str_eq(line, "0,,,"); /* before the first sample */
  uint32_t count = 1;
  for (int64_t now_us = 7000; (line = strtok(NULL, "\n")) != NULL; now_us += 7000, count++) {
    double time_s = 0, pack_V = 0, group_V = 0, closed = 0;
    ck_assert_int_eq(sscanf(line, "%lf,%lf,%lf,%lf", &time_s, &pack_V, &group_V, &closed), 4);
    ck_assert(fabs(time_s - 1e-6 * (double)now_us) < 1e-9);
    /* never from the future, at most one period of the recording old */
    ck_assert(pack_V < ramp_V((uint64_t)now_us) + 0.006);
    ck_assert(pack_V > ramp_V((uint64_t)now_us) - 0.106);
    ck_assert_double_eq(closed, now_us >= 1234000);
    if (now_us < 2000000) ck_assert_double_eq(group_V, 3.5);
    if (now_us > 2100000) ck_assert_double_eq(group_V, 3.75);
  }
  ck_assert_uint_eq(count, 5000 / 7 + 1);
}
END_TEST

/* At its own time a sample and a change count already. */
START_TEST(test_export_at_the_time_of_a_sample) {
  char error[900] = "";
  record("a", plain);
  char *text =
      export_text((export_options_t){.pattern = {"phys.group.M2C4.V", "contactor.main_pos.closed"},
                                     .pattern_count = 2,
                                     .period_us = 1000,
                                     .from_us = 1233000,
                                     .to_us = 2001000},
                  error);
  ck_assert_msg(text != NULL, "%s", error);
  ck_assert_ptr_nonnull(strstr(text, "\n1.233,3.5,0\n1.234,3.5,1\n"));
  ck_assert_ptr_nonnull(strstr(text, "\n2,3.5,1\n2.001,3.75,1\n")); /* sampled each 100 ms */
}
END_TEST

/* Around a trigger the 1 ms window is denser than the 100 ms of the group. */
START_TEST(test_export_prefers_the_newest_sample) {
  char error[900] = "";
  plan_t brief = plain;
  brief.level = RECORD_BRIEF;
  record("a", brief);
  char *text = export_text((export_options_t){.pattern = {"phys.pack.V"},
                                              .pattern_count = 1,
                                              .period_us = 1000,
                                              .from_us = 2900000,
                                              .to_us = 3100000},
                           error);
  ck_assert_msg(text != NULL, "%s", error);
  uint32_t count = 0;
  char *line = strtok(text, "\n");
  while ((line = strtok(NULL, "\n")) != NULL) {
    double time_s = 0, pack_V = 0;
    ck_assert_int_eq(sscanf(line, "%lf,%lf", &time_s, &pack_V), 2);
    ck_assert(fabs(pack_V - (350 + time_s)) < 0.006);
    count++;
  }
  ck_assert_uint_eq(count, 201);
}
END_TEST

START_TEST(test_export_json_and_refusals) {
  char error[900] = "";
  record("a", plain);
  export_options_t options = {.pattern = {"phys.pack.*", "no.such.signal"},
                              .pattern_count = 2,
                              .period_us = 1000000,
                              .from_us = -1,
                              .to_us = -1};
  ck_assert_ptr_null(export_text(options, error));
  ck_assert_ptr_nonnull(strstr(error, "no.such.signal"));
  options.pattern_count = 1;
  options.is_json = 1;
  char *text = export_text(options, error);
  ck_assert_ptr_nonnull(text);
  ck_assert_ptr_nonnull(strstr(text, "{\"name\": \"phys.pack.V\", \"unit\": \"V\"}"));
  ck_assert_ptr_nonnull(strstr(text, "\n  [0.001, "));
  ck_assert_ptr_nonnull(strstr(text, "\n  [4.001, "));
  ck_assert_ptr_null(strstr(text, "\n  [5.001, "));
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("compare");
  TCase *tcase = tcase_create("recordings");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, test_samples_are_what_was_recorded);
  tcase_add_test(tcase, test_files_that_are_no_recording);
  tcase_add_test(tcase, test_equal_recordings);
  tcase_add_test(tcase, test_first_sample_that_differs);
  tcase_add_test(tcase, test_tolerance);
  tcase_add_test(tcase, test_a_change_of_state_that_differs);
  tcase_add_test(tcase, test_the_earliest_of_several);
  tcase_add_test(tcase, test_a_signal_counts_once);
  tcase_add_test(tcase, test_marks_ends_and_hashes);
  tcase_add_test(tcase, test_signals_of_one_only);
  tcase_add_test(tcase, test_words_of_a_comparison);
  tcase_add_test(tcase, test_export_takes_the_last_value);
  tcase_add_test(tcase, test_export_at_the_time_of_a_sample);
  tcase_add_test(tcase, test_export_prefers_the_newest_sample);
  tcase_add_test(tcase, test_export_json_and_refusals);
  suite_add_tcase(suite, tcase);
  return suite;
}
