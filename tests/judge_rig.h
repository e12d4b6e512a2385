/// A world set by hand, tick by tick, under the eyes of a judge.
#ifndef TESTS_JUDGE_RIG_H
#define TESTS_JUDGE_RIG_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/judge.h"
#include "scenario_text.h"

#define END "\"end\": {\"at_s\": 10}"

static hil_t *hil;
static scenario_t *point;
static judge_t *judge;
static run_result_t result;

static inline void setup(void) {
  hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
}

static inline void teardown(void) {
  judge_close(judge);
  scenario_free(point);
  free(hil);
}

static inline void begin(const char *text) {
  point = point_of_text(text);
  judge = judge_open(point->plan, NULL);
  ck_assert_ptr_nonnull(judge);
}

/// One tick as the runner does it: events at its begin, checks at its end.
static inline void tick(void) {
  uint16_t notes[JUDGE_NOTE_MAX];
  (void)judge_events(judge, hil, notes);
  hil->now_us += 1000;
  (void)judge_tick(judge, hil, notes);
}

static inline void run_to(double ms) {
  while ((double)hil->now_us < ms * 1000.0) {
    tick();
  }
}

static inline const check_result_t *finish(void) {
  memset(&result, 0, sizeof result);
  judge_finish(judge, hil, &result);
  return &result.check[0];
}

#endif
