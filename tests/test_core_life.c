/// Counters over the ECU's life, step by step: their units, thresholds and edges.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/history.h"
#include "../ecu_model/core/life.h"
#include "../ecu_model/core/store.h"

Suite *test_suite(void);

enum { CLOSED = 1 << PINS_COIL_MAIN_POS };

static bms_t bms;

static void setup(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  bms.state = BMS_STATE_STANDBY;
}

static void tasks(uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t ms = 0; ms < 10; ms++) life_count(&bms, bms.meas.current_mA);
    life_step(&bms);
  }
}

static void close_for(uint32_t ms) {
  bms.coil_command = CLOSED;
  bms.state = BMS_STATE_DRIVE;
  tasks(ms / 10);
}

static void open(uint32_t state) {
  bms.coil_command = 0;
  bms.state = (uint8_t)state;
  tasks(1);
}

START_TEST(seconds_are_seconds) {
  tasks(99);
  ck_assert_uint_eq(bms.life.operating_s, 0);
  tasks(1);
  ck_assert_uint_eq(bms.life.operating_s, 1);
  tasks(60000);
  ck_assert_uint_eq(bms.life.operating_s, 601);
}
END_TEST

/// What one second leaves is carried to the next: 1.5 A s and 0.54 kJ each.
START_TEST(parts_of_a_unit_are_carried_over) {
  bms.digital = _i ? BMS_DI_AUX_MAIN_POS : BMS_DI_AUX_MAIN_NEG;
  bms.meas.current_mA = _i ? -1500 : 1500;
  bms.meas.pack_mV = 360000;
  tasks(100);
  ck_assert_uint_eq(_i ? bms.life.charge_As : bms.life.discharge_As, 1);
  ck_assert_uint_eq(_i ? bms.life.charge_kJ : bms.life.discharge_kJ, 0);
  tasks(9900);
  ck_assert_uint_eq(_i ? bms.life.charge_As : bms.life.discharge_As, 150);
  ck_assert_uint_eq(_i ? bms.life.charge_kJ : bms.life.discharge_kJ, 54);
  ck_assert_uint_eq(_i ? bms.life.discharge_As : bms.life.charge_As, 0);
  ck_assert_uint_eq(_i ? bms.life.discharge_kJ : bms.life.charge_kJ, 0);
  bms.digital = 0; /* open: a current is the sensor's offset */
  tasks(1000);
  ck_assert_uint_eq(_i ? bms.life.charge_As : bms.life.discharge_As, 150);
}
END_TEST

START_TEST(a_cycle_is_ten_seconds_to_the_task) {
  close_for(9990);
  open(BMS_STATE_STANDBY);
  ck_assert_uint_eq(bms.life.cycle_count, 0);
  ck_assert_uint_eq(bms.store.soc_is_dirty, 0);
  close_for(LIFE_CYCLE_MIN_ms);
  open(BMS_STATE_STANDBY);
  ck_assert_uint_eq(bms.life.cycle_count, 1);
  ck_assert_uint_eq(bms.store.soc_is_dirty, 1);
  tasks(5000);
  ck_assert_uint_eq(bms.life.cycle_count, 1);
  ck_assert_uint_eq(bms.life.closing_count, 2);
}
END_TEST

START_TEST(a_cycle_ends_when_the_opening_is_over) {
  close_for(LIFE_CYCLE_MIN_ms);
  open(BMS_STATE_OPENING);
  tasks(20);
  ck_assert_uint_eq(bms.life.cycle_count, 0);
  open(BMS_STATE_FAULT);
  ck_assert_uint_eq(bms.life.cycle_count, 1);
}
END_TEST

START_TEST(load_at_the_opening_has_a_sharp_threshold) {
  static const int32_t current_mA[] = {LIFE_LOADED_mA, LIFE_LOADED_mA + 1, -LIFE_LOADED_mA,
                                       -LIFE_LOADED_mA - 1, 0};
  close_for(100);
  bms.meas.current_mA = current_mA[_i];
  tasks(10);
  ck_assert_uint_eq(bms.life.loaded_opening_count, 0);
  open(BMS_STATE_OPENING);
  tasks(10);
  ck_assert_uint_eq(bms.life.loaded_opening_count, _i == 1 || _i == 3);
}
END_TEST

/// Learnt zero, low and high range, and whether it is stored at the closing.
START_TEST(offsets_are_stored_when_one_has_moved) {
  static const int32_t row[][3] = {
      {50000, 500000, 0}, {50001, 0, 1},   {0, 500001, 1}, {-50000, -500000, 0},
      {-50001, 0, 1},     {0, -500001, 1}, {0, 0, 0},
  };
  enum { BASE_LOW = 120000, BASE_HIGH = -700000 };
  bms.life.stored_zero_low_uA = BASE_LOW;
  bms.life.stored_zero_high_uA = BASE_HIGH;
  bms.meas.zero_low_uA = BASE_LOW + row[_i][0];
  bms.meas.zero_high_uA = BASE_HIGH + row[_i][1];
  tasks(100);
  ck_assert_uint_eq(bms.store.record[STORE_LEARNT].due_count, 0);
  close_for(100);
  ck_assert_uint_eq(bms.store.record[STORE_LEARNT].due_count, row[_i][2] ? 2 : 0);
  ck_assert_int_eq(bms.life.stored_zero_low_uA, BASE_LOW + (row[_i][2] ? row[_i][0] : 0));
  ck_assert_int_eq(bms.life.stored_zero_high_uA, BASE_HIGH + (row[_i][2] ? row[_i][1] : 0));
}
END_TEST

/// A start settles the cycles of all DTCs, and there is nothing else that it counts.
START_TEST(a_start_moves_no_counter) {
  memset(&bms.life, 0x5A, sizeof bms.life);
  bms.life.cycle_count = 1234;
  bms_life_t before = bms.life;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    bms.memory[dtc].is_stored = bms.memory[dtc].was_active = 1;
    bms.memory[dtc].failed_cycle = 1000;
  }
  history_start(&bms, 1);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++)
    ck_assert_uint_eq(bms.memory[dtc].failed_cycle, 1234);
  ck_assert_mem_eq(&bms.life, &before, sizeof before);
}
END_TEST

START_TEST(sleep_waits_five_seconds_at_most) {
  bms.state = BMS_STATE_SLEEP;
  bms.is_sleep_requested = 1;
  bms.state_ms = LIFE_SAVE_MAX_ms - 10;
  tasks(1);
  ck_assert_uint_eq(bms.store.soc_is_dirty, 1);
  ck_assert_uint_eq(bms.is_sleep_requested, 0);
  bms.is_sleep_requested = 1;
  bms.state_ms = LIFE_SAVE_MAX_ms;
  tasks(1);
  ck_assert_uint_eq(bms.is_sleep_requested, 1);
  bms.store.soc_is_dirty = 0; /* written */
  bms.state_ms = 100;
  tasks(1);
  ck_assert_uint_eq(bms.store.soc_is_dirty, 0); /* once */
  ck_assert_uint_eq(bms.is_sleep_requested, 1);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_life");
  TCase *tests = tcase_create("life");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, seconds_are_seconds);
  tcase_add_loop_test(tests, parts_of_a_unit_are_carried_over, 0, 2);
  tcase_add_test(tests, a_cycle_is_ten_seconds_to_the_task);
  tcase_add_test(tests, a_cycle_ends_when_the_opening_is_over);
  tcase_add_loop_test(tests, load_at_the_opening_has_a_sharp_threshold, 0, 5);
  tcase_add_loop_test(tests, offsets_are_stored_when_one_has_moved, 0, 7);
  tcase_add_test(tests, a_start_moves_no_counter);
  tcase_add_test(tests, sleep_waits_five_seconds_at_most);
  suite_add_tcase(suite, tests);
  return suite;
}
