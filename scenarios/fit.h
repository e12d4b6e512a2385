/// Makes a cell's parameters from measured runs.
///
/// Model    variable projection: Levenberg-Marquardt (cminpack's lmdif) over time constants and
///          shapes; for each try the tables follow from a smoothed, non-negative least-squares
///          problem. Core temperatures are
///          those of the last pass's cell; the last passes only settle them
/// Memory   fit_open allocates, fit_close frees
/// Threads  one fit at a time in each fit_t
#ifndef SCENARIOS_FIT_H
#define SCENARIOS_FIT_H

#include "fit_system.h"

enum { FIT_WARNING_MAX = 32, FIT_WARNING_BYTES = 240 };

/// What a fit leaves of one run, over the rows that it used.
typedef struct {
  uint32_t row_count;
  double rmse_mV, mae_mV, max_mV, bias_mV;
  double rmse_above_10pct_mV; ///< NaN iff the run is never above 10 % SOC
} fit_residual_t;

/// Called before each try of the search; share is 0..1.
typedef void (*fit_progress_t)(void *context, uint32_t try_count, double cost);

typedef struct {
  fit_job_t job;
  fit_data_t data[FIT_FILE_MAX];
  fit_system_t system;
  double shape[FIT_SHAPE_COUNT]; ///< found
  double cost; ///< sum of weight (rmse / scale) squared, and penalties
  uint32_t try_count;
  fit_residual_t residual[FIT_FILE_MAX];
  fit_residual_t held_out[FIT_FILE_MAX]; ///< of a cross-validation
  uint32_t warning_count;
  char warning[FIT_WARNING_MAX][FIT_WARNING_BYTES];
  fit_progress_t progress; ///< or NULL
  void *context;
} fit_t;

/// Read the job's runs from the data folder. 0, or -1 with the reason (one line).
int fit_open(fit_t *fit, const fit_job_t *job, const char *data_dir, char *error,
             size_t error_bytes);
void fit_close(fit_t *fit);

/// Search, then store the cell in fit->system.params with residuals and warnings.
/// -1 iff the data leave the tables undetermined; error says so.
int fit_run(fit_t *fit, uint32_t try_max, char *error, size_t error_bytes);

/// Fit without a part of the drives and score that part, in turn, at the found shapes: every
/// fold_count-th block of 300 s (2..10), or whole drives (FIT_WHOLE_RUNS). Fills held_out, leaves
/// the stored cell alone.
int fit_cross_validate(fit_t *fit, uint32_t fold_count);

#endif
