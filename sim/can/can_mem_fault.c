/// Drops, delays, copies and spoils frames on their way to the bus; babbles.
#include "can_mem_fault.h"

#include <string.h>

#include "can_mem_error.h"

enum { SPOILT = 0x5A, BABBLE_QUEUED = 2, BABBLE_BYTE = 0x55, BABBLE_LEN = 8 };

static can_mem_fault_t *find(can_mem_t *bus, const can_frame_t *frame) {
  int is_extended = (frame->flags & CAN_FRAME_EXTENDED) != 0;
  for (uint32_t i = 0; i < CAN_MEM_FAULT_MAX; i++) {
    can_mem_fault_t *fault = &bus->fault[i];
    if (fault->is_used && fault->id == frame->id && fault->is_extended == is_extended) return fault;
  }
  return NULL;
}

can_mem_fault_t *can_mem_fault(can_mem_t *bus, uint32_t id, int is_extended) {
  const can_frame_t frame = {.id = id, .flags = is_extended ? CAN_FRAME_EXTENDED : 0};
  can_mem_fault_t *fault = find(bus, &frame);
  for (uint32_t i = 0; i < CAN_MEM_FAULT_MAX && fault == NULL; i++) {
    if (!bus->fault[i].is_used) fault = &bus->fault[i];
  }
  if (fault == NULL || fault->is_used) return fault;
  memset(fault, 0, sizeof *fault);
  fault->id = id;
  fault->is_extended = is_extended != 0;
  fault->is_used = 1;
  bus->fault_count++;
  can_mem_error_look(bus);
  return fault;
}

void can_mem_fault_done(can_mem_t *bus, can_mem_fault_t *fault) {
  if (!fault->is_frozen) fault->has_kept = 0;
  if (fault->drop_every | fault->error_every | fault->flip_bit | fault->len | fault->copy_count)
    return;
  if (fault->is_frozen || fault->crc_is_wrong || fault->delay_us > 0) return;
  memset(fault, 0, sizeof *fault);
  bus->fault_count--;
  can_mem_error_look(bus);
}

/// 1 for each every-th call; every 0: never.
static int is_turn(uint16_t every, uint16_t *count) {
  if (every == 0 || ++*count < every) return 0;
  *count = 0;
  return 1;
}

static void spoil(can_mem_fault_t *fault, can_frame_t *frame) {
  if (fault->is_frozen && !fault->has_kept) {
    fault->kept = *frame;
    fault->has_kept = 1;
  }
  if (fault->is_frozen) *frame = fault->kept;
  if (fault->flip_bit > 0 && frame->len > 0) {
    uint32_t bit = (fault->flip_bit - 1u) % (8u * frame->len);
    frame->data[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
  }
  if (fault->crc_is_wrong) frame->data[0] ^= SPOILT;
  if (fault->len > 0) frame->len = (uint8_t)(fault->len - 1u);
}

static void hold(can_mem_t *bus, uint32_t node, uint64_t due_ns, const can_frame_t *frame) {
  if (bus->held_count == CAN_MEM_HELD_MAX) {
    bus->held_lost_count++;
    return;
  }
  can_mem_held_t *held = &bus->held[bus->held_count++];
  memset(held, 0, sizeof *held);
  held->frame = *frame;
  held->due_ns = due_ns;
  held->node = (uint8_t)node;
}

can_mem_status_t can_mem_fault_send(can_mem_t *bus, uint32_t node, uint64_t now_ns,
                                    const can_frame_t *frame) {
  can_mem_fault_t *fault = find(bus, frame);
  if (fault == NULL) return can_mem_queue(bus, node, now_ns, frame);
  if (is_turn(fault->drop_every, &fault->drop_count)) return CAN_MEM_OK;
  can_frame_t sent = *frame;
  can_mem_status_t status = CAN_MEM_OK;
  spoil(fault, &sent);
  for (uint32_t i = 0; i <= fault->copy_count && status == CAN_MEM_OK; i++) {
    if (fault->delay_us > 0)
      hold(bus, node, now_ns + fault->delay_us * 1000ull, &sent);
    else
      status = can_mem_queue(bus, node, now_ns, &sent);
  }
  return status;
}

void can_mem_fault_release(can_mem_t *bus, uint64_t until_ns) {
  uint32_t left = 0;
  for (uint32_t i = 0; i < bus->held_count; i++) {
    can_mem_held_t held = bus->held[i];
    if (held.due_ns >= until_ns) {
      bus->held[left++] = held;
      continue;
    }
    if (bus->node[held.node].state != CAN_MEM_OFF && !bus->node[held.node].is_absent)
      (void)can_mem_queue(bus, held.node, held.due_ns, &held.frame);
  }
  bus->held_count = left;
}

int can_mem_fault_hits(can_mem_t *bus, const can_frame_t *frame) {
  can_mem_fault_t *fault = find(bus, frame);
  return fault != NULL && is_turn(fault->error_every, &fault->error_count);
}

void can_mem_babble(can_mem_t *bus, uint32_t node, uint32_t id, double share_pct) {
  can_mem_babble_t *babble = &bus->babble;
  memset(babble, 0, sizeof *babble);
  if (!(share_pct > 0.0)) return;
  babble->frame.id = id;
  babble->frame.len = BABBLE_LEN;
  memset(babble->frame.data, BABBLE_BYTE, BABBLE_LEN);
  const uint64_t interframe_ns = CAN_MEM_INTERFRAME_BITS * 1000000000ull / bus->bitrate_bps;
  const uint64_t frame_ns = can_mem_frame_ns(bus, &babble->frame) + interframe_ns;
  babble->period_ns = (uint64_t)((double)frame_ns * 100.0 / share_pct);
  babble->next_ns = bus->now_ns;
  babble->node = node;
}

/// It never falls behind: what does not fit into its time is not sent.
void can_mem_fault_babble(can_mem_t *bus, uint64_t until_ns) {
  can_mem_babble_t *babble = &bus->babble;
  for (; babble->next_ns < until_ns; babble->next_ns += babble->period_ns) {
    const can_mem_node_t *node = &bus->node[babble->node];
    if (node->state == CAN_MEM_OFF || node->is_absent) continue;
    if (bus->tx[babble->node].count < CAN_MEM_QUEUE_MAX / BABBLE_QUEUED)
      (void)can_mem_queue(bus, babble->node, babble->next_ns, &babble->frame);
  }
}
