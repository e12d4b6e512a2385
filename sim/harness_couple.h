/// Far shorts: between wires that are not neighbours in one AFE. Inside of the harness.
///
/// Model    their pins are the terminals. The AFEs are solved with the terminals held at their
///          sources; what then flows into the terminals, and how they pull at each other through
///          the AFEs, makes a small mesh; its voltages are given back to the AFEs.
/// Memory   no state
#ifndef SIM_HARNESS_COUPLE_H
#define SIM_HARNESS_COUPLE_H

#include "harness.h"

/// Factor the terminals' mesh of a solver whose AFEs are factored.
void harness_couple_factor(const harness_grid_t *grid, harness_solver_t *solver);

/// Solve all. currents is used up; source_V: rows of the sources.
void harness_couple_solve(const harness_grid_t *grid, const harness_solver_t *solver,
                          const harness_row_t source_V[HARNESS_INPUT_MAX],
                          harness_lanes_t *currents, harness_lanes_t *voltages);

#endif
