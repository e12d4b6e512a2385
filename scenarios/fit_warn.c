/// Looks for bounds that were hit, tables without data, rests that are too short, no charge.
#include "fit_warn.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const double entropic_spread_min_K = 15.0;
static const double point_share_min = 1e-3; ///< of the mean point's data: less counts as none

static void warn(fit_t *fit, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void warn(fit_t *fit, const char *format, ...) {
  if (fit->warning_count == FIT_WARNING_MAX) return;
  va_list list;
  va_start(list, format);
  vsnprintf(fit->warning[fit->warning_count++], FIT_WARNING_BYTES, format, list);
  va_end(list);
}

static void warn_bounds(fit_t *fit) {
  for (uint32_t i = 0; i < FIT_SHAPE_COUNT; i++) {
    if (!fit->job.is_free[i]) continue;
    for (int upper = 0; upper < 2; upper++) {
      double bound = fit_bound(&fit->job, i, upper);
      if (fabs(fit->shape[i] - bound) > 1e-6 * fabs(bound)) continue;
      warn(fit, "%s stands at its %s bound %.4g: the data do not identify it", fit_shape_name[i],
           upper ? "upper" : "lower", bound);
    }
  }
}

/// Longest time without load in any run.
static double longest_rest_s(const fit_t *fit) {
  double longest_s = 0.0;
  for (uint32_t d = 0; d < fit->job.run_count; d++) {
    const fit_data_t *data = &fit->data[d];
    double rest_s = 0.0;
    for (uint32_t i = 1; i < data->row_count; i++) {
      const fit_row_t *row = &data->row[i];
      if (row->gap_s > 0.0) rest_s = 0.0;
      rest_s =
          fabs(row->hold_A) < 0.01 * fit->job.capacity_Ah ? rest_s + row->dt_s - row->gap_s : 0.0;
      longest_s = fmax(longest_s, rest_s);
    }
  }
  return longest_s;
}

static void warn_rests(fit_t *fit) {
  double rest_s = longest_rest_s(fit), tau3_s = fit->shape[FIT_SHAPE_TAU3];
  if (rest_s < 3.0 * tau3_s)
    warn(fit,
         "tau3_s %.0f s is more than a third of the longest rest (%.0f s): OCV and slow "
         "resistance trade off against each other",
         tau3_s, rest_s);
}

static void warn_entropy(fit_t *fit) {
  double low_degC = HUGE_VAL, high_degC = -HUGE_VAL, charged = 0.0;
  for (uint32_t d = 0; d < fit->job.run_count; d++) {
    const fit_data_t *data = &fit->data[d];
    for (uint32_t u = 0; u < data->used_count; u++) {
      const fit_row_t *row = &data->row[data->used[u]];
      low_degC = fmin(low_degC, row->core_degC);
      high_degC = fmax(high_degC, row->core_degC);
      if (row->hysteresis > 0.5 && row->soc < 0.9) charged += 1.0;
    }
  }
  if (high_degC - low_degC < entropic_spread_min_K)
    warn(fit, "temperatures span only %.1f K: entropic_mVpK is not identified",
         high_degC - low_degC);
  if (charged < 100.0)
    warn(fit, "no run charges the cell below 90 %% SOC: hysteresis_mV is not identified");
}

/// Points of the resistance tables that no run touches: smoothness alone fills them.
static void warn_points(fit_t *fit) {
  const fit_system_t *system = &fit->system;
  const fit_job_t *job = &fit->job;
  uint32_t first = system->ohm_first[0], empty_count = 0, point_count = 0;
  double sum = 0.0;
  point_count = job->soc_count * job->temperature_count;
  for (uint32_t i = first; i < first + point_count; i++)
    sum += system->matrix[(size_t)i * system->count + i] -
           system->penalty_matrix[(size_t)i * system->count + i];
  for (uint32_t t = 0; t < job->temperature_count; t++) {
    uint32_t empty_in_row = 0;
    for (uint32_t s = 0; s < job->soc_count; s++) {
      uint32_t i = first + t * job->soc_count + s;
      double data = system->matrix[(size_t)i * system->count + i] -
                    system->penalty_matrix[(size_t)i * system->count + i];
      if (data < point_share_min * sum / (double)point_count) empty_in_row++;
    }
    empty_count += empty_in_row;
    if (empty_in_row == job->soc_count)
      warn(fit, "no run has a load at %.4g degC: that row continues its neighbours",
           job->temperature_first_degC + (double)t * job->temperature_step_K);
  }
  if (empty_count > 0)
    warn(fit, "%u of %u points SOC x temperature of the resistances have no load in any run",
         empty_count, point_count);
}

static void warn_ocv(fit_t *fit) {
  cell_params_t *params = &fit->system.params;
  for (uint32_t i = 1; i < params->ocv_count; i++) {
    if (params->ocv_V[i] >= params->ocv_V[i - 1] + 1e-5) continue;
    warn(fit, "the OCV does not rise at %.4g %% SOC: lifted to rise by 0.01 mV",
         100.0 * (double)i / (double)(params->ocv_count - 1));
    params->ocv_V[i] = params->ocv_V[i - 1] + 1e-5;
  }
}

void fit_warn(fit_t *fit) {
  warn_bounds(fit);
  warn_rests(fit);
  warn_entropy(fit);
  warn_points(fit);
  warn_ocv(fit);
}
