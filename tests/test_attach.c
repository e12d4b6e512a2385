/// A session that looks at a plant in another process: what it shows, and what it has done there.
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../gui/session.h"
#include "../scenarios/control.h"
#include "../scenarios/signals.h"

static const char SCENARIO[] =
    "{\"packsim\": 1, \"id\": \"ATT\", \"title\": \"t\", \"why\": \"w\", \"seed\": 3,"
    " \"pack\": {\"soc_pct\": 60}, \"load\": [{\"at_s\": 0.1, \"request\": \"standby\"}],"
    " \"events\": [{\"id\": \"b\", \"when\": {\"at_s\": 0.05},"
    "   \"fault\": {\"target\": \"wire.B7\", \"type\": \"resistance\", \"value_ohm\": 5}}],"
    " \"never\": [{\"id\": \"n\", \"signal\": \"phys.group.*.V\", \"gt\": 4.3}],"
    " \"record\": \"none\", \"end\": {\"at_s\": 5}}";

static volatile sig_atomic_t is_paused = 1;
static char folder[40], path[60];

static void nothing(void *user, const char *text) {
  (void)user;
  (void)text;
}

static scenario_t *make_point(void) {
  scenario_t *scenario = NULL, *point = NULL;
  scenario_error_t error;
  signals_init();
  if (scenario_load_text("attach.json", SCENARIO, sizeof SCENARIO - 1, 1, &scenario, &error) != 0 ||
      scenario_point(scenario, 0, NULL, 0, &point, &error) != 0)
    return NULL;
  scenario_free(scenario);
  return point;
}

/// The plant's process, until somebody ends the run.
static int serve_alone(void) {
  char why[CONTROL_SOCKET_WHY_BYTES];
  int is_usage;
  scenario_error_t error;
  run_result_t result;
  const control_config_t config = {.path = path, .is_paused = &is_paused, .say = nothing};
  scenario_t *point = make_point();
  control_t *control = control_open(&config, &is_usage, why);
  if (control == NULL || point == NULL) return 1;
  const serve_config_t serve_config = {.is_stepped = 1,
                                       .rate_permille = 1000,
                                       .command = control_command,
                                       .wait = control_wait,
                                       .user = control,
                                       .words = {.line = nothing}};
  serve_t *serve = serve_open(&serve_config);
  const run_options_t options = {.live = control_live(control),
                                 .mark = control_mark,
                                 .frame = control_frame,
                                 .watch_user = control,
                                 .port = serve_port(serve)};
  scenario_run_t *run = run_open(point, &options, &result);
  const control_run_t commanded = {.point = point, .run = run, .serve = serve};
  if (control_begin(control, &commanded) != 0) return 1;
  while (run_tick(run) == 0) continue;
  (void)control_finish(control, &error);
  run_close(run);
  control_tell(control, &result);
  serve_close(serve);
  control_close(control);
  scenario_free(point);
  return result.verdict == VERDICT_PASS ? 0 : 1;
}

static pid_t begin(void) {
  snprintf(folder, sizeof folder, "/tmp/packsim_attach_XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/plant", folder);
  const pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) _exit(serve_alone());
  for (int i = 0; i < 2000 && access(path, F_OK) != 0; i++) (void)poll(NULL, 0, 5);
  return child;
}

static void say(session_t *session, command_t command) { session_command(session, &command); }

/// Looks until the plant is at that tick or further.
static void look_to(session_t *session, view_t *view, uint64_t tick) {
  for (int i = 0; i < 3000 && session_now_us(session) < tick * 1000; i++) {
    (void)session_look(session, 10);
  }
  (void)session_look(session, 100); /* the state of the pause behind it */
  (void)session_look(session, 100);
  session_fill(session, view);
  ck_assert_uint_eq(view->hil.tick, tick);
}

static const view_fault_t *fault_on_wire(const view_t *view, const char *wire) {
  char text[100];
  for (uint32_t i = 0; i < view->fault_count; i++) {
    view_fault_text(&view->fault[i], text, sizeof text);
    if (strstr(text, wire) != NULL) return &view->fault[i];
  }
  return NULL;
}

static int has_mark(const view_t *view, const char *kind, const char *name) {
  for (uint32_t i = 0; i < view->mark_count; i++)
    if (strcmp(view->mark[i].kind, kind) == 0 && strcmp(view->mark[i].name, name) == 0) return 1;
  return 0;
}

START_TEST(shows_and_commands) {
  char why[ATTACH_WHY_BYTES];
  int status = 1;
  const pid_t child = begin();
  view_t *view = calloc(1, sizeof *view);
  session_t *session = NULL; /* a socket that is there may not be heard yet */
  for (int i = 0; i < 2000 && session == NULL; i++) {
    session = session_attach(path, why);
    if (session == NULL) (void)poll(NULL, 0, 5);
  }
  ck_assert_msg(session != NULL, "%s", why);
  ck_assert_int_eq(session_look_once(session, why), 0);
  session_fill(session, view);
  ck_assert_int_eq(view->run, VIEW_PAUSED);
  ck_assert_str_eq(view->run_name, "ATT");
  say(session, (command_t){.kind = COMMAND_STEP, .number = 700});
  look_to(session, view, 700);
  ck_assert_double_eq(view_signal(view, "bms.state"), BMS_STATE_STANDBY);
  ck_assert_ptr_nonnull(fault_on_wire(view, "wire.B7"));
  ck_assert_uint_eq(view->check_count, 1);
  ck_assert_int_eq(view->check[0].is_active, 1);
  ck_assert(has_mark(view, "state", "STANDBY"));
  ck_assert_uint_ge(view->bus.id_count, 8);
  uint32_t frame_count = 0;
  for (uint32_t i = 0; i < view->bus.id_count; i++) {
    frame_count += view->bus.frame[i].count;
    ck_assert_uint_eq(view->bus.frame[i].wrong_count, 0);
  }
  ck_assert_uint_gt(frame_count, 100);
  const uint64_t hash = view->hil.trace_hash;

  fault_on_t on = (fault_on_t)0;
  uint32_t wire = 0;
  ck_assert_int_eq(faults_target("wire.A5", &on, &wire), 0);
  say(session,
      (command_t){.kind = COMMAND_FAULT, .row = faults_find("open", on), .target = (uint16_t)wire});
  say(session, (command_t){.kind = COMMAND_LOAD, .text = "request", .value = VCM_DRIVE});
  say(session, (command_t){.kind = COMMAND_LOAD, .text = "current_A", .value = 20});
  say(session, (command_t){.kind = COMMAND_STEP, .number = 500});
  look_to(session, view, 1200);
  ck_assert_double_eq(view_signal(view, "dtc.OPEN_WIRE"), 1.0);
  const view_fault_t *fault = fault_on_wire(view, "wire.A5");
  ck_assert_ptr_nonnull(fault);
  ck_assert_uint_eq(fault->begin_us, 700000);
  ck_assert(view->hil.trace_hash != hash);
  ck_assert(has_mark(view, "DTC", "OPEN_WIRE"));

  say(session, (command_t){.kind = COMMAND_CLEAR, .on = (uint8_t)on, .target = (uint16_t)wire});
  say(session, (command_t){.kind = COMMAND_STEP, .number = 1});
  look_to(session, view, 1201);
  ck_assert_uint_eq(fault_on_wire(view, "wire.A5")->end_us, 1200000);

  say(session, (command_t){.kind = COMMAND_SPEED, .value = 2});
  for (int i = 0; i < 50 && session_message(session)[0] == '\0'; i++)
    (void)session_look(session, 20);
  ck_assert_ptr_nonnull(strstr(session_message(session), "there is no clock"));
  say(session, (command_t){.kind = COMMAND_PAUSE});
  for (int i = 0; i < 3000 && session_look(session, 10) >= 0; i++) {
    session_fill(session, view);
    if (view->run == VIEW_FAILED) break; /* its 5 s are over */
  }
  ck_assert_str_eq(view->message, "ended at 5.000 s: pass");
  session_close(session, NULL);
  free(view);
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert_int_eq(status, 0);
  ck_assert_int_ne(access(path, F_OK), 0);
  (void)rmdir(folder);
}
END_TEST

START_TEST(refuses_where_nobody_is) {
  char why[ATTACH_WHY_BYTES], far[200];
  ck_assert_ptr_null(session_attach("/tmp/packsim_nobody_is_here", why));
  ck_assert_ptr_nonnull(strstr(why, "no plant is there (No such file or directory), allowed"));
  memset(far, 'x', sizeof far - 1);
  far[sizeof far - 1] = '\0';
  ck_assert_ptr_null(session_attach(far, why));
  ck_assert_ptr_nonnull(strstr(why, "a path of 199 bytes, allowed 1..107"));
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("attach");
  TCase *test_case = tcase_create("attach");
  tcase_add_test(test_case, shows_and_commands);
  tcase_add_test(test_case, refuses_where_nobody_is);
  suite_add_tcase(suite, test_case);
  return suite;
}
