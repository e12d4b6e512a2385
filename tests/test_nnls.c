/// Non-negative least squares: hand-made problems, and the optimality conditions on random ones.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../scenarios/nnls.h"
#include "../sim/rng.h"

enum { COUNT_MAX = 30, ROW_COUNT = 60 };

static nnls_work_t work;
static double matrix[COUNT_MAX * COUNT_MAX], right[COUNT_MAX], x[COUNT_MAX];
static uint8_t is_nonnegative[COUNT_MAX], is_free[COUNT_MAX];

static void setup(void) {
  ck_assert_int_eq(nnls_work_alloc(&work, COUNT_MAX), 0);
  memset(is_free, 1, sizeof is_free);
  memset(is_nonnegative, 0, sizeof is_nonnegative);
}
static void teardown(void) { nnls_work_free(&work); }

START_TEST(free_problem_is_solved_exactly) {
  const double m[9] = {4, 0, 0, 2, 5, 0, 1, 2, 6}; // lower triangle of a symmetric matrix
  const double b[3] = {4 * 1 + 2 * -2 + 1 * 3, 2 * 1 + 5 * -2 + 2 * 3, 1 * 1 + 2 * -2 + 6 * 3};
  ck_assert_int_eq(nnls_solve(&work, 3, m, b, is_nonnegative, is_free, x), 1);
  ck_assert_double_eq_tol(x[0], 1.0, 1e-14);
  ck_assert_double_eq_tol(x[1], -2.0, 1e-14);
  ck_assert_double_eq_tol(x[2], 3.0, 1e-14);
}
END_TEST

START_TEST(negative_unknown_is_held_and_the_others_follow) {
  const double m[4] = {2, 0, 1, 2}, b[2] = {3, -1}; // free: 7/3, -5/3
  is_nonnegative[1] = 1;
  ck_assert_int_gt(nnls_solve(&work, 2, m, b, is_nonnegative, is_free, x), 1);
  ck_assert_double_eq_tol(x[0], 1.5, 1e-14);
  ck_assert_double_eq(x[1], 0.0);
  ck_assert_uint_eq(is_free[1], 0);
  const double other[2] = {3, 6}; // the held unknown wants up again: 0, 3
  ck_assert_int_gt(nnls_solve(&work, 2, m, other, is_nonnegative, is_free, x), 0);
  ck_assert_double_eq_tol(x[0], 0.0, 1e-14);
  ck_assert_double_eq_tol(x[1], 3.0, 1e-14);
}
END_TEST

START_TEST(not_positive_definite_is_refused) {
  const double m[4] = {1, 0, 2, 1}, b[2] = {1, 1};
  ck_assert_int_eq(nnls_solve(&work, 2, m, b, is_nonnegative, is_free, x), -1);
}
END_TEST

/// Normal equations of a random least-squares problem; odd unknowns are kept at or above 0.
static void random_problem(rng_t *rng, uint32_t count) {
  double row[COUNT_MAX];
  memset(matrix, 0, sizeof matrix);
  memset(right, 0, sizeof right);
  for (uint32_t r = 0; r < ROW_COUNT; r++) {
    double value = rng_uniform(rng) - 0.5;
    for (uint32_t i = 0; i < count; i++) row[i] = rng_uniform(rng) - 0.4;
    for (uint32_t i = 0; i < count; i++) {
      right[i] += row[i] * value;
      for (uint32_t j = 0; j < count; j++) matrix[i * count + j] += row[i] * row[j];
    }
  }
  for (uint32_t i = 0; i < count; i++) is_nonnegative[i] = i % 2;
}

START_TEST(random_problems_meet_the_optimality_conditions) {
  rng_t rng = rng_stream(5, "test_nnls");
  uint32_t held_count = 0;
  for (int round = 0; round < 200; round++) {
    uint32_t count = 2 + (uint32_t)(rng_uniform(&rng) * (COUNT_MAX - 2));
    random_problem(&rng, count);
    memset(is_free, 1, sizeof is_free);
    ck_assert_int_gt(nnls_solve(&work, count, matrix, right, is_nonnegative, is_free, x), 0);
    for (uint32_t i = 0; i < count; i++) {
      double slope = -right[i];
      for (uint32_t j = 0; j < count; j++) slope += matrix[i * count + j] * x[j];
      if (is_nonnegative[i]) ck_assert_double_ge(x[i], 0.0);
      if (is_nonnegative[i] && x[i] == 0.0) {
        ck_assert_double_ge(slope, -1e-9);
        held_count++;
      } else {
        ck_assert_double_eq_tol(slope, 0.0, 1e-9);
      }
    }
  }
  ck_assert_uint_gt(held_count, 100);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("nnls");
  TCase *tests = tcase_create("nnls");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, free_problem_is_solved_exactly);
  tcase_add_test(tests, negative_unknown_is_held_and_the_others_follow);
  tcase_add_test(tests, not_positive_definite_is_refused);
  tcase_add_test(tests, random_problems_meet_the_optimality_conditions);
  suite_add_tcase(suite, tests);
  return suite;
}
