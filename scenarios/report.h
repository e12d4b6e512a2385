/// Turns the results of a run into report.html, junit.xml, results.json and timing.json, and into
/// the table
/// on the terminal.
///
/// Model    all files but timing.json depend only on results and recordings: same runs, same bytes
/// Errors   REPORT_ERR_FILE with the reason in report_error()
#ifndef SCENARIOS_REPORT_H
#define SCENARIOS_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "result.h"
#include "scenario.h"

typedef enum { REPORT_OK = 0, REPORT_ERR_FILE = -1, REPORT_ERR_MEMORY = -2 } report_status_t;

/// Which part of a run that was spread over machines.
typedef struct {
  uint32_t index, count; ///< 1..count
  uint32_t run_total; ///< runs of all parts
  uint64_t list_hash; ///< over names, seeds and scenarios of all of them
} report_shard_t;

enum { REPORT_FIGURE_MAX = 24 };

/// Figures of the machine's time that timing.json keeps with a run.
typedef struct {
  uint32_t count;
  struct {
    const char *name;
    double value;
  } figure[REPORT_FIGURE_MAX];
} report_figures_t;

typedef struct {
  const char *dir; ///< out folder; runs lie in dir/run_name
  const char *suite_title;
  const char *const
      *replay_file; ///< for each result what to give to packsim run; NULL: the result's file
  const char *
      /// what a replay needs beyond the run's name: "--seed 7 --set a=b", may be ""
      replay_options;
  const char *const *replay; ///< for each result the whole command; NULL: made of the two above
  const char *const *resolved; ///< for each result what it ran, as JSON; NULL: left out
  const char *command; ///< that made all of this; NULL: not said
  const run_result_t *result;
  uint32_t result_count;
  const report_figures_t *figures; ///< for each result; NULL: none
  report_shard_t shard; ///< count 0: the whole
  uint8_t is_complete; ///< all runs came to their end, or were left out for want of data
  double wall_s; ///< of the whole suite; terminal and timing.json only
  uint32_t worker_count;
} report_t;

report_status_t report_html(const report_t *report);
report_status_t report_junit(const report_t *report);
report_status_t report_json(const report_t *report);
report_status_t report_timing(const report_t *report);

/// Table of verdicts with margins; runs of one sweep are one line. is_color: ANSI colours.
void report_table(const report_t *report, FILE *file, int is_color);

const char *report_error(void);

#endif
