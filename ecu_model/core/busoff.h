/// Bus-off: when the core asks its CAN controller to come back.
///
/// Model    five times 50 ms after the controller went off, then once a second, until it has stayed
///          on for a second (assumed: the vehicle has no published rule). What is missed meanwhile
///          is missed: the lost request opens the contactors by itself
#ifndef ECU_MODEL_CORE_BUSOFF_H
#define ECU_MODEL_CORE_BUSOFF_H

#include "bms.h"

enum { BUSOFF_FAST_ms = 50, BUSOFF_FAST_COUNT = 5, BUSOFF_SLOW_ms = 1000, BUSOFF_STABLE_ms = 1000 };

/// Every ms: watch the controller, set out->can_restart_is_asked.
void busoff_step(bms_t *bms, const bms_in_t *in, bms_out_t *out);

#endif
