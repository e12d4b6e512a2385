/// Fan steps, heater relay, and what tacho and thermistors must show.
#include "thermal.h"

#include "contactor.h"
#include "diag.h"
#include "meas.h"

enum {
  HEATER_COUNT = 2,
  COIL = 1 << PINS_COIL_HEATER,
  TACHO_SHARE = 5, /* of the speed, or */
  TACHO_MIN_Hz = 8,
  FAN_SUPPLY_MIN_mV = 9000
};

/* --- fan ----------------------------------------------------------------------------------- */

uint32_t thermal_fan_Hz(uint32_t step) {
  static const uint8_t speed_Hz[] = {0, 42, 50, 58, 67, 75, 85, 88, 95, 100};
  return speed_Hz[step <= THERMAL_FAN_STEP_MAX ? step : THERMAL_FAN_STEP_MAX];
}

uint16_t thermal_fan_permille(uint32_t step) { return (uint16_t)(10 * thermal_fan_Hz(step)); }

static uint32_t next_step(uint32_t step, int32_t hot_ddegC) {
  static const int16_t start_ddegC[] = {310, 330, 360, 390, 410, 430, 450, 490, 520};
  while (step < THERMAL_FAN_STEP_MAX && hot_ddegC >= start_ddegC[step]) step++;
  while (step > 0 && hot_ddegC < start_ddegC[step - 1] - THERMAL_FAN_BACK_ddegC) step--;
  return step;
}

static int is_closed(const bms_t *bms) {
  return bms->state == BMS_STATE_DRIVE || bms->state == BMS_STATE_CHARGE;
}

/// Without any temperature the fan does what it can; asleep it stands.
static void step_fan(bms_t *bms) {
  bms_thermal_t *thermal = &bms->thermal;
  if (bms->state == BMS_STATE_SLEEP)
    thermal->fan_step = 0;
  else if (bms->meas.temperature_max_index == BMS_NO_LOCATION)
    thermal->fan_step = is_closed(bms) ? THERMAL_FAN_STEP_MAX : 0;
  else
    thermal->fan_step = (uint8_t)next_step(thermal->fan_step, bms->meas.temperature_max_ddegC);
  bms->fan_duty_permille = thermal->is_heating ? 0 : thermal_fan_permille(thermal->fan_step);
}

/* --- heater -------------------------------------------------------------------------------- */

static int mat_is_usable(const bms_t *bms, uint32_t mat) {
  int32_t limit = bms->thermal.is_heating ? THERMAL_MAT_PAUSE_ddegC : THERMAL_MAT_AGAIN_ddegC;
  int32_t mat_ddegC = bms->meas.heater_ddegC[mat];
  return mat_ddegC != MEAS_DDEGC_NONE && mat_ddegC < limit;
}

static int heating_is_possible(const bms_t *bms) {
  return bms->state == BMS_STATE_CHARGE && bms->contactor.phase == CONTACTOR_CLOSED &&
         bms->soc.soc_permille >= THERMAL_HEAT_SOC_permille && !bms->reaction.is_zero_open &&
         bms->meas.temperature_min_index != BMS_NO_LOCATION && !bms->thermal.is_given_up;
}

static int heating_is_wanted(const bms_t *bms) {
  int32_t until = bms->thermal.is_warming ? THERMAL_HEAT_UNTIL_ddegC : THERMAL_HEAT_BELOW_ddegC;
  return bms->meas.temperature_min_ddegC < until;
}

static void switch_heater(bms_t *bms, int is_on) {
  bms_thermal_t *thermal = &bms->thermal;
  if (thermal->is_heating != is_on) {
    thermal->is_heating = (uint8_t)is_on;
    thermal->switched_ms = 0;
    for (uint32_t mat = 0; mat < HEATER_COUNT; mat++)
      thermal->mat_ddegC[mat] = bms->meas.heater_ddegC[mat];
  } else if (thermal->switched_ms < UINT32_MAX - bms->task_ms) {
    thermal->switched_ms += bms->task_ms;
  }
  bms->coil_command = (uint16_t)(is_on ? bms->coil_command | COIL : bms->coil_command & ~COIL);
}

static void step_heater(bms_t *bms) {
  bms_thermal_t *thermal = &bms->thermal;
  thermal->is_warming = (uint8_t)(heating_is_possible(bms) && heating_is_wanted(bms));
  switch_heater(bms, thermal->is_warming && mat_is_usable(bms, 0) && mat_is_usable(bms, 1));
}

void thermal_step(bms_t *bms) {
  if (bms->state != BMS_STATE_CHARGE) bms->thermal.is_given_up = 0;
  step_heater(bms);
  step_fan(bms);
}

/* --- supervision --------------------------------------------------------------------------- */

static int fan_is_wrong(const bms_t *bms) {
  uint32_t wanted_Hz = bms->thermal.is_heating ? 0 : thermal_fan_Hz(bms->thermal.fan_step);
  uint32_t tacho_Hz = bms->thermal.tacho_Hz;
  uint32_t off_Hz = tacho_Hz > wanted_Hz ? tacho_Hz - wanted_Hz : wanted_Hz - tacho_Hz;
  uint32_t allowed_Hz = wanted_Hz / TACHO_SHARE;
  if (bms->meas.supply_mV < FAN_SUPPLY_MIN_mV) return 0;
  return off_Hz > (allowed_Hz > TACHO_MIN_Hz ? allowed_Hz : TACHO_MIN_Hz);
}

/// A mat that is switched on warms.
static int does_not_warm(const bms_t *bms, uint32_t mat) {
  const bms_thermal_t *thermal = &bms->thermal;
  return thermal->is_heating && thermal->switched_ms >= THERMAL_WARM_AFTER_ms &&
         bms->meas.heater_ddegC[mat] - thermal->mat_ddegC[mat] < THERMAL_WARM_ddegC;
}

/// A mat that is switched off cools to what lies beside it.
static int warms_unasked(const bms_t *bms, uint32_t mat) {
  const bms_thermal_t *thermal = &bms->thermal;
  return !thermal->is_heating && thermal->switched_ms >= THERMAL_COLD_AFTER_ms &&
         bms->meas.temperature_max_index != BMS_NO_LOCATION &&
         bms->meas.heater_ddegC[mat] - bms->meas.temperature_max_ddegC > THERMAL_COLD_ddegC;
}

static int mat_is_wrong(const bms_t *bms, uint32_t mat) {
  int32_t mat_ddegC = bms->meas.heater_ddegC[mat];
  return mat_ddegC == MEAS_DDEGC_NONE || mat_ddegC > THERMAL_MAT_MAX_ddegC ||
         does_not_warm(bms, mat) || warms_unasked(bms, mat);
}

void thermal_report(bms_t *bms, const bms_in_t *in) {
  bms_thermal_t *thermal = &bms->thermal;
  thermal->tacho_Hz = in->fan_tacho_Hz;
  for (uint32_t mat = 0; mat < HEATER_COUNT; mat++) {
    if (does_not_warm(bms, mat)) thermal->is_given_up = 1;
    diag_report(bms, DTC_HEATER, thermal->is_given_up || mat_is_wrong(bms, mat), BMS_NO_LOCATION);
  }
  diag_report(bms, DTC_FAN, fan_is_wrong(bms), BMS_NO_LOCATION);
}
