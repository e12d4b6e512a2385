/// The reader of recordings gives back what the recorder was given, merged by time.
#include "../scenarios/recorder_series.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../ecu_model/gen/pinout_text.h"
#include "../scenarios/recorder.h"

enum { TICKS = 3000, TRIGGER = 1500 };

static char dir[64], path[128];
static hil_t *hil;

static double pack_V_at(uint32_t tick) { return 300 + 50 * sin(0.002 * tick); }

/* Three seconds with one trigger in their middle. */
static void record(record_level_t level) {
  recorder_t *recorder = NULL;
  recorder_config_t config = {.dir = dir, .run_name = "T", .scenario_id = "T", .level = level};
  ck_assert_int_eq(recorder_open(&recorder, &config, hil), RECORDER_OK);
  for (uint32_t i = 0; i < TICKS; i++) {
    hil->now_us = 1000 * (i + 1);
    hil->pack_V = pack_V_at(i);
    hil->pack.group_V[7] = 3.5 + 0.0001 * i;
    ck_assert_int_eq(recorder_tick(recorder, hil, i == TRIGGER), RECORDER_OK);
  }
  ck_assert_int_eq(recorder_close(recorder), RECORDER_OK);
}

static void setup(void) {
  snprintf(dir, sizeof dir, "read_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(dir));
  snprintf(path, sizeof path, "%s/signals.h5", dir);
  signals_init();
  hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  hil->dt_us = 1000;
}

static void teardown(void) {
  static const char *const names[] = {"signals.h5", "signals.csv", "bus.log"};
  char file[128];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(file, sizeof file, "%s/%s", dir, names[i]);
    unlink(file);
  }
  rmdir(dir);
  free(hil);
}

static void rises(const recorder_series_t *series) {
  for (uint32_t i = 1; i < series->count; i++) {
    ck_assert_double_gt(series->time_s[i], series->time_s[i - 1]);
  }
}

START_TEST(every_tick_of_a_fast_signal) {
  record(RECORD_DEFAULT);
  recorder_series_t series = {0};
  recorder_series_file_t *reader = recorder_series_open(path);
  ck_assert_ptr_nonnull(reader);
  ck_assert_int_eq(recorder_series_read(reader, "phys.pack.V", 0, 99, TICKS, &series), 0);
  ck_assert_uint_eq(series.count, TICKS);
  for (uint32_t i = 0; i < TICKS; i++) {
    ck_assert_double_eq_tol(series.time_s[i], 0.001 * (i + 1), 1e-9);
    ck_assert_double_eq_tol((double)series.value[i], pack_V_at(i), 4e-3);
  }
  recorder_series_free(&series);
  recorder_series_close(reader);
}
END_TEST

/* One sample before and one behind, so that a curve reaches its edges. */
START_TEST(a_span_and_its_neighbours) {
  record(RECORD_DEFAULT);
  recorder_series_t series = {0};
  recorder_series_file_t *reader = recorder_series_open(path);
  ck_assert_int_eq(recorder_series_read(reader, "phys.pack.V", 0.9995, 1.0035, TICKS, &series), 0);
  ck_assert_uint_eq(series.count, 6);
  ck_assert_double_eq_tol(series.time_s[0], 0.999, 1e-9);
  ck_assert_double_eq_tol(series.time_s[5], 1.004, 1e-9);
  series.count = 0;
  ck_assert_int_eq(recorder_series_read(reader, "phys.pack.V", 0, 99, TICKS - 1, &series), 0);
  ck_assert_uint_eq(series.count, 0); /* more than asked for */
  ck_assert_int_eq(recorder_series_read(reader, "phys.pack.no_V", 0, 99, TICKS, &series), 0);
  ck_assert_int_eq(recorder_series_changes(reader, "phys.pack.no_V", &series), 0);
  ck_assert_uint_eq(series.count, 0);
  recorder_series_free(&series);
  recorder_series_close(reader);
}
END_TEST

/* Brief: 100 ms throughout, 1 ms around the trigger. */
START_TEST(tables_merge) {
  record(RECORD_BRIEF);
  recorder_series_t series = {0};
  recorder_series_file_t *reader = recorder_series_open(path);
  ck_assert_int_eq(recorder_series_read(reader, "phys.pack.V", 0, 99, TICKS, &series), 0);
  recorder_series_sort(&series);
  rises(&series);
  uint32_t fine_count = 0;
  for (uint32_t i = 1; i < series.count; i++) {
    fine_count += series.time_s[i] - series.time_s[i - 1] < 0.0015;
  }
  ck_assert_uint_ge(fine_count, 1000);
  ck_assert_uint_le(fine_count, 1002);
  ck_assert_uint_eq(series.count, fine_count + 1 + 19); /* 11 of the 30 coarse lie inside */
  ck_assert_double_lt(series.time_s[0], 0.0015);
  for (uint32_t i = 0; i < series.count; i++) {
    uint32_t tick = (uint32_t)lround(1000 * series.time_s[i]) - 1;
    ck_assert_double_eq_tol((double)series.value[i], pack_V_at(tick), 4e-3);
  }
  recorder_series_free(&series);
  recorder_series_close(reader);
}
END_TEST

START_TEST(changes_come_with_their_times) {
  recorder_t *recorder = NULL;
  recorder_config_t config = {
      .dir = dir, .run_name = "T", .scenario_id = "T", .level = RECORD_BRIEF};
  ck_assert_int_eq(recorder_open(&recorder, &config, hil), RECORDER_OK);
  for (uint32_t i = 0; i < 200; i++) {
    hil->now_us = 1000 * (i + 1);
    hil->bms.wire_state[3] = i < 50 ? 0 : i < 120 ? 1 : 2;
    ck_assert_int_eq(recorder_tick(recorder, hil, 1), RECORDER_OK);
  }
  ck_assert_int_eq(recorder_close(recorder), RECORDER_OK);
  char name[64];
  recorder_series_t series = {0};
  snprintf(name, sizeof name, "bms.wire.%s.state", pinout_wire_name(3));
  recorder_series_file_t *reader = recorder_series_open(path);
  ck_assert_int_eq(recorder_series_changes(reader, name, &series), 0);
  ck_assert_uint_eq(series.count, 3);
  ck_assert_double_eq_tol(series.time_s[1], 0.051, 1e-9);
  ck_assert_double_eq_tol(series.time_s[2], 0.121, 1e-9);
  ck_assert_double_eq((double)series.value[2], 2);
  recorder_series_free(&series);
  recorder_series_close(reader);
}
END_TEST

START_TEST(the_first_of_two_at_one_time_stays) {
  static const double time_s[] = {3, 1, 2, 1, 3};
  recorder_series_t series = {0};
  for (uint32_t i = 0; i < 5; i++) {
    ck_assert_int_eq(recorder_series_add(&series, time_s[i], (float)i), 0);
  }
  recorder_series_sort(&series);
  ck_assert_uint_eq(series.count, 3);
  rises(&series);
  ck_assert_double_eq((double)series.value[0], 1);
  ck_assert_double_eq((double)series.value[1], 2);
  ck_assert_double_eq((double)series.value[2], 0);
  recorder_series_free(&series);
}
END_TEST

START_TEST(what_is_no_recording) {
  ck_assert_ptr_null(recorder_series_open(path));
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fputs("not HDF5", file);
  fclose(file);
  ck_assert_ptr_null(recorder_series_open(path));
  recorder_series_close(NULL);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("recorder_series");
  TCase *tcase = tcase_create("recorder_series");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, every_tick_of_a_fast_signal);
  tcase_add_test(tcase, a_span_and_its_neighbours);
  tcase_add_test(tcase, tables_merge);
  tcase_add_test(tcase, changes_come_with_their_times);
  tcase_add_test(tcase, the_first_of_two_at_one_time_stays);
  tcase_add_test(tcase, what_is_no_recording);
  suite_add_tcase(suite, tcase);
  return suite;
}
