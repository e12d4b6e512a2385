/// The car around the pack: turns a speed trace into power at the DC link, within published limits.
///
/// Model    road load (mass with rotating part, drag, rolling) at mid-interval; drive efficiency,
///          regeneration with its own efficiency and cap, auxiliaries. Power above a limit is not
///          delivered: the trace's speed is then missed and counted. (The link bounds the current
///          within the tick, too: the instant in which power jumps over it is not counted.)
/// Sign     power_W > 0 takes from the link
/// Memory   plain value; the cycle points to const data
/// Source   vehicle figures of the project's facts (Soul EV); EPA and UNECE regulation traces
#ifndef SIM_VEHICLE_H
#define SIM_VEHICLE_H

#include <stdint.h>

typedef struct {
  const char *name; ///< "udds"
  const char *source;
  const float *speed_mps; ///< one sample a second
  uint32_t sample_count;
} cycle_t;

/// NULL iff there is no such cycle. cycle_at(0..) walks them, NULL behind the last.
const cycle_t *cycle_find(const char *name);
const cycle_t *cycle_at(uint32_t index);

/// How long it takes to drive a cycle once, 0 iff it has less than two samples.
uint64_t vehicle_trace_us(const cycle_t *cycle);

typedef struct {
  double mass_kg, rotating_factor, drag_Cd, area_m2, air_density_kgpm3, rolling_Crr;
  double drive_efficiency, regen_efficiency, regen_cap_W, aux_W;
} vehicle_params_t;

/// The ledger closes: pack energy = wheel work + auxiliaries + drive losses (+ HV losses of hv_t).
typedef struct {
  double distance_m, wheel_J, aux_J, loss_J, link_J, missed_J;
} vehicle_ledger_t;

typedef struct {
  const vehicle_params_t *params;
  const cycle_t *cycle; ///< NULL: parked, auxiliaries only
  uint64_t start_us; ///< the trace begins here
  uint32_t repeat_count;
  double speed_mps;
  vehicle_ledger_t ledger;
} vehicle_t;

const vehicle_params_t *vehicle_params_soul_ev(void);
void vehicle_init(vehicle_t *vehicle, const vehicle_params_t *params);

/// Power at the link in W for the tick [now_us, now_us + dt_us), clipped to
/// -charge_limit_W..discharge_limit_W, and books it. is_ready: the contactors are closed and the
/// drive state is reported; otherwise 0.
double vehicle_power_W(vehicle_t *vehicle, uint64_t now_us, uint32_t dt_us,
                       double discharge_limit_W, double charge_limit_W, int is_ready);

/// 1 once the trace with its repeats has ended.
int vehicle_is_done(const vehicle_t *vehicle, uint64_t now_us);

#endif
