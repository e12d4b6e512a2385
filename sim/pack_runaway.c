/// Thermal runaway: what a cell too hot does, every PACK_REFRESH_us.
#include "pack_runaway.h"

#include <string.h>

#include "det_math.h"
#include "pack_refresh.h"
#include "simd.h"

enum { LANE_COUNT = 8 };

static const double spent = 1e-9; /* a reactant below this is gone */

/* The rate is calibrated so that a full Soul EV cell heats itself by 0.02 K/min at 92 degC (T1) and
   by 1 K/s at 175 degC (T2); large NMC cells do so at 60..110 and 130..260 degC (Feng 2018). */
pack_runaway_params_t pack_runaway_params_nmc(void) {
  return (pack_runaway_params_t){
      .rate_ps = 1.7e12, /* calibrated */
      .activation_K = 15700.0, /* calibrated; 130 kJ/mol */
      .rate_max_ps = 0.25, /* inferred: it burns for 10..40 s */
      .heat_share = 0.4, /* inferred: with the charge 1.3 times the stored energy of a full cell,
                            1.6 of a half one; 1.2..1.8 is seen */
      .watch_degC = 80.0, /* 0.002 K/min */
      .collapse_degC = 130.0, /* inferred: seconds before T2 */
      .collapse_ohm_Ah = 2e-3, /* inferred: leaves a few tenths of a volt */
      .vent_Kps = 1.0, /* seen: what is called the trigger */
      .gas_LpAh = 1.5, /* seen: 1..2 */
      .gas_share = 0.3, /* assumed: a fifth of the mass, at 1.5 kJ/(kg K) */
      .dry_reactant = 0.5, /* assumed */
      .dry_scale = 1e5, /* assumed */
      .burnt_tab_ohm = 0.2, /* assumed */
  };
}

void pack_runaway_init(pack_t *pack) {
  pack_runaway_t *runaway = &pack->runaway;
  memset(runaway, 0, sizeof *runaway);
  runaway->params = pack_runaway_params_nmc();
  runaway->reaction_JpAs = runaway->params.heat_share * (cell_enthalpy_J(pack->params, 1.0, 1.0) -
                                                         cell_enthalpy_J(pack->params, 1.0, 0.0));
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) runaway->reactant[side][g] = 1.0;
}

static double whole_J(const pack_t *pack, uint32_t side, uint32_t g) {
  return pack->runaway.reaction_JpAs / pack->soc_per_As[side][g];
}

double pack_runaway_left_J(const pack_t *pack, uint32_t side, uint32_t group) {
  return pack->runaway.reactant[side][group] * whole_J(pack, side, group);
}

static void collapse(pack_t *pack, uint32_t side, uint32_t g) {
  const double capacity_Ah = 1.0 / (3600.0 * pack->soc_per_As[side][g]);
  const double short_S = capacity_Ah / pack->runaway.params.collapse_ohm_Ah;
  pack->runaway.is_collapsed[side][g] = 1;
  pack->runaway.collapsed_count++;
  if (pack->short_S[side][g] < short_S) pack->short_S[side][g] = short_S;
  pack->is_special = 1;
}

/// Its tab hangs by a thread from now on; the short inside goes on.
static void vent(pack_t *pack, uint32_t side, uint32_t g) {
  pack_runaway_t *runaway = &pack->runaway;
  runaway->is_vented[g][side] = 1;
  runaway->vented_count++;
  if (pack->tab_ohm[side][g] < runaway->params.burnt_tab_ohm)
    pack->tab_ohm[side][g] = runaway->params.burnt_tab_ohm;
  pack->is_special = 1;
}

/// A cell without electrolyte conducts badly and holds no charge in its double layers: what was
/// stored there becomes heat when it is put by next.
static void dry_out(pack_t *pack, uint32_t side, uint32_t g) {
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) pack->branch_A[k][side][g] = 0.0;
  pack->resistance_scale[side][g] *= pack->runaway.params.dry_scale;
  pack->self_discharge_scale[side][g] = 0.0; /* the reaction takes what there is */
  pack_refresh_leak(pack, g);
  pack_refresh_ohm(pack, g, g + 1);
}

static double rate_ps(const pack_t *pack, uint32_t side, uint32_t g) {
  const pack_runaway_params_t *params = &pack->runaway.params;
  if (pack->runaway.is_ignited[side][g]) return params->rate_max_ps;
  const double core_K = pack->core_degC[side][g] + CELL_KELVIN;
  const double free_ps = params->rate_ps * det_exp(-params->activation_K / core_K);
  return free_ps * params->rate_max_ps / (free_ps + params->rate_max_ps);
}

/// Enthalpy of the charge that goes with a share of the reactant.
static double take_charge_J(pack_t *pack, uint32_t side, uint32_t g, double share) {
  const double capacity_As = 1.0 / pack->soc_per_As[side][g];
  const double soc = pack->soc[side][g];
  if (!(soc > 0.0)) return 0.0;
  const double lost = soc * share;
  const double lost_J = cell_enthalpy_J(pack->params, capacity_As, soc) -
                        cell_enthalpy_J(pack->params, capacity_As, soc - lost);
  pack->soc[side][g] = soc - lost;
  pack->soc_settled[side][g] -= lost;
  return lost_J;
}

static void blow_off(pack_t *pack, uint32_t side, uint32_t g, double burnt) {
  pack_runaway_t *runaway = &pack->runaway;
  const double share = runaway->params.gas_share * burnt;
  const double above_K = pack->core_degC[side][g] - pack->ambient_degC;
  pack->core_degC[side][g] -= share * above_K;
  runaway->gas_J += share * above_K * pack->params->core_JpK;
  runaway->gas_L += runaway->params.gas_LpAh * burnt / (3600.0 * pack->soc_per_As[side][g]);
}

static void advance_cell(pack_t *pack, uint32_t side, uint32_t g, double dt_s) {
  pack_runaway_t *runaway = &pack->runaway;
  const pack_runaway_params_t *params = &runaway->params;
  if (!runaway->is_collapsed[side][g] &&
      (pack->core_degC[side][g] >= params->collapse_degC || runaway->is_ignited[side][g]))
    collapse(pack, side, g);
  const double left = runaway->reactant[side][g];
  if (!(left > spent)) return;
  const double share = det_expm1_neg(rate_ps(pack, side, g) * dt_s);
  const double heat_J = left * share * whole_J(pack, side, g) + take_charge_J(pack, side, g, share);
  const double heat_capacity_JpK = pack->params->core_JpK + pack->params->surface_JpK;
  const double rest = left - left * share;
  runaway->reactant[side][g] = rest;
  pack->heat_J[side][g] += heat_J;
  if (!runaway->is_vented[g][side] && heat_J >= params->vent_Kps * heat_capacity_JpK * dt_s)
    vent(pack, side, g);
  if (left >= params->dry_reactant && rest < params->dry_reactant) dry_out(pack, side, g);
  if (runaway->is_vented[g][side]) blow_off(pack, side, g, left * share);
}

pack_status_t pack_runaway_ignite(pack_t *pack, uint32_t cell) {
  if (cell >= PACK_CELL_COUNT) return PACK_ERR_RANGE;
  pack->runaway.is_ignited[cell & 1u][cell / 2] = 1;
  pack->runaway.ignited_count++;
  return PACK_OK;
}

/// The hottest core of all, in lanes that compilers can turn into wide registers.
SIMD_CLONES static double hottest_degC(const double *restrict core_degC) {
  double lane[LANE_COUNT];
  for (uint32_t i = 0; i < LANE_COUNT; i++) lane[i] = core_degC[i];
  for (uint32_t c = LANE_COUNT; c < PACK_CELL_COUNT; c += LANE_COUNT)
    for (uint32_t i = 0; i < LANE_COUNT; i++)
      lane[i] = core_degC[c + i] > lane[i] ? core_degC[c + i] : lane[i];
  double best_degC = lane[0];
  for (uint32_t i = 1; i < LANE_COUNT; i++) best_degC = lane[i] > best_degC ? lane[i] : best_degC;
  return best_degC;
}

void pack_runaway_advance(pack_t *pack, double dt_s) {
  const pack_runaway_t *runaway = &pack->runaway;
  const double watch_degC = runaway->params.watch_degC;
  if (!(hottest_degC(pack->core_degC[0]) >= watch_degC) && runaway->ignited_count == 0) return;
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
      if (pack->core_degC[side][g] >= watch_degC || runaway->is_ignited[side][g])
        advance_cell(pack, side, g, dt_s);
}
