/// The lockstep link: check sums, lengths, round trips, layout; what differs between two outputs.
#include <check.h>
#include <stddef.h>
#include <string.h>

#include "../ecu_model/firmware/lockstep_layout.h"
#include "../scenarios/ecu_compare.h"
#include "../scenarios/ecu_log.h"

static void fill(void *data, size_t bytes, uint32_t seed) {
  uint8_t *at = data;
  for (size_t i = 0; i < bytes; i++) {
    seed = seed * 1664525u + 1013904223u;
    at[i] = (uint8_t)(seed >> 24);
  }
}

static void make_out(bms_out_t *out) {
  fill(out, sizeof *out, 7);
  out->can_tx_count = 3;
  out->xfer_count = 2;
  out->xfer[0].tx_bytes = 4;
  out->xfer[1].tx_bytes = 12;
}

/* CRC-32 of "123456789" is cbf43926: the four bytes of each head field are part of the message, so
   the known value is checked bit by bit against the definition. */
static uint32_t crc_by_bits(const uint8_t *data, size_t bytes) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < bytes; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
  }
  return ~crc;
}

START_TEST(the_check_sum_is_crc32) {
  static lockstep_message_t message;
  uint8_t flat[64];
  ck_assert_uint_eq(crc_by_bits((const uint8_t *)"123456789", 9), 0xcbf43926u);
  fill(message.body.bytes, 20, 3);
  ck_assert_uint_eq(lockstep_seal(&message, LOCKSTEP_IN, 5, 20), 40);
  memcpy(flat, &message, 16);
  memcpy(flat + 16, message.body.bytes, 20);
  ck_assert_uint_eq(message.head.crc, crc_by_bits(flat, 36));
  ck_assert_int_eq(lockstep_check(&message), LOCKSTEP_OK);
}
END_TEST

START_TEST(every_flipped_bit_is_found) {
  static lockstep_message_t message;
  fill(message.body.bytes, 40, 11);
  uint32_t bytes = lockstep_seal(&message, LOCKSTEP_OUT, 9, 40);
  for (uint32_t bit = 0; bit < bytes * 8; bit++) {
    ((uint8_t *)&message)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    ck_assert_int_ne(lockstep_check(&message), LOCKSTEP_OK);
    ((uint8_t *)&message)[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
  ck_assert_int_eq(lockstep_check(&message), LOCKSTEP_OK);
}
END_TEST

START_TEST(heads_are_refused_by_what_is_wrong) {
  static lockstep_message_t message;
  lockstep_seal(&message, LOCKSTEP_IN, 1, 0);
  lockstep_head_t head = message.head;
  ck_assert_int_eq(lockstep_head_check(&head), LOCKSTEP_OK);
  head.body_bytes = LOCKSTEP_BODY_MAX;
  ck_assert_int_eq(lockstep_head_check(&head), LOCKSTEP_OK);
  head.body_bytes = LOCKSTEP_BODY_MAX + 1;
  ck_assert_int_eq(lockstep_head_check(&head), LOCKSTEP_ERR_LENGTH);
  head.version++;
  ck_assert_int_eq(lockstep_head_check(&head), LOCKSTEP_ERR_VERSION);
  head.magic ^= 1;
  ck_assert_int_eq(lockstep_head_check(&head), LOCKSTEP_ERR_MAGIC);
}
END_TEST

START_TEST(an_input_comes_back) {
  bms_in_t in, back;
  uint8_t body[LOCKSTEP_BODY_MAX];
  fill(&in, sizeof in, 5);
  in.can_rx_count = 2;
  in.xfer_done_count = 2;
  in.xfer_rx_bytes[0] = 64;
  in.xfer_rx_bytes[1] = 9;
  memset(&back, 0, sizeof back);
  uint32_t bytes = lockstep_pack_in(body, &in);
  ck_assert_uint_eq(bytes, offsetof(bms_in_t, afe_rx) + 73 + 2 * sizeof(can_frame_t));
  ck_assert_int_eq(lockstep_unpack_in(body, bytes, &back), LOCKSTEP_OK);
  ck_assert_mem_eq(&in, &back, offsetof(bms_in_t, afe_rx) + 73);
  ck_assert_mem_eq(in.can_rx, back.can_rx, 2 * sizeof(can_frame_t));
  ck_assert_uint_eq(back.afe_rx[73], 0);
  ck_assert_int_eq(lockstep_unpack_in(body, bytes - 1, &back), LOCKSTEP_ERR_LENGTH);
  ck_assert_int_eq(lockstep_unpack_in(body, bytes + 1, &back), LOCKSTEP_ERR_LENGTH);
  ck_assert_int_eq(lockstep_unpack_in(body, 10, &back), LOCKSTEP_ERR_LENGTH);
}
END_TEST

START_TEST(counts_beyond_the_arrays_stay_within) {
  bms_in_t in;
  bms_out_t out;
  const lockstep_cost_t cost = {0};
  uint8_t body[LOCKSTEP_BODY_MAX];
  memset(&in, 0xff, sizeof in);
  memset(&out, 0xff, sizeof out);
  ck_assert_uint_eq(lockstep_pack_in(body, &in), sizeof in);
  ck_assert_uint_eq(lockstep_pack_out(body, &cost, &out), sizeof cost + sizeof out);
}
END_TEST

/* Each byte that counts, changed alone, is found; each that does not, is not. */
START_TEST(each_byte_of_an_output_is_compared) {
  bms_out_t out, other;
  char text[100];
  make_out(&out);
  const size_t afe = offsetof(bms_out_t, afe_tx), can = offsetof(bms_out_t, can_tx);
  for (size_t i = 0; i < sizeof out; i++) {
    other = out;
    ((uint8_t *)&other)[i] ^= 1;
    int counts =
        i < afe || (i >= afe && i < afe + 16) || (i >= can && i < can + 3 * sizeof(can_frame_t));
    ck_assert_int_eq(ecu_compare(&other, &out, text, sizeof text), counts);
    ck_assert_int_eq(ecu_compare_hash(&other) != ecu_compare_hash(&out), counts);
  }
}
END_TEST

START_TEST(a_difference_is_named) {
  bms_out_t out, other;
  char text[100];
  make_out(&out);
  other = out;
  out.can_tx[2].data[63] = 16;
  other.can_tx[2].data[63] = 17;
  ck_assert_int_eq(ecu_compare(&other, &out, text, sizeof text), 1);
  ck_assert_str_eq(text, "can_tx[2].data[63] is 17, not 16");
  other.xfer[1].rx_bytes = 513;
  out.xfer[1].rx_bytes = 2;
  ck_assert_int_eq(ecu_compare(&other, &out, text, sizeof text), 1);
  ck_assert_str_eq(text, "xfer[1].rx_bytes is 513, not 2");
}
END_TEST

/* Every byte of the structs belongs to exactly one field of the layout. */
START_TEST(the_layout_is_whole) {
  static const size_t bytes[] = {sizeof(bms_boot_t), sizeof(bms_in_t), sizeof(bms_out_t)};
  static uint8_t seen[3][sizeof(bms_boot_t)];
  for (uint32_t i = 0; i < LOCKSTEP_FIELD_COUNT; i++) {
    const lockstep_field_t *field = &lockstep_layout[i];
    for (uint32_t row = 0; row < field->row_count && field->count > 0; row++) {
      for (uint32_t byte = 0; byte < (uint32_t)field->count * field->bytes; byte++) {
        seen[field->owner][field->offset + row * field->row_stride + byte]++;
      }
    }
  }
  for (int owner = 0; owner < 3; owner++) {
    for (size_t i = 0; i < bytes[owner]; i++) ck_assert_uint_eq(seen[owner][i], 1);
  }
  ck_assert_uint_le(LOCKSTEP_FIELD_COUNT * sizeof(lockstep_place_t), LOCKSTEP_BODY_MAX);
}
END_TEST

/* What HELLO says of a field is what its row of the layout says. */
START_TEST(places_are_those_of_the_layout) {
  for (uint32_t i = 0; i < LOCKSTEP_FIELD_COUNT; i++) {
    const lockstep_field_t *field = &lockstep_layout[i];
    uint32_t rows_bytes = (field->row_count - 1u) * field->row_stride;
    ck_assert_uint_eq(lockstep_place[i].offset, field->offset);
    ck_assert_uint_eq(lockstep_place[i].bytes, field->bytes);
    ck_assert_uint_eq(lockstep_place[i].total_bytes,
                      rows_bytes + (uint32_t)field->bytes * field->count);
  }
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("ecu_link");
  TCase *tests = tcase_create("link");
  tcase_add_test(tests, the_check_sum_is_crc32);
  tcase_add_test(tests, every_flipped_bit_is_found);
  tcase_add_test(tests, heads_are_refused_by_what_is_wrong);
  tcase_add_test(tests, an_input_comes_back);
  tcase_add_test(tests, counts_beyond_the_arrays_stay_within);
  tcase_add_test(tests, each_byte_of_an_output_is_compared);
  tcase_add_test(tests, a_difference_is_named);
  tcase_add_test(tests, the_layout_is_whole);
  tcase_add_test(tests, places_are_those_of_the_layout);
  suite_add_tcase(suite, tests);
  return suite;
}
