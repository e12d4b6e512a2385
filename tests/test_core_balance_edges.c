/// Edges of the balancer: limits, turns, charge and heat of the switches, when it plans.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/balance.h"
#include "../ecu_model/core/bleed.h"
#include "../ecu_model/core/leak.h"
#include "../ecu_model/core/rest.h"
#include "../ecu_model/gen/pinout.h"

Suite *test_suite(void);

enum {
  GROUP = 41,
  DEVICE = 3,
  AT_raw = 36544,
  TASK_ms = 1000,
  ROUND = 100, /* tasks */
  ROUND_ms = ROUND * TASK_ms,
  PLENTY_mAs = 50000000
};

static bms_t bms;

static void set_raw(uint32_t group, uint32_t raw) {
  const pinout_group_t *row = &pinout_group[group];
  bms.afe.cell_raw[AFE_KEPT_BELIEVED][row->module - 1u][row->channel - 1u] = (uint16_t)raw;
}

/// Equal groups, rested; nothing is planned.
static void setup(void) {
  memset(&bms, 0, sizeof bms);
  bms.config = *bms_config_soul_ev();
  bms.soh.capacity_permille = 1000;
  bms.state = BMS_STATE_STANDBY;
  bms.task_ms = TASK_ms;
  bms.afe.config_ok_mask = (1 << BMS_AFE_COUNT) - 1;
  bms.meas.supply_mV = BALANCE_SUPPLY_MIN_mV;
  bms.meas.group_min_mV = BALANCE_GROUP_MIN_mV;
  bms.meas.rest_ms = BALANCE_REST_ms;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    set_raw(group, AT_raw);
    bms.meas.group_mV[group] = 3310; /* 100 mA through a switch */
  }
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) bms.meas.module_ddegC[device] = 250;
}

static void steps(uint32_t count) {
  for (uint32_t i = 0; i < count; i++) balance_step(&bms);
}

static void need_all(int32_t need_mAs) {
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) bms.balance.need_mAs[group] = need_mAs;
}

static uint32_t place_of(uint32_t group) { return pinout_group[group].number - 1u; }

static int is_switched(uint32_t group) {
  const pinout_group_t *row = &pinout_group[group];
  return (int)(bms.afe.bleed_mask[row->module - 1u] >> (row->channel - 1u) & 1u);
}

static uint32_t switched_count(void) {
  uint32_t count = 0;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) count += (uint32_t)is_switched(group);
  return count;
}

/* --- what is allowed -------------------------------------------------------------------------- */

START_TEST(switches_need_one_of_three_states) {
  for (uint32_t state = 0; state < 16; state++) {
    bms.state = (uint8_t)state;
    int is_right =
        state == BMS_STATE_STANDBY || state == BMS_STATE_BALANCE || state == BMS_STATE_CHARGE;
    ck_assert_int_eq(balance_may_switch(&bms), is_right);
  }
}
END_TEST

START_TEST(a_fit_group_has_a_value_and_two_wires) {
  const pinout_group_t *row = &pinout_group[GROUP];
  ck_assert_int_eq(balance_group_is_fit(&bms, GROUP), 1);
  bms.meas.group_quality[GROUP] = BMS_QUALITY_SUSPECT;
  ck_assert_int_eq(balance_group_is_fit(&bms, GROUP), 0);
  setup();
  bms.wire_state[row->wire_below] = BMS_WIRE_SUSPECT;
  ck_assert_int_eq(balance_group_is_fit(&bms, GROUP), 0);
  setup();
  bms.wire_state[row->wire_above] = BMS_WIRE_OPEN;
  ck_assert_int_eq(balance_group_is_fit(&bms, GROUP), 0);
}
END_TEST

START_TEST(it_is_wanted_by_a_single_group) {
  ck_assert_int_eq(balance_is_wanted(&bms), 0);
  bms.balance.need_count = 1;
  ck_assert_int_eq(balance_is_wanted(&bms), 1);
  bms.meas.supply_mV = BALANCE_SUPPLY_MIN_mV - 1;
  ck_assert_int_eq(balance_is_wanted(&bms), 0);
  setup();
  bms.balance.need_count = 1;
  bms.reaction.is_open = 1;
  ck_assert_int_eq(balance_is_wanted(&bms), 0);
}
END_TEST

/// The test of the switches may go on where the balancer may not: it takes hardly any charge.
START_TEST(a_low_supply_stops_the_balancer_but_no_test) {
  for (uint32_t is_test = 0; is_test < 2; is_test++) {
    setup();
    bms.bleed.phase = is_test ? BLEED_ODD_SET : BLEED_IDLE;
    bms.afe.bleed_mask[DEVICE] = 5;
    balance_guard(&bms);
    ck_assert_uint_eq(bms.afe.bleed_mask[DEVICE], 5);
    bms.meas.supply_mV = BALANCE_SUPPLY_MIN_mV - 1;
    balance_guard(&bms);
    ck_assert_uint_eq(bms.afe.bleed_mask[DEVICE], is_test ? 5 : 0);
    ck_assert_uint_eq(bms.afe.mute_is_due, !is_test);
    bms.state = BMS_STATE_DRIVE;
    balance_guard(&bms);
    ck_assert_uint_eq(bms.afe.bleed_mask[DEVICE], 0);
    ck_assert_uint_eq(bms.bleed.phase, BLEED_IDLE);
  }
}
END_TEST

/* --- switches --------------------------------------------------------------------------------- */

/// Each group has its own switch; it is on within a round. A test under way is not disturbed.
START_TEST(a_need_turns_on_its_own_switch) {
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    for (uint32_t is_test = 0; is_test < 2; is_test++) {
      setup();
      bms.bleed.phase = is_test ? BLEED_EVEN_READ : BLEED_IDLE;
      bms.balance.need_mAs[group] = PLENTY_mAs;
      steps(pinout_group[group].module);
      ck_assert_uint_eq(bms.balance.mask[pinout_group[group].module - 1u],
                        1u << (pinout_group[group].channel - 1u));
      ck_assert_uint_eq(bms.balance.is_on, 1);
      ck_assert_int_eq(is_switched(group), !is_test);
      ck_assert_uint_eq(switched_count(), !is_test);
      ck_assert_uint_eq(bms.afe.config_write_is_due, !is_test);
    }
  }
}
END_TEST

/// 3.31 V over 33.1 ohm for 77 % of the time: 7.7 A s in 100 s. The last of a need is not exceeded
/// in the count, and the switch goes off with it. Muted switches take nothing.
START_TEST(a_switch_takes_100_mA_for_77_percent_of_the_time) {
  const uint32_t device = pinout_group[GROUP].module - 1u;
  bms.meas.rest_ms = 0; /* it plans nothing */
  bms.balance.need_mAs[GROUP] = 15401;
  steps(device + 1); /* its module has just been visited, here and after each round */
  ck_assert_int_eq(bms.balance.need_mAs[GROUP], 15401);
  steps(ROUND);
  ck_assert_int_eq(bms.balance.need_mAs[GROUP], 7701);
  steps(ROUND);
  ck_assert_int_eq(bms.balance.need_mAs[GROUP], 1);
  bms.afe.is_muted = 1;
  steps(ROUND);
  ck_assert_int_eq(bms.balance.need_max_mAs, 1);
  ck_assert_int_eq(bms.balance.bled_mAs[GROUP], 2 * 7700);
  ck_assert_uint_ne(bms.balance.mask[device], 0);
  ck_assert_uint_eq(bms.balance.is_on, 1);
  bms.afe.is_muted = 0;
  for (uint32_t n = 0; n < 2; n++) {
    steps(ROUND);
    ck_assert_int_eq(bms.balance.need_mAs[GROUP], 0);
    ck_assert_int_eq(bms.balance.bled_mAs[GROUP], 3 * 7700);
    ck_assert_uint_eq(bms.balance.mask[device], 0);
  }
  ck_assert_uint_eq(bms.balance.is_on, 0);
  ck_assert_uint_eq(switched_count(), 0);
  ck_assert_int_eq(bms.balance.bled_mAs[GROUP + 1], 0);
}
END_TEST

/// A group's voltage sets its current; short tasks lose nothing but parts of an mA s.
START_TEST(the_current_follows_the_voltage) {
  static const uint16_t voltages_mV[] = {3500, 3651, 4200};
  uint16_t task_ms = _i ? 10 : TASK_ms;
  for (uint32_t i = 0; i < 3; i++) {
    setup();
    bms.task_ms = task_ms;
    bms.meas.rest_ms = 0;
    bms.meas.group_mV[GROUP] = voltages_mV[i];
    bms.balance.need_mAs[GROUP] = PLENTY_mAs;
    steps(11 * ROUND);
    double charge_mAs = voltages_mV[i] / 33.1 * 0.77 * task_ms;
    ck_assert_double_le(bms.balance.bled_mAs[GROUP], charge_mAs);
    /* rounded to 0.1 mA, and to an mA s each round */
    ck_assert_double_ge(bms.balance.bled_mAs[GROUP], 0.999 * charge_mAs - 10.0);
    ck_assert_int_eq(bms.balance.need_mAs[GROUP], PLENTY_mAs - bms.balance.bled_mAs[GROUP]);
  }
}
END_TEST

/* --- heat ------------------------------------------------------------------------------------- */

START_TEST(a_board_without_its_thermistor_counts_as_hot) {
  bms.balance.rise_mK[DEVICE] = 2599;
  bms.meas.module_ddegC[DEVICE] = -100;
  ck_assert_int_eq(balance_board_ddegC(&bms, DEVICE), -75);
  bms.meas.module_quality[DEVICE] = BMS_QUALITY_SUSPECT;
  ck_assert_int_eq(balance_board_ddegC(&bms, DEVICE), 875);
}
END_TEST

/// 2.6 K for each switch, within 120 s, whatever the length of the tasks; and back.
START_TEST(the_estimate_warms_by_first_order) {
  static const uint32_t task_ms[] = {10, 100, 1200, 10000};
  for (uint32_t i = 0; i < sizeof task_ms / sizeof task_ms[0]; i++) {
    setup();
    bms.task_ms = (uint16_t)task_ms[i];
    bms.meas.rest_ms = 0;
    need_all(0);
    for (uint32_t n = 0; n < 5; n++)
      bms.balance.need_mAs[pinout_module[DEVICE].first_group + n] = INT32_MAX;
    const double step = task_ms[i] / 1000.0, share = step / (1.2 + step), end_mK = 5 * 2600.0;
    double rise_mK = 0.0;
    steps(ROUND); /* the switches come on */
    for (uint32_t n = 0; n < 200; n++) {
      if (n == 100) need_all(0);
      steps(ROUND);
      rise_mK += ((n <= 100 ? end_mK : 0.0) - rise_mK) * share;
      ck_assert_double_le(fabs(bms.balance.rise_mK[DEVICE] - rise_mK), 1.0 / share + 1.0);
      ck_assert_int_eq(bms.balance.rise_mK[DEVICE - 1], 0);
    }
  }
}
END_TEST

/// 70, 85 and 100 degC to the tenth: all, every second, every fourth place in turn, none.
START_TEST(turns_begin_at_their_temperatures) {
  static const struct {
    int16_t ddegC;
    uint8_t stride; /* 0: none */
  } step[] = {{699, 1}, {700, 2}, {849, 2}, {850, 4}, {999, 4}, {1000, 0}};
  for (uint32_t i = 0; i < 4 * sizeof step / sizeof step[0]; i++) {
    uint32_t turn = i % 4, stride = step[i / 4].stride;
    setup();
    need_all(PLENTY_mAs);
    bms.balance.turn = (uint8_t)turn;
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++)
      bms.meas.module_ddegC[device] = step[i / 4].ddegC;
    steps(BMS_AFE_COUNT);
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
      int has_turn = stride != 0 && place_of(group) % stride == turn % stride;
      ck_assert_int_eq(is_switched(group), has_turn);
    }
  }
}
END_TEST

START_TEST(turns_change_every_minute) {
  static const uint32_t ends_ms[] = {59999, 60000, 119999, 120000, 180000, 239999, 240000, 300000};
  static const uint8_t turns[] = {0, 1, 1, 2, 3, 3, 0, 1};
  for (uint32_t i = 0; i < sizeof turns; i++) {
    setup();
    bms.balance.time_ms = ends_ms[i] - TASK_ms * (BMS_AFE_COUNT + 1);
    steps(BMS_AFE_COUNT + 1);
    ck_assert_uint_eq(bms.balance.time_ms, ends_ms[i]);
    ck_assert_uint_eq(bms.balance.turn, turns[i]);
  }
}
END_TEST

/* --- rest voltages ---------------------------------------------------------------------------- */

/// Ten seconds without current; the first reading whole, of each further one a 32nd of the change.
START_TEST(rest_voltages_are_filtered) {
  bms.meas.rest_ms = 9999;
  bms.balance.rest_raw256[GROUP] = bms.balance.content_mAs[GROUP] = 1;
  steps(ROUND);
  ck_assert_int_eq(bms.balance.rest_raw256[GROUP], 0);
  ck_assert_int_eq(bms.balance.content_mAs[GROUP], 0);
  bms.meas.rest_ms = 10000;
  steps(ROUND);
  ck_assert_int_eq(bms.balance.rest_raw256[GROUP], AT_raw * REST_ONE);
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    int32_t before_raw256 = bms.balance.rest_raw256[GROUP];
    set_raw(GROUP, (uint32_t)(before_raw256 / REST_ONE + sign * 40));
    int32_t change_raw256 = (before_raw256 / REST_ONE + sign * 40) * REST_ONE - before_raw256;
    steps(ROUND);
    ck_assert_int_eq(bms.balance.rest_raw256[GROUP], before_raw256 + change_raw256 / 32);
    ck_assert_int_eq(bms.balance.content_mAs[GROUP],
                     rest_charge_mAs(&bms.config, bms.balance.rest_raw256[GROUP]));
  }
}
END_TEST

/// Counts, extremes and the slope of the curve, over the groups that have a rest voltage.
START_TEST(the_pack_is_summed_up) {
  set_raw(7, AT_raw - 40);
  set_raw(80, AT_raw + 45);
  set_raw(60, 33000); /* without a value */
  bms.meas.group_quality[60] = BMS_QUALITY_INVALID;
  bms.meas.rest_ms = BALANCE_REST_ms - 1;
  bms.balance.need_mAs[3] = 1;
  bms.balance.need_mAs[60] = 70000;
  bms.meas.supply_mV = 0; /* nothing is bled */
  steps(ROUND);
  ck_assert_uint_eq(bms.balance.known_count, BMS_GROUP_COUNT - 1);
  ck_assert_uint_eq(bms.balance.need_count, 2);
  ck_assert_int_eq(bms.balance.need_max_mAs, 70000);
  ck_assert_int_eq(bms.balance.lowest_raw256, (AT_raw - 40) * REST_ONE);
  ck_assert_int_eq(bms.balance.lowest_mAs, bms.balance.content_mAs[7]);
  ck_assert_int_eq(bms.balance.highest_mAs, bms.balance.content_mAs[80]);
  ck_assert_int_eq(bms.balance.is_on, 0);
  int32_t middle_mAs = bms.balance.middle_mAs, all_mAs = bms.balance.content_mAs[0];
  ck_assert_int_ge(middle_mAs, all_mAs);
  ck_assert_int_le(middle_mAs, all_mAs + 3600);
}
END_TEST

/// Over 30 mV to both sides: 7110 A s in each piece of the curve.
START_TEST(the_slope_is_taken_over_60_mV) {
  const int32_t high_As = 18 * 7110 + 7110 * (AT_raw + 300 - 36782) / (37013 - 36782);
  const int32_t low_As = 14 * 7110 + 7110 * (AT_raw - 300 - 36118) / (36287 - 36118);
  steps(ROUND);
  ck_assert_int_eq(bms.balance.slope_mAs_per_raw, (high_As - low_As) * 1000 / 600);
}
END_TEST

/// The value that half of the groups do not exceed, to the step.
START_TEST(the_middle_is_that_of_half_the_groups) {
  int32_t value[BMS_GROUP_COUNT + 1];
  value[BMS_GROUP_COUNT] = 0; /* is none of them */
  for (int32_t i = 0; i < BMS_GROUP_COUNT; i++) value[i] = i * 37 % BMS_GROUP_COUNT * 1000;
  ck_assert_int_eq(balance_middle(value, -1, 95000, 1), 47000);
  ck_assert_int_eq(balance_middle(value, -1, 2000000000, 1), 47000);
  for (int32_t step = 2; step < 9000; step += 700) {
    int32_t middle = balance_middle(value, -1, 95000, step);
    ck_assert_int_ge(middle, 47000);
    ck_assert_int_le(middle, 47000 + step);
  }
  ck_assert_int_eq(balance_middle(value, 0, 64, 64), 64); /* near enough already */
}
END_TEST

/// Half of the groups are enough for a middle and for a plan.
START_TEST(half_of_the_groups_are_enough) {
  for (uint32_t known = 47; known <= 48; known++) {
    setup();
    for (uint32_t group = known; group < BMS_GROUP_COUNT; group++)
      bms.meas.group_quality[group] = BMS_QUALITY_STALE;
    set_raw(5, AT_raw + 100);
    bms.balance.need_mAs[90] = 1234; /* has no voltage now */
    bms.meas.supply_mV = 0;
    steps(ROUND);
    ck_assert_uint_eq(bms.balance.known_count, known);
    ck_assert_int_eq(bms.balance.middle_mAs > 0, known == 48);
    ck_assert_int_eq(bms.balance.need_mAs[5] > 0, known == 48);
    ck_assert_uint_eq(bms.balance.is_planned, known == 48);
    ck_assert_int_eq(bms.balance.need_mAs[90], 1234);
  }
}
END_TEST

/* --- plans ------------------------------------------------------------------------------------ */

/// A quarter of an hour of rest, then the charge above the lowest: from 5 mV on.
START_TEST(a_group_5_mV_above_the_lowest_has_to_lose_charge) {
  bms.meas.supply_mV = 0;
  bms.meas.rest_ms = BALANCE_REST_ms - 1;
  set_raw(10, AT_raw + BALANCE_START_raw);
  set_raw(20, AT_raw + BALANCE_START_raw - 1);
  set_raw(30, AT_raw + BALANCE_START_raw + 1);
  bms.balance.need_mAs[20] = 1234; /* of an earlier plan */
  steps(ROUND);
  ck_assert_int_eq(bms.balance.need_mAs[10], 0);
  ck_assert_uint_eq(bms.balance.is_planned, 0);
  bms.meas.rest_ms = BALANCE_REST_ms;
  steps(ROUND);
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    int is_far = group == 10 || group == 30;
    int32_t need_mAs = bms.balance.content_mAs[group] - bms.balance.content_mAs[0];
    ck_assert_int_eq(bms.balance.need_mAs[group], is_far ? need_mAs : 0);
  }
  ck_assert_int_gt(bms.balance.need_mAs[10], 0);
}
END_TEST

/// Anew after an hour, and in every new rest.
START_TEST(a_plan_lasts_for_an_hour_of_the_same_rest) {
  enum { ROUNDS = BALANCE_PLAN_ms / ROUND_ms, MARK_mAs = 1234 };
  bms.meas.supply_mV = 0;
  set_raw(GROUP, AT_raw + 100);
  steps(ROUND);
  const int32_t need_mAs = bms.balance.need_mAs[GROUP];
  ck_assert_int_gt(need_mAs, 100000);
  for (uint32_t hour = 0; hour < 2; hour++) {
    bms.balance.need_mAs[GROUP] = MARK_mAs;
    steps((ROUNDS - 1) * ROUND);
    ck_assert_int_eq(bms.balance.need_mAs[GROUP], MARK_mAs);
    steps(ROUND);
    ck_assert_int_eq(bms.balance.need_mAs[GROUP], need_mAs);
  }
  bms.balance.need_mAs[GROUP] = MARK_mAs;
  bms.meas.rest_ms = BALANCE_REST_ms - 1;
  steps(ROUND);
  ck_assert_int_eq(bms.balance.need_mAs[GROUP], MARK_mAs);
  bms.meas.rest_ms = BALANCE_REST_ms;
  steps(ROUND);
  ck_assert_int_eq(bms.balance.need_mAs[GROUP], need_mAs);
}
END_TEST

/// A hundred tasks make a round: each module once, the watch for self-discharge once.
START_TEST(a_round_has_a_hundred_tasks) {
  for (uint32_t n = 1; n <= 2; n++) {
    steps(ROUND);
    ck_assert_uint_eq(bms.balance.slot, 0);
    ck_assert_uint_eq(bms.balance.time_ms, n * ROUND_ms);
    ck_assert_uint_eq(bms.balance.unmuted_ms, n * ROUND_ms);
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
      uint32_t visit_ms = (n - 1) * ROUND_ms + (device + 1) * TASK_ms;
      ck_assert_uint_eq(bms.balance.seen_ms[device], visit_ms);
      ck_assert_uint_eq(bms.balance.seen_unmuted_ms[device], visit_ms);
    }
    ck_assert_uint_eq(bms.leak.judged_count, 1); /* the next look is due after five minutes */
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_balance_edges");
  TCase *tests = tcase_create("balancer");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, switches_need_one_of_three_states);
  tcase_add_test(tests, a_fit_group_has_a_value_and_two_wires);
  tcase_add_test(tests, it_is_wanted_by_a_single_group);
  tcase_add_test(tests, a_low_supply_stops_the_balancer_but_no_test);
  tcase_add_test(tests, a_need_turns_on_its_own_switch);
  tcase_add_test(tests, a_switch_takes_100_mA_for_77_percent_of_the_time);
  tcase_add_loop_test(tests, the_current_follows_the_voltage, 0, 2);
  tcase_add_test(tests, a_board_without_its_thermistor_counts_as_hot);
  tcase_add_test(tests, the_estimate_warms_by_first_order);
  tcase_add_test(tests, turns_begin_at_their_temperatures);
  tcase_add_test(tests, turns_change_every_minute);
  tcase_add_test(tests, rest_voltages_are_filtered);
  tcase_add_test(tests, the_pack_is_summed_up);
  tcase_add_test(tests, the_slope_is_taken_over_60_mV);
  tcase_add_test(tests, the_middle_is_that_of_half_the_groups);
  tcase_add_test(tests, half_of_the_groups_are_enough);
  tcase_add_test(tests, a_group_5_mV_above_the_lowest_has_to_lose_charge);
  tcase_add_test(tests, a_plan_lasts_for_an_hour_of_the_same_rest);
  tcase_add_test(tests, a_round_has_a_hundred_tasks);
  suite_add_tcase(suite, tests);
  return suite;
}
