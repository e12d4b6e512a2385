/// The kernel's interface: frames as the kernel has them, states, full queues, down, unplugged.
///
/// Model    a pair of sockets stands for the kernel in most cases, so that they run everywhere; the
///          cases with a real interface need kernel CAN and root, and are skipped without
#include <check.h>
#include <linux/can.h>
#include <linux/can/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../sim/can/bus.h"
#include "../sim/can/bus_backend.h"

static bus_t bus;
static int kernel_fd;

static void open_pair(void) {
  int pair[2], size = 4096;
  ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
  ck_assert_int_eq(bus_fd_prepare(pair[0]), 0);
  ck_assert_int_eq(bus_fd_prepare(pair[1]), 0);
  ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
  memset(&bus, 0, sizeof bus);
  bus.backend = &can_socketcan_backend;
  bus.caps = BUS_CAP_FD | BUS_CAP_REMOTE | BUS_CAP_ERROR_FRAMES;
  bus.stats.state = BUS_STATE_ACTIVE;
  bus.socketcan.fd = pair[0];
  kernel_fd = pair[1];
}

static void close_pair(void) {
  bus_close(&bus);
  close(kernel_fd);
}

static size_t taken(struct canfd_frame *raw) {
  ssize_t count = read(kernel_fd, raw, sizeof *raw);
  return count < 0 ? 0 : (size_t)count;
}

START_TEST(frames_are_the_kernels) {
  struct canfd_frame raw;
  bus_rx_t rx;
  open_pair();
  can_frame_t classic = {.id = 0x7FF, .flags = CAN_FRAME_EXTENDED, .len = 2, .data = {1, 2}};
  ck_assert_int_eq(bus_send(&bus, 0, &classic), BUS_OK);
  ck_assert_uint_eq(taken(&raw), CAN_MTU);
  ck_assert_uint_eq(raw.can_id, 0x7FFu | CAN_EFF_FLAG);
  ck_assert_uint_eq(raw.len, 2);
  ck_assert_uint_eq(raw.data[1], 2);
  can_frame_t remote = {.id = 0x123, .flags = CAN_FRAME_REMOTE, .len = 4};
  ck_assert_int_eq(bus_send(&bus, 0, &remote), BUS_OK);
  ck_assert_uint_eq(taken(&raw), CAN_MTU);
  ck_assert_uint_eq(raw.can_id, 0x123u | CAN_RTR_FLAG);
  can_frame_t fd = {.id = 1, .flags = CAN_FRAME_FD | CAN_FRAME_BRS, .len = 64};
  fd.data[63] = 9;
  ck_assert_int_eq(bus_send(&bus, 0, &fd), BUS_OK);
  ck_assert_uint_eq(taken(&raw), CANFD_MTU);
  ck_assert_uint_eq(raw.flags & CANFD_BRS, CANFD_BRS);
  ck_assert_uint_eq(raw.data[63], 9);
  ck_assert_int_eq(write(kernel_fd, &raw, CANFD_MTU), (ssize_t)CANFD_MTU);
  ck_assert_int_eq(bus_recv(&bus, 1, &rx), BUS_OK);
  ck_assert_mem_eq(&rx.frame, &fd, sizeof fd);
  raw.can_id = 0x123 | CAN_EFF_FLAG | CAN_RTR_FLAG;
  raw.len = 3;
  ck_assert_int_eq(write(kernel_fd, &raw, CAN_MTU), (ssize_t)CAN_MTU);
  ck_assert_int_eq(bus_recv(&bus, 2, &rx), BUS_OK);
  ck_assert_uint_eq(rx.frame.flags, CAN_FRAME_EXTENDED | CAN_FRAME_REMOTE);
  ck_assert_uint_eq(rx.frame.id, 0x123);
  raw.len = 9; /* none of these is a frame */
  ck_assert_int_eq(write(kernel_fd, &raw, CAN_MTU), (ssize_t)CAN_MTU);
  ck_assert_int_eq(write(kernel_fd, &raw, 5), 5);
  raw.len = 65;
  ck_assert_int_eq(write(kernel_fd, &raw, CANFD_MTU), (ssize_t)CANFD_MTU);
  ck_assert_int_eq(bus_recv(&bus, 3, &rx), BUS_EMPTY);
  ck_assert_uint_eq(bus_stats(&bus).garbage_count, 3);
  close_pair();
}
END_TEST

static void kernel_error(uint32_t class, uint8_t control) {
  struct can_frame raw = {.can_id = CAN_ERR_FLAG | class, .can_dlc = 8, .data = {0, control}};
  ck_assert_int_eq(write(kernel_fd, &raw, sizeof raw), (ssize_t)sizeof raw);
}

START_TEST(error_frames_set_the_state) {
  static const struct {
    uint32_t class;
    uint8_t control;
    bus_state_t state;
  } errors[] = {
      {CAN_ERR_CRTL, CAN_ERR_CRTL_TX_WARNING, BUS_STATE_WARNING},
      {CAN_ERR_CRTL, CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_RX_WARNING, BUS_STATE_PASSIVE},
      {CAN_ERR_ACK, 0, BUS_STATE_PASSIVE},
      {CAN_ERR_CRTL, CAN_ERR_CRTL_ACTIVE, BUS_STATE_ACTIVE},
      {CAN_ERR_CRTL, CAN_ERR_CRTL_TX_PASSIVE, BUS_STATE_PASSIVE},
      {CAN_ERR_BUSOFF, 0, BUS_STATE_BUS_OFF},
      {CAN_ERR_RESTARTED, 0, BUS_STATE_ACTIVE},
  };
  struct canfd_frame raw;
  bus_rx_t rx;
  can_frame_t frame = {.id = 0x123};
  open_pair();
  for (uint32_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
    kernel_error(errors[i].class, errors[i].control);
    ck_assert_int_eq(bus_recv(&bus, i, &rx), BUS_OK);
    ck_assert_uint_eq(rx.frame.flags, CAN_FRAME_ERROR);
    ck_assert_uint_eq(rx.frame.id, errors[i].class);
    ck_assert_int_eq(bus_stats(&bus).state, errors[i].state);
    int is_off = errors[i].state == BUS_STATE_BUS_OFF;
    ck_assert_int_eq(bus_send(&bus, i, &frame), is_off ? BUS_ERR_DOWN : BUS_OK);
    ck_assert_uint_eq(taken(&raw) > 0, !is_off);
  }
  ck_assert_uint_eq(bus_stats(&bus).error_frame_count, sizeof errors / sizeof errors[0]);
  ck_assert_uint_eq(bus_stats(&bus).send_drop_count, 1);
  kernel_error(CAN_ERR_CRTL, CAN_ERR_CRTL_RX_OVERFLOW);
  ck_assert_int_eq(bus_recv(&bus, 100, &rx), BUS_OK);
  ck_assert_uint_eq(bus_stats(&bus).receive_drop_count, 1);
  /* a port that only sends learns of the restart as well, a look later */
  kernel_error(CAN_ERR_BUSOFF, 0);
  ck_assert_int_eq(bus_send(&bus, 5000, &frame), BUS_ERR_DOWN);
  kernel_error(CAN_ERR_RESTARTED, 0);
  ck_assert_int_eq(bus_send(&bus, 6000, &frame), BUS_OK);
  close_pair();
}
END_TEST

/// Fill what the kernel takes; returns how many it took.
static uint32_t fill(void) {
  can_frame_t filler = {.id = 0x700};
  uint32_t count = 0;
  while (bus_send(&bus, 0, &filler) == BUS_OK) count++;
  ck_assert_uint_gt(count, 1);
  return count;
}

START_TEST(a_full_queue_keeps_the_newest_of_each_id) {
  struct canfd_frame raw;
  bus_rx_t rx;
  open_pair();
  uint32_t count = fill(); /* and one filler waits */
  can_frame_t a = {.id = 0x10, .len = 1, .data = {1}}, b = {.id = 0x11, .len = 1, .data = {2}};
  can_frame_t c = {.id = 0x10, .len = 1, .flags = CAN_FRAME_EXTENDED, .data = {3}};
  ck_assert_int_eq(bus_send(&bus, 100, &a), BUS_QUEUED);
  ck_assert_int_eq(bus_send(&bus, 100, &b), BUS_QUEUED);
  ck_assert_int_eq(bus_send(&bus, 100, &c), BUS_QUEUED);
  a.data[0] = 4;
  ck_assert_int_eq(bus_send(&bus, 200, &a), BUS_QUEUED);
  ck_assert_uint_eq(bus_pending(&bus), 4);
  ck_assert_uint_eq(bus_stats(&bus).send_drop_count, 1);
  for (uint32_t i = 0; i < count; i++) ck_assert_uint_eq(taken(&raw), CAN_MTU);
  ck_assert_int_eq(bus_recv(&bus, 5000, &rx), BUS_EMPTY); /* they leave here */
  static const uint8_t expected[] = {0, 4, 2, 3};
  for (uint32_t i = 0; i < 4; i++) {
    ck_assert_uint_eq(taken(&raw), CAN_MTU);
    ck_assert_uint_eq(raw.data[0], expected[i]);
  }
  ck_assert_uint_eq(bus_pending(&bus), 0);
  ck_assert_uint_eq(bus_stats(&bus).sent_count, count + 4);
  close_pair();
}
END_TEST

START_TEST(what_waits_too_long_is_dropped) {
  struct canfd_frame raw;
  bus_rx_t rx;
  open_pair();
  uint32_t count = fill();
  can_frame_t a = {.id = 0x10}, b = {.id = 0x11};
  ck_assert_int_eq(bus_send(&bus, 1000, &a), BUS_QUEUED);
  ck_assert_int_eq(bus_send(&bus, 50000, &b), BUS_QUEUED);
  for (uint32_t i = 0; i < count; i++) ck_assert_uint_eq(taken(&raw), CAN_MTU);
  ck_assert_int_eq(bus_recv(&bus, 101001, &rx), BUS_EMPTY); /* 100.001 ms after a */
  ck_assert_uint_eq(taken(&raw), CAN_MTU);
  ck_assert_uint_eq(raw.can_id, 0x11);
  ck_assert_uint_eq(taken(&raw), 0);
  ck_assert_uint_eq(bus_stats(&bus).send_drop_count, 2); /* the filler and a */
  close_pair();
}
END_TEST

START_TEST(the_queue_is_bounded_and_emptied_by_bus_off) {
  bus_rx_t rx;
  open_pair();
  (void)fill();
  for (uint32_t id = 1; id < BUS_WAITING_MAX; id++) {
    can_frame_t frame = {.id = id};
    ck_assert_int_eq(bus_send(&bus, 0, &frame), BUS_QUEUED);
  }
  can_frame_t more = {.id = 0x600};
  ck_assert_int_eq(bus_send(&bus, 0, &more), BUS_ERR_FULL);
  ck_assert_uint_eq(bus_stats(&bus).send_drop_count, 1);
  kernel_error(CAN_ERR_BUSOFF, 0);
  ck_assert_int_eq(bus_recv(&bus, 10, &rx), BUS_OK);
  ck_assert_uint_eq(bus_pending(&bus), 0);
  ck_assert_uint_eq(bus_stats(&bus).send_drop_count, 1 + BUS_WAITING_MAX);
  close_pair();
}
END_TEST

/* --- a real interface ------------------------------------------------------------------------ */

static int has_interface(void) {
  char text[256];
  if (!bus_probe(BUS_KIND_SOCKETCAN, text, sizeof text) || geteuid() != 0) return 0;
  return system("ip link add dev vcan7 type vcan >/dev/null 2>&1 && ip link set vcan7 mtu 72 up") ==
         0;
}

static void change(const char *command) { ck_assert_int_eq(system(command), 0); }

START_TEST(an_interface_may_go_down_or_away_and_come_back) {
  static bus_t other;
  bus_url_t url;
  bus_error_t error = {""};
  bus_rx_t rx;
  can_frame_t frame = {.id = 0x123, .len = 1, .data = {5}};
  if (!has_interface()) return;
  ck_assert_int_eq(bus_url_parse("vcan7", &url, &error), BUS_OK);
  ck_assert_int_eq(bus_open(&bus, &url, 0, &error), BUS_OK);
  ck_assert_int_eq(bus_send(&bus, 0, &frame), BUS_OK);
  ck_assert_int_eq(bus_recv(&bus, 2000, &rx), BUS_EMPTY);
  ck_assert_uint_eq(bus_stats(&bus).confirmed_count, 1);
  change("ip link set vcan7 down");
  (void)bus_recv(&bus, 4000, &rx);
  ck_assert_int_eq(bus_send(&bus, 6000, &frame), BUS_ERR_DOWN);
  ck_assert_int_eq(bus_stats(&bus).state, BUS_STATE_DOWN);
  change("ip link set vcan7 up");
  ck_assert_int_eq(bus_send(&bus, 300000, &frame), BUS_OK);
  ck_assert_int_eq(bus_stats(&bus).state, BUS_STATE_ACTIVE);
  change("ip link del vcan7");
  (void)bus_recv(&bus, 400000, &rx);
  ck_assert_int_eq(bus_send(&bus, 402000, &frame), BUS_ERR_DOWN);
  change("ip link add dev vcan6 type vcan"); /* takes another index */
  change("ip link add dev vcan7 type vcan && ip link set vcan7 mtu 72 up");
  for (uint32_t i = 0; i < 5; i++) (void)bus_recv(&bus, 700000 + i * 250000, &rx);
  ck_assert_int_eq(bus_stats(&bus).state, BUS_STATE_ACTIVE);
  ck_assert_int_eq(bus_open(&other, &url, 0, &error), BUS_OK);
  ck_assert_int_eq(bus_send(&other, 0, &frame), BUS_OK);
  ck_assert_int_eq(bus_recv(&bus, 2000000, &rx), BUS_OK);
  ck_assert_uint_eq(rx.frame.data[0], 5);
  ck_assert_uint_gt(rx.stamp_us, 0);
  bus_close(&other);
  bus_close(&bus);
  change("ip link set vcan7 down");
  ck_assert_int_eq(bus_open(&bus, &url, 0, &error), BUS_ERR_MACHINE);
  ck_assert_ptr_nonnull(strstr(error.text, "vcan7: the interface is down"));
  url.bitrate_bps = 500000;
  ck_assert_int_eq(bus_open(&bus, &url, 0, &error), BUS_ERR_MACHINE);
  ck_assert_msg(strstr(error.text, "vcan7: ") == error.text, "%s", error.text);
  change("ip link del vcan7 && ip link del vcan6");
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("bus_socketcan");
  TCase *tcase = tcase_create("kernel");
  char text[256];
  if (!bus_probe(BUS_KIND_SOCKETCAN, text, sizeof text) || geteuid() != 0)
    printf("skipped: bus_socketcan_interface: needs kernel CAN and root\n");
  tcase_add_test(tcase, frames_are_the_kernels);
  tcase_add_test(tcase, error_frames_set_the_state);
  tcase_add_test(tcase, a_full_queue_keeps_the_newest_of_each_id);
  tcase_add_test(tcase, what_waits_too_long_is_dropped);
  tcase_add_test(tcase, the_queue_is_bounded_and_emptied_by_bus_off);
  tcase_add_test(tcase, an_interface_may_go_down_or_away_and_come_back);
  suite_add_tcase(suite, tcase);
  return suite;
}
