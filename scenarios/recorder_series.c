/// Reader of recordings: see recorder_series.h.
#include "recorder_series.h"

#include <stdlib.h>
#include <string.h>

#include <hdf5.h>

enum { TABLE_COUNT = 6, NAME_BYTES_MAX = 256 };

static const double US_PER_S = 1e6;

/* Those sampled by themselves first: at one time the first appended stays. */
static const char *const table_name[TABLE_COUNT] = {"windows_1ms", "windows_10ms", "rate_1ms",
                                                    "rate_10ms",   "rate_100ms",   "rate_1s"};

/* The columns of a group of the file. */
typedef struct {
  uint32_t count, name_bytes;
  char *names;
} names_t;

typedef struct {
  hid_t values; /* -1: not in the file */
  names_t names;
  uint64_t sample_count;
  int64_t *time_us; /* NULL: start_us + i * period_us */
  uint64_t start_us, period_us;
} table_t;

typedef struct {
  int is_loaded;
  names_t names;
  uint64_t count;
  int64_t *time_us;
  uint32_t *index;
  double *value;
} changes_t;

struct recorder_series_file {
  hid_t file;
  table_t table[TABLE_COUNT];
  changes_t changes;
};

/* A whole dataset of rank 1 as elements of type; NULL iff it is absent or empty. */
static void *column_read(hid_t group, const char *name, hid_t type, size_t element_bytes,
                         uint64_t *count) {
  *count = 0;
  hid_t dataset = H5Lexists(group, name, H5P_DEFAULT) > 0 ? H5Dopen2(group, name, H5P_DEFAULT) : -1;
  if (dataset < 0) return NULL;
  hid_t space = H5Dget_space(dataset);
  hssize_t points = H5Sget_simple_extent_npoints(space);
  void *data = points > 0 ? malloc((size_t)points * element_bytes) : NULL;
  if (data && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
    free(data);
    data = NULL;
  }
  if (data) *count = (uint64_t)points;
  H5Sclose(space);
  H5Dclose(dataset);
  return data;
}

static void names_read(hid_t group, names_t *names) {
  hid_t dataset =
      H5Lexists(group, "names", H5P_DEFAULT) > 0 ? H5Dopen2(group, "names", H5P_DEFAULT) : -1;
  if (dataset < 0) return;
  hid_t type = H5Dget_type(dataset);
  size_t bytes = H5Tget_size(type);
  uint64_t count = 0;
  if (bytes > 0 && bytes <= NAME_BYTES_MAX && H5Tis_variable_str(type) == 0) {
    names->names = column_read(group, "names", type, bytes, &count);
    names->name_bytes = (uint32_t)bytes;
    names->count = (uint32_t)count;
  }
  H5Tclose(type);
  H5Dclose(dataset);
}

static int64_t names_find(const names_t *names, const char *name) {
  for (uint32_t i = 0; i < names->count; i++) {
    if (strncmp(names->names + (size_t)i * names->name_bytes, name, names->name_bytes) == 0) {
      return i;
    }
  }
  return -1;
}

static uint64_t attribute_read(hid_t group, const char *name) {
  uint64_t value = 0;
  hid_t attribute = H5Aexists(group, name) > 0 ? H5Aopen(group, name, H5P_DEFAULT) : -1;
  if (attribute < 0) return 0;
  if (H5Aread(attribute, H5T_NATIVE_UINT64, &value) < 0) value = 0;
  H5Aclose(attribute);
  return value;
}

static void table_open(hid_t file, const char *name, table_t *table) {
  enum { CACHE_BYTES = 8 << 20 };
  hsize_t size[2] = {0, 0};
  table->values = -1;
  if (H5Lexists(file, name, H5P_DEFAULT) <= 0) return;
  hid_t group = H5Gopen2(file, name, H5P_DEFAULT);
  hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
  H5Pset_chunk_cache(access, 31, (size_t)CACHE_BYTES, 1.0);
  if (H5Lexists(group, "values", H5P_DEFAULT) > 0) {
    table->values = H5Dopen2(group, "values", access);
    hid_t space = H5Dget_space(table->values);
    if (H5Sget_simple_extent_ndims(space) == 2) H5Sget_simple_extent_dims(space, size, NULL);
    H5Sclose(space);
    names_read(group, &table->names);
    uint64_t time_count = 0;
    table->time_us = column_read(group, "time_us", H5T_NATIVE_INT64, sizeof(int64_t), &time_count);
    table->start_us = attribute_read(group, "start_us");
    table->period_us = attribute_read(group, "period_us");
    table->sample_count = size[1];
    if (table->time_us && time_count < table->sample_count) table->sample_count = time_count;
    if (!table->time_us && table->period_us == 0) table->sample_count = 0;
    if (table->names.count > size[0]) table->names.count = (uint32_t)size[0];
  }
  H5Pclose(access);
  H5Gclose(group);
}

recorder_series_file_t *recorder_series_open(const char *path) {
  (void)H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  recorder_series_file_t *reader = file >= 0 ? calloc(1, sizeof *reader) : NULL;
  if (!reader) {
    if (file >= 0) H5Fclose(file);
    return NULL;
  }
  reader->file = file;
  for (uint32_t i = 0; i < TABLE_COUNT; i++) table_open(file, table_name[i], &reader->table[i]);
  return reader;
}

void recorder_series_close(recorder_series_file_t *reader) {
  if (!reader) return;
  for (uint32_t i = 0; i < TABLE_COUNT; i++) {
    if (reader->table[i].values >= 0) H5Dclose(reader->table[i].values);
    free(reader->table[i].names.names);
    free(reader->table[i].time_us);
  }
  free(reader->changes.names.names);
  free(reader->changes.time_us);
  free(reader->changes.index);
  free(reader->changes.value);
  H5Fclose(reader->file);
  free(reader);
}

static double sample_s(const table_t *table, uint64_t i) {
  if (table->time_us) return (double)table->time_us[i] / US_PER_S;
  return (double)(table->start_us + i * table->period_us) / US_PER_S;
}

/* First sample that is not before time_s. */
static uint64_t sample_at(const table_t *table, double time_s) {
  uint64_t low = 0, high = table->sample_count;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (sample_s(table, middle) < time_s) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static int table_read(const table_t *table, uint64_t line, uint64_t begin, uint64_t count,
                      recorder_series_t *series) {
  float *value = malloc(count * sizeof *value);
  hid_t space = H5Dget_space(table->values);
  hsize_t start[2] = {line, begin}, extent[2] = {1, count};
  hid_t memory = H5Screate_simple(2, extent, NULL);
  int is_bad = !value || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) < 0;
  int status = value ? 0 : -1;
  is_bad =
      is_bad || H5Dread(table->values, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, value) < 0;
  for (uint64_t i = 0; !is_bad && status == 0 && i < count; i++) {
    status = recorder_series_add(series, sample_s(table, begin + i), value[i]);
  }
  H5Sclose(memory);
  H5Sclose(space);
  free(value);
  return status;
}

int recorder_series_read(recorder_series_file_t *reader, const char *name, double from_s,
                         double to_s, uint32_t sample_max, recorder_series_t *series) {
  int status = 0;
  for (uint32_t t = 0; t < TABLE_COUNT && status == 0; t++) {
    const table_t *table = &reader->table[t];
    int64_t line = table->values >= 0 ? names_find(&table->names, name) : -1;
    if (line < 0) continue;
    uint64_t begin = sample_at(table, from_s), end = sample_at(table, to_s);
    if (end < table->sample_count) end++; /* the line goes on to the edge */
    if (begin > 0) begin--;
    if (end <= begin || end - begin > sample_max) continue;
    status = table_read(table, (uint64_t)line, begin, end - begin, series);
  }
  return status;
}

static void changes_load(recorder_series_file_t *reader) {
  changes_t *changes = &reader->changes;
  uint64_t index_count = 0, value_count = 0;
  changes->is_loaded = 1;
  if (H5Lexists(reader->file, "changes", H5P_DEFAULT) <= 0) return;
  hid_t group = H5Gopen2(reader->file, "changes", H5P_DEFAULT);
  names_read(group, &changes->names);
  changes->time_us =
      column_read(group, "time_us", H5T_NATIVE_INT64, sizeof(int64_t), &changes->count);
  changes->index =
      column_read(group, "signal_index", H5T_NATIVE_UINT32, sizeof(uint32_t), &index_count);
  changes->value = column_read(group, "value", H5T_NATIVE_DOUBLE, sizeof(double), &value_count);
  if (index_count < changes->count) changes->count = index_count;
  if (value_count < changes->count) changes->count = value_count;
  H5Gclose(group);
}

int recorder_series_changes(recorder_series_file_t *reader, const char *name,
                            recorder_series_t *series) {
  const changes_t *changes = &reader->changes;
  if (!changes->is_loaded) changes_load(reader);
  int64_t wanted = names_find(&changes->names, name);
  for (uint64_t i = 0; wanted >= 0 && i < changes->count; i++) {
    if (changes->index[i] != (uint64_t)wanted) continue;
    double time_s = (double)changes->time_us[i] / US_PER_S;
    if (recorder_series_add(series, time_s, (float)changes->value[i])) return -1;
  }
  return 0;
}

int recorder_series_add(recorder_series_t *series, double time_s, float value) {
  if (series->count == series->max) {
    uint32_t max = series->max > 0 ? 2 * series->max : 256;
    double *times = realloc(series->time_s, max * sizeof *times);
    if (!times) return -1;
    series->time_s = times;
    float *values = realloc(series->value, max * sizeof *values);
    if (!values) return -1;
    series->value = values;
    series->max = max;
  }
  series->time_s[series->count] = time_s;
  series->value[series->count++] = value;
  return 0;
}

typedef struct {
  double time_s;
  float value;
  uint32_t order;
} sample_t;

static int compare_samples(const void *a, const void *b) {
  const sample_t *left = a, *right = b;
  if (left->time_s < right->time_s) return -1;
  if (left->time_s > right->time_s) return 1;
  return left->order < right->order ? -1 : 1;
}

static int is_sorted(const recorder_series_t *series) {
  for (uint32_t i = 1; i < series->count; i++) {
    if (!(series->time_s[i] > series->time_s[i - 1])) return 0;
  }
  return 1;
}

void recorder_series_sort(recorder_series_t *series) {
  if (is_sorted(series)) return;
  sample_t *sample = malloc(series->count * sizeof *sample);
  uint32_t count = 0;
  for (uint32_t i = 0; sample && i < series->count; i++) {
    sample[i] = (sample_t){series->time_s[i], series->value[i], i};
  }
  if (sample) qsort(sample, series->count, sizeof *sample, compare_samples);
  for (uint32_t i = 0; sample && i < series->count; i++) {
    if (count > 0 && !(sample[i].time_s > series->time_s[count - 1])) continue;
    series->time_s[count] = sample[i].time_s;
    series->value[count++] = sample[i].value;
  }
  series->count = count; /* without memory: no plot rather than a wrong one */
  free(sample);
}

void recorder_series_free(recorder_series_t *series) {
  free(series->time_s);
  free(series->value);
  *series = (recorder_series_t){0};
}
