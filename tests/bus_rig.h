/// A port of each kind with a peer behind it, for the tests of the bus port.
///
/// Model    the peers of socketcand and slcan speak their protocols with code of their own; those
///          of mem, udp and socketcan are a second port
/// Units    the clock is rig->now_us, which the rig advances by 1 ms a look
#ifndef TESTS_BUS_RIG_H
#define TESTS_BUS_RIG_H

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../sim/can/bus.h"

enum { RIG_LOOKS = 400, RIG_TEXT_CHARS = 1 << 16 };

typedef struct {
  bus_kind_t kind;
  uint64_t now_us;
  bus_t *port; ///< under test
  bus_t *other; ///< the peer of mem, udp and socketcan
  can_mem_t *wire;
  bus_url_t url;
  int fd; ///< the peer of socketcand and slcan, -1 none
  uint32_t text_count;
  char text[RIG_TEXT_CHARS];
} bus_rig_t;

static inline void rig_write(const bus_rig_t *rig, const char *text) {
  ck_assert_int_eq(write(rig->fd, text, strlen(text)), (ssize_t)strlen(text));
}

/// Let the port work and collect what the text peer got.
static inline void rig_look(bus_rig_t *rig) {
  struct pollfd wait = {.fd = rig->fd, .events = POLLIN};
  if (rig->fd < 0) return;
  (void)poll(&wait, 1, 1);
  ssize_t count = read(rig->fd, rig->text + rig->text_count, RIG_TEXT_CHARS - 1 - rig->text_count);
  if (count > 0) rig->text_count += (uint32_t)count;
  rig->text[rig->text_count] = '\0';
}

static inline int rig_recv(bus_rig_t *rig, bus_rx_t *rx) {
  rig->now_us += 1000;
  return bus_recv(rig->port, rig->now_us, rx) == BUS_OK;
}

/// Wait until text arrives at the text peer and take it off together with what stood before.
static inline void rig_expect(bus_rig_t *rig, const char *text) {
  bus_rx_t rx;
  for (int i = 0; i < RIG_LOOKS; i++) {
    const char *found = strstr(rig->text, text);
    if (rig->text_count > 0 && found != NULL) {
      uint32_t cut = (uint32_t)(found - rig->text) + (uint32_t)strlen(text);
      rig->text_count -= cut;
      memmove(rig->text, rig->text + cut, rig->text_count + 1);
      return;
    }
    ck_assert(!rig_recv(rig, &rx));
    rig_look(rig);
  }
  ck_abort_msg("no \"%s\", but \"%s\"", text, rig->text);
}

static inline int rig_tcp(const bus_rig_t *rig) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(rig->url.port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
  ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
  return fd;
}

/// A peer that is ready to exchange frames.
static inline void rig_join(bus_rig_t *rig) {
  bus_error_t error;
  rig->text_count = 0;
  rig->text[0] = '\0';
  if (rig->kind == BUS_KIND_MEM) bus_open_mem(rig->other, rig->wire, 1);
  if (rig->kind == BUS_KIND_UDP || rig->kind == BUS_KIND_SOCKETCAN)
    ck_assert_int_eq(bus_open(rig->other, &rig->url, rig->now_us, &error), BUS_OK);
  if (rig->kind == BUS_KIND_SOCKETCAND) {
    rig->fd = rig_tcp(rig);
    rig_expect(rig, "< hi >");
    rig_write(rig, "< open can0 >");
    rig_expect(rig, "< ok >");
    rig_write(rig, "< rawmode >");
    rig_expect(rig, "< ok >");
    rig->now_us += 60000;
  }
  if (rig->kind == BUS_KIND_SLCAN) {
    rig->fd = open(bus_place(rig->port), O_RDWR | O_NOCTTY | O_NONBLOCK);
    ck_assert_int_ge(rig->fd, 0);
    rig_write(rig, "C\rS6\rO\r");
    rig_expect(rig, "\r\r\r");
  }
}

static inline void rig_leave(bus_rig_t *rig) {
  bus_close(rig->other);
  if (rig->fd >= 0) close(rig->fd);
  rig->fd = -1;
}

/// Which machine has what: 0 iff this kind cannot be tested here.
static inline int rig_is_possible(bus_kind_t kind) {
  char text[256];
  if (kind != BUS_KIND_SOCKETCAN) return 1;
  bus_url_t url;
  bus_error_t error;
  static bus_t probe;
  if (!bus_probe(kind, text, sizeof text)) return 0;
  if (bus_url_parse("vcan0", &url, &error) != BUS_OK) return 0;
  if (bus_open(&probe, &url, 0, &error) != BUS_OK) return 0;
  bus_close(&probe);
  return 1;
}

/// A port without peer. Ports of UDP and TCP are the process's own: tests run side by side.
static inline bus_rig_t *rig_open(bus_kind_t kind) {
  static bus_rig_t rig;
  static bus_t port, other;
  static can_mem_t wire;
  char url[64] = "slcan:";
  bus_error_t error = {""};
  unsigned number = 20000u + (unsigned)getpid() % 20000u;
  memset(&rig, 0, sizeof rig);
  memset(&other, 0, sizeof other);
  rig.kind = kind;
  rig.port = &port;
  rig.other = &other;
  rig.wire = &wire;
  rig.fd = -1;
  rig.now_us = 1000000;
  if (kind == BUS_KIND_MEM) {
    can_mem_init(&wire, 1000000, 8000000);
    bus_open_mem(&port, &wire, 0);
    return &rig;
  }
  if (kind == BUS_KIND_UDP) snprintf(url, sizeof url, "udp:239.74.163.9:%u", number);
  if (kind == BUS_KIND_SOCKETCAN) snprintf(url, sizeof url, "vcan0");
  for (int i = 0; i < 50; i++) {
    if (kind == BUS_KIND_SOCKETCAND) snprintf(url, sizeof url, "socketcand:%u", number++);
    ck_assert_int_eq(bus_url_parse(url, &rig.url, &error), BUS_OK);
    if (bus_open(&port, &rig.url, rig.now_us, &error) == BUS_OK) return &rig;
  }
  ck_abort_msg("%s", error.text);
  return NULL;
}

static inline void rig_close(bus_rig_t *rig) {
  rig_leave(rig);
  bus_close(rig->port);
}

/* --- the peer's frames ----------------------------------------------------------------------- */

static inline void rig_peer_text(const bus_rig_t *rig, const can_frame_t *frame, char *line) {
  int is_extended = (frame->flags & CAN_FRAME_EXTENDED) != 0;
  int is_remote = (frame->flags & CAN_FRAME_REMOTE) != 0;
  char *to = line;
  if (rig->kind == BUS_KIND_SOCKETCAND) {
    to += sprintf(to, is_extended ? "< send %08x %x" : "< send %X %x", frame->id, frame->len);
    for (uint32_t i = 0; i < frame->len; i++) to += sprintf(to, " %x", frame->data[i]);
    (void)sprintf(to, " >");
  } else {
    const char *letters = is_remote ? "rR" : "tT";
    to += sprintf(to, is_extended ? "%c%08X%u" : "%c%03X%u", letters[is_extended], frame->id,
                  frame->len);
    uint32_t len = is_remote ? 0 : frame->len;
    for (uint32_t i = 0; i < len; i++) to += sprintf(to, "%02x", frame->data[i]);
    (void)sprintf(to, "\r");
  }
}

static inline void rig_peer_send(bus_rig_t *rig, const can_frame_t *frame) {
  char line[128];
  if (rig->fd >= 0) {
    rig_peer_text(rig, frame, line);
    rig_write(rig, line);
    return;
  }
  bus_status_t status = bus_send(rig->other, rig->now_us, frame);
  ck_assert_int_ge(status, BUS_OK);
}

/// A frame from what socketcand wrote: "< frame 1F 12.000001 AABB >\n".
static inline int rig_take_frame_line(bus_rig_t *rig, can_frame_t *frame) {
  char id[16], data[32] = "";
  unsigned seconds, micros;
  int used = 0;
  const char *end = strchr(rig->text, '\n');
  if (end == NULL) return 0;
  if (sscanf(rig->text, "< frame %15s %u.%6u %n", id, &seconds, &micros, &used) != 3 || used == 0)
    ck_abort_msg("no frame: %s", rig->text);
  ck_assert_int_eq(micros >= 1000000, 0);
  (void)sscanf(rig->text + used, "%31[0-9A-F]", data);
  frame->id = (uint32_t)strtoul(id, NULL, 16);
  frame->flags = strlen(id) == 8 ? CAN_FRAME_EXTENDED : 0;
  frame->len = (uint8_t)(strlen(data) / 2);
  for (uint32_t i = 0; i < frame->len; i++) {
    char pair[3] = {data[2 * i], data[2 * i + 1], 0};
    frame->data[i] = (uint8_t)strtoul(pair, NULL, 16);
  }
  ck_assert_int_eq(strncmp(end - 2, " >", 2), 0);
  rig->text_count -= (uint32_t)(end + 1 - rig->text);
  memmove(rig->text, end + 1, rig->text_count + 1);
  return 1;
}

/// A frame from what slcan wrote; acknowledgements of our own are skipped.
static inline int rig_take_slcan(bus_rig_t *rig, can_frame_t *frame) {
  for (;;) {
    char *end = strchr(rig->text, '\r');
    if (end == NULL) return 0;
    char line[64] = "";
    size_t count = (size_t)(end - rig->text);
    ck_assert_uint_lt(count, sizeof line);
    memcpy(line, rig->text, count);
    rig->text_count -= (uint32_t)count + 1;
    memmove(rig->text, end + 1, rig->text_count + 1);
    if (count == 0 || strchr("zZ", line[0]) != NULL) continue;
    int is_extended = line[0] == 'T' || line[0] == 'R';
    unsigned len = 0;
    if (sscanf(line + 1, is_extended ? "%8x%1u" : "%3x%1u", &frame->id, &len) != 2)
      ck_abort_msg("no frame: %s", line);
    frame->len = (uint8_t)len;
    frame->flags = (uint8_t)((is_extended ? CAN_FRAME_EXTENDED : 0) |
                             (strchr("rR", line[0]) != NULL ? CAN_FRAME_REMOTE : 0));
    for (uint32_t i = 0; i < len && (frame->flags & CAN_FRAME_REMOTE) == 0; i++) {
      unsigned byte = 0;
      ck_assert_int_eq(sscanf(line + (is_extended ? 10 : 5) + 2 * i, "%2x", &byte), 1);
      frame->data[i] = (uint8_t)byte;
    }
    return 1;
  }
}

static inline int rig_peer_try(bus_rig_t *rig, can_frame_t *frame) {
  bus_rx_t rx;
  memset(frame, 0, sizeof *frame);
  if (rig->kind == BUS_KIND_SOCKETCAND) return rig_take_frame_line(rig, frame);
  if (rig->kind == BUS_KIND_SLCAN) return rig_take_slcan(rig, frame);
  if (bus_recv(rig->other, rig->now_us, &rx) != BUS_OK) return 0;
  *frame = rx.frame;
  return 1;
}

/// Wait for a frame at the peer; the port works meanwhile and must receive nothing.
static inline int rig_peer_recv(bus_rig_t *rig, can_frame_t *frame) {
  bus_rx_t rx;
  for (int i = 0; i < RIG_LOOKS; i++) {
    if (rig_peer_try(rig, frame)) return 1;
    ck_assert(!rig_recv(rig, &rx));
    if (rig->kind == BUS_KIND_UDP || rig->kind == BUS_KIND_SOCKETCAN) (void)bus_wait(rig->other, 1);
    rig_look(rig);
  }
  return 0;
}

/// Wait for a frame at the port.
static inline int rig_port_recv(bus_rig_t *rig, can_frame_t *frame) {
  bus_rx_t rx;
  for (int i = 0; i < RIG_LOOKS; i++) {
    if (rig_recv(rig, &rx)) {
      *frame = rx.frame;
      return 1;
    }
    if (rig->kind != BUS_KIND_MEM) (void)bus_wait(rig->port, 1);
  }
  return 0;
}

#endif
