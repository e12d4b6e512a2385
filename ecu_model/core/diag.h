/// Diagnosis: one table of DTCs, walked every 10 ms; conditions are reported anew each time.
///
/// Model    condition for up_ms: active. Without it for down_ms: healed, and inactive unless the
///          row is latched: then the defined clearing is needed as well. The strongest reaction of
///          all active DTCs is what the state machine sees. What is kept of them: history.h
/// Source   db/dtc.csv: level, reaction, debounce and latching of each row
#ifndef ECU_MODEL_CORE_DIAG_H
#define ECU_MODEL_CORE_DIAG_H

#include "bms.h"

/// Report a condition for the coming walk. The first location reported in 10 ms counts.
void diag_report(bms_t *bms, uint32_t dtc, int is_bad, uint8_t location);

/// Debounce all rows by dt_ms, sum up reaction and level, write the edges to out.
void diag_walk(bms_t *bms, uint32_t dt_ms, bms_out_t *out);

/// The vehicle's clearing: every latched DTC whose condition has healed becomes inactive. What the
/// memory holds of it stays.
void diag_clear(bms_t *bms, bms_out_t *out);

/// A tester's clearing (service 0x14) of one DTC, or of all: dtc >= DTC_COUNT. Latched ones whose
/// condition has healed become inactive, and the memory forgets. What is still active is stored
/// anew, as if it had just been set. The caller sees to it that the vehicle is at rest.
void diag_erase(bms_t *bms, uint32_t dtc, bms_out_t *out);

/// Conditions that belong to no other part: plausibility, sensors, lines, lost devices.
void diag_conditions(bms_t *bms, const bms_in_t *in);

/// Put an event into out; it is dropped when BMS_EVENT_MAX are there already.
void diag_event(bms_out_t *out, uint32_t kind, uint32_t code, uint32_t detail);

#endif
