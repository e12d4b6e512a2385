/// Assembles and solves the normal equations of a fit.
#include "fit_system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/det_math.h"

/// Points and how a value lies between two of them.
typedef struct {
  uint32_t index;
  double weight;
} place_t;

static place_t place(double x, uint32_t count, int goes_on) {
  double y = x * (double)(count - 1), top = (double)(count - 1);
  double inside = y > 0.0 ? (y < top ? y : top) : 0.0;
  uint32_t index = (uint32_t)inside;
  if (index + 2 > count) index = count - 2;
  return (place_t){index, (goes_on ? y : inside) - (double)index};
}

static void add_term(fit_terms_t *terms, uint32_t index, double value) {
  if (value == 0.0) return;
  terms->index[terms->count] = index;
  terms->value[terms->count++] = value;
}

static void add_pair(fit_terms_t *terms, uint32_t first, place_t at, double factor) {
  add_term(terms, first + at.index, (1.0 - at.weight) * factor);
  add_term(terms, first + at.index + 1, at.weight * factor);
}

static double between(const double *table, place_t row) {
  return table[row.index] + row.weight * (table[row.index + 1] - table[row.index]);
}

static double growth_of(double exponent) {
  if (exponent > CELL_GROWTH_EXPONENT_MAX) exponent = CELL_GROWTH_EXPONENT_MAX;
  if (exponent < CELL_GROWTH_EXPONENT_MIN) exponent = CELL_GROWTH_EXPONENT_MIN;
  return exponent == 0.0 ? 1.0 : det_exp(exponent);
}

void fit_system_terms(const fit_system_t *system, const fit_data_t *data, uint32_t used_index,
                      fit_terms_t *terms) {
  const fit_job_t *job = system->job;
  const cell_params_t *params = &system->params;
  const uint32_t i = data->used[used_index];
  const fit_row_t *row = &data->row[i];
  const double middle_A = data->branch_A[1][i], slow_A = data->branch_A[2][i];
  double fast_A = data->branch_A[0][i];
  double warm_K = row->core_degC - job->temperature_first_degC;
  place_t degC = place(warm_K / (job->temperature_step_K * (double)(job->temperature_count - 1)),
                       job->temperature_count, 0);
  double below = between(params->steep_soc, degC) - row->soc;
  double fall = between(params->surface_pA, degC) * cell_steepness(params->steep_gain, below) *
                (params->surface_middle_share * middle_A + slow_A);
  double surface_soc = cell_surface_soc(job->surface_min_soc, row->soc, fall);
  place_t soc = place(surface_soc, job->soc_count, 0);
  double growth = growth_of(between(params->growth_pA, degC) * middle_A);
  double exchange_A = between(params->exchange_A, degC);
  if (exchange_A > 0.0)
    fast_A *= cell_charge_transfer((fast_A / exchange_A) * (fast_A / exchange_A));
  const double current_A[CELL_OHM_COUNT] = {row->current_A, fast_A, middle_A, slow_A};
  terms->count = 0;
  add_pair(terms, 0, place(surface_soc, job->ocv_count, 1), 1.0);
  place_t coarse = place(row->soc, job->coarse_count, 0);
  add_pair(terms, system->entropic_first, coarse, row->core_degC - CELL_REFERENCE_degC);
  add_pair(terms, system->hysteresis_first, coarse, row->hysteresis);
  for (uint32_t k = 0; k < CELL_OHM_COUNT; k++) {
    uint32_t cold = system->ohm_first[k] + degC.index * job->soc_count;
    double factor = -growth * current_A[k];
    add_pair(terms, cold, soc, (1.0 - degC.weight) * factor);
    add_pair(terms, cold + job->soc_count, soc, degC.weight * factor);
  }
}

double fit_terms_sum(const fit_terms_t *terms, const double *x) {
  double sum = 0.0;
  for (uint32_t i = 0; i < terms->count; i++) sum += terms->value[i] * x[terms->index[i]];
  return sum;
}

/// Add weight times the terms' outer product to the lower triangle.
static void add_outer(double *matrix, uint32_t count, const fit_terms_t *terms, double weight) {
  for (uint32_t i = 0; i < terms->count; i++) {
    double factor = weight * terms->value[i];
    for (uint32_t j = 0; j < terms->count; j++) {
      if (terms->index[j] > terms->index[i]) continue;
      matrix[(size_t)terms->index[i] * count + terms->index[j]] += factor * terms->value[j];
    }
  }
}

/// The usual rise of a lithium-ion cell's resistance in the cold, 1 at 25 degC. Source: 10 s
/// resistances of the Panasonic NCR18650PF; penalties on bends are relative to it.
static double usual_rise(double degC) {
  static const double at_degC[] = {-20, -10, 0, 10, 25, 40},
                      rise[] = {5.84, 3.5, 2.14, 1.4, 1, .72};
  uint32_t i = 0;
  while (i < 4 && degC > at_degC[i + 1]) i++;
  double share = (degC - at_degC[i]) / (at_degC[i + 1] - at_degC[i]);
  share = share < 0.0 ? 0.0 : (share > 2.0 ? 2.0 : share);
  return det_exp((1.0 - share) * det_log(rise[i]) + share * det_log(rise[i + 1]));
}

static void penalise(fit_system_t *system, uint32_t index, uint32_t stride,
                     const double factor[3]) {
  fit_terms_t *terms = &system->penalty[system->penalty_count++];
  terms->count = 0;
  for (uint32_t i = 0; i < 3; i++) add_term(terms, index + i * stride, factor[i]);
}

/// Bends and sizes of a curve over SOC; bends below loose_soc are penalised less by loose.
static void penalise_curve(fit_system_t *system, uint32_t first, uint32_t count, double bend,
                           double size, double loose_soc, double loose) {
  for (uint32_t i = 0; i + 2 < count; i++) {
    double soc = (double)(i + 1) / (double)(count - 1);
    double factor = soc < loose_soc ? loose * bend : bend;
    penalise(system, first + i, 1, (const double[]){factor, -2.0 * factor, factor});
  }
  for (uint32_t i = 0; size > 0.0 && i < count; i++)
    penalise(system, first + i, 1, (const double[]){size, 0.0, 0.0});
}

/// Bends of one resistance's table, relative to 56 mV / capacity and the usual rise.
static void penalise_table(fit_system_t *system, uint32_t first) {
  const fit_job_t *job = system->job;
  const double typical_ohm = 0.056 / job->capacity_Ah;
  const double soc_step = 1.0 / (double)(job->soc_count - 1);
  const double finer_soc = pow(0.1 / soc_step, 1.5);
  const double finer_degC = pow(5.0 / job->temperature_step_K, 1.5);
  double scale[CELL_TEMPERATURE_POINT_MAX];
  for (uint32_t t = 0; t < job->temperature_count; t++)
    scale[t] = 1.0 / (typical_ohm * usual_rise(job->temperature_first_degC +
                                               (double)t * job->temperature_step_K));
  for (uint32_t t = 0; t < job->temperature_count; t++)
    penalise_curve(system, first + t * job->soc_count, job->soc_count,
                   job->smooth_by_soc * finer_soc * scale[t], 0.0, job->loose_soc,
                   job->loose_share);
  double bend = job->smooth_by_row * finer_degC;
  for (uint32_t t = 0; t + 2 < job->temperature_count; t++)
    for (uint32_t s = 0; s < job->soc_count; s++)
      penalise(system, first + t * job->soc_count + s, job->soc_count,
               (const double[]){bend * scale[t], -2.0 * bend * scale[t + 1], bend * scale[t + 2]});
}

static void penalise_all(fit_system_t *system) {
  const fit_job_t *job = system->job;
  penalise_curve(system, 0, job->ocv_count,
                 job->smooth_ocv * pow((double)(job->ocv_count - 1) / 100.0, 1.5), 0.0, 0.05, 0.3);
  penalise_curve(system, system->entropic_first, job->coarse_count, job->smooth_entropic,
                 job->small_entropic, 0.0, 1.0);
  penalise_curve(system, system->hysteresis_first, job->coarse_count, job->smooth_hysteresis,
                 job->small_hysteresis, 0.0, 1.0);
  for (uint32_t k = 0; k < CELL_OHM_COUNT; k++) penalise_table(system, system->ohm_first[k]);
  for (uint32_t i = 0; i < system->penalty_count; i++)
    add_outer(system->penalty_matrix, system->count, &system->penalty[i], 1.0);
}

/// Tables first, row by row: only neighbours meet there. The curves meet all of them. Few rows are
/// neighbours anyway.
static void order_unknowns(fit_system_t *system, uint32_t table) {
  uint32_t *order = system->work.order;
  if (system->job->temperature_count <= 4) return;
  for (uint32_t i = 0; i < table; i++)
    for (uint32_t k = 0; k < CELL_OHM_COUNT; k++) *order++ = system->ohm_first[k] + i;
  for (uint32_t i = 0; i < system->ohm_first[0]; i++) *order++ = i;
}

int fit_system_alloc(fit_system_t *system, const fit_job_t *job, fit_data_t *data,
                     uint32_t data_count) {
  memset(system, 0, sizeof *system);
  uint32_t table = job->soc_count * job->temperature_count;
  system->job = job;
  system->data = data;
  system->data_count = data_count;
  system->entropic_first = job->ocv_count;
  system->hysteresis_first = system->entropic_first + job->coarse_count;
  system->count = system->hysteresis_first + job->coarse_count;
  for (uint32_t k = 0; k < CELL_OHM_COUNT; k++) {
    system->ohm_first[k] = system->count;
    system->count += table;
  }
  size_t count = system->count, square = count * count;
  size_t penalty_max = job->ocv_count + 4 * job->coarse_count + 2 * CELL_OHM_COUNT * table;
  system->penalty = calloc(penalty_max, sizeof *system->penalty);
  system->penalty_matrix = calloc(square, sizeof(double));
  system->matrix = calloc(square, sizeof(double));
  system->right = calloc(count, sizeof(double));
  system->x = calloc(count, sizeof(double));
  system->is_nonnegative = calloc(count, 1);
  system->is_free = calloc(count, 1);
  int is_short = nnls_work_alloc(&system->work, system->count) != 0;
  if (is_short || !system->penalty || !system->penalty_matrix || !system->matrix ||
      !system->right || !system->x || !system->is_nonnegative || !system->is_free) {
    fit_system_free(system);
    return -1;
  }
  order_unknowns(system, table);
  memset(system->is_free, 1, count);
  for (size_t i = system->hysteresis_first; i < count; i++) system->is_nonnegative[i] = 1;
  penalise_all(system);
  return 0;
}

void fit_system_free(fit_system_t *system) {
  free(system->penalty);
  free(system->penalty_matrix);
  free(system->matrix);
  free(system->right);
  free(system->x);
  free(system->is_nonnegative);
  free(system->is_free);
  nnls_work_free(&system->work);
  memset(system, 0, sizeof *system);
}

/// Shapes as values for each temperature row.
static void set_shape(fit_system_t *system, const double shape[FIT_SHAPE_COUNT]) {
  const fit_job_t *job = system->job;
  cell_params_t *params = &system->params;
  for (uint32_t t = 0; t < job->temperature_count; t++) {
    double degC = job->temperature_first_degC + (double)t * job->temperature_step_K;
    double colder_pK = 1.0 / (degC + CELL_KELVIN) - 1.0 / (CELL_REFERENCE_degC + CELL_KELVIN);
    params->exchange_A[t] =
        shape[FIT_SHAPE_EXCHANGE] * det_exp(-shape[FIT_SHAPE_EXCHANGE_K] * colder_pK);
    params->surface_pA[t] =
        shape[FIT_SHAPE_SURFACE] * det_exp(shape[FIT_SHAPE_SURFACE_K] * colder_pK);
    params->growth_pA[t] = shape[FIT_SHAPE_GROWTH] * det_exp(shape[FIT_SHAPE_GROWTH_K] * colder_pK);
    params->steep_soc[t] =
        shape[FIT_SHAPE_STEEP_SOC] + shape[FIT_SHAPE_STEEP_PER_K] * (CELL_REFERENCE_degC - degC);
  }
  params->surface_middle_share = shape[FIT_SHAPE_MIDDLE];
  params->steep_gain = shape[FIT_SHAPE_STEEP];
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) params->tau_s[k] = shape[FIT_SHAPE_TAU1 + k];
}

int fit_system_is_held_out(const fit_data_t *data, uint32_t run, uint32_t used_index, uint32_t fold,
                           uint32_t fold_count) {
  if (fold_count == FIT_ALL_ROWS || data->run->role != FIT_ROLE_DRIVE) return 0;
  return fold_count == FIT_WHOLE_RUNS ? run == fold
                                      : fit_data_block(data, used_index) % fold_count == fold;
}

int fit_system_solve(fit_system_t *system, const double shape[FIT_SHAPE_COUNT], uint32_t fold,
                     uint32_t fold_count) {
  const uint32_t count = system->count;
  set_shape(system, shape);
  memcpy(system->matrix, system->penalty_matrix, (size_t)count * count * sizeof(double));
  memset(system->right, 0, count * sizeof(double));
  for (uint32_t d = 0; d < system->data_count; d++) {
    fit_data_t *data = &system->data[d];
    fit_data_branches(data, system->params.tau_s);
    for (uint32_t u = 0; u < data->used_count; u++) {
      if (fit_system_is_held_out(data, d, u, fold, fold_count)) continue;
      fit_terms_t terms;
      fit_system_terms(system, data, u, &terms);
      add_outer(system->matrix, count, &terms, data->used_weight);
      double voltage_V = data->row[data->used[u]].voltage_V;
      for (uint32_t i = 0; i < terms.count; i++)
        system->right[terms.index[i]] += data->used_weight * terms.value[i] * voltage_V;
    }
  }
  for (uint32_t i = 0; i < count; i++) system->matrix[(size_t)i * count + i] *= 1.0 + 1e-12;
  return nnls_solve(&system->work, count, system->matrix, system->right, system->is_nonnegative,
                    system->is_free, system->x) < 0
             ? -1
             : 0;
}

/// A coarse curve on the OCV's grid: the same straight lines.
static void refine(const fit_job_t *job, const double *coarse, double *fine) {
  for (uint32_t i = 0; i < job->ocv_count; i++) {
    place_t at = place((double)i / (double)(job->ocv_count - 1), job->coarse_count, 0);
    fine[i] = between(coarse, at);
  }
}

void fit_system_store(fit_system_t *system) {
  const fit_job_t *job = system->job;
  cell_params_t *p = &system->params;
  memcpy(p->id, job->id, sizeof p->id);
  memcpy(p->title, job->title, sizeof p->title);
  p->capacity_Ah = job->capacity_Ah;
  p->voltage_min_V = job->voltage_min_V;
  p->voltage_max_V = job->voltage_max_V;
  p->coulombic_efficiency = 1.0;
  p->hysteresis_rate = job->hysteresis_rate;
  p->surface_min_soc = job->surface_min_soc;
  p->ocv_count = job->ocv_count;
  memcpy(p->ocv_V, system->x, job->ocv_count * sizeof(double));
  refine(job, system->x + system->entropic_first, p->entropic_VpK);
  refine(job, system->x + system->hysteresis_first, p->hysteresis_V);
  p->soc_count = job->soc_count;
  p->temperature_count = job->temperature_count;
  p->soc_first = 0.0;
  p->soc_step = 1.0 / (double)(job->soc_count - 1);
  p->temperature_first_degC = job->temperature_first_degC;
  p->temperature_step_K = job->temperature_step_K;
  for (uint32_t k = 0; k < CELL_OHM_COUNT; k++)
    for (uint32_t i = 0; i < job->soc_count * job->temperature_count; i++)
      p->ohm[i][k] = system->x[system->ohm_first[k] + i];
  for (uint32_t i = 0; i < job->soc_count * job->temperature_count; i++)
    p->ohm[i][0] = fmax(p->ohm[i][0], 1e-6);
  p->core_JpK = job->core_JpK;
  p->surface_JpK = job->surface_JpK;
  p->core_surface_WpK = job->core_surface_WpK;
  p->neighbour_WpK = job->neighbour_WpK;
  p->case_WpK = job->case_WpK;
  p->case_heat_capacity_JpK = job->case_heat_capacity_JpK;
  p->case_ambient_WpK = job->case_ambient_WpK;
}
