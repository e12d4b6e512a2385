/// packsim serve: the plant on a CAN bus, for an ECU in another process or a real one.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/control.h"
#include "../scenarios/run.h"
#include "../scenarios/runner.h"
#include "../scenarios/serve.h"
#include "cli.h"
#include "collect.h"
#include "outdir.h"
#include "realtime.h"
#include "reports.h"
#include "request.h"

static const char help[] =
    "usage: packsim serve --bus URL [FILE|ID ...] [OPTIONS]\n"
    "       packsim serve --control PATH --ecu inproc [FILE|ID ...] [OPTIONS]\n"
    "The plant: pack, harness, contactors, vehicle and charger, on a CAN bus and in real time. The "
    "BMS\n"
    "is another process there (packsim ecu --bus URL). Runs scenarios one after another, judges "
    "and\n"
    "reports them as packsim run does; without one it is a parked car that wants to drive, until "
    "Ctrl-C.\n"
    "A run begins once an ECU has taken the seat. docs/two-processes.md has protocol and timing.\n"
    "Over a socket a script reads, sets loads, breaks wires, runs and goes back: docs/control.md.\n"
    "\n"
    "  --bus URL         udp: socketcand: slcan: can0 ... (docs/can.md)\n"
    "  --control PATH    a Unix socket that takes commands as lines of JSON\n"
    "  --ecu inproc      no bus: the BMS runs in this process\n"
    "  --classic         8-byte frames also where the bus carries FD: slower, no bars of reaction\n"
    "  --speed X         0.01..60 times real time (default 1)\n"
    "  --stepped         no clock: plant and ECU wait for each other, the same course every time\n"
    "  --paused          begin paused; SIGUSR1 pauses and goes on\n"
    "  --rest-bus WHAT   packsim: frames of our own DBC (default); soul-ev: those known of the "
    "real "
    "car;\n"
    "                    none: nothing, VCM_Request neither: another vehicle is on the bus\n"
    "  --no-seat         nobody is waited for: an ECU that knows CAN alone; contactors stay open\n"
    "  --wait-s N        for the first ECU (default 30; 0: as long as it takes)\n"
    "  --timeout-ms N    silence after which either side takes the other for lost, 100..10000\n"
    "                    (default 100, stepped 2000)\n"
    "  --seed N, --set PATH=VALUE, --record LEVEL, --out DIR, --keep N   as packsim run\n"
    "  --no-priority     ordinary scheduling, without asking for more\n"
    "  --quiet           only what is wrong\n"
    "\n"
    "exit codes: 0 all passed, 1 a run failed or was inconclusive, 2 bad usage or file,\n"
    "            3 no ECU came, another plant has the bus, or the machine lacks it\n"
    "\n"
    "examples:\n"
    "  packsim serve --bus udp: & packsim ecu --bus udp:\n"
    "  packsim serve --bus udp: OV-001 --out out-ov\n"
    "  packsim serve --bus can0 my_scenario.json --speed 0.5\n"
    "  packsim serve --control /run/user/1000/plant --ecu inproc --stepped --paused\n"
    "  packsim serve --bus can0 --no-seat --rest-bus soul-ev\n"
    "  packsim serve --bus udp: --stepped OW-STANDBY --filter '*A12'\n";

static const cli_option_t options[] = {
    {"--bus", "URL"},        {"--classic", NULL},     {"--speed", "X"},      {"--stepped", NULL},
    {"--paused", NULL},      {"--wait-s", "N"},       {"--timeout-ms", "N"}, {"--seed", "N"},
    {"--set", "PATH=VALUE"}, {"--record", "LEVEL"},   {"--out", "DIR"},      {"--keep", "N"},
    {"--filter", "PATTERN"}, {"--no-priority", NULL}, {"--control", "PATH"}, {"--ecu", "PLACE"},
    {"--quiet", NULL},       {"--rest-bus", "WHAT"},  {"--no-seat", NULL},   {NULL, NULL}};

enum {
  OPT_BUS,
  OPT_CLASSIC,
  OPT_SPEED,
  OPT_STEPPED,
  OPT_PAUSED,
  OPT_WAIT,
  OPT_TIMEOUT,
  OPT_SEED,
  OPT_SET,
  OPT_RECORD,
  OPT_OUT,
  OPT_KEEP,
  OPT_FILTER,
  OPT_NO_PRIORITY,
  OPT_CONTROL,
  OPT_ECU,
  OPT_QUIET,
  OPT_REST_BUS,
  OPT_NO_SEAT
};

enum { WAIT_DEFAULT_s = 30, WAIT_MAX_s = 86400, PERMILLE = 1000 };
enum { TIMEOUT_ms = 100, TIMEOUT_STEPPED_ms = 2000, TIMEOUT_MIN_ms = 100, TIMEOUT_MAX_ms = 10000 };

typedef struct {
  collect_request_t request;
  collect_t collect;
  const char *url, *out;
  const char *socket_path;
  control_t *control; ///< NULL: no socket
  uint64_t wait_s, timeout_ms, keep_count;
  uint16_t rate_permille, session;
  uint8_t is_classic, is_stepped, is_quiet, has_no_priority,
      is_free; ///< free: no scenario asked for
  uint8_t is_inproc; ///< the ECU: no bus
  uint8_t is_fd, has_no_seat;
  char command[400];
  report_t report;
  run_result_t *results;
  report_figures_t *figures;
  const char **replay_file, **resolved;
} serve_run_t;

static bus_t bus;

static void say(void *user, const char *text) {
  (void)user;
  fprintf(stderr, "packsim serve: %s\n", text);
}

static void nothing(void *user, const char *text) {
  (void)user;
  (void)text;
}

/* --- options --------------------------------------------------------------------------------- */

static int speed_set(serve_run_t *run, const char *text) {
  char *end = NULL;
  const double factor = strtod(text, &end);
  const int is_number = text[0] != 0 && end != NULL && *end == 0;
  if (!is_number || !(factor >= 0.01 && factor * PERMILLE <= SERVE_RATE_MAX_permille))
    return cli_usage("serve", "--speed: %s, allowed 0.01..%d", text[0] ? text : "(empty)",
                     SERVE_RATE_MAX_permille / PERMILLE);
  run->rate_permille = (uint16_t)(factor * PERMILLE + 0.5);
  return CLI_OK;
}

static int rest_bus_set(serve_run_t *run, const char *text) {
  static const char *const kinds[] = {"packsim", "soul-ev", "none", NULL};
  return request_word(&run->request, "--rest-bus", "environment.rest_bus", kinds, text);
}

static int option_take(serve_run_t *run, int option, const char *value) {
  switch (option) {
  case CLI_ARGUMENT:
    return request_argument(&run->request, value);
  case OPT_BUS:
    run->url = value;
    return CLI_OK;
  case OPT_CLASSIC:
    run->is_classic = 1;
    return CLI_OK;
  case OPT_SPEED:
    return speed_set(run, value);
  case OPT_STEPPED:
    run->is_stepped = 1;
    return CLI_OK;
  case OPT_PAUSED:
    cli_realtime_is_paused = 1;
    return CLI_OK;
  case OPT_WAIT:
    return cli_u64("serve", "--wait-s", value, 0, WAIT_MAX_s, &run->wait_s);
  case OPT_TIMEOUT:
    return cli_u64("serve", "--timeout-ms", value, TIMEOUT_MIN_ms, TIMEOUT_MAX_ms,
                   &run->timeout_ms);
  case OPT_NO_SEAT:
    run->has_no_seat = 1;
    return CLI_OK;
  case OPT_REST_BUS:
    return rest_bus_set(run, value);
  case OPT_SEED:
    return request_seed(&run->request, value);
  case OPT_SET:
    return request_set(&run->request, value);
  case OPT_RECORD:
    return request_record(&run->request, value);
  case OPT_OUT:
    run->out = value;
    return CLI_OK;
  case OPT_KEEP:
    return cli_u64("serve", "--keep", value, 0, OUTDIR_KEEP_MAX, &run->keep_count);
  case OPT_FILTER:
    return request_filter(&run->request, value);
  case OPT_NO_PRIORITY:
    run->has_no_priority = 1;
    return CLI_OK;
  case OPT_CONTROL:
    run->socket_path = value;
    return CLI_OK;
  case OPT_ECU:
    run->is_inproc = strcmp(value, "inproc") == 0;
    return run->is_inproc ? CLI_OK : cli_usage("serve", "--ecu: %s, allowed inproc", value);
  default:
    run->is_quiet = 1;
    return CLI_OK;
  }
}

/* CLI_OK, an exit code, or CLI_HELP. */
static int options_read(serve_run_t *run, int argc, char **argv) {
  cli_args_t args = cli_args("serve", help, options, argc, argv);
  const char *value;
  run->request.verb = "serve";
  run->wait_s = WAIT_DEFAULT_s;
  run->keep_count = OUTDIR_KEEP_DEFAULT;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    const int status = option_take(run, option, value);
    if (status) return status;
  }
  if (run->url == NULL && !run->is_inproc)
    return cli_usage("serve", "no bus, allowed --bus URL (udp: can0 ...), or --ecu inproc");
  if (run->url != NULL && run->is_inproc)
    return cli_usage("serve", "--bus with --ecu inproc, allowed one of them");
  if (run->is_stepped && run->rate_permille != 0)
    return cli_usage("serve", "--stepped with --speed, allowed one of them");
  if (run->rate_permille == 0) run->rate_permille = PERMILLE;
  if (run->timeout_ms == 0) run->timeout_ms = run->is_stepped ? TIMEOUT_STEPPED_ms : TIMEOUT_ms;
  return CLI_OK;
}

/* --- the bus --------------------------------------------------------------------------------- */

static int open_bus(serve_run_t *run) {
  bus_url_t url;
  bus_error_t error = {""};
  if (bus_url_parse(run->url, &url, &error) != BUS_OK) return cli_usage("serve", "%s", error.text);
  const bus_status_t status = bus_open(&bus, &url, serve_clock_us(), &error);
  if (status != BUS_OK) {
    (void)cli_usage("serve", "%s", error.text);
    return status == BUS_ERR_MACHINE ? CLI_MISSING : CLI_USAGE;
  }
  run->is_fd = !run->is_classic && (bus_caps(&bus) & BUS_CAP_FD) != 0;
  if (!run->is_quiet)
    fprintf(stderr, "packsim serve: %s at %s, %s frames%s\n", bus_name(&bus), bus_place(&bus),
            run->is_fd ? "FD" : "classic",
            run->is_fd || run->is_classic ? "" : ": this bus carries no FD");
  if (!serve_is_taken(&bus)) return CLI_OK;
  (void)cli_usage("serve", "%s: another plant drives this bus, allowed one", run->url);
  return CLI_MISSING;
}

/* --- runs ------------------------------------------------------------------------------------ */

static void figure_add(report_figures_t *figures, const char *name, double value) {
  if (figures->count == REPORT_FIGURE_MAX) return;
  figures->figure[figures->count].name = name;
  figures->figure[figures->count++].value = value;
}

static void figures_fill(report_figures_t *to, const serve_figures_t *from) {
  const lateness_t *late = &from->lateness;
  figure_add(to, "paced_ticks", (double)late->count);
  figure_add(to, "late_p50_us", (double)lateness_percentile_us(late, 5000));
  figure_add(to, "late_p99_us", (double)lateness_percentile_us(late, 9900));
  figure_add(to, "late_p99_9_us", (double)lateness_percentile_us(late, 9990));
  figure_add(to, "late_max_us", (double)late->max_us);
  figure_add(to, "overruns", (double)from->overrun_count);
  figure_add(to, "slips", (double)from->slip_count);
  figure_add(to, "slipped_us", (double)from->slip_us);
  figure_add(to, "ecu_wait_max_us", (double)from->wait_us_max);
  figure_add(to, "conversions", (double)from->cut.conversion_count);
  figure_add(to, "late_messages", (double)from->cut.late_count);
  figure_add(to, "missing_messages", (double)from->cut.missing_count);
  figure_add(to, "repeated_messages", (double)from->cut.repeated_count);
  figure_add(to, "foreign_messages", (double)from->cut.foreign_count);
  figure_add(to, "garbage", (double)from->cut.garbage_count);
  figure_add(to, "ecu_lost", (double)from->cut.lost_count);
  figure_add(to, "ecu_seated", (double)from->cut.back_count);
  figure_add(to, "rest_bus_frames", (double)from->cut.rest_bus_count);
  figure_add(to, "ecu_frames", (double)from->cut.told_count);
}

static void tell(const run_result_t *result, const serve_figures_t *figures) {
  const lateness_t *late = &figures->lateness;
  fprintf(stderr,
          "packsim serve: %s: %.1f s, %llu conversions answered, %llu late and %llu missing "
          "messages",
          result->run_name, result->sim_s, (unsigned long long)figures->cut.conversion_count,
          (unsigned long long)figures->cut.late_count,
          (unsigned long long)figures->cut.missing_count);
  if (late->count > 0)
    fprintf(stderr,
            "; late by us: p50 %llu, p99 %llu, p99.9 %llu, max %llu, %llu overruns in %llu ticks",
            (unsigned long long)lateness_percentile_us(late, 5000),
            (unsigned long long)lateness_percentile_us(late, 9900),
            (unsigned long long)lateness_percentile_us(late, 9990),
            (unsigned long long)late->max_us, (unsigned long long)figures->overrun_count,
            (unsigned long long)late->count);
  fputc('\n', stderr);
}

static serve_wish_t command(void *user, hil_t *hil) {
  (void)user;
  (void)hil;
  return cli_realtime_is_paused ? SERVE_PAUSE : SERVE_GO;
}

static int control_start(serve_run_t *run) {
  char why[CONTROL_SOCKET_WHY_BYTES];
  int is_usage;
  const control_config_t config = {.path = run->socket_path,
                                   .is_paused = &cli_realtime_is_paused,
                                   .say = run->is_quiet ? nothing : say};
  if (run->socket_path == NULL) return CLI_OK;
  run->control = control_open(&config, &is_usage, why);
  if (run->control != NULL) return CLI_OK;
  (void)cli_usage("serve", "--control: %s", why);
  return is_usage ? CLI_USAGE : CLI_MISSING;
}

static int error_set(run_result_t *result, const char *text) {
  result->verdict = VERDICT_ERROR;
  snprintf(result->error, sizeof result->error, "%.239s", text);
  return CLI_OK;
}

/// The scenario's ticks, with commands between them where there is a socket.
static void run_ticks(serve_run_t *run, scenario_t *point, serve_t *serve,
                      const run_options_t *run_options, run_result_t *result) {
  scenario_error_t error;
  if (run->control == NULL) {
    run_scenario(point, run_options, result);
    return;
  }
  scenario_run_t *ticks = run_open(point, run_options, result);
  if (ticks == NULL) return;
  const control_run_t commanded = {.point = point,
                                   .run = ticks,
                                   .serve = serve,
                                   .out_dir = run_options->out_dir,
                                   .rate_permille = run->is_stepped ? 0 : run->rate_permille,
                                   .has_bus = !run->is_inproc};
  int is_bad = control_begin(run->control, &commanded) != 0;
  if (is_bad) snprintf(error.text, sizeof error.text, "control.jsonl: cannot be created");
  while (!is_bad && run_tick(ticks) == 0) continue;
  if (!is_bad) is_bad = control_finish(run->control, &error) != 0;
  run_close(ticks);
  if (is_bad) (void)error_set(result, error.text);
  control_tell(run->control, result);
}

static int run_at(serve_run_t *run, scenario_t *point, run_result_t *result,
                  report_figures_t *figures) {
  char dir[700];
  const serve_config_t config = {.bus = run->is_inproc ? NULL : &bus,
                                 .session = run->session,
                                 .timeout_ms = (uint16_t)run->timeout_ms,
                                 .rate_permille = run->rate_permille,
                                 .is_stepped = run->is_stepped,
                                 .is_fd = run->is_fd,
                                 .has_no_seat = run->has_no_seat,
                                 .vehicle_is_elsewhere = point->plan->rest_bus == RESTBUS_NONE,
                                 .wait_s = (uint32_t)run->wait_s,
                                 .is_judged_at_stop = run->is_free,
                                 .stop = &cli_realtime_stop,
                                 .command = run->control != NULL ? control_command : command,
                                 .wait = run->control != NULL ? control_wait : NULL,
                                 .user = run->control,
                                 .words = {.line = run->is_quiet ? nothing : say}};
  if (++run->session == 0) run->session = 1;
  const int is_written = run->out != NULL && point->record_level != RECORD_NONE;
  snprintf(dir, sizeof dir, "%s/%s", is_written ? run->out : "", point->run_name);
  if (is_written && outdir_make(dir)) return error_set(result, "its folder cannot be made");
  serve_t *serve = serve_open(&config);
  if (serve == NULL) return error_set(result, "no memory");
  const run_options_t run_options = {.out_dir = is_written ? dir : NULL,
                                     .record_level = point->record_level,
                                     .port = serve_port(serve),
                                     .guest = serve_guest(serve),
                                     .live =
                                         run->control != NULL ? control_live(run->control) : NULL,
                                     .mark = run->control != NULL ? control_mark : NULL,
                                     .frame = run->control != NULL ? control_frame : NULL,
                                     .watch_user = run->control};
  const double begin_s = runner_clock_s();
  run_ticks(run, point, serve, &run_options, result);
  result->wall_s = runner_clock_s() - begin_s;
  const serve_figures_t got = serve_figures(serve);
  serve_close(serve);
  figures_fill(figures, &got);
  if (got.nobody_came) {
    (void)cli_usage("serve", "%s: no ECU came within %u s, allowed one: packsim ecu --bus %s",
                    run->url, (unsigned)run->wait_s, run->url);
    return CLI_MISSING;
  }
  if (!run->is_quiet) tell(result, &got);
  return CLI_OK;
}

/* All are checked before the first one begins. */
static int points_check(serve_run_t *run) {
  char why[300];
  scenario_error_t error;
  for (uint32_t i = 0; i < run->collect.point_count; i++) {
    scenario_t *point = collect_point_make(&run->collect, &run->request, i, &error);
    if (point == NULL) return cli_usage("serve", "%s", error.text);
    const int is_allowed = run->is_inproc || serve_allows(point, why, sizeof why) == 0;
    if (!is_allowed) (void)cli_usage("serve", "%s: %s", point->run_name, why);
    scenario_free(point);
    if (!is_allowed) return CLI_USAGE;
  }
  return CLI_OK;
}

static void results_begin(serve_run_t *run) {
  for (uint32_t i = 0; i < run->collect.point_count; i++) {
    const collect_point_t *point = &run->collect.point[i];
    const scenario_t *scenario = run->collect.scenario[point->scenario_index].scenario;
    run_result_t *result = &run->results[i];
    snprintf(result->scenario_id, sizeof result->scenario_id, "%s", scenario->id);
    snprintf(result->run_name, sizeof result->run_name, "%s", point->run_name);
    snprintf(result->title, sizeof result->title, "%s", scenario->title);
    snprintf(result->file, sizeof result->file, "%s", scenario->file);
    result->seed = point->seed;
    result->scenario_hash = point->hash;
    result->verdict = VERDICT_SKIPPED;
    snprintf(result->error, sizeof result->error, "was not run");
    run->replay_file[i] = scenario->file;
    run->resolved[i] = point->text;
  }
  snprintf(run->command, sizeof run->command, "packsim serve %s%s%s%s",
           run->is_inproc ? "--ecu inproc" : "--bus ", run->is_inproc ? "" : run->url,
           run->is_classic ? " --classic" : "", run->is_stepped ? " --stepped" : "");
  run->report.dir = run->out;
  run->report.suite_title = run->collect.title;
  run->report.replay_file = run->replay_file;
  run->report.replay_options = "";
  run->report.resolved = run->resolved;
  run->report.command = run->command;
  run->report.result = run->results;
  run->report.result_count = run->collect.point_count;
  run->report.figures = run->figures;
  run->report.worker_count = 1;
}

static int verdict_code(const serve_run_t *run) {
  for (uint32_t i = 0; i < run->collect.point_count; i++)
    if (run->results[i].verdict != VERDICT_PASS) return CLI_FAILED;
  return CLI_OK;
}

static int points_run(serve_run_t *run) {
  scenario_error_t error;
  int status = CLI_OK;
  const double begin_s = runner_clock_s();
  for (uint32_t i = 0; i < run->collect.point_count && status == CLI_OK && !cli_realtime_stop;
       i++) {
    scenario_t *point = collect_point_make(&run->collect, &run->request, i, &error);
    if (point == NULL) {
      (void)error_set(&run->results[i], error.text);
      continue;
    }
    point->record_is_set = 1;
    point->record_level = run->collect.point[i].record_level;
    status = run_at(run, point, &run->results[i], &run->figures[i]);
    scenario_free(point);
  }
  run->report.wall_s = runner_clock_s() - begin_s;
  run->report.is_complete = status == CLI_OK && !cli_realtime_stop;
  return status;
}

static int run_all(serve_run_t *run) {
  int status = points_check(run);
  if (status) return status;
  if (run->out != NULL) {
    status = outdir_prepare("serve", run->out, (uint32_t)run->keep_count, run->is_quiet);
    if (status) return status;
  }
  results_begin(run);
  status = points_run(run);
  if (status) return status;
  if (run->out != NULL) status = reports_write("serve", &run->report);
  if (!run->is_quiet || verdict_code(run))
    report_table(&run->report, stdout, isatty(STDOUT_FILENO));
  return status ? status : verdict_code(run);
}

static int with_scenarios(serve_run_t *run) {
  char path[512];
  run->is_free = run->request.argument_count == 0;
  if (run->is_free) {
    if (scenario_find_file("scenarios/serve.json", path, sizeof path) != 0)
      return cli_usage("serve", "scenarios/serve.json is not found, allowed also a scenario");
    run->request.argument[run->request.argument_count++] = path;
  }
  int status = CLI_OK; /* without a bus the scenario says what kind it has */
  if (!run->is_inproc)
    status = request_set(&run->request,
                         run->is_fd ? "environment.can_fd=true" : "environment.can_fd=false");
  if (status == CLI_OK) status = collect_scenarios(&run->collect, &run->request);
  if (status == CLI_OK) status = collect_points(&run->collect, &run->request);
  if (status != CLI_OK) return status;
  const size_t count = run->collect.point_count + 1;
  run->results = calloc(count, sizeof *run->results);
  run->figures = calloc(count, sizeof *run->figures);
  run->replay_file = calloc(count, sizeof *run->replay_file);
  run->resolved = calloc(count, sizeof *run->resolved);
  status = run->results && run->figures && run->replay_file && run->resolved
               ? run_all(run)
               : cli_usage("serve", "out of memory");
  free(run->results);
  free(run->figures);
  free(run->replay_file);
  free(run->resolved);
  return status;
}

int verb_serve(int argc, char **argv) {
  static serve_run_t run;
  int status = options_read(&run, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  signals_init();
  if (!run.is_inproc) status = open_bus(&run);
  if (status == CLI_OK) {
    run.session = cli_realtime_session();
    cli_realtime_begin("serve", !run.has_no_priority && !run.is_stepped, run.is_quiet);
    status = control_start(&run);
  }
  if (status == CLI_OK) {
    status = with_scenarios(&run);
  }
  if (!run.is_inproc) bus_close(&bus);
  control_close(run.control);
  collect_free(&run.collect);
  return cli_finish("serve", status);
}
