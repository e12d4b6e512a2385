/// The story of a run in words: conditions, checks, and the file that the report reads.
#include "../scenarios/story.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "../scenarios/plan.h"
#include "../scenarios/run.h"
#include "../scenarios/story_words.h"
#include "scenario_text.h"

static const char text[] =
    "\"pack\": {\"soc_pct\": 60}, \"seed\": 5,"
    "\"load\": [{\"at_s\": 0.5, \"request\": \"drive\", \"current_A\": 10}],"
    "\"events\": ["
    " {\"id\": \"high\", \"when\": {\"signal\": \"phys.group.M3C5.V\", \"gt\": 4.3,"
    "  \"edge\": \"rising\"}},"
    " {\"id\": \"cut\", \"when\": {\"at_s\": 2}, \"for_s\": 0.5,"
    "  \"fault\": {\"target\": \"wire.A13\", \"type\": \"resistance\", \"value_ohm\": 200}},"
    " {\"id\": \"both\", \"when\": {\"all\": [{\"after\": \"cut\", \"plus_s\": 0.25},"
    "  {\"signal\": \"bms.state\", \"eq\": \"DRIVE\", \"for_s\": 0.1}]}}],"
    "\"expect\": ["
    " {\"id\": \"opens\", \"after\": \"cut\", \"signal\": \"contactor.main_pos.closed\", \"eq\": 0,"
    "  \"within_ms\": 110, \"holds_s\": 0.2},"
    " {\"id\": \"full\", \"signal\": \"phys.pack.soc_pct\", \"near\": 60, \"tolerance\": 1,"
    "  \"at_end\": true}],"
    "\"always\": [{\"id\": \"alive\", \"can_period\": \"BMS_Status\", \"ms\": 100,"
    "  \"tolerance_ms\": 10}],"
    "\"never\": [{\"id\": \"hot\", \"signal\": \"phys.cell.*.degC\", \"gt\": 60,"
    "  \"after\": \"cut\"}],"
    "\"measure\": [{\"id\": \"span\", \"from\": \"cut\", \"to\": \"both\", \"limit_ms\": 300}],"
    "\"end\": {\"at_s\": 3}";

START_TEST(conditions_in_words) {
  scenario_t *point = point_of_text(text);
  const scenario_plan_t *plan = point->plan;
  char words[STORY_WORDS_BYTES];
  static const char *const expected[] = {"phys.group.M3C5.V > 4.3 V, rising", "at 2 s",
                                         "0.25 s after cut and bms.state = DRIVE for 0.1 s"};
  for (uint32_t i = 0; i < 3; i++) {
    story_when_words(plan, plan->event[i].when, words, sizeof words);
    ck_assert_str_eq(words, expected[i]);
  }
  story_when_words(plan, plan->event[2].when, words, 12); /* cut, not overrun */
  ck_assert_str_eq(words, "0.25 s afte");
  scenario_free(point);
}
END_TEST

START_TEST(checks_in_words) {
  scenario_t *point = point_of_text(text);
  const scenario_plan_t *plan = point->plan;
  char words[STORY_WORDS_BYTES];
  static const char *const expected[] = {
      "contactor.main_pos.closed = 0 within 110 ms after cut, held 0.2 s",
      "phys.pack.soc_pct near 60 % +- 1 at the end", "a BMS_Status frame every 100 ms +- 10 ms",
      "never phys.cell.M1C1a.degC to phys.cell.M8C14b.degC (192) > 60 degC after cut",
      "time from cut to both <= 300 ms"};
  ck_assert_uint_eq(plan->check_count, 5);
  for (uint32_t i = 0; i < 5; i++) {
    story_check_words(plan, &plan->check[i], words, sizeof words);
    ck_assert_str_eq(words, expected[i]);
  }
  scenario_free(point);
}
END_TEST

static double number(const cJSON *object, const char *key) {
  const cJSON *item = cJSON_GetObjectItem(object, key);
  ck_assert_msg(cJSON_IsNumber(item), "%s", key);
  return item->valuedouble;
}

START_TEST(the_file_tells_it) {
  char dir[] = "story_XXXXXX", path[64];
  static char file_text[1 << 16];
  ck_assert_ptr_nonnull(mkdtemp(dir));
  scenario_t *point = point_of_text(text);
  run_options_t options = {.out_dir = dir, .record_level = RECORD_BRIEF};
  run_result_t *result = calloc(1, sizeof *result);
  run_scenario(point, &options, result);
  snprintf(path, sizeof path, "%s/story.json", dir);
  FILE *file = fopen(path, "r");
  ck_assert_ptr_nonnull(file);
  file_text[fread(file_text, 1, sizeof file_text - 1, file)] = 0;
  fclose(file);
  cJSON *root = cJSON_Parse(file_text);
  ck_assert_ptr_nonnull(root);
  const cJSON *events = cJSON_GetObjectItem(root, "events"), *high = cJSON_GetArrayItem(events, 0),
              *cut = cJSON_GetArrayItem(events, 1);
  ck_assert_ptr_null(cJSON_GetObjectItem(high, "at_s")); /* it never happened */
  ck_assert_double_eq_tol(number(cut, "at_s"), 2, 1e-9);
  ck_assert_double_eq_tol(number(cut, "to_s"), 2.5, 1e-9);
  ck_assert_double_eq_tol(number(cut, "value"), 200, 1e-9);
  const cJSON *targets = cJSON_GetObjectItem(cut, "targets");
  ck_assert_str_eq(cJSON_GetArrayItem(targets, 0)->valuestring, "wire.A13");
  const cJSON *opens = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "checks"), 0);
  ck_assert_double_eq_tol(number(opens, "from_s"), 2, 1e-9);
  ck_assert_double_eq_tol(number(opens, "deadline_s"), 2.11, 1e-9);
  ck_assert_ptr_null(cJSON_GetObjectItem(opens, "true_s"));
  int begins = 0, ends = 0;
  const cJSON *mark;
  cJSON_ArrayForEach(mark, cJSON_GetObjectItem(root, "marks")) {
    if (strcmp(cJSON_GetArrayItem(mark, 1)->valuestring, "fault") != 0) continue;
    const char *what = cJSON_GetArrayItem(mark, 3)->valuestring;
    begins += strcmp(what, "begins") == 0;
    ends += strcmp(what, "ends") == 0;
  }
  ck_assert_int_eq(begins, 1);
  ck_assert_int_eq(ends, 1);
  cJSON_Delete(root);
  static const char *const names[] = {"story.json", "hashes.csv", "signals.h5", "signals.csv",
                                      "bus.log"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", dir, names[i]);
    unlink(path);
  }
  ck_assert_int_eq(rmdir(dir), 0);
  free(result);
  scenario_free(point);
}
END_TEST

/* Beyond the most that it keeps, marks are counted. */
START_TEST(too_many_marks) {
  char dir[] = "story_XXXXXX", path[64];
  static char file_text[1 << 16];
  ck_assert_ptr_nonnull(mkdtemp(dir));
  scenario_t *point = point_of_text(text);
  hil_t *hil = calloc(1, sizeof *hil);
  story_t *story = story_open();
  judge_t *judge = judge_open(point->plan, NULL);
  for (uint32_t i = 0; i < STORY_MARK_MAX + 3; i++) story_mark(story, i, "event", "e", "");
  story_end_t end = {.plan = point->plan, .judge = judge, .hil = hil, .run_name = "T"};
  ck_assert_int_eq(story_write(story, &end, dir), 0);
  snprintf(path, sizeof path, "%s/story.json", dir);
  FILE *file = fopen(path, "r");
  file_text[fread(file_text, 1, sizeof file_text - 1, file)] = 0;
  fclose(file);
  cJSON *root = cJSON_Parse(file_text);
  ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "marks")), STORY_MARK_MAX);
  ck_assert_double_eq(number(root, "marks_dropped"), 3);
  cJSON_Delete(root);
  unlink(path);
  ck_assert_int_eq(rmdir(dir), 0);
  ck_assert_int_eq(story_write(story, &end, dir), -1); /* the folder is gone */
  judge_close(judge);
  story_close(story);
  free(hil);
  scenario_free(point);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("story");
  TCase *tcase = tcase_create("story");
  tcase_add_test(tcase, conditions_in_words);
  tcase_add_test(tcase, checks_in_words);
  tcase_add_test(tcase, the_file_tells_it);
  tcase_add_test(tcase, too_many_marks);
  suite_add_tcase(suite, tcase);
  return suite;
}
