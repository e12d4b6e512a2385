/// Messages of a socket, several in one system call. For sim/can only.
///
/// Model    on Linux recvmmsg and sendmmsg; elsewhere one call a message
/// Memory   plain value of about 14 KiB
#ifndef SIM_CAN_BUS_BATCH_H
#define SIM_CAN_BUS_BATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { BUS_BATCH_MAX = 16, BUS_BATCH_BYTES = 512, BUS_BATCH_CONTROL_BYTES = 128 };

typedef struct {
  uint8_t bytes[BUS_BATCH_BYTES];
  size_t count; ///< of bytes
  struct sockaddr_storage from;
  uint64_t control[BUS_BATCH_CONTROL_BYTES / sizeof(uint64_t)]; ///< aligned for a struct cmsghdr
  struct msghdr head; ///< as the system left it: flags, control messages
} bus_datagram_t;

typedef struct {
  bus_datagram_t datagram[BUS_BATCH_MAX];
} bus_batch_t;

/// Read at most max (1..BUS_BATCH_MAX) messages without waiting; heads point into the batch.
/// Returns how many there were, fewer than max: there is no more; -1 with errno iff none.
int bus_batch_read(int fd, bus_batch_t *batch, uint32_t max);

/// Write the first count (1..BUS_BATCH_MAX) messages, without waiting, in their order; to NULL: a
/// socket that knows its peer. Returns how many the system took; -1 with errno iff none.
int bus_batch_write(int fd, bus_batch_t *batch, uint32_t count, const struct sockaddr *to,
                    socklen_t to_bytes);

#endif
