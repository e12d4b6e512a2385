/// Histogram of lateness: its percentiles against those of the sorted values.
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/lateness.h"

enum { VALUE_COUNT = 20000 };

static uint64_t value[VALUE_COUNT];

static int order(const void *a, const void *b) {
  const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

/// From 1 us to minutes, as many in each octave: at most 1/64 above the true one, never below.
START_TEST(percentiles_are_those_of_the_values) {
  static const uint32_t permyriad[] = {1, 100, 2500, 5000, 9000, 9900, 9990, 9999, 10000};
  lateness_t late;
  uint32_t state = 12345;
  memset(&late, 0, sizeof late);
  for (uint32_t i = 0; i < VALUE_COUNT; i++) {
    state = state * 1664525u + 1013904223u;
    value[i] = (uint64_t)(state >> 4) >> (i % 28);
    lateness_add(&late, value[i]);
  }
  qsort(value, VALUE_COUNT, sizeof value[0], order);
  ck_assert_uint_eq(late.count, VALUE_COUNT);
  ck_assert_uint_eq(late.max_us, value[VALUE_COUNT - 1]);
  for (uint32_t i = 0; i < sizeof permyriad / sizeof permyriad[0]; i++) {
    const uint64_t truth = value[(uint64_t)permyriad[i] * VALUE_COUNT / 10000 - 1];
    const uint64_t got = lateness_percentile_us(&late, permyriad[i]);
    ck_assert_uint_ge(got, truth);
    ck_assert_uint_le(got, truth + truth / 64);
  }
}
END_TEST

START_TEST(small_values_are_exact) {
  lateness_t late;
  memset(&late, 0, sizeof late);
  ck_assert_uint_eq(lateness_percentile_us(&late, 9900), 0);
  for (uint64_t us = 0; us < 100; us++) lateness_add(&late, us);
  ck_assert_uint_eq(lateness_percentile_us(&late, 100), 0);
  ck_assert_uint_eq(lateness_percentile_us(&late, 5000), 49);
  ck_assert_uint_eq(lateness_percentile_us(&late, 9900), 98);
  ck_assert_uint_eq(lateness_percentile_us(&late, 10000), 99);
}
END_TEST

/// What is beyond all buckets counts in the last one.
START_TEST(ages_are_counted) {
  lateness_t late;
  memset(&late, 0, sizeof late);
  lateness_add(&late, UINT64_MAX);
  lateness_add(&late, (uint64_t)1 << 40);
  ck_assert_uint_eq(late.bucket[LATENESS_BUCKETS - 1], 2);
  ck_assert_uint_ge(lateness_percentile_us(&late, 5000), (uint64_t)1 << 36);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("lateness");
  TCase *tcase = tcase_create("histogram");
  tcase_add_test(tcase, percentiles_are_those_of_the_values);
  tcase_add_test(tcase, small_values_are_exact);
  tcase_add_test(tcase, ages_are_counted);
  suite_add_tcase(suite, tcase);
  return suite;
}
