/// Where two recordings of a run differ: the first time, the signals and both values.
///
/// Model    tables are compared at the times that both have, changes as step functions, marks line
///          by line; nothing behind the first difference counts, for it follows from it. Signals
///          that only one of them recorded are counted, not compared.
/// Units    tolerance in each signal's own unit
#ifndef SCENARIOS_COMPARE_H
#define SCENARIOS_COMPARE_H

#include <stdio.h>

#include "recorder_read.h"

enum { COMPARE_SIGNAL_MAX = 12 };

typedef struct {
  char name[RECORDER_READ_NAME_BYTES], unit[RECORDER_READ_UNIT_BYTES];
  double a, b;
} compare_signal_t;

typedef struct {
  int64_t first_us; ///< where a signal differs first; -1: nowhere
  uint64_t tick; ///< the same in ticks
  uint32_t signal_count; ///< that differ then; the first COMPARE_SIGNAL_MAX of them:
  compare_signal_t signal[COMPARE_SIGNAL_MAX];
  int64_t mark_us; ///< where the time lines in words part; -1: nowhere
  char mark_a[RECORDER_READ_TEXT_BYTES], mark_b[RECORDER_READ_TEXT_BYTES]; ///< "" behind the end
  int64_t end_a_us, end_b_us; ///< last sample at a rate that both have
  double hash_s; ///< end of the first second whose trace hashes differ; < 0: none
  uint32_t compared_count, only_a_count, only_b_count; ///< signals
} comparison_t;

/// 1 iff they differ, 0 iff they do not, -1 iff there is no memory. Trace hashes differ where any
/// bit of the simulation does; they and the marks count only with tolerance 0.
int compare_recordings(recording_t *a, recording_t *b, double tolerance, comparison_t *comparison);

/// The difference in words, each line indented; a and b name the two.
void compare_text(const comparison_t *comparison, const char *a, const char *b, FILE *file);

/// The same as the members of a JSON object, without braces.
void compare_json(const comparison_t *comparison, FILE *file);

/// A text between quotes as JSON writes it.
void compare_json_text(const char *text, FILE *file);

#endif
