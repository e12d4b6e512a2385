/// Writes what a run did: signals.h5, signals.csv, bus.log.
///
/// Model    signals.h5 holds groups of tables (signals in lines, samples in columns): rate_1ms,
///          rate_10ms,
///          rate_100ms, rate_1s: each signal at its own period, first sample at start_us, then
///          every
///          period_us; windows_1ms and windows_10ms: +-0.5 s around every trigger, signals that are
///          otherwise sampled at 10 ms and group voltages; changes: states when they change; marks:
///          the
///          time line in words. BRIEF keeps an overview at 100 ms, the windows, and the frames in
///          them.
///          signals.csv: at most 40 signals at 10 Hz. bus.log: candump -L.
/// Units    values are rounded to steps far below what matters (V 0.12 mV, A 1 mA, degC 4 mK) or to
///          8e-6
///          of themselves, integers stay exact
/// Memory   owns its buffers and files; recorder_close frees and closes
/// Errors   negative status with the system's reason in recorder_error(); what is written stays
///          readable
#ifndef SCENARIOS_RECORDER_H
#define SCENARIOS_RECORDER_H

#include <stdint.h>

#include "signals.h"

typedef struct recorder recorder_t;

typedef enum {
  RECORDER_OK = 0,
  RECORDER_ERR_FILE = -1,
  RECORDER_ERR_MEMORY = -2
} recorder_status_t;
typedef enum { RECORD_NONE, RECORD_BRIEF, RECORD_DEFAULT, RECORD_ALL_1MS } record_level_t;

typedef struct {
  const char *dir; ///< exists already
  const char *run_name;
  const char *scenario_id;
  uint64_t seed;
  record_level_t level; ///< BRIEF: no group and cell signals outside triggers
} recorder_config_t;

recorder_status_t recorder_open(recorder_t **recorder, const recorder_config_t *config,
                                const hil_t *hil);

/// After each tick. is_triggered: an event, a fault edge, a verdict or a state transition happened
/// in it.
recorder_status_t recorder_tick(recorder_t *recorder, const hil_t *hil, int is_triggered);

/// A frame that passed on the bus.
recorder_status_t recorder_frame(recorder_t *recorder, const can_mem_rx_t *rx);

/// A line on the run's time line ("event ov", "fault break begins", "DTC CELL_OVERVOLTAGE at
/// M3C5").
recorder_status_t recorder_mark(recorder_t *recorder, uint64_t time_us, const char *text);

/// Flush, close and free. The result is final: RECORDER_OK iff everything reached the files.
recorder_status_t recorder_close(recorder_t *recorder);

const char *recorder_error(void);

/// Seconds of wall time spent recording in this process so far, sampled: for the timing report
/// only.
double recorder_spent_s(void);

#endif
