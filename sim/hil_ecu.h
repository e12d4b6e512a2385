/// The ECU's power and reset: off it commands nothing and believes nothing, then it starts from its
/// memory.
///
/// Model    stopping loses what the core and the board's controllers held; the memory keeps its
///          bytes, the page that was being written in parts; the cells supply the AFEs. Frames that
///          were already queued on the bus are still sent; a start finds the bus controller
///          error active, unless a fault holds it off the bus. Brown-out: a supply below
///          HIL_ECU_SUPPLY_STOP_V is a reset, and the core boots once it has reached
///          HIL_ECU_SUPPLY_START_V again
#ifndef SIM_HIL_ECU_H
#define SIM_HIL_ECU_H

#include "hil.h"

enum {
  HIL_ECU_BOOT_ms = 50, ///< from the end of a reset to the first step (assumed)
  HIL_ECU_SUPPLY_STOP_V = 4, ///< where the coils drop, too (assumed)
  HIL_ECU_SUPPLY_START_V = 6 ///< (assumed)
};

/// Start the core at once from the board's memory.
void hil_ecu_boot(hil_t *hil, bms_reset_t cause);

/// Into reset, from now until hil_ecu_start. cause is what the core finds then.
void hil_ecu_stop(hil_t *hil, bms_reset_t cause);

/// End of the reset: the core boots HIL_ECU_BOOT_ms later, or so long after the supply has
/// recovered. No effect iff it is not stopped.
void hil_ecu_start(hil_t *hil);

/// The core has asked for a reset, and gets it.
void hil_ecu_reset(hil_t *hil);

/// hil_ecu_tick of an ECU that does not run, or whose supply fails.
int hil_ecu_wait(hil_t *hil);

/// Once a tick, after the supply is set: 1 iff the core runs in this tick.
static inline int hil_ecu_tick(hil_t *hil) {
  const hil_ecu_t *ecu = &hil->ecu;
  const int is_low = hil->stimulus.supply_V < HIL_ECU_SUPPLY_STOP_V;
  if (is_low || ecu->boot_us > 0 || ecu->is_stopped || ecu->is_browned_out)
    return hil_ecu_wait(hil);
  return 1;
}

/// A tick in which it does not: the board goes on without commands, frames on the bus pass by.
void hil_ecu_idle(hil_t *hil);

/// After the core's step, iff there is a seat: the other ECUs make theirs.
void hil_ecu_seat_step(hil_t *hil);

#endif
