/// Pack: closed forms of cells, pairs, heat and tap potentials.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../sim/pack.h"
#include "../sim/rng.h"
#include "cell_fixture.h"

static const double no_extra_A[PACK_GROUP_COUNT];
static cell_params_t params;
static pack_t pack;
static const double golden_V = 0x1.6729cf84facfep+8; ///< sum of group voltages, the same everywhere

static void start(double soc, double temperature_degC) {
  params = fixture_cell();
  pack_config_t config = fixture_config(soc, temperature_degC);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
}

static void run(double current_A, uint32_t dt_us, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    ck_assert_int_eq(pack_step(&pack, current_A, dt_us), PACK_OK);
}

/// Mean of e^(-t/tau) over the millisecond that ends at end_s.
static double mean_decay(double end_s, double tau_s) {
  return tau_s * (exp(-(end_s - 1e-3) / tau_s) - exp(-end_s / tau_s)) / 1e-3;
}

START_TEST(rc_step_response) {
  start(0.8, 25.0);
  run(20.0, 1000, 3000);
  double soc = 0.8 - 10.0 * 3.0 / 36000.0, soc_mean = soc + 10.0 * 0.5e-3 / 36000.0;
  double rise_ohm = 1e-3 * (1.0 - mean_decay(3.0, 1.0)) + 3e-3 * (1.0 - mean_decay(3.0, 50.0));
  double group_V = 3.0 + soc_mean - 10.0 * (2e-3 + rise_ohm);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
    ck_assert_double_eq_tol(pack_group_V(&pack, g), group_V, 1e-9);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 77), soc, 1e-12);
  ck_assert_double_eq_tol(pack_cell_A(&pack, 77), 10.0, 1e-12);
}
END_TEST

START_TEST(relaxes_with_both_time_constants) {
  start(0.8, 25.0);
  run(20.0, 1000, 3000);
  double v1_V = 10.0 * 1e-3 * (1.0 - exp(-3.0)), v2_V = 10.0 * 3e-3 * (1.0 - exp(-0.06));
  run(0.0, 1000, 2000);
  double soc = 0.8 - 10.0 * 3.0 / 36000.0;
  double group_V = 3.0 + soc - v1_V * mean_decay(2.0, 1.0) - v2_V * mean_decay(2.0, 50.0);
  ck_assert_double_eq_tol(pack_group_V(&pack, 5), group_V, 1e-9);
}
END_TEST

START_TEST(step_length_does_not_matter) {
  static const uint32_t dt_us[] = {100000, 1000, 50};
  double emf_V[3];
  for (int i = 0; i < 3; i++) {
    start(0.5, 25.0);
    run(-40.0, dt_us[i], 3000000 / dt_us[i]);
    emf_V[i] = pack_source(&pack, no_extra_A, 1).emf_V;
  }
  ck_assert_double_eq_tol(emf_V[1], emf_V[0], 1e-7);
  ck_assert_double_eq_tol(emf_V[2], emf_V[0], 1e-7);
}
END_TEST

/// Three equations for Ia, Ib, V by Cramer's rule: Ea - Ra Ia = V, Eb - Rb Ib = V, Ia + Ib = I.
static void dense_pair(double ea_V, double ra_ohm, double eb_V, double rb_ohm, double current_A,
                       double out[3]) {
  double m[3][4] = {{ra_ohm, 0, 1, ea_V}, {0, rb_ohm, 1, eb_V}, {1, 1, 0, current_A}};
  for (int k = 0; k < 3; k++) {
    int pivot = k;
    for (int i = k + 1; i < 3; i++)
      if (fabs(m[i][k]) > fabs(m[pivot][k])) pivot = i;
    for (int j = 0; j < 4; j++) {
      double swap = m[k][j];
      m[k][j] = m[pivot][j];
      m[pivot][j] = swap;
    }
    for (int i = 0; i < 3; i++) {
      double factor = m[i][k] / m[k][k];
      for (int j = 0; j < 4 && i != k; j++) m[i][j] -= factor * m[k][j];
    }
  }
  for (int k = 0; k < 3; k++) out[k] = m[k][3] / m[k][k];
}

START_TEST(pair_split_equals_dense_solve) {
  params = fixture_cell();
  pack_config_t config = fixture_config(0.6, 25.0);
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    config.cell[i].soc = 0.4 + 0.001 * i * (i % 3);
    config.cell[i].resistance_scale = 0.5 + 0.4 * (i % 7);
  }
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  run(33.0, 1, 1);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const pack_cell_init_t *a = &config.cell[2 * g], *b = a + 1;
    double x[3];
    dense_pair(3.0 + a->soc, 2e-3 * a->resistance_scale, 3.0 + b->soc, 2e-3 * b->resistance_scale,
               33.0, x);
    ck_assert_double_eq_tol(pack_cell_A(&pack, 2 * g), x[0], 1e-4);
    ck_assert_double_eq_tol(pack_cell_A(&pack, 2 * g + 1), x[1], 1e-4);
    ck_assert_double_eq_tol(pack_group_V(&pack, g), x[2], 1e-6); // one microsecond later
  }
}
END_TEST

START_TEST(thevenin_of_the_string) {
  params = fixture_cell();
  pack_config_t config = fixture_config(0.5, 25.0);
  config.cell[8].resistance_scale = 3.0; // M1C5a: 6 mOhm beside 2 mOhm
  config.cell[8].soc = 0.7;
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  pack_source_t source = pack_source(&pack, no_extra_A, 1000);
  ck_assert_double_eq_tol(source.emf_V, 95 * 3.5 + (3.7 * 2 + 3.5 * 6) / 8.0, 1e-5);
  /* a millisecond's rise of the branches and fall of the OCV are in it */
  double rise_ohm = 1e-3 * (1.0 - mean_decay(1e-3, 1.0)) + 3e-3 * (1.0 - mean_decay(1e-3, 50.0));
  double one_ohm = 2e-3 + rise_ohm + 0.5e-3 / 36000.0;
  double three_ohm = 6e-3 + 3.0 * rise_ohm + 0.5e-3 / 36000.0;
  double pair_ohm = one_ohm * three_ohm / (one_ohm + three_ohm);
  ck_assert_double_eq_tol(source.ohm, 95 * one_ohm / 2.0 + pair_ohm + 2.25e-3, 1e-12);
}
END_TEST

START_TEST(charge_is_conserved) {
  params = fixture_cell();
  pack_config_t config = fixture_config(0.6, 25.0);
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    config.cell[i].capacity_scale = 0.8 + 0.02 * (i % 11);
    config.cell[i].resistance_scale = 0.7 + 0.1 * (i % 5);
  }
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  run(50.0, 1000, 20000);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    double charge_As = 0.0;
    for (uint32_t cell = 2 * g; cell < 2 * g + 2; cell++)
      charge_As += (0.6 - pack_cell_soc(&pack, cell)) * 36000.0 * config.cell[cell].capacity_scale;
    ck_assert_double_eq_tol(charge_As, 1000.0, 1e-7);
  }
}
END_TEST

START_TEST(unequal_pair_equalises_at_rest) {
  params = fixture_cell();
  pack_config_t config = fixture_config(0.6, 25.0);
  config.cell[20].soc = 0.7;
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  run(0.0, 1000, 1);
  ck_assert_double_eq_tol(pack_cell_A(&pack, 20), 0.1 / 4e-3, 0.01); // the fuller one discharges
  ck_assert_double_eq_tol(pack_cell_A(&pack, 21), -0.1 / 4e-3, 0.01);
  run(0.0, 100000, 60000);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 20), 0.65, 1e-3);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 21), 0.65, 1e-3);
}
END_TEST

START_TEST(extra_current_discharges_its_group_alone) {
  start(0.5, 25.0);
  double extra_A[PACK_GROUP_COUNT] = {0};
  extra_A[17] = 0.1;
  pack_source_t plain = pack_source(&pack, no_extra_A, 1000);
  pack_source_t bled = pack_source(&pack, extra_A, 1000);
  ck_assert_double_eq_tol(plain.emf_V - bled.emf_V, 0.1 * 1e-3, 1e-6);
  run(0.0, 10000, 3600);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 34), 0.5 - 0.05 * 36.0 / 36000.0, 1e-10);
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 32), 0.5, 1e-15);
}
END_TEST

/// Integral of the square of 1 - e^(-t/tau).
static double square_s(double t, double tau) {
  return t - 2.0 * tau * (1.0 - exp(-t / tau)) + 0.5 * tau * (1.0 - exp(-2.0 * t / tau));
}

static double stored_J(void) {
  double sum_J = 0.0;
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++)
    sum_J += params.core_JpK * pack_cell_degC(&pack, i) +
             params.surface_JpK * pack_cell_surface_degC(&pack, i);
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++)
    sum_J += params.case_heat_capacity_JpK * pack.case_degC[m];
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++)
    sum_J += pack.air.params.mat_JpK * pack.air.mat_degC[i];
  return sum_J;
}

START_TEST(heat_is_ohmic_plus_polarisation) {
  start(0.8, 25.0);
  double before_J = stored_J();
  run(100.0, 1000, 4000);
  double cell_J = 2500.0 * (2e-3 * 4.0 + 1e-3 * square_s(4.0, 1.0) + 3e-3 * square_s(4.0, 50.0));
  double after_J = stored_J();
  ck_assert_double_eq_tol((after_J - before_J) / (PACK_CELL_COUNT * cell_J), 1.0, 1e-7);
  ck_assert_double_gt(pack_module_degC(&pack, 3), 25.0);
}
END_TEST

START_TEST(exchange_conserves_heat_and_levels) {
  params = fixture_cell();
  pack_config_t config = fixture_config(0.5, 20.0);
  config.cell[2 * 6 + 1].temperature_degC = 79.0; // M1C7b, below the middle tap
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  pack.air.params.mat_case_WpK = 0.0; // or the mat would join the modules
  double before_J = stored_J();
  run(0.0, 100000, 600);
  ck_assert_double_eq_tol(stored_J(), before_J, 1e-3);
  double self_degC = pack_cell_surface_degC(&pack, 13);
  double below_degC = pack_cell_surface_degC(&pack, 12);
  double above_degC = pack_cell_surface_degC(&pack, 14);
  double far_degC = pack_cell_surface_degC(&pack, 20);
  ck_assert(self_degC > below_degC && below_degC > far_degC && far_degC > 20.0);
  ck_assert_double_eq_tol(below_degC, above_degC, 1e-4);
  ck_assert_double_eq_tol(pack_cell_degC(&pack, 28), 20.0, 1e-12); // M2 is another module
  ck_assert_double_eq_tol(pack_module_degC(&pack, 0), 0.5 * (self_degC + above_degC), 1e-12);
}
END_TEST

START_TEST(case_cools_to_ambient) {
  params = fixture_cell();
  params.case_WpK = 0.0;
  params.neighbour_WpK = 0.0;
  params.case_ambient_WpK = 2.0;
  pack_config_t config = fixture_config(0.5, 45.0);
  config.ambient_degC = 5.0;
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  pack.air.params.mat_case_WpK = 0.0;
  run(0.0, 10000, 100000);
  ck_assert_double_eq_tol(pack.case_degC[2], 5.0 + 40.0 * exp(-1.0), 1e-3);
}
END_TEST

START_TEST(outside_heat_warms_its_cell) {
  start(0.5, 25.0);
  double before_J = stored_J();
  pack.external_W[1][40] = 30.0;
  run(0.0, 1000, 10000);
  ck_assert_double_eq_tol(stored_J() - before_J, 300.0, 1e-6);
  ck_assert(pack_cell_degC(&pack, 81) > pack_cell_degC(&pack, 80));
}
END_TEST

START_TEST(wire_sources_follow_taps_and_joints) {
  double wire_V[PINS_WIRE_COUNT];
  start(0.5, 25.0);
  run(100.0, 1000, 1);
  pack_wire_sources(&pack, wire_V);
  double group_V = pack_group_V(&pack, 0);
  ck_assert_double_eq_tol(wire_V[0], 0.0, 1e-12);
  for (uint32_t wire = 1; wire < PINS_WIRE_COUNT; wire++) {
    int same_tap = pinout_wire[wire].tap == pinout_wire[wire - 1].tap;
    int new_module = pinout_wire[wire].module != pinout_wire[wire - 1].module;
    int after_middle =
        pinout_wire[wire - 1].section == 1 && pinout_wire[wire - 1].pair_wire != 0xFF;
    double step_V = wire_V[wire] - wire_V[wire - 1];
    if (same_tap)
      ck_assert_double_eq_tol(step_V, -100.0 * pack.joints.middle_joint_ohm, 1e-9);
    else if (pinout_wire[wire].module == 5 && new_module)
      ck_assert_double_eq_tol(step_V, -100.0 * pack.joints.service_plug_ohm, 1e-9);
    else if (new_module)
      ck_assert_double_eq_tol(step_V, -100.0 * pack.joints.busbar_ohm, 1e-9);
    else if (pinout_wire[wire].tap == 1 || after_middle)
      ck_assert_double_eq_tol(step_V, group_V, 1e-9);
    else if (pinout_wire[wire].tap == 8 && pinout_wire[wire].module == 1)
      ck_assert_double_eq_tol(step_V, group_V - 100.0 * pack.joints.middle_joint_ohm, 1e-9);
    else
      ck_assert_double_eq_tol(step_V, group_V - 100.0 * pack.joints.joint_ohm, 1e-9);
  }
  start(0.5, 25.0);
  pack_source_t source = pack_source(&pack, no_extra_A, 1000);
  double terminal_V = source.emf_V - source.ohm * 100.0;
  run(100.0, 1000, 1);
  pack_wire_sources(&pack, wire_V);
  ck_assert_double_eq_tol(wire_V[PINS_WIRE_COUNT - 1], terminal_V, 1e-9);
}
END_TEST

START_TEST(bad_start_values_are_refused) {
  static pack_t before;
  start(0.5, 25.0);
  before = pack;
  const pack_cell_init_t bad[] = {
      {1.01, 25, 1, 1, 1},        {-0.01, 25, 1, 1, 1},        {0.5, 121, 1, 1, 1},
      {0.5, -41, 1, 1, 1},        {0.5, (double)NAN, 1, 1, 1}, {0.5, 25, 0.2, 1, 1},
      {0.5, 25, 1.6, 1, 1},       {0.5, 25, 1, 0.2, 1},        {0.5, 25, 1, 11, 1},
      {(double)NAN, 25, 1, 1, 1}, {0.5, 25, 1, 1, -1},         {0.5, 25, 1, 1, 1001}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    pack_config_t config = fixture_config(0.5, 25.0);
    config.cell[191] = bad[i];
    ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_ERR_CONFIG);
  }
  pack_config_t config = fixture_config(0.5, 25.0);
  config.ambient_degC = 500.0;
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_ERR_CONFIG);
  config = fixture_config(0.5, 25.0);
  cell_params_t broken = params;
  broken.ocv_V[4] = broken.ocv_V[3];
  ck_assert_int_eq(pack_init(&pack, &broken, &config), PACK_ERR_CONFIG);
  ck_assert_int_eq(memcmp(&before, &pack, sizeof pack), 0);
}
END_TEST

START_TEST(bad_steps_keep_the_last_good_state) {
  static pack_t before;
  start(0.5, 25.0);
  (void)pack_source(&pack, no_extra_A, 1000);
  run(10.0, 1000, 5);
  before = pack;
  ck_assert_int_eq(pack_step(&pack, (double)NAN, 1000), PACK_ERR_DIVERGE);
  ck_assert_int_eq(pack_step(&pack, (double)INFINITY, 1000), PACK_ERR_DIVERGE);
  ck_assert_int_eq(pack_step(&pack, -2e5, 1000), PACK_ERR_DIVERGE);
  ck_assert_int_eq(pack_step(&pack, 10.0, 0), PACK_ERR_DIVERGE);
  ck_assert_int_eq(pack_step(&pack, 10.0, 100001), PACK_ERR_DIVERGE);
  ck_assert_int_eq(memcmp(&before, &pack, sizeof pack), 0);
  pack.soc[0][3] = (double)NAN;
  run(10.0, 10000, 1); // the state is read by now
  (void)pack_source(&pack, no_extra_A, 1000);
  ck_assert_int_eq(pack_step(&pack, 10.0, 1000), PACK_ERR_DIVERGE);
}
END_TEST

START_TEST(same_bits_with_every_compiler) {
  params = fixture_cell();
  for (uint32_t i = 0; i < params.temperature_count; i++) params.exchange_A[i] = 4.0;
  pack_config_t config = fixture_config(0.7, 10.0);
  rng_t rng = rng_stream(7, "test_pack");
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    config.cell[i].soc += 0.02 * (rng_uniform(&rng) - 0.5);
    config.cell[i].resistance_scale += 0.2 * (rng_uniform(&rng) - 0.5);
  }
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  for (uint32_t i = 0; i < 5000; i++) run(200.0 * (rng_uniform(&rng) - 0.4), 1000, 1);
  double sum_V = 0.0;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) sum_V += pack_group_V(&pack, g);
  ck_assert_msg(sum_V == golden_V, "sum of group voltages %a", sum_V);
}
END_TEST

START_TEST(table_lookups) {
  cell_params_t cell = fixture_cell();
  ck_assert_double_eq_tol(cell_ocv_V(&cell, 0.345), 3.345, 1e-12);
  ck_assert_double_eq_tol(cell_ocv_V(&cell, -0.1), 2.9, 1e-12);
  ck_assert_double_eq_tol(cell_ocv_V(&cell, 1.1), 4.1, 1e-12);
  ck_assert_double_eq_tol(cell_soc_at_ocv(&cell, 3.345), 0.345, 1e-12);
  ck_assert_double_eq_tol(cell_soc_at_ocv(&cell, 2.0), 0.0, 1e-15);
  ck_assert_double_eq_tol(cell_soc_at_ocv(&cell, 5.0), 1.0, 1e-15);
  for (int t = 0; t < 2; t++)
    for (int s = 0; s < 2; s++) cell.ohm[2 * t + s][0] = 1e-3 * (1 + s + 10 * t);
  ck_assert_double_eq_tol(cell_ohm(&cell, 0.25, 25.0).ohm[0], 8.75e-3, 1e-15);
  ck_assert_double_eq_tol(cell_ohm(&cell, 2.0, 999.0).ohm[0], 12e-3, 1e-15);
  ck_assert_double_eq_tol(cell_ohm(&cell, -2.0, -999.0).ohm[0], 1e-3, 1e-15);
  ck_assert_double_eq_tol(cell_ohm(&cell, 0.25, 25.0).ohm[2], 3e-3, 1e-15);
}
END_TEST

START_TEST(resistance_follows_temperature) {
  params = fixture_cell();
  for (int s = 0; s < 2; s++) params.ohm[s][0] = 10e-3; // at -50 degC
  pack_config_t config = fixture_config(0.5, 0.0);
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  double cold_ohm = pack_source(&pack, no_extra_A, 1000).ohm;
  ck_assert_double_eq_tol(cold_ohm, 96 * 3e-3 + 2.25e-3, 96 * 0.6e-6);
  run(200.0, 1000, 20000);
  ck_assert_double_lt(pack_source(&pack, no_extra_A, 1000).ohm, cold_ohm - 1e-3);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("pack");
  TCase *tests = tcase_create("pack");
  tcase_add_test(tests, rc_step_response);
  tcase_add_test(tests, relaxes_with_both_time_constants);
  tcase_add_test(tests, step_length_does_not_matter);
  tcase_add_test(tests, pair_split_equals_dense_solve);
  tcase_add_test(tests, thevenin_of_the_string);
  tcase_add_test(tests, charge_is_conserved);
  tcase_add_test(tests, unequal_pair_equalises_at_rest);
  tcase_add_test(tests, extra_current_discharges_its_group_alone);
  tcase_add_test(tests, heat_is_ohmic_plus_polarisation);
  tcase_add_test(tests, exchange_conserves_heat_and_levels);
  tcase_add_test(tests, case_cools_to_ambient);
  tcase_add_test(tests, outside_heat_warms_its_cell);
  tcase_add_test(tests, wire_sources_follow_taps_and_joints);
  tcase_add_test(tests, bad_start_values_are_refused);
  tcase_add_test(tests, bad_steps_keep_the_last_good_state);
  tcase_add_test(tests, same_bits_with_every_compiler);
  tcase_add_test(tests, table_lookups);
  tcase_add_test(tests, resistance_follows_temperature);
  suite_add_tcase(suite, tests);
  return suite;
}
