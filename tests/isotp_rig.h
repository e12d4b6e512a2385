/// One end of an ISO-TP connection under test: the ECU's, fed with frames written as text.
#ifndef TESTS_ISOTP_RIG_H
#define TESTS_ISOTP_RIG_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/core/isotp.h"
#include "../sim/can/candump.h"

enum { MS = 1000, SECOND = 1000 * MS };

static isotp_t ecu;
static uint32_t now_us;

static inline isotp_config_t ecu_config(void) {
  isotp_config_t config = {.rx_id = 0x7E4,
                           .tx_id = 0x7EC,
                           .functional_id = 0x7DF,
                           .tx_dl = 8,
                           .is_padded = 1,
                           .wait_max = 3};
  return config;
}

static inline void start_with(const isotp_config_t *config) {
  now_us = UINT32_MAX - 40 * MS; /* the clock wraps soon */
  ck_assert_int_eq(isotp_init(&ecu, config), ISOTP_OK);
}

static inline void start(void) {
  isotp_config_t config = ecu_config();
  start_with(&config);
}

static inline can_frame_t frame_of(const char *text) {
  can_frame_t frame;
  char error[CANDUMP_ERROR_CHARS];
  ck_assert_msg(candump_frame(text, &frame, error) == 0, "%s: %s", text, error);
  return frame;
}

static inline int give(const char *text) {
  can_frame_t frame = frame_of(text);
  return isotp_receive(&ecu, &frame, now_us);
}

static inline void pass(uint32_t us) {
  now_us += us;
  isotp_step(&ecu, now_us);
}

/// The next frame is this one; NULL: there is none.
static inline void sends(const char *text) {
  can_frame_t frame;
  int is_there = isotp_poll_tx(&ecu, &frame, now_us);
  if (text == NULL) {
    ck_assert_int_eq(is_there, 0);
    return;
  }
  can_frame_t wanted = frame_of(text);
  ck_assert_msg(is_there, "%s is not sent", text);
  if (memcmp(&frame, &wanted, sizeof frame) == 0) return;
  char line[CANDUMP_LINE_CHARS];
  size_t length = candump_format(line, 0, "-", &frame);
  ck_abort_msg("sent %.*s instead of %s", (int)length, line, text);
}

/// A message is ready, these bytes; "": none is.
static inline void has(const char *hex) {
  uint32_t byte_count;
  int is_functional;
  const uint8_t *data = isotp_received(&ecu, &byte_count, &is_functional);
  char text[2 * ISOTP_BYTES_MAX + 1] = "";
  if (data == NULL) byte_count = 0;
  for (uint32_t i = 0; i < byte_count; i++) sprintf(text + 2u * i, "%02X", data[i]);
  ck_assert_str_eq(text, hex);
  if (data != NULL) isotp_release(&ecu);
}

static inline void counts(isotp_result_t result, uint32_t wanted) {
  ck_assert_uint_eq(ecu.count[result], wanted);
}

static inline uint8_t pattern(uint32_t i) { return (uint8_t)(i * 7u + 3u); }

static inline void send_pattern(uint32_t byte_count) {
  uint8_t data[ISOTP_BYTES_MAX];
  for (uint32_t i = 0; i < byte_count; i++) data[i] = pattern(i);
  ck_assert_int_eq(isotp_send(&ecu, data, byte_count, now_us), ISOTP_OK);
}

/// A consecutive frame from the tester that goes on with the pattern.
static inline can_frame_t next_of(uint32_t at, uint32_t sequence) {
  can_frame_t frame = {.id = 0x7E4, .len = 8};
  frame.data[0] = (uint8_t)(0x20 | (sequence & 15u));
  for (uint32_t i = 0; i < 7; i++) frame.data[1 + i] = pattern(at + i);
  return frame;
}

static inline void give_next(uint32_t at, uint32_t sequence) {
  can_frame_t frame = next_of(at, sequence);
  ck_assert_int_eq(isotp_receive(&ecu, &frame, now_us), 1);
}

static inline void start_fd(uint8_t tx_dl) {
  isotp_config_t config = ecu_config();
  config.is_fd = 1;
  config.tx_dl = tx_dl;
  config.padding_raw = 0xCC;
  start_with(&config);
}

/// An FD frame to the ECU: these bytes, then zeros up to len.
static inline int give_fd(const char *hex, uint32_t len) {
  can_frame_t frame = {.id = 0x7E4, .len = (uint8_t)len, .flags = CAN_FRAME_FD};
  for (uint32_t i = 0; hex[2u * i] != '\0'; i++) {
    unsigned byte;
    ck_assert_int_eq(sscanf(hex + 2u * i, "%2x", &byte), 1);
    frame.data[i] = (uint8_t)byte;
  }
  return isotp_receive(&ecu, &frame, now_us);
}

static inline void send_first(uint32_t byte_count) {
  can_frame_t frame;
  send_pattern(byte_count);
  ck_assert_int_eq(isotp_poll_tx(&ecu, &frame, now_us), 1);
  ck_assert_uint_eq(frame.data[0] >> 4, 1);
  ck_assert(isotp_is_sending(&ecu));
  ck_assert_ptr_null(isotp_tx_buffer(&ecu));
}

#endif
