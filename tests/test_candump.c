/// The log lines: as candump writes them, read back as they were, refused with their line.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/can/candump.h"
#include "../sim/rng.h"

static const char *line_of(uint64_t time_us, const can_frame_t *frame) {
  static char line[CANDUMP_LINE_CHARS];
  size_t length = candump_format(line, time_us, "vcan0", frame);
  ck_assert_uint_eq(length, strlen(line));
  return line;
}

START_TEST(lines_are_those_of_candump) {
  can_frame_t frame = {.id = 0x044, .len = 5, .data = {0x2A, 0x36, 0x6C, 0x2B, 0xBA}};
  ck_assert_str_eq(line_of(1436509052249713, &frame), "(1436509052.249713) vcan0 044#2A366C2BBA\n");
  frame.len = 0;
  ck_assert_str_eq(line_of(0, &frame), "(0000000000.000000) vcan0 044#\n");
  frame.flags = CAN_FRAME_EXTENDED;
  frame.id = 0x1ABCDE;
  ck_assert_str_eq(line_of(1, &frame), "(0000000000.000001) vcan0 001ABCDE#\n");
  frame.flags = CAN_FRAME_REMOTE;
  frame.id = 0x7FF;
  ck_assert_str_eq(line_of(1000000, &frame), "(0000000001.000000) vcan0 7FF#R\n");
  frame.len = 4;
  ck_assert_str_eq(line_of(1000000, &frame), "(0000000001.000000) vcan0 7FF#R4\n");
  frame.flags = CAN_FRAME_REMOTE | CAN_FRAME_FD; /* there is none: written as a classic one */
  frame.len = 64;
  ck_assert_str_eq(line_of(1000000, &frame), "(0000000001.000000) vcan0 7FF#R8\n");
  frame.flags = CAN_FRAME_FD;
  frame.len = 1;
  ck_assert_str_eq(line_of(999999, &frame), "(0000000000.999999) vcan0 7FF##02A\n");
  frame.flags = CAN_FRAME_FD | CAN_FRAME_BRS;
  ck_assert_str_eq(line_of(999999, &frame), "(0000000000.999999) vcan0 7FF##12A\n");
}
END_TEST

START_TEST(longest_line_fits_and_too_long_input_is_cut) {
  char line[CANDUMP_LINE_CHARS];
  can_frame_t frame = {.id = 0x1FFFFFFF, .len = 255, .flags = CAN_FRAME_EXTENDED | CAN_FRAME_FD};
  size_t length = candump_format(line, UINT64_MAX, "an_interface_name_of_many_characters", &frame);
  ck_assert_uint_lt(length, CANDUMP_LINE_CHARS);
  ck_assert_ptr_nonnull(strstr(line, " an_interface_nam "));
  frame.flags = 0;
  length = candump_format(line, 0, "can0", &frame);
  ck_assert_uint_eq(length, strlen("(0000000000.000000) can0 FFF#") + 16 + 1);
}
END_TEST

START_TEST(random_frames_come_back) {
  static const uint8_t fd_len[] = {0, 3, 8, 12, 16, 20, 24, 32, 48, 64};
  rng_t rng = rng_stream(1, "log");
  for (uint32_t i = 0; i < 3000; i++) {
    can_frame_t frame = {.flags = (uint8_t)(rng_u64(&rng) & CAN_FRAME_EXTENDED)};
    frame.id = (uint32_t)rng_u64(&rng) & (frame.flags ? 0x1FFFFFFFu : 0x7FFu);
    frame.len = (uint8_t)(rng_u64(&rng) % 9);
    if (i % 3 == 0) {
      frame.flags |= CAN_FRAME_FD | (i % 2 ? CAN_FRAME_BRS : 0);
      frame.len = fd_len[rng_u64(&rng) % 10];
    } else if (i % 5 == 0) {
      frame.flags |= CAN_FRAME_REMOTE;
    }
    for (uint32_t b = 0; b < frame.len && !(frame.flags & CAN_FRAME_REMOTE); b++)
      frame.data[b] = (uint8_t)rng_u64(&rng);
    uint64_t time_us = rng_u64(&rng) % 4000000000000000ull;
    const char *line = line_of(time_us, &frame);
    candump_reader_t reader = {.at = line, .end = line + strlen(line)};
    candump_entry_t entry;
    ck_assert_msg(candump_next(&reader, &entry) == CANDUMP_OK, "%s%s", line, reader.error);
    ck_assert_uint_eq(entry.time_us, time_us);
    ck_assert_str_eq(entry.bus, "vcan0");
    ck_assert_mem_eq(&entry.frame, &frame, sizeof frame);
    ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_END);
  }
}
END_TEST

START_TEST(logs_of_others_are_read) {
  static const char log[] = "(1.000000) can0 123#1122\r\n"
                            "\n"
                            "(2.500000) can1 12345678#aaBB R\n"
                            "(3.000000) can0 7FF##5\n"
                            "(4.000000) can0 001#R T\n"
                            "(5.000000) can0 001#R0\n"
                            "(6.000000) can0 001#R8\n";
  candump_reader_t reader = {.at = log, .end = log + sizeof log - 1};
  candump_entry_t entry;
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_OK);
  ck_assert_uint_eq(entry.time_us, 1000000);
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_OK);
  ck_assert_uint_eq(reader.line, 3);
  ck_assert_str_eq(entry.bus, "can1");
  ck_assert_uint_eq(entry.frame.flags, CAN_FRAME_EXTENDED);
  ck_assert_uint_eq(entry.frame.data[0], 0xAA);
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_OK);
  ck_assert_uint_eq(entry.frame.flags, CAN_FRAME_FD | CAN_FRAME_BRS);
  ck_assert_uint_eq(entry.frame.len, 0);
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_OK);
  ck_assert_uint_eq(entry.frame.flags, CAN_FRAME_REMOTE);
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_OK);
  ck_assert_uint_eq(entry.frame.len, 0);
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_OK);
  ck_assert_uint_eq(entry.frame.len, 8);
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_END);
}
END_TEST

typedef struct {
  const char *line, *says;
} refusal_t;

static const refusal_t refusals[] = {
    {"1.000000) can0 123#", "allowed '('"},
    {"(x) can0 123#", "decimal digits"},
    {"(1,000000) can0 123#", "found ',000000) can0 123#'"},
    {"(1.00000) can0 123#", "6 digits"},
    {"(1.0000000) can0 123#", "')' behind"},
    {"(1234567890123.000000) can0 123#", "'.' behind"},
    {"(1.000000)can0 123#", "a blank"},
    {"(1.000000)  123#", "name of an interface"},
    {"(1.000000) an_interface_name 123#", "16 characters"},
    {"(1.000000) can0", "a blank"},
    {"(1.000000) can0 12#", "3 or 8 hex digits"},
    {"(1.000000) can0 1234#", "3 or 8 hex digits"},
    {"(1.000000) can0 800#", "000..7FF"},
    {"(1.000000) can0 20000000#", "1FFFFFFF"},
    {"(1.000000) can0 123", "allowed '#'"},
    {"(1.000000) can0 123#1", "0..8 bytes"},
    {"(1.000000) can0 123#112233445566778899", "0..8 bytes"},
    {"(1.000000) can0 123#1G", "0..8 bytes"},
    {"(1.000000) can0 123#11 X", "end of the line"},
    {"(1.000000) can0 123#R9", "a length"},
    {"(1.000000) can0 123#R/", "a length"},
    {"(1.000000) can0 123##", "FD flags"},
    {"(1.000000) can0 123##0112233445566778899", "12 16 20"},
};

START_TEST(refused_with_line_and_reason) {
  char log[256] = "(1.000000) can0 123#\n";
  strncat(log, refusals[_i].line, 128);
  strncat(log, "\n(9.000000) can0 124#\n", 32);
  candump_reader_t reader = {.at = log, .end = log + strlen(log)};
  candump_entry_t entry;
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_OK);
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_ERR_SYNTAX);
  ck_assert_uint_eq(reader.line, 2);
  ck_assert_msg(strstr(reader.error, refusals[_i].says) != NULL, "%s", reader.error);
  ck_assert_int_eq(candump_next(&reader, &entry), CANDUMP_OK);
  ck_assert_uint_eq(entry.frame.id, 0x124);
}
END_TEST

START_TEST(garbage_does_no_harm) {
  rng_t rng = rng_stream(2, "garbage");
  static const char seed_line[] = "(1436509052.249713) vcan0 044##12A366C2BBA R\n";
  for (uint32_t round = 0; round < 5000; round++) {
    size_t size = rng_u64(&rng) % sizeof seed_line;
    char *log = malloc(size + 1);
    memcpy(log, seed_line, size);
    for (uint32_t i = 0; size > 0 && i < round % 4; i++)
      log[rng_u64(&rng) % size] = (char)(rng_u64(&rng) % 256);
    candump_reader_t reader = {.at = log, .end = log + size};
    candump_entry_t entry;
    uint32_t count = 0;
    while (candump_next(&reader, &entry) != CANDUMP_END) ck_assert_uint_lt(count++, 50);
    free(log);
  }
}
END_TEST

START_TEST(single_frames_are_taken_as_cansend_does) {
  static const struct {
    const char *text, *allowed;
  } bad[] = {
      {"", "3 or 8 hex digits"}, {"12#", "3 or 8"},      {"1234#", "3 or 8"},
      {"800#", "000..7FF"},      {"123", "'#'"},         {"123#1", "0..8 bytes"},
      {"123#R9", "0..8"},        {"123#R4 ", "the end"}, {"123#11 T", "the end"},
      {"123##1112", "in hex"},   {"123##", "FD flags"},  {"123#11223344556677889", "0..8 bytes"},
  };
  char error[CANDUMP_ERROR_CHARS] = "";
  can_frame_t frame = {.id = 1};
  ck_assert_int_eq(candump_frame("123#1122", &frame, error), 0);
  ck_assert_uint_eq(frame.id, 0x123);
  ck_assert_uint_eq(frame.len, 2);
  ck_assert_uint_eq(frame.data[1], 0x22);
  ck_assert_int_eq(candump_frame("12345678#", &frame, error), 0);
  ck_assert_uint_eq(frame.flags, CAN_FRAME_EXTENDED);
  ck_assert_int_eq(candump_frame("123#R4", &frame, error), 0);
  ck_assert_uint_eq(frame.flags, CAN_FRAME_REMOTE);
  ck_assert_uint_eq(frame.len, 4);
  ck_assert_int_eq(candump_frame("123##1AABB", &frame, error), 0);
  ck_assert_uint_eq(frame.flags, CAN_FRAME_FD | CAN_FRAME_BRS);
  for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    ck_assert_int_eq(candump_frame(bad[i].text, &frame, error), -1);
    ck_assert_msg(strstr(error, bad[i].allowed) != NULL, "%s: %s", bad[i].text, error);
  }
  ck_assert_uint_eq(frame.data[0], 0xAA);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("candump");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, lines_are_those_of_candump);
  tcase_add_test(tcase, longest_line_fits_and_too_long_input_is_cut);
  tcase_add_test(tcase, random_frames_come_back);
  tcase_add_test(tcase, logs_of_others_are_read);
  tcase_add_loop_test(tcase, refused_with_line_and_reason, 0,
                      (int)(sizeof refusals / sizeof refusals[0]));
  tcase_add_test(tcase, garbage_does_no_harm);
  tcase_add_test(tcase, single_frames_are_taken_as_cansend_does);
  suite_add_tcase(suite, tcase);
  return suite;
}
