/// Drives one cell with measured rows and sums up its errors.
#include "validate_cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double rest_C = 0.02; ///< currents up to this many 1/h of the capacity are soak
static const double counter_min_s = 1.0; ///< over longer steps the counter's mean is the current
static const double low_soc = 0.10;

validate_cell_options_t validate_cell_options(void) {
  return (validate_cell_options_t){.start_soc = (double)NAN,
                                   .window_from_s = (double)NAN,
                                   .window_to_s = (double)NAN,
                                   .heat = VALIDATE_CELL_MEASURED,
                                   .ambient_WpK = 0.1};
}

static double per_row(const validate_cell_sums_t *sums, double sum) {
  return sums->row_count ? sum / (double)sums->row_count : 0.0;
}

double validate_cell_rmse_mV(const validate_cell_sums_t *sums) {
  return sqrt(per_row(sums, sums->square_mV2));
}

double validate_cell_mae_mV(const validate_cell_sums_t *sums) {
  return per_row(sums, sums->absolute_mV);
}

double validate_cell_bias_mV(const validate_cell_sums_t *sums) {
  return per_row(sums, sums->sum_mV);
}

void validate_cell_pool(validate_cell_sums_t *sums, const validate_cell_sums_t *what) {
  sums->row_count += what->row_count;
  sums->square_mV2 += what->square_mV2;
  sums->absolute_mV += what->absolute_mV;
  sums->sum_mV += what->sum_mV;
  sums->max_mV = fmax(sums->max_mV, what->max_mV);
}

static void add(validate_cell_sums_t *sums, double error_mV) {
  const validate_cell_sums_t one = {1, error_mV * error_mV, fabs(error_mV), error_mV,
                                    fabs(error_mV)};
  validate_cell_pool(sums, &one);
}

/// From the first to the last row under load; the whole file if there is no load.
static void find_window(const drive_csv_t *drive, const validate_cell_options_t *options,
                        validate_cell_t *score) {
  double rest_A = rest_C * score->capacity_Ah;
  uint32_t first = 0, last = drive->row_count - 1;
  while (first < last && fabs(drive->row[first].current_A) <= rest_A) first++;
  while (last > first && fabs(drive->row[last].current_A) <= rest_A) last--;
  if (first == last) {
    first = 0;
    last = drive->row_count - 1;
  }
  score->window_from_s = drive->row[first].time_s;
  score->window_to_s = drive->row[last].time_s;
  if (!isnan(options->window_from_s)) score->window_from_s = options->window_from_s;
  if (!isnan(options->window_to_s)) score->window_to_s = options->window_to_s;
}

static void start(const cell_params_t *params, const drive_csv_t *drive,
                  const validate_cell_options_t *options, validate_cell_t *score, cell_t *cell) {
  const drive_csv_row_t *row = &drive->row[0];
  score->start_soc = options->start_soc;
  if (isnan(options->start_soc)) score->start_soc = 1.0 - row->charge_Ah / score->capacity_Ah;
  score->rest_soc = (double)NAN;
  /* full cells come from a charge: their hysteresis lies above */
  double hysteresis = score->start_soc > 0.95 ? 1.0 : 0.0;
  cell_init(cell, params, score->start_soc, row->temperature_degC, hysteresis);
  if (fabs(row->current_A) > rest_C * score->capacity_Ah) return;
  double warm_V =
      (row->temperature_degC - CELL_REFERENCE_degC) * cell_entropic_VpK(params, score->start_soc);
  double above_V = cell_hysteresis_V(params, score->start_soc) * hysteresis;
  score->rest_soc = cell_soc_at_ocv(params, row->voltage_V - warm_V - above_V);
}

/// Advance over the step that ends at row i.
static void step(const drive_csv_t *drive, const validate_cell_options_t *options,
                 const validate_cell_t *score, uint32_t i, cell_t *cell) {
  const drive_csv_row_t *before = &drive->row[i - 1], *now = &drive->row[i];
  double dt_s = now->time_s - before->time_s;
  double charge_Ah = now->charge_Ah - before->charge_Ah;
  cell_load_t load = {.current_A = before->current_A,
                      .charge_As =
                          3600.0 * charge_Ah * cell->params->capacity_Ah / score->capacity_Ah,
                      .surface_degC = (double)NAN,
                      .outside_degC = drive->row[0].temperature_degC,
                      .outside_WpK = options->ambient_WpK};
  if (dt_s > counter_min_s) load.current_A = 3600.0 * charge_Ah / dt_s;
  if (options->heat == VALIDATE_CELL_MEASURED) load.surface_degC = now->temperature_degC;
  cell_step(cell, &load, dt_s);
}

static void compare(const drive_csv_row_t *row, const cell_t *cell, validate_cell_t *score) {
  double model_V = cell_V(cell, row->current_A);
  double error_mV = 1e3 * (model_V - row->voltage_V);
  add(&score->whole, error_mV);
  if (cell->soc > low_soc) add(&score->above, error_mV);
  add(&score->heat, 1e3 * (cell->surface_degC - row->temperature_degC));
  score->row[score->row_count++] =
      (validate_cell_row_t){row->time_s, row->voltage_V, model_V, cell->soc, cell->core_degC};
  score->end_soc = cell->soc;
}

int validate_cell(const cell_params_t *params, const drive_csv_t *drive,
                  const validate_cell_options_t *options, validate_cell_t *score, char *error,
                  size_t error_bytes) {
  cell_t cell;
  memset(score, 0, sizeof *score);
  score->capacity_Ah = options->capacity_Ah > 0.0 ? options->capacity_Ah : params->capacity_Ah;
  find_window(drive, options, score);
  score->row = malloc(drive->row_count * sizeof *score->row);
  if (!score->row) {
    snprintf(error, error_bytes, "no memory for %u rows", drive->row_count);
    return -1;
  }
  start(params, drive, options, score, &cell);
  for (uint32_t i = 0; i < drive->row_count; i++) {
    const drive_csv_row_t *row = &drive->row[i];
    if (i > 0) step(drive, options, score, i, &cell);
    if (row->time_s >= score->window_from_s && row->time_s <= score->window_to_s)
      compare(row, &cell, score);
  }
  if (score->row_count > 0) return 0;
  snprintf(error, error_bytes, "no row from %g to %g s, allowed a window within %g to %g s",
           score->window_from_s, score->window_to_s, drive->row[0].time_s,
           drive->row[drive->row_count - 1].time_s);
  validate_cell_free(score);
  return -1;
}

void validate_cell_free(validate_cell_t *score) {
  free(score->row);
  score->row = NULL;
  score->row_count = 0;
}
