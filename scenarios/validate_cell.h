/// Runs a cell file open loop against measured drives and says how far off its voltage is.
///
/// Model    the measured current drives one cell; its SOC is the measured charge; the measured
///          surface temperature warms or cools its core, or the cell warms by itself. The voltage
///          is compared at every row of the window
/// Sign     error = model - measured
/// Memory   rows for plots are allocated, validate_cell_free frees them
#ifndef SCENARIOS_VALIDATE_CELL_H
#define SCENARIOS_VALIDATE_CELL_H

#include "../sim/cell.h"
#include "drive_csv.h"

typedef enum {
  VALIDATE_CELL_MEASURED, ///< the surface is as warm as measured
  VALIDATE_CELL_MODEL ///< only the start is measured; heat goes to an ambient of that temperature
} validate_cell_heat_t;

typedef struct {
  double capacity_Ah; ///< of the measured cell; 0: the cell file's
  double start_soc; ///< at the first row; NaN: SOC 1 where the file's charge is 0
  double window_from_s, window_to_s; ///< NaN: from the first to the last load
  validate_cell_heat_t heat;
  double ambient_WpK; ///< of the surface, for VALIDATE_CELL_MODEL
} validate_cell_options_t;

/// SOC 1 where the charge is 0, from first to last load, measured temperature.
validate_cell_options_t validate_cell_options(void);

/// Sums over rows; scores follow from them, so that drives can be pooled.
typedef struct {
  uint32_t row_count;
  double square_mV2, absolute_mV, sum_mV, max_mV;
} validate_cell_sums_t;

/// Each from sums over at least one row, otherwise 0.
double validate_cell_rmse_mV(const validate_cell_sums_t *sums);
double validate_cell_mae_mV(const validate_cell_sums_t *sums);
double validate_cell_bias_mV(const validate_cell_sums_t *sums);

typedef struct {
  double time_s, measured_V, model_V, soc, core_degC;
} validate_cell_row_t;

typedef struct {
  double window_from_s, window_to_s;
  double start_soc, end_soc, capacity_Ah;
  double rest_soc; ///< that the voltage at rest before the window shows; NaN: it began under load
  validate_cell_sums_t whole, above; ///< above 10 % SOC
  validate_cell_sums_t heat; ///< surface temperature in mK, VALIDATE_CELL_MODEL only
  uint32_t row_count;
  validate_cell_row_t *row; ///< of the window
} validate_cell_t;

/// 0, or -1 iff the window holds no row or there is no memory; error says which.
int validate_cell(const cell_params_t *params, const drive_csv_t *drive,
                  const validate_cell_options_t *options, validate_cell_t *score, char *error,
                  size_t error_bytes);
void validate_cell_free(validate_cell_t *score);

/// Add what to sums.
void validate_cell_pool(validate_cell_sums_t *sums, const validate_cell_sums_t *what);

#endif
