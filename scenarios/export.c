/// Recorded signals as CSV or JSON: see export.h.
#include "export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "names.h"

enum { NUMBER_BYTES = 32, SOURCE_MAX = RECORDER_READ_TABLES };
#define NO_SAMPLE UINT64_MAX

typedef struct {
  const recorder_read_column_t *column;
  uint32_t source_count;
  uint32_t table[SOURCE_MAX], at[SOURCE_MAX]; /* where it stands */
  int32_t change; /* its column among the changes, -1: none */
} series_t;

typedef struct {
  recording_t *recording;
  const export_options_t *options;
  series_t *series;
  uint32_t series_count, series_max;
  uint8_t is_used[EXPORT_PATTERN_MAX]; /* the pattern matches something */
  uint64_t sample[RECORDER_READ_TABLES]; /* newest of each table, NO_SAMPLE: none yet */
  uint64_t next_change;
  double *change_value; /* as they stand; NaN: not yet */
  int64_t *change_us;
} export_t;

/* ---- which signals ---- */

static int is_wanted(export_t *export, const char *name) {
  int is_wanted = export->options->pattern_count == 0;
  for (uint32_t i = 0; i < export->options->pattern_count; i++) {
    if (!names_match(export->options->pattern[i], name)) continue;
    export->is_used[i] = 1;
    is_wanted = 1;
  }
  return is_wanted;
}

static series_t *series_get(export_t *export, const recorder_read_column_t *column) {
  for (uint32_t i = 0; i < export->series_count; i++) {
    if (strcmp(export->series[i].column->name, column->name) == 0) return &export->series[i];
  }
  if (export->series_count == export->series_max) {
    uint32_t max = export->series_max > 0 ? 2 * export->series_max : 64;
    series_t *grown = realloc(export->series, max * sizeof *grown);
    if (!grown) return NULL;
    export->series = grown;
    export->series_max = max;
  }
  series_t *series = &export->series[export->series_count++];
  *series = (series_t){.column = column, .change = -1};
  return series;
}

static int select_signals(export_t *export) {
  recording_t *recording = export->recording;
  for (uint32_t t = 0; t < recording->table_count; t++) {
    for (uint32_t c = 0; c < recording->table[t].column_count; c++) {
      const recorder_read_column_t *column = &recording->table[t].column[c];
      if (!is_wanted(export, column->name)) continue;
      series_t *series = series_get(export, column);
      if (!series) return -1;
      series->table[series->source_count] = t;
      series->at[series->source_count++] = c;
    }
  }
  for (uint32_t c = 0; c < recording->changes.column_count; c++) {
    const recorder_read_column_t *column = &recording->changes.column[c];
    if (!is_wanted(export, column->name)) continue;
    series_t *series = series_get(export, column);
    if (!series) return -1;
    series->change = (int32_t)c;
  }
  return 0;
}

/* ---- values ---- */

static void advance(export_t *export, int64_t now_us) {
  recording_t *recording = export->recording;
  for (uint32_t t = 0; t < recording->table_count; t++) {
    const recorder_read_table_t *table = &recording->table[t];
    uint64_t next = export->sample[t] == NO_SAMPLE ? 0 : export->sample[t] + 1;
    while (next < table->sample_count && recorder_read_time_us(table, next) <= now_us) {
      export->sample[t] = next++;
    }
  }
  const recorder_read_changes_t *changes = &recording->changes;
  while (export->next_change < changes->count && changes->time_us[export->next_change] <= now_us) {
    uint64_t i = export->next_change++;
    export->change_value[changes->index[i]] = changes->value[i];
    export->change_us[changes->index[i]] = changes->time_us[i];
  }
}

/* 0 iff the signal has no value yet. */
static int value_now(export_t *export, const series_t *series, double *value) {
  int64_t newest_us = -1;
  for (uint32_t i = 0; i < series->source_count; i++) {
    uint32_t t = series->table[i];
    recorder_read_table_t *table = &export->recording->table[t];
    if (export->sample[t] == NO_SAMPLE) continue;
    int64_t time_us = recorder_read_time_us(table, export->sample[t]);
    if (time_us <= newest_us) continue;
    newest_us = time_us;
    *value = recorder_read_value(table, series->at[i], export->sample[t]);
  }
  if (series->change >= 0 && export->change_us[series->change] > newest_us) {
    newest_us = export->change_us[series->change];
    *value = export->change_value[series->change];
  }
  return newest_us >= 0;
}

/* As few digits as give the recorded number back. */
static void number_text(double value, int is_json, char text[NUMBER_BYTES]) {
  if (!isfinite(value)) {
    const char *quote = is_json ? "\"" : "";
    snprintf(text, NUMBER_BYTES, "%s%s%s", quote,
             isnan(value) ? "nan"
             : value < 0  ? "-inf"
                          : "inf",
             quote);
    return;
  }
  for (int digits = 6; digits <= 9; digits++) {
    snprintf(text, NUMBER_BYTES, "%.*g", digits, value);
    double back = strtod(text, NULL);
    if (digits == 9 || (float)back == (float)value) return;
  }
}

/* ---- files ---- */

static int ends_with(const char *text, const char *end) {
  size_t text_length = strlen(text), end_length = strlen(end);
  return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

static void time_put(int64_t time_us, FILE *file) {
  char text[NUMBER_BYTES];
  int length = snprintf(text, sizeof text, "%lld.%06lld", (long long)(time_us / 1000000),
                        (long long)(time_us % 1000000));
  while (length > 1 && text[length - 1] == '0') length--;
  if (length > 1 && text[length - 1] == '.') length--;
  fwrite(text, 1, (size_t)length, file);
}

static void line_put(export_t *export, int64_t time_us, FILE *file) {
  char text[NUMBER_BYTES];
  int is_json = export->options->is_json;
  if (is_json) fputc('[', file);
  time_put(time_us, file);
  for (uint32_t i = 0; i < export->series_count; i++) {
    double value = (double)NAN;
    int has_value = value_now(export, &export->series[i], &value);
    fputs(is_json ? ", " : ",", file);
    if (has_value) {
      number_text(value, is_json, text);
      fputs(text, file);
    } else if (is_json) {
      fputs("null", file);
    }
  }
  fputs(is_json ? "]" : "\n", file);
}

static void head_csv(const export_t *export, FILE *file) {
  fputs("time_s", file);
  for (uint32_t i = 0; i < export->series_count; i++) {
    const recorder_read_column_t *column = export->series[i].column;
    fprintf(file, ",%s", column->name);
    if (column->unit[0] && !ends_with(column->name, column->unit))
      fprintf(file, " [%s]", column->unit);
  }
  fputc('\n', file);
}

/* Names and units are plain words of the simulator: they need no escape. */
static void head_json(const export_t *export, FILE *file) {
  fputs("{\"run\": ", file);
  compare_json_text(export->recording->run, file);
  fputs(", \"period_s\": ", file);
  time_put(export->options->period_us, file);
  fputs(",\n \"signals\": [", file);
  for (uint32_t i = 0; i < export->series_count; i++) {
    const recorder_read_column_t *column = export->series[i].column;
    fprintf(file, "%s{\"name\": \"%s\", \"unit\": \"%s\"}", i > 0 ? ", " : "", column->name,
            column->unit);
  }
  fputs("],\n \"rows\": [", file);
}

static void rows_put(export_t *export, FILE *file) {
  const export_options_t *options = export->options;
  int64_t from_us = options->from_us >= 0 ? options->from_us : export->recording->begin_us;
  int64_t to_us = options->to_us >= 0 ? options->to_us : export->recording->end_us;
  if (to_us > export->recording->end_us) to_us = export->recording->end_us;
  int is_first = 1;
  for (int64_t now_us = from_us; now_us >= 0 && now_us <= to_us; now_us += options->period_us) {
    advance(export, now_us);
    if (options->is_json) fputs(is_first ? "\n  " : ",\n  ", file);
    is_first = 0;
    line_put(export, now_us, file);
  }
}

static int prepare(export_t *export, char *error, uint32_t error_bytes) {
  size_t change_columns = export->recording->changes.column_count + (size_t)1;
  export->change_value = calloc(change_columns, sizeof *export->change_value);
  export->change_us = malloc(change_columns * sizeof *export->change_us);
  if (!export->change_value || !export->change_us || select_signals(export)) {
    snprintf(error, error_bytes, "out of memory");
    return -1;
  }
  for (size_t i = 0; i < change_columns; i++) export->change_us[i] = -1;
  for (int i = 0; i < RECORDER_READ_TABLES; i++) export->sample[i] = NO_SAMPLE;
  for (uint32_t i = 0; i < export->options->pattern_count; i++) {
    if (export->is_used[i]) continue;
    snprintf(error, error_bytes,
             "--signals: %s matches no recorded signal of %s, allowed names as packsim signals "
             "lists them; \"record\": \"all_1ms\" records all",
             export->options->pattern[i], export->recording->path);
    return -1;
  }
  return 0;
}

int export_write(recording_t *recording, const export_options_t *options, FILE *file, char *error,
                 uint32_t error_bytes) {
  export_t export = {.recording = recording, .options = options};
  int status = prepare(&export, error, error_bytes);
  if (status == 0) {
    if (options->is_json) {
      head_json(&export, file);
    } else {
      head_csv(&export, file);
    }
    rows_put(&export, file);
    if (options->is_json) fputs("\n ]}\n", file);
  }
  free(export.series);
  free(export.change_value);
  free(export.change_us);
  return status;
}
