/// Checksums of frames: published check values and frames, and our own E2E profiles as well.
///
/// Source   CRC catalogue of Cook; frames as the tests of autosar-e2e (MIT) state them
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

/// Frames that another implementation makes of profiles 1, 2 and 5 (their first bytes).
START_TEST(published_frames_hold) {
  static const struct {
    uint8_t profile, counter, first, second, step; ///< the payload is 0, or counts by step
  } frames[] = {{1, 0, 0xCC, 0, 0}, {1, 1, 0x91, 0, 0},    {2, 1, 0x45, 0, 0},   {2, 2, 0xBC, 0, 1},
                {2, 1, 0x61, 0, 1}, {5, 0, 0x1C, 0xCA, 0}, {5, 1, 0xCF, 0x8D, 0}};
  const can_checksum_t p1 = {
      .kind = CAN_CHECKSUM_CRC8, .polynomial = 0x1D, .before = {0x23, 0x01}, .before_count = 2};
  const can_checksum_t p5 = {.kind = CAN_CHECKSUM_CRC16,
                             .polynomial = 0x1021,
                             .start = 0xFFFF,
                             .after = {0x34, 0x12},
                             .after_count = 2};
  for (uint32_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
    can_checksum_t p2 = {.kind = CAN_CHECKSUM_CRC8,
                         .polynomial = 0x2F,
                         .start = 0xFF,
                         .end_xor = 0xFF,
                         .has_by_counter = 1};
    const uint32_t profile = frames[i].profile, bytes = profile == 5 ? 2 : 1;
    const uint8_t place[64] = {1, bytes == 2};
    uint8_t data[8] = {0};
    for (uint32_t k = 0; k < 16; k++) p2.by_counter[k] = (uint8_t)(k * frames[i].step);
    for (uint32_t k = 2; k < 8; k++) data[k] = (uint8_t)(k * frames[i].step);
    data[bytes] = frames[i].counter;
    const can_checksum_t *rule = profile == 1 ? &p1 : profile == 2 ? &p2 : &p5;
    ck_assert_uint_eq(can_checksum(rule, data, place, 8, frames[i].counter),
                      frames[i].first | (uint32_t)frames[i].second << 8);
  }
}
END_TEST

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
  tcase_add_test(tests, published_frames_hold);
  tcase_add_test(tests, sizes_are_known);
  suite_add_tcase(suite, tests);
  return suite;
}
