/// DTC memory: what is kept of every DTC that was ever set, until it is erased or has aged.
///
/// Model    a DTC that becomes active is stored with two freeze frames: the first stays for ever,
///          the last is renewed at each occurrence. Healing stores nothing new but the cycle.
///          An operating cycle ends when the contactors open after at least 10 s closed, because
///          only with closed contactors do all tests run, the slowest every 5 s: a reset in the
///          garage proves nothing. After dtc_row.ageing_cycles whole cycles in a row without the
///          fault the memory forgets it; an active or latched DTC never ages
/// Source   the words of ISO 14229-1 (confirmed, operation cycle, ageing)
#ifndef ECU_MODEL_CORE_HISTORY_H
#define ECU_MODEL_CORE_HISTORY_H

#include "bms.h"

/// After the memory was loaded. A DTC that was active when it was last written may have been there
/// until the power went: it failed in this cycle. The count of cycles never lies behind a DTC's.
void history_start(bms_t *bms, int count_is_known);

/// The DTC has become active: frames, occurrence. Written at once when it is new or latches, else
/// within a minute.
void history_set(bms_t *bms, uint32_t dtc);

/// The DTC has become inactive, by healing or by the vehicle's clearing: it stays stored.
void history_heal(bms_t *bms, uint32_t dtc);

/// An operating cycle has ended: count it, forget what has aged.
void history_end_cycle(bms_t *bms);

/// Nothing of the DTC is left, as if it had never been; its debounce and activity are not touched.
void history_forget(bms_t *bms, uint32_t dtc);

/// What the BMS sees now, with a DTC's location; dtc >= DTC_COUNT: without one.
void history_frame(const bms_t *bms, uint32_t dtc, bms_frame_t *frame);

/// Whole operating cycles since the fault was last there, 0 iff it is active or failed in this one.
uint32_t history_age_cycles(const bms_t *bms, uint32_t dtc);

/// 1 iff the fault was there in this operating cycle (since the last one ended).
int history_failed_this_cycle(const bms_t *bms, uint32_t dtc);

#endif
