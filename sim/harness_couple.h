/// Far shorts: between wires that are not neighbours in one AFE. Inside of the harness.
///
/// Model    their pins and the V- of their AFEs are nodes of a small mesh, and so are pin and input
///          of each row that a conducting clamp joins to its neighbour. Each AFE is eliminated but
///          for them; what that leaves between them, and the shorts, make the mesh; from its
///          voltages the AFEs' follow. Where these nodes were too many, the AFEs are solved with
///          the shorts' pins held at their sources instead, and again with the mesh's voltages.
/// Memory   no state
#ifndef SIM_HARNESS_COUPLE_H
#define SIM_HARNESS_COUPLE_H

#include "harness.h"

/// Choose the terminals for the solver's clamps. Nothing where there is no far short.
void harness_couple_choose(const harness_grid_t *grid, harness_solver_t *solver);

/// Factor the AFEs and the terminals' mesh. net is used up.
void harness_couple_factor(const harness_grid_t *grid, harness_net_t *net,
                           harness_solver_t *solver);

/// Solve all. currents is used up; source_V: rows of the sources.
void harness_couple_solve(const harness_grid_t *grid, const harness_solver_t *solver,
                          const harness_row_t source_V[HARNESS_INPUT_MAX],
                          harness_lanes_t *currents, harness_lanes_t *voltages);

#endif
