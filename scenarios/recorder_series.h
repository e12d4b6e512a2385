/// Reads a run's signals.h5 again: one signal over a span of time, from all tables that have it.
///
/// Units    times in s of simulated time; values as recorded
/// Memory   recorder_series_close frees the reader, recorder_series_free a series
/// Threads  one reader a thread
#ifndef SCENARIOS_RECORDER_SERIES_H
#define SCENARIOS_RECORDER_SERIES_H

#include <stdint.h>

typedef struct recorder_series_file recorder_series_file_t;

/// Samples by rising time.
typedef struct {
  uint32_t count, max;
  double *time_s;
  float *value;
} recorder_series_t;

/// NULL iff the file is not there or is no recording.
recorder_series_file_t *recorder_series_open(const char *path);
void recorder_series_close(recorder_series_file_t *reader); ///< NULL is allowed

/// Append the samples of a signal between from_s and to_s. A table that has more than sample_max of
/// them is left out. 0, or -1 iff there is no memory; what is not recorded appends nothing.
int recorder_series_read(recorder_series_file_t *reader, const char *name, double from_s,
                         double to_s, uint32_t sample_max, recorder_series_t *series);

/// Append the changes of a signal that is recorded on change, from the beginning of the run.
int recorder_series_changes(recorder_series_file_t *reader, const char *name,
                            recorder_series_t *series);

/// Append one sample. 0, or -1 iff there is no memory.
int recorder_series_add(recorder_series_t *series, double time_s, float value);

/// Bring the samples into the order of time; of two at one time the first appended stays.
void recorder_series_sort(recorder_series_t *series);
void recorder_series_free(recorder_series_t *series);

#endif
