/// State of health and of energy: how much the pack still holds, resists and lets out.
///
/// Model    capacity: at two times of rest the OCV tells the SOC; what flowed between them, over
///          the difference, is the capacity. Least squares with forgetting over such pairs, a new
///          pack's capacity counts as a weak one of them. Resistance: what the mean group's
///          voltage moves by at steps of the current, against what the model of a new pack does,
///          the same way, at 20 degC and above. Energy: OCV summed up over the charge that the
///          weakest group still has, and its share of a full pack's
/// Work     once a second; steps every 100 ms
#ifndef ECU_MODEL_CORE_SOH_H
#define ECU_MODEL_CORE_SOH_H

#include "bms.h"

enum { SOH_RECORD_BYTES = 12 };

/// A new pack, nothing learnt.
void soh_init(bms_t *bms);

/// Every 100 ms, after the mean group's filter.
void soh_step(bms_t *bms);

/// Once a second, after the filters.
void soh_second(bms_t *bms);

/// What the memory keeps, SOH_RECORD_BYTES.
void soh_fill(const bms_t *bms, uint8_t *bytes);

/// Take it back; what no healthy memory holds counts as nothing learnt.
void soh_take(bms_t *bms, const uint8_t *bytes);

#endif
