/// Bleeding and the open-wire test: FETs rest during the test, and beside a broken wire for good.
#include <check.h>

#include "../ecu_model/core/bleed.h"
#include "core_rig.h"

enum {
  MUTE = 0x028,
  UNMUTE = 0x029,
  ADOW = 0x2A8,
  RDCVA = 0x004,
  RDCFGB = 0x026,
  MUTE_BIT = 0x80,
  ANY = -1
};

static rig_t rig;
static uint32_t mute_count, unmute_count, current_count, config_read_count;
static int is_muted;

/// Code of transfer i of this step.
static uint32_t code_of(uint32_t i) {
  uint32_t at = 0;
  for (uint32_t k = 0; k < i; k++) at += rig.out.xfer[k].tx_bytes;
  return (uint32_t)rig.out.afe_tx[at] << 8 | rig.out.afe_tx[at + 1];
}

/// One step; plays the chips' mute flag and checks it where a current of the test flows; ANY: not.
static void tick(int must_be_muted) {
  rig_tick(&rig);
  for (uint32_t i = 0; i < rig.out.xfer_count; i++) {
    uint32_t code = code_of(i);
    if (code == MUTE) mute_count++;
    if (code == UNMUTE) unmute_count++;
    if (code == MUTE || code == UNMUTE) is_muted = code == MUTE;
    if (code == RDCFGB) config_read_count++;
    if ((code & ~0x40u) != ADOW) continue;
    current_count++;
    if (must_be_muted != ANY) ck_assert_int_eq(is_muted, must_be_muted);
  }
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) {
    rig.config[m][1][1] = (uint8_t)((rig.config[m][1][1] & ~MUTE_BIT) | (is_muted ? MUTE_BIT : 0));
  }
}

static void run(uint32_t ms, int must_be_muted) {
  for (uint32_t i = 0; i < ms; i++) tick(must_be_muted);
}

static void setup(void) {
  rig_init(&rig);
  rig.bms.config.openwire_rest_ms = 90; /* tests fall on all phases of the read-back */
  mute_count = unmute_count = current_count = config_read_count = 0;
  is_muted = 0;
  run(1000, 0);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
}

START_TEST(without_bleeding_nothing_is_muted) {
  ck_assert_uint_gt(current_count, 0);
  ck_assert_uint_eq(mute_count, 0);
  ck_assert_uint_eq(unmute_count, 0);
}
END_TEST

START_TEST(bleeding_rests_during_each_test) {
  for (uint32_t i = 0; i < 3; i++) {
    rig.bms.balance.need_mAs[pinout_module[5].first_group + 2 * i] = 1000000;
  }
  for (uint32_t i = 0; i < 1500 && rig.config[5][0][4] != 0x15; i++) tick(ANY);
  while (rig.bms.openwire.phase != 0) tick(ANY); /* a test that began before it may end */
  current_count = mute_count = config_read_count = 0;
  uint32_t muted_ms = 0;
  for (uint32_t i = 0; i < 10000; i++) {
    tick(1);
    muted_ms += (uint32_t)is_muted;
    ck_assert_uint_eq(rig.bms.afe.config_ok_mask, 0xFF);
  }
  ck_assert_uint_gt(mute_count, 60); /* one each 130 ms */
  ck_assert_uint_ge(current_count, 4 * 60);
  ck_assert_uint_ge(config_read_count, 19);
  ck_assert_uint_ge(unmute_count, mute_count - 1);
  ck_assert_uint_le(muted_ms, 10000 * 45 / 100);
  while (rig.bms.bleed.phase != 0) tick(ANY);
  run(20, ANY);
  ck_assert_uint_eq(rig.config[5][0][4], 0x15);
  ck_assert_uint_ge(rig.bms.bleed.test_count, 2);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

START_TEST(the_end_of_bleeding_unmutes) {
  rig.bms.afe.bleed_mask[0] = 1;
  while (!is_muted) tick(ANY);
  rig.bms.afe.bleed_mask[0] = 0;
  rig.bms.afe.config_write_is_due = 1;
  run(20, ANY);
  ck_assert_int_eq(is_muted, 0);
}
END_TEST

/// Each input of the first two modules: the groups on both sides of a broken wire bleed no more.
START_TEST(beside_a_broken_wire_nothing_bleeds) {
  uint32_t wire = (uint32_t)_i, m = pinout_wire[wire].module - 1u, n = pinout_wire[wire].c_input;
  uint32_t all = (1u << pinout_module[m].top_channel) - 1u;
  uint32_t beside = n == 0 ? 1u : 1u << (n - 1) | 1u << n;
  rig.bms.afe.bleed_mask[m] = all;
  rig.bms.afe.bleed_mask[7] = 0x7FFF;
  rig.wire_is_open[wire] = 1;
  for (uint32_t i = 0; i < 1000 && rig.bms.wire_state[wire] != BMS_WIRE_OPEN; i++) tick(1);
  ck_assert_uint_eq(rig.bms.wire_state[wire], BMS_WIRE_OPEN);
  run(40, 1);
  ck_assert_uint_eq(rig.bms.afe.bleed_mask[m], all & ~beside);
  ck_assert_uint_eq(rig.bms.afe.bleed_mask[7], 0x7FFF);
  ck_assert_uint_eq(rig.config[m][0][4], (all & ~beside) & 0xFF);
}
END_TEST

/* --- what the switches' own test makes of odd readings --------------------------------------- */

/// A group below 2.9 V is not loaded for a test; at 2.9 V it is.
START_TEST(a_low_group_puts_the_test_off) {
  rig_init(&rig);
  rig.noise_raw = 0;
  rig.group_raw[40] = 28990;
  rig_run(&rig, 12000);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
  ck_assert_uint_eq(rig.bms.bleed.test_count, 0);
  rig.group_raw[40] = 29000;
  rig_run(&rig, 6000);
  ck_assert_uint_gt(rig.bms.bleed.test_count, 0);
}
END_TEST

static uint32_t misses(void) {
  uint32_t count = 0;
  for (uint32_t group = 0; group < PINOUT_GROUP_COUNT; group++)
    count += rig.bms.bleed.miss_count[group];
  return count;
}

static void run_to_phase(bleed_phase_t phase) {
  for (uint32_t i = 0; i < 10000 && rig.bms.bleed.phase != phase; i++) rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.bleed.phase, phase);
}

/// Chips (one, or all) that answer no more in the middle of a test: no switch is blamed for it.
START_TEST(a_silent_chip_is_no_stuck_switch) {
  rig_init(&rig);
  run_to_phase(BLEED_EVEN_READ);
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) rig.device_is_dead[m] = _i || m == 2;
  rig_run(&rig, 30);
  ck_assert_uint_eq(misses(), 0);
  rig_run(&rig, 3000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].occurrence_count, 0);
  ck_assert_uint_ge(rig_dtc_count(&rig), 1);
}
END_TEST

/// A group jumps by 40 mV up or down at any moment of a test: one odd reading names nothing.
START_TEST(a_jump_of_voltage_names_no_switch) {
  for (int32_t jump_raw = -400; jump_raw <= 400; jump_raw += 800) {
    rig_init(&rig);
    run_to_phase(BLEED_EVEN_SET);
    rig_run(&rig, (uint32_t)_i);
    rig.group_raw[20] += jump_raw;
    rig_run(&rig, 9000);
    ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].occurrence_count, 0);
    ck_assert_uint_eq(misses(), 0);
  }
}
END_TEST

/// No switch of the pack ever comes on: nothing falls, in any group.
START_TEST(a_pack_without_switches_is_told) {
  rig_init(&rig);
  for (uint32_t group = 0; group < PINOUT_GROUP_COUNT; group++) rig.switch_is_stuck[group] = 2;
  rig_run(&rig, 12000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].location, 0);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("core_bleed");
  TCase *tests = tcase_create("bleed");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, without_bleeding_nothing_is_muted);
  tcase_add_test(tests, bleeding_rests_during_each_test);
  tcase_add_test(tests, the_end_of_bleeding_unmutes);
  tcase_add_loop_test(tests, beside_a_broken_wire_nothing_bleeds, 0, 27);
  suite_add_tcase(suite, tests);
  tests = tcase_create("test of the switches");
  tcase_add_test(tests, a_low_group_puts_the_test_off);
  tcase_add_loop_test(tests, a_silent_chip_is_no_stuck_switch, 0, 2);
  tcase_add_loop_test(tests, a_jump_of_voltage_names_no_switch, 0, 21);
  tcase_add_test(tests, a_pack_without_switches_is_told);
  suite_add_tcase(suite, tests);
  return suite;
}
