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

#define EVENT                                                                                      \
  END ", \"events\": [{\"id\": \"b\", \"when\": {\"at_s\": 0}, \"fault\": {\"target\": "           \
      "\"wire.A1\", \"type\": \"open\"}}], \"sweep\": {"

START_TEST(ranges_have_both_ends) {
  scenario_t *scenario = scenario_of(
      END ", \"sweep\": {\"grid\": {\"pack.soc_pct\": {\"from\": 10, \"to\": 10.3, \"step\": 0.1}, "
          "\"pack.temperature_degC\": {\"from\": -20, \"to\": 40, \"count\": 4}}}");
  ck_assert_uint_eq(scenario_point_count(scenario), 16);
  check_point(scenario, 0, "T.10_-20");
  check_point(scenario, 5, "T.10.1_0");
  check_point(scenario, 15, "T.10.3_40");
  scenario_free(scenario);
}
END_TEST

START_TEST(patterns_stand_for_targets) {
  scenario_t *scenario = scenario_of(EVENT "\"grid\": {\"events[0].fault.target\": \"wire.B*\"}}");
  uint32_t count = 0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    count += pinout_wire_name(w)[0] == 'B';
  }
  ck_assert_uint_gt(count, 10);
  ck_assert_uint_eq(scenario_point_count(scenario), count);
  for (uint32_t i = 0; i < count; i++) {
    scenario_t *point = point_of(scenario, i);
    uint32_t wire = point->plan->event[0].fault.target[0];
    ck_assert_int_eq(pinout_wire_name(wire)[0], 'B');
    ck_assert_uint_eq(point->plan->event[0].fault.target_count, 1);
    scenario_free(point);
  }
  scenario_free(scenario);
}
END_TEST

START_TEST(a_boundary_is_a_step_either_way) {
  scenario_t *scenario = scenario_of(
      END ", \"pack\": {\"groups\": {\"M1C1\": {\"soc_pct\": 40}}}, \"never\": [{\"id\": \"n\", "
          "\"signal\": \"phys.pack.V\", \"gt\": \"${at_V}\"}], \"sweep\": {\"boundary\": "
          "{\"$at_V\": {\"at\": \"limit:CELL_OVERVOLTAGE\", \"lsb\": 0.0001, \"plus\": -0.003}, "
          "\"pack.groups.M1C1.soc_pct\": {\"at\": 50, \"lsb\": 0.5, \"steps\": [-2, 3]}}}");
  static const double wanted[] = {4.2969, 4.297, 4.2971};
  ck_assert_uint_eq(scenario_point_count(scenario), 6);
  for (uint32_t i = 0; i < 6; i++) {
    scenario_t *point = point_of(scenario, i);
    ck_assert_double_eq(point->plan->check[0].probe.value, wanted[i / 2]);
    ck_assert_double_eq_tol(point->plan->pack.cell[0].soc, i % 2 == 0 ? 0.49 : 0.515, 1e-12);
    scenario_free(point);
  }
  scenario_free(scenario);
}
END_TEST

START_TEST(families_of_faults_multiply) {
  scenario_t *scenario = scenario_of(
      EVENT "\"faults\": {\"events[0].fault\": ["
            "{\"target\": [\"wire.A1\", \"wire.A2\"], \"type\": [\"open\", \"resistance\"], "
            "\"value_ohm\": [10, 1000]}, "
            "{\"target\": \"sense.module_ntc.*\", \"type\": \"*\", \"value_K\": 5}]}, "
            "\"grid\": {\"pack.soc_pct\": [20, 80]}}");
  /* two wires with one open and two resistances; eight thermistors with open, short, offset, noise
     and resolution */
  ck_assert_uint_eq(scenario_point_count(scenario), 2 * (2 * 3 + 8 * 5));
  check_point(scenario, 0, "T.wire.A1_open_20");
  check_point(scenario, 5, "T.wire.A1_resistance_1000_80");
  scenario_t *point = point_of(scenario, 4);
  const fault_t *fault = &point->plan->event[0].fault;
  ck_assert_str_eq(fault->row->name, "resistance");
  ck_assert_double_eq(fault->value, 1000);
  scenario_free(point);
  point = point_of(scenario, 2 * (2 * 3 + 8 * 5) - 1);
  fault = &point->plan->event[0].fault;
  ck_assert_int_eq(fault->row->on, FAULT_ON_NTC);
  ck_assert_uint_eq(fault->target[0], 7);
  scenario_free(point);
  scenario_free(scenario);
}
END_TEST

START_TEST(exclusions_leave_out) {
  scenario_t *scenario = scenario_of(
      EVENT "\"grid\": {\"events[0].fault.target\": \"wire.A*\", \"pack.soc_pct\": [10, 20, 30]}, "
            "\"exclude\": [{\"events[0].fault.target\": \"wire.A*\", \"pack.soc_pct\": [10, 30]}, "
            "{\"events[0].fault.target\": \"wire.A1\"}, {\"events[0].fault.target\": "
            "\"wire.A2*\"}]}");
  uint32_t count = 0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    const char *name = pinout_wire_name(w);
    int is_out = strcmp(name, "A1") == 0 || (name[1] == '2' && name[2] != '\0');
    count += name[0] == 'A' && !is_out;
  }
  ck_assert_uint_gt(count, 5);
  ck_assert_uint_eq(scenario_point_count(scenario), count);
  for (uint32_t i = 0; i < count; i++) {
    scenario_t *point = point_of(scenario, i);
    ck_assert_str_eq(point->sweep[1].value, "20");
    scenario_free(point);
  }
  scenario_free(scenario);
}
END_TEST

/// Mean and deviation of a drawn SOC over many seeds; all inside low..high.
static void check_draws(const char *dist, double mean, double sd, double low, double high) {
  enum { COUNT = 300 };
  char text[400];
  double sum = 0.0, squares = 0.0;
  snprintf(text, sizeof text,
           END ", \"pack\": {\"soc_pct\": %s}, \"sweep\": {\"grid\": {\"seed\": {\"from\": 1, "
               "\"to\": %d, \"step\": 1}}}",
           dist, COUNT);
  scenario_t *scenario = scenario_of(text);
  for (uint32_t i = 0; i < COUNT; i++) {
    double soc = 100.0 * drawn_soc(scenario, i);
    ck_assert(soc >= low - 1e-9 && soc <= high + 1e-9);
    sum += soc;
    squares += soc * soc;
  }
  scenario_free(scenario);
  double count = COUNT, seen = sum / count, spread = sqrt(squares / count - seen * seen);
  ck_assert_double_eq_tol(seen, mean, 4.0 * sd / sqrt(count));
  ck_assert_double_eq_tol(spread, sd, 0.1 * sd);
}

typedef struct {
  const char *dist;
  double mean, sd, low, high;
} drawn_t;

START_TEST(draws_have_their_shape) {
  static const drawn_t rows[] = {
      {"{\"dist\": \"normal\", \"mean\": 50, \"sd\": 5}", 50, 5, 20, 80},
      {"{\"dist\": \"uniform\", \"min\": 20, \"max\": 60}", 40, 11.547, 20, 60},
      {"{\"dist\": \"triangular\", \"min\": 0, \"mode\": 30, \"max\": 60}", 30, 12.247, 0, 60},
      {"{\"dist\": \"log_uniform\", \"min\": 1, \"max\": 100}", 21.498, 25.05, 1, 100},
      {"{\"dist\": \"choice\", \"values\": [10, 30]}", 20, 10, 10, 30},
      {"{\"dist\": \"uniform\", \"min\": 0, \"max\": 100, \"step\": 50}", 50, 35.355, 0, 100},
  };
  check_draws(rows[_i].dist, rows[_i].mean, rows[_i].sd, rows[_i].low, rows[_i].high);
}
END_TEST

START_TEST(each_place_draws_for_itself) {
  scenario_t *scenario = scenario_of(
      END
      ", \"pack\": {\"soc_pct\": {\"dist\": \"uniform\", \"min\": 20, \"max\": 60}, "
      "\"temperature_degC\": {\"dist\": \"uniform\", \"min\": 20, \"max\": 60}}, \"events\": "
      "[{\"id\": \"b\", \"when\": {\"at_s\": 0}, \"fault\": {\"target\": \"wire.A1\", \"type\": "
      "\"resistance\", \"value_ohm\": {\"dist\": \"normal\", \"mean\": 1, \"sd\": 9, "
      "\"min\": 0.5, \"max\": 2}}}]");
  scenario_t *point = point_of(scenario, 0), *again = point_of(scenario, 0);
  const pack_cell_init_t *cell = &point->plan->pack.cell[0];
  ck_assert(fabs(100.0 * cell->soc - cell->temperature_degC) > 1e-6);
  double ohm = point->plan->event[0].fault.value;
  ck_assert(ohm >= 0.5 && ohm <= 2.0);
  ck_assert_uint_eq(point->hash, again->hash);
  scenario_free(point);
  scenario_free(again);
  scenario_free(scenario);
}
END_TEST

START_TEST(sweeps_draw_from_distributions) {
  scenario_t *scenario = scenario_of(
      END ", \"sweep\": {\"random\": {\"count\": 200, \"values\": {\"pack.soc_pct\": {\"dist\": "
          "\"normal\", \"mean\": 50, \"sd\": 2}}}}");
  double sum = 0.0;
  for (uint32_t i = 0; i < 200; i++) {
    sum += 100.0 * drawn_soc(scenario, i);
  }
  ck_assert_double_eq_tol(sum / 200, 50, 4.0 * 2.0 / sqrt(200));
  ck_assert(fabs(drawn_soc(scenario, 0) - drawn_soc(scenario, 1)) > 1e-9);
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
  tcase_add_test(tcase, ranges_have_both_ends);
  tcase_add_test(tcase, patterns_stand_for_targets);
  tcase_add_test(tcase, a_boundary_is_a_step_either_way);
  tcase_add_test(tcase, families_of_faults_multiply);
  tcase_add_test(tcase, exclusions_leave_out);
  tcase_add_loop_test(tcase, draws_have_their_shape, 0, 6);
  tcase_add_test(tcase, each_place_draws_for_itself);
  tcase_add_test(tcase, sweeps_draw_from_distributions);
  suite_add_tcase(suite, tcase);
  return suite;
}
