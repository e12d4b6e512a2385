/// packsim merge: the results of all shards of a run become the result of the whole run.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scenarios/results_read.h"
#include "cli.h"
#include "outdir.h"
#include "reports.h"

static const char help[] =
    "usage: packsim merge OUT DIR ... [OPTIONS]\n"
    "Joins the results of packsim run --shard 1/N .. N/N into the folder OUT: results.json, "
    "junit.xml,\n"
    "report.html and the recordings are, byte by byte, those of a run without --shard; "
    "timing.json\n"
    "has the longest shard's wall time. The order of the folders does not matter.\n"
    "\n"
    "  --keep N   older results that are kept beside OUT, 0..99 (default 2)\n"
    "  --quiet    no table\n"
    "\n"
    "exit codes: 0 all passed, 1 a run failed, was inconclusive or was not made, 2 bad usage, a "
    "bad file,\n"
    "            or the folders are not all shards of one run\n"
    "\n"
    "examples:\n"
    "  packsim merge out shard_1 shard_2 shard_3\n"
    "  packsim merge --quiet out shard_*\n";

enum { PATH_BYTES = 700, SHARD_MAX = 1000 };
enum { OPT_KEEP, OPT_QUIET };

static const cli_option_t options[] = {{"--keep", "N"}, {"--quiet", NULL}, {NULL, NULL}};

typedef struct {
  const char *out;
  uint32_t keep_count;
  uint8_t is_quiet;
  uint32_t dir_count;
  const char *dir[SHARD_MAX];
  results_t *shard; /* in the order of the command line */
  uint32_t shard_count; /* of them read */
  const results_t *part[SHARD_MAX]; /* by shard index - 1 */
  run_result_t *run;
  const char **replay, **resolved;
} merge_t;

static int options_read(merge_t *merge, int argc, char **argv) {
  cli_args_t args = cli_args("merge", help, options, argc, argv);
  const char *value;
  uint64_t number = OUTDIR_KEEP_DEFAULT;
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    if (option == OPT_KEEP && cli_u64("merge", "--keep", value, 0, OUTDIR_KEEP_MAX, &number))
      return CLI_USAGE;
    if (option == OPT_QUIET) merge->is_quiet = 1;
    if (option != CLI_ARGUMENT) continue;
    if (!merge->out) {
      merge->out = value;
    } else if (merge->dir_count == SHARD_MAX) {
      return cli_usage("merge", "more than %d folders, allowed at most that", SHARD_MAX);
    } else {
      merge->dir[merge->dir_count++] = value;
    }
  }
  merge->keep_count = (uint32_t)number;
  if (merge->dir_count > 0) return CLI_OK;
  return cli_usage("merge", "found no folder to merge, allowed OUT DIR ...: merge out shard_1 "
                            "shard_2");
}

/* ---- do they belong together? ---- */

static int is_same_folder(const char *a, const char *b) {
  struct stat left, right;
  return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
         left.st_ino == right.st_ino;
}

static uint32_t runs_of(const report_shard_t *shard) {
  return (shard->run_total + shard->count - shard->index) / shard->count;
}

static int shard_check(merge_t *merge, const results_t *results) {
  const results_t *first = &merge->shard[0];
  const report_shard_t *shard = &results->shard;
  if (shard->count == 0 || shard->count > SHARD_MAX || shard->index < 1 ||
      shard->index > shard->count) {
    return cli_usage("merge", "%s: is no shard, allowed the result of packsim run --shard K/N",
                     results->dir);
  }
  if (strcmp(results->version, first->version) != 0) {
    return cli_usage("merge", "%s: was made by packsim %s, allowed %s as in %s", results->dir,
                     results->version, first->version, first->dir);
  }
  if (shard->count != first->shard.count || shard->run_total != first->shard.run_total ||
      shard->list_hash != first->shard.list_hash ||
      strcmp(results->suite_title, first->suite_title) != 0) {
    return cli_usage("merge",
                     "%s: shard %u/%u of another run than %s, allowed the same scenarios, options "
                     "and number of shards",
                     results->dir, shard->index, shard->count, first->dir);
  }
  if (merge->part[shard->index - 1]) {
    return cli_usage("merge", "%s: is shard %u/%u like %s, allowed each once", results->dir,
                     shard->index, shard->count, merge->part[shard->index - 1]->dir);
  }
  if (results->run_count != runs_of(shard)) {
    return cli_usage("merge", "%s: has %u runs, allowed %u for shard %u/%u of %u", results->dir,
                     results->run_count, runs_of(shard), shard->index, shard->count,
                     shard->run_total);
  }
  merge->part[shard->index - 1] = results;
  return CLI_OK;
}

static int shards_read(merge_t *merge) {
  char error[600];
  merge->shard = calloc(merge->dir_count, sizeof *merge->shard);
  if (!merge->shard) return cli_usage("merge", "out of memory");
  for (uint32_t i = 0; i < merge->dir_count; i++) {
    if (is_same_folder(merge->dir[i], merge->out)) {
      return cli_usage("merge", "%s: is the out folder itself, allowed another one", merge->dir[i]);
    }
    if (results_read(merge->dir[i], &merge->shard[i], error, sizeof error))
      return cli_usage("merge", "%s", error);
    merge->shard_count++;
    int status = shard_check(merge, &merge->shard[i]);
    if (status) return status;
  }
  uint32_t count = merge->shard[0].shard.count;
  for (uint32_t i = 0; i < count; i++) {
    if (merge->part[i]) continue;
    return cli_usage("merge", "shard %u/%u is missing, allowed all %u", i + 1, count, count);
  }
  return CLI_OK;
}

/* ---- join ---- */

static int recording_copy(const merge_t *merge, const char *dir, const char *run_name) {
  char from[PATH_BYTES], to[PATH_BYTES];
  struct stat info;
  snprintf(from, sizeof from, "%s/%s", dir, run_name);
  snprintf(to, sizeof to, "%s/%s", merge->out, run_name);
  if (stat(from, &info)) return CLI_OK; /* it was not recorded */
  if (outdir_make(to) == 0 && outdir_copy(from, to) == 0) return CLI_OK;
  return cli_usage("merge", "%s: cannot be copied to %s: %s", from, to, strerror(errno));
}

static int join(merge_t *merge, report_t *report) {
  const report_shard_t *shard = &merge->shard[0].shard;
  int status = CLI_OK;
  for (uint32_t i = 0; i < shard->run_total && status == CLI_OK; i++) {
    const results_t *part = merge->part[i % shard->count];
    uint32_t at = i / shard->count;
    merge->run[i] = part->run[at];
    merge->replay[i] = part->replay[at];
    merge->resolved[i] = part->resolved[at];
    status = recording_copy(merge, part->dir, part->run[at].run_name);
  }
  report->is_complete = 1;
  for (uint32_t i = 0; i < shard->count; i++) {
    const results_t *part = merge->part[i];
    if (!part->is_complete) report->is_complete = 0;
    if (part->wall_s > report->wall_s) report->wall_s = part->wall_s;
    report->worker_count += part->worker_count;
  }
  return status;
}

static int exit_code(const report_t *report) {
  for (uint32_t i = 0; i < report->result_count; i++) {
    uint8_t verdict = report->result[i].verdict;
    if (verdict != VERDICT_PASS && verdict != VERDICT_SKIPPED) return CLI_FAILED;
  }
  return report->is_complete ? CLI_OK : CLI_FAILED;
}

static int merge_all(merge_t *merge) {
  size_t count = merge->shard[0].shard.run_total + (size_t)1;
  merge->run = calloc(count, sizeof *merge->run);
  merge->replay = calloc(count, sizeof *merge->replay);
  merge->resolved = calloc(count, sizeof *merge->resolved);
  if (!merge->run || !merge->replay || !merge->resolved) return cli_usage("merge", "out of memory");
  report_t report = {.dir = merge->out,
                     .suite_title = merge->shard[0].suite_title,
                     .replay = merge->replay,
                     .resolved = merge->resolved,
                     .command = merge->shard[0].command[0] ? merge->shard[0].command : NULL,
                     .result = merge->run,
                     .result_count = merge->shard[0].shard.run_total};
  int status = outdir_prepare("merge", merge->out, merge->keep_count, merge->is_quiet);
  if (status == CLI_OK) status = join(merge, &report);
  if (status == CLI_OK) status = reports_write("merge", &report);
  if (status) return status;
  if (!merge->is_quiet) {
    report_table(&report, stdout, isatty(STDOUT_FILENO));
    printf("%s/report.html\n", merge->out);
  }
  return exit_code(&report);
}

int verb_merge(int argc, char **argv) {
  static merge_t merge;
  int status = options_read(&merge, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  status = shards_read(&merge);
  if (status == CLI_OK) status = merge_all(&merge);
  for (uint32_t i = 0; i < merge.shard_count; i++) results_free(&merge.shard[i]);
  free(merge.shard);
  free(merge.run);
  free(merge.replay);
  free(merge.resolved);
  return status;
}
