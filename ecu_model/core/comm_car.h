/// The broadcast frames by which the rest of the car knows its battery.
///
/// Source   public notes on the Soul EV, Ioniq and Kona; the frames' comments in db/bms.dbc say
///          which was seen where. Their periods are assumed
#ifndef ECU_MODEL_CORE_COMM_CAR_H
#define ECU_MODEL_CORE_COMM_CAR_H

#include "comm.h"

/// Every ms: queue those that are due.
void comm_car_send(bms_t *bms, bms_out_t *out);

#endif
