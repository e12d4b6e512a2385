/// Measures the bus port: see bench_bus.h.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../sim/can/bus.h"
#include "bench_bus.h"

enum {
  FRAMES = 20000,
  BURST = 32, ///< fewer than the smallest queue on the way
  ROUND_TRIPS = 2000,
  PATIENCE_us = 20000000, ///< a guest on a loaded machine is slow
  FULL_BUS_PER_s = 4505 ///< 8-byte frames without stuff bits at 500 kbit/s
};

typedef struct {
  bus_kind_t kind;
  const char *name, *url;
} kind_row_t;

static const kind_row_t kinds[] = {
    {BUS_KIND_MEM, "mem", NULL},
    {BUS_KIND_UDP, "udp", "udp:239.74.163.11"},
    {BUS_KIND_SOCKETCAND, "socketcand", "socketcand:"},
    {BUS_KIND_SLCAN, "slcan", "slcan:"},
    {BUS_KIND_SOCKETCAN, "socketcan", "vcan0"},
};

/// A port and its peer: a second port, or the text side of a stream.
typedef struct {
  const kind_row_t *row;
  bus_t *port, *other;
  int fd; ///< -1: other is the peer
  uint64_t mem_us; ///< the in-process bus has a clock of its own
} pair_t;

static bus_t ports[2];
static can_mem_t wire;
static const can_frame_t sample = {.id = 0x123, .len = 8, .data = {1, 2, 3, 4, 5, 6, 7, 8}};

static uint64_t real_us(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t now_us(pair_t *pair) {
  if (pair->row->kind != BUS_KIND_MEM) return real_us(CLOCK_MONOTONIC);
  pair->mem_us += 200;
  return pair->mem_us;
}

/* --- the peer -------------------------------------------------------------------------------- */

/// Frames that the peer has got since the last call: lines of text, or of a second port.
static uint32_t peer_count(pair_t *pair) {
  char text[4096];
  bus_rx_t rx;
  uint32_t count = 0;
  if (pair->fd < 0) {
    while (bus_recv(pair->other, now_us(pair), &rx) == BUS_OK) count++;
    return count;
  }
  char end = pair->row->kind == BUS_KIND_SLCAN ? '\r' : '\n';
  ssize_t bytes = read(pair->fd, text, sizeof text);
  int was_acknowledged = 0; /* "z\r" is no frame */
  for (ssize_t i = 0; i < bytes; i++) {
    count += text[i] == end && !was_acknowledged;
    was_acknowledged = text[i] == 'z';
  }
  return count;
}

static void peer_send(pair_t *pair) {
  const char *text = pair->row->kind == BUS_KIND_SLCAN ? "t12380102030405060708\r"
                                                       : "< send 123 8 1 2 3 4 5 6 7 8 >";
  if (pair->fd < 0)
    (void)bus_send(pair->other, now_us(pair), &sample);
  else
    (void)!write(pair->fd, text, strlen(text));
}

/// Give text and work on until the port has a listener or the answer has come. 0, or -1.
static int talk(pair_t *pair, const char *text, int needs_answer) {
  char back[64];
  bus_rx_t rx;
  uint64_t until_us = real_us(CLOCK_MONOTONIC) + PATIENCE_us;
  if (write(pair->fd, text, strlen(text)) < 0) return -1;
  while (real_us(CLOCK_MONOTONIC) < until_us) {
    (void)bus_recv(pair->port, now_us(pair), &rx);
    if (needs_answer ? read(pair->fd, back, sizeof back) > 0
                     : bus_stats(pair->port).listener_count > 0)
      return 0;
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
  }
  return -1;
}

static int open_client(pair_t *pair, const bus_url_t *url) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(url->port)};
  int one = 1;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  pair->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (pair->fd < 0 || connect(pair->fd, (struct sockaddr *)&at, sizeof at) != 0) return -1;
  (void)setsockopt(pair->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (fcntl(pair->fd, F_SETFL, O_NONBLOCK) != 0 || talk(pair, "< open can0 >", 1) != 0) return -1;
  return talk(pair, "< rawmode >", 0);
}

static int open_line(pair_t *pair) {
  char back[16];
  pair->fd = open(bus_place(pair->port), O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (pair->fd < 0 || talk(pair, "O\r", 0) != 0) return -1;
  while (read(pair->fd, back, sizeof back) > 0) {
  }
  return 0;
}

static int open_pair(pair_t *pair) {
  bus_url_t url;
  bus_error_t error = {""};
  int code = 0;
  pair->fd = -1;
  if (pair->row->kind == BUS_KIND_MEM) {
    can_mem_init(&wire, 1000000, 8000000);
    bus_open_mem(pair->port, &wire, 0);
    bus_open_mem(pair->other, &wire, 1);
    return 0;
  }
  if (bus_url_parse(pair->row->url, &url, &error) != BUS_OK) return -1;
  if (pair->row->kind != BUS_KIND_SOCKETCAN)
    url.port = (uint16_t)(20000u + (unsigned)getpid() % 40000u);
  if (bus_open(pair->port, &url, now_us(pair), &error) != BUS_OK) return -1;
  if (pair->row->kind == BUS_KIND_SOCKETCAND)
    code = open_client(pair, &url);
  else if (pair->row->kind == BUS_KIND_SLCAN)
    code = open_line(pair);
  else
    code = bus_open(pair->other, &url, now_us(pair), &error) == BUS_OK ? 0 : -1;
  return code;
}

/* --- measuring ------------------------------------------------------------------------------- */

/// Frames sent in bursts until the peer has them all. Seconds of wall and processor, or -1.
static int flow(pair_t *pair, double *wall_s, double *processor_s) {
  uint64_t begin_us = real_us(CLOCK_MONOTONIC), used_us = real_us(CLOCK_PROCESS_CPUTIME_ID);
  for (uint32_t got = 0, sent = 0; got < FRAMES;) {
    if (real_us(CLOCK_MONOTONIC) - begin_us > PATIENCE_us) return -1;
    for (uint32_t i = 0; i < BURST && sent - got < BURST && sent < FRAMES; i++)
      sent += bus_send(pair->port, now_us(pair), &sample) >= BUS_OK;
    got += peer_count(pair);
  }
  *wall_s = (double)(real_us(CLOCK_MONOTONIC) - begin_us) * 1e-6;
  *processor_s = (double)(real_us(CLOCK_PROCESS_CPUTIME_ID) - used_us) * 1e-6;
  return 0;
}

/// One frame there, one back. Mean time in us, or -1.
static double round_trip_us(pair_t *pair) {
  bus_rx_t rx;
  uint64_t begin_us = real_us(CLOCK_MONOTONIC);
  for (uint32_t i = 0; i < ROUND_TRIPS; i++) {
    (void)bus_send(pair->port, now_us(pair), &sample);
    while (peer_count(pair) == 0) {
      if (real_us(CLOCK_MONOTONIC) - begin_us > PATIENCE_us) return -1.0;
    }
    peer_send(pair);
    while (bus_recv(pair->port, now_us(pair), &rx) != BUS_OK) {
      if (real_us(CLOCK_MONOTONIC) - begin_us > PATIENCE_us) return -1.0;
    }
  }
  return (double)(real_us(CLOCK_MONOTONIC) - begin_us) / ROUND_TRIPS;
}

static void put(catalog_figure_t *figure, const char *kind, const char *what, double value,
                const char *unit, const char *text) {
  snprintf(figure->name, sizeof figure->name, "bus_%s_%s", kind, what);
  figure->value = value;
  snprintf(figure->unit, sizeof figure->unit, "%s", unit);
  snprintf(figure->help, sizeof figure->help, "%s", text);
}

static uint32_t measure(pair_t *pair, catalog_figure_t *figure) {
  double wall_s, processor_s;
  if (flow(pair, &wall_s, &processor_s) != 0) return 0;
  double trip_us = round_trip_us(pair);
  if (trip_us < 0.0) return 0;
  const char *name = pair->row->name;
  put(figure, name, "frames", FRAMES / wall_s, "1/s", "frames sent and received, one thread");
  put(figure + 1, name, "round_trip", trip_us, "us", "a frame there and one back, without sleep");
  put(figure + 2, name, "load", processor_s / FRAMES * FULL_BUS_PER_s * 100.0, "%",
      "share of a processor that a full bus of 500 kbit/s takes, both ends");
  return 3;
}

uint32_t bench_bus_run(catalog_figure_t *figure, uint32_t room) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < sizeof kinds / sizeof kinds[0] && room - count >= 3; i++) {
    pair_t pair = {.row = &kinds[i], .port = &ports[0], .other = &ports[1]};
    memset(ports, 0, sizeof ports);
    if (open_pair(&pair) == 0) count += measure(&pair, figure + count);
    if (pair.fd >= 0) close(pair.fd);
    bus_close(&ports[0]);
    bus_close(&ports[1]);
  }
  return count;
}
