/// What operating points and rows share: a limit of the table and which way it is crossed.
#ifndef SCENARIOS_REACT_POINT_H
#define SCENARIOS_REACT_POINT_H

#include "../ecu_model/gen/limits.h"
#include "react.h"

/// MOL, RSL or MSL (level 0, 1, 2) in the row's unit.
double react_limit(const limits_row_t *row, uint32_t level);

/// 1 iff beyond is above, -1 iff beyond is below.
double react_outward(const limits_row_t *row);

#endif
