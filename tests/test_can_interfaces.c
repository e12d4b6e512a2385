/// What packsim doctor says of a CAN interface: good ones, and what helps the others.
#include <check.h>
#include <string.h>

#include "../sim/can/can_interfaces.h"

static const char sound[] = "500000 bit/s, error active, 0 transmit and 0 receive errors";

START_TEST(says_what_is_there_and_what_helps) {
  static const struct {
    uint8_t is_up;
    const char *controller;
    int32_t restart_ms;
    uint32_t queue_frames, mtu_bytes;
    const char *text;
  } row[] = {
      {1, sound, 100, 1000, 72,
       "up, 500000 bit/s, error active, 0 transmit and 0 receive errors, restart 100 ms, queue "
       "1000, FD"},
      {1, sound, 0, 10, 16,
       "up, 500000 bit/s, error active, 0 transmit and 0 receive errors, NO restart after bus off, "
       "queue 10, classic; as root: ip link set can0 txqueuelen 1000"},
      {1, sound, 100, 99, 16, "queue 99, classic; as root: ip link set can0 txqueuelen 1000"},
      {1, sound, 100, 100, 71, "queue 100, classic"},
      {0, "bit rate n/a, stopped", 0, 10, 16,
       "down, bit rate n/a, stopped, NO restart after bus off, queue 10, classic; as root: ip link "
       "set can0 up type can bitrate 500000 restart-ms 100"},
      {0, "controller n/a", -1, 1000, 72,
       "down, controller n/a, queue 1000, FD; as root: ip link set can0 up"},
      {1, "controller n/a", -1, 10, 72, "up, controller n/a, queue 10, FD"}};
  for (uint32_t i = 0; i < sizeof row / sizeof row[0]; i++) {
    can_interface_t one = {.name = "can0", .is_up = row[i].is_up};
    can_interfaces_text(&one, row[i].controller, row[i].restart_ms, row[i].queue_frames,
                        row[i].mtu_bytes);
    const size_t have = strlen(one.detail), want = strlen(row[i].text);
    ck_assert_uint_ge(have, want);
    ck_assert_str_eq(one.detail + (have - want), row[i].text);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("can_interfaces");
  TCase *tests = tcase_create("all");
  tcase_add_test(tests, says_what_is_there_and_what_helps);
  suite_add_tcase(suite, tests);
  return suite;
}
