/// One cell by itself: the pack's equations as a scalar, for fits and measured drives.
///
/// Model    docs/plant.md: OCV, R0 and three RC branches with exact zero-order hold, hysteresis,
///          losses, two heat nodes. Slow coefficients follow at the end of every step
/// Sign     current_A > 0 discharges
/// Units    SI; SOC as a fraction, outside 0..1 the OCV's last segment goes on
/// Memory   plain value; params points to const data that outlives it: copy it to snapshot it
/// Threads  pure functions of their arguments
#ifndef SIM_CELL_H
#define SIM_CELL_H

#include "cell_params.h"

/// What changes in a cell.
typedef struct {
  const cell_params_t *params;
  double soc;
  double branch_A[CELL_BRANCH_COUNT]; ///< through the branches' resistors
  double hysteresis; ///< -1 after discharge .. 1 after charge
  double core_degC, surface_degC;
  double made_J; ///< heat since the start
  double pending_J; ///< heat that the next step makes known
  cell_ohm_t ohm; ///< of the coming step, r1 at small currents
  double transfer_ohm; ///< r1 at the present current
  double dt_s; ///< of decay
  double decay[CELL_BRANCH_COUNT], decay_s[CELL_BRANCH_COUNT], square_s[CELL_BRANCH_COUNT];
} cell_t;

/// What surrounds a cell in a step.
typedef struct {
  double current_A;
  double charge_As; ///< that left the cell: current_A dt_s, or what a counter saw
  double surface_degC; ///< imposed on the surface; NaN: the surface exchanges heat with outside
  double outside_degC, outside_WpK;
} cell_load_t;

/// A rested cell. hysteresis -1..1.
void cell_init(cell_t *cell, const cell_params_t *params, double soc, double temperature_degC,
               double hysteresis);

/// Terminal voltage now, under a current that just began (exact for branches and OCV).
double cell_V(const cell_t *cell, double current_A);

/// Mean terminal voltage of a step of dt_s that would begin now: what the pack shows for it.
double cell_mean_V(const cell_t *cell, double current_A, double dt_s);

/// Advance by dt_s >= 0 under a constant load. Heat is exchanged in parts of at most 1 s.
void cell_step(cell_t *cell, const cell_load_t *load, double dt_s);

#endif
