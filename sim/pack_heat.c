/// Heat exchange of cells with neighbours and case, and where the module's thermistor sits.
#include "pack_heat.h"

#include "../ecu_model/gen/pinout.h"
#include "pack_air.h"
#include "pack_runaway.h"
#include "simd.h"

void pack_heat_init(pack_t *pack) {
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    uint32_t first = pinout_module[m].first_group;
    uint32_t count = pinout_module[m].group_count;
    double sum_degC = 0.0;
    for (uint32_t g = first; g < first + count; g++)
      sum_degC += pack->surface_degC[0][g] + pack->surface_degC[1][g];
    pack->case_degC[m] = sum_degC / (2.0 * (double)count);
  }
  pack_air_init(pack);
  pack_runaway_init(pack);
}

/// Heat into each surface of one module over dt_s; returns what its case gets.
static double exchange(const pack_t *pack, uint32_t module, double dt_s, pack_cells_t gain_J) {
  uint32_t first = pinout_module[module].first_group;
  uint32_t end = first + pinout_module[module].group_count;
  double touch_JpK = pack->params->neighbour_WpK * dt_s;
  double case_JpK = pack->params->case_WpK * dt_s;
  double case_degC = pack->case_degC[module];
  double case_J = 0.0;
  double from_below_J = 0.0;
  for (uint32_t g = first; g < end; g++) {
    double a_degC = pack->surface_degC[0][g];
    double b_degC = pack->surface_degC[1][g];
    double inside_J = touch_JpK * (a_degC - b_degC);
    double up_J = g + 1 < end ? touch_JpK * (b_degC - pack->surface_degC[0][g + 1]) : 0.0;
    double a_case_J = case_JpK * (a_degC - case_degC);
    double b_case_J = case_JpK * (b_degC - case_degC);
    gain_J[0][g] = from_below_J - inside_J - a_case_J;
    gain_J[1][g] = inside_J - up_J - b_case_J;
    case_J += a_case_J + b_case_J;
    from_below_J = up_J;
  }
  return case_J;
}

SIMD_CLONES static void heat_cells(pack_t *restrict pack,
                                   double (*restrict gain_J)[PACK_GROUP_COUNT], double dt_s) {
  const double core_KpJ = 1.0 / pack->params->core_JpK;
  const double surface_KpJ = 1.0 / pack->params->surface_JpK;
  const double through_JpK = pack->params->core_surface_WpK * dt_s;
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      const double core_degC = pack->core_degC[side][g];
      const double surface_degC = pack->surface_degC[side][g];
      const double made_J = pack->heat_J[side][g];
      const double external_J = pack->external_W[side][g] * dt_s;
      const double out_J = through_JpK * (core_degC - surface_degC);
      pack->core_degC[side][g] = core_degC + core_KpJ * (made_J + external_J - out_J);
      pack->surface_degC[side][g] = surface_degC + surface_KpJ * (out_J + gain_J[side][g]);
      pack->made_J[side][g] += made_J;
      pack->external_J[side][g] += external_J;
      pack->heat_J[side][g] = 0.0;
    }
  }
}

void pack_heat_step(pack_t *pack, double dt_s) {
  pack_cells_t gain_J;
  double case_J[PINS_MODULE_COUNT];
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) case_J[m] = exchange(pack, m, dt_s, gain_J);
  pack_air_advance(pack, case_J, dt_s);
  heat_cells(pack, gain_J, dt_s);
  pack_runaway_advance(pack, dt_s);
}

static inline double middle_degC(const pack_t *pack, uint32_t module) {
  uint32_t above = pinout_module[module].first_group + pinout_module[module].group_count / 2u;
  return 0.5 * (pack->surface_degC[1][above - 1] + pack->surface_degC[0][above]);
}

double pack_module_degC(const pack_t *pack, uint32_t module) { return middle_degC(pack, module); }

void pack_modules_degC(const pack_t *pack, double degC[PINS_MODULE_COUNT]) {
  SIMD_WHOLE
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) degC[m] = middle_degC(pack, m);
}
