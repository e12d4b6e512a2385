/// The ECU's own time in the loop: overruns, a drifting clock, a bus controller that is off.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/can_codec.h"
#include "../sim/hil_time.h"
#include "cell_fixture.h"

Suite *test_suite(void);

static hil_t *car;
static cell_params_t cell;
static uint32_t status_count;

static void start(void) {
  cell = fixture_cell();
  pack_config_t config = fixture_config(0.6, 25.0);
  hil_config_t setup_of = {.pack = &config,
                           .cell = &cell,
                           .hv = hv_params_soul_ev(),
                           .seed = 4,
                           .dt_us = 1000,
                           .time_start_ms = 77};
  car = calloc(1, sizeof *car);
  ck_assert_ptr_nonnull(car);
  ck_assert_int_eq(hil_init(car, &setup_of), HIL_OK);
  car->stimulus.request = VCM_DRIVE;
}

static void finish(void) { free(car); }

static void run(uint32_t ms) {
  can_mem_rx_t rx;
  status_count = 0;
  for (uint32_t i = 0; i < ms; i++) {
    ck_assert_int_eq(hil_step(car), HIL_OK);
    while (hil_next_frame(car, &rx)) status_count += rx.frame.id == CAN_BMS_STATUS_ID;
  }
}

START_TEST(sound_clock_shows_the_worlds_ms) {
  run(1000);
  ck_assert_uint_eq(car->bms.step_count, 1000);
  ck_assert_uint_eq(car->bms.time_ms, 77 + 999);
  ck_assert_uint_eq(car->bms.jitter_count, 0);
}
END_TEST

/// _i: ms that it hangs. It misses them once a second; its clock goes on.
START_TEST(overrun_misses_steps_and_time_jumps) {
  static const uint32_t hang_ms[] = {1, 2, 29, 900};
  run(1500);
  uint32_t steps = car->bms.step_count, jitter = car->bms.jitter_count;
  hil_time_hang(car, hang_ms[_i]);
  run(hang_ms[_i]);
  ck_assert_uint_eq(car->bms.step_count, steps);
  run(1);
  ck_assert_uint_eq(car->bms.step_count, steps + 1);
  ck_assert_uint_eq(car->bms.time_ms, 77 + 1500 + hang_ms[_i]);
  ck_assert_uint_eq(car->bms.jitter_count, jitter + 1);
  run(3000 - hang_ms[_i] - 1);
  ck_assert_uint_eq(car->bms.step_count, steps + 3 * (1000 - hang_ms[_i]));
  hil_time_hang(car, 0);
  steps = car->bms.step_count;
  run(1000);
  ck_assert_uint_eq(car->bms.step_count, steps + 1000);
}
END_TEST

/// While it hangs it says nothing twice; its coils live until the watchdog's 30 ms are over.
START_TEST(hanging_ecu_holds_its_outputs_until_the_watchdog_acts) {
  run(3000);
  ck_assert_uint_eq(car->bms.state, BMS_STATE_DRIVE);
  hil_time_hang(car, 500);
  uint32_t held_ms = 0;
  while (car->pins_out.coil_V[PINS_COIL_MAIN_POS] > 0.0) {
    run(1);
    held_ms++;
    ck_assert_uint_le(status_count, held_ms == 1);
    ck_assert_uint_le(held_ms, 31);
  }
  ck_assert_uint_ge(held_ms, 20);
  run(500 - held_ms);
  ck_assert_uint_eq(status_count, 0);
  ck_assert_double_eq(car->hv.contact_is_closed[PINS_COIL_MAIN_NEG], 0);
  hil_time_hang(car, 0);
  for (uint32_t i = 0; i < 2000; i++) {
    run(1);
    for (uint32_t coil = 0; coil < 3; coil++) ck_assert_double_eq(car->pins_out.coil_V[coil], 0.0);
  }
}
END_TEST

/// ppm: so many steps more or less in 10 s, each 1 ms of its own clock.
START_TEST(drifting_clock_takes_its_steps_along) {
  static const int32_t drift_ppm[] = {10000, -10000, 200000, -200000, 100};
  static const uint32_t steps_10_s[] = {10100, 9900, 12000, 8000, 10001};
  run(2000);
  uint32_t steps = car->bms.step_count;
  hil_time_drift(car, drift_ppm[_i]);
  run(10000);
  uint32_t taken = car->bms.step_count - steps;
  ck_assert_uint_ge(taken + 1, steps_10_s[_i]);
  ck_assert_uint_le(taken, steps_10_s[_i] + 1);
  ck_assert_uint_eq(status_count, (taken + 50) / 100); /* every 100 ms of its own */
  ck_assert_uint_eq(car->bms.time_ms, 77 + car->bms.step_count - 1);
  ck_assert_uint_eq(car->bms.jitter_count, 0);
  ck_assert_uint_eq(car->bms.dtc_active_count, 0);
  ck_assert_uint_eq(car->bms.state, BMS_STATE_DRIVE);
  hil_time_drift(car, 0);
  steps = car->bms.step_count;
  run(1000); /* one may still be due */
  ck_assert_uint_ge(car->bms.step_count, steps + 1000);
  ck_assert_uint_le(car->bms.step_count, steps + 1001);
}
END_TEST

START_TEST(bus_off_is_silent_and_deaf) {
  run(3000);
  can_mem_hold_off(&car->bus, HIL_NODE_BMS, 1);
  run(500);
  ck_assert_uint_eq(status_count, 0);
  ck_assert_uint_eq(car->in.can_bus_state, 2);
  ck_assert_uint_eq(car->bms.dtc[DTC_CAN_REQUEST_LOST].is_active, 1);
  run(2000);
  ck_assert_uint_ne(car->bms.state, BMS_STATE_DRIVE);
  can_mem_hold_off(&car->bus, HIL_NODE_BMS, 0);
  run(1003); /* the core asks once a second by now */
  run(1000);
  ck_assert_uint_eq(status_count, 10);
  ck_assert_uint_eq(car->in.can_bus_state, 0);
  ck_assert_uint_eq(car->bms.dtc[DTC_CAN_REQUEST_LOST].is_active, 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("hil_time");
  TCase *tests = tcase_create("time");
  tcase_add_checked_fixture(tests, start, finish);
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, sound_clock_shows_the_worlds_ms);
  tcase_add_loop_test(tests, overrun_misses_steps_and_time_jumps, 0, 4);
  tcase_add_test(tests, hanging_ecu_holds_its_outputs_until_the_watchdog_acts);
  tcase_add_loop_test(tests, drifting_clock_takes_its_steps_along, 0, 5);
  tcase_add_test(tests, bus_off_is_silent_and_deaf);
  suite_add_tcase(suite, tests);
  return suite;
}
