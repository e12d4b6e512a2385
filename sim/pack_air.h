/// Module cases, the air that cools them, its fan, and the heater mats that warm them.
///
/// Model    inlet air in parallel ducts past the modules' cases, shared by their groups: each takes
///          m cp (1 - e^(-hA/(m cp))) (case - inlet), hA rising with the flow; speed of the fan
///          follows its duty with a lag; a mat under each half of the pack warms its four cases.
///          Conduction to the ambient is beside all that. What leaves a node enters another one
///          or a sum
/// Units    SI; flow counts as a heat capacity flow, W/K
/// Source   pack_air_params_soul_ev(): mark beside each figure
#ifndef SIM_PACK_AIR_H
#define SIM_PACK_AIR_H

#include "pack.h"

/// Highest duty, speed and flow are those of these parameters.
pack_air_params_t pack_air_params_soul_ev(void);

/// Air and mats at the ambient temperature, fan at rest.
void pack_air_init(pack_t *pack);

/// Duty of a fan step 0..9.
double pack_air_step_duty(const pack_t *pack, uint32_t step);

/// Advance fan, mats and cases over dt_s; case_J is what each case got from its cells.
void pack_air_advance(pack_t *pack, const double case_J[PINS_MODULE_COUNT], double dt_s);

#endif
