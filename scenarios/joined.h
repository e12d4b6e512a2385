/// A run that others take part in: paced by the clock on the wall, its bus joined to one outside.
///
/// Model    frames of BMS and vehicle leave for the outer bus, frames from there enter by the
///          tester's node and arbitrate like all others. A run that falls behind by more than
///          JOINED_LATE_MAX_us goes on from there instead of racing after the clock. What comes
///          from outside is not in the scenario: such a run need not come out alike twice
/// Threads  one
#ifndef SCENARIOS_JOINED_H
#define SCENARIOS_JOINED_H

#include <stdint.h>

#include "../sim/hil.h"

enum { JOINED_LATE_MAX_us = 200000 };

typedef struct joined joined_t;

/// bus_url NULL: no outer bus, only the pace. NULL iff it cannot be opened; error says why.
joined_t *joined_open(const char *bus_url, char *error, uint32_t error_bytes);

/// Before a tick: what has come from outside enters the bus.
void joined_take(joined_t *joined, hil_t *hil);

/// A frame that has passed on the bus.
void joined_give(joined_t *joined, const can_mem_rx_t *rx);

/// After a tick: wait until the wall clock has come so far.
void joined_wait(joined_t *joined, uint64_t now_us);

/// NULL does nothing.
void joined_close(joined_t *joined);

#endif
