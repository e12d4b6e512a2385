/// The rest of the car on the bus: cycles, counters and CRCs over a whole run, values, known bytes.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../ecu_model/gen/can_codec.h"
#include "../ecu_model/gen/can_table.h"
#include "../sim/restbus.h"

enum { BMS, VCM, TESTER };
enum { MS_ns = 1000000 };

static can_mem_t bus;
static restbus_t restbus;
static restbus_truth_t truth;
static uint64_t now_us;
static uint32_t frame_count[CAN_MSG_COUNT];
static uint64_t last_ns[CAN_MSG_COUNT];
static can_frame_t last[CAN_MSG_COUNT];
static e2e_rx_t receiver[CAN_MSG_COUNT];
static uint32_t refused_count; ///< by E2E, the first of each message apart

static void start(restbus_kind_t kind) {
  memset(&truth, 0, sizeof truth);
  memset(frame_count, 0, sizeof frame_count);
  now_us = refused_count = 0;
  can_mem_init(&bus, 500000, 2000000);
  restbus_init(&restbus, kind);
  for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) e2e_rx_init(&receiver[m]);
}

/// A frame came: its period is the DBC's, to within what arbitration may hold it up.
static void take(const can_mem_rx_t *rx) {
  const int32_t m = can_msg_find_id(rx->frame.id, 0);
  ck_assert_int_ge(m, 0);
  ck_assert_uint_eq(rx->frame.len, can_msg[m].len);
  ck_assert_str_ne(can_msg[m].sender, "BMS");
  if (frame_count[m] > 0) {
    const double period_ms = (double)(rx->time_ns - last_ns[m]) / MS_ns;
    ck_assert_double_eq_tol(period_ms, can_msg[m].cycle_ms, 0.3);
  }
  if (can_msg[m].e2e_data_id != 0) {
    const e2e_status_t status =
        e2e_check(&receiver[m], can_msg[m].e2e_data_id, rx->frame.data, rx->frame.len);
    refused_count += status != E2E_OK && !(status == E2E_INITIAL && frame_count[m] == 0);
  }
  frame_count[m]++;
  last_ns[m] = rx->time_ns;
  last[m] = rx->frame;
}

static void run(uint32_t ms) {
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < ms; i++) {
    if (restbus_is_due(&restbus, now_us)) restbus_step(&restbus, now_us, &truth, &bus, VCM);
    now_us += 1000;
    can_mem_advance(&bus, now_us * 1000);
    while (can_mem_recv(&bus, BMS, &rx) == CAN_MEM_OK) take(&rx);
  }
}

static double told(uint32_t m, const char *name) {
  const int32_t s = can_signal_find(m, name);
  ck_assert_msg(s >= 0, "%s", name);
  ck_assert_uint_gt(frame_count[m], 0);
  return can_signal_decode(&can_signal[s], last[m].data);
}

START_TEST(own_frames_keep_cycle_counter_and_crc) {
  start(RESTBUS_PACKSIM);
  run(60000);
  ck_assert_uint_eq(frame_count[CAN_MSG_VCM_VEHICLE], 600);
  ck_assert_uint_eq(frame_count[CAN_MSG_VCM_LINK], 600);
  ck_assert_uint_eq(frame_count[CAN_MSG_CHG_STATUS], 600);
  ck_assert_uint_eq(frame_count[CAN_MSG_CHG_LIMITS], 60);
  ck_assert_uint_eq(refused_count, 0);
  ck_assert_uint_eq(restbus.sent_count, 1860);
}
END_TEST

START_TEST(own_frames_tell_the_truth) {
  start(RESTBUS_PACKSIM);
  truth = (restbus_truth_t){.ignition_is_on = 1,
                            .is_ready = 1,
                            .charger_is_plugged = 1,
                            .ac_is_present = 1,
                            .charger_is_in_cv = 1,
                            .charger = RESTBUS_CHARGING,
                            .supply_V = 13.24,
                            .ambient_degC = -7.3,
                            .link_V = 361.26,
                            .load_A = -41.36,
                            .speed_kph = 100.0,
                            .charger_A = 16.04,
                            .charger_degC = 31.6,
                            .grid_W = 6543.0,
                            .charger_max_A = 35.0,
                            .charger_max_V = 450.0,
                            .charger_max_W = 6072.0,
                            .set_A = 16.4,
                            .set_V = 402.9};
  run(1000);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_VEHICLE, "ignition_on"), 1, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_VEHICLE, "is_ready"), 1, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_VEHICLE, "crash"), 0, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_VEHICLE, "is_plugged"), 1, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_VEHICLE, "supply_V"), 13.2, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_VEHICLE, "ambient_degC"), -7.5, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_LINK, "link_V"), 361.3, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_LINK, "load_A"), -41.4, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_LINK, "motor_rpm"), 6877, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_LINK, "is_discharging"), 0, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "state"), CAN_CHG_STATUS_STATE_CHARGING, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "is_rapid"), 0, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "ac_present"), 1, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "at_voltage_limit"), 1, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "voltage_V"), 361.3, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "current_A"), 16.0, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "temperature_degC"), 32, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "grid_kW"), 6.5, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_LIMITS, "current_max_A"), 35, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_LIMITS, "voltage_max_V"), 450, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_LIMITS, "power_max_kW"), 6.1, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_LIMITS, "set_A"), 16, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_LIMITS, "set_V"), 403, 1e-9);
}
END_TEST

START_TEST(what_does_not_fit_saturates) {
  start(RESTBUS_PACKSIM);
  truth.supply_V = 1e9;
  truth.ambient_degC = -80.0;
  truth.link_V = 1e9;
  truth.load_A = -1e9;
  truth.speed_kph = 1e9;
  truth.charger_A = -3.0;
  truth.charger_degC = 400.0;
  truth.grid_W = (double)NAN;
  run(100);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_VEHICLE, "supply_V"), 25.5, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_VEHICLE, "ambient_degC"), -40, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_LINK, "link_V"), 819.1, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_LINK, "load_A"), -819.1, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_VCM_LINK, "motor_rpm"), 32767, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "current_A"), 0, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "temperature_degC"), 215, 1e-9);
  ck_assert_double_eq_tol(told(CAN_MSG_CHG_STATUS, "grid_kW"), 0, 1e-9);
}
END_TEST

START_TEST(the_cars_frames_keep_their_cycles) {
  start(RESTBUS_SOUL_EV);
  run(10000);
  ck_assert_uint_eq(frame_count[CAN_MSG_CAR_DRIVE], 1000);
  ck_assert_uint_eq(frame_count[CAN_MSG_CAR_523], 1000);
  ck_assert_uint_eq(frame_count[CAN_MSG_CAR_LINK], 1000);
  ck_assert_uint_eq(frame_count[CAN_MSG_CAR_553], 100);
  ck_assert_uint_eq(frame_count[CAN_MSG_CAR_57F], 100);
  ck_assert_uint_eq(frame_count[CAN_MSG_CAR_2A1], 100);
  ck_assert_uint_eq(frame_count[CAN_MSG_CAR_CHARGE], 100);
  ck_assert_uint_eq(frame_count[CAN_MSG_VCM_VEHICLE] + frame_count[CAN_MSG_CHG_STATUS], 0);
}
END_TEST

/// 0x200 byte by byte: its first five frames, then four again and again. Its counter never skips.
START_TEST(the_bytes_that_keep_contactors_closed) {
  static const uint8_t byte_5[] = {0x17, 0x57, 0x97, 0xD7, 0xFF, 0x3B, 0x7B,
                                   0xBB, 0xFB, 0x3B, 0x7B, 0xBB, 0xFB, 0x3B};
  start(RESTBUS_SOUL_EV);
  for (uint32_t i = 0; i < sizeof byte_5; i++) {
    run(10);
    const uint8_t expected[8] = {0x00, 0x80,      0xD8, i < 4 ? 0x04 : 0x10,
                                 0x00, byte_5[i], 0xD0, 0x00};
    ck_assert_mem_eq(last[CAN_MSG_CAR_DRIVE].data, expected, 8);
    if (i != 4) /* the fifth frame repeats the fourth's counter, as it was seen */
      ck_assert_double_eq_tol(told(CAN_MSG_CAR_DRIVE, "counter"), (i < 4 ? i : i - 5) % 4, 1e-9);
  }
  static const uint8_t always[][8] = {{0x08, 0x38, 0x36, 0x36, 0x33, 0x34, 0x00, 0x01},
                                      {0x04, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80, 0x00},
                                      {0x80, 0x0A, 0x72, 0x00, 0x00, 0x00, 0x00, 0x72},
                                      {0}};
  ck_assert_mem_eq(last[CAN_MSG_CAR_523].data, always[0], 8);
  ck_assert_mem_eq(last[CAN_MSG_CAR_553].data, always[1], 8);
  ck_assert_mem_eq(last[CAN_MSG_CAR_57F].data, always[2], 8);
  ck_assert_mem_eq(last[CAN_MSG_CAR_2A1].data, always[3], 8);
}
END_TEST

/// docs/facts: 0x524 d0-1 the inverter's voltage; 0x581 d3 not 0 while charging, d6-7 / 256 kW.
START_TEST(the_cars_values) {
  start(RESTBUS_SOUL_EV);
  truth.link_V = 361.4;
  truth.charger_A = 16.0;
  truth.charger = RESTBUS_CHARGING;
  run(100);
  static const uint8_t inverter[8] = {0x69, 0x01}; /* 361 */
  const uint8_t *charge = last[CAN_MSG_CAR_CHARGE].data;
  ck_assert_mem_eq(last[CAN_MSG_CAR_LINK].data, inverter, 8);
  ck_assert_uint_ne(charge[3], 0);
  ck_assert_double_eq_tol((charge[6] + 256 * charge[7]) / 256.0, 16.0 * 0.3614, 0.5 / 256);
  truth.charger = RESTBUS_PLUGGED;
  run(100);
  ck_assert_uint_eq(charge[3], 0);
}
END_TEST

START_TEST(nothing_is_sent_where_somebody_else_is_the_car) {
  start(RESTBUS_NONE);
  run(5000);
  ck_assert_uint_eq(restbus.sent_count, 0);
  ck_assert(!restbus_is_due(&restbus, now_us));
}
END_TEST

/// What is wrong with a message on its way shows at an independent receiver, and ends with it.
START_TEST(faults_of_a_message_act_on_it) {
  start(RESTBUS_PACKSIM);
  run(1000);
  can_mem_fault_t *fault = can_mem_fault(&bus, CAN_CHG_STATUS_ID, 0);
  fault->crc_is_wrong = 1;
  can_mem_fault_done(&bus, fault);
  run(1000);
  ck_assert_uint_eq(refused_count, 10);
  ck_assert_uint_eq(frame_count[CAN_MSG_CHG_STATUS], 20);
  fault->crc_is_wrong = 0;
  fault->drop_every = 1;
  can_mem_fault_done(&bus, fault);
  run(300);
  ck_assert_uint_eq(frame_count[CAN_MSG_CHG_STATUS], 20);
  ck_assert_uint_eq(frame_count[CAN_MSG_VCM_LINK], 23);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("restbus");
  TCase *tests = tcase_create("all");
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, own_frames_keep_cycle_counter_and_crc);
  tcase_add_test(tests, own_frames_tell_the_truth);
  tcase_add_test(tests, what_does_not_fit_saturates);
  tcase_add_test(tests, the_cars_frames_keep_their_cycles);
  tcase_add_test(tests, the_bytes_that_keep_contactors_closed);
  tcase_add_test(tests, the_cars_values);
  tcase_add_test(tests, nothing_is_sent_where_somebody_else_is_the_car);
  tcase_add_test(tests, faults_of_a_message_act_on_it);
  suite_add_tcase(suite, tests);
  return suite;
}
