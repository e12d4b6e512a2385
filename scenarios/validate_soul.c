/// Runs the measured drive through the pack and fits the two baselines that it must beat.
#include "validate_soul.h"

#include <math.h>
#include <string.h>

#include "../sim/pack.h"

enum { STEP_us = 20000, TERM_MAX = 3, MODULE_SEEN_COUNT = 7 };

/// Normal equations of a least-squares fit with few terms.
typedef struct {
  uint32_t term_count;
  double matrix[TERM_MAX][TERM_MAX], right[TERM_MAX];
  double square_sum;
  uint32_t row_count;
} fit_t;

static void fit_add(fit_t *fit, const double term[TERM_MAX], double value) {
  for (uint32_t i = 0; i < fit->term_count; i++) {
    for (uint32_t j = 0; j < fit->term_count; j++) fit->matrix[i][j] += term[i] * term[j];
    fit->right[i] += term[i] * value;
  }
  fit->square_sum += value * value;
  fit->row_count++;
}

/// RMS of what the best fit leaves: square sum minus what each eliminated term explains.
static double fit_rmse(fit_t *fit) {
  double left = fit->square_sum;
  for (uint32_t k = 0; k < fit->term_count; k++) {
    double pivot = fit->matrix[k][k];
    if (!(pivot > 0.0)) continue;
    left -= fit->right[k] * fit->right[k] / pivot;
    for (uint32_t i = k + 1; i < fit->term_count; i++) {
      double factor = fit->matrix[i][k] / pivot;
      for (uint32_t j = k; j < fit->term_count; j++)
        fit->matrix[i][j] -= factor * fit->matrix[k][j];
      fit->right[i] -= factor * fit->right[k];
    }
  }
  return left > 0.0 ? sqrt(left / (double)fit->row_count) : 0.0;
}

static double module_mean_degC(const soul_drive_scan_t *scan) {
  double sum_degC = 0.0;
  for (uint32_t i = 0; i < MODULE_SEEN_COUNT; i++) sum_degC += scan->module_degC[i];
  return sum_degC / MODULE_SEEN_COUNT;
}

static int start_pack(pack_t *pack, const cell_params_t *params, const soul_drive_scan_t *scan) {
  pack_config_t config = {.ambient_degC = scan->inlet_degC};
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    config.cell[i] = pack_cell_usual();
    config.cell[i].soc = 0.01 * scan->soc_bms_pct;
    config.cell[i].temperature_degC = module_mean_degC(scan);
  }
  return pack_init(pack, params, &config) == PACK_OK ? 0 : -1;
}

static double pack_terminal_V(pack_t *pack, double current_A) {
  static const double no_extra_A[PACK_GROUP_COUNT] = {0};
  pack_source_t source = pack_source(pack, no_extra_A, 1000);
  return source.emf_V - source.ohm * current_A;
}

/// From one time to the next in steps of at most STEP_us, each with the current of its middle.
static int drive_pack(pack_t *pack, const soul_drive_t *drive, uint64_t from_us, uint64_t to_us) {
  while (from_us < to_us) {
    uint64_t left_us = to_us - from_us;
    uint32_t dt_us = left_us < STEP_us ? (uint32_t)left_us : STEP_us;
    double middle_s = 1e-6 * ((double)from_us + 0.5 * (double)dt_us);
    if (pack_step(pack, soul_drive_current_A(drive, middle_s), dt_us) != PACK_OK) return -1;
    from_us += dt_us;
  }
  return 0;
}

/// Sums over the scans.
typedef struct {
  double error_V, error_V2, largest_V, error_K2, degC, degC2;
  fit_t constant, linear;
} sums_t;

static void compare(sums_t *sums, pack_t *pack, const soul_drive_scan_t *scan, double charge_Ah) {
  double error_V = pack_terminal_V(pack, scan->pack_A) - scan->pack_V;
  sums->error_V += error_V;
  sums->error_V2 += error_V * error_V;
  if (fabs(error_V) > sums->largest_V) sums->largest_V = fabs(error_V);
  double term[TERM_MAX] = {1.0, scan->pack_A, charge_Ah};
  fit_add(&sums->constant, term, scan->pack_V - 360.0);
  fit_add(&sums->linear, term, scan->pack_V - 360.0);

  double modelled_degC = 0.0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++)
    modelled_degC += pack_module_degC(pack, m) / PINS_MODULE_COUNT;
  double degC = module_mean_degC(scan);
  double error_K = modelled_degC - degC;
  sums->error_K2 += error_K * error_K;
  sums->degC += degC;
  sums->degC2 += degC * degC;
}

static void finish(validate_soul_t *score, sums_t *sums, double count) {
  double mean_degC = sums->degC / count;
  score->model_rmse_V = sqrt(sums->error_V2 / count);
  score->model_mean_V = sums->error_V / count;
  score->model_max_V = sums->largest_V;
  score->constant_rmse_V = fit_rmse(&sums->constant);
  score->linear_rmse_V = fit_rmse(&sums->linear);
  score->temperature_rmse_K = sqrt(sums->error_K2 / count);
  score->temperature_constant_rmse_K = sqrt(fmax(0.0, sums->degC2 / count - mean_degC * mean_degC));
}

int validate_soul(const cell_params_t *params, const soul_drive_t *drive, validate_soul_t *score) {
  pack_t pack;
  sums_t sums = {.constant.term_count = 2, .linear.term_count = 3};
  if (start_pack(&pack, params, &drive->scan[0]) != 0) return -1;
  uint64_t now_us = 0;
  double start_soc = pack_cell_soc(&pack, 0);
  double pair_Ah = 2.0 * params->capacity_Ah;
  for (uint32_t i = 0; i < drive->scan_count; i++) {
    const soul_drive_scan_t *scan = &drive->scan[i];
    uint64_t scan_us = (uint64_t)llround(1e6 * scan->time_s);
    if (drive_pack(&pack, drive, now_us, scan_us) != 0) return -1;
    now_us = scan_us;
    pack.ambient_degC = scan->inlet_degC;
    compare(&sums, &pack, scan, pair_Ah * (start_soc - pack_cell_soc(&pack, 0)));
  }
  const soul_drive_scan_t *last = &drive->scan[drive->scan_count - 1];
  memset(score, 0, sizeof *score);
  finish(score, &sums, (double)drive->scan_count);
  score->scan_count = drive->scan_count;
  score->duration_s = last->time_s;
  score->charge_Ah = pair_Ah * (start_soc - pack_cell_soc(&pack, 0));
  score->soc_start_pct = 100.0 * start_soc;
  score->soc_end_pct = 100.0 * pack_cell_soc(&pack, 0);
  score->soc_end_bms_pct = last->soc_bms_pct;
  return 0;
}
