/// In-process CAN bus: bit time with stuffing, arbitration by id, one frame on the wire at a time.
///
/// Model    every node has a transmit queue; when the bus is idle the lowest id among the queue
///          heads wins; a frame is delivered to all other nodes when its last bit has passed (exact
///          stuffed length, 3 bit interframe space); FD frames have a data phase of their own rate.
///          Left out: error frames, bus-off and the ACK (some node always acknowledges); bits of
///          two nodes are aligned without their oscillators' tolerance; a rate switch counts from
///          bit edge to bit edge
/// Memory   plain value: copy it to snapshot it
/// Source   ISO 11898-1 frame layout
#ifndef SIM_CAN_CAN_MEM_H
#define SIM_CAN_CAN_MEM_H

#include <stdint.h>

#include "../../ecu_model/pins.h"

enum { CAN_MEM_NODE_MAX = 4, CAN_MEM_QUEUE_MAX = 64 };

typedef enum {
  CAN_MEM_OK = 0,
  CAN_MEM_ERR_FULL = -1,
  CAN_MEM_ERR_FRAME = -2,
  CAN_MEM_EMPTY = -3
} can_mem_status_t;

typedef struct {
  can_frame_t frame;
  uint64_t time_ns; ///< when its last bit passed
  uint8_t node; ///< who sent it
} can_mem_rx_t;

#include "can_mem_state.h" /* can_mem_t */

void can_mem_init(can_mem_t *bus, uint32_t bitrate_bps, uint32_t data_bitrate_bps);

/// Queue a frame at a node. CAN_MEM_ERR_FULL iff its queue is full (counted), CAN_MEM_ERR_FRAME
/// iff the length is not legal or the id too large.
can_mem_status_t can_mem_send(can_mem_t *bus, uint32_t node, uint64_t now_ns,
                              const can_frame_t *frame);

/// Let the bus run up to until_ns.
void can_mem_advance(can_mem_t *bus, uint64_t until_ns);

/// Oldest frame delivered to node. CAN_MEM_EMPTY iff none. Node CAN_MEM_NODE_MAX - 1 is the
/// monitor: it hears all frames and must not send.
can_mem_status_t can_mem_recv(can_mem_t *bus, uint32_t node, can_mem_rx_t *rx);

/// Exact length in bits on the wire, stuff bits included, without interframe space.
uint32_t can_mem_frame_bits(const can_frame_t *frame);

/// Time on the wire in ns, without interframe space; the data phase of an FD frame with
/// CAN_FRAME_BRS runs at the data bit rate (the two bits in which the rate changes count as
/// nominal).
uint64_t can_mem_frame_ns(const can_mem_t *bus, const can_frame_t *frame);

/// Share of the last complete 100 ms in which the bus was not idle, in permille.
static inline uint32_t can_mem_load_permille(const can_mem_t *bus) { return bus->load_permille; }

#endif
