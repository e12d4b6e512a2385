/// Resets of the ECU in the loop: what is lost, what the memory keeps, what its faults do.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/core/ekf.h"
#include "../scenarios/faults.h"
#include "../sim/hil_ecu.h"
#include "cell_fixture.h"

Suite *test_suite(void);

enum { PAGE = BMS_NVM_PAGE_BYTES };

static hil_t *hil;
static cell_params_t cell;

static void run(uint32_t ms) {
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < ms; i++) {
    ck_assert_int_eq(hil_step(hil), HIL_OK);
    while (hil_next_frame(hil, &rx)) continue;
  }
}

static void setup(void) {
  cell = fixture_cell();
  pack_config_t config = fixture_config(0.5, 25.0);
  hil_config_t setup_of = {
      .pack = &config, .cell = &cell, .hv = hv_params_soul_ev(), .seed = 4, .dt_us = 1000};
  hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  ck_assert_int_eq(hil_init(hil, &setup_of), HIL_OK);
  run(1000);
  ck_assert_int_eq(hil->bms.state, BMS_STATE_STANDBY);
}

static void teardown(void) { free(hil); }

static void drive(void) {
  hil->stimulus.request = VCM_DRIVE;
  run(1500);
  ck_assert_int_eq(hil->bms.state, BMS_STATE_DRIVE);
}

static void fault(const char *target, const char *type, double value, int begin) {
  fault_t fault = {.value = value, .target_count = 1};
  fault_on_t on = (fault_on_t)0;
  uint32_t index = 0;
  ck_assert_int_eq(faults_target(target, &on, &index), 0);
  fault.target[0] = (uint16_t)index;
  fault.row = faults_find(type, on);
  ck_assert_int_eq(faults_apply(hil, &fault, begin), 0);
}

static int coils_are_on(void) {
  double sum_V = 0.0;
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++) sum_V += hil->pins_out.coil_V[coil];
  return sum_V > 0.0;
}

START_TEST(off_drops_all_and_starts_after_its_time) {
  static const char *const type[] = {"power_off", "watchdog_reset", "software_reset", "brown_out"};
  static const uint8_t cause[] = {BMS_RESET_POWER_ON, BMS_RESET_WATCHDOG, BMS_RESET_SOFTWARE,
                                  BMS_RESET_BROWN_OUT};
  drive();
  ck_assert_int_eq(coils_are_on(), 1);
  fault("mcu.ecu", type[_i], 0, 1);
  run(1);
  ck_assert_int_eq(coils_are_on(), 0);
  ck_assert_uint_eq(hil->vcm.bms_is_alive, 1);
  run(500);
  ck_assert_uint_eq(hil->vcm.bms_is_alive, 0); /* silent as well */
  ck_assert_uint_eq(hil->bms.step_count, 0);
  ck_assert_uint_eq(hil->hv.contact_is_closed[PINS_COIL_MAIN_POS], 0);
  fault("mcu.ecu", type[_i], 0, 0);
  run(HIL_ECU_BOOT_ms - 1);
  ck_assert_uint_eq(hil->bms.step_count, 0);
  run(1);
  ck_assert_uint_eq(hil->bms.step_count, 1);
  ck_assert_uint_eq(hil->bms.reset_cause, cause[_i]);
  hil->stimulus.request = VCM_STANDBY;
  run(1000);
  ck_assert_int_eq(hil->bms.state, BMS_STATE_STANDBY);
  ck_assert_uint_eq(hil->bms.dtc[DTC_WATCHDOG_RESET].is_active, _i == 1);
  ck_assert_uint_eq(hil->bms.memory[DTC_WATCHDOG_RESET].is_stored, _i == 1);
  drive();
}
END_TEST

/// Down to 4 V it lives; below it everything is gone until 6 V are reached, and then a request that
/// still stands closes nothing.
START_TEST(a_low_supply_resets_with_hysteresis) {
  drive();
  hil->stimulus.request = VCM_STANDBY;
  run(1000); /* the counters are stored */
  drive();
  hil->stimulus.supply_V = 4.0;
  run(1);
  ck_assert_uint_gt(hil->bms.step_count, 1000);
  ck_assert_int_eq(hil->ecu.is_browned_out, 0);
  hil->stimulus.supply_V = 3.999;
  run(1);
  ck_assert_uint_eq(hil->bms.step_count, 0);
  ck_assert_int_eq(coils_are_on(), 0);
  run(49);
  ck_assert_uint_eq(hil->hv.contact_is_closed[PINS_COIL_MAIN_POS], 0);
  hil->stimulus.supply_V = 5.999;
  run(300);
  ck_assert_uint_eq(hil->bms.step_count, 0);
  hil->stimulus.supply_V = 6.0;
  run(HIL_ECU_BOOT_ms - 1);
  ck_assert_uint_eq(hil->bms.step_count, 0);
  run(1);
  ck_assert_uint_eq(hil->bms.step_count, 1);
  ck_assert_uint_eq(hil->bms.reset_cause, BMS_RESET_BROWN_OUT);
  ck_assert_uint_eq(hil->bms.life.brown_out_count, 1);
  ck_assert_uint_eq(hil->bms.life.reset_count, 2);
  hil->stimulus.supply_V = 13.2;
  for (uint32_t ms = 0; ms < 3000; ms++) {
    run(1);
    ck_assert_int_eq(coils_are_on(), 0);
  }
  ck_assert_int_eq(hil->bms.state, BMS_STATE_STANDBY);
  hil->stimulus.request = VCM_STANDBY;
  run(100);
  drive();
}
END_TEST

/// The dip that interrupts a boot begins it anew.
START_TEST(a_dip_while_booting_boots_again) {
  hil->stimulus.supply_V = 0.0;
  run(5);
  hil->stimulus.supply_V = 13.2;
  run(HIL_ECU_BOOT_ms - 1);
  hil->stimulus.supply_V = 0.0;
  run(1);
  hil->stimulus.supply_V = 13.2;
  run(HIL_ECU_BOOT_ms - 1);
  ck_assert_uint_eq(hil->bms.step_count, 0);
  run(1);
  ck_assert_uint_eq(hil->bms.step_count, 1);
  ck_assert_uint_eq(hil->bms.life.brown_out_count, 1); /* the first never got to count */
}
END_TEST

/// An ECU that is held off stays off when the supply recovers, and one that is let go waits for it.
START_TEST(a_reset_and_a_low_supply_both_have_to_end) {
  fault("mcu.ecu", "watchdog_reset", 0, 1);
  run(5);
  hil->stimulus.supply_V = 0.0;
  run(5);
  if (_i == 0) {
    hil->stimulus.supply_V = 13.2;
    run(200);
    ck_assert_uint_eq(hil->bms.step_count, 0);
    fault("mcu.ecu", "watchdog_reset", 0, 0);
  } else {
    fault("mcu.ecu", "watchdog_reset", 0, 0);
    run(200);
    ck_assert_uint_eq(hil->bms.step_count, 0);
    hil->stimulus.supply_V = 13.2;
  }
  run(HIL_ECU_BOOT_ms - 1);
  ck_assert_uint_eq(hil->bms.step_count, 0);
  run(1);
  ck_assert_uint_eq(hil->bms.step_count, 1);
  ck_assert_uint_eq(hil->bms.reset_cause, BMS_RESET_WATCHDOG);
}
END_TEST

START_TEST(a_start_without_a_stop_is_none) {
  run(100);
  uint32_t steps = hil->bms.step_count;
  hil_ecu_start(hil);
  run(1);
  ck_assert_uint_eq(hil->bms.step_count, steps + 1);
}
END_TEST

/// A page is torn where the power went; what was acknowledged before is there.
START_TEST(a_page_is_torn_where_the_power_went) {
  run(100);
  while (hil->board.nvm.active.is_valid) run(1);
  static uint8_t before[BMS_NVM_BYTES];
  memcpy(before, hil->board.nvm.image, sizeof before);
  hil->bms.store.soc_is_dirty = 1;
  while (hil->board.nvm.written_bytes != 32) run(1);
  uint32_t at = hil->board.nvm.active.offset;
  fault("mcu.ecu", "power_off", 0, 1);
  run(10);
  ck_assert_mem_eq(hil->board.nvm.image + at + 32, before + at + 32, PAGE - 32);
  ck_assert_uint_eq(hil->board.nvm.image[at], 0xB5);
  ck_assert_mem_eq(hil->board.nvm.image, before, at);
  ck_assert_mem_eq(hil->board.nvm.image + at + PAGE, before + at + PAGE, BMS_NVM_BYTES - at - PAGE);
}
END_TEST

START_TEST(soc_and_latch_outlive_the_power) {
  drive();
  hil->bms.soc.charge_mAms += (int64_t)hil->bms.config.capacity_mAh * 3600 * 20; /* 2 % more */
  hil->bms.soc.ekf[BMS_SOC_MEAN].x[EKF_SOC] += 0.02f; /* and the filter believes it */
  hil->stimulus.crash_is_signalled = 1;
  run(1000);
  hil->stimulus.crash_is_signalled = 0;
  hil->stimulus.request = VCM_STANDBY;
  run(1000);
  uint32_t soc_permille = hil->bms.soc.soc_permille;
  ck_assert_uint_eq(hil->bms.state, BMS_STATE_FAULT);
  uint32_t operating_s = hil->bms.memory[DTC_CRASH].first.operating_s;
  fault("mcu.ecu", "power_off", 0, 1);
  run(100);
  ck_assert_uint_eq(hil->bms.dtc[DTC_CRASH].is_latched, 0); /* nobody believes anything */
  fault("mcu.ecu", "power_off", 0, 0);
  run(2000);
  ck_assert_uint_eq(hil->bms.dtc[DTC_CRASH].is_latched, 1);
  ck_assert_uint_eq(hil->bms.state, BMS_STATE_FAULT);
  /* led back by 0.5 %/s */
  ck_assert_int_le(abs((int)hil->bms.soc.soc_permille - (int)soc_permille), 10);
  ck_assert_uint_eq(hil->bms.memory[DTC_CRASH].first.operating_s, operating_s);
  ck_assert_uint_eq(hil->bms.memory[DTC_CRASH].first.state, BMS_STATE_DRIVE);
  ck_assert_uint_eq(hil->bms.life.reset_count, 2);
}
END_TEST

START_TEST(a_memory_that_does_not_take_anything_is_told) {
  fault("mcu.nvm", _i ? "silent" : "write_fails", 0, 1);
  hil->bms.store.soc_is_dirty = 1;
  run(_i ? 2900 : 20);
  ck_assert_uint_eq(hil->bms.dtc[DTC_NVM_WRITE].is_active, 0);
  run(_i ? 300 : 200);
  ck_assert_uint_eq(hil->bms.dtc[DTC_NVM_WRITE].is_active, 1);
  uint32_t written = hil->board.nvm.finished_count;
  run(2000);
  ck_assert_uint_eq(hil->board.nvm.finished_count, written);
  fault("mcu.nvm", _i ? "silent" : "write_fails", 0, 0);
  run(14000);
  ck_assert_uint_eq(hil->bms.dtc[DTC_NVM_WRITE].is_active, 0); /* and heals */
  ck_assert_uint_gt(hil->board.nvm.finished_count, written);
  ck_assert_uint_eq(hil->bms.memory[DTC_NVM_WRITE].is_stored, 1);
  ck_assert_uint_ne(hil->board.nvm.image[0], 0xFF); /* the counters got there */
}
END_TEST

START_TEST(one_damaged_page_has_a_twin_two_are_told) {
  static const double bit[] = {8.0 * 20 + 3, 8.0 * (PAGE + 20) + 3};
  hil->bms.store.soc_is_dirty = 1;
  run(100);
  uint8_t byte = hil->board.nvm.image[20];
  for (int count = 0; count < 2; count++) {
    fault("mcu.ecu", "power_off", 0, 1);
    if (_i)
      fault("mcu.nvm", "corrupt_page", count, 1);
    else
      fault("mcu.nvm", "corrupt_bit", bit[count], 1);
    if (count == 0 && !_i) ck_assert_uint_eq(hil->board.nvm.image[20], byte ^ 8u);
    if (count == 1 && _i) fault("mcu.nvm", "corrupt_page", 0, 1);
    if (count == 1 && !_i) fault("mcu.nvm", "corrupt_bit", bit[0], 1);
    run(10);
    fault("mcu.ecu", "power_off", 0, 0);
    run(HIL_ECU_BOOT_ms + 20);
    ck_assert_uint_eq(hil->bms.stored_soc_permille > 1000, count == 1);
    ck_assert_uint_eq(hil->bms.dtc[DTC_NVM_RECORD_LOST].is_active, count == 1);
    run(1000); /* repaired */
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("hil_ecu");
  TCase *tests = tcase_create("hil_ecu");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_loop_test(tests, off_drops_all_and_starts_after_its_time, 0, 4);
  tcase_add_test(tests, a_low_supply_resets_with_hysteresis);
  tcase_add_test(tests, a_dip_while_booting_boots_again);
  tcase_add_loop_test(tests, a_reset_and_a_low_supply_both_have_to_end, 0, 2);
  tcase_add_test(tests, a_start_without_a_stop_is_none);
  tcase_add_test(tests, a_page_is_torn_where_the_power_went);
  tcase_add_test(tests, soc_and_latch_outlive_the_power);
  tcase_add_loop_test(tests, a_memory_that_does_not_take_anything_is_told, 0, 2);
  tcase_add_loop_test(tests, one_damaged_page_has_a_twin_two_are_told, 0, 2);
  suite_add_tcase(suite, tests);
  return suite;
}
