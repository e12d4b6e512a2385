/// What script and ECU do to the pack's heat: air temperatures, fan, heater mats.
///
/// Model    the mats hang on the DC link behind the heater contactor, one behind the other in time
///          with the link: their power is that of the last tick's mean link voltage
/// Memory   no state of its own
#ifndef SIM_HIL_HEAT_H
#define SIM_HIL_HEAT_H

#include "hil.h"

static inline int hil_heat_mats_are_on(const hil_t *hil) {
  return hil->stimulus.heater_is_forced || hil->hv.contact_is_closed[PINS_COIL_HEATER];
}

/// Conductance of the mats on the link in the coming tick; 0 while they are off.
static inline double hil_heat_mats_S(const hil_t *hil) {
  return hil_heat_mats_are_on(hil) ? PACK_MAT_COUNT / hil->pack.air.params.mat_ohm : 0.0;
}

/// Give the pack its air, fan duty and mat power, after the HV path's step.
void hil_heat_drive(hil_t *hil);

#endif
