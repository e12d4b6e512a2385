/// Back end socketcan: a raw socket on a CAN interface of the Linux kernel.
///
/// Model    FD frames where the interface's MTU allows them; error frames arrive and set the
///          state; own frames are counted when the kernel confirms them and never handed out. A
///          full transmit queue (ENOBUFS) makes a frame wait at most 100 ms, and a newer one of
///          its id takes its place, because a cyclic sender must not send stale values. While the
///          bus is off or the interface down, nothing is sent and nothing kept. An interface that
///          vanished is looked for every 200 ms and taken again, whatever its new index
/// Source   Linux Documentation/networking/can.rst
#define _DEFAULT_SOURCE /* struct ifreq NOLINT(bugprone-reserved-identifier) */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus_backend.h"
#include "bus_batch.h"
#include "can_socketcan_link.h"

#if defined __linux__ && __has_include(<linux/can/raw.h>)

#include <linux/can.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <time.h>

#ifndef ARPHRD_CAN
#define ARPHRD_CAN 280
#endif

enum {
  STALE_us = 100000,
  RETRY_us = 1000,
  LOOK_PERIOD_us = 200000,
  RECEIVE_BUFFER_BYTES = 1 << 21,
  RUN_READS = 4
};

/* --- frames ---------------------------------------------------------------------------------- */

static size_t to_kernel(const can_frame_t *frame, struct canfd_frame *raw) {
  int is_fd = (frame->flags & CAN_FRAME_FD) != 0;
  memset(raw, 0, sizeof *raw);
  raw->can_id = frame->id;
  if ((frame->flags & CAN_FRAME_EXTENDED) != 0) raw->can_id |= CAN_EFF_FLAG;
  if ((frame->flags & CAN_FRAME_REMOTE) != 0) raw->can_id |= CAN_RTR_FLAG;
  if (is_fd && (frame->flags & CAN_FRAME_BRS) != 0) raw->flags = CANFD_BRS;
  raw->len = frame->len;
  if ((frame->flags & CAN_FRAME_REMOTE) == 0) memcpy(raw->data, frame->data, frame->len);
  return is_fd ? CANFD_MTU : CAN_MTU;
}

/// -1 iff what the kernel gave is no frame.
static int from_kernel(const struct canfd_frame *raw, size_t bytes, can_frame_t *frame) {
  if ((bytes != CAN_MTU && bytes != CANFD_MTU) || raw->len > (bytes == CAN_MTU ? 8 : 64)) return -1;
  memset(frame, 0, sizeof *frame);
  frame->len = raw->len;
  if ((raw->can_id & CAN_ERR_FLAG) != 0) {
    frame->id = raw->can_id & CAN_ERR_MASK;
    frame->flags = CAN_FRAME_ERROR;
  } else {
    int is_extended = (raw->can_id & CAN_EFF_FLAG) != 0;
    frame->id = raw->can_id & (is_extended ? CAN_EFF_MASK : CAN_SFF_MASK);
    frame->flags = (uint8_t)((is_extended ? CAN_FRAME_EXTENDED : 0) |
                             ((raw->can_id & CAN_RTR_FLAG) != 0 ? CAN_FRAME_REMOTE : 0));
    if (bytes == CANFD_MTU)
      frame->flags |= (uint8_t)(CAN_FRAME_FD | ((raw->flags & CANFD_BRS) != 0 ? CAN_FRAME_BRS : 0));
  }
  if ((frame->flags & CAN_FRAME_REMOTE) == 0) memcpy(frame->data, raw->data, frame->len);
  return 0;
}

/// What an error frame says about the controller.
static void note_error(bus_t *bus, const can_frame_t *frame) {
  if ((frame->id & CAN_ERR_BUSOFF) != 0) bus->stats.state = BUS_STATE_BUS_OFF;
  if ((frame->id & CAN_ERR_RESTARTED) != 0) bus->stats.state = BUS_STATE_ACTIVE;
  if ((frame->id & CAN_ERR_CRTL) == 0) return;
  uint8_t control = frame->data[1];
  if ((control & (CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_TX_PASSIVE)) != 0)
    bus->stats.state = BUS_STATE_PASSIVE;
  else if ((control & (CAN_ERR_CRTL_RX_WARNING | CAN_ERR_CRTL_TX_WARNING)) != 0)
    bus->stats.state = BUS_STATE_WARNING;
  else if ((control & CAN_ERR_CRTL_ACTIVE) != 0)
    bus->stats.state = BUS_STATE_ACTIVE;
  if ((control & CAN_ERR_CRTL_RX_OVERFLOW) != 0) bus->stats.receive_drop_count++;
}

/* --- the socket ------------------------------------------------------------------------------ */

static int set_option(int fd, int option, int value) {
  return setsockopt(fd, SOL_CAN_RAW, option, &value, sizeof value);
}

static int configure(bus_t *bus, int fd) {
  int one = 1, size = RECEIVE_BUFFER_BYTES;
  can_err_mask_t errors = CAN_ERR_MASK;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  (void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", bus->name);
  bus->caps = BUS_CAP_REMOTE | BUS_CAP_ERROR_FRAMES | BUS_CAP_CONFIRM | BUS_CAP_TIMESTAMP |
              BUS_CAP_KIND_OF_ID;
  if (bus_fd_prepare(fd) != 0 || ioctl(fd, SIOCGIFMTU, &request) != 0) return -1;
  if (request.ifr_mtu >= (int)CANFD_MTU && set_option(fd, CAN_RAW_FD_FRAMES, 1) == 0)
    bus->caps |= BUS_CAP_FD;
  if (setsockopt(fd, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &errors, sizeof errors) != 0) return -1;
  if (set_option(fd, CAN_RAW_RECV_OWN_MSGS, 1) != 0) return -1;
  (void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one);
  (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  return 0;
}

static int is_up(int fd, const char *name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  (void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  return ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
}

/// A configured socket on the interface as it is called now; -1 with errno.
static int attach(bus_t *bus) {
  struct sockaddr_can at = {.can_family = AF_CAN};
  unsigned index = if_nametoindex(bus->name);
  int fd = socket(PF_CAN, SOCK_RAW, CAN_RAW);
  if (fd < 0) return -1;
  at.can_ifindex = (int)index;
  if (index == 0) errno = ENODEV;
  if (index == 0 || configure(bus, fd) != 0 ||
      bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
    int code = errno;
    close(fd);
    errno = code;
    return -1;
  }
  bus->socketcan.fd = fd;
  bus->socketcan.index = index;
  bus->socketcan.dropped_count = 0;
  return 0;
}

static void forget_waiting(bus_t *bus) {
  bus->stats.send_drop_count += bus->socketcan.waiting_count;
  bus->socketcan.waiting_count = 0;
}

static void lose_interface(bus_t *bus, uint64_t now_us) {
  if (bus->socketcan.fd >= 0) close(bus->socketcan.fd);
  bus->socketcan.fd = -1;
  bus->socketcan.retry_us = now_us + LOOK_PERIOD_us;
  bus->stats.state = BUS_STATE_GONE;
  forget_waiting(bus);
}

/// What a failed call says about the interface.
static void note_failure(bus_t *bus, uint64_t now_us, int code) {
  if (code == ENODEV || code == ENXIO) lose_interface(bus, now_us);
  if (code != ENETDOWN) return;
  if (if_nametoindex(bus->name) != bus->socketcan.index) {
    lose_interface(bus, now_us);
    return;
  }
  if (bus->stats.state != BUS_STATE_DOWN) bus->socketcan.retry_us = now_us + LOOK_PERIOD_us;
  bus->stats.state = BUS_STATE_DOWN;
  forget_waiting(bus);
}

/// Is an interface that was down or gone back?
static void look_again(bus_t *bus, uint64_t now_us) {
  bus_socketcan_t *can = &bus->socketcan;
  int is_out = bus->stats.state == BUS_STATE_GONE || bus->stats.state == BUS_STATE_DOWN;
  if (!is_out || now_us < can->retry_us) return;
  can->retry_us = now_us + LOOK_PERIOD_us;
  if (can->fd >= 0 && if_nametoindex(bus->name) != can->index) lose_interface(bus, now_us);
  if (can->fd < 0 && attach(bus) != 0) return;
  bus->stats.state =
      is_up(can->fd, bus->name) ? can_socketcan_link_state(bus->name) : BUS_STATE_DOWN;
}

/* --- sending --------------------------------------------------------------------------------- */

/// 0 sent, 1 no room now, -1 the interface is out.
static int try_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  struct canfd_frame raw;
  size_t bytes = to_kernel(frame, &raw);
  ssize_t sent;
  do {
    sent = write(bus->socketcan.fd, &raw, bytes);
  } while (sent < 0 && errno == EINTR);
  if (sent == (ssize_t)bytes) return 0;
  if (errno == ENOBUFS || errno == EAGAIN) return 1;
  note_failure(bus, now_us, errno);
  return -1;
}

static void remove_waiting(bus_socketcan_t *can, uint32_t count) {
  can->waiting_count -= count;
  memmove(can->waiting, can->waiting + count, can->waiting_count * sizeof can->waiting[0]);
}

static void send_waiting(bus_t *bus, uint64_t now_us) {
  bus_socketcan_t *can = &bus->socketcan;
  uint32_t done = 0;
  if (can->waiting_count == 0 || now_us < can->retry_us) return;
  can->retry_us = now_us + RETRY_us;
  for (; done < can->waiting_count; done++) {
    if (now_us - can->waiting[done].since_us > STALE_us) {
      bus->stats.send_drop_count++;
      continue;
    }
    int code = try_send(bus, now_us, &can->waiting[done].frame);
    if (code < 0) return; /* nothing waits any more */
    if (code > 0) break;
    bus->stats.sent_count++;
  }
  remove_waiting(can, done);
}

static bus_status_t wait_for_room(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  bus_socketcan_t *can = &bus->socketcan;
  enum { KIND = CAN_FRAME_EXTENDED | CAN_FRAME_REMOTE };
  for (uint32_t i = 0; i < can->waiting_count; i++) {
    const can_frame_t *older = &can->waiting[i].frame;
    if (older->id != frame->id || ((older->flags ^ frame->flags) & KIND) != 0) continue;
    can->waiting[i] = (bus_waiting_t){*frame, now_us};
    bus->stats.send_drop_count++;
    return BUS_QUEUED;
  }
  if (can->waiting_count == BUS_WAITING_MAX) return BUS_ERR_FULL;
  if (can->waiting_count == 0) can->retry_us = now_us + RETRY_us;
  can->waiting[can->waiting_count++] = (bus_waiting_t){*frame, now_us};
  return BUS_QUEUED;
}

static bus_status_t socketcan_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  if (bus->stats.state >= BUS_STATE_BUS_OFF) return BUS_ERR_DOWN;
  send_waiting(bus, now_us);
  if (bus->stats.state >= BUS_STATE_DOWN) return BUS_ERR_DOWN;
  if (bus->socketcan.waiting_count > 0) return wait_for_room(bus, now_us, frame);
  int code = try_send(bus, now_us, frame);
  if (code < 0) return BUS_ERR_DOWN;
  return code == 0 ? BUS_OK : wait_for_room(bus, now_us, frame);
}

static uint32_t socketcan_send_many(bus_t *bus, uint64_t now_us, const can_frame_t *frame,
                                    uint32_t count) {
  bus_batch_t batch;
  (void)now_us;
  if (bus->stats.state >= BUS_STATE_BUS_OFF || bus->socketcan.waiting_count > 0) return 0;
  if (count > BUS_BATCH_MAX) count = BUS_BATCH_MAX;
  for (uint32_t i = 0; i < count; i++) {
    struct canfd_frame raw;
    batch.datagram[i].count = to_kernel(&frame[i], &raw);
    memcpy(batch.datagram[i].bytes, &raw, sizeof raw);
  }
  const int sent = bus_batch_write(bus->socketcan.fd, &batch, count, NULL, 0);
  return sent > 0 ? (uint32_t)sent : 0; /* the others one by one: they wait, or say why not */
}

/* --- receiving ------------------------------------------------------------------------------- */

static uint64_t read_control(bus_t *bus, struct msghdr *message) {
  uint64_t stamp_us = 0;
  for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at)) {
    if (at->cmsg_level != SOL_SOCKET) continue;
    if (at->cmsg_type == SO_RXQ_OVFL) {
      uint32_t dropped;
      memcpy(&dropped, CMSG_DATA(at), sizeof dropped);
      bus->stats.receive_drop_count += (uint32_t)(dropped - bus->socketcan.dropped_count);
      bus->socketcan.dropped_count = dropped;
    } else if (at->cmsg_type == SO_TIMESTAMPNS) {
      struct timespec stamp;
      memcpy(&stamp, CMSG_DATA(at), sizeof stamp);
      stamp_us = (uint64_t)stamp.tv_sec * 1000000u + (uint64_t)stamp.tv_nsec / 1000u;
    }
  }
  return stamp_us;
}

static void take_frame(bus_t *bus, uint64_t now_us, bus_datagram_t *datagram) {
  struct canfd_frame raw;
  can_frame_t frame;
  const uint64_t stamp_us = read_control(bus, &datagram->head);
  if ((datagram->head.msg_flags & MSG_CONFIRM) != 0) {
    bus->stats.confirmed_count++;
    return;
  }
  memcpy(&raw, datagram->bytes, sizeof raw);
  if (from_kernel(&raw, datagram->count, &frame) != 0) {
    bus->stats.garbage_count++;
    return;
  }
  if ((frame.flags & CAN_FRAME_ERROR) != 0) note_error(bus, &frame);
  bus_put(bus, now_us, stamp_us, &frame);
}

/// 0 iff nothing more is there.
static int take_some(bus_t *bus, uint64_t now_us) {
  bus_batch_t batch;
  const uint32_t max = bus_room(bus) < BUS_BATCH_MAX ? bus_room(bus) : BUS_BATCH_MAX;
  const int count = bus_batch_read(bus->socketcan.fd, &batch, max);
  if (count < 0 && errno != EAGAIN) note_failure(bus, now_us, errno);
  for (int i = 0; i < count; i++) take_frame(bus, now_us, &batch.datagram[i]);
  return count == (int)max;
}

static void socketcan_run(bus_t *bus, uint64_t now_us) {
  look_again(bus, now_us);
  for (uint32_t i = 0; i < RUN_READS && !bus->is_dry && bus_room(bus) > 0 && bus->socketcan.fd >= 0;
       i++)
    bus->is_dry = !take_some(bus, now_us);
  if (bus->stats.state < BUS_STATE_BUS_OFF) send_waiting(bus, now_us);
  if (bus->stats.state == BUS_STATE_BUS_OFF) forget_waiting(bus);
}

/* --- open and close -------------------------------------------------------------------------- */

static const char *help_for(int code) {
  if (code == EAFNOSUPPORT || code == EPROTONOSUPPORT)
    return "this kernel has no CAN (as root: modprobe can_raw); udp: and socketcand: work without";
  if (code == ENODEV || code == ENXIO)
    return "no such interface (ip link shows those there are); for a virtual one, as root: "
           "ip link add vcan0 type vcan && ip link set vcan0 up";
  return code == EPERM || code == EACCES ? "not allowed; run it as root" : strerror(code);
}

static bus_status_t refuse_open(bus_t *bus, bus_error_t *error) {
  return bus_refuse(error, BUS_ERR_MACHINE, "%s: %s", bus->name, help_for(errno));
}

/// Set the interface up as asked. A socket that was bound while it was down has an error waiting,
/// which the first call would get: a new one takes its place.
static bus_status_t set_up(bus_t *bus, const bus_url_t *url, bus_error_t *error) {
  int was_up = is_up(bus->socketcan.fd, url->name);
  if ((was_up || !url->brings_up) && url->bitrate_bps == 0) return BUS_OK;
  bus_status_t status = can_socketcan_link_up(url->name, url->bitrate_bps, was_up, error);
  close(bus->socketcan.fd);
  bus->socketcan.fd = -1;
  if (status == BUS_OK && attach(bus) != 0) status = refuse_open(bus, error);
  return status;
}

static bus_status_t socketcan_open(bus_t *bus, const bus_url_t *url, uint64_t now_us,
                                   bus_error_t *error) {
  (void)now_us;
  bus->socketcan.fd = -1;
  (void)snprintf(bus->name, sizeof bus->name, "%s", url->name);
  if (attach(bus) != 0) return refuse_open(bus, error);
  if (set_up(bus, url, error) != BUS_OK) return BUS_ERR_MACHINE;
  if (!is_up(bus->socketcan.fd, url->name)) {
    (void)bus_refuse(error, BUS_ERR_MACHINE,
                     "%s: the interface is down; as root: ip link set %s up, or --up here",
                     url->name, url->name);
    close(bus->socketcan.fd);
    return BUS_ERR_MACHINE;
  }
  bus->stats.state = can_socketcan_link_state(url->name);
  int count = snprintf(bus->place, sizeof bus->place, "%s, ", url->name);
  can_socketcan_link_text(url->name, bus->place + count, sizeof bus->place - (size_t)count);
  return BUS_OK;
}

static uint32_t socketcan_poll_set(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]) {
  if (bus->stats.state >= BUS_STATE_DOWN) return 0; /* looked at by time */
  set[0] = (struct pollfd){.fd = bus->socketcan.fd, .events = POLLIN};
  return 1;
}

static uint32_t socketcan_pending(const bus_t *bus) { return bus->socketcan.waiting_count; }

static void socketcan_close(bus_t *bus) {
  if (bus->socketcan.fd >= 0) close(bus->socketcan.fd);
}

/// "vcan0 up, can0 down", or "" where there is none.
static void list_interfaces(int fd, char *text, size_t text_bytes) {
  struct if_nameindex *list = if_nameindex();
  size_t used = 0;
  text[0] = '\0';
  for (const struct if_nameindex *at = list; at != NULL && at->if_index != 0; at++) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", at->if_name);
    if (ioctl(fd, SIOCGIFHWADDR, &request) != 0) continue;
    if (request.ifr_hwaddr.sa_family != ARPHRD_CAN || used >= text_bytes) continue;
    used += (size_t)snprintf(text + used, text_bytes - used, "%s%s %s", used > 0 ? ", " : "",
                             at->if_name, is_up(fd, at->if_name) ? "up" : "down");
  }
  if (list != NULL) if_freenameindex(list);
}

static int socketcan_probe(char *text, uint32_t text_bytes) {
  char interfaces[100];
  int fd = socket(PF_CAN, SOCK_RAW, CAN_RAW);
  if (fd < 0) {
    (void)snprintf(text, text_bytes, "%s", help_for(errno));
    return 0;
  }
  list_interfaces(fd, interfaces, sizeof interfaces);
  if (interfaces[0] != '\0')
    (void)snprintf(text, text_bytes, "kernel CAN sockets: %s", interfaces);
  else
    (void)snprintf(text, text_bytes,
                   "kernel CAN sockets, but no interface; as root: ip link add "
                   "vcan0 type vcan && ip link set vcan0 up");
  close(fd);
  return 1;
}

#else

static bus_status_t socketcan_open(bus_t *bus, const bus_url_t *url, uint64_t now_us,
                                   bus_error_t *error) {
  (void)bus;
  (void)now_us;
  return bus_refuse(error, BUS_ERR_MACHINE,
                    "%s: this packsim was built without kernel CAN (it is part of Linux); udp: and "
                    "socketcand: work everywhere",
                    url->name);
}

static bus_status_t socketcan_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  (void)bus;
  (void)now_us;
  (void)frame;
  return BUS_ERR_DOWN;
}

static void socketcan_run(bus_t *bus, uint64_t now_us) {
  (void)bus;
  (void)now_us;
}

static uint32_t socketcan_send_many(bus_t *bus, uint64_t now_us, const can_frame_t *frame,
                                    uint32_t count) {
  (void)bus;
  (void)now_us;
  (void)frame;
  (void)count;
  return 0;
}

static uint32_t socketcan_poll_set(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]) {
  (void)bus;
  (void)set;
  return 0;
}

static uint32_t socketcan_pending(const bus_t *bus) {
  (void)bus;
  return 0;
}

static void socketcan_close(bus_t *bus) { (void)bus; }

static int socketcan_probe(char *text, uint32_t text_bytes) {
  (void)snprintf(text, text_bytes,
                 "built without kernel CAN; udp: and socketcand: work everywhere");
  return 0;
}

#endif

const bus_backend_t can_socketcan_backend = {
    socketcan_open,    socketcan_send,  socketcan_run,   socketcan_poll_set,
    socketcan_pending, socketcan_close, socketcan_probe, socketcan_send_many,
};
