/// The in-process bus: frame lengths to the bit, arbitration, delivery at the last bit.
#include "can_mem.h"

#include <assert.h>
#include <string.h>

#include "can_mem_error.h"
#include "can_mem_fault.h"

enum {
  CRC15_POLYNOMIAL = 0x4599,
  TAIL_BITS = 10, ///< CRC delimiter, ACK slot, ACK delimiter, 7 bits end of frame
  STUFF_RUN = 5, ///< so many equal bits are followed by their opposite
  FD_STUFF_COUNT_BITS = 4,
  FD_CRC_SHORT = 17, ///< up to 16 bytes
  FD_CRC_LONG = 21,
  FD_SHORT_BYTES = 16,
  FD_FIXED_SHORT = 6, ///< fixed stuff bits: one before the stuff count, then one after each 4 bits
  FD_FIXED_LONG = 7
};

/* --- bits ---------------------------------------------------------------------------------- */

/// A frame's bits as they go by: run length for stuffing, CRC-15, counts for both bit rates.
typedef struct {
  uint32_t bits; ///< at the nominal rate, stuff bits included
  uint32_t data_bits; ///< at the data rate
  uint32_t crc;
  uint32_t run; ///< 2 x length of the run of equal bits + the last bit
  uint8_t is_fast; ///< behind the bit rate switch
} wire_bits_t;

/// What four more bits make of a run: bits 0..3 the run behind them, bit 4: a stuff bit is among
/// them. A run of five is followed by a stuff bit, its opposite, which begins the next run.
static const uint8_t run_after[2 * (STUFF_RUN + 1)][16] = {
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x0A, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x0B},
    {0x12, 0x15, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x14,
     0x13},
    {0x14, 0x13, 0x12, 0x17, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x16, 0x13, 0x12,
     0x15},
    {0x16, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12, 0x19, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x18, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12,
     0x17},
    {0x18, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12, 0x17, 0x16, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12,
     0x1B},
    {0x1A, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12, 0x17, 0x16, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12,
     0x19},
};

/// Remainders of four bits for CRC15_POLYNOMIAL.
static const uint16_t crc_of[16] = {
    0x0000, 0x4599, 0x4EAB, 0x0B32, 0x58CF, 0x1D56, 0x1664, 0x53FD,
    0x7407, 0x319E, 0x3AAC, 0x7F35, 0x2CC8, 0x6951, 0x6263, 0x27FA,
};

static void wire_count(wire_bits_t *wire, uint32_t count) {
  if (wire->is_fast)
    wire->data_bits += count;
  else
    wire->bits += count;
}

/// One bit of the stuffed part; 1 iff a stuff bit goes before it.
static uint32_t wire_bit(wire_bits_t *wire, uint32_t bit) {
  const uint32_t is_stuffed = wire->run >> 1 == STUFF_RUN;
  if (is_stuffed) wire->run = 1u << 1 | (~wire->run & 1u);
  wire->run = bit == (wire->run & 1u) ? wire->run + 2 : 1u << 1 | bit;
  uint32_t top = wire->crc >> 14 & 1u;
  wire->crc = (wire->crc << 1 & 0x7FFFu) ^ (top != bit ? CRC15_POLYNOMIAL : 0u);
  return is_stuffed;
}

/// The lower count bits of value (at most 64), the upper ones first.
static void wire_field(wire_bits_t *wire, uint64_t value, uint32_t count) {
  uint32_t left = count, stuffed = 0;
  for (; left % 4 != 0; left--) stuffed += wire_bit(wire, (uint32_t)(value >> (left - 1)) & 1u);
  uint32_t run = wire->run, crc = wire->crc;
  for (; left > 0; left -= 4) {
    const uint32_t nibble = (uint32_t)(value >> (left - 4)) & 0xFu, after = run_after[run][nibble];
    run = after & 0xFu;
    crc = (crc << 4 & 0x7FFFu) ^ crc_of[(crc >> 11 ^ nibble) & 0xFu];
    stuffed += after >> 4;
  }
  wire->run = run;
  wire->crc = crc;
  wire_count(wire, count + stuffed);
}

static uint32_t dlc_of(uint32_t len) {
  static const uint8_t fd_len[] = {12, 16, 20, 24, 32, 48, 64};
  if (len <= 8) return len;
  uint32_t dlc = 9;
  while (dlc < 15 && fd_len[dlc - 9] != len) dlc++;
  return dlc;
}

static uint32_t is_remote(const can_frame_t *frame) {
  return (frame->flags & CAN_FRAME_REMOTE) != 0;
}

/// Start of frame up to the last bit of the identifier.
static void wire_arbitration(wire_bits_t *wire, const can_frame_t *frame) {
  const uint64_t id = frame->id;
  if ((frame->flags & CAN_FRAME_EXTENDED) != 0)
    wire_field(wire, (id >> 18 & 0x7FFu) << 20 | 3u << 18 | (id & 0x3FFFFu), 32); /* SRR, IDE: 1 */
  else
    wire_field(wire, id & 0x7FFu, 12);
}

static void wire_data(wire_bits_t *wire, const can_frame_t *frame) {
  if (is_remote(frame)) return;
  for (uint32_t i = 0; i < frame->len;) {
    uint64_t value = 0;
    uint32_t count = 0;
    for (; count < 8 && i < frame->len; count++) value = value << 8 | frame->data[i++];
    wire_field(wire, value, 8 * count);
  }
}

static void wire_classic(wire_bits_t *wire, const can_frame_t *frame) {
  wire_arbitration(wire, frame);
  wire_field(wire, is_remote(frame) << 6 | dlc_of(frame->len), 7); /* RTR, IDE and r0 or r1, r0 */
  wire_data(wire, frame);
  wire_field(wire, wire->crc, 15);
  if (wire->run >> 1 == STUFF_RUN) wire_count(wire, 1);
  wire_count(wire, TAIL_BITS);
}

/// The CRC of an FD frame has fixed stuff bits, so its value does not change the length; the first
/// of them takes the place of a stuff bit due behind the data.
static void wire_fd(wire_bits_t *wire, const can_frame_t *frame) {
  int is_long = frame->len > FD_SHORT_BYTES;
  uint32_t switches = (frame->flags & CAN_FRAME_BRS) != 0;
  wire_arbitration(wire, frame);
  wire_field(wire, is_remote(frame), 1); /* RRS */
  if ((frame->flags & CAN_FRAME_EXTENDED) == 0) wire_field(wire, 0, 1); /* IDE */
  wire_field(wire, 2, 2); /* FDF, res */
  wire_field(wire, switches, 1);
  wire->is_fast = switches != 0;
  wire_field(wire, dlc_of(frame->len), 5); /* ESI: error active, DLC */
  wire_data(wire, frame);
  wire_count(wire, FD_STUFF_COUNT_BITS);
  wire_count(wire, is_long ? FD_CRC_LONG + FD_FIXED_LONG : FD_CRC_SHORT + FD_FIXED_SHORT);
  wire->is_fast = 0;
  wire_count(wire, TAIL_BITS);
}

static wire_bits_t wire_of(const can_frame_t *frame) {
  wire_bits_t wire = {.run = 1}; /* no bit yet, idle is 1 */
  if ((frame->flags & CAN_FRAME_FD) != 0)
    wire_fd(&wire, frame);
  else
    wire_classic(&wire, frame);
  return wire;
}

uint32_t can_mem_frame_bits(const can_frame_t *frame) {
  wire_bits_t wire = wire_of(frame);
  return wire.bits + wire.data_bits;
}

uint64_t can_mem_frame_ns(const can_mem_t *bus, const can_frame_t *frame) {
  wire_bits_t wire = wire_of(frame);
  return wire.bits * 1000000000ull / bus->bitrate_bps +
         wire.data_bits * 1000000000ull / bus->data_bitrate_bps;
}

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

static void deliver(can_mem_rx_queue_t *queue, const can_mem_rx_t *rx) {
  if (queue->count == CAN_MEM_QUEUE_MAX) {
    queue->head = (queue->head + 1) % CAN_MEM_QUEUE_MAX;
    queue->count--;
    queue->lost_count++;
  }
  queue->slot[(queue->head + queue->count) % CAN_MEM_QUEUE_MAX] = *rx;
  queue->count++;
}

can_mem_status_t can_mem_recv(can_mem_t *bus, uint32_t node, can_mem_rx_t *rx) {
  if (node >= CAN_MEM_NODE_MAX || bus->rx[node].count == 0) return CAN_MEM_EMPTY;
  can_mem_rx_queue_t *queue = &bus->rx[node];
  *rx = queue->slot[queue->head];
  queue->head = (queue->head + 1) % CAN_MEM_QUEUE_MAX;
  queue->count--;
  return CAN_MEM_OK;
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

static void begin_frame(can_mem_t *bus, uint64_t start_ns) {
  for (uint32_t node = 0; node < CAN_MEM_SENDER_MAX; node++) {
    if (bus->tx[node].count > 1) choose_head(&bus->tx[node], start_ns);
  }
  uint32_t winners = arbitrate(bus, start_ns);
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
  queue->head = (queue->head + 1) % CAN_MEM_QUEUE_MAX;
  queue->count--;
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
