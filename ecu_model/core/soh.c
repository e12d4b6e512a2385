/// State of health by rests and by current steps, state of energy by the OCV's sum.
#include "soh.h"

#include "ekf.h"
#include "soc.h"

enum {
  REST_MIN_ms = 1200000,
  SHARE_MIN_permille = 400,
  SHARE_MAX_permille = 1200,
  OHM_MIN_permille = 500,
  OHM_MAX_permille = 4000,
  NEW_permille = 1000,
  WEIGHT_UNIT = 1000, /* of the record */
  WEIGHT_RECORD_MAX = 20000
};

#define DIFFERENCE_MIN 0.2f /* of the SOC, between two rests */
#define WEIGHT_NEW 0.1f
#define WEIGHT_MAX 3.0f /* older pairs fade beyond it */
#define STEP_MIN_V 0.01f /* of a current step within 100 ms */
#define STEP_WEIGHT_NEW_V2 0.005f
#define STEP_WEIGHT_MAX_V2 0.2f /* older steps fade beyond it */
#define STEP_KEEP 0.99f
#define WARM_degC 20.0f
#define MODEL_SHARE 0.1f /* the model itself may be so wrong: only what lies beyond is ageing */
#define PERMILLE 0.001f

static float clip(float x, float low, float high) {
  if (!(x > low)) return low;
  return x < high ? x : high;
}

/* --- capacity ------------------------------------------------------------------------------ */

/// The capacity follows what was learnt.
static void show_capacity(bms_t *bms) {
  bms_soh_t *soh = &bms->soh;
  uint32_t permille = (uint32_t)(soh->capacity_share * 1000.0f + 0.5f);
  soh->capacity_permille = (uint16_t)permille;
  soc_take_capacity(&bms->soc, (bms->config.capacity_mAh * permille + 500u) / 1000u);
}

static float temperature_degC(const bms_meas_t *meas) {
  return 0.05f * (float)(meas->temperature_min_ddegC + meas->temperature_max_ddegC);
}

/// SOC of the mean group by its voltage alone, less what the branches still drop.
static float soc_at_rest(const bms_t *bms) {
  const bms_soc_t *soc = &bms->soc;
  const cell_table_t *cell = soc_cell(&bms->config);
  float degC = temperature_degC(&bms->meas);
  float group_V = PERMILLE * (float)soc->sample_mV[BMS_SOC_MEAN] + soc->polar.drop_V;
  return ekf_soc_at_rest(cell, soc->polar.hysteresis, group_V, degC);
}

static void set_anchor(bms_t *bms, float soc) {
  bms->soh.anchor_soc = soc;
  bms->soh.anchor_mAms = bms->soc.net_mAms;
  bms->soh.offset_As = 0.0f;
}

/// Some pack's capacities at most flow from one rest to the next.
static int32_t within(int64_t charge_mAs) {
  if (charge_mAs > INT32_MAX) return INT32_MAX;
  return charge_mAs < -INT32_MAX ? -INT32_MAX : (int32_t)charge_mAs;
}

static void take_pair(bms_t *bms, float soc) {
  bms_soh_t *soh = &bms->soh;
  float fallen = soh->anchor_soc - soc;
  int64_t flown_mAs = (bms->soc.net_mAms - soh->anchor_mAms) / 1000;
  float flown_As = (float)within(flown_mAs) * PERMILLE;
  float share = (flown_As - soh->offset_As) / (3.6f * (float)bms->config.capacity_mAh);
  float square = fallen * fallen;
  if (square < DIFFERENCE_MIN * DIFFERENCE_MIN) return;
  set_anchor(bms, soc);
  if (!(share * fallen > 0.0f)) return; /* no charge goes that way */
  soh->capacity_share =
      (soh->weight * soh->capacity_share + share * fallen) / (soh->weight + square);
  soh->weight = clip(soh->weight + square, 0.0f, WEIGHT_MAX);
  soh->capacity_share =
      clip(soh->capacity_share, PERMILLE * SHARE_MIN_permille, PERMILLE * SHARE_MAX_permille);
  show_capacity(bms);
}

static void watch_rests(bms_t *bms) {
  const bms_soc_t *soc = &bms->soc;
  bms_soh_t *soh = &bms->soh;
  soh->offset_As += soc->ekf[BMS_SOC_MEAN].x[EKF_OFFSET] * (float)bms->config.cells_parallel;
  int is_rested = bms->meas.rest_ms >= REST_MIN_ms && soc->sample_mV[BMS_SOC_MEAN] != 0 &&
                  bms->meas.temperature_max_index != BMS_NO_LOCATION;
  if (!is_rested) return;
  float at_rest = soc_at_rest(bms);
  if (soh->anchor_soc < 0.0f)
    set_anchor(bms, at_rest);
  else
    take_pair(bms, at_rest);
}

/* --- resistance ---------------------------------------------------------------------------- */

static void show_resistance(bms_t *bms, float share) {
  bms_soh_t *soh = &bms->soh;
  soh->resistance_share = clip(share, PERMILLE * OHM_MIN_permille, PERMILLE * OHM_MAX_permille);
  soh->resistance_permille = (uint16_t)(soh->resistance_share * 1000.0f + 0.5f);
  float aged = soh->resistance_share - 1.0f;
  bms->soc.polar.usual_factor = aged - clip(aged, -MODEL_SHARE, MODEL_SHARE);
}

/// One current step more: it moved the voltage by seen_V, that of a new pack by modelled_V.
static void take_step(bms_t *bms, float seen_V, float modelled_V) {
  bms_soh_t *soh = &bms->soh;
  if (soh->step_weight_V2 > STEP_WEIGHT_MAX_V2) {
    soh->step_V2 *= STEP_KEEP;
    soh->step_weight_V2 *= STEP_KEEP;
  }
  soh->step_V2 += seen_V * modelled_V;
  soh->step_weight_V2 += modelled_V * modelled_V;
  show_resistance(bms, soh->step_V2 / soh->step_weight_V2);
}

void soh_step(bms_t *bms) {
  bms_soh_t *soh = &bms->soh;
  float drop_V = bms->soc.polar.drop_V, was_drop_V = soh->last_drop_V, was_V = soh->last_V;
  float group_V = PERMILLE * (float)bms->soc.sample_mV[BMS_SOC_MEAN];
  soh->last_V = group_V;
  soh->last_drop_V = drop_V;
  float modelled_V = drop_V - was_drop_V;
  if (!(group_V > 0.0f) || !(was_V > 0.0f)) return;
  if (modelled_V < STEP_MIN_V && modelled_V > -STEP_MIN_V) return;
  if (temperature_degC(&bms->meas) < WARM_degC) return;
  take_step(bms, was_V - group_V, modelled_V);
}

/* --- energy -------------------------------------------------------------------------------- */

/// OCV times SOC from 0 up to a SOC, V.
static float below_V(const cell_table_t *cell, float soc) {
  float step = 1.0f / (float)(cell->ocv_count - 1u), sum = 0.0f;
  soc = clip(soc, 0.0f, 1.0f);
  for (uint32_t i = 0; i + 1u < cell->ocv_count; i++) {
    float part = clip(soc - (float)i * step, 0.0f, step);
    float low = (float)cell->ocv_dmV[i], high = (float)cell->ocv_dmV[i + 1u];
    sum += part * (low + 0.5f * part / step * (high - low));
  }
  return 1e-4f * sum;
}

/// All groups give the charge that the weakest one has.
static void watch_energy(bms_t *bms) {
  bms_soh_t *soh = &bms->soh;
  const cell_table_t *cell = soc_cell(&bms->config);
  float mean = PERMILLE * (float)bms->soc.soc_permille;
  float weak = PERMILLE * (float)bms->soc.min_permille;
  float left_V = below_V(cell, mean) - below_V(cell, mean - weak);
  float dkWh = 1e-5f * (float)bms->soc.capacity_mAh * (float)BMS_GROUP_COUNT * left_V;
  soh->energy_dkWh = (uint16_t)(clip(dkWh, 0.0f, 6000.0f) + 0.5f);
  soh->energy_permille =
      (uint16_t)(1000.0f * clip(left_V / below_V(cell, 1.0f), 0.0f, 1.0f) + 0.5f);
}

/* --- whole --------------------------------------------------------------------------------- */

void soh_init(bms_t *bms) {
  bms_soh_t *soh = &bms->soh;
  soh->anchor_soc = -1.0f;
  soh->capacity_share = soh->resistance_share = 1.0f;
  soh->weight = WEIGHT_NEW;
  soh->resistance_permille = NEW_permille;
  soh->step_V2 = soh->step_weight_V2 = STEP_WEIGHT_NEW_V2;
  show_capacity(bms);
}

void soh_second(bms_t *bms) {
  watch_rests(bms);
  watch_energy(bms);
}

static void put16(uint8_t *bytes, uint32_t value) {
  bytes[0] = (uint8_t)value;
  bytes[1] = (uint8_t)(value >> 8);
}

static uint32_t get16(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8; }

void soh_fill(const bms_t *bms, uint8_t *bytes) {
  put16(bytes, bms->soh.capacity_permille);
  put16(bytes + 2, bms->soh.resistance_permille);
  put16(bytes + 4, (uint32_t)(bms->soh.weight * WEIGHT_UNIT + 0.5f));
}

void soh_take(bms_t *bms, const uint8_t *bytes) {
  bms_soh_t *soh = &bms->soh;
  uint32_t held = get16(bytes), ohm = get16(bytes + 2), weight = get16(bytes + 4);
  if (held < SHARE_MIN_permille || held > SHARE_MAX_permille) return;
  if (ohm < OHM_MIN_permille || ohm > OHM_MAX_permille || weight > WEIGHT_RECORD_MAX) return;
  soh->capacity_share = PERMILLE * (float)held;
  soh->weight = clip(PERMILLE * (float)weight, WEIGHT_NEW, WEIGHT_MAX);
  show_resistance(bms, PERMILLE * (float)ohm);
  soh->step_V2 = STEP_WEIGHT_NEW_V2 * soh->resistance_share;
  show_capacity(bms);
}
