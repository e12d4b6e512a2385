/// Harness against a dense solution of the same circuit: single faults at every wire, and many.
#include <check.h>
#include <math.h>
#include <string.h>

#include "harness_dense.h"
#include "thorough.h"

typedef enum { AT_REST, BLEEDING, PULLED_UP, PULLED_DOWN, SITUATION_COUNT } situation_t;

static rng_t rng;

static uint32_t below(uint32_t limit) { return (uint32_t)(rng_uniform(&rng) * limit); }

static void set_situation(situation_t situation) {
  const pins_afe_mode_t mode[SITUATION_COUNT] = {PINS_AFE_CONVERT, PINS_AFE_CONVERT,
                                                 PINS_AFE_PULL_UP, PINS_AFE_PULL_DOWN};
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    demand.afe_mode[a] = (uint8_t)mode[situation];
    demand.afe_slot_begin[a] = situation == AT_REST ? 1 : 0;
    demand.afe_slot_end[a] = 5;
    demand.bleed_mask[a] = situation == BLEEDING ? 0x1999u : 0u;
  }
  demand.afe_slot_us = 186;
}

/// What leaves the pack by the wires is in the chassis, or on the way to it in floating V-.
static void check_balance(const double minus_V[NODE_COUNT], double step_s) {
  double wire_A = 0.0, away_A = 0.0, power_W = 0.0, group_W = 0.0;
  double tap_A[PINS_WIRE_COUNT], above_A = 0.0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    wire_A += harness.wire_A[w];
    away_A += harness.chassis_A[w];
    power_W += harness.wire_A[w] * source_V[harness.source_of[w]];
    tap_A[harness.source_of[w]] = harness.wire_A[w];
    if (w == minus_of(w) && harness.is_floating[w])
      away_A += 100e-12 / step_s * (harness.pin_V[w] - minus_V[w]);
  }
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++)
    group_W +=
        extra_A[g] * (source_V[pinout_group[g].wire_above] - source_V[pinout_group[g].wire_below]);
  for (uint32_t w = PINS_WIRE_COUNT - 1; w > 0; w--) { /* the joint of a doubled tap */
    above_A += tap_A[w];
    if (pinout_wire[w].pair_wire == w - 1) group_W += above_A * (source_V[w] - source_V[w - 1]);
  }
  ck_assert_double_eq_tol(wire_A, away_A, 1e-11 + 1e-12 * fabs(wire_A));
  ck_assert_double_eq_tol(power_W, group_W, 1e-9 + 1e-12 * fabs(power_W));
}

/// An AFE that no wire holds hangs on 100 pF: the rounding of its clamps' amperes moves all of it
/// together, and only that may be seen. Otherwise 0.
static double common_V(uint32_t afe, const double node_V[NODE_COUNT]) {
  const uint32_t first = pinout_module[afe].first_wire;
  for (uint32_t k = 0; k < pinout_module[afe].wire_count; k++)
    if (!harness.is_floating[first + k]) return 0.0;
  const double shift_V = harness.pin_V[first] - node_V[first];
  ck_assert_double_lt(fabs(shift_V), 5e-8);
  return shift_V;
}

static void compare(const double node_V[NODE_COUNT]) {
  double conductance_S = 0.0, chassis_A = 0.0, sum_A = 0.0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    sum_A += harness.chassis_A[w];
    if (node_of[w] < 0) continue;
    ck_assert_int_eq(harness.clamp[w], dense_clamp[w]);
    ck_assert_int_eq(harness.clamp_to_minus[w], dense_clamp_to_minus[w]);
    const double shift_V = common_V(afe_of(w), node_V);
    ck_assert_double_eq_tol(harness.pin_V[w], node_V[w] + shift_V, 1e-9);
    ck_assert_double_eq_tol(harness.input_V[w], node_V[PINS_WIRE_COUNT + w] + shift_V, 1e-9);
    const double wire_A = (source_V[harness.source_of[w]] - node_V[w]) / harness.series_ohm[w];
    ck_assert_double_eq_tol(harness.wire_A[w], wire_A, 1e-10 + 1e-11 * fabs(wire_A));
  }
  harness_chassis(&harness, &conductance_S, &chassis_A);
  const double into_A = chassis_A - conductance_S * harness.chassis_V;
  ck_assert_double_eq_tol(into_A, sum_A, 1e-12 + 1e-12 * fabs(chassis_A));
}

static int tests_are_on(void) {
  int are_on = 0;
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++)
    are_on |=
        (demand.afe_mode[a] == PINS_AFE_PULL_UP || demand.afe_mode[a] == PINS_AFE_PULL_DOWN) &&
        demand.afe_slot_end[a] > demand.afe_slot_begin[a];
  return are_on;
}

/// Solve a tick later, and compare. Where test currents flow: first up to now without them, then
/// over the slots.
static void solve_and_compare(void) {
  const double none_A[PINS_WIRE_COUNT] = {0};
  double node_V[NODE_COUNT], test_A[PINS_WIRE_COUNT], before_V[NODE_COUNT];
  memcpy(node_V, harness.pin_V, sizeof harness.pin_V);
  memcpy(&node_V[PINS_WIRE_COUNT], harness.input_V, sizeof harness.input_V);
  const double gap_s = (double)(now_us + 1000 - harness.state_us) * 1e-6;
  const double step_s = dense_tests(test_A);
  solve(1000);
  if (tests_are_on()) dense_step(gap_s, none_A, node_V);
  memcpy(before_V, node_V, sizeof before_V);
  const double whole_s = tests_are_on() || harness.slow_count == 0 ? step_s : gap_s + step_s;
  dense_step(whole_s, test_A, node_V);
  compare(node_V);
  check_balance(before_V, whole_s);
}

/* ---- one fault ---- */

typedef struct {
  const char *name;
  harness_wire_fault_t fault;
  double short_ohm;
  uint8_t short_distance; ///< to the wire so far above
  uint8_t swaps;
} single_t;

static const single_t singles[] = {
    {"open", {.is_open = 1}, 0, 0, 0},
    {"100 ohm", {.extra_ohm = 100.0}, 0, 0, 0},
    {"1 kohm", {.extra_ohm = 1e3}, 0, 0, 0},
    {"leak 100 ohm", {.leak_ohm = 100.0}, 0, 0, 0},
    {"leak 1 Mohm", {.leak_ohm = 1e6}, 0, 0, 0},
    {"open and leak 1 ohm", {.is_open = 1, .leak_ohm = 1.0}, 0, 0, 0},
    {"open and leak 10 Mohm", {.is_open = 1, .leak_ohm = 1e7}, 0, 0, 0},
    {"short to the next", {.extra_ohm = 0.0}, 10.0, 1, 0},
    {"short to the second next", {.extra_ohm = 0.0}, 5.0, 2, 0},
    {"short to another AFE", {.extra_ohm = 0.0}, 300.0, 37, 0},
    {"open and short to another AFE", {.is_open = 1}, 1e4, 37, 0},
    {"swap with the next", {.extra_ohm = 0.0}, 0, 0, 1},
};
enum { SINGLE_COUNT = sizeof singles / sizeof singles[0] };

static void set_single(const single_t *what, uint32_t wire) {
  const uint32_t other = (wire + what->short_distance) % PINS_WIRE_COUNT;
  uint32_t last = (wire + what->swaps) % PINS_WIRE_COUNT;
  uint8_t source_of[PINS_WIRE_COUNT];
  ck_assert_int_eq(harness_set_wire(&harness, wire, &what->fault), HARNESS_OK);
  if (what->short_ohm > 0.0)
    ck_assert_int_eq(harness_set_short(&harness, wire, other, what->short_ohm), HARNESS_OK);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) source_of[w] = (uint8_t)w;
  if (afe_of(last) != afe_of(wire)) last = wire; /* would put 300 V across an AFE */
  source_of[wire] = (uint8_t)last;
  source_of[last] = (uint8_t)wire;
  ck_assert_int_eq(harness_set_permutation(&harness, source_of), HARNESS_OK);
  dense_select(1u << afe_of(wire) | 1u << afe_of(other) | 1u << afe_of(last));
}

START_TEST(every_single_fault_agrees) {
  _i *= STEP_OF_LOOP;
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire += STEP_OF_LOOP) {
    setup();
    harness.chassis_V = 170.0;
    set_situation((situation_t)(_i % SITUATION_COUNT));
    solve(1000);
    set_single(&singles[_i / SITUATION_COUNT], wire);
    solve(1000);
    solve_and_compare();
    solve_and_compare();
  }
}
END_TEST

/* ---- many ---- */

/// Slots of 7 kHz or 27 kHz that end within the tick.
static void random_demand(void) {
  demand.afe_slot_us = below(2) ? 186 : 389;
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    demand.bleed_mask[a] = below(3) == 0 ? 0u : (uint32_t)rng_u64(&rng) & 0x7FFFu;
    demand.afe_mode[a] = (uint8_t)below(4);
    demand.afe_slot_begin[a] = (uint8_t)below(3);
    demand.afe_slot_end[a] =
        (uint8_t)(demand.afe_slot_begin[a] + below(demand.afe_slot_us == 186 ? 4 : 3));
  }
}

/// Within one AFE: across two, hundreds of volts would lie on the clamps.
static void random_swap(void) {
  uint8_t source_of[PINS_WIRE_COUNT];
  const pinout_module_t *module = &pinout_module[below(PINS_MODULE_COUNT)];
  const uint32_t a = module->first_wire + below(module->wire_count),
                 b = module->first_wire + below(module->wire_count);
  memcpy(source_of, harness.source_of, sizeof source_of);
  source_of[a] = harness.source_of[b];
  source_of[b] = harness.source_of[a];
  ck_assert_int_eq(harness_set_permutation(&harness, source_of), HARNESS_OK);
}

static double random_ohm(double least, double most) { /* spread over decades */
  double ohm = least;
  while (ohm * 10.0 <= most && rng_uniform(&rng) < 0.75) ohm *= 10.0;
  return ohm * (1.0 + 9.0 * rng_uniform(&rng)) <= most ? ohm * (1.0 + 9.0 * rng_uniform(&rng))
                                                       : ohm;
}

static void random_fault(void) {
  const uint32_t wire = below(PINS_WIRE_COUNT), other = below(PINS_WIRE_COUNT);
  harness_wire_fault_t fault = harness.fault[wire];
  switch (below(7)) {
  case 0:
    fault.is_open = 1;
    break;
  case 1:
    fault.extra_ohm = random_ohm(1.0, 1e5);
    break;
  case 2:
    fault.leak_ohm = random_ohm(1e3, 1e8);
    break;
  case 3:
    random_swap();
    break;
  default:
    if (wire != other && (below(2) || other + 1 == wire))
      (void)harness_set_short(&harness, wire, other, random_ohm(1e3, 1e5));
    else if (wire + 1 < PINS_WIRE_COUNT)
      (void)harness_set_short(&harness, wire, wire + 1, random_ohm(0.5, 1e4));
    break;
  }
  ck_assert_int_eq(harness_set_wire(&harness, wire, &fault), HARNESS_OK);
}

START_TEST(many_faults_agree) {
  _i *= STEP_OF_LOOP;
  rng = rng_stream((uint64_t)_i, "test");
  setup();
  dense_select(0xFF);
  harness.chassis_V = 350.0 * rng_uniform(&rng);
  for (uint32_t i = 0; i < 1 + (uint32_t)_i; i++) random_fault();
  random_demand();
  solve(1000);
  for (int tick = 0; tick < 3; tick++) {
    random_demand();
    solve(1000); /* the bleeds change here */
    solve_and_compare();
  }
}
END_TEST

/// Nothing is wrong with the harness, but cells are: each alone makes clamps conduct.
START_TEST(odd_sources_agree) {
  _i *= STEP_OF_LOOP;
  const uint32_t first = pinout_module[3].first_wire, count = pinout_module[3].wire_count;
  double sound_V[PINS_WIRE_COUNT];
  uint32_t pair = first + 1;
  setup();
  memcpy(sound_V, source_V, sizeof sound_V);
  dense_select(0xFF);
  for (int tick = 0; tick < 2; tick++) solve(1000);
  ck_assert_uint_eq(harness.is_resting, 1);
  while (pinout_wire[pair].pair_wire != pair - 1) pair++;
  if (_i == 0) source_V[first + 5] = source_V[first + 4] - 0.7; /* reversed */
  if (_i == 1) source_V[pair] = source_V[pair - 1] - 0.7; /* the joint of the doubled tap */
  if (_i == 2) source_V[first + count - 1] = source_V[first + count - 2] + 8.2; /* top: zener */
  for (uint32_t k = 1; k < count && _i == 3; k++) /* each of them a little, as one too much */
    source_V[first + k] = source_V[first] - 0.1 * k;
  solve_and_compare();
  ck_assert_uint_eq(harness.clamp_is_on, 1);
  ck_assert_double_gt(harness.clamp_A[3], 1e-4);
  ck_assert_uint_eq(harness.is_resting, 0);
  memcpy(source_V, sound_V, sizeof source_V);
  for (int tick = 0; tick < 2; tick++) solve_and_compare();
  ck_assert_uint_eq(harness.clamp_is_on, 0);
  ck_assert_uint_eq(harness.is_resting, 1);
}
END_TEST

START_TEST(all_wires_open_agree) {
  _i *= STEP_OF_LOOP;
  setup();
  dense_select(0xFF);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) open_wire(w, 1);
  set_situation((situation_t)_i);
  solve(1000);
  for (int tick = 0; tick < 5; tick++) solve_and_compare();
}
END_TEST

/// From 1 mohm to 1 Mohm: each wire to its neighbour, most of them broken, all leaking.
START_TEST(all_neighbours_shorted_agree) {
  _i *= STEP_OF_LOOP;
  const double ohm[4] = {1e-3, 1.0, 299.0, 1e6};
  setup();
  dense_select(0xFF);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    open_wire(w, w % 5 != 0);
    ck_assert_int_eq(harness_set_leak(&harness, w, 1e6 + w), HARNESS_OK);
    if (w > 0 && (_i > 0 || w % 5 != 0)) (void)harness_set_short(&harness, w, w - 1, ohm[_i]);
  }
  solve(1000);
  for (int tick = 0; tick < 3; tick++) solve_and_compare();
}
END_TEST

/// AFEs with wires swapped in pairs: every other clamp conducts; pins are shorted to other AFEs.
/// From the fifth such AFE on these are more nodes than the mesh has.
START_TEST(shorts_among_clamps_agree) {
  _i *= STEP_OF_LOOP;
  uint8_t source_of[PINS_WIRE_COUNT];
  setup();
  dense_select(0xFF);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) source_of[w] = (uint8_t)w;
  for (uint32_t a = 0; a < (uint32_t)_i; a++) {
    for (uint32_t k = 1; k + 1 < pinout_module[a].wire_count; k += 2) {
      const uint32_t wire = pinout_module[a].first_wire + k;
      source_of[wire] = (uint8_t)(wire + 1);
      source_of[wire + 1] = (uint8_t)wire;
    }
  }
  ck_assert_int_eq(harness_set_permutation(&harness, source_of), HARNESS_OK);
  for (uint32_t w = 0; w + 37 < PINS_WIRE_COUNT; w += 5)
    ck_assert_int_eq(harness_set_short(&harness, w, w + 37, 3e3 + 100.0 * w), HARNESS_OK);
  ck_assert_int_eq(harness_set_leak(&harness, 40, 1e5), HARNESS_OK);
  for (uint32_t w = 7; w < PINS_WIRE_COUNT; w += 23) open_wire(w, 1);
  demand.bleed_mask[1] = demand.bleed_mask[6] = 0x155;
  solve(1000);
  const harness_solver_t *solver = &harness.derived.solver[1];
  ck_assert_uint_eq(solver->is_kept, _i < 5);
  for (int tick = 0; tick < 3; tick++) solve_and_compare();
}
END_TEST

START_TEST(wires_that_hang_on_shorts_agree) {
  setup();
  dense_select(0xFF);
  open_wire(20, 1);
  open_wire(62, 1);
  (void)harness_set_short(&harness, 20, 21, 1e-3);
  (void)harness_set_short(&harness, 20, 19, 200.0);
  (void)harness_set_short(&harness, 20, 18, 1e-2); /* a loop by way of an open wire */
  (void)harness_set_short(&harness, 62, 61, 10.0);
  (void)harness_set_short(&harness, 54, 55, 0.5); /* across AFEs: top of M4, bottom of M5 */
  (void)harness_set_short(&harness, 0, 2, 25.0); /* V- itself */
  demand.bleed_mask[3] = 0x155;
  solve(1000);
  memset(harness.fuse_heat_A2s, 0, sizeof harness.fuse_heat_A2s);
  solve_and_compare();
}
END_TEST

START_TEST(drifting_pins_agree) {
  _i *= STEP_OF_LOOP;
  const uint32_t opens[4][3] = {{20, 20, 20}, {15, 17, 40}, {39, 54, 110}, {46, 47, 95}};
  setup();
  dense_select(0xFF);
  for (int i = 0; i < 3; i++) open_wire(opens[_i][i], 1);
  demand.bleed_mask[6] = 0x2A;
  solve(1000);
  for (int round = 0; round < 20; round++) {
    solve_and_compare();
    solve(200000);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("harness_dense");
  TCase *tests = tcase_create("harness_dense");
  tcase_add_loop_test(tests, every_single_fault_agrees, 0,
                      LOOP_END(SINGLE_COUNT * SITUATION_COUNT));
  tcase_add_loop_test(tests, many_faults_agree, 0, LOOP_END(40));
  tcase_add_loop_test(tests, odd_sources_agree, 0, LOOP_END(4));
  tcase_add_loop_test(tests, all_wires_open_agree, 0, LOOP_END(SITUATION_COUNT));
  tcase_add_loop_test(tests, all_neighbours_shorted_agree, 0, LOOP_END(4));
  tcase_add_loop_test(tests, shorts_among_clamps_agree, 0, LOOP_END(PINS_MODULE_COUNT + 1));
  tcase_add_test(tests, wires_that_hang_on_shorts_agree);
  tcase_add_loop_test(tests, drifting_pins_agree, 0, LOOP_END(4));
  suite_add_tcase(suite, tests);
  return suite;
}
