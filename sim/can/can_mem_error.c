/// Collisions, error frames, error counters, bus-off and the way back.
#include "can_mem_error.h"

#include <string.h>

#include "can_mem_bits.h"
#include "can_mem_fault.h"

enum {
  FLAG_BITS = 6,
  DELIMITER_BITS = 8, ///< as long as ACK delimiter and end of frame together
  SUSPEND_BITS = 8,
  AFTER_ACK_BITS = 8, ///< of a frame, behind the ACK slot
  ERROR_STEP = 8,
  REC_BACK = 127 ///< from above 127 a right frame brings it here
};

static uint64_t bits_ns(const can_mem_t *bus, uint64_t bits) {
  return bits * 1000000000ull / bus->bitrate_bps;
}

static int is_on(const can_mem_node_t *node) {
  return node->state != CAN_MEM_OFF && !node->is_absent;
}

static const can_frame_t *frame_of(const can_mem_t *bus, uint32_t node) {
  return &bus->tx[node].slot[bus->tx[node].head].frame;
}

/* --- states -------------------------------------------------------------------------------- */

static void empty_queues(can_mem_t *bus, uint32_t node) {
  bus->waiting_count -= bus->tx[node].count;
  bus->tx[node].lost_count += bus->tx[node].count;
  bus->tx[node].count = bus->tx[node].head = 0;
  bus->rx[node].count = bus->rx[node].head = 0;
}

/// What an unfinished frame of a node that is gone comes to: the others never get to see its end.
static void leave_wire(can_mem_t *bus, uint32_t node) {
  if (!bus->is_busy || ((uint32_t)bus->senders >> node & 1u) == 0) return;
  bus->senders &= (uint8_t) ~(1u << node);
  if (bus->outcome == CAN_MEM_PASSES) bus->outcome = CAN_MEM_BIT_ERROR;
}

static void go_off(can_mem_t *bus, uint32_t node) {
  if (bus->node[node].state == CAN_MEM_OFF) return;
  leave_wire(bus, node);
  bus->node[node].state = CAN_MEM_OFF;
  bus->node[node].is_restarting = 0;
  bus->node[node].off_count++;
  empty_queues(bus, node);
}

static void settle_state(can_mem_t *bus, uint32_t index) {
  can_mem_node_t *node = &bus->node[index];
  if (!is_on(node)) return;
  int is_passive = node->tec >= CAN_MEM_TEC_PASSIVE || node->rec >= CAN_MEM_TEC_PASSIVE;
  node->state = is_passive ? CAN_MEM_PASSIVE : CAN_MEM_ACTIVE;
  if (node->tec >= CAN_MEM_TEC_OFF) go_off(bus, index);
}

void can_mem_error_look(can_mem_t *bus) {
  uint32_t seen = bus->fault_count;
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    const can_mem_node_t *node = &bus->node[i];
    seen |= node->tec | node->rec | node->state | node->is_absent | node->is_held_off;
  }
  bus->is_disturbed = seen != 0;
}

void can_mem_reset(can_mem_t *bus, uint32_t node) {
  can_mem_node_t *self = &bus->node[node];
  leave_wire(bus, node);
  empty_queues(bus, node);
  self->tec = self->rec = 0;
  self->suspend_ns = 0;
  self->is_restarting = 0;
  self->state = self->is_held_off ? CAN_MEM_OFF : CAN_MEM_ACTIVE;
  can_mem_error_look(bus);
}

void can_mem_hold_off(can_mem_t *bus, uint32_t node, int is_held) {
  bus->node[node].is_held_off = is_held != 0;
  if (is_held) go_off(bus, node);
  if (is_held) bus->node[node].is_restarting = 0;
  can_mem_error_look(bus);
}

void can_mem_set_absent(can_mem_t *bus, uint32_t node, int is_absent) {
  can_mem_reset(bus, node);
  bus->node[node].is_absent = is_absent != 0;
  can_mem_error_look(bus);
}

/* --- restart ------------------------------------------------------------------------------- */

void can_mem_restart(can_mem_t *bus, uint32_t node) {
  can_mem_node_t *self = &bus->node[node];
  if (self->state != CAN_MEM_OFF || self->is_held_off || self->is_restarting) return;
  self->is_restarting = 1;
  self->restart_left = CAN_MEM_RESTART_SEQUENCES;
  self->quiet_ns = bus->now_ns;
  if (bus->is_busy) self->quiet_ns = bus->end_ns - bits_ns(bus, DELIMITER_BITS);
}

/// Sequences of recessive bits from quiet_ns to time_ns; 1 iff they were enough to come back.
static int count_quiet(can_mem_t *bus, can_mem_node_t *node, uint64_t time_ns, uint32_t *count) {
  *count = 0;
  if (!node->is_restarting || time_ns <= node->quiet_ns) return 0;
  *count = (uint32_t)((time_ns - node->quiet_ns) / bits_ns(bus, CAN_MEM_SEQUENCE_BITS));
  if (*count < node->restart_left) return 0;
  node->is_restarting = 0;
  node->state = CAN_MEM_ACTIVE;
  node->tec = node->rec = 0;
  node->suspend_ns = 0;
  return 1;
}

void can_mem_error_idle(can_mem_t *bus) {
  uint32_t back_count = 0, count;
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++)
    back_count += (uint32_t)count_quiet(bus, &bus->node[i], bus->now_ns, &count);
  if (back_count > 0) can_mem_error_look(bus);
}

/// The quiet ends with a frame; its last bits are quiet again.
static void end_quiet(can_mem_t *bus, uint64_t start_ns) {
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    uint32_t count;
    if (count_quiet(bus, &bus->node[i], start_ns, &count)) continue;
    bus->node[i].restart_left -= count;
    bus->node[i].quiet_ns = bus->end_ns - bits_ns(bus, DELIMITER_BITS);
  }
}

/* --- a frame ------------------------------------------------------------------------------- */

static void end_with_flag(can_mem_t *bus, uint64_t start_ns, const can_mem_place_t *place,
                          uint32_t flag_bits) {
  bus->end_ns = start_ns + bits_ns(bus, (uint64_t)place->bits + flag_bits + DELIMITER_BITS) +
                place->data_bits * 1000000000ull / bus->data_bitrate_bps;
}

/// The flag's 6 bits, and 6 of those who notice it by its sixth equal bit: sooner where the run
/// began before it. Nobody else there: the flag alone.
static uint32_t flag_bits(const can_mem_t *bus, const can_mem_place_t *place, uint32_t flaggers,
                          int flag_level) {
  uint32_t before = place->level == flag_level ? place->run : 0;
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    if ((flaggers >> i & 1u) == 0 && is_on(&bus->node[i]))
      return FLAG_BITS + (before < FLAG_BITS ? FLAG_BITS - before : 0);
  }
  return FLAG_BITS;
}

/// A bit error of those senders that are flaggers: an active flag iff one of them is active.
static void break_at(can_mem_t *bus, uint64_t start_ns, const can_mem_bits_t *bits, uint32_t index,
                     uint32_t flaggers, int is_flipped) {
  can_mem_place_t place = can_mem_bits_place(bits, index, is_flipped);
  int flag_level = 1; /* passive */
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    if ((flaggers >> i & 1u) != 0 && bus->node[i].state == CAN_MEM_ACTIVE) flag_level = 0;
  }
  bus->outcome = CAN_MEM_BIT_ERROR;
  end_with_flag(bus, start_ns, &place, flag_bits(bus, &place, flaggers, flag_level));
}

static void add_errors(can_mem_t *bus, uint32_t nodes) {
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    if ((nodes >> i & 1u) == 0) continue;
    bus->node[i].tec += ERROR_STEP;
    bus->node[i].error_count++;
  }
}

/// Senders of the same arbitration field go on until their bits differ. Who sent the recessive bit
/// breaks the frame for all if it is error active; if passive it falls silent and has lost.
/// Returns 1 iff the frame is broken.
static int collide(can_mem_t *bus, uint64_t start_ns) {
  can_mem_bits_t bits[CAN_MEM_SENDER_MAX];
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    if (((uint32_t)bus->senders >> i & 1u) != 0) can_mem_bits_of(&bits[i], frame_of(bus, i));
  }
  for (;;) {
    uint32_t first = CAN_MEM_BITS_MAX;
    uint32_t losers = 0, active = 0;
    for (uint32_t i = bus->sender + 1u; i < CAN_MEM_SENDER_MAX; i++) {
      if (((uint32_t)bus->senders >> i & 1u) == 0) continue;
      uint32_t index = can_mem_bits_differ(&bits[bus->sender], &bits[i]);
      if (index < first) first = index;
    }
    if (first == CAN_MEM_BITS_MAX) return 0;
    for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
      if (((uint32_t)bus->senders >> i & 1u) == 0 || bits[i].bit[first] == 0) continue;
      losers |= 1u << i;
      if (bus->node[i].state == CAN_MEM_ACTIVE) active |= 1u << i;
    }
    uint32_t winner = 0; /* the wire is dominant: look at who sent that */
    while (((bus->senders & ~losers) >> winner & 1u) == 0) winner++;
    if (active != 0) {
      break_at(bus, start_ns, &bits[winner], first, losers, 0);
      return 1;
    }
    add_errors(bus, losers);
    bus->senders &= (uint8_t)~losers;
    bus->sender = (uint8_t)winner;
  }
}

static int is_acknowledged(const can_mem_t *bus) {
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    if (((uint32_t)bus->senders >> i & 1u) == 0 && is_on(&bus->node[i])) return 1;
  }
  return 0;
}

void can_mem_error_begin(can_mem_t *bus, uint64_t start_ns) {
  int is_broken = 0;
  bus->is_disturbed = 1;
  if ((bus->senders & (bus->senders - 1)) != 0) is_broken = collide(bus, start_ns);
  const can_frame_t *frame = frame_of(bus, bus->sender);
  if (!is_broken && bus->fault_count > 0 && can_mem_fault_hits(bus, frame)) {
    can_mem_bits_t bits;
    can_mem_bits_of(&bits, frame);
    break_at(bus, start_ns, &bits, bits.count - 1, bus->senders, 1);
    is_broken = 1;
  }
  if (!is_broken) {
    bus->end_ns = start_ns + can_mem_frame_ns(bus, frame);
    if (!is_acknowledged(bus)) {
      bus->outcome = CAN_MEM_ACK_ERROR;
      bus->end_ns += bits_ns(bus, FLAG_BITS + DELIMITER_BITS - AFTER_ACK_BITS);
    }
  }
  end_quiet(bus, start_ns);
}

/// Error passive nodes do not count a missing acknowledgement: alone, a node never goes off.
static uint32_t who_counts(const can_mem_t *bus) {
  uint32_t nodes = bus->senders;
  for (uint32_t i = 0; bus->outcome == CAN_MEM_ACK_ERROR && i < CAN_MEM_SENDER_MAX; i++) {
    if (bus->node[i].state != CAN_MEM_ACTIVE) nodes &= ~(1u << i);
  }
  return nodes;
}

static void count_receiver(can_mem_node_t *node, int is_wrong) {
  if (is_wrong && node->rec < UINT8_MAX)
    node->rec++;
  else if (is_wrong)
    return;
  else if (node->rec >= CAN_MEM_TEC_PASSIVE)
    node->rec = REC_BACK;
  else if (node->rec > 0)
    node->rec--;
}

void can_mem_error_end(can_mem_t *bus) {
  const int is_wrong = bus->outcome != CAN_MEM_PASSES;
  const uint32_t senders = bus->senders;
  if (is_wrong) bus->error_frame_count++;
  if (is_wrong) add_errors(bus, who_counts(bus));
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    can_mem_node_t *node = &bus->node[i];
    if (!is_on(node)) continue;
    if ((senders >> i & 1u) == 0)
      count_receiver(node, is_wrong);
    else if (!is_wrong && node->tec > 0)
      node->tec--;
  }
  for (uint32_t i = 0; i < CAN_MEM_SENDER_MAX; i++) {
    settle_state(bus, i);
    if ((senders >> i & 1u) == 0 || bus->node[i].state != CAN_MEM_PASSIVE) continue;
    bus->node[i].suspend_ns = bus->free_ns + bits_ns(bus, SUSPEND_BITS);
  }
  can_mem_error_look(bus);
}
