/// What rows of the reaction table do to the world, and when the world is out of its limit.
#ifndef SCENARIOS_REACT_ACT_H
#define SCENARIOS_REACT_ACT_H

#include "react.h"

/// The group's charge is set so that its terminals step to the row's voltage; stop puts it back.
void react_act_group(react_run_t *run);
void react_act_group_back(react_run_t *run);
int react_act_group_is_bad(react_run_t *run);

/// All cells of the module step to the row's temperature.
void react_act_module(react_run_t *run);
int react_act_module_is_bad(react_run_t *run);

/// The module has warmed by more than 1 K in one of the seconds since the fault.
int react_act_module_heats(react_run_t *run);

/// The load steps to the row's current; stop ends it.
void react_act_load(react_run_t *run);
void react_act_load_back(react_run_t *run);
int react_act_load_is_bad(react_run_t *run);

void react_act_no_load(react_run_t *run); ///< the load goes away
void react_act_ask_standby(react_run_t *run);
void react_act_ask_drive(react_run_t *run);
void react_act_late_step(react_run_t *run); ///< the ECU's clock jumps by the row's value, ms

int react_act_coil_is_off(react_run_t *run); ///< of the place
int react_act_coil_is_on(react_run_t *run);
int react_act_precharges(react_run_t *run); ///< the precharge contact has closed

#endif
