/// The controller behind a CAN interface of the kernel: bit rate, up, state; through libsocketcan.
///
/// Model    touched only when asked; where the interface has no controller (vcan) or the program
///          was built without libsocketcan, the answers are "n/a"
/// Source   libsocketcan 0.0.12
#ifndef SIM_CAN_CAN_SOCKETCAN_LINK_H
#define SIM_CAN_CAN_SOCKETCAN_LINK_H

#include <stddef.h>

#include "bus.h"

/// Set the bit rate (0: leave it) and bring the interface up. BUS_ERR_MACHINE iff it cannot; the
/// text says why and what helps. Where the rate is refused, an interface that was up is up again
/// with the rate it had.
bus_status_t can_socketcan_link_up(const char *name, uint32_t bitrate_bps, int was_up,
                                   bus_error_t *error);

/// 1 iff built with libsocketcan.
int can_socketcan_link_is_there(void);

/// State of the controller; BUS_STATE_ACTIVE where there is none.
bus_state_t can_socketcan_link_state(const char *name);

/// Time from bus off to the kernel's restart of the controller; 0: it never does, -1: n/a.
int32_t can_socketcan_link_restart_ms(const char *name);

/// "500000 bit/s, error active, 0 transmit and 0 receive errors", or "controller n/a".
void can_socketcan_link_text(const char *name, char *text, size_t text_bytes);

#endif
