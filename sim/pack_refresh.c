/// Losses of charge, hysteresis, table look-ups and the ohms that follow, every PACK_REFRESH_us.
#include "pack_refresh.h"

#include "pack_sum.h"
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

/// A current that is not constant in a step heats more than its mean does.
SIMD_CLONES static void heat_by_ripple(pack_t *pack, double ripple_A2s) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double a_ohm = pack->tap_ohm[0][g], b_ohm = pack->tap_ohm[1][g];
    const double a_share = b_ohm * pack->parallel_S[g], b_share = a_ohm * pack->parallel_S[g];
    pack->heat_J[0][g] += ripple_A2s * a_share * a_share * a_ohm;
    pack->heat_J[1][g] += ripple_A2s * b_share * b_share * b_ohm;
  }
}

void pack_settle(pack_t *pack, double dt_s) {
  settle_side(pack, 0, dt_s);
  settle_side(pack, 1, dt_s);
  if (pack->ripple_A2s == 0.0) return;
  heat_by_ripple(pack, pack->ripple_A2s);
  pack->joint_J += pack->joints_ohm * pack->ripple_A2s;
  pack->ripple_A2s = 0.0;
}

/// A branch whose resistance changes keeps its current; what its capacitance held more or less
/// becomes heat.
static double stored_change_J(const pack_t *pack, uint32_t side, uint32_t g, const double ohm[3]) {
  const double now_ohm[CELL_BRANCH_COUNT] = {pack->transfer_ohm[side][g], pack->r2_ohm[side][g],
                                             pack->r3_ohm[side][g]};
  double sum_J = 0.0;
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    double branch_A = pack->branch_A[k][side][g];
    sum_J += 0.5 * pack->params->tau_s[k] * (ohm[k] - now_ohm[k]) * branch_A * branch_A;
  }
  return sum_J;
}

static void refresh_cell_ohm(pack_t *pack, uint32_t side, uint32_t g) {
  cell_ohm_t at = cell_ohm_loaded(pack->params, pack->soc[side][g], pack->core_degC[side][g],
                                  pack->branch_A[1][side][g], pack->branch_A[2][side][g]);
  double scale = pack->resistance_scale[side][g];
  double square_pA2 = at.exchange_pA * at.exchange_pA;
  double fast_A = pack->branch_A[0][side][g];
  double transfer_ohm = scale * at.ohm[1] * cell_charge_transfer(square_pA2 * fast_A * fast_A);
  const double branch_ohm[CELL_BRANCH_COUNT] = {transfer_ohm, scale * at.ohm[2], scale * at.ohm[3]};
  pack->heat_J[side][g] -= stored_change_J(pack, side, g, branch_ohm);
  pack->r0_ohm[side][g] = scale * at.ohm[0];
  pack->r1_ohm[side][g] = scale * at.ohm[1];
  pack->r2_ohm[side][g] = branch_ohm[1];
  pack->r3_ohm[side][g] = branch_ohm[2];
  pack->transfer_ohm[side][g] = transfer_ohm;
  pack->exchange_pA2[side][g] = square_pA2;
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

/// What the coming step's mean voltage is made of.
SIMD_CLONES static void refresh_cells(pack_t *pack, uint32_t side) {
  const double half_dt_s = 0.5e-6 * (double)pack->dt_us;
  const double rise1 = 1.0 - pack->mean[0], rise2 = 1.0 - pack->mean[1],
               rise3 = 1.0 - pack->mean[2];
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double warm_K = pack->core_degC[side][g] - CELL_REFERENCE_degC;
    const double slope_V = pack->u_slope_V[side][g] + warm_K * pack->e_slope_VpK[side][g];
    const double transfer_ohm = pack->transfer_ohm[side][g];
    const double r0_ohm = pack->r0_ohm[side][g];
    const double r2_ohm = pack->r2_ohm[side][g], r3_ohm = pack->r3_ohm[side][g];
    pack->ocv_base_V[side][g] = pack->u_base_V[side][g] + warm_K * pack->e_base_VpK[side][g] +
                                pack->hysteresis_V[side][g] * pack->hysteresis[side][g];
    pack->ocv_slope_V[side][g] = slope_V;
    pack->transfer_ref_ohm[side][g] = transfer_ohm;
    pack->heat_ohm[side][g] = r0_ohm + r2_ohm + r3_ohm + rise1 * transfer_ohm;
    const double inner_ohm = r0_ohm + rise1 * transfer_ohm + rise2 * r2_ohm + rise3 * r3_ohm +
                             half_dt_s * slope_V * pack->soc_per_As[side][g];
    const double gain = 1.0 / (1.0 + inner_ohm * pack->short_S[side][g]);
    pack->inner_ohm[side][g] = inner_ohm;
    pack->short_gain[side][g] = gain;
    pack->tap_ohm[side][g] = gain * inner_ohm + pack->tab_ohm[side][g];
    pack->emf_V[side][g] = pack->ocv_base_V[side][g] + slope_V * pack->soc[side][g] -
                           pack->mean[0] * transfer_ohm * pack->branch_A[0][side][g] -
                           pack->mean[1] * r2_ohm * pack->branch_A[1][side][g] -
                           pack->mean[2] * r3_ohm * pack->branch_A[2][side][g];
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
  double(*emf_V)[PACK_GROUP_COUNT] = pack->is_special ? pack->tap_emf_V : pack->emf_V;
  join_pairs(pack, emf_V[0], emf_V[1]);
}
