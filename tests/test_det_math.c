/// Own exp and log against libm over their whole range, random streams, and the hash chain.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../sim/det_math.h"
#include "../sim/hash.h"
#include "../sim/rng.h"

static void ck_relative(double found, double expected, double tolerance) {
  double scale = fabs(expected) > 1e-300 ? fabs(expected) : 1.0;
  ck_assert_msg(fabs(found - expected) <= tolerance * scale, "found %.17g, expected %.17g", found,
                expected);
}

START_TEST(exp_agrees_with_libm) {
  for (double x = -699.5; x < 700.0; x += 0.0713) ck_relative(det_exp(x), exp(x), 1e-14);
  for (double x = 1e-18; x < 1.0; x *= 1.7) ck_relative(det_expm1_neg(x), -expm1(-x), 1e-14);
  for (double x = 0.3; x < 40.0; x += 0.001) ck_relative(det_expm1_neg(x), -expm1(-x), 1e-14);
}
END_TEST

START_TEST(exp_is_bounded) {
  ck_assert(det_exp(1e9) == det_exp(700.0));
  ck_assert(det_exp(-1e9) == det_exp(-700.0));
  ck_assert(det_exp((double)NAN) == 1.0);
  ck_assert(det_exp(0.0) == 1.0);
  ck_assert(det_expm1_neg(-1.0) == 0.0);
}
END_TEST

START_TEST(log_agrees_with_libm) {
  for (double x = 1e-320; x < 1e300; x *= 1.37) {
    ck_assert_msg(fabs(det_log(x) - log(x)) <= 2e-15 * fabs(log(x)) + 1e-16, "log(%g)", x);
  }
  for (double x = 0.5; x < 2.0; x += 0.00037) ck_assert(fabs(det_log(x) - log(x)) < 3e-16);
  ck_assert(det_log(0.0) == -745.0);
  ck_assert(det_log(-3.0) == -745.0);
  ck_assert(det_log((double)NAN) == -745.0);
}
END_TEST

START_TEST(asinh_and_sqrt_agree_with_libm) {
  for (double x = 1e-9; x < 1e9; x *= 1.3) {
    ck_relative(det_asinh(x), asinh(x), 1e-13);
    ck_assert(det_asinh(-x) == -det_asinh(x));
    ck_assert(det_sqrt(x) == sqrt(x));
  }
  ck_assert(det_sqrt(-1.0) == 0.0);
}
END_TEST

START_TEST(streams_differ_by_name_and_seed_only) {
  rng_t a = rng_stream(42, "afe"), b = rng_stream(42, "afe"), c = rng_stream(42, "cell");
  rng_t d = rng_stream(43, "afe");
  uint64_t first = rng_u64(&a);
  ck_assert_uint_eq(first, rng_u64(&b));
  ck_assert_uint_ne(first, rng_u64(&c));
  ck_assert_uint_ne(first, rng_u64(&d));
}
END_TEST

START_TEST(normal_has_unit_variance) {
  rng_t rng = rng_stream(7, "normal");
  const int count = 200000;
  double sum = 0.0, squares = 0.0, uniform_sum = 0.0;
  int outside_count = 0;
  for (int i = 0; i < count; i++) {
    double x = rng_normal(&rng);
    outside_count += !(x > -6.0001 && x < 6.0001);
    sum += x;
    squares += x * x;
    double u = rng_uniform(&rng);
    outside_count += !(u >= 0.0 && u < 1.0);
    uniform_sum += u;
  }
  ck_assert_int_eq(outside_count, 0);
  ck_assert(fabs(sum / count) < 4.0 / sqrt(count)); /* four standard errors */
  ck_assert(fabs(squares / count - 1.0) < 4.0 * sqrt(2.0 / count));
  ck_assert(fabs(uniform_sum / count - 0.5) < 4.0 * sqrt(1.0 / 12.0 / count));
}
END_TEST

START_TEST(hash_sees_every_bit_order_and_length) {
  uint8_t data[100] = {0};
  for (size_t length = 1; length <= sizeof data; length++) {
    uint64_t plain = hash_bytes(hash_start(), data, length);
    ck_assert_uint_ne(plain, hash_bytes(hash_start(), data, length - 1));
    for (size_t bit = 0; bit < 8 * length; bit++) {
      data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
      ck_assert_uint_ne(plain, hash_bytes(hash_start(), data, length));
      data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
  }
  uint64_t a = 1, b = 2;
  uint64_t ab = hash_bytes(hash_bytes(hash_start(), &a, 8), &b, 8);
  uint64_t ba = hash_bytes(hash_bytes(hash_start(), &b, 8), &a, 8);
  ck_assert_uint_ne(ab, ba);
}
END_TEST

Suite *test_suite(void);

/* As hash.h describes it, lane by lane: a trace that was hashed once keeps its value. */
static uint64_t hash_as_described(uint64_t hash, const uint8_t *data, size_t count) {
  const uint64_t prime = 0x9E3779B185EBCA87u;
  uint64_t lane[5] = {hash + prime, hash ^ 0xC2B2AE3D27D4EB4Fu, hash, hash - 0x165667B19E3779F9u,
                      count * 0x165667B19E3779F9u};
  for (size_t i = 0; i + 8 <= count; i += 8) {
    uint64_t word;
    memcpy(&word, data + i, sizeof word);
    word ^= lane[i / 8 % 4];
    lane[i / 8 % 4] = (word << 29 | word >> 35) * prime;
  }
  uint64_t tail = 0;
  for (size_t i = count; i-- > count / 8 * 8;) tail = tail << 8 | data[i];
  tail ^= lane[3];
  if (count % 8 > 0) lane[3] = (tail << 29 | tail >> 35) * prime;
  for (int i = 0; i < 4; i++) {
    uint64_t mixed = lane[4] ^ lane[i];
    lane[4] = (mixed << 29 | mixed >> 35) * prime;
  }
  return (lane[4] ^ lane[4] >> 29) * 0xC2B2AE3D27D4EB4Fu;
}

START_TEST(hash_is_as_described_for_every_length) {
  uint8_t data[160];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 151 + 7);
  for (size_t length = 0; length < sizeof data - 8; length++) {
    const uint8_t *at = data + length % 8;
    ck_assert_uint_eq(hash_bytes(length, at, length), hash_as_described(length, at, length));
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("det_math");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, exp_agrees_with_libm);
  tcase_add_test(tcase, exp_is_bounded);
  tcase_add_test(tcase, log_agrees_with_libm);
  tcase_add_test(tcase, asinh_and_sqrt_agree_with_libm);
  tcase_add_test(tcase, streams_differ_by_name_and_seed_only);
  tcase_add_test(tcase, normal_has_unit_variance);
  tcase_add_test(tcase, hash_sees_every_bit_order_and_length);
  tcase_add_test(tcase, hash_is_as_described_for_every_length);
  suite_add_tcase(suite, tcase);
  return suite;
}
