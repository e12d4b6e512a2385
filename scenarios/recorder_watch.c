/// Signals recorded on change: see recorder_watch.h.
#include "recorder_watch.h"

#include <stdlib.h>
#include <string.h>

#include "signals_read.h"

enum { SLOW_PERIOD_US = 10000, SPAN_COUNT_MIN = 4 };

static int starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

static int is_fast(const signal_t *signal) {
  return starts_with(signal->name, "contactor.") || starts_with(signal->name, "coil.") ||
         strcmp(signal->name, "bms.state") == 0;
}

static void columns_add(recorder_watch_t *watch, int wants_fast) {
  for (uint32_t i = 0; i < signals_count(); i++) {
    const signal_t *signal = signals_at(i);
    if (signal->period_ms != 0 || is_fast(signal) != wants_fast) continue;
    watch->column[watch->count++] = recorder_h5_column(signal);
  }
}

static int is_neighbour(const signal_t *left, const signal_t *right) {
  return right->read == signals_read_u8 && right->offset == left->offset + 1;
}

/* Runs of single bytes among the slow columns, such as the qualities of all groups. */
static void spans_find(recorder_watch_t *watch) {
  const recorder_column_t *column = watch->column;
  for (uint32_t i = watch->fast_count; i < watch->count;) {
    uint32_t end = i + 1;
    recorder_span_t *span = &watch->span[watch->span_count];
    while (end < watch->count && end - i < sizeof span->bytes &&
           column[i].signal->read == signals_read_u8 &&
           is_neighbour(column[end - 1].signal, column[end].signal)) {
      end++;
    }
    if (end - i >= SPAN_COUNT_MIN && watch->span_count < RECORDER_WATCH_SPAN_MAX) {
      *span = (recorder_span_t){.first = i, .count = end - i, .offset = column[i].signal->offset};
      watch->span_count++;
    }
    i = end;
  }
}

void recorder_watch_clear(recorder_watch_t *watch) {
  memset(watch, 0, sizeof *watch);
  watch->table.group = watch->table.times = watch->table.indices = watch->table.values = -1;
}

int recorder_watch_open(recorder_watch_t *watch, hid_t file) {
  uint32_t all = signals_count() + 1;
  watch->column = malloc(all * sizeof *watch->column);
  watch->last_value = calloc(all, sizeof *watch->last_value);
  if (!watch->column || !watch->last_value) return -1;
  columns_add(watch, 1);
  watch->fast_count = watch->count;
  columns_add(watch, 0);
  spans_find(watch);
  return recorder_h5_changes_open(&watch->table, file, watch->column, watch->count);
}

static int columns_compare(recorder_watch_t *watch, const hil_t *hil, uint32_t begin,
                           uint32_t end) {
  for (uint32_t i = begin; i < end; i++) {
    double value = signals_read(watch->column[i].signal, hil), *last = &watch->last_value[i];
    if (watch->has_last_values && memcmp(&value, last, sizeof value) == 0) continue;
    *last = value;
    recorder_change_t change = {(int64_t)hil->now_us, i, value};
    if (recorder_h5_changes_push(&watch->table, change)) return -1;
  }
  return 0;
}

/* The slow columns: those between the spans one by one, a span only if its bytes differ. */
static int slow_compare(recorder_watch_t *watch, const hil_t *hil) {
  uint32_t at = watch->fast_count;
  for (uint32_t s = 0; s < watch->span_count; s++) {
    recorder_span_t *span = &watch->span[s];
    const uint8_t *now = (const uint8_t *)hil + span->offset;
    if (columns_compare(watch, hil, at, span->first)) return -1;
    at = span->first + span->count;
    if (watch->has_last_values && memcmp(span->bytes, now, span->count) == 0) continue;
    memcpy(span->bytes, now, span->count);
    if (columns_compare(watch, hil, span->first, at)) return -1;
  }
  return columns_compare(watch, hil, at, watch->count);
}

int recorder_watch_tick(recorder_watch_t *watch, const hil_t *hil, int is_eventful) {
  int is_all_due =
      is_eventful || !watch->has_last_values || hil->now_us % SLOW_PERIOD_US < hil->dt_us;
  if (columns_compare(watch, hil, 0, watch->fast_count)) return -1;
  if (is_all_due && slow_compare(watch, hil)) return -1;
  watch->has_last_values = 1;
  return 0;
}

int recorder_watch_close(recorder_watch_t *watch) {
  int status = recorder_h5_changes_close(&watch->table);
  free(watch->column);
  free(watch->last_value);
  recorder_watch_clear(watch);
  return status;
}
