/// Edges of the open-wire rules: each bound is tried at its last value inside, its first outside.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/openwire.h"
#include "../ecu_model/core/suspicion.h"
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

static void setup(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
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

/* --- open wires: suspicion ------------------------------------------------------------------ */

static uint32_t pattern_of(uint32_t i, int32_t first, int32_t second, uint32_t pair) {
  int32_t deviation_raw[TOP + 1];
  memset(deviation_raw, 0, sizeof deviation_raw);
  deviation_raw[i] = first;
  deviation_raw[i + 1] = second;
  return suspicion_pattern(deviation_raw, TOP, pair);
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

/// Channels 5 and 6 part by amount each: input 5 floats.
static void part(uint32_t device, int32_t amount_raw) {
  uint16_t *code = bms.afe.cell_raw[AFE_READ_SCAN][device];
  code[4] = (uint16_t)(code[4] + amount_raw);
  code[5] = (uint16_t)(code[5] - amount_raw);
}

START_TEST(the_slow_mean_begins_with_the_first_scan) {
  set_scan(CELL_raw);
  bms.afe.believed[2] = ALL_REGISTERS - 1;
  suspicion_scan(&bms);
  uint32_t all = (1u << BMS_AFE_COUNT) - 1u;
  ck_assert_uint_eq(bms.openwire.reference_is_set, all & ~4u);
  ck_assert_uint_eq(bms.openwire.reference_raw[2][0], 0);
  ck_assert_mem_eq(bms.openwire.reference_raw[1], bms.afe.cell_raw[AFE_READ_SCAN][1],
                   sizeof bms.openwire.reference_raw[1]);
  ck_assert_uint_eq(bms.openwire.reference_raw[1][BMS_CHANNEL_COUNT - 1], CELL_raw);
  set_scan(CELL_raw + 3200); /* a step of all is no pattern; a 32nd of it goes into the mean */
  suspicion_scan(&bms);
  ck_assert_uint_eq(bms.openwire.reference_raw[1][0], CELL_raw + 100);
  ck_assert_uint_eq(bms.openwire.reference_raw[2][0], CELL_raw + 3200);
  ck_assert_uint_eq(bms.openwire.is_suspecting, 0);
}
END_TEST

START_TEST(suspicion_asks_for_a_test_and_lapses) {
  const uint32_t wire = pinout_module[DEVICE].first_wire + 5u;
  set_scan(CELL_raw);
  suspicion_scan(&bms);
  part(DEVICE, 400);
  suspicion_scan(&bms);
  ck_assert_uint_eq(bms.wire_state[wire], BMS_WIRE_OK);
  setup();
  set_scan(CELL_raw);
  suspicion_scan(&bms);
  bms.openwire.test_is_wanted = 0;
  bms.time_ms = 5000;
  part(DEVICE, 401);
  suspicion_scan(&bms);
  ck_assert_uint_eq(bms.wire_state[wire], BMS_WIRE_SUSPECT);
  ck_assert_uint_eq(bms.openwire.is_suspecting, 1);
  ck_assert_uint_eq(bms.openwire.test_is_wanted, 1);
  ck_assert_uint_eq(bms.openwire.suspect_ms, 5000);
  for (uint32_t i = 0; i < BMS_WIRE_COUNT; i++) {
    if (i != wire) ck_assert_uint_eq(bms.wire_state[i], BMS_WIRE_OK);
  }
  bms.time_ms = 5000 + bms.config.withhold_ms - 1;
  suspicion_scan(&bms);
  ck_assert_uint_eq(bms.wire_state[wire], BMS_WIRE_SUSPECT);
  bms.time_ms++;
  suspicion_scan(&bms);
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
    suspicion_scan(&bms);
    bms.openwire.hold_off_ms = hold_off_ms[i];
    part(DEVICE, 900);
    suspicion_scan(&bms);
    ck_assert_uint_eq(bms.openwire.hold_off_ms, left_ms[i]);
    ck_assert_uint_eq(bms.openwire.is_suspecting, left_ms[i] == 0);
  }
}
END_TEST

/// The pair channel moves with the joint, not with the cells: it is left out of what is common.
START_TEST(a_joint_does_not_hide_a_pattern) {
  set_scan(CELL_raw);
  suspicion_scan(&bms);
  part(DEVICE, 401);
  bms.afe.cell_raw[AFE_READ_SCAN][DEVICE][PAIR - 1] = 2800;
  suspicion_scan(&bms);
  ck_assert_uint_eq(bms.wire_state[pinout_module[DEVICE].first_wire + 5u], BMS_WIRE_SUSPECT);
}
END_TEST

static void scan_pair(uint32_t pair_raw, int32_t current_mA) {
  bms.afe.cell_raw[AFE_READ_SCAN][DEVICE][PAIR - 1] = (uint16_t)pair_raw;
  bms.meas.current_mA = current_mA;
  suspicion_scan(&bms);
}

/// Beyond 10 mV and what a charge current makes in the joint, in 50 scans, and after a test.
START_TEST(the_wires_of_a_pair_differ_to_the_count) {
  static const int32_t current_mA[] = {0, 4000, -3999, -4000, -40000};
  static const uint16_t allowed_raw[] = {100, 100, 100, 101, 110};
  uint32_t lower = pinout_module[DEVICE].first_wire + PAIR - 1u;
  for (uint32_t i = 0; i < 5; i++) {
    setup();
    set_scan(CELL_raw);
    scan_pair(allowed_raw[i], current_mA[i]);
    ck_assert_uint_eq(bms.openwire.pair_scans[DEVICE], 0);
    for (uint32_t scan = 1; scan <= 60; scan++) {
      scan_pair(allowed_raw[i] + 1u, current_mA[i]);
      ck_assert_uint_eq(bms.openwire.pair_scans[DEVICE], scan < 50 ? scan : 50);
      bms.openwire.conclusive_mask = 1u << DEVICE;
      ck_assert(!suspicion_pair_differs(&bms, DEVICE)); /* the test has not been yet */
      bms.openwire.test_done_count = bms.openwire.pair_test_number[DEVICE];
      ck_assert_int_eq(suspicion_pair_differs(&bms, DEVICE), scan >= 50);
      bms.openwire.test_done_count--;
    }
    for (uint32_t wire = lower - 1u; wire <= lower + 2u; wire++) {
      bms.wire_state[wire] = BMS_WIRE_OPEN;
      scan_pair(allowed_raw[i] + 1u, current_mA[i]);
      int is_of_pair = wire == lower || wire == lower + 1u;
      ck_assert_uint_eq(bms.openwire.pair_scans[DEVICE], is_of_pair ? 0 : 50);
      bms.wire_state[wire] = BMS_WIRE_OK;
      for (uint32_t scan = 0; scan < 50; scan++) scan_pair(allowed_raw[i] + 1u, current_mA[i]);
    }
  }
}
END_TEST

/* --- open wires: the judge ------------------------------------------------------------------ */

typedef struct {
  uint16_t up[TOP], down[TOP], before_up[TOP], before_down[TOP];
} readings_t;

static readings_t quiet(void) {
  readings_t r;
  for (uint32_t i = 0; i < TOP; i++) {
    r.up[i] = r.down[i] = r.before_up[i] = r.before_down[i] = CELL_raw;
  }
  return r;
}

static uint32_t judge(const readings_t *r) {
  const openwire_reads_t reads = {.up_raw = r->up,
                                  .down_raw = r->down,
                                  .before_up_raw = r->before_up,
                                  .before_down_raw = r->before_down,
                                  .top = TOP};
  return openwire_judge(&reads);
}

/// C(n) moves channels n and n + 1 by 2001 at least.
START_TEST(a_difference_counts_beyond_2000) {
  for (int32_t d = 2000; d <= 2001; d++) {
    readings_t r = quiet();
    r.up[0] = (uint16_t)(CELL_raw + d);
    ck_assert_uint_eq(judge(&r), d > 2000 ? 1u : 0u);
    for (uint32_t n = 1; n < TOP; n++) {
      r = quiet();
      r.up[n - 1] = CELL_raw + 3000;
      r.down[n] = (uint16_t)(CELL_raw + d);
      ck_assert_uint_eq(judge(&r), n == 1 ? (d > 2000 ? 2u : 1u) : d > 2000 ? 1u << n : 0u);
      r = quiet();
      r.up[n - 1] = (uint16_t)(CELL_raw + d);
      r.down[n] = CELL_raw + 3000;
      ck_assert_uint_eq(judge(&r), d > 2000 ? 1u << n : 0u);
    }
  }
}
END_TEST

/// A current step that all channels share is taken off, whichever way it went.
START_TEST(a_common_step_is_no_difference) {
  for (int32_t step = -1500; step <= 1500; step += 1500) {
    for (int32_t d = 2000; d <= 2001; d++) {
      readings_t r = quiet();
      for (uint32_t i = 0; i < TOP; i++) r.up[i] = (uint16_t)(CELL_raw + step);
      r.up[0] = (uint16_t)(r.up[0] + d);
      ck_assert_uint_eq(judge(&r), d > 2000 ? 1u : 0u);
    }
  }
}
END_TEST

/// The scans after the reads repeat a finding beyond 1000, with its sign and less what is common.
START_TEST(a_finding_is_repeated_beyond_1000) {
  uint16_t after_up[TOP], after_down[TOP];
  for (int32_t d = 1000; d <= 1001; d++) {
    for (uint32_t n = 0; n < TOP; n++) {
      readings_t r = quiet();
      const openwire_reads_t reads = {.up_raw = r.up,
                                      .down_raw = r.down,
                                      .before_up_raw = r.before_up,
                                      .before_down_raw = r.before_down,
                                      .after_up_raw = after_up,
                                      .after_down_raw = after_down,
                                      .top = TOP};
      for (uint32_t i = 0; i < TOP; i++) after_up[i] = CELL_raw + 700, after_down[i] = CELL_raw;
      if (n > 0) r.up[n - 1] = CELL_raw + 3000;
      if (n > 0) after_up[n - 1] = CELL_raw + 700 + 3000;
      *(n > 0 ? &r.down[n] : &r.up[n]) = CELL_raw + 3000;
      *(n > 0 ? &after_down[n] : &after_up[n]) = (uint16_t)(CELL_raw + (n > 0 ? 0 : 700) + d);
      uint32_t otherwise = n == 1 ? 1u : 0u; /* channel 1 rose alone */
      ck_assert_uint_eq(openwire_judge(&reads), d > 1000 ? 1u << n : otherwise);
    }
  }
}
END_TEST

/// What the scans before the reads show as well, within 300 either way, has really moved.
START_TEST(a_movement_is_explained_within_300) {
  enum { MOVED_raw = 2500 };
  for (int32_t d = 299; d <= 300; d++) {
    for (int32_t sign = -1; sign <= 1; sign += 2) {
      for (uint32_t down_too = 0; down_too < 2; down_too++) {
        readings_t r = quiet();
        r.up[0] = CELL_raw + MOVED_raw;
        r.before_up[0] = (uint16_t)(r.up[0] + (down_too ? 0 : sign * d));
        r.before_down[0] = (uint16_t)(r.down[0] + (down_too ? sign * d : 0));
        ck_assert_uint_eq(judge(&r), d < 300 ? 0u : 1u);
      }
    }
  }
}
END_TEST

START_TEST(a_device_without_channels_judges_nothing) {
  ck_assert_uint_eq(openwire_judged(0, 0), 0);
  ck_assert_uint_eq(openwire_judged(3, 0), 0xF);
}
END_TEST

/// A scan at the end of the range explains nothing: 500 and 56000 are its last right codes.
START_TEST(a_saturated_scan_is_no_witness) {
  static const uint16_t before_raw[] = {56000, 56001, 500, 499}, named[] = {0, 1, 0, 1};
  for (uint32_t i = 0; i < 4; i++) {
    readings_t r = quiet();
    r.up[0] = i < 2 ? 56000 : CELL_raw;
    r.before_up[0] = i < 2 ? before_raw[i] : CELL_raw;
    r.down[0] = r.before_down[0] = i < 2 ? CELL_raw : before_raw[i];
    ck_assert_msg(judge(&r) == named[i], "row %u", i);
  }
}
END_TEST

/// Input 4 lifts channel 4; channel 5 falls unseen, for it is saturated in one of the reads.
START_TEST(a_saturated_neighbour_may_hide_its_share) {
  for (uint32_t in_down = 0; in_down < 2; in_down++) {
    for (uint32_t code_raw = OPENWIRE_HIGH_raw; code_raw <= OPENWIRE_HIGH_raw + 1; code_raw++) {
      readings_t r = quiet();
      r.up[3] = CELL_raw + 4000;
      r.up[4] = r.down[4] = r.before_up[4] = r.before_down[4] = OPENWIRE_HIGH_raw;
      *(in_down ? &r.down[4] : &r.up[4]) = (uint16_t)code_raw;
      ck_assert_uint_eq(judge(&r), code_raw > OPENWIRE_HIGH_raw ? 1u << 4 : 0);
    }
  }
  for (uint32_t code_raw = OPENWIRE_LOW_raw - 1; code_raw <= OPENWIRE_LOW_raw; code_raw++) {
    readings_t r = quiet(); /* channel 5 falls, channel 4 stands at nothing */
    r.down[4] = CELL_raw + 4000;
    r.up[3] = r.down[3] = r.before_up[3] = r.before_down[3] = OPENWIRE_LOW_raw;
    r.up[3] = (uint16_t)code_raw;
    ck_assert_uint_eq(judge(&r), code_raw < OPENWIRE_LOW_raw ? 1u << 4 : 0);
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

/// A chip that keeps back one register is tested at once again, twelve times; then there is peace.
START_TEST(repeats_end_after_twelve) {
  setup();
  for (uint32_t test = 1; test <= 12; test++) {
    fill_test(1001);
    bms.afe.fresh[AFE_READ_UP][DEVICE] = ALL_REGISTERS - 2;
    openwire_evaluate(&bms);
    ck_assert_uint_eq(bms.openwire.test_is_wanted, test < 12);
    ck_assert_uint_eq(bms.openwire.again_count, test < 12 ? test : 0);
  }
}
END_TEST

START_TEST(a_finding_needs_right_scans_that_repeat_it) {
  static const uint8_t witness[] = {AFE_KEPT_BEFORE_UP, AFE_KEPT_AFTER_UP, AFE_KEPT_BEFORE_DOWN,
                                    AFE_READ_SCAN};
  const uint32_t wire = pinout_module[DEVICE].first_wire + 5u;
  for (uint32_t i = 0; i < 7; i++) {
    setup();
    int is_proven = i == 0 || i == 6;
    for (uint32_t test = 0; test < 2; test++) {
      fill_test(i == 1 ? 1000 : 1001);
      if (i >= 2 && i < 6)
        bms.afe.fresh[witness[i - 2]][DEVICE] = ALL_REGISTERS - 2; /* of channels 4..6 */
      if (i == 6) bms.afe.fresh[witness[0]][DEVICE] = ALL_REGISTERS - 8; /* of others */
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

Suite *test_suite(void) {
  Suite *suite = suite_create("core_openwire_edges");
  TCase *tests = tcase_create("open wire edges");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, pattern_of_an_inner_wire);
  tcase_add_test(tests, pattern_of_an_end_and_of_a_pair);
  tcase_add_test(tests, a_joint_does_not_hide_a_pattern);
  tcase_add_test(tests, the_wires_of_a_pair_differ_to_the_count);
  tcase_add_test(tests, a_difference_counts_beyond_2000);
  tcase_add_test(tests, a_common_step_is_no_difference);
  tcase_add_test(tests, a_finding_is_repeated_beyond_1000);
  tcase_add_test(tests, a_movement_is_explained_within_300);
  tcase_add_test(tests, a_device_without_channels_judges_nothing);
  tcase_add_test(tests, a_saturated_scan_is_no_witness);
  tcase_add_test(tests, a_saturated_neighbour_may_hide_its_share);
  tcase_add_test(tests, the_slow_mean_begins_with_the_first_scan);
  tcase_add_test(tests, suspicion_asks_for_a_test_and_lapses);
  tcase_add_test(tests, peace_after_a_suspicion_ends_to_the_ms);
  tcase_add_test(tests, repeats_end_after_twelve);
  tcase_add_test(tests, a_finding_needs_right_scans_that_repeat_it);
  tcase_add_test(tests, bias_between_35_and_65_percent_is_none);
  tcase_add_test(tests, a_test_is_due_to_the_ms_and_waits_for_late_thermistors);
  suite_add_tcase(suite, tests);
  return suite;
}
