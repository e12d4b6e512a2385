/// What a Cortex-M image of the BMS does before main and in the worst case; every port shares it.
#ifndef ECU_MODEL_FIRMWARE_STARTUP_H
#define ECU_MODEL_FIRMWARE_STARTUP_H

#include <stdint.h>

#include "lockstep.h"

/// The port's own: runs with memory set up; returns only when the ECU is to stand still.
void port_main(void);
/// The port's own: every coil driver off and the watchdog never served again. Called first in each
/// fault, with nothing but the stack to trust.
void port_enter_safe_state(void);
/// The port's own: the safe state is entered; tell whoever can hear it. Returns or not.
void port_tell_fault(const lockstep_fault_t *fault);

/// The port's own: the watchdog calls. 1 iff the image is well and the watchdog is served.
int port_serves_watchdog(void);

/// Deepest use of the stack since reset, by the paint that is left, and what there is.
void startup_stack_report(lockstep_report_t *report);

/// Reset: also for the vector table of a port that has interrupts of its own.
void startup_reset(void);
/// All exceptions that should not be.
void startup_fault(void);

#endif
