/// What a back end of the bus port provides, and what they share. For sim/can only.
///
/// Model    a back end is one const row; run moves its connections and puts what arrived into the
///          port's ring with bus_put
#ifndef SIM_CAN_BUS_BACKEND_H
#define SIM_CAN_BUS_BACKEND_H

#include <stddef.h>

#include "bus.h"

struct bus_backend {
  /// The state is zeroed before; a refusal leaves nothing open.
  bus_status_t (*open)(bus_t *bus, const bus_url_t *url, uint64_t now_us, bus_error_t *error);
  /// The frame is legal and within caps.
  bus_status_t (*send)(bus_t *bus, uint64_t now_us, const can_frame_t *frame);
  void (*run)(bus_t *bus, uint64_t now_us);
  uint32_t (*poll_set)(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]);
  uint32_t (*pending)(const bus_t *bus);
  void (*close)(bus_t *bus);
  int (*probe)(char *text, uint32_t text_bytes);
  /// Legal frames in one system call; returns how many of the first ones the system took, the
  /// others go to send. NULL: all go there.
  uint32_t (*send_many)(bus_t *bus, uint64_t now_us, const can_frame_t *frame, uint32_t count);
};

extern const bus_backend_t can_udp_backend, can_socketcand_backend, can_slcan_backend,
    can_socketcan_backend, bus_mem_backend;

/// Free places in the ring of received frames.
static inline uint32_t bus_room(const bus_t *bus) { return BUS_RX_MAX - bus->rx.count; }

/// Needs room.
void bus_put(bus_t *bus, uint64_t now_us, uint64_t stamp_us, const can_frame_t *frame);

/// Write the text and return status.
bus_status_t bus_refuse(bus_error_t *error, bus_status_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// fd neither waits nor survives an exec. -1 iff the system refuses.
int bus_fd_prepare(int fd);

/// Append all bytes, or none: 0 iff there is no room.
int bus_out_put(bus_out_t *out, const char *byte, size_t count);

/// The bytes at the front that lie in one piece.
size_t bus_out_front(const bus_out_t *out, const char **byte);
void bus_out_drop(bus_out_t *out, size_t count);

#endif
