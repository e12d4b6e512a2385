/// Sensors between the world and the ECU's pins: current (two ranges), voltages, thermistors.
///
/// Model    each channel shows x_m = (1 + gain)(h(x) + offset + drift t + tempco (T - 25)) + noise,
///          rounded to its resolution; h is the play of hysteresis. Current: ratiometric 2.5 V at
///          0 A; thermistors: table of the facts, interpolated in ln R; voltages: dividers, those
///          of the isolation 100 to 1 into 0..5 V
/// Sign     current_A > 0 discharges
/// Memory   plain value
/// Source   docs/facts.md (current sensor and thermistor of sister cars, marked)
#ifndef SIM_SENSORS_H
#define SIM_SENSORS_H

#include <stdint.h>

#include "../ecu_model/pins.h"
#include "rng.h"

/// Errors of one channel; all zero: ideal. Faults and scenario noise are set here.
typedef struct {
  double offset, gain_error, noise_sd;
  double stuck_value;
  double drift_per_h; ///< the offset grows by so much
  double drifted; ///< what has grown so far; set it to 0 to begin anew
  double tempco_per_K; ///< offset for each kelvin of the air above 25 degC
  double hysteresis; ///< half width of the play: rising it lags below, falling above
  double resolution; ///< step of what is shown; 0: none
  double play; ///< state of the hysteresis
  uint8_t is_stuck, is_open, is_shorted;
  uint8_t has_more; ///< set it with drift, tempco, hysteresis or resolution; without it they rest
  uint8_t padding[4]; ///< always 0: the struct is hashed
} sensor_error_t;

#include "sensors_state.h" /* sensors_t: one sensor_error_t for each channel */

void sensors_init(sensors_t *sensors, uint64_t seed);

/// The truth that the sensors see in this tick.
typedef struct {
  double current_A, pack_V, link_V, supply_V;
  double iso_pos_V, iso_neg_V; ///< across the isolation dividers; 0 while switched off
  double module_degC[PINS_MODULE_COUNT], inlet_degC, heater_degC[2];
  double ambient_degC; ///< around the sensors
  uint32_t dt_us; ///< length of the tick
} sensors_truth_t;

/// Writes the sensor fields of pins (current, pack, link, supply, isolation, NTC ohms).
void sensors_sample(sensors_t *sensors, const sensors_truth_t *truth, pins_in_t *pins);

/// Resistance of the thermistor at a temperature (-40..90 tabulated, extrapolated in ln R beyond).
double sensors_ntc_ohm(double temperature_degC);

#endif
