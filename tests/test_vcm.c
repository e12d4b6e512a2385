/// The vehicle controller: what it sends and when, what it believes and for how long.
#include <check.h>
#include <string.h>

#include "../ecu_model/gen/can_codec.h"
#include "../sim/vcm.h"

enum { BMS, VCM, TESTER };

/// A controller on a bus with a BMS that answers as the test says.
typedef struct {
  can_mem_t bus;
  vcm_t vcm;
  e2e_tx_t status_tx, limits_tx;
  uint64_t now_us;
} rig_t;

static rig_t rig;

static void rig_start(void) {
  memset(&rig, 0, sizeof rig);
  can_mem_init(&rig.bus, 500000, 2000000);
  vcm_init(&rig.vcm);
}

static void rig_run(uint32_t ms) {
  for (uint32_t i = 0; i < ms; i++) {
    vcm_step(&rig.vcm, rig.now_us, &rig.bus, VCM);
    rig.now_us += 1000;
    can_mem_advance(&rig.bus, rig.now_us * 1000);
  }
}

static void send(uint32_t id, const uint8_t data[8], uint8_t len) {
  can_frame_t frame = {.id = id, .len = len};
  memcpy(frame.data, data, 8);
  ck_assert_int_eq(can_mem_send(&rig.bus, BMS, rig.now_us * 1000, &frame), CAN_MEM_OK);
}

static void send_limits(void) {
  can_bms_limits_t limits = {.discharge_kW_raw = 900,
                             .charge_kW_raw = 435,
                             .discharge_A_raw = 280,
                             .charge_A_raw = 190,
                             .charge_voltage_V_raw = 4032,
                             .charge_allowed_raw = 1};
  uint8_t data[8];
  can_bms_limits_pack(&limits, data);
  e2e_protect(&rig.limits_tx, CAN_BMS_LIMITS_E2E_DATA_ID, data, 8);
  send(CAN_BMS_LIMITS_ID, data, 8);
}

static void send_status(uint8_t state) {
  can_bms_status_t status = {.state_raw = state, .fault_level_raw = 2};
  uint8_t data[8];
  can_bms_status_pack(&status, data);
  e2e_protect(&rig.status_tx, CAN_BMS_STATUS_E2E_DATA_ID, data, 8);
  send(CAN_BMS_STATUS_ID, data, 8);
}

/// A healthy BMS for a while.
static void rig_run_healthy(uint32_t cycle_count) {
  for (uint32_t i = 0; i < cycle_count; i++) {
    send_status(CAN_BMS_STATUS_STATE_DRIVE);
    send_limits();
    rig_run(100);
  }
}

static void assert_no_limits(void) {
  const vcm_t *vcm = &rig.vcm;
  ck_assert_double_eq_tol(vcm->discharge_limit_W + vcm->charge_limit_W + vcm->discharge_limit_A +
                              vcm->charge_limit_A + vcm->charge_limit_V,
                          0.0, 1e-12);
  ck_assert_uint_eq(vcm->limits_are_fresh, 0);
}

START_TEST(requests_go_out_every_100_ms_protected) {
  rig_start();
  rig.vcm.request = VCM_DRIVE;
  rig.vcm.clear_faults = 1;
  rig.vcm.speed_kph = 91.2;
  e2e_rx_t receiver;
  e2e_rx_init(&receiver);
  rig_run(2001);
  can_mem_rx_t rx;
  for (uint32_t i = 0; i <= 20; i++) {
    ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_OK);
    uint64_t frame_ns = can_mem_frame_bits(&rx.frame) * 2000ull;
    ck_assert_uint_eq(rx.time_ns - frame_ns, i * 100000000ull);
    ck_assert_uint_eq(rx.frame.id, CAN_VCM_REQUEST_ID);
    e2e_status_t status =
        e2e_check(&receiver, CAN_VCM_REQUEST_E2E_DATA_ID, rx.frame.data, rx.frame.len);
    ck_assert_int_eq(status, i == 0 ? E2E_INITIAL : E2E_OK);
    can_vcm_request_t request;
    can_vcm_request_unpack(&request, rx.frame.data);
    ck_assert_uint_eq(request.request_raw, CAN_VCM_REQUEST_REQUEST_DRIVE);
    ck_assert_uint_eq(request.clear_faults_raw, 1);
    ck_assert_uint_eq(request.speed_kph_raw, 912);
  }
  ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_EMPTY);
}
END_TEST

START_TEST(request_words_are_those_of_the_dbc) {
  ck_assert_int_eq(VCM_SLEEP, CAN_VCM_REQUEST_REQUEST_SLEEP);
  ck_assert_int_eq(VCM_STANDBY, CAN_VCM_REQUEST_REQUEST_STANDBY);
  ck_assert_int_eq(VCM_DRIVE, CAN_VCM_REQUEST_REQUEST_DRIVE);
  ck_assert_int_eq(VCM_CHARGE, CAN_VCM_REQUEST_REQUEST_CHARGE);
}
END_TEST

/// Frames whose counter jumps by 2 or by 3 too much, or that come 250 ms apart.
START_TEST(faults_change_counter_and_period) {
  rig_start();
  e2e_rx_t receiver;
  e2e_rx_init(&receiver);
  can_mem_rx_t rx;
  static const uint8_t jump[] = {0, 0, 2, 0, 3, 0};
  static const e2e_status_t expected[] = {E2E_INITIAL,      E2E_OK, E2E_OK,
                                          E2E_OK_SOME_LOST, E2E_OK, E2E_WRONG_SEQUENCE};
  for (uint32_t i = 0; i < 6; i++) { /* the frame behind a jump shows it */
    rig.vcm.fault.counter_jump = jump[i];
    rig_run(100);
    ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_OK);
    ck_assert_uint_eq(rx.frame.len, 8);
    ck_assert_int_eq(e2e_check(&receiver, CAN_VCM_REQUEST_E2E_DATA_ID, rx.frame.data, 8),
                     expected[i]);
  }
  rig.vcm.fault.late_ms = 150;
  rig_run(750); /* at 0, 250 and 500 ms */
  for (uint32_t i = 0; i < 3; i++)
    ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_OK);
  ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_EMPTY);
}
END_TEST

START_TEST(faults_change_what_it_sends) {
  rig_start();
  e2e_rx_t receiver;
  e2e_rx_init(&receiver);
  static const e2e_status_t expected[] = {E2E_INITIAL,  E2E_OK,       E2E_OK,
                                          E2E_REPEATED, E2E_REPEATED, E2E_WRONG_CRC};
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < 6; i++) {
    rig.vcm.fault.counter_is_frozen = i >= 2 && i <= 4; /* holds the counter that i = 2 sends */
    can_mem_fault_t *fault = can_mem_fault(&rig.bus, CAN_VCM_REQUEST_ID, 0);
    fault->crc_is_wrong = i == 5;
    can_mem_fault_done(&rig.bus, fault);
    rig_run(100);
    ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_OK);
    ck_assert_int_eq(e2e_check(&receiver, CAN_VCM_REQUEST_E2E_DATA_ID, rx.frame.data, 8),
                     expected[i]);
  }
  can_mem_fault_t *fault = can_mem_fault(&rig.bus, CAN_VCM_REQUEST_ID, 0);
  fault->crc_is_wrong = 0;
  can_mem_fault_done(&rig.bus, fault);
  rig.vcm.fault.is_silent = 1;
  rig_run(1000);
  ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_EMPTY);
  rig.vcm.fault.is_silent = 0;
  rig_run(100);
  ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_OK);
  ck_assert(e2e_is_ok(e2e_check(&receiver, CAN_VCM_REQUEST_E2E_DATA_ID, rx.frame.data, 8)));
}
END_TEST

START_TEST(limits_come_in_si) {
  rig_start();
  rig_run_healthy(1);
  assert_no_limits(); /* the first frame has nothing to be compared with */
  ck_assert_uint_eq(rig.vcm.bms_is_alive, 0);
  rig_run_healthy(1);
  ck_assert_double_eq_tol(rig.vcm.discharge_limit_W, 90000, 1e-9);
  ck_assert_double_eq_tol(rig.vcm.charge_limit_W, 43500, 1e-9);
  ck_assert_double_eq_tol(rig.vcm.discharge_limit_A, 280, 1e-9);
  ck_assert_double_eq_tol(rig.vcm.charge_limit_A, 190, 1e-9);
  ck_assert_double_eq_tol(rig.vcm.charge_limit_V, 403.2, 1e-9);
  ck_assert_uint_eq(rig.vcm.charge_is_allowed, 1);
  ck_assert_uint_eq(rig.vcm.bms_is_alive, 1);
  ck_assert_uint_eq(rig.vcm.bms_state, CAN_BMS_STATUS_STATE_DRIVE);
  ck_assert_uint_eq(rig.vcm.bms_fault_level, 2);
  ck_assert_uint_eq(rig.vcm.e2e_error_count, 0);
  ck_assert_uint_eq(rig.vcm.frame_count, 2);
}
END_TEST

START_TEST(silence_of_300_ms_takes_the_limits_away) {
  rig_start();
  rig_run_healthy(3);
  uint64_t last_us = rig.vcm.last_limits_us;
  while (rig.now_us <= last_us + 300000) {
    ck_assert_double_eq_tol(rig.vcm.discharge_limit_W, 90000, 1e-9);
    ck_assert_uint_eq(rig.vcm.bms_is_alive, 1);
    rig_run(1);
  }
  rig_run(1);
  assert_no_limits();
  ck_assert_uint_eq(rig.vcm.bms_is_alive, 0);
}
END_TEST

START_TEST(stale_begins_behind_300_ms) {
  rig_start();
  rig_run_healthy(3);
  rig.vcm.last_limits_us = rig.now_us - 300000;
  rig.vcm.last_status_us = rig.now_us - 300000;
  vcm_step(&rig.vcm, rig.now_us, &rig.bus, VCM);
  ck_assert_uint_eq(rig.vcm.limits_are_fresh, 1);
  ck_assert_uint_eq(rig.vcm.bms_is_alive, 1);
  vcm_step(&rig.vcm, rig.now_us + 1, &rig.bus, VCM);
  ck_assert_uint_eq(rig.vcm.bms_is_alive, 0);
  assert_no_limits();
}
END_TEST

START_TEST(a_long_step_sends_once_and_starts_anew) {
  rig_start();
  rig_run(1);
  rig.now_us = 1000000; /* nine requests were due meanwhile */
  rig_run(100);
  ck_assert_uint_eq(rig.bus.tx[VCM].sent_count, 2);
  rig_run(1);
  ck_assert_uint_eq(rig.bus.tx[VCM].sent_count, 3);
}
END_TEST

START_TEST(frozen_counter_and_wrong_crc_count_as_silence) {
  for (uint32_t way = 0; way < 2; way++) {
    rig_start();
    rig_run_healthy(3);
    uint8_t counter = rig.limits_tx.counter;
    for (uint32_t i = 0; i < 4; i++) {
      uint8_t data[8] = {0};
      rig.limits_tx.counter = counter;
      e2e_protect(&rig.limits_tx, CAN_BMS_LIMITS_E2E_DATA_ID, data, 8);
      if (way == 1) data[7] ^= 1;
      if (way == 0 && i == 0) send_limits();
      send(CAN_BMS_LIMITS_ID, data, 8);
      rig_run(100);
    }
    assert_no_limits();
    ck_assert_uint_ge(rig.vcm.e2e_error_count, 3);
    ck_assert_uint_eq(rig.vcm.bms_is_alive, 0);
  }
}
END_TEST

START_TEST(masquerade_and_short_frames_are_not_believed) {
  rig_start();
  rig_run_healthy(2);
  can_bms_limits_t limits = {.discharge_kW_raw = 1, .counter_raw = rig.limits_tx.counter};
  uint8_t data[8];
  can_bms_limits_pack(&limits, data);
  e2e_tx_t tx = rig.limits_tx;
  e2e_protect(&tx, CAN_BMS_STATUS_E2E_DATA_ID, data, 8); /* another frame's data id */
  send(CAN_BMS_LIMITS_ID, data, 8);
  rig_run(2);
  ck_assert_uint_eq(rig.vcm.e2e_error_count, 1);
  tx = rig.limits_tx;
  e2e_protect(&tx, CAN_BMS_LIMITS_E2E_DATA_ID, data, 7);
  send(CAN_BMS_LIMITS_ID, data, 7);
  can_frame_t extended = {.id = CAN_BMS_LIMITS_ID, .len = 8, .flags = CAN_FRAME_EXTENDED};
  (void)can_mem_send(&rig.bus, BMS, rig.now_us * 1000, &extended);
  rig_run(2);
  ck_assert_uint_eq(rig.vcm.e2e_error_count, 1);
  ck_assert_double_eq_tol(rig.vcm.discharge_limit_W, 90000, 1e-9);
}
END_TEST

START_TEST(it_recovers_after_silence) {
  rig_start();
  rig_run_healthy(3);
  rig_run(1000);
  assert_no_limits();
  rig_run_healthy(3);
  ck_assert_double_eq_tol(rig.vcm.discharge_limit_W, 90000, 1e-9);
  ck_assert_uint_eq(rig.vcm.bms_is_alive, 1);
}
END_TEST

START_TEST(speed_is_clipped_to_its_bits) {
  static const struct {
    double kph;
    uint16_t raw;
  } row[] = {{-5, 0}, {0, 0}, {0.04, 0}, {0.06, 1}, {409.5, 4095}, {1e9, 4095}};
  for (uint32_t i = 0; i < 6; i++) {
    rig_start();
    rig.vcm.speed_kph = row[i].kph;
    rig_run(2);
    can_mem_rx_t rx;
    ck_assert_int_eq(can_mem_recv(&rig.bus, TESTER, &rx), CAN_MEM_OK);
    can_vcm_request_t request;
    can_vcm_request_unpack(&request, rx.frame.data);
    ck_assert_uint_eq(request.speed_kph_raw, row[i].raw);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("vcm");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, requests_go_out_every_100_ms_protected);
  tcase_add_test(tcase, request_words_are_those_of_the_dbc);
  tcase_add_test(tcase, faults_change_what_it_sends);
  tcase_add_test(tcase, faults_change_counter_and_period);
  tcase_add_test(tcase, limits_come_in_si);
  tcase_add_test(tcase, silence_of_300_ms_takes_the_limits_away);
  tcase_add_test(tcase, stale_begins_behind_300_ms);
  tcase_add_test(tcase, a_long_step_sends_once_and_starts_anew);
  tcase_add_test(tcase, frozen_counter_and_wrong_crc_count_as_silence);
  tcase_add_test(tcase, masquerade_and_short_frames_are_not_believed);
  tcase_add_test(tcase, it_recovers_after_silence);
  tcase_add_test(tcase, speed_is_clipped_to_its_bits);
  suite_add_tcase(suite, tcase);
  return suite;
}
