/// Fast protection, every millisecond: over-current, overload, crash line, emergency off.
///
/// Model    over-current counts consecutive ms at or above the safety limit of limits.csv and opens
///          in the step in which the row's debounce is full; overload sums I^2 - Irated^2 over
///          time. What it found is kept until the 10 ms task has told the diagnosis
/// Sign     current_mA > 0 discharges
#ifndef ECU_MODEL_CORE_PROTECT_H
#define ECU_MODEL_CORE_PROTECT_H

#include "bms.h"

enum {
  PROTECT_LINE_ms = 5, ///< debounce of crash line, terminal 30C and 12 V
  PROTECT_SUPPLY_MIN_mV = 4200, ///< below it the board is about to drop the coils by itself
  PROTECT_SUPPLY_FALSE_mV = 1000 ///< below it the reading is wrong: the ECU itself lives on 12 V
};

/// Every ms, after the measurement.
void protect_step(bms_t *bms);

/// Every 10 ms: report what was found, before the limit walk.
void protect_report(bms_t *bms);

/// Every 10 ms, after the diagnosis: forget what is over.
void protect_forget(bms_t *bms);

#endif
