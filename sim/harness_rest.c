/// Closed form of a harness at rest.
#include "harness_rest.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_front.h"
#include "simd.h"

enum { LANES = 8, WIRES = PINS_WIRE_COUNT, LAST = WIRES - LANES };

/* Steps from input to input that, all taken together, stay above -0.6 V against V-. */
static const double least_step_V = -0.005, least_pair_V = -0.5, never_V = 1e9;

void harness_rest_init(harness_t *harness) {
  harness_rest_t *rest = &harness->derived.rest;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const uint32_t first = pinout_module[afe].first_wire, count = pinout_module[afe].wire_count;
    for (uint32_t k = 0; k < count; k++) {
      const uint32_t wire = first + k;
      const int is_pair = k > 0 && pinout_wire[wire].pair_wire == wire - 1;
      rest->pin_V[wire] = -harness->rest_A[wire] * HARNESS_WIRE_ohm;
      rest->input_V[wire] = rest->pin_V[wire] - harness->leak_A[wire] * HARNESS_FILTER_ohm;
      rest->least_V[wire] = is_pair ? least_pair_V : least_step_V;
      rest->most_V[wire] = k + 1 == count ? HARNESS_ZENER_V : never_V;
    }
    rest->least_V[first] = -never_V;
  }
}

/// 1 iff no clamp conducts for certain. Blocks of wires; the last overlaps the one before.
SIMD_CLONES static int solve_wires(const harness_rest_t *restrict rest,
                                   const double *restrict source_V, double *restrict pin_V,
                                   double *restrict input_V) {
  double over_V[LANES] = {0};
  for (uint32_t at = 0; at < WIRES; at += LANES) {
    const uint32_t w = at < LAST ? at : LAST;
    SIMD_LOOP
    for (uint32_t i = 0; i < LANES; i++) pin_V[w + i] = source_V[w + i] + rest->pin_V[w + i];
    SIMD_LOOP
    for (uint32_t i = 0; i < LANES; i++) input_V[w + i] = source_V[w + i] + rest->input_V[w + i];
  }
  for (uint32_t at = 1; at < WIRES; at += LANES) {
    const uint32_t w = at < LAST ? at : LAST;
    SIMD_LOOP
    for (uint32_t i = 0; i < LANES; i++) {
      const double step_V = input_V[w + i] - input_V[w + i - 1];
      const double under_V = rest->least_V[w + i] - step_V, above_V = step_V - rest->most_V[w + i];
      const double more_V = under_V > above_V ? under_V : above_V;
      over_V[i] = more_V > over_V[i] ? more_V : over_V[i];
    }
  }
  double sum_V = 0.0;
  for (uint32_t i = 0; i < LANES; i++) sum_V += over_V[i];
  return !(sum_V > 0.0);
}

int harness_rest_solve(harness_t *harness, const double source_V[PINS_WIRE_COUNT],
                       pins_in_t *pins) {
  if (!solve_wires(&harness->derived.rest, source_V, pins->wire_V, pins->afe_input_V)) return 0;
  memcpy(harness->pin_V, pins->wire_V, sizeof harness->pin_V);
  memcpy(harness->input_V, pins->afe_input_V, sizeof harness->input_V);
  if (harness->is_resting) return 1;
  memcpy(harness->wire_A, harness->rest_A, sizeof harness->wire_A);
  harness->is_resting = 1;
  return 1;
}
