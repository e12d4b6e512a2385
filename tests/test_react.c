/// Reaction table: the judge can fail, the stimuli are what they say, the reduced sweep holds.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/dtc.h"
#include "../ecu_model/gen/requirement_text.h"
#include "../scenarios/cell_file.h"
#include "../scenarios/react_act.h"
#include "../scenarios/react_point.h"
#include "../scenarios/react_sweep.h"
#include "thorough.h"

static cell_params_t cell;
static hil_t *settled, *hil;

static void setup(void) {
  char error[400];
  settled = malloc(sizeof *settled);
  hil = malloc(sizeof *hil);
  ck_assert_ptr_nonnull(settled);
  ck_assert_ptr_nonnull(hil);
  ck_assert_msg(cell_file_load("data/cells/soul_ev.json", &cell, error, sizeof error) ==
                    CELL_FILE_OK,
                "%s", error);
}

static void teardown(void) {
  free(settled);
  free(hil);
}

static const react_row_t *row_called(const char *name) {
  for (uint32_t r = 0; r < react_row_count(); r++) {
    if (strcmp(react_row_at(r)->name, name) == 0) return react_row_at(r);
  }
  ck_abort_msg("no row %s", name);
}

static react_result_t run(const react_row_t *row, uint32_t place, uint32_t phase) {
  ck_assert_int_eq(react_settle((react_at_t)row->at, &cell, settled), 0);
  return react_run(row, place, phase, settled, hil);
}

START_TEST(rows_are_of_the_tables) {
  for (uint32_t r = 0; r < react_row_count(); r++) {
    const react_row_t *row = react_row_at(r);
    ck_assert_msg(requirement_find(row->requirement) >= 0, "%s: %s", row->name, row->requirement);
    ck_assert_msg(row->type == NULL || faults_find(row->type, (fault_on_t)row->on) != NULL,
                  "%s: no fault %s", row->name, row->type);
    ck_assert_uint_gt(row->window_ms, react_detect_budget_ms(row));
    for (uint32_t i = 0; i < r; i++) ck_assert_str_ne(react_row_at(i)->name, row->name);
    if (row->must == REACT_STAYS) continue;
    ck_assert_msg(react_detect_budget_ms(row) > 0, "%s: %s is not timed", row->name,
                  row->requirement);
    ck_assert_msg(row->must != REACT_OPENS || react_react_budget_ms(row) > 0,
                  "%s: %s has no time to react", row->name, row->requirement);
  }
}
END_TEST

/// A row that is spoilt in one way, and what the judge must say of it.
typedef struct {
  const char *row;
  uint8_t must; /* instead of the row's, REACT_STAYS + 1: as it is */
  int16_t dtc; /* -1: as it is */
  const char *requirement; /* NULL: as it is */
  uint32_t for_ms, not_before_ms; /* 0: as it is */
  uint8_t is_tame; /* nothing is done to the world */
  uint8_t verdict;
} spoilt_t;

enum { AS_IT_IS = REACT_STAYS + 1 };

static const spoilt_t spoilt[] = {
    {"OV-STEP", AS_IT_IS, -1, NULL, 0, 0, 0, REACT_OK},
    {"OV-STEP", REACT_STAYS, -1, NULL, 0, 0, 0, REACT_WRONG_ACT},
    {"OV-STEP", REACT_TELLS, -1, NULL, 0, 0, 0, REACT_WRONG_ACT},
    {"OV-STEP", AS_IT_IS, DTC_CELL_UNDERVOLTAGE, NULL, 0, 0, 0, REACT_MISSING},
    {"OV-STEP", AS_IT_IS, -1, "SR-OC-1", 0, 0, 0, REACT_LATE}, /* 30 ms are not enough */
    {"OV-STEP", AS_IT_IS, -1, NULL, 0, 200, 0, REACT_EARLY},
    {"OV-STEP", AS_IT_IS, -1, NULL, 0, 0, 1, REACT_BROKEN},
    {"OV-SPIKE", AS_IT_IS, -1, NULL, 0, 0, 0, REACT_OK},
    {"OV-SPIKE", AS_IT_IS, -1, NULL, 100, 0, 0, REACT_WRONG_ACT},
    {"OV-MOL", REACT_OPENS, -1, NULL, 0, 0, 0, REACT_MISSING},
    {"OC-PULSE", AS_IT_IS, -1, NULL, 30, 0, 0, REACT_WRONG_ACT},
    {"IL-GLITCH", AS_IT_IS, -1, NULL, 150, 0, 0, REACT_WRONG_ACT},
    {"PV-PACK", REACT_LOWERS, -1, NULL, 0, 0, 0, REACT_OK}, /* no current is published here */
    {"OV-MOL", REACT_REFUSES, -1, NULL, 0, 0, 0, REACT_WRONG_ACT}, /* info does not refuse */
    {"IL-OPEN", REACT_TELLS, -1, NULL, 0, 0, 0, REACT_WRONG_ACT},
};

START_TEST(the_judge_can_fail) {
  _i *= STEP_OF_LOOP;
  const spoilt_t *as = &spoilt[_i];
  react_row_t row = *row_called(as->row);
  if (as->must != AS_IT_IS) row.must = as->must;
  if (as->dtc >= 0) row.dtc = (uint8_t)as->dtc;
  if (as->requirement != NULL) row.requirement = as->requirement;
  if (as->for_ms != 0) row.for_ms = as->for_ms;
  if (as->not_before_ms != 0) row.not_before_ms = as->not_before_ms;
  if (as->is_tame) row.start = NULL;
  react_result_t result = run(&row, 40, 3);
  ck_assert_msg(result.verdict == as->verdict, "row %d, %s: %s, DTC %d, reaction %d", _i, as->row,
                react_verdict_name((react_verdict_t)result.verdict), result.detect_ms,
                result.react_ms);
}
END_TEST

static void step_elsewhere(react_run_t *at) {
  at->place = (at->place + 5) % PINS_GROUP_COUNT;
  react_act_group(at);
  at->place = (at->place + PINS_GROUP_COUNT - 5) % PINS_GROUP_COUNT;
}

START_TEST(a_wrong_place_is_found) {
  react_row_t row = *row_called("OV-STEP");
  row.start = step_elsewhere;
  row.is_bad = NULL;
  ck_assert_uint_eq(run(&row, 7, 0).verdict, REACT_WRONG_PLACE);
}
END_TEST

/// The group goes where the row says, to 0.2 mV, under current too; and back.
START_TEST(a_group_steps_to_the_limit) {
  _i *= STEP_OF_LOOP;
  static const char *const name[] = {"OV-STEP", "OV-CHARGE", "UV-STEP", "UV-LOAD"};
  static const double goal_V[] = {4.301, 4.450, 2.499, 2.000};
  const react_row_t *row = row_called(name[_i]);
  ck_assert_int_eq(react_settle((react_at_t)row->at, &cell, settled), 0);
  for (uint32_t group = 0; group < PINS_GROUP_COUNT; group += 19) {
    memcpy(hil, settled, sizeof *hil);
    react_run_t at = {.hil = hil, .row = row, .place = group};
    const double before_V = pack_group_V(&hil->pack, group);
    row->start(&at);
    for (uint32_t ms = 0; ms < 5; ms++) ck_assert_int_eq(hil_step(hil), HIL_OK); /* the link too */
    ck_assert_double_eq_tol(pack_group_V(&hil->pack, group), goal_V[_i], 2e-4);
    ck_assert_int_eq(react_act_group_is_bad(&at), 1);
    row->stop(&at);
    ck_assert_int_eq(hil_step(hil), HIL_OK);
    ck_assert_double_eq_tol(pack_group_V(&hil->pack, group), before_V, 1e-3);
    ck_assert_int_eq(react_act_group_is_bad(&at), 0);
  }
}
END_TEST

START_TEST(a_module_steps_to_the_limit) {
  _i *= STEP_OF_LOOP;
  static const char *const name[] = {"OT-DISCHARGE", "OT-CHARGE", "UT-DISCHARGE", "UT-CHARGE"};
  static const double goal_degC[] = {60.5, 55.5, -30.5, -10.5};
  const react_row_t *row = row_called(name[_i]);
  ck_assert_int_eq(react_settle((react_at_t)row->at, &cell, settled), 0);
  for (uint32_t module = 0; module < PINS_MODULE_COUNT; module++) {
    memcpy(hil, settled, sizeof *hil);
    react_run_t at = {.hil = hil, .row = row, .place = module};
    ck_assert_int_eq(react_act_module_is_bad(&at), 0);
    row->start(&at);
    ck_assert_double_eq_tol(pack_module_degC(&hil->pack, module), goal_degC[_i], 1e-9);
    ck_assert_int_eq(react_act_module_is_bad(&at), 1);
  }
}
END_TEST

/// 240 000 A2s above 280 A: at 350 A after 240000 / (350^2 - 280^2) s.
START_TEST(overload_takes_its_time) {
  const double expected_ms = 1e3 * 240000.0 / (350.0 * 350.0 - 280.0 * 280.0);
  const react_row_t *row = row_called("OC-I2T");
  react_result_t result = run(row, 0, 0);
  ck_assert_uint_eq(result.verdict, REACT_OK);
  ck_assert_double_eq_tol(result.react_ms, expected_ms, 0.05 * expected_ms);
  ck_assert_double_ge(row->not_before_ms, 0.95 * expected_ms - 1.0);
  ck_assert_double_le(react_react_budget_ms(row), 1.05 * expected_ms + 10.0);
}
END_TEST

/// The fault's place in the cycle decides: over ten phases the slowest takes about a cycle longer.
START_TEST(phases_cover_the_cycle) {
  const react_row_t *row = row_called("OV-STEP");
  int32_t least = INT32_MAX, most = 0;
  for (uint32_t phase = 0; phase < REACT_PHASE_COUNT; phase++) {
    react_result_t result = run(row, 20, phase), again = run(row, 20, phase);
    ck_assert_int_eq(result.react_ms, again.react_ms);
    if (result.react_ms < least) least = result.react_ms;
    if (result.react_ms > most) most = result.react_ms;
  }
  ck_assert_int_ge(most - least, 9);
  ck_assert_int_le(most - least, 12);
  ck_assert_int_gt(least, 50); /* the debounce of limits.csv alone */
}
END_TEST

/// A variant that the fault precedes counts from the true crossing, in whole ticks.
START_TEST(the_clock_counts_ticks) {
  react_row_t row = *row_called("CR-KL30C");
  ck_assert_int_eq(run(&row, 0, 0).react_ms, 5); /* 5 ms of debounce, the coil in the same tick */
  row = *row_called("OC-DISCHARGE");
  ck_assert_int_eq(run(&row, 0, 4).react_ms, 20);
}
END_TEST

/// Main minus follows main plus and the DTC by 20 ms: a warning it would not be.
START_TEST(what_opens_later_is_no_warning) {
  react_row_t row = *row_called("CT-AUX");
  row.must = REACT_TELLS;
  row.coil_mask = 1u << PINS_COIL_MAIN_NEG;
  ck_assert_uint_eq(run(&row, 0, 0).verdict, REACT_WRONG_ACT);
}
END_TEST

/// Half of the current goes when the thermistor's DTC is there, and not before.
START_TEST(limits_fall_after_their_cause) {
  react_result_t result = run(row_called("TS-OPEN"), 2, 0);
  ck_assert_uint_eq(result.verdict, REACT_OK);
  ck_assert_int_ge(result.react_ms, result.detect_ms);
  ck_assert_int_le(result.react_ms, result.detect_ms + 10);
}
END_TEST

START_TEST(every_row_holds_at_every_twelfth_place) {
  const react_options_t options = {
      .phase_count = 3, .every = 12, .worker_count = 2, .progress_fd = -1};
  react_summary_t *summary = calloc(react_row_count(), sizeof *summary);
  char error[200] = "";
  ck_assert_ptr_nonnull(summary);
  ck_assert_msg(react_sweep(&options, &cell, summary, error, sizeof error) == 0, "%s", error);
  for (uint32_t r = 0; r < react_row_count(); r++) {
    ck_assert_uint_gt(summary[r].variant_count, 0);
    ck_assert_msg(summary[r].bad_count == 0, "%s: %u of %u bad, %s at place %u, phase %u",
                  summary[r].row->name, summary[r].bad_count, summary[r].variant_count,
                  react_verdict_name((react_verdict_t)summary[r].worst.verdict),
                  summary[r].worst_place, summary[r].worst_phase);
  }
  free(summary);
}
END_TEST

START_TEST(workers_do_not_matter) {
  react_summary_t *summary[2];
  for (uint32_t i = 0; i < 2; i++) {
    const react_options_t options = {.filter = "SR-CM-1",
                                     .phase_count = 4,
                                     .every = 1,
                                     .worker_count = 1 + 2 * i,
                                     .progress_fd = -1};
    char error[200] = "";
    summary[i] = calloc(react_row_count(), sizeof *summary[i]);
    ck_assert_ptr_nonnull(summary[i]);
    ck_assert_msg(react_sweep(&options, &cell, summary[i], error, sizeof error) == 0, "%s", error);
  }
  uint32_t measured = 0;
  for (uint32_t r = 0; r < react_row_count(); r++) {
    ck_assert_uint_eq(summary[0][r].variant_count, summary[1][r].variant_count);
    ck_assert_uint_eq(summary[0][r].bad_count, 0);
    for (uint32_t k = 0; k < 3; k++) {
      ck_assert_int_eq(summary[0][r].detect_ms[k], summary[1][r].detect_ms[k]);
      ck_assert_int_eq(summary[0][r].react_ms[k], summary[1][r].react_ms[k]);
    }
    measured += summary[0][r].is_timed;
  }
  ck_assert_uint_eq(measured, 3);
  free(summary[0]);
  free(summary[1]);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("react");
  TCase *tcase = tcase_create("all");
  tcase_set_timeout(tcase, 120);
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, rows_are_of_the_tables);
  tcase_add_loop_test(tcase, the_judge_can_fail, 0,
                      LOOP_END((int)(sizeof spoilt / sizeof spoilt[0])));
  tcase_add_test(tcase, a_wrong_place_is_found);
  tcase_add_loop_test(tcase, a_group_steps_to_the_limit, 0, LOOP_END(4));
  tcase_add_loop_test(tcase, a_module_steps_to_the_limit, 0, LOOP_END(4));
  tcase_add_test(tcase, overload_takes_its_time);
  tcase_add_test(tcase, phases_cover_the_cycle);
  tcase_add_test(tcase, the_clock_counts_ticks);
  tcase_add_test(tcase, what_opens_later_is_no_warning);
  tcase_add_test(tcase, limits_fall_after_their_cause);
  tcase_add_test(tcase, every_row_holds_at_every_twelfth_place);
  tcase_add_test(tcase, workers_do_not_matter);
  suite_add_tcase(suite, tcase);
  return suite;
}
