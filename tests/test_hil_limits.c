/// Loads in the loop: which limits drive, power and current keep, and when they may flow at all.
#include <check.h>
#include <stdlib.h>

#include "../sim/hil.h"
#include "hil_rig.h"

static hil_t *hil;

static void setup(void) { hil = rig_loop(1); }
static void teardown(void) { free(hil); }

/// A tick that the pack's current keeps to both limits: a new one holds when the link has followed.
static void step_within(hil_t *loop) {
  const double most_A = loop->vcm.discharge_limit_A, most_back_A = loop->vcm.charge_limit_A;
  const double last_A = loop->pack_A;
  rig_step(loop, 1);
  ck_assert_double_le(loop->pack_A, last_A > most_A ? last_A : most_A);
  ck_assert_double_ge(loop->pack_A, last_A < -most_back_A ? last_A : -most_back_A);
  if (last_A > most_A) ck_assert_double_lt(loop->pack_A - most_A, 0.2 * (last_A - most_A));
}

/// At the pack and in every tick, also with a heater on the same link (30 ohm: some 12 A).
START_TEST(loads_keep_to_the_published_limits) {
  rig_drive(hil);
  hil->pack.air.params.mat_ohm = 30.0 * PACK_MAT_COUNT;
  hil->stimulus.current_A = 1000.0;
  for (uint8_t heats = 0; heats <= 1; heats++) {
    hil->stimulus.heater_is_forced = heats;
    for (uint32_t i = 0; i < 300; i++) step_within(hil);
    ck_assert_double_gt(hil->pack_A, 0.998 * hil->vcm.discharge_limit_A);
  }
  hil->stimulus.heater_is_forced = 0;
  hil->stimulus.current_A = -1000.0;
  for (uint32_t i = 0; i < 300; i++) step_within(hil);
  ck_assert_double_lt(hil->pack_A, -0.998 * hil->vcm.charge_limit_A);
}
END_TEST

START_TEST(power_keeps_to_the_published_limit) {
  rig_drive(hil);
  hil->stimulus.power_W = 110e3;
  rig_step(hil, 2 * TICKS_PER_S); /* the limits rise by 100 A in a second */
  ck_assert_double_gt(hil->pack_A * hil->pack_V, 80e3);
  ck_assert_double_le(hil->hv.link_mean_V * hil->hv.load_A, hil->vcm.discharge_limit_W + 50.0);
}
END_TEST

/// A jump of power over the limit of current in one tick: the link sags as it happens. What drives
/// and what is taken beside have one limit together.
START_TEST(a_jump_of_power_keeps_to_the_limit_of_current) {
  static const float speed_mps[] = {0.0f, 0.0f, 30.0f, 60.0f, 60.0f, 60.0f};
  static const cycle_t jump = {"jump", "made up", speed_mps, 6};
  rig_drive(hil);
  rig_step(hil, 3 * TICKS_PER_S);
  hil->vcm.discharge_limit_W = 1e6; /* until the next frame says so anew */
  hil->vcm.discharge_limit_A = 200.0;
  hil->stimulus.power_W = 50e3;
  hil->stimulus.cycle = &jump;
  hil->stimulus.cycle_repeat_count = 1;
  double most_A = 0.0;
  for (uint32_t i = 0; i < 4 * TICKS_PER_S; i++) {
    if (i == 2500) hil->stimulus.power_W = 30e3;
    if (i == 2600) hil->stimulus.power_W = 110e3;
    step_within(hil);
    if (hil->pack_A > most_A) most_A = hil->pack_A;
  }
  ck_assert_double_gt(most_A, 190.0);
  hil->stimulus.power_W = 20e3; /* and the drive wants more than 100 kW */
  hil->vcm.discharge_limit_W = 30e3;
  rig_step(hil, 1);
  ck_assert_double_eq_tol(hil->hv.link_mean_V * hil->hv.load_A, 30e3, 1.0);
}
END_TEST

/// A trace that no car can follow.
START_TEST(the_vehicle_keeps_to_the_published_limits) {
  static const float speed_mps[] = {0.0f, 0.0f, 30.0f, 60.0f, 60.0f, 60.0f};
  static const cycle_t jump = {"jump", "made up", speed_mps, 6};
  for (int obeys = 0; obeys <= 1; obeys++) {
    hil_t *car = rig_loop(3);
    car->stimulus.obeys_limits = (uint8_t)obeys;
    car->stimulus.cycle = &jump;
    car->stimulus.cycle_repeat_count = 1;
    double most_W = 0.0;
    car->stimulus.request = VCM_DRIVE;
    for (uint32_t i = 0; i < 6 * TICKS_PER_S; i++) {
      rig_step(car, 1);
      double power_W = car->hv.link_mean_V * car->hv.load_A;
      if (car->bms.state == BMS_STATE_DRIVE && power_W > most_W) most_W = power_W;
    }
    ck_assert_msg(obeys ? most_W < 91e3 : most_W > 120e3, "obeys %d: %.0f W", obeys, most_W);
    free(car);
  }
}
END_TEST

static int speed_is_zero(const hil_t *car) {
  return car->vehicle.speed_mps < 1e-9 && car->vehicle.speed_mps > -1e-9;
}

/// The second is asked for while the first is driven and begins when it is over, the third when it
/// is asked for.
START_TEST(cycles_follow_each_other_from_standstill) {
  static const float up_mps[] = {0.0f, 5.0f, 0.0f}, more_mps[] = {0.0f, 3.0f, 3.0f, 0.0f};
  static const cycle_t first = {"first", "made up", up_mps, 3};
  static const cycle_t second = {"second", "made up", more_mps, 4};
  hil_t *car = rig_loop(3);
  car->stimulus.request = VCM_DRIVE;
  car->stimulus.cycle = &first;
  car->stimulus.cycle_repeat_count = 1;
  while (!car->drive_has_begun) rig_step(car, 1);
  uint64_t begin_us = car->vehicle.start_us;
  rig_step(car, TICKS_PER_S);
  car->stimulus.cycle = &second;
  while (car->vehicle.cycle == &first) {
    ck_assert_uint_lt(car->now_us, begin_us + 2100000);
    rig_step(car, 1);
  }
  ck_assert_ptr_eq(car->vehicle.cycle, &second);
  ck_assert_uint_eq(car->vehicle.start_us, begin_us + 2000000);
  ck_assert_double_lt(car->vehicle.speed_mps, 0.003);
  rig_step(car, 4 * TICKS_PER_S);
  ck_assert_int_eq(speed_is_zero(car), 1);
  ck_assert_double_eq_tol(car->vehicle.ledger.distance_m, 5.0 + 6.0, 0.01);
  uint64_t now_us = car->now_us;
  car->stimulus.cycle = &first;
  rig_step(car, TICKS_PER_S);
  ck_assert_uint_eq(car->vehicle.start_us, now_us);
  ck_assert_double_gt(car->vehicle.speed_mps, 4.9);
  free(car);
}
END_TEST

START_TEST(loads_wait_for_the_contactors_unless_told_otherwise) {
  hil->stimulus.obeys_limits = 0;
  hil->stimulus.power_W = 20e3; /* gated: precharge sees nothing of it */
  rig_drive(hil);
  hil_t *other = rig_loop(1);
  other->stimulus.load_is_gated = 0;
  other->stimulus.obeys_limits = 0;
  other->stimulus.power_W = 20e3;
  rig_step(other, TICKS_PER_S);
  other->stimulus.request = VCM_DRIVE;
  rig_step(other, 2 * TICKS_PER_S);
  ck_assert_int_ne(other->bms.state, BMS_STATE_DRIVE);
  free(other);
}
END_TEST

START_TEST(loads_that_obey_nobody_do_not) {
  rig_drive(hil);
  hil->stimulus.obeys_limits = 0;
  hil->stimulus.power_W = 110e3; /* the clip is 90 kW */
  rig_step(hil, 50);
  ck_assert_double_gt(hil->pack_A * hil->pack_V, 105e3);
}
END_TEST

START_TEST(nothing_flows_before_the_contactors_close) {
  hil->stimulus.power_W = 20e3;
  rig_step(hil, TICKS_PER_S);
  ck_assert_int_eq(hil->bms.state, BMS_STATE_STANDBY);
  ck_assert_double_eq_tol(hil->pack_A, 0.0, 1e-12);
  ck_assert_double_eq_tol(hil->hv.link_V, 0.0, 1e-9);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("hil_limits");
  TCase *tests = tcase_create("loads");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, loads_keep_to_the_published_limits);
  tcase_add_test(tests, power_keeps_to_the_published_limit);
  tcase_add_test(tests, a_jump_of_power_keeps_to_the_limit_of_current);
  tcase_add_test(tests, the_vehicle_keeps_to_the_published_limits);
  tcase_add_test(tests, cycles_follow_each_other_from_standstill);
  tcase_add_test(tests, loads_wait_for_the_contactors_unless_told_otherwise);
  tcase_add_test(tests, loads_that_obey_nobody_do_not);
  tcase_add_test(tests, nothing_flows_before_the_contactors_close);
  suite_add_tcase(suite, tests);
  return suite;
}
