/// Results read back: the same bytes again, every field compared, bad files refused, exact numbers.
#include "../scenarios/results_read.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "../scenarios/json_exact.h"
#include "../scenarios/result_compare.h"

enum { RUNS = 4 };

static char dir[64];
static run_result_t *runs;
static report_t report;
static const char *const resolved[RUNS] = {"{\"a\":0.1}", "{\"a\":[1,0.30000000000000004]}", NULL,
                                           "{\"seed\":9007199254740991}"};

static check_result_t check_of(const char *id, double value, double limit) {
  check_result_t check = {.kind = CHECK_NEVER,
                          .verdict = VERDICT_PASS,
                          .has_margin = 1,
                          .unit = "ms",
                          .value = value,
                          .limit = limit,
                          .at_s = 1e-6 * 1332000.0};
  snprintf(check.id, sizeof check.id, "%s", id);
  snprintf(check.text, sizeof check.text, "seen \"%s\"\n", id);
  return check;
}

static void run_fill(uint32_t i) {
  run_result_t *run = &runs[i];
  snprintf(run->scenario_id, sizeof run->scenario_id, "S-%u", i / 2);
  snprintf(run->run_name, sizeof run->run_name, "S-%u.%u", i / 2, i);
  snprintf(run->title, sizeof run->title, "Title \\ \"%u\" \xC3\xA9", i);
  snprintf(run->file, sizeof run->file, "library/s%u.json", i);
  snprintf(run->dtc_first, sizeof run->dtc_first, "DTC_%u", i);
  run->seed = ((uint64_t)1 << 53) - 1 - i;
  run->scenario_hash = UINT64_MAX - i;
  run->output_hash = i;
  run->trace_hash = 0x8000000000000001u;
  run->tick_count = 123456789012u + i;
  run->sim_s = 13.3 + 1e-15 * i;
  run->wall_s = 0.25 + i;
  run->wall_record_s = 0.125;
  run->pack_Wh = 0.00078394333996441605;
  run->distance_m = i == 1 ? 0 : 1234.5678901234567;
  run->ledger_error_pct = i == 1 ? 0 : -1.0 / 3.0;
  run->soc_start_pct = 69.999999573768406;
  run->soc_end_pct = 69.999810697620205;
  run->dtc_set_count = 3 * i;
  run->check_count = 3;
  run->check[0] = check_of("opens", 62.0 + 1.0 / 3.0, 100);
  run->check[1] =
      check_of("far", i == 2 ? (double)INFINITY : 1e300, i == 2 ? -(double)INFINITY : -1e-300);
  run->check[1].at_s = 0;
  run->check[2] = (check_result_t){.id = "plain", .verdict = VERDICT_FAIL, .at_s = -1};
  run->sweep_count = 1;
  snprintf(run->sweep[0].path, sizeof run->sweep[0].path, "events[0].fault.target");
  snprintf(run->sweep[0].value, sizeof run->sweep[0].value, "wire.A%u", i);
}

static void setup(void) {
  snprintf(dir, sizeof dir, "results_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(dir));
  runs = calloc(RUNS, sizeof *runs);
  ck_assert_ptr_nonnull(runs);
  for (uint32_t i = 0; i < RUNS; i++) run_fill(i);
  runs[3].verdict = VERDICT_ERROR;
  runs[3].check[1].value = (double)NAN;
  snprintf(runs[3].error, sizeof runs[3].error, "the worker died of signal 11");
  report = (report_t){.dir = dir,
                      .suite_title = "A suite",
                      .resolved = resolved,
                      .result = runs,
                      .result_count = RUNS,
                      .shard = {2, 3, 11, 0xFEDCBA9876543210u},
                      .is_complete = 1,
                      .wall_s = 3.5,
                      .worker_count = 2};
}

static const char *path_of(const char *name) {
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  return path;
}

static void teardown(void) {
  unlink(path_of("results.json"));
  unlink(path_of("timing.json"));
  ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left behind */
  free(runs);
}

static char *file_read(const char *name, size_t *bytes) {
  FILE *file = fopen(path_of(name), "rb");
  ck_assert_ptr_nonnull(file);
  char *text = calloc(1, 1 << 20);
  ck_assert_ptr_nonnull(text);
  *bytes = fread(text, 1, (1 << 20) - 1, file);
  fclose(file);
  return text;
}

static void file_write(const char *name, const char *text, size_t bytes) {
  FILE *file = fopen(path_of(name), "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(text, 1, bytes, file), bytes);
  fclose(file);
}

static results_t read_back(void) {
  results_t results;
  char error[600] = "";
  ck_assert_msg(results_read(dir, &results, error, sizeof error) == 0, "%s", error);
  return results;
}

START_TEST(test_what_is_read_writes_the_same_bytes) {
  size_t before_bytes, after_bytes;
  char difference[300];
  ck_assert_int_eq(report_json(&report), REPORT_OK);
  ck_assert_int_eq(report_timing(&report), REPORT_OK);
  char *before = file_read("results.json", &before_bytes);
  results_t results = read_back();
  ck_assert_uint_eq(results.run_count, RUNS);
  ck_assert_str_eq(results.suite_title, "A suite");
  ck_assert_uint_eq(results.is_complete, 1);
  ck_assert_mem_eq(&results.shard, &report.shard, sizeof report.shard);
  ck_assert_double_eq(results.wall_s, 3.5);
  ck_assert_uint_eq(results.worker_count, 2);
  ck_assert_double_eq(results.run[3].wall_s, 3.25);
  ck_assert_double_eq(results.run[3].wall_record_s, 0.125);
  for (uint32_t i = 0; i < RUNS; i++) {
    ck_assert_msg(result_compare(&runs[i], &results.run[i], difference, sizeof difference) == 0,
                  "%s", difference);
    ck_assert_int_eq(results_find(&results, runs[i].run_name), (int)i);
    if (resolved[i]) ck_assert_str_eq(results.resolved[i], resolved[i]);
    if (!resolved[i]) ck_assert_ptr_null(results.resolved[i]);
  }
  ck_assert_int_eq(results_find(&results, "S-9"), -1);
  report_t again = report;
  again.result = results.run;
  again.replay = (const char *const *)results.replay;
  again.resolved = (const char *const *)results.resolved;
  ck_assert_int_eq(report_json(&again), REPORT_OK);
  char *after = file_read("results.json", &after_bytes);
  ck_assert_uint_eq(before_bytes, after_bytes);
  ck_assert_mem_eq(before, after, before_bytes);
  results_free(&results);
  free(before);
  free(after);
}
END_TEST

/* Each field alone is noticed, and named. */
START_TEST(test_every_difference_is_named) {
  static const struct {
    const char *name;
    size_t offset;
  } field[] = {{"scenario_hash", offsetof(run_result_t, scenario_hash)},
               {"trace_hash", offsetof(run_result_t, trace_hash)},
               {"output_hash", offsetof(run_result_t, output_hash)},
               {"verdict", offsetof(run_result_t, verdict)},
               {"error", offsetof(run_result_t, error)},
               {"seed", offsetof(run_result_t, seed)},
               {"tick_count", offsetof(run_result_t, tick_count)},
               {"checks", offsetof(run_result_t, check_count)},
               {"sim_s", offsetof(run_result_t, sim_s)},
               {"soc_start_pct", offsetof(run_result_t, soc_start_pct)},
               {"soc_end_pct", offsetof(run_result_t, soc_end_pct)},
               {"pack_Wh", offsetof(run_result_t, pack_Wh)},
               {"distance_m", offsetof(run_result_t, distance_m)},
               {"ledger_error_pct", offsetof(run_result_t, ledger_error_pct)},
               {"dtc_set_count", offsetof(run_result_t, dtc_set_count)},
               {"dtc_first", offsetof(run_result_t, dtc_first)},
               {"check far: id", offsetof(run_result_t, check[1].id)},
               {"check far: verdict", offsetof(run_result_t, check[1].verdict)},
               {"check far: kind", offsetof(run_result_t, check[1].kind)},
               {"check far: has a margin", offsetof(run_result_t, check[1].has_margin)},
               {"check far: at_s", offsetof(run_result_t, check[1].at_s)},
               {"check far: text", offsetof(run_result_t, check[1].text)},
               {"check far: value", offsetof(run_result_t, check[1].value)},
               {"check far: limit", offsetof(run_result_t, check[1].limit)},
               {"check far: unit", offsetof(run_result_t, check[1].unit)}};
  char difference[300];
  run_result_t *other = malloc(sizeof *other);
  ck_assert_ptr_nonnull(other);
  for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) {
    *other = runs[0];
    ((unsigned char *)other)[field[i].offset] ^= 1; /* one bit */
    ck_assert_int_eq(result_compare(&runs[0], other, difference, sizeof difference), 1);
    ck_assert_msg(strncmp(difference, field[i].name, strlen(field[i].name)) == 0, "%s: %s",
                  field[i].name, difference);
    ck_assert_ptr_nonnull(strstr(difference, " then, "));
  }
  *other = runs[0];
  other->wall_s = 99;
  ck_assert_int_eq(result_compare(&runs[0], other, difference, sizeof difference), 0);
  free(other);
}
END_TEST

/* A file that ends anywhere is refused in one line. */
START_TEST(test_cut_files_are_refused) {
  size_t bytes;
  ck_assert_int_eq(report_json(&report), REPORT_OK);
  char *text = file_read("results.json", &bytes);
  for (size_t length = 0; length + 2 < bytes; length += 37) {
    results_t results;
    char error[600] = "";
    file_write("results.json", text, length);
    ck_assert_int_eq(results_read(dir, &results, error, sizeof error), -1);
    ck_assert_ptr_nonnull(strstr(error, "results.json"));
    ck_assert_ptr_null(strchr(error, '\n'));
  }
  free(text);
}
END_TEST

START_TEST(test_wrong_values_are_refused) {
  static const struct {
    const char *from, *to, *said;
  } edit[] = {{"\"format\":\t2", "\"format\":\t3", "$.format: found 3, allowed 2"},
              {"\"run\":\t\"S-0.1\"", "\"run\":\t\"../x1\"", "$.runs[1].run"},
              {"\"run\":\t\"S-0.1\"", "\"run\":\t1234567", "$.runs[1].run"},
              {"8000000000000001", "800000000000000g", "trace_hash"},
              {"\"verdict\":\t\"error\"", "\"verdict\":\t\"alarm\"", "$.runs[3].verdict"},
              {"\"kind\":\t\"never\"", "\"kind\":\t\"nevar\"", "$.runs[0].checks[0].kind"},
              {"\"tick_count\":\t1", "\"tick_count\":\t-", "$.runs[0].tick_count"},
              {"\"sim_s\":\t13.3,", "\"sim_s\":\ttrue,", "$.runs[0].sim_s"},
              {"\"runs\":\t[", "\"ruin\":\t[", "$.runs: found no array"}};
  for (size_t i = 0; i < sizeof edit / sizeof edit[0]; i++) {
    size_t bytes;
    results_t results;
    char error[600] = "";
    ck_assert_int_eq(report_json(&report), REPORT_OK);
    char *text = file_read("results.json", &bytes);
    char *at = strstr(text, edit[i].from);
    ck_assert_msg(at != NULL, "%s", edit[i].from);
    memcpy(at, edit[i].to, strlen(edit[i].to));
    file_write("results.json", text, bytes);
    ck_assert_int_eq(results_read(dir, &results, error, sizeof error), -1);
    ck_assert_msg(strstr(error, edit[i].said) != NULL, "%s: %s", edit[i].said, error);
    free(text);
  }
}
END_TEST

START_TEST(test_too_many_checks_are_refused) {
  results_t results;
  char error[600] = "";
  file_write("results.json", "[]", 2);
  ck_assert_int_eq(results_read(dir, &results, error, sizeof error), -1);
  ck_assert_ptr_nonnull(strstr(error, "found no object"));
  ck_assert_int_eq(results_read("no/such/folder", &results, error, sizeof error), -1);
  ck_assert_ptr_nonnull(strstr(error, "no/such/folder/results.json"));
  runs[0].check_count = RESULT_CHECK_MAX;
  ck_assert_int_eq(report_json(&report), REPORT_OK);
  size_t bytes;
  char *text = file_read("results.json", &bytes);
  char *at = strstr(text, "\"checks\":");
  ck_assert_ptr_nonnull(at);
  cJSON *root = cJSON_Parse(text);
  cJSON *checks =
      cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "runs"), 1), "checks");
  cJSON *model = cJSON_GetArrayItem(checks, 0);
  while (cJSON_GetArraySize(checks) <= RESULT_CHECK_MAX)
    cJSON_AddItemToArray(checks, cJSON_Duplicate(model, 1));
  char *printed = cJSON_Print(root);
  file_write("results.json", printed, strlen(printed));
  ck_assert_int_eq(results_read(dir, &results, error, sizeof error), -1);
  ck_assert_msg(strstr(error, "$.runs[1].checks[64]") != NULL, "%s", error);
  cJSON_free(printed);
  cJSON_Delete(root);
  free(text);
}
END_TEST

START_TEST(test_numbers_come_back_bit_for_bit) {
  uint64_t state = 88172645463325252u;
  for (int i = 0; i < 20000; i++) {
    char text[JSON_EXACT_NUMBER_BYTES];
    double value, back;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    memcpy(&value, &state, sizeof value);
    if (!isfinite(value)) continue;
    json_exact_number(value, text);
    back = strtod(text, NULL);
    ck_assert_mem_eq(&value, &back, sizeof value);
  }
  char text[JSON_EXACT_NUMBER_BYTES];
  json_exact_number(0.1, text);
  ck_assert_str_eq(text, "0.1"); /* no more digits than it takes */
  json_exact_number(0.1 + 0.2, text);
  ck_assert_str_eq(text, "0.30000000000000004");
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("results");
  TCase *tcase = tcase_create("read");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, test_what_is_read_writes_the_same_bytes);
  tcase_add_test(tcase, test_every_difference_is_named);
  tcase_add_test(tcase, test_cut_files_are_refused);
  tcase_add_test(tcase, test_wrong_values_are_refused);
  tcase_add_test(tcase, test_too_many_checks_are_refused);
  tcase_add_test(tcase, test_numbers_come_back_bit_for_bit);
  suite_add_tcase(suite, tcase);
  return suite;
}
