/// Where a pack's heat and energy are, summed from its state: both sides of two balances.
#ifndef TESTS_PACK_BALANCE_H
#define TESTS_PACK_BALANCE_H

#include "../sim/pack.h"

/// Heat in all nodes.
static inline double balance_content_J(const pack_t *pack) {
  const cell_params_t *params = pack->params;
  double sum_J = 0.0;
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++)
    sum_J += params->core_JpK * pack_cell_degC(pack, i) +
             params->surface_JpK * pack_cell_surface_degC(pack, i);
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++)
    sum_J += params->case_heat_capacity_JpK * pack->case_degC[m];
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++)
    sum_J += pack->air.params.mat_JpK * pack->air.mat_degC[i];
  return sum_J;
}

/// Heat that came in less what went out, from the sums that the pack keeps.
static inline double balance_booked_J(const pack_t *pack) {
  double sum_J = pack->air.mat_J - pack->runaway.gas_J;
  for (uint32_t side = 0; side < PACK_SIDE_COUNT; side++)
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
      sum_J += pack->made_J[side][g] + pack->external_J[side][g];
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) sum_J -= pack->ambient_J[m] + pack->air.air_J[m];
  return sum_J;
}

/// Energy that stays what it was.
static inline double balance_ledger_J(const pack_t *pack) {
  pack_ledger_t ledger = pack_ledger(pack);
  return ledger.enthalpy_J + ledger.stored_J + ledger.reactant_J + ledger.made_J + ledger.groups_J;
}

#endif
