/// Watches the signals that are recorded when they change: states, contactors, DTCs, qualities.
///
/// Model    contactors, coils and the BMS state are looked at every tick, the others when something
///          happened and every 10 ms; a column is read only if the bytes that it depends on differ
/// Memory   owns its list, the last values and its tables in the file
/// Errors   0, or -1 with the reason in recorder_h5_error()
#ifndef SCENARIOS_RECORDER_WATCH_H
#define SCENARIOS_RECORDER_WATCH_H

#include "recorder_h5.h"

/// Neighbouring columns, and the bytes of hil_t that all of them depend on.
typedef struct {
  uint32_t first, count;
  signals_bytes_t source[2]; ///< the first empty: not known, read them always
  uint32_t kept; ///< where in watch->bytes they stand as last seen, one behind the other
} recorder_span_t;

typedef struct {
  recorder_column_t *column; ///< the fast ones first
  double *last_value;
  recorder_span_t *span; ///< all columns, in their order
  uint8_t *bytes;
  uint32_t count, fast_count, span_count, fast_span_count;
  int has_last_values;
  recorder_changes_t table;
} recorder_watch_t;

/// Before open: nothing to close.
void recorder_watch_clear(recorder_watch_t *watch);
int recorder_watch_open(recorder_watch_t *watch, recorder_h5_file_t file);

/// Write what has changed since the last call; the first call writes everything. is_eventful: look
/// at all.
int recorder_watch_tick(recorder_watch_t *watch, const hil_t *hil, int is_eventful);
int recorder_watch_close(recorder_watch_t *watch);

#endif
