/// Edges of the core's rules: each bound is tried at its last value inside and its first outside.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/contactor.h"
#include "../ecu_model/core/diag.h"
#include "../ecu_model/core/meas.h"
#include "../ecu_model/core/pec15.h"
#include "../ecu_model/gen/limits.h"
#include "../ecu_model/gen/pinout.h"

Suite *test_suite(void);

enum { CELL_raw = 37000, DEVICE = 3, ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1 };

static bms_t bms;
static bms_in_t in;

static void setup(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(&in, 0, sizeof in);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  bms.step_ms = 1;
  bms.task_ms = 10;
}

static void set_scan(int32_t code_raw) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    bms.afe.believed[device] = ALL_REGISTERS;
    for (uint32_t i = 0; i < BMS_CHANNEL_COUNT; i++) {
      int is_pair = i + 1 == pinout_module[device].pair_channel;
      bms.afe.cell_raw[AFE_READ_SCAN][device][i] = (uint16_t)(is_pair ? 0 : code_raw);
    }
  }
}

/* --- measurement ---------------------------------------------------------------------------- */

/// Reads of all four aux registers: the thermistor's second read has a wrong PEC.
static void give_aux(uint32_t code_raw) {
  enum { FRAME = 8, CHAIN = FRAME * BMS_AFE_COUNT };
  bms.afe.queue_first = 0;
  bms.afe.queue_count = BMS_AUX_READ_COUNT;
  memset(bms.afe.aux_fresh, 0, sizeof bms.afe.aux_fresh);
  in.xfer_done_count = BMS_AUX_READ_COUNT;
  for (uint32_t read = 0; read < BMS_AUX_READ_COUNT; read++) {
    bms.afe.queue[read] = (uint8_t)(AFE_XFER_AUX + read);
    in.xfer_rx_bytes[read] = CHAIN;
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
      uint8_t *frame = in.afe_rx + read * CHAIN + device * FRAME;
      uint32_t word_raw = read % 2 == 0 ? code_raw : 30000;
      memset(frame, 0, FRAME);
      frame[read % 2 == 0 ? 0 : 4] = (uint8_t)word_raw;
      frame[read % 2 == 0 ? 1 : 5] = (uint8_t)(word_raw >> 8);
      uint16_t pec = pec15(frame, 6);
      frame[6] = (uint8_t)(pec >> 8);
      frame[7] = (uint8_t)(pec ^ (read == 2 && bms.afe.aux_known_mask != 0));
    }
  }
  afe_receive(&bms.afe, &in);
}

/// Codes of the high range: 2050, 2052 and 2060 are 1.144, 2.060 and 5.723 A, 2045 -1.144 A.
START_TEST(zero_of_the_high_range_is_learnt) {
  bms.contactor.opened_ms = 99;
  in.adc_current_low_raw = 2048;
  in.adc_current_high_raw = 2050;
  meas_fast(&bms, &in);
  ck_assert_uint_eq(bms.meas.zero_is_known, 0);
  ck_assert_int_eq(bms.meas.current_high_mA, 1144);
  bms.contactor.opened_ms = 100;
  meas_fast(&bms, &in);
  ck_assert_uint_eq(bms.meas.zero_is_known, 1);
  ck_assert_int_eq(bms.meas.zero_high_uA, 1144000);
  ck_assert_int_eq(bms.meas.zero_low_uA, 22000);
  ck_assert_int_eq(bms.meas.current_high_mA, 0);
  in.adc_current_high_raw = 2052;
  meas_fast(&bms, &in);
  ck_assert_int_eq(bms.meas.zero_high_uA, 1144000 + (2060000 - 1144000) / 256);
  ck_assert_int_eq(bms.meas.zero_low_uA, 22000);
  in.adc_current_low_raw = 2049;
  meas_fast(&bms, &in);
  ck_assert_int_eq(bms.meas.zero_low_uA, 22000 + (68000 - 22000) / 256);
  in.adc_current_high_raw = 2060;
  for (uint32_t i = 0; i < 5000; i++) meas_fast(&bms, &in);
  ck_assert_int_eq(bms.meas.zero_high_uA, 5000000);
  ck_assert_int_eq(bms.meas.current_high_mA, 723);
  in.adc_current_high_raw = 4095 - 2060;
  for (uint32_t i = 0; i < 9000; i++) meas_fast(&bms, &in);
  ck_assert_int_eq(bms.meas.zero_high_uA, -5000000);
  setup();
  bms.contactor.opened_ms = 100;
  in.adc_current_low_raw = 2048;
  in.adc_current_high_raw = 2060;
  meas_fast(&bms, &in);
  ck_assert_int_eq(bms.meas.zero_high_uA, 5000000); /* also the first is clipped */
}
END_TEST

/// Closed, so that nothing is learnt.
static void measure_closed(uint32_t low_raw, uint32_t high_raw, int32_t zero_low_uA) {
  bms.coil_command = 1u << PINS_COIL_MAIN_POS | 1u << PINS_COIL_MAIN_NEG;
  bms.meas.zero_low_uA = zero_low_uA;
  in.adc_current_low_raw = (uint16_t)low_raw;
  in.adc_current_high_raw = (uint16_t)high_raw;
  meas_fast(&bms, &in);
}

/// Low range code 3620 and 3621 are 72.000 and 72.046 A, the high one's 2205 and 2206 72.1, 72.6.
START_TEST(the_low_range_ends_at_72_A) {
  static const uint16_t low_raw[] = {3620, 4095 - 3620, 3621, 4095 - 3621};
  for (uint32_t i = 0; i < 4; i++) {
    uint32_t high_raw = i % 2 == 0 ? 2205 : 4095 - 2205;
    measure_closed(low_raw[i], high_raw, 0);
    ck_assert_int_eq(bms.meas.current_low_mA, (i % 2 == 0 ? 1 : -1) * (i < 2 ? 72000 : 72046));
    ck_assert_uint_eq(bms.meas.current_uses_high_range, i >= 2);
    ck_assert_int_eq(bms.meas.current_mA,
                     i < 2 ? bms.meas.current_low_mA : bms.meas.current_high_mA);
  }
}
END_TEST

/// The ranges may differ by 9.500 A. Codes of the high range one apart are 0.458 A.
START_TEST(the_ranges_may_differ_by_9_5_A) {
  static const int32_t difference_mA[] = {9500, -9500, 9501, -9501};
  static const uint16_t codes[][2] = {{2240, 2046}, {1855, 2049}, {2260, 2048}, {1835, 2047}};
  for (uint32_t i = 0; i < 4; i++) {
    in.adc_current_low_raw = codes[i][0];
    in.adc_current_high_raw = codes[i][1];
    int32_t low = meas_current_mA(codes[i][0], 75000), high = meas_current_mA(codes[i][1], 750000);
    ck_assert_int_eq(low - high, difference_mA[i]);
    ck_assert_int_eq(meas_current_is_implausible(&in), i >= 2);
  }
}
END_TEST

/// Sensor outputs of 1 and 99 % are right; the current is at rest up to 1 A.
START_TEST(sensors_are_right_up_to_their_ends) {
  static const uint16_t pack_raw[] = {41, 40, 4054, 4055};
  static const uint8_t fault[] = {0, MEAS_SENSOR_SHORT, 0, MEAS_SENSOR_OPEN};
  for (uint32_t i = 0; i < 4; i++) {
    setup();
    in.adc_pack_raw = 2000;
    meas_fast(&bms, &in);
    int32_t before_mV = bms.meas.pack_mV;
    in.adc_pack_raw = pack_raw[i];
    for (uint32_t ms = 1; ms <= 21; ms++) {
      meas_fast(&bms, &in);
      ck_assert_uint_eq(bms.meas.pack_validity.sensor_fault, fault[i]);
      ck_assert_uint_eq(bms.meas.pack_validity.age_ms, fault[i] ? ms : 0);
      ck_assert_uint_eq(bms.meas.pack_validity.quality, !fault[i] ? BMS_QUALITY_VALID
                                                        : ms < MEAS_AGE_INVALID_ms
                                                            ? BMS_QUALITY_STALE
                                                            : BMS_QUALITY_INVALID);
    }
    if (fault[i])
      ck_assert_int_eq(bms.meas.pack_mV, before_mV);
    else
      ck_assert_int_eq(bms.meas.pack_mV, pack_raw[i] * 100000 / 819);
  }
  setup();
  in.adc_link_raw = 0; /* an empty link is a reading */
  meas_fast(&bms, &in);
  ck_assert_uint_eq(bms.meas.link_validity.quality, BMS_QUALITY_VALID);
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    uint32_t code_raw = sign > 0 ? 2070 : 4095 - 2070; /* 1.030 A */
    setup();
    measure_closed(code_raw, code_raw > 2048 ? 2049 : 2046, sign * 30000);
    ck_assert_int_eq(bms.meas.current_mA, sign * 1000);
    measure_closed(code_raw, code_raw > 2048 ? 2049 : 2046, sign * 30000);
    ck_assert_uint_eq(bms.meas.rest_ms, 2);
    measure_closed(code_raw, code_raw > 2048 ? 2049 : 2046, sign * 29000);
    ck_assert_uint_eq(bms.meas.rest_ms, 0);
  }
}
END_TEST

START_TEST(charge_and_discharge_begin_beyond_2_A) {
  static const int32_t mean_mA[] = {-2001, -2000, 2000, 2001};
  static const uint8_t context[] = {LIMITS_CONTEXT_CHARGE, LIMITS_CONTEXT_REST, LIMITS_CONTEXT_REST,
                                    LIMITS_CONTEXT_DISCHARGE};
  for (uint32_t i = 0; i < 4; i++) {
    bms.meas.current_mean_mA = mean_mA[i];
    meas_slow(&bms, &in);
    ck_assert_uint_eq(bms.meas.context, context[i]);
  }
}
END_TEST

static uint32_t pair_of_device(void) { return pinout_module[DEVICE].pair_channel; }

/// Codes of the own and the pair channel of this wire's group, in this scan and the one before.
static void set_tap(uint32_t is_upper, uint32_t own_raw, uint32_t pair_raw, int32_t moved_raw) {
  const uint32_t pair = pair_of_device() - 1u, own = is_upper ? pair + 1u : pair - 1u;
  uint16_t *now = bms.afe.cell_raw[AFE_READ_SCAN][DEVICE];
  uint16_t *before = bms.afe.cell_raw[AFE_KEPT_PREVIOUS][DEVICE];
  now[own] = (uint16_t)own_raw;
  now[pair] = before[pair] = (uint16_t)pair_raw;
  before[own] = (uint16_t)((int32_t)own_raw - moved_raw);
}

static uint32_t break_tap(uint32_t is_upper) {
  const uint32_t wire = pinout_module[DEVICE].first_wire + pair_of_device() - 1u + is_upper;
  setup();
  set_scan(CELL_raw);
  meas_scan(&bms);
  bms.wire_state[wire] = BMS_WIRE_OPEN;
  bms.openwire.redundant_open_count = 1;
  return is_upper ? pinout_wire[wire].group_above : pinout_wire[wire].group_below;
}

/// The two channels that replace a group beside an open wire of a doubled tap: each above 0.1 V.
START_TEST(a_group_comes_from_two_channels_if_both_show_something) {
  static const uint16_t own_raw[] = {1001, 1000, 36000, 36000},
                        pair_raw[] = {36000, 36000, 1001, 1000};
  for (uint32_t i = 0; i < 8; i++) {
    const uint32_t k = i % 4, is_fresh = k % 2 == 0, group = break_tap(i / 4);
    set_tap(i / 4, own_raw[k], pair_raw[k], 0);
    for (uint32_t scan = 1; scan <= 3; scan++) {
      meas_scan(&bms);
      ck_assert_uint_eq(bms.meas.group_age_scans[group], is_fresh ? 0 : scan);
      ck_assert_uint_eq(bms.meas.group_quality[group], is_fresh   ? BMS_QUALITY_VALID
                                                       : scan < 3 ? BMS_QUALITY_STALE
                                                                  : BMS_QUALITY_INVALID);
      ck_assert_uint_eq(bms.meas.group_mV[group],
                        is_fresh ? (own_raw[k] + pair_raw[k] + 5u) / 10u : 3700);
    }
  }
}
END_TEST

/// A pair that reads nothing: the wire has contact only if currents would have lifted it.
START_TEST(a_pair_at_0_counts_after_the_currents_that_would_lift_it) {
  for (uint32_t post = AFE_POST_NONE; post <= AFE_POST_BLEED_READ; post++) {
    const uint32_t up = post == AFE_POST_UP_TWICE || post == AFE_POST_UP_READ;
    const uint32_t down = post == AFE_POST_DOWN_TWICE || post == AFE_POST_DOWN_READ;
    for (uint32_t is_upper = 0; is_upper < 2; is_upper++) {
      const uint32_t group = break_tap(is_upper), is_fresh = is_upper ? up : down;
      set_tap(is_upper, 36000, 0, 0);
      bms.openwire.last_post = (uint8_t)post;
      meas_scan(&bms);
      ck_assert_uint_eq(bms.meas.group_age_scans[group], !is_fresh);
      ck_assert_uint_eq(bms.meas.group_mV[group], is_fresh ? 3600 : 3700);
      set_tap(is_upper, 1000, 0, 0);
      meas_scan(&bms);
      ck_assert_uint_eq(bms.meas.group_age_scans[group], !is_fresh + 1u);
    }
  }
}
END_TEST

/// Contact made while the channels are sampled: the sum has moved by more than 0.1 V, or the pair
/// showed nothing in the scan before.
START_TEST(two_scans_of_a_broken_tap_say_the_same) {
  static const int32_t moved_raw[] = {1000, 1001, -1000, -1001};
  for (uint32_t i = 0; i < 8; i++) {
    const uint32_t group = break_tap(i % 2);
    set_tap(i % 2, 20000, 17000, moved_raw[i / 2]);
    meas_scan(&bms);
    ck_assert_uint_eq(bms.meas.group_age_scans[group], i / 2 % 2);
    set_tap(i % 2, 20000, 17000, 0);
    meas_scan(&bms);
    ck_assert_uint_eq(bms.meas.group_age_scans[group], 0);
    for (int32_t over = 0; over < 2; over++) { /* lifted or not: it may have been below */
      bms.openwire.last_post = i % 4 < 2 ? AFE_POST_UP_TWICE : AFE_POST_DOWN_TWICE;
      set_tap(i % 2, 36000, 1001, 1 - over);
      bms.afe.cell_raw[AFE_KEPT_PREVIOUS][DEVICE][pair_of_device() - 1u] = (uint16_t)(1000 + over);
      meas_scan(&bms);
      ck_assert_uint_eq(bms.meas.group_age_scans[group], over == 0);
    }
  }
}
END_TEST

/// Among equal values the first one is named.
START_TEST(the_first_of_equals_is_named) {
  set_scan(CELL_raw);
  meas_scan(&bms);
  ck_assert_uint_eq(bms.meas.group_max_index, 0);
  ck_assert_uint_eq(bms.meas.group_min_index, 0);
  give_aux(15000);
  meas_slow(&bms, &in);
  ck_assert_uint_eq(bms.meas.temperature_max_index, 0);
  ck_assert_uint_eq(bms.meas.temperature_min_index, 0);
  for (uint32_t i = 0; i < 100; i++) meas_slow(&bms, &in);
  ck_assert_uint_eq(bms.meas.rise_index, 0);
  ck_assert_int_eq(bms.meas.rise_ddegC, 0);
}
END_TEST

START_TEST(the_hottest_and_the_coldest_module_are_named) {
  give_aux(15000);
  bms.afe.aux_raw[3] = 14000;
  bms.afe.aux_raw[6] = 16000;
  bms.afe.aux_bad_run[7] = 5; /* lost */
  bms.afe.aux_raw[7] = 10000;
  meas_slow(&bms, &in);
  ck_assert_uint_eq(bms.meas.temperature_max_index, 3);
  ck_assert_uint_eq(bms.meas.temperature_min_index, 6);
  ck_assert_int_eq(bms.meas.temperature_max_ddegC, meas_ntc_ddegC(14000u * 65536u / 30000u));
  ck_assert_int_eq(bms.meas.temperature_min_ddegC, meas_ntc_ddegC(16000u * 65536u / 30000u));
}
END_TEST

/// A rise counts once it lasts for three seconds: the least of them.
START_TEST(the_least_of_three_rises_is_shown) {
  static const int16_t rise_ddegC[] = {0, 30, 20, 40, 10, 50}; /* in the k-th second */
  static const int16_t least_ddegC[] = {0, 0, 0, 20, 10, 10};
  int16_t now_ddegC = 250;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    bms.meas.module_quality[m] = BMS_QUALITY_VALID;
    bms.meas.module_ddegC[m] = now_ddegC;
  }
  for (uint32_t k = 0; k < 6; k++) {
    now_ddegC = (int16_t)(now_ddegC + rise_ddegC[k]);
    bms.meas.module_ddegC[5] = now_ddegC;
    for (uint32_t i = 0; i < 100; i++) meas_slow(&bms, &in);
    ck_assert_msg(bms.meas.rise_ddegC == least_ddegC[k], "second %u", k);
    if (least_ddegC[k] > 0) ck_assert_uint_eq(bms.meas.rise_index, 5);
  }
}
END_TEST

/// One suspected wire, below or above, makes its groups suspect and no others.
START_TEST(groups_beside_a_suspected_wire_are_suspect) {
  const uint32_t wire = pinout_module[DEVICE].first_wire + 5u;
  set_scan(CELL_raw);
  bms.wire_state[wire] = BMS_WIRE_SUSPECT;
  bms.openwire.is_suspecting = 1;
  meas_scan(&bms);
  uint32_t suspects = 0;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    const pinout_group_t *row = &pinout_group[group];
    int is_beside = row->wire_below == wire || row->wire_above == wire;
    ck_assert_uint_eq(bms.meas.group_quality[group],
                      is_beside ? BMS_QUALITY_SUSPECT : BMS_QUALITY_VALID);
    ck_assert_uint_eq(bms.meas.group_mV[group], 3700);
    suspects += is_beside ? 1u : 0u;
  }
  ck_assert_uint_eq(suspects, 2);
  ck_assert_uint_eq(bms.meas.valid_group_count, BMS_GROUP_COUNT);
  ck_assert_uint_eq(bms.meas.group_sum_mV, 3700u * BMS_GROUP_COUNT);
}
END_TEST

/// The codes of one AFE stand for 1 s while the current moves by more than 5 A.
START_TEST(codes_that_stand_are_stuck_after_a_second) {
  const uint8_t moving = (uint8_t)((1u << BMS_AFE_COUNT) - 1u - 2u);
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    setup();
    bms.afe.has_changed = moving | 2u;
    bms.meas.current_mA = 1000;
    meas_slow(&bms, &in);
    bms.afe.has_changed = moving;
    for (uint32_t i = 1; i <= 99; i++) {
      bms.meas.current_mA = 1000 + (i > 50 ? sign * 5001 : 0);
      meas_slow(&bms, &in);
      ck_assert_uint_eq(bms.meas.stuck_ms10[1], i);
      ck_assert(!meas_is_stuck(&bms, 1));
    }
    bms.meas.current_mA = 1000;
    meas_slow(&bms, &in);
    ck_assert(meas_is_stuck(&bms, 1));
    ck_assert(!meas_is_stuck(&bms, 0));
    for (uint32_t i = 0; i < 300; i++) meas_slow(&bms, &in);
    ck_assert_uint_eq(bms.meas.stuck_ms10[1], UINT8_MAX);
    bms.afe.bad_run[1] = 1;
    meas_slow(&bms, &in);
    ck_assert_uint_eq(bms.meas.stuck_ms10[1], 0);
  }
  setup();
  bms.afe.has_changed = moving;
  for (uint32_t i = 0; i < 200; i++) {
    bms.meas.current_mA = i > 50 ? 5000 : 0;
    meas_slow(&bms, &in);
  }
  ck_assert(!meas_is_stuck(&bms, 1)); /* 5 A are no movement yet */
}
END_TEST

START_TEST(a_lone_thermistor_reading_moves_by_300_at_most) {
  static const int32_t step_raw[] = {300, 301, -300, -301};
  for (uint32_t i = 0; i < 4; i++) {
    setup();
    give_aux(15000);
    ck_assert_uint_eq(bms.afe.aux_raw[3], 15000);
    ck_assert_uint_eq(bms.afe.aux_bad_run[3], 0);
    uint32_t code_raw = (uint32_t)(15000 + step_raw[i]);
    give_aux(code_raw);
    ck_assert_uint_eq(bms.afe.aux_raw[3], i % 2 == 0 ? code_raw : 15000);
    ck_assert_uint_eq(bms.afe.aux_bad_run[3], i % 2);
    ck_assert_uint_eq(bms.afe.unconfirmed_count, i % 2 * BMS_AFE_COUNT);
  }
}
END_TEST

/* --- diagnosis ------------------------------------------------------------------------------ */

static void set_voltages(int32_t sum_mV, int32_t other_mV) {
  bms.meas.pack_validity.quality = bms.meas.link_validity.quality = BMS_QUALITY_VALID;
  bms.meas.valid_group_count = BMS_GROUP_COUNT;
  bms.meas.group_sum_mV = (uint32_t)sum_mV;
  bms.meas.pack_mV = sum_mV;
  bms.meas.link_mV = bms.meas.scan_link_mV = sum_mV;
  bms.meas.scan_pack_mV = other_mV;
}

static int is_told(uint32_t dtc) {
  bms.dtc[dtc].condition = 0;
  diag_conditions(&bms, &in);
  return bms.dtc[dtc].condition;
}

/// 1 % of the sum, and 3 V at least.
START_TEST(voltages_may_differ_by_a_hundredth_or_3_V) {
  static const int32_t sum_mV[] = {400000, 200000, 300000};
  static const int32_t allowed_mV[] = {4000, 3000, 3000};
  for (uint32_t i = 0; i < 3; i++) {
    for (int32_t sign = -1; sign <= 1; sign += 2) {
      setup();
      set_voltages(sum_mV[i], sum_mV[i] + sign * allowed_mV[i]);
      ck_assert(!is_told(DTC_PACK_VOLTAGE_IMPLAUSIBLE));
      set_voltages(sum_mV[i], sum_mV[i] + sign * (allowed_mV[i] + 1));
      ck_assert(is_told(DTC_PACK_VOLTAGE_IMPLAUSIBLE));
      bms.meas.group_sum_mV = 0; /* a group has no value: nothing to compare with */
      ck_assert(!is_told(DTC_PACK_VOLTAGE_IMPLAUSIBLE));
    }
  }
}
END_TEST

START_TEST(the_link_is_compared_once_closed_for_500_ms) {
  static const uint8_t phase[] = {CONTACTOR_CLOSED, CONTACTOR_CLOSED, CONTACTOR_RELEASE};
  static const uint32_t phase_ms[] = {499, 500, 900};
  for (uint32_t what = 0; what < 3; what++) {
    for (uint32_t i = 0; i < 3; i++) {
      setup();
      set_voltages(400000, 400000);
      if (what == 0) bms.meas.link_mV = 390000;
      if (what == 1) bms.meas.scan_link_mV = 390000;
      if (what == 2) bms.meas.link_validity.quality = BMS_QUALITY_INVALID;
      bms.contactor.phase = phase[i];
      bms.contactor.phase_ms = phase_ms[i];
      ck_assert_int_eq(is_told(DTC_LINK_VOLTAGE_IMPLAUSIBLE), i == 1);
    }
  }
  setup();
  set_voltages(400000, 400000);
  bms.contactor.phase = CONTACTOR_CLOSED;
  bms.contactor.phase_ms = 500;
  ck_assert(!is_told(DTC_LINK_VOLTAGE_IMPLAUSIBLE));
}
END_TEST

/// Runs and counts: what is told from which on.
START_TEST(runs_are_told_from_their_last_count_on) {
  uint8_t *run[] = {&bms.afe.bad_run[2], &bms.afe.aux_bad_run[2], &bms.afe.config_bad_run[2]};
  static const uint8_t told_from[] = {3, 5, 3};
  static const uint8_t dtc[] = {DTC_AFE_COMMUNICATION, DTC_AFE_COMMUNICATION,
                                DTC_AFE_CONFIGURATION};
  for (uint32_t i = 0; i < 3; i++) {
    setup();
    set_voltages(400000, 400000);
    *run[i] = (uint8_t)(told_from[i] - 1u);
    ck_assert(!is_told(dtc[i]));
    *run[i] = told_from[i];
    ck_assert(is_told(dtc[i]));
    ck_assert_uint_eq(bms.dtc[dtc[i]].condition_location, 2);
  }
  setup();
  bms.meas.supply_validity.quality = BMS_QUALITY_VALID;
  bms.meas.supply_mV = 9000;
  ck_assert(!is_told(DTC_SUPPLY_LOW));
  bms.meas.supply_mV = 8999;
  ck_assert(is_told(DTC_SUPPLY_LOW));
  bms.openwire.open_count = 2;
  ck_assert(!is_told(DTC_SENSE_CONNECTOR_LOST));
  bms.openwire.open_count = 3;
  ck_assert(is_told(DTC_SENSE_CONNECTOR_LOST));
}
END_TEST

/// What stands behind the rows in memory looks like an active row: nobody reads or writes it.
START_TEST(the_walk_ends_with_the_last_row) {
  static bms_out_t out;
  bms_memory_t behind;
  memset(&behind, 1, sizeof behind);
  for (uint32_t i = 0; i < 3; i++) {
    memset(&out, 0, sizeof out);
    bms.memory[0] = behind;
    if (i == 0) diag_walk(&bms, 10, &out);
    if (i == 1) diag_clear(&bms, &out);
    if (i == 2) diag_erase(&bms, DTC_COUNT - 1, &out);
    ck_assert_mem_eq(&bms.memory[0], &behind, sizeof behind);
    ck_assert_uint_eq(bms.dtc_active_count, 0);
    ck_assert_uint_eq(bms.fault_level, 0);
    ck_assert_uint_eq(out.event_count, 0);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_edges");
  TCase *tests = tcase_create("edges");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, zero_of_the_high_range_is_learnt);
  tcase_add_test(tests, groups_beside_a_suspected_wire_are_suspect);
  tcase_add_test(tests, codes_that_stand_are_stuck_after_a_second);
  tcase_add_test(tests, a_lone_thermistor_reading_moves_by_300_at_most);
  tcase_add_test(tests, voltages_may_differ_by_a_hundredth_or_3_V);
  tcase_add_test(tests, the_link_is_compared_once_closed_for_500_ms);
  tcase_add_test(tests, runs_are_told_from_their_last_count_on);
  tcase_add_test(tests, the_low_range_ends_at_72_A);
  tcase_add_test(tests, the_ranges_may_differ_by_9_5_A);
  tcase_add_test(tests, sensors_are_right_up_to_their_ends);
  tcase_add_test(tests, charge_and_discharge_begin_beyond_2_A);
  tcase_add_test(tests, a_group_comes_from_two_channels_if_both_show_something);
  tcase_add_test(tests, a_pair_at_0_counts_after_the_currents_that_would_lift_it);
  tcase_add_test(tests, two_scans_of_a_broken_tap_say_the_same);
  tcase_add_test(tests, the_first_of_equals_is_named);
  tcase_add_test(tests, the_hottest_and_the_coldest_module_are_named);
  tcase_add_test(tests, the_least_of_three_rises_is_shown);
  tcase_add_test(tests, the_walk_ends_with_the_last_row);
  suite_add_tcase(suite, tests);
  return suite;
}
