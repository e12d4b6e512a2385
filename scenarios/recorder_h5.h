/// Tables of an HDF5 file: signals over time, appended row by row, written in compressed blocks.
///
/// Model    a table is a group with `values` (float32, one line for each signal, one column for
///          each sample),
///          `names`, `units`, and its times: the attributes start_us and period_us, or a dataset
///          time_us
/// Memory   a table owns a block of row_max rows; nothing is allocated
///          per row
/// Errors   0, or -1 with the reason in recorder_h5_error()
#ifndef SCENARIOS_RECORDER_H5_H
#define SCENARIOS_RECORDER_H5_H

#include <hdf5.h>
#include <stdint.h>

#include "recorder_chunk.h"
#include "recorder_sample.h"

enum { RECORDER_H5_TEXT_BYTES = 128 };

/// Where tables go, and what compresses them.
typedef struct {
  hid_t id;
  recorder_packer_t *packer;
} recorder_h5_file_t;

typedef struct {
  recorder_packer_t *packer;
  hid_t group, values, times; ///< times: -1 where they are regular
  uint32_t column_count, chunk_columns, row_count, row_max;
  uint64_t written_count;
  float *rows; ///< row_max x column_count, as they come; behind them room for what
      ///< recorder_sample_read writes more
  int64_t *time_us;
} recorder_table_t;

/// What happened when: a change of a signal, or a line of text.
typedef struct {
  int64_t time_us;
  uint32_t signal_index;
  double value;
} recorder_change_t;

typedef struct {
  recorder_packer_t *packer;
  hid_t group, times, indices, values;
  uint32_t count;
  uint64_t written_count;
  recorder_change_t change[2048];
} recorder_changes_t;

typedef struct {
  recorder_packer_t *packer;
  hid_t group, times, texts;
  uint32_t count;
  uint64_t written_count;
  int64_t time_us[64];
  char text[64][RECORDER_H5_TEXT_BYTES];
} recorder_marks_t;

/// A new file with deterministic bytes (no time stamps); -1 iff it cannot be created.
hid_t recorder_h5_create(const char *path);
int recorder_h5_close(hid_t file);
int recorder_h5_attribute_text(hid_t object, const char *name, const char *text);
int recorder_h5_attribute_u64(hid_t object, const char *name, uint64_t value);

/// period_us 0: the times are kept row by row. row_max rows make a block (and, for each 64 signals,
/// a
/// chunk of the file). column_count 0 is allowed: nothing is ever written.
int recorder_h5_table_open(recorder_table_t *table, recorder_h5_file_t file, const char *name,
                           const recorder_column_t *columns, uint32_t column_count,
                           uint64_t period_us, uint32_t row_max);

/// Where the next row goes (recorder_sample_floats(column_count)); then recorder_h5_table_push.
static inline float *recorder_h5_table_row(recorder_table_t *table) {
  return table->rows + (size_t)table->row_count * table->column_count;
}
int recorder_h5_table_push(recorder_table_t *table, int64_t time_us);
int recorder_h5_table_close(recorder_table_t *table);

int recorder_h5_changes_open(recorder_changes_t *changes, recorder_h5_file_t file,
                             const recorder_column_t *columns, uint32_t column_count);
int recorder_h5_changes_push(recorder_changes_t *changes, recorder_change_t change);
int recorder_h5_changes_close(recorder_changes_t *changes);

int recorder_h5_marks_open(recorder_marks_t *marks, recorder_h5_file_t file);
int recorder_h5_marks_push(recorder_marks_t *marks, int64_t time_us, const char *text);
int recorder_h5_marks_close(recorder_marks_t *marks);

/// Seconds spent writing blocks in this process, for the timing report.
double recorder_h5_spent_s(void);
const char *recorder_h5_error(void);

#endif
