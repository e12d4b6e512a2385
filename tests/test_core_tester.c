/// The tester's connection inside of the core: when it hears, when it sends, and when it does not.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/comm_diag.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;
static can_frame_t reply; ///< the last to the tester
static uint32_t reply_count, others_beside, last_ms;

static void start(void) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  rig_run(&rig, 300);
  reply_count = others_beside = 0;
}

static void run(uint32_t ms) {
  for (uint32_t i = 0; i < ms; i++) {
    rig_tick(&rig);
    for (uint32_t f = 0; f < rig.out.can_tx_count; f++) {
      if (rig.out.can_tx[f].id != COMM_DIAG_REPLY_ID) continue;
      ck_assert(reply_count == 0 || rig.tick - last_ms >= COMM_DIAG_EVERY_ms);
      reply = rig.out.can_tx[f];
      last_ms = rig.tick;
      reply_count++;
      others_beside += rig.out.can_tx_count - 1u;
    }
  }
}

static void ask(uint32_t id, const char *octets, uint32_t count) {
  memset(&rig.tester, 0, sizeof rig.tester);
  rig.tester.id = id;
  rig.tester.len = 8;
  memcpy(rig.tester.data, octets, count);
  rig.tester_asks = 1;
}

static void replies(const char *octets) {
  ck_assert_uint_eq(reply.len, 8);
  ck_assert_uint_eq(reply.flags, 0);
  ck_assert_mem_eq(reply.data, octets, 8);
}

START_TEST(a_service_that_is_none_is_refused_to_one_but_not_to_all) {
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  run(50);
  ck_assert_uint_eq(reply_count, 1);
  replies("\x03\x7F\x27\x11\0\0\0\0");
  ask(COMM_DIAG_ALL_ID, "\x02\x27\x01", 3);
  run(100);
  ck_assert_uint_eq(reply_count, 1);
}
END_TEST

START_TEST(a_request_of_several_frames_is_granted_in_blocks) {
  ask(COMM_DIAG_REQUEST_ID, "\x10\x50\x27\1\1\1\1\1", 8); /* 80 bytes: 11 more frames */
  run(50);
  ck_assert_uint_eq(reply_count, 1);
  replies("\x30\x08\x02\0\0\0\0\0");
  for (char n = 1; n <= 11; n++) {
    const char next[] = {(char)(0x20 | n), 2, 2, 2, 2, 2, 2, 2};
    ask(COMM_DIAG_REQUEST_ID, next, 8);
    run(20);
    ck_assert_uint_eq(reply_count, n < 8 ? 1 : n < 11 ? 2 : 3);
    if (n == 8) replies("\x30\x08\x02\0\0\0\0\0");
  }
  replies("\x03\x7F\x27\x11\0\0\0\0");
  ck_assert_uint_eq(others_beside, 0);
}
END_TEST

/// Whatever phase of the cyclic frames: a reply never goes out beside another frame.
START_TEST(replies_stand_back_behind_all_other_frames) {
  for (uint32_t phase = 0; phase < 100; phase++) {
    ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
    run(51);
    ck_assert_uint_eq(reply_count, phase + 1);
  }
  ck_assert_uint_eq(others_beside, 0);
  ck_assert_uint_eq(rig.bms.comm.tx_drop_count, 0);
}
END_TEST

START_TEST(a_long_reply_takes_its_time) {
  ask(COMM_DIAG_REQUEST_ID, "\x02\x21\x01", 3);
  while (reply_count == 0) run(1);
  uint32_t phase = last_ms % COMM_DIAG_EVERY_ms;
  ask(COMM_DIAG_REQUEST_ID, "\x30\0\0", 3);
  for (uint32_t count = 1; count < 9;) { /* as fast as it may; run looks at the distance */
    run(1);
    if (reply_count == count) continue;
    count = reply_count;
    ck_assert_uint_eq(last_ms % COMM_DIAG_EVERY_ms, phase);
    ck_assert_uint_lt(rig.tick, 5000);
  }
  ck_assert_uint_eq(reply.data[0], 0x28);
  ck_assert_uint_eq(others_beside, 0);
}
END_TEST

START_TEST(nothing_is_added_to_frames_that_wait) {
  rig.in.can_tx_waiting = 1;
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  run(900);
  ck_assert_uint_eq(reply_count, 0);
  rig.in.can_tx_waiting = 0;
  run(20);
  ck_assert_uint_eq(reply_count, 1);
  ck_assert(!isotp_is_sending(&rig.bms.diag_link));
  rig.in.can_tx_waiting = 1;
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  run(1100); /* N_As: too late for anybody */
  rig.in.can_tx_waiting = 0;
  run(100);
  ck_assert_uint_eq(reply_count, 1);
  ck_assert_uint_eq(rig.bms.diag_link.tx.result, ISOTP_TIMEOUT_A);
}
END_TEST

/// A frame that the controller keeps has not passed: the message ends after N_As.
START_TEST(a_frame_that_does_not_leave_the_controller_ends_its_message) {
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  while (reply_count == 0) run(1);
  rig.in.can_tx_waiting = 1;
  run(980);
  ck_assert(isotp_is_sending(&rig.bms.diag_link));
  run(40);
  ck_assert(!isotp_is_sending(&rig.bms.diag_link));
  ck_assert_uint_eq(rig.bms.diag_link.tx.result, ISOTP_TIMEOUT_A);
}
END_TEST

START_TEST(nothing_is_sent_or_confirmed_off_the_bus) {
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  while (reply_count == 0) run(1);
  rig.in.can_bus_state = 2;
  run(20);
  ck_assert(isotp_is_sending(&rig.bms.diag_link));
  rig.in.can_bus_state = 0;
  run(20);
  ck_assert(!isotp_is_sending(&rig.bms.diag_link));
  rig.in.can_bus_state = 2;
  run(1);
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  run(100);
  ck_assert_uint_eq(reply_count, 1);
  rig.in.can_bus_state = 0;
  run(20);
  ck_assert_uint_eq(reply_count, 2);
}
END_TEST

START_TEST(asleep_it_is_deaf_and_forgets) {
  rig.in.digital &= (uint16_t)~BMS_DI_IGNITION;
  rig.vcm_is_silent = 1;
  run(500); /* nobody asks for anything any more */
  ask(COMM_DIAG_REQUEST_ID, "\x10\x14\x27\1\1\1\1\1", 8);
  run(20);
  ck_assert(isotp_is_receiving(&rig.bms.diag_link));
  rig.bms.state = BMS_STATE_SLEEP;
  run(20);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_SLEEP);
  ck_assert(!isotp_is_receiving(&rig.bms.diag_link));
  reply_count = 0;
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  run(100);
  ck_assert(!rig.bms.diag_link.is_active);
  rig.in.digital |= BMS_DI_IGNITION;
  run(100);
  ck_assert_uint_ne(rig.bms.state, BMS_STATE_SLEEP);
  ck_assert_uint_eq(reply_count, 0);
}
END_TEST

START_TEST(it_answers_in_fd_frames_whom_it_hears_in_them) {
  bms_config_t config = *bms_config_soul_ev();
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  config.can_is_fd = 1;
  bms_init(&rig.bms, &config, &boot);
  rig_run(&rig, 300);
  reply_count = 0;
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  run(60);
  ck_assert_uint_eq(reply_count, 1);
  replies("\x03\x7F\x27\x11\0\0\0\0");
  ask(COMM_DIAG_REQUEST_ID, "\x02\x27\x01", 3);
  rig.tester.flags = CAN_FRAME_FD;
  run(60);
  ck_assert_uint_eq(reply_count, 2);
  ck_assert_uint_eq(reply.flags, CAN_FRAME_FD | CAN_FRAME_BRS);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_tester");
  TCase *tests = tcase_create("tester");
  tcase_add_checked_fixture(tests, start, NULL);
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, a_service_that_is_none_is_refused_to_one_but_not_to_all);
  tcase_add_test(tests, a_request_of_several_frames_is_granted_in_blocks);
  tcase_add_test(tests, replies_stand_back_behind_all_other_frames);
  tcase_add_test(tests, a_long_reply_takes_its_time);
  tcase_add_test(tests, nothing_is_added_to_frames_that_wait);
  tcase_add_test(tests, a_frame_that_does_not_leave_the_controller_ends_its_message);
  tcase_add_test(tests, nothing_is_sent_or_confirmed_off_the_bus);
  tcase_add_test(tests, asleep_it_is_deaf_and_forgets);
  tcase_add_test(tests, it_answers_in_fd_frames_whom_it_hears_in_them);
  suite_add_tcase(suite, tests);
  return suite;
}
