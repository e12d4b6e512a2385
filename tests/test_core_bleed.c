/// Bleeding and the open-wire test: FETs rest during the test, and beside a broken wire for good.
#include <check.h>

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
  return suite;
}
