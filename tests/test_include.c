/// Fragments and variables: what is merged, what wins, and where a mistake is said to be.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scenarios/plan.h"
#include "scenario_text.h"

static char folder[60];
static scenario_error_t error;

static void write_file(const char *name, const char *text) {
  char path[120];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *stream = fopen(path, "wb");
  ck_assert_ptr_nonnull(stream);
  ck_assert_int_ge(fputs(text, stream), 0);
  ck_assert_int_eq(fclose(stream), 0);
}

static void setup(void) {
  char path[80];
  snprintf(folder, sizeof folder, "/tmp/packsim_include_%ld", (long)getpid());
  ck_assert_int_eq(mkdir(folder, 0700), 0);
  snprintf(path, sizeof path, "%s/parts", folder);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  memset(&error, 0, sizeof error);
}

static void teardown(void) {
  static const char *const files[] = {"parts/a.json", "parts/b.json", "parts/load.csv",
                                      "parts",        "main.json",    ""};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    char path[120];
    snprintf(path, sizeof path, "%s/%s", folder, files[i]);
    (void)remove(path);
  }
}

static scenario_t *load(void) {
  char path[120];
  scenario_t *scenario = NULL;
  snprintf(path, sizeof path, "%s/main.json", folder);
  (void)scenario_load(path, &scenario, &error);
  return scenario;
}

#define HEAD "{\"packsim\": 1, \"id\": \"T\", \"title\": \"t\", \"include\": "
static const char fragment_a[] = "{\"define\": {\"wire\": \"A3\", \"ohm\": 50},\n"
                                 " \"pack\": {\"soc_pct\": 30, \"temperature_degC\": 5, "
                                 "\"groups\": {\"M1C1\": {\"soc_pct\": 1}}},\n"
                                 " \"events\": [\n"
                                 "  {\"id\": \"one\", \"when\": {\"at_s\": 1}},\n"
                                 "  {\"id\": \"two\", \"when\": {\"at_s\": 2}, \"fault\": "
                                 "{\"target\": \"wire.${wire}\", \"type\": "
                                 "\"resistance\", \"value_ohm\": \"${ohm}\"}}],\n"
                                 " \"end\": {\"at_s\": 9}}\n";

START_TEST(the_file_wins_and_lists_are_joined) {
  write_file("parts/a.json", fragment_a);
  write_file("main.json",
             HEAD "\"parts/a.json\",\n"
                  " \"define\": {\"ohm\": 70},\n"
                  " \"pack\": {\"soc_pct\": 40, \"groups\": {\"M1C2\": {\"soc_pct\": 2}}},\n"
                  " \"events\": [{\"id\": \"three\", \"when\": {\"after\": \"one\"}},\n"
                  "  {\"id\": \"one\", \"when\": {\"at_s\": 1.5}}]}\n");
  scenario_t *scenario = load();
  ck_assert_msg(scenario != NULL, "%s", error.text);
  scenario_t *point = point_of(scenario, 0);
  const scenario_plan_t *plan = point->plan;
  ck_assert_double_eq(point->end_s, 9);
  ck_assert_double_eq_tol(plan->pack.cell[190].soc, 0.4, 1e-12);
  ck_assert_double_eq(plan->pack.cell[190].temperature_degC, 5);
  ck_assert_double_eq_tol(plan->pack.cell[0].soc, 0.01, 1e-12);
  ck_assert_double_eq_tol(plan->pack.cell[2].soc, 0.02, 1e-12);
  ck_assert_uint_eq(plan->event_count, 3);
  ck_assert_str_eq(plan->event[0].id, "one");
  ck_assert_uint_eq(plan->when[plan->event[0].when].at_us, 1500000);
  ck_assert_str_eq(plan->event[1].id, "two");
  ck_assert_double_eq(plan->event[1].fault.value, 70);
  ck_assert_str_eq(plan->event[2].id, "three");
  ck_assert_ptr_null(strstr(point->text, "include"));
  ck_assert_ptr_null(strstr(point->text, "define"));
  scenario_free(point);
  scenario_free(scenario);
}
END_TEST

typedef struct {
  const char *main, *a, *b;
  const char *place, *found, *allowed;
} mistake_t;

static const mistake_t mistakes[] = {
    {HEAD "\"parts/a.json\"}", "{\"end\": {\"at_s\": 1},\n \"pack\": {\"soc_pct\": 101}}", "{}",
     "/parts/a.json:2:22: $.pack.soc_pct:", "101", "0..100"},
    {HEAD "\"parts/a.json\",\n \"pack\": {\"soc_pct\": 102}}",
     "{\"end\": {\"at_s\": 1}, \"pack\": {\"soc_pct\": 101}}", "{}",
     "/main.json:2:22: $.pack.soc_pct:", "102", "0..100"},
    {HEAD "\"parts/a.json\", \"events\": [{\"id\": \"x\", \"when\": {\"at_s\": 1}}]}",
     "{\"end\": {\"at_s\": 1},\n \"events\": [{\"id\": \"y\", \"when\": {\"at_s\": 1}},\n"
     "  {\"id\": \"z\", \"when\": {\"at\": 1}}]}",
     "{}", "/parts/a.json:3:24: $.events[1].when.at:", "unknown key \"at\"", "at_s"},
    {HEAD "\"parts/a.json\", \"events\": [\n {\"id\": \"x\", \"when\": {\"at_s\": -1}}]}",
     "{\"end\": {\"at_s\": 1},\n \"events\": [{\"id\": \"y\", \"when\": {\"at_s\": 1}}]}", "{}",
     "/main.json:2:31: $.events[0].when.at_s:", "-1", "0..1000000"},
    {HEAD "[\"parts/a.json\", \"parts/b.json\"]}", "{\"end\": {\"at_s\": 1}}",
     "{\"load\": [{\"at_s\": 0, \"power_W\": 1},\n {\"at_s\": 1, \"powr_W\": 1}]}",
     "/parts/b.json:2:14: $.load[1].powr_W:", "unknown key \"powr_W\"", "power_W"},
    {HEAD "\"parts/a.json\"}", "{\"end\": {\"at_s\": 1},\n \"include\": \"b.json\"}",
     "{\"seed\": -1}", "/parts/b.json:1:10: $.seed:", "-1", "a whole number"},
    {HEAD "\"parts/c.json\"}", "{}", "{}", "/main.json:1:52: $.include:", "\"parts/c.json\"",
     "a file beside this one"},
    {HEAD "[\"parts/a.json\", 5]}", "{}", "{}", "/main.json:1:69: $.include[1]:", "5",
     "the name of a file"},
    {HEAD "\"parts/a.json\"}", "{\"include\": \"a.json\"}", "{}",
     "/parts/a.json:1:13: $.include:", "\"a.json\"", "at most 4 deep"},
    {HEAD "\"parts/a.json\"}", "[1]", "{}", "/parts/a.json:1:1: $:", "an array", "an object"},
    {HEAD "\"parts/a.json\"}", "{\"end\": }", "{}", "/parts/a.json:1:9: $.end:", "'}'", "a value"},
    {HEAD "\"parts/a.json\", \"end\": {\"at_s\": \"${t}\"}}", "{\"define\": {\"u\": 1}}", "{}",
     "/main.json:1:84: $.end.at_s:", "${t}", "${u}"},
    {HEAD "\"parts/a.json\"}", "{\"end\": {\"at_s\": 1}, \"define\": {\"u\": [1]}}", "{}",
     "/parts/a.json:1:38: $.define.u:", "an array", "a number, a text"},
    {HEAD "\"parts/a.json\"}",
     "{\"end\": {\"at_s\": 1}, \"load\": [{\"at_s\": 0, \"power_W\": {\"csv\": \"load.csv\", "
     "\"column\": \"P\", \"unit\": \"kW\"}}]}",
     "{}", "/parts/load.csv:3:2: P:", "\"x\"", "a number"},
};

START_TEST(mistakes_are_said_where_they_stand) {
  const mistake_t *row = &mistakes[_i];
  write_file("main.json", row->main);
  write_file("parts/a.json", row->a);
  write_file("parts/b.json", row->b);
  write_file("parts/load.csv", "time_s,P\n0,1\n1,x\n");
  scenario_t *scenario = load();
  ck_assert_ptr_null(scenario);
  ck_assert_msg(strncmp(error.text, folder, strlen(folder)) == 0 &&
                    strncmp(error.text + strlen(folder), row->place, strlen(row->place)) == 0,
                "%s\nis not at %s", error.text, row->place);
  const char *allowed = strstr(error.text, ", allowed");
  ck_assert_msg(strstr(error.text, row->found) != NULL && allowed != NULL &&
                    strstr(allowed, row->allowed) != NULL,
                "%s", error.text);
}
END_TEST

START_TEST(variables_are_swept_set_and_drawn) {
  scenario_t *scenario = scenario_of(
      "\"end\": {\"at_s\": \"${end_s}\"}, \"define\": {\"end_s\": 3, \"soc\": {\"dist\": "
      "\"uniform\", "
      "\"min\": 20, \"max\": 30}}, \"pack\": {\"soc_pct\": \"${soc}\"}, \"sweep\": {\"grid\": "
      "{\"$end_s\": [4, 5]}}");
  scenario_set_t set = {.path = "define.soc", .value = "77"};
  scenario_t *point = point_of(scenario, 1), *other = NULL;
  ck_assert_double_eq(point->end_s, 5);
  ck_assert(point->plan->pack.cell[0].soc >= 0.2 && point->plan->pack.cell[0].soc <= 0.3);
  ck_assert_int_eq(scenario_point(scenario, 1, &set, 1, &other, &error), 0);
  ck_assert_double_eq_tol(other->plan->pack.cell[0].soc, 0.77, 1e-12);
  scenario_free(point);
  scenario_free(other);
  scenario_free(scenario);
}
END_TEST

/// What a point says of itself is a scenario that comes to the same point.
START_TEST(the_text_of_a_point_is_the_point) {
  write_file("parts/a.json", fragment_a);
  write_file("main.json",
             HEAD "\"parts/a.json\", \"$schema\": \"x\", \"sweep\": {\"faults\": {"
                  "\"events[1].fault\": [{\"target\": \"wire.B*\", \"type\": \"open\"}]}}}");
  scenario_t *scenario = load();
  ck_assert_msg(scenario != NULL, "%s", error.text);
  scenario_t *point = point_of(scenario, 3);
  write_file("main.json", point->text);
  scenario_t *again = load();
  ck_assert_msg(again != NULL, "%s", error.text);
  scenario_t *same = point_of(again, 0);
  ck_assert_uint_eq(same->hash, point->hash);
  ck_assert_str_eq(same->text, point->text);
  scenario_free(same);
  scenario_free(again);
  scenario_free(point);
  scenario_free(scenario);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("include");
  TCase *tcase = tcase_create("fragments");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, the_file_wins_and_lists_are_joined);
  tcase_add_loop_test(tcase, mistakes_are_said_where_they_stand, 0,
                      (int)(sizeof mistakes / sizeof mistakes[0]));
  tcase_add_test(tcase, variables_are_swept_set_and_drawn);
  tcase_add_test(tcase, the_text_of_a_point_is_the_point);
  suite_add_tcase(suite, tcase);
  return suite;
}
