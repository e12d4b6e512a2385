/// Scores the pack model against the measured drive of a Kia Soul EV.
///
/// Model    the drive's corrected current runs through pack_step of all 192 cells; pack voltage is
///          compared at the scans, so are the temperatures of the modules, which start as the
///          first scan shows them, with the log's outside air, inlet air and fan; baselines are
///          fitted on the very same data and stand beside the score
/// Source   scenarios/soul_drive.h
#ifndef SCENARIOS_VALIDATE_SOUL_H
#define SCENARIOS_VALIDATE_SOUL_H

#include "../sim/cell_params.h"
#include "soul_drive.h"

typedef struct {
  uint32_t scan_count;
  double duration_s, charge_Ah;
  double model_rmse_V, model_max_V, model_mean_V; ///< error of the pack voltage: RMS, largest, mean
  double constant_rmse_V; ///< baseline 1: V = a - R I
  double linear_rmse_V; ///< baseline 2: V = a + b Ah - R I
  double soc_start_pct, soc_end_pct, soc_end_bms_pct;
  double
      module_rmse_K[SOUL_DRIVE_MODULE_COUNT]; ///< RMS error of each module from its first scan on
  double module_constant_rmse_K[SOUL_DRIVE_MODULE_COUNT]; ///< baseline: each module's best constant
  double module_start_rmse_K[SOUL_DRIVE_MODULE_COUNT]; ///< baseline: each stays as it started
  double temperature_rmse_K; ///< means of the above
  double temperature_constant_rmse_K, temperature_start_rmse_K;
} validate_soul_t;

/// Run the drive with the cells of params. Negative iff the pack cannot be started or diverges.
int validate_soul(const cell_params_t *params, const soul_drive_t *drive, validate_soul_t *score);

#endif
