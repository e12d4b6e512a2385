/// The harness's conductances laid out in rows and terminals. Inside of the harness.
#ifndef SIM_HARNESS_GRID_H
#define SIM_HARNESS_GRID_H

#include "harness.h"

/// Filters, clamps and slots: what never changes.
void harness_grid_init(harness_t *harness);

/// Leakage, wires, leaks, bleeds, shorts and held inputs, of the topology in force.
void harness_grid_derive(harness_t *harness);

#endif
