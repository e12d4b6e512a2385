/// Module cases, forced air with its fan, heater mats.
#include "pack_air.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "det_math.h"

static const double settled_Hz = 1e-3; /* a lag that is over by so much is over */

pack_air_params_t pack_air_params_soul_ev(void) {
  return (pack_air_params_t){
      .fan_Hz = {0, 42, 50, 58, 67, 75, 85, 88, 95, 100}, /* seen */
      .fan_duty_Hz = 100.0, /* inferred: step 9 at full duty */
      .fan_start_duty = 0.2, /* assumed */
      .fan_lag_s = 1.5, /* assumed */
      .air_JpKm3 = 1190.0, /* at 25 degC, 1 bar */
      .flow_m3psHz = 0.5e-3, /* assumed: 180 m3/h at step 9 */
      .film_WpK = 0.25, /* calibrated on the Soul EV drive, fan at steps 0..2 */
      .film_Hz = 42.0,
      .film_exponent = 0.8, /* turbulent flow in a duct */
      .mat_ohm = 216.0, /* assumed: 600 W at 360 V */
      .mat_JpK = 800.0, /* assumed */
      .mat_case_WpK = 8.0, /* assumed */
  };
}

void pack_air_init(pack_t *pack) {
  pack_air_t *air = &pack->air;
  memset(air, 0, sizeof *air);
  air->params = pack_air_params_soul_ev();
  air->inlet_degC = pack->ambient_degC;
  air->outlet_degC = pack->ambient_degC;
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++) air->mat_degC[i] = pack->ambient_degC;
}

double pack_air_step_duty(const pack_t *pack, uint32_t step) {
  const pack_air_params_t *params = &pack->air.params;
  return params->fan_Hz[step < PACK_FAN_STEP_COUNT ? step : PACK_FAN_STEP_COUNT - 1] /
         params->fan_duty_Hz;
}

static void turn_fan(pack_air_t *air, double dt_s) {
  const double duty = air->fan_duty < 1.0 ? air->fan_duty : 1.0;
  const int turns = duty >= air->params.fan_start_duty && !air->rotor_is_stuck;
  const double goal_Hz = turns ? duty * air->params.fan_duty_Hz : 0.0;
  const double left_Hz = goal_Hz - air->fan_Hz;
  if (left_Hz > settled_Hz || left_Hz < -settled_Hz)
    air->fan_Hz += left_Hz * det_expm1_neg(dt_s / air->params.fan_lag_s);
  else
    air->fan_Hz = goal_Hz;
}

/// Flow and conductance at a new speed. At rest nothing is exchanged.
static void follow_flow(pack_air_t *air) {
  const pack_air_params_t *params = &air->params;
  const double flow_Hz = air->fan_Hz * (1.0 - air->blocked_share);
  if (flow_Hz >= air->flow_Hz && flow_Hz <= air->flow_Hz) return;
  air->flow_Hz = flow_Hz;
  air->flow_WpK = params->air_JpKm3 * params->flow_m3psHz * flow_Hz;
  air->group_WpK = 0.0;
  if (!(flow_Hz > settled_Hz)) return;
  const double film_WpK =
      params->film_WpK * det_exp(params->film_exponent * det_log(flow_Hz / params->film_Hz));
  const double share_WpK = air->flow_WpK / PACK_GROUP_COUNT;
  air->group_WpK = share_WpK * det_expm1_neg(film_WpK / share_WpK);
}

/// Air that stands in the ducts takes their temperature: the limit of a small flow.
static double outlet_degC(const pack_t *pack, double air_W) {
  const pack_air_t *air = &pack->air;
  if (air->flow_WpK > 0.0) return air->inlet_degC + air_W / air->flow_WpK;
  double sum_degC = 0.0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++)
    sum_degC += pack->case_degC[m] * pinout_module[m].group_count;
  return sum_degC / PACK_GROUP_COUNT;
}

void pack_air_advance(pack_t *pack, const double case_J[PINS_MODULE_COUNT], double dt_s) {
  pack_air_t *air = &pack->air;
  const double ambient_JpK = pack->params->case_ambient_WpK * dt_s;
  const double case_KpJ = 1.0 / pack->params->case_heat_capacity_JpK;
  double mat_J[PACK_MAT_COUNT];
  double sum_J = 0.0;
  turn_fan(air, dt_s);
  follow_flow(air);
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++) {
    mat_J[i] = air->mat_W[i] * dt_s;
    air->mat_J += mat_J[i];
  }
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    const uint32_t mat = m * PACK_MAT_COUNT / PINS_MODULE_COUNT;
    const double case_degC = pack->case_degC[m];
    const double air_JpK = air->group_WpK * pinout_module[m].group_count * dt_s;
    const double air_J = air_JpK * (case_degC - air->inlet_degC);
    const double out_J = ambient_JpK * (case_degC - pack->ambient_degC);
    const double in_J = air->params.mat_case_WpK * dt_s * (air->mat_degC[mat] - case_degC);
    pack->case_degC[m] = case_degC + case_KpJ * (case_J[m] + in_J - out_J - air_J);
    pack->ambient_J[m] += out_J;
    air->air_J[m] += air_J;
    mat_J[mat] -= in_J;
    sum_J += air_J;
  }
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++) air->mat_degC[i] += mat_J[i] / air->params.mat_JpK;
  air->outlet_degC = outlet_degC(pack, sum_J / dt_s);
}
