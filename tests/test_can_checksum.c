/// Checksums of frames: published check values, and our own E2E profiles as a second opinion.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/e2e.h"
#include "../ecu_model/core/e2e5.h"
#include "../sim/can/can_checksum.h"

static const uint8_t nine[] = "123456789", none[64];

static uint16_t of_nine(can_checksum_kind_t kind, uint16_t polynomial, uint16_t start,
                        uint16_t end_xor) {
  const can_checksum_t sum = {
      .kind = kind, .polynomial = polynomial, .start = start, .end_xor = end_xor};
  return can_checksum(&sum, nine, none, 9, 0);
}

/// Check values of the catalogues, over the digits 1 to 9.
START_TEST(check_values_hold) {
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_CRC8, 0x1D, 0xFF, 0xFF), 0x4B); /* SAE J1850 */
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_CRC8, 0x2F, 0xFF, 0xFF), 0xDF); /* AUTOSAR */
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_CRC8, 0x07, 0, 0), 0xF4); /* SMBus */
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_CRC16, 0x1021, 0xFFFF, 0), 0x29B1); /* IBM 3740 */
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_CRC16, 0x1021, 0, 0), 0x31C3); /* XMODEM */
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_SUM, 0, 0, 0), 0xDD); /* 477 */
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_SUM, 0, 0x30, 0xFF), 0xF2); /* 525, inverted */
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_XOR, 0, 0, 0), 0x31);
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_XOR, 0, 0x0F, 0), 0x3E);
  ck_assert_uint_eq(of_nine(CAN_CHECKSUM_NONE, 0, 0, 0), 0);
}

/// AUTOSAR profile 1 is such a rule: CRC in byte 0, the id's bytes before the data.
START_TEST(profile_1_is_one) {
  static const uint8_t first[64] = {1};
  uint8_t data[8];
  for (uint32_t id = 1; id < 0x10000; id += 0x123) {
    e2e_tx_t tx = {(uint8_t)(id % 15)};
    const can_checksum_t sum = {.kind = CAN_CHECKSUM_CRC8,
                                .polynomial = 0x1D,
                                .before = {(uint8_t)id, (uint8_t)(id >> 8)},
                                .before_count = 2};
    for (uint32_t i = 0; i < 8; i++) data[i] = (uint8_t)(id * (i + 3) >> 2);
    e2e_protect(&tx, (uint16_t)id, data, 8);
    ck_assert_uint_eq(can_checksum(&sum, data, first, 8, 0), data[0]);
    data[id % 7 + 1] = (uint8_t)(data[id % 7 + 1] ^ 1u << id % 8);
    ck_assert_uint_ne(can_checksum(&sum, data, first, 8, 0), data[0]);
  }
}

/// And profile 5: CRC-16, little-endian in bytes 0 and 1, the id's bytes behind the data.
START_TEST(profile_5_is_one) {
  static const uint8_t first[64] = {1, 1};
  uint8_t data[64];
  for (uint32_t id = 1; id < 0x10000; id += 0x1231) {
    e2e5_tx_t tx = {(uint8_t)id};
    const can_checksum_t sum = {.kind = CAN_CHECKSUM_CRC16,
                                .polynomial = 0x1021,
                                .start = 0xFFFF,
                                .after = {(uint8_t)id, (uint8_t)(id >> 8)},
                                .after_count = 2};
    for (uint32_t i = 0; i < 64; i++) data[i] = (uint8_t)(id * (i + 3) >> 2);
    e2e5_protect(&tx, (uint16_t)id, data, 64);
    ck_assert_uint_eq(can_checksum(&sum, data, first, 64, 0), (uint32_t)(data[0] | data[1] << 8));
  }
}

/// A byte chosen by the counter stands behind all others, and counters above 15 begin anew.
START_TEST(counter_chooses_a_byte) {
  can_checksum_t with = {.kind = CAN_CHECKSUM_CRC8,
                         .polynomial = 0x2F,
                         .start = 0xFF,
                         .end_xor = 0xFF,
                         .after = {7},
                         .after_count = 1,
                         .has_by_counter = 1};
  can_checksum_t same = with;
  same.has_by_counter = 0;
  same.after_count = 2;
  for (uint32_t counter = 0; counter < 40; counter++) {
    for (uint32_t i = 0; i < 16; i++) with.by_counter[i] = (uint8_t)(i * 17 + 3);
    same.after[1] = (uint8_t)(counter % 16 * 17 + 3);
    ck_assert_uint_eq(can_checksum(&with, nine, none, 9, counter),
                      can_checksum(&same, nine, none, 9, 0));
  }
}

START_TEST(sizes_are_known) {
  ck_assert_uint_eq(can_checksum_bits(CAN_CHECKSUM_NONE), 0);
  ck_assert_uint_eq(can_checksum_bits(CAN_CHECKSUM_CRC8), 8);
  ck_assert_uint_eq(can_checksum_bits(CAN_CHECKSUM_CRC16), 16);
  ck_assert_uint_eq(can_checksum_bits(CAN_CHECKSUM_SUM), 8);
  ck_assert_uint_eq(can_checksum_bits(CAN_CHECKSUM_XOR), 8);
}

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("can_checksum");
  TCase *tests = tcase_create("can_checksum");
  tcase_add_test(tests, check_values_hold);
  tcase_add_test(tests, profile_1_is_one);
  tcase_add_test(tests, profile_5_is_one);
  tcase_add_test(tests, counter_chooses_a_byte);
  tcase_add_test(tests, sizes_are_known);
  suite_add_tcase(suite, tests);
  return suite;
}
