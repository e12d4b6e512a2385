/// Years of a cell's life in one step: what storage and use leave of capacity and resistance.
///
/// Model    time and use are summed apart, each as y = k x^p. Under a new condition a sum goes on
///          from the days or Ah that would have done as much there, x = (y/k)^(1/p): parts of a
///          life under one condition make the whole, whatever their number
///          Not modelled: the knee near the end of life, plating in the cold, current rate
/// Units    SI, days, Ah; fractions 0..1
/// Memory   plain values
/// Source   docs/ageing.md has the equations
#ifndef SIM_AGEING_H
#define SIM_AGEING_H

#include "ageing_params.h"
#include "cell_params.h"

/// How a cell is kept and used.
typedef struct {
  double storage_degC; ///< over the year
  double storage_soc; ///< at rest
  double throughput_Ah_per_year; ///< charge plus discharge of this cell, >= 0
  double cycle_depth; ///< depth of discharge of each cycle
  double cycle_soc; ///< mean of a cycle; the window ends at 0 and 1
} ageing_profile_t;

/// What the laws see of a profile.
typedef struct {
  double storage_V;
  double storage_degC;
  double cycle_rms_V;
  double cycle_mean_V;
  double cycle_depth;
} ageing_condition_t;

/// Sums so far, as fractions of the new cell. All 0: a new cell. At most AGEING_SUM_MAX each.
typedef struct {
  double capacity_calendar, capacity_cycle; ///< lost
  double resistance_calendar, resistance_cycle; ///< gained
} ageing_state_t;

/// Value today over value of the new cell.
typedef struct {
  double capacity_scale; ///< 0.3..1: the pack simulates no less
  double resistance_scale; ///< 1..10
} ageing_scale_t;

enum { AGEING_SUM_MAX = 100 };

/// Open-circuit voltages of a profile by the cell's own OCV.
ageing_condition_t ageing_condition(const cell_params_t *cell, const ageing_profile_t *profile);

/// Age by days (>= 0) at rest and throughput_Ah (>= 0) of charge plus discharge of the reference
/// cell under one condition.
void ageing_advance(ageing_state_t *state, const ageing_params_t *params,
                    const ageing_condition_t *condition, double days, double throughput_Ah);

/// Age by years (>= 0) of a profile; the cell's throughput is scaled to its own capacity.
void ageing_forward(ageing_state_t *state, const ageing_params_t *params, const cell_params_t *cell,
                    const ageing_profile_t *profile, double years);

/// Scales of a cell that ages rate (>= 0) times as much as state says.
ageing_scale_t ageing_scale(const ageing_state_t *state, double rate);

#endif
