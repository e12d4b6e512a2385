/// Collects what passed on the bus into the view's table of frames: periods, errors, newest values.
///
/// Model    a frame is late when it comes half a cycle after its time; it is wrong when its E2E
///          check fails or it is shorter than its message. The mean period is that of the newest
///          frames (each counts an eighth)
/// Memory   plain values without pointers: copy both to snapshot them
/// Threads  one: the simulation's
#ifndef GUI_BUS_WATCH_H
#define GUI_BUS_WATCH_H

#include "../ecu_model/core/e2e5.h"
#include "view.h"

/// What the table needs to remember beyond itself.
typedef struct {
  e2e_rx_t e2e[CAN_MSG_COUNT];
  e2e5_rx_t e2e5[CAN_MSG_COUNT];
} bus_watch_t;

void bus_watch_init(bus_watch_t *watch, view_bus_t *bus);

/// A frame that passed, as hil_next_frame gives it.
void bus_watch_frame(bus_watch_t *watch, view_bus_t *bus, const can_mem_rx_t *rx);

/// After each tick: the load.
void bus_watch_tick(view_bus_t *bus, const hil_t *hil);

#endif
