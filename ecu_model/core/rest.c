/// Charge of a rested group: the curve's points and the way between them.
#include "rest.h"

#include "soc.h"

enum { PART = 16, GRAIN_mAs = 1000 };

int32_t rest_charge_mAs(const bms_config_t *config, int32_t voltage_raw256) {
  const cell_table_t *cell = soc_cell(config);
  const uint16_t *curve_raw = cell->ocv_dmV; /* a step of the AFE is 0.1 mV as well */
  int32_t at_raw16 = voltage_raw256 / (REST_ONE / PART);
  uint32_t low = 0, high = cell->ocv_count - 1u;
  int32_t piece = (int32_t)(config->capacity_mAh * 3600u / high / GRAIN_mAs);
  if (at_raw16 <= curve_raw[low] * PART) return 0;
  if (at_raw16 >= curve_raw[high] * PART) return piece * (int32_t)high * GRAIN_mAs;
  while (high - low > 1) {
    uint32_t between = (low + high) / 2;
    if (at_raw16 >= curve_raw[between] * PART)
      low = between;
    else
      high = between;
  }
  int32_t above = at_raw16 - curve_raw[low] * PART;
  int32_t span = (curve_raw[high] - curve_raw[low]) * PART;
  return ((int32_t)low * piece + piece * above / span) * GRAIN_mAs;
}
