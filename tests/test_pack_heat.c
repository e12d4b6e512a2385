/// Heat of the pack: energy balance, air ducts and fan, heater mats, against closed forms.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../sim/pack_air.h"
#include "../sim/rng.h"
#include "cell_fixture.h"
#include "pack_balance.h"

static const double no_extra_A[PACK_GROUP_COUNT];
static cell_params_t params;
static pack_t pack;

static void start(double degC) {
  params = fixture_cell();
  pack_config_t config = fixture_config(0.5, degC);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
}

static void rest(double time_s) {
  for (uint32_t i = 0; i < (uint32_t)(100.0 * time_s + 0.5); i++)
    ck_assert_int_eq(pack_step(&pack, 0.0, 10000), PACK_OK);
}

static double between(rng_t *rng, double low, double high) {
  return low + (high - low) * rng_uniform(rng);
}

static void start_random(rng_t *rng) {
  params = fixture_cell();
  params.case_ambient_WpK = between(rng, 0.0, 10.0);
  params.core_surface_WpK = between(rng, 1.0, 20.0);
  params.neighbour_WpK = between(rng, 0.0, 20.0);
  params.coulombic_efficiency = between(rng, 0.99, 1.0);
  params.self_discharge_pctpmonth = 5.0;
  for (int i = 0; i < 11; i++) {
    params.entropic_VpK[i] = between(rng, -4e-4, 4e-4);
    params.hysteresis_V[i] = between(rng, 0.0, 0.02);
  }
  params.hysteresis_rate = 30.0;
  pack_config_t config = fixture_config(0.5, 25.0);
  config.ambient_degC = between(rng, -20.0, 40.0);
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++)
    config.cell[i] = (pack_cell_init_t){between(rng, 0.3, 0.9), between(rng, -20.0, 60.0),
                                        between(rng, 0.7, 1.2), between(rng, 0.5, 3.0), 1.0};
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
}

/// Air, fan, mats and a heated cell change now and then.
static void change_world(rng_t *rng) {
  pack.ambient_degC = between(rng, -20.0, 40.0);
  pack.air.inlet_degC = between(rng, -20.0, 40.0);
  pack.air.fan_duty = between(rng, 0.0, 1.1);
  pack.air.blocked_share = between(rng, 0.0, 1.0);
  pack.air.rotor_is_stuck = rng_uniform(rng) < 0.2;
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++) pack.air.mat_W[i] = between(rng, 0.0, 800.0);
  pack.external_W[rng_u64(rng) % 2][rng_u64(rng) % PACK_GROUP_COUNT] = between(rng, 0.0, 500.0);
}

START_TEST(energy_balance_closes) {
  static const uint32_t dt_us[] = {1000, 10000, 100000, 700};
  rng_t rng = rng_stream((uint64_t)_i, "test_pack_heat");
  start_random(&rng);
  const double before_J = balance_content_J(&pack), before_ledger_J = balance_ledger_J(&pack);
  for (uint32_t i = 0; i < 3000; i++) {
    if (i % 100 == 0) change_world(&rng);
    ck_assert_int_eq(pack_step(&pack, between(&rng, -60.0, 100.0), dt_us[_i % 4]), PACK_OK);
  }
  double most_J = fabs(before_J);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) most_J += pack.made_J[0][g] + pack.made_J[1][g];
  ck_assert_double_eq_tol((balance_content_J(&pack) - before_J - balance_booked_J(&pack)) / most_J,
                          0.0, 1e-12);
  ck_assert_double_gt(fabs(balance_booked_J(&pack)), 1e-4 * most_J);
  ck_assert_double_eq_tol(balance_ledger_J(&pack) / before_ledger_J, 1.0,
                          1e-9); // made_J, by what cells lost
}
END_TEST

/// The outlet's approach to the case is e^-NTU of the duct, and the heat is what the air took.
START_TEST(air_takes_what_its_duct_lets_it) {
  const double flow_WpK = 1190.0 * 0.5e-3 * 42.0;
  const double film_WpK = 0.25 * PACK_GROUP_COUNT;
  start(40.0);
  params.case_heat_capacity_JpK = 1e8; // cases stay at 40 degC
  params.case_ambient_WpK = 0.0;
  pack.air.inlet_degC = 20.0;
  pack.air.fan_duty = pack_air_step_duty(&pack, 1);
  pack.air.fan_Hz = 42.0;
  rest(10.0);
  const double share = 1.0 - exp(-film_WpK / flow_WpK);
  ck_assert_double_eq_tol(pack.air.outlet_degC, 20.0 + 20.0 * share, 1e-3);
  double air_J = 0.0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) air_J += pack.air.air_J[m];
  ck_assert_double_eq_tol(air_J / (10.0 * flow_WpK * 20.0 * share), 1.0, 1e-3);
  const double share_of_first = (double)pinout_module[0].group_count / PACK_GROUP_COUNT;
  ck_assert_double_eq_tol(pack.air.air_J[0] / air_J, share_of_first, 1e-6);
  pack.air.blocked_share = 0.5; // half the flow, 2^-0.8 of the film
  rest(1.0);
  const double half = 1.0 - exp(-film_WpK * pow(0.5, 0.8) / (0.5 * flow_WpK));
  ck_assert_double_eq_tol(pack.air.outlet_degC, 20.0 + 20.0 * half, 1e-3);
}
END_TEST

START_TEST(standing_air_takes_nothing) {
  start(40.0);
  params.case_ambient_WpK = 0.0;
  pack.air.params.mat_case_WpK = 0.0;
  pack.air.inlet_degC = 10.0;
  rest(5.0);
  ck_assert_double_eq_tol(pack.case_degC[3], 40.0, 1e-9);
  ck_assert_double_eq_tol(pack.air.outlet_degC, 40.0, 1e-9);
  pack.air.fan_duty = 1.0;
  pack.air.rotor_is_stuck = 1;
  rest(5.0);
  ck_assert_double_eq_tol(pack.case_degC[3], 40.0, 1e-9);
  pack.air.rotor_is_stuck = 0;
  pack.air.blocked_share = 1.0;
  rest(5.0);
  ck_assert_double_gt(pack.air.fan_Hz, 90.0);
  ck_assert_double_eq_tol(pack.case_degC[3], 40.0, 1e-9);
}
END_TEST

START_TEST(more_fan_cools_more) {
  double before_degC = 100.0;
  for (uint32_t step = 0; step < PACK_FAN_STEP_COUNT; step++) {
    start(40.0);
    pack.air.inlet_degC = 20.0;
    pack.air.fan_duty = pack_air_step_duty(&pack, step);
    rest(60.0);
    ck_assert_double_lt(pack_module_degC(&pack, 4), before_degC - 1e-3);
    before_degC = pack_module_degC(&pack, 4);
  }
}
END_TEST

START_TEST(fan_follows_its_duty_with_a_lag) {
  static const double step_Hz[] = {0, 42, 50, 58, 67, 75, 85, 88, 95, 100};
  start(25.0);
  pack.air.fan_duty = pack_air_step_duty(&pack, 9);
  rest(1.5);
  ck_assert_double_eq_tol(pack.air.fan_Hz, 100.0 * (1.0 - exp(-1.0)), 1e-6);
  for (uint32_t step = 0; step < PACK_FAN_STEP_COUNT; step++) {
    pack.air.fan_duty = pack_air_step_duty(&pack, step);
    rest(30.0);
    ck_assert_double_eq_tol(pack.air.fan_Hz, step_Hz[step], 1e-9);
  }
  pack.air.fan_duty = 0.19; // too little to start it
  rest(30.0);
  ck_assert_double_eq_tol(pack.air.fan_Hz, 0.0, 1e-9);
}
END_TEST

/// One mat alone: C T' = P - 4 G (T - case), cases held.
START_TEST(mat_warms_as_one_node) {
  start(0.0);
  params.case_heat_capacity_JpK = 1e8;
  pack.air.mat_W[1] = 600.0;
  rest(20.0);
  const double tau_s = 800.0 / 32.0;
  ck_assert_double_eq_tol(pack.air.mat_degC[1], 600.0 / 32.0 * (1.0 - exp(-20.0 / tau_s)), 0.01);
  ck_assert_double_eq_tol(pack.air.mat_degC[0], 0.0, 1e-6);
  ck_assert_double_eq_tol(pack.air.mat_J, 600.0 * 20.0, 1e-6);
}
END_TEST

START_TEST(mats_warm_their_half) {
  start(-10.0);
  pack.air.mat_W[0] = 600.0;
  rest(100.0);
  for (uint32_t m = 0; m < 4; m++) ck_assert_double_gt(pack.case_degC[m], -9.5);
  for (uint32_t m = 4; m < 8; m++) ck_assert_double_eq_tol(pack.case_degC[m], -10.0, 1e-9);
}
END_TEST

START_TEST(heat_needs_no_small_steps) {
  double coarse_degC, fine_degC;
  for (int fine = 0; fine < 2; fine++) {
    start(25.0);
    pack.air.inlet_degC = 10.0;
    pack.air.fan_duty = 1.0;
    pack.external_W[0][20] = 200.0;
    if (fine) pack.refresh_us = 1000;
    for (uint32_t i = 0; i < (fine ? 60000u : 600u); i++)
      ck_assert_int_eq(pack_step(&pack, 50.0, fine ? 1000 : 100000), PACK_OK);
    *(fine ? &fine_degC : &coarse_degC) = pack_cell_degC(&pack, 40);
  }
  ck_assert_double_eq_tol(coarse_degC, fine_degC, 0.02);
}
END_TEST

START_TEST(cases_too_light_are_refused) {
  pack_config_t config = fixture_config(0.5, 25.0);
  params = fixture_cell();
  params.case_WpK = 0.0;
  params.case_heat_capacity_JpK = 0.22 * 25.0 * 1.01;
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  params.case_heat_capacity_JpK = 0.22 * 25.0 * 0.99;
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_ERR_CONFIG);
  (void)pack_source(&pack, no_extra_A, 1000);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("pack_heat");
  TCase *tests = tcase_create("pack_heat");
  tcase_add_loop_test(tests, energy_balance_closes, 0, 8);
  tcase_add_test(tests, air_takes_what_its_duct_lets_it);
  tcase_add_test(tests, standing_air_takes_nothing);
  tcase_add_test(tests, more_fan_cools_more);
  tcase_add_test(tests, fan_follows_its_duty_with_a_lag);
  tcase_add_test(tests, mat_warms_as_one_node);
  tcase_add_test(tests, mats_warm_their_half);
  tcase_add_test(tests, heat_needs_no_small_steps);
  tcase_add_test(tests, cases_too_light_are_refused);
  suite_add_tcase(suite, tests);
  return suite;
}
