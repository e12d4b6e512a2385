/// State of function: the power and current that vehicle and charger may take and give.
///
/// Model    the smallest of: clip, SOC table, temperature taper, and the current at which the
///          weakest group would just reach its target voltage: (target - (V + I R)) / R. A reaction
///          shuts them by a ramp; they open again slowly. Warnings at the recommended level close
///          the side that they name
/// Sign     limits are magnitudes; current_mA > 0 discharges
/// Source   charge power by SOC and clip 90 kW: docs/facts.md (seen); tapers assumed
#ifndef ECU_MODEL_CORE_SOF_H
#define ECU_MODEL_CORE_SOF_H

#include "bms.h"

/// Charge power of the car's table at a SOC, W.
uint32_t sof_charge_table_W(uint32_t soc_permille);

/// Discharge power at a SOC, W.
uint32_t sof_discharge_table_W(uint32_t soc_permille);

/// 0..1000: share of the charge power that a temperature allows; cold is the coldest, hot the
/// hottest.
uint32_t sof_charge_taper_permille(int32_t cold_ddegC, int32_t hot_ddegC);
uint32_t sof_discharge_taper_permille(int32_t cold_ddegC, int32_t hot_ddegC);

/// Resistance of a group for 10 s at a temperature, uohm.
uint32_t sof_group_uohm(int32_t temperature_ddegC);

/// Every 10 ms: the published limits.
void sof_update(bms_t *bms);

#endif
