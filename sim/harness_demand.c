/// Slots and test currents of the AFEs' conversions.
#include "harness_demand.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_front.h"
#include "simd.h"

static double slots_s(const pins_out_t *demand, uint32_t afe) {
  if (demand->afe_mode[afe] == PINS_AFE_IDLE ||
      demand->afe_slot_end[afe] <= demand->afe_slot_begin[afe])
    return 0.0;
  return (demand->afe_slot_end[afe] - demand->afe_slot_begin[afe]) * (demand->afe_slot_us * 1e-6);
}

int harness_demand_tests(const pins_out_t *demand) {
  int is_on = 0;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++)
    is_on |=
        demand->afe_mode[afe] == PINS_AFE_PULL_UP || demand->afe_mode[afe] == PINS_AFE_PULL_DOWN;
  return is_on;
}

double harness_demand_longest_s(const pins_out_t *demand) {
  double longest = HARNESS_DEMAND_MIN_s;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const double afe_s = slots_s(demand, afe);
    if (afe_s > longest) longest = afe_s;
  }
  return longest;
}

/// What each slot of this tick drives: +1 up, -1 down, 0 nothing. 1 iff some test is on.
static int read_signs(const pins_out_t *demand, harness_row_t sign[PINS_SLOT_COUNT]) {
  int is_on = 0;
  if (!harness_demand_tests(demand)) return 0;
  memset(sign, 0, PINS_SLOT_COUNT * sizeof sign[0]);
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const uint8_t mode = demand->afe_mode[afe];
    if (mode != PINS_AFE_PULL_UP && mode != PINS_AFE_PULL_DOWN) continue;
    if (slots_s(demand, afe) <= 0.0) continue;
    is_on = 1;
    const uint32_t last = demand->afe_slot_end[afe];
    for (uint32_t slot = demand->afe_slot_begin[afe]; slot < last && slot < PINS_SLOT_COUNT; slot++)
      sign[slot][afe] = mode == PINS_AFE_PULL_UP ? 1.0 : -1.0;
  }
  return is_on;
}

/// Of the slots [first, last).
SIMD_CLONES static void fill_test(const harness_grid_t *restrict grid, harness_row_t *restrict sign,
                                  uint32_t first, uint32_t last, double share,
                                  harness_demand_t *restrict test) {
  for (uint32_t k = 0; k < HARNESS_INPUT_MAX; k++) {
    harness_row_t pulses = {0};
    for (uint32_t slot = first; slot < last; slot++) {
      SIMD_LOOP
      for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++)
        pulses[a] += sign[slot][a] * grid->pulses[slot][k][a];
    }
    SIMD_LOOP
    for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
      const double mean_A = HARNESS_TEST_A * share * pulses[a];
      const double most_A = pulses[a] > 0.0 ? HARNESS_TEST_A : -HARNESS_TEST_A;
      const double full_A = pulses[a] * pulses[a] > 0.0 ? most_A : 0.0;
      test->into_A[k][a] = grid->rest_A[k][a] + mean_A;
      const double drop_V = HARNESS_FILTER_ohm * (full_A - mean_A);
      test->drop_V[k][a] = grid->state_rows[a] >> k & 1 ? 0.0 : drop_V;
    }
  }
}

double harness_demand_read(const harness_t *harness, const pins_out_t *demand,
                           harness_demand_t *test) {
  _Alignas(SIMD_LINE_bytes) harness_row_t sign[PINS_SLOT_COUNT];
  const double step_s = harness_demand_longest_s(demand),
               share = demand->afe_slot_us * 1e-6 / step_s;
  uint32_t first = PINS_SLOT_COUNT, last = 0;
  test->is_on = read_signs(demand, sign);
  if (!test->is_on) return step_s;
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    if (demand->afe_slot_begin[a] < first) first = demand->afe_slot_begin[a];
    if (demand->afe_slot_end[a] > last) last = demand->afe_slot_end[a];
  }
  if (last > PINS_SLOT_COUNT) last = PINS_SLOT_COUNT;
  fill_test(&harness->derived.grid, sign, first, last, share, test);
  return step_s;
}
