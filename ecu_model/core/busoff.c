/// Counts how long the CAN controller is off and when to try again.
#include "busoff.h"

enum { STATE_OFF = 2 };

void busoff_step(bms_t *bms, const bms_in_t *in, bms_out_t *out) {
  bms_busoff_t *busoff = &bms->busoff;
  busoff->is_off = in->can_bus_state >= STATE_OFF;
  if (!busoff->is_off) {
    busoff->off_ms = 0;
    if (busoff->on_ms < BUSOFF_STABLE_ms) busoff->on_ms += bms->step_ms;
    if (busoff->on_ms >= BUSOFF_STABLE_ms) busoff->try_count = 0;
    return;
  }
  busoff->on_ms = 0;
  busoff->off_ms += bms->step_ms;
  uint32_t wait_ms = busoff->try_count < BUSOFF_FAST_COUNT ? BUSOFF_FAST_ms : BUSOFF_SLOW_ms;
  if (busoff->off_ms < wait_ms) return;
  busoff->off_ms = 0;
  if (busoff->try_count < BUSOFF_FAST_COUNT) busoff->try_count++;
  out->can_restart_is_asked = 1;
}
