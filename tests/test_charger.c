/// Chargers: constant current, power and voltage against closed forms; who obeys, who sticks.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../sim/charger.h"

static charger_t charger;
static charger_set_t set;
static hv_t hv;
static hv_load_t load;
static double emf_V;
static const double ohm = 0.05;

/// A string that rises by volt_per_As for what is charged into it, behind closed contactors.
static void setup(void) {
  hv_params_t params = hv_params_soul_ev();
  params.link_bleed_ohm = 0.0;
  memset(&charger, 0, sizeof charger);
  memset(&load, 0, sizeof load);
  set = (charger_set_t){.kind = CHARGER_DC,
                        .current_A = 50.0,
                        .voltage_V = 380.0,
                        .allowed_A = 30.0,
                        .allowed_V = 375.0,
                        .may_act = 1};
  hv_init(&hv, &params);
  hv.link_V = emf_V = 370.0;
  for (uint32_t i = 0; i < 2; i++) hv.fault[i] = HV_CONTACT_WELDED;
}

static void step(double volt_per_As) {
  static const double coil_V[PINS_COIL_COUNT] = {12.0, 12.0, 0.0, 0.0};
  charger_load(&charger, &set, &load);
  double pack_A = hv_step(&hv, (pack_source_t){emf_V, ohm}, coil_V, &load, 1000);
  charger_book(&charger, hv.charger_J);
  emf_V -= volt_per_As * pack_A * 1e-3;
}

static void run(uint32_t ticks) {
  for (uint32_t i = 0; i < ticks; i++) step(0.0);
}

static double closed_ohm(void) { return ohm + hv.params.fuse_ohm + 2.0 * hv.params.contact_ohm; }

/// CC until emf + r I reaches the limit, then I falls with e^(-k t / r).
START_TEST(current_then_voltage_cross_over_where_they_must) {
  const double k = 0.01; /* V per As */
  double r = closed_ohm(), crossing_s = (380.0 - 370.0 - r * 50.0) / (k * 50.0);
  uint32_t ticks = 0;
  for (; !hv.charger_is_in_cv && ticks < 100000; ticks++) step(k);
  ck_assert_double_eq_tol(1e-3 * ticks, crossing_s, 3e-3);
  for (uint32_t i = 0; i < 10000; i++) step(k);
  double left_s = 1e-3 * (ticks + 10000) - crossing_s;
  ck_assert_double_eq_tol(hv.link_V, 380.0, 1e-9);
  ck_assert_double_eq_tol(hv.charger_A, 50.0 * exp(-k * left_s / r), 0.02);
}
END_TEST

/// K = P R (1 - e^(-t / RC)) at constant losses of 8 % of the grid's power, and cools the same way.
START_TEST(the_case_of_the_one_on_board_warms) {
  const double grid_W = 6600.0, loss_W = 0.08 * grid_W, tau_s = 0.06 * 15e3;
  charger.held_kind = CHARGER_AC;
  for (uint32_t i = 0; i < 900000; i++) charger_warm(&charger, 0.92 * grid_W, 1000);
  const double warm_K = loss_W * 0.06 * (1.0 - exp(-900.0 / tau_s));
  ck_assert_double_eq_tol(charger.case_K, warm_K, 1e-3 * warm_K);
  for (uint32_t i = 0; i < 900000; i++) charger_warm(&charger, 0.0, 1000);
  ck_assert_double_eq_tol(charger.case_K, warm_K * exp(-900.0 / tau_s), 1e-3 * warm_K);
  for (uint32_t i = 0; i < 20000; i++) charger_warm(&charger, 0.0, 1000000);
  ck_assert_double_eq_tol(charger.case_K, 0.0, 1e-12);
  charger.held_kind = CHARGER_DC;
  charger_warm(&charger, 50e3, 1000);
  ck_assert_double_eq_tol(charger.case_K, 0.0, 1e-12);
}
END_TEST

START_TEST(the_onboard_charger_gives_constant_power) {
  set = (charger_set_t){.kind = CHARGER_AC, .current_A = 35.0, .voltage_V = 410.0, .may_act = 1};
  run(100);
  /* 6.6 kW from the grid, 92 % of it at the link: u (u - emf) / r = P */
  double P = 0.92 * 6600.0, r = closed_ohm();
  double link_V = 0.5 * (370.0 + sqrt(370.0 * 370.0 + 4.0 * P * r));
  ck_assert_double_eq_tol(hv.link_V, link_V, 1e-6);
  ck_assert_double_eq_tol(hv.charger_A * hv.link_mean_V, P, 1e-6);
  double before_J = charger.grid_J;
  run(1000);
  ck_assert_double_eq_tol(charger.grid_J - before_J, 6600.0, 1e-6);
  load.power_W = 1500.0; /* a load takes its part, the charger gives no more */
  run(100);
  ck_assert_double_eq_tol(hv.charger_A * hv.link_mean_V, P, 1e-6);
  ck_assert_double_eq_tol(-hv.pack_A * hv.link_mean_V, P - 1500.0, 1e-3);
  load.power_W = 9000.0; /* more than it can give: the string helps */
  run(100);
  ck_assert_double_eq_tol(hv.charger_A * hv.link_mean_V, P, 1e-6);
  ck_assert_double_gt(hv.pack_A, 7.0);
}
END_TEST

START_TEST(power_lies_between_current_and_voltage) {
  set = (charger_set_t){.kind = CHARGER_AC, .current_A = 10.0, .voltage_V = 410.0, .may_act = 1};
  run(100);
  ck_assert_double_eq_tol(hv.charger_A, 10.0, 1e-9);
  ck_assert_double_eq_tol(hv.pack_A, -10.0, 1e-6);
  set.current_A = 35.0;
  run(100);
  ck_assert_double_eq_tol(hv.charger_A, 0.92 * 6600.0 / hv.link_mean_V, 1e-9);
  ck_assert_int_eq(hv.charger_is_in_cv, 0);
  set.voltage_V = 370.2;
  run(100);
  ck_assert_int_eq(hv.charger_is_in_cv, 1);
  ck_assert_double_eq_tol(hv.link_V, 370.2, 1e-9);
  ck_assert_double_eq_tol(hv.charger_A, 0.2 / closed_ohm(), 1e-3);
}
END_TEST

START_TEST(each_kind_ends_at_its_limits) {
  set.current_A = 1000.0;
  set.voltage_V = 1000.0;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 200.0);
  ck_assert_double_eq(load.charger_voltage_V, 500.0);
  ck_assert_double_eq(load.charger_power_W, 0.0);
  set.kind = CHARGER_AC;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 35.0);
  ck_assert_double_eq(load.charger_voltage_V, 450.0);
  ck_assert_double_eq(load.charger_power_W, 0.92 * 6600.0);
}
END_TEST

START_TEST(a_ripple_swings_about_the_mean) {
  double sum_A = 0.0, least_A = 1e9, most_A = 0.0;
  charger.ripple_A = 8.0;
  for (uint32_t i = 0; i < 1000; i++) {
    set.time_us = 1000u * i;
    charger_load(&charger, &set, &load);
    sum_A += load.charger_current_A / 1000.0;
    if (load.charger_current_A < least_A) least_A = load.charger_current_A;
    if (load.charger_current_A > most_A) most_A = load.charger_current_A;
  }
  ck_assert_double_eq_tol(sum_A, 50.0, 1e-9);
  ck_assert_double_eq_tol(least_A, 42.0, 1e-12);
  ck_assert_double_eq_tol(most_A, 58.0, 1e-12);
  set.time_us = 5000;
  set.current_A = 3.0; /* it feeds nothing back */
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 0.0);
  set.current_A = 0.0;
  set.time_us = 0;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 0.0);
}
END_TEST

START_TEST(it_obeys_or_does_not) {
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 50.0);
  ck_assert_double_eq(load.charger_voltage_V, 380.0);
  set.obeys = 1;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 30.0);
  ck_assert_double_eq(load.charger_voltage_V, 375.0);
  set.allowed_A = 0.0;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 0.0);
  set.allowed_A = 30.0;
  set.may_act = 0;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 0.0);
}
END_TEST

START_TEST(stuck_on_it_keeps_its_last_set_point) {
  set.obeys = 1;
  charger_load(&charger, &set, &load);
  charger.is_stuck_on = 1;
  set.allowed_A = 0.0;
  set.current_A = 0.0;
  set.may_act = 0;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 30.0);
  ck_assert_double_eq(load.charger_voltage_V, 375.0);
  charger.is_stuck_on = 0;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 0.0);
  memset(&charger, 0, sizeof charger); /* one that never charged has nothing to keep */
  charger.is_stuck_on = 1;
  charger_load(&charger, &set, &load);
  ck_assert_double_eq(load.charger_current_A, 0.0);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("charger");
  TCase *tests = tcase_create("charger");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, the_case_of_the_one_on_board_warms);
  tcase_add_test(tests, current_then_voltage_cross_over_where_they_must);
  tcase_add_test(tests, the_onboard_charger_gives_constant_power);
  tcase_add_test(tests, power_lies_between_current_and_voltage);
  tcase_add_test(tests, each_kind_ends_at_its_limits);
  tcase_add_test(tests, a_ripple_swings_about_the_mean);
  tcase_add_test(tests, it_obeys_or_does_not);
  tcase_add_test(tests, stuck_on_it_keeps_its_last_set_point);
  suite_add_tcase(suite, tests);
  return suite;
}
