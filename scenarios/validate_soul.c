/// Runs the measured drive through the pack and fits the two baselines that it must beat.
#include "validate_soul.h"

#include <math.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../sim/pack.h"

enum { STEP_us = 20000, TERM_MAX = 3, SEEN_COUNT = SOUL_DRIVE_MODULE_COUNT };

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

/// Of a module as the log shows it; the one that it does not have counts as their mean.
static double module_degC(const soul_drive_scan_t *scan, uint32_t module) {
  double sum_degC = 0.0;
  if (module < SEEN_COUNT) return scan->module_degC[module];
  for (uint32_t i = 0; i < SEEN_COUNT; i++) sum_degC += scan->module_degC[i];
  return sum_degC / SEEN_COUNT;
}

static void follow_air(pack_t *pack, const soul_drive_scan_t *scan) {
  pack->ambient_degC = scan->ambient_degC;
  pack->air.inlet_degC = scan->inlet_degC;
  pack->air.fan_duty = scan->fan_Hz / pack->air.params.fan_duty_Hz;
}

/// The car was driving before: the cells come from a discharge.
static int start_pack(pack_t *pack, const cell_params_t *params, const soul_drive_scan_t *scan) {
  pack_config_t config = {.ambient_degC = scan->ambient_degC, .hysteresis = -1.0};
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    config.cell[i] = pack_cell_usual();
    config.cell[i].soc = 0.01 * scan->soc_bms_pct;
    config.cell[i].temperature_degC = module_degC(scan, pinout_group[i / 2].module - 1u);
  }
  if (pack_init(pack, params, &config) != PACK_OK) return -1;
  follow_air(pack, scan);
  pack->air.fan_Hz = scan->fan_Hz;
  return 0;
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
  double error_V, error_V2, largest_V;
  double error_K2[SEEN_COUNT], rise_K[SEEN_COUNT],
      rise_K2[SEEN_COUNT]; ///< rise over the first scan
  fit_t constant, linear;
} sums_t;

static void compare(sums_t *sums, pack_t *pack, const soul_drive_scan_t *first,
                    const soul_drive_scan_t *scan, double charge_Ah) {
  double error_V = pack_terminal_V(pack, scan->pack_A) - scan->pack_V;
  sums->error_V += error_V;
  sums->error_V2 += error_V * error_V;
  if (fabs(error_V) > sums->largest_V) sums->largest_V = fabs(error_V);
  double term[TERM_MAX] = {1.0, scan->pack_A, charge_Ah};
  fit_add(&sums->constant, term, scan->pack_V - 360.0);
  fit_add(&sums->linear, term, scan->pack_V - 360.0);

  for (uint32_t m = 0; m < SEEN_COUNT; m++) {
    double error_K = pack_module_degC(pack, m) - scan->module_degC[m];
    double rise_K = scan->module_degC[m] - first->module_degC[m];
    sums->error_K2[m] += error_K * error_K;
    sums->rise_K[m] += rise_K;
    sums->rise_K2[m] += rise_K * rise_K;
  }
}

static void finish_modules(validate_soul_t *score, const sums_t *sums, double count) {
  for (uint32_t m = 0; m < SEEN_COUNT; m++) {
    double mean_K = sums->rise_K[m] / count, mean_K2 = sums->rise_K2[m] / count;
    score->module_rmse_K[m] = sqrt(sums->error_K2[m] / count);
    score->module_constant_rmse_K[m] = sqrt(fmax(0.0, mean_K2 - mean_K * mean_K));
    score->module_start_rmse_K[m] = sqrt(mean_K2);
    score->temperature_rmse_K += score->module_rmse_K[m] / SEEN_COUNT;
    score->temperature_constant_rmse_K += score->module_constant_rmse_K[m] / SEEN_COUNT;
    score->temperature_start_rmse_K += score->module_start_rmse_K[m] / SEEN_COUNT;
  }
}

static void finish(validate_soul_t *score, sums_t *sums, double count) {
  score->model_rmse_V = sqrt(sums->error_V2 / count);
  score->model_mean_V = sums->error_V / count;
  score->model_max_V = sums->largest_V;
  score->constant_rmse_V = fit_rmse(&sums->constant);
  score->linear_rmse_V = fit_rmse(&sums->linear);
  finish_modules(score, sums, count);
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
    follow_air(&pack, scan);
    compare(&sums, &pack, &drive->scan[0], scan, pair_Ah * (start_soc - pack_cell_soc(&pack, 0)));
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
