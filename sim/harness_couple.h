/// Solution of all AFEs' networks together, coupled by shorts. Inside of the harness.
///
/// Model    each AFE alone, then the shorts as additional branches (Woodbury); a wire that hangs on
///          a short alone gets a helping conductance that another branch takes away again, so that
///          no pivot vanishes. Clamps are switched until the solution agrees with them.
#ifndef SIM_HARNESS_COUPLE_H
#define SIM_HARNESS_COUPLE_H

#include <stdint.h>

#include "harness_net.h"

/// One step of the networks.
typedef struct {
  const double *source_V; ///< 111, at the pins (permuted)
  double step_s; ///< length of the capacitors' implicit step, > 0
  double test_A[PINS_WIRE_COUNT]; ///< mean test current into each C input over the step
} harness_step_t;

/// Advance pin_V, input_V and wire_A of every AFE that is not plain.
void harness_couple_step(harness_t *harness, const harness_step_t *step);

#endif
