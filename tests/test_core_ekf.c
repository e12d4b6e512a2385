/// The estimator: its model against the plant's cell, functions against libm, filter on drives.
#include <check.h>
#include <math.h>
#include <stdio.h>

#include "../ecu_model/core/ekf.h"
#include "../scenarios/cell_file.h"
#include "../sim/cell.h"
#include "../sim/rng.h"

Suite *test_suite(void);

static void near(float value, float wanted, float tolerance) {
  ck_assert_double_eq_tol((double)value, (double)wanted, (double)tolerance);
}

static void same(float value, float wanted) { ck_assert(value <= wanted && value >= wanted); }

static cell_params_t params;
static bms_polar_t polar;
static bms_ekf_t ekf;

START_TEST(exponential_is_libm_s) {
  for (int i = -4000; i <= 4000; i++) {
    float x = 0.01f * (float)i;
    ck_assert_double_eq_tol((double)ekf_exp(x) / exp((double)x), 1.0, 4e-7);
  }
  same(ekf_exp(-1000.0f), ekf_exp(-80.0f));
  same(ekf_exp(1000.0f), ekf_exp(80.0f));
  same(ekf_exp(0.0f), 1.0f);
  same(ekf_exp((float)NAN), ekf_exp(-80.0f));
}
END_TEST

START_TEST(root_is_libm_s) {
  for (double x = 1e-12; x < 1e12; x *= 1.7)
    ck_assert_double_eq_tol((double)ekf_sqrt((float)x) / sqrt((double)(float)x), 1.0, 2e-7);
  same(ekf_sqrt(0.0f), 0.0f);
  same(ekf_sqrt(-1.0f), 0.0f);
  same(ekf_sqrt((float)NAN), 0.0f);
}
END_TEST

static void load(uint32_t set) {
  char path[400], error[600], name[64];
  snprintf(name, sizeof name, "%s", cell_table[set]->name);
  ck_assert_int_eq(cell_file_find(name, NULL, path, sizeof path), 0);
  ck_assert_int_eq(cell_file_load(path, &params, error, sizeof error), CELL_FILE_OK);
}

/// Current of 5 s steps, charge and discharge, of one cell.
static double wild_A(rng_t *rng, double capacity_Ah) {
  return capacity_Ah * (0.25 + 1.2 * rng_normal(rng));
}

/// Root of the mean square of the difference between the estimator's model and the plant's cell.
static double model_rms_mV(uint32_t set, double degC) {
  enum { STEPS = 12000 };
  const cell_table_t *table = cell_table[set];
  rng_t rng = rng_stream(7, "test_core_ekf");
  cell_t cell;
  double square = 0.0, current_A = 0.0;
  load(set);
  cell_init(&cell, &params, 0.9, degC, 0.0);
  ekf_rest(&polar, 0.0f);
  for (int i = 0; i < STEPS; i++) {
    if (i % 50 == 0) current_A = wild_A(&rng, params.capacity_Ah);
    cell_load_t at = {current_A, current_A * 0.1, degC, degC, 0.0};
    cell_step(&cell, &at, 0.1);
    ekf_carry(&polar, table, (float)current_A, (float)params.capacity_Ah, 0.1f);
    ekf_shown_t shown = ekf_model(table, &polar, (float)cell.soc, (float)degC, (float)current_A);
    polar.drop_V = shown.drop_V;
    double error_mV = 1e3 * ((double)shown.voltage_V - cell_V(&cell, current_A));
    square += error_mV * error_mV;
  }
  return sqrt(square / STEPS);
}

/// Differences: tables in integers, hysteresis to first order, the core's heat from the last drop.
START_TEST(model_is_the_plant_s) {
  static const double degC[] = {-15, 0, 25, 40}, most_mV[] = {6.0, 2.0, 0.5, 0.2};
  for (uint32_t set = 0; set < CELL_TABLE_COUNT; set++)
    for (int i = 0; i < 4; i++) ck_assert_double_lt(model_rms_mV(set, degC[i]), most_mV[i]);
}
END_TEST

/// The table at every point of the file, though it keeps equal columns once.
START_TEST(resistances_are_the_file_s) {
  for (uint32_t set = 0; set < CELL_TABLE_COUNT; set++) {
    const cell_table_t *table = cell_table[set];
    double unit = (double)table->ohm_unit;
    load(set);
    for (uint32_t i = 0; i < params.soc_count * params.temperature_count; i++) {
      float soc = (float)(i % params.soc_count) / (float)(params.soc_count - 1u);
      float degC =
          table->temperature_first_degC + table->temperature_step_K * (float)(i / params.soc_count);
      const double *ohm = params.ohm[i];
      ekf_rest(&polar, 0.0f);
      double r0 = (double)ekf_model(table, &polar, soc, degC, 1.0f).ohmic_V;
      ck_assert_double_eq_tol(r0, ohm[0], 0.51 * unit + 2e-5 * ohm[0]);
      if (set != CELL_TABLE_SOUL_EV) continue; /* whose surface is its mean */
      polar.branch_A[2] = 1.0f;
      double r3 = (double)ekf_model(table, &polar, soc, degC, 0.0f).drop_V;
      ck_assert_double_eq_tol(r3, ohm[3], 0.51 * unit + 2e-5 * ohm[3]);
    }
  }
}
END_TEST

START_TEST(rest_voltage_is_inverted) {
  for (uint32_t set = 0; set < CELL_TABLE_COUNT; set++) {
    for (int i = 1; i < 20; i++) {
      float soc = 0.05f * (float)i, degC = -20.0f + 3.0f * (float)i;
      ekf_rest(&polar, -0.7f);
      float shown_V = ekf_model(cell_table[set], &polar, soc, degC, 0.0f).voltage_V;
      near(ekf_soc_at_rest(cell_table[set], -0.7f, shown_V, degC), soc, 2e-4f);
    }
    ck_assert((ekf_soc_at_rest(cell_table[set], 0.0f, 1.0f, 25.0f)) < 1e-4f);
    ck_assert((ekf_soc_at_rest(cell_table[set], 0.0f, 5.0f, 25.0f)) > 0.9999f);
  }
}
END_TEST

/// A known SOC with 30 mV too little: the branches explain it, and let it relax.
START_TEST(past_load_explains_a_voltage) {
  const cell_table_t *cell = cell_table[CELL_TABLE_SOUL_EV];
  ekf_rest(&polar, 0.0f);
  float rest_V = ekf_model(cell, &polar, 0.6f, 10.0f, 0.0f).voltage_V;
  ekf_relax(&polar, cell, 0.6f, 10.0f, rest_V - 0.03f);
  near(ekf_model(cell, &polar, 0.6f, 10.0f, 0.0f).voltage_V, rest_V - 0.03f, 1e-4f);
  for (int i = 0; i < 30000; i++) ekf_carry(&polar, cell, 0.0f, 39.5f, 0.1f);
  near(ekf_model(cell, &polar, 0.6f, 10.0f, 0.0f).voltage_V, rest_V, 1e-4f);
  ekf_relax(&polar, cell, 0.6f, 10.0f, rest_V - 2.0f);
  near(polar.branch_A[1], 2.0f * 39.5f, 1e-3f);
}
END_TEST

/// The plant's cell with resistances that are 10 % higher, a voltage that is 3 mV off and a sensor
/// that shows offset_A too much. Returns the RMS error in % after 600 s.
static double filter_rms_pct(uint32_t set, double degC, double offset_A, double start_error) {
  enum { STEPS = 36000, SETTLE = 6000 };
  const cell_table_t *table = cell_table[set];
  rng_t rng = rng_stream(8, "test_core_ekf");
  cell_t cell;
  double square = 0.0, current_A = 0.0;
  load(set);
  for (uint32_t i = 0; i < params.soc_count * params.temperature_count; i++)
    for (int k = 0; k < CELL_OHM_COUNT; k++) params.ohm[i][k] *= 1.1;
  cell_init(&cell, &params, 0.9, degC, 0.0);
  ekf_rest(&polar, 0.0f);
  float full_Ah = (float)params.capacity_Ah;
  ekf_begin(&ekf, table, (float)(0.9 + start_error), 0.3f, table->offset_pC * full_Ah);
  for (int i = 0; i < STEPS; i++) {
    if (i % 50 == 0) current_A = 0.6 * wild_A(&rng, params.capacity_Ah);
    if (i / 1000 % 4 == 3) current_A = 0.0;
    cell_load_t at = {current_A, current_A * 0.1, degC, degC, 0.0};
    cell_step(&cell, &at, 0.1);
    float shown_A = (float)(current_A + offset_A), true_A = shown_A - ekf.x[EKF_OFFSET];
    ekf_carry(&polar, table, true_A, full_Ah, 0.1f);
    ekf_predict(&ekf, table, &polar, shown_A * 0.1f, full_Ah, 0.1f);
    double volt = cell_V(&cell, current_A) + 0.003 + 0.002 * rng_normal(&rng);
    polar.drop_V = ekf_correct(&ekf, table, &polar, (float)volt, (float)degC, true_A);
    double error_pct = 100.0 * ((double)ekf.x[EKF_SOC] - cell.soc);
    if (i >= SETTLE) square += error_pct * error_pct;
  }
  return sqrt(square / (STEPS - SETTLE));
}

START_TEST(filter_forgets_a_wrong_start) {
  for (uint32_t set = 0; set < CELL_TABLE_COUNT; set++) {
    ck_assert_double_lt(filter_rms_pct(set, 25.0, 0.0, -0.3), 1.0);
    ck_assert_double_lt(filter_rms_pct(set, 0.0, 0.0, -0.3), 2.0);
  }
}
END_TEST

/// An offset of C/60 is 1.7 % an hour to whoever counts.
START_TEST(filter_finds_the_sensor_s_offset) {
  double offset_A = (double)cell_table[CELL_TABLE_SOUL_EV]->capacity_Ah / 60.0;
  ck_assert_double_lt(filter_rms_pct(CELL_TABLE_SOUL_EV, 25.0, offset_A, 0.0), 1.0);
  ck_assert((ekf.x[EKF_OFFSET]) > 0.2f * (float)offset_A);
  ck_assert((ekf.x[EKF_OFFSET]) < 1.5f * (float)offset_A);
}
END_TEST

/* --- what the sensor's offset drops -------------------------------------------------------- */

/// A string that has carried so much for ever.
static void settle(float current_A) {
  ekf_rest(&polar, 0.0f);
  for (uint32_t k = 0; k < CELL_TABLE_BRANCH_COUNT; k++) polar.branch_A[k] = current_A;
}

/// A little current that never changes: what it drops by itself, and by the surface's SOC.
START_TEST(settled_ohms_are_those_of_a_lasting_current) {
  static const float little_A = 0.002f;
  for (uint32_t set = 0; set < CELL_TABLE_COUNT; set++) {
    for (float degC = -20.0f; degC < 30.0f; degC += 15.0f) {
      settle(little_A);
      ekf_shown_t loaded = ekf_model(cell_table[set], &polar, 0.62f, degC, little_A);
      settle(0.0f);
      float rest_V = ekf_model(cell_table[set], &polar, 0.62f, degC, 0.0f).voltage_V;
      float below_V = ekf_model(cell_table[set], &polar, 0.61f, degC, 0.0f).voltage_V;
      float slope_V = (rest_V - below_V) / 0.01f;
      float ohm = loaded.settled_ohm + slope_V * loaded.settled_pA;
      near((rest_V - loaded.voltage_V) / little_A / ohm, 1.0f, 0.15f);
    }
  }
}
END_TEST

/// SOC known, sensor not: at a load that is not there the voltage says which of them is wrong.
START_TEST(a_voltage_without_the_drop_is_the_sensor_s_offset) {
  const cell_table_t *cell = cell_table[CELL_TABLE_NCR18650PF];
  float shown_A = 0.1f;
  settle(0.0f);
  float rest_V = ekf_model(cell, &polar, 0.6f, -20.0f, 0.0f).voltage_V;
  settle(shown_A);
  ekf_begin(&ekf, cell, 0.6f, 1e-4f, shown_A);
  ekf.p[EKF_ERROR][EKF_ERROR] = ekf.p[EKF_FACTOR][EKF_FACTOR] = 0.0f;
  for (int i = 0; i < 200; i++) {
    float left_A = shown_A - ekf.x[EKF_OFFSET];
    settle(left_A);
    ekf_correct(&ekf, cell, &polar, rest_V, -20.0f, left_A);
  }
  near(ekf.x[EKF_OFFSET], shown_A, 0.1f * shown_A);
  near(ekf.x[EKF_SOC], 0.6f, 1e-3f);
}
END_TEST

/// A SOC that was found with a sensor of unknown offset is as wrong as that: too low by what the
/// offset drops. The offset itself is left alone while the start is far away.
START_TEST(a_start_remembers_that_the_offset_was_unknown) {
  const cell_table_t *cell = cell_table[CELL_TABLE_NCR18650PF];
  settle(0.0f);
  ekf_begin(&ekf, cell, 0.6f, 0.3f, 0.05f);
  float variance = ekf.p[EKF_OFFSET][EKF_OFFSET];
  ekf_correct(&ekf, cell, &polar, 3.9f, -20.0f, 0.0f);
  same(ekf.x[EKF_OFFSET], 0.0f);
  same(ekf.p[EKF_OFFSET][EKF_OFFSET], variance);
  ekf_shown_t here = ekf_model(cell, &polar, 0.6f, -20.0f, 0.0f);
  float slope_V = (ekf_model(cell, &polar, 0.62f, -20.0f, 0.0f).voltage_V - here.voltage_V) / 0.02f;
  float by_offset_ohm = here.settled_ohm + slope_V * here.settled_pA;
  /* far away a step goes a fifth of the way */
  near(ekf.p[EKF_OFFSET][EKF_SOC] / (-0.2f * variance * by_offset_ohm / slope_V), 1.0f, 0.05f);
  same(ekf.p[EKF_OFFSET][EKF_SOC], ekf.p[EKF_SOC][EKF_OFFSET]);
}
END_TEST

static int is_sound(void) {
  int is = ekf.x[EKF_SOC] >= -0.0501f && ekf.x[EKF_SOC] <= 1.0501f;
  for (uint32_t i = 0; i < BMS_EKF_COUNT; i++) {
    is &= isfinite((double)ekf.x[i]) && ekf.p[i][i] >= 0.0f && isfinite((double)ekf.p[i][i]);
    for (uint32_t j = 0; j < i; j++) {
      float both = ekf.p[i][j] * ekf.p[j][i];
      is &= both >= 0.0f && both <= 1.001f * ekf.p[i][i] * ekf.p[j][j] + 1e-30f;
    }
  }
  return is;
}

/// Anything that measured values can be, for 5000 steps.
START_TEST(filter_never_breaks) {
  rng_t rng = rng_stream((uint64_t)_i, "test_core_ekf");
  const cell_table_t *table = cell_table[_i % (int)CELL_TABLE_COUNT];
  ekf_rest(&polar, 1.0f);
  ekf_begin(&ekf, table, 3.0f, 0.3f, 1.0f);
  for (int i = 0; i < 5000; i++) {
    float volt = (float)(8.2 * rng_uniform(&rng)), amp = (float)(400.0 * rng_normal(&rng));
    float degC = (float)(-60.0 + 200.0 * rng_uniform(&rng));
    float dt_s = (float)(2.0 * rng_uniform(&rng));
    ekf_carry(&polar, table, amp, table->capacity_Ah, dt_s);
    ekf_predict(&ekf, table, &polar, amp * dt_s, table->capacity_Ah, dt_s);
    polar.drop_V = ekf_correct(&ekf, table, &polar, volt, degC, amp);
    ck_assert_msg(isfinite((double)polar.drop_V) && is_sound(), "step %d", i);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_ekf");
  TCase *tests = tcase_create("ekf");
  tcase_add_test(tests, exponential_is_libm_s);
  tcase_add_test(tests, root_is_libm_s);
  tcase_add_test(tests, model_is_the_plant_s);
  tcase_add_test(tests, resistances_are_the_file_s);
  tcase_add_test(tests, rest_voltage_is_inverted);
  tcase_add_test(tests, past_load_explains_a_voltage);
  tcase_add_test(tests, filter_forgets_a_wrong_start);
  tcase_add_test(tests, filter_finds_the_sensor_s_offset);
  tcase_add_test(tests, settled_ohms_are_those_of_a_lasting_current);
  tcase_add_test(tests, a_voltage_without_the_drop_is_the_sensor_s_offset);
  tcase_add_test(tests, a_start_remembers_that_the_offset_was_unknown);
  tcase_add_loop_test(tests, filter_never_breaks, 0, 4);
  suite_add_tcase(suite, tests);
  return suite;
}
