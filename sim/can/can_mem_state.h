/// Insides of the in-process bus: queues, nodes, the frame on the wire, faults. For can_mem.h only.
///
/// Memory   plain value of fixed size
#ifndef SIM_CAN_CAN_MEM_STATE_H
#define SIM_CAN_CAN_MEM_STATE_H

enum {
  CAN_MEM_SENDER_MAX = CAN_MEM_NODE_MAX - 1, ///< the monitor does not send
  CAN_MEM_LOAD_WINDOW_ms = 100,
  CAN_MEM_FAULT_MAX = 32, ///< messages with a fault at the same time
  CAN_MEM_HELD_MAX = 32 ///< delayed frames
};

/// A frame that waits for the bus.
typedef struct {
  can_frame_t frame;
  uint64_t ready_ns; ///< when it was queued
  uint32_t priority; ///< arbitration field as a number: the lowest wins
} can_mem_tx_t;

typedef struct {
  uint32_t head, count;
  uint32_t lost_count; ///< refused because the queue was full
  uint32_t sent_count; ///< frames that passed on the bus
  can_mem_tx_t slot[CAN_MEM_QUEUE_MAX];
} can_mem_tx_queue_t;

typedef struct {
  uint32_t head, count;
  uint32_t lost_count; ///< oldest frames thrown away because nobody fetched them
  uint32_t padding; ///< always 0
  can_mem_rx_t slot[CAN_MEM_QUEUE_MAX];
} can_mem_rx_queue_t;

/// What a controller knows of its own errors.
typedef struct {
  uint16_t tec, rec; ///< transmit and receive error counter
  uint8_t state; ///< can_mem_state_t
  uint8_t is_held_off; ///< a fault keeps it off the bus
  uint8_t is_absent; ///< it does not exist: no power
  uint8_t is_restarting; ///< waits for restart_left times 11 recessive bits
  uint32_t restart_left;
  uint32_t error_count; ///< error frames in which it was a sender
  uint32_t off_count; ///< how often it went off the bus
  uint32_t padding; ///< always 0
  uint64_t suspend_ns; ///< error passive: may not begin before, behind a frame of its own
  uint64_t quiet_ns; ///< the bus is recessive since (or will be from) then; while is_restarting
} can_mem_node_t;

/// What goes wrong with one message on its way into the sender's queue and on the wire. 0: nothing.
typedef struct {
  uint32_t id;
  uint8_t is_extended, is_used;
  uint8_t is_frozen; ///< the bytes of the first frame are sent again and again
  uint8_t has_kept;
  uint16_t drop_every, drop_count; ///< every n-th frame is lost
  uint16_t error_every, error_count; ///< every n-th transmission meets a bit error on the wire
  uint16_t flip_bit; ///< 1 + the bit of the data that is wrong, behind the CRC of the frame
  uint8_t len; ///< 1 + the wrong length
  uint8_t copy_count; ///< so many more follow each frame
  uint8_t crc_is_wrong; ///< the first byte
  uint8_t padding[3]; ///< always 0
  uint32_t delay_us;
  can_frame_t kept;
} can_mem_fault_t;

/// A frame that a fault delays.
typedef struct {
  can_frame_t frame;
  uint64_t due_ns;
  uint8_t node;
  uint8_t padding[7]; ///< always 0
} can_mem_held_t;

/// A node that sends without end.
typedef struct {
  can_frame_t frame;
  uint64_t period_ns; ///< 0: it is silent
  uint64_t next_ns;
  uint32_t node;
  uint32_t padding; ///< always 0
} can_mem_babble_t;

typedef struct {
  uint32_t bitrate_bps, data_bitrate_bps;
  uint64_t now_ns; ///< the bus has run up to here
  uint64_t free_ns; ///< the next frame may begin here
  uint64_t end_ns; ///< last bit of the frame on the wire, while is_busy
  uint32_t waiting_count; ///< frames in all transmit queues, the one on the wire included
  uint8_t is_busy; ///< a frame is on the wire
  uint8_t sender; ///< whose queue head it is
  uint8_t is_disturbed; ///< some node is not as at the start, or a fault is on: look closely
  uint8_t senders; ///< bit per node: sends the frame on the wire, or has sent it until its error
  uint8_t outcome; ///< can_mem_outcome_t of the frame on the wire
  uint8_t padding[3]; ///< always 0
  uint32_t error_frame_count;
  uint32_t tie_count; ///< two nodes sent the same arbitration field at once
  uint32_t load_permille; ///< share of the last complete window in which the bus was not idle
  uint64_t window_end_ns; ///< of the running load window
  uint64_t window_busy_ns; ///< busy time up to the running window's beginning
  uint64_t busy_ns; ///< busy time since the start, interframe spaces included, up to free_ns
  can_mem_node_t node[CAN_MEM_SENDER_MAX];
  uint32_t fault_count, held_count, held_lost_count;
  uint32_t padding_2; ///< always 0
  can_mem_babble_t babble;
  can_mem_fault_t fault[CAN_MEM_FAULT_MAX];
  can_mem_held_t held[CAN_MEM_HELD_MAX];
  can_mem_tx_queue_t tx[CAN_MEM_SENDER_MAX];
  can_mem_rx_queue_t rx[CAN_MEM_NODE_MAX];
} can_mem_t;

#endif
