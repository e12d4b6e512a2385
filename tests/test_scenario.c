/// Scenarios: what the file says arrives in the plan; suites; the library; a run of the whole loop.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scenarios/names.h"
#include "../scenarios/plan.h"
#include "../scenarios/run.h"
#include "scenario_text.h"

#define END "\"end\": {\"at_s\": 1}"

static scenario_t *point;

static void teardown(void) {
  scenario_free(point);
  point = NULL;
}

START_TEST(head_is_kept) {
  point = point_of_text(END ", \"why\": \"because\", \"requirements\": [\"SR-1\", \"SR-2\"], "
                            "\"tags\": \"a\", \"seed\": 9007199254740991, \"record\": \"brief\", "
                            "\"ecu_time_start_ms\": 4294967295");
  ck_assert_str_eq(point->id, "T");
  ck_assert_str_eq(point->title, "test");
  ck_assert_str_eq(point->why, "because");
  ck_assert_uint_eq(point->requirement_count, 2);
  ck_assert_str_eq(point->requirement[1], "SR-2");
  ck_assert_int_eq(scenario_has_tag(point, "a"), 1);
  ck_assert_int_eq(scenario_has_tag(point, "b"), 0);
  ck_assert_uint_eq(point->seed, 9007199254740991u);
  ck_assert_uint_eq(point->plan->time_start_ms, 4294967295u);
  ck_assert_uint_eq(point->record_is_set, 1);
  ck_assert_int_eq(point->record_level, RECORD_BRIEF);
  ck_assert_double_eq(point->end_s, 1);
}
END_TEST

START_TEST(pack_has_its_exceptions) {
  point =
      point_of_text(END ", \"pack\": {\"soc_pct\": 40, \"temperature_degC\": -5, "
                        "\"capacity_pct\": 90, \"groups\": {\"M3C5\": {\"soc_pct\": 41, "
                        "\"resistance_pct\": 200}}, \"cells\": {\"M3C5b\": {\"soc_pct\": 42}}}");
  const pack_cell_init_t *cell = point->plan->pack.cell;
  int32_t group = names_group("M3C5");
  ck_assert_double_eq_tol(cell[0].soc, 0.40, 1e-12);
  ck_assert_double_eq_tol(cell[0].capacity_scale, 0.90, 1e-12);
  ck_assert_double_eq(cell[0].temperature_degC, -5);
  ck_assert_double_eq(cell[0].resistance_scale, 1);
  ck_assert_double_eq_tol(cell[2 * group].soc, 0.41, 1e-12);
  ck_assert_double_eq_tol(cell[2 * group + 1].soc, 0.42, 1e-12);
  ck_assert_double_eq_tol(cell[2 * group + 1].resistance_scale, 2, 1e-12);
}
END_TEST

START_TEST(spread_has_its_figures) {
  double mean = 0.0, square = 0.0;
  point = point_of_text(END ", \"pack\": {\"soc_pct\": 50, \"spread\": {\"capacity_pct\": "
                            "{\"dist\": \"normal\", \"sd\": 2}, \"soc_pct\": {\"dist\": "
                            "\"uniform\", \"half\": 3}}}");
  const pack_cell_init_t *cell = point->plan->pack.cell;
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    mean += cell[c].capacity_scale / PACK_CELL_COUNT;
    ck_assert(cell[c].soc >= 0.47 && cell[c].soc <= 0.53);
  }
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    double difference = cell[c].capacity_scale - mean;
    square += difference * difference / PACK_CELL_COUNT;
  }
  ck_assert_double_eq_tol(mean, 1.0, 0.005);
  ck_assert_double_eq_tol(sqrt(square), 0.02, 0.003);
  ck_assert_double_eq(cell[10].soc, cell[11].soc);
  ck_assert_double_ne(cell[10].soc, cell[12].soc);
  ck_assert_double_ne(cell[10].capacity_scale, cell[11].capacity_scale);
}
END_TEST

START_TEST(current_errors_reach_both_ranges) {
  hil_t *hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  point = point_of_text(END ", \"sensors\": {\"current_offset_A\": 0.3, \"current_gain_pct\": -2, "
                            "\"current_noise_A\": 0.05}");
  plan_set_sensors(point->plan, hil);
  const sensor_error_t *range[] = {&hil->sensors.current_low, &hil->sensors.current_high};
  for (int i = 0; i < 2; i++) {
    ck_assert_double_eq(range[i]->offset, 0.3);
    ck_assert_double_eq_tol(range[i]->gain_error, -0.02, 1e-15);
    ck_assert_double_eq(range[i]->noise_sd, 0.05);
  }
  free(hil);
}
END_TEST

static void apply_step(hil_t *hil, uint32_t step) {
  const plan_step_t *at = &point->plan->step[step];
  (void)plan_apply_sets(point->plan, at->set_first, at->set_count, hil);
}

/// Later in time, or after one that was broken off: both may be driven.
START_TEST(a_second_cycle_is_taken_when_the_first_is_over) {
  static const char *const load[] = {
      "{\"at_s\": 1201, \"drive\": {\"cycle\": \"udds\"}}, {\"at_s\": 1, \"drive\": {\"cycle\": "
      "\"us06\", \"repeat\": 2}}",
      "{\"at_s\": 1, \"drive\": {\"cycle\": \"us06\", \"repeat\": 2}}, {\"at_s\": 20, \"drive\": "
      "{\"cycle\": \"none\"}}, {\"at_s\": 21, \"drive\": {\"cycle\": \"udds\"}}"};
  char text[400];
  snprintf(text, sizeof text, "%s, \"load\": [%s]", END, load[_i]);
  hil_t *hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  point = point_of_text(text);
  ck_assert_uint_eq(point->plan->last_cycle_us, _i == 0 ? 1201000000u : 21000000u);
  apply_step(hil, 0);
  ck_assert_uint_eq(hil->stimulus.cycle_repeat_count, 2);
  hil->vehicle.cycle = hil->stimulus.cycle;
  apply_step(hil, 1);
  if (_i == 1) {
    ck_assert_ptr_null(hil->vehicle.cycle);
    ck_assert_ptr_null(hil->stimulus.cycle);
    apply_step(hil, 2);
  }
  ck_assert_ptr_eq(hil->stimulus.cycle, cycle_find("udds"));
  ck_assert_uint_eq(hil->stimulus.cycle_repeat_count, 1);
  free(hil);
}
END_TEST

START_TEST(load_steps_are_sorted_and_partial) {
  hil_t *hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  hil->stimulus.obeys_limits = 1;
  point = point_of_text(
      END ", \"load\": [{\"at_s\": 5, \"current_A\": -3, \"obeys_limits\": false}, {\"at_s\": 1, "
          "\"request\": \"charge\", \"charger\": {\"mode\": \"cccv\", \"current_A\": 20, "
          "\"kind\": \"ac\", \"voltage_V\": 400, \"obeys_bms\": false}}, {\"at_s\": 7, "
          "\"charger\": {\"mode\": "
          "\"off\"}, \"drive\": {\"cycle\": \"udds\", \"repeat\": 3}}]");
  ck_assert_uint_eq(point->plan->step_count, 3);
  ck_assert_uint_eq(point->plan->step[0].at_us, 1000000);
  ck_assert_uint_eq(point->plan->step[2].at_us, 7000000);
  apply_step(hil, 0);
  ck_assert_int_eq(hil->stimulus.request, VCM_CHARGE);
  ck_assert_double_eq(hil->stimulus.charger_current_A, 20);
  ck_assert_double_eq(hil->stimulus.charger_voltage_V, 400);
  ck_assert_uint_eq(hil->stimulus.charger_obeys, 0);
  ck_assert_uint_eq(hil->stimulus.charger_kind, CHARGER_AC);
  ck_assert_uint_eq(hil->stimulus.obeys_limits, 1);
  apply_step(hil, 1);
  ck_assert_double_eq(hil->stimulus.current_A, -3);
  ck_assert_uint_eq(hil->stimulus.obeys_limits, 0);
  ck_assert_double_eq(hil->stimulus.charger_current_A, 20);
  apply_step(hil, 2);
  ck_assert_double_eq(hil->stimulus.charger_current_A, 0);
  ck_assert_uint_eq(hil->stimulus.charger_kind, CHARGER_DC); /* what a charger is by itself */
  ck_assert_ptr_eq(hil->stimulus.cycle, cycle_find("udds"));
  ck_assert_uint_eq(hil->stimulus.cycle_repeat_count, 3);
  ck_assert_double_eq(hil->stimulus.current_A, -3);
  free(hil);
}
END_TEST

START_TEST(heat_keys_arrive) {
  hil_t *hil = calloc(1, sizeof *hil);
  ck_assert_ptr_nonnull(hil);
  point = point_of_text(END ", \"pack\": {\"hysteresis\": -0.5}, \"environment\": "
                            "{\"ambient_degC\": 20, \"inlet_degC\": 17}, \"load\": [{\"at_s\": 0, "
                            "\"fan_step\": 4, \"heater\": true, \"inlet_degC\": -3}]");
  ck_assert_double_eq(point->plan->pack.hysteresis, -0.5);
  ck_assert_double_eq(point->plan->stimulus.ambient_degC, 20);
  ck_assert_double_eq(point->plan->stimulus.inlet_degC, 17);
  apply_step(hil, 0);
  ck_assert_double_eq(hil->stimulus.fan_step, 4);
  ck_assert_double_eq(hil->stimulus.inlet_degC, -3);
  ck_assert_uint_eq(hil->stimulus.heater_is_forced, 1);
  free(hil);
  scenario_free(point);
  point = point_of_text(END);
  ck_assert_double_eq(point->plan->pack.hysteresis, 0);
  ck_assert_double_eq(point->plan->stimulus.inlet_degC, HIL_INLET_IS_AMBIENT);
}
END_TEST

START_TEST(faults_name_many_targets) {
  point = point_of_text(
      END
      ", \"events\": [{\"id\": \"a\", \"when\": {\"at_s\": 0}, \"fault\": {\"target\": "
      "[\"wire.A1\", \"wire.A2\"], \"type\": \"open\", \"chatter\": {\"freq_Hz\": 15, \"duty\": "
      "0.3, \"jitter\": 0.5}}}, {\"id\": \"b\", \"when\": {\"at_s\": 0}, \"fault\": {\"target\": "
      "\"phys.group.M3C*\", \"type\": \"heater\", \"value_W\": 7}}, {\"id\": \"c\", \"when\": "
      "{\"at_s\": 0}, \"for_s\": 0.5, \"fault\": {\"target\": \"wire.A1\", \"other\": "
      "\"wire.B1\", \"type\": \"short\", \"value_ohm\": 2}}]");
  const plan_event_t *event = point->plan->event;
  ck_assert_uint_eq(event[0].fault.target_count, 2);
  ck_assert_uint_eq(event[0].fault.target[1], (uint32_t)names_wire("A2"));
  ck_assert_uint_eq(event[0].fault.chatter_is_on, 1);
  ck_assert_double_eq(event[0].fault.chatter_Hz, 15);
  ck_assert_double_eq(event[0].fault.chatter_jitter, 0.5);
  ck_assert_uint_eq(event[1].fault.target_count, 10);
  ck_assert_double_eq(event[1].fault.value, 7);
  ck_assert_uint_eq(event[2].fault.other, (uint32_t)names_wire("B1"));
  ck_assert_uint_eq(event[2].for_us, 500000);
}
END_TEST

START_TEST(overrides_win_and_defaults_give_way) {
  scenario_t *scenario = scenario_of(END ", \"pack\": {\"soc_pct\": 40}");
  scenario_set_t sets[3];
  scenario_error_t error;
  ck_assert_int_eq(scenario_set_parse("pack.soc_pct=30", &sets[0], &error), 0);
  ck_assert_int_eq(scenario_set_parse("pack.temperature_degC=10", &sets[1], &error), 0);
  ck_assert_int_eq(scenario_set_parse("seed=77", &sets[2], &error), 0);
  sets[0].only_if_absent = 1;
  sets[1].only_if_absent = 1;
  ck_assert_msg(scenario_point(scenario, 0, sets, 3, &point, &error) == 0, "%s", error.text);
  ck_assert_double_eq_tol(point->plan->pack.cell[0].soc, 0.40, 1e-12);
  ck_assert_double_eq(point->plan->pack.cell[0].temperature_degC, 10);
  ck_assert_uint_eq(point->seed, 77);
  scenario_free(point);
  sets[0].only_if_absent = 0;
  ck_assert_int_eq(scenario_point(scenario, 0, sets, 3, &point, &error), 0);
  ck_assert_double_eq_tol(point->plan->pack.cell[0].soc, 0.30, 1e-12);
  scenario_free(scenario);
}
END_TEST

START_TEST(suites_resolve_their_files) {
  char folder[64], path[128];
  scenario_error_t error = {.text = ""};
  suite_t suite;
  static const char *const names[] = {"b.json", "a.json"};
  static const char text[] = "{\"packsim\": 1, \"title\": \"s\", \"scenarios\": [\"*.json\", "
                             "\"a.json\"], \"defaults\": {\"seed\": 5, \"record\": \"none\"}, "
                             "\"skip_tags\": [\"long\"], \"budget_s\": 30}";
  snprintf(folder, sizeof folder, "/tmp/packsim_suite_%ld", (long)getpid());
  ck_assert_int_eq(mkdir(folder, 0700), 0);
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fclose(stream), 0);
  }
  snprintf(path, sizeof path, "%s/suite.json", folder);
  FILE *stream = fopen(path, "w");
  ck_assert_ptr_nonnull(stream);
  fputs(text, stream);
  ck_assert_int_eq(fclose(stream), 0);
  ck_assert_int_eq(scenario_kind_of(path, &error), SCENARIO_KIND_SUITE);
  ck_assert_msg(suite_load(path, &suite, &error) == 0, "%s", error.text);
  ck_assert_uint_eq(suite.file_count, 2);
  ck_assert_ptr_nonnull(strstr(suite.files[0], "/a.json"));
  ck_assert_ptr_nonnull(strstr(suite.files[1], "/b.json"));
  ck_assert_uint_eq(suite.default_count, 2);
  ck_assert_str_eq(suite.defaults[0].path, "seed");
  ck_assert_str_eq(suite.defaults[0].value, "5");
  ck_assert_uint_eq(suite.defaults[0].only_if_absent, 1);
  ck_assert_str_eq(suite.skip_tag[0], "long");
  ck_assert_double_eq(suite.budget_s, 30);
  suite_free(&suite);
  remove(path);
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    remove(path);
  }
  ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(suites_refuse_what_matches_nothing) {
  static const char *const texts[] = {
      "{\"packsim\": 1, \"title\": \"s\", \"scenarios\": [\"nothing*.json\"]}",
      "{\"packsim\": 1, \"title\": \"s\", \"scenarios\": []}",
      "{\"packsim\": 1, \"title\": \"s\", \"scenarios\": [7]}",
      "{\"packsim\": 2, \"title\": \"s\", \"scenarios\": [\"*\"]}",
      "{\"packsim\": 1, \"title\": \"s\", \"scenarios\": [\"*\"], \"scenario\": 1}"};
  char file[64];
  scenario_error_t error;
  suite_t suite;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    temp_file_write(file, sizeof file, "suite", texts[i], strlen(texts[i]));
    ck_assert_int_eq(suite_load(file, &suite, &error), -1);
    ck_assert_msg(strstr(error.text, ", allowed ") != NULL, "%s", error.text);
    remove(file);
  }
}
END_TEST

START_TEST(library_loads) {
  char path[512];
  scenario_error_t error = {.text = ""};
  suite_t suite;
  ck_assert_int_eq(scenario_find_file("scenarios.json", path, sizeof path), 0);
  ck_assert_msg(suite_load(path, &suite, &error) == 0, "%s", error.text);
  ck_assert_uint_ge(suite.file_count, 18);
  for (uint32_t i = 0; i < suite.file_count; i++) {
    scenario_t *scenario = NULL;
    ck_assert_msg(scenario_load(suite.files[i], &scenario, &error) == 0, "%s", error.text);
    ck_assert_msg(scenario->why[0] != '\0', "%s says no why", scenario->file);
    ck_assert_msg(scenario->requirement_count > 0, "%s names no requirement", scenario->file);
    scenario_free(scenario);
  }
  suite_free(&suite);
}
END_TEST

#define SHORT_RUN                                                                                  \
  "\"end\": {\"at_s\": 0.5}, \"load\": [{\"at_s\": 0.1, \"request\": \"drive\"}], \"events\": "    \
  "[{\"id\": \"b\", \"when\": {\"at_s\": 0.2}, \"for_s\": 0.1, \"fault\": {\"target\": "           \
  "\"wire.A12\", \"type\": \"open\"}}], \"expect\": [{\"id\": \"open\", \"after\": \"b\", "        \
  "\"signal\": \"wire.A12.open\", \"eq\": 1, \"within_ms\": 1}, {\"id\": \"healed\", \"after\": "  \
  "\"open\", \"signal\": \"wire.A12.open\", \"eq\": 0, \"within_ms\": 101, \"not_before_ms\": "    \
  "99}], \"never\": [{\"id\": \"v\", \"signal\": \"phys.group.*.V\", \"gt\": 4.3}]"

START_TEST(run_is_complete_and_repeats_itself) {
  static run_result_t first, second;
  run_options_t options = {.out_dir = NULL};
  point = point_of_text(SHORT_RUN);
  run_scenario(point, &options, &first);
  run_scenario(point, &options, &second);
  ck_assert_msg(first.verdict == VERDICT_PASS, "%s %s %s", first.error, first.check[0].text,
                first.check[1].text);
  ck_assert_uint_eq(first.tick_count, 500);
  ck_assert_double_eq_tol(first.sim_s, 0.5, 1e-9);
  ck_assert_str_eq(first.run_name, "T");
  ck_assert_uint_eq(first.check_count, 3);
  ck_assert_uint_ne(first.output_hash, 0);
  ck_assert_int_eq(memcmp(&first, &second, sizeof first), 0);
}
END_TEST

/// On board at the grid: its power in the first minute, and the energy that the grid gave.
START_TEST(an_ac_charger_takes_its_power_from_the_grid) {
  static run_result_t result;
  const run_options_t options = {.out_dir = NULL};
  point = point_of_text(
      "\"pack\": {\"soc_pct\": 50}, \"end\": {\"at_s\": 40}, \"load\": [{\"at_s\": 1, \"request\": "
      "\"charge\", \"charger_plugged\": true, \"charger\": {\"mode\": \"cccv\", \"kind\": "
      "\"ac\", \"current_A\": 35, \"voltage_V\": 410}}], \"expect\": [{\"id\": \"power\", "
      "\"signal\": \"phys.charger.grid_W\", \"near\": 6600, \"tolerance\": 1, \"within_ms\": "
      "10000, "
      "\"holds_s\": 20}, {\"id\": \"energy\", \"signal\": \"phys.charger.grid_Wh\", \"gt\": 50, "
      "\"at_end\": true}]");
  run_scenario(point, &options, &result);
  ck_assert_msg(result.verdict == VERDICT_PASS, "%s %s %s", result.error, result.check[0].text,
                result.check[1].text);
}
END_TEST

START_TEST(seed_changes_the_trace) {
  static run_result_t first, second;
  run_options_t options = {.out_dir = NULL};
  scenario_t *scenario = scenario_of(SHORT_RUN);
  scenario_set_t seed;
  scenario_error_t error;
  scenario_t *other = NULL;
  point = point_of(scenario, 0);
  ck_assert_int_eq(scenario_set_parse("seed=2", &seed, &error), 0);
  ck_assert_int_eq(scenario_point(scenario, 0, &seed, 1, &other, &error), 0);
  run_scenario(point, &options, &first);
  run_scenario(other, &options, &second);
  ck_assert_uint_ne(first.trace_hash, second.trace_hash);
  ck_assert_uint_ne(first.scenario_hash, second.scenario_hash);
  scenario_free(other);
  scenario_free(scenario);
}
END_TEST

START_TEST(absent_data_skip_or_fail) {
  static run_result_t result;
  run_options_t options = {.out_dir = NULL};
  ck_assert_int_eq(setenv("PACKSIM_DATA", "/nonexistent", 1), 0);
  point = point_of_text(
      _i == 0 ? END ", \"load\": [{\"at_s\": 0, \"profile\": {\"source\": \"soul_ev_drive\"}}], "
                    "\"skip_without_data\": true"
              : END ", \"load\": [{\"at_s\": 0, \"profile\": {\"source\": \"soul_ev_drive\"}}]");
  run_scenario(point, &options, &result);
  ck_assert_int_eq(result.verdict, _i == 0 ? VERDICT_SKIPPED : VERDICT_ERROR);
  ck_assert_ptr_nonnull(strstr(result.error, "/nonexistent"));
}
END_TEST

START_TEST(end_follows_an_event) {
  static run_result_t result;
  run_options_t options = {.out_dir = NULL};
  point =
      point_of_text("\"end\": {\"at_s\": 9, \"or_after\": {\"event\": \"e\", \"plus_s\": 0.05}}, "
                    "\"events\": [{\"id\": \"e\", \"when\": {\"at_s\": 0.1}}]");
  run_scenario(point, &options, &result);
  ck_assert_uint_eq(result.tick_count, 150);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("scenario");
  TCase *tcase = tcase_create("plan");
  tcase_add_checked_fixture(tcase, NULL, teardown);
  tcase_add_test(tcase, head_is_kept);
  tcase_add_test(tcase, pack_has_its_exceptions);
  tcase_add_test(tcase, spread_has_its_figures);
  tcase_add_test(tcase, current_errors_reach_both_ranges);
  tcase_add_test(tcase, load_steps_are_sorted_and_partial);
  tcase_add_loop_test(tcase, a_second_cycle_is_taken_when_the_first_is_over, 0, 2);
  tcase_add_test(tcase, heat_keys_arrive);
  tcase_add_test(tcase, faults_name_many_targets);
  tcase_add_test(tcase, overrides_win_and_defaults_give_way);
  tcase_add_test(tcase, suites_resolve_their_files);
  tcase_add_test(tcase, suites_refuse_what_matches_nothing);
  tcase_add_test(tcase, library_loads);
  tcase_add_test(tcase, run_is_complete_and_repeats_itself);
  tcase_add_test(tcase, an_ac_charger_takes_its_power_from_the_grid);
  tcase_add_test(tcase, seed_changes_the_trace);
  tcase_add_loop_test(tcase, absent_data_skip_or_fail, 0, 2);
  tcase_add_test(tcase, end_follows_an_event);
  suite_add_tcase(suite, tcase);
  return suite;
}
