/// Settling: exponentials against their closed form, ripple, jumps, windows that grow.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../ecu_model/core/settle.h"

Suite *test_suite(void);

enum { PACK_raw = 3000 };

static settle_t settle;
static double time_ms;

static void start(void) {
  settle_init(&settle);
  settle_begin(&settle, 0);
  time_ms = 0.0;
}

/// Runs a decay from first to last (shares of the pack) until something else than RUNNING comes.
static settle_status_t run(double first, double last, double tau_ms, uint32_t max_ms) {
  settle_status_t status = SETTLE_RUNNING;
  for (uint32_t i = 0; i < max_ms && status == SETTLE_RUNNING; i++, time_ms += 1.0) {
    double share = last + (first - last) * exp(-time_ms / tau_ms);
    status = settle_add(&settle, (uint32_t)(share * PACK_raw + 0.5), PACK_raw, SETTLE_ONE);
  }
  return status;
}

static settle_status_t run_to_end(double first, double last, double tau_ms) {
  settle_status_t status = SETTLE_RUNNING;
  while (status != SETTLE_DONE && settle.level < SETTLE_LEVEL_MAX && time_ms < 5000.0)
    status = run(first, last, tau_ms, 5000);
  return status;
}

static double end(void) { return settle.end / (double)SETTLE_ONE; }

START_TEST(what_stands_is_done_after_three_windows) {
  start();
  ck_assert_int_eq(run(0.25, 0.25, 1.0, 239), SETTLE_RUNNING);
  ck_assert_int_eq(run(0.25, 0.25, 1.0, 1), SETTLE_DONE);
  ck_assert_double_eq_tol(end(), 0.25, 1e-6);
  ck_assert_uint_eq(settle.count, 3);
}
END_TEST

/// Codes of 1/3000: the end comes out well below that, up or down.
START_TEST(exponentials_end_where_they_end) {
  static const double tau_ms[] = {5, 20, 50, 100, 200, 400, 800};
  double tau = tau_ms[_i / 2], first = _i % 2 ? 0.9 : 0.2, last = 1.1 - first;
  start();
  ck_assert_int_eq(run_to_end(first, last, tau), SETTLE_DONE);
  ck_assert_double_eq_tol(end(), last, tau < 150 ? 4e-4 : 3e-3);
  ck_assert_double_le(time_ms, tau < 30 ? 240.0 : tau < 150 ? 480.0 : 960.0);
}
END_TEST

START_TEST(the_first_judgement_is_an_estimate) {
  start();
  ck_assert_int_eq(run(0.2, 0.9, 400.0, 240), SETTLE_ESTIMATE);
  ck_assert_double_eq_tol(end(), 0.9, 0.02);
  ck_assert_int_eq(run(0.2, 0.9, 400.0, 240), SETTLE_DONE); /* says the same */
  ck_assert_uint_eq(settle.level, 1);
}
END_TEST

START_TEST(what_is_too_slow_is_looked_at_for_longer) {
  start();
  ck_assert_int_eq(run(0.2, 0.9, 9000.0, 479), SETTLE_RUNNING);
  settle_status_t status = run_to_end(0.2, 0.9, 9000.0);
  ck_assert(status == SETTLE_ESTIMATE || status == SETTLE_DONE);
  ck_assert_double_eq_tol(end(), 0.9, 0.1);
}
END_TEST

/// Windows at level L are 80 << L ms long; verdicts come at 240, 480, 960, 1920 ms.
START_TEST(windows_grow_by_merging) {
  static const uint32_t at_ms[] = {240, 480, 960, 1920};
  start();
  uint32_t verdict = 0;
  for (uint32_t i = 1; verdict < 4; i++) {
    uint32_t own = 300 + i * i / 4000; /* faster and faster: no exponential */
    settle_status_t status = settle_add(&settle, own, PACK_raw, SETTLE_ONE);
    ck_assert_uint_lt(i, 1921);
    if (i != at_ms[verdict]) continue;
    ck_assert_uint_eq(settle.level, verdict == 3 ? 0 : verdict);
    ck_assert_int_eq(status, verdict == 3 ? SETTLE_DISTURBED : SETTLE_RUNNING);
    ck_assert_uint_eq(settle.count, verdict == 3 ? 0 : 3);
    verdict++;
  }
  ck_assert_uint_eq(settle.try_count, 1);
}
END_TEST

static settle_status_t window(uint32_t own, uint32_t pack) {
  settle_status_t status = SETTLE_RUNNING;
  for (uint32_t i = 0; i < SETTLE_BASE_ms; i++) status = settle_add(&settle, own, pack, SETTLE_ONE);
  return status;
}

/// 0.4 % of the pack is the bound, in both directions; what was is not forgotten.
START_TEST(a_pack_that_moves_disturbs) {
  uint32_t first = 2560, calm = 2570, wild = 2571;
  if (_i) calm = 2551, wild = 2549;
  start();
  ck_assert_int_eq(window(1000, first), SETTLE_RUNNING);
  ck_assert_int_eq(window(1000, calm), SETTLE_RUNNING);
  ck_assert_uint_eq(settle.count, 2);
  settle_begin(&settle, 0);
  ck_assert_int_eq(window(1000, first), SETTLE_RUNNING);
  ck_assert_int_eq(window(1000, wild), SETTLE_DISTURBED);
  ck_assert_uint_eq(settle.count, 0);
  ck_assert_uint_eq(settle.try_count, 1);
  settle_begin(&settle, 0);
  ck_assert_int_eq(window(1000, first), SETTLE_DISTURBED); /* against the window before */
  settle_init(&settle);
  ck_assert_int_eq(window(1000, first), SETTLE_RUNNING);
}
END_TEST

/// Every fourth try takes the longest windows at once.
START_TEST(a_ripple_is_averaged_in_the_end) {
  start();
  for (uint32_t i = 0; i < 3; i++) {
    while (settle.try_count == i) (void)window(1000, settle.count == 0 ? 2500 : 2600);
    ck_assert_uint_eq(settle.level, 0);
  }
  while (settle.try_count == 3) (void)window(1000, settle.count == 0 ? 2500 : 2600);
  ck_assert_uint_eq(settle.level, SETTLE_LEVEL_MAX);
  settle.pack_mean_raw = 0;
  for (uint32_t i = 0; i < 1919; i++) {
    uint32_t pack = 2560 + (i % 200 < 100 ? 40u : 0u);
    ck_assert_int_eq(settle_add(&settle, pack / 4, pack, SETTLE_ONE), SETTLE_RUNNING);
  }
  ck_assert_int_eq(settle_add(&settle, 640, 2560, SETTLE_ONE), SETTLE_DONE);
  ck_assert_double_eq_tol(end(), 0.25, 1e-4);
}
END_TEST

START_TEST(the_scale_divides) {
  start();
  for (uint32_t i = 0; i < 239; i++)
    (void)settle_add(&settle, 1000, 2000, SETTLE_ONE + SETTLE_ONE / 20);
  ck_assert_int_eq(settle_add(&settle, 1000, 2000, SETTLE_ONE + SETTLE_ONE / 20), SETTLE_DONE);
  ck_assert_double_eq_tol(end(), 0.5 / 1.05, 1e-6);
}
END_TEST

static settle_status_t three(uint32_t a, uint32_t b, uint32_t c) {
  start();
  (void)window(a, 4095);
  (void)window(b, 4095);
  return window(c, 4095);
}

/// Windows by hand: 1000, 1400, 1600 end at 1800; the ends of the range hold it.
START_TEST(three_windows_by_hand) {
  ck_assert_int_eq(three(1000, 1400, 1600), SETTLE_ESTIMATE);
  ck_assert_double_eq_tol(end(), 1800.0 / 4095.0, 3e-6);
  ck_assert_int_eq(three(1600, 1200, 1000), SETTLE_ESTIMATE);
  ck_assert_double_eq_tol(end(), 800.0 / 4095.0, 3e-6);
  ck_assert_int_eq(three(3000, 3500, 3950), SETTLE_ESTIMATE);
  ck_assert_double_eq_tol(end(), 1.0, 1e-9);
  ck_assert_int_eq(three(1000, 600, 240), SETTLE_ESTIMATE);
  ck_assert_double_eq_tol(end(), 0.0, 1e-9);
  ck_assert_int_eq(three(1000, 1400, 1200), SETTLE_RUNNING); /* there and back */
}
END_TEST

START_TEST(the_slowest_that_is_extrapolated) {
  ck_assert_int_eq(three(1000, 1320, 1630), SETTLE_ESTIMATE);
  ck_assert_int_eq(three(1000, 1320, 1631), SETTLE_RUNNING);
}
END_TEST

static settle_status_t uneven_window(uint32_t more) {
  (void)settle_add(&settle, 1000 + more, 4096, SETTLE_ONE);
  for (uint32_t i = 2; i < SETTLE_BASE_ms; i++) (void)settle_add(&settle, 1000, 4096, SETTLE_ONE);
  return settle_add(&settle, 1000, 4096, SETTLE_ONE);
}

/// A count more in a window is 3.2 of SETTLE_ONE: 31 are within SETTLE_STILL, 32 are not.
START_TEST(stillness_has_a_bound) {
  start();
  (void)uneven_window(100);
  (void)uneven_window(_i ? 69 : 131);
  ck_assert_int_eq(uneven_window(_i ? 38 : 162), SETTLE_DONE);
  start();
  (void)uneven_window(100);
  (void)uneven_window(_i ? 68 : 132);
  ck_assert_int_eq(uneven_window(_i ? 36 : 164), SETTLE_RUNNING);
  start();
  (void)uneven_window(100);
  (void)uneven_window(100);
  ck_assert_int_eq(uneven_window(_i ? 68 : 132), SETTLE_RUNNING);
}
END_TEST

/// Three windows whose shares are these numbers to the last bit.
static settle_status_t exact(int32_t a, int32_t b, int32_t c) {
  enum { SHARE_raw = SETTLE_ONE / SETTLE_BASE_ms };
  const int32_t own[] = {a, b, c};
  settle_status_t status = SETTLE_RUNNING;
  for (uint32_t i = 0; i < 3; i++) {
    (void)settle_add(&settle, (uint32_t)own[i], SETTLE_ONE - (SETTLE_BASE_ms - 1) * SHARE_raw,
                     SETTLE_ONE);
    for (uint32_t k = 1; k < SETTLE_BASE_ms; k++)
      status = settle_add(&settle, 0, SHARE_raw, SETTLE_ONE);
  }
  return status;
}

/// Two steps of 100 are still, either way; 101 is a movement that does not end.
START_TEST(two_small_steps_are_still) {
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    start();
    ck_assert_int_eq(exact(5000, 5000 + 100 * sign, 5000 + 200 * sign), SETTLE_DONE);
    ck_assert_uint_eq(settle.end, (uint32_t)(5000 + 200 * sign));
    start();
    ck_assert_int_eq(exact(5000, 5000 + 101 * sign, 5000 + 201 * sign), SETTLE_RUNNING);
  }
}
END_TEST

/// What swings back by 100 has arrived, by more it swings.
START_TEST(an_overshoot_of_no_account_is_none) {
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    start();
    ck_assert_int_eq(exact(5000, 5000 + 1000 * sign, 5000 + 900 * sign), SETTLE_DONE);
    ck_assert_uint_eq(settle.end, (uint32_t)(5000 + 909 * sign));
    start();
    ck_assert_int_eq(exact(5000, 5000 + 1000 * sign, 5000 + 899 * sign), SETTLE_RUNNING);
  }
}
END_TEST

/// 600, 200, .. leave 100: that is still, 101 are an estimate.
START_TEST(what_is_left_decides_between_end_and_estimate) {
  for (int32_t sign = -1; sign <= 1; sign += 2) {
    start();
    ck_assert_int_eq(exact(5000, 5000 + 600 * sign, 5000 + 800 * sign), SETTLE_DONE);
    ck_assert_uint_eq(settle.end, (uint32_t)(5000 + 900 * sign));
    start();
    ck_assert_int_eq(exact(5000, 5000 + 600 * sign, 5000 + 801 * sign), SETTLE_ESTIMATE);
    ck_assert_uint_eq(settle.end, (uint32_t)(5000 + 902 * sign));
  }
}
END_TEST

/// Two levels whose ends are 0.2 % apart name the same; one more and they do not.
START_TEST(two_levels_agree_within_2048) {
  for (int32_t apart = -2049; apart <= 2049; apart++) {
    start();
    settle.has_earlier = 1; /* what the level before has named */
    settle.earlier = (uint32_t)(70000 + apart);
    settle_status_t status = exact(50000, 50000 + 10000, 50000 + 15000);
    ck_assert_uint_eq(settle.end, 70000);
    int agrees = apart <= SETTLE_AGREE && apart >= -SETTLE_AGREE;
    ck_assert_int_eq(status, agrees ? SETTLE_DONE : SETTLE_ESTIMATE);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_settle");
  TCase *tests = tcase_create("settle");
  tcase_add_test(tests, what_stands_is_done_after_three_windows);
  tcase_add_loop_test(tests, exponentials_end_where_they_end, 0, 14);
  tcase_add_test(tests, the_first_judgement_is_an_estimate);
  tcase_add_test(tests, what_is_too_slow_is_looked_at_for_longer);
  tcase_add_test(tests, windows_grow_by_merging);
  tcase_add_loop_test(tests, a_pack_that_moves_disturbs, 0, 2);
  tcase_add_test(tests, a_ripple_is_averaged_in_the_end);
  tcase_add_test(tests, the_scale_divides);
  tcase_add_test(tests, three_windows_by_hand);
  tcase_add_test(tests, the_slowest_that_is_extrapolated);
  tcase_add_loop_test(tests, stillness_has_a_bound, 0, 2);
  tcase_add_test(tests, two_small_steps_are_still);
  tcase_add_test(tests, an_overshoot_of_no_account_is_none);
  tcase_add_test(tests, what_is_left_decides_between_end_and_estimate);
  tcase_add_test(tests, two_levels_agree_within_2048);
  suite_add_tcase(suite, tests);
  return suite;
}
