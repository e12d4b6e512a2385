/// ISO-TP sent: the conformance cases 4, 10 to 17 by their numbers, and the limits in time.
#include "isotp_rig.h"

Suite *test_suite(void);

START_TEST(case_04_sent_single_frames_use_the_shortest_legal_frame) {
  static const struct {
    uint8_t bytes, len, head;
  } row[] = {{1, 8, 1},   {7, 8, 1},   {8, 12, 2},  {10, 12, 2}, {11, 16, 2},
             {14, 16, 2}, {18, 20, 2}, {19, 24, 2}, {22, 24, 2}, {23, 32, 2},
             {30, 32, 2}, {31, 48, 2}, {47, 64, 2}, {62, 64, 2}};
  start_fd(64);
  for (uint32_t i = 0; i < sizeof row / sizeof row[0]; i++) {
    can_frame_t frame;
    send_pattern(row[i].bytes);
    ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
    ck_assert_uint_eq(frame.len, row[i].len);
    ck_assert_uint_eq(frame.flags, CAN_FRAME_FD);
    ck_assert_uint_eq(frame.data[0], row[i].head == 1 ? row[i].bytes : 0);
    ck_assert_uint_eq(frame.data[row[i].head - 1], row[i].bytes);
    for (uint32_t at = 0; at + row[i].head < row[i].len; at++)
      ck_assert_uint_eq(frame.data[row[i].head + at], at < row[i].bytes ? pattern(at) : 0xCC);
    ck_assert(!isotp_is_sending(&ecu));
  }
  send_pattern(63);
  can_frame_t first;
  ck_assert_int_eq(isotp_poll_tx(&ecu, &first, now_us), 1);
  ck_assert_uint_eq(first.len, 64);
  ck_assert_uint_eq(first.data[0], 0x10);
  ck_assert_uint_eq(first.data[1], 63);
}
END_TEST

START_TEST(case_10_11_sent_blocks_wait_for_flow_control) {
  for (uint32_t block_size = 1; block_size <= 6; block_size++) {
    char flow[32];
    can_frame_t frame;
    sprintf(flow, "7E4#30%02X00", block_size);
    start();
    send_first(6 + 5 * 7);
    for (uint32_t n = 1; n <= 5; n++) {
      if ((n - 1) % block_size == 0) {
        sends(NULL);
        give(flow);
      }
      ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
      ck_assert_uint_eq(frame.data[0], 0x20 | n);
    }
    sends(NULL);
    ck_assert(!isotp_is_sending(&ecu));
    ck_assert_uint_eq(ecu.tx.result, ISOTP_DONE);
  }
}
END_TEST

/// What a byte of STmin asks for, by the standard's table.
static uint32_t asked_us(uint32_t raw) {
  if (raw <= 0x7F) return raw * 1000;
  if (raw >= 0xF1 && raw <= 0xF9) return (raw & 15) * 100;
  return 127000;
}

/// _i: with a guard, which is added to every pause that there is.
START_TEST(case_12_13_every_st_min_is_kept) {
  isotp_config_t config = ecu_config();
  config.guard_us = _i ? 400 : 0;
  for (uint32_t raw = 0; raw <= 0xFF; raw++) {
    char flow[32];
    can_frame_t frame;
    sprintf(flow, "7E4#3000%02X", raw);
    start_with(&config);
    send_first(20);
    pass(7 * MS);
    give(flow);
    ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1); /* no pause before the first */
    if (asked_us(raw) > 0) {
      pass(asked_us(raw) + config.guard_us - 1);
      sends(NULL);
      pass(1);
    }
    ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  }
}
END_TEST

START_TEST(case_12_st_min_holds_across_blocks_and_with_its_guard) {
  isotp_config_t config = ecu_config();
  can_frame_t frame;
  config.guard_us = 400;
  start_with(&config);
  send_first(255);
  for (uint32_t n = 1; n <= 36; n++) { /* past the wrap of the sequence */
    uint32_t late_us = n * 150; /* flow control comes within the pause, at last at its end */
    pass(late_us);
    give("7E4#300105");
    if (n > 1 && late_us < 5400) {
      pass(5399 - late_us);
      sends(NULL);
      pass(1);
    }
    ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  }
  start_with(&config);
  send_first(20);
  give("7E4#300105");
  ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  pass(20 * MS); /* flow control came late: the pause has passed by itself */
  give("7E4#300105");
  ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  start_with(&config);
  send_first(20);
  give("7E4#300000"); /* no pause asked for: none, not even the guard */
  ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
}
END_TEST

START_TEST(case_14_a_reserved_flow_status_ends_the_message) {
  for (uint32_t status = 3; status <= 15; status++) {
    char flow[32];
    sprintf(flow, "7E4#3%X0000", status);
    start();
    send_first(20);
    give(flow);
    ck_assert(!isotp_is_sending(&ecu));
    sends(NULL);
    ck_assert_uint_eq(ecu.tx.result, ISOTP_INVALID_FS);
    counts(ISOTP_INVALID_FS, 1);
  }
}
END_TEST

START_TEST(case_15_wait_restarts_the_timer_so_often_as_allowed) {
  send_first(34);
  for (uint32_t i = 0; i < 3; i++) {
    pass(SECOND - 1);
    give("7E4#310000");
    ck_assert(isotp_is_sending(&ecu));
    sends(NULL);
  }
  pass(SECOND - 1);
  give("7E4#300100");
  sends("7EC#212D343B42495057");
  for (uint32_t i = 0; i < 3; i++) give("7E4#310000"); /* counted anew in each block */
  ck_assert(isotp_is_sending(&ecu));
  give("7E4#310000");
  ck_assert(!isotp_is_sending(&ecu));
  sends(NULL);
  ck_assert_uint_eq(ecu.tx.result, ISOTP_WAIT_OVERRUN);
  counts(ISOTP_WAIT_OVERRUN, 1);
  start();
  ecu.config.wait_max = 0;
  send_first(20);
  give("7E4#310000");
  ck_assert_uint_eq(ecu.tx.result, ISOTP_WAIT_OVERRUN);
}
END_TEST

START_TEST(case_16_overflow_ends_the_message) {
  send_first(20);
  give("7E4#320000");
  ck_assert(!isotp_is_sending(&ecu));
  sends(NULL);
  ck_assert_uint_eq(ecu.tx.result, ISOTP_OVERFLOW);
  send_pattern(3); /* and the next one may go */
  sends("7EC#03030A1100000000");
}
END_TEST

START_TEST(case_17_without_flow_control_the_message_ends_and_the_caller_knows) {
  send_first(20);
  pass(SECOND - 1);
  ck_assert(isotp_is_sending(&ecu));
  pass(1);
  ck_assert(!isotp_is_sending(&ecu));
  ck_assert_uint_eq(ecu.tx.result, ISOTP_TIMEOUT_BS);
  counts(ISOTP_TIMEOUT_BS, 1);
  give("7E4#300000");
  sends(NULL);
  start(); /* the same after a block, whatever pause was asked for */
  send_first(20);
  give("7E4#30017F");
  sends("7EC#212D343B42495057");
  pass(SECOND - 1);
  ck_assert(isotp_is_sending(&ecu));
  pass(1);
  ck_assert(!isotp_is_sending(&ecu));
  ck_assert_uint_eq(ecu.tx.result, ISOTP_TIMEOUT_BS);
}
END_TEST

START_TEST(a_frame_that_nobody_takes_ends_the_message) {
  send_pattern(20); /* N_As of the first frame */
  pass(SECOND - 1);
  ck_assert(isotp_is_sending(&ecu));
  pass(1);
  ck_assert_uint_eq(ecu.tx.result, ISOTP_TIMEOUT_A);
  send_pattern(3); /* of a single one */
  pass(SECOND);
  sends(NULL);
  counts(ISOTP_TIMEOUT_A, 2);
  send_first(20); /* of a consecutive one, from when it was due */
  give("7E4#30007F");
  sends("7EC#212D343B42495057");
  pass(127 * MS + SECOND - 1);
  ck_assert(isotp_is_sending(&ecu));
  pass(1);
  ck_assert_uint_eq(ecu.tx.result, ISOTP_TIMEOUT_A);
  counts(ISOTP_TIMEOUT_A, 3);
}
END_TEST

static void start_confirmed(void) {
  isotp_config_t config = ecu_config();
  config.confirms = 1;
  start_with(&config);
}

START_TEST(case_12_a_pause_counts_from_when_the_frame_had_passed) {
  start_confirmed();
  send_pattern(20);
  sends("7EC#1014030A11181F26");
  isotp_confirm(&ecu, now_us);
  give("7E4#30000A");
  sends("7EC#212D343B42495057");
  pass(8 * MS); /* it waits for the bus */
  sends(NULL);
  isotp_confirm(&ecu, now_us);
  pass(10 * MS - 1);
  sends(NULL);
  pass(1);
  sends("7EC#225E656C737A8188");
  ck_assert(isotp_is_sending(&ecu));
  counts(ISOTP_DONE, 0);
  isotp_confirm(&ecu, now_us); /* only now is it sent */
  ck_assert(!isotp_is_sending(&ecu));
  counts(ISOTP_DONE, 1);
  isotp_confirm(&ecu, now_us);
  counts(ISOTP_DONE, 1);
  ck_assert(!ecu.is_active);
}
END_TEST

START_TEST(case_17_without_flow_control_counts_from_when_the_frame_had_passed) {
  start_confirmed();
  send_pattern(20);
  sends("7EC#1014030A11181F26");
  pass(600 * MS);
  isotp_confirm(&ecu, now_us);
  pass(SECOND - 1);
  ck_assert(isotp_is_sending(&ecu));
  pass(1);
  ck_assert_uint_eq(ecu.tx.result, ISOTP_TIMEOUT_BS);
  give("7E4#1014AABBCCDDEEFF"); /* N_Cr the same */
  sends("7EC#3000000000000000");
  pass(600 * MS);
  isotp_confirm(&ecu, now_us);
  pass(SECOND - 1);
  ck_assert(isotp_is_receiving(&ecu));
  pass(1);
  ck_assert_uint_eq(ecu.rx.result, ISOTP_TIMEOUT_CR);
}
END_TEST

START_TEST(a_frame_that_does_not_pass_ends_the_message) {
  static const char *const frame[] = {"7EC#1014030A11181F26", "7EC#212D343B42495057",
                                      "7EC#225E656C737A8188"};
  for (uint32_t stuck = 0; stuck < 3; stuck++) {
    start_confirmed();
    send_pattern(20);
    for (uint32_t i = 0; i <= stuck; i++) {
      if (i == 1) give("7E4#300005");
      if (i == 2) pass(5 * MS);
      sends(frame[i]);
      if (i < stuck) isotp_confirm(&ecu, now_us);
    }
    pass(SECOND - 1);
    ck_assert(isotp_is_sending(&ecu));
    sends(NULL);
    pass(1);
    ck_assert(!isotp_is_sending(&ecu));
    ck_assert_uint_eq(ecu.tx.result, ISOTP_TIMEOUT_A);
    ck_assert(!ecu.is_active);
    isotp_confirm(&ecu, now_us); /* in vain */
    counts(ISOTP_DONE, 0);
  }
  start_confirmed(); /* flow control, granted and refused */
  give("7E4#1014AABBCCDDEEFF");
  sends("7EC#3000000000000000");
  pass(SECOND - 1);
  ck_assert(isotp_is_receiving(&ecu));
  pass(1);
  ck_assert_uint_eq(ecu.rx.result, ISOTP_TIMEOUT_A);
  ck_assert(!ecu.is_active);
  give("7E4#1FFFAABBCCDDEEFF");
  sends("7EC#3200000000000000");
  pass(SECOND - 1);
  ck_assert(ecu.is_active);
  pass(1);
  ck_assert(!ecu.is_active);
}
END_TEST

/// The answer may be there before anybody has looked whether the frame had passed.
START_TEST(the_peer_may_be_faster_than_the_confirmation) {
  start_confirmed();
  send_pattern(20);
  sends("7EC#1014030A11181F26");
  give("7E4#30000A");
  sends(NULL);
  isotp_confirm(&ecu, now_us);
  sends("7EC#212D343B42495057"); /* no pause before the first */
  give("7E4#1009AABBCCDDEEFF");
  isotp_confirm(&ecu, now_us);
  sends("7EC#3000000000000000");
  give("7E4#21112233");
  has("AABBCCDDEEFF112233");
  sends(NULL);
  isotp_confirm(&ecu, now_us);
  pass(10 * MS);
  sends("7EC#225E656C737A8188");
  give("7E4#1009AABBCCDDEEFF"); /* the message's frame is out: its fate is not the reception's */
  give("7E4#013E");
  ck_assert(isotp_is_sending(&ecu));
  isotp_confirm(&ecu, now_us);
  ck_assert_uint_eq(ecu.tx.result, ISOTP_DONE);
}
END_TEST

START_TEST(no_message_takes_longer_than_allowed) {
  isotp_config_t config = ecu_config();
  can_frame_t frame;
  config.total_us = 3 * SECOND;
  start_with(&config);
  uint32_t began_us = now_us;
  send_first(255);
  while (isotp_is_sending(&ecu)) { /* the slowest peer that is allowed */
    pass(127 * MS);
    give("7E4#30017F");
    (void)isotp_poll_tx(&ecu, &frame, now_us);
  }
  ck_assert_uint_eq(ecu.tx.result, ISOTP_TIMEOUT_TOTAL);
  ck_assert_uint_le(now_us - began_us, 3 * SECOND + 127 * MS);
  ck_assert_uint_ge(now_us - began_us, 3 * SECOND);
  began_us = now_us;
  give("7E4#10FF030A11181F26");
  sends("7EC#3000000000000000");
  for (uint32_t n = 1; isotp_is_receiving(&ecu); n++) {
    pass(SECOND - 1);
    give_next(6 + (n - 1) * 7, n);
  }
  ck_assert_uint_eq(ecu.rx.result, ISOTP_TIMEOUT_TOTAL);
  ck_assert_uint_le(now_us - began_us, 4 * SECOND);
  counts(ISOTP_TIMEOUT_TOTAL, 2);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("isotp_send");
  TCase *tests = tcase_create("sending");
  tcase_add_checked_fixture(tests, start, NULL);
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, case_04_sent_single_frames_use_the_shortest_legal_frame);
  tcase_add_test(tests, case_10_11_sent_blocks_wait_for_flow_control);
  tcase_add_loop_test(tests, case_12_13_every_st_min_is_kept, 0, 2);
  tcase_add_test(tests, case_12_st_min_holds_across_blocks_and_with_its_guard);
  tcase_add_test(tests, case_14_a_reserved_flow_status_ends_the_message);
  tcase_add_test(tests, case_15_wait_restarts_the_timer_so_often_as_allowed);
  tcase_add_test(tests, case_16_overflow_ends_the_message);
  tcase_add_test(tests, case_17_without_flow_control_the_message_ends_and_the_caller_knows);
  tcase_add_test(tests, a_frame_that_nobody_takes_ends_the_message);
  tcase_add_test(tests, case_12_a_pause_counts_from_when_the_frame_had_passed);
  tcase_add_test(tests, case_17_without_flow_control_counts_from_when_the_frame_had_passed);
  tcase_add_test(tests, a_frame_that_does_not_pass_ends_the_message);
  tcase_add_test(tests, the_peer_may_be_faster_than_the_confirmation);
  tcase_add_test(tests, no_message_takes_longer_than_allowed);
  suite_add_tcase(suite, tests);
  return suite;
}
