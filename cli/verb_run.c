/// packsim run: scenarios in, verdicts and reports out.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/report.h"
#include "../scenarios/run.h"
#include "../scenarios/runner.h"
#include "cli.h"
#include "collect.h"
#include "outdir.h"

static const char help[] =
    "usage: packsim run [FILE|DIR|ID ...] [OPTIONS]\n"
    "Runs scenarios (default: the suite scenarios.json), prints a table of verdicts and writes\n"
    "report.html, junit.xml, results.json, timing.json and for each run signals.h5, signals.csv "
    "and\n"
    "bus.log into the out folder. A result that is there already is moved to DIR.previous.\n"
    "\n"
    "  --filter PATTERN  only runs, scenarios or tags that match, with *; may be given again\n"
    "  --jobs N          worker processes (default: one for each processor)\n"
    "  --seed N          seed instead of the scenario's own\n"
    "  --set PATH=VALUE  override a value of the scenarios; may be given again\n"
    "  --out DIR         out folder (default: out)\n"
    "  --record LEVEL    none, brief, default or all_1ms\n"
    "  --ecu inproc      where the BMS core runs\n"
    "  --bus mem:        the bus between BMS and vehicle\n"
    "  --quiet           no progress, no table\n"
    "\n"
    "exit codes: 0 all passed, 1 a run failed, was inconclusive or interrupted, 2 bad usage or "
    "file,\n"
    "            3 not available here\n"
    "\n"
    "examples:\n"
    "  packsim run\n"
    "  packsim run OV-001 --set pack.soc_pct=95\n"
    "  packsim run --filter 'OW-*' --jobs 8 --out ow\n"
    "  packsim run my_scenario.json --record all_1ms\n";

static const cli_option_t options[] = {
    {"--filter", "PATTERN"}, {"--jobs", "N"},       {"--seed", "N"},    {"--set", "PATH=VALUE"},
    {"--out", "DIR"},        {"--record", "LEVEL"}, {"--ecu", "WHERE"}, {"--bus", "URL"},
    {"--quiet", NULL},       {NULL, NULL}};

enum { RECORDED_AGAIN_MAX = 20 };
enum { OPT_FILTER, OPT_JOBS, OPT_SEED, OPT_SET, OPT_OUT, OPT_RECORD, OPT_ECU, OPT_BUS, OPT_QUIET };

typedef struct {
  collect_request_t request;
  collect_t collect;
  const char *out;
  uint32_t worker_count;
  int is_quiet;
  int is_unrecorded; /* by the user's wish */
  char replay_options[2048];
  char command[2400];
} run_t;

/* Another set of the request; the last one wins. */
static int set_add(run_t *run, const char *text) {
  scenario_error_t error;
  collect_request_t *request = &run->request;
  if (request->set_count == COLLECT_SET_MAX) {
    return cli_usage("run", "--set: more than %d, allowed at most that", COLLECT_SET_MAX);
  }
  if (scenario_set_parse(text, &request->set[request->set_count], &error)) {
    fprintf(stderr, "packsim run: %s\n", error.text);
    return CLI_USAGE;
  }
  request->set_count++;
  return CLI_OK;
}

/* Append " --set 'text'" for the replay command, quoted for a shell. */
static void replay_add(run_t *run, const char *text) {
  char *to = run->replay_options;
  size_t used = strlen(to), room = sizeof run->replay_options;
  if (used + 4 * strlen(text) + 16 > room) return;
  used += (size_t)snprintf(to + used, room - used, "%s--set '", used > 0 ? " " : "");
  for (; *text; text++) {
    used += (size_t)snprintf(to + used, room - used, *text == '\'' ? "'\\''" : "%c", *text);
  }
  snprintf(to + used, room - used, "'");
}

static int filter_add(collect_request_t *request, const char *text) {
  if (request->filter_count == COLLECT_FILTER_MAX) {
    return cli_usage("run", "--filter: more than %d, allowed at most that", COLLECT_FILTER_MAX);
  }
  request->filter[request->filter_count++] = text;
  return CLI_OK;
}

static int seed_set(run_t *run, const char *text) {
  char set[40];
  uint64_t seed = 0;
  if (cli_u64("run", "--seed", text, 0, (uint64_t)1 << 53, &seed)) return CLI_USAGE;
  snprintf(set, sizeof set, "seed=%llu", (unsigned long long)seed);
  return set_add(run, set);
}

static int record_set(run_t *run, const char *text) {
  static const char *const level[] = {"none", "brief", "default", "all_1ms"};
  char set[40];
  for (size_t i = 0; i < sizeof level / sizeof level[0]; i++) {
    if (strcmp(text, level[i]) != 0) continue;
    snprintf(set, sizeof set, "record=\"%s\"", text);
    run->is_unrecorded = i == 0;
    return set_add(run, set);
  }
  return cli_usage("run", "--record: %s, allowed none brief default all_1ms", text);
}

static int only(const char *option, const char *text, const char *allowed) {
  if (strcmp(text, allowed) == 0) return CLI_OK;
  fprintf(stderr, "packsim run: %s %s: not in this build, allowed %s\n", option, text, allowed);
  return CLI_MISSING;
}

static int option_take(run_t *run, int option, const char *value) {
  uint64_t number = 0;
  switch (option) {
  case OPT_FILTER:
    return filter_add(&run->request, value);
  case OPT_JOBS:
    if (cli_u64("run", "--jobs", value, 1, 256, &number)) return CLI_USAGE;
    run->worker_count = (uint32_t)number;
    return CLI_OK;
  case OPT_SEED:
    return seed_set(run, value);
  case OPT_SET:
    replay_add(run, value);
    return set_add(run, value);
  case OPT_OUT:
    run->out = value;
    return CLI_OK;
  case OPT_RECORD:
    return record_set(run, value);
  case OPT_ECU:
    return only("--ecu", value, "inproc");
  case OPT_BUS:
    return only("--bus", value, "mem:");
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
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    int status = CLI_OK;
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == CLI_ARGUMENT) {
      if (run->request.argument_count == COLLECT_ARGUMENT_MAX)
        return cli_usage("run", "too many arguments");
      run->request.argument[run->request.argument_count++] = value;
    } else {
      status = option_take(run, option, value);
    }
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
  run_options.out_dir = run_options.record_level == RECORD_NONE ? NULL : dir;
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

static int reports_write(const report_t *report) {
  if (report_json(report) == REPORT_OK && report_junit(report) == REPORT_OK &&
      report_html(report) == REPORT_OK && report_timing(report) == REPORT_OK) {
    return CLI_OK;
  }
  fprintf(stderr, "packsim run: %s\n", report_error());
  return CLI_USAGE;
}

static int exit_code(const run_result_t *results, uint32_t count, runner_status_t status) {
  if (status != RUNNER_OK) return CLI_FAILED;
  for (uint32_t i = 0; i < count; i++) {
    if (results[i].verdict != VERDICT_PASS && results[i].verdict != VERDICT_SKIPPED)
      return CLI_FAILED;
  }
  return CLI_OK;
}

static void print_end(const run_t *run, const report_t *report) {
  if (run->is_quiet) return;
  report_table(report, stdout, isatty(STDOUT_FILENO));
  printf("%s/report.html\n", run->out);
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

/* All points are known to be right; only now something is written. */
static int run_all(run_t *run, run_result_t *results, const char **replay_file,
                   const scenario_t **scenarios) {
  uint32_t count = run->collect.point_count;
  int is_moved = 0, status = outdir_prepare("run", run->out, &is_moved);
  if (status) return status;
  if (is_moved && !run->is_quiet) printf("the result before is in %s.previous\n", run->out);
  int has_terminal = !run->is_quiet && isatty(STDERR_FILENO);
  runner_config_t config = {.point_count = count,
                            .worker_count = run->worker_count,
                            .user = run,
                            .run = point_run,
                            .describe = describe,
                            .cost_s = cost_s,
                            .progress_fd = has_terminal ? STDERR_FILENO : -1};
  report_t report = {.dir = run->out,
                     .suite_title = run->collect.title,
                     .replay_file = replay_file,
                     .replay_options = run->replay_options,
                     .command = run->command,
                     .scenario = scenarios,
                     .result = results,
                     .result_count = count};
  for (uint32_t i = 0; i < count; i++) {
    describe(run, i, &results[i]);
    results[i].verdict = VERDICT_SKIPPED;
    const collect_scenario_t *scenario =
        &run->collect.scenario[run->collect.point[i].scenario_index];
    replay_file[i] = scenario->suite ? scenario->suite->file : scenario->scenario->file;
    scenarios[i] = scenario->scenario;
  }
  command_write(run);
  if (report_json(&report)) return cli_usage("run", "%s", report_error());
  runner_summary_t summary;
  runner_status_t runner_status = runner_run(&config, results, &summary);
  if (runner_status == RUNNER_OK && !run->is_unrecorded) record_failures(run, results);
  report.wall_s = summary.wall_s;
  report.worker_count = runner_workers(&config);
  if (runner_status == RUNNER_ERR_SYSTEM)
    fprintf(stderr, "packsim run: no worker process could be started\n");
  if (runner_status == RUNNER_INTERRUPTED)
    fprintf(stderr, "packsim run: interrupted, the rest was not run\n");
  status = reports_write(&report);
  print_end(run, &report);
  return status ? status : exit_code(results, count, runner_status);
}

int verb_run(int argc, char **argv) {
  static run_t run;
  int status = options_read(&run, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  signals_init();
  status = collect_scenarios(&run.collect, &run.request);
  if (status == CLI_OK) status = collect_points(&run.collect, &run.request);
  if (status == CLI_OK) {
    run_result_t *results = calloc(run.collect.point_count, sizeof *results);
    const char **replay_file = calloc(run.collect.point_count, sizeof *replay_file);
    const scenario_t **scenarios = calloc(run.collect.point_count, sizeof *scenarios);
    status = results && replay_file && scenarios ? run_all(&run, results, replay_file, scenarios)
                                                 : cli_usage("run", "out of memory");
    free(scenarios);
    free(results);
    free(replay_file);
  }
  collect_free(&run.collect);
  return status;
}
