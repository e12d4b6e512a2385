/// Recorded signals at a rate of the user's choice, as CSV or JSON.
///
/// Model    a value at a time is the newest sample that is not later, from the densest of the
///          tables and changes that hold the signal: last value, no interpolation. Before its first
///          sample a signal has no value: an empty field, or null.
/// Units    in the header, behind the name in brackets unless the name ends in it, as in
///          signals.csv
#ifndef SCENARIOS_EXPORT_H
#define SCENARIOS_EXPORT_H

#include <stdio.h>

#include "recorder_read.h"

enum { EXPORT_PATTERN_MAX = 64, EXPORT_RATE_MAX_HZ = 1000 };

typedef struct {
  const char *pattern[EXPORT_PATTERN_MAX]; ///< with *; none: all signals
  uint32_t pattern_count;
  int64_t period_us; ///< between lines, at least 1000
  int64_t from_us, to_us; ///< -1: where the recording begins or ends
  uint8_t is_json;
} export_options_t;

/// Write what was recorded. 0, or -1 with one line in error: a pattern matches no recorded signal,
/// or there is no memory. The caller asks whether everything reached the file.
int export_write(recording_t *recording, const export_options_t *options, FILE *file, char *error,
                 uint32_t error_bytes);

#endif
