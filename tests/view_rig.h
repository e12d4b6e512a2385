/// A view of a scenario at a moment, as the window gets it, for tests of what is drawn.
#ifndef TESTS_VIEW_RIG_H
#define TESTS_VIEW_RIG_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../gui/session.h"
#include "../scenarios/scenario.h"
#include "scenario_text.h"

typedef struct {
  scenario_t *scenario, *point;
  session_t *session;
  view_t *view;
} view_rig_t;

static inline void view_rig_start(view_rig_t *rig) {
  rig->session = session_open(rig->point);
  rig->view = calloc(1, sizeof *rig->view);
  ck_assert_ptr_nonnull(rig->session);
  ck_assert_ptr_nonnull(rig->view);
}

/// A point of the library's scenario, "pre-001.json".
static inline void view_rig_library(view_rig_t *rig, const char *name, uint32_t point) {
  char file[120], path[SCENARIO_FILE_MAX];
  scenario_error_t error = {.text = ""};
  snprintf(file, sizeof file, "scenarios/library/%s", name);
  ck_assert_int_eq(scenario_find_file(file, path, sizeof path), 0);
  int status = scenario_load(path, &rig->scenario, &error);
  ck_assert_msg(status == 0, "%s", error.text);
  rig->point = point_of(rig->scenario, point);
  view_rig_start(rig);
}

/// A scenario from the rest of its text.
static inline void view_rig_text(view_rig_t *rig, const char *rest) {
  rig->scenario = scenario_of(rest);
  rig->point = point_of(rig->scenario, 0);
  view_rig_start(rig);
}

/// Tick to a time, or to the run's end.
static inline void view_rig_to(view_rig_t *rig, double time_s) {
  uint64_t time_us = (uint64_t)(time_s * 1e6 + 0.5);
  while (session_now_us(rig->session) < time_us && session_tick(rig->session) == 0) {
  }
}

/// The view of now. Paths and wall time, which differ from place to place, are set.
static inline const view_t *view_rig_view(view_rig_t *rig) {
  session_fill(rig->session, rig->view);
  snprintf(rig->view->file, sizeof rig->view->file, "file.json");
  return rig->view;
}

static inline void view_rig_close(view_rig_t *rig) {
  session_close(rig->session, NULL);
  scenario_free(rig->point);
  scenario_free(rig->scenario);
  free(rig->view);
}

#endif
