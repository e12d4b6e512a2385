/// In-process CAN bus: bit time with stuffing, arbitration, error frames, error states, faults.
///
/// Model    every node has a transmit queue, of which the lowest arbitration field goes first, and
///          of equal ones the oldest, as from a controller's mailboxes; when the bus is idle the
///          lowest among the nodes' wins; a frame is delivered to all other nodes when its last bit
///          has passed (exact stuffed length, 3 bit interframe space); FD frames have a data phase
///          of their own rate. Two frames with the same arbitration field run on until their bits
///          differ: a bit error for who sent the recessive one. An error of the sender's ends the
///          frame with an error flag, which the others lengthen, and a delimiter; it is sent again.
///          Nobody there to acknowledge is an error, too. TEC and REC count by the rules of the
///          standard: passive above 127, off above 255; off the queue is emptied, and a restart,
///          once asked for, takes 128 times 11 recessive bits. A passive sender waits 8 bits more.
///          Left out: errors that only some receivers see; bits of two nodes are aligned without
///          their oscillators' tolerance; a rate switch counts from bit edge to bit edge
/// Memory   plain value: copy it to snapshot it
/// Source   ISO 11898-1 frame layout, error handling and fault confinement
#ifndef SIM_CAN_CAN_MEM_H
#define SIM_CAN_CAN_MEM_H

#include <stdint.h>

#include "../../ecu_model/pins.h"

enum { CAN_MEM_NODE_MAX = 4, CAN_MEM_QUEUE_MAX = 64 };

typedef enum {
  CAN_MEM_OK = 0,
  CAN_MEM_ERR_FULL = -1,
  CAN_MEM_ERR_FRAME = -2,
  CAN_MEM_EMPTY = -3,
  CAN_MEM_ERR_OFF = -4
} can_mem_status_t;

/// Where a node stands in fault confinement.
typedef enum { CAN_MEM_ACTIVE, CAN_MEM_PASSIVE, CAN_MEM_OFF } can_mem_state_t;

typedef struct {
  can_frame_t frame;
  uint64_t time_ns; ///< when its last bit passed
  uint8_t node; ///< who sent it
} can_mem_rx_t;

#include "can_mem_state.h" /* can_mem_t */

void can_mem_init(can_mem_t *bus, uint32_t bitrate_bps, uint32_t data_bitrate_bps);

/// Queue a frame at a node. CAN_MEM_ERR_FULL iff its queue is full (counted), CAN_MEM_ERR_FRAME
/// iff the length is not legal or the id too large, CAN_MEM_ERR_OFF iff the node is off the bus
/// (counted as lost, too).
can_mem_status_t can_mem_send(can_mem_t *bus, uint32_t node, uint64_t now_ns,
                              const can_frame_t *frame);

/// Let the bus run up to until_ns.
void can_mem_advance(can_mem_t *bus, uint64_t until_ns);

/// 1 iff can_mem_recv has a frame for node, which is one of the bus.
static inline int can_mem_has(const can_mem_t *bus, uint32_t node) {
  return bus->rx[node].count > 0;
}

/// What can_mem_recv does where there is a frame.
void can_mem_take(can_mem_t *bus, uint32_t node, can_mem_rx_t *rx);

/// Oldest frame delivered to node. CAN_MEM_EMPTY iff none. Node CAN_MEM_NODE_MAX - 1 is the
/// monitor: it hears all frames and must not send.
static inline can_mem_status_t can_mem_recv(can_mem_t *bus, uint32_t node, can_mem_rx_t *rx) {
  if (node >= CAN_MEM_NODE_MAX || bus->rx[node].count == 0) return CAN_MEM_EMPTY;
  can_mem_take(bus, node, rx);
  return CAN_MEM_OK;
}

/// Exact length in bits on the wire, stuff bits included, without interframe space.
uint32_t can_mem_frame_bits(const can_frame_t *frame);

/// Time on the wire in ns, without interframe space; the data phase of an FD frame with
/// CAN_FRAME_BRS runs at the data bit rate (the two bits in which the rate changes count as
/// nominal).
uint64_t can_mem_frame_ns(const can_mem_t *bus, const can_frame_t *frame);

/// Share of the last complete 100 ms in which the bus was not idle, in permille.
static inline uint32_t can_mem_load_permille(const can_mem_t *bus) { return bus->load_permille; }

/* --- error states ---------------------------------------------------------------------------- */

static inline can_mem_state_t can_mem_state(const can_mem_t *bus, uint32_t node) {
  return (can_mem_state_t)bus->node[node].state;
}

/// A node that is off asks to come back: after 128 times 11 recessive bits its counters are 0 and
/// it takes part again. No effect iff it is not off, is held off, or asks already.
void can_mem_restart(can_mem_t *bus, uint32_t node);

/// The controller starts anew: counters 0, queues empty. What holds it off still does.
void can_mem_reset(can_mem_t *bus, uint32_t node);

/// A fault throws a node off the bus and holds it there while is_held.
void can_mem_hold_off(can_mem_t *bus, uint32_t node, int is_held);

/// A node without power neither sends nor acknowledges.
void can_mem_set_absent(can_mem_t *bus, uint32_t node, int is_absent);

/* --- faults ---------------------------------------------------------------------------------- */

/// Where to set the faults of a message; NULL iff CAN_MEM_FAULT_MAX messages have one.
/// can_mem_fault_done afterwards.
can_mem_fault_t *can_mem_fault(can_mem_t *bus, uint32_t id, int is_extended);

/// Takes over what was set; a message without any fault gives its place back.
void can_mem_fault_done(can_mem_t *bus, can_mem_fault_t *fault);

/// node sends frames of 8 bytes with a standard id that fill share_pct (0: end, 100: all) of the
/// bus's time.
void can_mem_babble(can_mem_t *bus, uint32_t node, uint32_t id, double share_pct);

#endif
