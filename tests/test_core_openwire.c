/// Open wires: the judge on signatures, each wire named, no voltage DTC for artefacts, no alarms.
#include <check.h>

#include "../ecu_model/core/openwire.h"
#include "../ecu_model/core/suspicion.h"
#include "core_rig.h"
#include "thorough.h"

Suite *test_suite(void);

static rig_t rig;

enum { TOP = 15, PAIR = 8, CELL_raw = 37000 };

typedef struct {
  uint16_t up[TOP], down[TOP], before_up[TOP], before_down[TOP];
  openwire_reads_t reads;
} readings_t;

static readings_t healthy(void) {
  readings_t r;
  for (uint32_t i = 0; i < TOP; i++) {
    r.up[i] = r.down[i] = r.before_up[i] = r.before_down[i] = i + 1 == PAIR ? 0 : CELL_raw;
  }
  return r;
}

static uint32_t judge_without(readings_t *r, uint32_t unknown) {
  r->reads = (openwire_reads_t){.up_raw = r->up,
                                .down_raw = r->down,
                                .before_up_raw = r->before_up,
                                .before_down_raw = r->before_down,
                                .top = TOP,
                                .pair_channel = PAIR,
                                .unknown = unknown};
  return openwire_judge(&r->reads);
}

static uint32_t judge(readings_t *r) { return judge_without(r, 0); }

static void add(uint16_t *code, int32_t amount) {
  int32_t value = *code + amount;
  *code = (uint16_t)(value < 0 ? 0 : value > 57300 ? 57300 : value);
}

/// C(n) up by amount while the currents go up.
static void lift(readings_t *r, uint32_t n, int32_t amount) {
  if (n > 0) add(&r->up[n - 1], amount);
  if (n < TOP) add(&r->up[n], -amount);
}

START_TEST(healthy_inputs_are_not_blamed) {
  readings_t r = healthy();
  ck_assert_uint_eq(judge(&r), 0);
  for (uint32_t i = 0; i < TOP; i++) { /* a current step between the reads */
    if (i + 1 != PAIR) r.up[i] = (uint16_t)(r.up[i] - 4600);
  }
  ck_assert_uint_eq(judge(&r), 0);
}
END_TEST

START_TEST(each_inner_input_is_named) {
  if (_i % STEP_OF_LOOP != 0) return;
  readings_t r = healthy();
  uint32_t n = (uint32_t)_i;
  if (n == PAIR - 1)
    r.down[PAIR - 1] = 5000; /* lower wire of the pair: clipped upwards */
  else
    lift(&r, n, 11000);
  if (n == PAIR - 1) add(&r.up[n - 1], 11000);
  ck_assert_uint_eq(judge(&r), 1u << n);
}
END_TEST

START_TEST(inner_threshold_is_sharp) {
  readings_t r = healthy();
  lift(&r, 4, OPENWIRE_THRESHOLD_raw);
  ck_assert_uint_eq(judge(&r), 0);
  lift(&r, 4, 1);
  ck_assert_uint_eq(judge(&r), 1u << 4);
}
END_TEST

START_TEST(a_common_step_hides_no_end_wire) {
  readings_t r = healthy();
  for (uint32_t i = 0; i < TOP; i++) {
    if (i + 1 != PAIR) add(&r.up[i], -900);
  }
  add(&r.up[0], OPENWIRE_THRESHOLD_raw);
  ck_assert_uint_eq(judge(&r), 0);
  add(&r.up[0], 1);
  ck_assert_uint_eq(judge(&r), 1);
}
END_TEST

START_TEST(ends_are_named) {
  readings_t r = healthy();
  r.up[0] = 50000;
  r.down[0] = 0;
  ck_assert_uint_eq(judge(&r), 1u);
  r = healthy();
  r.up[TOP - 1] = 57300;
  r.down[TOP - 1] = 0;
  ck_assert_uint_eq(judge(&r), 1u << TOP);
  r.up[0] = 50000; /* both at once */
  r.down[0] = 0;
  ck_assert_uint_eq(judge(&r), 1u << TOP | 1u);
}
END_TEST

START_TEST(neighbours_are_named_as_a_run) {
  readings_t r = healthy();
  add(&r.up[3], 11000); /* C4, C5, C6 rise together */
  add(&r.up[6], -11000);
  ck_assert_uint_eq(judge(&r), 1u << 4 | 1u << 5 | 1u << 6);
  add(&r.up[0], 11000); /* and C0 */
  ck_assert_uint_eq(judge(&r), 1u | 1u << 4 | 1u << 5 | 1u << 6);
}
END_TEST

START_TEST(saturated_neighbour_ends_a_run) {
  readings_t r = healthy();
  r.up[3] = 5000; /* C4 hangs 0.6 V below C3 */
  r.down[3] = 0;
  r.before_up[3] = r.before_down[3] = 0;
  r.up[4] = r.down[4] = r.before_up[4] = r.before_down[4] = 57300;
  ck_assert_uint_eq(judge(&r), 1u << 4);
}
END_TEST

/// The channel below is beyond the range and hides its share.
START_TEST(saturated_channel_below_lets_the_one_above_speak) {
  readings_t r = healthy();
  r.up[3] = r.down[3] = r.before_up[3] = r.before_down[3] = 57300;
  add(&r.up[4], -5000);
  ck_assert_uint_eq(judge(&r), 1u << 4);
}
END_TEST

/// An input is judged by the channels next to it, an end by the two nearest.
START_TEST(judged_are_inputs_whose_channels_are_known) {
  ck_assert_uint_eq(openwire_judged(TOP, 0), 0xFFFF);
  ck_assert_uint_eq(openwire_judged(11, 0), 0x0FFF);
  ck_assert_uint_eq(openwire_judged(TOP, 0x7FFF), 0);
  for (uint32_t channel = 1; channel <= TOP; channel++) {
    uint32_t expected = 0xFFFF & ~(3u << (channel - 1u));
    if (channel == 2) expected &= ~1u;
    if (channel == TOP - 1) expected &= ~(1u << TOP);
    ck_assert_uint_eq(openwire_judged(TOP, 1u << (channel - 1u)), expected);
  }
}
END_TEST

START_TEST(unknown_channels_count_for_nothing) {
  readings_t r = healthy();
  lift(&r, 12, OPENWIRE_THRESHOLD_raw + 1);
  r.up[3] = r.up[4] = 57300; /* rubbish that would be a rise and shift what all have in common */
  r.down[3] = r.down[4] = 0;
  ck_assert_uint_eq(judge_without(&r, 3u << 3), 1u << 12);
  r = healthy();
  r.up[3] = r.down[3] = r.before_up[3] = r.before_down[3] = 57300;
  add(&r.up[4], -5000); /* what is unknown is no saturated neighbour */
  ck_assert_uint_eq(judge(&r), 1u << 4);
  ck_assert_uint_eq(judge_without(&r, 1u << 3), 0);
}
END_TEST

START_TEST(no_run_passes_an_unknown_channel) {
  readings_t r = healthy();
  add(&r.up[3], 11000);
  add(&r.up[6], -11000);
  ck_assert_uint_eq(judge_without(&r, 1u << 4), 0);
  r = healthy();
  add(&r.up[0], 11000); /* C0: nothing falls after it */
  ck_assert_uint_eq(judge(&r), 1u);
  ck_assert_uint_eq(judge_without(&r, 1u << 1), 0);
  ck_assert_uint_eq(judge_without(&r, 1u << 2), 1u);
  ck_assert_uint_eq(judge_without(&r, 7u << 9), 1u);
  lift(&r, 12, 11000);
  ck_assert_uint_eq(judge_without(&r, 7u << 6), 1u | 1u << 12);
}
END_TEST

/// What the reads show has to be in the scans after them, with the same sign and beyond 0.1 V.
START_TEST(scans_after_the_reads_are_witnesses) {
  readings_t r = healthy();
  uint16_t after_up[TOP], after_down[TOP];
  lift(&r, 4, 11000);
  ck_assert_uint_eq(judge(&r), 1u << 4);
  r.reads.after_up_raw = after_up;
  r.reads.after_down_raw = after_down;
  for (int32_t common = -3000; common <= 3000; common += 3000) { /* a current step in between */
    for (uint32_t i = 0; i < TOP; i++) {
      int32_t moved = i + 1 == PAIR ? 0 : common;
      after_down[i] = r.down[i];
      after_up[i] = (uint16_t)((int32_t)r.down[i] + moved);
    }
    ck_assert_uint_eq(openwire_judge(&r.reads), 0);
    after_up[3] = (uint16_t)(after_up[3] + OPENWIRE_REPEATED_raw);
    after_up[4] = (uint16_t)(after_up[4] - OPENWIRE_REPEATED_raw);
    ck_assert_uint_eq(openwire_judge(&r.reads), 0);
    after_up[3]++;
    after_up[4]--;
    ck_assert_uint_eq(openwire_judge(&r.reads), 1u << 4);
  }
}
END_TEST

START_TEST(a_group_that_really_moved_is_no_evidence) {
  for (uint32_t i = 0; i < TOP; i++) {
    readings_t r = healthy();
    if (i + 1 == PAIR) continue;
    r.up[i] = r.before_up[i] = 44000;
    ck_assert_uint_eq(judge(&r), 0);
    r.up[i] = r.before_up[i] = 30000;
    ck_assert_uint_eq(judge(&r), 0);
    r.before_up[i] = CELL_raw; /* seen by the test alone: still only one channel */
    ck_assert_uint_eq(judge(&r), 0);
  }
}
END_TEST

START_TEST(pattern_needs_both_signs_and_their_sum) {
  int32_t deviation[TOP] = {0};
  deviation[4] = 450;
  deviation[5] = -450;
  ck_assert_uint_eq(suspicion_pattern(deviation, TOP, PAIR), 1u << 5);
  deviation[5] = -700;
  ck_assert_uint_eq(suspicion_pattern(deviation, TOP, PAIR), 0);
  deviation[5] = 450;
  ck_assert_uint_eq(suspicion_pattern(deviation, TOP, PAIR), 0);
  deviation[4] = deviation[5] = 0;
  deviation[0] = -601;
  ck_assert_uint_eq(suspicion_pattern(deviation, TOP, PAIR), 1u);
  deviation[0] = 600;
  ck_assert_uint_eq(suspicion_pattern(deviation, TOP, PAIR), 0);
  deviation[PAIR - 2] = 700; /* group below the joint: its upper wire may float */
  ck_assert_uint_eq(suspicion_pattern(deviation, TOP, PAIR), 1u << (PAIR - 1));
}
END_TEST

/* --- through the whole core ------------------------------------------------------------------ */

static void spread(rig_t *r) {
  for (uint32_t g = 0; g < PINOUT_GROUP_COUNT; g++) {
    r->group_raw[g] += (int32_t)(rig_random(r) % 400) - 200;
  }
  r->noise_raw = 22;
}

static uint32_t expected_dtc(uint32_t wire) {
  return pinout_wire[wire].pair_wire == PINOUT_NONE ? DTC_OPEN_WIRE : DTC_OPEN_WIRE_REDUNDANT;
}

static void check_only(const rig_t *r, uint32_t dtc, uint32_t wire) {
  ck_assert_uint_eq(r->bms.dtc[dtc].is_active, 1);
  ck_assert_uint_eq(r->bms.dtc[dtc].location, wire);
  for (uint32_t i = 0; i < DTC_COUNT; i++) {
    if (i != dtc) ck_assert_msg(r->bms.dtc[i].occurrence_count == 0, "wire %u dtc %u", wire, i);
  }
}

static const int32_t drift_raw[] = {10, -10, 1, 0};

START_TEST(every_wire_is_named_in_standby) {
  _i *= STEP_OF_LOOP;
  static rig_t start;
  rig_init(&start);
  spread(&start);
  rig_run(&start, 500);
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    rig = start;
    rig_run(&rig, wire * 7 % 100);
    rig.drift_raw = drift_raw[_i];
    rig.wire_is_open[wire] = 1;
    uint32_t dtc = expected_dtc(wire), ms = 0;
    while (!rig.bms.dtc[dtc].is_active && ms++ < 1000) rig_tick(&rig);
    ck_assert_uint_le(ms, 800);
    check_only(&rig, dtc, wire);
    if (wire % 4 != (uint32_t)_i) continue;
    rig.request = SM_REQUEST_DRIVE;
    rig_run(&rig, 400);
    int may_close = dtc == DTC_OPEN_WIRE_REDUNDANT;
    ck_assert_int_eq(rig.bms.state != BMS_STATE_STANDBY, may_close);
    check_only(&rig, dtc, wire);
  }
}
END_TEST

START_TEST(every_wire_is_named_while_driving) {
  _i *= STEP_OF_LOOP;
  static rig_t start;
  rig_init(&start);
  spread(&start);
  ck_assert(rig_close(&start, SM_REQUEST_DRIVE));
  rig_run(&start, 500);
  for (uint32_t wire = (uint32_t)_i; wire < BMS_WIRE_COUNT; wire += 4) {
    rig = start;
    rig.drift_raw = drift_raw[wire / 4 % 4];
    rig.wire_is_open[wire] = 1;
    uint32_t dtc = expected_dtc(wire), ms = 0;
    while (!rig.bms.dtc[dtc].is_active && ms++ < 5000) rig_tick(&rig);
    ck_assert_uint_le(ms, 4000);
    check_only(&rig, dtc, wire);
    ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
  }
}
END_TEST

START_TEST(broken_wire_shuts_the_limits_then_opens) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 4000);
  int32_t before_mA = rig.bms.limit.discharge_mA;
  ck_assert_int_gt(before_mA, 200000);
  rig.wire_is_open[5] = 1;
  while (!rig.bms.dtc[DTC_OPEN_WIRE].is_active) rig_tick(&rig);
  rig_run(&rig, 4500);
  ck_assert_int_lt(rig.bms.limit.discharge_mA, before_mA * 6 / 10);
  ck_assert_int_gt(rig.bms.limit.discharge_mA, before_mA * 4 / 10);
  ck_assert(rig_main_is_on(&rig));
  uint32_t ms = rig_until_open(&rig, 6000);
  ck_assert_uint_le(ms, 5500);
  ck_assert_int_eq(rig.bms.limit.discharge_mA, 0);
  rig_run(&rig, 200);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
}
END_TEST

static uint32_t group_of(uint32_t wire) {
  return pinout_wire[wire].section ? pinout_wire[wire].group_above : pinout_wire[wire].group_below;
}

/// One wire of a doubled tap: the group keeps its value, from two channels, for good.
START_TEST(doubled_tap_keeps_its_group) {
  _i *= STEP_OF_LOOP;
  uint32_t wire = (uint32_t)_i;
  if (pinout_wire[wire].pair_wire == PINOUT_NONE) return;
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.drift_raw = wire % 2 ? 10 : -10;
  rig.wire_is_open[wire] = 1;
  uint32_t group = group_of(wire);
  while (!rig.bms.dtc[DTC_OPEN_WIRE_REDUNDANT].is_active) rig_tick(&rig);
  rig_run(&rig, 100);
  for (uint32_t i = 0; i < 5000; i++) {
    rig_tick(&rig);
    ck_assert_uint_le(rig.bms.meas.group_quality[group], BMS_QUALITY_STALE);
    ck_assert_uint_ge(rig.bms.meas.group_mV[group], 3697);
    ck_assert_uint_le(rig.bms.meas.group_mV[group], 3703);
  }
  check_only(&rig, DTC_OPEN_WIRE_REDUNDANT, wire);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
  rig.group_raw[group] = 43100; /* and still protects it */
  ck_assert_uint_le(rig_until_open(&rig, 200), 150);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].location, group);
}
END_TEST

static void break_and_mend(uint32_t wire) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.drift_raw = wire % 2 ? 10 : -10;
  rig.wire_is_open[wire] = 1;
  while (!rig.bms.dtc[DTC_OPEN_WIRE_REDUNDANT].is_active) rig_tick(&rig);
  rig_run(&rig, 100 + wire);
  rig.wire_is_open[wire] = 0;
}

/// It mends: the group keeps its value and the contactors stay closed. Where the group leaves its
/// limits just then they open all the same.
START_TEST(a_mended_tap_keeps_and_protects_its_group) {
  _i *= STEP_OF_LOOP;
  uint32_t wire = (uint32_t)_i, group = group_of(wire);
  if (pinout_wire[wire].pair_wire == PINOUT_NONE) return;
  for (uint32_t after_ms = 0; after_ms < 400; after_ms += 23) {
    break_and_mend(wire);
    for (uint32_t i = 0; i < after_ms; i++) {
      rig_tick(&rig);
      ck_assert_uint_ge(rig.bms.meas.group_mV[group], 3697);
      ck_assert_uint_le(rig.bms.meas.group_mV[group], 3703);
      ck_assert_uint_eq(rig.bms.dtc[DTC_GROUP_LOST].is_active, 0);
    }
    ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
    int is_high = after_ms / 23 % 2 == 0;
    rig.group_raw[group] = is_high ? 43100 : 20000;
    ck_assert_uint_le(rig_until_open(&rig, 200), 100);
    ck_assert_uint_eq(rig.bms.dtc[is_high ? DTC_CELL_OVERVOLTAGE : DTC_CELL_UNDERVOLTAGE].location,
                      group);
  }
}
END_TEST

/// White noise of 10 mV RMS in each reading: a bad joint is not suspected, and even tests without a
/// pause, in which each reading is alone, lose no group.
START_TEST(noise_of_10_mV_loses_no_group) {
  _i *= STEP_OF_LOOP;
  rig_init(&rig);
  rig.noise_raw = 173; /* uniform */
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  uint32_t test_count = rig.bms.openwire.test_begun_count, longest_ms = 0, lost_ms = 0;
  rig_run(&rig, 10000);
  ck_assert_uint_le(rig.bms.openwire.test_begun_count - test_count, 3);
  for (uint32_t i = 0; i < 20000; i++) {
    if (_i == 1) rig.bms.openwire.test_is_wanted = 1;
    rig_tick(&rig);
    lost_ms = rig.bms.meas.group_sum_mV == 0 ? lost_ms + 1 : 0;
    if (lost_ms > longest_ms) longest_ms = lost_ms;
  }
  ck_assert_uint_le(longest_ms, 40);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
}
END_TEST

START_TEST(both_wires_of_a_tap_are_a_fault) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  uint32_t lower = 20;
  ck_assert_uint_eq(pinout_wire[lower].pair_wire, lower + 1);
  rig.wire_is_open[lower] = rig.wire_is_open[lower + 1] = 1;
  rig_run(&rig, 1000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].location, lower);
  ck_assert_uint_eq(rig.bms.meas.valid_group_count, 94);
}
END_TEST

START_TEST(lost_currents_and_bit_flips_never_blame_a_wire) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  for (uint32_t i = 0; i < 400; i++) {
    rig.flip_read_at = rig.read_count + 1 + rig_random(&rig) % 10;
    rig.flip_bit = rig_random(&rig) % 512;
    if (i % 7 == 0) rig.drop_conversions = 1;
    rig_run(&rig, 10);
  }
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++) {
    ck_assert_uint_ne(rig.bms.wire_state[wire], BMS_WIRE_OPEN);
  }
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

START_TEST(mended_wire_heals_after_three_tests) {
  rig_init(&rig);
  rig.wire_is_open[60] = 1;
  rig_run(&rig, 1500);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].is_active, 1);
  rig.wire_is_open[60] = 0;
  rig_run(&rig, 1300);
  ck_assert_uint_eq(rig.bms.wire_state[60], BMS_WIRE_OPEN);
  rig_run(&rig, 3500);
  ck_assert_uint_eq(rig.bms.wire_state[60], BMS_WIRE_OK);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].is_active, 0);
  ck_assert_uint_eq(rig.bms.meas.valid_group_count, 96);
}
END_TEST

/// An open tap that has drifted out of the chip's range moves nothing any more: that is no mending.
START_TEST(a_wire_out_of_sight_does_not_heal) {
  _i *= STEP_OF_LOOP;
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  uint32_t wire = 20;
  rig.wire_is_open[wire] = rig.wire_is_open[wire + 1] = 1;
  rig.drift_raw = _i == 0 ? 30 : -30;
  rig_run(&rig, 12000);
  ck_assert_uint_eq(rig.bms.wire_state[wire], BMS_WIRE_OPEN);
  ck_assert_uint_eq(rig.bms.wire_state[wire + 1], BMS_WIRE_OPEN);
  ck_assert_uint_eq(rig.bms.meas.valid_group_count, 94);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_UNDERVOLTAGE].occurrence_count, 0);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CELL_OVERVOLTAGE].occurrence_count, 0);
  rig.wire_is_open[wire] = rig.wire_is_open[wire + 1] = 0;
  rig_run(&rig, 5000);
  ck_assert_uint_eq(rig.bms.wire_state[wire], BMS_WIRE_OK);
  ck_assert_uint_eq(rig.bms.meas.valid_group_count, 96);
}
END_TEST

/// Without noise, and yet no chip that stands still: 0.1 mV to and fro.
static void run_moving(uint32_t ms) {
  for (uint32_t i = 0; i < ms; i++) {
    for (uint32_t m = 0; m < BMS_AFE_COUNT && i % 20 == 0; m++) {
      rig.group_raw[pinout_module[m].first_group] ^= 1;
    }
    rig_tick(&rig);
  }
}

/// Wires of a doubled tap that differ though both are whole: at -1, 0, +1 LSB of 10 mV and 25 uohm.
START_TEST(a_bad_joint_is_told_while_it_can_be_seen) {
  _i *= STEP_OF_LOOP;
  uint32_t module = (uint32_t)_i, pair = pinout_module[module].pair_channel;
  rig_init(&rig);
  rig.noise_raw = 0;
  ck_assert(rig_close(&rig, SM_REQUEST_CHARGE));
  rig.current_mA = -100500;
  rig.joint_raw[module] = 125;
  run_moving(3000);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  rig.joint_raw[module] = 126;
  run_moving(480);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  run_moving(100);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE_REDUNDANT].is_active, pair != 0);
  if (pair == 0) return;
  check_only(&rig, DTC_OPEN_WIRE_REDUNDANT, pinout_module[module].first_wire + pair - 1);
  rig.current_mA = 50000; /* discharging: 10 mV */
  rig.joint_raw[module] = 100;
  run_moving(1100);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE_REDUNDANT].is_active, 0);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_CHARGE);
}
END_TEST

/// A bad contact of some kohm forgets the current before the next scan: no scan is a witness. Two
/// tests in a row that name the same wire do, one right after the other.
START_TEST(a_wire_that_forgets_is_named_by_the_second_test) {
  if (_i % STEP_OF_LOOP != 0) return;
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 300);
  rig.open_is_leaky = 1;
  rig.wire_is_open[_i] = 1;
  uint32_t tests = rig.bms.openwire.test_done_count, first_ms = 0, ms = 0;
  for (; ms < 1500 && !rig.bms.dtc[DTC_OPEN_WIRE].is_active; ms++) {
    rig_tick(&rig);
    if (rig.bms.openwire.test_done_count == tests + 1 && first_ms == 0) first_ms = ms;
  }
  check_only(&rig, DTC_OPEN_WIRE, (uint32_t)_i);
  ck_assert_uint_eq(rig.bms.openwire.test_done_count, tests + 2);
  ck_assert_uint_le(ms - first_ms, 60);
}
END_TEST

/// Three wires of one connector (M1, all on D) are the connector: none of its groups has a value,
/// and nothing of it bleeds.
START_TEST(three_wires_of_a_connector_take_its_groups_along) {
  rig_init(&rig);
  rig_run(&rig, 3000);
  rig.bms.afe.bleed_mask[0] = 1u << 9;
  rig.wire_is_open[2] = rig.wire_is_open[5] = rig.wire_is_open[9] = 1;
  rig_run(&rig, 3000);
  ck_assert_uint_ne(rig.bms.openwire.lost_connectors, 0);
  ck_assert_uint_eq(rig.bms.dtc[DTC_SENSE_CONNECTOR_LOST].is_active, 1);
  for (uint32_t group = 0; group < 14; group++)
    ck_assert_uint_ge(rig.bms.meas.group_quality[group], BMS_QUALITY_INVALID);
  ck_assert_uint_eq(rig.bms.afe.bleed_mask[0], 0);
}
END_TEST

/// Wild current, all groups together: suspicion may come and go, nothing else.
START_TEST(current_steps_raise_no_alarm) {
  rig_init(&rig);
  spread(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  for (uint32_t i = 0; i < 3000; i++) {
    if (i % 90 < 65 && i % 3 == 0) { /* a pause, so that sum and pack are seen to agree */
      int32_t drop_raw = (int32_t)(rig_random(&rig) % 2400) - 600;
      for (uint32_t g = 0; g < PINOUT_GROUP_COUNT; g++) {
        rig.group_raw[g] =
            CELL_raw - drop_raw - (int32_t)(g * 13 % 40) - drop_raw * (int32_t)(g % 5) / 50;
      }
      rig.current_mA = drop_raw * 150;
      rig.pack_mV = 0;
      for (uint32_t g = 0; g < PINOUT_GROUP_COUNT; g++) rig.pack_mV += rig.group_raw[g] / 10;
    }
    rig_tick(&rig);
  }
  rig.bms.dtc[DTC_PACK_VOLTAGE_IMPLAUSIBLE].occurrence_count = 0; /* the sum is some ms older */
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_DRIVE);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_openwire");
  TCase *tests = tcase_create("openwire");
  tcase_set_timeout(tests, 30);
  tcase_add_test(tests, healthy_inputs_are_not_blamed);
  tcase_add_loop_test(tests, each_inner_input_is_named, 1, TOP);
  tcase_add_test(tests, inner_threshold_is_sharp);
  tcase_add_test(tests, a_common_step_hides_no_end_wire);
  tcase_add_test(tests, ends_are_named);
  tcase_add_test(tests, neighbours_are_named_as_a_run);
  tcase_add_test(tests, saturated_neighbour_ends_a_run);
  tcase_add_test(tests, saturated_channel_below_lets_the_one_above_speak);
  tcase_add_test(tests, judged_are_inputs_whose_channels_are_known);
  tcase_add_test(tests, unknown_channels_count_for_nothing);
  tcase_add_test(tests, no_run_passes_an_unknown_channel);
  tcase_add_test(tests, scans_after_the_reads_are_witnesses);
  tcase_add_test(tests, a_group_that_really_moved_is_no_evidence);
  tcase_add_test(tests, pattern_needs_both_signs_and_their_sum);
  tcase_add_loop_test(tests, every_wire_is_named_in_standby, 0, LOOP_END(4));
  tcase_add_loop_test(tests, every_wire_is_named_while_driving, 0, LOOP_END(4));
  tcase_add_test(tests, broken_wire_shuts_the_limits_then_opens);
  tcase_add_loop_test(tests, doubled_tap_keeps_its_group, 0, LOOP_END(BMS_WIRE_COUNT));
  tcase_add_loop_test(tests, a_mended_tap_keeps_and_protects_its_group, 0,
                      LOOP_END(BMS_WIRE_COUNT));
  tcase_add_loop_test(tests, noise_of_10_mV_loses_no_group, 0, LOOP_END(2));
  tcase_add_test(tests, both_wires_of_a_tap_are_a_fault);
  tcase_add_test(tests, lost_currents_and_bit_flips_never_blame_a_wire);
  tcase_add_test(tests, mended_wire_heals_after_three_tests);
  tcase_add_loop_test(tests, a_wire_out_of_sight_does_not_heal, 0, LOOP_END(2));
  tcase_add_loop_test(tests, a_bad_joint_is_told_while_it_can_be_seen, 0, LOOP_END(BMS_AFE_COUNT));
  tcase_add_loop_test(tests, a_wire_that_forgets_is_named_by_the_second_test, 3, 6);
  tcase_add_test(tests, three_wires_of_a_connector_take_its_groups_along);
  tcase_add_test(tests, current_steps_raise_no_alarm);
  suite_add_tcase(suite, tests);
  return suite;
}
