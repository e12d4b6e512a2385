/// Times of the diagnostic server, to the last ms inside and the first outside.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/server.h"

Suite *test_suite(void);

static bms_t bms;
static bms_out_t out;

static void setup(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(&out, 0, sizeof out);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  memset(bms.store.record, 0, sizeof bms.store.record); /* nothing waits to be written */
  bms.store.is_pending = bms.store.soc_is_dirty = 0;
  bms.task_ms = 10;
}

/// S3: five seconds without a request end the session.
START_TEST(a_session_ends_after_5_s_without_a_request) {
  setup();
  bms.server.session = SERVER_SESSION_EXTENDED;
  for (uint32_t ms = 10; ms <= 5000; ms += 10) {
    server_step(&bms, &out);
    ck_assert_int_eq(bms.server.session == SERVER_SESSION_DEFAULT, ms >= 5000);
  }
  for (uint32_t task = 0; task < 10000; task++) server_step(&bms, &out);
  ck_assert_uint_eq(bms.server.idle_ms, UINT16_MAX);
}
END_TEST

/// The reply has 50 ms to travel; a memory that is still being written holds the reset up, for a
/// second at most.
START_TEST(a_reset_waits_for_the_reply_and_for_the_memory) {
  for (uint32_t is_written = 0; is_written < 2; is_written++) {
    setup();
    bms.store.is_pending = !is_written;
    for (uint32_t ms = 10; ms <= 1200; ms += 10) {
      server_step(&bms, &out);
      ck_assert_uint_eq(out.reset_is_asked, 0); /* nobody asked for one */
    }
    bms.server.reset_is_due = 1;
    for (uint32_t ms = 10; ms <= 1200; ms += 10) {
      out.reset_is_asked = 0;
      server_step(&bms, &out);
      ck_assert_uint_eq(out.reset_is_asked, ms >= (is_written ? 50u : 1000u));
    }
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_server_time");
  TCase *tests = tcase_create("server time");
  tcase_add_test(tests, a_session_ends_after_5_s_without_a_request);
  tcase_add_test(tests, a_reset_waits_for_the_reply_and_for_the_memory);
  suite_add_tcase(suite, tests);
  return suite;
}
