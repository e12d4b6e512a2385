/// The bus in the loop: its planned load, FD, controllers that go off and come back.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/can_codec.h"
#include "../sim/hil.h"
#include "../sim/hil_ecu.h"
#include "cell_fixture.h"

Suite *test_suite(void);

#define NEAR(value, expected, tolerance)                                                           \
  ck_assert_double_eq_tol(value, expected, (tolerance) + 1e-9)

static hil_t *car;
static cell_params_t cell;
static uint32_t frame_count[CAN_MSG_COUNT];

static void start_as(uint8_t can_is_fd, restbus_kind_t rest_bus) {
  cell = fixture_cell();
  pack_config_t config = fixture_config(0.6, 25.0);
  hil_config_t setup_of = {.pack = &config,
                           .cell = &cell,
                           .hv = hv_params_soul_ev(),
                           .seed = 4,
                           .dt_us = 1000,
                           .can_is_fd = can_is_fd,
                           .rest_bus = rest_bus};
  ck_assert_int_eq(hil_init(car, &setup_of), HIL_OK);
  car->stimulus.request = VCM_DRIVE;
}

static void start_on(uint8_t can_is_fd) { start_as(can_is_fd, RESTBUS_PACKSIM); }

static void start(void) {
  car = calloc(1, sizeof *car);
  ck_assert_ptr_nonnull(car);
  start_on(0);
}

static void finish(void) { free(car); }

static void run(uint32_t ms) {
  can_mem_rx_t rx;
  memset(frame_count, 0, sizeof frame_count);
  for (uint32_t i = 0; i < ms; i++) {
    ck_assert_int_eq(hil_step(car), HIL_OK);
    while (hil_next_frame(car, &rx)) {
      int32_t msg = can_msg_find_id(rx.frame.id, 0);
      if (msg >= 0) frame_count[msg]++;
    }
  }
}

/// The load of docs/can-frames.md.
START_TEST(load_is_as_planned) {
  static const uint32_t at_least_permille[] = {77, 31, 147}, at_most_permille[] = {98, 48, 170};
  start_as(_i == 1, _i == 2 ? RESTBUS_SOUL_EV : RESTBUS_PACKSIM);
  run(2000);
  for (uint32_t window = 0; window < 20; window++) {
    run(100);
    uint32_t load_permille = can_mem_load_permille(&car->bus);
    ck_assert_uint_ge(load_permille, at_least_permille[_i]);
    ck_assert_uint_le(load_permille, at_most_permille[_i]);
  }
  ck_assert_uint_eq(car->bms.comm.tx_drop_count, 0);
  ck_assert_uint_eq(car->bus.tx[HIL_NODE_BMS].lost_count, 0);
}
END_TEST

START_TEST(all_96_groups_every_100_ms) {
  start_on((uint8_t)_i);
  run(1500);
  for (uint32_t window = 0; window < 10; window++) {
    run(100);
    ck_assert_uint_eq(frame_count[CAN_MSG_BMS_GROUPS], _i ? 0 : 24);
    ck_assert_uint_eq(frame_count[CAN_MSG_BMS_GROUPSFD], _i ? 3 : 0);
  }
  uint32_t trusted = car->vcm.frame_count;
  run(1000);
  ck_assert_uint_eq(car->vcm.frame_count - trusted, _i ? 50 : 20);
  ck_assert_uint_eq(car->vcm.e2e_error_count, 0);
}
END_TEST

START_TEST(a_spoilt_fd_frame_is_not_trusted) {
  start_on(1);
  run(2000);
  can_mem_fault_t *fault = can_mem_fault(&car->bus, CAN_BMS_GROUPSFD_ID, 0);
  fault->flip_bit = 1 + 300;
  can_mem_fault_done(&car->bus, fault);
  run(1000);
  ck_assert_uint_eq(car->vcm.e2e_error_count, 30);
  fault->flip_bit = 0;
  can_mem_fault_done(&car->bus, fault);
  run(1000);
  ck_assert_uint_le(car->vcm.e2e_error_count, 31);
}
END_TEST

static double told(uint32_t m, const char *name) {
  const int32_t s = can_signal_find(m, name);
  ck_assert_msg(s >= 0, "%s", name);
  return can_signal_decode(&can_signal[s], car->last_frame[m].frame.data);
}

/// What charger and vehicle say is the plant's truth, to half a step and what a tick moves.
START_TEST(the_rest_of_the_car_tells_the_plant) {
  run(100);
  NEAR(told(CAN_MSG_CHG_STATUS, "state"), CAN_CHG_STATUS_STATE_UNPLUGGED, 0);
  NEAR(told(CAN_MSG_CHG_STATUS, "ac_present"), 0, 0);
  car->stimulus.request = VCM_CHARGE;
  car->stimulus.charger_is_plugged = 1;
  car->stimulus.charger_kind = CHARGER_AC;
  car->stimulus.charger_voltage_V = 400.0;
  car->stimulus.ambient_degC = 11.0;
  run(1000);
  NEAR(told(CAN_MSG_CHG_STATUS, "state"), CAN_CHG_STATUS_STATE_PLUGGED, 0);
  car->stimulus.charger_current_A = 14.0;
  run(3000);
  ck_assert_uint_eq(car->bms.state, BMS_STATE_CHARGE);
  NEAR(told(CAN_MSG_CHG_STATUS, "state"), CAN_CHG_STATUS_STATE_CHARGING, 0);
  NEAR(told(CAN_MSG_CHG_STATUS, "ac_present"), 1, 0);
  NEAR(told(CAN_MSG_CHG_STATUS, "is_rapid"), 0, 0);
  NEAR(told(CAN_MSG_CHG_STATUS, "current_A"), 14.0, 0.06);
  NEAR(told(CAN_MSG_CHG_STATUS, "voltage_V"), car->hv.link_V, 0.1);
  NEAR(told(CAN_MSG_CHG_STATUS, "grid_kW"), 14e-3 * car->hv.link_V / 0.92, 0.06);
  NEAR(told(CAN_MSG_CHG_STATUS, "temperature_degC"), 11.0, 0.51);
  NEAR(told(CAN_MSG_CHG_LIMITS, "current_max_A"), 35, 0);
  NEAR(told(CAN_MSG_CHG_LIMITS, "voltage_max_V"), 450, 0);
  NEAR(told(CAN_MSG_CHG_LIMITS, "set_A"), 14, 0);
  NEAR(told(CAN_MSG_CHG_LIMITS, "set_V"), 400, 0.13);
  NEAR(told(CAN_MSG_VCM_LINK, "link_V"), car->hv.link_V, 0.1);
  NEAR(told(CAN_MSG_VCM_LINK, "is_discharging"), 0, 0);
  NEAR(told(CAN_MSG_VCM_VEHICLE, "ambient_degC"), 11, 0);
  NEAR(told(CAN_MSG_VCM_VEHICLE, "is_plugged"), 1, 0);
  NEAR(told(CAN_MSG_VCM_VEHICLE, "is_ready"), 0, 0);
  car->charger.is_stuck_on = 1;
  car->stimulus.charger_current_A = 0.0;
  run(200);
  NEAR(told(CAN_MSG_CHG_STATUS, "state"), CAN_CHG_STATUS_STATE_FAULT, 0);
}
END_TEST

/// A vehicle that is somebody else's: the BMS hears nothing from this one, and it still listens.
START_TEST(a_mute_vehicle_listens) {
  start_as(0, RESTBUS_NONE);
  run(2000);
  ck_assert_uint_eq(frame_count[CAN_MSG_VCM_REQUEST] + frame_count[CAN_MSG_VCM_VEHICLE], 0);
  ck_assert_uint_eq(car->vcm.bms_is_alive, 1);
  ck_assert_uint_eq(car->bms.state, BMS_STATE_STANDBY);
}
END_TEST

/// The vehicle's controller is thrown off for 50 ms: it asks 100 ms after, 2.8 ms later is back.
START_TEST(the_vehicle_comes_back) {
  run(2000);
  can_mem_hold_off(&car->bus, HIL_NODE_VCM, 1);
  run(50);
  can_mem_hold_off(&car->bus, HIL_NODE_VCM, 0);
  run(49);
  ck_assert_int_eq(can_mem_state(&car->bus, HIL_NODE_VCM), CAN_MEM_OFF);
  run(10);
  ck_assert_int_eq(can_mem_state(&car->bus, HIL_NODE_VCM), CAN_MEM_ACTIVE);
  run(1000);
  ck_assert_uint_eq(frame_count[CAN_MSG_VCM_REQUEST], 10);
  ck_assert_uint_eq(car->bms.state, BMS_STATE_DRIVE);
  ck_assert_uint_eq(car->bms.dtc_active_count, 0);
}
END_TEST

/// A reset starts the BMS's controller anew, whatever it was; what holds it off still does.
START_TEST(a_reset_starts_the_controller) {
  run(500);
  can_mem_hold_off(&car->bus, HIL_NODE_BMS, 1);
  hil_ecu_stop(car, BMS_RESET_SOFTWARE);
  hil_ecu_start(car);
  run(100);
  ck_assert_int_eq(can_mem_state(&car->bus, HIL_NODE_BMS), CAN_MEM_OFF);
  can_mem_hold_off(&car->bus, HIL_NODE_BMS, 0);
  hil_ecu_stop(car, BMS_RESET_SOFTWARE);
  hil_ecu_start(car);
  run(50);
  ck_assert_int_eq(can_mem_state(&car->bus, HIL_NODE_BMS), CAN_MEM_ACTIVE);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("hil_can");
  TCase *tests = tcase_create("bus");
  tcase_add_checked_fixture(tests, start, finish);
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, load_is_as_planned, 0, 3);
  tcase_add_loop_test(tests, all_96_groups_every_100_ms, 0, 2);
  tcase_add_test(tests, a_spoilt_fd_frame_is_not_trusted);
  tcase_add_test(tests, the_rest_of_the_car_tells_the_plant);
  tcase_add_test(tests, a_mute_vehicle_listens);
  tcase_add_test(tests, the_vehicle_comes_back);
  tcase_add_test(tests, a_reset_starts_the_controller);
  suite_add_tcase(suite, tests);
  return suite;
}
