/// Sensors between the world and the ECU's pins: current (two ranges), voltages, thermistors.
///
/// Model    current sensor: I_m = (1 + gain)(I + offset) + noise, ratiometric 2.5 V at 0 A; NTC
///          table of the facts, interpolated in ln R; voltage dividers with gain and noise
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
  uint8_t is_stuck, is_open, is_shorted;
} sensor_error_t;

#include "sensors_state.h" /* sensors_t: one sensor_error_t for each channel */

void sensors_init(sensors_t *sensors, uint64_t seed);

/// The truth that the sensors see in this tick.
typedef struct {
  double current_A, pack_V, link_V, supply_V;
  double module_degC[PINS_MODULE_COUNT], inlet_degC, heater_degC[2];
} sensors_truth_t;

/// Writes the sensor fields of pins (current, pack, link, supply, NTC ohms).
void sensors_sample(sensors_t *sensors, const sensors_truth_t *truth, pins_in_t *pins);

/// Resistance of the thermistor at a temperature (-40..90 tabulated, extrapolated in ln R beyond).
double sensors_ntc_ohm(double temperature_degC);

#endif
