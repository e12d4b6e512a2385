/// The sensors' insides: errors and faults, noise streams. Included by sensors.h only.
///
/// Units    sensor_error_t.offset, noise_sd and stuck_value in the channel's unit: A, V, degC
/// Memory   plain value
#ifndef SIM_SENSORS_STATE_H
#define SIM_SENSORS_STATE_H

#include <stdint.h>

#include "../ecu_model/pins.h"
#include "rng.h"

enum { SENSORS_NTC_COUNT = PINS_MODULE_COUNT + 3 }; ///< modules, inlet, two heaters

typedef struct {
  sensor_error_t current_low, current_high; ///< A; open: 0 V, shorted: 5 V
  sensor_error_t pack, link, supply; ///< V; open: 0 V, shorted: full scale
  sensor_error_t iso_pos, iso_neg; ///< V across the divider; open: 0 V, shorted: full scale
  sensor_error_t module_ntc[PINS_MODULE_COUNT], inlet,
      heater[2]; ///< degC; open: 1e9 ohm, shorted: 0
  rng_t rng;
  rng_t iso_rng;
  rng_t ntc_rng; ///< apart, so that a noisy thermistor shifts nothing else
  double ntc_degC[SENSORS_NTC_COUNT]; ///< temperatures that ntc_ohm belongs to
  double ntc_ohm[SENSORS_NTC_COUNT];
  double ntc_slope_per_K[SENSORS_NTC_COUNT]; ///< d ln R / dT there
  double ntc_noise[SENSORS_NTC_COUNT]; ///< of standard deviation 1, renewed one after the other
  uint32_t ntc_next;
  uint32_t padding;
} sensors_t;

#endif
