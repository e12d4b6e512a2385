/// Air temperatures, fan duty and mat power, from the script or the ECU.
#include "hil_heat.h"

#include "pack_air.h"

void hil_heat_drive(hil_t *hil) {
  const hil_stimulus_t *stimulus = &hil->stimulus;
  pack_air_t *air = &hil->pack.air;
  const double link_V = hil->hv.link_mean_V;
  const double mat_W = hil_heat_mats_are_on(hil) ? link_V * link_V / air->params.mat_ohm : 0.0;
  hil->pack.ambient_degC = stimulus->ambient_degC;
  air->inlet_degC =
      stimulus->inlet_degC > HIL_INLET_IS_AMBIENT ? stimulus->inlet_degC : stimulus->ambient_degC;
  air->fan_duty = stimulus->fan_step < 0.0
                      ? hil->pins_out.fan_duty
                      : pack_air_step_duty(&hil->pack, (uint32_t)stimulus->fan_step);
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++) air->mat_W[i] = mat_W;
}
