/// The ECU's own time: a clock that may drift, a task that may not run.
///
/// Model    sound, the core runs once a tick and its clock shows the world's ms. Hung, it does not
///          run for a while once a second: what it drives stays, its watchdog goes on, what came
///          in waits; then it runs again with a clock that has jumped. Drifting, clock and steps go
///          faster or slower together, so that a tick has two steps or none
/// Units    ppm > 0: the ECU is fast
#ifndef SIM_HIL_TIME_H
#define SIM_HIL_TIME_H

#include "hil.h"

enum { HIL_TIME_HANG_PERIOD_ms = 1000 };

/// From now on hang for hang_ms at once and then once a second; 0: no more.
void hil_time_hang(hil_t *hil, uint32_t hang_ms);

/// From now on the clock drifts; 0: it keeps what it has drifted.
void hil_time_drift(hil_t *hil, int32_t drift_ppm);

/// hil_time_steps of an ECU that hangs or whose clock has drifted.
uint32_t hil_time_odd_steps(hil_t *hil);

/// Once a tick: how many steps the core runs in it.
static inline uint32_t hil_time_steps(hil_t *hil) {
  hil_time_t *time = &hil->time;
  if (time->has_drifted || time->hang_ms > 0) return hil_time_odd_steps(hil);
  time->next_ms = time->clock_us / 1000u;
  time->clock_us += hil->dt_us;
  return 1;
}

/// What the clock shows in the next of these steps.
static inline uint32_t hil_time_ms(hil_t *hil) {
  return hil->time_start_ms + (uint32_t)hil->time.next_ms++;
}

#endif
