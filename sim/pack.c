/// Steps the 192 cells: exact split of each pair, exact RC branches, charge; what is slow is in
/// pack_refresh.c and pack_heat.c.
#include "pack.h"

#include <math.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "det_math.h"
#include "pack_heat.h"
#include "pack_refresh.h"
#include "pack_sum.h"
#include "pack_transfer.h"
#include "simd.h"

enum { STEP_MAX_us = 100000, STEP_USUAL_us = 1000 };

static const double current_max_A = 1e5;
static const double source_max_V = 1e6;
static const double short_min_ohm = 1e-4, short_max_ohm = 1e9;

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

pack_cell_init_t pack_cell_usual(void) {
  return (pack_cell_init_t){.soc = 0.5,
                            .temperature_degC = 25.0,
                            .capacity_scale = 1.0,
                            .resistance_scale = 1.0,
                            .self_discharge_scale = 1.0};
}

static int config_is_valid(const pack_config_t *config) {
  if (!is_within(config->ambient_degC, -60.0, 120.0)) return 0;
  if (!is_within(config->hysteresis, -1.0, 1.0)) return 0;
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    const pack_cell_init_t *cell = &config->cell[i];
    if (!is_within(cell->soc, 0.0, 1.0) || !is_within(cell->temperature_degC, -40.0, 120.0) ||
        !is_within(cell->capacity_scale, 0.3, 1.5) ||
        !is_within(cell->resistance_scale, 0.3, 10.0) ||
        !is_within(cell->self_discharge_scale, 0.0, 1000.0))
      return 0;
  }
  return 1;
}

static void set_dt(pack_t *pack, uint32_t dt_us) {
  double dt_s = 1e-6 * (double)dt_us;
  pack_collect_heat(pack); /* it counts in steps of the old length */
  pack->dt_us = dt_us;
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    double steps = pack->params->tau_s[k] / dt_s;
    pack->decay[k] = det_exp(-1.0 / steps);
    pack->mean[k] = steps * det_expm1_neg(1.0 / steps);
  }
}

void pack_refresh(pack_t *pack) {
  pack->is_special = 0;
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
      if (pack->short_S[side][g] > 0.0 || pack->tab_ohm[side][g] > 0.0) pack->is_special = 1;
  pack_refresh_ohm(pack, 0, PACK_GROUP_COUNT);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) pack_refresh_leak(pack, g);
  pack_refresh_sources(pack);
}

static void init_cell(pack_t *pack, uint32_t index, const pack_cell_init_t *cell) {
  uint32_t side = side_of(index);
  uint32_t g = index / 2;
  pack->soc[side][g] = pack->soc_settled[side][g] = cell->soc;
  pack->core_degC[side][g] = pack->surface_degC[side][g] = cell->temperature_degC;
  pack->soc_per_As[side][g] = 1.0 / (3600.0 * pack->params->capacity_Ah * cell->capacity_scale);
  pack->resistance_scale[side][g] = cell->resistance_scale;
  pack->self_discharge_scale[side][g] = cell->self_discharge_scale;
  pack->segment[side][g] = -1.0; /* none yet */
}

pack_status_t pack_init(pack_t *pack, const cell_params_t *params, const pack_config_t *config) {
  if (cell_params_check(params) || !config_is_valid(config)) return PACK_ERR_CONFIG;
  memset(pack, 0, sizeof *pack);
  pack->params = params;
  pack->joints = joints_soul_ev;
  pack->ambient_degC = config->ambient_degC;
  pack->refresh_us = PACK_REFRESH_us;
  pack->slice_count = PACK_SLICE_COUNT;
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    init_cell(pack, i, &config->cell[i]);
    pack->hysteresis[side_of(i)][i / 2] = config->hysteresis;
  }
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    pack->joint_ohm[g] = joint_above_ohm(&pack->joints, g);
    pack->joints_ohm += pack->joint_ohm[g];
  }
  pack_heat_init(pack);
  set_dt(pack, STEP_USUAL_us);
  pack_refresh(pack);
  memcpy(pack->group_V, pack->group_emf_V, sizeof pack->group_V);
  return PACK_OK;
}

pack_status_t pack_set_short(pack_t *pack, uint32_t cell, double ohm) {
  if (cell >= PACK_CELL_COUNT || (ohm != 0.0 && !is_within(ohm, short_min_ohm, short_max_ohm)))
    return PACK_ERR_RANGE;
  if (pack->runaway.is_collapsed[side_of(cell)][cell / 2]) return PACK_OK; /* shorted for good */
  pack->short_S[side_of(cell)][cell / 2] = ohm > 0.0 ? 1.0 / ohm : 0.0;
  pack_refresh(pack);
  return PACK_OK;
}

pack_status_t pack_set_tab(pack_t *pack, uint32_t cell, double ohm) {
  if (cell >= PACK_CELL_COUNT || !is_within(ohm, 0.0, PACK_TAB_OPEN_ohm)) return PACK_ERR_RANGE;
  if (pack->runaway.is_vented[cell / 2][side_of(cell)]) return PACK_OK; /* burnt for good */
  pack->tab_ohm[side_of(cell)][cell / 2] = ohm;
  pack_refresh(pack);
  return PACK_OK;
}

/// The string's emf in the order of pack_sum, without a detour through memory.
SIMD_CLONES static double take_extra(pack_t *restrict pack, const double *restrict group_extra_A) {
  double lane[PACK_SUM_LANE_COUNT] = {0};
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g += PACK_SUM_LANE_COUNT) {
    SIMD_WHOLE for (uint32_t i = 0; i < PACK_SUM_LANE_COUNT; i++) {
      const double extra_A = group_extra_A[g + i];
      pack->extra_A[g + i] = extra_A;
      lane[i] += pack->group_emf_V[g + i] - pack->parallel_ohm[g + i] * extra_A;
    }
  }
  return pack_sum_lanes(lane);
}

pack_source_t pack_source(pack_t *pack, const double group_extra_A[PACK_GROUP_COUNT],
                          uint32_t dt_us) {
  if (dt_us != pack->dt_us && dt_us >= 1 && dt_us <= STEP_MAX_us) {
    set_dt(pack, dt_us);
    pack_refresh_sources(pack);
  }
  pack->source_V = take_extra(pack, group_extra_A);
  return (pack_source_t){.emf_V = pack->source_V, .ohm = pack->string_ohm};
}

/// Finite states and bounded currents stay finite states; the source's voltage shows both.
static int is_sane(const pack_t *pack, double current_A) {
  return is_within(current_A, -current_max_A, current_max_A) &&
         is_within(pack->source_V, -source_max_V, source_max_V);
}

/// The sign comes first: many can be asked at once for a value below 0.
static inline uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// Charge, branches and losses of one cell under a constant current. The first bit is set iff the
/// voltage of its fast branch left what its parabola is good for.
static inline uint64_t step_cell(pack_t *restrict pack, uint32_t side, uint32_t g, double current_A,
                                 const double decay[CELL_BRANCH_COUNT]) {
  const double fast_A = current_A + (pack->branch_A[0][side][g] - current_A) * decay[0];
  const double middle_A = current_A + (pack->branch_A[1][side][g] - current_A) * decay[1];
  const double slow_A = current_A + (pack->branch_A[2][side][g] - current_A) * decay[2];
  const double soc = pack->soc[side][g] - current_A * pack->soc_per_A[side][g];
  const double away_A = fast_A - pack->anchor_A[side][g];
  const double away_V = away_A * (pack->anchor_ohm[side][g] + away_A * pack->bend_ohmpA[side][g]);
  const double lost_V = pack->polar_V[side][g] + pack->heat_ohm[side][g] * current_A;
  const double polar_V = (pack->anchor_V[side][g] + away_V) + pack->middle_ohm[side][g] * middle_A +
                         pack->slow_ohm[side][g] * slow_A;
  pack->heat_W[side][g] += lost_V * current_A;
  pack->soc[side][g] = soc;
  pack->branch_A[0][side][g] = fast_A;
  pack->branch_A[1][side][g] = middle_A;
  pack->branch_A[2][side][g] = slow_A;
  pack->polar_V[side][g] = polar_V;
  pack->emf_V[side][g] = pack->ocv_base_V[side][g] + pack->ocv_slope_V[side][g] * soc - polar_V;
  return bits_of(pack->limit_V[side][g] - fabs(away_V));
}

/// Each cell's share of its group's current (equal mean voltages, currents that add up), the cells'
/// step under it, and what they show then. The first bit is set iff a parabola is to be renewed.
SIMD_CLONES static uint64_t step_pairs(pack_t *restrict pack, double current_A, double dt_s) {
  const double decay[CELL_BRANCH_COUNT] = {pack->decay[0], pack->decay[1], pack->decay[2]};
  uint64_t away = 0;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double a_ohm = pack->tap_ohm[0][g], b_ohm = pack->tap_ohm[1][g];
    const double a_V = pack->emf_V[0][g], b_V = pack->emf_V[1][g];
    const double parallel_S = pack->parallel_S[g];
    const double group_A = current_A + pack->extra_A[g];
    const double a_A = (a_V - b_V + b_ohm * group_A) * parallel_S;
    const double b_A = group_A - a_A;
    const double group_V = a_V - a_ohm * a_A;
    pack->current_A[0][g] = a_A;
    pack->current_A[1][g] = b_A;
    pack->group_V[g] = group_V;
    pack->group_J[g] += group_V * group_A * dt_s;
    away |= step_cell(pack, 0, g, a_A, decay);
    away |= step_cell(pack, 1, g, b_A, decay);
    pack->group_emf_V[g] = (pack->emf_V[0][g] * b_ohm + pack->emf_V[1][g] * a_ohm) * parallel_S;
  }
  return away;
}

/// The same split where shorts and tabs stand between cell and group.
SIMD_CLONES static void split_outside(pack_t *pack, double current_A, double dt_s) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double group_A = current_A + pack->extra_A[g];
    const double group_V = pack->group_emf_V[g] - pack->parallel_ohm[g] * group_A;
    const double apart_V = pack->tap_emf_V[0][g] - pack->tap_emf_V[1][g];
    const double a_A = (apart_V + pack->tap_ohm[1][g] * group_A) * pack->parallel_S[g];
    pack->current_A[0][g] = a_A;
    pack->current_A[1][g] = group_A - a_A;
    pack->group_V[g] = group_V;
    pack->group_J[g] += group_V * group_A * dt_s;
  }
}

/// What flows inside of cells with a short; heat in shorts and tabs.
SIMD_CLONES static void split_inside(pack_t *pack, double dt_s) {
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      const double emf_V = pack->emf_V[side][g], tab_A = pack->current_A[side][g];
      const double short_S = pack->short_S[side][g];
      const double inner_A = pack->short_gain[side][g] * (tab_A + short_S * emf_V);
      const double cell_V = emf_V - pack->inner_ohm[side][g] * inner_A;
      pack->inner_A[side][g] = inner_A;
      pack->heat_J[side][g] +=
          (cell_V * cell_V * short_S + tab_A * tab_A * pack->tab_ohm[side][g]) * dt_s;
    }
  }
}

SIMD_CLONES static uint64_t step_side(pack_t *restrict pack, uint32_t side) {
  const double decay[CELL_BRANCH_COUNT] = {pack->decay[0], pack->decay[1], pack->decay[2]};
  uint64_t away = 0;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
    away |= step_cell(pack, side, g, pack->inner_A[side][g], decay);
  return away;
}

static uint64_t step_special(pack_t *pack, double current_A, double dt_s) {
  split_outside(pack, current_A, dt_s);
  split_inside(pack, dt_s);
  uint64_t away = step_side(pack, 0);
  away |= step_side(pack, 1);
  return away;
}

static void refresh(pack_t *pack) {
  double since_s = 1e-6 * (double)pack->since_refresh_us;
  uint32_t width = PACK_GROUP_COUNT / pack->slice_count;
  uint32_t first = pack->slice_next * width;
  pack->since_refresh_us = 0;
  pack_settle(pack, since_s);
  pack_heat_step(pack, since_s);
  pack->slice_next = pack->slice_next + 1 < pack->slice_count ? pack->slice_next + 1 : 0;
  pack_refresh_ohm(pack, first, pack->slice_next ? first + width : PACK_GROUP_COUNT);
  pack_refresh_leak(pack, pack->leak_next);
  pack->leak_next = pack->leak_next + 1 < PACK_GROUP_COUNT ? pack->leak_next + 1 : 0;
  pack_refresh_sources(pack);
}

pack_status_t pack_step(pack_t *pack, double current_A, uint32_t dt_us) {
  if (dt_us < 1 || dt_us > STEP_MAX_us || !is_sane(pack, current_A)) return PACK_ERR_DIVERGE;
  if (dt_us != pack->dt_us) {
    set_dt(pack, dt_us);
    pack_refresh_sources(pack);
  }
  double dt_s = 1e-6 * (double)dt_us;
  pack->pack_A = current_A;
  pack->joint_J += pack->joints_ohm * current_A * current_A * dt_s;
  const uint64_t away =
      pack->is_special ? step_special(pack, current_A, dt_s) : step_pairs(pack, current_A, dt_s);
  pack->since_refresh_us += dt_us;
  if (pack->since_refresh_us >= pack->refresh_us)
    refresh(pack);
  else if (away >> 63u)
    pack_transfer_renew(pack);
  else if (pack->is_special)
    pack_update_groups(pack);
  return PACK_OK;
}

void pack_wire_sources(const pack_t *pack, double wire_V[PINS_WIRE_COUNT]) {
  double tab_V = 0.0; /* from a module's bottom upwards, as its wires are numbered */
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    const pinout_module_t *module = &pinout_module[m];
    const uint32_t first = module->first_group, end = first + module->group_count;
    double *at_V = &wire_V[module->first_wire];
    *at_V++ = tab_V;
    for (uint32_t g = first; g < end; g++) {
      const double high_V = tab_V + pack->group_V[g];
      *at_V++ = high_V;
      /* a joint carries what the group above it does: the pack's current and sense wires' */
      const double above_A = g + 1 < PACK_GROUP_COUNT ? pack->extra_A[g + 1] : 0.0;
      tab_V = high_V - (pack->pack_A + above_A) * pack->joint_ohm[g];
      if (g + 2 == first + module->pair_channel) *at_V++ = tab_V; /* a doubled tap: above it */
    }
  }
}

double pack_group_V(const pack_t *pack, uint32_t group) { return pack->group_V[group]; }

double pack_cell_soc(const pack_t *pack, uint32_t cell) {
  return pack->soc[side_of(cell)][cell / 2];
}

double pack_cell_degC(const pack_t *pack, uint32_t cell) {
  return pack->core_degC[side_of(cell)][cell / 2];
}

double pack_cell_surface_degC(const pack_t *pack, uint32_t cell) {
  return pack->surface_degC[side_of(cell)][cell / 2];
}

double pack_cell_A(const pack_t *pack, uint32_t cell) {
  return pack->current_A[side_of(cell)][cell / 2];
}
