/// Insides of the in-process bus: queues, the frame on the wire, counters. For can_mem.h only.
///
/// Memory   plain value of fixed size
#ifndef SIM_CAN_CAN_MEM_STATE_H
#define SIM_CAN_CAN_MEM_STATE_H

enum {
  CAN_MEM_SENDER_MAX = CAN_MEM_NODE_MAX - 1, ///< the monitor does not send
  CAN_MEM_LOAD_WINDOW_ms = 100
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

typedef struct {
  uint32_t bitrate_bps, data_bitrate_bps;
  uint64_t now_ns; ///< the bus has run up to here
  uint64_t free_ns; ///< the next frame may begin here
  uint64_t end_ns; ///< last bit of the frame on the wire, while is_busy
  uint32_t waiting_count; ///< frames in all transmit queues, the one on the wire included
  uint8_t is_busy; ///< a frame is on the wire
  uint8_t sender; ///< whose queue head it is
  uint8_t padding[2]; ///< always 0
  uint32_t tie_count; ///< two nodes sent the same arbitration field at once
  uint32_t load_permille; ///< share of the last complete window in which the bus was not idle
  uint64_t window_end_ns; ///< of the running load window
  uint64_t window_busy_ns; ///< busy time up to the running window's beginning
  uint64_t busy_ns; ///< busy time since the start, interframe spaces included, up to free_ns
  can_mem_tx_queue_t tx[CAN_MEM_SENDER_MAX];
  can_mem_rx_queue_t rx[CAN_MEM_NODE_MAX];
} can_mem_t;

#endif
