/// What current and voltage do to contacts and to the precharge resistor.
///
/// Model    a contact that parts under more than arc_rated_A wears by (I / arc_weld_A)^2, and welds
///          when its wear reaches 1: at once at arc_weld_A, after some openings below it. Main
///          contacts that complete the circuit onto more than make_weld_V weld at once. The
///          resistor is one heat node that cools with precharge_cool_s and burns out, for good, at
///          precharge_burn_K above the air
/// Source   all figures assumed (docs/facts.md); they stand in hv_params_soul_ev()
#ifndef SIM_HV_DAMAGE_H
#define SIM_HV_DAMAGE_H

#include "hv.h"

/// Contacts that have just parted or met: was_closed is how they stood before. bridged_V is the
/// voltage between string and link that a complete circuit finds.
void hv_damage_contacts(hv_t *hv, const uint8_t was_closed[PINS_COIL_COUNT], double bridged_V);

/// Heat of the resistor in this tick, even over dt_us.
void hv_damage_precharge(hv_t *hv, double heat_J, uint32_t dt_us);

#endif
