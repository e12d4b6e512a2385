/// Sum over the groups of a string, in an order that wide registers can follow.
#ifndef SIM_PACK_SUM_H
#define SIM_PACK_SUM_H

#include "pack.h"

/// The same bits however many lanes the processor has.
double pack_sum(const double value[PACK_GROUP_COUNT]);

#endif
