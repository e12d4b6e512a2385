/// Messages of a socket, several in one system call.
#define _GNU_SOURCE /* recvmmsg, sendmmsg NOLINT(bugprone-reserved-identifier) */
#include "bus_batch.h"

#include <errno.h>
#include <string.h>

#ifdef __linux__

int bus_batch_read(int fd, bus_batch_t *batch, uint32_t max) {
  struct mmsghdr head[BUS_BATCH_MAX];
  struct iovec piece[BUS_BATCH_MAX];
  memset(head, 0, sizeof head);
  for (uint32_t i = 0; i < max; i++) {
    bus_datagram_t *to = &batch->datagram[i];
    piece[i] = (struct iovec){to->bytes, sizeof to->bytes};
    head[i].msg_hdr = (struct msghdr){.msg_name = &to->from,
                                      .msg_namelen = sizeof to->from,
                                      .msg_iov = &piece[i],
                                      .msg_iovlen = 1,
                                      .msg_control = to->control,
                                      .msg_controllen = sizeof to->control};
  }
  int count;
  do {
    count = recvmmsg(fd, head, max, MSG_DONTWAIT, NULL);
  } while (count < 0 && errno == EINTR);
  for (int i = 0; i < count; i++) {
    batch->datagram[i].head = head[i].msg_hdr;
    batch->datagram[i].head.msg_iov = NULL;
    batch->datagram[i].count = head[i].msg_len;
  }
  return count;
}

int bus_batch_write(int fd, bus_batch_t *batch, uint32_t count, const struct sockaddr *to,
                    socklen_t to_bytes) {
  struct mmsghdr head[BUS_BATCH_MAX];
  struct iovec piece[BUS_BATCH_MAX];
  memset(head, 0, sizeof head);
  for (uint32_t i = 0; i < count; i++) {
    piece[i] = (struct iovec){batch->datagram[i].bytes, batch->datagram[i].count};
    head[i].msg_hdr = (struct msghdr){.msg_name = (void *)(uintptr_t)to,
                                      .msg_namelen = to_bytes,
                                      .msg_iov = &piece[i],
                                      .msg_iovlen = 1};
  }
  int sent;
  do {
    sent = sendmmsg(fd, head, count, MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

#else

int bus_batch_read(int fd, bus_batch_t *batch, uint32_t max) {
  uint32_t count = 0;
  for (; count < max; count++) {
    bus_datagram_t *to = &batch->datagram[count];
    struct iovec piece = {to->bytes, sizeof to->bytes};
    struct msghdr head = {.msg_name = &to->from,
                          .msg_namelen = sizeof to->from,
                          .msg_iov = &piece,
                          .msg_iovlen = 1,
                          .msg_control = to->control,
                          .msg_controllen = sizeof to->control};
    const ssize_t got = recvmsg(fd, &head, MSG_DONTWAIT);
    if (got < 0) break;
    to->head = head;
    to->head.msg_iov = NULL;
    to->count = (size_t)got;
  }
  return count > 0 ? (int)count : -1;
}

int bus_batch_write(int fd, bus_batch_t *batch, uint32_t count, const struct sockaddr *to,
                    socklen_t to_bytes) {
  uint32_t sent = 0;
  for (; sent < count; sent++) {
    const bus_datagram_t *from = &batch->datagram[sent];
    if (sendto(fd, from->bytes, from->count, MSG_DONTWAIT, to, to_bytes) < 0) break;
  }
  return sent > 0 ? (int)sent : -1;
}

#endif
