/// What the AFEs ask of the harness in a tick: how long, and which test currents. Inside of it.
///
/// Model    an AFE converts channels n, n+6, n+12 in one slot; an open-wire test drives its current
///          into both pins of a channel in that channel's slot only. Over the step each input gets
///          the mean; it is sampled while its current flows.
#ifndef SIM_HARNESS_DEMAND_H
#define SIM_HARNESS_DEMAND_H

#include "harness.h"

#define HARNESS_DEMAND_MIN_s 1e-6 /* step where no AFE looks */

typedef struct {
  int is_on; ///< some AFE drives test currents; else the rows mean nothing
  harness_row_t into_A[HARNESS_INPUT_MAX]; ///< mean current into each C input, leakage included
  harness_row_t
      drop_V[HARNESS_INPUT_MAX]; ///< in the filter while sampled, beyond the mean current;
  ///< 0 where the capacitor is a state
} harness_demand_t;

/// 1 iff some AFE is in a mode that drives test currents.
int harness_demand_tests(const pins_out_t *demand);

/// Length of the step in s.
double harness_demand_longest_s(const pins_out_t *demand);

/// Length of the step in s, and what is driven during it.
double harness_demand_read(const harness_t *harness, const pins_out_t *demand,
                           harness_demand_t *test);

#endif
