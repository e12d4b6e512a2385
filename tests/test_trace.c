/// Traceability: what hangs loose is counted and named; each planted orphan is found.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/requirement_text.h"
#include "../scenarios/react.h"
#include "../scenarios/signals.h"
#include "../scenarios/trace.h"
#include "scenario_text.h"

static char *lines;
static size_t lines_bytes;

/// Orphans with these scenarios; what was said of them in lines.
static uint32_t loose_with(scenario_t *const *scenario, uint32_t count) {
  const scenario_t *list[8] = {NULL};
  scenario_error_t error = {.text = ""};
  trace_t trace = {0};
  for (uint32_t i = 0; i < count; i++) list[i] = scenario[i];
  free(lines);
  FILE *out = open_memstream(&lines, &lines_bytes);
  ck_assert_ptr_nonnull(out);
  ck_assert_msg(trace_make(&trace, list, count, &error) == 0, "%s", error.text);
  uint32_t loose = trace_check(&trace, out);
  ck_assert_int_eq(fclose(out), 0);
  trace_free(&trace);
  return loose;
}

static uint32_t loose_with_text(const char *rest) {
  signals_init();
  scenario_t *scenario = scenario_of(rest);
  uint32_t loose = loose_with(&scenario, 1);
  scenario_free(scenario);
  return loose;
}

static uint32_t line_count(void) {
  uint32_t count = 0;
  for (size_t i = 0; i < lines_bytes; i++) count += lines[i] == '\n';
  return count;
}

static uint32_t unmeasured(void) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < REQUIREMENT_COUNT; i++) {
    uint32_t rows = 0;
    for (uint32_t r = 0; r < react_row_count(); r++) {
      rows += react_row_at(r)->must != REACT_STAYS &&
              strcmp(react_row_at(r)->requirement, requirement_text[i].id) == 0;
    }
    count += rows == 0 && requirement_text[i].detect_ms > 0;
  }
  return count;
}

static uint32_t nothing(void) { return REQUIREMENT_COUNT + DTC_COUNT + unmeasured(); }

START_TEST(without_scenarios_all_hangs_loose) {
  ck_assert_uint_eq(loose_with(NULL, 0), nothing());
  ck_assert_uint_eq(line_count(), nothing());
  ck_assert_ptr_nonnull(strstr(lines, "requirements.csv: SR-OV-1: no scenario names it\n"));
  ck_assert_ptr_nonnull(strstr(lines, "dtc.csv: CELL_OVERVOLTAGE: no scenario that names SR-OV-1"));
}
END_TEST

typedef struct {
  const char *text;
  int32_t less; /* orphans less than without scenarios */
} planted_t;

#define END "\"end\": {\"at_s\": 1}"
#define EXPECT(signal, op)                                                                         \
  "\"expect\": [{\"id\": \"e\", \"signal\": \"" signal "\", " op ", \"within_ms\": 10}], " END

static const planted_t planted[] = {
    {"\"requirements\": [\"SR-OV-1\"], " EXPECT("dtc.CELL_OVERVOLTAGE", "\"eq\": 1"), 2},
    {"\"requirements\": [\"SR-OV-1\"], " EXPECT("dtc.CELL_OVERVOLTAGE", "\"eq\": 0"), 1},
    {"\"requirements\": [\"SR-OV-1\"], " EXPECT("dtc.CELL_OVERVOLTAGE", "\"ne\": 1"), 1},
    {"\"requirements\": [\"SR-UV-1\"], " EXPECT("dtc.CELL_OVERVOLTAGE", "\"eq\": 1"), 1},
    {"\"requirements\": [\"SR-OV-1\"], \"never\": [{\"id\": \"n\", \"signal\": "
     "\"dtc.CELL_OVERVOLTAGE\", \"eq\": 1}], " END,
     1},
    {EXPECT("dtc.CELL_OVERVOLTAGE", "\"eq\": 1"), 0},
    {"\"requirements\": [\"SR-OV-1\", \"SR-UV-1\"], \"sweep\": {\"grid\": {\"$d\": "
     "[\"CELL_UNDERVOLTAGE\", \"CELL_OVERVOLTAGE\"]}}, " EXPECT("dtc.${d}", "\"eq\": 1"),
     4},
    {"\"requirements\": [\"SR-NO-1\"], " EXPECT("bms.state", "\"eq\": \"STANDBY\""), -1},
};

START_TEST(each_orphan_is_found) {
  ck_assert_int_eq((int32_t)loose_with_text(planted[_i].text),
                   (int32_t)nothing() - planted[_i].less);
  ck_assert_uint_eq(line_count(), (uint32_t)((int32_t)nothing() - planted[_i].less));
}
END_TEST

START_TEST(a_name_that_is_no_requirement_is_told_with_its_file) {
  (void)loose_with_text("\"requirements\": [\"SR-OV-1\", \"SR-NO-1\"], " END);
  const char *at = strstr(lines, "$.requirements[1]: SR-NO-1: allowed the ids");
  ck_assert_msg(at != NULL, "%s", lines);
}
END_TEST

START_TEST(the_tables_name_rows_and_scenarios) {
  signals_init();
  scenario_t *scenario = scenario_of("\"requirements\": [\"SR-OV-1\"], " END);
  const scenario_t *list[] = {scenario};
  scenario_error_t error;
  trace_t trace;
  ck_assert_int_eq(trace_make(&trace, list, 1, &error), 0);
  free(lines);
  FILE *out = open_memstream(&lines, &lines_bytes);
  ck_assert_ptr_nonnull(out);
  trace_markdown(&trace, out);
  trace_print(&trace, out);
  ck_assert_int_eq(fclose(out), 0);
  ck_assert_ptr_nonnull(strstr(lines, "| SR-OV-1 | a group above its safety limit"));
  ck_assert_ptr_nonnull(strstr(lines, "| CELL_OVERVOLTAGE | GROUP_MAX MSL | T | OV-STEP, OV-TEST"));
  ck_assert_ptr_nonnull(
      strstr(lines, "SR-OV-2      CELL_VOLTAGE_HIGH | GROUP_MAX RSL |  | OV-RSL"));
  trace_free(&trace);
  scenario_free(scenario);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("trace");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, without_scenarios_all_hangs_loose);
  tcase_add_loop_test(tcase, each_orphan_is_found, 0, (int)(sizeof planted / sizeof planted[0]));
  tcase_add_test(tcase, a_name_that_is_no_requirement_is_told_with_its_file);
  tcase_add_test(tcase, the_tables_name_rows_and_scenarios);
  suite_add_tcase(suite, tcase);
  return suite;
}
