/// Runs tick by tick: acts by hand, checkpoints, and the scenario that says it all again.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../ecu_model/gen/pinout_text.h"
#include "../scenarios/run.h"
#include "../scenarios/signals.h"

static const char SCENARIO[] =
    "{\"packsim\": 1, \"id\": \"LIVE-1\", \"title\": \"t\", \"why\": \"w\","
    " \"requirements\": [\"SR-OV-1\"], \"tags\": [\"t\"], \"seed\": 7, \"pack\": {\"soc_pct\": 60},"
    " \"sensors\": {\"current_noise_A\": 0.1},"
    " \"load\": [{\"at_s\": 0.1, \"request\": \"drive\"},"
    "  {\"at_s\": 0.2, \"current_A\": {\"from\": 0, \"to\": 30, \"over_s\": 3}},"
    "  {\"at_s\": 0.3, \"supply_V\": {\"from\": 13, \"to\": 12, \"over_s\": 3}},"
    "  {\"at_s\": 1.58, \"current_A\": 20}],"
    " \"events\": [{\"id\": \"b\", \"when\": {\"at_s\": 0.5},"
    "   \"fault\": {\"target\": \"wire.B7\", \"type\": \"resistance\", \"value_ohm\": 100}},"
    "  {\"id\": \"d\", \"when\": {\"at_s\": 1.2}, \"for_s\": 0.35,"
    "   \"fault\": {\"target\": \"wire.D5\", \"type\": \"leak\", \"value_ohm\": 9000}},"
    "  {\"id\": \"c\", \"when\": {\"signal\": \"bms.state\", \"eq\": \"DRIVE\"}}],"
    " \"expect\": [{\"id\": \"e\", \"after\": \"c\", \"signal\": \"phys.pack.A\", \"gt\": 5,"
    "   \"within_ms\": 3000, \"holds_s\": 0.5}],"
    " \"never\": [{\"id\": \"n\", \"signal\": \"phys.group.*.V\", \"gt\": 4.3}],"
    " \"end\": {\"at_s\": 60}}";

typedef struct {
  scenario_t *scenario, *point;
  run_options_t options;
  run_result_t result;
  live_t live;
  scenario_run_t *run;
} live_run_t;

static live_run_t *begin(const char *text, size_t bytes) {
  static live_run_t all;
  scenario_error_t error = {""};
  memset(&all, 0, sizeof all);
  signals_init();
  ck_assert_msg(scenario_load_text("live.json", text, bytes, 1, &all.scenario, &error) == 0, "%s",
                error.text);
  ck_assert_msg(scenario_point(all.scenario, 0, NULL, 0, &all.point, &error) == 0, "%s",
                error.text);
  all.options.live = &all.live;
  all.run = run_open(all.point, &all.options, &all.result);
  ck_assert_ptr_nonnull(all.run);
  return &all;
}

static void finish(live_run_t *all) {
  run_close(all->run);
  scenario_free(all->point);
  scenario_free(all->scenario);
}

static void run_to(live_run_t *all, uint64_t tick) {
  while (run_hil(all->run)->tick < tick) {
    ck_assert_int_eq(run_tick(all->run), 0);
  }
}

static void ask(live_run_t *all, const char *type, const char *wire, const char *other,
                double value) {
  live_refusal_t refusal;
  live_act_t act = {.row = faults_find(type, FAULT_ON_WIRE),
                    .target = (uint16_t)pinout_wire_find(wire),
                    .other = (uint16_t)(other ? pinout_wire_find(other) : 0),
                    .value = value};
  ck_assert_ptr_nonnull(act.row);
  ck_assert_int_eq(live_ask_fault(&all->live, &act, &refusal), 0);
}

/// Half a minute of a busy user, on both sides of a checkpoint.
static void act(live_run_t *all, uint64_t from_tick) {
  live_refusal_t refusal;
  if (from_tick < 1000) {
    run_to(all, 1000);
    ask(all, "open", "A12", NULL, 0);
    ck_assert_int_eq(live_ask_load(&all->live, "current_A", 55, 0, &refusal), 0);
    run_to(all, 1003);
    ck_assert_uint_eq(run_clear(all->run, FAULT_ON_WIRE, (uint32_t)pinout_wire_find("A12")), 1);
    run_to(all, 1500);
  }
  ask(all, "short", "C4", "C12", 50);
  ask(all, "resistance", "D2", NULL, 33);
  run_to(all, 1600);
  ck_assert_uint_eq(run_clear(all->run, FAULT_ON_WIRE, (uint32_t)pinout_wire_find("B7")), 1);
  ck_assert_uint_eq(run_clear(all->run, FAULT_ON_WIRE, (uint32_t)pinout_wire_find("C12")), 1);
  ck_assert_uint_eq(live_waiting_count(&all->live), 2);
  run_to(all, 1601);
  ck_assert_uint_eq(live_waiting_count(&all->live), 0);
  ck_assert_int_eq(live_ask_load(&all->live, "request", VCM_STANDBY, 0, &refusal), 0);
  run_to(all, 2200);
}

START_TEST(the_saved_scenario_is_the_same_run) {
  char path[] = "/tmp/packsim_live_XXXXXX";
  static char text[20000];
  scenario_error_t error;
  int fd = mkstemp(path);
  ck_assert_int_ge(fd, 0);
  close(fd);
  live_run_t *all = begin(SCENARIO, sizeof SCENARIO - 1);
  act(all, 0);
  uint64_t hash = run_hil(all->run)->trace_hash;
  ck_assert_int_eq(run_live_write(all->run, path, &error), 0);
  finish(all);
  FILE *file = fopen(path, "r");
  ck_assert_ptr_nonnull(file);
  size_t bytes = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  remove(path);
  ck_assert_ptr_nonnull(strstr(text, "LIVE-1-BY-HAND"));
  all = begin(text, bytes);
  run_to(all, 2199);
  ck_assert_int_eq(run_tick(all->run), 1); /* its end is where it was saved */
  ck_assert_uint_eq(run_hil(all->run)->tick, 2200);
  ck_assert_msg(run_hil(all->run)->trace_hash == hash, "%s", text);
  finish(all);
}
END_TEST

/// A scenario that names a file beside itself still finds it from elsewhere.
START_TEST(the_saved_scenario_names_its_files_in_full) {
  char dir[] = "/tmp/packsim_live_XXXXXX", path[64];
  scenario_error_t error = {""};
  signals_init();
  ck_assert_ptr_nonnull(mkdtemp(dir));
  ck_assert_int_eq(chdir(dir), 0);
  FILE *out = fopen("load.csv", "w");
  ck_assert(out != NULL && fputs("time_s,current_A\n0,0\n1,10\n", out) >= 0 && fclose(out) == 0);
  static const char text[] =
      "{\"packsim\": 1, \"id\": \"CSV\", \"title\": \"t\", \"why\": \"w\", \"tags\": [\"t\"],"
      " \"requirements\": [\"SR-OV-1\"], \"load\": [{\"at_s\": 0, \"current_A\":"
      "  {\"csv\": \"load.csv\", \"column\": \"current_A\", \"unit\": \"A\", \"time_column\": "
      "\"time_s\"}}], "
      "\"end\": {\"at_s\": 1}}";
  live_run_t *all = begin(text, sizeof text - 1);
  run_to(all, 10);
  snprintf(path, sizeof path, "%s-saved.json", dir);
  ck_assert_int_eq(run_live_write(all->run, path, &error), 0);
  finish(all);
  ck_assert_int_eq(chdir("/"), 0);
  ck_assert_msg(scenario_load(path, &all->scenario, &error) == 0, "%s", error.text);
  scenario_free(all->scenario);
  remove(path);
  snprintf(path, sizeof path, "%s/load.csv", dir);
  remove(path);
  rmdir(dir);
}
END_TEST

START_TEST(a_checkpoint_is_the_whole_run) {
  live_run_t *all = begin(SCENARIO, sizeof SCENARIO - 1);
  run_to(all, 900);
  act(all, 0); /* up to 2200 */
  uint64_t hash = run_hil(all->run)->trace_hash, output = run_hil(all->run)->output_hash;
  finish(all);
  all = begin(SCENARIO, sizeof SCENARIO - 1);
  size_t bytes = run_checkpoint_bytes(all->run);
  ck_assert_uint_gt(bytes, sizeof(hil_t));
  void *checkpoint = malloc(bytes);
  ck_assert_ptr_nonnull(checkpoint);
  live_refusal_t refusal;
  run_to(all, 1000);
  ask(all, "open", "A12", NULL, 0);
  ck_assert_int_eq(live_ask_load(&all->live, "current_A", 55, 0, &refusal), 0);
  run_to(all, 1003);
  ck_assert_uint_eq(run_clear(all->run, FAULT_ON_WIRE, (uint32_t)pinout_wire_find("A12")), 1);
  run_to(all, 1500);
  run_save(all->run, checkpoint);
  ck_assert_uint_eq(run_checkpoint_hil(checkpoint)->tick, 1500);
  ask(all, "open", "B5", NULL, 0); /* another future, taken back */
  ck_assert_uint_eq(run_clear(all->run, FAULT_ON_WIRE, (uint32_t)pinout_wire_find("B7")), 1);
  ck_assert_int_eq(live_ask_load(&all->live, "supply_V", 12.9, 0, &refusal), 0);
  run_to(all, 2500);
  ck_assert_uint_eq(all->live.count, 4);
  run_restore(all->run, checkpoint);
  ck_assert_uint_eq(run_hil(all->run)->tick, 1500);
  ck_assert_uint_eq(all->live.count, 2);
  act(all, 1500);
  ck_assert_uint_eq(run_hil(all->run)->trace_hash, hash);
  ck_assert_uint_eq(run_hil(all->run)->output_hash, output);
  judge_standing_t standing = judge_standing(run_judge(all->run), 0);
  ck_assert_uint_eq(standing.is_decided, 1);
  ck_assert_uint_eq(standing.verdict, VERDICT_PASS);
  free(checkpoint);
  finish(all);
}
END_TEST

START_TEST(what_cannot_be_is_refused) {
  live_run_t *all = begin(SCENARIO, sizeof SCENARIO - 1);
  live_refusal_t refusal;
  live_act_t act = {.row = faults_find("resistance", FAULT_ON_WIRE), .target = 3, .value = 1e7};
  ck_assert_int_eq(live_ask_fault(&all->live, &act, &refusal), -1);
  ck_assert_str_eq(refusal.text, "resistance: 1e+07 ohm, allowed 0.001..1e+06");
  act =
      (live_act_t){.row = faults_find("short", FAULT_ON_WIRE), .target = 3, .other = 3, .value = 1};
  ck_assert_int_eq(live_ask_fault(&all->live, &act, &refusal), -1);
  ck_assert_str_eq(refusal.text, "short: needs another target, allowed wire.*");
  act = (live_act_t){.row = faults_find("open", FAULT_ON_WIRE), .target = PINS_WIRE_COUNT};
  ck_assert_int_eq(live_ask_fault(&all->live, &act, &refusal), -1);
  ck_assert_int_eq(live_ask_load(&all->live, "current_A", 900, 0, &refusal), -1);
  ck_assert_str_eq(refusal.text, "current_A: 900 A, allowed -300..400");
  ck_assert_int_eq(live_ask_load(&all->live, "windows", 1, 0, &refusal), -1);
  ck_assert_uint_eq(all->live.count, 0);
  for (uint32_t i = 0; i < LIVE_ACT_MAX; i++) {
    ck_assert_int_eq(live_ask_load(&all->live, "ignition", 1, 0, &refusal), 0);
  }
  ck_assert_int_eq(live_ask_load(&all->live, "ignition", 1, 0, &refusal), -1);
  finish(all);
}
END_TEST

START_TEST(an_act_that_is_taken_back_before_its_tick_never_was) {
  live_run_t *all = begin(SCENARIO, sizeof SCENARIO - 1);
  run_to(all, 100);
  uint64_t hash = 0;
  ask(all, "open", "A12", NULL, 0);
  ck_assert_uint_eq(live_waiting_count(&all->live), 1);
  ck_assert_uint_eq(run_clear(all->run, FAULT_ON_WIRE, (uint32_t)pinout_wire_find("A12")), 1);
  ck_assert_uint_eq(live_waiting_count(&all->live), 0);
  run_to(all, 400);
  hash = run_hil(all->run)->trace_hash;
  finish(all);
  all = begin(SCENARIO, sizeof SCENARIO - 1);
  run_to(all, 400);
  ck_assert_uint_eq(run_hil(all->run)->trace_hash, hash);
  finish(all);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("live");
  TCase *test_case = tcase_create("live");
  tcase_add_test(test_case, the_saved_scenario_is_the_same_run);
  tcase_add_test(test_case, the_saved_scenario_names_its_files_in_full);
  tcase_add_test(test_case, a_checkpoint_is_the_whole_run);
  tcase_add_test(test_case, what_cannot_be_is_refused);
  tcase_add_test(test_case, an_act_that_is_taken_back_before_its_tick_never_was);
  suite_add_tcase(suite, test_case);
  return suite;
}
