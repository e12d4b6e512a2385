/// Model of one cell in single precision, and the filter that corrects it by a measured voltage.
#include "ekf.h"

#include <string.h>

#define REFERENCE_degC 25.0f
#define SOC_LOW (-0.05f)
#define SOC_HIGH 1.05f
#define EXCHANGE_SQUARE_MAX 256.0f
#define STEEP_ROUND 0.02f
#define SLOPE_SOC 0.02f
#define SLOPE_MIN_V 0.02f
#define SENSOR_V 0.016f /* deviation of one reading */
#define FAST_SHARE 1.5f /* of what R0 and the fast branch drop: a load says little */
#define RELAXING_pC 2.0f /* past currents beyond this are not believed, of the capacity per hour */
#define DROP_s 900.0f
#define CHARGE_ERROR 5e-8f /* variance for each unit of SOC that moved */
#define ERROR_SOC 0.07f /* an error of the OCV is another one so much further */
#define FACTOR_MAX 0.6f
#define AWAY_V 0.02f /* uncertainty of the SOC, in V, from which on steps are small */
#define AWAY_GAIN 4.0f
#define TRUST_MAX 9.0f /* squared innovation by its variance; beyond it counts as this much */

static float clip(float x, float low, float high) {
  if (!(x > low)) return low;
  return x < high ? x : high;
}

/// A float and its bits.
typedef union {
  float value;
  uint32_t bits;
} bits_t;

/* --- functions ------------------------------------------------------------------------------ */

float ekf_exp(float x) {
  x = clip(x, -80.0f, 80.0f);
  float scaled = x * 1.44269504f;
  int32_t k = (int32_t)(scaled < 0.0f ? scaled - 0.5f : scaled + 0.5f);
  float r = (x - (float)k * 0.693145752f) - (float)k * 1.42860677e-6f;
  float sum =
      1.0f +
      r * (1.0f + r * (0.5f + r * (0.166666667f + r * (0.0416666667f + r * (0.00833333333f +
                                                                            r * 0.00138888889f)))));
  bits_t power = {.bits = (uint32_t)(k + 127) << 23};
  return sum * power.value;
}

float ekf_sqrt(float x) {
  if (!(x > 0.0f)) return 0.0f;
  bits_t guess = {.value = x};
  guess.bits = (guess.bits >> 1) + 0x1fbd1df5u;
  float root = guess.value;
  for (uint32_t i = 0; i < 3; i++) root = 0.5f * (root + x / root);
  return root;
}

/* --- tables --------------------------------------------------------------------------------- */

typedef struct {
  uint32_t index;
  float weight; ///< of the point after index
} place_t;

static place_t place(float x, uint32_t count) {
  x = clip(x, 0.0f, (float)(count - 1u));
  uint32_t index = (uint32_t)x;
  if (index + 2u > count) index = count - 2u;
  place_t at = {index, x - (float)index};
  return at;
}

static place_t temperature_row(const cell_table_t *cell, float degC) {
  return place((degC - cell->temperature_first_degC) / cell->temperature_step_K,
               cell->temperature_count);
}

static float at_row(const float *table, place_t row) {
  return table[row.index] + row.weight * (table[row.index + 1u] - table[row.index]);
}

static float ocv_V(const cell_table_t *cell, float soc) {
  float x = soc * (float)(cell->ocv_count - 1u);
  uint32_t last = cell->ocv_count - 2u;
  uint32_t index = x > 0.0f ? (x < (float)last ? (uint32_t)x : last) : 0u;
  float low = (float)cell->ocv_dmV[index], high = (float)cell->ocv_dmV[index + 1u];
  return 1e-4f * (low + (x - (float)index) * (high - low));
}

/// What temperature and history add to the OCV.
static float moved_V(const cell_table_t *cell, float soc, float degC, float hysteresis) {
  place_t at = place(soc * (float)(cell->slow_count - 1u), cell->slow_count);
  const int16_t *entropic = cell->entropic_uVpK + at.index;
  const uint16_t *width = cell->hysteresis_cmV + at.index;
  float uVpK = (float)entropic[0] + at.weight * (float)(entropic[1] - entropic[0]);
  float cmV = (float)width[0] + at.weight * (float)(width[1] - width[0]);
  return 1e-6f * uVpK * (degC - REFERENCE_degC) + 1e-5f * cmV * hysteresis;
}

static void ohms(const cell_table_t *cell, place_t row, float soc, float growth,
                 float ohm[CELL_TABLE_OHM_COUNT]) {
  place_t at = place(soc * (float)(cell->soc_count - 1u), cell->soc_count);
  const uint16_t(*cold)[CELL_TABLE_OHM_COUNT] = cell->ohm + row.index * cell->column_count;
  const uint16_t(*warm)[CELL_TABLE_OHM_COUNT] = cold + cell->column_count;
  uint32_t a = cell->column[at.index], b = cell->column[at.index + 1u];
  float unit = cell->ohm_unit * growth;
  for (uint32_t i = 0; i < CELL_TABLE_OHM_COUNT; i++) {
    float low = (float)cold[a][i] + at.weight * (float)(cold[b][i] - cold[a][i]);
    float high = (float)warm[a][i] + at.weight * (float)(warm[b][i] - warm[a][i]);
    ohm[i] = unit * (low + row.weight * (high - low));
  }
}

/// asinh(u)/u by a rational function of u squared, as the plant's.
static float transfer(float u) {
  float y = u * u;
  if (y > EXCHANGE_SQUARE_MAX) y = EXCHANGE_SQUARE_MAX;
  float p =
      1.0f +
      y * (0.5851795297868825f +
           y * (0.05376411062148733f + y * (0.0006978013493527826f + y * 6.742126247928197e-07f)));
  float q =
      1.0f +
      y * (0.7511077113824838f +
           y * (0.1066766284154636f + y * (0.002632689558426138f + y * 7.682599949179131e-06f)));
  return p / q;
}

/* --- the model ------------------------------------------------------------------------------ */

void ekf_rest(bms_polar_t *polar, float hysteresis) {
  memset(polar, 0, sizeof *polar);
  polar->hysteresis = hysteresis;
}

static void move_hysteresis(bms_polar_t *polar, float rate, float gain) {
  float goal = gain > 0.0f ? 1.0f : -1.0f;
  float moved = clip(rate * (gain > 0.0f ? gain : -gain), 0.0f, 1.0f);
  polar->hysteresis += (goal - polar->hysteresis) * moved;
}

void ekf_carry(bms_polar_t *polar, const cell_table_t *cell, float current_A, float capacity_Ah,
               float dt_s) {
  for (uint32_t k = 0; k < CELL_TABLE_BRANCH_COUNT; k++) {
    float over_A = polar->branch_A[k] - current_A;
    polar->branch_A[k] = current_A + over_A * ekf_exp(-dt_s / cell->tau_s[k]);
  }
  move_hysteresis(polar, cell->hysteresis_rate, -current_A * dt_s / (3600.0f * capacity_Ah));
  float heat_W = current_A * polar->drop_V;
  float goal_K = clip(heat_W / cell->core_surface_WpK, 0.0f, 30.0f);
  float share = clip(dt_s * cell->core_surface_WpK / cell->core_JpK, 0.0f, 1.0f);
  polar->rise_K += (goal_K - polar->rise_K) * share;
  float size_V = polar->drop_V < 0.0f ? -polar->drop_V : polar->drop_V;
  polar->mean_drop_V += (size_V - polar->mean_drop_V) * clip(dt_s / DROP_s, 0.0f, 1.0f);
}

/// How far the surface lies below the mean for each ampere: more so in a nearly empty cell.
static float surface_pA(const cell_table_t *cell, place_t row, float soc) {
  float pA = at_row(cell->surface_pA, row);
  float below = at_row(cell->steep_soc, row) - soc;
  if (!(below > 0.0f)) return pA;
  return pA * (1.0f + cell->steep_gain * below * below / (below + STEEP_ROUND));
}

static float surface_soc(const cell_table_t *cell, const bms_polar_t *polar, place_t row,
                         float soc) {
  float by_A = cell->surface_middle_share * polar->branch_A[1] + polar->branch_A[2];
  float fall = surface_pA(cell, row, soc) * by_A;
  float room = soc > cell->surface_min_soc ? soc - cell->surface_min_soc : 0.0f;
  return soc - (fall < room ? fall : room);
}

ekf_shown_t ekf_model(const cell_table_t *cell, const bms_polar_t *polar, float soc, float degC,
                      float current_A) {
  float ohm[CELL_TABLE_OHM_COUNT];
  float core_degC = degC + polar->rise_K;
  place_t row = temperature_row(cell, core_degC);
  float growth_pA = at_row(cell->growth_pA, row);
  float growth = 1.0f;
  if (growth_pA != 0.0f) growth = ekf_exp(clip(growth_pA * polar->branch_A[1], -1.0f, 2.0f));
  float at_soc = surface_soc(cell, polar, row, soc);
  ohms(cell, row, at_soc, growth, ohm);
  ohm[1] *= transfer(at_row(cell->exchange_pA, row) * polar->branch_A[0]);
  float rest_V = ocv_V(cell, soc) + moved_V(cell, soc, core_degC, polar->hysteresis);
  ekf_shown_t shown;
  shown.settled_ohm = ohm[0] + ohm[1] + ohm[2] + ohm[3];
  shown.settled_pA = surface_pA(cell, row, soc) * (1.0f + cell->surface_middle_share);
  shown.ohmic_V = ohm[0] * current_A + ohm[1] * polar->branch_A[0];
  shown.drop_V = ocv_V(cell, soc) - ocv_V(cell, at_soc) + shown.ohmic_V +
                 ohm[2] * polar->branch_A[1] + ohm[3] * polar->branch_A[2];
  shown.voltage_V = rest_V - shown.drop_V;
  return shown;
}

void ekf_relax(bms_polar_t *polar, const cell_table_t *cell, float soc, float degC,
               float voltage_V) {
  float ohm[CELL_TABLE_OHM_COUNT];
  float below_V = ekf_model(cell, polar, soc, degC, 0.0f).voltage_V - voltage_V;
  ohms(cell, temperature_row(cell, degC), soc, 1.0f, ohm);
  float most_A = RELAXING_pC * cell->capacity_Ah;
  float past_A = clip(below_V / (ohm[2] + ohm[3]), -most_A, most_A);
  polar->branch_A[1] = polar->branch_A[2] = past_A;
}

float ekf_soc_at_rest(const cell_table_t *cell, float hysteresis, float voltage_V, float degC) {
  float low = 0.0f, high = 1.0f;
  for (uint32_t i = 0; i < 14; i++) {
    float middle = 0.5f * (low + high);
    if (ocv_V(cell, middle) + moved_V(cell, middle, degC, hysteresis) < voltage_V)
      low = middle;
    else
      high = middle;
  }
  return 0.5f * (low + high);
}

/* --- the filter ----------------------------------------------------------------------------- */

static float square(float x) { return x * x; }

void ekf_begin(bms_ekf_t *ekf, const cell_table_t *cell, float soc, float soc_deviation,
               float offset_A) {
  memset(ekf, 0, sizeof *ekf);
  ekf->x[EKF_SOC] = clip(soc, SOC_LOW, SOC_HIGH);
  ekf->p[EKF_SOC][EKF_SOC] = square(soc_deviation);
  ekf->p[EKF_ERROR][EKF_ERROR] = square(cell->error_V);
  ekf->p[EKF_FACTOR][EKF_FACTOR] = square(cell->factor);
  ekf->p[EKF_OFFSET][EKF_OFFSET] = square(offset_A);
}

/// A state that forgets: it fades towards usual, and its variance returns to square(deviation).
static void fade(bms_ekf_t *ekf, uint32_t state, float keep, float usual, float deviation) {
  ekf->x[state] = usual + keep * (ekf->x[state] - usual);
  for (uint32_t i = 0; i < BMS_EKF_COUNT; i++) {
    ekf->p[state][i] *= keep;
    ekf->p[i][state] *= keep;
  }
  ekf->p[state][state] += (1.0f - square(keep)) * square(deviation);
}

void ekf_predict(bms_ekf_t *ekf, const cell_table_t *cell, const bms_polar_t *polar,
                 float charge_As, float capacity_Ah, float dt_s) {
  float per_As = 1.0f / (3600.0f * capacity_Ah);
  float gain = dt_s * per_As; /* of the SOC by one ampere of offset */
  float moved = charge_As * per_As;
  float size = moved < 0.0f ? -moved : moved;
  ekf->x[EKF_SOC] = clip(ekf->x[EKF_SOC] - moved + gain * ekf->x[EKF_OFFSET], SOC_LOW, SOC_HIGH);
  for (uint32_t i = 0; i < BMS_EKF_COUNT; i++) ekf->p[EKF_SOC][i] += gain * ekf->p[EKF_OFFSET][i];
  for (uint32_t i = 0; i < BMS_EKF_COUNT; i++) ekf->p[i][EKF_SOC] += gain * ekf->p[i][EKF_OFFSET];
  ekf->p[EKF_SOC][EKF_SOC] += CHARGE_ERROR * size;
  fade(ekf, EKF_ERROR, clip(1.0f - dt_s / cell->error_s - size / ERROR_SOC, 0.0f, 1.0f), 0.0f,
       cell->error_V + cell->error_share * polar->mean_drop_V);
  fade(ekf, EKF_FACTOR, clip(1.0f - dt_s / cell->factor_s, 0.0f, 1.0f), polar->usual_factor,
       cell->factor);
  if (ekf->p[EKF_OFFSET][EKF_OFFSET] > 0.0f)
    ekf->p[EKF_OFFSET][EKF_OFFSET] += square(cell->drift_pC * capacity_Ah) * (dt_s / 3600.0f);
}

/// Keeps p a matrix of variances: symmetric, no negative variance, no correlation above 1. What
/// lies above the diagonal counts: a state that a step leaves alone has its new covariances there.
static void mend(bms_ekf_t *ekf) {
  static const float least[BMS_EKF_COUNT] = {1e-8f, 1e-10f, 1e-6f, 0.0f};
  for (uint32_t i = 0; i < BMS_EKF_COUNT; i++) ekf->p[i][i] = clip(ekf->p[i][i], least[i], 1e4f);
  for (uint32_t i = 1; i < BMS_EKF_COUNT; i++) {
    for (uint32_t j = 0; j < i; j++) {
      float both = ekf->p[j][i];
      float most = 0.9999f * ekf->p[i][i] * ekf->p[j][j];
      if (square(both) > most) both *= ekf_sqrt(most / square(both));
      ekf->p[i][j] = ekf->p[j][i] = both;
    }
  }
}

float ekf_correct(bms_ekf_t *ekf, const cell_table_t *cell, const bms_polar_t *polar,
                  float voltage_V, float degC, float current_A) {
  float *x = ekf->x;
  ekf_shown_t here = ekf_model(cell, polar, x[EKF_SOC], degC, current_A);
  ekf_shown_t above = ekf_model(cell, polar, x[EKF_SOC] + SLOPE_SOC, degC, current_A);
  float h[BMS_EKF_COUNT] = {(above.voltage_V - here.voltage_V) / SLOPE_SOC, 1.0f, -here.drop_V,
                            0.0f};
  float to[BMS_EKF_COUNT];
  if (h[EKF_SOC] < SLOPE_MIN_V) h[EKF_SOC] = SLOPE_MIN_V;
  h[EKF_OFFSET] = here.settled_ohm + h[EKF_SOC] * here.settled_pA;
  float variance = square(SENSOR_V) + square(FAST_SHARE * here.ohmic_V);
  float away = square(h[EKF_SOC]) * ekf->p[EKF_SOC][EKF_SOC];
  int is_away = away > square(AWAY_V);
  if (is_away) variance += AWAY_GAIN * away; /* the model is bent: many small steps */
  for (uint32_t i = 0; i < BMS_EKF_COUNT; i++) {
    to[i] = 0.0f;
    for (uint32_t j = 0; j < BMS_EKF_COUNT; j++) to[i] += h[j] * ekf->p[i][j];
    variance += h[i] * to[i];
  }
  float error_V = voltage_V - here.voltage_V - x[EKF_ERROR] + here.drop_V * x[EKF_FACTOR];
  float excess = square(error_V) / (TRUST_MAX * variance);
  if (excess > 1.0f) error_V /= ekf_sqrt(excess);
  float per = 1.0f / variance;
  for (uint32_t i = 0; i < (is_away ? EKF_OFFSET : BMS_EKF_COUNT); i++) {
    float gain = to[i] * per;
    x[i] += gain * error_V;
    for (uint32_t j = 0; j < BMS_EKF_COUNT; j++) ekf->p[i][j] -= gain * to[j];
  }
  x[EKF_SOC] = clip(x[EKF_SOC], SOC_LOW, SOC_HIGH);
  x[EKF_FACTOR] = clip(x[EKF_FACTOR], -FACTOR_MAX, FACTOR_MAX);
  mend(ekf);
  return here.drop_V;
}
