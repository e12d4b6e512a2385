/// Road load of the car from its speed trace, and the ledger that shows where the energy went.
#include "vehicle.h"

#include <stddef.h>
#include <string.h>

static const double gravity_mps2 = 9.80665;

static const vehicle_params_t soul_ev = {.mass_kg = 1626.0,
                                         .rotating_factor = 1.04,
                                         .drag_Cd = 0.35,
                                         .area_m2 = 2.42,
                                         .air_density_kgpm3 = 1.2,
                                         .rolling_Crr = 0.0095,
                                         .drive_efficiency = 0.90,
                                         .regen_efficiency = 0.80,
                                         .regen_cap_W = 40e3,
                                         .aux_W = 300.0};

const vehicle_params_t *vehicle_params_soul_ev(void) { return &soul_ev; }

void vehicle_init(vehicle_t *vehicle, const vehicle_params_t *params) {
  memset(vehicle, 0, sizeof *vehicle);
  vehicle->params = params;
  vehicle->repeat_count = 1;
}

typedef struct {
  double speed_mps, acceleration_mps2;
} motion_t;

uint64_t vehicle_trace_us(const cycle_t *cycle) {
  return cycle->sample_count > 1 ? (uint64_t)(cycle->sample_count - 1) * 1000000u : 0;
}

/// Straight lines between the samples; at rest before the trace and behind its last repeat.
static motion_t motion_at(const vehicle_t *vehicle, uint64_t time_us) {
  motion_t motion = {0.0, 0.0};
  if (!vehicle->cycle || time_us < vehicle->start_us || vehicle_is_done(vehicle, time_us))
    return motion;
  uint64_t inside_us = (time_us - vehicle->start_us) % vehicle_trace_us(vehicle->cycle);
  const float *sample = vehicle->cycle->speed_mps + inside_us / 1000000u;
  double share = 1e-6 * (double)(inside_us % 1000000u);
  double first_mps = (double)sample[0];
  motion.acceleration_mps2 = (double)sample[1] - first_mps;
  motion.speed_mps = first_mps + share * motion.acceleration_mps2;
  return motion;
}

static double wheel_power_W(const vehicle_params_t *params, motion_t motion) {
  double v = motion.speed_mps;
  double inertia_N = params->mass_kg * params->rotating_factor * motion.acceleration_mps2;
  double rolling_N = v > 0.0 ? params->mass_kg * gravity_mps2 * params->rolling_Crr : 0.0;
  double drag_N = 0.5 * params->air_density_kgpm3 * params->drag_Cd * params->area_m2 * v * v;
  return (inertia_N + rolling_N + drag_N) * v;
}

static double clip(double value, double min, double max) {
  return value < min ? min : value > max ? max : value;
}

double vehicle_power_W(vehicle_t *vehicle, uint64_t now_us, uint32_t dt_us,
                       double discharge_limit_W, double charge_limit_W, int is_ready) {
  if (!is_ready) {
    vehicle->speed_mps = 0.0;
    return 0.0;
  }
  const vehicle_params_t *params = vehicle->params;
  vehicle_ledger_t *ledger = &vehicle->ledger;
  double dt_s = 1e-6 * (double)dt_us;
  motion_t motion = motion_at(vehicle, now_us + dt_us / 2u);
  double wanted_W = wheel_power_W(params, motion);
  double drive_W = wanted_W / params->drive_efficiency;
  if (wanted_W < 0.0) {
    drive_W = wanted_W * params->regen_efficiency;
    if (drive_W < -params->regen_cap_W) drive_W = -params->regen_cap_W;
  }
  double most_W = discharge_limit_W > 0.0 ? discharge_limit_W : 0.0;
  double least_W = charge_limit_W > 0.0 ? -charge_limit_W : 0.0;
  double aux_W = clip(params->aux_W, 0.0, most_W);
  drive_W = clip(drive_W, least_W - aux_W, most_W - aux_W);

  double wheel_W = wanted_W;
  if (wanted_W > 0.0) wheel_W = drive_W * params->drive_efficiency;
  vehicle->speed_mps = motion.speed_mps;
  ledger->distance_m += motion.speed_mps * dt_s;
  ledger->wheel_J += wheel_W * dt_s;
  ledger->missed_J += (wanted_W - wheel_W) * dt_s;
  ledger->aux_J += aux_W * dt_s;
  ledger->loss_J += (drive_W - wheel_W) * dt_s;
  ledger->link_J += (drive_W + aux_W) * dt_s;
  return drive_W + aux_W;
}

int vehicle_is_done(const vehicle_t *vehicle, uint64_t now_us) {
  if (!vehicle->cycle) return 1;
  uint64_t end_us = vehicle->start_us + vehicle_trace_us(vehicle->cycle) * vehicle->repeat_count;
  return now_us >= end_us;
}
