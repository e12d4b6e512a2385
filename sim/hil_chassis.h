/// The chassis in the loop: what it takes from pack and link, and what that does to the string.
#ifndef SIM_HIL_CHASSIS_H
#define SIM_HIL_CHASSIS_H

#include "hil.h"

/// Advance the isolation by a tick under the voltages that the last tick left, and tell the harness
/// where the chassis is. The first thing of a tick: the currents that it finds act on the plant in
/// the same tick.
void hil_chassis_step(hil_t *hil);

/// The string as a source at the pack's terminals, with all that leaves its taps and poles.
pack_source_t hil_chassis_source(hil_t *hil);

/// Current through the whole string beside that of the terminals.
static inline double hil_chassis_string_A(const hil_t *hil) {
  return hil->hv.string_is_open ? 0.0 : hil->isolation.plus_A;
}

/// Sources of the sense wires against pack minus. Without the service plug the upper half of the
/// pack hangs from pack plus.
void hil_chassis_wire_sources(const hil_t *hil, double wire_source_V[PINS_WIRE_COUNT]);

#endif
