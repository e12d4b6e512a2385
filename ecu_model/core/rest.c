/// Charge of a rested group: the curve's points and the way between them.
#include "rest.h"

enum { POINT_COUNT = 41, PART = 16, GRAIN_mAs = 1000 };

/// 100 uV at 0, 2.5 .. 100 %.
static const uint16_t rest_curve_raw[POINT_COUNT] = {
    32500, 33339, 34022, 34392, 34665, 34896, 35087, 35249, 35389, 35509, 35621,
    35736, 35854, 35979, 36118, 36287, 36455, 36633, 36782, 37013, 37301, 37473,
    37665, 37930, 38261, 38489, 38626, 38800, 38971, 39201, 39382, 39474, 39751,
    39982, 40166, 40362, 40436, 40641, 40898, 41188, 41500,
};

int32_t rest_charge_mAs(uint32_t capacity_mAh, int32_t voltage_raw256) {
  int32_t at_raw16 = voltage_raw256 / (REST_ONE / PART);
  int32_t piece = (int32_t)(capacity_mAh * 3600u / (POINT_COUNT - 1) / GRAIN_mAs);
  uint32_t low = 0, high = POINT_COUNT - 1;
  if (at_raw16 <= rest_curve_raw[low] * PART) return 0;
  if (at_raw16 >= rest_curve_raw[high] * PART) return piece * (POINT_COUNT - 1) * GRAIN_mAs;
  while (high - low > 1) {
    uint32_t between = (low + high) / 2;
    if (at_raw16 >= rest_curve_raw[between] * PART)
      low = between;
    else
      high = between;
  }
  int32_t above = at_raw16 - rest_curve_raw[low] * PART;
  int32_t span = (rest_curve_raw[high] - rest_curve_raw[low]) * PART;
  return ((int32_t)low * piece + piece * above / span) * GRAIN_mAs;
}
