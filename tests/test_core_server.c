/// Diagnostic server: the conformance cases by their numbers, both languages, sessions and time.
#include <check.h>

#include "../ecu_model/core/comm_diag.h"
#include "../ecu_model/core/diag.h"
#include "../ecu_model/core/history.h"
#include "../ecu_model/core/kwp.h"
#include "../ecu_model/core/life.h"
#include "../ecu_model/core/store.h"
#include "../ecu_model/core/uds.h"
#include "server_rig.h"

Suite *test_suite(void);

/// A DTC that has been set, and healed unless it stays.
static void set_dtc(uint32_t dtc, int stays) {
  for (uint32_t i = 0; i < 3000; i++) {
    diag_report(&rig.bms, dtc, stays || i < 700, 7);
    diag_walk(&rig.bms, 10, &told);
    told.event_count = 0;
  }
  if (!stays && dtc_row[dtc].is_latched) diag_clear(&rig.bms, &told);
  ck_assert_uint_eq(rig.bms.dtc[dtc].is_active, stays ? 1 : 0);
  ck_assert_uint_eq(rig.bms.memory[dtc].is_stored, 1);
}

/* --- sessions -------------------------------------------------------------------------------- */

START_TEST(case_29_a_session_tells_its_times) {
  replies("10 01", "50 01 00 32 01 F4");
  replies("22 F1 86", "62 F1 86 01");
  replies("10 03", "50 03 00 32 01 F4"); /* P2 50 ms, P2* 5000 ms in 10 ms */
  replies("22 F1 86", "62 F1 86 03");
  replies_to_all("10 01", "50 01 00 32 01 F4");
  replies("22 F1 86", "62 F1 86 01");
}
END_TEST

START_TEST(case_30_sub_functions_are_checked) {
  replies("10", "7F 10 13");
  replies("10 7F", "7F 10 12");
  replies("10 02", "7F 10 12");
  replies("10 00", "7F 10 12");
  replies("10 01 00", "7F 10 13");
  replies("10 7F 00", "7F 10 12"); /* sub-function before length */
}
END_TEST

START_TEST(case_31_no_positive_reply_where_bit_7_says_so) {
  replies("3E 80", "");
  replies("19 8A", "");
  replies("19 82 FF", "");
  replies("19 84 FF FF FF FF", "7F 19 31"); /* a negative one all the same */
  replies("3E 81", "7F 3E 12");
  replies("11 81", "");
  ck_assert_uint_eq(rig.bms.server.reset_is_due, 1);
}
END_TEST

START_TEST(case_32_tester_present) {
  replies("3E 00", "7E 00");
  replies("3E 80", "");
  replies("3E 01", "7F 3E 12");
  replies("3E", "7F 3E 13");
  replies("3E 00 00", "7F 3E 13");
  replies_to_all("3E 00", "7E 00");
  replies_to_all("3E 01", "");
}
END_TEST

START_TEST(case_33_a_session_ends_5_s_after_the_last_request) {
  replies("10 03", "50 03 00 32 01 F4");
  rig_run(&rig, SERVER_S3_ms - 20);
  replies("22 F1 86", "62 F1 86 03");
  rig_run(&rig, SERVER_S3_ms - 20);
  replies("3E 80", "");
  rig_run(&rig, SERVER_S3_ms - 20);
  ck_assert_uint_eq(rig.bms.server.session, SERVER_SESSION_EXTENDED);
  rig_run(&rig, 40);
  replies("22 F1 86", "62 F1 86 01");
  rig_run(&rig, 70000); /* the default has no time; the clip of the timer neither */
  ck_assert_uint_eq(rig.bms.server.session, SERVER_SESSION_DEFAULT);
  ck_assert_uint_eq(rig.bms.server.idle_ms, UINT16_MAX);
  replies("10 03", "50 03 00 32 01 F4");
  ck_assert_uint_eq(rig.bms.server.session, SERVER_SESSION_EXTENDED);
}
END_TEST

START_TEST(case_34_a_reset_is_answered_then_all_is_silent) {
  replies("11", "7F 11 13");
  replies("11 02", "7F 11 12");
  replies("11 03", "7F 11 12");
  replies("11 01 00", "7F 11 13");
  replies("10 03", "50 03 00 32 01 F4");
  replies("11 01", "51 01");
  replies("3E 00", "");
  ck_assert_uint_eq(rig.out.reset_is_asked, 0);
  uint32_t asked_ms = 0;
  for (uint32_t ms = 1; ms <= 1200 && asked_ms == 0; ms++) {
    rig_tick(&rig);
    if (rig.out.reset_is_asked) asked_ms = ms;
  }
  ck_assert_uint_gt(asked_ms, SERVER_RESET_PAUSE_ms - 10); /* in tasks of 10 ms */
  ck_assert_uint_le(asked_ms, SERVER_RESET_PAUSE_ms + 100);
  ck_assert(store_is_idle(&rig.bms)); /* written before */
  replies("22 F1 86", "");
  uint32_t again = 0;
  for (uint32_t ms = 0; ms < 100; ms++) rig_tick(&rig), again += rig.out.reset_is_asked;
  ck_assert_uint_eq(again, 10); /* once each 10 ms, until it comes */
}
END_TEST

/// A memory that takes nothing does not hold the reset up for ever.
START_TEST(a_reset_comes_though_the_memory_is_stuck) {
  replies("11 01", "51 01");
  uint32_t asked_ms = 0;
  rig.bms.store.is_pending = 1;
  for (uint32_t ms = 1; ms <= 1200 && asked_ms == 0; ms++) {
    rig.bms.store.record[0].due_count = 2;
    rig_tick(&rig);
    if (rig.out.reset_is_asked) asked_ms = ms;
  }
  ck_assert_uint_gt(asked_ms, SERVER_RESET_MAX_ms - 10);
  ck_assert_uint_le(asked_ms, SERVER_RESET_MAX_ms + 20);
}
END_TEST

/* --- clearing -------------------------------------------------------------------------------- */

START_TEST(case_38_clearing) {
  set_dtc(DTC_ISOLATION_LOW, 0);
  set_dtc(DTC_FAN, 0);
  rig.bms.life.operating_s += 100;
  replies("14 00 00 00", "7F 14 31");
  replies("14 FF FF FE", "7F 14 31");
  replies("14", "7F 14 13");
  replies("14 FF", "7F 14 13");
  replies("14 FF FF FF FF", "7F 14 13");
  ck_assert_uint_eq(rig.bms.memory[DTC_FAN].is_stored, 1);
  replies("14 1B A1 00", "54"); /* the fan's alone */
  ck_assert_uint_eq(rig.bms.memory[DTC_FAN].is_stored, 0);
  ck_assert_uint_eq(rig.bms.memory[DTC_ISOLATION_LOW].is_stored, 1);
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_FAN), 0x50);
  replies("14 FF FF FF", "54");
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    ck_assert_uint_eq(rig.bms.memory[dtc].is_stored, 0);
    ck_assert_uint_eq(uds_status(&rig.bms, dtc), 0x50); /* no test is complete since */
  }
  /* the fan's test needs 5 s and 1 s, the isolation's 10 s */
  rig.bms.life.operating_s += 6;
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_FAN), 0x50);
  rig.bms.life.operating_s += 1;
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_FAN), 0);
  rig.bms.life.operating_s += 3;
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_ISOLATION_LOW), 0x50);
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_INTERLOCK_OPEN), 0); /* 1.1 s */
  rig.bms.life.operating_s += 10; /* all had their time */
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) ck_assert_uint_eq(uds_status(&rig.bms, dtc), 0);
}
END_TEST

START_TEST(case_38_not_while_contactors_are_closed) {
  set_dtc(DTC_FAN, 0);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  replies("14 FF FF FF", "7F 14 22");
  replies("14 FF 00", "7F 14 22");
  replies("11 01", "7F 11 22");
  ck_assert_uint_eq(rig.bms.server.reset_is_due, 0);
  ck_assert_uint_eq(rig.bms.memory[DTC_FAN].is_stored, 1);
  replies("14 00 00 00", "7F 14 31"); /* range before conditions */
  rig.bms.state = BMS_STATE_FAULT;
  replies("14 FF FF FF", "54");
}
END_TEST

/// A time that is no whole number of seconds counts up to the next.
START_TEST(a_test_has_its_time_in_whole_seconds) {
  replies("14 FF FF FF", "54");
  rig.bms.life.operating_s += 2;
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_INTERLOCK_OPEN), 0x50); /* 100 and 1000 ms */
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_CELL_OVERVOLTAGE), 0); /* 1000 ms */
  rig.bms.life.operating_s += 1;
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_INTERLOCK_OPEN), 0);
}
END_TEST

/// What is still there is stored anew.
START_TEST(a_fault_that_stays_is_not_cleared_away) {
  set_dtc(DTC_FAN, 1);
  replies("14 FF FF FF", "54");
  ck_assert_uint_eq(rig.bms.memory[DTC_FAN].is_stored, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_FAN].occurrence_count, 1);
  ck_assert_uint_eq(uds_status(&rig.bms, DTC_FAN), 0xAF);
}
END_TEST

/* --- reading codes --------------------------------------------------------------------------- */

START_TEST(case_39_lists_by_status) {
  replies("19 02 08", "59 02 FF");
  replies("19 01 08", "59 01 FF 00 00 00");
  set_dtc(DTC_ISOLATION_LOW, 0);
  set_dtc(DTC_FAN, 1);
  rig.bms.life.operating_s += 100;
  replies("19 02 08", "59 02 FF 1B 9A 00 2E 1B A1 00 AF");
  replies("19 01 08", "59 01 FF 00 00 02");
  replies("19 02 01", "59 02 FF 1B A1 00 AF");
  replies("19 01 80", "59 01 FF 00 00 01");
  replies("19 02 00", "59 02 FF");
  replies("19 01 00", "59 01 FF 00 00 00");
  replies("19 02 50", "59 02 FF");
}
END_TEST

START_TEST(case_40_frames_counters_and_all_codes) {
  rig.bms.life.operating_s = 0x01020304;
  set_dtc(DTC_ISOLATION_LOW, 0);
  rig.bms.life.operating_s += 100;
  rig.bms.life.cycle_count += 3;
  set_dtc(DTC_ISOLATION_LOW, 0);
  uint32_t length = serve("19 04 1B 9A 00 FF", 0);
  ck_assert_uint_eq(length, 6 + 2 * (2 + 15 * 2 + 26));
  ck_assert_str_eq(diag_text(reply, 14), "59 04 1B 9A 00 2E 01 0F 02 00 01 02 03 04");
  ck_assert_str_eq(diag_text(reply + 64, 8), "02 0F 02 00 01 02 03 68");
  ck_assert_uint_eq(reply[length - 1], 7); /* the location is the last field */
  ck_assert_uint_eq(serve("19 04 1B 9A 00 01", 0), 64);
  ck_assert_uint_eq(reply[6], 1);
  ck_assert_uint_eq(serve("19 04 1B 9A 00 02", 0), 64);
  ck_assert_uint_eq(reply[6], 2);
  replies("19 04 1B 9A 00 00", "7F 19 31");
  replies("19 04 1B 9A 00 03", "7F 19 31");
  replies("19 04 1B 9A 01 FF", "7F 19 31");
  replies("19 04 1B A1 00 FF", "59 04 1B A1 00 00"); /* known, but not stored */
  replies("19 06 1B 9A 00 FF", "59 06 1B 9A 00 2E 01 02 02 00 03 28 04 07");
  replies("19 06 1B 9A 00 01", "59 06 1B 9A 00 2E 01 02");
  replies("19 06 1B 9A 00 04", "59 06 1B 9A 00 2E 04 07");
  replies("19 06 1B 9A 00 05", "7F 19 31");
  replies("19 06 1B 9A 00 00", "7F 19 31");
  replies("19 06 FF FF FF FF", "7F 19 31");
  replies("19 06 1B A1 00 FF", "59 06 1B A1 00 00");
  ck_assert_uint_eq(serve("19 0A", 0), 3 + 4 * DTC_COUNT);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    const uint8_t *at = reply + 3 + 4 * dtc;
    ck_assert_uint_eq((uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2], dtc_row[dtc].code_raw);
    ck_assert_uint_eq(at[3], uds_status(&rig.bms, dtc));
  }
  replies("19 0A 00", "7F 19 13");
  replies("19 02", "7F 19 13");
  replies("19 04 1B 9A 00", "7F 19 13");
  replies("19", "7F 19 13");
  replies("19 03", "7F 19 12");
  replies("19 03 00 00", "7F 19 12");
}
END_TEST

START_TEST(a_status_tells_its_history) {
  bms_t *bms = &rig.bms;
  bms->life.operating_s = 1000;
  bms->server.cycle_begin_s = 0;
  set_dtc(DTC_ISOLATION_LOST, 1); /* latches */
  ck_assert_uint_eq(uds_status(bms, DTC_ISOLATION_LOST), 0xAF);
  for (uint32_t i = 0; i < 1100; i++) diag_walk(bms, 10, &told);
  ck_assert_uint_eq(uds_status(bms, DTC_ISOLATION_LOST), 0xAE); /* healed, but latched */
  diag_clear(bms, &told);
  ck_assert_uint_eq(uds_status(bms, DTC_ISOLATION_LOST), 0x2E);
  history_end_cycle(bms);
  ck_assert_uint_eq(uds_status(bms, DTC_ISOLATION_LOST), 0x6C); /* pending: in the last cycle */
  bms->life.operating_s += 20;
  ck_assert_uint_eq(uds_status(bms, DTC_ISOLATION_LOST), 0x2C);
  history_end_cycle(bms);
  bms->life.operating_s += 20;
  ck_assert_uint_eq(uds_status(bms, DTC_ISOLATION_LOST), 0x28);
  ck_assert_uint_eq(uds_status(bms, DTC_CELL_ABOVE_OPERATING), 0);
  set_dtc(DTC_CELL_ABOVE_OPERATING, 1); /* an info lights no lamp */
  ck_assert_uint_eq(uds_status(bms, DTC_CELL_ABOVE_OPERATING), 0x2F);
}
END_TEST

/* --- all services ---------------------------------------------------------------------------- */

START_TEST(case_45_unknown_services_are_refused_by_name) {
  for (uint32_t sid = 0; sid < 256; sid++) {
    static const uint8_t known[] = {0x03, 0x10, 0x11, 0x14, 0x18, 0x19, 0x21, 0x22, 0x3E};
    char request[8], expected[16] = "";
    if (memchr(known, (int)sid, sizeof known) != NULL) continue;
    snprintf(request, sizeof request, "%02X 01", sid);
    replies_to_all(request, "");
    if ((sid & 0x40) == 0) snprintf(expected, sizeof expected, "7F %02X 11", sid);
    replies(request, expected);
  }
}
END_TEST

START_TEST(case_46_replies_of_others_are_no_requests) {
  replies("7F 22 11", "");
  replies("61 01", "");
  replies("50 01 00 32 01 F4", "");
  replies("FF", "");
  replies("", "");
}
END_TEST

START_TEST(case_49_memory_is_neither_read_nor_written) {
  replies("23 14 00 00 00 00 10", "7F 23 11");
  replies("3D 14 00 00 00 00 01 FF", "7F 3D 11");
  replies("27 01", "7F 27 11"); /* as the car: 27, 30 and 33 are not there */
  replies("30 01", "7F 30 11");
  replies("33 01", "7F 33 11");
  replies("2E F1 86 01", "7F 2E 11");
  replies("2F 02 17 03 09", "7F 2F 11");
  replies("31 01 02 03", "7F 31 11");
  replies("28 03 01", "7F 28 11");
  replies("85 02", "7F 85 11");
}
END_TEST

/* --- through the connection ------------------------------------------------------------------ */

static isotp_t tester;

static void attach(void) {
  const isotp_config_t config = {.rx_id = COMM_DIAG_REPLY_ID,
                                 .tx_id = COMM_DIAG_REQUEST_ID,
                                 .functional_id = ISOTP_NO_ID,
                                 .tx_dl = 8,
                                 .is_padded = 1,
                                 .wait_max = 3};
  ck_assert_int_eq(isotp_init(&tester, &config), ISOTP_OK);
}

/// One ms: the tester's frame goes in with the vehicle controller's, the core's come out.
static void tick_with(const can_frame_t *extra) {
  uint32_t now_us = rig.in.time_ms * 1000u;
  can_frame_t frame;
  bms_in_t *in = &rig.in;
  rig_contactors(&rig);
  rig_settle_pins(&rig);
  rig_analog(&rig);
  rig_move_bytes(&rig);
  rig_vcm(&rig);
  isotp_step(&tester, now_us);
  if (extra != NULL) in->can_rx[in->can_rx_count++] = *extra;
  if (isotp_poll_tx(&tester, &frame, now_us)) in->can_rx[in->can_rx_count++] = frame;
  bms_step(&rig.bms, in, &rig.out);
  in->nvm_ok = 1;
  in->nvm_ack = rig.out.nvm_request;
  rig_take_queue(&rig);
  for (uint32_t i = 0; i < rig.out.can_tx_count; i++)
    (void)isotp_receive(&tester, &rig.out.can_tx[i], now_us);
  in->time_ms++;
  rig.tick++;
}

/// Runs until a reply is there; returns the ms it took, 0 iff none came in max_ms.
static uint32_t wait_reply(uint32_t max_ms, const char **text) {
  for (uint32_t ms = 1; ms <= max_ms; ms++) {
    uint32_t count;
    int is_functional;
    tick_with(NULL);
    const uint8_t *bytes = isotp_received(&tester, &count, &is_functional);
    if (bytes == NULL) continue;
    *text = diag_text(bytes, count);
    isotp_release(&tester);
    return ms;
  }
  *text = "";
  return 0;
}

static void send_request(const char *request) {
  uint8_t bytes[DIAG_TEXT_BYTES];
  uint32_t count = diag_bytes(request, bytes);
  ck_assert_int_eq(isotp_send(&tester, bytes, count, rig.in.time_ms * 1000u), ISOTP_OK);
}

START_TEST(case_29_replies_come_within_P2) {
  const char *text;
  attach();
  for (uint32_t i = 0; i < 20; i++) {
    send_request("3E 00");
    uint32_t took_ms = wait_reply(200, &text);
    ck_assert_str_eq(text, "7E 00");
    ck_assert_uint_le(took_ms, SERVER_P2_ms);
    for (uint32_t pause_ms = 0; pause_ms < i % 11; pause_ms++) tick_with(NULL);
  }
}
END_TEST

START_TEST(case_47_a_request_waits_while_a_reply_is_under_way) {
  const char *text;
  attach();
  const can_frame_t present = {.id = 0x7E4, .len = 8, .data = {0x02, 0x3E, 0x00}};
  send_request("21 01");
  while (!isotp_is_receiving(&tester)) tick_with(NULL);
  tick_with(&present); /* case 50: a request in the middle of a reply */
  ck_assert_uint_gt(wait_reply(500, &text), 0);
  ck_assert_uint_eq(strlen(text), 61 * 3 - 1);
  ck_assert_uint_gt(wait_reply(500, &text), 0);
  ck_assert_str_eq(text, "7E 00");
  ck_assert_uint_eq(wait_reply(500, &text), 0);
}
END_TEST

START_TEST(a_request_to_all_is_heard) {
  const char *text;
  attach();
  const can_frame_t to_all = {.id = 0x7DF, .len = 8, .data = {0x01, 0x03}};
  const can_frame_t unknown = {.id = 0x7DF, .len = 8, .data = {0x02, 0x09, 0x02}};
  tick_with(&to_all);
  ck_assert_uint_gt(wait_reply(100, &text), 0);
  ck_assert_str_eq(text, "43 00");
  tick_with(&unknown);
  ck_assert_uint_eq(wait_reply(200, &text), 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_server");
  TCase *tests = tcase_create("server");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, case_29_a_session_tells_its_times);
  tcase_add_test(tests, case_30_sub_functions_are_checked);
  tcase_add_test(tests, case_31_no_positive_reply_where_bit_7_says_so);
  tcase_add_test(tests, case_32_tester_present);
  tcase_add_test(tests, case_33_a_session_ends_5_s_after_the_last_request);
  tcase_add_test(tests, case_34_a_reset_is_answered_then_all_is_silent);
  tcase_add_test(tests, a_reset_comes_though_the_memory_is_stuck);
  tcase_add_test(tests, case_38_clearing);
  tcase_add_test(tests, case_38_not_while_contactors_are_closed);
  tcase_add_test(tests, a_test_has_its_time_in_whole_seconds);
  tcase_add_test(tests, a_fault_that_stays_is_not_cleared_away);
  tcase_add_test(tests, case_39_lists_by_status);
  tcase_add_test(tests, case_40_frames_counters_and_all_codes);
  tcase_add_test(tests, a_status_tells_its_history);
  tcase_add_test(tests, case_45_unknown_services_are_refused_by_name);
  tcase_add_test(tests, case_46_replies_of_others_are_no_requests);
  tcase_add_test(tests, case_49_memory_is_neither_read_nor_written);
  tcase_add_test(tests, case_29_replies_come_within_P2);
  tcase_add_test(tests, case_47_a_request_waits_while_a_reply_is_under_way);
  tcase_add_test(tests, a_request_to_all_is_heard);
  suite_add_tcase(suite, tests);
  return suite;
}
