/// The bus port: checks frames, counts, and calls the back end.
#include "bus.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bus_backend.h"

static const bus_backend_t *const backend_of[BUS_KIND_COUNT] = {
    [BUS_KIND_MEM] = &bus_mem_backend,
    [BUS_KIND_UDP] = &can_udp_backend,
    [BUS_KIND_SOCKETCAND] = &can_socketcand_backend,
    [BUS_KIND_SLCAN] = &can_slcan_backend,
    [BUS_KIND_SOCKETCAN] = &can_socketcan_backend,
};

/* --- for the back ends ---------------------------------------------------------------------- */

bus_status_t bus_refuse(bus_error_t *error, bus_status_t status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  return status;
}

int bus_fd_prepare(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return -1;
  return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? 0 : -1;
}

void bus_put(bus_t *bus, uint64_t now_us, uint64_t stamp_us, const can_frame_t *frame) {
  bus_rx_t *slot = &bus->rx.slot[(bus->rx.head + bus->rx.count) % BUS_RX_MAX];
  *slot = (bus_rx_t){.frame = *frame, .time_us = now_us, .stamp_us = stamp_us};
  bus->rx.count++;
  if ((frame->flags & CAN_FRAME_ERROR) != 0) bus->stats.error_frame_count++;
}

int bus_out_put(bus_out_t *out, const char *byte, size_t count) {
  if (count > BUS_OUT_BYTES - out->count) return 0;
  for (size_t i = 0; i < count; i++)
    out->byte[(out->head + out->count + i) % BUS_OUT_BYTES] = byte[i];
  out->count += (uint32_t)count;
  return 1;
}

size_t bus_out_front(const bus_out_t *out, const char **byte) {
  *byte = &out->byte[out->head];
  size_t to_end = BUS_OUT_BYTES - out->head;
  return out->count < to_end ? out->count : to_end;
}

void bus_out_drop(bus_out_t *out, size_t count) {
  out->head = (out->head + (uint32_t)count) % BUS_OUT_BYTES;
  out->count -= (uint32_t)count;
}

/* --- the port ------------------------------------------------------------------------------- */

static int is_legal_fd_len(uint32_t len) {
  static const uint8_t legal[] = {12, 16, 20, 24, 32, 48, 64};
  for (uint32_t i = 0; i < sizeof legal; i++) {
    if (legal[i] == len) return 1;
  }
  return len <= 8;
}

int bus_frame_is_legal(const can_frame_t *frame) {
  int is_fd = (frame->flags & CAN_FRAME_FD) != 0;
  int is_remote = (frame->flags & CAN_FRAME_REMOTE) != 0;
  uint32_t id_max = (frame->flags & CAN_FRAME_EXTENDED) != 0 ? 0x1FFFFFFFu : 0x7FFu;
  if (frame->id > id_max || (frame->flags & CAN_FRAME_ERROR) != 0) return 0;
  if (is_fd) return !is_remote && is_legal_fd_len(frame->len);
  return frame->len <= 8 && (frame->flags & CAN_FRAME_BRS) == 0;
}

static int is_within_caps(const bus_t *bus, const can_frame_t *frame) {
  if ((frame->flags & CAN_FRAME_FD) != 0 && (bus->caps & BUS_CAP_FD) == 0) return 0;
  return (frame->flags & CAN_FRAME_REMOTE) == 0 || (bus->caps & BUS_CAP_REMOTE) != 0;
}

bus_status_t bus_open(bus_t *bus, const bus_url_t *url, uint64_t now_us, bus_error_t *error) {
  memset(bus, 0, sizeof *bus);
  if (url->kind == BUS_KIND_MEM) {
    return bus_refuse(error, BUS_ERR_URL,
                      "mem: is a bus inside of one process, nobody else can attach; allowed here "
                      "udp: socketcand: slcan: socketcan:INTERFACE");
  }
  const bus_backend_t *backend = backend_of[url->kind];
  bus_status_t status = backend->open(bus, url, now_us, error);
  if (status != BUS_OK) {
    memset(bus, 0, sizeof *bus);
    return status;
  }
  bus->backend = backend;
  if (bus->stats.state == BUS_STATE_CLOSED) bus->stats.state = BUS_STATE_ACTIVE;
  return BUS_OK;
}

static void run(bus_t *bus, uint64_t now_us) {
  if (bus_room(bus) == 0) return;
  bus->ran_us = now_us;
  bus->is_dry = 0;
  bus->backend->run(bus, now_us);
}

static int is_run_due(const bus_t *bus, uint64_t now_us) {
  return now_us - bus->ran_us >= BUS_RUN_PERIOD_us;
}

bus_status_t bus_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  if (bus->backend == NULL) return BUS_ERR_DOWN;
  bus->is_dry = 0; /* what is sent may come back at once */
  if (!bus_frame_is_legal(frame) || !is_within_caps(bus, frame)) return BUS_ERR_FRAME;
  if (is_run_due(bus, now_us)) run(bus, now_us);
  bus_status_t status = bus->backend->send(bus, now_us, frame);
  if (status == BUS_OK) bus->stats.sent_count++;
  if (status == BUS_ERR_FULL || status == BUS_ERR_DOWN) bus->stats.send_drop_count++;
  return status;
}

static uint32_t count_sendable(const bus_t *bus, const can_frame_t *frame, uint32_t count) {
  uint32_t good = 0;
  while (good < count && bus_frame_is_legal(&frame[good]) && is_within_caps(bus, &frame[good]))
    good++;
  return good;
}

uint32_t bus_send_all(bus_t *bus, uint64_t now_us, const can_frame_t *frame, uint32_t count) {
  uint32_t handed = 0;
  for (uint32_t at = 0; at < count;) {
    const uint32_t good = bus->backend != NULL && bus->backend->send_many != NULL
                              ? count_sendable(bus, frame + at, count - at)
                              : 0;
    const uint32_t taken = good > 0 ? bus->backend->send_many(bus, now_us, frame + at, good) : 0;
    bus->stats.sent_count += taken;
    bus->is_dry = 0;
    handed += taken;
    at += taken;
    if (taken == 0) handed += bus_send(bus, now_us, &frame[at++]) >= BUS_OK;
  }
  return handed;
}

bus_status_t bus_recv(bus_t *bus, uint64_t now_us, bus_rx_t *rx) {
  if (bus->backend == NULL) return BUS_EMPTY;
  const int is_known = bus->is_dry && now_us == bus->ran_us;
  if ((bus->rx.count == 0 && !is_known) || is_run_due(bus, now_us)) run(bus, now_us);
  if (bus->rx.count == 0) return BUS_EMPTY;
  *rx = bus->rx.slot[bus->rx.head];
  bus->rx.head = (bus->rx.head + 1) % BUS_RX_MAX;
  bus->rx.count--;
  bus->stats.received_count++;
  return BUS_OK;
}

void bus_close(bus_t *bus) {
  if (bus->backend == NULL) return;
  bus->backend->close(bus);
  bus->backend = NULL;
  bus->rx.count = 0;
  bus->stats.state = BUS_STATE_CLOSED;
  bus->stats.peer_count = bus->stats.listener_count = 0;
}

uint32_t bus_poll_set(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]) {
  return bus->backend == NULL ? 0 : bus->backend->poll_set(bus, set);
}

int bus_wait(const bus_t *bus, int timeout_ms) {
  struct pollfd set[BUS_POLL_MAX];
  if (bus->rx.count > 0) return 1;
  uint32_t count = bus_poll_set(bus, set);
  return poll(set, count, timeout_ms) > 0;
}

uint32_t bus_pending(const bus_t *bus) {
  return bus->backend == NULL ? 0 : bus->backend->pending(bus);
}

uint32_t bus_waiting(bus_t *bus) {
  const bus_stats_t *stats = &bus->stats;
  const uint32_t pending = bus_pending(bus);
  if ((bus->caps & BUS_CAP_CONFIRM) == 0) return pending;
  const uint64_t open_count = stats->sent_count - stats->confirmed_count;
  const int is_lost =
      stats->receive_drop_count != bus->drop_seen_count || stats->state >= BUS_STATE_BUS_OFF;
  bus->drop_seen_count = stats->receive_drop_count;
  if (is_lost || open_count < bus->unheard_count) bus->unheard_count = open_count;
  return pending + (uint32_t)(open_count - bus->unheard_count);
}

int bus_probe(bus_kind_t kind, char *text, uint32_t text_bytes) {
  return backend_of[kind]->probe(text, text_bytes);
}

const char *bus_state_text(bus_state_t state) {
  static const char *const texts[] = {
      [BUS_STATE_CLOSED] = "closed",       [BUS_STATE_ACTIVE] = "active",
      [BUS_STATE_WARNING] = "warning",     [BUS_STATE_PASSIVE] = "error passive",
      [BUS_STATE_BUS_OFF] = "bus off",     [BUS_STATE_DOWN] = "interface down",
      [BUS_STATE_GONE] = "interface gone",
  };
  return texts[state];
}
