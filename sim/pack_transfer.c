/// Parabolas in place of the charge transfer's asinh, renewed when a cell has moved too far.
#include "pack_transfer.h"

#include "det_math.h"
#include "pack_refresh.h"
#include "simd.h"

static const double swing_V = 1e-4;
static const double no_limit_V = 1e9;

double pack_transfer_swing_V(double r1_ohm, double exchange_pA) {
  return exchange_pA > 0.0 ? det_sqrt(swing_V * r1_ohm / exchange_pA) : no_limit_V;
}

SIMD_CLONES static void renew_side(pack_t *restrict pack, uint32_t side) {
  const double mean1 = pack->mean[0];
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    (void)pack_transfer_anchor(pack, side, g, mean1);
    const double polar_V = pack->anchor_V[side][g] +
                           pack->middle_ohm[side][g] * pack->branch_A[1][side][g] +
                           pack->slow_ohm[side][g] * pack->branch_A[2][side][g];
    pack->polar_V[side][g] = polar_V;
    pack->emf_V[side][g] =
        pack->ocv_base_V[side][g] + pack->ocv_slope_V[side][g] * pack->soc[side][g] - polar_V;
  }
}

void pack_transfer_renew(pack_t *pack) {
  renew_side(pack, 0);
  renew_side(pack, 1);
  pack_update_groups(pack);
}
