/// CAN of the core: periods, phases, contents, requests with E2E, time-out, wrong frames.
#include <check.h>

#include "../ecu_model/core/comm.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;

enum { STATUS, LIMITS, EXTREMES, TEMPERATURES, DTC, GROUPS, ISOLATION };

START_TEST(frames_keep_their_periods) {
  rig_init(&rig);
  rig_run(&rig, 10000);
  ck_assert_uint_eq(rig.can_count[STATUS], 100);
  ck_assert_uint_eq(rig.can_count[LIMITS], 100);
  ck_assert_uint_eq(rig.can_count[EXTREMES], 100);
  ck_assert_uint_eq(rig.can_count[TEMPERATURES], 10);
  ck_assert_uint_eq(rig.can_count[DTC], 10);
  ck_assert_uint_eq(rig.can_count[GROUPS], 24 * 100);
  ck_assert_uint_eq(rig.can_count[ISOLATION], 10);
  ck_assert_uint_eq(rig.bms.comm.tx_drop_count, 0);
}
END_TEST

/// Never more than one frame in a millisecond, and each period exact.
START_TEST(frames_do_not_come_in_bursts) {
  rig_init(&rig);
  uint32_t last_status = 0;
  uint32_t pages = 0;
  for (uint32_t i = 0; i < 3000; i++) {
    uint32_t count = rig.can_count[STATUS];
    rig_tick(&rig);
    ck_assert_uint_le(rig.out.can_tx_count, 1);
    if (rig.can_count[STATUS] != count) {
      if (last_status != 0) ck_assert_uint_eq(i - last_status, 100);
      last_status = i;
    }
    if (rig.out.can_tx_count == 1 && rig.out.can_tx[0].id == CAN_BMS_GROUPS_ID) {
      can_bms_groups_t groups;
      can_bms_groups_unpack(&groups, rig.out.can_tx[0].data);
      ck_assert_uint_eq(groups.page_raw, pages++ % 24);
    }
  }
}
END_TEST

static int find(const rig_t *r, uint32_t id, can_frame_t *frame) {
  for (uint32_t i = 0; i < r->out.can_tx_count; i++) {
    if (r->out.can_tx[i].id != id) continue;
    *frame = r->out.can_tx[i];
    return 1;
  }
  return 0;
}

static can_frame_t next_frame(uint32_t id) {
  can_frame_t frame;
  memset(&frame, 0, sizeof frame);
  for (uint32_t i = 0; i < 2000; i++) {
    rig_tick(&rig);
    if (find(&rig, id, &frame)) return frame;
  }
  ck_abort_msg("frame 0x%x never came", id);
  return frame;
}

START_TEST(status_says_what_is) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = 40000;
  rig_run(&rig, 100);
  can_frame_t frame = next_frame(CAN_BMS_STATUS_ID);
  can_bms_status_t status;
  can_bms_status_unpack(&status, frame.data);
  ck_assert_uint_eq(status.state_raw, BMS_STATE_DRIVE);
  ck_assert_uint_eq(status.soc_pct_raw, rig.bms.soc.soc_permille);
  ck_assert_uint_eq(status.main_pos_closed_raw, 1);
  ck_assert_uint_eq(status.main_neg_closed_raw, 1);
  ck_assert_uint_eq(status.precharge_closed_raw, 0);
  ck_assert_uint_eq(status.pack_V_raw, 3552);
  ck_assert_int_ge(status.current_A_raw, 399);
  ck_assert_int_le(status.current_A_raw, 400);
  ck_assert_uint_eq(frame.data[0], e2e_crc(CAN_BMS_STATUS_E2E_DATA_ID, frame.data, 8));
}
END_TEST

START_TEST(counters_follow_each_other) {
  rig_init(&rig);
  uint8_t last = 0xFF;
  for (uint32_t i = 0; i < 40; i++) {
    can_frame_t frame = next_frame(i % 2 ? CAN_BMS_LIMITS_ID : CAN_BMS_STATUS_ID);
    uint8_t counter = frame.data[1] & 0x0F;
    ck_assert_uint_le(counter, E2E_COUNTER_MAX);
    if (i % 2 == 0) {
      if (last != 0xFF) ck_assert_uint_eq(counter, (last + 1u) % 15u);
      last = counter;
    }
  }
}
END_TEST

START_TEST(groups_and_extremes_mark_what_is_lost) {
  rig_init(&rig);
  rig.noise_raw = 0;
  rig.group_raw[95] = 38000;
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig.device_is_dead[0] = 1;
  rig_run(&rig, 300);
  can_bms_groups_t groups;
  do {
    can_frame_t frame = next_frame(CAN_BMS_GROUPS_ID);
    can_bms_groups_unpack(&groups, frame.data);
    uint32_t is_first_module = groups.page_raw < 3;
    if (groups.page_raw == 3) continue; /* half of it */
    for (uint32_t i = 0; i < 4; i++) {
      ck_assert_uint_eq(groups.valid_raw[i], !is_first_module);
      if (is_first_module) ck_assert_uint_eq(groups.V_raw[i], 8191);
    }
  } while (groups.page_raw != 23);
  ck_assert_uint_eq(groups.V_raw[3], 3800);
  can_frame_t frame = next_frame(CAN_BMS_EXTREMES_ID);
  can_bms_extremes_t extremes;
  can_bms_extremes_unpack(&extremes, frame.data);
  ck_assert_uint_eq(extremes.valid_group_count_raw, 82);
  ck_assert_uint_eq(extremes.group_max_index_raw, 95);
  ck_assert_uint_eq(extremes.group_max_V_raw, 3800);
  ck_assert_uint_eq(extremes.group_min_V_raw, 3700);
  frame = next_frame(CAN_BMS_TEMPERATURES_ID);
  can_bms_temperatures_t temperatures;
  can_bms_temperatures_unpack(&temperatures, frame.data);
  ck_assert_uint_eq(temperatures.module_1_degC_raw, 255);
  ck_assert_uint_eq(temperatures.module_8_degC_raw, 65); /* 25 degC */
}
END_TEST

static can_bms_isolation_t next_isolation(void) {
  can_frame_t frame = next_frame(CAN_BMS_ISOLATION_ID);
  can_bms_isolation_t isolation;
  can_bms_isolation_unpack(&isolation, frame.data);
  return isolation;
}

START_TEST(isolation_fan_and_heater_are_told) {
  rig_init(&rig);
  rig.bms.imd.ohm = 1; /* not measured: none of it is told */
  can_bms_isolation_t isolation = next_isolation(); /* in the ms 606, before the first result */
  ck_assert_uint_eq(isolation.isolation_kohm_raw, 8191);
  ck_assert_uint_eq(isolation.quality_raw, BMS_QUALITY_NONE);
  ck_assert_uint_eq(isolation.fan_step_raw, 0);
  rig_run(&rig, 100);
  rig.iso_neg_kohm = 50.0;
  rig_run(&rig, 8000);
  isolation = next_isolation();
  ck_assert_uint_ge(isolation.isolation_kohm_raw, 47); /* 5 Mohm beside 50 kohm: 49.5 */
  ck_assert_uint_le(isolation.isolation_kohm_raw, 52);
  ck_assert_uint_ge(isolation.neg_kohm_raw, 47);
  ck_assert_uint_le(isolation.neg_kohm_raw, 53);
  ck_assert_uint_ge(isolation.pos_kohm_raw, 2500);
  ck_assert_uint_eq(isolation.quality_raw, BMS_QUALITY_VALID);
  ck_assert_uint_eq(isolation.leak_at_raw, 1);
  ck_assert_uint_le(isolation.height_pct_raw, 2);
  ck_assert_uint_eq(isolation.monitor_is_faulty_raw, 0);
  ck_assert_uint_eq(isolation.heater_is_on_raw, 0);
  rig.bms.thermal.is_heating = 1;
  rig.bms.thermal.fan_step = 7;
  rig.bms.dtc[DTC_ISOLATION_MONITOR].is_active = 1;
  rig.bms.comm.phase_ms = 605;
  rig_tick(&rig);
  can_frame_t frame;
  ck_assert(find(&rig, CAN_BMS_ISOLATION_ID, &frame));
  can_bms_isolation_unpack(&isolation, frame.data);
  ck_assert_uint_eq(isolation.heater_is_on_raw, 1);
  ck_assert_uint_eq(isolation.fan_step_raw, 7);
  ck_assert_uint_eq(isolation.monitor_is_faulty_raw, 1);
}
END_TEST

START_TEST(edge_of_a_dtc_is_told_at_once) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig.wire_is_open[7] = 1;
  while (!rig.bms.dtc[DTC_OPEN_WIRE].is_active) rig_tick(&rig);
  rig_run(&rig, 3);
  can_bms_dtc_t dtc;
  can_bms_dtc_unpack(&dtc, rig.last_dtc.data);
  ck_assert_uint_eq(dtc.dtc_index_raw, DTC_OPEN_WIRE);
  ck_assert_uint_eq(dtc.is_active_raw, 1);
  ck_assert_uint_eq(dtc.location_raw, 7);
  ck_assert_uint_eq(dtc.level_raw, DTC_LEVEL_FAULT);
  ck_assert_uint_eq(dtc.code_raw, dtc_row[DTC_OPEN_WIRE].code_raw);
  ck_assert_uint_eq(dtc.active_count_raw, 1);
}
END_TEST

START_TEST(silence_shuts_the_limits_in_1_s_then_opens) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 3000);
  if (_i == 0)
    rig.vcm_is_silent = 1;
  else
    rig.vcm_is_frozen = 1;
  uint32_t ms = rig_until_open(&rig, 3000);
  ck_assert_uint_ge(ms, 1200);
  ck_assert_uint_le(ms, 1600);
  ck_assert_int_eq(rig.bms.limit.discharge_mA, 0);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CAN_REQUEST_LOST].is_active, 1);
  rig_run(&rig, 3000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CAN_REQUEST_LOST].is_active, 0);
  rig.vcm_is_silent = rig.vcm_is_frozen = 0;
  rig_run(&rig, 2000); /* still asks for drive: not without standby in between */
  ck_assert_uint_eq(rig.bms.coil_command & 7u, 0);
  rig.request = SM_REQUEST_STANDBY;
  rig_run(&rig, 500);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
}
END_TEST

START_TEST(two_lost_requests_do_no_harm) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  for (uint32_t i = 0; i < 10; i++) {
    rig.vcm_is_silent = 1;
    rig_run(&rig, 200);
    rig.vcm_is_silent = 0;
    rig_run(&rig, 400);
  }
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

static void inject(uint32_t id, uint8_t len, uint8_t flags, uint8_t damage) {
  can_frame_t *frame = &rig.in.can_rx[0];
  memset(frame, 0, sizeof *frame);
  can_vcm_request_t request = {.request_raw = SM_REQUEST_DRIVE};
  can_vcm_request_pack(&request, frame->data);
  frame->data[1] = (uint8_t)((frame->data[1] & 0xF0) | ((rig.vcm_tx.counter + 1) % 15));
  frame->data[0] = (uint8_t)(e2e_crc(CAN_VCM_REQUEST_E2E_DATA_ID, frame->data, 8) ^ damage);
  frame->id = id;
  frame->len = len;
  frame->flags = flags;
  rig.in.can_rx_count = 1;
  bms_step(&rig.bms, &rig.in, &rig.out);
}

static int is_alive(void) {
  return rig.bms.comm.has_request && rig.bms.comm.bad_run < 3 && comm_request_is_alive(&rig.bms);
}

/// Three wrong frames without a right one between them, however fast they come: nobody is believed.
START_TEST(three_wrong_frames_in_a_row_are_enough) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  while (rig.tick % 100 != 52) rig_tick(&rig);
  for (uint32_t i = 0; i < 2; i++) inject(CAN_VCM_REQUEST_ID, 8, 0, 0x01);
  ck_assert(is_alive());
  rig_run(&rig, 100); /* a right one */
  ck_assert_uint_eq(rig.bms.comm.bad_run, 0);
  for (uint32_t i = 0; i < 3; i++) {
    ck_assert(is_alive());
    inject(CAN_VCM_REQUEST_ID, 8, 0, 0x01);
  }
  ck_assert(!is_alive());
  rig_run(&rig, 20);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CAN_REQUEST_LOST].is_active, 1);
}
END_TEST

/// An old frame, right in itself, again and again: nobody is believed by the third at the latest.
/// One that looks as if it came after lost ones (12 and more) is taken once.
START_TEST(replayed_frame_is_found_in_three) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  while (rig.in.can_rx_count == 0) rig_tick(&rig);
  can_frame_t old = rig.in.can_rx[0];
  rig_run(&rig, 100 * (uint32_t)_i);
  rig.vcm_is_silent = 1;
  uint32_t frames = 0;
  while (!rig.bms.dtc[DTC_CAN_REQUEST_LOST].is_active && frames < 10) {
    rig_run(&rig, 99);
    rig.in.can_rx[0] = old;
    rig.in.can_rx_count = 1;
    rig.in.time_ms++;
    bms_step(&rig.bms, &rig.in, &rig.out);
    frames++;
    rig_run(&rig, 12);
  }
  ck_assert_uint_le(frames, _i >= 12 ? 4 : 3);
}
END_TEST

START_TEST(frames_that_are_not_requests_are_ignored) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 300);
  ck_assert_uint_eq(rig.bms.comm.request, SM_REQUEST_STANDBY);
  inject(CAN_VCM_REQUEST_ID + 1, 8, 0, 0);
  inject(CAN_VCM_REQUEST_ID, 7, 0, 0);
  inject(CAN_VCM_REQUEST_ID, 8, CAN_FRAME_EXTENDED, 0);
  inject(CAN_VCM_REQUEST_ID, 8, CAN_FRAME_REMOTE, 0);
  inject(CAN_VCM_REQUEST_ID, 8, 0, 0x01);
  ck_assert_uint_eq(rig.bms.comm.request, SM_REQUEST_STANDBY);
  inject(CAN_VCM_REQUEST_ID, 8, 0, 0);
  ck_assert_uint_eq(rig.bms.comm.request, SM_REQUEST_DRIVE);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_comm");
  TCase *tests = tcase_create("comm");
  tcase_add_test(tests, frames_keep_their_periods);
  tcase_add_test(tests, frames_do_not_come_in_bursts);
  tcase_add_test(tests, status_says_what_is);
  tcase_add_test(tests, counters_follow_each_other);
  tcase_add_test(tests, groups_and_extremes_mark_what_is_lost);
  tcase_add_test(tests, isolation_fan_and_heater_are_told);
  tcase_add_test(tests, edge_of_a_dtc_is_told_at_once);
  tcase_add_loop_test(tests, silence_shuts_the_limits_in_1_s_then_opens, 0, 2);
  tcase_add_test(tests, two_lost_requests_do_no_harm);
  tcase_add_test(tests, three_wrong_frames_in_a_row_are_enough);
  tcase_add_loop_test(tests, replayed_frame_is_found_in_three, 0, 15);
  tcase_add_test(tests, frames_that_are_not_requests_are_ignored);
  suite_add_tcase(suite, tests);
  return suite;
}
