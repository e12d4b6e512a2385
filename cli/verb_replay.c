/// packsim replay: runs of a result are made again from what results.json alone says, and compared.
#define _DEFAULT_SOURCE /* P_tmpdir */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scenarios/compare.h"
#include "../scenarios/names.h"
#include "../scenarios/result_compare.h"
#include "../scenarios/results_read.h"
#include "../scenarios/run.h"
#include "../scenarios/runner.h"
#include "../scenarios/version.h"
#include "cli.h"
#include "outdir.h"
#include "replay_log.h"

static const char help[] =
    "usage: packsim replay DIR|RUN [OPTIONS]\n"
    "       packsim replay --log FILE --bus URL [--speed X] [--loop N] [--up] [--bitrate N]\n"
    "Makes the runs of an out folder again, or one run of it (out/OV-001), from the scenario and "
    "the seed\n"
    "that results.json holds, and compares hashes, verdicts, margins and figures bit for bit. "
    "Where a run\n"
    "diverges, it is recorded again, and the first time, the signals and both values are printed.\n"
    "\n"
    "  --filter PATTERN  only runs or scenarios that match, with *; may be given again\n"
    "  --jobs N          worker processes (default: one for each processor)\n"
    "  --out DIR         keep the recordings of diverging runs there\n"
    "  --json            for scripts\n"
    "  --quiet           only what diverges\n"
    "\n"
    "With --log the frames of a log (candump lines or pcap) are sent onto a bus, when the log "
    "says.\n"
    "Where listeners are known (socketcand, slcan) it begins with the first one.\n"
    "\n"
    "  --log FILE        the log, as bus.log of a run\n"
    "  --bus URL         udp: socketcand:PORT slcan:[LINK] can0 (packsim can --help)\n"
    "  --speed X         2: twice as fast, 0.001..1000 (default 1)\n"
    "  --loop N          so many times (default 1)\n"
    "  --up, --bitrate N set up the kernel's interface first (needs root)\n"
    "\n"
    "exit codes: 0 all the same, or all sent, 1 a run diverges, frames were dropped, or "
    "interrupted,\n"
    "            2 bad usage or file, 3 measured data, or the bus, are not on this machine\n"
    "\n"
    "examples:\n"
    "  packsim replay out\n"
    "  packsim replay out/OV-001\n"
    "  packsim replay out --filter 'OW-*' --out again\n"
    "  packsim replay --log out/OV-001/bus.log --bus udp:\n";

enum {
  OPT_FILTER,
  OPT_JOBS,
  OPT_OUT,
  OPT_JSON,
  OPT_QUIET,
  OPT_LOG,
  OPT_BUS,
  OPT_SPEED,
  OPT_LOOP,
  OPT_UP,
  OPT_BITRATE
};
enum { FILTER_MAX = 16, PATH_BYTES = 700, ERROR_BYTES = 1000 };

static const cli_option_t options[] = {
    {"--filter", "PATTERN"}, {"--jobs", "N"},   {"--out", "DIR"},   {"--json", NULL},
    {"--quiet", NULL},       {"--log", "FILE"}, {"--bus", "URL"},   {"--speed", "X"},
    {"--loop", "N"},         {"--up", NULL},    {"--bitrate", "N"}, {NULL, NULL}};

typedef struct {
  const char *path, *out;
  const char *filter[FILTER_MAX];
  uint32_t filter_count, worker_count;
  uint8_t is_json, is_quiet, is_recording;
  uint8_t is_about_runs, is_about_logs; /* options that belong to one of the two alone */
  replay_log_job_t log;
  results_t then;
  uint32_t *chosen; /* runs to be made again */
  uint32_t chosen_count, left_out_count;
  run_result_t *now; /* for each chosen one */
  char scratch[PATH_BYTES]; /* where diverging runs are recorded; "" until one is */
  uint32_t printed_count, same_count, different_count, absent_count;
} replay_t;

static int speed_set(replay_t *replay, const char *text) {
  char *end;
  replay->log.rate_x = strtod(text, &end);
  if (end != text && *end == '\0' && replay->log.rate_x >= 0.001 && replay->log.rate_x <= 1000)
    return CLI_OK;
  return cli_usage("replay", "--speed: found %.40s, allowed a number 0.001..1000", text);
}

static int log_option_take(replay_log_job_t *log, int option, const char *value) {
  switch (option) {
  case OPT_LOG:
    log->file = value;
    return CLI_OK;
  case OPT_BUS:
    log->url = value;
    return CLI_OK;
  case OPT_LOOP:
    return cli_u64("replay", "--loop", value, 1, REPLAY_LOG_LOOPS_MAX, &log->loop_count) ? CLI_USAGE
                                                                                         : CLI_OK;
  case OPT_BITRATE:
    return cli_u64("replay", "--bitrate", value, 1000, 1000000, &log->bitrate_bps) ? CLI_USAGE
                                                                                   : CLI_OK;
  default:
    log->brings_up = 1;
    return CLI_OK;
  }
}

static int option_take(replay_t *replay, int option, const char *value) {
  uint64_t number = 0;
  if (option >= OPT_LOG) replay->is_about_logs = 1;
  if (option == OPT_FILTER || option == OPT_JOBS || option == OPT_OUT || option == CLI_ARGUMENT)
    replay->is_about_runs = 1;
  if (option == OPT_SPEED) return speed_set(replay, value);
  if (option >= OPT_LOG) return log_option_take(&replay->log, option, value);
  switch (option) {
  case OPT_FILTER:
    if (replay->filter_count == FILTER_MAX)
      return cli_usage("replay", "--filter: more than %d, allowed at most that", FILTER_MAX);
    replay->filter[replay->filter_count++] = value;
    return CLI_OK;
  case OPT_JOBS:
    if (cli_u64("replay", "--jobs", value, 1, 256, &number)) return CLI_USAGE;
    replay->worker_count = (uint32_t)number;
    return CLI_OK;
  case OPT_OUT:
    replay->out = value;
    return CLI_OK;
  case OPT_JSON:
    replay->is_json = 1;
    return CLI_OK;
  case OPT_QUIET:
    replay->is_quiet = 1;
    return CLI_OK;
  default:
    if (replay->path) return cli_usage("replay", "found a second folder %s, allowed one", value);
    replay->path = value;
    return CLI_OK;
  }
}

static int options_read(replay_t *replay, int argc, char **argv) {
  cli_args_t args = cli_args("replay", help, options, argc, argv);
  const char *value;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    int status = option_take(replay, option, value);
    if (status) return status;
  }
  if (replay->is_about_logs && replay->is_about_runs)
    return cli_usage("replay",
                     "found options of both kinds, allowed DIR|RUN or --log FILE --bus URL");
  if (replay->is_about_logs && replay->log.file && replay->log.url) return CLI_OK;
  if (replay->is_about_logs)
    return cli_usage("replay", "found no %s, allowed --log FILE --bus URL",
                     replay->log.file ? "bus" : "log");
  if (replay->path) return CLI_OK;
  return cli_usage("replay", "found no folder, allowed DIR or DIR/RUN of packsim run");
}

/* ---- which runs ---- */

/* DIR as it is; of DIR/RUN the folder, and the run's name as a filter. */
static int results_open(replay_t *replay) {
  char dir[PATH_BYTES], file[PATH_BYTES + 16], error[ERROR_BYTES];
  struct stat info;
  size_t length = strlen(replay->path);
  while (length > 1 && replay->path[length - 1] == '/') length--;
  if (length + 64 > sizeof dir) return cli_usage("replay", "%.40s...: path too long", replay->path);
  snprintf(dir, sizeof dir, "%.*s", (int)length, replay->path);
  snprintf(file, sizeof file, "%s/results.json", dir);
  const char *run_name = NULL;
  if (stat(file, &info)) {
    char *slash = strrchr(dir, '/');
    run_name = replay->path + (slash ? slash + 1 - dir : 0);
    if (slash) {
      *slash = 0;
    } else {
      snprintf(dir, sizeof dir, ".");
    }
    snprintf(file, sizeof file, "%s/results.json", dir);
    if (stat(file, &info)) {
      return cli_usage("replay",
                       "%s: has no results.json, nor has the folder above, allowed DIR "
                       "or DIR/RUN of packsim run",
                       replay->path);
    }
  }
  if (results_read(dir, &replay->then, error, sizeof error))
    return cli_usage("replay", "%s", error);
  if (!run_name) return CLI_OK;
  char name[sizeof replay->then.run->run_name];
  snprintf(name, sizeof name, "%.*s", (int)(replay->path + length - run_name), run_name);
  int32_t index = results_find(&replay->then, name);
  if (index < 0) return cli_usage("replay", "%s: %s has no run %s", replay->path, dir, name);
  replay->filter_count = 1;
  replay->filter[0] = replay->then.run[index].run_name;
  return CLI_OK;
}

static int is_wanted(const replay_t *replay, const run_result_t *run) {
  for (uint32_t i = 0; i < replay->filter_count; i++) {
    if (names_match(replay->filter[i], run->run_name)) return 1;
    if (names_match(replay->filter[i], run->scenario_id)) return 1;
  }
  return replay->filter_count == 0;
}

static int choose(replay_t *replay) {
  replay->chosen = calloc(replay->then.run_count + (size_t)1, sizeof *replay->chosen);
  replay->now = calloc(replay->then.run_count + (size_t)1, sizeof *replay->now);
  if (!replay->chosen || !replay->now) return cli_usage("replay", "out of memory");
  for (uint32_t i = 0; i < replay->then.run_count; i++) {
    const run_result_t *run = &replay->then.run[i];
    if (!is_wanted(replay, run)) continue;
    if (run->verdict == VERDICT_SKIPPED || !replay->then.resolved[i]) {
      replay->left_out_count++; /* it was not made then */
    } else {
      replay->chosen[replay->chosen_count++] = i;
    }
  }
  if (replay->chosen_count + replay->left_out_count > 0) return CLI_OK;
  return cli_usage("replay", "%s: no run matches%s%s", replay->then.dir,
                   replay->filter_count > 0 ? " --filter " : "",
                   replay->filter_count > 0 ? replay->filter[0] : "");
}

/* ---- make them again ---- */

static void describe(void *user, uint32_t index, run_result_t *result) {
  const replay_t *replay = user;
  const run_result_t *then = &replay->then.run[replay->chosen[index]];
  snprintf(result->scenario_id, sizeof result->scenario_id, "%s", then->scenario_id);
  snprintf(result->run_name, sizeof result->run_name, "%s", then->run_name);
}

static double cost_s(void *user, uint32_t index) {
  const replay_t *replay = user;
  return replay->then.run[replay->chosen[index]].sim_s;
}

/* In the worker. The sweep and the name are no part of the text: they come from the result. */
static void point_run(void *user, uint32_t index, runner_progress_fn progress, void *progress_user,
                      run_result_t *result) {
  const replay_t *replay = user;
  uint32_t at = replay->chosen[index];
  const run_result_t *then = &replay->then.run[at];
  char dir[PATH_BYTES + 140];
  scenario_error_t error;
  scenario_t *point = NULL;
  run_options_t run_options = {.progress = progress, .progress_user = progress_user};
  describe(user, index, result);
  if (scenario_from_text(then->file, replay->then.resolved[at], &point, &error)) {
    result->verdict = VERDICT_ERROR;
    snprintf(result->error, sizeof result->error, "%.239s", error.text);
    return;
  }
  snprintf(point->run_name, sizeof point->run_name, "%s", then->run_name);
  point->sweep_count = then->sweep_count;
  memcpy(point->sweep, then->sweep, sizeof point->sweep);
  point->record_level = point->record_is_set ? point->record_level
                        : then->sweep_count  ? RECORD_BRIEF
                                             : RECORD_DEFAULT;
  run_options.record_level = point->record_level;
  snprintf(dir, sizeof dir, "%s/%s", replay->scratch, then->run_name);
  if (replay->is_recording && outdir_make(dir) == 0) run_options.out_dir = dir;
  run_scenario(point, &run_options, result);
  scenario_free(point);
}

static runner_status_t runs_make(replay_t *replay, run_result_t *results, uint32_t count,
                                 runner_summary_t *summary) {
  int is_terminal = isatty(STDERR_FILENO) != 0;
  runner_config_t config = {.point_count = count,
                            .worker_count = replay->worker_count,
                            .user = replay,
                            .run = point_run,
                            .describe = describe,
                            .cost_s = cost_s,
                            .progress_is_terminal = is_terminal != 0,
                            .progress_fd = replay->is_quiet || !is_terminal ? -1 : STDERR_FILENO};
  return runner_run(&config, results, summary);
}

/* ---- what diverges ---- */

static int scratch_open(replay_t *replay) {
  if (replay->scratch[0]) return 0;
  if (replay->out) {
    snprintf(replay->scratch, sizeof replay->scratch, "%.600s", replay->out);
    return outdir_make(replay->scratch);
  }
  const char *home = getenv("TMPDIR");
  snprintf(replay->scratch, sizeof replay->scratch, "%.600s/packsim_replay_XXXXXX",
           home && home[0] ? home : P_tmpdir);
  if (mkdtemp(replay->scratch)) return 0;
  replay->scratch[0] = 0;
  return -1;
}

/* Record the run of this index again and compare: 1 they differ, 0 not, -1 with the reason. */
static int record_again(replay_t *replay, uint32_t index, comparison_t *comparison,
                        char error[ERROR_BYTES]) {
  char path[2][PATH_BYTES + 140];
  recording_t then, now;
  run_result_t again;
  runner_summary_t summary;
  uint32_t at = replay->chosen[index], first = replay->chosen[0];
  const char *run_name = replay->then.run[at].run_name;
  snprintf(path[0], sizeof path[0], "%s/%s", replay->then.dir, run_name);
  if (recorder_read_open(&then, path[0], error, ERROR_BYTES)) return -1;
  if (scratch_open(replay)) {
    snprintf(error, ERROR_BYTES, "%s: cannot be made: %s",
             replay->out ? replay->out : "a temporary folder", strerror(errno));
    recorder_read_close(&then);
    return -1;
  }
  snprintf(path[1], sizeof path[1], "%s/%s", replay->scratch, run_name);
  replay->chosen[0] = at; /* a pool of one run */
  replay->is_recording = 1;
  (void)runs_make(replay, &again, 1, &summary);
  replay->chosen[0] = first;
  int status = recorder_read_open(&now, path[1], error, ERROR_BYTES);
  if (status == 0) {
    status = compare_recordings(&then, &now, 0, comparison);
    if (status < 0) snprintf(error, ERROR_BYTES, "out of memory");
    recorder_read_close(&now);
  }
  recorder_read_close(&then);
  if (!replay->out) (void)outdir_remove(path[1]);
  return status;
}

static void diverging_json(replay_t *replay, const char *run_name, const char *difference,
                           int status, const comparison_t *comparison, const char *error) {
  fputs(replay->printed_count++ > 0 ? ",\n  {\"run\": " : "\n  {\"run\": ", stdout);
  compare_json_text(run_name, stdout);
  fputs(", \"difference\": ", stdout);
  compare_json_text(difference, stdout);
  if (status >= 0) {
    fputs(", ", stdout);
    compare_json(comparison, stdout);
  } else {
    fputs(", \"recording\": ", stdout);
    compare_json_text(error, stdout);
  }
  fputs("}", stdout);
}

static void diverging_print(replay_t *replay, uint32_t index, const char *difference) {
  char error[ERROR_BYTES] = "";
  comparison_t comparison;
  const run_result_t *then = &replay->then.run[replay->chosen[index]];
  const run_result_t *now = &replay->now[index];
  int has_trace = then->trace_hash != now->trace_hash && now->tick_count > 0;
  int status = has_trace ? record_again(replay, index, &comparison, error) : -1;
  replay->different_count++;
  if (replay->is_json) {
    diverging_json(replay, then->run_name, difference, status, &comparison, error);
    return;
  }
  printf("%s: diverges: %s\n", then->run_name, difference);
  if (now->error[0] && then->verdict != now->verdict) printf("  now: %s\n", now->error);
  if (then->scenario_hash != now->scenario_hash)
    puts("  the scenario in results.json is not the one that ran: its hash is another one");
  if (status > 0) compare_text(&comparison, "then", "now", stdout);
  if (status == 0) {
    puts("  no recorded signal and no whole second differs: it parts after the last one, or the "
         "hash in results.json was changed");
  }
  if (status < 0 && has_trace) printf("  where is not known: %s\n", error);
}

static void compare_all(replay_t *replay) {
  char difference[ERROR_BYTES];
  for (uint32_t i = 0; i < replay->chosen_count; i++) {
    const run_result_t *then = &replay->then.run[replay->chosen[i]];
    const run_result_t *now = &replay->now[i];
    if (now->verdict == VERDICT_SKIPPED) {
      replay->absent_count++;
      if (!replay->is_json) printf("%s: cannot be made here: %s\n", now->run_name, now->error);
    } else if (result_compare(then, now, difference, sizeof difference)) {
      diverging_print(replay, i, difference);
    } else {
      replay->same_count++;
    }
  }
  if (!replay->out && replay->scratch[0]) (void)rmdir(replay->scratch);
}

static void head_print(const replay_t *replay) {
  if (replay->is_json) {
    fputs("{\"version_then\": ", stdout);
    compare_json_text(replay->then.version, stdout);
    printf(", \"version_now\": \"%s\", \"diverging\": [", PACKSIM_VERSION);
  } else if (strcmp(replay->then.version, PACKSIM_VERSION) != 0) {
    printf("made by packsim %s, this is %s: a difference may come from that\n",
           replay->then.version, PACKSIM_VERSION);
  }
}

static void end_print(const replay_t *replay) {
  if (replay->is_json) {
    printf("%s],\n \"same\": %u, \"different\": %u, \"not_made_then\": %u, \"not_made_now\": %u}\n",
           replay->printed_count > 0 ? "\n " : "", replay->same_count, replay->different_count,
           replay->left_out_count, replay->absent_count);
    return;
  }
  int is_same_version = strcmp(replay->then.version, PACKSIM_VERSION) == 0;
  if (replay->different_count > 0 && is_same_version) {
    puts("both are packsim " PACKSIM_VERSION
         ": another build, other cell or drive files, or a changed results.json");
  }
  if (replay->is_quiet && replay->different_count == 0) return;
  printf("%u runs made again: %u the same bit for bit, %u diverge", replay->chosen_count,
         replay->same_count, replay->different_count);
  if (replay->absent_count > 0) printf(", %u not made", replay->absent_count);
  if (replay->left_out_count > 0) printf("; %u were not made then", replay->left_out_count);
  puts("");
}

static int replay_all(replay_t *replay) {
  runner_summary_t summary;
  runner_status_t status = runs_make(replay, replay->now, replay->chosen_count, &summary);
  if (status == RUNNER_ERR_SYSTEM) return cli_usage("replay", "no worker process could be started");
  if (status == RUNNER_INTERRUPTED) {
    fprintf(stderr, "packsim replay: interrupted: %u of %u runs were made\n", summary.done_count,
            replay->chosen_count);
    return CLI_FAILED;
  }
  head_print(replay);
  compare_all(replay);
  end_print(replay);
  if (replay->different_count > 0) return CLI_FAILED;
  return replay->absent_count > 0 ? CLI_MISSING : CLI_OK;
}

int verb_replay(int argc, char **argv) {
  static replay_t replay = {.log = {.rate_x = 1, .loop_count = 1}};
  int status = options_read(&replay, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  replay.log.is_quiet = replay.is_quiet;
  replay.log.is_json = replay.is_json;
  if (replay.is_about_logs) return cli_finish("replay", replay_log(&replay.log));
  signals_init();
  status = results_open(&replay);
  if (status == CLI_OK) status = choose(&replay);
  if (status == CLI_OK) status = cli_finish("replay", replay_all(&replay));
  results_free(&replay.then);
  free(replay.chosen);
  free(replay.now);
  return status;
}
