/// Back end socketcand: a TCP server to which SavvyCAN, Kayak and python-can attach.
///
/// Model    one bus for all clients: what one sends, the port and the other clients hear. A client
///          hears frames from 60 ms after its rawmode was acknowledged, because python-can takes
///          an acknowledgement for an error when a frame follows in the same segment. The
///          handshake has no newlines, every frame ends with one (python-can cuts a byte there).
///          A client that lags by more than BUS_OUT_BYTES, sends a line longer than
///          BUS_LINE_CHARS, or has not opened after 10 s is thrown out. Modes other than rawmode,
///          FD and remote frames do not exist here
/// Source   socketcand's doc/protocol.md; python-can 4.1
#define _DEFAULT_SOURCE /* getifaddrs NOLINT(bugprone-reserved-identifier) */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus_backend.h"
#include "can_socketcand_line.h"

enum {
  HOLD_us = 60000,
  OPEN_LIMIT_us = 10000000,
  BEACON_PERIOD_us = 2000000,
  BEACON_PORT = 42000,
  COMMAND_CHARS_MIN = 10, ///< "<send 1 0>"
  CHUNK_BYTES = 2048,
  SEND_BUFFER_BYTES = 1 << 17 ///< bounds how old a frame can be that a slow client reads
};

/* --- clients --------------------------------------------------------------------------------- */

static void drop_client(bus_t *bus, bus_client_t *client) {
  close(client->fd);
  client->fd = -1;
  bus->stats.peer_count--;
}

static void evict(bus_t *bus, bus_client_t *client) {
  drop_client(bus, client);
  bus->stats.evicted_count++;
}

/// Hand over what the client's socket takes.
static void flush(bus_t *bus, bus_client_t *client) {
  while (client->out.count > 0) {
    const char *byte;
    size_t count = bus_out_front(&client->out, &byte);
    ssize_t sent = send(client->fd, byte, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      if (errno != EAGAIN) drop_client(bus, client);
      return;
    }
    bus_out_drop(&client->out, (size_t)sent);
  }
}

static void answer(bus_t *bus, bus_client_t *client, const char *text) {
  if (bus_out_put(&client->out, text, strlen(text)))
    flush(bus, client);
  else
    evict(bus, client);
}

static uint32_t hears(const bus_client_t *client, uint64_t now_us) {
  return client->fd >= 0 && client->stage == BUS_CLIENT_RAW && now_us - client->since_us >= HOLD_us;
}

/// To all clients that hear but one.
static void spread(bus_t *bus, uint64_t now_us, const can_frame_t *frame, const bus_client_t *but) {
  char line[CAN_SOCKETCAND_LINE_CHARS];
  size_t count = can_socketcand_format(line, now_us, frame);
  for (uint32_t i = 0; i < BUS_CLIENT_MAX; i++) {
    bus_client_t *client = &bus->socketcand.client[i];
    if (client == but || !hears(client, now_us)) continue;
    if (!bus_out_put(&client->out, line, count)) {
      evict(bus, client);
      continue;
    }
    flush(bus, client);
  }
}

static void set_stage(bus_client_t *client, bus_client_stage_t stage, uint64_t now_us) {
  client->stage = stage;
  client->since_us = now_us;
}

static void obey(bus_t *bus, bus_client_t *client, uint64_t now_us) {
  can_frame_t frame;
  can_socketcand_command_t command =
      can_socketcand_parse(client->line + 1, client->line_count - 1, &frame);
  int is_open = client->stage != BUS_CLIENT_GREETED;
  if (command == CAN_SOCKETCAND_OPEN) {
    set_stage(client, BUS_CLIENT_OPENED, now_us);
    answer(bus, client, "< ok >");
  } else if (command == CAN_SOCKETCAND_RAW_MODE && is_open) {
    set_stage(client, BUS_CLIENT_RAW, now_us);
    answer(bus, client, "< ok >");
  } else if (command == CAN_SOCKETCAND_ECHO) {
    answer(bus, client, "< echo >");
  } else if (command == CAN_SOCKETCAND_SEND && is_open) {
    bus_put(bus, now_us, 0, &frame);
    spread(bus, now_us, &frame, client);
  } else {
    bus->stats.garbage_count++;
    answer(bus, client,
           !is_open && command < CAN_SOCKETCAND_BAD_OPEN ? "< error open a bus first >\n"
           : command == CAN_SOCKETCAND_BAD_OPEN ? "< error allowed: open NAME, 16 characters >\n"
           : command == CAN_SOCKETCAND_BAD_SEND ? "< error allowed: send ID LENGTH BYTE... >\n"
                                                : "< error unknown command >\n");
  }
}

static void take_byte(bus_t *bus, bus_client_t *client, char byte, uint64_t now_us) {
  if (client->line_count == 0) {
    if (byte == '<') client->line[client->line_count++] = byte;
    return; /* newlines between commands, or rubbish */
  }
  if (byte == '>') {
    obey(bus, client, now_us);
    client->line_count = 0;
  } else if (client->line_count == BUS_LINE_CHARS) {
    bus->stats.garbage_count++;
    evict(bus, client);
  } else {
    client->line[client->line_count++] = byte;
  }
}

/// One chunk, small enough that its frames find room.
static void read_client(bus_t *bus, bus_client_t *client, uint64_t now_us) {
  char chunk[CHUNK_BYTES];
  size_t limit = (size_t)bus_room(bus) * (COMMAND_CHARS_MIN - 1);
  if (limit == 0) return;
  ssize_t count =
      recv(client->fd, chunk, limit < sizeof chunk ? limit : sizeof chunk, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    drop_client(bus, client);
    return;
  }
  for (ssize_t i = 0; i < count && client->fd >= 0; i++) take_byte(bus, client, chunk[i], now_us);
}

static void accept_clients(bus_t *bus, uint64_t now_us) {
  static const char full[] = "< error too many clients >\n";
  for (uint32_t round = 0; round < BUS_CLIENT_MAX; round++) {
    int one = 1, size = SEND_BUFFER_BYTES;
    int fd = accept(bus->socketcand.listen_fd, NULL, NULL);
    if (fd < 0) return;
    bus_client_t *client = bus->socketcand.client;
    while (client < bus->socketcand.client + BUS_CLIENT_MAX && client->fd >= 0) client++;
    if (client == bus->socketcand.client + BUS_CLIENT_MAX || bus_fd_prepare(fd) != 0) {
      (void)send(fd, full, sizeof full - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
      close(fd);
      bus->stats.evicted_count++;
      continue;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    client->fd = fd;
    client->line_count = 0;
    client->out.head = client->out.count = 0;
    bus->stats.peer_count++;
    set_stage(client, BUS_CLIENT_GREETED, now_us);
    answer(bus, client, "< hi >");
  }
}

static void tell_beacon(bus_t *bus, uint64_t now_us) {
  bus_socketcand_t *server = &bus->socketcand;
  if (server->beacon_fd < 0 || now_us < server->beacon_due_us) return;
  server->beacon_due_us = now_us + BEACON_PERIOD_us;
  (void)send(server->beacon_fd, server->beacon, strlen(server->beacon),
             MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void socketcand_run(bus_t *bus, uint64_t now_us) {
  bus_socketcand_t *server = &bus->socketcand;
  uint32_t listener_count = 0;
  accept_clients(bus, now_us);
  tell_beacon(bus, now_us);
  server->turn = (server->turn + 1) % BUS_CLIENT_MAX;
  for (uint32_t i = 0; i < BUS_CLIENT_MAX; i++) {
    bus_client_t *client = &server->client[(server->turn + i) % BUS_CLIENT_MAX];
    if (client->fd >= 0) flush(bus, client);
    if (client->fd >= 0) read_client(bus, client, now_us);
    if (client->fd >= 0 && client->stage == BUS_CLIENT_GREETED &&
        now_us - client->since_us > OPEN_LIMIT_us)
      evict(bus, client);
    listener_count += hears(client, now_us);
  }
  bus->stats.listener_count = listener_count;
}

static bus_status_t socketcand_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  spread(bus, now_us, frame, NULL);
  return BUS_OK;
}

/* --- open and close -------------------------------------------------------------------------- */

/// The first address of this host that others can reach, else the loopback.
static struct in_addr reachable_address(void) {
  struct in_addr found = {htonl(INADDR_LOOPBACK)};
  struct ifaddrs *list = NULL;
  if (getifaddrs(&list) != 0) return found;
  for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
    struct sockaddr_in address;
    if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET) continue;
    memcpy(&address, at->ifa_addr, sizeof address);
    if (ntohl(address.sin_addr.s_addr) >> 24 == 127) continue;
    found = address.sin_addr;
    break;
  }
  freeifaddrs(list);
  return found;
}

/// The beacon is a courtesy: where it cannot be sent, the server works without.
static void open_beacon(bus_socketcand_t *server, struct in_addr listen_at, uint16_t port) {
  struct in_addr at = listen_at.s_addr == htonl(INADDR_ANY) ? reachable_address() : listen_at;
  int is_loopback = ntohl(at.s_addr) >> 24 == 127;
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons(BEACON_PORT),
                           .sin_addr.s_addr = is_loopback ? htonl(0x7FFFFFFFu) : INADDR_BROADCAST};
  char text[INET_ADDRSTRLEN] = "";
  int one = 1;
  server->beacon_fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (server->beacon_fd < 0) return;
  (void)inet_ntop(AF_INET, &at, text, sizeof text);
  (void)snprintf(server->beacon, sizeof server->beacon,
                 "<CANBeacon name=\"packsim\" type=\"SocketCAN\" description=\"battery pack\">"
                 "<URL>can://%s:%u</URL><Bus name=\"can0\"/></CANBeacon>",
                 text, (unsigned)port);
  if (bus_fd_prepare(server->beacon_fd) != 0 ||
      setsockopt(server->beacon_fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one) != 0 ||
      connect(server->beacon_fd, (const struct sockaddr *)&to, sizeof to) != 0) {
    close(server->beacon_fd);
    server->beacon_fd = -1;
  }
}

static bus_status_t socketcand_open(bus_t *bus, const bus_url_t *url, uint64_t now_us,
                                    bus_error_t *error) {
  bus_socketcand_t *server = &bus->socketcand;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(url->port)};
  int one = 1;
  for (uint32_t i = 0; i < BUS_CLIENT_MAX; i++) server->client[i].fd = -1;
  server->beacon_fd = -1;
  server->beacon_due_us = now_us;
  (void)inet_pton(AF_INET, url->address, &at.sin_addr);
  server->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
  int is_listening =
      server->listen_fd >= 0 && bus_fd_prepare(server->listen_fd) == 0 &&
      setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
      bind(server->listen_fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
      listen(server->listen_fd, BUS_CLIENT_MAX) == 0;
  if (!is_listening) {
    bus_status_t status = bus_refuse(
        error, BUS_ERR_MACHINE, "socketcand: cannot listen at %s:%u: %s; %s", url->address,
        (unsigned)url->port, strerror(errno),
        errno == EADDRINUSE ? "choose another port: socketcand:PORT"
                            : "allowed an address of this machine and a port above 1023");
    if (server->listen_fd >= 0) close(server->listen_fd);
    return status;
  }
  if (url->has_beacon) open_beacon(server, at.sin_addr, url->port);
  bus->caps = BUS_CAP_KIND_OF_ID | BUS_CAP_PEERS;
  (void)snprintf(bus->name, sizeof bus->name, "socketcand");
  (void)snprintf(bus->place, sizeof bus->place, "%s:%u", url->address, (unsigned)url->port);
  return BUS_OK;
}

static uint32_t socketcand_poll_set(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]) {
  uint32_t count = 0;
  set[count++] = (struct pollfd){.fd = bus->socketcand.listen_fd, .events = POLLIN};
  for (uint32_t i = 0; i < BUS_CLIENT_MAX; i++) {
    const bus_client_t *client = &bus->socketcand.client[i];
    short events = (short)(client->out.count > 0 ? POLLIN | POLLOUT : POLLIN);
    if (client->fd >= 0) set[count++] = (struct pollfd){.fd = client->fd, .events = events};
  }
  return count;
}

static uint32_t socketcand_pending(const bus_t *bus) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < BUS_CLIENT_MAX; i++) {
    const bus_client_t *client = &bus->socketcand.client[i];
    if (client->fd >= 0) count += client->out.count;
  }
  return count;
}

static void socketcand_close(bus_t *bus) {
  bus_socketcand_t *server = &bus->socketcand;
  for (uint32_t i = 0; i < BUS_CLIENT_MAX; i++) {
    if (server->client[i].fd >= 0) close(server->client[i].fd);
  }
  if (server->beacon_fd >= 0) close(server->beacon_fd);
  close(server->listen_fd);
}

static int socketcand_probe(char *text, uint32_t text_bytes) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int works = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0;
  (void)snprintf(text, text_bytes, "%s",
                 works ? "TCP server; SavvyCAN, Kayak and python-can attach"
                       : "no TCP on the loopback; as root: ip link set lo up");
  if (fd >= 0) close(fd);
  return works;
}

const bus_backend_t can_socketcand_backend = {
    socketcand_open,    socketcand_send,  socketcand_run,   socketcand_poll_set,
    socketcand_pending, socketcand_close, socketcand_probe, NULL,
};
