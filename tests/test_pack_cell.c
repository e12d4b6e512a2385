/// Pack: what a single cell does beyond R and RC, each against its closed form.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../sim/pack.h"
#include "cell_fixture.h"

static const double no_extra_A[PACK_GROUP_COUNT];
static cell_params_t params;
static pack_t pack;

static void setup(void) { params = fixture_cell(); }

static void start(double soc, double temperature_degC) {
  pack_config_t config = fixture_config(soc, temperature_degC);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
}

static void run(double current_A, uint32_t dt_us, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (pack_step(&pack, current_A, dt_us) != PACK_OK) ck_abort_msg("step %u", i);
}

/// At rest, with no step's length in it.
static double rest_V(void) { return pack_source(&pack, no_extra_A, 1).emf_V / PACK_GROUP_COUNT; }

START_TEST(entropic_term_lifts_the_warm_cell) {
  for (uint32_t i = 0; i < params.ocv_count; i++) params.entropic_VpK[i] = -1e-4 * (1.0 + i);
  start(0.5, 35.0);
  ck_assert_double_eq_tol(rest_V(), 3.5 - 10.0 * 6e-4, 1e-12);
  ck_assert_double_eq_tol(cell_entropic_VpK(&params, 0.55), -6.5e-4, 1e-15);
  ck_assert_double_eq_tol(cell_entropic_VpK(&params, 1.5), -11e-4, 1e-15);
}
END_TEST

START_TEST(entropic_heat_has_the_sign_of_the_current) {
  for (uint32_t i = 0; i < params.ocv_count; i++) params.entropic_VpK[i] = -2e-4;
  for (int sign = -1; sign <= 1; sign += 2) {
    start(0.5, 25.0);
    double plain_J = 10.0 * 10.0 * 2e-3 * 1.0; /* of R0; the branches come on top */
    run(sign * 20.0, 1000, 1000);
    double branch_J =
        100.0 * (1e-3 * (1.0 - 2.0 * (1.0 - exp(-1.0)) + 0.5 * (1.0 - exp(-2.0))) +
                 3e-3 * (1.0 - 100.0 * (1.0 - exp(-0.02)) + 25.0 * (1.0 - exp(-0.04))));
    double entropic_J = sign * 10.0 * 298.15 * 2e-4; /* discharge: -T dU/dT I > 0 */
    double made_J = pack_ledger(&pack).made_J / PACK_CELL_COUNT;
    ck_assert_double_eq_tol(made_J, plain_J + branch_J + entropic_J, 1e-4);
  }
}
END_TEST

START_TEST(hysteresis_follows_the_charge) {
  params.hysteresis_rate = 40.0;
  for (uint32_t i = 0; i < params.ocv_count; i++) params.hysteresis_V[i] = 0.012;
  start(0.5, 25.0);
  run(-40.0, 1000, 36000); /* 20 A into each cell for 36 s: 2 % */
  ck_assert_double_eq_tol(pack.hysteresis[0][7], 1.0 - exp(-40.0 * 0.02), 1e-6);
  run(40.0, 1000, 36000);
  double turned = -1.0 + (1.0 - exp(-0.8) + 1.0) * exp(-0.8);
  ck_assert_double_eq_tol(pack.hysteresis[1][7], turned, 1e-6);
  for (int k = 0; k < 600; k++) run(0.0, 100000, 100); /* rest: it stays, the branches die away */
  ck_assert_double_eq_tol(pack.hysteresis[1][7], turned, 1e-6);
  ck_assert_double_eq_tol(rest_V(), 3.5 + 0.012 * turned, 1e-9);
}
END_TEST

START_TEST(charge_transfer_is_asinh) {
  for (double u = 1e-3; u < CELL_EXCHANGE_RATIO_MAX; u *= 1.1)
    ck_assert_double_eq_tol(cell_charge_transfer(u * u) / (asinh(u) / u), 1.0, 6e-5);
  const double top = CELL_EXCHANGE_RATIO_MAX;
  ck_assert(cell_charge_transfer(4.0 * top * top) == cell_charge_transfer(top * top));
  ck_assert_double_eq_tol(cell_charge_transfer(0.0), 1.0, 1e-15);
}
END_TEST

START_TEST(fast_branch_saturates_at_high_current) {
  for (int t = 0; t < 2; t++) params.exchange_A[t] = 5.0;
  params.capacity_Ah = 1e4; /* so that nothing else moves */
  for (int i = 0; i < 4; i++) params.ohm[i][2] = 0.0;
  start(0.5, 25.0);
  params.core_JpK = 1e6;
  run(80.0, 10000, 2000); /* 20 s: twenty fast time constants */
  double drop_V = 40.0 * 2e-3 + 1e-3 * 5.0 * asinh(40.0 / 5.0);
  double soc = pack_cell_soc(&pack, 0);
  ck_assert_double_eq_tol(pack_group_V(&pack, 0), 3.0 + soc - drop_V, 2e-6);
  start(0.5, 25.0);
  run(-80.0, 10000, 2000);
  ck_assert_double_eq_tol(pack_group_V(&pack, 0), 3.0 + pack_cell_soc(&pack, 0) + drop_V, 2e-6);
}
END_TEST

START_TEST(slow_branch_has_its_own_time) {
  for (int i = 0; i < 4; i++) params.ohm[i][3] = 5e-3;
  for (int i = 0; i < 4; i++) params.ohm[i][1] = params.ohm[i][2] = 0.0;
  start(0.5, 25.0);
  run(20.0, 1000, 100000);
  double soc = 0.5 - 10.0 * 100.0 / 36000.0;
  double slow_V = 10.0 * 5e-3 * (1.0 - exp(-100.0 / 300.0));
  ck_assert_double_eq_tol(rest_V(), 3.0 + soc - slow_V, 1e-7);
}
END_TEST

START_TEST(coulombic_loss_is_of_the_charge_put_in) {
  params.coulombic_efficiency = 0.9;
  start(0.5, 25.0);
  run(-20.0, 1000, 36000);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 3), 0.5 + 0.9 * 0.01, 1e-9);
  run(20.0, 1000, 36000);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 3), 0.5 - 0.1 * 0.01, 1e-9);
}
END_TEST

START_TEST(self_discharge_follows_arrhenius) {
  params.self_discharge_pctpmonth = 3.0;
  params.self_discharge_kJpmol = 52.0;
  double hour = 1.0 / (30.0 * 24.0);
  start(0.5, 25.0);
  pack.self_discharge_scale[1][9] = 20.0;
  pack_refresh(&pack);
  for (int i = 0; i < 360; i++) run(0.0, 100000, 100);
  /* a cell alone would lose this; its neighbour in the group makes up for most of a difference */
  ck_assert_double_eq_tol(0.5 - pack_cell_soc(&pack, 3), 0.03 * hour, 1e-7);
  double both = 1.0 - pack_cell_soc(&pack, 18) - pack_cell_soc(&pack, 19);
  ck_assert_double_eq_tol(both, (1.0 + 20.0) * 0.03 * hour, 2e-6);
  start(0.5, 45.0);
  for (int i = 0; i < 360; i++) run(0.0, 100000, 100);
  double factor = exp(52e3 / 8.314462618 * (1.0 / 298.15 - 1.0 / 318.15));
  ck_assert_double_eq_tol(0.5 - pack_cell_soc(&pack, 3), factor * 0.03 * hour, 3e-7);
}
END_TEST

START_TEST(internal_short_drains_its_group) {
  start(0.5, 25.0);
  ck_assert_int_eq(pack_set_short(&pack, 10, 1.0), PACK_OK); /* M1C6a */
  run(0.0, 1, 1);
  /* (Ea - V)/Ra + (Eb - V)/Rb = V/Rs at once, before the branches move */
  double group_V = 3.5 * 1000.0 / (1000.0 + 1.0);
  ck_assert_double_eq_tol(pack_group_V(&pack, 5), group_V, 1e-5);
  ck_assert_double_eq_tol(pack.inner_A[0][5], (3.5 - group_V) / 2e-3, 1e-2);
  ck_assert_double_eq_tol(pack_cell_A(&pack, 11), (3.5 - group_V) / 2e-3, 1e-2);
  ck_assert_double_eq_tol(pack_cell_A(&pack, 10), -pack_cell_A(&pack, 11), 1e-9);
  ck_assert_double_eq_tol(pack_group_V(&pack, 6), 3.5, 1e-12);
  run(0.0, 10000, 1000);
  double lost_As = 36000.0 * (1.0 - pack_cell_soc(&pack, 10) - pack_cell_soc(&pack, 11));
  ck_assert_double_eq_tol(lost_As, 3.49 * 10.0, 0.05);
  ck_assert_double_gt(pack_cell_degC(&pack, 10), pack_cell_degC(&pack, 11) + 0.05);
  ck_assert_int_eq(pack_set_short(&pack, 10, 0.0), PACK_OK);
  ck_assert_uint_eq(pack.is_special, 0);
}
END_TEST

START_TEST(short_behind_a_broken_tab_drains_one_cell) {
  start(0.5, 25.0);
  ck_assert_int_eq(pack_set_short(&pack, 10, 1.0), PACK_OK);
  ck_assert_int_eq(pack_set_tab(&pack, 10, PACK_TAB_OPEN_ohm), PACK_OK);
  run(0.0, 10000, 1000);
  ck_assert_double_lt(pack_cell_soc(&pack, 10), 0.5 - 3.4 * 10.0 / 36000.0);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 11), 0.5, 1e-9);
}
END_TEST

START_TEST(lost_cell_leaves_its_current_to_the_other) {
  start(0.5, 25.0);
  ck_assert_int_eq(pack_set_tab(&pack, 20, PACK_TAB_OPEN_ohm), PACK_OK);
  run(30.0, 1000, 10);
  ck_assert_double_eq_tol(pack_cell_A(&pack, 20), 0.0, 1e-6);
  ck_assert_double_eq_tol(pack_cell_A(&pack, 21), 30.0, 1e-6);
  ck_assert_double_eq_tol(pack_group_V(&pack, 10), 3.5 - 30.0 * 2e-3, 1e-3);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 20), 0.5, 1e-9);
  ck_assert_int_eq(pack_set_tab(&pack, 20, 0.0), PACK_OK);
  run(30.0, 1000, 1);
  ck_assert_double_gt(pack_cell_A(&pack, 20), 15.0); /* it is the fuller one now */
}
END_TEST

START_TEST(shorts_and_tabs_out_of_range_are_refused) {
  static pack_t before;
  start(0.5, 25.0);
  before = pack;
  static const double bad_ohm[] = {-1.0, 1e-5, 1e10, (double)NAN, (double)INFINITY};
  for (size_t i = 0; i < sizeof bad_ohm / sizeof bad_ohm[0]; i++)
    ck_assert_int_eq(pack_set_short(&pack, 3, bad_ohm[i]), PACK_ERR_RANGE);
  ck_assert_int_eq(pack_set_short(&pack, PACK_CELL_COUNT, 1.0), PACK_ERR_RANGE);
  ck_assert_int_eq(pack_set_tab(&pack, PACK_CELL_COUNT, 1.0), PACK_ERR_RANGE);
  ck_assert_int_eq(pack_set_tab(&pack, 3, -1e-9), PACK_ERR_RANGE);
  ck_assert_int_eq(pack_set_tab(&pack, 3, (double)NAN), PACK_ERR_RANGE);
  ck_assert_int_eq(memcmp(&before, &pack, sizeof pack), 0);
}
END_TEST

START_TEST(core_is_hotter_than_the_surface_by_the_heat_that_passes) {
  params.neighbour_WpK = 0.0;
  params.case_WpK = 0.0;
  start(0.5, 25.0);
  pack.external_W[0][30] = 5.0;
  for (int i = 0; i < 60; i++) run(0.0, 100000, 100);
  /* both rise with 5 W / 500 J/K; across 2 W/K flows what the surface's share of that needs */
  double across_K = 5.0 * 100.0 / 500.0 / 2.0;
  ck_assert_double_eq_tol(pack.core_degC[0][30] - pack.surface_degC[0][30], across_K, 1e-3);
  double mean_degC = (400.0 * pack.core_degC[0][30] + 100.0 * pack.surface_degC[0][30]) / 500.0;
  ck_assert_double_eq_tol(mean_degC, 25.0 + 5.0 * 600.0 / 500.0, 1e-6);
}
END_TEST

START_TEST(ripple_heats_what_the_mean_current_does_not) {
  start(0.5, 25.0);
  pack.ripple_A2s = 50.0;
  (void)pack_source(&pack, no_extra_A, 10000);
  double string_ohm = pack.string_ohm;
  run(0.0, 10000, 1);
  pack_ledger_t ledger = pack_ledger(&pack);
  ck_assert_double_eq_tol(ledger.made_J + ledger.joint_J, 50.0 * string_ohm, 1e-9);
  ck_assert_double_eq_tol(ledger.groups_J, -ledger.made_J, 1e-9);
}
END_TEST

START_TEST(enthalpy_is_the_integral_of_the_ocv) {
  for (uint32_t i = 0; i < params.ocv_count; i++) params.entropic_VpK[i] = 1e-4;
  double lift_V = -298.15e-4;
  ck_assert_double_eq_tol(cell_enthalpy_J(&params, 100.0, 1.0), 100.0 * (3.5 + lift_V), 1e-9);
  ck_assert_double_eq_tol(cell_enthalpy_J(&params, 100.0, 0.43),
                          100.0 * (0.43 * (3.0 + lift_V) + 0.5 * 0.43 * 0.43), 1e-9);
  ck_assert_double_eq_tol(cell_enthalpy_J(&params, 100.0, -0.1),
                          100.0 * (-0.1 * (3.0 + lift_V) + 0.5 * 0.01), 1e-9);
  ck_assert_double_eq_tol(cell_enthalpy_J(&params, 100.0, 1.1),
                          100.0 * (1.1 * (3.0 + lift_V) + 0.5 * 1.21), 1e-9);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("pack_cell");
  TCase *tests = tcase_create("pack_cell");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, entropic_term_lifts_the_warm_cell);
  tcase_add_test(tests, entropic_heat_has_the_sign_of_the_current);
  tcase_add_test(tests, hysteresis_follows_the_charge);
  tcase_add_test(tests, charge_transfer_is_asinh);
  tcase_add_test(tests, fast_branch_saturates_at_high_current);
  tcase_add_test(tests, slow_branch_has_its_own_time);
  tcase_add_test(tests, coulombic_loss_is_of_the_charge_put_in);
  tcase_add_test(tests, self_discharge_follows_arrhenius);
  tcase_add_test(tests, internal_short_drains_its_group);
  tcase_add_test(tests, short_behind_a_broken_tab_drains_one_cell);
  tcase_add_test(tests, lost_cell_leaves_its_current_to_the_other);
  tcase_add_test(tests, shorts_and_tabs_out_of_range_are_refused);
  tcase_add_test(tests, core_is_hotter_than_the_surface_by_the_heat_that_passes);
  tcase_add_test(tests, ripple_heats_what_the_mean_current_does_not);
  tcase_add_test(tests, enthalpy_is_the_integral_of_the_ocv);
  suite_add_tcase(suite, tests);
  return suite;
}
