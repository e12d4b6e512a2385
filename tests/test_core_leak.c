/// The watch for self-discharge: 100 ohm in one cell within two days though balancing hides it, and
/// nobody else in a thousand hours.
#include <check.h>
#include <stdio.h>

#include "watch_pack.h"

Suite *test_suite(void);

static world_t world;

static uint8_t accused(void) {
  return world.bms.leak.judged_count > 0 ? world.bms.leak.accused_group : BMS_NO_LOCATION;
}

typedef struct {
  double soc, health;
  double begin_h; ///< of the short, after the first rest
} short_t;

static const short_t shorts[] = {
    {0.90, 1.0, 0.0},  {0.80, 1.0, 0.0}, {0.80, 0.8, 0.0},  {0.70, 1.0, 0.0}, {0.60, 1.0, 0.0},
    {0.60, 0.8, 11.0}, {0.50, 1.0, 0.0}, {0.50, 0.8, 23.0}, {0.40, 1.0, 5.0}, {0.35, 1.0, 0.0},
};

/// In a group with nothing to lose itself, at every SOC that balances: told in 48 h, and rightly.
START_TEST(a_hidden_short_is_told_within_two_days) {
  const short_t *at = &shorts[_i];
  world_make_used(&world, at->soc, at->health, 150.0, 40 + (uint64_t)_i);
  int lowest = 0;
  for (int i = 0; i < WORLD_GROUPS; i++) {
    double V = world_rest_V(&world.group[i]) + world.group[i].offset_V;
    if (V < world_rest_V(&world.group[lowest]) + world.group[lowest].offset_V) lowest = i;
  }
  world_rest_h(&world, 0.3 + at->begin_h);
  ck_assert_uint_eq(accused(), BMS_NO_LOCATION);
  world.group[lowest].leak_ohm = 100.0;
  double begin_s = world.time_s;
  while (accused() == BMS_NO_LOCATION && world.time_s - begin_s < 60.0 * 3600.0) {
    world_round(&world, 1);
  }
  double h = (world.time_s - begin_s) / 3600.0;
  printf("100 ohm at %2.0f %% SOC, health %3.0f %%, %4.1f h into a window: told after %4.1f h, "
         "bled %.2f A h\n",
         100.0 * at->soc, 100.0 * at->health, at->begin_h, h, world.bled_Ah);
  ck_assert_uint_eq(accused(), (uint32_t)lowest);
  ck_assert_double_le(h, 48.0);
}
END_TEST

/// One that is high at first is bled until the short has emptied it: it takes so much longer.
START_TEST(a_short_in_a_high_group_waits_for_its_bleeding) {
  world_init(&world, 0.6, 50);
  world.noise_V = 3e-4;
  world.group[33].charge_Ah += 0.6;
  world.group[33].leak_ohm = 100.0;
  while (accused() == BMS_NO_LOCATION && world.time_s < 60.0 * 3600.0) world_round(&world, 1);
  printf("100 ohm in a group 0.6 A h above the others: told after %.1f h\n", world.time_s / 3600.0);
  ck_assert_uint_eq(accused(), 33);
  ck_assert_double_le(world.time_s, 48.0 * 3600.0);
}
END_TEST

/// Readings so noisy that the switches' test proves nothing prove nothing here either.
START_TEST(noise_is_no_loss) {
  world_init(&world, 0.6, 52);
  world.group[7].leak_ohm = 60.0;
  world.bms.bleed.is_noisy = 1;
  world_rest_h(&world, 30.0);
  ck_assert_uint_eq(world.bms.leak.judged_count, 0);
  world.bms.bleed.is_noisy = 0;
  world_rest_h(&world, 30.0);
  ck_assert_uint_eq(accused(), 7);
}
END_TEST

/// Once told, the balancer hides it no more; healed, it is acquitted in the next window.
START_TEST(a_mended_group_is_acquitted) {
  world_init(&world, 0.6, 51);
  world.group[7].leak_ohm = 60.0;
  world_rest_h(&world, 30.0);
  ck_assert_uint_eq(accused(), 7);
  leak_report(&world.bms);
  ck_assert_uint_eq(world.bms.dtc[DTC_CELL_SELF_DISCHARGE].condition, 1);
  ck_assert_uint_eq(world.bms.dtc[DTC_CELL_SELF_DISCHARGE].condition_location, 7);
  world.group[7].leak_ohm = 0.0;
  world_rest_h(&world, 50.0);
  ck_assert_uint_eq(accused(), BMS_NO_LOCATION);
  world.bms.dtc[DTC_CELL_SELF_DISCHARGE].condition = 0;
  leak_report(&world.bms);
  ck_assert_uint_eq(world.bms.dtc[DTC_CELL_SELF_DISCHARGE].condition, 0);
}
END_TEST

/// What flows is what counts: 5 mA less than the limit over a day is none, twice the limit is one.
START_TEST(the_limit_lies_where_it_is_said) {
  world_init(&world, 0.6, 52);
  world.bms.config.capacity_mAh = 79000;
  world.group[70].loss_A = _i ? 0.020 : 0.008;
  world_rest_h(&world, 49.0);
  ck_assert_uint_eq(accused(), _i ? 70 : BMS_NO_LOCATION);
}
END_TEST

/// Driven every day the rests are short, and what lies between them does not count.
START_TEST(a_short_in_a_driven_car_is_told_within_two_days) {
  world_init(&world, 0.8, 55);
  world.group[20].leak_ohm = 100.0;
  while (accused() == BMS_NO_LOCATION && world.time_s < 300.0 * 3600.0) {
    world_drive(&world, 16.0);
    world_rest_h(&world, 8.0);
    world_drive(&world, -16.0);
    world_rest_h(&world, 14.0);
  }
  printf("100 ohm in a car that is driven every day: told after %.1f h\n",
         world.accused_s / 3600.0);
  ck_assert_uint_eq(accused(), 20);
  ck_assert_double_le(world.accused_s, 48.0 * 3600.0);
}
END_TEST

/// A thousand hours of rest, driving and charging: nobody.
START_TEST(no_healthy_pack_is_accused_in_a_thousand_hours) {
  static const double socs[] = {0.9, 0.8, 0.7, 0.6, 0.5, 0.4};
  double soc = socs[_i % 6], health = _i % 2 ? 0.8 : 1.0;
  world_make_used(&world, soc, health, _i % 3 == 2 ? 1200.0 : 150.0,
                  60 + (uint64_t)_i); /* 45 degC, or 20 */
  if (_i % 4 == 3) { /* 60 mV apart at first */
    for (int i = 0; i < WORLD_GROUPS; i += 5) world.group[i].charge_Ah *= 1.0 + 0.03 / soc;
  }
  double daily_Ah = _i % 5 == 0 ? 0.0 : 0.25 * 79.0 * health;
  for (int day = 0; day < 42; day++) {
    world_rest_h(&world, 14.0);
    if (daily_Ah > 0.0) {
      world_drive(&world, daily_Ah);
      world_rest_h(&world, 7.0);
      world_drive(&world, -daily_Ah);
    }
    world_rest_h(&world, daily_Ah > 0.0 ? 1.0 : 10.0);
    ck_assert_msg(accused() == BMS_NO_LOCATION, "pack %d, day %d: group %u", _i, day, accused());
  }
  ck_assert_uint_ge(world.bms.leak.judged_count, 10);
  ck_assert_double_ge(world.time_s, 1000.0 * 3600.0);
}
END_TEST

/// Packs that a watch with one anchor for all rests told late: high groups in driven cars.
START_TEST(a_short_in_a_high_group_of_a_driven_car_is_told_within_two_days) {
  static const uint64_t numbers[] = {8000172, 8000166, 8000135};
  watch_pack_t pack = watch_draw(numbers[_i]);
  watch_begin(&world, &pack, numbers[_i]);
  uint32_t group = (uint32_t)(numbers[_i] * 37 % WORLD_GROUPS);
  world.group[group].leak_ohm = 100.0;
  while (world.accused_s == 0.0 && world.time_s < 60.0 * 3600.0) watch_live_a_day(&world, &pack);
  printf("100 ohm in a group of pack %u: told after %.1f h\n", (unsigned)numbers[_i],
         world.accused_s / 3600.0);
  ck_assert_uint_eq(world.accused_group, group);
  ck_assert_double_le(world.accused_s, 48.0 * 3600.0);
}
END_TEST

/// A reading that jumps by more than any loss is no step of the sum beyond all bounds; and what the
/// sum keeps is bounded, up and down.
START_TEST(a_jump_of_a_reading_stays_bounded) {
  world_init(&world, 0.6, 56);
  world_rest_h(&world, 10.0);
  world.group[5].offset_V = _i ? -0.3 : 0.3;
  world_rest_h(&world, 1.0);
  int32_t most_raw256 = LEAK_KEPT_raw * 256;
  ck_assert_int_le(world.bms.leak.sum_raw256[5], most_raw256);
  ck_assert_int_ge(world.bms.leak.sum_raw256[5], 0);
  ck_assert_uint_eq(world.bms.leak.look_count[5] > 0, (unsigned)_i);
  world.group[5].offset_V = 0.0;
  world_rest_h(&world, 1.0);
  for (uint32_t i = 0; i < WORLD_GROUPS; i++)
    ck_assert_int_le(world.bms.leak.sum_raw256[i], most_raw256);
}
END_TEST

/// A look every five minutes, and verdicts only after eight hours of them.
START_TEST(eight_hours_of_rest_come_before_a_verdict) {
  world_init(&world, 0.6, 57);
  world.group[9].leak_ohm = 10.0;
  while (accused() == BMS_NO_LOCATION && world.time_s < 60.0 * 3600.0) world_round(&world, 1);
  ck_assert_uint_eq(accused(), 9);
  double count_s = LEAK_MIN_count * LEAK_LOOK_ms / 1000.0 + BALANCE_REST_ms / 1000.0;
  ck_assert_double_ge(world.time_s, count_s);
  ck_assert_double_le(world.time_s, count_s + 700.0);
  ck_assert_uint_gt(world.bms.leak.evidence_permille, 1000);
}
END_TEST

/// On flat pieces of the curve a millivolt is twice the charge that it is around them: two packs
/// that were accused there.
START_TEST(a_flat_piece_of_the_curve_accuses_nobody) {
  static const uint64_t numbers[] = {116, 481};
  watch_pack_t pack = watch_draw(numbers[_i]);
  watch_begin(&world, &pack, numbers[_i]);
  while (world.time_s < 200.0 * 3600.0) {
    watch_live_a_day(&world, &pack);
    ck_assert_msg(world_is_calm(&world), "group %u", world.bms.leak.accused_group);
  }
  ck_assert_uint_gt(world.bms.leak.judged_count, 0);
}
END_TEST

/// Worn packs many groups of which seem to lose much by turns: nobody, and with a short among them
/// that one.
START_TEST(what_many_groups_show_accuses_nobody) {
  static const uint64_t numbers[] = {700693, 10103857};
  static const double hours[] = {650.0, 820.0};
  watch_pack_t pack = watch_draw(numbers[_i]);
  watch_begin(&world, &pack, numbers[_i]);
  while (world.time_s < hours[_i] * 3600.0) watch_live_a_day(&world, &pack);
  ck_assert_double_eq(world.accused_s, 0.0);
  world.group[40].leak_ohm = 100.0;
  double begin_s = world.time_s;
  while (accused() == BMS_NO_LOCATION && world.time_s - begin_s < 60.0 * 3600.0)
    watch_live_a_day(&world, &pack);
  ck_assert_uint_eq(accused(), 40);
  ck_assert_double_le(world.accused_s - begin_s, 48.0 * 3600.0);
}
END_TEST

/// Some shorts at once: up to three need the proof of one, more than that the one for many.
START_TEST(several_shorts_at_once_are_told) {
  static const int counts[] = {2, LEAK_ALONE_count, LEAK_ALONE_count + 1, 10};
  world_make_used(&world, 0.6, 0.9, 150.0, 70);
  for (int i = 0; i < counts[_i]; i++) world.group[5 + 9 * i].leak_ohm = 100.0;
  while (accused() == BMS_NO_LOCATION && world.time_s < 60.0 * 3600.0) world_round(&world, 1);
  printf("100 ohm in %d groups: told after %.1f h\n", counts[_i], world.time_s / 3600.0);
  ck_assert_uint_ne(accused(), BMS_NO_LOCATION);
  ck_assert_uint_eq(accused() % 9, 5);
  ck_assert_double_le(world.time_s, 48.0 * 3600.0);
}
END_TEST

/// Groups of other capacities at another charge lie apart: what a drive moves is no loss.
START_TEST(what_lies_between_two_rests_is_no_loss) {
  world_init(&world, 0.8, 53);
  world.group[12].capacity_Ah = 60.0;
  world.group[12].charge_Ah = 48.0;
  world_rest_h(&world, 2.0);
  uint32_t count = world.bms.leak.judged_count;
  world_drive(&world, 20.0);
  world_rest_h(&world, 200.0);
  ck_assert_uint_gt(world.bms.leak.judged_count, count);
  ck_assert_double_eq(world.accused_s, 0.0);
}
END_TEST

/// Beyond the ends of the curve a voltage says nothing: no look, though the switches bleed.
START_TEST(beyond_the_curve_there_is_no_look) {
  world_init(&world, 0.995, 58);
  for (int i = 0; i < WORLD_GROUPS; i++) world.group[i].offset_V = i == 3 ? -0.008 : 0.012;
  world_rest_h(&world, 3.0);
  ck_assert_uint_eq(world.bms.leak.judged_count, 0);
  ck_assert_int_gt(world.bms.balance.bled_mAs[4], 100 * 3600);
  world_init(&world, 0.0, 59);
  world_rest_h(&world, 3.0);
  ck_assert_uint_eq(world.bms.leak.judged_count, 0);
}
END_TEST

START_TEST(without_all_groups_there_is_no_verdict) {
  world_init(&world, 0.6, 54);
  world.group[7].leak_ohm = 60.0;
  world.bms.wire_state[pinout_group[80].wire_above] = BMS_WIRE_OPEN;
  world_rest_h(&world, 50.0);
  ck_assert_uint_eq(world.bms.leak.judged_count, 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_leak");
  TCase *tests = tcase_create("leak");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, a_hidden_short_is_told_within_two_days, 0,
                      sizeof shorts / sizeof shorts[0]);
  tcase_add_test(tests, a_short_in_a_high_group_waits_for_its_bleeding);
  tcase_add_test(tests, a_short_in_a_driven_car_is_told_within_two_days);
  tcase_add_loop_test(tests, a_short_in_a_high_group_of_a_driven_car_is_told_within_two_days, 0, 3);
  tcase_add_loop_test(tests, a_jump_of_a_reading_stays_bounded, 0, 2);
  tcase_add_test(tests, eight_hours_of_rest_come_before_a_verdict);
  tcase_add_test(tests, a_mended_group_is_acquitted);
  tcase_add_test(tests, noise_is_no_loss);
  tcase_add_loop_test(tests, the_limit_lies_where_it_is_said, 0, 2);
  tcase_add_loop_test(tests, no_healthy_pack_is_accused_in_a_thousand_hours, 0, 12);
  tcase_add_loop_test(tests, a_flat_piece_of_the_curve_accuses_nobody, 0, 2);
  tcase_add_loop_test(tests, what_many_groups_show_accuses_nobody, 0, 2);
  tcase_add_loop_test(tests, several_shorts_at_once_are_told, 0, 4);
  tcase_add_test(tests, what_lies_between_two_rests_is_no_loss);
  tcase_add_test(tests, beyond_the_curve_there_is_no_look);
  tcase_add_test(tests, without_all_groups_there_is_no_verdict);
  suite_add_tcase(suite, tests);
  return suite;
}
