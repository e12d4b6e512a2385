/// Look-ups in a cell's parameter tables, and the check that they can be simulated.
#include "cell_params.h"

#include <stddef.h>

#include "det_math.h"

enum { CASE_CELL_COUNT = 28, OCV_BISECTION_COUNT = 60 };

/// Longest time between two exchanges of heat: a refresh period and the longest step.
static const double exchange_max_s = 0.11;
/* What air and mats of pack_air.h take at most, beside the cells and the ambient. */
static const double case_extra_WpK = 25.0;
static const double month_s = 30.0 * 86400.0;
static const double gas_JpmolK = 8.314462618;

/// A place between two neighbouring points of an even axis.
typedef struct {
  uint32_t index;
  double weight; ///< of the point after index
} axis_place_t;

static axis_place_t axis_place(double value, double first, double step, uint32_t count) {
  double x = (value - first) / step;
  double top = (double)(count - 1);
  x = x > 0.0 ? x : 0.0;
  x = x < top ? x : top;
  uint32_t index = (uint32_t)x;
  if (index + 2 > count) index = count - 2;
  return (axis_place_t){.index = index, .weight = x - (double)index};
}

double cell_ocv_V(const cell_params_t *params, double soc) {
  double x = soc * (double)(params->ocv_count - 1);
  uint32_t last = params->ocv_count - 2;
  uint32_t index = x > 0.0 ? (x < (double)last ? (uint32_t)x : last) : 0;
  double low_V = params->ocv_V[index];
  return low_V + (x - (double)index) * (params->ocv_V[index + 1] - low_V);
}

static double at_soc(const cell_params_t *params, const double *table, double soc) {
  axis_place_t place =
      axis_place(soc, 0.0, 1.0 / (double)(params->ocv_count - 1), params->ocv_count);
  double low = table[place.index];
  return low + place.weight * (table[place.index + 1] - low);
}

double cell_entropic_VpK(const cell_params_t *params, double soc) {
  return at_soc(params, params->entropic_VpK, soc);
}

double cell_hysteresis_V(const cell_params_t *params, double soc) {
  return at_soc(params, params->hysteresis_V, soc);
}

double cell_soc_at_ocv(const cell_params_t *params, double ocv_V) {
  double low = 0.0;
  double high = 1.0;
  if (!(ocv_V > params->ocv_V[0])) return low;
  if (ocv_V >= params->ocv_V[params->ocv_count - 1]) return high;
  for (int i = 0; i < OCV_BISECTION_COUNT; i++) {
    double middle = 0.5 * (low + high);
    if (cell_ocv_V(params, middle) < ocv_V)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

/// Between the values of two rows.
static double at_row(const double *table, axis_place_t row) {
  return table[row.index] + row.weight * (table[row.index + 1] - table[row.index]);
}

static cell_ohm_t ohm_at(const cell_params_t *params, double soc, axis_place_t row) {
  uint32_t length = params->soc_count;
  axis_place_t column = axis_place(soc, params->soc_first, params->soc_step, length);
  const double(*cold)[CELL_OHM_COUNT] = &params->ohm[row.index * length + column.index];
  const double(*warm)[CELL_OHM_COUNT] = cold + length;
  double warm_high = row.weight * column.weight;
  double warm_low = row.weight - warm_high;
  double cold_high = column.weight - warm_high;
  double cold_low = 1.0 - row.weight - cold_high;
  cell_ohm_t at;
  for (uint32_t i = 0; i < CELL_OHM_COUNT; i++)
    at.ohm[i] = (cold_low * cold[0][i] + cold_high * cold[1][i]) +
                (warm_low * warm[0][i] + warm_high * warm[1][i]);
  double exchange_A = at_row(params->exchange_A, row);
  at.exchange_pA = exchange_A > 0.0 ? 1.0 / exchange_A : 0.0;
  at.fall_ohm = 0.0;
  return at;
}

static axis_place_t row_at(const cell_params_t *params, double core_degC) {
  return axis_place(core_degC, params->temperature_first_degC, params->temperature_step_K,
                    params->temperature_count);
}

cell_ohm_t cell_ohm(const cell_params_t *params, double soc, double core_degC) {
  return ohm_at(params, soc, row_at(params, core_degC));
}

/// How far the surface lies below the mean for each ampere: more so in a nearly empty cell.
static double surface_at(const cell_params_t *params, double soc, axis_place_t row) {
  double below = at_row(params->steep_soc, row) - soc;
  return at_row(params->surface_pA, row) * cell_steepness(params->steep_gain, below);
}

/// What the OCV falls by from the mean to the surface, for each ampere that depletes it.
static double depletion_ohm(const cell_params_t *params, double soc, double surface_pA,
                            double by_A) {
  const double least_A = 1e-4; /* below it the slope at that current */
  const double at_A = by_A > least_A || by_A < -least_A ? by_A : least_A;
  return (cell_ocv_V(params, soc) -
          cell_ocv_V(params, cell_surface_soc(params->surface_min_soc, soc, surface_pA * at_A))) /
         at_A;
}

static double growth_of(double exponent) {
  if (exponent == 0.0) return 1.0;
  exponent = exponent < CELL_GROWTH_EXPONENT_MAX ? exponent : CELL_GROWTH_EXPONENT_MAX;
  exponent = exponent > CELL_GROWTH_EXPONENT_MIN ? exponent : CELL_GROWTH_EXPONENT_MIN;
  return det_exp(exponent);
}

cell_ohm_t cell_ohm_loaded(const cell_params_t *params, double soc, double core_degC,
                           double middle_A, double slow_A) {
  axis_place_t row = row_at(params, core_degC);
  double surface_pA = surface_at(params, soc, row);
  double growth = growth_of(at_row(params->growth_pA, row) * middle_A);
  double by_A = params->surface_middle_share * middle_A + slow_A;
  cell_ohm_t at =
      ohm_at(params, cell_surface_soc(params->surface_min_soc, soc, surface_pA * by_A), row);
  for (uint32_t i = 0; i < CELL_OHM_COUNT; i++) at.ohm[i] *= growth;
  if (!(surface_pA > 0.0)) return at;
  at.fall_ohm = depletion_ohm(params, soc, surface_pA, by_A);
  at.ohm[2] += params->surface_middle_share * at.fall_ohm;
  at.ohm[3] += at.fall_ohm;
  return at;
}

double cell_self_discharge_A(const cell_params_t *params, double core_degC) {
  if (params->self_discharge_pctpmonth <= 0.0) return 0.0;
  double warm_A = 0.01 * params->self_discharge_pctpmonth * 3600.0 * params->capacity_Ah / month_s;
  double reference_pK = 1.0 / (CELL_REFERENCE_degC + CELL_KELVIN);
  double activation_K = 1e3 * params->self_discharge_kJpmol / gas_JpmolK;
  return warm_A * det_exp(activation_K * (reference_pK - 1.0 / (core_degC + CELL_KELVIN)));
}

/// What the OCV would be without heat: U - T dU/dT at a point of the table.
static double enthalpy_V(const cell_params_t *params, uint32_t point) {
  const double kelvin = CELL_REFERENCE_degC + CELL_KELVIN;
  return params->ocv_V[point] - kelvin * params->entropic_VpK[point];
}

static double segment_V(const cell_params_t *params, uint32_t i, double step, double share) {
  double low_V = enthalpy_V(params, i), high_V = enthalpy_V(params, i + 1);
  return step * share * (low_V + 0.5 * share * (high_V - low_V));
}

cell_enthalpy_t cell_enthalpy(const cell_params_t *params) {
  cell_enthalpy_t sums = {.below_V = {0}};
  double step = 1.0 / (double)(params->ocv_count - 1);
  for (uint32_t i = 0; i + 2 < params->ocv_count; i++)
    sums.below_V[i + 1] = sums.below_V[i] + segment_V(params, i, step, 1.0);
  return sums;
}

double cell_enthalpy_at_J(const cell_params_t *params, const cell_enthalpy_t *sums,
                          double capacity_As, double soc) {
  double step = 1.0 / (double)(params->ocv_count - 1);
  double x = soc / step;
  uint32_t last = params->ocv_count - 2;
  uint32_t i = x > 0.0 ? (x < (double)last ? (uint32_t)x : last) : 0;
  return capacity_As * (sums->below_V[i] + segment_V(params, i, step, x - (double)i));
}

double cell_enthalpy_J(const cell_params_t *params, double capacity_As, double soc) {
  const cell_enthalpy_t sums = cell_enthalpy(params);
  return cell_enthalpy_at_J(params, &sums, capacity_As, soc);
}

static int is_within(double value, double min, double max) { return value >= min && value <= max; }

static const char *check_ocv(const cell_params_t *p) {
  if (p->ocv_count < 2 || p->ocv_count > CELL_OCV_POINT_MAX) return "ocv_V";
  for (uint32_t i = 0; i < p->ocv_count; i++) {
    if (!is_within(p->ocv_V[i], 0.1, 10.0)) return "ocv_V";
    if (i > 0 && !(p->ocv_V[i] > p->ocv_V[i - 1])) return "ocv_V";
    if (!is_within(p->entropic_VpK[i], -0.01, 0.01)) return "entropic_VpK";
    if (!is_within(p->hysteresis_V[i], 0.0, 0.5)) return "hysteresis_V";
  }
  return is_within(p->hysteresis_rate, 0.0, 1e4) ? NULL : "hysteresis_rate";
}

static const char *check_tables(const cell_params_t *p) {
  if (p->soc_count < 2 || p->soc_count > CELL_SOC_POINT_MAX || !is_within(p->soc_first, 0.0, 1.0) ||
      !is_within(p->soc_step, 1e-3, 1.0))
    return "soc";
  if (p->temperature_count < 2 || p->temperature_count > CELL_TEMPERATURE_POINT_MAX ||
      !is_within(p->temperature_first_degC, -100.0, 200.0) ||
      !is_within(p->temperature_step_K, 0.1, 100.0))
    return "temperature";
  static const char *const names[CELL_OHM_COUNT] = {"r0_ohm", "r1_ohm", "r2_ohm", "r3_ohm"};
  for (uint32_t i = 0; i < p->soc_count * p->temperature_count; i++)
    for (uint32_t k = 0; k < CELL_OHM_COUNT; k++)
      if (!is_within(p->ohm[i][k], k == 0 ? 1e-6 : 0.0, 10.0)) return names[k];
  for (uint32_t i = 0; i < p->temperature_count; i++)
    if (p->exchange_A[i] != 0.0 && !is_within(p->exchange_A[i], 1e-4, 1e6)) return "exchange_A";
  for (uint32_t i = 0; i < p->temperature_count; i++)
    if (!is_within(p->surface_pA[i], 0.0, 10.0)) return "surface_pA";
  for (uint32_t i = 0; i < p->temperature_count; i++)
    if (!is_within(p->growth_pA[i], 0.0, 10.0)) return "growth_pA";
  for (uint32_t i = 0; i < p->temperature_count; i++)
    if (!is_within(p->steep_soc[i], -1.0, 1.0)) return "steep_soc";
  if (!is_within(p->steep_gain, 0.0, 1e5)) return "steep_gain";
  if (!is_within(p->surface_middle_share, 0.0, 1.0)) return "surface_middle_share";
  if (!is_within(p->surface_min_soc, -1.0, 0.0)) return "surface_min_soc";
  static const char *const taus[CELL_BRANCH_COUNT] = {"tau1_s", "tau2_s", "tau3_s"};
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++)
    if (!is_within(p->tau_s[k], 0.01, 1e6)) return taus[k];
  return NULL;
}

static const char *check_heat(const cell_params_t *p) {
  if (!is_within(p->core_JpK, 1.0, 1e6)) return "core_JpK";
  if (!is_within(p->surface_JpK, 1.0, 1e6)) return "surface_JpK";
  if (!is_within(p->case_heat_capacity_JpK, 1.0, 1e8)) return "case_heat_capacity_JpK";
  double core_max_WpK = 0.5 * p->core_JpK / exchange_max_s;
  double surface_max_WpK = 0.5 * p->surface_JpK / exchange_max_s;
  double case_max_WpK = 0.5 * p->case_heat_capacity_JpK / exchange_max_s;
  if (!is_within(p->core_surface_WpK, 1e-6, core_max_WpK) || p->core_surface_WpK > surface_max_WpK)
    return "core_surface_WpK";
  if (!is_within(p->neighbour_WpK, 0.0, surface_max_WpK)) return "neighbour_WpK";
  if (!is_within(p->case_WpK, 0.0, surface_max_WpK) ||
      2.0 * p->neighbour_WpK + p->case_WpK + p->core_surface_WpK > surface_max_WpK)
    return "case_WpK";
  if (!is_within(p->case_ambient_WpK, 0.0, case_max_WpK) ||
      CASE_CELL_COUNT * p->case_WpK + p->case_ambient_WpK + case_extra_WpK > case_max_WpK)
    return "case_ambient_WpK";
  return NULL;
}

const char *cell_params_check(const cell_params_t *p) {
  if (!is_within(p->capacity_Ah, 0.01, 10000.0)) return "capacity_Ah";
  if (!is_within(p->voltage_min_V, 0.1, 10.0)) return "voltage_min_V";
  if (!is_within(p->voltage_max_V, p->voltage_min_V, 10.0)) return "voltage_max_V";
  if (!is_within(p->coulombic_efficiency, 0.5, 1.0)) return "coulombic_efficiency";
  if (!is_within(p->self_discharge_pctpmonth, 0.0, 100.0)) return "self_discharge_pctpmonth";
  if (!is_within(p->self_discharge_kJpmol, 0.0, 200.0)) return "self_discharge_kJpmol";
  const char *field = check_ocv(p);
  if (!field) field = check_tables(p);
  if (!field) field = check_heat(p);
  return field || p->ageing.reference_Ah == 0.0 ? field : ageing_params_check(&p->ageing);
}
