/// Feeds a measured drive to the core's estimator, 10 ms by 10 ms.
#include "validate_soc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/core/bms.h"
#include "../ecu_model/core/soc.h"
#include "../ecu_model/core/soh.h"
#include "../ecu_model/gen/cell_table.h"
#include "../sim/rng.h"

enum { CYCLE_ms = 10, SAMPLE_CYCLES = 10, SECOND_SAMPLES = 10 };

static const double rest_C = 0.02; ///< currents up to this many 1/h of the capacity are soak
static const double even_out_s = 10.0; ///< in which the counter corrects the sampled current
static const double caught_pct = 5.0;

validate_soc_options_t validate_soc_options(void) {
  return (validate_soc_options_t){
      .start_soc = (double)NAN, .start_error = -0.3, .settle_s = 600.0, .seed = 1};
}

double validate_soc_rmse_pct(const validate_soc_sums_t *sums) {
  return sums->count ? sqrt(sums->square / (double)sums->count) : 0.0;
}

double validate_soc_bias_pct(const validate_soc_sums_t *sums) {
  return sums->count ? sums->sum / (double)sums->count : 0.0;
}

void validate_soc_pool(validate_soc_sums_t *sums, const validate_soc_sums_t *what) {
  sums->count += what->count;
  sums->square += what->square;
  sums->sum += what->sum;
  sums->largest = fmax(sums->largest, what->largest);
}

static void add(validate_soc_sums_t *sums, double error_pct) {
  const validate_soc_sums_t one = {1, error_pct * error_pct, error_pct, fabs(error_pct)};
  validate_soc_pool(sums, &one);
}

/// A run in progress.
typedef struct {
  const drive_csv_t *drive;
  const validate_soc_options_t *options;
  validate_soc_t *score;
  bms_t bms;
  rng_t noise;
  uint32_t first, last, row; ///< rows of first and last load; the newest that was passed
  double owed_As; ///< charge that the counter saw and the sampled current did not yet show
  double counted_Ah; ///< by the lying sensor
  double rest_mAms; ///< not yet a whole mA ms
  double past_pct[SECOND_SAMPLES]; ///< shown in the last second, a ring
  double last_bad_s; ///< when the error last was above caught_pct
} run_t;

static int find_cell(const char *name, uint32_t *set) {
  for (*set = 0; *set < CELL_TABLE_COUNT; ++*set)
    if (strcmp(cell_table[*set]->name, name) == 0) return 0;
  return -1;
}

/// From the first to the last row under load; the whole file if there is no load.
static void find_window(run_t *run) {
  const drive_csv_t *drive = run->drive;
  double rest_A = rest_C * run->score->capacity_Ah;
  run->first = 0;
  run->last = drive->row_count - 1;
  while (run->first < run->last && fabs(drive->row[run->first].current_A) <= rest_A) run->first++;
  while (run->last > run->first && fabs(drive->row[run->last].current_A) <= rest_A) run->last--;
  if (run->first < run->last) return;
  run->first = 0;
  run->last = drive->row_count - 1;
}

/* --- what the BMS measures ----------------------------------------------------------------- */

static double noisy(run_t *run, double value, double deviation) {
  return deviation > 0.0 ? value + deviation * rng_normal(&run->noise) : value;
}

static void show_row(run_t *run) {
  const drive_csv_row_t *row = &run->drive->row[run->row];
  bms_meas_t *meas = &run->bms.meas;
  double volt =
      noisy(run, row->voltage_V + run->options->voltage_offset_V, run->options->voltage_noise_V);
  uint16_t mV = (uint16_t)llround(fmin(fmax(1e3 * volt, 0.0), 8191.0));
  int16_t ddegC = (int16_t)llround(10.0 * row->temperature_degC);
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) meas->group_mV[group] = mV;
  meas->group_mean_mV = mV;
  meas->group_sum_mV = BMS_GROUP_COUNT * (uint32_t)mV;
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) meas->module_ddegC[m] = ddegC;
  meas->temperature_min_ddegC = meas->temperature_max_ddegC = ddegC;
  double current_A = row->current_A * (1.0 + run->options->gain_error) + run->options->offset_A;
  meas->current_mA = (int32_t)llround(1e3 * noisy(run, current_A, run->options->current_noise_A));
  soc_scan(&run->bms.soc, meas->current_mA);
}

/// What flows in the next 10 ms as the sensor shows it: the newest row's current, led to the
/// counter's charge.
static void count(run_t *run) {
  const drive_csv_row_t *row = &run->drive->row[run->row];
  const double dt_s = 1e-3 * CYCLE_ms;
  double paid_As = run->owed_As * dt_s / even_out_s;
  double charge_As = row->current_A * dt_s + paid_As;
  run->owed_As -= charge_As;
  double shown_As = charge_As * (1.0 + run->options->gain_error) + run->options->offset_A * dt_s;
  run->counted_Ah += shown_As / 3600.0;
  double all_mAms = 1e6 * shown_As + run->rest_mAms;
  double whole_mAms = floor(all_mAms);
  run->rest_mAms = all_mAms - whole_mAms;
  soc_count(&run->bms.soc, (int32_t)whole_mAms);
}

/// The estimator's ms of a 10 ms cycle. Without a new row there is no new voltage.
static void cycle(run_t *run, int is_new) {
  bms_t *bms = &run->bms;
  bms->time_ms += CYCLE_ms;
  if (!is_new) bms->meas.group_sum_mV = 0;
  soc_update(&bms->soc);
  soc_sample(bms);
  soc_estimate(bms);
}

/* --- the run ------------------------------------------------------------------------------- */

static void prepare(run_t *run, uint32_t set) {
  const validate_soc_options_t *options = run->options;
  bms_t *bms = &run->bms;
  memset(bms, 0, sizeof *bms);
  bms->config = *bms_config_soul_ev();
  bms->config.cell_set = set;
  bms->config.cells_parallel = 1;
  bms->config.capacity_mAh =
      (uint32_t)llround(1e3 * run->score->capacity_Ah * (1.0 + options->capacity_error));
  soh_init(bms);
  bms->meas.valid_group_count = BMS_GROUP_COUNT;
  double start = run->score->start_soc + options->start_error;
  run->score->start_estimate = fmin(fmax(start, 0.0), 1.0);
  soc_start_at(&bms->soc, &bms->config, (float)run->score->start_estimate, 0.3f);
  run->noise = rng_stream(options->seed, "validate_soc");
}

static double shown_pct(const bms_t *bms) {
  return 100.0 * (double)bms->soc.charge_mAms / (3.6e6 * bms->soc.capacity_mAh);
}

static void compare(run_t *run, uint32_t sample, double time_s, double truth_pct) {
  validate_soc_t *score = run->score;
  double now_pct = shown_pct(&run->bms);
  double *past_pct = &run->past_pct[sample % SECOND_SAMPLES];
  float filter = run->bms.soc.ekf[BMS_SOC_MEAN].x[0];
  if (sample >= SECOND_SAMPLES) score->step_pct = fmax(score->step_pct, fabs(now_pct - *past_pct));
  *past_pct = now_pct;
  if (!(filter >= -0.1f && filter <= 1.1f)) score->was_invalid++;
  if (fabs(now_pct - truth_pct) > caught_pct) run->last_bad_s = time_s;
  if (time_s < run->options->settle_s) return;
  add(&score->shown, now_pct - truth_pct);
  double by_count_pct =
      100.0 * (score->start_estimate - run->counted_Ah * 1e3 / run->bms.config.capacity_mAh);
  add(&score->counted, by_count_pct - truth_pct);
}

/// Rows that lie up to time_s have been passed; truth is the counter's between the rows.
static int pass_rows(run_t *run, double time_s, double *charge_Ah) {
  const drive_csv_row_t *row = run->drive->row;
  int is_new = 0;
  while (run->row < run->last && row[run->row + 1].time_s <= time_s + 1e-6) {
    run->owed_As += 3600.0 * (row[run->row + 1].charge_Ah - row[run->row].charge_Ah);
    run->row++;
    is_new = 1;
  }
  *charge_Ah = row[run->row].charge_Ah;
  if (run->row == run->last) return is_new;
  double span_s = row[run->row + 1].time_s - row[run->row].time_s;
  double share = (time_s - row[run->row].time_s) / span_s;
  *charge_Ah += fmin(fmax(share, 0.0), 1.0) * (row[run->row + 1].charge_Ah - *charge_Ah);
  return is_new;
}

static void drive_through(run_t *run) {
  const drive_csv_row_t *row = run->drive->row;
  double from_s = row[run->first].time_s, full_Ah = run->score->capacity_Ah;
  double start_Ah = row[run->first].charge_Ah, charge_Ah = start_Ah;
  uint64_t cycles = (uint64_t)((row[run->last].time_s - from_s) * 1e3 / CYCLE_ms);
  uint32_t sample = 0;
  int is_new = 1;
  run->row = run->first;
  show_row(run);
  for (uint64_t k = 0; k <= cycles; k++) {
    double time_s = 1e-3 * CYCLE_ms * (double)k;
    if (k > 0 && pass_rows(run, from_s + time_s, &charge_Ah)) {
      is_new = 1;
      show_row(run);
    }
    cycle(run, is_new);
    if (run->bms.soc.phase == 0) {
      double truth = run->score->start_soc - (charge_Ah - start_Ah) / full_Ah;
      compare(run, sample++, time_s, 100.0 * truth);
      run->score->end_soc = truth;
      is_new = 0;
    }
    count(run);
  }
  run->score->end_estimate = 1e-2 * shown_pct(&run->bms);
}

static void describe(run_t *run) {
  const drive_csv_row_t *row = run->drive->row;
  double sum_degC = 0.0;
  for (uint32_t i = run->first; i <= run->last; i++) sum_degC += row[i].temperature_degC;
  run->score->mean_degC = sum_degC / (run->last - run->first + 1);
  run->score->from_s = row[run->first].time_s;
  run->score->to_s = row[run->last].time_s;
  run->score->start_soc = run->options->start_soc;
  if (isnan(run->options->start_soc))
    run->score->start_soc = 1.0 - row[run->first].charge_Ah / run->score->capacity_Ah;
}

int validate_soc(const char *cell, const drive_csv_t *drive, const validate_soc_options_t *options,
                 validate_soc_t *score, char *error, size_t error_bytes) {
  static const validate_soc_t nothing;
  uint32_t set = 0;
  run_t run = {.drive = drive, .options = options, .score = score};
  *score = nothing;
  if (find_cell(cell, &set) != 0) {
    snprintf(error, error_bytes, "the core has no table of cell %s", cell);
    return -1;
  }
  score->capacity_Ah =
      options->capacity_Ah > 0.0 ? options->capacity_Ah : (double)cell_table[set]->capacity_Ah;
  find_window(&run);
  describe(&run);
  if (score->to_s - score->from_s <= options->settle_s) {
    snprintf(error, error_bytes, "found a drive of %.1f s, allowed one longer than %g s",
             score->to_s - score->from_s, options->settle_s);
    return -1;
  }
  prepare(&run, set);
  drive_through(&run);
  double all_s = score->to_s - score->from_s;
  score->caught_s = run.last_bad_s < all_s - 1.0 ? run.last_bad_s : (double)NAN;
  return 0;
}
