/// Steps the 192 cells: exact split of each pair, exact RC branches, charge; heat is in
/// pack_heat.c.
#include "pack.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "det_math.h"
#include "pack_heat.h"
#include "simd.h"

enum { STEP_MAX_us = 100000, SUM_LANE_COUNT = 8 };

static const double current_max_A = 1e5;
static const double source_max_V = 1e6;

/// 80 joints, 8 at middle taps, 6 busbars and the plug make 2.25 mOhm; fuse and two contacts the
/// rest of 3.
static const pack_joints_t joints_soul_ev = {.joint_ohm = 18e-6,
                                             .middle_joint_ohm = 22.5e-6,
                                             .busbar_ohm = 80e-6,
                                             .service_plug_ohm = 150e-6};

enum { SERVICE_PLUG_MODULE = 4 }; ///< the plug sits between this module and the next one

static uint32_t side_of(uint32_t cell) { return cell & 1u; }

/// What lies between group g and the next one up, 0 behind the last.
static double joint_above_ohm(const pack_joints_t *joints, uint32_t group) {
  if (group + 1 >= PACK_GROUP_COUNT) return 0.0;
  uint32_t module = pinout_group[group].module;
  uint32_t number = pinout_group[group].number;
  uint32_t count = pinout_module[module - 1].group_count;
  if (number == count)
    return module == SERVICE_PLUG_MODULE ? joints->service_plug_ohm : joints->busbar_ohm;
  return number == count / 2 ? joints->middle_joint_ohm : joints->joint_ohm;
}

static int is_within(double value, double min, double max) { return value >= min && value <= max; }

static int config_is_valid(const pack_config_t *config) {
  if (!is_within(config->ambient_degC, -60.0, 120.0)) return 0;
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    const pack_cell_init_t *cell = &config->cell[i];
    if (!is_within(cell->soc, 0.0, 1.0) || !is_within(cell->temperature_degC, -40.0, 120.0) ||
        !is_within(cell->capacity_scale, 0.3, 1.5) || !is_within(cell->resistance_scale, 0.3, 10.0))
      return 0;
  }
  return 1;
}

/// Voltages of one side's cells behind R0, from their states.
SIMD_CLONES static void update_cell_emf(pack_t *pack, uint32_t side) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    pack->cell_emf_V[side][g] =
        pack->ocv_base_V[side][g] + pack->ocv_slope_V[side][g] * pack->soc[side][g] -
        pack->r1_ohm[side][g] * pack->rc1_A[side][g] - pack->r2_ohm[side][g] * pack->rc2_A[side][g];
  }
}

/// Two sources in parallel are one source; its voltage under the group's current.
SIMD_CLONES static void update_groups(pack_t *pack) {
  double current_A = pack->pack_A;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    double emf_V = (pack->cell_emf_V[0][g] * pack->r0_ohm[1][g] +
                    pack->cell_emf_V[1][g] * pack->r0_ohm[0][g]) *
                   pack->parallel_S[g];
    pack->group_emf_V[g] = emf_V;
    pack->group_V[g] = emf_V - pack->parallel_ohm[g] * (current_A + pack->extra_A[g]);
  }
}

static void refresh_cell_ohm(pack_t *pack, uint32_t side, uint32_t g) {
  cell_ohm_t ohm = cell_ohm(pack->params, pack->soc[side][g], pack->temperature_degC[side][g]);
  double scale = pack->resistance_scale[side][g];
  pack->r0_ohm[side][g] = scale * ohm.r0_ohm;
  pack->r1_ohm[side][g] = scale * ohm.r1_ohm;
  pack->r2_ohm[side][g] = scale * ohm.r2_ohm;
}

/// Resistances of all cells and what follows from them.
static void refresh_ohm(pack_t *pack) {
  double string_ohm = pack->joints_ohm;
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) refresh_cell_ohm(pack, side, g);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    double r0a_ohm = pack->r0_ohm[0][g];
    double r0b_ohm = pack->r0_ohm[1][g];
    pack->parallel_S[g] = 1.0 / (r0a_ohm + r0b_ohm);
    pack->parallel_ohm[g] = r0a_ohm * r0b_ohm * pack->parallel_S[g];
    string_ohm += pack->parallel_ohm[g];
  }
  pack->string_ohm = string_ohm;
}

static void refresh_cell_ocv(pack_t *pack, uint32_t side, uint32_t g) {
  const cell_params_t *params = pack->params;
  double soc = pack->soc[side][g];
  uint32_t segment_count = params->ocv_count - 1;
  double x = soc * (double)segment_count;
  x = x > 0.0 ? x : 0.0;
  uint32_t index = x < (double)segment_count ? (uint32_t)x : segment_count - 1;
  double low_V = params->ocv_V[index];
  double step_V = params->ocv_V[index + 1] - low_V;
  pack->ocv_base_V[side][g] = low_V - (double)index * step_V;
  pack->ocv_slope_V[side][g] = (double)segment_count * step_V;
}

/// New OCV segments, and the voltages that follow.
static void refresh_ocv(pack_t *pack) {
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) refresh_cell_ocv(pack, side, g);
  update_cell_emf(pack, 0);
  update_cell_emf(pack, 1);
  update_groups(pack);
}

void pack_refresh(pack_t *pack) {
  refresh_ohm(pack);
  refresh_ocv(pack);
  pack->since_ohm_us = 0;
}

pack_status_t pack_init(pack_t *pack, const cell_params_t *params, const pack_config_t *config) {
  if (cell_params_check(params) || !config_is_valid(config)) return PACK_ERR_CONFIG;
  memset(pack, 0, sizeof *pack);
  pack->params = params;
  pack->joints = joints_soul_ev;
  pack->ambient_degC = config->ambient_degC;
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    const pack_cell_init_t *cell = &config->cell[i];
    uint32_t side = side_of(i);
    uint32_t g = i / 2;
    pack->soc[side][g] = cell->soc;
    pack->temperature_degC[side][g] = cell->temperature_degC;
    pack->soc_per_As[side][g] = 1.0 / (3600.0 * params->capacity_Ah * cell->capacity_scale);
    pack->resistance_scale[side][g] = cell->resistance_scale;
  }
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    pack->joint_ohm[g] = joint_above_ohm(&pack->joints, g);
    pack->joints_ohm += pack->joint_ohm[g];
  }
  pack_heat_init(pack);
  pack_refresh(pack);
  return PACK_OK;
}

SIMD_CLONES static double sum_groups(const double value[PACK_GROUP_COUNT]) {
  double lane[SUM_LANE_COUNT] = {0};
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g += SUM_LANE_COUNT)
    for (uint32_t i = 0; i < SUM_LANE_COUNT; i++) lane[i] += value[g + i];
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

SIMD_CLONES static void take_extra(pack_t *restrict pack, const double *restrict group_extra_A,
                                   double *restrict emf_V) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    pack->extra_A[g] = group_extra_A[g];
    emf_V[g] = pack->group_emf_V[g] - pack->parallel_ohm[g] * group_extra_A[g];
  }
}

pack_source_t pack_source(pack_t *pack, const double group_extra_A[PACK_GROUP_COUNT]) {
  double emf_V[PACK_GROUP_COUNT];
  take_extra(pack, group_extra_A, emf_V);
  pack->source_V = sum_groups(emf_V);
  return (pack_source_t){.emf_V = pack->source_V, .ohm = pack->string_ohm};
}

static void set_dt(pack_t *pack, uint32_t dt_us) {
  const cell_params_t *params = pack->params;
  double dt_s = 1e-6 * (double)dt_us;
  pack->dt_us = dt_us;
  pack->decay1 = det_exp(-dt_s / params->tau1_s);
  pack->decay2 = det_exp(-dt_s / params->tau2_s);
  pack->decay1_s = params->tau1_s * det_expm1_neg(dt_s / params->tau1_s);
  pack->decay2_s = params->tau2_s * det_expm1_neg(dt_s / params->tau2_s);
  pack->square1_s = 0.5 * params->tau1_s * det_expm1_neg(2.0 * dt_s / params->tau1_s);
  pack->square2_s = 0.5 * params->tau2_s * det_expm1_neg(2.0 * dt_s / params->tau2_s);
}

/// Finite states and bounded currents stay finite states; the source's voltage shows both.
static int is_sane(const pack_t *pack, double current_A) {
  return is_within(current_A, -current_max_A, current_max_A) &&
         is_within(pack->source_V, -source_max_V, source_max_V);
}

/// Each cell's share of its group's current: equal terminal voltages, currents that add up.
SIMD_CLONES static void split_current(pack_t *pack, double current_A) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    double group_A = current_A + pack->extra_A[g];
    double a_A = (pack->cell_emf_V[0][g] - pack->cell_emf_V[1][g] + pack->r0_ohm[1][g] * group_A) *
                 pack->parallel_S[g];
    pack->current_A[0][g] = a_A;
    pack->current_A[1][g] = group_A - a_A;
  }
}

/// Charge, RC branches and heat of one side under constant cell currents.
SIMD_CLONES static void step_side(pack_t *pack, uint32_t side, double dt_s) {
  double decay1 = pack->decay1, decay1_s = 2.0 * pack->decay1_s, square1_s = pack->square1_s;
  double decay2 = pack->decay2, decay2_s = 2.0 * pack->decay2_s, square2_s = pack->square2_s;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    double current_A = pack->current_A[side][g];
    double r1_ohm = pack->r1_ohm[side][g];
    double r2_ohm = pack->r2_ohm[side][g];
    double over1_A = pack->rc1_A[side][g] - current_A;
    double over2_A = pack->rc2_A[side][g] - current_A;
    double rc1_A = current_A + over1_A * decay1;
    double rc2_A = current_A + over2_A * decay2;
    double soc = pack->soc[side][g] - current_A * (dt_s * pack->soc_per_As[side][g]);
    double steady_J = (pack->r0_ohm[side][g] + r1_ohm + r2_ohm) * current_A * current_A * dt_s;
    double transient_J = r1_ohm * over1_A * (current_A * decay1_s + over1_A * square1_s) +
                         r2_ohm * over2_A * (current_A * decay2_s + over2_A * square2_s);
    pack->heat_J[side][g] += steady_J + transient_J;
    pack->soc[side][g] = soc;
    pack->rc1_A[side][g] = rc1_A;
    pack->rc2_A[side][g] = rc2_A;
    pack->cell_emf_V[side][g] = pack->ocv_base_V[side][g] + pack->ocv_slope_V[side][g] * soc -
                                r1_ohm * rc1_A - r2_ohm * rc2_A;
  }
}

pack_status_t pack_step(pack_t *pack, double current_A, uint32_t dt_us) {
  if (dt_us < 1 || dt_us > STEP_MAX_us || !is_sane(pack, current_A)) return PACK_ERR_DIVERGE;
  if (dt_us != pack->dt_us) set_dt(pack, dt_us);
  double dt_s = 1e-6 * (double)dt_us;
  pack->pack_A = current_A;
  split_current(pack, current_A);
  step_side(pack, 0, dt_s);
  step_side(pack, 1, dt_s);
  pack->since_refresh_us += dt_us;
  pack->since_ohm_us += dt_us;
  if (pack->since_refresh_us >= PACK_REFRESH_us) {
    pack_heat_step(pack, 1e-6 * (double)pack->since_refresh_us);
    pack->since_refresh_us = 0;
    if (pack->since_ohm_us >= PACK_OHM_REFRESH_us) {
      refresh_ohm(pack);
      pack->since_ohm_us = 0;
    }
    refresh_ocv(pack);
  } else {
    update_groups(pack);
  }
  return PACK_OK;
}

void pack_wire_sources(const pack_t *pack, double wire_V[PINS_WIRE_COUNT]) {
  double low_V[PACK_GROUP_COUNT]; // at each group's negative and positive tabs
  double high_V[PACK_GROUP_COUNT];
  double tab_V = 0.0;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    low_V[g] = tab_V;
    high_V[g] = tab_V + pack->group_V[g];
    tab_V = high_V[g] - pack->pack_A * pack->joint_ohm[g];
  }
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    const pinout_wire_t *row = &pinout_wire[wire];
    wire_V[wire] =
        row->group_below != PINOUT_NONE ? high_V[row->group_below] : low_V[row->group_above];
  }
}

double pack_group_V(const pack_t *pack, uint32_t group) { return pack->group_V[group]; }

double pack_cell_soc(const pack_t *pack, uint32_t cell) {
  return pack->soc[side_of(cell)][cell / 2];
}

double pack_cell_degC(const pack_t *pack, uint32_t cell) {
  return pack->temperature_degC[side_of(cell)][cell / 2];
}

double pack_cell_A(const pack_t *pack, uint32_t cell) {
  return pack->current_A[side_of(cell)][cell / 2];
}
