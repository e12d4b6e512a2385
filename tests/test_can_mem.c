/// The bus: frame lengths against an independent bit writer, arbitration, timing, queues, load.
#include <check.h>
#include <string.h>

#include "../sim/can/can_mem.h"
#include "../sim/rng.h"

enum { BMS, VCM, TESTER, MONITOR };

static can_frame_t frame_of(uint32_t id, uint8_t len, uint8_t flags) {
  can_frame_t frame = {.id = id, .len = len, .flags = flags};
  return frame;
}

static can_mem_t bus_500k(void) {
  static can_mem_t bus;
  can_mem_init(&bus, 500000, 2000000);
  return bus;
}

/* --- an independent writer: the bits as a text of 0 and 1, stuffed afterwards --------------- */

typedef struct {
  char bit[800];
  uint32_t count;
} bits_t;

static void put(bits_t *bits, uint32_t value, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    bits->bit[bits->count++] = (char)('0' + (value >> (count - 1 - i) & 1));
}

static uint32_t crc15(const bits_t *bits) {
  uint32_t crc = 0;
  for (uint32_t i = 0; i < bits->count; i++) {
    uint32_t next = (uint32_t)(bits->bit[i] - '0') ^ (crc >> 14);
    crc = (crc << 1) & 0x7FFF;
    if (next) crc ^= 0x4599;
  }
  return crc;
}

static uint32_t stuff_bits(const bits_t *bits) {
  uint32_t count = 0, run = 0;
  char last = 'x';
  for (uint32_t i = 0; i < bits->count; i++) {
    run = bits->bit[i] == last ? run + 1 : 1;
    last = bits->bit[i];
    if (run == 5) {
      count++;
      last = last == '0' ? '1' : '0';
      run = 1;
    }
  }
  return count;
}

static uint32_t classic_bits(const can_frame_t *frame) {
  bits_t bits = {.count = 0};
  uint32_t remote = (frame->flags & CAN_FRAME_REMOTE) != 0;
  put(&bits, 0, 1);
  if (frame->flags & CAN_FRAME_EXTENDED) {
    put(&bits, frame->id >> 18, 11);
    put(&bits, 3, 2);
    put(&bits, frame->id, 18);
    put(&bits, remote, 1);
    put(&bits, 0, 2);
  } else {
    put(&bits, frame->id, 11);
    put(&bits, remote, 1);
    put(&bits, 0, 2);
  }
  put(&bits, frame->len, 4);
  for (uint32_t i = 0; i < frame->len && !remote; i++) put(&bits, frame->data[i], 8);
  put(&bits, crc15(&bits), 15);
  return bits.count + stuff_bits(&bits) + 1 + 2 + 7;
}

START_TEST(classic_lengths_agree_with_the_writer) {
  rng_t rng = rng_stream(1, "classic");
  uint32_t shortest = 1000, longest = 0;
  for (uint32_t i = 0; i < 5000; i++) {
    uint64_t data = rng_u64(&rng);
    if (i % 3 == 0) data &= rng_u64(&rng) & rng_u64(&rng); /* long runs */
    int is_extended = i % 2 == 0;
    uint32_t id = (uint32_t)rng_u64(&rng) & (is_extended ? 0x1FFFFFFFu : 0x7FFu);
    can_frame_t frame = frame_of(id, (uint8_t)(i % 9), is_extended ? CAN_FRAME_EXTENDED : 0);
    if (i % 17 == 0) frame.flags |= CAN_FRAME_REMOTE;
    memcpy(frame.data, &data, 8);
    ck_assert_uint_eq(can_mem_frame_bits(&frame), classic_bits(&frame));
    if (is_extended || frame.len != 8 || (frame.flags & CAN_FRAME_REMOTE)) continue;
    uint32_t bits = can_mem_frame_bits(&frame) + 3;
    if (bits < shortest) shortest = bits;
    if (bits > longest) longest = bits;
  }
  ck_assert_uint_ge(shortest, 111);
  ck_assert_uint_le(longest, 135);
}
END_TEST

START_TEST(unstuffed_lengths_are_those_of_the_standard) {
  can_frame_t frame = frame_of(0x555, 8, 0);
  memset(frame.data, 0xAA, 8);
  uint32_t bits = can_mem_frame_bits(&frame) + 3;
  ck_assert_uint_ge(bits, 111);
  ck_assert_uint_le(bits, 113); /* DLC 1000 and the CRC may hold runs */
  can_frame_t zeros = frame_of(0, 8, 0);
  ck_assert_uint_gt(can_mem_frame_bits(&zeros) + 3, 125);
  ck_assert_uint_le(can_mem_frame_bits(&zeros) + 3, 135);
  can_frame_t extended = frame_of(0x15555555, 8, CAN_FRAME_EXTENDED);
  memset(extended.data, 0xAA, 8);
  ck_assert_uint_ge(can_mem_frame_bits(&extended) + 3, 131);
  ck_assert_uint_le(can_mem_frame_bits(&extended) + 3, 160);
}
END_TEST

START_TEST(fd_times_are_those_of_the_facts) {
  can_mem_t bus = bus_500k();
  static const struct {
    uint8_t len;
    uint64_t least_ns, most_ns;
  } row[] = {{8, 108000, 124000}, {64, 334500, 407000}};
  for (uint32_t i = 0; i < 2; i++) {
    rng_t rng = rng_stream(2, "fd");
    for (uint32_t k = 0; k < 300; k++) {
      can_frame_t frame =
          frame_of((uint32_t)rng_u64(&rng) & 0x7FF, row[i].len, CAN_FRAME_FD | CAN_FRAME_BRS);
      for (uint32_t b = 0; b < row[i].len; b++)
        frame.data[b] = (uint8_t)(k == 0 ? 0 : rng_u64(&rng));
      uint64_t time_ns = can_mem_frame_ns(&bus, &frame) + 3 * 2000;
      ck_assert_uint_ge(time_ns, row[i].least_ns);
      ck_assert_uint_le(time_ns, row[i].most_ns);
    }
  }
  can_frame_t plain = frame_of(0x555, 8, CAN_FRAME_FD | CAN_FRAME_BRS);
  memset(plain.data, 0xAA, 8);
  ck_assert_uint_eq(can_mem_frame_ns(&bus, &plain) + 6000, 108000);
  plain.flags = CAN_FRAME_FD; /* one rate: 126 bits less the interframe space */
  ck_assert_uint_eq(can_mem_frame_ns(&bus, &plain), can_mem_frame_bits(&plain) * 2000ull);
  ck_assert_uint_eq(can_mem_frame_bits(&plain), 27 + 96);
  plain.len = 16;
  memset(plain.data, 0xAA, 16);
  uint32_t short_crc = can_mem_frame_bits(&plain);
  plain.len = 20;
  memset(plain.data, 0xAA, 20);
  ck_assert_uint_eq(can_mem_frame_bits(&plain) - short_crc, 32 + 4 + 1);
}
END_TEST

START_TEST(fd_lengths_agree_with_the_writer) {
  static const uint8_t len[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64};
  rng_t rng = rng_stream(3, "fd writer");
  for (uint32_t i = 0; i < 2000; i++) {
    bits_t bits = {.count = 0};
    uint32_t dlc = i % 16;
    can_frame_t frame = frame_of((uint32_t)rng_u64(&rng) & 0x7FF, len[dlc], CAN_FRAME_FD);
    put(&bits, 0, 1);
    if (i % 3 == 0) {
      frame.flags |= CAN_FRAME_EXTENDED;
      frame.id = (uint32_t)rng_u64(&rng) & 0x1FFFFFFF;
      put(&bits, frame.id >> 18, 11);
      put(&bits, 3, 2);
      put(&bits, frame.id, 18);
      put(&bits, 0, 1);
    } else {
      put(&bits, frame.id, 11);
      put(&bits, 0, 2);
    }
    put(&bits, 8, 4); /* FDF, res, BRS, ESI */
    put(&bits, dlc, 4);
    for (uint32_t b = 0; b < frame.len; b++) {
      frame.data[b] = (uint8_t)(rng_u64(&rng) & rng_u64(&rng));
      put(&bits, frame.data[b], 8);
    }
    uint32_t without_last =
        bits.count - 1; /* a stuff bit due behind the last bit is the fixed one */
    uint32_t all = bits.count;
    bits.count = without_last;
    uint32_t stuffed = stuff_bits(&bits);
    uint32_t tail = 4 + (frame.len > 16 ? 21 + 7 : 17 + 6) + 10;
    ck_assert_uint_eq(can_mem_frame_bits(&frame), all + stuffed + tail);
  }
}
END_TEST

START_TEST(fd_stuff_bits_stop_at_the_crc) {
  can_frame_t frame = frame_of(0x555, 1, CAN_FRAME_FD);
  frame.data[0] = 0xE0; /* ends with five 0: the fixed stuff bit takes that place */
  can_frame_t next = frame;
  next.data[0] = 0xE1;
  ck_assert_uint_eq(can_mem_frame_bits(&frame), can_mem_frame_bits(&next));
  next.data[0] = 0x05; /* DLC 0001 and five 0: one stuff bit inside the data */
  ck_assert_uint_eq(can_mem_frame_bits(&next), can_mem_frame_bits(&frame) + 1);
}
END_TEST

START_TEST(lowest_id_wins) {
  can_mem_t bus = bus_500k();
  static const struct {
    uint32_t id;
    uint8_t flags;
  } order[] = {{0x0FF, 0},
               {0x100, 0},
               {0x100, CAN_FRAME_REMOTE},
               {0x100u << 18, CAN_FRAME_EXTENDED},
               {0x100u << 18 | 1, CAN_FRAME_EXTENDED},
               {0x101, 0}};
  for (uint32_t i = 0; i + 1 < 6; i++) {
    can_frame_t winner = frame_of(order[i].id, 0, order[i].flags);
    can_frame_t loser = frame_of(order[i + 1].id, 0, order[i + 1].flags);
    uint64_t now_ns = bus.now_ns;
    ck_assert_int_eq(can_mem_send(&bus, BMS, now_ns, &loser), CAN_MEM_OK);
    ck_assert_int_eq(can_mem_send(&bus, VCM, now_ns, &winner), CAN_MEM_OK);
    can_mem_advance(&bus, now_ns + 1000000);
    can_mem_rx_t rx;
    ck_assert_int_eq(can_mem_recv(&bus, MONITOR, &rx), CAN_MEM_OK);
    ck_assert_msg(rx.node == VCM, "pair %u", (unsigned)i);
    ck_assert_int_eq(can_mem_recv(&bus, MONITOR, &rx), CAN_MEM_OK);
    ck_assert_uint_eq(rx.node, BMS);
    ck_assert_int_eq(can_mem_recv(&bus, MONITOR, &rx), CAN_MEM_EMPTY);
  }
  ck_assert_uint_eq(bus.tie_count, 0);
}
END_TEST

START_TEST(frames_pass_at_their_bit_time) {
  can_mem_t bus = bus_500k();
  can_frame_t first = frame_of(0x200, 8, 0), second = frame_of(0x100, 4, 0);
  uint64_t first_ns = can_mem_frame_bits(&first) * 2000ull;
  uint64_t second_ns = can_mem_frame_bits(&second) * 2000ull;
  can_mem_rx_t rx;
  (void)can_mem_send(&bus, BMS, 5000, &first);
  can_mem_advance(&bus, 5000 + first_ns - 1);
  ck_assert_int_eq(can_mem_recv(&bus, VCM, &rx), CAN_MEM_EMPTY);
  (void)can_mem_send(&bus, VCM, bus.now_ns, &second); /* lower id, but the bus is taken */
  can_mem_advance(&bus, 5000 + first_ns);
  ck_assert_int_eq(can_mem_recv(&bus, VCM, &rx), CAN_MEM_OK);
  ck_assert_uint_eq(rx.time_ns, 5000 + first_ns);
  ck_assert_uint_eq(rx.frame.id, 0x200);
  can_mem_advance(&bus, 10000000);
  ck_assert_int_eq(can_mem_recv(&bus, BMS, &rx), CAN_MEM_OK);
  ck_assert_uint_eq(rx.time_ns, 5000 + first_ns + 6000 + second_ns);
}
END_TEST

START_TEST(steps_of_any_size_give_the_same) {
  uint64_t time_ns[2][20];
  for (uint32_t way = 0; way < 2; way++) {
    can_mem_t bus = bus_500k();
    rng_t rng = rng_stream(4, "steps");
    for (uint32_t i = 0; i < 20; i++) {
      can_frame_t frame = frame_of((uint32_t)rng_u64(&rng) & 0x7FF, (uint8_t)(i % 9), 0);
      (void)can_mem_send(&bus, i % 3, 0, &frame);
    }
    uint64_t step_ns = way == 0 ? 1000000 : 7919;
    for (uint64_t now_ns = 0; now_ns < 10000000; now_ns += step_ns) can_mem_advance(&bus, now_ns);
    can_mem_rx_t rx;
    for (uint32_t i = 0; i < 20; i++) {
      ck_assert_int_eq(can_mem_recv(&bus, MONITOR, &rx), CAN_MEM_OK);
      time_ns[way][i] = rx.time_ns;
    }
  }
  ck_assert_mem_eq(time_ns[0], time_ns[1], sizeof time_ns[0]);
}
END_TEST

START_TEST(all_others_hear_the_sender_not) {
  can_mem_t bus = bus_500k();
  can_frame_t frame = frame_of(0x123, 3, 0);
  frame.data[2] = 0x42;
  frame.data[3] = 0x99; /* behind the length: does not travel */
  can_mem_rx_t rx;
  (void)can_mem_send(&bus, BMS, 0, &frame);
  can_mem_advance(&bus, 1000000);
  ck_assert_int_eq(can_mem_recv(&bus, BMS, &rx), CAN_MEM_EMPTY);
  static const uint32_t others[] = {VCM, TESTER, MONITOR};
  for (uint32_t i = 0; i < 3; i++) {
    ck_assert_int_eq(can_mem_recv(&bus, others[i], &rx), CAN_MEM_OK);
    ck_assert_uint_eq(rx.frame.data[2], 0x42);
    ck_assert_uint_eq(rx.frame.data[3], 0);
    ck_assert_uint_eq(rx.node, BMS);
  }
  ck_assert_int_eq(can_mem_recv(&bus, 4, &rx), CAN_MEM_EMPTY);
}
END_TEST

START_TEST(wrong_frames_are_refused) {
  static const struct {
    uint32_t node, id;
    uint8_t len, flags;
  } wrong[] = {{MONITOR, 1, 0, 0},
               {7, 1, 0, 0},
               {BMS, 0x800, 0, 0},
               {BMS, 0x20000000, 0, CAN_FRAME_EXTENDED},
               {BMS, 1, 9, 0},
               {BMS, 1, 12, 0},
               {BMS, 1, 9, CAN_FRAME_FD},
               {BMS, 1, 65, CAN_FRAME_FD},
               {BMS, 1, 255, CAN_FRAME_FD},
               {BMS, 1, 0, CAN_FRAME_ERROR},
               {BMS, 1, 0, CAN_FRAME_BRS},
               {BMS, 1, 0, CAN_FRAME_FD | CAN_FRAME_REMOTE}};
  can_mem_t bus = bus_500k();
  for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    can_frame_t frame = frame_of(wrong[i].id, wrong[i].len, wrong[i].flags);
    ck_assert_msg(can_mem_send(&bus, wrong[i].node, 0, &frame) == CAN_MEM_ERR_FRAME, "row %u",
                  (unsigned)i);
  }
  static const uint8_t legal[] = {0, 1, 7, 8, 12, 16, 20, 24, 32, 48, 64};
  for (uint32_t i = 0; i < sizeof legal; i++) {
    can_frame_t frame = frame_of(1, legal[i], CAN_FRAME_FD | CAN_FRAME_BRS);
    ck_assert_int_eq(can_mem_send(&bus, BMS, 0, &frame), CAN_MEM_OK);
  }
  ck_assert_uint_eq(bus.waiting_count, sizeof legal);
}
END_TEST

START_TEST(full_queues_count_what_they_lose) {
  can_mem_t bus = bus_500k();
  can_frame_t frame = frame_of(1, 0, 0);
  for (uint32_t i = 0; i < CAN_MEM_QUEUE_MAX; i++) {
    frame.id = i;
    ck_assert_int_eq(can_mem_send(&bus, BMS, 0, &frame), CAN_MEM_OK);
  }
  ck_assert_int_eq(can_mem_send(&bus, BMS, 0, &frame), CAN_MEM_ERR_FULL);
  ck_assert_uint_eq(bus.tx[BMS].lost_count, 1);
  can_mem_advance(&bus, 100000000);
  ck_assert_uint_eq(bus.tx[BMS].sent_count, CAN_MEM_QUEUE_MAX);
  ck_assert_uint_eq(bus.rx[VCM].lost_count, 0);
  frame.id = 0x7FF;
  (void)can_mem_send(&bus, BMS, bus.now_ns, &frame);
  can_mem_advance(&bus, 200000000);
  ck_assert_uint_eq(bus.rx[VCM].lost_count, 1);
  can_mem_rx_t rx;
  for (uint32_t i = 1; i <= CAN_MEM_QUEUE_MAX; i++) {
    ck_assert_int_eq(can_mem_recv(&bus, VCM, &rx), CAN_MEM_OK);
    ck_assert_uint_eq(rx.frame.id, i < CAN_MEM_QUEUE_MAX ? i : 0x7FF); /* the oldest is gone */
  }
}
END_TEST

static void monitor_hears(can_mem_t *bus, const uint32_t *ids, const uint8_t *lens,
                          uint32_t count) {
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < count; i++) {
    ck_assert_int_eq(can_mem_recv(bus, MONITOR, &rx), CAN_MEM_OK);
    ck_assert_uint_eq(rx.frame.id, ids[i]);
    ck_assert_uint_eq(rx.frame.len, lens[i]);
  }
  ck_assert_int_eq(can_mem_recv(bus, MONITOR, &rx), CAN_MEM_EMPTY);
}

/// As from mailboxes: no frame waits behind one of lower priority of its own node.
START_TEST(lowest_id_goes_first_and_of_equal_ones_the_oldest) {
  can_mem_t bus = bus_500k();
  static const uint32_t ids[] = {0x300, 0x100, 0x200, 0x100, 0x300, 0x080};
  static const uint32_t order[] = {0x080, 0x100, 0x100, 0x200, 0x300, 0x300};
  static const uint8_t lens[] = {5, 1, 3, 2, 0, 4};
  for (uint32_t round = 0; round < 14; round++) { /* the queue is a ring: all around it */
    for (uint32_t i = 0; i < 6; i++) {
      can_frame_t frame = frame_of(ids[i], (uint8_t)i, 0);
      (void)can_mem_send(&bus, BMS, bus.now_ns, &frame);
    }
    can_mem_advance(&bus, bus.now_ns + 10000000);
    monitor_hears(&bus, order, lens, 6);
  }
}
END_TEST

START_TEST(what_is_on_the_wire_or_alone_ready_is_not_overtaken) {
  can_mem_t bus = bus_500k();
  static const uint32_t order[] = {0x300, 0x200, 0x100};
  static const uint8_t lens[] = {8, 8, 0};
  can_frame_t first = frame_of(0x300, 8, 0), ready = frame_of(0x200, 8, 0);
  can_frame_t late = frame_of(0x100, 0, 0);
  (void)can_mem_send(&bus, BMS, 0, &first);
  can_mem_advance(&bus, 100000); /* 300 is on the wire until 0.23 ms */
  (void)can_mem_send(&bus, BMS, 100000, &ready);
  (void)can_mem_send(&bus, BMS, 400000, &late); /* 200 has begun by then */
  can_mem_advance(&bus, 10000000);
  monitor_hears(&bus, order, lens, 3);
}
END_TEST

START_TEST(same_id_from_two_nodes_is_counted) {
  can_mem_t bus = bus_500k();
  can_frame_t frame = frame_of(0x100, 0, 0);
  (void)can_mem_send(&bus, VCM, 0, &frame);
  (void)can_mem_send(&bus, BMS, 0, &frame);
  can_mem_advance(&bus, 10000000);
  ck_assert_uint_eq(bus.tie_count, 1);
  can_mem_rx_t rx;
  ck_assert_int_eq(can_mem_recv(&bus, MONITOR, &rx), CAN_MEM_OK);
  ck_assert_uint_eq(rx.node, BMS);
}
END_TEST

START_TEST(load_is_busy_time_in_100_ms) {
  can_mem_t bus = bus_500k();
  can_frame_t frame = frame_of(0x123, 8, 0);
  uint64_t frame_ns = (can_mem_frame_bits(&frame) + 3) * 2000ull;
  for (uint64_t ms = 0; ms < 100; ms++) {
    can_mem_rx_t rx;
    if (ms % 10 == 5) (void)can_mem_send(&bus, BMS, ms * 1000000, &frame);
    can_mem_advance(&bus, (ms + 1) * 1000000);
    while (can_mem_recv(&bus, VCM, &rx) == CAN_MEM_OK) {
    }
  }
  ck_assert_uint_eq(can_mem_load_permille(&bus), 10 * frame_ns * 1000 / 100000000);
  ck_assert_uint_eq(bus.busy_ns, 10 * frame_ns);
  can_mem_advance(&bus, 1000000000);
  ck_assert_uint_eq(can_mem_load_permille(&bus), 0);
}
END_TEST

START_TEST(a_saturated_bus_is_fully_loaded) {
  can_mem_t bus = bus_500k();
  can_frame_t frame = frame_of(0x123, 8, 0);
  for (uint64_t ms = 0; ms < 300; ms++) {
    while (can_mem_send(&bus, BMS, ms * 1000000, &frame) == CAN_MEM_OK) {
    }
    can_mem_advance(&bus, (ms + 1) * 1000000);
    can_mem_rx_t rx;
    uint32_t heard = 0;
    while (can_mem_recv(&bus, MONITOR, &rx) == CAN_MEM_OK) heard++;
    ck_assert_uint_le(heard, 5);
  }
  ck_assert_uint_eq(can_mem_load_permille(&bus), 1000);
  ck_assert_uint_eq(bus.rx[MONITOR].lost_count, 0);
}
END_TEST

START_TEST(a_window_splits_a_frame) {
  can_mem_t bus;
  can_mem_init(&bus, 10000, 10000); /* 0.1 ms a bit */
  can_frame_t frame = frame_of(0x123, 8, 0);
  uint64_t busy_ns = (can_mem_frame_bits(&frame) + 3) * 100000ull;
  (void)can_mem_send(&bus, BMS, 95000000, &frame);
  can_mem_advance(&bus, 100000000);
  ck_assert_uint_eq(can_mem_load_permille(&bus), 50);
  can_mem_advance(&bus, 200000000);
  ck_assert_uint_eq(can_mem_load_permille(&bus), (busy_ns - 5000000) * 1000 / 100000000);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("can_mem");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, classic_lengths_agree_with_the_writer);
  tcase_add_test(tcase, unstuffed_lengths_are_those_of_the_standard);
  tcase_add_test(tcase, fd_times_are_those_of_the_facts);
  tcase_add_test(tcase, fd_lengths_agree_with_the_writer);
  tcase_add_test(tcase, fd_stuff_bits_stop_at_the_crc);
  tcase_add_test(tcase, lowest_id_wins);
  tcase_add_test(tcase, frames_pass_at_their_bit_time);
  tcase_add_test(tcase, steps_of_any_size_give_the_same);
  tcase_add_test(tcase, all_others_hear_the_sender_not);
  tcase_add_test(tcase, wrong_frames_are_refused);
  tcase_add_test(tcase, full_queues_count_what_they_lose);
  tcase_add_test(tcase, lowest_id_goes_first_and_of_equal_ones_the_oldest);
  tcase_add_test(tcase, what_is_on_the_wire_or_alone_ready_is_not_overtaken);
  tcase_add_test(tcase, same_id_from_two_nodes_is_counted);
  tcase_add_test(tcase, load_is_busy_time_in_100_ms);
  tcase_add_test(tcase, a_saturated_bus_is_fully_loaded);
  tcase_add_test(tcase, a_window_splits_a_frame);
  suite_add_tcase(suite, tcase);
  return suite;
}
