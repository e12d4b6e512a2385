/// Handshakes and commands of the back ends that speak text: socketcand and slcan.
#include <sys/stat.h>

#include "bus_rig.h"

static void ask(bus_rig_t *rig, const char *command, const char *answer) {
  rig_write(rig, command);
  rig_expect(rig, answer);
  ck_assert_msg(rig->text_count == 0, "left over: %s", rig->text);
}

/* --- socketcand ------------------------------------------------------------------------------ */

START_TEST(handshake_is_bare_and_frames_wait_for_it) {
  bus_rig_t *rig = rig_open(BUS_KIND_SOCKETCAND);
  bus_rx_t rx;
  can_frame_t frame = {.id = 0x123, .len = 2, .data = {0x1A, 0x20}};
  rig->fd = rig_tcp(rig);
  rig_expect(rig, "< hi >");
  ck_assert_uint_eq(rig->text_count, 0);
  ask(rig, "< rawmode >", "< error open a bus first >\n");
  ask(rig, "< send 1 0 >", "< error open a bus first >\n");
  ask(rig, "< open can0 >", "< ok >");
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK); /* not in raw mode yet */
  ask(rig, "< rawmode >", "< ok >");
  uint64_t since_us = rig->now_us;
  ck_assert_int_eq(bus_send(rig->port, since_us, &frame), BUS_OK); /* too early */
  ck_assert_int_eq(bus_send(rig->port, since_us + 49000, &frame), BUS_OK);
  frame.id = 0x1ABCDE;
  frame.len = 0;
  frame.flags = CAN_FRAME_EXTENDED;
  rig->now_us = 23424242;
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
  rig_expect(rig, "< frame 001ABCDE 23.424242  >\n");
  ck_assert_uint_eq(rig->text_count, 0);
  ask(rig, "<echo>", "< echo >");
  ask(rig, "< sendpdu 11 >", "< error unknown command >\n");
  ask(rig, "< send 123 9 >", "< error allowed: send ID LENGTH BYTE... >\n");
  ask(rig, "< open a_name_longer_than_16 >", "< error allowed: open NAME, 16 characters >\n");
  ck_assert_uint_eq(bus_stats(rig->port).garbage_count, 5);
  ck_assert_int_eq(bus_recv(rig->port, rig->now_us, &rx), BUS_EMPTY);
  rig_close(rig);
}
END_TEST

START_TEST(clients_hear_each_other_and_two_commands_in_a_segment) {
  bus_rig_t *rig = rig_open(BUS_KIND_SOCKETCAND);
  bus_rx_t rx;
  can_frame_t frame;
  rig_join(rig);
  int first = rig->fd;
  rig_join(rig);
  ck_assert_uint_eq(bus_stats(rig->port).peer_count, 2);
  ck_assert_int_eq(write(first, "< send FF50E5 1 a >< send 7 0  >< se", 36), 36);
  ck_assert(rig_port_recv(rig, &frame));
  ck_assert_uint_eq(frame.id, 0xFF50E5);
  ck_assert_uint_eq(frame.flags, CAN_FRAME_EXTENDED);
  ck_assert_uint_eq(frame.data[0], 0x0A);
  ck_assert(rig_recv(rig, &rx));
  ck_assert_uint_eq(rx.frame.id, 7);
  ck_assert_uint_eq(rx.frame.flags, 0);
  ck_assert_int_eq(write(first, "nd 0123 0 >", 11), 11); /* more than three digits: extended */
  ck_assert(rig_port_recv(rig, &frame));
  ck_assert_uint_eq(frame.flags, CAN_FRAME_EXTENDED);
  rig_expect(rig, "< frame 00FF50E5 "); /* the other client */
  rig_expect(rig, "< frame 007 ");
  rig_expect(rig, "< frame 00000123 ");
  char back[64];
  ck_assert_int_lt(recv(first, back, sizeof back, MSG_DONTWAIT), 0); /* not its own */
  close(first);
  rig_close(rig);
}
END_TEST

START_TEST(clients_are_bounded_in_number_line_and_patience) {
  bus_rig_t *rig = rig_open(BUS_KIND_SOCKETCAND);
  bus_rx_t rx;
  int fd[BUS_CLIENT_MAX + 1];
  char back[64] = "", line[400];
  for (uint32_t i = 0; i <= BUS_CLIENT_MAX; i++) {
    fd[i] = rig_tcp(rig);
    for (int k = 0; k < 3; k++) ck_assert(!rig_recv(rig, &rx));
  }
  ck_assert_uint_eq(bus_stats(rig->port).peer_count, BUS_CLIENT_MAX);
  ck_assert_uint_eq(bus_stats(rig->port).evicted_count, 1);
  ck_assert_int_gt(recv(fd[BUS_CLIENT_MAX], back, sizeof back, 0), 0);
  ck_assert_ptr_nonnull(strstr(back, "too many clients"));
  memset(line, 'x', sizeof line);
  line[0] = '<';
  ck_assert_int_eq(write(fd[0], line, sizeof line), (ssize_t)sizeof line);
  for (int k = 0; k < 3; k++) ck_assert(!rig_recv(rig, &rx));
  ck_assert_uint_eq(bus_stats(rig->port).peer_count, BUS_CLIENT_MAX - 1);
  rig->now_us += 9000000;
  ck_assert(!rig_recv(rig, &rx));
  ck_assert_uint_eq(bus_stats(rig->port).peer_count, BUS_CLIENT_MAX - 1);
  rig->now_us += 2000000; /* none of them has opened the bus */
  for (int k = 0; k < 3; k++) ck_assert(!rig_recv(rig, &rx));
  ck_assert_uint_eq(bus_stats(rig->port).peer_count, 0);
  ck_assert_uint_eq(bus_stats(rig->port).evicted_count, 1 + BUS_CLIENT_MAX);
  for (uint32_t i = 0; i <= BUS_CLIENT_MAX; i++) close(fd[i]);
  rig_close(rig);
}
END_TEST

START_TEST(a_flood_of_commands_loses_none) {
  enum { COUNT = 5000 };
  bus_rig_t *rig = rig_open(BUS_KIND_SOCKETCAND);
  bus_rx_t rx;
  uint32_t sent = 0, received = 0;
  rig_join(rig);
  for (uint32_t look = 0; received < COUNT && look < 200000; look++) {
    char line[64];
    int count =
        snprintf(line, sizeof line, "<send %x 2 %x %x>", sent % 0x800, sent & 255, sent >> 8);
    if (sent < COUNT && write(rig->fd, line, (size_t)count) == count) sent++;
    if (look % 7 != 0 || !rig_recv(rig, &rx)) continue;
    ck_assert_uint_eq(rx.frame.id, received % 0x800);
    ck_assert_uint_eq(rx.frame.data[0] + 256u * rx.frame.data[1], received);
    received++;
  }
  ck_assert_uint_eq(received, COUNT);
  ck_assert_uint_eq(bus_stats(rig->port).receive_drop_count, 0);
  rig_close(rig);
}
END_TEST

START_TEST(a_port_that_is_taken_is_refused) {
  static bus_t second;
  bus_error_t error = {""};
  bus_rig_t *rig = rig_open(BUS_KIND_SOCKETCAND);
  ck_assert_int_eq(bus_open(&second, &rig->url, 0, &error), BUS_ERR_MACHINE);
  ck_assert_ptr_nonnull(strstr(error.text, "choose another port"));
  rig_close(rig);
}
END_TEST

/// Where a server listens by default, others cannot reach it.
START_TEST(servers_bind_to_the_loopback) {
  bus_rig_t *rig = rig_open(BUS_KIND_SOCKETCAND);
  struct sockaddr_in at;
  socklen_t size = sizeof at;
  ck_assert_int_eq(getsockname(rig->port->socketcand.listen_fd, (struct sockaddr *)&at, &size), 0);
  ck_assert_uint_eq(at.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  rig_close(rig);
}
END_TEST

START_TEST(beacon_tells_where_the_server_is) {
  bus_rig_t *rig = rig_open(BUS_KIND_SOCKETCAND);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(42000)};
  char text[256] = "";
  int one = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);
  bus_rx_t rx;
  bus_error_t error;
  ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
  ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
  ck_assert(!rig_recv(rig, &rx));
  ck_assert_int_lt(recv(fd, text, sizeof text, MSG_DONTWAIT), 0); /* off by default */
  bus_close(rig->port);
  rig->url.has_beacon = 1;
  ck_assert_int_eq(bus_open(rig->port, &rig->url, rig->now_us, &error), BUS_OK);
  for (int i = 0; i < 5; i++) ck_assert(!rig_recv(rig, &rx)); /* one in two seconds */
  ck_assert_int_gt(recv(fd, text, sizeof text - 1, MSG_DONTWAIT), 0);
  char expected[64];
  snprintf(expected, sizeof expected, "<URL>can://127.0.0.1:%u</URL><Bus name=", rig->url.port);
  ck_assert_ptr_nonnull(strstr(text, expected));
  ck_assert_int_lt(recv(fd, text, sizeof text, MSG_DONTWAIT), 0);
  rig->now_us += 2000000;
  ck_assert(!rig_recv(rig, &rx));
  ck_assert_int_gt(recv(fd, text, sizeof text - 1, MSG_DONTWAIT), 0);
  close(fd);
  rig_close(rig);
}
END_TEST

/* --- slcan ----------------------------------------------------------------------------------- */

static bus_rig_t *open_slcan(void) {
  bus_rig_t *rig = rig_open(BUS_KIND_SLCAN);
  rig->fd = open(bus_place(rig->port), O_RDWR | O_NOCTTY | O_NONBLOCK);
  ck_assert_int_ge(rig->fd, 0);
  return rig;
}

START_TEST(commands_are_answered_as_the_adapter_does) {
  static const struct {
    const char *command, *answer;
  } talk[] = {
      {"\r", "\r"},       {"V\r", "V1013\r"},   {"N\r", "NPS01\r"},      {"F\r", "\a"},
      {"S6\r", "\r"},     {"S9\r", "\a"},       {"S\r", "\a"},           {"s031C\r", "\r"},
      {"s03X\r", "\a"},   {"t1230\r", "\a"},    {"M00000000\r", "\r"},   {"m0000000\r", "\a"},
      {"Z1\r", "\r"},     {"Z2\r", "\a"},       {"Z0\r", "\r"},          {"O\r", "\r"},
      {"O\r", "\r"},      {"L\r", "\a"},        {"S6\r", "\a"},          {"F\r", "F00\r"},
      {"t1230\r", "z\r"}, {"t12\r", "\a"},      {"t1239001122\r", "\a"}, {"t8000\r", "\a"},
      {"r1234\r", "z\r"}, {"t12311\r", "\a"},   {"T000001230\r", "Z\r"}, {"T200000000\r", "\a"},
      {"x\r", "\a"},      {"t123100\n", "z\r"}, {"C\r", "\r"},           {"L\r", "\r"},
      {"t1230\r", "\a"},  {"C\r", "\r"},        {"C\r", "\r"},
  };
  bus_rig_t *rig = open_slcan();
  for (uint32_t i = 0; i < sizeof talk / sizeof talk[0]; i++) {
    bus_rx_t rx;
    rig_write(rig, talk[i].command);
    while (rig_recv(rig, &rx)) {
    }
    for (int k = 0; k < 50 && rig->text_count < strlen(talk[i].answer); k++) {
      (void)rig_recv(rig, &rx);
      rig_look(rig);
    }
    ck_assert_msg(strcmp(rig->text, talk[i].answer) == 0, "%s gave %s", talk[i].command, rig->text);
    rig->text_count = 0;
    rig->text[0] = '\0';
  }
  rig_close(rig);
}
END_TEST

START_TEST(listeners_hear_with_stamps_and_long_lines_are_refused) {
  bus_rig_t *rig = open_slcan();
  bus_rx_t rx;
  can_frame_t frame = {.id = 0x123, .len = 2, .data = {0xAB, 0xCD}};
  char line[301];
  ask(rig, "Z1\r", "\r");
  ask(rig, "L\r", "\r");
  rig->now_us = 60001 * 1000ull; /* the stamp wraps at 60000 ms */
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
  rig_expect(rig, "t1232ABCD0001\r");
  ck_assert_int_eq(bus_send(rig->port, 59999999, &frame), BUS_OK);
  rig_expect(rig, "t1232ABCDEA5F\r");
  memset(line, '1', sizeof line);
  line[0] = 't';
  line[299] = '\r';
  line[300] = '\0';
  ask(rig, line, "\a");
  ask(rig, "C\r", "\r");
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK); /* closed: nobody hears */
  ask(rig, "V\r", "V1013\r");
  ck_assert(!rig_recv(rig, &rx));
  rig_close(rig);
}
END_TEST

/// A program that ends without C leaves no open channel and no old frames to the next one.
START_TEST(a_new_peer_begins_anew) {
  bus_rig_t *rig = open_slcan();
  bus_rx_t rx;
  can_frame_t frame = {.id = 0x123};
  ask(rig, "O\r", "\r");
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
  rig_write(rig, "t12");
  close(rig->fd);
  rig->fd = -1;
  for (int i = 0; i < 3; i++) ck_assert(!rig_recv(rig, &rx));
  ck_assert_uint_eq(bus_poll_set(rig->port, (struct pollfd[BUS_POLL_MAX]){{0}}), 0);
  ck_assert_int_eq(bus_send(rig->port, rig->now_us, &frame), BUS_OK);
  rig->fd = open(bus_place(rig->port), O_RDWR | O_NOCTTY | O_NONBLOCK);
  rig->text_count = 0;
  rig->text[0] = '\0';
  ask(rig, "t1230\r", "\a");
  ask(rig, "F\r", "\a");
  rig_close(rig);
}
END_TEST

START_TEST(the_link_comes_and_goes) {
  static bus_t bus, second;
  bus_url_t url;
  bus_error_t error = {""};
  char text[64], target[64] = "";
  struct stat info;
  snprintf(text, sizeof text, "slcan:/tmp/packsim_slcan_%ld", (long)getpid());
  const char *link = text + 6;
  ck_assert_int_eq(bus_url_parse(text, &url, &error), BUS_OK);
  ck_assert_int_eq(symlink("/nothing/there", link), 0); /* left over from a run that was killed */
  ck_assert_msg(bus_open(&bus, &url, 0, &error) == BUS_OK, "%s", error.text);
  ck_assert_str_eq(bus_place(&bus), link);
  ck_assert_int_gt(readlink(link, target, sizeof target - 1), 0);
  ck_assert_int_eq(strncmp(target, "/dev/", 5), 0);
  ck_assert_int_eq(bus_open(&second, &url, 0, &error), BUS_ERR_MACHINE); /* that one lives */
  ck_assert_ptr_nonnull(strstr(error.text, "give a path that is free"));
  bus_close(&bus);
  ck_assert_int_ne(lstat(link, &info), 0);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("bus_text");
  TCase *tcase = tcase_create("socketcand and slcan");
  tcase_add_test(tcase, handshake_is_bare_and_frames_wait_for_it);
  tcase_add_test(tcase, clients_hear_each_other_and_two_commands_in_a_segment);
  tcase_add_test(tcase, clients_are_bounded_in_number_line_and_patience);
  tcase_add_test(tcase, a_flood_of_commands_loses_none);
  tcase_add_test(tcase, a_port_that_is_taken_is_refused);
  tcase_add_test(tcase, servers_bind_to_the_loopback);
  tcase_add_test(tcase, beacon_tells_where_the_server_is);
  tcase_add_test(tcase, commands_are_answered_as_the_adapter_does);
  tcase_add_test(tcase, listeners_hear_with_stamps_and_long_lines_are_refused);
  tcase_add_test(tcase, a_new_peer_begins_anew);
  tcase_add_test(tcase, the_link_comes_and_goes);
  suite_add_tcase(suite, tcase);
  return suite;
}
