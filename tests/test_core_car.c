/// The car's broadcast frames byte by byte, group voltages on FD, and the way back from bus-off.
#include <check.h>

#include "../ecu_model/core/busoff.h"
#include "../ecu_model/core/comm_car.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;

static can_frame_t next_frame(uint32_t id) {
  for (uint32_t i = 0; i < 2000; i++) {
    rig_tick(&rig);
    for (uint32_t k = 0; k < rig.out.can_tx_count; k++) {
      if (rig.out.can_tx[k].id == id) return rig.out.can_tx[k];
    }
  }
  ck_abort_msg("frame 0x%x never came", id);
  return (can_frame_t){.id = 0};
}

static uint32_t word(const can_frame_t *frame, uint32_t at) {
  return frame->data[at] | (uint32_t)frame->data[at + 1] << 8;
}

START_TEST(soc_is_told_three_times) {
  static const uint16_t soc_permille[] = {0, 16, 17, 500, 503, 955, 1000};
  /* (SOC - 1.6) / 93.9 in steps of 0.5 % */
  static const uint8_t displayed_raw[] = {0, 0, 0, 103, 104, 200, 200};
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  for (uint32_t i = 0; i < 7; i++) {
    rig.current_mA = 0;
    rig_believe_soc(&rig, soc_permille[i]);
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.bms.soc.soc_permille, soc_permille[i]);
    rig.bms.comm.phase_ms = 40;
    can_frame_t power = next_frame(0x594), shown = next_frame(0x542), fine = next_frame(0x598);
    ck_assert_uint_eq(shown.data[0], displayed_raw[i]);
    ck_assert_uint_eq(shown.len, 8);
    double soc_pct = power.data[5] / 2.0 + (power.data[6] & 7) / 10.0;
    ck_assert_double_eq_tol(soc_pct, soc_permille[i] / 10.0, 1e-9);
    ck_assert_double_eq_tol(word(&fine, 4) / 256.0, soc_permille[i] / 10.0, 1.0 / 256.0 + 1e-9);
  }
}
END_TEST

START_TEST(power_current_and_temperatures_are_told) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = -12300;
  rig_run(&rig, 200);
  can_frame_t power = next_frame(0x594);
  ck_assert_uint_eq(word(&power, 0), (uint32_t)rig.bms.limit.charge_W / 10);
  ck_assert_uint_eq(word(&power, 2), (uint32_t)rig.bms.limit.discharge_W / 10);
  ck_assert_uint_gt(word(&power, 2), 500);
  can_frame_t current = next_frame(0x595);
  ck_assert_int_ge((int16_t)word(&current, 4), -124);
  ck_assert_int_le((int16_t)word(&current, 4), -122);
  ck_assert_uint_eq(word(&current, 6), 3552);
  can_frame_t warm = next_frame(0x596);
  ck_assert_uint_ge(warm.data[1], 130);
  ck_assert_uint_le(warm.data[1], 134);
  ck_assert_uint_eq(warm.data[6], 25);
  ck_assert_uint_eq(warm.data[7], 25);
  rig.bms.meas.temperature_min_ddegC = -156;
  rig.bms.meas.temperature_max_ddegC = 405;
  rig.bms.comm.phase_ms = 56;
  rig.in.can_rx_count = 0;
  bms_step(&rig.bms, &rig.in, &rig.out);
  ck_assert_int_eq((int8_t)rig.out.can_tx[0].data[6], -16);
  ck_assert_uint_eq(rig.out.can_tx[0].data[7], 41);
  rig.bms.meas.temperature_max_index = BMS_NO_LOCATION;
  rig.bms.comm.phase_ms = 56;
  bms_step(&rig.bms, &rig.in, &rig.out);
  ck_assert_int_eq((int8_t)rig.out.can_tx[0].data[6], -128);
  ck_assert_int_eq((int8_t)rig.out.can_tx[0].data[7], -128);
}
END_TEST

START_TEST(car_frames_keep_their_periods) {
  static const struct {
    uint32_t id, per_10_s;
  } row[] = {{0x542, 50}, {0x594, 100}, {0x595, 100}, {0x596, 50}, {0x598, 50}};
  uint32_t count[5] = {0};
  rig_init(&rig);
  for (uint32_t ms = 0; ms < 10000; ms++) {
    rig_tick(&rig);
    for (uint32_t i = 0; i < 5; i++)
      count[i] += rig.out.can_tx_count > 0 && rig.out.can_tx[0].id == row[i].id;
  }
  for (uint32_t i = 0; i < 5; i++) ck_assert_uint_eq(count[i], row[i].per_10_s);
}
END_TEST

/// In a step that has sent all it may they are counted as dropped, and nothing is written.
START_TEST(a_full_step_drops_them) {
  static const uint32_t phase_ms[] = {44, 48, 52, 56, 60};
  static bms_out_t out;
  rig_init(&rig);
  for (uint32_t i = 0; i < 5; i++) {
    out.can_tx_count = BMS_CAN_TX_MAX;
    rig.bms.comm.phase_ms = phase_ms[i];
    comm_car_send(&rig.bms, &out);
    ck_assert_uint_eq(out.can_tx_count, BMS_CAN_TX_MAX);
    ck_assert_uint_eq(rig.bms.comm.tx_drop_count, i + 1);
  }
}
END_TEST

/// A charge beyond what 16 bits tell is clipped at either end.
START_TEST(the_fine_soc_is_clipped) {
  static const int32_t soc_pct[] = {-3, 255, 256, 300};
  static const uint32_t raw[] = {0, 255 * 256, 65535, 65535};
  static bms_out_t out;
  rig_init(&rig);
  for (uint32_t i = 0; i < 4; i++) {
    out.can_tx_count = 0;
    rig.bms.comm.phase_ms = 60;
    rig.bms.soc.charge_mAms = (int64_t)soc_pct[i] * 79000 * 36000;
    comm_car_send(&rig.bms, &out);
    ck_assert_uint_eq(out.can_tx_count, 1);
    ck_assert_uint_eq(word(&out.can_tx[0], 4), raw[i]);
  }
}
END_TEST

/* --- FD ------------------------------------------------------------------------------------ */

START_TEST(groups_go_out_on_fd_frames) {
  rig_init(&rig);
  rig.noise_raw = 0;
  for (uint32_t g = 0; g < 96; g++) rig.group_raw[g] = (uint16_t)(37000 + 10 * g);
  rig.bms.config.can_is_fd = 1;
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 200);
  e2e5_rx_t rx = {0};
  uint32_t fd_count = 0;
  for (uint32_t ms = 0; ms < 1000; ms++) {
    rig_tick(&rig);
    ck_assert_uint_le(rig.out.can_tx_count, 1);
    if (rig.out.can_tx_count == 0) continue;
    const can_frame_t *frame = &rig.out.can_tx[0];
    ck_assert_uint_ne(frame->id, CAN_BMS_GROUPS_ID);
    if (frame->id != CAN_BMS_GROUPSFD_ID) continue;
    ck_assert_uint_eq(frame->len, 64);
    ck_assert_uint_eq(frame->flags, CAN_FRAME_FD | CAN_FRAME_BRS);
    e2e_status_t status = e2e5_check(&rx, CAN_BMS_GROUPSFD_E2E_DATA_ID, frame->data, 64);
    ck_assert_int_eq(status, fd_count == 0 ? E2E_INITIAL : E2E_OK);
    can_bms_groupsfd_t groups;
    can_bms_groupsfd_unpack(&groups, frame->data);
    for (uint32_t i = 0; i < 32; i++) {
      ck_assert_uint_eq(groups.valid_raw[i], 1);
      ck_assert_uint_eq(groups.V_raw[i], 3700u + groups.page_raw * 32u + i);
    }
    fd_count++;
  }
  ck_assert_uint_eq(fd_count, 30); /* all 96 every 100 ms */
}
END_TEST

/* --- bus-off ------------------------------------------------------------------------------- */

/// Milliseconds until the core asks, up to max_ms.
static uint32_t until_asked(uint32_t max_ms) {
  for (uint32_t ms = 1; ms <= max_ms; ms++) {
    rig_tick(&rig);
    if (rig.out.can_restart_is_asked) return ms;
  }
  return 0;
}

START_TEST(a_bus_that_is_off_is_asked_back) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  ck_assert_uint_eq(until_asked(500), 0);
  rig.in.can_bus_state = 1; /* passive is not off */
  ck_assert_uint_eq(until_asked(500), 0);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CAN_BUS_OFF].is_active, 0);
  rig.in.can_bus_state = 2;
  for (uint32_t i = 0; i < BUSOFF_FAST_COUNT; i++) ck_assert_uint_eq(until_asked(2000), 50);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CAN_BUS_OFF].is_active, 1);
  for (uint32_t i = 0; i < 3; i++) ck_assert_uint_eq(until_asked(2000), 1000);
  rig.in.can_bus_state = 0;
  rig_run(&rig, 999);
  rig.in.can_bus_state = 2;
  ck_assert_uint_eq(until_asked(2000), 1000); /* it was not on for long enough */
  rig.in.can_bus_state = 0;
  rig_run(&rig, 1000);
  rig.in.can_bus_state = 2;
  ck_assert_uint_eq(until_asked(2000), 50);
  rig.in.can_bus_state = 0;
  rig_run(&rig, 1100);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CAN_BUS_OFF].is_active, 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_car");
  TCase *tests = tcase_create("car");
  tcase_add_test(tests, soc_is_told_three_times);
  tcase_add_test(tests, power_current_and_temperatures_are_told);
  tcase_add_test(tests, car_frames_keep_their_periods);
  tcase_add_test(tests, a_full_step_drops_them);
  tcase_add_test(tests, the_fine_soc_is_clipped);
  tcase_add_test(tests, groups_go_out_on_fd_frames);
  tcase_add_test(tests, a_bus_that_is_off_is_asked_back);
  suite_add_tcase(suite, tests);
  return suite;
}
