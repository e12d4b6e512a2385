/// Voltage of the fast branches, whose resistance falls with their current.
///
/// Model    V(x) = r1 x asinh(u)/u, u = x/I0, is worked out at an anchor; between anchors a step
///          follows the parabola that touches it there: V0 + d (V' + d V''/2), d = x - anchor.
///          When the parabola of any cell has moved by more than sqrt(0.1 mV r1 I0), all cells are
///          anchored anew: it is off by at most (0.1 mV)^1.5 / (3 sqrt(r1 I0)) there
/// Memory   no state of its own
#ifndef SIM_PACK_TRANSFER_H
#define SIM_PACK_TRANSFER_H

#include <math.h>

#include "det_math.h"
#include "pack.h"

/// How far the parabola of a branch holds; without a limit where it is a straight line.
double pack_transfer_swing_V(double r1_ohm, double exchange_pA);

/// Anchor the fast branch of a cell where it is; returns its resistance there. r1_ohm,
/// exchange_pA and the size of limit_V are known; mean: of the branch's decay over a step.
static inline double pack_transfer_anchor(pack_t *restrict pack, uint32_t side, uint32_t g,
                                          double mean) {
  const double top = CELL_EXCHANGE_RATIO_MAX * CELL_EXCHANGE_RATIO_MAX;
  const double kink = 3.4665; /* asinh(CELL_EXCHANGE_RATIO_MAX): a straight line follows */
  const double at_A = pack->branch_A[0][side][g], fast_ohm = mean * pack->r1_ohm[side][g];
  const double exchange_pA = pack->exchange_pA[side][g], swing_V = fabs(pack->limit_V[side][g]);
  const double ratio = exchange_pA * at_A, square = ratio * ratio;
  const double ohm = fast_ohm * cell_charge_transfer(square);
  const double falls = 1.0 / (1.0 + square);
  const double slope_ohm = fast_ohm * det_sqrt(falls);
  const double bend_ohmpA = -0.5 * slope_ohm * falls * ratio * exchange_pA;
  const double to_kink_V_pA = fabs(fabs(ohm * ratio) - kink * fast_ohm);
  pack->anchor_A[side][g] = at_A;
  pack->anchor_V[side][g] = ohm * at_A;
  pack->anchor_ohm[side][g] = square < top ? slope_ohm : ohm;
  pack->bend_ohmpA[side][g] = square < top ? bend_ohmpA : 0.0;
  pack->limit_V[side][g] = to_kink_V_pA < 1.1 * swing_V * exchange_pA ? -swing_V : swing_V;
  return ohm;
}

/// Anchor all cells between two refreshes; what they show follows.
void pack_transfer_renew(pack_t *pack);

#endif
