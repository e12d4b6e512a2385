/// Fan and heater: steps with hysteresis, and the supervision of both.
///
/// Model    fan: step k from its start temperature on, back below it by 2 K; its tacho must follow.
///          Heater: a relay feeds both mats from the DC link; on while a cold pack charges, until
///          it is warm; off at once where a mat is too hot or its thermistor is lost. While the
///          heater is on the fan stands
/// Source   steps: docs/facts.md (seen); heater temperatures: docs/heat.md (assumed)
#ifndef ECU_MODEL_CORE_THERMAL_H
#define ECU_MODEL_CORE_THERMAL_H

#include "bms.h"

enum {
  THERMAL_FAN_STEP_MAX = 9,
  THERMAL_FAN_BACK_ddegC = 20,
  THERMAL_HEAT_BELOW_ddegC = 50, ///< of the coldest module
  THERMAL_HEAT_UNTIL_ddegC = 80,
  THERMAL_MAT_PAUSE_ddegC = 500, ///< a mat so hot waits until it has cooled to
  THERMAL_MAT_AGAIN_ddegC = 400,
  THERMAL_MAT_MAX_ddegC = 650, ///< no command makes it so hot
  THERMAL_WARM_AFTER_ms = 120000, ///< after so long on, a mat is warmer by
  THERMAL_WARM_ddegC = 50,
  THERMAL_COLD_AFTER_ms = 180000, ///< after so long off, a mat is not above the modules by
  THERMAL_COLD_ddegC = 120,
  THERMAL_HEAT_SOC_permille = 100 ///< an emptier pack does not heat itself
};

/// Every 10 ms: command fan and heater.
void thermal_step(bms_t *bms);

/// Every 10 ms: HEATER, FAN.
void thermal_report(bms_t *bms, const bms_in_t *in);

/// Speed that belongs to a step, in Hz and as duty.
uint32_t thermal_fan_Hz(uint32_t step);
uint16_t thermal_fan_permille(uint32_t step);

#endif
