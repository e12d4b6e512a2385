/// Faults of single messages before they are queued, and the node that babbles.
#ifndef SIM_CAN_CAN_MEM_FAULT_H
#define SIM_CAN_CAN_MEM_FAULT_H

#include "can_mem.h"

/// Queue a frame as it is; the frame and the node are right.
can_mem_status_t can_mem_queue(can_mem_t *bus, uint32_t node, uint64_t now_ns,
                               const can_frame_t *frame);

/// Queue what the message's fault leaves of a frame.
can_mem_status_t can_mem_fault_send(can_mem_t *bus, uint32_t node, uint64_t now_ns,
                                    const can_frame_t *frame);

/// Delayed frames that are due before until_ns go into their queues.
void can_mem_fault_release(can_mem_t *bus, uint64_t until_ns);

/// Frames of the babbling node that are due before until_ns.
void can_mem_fault_babble(can_mem_t *bus, uint64_t until_ns);

/// 1 iff this transmission of the frame meets a bit error on the wire; counts.
int can_mem_fault_hits(can_mem_t *bus, const can_frame_t *frame);

#endif
