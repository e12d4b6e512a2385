/// Reads results.json and timing.json back: what replay, merge and diff work from.
///
/// Model    the inverse of report_json: writing what was read gives the same bytes
/// Errors   one line: "file: $.path: found X, allowed Y"
/// Memory   results_t owns all; results_free
#ifndef SCENARIOS_RESULTS_READ_H
#define SCENARIOS_RESULTS_READ_H

#include "report.h"

typedef struct {
  char dir[512]; ///< the folder of results.json
  char version[40]; ///< packsim_version that wrote it
  char suite_title[160];
  char command[2400]; ///< that made it, "" where it does not say
  report_shard_t shard;
  uint8_t is_complete;
  uint32_t run_count;
  run_result_t *run;
  char **replay; ///< for each run its command
  char **resolved; ///< for each run its scenario as JSON; NULL where it holds none
  double wall_s; ///< of timing.json, 0 without one
  uint32_t worker_count;
} results_t;

/// Read dir/results.json, and wall times from dir/timing.json where it is. 0, or -1 with the
/// reason; results is then untouched.
int results_read(const char *dir, results_t *results, char *error, uint32_t error_bytes);

/// Index of the run of this name, -1 iff there is none.
int32_t results_find(const results_t *results, const char *run_name);

void results_free(results_t *results);

#endif
