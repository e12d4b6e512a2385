/// Harness against a dense solution of the same circuit.
#include <check.h>
#include <math.h>
#include <string.h>

#include "harness_fixture.h"

enum { NODE_COUNT = 2 * PINS_WIRE_COUNT };

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

static uint32_t minus_of(uint32_t wire) {
  return pinout_module[pinout_wire[wire].module - 1].first_wire;
}

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
static void dense_step(double step_s, const double test_A[PINS_WIRE_COUNT],
                       double node_V[NODE_COUNT]) {
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
    if (k > 0 && (harness.bleed_mask[pinout_wire[w].module - 1] >> (k - 1) & 1))
      stamp(w, w - 1, 1.0 / 33.0);
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
    const uint32_t a = below(PINS_WIRE_COUNT),
                   b = s % 2 ? below(PINS_WIRE_COUNT) : (a + 1) % PINS_WIRE_COUNT;
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

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("harness_dense");
  TCase *tests = tcase_create("harness_dense");
  tcase_add_loop_test(tests, agrees_with_dense_solution_when_all_pins_are_held, 0, 7);
  tcase_add_test(tests, agrees_with_dense_solution_when_wires_hang_on_shorts);
  tcase_add_loop_test(tests, agrees_with_dense_solution_when_pins_float, 0, 4);
  suite_add_tcase(suite, tests);
  return suite;
}
