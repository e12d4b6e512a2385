/// Edges of the watch for self-discharge: what one look adds, when it looks, whom it accuses.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/balance.h"
#include "../ecu_model/core/leak.h"
#include "../ecu_model/core/rest.h"

Suite *test_suite(void);

enum {
  GROUP = 17,
  AT_raw = 36500, /* 3.65 V, within a piece of the curve */
  FULL_mAs = 79000 * 3600,
  STEEP_mAs = 100000, /* about the middle group, for a code: more than any piece has */
  SLOPE_mAs = STEEP_mAs + 1,
  ALLOWED_mAs = LEAK_CURRENT_uA / 1000 * (LEAK_LOOK_ms / 1000),
  JUDGE = LEAK_PART_COUNT - 1
};

static bms_t bms;

static void put_group(uint32_t group, int32_t raw) {
  bms.balance.rest_raw256[group] = raw * REST_ONE;
  bms.balance.content_mAs[group] = rest_charge_mAs(&bms.config, raw * REST_ONE);
}

/// Equal groups, as long at rest as it takes; nobody has looked.
static void setup(void) {
  memset(&bms, 0, sizeof bms);
  bms.config = *bms_config_soul_ev();
  bms.soh.capacity_permille = 1000;
  bms.meas.rest_ms = BALANCE_REST_ms;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) put_group(group, AT_raw);
  bms.balance.known_count = BMS_GROUP_COUNT;
  bms.balance.middle_mAs = bms.balance.lowest_mAs = bms.balance.highest_mAs =
      bms.balance.content_mAs[0];
  bms.balance.slope_mAs_per_raw = STEEP_mAs;
  bms.balance.time_ms = 1000;
}

/// The parts of a second, after ms.
static void second(uint32_t ms) {
  bms.balance.time_ms += ms;
  for (uint32_t part = 0; part < LEAK_PART_COUNT; part++) leak_step(&bms, part);
}

static void look(void) { second(LEAK_LOOK_ms); }

/// A look in which the group's rest voltage tells so much less than in the look before.
static int32_t sum_of(int32_t fallen_mAs) {
  int32_t content_mAs = bms.balance.content_mAs[GROUP];
  bms.balance.content_mAs[GROUP] = content_mAs + fallen_mAs;
  look();
  bms.balance.content_mAs[GROUP] = content_mAs;
  look();
  return bms.leak.sum_raw256[GROUP];
}

/* --- one look --------------------------------------------------------------------------------- */

/// Least charge beyond the allowed one that adds so much with this slope.
static int32_t needed_mAs(int32_t sum_raw256, int32_t slope_mAs) {
  int64_t product = (int64_t)sum_raw256 * slope_mAs;
  return (int32_t)((product + REST_ONE - 1) / REST_ONE);
}

/// What is lost is told in codes of the steeper side of where the group stands, in whole A s: a
/// piece of the curve has 7110 A s and so many codes. About the middle group it may be steeper.
START_TEST(a_loss_counts_by_the_slope_where_the_group_stands) {
  enum { SUM_raw256 = 12000 };
  static const struct {
    int32_t at_raw, middle_mAs, slope_mAs, permille, wanted_mAs;
  } point[] = {
      {36500, 0, 0, 1000, 1598 * 1000 / 40 + 1}, /* amid 178 codes */
      {36633, 0, 0, 1000, 7110 * 40 / 149 * 1000 / 40 + 1}, /* 149 above, 178 below */
      {36782, 0, 0, 1000, 1909 * 1000 / 40 + 1}, /* 231 above, 149 below */
      {36782, 0, 60000, 1000, 60001},
      {36782, 0, 60000, 755, 60 * 755 + 1},
      {36782, 0, 60100, 750, 60100 * 3 / 4 + 1},
  };
  for (uint32_t i = 0; i < sizeof point / sizeof point[0]; i++) {
    for (int32_t is_less = 0; is_less < 2; is_less++) {
      setup();
      put_group(GROUP, point[i].at_raw);
      bms.balance.slope_mAs_per_raw = point[i].slope_mAs;
      bms.soh.capacity_permille = (uint16_t)point[i].permille;
      int32_t fallen_mAs = needed_mAs(SUM_raw256, point[i].wanted_mAs) - is_less + ALLOWED_mAs;
      look();
      bms.leak.charge_mAs[GROUP] += fallen_mAs;
      look();
      ck_assert_msg(bms.leak.sum_raw256[GROUP] == SUM_raw256 - is_less, "point %u: %d, not %d", i,
                    bms.leak.sum_raw256[GROUP], SUM_raw256 - is_less);
    }
  }
}
END_TEST

/// Own charge: above the middle group's in the pack as it has aged, and what the own switch took
/// beyond the middle one's.
START_TEST(own_charge_is_that_of_an_aged_pack) {
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    setup();
    bms.soh.capacity_permille = 900;
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) bms.balance.bled_mAs[group] = 50000;
    bms.balance.bled_mAs[GROUP] = 70000;
    bms.balance.content_mAs[GROUP] += sign * 1234567;
    look();
    ck_assert_int_eq(bms.leak.charge_mAs[GROUP],
                     sign * (1234 * 900 + 510) + 70000 - bms.leak.middle_mAs);
    ck_assert_int_ge(bms.leak.middle_mAs, 50000);
    ck_assert_int_le(bms.leak.middle_mAs, 53600);
    ck_assert_int_eq(bms.leak.bled_mAs[GROUP], 70000);
  }
}
END_TEST

/// 10 mA over five minutes are nobody's loss; a sum of nothing is no sum.
START_TEST(what_may_be_lost_begins_the_sum_anew) {
  const int32_t least_mAs = ALLOWED_mAs + (SLOPE_mAs + REST_ONE - 1) / REST_ONE;
  ck_assert_int_eq(sum_of(ALLOWED_mAs), 0);
  ck_assert_uint_eq(bms.leak.look_count[GROUP], 0);
  setup();
  ck_assert_int_eq(sum_of(least_mAs - 1), 0);
  ck_assert_uint_eq(bms.leak.look_count[GROUP], 0);
  setup();
  ck_assert_int_eq(sum_of(least_mAs), 1);
  ck_assert_uint_eq(bms.leak.look_count[GROUP], 1);
  bms.leak.charge_mAs[GROUP] -= SLOPE_mAs; /* gained: it had lost nothing */
  look();
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP], 0);
  ck_assert_uint_eq(bms.leak.look_count[GROUP], 0);
}
END_TEST

/// Looks add up, and what they add to has a bound.
START_TEST(looks_add_up_to_a_bound) {
  look();
  for (int32_t n = 1; n <= 3; n++) {
    bms.leak.charge_mAs[GROUP] += ALLOWED_mAs + needed_mAs(1000, SLOPE_mAs);
    look();
    ck_assert_int_eq(bms.leak.sum_raw256[GROUP], 1000 * n);
    ck_assert_int_eq(bms.leak.look_count[GROUP], n);
    ck_assert_int_eq(bms.leak.sum_raw256[GROUP + 1], 0);
  }
  const int32_t left_raw256 = LEAK_KEPT_raw * REST_ONE - 3000;
  bms.leak.charge_mAs[GROUP] += ALLOWED_mAs + needed_mAs(left_raw256, SLOPE_mAs);
  look();
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP], LEAK_KEPT_raw * REST_ONE);
  bms.leak.charge_mAs[GROUP] += ALLOWED_mAs + needed_mAs(1, SLOPE_mAs);
  look();
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP], LEAK_KEPT_raw * REST_ONE);
  ck_assert_uint_eq(bms.leak.look_count[GROUP], 5);
}
END_TEST

/// No step beyond 8000 A s, wherever the readings jump to.
START_TEST(a_jump_counts_as_8000_A_s) {
  bms.balance.slope_mAs_per_raw = 1000000;
  const int32_t bound_raw256 = (8000000 - ALLOWED_mAs) * REST_ONE / 1000001;
  look();
  bms.leak.charge_mAs[GROUP] += 12000000;
  look();
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP], bound_raw256);
  bms.leak.sum_raw256[GROUP] = 2200;
  bms.leak.charge_mAs[GROUP] -= 12000000;
  look();
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP],
                   2200 + (-8000000 - ALLOWED_mAs) * REST_ONE / 1000001);
}
END_TEST

/// A group that the others are bled against has lost what they lost, less 15 % of it for switches
/// that differ. One that is bled with them has not.
START_TEST(what_others_are_bled_by_shows_a_loss) {
  enum { BLED_mAs = 400000 };
  look();
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    if (group != GROUP) bms.balance.bled_mAs[group] = BLED_mAs;
    if (group != GROUP) bms.balance.content_mAs[group] -= BLED_mAs;
  }
  bms.balance.middle_mAs -= BLED_mAs;
  bms.balance.content_mAs[GROUP] -= BLED_mAs;
  look();
  ck_assert_int_eq(bms.leak.middle_mAs, BLED_mAs);
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP],
                   (BLED_mAs * 85 / 100 - ALLOWED_mAs) * REST_ONE / SLOPE_mAs);
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP + 1], 0);
  bms.leak.charge_mAs[GROUP] += ALLOWED_mAs + needed_mAs(1000, SLOPE_mAs);
  int32_t sum_raw256 = bms.leak.sum_raw256[GROUP];
  look(); /* nobody is bled: nothing is taken off */
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP], sum_raw256 + 1000);
}
END_TEST

/// What the middle group's switch has taken: half of the groups have not more.
START_TEST(the_middle_switch_is_that_of_half_the_groups) {
  enum { BLED_mAs = 400000 };
  for (uint32_t idle_count = 47; idle_count <= 48; idle_count++) {
    setup();
    for (uint32_t group = idle_count; group < BMS_GROUP_COUNT; group++)
      bms.balance.bled_mAs[group] = BLED_mAs;
    look();
    ck_assert_int_ge(bms.leak.middle_mAs, idle_count < 48 ? BLED_mAs : 0);
    ck_assert_int_le(bms.leak.middle_mAs, idle_count < 48 ? BLED_mAs : 3600);
  }
}
END_TEST

/// 25 mA h through its own switch, and its hysteresis has moved: anew.
START_TEST(own_bleeding_of_25_mAh_begins_the_sum_anew) {
  look();
  for (uint32_t n = 0; n < 3; n++) {
    int32_t own_mAs = n < 2 ? LEAK_OWN_mAs / 2 : 1;
    bms.balance.bled_mAs[GROUP] += own_mAs;
    bms.leak.charge_mAs[GROUP] += 300000; /* has lost more than it was bled */
    look();
    ck_assert_uint_eq(bms.leak.look_count[GROUP], n < 2 ? n + 1 : 0);
    ck_assert_int_eq(bms.leak.own_mAs[GROUP], n < 2 ? LEAK_OWN_mAs / 2 * ((int32_t)n + 1) : 0);
    ck_assert_int_eq(bms.leak.sum_raw256[GROUP] > 0, n < 2);
  }
}
END_TEST

/* --- when it looks ---------------------------------------------------------------------------- */

START_TEST(each_look_reaches_every_group_and_is_judged_once) {
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++)
    bms.balance.content_mAs[group] += 1000 * (int32_t)group + 1;
  for (uint32_t n = 1; n <= 3; n++) {
    look();
    ck_assert_uint_eq(bms.leak.judged_count, n);
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++)
      ck_assert_int_eq(bms.leak.charge_mAs[group], 1000 * (int32_t)group + 1);
  }
}
END_TEST

/// At once in a new rest, then every five minutes; the clock may wrap.
START_TEST(a_look_comes_every_five_minutes) {
  static const uint32_t begin_ms[] = {0, 1000, UINT32_MAX - LEAK_LOOK_ms / 2};
  for (uint32_t i = 0; i < sizeof begin_ms / sizeof begin_ms[0]; i++) {
    setup();
    bms.balance.time_ms = begin_ms[i];
    second(0);
    ck_assert_uint_eq(bms.leak.judged_count, 1);
    second(LEAK_LOOK_ms - 1);
    ck_assert_uint_eq(bms.leak.judged_count, 1);
    second(1);
    ck_assert_uint_eq(bms.leak.judged_count, 2);
    second(LEAK_LOOK_ms / 2);
    ck_assert_uint_eq(bms.leak.judged_count, 2);
    second(LEAK_LOOK_ms);
    ck_assert_uint_eq(bms.leak.judged_count, 3);
  }
}
END_TEST

static int looks(void) {
  uint32_t before = bms.leak.judged_count;
  look();
  return (int)(bms.leak.judged_count - before);
}

/// A quarter of an hour of rest, all groups known and within the curve, and quiet readings.
START_TEST(what_a_look_needs) {
  ck_assert_int_eq(looks(), 1);
  bms.meas.rest_ms = BALANCE_REST_ms - 1;
  ck_assert_int_eq(looks(), 0);
  setup();
  bms.balance.known_count = BMS_GROUP_COUNT - 1;
  ck_assert_int_eq(looks(), 0);
  setup();
  bms.bleed.is_noisy = 1;
  ck_assert_int_eq(looks(), 0);
  for (int32_t within_mAs = 0; within_mAs < 2; within_mAs++) {
    setup();
    bms.balance.lowest_mAs = within_mAs;
    ck_assert_int_eq(looks(), within_mAs);
    setup();
    bms.balance.highest_mAs = FULL_mAs - within_mAs;
    ck_assert_int_eq(looks(), within_mAs);
  }
}
END_TEST

/// A drive during a look ends it there; what moved until the next rest is no loss.
START_TEST(a_drive_ends_a_look_and_the_rest) {
  look();
  bms.balance.time_ms += LEAK_LOOK_ms;
  leak_step(&bms, 0);
  leak_step(&bms, 1);
  bms.meas.rest_ms = 0;
  leak_step(&bms, 2);
  bms.meas.rest_ms = BALANCE_REST_ms;
  for (uint32_t part = 3; part < LEAK_PART_COUNT; part++) leak_step(&bms, part);
  ck_assert_uint_eq(bms.leak.judged_count, 1);
  bms.balance.content_mAs[GROUP] -= 1000000;
  look();
  ck_assert_uint_eq(bms.leak.judged_count, 2);
  ck_assert_int_eq(bms.leak.sum_raw256[GROUP], 0);
}
END_TEST

/* --- whom it accuses -------------------------------------------------------------------------- */

static uint32_t verdict(void) {
  bms.leak.is_looking = 1;
  leak_step(&bms, JUDGE);
  return bms.leak.accused_group;
}

static uint32_t judged(int32_t worst_raw256, int32_t count_above, int32_t others_raw256) {
  setup();
  for (int i = 0; i < BMS_GROUP_COUNT; i++) {
    bms.leak.sum_raw256[i] = i == GROUP ? worst_raw256 : i < count_above ? others_raw256 : 0;
    bms.leak.look_count[i] = i == GROUP ? LEAK_MIN_count : 1;
  }
  return verdict();
}

/// The limits to the code: above the common sum, and above all.
START_TEST(evidence_is_held_against_the_common_sum) {
  enum { ALONE = LEAK_ERROR_raw * REST_ONE, MANY = LEAK_MANY_raw * REST_ONE, COMMON = 2000 };
  ck_assert_uint_eq(judged(ALONE, 0, 0), BMS_NO_LOCATION);
  ck_assert_uint_eq(bms.leak.evidence_permille, 1000);
  ck_assert_uint_eq(judged(ALONE + 8, 0, 0), GROUP);
  ck_assert_uint_eq(judged(ALONE + 8, LEAK_ALONE_count - 1, ALONE), GROUP);
  ck_assert_uint_eq(judged(ALONE + 8, LEAK_ALONE_count, ALONE), BMS_NO_LOCATION);
  ck_assert_uint_eq(judged(ALONE + COMMON, 9, COMMON), BMS_NO_LOCATION);
  ck_assert_uint_eq(bms.leak.evidence_permille, 1000);
  ck_assert_uint_eq(judged(ALONE + COMMON + 8, 9, COMMON), GROUP);
  ck_assert_uint_eq(judged(MANY, 9, MANY), BMS_NO_LOCATION);
  ck_assert_uint_eq(bms.leak.evidence_permille, 1000);
  ck_assert_uint_eq(judged(MANY + 16, 9, MANY), GROUP);
  ck_assert_uint_eq(judged(500, 9, 4000), BMS_NO_LOCATION); /* not looked at for long: the others */
  ck_assert_uint_eq(bms.leak.evidence_permille, 500 * 1000 / MANY);
}
END_TEST

/// Eight hours of looks; the larger sum, the first of equals.
START_TEST(the_largest_sum_of_eight_hours_is_accused) {
  enum { SUM_raw256 = 40 * REST_ONE };
  bms.leak.sum_raw256[40] = bms.leak.sum_raw256[50] = SUM_raw256;
  bms.leak.sum_raw256[60] = SUM_raw256 + 1;
  bms.leak.look_count[40] = bms.leak.look_count[50] = LEAK_MIN_count;
  bms.leak.look_count[60] = LEAK_MIN_count - 1;
  ck_assert_uint_eq(verdict(), 40);
  bms.leak.look_count[40] = 0; /* acquitted */
  bms.leak.look_count[60] = LEAK_MIN_count;
  ck_assert_uint_eq(verdict(), 60);
}
END_TEST

/// The first verdict finds nobody accused, not the first group; later ones keep whom they have.
START_TEST(the_accused_stays_until_its_sum_is_gone) {
  bms.leak.look_count[0] = LEAK_MIN_count;
  bms.leak.sum_raw256[0] = 1;
  ck_assert_uint_eq(verdict(), BMS_NO_LOCATION);
  bms.leak.look_count[GROUP] = LEAK_MIN_count;
  bms.leak.sum_raw256[GROUP] = 30 * REST_ONE;
  ck_assert_uint_eq(verdict(), GROUP);
  bms.leak.look_count[3] = LEAK_MIN_count;
  bms.leak.sum_raw256[3] = 40 * REST_ONE;
  bms.leak.sum_raw256[GROUP] = 1;
  ck_assert_uint_eq(verdict(), GROUP);
  bms.leak.sum_raw256[GROUP] = bms.leak.look_count[GROUP] = 0;
  ck_assert_uint_eq(verdict(), 3);
  bms.leak.sum_raw256[3] = bms.leak.look_count[3] = 0;
  ck_assert_uint_eq(verdict(), BMS_NO_LOCATION);
}
END_TEST

/// Before any verdict nobody is accused, whatever the memory holds.
START_TEST(only_a_verdict_is_reported) {
  static const struct {
    uint32_t judged_count;
    uint8_t group, condition;
  } step[] = {{0, 9, 0}, {0, BMS_NO_LOCATION, 0}, {1, BMS_NO_LOCATION, 0}, {1, 9, 1}, {2, 0, 1}};
  for (uint32_t i = 0; i < sizeof step / sizeof step[0]; i++) {
    setup();
    bms.leak.judged_count = step[i].judged_count;
    bms.leak.accused_group = step[i].group;
    leak_report(&bms);
    ck_assert_uint_eq(bms.dtc[DTC_CELL_SELF_DISCHARGE].condition, step[i].condition);
    if (step[i].condition)
      ck_assert_uint_eq(bms.dtc[DTC_CELL_SELF_DISCHARGE].condition_location, step[i].group);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_leak_edges");
  TCase *tests = tcase_create("watch for self-discharge");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, a_loss_counts_by_the_slope_where_the_group_stands);
  tcase_add_test(tests, own_charge_is_that_of_an_aged_pack);
  tcase_add_test(tests, what_may_be_lost_begins_the_sum_anew);
  tcase_add_test(tests, looks_add_up_to_a_bound);
  tcase_add_test(tests, a_jump_counts_as_8000_A_s);
  tcase_add_test(tests, what_others_are_bled_by_shows_a_loss);
  tcase_add_test(tests, the_middle_switch_is_that_of_half_the_groups);
  tcase_add_test(tests, own_bleeding_of_25_mAh_begins_the_sum_anew);
  tcase_add_test(tests, each_look_reaches_every_group_and_is_judged_once);
  tcase_add_test(tests, a_look_comes_every_five_minutes);
  tcase_add_test(tests, what_a_look_needs);
  tcase_add_test(tests, a_drive_ends_a_look_and_the_rest);
  tcase_add_test(tests, evidence_is_held_against_the_common_sum);
  tcase_add_test(tests, the_largest_sum_of_eight_hours_is_accused);
  tcase_add_test(tests, the_accused_stays_until_its_sum_is_gone);
  tcase_add_test(tests, only_a_verdict_is_reported);
  suite_add_tcase(suite, tests);
  return suite;
}
