/// packsim run: scenarios in, verdicts and reports out.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/run.h"
#include "../scenarios/runner.h"
#include "../sim/can/bus.h"
#include "cli.h"
#include "cli_ecu.h"
#include "collect.h"
#include "outdir.h"
#include "reports.h"
#include "request.h"

static const char help[] =
    "usage: packsim run [FILE|DIR|ID ...] [OPTIONS]\n"
    "Runs scenarios (default: the suite scenarios.json), prints a table of verdicts and writes\n"
    "report.html, junit.xml, results.json, timing.json and for each run signals.h5, signals.csv "
    "and\n"
    "bus.log into the out folder. A result that is there already is moved to DIR.previous, the "
    "one\n"
    "before to DIR.previous.2. Ctrl-C ends the running ones and reports what is done.\n"
    "\n"
    "  --filter PATTERN  only runs, scenarios or tags that match, with *; may be given again\n"
    "  --jobs N          worker processes (default: one for each processor)\n"
    "  --fail-fast       end everything at the first run that does not pass\n"
    "  --timeout-s N     wall time that a run may take, then it is an error (default 3600; 0: "
    "none)\n"
    "  --shard K/N       only part K of N parts, for several machines; packsim merge joins them\n"
    "  --seed N          seed instead of the scenario's own\n"
    "  --set PATH=VALUE  override a value of the scenarios; may be given again\n"
    "  --out DIR         out folder (default: out)\n"
    "  --keep N          older results that are kept beside it, 0..99 (default 2)\n"
    "  --record LEVEL    none, brief, default or all_1ms\n"
    "  --ecu LIST        where the BMS core runs: inproc (default), process, qemu, qemu:IMAGE; of "
    "a\n"
    "                    list such as inproc,process,qemu the first acts, all must agree\n"
    "  --ecu-hang-s N    wall time in which another ECU must answer (default 10), else an error\n"
    "  --ecu-log         the core's input of each run into its ecu.log.gz, for packsim ecu\n"
    "  --bus URL         join the bus of the run to one outside (udp: can0 slcan:, docs/can.md): "
    "testers\n"
    "                    can ask the BMS; in real time, one run only (default mem:: no other)\n"
    "  --realtime        as fast as the clock on the wall, one run only\n"
    "  --quiet           no progress, no table\n"
    "\n"
    "On a terminal one line shows how far it is; in a pipe a line comes each ten seconds.\n"
    "\n"
    "exit codes: 0 all passed, 1 a run failed, was inconclusive or interrupted, 2 bad usage or "
    "file,\n"
    "            3 not available here\n"
    "\n"
    "examples:\n"
    "  packsim run\n"
    "  packsim run OV-001 --set pack.soc_pct=95\n"
    "  packsim run --filter 'OW-*' --jobs 8 --out ow\n"
    "  packsim run --shard 3/16 --out shard_3\n"
    "  packsim run my_scenario.json --record all_1ms\n"
    "  packsim run my_drive.json --bus udp: --record none\n";

static const cli_option_t options[] = {
    {"--filter", "PATTERN"}, {"--jobs", "N"},     {"--fail-fast", NULL},
    {"--timeout-s", "N"},    {"--shard", "K/N"},  {"--seed", "N"},
    {"--set", "PATH=VALUE"}, {"--out", "DIR"},    {"--keep", "N"},
    {"--record", "LEVEL"},   {"--ecu", "LIST"},   {"--bus", "URL"},
    {"--ecu-hang-s", "N"},   {"--ecu-log", NULL}, {"--realtime", NULL},
    {"--quiet", NULL},       {NULL, NULL}};

enum {
  OPT_FILTER,
  OPT_JOBS,
  OPT_FAIL_FAST,
  OPT_TIMEOUT,
  OPT_SHARD,
  OPT_SEED,
  OPT_SET,
  OPT_OUT,
  OPT_KEEP,
  OPT_RECORD,
  OPT_ECU,
  OPT_BUS,
  OPT_ECU_HANG,
  OPT_ECU_LOG,
  OPT_REALTIME,
  OPT_QUIET
};

enum { RECORDED_AGAIN_MAX = 20 };
enum { ECU_HANG_DEFAULT_S = 10, ECU_HANG_MAX_S = 3600 };
enum { TIMEOUT_DEFAULT_S = 3600, TIMEOUT_MAX_S = 1000000, SHARD_MAX = 1000 };

typedef struct {
  collect_request_t request;
  collect_t collect;
  const char *out;
  uint32_t worker_count, timeout_s, keep_count;
  uint32_t shard_index, shard_count; /* 0: the whole */
  uint8_t is_quiet, fail_fast, ecu_is_logged;
  ecu_list_t ecu;
  uint32_t ecu_hang_s;
  const char *bus_url; /* NULL: none outside */
  uint8_t is_realtime;
  uint8_t is_unrecorded; /* by the user's wish */
  char replay_options[2048];
  char command[2400];
  report_t report;
  run_result_t *results;
  const char **replay_file, **resolved;
} run_t;

/* Append " --set 'text'", or another option, for the replay command, quoted for a shell. */
static void replay_add(run_t *run, const char *option, const char *text) {
  char *to = run->replay_options;
  size_t used = strlen(to), room = sizeof run->replay_options;
  if (used + 4 * strlen(text) + 16 > room) return;
  used += (size_t)snprintf(to + used, room - used, "%s%s '", used > 0 ? " " : "", option);
  for (; *text; text++) {
    used += (size_t)snprintf(to + used, room - used, *text == '\'' ? "'\\''" : "%c", *text);
  }
  snprintf(to + used, room - used, "'");
}

static int bus_set(run_t *run, const char *text) {
  bus_url_t url;
  bus_error_t error = {""};
  if (strcmp(text, "mem:") == 0) return CLI_OK;
  if (bus_url_parse(text, &url, &error) != BUS_OK) return cli_usage("run", "--bus: %s", error.text);
  if (!bus_probe(url.kind, error.text, sizeof error.text)) {
    fprintf(stderr, "packsim run: --bus %s: %s\n", text, error.text);
    return CLI_MISSING;
  }
  run->bus_url = text;
  run->is_realtime = 1;
  return CLI_OK;
}

/* "3/16" */
static int shard_set(run_t *run, const char *text) {
  unsigned index = 0, count = 0;
  int end = 0;
  int is_digits = text[strspn(text, "0123456789/")] == 0 && strlen(text) < 12;
  if (is_digits && sscanf(text, "%u/%u%n", &index, &count, &end) == 2 && text[end] == 0 &&
      index >= 1 && index <= count && count <= SHARD_MAX) {
    run->shard_index = index;
    run->shard_count = count;
    return CLI_OK;
  }
  return cli_usage("run", "--shard: %s, allowed K/N such as 3/16, K in 1..N, N at most %d",
                   text[0] ? text : "(empty)", SHARD_MAX);
}

static int number_set(const char *option, const char *text, uint64_t min, uint64_t max,
                      uint32_t *number) {
  uint64_t wide = 0;
  if (cli_u64("run", option, text, min, max, &wide)) return CLI_USAGE;
  *number = (uint32_t)wide;
  return CLI_OK;
}

static int ecu_set(run_t *run, const char *text) {
  char why[300];
  ecu_status_t status = cli_ecu_list(&run->ecu, text, why, sizeof why);
  if (status == ECU_LIST_OK) {
    replay_add(run, "--ecu", text);
    return CLI_OK;
  }
  fprintf(stderr, "packsim run: --ecu: %s\n", why);
  return status == ECU_LIST_ERR_TEXT ? CLI_USAGE : CLI_MISSING;
}

static int option_take(run_t *run, int option, const char *value) {
  switch (option) {
  case OPT_FILTER:
    return request_filter(&run->request, value);
  case OPT_JOBS:
    return number_set("--jobs", value, 1, 256, &run->worker_count);
  case OPT_FAIL_FAST:
    run->fail_fast = 1;
    return CLI_OK;
  case OPT_TIMEOUT:
    return number_set("--timeout-s", value, 0, TIMEOUT_MAX_S, &run->timeout_s);
  case OPT_SHARD:
    return shard_set(run, value);
  case OPT_KEEP:
    return number_set("--keep", value, 0, OUTDIR_KEEP_MAX, &run->keep_count);
  case OPT_SEED:
    return request_seed(&run->request, value);
  case OPT_SET:
    replay_add(run, "--set", value);
    return request_set(&run->request, value);
  case OPT_OUT:
    run->out = value;
    return CLI_OK;
  case OPT_RECORD:
    run->is_unrecorded = strcmp(value, "none") == 0;
    return request_record(&run->request, value);
  case OPT_ECU:
    return ecu_set(run, value);
  case OPT_ECU_HANG:
    return number_set("--ecu-hang-s", value, 1, ECU_HANG_MAX_S, &run->ecu_hang_s);
  case OPT_ECU_LOG:
    run->ecu_is_logged = 1;
    return CLI_OK;
  case OPT_BUS:
    return bus_set(run, value);
  case OPT_REALTIME:
    run->is_realtime = 1;
    return CLI_OK;
  default:
    run->is_quiet = 1;
    return CLI_OK;
  }
}

/* CLI_OK, an exit code, or CLI_HELP. */
static int options_read(run_t *run, int argc, char **argv) {
  cli_args_t args = cli_args("run", help, options, argc, argv);
  const char *value;
  run->request.verb = "run";
  run->out = "out";
  run->timeout_s = TIMEOUT_DEFAULT_S;
  run->ecu_hang_s = ECU_HANG_DEFAULT_S;
  run->keep_count = OUTDIR_KEEP_DEFAULT;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    int status = CLI_OK;
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    status = option == CLI_ARGUMENT ? request_argument(&run->request, value)
                                    : option_take(run, option, value);
    if (status) return status;
  }
  return CLI_OK;
}

static void describe(void *user, uint32_t index, run_result_t *result) {
  const run_t *run = user;
  const collect_point_t *point = &run->collect.point[index];
  const scenario_t *scenario = run->collect.scenario[point->scenario_index].scenario;
  snprintf(result->scenario_id, sizeof result->scenario_id, "%s", scenario->id);
  snprintf(result->run_name, sizeof result->run_name, "%s", point->run_name);
  snprintf(result->title, sizeof result->title, "%s", scenario->title);
  snprintf(result->file, sizeof result->file, "%s", scenario->file);
  result->seed = point->seed;
  result->scenario_hash = point->hash;
}

static double cost_s(void *user, uint32_t index) {
  return ((const run_t *)user)->collect.point[index].end_s;
}

static void error_set(run_result_t *result, const char *text) {
  result->verdict = VERDICT_ERROR;
  snprintf(result->error, sizeof result->error, "%.239s", text);
}

/* One point into its own folder, if it is recorded; options.out_dir is not used. */
static void point_run_at(const run_t *run, uint32_t index, run_options_t run_options,
                         run_result_t *result) {
  scenario_error_t error;
  char dir[700];
  snprintf(dir, sizeof dir, "%s/%s", run->out, result->run_name);
  run_options.ecu = run->ecu.count > 0 ? &run->ecu : NULL;
  run_options.ecu_hang_ms = run->ecu_hang_s * 1000;
  run_options.ecu_is_logged = run->ecu_is_logged;
  run_options.is_realtime = run->is_realtime;
  run_options.bus_url = run->bus_url;
  int is_written = run->ecu_is_logged || run_options.record_level != RECORD_NONE;
  run_options.out_dir = is_written ? dir : NULL;
  if (run_options.out_dir && outdir_make(dir)) {
    char text[760];
    snprintf(text, sizeof text, "%s: cannot be made", dir);
    error_set(result, text);
    return;
  }
  scenario_t *point = collect_point_make(&run->collect, &run->request, index, &error);
  if (!point) {
    error_set(result, error.text);
    return;
  }
  point->record_is_set = 1;
  point->record_level = run_options.record_level;
  run_scenario(point, &run_options, result);
  scenario_free(point);
}

/* In the worker. */
static void point_run(void *user, uint32_t index, runner_progress_fn progress, void *progress_user,
                      run_result_t *result) {
  const run_t *run = user;
  describe(user, index, result);
  point_run_at(run, index,
               (run_options_t){.record_level = run->collect.point[index].record_level,
                               .progress = progress,
                               .progress_user = progress_user},
               result);
}

/* What did not pass and was not recorded runs once more for the report, which then can show it. */
static void record_failures(const run_t *run, run_result_t *results) {
  run_result_t *again = malloc(sizeof *again);
  for (uint32_t i = 0, count = 0; again && i < run->collect.point_count; i++) {
    int is_wanted =
        results[i].verdict == VERDICT_FAIL || results[i].verdict == VERDICT_INCONCLUSIVE;
    if (!is_wanted || run->collect.point[i].record_level != RECORD_NONE) continue;
    if (count++ == RECORDED_AGAIN_MAX) break;
    *again = results[i]; /* its result is the same but for the wall time */
    point_run_at(run, i, (run_options_t){.record_level = RECORD_BRIEF}, again);
  }
  free(again);
}

/* In the parent, now and then: what is done outlives whatever happens next. */
static void keep(void *user) { (void)report_json(&((const run_t *)user)->report); }

static int exit_code(const run_t *run, runner_status_t status) {
  if (status != RUNNER_OK) return CLI_FAILED;
  for (uint32_t i = 0; i < run->collect.point_count; i++) {
    uint8_t verdict = run->results[i].verdict;
    if (verdict != VERDICT_PASS && verdict != VERDICT_SKIPPED) return CLI_FAILED;
  }
  return CLI_OK;
}

static runner_status_t points_run(run_t *run) {
  runner_summary_t summary;
  runner_config_t config = {.point_count = run->collect.point_count,
                            .worker_count = run->worker_count,
                            .user = run,
                            .run = point_run,
                            .describe = describe,
                            .cost_s = cost_s,
                            .keep = keep,
                            .timeout_s = run->timeout_s,
                            .fail_fast = run->fail_fast,
                            .progress_is_terminal = isatty(STDERR_FILENO) != 0,
                            .progress_fd = run->is_quiet ? -1 : STDERR_FILENO};
  runner_status_t status = runner_run(&config, run->results, &summary);
  if (status == RUNNER_OK && !run->is_unrecorded && !run->is_realtime)
    record_failures(run, run->results);
  run->report.wall_s = summary.wall_s;
  run->report.worker_count = runner_workers(&config);
  run->report.is_complete = summary.done_count == config.point_count;
  if (status == RUNNER_ERR_SYSTEM)
    fprintf(stderr, "packsim run: no worker process could be started\n");
  if (run->report.is_complete) return status;
  fprintf(stderr, "packsim run: %s: %u of %u runs were made\n",
          status == RUNNER_INTERRUPTED ? "interrupted" : "ended by --fail-fast", summary.done_count,
          config.point_count);
  return status;
}

/* The command for the report, without what changes nothing in it: out folder, workers. */
static void command_write(run_t *run) {
  const collect_request_t *request = &run->request;
  size_t room = sizeof run->command;
  int used = snprintf(run->command, room, "packsim run");
  for (uint32_t i = 0; i < request->argument_count && (size_t)used < room; i++) {
    used += snprintf(run->command + used, room - (size_t)used, " %s", request->argument[i]);
  }
  for (uint32_t i = 0; i < request->filter_count && (size_t)used < room; i++) {
    used +=
        snprintf(run->command + used, room - (size_t)used, " --filter '%s'", request->filter[i]);
  }
  if ((size_t)used < room && run->replay_options[0]) {
    snprintf(run->command + used, room - (size_t)used, " %s", run->replay_options);
  }
}

static void results_begin(run_t *run) {
  for (uint32_t i = 0; i < run->collect.point_count; i++) {
    const collect_point_t *point = &run->collect.point[i];
    const collect_scenario_t *scenario = &run->collect.scenario[point->scenario_index];
    describe(run, i, &run->results[i]);
    run->results[i].verdict = VERDICT_SKIPPED;
    run->replay_file[i] = scenario->suite ? scenario->suite->file : scenario->scenario->file;
    run->resolved[i] = point->text;
  }
  run->report.dir = run->out;
  run->report.suite_title = run->collect.title;
  run->report.replay_file = run->replay_file;
  run->report.replay_options = run->replay_options;
  run->report.resolved = run->resolved;
  command_write(run);
  run->report.command = run->command;
  run->report.result = run->results;
  run->report.result_count = run->collect.point_count;
}

/* All points are known to be right; only now something is written. */
static int run_all(run_t *run) {
  int status = outdir_prepare("run", run->out, run->keep_count, run->is_quiet);
  if (status) return status;
  results_begin(run);
  signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
  if (report_json(&run->report)) return cli_usage("run", "%s", report_error());
  signal(SIGINT, SIG_IGN); /* again while the reports are written: they come to their end */
  signal(SIGTERM, SIG_IGN);
  runner_status_t runner_status = points_run(run);
  status = reports_write("run", &run->report);
  if (!run->is_quiet || status) report_table(&run->report, stdout, isatty(STDOUT_FILENO));
  if (!run->is_quiet) printf("%s/report.html\n", run->out);
  return status ? status : exit_code(run, runner_status);
}

int verb_run(int argc, char **argv) {
  static run_t run;
  int status = options_read(&run, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  signals_init();
  status = collect_scenarios(&run.collect, &run.request);
  if (status == CLI_OK) status = collect_points(&run.collect, &run.request);
  if (status == CLI_OK) {
    uint32_t points = run.collect.point_count;
    if (run.is_realtime && points != 1) {
      collect_free(&run.collect);
      return cli_usage("run", "--bus and --realtime: %u runs, allowed one", (unsigned)points);
    }
    if (run.shard_count > 0)
      collect_shard(&run.collect, run.shard_index, run.shard_count, &run.report.shard);
    size_t count = run.collect.point_count + 1;
    run.results = calloc(count, sizeof *run.results);
    run.replay_file = calloc(count, sizeof *run.replay_file);
    run.resolved = calloc(count, sizeof *run.resolved);
    status = run.results && run.replay_file && run.resolved ? run_all(&run)
                                                            : cli_usage("run", "out of memory");
    free(run.results);
    free(run.replay_file);
    free(run.resolved);
  }
  collect_free(&run.collect);
  return status;
}
