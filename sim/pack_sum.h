/// Sum over the groups of a string, in an order that wide registers can follow.
#ifndef SIM_PACK_SUM_H
#define SIM_PACK_SUM_H

#include "pack.h"

enum { PACK_SUM_LANE_COUNT = 8 };

static inline double pack_sum_lanes(const double lane[PACK_SUM_LANE_COUNT]) {
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/// The same bits however many lanes the processor has.
double pack_sum(const double value[PACK_GROUP_COUNT]);

#endif
