/// The runs of packsim serve: each scenario on the bus, its verdict and the clock's figures.
///
/// Memory   plain value; what it points to is borrowed
#ifndef CLI_SERVE_RUN_H
#define CLI_SERVE_RUN_H

#include "../scenarios/bench_file.h"
#include "../scenarios/control.h"
#include "../scenarios/serve.h"
#include "collect.h"
#include "reports.h"

typedef struct {
  collect_request_t request;
  collect_t collect;
  const char *url, *out;
  bus_t *bus; ///< open; NULL with is_inproc
  const char *bench_path;
  const bench_file_t *bench; ///< NULL: none
  const char *socket_path;
  control_t *control; ///< NULL: no socket
  uint64_t wait_s, timeout_ms, keep_count;
  uint16_t rate_permille, session;
  uint8_t is_classic, is_stepped, is_quiet, has_no_priority,
      is_free; ///< free: no scenario asked for
  uint8_t is_inproc; ///< the ECU: no bus
  uint8_t is_fd, has_no_seat, has_rest_bus; ///< rest_bus: the command line says it
  char command[400];
  report_t report;
  run_result_t *results;
  report_figures_t *figures;
  const char **replay_file, **resolved;
} serve_run_t;

/// Check all points of run->collect, run and report them. CLI_OK or an exit code.
int serve_run_all(serve_run_t *run);

/// Open the control socket where one is asked for.
int serve_run_control(serve_run_t *run);

#endif
