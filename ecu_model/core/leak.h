/// Watch for cells that lose charge by themselves: internal shorts, and what a balancer would hide.
///
/// Model    a group's own charge is what its rest voltage says that it holds, against the middle
///          group, and what its switch has taken beyond the middle one's: with balancing on the
///          voltages stay together and the other groups' bleeding shows the loss. Each look of a
///          rest adds what that charge has fallen by since the last one, less LEAK_CURRENT_uA and
///          LEAK_SHARE_permille of what the other switches have taken besides, divided by the slope
///          of the curve where the group stands: on flat pieces, where a millivolt is much charge,
///          little is proven. What lies between two rests, with other hysteresis and another piece
///          of the curve, is left out. A sum that is not positive begins anew, so no window ends
///          and nothing small adds up; so does that of a group that was bled LEAK_OWN_mAs, for its
///          hysteresis moves. What is wrong with curve, capacity or duty lifts the sums of many
///          groups, a short that of one: the sum that LEAK_ALONE_count others exceed is common to
///          the pack. Accused is the group with the largest sum, after
///          LEAK_MIN_count looks, if that is LEAK_ERROR_raw above the common one, or by itself
///          above LEAK_MANY_raw, where many have a short; until the sum is gone, which never
///          exceeds LEAK_KEPT_raw. Nobody looks while the test of the discharge switches finds the
///          readings noisy
/// Units    sums in 1 / REST_ONE of an AFE code of 100 uV
/// Source   docs/balancing.md
#ifndef ECU_MODEL_CORE_LEAK_H
#define ECU_MODEL_CORE_LEAK_H

#include "bms.h"

enum {
  LEAK_LOOK_ms = 300000, ///< at rest
  LEAK_MIN_count = 96, ///< 8 h of rest
  LEAK_CURRENT_uA = 10000,
  LEAK_ALONE_count = 3, ///< groups above the common sum
  LEAK_ERROR_raw = 18, ///< of rest voltage
  LEAK_MANY_raw = 50, ///< of rest voltage, whatever is common
  LEAK_SLOPE_raw = 40, ///< steps over which the curve's slope is taken
  LEAK_SHARE_permille = 150,
  LEAK_OWN_mAs = 90000, ///< 25 mA h
  LEAK_KEPT_raw = 55, ///< a mended group is acquitted
  LEAK_PART_COUNT = 14
};

/// All parts in turn, once a second: the begin of a look, the groups, the verdict.
void leak_step(bms_t *bms, uint32_t part);

void leak_report(bms_t *bms);

#endif
