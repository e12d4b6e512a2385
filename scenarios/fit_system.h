/// The linear half of a fit: tables that explain the voltages best, for given time constants.
///
/// Model    voltage = U + (Tc - 25 degC) dU/dT + M h - sum R_k x_k is linear in the tables'
///          points; hat functions over SOC and temperature, bends penalised, resistances and
///          hysteresis >= 0
/// Memory   fit_system_alloc allocates, fit_system_free frees; data and job outlive it
#ifndef SCENARIOS_FIT_SYSTEM_H
#define SCENARIOS_FIT_SYSTEM_H

#include "fit_data.h"
#include "nnls.h"

enum { FIT_TERM_MAX = 6 + 4 * CELL_OHM_COUNT }; ///< points that one voltage depends on

/// One voltage as a sum over points, or one penalty.
typedef struct {
  uint32_t count;
  uint32_t index[FIT_TERM_MAX];
  double value[FIT_TERM_MAX];
} fit_terms_t;

typedef struct {
  const fit_job_t *job;
  fit_data_t *data;
  uint32_t data_count;
  uint32_t count; ///< unknowns: OCV, entropy, hysteresis, then the resistances' tables
  uint32_t entropic_first, hysteresis_first, ohm_first[CELL_OHM_COUNT];
  uint32_t penalty_count;
  fit_terms_t *penalty; ///< each should be 0
  double *penalty_matrix, *matrix, *right;
  uint8_t *is_nonnegative, *is_free;
  double *x; ///< the solution
  nnls_work_t work;
  cell_params_t params; ///< shapes by temperature row; fit_system_store adds the tables
} fit_system_t;

/// 0, or -1 iff there is no memory.
int fit_system_alloc(fit_system_t *system, const fit_job_t *job, fit_data_t *data,
                     uint32_t data_count);
void fit_system_free(fit_system_t *system);

/// Counts of folds with a meaning of their own.
enum { FIT_WHOLE_RUNS = 0, FIT_ALL_ROWS = 1 };

/// Whether a row is not to be seen: with FIT_WHOLE_RUNS those of the drive whose index is fold,
/// with 2 folds or more the blocks of one fold of every drive.
int fit_system_is_held_out(const fit_data_t *data, uint32_t run, uint32_t used_index, uint32_t fold,
                           uint32_t fold_count);

/// Find the tables for these shapes without the rows that are held out. Returns -1 iff the data
/// leave a point undetermined.
int fit_system_solve(fit_system_t *system, const double shape[FIT_SHAPE_COUNT], uint32_t fold,
                     uint32_t fold_count);

/// Terms of a used row; the measured voltage is what they should make.
void fit_system_terms(const fit_system_t *system, const fit_data_t *data, uint32_t used_index,
                      fit_terms_t *terms);
double fit_terms_sum(const fit_terms_t *terms, const double *x);

/// Write the solution into params: a complete cell.
void fit_system_store(fit_system_t *system);

#endif
