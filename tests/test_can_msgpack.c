/// Frames as python-can's msgpack maps: its very bytes, its defaults, nothing else.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../sim/can/bus.h"
#include "../sim/can/can_msgpack.h"
#include "../sim/rng.h"

/* python-can 4.1: Message(arbitration_id=0x123, is_extended_id=False, data=[1, 2, 3]), time 0 */
static const char golden[] =
    "8ba974696d657374616d70cb0000000000000000ae6172626974726174696f6e5f6964cd0123"
    "ae69735f657874656e6465645f6964c2af69735f72656d6f74655f6672616d65c2"
    "ae69735f6572726f725f6672616d65c2a76368616e6e656cc0a3646c6303a464617461c403010203"
    "a569735f6664c2ae626974726174655f737769746368c2"
    "b56572726f725f73746174655f696e64696361746f72c2";

static size_t bytes_of(const char *hex, uint8_t *bytes) {
  size_t count = strlen(hex) / 2;
  for (size_t i = 0; i < count; i++) {
    unsigned value = 0;
    ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &value), 1);
    bytes[i] = (uint8_t)value;
  }
  return count;
}

START_TEST(bytes_are_those_of_python_can) {
  uint8_t expected[256], bytes[CAN_MSGPACK_BYTES];
  can_frame_t frame = {.id = 0x123, .len = 3, .data = {1, 2, 3}}, got;
  ck_assert_uint_eq(bytes_of(golden, expected), 157);
  ck_assert_uint_eq(can_msgpack_write(bytes, 0, &frame), 157);
  ck_assert_mem_eq(bytes, expected, 157);
  ck_assert_int_eq(can_msgpack_read(expected, 157, &got), 0);
  ck_assert_mem_eq(&got, &frame, sizeof got);
  can_frame_t longest = {.id = 0x1FFFFFFF, .len = 64};
  longest.flags = CAN_FRAME_EXTENDED | CAN_FRAME_FD | CAN_FRAME_BRS;
  ck_assert_uint_eq(can_msgpack_write(bytes, 1, &longest), 220);
  can_frame_t one = {.id = 0x7F};
  size_t smallest = can_msgpack_write(bytes, 1500000, &one); /* fixint; 1.5 s as a double */
  ck_assert_uint_eq(smallest, 157 - 2 - 3);
  ck_assert_mem_eq(bytes + 12, "\x3F\xF8\0\0\0\0\0\0", 8);
  one.id = 0x80;
  ck_assert_uint_eq(can_msgpack_write(bytes, 0, &one), smallest + 1);
  one.id = 0x100;
  ck_assert_uint_eq(can_msgpack_write(bytes, 0, &one), smallest + 2);
}
END_TEST

START_TEST(frames_come_back) {
  static const uint8_t lens[] = {0, 1, 8, 12, 16, 20, 24, 32, 48, 64};
  rng_t rng = rng_stream(1, "msgpack");
  for (uint32_t i = 0; i < 3000; i++) {
    uint8_t bytes[CAN_MSGPACK_BYTES];
    can_frame_t frame, got;
    memset(&frame, 0, sizeof frame);
    frame.flags = (uint8_t)(rng_u64(&rng) & CAN_FRAME_EXTENDED);
    frame.id = (uint32_t)rng_u64(&rng) & (frame.flags ? 0x1FFFFFFFu : 0x7FFu);
    frame.len = (uint8_t)(rng_u64(&rng) % 9);
    if (i % 3 == 1) frame.flags |= CAN_FRAME_REMOTE;
    if (i % 3 == 2) {
      frame.flags |= CAN_FRAME_FD | (i % 2 ? CAN_FRAME_BRS : 0);
      frame.len = lens[rng_u64(&rng) % sizeof lens];
    }
    for (uint32_t k = 0; k < frame.len && i % 3 != 1; k++) frame.data[k] = (uint8_t)rng_u64(&rng);
    size_t count = can_msgpack_write(bytes, rng_u64(&rng) >> 14, &frame);
    ck_assert_uint_le(count, sizeof bytes);
    ck_assert_int_eq(can_msgpack_read(bytes, count, &got), 0);
    ck_assert_mem_eq(&got, &frame, sizeof got);
  }
}
END_TEST

/// A map of one to three entries, as hex.
static int read_hex(const char *hex, can_frame_t *frame) {
  uint8_t bytes[256];
  return can_msgpack_read(bytes, bytes_of(hex, bytes), frame);
}

#define ID_KEY "ae6172626974726174696f6e5f6964"
#define DLC_KEY "a3646c63"
#define DATA_KEY "a464617461"
#define EXTENDED_KEY "ae69735f657874656e6465645f6964"

START_TEST(missing_keys_take_the_peers_defaults) {
  can_frame_t frame;
  ck_assert_int_eq(read_hex("80", &frame), 0);
  ck_assert_uint_eq(frame.id, 0);
  ck_assert_uint_eq(frame.flags, CAN_FRAME_EXTENDED);
  ck_assert_int_eq(read_hex("82" ID_KEY "ce1fffffff" DATA_KEY "c4020a0b", &frame), 0);
  ck_assert_uint_eq(frame.id, 0x1FFFFFFF);
  ck_assert_uint_eq(frame.len, 2);
  ck_assert_uint_eq(frame.data[1], 0x0B);
  ck_assert_int_eq(read_hex("82" DATA_KEY "c0" DLC_KEY "00", &frame), 0);
  ck_assert_int_eq(read_hex("de0001" ID_KEY "cf0000000000000005", &frame), 0);
  ck_assert_uint_eq(frame.id, 5);
}
END_TEST

START_TEST(what_is_no_frame_is_refused) {
  static const char *const bad[] = {
      "",
      "c0",
      "90",
      "81",
      "81a1",
      "81a178c3", /* unknown key */
      "81" ID_KEY,
      "81" ID_KEY "ce20000000", /* above 29 bits */
      "82" ID_KEY "cd0800" EXTENDED_KEY "c2", /* above 11 bits */
      "81" ID_KEY "ff", /* negative */
      "81" ID_KEY "c3",
      "81" DLC_KEY "01", /* without data */
      "82" DLC_KEY "01" DATA_KEY "c40102ff", /* a byte too much behind the map */
      "82" DLC_KEY "02" DATA_KEY "c40102", /* dlc is not the length */
      "82" DLC_KEY "09" DATA_KEY "c409010203040506070809", /* not FD */
      "81" DATA_KEY "c4ff", /* longer than what is there */
      "81" DATA_KEY "c6ffffffff",
      "81" DATA_KEY "a101", /* a text */
      "81" EXTENDED_KEY "01",
      "81db7fffffff",
      "8080",
  };
  can_frame_t frame = {.id = 77};
  for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    ck_assert_msg(read_hex(bad[i], &frame) == -1, "%s", bad[i]);
  ck_assert_uint_eq(frame.id, 77);
  uint8_t bytes[256];
  size_t count = bytes_of(golden, bytes);
  for (size_t cut = 0; cut < count; cut++)
    ck_assert_int_eq(can_msgpack_read(bytes, cut, &frame), -1);
}
END_TEST

START_TEST(error_frames_are_marked) {
  can_frame_t frame;
  ck_assert_int_eq(read_hex("81ae69735f6572726f725f6672616d65c3", &frame), 0);
  ck_assert_uint_eq(frame.flags, CAN_FRAME_EXTENDED | CAN_FRAME_ERROR);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("can_msgpack");
  TCase *tcase = tcase_create("maps");
  tcase_add_test(tcase, bytes_are_those_of_python_can);
  tcase_add_test(tcase, frames_come_back);
  tcase_add_test(tcase, missing_keys_take_the_peers_defaults);
  tcase_add_test(tcase, what_is_no_frame_is_refused);
  tcase_add_test(tcase, error_frames_are_marked);
  suite_add_tcase(suite, tcase);
  return suite;
}
