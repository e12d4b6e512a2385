/// Edges of the core's rules: each bound is tried at its last value inside and its first outside.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/contactor.h"
#include "../ecu_model/core/diag.h"
#include "../ecu_model/core/meas.h"
#include "../ecu_model/core/openwire.h"
#include "../ecu_model/core/pec15.h"
#include "../ecu_model/gen/pinout.h"

Suite *test_suite(void);

enum {
  TOP = 15,
  PAIR = 8,
  CELL_raw = 37000,
  DEVICE = 3,
  ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1
};

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

/* --- open wires: suspicion ------------------------------------------------------------------ */

static uint32_t pattern_of(uint32_t i, int32_t first, int32_t second, uint32_t pair) {
  int32_t deviation_raw[TOP + 1];
  memset(deviation_raw, 0, sizeof deviation_raw);
  deviation_raw[i] = first;
  deviation_raw[i + 1] = second;
  return openwire_pattern(deviation_raw, TOP, pair);
}

START_TEST(pattern_of_an_inner_wire) {
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    for (uint32_t n = 1; n < TOP; n++) {
      ck_assert_uint_eq(pattern_of(n - 1, sign * 401, sign * -401, PAIR), 1u << n);
      ck_assert_uint_eq(pattern_of(n - 1, sign * 400, sign * -401, PAIR), 0);
      ck_assert_uint_eq(pattern_of(n - 1, sign * 401, sign * -400, PAIR), 0);
      ck_assert_uint_eq(pattern_of(n - 1, sign * 401, sign * 401, PAIR), 0);
    }
    ck_assert_uint_eq(pattern_of(3, sign * 401, sign * -601, PAIR), 1u << 4);
    ck_assert_uint_eq(pattern_of(3, sign * 401, sign * -602, PAIR), 0);
    ck_assert_uint_eq(pattern_of(3, sign * 601, sign * -401, PAIR), 1u << 4);
    ck_assert_uint_eq(pattern_of(3, sign * 602, sign * -401, PAIR), 0);
  }
}
END_TEST

START_TEST(pattern_of_an_end_and_of_a_pair) {
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    ck_assert_uint_eq(pattern_of(0, sign * 600, 0, PAIR), 0);
    ck_assert_uint_eq(pattern_of(0, sign * 601, 0, PAIR), 1u);
    ck_assert_uint_eq(pattern_of(TOP - 1, sign * 600, 0, PAIR), 0);
    ck_assert_uint_eq(pattern_of(TOP - 1, sign * 601, 0, PAIR), 1u << TOP);
    ck_assert_uint_eq(pattern_of(PAIR - 2, sign * 600, 0, PAIR), 0);
    ck_assert_uint_eq(pattern_of(PAIR - 2, sign * 601, 0, PAIR), 1u << (PAIR - 1));
    ck_assert_uint_eq(pattern_of(PAIR, sign * 600, 0, PAIR), 0);
    ck_assert_uint_eq(pattern_of(PAIR, sign * 601, 0, PAIR), 1u << PAIR);
    ck_assert_uint_eq(pattern_of(PAIR - 2, sign * 601, 0, 0), 0);
    ck_assert_uint_eq(pattern_of(PAIR, sign * 601, 0, 0), 0);
    ck_assert_uint_eq(pattern_of(3, sign * 9000, 0, PAIR), 0); /* no end: a cell of its own */
  }
}
END_TEST

static void set_scan(int32_t code_raw) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    bms.afe.believed[device] = ALL_REGISTERS;
    for (uint32_t i = 0; i < BMS_CHANNEL_COUNT; i++) {
      int is_pair = i + 1 == pinout_module[device].pair_channel;
      bms.afe.cell_raw[AFE_READ_SCAN][device][i] = (uint16_t)(is_pair ? 0 : code_raw);
    }
  }
}

/// Channels 5 and 6 part by amount each: input 5 floats.
static void part(uint32_t device, int32_t amount_raw) {
  uint16_t *code = bms.afe.cell_raw[AFE_READ_SCAN][device];
  code[4] = (uint16_t)(code[4] + amount_raw);
  code[5] = (uint16_t)(code[5] - amount_raw);
}

START_TEST(the_slow_mean_begins_with_the_first_scan) {
  set_scan(CELL_raw);
  bms.afe.believed[2] = ALL_REGISTERS - 1;
  openwire_scan(&bms);
  uint32_t all = (1u << BMS_AFE_COUNT) - 1u;
  ck_assert_uint_eq(bms.openwire.reference_is_set, all & ~4u);
  ck_assert_uint_eq(bms.openwire.reference_raw[2][0], 0);
  ck_assert_mem_eq(bms.openwire.reference_raw[1], bms.afe.cell_raw[AFE_READ_SCAN][1],
                   sizeof bms.openwire.reference_raw[1]);
  ck_assert_uint_eq(bms.openwire.reference_raw[1][BMS_CHANNEL_COUNT - 1], CELL_raw);
  set_scan(CELL_raw + 3200); /* a step of all is no pattern; a 32nd of it goes into the mean */
  openwire_scan(&bms);
  ck_assert_uint_eq(bms.openwire.reference_raw[1][0], CELL_raw + 100);
  ck_assert_uint_eq(bms.openwire.reference_raw[2][0], CELL_raw + 3200);
  ck_assert_uint_eq(bms.openwire.is_suspecting, 0);
}
END_TEST

START_TEST(suspicion_asks_for_a_test_and_lapses) {
  const uint32_t wire = pinout_module[DEVICE].first_wire + 5u;
  set_scan(CELL_raw);
  openwire_scan(&bms);
  part(DEVICE, 400);
  openwire_scan(&bms);
  ck_assert_uint_eq(bms.wire_state[wire], BMS_WIRE_OK);
  setup();
  set_scan(CELL_raw);
  openwire_scan(&bms);
  bms.openwire.test_is_wanted = 0;
  bms.time_ms = 5000;
  part(DEVICE, 401);
  openwire_scan(&bms);
  ck_assert_uint_eq(bms.wire_state[wire], BMS_WIRE_SUSPECT);
  ck_assert_uint_eq(bms.openwire.is_suspecting, 1);
  ck_assert_uint_eq(bms.openwire.test_is_wanted, 1);
  ck_assert_uint_eq(bms.openwire.suspect_ms, 5000);
  for (uint32_t i = 0; i < BMS_WIRE_COUNT; i++) {
    if (i != wire) ck_assert_uint_eq(bms.wire_state[i], BMS_WIRE_OK);
  }
  bms.time_ms = 5000 + bms.config.withhold_ms - 1;
  openwire_scan(&bms);
  ck_assert_uint_eq(bms.wire_state[wire], BMS_WIRE_SUSPECT);
  bms.time_ms++;
  openwire_scan(&bms);
  ck_assert_uint_eq(bms.wire_state[wire], BMS_WIRE_OK);
  ck_assert_uint_eq(bms.openwire.is_suspecting, 0);
  ck_assert_uint_eq(bms.openwire.hold_off_ms, 990);
}
END_TEST

/// 10 ms of the peace go with each scan; the scan in which it ends may suspect again.
START_TEST(peace_after_a_suspicion_ends_to_the_ms) {
  static const uint32_t hold_off_ms[] = {0, 5, 10, 11, 20}, left_ms[] = {0, 0, 0, 1, 10};
  for (uint32_t i = 0; i < 5; i++) {
    setup();
    set_scan(CELL_raw);
    openwire_scan(&bms);
    bms.openwire.hold_off_ms = hold_off_ms[i];
    part(DEVICE, 900);
    openwire_scan(&bms);
    ck_assert_uint_eq(bms.openwire.hold_off_ms, left_ms[i]);
    ck_assert_uint_eq(bms.openwire.is_suspecting, left_ms[i] == 0);
  }
}
END_TEST

/* --- open wires: the test ------------------------------------------------------------------- */

/// Reads of a test on DEVICE in which input 5 floats; the scans after them keep after_raw of it.
static void fill_test(int32_t after_raw) {
  static const uint8_t sets[] = {AFE_READ_UP, AFE_READ_DOWN, AFE_KEPT_BEFORE_UP, AFE_KEPT_AFTER_UP,
                                 AFE_KEPT_BEFORE_DOWN};
  set_scan(CELL_raw);
  for (uint32_t k = 0; k < sizeof sets; k++) {
    memcpy(bms.afe.cell_raw[sets[k]], bms.afe.cell_raw[AFE_READ_SCAN], sizeof bms.afe.cell_raw[0]);
    memset(bms.afe.fresh[sets[k]], ALL_REGISTERS, sizeof bms.afe.fresh[0]);
  }
  memset(bms.afe.fresh[AFE_READ_SCAN], ALL_REGISTERS, sizeof bms.afe.fresh[0]);
  bms.afe.cell_raw[AFE_READ_UP][DEVICE][4] += 5000;
  bms.afe.cell_raw[AFE_READ_UP][DEVICE][5] -= 5000;
  bms.afe.cell_raw[AFE_KEPT_AFTER_UP][DEVICE][4] = (uint16_t)(CELL_raw + after_raw);
  bms.afe.cell_raw[AFE_KEPT_AFTER_UP][DEVICE][5] = (uint16_t)(CELL_raw - after_raw);
  bms.openwire.judge_is_due = 1;
  bms.openwire.test_is_wanted = 0;
}

START_TEST(a_finding_needs_right_scans_that_repeat_it) {
  static const uint8_t witness[] = {AFE_KEPT_BEFORE_UP, AFE_KEPT_AFTER_UP, AFE_KEPT_BEFORE_DOWN,
                                    AFE_READ_SCAN};
  const uint32_t wire = pinout_module[DEVICE].first_wire + 5u;
  for (uint32_t i = 0; i < 6; i++) {
    setup();
    int is_proven = i == 0;
    for (uint32_t test = 0; test < 2; test++) {
      fill_test(i == 1 ? 1000 : 1001);
      if (i >= 2) bms.afe.fresh[witness[i - 2]][DEVICE] = ALL_REGISTERS - 4;
      openwire_evaluate(&bms);
      int is_open = is_proven || test == 1; /* two tests that say the same are proof as well */
      ck_assert_msg((bms.wire_state[wire] == BMS_WIRE_OPEN) == is_open, "row %u test %u", i, test);
      ck_assert_uint_eq(bms.openwire.test_is_wanted, !is_open);
      ck_assert_int_eq(bms.openwire.conclusive_mask >> DEVICE & 1, is_open);
      ck_assert_int_eq(bms.openwire.open_count, is_open);
    }
  }
}
END_TEST

/// The lower and the upper wire of a doubled tap: which current brings it back, if any.
START_TEST(bias_between_35_and_65_percent_is_none) {
  static const uint16_t pair_raw[] = {3499, 3500, 6500, 6501};
  static const uint8_t post[2][4] = {
      {AFE_POST_DOWN_TWICE, AFE_POST_NONE, AFE_POST_NONE, AFE_POST_UP_TWICE},
      {AFE_POST_UP_TWICE, AFE_POST_NONE, AFE_POST_NONE, AFE_POST_DOWN_TWICE}};
  uint32_t device = 0;
  while (pinout_module[device].pair_channel == 0) device++;
  uint32_t pair = pinout_module[device].pair_channel;
  for (uint32_t upper = 0; upper < 2; upper++) {
    for (uint32_t i = 0; i < 4; i++) {
      setup();
      set_scan(CELL_raw);
      bms.openwire.test_is_wanted = 0;
      bms.openwire.test_begun_count = 1;
      bms.openwire.redundant_open_count = 1;
      bms.wire_state[pinout_module[device].first_wire + pair - 1u + upper] = BMS_WIRE_OPEN;
      uint16_t *code = bms.afe.cell_raw[AFE_READ_SCAN][device];
      code[pair - 1] = pair_raw[i];
      code[upper ? pair : pair - 2] = (uint16_t)(10000 - pair_raw[i]);
      bms.afe.aux_age_cycles = 50;
      openwire_plan(&bms);
      ck_assert_msg(bms.afe.post == post[upper][i], "upper %u row %u", upper, i);
      ck_assert_uint_eq(bms.openwire.phase, OPENWIRE_IDLE);
    }
  }
}
END_TEST

START_TEST(a_test_is_due_to_the_ms_and_waits_for_late_thermistors) {
  static const uint8_t state[] = {BMS_STATE_STANDBY, BMS_STATE_DRIVE, BMS_STATE_CHARGE};
  for (uint32_t i = 0; i < 3; i++) {
    setup();
    bms.state = state[i];
    uint32_t period_ms = i == 0 ? bms.config.openwire_rest_ms : bms.config.openwire_closed_ms;
    bms.openwire.test_is_wanted = 0;
    bms.openwire.test_begun_count = 7;
    bms.openwire.last_test_ms = 4000;
    bms.time_ms = 4000 + period_ms - 1;
    bms.afe.aux_age_cycles = 0;
    openwire_plan(&bms);
    ck_assert_uint_eq(bms.openwire.phase, OPENWIRE_IDLE);
    bms.time_ms++;
    bms.afe.aux_age_cycles = 51;
    openwire_plan(&bms);
    ck_assert_uint_eq(bms.openwire.phase, OPENWIRE_IDLE);
    bms.afe.aux_age_cycles = 50;
    openwire_plan(&bms);
    ck_assert_uint_eq(bms.openwire.phase, OPENWIRE_UP_TWICE);
    ck_assert_uint_eq(bms.openwire.test_begun_count, 8);
    ck_assert_uint_eq(bms.afe.post, AFE_POST_UP_TWICE);
  }
}
END_TEST

/* --- measurement ---------------------------------------------------------------------------- */

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
  tcase_add_test(tests, pattern_of_an_inner_wire);
  tcase_add_test(tests, pattern_of_an_end_and_of_a_pair);
  tcase_add_test(tests, the_slow_mean_begins_with_the_first_scan);
  tcase_add_test(tests, suspicion_asks_for_a_test_and_lapses);
  tcase_add_test(tests, peace_after_a_suspicion_ends_to_the_ms);
  tcase_add_test(tests, a_finding_needs_right_scans_that_repeat_it);
  tcase_add_test(tests, bias_between_35_and_65_percent_is_none);
  tcase_add_test(tests, a_test_is_due_to_the_ms_and_waits_for_late_thermistors);
  tcase_add_test(tests, zero_of_the_high_range_is_learnt);
  tcase_add_test(tests, groups_beside_a_suspected_wire_are_suspect);
  tcase_add_test(tests, codes_that_stand_are_stuck_after_a_second);
  tcase_add_test(tests, a_lone_thermistor_reading_moves_by_300_at_most);
  tcase_add_test(tests, voltages_may_differ_by_a_hundredth_or_3_V);
  tcase_add_test(tests, the_link_is_compared_once_closed_for_500_ms);
  tcase_add_test(tests, runs_are_told_from_their_last_count_on);
  tcase_add_test(tests, the_walk_ends_with_the_last_row);
  suite_add_tcase(suite, tests);
  return suite;
}
