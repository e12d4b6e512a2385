/// State of charge and published limits: counting, start, tables, tapers, ramps.
#include <check.h>

#include "../ecu_model/core/ekf.h"
#include "../ecu_model/core/meas.h"
#include "../ecu_model/core/soc.h"
#include "../ecu_model/core/sof.h"
#include "core_rig.h"
#include "soc_rig.h"

Suite *test_suite(void);

static rig_t rig;

static uint32_t ocv(uint32_t mV) { return soc_at_ocv_permille(soc_cell(bms_config_soul_ev()), mV); }

START_TEST(ocv_table_is_inverted) {
  ck_assert_uint_eq(ocv(3249), 0);
  ck_assert_uint_eq(ocv(3250), 0);
  ck_assert_uint_eq(ocv(3730), 500); /* data/cells/soul_ev.json: 3.7301 V */
  ck_assert_uint_eq(ocv(4150), 1000);
  ck_assert_uint_eq(ocv(4300), 1000);
  uint32_t seen = ocv(4040); /* 4.03 V after a discharge: 10 mV of hysteresis below */
  ck_assert_uint_ge(seen, 869); /* 87.9 % within 1 % */
  ck_assert_uint_le(seen, 889);
  for (uint32_t mV = 3200; mV < 4200; mV++) {
    ck_assert_uint_ge(ocv(mV + 1), ocv(mV));
  }
}
END_TEST

START_TEST(one_hour_at_a_tenth_of_capacity_is_ten_percent) {
  bms_soc_t soc = {0};
  const bms_config_t *config = bms_config_soul_ev();
  soc_start(&soc, config, 3730, 250, 0xFFFF);
  ck_assert_uint_eq(soc.soc_permille, 500);
  int32_t current_mA = (_i ? -1 : 1) * (int32_t)config->capacity_mAh / 10;
  for (uint32_t i = 0; i < 3600000; i++) soc_count(&soc, current_mA);
  soc_update(&soc);
  ck_assert_uint_eq(soc.soc_permille, _i ? 600 : 400);
  ck_assert_int_eq(soc.throughput_mAms, (int64_t)config->capacity_mAh * 360000);
}
END_TEST

START_TEST(charge_stays_within_0_and_full) {
  bms_soc_t soc = {0};
  const bms_config_t *config = bms_config_soul_ev();
  soc_start(&soc, config, 3250, 250, 0xFFFF);
  soc_count(&soc, 1000000);
  soc_update(&soc);
  ck_assert_int_eq(soc.charge_mAms, 0);
  soc_start(&soc, config, 4300, 250, 0xFFFF);
  soc_count(&soc, -1000000);
  soc_update(&soc);
  ck_assert_uint_eq(soc.soc_permille, 1000);
}
END_TEST

START_TEST(memory_is_believed_near_the_rest_voltage) {
  bms_soc_t soc = {0};
  const bms_config_t *config = bms_config_soul_ev();
  static const uint16_t stored[] = {549, 550, 551, 450, 449, 1001, 0xFFFF};
  static const uint16_t wanted[] = {549, 550, 500, 450, 500, 500, 500};
  for (uint32_t i = 0; i < sizeof stored / sizeof stored[0]; i++) {
    soc_start(&soc, config, 3730, 250, stored[i]);
    ck_assert_uint_eq(soc.soc_permille, wanted[i]);
  }
}
END_TEST

START_TEST(charge_table_is_the_car_s) {
  static const uint16_t soc[] = {0, 50, 51, 100, 300, 500, 700, 701, 800, 900, 950, 999};
  static const uint32_t W[] = {20000, 20000, 40000, 40000, 47000, 49000,
                               68000, 55000, 30500, 20500, 9000,  8000};
  for (uint32_t i = 0; i < sizeof soc / sizeof soc[0]; i++) {
    ck_assert_uint_eq(sof_charge_table_W(soc[i]), W[i]);
  }
  ck_assert_uint_eq(sof_charge_table_W(1000), 0);
  ck_assert_uint_eq(sof_discharge_table_W(100), 78800);
  ck_assert_uint_eq(sof_discharge_table_W(0), 0);
  ck_assert_uint_eq(sof_discharge_table_W(500), 90000);
}
END_TEST

START_TEST(tapers_are_monotone_and_end_at_0) {
  ck_assert_uint_eq(sof_charge_taper_permille(100, 250), 1000);
  ck_assert_uint_eq(sof_charge_taper_permille(0, 250), 0);
  ck_assert_uint_eq(sof_charge_taper_permille(20, 250), 483);
  ck_assert_uint_eq(sof_charge_taper_permille(250, 490), 0);
  ck_assert_uint_eq(sof_discharge_taper_permille(250, 480), 1000);
  ck_assert_uint_eq(sof_discharge_taper_permille(250, 540), 0);
  ck_assert_uint_eq(sof_discharge_taper_permille(-220, 250), 1000);
  ck_assert_uint_eq(sof_discharge_taper_permille(-250, 250), 0);
  for (int32_t t = -300; t < 250; t++) {
    ck_assert_uint_ge(sof_charge_taper_permille(t + 1, 250), sof_charge_taper_permille(t, 250));
    ck_assert_uint_ge(sof_discharge_taper_permille(t + 1, 250),
                      sof_discharge_taper_permille(t, 250));
    ck_assert_uint_le(sof_group_uohm(t + 1), sof_group_uohm(t));
  }
  for (int32_t t = 250; t < 600; t++) {
    ck_assert_uint_le(sof_charge_taper_permille(250, t + 1), sof_charge_taper_permille(250, t));
    ck_assert_uint_le(sof_discharge_taper_permille(250, t + 1),
                      sof_discharge_taper_permille(250, t));
  }
}
END_TEST

START_TEST(limits_rise_by_a_ramp_and_meet_the_clip) {
  rig_init(&rig);
  ck_assert_int_eq(rig.bms.limit.discharge_mA, 0);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  int32_t last = 0;
  for (uint32_t i = 0; i < 500; i++) {
    rig_run(&rig, 10);
    ck_assert_int_ge(rig.bms.limit.discharge_mA, last);
    ck_assert_int_le(rig.bms.limit.discharge_mA, last + 1000);
    last = rig.bms.limit.discharge_mA;
  }
  ck_assert_int_ge(rig.bms.limit.discharge_W, 89900); /* 90 kW at 355 V */
  ck_assert_int_le(rig.bms.limit.discharge_W, 90000);
  ck_assert_int_ge(rig.bms.limit.charge_mA, 189000);
  ck_assert_int_eq(rig.bms.limit.charge_voltage_mV, 96 * 4170);
}
END_TEST

/// (4170 mV - rest) / 0.75 mOhm: the closer to full, the less, and 0 at the target.
START_TEST(charge_current_leads_to_the_target_voltage) {
  int32_t last = INT32_MAX;
  for (int32_t mV = 4060; mV <= 4180; mV += 10) {
    rig_init(&rig);
    rig_set_groups(&rig, mV);
    ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
    rig.bms.soc.charge_mAms = (int64_t)rig.bms.config.capacity_mAh * 3600 * 700; /* not by SOC */
    rig_run(&rig, 2500);
    int32_t room_mA = mV >= 4170 ? 0 : (4170 - mV) * 1000000 / 750;
    int32_t wanted_mA = room_mA < 190000 ? room_mA : 190000;
    ck_assert_int_le(rig.bms.limit.charge_mA, wanted_mA + 2000);
    ck_assert_int_ge(rig.bms.limit.charge_mA, wanted_mA - 2000);
    ck_assert_int_le(rig.bms.limit.charge_mA, last);
    last = rig.bms.limit.charge_mA;
  }
  ck_assert_int_eq(last, 0);
}
END_TEST

START_TEST(weakest_group_rules_the_discharge) {
  rig_init(&rig);
  rig_set_groups(&rig, 3600);
  rig.group_raw[11] = 29000;
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 3000);
  ck_assert_int_le(rig.bms.limit.discharge_mA, 50 * 1000000 / 750 + 1000);
  ck_assert_int_ge(rig.bms.limit.discharge_mA, 50 * 1000000 / 750 - 2000);
}
END_TEST

START_TEST(charging_follows_the_table) {
  rig_init(&rig);
  rig_set_groups(&rig, 3730); /* 50 % */
  ck_assert(rig_close(&rig, SM_REQUEST_CHARGE));
  rig_run(&rig, 4000);
  ck_assert_int_ge(rig.bms.limit.charge_W, 48500);
  ck_assert_int_le(rig.bms.limit.charge_W, 49000);
}
END_TEST

/* --- estimator ------------------------------------------------------------------------------ */

static bms_t bms;

/// The filter believes 30 % more: what is shown goes there by half a percent a second.
START_TEST(shown_soc_follows_slowly) {
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, 0.5f);
  for (int i = 0; i < 30; i++) {
    int64_t before_mAms = bms.soc.charge_mAms;
    bms.soc.ekf[BMS_SOC_MEAN].x[0] = _i ? 0.2f : 0.8f;
    bms.soc.ekf[BMS_SOC_MEAN].p[0][0] = 1e-8f;
    soc_rig_run(&bms, 0);
    int64_t step_mAms = bms.soc.charge_mAms - before_mAms;
    ck_assert_int_eq(step_mAms, (_i ? -1 : 1) * (int64_t)79000 * 1800); /* 0.05 % of the capacity */
  }
}
END_TEST

static void show(int32_t current_mA, int32_t spread_mV) {
  for (int i = 0; i < 10; i++) {
    soc_rig_show(&bms, current_mA, 3790, spread_mV, 250);
    soc_rig_run(&bms, current_mA);
  }
}

START_TEST(weakest_and_strongest_are_found_and_followed) {
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, 0.55f);
  for (int i = 0; i < 300; i++) show(0, 20);
  ck_assert_uint_eq(bms.soc.index[BMS_SOC_WEAK], SOC_RIG_WEAK);
  ck_assert_uint_eq(bms.soc.index[BMS_SOC_STRONG], SOC_RIG_STRONG);
  const cell_table_t *cell = soc_cell(&bms.config);
  ck_assert_double_eq_tol(bms.soc.min_permille, soc_at_ocv_permille(cell, 3770), 12.0);
  ck_assert_double_eq_tol(bms.soc.soc_permille, soc_at_ocv_permille(cell, 3790), 12.0);
  ck_assert_double_eq_tol(bms.soc.max_permille, soc_at_ocv_permille(cell, 3810), 12.0);
  for (int i = 0; i < 100; i++) show(0, -20); /* they change places */
  ck_assert_uint_eq(bms.soc.index[BMS_SOC_WEAK], SOC_RIG_STRONG);
  ck_assert_uint_eq(bms.soc.index[BMS_SOC_STRONG], SOC_RIG_WEAK);
}
END_TEST

/// Half a mV is no reason to change.
START_TEST(a_small_lead_changes_nothing) {
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, 0.55f);
  for (int i = 0; i < 60; i++) show(0, 20);
  bms.soc.deviation[5] = (int16_t)(bms.soc.deviation[SOC_RIG_WEAK] - 16);
  bms.soc.deviation[6] = (int16_t)(bms.soc.deviation[SOC_RIG_STRONG] + 16);
  for (int i = 0; i < 60; i++) {
    bms.meas.group_sum_mV = 0; /* nothing measured: the means stand still, and so do the filters */
    soc_rig_run(&bms, 0);
  }
  ck_assert_uint_eq(bms.soc.index[BMS_SOC_WEAK], SOC_RIG_WEAK);
  ck_assert_uint_eq(bms.soc.index[BMS_SOC_STRONG], SOC_RIG_STRONG);
}
END_TEST

/// Whatever is not measured is not believed: the charge alone counts.
START_TEST(lost_values_leave_counting_alone) {
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, 0.5f);
  for (int i = 0; i < 200; i++) {
    soc_rig_show(&bms, 79000, _i == 1 ? 900 : _i == 2 ? 5100 : 4100, 0, 250);
    if (_i == 0) bms.meas.group_sum_mV = 0;
    if (_i == 3) bms.meas.current_validity.quality = BMS_QUALITY_STALE;
    soc_rig_run(&bms, 79000);
  }
  double offset = 20.0 / 3600.0;
  ck_assert_double_eq_tol((double)bms.soc.ekf[BMS_SOC_MEAN].x[0], 0.5 - offset, 1e-5);
  ck_assert_uint_eq(bms.soc.soc_permille, 494);
}
END_TEST

START_TEST(temperature_that_nobody_knows_is_25_degC) {
  bms_t other;
  soc_rig_init(&bms, CELL_TABLE_NCR18650PF, 2800, 1, 0.5f);
  soc_rig_show(&bms, 1000, 3700, 0, 250);
  other = bms;
  other.meas.temperature_max_index = BMS_NO_LOCATION;
  other.meas.temperature_min_ddegC = other.meas.temperature_max_ddegC = MEAS_DDEGC_NONE;
  soc_rig_run(&bms, 1000);
  soc_rig_run(&other, 1000);
  ck_assert_mem_eq(&bms.soc, &other.soc, sizeof bms.soc);
}
END_TEST

/// 100 ms at most by the clock; a clock that stood or jumped counts as punctual.
START_TEST(steps_of_time_are_the_clock_s) {
  soc_rig_init(&bms, CELL_TABLE_SOUL_EV, 79000, 2, 0.5f);
  soc_rig_show(&bms, 0, 3730, 0, 250);
  soc_rig_run(&bms, 0);
  ck_assert_uint_eq(bms.soc.sample_dt_ms, 100);
  bms.time_ms += 50;
  soc_rig_run(&bms, 0);
  ck_assert_uint_eq(bms.soc.sample_dt_ms, 150);
  bms.time_ms += 5000;
  soc_rig_run(&bms, 0);
  ck_assert_uint_eq(bms.soc.sample_dt_ms, 100);
}
END_TEST

START_TEST(a_cell_set_out_of_range_is_the_first) {
  bms_config_t config = *bms_config_soul_ev();
  config.cell_set = CELL_TABLE_COUNT;
  ck_assert_ptr_eq(soc_cell(&config), cell_table[0]);
  config.cell_set = CELL_TABLE_NCR18650PF;
  ck_assert_ptr_eq(soc_cell(&config), cell_table[CELL_TABLE_NCR18650PF]);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_soc");
  TCase *tests = tcase_create("soc");
  tcase_add_test(tests, ocv_table_is_inverted);
  tcase_add_loop_test(tests, one_hour_at_a_tenth_of_capacity_is_ten_percent, 0, 2);
  tcase_add_test(tests, charge_stays_within_0_and_full);
  tcase_add_test(tests, memory_is_believed_near_the_rest_voltage);
  tcase_add_test(tests, charge_table_is_the_car_s);
  tcase_add_test(tests, tapers_are_monotone_and_end_at_0);
  tcase_add_test(tests, limits_rise_by_a_ramp_and_meet_the_clip);
  tcase_add_test(tests, charge_current_leads_to_the_target_voltage);
  tcase_add_test(tests, weakest_group_rules_the_discharge);
  tcase_add_test(tests, charging_follows_the_table);
  tcase_add_loop_test(tests, shown_soc_follows_slowly, 0, 2);
  tcase_add_test(tests, weakest_and_strongest_are_found_and_followed);
  tcase_add_test(tests, a_small_lead_changes_nothing);
  tcase_add_loop_test(tests, lost_values_leave_counting_alone, 0, 4);
  tcase_add_test(tests, temperature_that_nobody_knows_is_25_degC);
  tcase_add_test(tests, steps_of_time_are_the_clock_s);
  tcase_add_test(tests, a_cell_set_out_of_range_is_the_first);
  suite_add_tcase(suite, tests);
  return suite;
}
