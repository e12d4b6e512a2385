/// packsim export: recorded signals of a run at a chosen rate.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/export.h"
#include "cli.h"

static const char help[] =
    "usage: packsim export RUN [--signals PATTERN ...] [OPTIONS]\n"
    "Writes recorded signals of a run, one line for each time. RUN is the folder of a run in an "
    "out\n"
    "folder, or its signals.h5. A value is the newest sample that is not later than the line's "
    "time:\n"
    "nothing is interpolated, and before its first sample a field is empty. Units stand in the "
    "header.\n"
    "\n"
    "  --signals PATTERN  names with *, also several behind one --signals; default: all recorded "
    "ones\n"
    "  --rate HZ          lines a second, 0.001..1000 (default 10)\n"
    "  --from S, --to S   part of the run in seconds (default: all of it)\n"
    "  --format csv|json  default csv\n"
    "  -o FILE            file instead of the terminal; only a complete one appears\n"
    "\n"
    "exit codes: 0 done, 2 bad usage or file, or no such signal\n"
    "\n"
    "examples:\n"
    "  packsim export out/OV-001 --signals phys.pack.V phys.pack.A bms.state -o ov.csv\n"
    "  packsim export out/OV-001 --signals 'phys.group.M3*.V' --rate 1000 --from 5 --to 5.5\n"
    "  packsim export out/OV-001 --signals 'bms.*' --rate 1 --format json\n";

enum { OPT_SIGNALS, OPT_RATE, OPT_FROM, OPT_TO, OPT_FORMAT, OPT_FILE };

static const cli_option_t options[] = {
    {"--signals", "PATTERN"}, {"--rate", "HZ"}, {"--from", "S"}, {"--to", "S"},
    {"--format", "csv|json"}, {"-o", "FILE"},   {NULL, NULL}};

enum { ERROR_BYTES = 1000, PATH_BYTES = 700 };

typedef struct {
  export_options_t options;
  const char *run, *file;
  uint8_t patterns_follow; /* --signals came: further arguments are patterns */
} job_t;

static int pattern_add(job_t *job, const char *text) {
  if (job->options.pattern_count == EXPORT_PATTERN_MAX) {
    return cli_usage("export", "--signals: more than %d patterns, allowed at most that",
                     EXPORT_PATTERN_MAX);
  }
  job->options.pattern[job->options.pattern_count++] = text;
  return CLI_OK;
}

/* Number min..max, or the line on stderr. */
static int number_read(const char *option, const char *text, double min, double max,
                       double *number) {
  char *end = NULL;
  *number = strtod(text, &end);
  if (end != text && *end == 0 && *number >= min && *number <= max) return CLI_OK;
  return cli_usage("export", "%s: %s, allowed a number %g..%g", option, text[0] ? text : "(empty)",
                   min, max);
}

static int time_read(const char *option, const char *text, int64_t *time_us) {
  double time_s = 0;
  if (number_read(option, text, 0, 1e9, &time_s)) return CLI_USAGE;
  *time_us = (int64_t)(1e6 * time_s + 0.5);
  return CLI_OK;
}

static int argument_take(job_t *job, const char *value) {
  if (!job->run) {
    job->run = value;
    return CLI_OK;
  }
  if (job->patterns_follow) return pattern_add(job, value);
  return cli_usage("export", "found a second run %s, allowed RUN [--signals PATTERN ...]", value);
}

static int option_take(job_t *job, int option, const char *value) {
  double rate_Hz = 0;
  switch (option) {
  case OPT_SIGNALS:
    job->patterns_follow = 1;
    return pattern_add(job, value);
  case OPT_RATE:
    if (number_read("--rate", value, 0.001, EXPORT_RATE_MAX_HZ, &rate_Hz)) return CLI_USAGE;
    job->options.period_us = (int64_t)(1e6 / rate_Hz + 0.5);
    return CLI_OK;
  case OPT_FROM:
    return time_read("--from", value, &job->options.from_us);
  case OPT_TO:
    return time_read("--to", value, &job->options.to_us);
  case OPT_FORMAT:
    job->options.is_json = strcmp(value, "json") == 0;
    if (job->options.is_json || strcmp(value, "csv") == 0) return CLI_OK;
    return cli_usage("export", "--format: %s, allowed csv json", value);
  case OPT_FILE:
    job->file = value;
    return CLI_OK;
  default:
    return argument_take(job, value);
  }
}

static int options_read(job_t *job, int argc, char **argv) {
  cli_args_t args = cli_args("export", help, options, argc, argv);
  const char *value;
  job->options =
      (export_options_t){.period_us = 100000, .from_us = -1, .to_us = -1, .pattern_count = 0};
  for (int option; (option = cli_next(&args, &value)) != CLI_END;) {
    if (option == CLI_HELP) return CLI_HELP;
    if (option == CLI_BAD) return CLI_USAGE;
    int status = option_take(job, option, value);
    if (status) return status;
  }
  if (!job->run) {
    return cli_usage("export", "found no run, allowed RUN: a folder such as out/OV-001");
  }
  int is_backwards = job->options.to_us >= 0 && job->options.from_us > job->options.to_us;
  if (is_backwards) return cli_usage("export", "--from is behind --to, allowed --from S <= --to S");
  return CLI_OK;
}

/* Write under another name: a file that is cut off never bears the right one. */
static int file_write(const job_t *job, recording_t *recording) {
  char part[PATH_BYTES], error[ERROR_BYTES];
  snprintf(part, sizeof part, "%.690s.part", job->file);
  FILE *file = fopen(part, "w");
  if (!file) return cli_usage("export", "-o %s: cannot be created: %s", job->file, strerror(errno));
  int status = export_write(recording, &job->options, file, error, sizeof error);
  int is_bad = ferror(file) != 0;
  is_bad |= fclose(file) != 0;
  if (status == 0 && !is_bad && rename(part, job->file) == 0) return CLI_OK;
  int reason = errno;
  (void)unlink(part);
  if (status) return cli_usage("export", "%s", error);
  return cli_usage("export", "-o %s: cannot be written: %s", job->file, strerror(reason));
}

int verb_export(int argc, char **argv) {
  static job_t job;
  char error[ERROR_BYTES];
  recording_t recording;
  int status = options_read(&job, argc, argv);
  if (status) return status == CLI_HELP ? CLI_OK : status;
  if (recorder_read_open(&recording, job.run, error, sizeof error))
    return cli_usage("export", "%s", error);
  if (job.file) {
    status = file_write(&job, &recording);
  } else if (export_write(&recording, &job.options, stdout, error, sizeof error)) {
    status = cli_usage("export", "%s", error);
  }
  recorder_read_close(&recording);
  return cli_finish("export", status);
}
