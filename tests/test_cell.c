/// One cell: the same voltages as the pack, closed forms of charge, heat and surface SOC.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../sim/cell.h"
#include "../sim/pack.h"
#include "../sim/rng.h"
#include "cell_fixture.h"

enum { STEP_us = 10000, GROUP = 5 };

static pack_t pack;
static cell_params_t params;

/// A cell that uses every term of the model; its cells keep their heat.
static cell_params_t rich_cell(void) {
  cell_params_t rich = fixture_cell();
  for (int i = 0; i < 11; i++) {
    rich.ocv_V[i] += 0.02 * sin(1.7 * i);
    rich.entropic_VpK[i] = 1e-4 * cos(0.9 * i);
    rich.hysteresis_V[i] = 0.01 + 0.001 * i;
  }
  for (int i = 0; i < 4; i++) {
    rich.ohm[i][0] *= 1.0 + 0.2 * i;
    rich.ohm[i][1] *= 5.0 - 0.5 * i;
    rich.ohm[i][3] = 4e-3 * (1.0 + 0.3 * i);
  }
  for (int t = 0; t < 2; t++) {
    rich.exchange_A[t] = 5.0 + 20.0 * t;
    rich.surface_pA[t] = 4e-3 - 3e-3 * t;
    rich.growth_pA[t] = 0.02 - 0.01 * t;
    rich.steep_soc[t] = 0.9 - 0.1 * t;
  }
  rich.surface_middle_share = 0.4;
  rich.steep_gain = 30.0;
  rich.hysteresis_rate = 30.0;
  rich.coulombic_efficiency = 0.99;
  rich.self_discharge_pctpmonth = 5.0;
  rich.self_discharge_kJpmol = 40.0;
  rich.core_JpK = 40.0; // warms by several kelvin
  rich.case_WpK = rich.neighbour_WpK = 0.0;
  return rich;
}

/// The pack with every coefficient renewed at every step, all cells alike.
static void start_pack(double soc, double temperature_degC) {
  pack_config_t config = fixture_config(soc, temperature_degC);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  pack.refresh_us = 1;
  pack.slice_count = 1;
}

START_TEST(equals_the_pack) {
  cell_t cell;
  rng_t rng = rng_stream(3, "test_cell");
  params = rich_cell();
  start_pack(0.78, -5.0);
  cell_init(&cell, &params, 0.78, -5.0, 0.0);
  double current_A = 0.0;
  for (int i = 0; i < 3000; i++) {
    if (i % 50 == 0) current_A = 90.0 * (rng_uniform(&rng) - 0.3);
    pack.leak_next = GROUP; // the group that is compared has fresh losses
    double mean_V = cell_mean_V(&cell, current_A, 1e-6 * STEP_us);
    ck_assert_int_eq(pack_step(&pack, 2.0 * current_A, STEP_us), PACK_OK);
    ck_assert_double_eq_tol(mean_V, pack_group_V(&pack, GROUP), 1e-12);
    cell_load_t load = {.current_A = current_A,
                        .charge_As = current_A * 1e-6 * STEP_us,
                        .surface_degC = (double)NAN};
    cell_step(&cell, &load, 1e-6 * STEP_us);
  }
  ck_assert_double_gt(cell.core_degC, -4.0);
  ck_assert_double_eq_tol(cell.core_degC, pack_cell_degC(&pack, 2 * GROUP), 1e-9);
  ck_assert_double_eq_tol(cell.soc, pack_cell_soc(&pack, 2 * GROUP), 1e-12);
}
END_TEST

START_TEST(ohms_follow_surface_and_growth) {
  params = fixture_cell(); // rows at -50 and 50 degC, columns at SOC 0 and 1
  for (int t = 0; t < 2; t++) {
    for (int s = 0; s < 2; s++) params.ohm[2 * t + s][0] = 1e-3 * (1 + s);
    params.surface_pA[t] = 0.02 * t;
    params.growth_pA[t] = 0.05 * t;
  }
  /* 0.01 and 0.025 per A at 0 degC: the surface is at 0.6 - 0.01 x 10 A, its OCV 0.1 V lower */
  cell_ohm_t at = cell_ohm_loaded(&params, 0.6, 0.0, 4.0, 6.0);
  ck_assert_double_eq_tol(at.ohm[0], 1.5e-3 * exp(0.1), 1e-15);
  ck_assert_double_eq_tol(at.ohm[2], 3e-3 * exp(0.1) + 0.1 / 10.0, 1e-14);
  ck_assert_double_eq_tol(at.ohm[3], 0.1 / 10.0, 1e-14);
  double fall_V = (at.ohm[2] - 3e-3 * exp(0.1)) * 4.0 + at.ohm[3] * 6.0;
  ck_assert_double_eq_tol(fall_V, cell_ocv_V(&params, 0.6) - cell_ocv_V(&params, 0.5), 1e-14);
  at = cell_ohm_loaded(&params, 0.6, 0.0, 1.0, -1.0); // no net depletion: the slope
  ck_assert_double_eq_tol(at.ohm[3], 0.01, 1e-9);
  at = cell_ohm_loaded(&params, 0.6, 50.0, 0.0, -10.0); // charging: the surface is fuller
  ck_assert_double_eq_tol(at.ohm[0], 1.8e-3, 1e-15);
  at = cell_ohm_loaded(&params, 0.6, 50.0, 1000.0, 1000.0); // surface empty, growth at its end
  ck_assert_double_eq_tol(at.ohm[0], 1e-3 * exp(2.0), 1e-14);
  at = cell_ohm_loaded(&params, 0.6, 50.0, -1000.0, 1000.0);
  ck_assert_double_eq_tol(at.ohm[0], 1.6e-3 * exp(-1.0), 1e-15);
  at = cell_ohm_loaded(&params, 0.6, -50.0, 1000.0, 1000.0); // both off in the cold row
  ck_assert_double_eq(at.ohm[0], cell_ohm(&params, 0.6, -50.0).ohm[0]);
}
END_TEST

START_TEST(surface_is_never_much_emptier_than_empty) {
  ck_assert_double_eq_tol(cell_surface_soc(-0.03, 0.5, 0.1), 0.4, 1e-15);
  ck_assert_double_eq_tol(cell_surface_soc(-0.03, 0.5, -0.1), 0.6, 1e-15);
  ck_assert_double_eq_tol(cell_surface_soc(-0.03, 0.05, 0.079), -0.029, 1e-15);
  ck_assert_double_eq_tol(cell_surface_soc(-0.03, 0.05, 0.2), -0.03, 1e-15);
  ck_assert_double_eq_tol(cell_surface_soc(-0.03, -0.2, 0.2), -0.2, 1e-15); /* nor does it rise */
  /* through the cell: at a great current the OCV's fall is that to the floor */
  const double by_A = 1e3;
  params = fixture_cell();
  params.surface_min_soc = -0.03;
  for (int t = 0; t < 2; t++) params.surface_pA[t] = 0.01;
  params.surface_middle_share = 0.0;
  cell_ohm_t at = cell_ohm_loaded(&params, 0.3, 25.0, 0.0, by_A);
  double fall_V = cell_ocv_V(&params, 0.3) - cell_ocv_V(&params, -0.03);
  ck_assert_double_eq_tol(at.fall_ohm, fall_V / by_A, 1e-15);
}
END_TEST

START_TEST(depletion_is_steep_in_a_nearly_empty_cell) {
  params = fixture_cell();
  for (int t = 0; t < 2; t++) {
    params.surface_pA[t] = 0.01;
    params.steep_soc[t] = 0.9 - 0.4 * t; // 0.7 at 0 degC
    for (int s = 0; s < 2; s++) params.ohm[2 * t + s][0] = 1e-3 * (1 + s);
  }
  params.steep_gain = 20.0;
  params.surface_middle_share = 0.25;
  /* 0.1 below: 0.01 x (1 + 20 x 0.01 / 0.12) per A, and 0.25 x 4 A + 6 A */
  const double surface_pA = 0.01 * (1.0 + 20.0 / 12.0);
  cell_ohm_t at = cell_ohm_loaded(&params, 0.6, 0.0, 4.0, 6.0);
  ck_assert_double_eq_tol(at.fall_ohm, surface_pA, 1e-14);
  ck_assert_double_eq_tol(at.ohm[0], 1e-3 * (1.0 + 0.6 - surface_pA * 7.0), 1e-15);
  ck_assert_double_eq_tol(at.ohm[2], 3e-3 + 0.25 * surface_pA, 1e-14);
  ck_assert_double_eq_tol(at.ohm[3], surface_pA, 1e-14);
  double fall_V = (at.ohm[2] - 3e-3) * 4.0 + at.ohm[3] * 6.0;
  ck_assert_double_eq_tol(fall_V, surface_pA * 7.0, 1e-14); // the OCV rises by 1 V over SOC 0..1
  at = cell_ohm_loaded(&params, 0.7, 0.0, 4.0, 6.0); // not below: as it was
  ck_assert_double_eq_tol(at.fall_ohm, 0.01, 1e-14);
  at = cell_ohm_loaded(&params, 0.6, -50.0, 4.0, 6.0); // 0.3 below in the cold
  ck_assert_double_eq_tol(at.fall_ohm, 0.01 * (1.0 + 20.0 * 0.09 / 0.32), 1e-14);
}
END_TEST

/// Depletion stores no energy: its heat is current x what it takes from the voltage, also where
/// the current has turned.
START_TEST(depletion_is_heat) {
  params = fixture_cell();
  params.capacity_Ah = 1e4; // so that its charge stands still
  for (int i = 0; i < 4; i++) params.ohm[i][1] = params.ohm[i][2] = 0.0;
  for (int t = 0; t < 2; t++) params.surface_pA[t] = 0.002; // 2 mOhm behind 300 s, half behind 50 s
  params.surface_middle_share = 0.5;
  cell_t cell;
  cell_init(&cell, &params, 0.5, 25.0, 0.0);
  double wanted_J = 0.0, middle_A = 0.0, slow_A = 0.0;
  for (int i = 0; i < 400; i++) {
    double current_A = i < 300 ? 10.0 : -10.0;
    const cell_load_t load = {
        .current_A = current_A, .charge_As = current_A, .surface_degC = (double)NAN};
    cell_step(&cell, &load, 1.0);
    double middle_As = current_A + (middle_A - current_A) * 50.0 * (1.0 - exp(-1.0 / 50.0));
    double slow_As = current_A + (slow_A - current_A) * 300.0 * (1.0 - exp(-1.0 / 300.0));
    wanted_J += 2e-3 * 100.0 + 2e-3 * current_A * (0.5 * middle_As + slow_As);
    middle_A = current_A + (middle_A - current_A) * exp(-1.0 / 50.0);
    slow_A = current_A + (slow_A - current_A) * exp(-1.0 / 300.0);
  }
  ck_assert_double_gt(slow_A, 0.0); // the current has turned, depletion has not
  ck_assert_double_eq_tol(cell.made_J, wanted_J, 1e-4 * wanted_J);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("cell");
  TCase *tests = tcase_create("cell");
  tcase_add_test(tests, equals_the_pack);
  tcase_add_test(tests, ohms_follow_surface_and_growth);
  tcase_add_test(tests, surface_is_never_much_emptier_than_empty);
  tcase_add_test(tests, depletion_is_steep_in_a_nearly_empty_cell);
  tcase_add_test(tests, depletion_is_heat);
  suite_add_tcase(suite, tests);
  return suite;
}
