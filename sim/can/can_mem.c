/// The in-process bus: arbitration, delivery at the last bit.
#include "can_mem.h"

#include <assert.h>
#include <string.h>

#include "can_mem_error.h"
#include "can_mem_fault.h"

/* --- queues -------------------------------------------------------------------------------- */

/// The arbitration field as a number: base id, RTR or SRR, IDE, extension, RTR. Dominant bits win.
static uint32_t priority_of(const can_frame_t *frame) {
  uint32_t remote = (frame->flags & CAN_FRAME_REMOTE) != 0;
  if ((frame->flags & CAN_FRAME_EXTENDED) == 0) return frame->id << 21 | remote << 20;
  return frame->id >> 18 << 21 | 3u << 19 | (frame->id & 0x3FFFFu) << 1 | remote;
}

static int is_sendable(const can_frame_t *frame) {
  int is_fd = (frame->flags & CAN_FRAME_FD) != 0;
  uint32_t id_max = (frame->flags & CAN_FRAME_EXTENDED) != 0 ? 0x1FFFFFFFu : 0x7FFu;
  int len_is_legal = frame->len <= 8;
  for (uint32_t len = 12; is_fd && len <= 64; len += len < 24 ? 4 : len == 24 ? 8 : 16)
    len_is_legal |= frame->len == len;
  if ((frame->flags & CAN_FRAME_ERROR) != 0) return 0;
  if (is_fd && (frame->flags & CAN_FRAME_REMOTE) != 0) return 0;
  if (!is_fd && (frame->flags & CAN_FRAME_BRS) != 0) return 0;
  return frame->id <= id_max && len_is_legal;
}

void can_mem_init(can_mem_t *bus, uint32_t bitrate_bps, uint32_t data_bitrate_bps) {
  assert(bitrate_bps > 0 && data_bitrate_bps > 0);
  memset(bus, 0, sizeof *bus);
  bus->bitrate_bps = bitrate_bps;
  bus->data_bitrate_bps = data_bitrate_bps;
  bus->window_end_ns = CAN_MEM_LOAD_WINDOW_ms * 1000000ull;
}

can_mem_status_t can_mem_send(can_mem_t *bus, uint32_t node, uint64_t now_ns,
                              const can_frame_t *frame) {
  if (node >= CAN_MEM_SENDER_MAX || !is_sendable(frame)) return CAN_MEM_ERR_FRAME;
  if (bus->node[node].state == CAN_MEM_OFF || bus->node[node].is_absent) {
    bus->tx[node].lost_count++;
    return CAN_MEM_ERR_OFF;
  }
  if (bus->fault_count > 0) return can_mem_fault_send(bus, node, now_ns, frame);
  return can_mem_queue(bus, node, now_ns, frame);
}

can_mem_status_t can_mem_queue(can_mem_t *bus, uint32_t node, uint64_t now_ns,
                               const can_frame_t *frame) {
  can_mem_tx_queue_t *queue = &bus->tx[node];
  if (queue->count == CAN_MEM_QUEUE_MAX) {
    queue->lost_count++;
    return CAN_MEM_ERR_FULL;
  }
  can_mem_tx_t *slot = &queue->slot[(queue->head + queue->count) % CAN_MEM_QUEUE_MAX];
  memset(&slot->frame, 0, sizeof slot->frame);
  slot->frame.id = frame->id;
  slot->frame.len = frame->len;
  slot->frame.flags = frame->flags;
  if ((frame->flags & CAN_FRAME_REMOTE) == 0) memcpy(slot->frame.data, frame->data, frame->len);
  slot->ready_ns = now_ns < bus->now_ns ? bus->now_ns : now_ns;
  slot->priority = priority_of(frame);
  queue->count++;
  bus->waiting_count++;
  return CAN_MEM_OK;
}

/// Where a queue's head is when one has left it: an empty queue begins anew in its first slot,
/// which the processor's cache still holds.
static inline uint32_t behind_head(uint32_t head, uint32_t count_left) {
  return count_left > 0 ? (head + 1) % CAN_MEM_QUEUE_MAX : 0;
}

static void deliver(can_mem_rx_queue_t *queue, const can_mem_rx_t *rx) {
  if (queue->count == CAN_MEM_QUEUE_MAX) {
    queue->head = (queue->head + 1) % CAN_MEM_QUEUE_MAX;
    queue->count--;
    queue->lost_count++;
  }
  queue->slot[(queue->head + queue->count) % CAN_MEM_QUEUE_MAX] = *rx;
  queue->count++;
}

void can_mem_take(can_mem_t *bus, uint32_t node, can_mem_rx_t *rx) {
  can_mem_rx_queue_t *queue = &bus->rx[node];
  *rx = queue->slot[queue->head];
  queue->count--;
  queue->head = behind_head(queue->head, queue->count);
}

/* --- time ---------------------------------------------------------------------------------- */

static const can_mem_tx_t *head_of(const can_mem_t *bus, uint32_t node) {
  const can_mem_tx_queue_t *queue = &bus->tx[node];
  return queue->count == 0 ? NULL : &queue->slot[queue->head];
}

/// When a node may begin, at the earliest: its head is ready, it is not to wait.
static uint64_t ready_ns_of(const can_mem_t *bus, uint32_t node, const can_mem_tx_t *head) {
  uint64_t suspend_ns = bus->node[node].suspend_ns;
  return head->ready_ns > suspend_ns ? head->ready_ns : suspend_ns;
}

/// When the next frame begins: the bus is free and some queue head is ready. waiting_count > 0.
static uint64_t next_start_ns(const can_mem_t *bus) {
  uint64_t ready_ns = UINT64_MAX;
  for (uint32_t node = 0; node < CAN_MEM_SENDER_MAX; node++) {
    const can_mem_tx_t *head = head_of(bus, node);
    if (head == NULL) continue;
    uint64_t node_ns = ready_ns_of(bus, node, head);
    if (node_ns < ready_ns) ready_ns = node_ns;
  }
  return ready_ns > bus->free_ns ? ready_ns : bus->free_ns;
}

/// The nodes, a bit each, whose heads win at start_ns: more than one iff the fields are the same.
static uint32_t arbitrate(can_mem_t *bus, uint64_t start_ns) {
  uint32_t winners = 0;
  uint32_t priority = 0;
  for (uint32_t node = 0; node < CAN_MEM_SENDER_MAX; node++) {
    const can_mem_tx_t *head = head_of(bus, node);
    if (head == NULL || ready_ns_of(bus, node, head) > start_ns) continue;
    if (winners != 0 && head->priority > priority) continue;
    if (winners != 0 && head->priority == priority) bus->tie_count++;
    if (winners != 0 && head->priority < priority) winners = 0;
    winners |= 1u << node;
    priority = head->priority;
  }
  return winners;
}

static uint32_t lowest_of(uint32_t nodes) {
  uint32_t node = 0;
  while ((nodes >> node & 1u) == 0) node++;
  return node;
}

/// Of the frames that are ready, the one that shall go first becomes the head.
static void choose_head(can_mem_tx_queue_t *queue, uint64_t start_ns) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < queue->count; i++) {
    const can_mem_tx_t *slot = &queue->slot[(queue->head + i) % CAN_MEM_QUEUE_MAX];
    const can_mem_tx_t *first = &queue->slot[(queue->head + best) % CAN_MEM_QUEUE_MAX];
    if (slot->ready_ns <= start_ns && slot->priority < first->priority) best = i;
  }
  if (best == 0) return;
  can_mem_tx_t chosen = queue->slot[(queue->head + best) % CAN_MEM_QUEUE_MAX];
  for (uint32_t i = best; i > 0; i--) {
    queue->slot[(queue->head + i) % CAN_MEM_QUEUE_MAX] =
        queue->slot[(queue->head + i - 1) % CAN_MEM_QUEUE_MAX];
  }
  queue->slot[queue->head] = chosen;
}

/// Who begins at start_ns, a bit each. A frame that waits alone meets nobody.
static uint32_t winners_at(can_mem_t *bus, uint64_t start_ns) {
  for (uint32_t node = 0; node < CAN_MEM_SENDER_MAX; node++) {
    if (bus->waiting_count == 1 && bus->tx[node].count == 1) return 1u << node;
    if (bus->tx[node].count > 1) choose_head(&bus->tx[node], start_ns);
  }
  return arbitrate(bus, start_ns);
}

static void begin_frame(can_mem_t *bus, uint64_t start_ns) {
  const uint32_t winners = winners_at(bus, start_ns);
  bus->is_busy = 1;
  bus->outcome = CAN_MEM_PASSES;
  bus->senders = (uint8_t)winners;
  bus->sender = (uint8_t)lowest_of(winners);
  if (bus->is_disturbed || (winners & (winners - 1)) != 0)
    can_mem_error_begin(bus, start_ns);
  else
    bus->end_ns = start_ns + can_mem_frame_ns(bus, &head_of(bus, bus->sender)->frame);
  bus->free_ns = bus->end_ns + CAN_MEM_INTERFRAME_BITS * 1000000000ull / bus->bitrate_bps;
  bus->busy_ns += bus->free_ns - start_ns;
}

/// The head has passed: it leaves the queue of its sender.
static void take_head(can_mem_t *bus, uint32_t node) {
  can_mem_tx_queue_t *queue = &bus->tx[node];
  queue->count--;
  queue->head = behind_head(queue->head, queue->count);
  queue->sent_count++;
  bus->waiting_count--;
}

/// Nodes that are off or without power hear nothing.
static int is_deaf(const can_mem_t *bus, uint32_t node) {
  if (node >= CAN_MEM_SENDER_MAX) return 0;
  return bus->node[node].state == CAN_MEM_OFF || bus->node[node].is_absent;
}

static void end_frame(can_mem_t *bus) {
  bus->is_busy = 0;
  if (bus->outcome != CAN_MEM_PASSES) {
    can_mem_error_end(bus);
    return;
  }
  can_mem_rx_t rx;
  memset(&rx, 0, sizeof rx);
  rx.frame = head_of(bus, bus->sender)->frame;
  rx.time_ns = bus->end_ns;
  rx.node = bus->sender;
  const uint32_t senders = bus->senders;
  for (uint32_t node = 0; node < CAN_MEM_SENDER_MAX; node++) {
    if ((senders >> node & 1u) != 0) take_head(bus, node);
  }
  for (uint32_t node = 0; node < CAN_MEM_NODE_MAX; node++) {
    if ((senders >> node & 1u) == 0 && !is_deaf(bus, node)) deliver(&bus->rx[node], &rx);
  }
  if (bus->is_disturbed) can_mem_error_end(bus);
}

/// Run the frames that begin or end up to until_ns, which lies in the running load window.
static void run(can_mem_t *bus, uint64_t until_ns) {
  for (;;) {
    if (bus->is_busy) {
      if (bus->end_ns > until_ns) break;
      end_frame(bus);
    }
    if (bus->waiting_count == 0) break;
    uint64_t start_ns = next_start_ns(bus);
    if (start_ns >= until_ns) break;
    begin_frame(bus, start_ns);
  }
}

/// Close the load window at its end: what is busy beyond it belongs to the next one.
static void roll_window(can_mem_t *bus) {
  uint64_t end_ns = bus->window_end_ns;
  uint64_t beyond_ns = bus->free_ns > end_ns ? bus->free_ns - end_ns : 0;
  uint64_t window_ns = CAN_MEM_LOAD_WINDOW_ms * 1000000ull;
  uint64_t busy_ns = bus->busy_ns - beyond_ns - bus->window_busy_ns;
  bus->load_permille = (uint32_t)(busy_ns * 1000u / window_ns);
  bus->window_busy_ns = bus->busy_ns - beyond_ns;
  bus->window_end_ns = end_ns + window_ns;
}

void can_mem_advance(can_mem_t *bus, uint64_t until_ns) {
  if (bus->held_count > 0) can_mem_fault_release(bus, until_ns);
  if (bus->babble.period_ns > 0) can_mem_fault_babble(bus, until_ns);
  while (until_ns >= bus->window_end_ns) {
    run(bus, bus->window_end_ns);
    roll_window(bus);
  }
  if (bus->waiting_count > 0 || bus->is_busy) run(bus, until_ns);
  if (until_ns > bus->now_ns) bus->now_ns = until_ns;
  if (bus->is_disturbed) can_mem_error_idle(bus);
}
