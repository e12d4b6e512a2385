/// The compressor of recordings: zlib inflates what it makes, and it makes it about as small.
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../scenarios/zpack.h"
#include "../sim/rng.h"

enum { BYTES_MAX = 300000 };

static zpack_t *zpack;
static uint8_t in[BYTES_MAX], back[BYTES_MAX], *out;

static void set_up(void) {
  zpack = zpack_open();
  out = malloc(zpack_bound(BYTES_MAX));
  ck_assert_ptr_nonnull(zpack);
  ck_assert_ptr_nonnull(out);
}

static void tear_down(void) {
  zpack_close(zpack);
  free(out);
}

/* Bytes it took; zlib, which checks its sum, gives back what went in. */
static size_t pack(size_t byte_count) {
  const size_t packed = zpack_bytes(zpack, in, byte_count, out);
  uLongf unpacked = BYTES_MAX;
  ck_assert_uint_le(packed, zpack_bound(byte_count));
  ck_assert_int_eq(uncompress(back, &unpacked, out, (uLong)packed), Z_OK);
  ck_assert_uint_eq(unpacked, byte_count);
  ck_assert(memcmp(in, back, byte_count) == 0);
  return packed;
}

static uint32_t draw(rng_t *rng) { return (uint32_t)(rng_u64(rng) >> 32); }

static void fill_random(rng_t *rng, size_t byte_count, uint32_t mask) {
  for (size_t i = 0; i < byte_count; i++) in[i] = (uint8_t)(draw(rng) & mask);
}

START_TEST(test_each_length_comes_back) {
  rng_t rng = rng_stream(1, "lengths");
  static const uint32_t masks[] = {0, 1, 3, 0xFF};
  for (uint32_t m = 0; m < 4; m++) {
    for (size_t count = 0; count < 700; count++) {
      fill_random(&rng, count, masks[m]);
      pack(count);
    }
  }
  for (size_t count = (1 << 14) - 9; count < (1 << 14) + 9; count++) pack(count);
}
END_TEST

START_TEST(test_what_stands_still_vanishes) {
  memset(in, 0x5A, BYTES_MAX);
  ck_assert_uint_lt(pack(BYTES_MAX), BYTES_MAX / 200);
}
END_TEST

START_TEST(test_noise_grows_little) {
  rng_t rng = rng_stream(2, "noise");
  fill_random(&rng, BYTES_MAX, 0xFF);
  ck_assert_uint_lt(pack(BYTES_MAX), BYTES_MAX + BYTES_MAX / 50);
}
END_TEST

/* The same 64 bytes again, behind zeros: up to as far back as deflate reaches, and past it. */
START_TEST(test_far_repetitions) {
  enum { SAME = 64, REACH = 1 << 15 };
  size_t packed[5];
  rng_t rng = rng_stream(3, "far");
  memset(in, 0, REACH + 2 * SAME);
  fill_random(&rng, SAME, 0xFF);
  for (size_t i = 0; i < 5; i++) {
    const size_t distance = REACH - 2 + i;
    memset(in + SAME, 0, REACH + SAME);
    memcpy(in + distance, in, SAME);
    packed[i] = pack(distance + SAME);
  }
  for (size_t i = 0; i < 3; i++) {
    ck_assert_uint_lt(packed[i] + SAME / 2, packed[3]);
    ck_assert_uint_lt(packed[i] + SAME / 2, packed[4]);
  }
}
END_TEST

/* Counts that grow as Fibonacci's numbers make the longest codes: they are cut at 13 bits. */
START_TEST(test_long_codes_are_cut) {
  rng_t rng = rng_stream(4, "long codes");
  size_t count = 0;
  for (uint32_t a = 1, b = 1, symbol = 0; count + a < 1 << 14; symbol++) {
    for (uint32_t i = 0; i < a; i++) in[count++] = (uint8_t)(7 * symbol);
    const uint32_t next = a + b;
    a = b;
    b = next;
  }
  for (size_t i = count - 1; i > 0; i--) {
    const size_t j = draw(&rng) % (i + 1);
    const uint8_t moved = in[i];
    in[i] = in[j];
    in[j] = moved;
  }
  uLongf other = BYTES_MAX;
  ck_assert_int_eq(compress2(back, &other, in, (uLong)count, 9), Z_OK);
  ck_assert_uint_lt(pack(count), other + other / 10);
}
END_TEST

/* Mixtures of all of it, in pieces of any length. */
START_TEST(test_mixtures_come_back) {
  rng_t rng = rng_stream(5, "mixtures");
  for (uint32_t turn = 0; turn < 30; turn++) {
    const size_t total = 1 + draw(&rng) % 60000;
    for (size_t i = 0; i < total;) {
      const uint32_t kind = draw(&rng) % 4, mask = 0xFFu >> draw(&rng) % 8;
      size_t end = i + 1 + draw(&rng) % (1u << draw(&rng) % 12);
      const size_t from = i > 0 ? draw(&rng) % i : 0;
      if (end > total) end = total;
      for (size_t k = 0; i < end; i++, k++) {
        const uint8_t noise = (uint8_t)(draw(&rng) & mask);
        in[i] = kind == 0 ? noise : kind == 1 ? (uint8_t)(k / 9) : kind == 2 ? 0 : in[from + k];
      }
    }
    pack(total);
  }
}
END_TEST

/* Signals as a chunk holds them: byte planes of slow, noisy values. About as small as zlib. */
START_TEST(test_signals_are_as_small_as_zlib) {
  enum { ROWS = 1024, COLUMNS = 16, PLANE = ROWS * COLUMNS };
  rng_t rng = rng_stream(6, "signals");
  for (uint32_t c = 0; c < COLUMNS; c++) {
    float value = 100;
    for (uint32_t r = 0; r < ROWS; r++) {
      uint32_t bits;
      if (r % (1 + c) == 0) value = 100 + 0.5f * (float)c + (float)(draw(&rng) % 64) / 1024;
      memcpy(&bits, &value, sizeof bits);
      for (uint32_t k = 0; k < 4; k++) in[k * PLANE + c * ROWS + r] = (uint8_t)(bits >> 8 * k);
    }
  }
  uLongf other = BYTES_MAX;
  ck_assert_int_eq(compress2(back, &other, in, 4 * PLANE, 1), Z_OK);
  ck_assert_uint_lt(pack(4 * PLANE), other + other / 20);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("zpack");
  TCase *tcase = tcase_create("zpack");
  tcase_add_checked_fixture(tcase, set_up, tear_down);
  tcase_add_test(tcase, test_each_length_comes_back);
  tcase_add_test(tcase, test_what_stands_still_vanishes);
  tcase_add_test(tcase, test_noise_grows_little);
  tcase_add_test(tcase, test_far_repetitions);
  tcase_add_test(tcase, test_long_codes_are_cut);
  tcase_add_test(tcase, test_mixtures_come_back);
  tcase_add_test(tcase, test_signals_are_as_small_as_zlib);
  suite_add_tcase(suite, tcase);
  return suite;
}
