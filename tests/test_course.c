/// Values that move, in loads and faults: ramps, points, repeats, CSV columns, in closed form.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../scenarios/course.h"
#include "../scenarios/csv_column.h"
#include "scenario_text.h"

#define END "\"end\": {\"at_s\": 10}"
#define LOAD(more) END ", \"load\": [{\"at_s\": 0, " more "}]"

static scenario_t *point;
static hil_t *hil;
static courses_t courses;

static void setup(void) {
  hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
}

static void teardown(void) {
  course_close(&courses);
  scenario_free(point);
  free(hil);
}

static void begin(const char *text) {
  point = point_of_text(text);
  ck_assert_int_eq(course_open(&courses, point->plan), 0);
}

static void apply_step(uint32_t step) {
  const plan_step_t *set = &point->plan->step[step];
  (void)plan_begin_sets(point->plan, set->set_first, set->set_count, &courses, hil);
}

static void follow_to(double s) {
  hil->now_us = (uint64_t)(s * 1e6 + 0.5);
  ck_assert_int_eq(course_follow(&courses, point->plan, hil), 0);
}

START_TEST(a_ramp_is_a_straight_line) {
  begin(LOAD("\"current_A\": {\"from\": 10, \"to\": -30, \"over_s\": 4}"));
  apply_step(0);
  for (int k = 0; k <= 500; k++) {
    follow_to(0.01 * k);
    double wanted = k < 400 ? 10.0 - 0.1 * k : -30.0;
    ck_assert_double_eq_tol(hil->stimulus.current_A, wanted, 1e-12);
  }
  ck_assert_uint_eq(courses.field_count, 0);
}
END_TEST

START_TEST(a_ramp_begins_with_what_is_there) {
  begin(LOAD(
      "\"power_W\": 500, \"inlet_degC\": -10") ", \"events\": [{\"id\": \"e\", \"when\": "
                                               "{\"at_s\": 1}, \"load\": {\"power_W\": {\"to\": "
                                               "1500, \"over_s\": 2}, \"inlet_degC\": "
                                               "{\"to\": 30, \"over_s\": 2}}}]");
  apply_step(0);
  if (_i == 1) {
    hil->stimulus.inlet_degC = HIL_INLET_IS_AMBIENT;
    hil->stimulus.ambient_degC = 20.0;
  }
  const plan_event_t *event = &point->plan->event[0];
  follow_to(1.0);
  (void)plan_begin_sets(point->plan, event->set_first, event->set_count, &courses, hil);
  follow_to(1.0);
  ck_assert_double_eq(hil->stimulus.power_W, 500);
  follow_to(2.0);
  ck_assert_double_eq(hil->stimulus.power_W, 1000);
  ck_assert_double_eq(hil->stimulus.inlet_degC, _i == 0 ? 10 : 25);
}
END_TEST

START_TEST(points_are_lines_or_steps) {
  static const double at_s[] = {0, 0.5, 1, 1.999, 2, 3, 3.5, 4, 9};
  static const double lines[] = {0, 50, 100, 100, 100, 40, 40, 40, 40};
  static const double steps[] = {0, 0, 100, 100, 100, 40, 40, 40, 40};
  begin(_i == 0 ? LOAD("\"aux_W\": {\"points\": [[0, 0], [1, 100], [3, 100], [3, 40], [4, 40]]}")
                : LOAD("\"aux_W\": {\"points\": [[0, 0], [1, 100], [3, 100], [3, 40], [4, 40]], "
                       "\"shape\": \"steps\"}"));
  apply_step(0);
  for (int k = 0; k < 9; k++) {
    follow_to(at_s[k]);
    ck_assert_double_eq_tol(hil->stimulus.aux_W, _i == 0 ? lines[k] : steps[k], 1e-12);
  }
}
END_TEST

START_TEST(a_course_repeats) {
  begin(LOAD("\"current_A\": {\"points\": [[0, 0], [0.5, 100], [1, 20]], \"repeat\": 3}"));
  apply_step(0);
  for (int k = 0; k < 30; k++) {
    double phase = 0.1 * (k % 10);
    follow_to(0.1 * k);
    ck_assert_double_eq_tol(hil->stimulus.current_A,
                            phase < 0.5 ? 200 * phase : 100 - 160 * (phase - 0.5), 1e-9);
  }
  follow_to(3.0);
  ck_assert_double_eq(hil->stimulus.current_A, 20);
  ck_assert_uint_eq(courses.field_count, 0);
}
END_TEST

START_TEST(a_plain_value_ends_a_course) {
  begin(END
        ", \"load\": [{\"at_s\": 0, \"current_A\": {\"from\": 0, \"to\": 10, \"over_s\": 5}, "
        "\"aux_W\": {\"from\": 0, \"to\": 10, \"over_s\": 5}}, {\"at_s\": 1, \"current_A\": 3}]");
  apply_step(0);
  follow_to(1.0);
  apply_step(1);
  follow_to(2.0);
  ck_assert_double_eq(hil->stimulus.current_A, 3);
  ck_assert_double_eq(hil->stimulus.aux_W, 4);
  ck_assert_uint_eq(courses.field_count, 1);
}
END_TEST

#define FAULT(more)                                                                                \
  END ", \"events\": [{\"id\": \"e\", \"when\": {\"at_s\": 1}, \"fault\": {" more "}}]"

/// A fault's value moves in steps of 10 ms and leaves nothing behind at its end.
START_TEST(a_fault_follows_its_course) {
  begin(
      FAULT("\"target\": \"sense.module_ntc.3\", \"type\": \"offset\", \"value_K\": {\"from\": 0, "
            "\"to\": 20, \"over_s\": 1}"));
  sensor_error_t *ntc = &hil->sensors.module_ntc[2];
  ntc->offset = 1.5;
  hil->now_us = 1000000;
  ck_assert_int_eq(faults_apply(hil, course_begin_fault(&courses, point->plan, 0, hil->now_us), 1),
                   0);
  for (int k = 0; k <= 150; k++) {
    follow_to(1.0 + 0.01 * k);
    ck_assert_double_eq_tol(ntc->offset, 1.5 + (k < 100 ? 0.2 * k : 20.0), 1e-9);
    follow_to(1.0 + 0.01 * k + 0.004);
    ck_assert_double_eq_tol(ntc->offset, 1.5 + (k < 100 ? 0.2 * k : 20.0), 1e-9);
  }
  ck_assert_uint_eq(courses.fault_count, 0);
  ck_assert_int_eq(faults_apply(hil, course_end_fault(&courses, 0), 0), 0);
  ck_assert_double_eq_tol(ntc->offset, 1.5, 1e-9);
}
END_TEST

START_TEST(a_fault_that_ends_early_stops_moving) {
  begin(FAULT(
      "\"target\": \"phys.isolation.pack_pos\", \"type\": \"leak\", \"value_ohm\": {\"from\": "
      "1e6, \"to\": 1e4, \"over_s\": 10}"));
  (void)faults_apply(hil, course_begin_fault(&courses, point->plan, 0, 0), 1);
  follow_to(5.0);
  ck_assert_double_eq_tol(courses.fault_now[0].value, 505000, 1e-6);
  (void)faults_apply(hil, course_end_fault(&courses, 0), 0);
  ck_assert_uint_eq(courses.fault_count, 0);
  double leak_ohm = isolation_params_soul_ev().leak_ohm[ISOLATION_PACK_POS];
  follow_to(7.0);
  ck_assert_double_eq(hil->isolation.pole_S[ISOLATION_PACK_POS], 1.0 / leak_ohm);
}
END_TEST

/* ---- CSV ---- */

static char csv_path[80];

static void write_csv(const char *text) {
  temp_file_write(csv_path, sizeof csv_path, "csv", text, strlen(text));
}

START_TEST(a_column_becomes_a_load) {
  char text[400];
  write_csv("t,note,\"I\"\r\n1000, x ,5000\n2000,,-1000\n4000,y, 3000\n");
  snprintf(text, sizeof text,
           LOAD("\"current_A\": {\"csv\": \"%s\", \"column\": \"I\", \"unit\": \"mA\", "
                "\"time_column\": \"t\", \"time_unit\": \"ms\", \"factor\": -2}"),
           csv_path);
  begin(text);
  remove(csv_path);
  apply_step(0);
  static const double at_s[] = {0, 0.5, 1, 2, 3, 9}, wanted[] = {-10, -4, 2, -2, -6, -6};
  for (int k = 0; k < 6; k++) {
    follow_to(at_s[k]);
    ck_assert_double_eq_tol(hil->stimulus.current_A, wanted[k], 1e-9);
  }
}
END_TEST

typedef struct {
  const char *text, *more;
  const char *place, *found, *allowed;
} bad_csv_t;

#define UNIT ", \"unit\": \"A\""
static const bad_csv_t bad_csv[] = {
    {"-", UNIT, ":1:1: file:", "no file that opens", "a CSV file"},
    {"", UNIT, ":1:1: heading:", "an empty file", "column names"},
    {"time_s,U\n0,1\n1,2\n", UNIT, ":1:1: I:", "no such column", "time_s, U"},
    {"t,I\n0,1\n1,2\n", UNIT, ":1:1: time_s:", "no such column", "t, I"},
    {"time_s,I\n0,1\n1,x2\n", UNIT, ":3:2: I:", "\"x2\"", "a number"},
    {"time_s,I\n0,1\n1\n", UNIT, ":3:2: I:", "no field", "a number"},
    {"time_s,I\n0,1\n1,nan\n", UNIT, ":3:2: I:", "\"nan\"", "a number"},
    {"time_s,I\n0,1\n-1,2\n", UNIT, ":3:1: time_s:", "-1", "0 or later"},
    {"time_s,I\n0,1\n", UNIT, ":2:1: rows:", "fewer than two", "2 or more"},
    {"time_s,I\n0,1\n1,1001\n", UNIT, ":3:2: I:", "1001 A", "-1000..1000"},
    {"time_s,I\n0,1\n1,2\n", ", \"unit\": \"V\"", "$.load[0].current_A.unit:", "\"V\"", "A, mA"},
    {"time_s,I\n0,1\n1,2\n", "", "$.load[0].current_A:", "without column and unit", "unit"},
};

START_TEST(a_bad_csv_is_refused_at_its_field) {
  const bad_csv_t *row = &bad_csv[_i];
  char text[500], file[80];
  scenario_error_t error = {.text = ""};
  scenario_t *scenario = NULL;
  write_csv(row->text);
  if (row->text[0] == '-') {
    remove(csv_path);
  }
  snprintf(text, sizeof text,
           "{\"packsim\": 1, \"id\": \"T\", \"title\": \"t\", " LOAD(
               "\"current_A\": {\"csv\": \"%s\", \"column\": \"I\"%s}") "}",
           csv_path, row->more);
  temp_file_write(file, sizeof file, "bad_csv", text, strlen(text));
  int status = scenario_load(file, &scenario, &error);
  remove(file);
  remove(csv_path);
  ck_assert_int_eq(status, -1);
  ck_assert_msg(strstr(error.text, row->place) != NULL && strstr(error.text, row->found) != NULL &&
                    strstr(strstr(error.text, ", allowed"), row->allowed) != NULL,
                "%s", error.text);
  ck_assert_ptr_null(strchr(error.text, '\n'));
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("course");
  TCase *tcase = tcase_create("courses");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, a_ramp_is_a_straight_line);
  tcase_add_loop_test(tcase, a_ramp_begins_with_what_is_there, 0, 2);
  tcase_add_loop_test(tcase, points_are_lines_or_steps, 0, 2);
  tcase_add_test(tcase, a_course_repeats);
  tcase_add_test(tcase, a_plain_value_ends_a_course);
  tcase_add_test(tcase, a_fault_follows_its_course);
  tcase_add_test(tcase, a_fault_that_ends_early_stops_moving);
  tcase_add_test(tcase, a_column_becomes_a_load);
  tcase_add_loop_test(tcase, a_bad_csv_is_refused_at_its_field, 0,
                      (int)(sizeof bad_csv / sizeof bad_csv[0]));
  suite_add_tcase(suite, tcase);
  return suite;
}
