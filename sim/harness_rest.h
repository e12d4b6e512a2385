/// A harness with nothing wrong and no test current, in one pass over its wires. Inside of it.
///
/// Model    pin = source - leakage x wire, input = that - leakage x filter: constants. What differs
///          from it (a clamp that conducts) is left to the solver of rows.
/// Memory   no state but the harness's
#ifndef SIM_HARNESS_REST_H
#define SIM_HARNESS_REST_H

#include "harness.h"

/// The constants, once leakages are drawn.
void harness_rest_init(harness_t *harness);

/// Write the pins of a harness that is plain. 0 iff a clamp might conduct: then the solution has to
/// be made otherwise.
int harness_rest_solve(harness_t *harness, const double source_V[PINS_WIRE_COUNT], pins_in_t *pins);

#endif
