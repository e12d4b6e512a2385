/// The broadcast frames by which the rest of the car knows its battery.
///
/// Source   public notes on the Soul EV, Ioniq and Kona; the frames' comments in db/bms.dbc say
///          which was seen where. Their periods are assumed
#ifndef ECU_MODEL_CORE_COMM_CAR_H
#define ECU_MODEL_CORE_COMM_CAR_H

#include "comm.h"

/// Every ms: queue those that are due.
void comm_car_send(bms_t *bms, bms_out_t *out);

/// What the dashboard shows: steps of 0.5 %, 0..200.
uint8_t comm_car_displayed_raw(const bms_t *bms);

/// Rounded to 1 degC and clipped at -127..127; -128 iff it is not known.
int8_t comm_car_degC(int32_t value_ddegC, int is_known);

#endif
