/// The control of a plant without a socket: commands, their errors, their ticks, and the scenario
/// that says a commanded run again. And lines that nobody meant.
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/control.h"
#include "../scenarios/control_text.h"
#include "../scenarios/json_doc.h"
#include "../scenarios/signals.h"

static const char SCENARIO[] =
    "{\"packsim\": 1, \"id\": \"CTL\", \"title\": \"t\", \"why\": \"w\", \"seed\": 3,"
    " \"pack\": {\"soc_pct\": 60}, \"sensors\": {\"current_noise_A\": 0.1},"
    " \"load\": [{\"at_s\": 0.1, \"request\": \"standby\"}],"
    " \"events\": [{\"id\": \"b\", \"when\": {\"at_s\": 0.05},"
    "   \"fault\": {\"target\": \"wire.B7\", \"type\": \"resistance\", \"value_ohm\": 5}}],"
    " \"never\": [{\"id\": \"n\", \"signal\": \"phys.group.*.V\", \"gt\": 4.3}],"
    " \"record\": \"none\", \"end\": {\"at_s\": 60}}";

static volatile sig_atomic_t is_paused;

typedef struct {
  scenario_t *scenario, *point;
  run_options_t options;
  run_result_t result;
  scenario_run_t *run;
  control_t *control;
} plant_t;

static void say(void *user, const char *text) {
  (void)user;
  (void)text;
}

static hil_t *hil_of(plant_t *plant) { return (hil_t *)(uintptr_t)run_hil(plant->run); }

static void look(plant_t *plant) { (void)control_command(plant->control, hil_of(plant)); }

static plant_t *begin_with(uint8_t has_bus) {
  static plant_t plant;
  scenario_error_t error = {""};
  char why[CONTROL_SOCKET_WHY_BYTES];
  int is_usage;
  const control_config_t config = {.is_paused = &is_paused, .say = say};
  memset(&plant, 0, sizeof plant);
  signals_init();
  is_paused = 1;
  plant.control = control_open(&config, &is_usage, why);
  ck_assert_ptr_nonnull(plant.control);
  ck_assert_msg(scenario_load_text("control.json", SCENARIO, sizeof SCENARIO - 1, 1,
                                   &plant.scenario, &error) == 0,
                "%s", error.text);
  ck_assert_int_eq(scenario_point(plant.scenario, 0, NULL, 0, &plant.point, &error), 0);
  plant.options = (run_options_t){
      .live = control_live(plant.control), .mark = control_mark, .watch_user = plant.control};
  plant.run = run_open(plant.point, &plant.options, &plant.result);
  ck_assert_ptr_nonnull(plant.run);
  const control_run_t run = {.point = plant.point, .run = plant.run, .has_bus = has_bus};
  ck_assert_int_eq(control_begin(plant.control, &run), 0);
  look(&plant);
  return &plant;
}

static plant_t *begin(void) { return begin_with(0); }

static void finish(plant_t *plant) {
  scenario_error_t error;
  ck_assert_int_eq(control_finish(plant->control, &error), 0);
  run_close(plant->run);
  control_tell(plant->control, &plant->result);
  control_close(plant->control);
  scenario_free(plant->point);
  scenario_free(plant->scenario);
}

static const char *tell(plant_t *plant, const char *line) {
  return control_line(plant->control, 1, line, strlen(line));
}

static void accept_line(plant_t *plant, const char *line) {
  const char *answer = tell(plant, line);
  ck_assert_msg(answer == NULL || strstr(answer, "\"ok\":true") != NULL, "%s: %s", line, answer);
}

/// A number of an answer; NaN iff it is not there.
static double number_in(const char *answer, const char *key) {
  char wanted[80];
  snprintf(wanted, sizeof wanted, "\"%s\":", key);
  const char *at = strstr(answer, wanted);
  return at != NULL ? strtod(at + strlen(wanted), NULL) : (double)NAN;
}

/// Ticks while the plant does not stand, as packsim serve does.
static void go(plant_t *plant) {
  look(plant);
  while (!is_paused && run_tick(plant->run) == 0) look(plant);
}

static void say_and_go(plant_t *plant, const char *line) {
  accept_line(plant, line);
  go(plant);
}

/* ---- what is read ---- */

START_TEST(reads_what_signals_say) {
  plant_t *plant = begin();
  static const char *const names[] = {"phys.group.M3C5.V", "phys.pack.V", "bms.current_mA",
                                      "wire.A5.open"};
  char line[200];
  say_and_go(plant, "{\"do\":\"run\",\"for_s\":0.5}");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const int32_t at = signals_find(names[i]);
    if (at < 0) continue;
    snprintf(line, sizeof line, "{\"id\":%zu,\"do\":\"read\",\"signals\":\"%s\"}", i, names[i]);
    const char *answer = tell(plant, line);
    const double value = signals_read(signals_at((uint32_t)at), run_hil(plant->run));
    ck_assert_double_eq(number_in(answer, names[i]), value);
    ck_assert_double_eq(number_in(answer, "id"), (double)i);
    ck_assert_double_eq(number_in(answer, "tick"), 500.0);
  }
  ck_assert_ptr_nonnull(strstr(tell(plant, "{\"do\":\"read\",\"signals\":[\"bms.state\"]}"),
                               "\"words\":{\"bms.state\":\"STANDBY\"}"));
  const char *all = tell(plant, "{\"do\":\"read\",\"signals\":\"phys.group.*.V\"}");
  uint32_t count = 0;
  for (const char *at = all; (at = strstr(at, ".V\":")) != NULL; at++) count++;
  ck_assert_uint_eq(count, PACK_GROUP_COUNT);
  finish(plant);
}
END_TEST

START_TEST(lists_all_signals_in_pages) {
  plant_t *plant = begin();
  uint32_t count = 0, pages = 0;
  char line[80];
  double next = 0.0;
  while (!isnan(next)) {
    snprintf(line, sizeof line, "{\"do\":\"list\",\"from\":%.0f}", next);
    const char *answer = tell(plant, line);
    for (const char *at = answer; (at = strstr(at, "{\"name\":")) != NULL; at++) count++;
    next = number_in(answer, "next");
    pages++;
  }
  ck_assert_uint_eq(count, signals_count());
  ck_assert_uint_ge(pages, 2);
  const char *faults = tell(plant, "{\"do\":\"list\",\"what\":\"faults\"}");
  count = 0;
  for (const char *at = faults; (at = strstr(at, "{\"name\":")) != NULL; at++) count++;
  ck_assert_uint_eq(count, faults_count());
  ck_assert_ptr_nonnull(strstr(tell(plant, "{\"do\":\"list\",\"what\":\"loads\"}"),
                               "{\"name\":\"charger.current_A\",\"unit\":\"A\""));
  finish(plant);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(refuses_in_one_line) {
  static const struct {
    const char *line, *error;
  } rows[] = {
      {"", "request:1:1: $: found an empty file"},
      {"{\"do\":\"read\"", "request:1:13: "},
      {"[]", "found no object"},
      {"{}", "no key \\\"do\\\", allowed help, status, list"},
      {"{\"do\":\"fly\"}", "$.do: found \\\"fly\\\", allowed help"},
      {"{\"do\":7}", "$.do: found 7, allowed help"},
      {"{\"do\":\"run\"}", "no key \\\"for_s\\\""},
      {"{\"do\":\"run\",\"for_s\":0}", "$.for_s: found 0, allowed a number 0.001..1000000 s"},
      {"{\"do\":\"run\",\"for_s\":1,\"for_s\":2}", "a second time, allowed each key once"},
      {"{\"do\":\"run\",\"for_s\":1e999}", "allowed a finite number"},
      {"{\"do\":\"status\",\"x\":1}", "unknown key \\\"x\\\""},
      {"{\"do\":\"status\",\"id\":{}}", "$.id: found something else"},
      {"{\"do\":\"step\",\"ticks\":1.5}", "allowed a whole number 1..1000000000 ms"},
      {"{\"do\":\"read\",\"signals\":\"phys.nothing\"}", "allowed a signal, or a pattern"},
      {"{\"do\":\"read\",\"signals\":[]}", "found an empty array"},
      {"{\"do\":\"watch\",\"signals\":\"*\"}", "allowed at most 512 signals"},
      {"{\"do\":\"unwatch\",\"watch\":9}", "found no such watch"},
      {"{\"do\":\"load\",\"load\":{}}", "found nothing, allowed at least one key"},
      {"{\"do\":\"load\",\"load\":{\"current_A\":\"x\"}}", "$.load.current_A: found \\\"x\\\""},
      {"{\"do\":\"load\",\"load\":{\"current_A\":{\"from\":0,\"to\":1,\"over_s\":1}}}",
       "found a value that moves"},
      {"{\"do\":\"load\",\"load\":{\"profile\":{\"source\":\"soul_drive\"}}}", "$.load"},
      {"{\"do\":\"load\",\"load\":{\"charger\":{\"mode\":\"cccv\",\"current_A\":1}}}",
       "mode cccv without both figures"},
      {"{\"do\":\"load\",\"load\":{\"drive\":{\"cycle\":\"moon\"}}}", "$.load.drive.cycle"},
      {"{\"do\":\"fault\",\"fault\":{\"target\":\"wire.Z9\",\"type\":\"open\"}}",
       "wire. with a sense pin of connectors A, B, C, D"},
      {"{\"do\":\"fault\",\"fault\":{\"target\":\"wire.A5\",\"type\":\"melt\"}}",
       "$.fault.type: found \\\"melt\\\", allowed open, resistance, short, leak, permute"},
      {"{\"do\":\"fault\",\"fault\":{\"target\":\"wire.A5\",\"type\":\"leak\",\"value_ohm\":0}}",
       "$.fault.value_ohm: found 0, allowed value_ohm 1..1e+09 for the fault leak"},
      {"{\"do\":\"fault\",\"fault\":{\"target\":\"wire.A5\",\"type\":\"leak\",\"value_A\":9}}",
       "found key \\\"value_A\\\", allowed value_ohm"},
      {"{\"do\":\"fault\",\"fault\":{\"target\":\"wire.A5\",\"type\":\"short\",\"value_ohm\":1}}",
       "no key \\\"other\\\""},
      {"{\"do\":\"fault\",\"fault\":{\"target\":\"phys.fan\",\"type\":\"stuck\","
       "\"chatter\":{\"freq_Hz\":1,\"duty\":0.5}}}",
       "wire faults open, resistance and leak only"},
      {"{\"do\":\"clear\",\"target\":\"wire.Z9\"}", "found no such target"},
      {"{\"do\":\"run\",\"for_s\":1,\"until\":{\"signal\":\"bms.state\"}}", "$.until"},
      {"{\"do\":\"run\",\"for_s\":1,\"until\":{\"signal\":\"bms.state\",\"eq\":\"ASLEEP\"}}",
       "ASLEEP"},
      {"{\"do\":\"restore\",\"name\":\"x\"}", "$.name: found x, allowed a checkpoint's name:"},
      {"{\"do\":\"speed\",\"value\":2}", "there is no clock"},
      {"{\"do\":\"save\",\"file\":\"/nowhere/x.json\"}", "cannot be written"},
      {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "request:1:33: "},
      {"{\"do\":\"\xC3\"}", "request:1:"},
  };
  plant_t *plant = begin();
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const char *answer = tell(plant, rows[i].line);
    ck_assert_msg(answer != NULL && strstr(answer, rows[i].error) != NULL, "%s: %s", rows[i].line,
                  answer);
    ck_assert_ptr_nonnull(strstr(answer, "\"ok\":false"));
    ck_assert_ptr_eq(strchr(answer, '\n'), answer + strlen(answer) - 1);
  }
  ck_assert_uint_eq(control_live(plant->control)->count, 0);
  finish(plant);
}
END_TEST

START_TEST(says_what_an_ecu_elsewhere_allows) {
  plant_t *plant = begin_with(1);
  ck_assert_ptr_nonnull(
      strstr(tell(plant, "{\"do\":\"checkpoint\",\"name\":\"x\"}"), "its state is not here"));
  ck_assert_ptr_nonnull(
      strstr(tell(plant, "{\"do\":\"fault\",\"fault\":{\"target\":\"afe.3\",\"type\":\"dead\"}}"),
             "a fault inside of the ECU"));
  ck_assert_ptr_nonnull(strstr(tell(plant, "{\"do\":\"read\",\"signals\":\"bms.wire.A12.state\"}"),
                               "what a frame of the ECU tells"));
  accept_line(plant, "{\"do\":\"read\",\"signals\":[\"bms.state\",\"phys.pack.V\"]}");
  ck_assert_ptr_null(strstr(tell(plant, "{\"do\":\"list\",\"what\":\"faults\"}"), "\"afe.*\""));
  finish(plant);
}
END_TEST

/* ---- time ---- */

START_TEST(runs_to_the_tick) {
  plant_t *plant = begin();
  say_and_go(plant, "{\"do\":\"run\",\"for_s\":0.25}");
  ck_assert_uint_eq(run_hil(plant->run)->tick, 250);
  say_and_go(plant, "{\"do\":\"step\"}");
  ck_assert_uint_eq(run_hil(plant->run)->tick, 251);
  say_and_go(plant, "{\"do\":\"step\",\"ticks\":49}");
  ck_assert_uint_eq(run_hil(plant->run)->tick, 300);
  accept_line(plant, "{\"do\":\"load\",\"load\":{\"request\":\"drive\"}}");
  say_and_go(plant, "{\"do\":\"run\",\"for_s\":9,\"until\":{\"signal\":\"bms.state\",\"eq\":"
                    "\"DRIVE\"}}");
  const uint64_t tick = run_hil(plant->run)->tick;
  ck_assert_uint_lt(tick, 9000);
  ck_assert_ptr_nonnull(
      strstr(tell(plant, "{\"do\":\"read\",\"signals\":\"bms.state\"}"), "DRIVE"));
  /* it was not before */
  say_and_go(plant, "{\"do\":\"run\",\"for_s\":0.5,\"until\":{\"signal\":\"bms.state\",\"eq\":"
                    "\"FAULT\"}}");
  ck_assert_uint_eq(run_hil(plant->run)->tick, tick + 500);
  /* a second run waits for the first one's end or for a pause */
  ck_assert_ptr_null(tell(plant, "{\"do\":\"run\",\"for_s\":5}"));
  const char *second = "{\"do\":\"run\",\"for_s\":1}";
  ck_assert_ptr_nonnull(
      strstr(control_line(plant->control, 2, second, strlen(second)), "a run while another lasts"));
  ck_assert_int_eq(is_paused, 0);
  accept_line(plant, "{\"do\":\"pause\"}");
  ck_assert_int_eq(is_paused, 1);
  finish(plant);
}
END_TEST

/* ---- what is done is done as in a scenario ---- */

static const char *const acts[] = {
    "{\"do\":\"load\",\"load\":{\"request\":\"drive\",\"aux_W\":300.1}}",
    "{\"do\":\"run\",\"for_s\":0.7}",
    "{\"do\":\"load\",\"load\":{\"current_A\":33.333333333333336,\"fan_step\":3}}",
    "{\"do\":\"fault\",\"for_s\":0.123,\"fault\":{\"target\":[\"wire.A5\",\"wire.B8\"],"
    "\"type\":\"resistance\",\"value_ohm\":12.7,\"chatter\":{\"freq_Hz\":40,\"duty\":0.3,"
    "\"jitter\":0.5}}}",
    "{\"do\":\"step\",\"ticks\":77}",
    ("{\"do\":\"fault\",\"fault\":{\"target\":[\"wire.C14\",\"wire.C15\",\"wire.C16\"],"
     "\"type\":\"permute\"}}"),
    "{\"do\":\"step\",\"ticks\":3}",
    "{\"do\":\"clear\",\"target\":\"wire.C*\"}",
    "{\"do\":\"load\",\"load\":{\"drive\":{\"cycle\":\"us06\"}}}",
    "{\"do\":\"run\",\"for_s\":0.3}",
    "{\"do\":\"fault\",\"fault\":{\"target\":\"sense.pack\",\"type\":\"offset\",\"value_V\":4.2}}",
    "{\"do\":\"step\",\"ticks\":40}",
    "{\"do\":\"clear\"}",
    "{\"do\":\"step\",\"ticks\":40}",
};

static void do_acts(plant_t *plant) {
  for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) say_and_go(plant, acts[i]);
}

START_TEST(runs_again_as_a_scenario) {
  char path[] = "/tmp/packsim_control_XXXXXX", line[100];
  const int fd = mkstemp(path);
  plant_t *plant = begin();
  ck_assert_int_ge(fd, 0);
  do_acts(plant);
  ck_assert_ptr_nonnull(strstr(tell(plant, "{\"do\":\"faults\"}"), "\"faults\":[]"));
  snprintf(line, sizeof line, "{\"do\":\"save\",\"file\":\"%s\"}", path);
  accept_line(plant, line);
  const uint64_t hash = run_hil(plant->run)->trace_hash, tick = run_hil(plant->run)->tick;
  finish(plant);
  ck_assert_uint_eq(tick, 700 + 77 + 3 + 300 + 40 + 40);
  scenario_t *scenario = NULL, *point = NULL;
  scenario_error_t error = {""};
  run_result_t result;
  const run_options_t options = {.out_dir = NULL};
  ck_assert_msg(scenario_load(path, &scenario, &error) == 0, "%s", error.text);
  ck_assert_int_eq(scenario_point(scenario, 0, NULL, 0, &point, &error), 0);
  run_scenario(point, &options, &result);
  ck_assert_msg(result.trace_hash == hash, "the scenario's run is another: %s", result.error);
  ck_assert_uint_eq(result.tick_count, tick);
  scenario_free(point);
  scenario_free(scenario);
  (void)close(fd);
  (void)unlink(path);
}
END_TEST

START_TEST(same_commands_same_hash) {
  uint64_t hash[2];
  for (int i = 0; i < 2; i++) {
    plant_t *plant = begin();
    do_acts(plant);
    hash[i] = run_hil(plant->run)->trace_hash;
    finish(plant);
  }
  ck_assert_uint_eq(hash[0], hash[1]);
}
END_TEST

START_TEST(goes_back) {
  plant_t *plant = begin();
  say_and_go(plant, "{\"do\":\"run\",\"for_s\":0.2}");
  accept_line(plant, "{\"do\":\"checkpoint\",\"name\":\"early\"}");
  do_acts(plant);
  const uint64_t hash = run_hil(plant->run)->trace_hash;
  accept_line(plant, "{\"do\":\"checkpoint\",\"name\":\"late\"}");
  accept_line(plant, "{\"do\":\"restore\",\"name\":\"early\"}");
  ck_assert_uint_eq(run_hil(plant->run)->tick, 200);
  ck_assert_uint_eq(control_live(plant->control)->count, 0);
  say_and_go(plant, "{\"do\":\"run\",\"for_s\":0.4}"); /* something else in between */
  accept_line(plant, "{\"do\":\"restore\",\"name\":\"early\"}");
  do_acts(plant);
  ck_assert_uint_eq(run_hil(plant->run)->trace_hash, hash);
  accept_line(plant, "{\"do\":\"restore\",\"name\":\"late\"}");
  ck_assert_uint_eq(run_hil(plant->run)->trace_hash, hash);
  ck_assert_ptr_nonnull(strstr(tell(plant, "{\"do\":\"restore\",\"name\":\"none\"}"),
                               "allowed a checkpoint's name: early late"));
  finish(plant);
}
END_TEST

START_TEST(refuses_what_a_scenario_would) {
  plant_t *plant = begin();
  accept_line(plant, "{\"do\":\"load\",\"load\":{\"drive\":{\"cycle\":\"us06\"}}}");
  ck_assert_ptr_nonnull(
      strstr(tell(plant, "{\"do\":\"save\",\"file\":\"x.json\"}"), "allowed step first"));
  say_and_go(plant, "{\"do\":\"step\"}");
  ck_assert_ptr_nonnull(
      strstr(tell(plant, "{\"do\":\"load\",\"load\":{\"drive\":{\"cycle\":\"udds\"}}}"),
             "a cycle while another is driven"));
  accept_line(plant, "{\"do\":\"load\",\"load\":{\"drive\":{\"cycle\":\"none\"}}}");
  for (int i = 0; i < 5; i++)
    accept_line(plant, "{\"do\":\"fault\",\"fault\":{\"target\":\"phys.cell.*\",\"type\":"
                       "\"lost\"}}");
  ck_assert_ptr_nonnull(
      strstr(tell(plant, "{\"do\":\"fault\",\"fault\":{\"target\":\"phys.cell.*\",\"type\":"
                         "\"lost\"}}"),
             "allowed 1024 in a run"));
  finish(plant);
}
END_TEST

/* ---- lines that nobody meant ---- */

static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

START_TEST(survives_mutations) {
  enum { ROUND_COUNT = 12000 };
  static const char bits[] = "{}[]:,\"\\0123456789.eE+-truefalsn \n\r\t\x01\xFF\xC3";
  plant_t *plant = begin();
  uint32_t state = 42, accepted = 0, refused = 0;
  char line[400];
  for (int round = 0; round < ROUND_COUNT; round++) {
    const char *seed = acts[next_random(&state) % (sizeof acts / sizeof acts[0])];
    size_t bytes = strlen(seed);
    memcpy(line, seed, bytes);
    for (uint32_t n = next_random(&state) % 4; n > 0 && bytes > 1; n--) {
      const size_t at = next_random(&state) % bytes;
      const char put = bits[next_random(&state) % (sizeof bits - 1)];
      const uint32_t how = next_random(&state) % 4;
      if (how == 0) {
        line[at] = put;
      } else if (how == 1) {
        memmove(line + at, line + at + 1, bytes-- - at - 1);
      } else if (how == 2 && bytes < sizeof line - 1) {
        memmove(line + at + 1, line + at, bytes++ - at);
        line[at] = put;
      } else {
        bytes = at + 1;
      }
    }
    const char *answer = control_line(plant->control, 1u + (uint32_t)round % 3u, line, bytes);
    if (answer == NULL || strstr(answer, "\"ok\":true") != NULL)
      accepted++;
    else
      refused++;
    if (answer != NULL) {
      json_doc_t doc;
      scenario_error_t error;
      ck_assert_msg(json_doc_parse("answer", answer, strlen(answer), &doc, &error) == 0,
                    "%.*s: %s: %s", (int)bytes, line, answer, error.text);
      json_doc_free(&doc);
    }
    if (round % 8 == 0) {
      (void)tell(plant, "{\"do\":\"pause\"}");
      look(plant);
      ck_assert_int_eq(run_tick(plant->run), 0);
      look(plant);
    }
  }
  ck_assert_uint_gt(accepted, 500);
  ck_assert_uint_gt(refused, 5000);
  finish(plant);
}
END_TEST

START_TEST(writes_texts_that_json_allows) {
  control_text_t to = {.text = NULL};
  control_text_string(&to, "a\"b\\\n\x7F\xC3\xA9\xE2\x82\xFF\xF0\x9F\x94\x8B\xC3");
  ck_assert_str_eq(to.text, "\"a\\\"b\\\\\\u000a\x7F\xC3\xA9???\xF0\x9F\x94\x8B?\"");
  control_text_clear(&to);
  control_text_number(&to, 0.1);
  control_text_add(&to, " ");
  control_text_number(&to, (double)NAN);
  ck_assert_str_eq(to.text, "0.1 null");
  for (int i = 0; i < 2000; i++) control_text_add(&to, "%1000d", i);
  ck_assert(to.is_cut && to.bytes < CONTROL_TEXT_MAX);
  control_text_free(&to);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *all = suite_create("control");
  TCase *tests = tcase_create("control");
  tcase_add_test(tests, reads_what_signals_say);
  tcase_add_test(tests, lists_all_signals_in_pages);
  tcase_add_test(tests, refuses_in_one_line);
  tcase_add_test(tests, says_what_an_ecu_elsewhere_allows);
  tcase_add_test(tests, runs_to_the_tick);
  tcase_add_test(tests, runs_again_as_a_scenario);
  tcase_add_test(tests, same_commands_same_hash);
  tcase_add_test(tests, goes_back);
  tcase_add_test(tests, refuses_what_a_scenario_would);
  tcase_add_test(tests, survives_mutations);
  tcase_add_test(tests, writes_texts_that_json_allows);
  suite_add_tcase(all, tests);
  return all;
}
