/// Back end udp: one datagram a frame on a multicast group, as python-can's udp_multicast does it.
///
/// Model    frames leave from a socket of their own, so that what comes back from it by multicast
///          can be told apart and is ignored. Without ?via only senders of this host are heard and
///          nothing leaves it. Datagrams that are no frame are dropped and counted
/// Source   python-can 4.1, interfaces/udp_multicast
#define _DEFAULT_SOURCE /* struct ip_mreq NOLINT(bugprone-reserved-identifier) */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus_backend.h"
#include "bus_batch.h"
#include "can_msgpack.h"

enum { RECEIVE_BUFFER_BYTES = 1 << 21, RUN_READS = 4, DATAGRAMS_PER_SEND = 2 };

typedef struct sockaddr_in address_t;

static bus_status_t give_up(bus_t *bus, bus_error_t *error, const char *what, const char *help) {
  bus_udp_t *udp = &bus->udp;
  bus_status_t status =
      bus_refuse(error, BUS_ERR_MACHINE, "udp: %s: %s; %s", what, strerror(errno), help);
  if (udp->listen_fd >= 0) close(udp->listen_fd);
  if (udp->send_fd >= 0) close(udp->send_fd);
  return status;
}

static int join(const bus_udp_t *udp, uint32_t interface) {
  struct ip_mreq request = {.imr_multiaddr = {udp->group}, .imr_interface = {interface}};
  return setsockopt(udp->listen_fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
}

static void list_local(bus_udp_t *udp) {
  struct ifaddrs *list = NULL;
  udp->local[udp->local_count++] = htonl(INADDR_LOOPBACK);
  if (getifaddrs(&list) != 0) return;
  for (const struct ifaddrs *at = list; at != NULL && udp->local_count < BUS_LOCAL_MAX;
       at = at->ifa_next) {
    address_t address;
    if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET) continue;
    memcpy(&address, at->ifa_addr, sizeof address);
    udp->local[udp->local_count++] = address.sin_addr.s_addr;
  }
  freeifaddrs(list);
}

static int is_local(const bus_udp_t *udp, uint32_t address) {
  for (uint32_t i = 0; i < udp->local_count; i++) {
    if (udp->local[i] == address) return 1;
  }
  return 0;
}

static int open_listener(bus_udp_t *udp) {
  int one = 1, size = RECEIVE_BUFFER_BYTES;
  address_t address = {.sin_family = AF_INET, .sin_port = udp->port, .sin_addr.s_addr = udp->group};
  if (bus_fd_prepare(udp->listen_fd) != 0) return -1;
  if (setsockopt(udp->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0) return -1;
  (void)setsockopt(udp->listen_fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
#ifdef SO_RXQ_OVFL
  (void)setsockopt(udp->listen_fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one);
#endif
  return bind(udp->listen_fd, (const struct sockaddr *)&address, sizeof address);
}

static int open_sender(bus_udp_t *udp, uint32_t interface) {
  uint8_t hops = 1;
  struct in_addr from = {interface};
  address_t address = {.sin_family = AF_INET}, named;
  socklen_t size = sizeof named;
  if (bus_fd_prepare(udp->send_fd) != 0) return -1;
  if (bind(udp->send_fd, (const struct sockaddr *)&address, sizeof address) != 0) return -1;
  if (getsockname(udp->send_fd, (struct sockaddr *)&named, &size) != 0) return -1;
  udp->own_port = named.sin_port;
  if (setsockopt(udp->send_fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops) != 0) return -1;
  return setsockopt(udp->send_fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from);
}

static bus_status_t udp_open(bus_t *bus, const bus_url_t *url, uint64_t now_us,
                             bus_error_t *error) {
  bus_udp_t *udp = &bus->udp;
  uint32_t interface = htonl(INADDR_LOOPBACK);
  (void)now_us;
  udp->is_open_to_all = url->via[0] != '\0';
  if (udp->is_open_to_all) interface = htonl(INADDR_ANY);
  if (udp->is_open_to_all && strcmp(url->via, "any") != 0)
    (void)inet_pton(AF_INET, url->via, &interface);
  (void)inet_pton(AF_INET, url->address, &udp->group);
  udp->port = htons(url->port);
  list_local(udp);
  udp->listen_fd = socket(AF_INET, SOCK_DGRAM, 0);
  udp->send_fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (udp->listen_fd < 0 || udp->send_fd < 0)
    return give_up(bus, error, "no socket", "is there a network at all?");
  if (open_listener(udp) != 0)
    return give_up(bus, error, "cannot listen", "choose another port: udp::PORT");
  if (join(udp, interface) != 0)
    return give_up(bus, error, "cannot join the multicast group",
                   "give an interface that is up: udp:?via=ADDRESS");
  /* other programs of this host send by the default route, which need not be the loopback */
  if (!udp->is_open_to_all) (void)join(udp, htonl(INADDR_ANY));
  if (udp->is_open_to_all) (void)join(udp, htonl(INADDR_LOOPBACK));
  if (open_sender(udp, interface) != 0)
    return give_up(bus, error, "cannot send", "give an interface that is up: udp:?via=ADDRESS");
  bus->caps = BUS_CAP_FD | BUS_CAP_REMOTE | BUS_CAP_KIND_OF_ID;
  (void)snprintf(bus->name, sizeof bus->name, "udp");
  (void)snprintf(bus->place, sizeof bus->place, "%s:%u", url->address, (unsigned)url->port);
  return BUS_OK;
}

static void count_drops(bus_t *bus, struct msghdr *message) {
#ifdef SO_RXQ_OVFL
  for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at)) {
    uint32_t dropped;
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SO_RXQ_OVFL) continue;
    memcpy(&dropped, CMSG_DATA(at), sizeof dropped);
    bus->stats.receive_drop_count += (uint32_t)(dropped - bus->udp.dropped_count);
    bus->udp.dropped_count = dropped;
  }
#else
  (void)bus;
  (void)message;
#endif
}

static void take_datagram(bus_t *bus, uint64_t now_us, bus_datagram_t *datagram) {
  const bus_udp_t *udp = &bus->udp;
  address_t from;
  can_frame_t frame;
  memcpy(&from, &datagram->from, sizeof from);
  count_drops(bus, &datagram->head);
  const int is_of_this_host = is_local(udp, from.sin_addr.s_addr);
  if (is_of_this_host && from.sin_port == udp->own_port) return;
  const int is_heard = is_of_this_host || udp->is_open_to_all;
  if (!is_heard || (datagram->head.msg_flags & MSG_TRUNC) != 0 ||
      can_msgpack_read(datagram->bytes, datagram->count, &frame) != 0)
    bus->stats.garbage_count++;
  else
    bus_put(bus, now_us, 0, &frame);
}

/// At most max datagrams. 0 iff nothing more is there.
static int take_some(bus_t *bus, uint64_t now_us, uint32_t max) {
  bus_batch_t batch;
  if (max > BUS_BATCH_MAX) max = BUS_BATCH_MAX;
  if (max > bus_room(bus)) max = bus_room(bus);
  if (max == 0) return 0;
  const int count = bus_batch_read(bus->udp.listen_fd, &batch, max);
  for (int i = 0; i < count; i++) take_datagram(bus, now_us, &batch.datagram[i]);
  return count == (int)max;
}

static address_t group_of(const bus_udp_t *udp) {
  return (address_t){.sin_family = AF_INET, .sin_port = udp->port, .sin_addr.s_addr = udp->group};
}

static uint32_t udp_send_many(bus_t *bus, uint64_t now_us, const can_frame_t *frame,
                              uint32_t count) {
  bus_batch_t batch;
  const address_t to = group_of(&bus->udp);
  if (count > BUS_BATCH_MAX) count = BUS_BATCH_MAX;
  for (uint32_t i = 0; i < count; i++) {
    /* cppcheck-suppress uninitvar ; bytes are written there */
    batch.datagram[i].count = can_msgpack_write(batch.datagram[i].bytes, now_us, &frame[i]);
  }
  const int sent =
      bus_batch_write(bus->udp.send_fd, &batch, count, (const struct sockaddr *)&to, sizeof to);
  if (sent <= 0) return 0; /* one by one, to learn why */
  bus->stats.state = BUS_STATE_ACTIVE;
  return (uint32_t)sent;
}

static bus_status_t udp_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  uint8_t bytes[CAN_MSGPACK_BYTES];
  const bus_udp_t *udp = &bus->udp;
  const address_t to = group_of(udp);
  size_t count = can_msgpack_write(bytes, now_us, frame);
  ssize_t sent;
  /* own frames come back too: they must not fill the buffer of a port that only sends */
  (void)take_some(bus, now_us, DATAGRAMS_PER_SEND);
  do {
    sent =
        sendto(udp->send_fd, bytes, count, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof to);
  } while (sent < 0 && errno == EINTR);
  if (sent == (ssize_t)count) {
    bus->stats.state = BUS_STATE_ACTIVE;
    return BUS_OK;
  }
  if (errno == EAGAIN || errno == ENOBUFS) return BUS_ERR_FULL;
  bus->stats.state = BUS_STATE_DOWN;
  return BUS_ERR_DOWN;
}

static void udp_run(bus_t *bus, uint64_t now_us) {
  for (uint32_t i = 0; i < RUN_READS && !bus->is_dry && bus_room(bus) > 0; i++)
    bus->is_dry = !take_some(bus, now_us, BUS_BATCH_MAX);
}

static uint32_t udp_poll_set(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]) {
  set[0] = (struct pollfd){.fd = bus->udp.listen_fd, .events = POLLIN};
  return 1;
}

static uint32_t udp_pending(const bus_t *bus) {
  (void)bus;
  return 0;
}

static void udp_close(bus_t *bus) {
  close(bus->udp.listen_fd);
  close(bus->udp.send_fd);
}

static int udp_probe(char *text, uint32_t text_bytes) {
  bus_udp_t udp = {.group = htonl(0xEF4AA302u), .listen_fd = socket(AF_INET, SOCK_DGRAM, 0)};
  int is_joined = udp.listen_fd >= 0 && join(&udp, htonl(INADDR_LOOPBACK)) == 0;
  int has_route = udp.listen_fd >= 0 && join(&udp, htonl(INADDR_ANY)) == 0;
  (void)snprintf(
      text, text_bytes, "%s",
      !is_joined  ? "no multicast on the loopback; as root: ip link set lo up multicast on"
      : has_route ? "multicast on this host, python-can's udp_multicast attaches"
                  : "works between packsim processes; for python-can, as root: ip route add "
                    "224.0.0.0/4 dev lo");
  if (udp.listen_fd >= 0) close(udp.listen_fd);
  return is_joined;
}

const bus_backend_t can_udp_backend = {
    udp_open, udp_send, udp_run, udp_poll_set, udp_pending, udp_close, udp_probe, udp_send_many,
};
