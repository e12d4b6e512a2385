/// The harness's circuit as one dense matrix, solved by plain Gauss elimination in long double.
///
/// Model    independent of the harness's solver but for what is in force: resistances, leaks,
///          bleeds and which inputs are states. Clamps are found anew, from none.
#ifndef TESTS_HARNESS_DENSE_H
#define TESTS_HARNESS_DENSE_H

#include <math.h>

#include "harness_fixture.h"

enum { NODE_COUNT = 2 * PINS_WIRE_COUNT };

static long double matrix[NODE_COUNT][NODE_COUNT + 1];
static uint32_t node_count; ///< pins and inputs of the AFEs that are in
static int32_t node_of[NODE_COUNT]; ///< row of pin w, of input PINS_WIRE_COUNT + w; -1: left out
static uint8_t dense_clamp[PINS_WIRE_COUNT], dense_clamp_to_minus[PINS_WIRE_COUNT];

static inline uint32_t afe_of(uint32_t wire) { return pinout_wire[wire].module - 1u; }
static inline uint32_t minus_of(uint32_t wire) { return pinout_module[afe_of(wire)].first_wire; }

/// Which AFEs the matrix holds: bit a.
static inline void dense_select(uint32_t afes) {
  node_count = 0;
  for (uint32_t i = 0; i < NODE_COUNT; i++)
    node_of[i] = afes >> afe_of(i % PINS_WIRE_COUNT) & 1u ? (int32_t)node_count++ : -1;
}

static inline void stamp(uint32_t node_a, uint32_t node_b, long double siemens) {
  const int32_t a = node_of[node_a], b = node_of[node_b];
  ck_assert(a >= 0 && b >= 0);
  matrix[a][a] += siemens;
  matrix[b][b] += siemens;
  matrix[a][b] -= siemens;
  matrix[b][a] -= siemens;
}

static inline void inject(uint32_t node, long double amp) {
  matrix[node_of[node]][node_count] += amp;
}

static inline void stamp_source(uint32_t node, long double siemens, long double volt) {
  matrix[node_of[node]][node_of[node]] += siemens;
  inject(node, siemens * volt);
}

/// A conductance behind a voltage: a - b is volt where no current flows.
static inline void stamp_behind(uint32_t a, uint32_t b, long double siemens, long double volt) {
  stamp(a, b, siemens);
  inject(a, siemens * volt);
  inject(b, -siemens * volt);
}

static inline void pivot(uint32_t c) {
  uint32_t best = c;
  for (uint32_t i = c + 1; i < node_count; i++)
    if (fabsl(matrix[i][c]) > fabsl(matrix[best][c])) best = i;
  for (uint32_t j = c; j <= node_count && best != c; j++) {
    const long double swap = matrix[c][j];
    matrix[c][j] = matrix[best][j];
    matrix[best][j] = swap;
  }
}

static inline void solve_dense(double node_V[NODE_COUNT]) {
  long double solution[NODE_COUNT];
  for (uint32_t c = 0; c < node_count; c++) {
    pivot(c);
    for (uint32_t i = c + 1; i < node_count; i++) {
      if (matrix[i][c] == 0.0L) continue;
      const long double share = matrix[i][c] / matrix[c][c];
      for (uint32_t j = c; j <= node_count; j++) matrix[i][j] -= share * matrix[c][j];
    }
  }
  for (uint32_t i = node_count; i-- > 0;) {
    long double sum = matrix[i][node_count];
    for (uint32_t j = i + 1; j < node_count; j++) sum -= matrix[i][j] * solution[j];
    solution[i] = sum / matrix[i][i];
  }
  for (uint32_t i = 0; i < NODE_COUNT; i++)
    if (node_of[i] >= 0) node_V[i] = (double)solution[node_of[i]];
}

static inline void stamp_wire(uint32_t w, double step_s, double test_A,
                              const double held_V[NODE_COUNT]) {
  const uint32_t input = PINS_WIRE_COUNT + w, minus = minus_of(w), k = w - minus;
  const long double into_A = (long double)test_A - (long double)harness.leak_A[w];
  const long double step = (long double)step_s, held_here = (long double)held_V[w];
  const long double held_across = (long double)held_V[input] - (long double)held_V[minus];
  const long double leak_ohm = (long double)harness.fault[w].leak_ohm;
  stamp_source(w, 1.0L / (long double)harness.series_ohm[w],
               (long double)source_V[harness.source_of[w]]);
  if (leak_ohm > 0.0L && harness.is_present[w])
    stamp_source(w, 1.0L / leak_ohm, (long double)harness.chassis_V);
  stamp(w, input, 1.0L / 100.0L);
  inject(input, into_A);
  inject(minus, -into_A);
  if (k == 0 && harness.is_floating[w]) stamp_source(w, 100e-12L / step, held_here);
  if (k > 0 && (harness.is_floating[w] || harness.is_floating[minus]))
    stamp_behind(input, minus, 100e-9L / step, held_across);
  if (k > 0 && (harness.bleed_mask[afe_of(w)] >> (k - 1) & 1u)) stamp(w, w - 1, 1.0L / 33.0L);
  if (dense_clamp[w] == HARNESS_CLAMP_FORWARD) stamp_behind(input, input - 1, 1.0L, -0.6L);
  if (dense_clamp[w] == HARNESS_CLAMP_ZENER) stamp_behind(input, input - 1, 1.0L, 8.0L);
  if (dense_clamp_to_minus[w]) stamp_behind(input, minus, 1.0L, -0.6L);
}

static inline uint8_t link_wanted(uint32_t w, const double node_V[NODE_COUNT]) {
  const uint32_t input = PINS_WIRE_COUNT + w, k = w - minus_of(w);
  if (k == 0) return HARNESS_CLAMP_OFF;
  const double step_V = node_V[input] - node_V[input - 1];
  const int is_top = k + 1u == pinout_module[afe_of(w)].wire_count;
  if (step_V < -0.6) return HARNESS_CLAMP_FORWARD;
  return is_top && step_V > 8.0 ? HARNESS_CLAMP_ZENER : HARNESS_CLAMP_OFF;
}

/// Switch clamps as the solution wants them; all, or only the first. 1 iff one changed.
static inline int switch_clamps(const double node_V[NODE_COUNT], int only_first) {
  int is_changed = 0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT && !(is_changed && only_first); w++) {
    if (node_of[w] < 0) continue;
    const uint8_t link = link_wanted(w, node_V);
    const uint8_t to_minus =
        w - minus_of(w) > 1 && node_V[minus_of(w)] - node_V[PINS_WIRE_COUNT + w] > 0.6;
    is_changed |= link != dense_clamp[w] || to_minus != dense_clamp_to_minus[w];
    dense_clamp[w] = link;
    dense_clamp_to_minus[w] = to_minus;
  }
  return is_changed;
}

/// One implicit step; node_V: the state before, the solution after.
static inline void dense_step(double step_s, const double test_A[PINS_WIRE_COUNT],
                              double node_V[NODE_COUNT]) {
  double held_V[NODE_COUNT];
  memcpy(held_V, node_V, sizeof held_V);
  memset(dense_clamp, 0, sizeof dense_clamp);
  memset(dense_clamp_to_minus, 0, sizeof dense_clamp_to_minus);
  for (int round = 0; round < 200; round++) {
    for (uint32_t i = 0; i < node_count; i++)
      memset(matrix[i], 0, (node_count + 1) * sizeof matrix[i][0]);
    for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++)
      if (node_of[w] >= 0) stamp_wire(w, step_s, test_A[w], held_V);
    for (uint32_t i = 0; i < harness.short_count; i++)
      stamp(harness.shorts[i].wire_a, harness.shorts[i].wire_b,
            1.0L / (long double)harness.shorts[i].ohm);
    solve_dense(node_V);
    if (!switch_clamps(node_V, round > 10)) return;
  }
  ck_abort_msg("the dense solution finds no clamps that agree with it");
}

/// Mean test current of a step into each input, told channel by channel.
static inline double dense_tests(double test_A[PINS_WIRE_COUNT]) {
  double step_s = 1e-6;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) test_A[w] = 0.0;
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    const double afe_s = (demand.afe_slot_end[a] - demand.afe_slot_begin[a]) *
                         (demand.afe_slot_us * 1e-6) * (demand.afe_mode[a] != PINS_AFE_IDLE);
    if (afe_s > step_s) step_s = afe_s;
  }
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    const int sign =
        (demand.afe_mode[a] == PINS_AFE_PULL_UP) - (demand.afe_mode[a] == PINS_AFE_PULL_DOWN);
    const uint32_t top = pinout_module[a].top_channel, first = pinout_module[a].first_wire;
    for (uint32_t channel = 1; channel <= 18; channel++) {
      const uint32_t slot = (channel - 1) % 6;
      if (slot < demand.afe_slot_begin[a] || slot >= demand.afe_slot_end[a]) continue;
      const double pulse_A = sign * 100e-6 * (demand.afe_slot_us * 1e-6 / step_s);
      test_A[first + (channel < top ? channel : top)] += pulse_A;
      test_A[first + (channel - 1 < top ? channel - 1 : top)] += pulse_A;
    }
  }
  return step_s;
}

#endif
