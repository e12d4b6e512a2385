/// ISO-TP: forms of frames, cases 25 to 28 and 50; the interface; two ends that talk.
#include "isotp_rig.h"

Suite *test_suite(void);

START_TEST(case_25_padding_as_configured) {
  isotp_config_t config = ecu_config();
  config.padding_raw = 0xAA;
  start_with(&config);
  send_pattern(2);
  sends("7EC#02030AAAAAAAAAAA");
  give("7E4#1014AABBCCDDEEFF");
  sends("7EC#300000AAAAAAAAAA");
  config.padding_raw = 0xCC;
  start_with(&config);
  send_pattern(9);
  sends("7EC#1009030A11181F26");
  give("7E4#300000");
  sends("7EC#212D343BCCCCCCCC");
  config.is_padded = 0;
  start_with(&config);
  send_pattern(2);
  sends("7EC#02030A");
  give("7E4#1014AABBCCDDEEFF");
  sends("7EC#300000");
  send_pattern(9);
  sends("7EC#1009030A11181F26");
  give("7E4#300000");
  sends("7EC#212D343B");
}
END_TEST

START_TEST(case_25_short_and_padded_frames_are_taken) {
  give("7E4#023E80");
  has("3E80");
  give("7E4#023E80CCCCCCCCCC");
  has("3E80");
  give("7E4#1009AABBCCDDEEFF");
  sends("7EC#3000000000000000");
  give("7E4#21112233"); /* the last frame may be short */
  has("AABBCCDDEEFF112233");
  give("7E4#1010AABBCCDDEEFF");
  sends("7EC#3000000000000000");
  give("7E4#21112233445566"); /* no other one may */
  counts(ISOTP_IGNORED, 1);
  give("7E4#2111223344556677");
  give("7E4#228899");
  counts(ISOTP_IGNORED, 2);
  give("7E4#228899AABB");
  has("AABBCCDDEEFF112233445566778899AA");
}
END_TEST

START_TEST(case_26_the_address_byte_is_respected) {
  isotp_config_t config = ecu_config();
  config.has_address = 1;
  config.rx_address = 0xF1;
  config.tx_address = 0x12;
  config.functional_address = 0xFE;
  start_with(&config);
  ck_assert_int_eq(give("7E4#F1023E80"), 1);
  has("3E80");
  ck_assert_int_eq(give("7E4#F2023E80"), 0);
  ck_assert_int_eq(give("7E4#023E80"), 0);
  ck_assert_int_eq(give("7E4#F1"), 0);
  ck_assert_int_eq(give("7DF#F1023E80"), 0);
  has("");
  ck_assert_int_eq(give("7DF#FE023E80"), 1);
  has("3E80");
  give("7E4#F107112233445566"); /* 7 do not fit */
  give("7E4#F106112233445566");
  has("112233445566");
  give("7E4#F11006AABBCCDDEE"); /* 6 fit a single frame, 7 do not */
  counts(ISOTP_IGNORED, 2);
  give("7E4#F11007AABBCCDDEE");
  sends("7EC#1230000000000000");
  give("7E4#F121FF1155555555");
  has("AABBCCDDEEFF11");
  send_pattern(6);
  sends("7EC#1206030A11181F26");
  send_pattern(7);
  sends("7EC#121007030A11181F");
  give("7E4#F1300000");
  sends("7EC#1221262D00000000");
  config.is_fd = 1;
  config.tx_dl = 64;
  start_with(&config);
  give_fd("F10007112233445566778899", 12); /* 7 need the long form here */
  has("11223344556677");
  give_fd("F1000611223344556677", 12);
  give_fd("F1103D", 64);
  has("");
  sends(NULL);
  counts(ISOTP_IGNORED, 2);
  give_fd("F1103E", 64);
  ck_assert(isotp_is_receiving(&ecu));
}
END_TEST

START_TEST(case_27_the_kind_of_id_is_respected) {
  isotp_config_t config = ecu_config();
  ck_assert_int_eq(give("000007E4#023E80"), 0);
  ck_assert_int_eq(give("000007DF#023E80"), 0);
  ck_assert_int_eq(give("7E4#R8"), 0);
  ck_assert_int_eq(give("7E5#023E80"), 0);
  ck_assert_int_eq(give("7EC#023E80"), 0); /* our own */
  can_frame_t error = {.id = 0x7E4, .flags = CAN_FRAME_ERROR, .len = 8, .data = {1, 0x3E}};
  ck_assert_int_eq(isotp_receive(&ecu, &error, now_us), 0);
  has("");
  config.id_is_extended = 1;
  config.rx_id = 0x18DA10F1;
  config.tx_id = 0x18DAF110;
  config.functional_id = 0x18DB33F1;
  start_with(&config);
  ck_assert_int_eq(give("18DA10F1#023E80"), 1);
  has("3E80");
  ck_assert_int_eq(give("18DB33F1#023E80"), 1);
  has("3E80");
  ck_assert_int_eq(give("0F1#023E80"), 0);
  send_pattern(2);
  sends("18DAF110#02030A0000000000");
}
END_TEST

START_TEST(case_28_two_connections_do_not_know_each_other) {
  isotp_config_t config = ecu_config();
  isotp_t other;
  config.rx_id = 0x7E5;
  config.tx_id = 0x7ED;
  config.functional_id = ISOTP_NO_ID;
  ck_assert_int_eq(isotp_init(&other, &config), ISOTP_OK);
  static const char *const sent[] = {"7E4#1009AABBCCDDEEFF", "7E5#1009010203040506",
                                     "7E5#2107080900000000", "7E4#2111223300000000"};
  for (uint32_t i = 0; i < 4; i++) {
    can_frame_t frame = frame_of(sent[i]), flow;
    int is_ecu = frame.id == 0x7E4;
    ck_assert_int_eq(isotp_receive(&ecu, &frame, now_us), is_ecu);
    ck_assert_int_eq(isotp_receive(&other, &frame, now_us), !is_ecu);
    if (i < 2) ck_assert_int_eq(isotp_poll_tx(is_ecu ? &ecu : &other, &flow, now_us), 1);
    if (i < 2) ck_assert_uint_eq(flow.id, is_ecu ? 0x7EC : 0x7ED);
  }
  uint32_t byte_count;
  int is_functional;
  has("AABBCCDDEEFF112233");
  const uint8_t *data = isotp_received(&other, &byte_count, &is_functional);
  ck_assert_ptr_nonnull(data);
  ck_assert_uint_eq(data[8], 9);
  can_frame_t all = frame_of("7DF#013E");
  ck_assert_int_eq(isotp_receive(&other, &all, now_us), 0);
}
END_TEST

START_TEST(case_50_a_request_during_the_reply_waits_for_its_turn) {
  send_first(20); /* the reply to an earlier request */
  give("7E4#022102");
  give("7E4#022103"); /* only one can wait */
  give("7E4#1014AABBCCDDEEFF");
  counts(ISOTP_UNEXPECTED, 2);
  sends("7EC#3200000000000000");
  give("7E4#300000");
  sends("7EC#212D343B42495057");
  sends("7EC#225E656C737A8188"); /* the reply is whole */
  has("2102");
  has("");
}
END_TEST

/* --- the rest of the interface --------------------------------------------------------------- */

START_TEST(configurations_that_are_none_are_refused) {
  isotp_config_t config = ecu_config();
  isotp_t link, before;
  memset(&link, 0x5A, sizeof link);
  before = link;
  static const uint8_t bad_dl[] = {0, 7, 9, 12, 64, 255}, bad_fd_dl[] = {0, 7, 9, 13, 25, 63, 65};
  for (uint32_t i = 0; i < sizeof bad_dl; i++) {
    config.tx_dl = bad_dl[i];
    ck_assert_int_eq(isotp_init(&link, &config), ISOTP_ERR_CONFIG);
  }
  config.is_fd = 1;
  for (uint32_t i = 0; i < sizeof bad_fd_dl; i++) {
    config.tx_dl = bad_fd_dl[i];
    ck_assert_int_eq(isotp_init(&link, &config), ISOTP_ERR_CONFIG);
  }
  config.tx_dl = 8;
  config.rx_id = 0x800;
  ck_assert_int_eq(isotp_init(&link, &config), ISOTP_ERR_CONFIG);
  config.rx_id = 0x7FF;
  config.tx_id = 0x800;
  ck_assert_int_eq(isotp_init(&link, &config), ISOTP_ERR_CONFIG);
  config.tx_id = 0x7FF;
  config.functional_id = 0x800;
  ck_assert_int_eq(isotp_init(&link, &config), ISOTP_ERR_CONFIG);
  config.functional_id = -2;
  ck_assert_int_eq(isotp_init(&link, &config), ISOTP_ERR_CONFIG);
  ck_assert_mem_eq(&link, &before, sizeof link);
  config.functional_id = 0x1FFFFFFF;
  config.id_is_extended = 1;
  config.rx_id = 0x20000000;
  ck_assert_int_eq(isotp_init(&link, &config), ISOTP_ERR_CONFIG);
  config.rx_id = 0x1FFFFFFF;
  for (uint8_t dl = 8; dl <= 24; dl = (uint8_t)(dl + 4)) {
    config.tx_dl = dl;
    ck_assert_int_eq(isotp_init(&link, &config), ISOTP_OK);
  }
  config.rx_bytes_max = ISOTP_BYTES_MAX + 1;
  ck_assert_int_eq(isotp_init(&link, &config), ISOTP_OK);
  ck_assert_uint_eq(link.config.rx_bytes_max, ISOTP_BYTES_MAX);
}
END_TEST

START_TEST(only_one_message_of_a_legal_length_is_sent_at_a_time) {
  uint8_t data[ISOTP_BYTES_MAX + 1] = {0};
  ck_assert_int_eq(isotp_send(&ecu, data, 0, now_us), ISOTP_ERR_LENGTH);
  ck_assert_int_eq(isotp_send(&ecu, data, ISOTP_BYTES_MAX + 1, now_us), ISOTP_ERR_LENGTH);
  ck_assert(!isotp_is_sending(&ecu));
  ck_assert_int_eq(isotp_send(&ecu, data, ISOTP_BYTES_MAX, now_us), ISOTP_OK);
  ck_assert_int_eq(isotp_send(&ecu, data, 1, now_us), ISOTP_ERR_BUSY);
  isotp_reset(&ecu);
  uint8_t *buffer = isotp_tx_buffer(&ecu);
  ck_assert_ptr_nonnull(buffer);
  buffer[0] = 0x7E;
  ck_assert_int_eq(isotp_send(&ecu, buffer, 1, now_us), ISOTP_OK);
  sends("7EC#017E000000000000");
}
END_TEST

START_TEST(a_reset_forgets_all_but_the_counters) {
  give("7DF#023E80");
  give("7E4#022101");
  send_first(20);
  isotp_reset(&ecu);
  has("");
  sends(NULL);
  ck_assert(!isotp_is_sending(&ecu));
  give("7E4#1014AABBCCDDEEFF");
  isotp_reset(&ecu);
  sends(NULL);
  ck_assert(!isotp_is_receiving(&ecu));
  counts(ISOTP_DONE, 2);
  isotp_release(&ecu); /* nothing to release: nothing happens */
  has("");
}
END_TEST

START_TEST(counters_end_at_their_maximum) {
  for (uint32_t i = 0; i < 70000; i++) give("7E4#00");
  counts(ISOTP_IGNORED, UINT16_MAX);
}
END_TEST

START_TEST(an_ecu_on_fd_answers_in_the_kind_of_frame_that_asked) {
  isotp_config_t config = ecu_config();
  can_frame_t frame;
  config.is_fd = config.is_brs = config.follows_peer = 1;
  config.tx_dl = 64;
  start_with(&config);
  give("7E4#022101");
  has("2101");
  send_pattern(20);
  sends("7EC#1014030A11181F26");
  give("7E4#300000");
  give_fd("021001", 8); /* asks meanwhile, in FD: what goes on is classic */
  sends("7EC#212D343B42495057");
  sends("7EC#225E656C737A8188");
  has("1001");
  send_pattern(20);
  ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  ck_assert_uint_eq(frame.flags, CAN_FRAME_FD | CAN_FRAME_BRS);
  ck_assert_uint_eq(frame.len, 24);
  give_fd("103F", 64);
  ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  ck_assert_uint_eq(frame.flags, CAN_FRAME_FD | CAN_FRAME_BRS);
  ck_assert_uint_eq(frame.data[0], 0x30);
}
END_TEST

/// Two ends and a clock: every length in every form arrives as it was sent.
static void talk(const isotp_config_t *tester_of, const isotp_config_t *ecu_of, uint32_t bytes) {
  isotp_t end[2];
  uint8_t data[ISOTP_BYTES_MAX];
  uint32_t byte_count, us = bytes * 977;
  int is_functional;
  const uint8_t *got = NULL;
  ck_assert_int_eq(isotp_init(&end[0], tester_of), ISOTP_OK);
  ck_assert_int_eq(isotp_init(&end[1], ecu_of), ISOTP_OK);
  for (uint32_t i = 0; i < bytes; i++) data[i] = (uint8_t)(pattern(i) ^ bytes);
  ck_assert_int_eq(isotp_send(&end[0], data, bytes, us), ISOTP_OK);
  for (uint32_t steps = 0; got == NULL; steps++) {
    can_frame_t frame;
    ck_assert_uint_lt(steps, 4000);
    for (uint32_t side = 0; side < 2; side++) {
      isotp_step(&end[side], us);
      if (isotp_poll_tx(&end[side], &frame, us)) isotp_receive(&end[!side], &frame, us);
    }
    got = isotp_received(&end[1], &byte_count, &is_functional);
    us += 300;
  }
  ck_assert_uint_eq(byte_count, bytes);
  ck_assert_mem_eq(got, data, bytes);
  ck_assert_uint_eq(end[0].tx.result, ISOTP_DONE);
  ck_assert_uint_eq(end[0].count[ISOTP_DONE], 1);
  ck_assert_uint_eq(end[1].count[ISOTP_DONE], 1);
}

START_TEST(every_length_in_every_form_arrives) {
  static const uint8_t dl[] = {8, 12, 20, 48, 64}, block[] = {0, 1, 7}, st_min[] = {0, 0xF5, 2};
  isotp_config_t tester = {.rx_id = 0x18DAF110, .tx_id = 0x18DA10F1, .id_is_extended = 1};
  tester.functional_id = ISOTP_NO_ID;
  tester.tx_dl = dl[_i];
  tester.is_fd = dl[_i] > 8;
  tester.wait_max = 1;
  for (uint32_t form = 0; form < 3 * 2 * 2; form++) {
    tester.is_padded = form & 1u;
    tester.has_address = form >> 1 & 1u;
    tester.tx_address = 0x33;
    isotp_config_t other = tester;
    other.rx_id = tester.tx_id;
    other.tx_id = tester.rx_id;
    other.rx_address = tester.tx_address;
    other.tx_address = 0;
    other.block_size = block[form / 4];
    other.st_min_raw = st_min[(form / 4 + (uint32_t)_i) % 3];
    for (uint32_t bytes = 1; bytes <= ISOTP_BYTES_MAX; bytes++) talk(&tester, &other, bytes);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("isotp_forms");
  TCase *tests = tcase_create("forms");
  tcase_add_checked_fixture(tests, start, NULL);
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, case_25_padding_as_configured);
  tcase_add_test(tests, case_25_short_and_padded_frames_are_taken);
  tcase_add_test(tests, case_26_the_address_byte_is_respected);
  tcase_add_test(tests, case_27_the_kind_of_id_is_respected);
  tcase_add_test(tests, case_28_two_connections_do_not_know_each_other);
  tcase_add_test(tests, case_50_a_request_during_the_reply_waits_for_its_turn);
  tcase_add_test(tests, configurations_that_are_none_are_refused);
  tcase_add_test(tests, only_one_message_of_a_legal_length_is_sent_at_a_time);
  tcase_add_test(tests, a_reset_forgets_all_but_the_counters);
  tcase_add_test(tests, counters_end_at_their_maximum);
  tcase_add_test(tests, an_ecu_on_fd_answers_in_the_kind_of_frame_that_asked);
  tcase_add_loop_test(tests, every_length_in_every_form_arrives, 0, 5);
  suite_add_tcase(suite, tests);
  return suite;
}
