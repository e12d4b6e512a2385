/// Turns the pack's order of wires into rows of lanes, and back.
#include "harness_wires.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "simd.h"

/* stored as one */
typedef double pair_t __attribute__((vector_size(16)));

void harness_wires_to_rows(const double wire[PINS_WIRE_COUNT],
                           harness_row_t rows[HARNESS_INPUT_MAX]) {
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    const double *from = &wire[pinout_module[a].first_wire];
    const double *end = from + pinout_module[a].wire_count;
    harness_row_t *row = rows;
    for (; end - from >= 4; from += 4, row += 4) {
      row[0][a] = from[0];
      row[1][a] = from[1];
      row[2][a] = from[2];
      row[3][a] = from[3];
    }
    for (; from < end; from++, row++) row[0][a] = from[0];
  }
}

void harness_wires_from_rows(const harness_row_t rows[HARNESS_INPUT_MAX],
                             double wire[PINS_WIRE_COUNT]) {
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    double *to = &wire[pinout_module[a].first_wire];
    const double *end = to + pinout_module[a].wire_count;
    const harness_row_t *row = rows;
    for (; end - to >= 4; to += 4, row += 4) {
      const pair_t lower = {row[0][a], row[1][a]}, upper = {row[2][a], row[3][a]};
      memcpy(&to[0], &lower, sizeof lower);
      memcpy(&to[2], &upper, sizeof upper);
    }
    for (; to < end; to++, row++) to[0] = row[0][a];
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
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++)
    group_extra_A[g] = wire_A[pinout_group[g].wire_above];
}
