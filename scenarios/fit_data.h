/// The measured runs of a fit job, ready for many passes: states that do not depend on the fit.
///
/// Model    between two rows the earlier row's current holds; over more than 1 s it is the mean
///          that the counter saw; an unlogged discharge is gap_A at one end of the step and rest at
///          the other: last iff the row after it is under load
/// Sign     current > 0 discharges
/// Memory   fit_data_load allocates, fit_data_free frees
#ifndef SCENARIOS_FIT_DATA_H
#define SCENARIOS_FIT_DATA_H

#include "../sim/cell_params.h"
#include "fit_job.h"

/// Before a row: gap_A for gap_s and hold_A for the rest of dt_s.
typedef struct {
  double time_s, dt_s, gap_s, hold_A;
  double current_A, soc, voltage_V, surface_degC, core_degC, hysteresis;
  int gap_is_last;
} fit_row_t;

typedef struct {
  const fit_run_t *run;
  uint32_t row_count;
  fit_row_t *row;
  uint32_t used_count;
  uint32_t *used; ///< rows that the fit sees
  double used_weight; ///< of a used row's squared error in V
  double *branch_A[CELL_BRANCH_COUNT]; ///< space for the branches' currents, one for each row
} fit_data_t;

/// 0, or -1 with the reason. dir is the data folder.
int fit_data_load(const char *dir, const fit_job_t *job, const fit_run_t *run, fit_data_t *data,
                  char *error, size_t error_bytes);
void fit_data_free(fit_data_t *data);

/// Branch currents at every row for these time constants.
void fit_data_branches(fit_data_t *data, const double tau_s[CELL_BRANCH_COUNT]);

/// Core temperatures: those of this cell under the run's load, its surface as warm as measured.
void fit_data_core(fit_data_t *data, const fit_job_t *job, const cell_params_t *params);

/// Part of a drive, of length 300 s, that a used row lies in; its fold in a cross-validation is the
/// remainder. 0 for other roles: they are always in the fit.
uint32_t fit_data_block(const fit_data_t *data, uint32_t used_index);

#endif
