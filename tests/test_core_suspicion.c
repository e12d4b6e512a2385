/// Suspicion of a broken wire, scan by scan: every input of every AFE, under any step of the load.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/openwire.h"
#include "../ecu_model/core/suspicion.h"
#include "../ecu_model/gen/pinout.h"

Suite *test_suite(void);

enum { CELL_raw = 37000, DEVICE = 3, OTHER = 5, ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1 };

static bms_t bms;

/// Every cell at 3.7 V, and a slow mean that says so.
static void setup(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    bms.afe.believed[device] = ALL_REGISTERS;
    for (uint32_t i = 0; i < pinout_module[device].top_channel; i++) {
      int is_pair = i + 1u == pinout_module[device].pair_channel;
      bms.afe.cell_raw[AFE_READ_SCAN][device][i] = is_pair ? 0 : CELL_raw;
    }
  }
  suspicion_scan(&bms);
  bms.openwire.test_is_wanted = 0;
}

static void move(uint32_t device, uint32_t channel, int32_t by_raw) {
  uint16_t *code = &bms.afe.cell_raw[AFE_READ_SCAN][device][channel - 1u];
  *code = (uint16_t)(*code + by_raw);
}

static int is_cell(uint32_t device, uint32_t channel) {
  const pinout_module_t *module = &pinout_module[device];
  return channel >= 1 && channel <= module->top_channel && channel != module->pair_channel;
}

static uint32_t wire_of(uint32_t device, uint32_t input) {
  return pinout_module[device].first_wire + input;
}

static uint32_t suspect_count(void) {
  uint32_t count = 0;
  for (uint32_t wire = 0; wire < BMS_WIRE_COUNT; wire++)
    count += bms.wire_state[wire] == BMS_WIRE_SUSPECT;
  return count;
}

/// Cells of a device that take up, by half of it each, what one channel alone has moved: the mean
/// of all stays where it is, and none of them moves enough to be suspect itself.
static void balance(uint32_t device, int32_t by_raw, uint32_t not_channel) {
  int32_t left_raw = -by_raw;
  for (uint32_t channel = 1; left_raw != 0; channel++) {
    if (!is_cell(device, channel) || channel == not_channel) continue;
    int32_t share_raw = left_raw == -by_raw ? left_raw / 2 : left_raw;
    move(device, channel, share_raw);
    left_raw -= share_raw;
  }
}

/// The potential of an input moves: the channel below it wins what the one above it loses. The chip
/// reads a pair channel below 0 as 0.
static void float_input(uint32_t device, uint32_t input, int32_t by_raw) {
  const pinout_module_t *module = &pinout_module[device];
  uint32_t below = input, above = input + 1u;
  int32_t cells_raw = 0;
  if (below == module->pair_channel && by_raw < 0) below = 0;
  if (above == module->pair_channel && by_raw > 0) above = 0;
  if (below >= 1) move(device, below, by_raw);
  if (above >= 1 && above <= module->top_channel) move(device, above, -by_raw);
  if (is_cell(device, below)) cells_raw += by_raw;
  if (is_cell(device, above)) cells_raw -= by_raw;
  if (cells_raw != 0) balance(device, cells_raw, is_cell(device, below) ? below : above);
}

/// 60 mV where one channel shows it, 40 mV where two do.
static int32_t limit_of(uint32_t device, uint32_t input, int is_rise) {
  const pinout_module_t *module = &pinout_module[device];
  uint32_t pair = module->pair_channel;
  if (input == 0 || input == module->top_channel) return SUSPICION_END_raw;
  if (pair != 0 && input == pair - 1u && is_rise) return SUSPICION_END_raw;
  if (pair != 0 && input == pair && !is_rise) return SUSPICION_END_raw;
  return SUSPICION_PATTERN_raw;
}

static void step_of_all(uint32_t device, int32_t by_raw) {
  for (uint32_t channel = 1; channel <= pinout_module[device].top_channel; channel++) {
    if (is_cell(device, channel)) move(device, channel, by_raw);
  }
}

/// Whichever way it floats, whatever the load does at that moment: this wire and no other.
START_TEST(every_wire_is_suspected_from_its_limit_on) {
  static const int32_t step_raw[] = {-3000, -700, 0, 700, 3000};
  const uint32_t device = (uint32_t)_i;
  for (uint32_t input = 0; input < pinout_module[device].wire_count; input++) {
    for (uint32_t i = 0; i < 5 * 4; i++) {
      const int is_rise = (int)(i & 1u), is_beyond = (int)(i >> 1 & 1u);
      const int32_t by_raw = limit_of(device, input, is_rise) + is_beyond;
      setup();
      step_of_all(device, step_raw[i / 4]);
      float_input(device, input, is_rise ? by_raw : -by_raw);
      suspicion_scan(&bms);
      ck_assert_msg(suspect_count() == (uint32_t)is_beyond, "input %u row %u", input, i);
      ck_assert_int_eq(bms.wire_state[wire_of(device, input)] == BMS_WIRE_SUSPECT, is_beyond);
      ck_assert_int_eq(bms.openwire.test_is_wanted, is_beyond);
    }
  }
}
END_TEST

/// A short circuit pulls all cells down at once, a cell may be weak: no wire is to blame.
START_TEST(what_cells_do_is_no_suspicion) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    for (int32_t step_raw = -9000; step_raw <= 9000; step_raw += 4500) {
      setup();
      for (uint32_t other = 0; other < BMS_AFE_COUNT; other++) step_of_all(other, step_raw);
      move(device, 3, step_raw / 2); /* beside neither an end nor the doubled tap */
      suspicion_scan(&bms);
      ck_assert_uint_eq(suspect_count(), 0);
    }
  }
}
END_TEST

/// Inputs of the chip that carry no cell float as they like.
START_TEST(a_channel_above_the_top_says_nothing) {
  for (uint32_t top = 12; top < BMS_CHANNEL_COUNT; top++) {
    for (int32_t sign = -1; sign <= 1; sign += 2) {
      int32_t deviation_raw[BMS_CHANNEL_COUNT] = {0};
      deviation_raw[top - 1] = 500 * sign;
      deviation_raw[top] = -500 * sign;
      ck_assert_uint_eq(suspicion_pattern(deviation_raw, top, 0), 0);
    }
  }
}
END_TEST

/// Two devices show a broken wire, the test could judge one of them.
static void suspect_both(void) {
  setup();
  float_input(DEVICE, 5, 900);
  float_input(OTHER, 4, 900);
  suspicion_scan(&bms);
  ck_assert_uint_eq(suspect_count(), 2);
  bms.openwire.test_is_wanted = 0;
}

START_TEST(what_a_test_could_not_judge_is_tested_again) {
  const uint32_t all = (1u << BMS_AFE_COUNT) - 1u;
  suspect_both();
  bms.openwire.conclusive_mask = 1u << DEVICE;
  bms.wire_state[wire_of(DEVICE, 5)] = BMS_WIRE_OK;
  suspicion_end(&bms);
  ck_assert_uint_eq(bms.openwire.is_suspecting, 1);
  ck_assert_uint_eq(bms.openwire.test_is_wanted, 1);
  ck_assert_uint_eq(bms.openwire.reference_is_set, all & ~(1u << DEVICE));
  bms.openwire.test_is_wanted = 0;
  bms.wire_state[wire_of(OTHER, 4)] = BMS_WIRE_OPEN;
  suspicion_end(&bms);
  ck_assert_uint_eq(bms.openwire.is_suspecting, 0);
  ck_assert_uint_eq(bms.openwire.test_is_wanted, 0);
}
END_TEST

/// A second of peace follows a test that answered a suspicion, none a test that was only due.
START_TEST(after_an_answer_there_is_a_second_of_peace) {
  for (uint32_t scan = 99; scan <= 100; scan++) {
    suspect_both();
    bms.openwire.conclusive_mask = 1u << DEVICE | 1u << OTHER;
    bms.wire_state[wire_of(DEVICE, 5)] = bms.wire_state[wire_of(OTHER, 4)] = BMS_WIRE_OK;
    suspicion_end(&bms);
    for (uint32_t i = 1; i < scan; i++) suspicion_scan(&bms);
    float_input(DEVICE, 5, 900);
    suspicion_scan(&bms);
    ck_assert_uint_eq(suspect_count(), scan < 100 ? 0 : 1);
  }
  setup();
  suspicion_end(&bms);
  float_input(DEVICE, 5, 900);
  suspicion_scan(&bms);
  ck_assert_uint_eq(suspect_count(), 1);
}
END_TEST

/// The scan just before a read, and the one after it, are the test's witnesses.
START_TEST(a_test_keeps_the_scans_around_its_reads) {
  static const uint8_t kept[] = {AFE_KEPT_BEFORE_UP, AFE_KEPT_AFTER_UP, AFE_KEPT_BEFORE_DOWN};
  static const uint8_t phase[] = {OPENWIRE_UP_READ, OPENWIRE_DOWN_TWICE, OPENWIRE_DOWN_READ};
  for (uint32_t now = OPENWIRE_IDLE; now <= OPENWIRE_DOWN_READ; now++) {
    for (uint32_t i = 0; i < 3; i++) {
      setup();
      memset(bms.afe.cell_raw[kept[i]], 0, sizeof bms.afe.cell_raw[kept[i]]);
      bms.openwire.phase = (uint8_t)now;
      suspicion_scan(&bms);
      uint32_t shown_raw = bms.afe.cell_raw[kept[i]][DEVICE][0];
      ck_assert_uint_eq(shown_raw, now == phase[i] ? CELL_raw : 0);
    }
  }
}
END_TEST

/// A frame that is not believed counts neither for nor against the joint.
START_TEST(a_doubtful_pair_reading_says_nothing) {
  const uint32_t pair = pinout_module[DEVICE].pair_channel;
  setup();
  for (uint32_t scan = 0; scan < 60; scan++) {
    int is_right = scan % 2 == 0;
    bms.afe.believed[DEVICE] =
        (uint8_t)(is_right ? ALL_REGISTERS : ALL_REGISTERS & ~(1u << (pair - 1u) / 3u));
    bms.afe.cell_raw[AFE_READ_SCAN][DEVICE][pair - 1u] = is_right ? SUSPICION_PAIR_raw + 1 : 0;
    suspicion_scan(&bms);
    ck_assert_uint_eq(bms.openwire.pair_scans[DEVICE], scan / 2 + 1);
  }
  bms.afe.cell_raw[AFE_READ_SCAN][DEVICE][pair - 1u] = SUSPICION_PAIR_raw + 1;
  suspicion_scan(&bms);
  ck_assert_uint_eq(bms.openwire.pair_scans[DEVICE], 30);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_suspicion");
  TCase *tests = tcase_create("suspicion");
  tcase_add_loop_test(tests, every_wire_is_suspected_from_its_limit_on, 0, BMS_AFE_COUNT);
  tcase_add_test(tests, what_cells_do_is_no_suspicion);
  tcase_add_test(tests, a_channel_above_the_top_says_nothing);
  tcase_add_test(tests, what_a_test_could_not_judge_is_tested_again);
  tcase_add_test(tests, after_an_answer_there_is_a_second_of_peace);
  tcase_add_test(tests, a_test_keeps_the_scans_around_its_reads);
  tcase_add_test(tests, a_doubtful_pair_reading_says_nothing);
  suite_add_tcase(suite, tests);
  return suite;
}
