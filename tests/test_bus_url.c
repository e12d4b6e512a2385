/// URLs of buses: taken apart as docs/can.md says, refused with what was found and what is allowed.
#include <check.h>
#include <string.h>

#include "../sim/can/bus.h"

static bus_url_t parse(const char *text) {
  bus_url_t url;
  bus_error_t error = {""};
  ck_assert_msg(bus_url_parse(text, &url, &error) == BUS_OK, "%s", error.text);
  return url;
}

START_TEST(defaults_are_those_of_the_peers) {
  bus_url_t url = parse("udp:");
  ck_assert_int_eq(url.kind, BUS_KIND_UDP);
  ck_assert_str_eq(url.address, "239.74.163.2");
  ck_assert_uint_eq(url.port, 43113);
  ck_assert_str_eq(url.via, "");
  url = parse("socketcand:");
  ck_assert_int_eq(url.kind, BUS_KIND_SOCKETCAND);
  ck_assert_str_eq(url.address, "127.0.0.1");
  ck_assert_uint_eq(url.port, 29536);
  ck_assert_uint_eq(url.has_beacon, 0);
  url = parse("slcan:");
  ck_assert_int_eq(url.kind, BUS_KIND_SLCAN);
  ck_assert_str_eq(url.path, "");
  ck_assert_int_eq(parse("mem:").kind, BUS_KIND_MEM);
}
END_TEST

START_TEST(what_a_url_says_is_taken) {
  bus_url_t url = parse("udp:224.0.0.1:1");
  ck_assert_str_eq(url.address, "224.0.0.1");
  ck_assert_uint_eq(url.port, 1);
  url = parse("udp::65535?via=any");
  ck_assert_str_eq(url.address, "239.74.163.2");
  ck_assert_uint_eq(url.port, 65535);
  ck_assert_str_eq(url.via, "any");
  ck_assert_str_eq(parse("udp:?via=192.168.1.5").via, "192.168.1.5");
  ck_assert_str_eq(parse("udp:239.255.255.255?via=any").address, "239.255.255.255");
  url = parse("socketcand:0.0.0.0:29537");
  ck_assert_str_eq(url.address, "0.0.0.0");
  ck_assert_uint_eq(url.port, 29537);
  url = parse("socketcand:1234?beacon=1");
  ck_assert_str_eq(url.address, "127.0.0.1");
  ck_assert_uint_eq(url.port, 1234);
  ck_assert_uint_eq(url.has_beacon, 1);
  ck_assert_str_eq(parse("slcan:some/where").path, "some/where");
  ck_assert_str_eq(parse("socketcan:my_interface1").name, "my_interface1");
  static const char *const plain[] = {"can0", "vcan12", "vxcan1", "slcan0"};
  for (uint32_t i = 0; i < 4; i++) {
    url = parse(plain[i]);
    ck_assert_int_eq(url.kind, BUS_KIND_SOCKETCAN);
    ck_assert_str_eq(url.name, plain[i]);
  }
}
END_TEST

static const struct {
  const char *url, *found, *allowed;
} bad[] = {
    {"", "found ''", "udp:"},
    {"can", "found 'can'", "socketcan:INTERFACE"},
    {"canx0", "found 'canx0'", "can0"},
    {"UDP:", "found 'UDP:'", "udp:"},
    {"mem:x", "found 'x'", "nothing"},
    {"udp:1.2.3.4", "found '1.2.3.4'", "224.0.0.0 to 239.255.255.255"},
    {"udp:240.0.0.1", "found '240.0.0.1'", "224.0.0.0"},
    {"udp:239.1.2", "found '239.1.2'", "GROUP"},
    {"udp:239.1.2.3:0", "found '0'", "1..65535"},
    {"udp::65536", "found '65536'", "1..65535"},
    {"udp::", "found ''", "1..65535"},
    {"udp:?via=", "found '?via='", "any"},
    {"udp:?via=home", "found '?via=home'", "any"},
    {"udp:?port=1", "found '?port=1'", "?via="},
    {"udp:239.1.2.3.4.5.6.7.8.9.10", "found '239.1", "GROUP"},
    {"socketcand:x", "found 'x'", "1..65535"},
    {"socketcand:-1", "found '-1'", "1..65535"},
    {"socketcand:host:29536", "found 'host:29536'", "ADDRESS"},
    {"socketcand:1.2.3.4:", "found ''", "1..65535"},
    {"socketcand:?beacon=2", "found '?beacon=2'", "?beacon=1"},
    {"socketcan:", "found ''", "1 to 15"},
    {"socketcan:a_name_of_sixteen", "found 'a_name_of_sixteen'", "1 to 15"},
    {"socketcan:can/0", "found 'can/0'", "interface"},
};

START_TEST(bad_ones_are_refused_in_one_line) {
  bus_url_t url;
  bus_error_t error = {""};
  ck_assert_int_eq(bus_url_parse(bad[_i].url, &url, &error), BUS_ERR_URL);
  ck_assert_msg(strstr(error.text, bad[_i].found) != NULL, "%s", error.text);
  ck_assert_msg(strstr(error.text, bad[_i].allowed) != NULL, "%s", error.text);
  ck_assert_ptr_null(strchr(error.text, '\n'));
}
END_TEST

START_TEST(long_ones_do_not_overflow) {
  char text[600];
  bus_url_t url;
  bus_error_t error = {""};
  static const char *const begins[] = {
      "udp:", "udp::", "udp:?via=", "socketcand:", "slcan:", "socketcan:", "can", "mem:", ""};
  for (uint32_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
    memset(text, '7', sizeof text);
    memcpy(text, begins[i], strlen(begins[i]));
    text[sizeof text - 1] = '\0';
    if (i == 6) { /* can777..: an interface's name is at most 15 characters */
      ck_assert_int_eq(bus_url_parse(text, &url, &error), BUS_ERR_URL);
      continue;
    }
    ck_assert_int_eq(bus_url_parse(text, &url, &error), BUS_ERR_URL);
    ck_assert_uint_lt(strlen(error.text), sizeof error.text);
  }
}
END_TEST

START_TEST(mem_is_not_opened_by_url_and_machines_say_what_they_lack) {
  static bus_t bus;
  bus_error_t error = {""};
  bus_url_t url = parse("mem:");
  ck_assert_int_eq(bus_open(&bus, &url, 0, &error), BUS_ERR_URL);
  ck_assert_ptr_nonnull(strstr(error.text, "udp:"));
  url = parse("socketcan:no_such_bus");
  ck_assert_int_eq(bus_open(&bus, &url, 0, &error), BUS_ERR_MACHINE);
  ck_assert_ptr_nonnull(strstr(error.text, "no_such_bus: "));
  url = parse("udp:?via=203.0.113.7"); /* a documentation address: no interface has it */
  ck_assert_int_eq(bus_open(&bus, &url, 0, &error), BUS_ERR_MACHINE);
  ck_assert_ptr_nonnull(strstr(error.text, "multicast group"));
  url = parse("socketcand:203.0.113.7:29536");
  ck_assert_int_eq(bus_open(&bus, &url, 0, &error), BUS_ERR_MACHINE);
  ck_assert_ptr_nonnull(strstr(error.text, "cannot listen at 203.0.113.7:29536"));
  url = parse("slcan:no/such/folder/link");
  ck_assert_int_eq(bus_open(&bus, &url, 0, &error), BUS_ERR_MACHINE);
  ck_assert_ptr_nonnull(strstr(error.text, "no/such/folder/link"));
  for (int kind = 0; kind < BUS_KIND_COUNT; kind++) {
    char text[256] = "";
    (void)bus_probe((bus_kind_t)kind, text, sizeof text);
    ck_assert_uint_gt(strlen(text), 10);
  }
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("bus_url");
  TCase *tcase = tcase_create("urls");
  tcase_add_test(tcase, defaults_are_those_of_the_peers);
  tcase_add_test(tcase, what_a_url_says_is_taken);
  tcase_add_loop_test(tcase, bad_ones_are_refused_in_one_line, 0,
                      (int)(sizeof bad / sizeof bad[0]));
  tcase_add_test(tcase, long_ones_do_not_overflow);
  tcase_add_test(tcase, mem_is_not_opened_by_url_and_machines_say_what_they_lack);
  suite_add_tcase(suite, tcase);
  return suite;
}
