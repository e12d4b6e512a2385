/// Turns measured runs into rows: charge to SOC, gaps to loads, and picks the rows that count.
#include "fit_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/cell.h"
#include "../sim/det_math.h"

static const double counter_min_s = 1.0; ///< over longer steps the counter's mean is the current
static const double gap_min_s = 60.0, gap_min_Ah = 1e-3;
static const double rest_C = 0.02; ///< currents below this many 1/h of the capacity are rest
static const double block_s = 300.0;

void fit_data_free(fit_data_t *data) {
  free(data->row);
  free(data->used);
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) free(data->branch_A[k]);
  memset(data, 0, sizeof *data);
}

static void take_load(const fit_run_t *run, const drive_csv_row_t *before,
                      const drive_csv_row_t *now, fit_row_t *row) {
  double charge_Ah = now->charge_Ah - before->charge_Ah;
  row->dt_s = now->time_s - before->time_s;
  row->hold_A = before->current_A;
  if (row->dt_s > counter_min_s) row->hold_A = 3600.0 * charge_Ah / row->dt_s;
  if (run->gap_A <= 0.0 || row->dt_s < gap_min_s || charge_Ah < gap_min_Ah) return;
  double gap_s = 3600.0 * charge_Ah / run->gap_A;
  if (gap_s >= row->dt_s) return;
  row->gap_s = gap_s;
  row->gap_is_last = now->current_A > 0.5 * run->gap_A;
  row->hold_A = 0.0;
}

/// SOC of a full slow discharge and charge: each branch is stretched to 1..0 and 0..1.
static void stretch_branches(const drive_csv_t *csv, fit_row_t *row) {
  double first_Ah = csv->row[0].charge_Ah, most_Ah = first_Ah, end_Ah;
  uint32_t turn = 0;
  for (uint32_t i = 0; i < csv->row_count; i++) {
    if (csv->row[i].charge_Ah <= most_Ah) continue;
    most_Ah = csv->row[i].charge_Ah;
    turn = i;
  }
  end_Ah = most_Ah;
  for (uint32_t i = turn; i < csv->row_count; i++) end_Ah = fmin(end_Ah, csv->row[i].charge_Ah);
  for (uint32_t i = 0; i < csv->row_count; i++) {
    double out_Ah = csv->row[i].charge_Ah;
    double span_Ah = i <= turn ? most_Ah - first_Ah : most_Ah - end_Ah;
    row[i].soc = span_Ah > 0.0 ? (most_Ah - out_Ah) / span_Ah : 0.0;
  }
}

static void fill_rows(const fit_job_t *job, const fit_run_t *run, const drive_csv_t *csv,
                      fit_row_t *row) {
  for (uint32_t i = 0; i < csv->row_count; i++) {
    const drive_csv_row_t *from = &csv->row[i];
    row[i] = (fit_row_t){.time_s = from->time_s,
                         .current_A = from->current_A,
                         .soc = run->start_soc - from->charge_Ah / job->capacity_Ah,
                         .voltage_V = from->voltage_V,
                         .surface_degC = from->temperature_degC,
                         .core_degC = from->temperature_degC};
    if (i > 0) take_load(run, from - 1, from, &row[i]);
  }
  if (run->role == FIT_ROLE_OCV) stretch_branches(csv, row);
  row[0].hysteresis = 1.0; /* the run begins after a charge */
  for (uint32_t i = 1; i < csv->row_count; i++) {
    double gain = row[i].soc - row[i - 1].soc;
    double goal = gain > 0.0 ? 1.0 : -1.0;
    row[i].hysteresis =
        goal + (row[i - 1].hysteresis - goal) * det_exp(-job->hysteresis_rate * fabs(gain));
  }
}

static void pick_rows(const fit_job_t *job, fit_data_t *data) {
  const double rest_A = rest_C * job->capacity_Ah;
  uint32_t first = 0, last = data->row_count - 1;
  if (data->run->role == FIT_ROLE_DRIVE) {
    while (first < last && fabs(data->row[first].current_A) <= rest_A) first++;
    while (last > first && fabs(data->row[last].current_A) <= rest_A) last--;
  }
  for (uint32_t i = first; i <= last; i += data->run->every)
    if (data->row[i].time_s >= data->run->first_s && data->row[i].time_s <= data->run->last_s)
      data->used[data->used_count++] = i;
  double scale_V = 1e-3 * data->run->scale_mV;
  data->used_weight = data->run->weight / (scale_V * scale_V * (double)data->used_count);
}

int fit_data_load(const char *dir, const fit_job_t *job, const fit_run_t *run, fit_data_t *data,
                  char *error, size_t error_bytes) {
  char path[2 * FIT_PATH_BYTES + 200];
  drive_csv_t csv;
  memset(data, 0, sizeof *data);
  snprintf(path, sizeof path, "%s/%s", dir, run->csv);
  drive_csv_format_t format = job->format;
  format.temperature_degC = run->temperature_degC;
  if (run->role != FIT_ROLE_DRIVE) format.gap_max_s = 1e7; /* rests may be unlogged */
  if (drive_csv_load(path, &format, &csv, error, error_bytes) != DRIVE_CSV_OK) return -1;
  size_t count = csv.row_count;
  data->run = run;
  data->row_count = csv.row_count;
  data->row = malloc(count * sizeof *data->row);
  data->used = malloc(count * sizeof *data->used);
  int is_short = !data->row || !data->used;
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    data->branch_A[k] = malloc(count * sizeof(double));
    if (!data->branch_A[k]) is_short = 1;
  }
  if (!is_short) {
    fill_rows(job, run, &csv, data->row);
    pick_rows(job, data);
  }
  drive_csv_free(&csv);
  if (!is_short && data->used_count > 0) return 0;
  fit_data_free(data);
  if (!is_short) {
    snprintf(error, error_bytes,
             "%s: no row from first_s %g to last_s %g, allowed: times with rows", path,
             run->first_s, run->last_s);
    return -1;
  }
  snprintf(error, error_bytes, "%s: no memory for %zu rows", path, count);
  return -1;
}

static void filter(const fit_data_t *data, double tau_s, double *branch_A) {
  double dt_s = -1.0, decay = 0.0, now_A = 0.0;
  for (uint32_t i = 0; i < data->row_count; i++) {
    const fit_row_t *row = &data->row[i];
    const double gap_A = data->run->gap_A;
    const double gap_decay = row->gap_s > 0.0 ? det_exp(-row->gap_s / tau_s) : 1.0;
    double rest_s = row->dt_s - row->gap_s;
    if (!row->gap_is_last) now_A = gap_A + (now_A - gap_A) * gap_decay;
    if (rest_s != dt_s) {
      dt_s = rest_s;
      decay = det_exp(-dt_s / tau_s);
    }
    now_A = row->hold_A + (now_A - row->hold_A) * decay;
    if (row->gap_is_last) now_A = gap_A + (now_A - gap_A) * gap_decay;
    branch_A[i] = now_A;
  }
}

void fit_data_branches(fit_data_t *data, const double tau_s[CELL_BRANCH_COUNT]) {
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) filter(data, tau_s[k], data->branch_A[k]);
}

/// One part of a step: a load that holds for dt_s while the surface is as warm as measured.
static void warm_up(cell_t *cell, const fit_row_t *row, double current_A, double charge_As,
                    double dt_s) {
  const cell_load_t load = {
      .current_A = current_A, .charge_As = charge_As, .surface_degC = row->surface_degC};
  cell_step(cell, &load, dt_s);
}

void fit_data_core(fit_data_t *data, const fit_job_t *job, const cell_params_t *params) {
  const double capacity_As = 3600.0 * job->capacity_Ah;
  cell_t cell;
  cell_init(&cell, params, data->row[0].soc, data->row[0].surface_degC, data->row[0].hysteresis);
  for (uint32_t i = 1; i < data->row_count; i++) {
    fit_row_t *row = &data->row[i];
    double charge_As = (row[-1].soc - row->soc) * capacity_As;
    const double rest_s = row->dt_s - row->gap_s;
    if (row->gap_is_last) warm_up(&cell, row, row->hold_A, 0.0, rest_s);
    if (row->gap_s > 0.0) {
      warm_up(&cell, row, data->run->gap_A, charge_As, row->gap_s);
      charge_As = 0.0;
    }
    if (!row->gap_is_last) warm_up(&cell, row, row->hold_A, charge_As, rest_s);
    row->core_degC = cell.core_degC;
  }
}

uint32_t fit_data_block(const fit_data_t *data, uint32_t used_index) {
  if (data->run->role != FIT_ROLE_DRIVE) return 0;
  double time_s = data->row[data->used[used_index]].time_s - data->row[data->used[0]].time_s;
  return (uint32_t)(time_s / block_s);
}
