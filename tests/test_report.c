/// Reports: margins, groups, escaping, files without wall time, plots from the CSV, the table.
#include "../scenarios/report.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "../scenarios/report_text.h"

enum { RUNS = 5 };

static char dir[64];
static run_result_t *runs;
static report_t report;

static void setup_dir(void) {
  snprintf(dir, sizeof dir, "report_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown_dir(void) {
  static const char *const names[] = {"report.html", "junit.xml",        "results.json",
                                      "timing.json", "OV-1/signals.csv", "OV-1"};
  char path[128];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", dir, names[i]);
    if (unlink(path)) rmdir(path);
  }
  rmdir(dir);
}

static check_result_t check_of(const char *id, verdict_t verdict, double value, double limit) {
  check_result_t check = {.verdict = (uint8_t)verdict,
                          .has_margin = 1,
                          .unit = "ms",
                          .value = value,
                          .limit = limit,
                          .at_s = 12.5};
  snprintf(check.id, sizeof check.id, "%s", id);
  return check;
}

/* OV-1 passes, the sweep OW has three points of which .A2 fails, X-1 is an error. */
static void setup(void) {
  static const char *const names[RUNS] = {"OV-1", "OW.A1", "OW.A2", "OW.A3", "X-1"};
  static const char *const ids[RUNS] = {"OV-1", "OW", "OW", "OW", "X-1"};
  runs = calloc(RUNS, sizeof *runs);
  ck_assert_ptr_nonnull(runs);
  for (uint32_t i = 0; i < RUNS; i++) {
    snprintf(runs[i].run_name, sizeof runs[i].run_name, "%s", names[i]);
    snprintf(runs[i].scenario_id, sizeof runs[i].scenario_id, "%s", ids[i]);
    snprintf(runs[i].title, sizeof runs[i].title, "Limits <90 %% & \"more\" %u", i);
    snprintf(runs[i].file, sizeof runs[i].file, "library/%s.json", ids[i]);
    runs[i].seed = UINT64_MAX - i;
    runs[i].trace_hash = 0xABC0 + i;
    runs[i].sim_s = 10 * (i + 1);
    runs[i].wall_s = 0.1;
    runs[i].check_count = 2;
    runs[i].check[0] = check_of("opens", VERDICT_PASS, 62.0, 100);
    runs[i].check[1] = check_of("finds", VERDICT_PASS, 10.0 + 20 * i, 100);
  }
  runs[2].verdict = VERDICT_FAIL;
  runs[2].check[1] = check_of("finds", VERDICT_FAIL, 130, 100);
  snprintf(runs[2].check[1].text, sizeof runs[2].check[1].text, "named <B7>\x01");
  runs[4].verdict = VERDICT_ERROR;
  runs[4].check_count = 0;
  snprintf(runs[4].error, sizeof runs[4].error, "the worker died of signal 11");
  report = (report_t){.dir = dir,
                      .suite_title = "A & B",
                      .replay_options = "--set 'a.b=1'",
                      .result = runs,
                      .result_count = RUNS,
                      .wall_s = 3.0,
                      .worker_count = 2};
}

static void teardown(void) { free(runs); }

static char *file_text(const char *name) {
  static char text[1 << 20];
  char path[128];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "%s", path);
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  return text;
}

static uint32_t occurrences(const char *text, const char *part) {
  uint32_t count = 0;
  for (; (text = strstr(text, part)); text++) count++;
  return count;
}

START_TEST(test_margins) {
  check_result_t check = check_of("a", VERDICT_PASS, 62, 100);
  ck_assert_double_eq_tol(report_margin(&check), 0.38, 1e-12);
  check.verdict = VERDICT_FAIL;
  ck_assert_double_eq_tol(report_margin(&check), -0.38, 1e-12);
  check = check_of("lower bound", VERDICT_PASS, 130, 100);
  ck_assert_double_eq_tol(report_margin(&check), 0.3, 1e-12);
  check = check_of("zero limit", VERDICT_PASS, 0.25, 0);
  ck_assert_double_eq_tol(report_margin(&check), 0.25, 1e-12);
  check.has_margin = 0;
  ck_assert_double_ge(report_margin(&check), 1e9);
  check = check_of("not a number", VERDICT_PASS, (double)NAN, 100);
  ck_assert_double_ge(report_margin(&check), 1e9);
  ck_assert_int_eq(report_worst_check(&runs[0]), 0);
  ck_assert_int_eq(report_worst_check(&runs[3]), 1);
  ck_assert_int_eq(report_worst_check(&runs[4]), -1);
  char text[REPORT_TEXT_BYTES];
  report_margin_text(&runs[0].check[0], text);
  ck_assert_str_eq(text, "62 of 100 ms");
}
END_TEST

START_TEST(test_groups) {
  report_group_t group = report_group(&report, 0);
  ck_assert_uint_eq(group.end, 1);
  ck_assert_int_eq(group.verdict, VERDICT_PASS);
  group = report_group(&report, 1);
  ck_assert_uint_eq(group.end, 4);
  ck_assert_uint_eq(group.count[VERDICT_PASS], 2);
  ck_assert_uint_eq(group.count[VERDICT_FAIL], 1);
  ck_assert_int_eq(group.verdict, VERDICT_FAIL);
  runs[3].verdict = VERDICT_INCONCLUSIVE;
  ck_assert_int_eq(report_group(&report, 1).verdict, VERDICT_FAIL);
  runs[3].verdict = VERDICT_ERROR;
  ck_assert_int_eq(report_group(&report, 1).verdict, VERDICT_ERROR);
  ck_assert_int_eq(report_group(&report, 4).verdict, VERDICT_ERROR);
}
END_TEST

START_TEST(test_json_holds_everything) {
  ck_assert_int_eq(report_json(&report), REPORT_OK);
  const char *text = file_text("results.json");
  ck_assert_ptr_nonnull(strstr(text, "18446744073709551615")); /* not rounded */
  cJSON *root = cJSON_Parse(text);
  ck_assert_ptr_nonnull(root);
  const cJSON *counts = cJSON_GetObjectItem(root, "counts");
  ck_assert_int_eq(cJSON_GetObjectItem(counts, "pass")->valueint, 3);
  ck_assert_int_eq(cJSON_GetObjectItem(counts, "fail")->valueint, 1);
  ck_assert_int_eq(cJSON_GetObjectItem(counts, "error")->valueint, 1);
  const cJSON *array = cJSON_GetObjectItem(root, "runs");
  ck_assert_int_eq(cJSON_GetArraySize(array), RUNS);
  const cJSON *run = cJSON_GetArrayItem(array, 2);
  ck_assert_str_eq(cJSON_GetObjectItem(run, "run")->valuestring, "OW.A2");
  ck_assert_str_eq(cJSON_GetObjectItem(run, "trace_hash")->valuestring, "000000000000abc2");
  ck_assert_str_eq(
      cJSON_GetObjectItem(run, "replay")->valuestring,
      "packsim run library/OW.json --filter OW.A2 --seed 18446744073709551613 --set 'a.b=1'");
  const cJSON *check = cJSON_GetArrayItem(cJSON_GetObjectItem(run, "checks"), 1);
  ck_assert_str_eq(cJSON_GetObjectItem(check, "verdict")->valuestring, "fail");
  ck_assert_double_eq(cJSON_GetObjectItem(check, "value")->valuedouble, 130);
  cJSON_Delete(root);
}
END_TEST

START_TEST(test_only_timing_knows_wall_time) {
  static char before[1 << 20];
  static const char *const names[] = {"results.json", "junit.xml", "report.html"};
  for (int i = 0; i < 3; i++) {
    report.wall_s = 3.0;
    for (uint32_t r = 0; r < RUNS; r++) runs[r].wall_s = 0.1;
    report_status_t (*const write[])(const report_t *) = {report_json, report_junit, report_html};
    ck_assert_int_eq(write[i](&report), REPORT_OK);
    snprintf(before, sizeof before, "%s", file_text(names[i]));
    report.wall_s = 7.0;
    report.worker_count = 5;
    for (uint32_t r = 0; r < RUNS; r++) runs[r].wall_s = runs[r].wall_record_s = 0.7;
    ck_assert_int_eq(write[i](&report), REPORT_OK);
    ck_assert_str_eq(before, file_text(names[i]));
  }
  ck_assert_int_eq(report_timing(&report), REPORT_OK);
  cJSON *root = cJSON_Parse(file_text("timing.json"));
  const cJSON *total = cJSON_GetObjectItem(root, "total");
  ck_assert_double_eq(cJSON_GetObjectItem(total, "sim_s")->valuedouble, 150);
  ck_assert_double_eq(cJSON_GetObjectItem(total, "wall_s")->valuedouble, 7);
  ck_assert_double_eq_tol(cJSON_GetObjectItem(total, "record_share")->valuedouble, 1, 1e-9);
  cJSON_Delete(root);
}
END_TEST

START_TEST(test_junit) {
  ck_assert_int_eq(report_junit(&report), REPORT_OK);
  const char *text = file_text("junit.xml");
  ck_assert_ptr_nonnull(strstr(
      text,
      "<testsuites name=\"A &amp; B\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"0\""));
  ck_assert_uint_eq(occurrences(text, "<testsuite "), 3);
  ck_assert_uint_eq(occurrences(text, "<testcase "), RUNS);
  ck_assert_uint_eq(occurrences(text, "<failure "), 1);
  ck_assert_uint_eq(occurrences(text, "<error message=\"the worker died of signal 11\""), 1);
  ck_assert_ptr_nonnull(strstr(text, "named &lt;B7&gt;\xEF\xBF\xBD"));
  ck_assert_ptr_nonnull(strstr(text, "130 of 100 ms"));
}
END_TEST

static void csv_write(void) {
  char path[128];
  snprintf(path, sizeof path, "%s/OV-1", dir);
  mkdir(path, 0777);
  snprintf(path, sizeof path, "%s/OV-1/signals.csv", dir);
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fputs("time_s,phys.pack.V,phys.pack.soc_pct [%],phys.vehicle.speed_kph [km/h]\n", file);
  for (int i = 0; i < 2000; i++)
    fprintf(file, "%g,%g,%d,0\n", 0.1 * i, i == 777 ? 450.0 : 350.0, i / 20);
  fclose(file);
}

/* A single peak among 2000 samples survives; a column of zeros has no plot. */
START_TEST(test_html_has_plots) {
  csv_write();
  runs[0].sim_s = 200;
  ck_assert_int_eq(report_html(&report), REPORT_OK);
  const char *text = file_text("report.html");
  ck_assert_uint_eq(occurrences(text, "<svg"), 4); /* whole and around the check */
  ck_assert_uint_eq(occurrences(text, "<polyline"), 4);
  ck_assert_ptr_null(strstr(text, "Speed"));
  const char *plot = strstr(strstr(text, "The whole run"), "Pack voltage, V");
  ck_assert_ptr_nonnull(plot);
  const char *line = strstr(plot, "points=\""),
             *peak = strstr(line, ",8.7 "); /* 4 + 88 * 0.06/1.12 */
  ck_assert_ptr_nonnull(peak);
  ck_assert(peak < strchr(line + 8, '"'));
  ck_assert_ptr_nonnull(strstr(text, "Limits &lt;90 % &amp; &quot;more&quot; 0"));
  ck_assert_uint_eq(occurrences(text, "<i class=\"fail\""), 1);
  ck_assert_uint_eq(occurrences(text, "<i class=\"pass\""), 2);
  ck_assert_ptr_null(strstr(text, "http"));
  ck_assert_ptr_nonnull(strstr(text, "<p class=\"say\">the worker died of signal 11</p>"));
  ck_assert_ptr_nonnull(strstr(text, "What did not pass: 2 of 5 runs"));
  ck_assert_uint_eq(occurrences(text, "<section"), occurrences(text, "</section"));
  ck_assert_uint_eq(occurrences(text, "<table"), occurrences(text, "</table"));
}
END_TEST

/* What was not run has its row and no place among the failures. */
START_TEST(test_html_of_skipped) {
  runs[4].verdict = VERDICT_SKIPPED;
  snprintf(runs[4].error, sizeof runs[4].error, "no measured drive");
  runs[3].verdict = VERDICT_SKIPPED;
  runs[2].verdict = VERDICT_PASS;
  runs[2].check[1].verdict = VERDICT_PASS;
  ck_assert_int_eq(report_html(&report), REPORT_OK);
  const char *text = file_text("report.html");
  ck_assert_ptr_null(strstr(text, "did not pass"));
  ck_assert_uint_eq(occurrences(text, "no measured drive"), 1);
  ck_assert_ptr_nonnull(strstr(text, "2 skipped</b>"));
  for (uint32_t i = 0; i < RUNS; i++) {
    char id[16];
    snprintf(id, sizeof id, "id=\"r%u\"", i);
    ck_assert_uint_eq(occurrences(text, id), 1);
  }
}
END_TEST

/* However many runs fail and however much each has to show, the page can be opened. */
START_TEST(test_html_is_bounded) {
  enum { MANY = 2000 };
  char path[128];
  csv_write();
  run_result_t *many = calloc(MANY, sizeof *many);
  ck_assert_ptr_nonnull(many);
  for (uint32_t i = 0; i < MANY; i++) {
    many[i] = runs[2];
    many[i].sim_s = 200;
    many[i].check_count = RESULT_CHECK_MAX;
    snprintf(many[i].run_name, sizeof many[i].run_name, "OV-1");
    for (uint32_t c = 1; c < RESULT_CHECK_MAX; c++) many[i].check[c] = runs[2].check[1];
  }
  report.result = many;
  report.result_count = MANY;
  ck_assert_int_eq(report_html(&report), REPORT_OK);
  struct stat info;
  snprintf(path, sizeof path, "%s/report.html", dir);
  ck_assert_int_eq(stat(path, &info), 0);
  ck_assert_int_gt(info.st_size, 10000000);
  ck_assert_int_lt(info.st_size, 20000000);
  free(many);
}
END_TEST

START_TEST(test_table) {
  char *text = NULL;
  size_t bytes = 0;
  FILE *file = open_memstream(&text, &bytes);
  report_table(&report, file, 0);
  fclose(file);
  ck_assert_ptr_nonnull(strstr(text, "finds 130 of 100 ms (A2)"));
  ck_assert_ptr_nonnull(
      strstr(text, "5 runs: 3 passed, 1 failed, 0 inconclusive, 1 error, 0 skipped"));
  ck_assert_ptr_nonnull(strstr(text, "150 s simulated in 3.0 s with 2 workers: 50 x real time"));
  ck_assert_ptr_nonnull(strstr(text, "X-1: error: the worker died of signal 11"));
  ck_assert_ptr_null(strchr(text, '\033'));
  free(text);
}
END_TEST

START_TEST(test_file_error) {
  report.dir = "no/such/folder";
  ck_assert_int_eq(report_json(&report), REPORT_ERR_FILE);
  ck_assert_ptr_nonnull(strstr(report_error(), "no/such/folder/results.json"));
  ck_assert_int_eq(report_html(&report), REPORT_ERR_FILE);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("report");
  TCase *tcase = tcase_create("report");
  tcase_add_unchecked_fixture(tcase, setup_dir, teardown_dir);
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, test_margins);
  tcase_add_test(tcase, test_groups);
  tcase_add_test(tcase, test_json_holds_everything);
  tcase_add_test(tcase, test_only_timing_knows_wall_time);
  tcase_add_test(tcase, test_junit);
  tcase_add_test(tcase, test_html_has_plots);
  tcase_add_test(tcase, test_html_of_skipped);
  tcase_add_test(tcase, test_html_is_bounded);
  tcase_add_test(tcase, test_table);
  tcase_add_test(tcase, test_file_error);
  suite_add_tcase(suite, tcase);
  return suite;
}
