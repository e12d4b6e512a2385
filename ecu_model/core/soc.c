/// State of charge: coulomb counting, rest voltages, and the filters' turn in each 100 ms.
#include "soc.h"

#include <string.h>

#include "../gen/pinout.h"
#include "ekf.h"
#include "soh.h"

enum {
  SINCE_MAX_mAms = 1 << 30,
  PHASE_COUNT = 10,
  SEARCH_PHASE = BMS_SOC_COUNT,
  HEALTH_PHASE,
  SECOND_PHASES = 10,
  STORED_TRUST_permille = 50, /* memory may differ from the rest voltage by this */
  MS_PER_H = 3600000,
  FOLLOW_pphpms = 18, /* capacity times this is half a percent a second */
  DEVIATION_UNIT = 16, /* per mV */
  DEVIATION_SHIFT = 4, /* 16 s */
  INDEX_LEAD = DEVIATION_UNIT, /* by which another group must be the weaker one */
  DT_MAX_ms = 2000,
  GROUP_MIN_mV = 1000,
  GROUP_MAX_mV = 5000
};

#define PERMILLE 0.001f
#define STORED_DEVIATION 0.01f
#define OCV_DEVIATION 0.05f
#define USUAL_degC 25.0f

const cell_table_t *soc_cell(const bms_config_t *config) {
  const cell_table_t *cell = NULL;
  if (config->cell_set < CELL_TABLE_COUNT) cell = cell_table[config->cell_set];
  return cell != NULL ? cell : cell_table[0];
}

uint32_t soc_at_ocv_permille(const cell_table_t *cell, uint32_t ocv_mV) {
  uint32_t dmV = ocv_mV * 10u, low = 0, high = cell->ocv_count - 1u;
  if (dmV <= cell->ocv_dmV[low]) return 0;
  if (dmV >= cell->ocv_dmV[high]) return 1000;
  while (high - low > 1u) {
    uint32_t middle = (low + high) / 2u;
    if (cell->ocv_dmV[middle] < dmV)
      low = middle;
    else
      high = middle;
  }
  uint32_t span = (uint32_t)cell->ocv_dmV[high] - cell->ocv_dmV[low];
  uint32_t steps = (uint32_t)cell->ocv_count - 1u;
  uint32_t parts = low * 1000u * span + (dmV - cell->ocv_dmV[low]) * 1000u;
  return (parts + steps * span / 2u) / (steps * span);
}

static int64_t capacity_mAms(const bms_soc_t *soc) { return (int64_t)soc->capacity_mAh * MS_PER_H; }

/* --- start --------------------------------------------------------------------------------- */

void soc_start_at(bms_soc_t *soc, const bms_config_t *config, float share, float deviation) {
  const cell_table_t *cell = soc_cell(config);
  uint32_t capacity_mAh = soc->capacity_mAh != 0 ? soc->capacity_mAh : config->capacity_mAh;
  float usual_factor = soc->polar.usual_factor;
  memset(soc, 0, sizeof *soc);
  soc->capacity_mAh = capacity_mAh;
  float cell_Ah = PERMILLE * (float)capacity_mAh / (float)config->cells_parallel;
  ekf_rest(&soc->polar, 0.0f);
  soc->polar.usual_factor = usual_factor;
  for (uint32_t kind = 0; kind < BMS_SOC_COUNT; kind++) {
    float offset_A = kind == BMS_SOC_MEAN ? cell->offset_pC * cell_Ah : 0.0f;
    ekf_begin(&soc->ekf[kind], cell, share, deviation, offset_A);
    soc->ekf[kind].x[EKF_FACTOR] = usual_factor;
    soc->index[kind] = BMS_NO_LOCATION;
  }
  soc->charge_mAms = (int64_t)capacity_mAh * (int32_t)(share * 1e6f) * 18 / 5;
  soc->phase = PHASE_COUNT - 1;
  soc->second = SECOND_PHASES - 1;
  soc->is_initialised = 1;
  soc_update(soc);
}

void soc_start(bms_soc_t *soc, const bms_config_t *config, uint32_t ocv_mV, int32_t ddegC,
               uint32_t stored_permille) {
  const cell_table_t *cell = soc_cell(config);
  uint32_t start_permille = soc_at_ocv_permille(cell, ocv_mV);
  uint32_t difference = stored_permille > start_permille ? stored_permille - start_permille
                                                         : start_permille - stored_permille;
  if (stored_permille > 1000 || difference > STORED_TRUST_permille) {
    soc_start_at(soc, config, PERMILLE * (float)start_permille, OCV_DEVIATION);
    return;
  }
  float share = PERMILLE * (float)stored_permille;
  soc_start_at(soc, config, share, STORED_DEVIATION);
  ekf_relax(&soc->polar, cell, share, 0.1f * (float)ddegC, PERMILLE * (float)ocv_mV);
}

/* --- counting ------------------------------------------------------------------------------ */

void soc_count(bms_soc_t *soc, int32_t charge_mAms) {
  soc->charge_mAms -= charge_mAms;
  soc->net_mAms += charge_mAms;
  /* taken every 100 ms; before there is a filter nobody takes it */
  if (soc->since_mAms < SINCE_MAX_mAms && soc->since_mAms > -SINCE_MAX_mAms)
    soc->since_mAms += charge_mAms;
  soc->throughput_mAms += charge_mAms < 0 ? -charge_mAms : charge_mAms;
}

void soc_update(bms_soc_t *soc) {
  int64_t full_mAms = capacity_mAms(soc);
  if (soc->charge_mAms < 0) soc->charge_mAms = 0;
  if (soc->charge_mAms > full_mAms) soc->charge_mAms = full_mAms;
  if (full_mAms == 0) return;
  soc->soc_permille = (uint16_t)((soc->charge_mAms + full_mAms / 2000) / (full_mAms / 1000));
}

void soc_take_capacity(bms_soc_t *soc, uint32_t capacity_mAh) {
  if (soc->capacity_mAh == 0 || !soc->is_initialised) {
    soc->capacity_mAh = capacity_mAh;
    return;
  }
  soc->charge_mAms = soc->charge_mAms / soc->capacity_mAh * capacity_mAh;
  soc->capacity_mAh = capacity_mAh;
}

/// What is shown goes to what the filter believes, by a step that nobody sees.
static void follow(bms_soc_t *soc) {
  float share = soc->ekf[BMS_SOC_MEAN].x[EKF_SOC];
  int64_t wanted_mAms = (int64_t)soc->capacity_mAh * (int32_t)(share * 2e5f) * 18;
  int64_t limit_mAms = (int64_t)soc->capacity_mAh * (FOLLOW_pphpms * (int32_t)soc->sample_dt_ms);
  int64_t step_mAms = wanted_mAms - soc->charge_mAms;
  if (step_mAms > limit_mAms) step_mAms = limit_mAms;
  if (step_mAms < -limit_mAms) step_mAms = -limit_mAms;
  soc->charge_mAms += step_mAms;
}

/* --- sample -------------------------------------------------------------------------------- */

void soc_scan(bms_soc_t *soc, int32_t current_mA) { soc->scan_mA = current_mA; }

static int is_known(const bms_meas_t *meas, uint32_t group) {
  return group < BMS_GROUP_COUNT && meas->group_quality[group] == BMS_QUALITY_VALID;
}

static uint16_t sound_mV(uint16_t value_mV) {
  return value_mV >= GROUP_MIN_mV && value_mV <= GROUP_MAX_mV ? value_mV : 0;
}

void soc_sample(bms_t *bms) {
  bms_soc_t *soc = &bms->soc;
  const bms_meas_t *meas = &bms->meas;
  if (!soc->is_initialised) return;
  soc->phase = (uint8_t)(soc->phase + 1u < PHASE_COUNT ? soc->phase + 1u : 0);
  if (soc->phase != 0) return;
  uint32_t dt_ms = bms->time_ms - soc->sampled_ms;
  if (soc->sampled_ms == 0 || dt_ms > DT_MAX_ms) dt_ms = PHASE_COUNT * 10u;
  soc->sampled_ms = bms->time_ms;
  soc->sample_dt_ms = (uint16_t)dt_ms;
  soc->sample_mAms = soc->since_mAms;
  soc->sample_mA = soc->scan_mA;
  soc->since_mAms = 0;
  soc->second = (uint8_t)(soc->second + 1u < SECOND_PHASES ? soc->second + 1u : 0);
  memset(soc->sample_mV, 0, sizeof soc->sample_mV);
  if (meas->current_validity.quality != BMS_QUALITY_VALID) return;
  if (meas->group_sum_mV != 0) soc->sample_mV[BMS_SOC_MEAN] = sound_mV(meas->group_mean_mV);
  for (uint32_t kind = BMS_SOC_WEAK; kind < BMS_SOC_COUNT; kind++) {
    uint32_t group = soc->index[kind];
    if (is_known(meas, group)) soc->sample_mV[kind] = sound_mV(meas->group_mV[group]);
  }
}

/* --- estimate ------------------------------------------------------------------------------ */

static float cell_Ah(const bms_t *bms) {
  return PERMILLE * (float)bms->soc.capacity_mAh / (float)bms->config.cells_parallel;
}

static float module_degC(const bms_meas_t *meas, uint32_t group) {
  if (meas->temperature_max_index == BMS_NO_LOCATION) return USUAL_degC;
  int32_t ddegC = (meas->temperature_min_ddegC + meas->temperature_max_ddegC) / 2;
  uint32_t module = group < BMS_GROUP_COUNT ? pinout_group[group].module - 1u : BMS_AFE_COUNT;
  if (module < BMS_AFE_COUNT && meas->module_quality[module] == BMS_QUALITY_VALID)
    ddegC = meas->module_ddegC[module];
  return 0.1f * (float)ddegC;
}

static void filter(bms_t *bms, uint32_t kind) {
  bms_soc_t *soc = &bms->soc;
  bms_ekf_t *ekf = &soc->ekf[kind];
  const cell_table_t *cell = soc_cell(&bms->config);
  float per_cell = 1.0f / (float)bms->config.cells_parallel;
  float dt_s = PERMILLE * (float)soc->sample_dt_ms;
  float offset_A = soc->ekf[BMS_SOC_MEAN].x[EKF_OFFSET];
  float charge_As = 1e-6f * (float)soc->sample_mAms * per_cell;
  float current_A = PERMILLE * (float)soc->sample_mA * per_cell - offset_A;
  if (kind == BMS_SOC_MEAN)
    ekf_carry(&soc->polar, cell, charge_As / dt_s - offset_A, cell_Ah(bms), dt_s);
  else
    charge_As -= offset_A * dt_s;
  ekf_predict(ekf, cell, &soc->polar, charge_As, cell_Ah(bms), dt_s);
  if (soc->sample_mV[kind] == 0) return;
  float degC = module_degC(&bms->meas, soc->index[kind]);
  float drop_V =
      ekf_correct(ekf, cell, &soc->polar, PERMILLE * (float)soc->sample_mV[kind], degC, current_A);
  if (kind == BMS_SOC_MEAN) soc->polar.drop_V = drop_V;
}

static uint16_t permille_of(float share) {
  if (!(share > 0.0f)) return 0;
  return (uint16_t)(share < 1.0f ? share * 1000.0f + 0.5f : 1000.0f);
}

static int32_t clip16(int32_t value) {
  if (value > INT16_MAX) return INT16_MAX;
  return value < INT16_MIN ? INT16_MIN : value;
}

/// The slow means decide, so that noise and resistances do not. Filters go on with the new group's
/// voltage.
static void search(bms_soc_t *soc, const bms_meas_t *meas) {
  uint32_t weak = soc->index[BMS_SOC_WEAK], strong = soc->index[BMS_SOC_STRONG];
  int is_first = weak == BMS_NO_LOCATION;
  if (meas->group_sum_mV == 0) return;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    int32_t now = ((int32_t)meas->group_mV[group] - meas->group_mean_mV) * DEVIATION_UNIT;
    int32_t step = now - soc->deviation[group];
    int32_t half = 1 << (DEVIATION_SHIFT - 1);
    if (!is_first) step = (step + half) >> DEVIATION_SHIFT;
    soc->deviation[group] = (int16_t)clip16(soc->deviation[group] + step);
  }
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    if (weak == BMS_NO_LOCATION || soc->deviation[group] < soc->deviation[weak] - INDEX_LEAD)
      weak = group;
    if (strong == BMS_NO_LOCATION || soc->deviation[group] > soc->deviation[strong] + INDEX_LEAD)
      strong = group;
  }
  soc->index[BMS_SOC_WEAK] = (uint8_t)weak;
  soc->index[BMS_SOC_STRONG] = (uint8_t)strong;
}

void soc_estimate(bms_t *bms) {
  bms_soc_t *soc = &bms->soc;
  if (!soc->is_initialised) return;
  if (soc->phase < BMS_SOC_COUNT) filter(bms, soc->phase);
  if (soc->phase == BMS_SOC_MEAN) {
    soh_step(bms);
    if (bms->meas.current_validity.quality != BMS_QUALITY_INVALID) follow(soc);
  }
  if (soc->second != 0) return;
  if (soc->phase == SEARCH_PHASE) search(soc, &bms->meas);
  if (soc->phase == HEALTH_PHASE) {
    soc->min_permille = permille_of(soc->ekf[BMS_SOC_WEAK].x[EKF_SOC]);
    soc->max_permille = permille_of(soc->ekf[BMS_SOC_STRONG].x[EKF_SOC]);
    soh_second(bms);
  }
}
