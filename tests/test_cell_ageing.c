/// Ageing parameters in a cell file: every figure arrives, every bad one is refused at its place.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../scenarios/cell_ageing.h"

static const char good[] =
    "{\"mark\": \"seen\", \"source\": \"test\", \"reference_Ah\": 3,\n"
    "\"capacity\": {\"calendar_slope_pV\": 11, \"calendar_offset\": -12, "
    "\"calendar_activation_K\": 13, \"calendar_floor_degC\": 14, \"calendar_exponent\": 0.15, "
    "\"cycle_curvature_pV2\": 16, \"cycle_centre_V\": 1.7, \"cycle_offset\": 0.18, "
    "\"cycle_depth\": 0.19, \"cycle_floor\": 0.2, \"cycle_exponent\": 0.21, \"factor\": 22},\n"
    "\"resistance\": {\"calendar_slope_pV\": 31, \"calendar_offset\": 32, "
    "\"calendar_activation_K\": 33, \"calendar_floor_degC\": 34, \"calendar_exponent\": 0.35, "
    "\"cycle_curvature_pV2\": 36, \"cycle_centre_V\": 3.7, \"cycle_offset\": -0.38, "
    "\"cycle_depth\": 0.39, \"cycle_floor\": 0.4, \"cycle_exponent\": 0.41, \"factor\": 42}}";

static scenario_error_t error;

/// 0 iff text is a JSON file with good ageing parameters.
static int read_text(const char *text, ageing_params_t *params) {
  json_doc_t doc;
  json_path_t top = {.count = 0};
  memset(&error, 0, sizeof error);
  if (json_doc_parse("cell.json", text, strlen(text), &doc, &error) != 0) return -1;
  int status = schema_check(&doc, doc.root, &top, &cell_ageing_schema, &error);
  if (status == 0) cell_ageing_read(doc.root, params);
  json_doc_free(&doc);
  return status;
}

START_TEST(every_figure_arrives) {
  ageing_params_t params, expected = {.reference_Ah = 3.0};
  expected.capacity = (ageing_law_t){11, -12, 13, 14, 0.15, 16, 1.7, 0.18, 0.19, 0.2, 0.21, 22};
  expected.resistance = (ageing_law_t){31, 32, 33, 34, 0.35, 36, 3.7, -0.38, 0.39, 0.4, 0.41, 42};
  memset(&params, 0x5A, sizeof params);
  ck_assert_msg(read_text(good, &params) == 0, "%s", error.text);
  ck_assert_mem_eq(&params, &expected, sizeof params);
  ck_assert_ptr_null(ageing_params_check(&params));
}
END_TEST

static const struct {
  const char *old, *new, *message;
} refusals[] = {
    {"\"reference_Ah\": 3", "\"reference_Ah\": 0",
     "cell.json:1:52: $.reference_Ah: found 0, allowed a number 0.01..10000 Ah"},
    {"\"reference_Ah\": 3,", "", "cell.json:1:1: $: found no key \"reference_Ah\""},
    {"\"mark\": \"seen\"", "\"mark\": \"heard\"", "$.mark: found \"heard\""},
    {"\"source\": \"test\"", "\"source\": \"\"", "$.source: found"},
    {"\"calendar_activation_K\": 13", "\"calendar_activation_degC\": 13",
     "$.capacity.calendar_activation_degC: found unknown key"},
    {"\"calendar_exponent\": 0.15", "\"calendar_exponent\": 0",
     "$.capacity.calendar_exponent: found 0, allowed a number 0.1..2"},
    {"\"calendar_exponent\": 0.35", "\"calendar_exponent\": 3",
     "$.resistance.calendar_exponent: found 3, allowed a number 0.1..2"},
    {"\"factor\": 42", "\"factor\": -1", "$.resistance.factor: found -1, allowed a number 0..100"},
    {", \"factor\": 22", "", "$.capacity: found no key \"factor\""},
    {"\"cycle_depth\": 0.19", "\"cycle_depth\": \"0.19\"",
     "$.capacity.cycle_depth: found \"0.19\""},
    {"\"cycle_depth\": 0.19", "\"cycle_depth\": NaN", "$.capacity.cycle_depth: found 'NaN'"},
};

START_TEST(refuses) {
  char text[2000];
  ageing_params_t params;
  const char *at = strstr(good, refusals[_i].old);
  ck_assert_ptr_nonnull(at);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, refusals[_i].new,
           at + strlen(refusals[_i].old));
  ck_assert_int_eq(read_text(text, &params), -1);
  ck_assert_msg(strstr(error.text, refusals[_i].message) != NULL, "%s", error.text);
  ck_assert_ptr_null(strchr(error.text, '\n'));
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("cell_ageing");
  TCase *tcase = tcase_create("file");
  tcase_add_test(tcase, every_figure_arrives);
  tcase_add_loop_test(tcase, refuses, 0, (int)(sizeof refusals / sizeof refusals[0]));
  suite_add_tcase(suite, tcase);
  return suite;
}
