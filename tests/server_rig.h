/// The diagnostic server under test: requests and replies as hex text, without a bus.
#ifndef TESTS_SERVER_RIG_H
#define TESTS_SERVER_RIG_H

#include "../ecu_model/core/server.h"
#include "core_rig.h"
#include "diag_text.h"

static rig_t rig;
static uint8_t reply[SERVER_REPLY_MAX + 16];
static bms_out_t told;

static inline void setup(void) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  memset(&told, 0, sizeof told);
}

/// Serve one request at once; the bytes behind the reply stay as they were.
static inline uint32_t serve(const char *request, int is_functional) {
  uint8_t bytes[DIAG_TEXT_BYTES];
  uint32_t count = diag_bytes(request, bytes);
  memset(reply, 0xEE, sizeof reply);
  uint32_t length = server_reply(&rig.bms, &told, bytes, count, is_functional, reply);
  ck_assert_uint_le(length, SERVER_REPLY_MAX);
  for (uint32_t i = SERVER_REPLY_MAX; i < sizeof reply; i++) ck_assert_uint_eq(reply[i], 0xEE);
  return length;
}

/// The reply is this; "" is none.
static inline void replies(const char *request, const char *expected) {
  ck_assert_str_eq(diag_text(reply, serve(request, 0)), expected);
}

static inline void replies_to_all(const char *request, const char *expected) {
  ck_assert_str_eq(diag_text(reply, serve(request, 1)), expected);
}

#endif
