/// Where the pack's energy is, and sums over its groups.
#include "pack_refresh.h"
#include "pack_runaway.h"
#include "pack_sum.h"
#include "simd.h"

SIMD_CLONES static double sum_lanes(const double value[PACK_GROUP_COUNT]) {
  double lane[PACK_SUM_LANE_COUNT] = {0};
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g += PACK_SUM_LANE_COUNT)
    SIMD_WHOLE for (uint32_t i = 0; i < PACK_SUM_LANE_COUNT; i++) lane[i] += value[g + i];
  return pack_sum_lanes(lane);
}

double pack_sum(const double value[PACK_GROUP_COUNT]) { return sum_lanes(value); }

static void settle(pack_t *settled, const pack_t *pack) {
  *settled = *pack; /* heat that waits for the next refresh */
  pack_settle(settled, 1e-6 * (double)pack->since_refresh_us);
}

static pack_ledger_t heat_of(const pack_t *settled) {
  pack_ledger_t ledger = {.joint_J = settled->joint_J};
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      ledger.stored_J += settled->stored_J[side][g];
      ledger.made_J += settled->made_J[side][g] + settled->heat_J[side][g];
    }
  }
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) ledger.groups_J += settled->group_J[g];
  return ledger;
}

pack_ledger_t pack_ledger_heat(const pack_t *pack) {
  pack_t settled;
  settle(&settled, pack);
  return heat_of(&settled);
}

double pack_joint_heat_J(const pack_t *pack) {
  return pack->ripple_A2s == 0.0 ? pack->joint_J
                                 : pack->joint_J + pack->joints_ohm * pack->ripple_A2s;
}

pack_ledger_t pack_ledger(const pack_t *pack) {
  pack_t settled;
  settle(&settled, pack);
  const cell_enthalpy_t sums = cell_enthalpy(settled.params);
  pack_ledger_t ledger = heat_of(&settled);
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++) {
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      double capacity_As = 1.0 / settled.soc_per_As[side][g];
      ledger.enthalpy_J +=
          cell_enthalpy_at_J(settled.params, &sums, capacity_As, settled.soc[side][g]);
      ledger.reactant_J += pack_runaway_left_J(&settled, side, g);
    }
  }
  return ledger;
}
