/// Every value of a scenario that uses the whole language, replaced by every kind of wrong value:
/// accepted or refused in one line, never a crash.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../scenarios/json_doc.h"
#include "temp_file.h"

static const char whole[] =
    "{\"packsim\": 1, \"id\": \"T\", \"title\": \"t\", \"tags\": [\"a\"], \"define\": {\"v\": "
    "4.1}, "
    "\"pack\": {\"soc_pct\": {\"dist\": \"normal\", \"mean\": 60, \"sd\": 5}, \"groups\": "
    "{\"M3C5\": "
    "{\"soc_pct\": 51}}, \"spread\": {\"capacity_pct\": {\"dist\": \"uniform\", \"half\": 1}}}, "
    "\"load\": [{\"at_s\": 1, \"request\": \"drive\", \"current_A\": {\"to\": 100, \"over_s\": "
    "5}}, "
    "{\"at_s\": 9, \"aux_W\": {\"points\": [[0, 1], [2, 3]], \"repeat\": 2}, \"charger\": "
    "{\"mode\": "
    "\"cccv\", \"current_A\": 9, \"voltage_V\": {\"from\": 1, \"to\": 2, \"over_s\": 3}}}], "
    "\"events\": [{\"id\": \"b\", \"when\": {\"any\": [{\"at_s\": 2}, {\"not\": {\"signal\": "
    "\"phys.pack.V\", \"gt\": {\"signal\": \"phys.link.V\", \"plus\": 1}}}], \"for_ms\": 5, "
    "\"times\": 2}, \"for_s\": 3, \"fault\": {\"target\": [\"wire.A12\"], \"type\": \"leak\", "
    "\"value_ohm\": {\"from\": 1e6, \"to\": 100, \"over_s\": 2}}}], "
    "\"expect\": [{\"id\": \"e\", \"after\": {\"at_s\": 1}, \"signal\": \"bms.state\", \"eq\": "
    "\"FAULT\", \"within_ms\": 9000, \"count\": {\"max\": 3}}, {\"id\": \"o\", \"order\": [\"b\", "
    "\"e\"]}, {\"id\": \"p\", \"signal\": \"phys.pack.V\", \"gt\": \"limit:CELL_OVERVOLTAGE\", "
    "\"until\": {\"after\": \"b\", \"plus_s\": 1}}], "
    "\"always\": [{\"id\": \"q\", \"can_period\": \"BMS_Status\", \"ms\": 100, \"tolerance_ms\": "
    "50}], "
    "\"never\": [{\"id\": \"n\", \"signal\": [\"phys.group.*.V\", \"phys.pack.A\"], \"gt\": "
    "\"${v}\", \"until\": \"b\"}], \"measure\": [{\"id\": \"m\", \"from\": \"b\", \"to\": "
    "{\"at_s\": "
    "3}}, {\"id\": \"l\", \"signal\": \"phys.pack.A\", \"stat\": \"max\", \"lt\": 5}], "
    "\"end\": {\"at_s\": 10, \"or_when\": {\"signal\": \"bms.state\", \"eq\": \"FAULT\"}}, "
    "\"sweep\": {\"grid\": {\"pack.temperature_degC\": {\"from\": 1, \"to\": 1, \"step\": 1}, "
    "\"$w\": \"wire.A*5\"}, \"boundary\": {\"seed\": {\"at\": 5, \"lsb\": 1, \"steps\": [0]}}, "
    "\"faults\": {\"events[0].fault\": [{\"target\": \"wire.A*7\", \"type\": [\"open\"]}]}, "
    "\"random\": {\"count\": 1, \"values\": {\"sensors.pack_noise_V\": {\"min\": 0, \"max\": 1}}}, "
    "\"exclude\": [{\"$w\": [\"wire.A15\", \"wire.A25\"]}]}}";

static const char *const wrong[] = {"null",
                                    "-1",
                                    "1e300",
                                    "\"x\"",
                                    "[]",
                                    "{}",
                                    "true",
                                    "{\"dist\": \"normal\"}",
                                    "{\"dist\": \"choice\", \"values\": [1, \"x\"]}",
                                    "{\"to\": 1, \"over_s\": 1}",
                                    "\"${v}\"",
                                    "\"*\"",
                                    "{\"signal\": \"bms.state\"}",
                                    "[[0, 0], [1, 1]]",
                                    "\"limit:X\"",
                                    "{\"not\": {}}"};
enum { WRONG_COUNT = sizeof wrong / sizeof wrong[0] };

static uint32_t refused_count, accepted_count;

static void try_text(const char *text) {
  char file[64];
  scenario_error_t error = {.text = ""};
  scenario_t *scenario = NULL;
  temp_file_write(file, sizeof file, "bad_tree", text, strlen(text));
  int status = scenario_load(file, &scenario, &error);
  remove(file);
  if (status == 0) {
    accepted_count++;
    scenario_free(scenario);
    return;
  }
  refused_count++;
  ck_assert_msg(strncmp(error.text, file, strlen(file)) == 0 && strchr(error.text, '\n') == NULL &&
                    strstr(error.text, ": found ") != NULL &&
                    strstr(error.text, ", allowed ") != NULL,
                "%s\nfor %s", error.text, text);
}

/// Put one wrong value after another in the place of node, a part of them for each node.
static void replace_in_turn(cJSON *root, cJSON *parent, cJSON *node, uint32_t *turn) {
  for (uint32_t i = 0; i < 3; i++) {
    const char *with = wrong[(*turn)++ % WRONG_COUNT];
    cJSON *value = cJSON_Parse(with), *copy = cJSON_Duplicate(node, 1);
    cJSON *now = node;
    if (node->string != NULL) {
      cJSON *named = cJSON_Duplicate(node, 0);
      value->string = named->string;
      named->string = NULL;
      cJSON_Delete(named);
    }
    ck_assert(cJSON_ReplaceItemViaPointer(parent, now, value));
    char *text = cJSON_PrintUnformatted(root);
    try_text(text);
    cJSON_free(text);
    ck_assert(cJSON_ReplaceItemViaPointer(parent, value, copy));
    node = copy;
  }
}

static void walk(cJSON *root, cJSON *parent, uint32_t *turn) {
  int count = cJSON_GetArraySize(parent);
  for (int i = 0; i < count; i++) {
    replace_in_turn(root, parent, cJSON_GetArrayItem(parent, i), turn);
    walk(root, cJSON_GetArrayItem(parent, i), turn);
  }
}

START_TEST(no_value_in_any_place_does_harm) {
  json_doc_t doc;
  scenario_error_t error = {.text = ""};
  ck_assert_msg(json_doc_parse("whole", whole, strlen(whole), &doc, &error) == 0, "%s", error.text);
  refused_count = accepted_count = 0;
  try_text(whole);
  ck_assert_uint_eq(accepted_count, 1);
  uint32_t turn = (uint32_t)_i * 3;
  walk(doc.root, doc.root, &turn);
  json_doc_free(&doc);
  ck_assert_uint_gt(refused_count, 300);
  ck_assert_uint_gt(accepted_count, 10);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("bad_tree");
  TCase *tcase = tcase_create("values");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, no_value_in_any_place_does_harm, 0, 2);
  suite_add_tcase(suite, tcase);
  return suite;
}
