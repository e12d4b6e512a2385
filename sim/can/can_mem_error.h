/// What happens to a frame that does not simply pass, and what the nodes make of it.
///
/// Model    called only where a node is not as at the start, a fault is on, or two nodes sent the
///          same arbitration field; the undisturbed bus does without
#ifndef SIM_CAN_CAN_MEM_ERROR_H
#define SIM_CAN_CAN_MEM_ERROR_H

#include "can_mem.h"

enum {
  CAN_MEM_INTERFRAME_BITS = 3,
  CAN_MEM_TEC_PASSIVE = 128,
  CAN_MEM_TEC_OFF = 256,
  CAN_MEM_RESTART_SEQUENCES = 128,
  CAN_MEM_SEQUENCE_BITS = 11 ///< recessive ones
};

/// How the frame on the wire ends.
typedef enum {
  CAN_MEM_PASSES,
  CAN_MEM_BIT_ERROR, ///< the senders read back another level than they sent
  CAN_MEM_ACK_ERROR ///< nobody acknowledged
} can_mem_outcome_t;

/// A frame of bus->senders begins: settles who sends it to its end, bus->outcome and bus->end_ns.
void can_mem_error_begin(can_mem_t *bus, uint64_t start_ns);

/// It has ended: error counters and states.
void can_mem_error_end(can_mem_t *bus);

/// The bus has run up to now_ns: nodes that restart may be back.
void can_mem_error_idle(can_mem_t *bus);

/// Look again whether anything is not as at the start.
void can_mem_error_look(can_mem_t *bus);

#endif
