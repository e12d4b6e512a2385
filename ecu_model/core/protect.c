/// Fast protection: counters of a millisecond that open the contactors themselves.
#include "protect.h"

#include "contactor.h"
#include "diag.h"

static const int64_t mA2ms_per_A2s = 1000000000;

/// More time of a condition; a full count stays until the 10 ms task has seen it. The first step
/// that finds it counts 1 ms, however late it is: nobody knows how it was before.
static uint16_t count(uint16_t present_ms, int is_bad, uint16_t full_ms, uint16_t step_ms) {
  if (present_ms >= full_ms) return present_ms;
  if (!is_bad) return 0;
  return (uint16_t)(present_ms + (present_ms > 0 ? step_ms : 1));
}

static int64_t overload_limit(const bms_t *bms) {
  return (int64_t)bms->config.I2t_limit_A2s * mA2ms_per_A2s;
}

static void sum_overload(bms_t *bms) {
  int64_t current_mA = bms->meas.current_mA;
  int64_t rated_mA = current_mA >= 0 ? bms->config.discharge_max_mA : bms->config.charge_max_mA;
  bms->I2t_mA2ms += (current_mA * current_mA - rated_mA * rated_mA) * bms->step_ms;
  if (bms->I2t_mA2ms < 0) bms->I2t_mA2ms = 0;
}

/// Coils that have lost their supply must not close again by themselves when it returns.
static int coil_supply_is_gone(const bms_t *bms) {
  int32_t supply_mV = bms->meas.supply_mV;
  return (bms->digital & BMS_DI_KL30C) == 0 ||
         (supply_mV >= PROTECT_SUPPLY_FALSE_mV && supply_mV < PROTECT_SUPPLY_MIN_mV);
}

void protect_step(bms_t *bms) {
  const limits_row_t *discharge = &limits_row[LIMITS_CURRENT_DISCHARGE];
  const limits_row_t *charge = &limits_row[LIMITS_CURRENT_CHARGE];
  int32_t current_mA = bms->meas.current_mA;
  uint16_t *over = bms->over_current_ms;
  uint16_t ms = bms->step_ms;
  over[0] = count(over[0], current_mA >= discharge->msl, discharge->up_ms, ms);
  over[1] = count(over[1], -current_mA >= charge->msl, charge->up_ms, ms);
  sum_overload(bms);
  bms->crash_ms = count(bms->crash_ms, (bms->digital & BMS_DI_CRASH) != 0, PROTECT_LINE_ms, ms);
  bms->kl30c_ms = count(bms->kl30c_ms, coil_supply_is_gone(bms), PROTECT_LINE_ms, ms);
  if (bms->crash_ms >= PROTECT_LINE_ms || bms->kl30c_ms >= PROTECT_LINE_ms) {
    contactor_open(bms, CONTACTOR_AT_ONCE);
  } else if (over[0] >= discharge->up_ms || over[1] >= charge->up_ms) {
    contactor_open(bms, CONTACTOR_NOW);
  }
}

void protect_report(bms_t *bms) {
  diag_report(bms, DTC_CRASH, bms->crash_ms >= PROTECT_LINE_ms, BMS_NO_LOCATION);
  diag_report(bms, DTC_EMERGENCY_OFF, bms->kl30c_ms >= PROTECT_LINE_ms, BMS_NO_LOCATION);
  diag_report(bms, DTC_OVER_CURRENT_OVERLOAD, bms->I2t_mA2ms >= overload_limit(bms),
              BMS_NO_LOCATION);
}

void protect_forget(bms_t *bms) {
  int32_t current_mA = bms->meas.current_mA;
  if (current_mA < limits_row[LIMITS_CURRENT_DISCHARGE].msl &&
      bms->over_current_ms[0] >= limits_row[LIMITS_CURRENT_DISCHARGE].up_ms) {
    bms->over_current_ms[0] = 0;
  }
  if (-current_mA < limits_row[LIMITS_CURRENT_CHARGE].msl &&
      bms->over_current_ms[1] >= limits_row[LIMITS_CURRENT_CHARGE].up_ms) {
    bms->over_current_ms[1] = 0;
  }
  if (!(bms->digital & BMS_DI_CRASH) && bms->crash_ms >= PROTECT_LINE_ms) bms->crash_ms = 0;
  if ((bms->digital & BMS_DI_KL30C) && bms->kl30c_ms >= PROTECT_LINE_ms) bms->kl30c_ms = 0;
}
