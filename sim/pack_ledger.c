/// Where the pack's energy is, and sums over its groups.
#include "pack_refresh.h"
#include "pack_sum.h"
#include "simd.h"

enum { SUM_LANE_COUNT = 8 };

SIMD_CLONES double pack_sum(const double value[PACK_GROUP_COUNT]) {
  double lane[SUM_LANE_COUNT] = {0};
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g += SUM_LANE_COUNT)
    for (uint32_t i = 0; i < SUM_LANE_COUNT; i++) lane[i] += value[g + i];
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static double stored_J(const pack_t *pack, uint32_t side, uint32_t g) {
  const double ohm[CELL_BRANCH_COUNT] = {pack->transfer_ohm[side][g], pack->r2_ohm[side][g],
                                         pack->r3_ohm[side][g]};
  double sum_J = 0.0;
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    double branch_A = pack->branch_A[k][side][g];
    sum_J += 0.5 * pack->params->tau_s[k] * ohm[k] * branch_A * branch_A;
  }
  return sum_J;
}

pack_ledger_t pack_ledger(const pack_t *pack) {
  pack_t settled = *pack; /* heat that waits for the next refresh */
  pack_settle(&settled, 1e-6 * (double)pack->since_refresh_us);
  pack_ledger_t ledger = {.joint_J = settled.joint_J};
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      double capacity_As = 1.0 / settled.soc_per_As[side][g];
      ledger.enthalpy_J += cell_enthalpy_J(settled.params, capacity_As, settled.soc[side][g]);
      ledger.stored_J += stored_J(&settled, side, g);
      ledger.made_J += settled.made_J[side][g] + settled.heat_J[side][g];
    }
  }
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) ledger.groups_J += settled.group_J[g];
  return ledger;
}
