/// The bus port on the in-process bus: a node of a can_mem_t that the caller owns.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bus_backend.h"

static bus_status_t mem_send(bus_t *bus, uint64_t now_us, const can_frame_t *frame) {
  uint64_t now_ns = now_us * 1000u;
  if (now_ns > bus->mem.wire->now_ns) can_mem_advance(bus->mem.wire, now_ns);
  can_mem_status_t status = can_mem_send(bus->mem.wire, bus->mem.node, now_ns, frame);
  if (status == CAN_MEM_OK) return BUS_OK;
  return status == CAN_MEM_ERR_FULL ? BUS_ERR_FULL : BUS_ERR_FRAME;
}

static void mem_run(bus_t *bus, uint64_t now_us) {
  can_mem_rx_t rx;
  can_mem_t *wire = bus->mem.wire;
  if (now_us * 1000u > wire->now_ns) can_mem_advance(wire, now_us * 1000u);
  while (bus_room(bus) > 0 && can_mem_recv(wire, bus->mem.node, &rx) == CAN_MEM_OK)
    bus_put(bus, now_us, 0, &rx.frame);
  bus->stats.receive_drop_count = wire->rx[bus->mem.node].lost_count;
}

static uint32_t mem_poll_set(const bus_t *bus, struct pollfd set[BUS_POLL_MAX]) {
  (void)bus;
  (void)set;
  return 0;
}

static uint32_t mem_pending(const bus_t *bus) { return bus->mem.wire->tx[bus->mem.node].count; }

static void mem_close(bus_t *bus) { bus->mem.wire = NULL; }

static int mem_probe(char *text, uint32_t text_bytes) {
  (void)snprintf(text, text_bytes, "inside of the process, needs nothing; packsim run uses it");
  return 1;
}

const bus_backend_t bus_mem_backend = {
    NULL, mem_send, mem_run, mem_poll_set, mem_pending, mem_close, mem_probe, NULL,
};

void bus_open_mem(bus_t *bus, can_mem_t *wire, uint32_t node) {
  assert(node < CAN_MEM_SENDER_MAX);
  memset(bus, 0, sizeof *bus);
  bus->backend = &bus_mem_backend;
  bus->caps = BUS_CAP_FD | BUS_CAP_REMOTE | BUS_CAP_KIND_OF_ID;
  bus->mem = (bus_mem_t){wire, node};
  bus->stats.state = BUS_STATE_ACTIVE;
  (void)snprintf(bus->name, sizeof bus->name, "mem");
  (void)snprintf(bus->place, sizeof bus->place, "node %u in this process", (unsigned)node);
}
