/// Insides of the ports: queues, connections, counters of each back end. For bus.h only.
///
/// Memory   plain values of fixed size
#ifndef SIM_CAN_BUS_STATE_H
#define SIM_CAN_BUS_STATE_H

enum {
  BUS_CLIENT_MAX = 8, ///< socketcand
  BUS_POLL_MAX = BUS_CLIENT_MAX + 1,
  BUS_RX_MAX = 256,
  BUS_LINE_CHARS = 256, ///< longest line of a peer
  BUS_OUT_BYTES = 32768, ///< what a peer may lag behind
  BUS_LOCAL_MAX = 16, ///< addresses of this host
  BUS_WAITING_MAX = 64,
  BUS_RUN_PERIOD_us = 1000 ///< so often even a port that only sends, or has frames left, looks
};

/// Received frames that the caller has not fetched.
typedef struct {
  uint32_t head, count;
  bus_rx_t slot[BUS_RX_MAX];
} bus_rx_ring_t;

/// Bytes that a peer has not taken yet; a message enters as a whole or not at all.
typedef struct {
  uint32_t head, count;
  char byte[BUS_OUT_BYTES];
} bus_out_t;

typedef struct {
  can_mem_t *wire;
  uint32_t node;
} bus_mem_t;

typedef struct {
  int listen_fd, send_fd;
  uint32_t group; ///< IPv4, network order, like all addresses here
  uint16_t port; ///< network order
  uint16_t own_port; ///< of send_fd
  uint32_t dropped_count; ///< the system's running count
  uint32_t local_count;
  uint32_t local[BUS_LOCAL_MAX];
  uint8_t is_open_to_all; ///< not only this host's senders are heard
} bus_udp_t;

typedef enum { BUS_CLIENT_GREETED, BUS_CLIENT_OPENED, BUS_CLIENT_RAW } bus_client_stage_t;

typedef struct {
  int fd; ///< -1: free
  bus_client_stage_t stage;
  uint64_t since_us; ///< of the stage
  uint32_t line_count;
  char line[BUS_LINE_CHARS];
  bus_out_t out;
} bus_client_t;

typedef struct {
  int listen_fd, beacon_fd;
  uint32_t turn; ///< the client that is read first
  uint64_t beacon_due_us;
  char beacon[200];
  bus_client_t client[BUS_CLIENT_MAX];
} bus_socketcand_t;

typedef struct {
  int fd;
  uint8_t is_on, listens_only, has_stamp; ///< O, L, Z1
  uint8_t is_hung_up; ///< nobody holds the other side
  uint8_t has_bitrate;
  uint32_t line_count; ///< BUS_LINE_CHARS: too long, its rest is skipped
  char line[BUS_LINE_CHARS];
  char link[BUS_PATH_CHARS];
  bus_out_t out;
} bus_slcan_t;

typedef struct {
  can_frame_t frame;
  uint64_t since_us;
} bus_waiting_t;

typedef struct {
  int fd; ///< -1: the interface is gone
  uint32_t index;
  uint32_t dropped_count; ///< the system's running count
  uint32_t waiting_count;
  uint64_t retry_us; ///< next attempt to send or to find the interface
  bus_waiting_t waiting[BUS_WAITING_MAX];
} bus_socketcan_t;

typedef struct bus_backend bus_backend_t;

typedef struct {
  const bus_backend_t *backend; ///< NULL: not open
  uint32_t caps;
  uint64_t ran_us; ///< when connections and queues were last moved on
  uint64_t unheard_count, drop_seen_count; ///< confirmations that will not come; see bus_waiting
  uint8_t is_dry; ///< that run left nothing in the system: at the same time it is not asked again
  char name[BUS_NAME_CHARS];
  char place[BUS_PATH_CHARS + 16];
  bus_stats_t stats;
  bus_rx_ring_t rx;
  union {
    bus_mem_t mem;
    bus_udp_t udp;
    bus_socketcand_t socketcand;
    bus_slcan_t slcan;
    bus_socketcan_t socketcan;
  };
} bus_t;

#endif
