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
  suite_add_tcase(suite, tests);
  return suite;
}
