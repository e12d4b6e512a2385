/// Recording: numbers, rounding, tables, windows, changes, bus log, same bytes twice, full disk.
#include "../scenarios/recorder.h"

#include <check.h>
#include <hdf5.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scenarios/recorder_csv.h"
#include "../scenarios/recorder_h5.h"
#include "../scenarios/recorder_ring.h"
#include "../scenarios/signals_read.h"
#include "../sim/rng.h"

static char dir[64];
static hil_t *hil;

static void setup_dir(void) {
  snprintf(dir, sizeof dir, "recorder_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown_dir(void) {
  static const char *const names[] = {"signals.h5", "signals.csv", "bus.log"};
  char path[128];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", dir, names[i]);
    unlink(path);
  }
  rmdir(dir);
}

static void setup(void) {
  signals_init();
  hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  hil->dt_us = 1000;
}

static void teardown(void) { free(hil); }

static const char *path_of(const char *name) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  return path;
}

static double pack_V_at(uint64_t time_us) { return 350.0 + 1e-6 * (double)(time_us % 7000000); }

/* A frame every 50 ms whose data count them; the main contactor closes at 1.234 s. */
static void record(record_level_t level, uint32_t tick_count, const uint32_t *trigger,
                   uint32_t trigger_count) {
  recorder_t *recorder = NULL;
  recorder_config_t config = {
      .dir = dir, .run_name = "T.1", .scenario_id = "T", .seed = 77, .level = level};
  ck_assert_int_eq(recorder_open(&recorder, &config, hil), RECORDER_OK);
  for (uint32_t i = 1; i <= tick_count; i++) {
    hil->now_us = (uint64_t)i * hil->dt_us;
    hil->pack_V = pack_V_at(hil->now_us);
    hil->pack.group_V[17] = 3.5 + 1e-9 * (double)hil->now_us;
    hil->hv.contact_is_closed[0] = hil->now_us >= 1234000;
    int is_triggered = 0;
    for (uint32_t t = 0; t < trigger_count; t++) is_triggered |= trigger[t] == i;
    if (i % 50 == 0) {
      can_mem_rx_t rx = {.frame = {.id = 0x180, .len = 2}, .time_ns = 1000 * hil->now_us - 500};
      rx.frame.data[1] = (uint8_t)(i / 50);
      ck_assert_int_eq(recorder_frame(recorder, &rx), RECORDER_OK);
    }
    ck_assert_int_eq(recorder_tick(recorder, hil, is_triggered), RECORDER_OK);
    if (is_triggered) recorder_mark(recorder, hil->now_us, "event ov");
  }
  ck_assert_int_eq(recorder_close(recorder), RECORDER_OK);
}

/* All values of a dataset of this type; count is how many. */
static void *dataset_read(const char *name, hid_t type, size_t bytes, hsize_t size[2]) {
  hid_t file = H5Fopen(path_of("signals.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
  ck_assert(file >= 0);
  hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  ck_assert_msg(dataset >= 0, "%s", name);
  hid_t space = H5Dget_space(dataset);
  size[0] = size[1] = 1;
  ck_assert(H5Sget_simple_extent_dims(space, size, NULL) >= 1);
  void *data = calloc(size[0] * size[1] + 1, bytes);
  ck_assert_ptr_nonnull(data);
  if (size[0] * size[1] > 0) {
    ck_assert(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  }
  H5Sclose(space);
  H5Dclose(dataset);
  H5Fclose(file);
  return data;
}

/* Line of a signal in a table. */
static uint32_t line_of(const char *table, const char *signal) {
  char name[64];
  hsize_t size[2];
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 56);
  snprintf(name, sizeof name, "%s/names", table);
  char *names = dataset_read(name, type, 56, size);
  uint32_t line = UINT32_MAX;
  for (uint32_t i = 0; i < size[0]; i++) {
    if (strcmp(names + (size_t)56 * i, signal) == 0) line = i;
  }
  H5Tclose(type);
  free(names);
  ck_assert_msg(line != UINT32_MAX, "%s has no %s", table, signal);
  return line;
}

static uint64_t attribute_of(const char *object, const char *name) {
  uint64_t value = 0;
  hid_t file = H5Fopen(path_of("signals.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  ck_assert_msg(attribute >= 0, "%s %s", object, name);
  ck_assert(H5Aread(attribute, H5T_NATIVE_UINT64, &value) >= 0);
  H5Aclose(attribute);
  H5Fclose(file);
  return value;
}

static char *file_read(const char *name, size_t *bytes) {
  FILE *file = fopen(path_of(name), "rb");
  ck_assert_ptr_nonnull(file);
  fseek(file, 0, SEEK_END);
  *bytes = (size_t)ftell(file);
  rewind(file);
  char *text = calloc(*bytes + 1, 1);
  ck_assert_ptr_nonnull(text);
  ck_assert_uint_eq(fread(text, 1, *bytes, file), *bytes);
  fclose(file);
  return text;
}

static const struct {
  double value;
  uint32_t decimals;
  const char *text;
} numbers[] = {{0, 4, "0"},
               {-0.0, 4, "0"},
               {-0.00004, 4, "0"},
               {1.5, 4, "1.5"},
               {-1.25, 4, "-1.25"},
               {0.05, 2, "0.05"},
               {100, 0, "100"},
               {2.5, 0, "3"},
               {-2.5, 0, "-3"},
               {123456.789, 3, "123456.789"},
               {9.99996, 4, "10"},
               {0.000001, 6, "0.000001"},
               {4294967296.5, 1, "4294967296.5"},
               {1e15, 3, "1e+15"},
               {-3e300, 3, "-3e+300"},
               {(double)INFINITY, 3, "inf"},
               {-(double)INFINITY, 3, "-inf"},
               {(double)NAN, 3, "nan"}};

START_TEST(test_number) {
  char text[RECORDER_CSV_NUMBER_BYTES + 1];
  uint32_t length = recorder_csv_number(text, numbers[_i].value, numbers[_i].decimals);
  text[length] = 0;
  ck_assert_str_eq(text, numbers[_i].text);
}
END_TEST

static double value_of_pack_V(const signal_t *signal, const hil_t *state) {
  (void)signal;
  return state->pack_V;
}

static float sampled(const char *unit, double value) {
  signal_t signal = {.read = value_of_pack_V};
  snprintf(signal.unit, sizeof signal.unit, "%s", unit);
  const recorder_column_t column = recorder_column(&signal);
  recorder_sample_t sample;
  float row[RECORDER_SAMPLE_LANES] = {0};
  hil->pack_V = value;
  ck_assert_int_eq(recorder_sample_open(&sample, &column, 1), 0);
  recorder_sample_read(&sample, hil, row);
  recorder_sample_close(&sample);
  return row[0];
}

START_TEST(test_rounding) {
  for (double value = -5; value < 5; value += 0.00137) {
    ck_assert_double_le(fabs((double)sampled("V", value) - value), 0.5 / 8192 + 1e-12);
    ck_assert_double_le(fabs((double)sampled("A", 37 * value) - 37 * value), 0.5 / 1024 + 0.002);
  }
  ck_assert_double_le(fabs((double)sampled("V", 391.23456) - 391.23456), 391.3 / 65536);
  float voltage_V = sampled("V", 3.70001);
  uint32_t bits;
  memcpy(&bits, &voltage_V, sizeof bits);
  ck_assert_uint_eq(bits & 0x7F, 0);
  ck_assert(sampled("mV", 4187) == 4187.0f);
  ck_assert(sampled("mA", -123457) == -123457.0f);
  ck_assert(isnan(sampled("V", (double)NAN)));
  ck_assert(isinf(sampled("V", (double)INFINITY)));
  ck_assert(sampled("", 0.1) == 0.1f);
}
END_TEST

START_TEST(test_tables_hold_what_was) {
  const uint32_t trigger[] = {1500};
  record(RECORD_DEFAULT, 2350, trigger, 1);
  hsize_t size[2];
  float *fast = dataset_read("rate_1ms/values", H5T_NATIVE_FLOAT, sizeof(float), size);
  uint32_t line = line_of("rate_1ms", "phys.pack.V");
  ck_assert_uint_eq(size[1], 2350);
  ck_assert_uint_eq(attribute_of("rate_1ms", "start_us"), 1000);
  ck_assert_uint_eq(attribute_of("rate_1ms", "period_us"), 1000);
  for (uint32_t i = 0; i < 2350; i++) {
    double expected = pack_V_at(1000 * (i + 1));
    ck_assert_double_le(fabs((double)fast[line * size[1] + i] - expected), 0.003);
  }
  free(fast);
  float *slow = dataset_read("rate_100ms/values", H5T_NATIVE_FLOAT, sizeof(float), size);
  line = line_of("rate_100ms", "phys.group.M2C4.V");
  ck_assert_uint_eq(size[1], 24);
  ck_assert_uint_eq(attribute_of("rate_100ms", "period_us"), 100000);
  for (uint32_t i = 0; i < 24; i++) {
    double expected = 3.5 + 1e-3 * (0.001 + 0.1 * i);
    ck_assert_double_le(fabs((double)slow[line * size[1] + i] - expected), 1.0 / 16384 + 1e-6);
  }
  free(slow);
  ck_assert_uint_eq(attribute_of("/", "seed"), 77);
  ck_assert_uint_eq(attribute_of("/", "format_version"), 1);
}
END_TEST

START_TEST(test_changes_and_marks) {
  const uint32_t trigger[] = {10, 2000};
  record(RECORD_DEFAULT, 2100, trigger, 2);
  hsize_t size[2];
  uint32_t line = line_of("changes", "contactor.main_pos.closed"), found = 0;
  uint32_t *index = dataset_read("changes/signal_index", H5T_NATIVE_UINT32, sizeof *index, size);
  int64_t *time_us = dataset_read("changes/time_us", H5T_NATIVE_INT64, sizeof *time_us, size);
  double *value = dataset_read("changes/value", H5T_NATIVE_DOUBLE, sizeof *value, size);
  for (hsize_t i = 0; i < size[0]; i++) {
    if (index[i] != line) continue;
    ck_assert_int_eq(time_us[i], found == 0 ? 1000 : 1234000);
    ck_assert_double_eq(value[i], found == 0 ? 0.0 : 1.0);
    found++;
  }
  ck_assert_uint_eq(found, 2);
  free(index);
  free(time_us);
  free(value);
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, RECORDER_H5_TEXT_BYTES);
  char *text = dataset_read("marks/text", type, RECORDER_H5_TEXT_BYTES, size);
  H5Tclose(type);
  ck_assert_uint_eq(size[0], 2);
  ck_assert_str_eq(text + RECORDER_H5_TEXT_BYTES, "event ov");
  free(text);
}
END_TEST

/* Some byte of hil_t that a signal recorded on change depends on. */
static uint8_t *source_byte(uint32_t signal, uint32_t draw) {
  const signals_bytes_t *source = signals_at(signal)->source;
  const signals_bytes_t *range = &source[source[1].byte_count > 0 ? draw & 1 : 0];
  return (uint8_t *)hil + range->offset + (draw >> 1) % range->byte_count;
}

/* One of them flips in each tick: what the file says last is what the signals are at the end. */
START_TEST(test_no_change_is_missed) {
  enum { TICKS = 3000 };
  recorder_t *recorder = NULL;
  const recorder_config_t config = {
      .dir = dir, .run_name = "T.1", .scenario_id = "T", .level = RECORD_DEFAULT};
  rng_t rng = rng_stream(5, "flips");
  ck_assert_int_eq(recorder_open(&recorder, &config, hil), RECORDER_OK);
  for (uint32_t tick = 1; tick <= TICKS;) {
    uint32_t draw = (uint32_t)rng_u64(&rng), signal = draw % signals_count();
    if (signals_at(signal)->period_ms != 0 || signals_at(signal)->source[0].byte_count == 0)
      continue;
    *source_byte(signal, draw >> 12) ^= (uint8_t)(1u << (draw >> 29));
    hil->now_us = (uint64_t)tick++ * 1000;
    ck_assert_int_eq(recorder_tick(recorder, hil, 1), RECORDER_OK);
  }
  ck_assert_int_eq(recorder_close(recorder), RECORDER_OK);
  hsize_t size[2], names[2];
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 56);
  char *name = dataset_read("changes/names", type, 56, names);
  H5Tclose(type);
  uint32_t *index = dataset_read("changes/signal_index", H5T_NATIVE_UINT32, sizeof *index, size);
  double *value = dataset_read("changes/value", H5T_NATIVE_DOUBLE, sizeof *value, size);
  double *last = calloc(names[0], sizeof *last);
  ck_assert_ptr_nonnull(last);
  for (hsize_t i = 0; i < size[0]; i++) last[index[i]] = value[i];
  for (hsize_t i = 0; i < names[0]; i++) {
    int32_t signal = signals_find(name + 56 * i);
    double now = signals_read(signals_at((uint32_t)signal), hil);
    ck_assert_msg(memcmp(&now, &last[i], sizeof now) == 0, "%s", name + 56 * i);
  }
  ck_assert_uint_gt(size[0], names[0] + TICKS / 2);
  free(name);
  free(index);
  free(value);
  free(last);
}
END_TEST

/* Whatever stands in the state, in all orders of gaps: the last one is at the end of the ring. */
START_TEST(test_a_ring_keeps_what_is_read) {
  enum { COLUMNS_MAX = 4096, STEP_MAX = 40, SLOTS = 3 };
  static recorder_column_t column[COLUMNS_MAX];
  static float kept[COLUMNS_MAX], read[COLUMNS_MAX];
  uint8_t *bytes = (uint8_t *)hil;
  for (uint32_t step = 1; step <= STEP_MAX; step += 13) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < signals_count(); i += step) {
      if (signals_field_bytes(signals_at(i)->read) > 0)
        column[count++] = recorder_column(signals_at(i));
    }
    recorder_ring_t ring = {0};
    recorder_sample_t sample;
    ck_assert_int_eq(recorder_ring_open(&ring, column, count, SLOTS), 0);
    ck_assert_int_eq(recorder_sample_open(&sample, column, count), 0);
    for (uint32_t turn = 0; turn < SLOTS + 2; turn++) {
      for (size_t i = 0; i < sizeof *hil; i++)
        bytes[i] = (uint8_t)((i + turn + 1) * 2654435761u >> 11);
      recorder_ring_push(&ring, hil);
      recorder_sample_read(&sample, hil, read);
      memset(bytes, 0, sizeof *hil);
      recorder_ring_read(&ring, turn % SLOTS, kept);
      ck_assert_int_eq(memcmp(kept, read, count * sizeof kept[0]), 0);
    }
    recorder_sample_close(&sample);
    recorder_ring_close(&ring);
  }
}
END_TEST

/* Triggers at 1.0 s and 1.3 s make one window, the one at 4.0 s its own. */
START_TEST(test_windows_merge) {
  const uint32_t trigger[] = {1000, 1300, 4000};
  record(RECORD_BRIEF, 5000, trigger, 3);
  hsize_t size[2];
  int64_t *time_us = dataset_read("windows_1ms/time_us", H5T_NATIVE_INT64, sizeof *time_us, size);
  ck_assert_uint_eq(size[0], 1301 + 1001);
  for (uint32_t i = 0; i < size[0]; i++) {
    ck_assert_int_eq(time_us[i], i < 1301 ? 500000 + 1000 * i : 3500000 + 1000 * (i - 1301));
  }
  float *value = dataset_read("windows_1ms/values", H5T_NATIVE_FLOAT, sizeof(float), size);
  uint32_t line = line_of("windows_1ms", "phys.pack.V");
  for (uint32_t i = 0; i < size[1]; i++) {
    double expected = pack_V_at((uint64_t)time_us[i]);
    ck_assert_double_le(fabs((double)value[line * size[1] + i] - expected), 0.003);
  }
  free(time_us);
  free(value);
  time_us = dataset_read("windows_10ms/time_us", H5T_NATIVE_INT64, sizeof *time_us, size);
  ck_assert_uint_eq(size[0], 130 + 100);
  ck_assert_int_eq(time_us[0], 501000);
  ck_assert_int_eq(time_us[129], 1791000);
  ck_assert_int_eq(time_us[130], 3501000);
  line_of("windows_10ms", "phys.group.M2C4.V");
  free(time_us);
}
END_TEST

START_TEST(test_trigger_in_the_first_tick) {
  const uint32_t trigger[] = {1};
  record(RECORD_BRIEF, 700, trigger, 1);
  hsize_t size[2];
  int64_t *time_us = dataset_read("windows_1ms/time_us", H5T_NATIVE_INT64, sizeof *time_us, size);
  ck_assert_uint_eq(size[0], 501);
  ck_assert_int_eq(time_us[0], 1000);
  ck_assert_int_eq(time_us[500], 501000);
  free(time_us);
}
END_TEST

static uint32_t lines_of(const char *text) {
  uint32_t count = 0;
  for (; *text; text++) count += *text == '\n';
  return count;
}

START_TEST(test_bus_log) {
  const uint32_t trigger[] = {1000};
  size_t bytes;
  record(RECORD_DEFAULT, 3000, trigger, 1);
  char *text = file_read("bus.log", &bytes);
  ck_assert_uint_eq(lines_of(text), 60);
  ck_assert_int_eq(strncmp(text, "(0000000000.049999) can0 180#0001\n", 34), 0);
  free(text);
  record(RECORD_BRIEF, 3000, trigger, 1);
  text = file_read("bus.log", &bytes);
  ck_assert_uint_eq(lines_of(text), 20);
  ck_assert_int_eq(strncmp(text, "(0000000000.549999) can0 180#000B\n", 34), 0);
  free(text);
}
END_TEST

START_TEST(test_csv) {
  size_t bytes;
  record(RECORD_DEFAULT, 1001, NULL, 0);
  char *text = file_read("signals.csv", &bytes);
  ck_assert_uint_eq(lines_of(text), 1 + 11);
  ck_assert_int_eq(strncmp(text, "time_s,phys.pack.V,phys.pack.A,phys.pack.soc_pct [%],", 53), 0);
  uint32_t columns = 1;
  for (const char *at = text; *at != '\n'; at++) columns += *at == ',';
  ck_assert_uint_le(columns, 41);
  const char *second = strchr(strchr(text, '\n') + 1, '\n') + 1;
  ck_assert_int_eq(strncmp(second, "0.101,350.101,0,", 16), 0);
  free(text);
}
END_TEST

START_TEST(test_same_bytes_twice) {
  const uint32_t trigger[] = {1000};
  size_t bytes, again_bytes;
  record(RECORD_DEFAULT, 3000, trigger, 1);
  char *text = file_read("signals.h5", &bytes);
  char *noise = malloc(100000); /* other addresses, other garbage */
  if (noise) memset(noise, 0x5A, 100000);
  record(RECORD_DEFAULT, 3000, trigger, 1);
  free(noise);
  char *again = file_read("signals.h5", &again_bytes);
  ck_assert_uint_eq(bytes, again_bytes);
  ck_assert_int_eq(memcmp(text, again, bytes), 0);
  free(text);
  free(again);
}
END_TEST

START_TEST(test_all_1ms_and_long_step) {
  hsize_t size[2];
  record(RECORD_ALL_1MS, 30, NULL, 0);
  float *all = dataset_read("rate_1ms/values", H5T_NATIVE_FLOAT, sizeof(float), size);
  ck_assert_uint_eq(size[0], signals_count());
  ck_assert_uint_eq(size[1], 30);
  free(all);
  hil->dt_us = 20000;
  record(RECORD_DEFAULT, 30, NULL, 0);
  float *fast = dataset_read("rate_1ms/values", H5T_NATIVE_FLOAT, sizeof(float), size);
  ck_assert_uint_eq(size[1], 30);
  ck_assert_uint_eq(attribute_of("rate_1ms", "period_us"), 20000);
  free(fast);
  float *slow = dataset_read("rate_100ms/values", H5T_NATIVE_FLOAT, sizeof(float), size);
  ck_assert_uint_eq(size[1], 6);
  free(slow);
}
END_TEST

START_TEST(test_errors_say_why) {
  recorder_t *recorder = NULL;
  recorder_config_t config = {.dir = "no/such/folder", .run_name = "T", .scenario_id = "T"};
  config.level = RECORD_DEFAULT;
  ck_assert_int_eq(recorder_open(&recorder, &config, hil), RECORDER_ERR_FILE);
  ck_assert_ptr_null(recorder);
  ck_assert_ptr_nonnull(strstr(recorder_error(), "no/such/folder/signals.csv"));
  config.level = RECORD_NONE;
  ck_assert_int_eq(recorder_open(&recorder, &config, hil), RECORDER_OK);
  ck_assert_int_eq(recorder_tick(recorder, hil, 1), RECORDER_OK);
  ck_assert_int_eq(recorder_close(recorder), RECORDER_OK);
}
END_TEST

/* What does not fit is an error at the latest when the recording closes, and no crash. */
START_TEST(test_full_disk) {
  recorder_t *recorder = NULL;
  recorder_config_t config = {
      .dir = dir, .run_name = "T", .scenario_id = "T", .level = RECORD_DEFAULT};
  struct rlimit limit = {0, 0};
  getrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, SIG_IGN);
  ck_assert_int_eq(recorder_open(&recorder, &config, hil), RECORDER_OK);
  limit.rlim_cur = 8192;
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  for (uint32_t i = 0; i < 40000; i++) {
    hil->now_us += 1000;
    hil->pack_V = 300 + 100 * sin(i);
    (void)recorder_tick(recorder, hil, 0);
  }
  ck_assert_int_eq(recorder_close(recorder), RECORDER_ERR_FILE);
  ck_assert_ptr_nonnull(strstr(recorder_error(), "signals."));
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("recorder");
  TCase *tcase = tcase_create("recorder");
  tcase_add_unchecked_fixture(tcase, setup_dir, teardown_dir);
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, test_number, 0, sizeof numbers / sizeof numbers[0]);
  tcase_add_test(tcase, test_rounding);
  tcase_add_test(tcase, test_tables_hold_what_was);
  tcase_add_test(tcase, test_changes_and_marks);
  tcase_add_test(tcase, test_no_change_is_missed);
  tcase_add_test(tcase, test_a_ring_keeps_what_is_read);
  tcase_add_test(tcase, test_windows_merge);
  tcase_add_test(tcase, test_trigger_in_the_first_tick);
  tcase_add_test(tcase, test_bus_log);
  tcase_add_test(tcase, test_csv);
  tcase_add_test(tcase, test_same_bytes_twice);
  tcase_add_test(tcase, test_all_1ms_and_long_step);
  tcase_add_test(tcase, test_errors_say_why);
  tcase_add_test(tcase, test_full_disk);
  suite_add_tcase(suite, tcase);
  return suite;
}
