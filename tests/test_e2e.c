/// E2E profiles 1 and 5 against published vectors, and the receivers through every state.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/e2e.h"
#include "../ecu_model/core/e2e5.h"

enum { ID = 0x0123 };

static void frame_of(uint8_t data[8], uint8_t counter) {
  memset(data, 0, 8);
  e2e_tx_t tx = {counter};
  e2e_protect(&tx, ID, data, 8);
}

static e2e_status_t check(e2e_rx_t *rx, uint8_t counter) {
  uint8_t data[8];
  frame_of(data, counter);
  return e2e_check(rx, ID, data, 8);
}

/// A receiver that has seen counters 0 and 1.
static e2e_rx_t running(void) {
  e2e_rx_t rx;
  e2e_rx_init(&rx);
  ck_assert_int_eq(check(&rx, 0), E2E_INITIAL);
  ck_assert_int_eq(check(&rx, 1), E2E_OK);
  return rx;
}

START_TEST(vectors_hold) {
  static const struct { uint8_t counter, crc; } vector[] = {{0, 0xCC}, {1, 0x91}, {14, 0xCD}};
  for (uint32_t i = 0; i < 3; i++) {
    uint8_t data[8];
    frame_of(data, vector[i].counter);
    ck_assert_uint_eq(data[0], vector[i].crc);
    ck_assert_uint_eq(data[1], vector[i].counter);
    ck_assert_uint_eq(e2e_crc(ID, data, 8), vector[i].crc);
  }
}
END_TEST

START_TEST(counter_runs_0_to_14_and_keeps_its_neighbour) {
  e2e_tx_t tx = {0};
  for (uint32_t i = 0; i < 40; i++) {
    uint8_t data[8] = {0, 0xA5};
    e2e_protect(&tx, ID, data, 8);
    ck_assert_uint_eq(data[1], 0xA0u | i % 15u);
  }
}
END_TEST

START_TEST(every_bit_is_guarded) {
  uint8_t good[8];
  frame_of(good, 3);
  good[5] = 0x77;
  good[0] = e2e_crc(ID, good, 8);
  for (uint32_t bit = 0; bit < 64; bit++) {
    uint8_t data[8];
    memcpy(data, good, 8);
    data[bit / 8] = (uint8_t)(data[bit / 8] ^ 1u << bit % 8);
    e2e_rx_t rx;
    e2e_rx_init(&rx);
    ck_assert_int_eq(e2e_check(&rx, ID, data, 8), E2E_WRONG_CRC);
  }
}
END_TEST

START_TEST(masquerade_length_and_counter_15_are_refused) {
  uint8_t data[8];
  e2e_rx_t rx = running();
  frame_of(data, 2);
  ck_assert_int_eq(e2e_check(&rx, ID + 1, data, 8), E2E_WRONG_CRC);
  ck_assert_int_eq(e2e_check(&rx, ID + 0x100, data, 8), E2E_WRONG_CRC);
  ck_assert_int_eq(e2e_check(&rx, ID, data, 1), E2E_WRONG_CRC);
  ck_assert_int_eq(e2e_check(&rx, ID, data, 9), E2E_WRONG_CRC);
  ck_assert_int_eq(e2e_check(&rx, ID, data, 7), E2E_WRONG_CRC);
  data[1] = 15;
  data[0] = e2e_crc(ID, data, 8);
  ck_assert_int_eq(e2e_check(&rx, ID, data, 8), E2E_WRONG_CRC);
  uint8_t untouched[9] = {9, 9, 9, 9, 9, 9, 9, 9, 9};
  e2e_tx_t tx = {4};
  e2e_protect(&tx, ID, untouched, 1);
  e2e_protect(&tx, ID, untouched, 9);
  ck_assert_uint_eq(tx.counter, 4);
  ck_assert_uint_eq(untouched[0], 9);
}
END_TEST

START_TEST(long_stream_is_ok_across_the_wrap) {
  e2e_rx_t rx = running();
  for (uint32_t i = 2; i < 100; i++) ck_assert_int_eq(check(&rx, (uint8_t)(i % 15)), E2E_OK);
}
END_TEST

START_TEST(two_frames_may_be_missing_three_not) {
  for (uint8_t missing = 0; missing <= 3; missing++) {
    e2e_rx_t rx = running();
    e2e_status_t status = check(&rx, (uint8_t)(2 + missing));
    ck_assert_int_eq(status, missing == 0  ? E2E_OK
                             : missing < 3 ? E2E_OK_SOME_LOST
                                           : E2E_WRONG_SEQUENCE);
    if (missing < 3) ck_assert_uint_eq(rx.lost_count, missing);
    ck_assert_int_eq(e2e_is_ok(status), missing < 3);
  }
}
END_TEST

START_TEST(a_jump_asks_for_one_more_frame) {
  e2e_rx_t rx = running();
  ck_assert_int_eq(check(&rx, 9), E2E_WRONG_SEQUENCE);
  ck_assert_int_eq(check(&rx, 10), E2E_SYNC);
  ck_assert_int_eq(check(&rx, 11), E2E_OK);
}
END_TEST

START_TEST(frozen_counter_is_seen_at_once) {
  e2e_rx_t rx = running();
  for (uint32_t i = 0; i < 257; i++) ck_assert_int_eq(check(&rx, 1), E2E_REPEATED);
  ck_assert_int_eq(check(&rx, 2), E2E_SYNC);
  ck_assert_int_eq(check(&rx, 3), E2E_SYNC);
  ck_assert_int_eq(check(&rx, 4), E2E_OK);
}
END_TEST

START_TEST(two_repeats_are_forgiven) {
  e2e_rx_t rx = running();
  ck_assert_int_eq(check(&rx, 1), E2E_REPEATED);
  ck_assert_int_eq(check(&rx, 1), E2E_REPEATED);
  ck_assert_int_eq(check(&rx, 2), E2E_OK);
}
END_TEST

START_TEST(silence_widens_what_may_be_missing) {
  e2e_rx_t rx = running();
  ck_assert_int_eq(e2e_check_none(&rx), E2E_NO_NEW_DATA);
  ck_assert_int_eq(e2e_check_none(&rx), E2E_NO_NEW_DATA);
  ck_assert_int_eq(check(&rx, 6), E2E_OK_SOME_LOST); /* delta 5 = 3 + 2 silent cycles */
  rx = running();
  (void)e2e_check_none(&rx);
  (void)e2e_check_none(&rx);
  ck_assert_int_eq(check(&rx, 7), E2E_WRONG_SEQUENCE);
}
END_TEST

START_TEST(short_frames_work) {
  uint8_t data[2] = {0, 0};
  e2e_tx_t tx = {7};
  e2e_protect(&tx, ID, data, 2);
  e2e_rx_t rx;
  e2e_rx_init(&rx);
  ck_assert_int_eq(e2e_check(&rx, ID, data, 2), E2E_INITIAL);
  ck_assert_uint_eq(rx.counter_last, 7);
}
END_TEST

/* --- profile 5 ----------------------------------------------------------------------------- */

/// CRC-16 as the remainder of a long division over single bits, which knows nothing of ours.
static uint16_t divide(const uint8_t *bytes, uint32_t byte_count) {
  uint32_t rest = 0xFFFF;
  for (uint32_t i = 0; i < 8 * byte_count; i++) {
    uint32_t top = rest >> 15 & 1u;
    rest = (rest << 1) & 0xFFFFu;
    if (top != ((uint32_t)bytes[i / 8] >> (7 - i % 8) & 1u)) rest ^= 0x1021;
  }
  return (uint16_t)rest;
}

START_TEST(profile_5_is_a_remainder_of_division) {
  static const uint8_t check[] = "123456789"; /* the check value of CRC-16/CCITT-FALSE */
  ck_assert_uint_eq(divide(check, 9), 0x29B1);
  uint8_t data[64], bytes[64];
  for (uint32_t size = 3; size <= 64; size++) {
    e2e5_tx_t tx = {(uint8_t)(250 + size)};
    for (uint32_t i = 0; i < size; i++) data[i] = (uint8_t)(i * 37 + size);
    e2e5_protect(&tx, 0x1234, data, size);
    ck_assert_uint_eq(data[2], (uint8_t)(250 + size));
    ck_assert_uint_eq(tx.counter, (uint8_t)(251 + size));
    memcpy(bytes, data + 2, size - 2);
    bytes[size - 2] = 0x34;
    bytes[size - 1] = 0x12;
    ck_assert_uint_eq(data[0] | (uint32_t)data[1] << 8, divide(bytes, size));
  }
}
END_TEST

/// The example of the specification: 8 bytes of 0, data id 0x1234, counter 0.
START_TEST(profile_5_vector_holds) {
  uint8_t data[8] = {0};
  e2e5_tx_t tx = {0};
  e2e5_protect(&tx, 0x1234, data, 8);
  ck_assert_uint_eq(data[0], 0x1C);
  ck_assert_uint_eq(data[1], 0xCA);
}
END_TEST

START_TEST(profile_5_refuses_what_is_no_frame) {
  uint8_t data[66] = {0}, zero[66] = {0};
  e2e5_tx_t tx = {7};
  e2e5_rx_t rx = {0};
  e2e5_protect(&tx, 1, data, 2);
  e2e5_protect(&tx, 1, data, 65);
  ck_assert_mem_eq(data, zero, sizeof data);
  ck_assert_uint_eq(tx.counter, 7);
  ck_assert_int_eq(e2e5_check(&rx, 1, data, 2), E2E_WRONG_CRC);
  ck_assert_int_eq(e2e5_check(&rx, 1, data, 65), E2E_WRONG_CRC);
}
END_TEST

START_TEST(profile_5_tells_steps_of_the_counter) {
  static const struct {
    uint8_t counter;
    e2e_status_t expected;
  } step[] = {{254, E2E_INITIAL},
              {255, E2E_OK},
              {0, E2E_OK},
              {0, E2E_REPEATED},
              {2, E2E_OK_SOME_LOST},
              {5, E2E_OK_SOME_LOST},
              {9, E2E_WRONG_SEQUENCE},
              {10, E2E_OK},
              {9, E2E_WRONG_SEQUENCE},
              {10, E2E_OK}};
  e2e5_rx_t rx = {0};
  for (uint32_t i = 0; i < sizeof step / sizeof step[0]; i++) {
    uint8_t data[64] = {0};
    e2e5_tx_t tx = {step[i].counter};
    e2e5_protect(&tx, 401, data, 64);
    data[33] ^= 0x10;
    ck_assert_int_eq(e2e5_check(&rx, 401, data, 64), E2E_WRONG_CRC);
    data[33] ^= 0x10;
    ck_assert_int_eq(e2e5_check(&rx, 402, data, 64), E2E_WRONG_CRC);
    ck_assert_int_eq(e2e5_check(&rx, 401, data, 64), step[i].expected);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("e2e");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, vectors_hold);
  tcase_add_test(tcase, counter_runs_0_to_14_and_keeps_its_neighbour);
  tcase_add_test(tcase, every_bit_is_guarded);
  tcase_add_test(tcase, masquerade_length_and_counter_15_are_refused);
  tcase_add_test(tcase, long_stream_is_ok_across_the_wrap);
  tcase_add_test(tcase, two_frames_may_be_missing_three_not);
  tcase_add_test(tcase, a_jump_asks_for_one_more_frame);
  tcase_add_test(tcase, frozen_counter_is_seen_at_once);
  tcase_add_test(tcase, two_repeats_are_forgiven);
  tcase_add_test(tcase, silence_widens_what_may_be_missing);
  tcase_add_test(tcase, short_frames_work);
  tcase_add_test(tcase, profile_5_is_a_remainder_of_division);
  tcase_add_test(tcase, profile_5_vector_holds);
  tcase_add_test(tcase, profile_5_refuses_what_is_no_frame);
  tcase_add_test(tcase, profile_5_tells_steps_of_the_counter);
  suite_add_tcase(suite, tcase);
  return suite;
}
