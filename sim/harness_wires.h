/// Wires in the order of the pack, and in rows of lanes. Inside of the harness.
///
/// Model    lane: the AFE; row: its wire, from the bottom. Rows above an AFE's top wire are idle.
/// Memory   no state
#ifndef SIM_HARNESS_WIRES_H
#define SIM_HARNESS_WIRES_H

#include "harness_lanes.h"

/// Idle rows become anything that stands in wire.
void harness_wires_to_rows(const double wire[PINS_WIRE_COUNT],
                           harness_row_t rows[HARNESS_INPUT_MAX]);

void harness_wires_from_rows(const harness_row_t rows[HARNESS_INPUT_MAX],
                             double wire[PINS_WIRE_COUNT]);

/// What each group carries for the wires above it. sum_A: of the AFE's wires from the top down to
/// each row; used up.
void harness_wires_groups(harness_row_t sum_A[HARNESS_INPUT_MAX],
                          double group_extra_A[PINS_GROUP_COUNT]);

#endif
