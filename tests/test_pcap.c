/// pcap files: byte for byte what the format says, read back in every byte order, refused in words.
#include <check.h>
#include <string.h>

#include "../sim/can/pcap.h"
#include "../sim/rng.h"

START_TEST(bytes_are_those_of_the_format) {
  static const uint8_t header[PCAP_HEADER_BYTES] = {0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0,  0,
                                                    0,    0,    0,    0,    0, 0, 0, 4, 0, 227};
  static const uint8_t packet[] = {0x78, 0x56, 0x34, 0x12, 0x40, 0xE2, 1, 0, 10, 0, 0, 0,    10,
                                   0,    0,    0,    0x80, 0,    0,    7, 2, 0,  0, 0, 0xAB, 0xCD};
  static const uint8_t fd_can[] = {0, 0, 1, 0x23, 12, 5, 0, 0};
  uint8_t bytes[PCAP_PACKET_BYTES];
  can_frame_t frame = {.id = 7, .flags = CAN_FRAME_EXTENDED, .len = 2, .data = {0xAB, 0xCD}};
  pcap_write_header(bytes);
  ck_assert_mem_eq(bytes, header, sizeof header);
  size_t count = pcap_write(bytes, 0x12345678ull * 1000000u + 123456u, &frame);
  ck_assert_uint_eq(count, sizeof packet);
  ck_assert_mem_eq(bytes, packet, sizeof packet);
  can_frame_t fd = {.id = 0x123, .flags = CAN_FRAME_FD | CAN_FRAME_BRS, .len = 12};
  ck_assert_uint_eq(pcap_write(bytes, 0, &fd), 16 + 8 + 12);
  ck_assert_mem_eq(bytes + 16, fd_can, sizeof fd_can);
  can_frame_t remote = {.id = 0x123, .flags = CAN_FRAME_REMOTE, .len = 8};
  ck_assert_uint_eq(pcap_write(bytes, 0, &remote), 16 + 8);
  ck_assert_uint_eq(bytes[16], 0x40);
}
END_TEST

START_TEST(frames_come_back) {
  enum { COUNT = 500 };
  static const uint8_t lens[] = {0, 1, 8, 12, 16, 20, 24, 32, 48, 64};
  static uint8_t file[PCAP_HEADER_BYTES + COUNT * PCAP_PACKET_BYTES];
  static can_frame_t frames[COUNT];
  size_t count = PCAP_HEADER_BYTES;
  rng_t rng = rng_stream(1, "pcap");
  pcap_write_header(file);
  for (uint32_t i = 0; i < COUNT; i++) {
    can_frame_t *frame = &frames[i];
    frame->flags = (uint8_t)(rng_u64(&rng) & CAN_FRAME_EXTENDED);
    frame->id = (uint32_t)rng_u64(&rng) & (frame->flags ? 0x1FFFFFFFu : 0x7FFu);
    frame->len = (uint8_t)(rng_u64(&rng) % 9);
    if (i % 4 == 1) frame->flags |= CAN_FRAME_REMOTE;
    if (i % 4 == 2) {
      frame->flags |= CAN_FRAME_FD | (i % 8 == 2 ? CAN_FRAME_BRS : 0);
      frame->len = lens[rng_u64(&rng) % sizeof lens];
    }
    if (i % 40 == 3) *frame = (can_frame_t){.id = 0x40, .flags = CAN_FRAME_ERROR, .len = 8};
    for (uint32_t k = 0; k < frame->len && i % 4 != 1; k++) frame->data[k] = (uint8_t)(i + k);
    count += pcap_write(file + count, i * 999999ull, frame);
  }
  pcap_reader_t reader;
  can_frame_t got;
  uint64_t time_us;
  ck_assert_int_eq(pcap_open(&reader, file, count), PCAP_OK);
  for (uint32_t i = 0; i < COUNT; i++) {
    ck_assert_int_eq(pcap_next(&reader, &time_us, &got), PCAP_OK);
    ck_assert_uint_eq(time_us, i * 999999ull);
    ck_assert_mem_eq(&got, &frames[i], sizeof got);
  }
  ck_assert_int_eq(pcap_next(&reader, &time_us, &got), PCAP_END);
  ck_assert_uint_eq(reader.packet, COUNT);
}
END_TEST

/// Other writers: big endian with nanoseconds, a 64-byte frame without its FD flag.
START_TEST(other_writers_are_understood) {
  uint8_t file[200] = {0xA1, 0xB2, 0x3C, 0x4D, 0, 2, 0, 4, 0, 0, 0, 0,
                       0,    0,    0,    0,    0, 4, 0, 0, 0, 0, 0, 227};
  uint8_t *packet = file + 24;
  packet[3] = 5; /* seconds */
  packet[6] = 0x07; /* 2000 ns */
  packet[7] = 0xD0;
  packet[11] = packet[15] = 72;
  packet[18] = 0x01;
  packet[19] = 0x23;
  packet[20] = 64;
  packet[24 + 63] = 9;
  pcap_reader_t reader;
  can_frame_t got;
  uint64_t time_us;
  ck_assert_int_eq(pcap_open(&reader, file, 24 + 16 + 72), PCAP_OK);
  ck_assert_int_eq(pcap_next(&reader, &time_us, &got), PCAP_OK);
  ck_assert_uint_eq(time_us, 5000002);
  ck_assert_uint_eq(got.id, 0x123);
  ck_assert_uint_eq(got.flags, CAN_FRAME_FD);
  ck_assert_uint_eq(got.len, 64);
  ck_assert_uint_eq(got.data[63], 9);
  ck_assert_int_eq(pcap_next(&reader, &time_us, &got), PCAP_END);
}
END_TEST

static size_t small_file(uint8_t *file) {
  can_frame_t frame = {.id = 0x123, .len = 2};
  pcap_write_header(file);
  return PCAP_HEADER_BYTES + pcap_write(file + PCAP_HEADER_BYTES, 1, &frame);
}

START_TEST(what_is_no_capture_of_can_is_refused) {
  uint8_t file[200];
  pcap_reader_t reader;
  size_t count = small_file(file);
  ck_assert_int_eq(pcap_open(&reader, file, 23), PCAP_ERR_FORMAT);
  ck_assert_ptr_nonnull(strstr(reader.error, "less than a header"));
  file[20] = 1; /* Ethernet */
  ck_assert_int_eq(pcap_open(&reader, file, count), PCAP_ERR_FORMAT);
  ck_assert_ptr_nonnull(strstr(reader.error, "found link type 1, allowed 227"));
  memset(file, 'x', sizeof file);
  ck_assert_int_eq(pcap_open(&reader, file, sizeof file), PCAP_ERR_FORMAT);
  ck_assert_ptr_nonnull(strstr(reader.error, "something else"));
  file[0] = 0xD4; /* the magic without its top bit */
  memcpy(file, "\xD4\xC3\xB2\x21", 4);
  ck_assert_int_eq(pcap_open(&reader, file, sizeof file), PCAP_ERR_FORMAT);
}
END_TEST

START_TEST(bad_packets_are_named_and_passed) {
  static const struct {
    uint8_t at, value;
    const char *text;
  } change[] = {
      {8, 7, "no CAN frame"},      {16 + 4, 9, "no CAN frame"}, {16 + 4, 3, "no CAN frame"},
      {16 + 2, 8, "no CAN frame"}, {8, 11, "ends within"},      {7, 1, "above one second"},
  };
  for (uint32_t i = 0; i < sizeof change / sizeof change[0]; i++) {
    uint8_t file[200];
    pcap_reader_t reader;
    can_frame_t got;
    uint64_t time_us;
    size_t count = small_file(file);
    file[PCAP_HEADER_BYTES + change[i].at] = change[i].value;
    ck_assert_int_eq(pcap_open(&reader, file, count), PCAP_OK);
    ck_assert_int_eq(pcap_next(&reader, &time_us, &got), PCAP_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(reader.error, change[i].text));
    ck_assert_ptr_nonnull(strstr(reader.error, "packet 1"));
  }
  uint8_t file[200];
  size_t count = small_file(file);
  for (size_t cut = PCAP_HEADER_BYTES + 1; cut < count; cut++) {
    pcap_reader_t reader;
    can_frame_t got;
    uint64_t time_us;
    ck_assert_int_eq(pcap_open(&reader, file, cut), PCAP_OK);
    ck_assert_int_eq(pcap_next(&reader, &time_us, &got), PCAP_ERR_FORMAT);
    ck_assert_int_eq(pcap_next(&reader, &time_us, &got), PCAP_END);
  }
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("pcap");
  TCase *tcase = tcase_create("files");
  tcase_add_test(tcase, bytes_are_those_of_the_format);
  tcase_add_test(tcase, frames_come_back);
  tcase_add_test(tcase, other_writers_are_understood);
  tcase_add_test(tcase, what_is_no_capture_of_can_is_refused);
  tcase_add_test(tcase, bad_packets_are_named_and_passed);
  suite_add_tcase(suite, tcase);
  return suite;
}
