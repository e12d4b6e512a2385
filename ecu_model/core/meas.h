/// Measurement: raw codes become values with a quality; a missing value is never 0.
///
/// Model    current every ms from two ranges that check each other; groups every scan, a group
///          beside a broken wire of a doubled tap from two channels; thermistors through a table
/// Sign     current_mA > 0 discharges
/// Source   thermistor and sensor ranges: docs/facts.md (sister cars)
#ifndef ECU_MODEL_CORE_MEAS_H
#define ECU_MODEL_CORE_MEAS_H

#include "bms.h"

enum {
  MEAS_AGE_INVALID_scans = 3, ///< that many lost scans in a row make a group invalid
  MEAS_DDEGC_NONE = INT16_MIN, ///< no temperature
  MEAS_SENSOR_OPEN = 1,
  MEAS_SENSOR_SHORT = 2,
  MEAS_AGE_INVALID_ms = 20 ///< a value of every ms that is lost for so long is invalid
};

void meas_init(bms_meas_t *meas);

/// Every ms: current, pack, link, supply. What is lost is held; a lost pack voltage becomes the sum
/// of the groups.
void meas_fast(bms_t *bms, const bms_in_t *in);

/// Every scan: groups, their extremes and sum.
void meas_scan(bms_t *bms);

/// Every 10 ms: thermistors of modules and ECU, their rise, context, AFE that stands still.
void meas_slow(bms_t *bms, const bms_in_t *in);

/// Current in mA of a 12 bit code; full_mA, a multiple of 12, is the range's current at 4.5 V.
int32_t meas_current_mA(uint32_t code_raw, int32_t full_mA);

/// Temperature in 0.1 degC of a divider ratio scaled to 65536; -50..130 degC, clipped.
int32_t meas_ntc_ddegC(uint32_t ratio);

/// MEAS_SENSOR_OPEN, MEAS_SENSOR_SHORT or 0.
uint32_t meas_ntc_fault(uint32_t ratio);

/// 1 iff an AFE has repeated its codes for 1 s while the current moved by more than 5 A.
int meas_is_stuck(const bms_t *bms, uint32_t device);

/// 1 iff the two current ranges contradict each other or have left their range.
int meas_current_is_implausible(const bms_in_t *in);

#endif
