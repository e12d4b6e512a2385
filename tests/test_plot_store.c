/// History of signals against the same values kept one by one.
#include "../gui/plot_store.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "../sim/rng.h"

enum { TICK_us = 1000, TICK_MAX = 60000, PART_MAX = 64 };

static plot_store_t *store;
static hil_t *hil;
static uint32_t signal_index;
static float *kept; /* by tick; NaN: not read */

static void setup(void) {
  signals_init();
  store = plot_store_open();
  hil = calloc(1, sizeof *hil);
  kept = calloc(TICK_MAX, sizeof *kept);
  ck_assert(store != NULL && hil != NULL && kept != NULL);
  for (uint32_t i = 0; i < TICK_MAX; i++) kept[i] = (float)NAN;
  int32_t found = signals_find("phys.ambient.degC");
  ck_assert_int_ge(found, 0);
  signal_index = (uint32_t)found;
}

static void teardown(void) {
  plot_store_close(store);
  free(hil);
  free(kept);
}

static void tick(double value) {
  hil->now_us += TICK_us;
  hil->stimulus.ambient_degC = value;
  plot_store_tick(store, hil);
  ck_assert_uint_lt(hil->now_us / TICK_us, TICK_MAX);
  kept[hil->now_us / TICK_us] = (float)value;
}

static void run_to(rng_t *rng, uint64_t time_us) {
  while (hil->now_us < time_us) tick(rng_uniform(rng) * 100.0 - 50.0);
}

static plot_range_t expected(uint64_t from_us, uint64_t to_us) {
  plot_range_t range = {(float)NAN, (float)NAN};
  for (uint64_t n = from_us / TICK_us; n * TICK_us < to_us && n < TICK_MAX; n++) {
    if (n * TICK_us > hil->now_us) break;
    range.least = fminf(range.least, kept[n]);
    range.greatest = fmaxf(range.greatest, kept[n]);
  }
  return range;
}

static int is_same(float a, float b) { return (isnan(a) && isnan(b)) || !(a < b || a > b); }

static void check_window(uint64_t from_us, uint64_t to_us, uint32_t count) {
  plot_range_t part[PART_MAX];
  plot_store_read(store, signal_index, from_us, to_us, count, part);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t begin_us = from_us + (uint64_t)((double)(to_us - from_us) / count * i);
    uint64_t end_us = from_us + (uint64_t)((double)(to_us - from_us) / count * (i + 1));
    plot_range_t right = expected(begin_us, end_us > begin_us ? end_us : begin_us + 1);
    ck_assert_msg(is_same(part[i].least, right.least) && is_same(part[i].greatest, right.greatest),
                  "%llu..%llu us, now %llu: %g..%g, expected %g..%g", (unsigned long long)begin_us,
                  (unsigned long long)end_us, (unsigned long long)hil->now_us,
                  (double)part[i].least, (double)part[i].greatest, (double)right.least,
                  (double)right.greatest);
  }
}

/* As long as every tick is there, each window is exact, wide or narrow. */
START_TEST(windows_are_exact) {
  rng_t rng = rng_stream(7, "windows");
  plot_store_follow(store, signal_index);
  for (uint32_t i = 0; i < 400; i++) {
    run_to(&rng, hil->now_us + (uint64_t)(rng_uniform(&rng) * 37.0) * TICK_us);
    uint64_t from_us = TICK_us + (uint64_t)(rng_uniform(&rng) * (double)hil->now_us);
    uint64_t span_us = 1 + (uint64_t)(rng_uniform(&rng) * (double)(hil->now_us - TICK_us + 1));
    if (from_us + span_us > hil->now_us + TICK_us) span_us = hil->now_us + TICK_us - from_us;
    if (from_us > hil->now_us || span_us == 0) continue;
    check_window(from_us, from_us + span_us, 1 + (uint32_t)(rng_uniform(&rng) * (PART_MAX - 1)));
  }
}
END_TEST

/* After going back, what was later is gone, and what comes then is exact again. */
START_TEST(going_back) {
  rng_t rng = rng_stream(7, "back");
  plot_store_follow(store, signal_index);
  for (uint32_t i = 0; i < 40; i++) {
    run_to(&rng, hil->now_us + 333 * TICK_us);
    uint64_t back_us = hil->now_us - (uint64_t)(rng_uniform(&rng) * 290.0) * TICK_us;
    plot_store_rewind(store, back_us);
    hil->now_us = back_us;
    for (uint64_t n = back_us / TICK_us + 1; n < TICK_MAX; n++) kept[n] = (float)NAN;
    ck_assert_uint_eq(plot_store_now_us(store), back_us);
    plot_range_t later;
    plot_store_read(store, signal_index, back_us + TICK_us, back_us + 100 * TICK_us, 1, &later);
    ck_assert(isnan(later.least) && isnan(later.greatest));
    run_to(&rng, hil->now_us + 50 * TICK_us);
    check_window(TICK_us, hil->now_us + TICK_us, 1 + i);
  }
}
END_TEST

/* Farther back than the ring of ticks reaches: what it held of later times is not taken for new. */
START_TEST(going_far_back) {
  plot_range_t range;
  plot_store_follow(store, signal_index);
  while (hil->now_us < 40000000) tick((double)hil->now_us * 1e-6);
  plot_store_rewind(store, 10003000);
  hil->now_us = 10003000;
  while (hil->now_us < 10200000) tick((double)hil->now_us * 1e-6);
  plot_store_read(store, signal_index, 10000000, 10012000, 1, &range);
  ck_assert_double_le((double)range.greatest, 10.013);
  plot_store_read(store, signal_index, 9000000, 10192000, 1, &range);
  ck_assert_double_le((double)range.greatest, 10.193);
  ck_assert_double_ge((double)range.least, 8.9);
}
END_TEST

/* Beyond the ring of ticks a window may be a stretch wider on each side, never narrower. */
START_TEST(the_past_gets_coarser) {
  rng_t rng = rng_stream(7, "past");
  plot_store_follow(store, signal_index);
  run_to(&rng, (PLOT_RING_COUNT + 20000ULL) * TICK_us);
  for (uint32_t i = 0; i < 200; i++) {
    uint64_t from_us = 8000 + (uint64_t)(rng_uniform(&rng) * 15e6);
    uint64_t to_us = from_us + 1000 + (uint64_t)(rng_uniform(&rng) * 1e6);
    plot_range_t part, inner = expected(from_us, to_us), outer;
    plot_store_read(store, signal_index, from_us, to_us, 1, &part);
    outer = expected(from_us / 8000 * 8000, (to_us + 7999) / 8000 * 8000);
    ck_assert(part.least <= inner.least && part.greatest >= inner.greatest);
    ck_assert(part.least >= outer.least && part.greatest <= outer.greatest);
  }
}
END_TEST

/* A signal that nobody follows is known by its readings every 100 ms, for the whole run. */
START_TEST(all_signals_for_hours) {
  enum { HOUR_TICKS = 36000 };
  plot_range_t part[PART_MAX];
  for (uint32_t i = 1; i <= HOUR_TICKS / 4; i++) {
    hil->now_us = (uint64_t)i * PLOT_COARSE_us;
    hil->stimulus.ambient_degC = (double)i; /* rises by 1 each reading */
    plot_store_tick(store, hil);
  }
  ck_assert_int_eq(plot_store_is_fine(store, signal_index), 0);
  plot_store_read(store, signal_index, 0, hil->now_us, PART_MAX, part);
  for (uint32_t i = 0; i < PART_MAX; i++) {
    double width = (double)hil->now_us / PLOT_COARSE_us / PART_MAX;
    ck_assert_double_le(fabs((double)part[i].least - width * i), 17.0);
    ck_assert_double_le(fabs((double)part[i].greatest - width * (i + 1)), 17.0);
  }
  plot_store_read(store, signal_index, hil->now_us + 1, hil->now_us + 1000000, 1, part);
  ck_assert(isnan(part[0].least));
}
END_TEST

/* All places taken: the one that was asked for longest ago goes. */
START_TEST(places) {
  for (uint32_t i = 0; i < PLOT_FINE_MAX; i++) plot_store_follow(store, i);
  plot_store_follow(store, 0);
  plot_store_follow(store, 500);
  ck_assert_int_eq(plot_store_is_fine(store, 0), 1);
  ck_assert_int_eq(plot_store_is_fine(store, 1), 0);
  ck_assert_int_eq(plot_store_is_fine(store, 2), 1);
  ck_assert_int_eq(plot_store_is_fine(store, 500), 1);
  plot_store_follow(store, signals_count()); /* no such signal: nothing happens */
  ck_assert_int_eq(plot_store_is_fine(store, 2), 1);
}
END_TEST

/* A place that is taken over shows nothing of the signal before. */
START_TEST(a_new_signal_has_no_past) {
  rng_t rng = rng_stream(7, "new");
  plot_range_t part;
  plot_store_follow(store, 0);
  for (uint32_t i = 0; i < 50; i++) tick(5.0);
  for (uint32_t i = 1; i < PLOT_FINE_MAX; i++) plot_store_follow(store, i);
  plot_store_follow(store, signal_index);
  plot_store_read(store, signal_index, 0, 40 * TICK_us, 1, &part);
  ck_assert(isnan(part.least));
  for (uint32_t n = 0; n <= 50; n++) kept[n] = (float)NAN;
  run_to(&rng, 90 * TICK_us);
  check_window(51 * TICK_us, 91 * TICK_us, 7);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("plot_store");
  TCase *all = tcase_create("all");
  tcase_set_timeout(all, 60);
  tcase_add_checked_fixture(all, setup, teardown);
  tcase_add_test(all, windows_are_exact);
  tcase_add_test(all, going_back);
  tcase_add_test(all, going_far_back);
  tcase_add_test(all, the_past_gets_coarser);
  tcase_add_test(all, all_signals_for_hours);
  tcase_add_test(all, places);
  tcase_add_test(all, a_new_signal_has_no_past);
  suite_add_tcase(suite, all);
  return suite;
}
