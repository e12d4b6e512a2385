/// Random raw values of every signal of a DBC: our two codecs agree; and, for a checker outside, as
/// lines of text.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "../sim/can/dbc.h"
#include "../sim/rng.h"

enum { ROUNDS = 96 };

Suite *test_suite(void);

static int64_t random_raw(rng_t *rng, const dbc_signal_t *signal) {
  static const uint64_t edges[] = {0, UINT64_MAX, 1, 0x5555555555555555u};
  uint64_t raw = rng_u64(rng);
  if (raw % 5 < 4)
    raw = edges[raw % 5];
  else
    raw = rng_u64(rng);
  raw &= UINT64_MAX >> (64 - signal->length);
  return (int64_t)raw;
}

/// Bits that a page shows; a value of a float must be a number.
static int64_t raw_for(rng_t *rng, uint32_t round, const dbc_signal_t *signal) {
  int64_t raw = random_raw(rng, signal);
  uint32_t page_count = (uint32_t)signal->maximum + 1;
  if (signal->mux == DBC_MUX_SWITCH) return round % page_count;
  if (signal->mux == DBC_MUX_NESTED) return (int64_t)(rng_u64(rng) % page_count);
  if (signal->number == DBC_NUMBER_FLOAT) {
    float number = (float)(rng_uniform(rng) * 2000.0 - 1000.0);
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
  }
  if (signal->number == DBC_NUMBER_DOUBLE) {
    double number = rng_uniform(rng) * 2e6 - 1e6;
    memcpy(&raw, &number, sizeof raw);
  }
  return raw;
}

/// A frame with the signals of the pages that its switches show, everything else 0.
static void fill(rng_t *rng, uint32_t round, const dbc_t *dbc, const dbc_message_t *message,
                 uint8_t data[64]) {
  memset(data, 0, 64);
  const dbc_signal_t *first = &dbc->signal[message->first_signal];
  for (uint32_t pass = 0; pass < 3; pass++) { /* switches first, those of their pages behind them */
    for (uint32_t i = 0; i < message->signal_count; i++) {
      const dbc_signal_t *signal = &first[i];
      uint32_t turn = signal->mux == DBC_MUX_SWITCH ? 0 : signal->mux == DBC_MUX_NESTED ? 1 : 2;
      if (turn != pass || !dbc_signal_is_present(dbc, signal, data)) continue;
      dbc_signal_put(signal, data, raw_for(rng, round, signal));
    }
  }
}

static void write_line(FILE *out, const dbc_t *dbc, const dbc_message_t *message,
                       const uint8_t data[64]) {
  fprintf(out, "%s ", message->name);
  for (uint32_t i = 0; i < message->len; i++) fprintf(out, "%02X", data[i]);
  for (uint32_t i = 0; i < message->signal_count; i++) {
    const dbc_signal_t *signal = &dbc->signal[message->first_signal + i];
    if (!dbc_signal_is_present(dbc, signal, data)) continue;
    if (signal->number != DBC_NUMBER_INTEGER)
      fprintf(out, " %s=%.17g", signal->name, dbc_signal_value(signal, data));
    else if (signal->is_signed)
      fprintf(out, " %s=%lld", signal->name, (long long)dbc_signal_raw(signal, data));
    else
      fprintf(out, " %s=%llu", signal->name, (unsigned long long)dbc_signal_raw(signal, data));
  }
  fprintf(out, "\n");
}

static dbc_t read_dbc(const char *path) {
  dbc_t dbc;
  dbc_error_t error;
  dbc_status_t status = dbc_read(&dbc, path, &error);
  ck_assert_msg(status == DBC_OK, "%s:%u: %s", path, (unsigned)error.line, error.text);
  return dbc;
}

/// The table that is made from the DBC reads what the DBC's own codec writes, and the other way.
START_TEST(table_and_reader_agree) {
  dbc_t dbc = read_dbc("ecu_model/db/bms.dbc");
  rng_t rng = rng_stream(11, "vectors");
  uint32_t compared = 0;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    for (uint32_t m = 0; m < dbc.message_count; m++) {
      const dbc_message_t *message = &dbc.message[m];
      int32_t msg = can_msg_find(message->name);
      ck_assert_int_ge(msg, 0);
      uint8_t data[64];
      fill(&rng, round, &dbc, message, data);
      for (uint32_t i = 0; i < message->signal_count; i++) {
        const dbc_signal_t *signal = &dbc.signal[message->first_signal + i];
        const can_signal_t *row = &can_signal[can_msg[msg].first_signal + i];
        ck_assert_str_eq(row->name, signal->name);
        int is_present = dbc_signal_is_present(&dbc, signal, data);
        ck_assert_int_eq(can_signal_is_present(&can_msg[msg], row, data), is_present);
        if (!is_present) continue;
        ck_assert(can_signal_raw(row, data) == dbc_signal_raw(signal, data));
        double value = dbc_signal_value(signal, data);
        ck_assert_double_eq_tol(can_signal_decode(row, data), value, 1e-12);
        compared++;
      }
    }
  }
  ck_assert_uint_gt(compared, 10000);
  dbc_free(&dbc);
}
END_TEST

/// CAN_VECTORS=file.dbc, CAN_VECTORS_OUT=file: frames and their raw values for test_canmatrix.py.
START_TEST(vectors_are_written) {
  const char *from = getenv("CAN_VECTORS"), *to = getenv("CAN_VECTORS_OUT");
  if (from == NULL || to == NULL) return;
  dbc_t dbc = read_dbc(from);
  FILE *out = fopen(to, "w");
  ck_assert_ptr_nonnull(out);
  rng_t rng = rng_stream(12, "vectors");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    for (uint32_t m = 0; m < dbc.message_count; m++) {
      uint8_t data[64];
      fill(&rng, round, &dbc, &dbc.message[m], data);
      write_line(out, &dbc, &dbc.message[m], data);
    }
  }
  ck_assert_int_eq(fclose(out), 0);
  dbc_free(&dbc);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("can_vectors");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, table_and_reader_agree);
  tcase_add_test(tcase, vectors_are_written);
  suite_add_tcase(suite, tcase);
  return suite;
}
