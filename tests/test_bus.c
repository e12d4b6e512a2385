/// What every back end of the bus port keeps: the same cases run over each of them.
#include "bus_rig.h"

static int skip(int kind) {
  if (rig_is_possible((bus_kind_t)kind)) return 0;
  return 1;
}

static void assert_same(const can_frame_t *got, const can_frame_t *sent) {
  ck_assert_uint_eq(got->id, sent->id);
  ck_assert_uint_eq(got->flags, sent->flags);
  ck_assert_uint_eq(got->len, sent->len);
  if ((sent->flags & CAN_FRAME_REMOTE) == 0) ck_assert_mem_eq(got->data, sent->data, sent->len);
}

static void pass_both_ways(bus_rig_t *rig, const can_frame_t *frame) {
  can_frame_t got;
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, frame), BUS_OK);
  ck_assert(rig_peer_recv(rig, &got));
  assert_same(&got, frame);
  rig_peer_send(rig, frame);
  ck_assert(rig_port_recv(rig, &got));
  assert_same(&got, frame);
}

START_TEST(frames_pass_both_ways) {
  static const struct {
    uint32_t id;
    uint8_t flags;
  } ids[] = {{0, 0},
             {0x123, 0},
             {0x7FF, 0},
             {0, CAN_FRAME_EXTENDED},
             {0x7FF, CAN_FRAME_EXTENDED},
             {0x1FFFFFFF, CAN_FRAME_EXTENDED}};
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  rig_join(rig);
  for (uint32_t k = 0; k < sizeof ids / sizeof ids[0]; k++) {
    can_frame_t frame = {.id = ids[k].id, .flags = ids[k].flags};
    frame.len = (uint8_t)(k % 2 ? 8 : 3);
    for (uint32_t i = 0; i < frame.len; i++) frame.data[i] = (uint8_t)(0xF0 + 37 * i + k);
    pass_both_ways(rig, &frame);
  }
  for (uint8_t len = 0; len <= 8; len++) {
    can_frame_t frame = {.id = 0x55, .len = len, .data = {0, 255, 1, 128, 127, 10, 13, 62}};
    pass_both_ways(rig, &frame);
  }
  uint64_t count = sizeof ids / sizeof ids[0] + 9;
  bus_stats_t stats = bus_stats(rig->port);
  ck_assert_uint_eq(stats.sent_count, count);
  ck_assert_uint_eq(stats.received_count, count);
  ck_assert_uint_eq(stats.send_drop_count + stats.receive_drop_count, 0);
  ck_assert_uint_eq(stats.garbage_count + stats.evicted_count, 0);
  ck_assert_int_eq(stats.state, BUS_STATE_ACTIVE);
  rig_close(rig);
}
END_TEST

START_TEST(remote_and_fd_frames_pass_where_the_bus_has_them) {
  static const uint8_t lens[] = {0, 1, 8, 12, 16, 20, 24, 32, 48, 64};
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  rig_join(rig);
  can_frame_t remote = {.id = 0x321, .len = 5, .flags = CAN_FRAME_REMOTE};
  if ((bus_caps(rig->port) & BUS_CAP_REMOTE) != 0)
    pass_both_ways(rig, &remote);
  else
    ck_assert_int_eq(bus_send(rig->port, rig->now_us, &remote), BUS_ERR_FRAME);
  for (uint32_t k = 0; k < sizeof lens; k++) {
    can_frame_t frame = {.id = 0x18DAF110, .flags = CAN_FRAME_EXTENDED | CAN_FRAME_FD};
    if (k % 2) frame.flags |= CAN_FRAME_BRS;
    frame.len = lens[k];
    for (uint32_t i = 0; i < frame.len; i++) frame.data[i] = (uint8_t)(i + 7 * k);
    if ((bus_caps(rig->port) & BUS_CAP_FD) != 0)
      pass_both_ways(rig, &frame);
    else
      ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_ERR_FRAME);
  }
  rig_close(rig);
}
END_TEST

START_TEST(what_is_no_frame_is_refused) {
  static const can_frame_t bad[] = {
      {.id = 0x800},
      {.id = 0x20000000, .flags = CAN_FRAME_EXTENDED},
      {.id = 1, .len = 9},
      {.id = 1, .len = 13, .flags = CAN_FRAME_FD},
      {.id = 1, .len = 65, .flags = CAN_FRAME_FD},
      {.id = 1, .flags = CAN_FRAME_BRS},
      {.id = 1, .flags = CAN_FRAME_ERROR},
      {.id = 1, .flags = CAN_FRAME_FD | CAN_FRAME_REMOTE},
  };
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  for (uint32_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
    ck_assert_int_eq(bus_send(rig->port, rig->now_us, &bad[k]), BUS_ERR_FRAME);
  ck_assert_uint_eq(bus_stats(rig->port).sent_count, 0);
  rig_close(rig);
}
END_TEST

START_TEST(order_is_kept) {
  enum { COUNT = 600 };
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  can_frame_t got;
  rig_join(rig);
  for (uint32_t base = 0; base < COUNT; base += 20) {
    for (uint32_t i = base; i < base + 20; i++) {
      can_frame_t frame = {.id = 0x100, .len = 2, .data = {(uint8_t)i, (uint8_t)(i >> 8)}};
      ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
      frame.id = 0x101; /* an id has one sender: on a wire equal frames become one */
      rig_peer_send(rig, &frame);
    }
    for (uint32_t i = base; i < base + 20; i++) {
      ck_assert(rig_port_recv(rig, &got));
      ck_assert_uint_eq(got.data[0] + 256u * got.data[1], i);
    }
    for (uint32_t i = base; i < base + 20; i++) {
      ck_assert(rig_peer_recv(rig, &got));
      ck_assert_uint_eq(got.data[0] + 256u * got.data[1], i);
    }
  }
  rig_close(rig);
}
END_TEST

/// Many at once go in their order; the one that is no legal frame is left out.
START_TEST(many_frames_go_at_once) {
  enum { COUNT = 40, BAD = 17 };
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  can_frame_t frame[COUNT], got;
  rig_join(rig);
  memset(frame, 0, sizeof frame);
  for (uint32_t i = 0; i < COUNT; i++) {
    frame[i] = (can_frame_t){.id = 0x100 + i, .len = 1, .data = {(uint8_t)i}};
  }
  frame[BAD].len = 9;
  ck_assert_uint_eq(bus_send_all(rig->port, rig->now_us, frame, COUNT), COUNT - 1);
  ck_assert_uint_eq(bus_stats(rig->port).sent_count, COUNT - 1);
  ck_assert_uint_eq(bus_send_all(rig->port, rig->now_us, frame, 0), 0);
  for (uint32_t i = 0; i < COUNT; i++) {
    if (i == BAD) continue;
    ck_assert(rig_peer_recv(rig, &got));
    ck_assert(got.id == 0x100 + i && got.data[0] == i);
  }
  rig_close(rig);
}
END_TEST

/// What came after a bus was found empty is there at the next us, or after a frame was sent.
START_TEST(an_empty_bus_is_asked_again) {
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  can_frame_t frame = {.id = 0x123, .len = 1};
  bus_rx_t rx;
  rig_join(rig);
  for (uint32_t is_sent = 0; is_sent < 2; is_sent++) {
    while (rig_recv(rig, &rx)) continue;
    ck_assert_int_eq(bus_recv(rig->port, rig->now_us, &rx), BUS_EMPTY);
    rig_peer_send(rig, &frame);
    ck_assert(bus_wait(rig->port, 1000));
    ck_assert_int_eq(bus_recv(rig->port, rig->now_us, &rx), BUS_EMPTY);
    if (is_sent)
      ck_assert_uint_eq(bus_send_all(rig->port, rig->now_us, &frame, 1), 1);
    else
      rig->now_us++;
    ck_assert_int_eq(bus_recv(rig->port, rig->now_us, &rx), BUS_OK);
    ck_assert_uint_eq(rx.frame.id, 0x123);
  }
  rig_close(rig);
}
END_TEST

START_TEST(frames_wait_until_they_are_confirmed) {
  static bus_t bus;
  bus.caps = BUS_CAP_CONFIRM;
  bus.stats.state = BUS_STATE_ACTIVE;
  bus.stats.sent_count = 5;
  bus.stats.confirmed_count = 3;
  ck_assert_uint_eq(bus_waiting(&bus), 2);
  bus.stats.receive_drop_count = 1; /* a confirmation may have been among them */
  ck_assert_uint_eq(bus_waiting(&bus), 0);
  bus.stats.sent_count = 6;
  ck_assert_uint_eq(bus_waiting(&bus), 1);
  bus.stats.confirmed_count = 6; /* they come after all */
  ck_assert_uint_eq(bus_waiting(&bus), 0);
  bus.stats.sent_count = 8;
  ck_assert_uint_eq(bus_waiting(&bus), 2);
  bus.stats.state = BUS_STATE_BUS_OFF; /* what the controller held is gone */
  ck_assert_uint_eq(bus_waiting(&bus), 0);
  bus.stats.state = BUS_STATE_ACTIVE;
  ck_assert_uint_eq(bus_waiting(&bus), 0);
  bus.caps = 0;
  bus.stats.sent_count = 100;
  ck_assert_uint_eq(bus_waiting(&bus), 0);
}
END_TEST

START_TEST(nothing_there_is_empty_and_nobody_there_is_no_error) {
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  bus_rx_t rx;
  can_frame_t frame = {.id = 0x42, .len = 1, .data = {1}};
  ck_assert_int_eq(bus_recv(rig->port, rig->now_us, &rx), BUS_EMPTY);
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
  for (int i = 0; i < 20; i++) ck_assert(!rig_recv(rig, &rx)); /* nor does the own one come back */
  ck_assert_uint_eq(bus_stats(rig->port).send_drop_count, 0);
  ck_assert_uint_eq(bus_stats(rig->port).received_count, 0);
  rig_close(rig);
}
END_TEST

/// A peer that reads nothing: no call waits, what is lost is counted, and the port lives on.
START_TEST(a_dead_peer_stalls_nothing) {
  enum { COUNT = 20000 };
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  can_frame_t frame = {.id = 0x42, .len = 8, .data = {1, 2, 3, 4, 5, 6, 7, 8}}, got;
  uint32_t refused = 0, wrong = 0;
  rig_join(rig);
  for (uint32_t i = 0; i < COUNT; i++) {
    bus_status_t status = bus_send(rig->port, rig->now_us, &frame);
    refused += status == BUS_ERR_FULL;
    wrong += status != BUS_OK && status != BUS_QUEUED && status != BUS_ERR_FULL;
  }
  ck_assert_uint_eq(wrong, 0);
  bus_stats_t stats = bus_stats(rig->port);
  ck_assert_uint_ge(stats.send_drop_count, refused);
  if (_i == BUS_KIND_MEM || _i == BUS_KIND_SLCAN) ck_assert_uint_gt(refused, COUNT / 2);
  if (_i == BUS_KIND_SOCKETCAND) ck_assert_uint_eq(stats.evicted_count, 1);
  if (_i == BUS_KIND_UDP) { /* the reader is told by its own system */
    while (rig_peer_try(rig, &got)) {
    }
    ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
    ck_assert(rig_peer_recv(rig, &got)); /* the count comes along with the next frame */
    ck_assert_uint_gt(bus_stats(rig->other).receive_drop_count, 0);
  }
  rig_leave(rig);
  rig->now_us += 1000000;
  bus_rx_t rx;
  for (int i = 0; i < 3; i++) (void)rig_recv(rig, &rx);
  if (_i == BUS_KIND_MEM) {
    rig_close(rig);
    return; /* its queue empties by the bus's own time: see the next case */
  }
  rig_join(rig);
  rig_peer_send(rig, &frame);
  ck_assert(rig_port_recv(rig, &got));
  assert_same(&got, &frame);
  rig_close(rig);
}
END_TEST

START_TEST(a_peer_may_leave_while_frames_are_sent) {
  if (skip(_i)) return;
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  can_frame_t frame = {.id = 0x7E8, .len = 4, .data = {9, 8, 7, 6}};
  bus_rx_t rx;
  for (uint32_t round = 0; round < 3; round++) {
    rig_join(rig);
    for (uint32_t i = 0; i < 60; i++) {
      rig->now_us += 1000;
      if (i == 30) rig_leave(rig);
      ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
    }
    for (int i = 0; i < 5; i++) ck_assert(!rig_recv(rig, &rx));
    ck_assert_uint_eq(bus_stats(rig->port).peer_count, 0);
  }
  rig_join(rig);
  can_frame_t got, answer = {.id = 0x7E0, .len = 2, .data = {1, 2}};
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
  ck_assert(rig_peer_recv(rig, &got));
  assert_same(&got, &frame);
  rig_peer_send(rig, &answer);
  ck_assert(rig_port_recv(rig, &got));
  assert_same(&got, &answer);
  for (uint32_t i = 0; i < 40; i++) (void)bus_send(rig->port, rig->now_us, &frame);
  bus_close(rig->port); /* with frames on their way */
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_ERR_DOWN);
  ck_assert_int_eq(bus_recv(rig->port, rig->now_us, &rx), BUS_EMPTY);
  ck_assert_uint_eq(bus_poll_set(rig->port, (struct pollfd[BUS_POLL_MAX]){{0}}), 0);
  ck_assert_int_eq(bus_stats(rig->port).state, BUS_STATE_CLOSED);
  bus_close(rig->port);
  rig_leave(rig);
}
END_TEST

static void send_garbage(bus_rig_t *rig, uint32_t seed) {
  char noise[400];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(rig->url.port)};
  for (uint32_t i = 0; i < sizeof noise; i++) {
    seed = seed * 1664525u + 1013904223u;
    noise[i] = (char)(seed >> 24);
  }
  if (rig->kind == BUS_KIND_UDP) {
    struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    to.sin_addr.s_addr = inet_addr(rig->url.address);
    ck_assert_int_eq(
        setsockopt(fd, IPPROTO_IP, 32 /* IP_MULTICAST_IF */, &loopback, sizeof loopback), 0);
    ck_assert_int_gt(sendto(fd, noise, seed % sizeof noise, 0, (struct sockaddr *)&to, sizeof to),
                     -1);
    close(fd);
  } else {
    noise[0] = '<';
    noise[sizeof noise - 1] = rig->kind == BUS_KIND_SLCAN ? '\r' : '>';
    (void)!write(rig->fd, noise, sizeof noise);
  }
}

START_TEST(garbage_is_counted_and_changes_nothing) {
  if (_i == BUS_KIND_MEM || _i == BUS_KIND_SOCKETCAN || skip(_i))
    return; /* cannot be spoken there */
  bus_rig_t *rig = rig_open((bus_kind_t)_i);
  can_frame_t frame = {.id = 0x123, .len = 2, .data = {0xAB, 0xCD}};
  bus_rx_t rx;
  for (uint32_t seed = 1; seed < 40; seed++) {
    rig_join(rig);
    send_garbage(rig, seed);
    for (int i = 0; i < 6; i++) {
      ck_assert(!rig_recv(rig, &rx));
      rig_look(rig);
    }
    rig_leave(rig);
    for (int i = 0; i < 3; i++) ck_assert(!rig_recv(rig, &rx));
  }
  bus_stats_t stats = bus_stats(rig->port);
  ck_assert_uint_ge(stats.garbage_count, 35);
  rig_join(rig);
  pass_both_ways(rig, &frame);
  rig_close(rig);
}
END_TEST

/// Addresses of this host taken off the list stand for a sender from elsewhere.
START_TEST(udp_hears_other_hosts_only_when_told) {
  bus_rig_t *rig = rig_open(BUS_KIND_UDP);
  can_frame_t frame = {.id = 0x123}, got;
  bus_rx_t rx;
  rig_join(rig);
  rig->port->udp.local_count = 0;
  rig_peer_send(rig, &frame);
  for (int i = 0; i < 10; i++) ck_assert(!rig_recv(rig, &rx));
  ck_assert_uint_eq(bus_stats(rig->port).garbage_count, 1);
  rig->port->udp.is_open_to_all = 1;
  rig_peer_send(rig, &frame);
  ck_assert(rig_port_recv(rig, &got));
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
  rig_close(rig);
}
END_TEST

/// A case for each kind of bus, so that CK_RUN_CASE=socketcan runs that one alone.
static void add_kind(Suite *suite, int kind) {
  static const char *const names[BUS_KIND_COUNT] = {"mem", "udp", "socketcand", "slcan",
                                                    "socketcan"};
  TCase *tcase = tcase_create(names[kind]);
  tcase_add_loop_test(tcase, frames_pass_both_ways, kind, kind + 1);
  tcase_add_loop_test(tcase, remote_and_fd_frames_pass_where_the_bus_has_them, kind, kind + 1);
  tcase_add_loop_test(tcase, what_is_no_frame_is_refused, kind, kind + 1);
  tcase_add_loop_test(tcase, order_is_kept, kind, kind + 1);
  tcase_add_loop_test(tcase, nothing_there_is_empty_and_nobody_there_is_no_error, kind, kind + 1);
  tcase_add_loop_test(tcase, a_dead_peer_stalls_nothing, kind, kind + 1);
  tcase_add_loop_test(tcase, many_frames_go_at_once, kind, kind + 1);
  if (kind == BUS_KIND_UDP || kind == BUS_KIND_SOCKETCAN)
    tcase_add_loop_test(tcase, an_empty_bus_is_asked_again, kind, kind + 1);
  if (kind == BUS_KIND_MEM) tcase_add_test(tcase, frames_wait_until_they_are_confirmed);
  tcase_add_loop_test(tcase, a_peer_may_leave_while_frames_are_sent, kind, kind + 1);
  tcase_add_loop_test(tcase, garbage_is_counted_and_changes_nothing, kind, kind + 1);
  if (kind == BUS_KIND_UDP) tcase_add_test(tcase, udp_hears_other_hosts_only_when_told);
  suite_add_tcase(suite, tcase);
}

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("bus");
  if (!rig_is_possible(BUS_KIND_SOCKETCAN))
    printf("skipped: bus_socketcan: no kernel CAN with vcan0 on this machine\n");
  for (int kind = 0; kind < BUS_KIND_COUNT; kind++) add_kind(suite, kind);
  return suite;
}
