/// Measurement: scaling, range selection, thermistors, stuck and implausible sensors, learnt zero.
#include <check.h>

#include "../ecu_model/core/meas.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;

START_TEST(current_scales_and_signs) {
  ck_assert_int_eq(meas_current_mA(2047, 75000), -22); /* half a code below 2.5 V */
  ck_assert_int_eq(meas_current_mA(2048, 75000), 22);
  ck_assert_int_eq(meas_current_mA(4095, 750000), 937500);
  ck_assert_int_eq(meas_current_mA(0, 750000), -937500);
  /* 4.5 V: 3685.5 codes */
  ck_assert_int_ge(meas_current_mA(3686, 75000), 75000);
  ck_assert_int_le(meas_current_mA(3685, 75000), 75000);
  ck_assert_int_gt(meas_current_mA(3000, 75000), 0); /* discharge is positive */
}
END_TEST

START_TEST(ranges_change_over) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  static const int32_t current_mA[] = {0, 50000, -50000, 71000, 100000, -150000, 250000};
  for (uint32_t i = 0; i < sizeof current_mA / sizeof current_mA[0]; i++) {
    rig.current_mA = current_mA[i];
    rig_run(&rig, 2);
    int is_low = current_mA[i] <= 72000 && current_mA[i] >= -72000;
    int32_t error_mA = rig.bms.meas.current_mA - current_mA[i];
    ck_assert_int_eq(rig.bms.meas.current_uses_high_range, !is_low);
    ck_assert_int_le(error_mA, is_low ? 60 : 500);
    ck_assert_int_ge(error_mA, is_low ? -60 : -500);
  }
}
END_TEST

static int implausible(uint16_t low_raw, uint16_t high_raw) {
  bms_in_t in;
  memset(&in, 0, sizeof in);
  in.adc_current_low_raw = low_raw;
  in.adc_current_high_raw = high_raw;
  return meas_current_is_implausible(&in);
}

START_TEST(ranges_check_each_other) {
  uint16_t low = rig_current_raw(30000, 75000), high = rig_current_raw(30000, 750000);
  ck_assert_int_eq(implausible(low, high), 0);
  ck_assert_int_eq(implausible(low, rig_current_raw(39000, 750000)), 0);
  ck_assert_int_eq(implausible(low, rig_current_raw(41000, 750000)), 1);
  ck_assert_int_eq(implausible(low, rig_current_raw(19000, 750000)), 1);
  ck_assert_int_eq(implausible(low, 4095), 1);
  ck_assert_int_eq(implausible(low, 0), 1);
  ck_assert_int_eq(implausible(0, 0), 1);
  ck_assert_int_eq(implausible(4095, 2048), 1);
  ck_assert_int_eq(implausible(4095, rig_current_raw(300000, 750000)), 0);
  ck_assert_int_eq(implausible(0, rig_current_raw(300000, 750000)), 1); /* opposite signs */
  ck_assert_int_eq(implausible(4095, 4095), 0); /* a short circuit, not a sensor */
}
END_TEST

START_TEST(lost_sensor_opens_and_is_no_over_current) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_sensor_is_lost = 1;
  rig_run(&rig, 70);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CURRENT_SENSOR].is_active, 1);
  uint32_t open_after = rig_until_open(&rig, 10000);
  ck_assert_uint_gt(open_after, 8000); /* the limits go to zero first */
  ck_assert_uint_le(open_after, 9100);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OVER_CURRENT_CHARGE].occurrence_count, 0);
}
END_TEST

START_TEST(offset_is_learnt_with_open_contactors_only) {
  rig_init(&rig);
  rig.current_mA = 480; /* what the sensor shows at no current */
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 1500);
  ck_assert_int_le(rig.bms.meas.current_mA, 30);
  ck_assert_int_ge(rig.bms.meas.current_mA, -30);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = 10480;
  rig_run(&rig, 5000);
  ck_assert_int_le(rig.bms.meas.current_mA, 10060);
  ck_assert_int_ge(rig.bms.meas.current_mA, 9940);
  rig_init(&rig);
  rig.current_mA = 3000; /* no offset is that large */
  rig_run(&rig, 3000);
  ck_assert_int_ge(rig.bms.meas.current_mA, 1900);
}
END_TEST

START_TEST(thermistor_table_is_monotone_and_right) {
  int32_t last = INT32_MAX;
  for (uint32_t ratio = 0; ratio <= 65536; ratio += 16) {
    int32_t value = meas_ntc_ddegC(ratio);
    ck_assert_int_le(value, last);
    last = value;
  }
  /* 12.105 k at 20 degC, 5.811 k at 40, 27.705 k at 0, 204.85 k at -40, against 10 k */
  ck_assert_int_eq((meas_ntc_ddegC(35888) + 5) / 10, 20);
  ck_assert_int_eq((meas_ntc_ddegC(24086) + 5) / 10, 40);
  ck_assert_int_eq(meas_ntc_ddegC(48155) / 10, 0);
  ck_assert_int_eq((meas_ntc_ddegC(62486) - 5) / 10, -40);
  ck_assert_int_eq(meas_ntc_ddegC(65536), -500);
  ck_assert_int_eq(meas_ntc_ddegC(0), 1300);
  ck_assert_uint_eq(meas_ntc_fault(64553), 0);
  ck_assert_uint_eq(meas_ntc_fault(64554), MEAS_SENSOR_OPEN);
  ck_assert_uint_eq(meas_ntc_fault(983), 0);
  ck_assert_uint_eq(meas_ntc_fault(982), MEAS_SENSOR_SHORT);
}
END_TEST

START_TEST(broken_thermistor_is_named_and_left_out) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.aux_raw[4] = _i ? 0 : 30000;
  rig_run(&rig, 1500);
  uint32_t dtc = _i ? DTC_TEMPERATURE_SENSOR_LOW : DTC_TEMPERATURE_SENSOR_HIGH;
  ck_assert_uint_eq(rig.bms.dtc[dtc].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[dtc].location, 4);
  ck_assert_uint_eq(rig_dtc_count(&rig), 1);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
  ck_assert_uint_eq(rig.bms.meas.module_quality[4], BMS_QUALITY_INVALID);
  ck_assert_int_ge(rig.bms.meas.temperature_min_ddegC, 240);
  ck_assert_int_le(rig.bms.meas.temperature_max_ddegC, 260);
}
END_TEST

START_TEST(codes_that_stand_still_under_a_moving_current_are_stuck) {
  rig_init(&rig);
  rig.noise_raw = 0;
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 3000);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0); /* current stands still too */
  rig.current_mA = 4900;
  rig_run(&rig, 2000);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  rig.current_mA = 5200;
  rig_run(&rig, 1500);
  ck_assert_uint_eq(rig.bms.dtc[DTC_AFE_STUCK].is_active, 1);
}
END_TEST

START_TEST(pack_sensor_is_checked_by_the_sum) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig.pack_mV += 3400; /* 1 % of 355.2 V are 3.55 */
  rig_run(&rig, 500);
  ck_assert_uint_eq(rig.bms.dtc[DTC_PACK_VOLTAGE_IMPLAUSIBLE].is_active, 0);
  rig.pack_mV += 300;
  rig_run(&rig, 200);
  ck_assert_uint_eq(rig.bms.dtc[DTC_PACK_VOLTAGE_IMPLAUSIBLE].is_active, 1);
  rig.request = SM_REQUEST_DRIVE;
  rig_run(&rig, 500);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
}
END_TEST

/// Every value of a ms: valid, held and stale when it is lost, invalid after 20 ms, valid again.
START_TEST(lost_inputs_are_held_then_invalid_and_never_zero) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = 40000;
  rig_run(&rig, 200);
  bms_t *bms = &rig.bms;
  bms_in_t in = rig.in;
  int32_t current_mA = bms->meas.current_mA, link_mV = bms->meas.link_mV;
  int32_t supply_mV = bms->meas.supply_mV;
  in.adc_current_low_raw = in.adc_current_high_raw = 0;
  in.adc_pack_raw = 0;
  in.adc_link_raw = in.adc_supply_raw = 4095;
  for (uint32_t ms = 1; ms <= 25; ms++) {
    meas_fast(bms, &in);
    const bms_validity_t *validity[] = {&bms->meas.current_validity, &bms->meas.pack_validity,
                                        &bms->meas.link_validity, &bms->meas.supply_validity};
    for (uint32_t i = 0; i < 4; i++) {
      ck_assert_uint_eq(validity[i]->quality, ms < 20 ? BMS_QUALITY_STALE : BMS_QUALITY_INVALID);
      ck_assert_uint_eq(validity[i]->age_ms, ms);
      ck_assert_uint_eq(validity[i]->sensor_fault, i < 2 ? MEAS_SENSOR_SHORT : MEAS_SENSOR_OPEN);
    }
    ck_assert_int_eq(bms->meas.current_mA, current_mA);
    ck_assert_int_eq(bms->meas.link_mV, link_mV);
    ck_assert_int_eq(bms->meas.supply_mV, supply_mV);
    if (ms >= 20) ck_assert_int_eq(bms->meas.pack_mV, (int32_t)bms->meas.group_sum_mV);
    ck_assert_int_ge(bms->meas.pack_mV, 354000);
  }
  meas_fast(bms, &rig.in);
  ck_assert_uint_eq(bms->meas.current_validity.quality, BMS_QUALITY_VALID);
  ck_assert_uint_eq(bms->meas.pack_validity.age_ms, 0);
  ck_assert_uint_eq(bms->meas.pack_validity.sensor_fault, 0);
  for (uint32_t ms = 0; ms < 70000; ms++) meas_fast(bms, &in);
  ck_assert_uint_eq(bms->meas.link_validity.age_ms, UINT16_MAX);
}
END_TEST

/// A sensor that has never shown anything right.
START_TEST(inputs_that_never_came_are_invalid_after_20_ms) {
  rig_init(&rig);
  bms_in_t in;
  memset(&in, 0, sizeof in);
  for (uint32_t ms = 1; ms <= 20; ms++) {
    ck_assert_uint_eq(rig.bms.meas.pack_validity.quality, BMS_QUALITY_NONE);
    ck_assert_uint_eq(rig.bms.meas.current_validity.quality, BMS_QUALITY_NONE);
    meas_fast(&rig.bms, &in);
  }
  ck_assert_uint_eq(rig.bms.meas.pack_validity.quality, BMS_QUALITY_INVALID);
  ck_assert_uint_eq(rig.bms.meas.current_validity.quality, BMS_QUALITY_INVALID);
}
END_TEST

/// Without a believable current there is no rest, and the charge in the pack stands still.
START_TEST(lost_current_is_neither_rest_nor_charge) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 3000);
  ck_assert_uint_ge(rig.bms.meas.rest_ms, 3000);
  for (uint32_t ms = 0; ms < 100; ms++) {
    rig.in.time_ms++;
    rig.in.xfer_done_count = 0;
    rig.in.adc_current_low_raw = rig.in.adc_current_high_raw = (uint16_t)(_i ? 0 : 2048 + 400);
    if (!_i) rig.in.adc_current_low_raw = 2048; /* 183 A against 0 */
    bms_step(&rig.bms, &rig.in, &rig.out);
    if (ms == 30) rig.tick = (uint32_t)(rig.bms.soc.charge_mAms & 0x7FFFFFFF);
  }
  ck_assert_uint_eq(rig.bms.meas.rest_ms, 0);
  ck_assert_uint_eq(rig.tick, (uint32_t)(rig.bms.soc.charge_mAms & 0x7FFFFFFF));
}
END_TEST

START_TEST(thermistors_of_the_ecu_have_their_flags) {
  static const uint16_t code[] = {4095, 0};
  rig_init(&rig);
  rig_run(&rig, 50);
  ck_assert_int_ge(rig.bms.meas.inlet_ddegC, 240);
  ck_assert_uint_eq(rig.bms.meas.inlet_validity.quality, BMS_QUALITY_VALID);
  rig.in.adc_inlet_ntc_raw = rig.in.adc_heater_ntc_raw[1] = code[_i];
  rig_run(&rig, 10);
  ck_assert_uint_eq(rig.bms.meas.inlet_validity.quality, BMS_QUALITY_STALE);
  ck_assert_int_ge(rig.bms.meas.inlet_ddegC, 240);
  rig_run(&rig, 10);
  uint32_t fault = _i ? MEAS_SENSOR_SHORT : MEAS_SENSOR_OPEN;
  ck_assert_uint_eq(rig.bms.meas.inlet_validity.quality, BMS_QUALITY_INVALID);
  ck_assert_uint_eq(rig.bms.meas.inlet_validity.sensor_fault, fault);
  ck_assert_uint_eq(rig.bms.meas.heater_validity[1].sensor_fault, fault);
  ck_assert_int_eq(rig.bms.meas.inlet_ddegC, MEAS_DDEGC_NONE);
  ck_assert_int_eq(rig.bms.meas.heater_ddegC[1], MEAS_DDEGC_NONE);
  ck_assert_uint_eq(rig.bms.meas.heater_validity[0].quality, BMS_QUALITY_VALID);
  ck_assert_int_ge(rig.bms.meas.heater_ddegC[0], 240);
}
END_TEST

/// A lost thermistor conversion shows as age; after five the module has no temperature.
START_TEST(lost_thermistor_conversions_age_then_invalid) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  rig_run(&rig, 300);
  ck_assert_uint_eq(rig.bms.meas.module_age_reads[7], 0);
  rig.aux_raw[7] = 9000; /* would be warmer, but is never converted */
  rig.aux_is_lost = 1;
  uint32_t reads = 0;
  for (uint32_t ms = 0; ms < 2000 && rig.bms.meas.module_quality[7] == BMS_QUALITY_VALID; ms++) {
    ck_assert_int_le(rig.bms.meas.module_ddegC[7], 260);
    rig_tick(&rig);
    if (rig.bms.meas.module_age_reads[7] > reads) reads++;
    ck_assert_uint_eq(rig.bms.meas.module_age_reads[7], reads);
  }
  ck_assert_uint_eq(reads, 5);
  ck_assert_uint_eq(rig.bms.meas.module_quality[7], BMS_QUALITY_INVALID);
  rig_run(&rig, 30000);
  ck_assert_uint_eq(rig.bms.meas.module_age_reads[7], UINT8_MAX);
  ck_assert_uint_eq(rig.bms.dtc[DTC_AFE_COMMUNICATION].is_active, 1);
  ck_assert_uint_eq(rig.bms.meas.temperature_max_index, BMS_NO_LOCATION);
}
END_TEST

START_TEST(extremes_name_their_groups) {
  rig_init(&rig);
  rig.noise_raw = 0;
  for (uint32_t g = 0; g < PINOUT_GROUP_COUNT; g++) {
    rig_set_groups(&rig, 3700);
    rig.group_raw[g] = 37500;
    rig.group_raw[(g + 50) % 96] = 36504;
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.bms.meas.group_max_index, g);
    ck_assert_uint_eq(rig.bms.meas.group_max_mV, 3750);
    ck_assert_uint_eq(rig.bms.meas.group_min_index, (g + 50) % 96);
    ck_assert_uint_eq(rig.bms.meas.group_min_mV, 3650);
    ck_assert_uint_eq(rig.bms.meas.group_sum_mV, 94 * 3700 + 3750 + 3650);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_meas");
  TCase *tests = tcase_create("meas");
  tcase_add_test(tests, current_scales_and_signs);
  tcase_add_test(tests, ranges_change_over);
  tcase_add_test(tests, ranges_check_each_other);
  tcase_add_test(tests, lost_sensor_opens_and_is_no_over_current);
  tcase_add_test(tests, offset_is_learnt_with_open_contactors_only);
  tcase_add_test(tests, thermistor_table_is_monotone_and_right);
  tcase_add_loop_test(tests, broken_thermistor_is_named_and_left_out, 0, 2);
  tcase_add_test(tests, codes_that_stand_still_under_a_moving_current_are_stuck);
  tcase_add_test(tests, pack_sensor_is_checked_by_the_sum);
  tcase_add_test(tests, lost_inputs_are_held_then_invalid_and_never_zero);
  tcase_add_test(tests, inputs_that_never_came_are_invalid_after_20_ms);
  tcase_add_loop_test(tests, lost_current_is_neither_rest_nor_charge, 0, 2);
  tcase_add_loop_test(tests, thermistors_of_the_ecu_have_their_flags, 0, 2);
  tcase_add_test(tests, lost_thermistor_conversions_age_then_invalid);
  tcase_add_test(tests, extremes_name_their_groups);
  suite_add_tcase(suite, tests);
  return suite;
}
