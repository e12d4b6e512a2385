/// State of health and energy: an aged cell of the plant through cycles with rests, the memory.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../scenarios/cell_file.h"
#include "../sim/cell.h"
#include "../sim/rng.h"
#include "soc_rig.h"

Suite *test_suite(void);

static bms_t bms;
static cell_params_t params;
static cell_t cell;

static const double step_s = 0.1;

static void start(double held, double ohm, double soc) {
  char path[400], error[600];
  ck_assert_int_eq(cell_file_find("soul_ev", NULL, path, sizeof path), 0);
  ck_assert_int_eq(cell_file_load(path, &params, error, sizeof error), CELL_FILE_OK);
  params.capacity_Ah *= held;
  for (uint32_t i = 0; i < params.soc_count * params.temperature_count; i++)
    for (int k = 0; k < CELL_OHM_COUNT; k++) params.ohm[i][k] *= ohm;
  cell_init(&cell, &params, soc, 25.0, 0.0);
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, (float)soc);
}

/// So much pack current for so long. The sensor shows offset_A more.
static void run(double current_A, double seconds, double offset_A) {
  for (int i = 0; i < (int)(seconds / step_s); i++) {
    cell_load_t at = {0.5 * current_A, 0.5 * current_A * step_s, 25.0, 25.0, 0.0};
    cell_step(&cell, &at, step_s);
    int32_t shown_mA = (int32_t)llround(1e3 * (current_A + offset_A));
    bms.meas.rest_ms = shown_mA > -1000 && shown_mA < 1000 ? bms.meas.rest_ms + 100u : 0;
    soc_rig_show(&bms, shown_mA, (uint32_t)llround(1e3 * cell_V(&cell, 0.5 * current_A)), 0, 250);
    soc_rig_run(&bms, shown_mA);
  }
}

/// Three cycles over 60 % with rests of 22 minutes.
static void cycle_thrice(double held, double offset_A) {
  for (int k = 0; k < 3; k++) {
    run(100.0, 0.6 * held * 79.0 * 36.0, offset_A);
    run(0.0, 1320.0, offset_A);
    run(-100.0, 0.6 * held * 79.0 * 36.0, offset_A);
    run(0.0, 1320.0, offset_A);
  }
}

/// Current of the drives of a day, new every 5 s; and of charging at night and at noon.
static double day_A(rng_t *rng, double hour) {
  if (hour < 6.0 || hour > 21.0) return -11.0; /* AC */
  if (hour > 12.0 && hour < 13.0) return -45.0; /* DC */
  double part = hour - floor(hour);
  return part < 0.3 ? 0.0 : 6.0 + 60.0 * rng_normal(rng);
}

/// 24 hours with +0.5 A, 1 % of gain, 10 mV of noise: 12 Ah and more to whoever counts.
START_TEST(a_day_with_a_bad_sensor_stays_within_3_percent) {
  rng_t rng = rng_stream(5, "test_core_soh");
  double current_A = 0.0, largest_pct = 0.0;
  start(1.0, 1.0, 0.5);
  for (int i = 0; i < 864000; i++) {
    if (i % 50 == 0) current_A = day_A(&rng, i / 36000.0);
    if (cell.soc > 0.97 && current_A < 0.0) current_A = 0.0;
    if (cell.soc < 0.08 && current_A > 0.0) current_A = 0.0;
    cell_load_t at = {0.5 * current_A, 0.5 * current_A * step_s, 15.0, 15.0, 0.0};
    cell_step(&cell, &at, step_s);
    int32_t shown_mA = (int32_t)llround(1e3 * (1.01 * current_A + 0.5));
    double volt = cell_V(&cell, 0.5 * current_A) + 0.01 * rng_normal(&rng);
    bms.meas.rest_ms = shown_mA < 1000 && shown_mA > -1000 ? bms.meas.rest_ms + 100u : 0;
    soc_rig_show(&bms, shown_mA, (uint32_t)llround(1e3 * volt), 20, 150);
    soc_rig_run(&bms, shown_mA);
    double error_pct =
        100.0 * ((double)bms.soc.charge_mAms / (3.6e6 * bms.soc.capacity_mAh) - cell.soc);
    if (i > 3000) largest_pct = fmax(largest_pct, fabs(error_pct));
  }
  ck_assert_double_lt(largest_pct, 3.0);
  ck_assert_double_gt(largest_pct, 0.05);
  ck_assert_double_eq_tol(bms.soh.capacity_permille, 1000.0, 30.0);
}
END_TEST

START_TEST(capacity_of_an_aged_pack_is_learnt) {
  static const double held[] = {0.8, 1.0, 0.7}, offset_A[] = {0.2, 0.0, -0.3};
  start(held[_i], 1.0, 0.85);
  cycle_thrice(held[_i], offset_A[_i]);
  ck_assert_double_eq_tol(bms.soh.capacity_permille, 1000.0 * held[_i], 30.0);
  ck_assert_uint_eq(bms.soc.capacity_mAh, (79000u * bms.soh.capacity_permille + 500u) / 1000u);
  ck_assert_double_eq_tol(bms.soc.soc_permille, 1000.0 * cell.soc, 15.0);
}
END_TEST

/* More than 32 bits of mA s between two rests is no small charge: here 2^32 of them. */
START_TEST(endless_charge_is_not_taken_for_a_little) {
  for (int sign = -1; sign <= 1; sign += 2) {
    start(1.0, 1.0, 0.9);
    run(0.0, 1320.0, 0.0);
    run(100.0, 0.3 * 79.0 * 36.0, 0.0);
    bms.soc.net_mAms += sign * ((int64_t)1000 << 32);
    run(0.0, 1320.0, 0.0);
    if (sign > 0)
      ck_assert_uint_gt(bms.soh.capacity_permille, 1050);
    else
      ck_assert_uint_eq(bms.soh.capacity_permille, 1000); /* it went the other way: no pair */
  }
}
END_TEST

START_TEST(resistance_is_learnt_from_steps) {
  static const double ohm[] = {1.0, 1.4, 0.8};
  start(1.0, ohm[_i], 0.7);
  for (int k = 0; k < 30; k++) {
    run(120.0, 10.0, 0.0);
    run(-60.0, 10.0, 0.0);
  }
  ck_assert_double_eq_tol(bms.soh.resistance_permille, 1000.0 * ohm[_i], 20.0);
  static const double beyond[] = {0.0, 0.3, -0.1}; /* a tenth is the model's */
  ck_assert_double_eq_tol((double)bms.soc.polar.usual_factor, beyond[_i], 0.02);
}
END_TEST

START_TEST(cold_and_small_steps_teach_nothing) {
  start(1.0, 2.0, 0.7);
  run(20.0, 10.0, 0.0);
  run(0.0, 10.0, 0.0);
  ck_assert_uint_eq(bms.soh.resistance_permille, 1000);
  for (int k = 0; k < 40; k++) {
    soc_rig_show(&bms, k % 2 ? 200000 : 0, k % 2 ? 3500 : 3800, 0, 199);
    soc_rig_run(&bms, 0);
  }
  ck_assert_uint_eq(bms.soh.resistance_permille, 1000);
}
END_TEST

/// The sum of OCV over SOC by another way: in small steps.
static double energy_kWh(double from, double to, double capacity_Ah) {
  double sum = 0.0;
  for (int i = 0; i < 4000; i++) sum += cell_ocv_V(&params, from + (to - from) * (i + 0.5) / 4000);
  return 1e-3 * 96.0 * capacity_Ah * sum * (to - from) / 4000.0;
}

START_TEST(energy_is_that_of_the_weakest_group) {
  start(1.0, 1.0, 0.6);
  run(0.0, 3.0, 0.0);
  bms.soc.min_permille = bms.soc.soc_permille = 600;
  bms.soc.ekf[BMS_SOC_WEAK].x[0] = 0.6f;
  soh_second(&bms);
  ck_assert_double_eq_tol(bms.soh.energy_dkWh, 10.0 * energy_kWh(0.0, 0.6, 79.0), 0.6);
  ck_assert_double_eq_tol(bms.soh.energy_permille,
                          1e3 * energy_kWh(0.0, 0.6, 1.0) / energy_kWh(0.0, 1.0, 1.0), 1.0);
  bms.soc.min_permille = 500;
  soh_second(&bms);
  ck_assert_double_eq_tol(bms.soh.energy_dkWh, 10.0 * energy_kWh(0.1, 0.6, 79.0), 0.6);
  bms.soc.min_permille = 0;
  soh_second(&bms);
  ck_assert_uint_eq(bms.soh.energy_dkWh, 0);
  bms.soc.min_permille = bms.soc.soc_permille = 1000;
  soh_second(&bms);
  ck_assert_uint_eq(bms.soh.energy_permille, 1000);
}
END_TEST

START_TEST(memory_keeps_what_was_learnt) {
  uint8_t bytes[SOH_RECORD_BYTES] = {0};
  start(0.8, 1.0, 0.85);
  cycle_thrice(0.8, 0.0);
  bms.soh.resistance_permille = 1300;
  soh_fill(&bms, bytes);
  uint16_t learnt = bms.soh.capacity_permille;
  float weight = bms.soh.weight;
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, 0.5f);
  bms.soc.is_initialised = 0;
  soh_take(&bms, bytes);
  ck_assert_uint_eq(bms.soh.capacity_permille, learnt);
  ck_assert_uint_eq(bms.soh.resistance_permille, 1300);
  ck_assert_double_eq_tol((double)bms.soh.weight, (double)weight, 1e-3);
  ck_assert_uint_eq(bms.soc.capacity_mAh, (79000u * learnt + 500u) / 1000u);
  soc_start(&bms.soc, &bms.config, 3730, 250, 0xFFFF);
  ck_assert_uint_eq(bms.soc.capacity_mAh, (79000u * learnt + 500u) / 1000u);
  ck_assert_double_eq_tol((double)bms.soc.polar.usual_factor, 0.2, 1e-6);
}
END_TEST

START_TEST(nonsense_in_the_memory_is_a_new_pack) {
  static const uint16_t held[][3] = {
      {0, 0, 0},        {399, 1000, 100},   {1201, 1000, 100},       {900, 499, 100},
      {900, 4001, 100}, {900, 1000, 20001}, {0xFFFF, 0xFFFF, 0xFFFF}};
  uint8_t bytes[SOH_RECORD_BYTES];
  for (int k = 0; k < 3; k++) {
    bytes[2 * k] = (uint8_t)held[_i][k];
    bytes[2 * k + 1] = (uint8_t)(held[_i][k] >> 8);
  }
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, 0.5f);
  soh_take(&bms, bytes);
  ck_assert_uint_eq(bms.soh.capacity_permille, 1000);
  ck_assert_uint_eq(bms.soh.resistance_permille, 1000);
}
END_TEST

/// The ends of what is believed are believed.
START_TEST(extremes_are_taken) {
  static const uint8_t low[] = {0x90, 0x01, 0xF4, 0x01, 0, 0},
                       high[] = {0xB0, 0x04, 0xA0, 0x0F, 0x20, 0x4E};
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, 0.5f);
  soh_take(&bms, low);
  ck_assert_uint_eq(bms.soh.capacity_permille, 400);
  ck_assert_uint_eq(bms.soh.resistance_permille, 500);
  ck_assert_double_eq_tol((double)bms.soh.weight, 0.1, 1e-6);
  soh_take(&bms, high);
  ck_assert_uint_eq(bms.soh.capacity_permille, 1200);
  ck_assert_uint_eq(bms.soh.resistance_permille, 4000);
  ck_assert_double_eq_tol((double)bms.soh.weight, 3.0, 1e-6);
  ck_assert_double_eq_tol((double)bms.soc.charge_mAms, 0.5 * 1.2 * 79000 * 3.6e6, 1e6);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_soh");
  TCase *tests = tcase_create("soh");
  tcase_set_timeout(tests, 60.0);
  tcase_add_test(tests, a_day_with_a_bad_sensor_stays_within_3_percent);
  tcase_add_loop_test(tests, capacity_of_an_aged_pack_is_learnt, 0, 3);
  tcase_add_test(tests, endless_charge_is_not_taken_for_a_little);
  tcase_add_loop_test(tests, resistance_is_learnt_from_steps, 0, 3);
  tcase_add_test(tests, cold_and_small_steps_teach_nothing);
  tcase_add_test(tests, energy_is_that_of_the_weakest_group);
  tcase_add_test(tests, memory_keeps_what_was_learnt);
  tcase_add_loop_test(tests, nonsense_in_the_memory_is_a_new_pack, 0, 7);
  tcase_add_test(tests, extremes_are_taken);
  suite_add_tcase(suite, tests);
  return suite;
}
