/// Limit rows: each level at -1, 0, +1 LSB of its threshold, debounce, hysteresis, pulses.
#include <check.h>

#include "../ecu_model/core/limit.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;

static int32_t level_of(const limits_row_t *row, uint32_t level) {
  return level == 0 ? row->mol : level == 1 ? row->rsl : row->msl;
}

/// Outward is +1 for a row that limits upwards.
static int32_t outward(const limits_row_t *row) { return row->side == LIMITS_SIDE_MAX ? 1 : -1; }

static void step(bms_limit_t *limit, const limits_row_t *row, int32_t value, uint32_t times) {
  for (uint32_t i = 0; i < times; i++) limit_step(limit, row, value, 3, 1, 0, 10);
}

START_TEST(each_level_acts_at_its_threshold) {
  const limits_row_t *row = &limits_row[_i];
  for (uint32_t level = 0; level < BMS_LEVEL_COUNT; level++) {
    int32_t threshold = level_of(row, level) - 3 * outward(row);
    ck_assert_int_eq(limit_is_violated(row, level, threshold - outward(row), 3), 0);
    ck_assert_int_eq(limit_is_violated(row, level, threshold, 3), 1);
    ck_assert_int_eq(limit_is_violated(row, level, threshold + outward(row), 3), 1);
    bms_limit_t limit;
    memset(&limit, 0, sizeof limit);
    step(&limit, row, threshold - outward(row), 1000);
    ck_assert_uint_eq(limit.is_active[level], 0);
    uint32_t needed = row->up_ms / 10u;
    step(&limit, row, threshold, needed - 1);
    ck_assert_uint_eq(limit.is_active[level], 0);
    step(&limit, row, threshold, 1);
    ck_assert_uint_eq(limit.is_active[level], 1);
    if (level < 2) ck_assert_uint_eq(limit.is_active[level + 1], 0);
  }
}
END_TEST

START_TEST(a_gap_starts_the_debounce_again) {
  const limits_row_t *row = &limits_row[_i];
  bms_limit_t limit;
  memset(&limit, 0, sizeof limit);
  for (uint32_t i = 0; i < 20; i++) {
    step(&limit, row, row->msl, row->up_ms / 10u - 1u);
    limit_step(&limit, row, row->mol - 10 * outward(row), 3, 1, 0, 10);
  }
  ck_assert_uint_eq(limit.is_active[2], 0);
}
END_TEST

START_TEST(healing_needs_hysteresis_and_time) {
  const limits_row_t *row = &limits_row[_i];
  int32_t edge = row->mol - (3 + row->hysteresis) * outward(row);
  bms_limit_t limit;
  memset(&limit, 0, sizeof limit);
  step(&limit, row, row->mol, row->up_ms / 10u);
  ck_assert_uint_eq(limit.is_active[0], 1);
  step(&limit, row, edge, row->down_ms / 10u + 10); /* just not inside */
  ck_assert_uint_eq(limit.is_active[0], 1);
  step(&limit, row, edge - outward(row), row->down_ms / 10u - 1u);
  ck_assert_uint_eq(limit.is_active[0], 1);
  step(&limit, row, edge, 1); /* the time begins again */
  step(&limit, row, edge - outward(row), row->down_ms / 10u - 1u);
  ck_assert_uint_eq(limit.is_active[0], 1);
  step(&limit, row, edge - outward(row), 1);
  ck_assert_uint_eq(limit.is_active[0], 0);
}
END_TEST

START_TEST(withheld_level_counts_but_does_not_act) {
  const limits_row_t *row = &limits_row[LIMITS_GROUP_MAX];
  bms_limit_t limit;
  memset(&limit, 0, sizeof limit);
  for (uint32_t i = 0; i < 7; i++) limit_step(&limit, row, 4400, 3, 1, 1u << 2, 10);
  ck_assert_uint_eq(limit.is_active[2], 0);
  ck_assert_uint_eq(limit.is_active[1], 1);
  limit_step(&limit, row, 4400, 3, 1, 0, 10);
  ck_assert_uint_eq(limit.is_active[2], 1);
}
END_TEST

START_TEST(row_out_of_context_is_healed) {
  const limits_row_t *row = &limits_row[LIMITS_TEMPERATURE_MAX_CHARGE];
  bms_limit_t limit;
  memset(&limit, 0, sizeof limit);
  step(&limit, row, 560, 60);
  ck_assert_uint_eq(limit.is_active[2], 1);
  for (uint32_t i = 0; i < 101; i++) limit_step(&limit, row, 560, 0, 0, 0, 10);
  ck_assert_uint_eq(limit.is_active[2], 0);
}
END_TEST

/* --- through the whole core ------------------------------------------------------------------ */

/// Overvoltage of 1 LSB beyond the threshold, at any phase of the scan cycle: open within 100 ms.
START_TEST(overvoltage_opens_in_time_at_every_phase) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_CHARGE));
  rig_run(&rig, 300);
  static rig_t start;
  start = rig;
  for (uint32_t phase = 0; phase < 10; phase++) {
    for (uint32_t group = (uint32_t)_i; group < BMS_GROUP_COUNT; group += 16) {
      rig = start;
      rig_run(&rig, phase);
      rig.noise_raw = 0;
      rig.group_raw[group] = 42970;
      ck_assert_uint_le(rig_until_open(&rig, 150), 85);
      ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].is_active, 1);
      ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].location, group);
      ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].occurrence_count, 0);
      rig_run(&rig, 200);
      ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
    }
  }
}
END_TEST

static uint32_t overvoltage_ms(uint8_t currents_are_lost, uint32_t group) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_CHARGE));
  while (rig.bms.cycle_ms != 0) rig_tick(&rig);
  rig.currents_are_lost = currents_are_lost;
  rig.group_raw[group] = 43500;
  return rig_until_open(&rig, 200);
}

/// The answer of the open-wire test frees the trip; without an answer 60 ms do.
START_TEST(withholding_ends_with_the_test_or_after_60_ms) {
  static const uint32_t group[] = {0, 20, 95};
  for (uint32_t i = 0; i < 3; i++) {
    ck_assert_uint_eq(overvoltage_ms(0, group[i]), 60);
    ck_assert_uint_eq(overvoltage_ms(1, group[i]), 70);
  }
}
END_TEST

/// The AFE of the group itself must have answered.
START_TEST(another_device_s_test_does_not_free_the_trip) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_CHARGE));
  while (rig.bms.cycle_ms != 0) rig_tick(&rig);
  rig.group_raw[95] = 43500;
  for (uint32_t i = 0; i < 62; i++) {
    rig.bms.afe.fresh[AFE_READ_UP][7] = 0;
    rig_tick(&rig);
    ck_assert(rig_main_is_on(&rig));
  }
  ck_assert_uint_le(rig_until_open(&rig, 100), 10);
}
END_TEST

START_TEST(current_rows_know_their_side) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = _i ? -230000 : 330000;
  rig_run(&rig, 100);
  limits_id_t row = _i ? LIMITS_CURRENT_CHARGE : LIMITS_CURRENT_DISCHARGE;
  limits_id_t none = _i ? LIMITS_CURRENT_DISCHARGE : LIMITS_CURRENT_CHARGE;
  ck_assert_int_eq(limit_is_active(&rig.bms, row, 1), 1);
  ck_assert_int_eq(limit_is_active(&rig.bms, row, 2), 0);
  ck_assert_int_eq(limit_is_active(&rig.bms, none, 0), 0);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CURRENT_HIGH].is_active, 1);
}
END_TEST

START_TEST(one_lsb_inside_never_opens) {
  rig_init(&rig);
  rig.noise_raw = 0;
  ck_assert(rig_close(&rig, SM_REQUEST_CHARGE));
  rig.group_raw[40] = 42960;
  ck_assert_uint_eq(rig_until_open(&rig, 1000), UINT32_MAX);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_VOLTAGE_HIGH].is_active, 1);
  rig.group_raw[40] = 25040;
  ck_assert_uint_eq(rig_until_open(&rig, 3000), UINT32_MAX);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_VOLTAGE_LOW].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_UNDERVOLTAGE].is_active, 0);
  rig.group_raw[40] = 25030;
  ck_assert_uint_le(rig_until_open(&rig, 200), 100);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_UNDERVOLTAGE].is_active, 1);
}
END_TEST

START_TEST(a_pulse_of_40_ms_does_not_trip) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  for (uint32_t phase = 0; phase < 30; phase++) {
    rig_run(&rig, 101);
    rig.group_raw[3] = _i ? 20000 : 44000;
    ck_assert_uint_eq(rig_until_open(&rig, 40), UINT32_MAX);
    rig.group_raw[3] = 37000;
    ck_assert_uint_eq(rig_until_open(&rig, 100), UINT32_MAX);
  }
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

START_TEST(warning_comes_within_100_ms_and_shuts_its_side) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 4000);
  ck_assert_int_gt(rig.bms.limit.charge_mA, 50000);
  rig.group_raw[95] = 42500;
  rig_run(&rig, 100);
  ck_assert_uint_eq(rig.bms.fault_level, DTC_LEVEL_WARNING);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_VOLTAGE_HIGH].location, 95);
  rig_run(&rig, 600);
  ck_assert_int_eq(rig.bms.limit.charge_mA, 0);
  ck_assert_int_gt(rig.bms.limit.discharge_mA, 50000);
}
END_TEST

static const uint16_t hot_raw = 4330; /* ratio 0.1443: about 66 degC */

START_TEST(over_temperature_opens_within_1_s) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 1000);
  rig.aux_raw[_i] = hot_raw;
  uint32_t ms = rig_until_open(&rig, 2000);
  ck_assert_uint_le(ms, 1000);
  ck_assert_uint_ge(ms, 450);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OVER_TEMPERATURE].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OVER_TEMPERATURE].location, (uint32_t)_i);
}
END_TEST

/// Below the charge limit, far above that of rest: only a charging current makes it a fault.
START_TEST(cold_is_a_fault_only_while_charging) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) rig.aux_raw[m] = 25042; /* about -12 degC */
  rig_run(&rig, 3000);
  ck_assert_int_lt(rig.bms.meas.temperature_min_ddegC, -100);
  ck_assert_int_gt(rig.bms.meas.temperature_min_ddegC, -150);
  ck_assert_uint_eq(rig.bms.dtc[DTC_UNDER_TEMPERATURE].is_active, 0);
  ck_assert_int_eq(rig.bms.limit.charge_mA, 0);
  rig.current_mA = -20000;
  ck_assert_uint_le(rig_until_open(&rig, 2000), 1500);
  ck_assert_uint_eq(rig.bms.dtc[DTC_UNDER_TEMPERATURE].is_active, 1);
}
END_TEST

/* --- groups and modules apart, modules that heat up ------------------------------------------ */

/// At rest for 10 s, and not near empty: each level at -1, 0, +1 mV of its limit, after 5 s.
START_TEST(spread_of_groups_is_judged_at_rest) {
  static const int32_t limit_mV[] = {40, 100, 300};
  static const uint8_t dtc[] = {DTC_CELL_SPREAD_ABOVE_OPERATING, DTC_CELL_SPREAD_HIGH,
                                DTC_CELL_SPREAD_UNSAFE};
  rig_init(&rig);
  rig.noise_raw = 0;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  rig_run(&rig, 10500); /* at rest since long */
  static rig_t at_rest;
  at_rest = rig;
  for (uint32_t level = 0; level < 3; level++) {
    for (int32_t lsb = -1; lsb <= 1; lsb++) {
      rig = at_rest;
      uint32_t group = lsb < 0 ? 17 : 80;
      rig.group_raw[group] -= 10 * (limit_mV[level] + lsb);
      rig_run(&rig, 4900);
      ck_assert_uint_eq(rig.bms.dtc[dtc[level]].is_active, 0);
      rig_run(&rig, 200);
      ck_assert_uint_eq(rig.bms.dtc[dtc[level]].is_active, lsb >= 0);
      if (lsb >= 0) ck_assert_uint_eq(rig.bms.dtc[dtc[level]].location, group);
      ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].occurrence_count, 0);
    }
  }
  rig = at_rest; /* the one above is named when it is farther from the rest */
  rig.group_raw[33] += 3500;
  rig_run(&rig, 5200);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_SPREAD_UNSAFE].location, 33);
  ck_assert_uint_eq(rig.bms.reaction.is_zero_open, 1);
}
END_TEST

/// Neither under a load nor near empty does a weak group count as apart.
START_TEST(spread_of_groups_is_not_judged_elsewhere) {
  rig_init(&rig);
  rig_set_groups(&rig, _i ? 3495 : 3700);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = _i ? 0 : 1500; /* above 1 A: no rest */
  rig.group_raw[20] -= 3500;
  rig.pack_mV -= 350;
  rig_run(&rig, 20000);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  if (_i) rig_set_groups(&rig, 3510);
  rig.current_mA = 0;
  rig.group_raw[20] -= _i ? 3500 : 0;
  rig_run(&rig, 16000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_SPREAD_UNSAFE].is_active, 1);
}
END_TEST

/// From 10.000 s of rest and a mean of 3.500 V on; of two groups that are as far off the low one.
START_TEST(spread_of_groups_is_judged_from_its_bounds_on) {
  for (uint32_t i = 0; i < 4; i++) {
    const int is_rest = (int)(i & 1u), is_full = (int)(i >> 1);
    rig_init(&rig);
    bms_meas_t *meas = &rig.bms.meas;
    meas->rest_ms = is_rest ? 10000 : 9999;
    meas->group_mean_mV = is_full ? 3500 : 3499;
    meas->group_max_mV = (uint16_t)(meas->group_mean_mV + 200);
    meas->group_min_mV = (uint16_t)(meas->group_mean_mV - 200);
    meas->group_max_index = 60;
    meas->group_min_index = 70;
    rig.bms.task_ms = 10;
    for (uint32_t task = 0; task < 500; task++) limit_walk(&rig.bms);
    ck_assert_int_eq(limit_is_active(&rig.bms, LIMITS_GROUP_SPREAD, 2), is_rest && is_full);
    ck_assert_uint_eq(rig.bms.limit_row[LIMITS_GROUP_SPREAD].location, 70);
  }
}
END_TEST

static void run_warming(rig_t *r, uint32_t module, int32_t raw_per_s, uint32_t seconds) {
  for (uint32_t i = 0; i < 10 * seconds; i++) {
    r->aux_raw[module] = (uint16_t)((int32_t)r->aux_raw[module] - raw_per_s / 10);
    rig_run(r, 100);
  }
}

/// 275 codes are 1 K at first, 220 at 40 degC. Three seconds at more than 1 K/s are an event.
START_TEST(a_module_that_heats_up_by_itself_is_an_event) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 3000);
  static rig_t start;
  start = rig;
  run_warming(&rig, (uint32_t)_i, 200, 15); /* 0.7 to 0.9 K/s */
  ck_assert_uint_eq(rig.bms.dtc[DTC_THERMAL_EVENT].occurrence_count, 0);
  rig = start;
  run_warming(&rig, (uint32_t)_i, 450, 5);
  ck_assert_uint_eq(rig.bms.dtc[DTC_THERMAL_EVENT].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_THERMAL_EVENT].location, (uint32_t)_i);
  ck_assert_uint_eq(rig.bms.reaction.is_zero_open, 1);
  rig = start;
  run_warming(&rig, (uint32_t)_i, 2600, 1); /* 10 K, in one second only */
  rig_run(&rig, 5000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_THERMAL_EVENT].occurrence_count, 0);
  rig = start;
  for (uint32_t i = 0; i < 10; i++) { /* a loose thermistor: 20 K up and down again */
    rig.aux_raw[_i] = i % 2 ? 15057 : 9000;
    rig_run(&rig, 1000);
  }
  ck_assert_uint_eq(rig.bms.dtc[DTC_THERMAL_EVENT].occurrence_count, 0);
}
END_TEST

/// A thermistor that was lost in between begins its three seconds anew.
START_TEST(a_lost_thermistor_does_not_rise) {
  rig_init(&rig);
  rig_run(&rig, 3000);
  for (uint32_t i = 0; i < 12; i++) {
    rig.aux_raw[3] = i % 3 == 2 ? 0 : (uint16_t)(15057 - 500 * i);
    rig_run(&rig, 1000);
  }
  ck_assert_uint_eq(rig.bms.dtc[DTC_THERMAL_EVENT].occurrence_count, 0);
}
END_TEST

START_TEST(modules_apart_are_a_warning) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 3000);
  int16_t cold_ddegC = rig.bms.meas.temperature_min_ddegC;
  for (uint16_t raw = 15057; rig.bms.meas.temperature_max_ddegC - cold_ddegC < 149; raw--) {
    rig.aux_raw[6] = raw;
    rig_run(&rig, 110);
  }
  rig_run(&rig, 6000);
  ck_assert_int_eq(rig.bms.meas.temperature_max_ddegC - cold_ddegC, 149);
  ck_assert_uint_eq(rig.bms.dtc[DTC_TEMPERATURE_SPREAD].is_active, 0);
  while (rig.bms.meas.temperature_max_ddegC - cold_ddegC < 150) {
    rig.aux_raw[6]--;
    rig_run(&rig, 110);
  }
  rig_run(&rig, 4500);
  ck_assert_uint_eq(rig.bms.dtc[DTC_TEMPERATURE_SPREAD].is_active, 0);
  rig_run(&rig, 1000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_TEMPERATURE_SPREAD].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_TEMPERATURE_SPREAD].location, 6);
  ck_assert_uint_eq(rig.bms.reaction.is_derate, 1);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
}
END_TEST

/// Each row and level is told by the DTC that the table names, and by none without a name.
START_TEST(each_level_reports_its_own_dtc) {
  const limits_row_t *row = &limits_row[_i];
  const uint8_t dtc[] = {row->dtc_mol, row->dtc_rsl, row->dtc_msl};
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  for (uint32_t level = 0; level < BMS_LEVEL_COUNT; level++) {
    bms_init(&rig.bms, bms_config_soul_ev(), &boot);
    rig.bms.limit_row[_i].is_active[level] = 1;
    limit_walk(&rig.bms);
    uint32_t told = 0;
    for (uint32_t i = 0; i < DTC_COUNT; i++) told += rig.bms.dtc[i].condition;
    ck_assert_uint_eq(told, dtc[level] != DTC_NONE);
    if (told) ck_assert_uint_eq(rig.bms.dtc[dtc[level]].condition, 1);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_limit");
  TCase *tests = tcase_create("limit");
  tcase_set_timeout(tests, 30);
  tcase_add_loop_test(tests, each_level_acts_at_its_threshold, 0, LIMITS_COUNT);
  tcase_add_loop_test(tests, a_gap_starts_the_debounce_again, 0, LIMITS_COUNT);
  tcase_add_loop_test(tests, healing_needs_hysteresis_and_time, 0, LIMITS_COUNT);
  tcase_add_test(tests, withheld_level_counts_but_does_not_act);
  tcase_add_test(tests, row_out_of_context_is_healed);
  tcase_add_loop_test(tests, overvoltage_opens_in_time_at_every_phase, 0, 16);
  tcase_add_test(tests, withholding_ends_with_the_test_or_after_60_ms);
  tcase_add_test(tests, another_device_s_test_does_not_free_the_trip);
  tcase_add_loop_test(tests, current_rows_know_their_side, 0, 2);
  tcase_add_test(tests, one_lsb_inside_never_opens);
  tcase_add_loop_test(tests, a_pulse_of_40_ms_does_not_trip, 0, 2);
  tcase_add_test(tests, warning_comes_within_100_ms_and_shuts_its_side);
  tcase_add_loop_test(tests, over_temperature_opens_within_1_s, 0, PINOUT_MODULE_COUNT);
  tcase_add_test(tests, cold_is_a_fault_only_while_charging);
  tcase_add_test(tests, spread_of_groups_is_judged_at_rest);
  tcase_add_loop_test(tests, spread_of_groups_is_not_judged_elsewhere, 0, 2);
  tcase_add_test(tests, spread_of_groups_is_judged_from_its_bounds_on);
  tcase_add_loop_test(tests, a_module_that_heats_up_by_itself_is_an_event, 0, BMS_AFE_COUNT);
  tcase_add_test(tests, a_lost_thermistor_does_not_rise);
  tcase_add_test(tests, modules_apart_are_a_warning);
  tcase_add_loop_test(tests, each_level_reports_its_own_dtc, 0, LIMITS_COUNT);
  suite_add_tcase(suite, tests);
  return suite;
}
