/// Error frames, error counters, bus-off and recovery, faults of messages: sequences worked out by
/// hand from the rules of the standard.
#include <check.h>
#include <string.h>

#include "../sim/can/can_mem.h"
#include "../sim/can/can_mem_bits.h"
#include "../sim/rng.h"

enum { BMS, VCM, TESTER, MONITOR };
enum { BIT_ns = 2000, ERROR_DELIMITER = 8, INTERFRAME = 3, TAIL = 10 };

static can_mem_t *bus_500k(void) {
  static can_mem_t bus;
  can_mem_init(&bus, 500000, 2000000);
  return &bus;
}

static can_frame_t frame_of(uint32_t id, uint8_t byte) {
  can_frame_t frame = {.id = id, .len = 8};
  memset(frame.data, byte, sizeof frame.data);
  return frame;
}

static uint32_t received(can_mem_t *bus, uint32_t node, can_frame_t *last) {
  uint32_t count = 0;
  can_mem_rx_t rx;
  while (can_mem_recv(bus, node, &rx) == CAN_MEM_OK) {
    if (last != NULL) *last = rx.frame;
    count++;
  }
  return count;
}

/// Until just before the bus would begin the next frame.
static void advance_one(can_mem_t *bus) {
  can_mem_advance(bus, bus->now_ns + 1);
  can_mem_advance(bus, bus->free_ns);
}

/* --- places in a frame --------------------------------------------------------------------- */

START_TEST(the_bits_add_up_to_the_lengths) {
  rng_t rng = rng_stream(7, "can bits");
  const uint8_t lens[] = {0, 1, 5, 8, 12, 24, 64};
  for (uint32_t i = 0; i < 4000; i++) {
    can_frame_t frame = {.id = (uint32_t)rng_u64(&rng) & 0x7FF, .len = lens[rng_u64(&rng) % 7]};
    if (i % 3 == 1)
      frame = (can_frame_t){.id = (uint32_t)rng_u64(&rng) & 0x1FFFFFFF, .len = frame.len};
    frame.flags = i % 3 == 1 ? CAN_FRAME_EXTENDED : 0;
    if (frame.len > 8 || i % 5 == 0) frame.flags |= CAN_FRAME_FD;
    for (uint32_t b = 0; b < frame.len; b++)
      frame.data[b] = i % 2 ? (uint8_t)rng_u64(&rng) : (uint8_t)(i % 4 ? 0 : 255);
    can_mem_bits_t bits;
    can_mem_bits_of(&bits, &frame);
    can_mem_place_t end = can_mem_bits_place(&bits, bits.count - 1, 0);
    uint32_t whole = can_mem_frame_bits(&frame);
    if ((frame.flags & CAN_FRAME_FD) != 0) {
      uint32_t crc = frame.len > 16 ? 4 + 21 + 7 : 4 + 17 + 6;
      ck_assert_uint_eq(end.bits + end.data_bits + crc + TAIL, whole);
    } else { /* the CRC has 15 bits and at most 4 stuff bits, one may be due before it */
      ck_assert_uint_ge(whole, end.bits + 15 + TAIL);
      ck_assert_uint_le(whole, end.bits + 15 + TAIL + 4);
    }
  }
}
END_TEST

START_TEST(places_are_those_counted_by_hand) {
  /* id 0, no data: 0 00000000000 0 0 0 0000: a stuff bit behind each five */
  can_frame_t zero = {.id = 0, .len = 0};
  can_mem_bits_t bits;
  can_mem_bits_of(&bits, &zero);
  ck_assert_uint_eq(bits.count, 19);
  can_mem_place_t place = can_mem_bits_place(&bits, 4, 0);
  ck_assert_uint_eq(place.bits, 5);
  ck_assert_uint_eq(place.run, 5);
  place = can_mem_bits_place(&bits, 5, 0);
  ck_assert_uint_eq(place.bits, 7);
  ck_assert_uint_eq(place.run, 1);
  place = can_mem_bits_place(&bits, 18, 0);
  ck_assert_uint_eq(place.bits, 19 + 3);
  ck_assert_uint_eq(place.run, 4);
  place = can_mem_bits_place(&bits, 18, 1);
  ck_assert_uint_eq(place.run, 1);
  ck_assert_uint_eq(place.level, 1);
  can_frame_t fast = {.id = 0x555, .len = 8, .flags = CAN_FRAME_FD | CAN_FRAME_BRS};
  can_mem_bits_of(&bits, &fast);
  ck_assert_uint_eq(bits.fast_from, 1 + 11 + 1 + 1 + 2 + 1);
  place = can_mem_bits_place(&bits, bits.fast_from - 1, 0);
  ck_assert_uint_eq(place.data_bits, 0);
  place = can_mem_bits_place(&bits, bits.fast_from, 0);
  ck_assert_uint_eq(place.data_bits, 1);
}
END_TEST

/* --- nobody acknowledges ------------------------------------------------------------------- */

START_TEST(alone_a_node_becomes_passive_and_never_goes_off) {
  can_mem_t *bus = bus_500k();
  can_mem_set_absent(bus, VCM, 1);
  can_mem_set_absent(bus, TESTER, 1);
  can_frame_t frame = frame_of(0x123, 0x5A);
  const uint64_t whole_ns = can_mem_frame_ns(bus, &frame);
  ck_assert_int_eq(can_mem_send(bus, BMS, 0, &frame), CAN_MEM_OK);
  for (uint32_t n = 1; n <= 40; n++) {
    uint64_t start_ns =
        bus->node[BMS].suspend_ns > bus->free_ns ? bus->node[BMS].suspend_ns : bus->free_ns;
    can_mem_advance(bus, start_ns + 1);
    ck_assert_uint_eq(bus->is_busy, 1);
    /* up to the ACK slot, then 6 bits of flag in place of ACK delimiter and end of frame, and 8 */
    ck_assert_uint_eq(bus->end_ns - start_ns, whole_ns + (6 + 8 - 8) * BIT_ns);
    can_mem_advance(bus, bus->free_ns);
    ck_assert_uint_eq(bus->node[BMS].tec, n < 16 ? 8 * n : 128);
    ck_assert_int_eq(can_mem_state(bus, BMS), n < 16 ? CAN_MEM_ACTIVE : CAN_MEM_PASSIVE);
    ck_assert_uint_eq(bus->node[BMS].suspend_ns, n < 16 ? 0 : bus->free_ns + 8 * BIT_ns);
  }
  ck_assert_uint_eq(received(bus, MONITOR, NULL), 0);
  can_mem_set_absent(bus, VCM, 0);
  can_mem_advance(bus, bus->now_ns + 1000000);
  ck_assert_uint_eq(received(bus, VCM, NULL), 1);
  ck_assert_uint_eq(received(bus, MONITOR, NULL), 1);
  ck_assert_uint_eq(bus->node[BMS].tec, 127);
  ck_assert_int_eq(can_mem_state(bus, BMS), CAN_MEM_ACTIVE);
  ck_assert_uint_eq(bus->tx[BMS].count, 0);
}
END_TEST

/* --- bit errors ---------------------------------------------------------------------------- */

START_TEST(a_destroyed_frame_is_sent_again) {
  can_mem_t *bus = bus_500k();
  can_frame_t frame = {.id = 0x555, .len = 1, .data = {0x55}};
  can_mem_fault_t *fault = can_mem_fault(bus, 0x555, 0);
  fault->error_every = 2;
  can_mem_fault_done(bus, fault);
  ck_assert_int_eq(can_mem_send(bus, BMS, 0, &frame), CAN_MEM_OK);
  advance_one(bus);
  ck_assert_uint_eq(bus->error_frame_count, 0);
  ck_assert_uint_eq(received(bus, VCM, NULL), 1);
  const uint64_t start_ns = bus->free_ns;
  ck_assert_int_eq(can_mem_send(bus, BMS, start_ns, &frame), CAN_MEM_OK);
  can_mem_advance(bus, start_ns + 1);
  /* 1 + 11 + 1 + 2 + 4 + 8 = 27 bits without a stuff bit but one in 00001 of the DLC: RTR, IDE, r0
     and 000 of the DLC are six zeros. The last bit, a 1, shows as 0 behind a 0: a run of 2. 6 bits
     of flag, the others notice behind 4 of them and send 6. */
  ck_assert_uint_eq(bus->end_ns - start_ns, (27 + 1 + (12 - 2) + ERROR_DELIMITER) * BIT_ns);
  can_mem_advance(bus, bus->free_ns);
  ck_assert_uint_eq(bus->node[BMS].tec, 8);
  ck_assert_uint_eq(bus->node[VCM].rec, 1);
  ck_assert_uint_eq(bus->node[TESTER].rec, 1);
  ck_assert_uint_eq(received(bus, VCM, NULL), 0);
  ck_assert_uint_eq(bus->tx[BMS].count, 1);
  advance_one(bus);
  ck_assert_uint_eq(received(bus, VCM, NULL), 1);
  ck_assert_uint_eq(bus->node[BMS].tec, 7);
  ck_assert_uint_eq(bus->node[VCM].rec, 0);
  ck_assert_uint_eq(bus->tx[BMS].count, 0);
}
END_TEST

START_TEST(errors_without_end_lead_off_the_bus_and_a_restart_back) {
  can_mem_t *bus = bus_500k();
  can_mem_fault_t *fault = can_mem_fault(bus, 0x180, 0);
  fault->error_every = 1;
  can_mem_fault_done(bus, fault);
  can_frame_t frame = frame_of(0x180, 0xA5);
  for (uint32_t i = 0; i < 3; i++) ck_assert_int_eq(can_mem_send(bus, BMS, 0, &frame), CAN_MEM_OK);
  for (uint32_t n = 1; n <= 32; n++) {
    uint64_t start_ns =
        bus->free_ns > bus->node[BMS].suspend_ns ? bus->free_ns : bus->node[BMS].suspend_ns;
    can_mem_advance(bus, start_ns + 1);
    can_mem_advance(bus, bus->free_ns);
    ck_assert_uint_eq(bus->node[BMS].tec, 8 * n);
    ck_assert_uint_eq(bus->node[VCM].rec, n);
    ck_assert_int_eq(can_mem_state(bus, BMS), n < 16   ? CAN_MEM_ACTIVE
                                              : n < 32 ? CAN_MEM_PASSIVE
                                                       : CAN_MEM_OFF);
  }
  ck_assert_uint_eq(bus->tx[BMS].count, 0); /* what waited is lost */
  ck_assert_uint_eq(bus->tx[BMS].lost_count, 3);
  ck_assert_int_eq(can_mem_send(bus, BMS, bus->now_ns, &frame), CAN_MEM_ERR_OFF);
  fault->error_every = 0;
  can_mem_fault_done(bus, fault);
  ck_assert_uint_eq(bus->fault_count, 0);
  can_mem_advance(bus, bus->now_ns + 10000000);
  ck_assert_int_eq(can_mem_state(bus, BMS), CAN_MEM_OFF); /* nobody asked */
  const uint64_t asked_ns = bus->now_ns;
  can_mem_restart(bus, BMS);
  can_mem_advance(bus, asked_ns + 128 * 11 * BIT_ns - 1);
  ck_assert_int_eq(can_mem_state(bus, BMS), CAN_MEM_OFF);
  can_mem_advance(bus, asked_ns + 128 * 11 * BIT_ns);
  ck_assert_int_eq(can_mem_state(bus, BMS), CAN_MEM_ACTIVE);
  ck_assert_uint_eq(bus->node[BMS].tec, 0);
  ck_assert_int_eq(can_mem_send(bus, BMS, bus->now_ns, &frame), CAN_MEM_OK);
  can_mem_advance(bus, bus->now_ns + 1000000);
  ck_assert_uint_eq(received(bus, VCM, NULL), 1);
}
END_TEST

/// While others talk, each frame's last 11 bits are one sequence, and the pauses give theirs.
START_TEST(a_busy_bus_delays_the_way_back) {
  can_mem_t *bus = bus_500k();
  can_frame_t frame = frame_of(0x200, 0xC3);
  const uint64_t frame_ns = can_mem_frame_ns(bus, &frame);
  can_mem_hold_off(bus, BMS, 1);
  can_mem_restart(bus, BMS);
  ck_assert_uint_eq(bus->node[BMS].is_restarting, 0); /* held */
  can_mem_hold_off(bus, BMS, 0);
  can_mem_restart(bus, BMS);
  const uint64_t period_ns = frame_ns + (INTERFRAME + 22) * BIT_ns; /* 11 + 22 recessive: three */
  uint32_t sent = 0;
  while (can_mem_state(bus, BMS) == CAN_MEM_OFF) {
    ck_assert_int_eq(can_mem_send(bus, VCM, sent * period_ns, &frame), CAN_MEM_OK);
    sent++;
    can_mem_advance(bus, sent * period_ns);
    ck_assert_uint_lt(sent, 200);
  }
  ck_assert_uint_eq(sent, 43); /* 42 frames give 126 */
  ck_assert_uint_eq(received(bus, BMS, NULL), 0);
}
END_TEST

/* --- collisions ---------------------------------------------------------------------------- */

START_TEST(the_same_frame_twice_passes_once) {
  can_mem_t *bus = bus_500k();
  can_frame_t frame = frame_of(0x321, 0x11);
  ck_assert_int_eq(can_mem_send(bus, BMS, 0, &frame), CAN_MEM_OK);
  ck_assert_int_eq(can_mem_send(bus, VCM, 0, &frame), CAN_MEM_OK);
  can_mem_advance(bus, 1000000);
  ck_assert_uint_eq(bus->tie_count, 1);
  ck_assert_uint_eq(received(bus, MONITOR, NULL), 1);
  ck_assert_uint_eq(received(bus, TESTER, NULL), 1);
  ck_assert_uint_eq(received(bus, BMS, NULL) + received(bus, VCM, NULL), 0);
  ck_assert_uint_eq(bus->tx[BMS].sent_count, 1);
  ck_assert_uint_eq(bus->tx[VCM].sent_count, 1);
  ck_assert_uint_eq(bus->waiting_count, 0);
  ck_assert_uint_eq(bus->is_disturbed, 0);
}
END_TEST

/// The bus-off attack on paper: 16 collisions make both passive, then the recessive one gives way.
START_TEST(two_senders_of_an_id_drive_each_other_passive) {
  can_mem_t *bus = bus_500k();
  can_frame_t low = frame_of(0x321, 0x00), high = frame_of(0x321, 0xFF);
  ck_assert_int_eq(can_mem_send(bus, BMS, 0, &high), CAN_MEM_OK);
  ck_assert_int_eq(can_mem_send(bus, VCM, 0, &low), CAN_MEM_OK);
  for (uint32_t n = 1; n <= 16; n++) {
    const uint64_t start_ns = bus->free_ns;
    can_mem_advance(bus, start_ns + 1);
    /* 0x321 = 01100100001: 0 0110 0100 001 0 0 0 1000 and the first bit of the data: 20 bits, the
       dominant one behind 000 of the DLC: a run of 4 */
    ck_assert_uint_eq(bus->end_ns - start_ns, (20 + (12 - 4) + ERROR_DELIMITER) * BIT_ns);
    can_mem_advance(bus, bus->free_ns);
    ck_assert_uint_eq(bus->node[BMS].tec, 8 * n);
    ck_assert_uint_eq(bus->node[VCM].tec, 8 * n);
    ck_assert_uint_eq(bus->node[TESTER].rec, n);
  }
  ck_assert_int_eq(can_mem_state(bus, BMS), CAN_MEM_PASSIVE);
  ck_assert_int_eq(can_mem_state(bus, VCM), CAN_MEM_PASSIVE);
  can_frame_t seen;
  can_mem_advance(bus, bus->free_ns + 8 * BIT_ns + 1);
  can_mem_advance(bus, bus->free_ns);
  ck_assert_uint_eq(received(bus, MONITOR, &seen), 1);
  ck_assert_uint_eq(seen.data[0], 0x00);
  ck_assert_uint_eq(bus->node[BMS].tec, 136);
  ck_assert_uint_eq(bus->node[VCM].tec, 127);
  can_mem_advance(bus, bus->free_ns + 1000000);
  ck_assert_uint_eq(received(bus, MONITOR, &seen), 1);
  ck_assert_uint_eq(seen.data[0], 0xFF);
  ck_assert_uint_eq(bus->node[BMS].tec, 135);
  ck_assert_uint_eq(bus->waiting_count, 0);
}
END_TEST

/// An active node that loses against a passive one still breaks its frame.
START_TEST(a_passive_sender_does_not_disturb_but_an_active_one_does) {
  can_mem_t *bus = bus_500k();
  bus->node[BMS].tec = 128;
  bus->node[BMS].state = CAN_MEM_PASSIVE;
  can_frame_t low = frame_of(0x321, 0x00), high = frame_of(0x321, 0xFF);
  ck_assert_int_eq(can_mem_send(bus, BMS, 0, &low), CAN_MEM_OK);
  ck_assert_int_eq(can_mem_send(bus, VCM, 0, &high), CAN_MEM_OK);
  advance_one(bus);
  ck_assert_uint_eq(bus->node[BMS].tec, 136);
  ck_assert_uint_eq(bus->node[VCM].tec, 8);
  ck_assert_uint_eq(received(bus, MONITOR, NULL), 0);
  /* the active one goes first now: the passive one waits 8 bits */
  can_frame_t seen;
  advance_one(bus);
  ck_assert_uint_eq(received(bus, MONITOR, &seen), 1);
  ck_assert_uint_eq(seen.data[0], 0xFF);
}
END_TEST

START_TEST(classic_and_fd_of_an_id_collide_behind_the_id) {
  can_mem_t *bus = bus_500k();
  can_frame_t classic = frame_of(0x2AA, 0x55), fd = frame_of(0x2AA, 0x55);
  fd.flags = CAN_FRAME_FD;
  ck_assert_int_eq(can_mem_send(bus, BMS, 0, &fd), CAN_MEM_OK);
  ck_assert_int_eq(can_mem_send(bus, VCM, 0, &classic), CAN_MEM_OK);
  can_mem_advance(bus, 1);
  /* start, 11, RTR, IDE, r0 against FDF: 15 bits; dominant: 0 of the id, RTR, IDE, r0: 4 */
  ck_assert_uint_eq(bus->end_ns, (15 + 12 - 4 + ERROR_DELIMITER) * BIT_ns);
}
END_TEST

/// Of three senders the first to differ breaks the frame.
START_TEST(three_senders_collide_at_the_first_difference) {
  can_mem_t *bus = bus_500k();
  can_frame_t frame[3] = {frame_of(0x2AA, 0x55), frame_of(0x2AA, 0x55), frame_of(0x2AA, 0x55)};
  frame[VCM].data[0] = 0x57;
  frame[TESTER].data[7] = 0x57;
  for (uint32_t i = 0; i < 3; i++) ck_assert_int_eq(can_mem_send(bus, i, 0, &frame[i]), CAN_MEM_OK);
  advance_one(bus);
  /* 19 bits to the end of the DLC, no five equal ones; 7
     bits of 0x57 end in 011 where the others have 010: broken behind the 0, a run of 1, by VCM */
  ck_assert_uint_eq(bus->error_frame_count, 1);
  ck_assert_uint_eq(bus->free_ns, (19 + 7 + 12 - 1 + ERROR_DELIMITER + INTERFRAME) * BIT_ns);
  for (uint32_t i = 0; i < 3; i++) ck_assert_uint_eq(bus->node[i].tec, 8);
}
END_TEST

/// A receiver becomes passive at 128 errors and is active again behind the next right frame.
START_TEST(receivers_become_passive_too) {
  can_mem_t *bus = bus_500k();
  can_mem_fault_t *fault = can_mem_fault(bus, 0x180, 0);
  fault->error_every = 2;
  fault->error_count = 1;
  can_mem_fault_done(bus, fault);
  bus->node[VCM].rec = 127;
  can_frame_t frame = frame_of(0x180, 0xA5);
  ck_assert_int_eq(can_mem_send(bus, BMS, 0, &frame), CAN_MEM_OK);
  advance_one(bus);
  ck_assert_uint_eq(bus->node[VCM].rec, 128);
  ck_assert_int_eq(can_mem_state(bus, VCM), CAN_MEM_PASSIVE);
  advance_one(bus);
  ck_assert_uint_eq(bus->node[VCM].rec, 127);
  ck_assert_int_eq(can_mem_state(bus, VCM), CAN_MEM_ACTIVE);
}
END_TEST

START_TEST(arbitration_tells_all_kinds_apart) {
  can_mem_t *bus = bus_500k();
  /* all with base id 0x123: data, remote, extended data, extended remote: in this order */
  can_frame_t kind[4] = {frame_of(0x123u << 18, 1), frame_of(0x123, 2), frame_of(0x123, 3),
                         frame_of(0x123u << 18, 4)};
  kind[0].flags = CAN_FRAME_EXTENDED | CAN_FRAME_REMOTE;
  kind[1].flags = CAN_FRAME_REMOTE;
  kind[3].flags = CAN_FRAME_EXTENDED;
  const uint8_t flags[] = {0, CAN_FRAME_REMOTE, CAN_FRAME_EXTENDED,
                           CAN_FRAME_EXTENDED | CAN_FRAME_REMOTE};
  for (uint32_t i = 0; i < 3; i++) ck_assert_int_eq(can_mem_send(bus, i, 0, &kind[i]), CAN_MEM_OK);
  ck_assert_int_eq(can_mem_send(bus, TESTER, 0, &kind[3]), CAN_MEM_OK);
  can_mem_advance(bus, 5000000);
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < 4; i++) {
    ck_assert_int_eq(can_mem_recv(bus, MONITOR, &rx), CAN_MEM_OK);
    /* TESTER's second frame comes to the front only behind its first */
    ck_assert_uint_eq(rx.frame.flags, flags[i]);
  }
}
END_TEST

/* --- faults of a message ------------------------------------------------------------------- */

static can_mem_fault_t *fault_on(can_mem_t *bus) { return can_mem_fault(bus, 0x180, 0); }

START_TEST(frames_are_dropped_copied_spoilt) {
  can_mem_t *bus = bus_500k();
  can_frame_t frame = frame_of(0x180, 0x0F), other = frame_of(0x181, 0x0F), seen;
  can_mem_fault_t *fault = fault_on(bus);
  fault->drop_every = 3;
  can_mem_fault_done(bus, fault);
  for (uint32_t i = 0; i < 9; i++) {
    (void)can_mem_send(bus, BMS, 0, &frame);
    (void)can_mem_send(bus, BMS, 0, &other);
  }
  can_mem_advance(bus, 10000000);
  ck_assert_uint_eq(received(bus, VCM, NULL), 6 + 9);
  fault->drop_every = 0;
  fault->copy_count = 1;
  fault->flip_bit = 1 + 13;
  can_mem_fault_done(bus, fault);
  (void)can_mem_send(bus, BMS, 0, &frame);
  can_mem_advance(bus, 20000000);
  ck_assert_uint_eq(received(bus, VCM, &seen), 2);
  ck_assert_uint_eq(seen.data[1], 0x0F ^ 0x20);
  ck_assert_uint_eq(seen.data[0], 0x0F);
  fault->copy_count = 0;
  fault->flip_bit = 0;
  fault->len = 1 + 5;
  fault->is_frozen = 1;
  can_mem_fault_done(bus, fault);
  (void)can_mem_send(bus, BMS, 0, &frame);
  frame = frame_of(0x180, 0x77);
  (void)can_mem_send(bus, BMS, 0, &frame);
  can_mem_advance(bus, 30000000);
  ck_assert_uint_eq(received(bus, VCM, &seen), 2);
  ck_assert_uint_eq(seen.len, 5);
  ck_assert_uint_eq(seen.data[0], 0x0F);
  ck_assert_uint_eq(seen.data[7], 0);
  fault->len = 0;
  fault->is_frozen = 0;
  can_mem_fault_done(bus, fault);
  ck_assert_uint_eq(bus->fault_count, 0);
  ck_assert_uint_eq(bus->is_disturbed, 0);
}
END_TEST

START_TEST(delayed_frames_let_others_pass) {
  can_mem_t *bus = bus_500k();
  can_frame_t frame = frame_of(0x180, 1), other = frame_of(0x181, 2);
  can_mem_fault_t *fault = fault_on(bus);
  fault->delay_us = 7000;
  can_mem_fault_done(bus, fault);
  (void)can_mem_send(bus, BMS, 500000, &frame);
  (void)can_mem_send(bus, BMS, 500000, &other);
  for (uint64_t ms = 1; ms <= 10; ms++) can_mem_advance(bus, ms * 1000000);
  can_mem_rx_t rx;
  ck_assert_int_eq(can_mem_recv(bus, VCM, &rx), CAN_MEM_OK);
  ck_assert_uint_eq(rx.frame.id, 0x181);
  ck_assert_int_eq(can_mem_recv(bus, VCM, &rx), CAN_MEM_OK);
  ck_assert_uint_eq(rx.frame.id, 0x180);
  ck_assert_uint_eq(rx.time_ns, 7500000 + can_mem_frame_ns(bus, &frame));
  for (uint32_t i = 0; i <= CAN_MEM_HELD_MAX; i++) (void)can_mem_send(bus, BMS, 0, &frame);
  ck_assert_uint_eq(bus->held_lost_count, 1);
}
END_TEST

START_TEST(places_for_faults_end) {
  can_mem_t *bus = bus_500k();
  for (uint32_t i = 0; i < CAN_MEM_FAULT_MAX; i++) {
    can_mem_fault_t *fault = can_mem_fault(bus, i, i % 2);
    ck_assert_ptr_nonnull(fault);
    fault->copy_count = 1;
    can_mem_fault_done(bus, fault);
  }
  ck_assert_ptr_null(can_mem_fault(bus, 0x7FF, 0));
  ck_assert_ptr_eq(can_mem_fault(bus, 3, 1), &bus->fault[3]);
  ck_assert_ptr_null(can_mem_fault(bus, 3, 0));
}
END_TEST

START_TEST(a_babbler_takes_its_share) {
  static const double shares_pct[] = {25, 80, 100};
  for (uint32_t i = 0; i < 3; i++) {
    can_mem_t *bus = bus_500k();
    can_frame_t frame = frame_of(0x180, 1);
    can_mem_babble(bus, TESTER, 0, shares_pct[i]);
    for (uint64_t ms = 1; ms <= 1000; ms++) {
      if (ms % 100 == 50) (void)can_mem_send(bus, BMS, ms * 1000000, &frame);
      can_mem_advance(bus, ms * 1000000);
    }
    can_mem_rx_t rx;
    uint32_t own = 0;
    while (can_mem_recv(bus, VCM, &rx) == CAN_MEM_OK) own += rx.frame.id == 0x180;
    ck_assert_uint_eq(bus->tx[BMS].sent_count, shares_pct[i] < 100 ? 10 : 0);
    ck_assert_double_eq_tol(can_mem_load_permille(bus), 10 * shares_pct[i], 4);
    can_mem_babble(bus, TESTER, 0, 0);
    can_mem_advance(bus, 1100000000);
    ck_assert_uint_eq(bus->tx[BMS].sent_count, 10);
    ck_assert_uint_le(own, 10);
  }
}
END_TEST

/// Steps of 1 us and of 1 ms come to the same counters and times.
START_TEST(disturbed_steps_of_any_size_give_the_same) {
  static can_mem_t fine, coarse;
  can_mem_t *const both[] = {&fine, &coarse};
  for (uint32_t i = 0; i < 2; i++) {
    can_mem_init(both[i], 500000, 2000000);
    can_mem_fault_t *fault = can_mem_fault(both[i], 0x180, 0);
    fault->error_every = 3;
    can_mem_fault_done(both[i], fault);
    uint64_t step_ns = i == 0 ? 1000 : 1000000;
    for (uint64_t now_ns = 0; now_ns < 50000000; now_ns += step_ns) {
      can_frame_t frame = frame_of(0x180, (uint8_t)(now_ns / 1000000)), other = frame_of(0x181, 9);
      if (now_ns % 2000000 == 0) {
        (void)can_mem_send(both[i], BMS, now_ns, &frame);
        (void)can_mem_send(both[i], VCM, now_ns, &other);
      }
      can_mem_advance(both[i], now_ns + step_ns);
    }
  }
  ck_assert_uint_gt(fine.error_frame_count, 5);
  ck_assert_mem_eq(&fine, &coarse, sizeof fine);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("can_errors");
  TCase *tcase = tcase_create("errors");
  tcase_add_test(tcase, the_bits_add_up_to_the_lengths);
  tcase_add_test(tcase, places_are_those_counted_by_hand);
  tcase_add_test(tcase, alone_a_node_becomes_passive_and_never_goes_off);
  tcase_add_test(tcase, a_destroyed_frame_is_sent_again);
  tcase_add_test(tcase, errors_without_end_lead_off_the_bus_and_a_restart_back);
  tcase_add_test(tcase, a_busy_bus_delays_the_way_back);
  tcase_add_test(tcase, the_same_frame_twice_passes_once);
  tcase_add_test(tcase, two_senders_of_an_id_drive_each_other_passive);
  tcase_add_test(tcase, a_passive_sender_does_not_disturb_but_an_active_one_does);
  tcase_add_test(tcase, classic_and_fd_of_an_id_collide_behind_the_id);
  tcase_add_test(tcase, three_senders_collide_at_the_first_difference);
  tcase_add_test(tcase, receivers_become_passive_too);
  tcase_add_test(tcase, arbitration_tells_all_kinds_apart);
  tcase_add_test(tcase, frames_are_dropped_copied_spoilt);
  tcase_add_test(tcase, delayed_frames_let_others_pass);
  tcase_add_test(tcase, places_for_faults_end);
  tcase_add_test(tcase, a_babbler_takes_its_share);
  tcase_add_test(tcase, disturbed_steps_of_any_size_give_the_same);
  suite_add_tcase(suite, tcase);
  return suite;
}
