/// Far shorts: between wires that are not neighbours in one AFE. Inside of the harness.
///
/// Model    their pins and the V- of their AFEs are the terminals. Each AFE is eliminated but for
///          its terminals; what that leaves between them, and the shorts, make a small mesh; from
///          its voltages the AFEs' follow. Where clamps join inputs an AFE is solved with its
///          terminals held at their sources instead, and again with the mesh's voltages.
/// Memory   no state
#ifndef SIM_HARNESS_COUPLE_H
#define SIM_HARNESS_COUPLE_H

#include "harness.h"

/// Factor the AFEs and the terminals' mesh. net is used up.
void harness_couple_factor(const harness_grid_t *grid, harness_net_t *net,
                           harness_solver_t *solver);

/// Solve all. currents is used up; source_V: rows of the sources.
void harness_couple_solve(const harness_grid_t *grid, const harness_solver_t *solver,
                          const harness_row_t source_V[HARNESS_INPUT_MAX],
                          harness_lanes_t *currents, harness_lanes_t *voltages);

#endif
