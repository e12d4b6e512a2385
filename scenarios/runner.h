/// Runs many points side by side in worker processes; a worker that dies takes only its own point
/// along, and one that hangs is ended.
///
/// Model    the parent hands indices to forked workers over pipes, dearest first, and collects
///          results by
///          index: their order never depends on who was faster. SIGINT or SIGTERM ends the running
///          points at their next simulated second with their recording closed; who does not end
///          within 5 s, or at a second signal, is killed. All workers are reaped in any case.
/// Memory   the caller owns the results array (point_count entries)
/// Threads  one runner at a time in a process: it owns SIGINT and SIGTERM while it runs
#ifndef SCENARIOS_RUNNER_H
#define SCENARIOS_RUNNER_H

#include <stdint.h>

#include "result.h"

typedef enum { RUNNER_OK = 0, RUNNER_INTERRUPTED = 1, RUNNER_ERR_SYSTEM = -1 } runner_status_t;

/// How far a run has come. Called in the worker, sent to the parent. Not 0: the run is to stop.
typedef int (*runner_progress_fn)(void *progress_user, double sim_s, double end_s);

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
  void (*keep)(void *user); ///< in the parent, every few seconds: save the results so far; or NULL
  double timeout_s; ///< wall time that a point may take, then it is ended as an error; 0: no limit
  double grace_s; ///< wall time to end in after being told to; 0: five seconds
  uint8_t fail_fast; ///< the first point that fails ends everything
  uint8_t progress_is_terminal;
  int progress_fd; ///< for progress and the names of failed points; -1: silent
  double progress_period_s; ///< of the lines in a pipe; 0: ten seconds
} runner_config_t;

typedef struct {
  uint32_t done_count, failed_count;
  uint32_t stopped_count; ///< begun, then ended by a signal or by fail_fast
  double wall_s;
} runner_summary_t;

/// Run all points. Every entry of results is filled, also when interrupted (VERDICT_SKIPPED then,
/// as after fail_fast).
/// RUNNER_ERR_SYSTEM iff no worker could be started.
runner_status_t runner_run(const runner_config_t *config, run_result_t *results,
                           runner_summary_t *summary);

/// Workers that runner_run starts for this configuration.
uint32_t runner_workers(const runner_config_t *config);

/// "SIGSEGV".
const char *runner_signal_name(int number);

/// Seconds since some fixed point, for measuring only: nothing simulated may depend on it.
double runner_clock_s(void);

#endif
