/// One implicit step of all AFEs' networks, with a factorisation that is kept. Inside of harness.
///
/// Model    unknowns are the nodes' offsets from their wires' sources, so that currents keep their
///          digits; clamps are switched until the solution agrees with them
/// Memory   no state but the harness's
#ifndef SIM_HARNESS_STEP_H
#define SIM_HARNESS_STEP_H

#include "harness.h"

/// Take the sources (111, at the pins) into the frame.
void harness_step_begin(harness_t *harness, const double *source_V);

/// At the first solve: all capacitors as the sources have them.
void harness_step_reset(harness_t *harness);

/// Advance the frame's state by step_s > 0. into_A: rows of the mean currents into the C inputs.
/// which: the factorisation to replace if none fits; 0: a step before another in the same solve.
void harness_step_run(harness_t *harness, uint32_t which, double step_s,
                      const harness_row_t *into_A);

/// Take the frame's solution over into the harness, and what each group carries (as if not
/// permuted).
void harness_step_end(harness_t *harness, double group_extra_A[PINS_GROUP_COUNT]);

/// Inputs (111) of the solution with what their filters drop.
void harness_step_sampled(const harness_t *harness, const harness_row_t *drop_V, double *input_V);

#endif
