/// JSON text: strictness by the letter, positions of values and keys, edits by path, variables.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/json_doc.h"
#include "../scenarios/json_edit.h"

static int is_json(const char *text) {
  json_syntax_t syntax;
  return json_text_check(text, strlen(text), &syntax) == 0;
}

START_TEST(accepts_what_is_json) {
  static const char *const texts[] = {"0",
                                      "-0.5e-3",
                                      "1E+2",
                                      "\"\"",
                                      "\"\\u00e9\\n\\\"\"",
                                      "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x8B\"",
                                      "[]",
                                      "{}",
                                      " [1, [2, {\"a\": null}], true, false] ",
                                      "\xEF\xBB\xBF{}"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    ck_assert_msg(is_json(texts[i]), "%s", texts[i]);
  }
}
END_TEST

START_TEST(refuses_what_is_not) {
  static const char *const texts[] = {
      "",      "+1",         "01",      "1.",       ".1",           "1e",           "--1",
      "tru",   "nul",        "[1,]",    "[,1]",     "{\"a\"}",      "{\"a\":}",     "{a:1}",
      "[1 2]", "{\"a\":1,}", "\"\\x\"", "\"\x01\"", "\"\xC0\x80\"", "\"\xE2\x82\"", "[1}",
      "{]",    "1 1",        "\"open",  "'a'",      "[1],",         "//\n1",        "\"\\u12\""};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    ck_assert_msg(!is_json(texts[i]), "%s", texts[i]);
  }
}
END_TEST

START_TEST(nests_32_levels_and_no_more) {
  char text[2 * JSON_DEPTH_MAX + 3];
  for (int depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    text[2 * depth] = '\0';
    ck_assert_int_eq(is_json(text), depth == JSON_DEPTH_MAX);
  }
}
END_TEST

static const char sample[] = "{\n"
                             "  \"a\": [10, {\"b c\": 2, \"a\": 3}],\n"
                             "  \"\\u00e9\": 5, \"a.b\": {\"x\": [1]}\n"
                             "}";

static void check_place(const json_path_t *path, int at_key, const char *text, uint32_t line,
                        uint32_t column) {
  char printed[100];
  uint32_t at_line, at_column;
  json_path_text(path, printed, sizeof printed);
  ck_assert_str_eq(printed, text);
  size_t offset = json_text_locate(sample, strlen(sample), path, at_key);
  json_text_position(sample, offset, &at_line, &at_column);
  ck_assert_msg(at_line == line && at_column == column, "%s at %u:%u, not %u:%u", text, at_line,
                at_column, line, column);
}

START_TEST(locates_values_and_keys) {
  json_path_t top = {.count = 0};
  json_path_t a = json_path_key(&top, "a");
  json_path_t item = json_path_index(&a, 1);
  json_path_t spaced = json_path_key(&item, "b c");
  json_path_t inner = json_path_key(&item, "a");
  json_path_t accent = json_path_key(&top, "\xC3\xA9");
  json_path_t dotted = json_path_key(&top, "a.b");
  check_place(&top, 0, "$", 1, 1);
  check_place(&a, 0, "$.a", 2, 8);
  check_place(&a, 1, "$.a", 2, 3);
  check_place(&item, 0, "$.a[1]", 2, 13);
  check_place(&spaced, 0, "$.a[1][\"b c\"]", 2, 21);
  check_place(&spaced, 1, "$.a[1][\"b c\"]", 2, 14);
  check_place(&inner, 1, "$.a[1].a", 2, 24);
  check_place(&accent, 0, "$[\"\xC3\xA9\"]", 3, 13);
  check_place(&dotted, 1, "$[\"a.b\"]", 3, 16);
}
END_TEST

START_TEST(falls_back_to_what_exists) {
  json_path_t top = {.count = 0};
  json_path_t a = json_path_key(&top, "a");
  json_path_t item = json_path_index(&a, 1);
  json_path_t missing = json_path_key(&item, "none");
  json_path_t deeper = json_path_key(&missing, "none");
  check_place(&deeper, 0, "$.a[1].none.none", 2, 13);
  json_path_t stranger = json_path_key(&top, "none");
  check_place(&stranger, 1, "$.none", 1, 1);
}
END_TEST

START_TEST(edits_by_path) {
  cJSON *root = cJSON_Parse("{\"a\": {\"b\": [1, 2]}}");
  cJSON *value = json_edit_value("7");
  json_edit_error_t error;
  ck_assert_int_eq(json_edit_set(root, "a.b[1]", value, &error), 0);
  ck_assert_int_eq(json_edit_set(root, "a.c.d", value, &error), 0);
  ck_assert_int_eq(json_edit_set(root, "a.c", value, &error), 0);
  char *text = cJSON_PrintUnformatted(root);
  ck_assert_str_eq(text, "{\"a\":{\"b\":[1,7],\"c\":7}}");
  cJSON_free(text);
  ck_assert_int_eq(json_edit_set(root, "a.b[2]", value, &error), -1);
  ck_assert_str_eq(error.found, "index 2");
  ck_assert_str_eq(error.allowed, "an index below 2");
  ck_assert_int_eq(json_edit_set(root, "a.c.d", value, &error), -1);
  ck_assert_int_eq(json_edit_set(root, "", value, &error), -1);
  ck_assert_int_eq(json_edit_set(root, "a..b", value, &error), -1);
  ck_assert_int_eq(json_edit_set(root, "a.", value, &error), -1);
  ck_assert_int_eq(json_edit_set(root, "a[1", value, &error), -1);
  ck_assert(cJSON_IsNumber(json_edit_get(root, "a.b[0]")));
  ck_assert_ptr_null(json_edit_get(root, "a.b[9]"));
  ck_assert_ptr_null(json_edit_get(root, "x"));
  cJSON_Delete(value);
  cJSON_Delete(root);
}
END_TEST

START_TEST(values_are_json_or_text) {
  static const char *const texts[] = {"1.5", "true", "\"a\"", "[1]", "udds", "1x", ""};
  static const int types[] = {cJSON_Number, cJSON_True,   cJSON_String, cJSON_Array,
                              cJSON_String, cJSON_String, cJSON_String};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    cJSON *value = json_edit_value(texts[i]);
    ck_assert_int_eq(value->type, types[i]);
    cJSON_Delete(value);
  }
}
END_TEST

START_TEST(substitutes_variables) {
  cJSON *root = cJSON_Parse("{\"t\": \"wire.${p}\", \"n\": \"${x}\", \"${p}\": [\"a${x}b${p}\"]}");
  cJSON *p = cJSON_CreateString("A12"), *x = cJSON_CreateNumber(2.5);
  const json_variable_t variables[] = {{"p", p}, {"x", x}};
  json_edit_error_t error;
  json_path_t path;
  ck_assert_int_eq(json_edit_substitute(root, variables, 2, &path, &error), 0);
  char *text = cJSON_PrintUnformatted(root);
  ck_assert_str_eq(text, "{\"t\":\"wire.A12\",\"n\":2.5,\"A12\":[\"a2.5bA12\"]}");
  cJSON_free(text);
  cJSON_Delete(root);
  root = cJSON_Parse("{\"a\": [0, \"${y}\"]}");
  ck_assert_int_eq(json_edit_substitute(root, variables, 2, &path, &error), -1);
  ck_assert_str_eq(error.found, "variable ${y}");
  ck_assert_str_eq(error.allowed, "${p}, ${x}");
  ck_assert_uint_eq(path.count, 2);
  ck_assert_uint_eq(path.step[1].index, 1);
  cJSON_Delete(root);
  root = cJSON_Parse("[\"${p\"]");
  ck_assert_int_eq(json_edit_substitute(root, variables, 2, &path, &error), -1);
  cJSON_Delete(root);
  cJSON_Delete(p);
  cJSON_Delete(x);
}
END_TEST

START_TEST(long_texts_are_refused) {
  char value[300];
  memset(value, 'v', sizeof value - 1);
  value[sizeof value - 1] = '\0';
  cJSON *v = cJSON_CreateString(value), *root = cJSON_Parse("[\"${v}${v}\"]");
  const json_variable_t variable = {"v", v};
  json_edit_error_t error;
  json_path_t path;
  ck_assert_int_eq(json_edit_substitute(root, &variable, 1, &path, &error), -1);
  cJSON_Delete(root);
  cJSON_Delete(v);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("json");
  TCase *tcase = tcase_create("text");
  tcase_add_test(tcase, accepts_what_is_json);
  tcase_add_test(tcase, refuses_what_is_not);
  tcase_add_test(tcase, nests_32_levels_and_no_more);
  tcase_add_test(tcase, locates_values_and_keys);
  tcase_add_test(tcase, falls_back_to_what_exists);
  tcase_add_test(tcase, edits_by_path);
  tcase_add_test(tcase, values_are_json_or_text);
  tcase_add_test(tcase, substitutes_variables);
  tcase_add_test(tcase, long_texts_are_refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
