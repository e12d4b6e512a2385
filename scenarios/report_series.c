/// Samples for the plots: from the recording where it is fine enough, from signals.csv otherwise.
#include <string.h>

#include "report_run.h"

enum { SAMPLE_MAX = 40000 };

static int32_t column_find(const report_csv_t *csv, const char *name) {
  size_t length = strlen(name);
  int32_t column = 0;
  if (!csv->header || !csv->value) return -1;
  for (const char *at = csv->header; *at; column++) {
    int is_end = at[0] && strncmp(at, name, length) == 0 &&
                 (at[length] == ',' || at[length] == ' ' || at[length] == 0);
    if (is_end) return column;
    at += strcspn(at, ",");
    if (*at == ',') at++;
  }
  return -1;
}

static void csv_append(const report_csv_t *csv, const char *name, double from_s, double to_s,
                       recorder_series_t *series) {
  int32_t column = column_find(csv, name);
  for (uint32_t i = 0; column >= 0 && i < csv->count; i++) {
    const float *line = csv->value + (size_t)i * csv->column_count;
    double time_s = (double)line[0];
    if (time_s < from_s || time_s > to_s) continue;
    if (recorder_series_add(series, time_s, line[column])) return;
  }
}

void report_series(const report_run_t *run, const char *name, double from_s, double to_s,
                   recorder_series_t *series) {
  if (run->recording) {
    (void)recorder_series_read(run->recording, name, from_s, to_s, SAMPLE_MAX, series);
  }
  csv_append(&run->csv, name, from_s, to_s, series);
  recorder_series_sort(series);
}

void report_states(const report_run_t *run, const char *name, recorder_series_t *series) {
  if (run->recording) (void)recorder_series_changes(run->recording, name, series);
  if (series->count == 0) csv_append(&run->csv, name, 0, run->end_s + 1, series);
}
