/// AFE driver and PEC: vectors, bytes on the wire, timing, damage of single bits, lost commands.
#include <check.h>

#include "core_rig.h"

static rig_t rig;

START_TEST(pec_matches_the_data_sheet) {
  const uint8_t command[] = {0x00, 0x01};
  ck_assert_uint_eq(pec15(command, 2), 0x3D6E);
  ck_assert_uint_eq(pec15(command, 0), 16u << 1);
  /* linear: a flipped bit changes the sum by the same mask whatever the data */
  const uint8_t a[] = {0x12, 0x34, 0x56}, b[] = {0x12, 0x35, 0x56};
  const uint8_t c[] = {0xFF, 0x00, 0x81}, d[] = {0xFF, 0x01, 0x81};
  ck_assert_uint_eq(pec15(a, 3) ^ pec15(b, 3), pec15(c, 3) ^ pec15(d, 3));
}
END_TEST

/* Each byte at each place, with and without company. */
START_TEST(pec_of_a_frame_is_that_of_its_bytes) {
  uint8_t frame[PEC15_FRAME_BYTES] = {0};
  for (uint32_t place = 0; place < PEC15_FRAME_BYTES; place++) {
    for (uint32_t value = 0; value < 256; value++) {
      memset(frame, _i, sizeof frame);
      frame[place] = (uint8_t)value;
      ck_assert_uint_eq(pec15_frame(frame), pec15(frame, PEC15_FRAME_BYTES));
    }
  }
}
END_TEST

START_TEST(pec_of_a_command_is_that_of_its_bytes) {
  for (uint32_t code = 0; code <= UINT16_MAX; code++) {
    const uint8_t bytes[] = {(uint8_t)(code >> 8), (uint8_t)code};
    ck_assert_uint_eq(pec15_command(code), pec15(bytes, 2));
  }
}
END_TEST

START_TEST(first_cycle_clears_then_converts) {
  rig_init(&rig);
  rig_tick(&rig);
  const uint8_t *tx = rig.out.afe_tx;
  ck_assert_uint_eq(tx[0], 0x07);
  ck_assert_uint_eq(tx[1], 0x11);
  ck_assert_uint_eq(tx[4], 0x03);
  ck_assert_uint_eq(tx[5], 0x60);
  ck_assert_uint_eq((uint32_t)(tx[6] << 8 | tx[7]), pec15(tx + 4, 2));
  ck_assert_uint_eq(rig.out.xfer_count, 4); /* and the configuration */
  ck_assert_uint_eq(rig.out.xfer[2].tx_bytes, 68);
  rig_run(&rig, 2);
  ck_assert_uint_eq(rig.out.xfer_count, 0);
  rig_run(&rig, 1);
  ck_assert_uint_ge(rig.out.xfer_count, 5);
  ck_assert_uint_eq(rig.out.afe_tx[1], 0x04); /* group A first */
  ck_assert_uint_eq(rig.out.xfer[0].rx_bytes, 64);
}
END_TEST

/// Every cycle, whatever it carries, leaves the bus empty for the next one.
START_TEST(no_transfer_is_left_at_the_end_of_a_cycle) {
  rig_init(&rig);
  uint32_t worst = 0;
  for (uint32_t i = 0; i < 3000; i++) {
    rig_tick(&rig);
    if (rig.bms.cycle_ms == 0 && rig.bms.afe.queue_count > worst) {
      worst = rig.bms.afe.queue_count;
    }
    if (rig.bms.cycle_ms == 1) ck_assert_uint_le(rig.bms.afe.queue_count, 6); /* thermistors */
  }
  ck_assert_uint_le(worst, 2); /* the last two registers of the open-wire test */
  ck_assert_uint_eq(rig.bms.afe.pec_error_count, 0);
}
END_TEST

START_TEST(configuration_is_written_and_kept) {
  rig_init(&rig);
  rig_run(&rig, 30);
  ck_assert_uint_eq(rig.bms.afe.config_ok_mask, 0xFF);
  ck_assert_uint_eq(rig.config[3][0][0], 0xFC);
  rig.config[3][0][0] = 0xF8; /* the device was reset */
  rig_run(&rig, 1200);
  ck_assert_uint_eq(rig.config[3][0][0], 0xFC);
  ck_assert_uint_eq(rig.bms.afe.config_ok_mask, 0xFF);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

/// Cleared registers make the core look at the configuration at once: within 40 ms it is back.
START_TEST(a_reset_chip_is_configured_again_at_once) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 120);
  while (rig.bms.cycle_ms != 5 || rig.bms.afe.config_age_cycles > 20) rig_tick(&rig);
  memset(rig.config[5], 0, sizeof rig.config[5]);
  memset(rig.cell_raw[5], 0xFF, sizeof rig.cell_raw[5]);
  rig_run(&rig, 40);
  ck_assert_uint_eq(rig.config[5][0][0], 0xFC);
  ck_assert_uint_gt(rig.bms.afe.cleared_count, 0);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

START_TEST(bleed_mask_reaches_its_bits) {
  rig_init(&rig);
  rig.bms.afe.bleed_mask[2] = 1u << 0 | 1u << 8 | 1u << 12 | 1u << 16;
  rig_run(&rig, 30);
  ck_assert_uint_eq(rig.config[2][0][4], 0x01);
  ck_assert_uint_eq(rig.config[2][0][5], 0x01);
  ck_assert_uint_eq(rig.config[2][1][0], 0x1F);
  ck_assert_uint_eq(rig.config[2][1][1], 0x01);
  ck_assert_uint_eq(rig.config[1][0][4], 0x00);
}
END_TEST

/// Any single bit of an answer: it is noticed, read again, and no value is lost or wrong.
START_TEST(single_bit_flips_are_healed_by_the_second_read) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 200);
  static rig_t start;
  start = rig;
  for (uint32_t bit = (uint32_t)_i; bit < 512; bit += 8) {
    rig = start;
    rig.flip_read_at = rig.read_count + 1 + bit % 5;
    rig.flip_bit = bit;
    uint32_t lost_before = rig.bms.afe.pec_error_count;
    for (uint32_t i = 0; i < 20; i++) {
      rig_tick(&rig);
      ck_assert_uint_eq(rig.bms.meas.valid_group_count, 96);
      ck_assert_uint_eq(rig.bms.meas.group_max_mV, 3700);
      ck_assert_uint_eq(rig.bms.meas.group_min_mV, 3700);
    }
    ck_assert_uint_eq(rig.bms.afe.pec_error_count, lost_before + 1);
  }
}
END_TEST

/// A lost conversion command leaves cleared registers: three scans stale, then invalid, never 0 V.
START_TEST(lost_conversions_make_values_stale_then_invalid) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 200);
  while (rig.bms.cycle_ms != 0) rig_tick(&rig);
  rig.drop_conversions = 1000;
  rig_run(&rig, 10);
  ck_assert_uint_eq(rig.bms.meas.group_quality[0], BMS_QUALITY_STALE);
  ck_assert_uint_eq(rig.bms.meas.group_mV[0], 3700);
  ck_assert_uint_eq(rig.bms.meas.valid_group_count, 0);
  rig_run(&rig, 10);
  ck_assert_uint_eq(rig.bms.meas.group_quality[0], BMS_QUALITY_STALE);
  rig_run(&rig, 10);
  ck_assert_uint_eq(rig.bms.meas.group_quality[0], BMS_QUALITY_INVALID);
  ck_assert_uint_eq(rig.bms.meas.group_min_index, BMS_NO_LOCATION);
  rig.drop_conversions = 0;
  rig_run(&rig, 20);
  ck_assert_uint_eq(rig.bms.meas.group_quality[0], BMS_QUALITY_VALID);
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    ck_assert_uint_eq(rig.bms.wire_state[wire], BMS_WIRE_OK);
  }
}
END_TEST

/// A step of the current moves all cells, by their own resistance: believed in every cycle, also
/// in those of the open-wire test, which has room for one read.
START_TEST(a_current_step_is_believed_at_once) {
  static rig_t start;
  rig_init(&start);
  rig_until(&start, BMS_STATE_STANDBY, 1000);
  rig_run(&start, 300);
  start.bms.openwire.test_is_wanted = 1;
  while (start.bms.cycle_ms != 0) rig_tick(&start);
  for (uint32_t cycle = 0; cycle < 6; cycle++) {
    rig = start;
    rig_run(&rig, 10 * cycle);
    for (uint32_t g = 0; g < BMS_GROUP_COUNT; g++) {
      rig.group_raw[g] += (_i ? 15 : -15) * (int32_t)(80 + g % 41); /* 0.12 to 0.18 V */
    }
    rig_run(&rig, 10);
    ck_assert_uint_eq(rig.bms.meas.valid_group_count, 96);
    ck_assert_int_le(rig.bms.meas.group_mV[40] - rig.group_raw[40] / 10, 1);
    ck_assert_int_ge(rig.bms.meas.group_mV[40] - rig.group_raw[40] / 10, -1);
  }
}
END_TEST

/// One read of everything; codes of before and now, all believed before.
static void one_read(bms_afe_t *afe) {
  afe_init(afe);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    for (uint32_t i = 0; i < BMS_CHANNEL_COUNT; i++) {
      int is_pair = i + 1 == pinout_module[device].pair_channel;
      afe->cell_raw[AFE_READ_SCAN][device][i] = is_pair ? 0 : (uint16_t)(37000 + 20 * i);
    }
    afe->fresh[AFE_READ_SCAN][device] = afe->believed[device] = 0x1F;
  }
  afe_keep(afe, AFE_KEPT_PREVIOUS);
  afe_keep(afe, AFE_KEPT_BELIEVED);
}

static void move(bms_afe_t *afe, uint32_t device, uint32_t channel, int32_t amount) {
  uint16_t *code = &afe->cell_raw[AFE_READ_SCAN][device][channel - 1];
  *code = (uint16_t)(*code + amount);
}

/// A current that changes within the conversion: every sixth channel is sampled at once.
START_TEST(a_step_within_the_conversion_is_believed) {
  static bms_afe_t afe;
  one_read(&afe);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    for (uint32_t i = 0; i < BMS_CHANNEL_COUNT; i++) {
      if (i % 6 >= (uint32_t)_i && i + 1 != pinout_module[device].pair_channel) {
        move(&afe, device, i + 1, -1500);
      }
    }
  }
  afe_settle(&afe);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    ck_assert_uint_eq(afe.believed[device], 0x1F);
  }
  ck_assert_uint_eq(afe.unconfirmed_count, 0);
}
END_TEST

/// A lone reading at -1, 0, +1 LSB of 20 mV, either way; the next one like it is believed.
START_TEST(a_lone_reading_is_believed_when_it_follows) {
  static const int32_t amount[] = {199, 200, 201, -199, -200, -201};
  static bms_afe_t afe;
  for (uint32_t channel = 1; channel <= 15; channel++) {
    for (uint32_t i = 0; i < 6; i++) {
      one_read(&afe);
      int is_pair = pinout_module[_i].pair_channel == channel;
      int is_used = channel <= pinout_module[_i].top_channel;
      if (is_pair && amount[i] < 0) continue; /* codes are not negative */
      move(&afe, (uint32_t)_i, channel, amount[i]);
      afe_settle(&afe);
      uint32_t is_far = is_used && (amount[i] > 200 || amount[i] < -200);
      uint32_t k = (channel - 1) / 3;
      ck_assert_uint_eq(afe.believed[_i], is_far ? 0x1Fu & ~(1u << k) : 0x1F);
      ck_assert_uint_eq(afe.unconfirmed_count, is_far);
      ck_assert_uint_eq(afe_is_believed(&afe, (uint32_t)_i, channel), !is_far);
      afe_keep(&afe, AFE_KEPT_PREVIOUS);
      afe_settle(&afe);
      ck_assert_uint_eq(afe.believed[_i], 0x1F);
      ck_assert_int_eq(afe.cell_raw[AFE_KEPT_BELIEVED][_i][channel - 1],
                       afe.cell_raw[AFE_READ_SCAN][_i][channel - 1]);
    }
  }
}
END_TEST

/// What was not believed in the scan before has 40 mV: of its own register group and chip alone.
START_TEST(a_doubted_reading_has_twice_the_tolerance) {
  static const int32_t amount[] = {201, 400, 401, -201, -400, -401};
  static bms_afe_t afe;
  for (uint32_t i = 0; i < 6; i++) {
    one_read(&afe);
    afe.believed[_i] &= (uint8_t)~2u;
    move(&afe, (uint32_t)_i, 5, amount[i]);
    afe_settle(&afe);
    uint32_t is_far = amount[i] > 400 || amount[i] < -400;
    ck_assert_uint_eq(afe.believed[_i], is_far ? 0x1D : 0x1F);
    ck_assert_uint_eq(afe.unconfirmed_count, is_far);
    one_read(&afe);
    afe.believed[_i] &= (uint8_t)~5u;
    afe.believed[(_i + 1) % 8] = 0;
    move(&afe, (uint32_t)_i, 5, amount[i]);
    afe_settle(&afe);
    ck_assert_uint_eq(afe.believed[_i], 0x1D);
  }
}
END_TEST

/// Two reads that differ: counted, not believed, and no support for the next one either.
START_TEST(reads_that_differ_are_not_believed) {
  static bms_afe_t afe;
  one_read(&afe);
  memcpy(afe.cell_raw[AFE_READ_AGAIN], afe.cell_raw[AFE_READ_SCAN],
         sizeof afe.cell_raw[AFE_READ_AGAIN]);
  memcpy(afe.fresh[AFE_READ_AGAIN], afe.fresh[AFE_READ_SCAN], sizeof afe.fresh[AFE_READ_AGAIN]);
  afe_settle(&afe);
  ck_assert_uint_eq(afe.replay_count, 0);
  ck_assert_uint_eq(afe.has_changed, 0);
  move(&afe, 3, (uint32_t)_i + 1, 1);
  afe_settle(&afe);
  ck_assert_uint_eq(afe.replay_count, 1);
  ck_assert_uint_eq(afe.has_changed, 1u << 3);
  ck_assert_uint_eq(afe.believed[3], 0x1Fu & ~(1u << _i / 3));
  ck_assert_uint_eq(afe.fresh[AFE_READ_SCAN][3], 0x1Fu & ~(1u << _i / 3));
}
END_TEST

START_TEST(dead_device_opens_within_500_ms) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.device_is_dead[_i] = 1;
  uint32_t ms = rig_until_open(&rig, 1000);
  ck_assert_uint_le(ms, 200);
  ck_assert_uint_eq(rig.bms.dtc[DTC_AFE_COMMUNICATION].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_AFE_COMMUNICATION].location, (uint32_t)_i);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].is_active, 0);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_UNDERVOLTAGE].is_active, 0);
}
END_TEST

START_TEST(garbage_from_the_board_is_only_data) {
  rig_init(&rig);
  for (uint32_t i = 0; i < 5000; i++) {
    rig.in.xfer_done_count = (uint16_t)(rig_random(&rig) % 20);
    for (uint32_t k = 0; k < BMS_XFER_MAX; k++) {
      rig.in.xfer_rx_bytes[k] = (uint16_t)(i % 3 ? 64 : rig_random(&rig));
    }
    for (uint32_t k = 0; k < BMS_AFE_BYTES_MAX; k += 7) {
      rig.in.afe_rx[k] = (uint8_t)rig_random(&rig);
    }
    rig.in.can_rx_count = (uint16_t)rig_random(&rig);
    rig.in.adc_current_high_raw = rig.in.adc_current_low_raw = 2048;
    rig.in.time_ms++;
    bms_step(&rig.bms, &rig.in, &rig.out);
    ck_assert_uint_le(rig.out.xfer_count, BMS_XFER_MAX);
    ck_assert_uint_le(rig.out.can_tx_count, BMS_CAN_TX_MAX);
  }
  ck_assert_uint_eq(rig.bms.meas.valid_group_count, 0);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("core_afe");
  TCase *tests = tcase_create("afe");
  tcase_add_test(tests, pec_matches_the_data_sheet);
  tcase_add_loop_test(tests, pec_of_a_frame_is_that_of_its_bytes, 0, 2);
  tcase_add_test(tests, pec_of_a_command_is_that_of_its_bytes);
  tcase_add_test(tests, first_cycle_clears_then_converts);
  tcase_add_test(tests, no_transfer_is_left_at_the_end_of_a_cycle);
  tcase_add_test(tests, configuration_is_written_and_kept);
  tcase_add_test(tests, a_reset_chip_is_configured_again_at_once);
  tcase_add_test(tests, bleed_mask_reaches_its_bits);
  tcase_add_loop_test(tests, single_bit_flips_are_healed_by_the_second_read, 0, 8);
  tcase_add_test(tests, lost_conversions_make_values_stale_then_invalid);
  tcase_add_loop_test(tests, a_current_step_is_believed_at_once, 0, 2);
  tcase_add_loop_test(tests, a_step_within_the_conversion_is_believed, 0, 6);
  tcase_add_loop_test(tests, a_doubted_reading_has_twice_the_tolerance, 0, 8);
  tcase_add_loop_test(tests, a_lone_reading_is_believed_when_it_follows, 0, BMS_AFE_COUNT);
  tcase_add_loop_test(tests, reads_that_differ_are_not_believed, 0, BMS_CHANNEL_COUNT);
  tcase_add_loop_test(tests, dead_device_opens_within_500_ms, 0, PINOUT_MODULE_COUNT);
  tcase_add_test(tests, garbage_from_the_board_is_only_data);
  suite_add_tcase(suite, tests);
  return suite;
}
