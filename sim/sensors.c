/// Sensors: truth in, voltages and resistances at the ECU's pins out, with errors and faults.
#include "sensors.h"

#include <stddef.h>
#include <string.h>

#include "det_math.h"
#include "rare.h"

enum { TABLE_COUNT = 8 };

_Static_assert(offsetof(sensor_error_t, has_more) == offsetof(sensor_error_t, is_stuck) + 3,
               "the flags are read at once");

static const double open_ohm = 1e9;
static const double current_zero_V = 2.5, current_span_V = 2.0, current_max_V = 5.0;
static const double low_range_A = 75.0, high_range_A = 750.0;
static const double pack_range_V = 500.0, supply_range_V = 20.0;
static const double iso_ratio = 100.0, iso_max_V = 5.0; /* 20 kohm of 2 Mohm */
static const double reference_degC = 25.0, us_per_h = 3.6e9;
static const double refresh_K =
    1e-3; /* a thermistor's resistance is renewed when it moved by so much */

/// Thermistor of a sister car (Ioniq hybrid): means of the published ranges.
static const struct {
  double degC, ohm;
} table[TABLE_COUNT] = {
    {-40.0, 204850.0}, {-20.0, 71045.0}, {0.0, 27705.0}, {20.0, 12105.0},
    {40.0, 5811.0},    {60.0, 3011.5},   {80.0, 1668.5}, {90.0, 1267.0},
};

/// Resistance, and by how much its logarithm changes with a kelvin.
APART static double ntc_with_slope(double temperature_degC, double *slope_per_K) {
  uint32_t i = 0;
  while (i < TABLE_COUNT - 2 && temperature_degC > table[i + 1].degC) i++;
  const double span_K = table[i + 1].degC - table[i].degC;
  *slope_per_K = det_log(table[i + 1].ohm / table[i].ohm) / span_K;
  return table[i].ohm * det_exp((temperature_degC - table[i].degC) * *slope_per_K);
}

double sensors_ntc_ohm(double temperature_degC) {
  double slope_per_K;
  return ntc_with_slope(temperature_degC, &slope_per_K);
}

void sensors_init(sensors_t *sensors, uint64_t seed) {
  memset(sensors, 0, sizeof *sensors);
  sensors->rng = rng_stream(seed, "sensors");
  sensors->iso_rng = rng_stream(seed, "sensors.iso");
  sensors->ntc_rng = rng_stream(seed, "sensors.ntc");
  sensors->current_low.noise_sd = 0.05;
  sensors->current_high.noise_sd = 0.05;
  sensors->pack.noise_sd = 0.05;
  sensors->link.noise_sd = 0.05;
  sensors->supply.noise_sd = 0.005;
  sensors->iso_pos.noise_sd = 0.05;
  sensors->iso_neg.noise_sd = 0.05;
  for (uint32_t i = 0; i < SENSORS_NTC_COUNT; i++) {
    sensors->ntc_degC[i] = 25.0;
    sensors->ntc_ohm[i] = ntc_with_slope(25.0, &sensors->ntc_slope_per_K[i]);
  }
}

/// Mean 0, standard deviation 1, bounded to +-3.47: four uniforms of one draw.
static inline double draw(rng_t *rng) {
  const uint64_t bits = rng_u64(rng);
  const uint32_t sum = (uint32_t)(bits & 0xFFFF) + (uint32_t)(bits >> 16 & 0xFFFF) +
                       (uint32_t)(bits >> 32 & 0xFFFF) + (uint32_t)(bits >> 48);
  return ((double)sum - 131070.0) * (1.0 / 37837.2271);
}

/// What all channels share in this tick.
typedef struct {
  double hours; ///< length of the tick
  double warm_K; ///< air above the reference
} tick_t;

/// The state follows the truth at a distance of half the play.
static double follow(sensor_error_t *error, double truth) {
  if (truth > error->play + error->hysteresis) error->play = truth - error->hysteresis;
  if (truth < error->play - error->hysteresis) error->play = truth + error->hysteresis;
  return error->play;
}

static double rounded(double value, double resolution) {
  if (!(resolution > 0.0)) return value;
  const double steps = value / resolution;
  if (!(steps > -1e15 && steps < 1e15)) return value;
  return resolution * (double)(int64_t)(steps < 0.0 ? steps - 0.5 : steps + 0.5);
}

RARE static double shown_with_more(sensor_error_t *error, const tick_t *tick, double truth,
                                   double noise) {
  error->drifted += error->drift_per_h * tick->hours;
  const double offset = error->offset + error->drifted + error->tempco_per_K * tick->warm_K;
  const double value = (1.0 + error->gain_error) * (follow(error, truth) + offset) + noise;
  return error->is_stuck ? error->stuck_value : rounded(value, error->resolution);
}

/// 1 iff the channel is neither stuck, open nor shorted and has no more than offset and gain.
static inline int is_plain(const sensor_error_t *error) {
  uint32_t flags;
  memcpy(&flags, &error->is_stuck, sizeof flags);
  return flags == 0;
}

static inline double plain(sensor_error_t *error, double truth) {
  error->play = truth;
  return (1.0 + error->gain_error) * (truth + error->offset);
}

static inline double shown(sensor_error_t *error, const tick_t *tick, double truth, double noise) {
  if (is_plain(error)) return plain(error, truth) + noise;
  if (error->has_more) return shown_with_more(error, tick, truth, noise);
  const double value = plain(error, truth) + noise;
  return error->is_stuck ? error->stuck_value : value;
}

/// Draws once whatever the faults are, so that a fault never shifts the other channels' noise.
APART static double reading(sensor_error_t *error, const tick_t *tick, double truth, rng_t *rng) {
  return shown(error, tick, truth, error->noise_sd * draw(rng));
}

static double clip(double value, double max) {
  return value < 0.0 ? 0.0 : value > max ? max : value;
}

static double current_V(sensor_error_t *error, const tick_t *tick, double current_A, double range_A,
                        rng_t *rng) {
  const double shown_A = reading(error, tick, current_A, rng);
  const double volt = current_zero_V + current_span_V * shown_A / range_A;
  if (error->is_open) return 0.0;
  return error->is_shorted ? current_max_V : clip(volt, current_max_V);
}

static double divider_V(sensor_error_t *error, const tick_t *tick, double volt, double range_V,
                        rng_t *rng) {
  const double value_V = reading(error, tick, volt, rng);
  if (error->is_open) return 0.0;
  return error->is_shorted ? range_V : value_V;
}

/// Inside the ECU's range; the neg channel has an inverting stage.
static double isolation_V(sensor_error_t *error, const tick_t *tick, double volt, rng_t *rng) {
  return clip(divider_V(error, tick, volt, iso_ratio * iso_max_V, rng) / iso_ratio, iso_max_V);
}

static inline double ntc_ohm(sensors_t *sensors, const tick_t *tick, uint32_t index,
                             sensor_error_t *error, double truth_degC) {
  const double degC = shown(error, tick, truth_degC, 0.0);
  if (!is_plain(error) && (error->is_open || error->is_shorted))
    return error->is_open ? open_ohm : 0.0;
  const double move_K = degC - sensors->ntc_degC[index];
  if (move_K > refresh_K || move_K < -refresh_K) {
    sensors->ntc_degC[index] = degC;
    sensors->ntc_ohm[index] = ntc_with_slope(degC, &sensors->ntc_slope_per_K[index]);
  }
  if (!(error->noise_sd > 0.0)) return sensors->ntc_ohm[index];
  /* e^x to the second order: noise of 1 K is right within 1 mK */
  const double x = sensors->ntc_slope_per_K[index] * error->noise_sd * sensors->ntc_noise[index];
  return sensors->ntc_ohm[index] * (1.0 + x * (1.0 + 0.5 * x));
}

/// A thermistor's noise is slow: one of them gets a new draw in each tick.
static void renew_noise(sensors_t *sensors) {
  sensors->ntc_noise[sensors->ntc_next] = draw(&sensors->ntc_rng);
  sensors->ntc_next = sensors->ntc_next + 1 < SENSORS_NTC_COUNT ? sensors->ntc_next + 1 : 0;
}

void sensors_sample(sensors_t *sensors, const sensors_truth_t *truth, pins_in_t *pins) {
  rng_t *rng = &sensors->rng;
  const tick_t now = {.hours = (double)truth->dt_us * (1.0 / us_per_h),
                      .warm_K = truth->ambient_degC - reference_degC};
  const tick_t *tick = &now;
  renew_noise(sensors);
  pins->current_low_V = current_V(&sensors->current_low, tick, truth->current_A, low_range_A, rng);
  pins->current_high_V =
      current_V(&sensors->current_high, tick, truth->current_A, high_range_A, rng);
  pins->pack_V = divider_V(&sensors->pack, tick, truth->pack_V, pack_range_V, rng);
  pins->link_V = divider_V(&sensors->link, tick, truth->link_V, pack_range_V, rng);
  pins->supply_V = divider_V(&sensors->supply, tick, truth->supply_V, supply_range_V, rng);
  pins->iso_pos_V = isolation_V(&sensors->iso_pos, tick, truth->iso_pos_V, &sensors->iso_rng);
  pins->iso_neg_V = isolation_V(&sensors->iso_neg, tick, truth->iso_neg_V, &sensors->iso_rng);
  uint32_t index = 0;
  for (uint32_t i = 0; i < PINS_MODULE_COUNT; i++, index++)
    pins->module_ntc_ohm[i] =
        ntc_ohm(sensors, tick, index, &sensors->module_ntc[i], truth->module_degC[i]);
  pins->inlet_ntc_ohm = ntc_ohm(sensors, tick, index++, &sensors->inlet, truth->inlet_degC);
  for (uint32_t i = 0; i < 2; i++, index++)
    pins->heater_ntc_ohm[i] =
        ntc_ohm(sensors, tick, index, &sensors->heater[i], truth->heater_degC[i]);
}
