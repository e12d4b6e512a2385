/// Losses of charge, hysteresis, table look-ups and the ohms that follow, every PACK_REFRESH_us.
#include "pack_refresh.h"

#include "pack_sum.h"
#include "pack_transfer.h"
#include "simd.h"

static const double kelvin = CELL_REFERENCE_degC + CELL_KELVIN;

/// e^-a for a >= 0, between 0 and 1 everywhere; error a^5/720.
static inline double decay_of(double a) {
  const double even = 1.0 + a * a * (1.0 / 12.0), odd = 0.5 * a;
  return (even - odd) / (even + odd);
}

SIMD_CLONES static void settle_side(pack_t *pack, uint32_t side, double dt_s) {
  const double lost_share = 1.0 - pack->params->coulombic_efficiency;
  const double rate = pack->params->hysteresis_rate;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double before = pack->soc_settled[side][g];
    const double soc = pack->soc[side][g];
    const double gain = soc - before;
    const double put_in = gain > 0.0 ? gain : 0.0;
    const double taken_out = put_in - gain;
    const double per_As = pack->soc_per_As[side][g];
    const double e_VpK =
        pack->e_base_VpK[side][g] + pack->e_slope_VpK[side][g] * (before + 0.5 * gain);
    const double u_V = pack->u_base_V[side][g] + pack->u_slope_V[side][g] * soc;
    const double h_VpK = pack->e_base_VpK[side][g] + pack->e_slope_VpK[side][g] * soc;
    const double lost = lost_share * put_in + pack->leak_A[side][g] * dt_s * per_As;
    const double hysteresis = pack->hysteresis[side][g];
    const double core_K = pack->core_degC[side][g] + CELL_KELVIN;
    pack->heat_J[side][g] += (gain * (core_K * e_VpK + pack->hysteresis_V[side][g] * hysteresis) +
                              lost * (u_V - kelvin * h_VpK)) /
                             per_As;
    const double goal = gain > 0.0 ? 1.0 : -1.0;
    pack->hysteresis[side][g] = goal + (hysteresis - goal) * decay_of(rate * (put_in + taken_out));
    pack->soc[side][g] = soc - lost;
    pack->soc_settled[side][g] = soc - lost;
  }
}

/// What the branches' capacitances took of the losses since it was last put by is not heat. Done
/// before temperatures move and after resistances did: what a changed resistance frees is heat.
static inline void put_by(pack_t *restrict pack, uint32_t side, uint32_t g, double stored_J) {
  pack->heat_J[side][g] -= stored_J - pack->stored_J[side][g];
  pack->stored_J[side][g] = stored_J;
}

SIMD_CLONES static void put_by_stored(pack_t *restrict pack, uint32_t side) {
  const double half1_s = 0.5 * pack->params->tau_s[0], half2_s = 0.5 * pack->params->tau_s[1],
               half3_s = 0.5 * pack->params->tau_s[2], share = pack->params->surface_middle_share;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double fast_A = pack->branch_A[0][side][g], middle_A = pack->branch_A[1][side][g];
    const double slow_A = pack->branch_A[2][side][g];
    const double ratio = pack->exchange_pA[side][g] * fast_A;
    const double now_ohm = pack->r1_ohm[side][g] * cell_charge_transfer(ratio * ratio);
    const double fall_ohm = pack->depletion_ohm[side][g];
    const double stored_J =
        half1_s * now_ohm * (fast_A * fast_A) +
        half2_s * (pack->r2_ohm[side][g] - share * fall_ohm) * (middle_A * middle_A) +
        half3_s * (pack->r3_ohm[side][g] - fall_ohm) * (slow_A * slow_A);
    put_by(pack, side, g, stored_J);
  }
}

/// A current that is not constant in a step heats more than its mean does.
SIMD_CLONES static void heat_by_ripple(pack_t *pack, double ripple_A2s) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double a_ohm = pack->tap_ohm[0][g], b_ohm = pack->tap_ohm[1][g];
    const double a_share = b_ohm * pack->parallel_S[g], b_share = a_ohm * pack->parallel_S[g];
    pack->group_J[g] -= ripple_A2s * pack->parallel_ohm[g]; /* comes out of the terminals' energy */
    pack->heat_J[0][g] += ripple_A2s * a_share * a_share * a_ohm;
    pack->heat_J[1][g] += ripple_A2s * b_share * b_share * b_ohm;
  }
}

SIMD_CLONES static void collect_heat(pack_t *pack) {
  const double dt_s = 1e-6 * (double)pack->dt_us;
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      pack->heat_J[side][g] += dt_s * pack->heat_W[side][g];
      pack->heat_W[side][g] = 0.0;
    }
  }
}

void pack_collect_heat(pack_t *pack) { collect_heat(pack); }

void pack_settle(pack_t *pack, double dt_s) {
  pack_collect_heat(pack);
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    put_by_stored(pack, side);
    settle_side(pack, side, dt_s);
  }
  if (pack->ripple_A2s == 0.0) return;
  heat_by_ripple(pack, pack->ripple_A2s);
  pack->joint_J += pack->joints_ohm * pack->ripple_A2s;
  pack->ripple_A2s = 0.0;
}

static void refresh_cell_ohm(pack_t *pack, uint32_t side, uint32_t g) {
  cell_ohm_t at = cell_ohm_loaded(pack->params, pack->soc[side][g], pack->core_degC[side][g],
                                  pack->branch_A[1][side][g], pack->branch_A[2][side][g]);
  double scale = pack->resistance_scale[side][g];
  pack->r0_ohm[side][g] = scale * at.ohm[0];
  pack->r1_ohm[side][g] = scale * at.ohm[1];
  pack->r2_ohm[side][g] = scale * at.ohm[2];
  pack->r3_ohm[side][g] = scale * at.ohm[3];
  pack->depletion_ohm[side][g] = scale * at.fall_ohm;
  pack->exchange_pA[side][g] = at.exchange_pA;
  pack->limit_V[side][g] = pack_transfer_swing_V(pack->r1_ohm[side][g], at.exchange_pA);
  pack->hysteresis_V[side][g] = cell_hysteresis_V(pack->params, pack->soc[side][g]);
}

void pack_refresh_ohm(pack_t *pack, uint32_t first, uint32_t end) {
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    for (uint32_t g = first; g < end; g++) refresh_cell_ohm(pack, side, g);
}

void pack_refresh_leak(pack_t *pack, uint32_t group) {
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    pack->leak_A[side][group] = pack->self_discharge_scale[side][group] *
                                cell_self_discharge_A(pack->params, pack->core_degC[side][group]);
}

static void take_segment(pack_t *pack, uint32_t side, uint32_t g, uint32_t index) {
  const cell_params_t *params = pack->params;
  const double count = (double)(params->ocv_count - 1), place = (double)index;
  double u_step_V = params->ocv_V[index + 1] - params->ocv_V[index];
  double e_step_VpK = params->entropic_VpK[index + 1] - params->entropic_VpK[index];
  pack->u_base_V[side][g] = params->ocv_V[index] - place * u_step_V;
  pack->u_slope_V[side][g] = count * u_step_V;
  pack->e_base_VpK[side][g] = params->entropic_VpK[index] - place * e_step_VpK;
  pack->e_slope_VpK[side][g] = count * e_step_VpK;
  pack->segment[side][g] = place;
}

static void refresh_segments(pack_t *pack, uint32_t side) {
  const double count = (double)(pack->params->ocv_count - 1);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    double x = pack->soc[side][g] * count;
    double into = x - pack->segment[side][g];
    if (into >= 0.0 && into < 1.0) continue;
    x = x > 0.0 ? x : 0.0;
    take_segment(pack, side, g, x < count ? (uint32_t)x : (uint32_t)count - 1);
  }
}

/// What the coming step's mean voltage is made of, and what the branches hold.
SIMD_CLONES static void refresh_cells(pack_t *restrict pack, uint32_t side) {
  const double half1_s = 0.5 * pack->params->tau_s[0], half2_s = 0.5 * pack->params->tau_s[1],
               half3_s = 0.5 * pack->params->tau_s[2];
  const double dt_s = 1e-6 * (double)pack->dt_us;
  const double mean1 = pack->mean[0], mean2 = pack->mean[1], mean3 = pack->mean[2];
  const double whole1 = 1.0 / mean1, rise1 = (1.0 - mean1) / mean1;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double warm_K = pack->core_degC[side][g] - CELL_REFERENCE_degC;
    const double slope_V = pack->u_slope_V[side][g] + warm_K * pack->e_slope_VpK[side][g];
    const double middle_A = pack->branch_A[1][side][g], slow_A = pack->branch_A[2][side][g];
    const double transfer_ohm = pack_transfer_anchor(pack, side, g, mean1);
    const double r0_ohm = pack->r0_ohm[side][g];
    const double r2_ohm = pack->r2_ohm[side][g], r3_ohm = pack->r3_ohm[side][g];
    const double middle_ohm = mean2 * r2_ohm, slow_ohm = mean3 * r3_ohm;
    const double heat_ohm =
        r0_ohm + rise1 * transfer_ohm + (r2_ohm - middle_ohm) + (r3_ohm - slow_ohm);
    const double soc_per_A = dt_s * pack->soc_per_As[side][g];
    const double fast_V = pack->anchor_V[side][g];
    const double polar_V = fast_V + middle_ohm * middle_A + slow_ohm * slow_A;
    pack->ocv_base_V[side][g] = pack->u_base_V[side][g] + warm_K * pack->e_base_VpK[side][g] +
                                pack->hysteresis_V[side][g] * pack->hysteresis[side][g];
    pack->ocv_slope_V[side][g] = slope_V;
    pack->middle_ohm[side][g] = middle_ohm;
    pack->slow_ohm[side][g] = slow_ohm;
    pack->soc_per_A[side][g] = soc_per_A;
    pack->heat_ohm[side][g] = heat_ohm;
    pack->tap_ohm[side][g] = heat_ohm + 0.5 * slope_V * soc_per_A;
    pack->polar_V[side][g] = polar_V;
    pack->emf_V[side][g] = pack->ocv_base_V[side][g] + slope_V * pack->soc[side][g] - polar_V;
    put_by(pack, side, g,
           half1_s * whole1 * fast_V * pack->branch_A[0][side][g] +
               half2_s * r2_ohm * (middle_A * middle_A) + half3_s * r3_ohm * (slow_A * slow_A));
  }
}

/// Behind short and tab.
SIMD_CLONES static void refresh_taps(pack_t *pack, uint32_t side) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double inner_ohm = pack->tap_ohm[side][g];
    const double gain = 1.0 / (1.0 + inner_ohm * pack->short_S[side][g]);
    pack->inner_ohm[side][g] = inner_ohm;
    pack->short_gain[side][g] = gain;
    pack->tap_ohm[side][g] = gain * inner_ohm + pack->tab_ohm[side][g];
  }
}

SIMD_CLONES static void refresh_pairs(pack_t *pack) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double a_ohm = pack->tap_ohm[0][g], b_ohm = pack->tap_ohm[1][g];
    const double both_S = 1.0 / (a_ohm + b_ohm);
    pack->parallel_S[g] = both_S;
    pack->parallel_ohm[g] = a_ohm * b_ohm * both_S;
  }
}

void pack_refresh_sources(pack_t *pack) {
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    refresh_segments(pack, side);
    refresh_cells(pack, side);
    if (pack->is_special) refresh_taps(pack, side);
  }
  refresh_pairs(pack);
  pack->string_ohm = pack->joints_ohm + pack_sum(pack->parallel_ohm);
  pack_update_groups(pack);
}

SIMD_CLONES static void see_behind_shorts(pack_t *pack) {
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
      pack->tap_emf_V[side][g] = pack->short_gain[side][g] * pack->emf_V[side][g];
}

SIMD_CLONES static void join_pairs(pack_t *restrict pack, const double *restrict a_V,
                                   const double *restrict b_V) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
    pack->group_emf_V[g] =
        (a_V[g] * pack->tap_ohm[1][g] + b_V[g] * pack->tap_ohm[0][g]) * pack->parallel_S[g];
}

void pack_update_groups(pack_t *pack) {
  if (pack->is_special) see_behind_shorts(pack);
  double(*emf_V)[PACK_ROW_COUNT] = pack->is_special ? pack->tap_emf_V : pack->emf_V;
  join_pairs(pack, emf_V[0], emf_V[1]);
}
