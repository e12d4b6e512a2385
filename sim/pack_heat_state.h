/// State of the pack's air, fan and heater mats, and of its runaway cells. Included by pack.h only.
///
/// Memory   flat; params are copies
#ifndef SIM_PACK_HEAT_STATE_H
#define SIM_PACK_HEAT_STATE_H

enum { PACK_FAN_STEP_COUNT = 10, PACK_MAT_COUNT = 2 };

/// What is the pack's, not the cell's. pack_air_params_soul_ev() has values and marks.
typedef struct {
  double fan_Hz[PACK_FAN_STEP_COUNT]; ///< of each step, 0: stands
  double fan_duty_Hz; ///< speed at duty 1
  double fan_start_duty; ///< below it the fan stands
  double fan_lag_s; ///< first-order lag of the speed
  double air_JpKm3; ///< heat capacity of air
  double flow_m3psHz; ///< air through all modules for each Hz of the fan
  double film_WpK; ///< hA between air and case for each group, at film_Hz
  double film_Hz;
  double film_exponent; ///< hA goes with the flow to this power
  double mat_ohm; ///< of each heater mat, on the DC link
  double mat_JpK; ///< heat capacity of a mat
  double mat_case_WpK; ///< of a mat to the case of each module above it
} pack_air_params_t;

typedef struct {
  pack_air_params_t params;
  /* the caller may change these between steps */
  double inlet_degC;
  double fan_duty; ///< 0..1, as the ECU's pin has it
  double blocked_share; ///< of the flow that a clogged filter keeps back, 0..1
  double mat_W[PACK_MAT_COUNT]; ///< electrical power
  uint8_t rotor_is_stuck, tacho_is_lost;
  uint8_t padding[6];
  /* states */
  double fan_Hz;
  double mat_degC[PACK_MAT_COUNT];
  /* what follows from the speed */
  double flow_Hz; ///< fan speed, less what the filter keeps back, that the next two belong to
  double flow_WpK; ///< heat capacity flow of all air
  double group_WpK; ///< conductance between inlet air and case for each group
  double outlet_degC;
  /* sums since the start */
  double air_J[PINS_MODULE_COUNT]; ///< heat that left each module with the air
  double mat_J; ///< heat made in the mats
} pack_air_t;

/// Of one chemistry. pack_runaway_params_nmc() has values and marks.
typedef struct {
  double rate_ps; ///< frequency factor
  double activation_K; ///< activation energy over the gas constant
  double rate_max_ps; ///< what transport lets through, however hot it is
  double heat_share; ///< reaction heat of a cell, of its enthalpy between SOC 0 and 1
  double watch_degC; ///< below this nothing is looked at
  double collapse_degC; ///< the separator gives way
  double collapse_ohm_Ah; ///< of the short that follows, times the cell's capacity
  double vent_Kps; ///< self-heating at which the cell vents
  double gas_LpAh;
  double gas_share; ///< of the core's heat capacity that leaves as gas
  double dry_reactant; ///< with less left a cell has no more electrolyte
  double dry_scale; ///< of its resistances then
  double burnt_tab_ohm; ///< what remains of its tab
} pack_runaway_params_t;

typedef struct {
  pack_runaway_params_t params;
  double reactant[2][PINS_GROUP_COUNT]; ///< share left, 1..0
  uint8_t is_collapsed[2][PINS_GROUP_COUNT]; ///< the separator is gone
  uint8_t is_ignited[2][PINS_GROUP_COUNT]; ///< it burns without being hot: set from outside
  uint8_t is_vented[PINS_GROUP_COUNT][2]; ///< by cell, so that its signals are neighbours
  uint32_t collapsed_count, ignited_count, vented_count;
  uint32_t padding;
  double reaction_JpAs; ///< heat of a whole reactant for each As of capacity
  double gas_L; ///< vented, at 25 degC and 1 bar
  double gas_J; ///< heat that left with it
} pack_runaway_t;

#endif
