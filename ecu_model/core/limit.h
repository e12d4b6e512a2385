/// Limits in three levels: one row of limits.csv at work, and the walk over all rows.
///
/// Model    a level is violated when the value reaches limit - guard (max) or limit + guard (min);
///          it is healed when the value is inside by the row's hysteresis as well. A violation
///          counts up, anything else down. A voltage trip waits for the open-wire test that its own
///          crossing has asked for, at most config.withhold_ms, while the count goes on
/// Units    those of the row
#ifndef ECU_MODEL_CORE_LIMIT_H
#define ECU_MODEL_CORE_LIMIT_H

#include "bms.h"

/// 1 iff value violates a level (0 MOL, 1 RSL, 2 MSL) of the row.
int limit_is_violated(const limits_row_t *row, uint32_t level, int32_t value, int32_t guard);

/// Advance a row by dt_ms. is_applicable 0: nothing is violated (wrong context, no value).
/// A level whose bit is set in withheld does not become active, but goes on counting.
void limit_step(bms_limit_t *limit, const limits_row_t *row, int32_t value, int32_t guard,
                int is_applicable, uint32_t withheld, uint32_t dt_ms);

/// Walk all rows of the table, 10 ms after the last time, and report to the diagnosis.
void limit_walk(bms_t *bms);

/// 1 iff a row's level is active.
static inline int limit_is_active(const bms_t *bms, limits_id_t row, uint32_t level) {
  return bms->limit_row[row].is_active[level];
}

#endif
