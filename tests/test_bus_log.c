/// A log of frames as a stimulus: reading, times, ids, messages, and a log that drives the BMS.
#include "../scenarios/bus_log.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/run.h"
#include "../sim/can/pcap.h"
#include "../scenarios/line_alloc.h"
#include "scenario_text.h"

static char path[80], error[300];
static bus_log_t log_of;

static int load(bus_log_wish_t wish, const void *bytes, size_t count) {
  temp_file_write(path, sizeof path, "log", bytes, count);
  wish.path = path;
  int status = bus_log_load(&wish, &log_of, error, sizeof error);
  remove(path);
  return status;
}

static int load_text(bus_log_wish_t wish, const char *text) {
  return load(wish, text, strlen(text));
}

static const char lines[] = "(100.000000) can0 100#01\n"
                            "(100.010000) can0 7FF#\n"
                            "(100.030000) can0 00000100#0203\n"
                            "(100.050000) can0 20000004#0000000000000000\n"
                            "(100.060000) can0 100#05\n";

START_TEST(times_begin_with_the_first_frame) {
  static const char good[] = "(100.000000) can0 100#01\n(100.010000) can0 7FF#\n"
                             "(100.030000) can0 00000100#0203\n(99.000000) can0 100#05\n";
  static const uint64_t at_us[] = {0, 10000, 30000, 0};
  ck_assert_int_eq(load_text((bus_log_wish_t){.rate_x = 1}, good), 0);
  ck_assert_uint_eq(log_of.count, 4);
  for (uint32_t i = 0; i < 4; i++) ck_assert_uint_eq(log_of.entry[i].time_us, at_us[i]);
  ck_assert_uint_eq(log_of.entry[2].frame.flags & CAN_FRAME_EXTENDED, CAN_FRAME_EXTENDED);
  bus_log_free(&log_of);
  ck_assert_int_eq(load_text((bus_log_wish_t){.rate_x = 4}, good), 0);
  ck_assert_uint_eq(log_of.entry[2].time_us, 7500);
  bus_log_free(&log_of);
}
END_TEST

START_TEST(ids_choose) {
  static const char good[] = "(1.000000) can0 7FF#\n(1.010000) can0 100#01\n"
                             "(1.020000) can0 00000100#02\n";
  bus_log_wish_t wish = {.rate_x = 1, .id_count = 1, .id = {0x100}};
  ck_assert_int_eq(load_text(wish, good), 0);
  ck_assert_uint_eq(log_of.count, 1);
  ck_assert_uint_eq(log_of.entry[0].frame.data[0], 1);
  ck_assert_uint_eq(log_of.entry[0].time_us, 10000); /* the log's first frame stays its zero */
  bus_log_free(&log_of);
  wish.id_is_extended[0] = 1;
  ck_assert_int_eq(load_text(wish, good), 0);
  ck_assert_uint_eq(log_of.entry[0].frame.data[0], 2);
  bus_log_free(&log_of);
  wish.id[0] = 0x101;
  ck_assert_int_eq(load_text(wish, good), -1);
  ck_assert_ptr_nonnull(strstr(error, "no frame with these ids"));
}
END_TEST

START_TEST(ids_are_hex_of_three_or_eight_digits) {
  static const struct {
    const char *text;
    int status;
    uint32_t id;
    uint8_t is_extended;
  } cases[] = {{"100", 0, 0x100, 0},   {"7FF", 0, 0x7FF, 0},
               {"800", -1, 0, 0},      {"1FFFFFFF", 0, 0x1FFFFFFF, 1},
               {"20000000", -1, 0, 0}, {"00000100", 0, 0x100, 1},
               {"10", -1, 0, 0},       {"1000", -1, 0, 0},
               {"10g", -1, 0, 0},      {"-10", -1, 0, 0},
               {"0x1", -1, 0, 0},      {"", -1, 0, 0}};
  for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint32_t id;
    uint8_t is_extended;
    ck_assert_int_eq(bus_log_id(cases[i].text, &id, &is_extended), cases[i].status);
    if (cases[i].status != 0) continue;
    ck_assert_uint_eq(id, cases[i].id);
    ck_assert_uint_eq(is_extended, cases[i].is_extended);
  }
}
END_TEST

START_TEST(pcap_is_read_too) {
  uint8_t bytes[PCAP_HEADER_BYTES + 2 * PCAP_PACKET_BYTES];
  can_frame_t frame = {.id = 0x123, .len = 2, .data = {7, 8}};
  size_t count = PCAP_HEADER_BYTES;
  pcap_write_header(bytes);
  count += pcap_write(bytes + count, 5000000, &frame);
  count += pcap_write(bytes + count, 5002000, &frame);
  ck_assert_int_eq(load((bus_log_wish_t){.rate_x = 1}, bytes, count), 0);
  ck_assert_uint_eq(log_of.count, 2);
  ck_assert_uint_eq(log_of.entry[1].time_us, 2000);
  ck_assert_uint_eq(log_of.entry[1].frame.data[1], 8);
  bus_log_free(&log_of);
  ck_assert_int_eq(load((bus_log_wish_t){.rate_x = 1}, bytes, count - 1), -1);
  ck_assert_ptr_nonnull(strstr(error, ":2:"));
}
END_TEST

START_TEST(what_is_no_log_is_refused) {
  ck_assert_int_eq(load_text((bus_log_wish_t){.rate_x = 1}, lines), -1); /* an error frame's id */
  ck_assert_ptr_nonnull(strstr(error, ":4: "));
  ck_assert_int_eq(load_text((bus_log_wish_t){.rate_x = 1}, ""), -1);
  ck_assert_ptr_nonnull(strstr(error, "no frame, allowed at least one"));
  bus_log_wish_t absent = {.path = "/no/such/log", .rate_x = 1};
  ck_assert_int_eq(bus_log_load(&absent, &log_of, error, sizeof error), -1);
  ck_assert_ptr_nonnull(strstr(error, "/no/such/log:1: found no file"));
}
END_TEST

/* Frames are due from begin_us on, none before, none twice, and a full queue keeps their order. */
START_TEST(frames_are_sent_when_due) {
  bus_log_entry_t entry[100];
  memset(entry, 0, sizeof entry);
  for (uint32_t i = 0; i < 100; i++) {
    entry[i].time_us = i < 3 ? 1000u * i : 2000;
    entry[i].frame = (can_frame_t){.id = 0x300, .len = 1, .data = {(uint8_t)i}};
  }
  bus_log_t log = {entry, 100};
  hil_t *hil = line_alloc(sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  memset(hil, 0, sizeof *hil);
  can_mem_init(&hil->bus, 500000, 2000000);
  uint32_t next = 0, heard = 0;
  static const uint32_t wanted[] = {0, 0, 0, 1, 2};
  for (uint32_t ms = 0; ms < 100; ms++) {
    can_mem_rx_t rx;
    hil->now_us = 1000u * ms;
    bus_log_send(&log, 3000, &next, hil);
    if (ms < 5) ck_assert_uint_eq(next, wanted[ms]);
    can_mem_advance(&hil->bus, 1000u * hil->now_us);
    while (can_mem_recv(&hil->bus, HIL_NODE_VCM, &rx) == CAN_MEM_OK)
      ck_assert_uint_eq(rx.frame.data[0], heard++);
  }
  ck_assert_uint_eq(next, 100);
  ck_assert_uint_eq(heard, 100);
  free(hil);
}
END_TEST

/* The vehicle controller is silent; a log of its requests, with counters and CRC, drives. */
START_TEST(a_log_drives_the_bms) {
  static const char head[] =
      "\"load\": [{\"at_s\": 0.3, \"request\": \"drive\"}], "
      "\"end\": {\"at_s\": 2.5}, \"record\": \"%s\", "
      "\"expect\": [{\"id\": \"drives\", \"signal\": \"bms.state\", \"eq\": \"DRIVE\"}]%s";
  char text[900], more[400], folder[] = "/tmp/packsim_buslog_XXXXXX", file[100];
  static run_result_t first, second, third;
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(text, sizeof text, head, "brief", "");
  scenario_t *point = point_of_text(text);
  run_scenario(point, &(run_options_t){.out_dir = folder, .record_level = RECORD_BRIEF}, &first);
  scenario_free(point);
  ck_assert_int_eq(first.verdict, VERDICT_PASS);
  const char *silent = ", \"events\": [{\"id\": \"s\", \"when\": {\"at_s\": 0}, \"fault\": "
                       "{\"target\": \"can.VCM_Request\", \"type\": \"silent\"}}]";
  snprintf(text, sizeof text, head, "none", silent);
  point = point_of_text(text);
  run_scenario(point, &(run_options_t){0}, &second);
  scenario_free(point);
  ck_assert_int_eq(second.verdict, VERDICT_FAIL);
  snprintf(file, sizeof file, "%s/bus.log", folder);
  snprintf(more, sizeof more, "%s, \"can_log\": {\"file\": \"%s\", \"ids\": \"100\"}", silent,
           file);
  snprintf(text, sizeof text, head, "none", more);
  point = point_of_text(text);
  run_scenario(point, &(run_options_t){0}, &third);
  scenario_free(point);
  ck_assert_int_eq(third.verdict, VERDICT_PASS);
  static const char *const names[] = {"bus.log", "signals.h5", "signals.csv", "story.json",
                                      "hashes.csv"};
  for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(file, sizeof file, "%s/%s", folder, names[i]);
    remove(file);
  }
  rmdir(folder);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("bus_log");
  TCase *tcase = tcase_create("bus_log");
  tcase_add_test(tcase, times_begin_with_the_first_frame);
  tcase_add_test(tcase, ids_choose);
  tcase_add_test(tcase, ids_are_hex_of_three_or_eight_digits);
  tcase_add_test(tcase, pcap_is_read_too);
  tcase_add_test(tcase, what_is_no_log_is_refused);
  tcase_add_test(tcase, frames_are_sent_when_due);
  tcase_add_test(tcase, a_log_drives_the_bms);
  suite_add_tcase(suite, tcase);
  return suite;
}
