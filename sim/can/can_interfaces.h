/// The kernel's CAN interfaces one by one: what each offers, and what helps where it does not.
#ifndef SIM_CAN_CAN_INTERFACES_H
#define SIM_CAN_CAN_INTERFACES_H

#include <stdint.h>

enum { CAN_INTERFACES_MAX = 8 };

typedef struct {
  char name[16];
  char detail[300]; ///< bit rate, state, errors, queue, and what to do where something is amiss
  uint8_t is_up;
} can_interface_t;

/// Interfaces of this machine that are CAN, up or not, at most CAN_INTERFACES_MAX; 0 where the
/// kernel has none.
uint32_t can_interfaces_list(can_interface_t list[CAN_INTERFACES_MAX]);

/// What to say of one: controller is what its back end tells, restart_ms -1 where it tells nothing.
void can_interfaces_text(can_interface_t *one, const char *controller, int32_t restart_ms,
                         uint32_t queue_frames, uint32_t mtu_bytes);

#endif
