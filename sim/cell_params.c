/// Look-ups in a cell's parameter tables, and the check that they can be simulated.
#include "cell_params.h"

#include <stddef.h>

enum { CASE_CELL_COUNT = 28, OCV_BISECTION_COUNT = 60 };

/// Longest time between two exchanges of heat: a refresh period and the longest step.
static const double exchange_max_s = 0.11;

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

/// The four points around a place, with their weights.
typedef struct {
  uint32_t cold, warm;
  double cold_low, cold_high, warm_low, warm_high;
} table_place_t;

static double bilinear(const double *table, const table_place_t *place) {
  return (place->cold_low * table[place->cold] + place->cold_high * table[place->cold + 1]) +
         (place->warm_low * table[place->warm] + place->warm_high * table[place->warm + 1]);
}

cell_ohm_t cell_ohm(const cell_params_t *params, double soc, double temperature_degC) {
  uint32_t length = params->soc_count;
  axis_place_t column = axis_place(soc, params->soc_first, params->soc_step, length);
  axis_place_t row = axis_place(temperature_degC, params->temperature_first_degC,
                                params->temperature_step_K, params->temperature_count);
  table_place_t place;
  place.cold = row.index * length + column.index;
  place.warm = place.cold + length;
  place.warm_high = row.weight * column.weight;
  place.warm_low = row.weight - place.warm_high;
  place.cold_high = column.weight - place.warm_high;
  place.cold_low = 1.0 - row.weight - place.cold_high;
  return (cell_ohm_t){.r0_ohm = bilinear(params->r0_ohm, &place),
                      .r1_ohm = bilinear(params->r1_ohm, &place),
                      .r2_ohm = bilinear(params->r2_ohm, &place)};
}

static int is_within(double value, double min, double max) { return value >= min && value <= max; }

static const char *check_tables(const cell_params_t *p) {
  if (p->ocv_count < 2 || p->ocv_count > CELL_OCV_POINT_MAX) return "ocv_V";
  for (uint32_t i = 0; i < p->ocv_count; i++) {
    if (!is_within(p->ocv_V[i], 0.1, 10.0)) return "ocv_V";
    if (i > 0 && !(p->ocv_V[i] > p->ocv_V[i - 1])) return "ocv_V";
  }
  if (p->soc_count < 2 || p->soc_count > CELL_SOC_POINT_MAX || !is_within(p->soc_first, 0.0, 1.0) ||
      !is_within(p->soc_step, 1e-3, 1.0))
    return "soc";
  if (p->temperature_count < 2 || p->temperature_count > CELL_TEMPERATURE_POINT_MAX ||
      !is_within(p->temperature_first_degC, -100.0, 200.0) ||
      !is_within(p->temperature_step_K, 0.1, 100.0))
    return "temperature";
  for (uint32_t i = 0; i < p->soc_count * p->temperature_count; i++) {
    if (!is_within(p->r0_ohm[i], 1e-6, 10.0)) return "r0_ohm";
    if (!is_within(p->r1_ohm[i], 0.0, 10.0)) return "r1_ohm";
    if (!is_within(p->r2_ohm[i], 0.0, 10.0)) return "r2_ohm";
  }
  return NULL;
}

const char *cell_params_check(const cell_params_t *p) {
  if (!is_within(p->capacity_Ah, 0.01, 10000.0)) return "capacity_Ah";
  if (!is_within(p->voltage_min_V, 0.1, 10.0)) return "voltage_min_V";
  if (!is_within(p->voltage_max_V, p->voltage_min_V, 10.0)) return "voltage_max_V";
  const char *table = check_tables(p);
  if (table) return table;
  if (!is_within(p->tau1_s, 0.01, 1e6)) return "tau1_s";
  if (!is_within(p->tau2_s, 0.01, 1e6)) return "tau2_s";
  if (!is_within(p->heat_capacity_JpK, 1.0, 1e6)) return "heat_capacity_JpK";
  if (!is_within(p->case_heat_capacity_JpK, 1.0, 1e8)) return "case_heat_capacity_JpK";
  double cell_max_WpK = 0.5 * p->heat_capacity_JpK / exchange_max_s;
  double case_max_WpK = 0.5 * p->case_heat_capacity_JpK / exchange_max_s;
  if (!is_within(p->neighbour_WpK, 0.0, cell_max_WpK)) return "neighbour_WpK";
  if (!is_within(p->case_WpK, 0.0, cell_max_WpK) ||
      2.0 * p->neighbour_WpK + p->case_WpK > cell_max_WpK)
    return "case_WpK";
  if (!is_within(p->case_ambient_WpK, 0.0, case_max_WpK) ||
      CASE_CELL_COUNT * p->case_WpK + p->case_ambient_WpK > case_max_WpK)
    return "case_ambient_WpK";
  return NULL;
}
