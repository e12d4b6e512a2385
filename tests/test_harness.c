/// Harness against closed forms: pins, bleeds, drift, clamps, fuses, leaks, chatter, refusals.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness_fixture.h"

static double channel_V(uint32_t wire) {
  return pins.afe_input_V[wire] - pins.afe_input_V[wire - 1];
}

START_TEST(healthy_pins_follow_their_taps) {
  setup();
  solve(1000);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    ck_assert_double_eq_tol(pins.wire_V[w], source_V[w], 1e-6);
    ck_assert_double_eq_tol(pins.afe_input_V[w], source_V[w], 11e-6); /* 100 nA x 100 ohm */
  }
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++) ck_assert_double_lt(fabs(extra_A[g]), 3e-6);
}
END_TEST

START_TEST(leakage_flows_into_each_chip) {
  setup();
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    double sum_A = 0.0;
    for (uint32_t k = 1; k < pinout_module[a].wire_count; k++)
      sum_A += harness.leak_A[pinout_module[a].first_wire + k];
    ck_assert_double_gt(sum_A, 0.0);
  }
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    ck_assert_double_le(fabs(harness.leak_A[w]), 100e-9);
    ck_assert_double_ge(fabs(harness.leak_A[w]), 20e-9);
    ck_assert_double_le(fabs(harness.fuse_limit_A2s[w] - 2.0), 0.2);
  }
}
END_TEST

START_TEST(bleed_takes_its_current_from_one_group) {
  setup();
  const uint32_t wire = pinout_module[2].first_wire + 3, group = pinout_wire[wire].group_below;
  demand.bleed_mask[2] = 1u << 2; /* channel 3 */
  solve(1000);
  const double amp = (source_V[wire] - source_V[wire - 1]) / (33.0 + 2 * 0.045);
  ck_assert_double_eq_tol(pins.wire_V[wire], source_V[wire] - 0.045 * amp, 1e-6);
  ck_assert_double_eq_tol(pins.wire_V[wire - 1], source_V[wire - 1] + 0.045 * amp, 1e-6);
  ck_assert_double_eq_tol(extra_A[group], amp, 3e-6);
  ck_assert_double_lt(fabs(extra_A[group - 1]), 3e-6);
  ck_assert_double_lt(fabs(extra_A[group + 1]), 3e-6);
}
END_TEST

START_TEST(bleed_through_a_broken_wire_flows_round_it) {
  setup();
  const uint32_t wire = pinout_module[0].first_wire + 4;
  demand.bleed_mask[0] = 3u << 3; /* channels 4 and 5 */
  open_wire(wire, 1);
  solve(1000);
  const double amp = (source_V[wire + 1] - source_V[wire - 1]) / (2 * 33.0 + 2 * 0.045);
  ck_assert_double_eq_tol(pins.wire_V[wire], source_V[wire - 1] + amp * (33.0 + 0.045), 1e-5);
  ck_assert_double_eq_tol(extra_A[pinout_wire[wire].group_below], amp, 1e-5);
  ck_assert_double_eq_tol(extra_A[pinout_wire[wire].group_above], amp, 1e-5);
}
END_TEST

START_TEST(open_inner_wire_drifts_with_its_leakage) {
  setup();
  const uint32_t wire = 5;
  solve(1000);
  open_wire(wire, 1);
  solve(1000);
  const double start_V = pins.afe_input_V[wire];
  ck_assert_double_eq_tol(start_V, source_V[wire], 1e-4);
  for (int i = 0; i < 100; i++) solve(1000);
  const double drift_V = -harness.leak_A[wire] / 100e-9 * 0.1;
  ck_assert_double_eq_tol(pins.afe_input_V[wire] - start_V, drift_V, 0.01 * fabs(drift_V));
  const double both_V = source_V[wire + 1] - source_V[wire - 1];
  ck_assert_double_eq_tol(channel_V(wire) + channel_V(wire + 1), both_V, 1e-3);
}
END_TEST

START_TEST(drift_does_not_depend_on_how_often_it_is_solved) {
  double end_V[2];
  for (int run = 0; run < 2; run++) {
    setup();
    solve(1000);
    open_wire(5, 1);
    solve(1000);
    for (int i = 0; i < (run ? 10 : 100); i++) solve(run ? 10000 : 1000);
    end_V[run] = pins.afe_input_V[5];
  }
  ck_assert_double_eq_tol(end_V[0], end_V[1], 2e-5); /* 1 Gohm across the break, tau 100 s */
}
END_TEST

START_TEST(end_wires_collapse_their_group) {
  setup();
  solve(1000);
  const pinout_module_t *module = &pinout_module[4];
  const uint32_t zero = module->first_wire, top = zero + module->top_channel;
  open_wire(zero, 1);
  const double second_V = source_V[zero + 2] - source_V[zero + 1];
  double last_V = 10.0;
  for (int i = 0; i < 2000; i++) {
    solve(10000);
    ck_assert_double_le(channel_V(zero + 1), last_V + 1e-9);
    last_V = channel_V(zero + 1);
    ck_assert_double_eq_tol(channel_V(zero + 2), second_V, 1e-3);
  }
  ck_assert_double_eq_tol(last_V, -0.6, 1e-3);
  open_wire(zero, 0);
  solve(1000);
  ck_assert_double_eq_tol(channel_V(zero + 1), source_V[zero + 1] - source_V[zero], 1e-3);
  open_wire(top, 1);
  for (int i = 0; i < 2000; i++) solve(10000);
  if (harness.leak_A[top] > 0.0)
    ck_assert_double_eq_tol(channel_V(top), -0.6, 1e-3);
  else
    ck_assert_double_eq_tol(channel_V(top), 8.0, 1e-3);
}
END_TEST

START_TEST(test_current_moves_a_floating_pin_only) {
  setup();
  open_wire(5, 1);
  solve(1000);
  const double before_V = channel_V(5), healthy_V = channel_V(7);
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    demand.afe_mode[a] = PINS_AFE_PULL_UP;
    demand.afe_slot_end[a] = 6;
  }
  demand.afe_slot_us = 186;
  solve(1000);
  ck_assert_double_eq_tol(channel_V(5) - before_V, 2 * 100e-6 * 186e-6 / 100e-9 - 10e-3,
                          4e-3); /* leakage */
  ck_assert_double_eq_tol(channel_V(7), healthy_V, 1e-4);
  ck_assert_double_eq_tol(pins.afe_input_V[7] - source_V[7], 10e-3, 1e-4); /* the filter's drop */
  for (uint32_t a = 1; a < PINS_MODULE_COUNT; a++) { /* what goes out comes back through T0 */
    double sum_A = 0.0;
    for (uint32_t k = 0; k < pinout_module[a].wire_count; k++)
      sum_A += harness.wire_A[pinout_module[a].first_wire + k];
    ck_assert_double_lt(fabs(sum_A), 1e-11);
    ck_assert_double_gt(harness.wire_A[pinout_module[a].first_wire], 300e-6);
  }
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) demand.afe_mode[a] = PINS_AFE_PULL_DOWN;
  solve(1000);
  ck_assert_double_eq_tol(channel_V(5), before_V + 10e-3, 5e-3);
  ck_assert_double_eq_tol(pins.afe_input_V[7] - source_V[7], -10e-3, 1e-4);
}
END_TEST

START_TEST(test_current_flows_in_its_slot_only) {
  setup();
  open_wire(5, 1); /* input 5 of M1: channels 5 and 6, slots 4 and 5 */
  solve(1000);
  const double before_V = channel_V(5);
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    demand.afe_mode[a] = PINS_AFE_PULL_UP;
    demand.afe_slot_end[a] = 4;
  }
  demand.afe_slot_us = 186;
  solve(1000);
  ck_assert_double_eq_tol(channel_V(5), before_V - 10e-3, 3e-3); /* its neighbour's filter drop */
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    demand.afe_slot_begin[a] = 4;
    demand.afe_slot_end[a] = 5;
  }
  solve(1000);
  ck_assert_double_eq_tol(channel_V(5) - before_V, 0.186 - 10e-3, 4e-3);
}
END_TEST

START_TEST(swapped_wires_clamp_and_damage_the_chip) {
  setup();
  uint8_t source_of[PINS_WIRE_COUNT];
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) source_of[w] = (uint8_t)w;
  source_of[30] = 31;
  source_of[31] = 30;
  ck_assert_int_eq(harness_set_permutation(&harness, source_of), HARNESS_OK);
  solve(1000);
  const double step_V = source_V[31] - source_V[30];
  ck_assert_double_eq_tol(pins.wire_V[30], source_V[31], 2e-3);
  const double amp = (step_V - 0.6) / (2 * 100.045 + 1.0);
  ck_assert_double_eq_tol(pins.afe_input_V[30] - pins.afe_input_V[31], 0.6 + amp, 1e-3);
  ck_assert_double_eq_tol(harness.clamp_A[2], amp, 1e-4);
  ck_assert_uint_eq(harness.afe_is_damaged[2], 0);
  ck_assert_int_eq(harness_is_due(&harness, &demand), 1);
  solve(1000);
  ck_assert_uint_eq(harness.afe_is_damaged[2], 1);
  ck_assert_uint_eq(harness.afe_is_damaged[1], 0);
  /* the clamp's current discharges the group between the two taps */
  ck_assert_double_eq_tol(extra_A[pinout_wire[31].group_below], amp, 1e-4);
  source_of[30] = 30;
  source_of[31] = 31;
  ck_assert_int_eq(harness_set_permutation(&harness, source_of), HARNESS_OK);
  for (int i = 0; i < 3; i++) solve(1000);
  ck_assert_double_eq_tol(channel_V(31), step_V, 1e-4);
  ck_assert_uint_eq(harness.is_plain, 1);
}
END_TEST

START_TEST(short_of_neighbours_melts_one_fuse) {
  setup();
  solve(1000);
  ck_assert_int_eq(harness_set_short(&harness, 30, 31, 1e-3), HARNESS_OK);
  solve(1000);
  const double amp = (source_V[31] - source_V[30]) / (2 * 0.045 + 1e-3);
  ck_assert_double_eq_tol(extra_A[pinout_wire[31].group_below], amp, 1e-3);
  const double limit_A2s = fmin(harness.fuse_limit_A2s[30], harness.fuse_limit_A2s[31]);
  const double melt_ms = limit_A2s / (amp * amp - 4.0) * 1e3;
  int ticks = 0;
  while (harness.fuse_is_blown[30] + harness.fuse_is_blown[31] == 0 && ticks < 10) {
    ck_assert_int_eq(harness_is_due(&harness, &demand), 1);
    solve(1000);
    ticks++;
  }
  ck_assert_int_eq(ticks, (int)ceil(melt_ms));
  for (int i = 0; i < 2000; i++) solve(1000);
  ck_assert_int_eq(harness.fuse_is_blown[30] + harness.fuse_is_blown[31], 1);
  ck_assert_int_eq(harness.fuse_is_hot, 0);
  ck_assert_double_lt(fabs(extra_A[pinout_wire[31].group_below]), 1e-5);
  ck_assert_double_eq_tol(channel_V(31), 0.0, 1e-4); /* both pins hang on one wire */
}
END_TEST

START_TEST(bleeding_never_melts_a_fuse) {
  setup();
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) demand.bleed_mask[a] = 0x3FFFF;
  for (int i = 0; i < 100; i++) solve(100000);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) ck_assert_uint_eq(harness.fuse_is_blown[w], 0);
}
END_TEST

START_TEST(shorted_pair_wires_are_harmless) {
  setup();
  const uint32_t lower = pinout_module[7].first_wire + 7;
  ck_assert_uint_eq(pinout_wire[lower].pair_wire, lower + 1);
  (void)harness_set_short(&harness, lower, lower + 1, 1e-3);
  solve(1000);
  ck_assert_double_eq_tol(channel_V(lower), source_V[lower] - source_V[lower - 1], 1e-4);
  ck_assert_double_eq_tol(channel_V(lower + 2), source_V[lower + 2] - source_V[lower + 1], 1e-4);
}
END_TEST

START_TEST(chatter_follows_the_clock) {
  setup();
  const harness_wire_fault_t fault = {
      .extra_ohm = 100.0, .chatter_is_on = 1, .chatter_Hz = 50, .chatter_duty = 0.25};
  ck_assert_int_eq(harness_set_wire(&harness, 10, &fault), HARNESS_OK);
  demand.bleed_mask[0] = 1u << 9;
  now_us = 0;
  for (int ms = 1; ms <= 60; ms++) {
    ck_assert_int_eq(harness_is_due(&harness, &demand), 1);
    solve(1000);
    const int is_present = ms % 20 < 5;
    const double ohm = is_present ? 100.045 : 0.045;
    const double amp = (source_V[10] - source_V[9]) / (33.0 + 0.045 + ohm);
    ck_assert_double_eq_tol(source_V[10] - pins.wire_V[10], amp * ohm, 2e-5);
  }
}
END_TEST

START_TEST(leak_flows_from_its_tap_into_the_chassis) {
  double conductance_S = 1.0, chassis_A = 1.0;
  setup();
  solve(1000);
  harness_chassis(&harness, &conductance_S, &chassis_A);
  ck_assert_double_eq(conductance_S, 0.0);
  ck_assert_double_eq(chassis_A, 0.0);
  const uint32_t wire = 49, group = pinout_wire[wire].group_below;
  harness.chassis_V = source_V[wire] - 100.0;
  ck_assert_int_eq(harness_set_leak(&harness, wire, 1e4), HARNESS_OK);
  ck_assert_int_eq(harness_is_due(&harness, &demand), 1);
  solve(1000);
  const double amp = 100.0 / (1e4 + 0.045);
  ck_assert_double_eq_tol(harness.chassis_A[wire], amp, 1e-9);
  ck_assert_double_eq_tol(pins.wire_V[wire], source_V[wire] - 0.045 * amp, 1e-7);
  ck_assert_double_eq_tol(extra_A[group], amp, 3e-6); /* all groups below the tap feed it */
  ck_assert_double_eq_tol(extra_A[0], amp, 3e-6);
  ck_assert_double_lt(fabs(extra_A[group + 1]), 3e-6);
  harness_chassis(&harness, &conductance_S, &chassis_A);
  ck_assert_double_eq_tol(conductance_S, 1e-4, 1e-18);
  ck_assert_double_eq_tol(chassis_A, 1e-4 * pins.wire_V[wire], 1e-12);
  ck_assert_int_eq(harness_is_due(&harness, &demand), 1); /* the chassis may have moved */
  harness.chassis_V = source_V[wire] + 50.0;
  solve(1000);
  ck_assert_double_eq_tol(harness.chassis_A[wire], -0.5 * amp, 1e-9);
  ck_assert_int_eq(harness_set_leak(&harness, wire, 0.0), HARNESS_OK);
  solve(1000);
  ck_assert_double_eq(harness.chassis_A[wire], 0.0);
  ck_assert_uint_eq(harness.is_plain, 1);
  ck_assert_int_eq(harness_is_due(&harness, &demand), 0);
}
END_TEST

START_TEST(leak_holds_a_broken_wire_at_the_chassis) {
  setup();
  const uint32_t wire = 20;
  const harness_wire_fault_t fault = {.is_open = 1, .leak_ohm = 200.0};
  harness.chassis_V = source_V[wire] + 0.3;
  ck_assert_int_eq(harness_set_wire(&harness, wire, &fault), HARNESS_OK);
  solve(1000);
  ck_assert_uint_eq(harness.is_floating[wire], 0);
  const double pin_V = harness.chassis_V - 200.0 * harness.leak_A[wire];
  ck_assert_double_eq_tol(pins.wire_V[wire], pin_V, 1e-6); /* 1 Gohm to the tap */
}
END_TEST

static void set_chatter(uint32_t wire, double freq_Hz, double duty, double jitter) {
  const harness_wire_fault_t fault = {.leak_ohm = 1e6,
                                      .chatter_is_on = 1,
                                      .chatter_Hz = freq_Hz,
                                      .chatter_duty = duty,
                                      .chatter_jitter = jitter};
  ck_assert_int_eq(harness_set_wire(&harness, wire, &fault), HARNESS_OK);
}

/// Milliseconds in which the leak of a wire is there.
static uint32_t count_presence(uint32_t wire, uint32_t duration_ms) {
  uint32_t count = 0;
  for (uint32_t ms = 0; ms < duration_ms; ms++) {
    solve(1000);
    count += harness.chassis_S[wire] > 0.0;
    ck_assert_uint_eq(harness.chassis_S[wire] > 0.0, harness.is_present[wire]);
  }
  return count;
}

START_TEST(jitter_keeps_the_mean_duty) {
  const double duty[5] = {0.0, 0.1, 0.5, 0.9, 1.0};
  setup();
  now_us = 0;
  set_chatter(10, 10.0, duty[_i], 1.0);
  const uint32_t count = count_presence(10, 20000); /* 200 periods of 100 ticks */
  ck_assert_int_le(abs((int)count - (int)(20000 * duty[_i])), _i % 4 == 0 ? 0 : 200);
}
END_TEST

START_TEST(jitter_moves_the_beginning_over_its_room) {
  double sum = 0.0, least = 1.0, most = 0.0;
  setup();
  now_us = 0;
  set_chatter(10, 1.0, 0.2, 0.5);
  set_chatter(11, 1.0, 0.2, 0.5);
  uint32_t same = 0;
  for (uint32_t period = 0; period < 100; period++) {
    double begin[2] = {-1.0, -1.0};
    for (uint32_t ms = 0; ms < 1000; ms++) {
      now_us = 1000000u * period + 1000u * ms;
      solve(0);
      for (uint32_t i = 0; i < 2; i++)
        if (harness.is_present[10 + i] && begin[i] < 0.0) begin[i] = ms * 1e-3;
    }
    ck_assert(begin[0] >= 0.0 && begin[0] <= 0.4 + 1e-3); /* 0.5 of the 0.8 that are left */
    same += fabs(begin[0] - begin[1]) < 1e-3;
    sum += begin[0];
    least = fmin(least, begin[0]);
    most = fmax(most, begin[0]);
  }
  ck_assert_double_eq_tol(sum / 100, 0.2, 4 * 0.4 / sqrt(12.0 * 100)); /* 4 sigma */
  ck_assert(least < 0.03 && most > 0.37);
  ck_assert_uint_lt(same, 5); /* each wire has its own stream */
}
END_TEST

START_TEST(jitter_is_a_function_of_seed_and_time) {
  static harness_t twin;
  setup();
  set_chatter(10, 37.0, 0.4, 0.8);
  twin = harness;
  for (int ms = 0; ms < 500; ms++) {
    solve(1000);
    if (ms % 7 != 0) continue; /* the twin looks less often and sees the same */
    harness_solve(&twin, now_us, source_V, &demand, &pins, extra_A);
    ck_assert_uint_eq(twin.is_present[10], harness.is_present[10]);
  }
}
END_TEST

START_TEST(chatter_keeps_its_edges) {
  setup();
  set_chatter(10, 500.0, 0.5, 0.0); /* one tick there, one away */
  for (now_us = 10000; now_us < 30000; now_us += 1000) {
    solve(0);
    ck_assert_uint_eq(harness.is_present[10], now_us % 2000 == 0);
  }
  set_chatter(10, 0.1, 0.3, 0.0); /* 3 s of 10 s */
  const uint64_t edge_us[4] = {0, 2999999, 3000000, 9999999};
  for (int i = 0; i < 4; i++) {
    now_us = 20000000 + edge_us[i];
    solve(0);
    ck_assert_uint_eq(harness.is_present[10], i < 2);
  }
  set_chatter(10, 0.1, 0.3, 0.0);
  const harness_wire_fault_t steady = {.leak_ohm = 1e6};
  ck_assert_int_eq(harness_set_wire(&harness, 10, &steady), HARNESS_OK);
  solve(0);
  ck_assert_uint_eq(harness.is_present[10], 1);
}
END_TEST

START_TEST(all_of_a_wires_faults_chatter_together) {
  const harness_wire_fault_t fault = {.extra_ohm = 50.0,
                                      .leak_ohm = 1e5,
                                      .chatter_is_on = 1,
                                      .chatter_Hz = 50,
                                      .chatter_duty = 0.25};
  setup();
  harness.chassis_V = 100.0;
  ck_assert_int_eq(harness_set_wire(&harness, 40, &fault), HARNESS_OK);
  now_us = 0;
  for (int ms = 1; ms <= 40; ms++) {
    solve(1000);
    const double amp = ms % 20 < 5 ? (source_V[40] - 100.0) / (1e5 + 50.045) : 0.0;
    ck_assert_double_eq_tol(harness.chassis_A[40], amp, 1e-9);
  }
}
END_TEST

START_TEST(is_due_only_when_something_looks_or_changes) {
  setup();
  ck_assert_int_eq(harness_is_due(&harness, &demand), 1);
  solve(1000);
  ck_assert_int_eq(harness_is_due(&harness, &demand), 0);
  demand.afe_mode[3] = PINS_AFE_CONVERT;
  ck_assert_int_eq(harness_is_due(&harness, &demand), 1);
  demand.afe_mode[3] = PINS_AFE_IDLE;
  demand.bleed_mask[7] = 4;
  ck_assert_int_eq(harness_is_due(&harness, &demand), 1);
  solve(1000);
  ck_assert_int_eq(harness_is_due(&harness, &demand), 0);
  demand.bleed_mask[7] = 4u | 1u << 17; /* no wire there */
  ck_assert_int_eq(harness_is_due(&harness, &demand), 0);
  open_wire(3, 1);
  ck_assert_int_eq(harness_is_due(&harness, &demand), 1);
}
END_TEST

START_TEST(values_out_of_range_are_refused) {
  setup();
  harness_wire_fault_t fault = {.extra_ohm = -1.0};
  ck_assert_int_eq(harness_set_wire(&harness, 0, &fault), HARNESS_ERR_RANGE);
  fault.extra_ohm = (double)NAN;
  ck_assert_int_eq(harness_set_wire(&harness, 0, &fault), HARNESS_ERR_RANGE);
  fault.extra_ohm = 1e6;
  ck_assert_int_eq(harness_set_wire(&harness, 0, &fault), HARNESS_OK);
  ck_assert_int_eq(harness_set_wire(&harness, PINS_WIRE_COUNT, &fault), HARNESS_ERR_RANGE);
  fault = (harness_wire_fault_t){.chatter_is_on = 1, .chatter_Hz = 501.0, .chatter_duty = 0.5};
  ck_assert_int_eq(harness_set_wire(&harness, 0, &fault), HARNESS_ERR_RANGE);
  fault.chatter_Hz = 500.0;
  fault.chatter_duty = 1.1;
  ck_assert_int_eq(harness_set_wire(&harness, 0, &fault), HARNESS_ERR_RANGE);
  fault.chatter_duty = 1.0;
  fault.chatter_jitter = 1.01;
  ck_assert_int_eq(harness_set_wire(&harness, 0, &fault), HARNESS_ERR_RANGE);
  fault.chatter_jitter = 1.0;
  ck_assert_int_eq(harness_set_wire(&harness, 0, &fault), HARNESS_OK);
  fault.leak_ohm = 0.9;
  ck_assert_int_eq(harness_set_wire(&harness, 0, &fault), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_leak(&harness, 0, 1.1e9), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_leak(&harness, 0, (double)NAN), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_leak(&harness, PINS_WIRE_COUNT, 1e6), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_leak(&harness, 0, 1.0), HARNESS_OK);
  ck_assert_int_eq(harness_set_short(&harness, 4, 4, 1.0), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_short(&harness, 4, 111, 1.0), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_short(&harness, 4, 5, 1e-4), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_short(&harness, 4, 5, 0.0), HARNESS_OK);
  for (uint32_t i = 0; i < HARNESS_SHORT_MAX; i++)
    ck_assert_int_eq(harness_set_short(&harness, i % 50, 60 + (i + i / 50) % 50, 1.0), HARNESS_OK);
  ck_assert_int_eq(harness_set_short(&harness, 40, 41, 1.0), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_short(&harness, 60, 0, 2.0), HARNESS_OK); /* the same pair again */
  ck_assert_uint_eq(harness.short_count, HARNESS_SHORT_MAX);
  ck_assert_int_eq(harness_set_short(&harness, 0, 60, 0.0), HARNESS_OK);
  ck_assert_uint_eq(harness.short_count, HARNESS_SHORT_MAX - 1);
  uint8_t source_of[PINS_WIRE_COUNT] = {0};
  ck_assert_int_eq(harness_set_permutation(&harness, source_of), HARNESS_ERR_RANGE);
}
END_TEST

/// Voltages of a whole harness follow its sources, and an opened input keeps the last of them.
START_TEST(an_opened_input_keeps_its_last_voltage) {
  const uint32_t wire = 20;
  setup();
  for (int tick = 0; tick < 3; tick++) solve(1000);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) source_V[w] *= 0.9;
  solve(1000);
  ck_assert_uint_eq(harness.is_resting, 1);
  ck_assert_int_eq(memcmp(harness.input_V, pins.afe_input_V, sizeof harness.input_V), 0);
  ck_assert_int_eq(memcmp(harness.pin_V, pins.wire_V, sizeof harness.pin_V), 0);
  ck_assert_double_eq_tol(pins.afe_input_V[wire], source_V[wire], 11e-6);
  open_wire(wire, 1);
  solve(1000);
  ck_assert_double_eq_tol(pins.afe_input_V[wire], source_V[wire], 2e-3);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("harness");
  TCase *tests = tcase_create("harness");
  tcase_add_test(tests, healthy_pins_follow_their_taps);
  tcase_add_test(tests, leakage_flows_into_each_chip);
  tcase_add_test(tests, bleed_takes_its_current_from_one_group);
  tcase_add_test(tests, bleed_through_a_broken_wire_flows_round_it);
  tcase_add_test(tests, open_inner_wire_drifts_with_its_leakage);
  tcase_add_test(tests, drift_does_not_depend_on_how_often_it_is_solved);
  tcase_add_test(tests, end_wires_collapse_their_group);
  tcase_add_test(tests, test_current_moves_a_floating_pin_only);
  tcase_add_test(tests, test_current_flows_in_its_slot_only);
  tcase_add_test(tests, swapped_wires_clamp_and_damage_the_chip);
  tcase_add_test(tests, short_of_neighbours_melts_one_fuse);
  tcase_add_test(tests, bleeding_never_melts_a_fuse);
  tcase_add_test(tests, shorted_pair_wires_are_harmless);
  tcase_add_test(tests, chatter_follows_the_clock);
  tcase_add_test(tests, leak_flows_from_its_tap_into_the_chassis);
  tcase_add_test(tests, leak_holds_a_broken_wire_at_the_chassis);
  tcase_add_loop_test(tests, jitter_keeps_the_mean_duty, 0, 5);
  tcase_add_test(tests, jitter_moves_the_beginning_over_its_room);
  tcase_add_test(tests, jitter_is_a_function_of_seed_and_time);
  tcase_add_test(tests, chatter_keeps_its_edges);
  tcase_add_test(tests, all_of_a_wires_faults_chatter_together);
  tcase_add_test(tests, is_due_only_when_something_looks_or_changes);
  tcase_add_test(tests, values_out_of_range_are_refused);
  tcase_add_test(tests, an_opened_input_keeps_its_last_voltage);
  suite_add_tcase(suite, tests);
  return suite;
}
