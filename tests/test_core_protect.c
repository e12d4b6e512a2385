/// Fast protection by the millisecond: thresholds, counts, what is kept for the 10 ms task.
#include <check.h>

#include "../ecu_model/core/protect.h"
#include "core_rig.h"

Suite *test_suite(void);

static bms_t bms;

static const uint16_t healthy = BMS_DI_HVIL_CLOSED | BMS_DI_KL30C;

static void start(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  bms.digital = healthy;
  bms.contactor.phase = CONTACTOR_CLOSED;
  bms.coil_command = 3;
}

static void run(int32_t current_mA, uint32_t ms) {
  bms.meas.current_mA = current_mA;
  for (uint32_t i = 0; i < ms; i++) protect_step(&bms);
}

static int is_closed(void) { return bms.contactor.phase == CONTACTOR_CLOSED; }

static int32_t discharge_limit_mA(void) { return limits_row[LIMITS_CURRENT_DISCHARGE].msl; }

START_TEST(safety_limit_itself_counts) {
  int32_t limit_mA = _i ? -limits_row[LIMITS_CURRENT_CHARGE].msl : discharge_limit_mA();
  int32_t inward_mA = _i ? 1 : -1;
  start();
  run(limit_mA + inward_mA, 1000);
  ck_assert(is_closed());
  ck_assert_uint_eq(bms.over_current_ms[_i], 0);
  run(limit_mA, 19);
  ck_assert(is_closed());
  run(limit_mA, 1);
  ck_assert_uint_eq(bms.contactor.phase, CONTACTOR_OPEN_POS);
  ck_assert_uint_eq(bms.over_current_ms[_i], 20);
  ck_assert_uint_eq(bms.over_current_ms[!_i], 0);
}
END_TEST

/// A late step counts its time, but 1 ms if it is the first that finds the condition.
START_TEST(late_steps_count_their_time) {
  int32_t limit_mA = _i ? -limits_row[LIMITS_CURRENT_CHARGE].msl : discharge_limit_mA();
  int64_t rated_mA = _i ? 190000 : 280000;
  start();
  bms.step_ms = 3;
  run(limit_mA, 1);
  ck_assert_uint_eq(bms.over_current_ms[_i], 1);
  ck_assert_int_eq(bms.I2t_mA2ms, 3 * ((int64_t)limit_mA * limit_mA - rated_mA * rated_mA));
  run(limit_mA, 6);
  ck_assert_uint_eq(bms.over_current_ms[_i], 19);
  ck_assert(is_closed());
  run(limit_mA, 1);
  ck_assert_uint_eq(bms.over_current_ms[_i], 22);
  ck_assert(!is_closed());
}
END_TEST

START_TEST(full_count_is_kept_until_forgotten) {
  int32_t limit_mA = _i ? -limits_row[LIMITS_CURRENT_CHARGE].msl : discharge_limit_mA();
  start();
  run(limit_mA, 19);
  run(0, 1);
  ck_assert_uint_eq(bms.over_current_ms[_i], 0);
  run(limit_mA, 20);
  run(0, 50);
  ck_assert_uint_eq(bms.over_current_ms[_i], 20);
  bms.meas.current_mA = limit_mA; /* not over */
  protect_forget(&bms);
  ck_assert_uint_eq(bms.over_current_ms[_i], 20);
  bms.meas.current_mA = limit_mA + (_i ? 1 : -1);
  protect_forget(&bms);
  ck_assert_uint_eq(bms.over_current_ms[_i], 0);
  run(limit_mA, 7);
  bms.meas.current_mA = 0;
  protect_forget(&bms); /* a count under way belongs to the fast path */
  ck_assert_uint_eq(bms.over_current_ms[_i], 7);
}
END_TEST

START_TEST(overload_is_exact) {
  start();
  int64_t gain = (int64_t)300000 * 300000 - (int64_t)280000 * 280000; /* mA2 each ms */
  run(300000, 1000);
  ck_assert_int_eq(bms.I2t_mA2ms, gain * 1000);
  run(0, 1); /* cools by the rated current's square */
  ck_assert_int_eq(bms.I2t_mA2ms, gain * 1000 - (int64_t)280000 * 280000);
  run(0, 1000);
  ck_assert_int_eq(bms.I2t_mA2ms, 0);
  run(-200000, 1);
  ck_assert_int_eq(bms.I2t_mA2ms, (int64_t)200000 * 200000 - (int64_t)190000 * 190000);
  int64_t limit = (int64_t)bms.config.I2t_limit_A2s * 1000000000;
  bms.I2t_mA2ms = limit - 1;
  protect_report(&bms);
  ck_assert_uint_eq(bms.dtc[DTC_OVER_CURRENT_OVERLOAD].condition, 0);
  bms.I2t_mA2ms = limit;
  protect_report(&bms);
  ck_assert_uint_eq(bms.dtc[DTC_OVER_CURRENT_OVERLOAD].condition, 1);
}
END_TEST

START_TEST(lines_are_debounced_and_kept) {
  uint16_t active =
      (uint16_t)(_i ? healthy & ~(uint32_t)BMS_DI_KL30C : healthy | (uint32_t)BMS_DI_CRASH);
  uint16_t *count = _i ? &bms.kl30c_ms : &bms.crash_ms;
  uint32_t dtc = _i ? DTC_EMERGENCY_OFF : DTC_CRASH;
  start();
  bms.digital = active;
  run(0, PROTECT_LINE_ms - 1);
  ck_assert(is_closed());
  protect_report(&bms);
  ck_assert_uint_eq(bms.dtc[dtc].condition, 0);
  protect_forget(&bms);
  ck_assert_uint_eq(*count, PROTECT_LINE_ms - 1);
  run(0, 1);
  ck_assert_uint_eq(bms.contactor.phase, CONTACTOR_OPEN_NEG);
  ck_assert_uint_eq(bms.coil_command, 0);
  protect_forget(&bms);
  ck_assert_uint_eq(*count, PROTECT_LINE_ms);
  bms.digital = healthy;
  run(0, 10);
  protect_report(&bms);
  ck_assert_uint_eq(bms.dtc[dtc].condition, 1);
  protect_forget(&bms);
  ck_assert_uint_eq(*count, 0);
}
END_TEST

/// 12 V below 4.2 V for 5 ms; below 1 V the sense line is broken, since the ECU still runs.
START_TEST(lost_supply_opens) {
  static const struct {
    int32_t supply_mV;
    int opens;
  } row[] = {{4200, 0}, {4199, 1}, {1000, 1}, {999, 0}, {0, 0}, {13200, 0}};
  start();
  bms.meas.supply_mV = row[_i].supply_mV;
  run(0, PROTECT_LINE_ms - 1);
  ck_assert(is_closed());
  run(0, 1);
  ck_assert_int_eq(is_closed(), !row[_i].opens);
  protect_report(&bms);
  ck_assert_int_eq(bms.dtc[DTC_EMERGENCY_OFF].condition, row[_i].opens);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_protect");
  TCase *tests = tcase_create("protect");
  tcase_add_loop_test(tests, safety_limit_itself_counts, 0, 2);
  tcase_add_loop_test(tests, late_steps_count_their_time, 0, 2);
  tcase_add_loop_test(tests, full_count_is_kept_until_forgotten, 0, 2);
  tcase_add_test(tests, overload_is_exact);
  tcase_add_loop_test(tests, lines_are_debounced_and_kept, 0, 2);
  tcase_add_loop_test(tests, lost_supply_opens, 0, 6);
  suite_add_tcase(suite, tests);
  return suite;
}
