/// HDF5 tables: see recorder_h5.h.
#include "recorder_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHUNK_COLUMNS_MAX = 64, DEFLATE_LEVEL = 1, NAME_BYTES = 56, UNIT_BYTES = 8 };

static _Thread_local char error_text[200];
static _Thread_local double spent_s;

const char *recorder_h5_error(void) { return error_text; }

double recorder_h5_spent_s(void) { return spent_s; }

static int fail(const char *what) {
  snprintf(error_text, sizeof error_text, "signals.h5: %s", what);
  return -1;
}

static double clock_s(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

hid_t recorder_h5_create(const char *path) {
  (void)H5dont_atexit(); /* its exit handler crashes over a file that a full disk left open */
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  hid_t creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_obj_track_times(creation, 0);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
  H5Pclose(creation);
  H5Pclose(access);
  if (file < 0) fail("cannot be created");
  return file;
}

int recorder_h5_close(hid_t file) {
  double start_s = clock_s();
  int is_bad = H5Fclose(file) < 0;
  spent_s += clock_s() - start_s;
  return is_bad ? fail("cannot be closed: is the disk full?") : 0;
}

static int attribute_write(hid_t object, const char *name, hid_t type, const void *value) {
  hid_t space = H5Screate(H5S_SCALAR);
  hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  int is_bad = attribute < 0 || H5Awrite(attribute, type, value) < 0;
  if (attribute >= 0) H5Aclose(attribute);
  H5Sclose(space);
  return is_bad ? fail("an attribute cannot be written") : 0;
}

static hid_t text_type(size_t bytes) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, bytes);
  return type;
}

int recorder_h5_attribute_text(hid_t object, const char *name, const char *text) {
  hid_t type = text_type(strlen(text) + 1);
  int status = attribute_write(object, name, type, text);
  H5Tclose(type);
  return status;
}

int recorder_h5_attribute_u64(hid_t object, const char *name, uint64_t value) {
  return attribute_write(object, name, H5T_NATIVE_UINT64, &value);
}

/* A dataset of rank 1 or 2 whose last dimension grows; compressed by chunk, without HDF5's cache:
 * whole chunks come compressed. */
static hid_t dataset_create(hid_t group, const char *name, hid_t type, int rank, hsize_t lines,
                            const hsize_t chunk[2]) {
  hsize_t size[2] = {0, 0}, size_max[2] = {H5S_UNLIMITED, H5S_UNLIMITED};
  if (rank == 2) size[0] = size_max[0] = lines;
  hid_t space = H5Screate_simple(rank, size, size_max);
  hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_obj_track_times(creation, 0);
  H5Pset_chunk(creation, rank, chunk);
  if (H5Tget_class(type) != H5T_STRING) H5Pset_shuffle(creation);
  H5Pset_deflate(creation, DEFLATE_LEVEL);
  hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
  H5Pset_chunk_cache(access, 0, 0, 1.0);
  hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, creation, access);
  H5Pclose(access);
  H5Pclose(creation);
  H5Sclose(space);
  return dataset;
}

/* Append a piece to a dataset of rank 1: chunk by chunk, only the last of which may be partly
 * filled. */
static int list_append(recorder_packer_t *packer, hid_t dataset, recorder_piece_t piece) {
  double start_s = clock_s();
  const hsize_t size[1] = {piece.first + piece.count};
  int is_bad =
      H5Dset_extent(dataset, size) < 0 || recorder_chunk_write_piece(packer, dataset, piece) != 0;
  spent_s += clock_s() - start_s;
  return is_bad ? fail("cannot be written: is the disk full?") : 0;
}

static hid_t group_create(hid_t file, const char *name) {
  hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_obj_track_times(creation, 0);
  hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, creation, H5P_DEFAULT);
  H5Pclose(creation);
  return group;
}

/* One text for each column: its name or its unit. */
static int texts_write(recorder_packer_t *packer, hid_t group, const char *name,
                       const recorder_column_t *columns, uint32_t count, size_t text_bytes,
                       int is_unit) {
  char *texts = calloc(count, text_bytes);
  if (!texts) return fail("out of memory");
  for (uint32_t i = 0; i < count; i++) {
    const char *text = is_unit ? columns[i].signal->unit : columns[i].signal->name;
    memcpy(texts + i * text_bytes, text, strnlen(text, text_bytes - 1));
  }
  hid_t type = text_type(text_bytes);
  const hsize_t chunk[2] = {count, 0};
  hid_t dataset = dataset_create(group, name, type, 1, 0, chunk);
  const recorder_piece_t piece = {
      .data = texts, .count = count, .count_max = count, .bytes = (uint32_t)text_bytes};
  int status = dataset < 0 ? fail("names cannot be written") : list_append(packer, dataset, piece);
  if (dataset >= 0) H5Dclose(dataset);
  H5Tclose(type);
  free(texts);
  return status;
}

static int columns_describe(recorder_packer_t *packer, hid_t group,
                            const recorder_column_t *columns, uint32_t count) {
  if (count == 0) return 0;
  if (texts_write(packer, group, "names", columns, count, NAME_BYTES, 0)) return -1;
  return texts_write(packer, group, "units", columns, count, UNIT_BYTES, 1);
}

int recorder_h5_table_open(recorder_table_t *table, recorder_h5_file_t file, const char *name,
                           const recorder_column_t *columns, uint32_t column_count,
                           uint64_t period_us, uint32_t row_max) {
  *table = (recorder_table_t){.packer = file.packer,
                              .group = -1,
                              .values = -1,
                              .times = -1,
                              .column_count = column_count,
                              .row_max = row_max};
  if (column_count == 0) return 0;
  uint32_t chunk_columns = column_count < CHUNK_COLUMNS_MAX ? column_count : CHUNK_COLUMNS_MAX;
  size_t cell_count = (size_t)table->row_max * column_count + RECORDER_SAMPLE_LANES;
  table->rows = malloc(cell_count * sizeof(float));
  table->chunk_columns = chunk_columns;
  table->time_us = malloc(table->row_max * sizeof(int64_t));
  if (!table->rows || !table->time_us) return fail("out of memory");
  table->group = group_create(file.id, name);
  const hsize_t chunk[2] = {chunk_columns, table->row_max}, time_chunk[2] = {table->row_max, 0};
  table->values = dataset_create(table->group, "values", H5T_IEEE_F32LE, 2, column_count, chunk);
  if (table->values < 0) return fail("a table cannot be created");
  if (period_us == 0) {
    table->times = dataset_create(table->group, "time_us", H5T_STD_I64LE, 1, 0, time_chunk);
    if (table->times < 0) return fail("a table cannot be created");
  } else if (recorder_h5_attribute_u64(table->group, "period_us", period_us)) {
    return -1;
  }
  return columns_describe(file.packer, table->group, columns, column_count);
}

/* Whole chunks: the dataset grows first. */
static int values_append(recorder_table_t *table) {
  double start_s = clock_s();
  const recorder_chunk_t chunk = {.column_max = table->chunk_columns, .row_max = table->row_max};
  const hsize_t size[2] = {table->column_count, table->written_count + table->row_count};
  int is_bad = H5Dset_extent(table->values, size) < 0 ||
               recorder_chunk_write(table->packer, chunk, table->values, table->rows,
                                    table->column_count, table->written_count, table->row_count);
  spent_s += clock_s() - start_s;
  return is_bad ? fail("cannot be written: is the disk full?") : 0;
}

static int table_flush(recorder_table_t *table) {
  if (table->row_count == 0) return 0;
  if (table->written_count == 0 && table->times < 0 &&
      recorder_h5_attribute_u64(table->group, "start_us", (uint64_t)table->time_us[0])) {
    return -1;
  }
  if (values_append(table)) return -1;
  const recorder_piece_t times = {.data = table->time_us,
                                  .first = table->written_count,
                                  .count = table->row_count,
                                  .count_max = table->row_max,
                                  .bytes = sizeof table->time_us[0],
                                  .is_shuffled = 1};
  if (table->times >= 0 && list_append(table->packer, table->times, times)) return -1;
  table->written_count += table->row_count;
  table->row_count = 0;
  return 0;
}

int recorder_h5_table_push(recorder_table_t *table, int64_t time_us) {
  table->time_us[table->row_count++] = time_us;
  return table->row_count == table->row_max ? table_flush(table) : 0;
}

int recorder_h5_table_close(recorder_table_t *table) {
  int status = table->values >= 0 ? table_flush(table) : 0;
  if (table->values >= 0) H5Dclose(table->values);
  if (table->times >= 0) H5Dclose(table->times);
  if (table->group >= 0) H5Gclose(table->group);
  free(table->rows);
  free(table->time_us);
  *table = (recorder_table_t){.group = -1, .values = -1, .times = -1};
  return status;
}

int recorder_h5_changes_open(recorder_changes_t *changes, recorder_h5_file_t file,
                             const recorder_column_t *columns, uint32_t column_count) {
  const hsize_t chunk[2] = {sizeof changes->change / sizeof changes->change[0], 0};
  changes->count = 0;
  changes->written_count = 0;
  changes->packer = file.packer;
  changes->group = group_create(file.id, "changes");
  changes->times = dataset_create(changes->group, "time_us", H5T_STD_I64LE, 1, 0, chunk);
  changes->indices = dataset_create(changes->group, "signal_index", H5T_STD_U32LE, 1, 0, chunk);
  changes->values = dataset_create(changes->group, "value", H5T_IEEE_F64LE, 1, 0, chunk);
  if (changes->times < 0 || changes->indices < 0 || changes->values < 0) {
    return fail("the changes cannot be created");
  }
  return columns_describe(file.packer, changes->group, columns, column_count);
}

static int changes_flush(recorder_changes_t *changes) {
  enum { MAX = sizeof changes->change / sizeof changes->change[0] };
  int64_t time_us[MAX];
  uint32_t index[MAX];
  double value[MAX];
  uint32_t count = changes->count;
  if (count == 0) return 0;
  for (uint32_t i = 0; i < count; i++) {
    time_us[i] = changes->change[i].time_us;
    index[i] = changes->change[i].signal_index;
    value[i] = changes->change[i].value;
  }
  recorder_piece_t piece = {.data = time_us,
                            .first = changes->written_count,
                            .count = count,
                            .count_max = MAX,
                            .bytes = sizeof time_us[0],
                            .is_shuffled = 1};
  if (list_append(changes->packer, changes->times, piece)) return -1;
  piece.data = value;
  piece.bytes = sizeof value[0];
  if (list_append(changes->packer, changes->values, piece)) return -1;
  piece.data = index;
  piece.bytes = sizeof index[0];
  if (list_append(changes->packer, changes->indices, piece)) return -1;
  changes->written_count += count;
  changes->count = 0;
  return 0;
}

int recorder_h5_changes_push(recorder_changes_t *changes, recorder_change_t change) {
  changes->change[changes->count++] = change;
  int is_full = changes->count == sizeof changes->change / sizeof changes->change[0];
  return is_full ? changes_flush(changes) : 0;
}

int recorder_h5_changes_close(recorder_changes_t *changes) {
  int status = changes->group >= 0 ? changes_flush(changes) : 0;
  if (changes->times >= 0) H5Dclose(changes->times);
  if (changes->indices >= 0) H5Dclose(changes->indices);
  if (changes->values >= 0) H5Dclose(changes->values);
  if (changes->group >= 0) H5Gclose(changes->group);
  return status;
}

int recorder_h5_marks_open(recorder_marks_t *marks, recorder_h5_file_t file) {
  const hsize_t chunk[2] = {sizeof marks->time_us / sizeof marks->time_us[0], 0};
  marks->count = 0;
  marks->written_count = 0;
  marks->packer = file.packer;
  marks->group = group_create(file.id, "marks");
  marks->times = dataset_create(marks->group, "time_us", H5T_STD_I64LE, 1, 0, chunk);
  hid_t type = text_type(RECORDER_H5_TEXT_BYTES);
  marks->texts = dataset_create(marks->group, "text", type, 1, 0, chunk);
  H5Tclose(type);
  return marks->times < 0 || marks->texts < 0 ? fail("the marks cannot be created") : 0;
}

static int marks_flush(recorder_marks_t *marks) {
  if (marks->count == 0) return 0;
  recorder_piece_t piece = {.data = marks->time_us,
                            .first = marks->written_count,
                            .count = marks->count,
                            .count_max = sizeof marks->time_us / sizeof marks->time_us[0],
                            .bytes = sizeof marks->time_us[0],
                            .is_shuffled = 1};
  if (list_append(marks->packer, marks->times, piece)) return -1;
  piece.data = marks->text;
  piece.bytes = RECORDER_H5_TEXT_BYTES;
  piece.is_shuffled = 0;
  if (list_append(marks->packer, marks->texts, piece)) return -1;
  marks->written_count += marks->count;
  marks->count = 0;
  return 0;
}

int recorder_h5_marks_push(recorder_marks_t *marks, int64_t time_us, const char *text) {
  marks->time_us[marks->count] = time_us;
  memset(marks->text[marks->count], 0, RECORDER_H5_TEXT_BYTES);
  snprintf(marks->text[marks->count], RECORDER_H5_TEXT_BYTES, "%s", text);
  marks->count++;
  return marks->count == sizeof marks->time_us / sizeof marks->time_us[0] ? marks_flush(marks) : 0;
}

int recorder_h5_marks_close(recorder_marks_t *marks) {
  int status = marks->group >= 0 ? marks_flush(marks) : 0;
  if (marks->times >= 0) H5Dclose(marks->times);
  if (marks->texts >= 0) H5Dclose(marks->texts);
  if (marks->group >= 0) H5Gclose(marks->group);
  return status;
}
