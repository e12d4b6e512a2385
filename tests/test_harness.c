/// Harness against closed forms and against a dense solution of the same circuit.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../sim/harness.h"

enum { NODE_COUNT = 2 * PINS_WIRE_COUNT };

static harness_t harness;
static pins_out_t demand;
static pins_in_t pins;
static double source_V[PINS_WIRE_COUNT], extra_A[PINS_GROUP_COUNT];
static uint64_t now_us;

static void setup(void) {
  memset(&demand, 0, sizeof demand);
  memset(&pins, 0, sizeof pins);
  double sum_V = 0.0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    if (pinout_wire[w].group_below != PINOUT_NONE) sum_V += 3.7 + 0.0005 * (w % 7);
    source_V[w] = sum_V;
  }
  harness_init(&harness, rng_stream(7, "harness"));
  now_us = 1000;
}

static void solve(uint64_t step_us) {
  now_us += step_us;
  harness_solve(&harness, now_us, source_V, &demand, &pins, extra_A);
}

static double channel_V(uint32_t wire) { return pins.afe_input_V[wire] - pins.afe_input_V[wire - 1]; }

static void open_wire(uint32_t wire, int is_open) {
  const harness_wire_fault_t fault = {.is_open = (uint8_t)is_open};
  ck_assert_int_eq(harness_set_wire(&harness, wire, &fault), HARNESS_OK);
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

static double matrix[NODE_COUNT][NODE_COUNT + 1];

static void stamp(uint32_t a, uint32_t b, double siemens) {
  matrix[a][a] += siemens;
  matrix[b][b] += siemens;
  matrix[a][b] -= siemens;
  matrix[b][a] -= siemens;
}

static void solve_dense(double solution[NODE_COUNT]) {
  for (uint32_t c = 0; c < NODE_COUNT; c++) {
    uint32_t best = c;
    for (uint32_t i = c + 1; i < NODE_COUNT; i++)
      if (fabs(matrix[i][c]) > fabs(matrix[best][c])) best = i;
    for (uint32_t j = 0; j <= NODE_COUNT && best != c; j++) {
      const double swap = matrix[c][j];
      matrix[c][j] = matrix[best][j];
      matrix[best][j] = swap;
    }
    for (uint32_t i = c + 1; i < NODE_COUNT; i++) {
      if (matrix[i][c] == 0.0) continue;
      const double share = matrix[i][c] / matrix[c][c];
      for (uint32_t j = c; j <= NODE_COUNT; j++) matrix[i][j] -= share * matrix[c][j];
    }
  }
  for (uint32_t i = NODE_COUNT; i-- > 0;) {
    double sum = matrix[i][NODE_COUNT];
    for (uint32_t j = i + 1; j < NODE_COUNT; j++) sum -= matrix[i][j] * solution[j];
    solution[i] = sum / matrix[i][i];
  }
}

static uint32_t minus_of(uint32_t wire) { return pinout_module[pinout_wire[wire].module - 1].first_wire; }

static void stamp_capacitor(uint32_t w, double step_s, const double held_V[NODE_COUNT]) {
  const uint32_t input = PINS_WIRE_COUNT + w, minus = minus_of(w);
  if (w == minus || !(harness.is_floating[w] || harness.is_floating[minus])) return;
  const double siemens = 100e-9 / step_s, held_A = siemens * (held_V[input] - held_V[minus]);
  stamp(input, minus, siemens);
  matrix[input][NODE_COUNT] += held_A;
  matrix[minus][NODE_COUNT] -= held_A;
}

/// Conducting clamps as the harness found them: 1 ohm behind 0.6 V, or 8 V for the zener.
static void stamp_clamps(uint32_t w) {
  const uint32_t input = PINS_WIRE_COUNT + w, minus = minus_of(w);
  if (harness.clamp[w] != HARNESS_CLAMP_OFF) {
    const double source_A = harness.clamp[w] == HARNESS_CLAMP_FORWARD ? -0.6 : 8.0;
    stamp(input, input - 1, 1.0);
    matrix[input][NODE_COUNT] += source_A;
    matrix[input - 1][NODE_COUNT] -= source_A;
  }
  if (harness.clamp_to_minus[w]) {
    stamp(input, minus, 1.0);
    matrix[input][NODE_COUNT] -= 0.6;
    matrix[minus][NODE_COUNT] += 0.6;
  }
}

/// The whole circuit as one dense matrix: pins 0..110, inputs 111..221.
static void dense_step(double step_s, const double test_A[PINS_WIRE_COUNT], double node_V[NODE_COUNT]) {
  double held_V[NODE_COUNT];
  memcpy(held_V, node_V, sizeof held_V);
  memset(matrix, 0, sizeof matrix);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    const uint32_t input = PINS_WIRE_COUNT + w, minus = minus_of(w);
    const double siemens = 1.0 / harness.series_ohm[w], into_A = test_A[w] - harness.leak_A[w];
    matrix[w][w] += siemens;
    matrix[w][NODE_COUNT] += siemens * source_V[harness.source_of[w]];
    stamp(w, input, 1.0 / 100.0);
    matrix[input][NODE_COUNT] += into_A;
    matrix[minus][NODE_COUNT] -= into_A;
    stamp_capacitor(w, step_s, held_V);
    stamp_clamps(w);
    if (w == minus && harness.is_floating[w]) {
      matrix[w][w] += 100e-12 / step_s;
      matrix[w][NODE_COUNT] += 100e-12 / step_s * held_V[w];
    }
    const uint32_t k = w - minus;
    if (k > 0 && (harness.bleed_mask[pinout_wire[w].module - 1] >> (k - 1) & 1)) stamp(w, w - 1, 1.0 / 33.0);
  }
  for (uint32_t i = 0; i < harness.short_count; i++)
    stamp(harness.shorts[i].wire_a, harness.shorts[i].wire_b, 1.0 / harness.shorts[i].ohm);
  solve_dense(node_V);
}

static rng_t rng;

static uint32_t below(uint32_t limit) { return (uint32_t)(rng_uniform(&rng) * limit); }

static void compare(const double node_V[NODE_COUNT]) {
  for (uint32_t w = 1; w < PINS_WIRE_COUNT; w++) {
    const double step_V = node_V[PINS_WIRE_COUNT + w] - node_V[PINS_WIRE_COUNT + w - 1];
    if (w == minus_of(w)) continue;
    ck_assert_int_eq(harness.clamp[w] == HARNESS_CLAMP_FORWARD, step_V < -0.6);
  }
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    ck_assert_double_eq_tol(harness.pin_V[w], node_V[w], 1e-9);
    ck_assert_double_eq_tol(harness.input_V[w], node_V[PINS_WIRE_COUNT + w], 1e-9);
  }
}

static void random_bleeds(void) {
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++)
    demand.bleed_mask[a] = (uint32_t)rng_u64(&rng) & ((1u << pinout_module[a].top_channel) - 1u);
}

static void random_resistances(uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const harness_wire_fault_t fault = {.extra_ohm = 250.0 * rng_uniform(&rng)};
    (void)harness_set_wire(&harness, below(PINS_WIRE_COUNT), &fault);
  }
}

START_TEST(agrees_with_dense_solution_when_all_pins_are_held) {
  const double no_test[PINS_WIRE_COUNT] = {0};
  double node_V[NODE_COUNT];
  rng = rng_stream((uint64_t)_i, "test");
  setup();
  if (_i != 1) random_bleeds();
  random_resistances(_i == 2 ? 0 : 20);
  for (int s = 0; s < 2 * _i && s < HARNESS_SHORT_MAX; s++) {
    const uint32_t a = below(PINS_WIRE_COUNT), b = s % 2 ? below(PINS_WIRE_COUNT) : (a + 1) % PINS_WIRE_COUNT;
    if (a != b) (void)harness_set_short(&harness, a, b, 5.0 + 100.0 * rng_uniform(&rng));
  }
  solve(1000);
  dense_step(1.0, no_test, node_V);
  compare(node_V);
}
END_TEST

START_TEST(agrees_with_dense_solution_when_wires_hang_on_shorts) {
  const double no_test[PINS_WIRE_COUNT] = {0};
  double node_V[NODE_COUNT];
  setup();
  open_wire(20, 1);
  open_wire(62, 1);
  (void)harness_set_short(&harness, 20, 21, 1e-3);
  (void)harness_set_short(&harness, 20, 19, 200.0);
  (void)harness_set_short(&harness, 62, 61, 10.0);
  (void)harness_set_short(&harness, 54, 55, 0.5); /* across AFEs: top of M4, bottom of M5 */
  demand.bleed_mask[3] = 0x155;
  solve(1000);
  dense_step(1.0, no_test, node_V);
  compare(node_V);
}
END_TEST

START_TEST(agrees_with_dense_solution_when_pins_float) {
  const uint32_t opens[4][3] = {{20, 20, 20}, {15, 17, 40}, {39, 54, 110}, {46, 47, 95}};
  const double no_test[PINS_WIRE_COUNT] = {0};
  double node_V[NODE_COUNT];
  setup();
  for (int i = 0; i < 3; i++) open_wire(opens[_i][i], 1);
  demand.bleed_mask[6] = 0x2A;
  solve(1000);
  for (int round = 0; round < 20; round++) {
    memcpy(node_V, harness.pin_V, sizeof harness.pin_V);
    memcpy(&node_V[PINS_WIRE_COUNT], harness.input_V, sizeof harness.input_V);
    const double gap_s = (double)(now_us + 1000 - harness.state_us) * 1e-6;
    solve(1000);
    dense_step(gap_s, no_test, node_V);
    dense_step(1e-6, no_test, node_V);
    compare(node_V);
  }
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
  if (harness.leak_A[top] > 0.0) ck_assert_double_eq_tol(channel_V(top), -0.6, 1e-3);
  else ck_assert_double_eq_tol(channel_V(top), 8.0, 1e-3);
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
  ck_assert_double_eq_tol(channel_V(5) - before_V, 2 * 100e-6 * 186e-6 / 100e-9 - 10e-3, 4e-3); /* leakage */
  ck_assert_double_eq_tol(channel_V(7), healthy_V, 1e-4);
  ck_assert_double_eq_tol(pins.afe_input_V[7] - source_V[7], 10e-3, 1e-4); /* the filter's drop */
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
  ck_assert_uint_eq(harness.afe_is_plain[2], 1);
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
  const harness_wire_fault_t fault = {.extra_ohm = 100.0, .chatter_is_on = 1, .chatter_Hz = 50, .chatter_duty = 0.25};
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
  ck_assert_int_eq(harness_set_short(&harness, 4, 4, 1.0), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_short(&harness, 4, 111, 1.0), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_short(&harness, 4, 5, 1e-4), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_short(&harness, 4, 5, 0.0), HARNESS_OK);
  for (uint32_t i = 0; i < HARNESS_SHORT_MAX; i++)
    ck_assert_int_eq(harness_set_short(&harness, i, 60 + i, 1.0), HARNESS_OK);
  ck_assert_int_eq(harness_set_short(&harness, 40, 41, 1.0), HARNESS_ERR_RANGE);
  ck_assert_int_eq(harness_set_short(&harness, 60, 0, 2.0), HARNESS_OK); /* the same pair again */
  ck_assert_uint_eq(harness.short_count, HARNESS_SHORT_MAX);
  ck_assert_int_eq(harness_set_short(&harness, 0, 60, 0.0), HARNESS_OK);
  ck_assert_uint_eq(harness.short_count, HARNESS_SHORT_MAX - 1);
  uint8_t source_of[PINS_WIRE_COUNT] = {0};
  ck_assert_int_eq(harness_set_permutation(&harness, source_of), HARNESS_ERR_RANGE);
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
  tcase_add_loop_test(tests, agrees_with_dense_solution_when_all_pins_are_held, 0, 7);
  tcase_add_test(tests, agrees_with_dense_solution_when_wires_hang_on_shorts);
  tcase_add_loop_test(tests, agrees_with_dense_solution_when_pins_float, 0, 4);
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
  tcase_add_test(tests, is_due_only_when_something_looks_or_changes);
  tcase_add_test(tests, values_out_of_range_are_refused);
  suite_add_tcase(suite, tests);
  return suite;
}
