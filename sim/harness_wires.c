/// Turns the pack's order of wires into rows of lanes, and back.
#include "harness_wires.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "simd.h"

/* stored as one */
typedef double pair_t __attribute__((vector_size(16)));

/// All rows of a lane; from has HARNESS_INPUT_MAX values.
static void to_lane(const double *restrict from, harness_row_t *restrict rows, uint32_t a) {
  SIMD_WHOLE
  for (uint32_t k = 0; k < HARNESS_INPUT_MAX; k++) rows[k][a] = from[k];
}

static void from_lane(const harness_row_t *restrict rows, uint32_t a, double *restrict to) {
  SIMD_WHOLE
  for (uint32_t k = 0; k < HARNESS_INPUT_MAX; k += 2) {
    const pair_t pair = {rows[k][a], rows[k + 1][a]};
    memcpy(&to[k], &pair, sizeof pair);
  }
}

void harness_wires_to_rows(const double wire[PINS_WIRE_COUNT],
                           harness_row_t rows[HARNESS_INPUT_MAX]) {
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    const uint32_t first = pinout_module[a].first_wire, count = pinout_module[a].wire_count;
    if (first + HARNESS_INPUT_MAX <= PINS_WIRE_COUNT)
      to_lane(&wire[first], rows, a);
    else
      for (uint32_t k = 0; k < count; k++) rows[k][a] = wire[first + k];
  }
}

/// What an AFE's idle rows write, the next AFE's wires replace.
void harness_wires_from_rows(const harness_row_t rows[HARNESS_INPUT_MAX],
                             double wire[PINS_WIRE_COUNT]) {
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    const uint32_t first = pinout_module[a].first_wire, count = pinout_module[a].wire_count;
    if (first + HARNESS_INPUT_MAX <= PINS_WIRE_COUNT)
      from_lane(rows, a, &wire[first]);
    else
      for (uint32_t k = 0; k < count; k++) wire[first + k] = rows[k][a];
  }
}

SIMD_CLONES static void add_above(harness_row_t *restrict sum_A) {
  harness_row_t above_A;
  double total_A = 0.0;
  for (uint32_t a = PINS_MODULE_COUNT; a-- > 0;) {
    above_A[a] = total_A;
    total_A += sum_A[0][a];
  }
  for (uint32_t k = 0; k < HARNESS_INPUT_MAX; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) sum_A[k][a] += above_A[a];
  }
}

void harness_wires_groups(harness_row_t sum_A[HARNESS_INPUT_MAX],
                          double group_extra_A[PINS_GROUP_COUNT]) {
  double wire_A[PINS_WIRE_COUNT];
  add_above(sum_A);
  harness_wires_from_rows((const harness_row_t *)sum_A, wire_A);
  SIMD_LOOP
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++)
    group_extra_A[g] = wire_A[pinout_group[g].wire_above];
}
