/// ISO-TP received: the conformance cases 1 to 11 and 18 to 24 by their numbers.
#include "isotp_rig.h"

Suite *test_suite(void);

START_TEST(case_01_single_frame_of_1_to_7_bytes) {
  static const char *const sent[] = {
      "7E4#013E",         "7E4#022101",         "7E4#03AABBCC",        "7E4#04AABBCCDD",
      "7E4#05AABBCCDDEE", "7E4#06AABBCCDDEEFF", "7E4#07AABBCCDDEEFF11"};
  static const char *const got[] = {"3E",         "2101",         "AABBCC",        "AABBCCDD",
                                    "AABBCCDDEE", "AABBCCDDEEFF", "AABBCCDDEEFF11"};
  for (uint32_t i = 0; i < 7; i++) {
    ck_assert_int_eq(give(sent[i]), 1);
    has(got[i]);
    has("");
    sends(NULL);
  }
  counts(ISOTP_DONE, 7);
}
END_TEST

START_TEST(case_02_single_frame_of_length_0_is_ignored) {
  give("7E4#00");
  give("7E4#0011223344556677");
  has("");
  counts(ISOTP_IGNORED, 2);
}
END_TEST

START_TEST(case_03_single_frame_longer_than_its_frame_is_ignored) {
  give("7E4#03AABB");
  give("7E4#08AABBCCDDEEFF11");
  give("7E4#0FAABBCCDDEEFF11");
  give("7E4#01");
  has("");
  counts(ISOTP_IGNORED, 4);
  ck_assert_int_eq(give("7E4#"), 0);
}
END_TEST

START_TEST(case_04_single_frame_of_8_and_more_needs_a_long_frame) {
  start_fd(64);
  give_fd("00081122334455667788", 12);
  has("1122334455667788");
  give_fd("000A112233445566778899AA", 12);
  has("112233445566778899AA");
  give_fd("0007112233445566", 12); /* 7 fit the short form */
  give_fd("000B112233445566778899AA", 12); /* 11 do not fit behind two bytes of 12 */
  give_fd("08081122334455667788", 12); /* both lengths */
  give_fd("003F11", 64);
  has("");
  counts(ISOTP_IGNORED, 4);
  give_fd("023E80", 8);
  has("3E80");
  give("7E4#0211AA"); /* a classic frame on the same connection */
  has("11AA");
  start(); /* and none of it without FD */
  ck_assert_int_eq(give_fd("00081122334455667788", 12), 0);
  give("7E4#0008112233445566");
  has("");
  counts(ISOTP_IGNORED, 1);
}
END_TEST

START_TEST(case_05_first_frame_of_8_and_more) {
  for (uint32_t bytes = 8; bytes <= ISOTP_BYTES_MAX; bytes++) {
    start();
    can_frame_t first = {.id = 0x7E4, .len = 8};
    first.data[0] = (uint8_t)(0x10 | bytes >> 8);
    first.data[1] = (uint8_t)bytes;
    for (uint32_t i = 0; i < 6; i++) first.data[2 + i] = pattern(i);
    isotp_receive(&ecu, &first, now_us);
    ck_assert(isotp_is_receiving(&ecu));
    sends("7EC#3000000000000000");
    sends(NULL);
    uint32_t sequence = 1;
    for (uint32_t at = 6; at < bytes; at += 7) {
      ck_assert(isotp_is_receiving(&ecu));
      give_next(at, sequence++);
      sends(NULL);
    }
    ck_assert(!isotp_is_receiving(&ecu));
    uint32_t byte_count;
    int is_functional;
    const uint8_t *data = isotp_received(&ecu, &byte_count, &is_functional);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(byte_count, bytes);
    ck_assert_int_eq(is_functional, 0);
    for (uint32_t i = 0; i < bytes; i++) ck_assert_uint_eq(data[i], pattern(i));
    isotp_release(&ecu);
    has("");
  }
}
END_TEST

START_TEST(case_06_first_frame_that_a_single_one_could_hold_is_ignored) {
  give("7E4#1007AABBCCDDEEFF");
  give("7E4#1001AABBCCDDEEFF");
  give("7E4#1008AABBCCDDEE"); /* a first frame is full */
  sends(NULL);
  counts(ISOTP_IGNORED, 3);
  start_fd(64);
  give_fd("103E", 64);
  give_fd("100A", 12);
  sends(NULL);
  counts(ISOTP_IGNORED, 2);
  give_fd("103F", 64);
  ck_assert(isotp_is_receiving(&ecu));
  give_fd("100B", 12); /* another one instead: the first does not fit any more */
  ck_assert(isotp_is_receiving(&ecu));
  counts(ISOTP_UNEXPECTED, 1);
}
END_TEST

START_TEST(case_07_too_long_for_the_buffer_is_answered_with_overflow) {
  isotp_config_t config = ecu_config();
  give("7E4#1101AABBCCDDEEFF"); /* 257 */
  ck_assert(!isotp_is_receiving(&ecu));
  sends("7EC#3200000000000000");
  sends(NULL);
  give_next(6, 1);
  has("");
  counts(ISOTP_OVERFLOW, 1);
  give("7E4#1FFFAABBCCDDEEFF");
  sends("7EC#3200000000000000");
  config.rx_bytes_max = 20;
  start_with(&config);
  give("7E4#1015AABBCCDDEEFF");
  sends("7EC#3200000000000000");
  give("7E4#1014AABBCCDDEEFF");
  sends("7EC#3000000000000000");
  start_fd(64); /* a single frame longer than the buffer has nobody to tell */
  ecu.config.rx_bytes_max = 20;
  give_fd("0015", 24);
  has("");
  sends(NULL);
  counts(ISOTP_OVERFLOW, 1);
  give_fd("00140102030405060708090A0B0C0D0E0F1011121314", 24); /* one that just fits */
  has("0102030405060708090A0B0C0D0E0F1011121314");
  counts(ISOTP_OVERFLOW, 1);
}
END_TEST

START_TEST(case_08_first_frame_with_32_bit_length) {
  give("7E4#1000000010000102"); /* 4096 is legal, and too long */
  sends("7EC#3200000000000000");
  give("7E4#1000FFFFFFFF0102");
  sends("7EC#3200000000000000");
  give("7E4#100000000FFF0102"); /* 4095 has the short form */
  give("7E4#1000000000200102");
  give("7E4#1000000000000102");
  sends(NULL);
  ck_assert(!isotp_is_receiving(&ecu));
  counts(ISOTP_OVERFLOW, 2);
  counts(ISOTP_IGNORED, 3);
}
END_TEST

START_TEST(case_09_flow_control_is_there_at_once) {
  give("7E4#1014AABBCCDDEEFF");
  sends("7EC#3000000000000000");
  start();
  give("7E4#1014AABBCCDDEEFF");
  pass(SECOND - 1);
  ck_assert(isotp_is_receiving(&ecu));
  pass(1); /* nobody could send it: N_Ar */
  ck_assert(!isotp_is_receiving(&ecu));
  sends(NULL);
  counts(ISOTP_TIMEOUT_A, 1);
  ck_assert_uint_eq(ecu.rx.result, ISOTP_TIMEOUT_A);
  give("7E4#1FFFAABBCCDDEEFF"); /* the same for a refusal */
  pass(SECOND);
  sends(NULL);
  counts(ISOTP_TIMEOUT_A, 1);
}
END_TEST

/// Gives all of a message of 90 bytes; flow control, as asked for, is seen after each block.
static void receive_blocks(uint32_t block_size) {
  isotp_config_t config = ecu_config();
  char flow[32];
  config.block_size = (uint8_t)block_size;
  config.st_min_raw = 0xF3;
  start_with(&config);
  sprintf(flow, "7EC#30%02XF30000000000", block_size);
  give("7E4#105A030A11181F26");
  sends(flow);
  for (uint32_t n = 1; n <= 12; n++) {
    give_next(6 + (n - 1) * 7, n);
    sends(n < 12 && block_size != 0 && n % block_size == 0 ? flow : NULL);
  }
  uint32_t byte_count;
  int is_functional;
  const uint8_t *data = isotp_received(&ecu, &byte_count, &is_functional);
  ck_assert_ptr_nonnull(data);
  for (uint32_t i = 0; i < 90; i++) ck_assert_uint_eq(data[i], pattern(i));
  ck_assert_uint_eq(byte_count, 90);
}

START_TEST(case_10_block_size_0_asks_only_once) { receive_blocks(0); }
END_TEST

START_TEST(case_11_flow_control_after_each_block) {
  for (uint32_t block_size = 1; block_size <= 13; block_size++) receive_blocks(block_size);
}
END_TEST

START_TEST(case_11_frames_that_do_not_wait_for_flow_control_are_not_taken) {
  isotp_config_t config = ecu_config();
  config.block_size = 1;
  start_with(&config);
  give("7E4#105A030A11181F26");
  give_next(6, 1);
  sends("7EC#3001000000000000");
  give_next(6, 1);
  give_next(13, 2); /* flow control is due */
  sends("7EC#3001000000000000");
  give_next(13, 2);
  sends("7EC#3001000000000000");
  ck_assert(isotp_is_receiving(&ecu));
  counts(ISOTP_IGNORED, 2);
}
END_TEST

START_TEST(case_18_a_missing_consecutive_frame_ends_the_reception) {
  give("7E4#1014AABBCCDDEEFF");
  pass(500 * MS);
  sends("7EC#3000000000000000"); /* N_Cr begins here */
  pass(SECOND - 1);
  ck_assert(isotp_is_receiving(&ecu));
  give_next(6, 1);
  pass(SECOND - 1);
  ck_assert(isotp_is_receiving(&ecu));
  now_us++; /* the frame comes, but too late: the timer is looked at first */
  give_next(13, 2);
  ck_assert(!isotp_is_receiving(&ecu));
  has("");
  counts(ISOTP_TIMEOUT_CR, 1);
  counts(ISOTP_IGNORED, 1);
  ck_assert_uint_eq(ecu.rx.result, ISOTP_TIMEOUT_CR);
}
END_TEST

START_TEST(case_19_a_wrong_sequence_number_ends_the_reception) {
  static const uint32_t wrong[] = {0, 1, 3, 15};
  for (uint32_t i = 0; i < 4; i++) {
    start();
    give("7E4#1020AABBCCDDEEFF");
    sends("7EC#3000000000000000");
    give_next(6, 1);
    give_next(13, wrong[i]);
    ck_assert(!isotp_is_receiving(&ecu));
    give_next(13, 2);
    has("");
    sends(NULL);
    counts(ISOTP_WRONG_SN, 1);
    counts(ISOTP_IGNORED, 1);
    ck_assert_uint_eq(ecu.rx.result, ISOTP_WRONG_SN);
  }
}
END_TEST

START_TEST(case_20_sequence_numbers_wrap) {
  can_frame_t frame;
  give("7E4#10FF030A11181F26");
  sends("7EC#3000000000000000");
  for (uint32_t n = 1; n <= 36; n++) give_next(6 + (n - 1) * 7, n);
  ck_assert_uint_eq(ecu.count[ISOTP_DONE], 1);
  send_pattern(255);
  ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  give("7E4#300000");
  for (uint32_t n = 1; n <= 36; n++) {
    ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
    ck_assert_uint_eq(frame.data[0], 0x20 | n % 16);
    ck_assert_uint_eq(frame.data[1], pattern(6 + (n - 1) * 7));
  }
  ck_assert(!isotp_is_sending(&ecu));
}
END_TEST

START_TEST(case_21_consecutive_and_flow_frames_out_of_the_blue_are_ignored) {
  give("7E4#2101020304050607");
  give("7E4#300000");
  give("7E4#320000");
  give("7E4#3F0000");
  give("7E4#4011223344556677"); /* kinds that do not exist */
  give("7E4#F011223344556677");
  has("");
  sends(NULL);
  ck_assert(!ecu.is_active);
  counts(ISOTP_IGNORED, 6);
  send_pattern(20); /* flow control before the first frame went */
  give("7E4#320000");
  ck_assert(isotp_is_sending(&ecu));
  sends("7EC#1014030A11181F26");
  give("7E4#3000"); /* too short */
  sends(NULL);
  give("7E4#300000");
  sends("7EC#212D343B42495057");
  give("7E4#320000"); /* none is expected: not even this one has an effect */
  sends("7EC#225E656C737A8188");
  ck_assert_uint_eq(ecu.tx.result, ISOTP_DONE);
  counts(ISOTP_IGNORED, 9);
}
END_TEST

START_TEST(case_22_a_new_message_replaces_the_one_under_way) {
  give("7E4#1020AABBCCDDEEFF");
  sends("7EC#3000000000000000");
  give_next(6, 1);
  give("7E4#023E00");
  has("3E00");
  ck_assert_uint_eq(ecu.rx.state, 0);
  counts(ISOTP_UNEXPECTED, 1);
  give("7E4#1020AABBCCDDEEFF");
  sends("7EC#3000000000000000");
  give_next(6, 1);
  give("7E4#1009010203040506");
  sends("7EC#3000000000000000");
  give("7E4#2107080955555555");
  has("010203040506070809");
  counts(ISOTP_UNEXPECTED, 2);
  give("7E4#1020AABBCCDDEEFF"); /* what is not valid replaces nothing */
  sends("7EC#3000000000000000");
  give("7E4#00");
  give("7E4#1007AABBCCDDEEFF");
  ck_assert(isotp_is_receiving(&ecu));
  counts(ISOTP_UNEXPECTED, 2);
  give("7E4#1FFFAABBCCDDEEFF"); /* too long replaces it, too */
  ck_assert(!isotp_is_receiving(&ecu));
  sends("7EC#3200000000000000");
  counts(ISOTP_UNEXPECTED, 3);
}
END_TEST

START_TEST(case_23_both_directions_at_once) {
  send_pattern(20);
  give("7E4#1014AABBCCDDEEFF");
  sends("7EC#3000000000000000"); /* flow control first: the peer waits */
  sends("7EC#1014030A11181F26");
  give("7E4#2101020304050607");
  give("7E4#300000");
  sends("7EC#212D343B42495057");
  give("7E4#22A1A2A3A4A5A6A7");
  has("AABBCCDDEEFF01020304050607A1A2A3A4A5A6A7");
  sends("7EC#225E656C737A8188");
  sends(NULL);
  counts(ISOTP_DONE, 2);
}
END_TEST

START_TEST(case_24_functional_requests_are_single_frames) {
  give("7DF#1014AABBCCDDEEFF");
  give("7DF#2101020304050607");
  give("7DF#300000");
  sends(NULL);
  counts(ISOTP_IGNORED, 3);
  give("7DF#023E00");
  uint32_t byte_count;
  int is_functional;
  const uint8_t *data = isotp_received(&ecu, &byte_count, &is_functional);
  ck_assert_ptr_nonnull(data);
  ck_assert_int_eq(is_functional, 1);
  ck_assert_uint_eq(byte_count, 2);
  ck_assert_uint_eq(data[0], 0x3E);
  isotp_release(&ecu);
  has("");
}
END_TEST

START_TEST(case_24_a_functional_request_disturbs_no_reception) {
  give("7E4#1009AABBCCDDEEFF");
  sends("7EC#3000000000000000");
  give("7DF#023E80");
  give("7DF#021003"); /* the first is still there: this one is lost */
  counts(ISOTP_UNEXPECTED, 1);
  give("7E4#21112233");
  has("3E80"); /* the functional one first */
  has("AABBCCDDEEFF112233");
  has("");
  give("7DF#021003");
  has("1003");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("isotp");
  TCase *tests = tcase_create("receiving");
  tcase_add_checked_fixture(tests, start, NULL);
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, case_01_single_frame_of_1_to_7_bytes);
  tcase_add_test(tests, case_02_single_frame_of_length_0_is_ignored);
  tcase_add_test(tests, case_03_single_frame_longer_than_its_frame_is_ignored);
  tcase_add_test(tests, case_04_single_frame_of_8_and_more_needs_a_long_frame);
  tcase_add_test(tests, case_05_first_frame_of_8_and_more);
  tcase_add_test(tests, case_06_first_frame_that_a_single_one_could_hold_is_ignored);
  tcase_add_test(tests, case_07_too_long_for_the_buffer_is_answered_with_overflow);
  tcase_add_test(tests, case_08_first_frame_with_32_bit_length);
  tcase_add_test(tests, case_09_flow_control_is_there_at_once);
  tcase_add_test(tests, case_10_block_size_0_asks_only_once);
  tcase_add_test(tests, case_11_flow_control_after_each_block);
  tcase_add_test(tests, case_11_frames_that_do_not_wait_for_flow_control_are_not_taken);
  tcase_add_test(tests, case_18_a_missing_consecutive_frame_ends_the_reception);
  tcase_add_test(tests, case_19_a_wrong_sequence_number_ends_the_reception);
  tcase_add_test(tests, case_20_sequence_numbers_wrap);
  tcase_add_test(tests, case_21_consecutive_and_flow_frames_out_of_the_blue_are_ignored);
  tcase_add_test(tests, case_22_a_new_message_replaces_the_one_under_way);
  tcase_add_test(tests, case_23_both_directions_at_once);
  tcase_add_test(tests, case_24_functional_requests_are_single_frames);
  tcase_add_test(tests, case_24_a_functional_request_disturbs_no_reception);
  suite_add_tcase(suite, tests);
  return suite;
}
