/// What one open-wire test makes of a device: lost channels, findings, wires that heal, connectors.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/openwire.h"
#include "../ecu_model/gen/pinout.h"

Suite *test_suite(void);

enum { CELL_raw = 37000, DEVICE = 3, ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1 };

static bms_t bms;

static const uint8_t read_set[] = {AFE_READ_SCAN,      AFE_READ_UP,       AFE_READ_DOWN,
                                   AFE_KEPT_BEFORE_UP, AFE_KEPT_AFTER_UP, AFE_KEPT_BEFORE_DOWN};

/// The readings of a test that has just ended: cells at 3.7 V, nothing floats.
static void fill_quiet(void) {
  for (uint32_t k = 0; k < sizeof read_set; k++) {
    memset(bms.afe.cell_raw[read_set[k]], 0, sizeof bms.afe.cell_raw[0]);
    memset(bms.afe.fresh[read_set[k]], ALL_REGISTERS, sizeof bms.afe.fresh[0]);
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
      for (uint32_t channel = 1; channel <= pinout_module[device].top_channel; channel++) {
        if (channel == pinout_module[device].pair_channel) continue;
        bms.afe.cell_raw[read_set[k]][device][channel - 1u] = CELL_raw;
      }
    }
  }
  bms.openwire.judge_is_due = 1;
  bms.openwire.test_is_wanted = 0;
}

static void setup(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  memset(bms.meas.group_quality, BMS_QUALITY_VALID, sizeof bms.meas.group_quality);
  memset(bms.meas.group_age_scans, 0, sizeof bms.meas.group_age_scans);
  fill_quiet();
}

static void move(uint32_t set, uint32_t device, uint32_t channel, int32_t by_raw) {
  uint16_t *code = &bms.afe.cell_raw[set][device][channel - 1u];
  *code = (uint16_t)(*code + by_raw);
}

static uint32_t wire_of(uint32_t device, uint32_t input) {
  return pinout_module[device].first_wire + input;
}

/// An inner wire that floats: it stays where the current up has left it until the current down.
static void float_input(uint32_t device, uint32_t input) {
  move(AFE_READ_UP, device, input, 5000);
  move(AFE_READ_UP, device, input + 1u, -5000);
  move(AFE_KEPT_AFTER_UP, device, input, 5000);
  move(AFE_KEPT_AFTER_UP, device, input + 1u, -5000);
}

/* --- a device of which channels are lost ----------------------------------------------------- */

/// 1 iff a test with these readings acquits wire 7 of the device, which was suspected.
static int acquits(uint32_t device) {
  bms.wire_state[wire_of(device, 7)] = BMS_WIRE_SUSPECT;
  openwire_evaluate(&bms);
  return bms.wire_state[wire_of(device, 7)] == BMS_WIRE_OK;
}

/// A channel moves alone: the other half of it may be in the channels that were lost.
START_TEST(what_lost_channels_may_explain_acquits_no_wire) {
  const uint32_t device = (uint32_t)_i;
  for (uint32_t channel = 4; channel < pinout_module[device].top_channel; channel++) {
    for (uint32_t i = 0; i < 8; i++) {
      const int is_rise = (int)(i & 1u), is_lost = (int)(i >> 1 & 1u);
      const int32_t by_raw = OPENWIRE_THRESHOLD_raw + (int32_t)(i >> 2 & 1u);
      setup();
      if (is_lost) bms.afe.fresh[AFE_READ_UP][device] = ALL_REGISTERS - 1;
      move(is_rise ? AFE_READ_UP : AFE_READ_DOWN, device, channel, by_raw);
      int is_mute = is_lost && by_raw > OPENWIRE_THRESHOLD_raw;
      ck_assert_msg(acquits(device) == !is_mute, "channel %u row %u", channel, i);
    }
  }
}
END_TEST

START_TEST(lost_channels_alone_take_no_other_wire_along) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    setup();
    bms.afe.fresh[AFE_READ_DOWN][device] = ALL_REGISTERS - 1;
    ck_assert(acquits(device));
    setup(); /* what stands in a frame that was wrong is of no account */
    bms.afe.fresh[AFE_READ_UP][device] = ALL_REGISTERS - 1;
    move(AFE_READ_UP, device, 2, 5000);
    ck_assert(acquits(device));
    setup(); /* an open wire explains its own channels */
    bms.afe.fresh[AFE_READ_UP][device] = ALL_REGISTERS - 1;
    float_input(device, 9);
    ck_assert(acquits(device));
    ck_assert_uint_eq(bms.wire_state[wire_of(device, 9)], BMS_WIRE_OPEN);
  }
}
END_TEST

/// Inputs above the top carry no cell: they float, and their registers may be wrong.
START_TEST(inputs_without_a_cell_are_of_no_account) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const uint32_t top = pinout_module[device].top_channel;
    if (top == BMS_CHANNEL_COUNT) continue;
    setup();
    bms.afe.fresh[AFE_READ_UP][device] = ALL_REGISTERS - 1;
    move(AFE_READ_UP, device, top + 1u, 5000);
    ck_assert(acquits(device));
    if (top > BMS_CHANNEL_COUNT - 3) continue;
    setup();
    bms.afe.fresh[AFE_READ_UP][device] = ALL_REGISTERS >> 1;
    move(AFE_READ_UP, device, 5, 5000);
    ck_assert(acquits(device));
  }
}
END_TEST

/* --- single devices --------------------------------------------------------------------------- */

static openwire_reads_t reads_of_set(uint32_t device) {
  const openwire_reads_t reads = {.up_raw = bms.afe.cell_raw[AFE_READ_UP][device],
                                  .down_raw = bms.afe.cell_raw[AFE_READ_DOWN][device],
                                  .before_up_raw = bms.afe.cell_raw[AFE_KEPT_BEFORE_UP][device],
                                  .before_down_raw = bms.afe.cell_raw[AFE_KEPT_BEFORE_DOWN][device],
                                  .top = pinout_module[device].top_channel,
                                  .pair_channel = pinout_module[device].pair_channel};
  return reads;
}

/// Full throttle between the two reads: all cells 0.5 V lower or higher.
START_TEST(a_load_step_of_half_a_volt_hides_no_wire) {
  for (int32_t step_raw = -5000; step_raw <= 5000; step_raw += 10000) {
    for (uint32_t input = 1; input < pinout_module[0].top_channel; input++) {
      setup();
      for (uint32_t channel = 1; channel <= pinout_module[0].top_channel; channel++)
        move(AFE_READ_UP, 0, channel, step_raw);
      move(AFE_READ_UP, 0, input, 2500);
      move(AFE_READ_UP, 0, input + 1u, -2500);
      const openwire_reads_t reads = reads_of_set(0);
      ck_assert_uint_eq(openwire_judge(&reads), 1u << input);
    }
  }
}
END_TEST

/// Only the register with the pair came right: its two cells are too few to have a mean.
START_TEST(two_known_cells_have_nothing_in_common) {
  setup();
  move(AFE_READ_UP, DEVICE, 7, 2500);
  move(AFE_READ_UP, DEVICE, 9, 2500);
  move(AFE_READ_DOWN, DEVICE, 8, 2500);
  openwire_reads_t reads = reads_of_set(DEVICE);
  ck_assert_uint_eq(reads.pair_channel, 8);
  reads.unknown = 0x7FFFu & ~(7u << 6);
  ck_assert_uint_eq(openwire_judge(&reads), 1u << 7);
}
END_TEST

/// The channel below is at its end and shows nothing: the fall of the one above is proof from
/// beyond 2000 on.
START_TEST(a_fall_beside_a_saturated_channel_counts_beyond_2000) {
  for (int32_t d = OPENWIRE_THRESHOLD_raw; d <= OPENWIRE_THRESHOLD_raw + 1; d++) {
    setup();
    for (uint32_t k = 0; k < sizeof read_set; k++) bms.afe.cell_raw[read_set[k]][0][3] = 0;
    move(AFE_READ_DOWN, 0, 5, d);
    const openwire_reads_t reads = reads_of_set(0);
    ck_assert_uint_eq(openwire_judge(&reads), d > OPENWIRE_THRESHOLD_raw ? 1u << 4 : 0);
  }
}
END_TEST

/// One channel cannot tell which of its two wires floats.
START_TEST(one_channel_names_no_wire) {
  setup();
  move(AFE_READ_UP, 0, 1, 2500);
  openwire_reads_t reads = reads_of_set(0);
  reads.top = 1;
  ck_assert_uint_eq(openwire_judge(&reads), 0);
}
END_TEST

/* --- wires that break and heal ---------------------------------------------------------------- */

/// What the groups of a wire showed before it was found broken was an artefact; what they show
/// through the other wire of the tap later is not.
START_TEST(a_break_takes_the_values_of_its_two_groups) {
  for (uint32_t input = 1; input < pinout_module[0].top_channel; input++) {
    const pinout_wire_t *row = &pinout_wire[wire_of(0, input)];
    setup();
    for (uint32_t test = 0; test < 2; test++) {
      fill_quiet();
      float_input(0, input);
      openwire_evaluate(&bms);
      ck_assert_uint_eq(bms.wire_state[wire_of(0, input)], BMS_WIRE_OPEN);
      for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
        int is_beside = group == row->group_below || group == row->group_above;
        int is_gone = test == 0 && is_beside;
        ck_assert_uint_eq(bms.meas.group_quality[group],
                          is_gone ? BMS_QUALITY_INVALID : BMS_QUALITY_VALID);
        ck_assert_uint_eq(bms.meas.group_age_scans[group], is_gone ? UINT8_MAX : 0);
      }
      memset(bms.meas.group_quality, BMS_QUALITY_VALID, sizeof bms.meas.group_quality);
      memset(bms.meas.group_age_scans, 0, sizeof bms.meas.group_age_scans);
    }
  }
}
END_TEST

/// Tests until an open wire counts as whole again, 0: not within five. A channel may be
/// saturated, as a wire that floats beyond the range leaves it; 0: none.
static uint32_t tests_to_heal(uint32_t device, uint32_t input, uint32_t saturated) {
  setup();
  bms.wire_state[wire_of(device, input)] = BMS_WIRE_OPEN;
  for (uint32_t test = 1; test <= 5; test++) {
    fill_quiet();
    for (uint32_t k = 0; saturated != 0 && k < sizeof read_set; k++)
      bms.afe.cell_raw[read_set[k]][device][saturated - 1u] = OPENWIRE_HIGH_raw + 1;
    openwire_evaluate(&bms);
    if (bms.wire_state[wire_of(device, input)] == BMS_WIRE_OK) return test;
  }
  return 0;
}

START_TEST(every_wire_heals_with_the_third_clean_test_if_it_is_in_sight) {
  const uint32_t device = (uint32_t)_i;
  const pinout_module_t *module = &pinout_module[device];
  for (uint32_t input = 0; input < module->wire_count; input++) {
    ck_assert_uint_eq(tests_to_heal(device, input, 0), 3);
    for (uint32_t channel = 1; channel <= module->top_channel; channel++) {
      int is_beside = channel == input || channel == input + 1u;
      int is_hidden = is_beside && channel != module->pair_channel;
      ck_assert_uint_eq(tests_to_heal(device, input, channel), is_hidden ? 0 : 3);
    }
  }
}
END_TEST

static int is_of(uint32_t wire, char connector) { return pinout_wire[wire].connector == connector; }

/// So many wires of a connector, none of a doubled tap.
static void open_wires(char connector, uint32_t count) {
  for (uint32_t wire = 0; count > 0; wire++) {
    if (!is_of(wire, connector) || pinout_wire[wire].pair_wire != PINOUT_NONE) continue;
    bms.wire_state[wire] = BMS_WIRE_OPEN;
    count--;
  }
}

/// Three open wires of a connector: its groups have no values, beside its wires nothing bleeds. The
/// other connectors go on.
START_TEST(a_lost_connector_takes_its_groups_and_no_others) {
  const char connector = (char)('A' + _i);
  for (uint32_t count = 2; count <= 3; count++) {
    setup();
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) bms.afe.bleed_mask[device] = 0x7FFF;
    open_wires(connector, count);
    openwire_evaluate(&bms);
    ck_assert_uint_eq(bms.openwire.open_count, count);
    ck_assert_uint_eq(bms.openwire.lost_connectors, count == 3 ? 1u << _i : 0);
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
      const pinout_group_t *row = &pinout_group[group];
      int is_lost =
          count == 3 && (is_of(row->wire_below, connector) || is_of(row->wire_above, connector));
      int may_bleed = !is_lost && bms.wire_state[row->wire_below] == BMS_WIRE_OK &&
                      bms.wire_state[row->wire_above] == BMS_WIRE_OK;
      ck_assert_uint_eq(bms.meas.group_quality[group],
                        is_lost ? BMS_QUALITY_INVALID : BMS_QUALITY_VALID);
      ck_assert_int_eq(bms.afe.bleed_mask[row->module - 1u] >> (row->channel - 1u) & 1u, may_bleed);
    }
  }
}
END_TEST

/* --- planning --------------------------------------------------------------------------------- */

/// A test under way has begun before the question was put: the next one answers it.
START_TEST(only_a_test_that_begins_later_answers) {
  setup();
  bms.openwire.test_begun_count = 5;
  bms.openwire.conclusive_mask = 1u << DEVICE;
  uint32_t number = openwire_want_test(&bms);
  ck_assert_uint_eq(bms.openwire.test_is_wanted, 1);
  bms.openwire.test_done_count = 5;
  ck_assert(!openwire_has_judged(&bms, DEVICE, number));
  bms.openwire.test_done_count = 6;
  ck_assert(openwire_has_judged(&bms, DEVICE, number));
}
END_TEST

/// A lower wire that wants the current down and an upper one that wants it up: in turn.
START_TEST(opposite_currents_take_turns) {
  static const uint8_t last[] = {AFE_POST_NONE, AFE_POST_DOWN_TWICE, AFE_POST_UP_TWICE};
  static const uint8_t both[] = {AFE_POST_DOWN_TWICE, AFE_POST_UP_TWICE, AFE_POST_DOWN_TWICE};
  static const uint8_t alone[] = {AFE_POST_DOWN_TWICE, AFE_POST_UP_TWICE};
  for (uint32_t i = 0; i < 3; i++) {
    for (uint32_t open = 1; open <= 3; open++) { /* bit 0: the lower wire, bit 1: the upper */
      setup();
      bms.openwire.test_begun_count = 1;
      bms.openwire.redundant_open_count = 2;
      for (uint32_t upper = 0; upper < 2; upper++) {
        uint32_t device = DEVICE + upper, pair = pinout_module[device].pair_channel;
        if (open >> upper & 1u) bms.wire_state[wire_of(device, pair - 1u + upper)] = BMS_WIRE_OPEN;
      }
      bms.afe.aux_age_cycles = 0;
      bms.openwire.last_post = last[i];
      openwire_plan(&bms);
      ck_assert_uint_eq(bms.afe.post, open == 3 ? both[i] : alone[open - 1u]);
    }
  }
}
END_TEST

/// An upper wire that floats is lifted by the current up, a lower one by the current down.
START_TEST(a_wire_is_lifted_by_the_current_of_its_side) {
  const uint32_t lower = wire_of(DEVICE, pinout_module[DEVICE].pair_channel - 1u);
  for (uint32_t post = AFE_POST_NONE; post <= AFE_POST_BLEED_READ; post++) {
    setup();
    bms.openwire.last_post = (uint8_t)post;
    int is_up = post == AFE_POST_UP_TWICE || post == AFE_POST_UP_READ;
    int is_down = post == AFE_POST_DOWN_TWICE || post == AFE_POST_DOWN_READ;
    ck_assert_int_eq(openwire_was_lifted(&bms, lower), is_down);
    ck_assert_int_eq(openwire_was_lifted(&bms, lower + 1u), is_up);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_openwire_device");
  TCase *tests = tcase_create("open wires of a device");
  tcase_add_loop_test(tests, what_lost_channels_may_explain_acquits_no_wire, 0, BMS_AFE_COUNT);
  tcase_add_test(tests, lost_channels_alone_take_no_other_wire_along);
  tcase_add_test(tests, inputs_without_a_cell_are_of_no_account);
  tcase_add_test(tests, a_load_step_of_half_a_volt_hides_no_wire);
  tcase_add_test(tests, two_known_cells_have_nothing_in_common);
  tcase_add_test(tests, a_fall_beside_a_saturated_channel_counts_beyond_2000);
  tcase_add_test(tests, one_channel_names_no_wire);
  tcase_add_test(tests, a_break_takes_the_values_of_its_two_groups);
  tcase_add_loop_test(tests, every_wire_heals_with_the_third_clean_test_if_it_is_in_sight, 0,
                      BMS_AFE_COUNT);
  tcase_add_loop_test(tests, a_lost_connector_takes_its_groups_and_no_others, 0,
                      OPENWIRE_CONNECTOR_COUNT);
  tcase_add_test(tests, only_a_test_that_begins_later_answers);
  tcase_add_test(tests, opposite_currents_take_turns);
  tcase_add_test(tests, a_wire_is_lifted_by_the_current_of_its_side);
  suite_add_tcase(suite, tests);
  return suite;
}
