/// Runs many points side by side in worker processes; a worker that dies takes only its own point
/// along.
///
/// Model    the parent hands indices to forked workers over pipes, dearest first, and collects
///          results by
///          index: their order never depends on who was faster
/// Memory   the caller owns the results array (point_count entries)
/// Threads  one runner at a time in a process: it owns SIGINT and SIGTERM while it runs
#ifndef SCENARIOS_RUNNER_H
#define SCENARIOS_RUNNER_H

#include <stdint.h>

#include "result.h"

typedef enum { RUNNER_OK = 0, RUNNER_INTERRUPTED = 1, RUNNER_ERR_SYSTEM = -1 } runner_status_t;

/// How far a run has come. Called in the worker, sent to the parent.
typedef void (*runner_progress_fn)(void *progress_user, double sim_s, double end_s);

typedef struct {
  uint32_t point_count;
  uint32_t worker_count; ///< 0: one for each online processor
  void *user;
  /// In the worker: run the point and fill result, wall times excepted. NULL is not allowed.
  void (*run)(void *user, uint32_t index, runner_progress_fn progress, void *progress_user,
              run_result_t *result);
  /// In the parent: id, run name, title and file of a point whose worker died or that never ran.
  void (*describe)(void *user, uint32_t index, run_result_t *result);
  double (*cost_s)(void *user, uint32_t index); ///< expected simulated seconds; NULL: all equal
  int progress_fd; ///< terminal for the updating line; -1: silent
} runner_config_t;

typedef struct {
  uint32_t done_count, failed_count;
  double wall_s;
} runner_summary_t;

/// Run all points. Every entry of results is filled, also when interrupted (VERDICT_SKIPPED then).
/// RUNNER_ERR_SYSTEM iff no worker could be started.
runner_status_t runner_run(const runner_config_t *config, run_result_t *results,
                           runner_summary_t *summary);

/// Workers that runner_run starts for this configuration.
uint32_t runner_workers(const runner_config_t *config);

/// Seconds since some fixed point, for measuring only: nothing simulated may depend on it.
double runner_clock_s(void);

#endif
