/// Edges of the test of the discharge switches: when it comes, its patterns, what its readings say.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/balance.h"
#include "../ecu_model/core/bleed.h"
#include "../ecu_model/gen/pinout.h"

Suite *test_suite(void);

enum {
  CELL_raw = 37000,
  DROP_raw = 100,
  DEVICE = 3,
  ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1,
  PATTERN = BMS_GROUP_COUNT / 2 /* groups of each of the two patterns */
};

static bms_t bms;
static int32_t drop_raw[BMS_GROUP_COUNT];

/// At rest for long enough, all chips right, no test so far, and one is due.
static void setup(void) {
  memset(&bms, 0, sizeof bms);
  bms.state = BMS_STATE_STANDBY;
  bms.afe.config_ok_mask = (1 << BMS_AFE_COUNT) - 1;
  bms.meas.rest_ms = BLEED_REST_ms;
  bms.meas.group_min_mV = BLEED_GROUP_MIN_mV;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    bms.meas.group_quality[group] = BMS_QUALITY_VALID;
    drop_raw[group] = DROP_raw;
  }
  memset(bms.afe.fresh, ALL_REGISTERS, sizeof bms.afe.fresh);
  bms.balance.time_ms = BLEED_PERIOD_ms;
}

static uint32_t place_of(uint32_t group) { return pinout_group[group].number - 1u; }

static uint32_t bit_of(uint32_t group) { return 1u << (pinout_group[group].channel - 1u); }

static int is_switched(uint32_t group) {
  return (bms.afe.bleed_mask[pinout_group[group].module - 1u] & bit_of(group)) != 0;
}

/// The configuration has gone out, and a conversion with the switches on has been read.
static void convert(void) {
  bms.afe.config_write_is_due = 0;
  bleed_plan(&bms);
  ck_assert_uint_eq(bms.afe.post, AFE_POST_BLEED_READ);
  bms.afe.post = AFE_POST_NONE;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    const pinout_group_t *row = &pinout_group[group];
    uint16_t *scan = &bms.afe.cell_raw[AFE_READ_SCAN][row->module - 1u][row->channel - 1u];
    uint16_t *up = &bms.afe.cell_raw[AFE_READ_UP][row->module - 1u][row->channel - 1u];
    *scan = CELL_raw;
    *up = (uint16_t)(CELL_raw - (is_switched(group) ? drop_raw[group] : 0));
  }
  bleed_plan(&bms);
}

/// A whole test, as soon as it is due.
static void test(void) {
  uint32_t before = bms.bleed.test_count;
  bms.balance.time_ms = bms.bleed.last_ms + BLEED_PERIOD_ms;
  bleed_plan(&bms);
  ck_assert_uint_eq(bms.bleed.phase, BLEED_EVEN_SET);
  convert();
  ck_assert_uint_eq(bms.bleed.phase, BLEED_ODD_SET);
  convert();
  ck_assert_uint_eq(bms.bleed.phase, BLEED_IDLE);
  ck_assert_uint_eq(bms.bleed.test_count, before + 1);
  ck_assert_uint_eq(bms.bleed.last_ms, bms.balance.time_ms);
}

/// 1 iff a test begins now; it goes no further.
static int begins(void) {
  bleed_plan(&bms);
  int has_begun = bms.bleed.phase == BLEED_EVEN_SET;
  bms.bleed.phase = BLEED_IDLE;
  return has_begun;
}

/* --- when it comes ---------------------------------------------------------------------------- */

/// Every four seconds, after a miss every second; the clock may wrap.
START_TEST(the_period_is_kept_to_the_ms) {
  for (uint32_t has_missed = 0; has_missed < 2; has_missed++) {
    uint32_t period_ms = has_missed ? BLEED_AGAIN_ms : BLEED_PERIOD_ms;
    setup();
    bms.bleed.has_missed = (uint8_t)has_missed;
    bms.bleed.last_ms = UINT32_MAX - 100;
    bms.balance.time_ms = bms.bleed.last_ms + period_ms - 1;
    ck_assert_int_eq(begins(), 0);
    bms.balance.time_ms++;
    ck_assert_int_eq(begins(), 1);
  }
}
END_TEST

/// Two seconds without current, no group below 2.9 V, and all of them known.
START_TEST(what_a_test_needs) {
  ck_assert_int_eq(begins(), 1);
  bms.meas.rest_ms = BLEED_REST_ms - 1;
  ck_assert_int_eq(begins(), 0);
  setup();
  bms.meas.group_min_mV = BLEED_GROUP_MIN_mV - 1;
  ck_assert_int_eq(begins(), 0);
  setup();
  bms.meas.group_min_index = BMS_NO_LOCATION;
  ck_assert_int_eq(begins(), 0);
  setup();
  bms.state = BMS_STATE_DRIVE;
  ck_assert_int_eq(begins(), 0);
  setup();
  bms.afe.post = AFE_POST_UP_READ; /* the wires' test has the chain */
  ck_assert_int_eq(begins(), 0);
}
END_TEST

/// A wrong frame puts the next test off by a whole period.
START_TEST(a_wrong_frame_puts_the_test_off) {
  bms.afe.pec_error_count = 1;
  ck_assert_int_eq(begins(), 0);
  bms.balance.time_ms += BLEED_PERIOD_ms - 1;
  ck_assert_int_eq(begins(), 0);
  bms.balance.time_ms++;
  ck_assert_int_eq(begins(), 1);
}
END_TEST

/// The conversion waits for the configuration and for chips that let the switches bleed.
START_TEST(the_conversion_waits_for_the_switches) {
  bleed_plan(&bms);
  ck_assert_uint_eq(bms.afe.config_write_is_due, 1);
  for (uint32_t blocked = 1; blocked < 4; blocked++) {
    bms.afe.config_write_is_due = blocked & 1u;
    bms.afe.is_muted = (uint8_t)(blocked >> 1);
    bleed_plan(&bms);
    ck_assert_uint_eq(bms.bleed.phase, BLEED_EVEN_SET);
    ck_assert_uint_eq(bms.afe.post, AFE_POST_NONE);
  }
  bms.afe.config_write_is_due = bms.afe.is_muted = 0;
  bms.afe.post = AFE_POST_AUX;
  bleed_plan(&bms);
  ck_assert_uint_eq(bms.bleed.phase, BLEED_EVEN_SET);
  bms.afe.post = AFE_POST_NONE;
  bleed_plan(&bms);
  ck_assert_uint_eq(bms.bleed.phase, BLEED_EVEN_READ);
  ck_assert_uint_eq(bms.afe.post, AFE_POST_BLEED_READ);
}
END_TEST

/* --- patterns --------------------------------------------------------------------------------- */

/// Every second group of each module, then the others; then what the balancer wants. A group
/// beside a bad wire has no part.
START_TEST(patterns_are_every_second_group) {
  enum { UNFIT = 41 };
  bms.balance.mask[5] = 0x15;
  bms.meas.group_quality[UNFIT] = BMS_QUALITY_STALE;
  bleed_plan(&bms);
  for (uint32_t parity = 0; parity < 2; parity++) {
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
      int is_on = place_of(group) % 2 == parity && group != UNFIT;
      ck_assert_int_eq(is_switched(group), is_on);
    }
    convert();
  }
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++)
    ck_assert_uint_eq(bms.afe.bleed_mask[device], device == 5 ? 0x15 : 0);
}
END_TEST

/// Three tests in a row that miss a drop of 3 mV name the switch; one that finds it acquits it.
START_TEST(three_misses_name_each_switch) {
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    setup();
    for (uint32_t n = 1; n <= 4; n++) {
      drop_raw[group] = BLEED_DROP_raw - 1;
      for (uint32_t i = 0; i < BMS_GROUP_COUNT; i++) {
        if (i != group) drop_raw[i] = BLEED_DROP_raw;
      }
      test();
      ck_assert_uint_eq(bms.bleed.has_missed, 1);
      ck_assert_uint_eq(bms.bleed.is_noisy, 0);
      ck_assert_uint_eq(bms.bleed.miss_count[group], n < BLEED_MISS_MAX ? n : BLEED_MISS_MAX);
      ck_assert_uint_eq(bms.bleed.stuck_group, n < BLEED_MISS_MAX ? BMS_NO_LOCATION : group);
    }
    drop_raw[group] = BLEED_DROP_raw;
    test();
    ck_assert_uint_eq(bms.bleed.has_missed, 0);
    ck_assert_uint_eq(bms.bleed.stuck_group, BMS_NO_LOCATION);
  }
}
END_TEST

/// The first of several; and it stays told however long it lasts.
START_TEST(the_first_of_several_stays_named) {
  drop_raw[20] = drop_raw[33] = drop_raw[95] = 0;
  for (uint32_t n = 0; n < 600; n++) {
    test();
    ck_assert_uint_eq(bms.bleed.stuck_group, n < 2 ? BMS_NO_LOCATION : 20);
  }
}
END_TEST

/* --- readings --------------------------------------------------------------------------------- */

/// A register that was lost in one of the two readings: its groups are not judged, all others are.
START_TEST(a_lost_register_judges_nobody) {
  static const afe_read_t reads[] = {AFE_READ_SCAN, AFE_READ_UP};
  for (uint32_t i = 0; i < 2u * BMS_REGISTER_COUNT; i++) {
    uint32_t lost = i / 2;
    setup();
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) drop_raw[group] = 0;
    bms.afe.fresh[reads[i % 2]][DEVICE] = (uint8_t)(ALL_REGISTERS & ~(1u << lost));
    test();
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
      const pinout_group_t *row = &pinout_group[group];
      int is_lost = row->module == DEVICE + 1 && (row->channel - 1u) / 3u == lost;
      ck_assert_uint_eq(bms.bleed.miss_count[group], !is_lost);
    }
  }
}
END_TEST

/// Without any reading the last verdict on the noise stands.
START_TEST(no_reading_is_no_verdict) {
  memset(bms.afe.fresh, 0, sizeof bms.afe.fresh);
  for (uint32_t is_noisy = 0; is_noisy < 2; is_noisy++) {
    bms.bleed.is_noisy = (uint8_t)is_noisy;
    test();
    ck_assert_uint_eq(bms.bleed.is_noisy, is_noisy);
    ck_assert_uint_eq(bms.bleed.has_missed, 0);
  }
}
END_TEST

/// In both patterns: so many groups read one drop, so many another, the rest far from their mean
/// and from 0.
static int is_noise(uint32_t first_count, int32_t first_raw, uint32_t count, int32_t second_raw) {
  uint32_t seen[2] = {0};
  setup();
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    uint32_t n = seen[place_of(group) % 2]++;
    drop_raw[group] = n < first_count           ? first_raw
                      : n < first_count + count ? second_raw
                      : n % 2                   ? 60
                                                : 200;
  }
  ck_assert_uint_eq(seen[0], PATTERN);
  ck_assert_uint_eq(seen[1], PATTERN);
  test();
  return bms.bleed.is_noisy;
}

/// More than half of a pattern's groups read the same drop, or none.
START_TEST(most_groups_have_to_agree) {
  ck_assert_int_eq(is_noise(PATTERN / 2, 0, 0, 0), 1);
  ck_assert_int_eq(is_noise(PATTERN / 2 + 1, 0, 0, 0), 0);
  ck_assert_int_eq(is_noise(PATTERN / 2, 130, 0, 0), 1);
  ck_assert_int_eq(is_noise(PATTERN / 2 + 1, 130, 0, 0), 0);
  ck_assert_int_eq(is_noise(PATTERN / 4, 130, PATTERN / 4 + 1, 0), 0);
  ck_assert_int_eq(is_noise(PATTERN, 0, 0, 0), 0);
}
END_TEST

/// 1.2 mV from the mean of those that fell, or from none, on either side.
START_TEST(agreement_is_within_12_codes) {
  for (int32_t off_raw = BLEED_NEAR_raw; off_raw <= BLEED_NEAR_raw + 1; off_raw++) {
    int is_off = off_raw > BLEED_NEAR_raw;
    ck_assert_int_eq(is_noise(PATTERN / 2, 100 + off_raw, PATTERN / 2, 100 - off_raw), is_off);
    ck_assert_int_eq(is_noise(PATTERN / 2 + 1, off_raw, 0, 0), is_off);
    ck_assert_int_eq(is_noise(PATTERN / 2 + 1, -off_raw, 0, 0), is_off);
    ck_assert_int_eq(is_noise(PATTERN / 2, off_raw, PATTERN / 2, 100), is_off);
  }
}
END_TEST

/// One reading that falls by volts does not move the mean so far that nobody else is near it, nor
/// does one that rises by as much.
START_TEST(one_wild_reading_is_no_noise) {
  static const int32_t wild_raw[] = {30000, -26000};
  for (uint32_t i = 0; i < 2; i++) {
    setup();
    drop_raw[10] = wild_raw[i];
    drop_raw[20] = 0;
    test();
    ck_assert_uint_eq(bms.bleed.is_noisy, 0);
    ck_assert_uint_eq(bms.bleed.miss_count[10], i);
    ck_assert_uint_eq(bms.bleed.miss_count[20], 1);
  }
}
END_TEST

/// Group 96, of the second pattern, is lost: the 47 others decide, whatever the last group of the
/// first pattern has read.
START_TEST(a_lost_group_has_no_part_in_the_verdict) {
  static const struct {
    int32_t even_raw, odd_raw, rest_raw; /* 24 groups of the second pattern, the other 23 */
    int32_t last_raw; /* of the first pattern */
    uint8_t is_noisy;
  } step[] = {{88, 88, 112, 250, 0}, {60, 200, 0, 0, 1}};
  for (uint32_t i = 0; i < sizeof step / sizeof step[0]; i++) {
    uint32_t seen = 0;
    setup();
    bms.meas.group_quality[BMS_GROUP_COUNT - 1] = BMS_QUALITY_INVALID;
    for (uint32_t group = 0; group < BMS_GROUP_COUNT - 1; group++) {
      if (place_of(group) % 2 == 0) continue;
      drop_raw[group] = seen % 2 ? step[i].odd_raw : step[i].even_raw;
      if (seen++ >= PATTERN / 2) drop_raw[group] = step[i].rest_raw;
    }
    drop_raw[BMS_GROUP_COUNT - 2] = step[i].last_raw;
    test();
    ck_assert_uint_eq(seen, PATTERN - 1);
    ck_assert_uint_eq(bms.bleed.is_noisy, step[i].is_noisy);
    ck_assert_uint_eq(bms.bleed.miss_count[BMS_GROUP_COUNT - 1], 0);
  }
}
END_TEST

/// Noise counts no miss and forgives none.
START_TEST(noise_leaves_the_counts_alone) {
  drop_raw[20] = 0;
  test();
  test();
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++)
    drop_raw[group] = 20 + (int32_t)group * 37 % 96 * 2;
  test();
  ck_assert_uint_eq(bms.bleed.is_noisy, 1);
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++)
    ck_assert_uint_eq(bms.bleed.miss_count[group], group == 20 ? 2 : 0);
}
END_TEST

/// Before any test no switch is stuck, whatever the memory holds.
START_TEST(only_a_test_is_reported) {
  static const struct {
    uint32_t test_count;
    uint8_t group, condition;
  } step[] = {{0, 9, 0}, {0, BMS_NO_LOCATION, 0}, {1, BMS_NO_LOCATION, 0}, {1, 9, 1}, {2, 0, 1}};
  for (uint32_t i = 0; i < sizeof step / sizeof step[0]; i++) {
    setup();
    bms.bleed.test_count = step[i].test_count;
    bms.bleed.stuck_group = step[i].group;
    bleed_report(&bms);
    ck_assert_uint_eq(bms.dtc[DTC_BLEED_STUCK].condition, step[i].condition);
    if (step[i].condition)
      ck_assert_uint_eq(bms.dtc[DTC_BLEED_STUCK].condition_location, step[i].group);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_bleed_edges");
  TCase *tests = tcase_create("test of the switches");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, the_period_is_kept_to_the_ms);
  tcase_add_test(tests, what_a_test_needs);
  tcase_add_test(tests, a_wrong_frame_puts_the_test_off);
  tcase_add_test(tests, the_conversion_waits_for_the_switches);
  tcase_add_test(tests, patterns_are_every_second_group);
  tcase_add_test(tests, three_misses_name_each_switch);
  tcase_add_test(tests, the_first_of_several_stays_named);
  tcase_add_test(tests, a_lost_register_judges_nobody);
  tcase_add_test(tests, no_reading_is_no_verdict);
  tcase_add_test(tests, most_groups_have_to_agree);
  tcase_add_test(tests, agreement_is_within_12_codes);
  tcase_add_test(tests, one_wild_reading_is_no_noise);
  tcase_add_test(tests, a_lost_group_has_no_part_in_the_verdict);
  tcase_add_test(tests, noise_leaves_the_counts_alone);
  tcase_add_test(tests, only_a_test_is_reported);
  suite_add_tcase(suite, tests);
  return suite;
}
