/// packsim diff: where two runs, or two results with all their runs, differ first.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../scenarios/compare.h"
#include "../scenarios/results_read.h"
#include "cli.h"

static const char help[] =
    "usage: packsim diff A B [OPTIONS]\n"
    "Says where two runs differ first: the time, the tick, the signals with both values, and where "
    "their\n"
    "time lines in words part. A and B are folders of runs (or their signals.h5), or two out "
    "folders with\n"
    "results.json; of those the runs of one name are compared, and verdicts and hashes as well.\n"
    "\n"
    "  --tolerance T  differences up to T in each signal's unit are none; time lines and hashes "
    "are\n"
    "                 then left out (default 0)\n"
    "  --json         for scripts\n"
    "\n"
    "exit codes: 0 no difference, 1 a difference, 2 bad usage or file\n"
    "\n"
    "examples:\n"
    "  packsim diff out out.previous\n"
    "  packsim diff out/OV-001 other/OV-001 --tolerance 0.001\n"
    "  packsim diff out/OV-001 out.previous/OV-001 --json\n";

enum { OPT_TOLERANCE, OPT_JSON };
enum { PATH_BYTES = 640, ERROR_BYTES = 800 };

static const cli_option_t options[] = {{"--tolerance", "T"}, {"--json", NULL}, {NULL, NULL}};

typedef struct {
  const char *path[2];
  uint32_t path_count;
  double tolerance;
  uint8_t is_json;
  uint32_t run_count, differing_count, only_count[2];
  uint32_t printed_count; /* objects in the array of --json */
} diff_t;

static int tolerance_set(diff_t *diff, const char *text) {
  char *end = NULL;
  diff->tolerance = strtod(text, &end);
  if (end != text && *end == 0 && isfinite(diff->tolerance) && diff->tolerance >= 0) return CLI_OK;
  return cli_usage("diff", "--tolerance: %s, allowed a number from 0", text[0] ? text : "(empty)");
}

static int options_read(diff_t *diff, int argc, char **argv) {
  cli_args_t args = cli_args("diff", help, options, argc, argv);
  const char *value;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == OPT_TOLERANCE && tolerance_set(diff, value)) return CLI_USAGE;
    if (option == OPT_JSON) diff->is_json = 1;
    if (option != CLI_ARGUMENT) continue;
    if (diff->path_count == 2) {
      return cli_usage("diff", "found a third argument %s, allowed A B", value);
    }
    diff->path[diff->path_count++] = value;
  }
  if (diff->path_count == 2) return CLI_OK;
  return cli_usage("diff", "found %u arguments, allowed A B: two runs or two out folders",
                   diff->path_count);
}

/* ---- two recordings ---- */

/* 1 iff they differ, 0 iff not, -1 with the reason. */
static int recordings_compare(const diff_t *diff, const char *a_path, const char *b_path,
                              comparison_t *comparison, char error[ERROR_BYTES]) {
  recording_t a, b;
  if (recorder_read_open(&a, a_path, error, ERROR_BYTES)) return -1;
  if (recorder_read_open(&b, b_path, error, ERROR_BYTES)) {
    recorder_read_close(&a);
    return -1;
  }
  int status = compare_recordings(&a, &b, diff->tolerance, comparison);
  if (status < 0) snprintf(error, ERROR_BYTES, "out of memory");
  recorder_read_close(&a);
  recorder_read_close(&b);
  return status;
}

static int runs_diff(const diff_t *diff) {
  char error[ERROR_BYTES];
  comparison_t comparison;
  int status = recordings_compare(diff, diff->path[0], diff->path[1], &comparison, error);
  if (status < 0) return cli_usage("diff", "%s", error);
  if (diff->is_json) {
    printf("{\"equal\": %s, ", status ? "false" : "true");
    compare_json(&comparison, stdout);
    puts("}");
  } else {
    printf("%s %s: %s, %u signals compared\n", diff->path[0], diff->path[1],
           status ? "differ" : "no difference", comparison.compared_count);
    compare_text(&comparison, diff->path[0], diff->path[1], stdout);
  }
  return status ? CLI_FAILED : CLI_OK;
}

/* ---- two results ---- */

static int is_recorded(const char *dir, const char *run_name, char path[PATH_BYTES]) {
  char file[PATH_BYTES + 16];
  struct stat info;
  snprintf(path, PATH_BYTES, "%.500s/%.120s", dir, run_name);
  snprintf(file, sizeof file, "%s/signals.h5", path);
  return stat(file, &info) == 0;
}

static void verdict_print(const diff_t *diff, const run_result_t *a, const run_result_t *b) {
  const char *left = verdict_text((verdict_t)a->verdict);
  const char *right = verdict_text((verdict_t)b->verdict);
  if (diff->is_json) {
    printf("\"verdict_a\": \"%s\", \"verdict_b\": \"%s\", \"scenario_is_same\": %s", left, right,
           a->scenario_hash == b->scenario_hash ? "true" : "false");
    return;
  }
  if (a->scenario_hash != b->scenario_hash) puts("  the scenarios are not the same");
  if (a->verdict != b->verdict) {
    printf("  verdict: %s in %s, %s in %s\n", left, diff->path[0], right, diff->path[1]);
  }
}

static void run_open(diff_t *diff, const char *run_name) {
  if (!diff->is_json) {
    printf("%s: differs\n", run_name);
    return;
  }
  fputs(diff->printed_count++ > 0 ? ",\n  {\"run\": " : "\n  {\"run\": ", stdout);
  compare_json_text(run_name, stdout);
  fputs(", ", stdout);
}

/* A run that both have. Equal trace hashes mean equal runs: then nothing is read. */
static void run_diff(diff_t *diff, const results_t *results, const run_result_t *a,
                     const run_result_t *b) {
  char path[2][PATH_BYTES], error[ERROR_BYTES] = "";
  comparison_t comparison;
  int has_trace = a->trace_hash != b->trace_hash, is_read = 0, status = has_trace;
  diff->run_count++;
  if (has_trace) {
    int is_there = is_recorded(results[0].dir, a->run_name, path[0]) &
                   is_recorded(results[1].dir, b->run_name, path[1]);
    int found = is_there ? recordings_compare(diff, path[0], path[1], &comparison, error) : -1;
    is_read = found >= 0;
    if (diff->tolerance > 0 && is_read) status = found;
  }
  if (!status && a->verdict == b->verdict && a->scenario_hash == b->scenario_hash) return;
  diff->differing_count++;
  run_open(diff, a->run_name);
  verdict_print(diff, a, b);
  if (is_read && diff->is_json) fputs(", ", stdout);
  if (is_read && diff->is_json) compare_json(&comparison, stdout);
  if (is_read && !diff->is_json) compare_text(&comparison, diff->path[0], diff->path[1], stdout);
  if (!diff->is_json && has_trace && !is_read)
    printf("  trace hashes differ; %s\n", error[0] ? error : "not recorded in both");
  if (diff->is_json) fputs("}", stdout);
}

static void only_print(diff_t *diff, const results_t *in, const results_t *other, int side) {
  for (uint32_t i = 0; i < in->run_count; i++) {
    if (results_find(other, in->run[i].run_name) >= 0) continue;
    diff->only_count[side]++;
    if (!diff->is_json) {
      printf("%s: only in %s\n", in->run[i].run_name, diff->path[side]);
      continue;
    }
    fputs(diff->printed_count++ > 0 ? ",\n  {\"run\": " : "\n  {\"run\": ", stdout);
    compare_json_text(in->run[i].run_name, stdout);
    printf(", \"only_in\": \"%s\"}", side == 0 ? "a" : "b");
  }
}

static int results_diff(diff_t *diff, const results_t results[2]) {
  if (diff->is_json) fputs("{\"runs\": [", stdout);
  if (!diff->is_json && strcmp(results[0].version, results[1].version) != 0) {
    printf("made by packsim %s and %s: a difference may come from that\n", results[0].version,
           results[1].version);
  }
  for (uint32_t i = 0; i < results[0].run_count; i++) {
    int32_t other = results_find(&results[1], results[0].run[i].run_name);
    if (other >= 0) run_diff(diff, results, &results[0].run[i], &results[1].run[other]);
  }
  only_print(diff, &results[0], &results[1], 0);
  only_print(diff, &results[1], &results[0], 1);
  int is_equal = diff->differing_count + diff->only_count[0] + diff->only_count[1] == 0;
  if (diff->is_json) {
    printf("%s],\n \"equal\": %s, \"version_a\": \"%s\", \"version_b\": \"%s\", \"compared\": %u, "
           "\"differing\": %u, \"only_a\": %u, \"only_b\": %u}\n",
           diff->printed_count > 0 ? "\n " : "", is_equal ? "true" : "false", results[0].version,
           results[1].version, diff->run_count, diff->differing_count, diff->only_count[0],
           diff->only_count[1]);
  } else {
    printf("%u runs compared, %u differ, %u only in %s, %u only in %s\n", diff->run_count,
           diff->differing_count, diff->only_count[0], diff->path[0], diff->only_count[1],
           diff->path[1]);
  }
  return is_equal ? CLI_OK : CLI_FAILED;
}

static int has_results(const char *path) {
  char file[PATH_BYTES];
  struct stat info;
  snprintf(file, sizeof file, "%.600s/results.json", path);
  return stat(file, &info) == 0;
}

static int folders_diff(diff_t *diff) {
  results_t results[2] = {{.run_count = 0}, {.run_count = 0}};
  char error[ERROR_BYTES];
  int status = CLI_OK;
  for (int i = 0; i < 2 && status == CLI_OK; i++) {
    if (results_read(diff->path[i], &results[i], error, sizeof error))
      status = cli_usage("diff", "%s", error);
  }
  if (status == CLI_OK) status = results_diff(diff, results);
  results_free(&results[0]);
  results_free(&results[1]);
  return status;
}

int verb_diff(int argc, char **argv) {
  static diff_t diff;
  int status = options_read(&diff, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  int is_result = has_results(diff.path[0]);
  if (is_result != has_results(diff.path[1])) {
    return cli_usage("diff", "%s is an out folder and %s is none, allowed two of a kind",
                     diff.path[is_result ? 0 : 1], diff.path[is_result ? 1 : 0]);
  }
  status = is_result ? folders_diff(&diff) : runs_diff(&diff);
  return cli_finish("diff", status);
}
