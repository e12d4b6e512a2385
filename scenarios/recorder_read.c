/// Recordings read back: see recorder_read.h.
#include "recorder_read.h"

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "version.h"

enum { COLUMNS_MAX = 100000, BLOCK_FLOATS_MAX = 1 << 24 };
#define COUNT_MAX ((uint64_t)1 << 31)

typedef struct {
  recording_t *recording;
  char *error;
  uint32_t error_bytes;
} reader_t;

static int fail(const reader_t *reader, const char *what) {
  snprintf(reader->error, reader->error_bytes, "%s: %s", reader->recording->path, what);
  return -1;
}

/* ---- attributes and lists ---- */

static int attribute_text(hid_t object, const char *name, char *text, size_t text_bytes) {
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0) return -1;
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, text_bytes);
  int status = H5Aread(attribute, type, text) < 0 ? -1 : 0;
  text[text_bytes - 1] = 0;
  H5Tclose(type);
  H5Aclose(attribute);
  return status;
}

static int attribute_u64(hid_t object, const char *name, uint64_t *value) {
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0) return -1;
  int status = H5Aread(attribute, H5T_NATIVE_UINT64, value) < 0 ? -1 : 0;
  H5Aclose(attribute);
  return status;
}

/* Extent of a dataset of this rank; -1 iff it is another one. */
static int extent_of(hid_t dataset, int rank, hsize_t extent[2]) {
  hid_t space = H5Dget_space(dataset);
  extent[0] = extent[1] = 0;
  int is_right = space >= 0 && H5Sget_simple_extent_ndims(space) == rank &&
                 H5Sget_simple_extent_dims(space, extent, NULL) == rank;
  if (space >= 0) H5Sclose(space);
  return is_right && extent[0] <= COUNT_MAX && extent[1] <= COUNT_MAX ? 0 : -1;
}

/* All of a list: entry_bytes each, at least one allocated. NULL iff it is not what it must be. */
static void *list_read(hid_t group, const char *name, hid_t type, size_t entry_bytes,
                       uint64_t *count) {
  hsize_t extent[2];
  hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
  void *list = NULL;
  if (dataset >= 0 && extent_of(dataset, 1, extent) == 0) {
    list = calloc((size_t)extent[0] + 1, entry_bytes);
    *count = extent[0];
    if (list && extent[0] > 0 && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, list) < 0) {
      free(list);
      list = NULL;
    }
  }
  if (dataset >= 0) H5Dclose(dataset);
  return list;
}

static char *texts_read(hid_t group, const char *name, size_t text_bytes, uint64_t *count) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, text_bytes);
  char *texts = list_read(group, name, type, text_bytes, count);
  H5Tclose(type);
  return texts;
}

static int columns_read(hid_t group, recorder_read_column_t **column, uint32_t *column_count) {
  uint64_t name_count = 0, unit_count = 0;
  char *names = texts_read(group, "names", RECORDER_READ_NAME_BYTES, &name_count);
  char *units = texts_read(group, "units", RECORDER_READ_UNIT_BYTES, &unit_count);
  int is_right = names && units && name_count == unit_count && name_count <= COLUMNS_MAX;
  *column = is_right ? calloc((size_t)name_count + 1, sizeof **column) : NULL;
  for (uint64_t i = 0; *column && i < name_count; i++) {
    snprintf((*column)[i].name, RECORDER_READ_NAME_BYTES, "%.63s",
             names + i * RECORDER_READ_NAME_BYTES);
    snprintf((*column)[i].unit, RECORDER_READ_UNIT_BYTES, "%.15s",
             units + i * RECORDER_READ_UNIT_BYTES);
  }
  free(names);
  free(units);
  *column_count = (uint32_t)name_count;
  return *column ? 0 : -1;
}

/* ---- the parts of the file ---- */

static int times_open(recorder_read_table_t *table, hid_t group) {
  uint64_t start_us = 0, period_us = 0, count = 0;
  if (attribute_u64(group, "period_us", &period_us) == 0) {
    int has_start = attribute_u64(group, "start_us", &start_us) == 0;
    if (period_us == 0 || period_us > INT32_MAX || start_us > (uint64_t)1 << 60) return -1;
    table->start_us = (int64_t)start_us;
    table->period_us = (int64_t)period_us;
    return has_start || table->sample_count == 0 ? 0 : -1;
  }
  table->time_us = list_read(group, "time_us", H5T_NATIVE_INT64, sizeof(int64_t), &count);
  return table->time_us && count == table->sample_count ? 0 : -1;
}

/* Blocks as long as the file's own: each is unpacked once. */
static int block_size(recorder_read_table_t *table, hid_t dataset) {
  hsize_t chunk[2] = {1, 1024};
  hid_t creation = H5Dget_create_plist(dataset);
  if (creation >= 0 && H5Pget_chunk(creation, 2, chunk) != 2) chunk[1] = 1024;
  if (creation >= 0) H5Pclose(creation);
  table->block_max = chunk[1] > 0 && chunk[1] <= 65536 ? chunk[1] : 1024;
  while (table->block_max > 1 && table->block_max * table->column_count > BLOCK_FLOATS_MAX) {
    table->block_max /= 2;
  }
  table->block = malloc((size_t)table->block_max * (table->column_count + 1) * sizeof(float));
  return table->block ? 0 : -1;
}

static int table_open(recorder_read_table_t *table, hid_t file, const char *name) {
  hsize_t extent[2];
  hid_t group = H5Gopen2(file, name, H5P_DEFAULT);
  if (group < 0) return 0; /* no signal is recorded at this rate */
  snprintf(table->name, sizeof table->name, "%s", name);
  table->dataset = H5Dopen2(group, "values", H5P_DEFAULT);
  int status = table->dataset < 0 || extent_of(table->dataset, 2, extent) ||
                       columns_read(group, &table->column, &table->column_count)
                   ? -1
                   : 0;
  if (status == 0) {
    table->sample_count = extent[1];
    status = extent[0] != table->column_count || times_open(table, group) ||
                     block_size(table, table->dataset)
                 ? -1
                 : 0;
  }
  H5Gclose(group);
  return status == 0 ? 1 : -1;
}

static int changes_open(recorder_read_changes_t *changes, hid_t file) {
  uint64_t index_count = 0, value_count = 0;
  hid_t group = H5Gopen2(file, "changes", H5P_DEFAULT);
  if (group < 0) return -1;
  int status = columns_read(group, &changes->column, &changes->column_count);
  changes->time_us =
      list_read(group, "time_us", H5T_NATIVE_INT64, sizeof(int64_t), &changes->count);
  changes->index =
      list_read(group, "signal_index", H5T_NATIVE_UINT32, sizeof(uint32_t), &index_count);
  changes->value = list_read(group, "value", H5T_NATIVE_DOUBLE, sizeof(double), &value_count);
  H5Gclose(group);
  if (status || !changes->time_us || !changes->index || !changes->value ||
      index_count != changes->count || value_count != changes->count) {
    return -1;
  }
  for (uint64_t i = 0; i < changes->count; i++) {
    if (changes->index[i] >= changes->column_count) return -1;
  }
  return 0;
}

static int marks_open(recorder_read_marks_t *marks, hid_t file) {
  uint64_t text_count = 0;
  hid_t group = H5Gopen2(file, "marks", H5P_DEFAULT);
  if (group < 0) return -1;
  marks->time_us = list_read(group, "time_us", H5T_NATIVE_INT64, sizeof(int64_t), &marks->count);
  char *texts = texts_read(group, "text", RECORDER_READ_TEXT_BYTES, &text_count);
  marks->text = (char(*)[RECORDER_READ_TEXT_BYTES])(void *)texts;
  H5Gclose(group);
  for (uint64_t i = 0; marks->text && i < text_count; i++) {
    marks->text[i][RECORDER_READ_TEXT_BYTES - 1] = 0;
  }
  return marks->time_us && marks->text && text_count == marks->count ? 0 : -1;
}

static int parts_open(reader_t *reader) {
  static const char *const names[RECORDER_READ_TABLES] = {
      "rate_1ms", "rate_10ms", "rate_100ms", "rate_1s", "windows_1ms", "windows_10ms"};
  recording_t *recording = reader->recording;
  uint64_t format = 0;
  if (attribute_u64(recording->file, "format_version", &format) ||
      format != RECORDER_FORMAT_VERSION) {
    return fail(reader, "is no recording of this version of packsim");
  }
  if (attribute_text(recording->file, "scenario", recording->scenario,
                     sizeof recording->scenario) ||
      attribute_text(recording->file, "run", recording->run, sizeof recording->run) ||
      attribute_text(recording->file, "packsim_version", recording->version,
                     sizeof recording->version) ||
      attribute_u64(recording->file, "seed", &recording->seed) ||
      attribute_u64(recording->file, "dt_us", &recording->dt_us) || recording->dt_us == 0) {
    return fail(reader, "lacks its description");
  }
  recording->begin_us = recording->end_us = -1;
  for (int i = 0; i < RECORDER_READ_TABLES; i++) {
    recorder_read_table_t *table = &recording->table[recording->table_count];
    int status = table_open(table, recording->file, names[i]);
    if (status != 0) recording->table_count++; /* also a broken one: it is to be closed */
    if (status < 0) return fail(reader, "has a table that cannot be read");
    if (status == 0 || table->sample_count == 0) continue;
    int64_t first_us = recorder_read_time_us(table, 0);
    int64_t last_us = recorder_read_time_us(table, table->sample_count - 1);
    if (recording->begin_us < 0 || first_us < recording->begin_us) recording->begin_us = first_us;
    if (last_us > recording->end_us) recording->end_us = last_us;
  }
  if (changes_open(&recording->changes, recording->file) ||
      marks_open(&recording->marks, recording->file)) {
    return fail(reader, "has changes or marks that cannot be read");
  }
  return 0;
}

/* ---- hashes.csv ---- */

/* It may be absent, and may end in the middle of a line: what is there counts. */
static int hashes_open(recorder_read_hashes_t *hashes, const char *path) {
  char line[120];
  uint64_t room = 0;
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) {
    double time_s = 0;
    unsigned long long trace_hash = 0;
    if (sscanf(line, "%lf,%16llx", &time_s, &trace_hash) != 2) continue;
    if (hashes->count == room) {
      room = room > 0 ? 2 * room : 256;
      double *times = realloc(hashes->time_s, (size_t)room * sizeof *times);
      if (times) hashes->time_s = times;
      uint64_t *traces = realloc(hashes->trace_hash, (size_t)room * sizeof *traces);
      if (traces) hashes->trace_hash = traces;
      if (!times || !traces) break;
    }
    hashes->time_s[hashes->count] = time_s;
    hashes->trace_hash[hashes->count++] = trace_hash;
  }
  int is_bad = ferror(file);
  (void)fclose(file);
  return is_bad ? -1 : 0;
}

/* ---- the whole ---- */

static void paths_make(recording_t *recording, const char *path, char *hashes_path) {
  struct stat info;
  char folder[RECORDER_READ_PATH_BYTES - 32];
  int is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
  snprintf(folder, sizeof folder, "%s", path);
  if (is_folder) {
    snprintf(recording->path, sizeof recording->path, "%s/signals.h5", folder);
  } else {
    snprintf(recording->path, sizeof recording->path, "%s", folder);
    char *slash = strrchr(folder, '/');
    if (slash) {
      *slash = 0;
    } else {
      snprintf(folder, sizeof folder, ".");
    }
  }
  snprintf(hashes_path, RECORDER_READ_PATH_BYTES, "%s/hashes.csv", folder);
}

int recorder_read_open(recording_t *recording, const char *path, char *error,
                       uint32_t error_bytes) {
  recording_t made = {.file = -1};
  char hashes_path[RECORDER_READ_PATH_BYTES];
  reader_t reader = {.recording = &made, .error = error, .error_bytes = error_bytes};
  for (int i = 0; i < RECORDER_READ_TABLES; i++) made.table[i].dataset = -1;
  if (strlen(path) > RECORDER_READ_PATH_BYTES - 64) {
    snprintf(error, error_bytes, "%.40s...: path too long", path);
    return -1;
  }
  paths_make(&made, path, hashes_path);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  made.file = H5Fopen(made.path, H5F_ACC_RDONLY, H5P_DEFAULT);
  int status = made.file < 0 ? fail(&reader, "is no recording that opens, allowed the folder of a "
                                             "run or its signals.h5")
                             : parts_open(&reader);
  if (status == 0 && hashes_open(&made.hashes, hashes_path)) {
    snprintf(error, error_bytes, "%s: cannot be read", hashes_path);
    status = -1;
  }
  if (status == 0) {
    *recording = made;
  } else {
    recorder_read_close(&made);
  }
  return status;
}

void recorder_read_close(recording_t *recording) {
  for (uint32_t i = 0; i < recording->table_count; i++) {
    recorder_read_table_t *table = &recording->table[i];
    if (table->dataset >= 0) H5Dclose(table->dataset);
    free(table->column);
    free(table->time_us);
    free(table->block);
  }
  if (recording->file >= 0) H5Fclose(recording->file);
  free(recording->changes.column);
  free(recording->changes.time_us);
  free(recording->changes.index);
  free(recording->changes.value);
  free(recording->marks.time_us);
  free(recording->marks.text);
  free(recording->hashes.time_s);
  free(recording->hashes.trace_hash);
  *recording = (recording_t){.file = -1};
}

/* The block that holds a sample. */
static int block_load(recorder_read_table_t *table, uint64_t sample) {
  uint64_t first = sample - sample % table->block_max;
  uint64_t count = table->sample_count - first;
  if (count > table->block_max) count = table->block_max;
  const hsize_t from[2] = {0, first}, extent[2] = {table->column_count, count};
  hid_t space = H5Dget_space(table->dataset);
  hid_t memory = H5Screate_simple(2, extent, NULL);
  table->block_count = 0;
  int is_bad =
      space < 0 || memory < 0 ||
      H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, extent, NULL) < 0 ||
      H5Dread(table->dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, table->block) < 0;
  if (memory >= 0) H5Sclose(memory);
  if (space >= 0) H5Sclose(space);
  if (is_bad) return -1;
  table->block_first = first;
  table->block_count = count;
  return 0;
}

double recorder_read_value(recorder_read_table_t *table, uint32_t column, uint64_t sample) {
  if (sample >= table->sample_count || column >= table->column_count) return (double)NAN;
  int is_there = sample >= table->block_first && sample < table->block_first + table->block_count;
  if (!is_there && block_load(table, sample)) return (double)NAN;
  return (double)table->block[column * table->block_count + (sample - table->block_first)];
}
