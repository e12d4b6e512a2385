/// Round ticks, labels, zoom and pan of time axes.
#include "../gui/time_axis.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const list_box_t BOX = {100, 0, 500, 10};

START_TEST(places) {
  time_window_t all = {.span_s = 0}, follow = {.span_s = 2},
                fixed = {.from_s = 1, .span_s = 2, .is_fixed = 1};
  time_axis_t axis = time_axis_of(&all, 4, 10, BOX);
  ck_assert_double_eq(axis.from_s, 0);
  ck_assert_double_eq(axis.to_s, 10);
  ck_assert_int_eq(time_axis_x(&axis, 0), 100);
  ck_assert_int_eq(time_axis_x(&axis, 5), 350);
  ck_assert_int_eq(time_axis_x(&axis, 10), 600);
  ck_assert_int_eq(time_axis_x(&axis, -50), 99);
  ck_assert_int_eq(time_axis_x(&axis, 1e9), 601);
  ck_assert_double_eq(time_axis_s(&axis, 225), 2.5);
  axis = time_axis_of(&follow, 7, 10, BOX);
  ck_assert_double_eq(axis.from_s, 5);
  ck_assert_double_eq(axis.to_s, 7);
  axis = time_axis_of(&follow, 0.5, 10, BOX); /* not before the begin */
  ck_assert_double_eq(axis.from_s, 0);
  axis = time_axis_of(&fixed, 7, 10, BOX);
  ck_assert_double_eq(axis.from_s, 1);
  ck_assert_int_eq(time_axis_shows(&axis, 2, 9), 1);
  ck_assert_int_eq(time_axis_shows(&axis, 3.1, 9), 0);
  ck_assert_int_eq(time_axis_shows(&axis, 0, 0.9), 0);
}
END_TEST

START_TEST(steps) {
  static const struct {
    double span;
    int count;
    double step, time_step;
  } rows[] = {{1, 10, 0.1, 0.1},    {1, 9, 0.2, 0.2},        {12, 10, 2, 2},
              {50, 10, 5, 5},       {51, 10, 10, 10},        {600, 10, 100, 60},
              {3600, 10, 500, 600}, {36000, 10, 5000, 3600}, {0.01, 5, 0.002, 0.002}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    double step = time_axis_value_step(rows[i].span, rows[i].count);
    ck_assert_double_eq_tol(step, rows[i].step, rows[i].step * 1e-9);
    step = time_axis_step(rows[i].span, rows[i].count);
    ck_assert_double_eq_tol(step, rows[i].time_step, rows[i].time_step * 1e-9);
  }
}
END_TEST

START_TEST(labels) {
  static const struct {
    double time_s, step_s;
    const char *label;
  } rows[] = {{12, 2, "12"},         {12.5, 0.5, "12.5"},   {0.004, 0.002, "0.004"},
              {300, 60, "5 min"},    {3900, 600, "1 h 05"}, {0, 0.1, "0.0"},
              {7200, 3600, "2 h 00"}};
  char text[40];
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    time_axis_label(rows[i].time_s, rows[i].step_s, text, sizeof text);
    ck_assert_str_eq(text, rows[i].label);
  }
  time_axis_moment(599.9994, text, sizeof text);
  ck_assert_str_eq(text, "599.999 s");
  time_axis_moment(3723.5, text, sizeof text);
  ck_assert_str_eq(text, "1:02:03.500");
}
END_TEST

START_TEST(zoom) {
  time_window_t window = {.span_s = 0};
  time_axis_t axis = time_axis_of(&window, 10, 10, BOX);
  time_window_zoom(&window, &axis, 0.5, 8, 10); /* around 8 s, which keeps its place */
  ck_assert_double_eq_tol(window.from_s, 4, 1e-9);
  ck_assert_double_eq_tol(window.span_s, 5, 1e-9);
  ck_assert_int_eq(window.is_fixed, 1);
  int x = time_axis_x(&axis, 8);
  axis = time_axis_of(&window, 10, 10, BOX);
  ck_assert_int_eq(time_axis_x(&axis, 8), x);
  for (int i = 0; i < 40; i++) {
    time_window_zoom(&window, &axis, 0.5, 8, 10);
    axis = time_axis_of(&window, 10, 10, BOX);
  }
  ck_assert_double_eq_tol(window.span_s, 0.01, 1e-9); /* not narrower */
  for (int i = 0; i < 40; i++) {
    time_window_zoom(&window, &axis, 2, 8, 10);
    axis = time_axis_of(&window, 10, 10, BOX);
  }
  ck_assert_double_eq(window.span_s, 0); /* all of it */
  time_window_zoom(&window, &axis, 0.5, 10, 10); /* at the right edge: goes on moving */
  ck_assert_int_eq(window.is_fixed, 0);
}
END_TEST

START_TEST(pan) {
  time_window_t window = {.span_s = 2};
  time_axis_t axis = time_axis_of(&window, 10, 10, BOX);
  time_window_pan(&window, &axis, -0.5, 10);
  ck_assert_double_eq_tol(window.from_s, 7, 1e-9);
  ck_assert_int_eq(window.is_fixed, 1);
  axis = time_axis_of(&window, 10, 10, BOX);
  time_window_pan(&window, &axis, 0.25, 10);
  ck_assert_double_eq_tol(window.from_s, 7.5, 1e-9);
  ck_assert_int_eq(window.is_fixed, 1);
  axis = time_axis_of(&window, 10, 10, BOX);
  time_window_pan(&window, &axis, 0.5, 10); /* it has reached the newest: moves on with it */
  ck_assert_int_eq(window.is_fixed, 0);
  axis = time_axis_of(&window, 10, 10, BOX);
  time_window_pan(&window, &axis, -100, 10);
  ck_assert_double_eq(window.from_s, 0);
}
END_TEST

/* Labels stay in their strip and do not touch each other. */
START_TEST(drawn) {
  static display_list_t list;
  static const double spans[] = {0.013, 0.7, 12, 59, 400, 5000, 90000};
  for (size_t s = 0; s < sizeof spans / sizeof spans[0]; s++) {
    display_list_clear(&list, 800, 100);
    time_axis_t axis = {3.3, 3.3 + spans[s], 100, 500};
    time_axis_draw(&axis, list_box(100, 0, 500, 50), list_box(100, 52, 500, 13), &list);
    int last_end = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.item_count; i++) {
      const list_item_t *item = &list.item[i];
      if (item->kind != LIST_TEXT) continue;
      ck_assert_int_ge(item->box.x, 100);
      ck_assert_int_le(item->box.x + item->box.w, 600);
      ck_assert_int_gt(item->box.x, last_end);
      last_end = item->box.x + item->box.w;
      count++;
    }
    ck_assert_uint_ge(count, 2);
    ck_assert_uint_eq(list.cut_count, 0);
  }
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("time_axis");
  TCase *all = tcase_create("all");
  tcase_add_test(all, places);
  tcase_add_test(all, steps);
  tcase_add_test(all, labels);
  tcase_add_test(all, zoom);
  tcase_add_test(all, pan);
  tcase_add_test(all, drawn);
  suite_add_tcase(suite, all);
  return suite;
}
