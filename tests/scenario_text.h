/// Scenarios from texts in a test: the head is given, the rest is the test's.
#ifndef TESTS_SCENARIO_TEXT_H
#define TESTS_SCENARIO_TEXT_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../scenarios/scenario.h"
#include "temp_file.h"

/// Load {packsim, id "T", title, <rest>}; the test fails if it is refused.
static inline scenario_t *scenario_of(const char *rest) {
  char text[8000], file[64];
  scenario_error_t error = {.text = ""};
  scenario_t *scenario = NULL;
  snprintf(text, sizeof text, "{\"packsim\": 1, \"id\": \"T\", \"title\": \"test\", %s}", rest);
  temp_file_write(file, sizeof file, "scenario", text, strlen(text));
  int status = scenario_load(file, &scenario, &error);
  remove(file);
  ck_assert_msg(status == 0, "%s", error.text);
  return scenario;
}

/// Its point ready to run.
static inline scenario_t *point_of(const scenario_t *scenario, uint32_t index) {
  scenario_error_t error = {.text = ""};
  scenario_t *point = NULL;
  int status = scenario_point(scenario, index, NULL, 0, &point, &error);
  ck_assert_msg(status == 0, "%s", error.text);
  return point;
}

/// The only point of a text.
static inline scenario_t *point_of_text(const char *rest) {
  scenario_t *scenario = scenario_of(rest);
  scenario_t *point = point_of(scenario, 0);
  scenario_free(scenario);
  return point;
}

#endif
