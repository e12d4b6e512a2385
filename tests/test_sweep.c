/// Sweeps: counts, order, names, variables, draws of every kind of axis.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout_text.h"
#include "../scenarios/plan.h"
#include "scenario_text.h"

#define END "\"end\": {\"at_s\": 1}"

static void check_point(const scenario_t *scenario, uint32_t index, const char *name) {
  scenario_t *point = point_of(scenario, index);
  ck_assert_str_eq(point->run_name, name);
  scenario_free(point);
}

START_TEST(without_a_sweep_there_is_one_point) {
  scenario_t *scenario = scenario_of(END);
  ck_assert_uint_eq(scenario_point_count(scenario), 1);
  check_point(scenario, 0, "T");
  scenario_free(scenario);
}
END_TEST

START_TEST(grids_multiply_the_last_fastest) {
  scenario_t *scenario = scenario_of(
      END ", \"sweep\": {\"grid\": {\"pack.soc_pct\": [10, 20.5], \"pack.temperature_degC\": "
          "[-20, 0, 25]}}");
  ck_assert_uint_eq(scenario_point_count(scenario), 6);
  check_point(scenario, 0, "T.10_-20");
  check_point(scenario, 1, "T.10_0");
  check_point(scenario, 5, "T.20.5_25");
  scenario_t *point = point_of(scenario, 4);
  ck_assert_uint_eq(point->sweep_count, 2);
  ck_assert_str_eq(point->sweep[0].path, "pack.soc_pct");
  ck_assert_str_eq(point->sweep[0].value, "20.5");
  ck_assert_double_eq_tol(point->plan->pack.cell[0].soc, 0.205, 1e-12);
  ck_assert_double_eq(point->plan->pack.cell[191].temperature_degC, 0.0);
  scenario_free(point);
  scenario_t *none = NULL;
  scenario_error_t error;
  ck_assert_int_eq(scenario_point(scenario, 6, NULL, 0, &none, &error), -1);
  scenario_free(scenario);
}
END_TEST

START_TEST(lists_walk_side_by_side) {
  scenario_t *scenario = scenario_of(
      END ", \"sweep\": {\"list\": {\"pack.soc_pct\": [10, 20, 20], \"seed\": [1, 2, 3]}}");
  ck_assert_uint_eq(scenario_point_count(scenario), 3);
  check_point(scenario, 2, "T.20_3");
  scenario_t *point = point_of(scenario, 2);
  ck_assert_uint_eq(point->seed, 3);
  ck_assert_uint_eq(point->plan->seed, 3);
  scenario_free(point);
  scenario_free(scenario);
}
END_TEST

START_TEST(sets_stand_for_all_their_members) {
  scenario_t *scenario = scenario_of(
      END ", \"events\": [{\"id\": \"b\", \"when\": {\"at_s\": 0}, \"fault\": {\"target\": "
          "\"wire.${pin}\", \"type\": \"open\"}}], \"sweep\": {\"grid\": {\"$pin\": \"wires\"}}");
  ck_assert_uint_eq(scenario_point_count(scenario), 111);
  for (uint32_t i = 0; i < 111; i += 10) {
    char name[40];
    scenario_t *point = point_of(scenario, i);
    snprintf(name, sizeof name, "T.%s", pinout_wire_name(i));
    ck_assert_str_eq(point->run_name, name);
    ck_assert_uint_eq(point->plan->event[0].fault.target_count, 1);
    ck_assert_uint_eq(point->plan->event[0].fault.target[0], i);
    scenario_free(point);
  }
  scenario_free(scenario);
}
END_TEST

START_TEST(variables_reach_keys_and_keep_their_type) {
  scenario_t *scenario = scenario_of(
      "\"end\": {\"at_s\": \"${t}\"}, \"pack\": {\"groups\": {\"${g}\": {\"soc_pct\": \"${s}\"}}}, "
      "\"sweep\": {\"list\": {\"$g\": [\"M1C1\", \"M8C14\"], \"$s\": [7, 8], \"$t\": [3, 4]}}");
  scenario_t *point = point_of(scenario, 1);
  ck_assert_double_eq(point->end_s, 4);
  ck_assert_double_eq_tol(point->plan->pack.cell[190].soc, 0.08, 1e-12);
  ck_assert_double_eq_tol(point->plan->pack.cell[191].soc, 0.08, 1e-12);
  ck_assert_double_eq_tol(point->plan->pack.cell[0].soc, 0.5, 1e-12);
  scenario_free(point);
  scenario_free(scenario);
}
END_TEST

static double drawn_soc(const scenario_t *scenario, uint32_t index) {
  scenario_t *point = point_of(scenario, index);
  double soc = point->plan->pack.cell[0].soc;
  scenario_free(point);
  return soc;
}

START_TEST(draws_are_seeded_and_inside) {
#define RANDOM                                                                                     \
  END ", \"sweep\": {\"random\": {\"count\": 40, \"values\": {\"pack.soc_pct\": {\"min\": 20, "    \
      "\"max\": 60}, \"$pin\": \"wires\"}}}"
  scenario_t *one = scenario_of(RANDOM), *two = scenario_of(RANDOM ", \"seed\": 2");
  scenario_t *again = scenario_of(RANDOM);
  uint32_t same = 0;
  double low = 1.0, high = 0.0;
  ck_assert_uint_eq(scenario_point_count(one), 40);
  check_point(one, 7, "T.00007");
  for (uint32_t i = 0; i < 40; i++) {
    double soc = drawn_soc(one, i);
    ck_assert_double_eq(soc, drawn_soc(again, i));
    same += fabs(soc - drawn_soc(two, i)) < 1e-9;
    low = fmin(low, soc);
    high = fmax(high, soc);
  }
  ck_assert_uint_eq(same, 0);
  ck_assert(low >= 0.2 && low < 0.25 && high <= 0.6 && high > 0.55);
  scenario_free(one);
  scenario_free(two);
  scenario_free(again);
}
END_TEST

START_TEST(points_have_hashes_of_their_own) {
  scenario_t *scenario = scenario_of(END ", \"sweep\": {\"grid\": {\"seed\": [1, 2]}}");
  scenario_t *one = point_of(scenario, 0), *two = point_of(scenario, 1);
  scenario_t *again = point_of(scenario, 0);
  ck_assert_uint_ne(one->hash, two->hash);
  ck_assert_uint_eq(one->hash, again->hash);
  scenario_free(one);
  scenario_free(two);
  scenario_free(again);
  scenario_free(scenario);
}
END_TEST

START_TEST(names_are_safe_file_names) {
  scenario_t *scenario = scenario_of(
      END ", \"why\": \"${w}\", \"sweep\": {\"grid\": {\"$w\": "
          "[\"a/b c\", \"0123456789012345678901234567890123456789012345678901234567890123456789"
          "0123456789012345678901234567890123456789\"]}}");
  check_point(scenario, 0, "T.a_b_c");
  check_point(scenario, 1, "T.00001");
  scenario_free(scenario);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("sweep");
  TCase *tcase = tcase_create("axes");
  tcase_add_test(tcase, without_a_sweep_there_is_one_point);
  tcase_add_test(tcase, grids_multiply_the_last_fastest);
  tcase_add_test(tcase, lists_walk_side_by_side);
  tcase_add_test(tcase, sets_stand_for_all_their_members);
  tcase_add_test(tcase, variables_reach_keys_and_keep_their_type);
  tcase_add_test(tcase, draws_are_seeded_and_inside);
  tcase_add_test(tcase, points_have_hashes_of_their_own);
  tcase_add_test(tcase, names_are_safe_file_names);
  suite_add_tcase(suite, tcase);
  return suite;
}
