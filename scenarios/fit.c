/// The search over time constants and shapes, and what it leaves.
#include "fit.h"

#include <cminpack.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/det_math.h"
#include "fit_warn.h"

enum { PASS_COUNT = 4 };

/// How the search sees a parameter: as a logarithm, or in steps of so much. Bounds in units of
/// the parameter, the ones for currents per Ah of capacity.
static const struct {
  double low, high;
  double step; ///< 0: logarithm
  int per_Ah; ///< 1: bounds times the capacity, -1: divided by it
} rule[FIT_SHAPE_COUNT] = {
    [FIT_SHAPE_TAU1] = {0.05, 5.0, 0.0, 0},          [FIT_SHAPE_TAU2] = {3.0, 120.0, 0.0, 0},
    [FIT_SHAPE_TAU3] = {60.0, 5000.0, 0.0, 0},       [FIT_SHAPE_EXCHANGE] = {0.02, 100.0, 0.0, 1},
    [FIT_SHAPE_EXCHANGE_K] = {-6000, 9000, 3000, 0}, [FIT_SHAPE_SURFACE] = {1e-4, 0.5, 0.0, -1},
    [FIT_SHAPE_SURFACE_K] = {-2000, 9000, 3000, 0},  [FIT_SHAPE_GROWTH] = {1e-4, 1.0, 0.0, -1},
    [FIT_SHAPE_GROWTH_K] = {-2000, 9000, 3000, 0},   [FIT_SHAPE_MIDDLE] = {1e-3, 1.0, 0.0, 0},
    [FIT_SHAPE_STEEP] = {1.0, 1e5, 0.0, 0},          [FIT_SHAPE_STEEP_SOC] = {-0.5, 0.5, 0.05, 0},
    [FIT_SHAPE_STEEP_PER_K] = {0.0, 0.01, 0.004, 0}};

/// One search: its free parameters and the best try so far.
typedef struct {
  fit_t *fit;
  uint32_t index[FIT_SHAPE_COUNT];
  int count;
  double start[FIT_SHAPE_COUNT];
  double best_cost, best[FIT_SHAPE_COUNT];
  int failed;
} search_t;

double fit_bound(const fit_job_t *job, uint32_t i, int upper) {
  double bound = upper ? rule[i].high : rule[i].low;
  return rule[i].per_Ah > 0   ? bound * job->capacity_Ah
         : rule[i].per_Ah < 0 ? bound / job->capacity_Ah
                              : bound;
}

/// The search's unknowns are 1 at the start: a relative step of lmdif is then the same everywhere.
static void shape_at(const search_t *search, const double *unknown, double *shape) {
  memcpy(shape, search->start, sizeof search->start);
  for (int k = 0; k < search->count; k++) {
    uint32_t i = search->index[k];
    double move = unknown[k] - 1.0;
    double value = rule[i].step > 0.0 ? shape[i] + rule[i].step * move : shape[i] * exp(move);
    value = fmax(value, fit_bound(&search->fit->job, i, 0));
    shape[i] = fmin(value, fit_bound(&search->fit->job, i, 1));
  }
}

static double row_error_V(const fit_system_t *system, const fit_data_t *data, uint32_t used_index) {
  fit_terms_t terms;
  fit_system_terms(system, data, used_index, &terms);
  return data->row[data->used[used_index]].voltage_V - fit_terms_sum(&terms, system->x);
}

/// Weighted errors and penalties of a try; returns their square sum.
static double fill_errors(const fit_system_t *system, double *error) {
  double cost = 0.0;
  size_t at = 0;
  for (uint32_t d = 0; d < system->data_count; d++) {
    const fit_data_t *data = &system->data[d];
    double root = sqrt(data->used_weight);
    for (uint32_t u = 0; u < data->used_count; u++)
      error[at++] = root * row_error_V(system, data, u);
  }
  for (uint32_t i = 0; i < system->penalty_count; i++)
    error[at++] = fit_terms_sum(&system->penalty[i], system->x);
  for (size_t i = 0; i < at; i++) cost += error[i] * error[i];
  return cost;
}

static int try_shape(void *context, int error_count, int count, const double *unknown,
                     double *error, int flag) {
  search_t *search = context;
  fit_t *fit = search->fit;
  double shape[FIT_SHAPE_COUNT];
  (void)error_count, (void)count, (void)flag;
  shape_at(search, unknown, shape);
  if (fit_system_solve(&fit->system, shape, 0, FIT_ALL_ROWS) != 0) {
    search->failed = 1;
    return -1;
  }
  double cost = fill_errors(&fit->system, error);
  fit->try_count++;
  if (cost < search->best_cost) {
    search->best_cost = cost;
    memcpy(search->best, shape, sizeof shape);
  }
  if (fit->progress) fit->progress(fit->context, fit->try_count, search->best_cost);
  return 0;
}

static size_t count_errors(const fit_system_t *system) {
  size_t count = system->penalty_count;
  for (uint32_t d = 0; d < system->data_count; d++) count += system->data[d].used_count;
  return count;
}

/// Levenberg-Marquardt from fit->shape; leaves the best try there.
static int search_shape(fit_t *fit, uint32_t try_max) {
  search_t search = {.fit = fit, .best_cost = HUGE_VAL};
  for (uint32_t i = 0; i < FIT_SHAPE_COUNT; i++)
    if (fit->job.is_free[i]) search.index[search.count++] = i;
  memcpy(search.start, fit->shape, sizeof search.start);
  const int n = search.count, m = (int)count_errors(&fit->system);
  const size_t rows = (size_t)m;
  double *space = malloc((rows * (size_t)(n + 2) + 7 * FIT_SHAPE_COUNT) * sizeof *space);
  if (!space) return -1;
  double *error = space, *jacobian = error + rows, *spare = jacobian + rows * (size_t)n;
  double *unknown = spare + rows, *scale = unknown + FIT_SHAPE_COUNT;
  double *w1 = scale + FIT_SHAPE_COUNT, *w2 = w1 + FIT_SHAPE_COUNT, *w3 = w2 + FIT_SHAPE_COUNT;
  double *qtf = w3 + FIT_SHAPE_COUNT;
  int pivot[FIT_SHAPE_COUNT], used = 0;
  for (int k = 0; k < n; k++) unknown[k] = 1.0;
  if (n == 0 || try_max <= 1)
    try_shape(&search, m, n, unknown, error, 1);
  else
    lmdif(try_shape, &search, m, n, unknown, error, 1e-5, 1e-4, 0.0, (int)try_max, 4e-4, scale, 1,
          0.3, 0, &used, jacobian, m, pivot, qtf, w1, w2, w3, spare);
  free(space);
  if (search.failed && search.best_cost == HUGE_VAL) return -1;
  memcpy(fit->shape, search.best, sizeof fit->shape);
  fit->cost = search.best_cost;
  return 0;
}

typedef struct {
  double square, absolute, sum, largest, square_above;
  uint32_t count, count_above;
} sums_t;

static void add_error(sums_t *sums, double error_V, double soc) {
  double error_mV = 1e3 * error_V;
  sums->square += error_mV * error_mV;
  sums->absolute += fabs(error_mV);
  sums->sum += error_mV;
  sums->largest = fmax(sums->largest, fabs(error_mV));
  sums->count++;
  if (soc <= 0.10) return;
  sums->square_above += error_mV * error_mV;
  sums->count_above++;
}

static fit_residual_t residual_of(const sums_t *sums) {
  double count = (double)sums->count;
  return (fit_residual_t){.row_count = sums->count,
                          .rmse_mV = sqrt(sums->square / count),
                          .mae_mV = sums->absolute / count,
                          .max_mV = sums->largest,
                          .bias_mV = sums->sum / count,
                          .rmse_above_10pct_mV =
                              sqrt(sums->square_above / (double)sums->count_above)};
}

static void add_errors(const fit_system_t *system, uint32_t run, uint32_t fold, uint32_t fold_count,
                       sums_t *sums) {
  const fit_data_t *data = &system->data[run];
  for (uint32_t u = 0; u < data->used_count; u++) {
    if (fold_count != FIT_ALL_ROWS && !fit_system_is_held_out(data, run, u, fold, fold_count))
      continue;
    add_error(sums, row_error_V(system, data, u), data->row[data->used[u]].soc);
  }
}

int fit_open(fit_t *fit, const fit_job_t *job, const char *data_dir, char *error,
             size_t error_bytes) {
  memset(fit, 0, sizeof *fit);
  fit->job = *job;
  memcpy(fit->shape, job->shape, sizeof fit->shape);
  for (uint32_t i = 0; i < job->run_count; i++) {
    if (fit_data_load(data_dir, job, &fit->job.run[i], &fit->data[i], error, error_bytes) == 0)
      continue;
    fit_close(fit);
    return -1;
  }
  if (fit_system_alloc(&fit->system, &fit->job, fit->data, job->run_count) == 0) return 0;
  fit_close(fit);
  snprintf(error, error_bytes, "%s: no memory for its tables", job->file);
  return -1;
}

void fit_close(fit_t *fit) {
  fit_system_free(&fit->system);
  for (uint32_t i = 0; i < FIT_FILE_MAX; i++) fit_data_free(&fit->data[i]);
}

/// Tables once more at the found shapes, and what they leave.
static int conclude(fit_t *fit) {
  if (fit_system_solve(&fit->system, fit->shape, 0, FIT_ALL_ROWS) != 0) return -1;
  fit_system_store(&fit->system);
  for (uint32_t i = 0; i < fit->job.run_count; i++) {
    sums_t sums = {0};
    add_errors(&fit->system, i, 0, FIT_ALL_ROWS, &sums);
    fit->residual[i] = residual_of(&sums);
  }
  return 0;
}

int fit_run(fit_t *fit, uint32_t try_max, char *error, size_t error_bytes) {
  for (uint32_t pass = 0; pass < PASS_COUNT; pass++) {
    if (pass > 0)
      for (uint32_t i = 0; i < fit->job.run_count; i++)
        fit_data_core(&fit->data[i], &fit->job, &fit->system.params);
    /* the last passes settle core temperatures and tables alone */
    uint32_t tries = pass == 0 ? try_max : pass == 1 ? (try_max + 1) / 2 : 1;
    if (search_shape(fit, tries) != 0 || conclude(fit) != 0) {
      snprintf(error, error_bytes,
               "%s: the runs leave the tables undetermined, allowed: more runs or smoothness",
               fit->job.file);
      return -1;
    }
  }
  fit_warn(fit);
  return 0;
}

int fit_cross_validate(fit_t *fit, uint32_t fold_count) {
  sums_t sums[FIT_FILE_MAX] = {0};
  const cell_params_t found = fit->system.params;
  uint32_t end = fold_count == FIT_WHOLE_RUNS ? fit->job.run_count : fold_count;
  for (uint32_t fold = 0; fold < end; fold++) {
    if (fold_count == FIT_WHOLE_RUNS && fit->job.run[fold].role != FIT_ROLE_DRIVE) continue;
    if (fit_system_solve(&fit->system, fit->shape, fold, fold_count) != 0) return -1;
    for (uint32_t i = 0; i < fit->job.run_count; i++)
      if (fit->job.run[i].role == FIT_ROLE_DRIVE)
        add_errors(&fit->system, i, fold, fold_count, &sums[i]);
  }
  for (uint32_t i = 0; i < fit->job.run_count; i++) fit->held_out[i] = residual_of(&sums[i]);
  fit->system.params = found;
  return 0;
}
