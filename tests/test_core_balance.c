/// Balancing over days: by charge, as fast as the current allows, on a board that stays cool,
/// and it stops at once.
#include <check.h>
#include <stdio.h>

#include "../ecu_model/core/soc.h"
#include "balance_world.h"
#include "core_rig.h"
#include "thorough.h"

Suite *test_suite(void);

static world_t world;

/* --- days ------------------------------------------------------------------------------------ */

/// Spreads a group's rest voltage by so much through its charge.
static void raise_V(world_group_t *group, double by_V) {
  double wanted_V = world_rest_V(group) + by_V;
  double low = 0.0, high = group->capacity_Ah;
  for (int i = 0; i < 60; i++) {
    group->charge_Ah = 0.5 * (low + high);
    if (world_rest_V(group) < wanted_V)
      low = group->charge_Ah;
    else
      high = group->charge_Ah;
  }
}

typedef enum { ONE_HIGH, ONE_LOW, RAMP, SPREAD_COUNT } spread_t;

static void spread(world_t *w, spread_t kind, double by_V) {
  for (int i = 0; i < WORLD_GROUPS; i++) {
    double share = kind == RAMP ? (i * 37 % WORLD_GROUPS) / 95.0 : 0.0;
    if (kind == ONE_HIGH) share = i == 40;
    if (kind == ONE_LOW) share = i != 40;
    raise_V(&w->group[i], share * by_V);
  }
}

/// What the switch with most to do needs at least until all are within 10 mV.
static double bound_h(const world_t *w) {
  double lowest_V = 9.0, most_h = 0.0;
  for (int i = 0; i < WORLD_GROUPS; i++) {
    if (world_rest_V(&w->group[i]) < lowest_V) lowest_V = world_rest_V(&w->group[i]);
  }
  for (int i = 0; i < WORLD_GROUPS; i++) {
    double current_A = world_rest_V(&w->group[i]) / w->group[i].bleed_ohm * w->duty;
    world_group_t there = w->group[i];
    raise_V(&there, lowest_V + 0.010 - world_rest_V(&there));
    double h = (w->group[i].charge_Ah - there.charge_Ah) / current_A;
    if (h > most_h) most_h = h;
  }
  return most_h;
}

typedef struct {
  const char *name;
  spread_t kind;
  double soc, degC;
  double times; ///< the bound may be taken so many times: neighbours take turns on a warm board
} day_t;

static const day_t days[] = {
    {"one high", ONE_HIGH, 0.50, 25.0, 1.05},   {"one low", ONE_LOW, 0.50, 25.0, 1.05},
    {"ramp", RAMP, 0.80, 25.0, 1.05},           {"one low, cold", ONE_LOW, 0.70, -10.0, 1.05},
    {"one low, hot", ONE_LOW, 0.60, 40.0, 2.1}, {"ramp, low SOC", RAMP, 0.30, 25.0, 1.05},
};

/// 60 mV come down to 10 mV in the time that the current allows and a twentieth, after the rest;
/// the count of the core is the charge that flowed.
START_TEST(spread_converges_as_fast_as_the_current_allows) {
  _i *= STEP_OF_LOOP;
  const day_t *day = &days[_i];
  world_init(&world, day->soc, 1);
  for (int m = 0; m < BMS_AFE_COUNT; m++) world.module_degC[m] = day->degC;
  world.noise_V = 1e-4;
  spread(&world, day->kind, 0.060);
  double least_h = bound_h(&world), taken_h = 0.0, counted_mAs = 0.0;
  ck_assert_double_ge(world_spread_V(&world), 0.0595);
  while (world_spread_V(&world) > 0.010 && taken_h < 200.0) {
    world_round(&world, 1);
    taken_h = world.time_s / 3600.0;
  }
  printf("%-13s from 60 to 10 mV in %5.1f h, the current alone allows %5.1f h; board %4.1f degC\n",
         day->name, taken_h, least_h, world.warmest_degC);
  ck_assert_double_le(taken_h, day->times * least_h + 1.5);
  for (int i = 0; i < WORLD_GROUPS; i++) counted_mAs += world.bms.balance.bled_mAs[i];
  if (taken_h < 24.0)
    ck_assert_double_eq_tol(counted_mAs / 3.6e6, world.bled_Ah, 0.02 * world.bled_Ah + 0.02);
  world_rest_h(&world, 1.5 * least_h); /* it does not go too far */
  ck_assert_double_le(world_spread_V(&world), 0.010);
  ck_assert_uint_eq(world.bms.balance.need_count, 0);
  ck_assert_double_le(world.warmest_degC, 100.0);
}
END_TEST

START_TEST(an_even_pack_is_not_bled) {
  world_init(&world, 0.6, 2);
  world.noise_V = 2e-4;
  for (int i = 0; i < WORLD_GROUPS; i++) world.group[i].offset_V = 0.0012 * world_random(&world);
  world_rest_h(&world, 100.0);
  ck_assert_double_eq(world.bled_Ah, 0.0);
}
END_TEST

/// Whatever the resistance from board to air and however hot the module is.
START_TEST(board_stays_within_its_limit) {
  for (int degC = 30; degC <= 110; degC += 5) {
    world_init(&world, 0.6, 3);
    world.board_KpW = 10.0; /* a quarter worse than assumed */
    for (int m = 0; m < BMS_AFE_COUNT; m++) world.module_degC[m] = degC;
    spread(&world, ONE_LOW, 0.060);
    world_rest_h(&world, 6.0);
    ck_assert_double_le(world.warmest_degC, degC < 100 ? 106.0 : degC); /* rounds of 100 s */
    if (degC >= 100) ck_assert_double_eq(world.bled_Ah, 0.0);
    if (degC <= 85) ck_assert_double_gt(world.bled_Ah, 4.0);
  }
}
END_TEST

static uint32_t neighbours(const world_t *w) {
  uint32_t count = 0;
  for (uint32_t i = 0; i + 1 < WORLD_GROUPS; i++) {
    const pinout_group_t *a = &pinout_group[i], *b = &pinout_group[i + 1];
    if (a->module != b->module) continue;
    count += (w->bms.afe.bleed_mask[a->module - 1] >> (a->channel - 1) & 1u) &&
             (w->bms.afe.bleed_mask[b->module - 1] >> (b->channel - 1) & 1u);
  }
  return count;
}

static uint32_t switches_on(const world_t *w) {
  uint32_t count = 0;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    for (uint32_t mask = w->bms.afe.bleed_mask[m]; mask != 0; mask &= mask - 1u) count++;
  }
  return count;
}

START_TEST(a_warm_board_takes_turns) {
  static const struct {
    double degC;
    uint32_t least, most;
  } step[] = {{30.0, 95, 95}, {70.5, 16, 50}, {86.0, 16, 28}, {101.0, 0, 0}};
  for (uint32_t i = 0; i < sizeof step / sizeof step[0]; i++) {
    world_init(&world, 0.6, 4);
    for (int m = 0; m < BMS_AFE_COUNT; m++) world.module_degC[m] = step[i].degC;
    spread(&world, ONE_LOW, 0.060);
    world_rest_h(&world, 1.0);
    ck_assert_uint_ge(switches_on(&world), step[i].least);
    ck_assert_uint_le(switches_on(&world), step[i].most);
    if (i > 0) ck_assert_uint_eq(neighbours(&world), 0);
  }
}
END_TEST

/// Every group gets its turn on a warm board: none is left behind.
START_TEST(turns_reach_every_group) {
  world_init(&world, 0.6, 4);
  for (int m = 0; m < BMS_AFE_COUNT; m++) world.module_degC[m] = 86.0;
  spread(&world, ONE_LOW, 0.060);
  world_rest_h(&world, 12.0);
  for (int i = 0; i < WORLD_GROUPS; i++) {
    if (i != 40) ck_assert_int_gt(world.bms.balance.bled_mAs[i], 0);
  }
}
END_TEST

/* --- what stops it --------------------------------------------------------------------------- */

static void spoil(bms_t *bms, int how) {
  switch (how) {
  case 0:
    bms->state = BMS_STATE_DRIVE;
    break;
  case 1:
    bms->state = BMS_STATE_FAULT;
    break;
  case 2:
    bms->reaction.is_open = 1;
    break;
  case 3:
    bms->reaction.is_zero_open = 1;
    break;
  case 4:
    bms->reaction.has_latched = 1;
    break;
  case 5:
    bms->openwire.is_suspecting = 1;
    break;
  case 6:
    bms->dtc[DTC_BLEED_STUCK].is_active = 1;
    break;
  case 7:
    bms->dtc[DTC_CELL_SELF_DISCHARGE].is_active = 1;
    break;
  case 8:
    bms->dtc[DTC_AFE_COMMUNICATION].is_active = 1;
    break;
  case 9:
    bms->afe.config_ok_mask = 0xF7;
    break;
  case 10:
    bms->meas.group_min_mV = 3499;
    break;
  case 11:
    bms->meas.group_min_index = BMS_NO_LOCATION;
    break;
  case 12:
    bms->meas.supply_mV = 11499;
    break;
  default:
    bms->state = BMS_STATE_SLEEP;
    break;
  }
}

START_TEST(what_forbids_it_stops_it_in_the_same_task) {
  _i *= STEP_OF_LOOP;
  world_init(&world, 0.6, 5);
  spread(&world, ONE_LOW, 0.060);
  world_rest_h(&world, 1.0);
  ck_assert_uint_eq(switches_on(&world), 95);
  ck_assert_int_eq(balance_is_wanted(&world.bms), 1);
  spoil(&world.bms, _i);
  balance_guard(&world.bms);
  ck_assert_uint_eq(switches_on(&world), 0);
  ck_assert_uint_eq(world.bms.afe.mute_is_due, 1);
  ck_assert_uint_eq(world.bms.afe.config_write_is_due, 1);
  int passes = _i <= 1 || _i == 5 || _i == 9 || _i == 13; /* the state, or what heals by itself */
  ck_assert_int_eq(balance_is_wanted(&world.bms), passes);
  for (int i = 0; i < 200; i++) balance_step(&world.bms);
  ck_assert_uint_eq(switches_on(&world), 0);
}
END_TEST

START_TEST(charging_and_balance_allow_it) {
  _i *= STEP_OF_LOOP;
  world_init(&world, 0.6, 6);
  spread(&world, ONE_LOW, 0.060);
  world_rest_h(&world, 1.0);
  world.bms.state = _i ? BMS_STATE_CHARGE : BMS_STATE_BALANCE;
  world.bms.meas.group_min_mV = 3500;
  world.bms.meas.supply_mV = 11500;
  balance_guard(&world.bms);
  ck_assert_uint_eq(switches_on(&world), 95);
}
END_TEST

/// Neither side of a wire that is not right, nor a group without a value.
START_TEST(groups_beside_a_bad_wire_wait) {
  world_init(&world, 0.6, 7);
  spread(&world, ONE_LOW, 0.060);
  const pinout_group_t *row = &pinout_group[60];
  world.bms.wire_state[row->wire_above] = BMS_WIRE_SUSPECT;
  world_rest_h(&world, 1.0);
  ck_assert_uint_eq(switches_on(&world), 93);
  ck_assert_int_eq(world.bms.balance.rest_raw256[60], 0);
  ck_assert_int_eq(world.bms.balance.rest_raw256[61], 0);
  ck_assert_int_ne(world.bms.balance.rest_raw256[59], 0);
}
END_TEST

/* --- in the core's own rig ------------------------------------------------------------------- */

static rig_t rig;

static uint32_t rig_mask(uint32_t m) {
  return rig.config[m][0][4] | (rig.config[m][0][5] & 15u) << 8 |
         (uint32_t)(rig.config[m][1][0] >> 4) << 12;
}

static void begin_bleeding(void) {
  rig_init(&rig);
  rig_run(&rig, 1500);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
  rig.bms.balance.need_mAs[30] = 1000000;
  for (int i = 0; i < 1500 && rig_mask(pinout_group[30].module - 1u) == 0; i++) rig_tick(&rig);
  ck_assert_uint_eq(rig_mask(pinout_group[30].module - 1u), 1u << (pinout_group[30].channel - 1u));
}

/// 1 iff this step mutes the chips.
static int mutes(void) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < rig.out.xfer_count; i++) {
    if (rig.out.afe_tx[at] == 0 && rig.out.afe_tx[at + 1] == 0x28) return 1;
    at += rig.out.xfer[i].tx_bytes;
  }
  return 0;
}

START_TEST(a_fault_rests_the_switches_in_the_step_that_finds_it) {
  begin_bleeding();
  rig.in.digital |= BMS_DI_CRASH;
  uint32_t dtc_ms = 0, mute_ms = 0;
  for (uint32_t i = 1; i <= 60; i++) {
    rig_tick(&rig);
    if (dtc_ms == 0 && rig.bms.dtc[DTC_CRASH].is_active) dtc_ms = i;
    if (dtc_ms != 0 && mute_ms == 0 && mutes()) mute_ms = i;
  }
  ck_assert_uint_ne(dtc_ms, 0);
  ck_assert_uint_eq(mute_ms, dtc_ms);
  ck_assert_uint_eq(rig_mask(pinout_group[30].module - 1u), 0);
  ck_assert_int_eq(rig.is_muted, 0); /* the configuration does it now */
  ck_assert_uint_eq(rig.bms.dtc[DTC_AFE_CONFIGURATION].occurrence_count, 0);
}
END_TEST

START_TEST(standby_balances_in_its_own_state_and_leaves_it_to_drive) {
  begin_bleeding();
  rig.in.digital &= (uint16_t)~BMS_DI_IGNITION;
  rig.request = SM_REQUEST_SLEEP;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_BALANCE, 3000), UINT32_MAX);
  rig_run(&rig, 8000);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_BALANCE);
  rig.bms.balance.need_mAs[30] = 100;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_SLEEP, 9000), UINT32_MAX);
  rig.in.digital |= BMS_DI_IGNITION;
  rig.bms.balance.need_mAs[30] = 1000000;
  rig.request = SM_REQUEST_STANDBY;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_BALANCE, 6000), UINT32_MAX);
  rig.request = SM_REQUEST_DRIVE;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_DRIVE, 3000), UINT32_MAX);
  rig_run(&rig, 30);
  ck_assert_uint_eq(rig_mask(pinout_group[30].module - 1u), 0);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

START_TEST(balancing_shows_on_the_bus) {
  begin_bleeding();
  can_bms_extremes_t extremes = {0};
  for (int i = 0; i < 200; i++) {
    rig_tick(&rig);
    for (uint32_t k = 0; k < rig.out.can_tx_count; k++) {
      if (rig.out.can_tx[k].id == CAN_BMS_EXTREMES_ID)
        can_bms_extremes_unpack(&extremes, rig.out.can_tx[k].data);
    }
  }
  ck_assert_uint_eq(extremes.is_balancing_raw, 1);
}
END_TEST

/* --- the switches' test ---------------------------------------------------------------------- */

/// Every switch, on all the time or never: named within 10 s, and healed when it obeys again.
START_TEST(a_stuck_switch_is_named) {
  _i *= STEP_OF_LOOP;
  uint32_t group = (uint32_t)_i % BMS_GROUP_COUNT;
  rig_init(&rig);
  rig_run(&rig, 2000 + 131 * (uint32_t)_i);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  rig.switch_is_stuck[group] = _i < BMS_GROUP_COUNT ? 1 : 2;
  uint32_t ms = 0;
  while (!rig.bms.dtc[DTC_BLEED_STUCK].is_active && ms++ < 10000) rig_tick(&rig);
  ck_assert_uint_lt(ms, 10000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].location, group);
  ck_assert_uint_eq(rig_dtc_count(&rig), 1);
  rig.switch_is_stuck[group] = 0;
  rig_run(&rig, 6000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].is_active, 0);
}
END_TEST

/// Just enough of a drop, and not quite.
START_TEST(the_drop_decides) {
  _i *= STEP_OF_LOOP;
  rig_init(&rig);
  rig.noise_raw = 0;
  rig.bleed_drop_raw = _i ? 15 : 14; /* in each of two wires, 30 in all */
  rig_run(&rig, 15000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].is_active, !_i);
  ck_assert_uint_ge(rig.bms.bleed.test_count, 3);
}
END_TEST

/// Readings that scatter by 10 mV, more than half of what a switch draws: no switch is named. One
/// that is stuck is named as soon as they are quiet.
START_TEST(noise_names_no_switch) {
  _i *= STEP_OF_LOOP;
  rig_init(&rig);
  rig.noise_state += (uint32_t)_i;
  rig.noise_raw = 170; /* uniform: 98 raw RMS */
  for (uint32_t ms = 0; ms < 60000; ms++) {
    rig_tick(&rig);
    ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].is_active, 0);
  }
  ck_assert_uint_ge(rig.bms.bleed.test_count, 10);
  rig.switch_is_stuck[5] = 1;
  rig.noise_raw = 2;
  rig_run(&rig, 10000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].location, 5);
}
END_TEST

/// All switches of a chip at once are told as well.
START_TEST(a_chip_without_switches_is_told) {
  rig_init(&rig);
  rig_run(&rig, 2000);
  for (uint32_t place = 0; place < pinout_module[3].group_count; place++)
    rig.switch_is_stuck[pinout_module[3].first_group + place] = 1;
  rig_run(&rig, 10000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].location, pinout_module[3].first_group);
}
END_TEST

START_TEST(a_broken_wire_is_no_stuck_switch) {
  rig_init(&rig);
  rig_run(&rig, 1500);
  rig.wire_is_open[3] = 1;
  rig_run(&rig, 15000);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_BLEED_STUCK].occurrence_count, 0);
}
END_TEST

START_TEST(no_test_while_driving_or_at_its_period) {
  rig_init(&rig);
  ck_assert_int_eq(rig_close(&rig, SM_REQUEST_DRIVE), 1);
  uint32_t before = rig.bms.bleed.test_count;
  rig_run(&rig, 9000);
  ck_assert_uint_eq(rig.bms.bleed.test_count, before);
  rig_init(&rig);
  rig_run(&rig, 1990);
  ck_assert_uint_eq(rig.bms.bleed.test_count, 0);
  rig_run(&rig, 12500);
  ck_assert_uint_ge(rig.bms.bleed.test_count, 2);
  ck_assert_uint_le(rig.bms.bleed.test_count, 4);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

/// The scan never sees a switch that conducts: its values stand still through tests and bleeding.
START_TEST(no_measurement_is_disturbed) {
  begin_bleeding();
  rig.noise_raw = 0;
  rig_run(&rig, 100);
  for (int i = 0; i < 9000; i++) {
    rig_tick(&rig);
    ck_assert_uint_eq(rig.bms.meas.group_max_mV, 3700);
    ck_assert_uint_eq(rig.bms.meas.group_min_mV, 3700);
    ck_assert_uint_eq(rig.bms.meas.valid_group_count, 96);
  }
  ck_assert_uint_ge(rig.bms.bleed.test_count, 2);
  ck_assert_uint_ge(rig.bms.openwire.test_done_count, 10);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_balance");
  TCase *tests = tcase_create("balance");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, spread_converges_as_fast_as_the_current_allows, 0,
                      LOOP_END(sizeof days / sizeof days[0]));
  tcase_add_test(tests, an_even_pack_is_not_bled);
  tcase_add_test(tests, board_stays_within_its_limit);
  tcase_add_test(tests, a_warm_board_takes_turns);
  tcase_add_test(tests, turns_reach_every_group);
  tcase_add_loop_test(tests, what_forbids_it_stops_it_in_the_same_task, 0, LOOP_END(14));
  tcase_add_loop_test(tests, charging_and_balance_allow_it, 0, LOOP_END(2));
  tcase_add_test(tests, groups_beside_a_bad_wire_wait);
  tcase_add_test(tests, a_fault_rests_the_switches_in_the_step_that_finds_it);
  tcase_add_test(tests, standby_balances_in_its_own_state_and_leaves_it_to_drive);
  tcase_add_test(tests, balancing_shows_on_the_bus);
  tcase_add_loop_test(tests, a_stuck_switch_is_named, 0, LOOP_END(2 * BMS_GROUP_COUNT));
  tcase_add_loop_test(tests, the_drop_decides, 0, LOOP_END(2));
  tcase_add_loop_test(tests, noise_names_no_switch, 0, LOOP_END(3));
  tcase_add_test(tests, a_chip_without_switches_is_told);
  tcase_add_test(tests, a_broken_wire_is_no_stuck_switch);
  tcase_add_test(tests, no_test_while_driving_or_at_its_period);
  tcase_add_test(tests, no_measurement_is_disturbed);
  suite_add_tcase(suite, tests);
  return suite;
}
