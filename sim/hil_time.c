/// The ECU's own time: its clock in us, the ms of its last step, when it hangs.
#include "hil_time.h"

enum { MS_us = 1000, MILLION = 1000000 };

void hil_time_hang(hil_t *hil, uint32_t hang_ms) {
  hil->time.hang_ms = hang_ms;
  hil->time.hang_us = hil->now_us;
}

void hil_time_drift(hil_t *hil, int32_t drift_ppm) {
  if (drift_ppm != 0) hil->time.has_drifted = 1;
  hil->time.drift_ppm = drift_ppm;
}

static int is_hung(const hil_t *hil) {
  uint64_t since_ms = (hil->now_us - hil->time.hang_us) / MS_us;
  return since_ms % HIL_TIME_HANG_PERIOD_ms < hil->time.hang_ms;
}

/// The clock stands at the begin of this tick; what it goes on by is added for the next.
static uint64_t advance(hil_t *hil) {
  hil_time_t *time = &hil->time;
  uint64_t clock_us = time->clock_us;
  time->drift_rest += (int64_t)time->drift_ppm * hil->dt_us;
  int64_t whole_us = time->drift_rest / MILLION;
  time->drift_rest -= whole_us * MILLION;
  time->clock_us = clock_us + (uint64_t)((int64_t)hil->dt_us + whole_us);
  return clock_us / MS_us;
}

uint32_t hil_time_odd_steps(hil_t *hil) {
  hil_time_t *time = &hil->time;
  uint64_t clock_ms = advance(hil);
  uint64_t due = time->has_drifted ? clock_ms + 1 - time->next_ms : 1;
  if (is_hung(hil)) {
    time->next_ms = clock_ms + 1; /* what it misses is not made up for */
    return 0;
  }
  if (!time->has_drifted) time->next_ms = clock_ms;
  return (uint32_t)due;
}
