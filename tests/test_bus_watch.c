/// Table of frames: order, periods, what is late or wrong, newest values of all pages, load.
#include "../gui/bus_watch.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bus_watch_t watch;
static view_bus_t *bus;
static e2e_tx_t tx;

static void setup(void) {
  bus = calloc(1, sizeof *bus);
  memset(&tx, 0, sizeof tx);
  bus_watch_init(&watch, bus);
}

static void teardown(void) { free(bus); }

static void pass(uint32_t id, uint8_t flags, uint8_t len, uint64_t time_us, const uint8_t *data) {
  can_mem_rx_t rx = {.time_ns = time_us * 1000, .node = 1};
  rx.frame.id = id;
  rx.frame.flags = flags;
  rx.frame.len = len;
  if (data != NULL) memcpy(rx.frame.data, data, len);
  bus_watch_frame(&watch, bus, &rx);
}

/// BMS_Status, protected; its first byte changed by so much.
static void status(uint64_t time_us, uint8_t damage) {
  uint8_t data[8] = {0};
  e2e_protect(&tx, can_msg[CAN_MSG_BMS_STATUS].e2e_data_id, data, 8);
  data[0] = (uint8_t)(data[0] ^ damage);
  pass(can_msg[CAN_MSG_BMS_STATUS].id, 0, 8, time_us, data);
}

START_TEST(in_order_of_arbitration) {
  pass(0x700, 0, 1, 1, NULL);
  pass(0x100, CAN_FRAME_EXTENDED, 1, 2, NULL);
  pass(0x100, 0, 8, 3, NULL);
  pass(0x7FF, 0, 1, 4, NULL);
  pass(0x100, CAN_FRAME_EXTENDED, 1, 5, NULL);
  static const uint32_t ids[] = {0x100, 0x700, 0x7FF, 0x100};
  ck_assert_uint_eq(bus->id_count, 4);
  ck_assert_uint_eq(bus->frame_count, 5);
  for (uint32_t i = 0; i < 4; i++) ck_assert_uint_eq(bus->frame[i].frame.id, ids[i]);
  ck_assert_uint_eq(bus->frame[3].frame.flags, CAN_FRAME_EXTENDED);
  ck_assert_uint_eq(bus->frame[3].count, 2);
  ck_assert_uint_eq(bus->frame[0].message, CAN_MSG_VCM_REQUEST);
  ck_assert_uint_eq(bus->frame[1].message, CAN_MSG_COUNT);
}
END_TEST

START_TEST(a_full_table) {
  for (uint32_t i = 0; i < VIEW_FRAME_ID_MAX + 3u; i++) pass(0x700 - i, 0, 0, i, NULL);
  ck_assert_uint_eq(bus->id_count, VIEW_FRAME_ID_MAX);
  ck_assert_uint_eq(bus->lost_id_count, 3);
  ck_assert_uint_eq(bus->frame_count, VIEW_FRAME_ID_MAX + 3);
}
END_TEST

/* Cycle 100 ms: more than 150 is late. */
START_TEST(periods) {
  static const uint64_t at_us[] = {1000, 101000, 201000, 351000, 501001, 601001};
  for (size_t i = 0; i < sizeof at_us / sizeof at_us[0]; i++) status(at_us[i], 0);
  const view_frame_t *row = &bus->frame[0];
  ck_assert_uint_eq(row->count, 6);
  ck_assert_uint_eq(row->first_ns, 1000000);
  ck_assert_uint_eq(row->time_ns, 601001000);
  ck_assert_uint_eq(row->late_count, 1); /* 150.001 ms, and not 150.0 */
  ck_assert_double_eq_tol((double)row->period_min_ms, 100.0, 1e-3);
  ck_assert_double_eq_tol((double)row->period_max_ms, 150.001, 1e-3);
  double mean = 100.0;
  mean += (100.0 - mean) / 8;
  mean += (150.0 - mean) / 8;
  mean += (150.001 - mean) / 8;
  mean += (100.0 - mean) / 8;
  ck_assert_double_eq_tol((double)row->period_ms, mean, 1e-3);
  ck_assert_uint_eq(row->wrong_count, 0);
}
END_TEST

START_TEST(what_is_wrong) {
  status(100000, 0);
  status(200000, 0x40); /* CRC */
  status(300000, 0);
  ck_assert_uint_eq(bus->frame[0].wrong_count, 1);
  pass(can_msg[CAN_MSG_BMS_STATUS].id, 0, 7, 400000, NULL); /* too short */
  ck_assert_uint_eq(bus->frame[0].wrong_count, 2);
  pass(0x7F0, 0, 0, 500000, NULL); /* nothing is known of it */
  ck_assert_uint_eq(bus->frame[1].wrong_count, 0);
}
END_TEST

/* Both pages of a multiplexed message stay known; one that was never sent is not. */
START_TEST(values_of_pages) {
  const can_msg_t *msg = &can_msg[CAN_MSG_BMS_GROUPS];
  uint32_t with_page[2] = {0, 0}, with_other = 0;
  for (uint32_t i = 0; i < msg->signal_count; i++) {
    const can_signal_t *signal = &can_signal[msg->first_signal + i];
    if (signal->page == 0 && with_page[0] == 0) with_page[0] = msg->first_signal + i;
    if (signal->page == 1 && with_page[1] == 0) with_page[1] = msg->first_signal + i;
    if (signal->page == 2) with_other = msg->first_signal + i;
  }
  for (uint8_t page = 0; page < 2; page++) {
    uint8_t data[8];
    memset(data, 0xFF, sizeof data);
    for (uint32_t i = 0; i < msg->signal_count; i++) {
      const can_signal_t *signal = &can_signal[msg->first_signal + i];
      if (!signal->is_mux) continue;
      ck_assert_uint_eq(signal->start % 8, 0); /* the test sets whole bytes */
      data[signal->start / 8] =
          (uint8_t)((data[signal->start / 8] & ~((1u << signal->len) - 1u)) | page);
    }
    pass(msg->id, 0, 8, 1000u * page, data);
    ck_assert(!isnan(bus->signal_value[with_page[page]]));
  }
  ck_assert(!isnan(bus->signal_value[with_page[0]]));
  ck_assert(isnan(bus->signal_value[with_other]));
}
END_TEST

START_TEST(load) {
  hil_t *hil = calloc(1, sizeof *hil);
  hil->bus.load_permille = 123;
  hil->now_us = 99000;
  bus_watch_tick(bus, hil);
  ck_assert_double_eq((double)bus->load_pct, 0.0);
  hil->now_us = 100000;
  bus_watch_tick(bus, hil);
  hil->bus.load_permille = 456;
  hil->now_us = 200000;
  bus_watch_tick(bus, hil);
  ck_assert_double_eq_tol((double)bus->load_past_pct[VIEW_LOAD_MAX - 2], 12.3, 1e-5);
  ck_assert_double_eq_tol((double)bus->load_past_pct[VIEW_LOAD_MAX - 1], 45.6, 1e-5);
  ck_assert_double_eq_tol((double)bus->load_pct, 45.6, 1e-5);
  free(hil);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("bus_watch");
  TCase *all = tcase_create("all");
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_test(all, in_order_of_arbitration);
  tcase_add_test(all, a_full_table);
  tcase_add_test(all, periods);
  tcase_add_test(all, what_is_wrong);
  tcase_add_test(all, values_of_pages);
  tcase_add_test(all, load);
  suite_add_tcase(suite, all);
  return suite;
}
