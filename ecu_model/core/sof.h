/// State of function: the power and current that vehicle and charger may take and give.
///
/// Model    the smallest of: clip, SOC table, temperature taper, and the current at which the
///          weakest group would just reach its target voltage: (target - (V + I R)) / R. A reaction
///          shuts them by a ramp; they open again slowly. Warnings at the recommended level close
///          the side that they name. For a horizon: the constant power whose current, when the
///          horizon ends, just brings the weakest group to its target, by the resistance it has
///          shown until then; where the present current turns round, what it has left behind is
///          taken to be gone
/// Sign     limits are magnitudes; current_mA > 0 discharges
/// Source   charge power by SOC and clip 90 kW: docs/facts.md (seen); tapers assumed. Below 0 degC
///          nothing is charged (plating). Cold does not taper the discharge down to the operating
///          limit of -20 degC: voltage and resistance say what is left there. From 2 K below that
///          to the recommended limit of -25 degC it falls to 0
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

/// Resistance of a group for 10 s at a temperature, uohm: a quarter more than the cell of the
/// parameter file has, an eighth from -10 degC down, where it decides and more margin costs power.
uint32_t sof_group_uohm(int32_t temperature_ddegC);

enum { SOF_2_s, SOF_10_s, SOF_30_s, SOF_HORIZON_COUNT };

/// What the powers of a horizon depend on.
typedef struct {
  int32_t group_min_mV, group_max_mV, pack_mV;
  int32_t current_mA;
  int32_t cold_ddegC, hot_ddegC; ///< coldest and hottest module
  uint32_t soc_permille;
  uint32_t resistance_permille; ///< of a new group's, by ageing
  int32_t is_charging; ///< by a charger: its table, else regeneration's
} sof_state_t;

/// Resistance of a group that has been loaded for the whole horizon.
uint32_t sof_horizon_uohm(const sof_state_t *state, uint32_t horizon);

/// Power for a whole horizon, 0 or more.
int32_t sof_discharge_W(const bms_config_t *config, const sof_state_t *state, uint32_t horizon);
int32_t sof_charge_W(const bms_config_t *config, const sof_state_t *state, uint32_t horizon);

/// Every 10 ms: one of the six powers of the horizons.
void sof_predict(bms_t *bms);

/// As it goes out on the bus: 0 while the contactors are not closed, and shut by the ramp.
int32_t sof_published_W(const bms_t *bms, int is_charge, uint32_t horizon);

/// Every 10 ms: the published limits.
void sof_update(bms_t *bms);

#endif
