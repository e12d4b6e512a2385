/// Reads a recording back: the tables, changes and marks of signals.h5, and hashes.csv beside it.
///
/// Model    a table is signals in lines and samples in columns, at regular times or at times of
///          their own; values are read in blocks as they are asked for, so that files larger than
///          memory can be walked. A signal at a time is its last sample: nothing is interpolated.
/// Errors   0, or -1 with one line in the caller's text: "FILE: what"
/// Memory   recording_t owns all; recorder_read_close
#ifndef SCENARIOS_RECORDER_READ_H
#define SCENARIOS_RECORDER_READ_H

#include <stdint.h>

enum {
  RECORDER_READ_TABLES = 6,
  RECORDER_READ_NAME_BYTES = 64,
  RECORDER_READ_UNIT_BYTES = 16,
  RECORDER_READ_TEXT_BYTES = 128,
  RECORDER_READ_PATH_BYTES = 700
};

typedef struct {
  char name[RECORDER_READ_NAME_BYTES], unit[RECORDER_READ_UNIT_BYTES];
} recorder_read_column_t;

typedef struct {
  char name[24]; ///< "rate_1ms", "windows_10ms"
  uint32_t column_count;
  recorder_read_column_t *column;
  uint64_t sample_count;
  int64_t start_us, period_us; ///< where the times are regular
  int64_t *time_us; ///< of each sample; NULL where they are regular
  int64_t dataset; ///< open while the recording is
  uint64_t block_first, block_count, block_max; ///< samples in memory
  float *block;
} recorder_read_table_t;

/// What happened when, in order of time.
typedef struct {
  uint32_t column_count;
  recorder_read_column_t *column;
  uint64_t count;
  int64_t *time_us;
  uint32_t *index; ///< of the column
  double *value;
} recorder_read_changes_t;

typedef struct {
  uint64_t count;
  int64_t *time_us;
  char (*text)[RECORDER_READ_TEXT_BYTES];
} recorder_read_marks_t;

/// Trace hash at the end of each second.
typedef struct {
  uint64_t count;
  double *time_s;
  uint64_t *trace_hash;
} recorder_read_hashes_t;

typedef struct {
  char path[RECORDER_READ_PATH_BYTES]; ///< of signals.h5
  char scenario[64], run[128], version[40];
  uint64_t seed, dt_us;
  int64_t file;
  uint32_t table_count;
  recorder_read_table_t table[RECORDER_READ_TABLES];
  recorder_read_changes_t changes;
  recorder_read_marks_t marks;
  recorder_read_hashes_t hashes;
  int64_t begin_us, end_us; ///< first and last sample of all tables
} recording_t;

/// Open the recording of a run: its folder, or the file signals.h5. recording is untouched on -1.
int recorder_read_open(recording_t *recording, const char *path, char *error, uint32_t error_bytes);
void recorder_read_close(recording_t *recording);

static inline int64_t recorder_read_time_us(const recorder_read_table_t *table, uint64_t sample) {
  return table->time_us ? table->time_us[sample]
                        : table->start_us + (int64_t)sample * table->period_us;
}

/// Value of a column at a sample; walking samples in order is cheap. NaN iff it cannot be read.
double recorder_read_value(recorder_read_table_t *table, uint32_t column, uint64_t sample);

#endif
