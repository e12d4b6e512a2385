/// Signals recorded on change: see recorder_watch.h.
#include "recorder_watch.h"

#include <stdlib.h>
#include <string.h>

#include "signals_read.h"

enum {
  SLOW_PERIOD_US = 10000,
  GAP_MAX = 48, /* bytes between fields that are still looked at together */
  WORD = sizeof(uint64_t),
  WIDE = 2 * WORD,
  WORDS_BYTES = 128, /* more is compared by the library */
  WIDE_BYTES = 64 /* a source of more is shared only by columns that have it as a whole */
};

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
    watch->column[watch->count++] = recorder_column(signal);
  }
}

/* Both in one; 0 iff they lie too far from each other or are too wide. */
static int join(signals_bytes_t *into, signals_bytes_t more) {
  uint32_t begin = into->offset, end = begin + into->byte_count,
           end2 = more.offset + more.byte_count;
  if (more.offset == begin && end2 == end) return 1;
  if (more.byte_count == 0 || into->byte_count == 0 || more.byte_count > WIDE_BYTES) return 0;
  if (more.offset > end + GAP_MAX || begin > end2 + GAP_MAX) return 0;
  into->offset = more.offset < begin ? more.offset : begin;
  into->byte_count = (end2 > end ? end2 : end) - into->offset;
  return 1;
}

static int span_join(recorder_span_t *span, const signal_t *signal) {
  signals_bytes_t first = span->source[0], second = span->source[1];
  if (!join(&first, signal->source[0]) || !join(&second, signal->source[1])) return 0;
  span->source[0] = first;
  span->source[1] = second;
  span->count++;
  return 1;
}

static int spans_find(recorder_watch_t *watch) {
  uint32_t byte_count = 0;
  watch->span = malloc((watch->count + 1) * sizeof *watch->span);
  if (!watch->span) return -1;
  for (uint32_t i = 0; i < watch->count; i++) {
    const signal_t *signal = watch->column[i].signal;
    recorder_span_t *last = &watch->span[watch->span_count - (watch->span_count > 0)];
    if (i > 0 && i != watch->fast_count && span_join(last, signal)) continue;
    watch->span[watch->span_count++] =
        (recorder_span_t){.first = i, .count = 1, .source = {signal->source[0], signal->source[1]}};
    if (i < watch->fast_count) watch->fast_span_count = watch->span_count;
  }
  for (uint32_t s = 0; s < watch->span_count; s++) {
    watch->span[s].kept = byte_count;
    byte_count += watch->span[s].source[0].byte_count + watch->span[s].source[1].byte_count;
  }
  watch->bytes = calloc(byte_count + 1, 1);
  return watch->bytes ? 0 : -1;
}

void recorder_watch_clear(recorder_watch_t *watch) {
  memset(watch, 0, sizeof *watch);
  watch->table.group = watch->table.times = watch->table.indices = watch->table.values = -1;
}

int recorder_watch_open(recorder_watch_t *watch, recorder_h5_file_t file) {
  uint32_t all = signals_count() + 1;
  watch->column = malloc(all * sizeof *watch->column);
  watch->last_value = calloc(all, sizeof *watch->last_value);
  if (!watch->column || !watch->last_value) return -1;
  columns_add(watch, 1);
  watch->fast_count = watch->count;
  columns_add(watch, 0);
  if (spans_find(watch)) return -1;
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

typedef uint64_t wide_t __attribute__((vector_size(WIDE)));

static inline uint64_t load_word(const uint8_t *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static inline wide_t load_wide(const uint8_t *at) {
  wide_t wide;
  memcpy(&wide, at, sizeof wide);
  return wide;
}

/* Most sources are a few words: they are compared without a call. The last of them may overlap the
 * one before it. */
static inline int differ(const uint8_t *a, const uint8_t *b, uint32_t byte_count) {
  if (byte_count > WORDS_BYTES) return memcmp(a, b, byte_count) != 0;
  if (byte_count >= WIDE) {
    const uint32_t last = byte_count - WIDE;
    wide_t differs = load_wide(a + last) ^ load_wide(b + last);
    for (uint32_t i = 0; i < last; i += WIDE) differs |= load_wide(a + i) ^ load_wide(b + i);
    return (differs[0] | differs[1]) != 0;
  }
  if (byte_count >= WORD) {
    const uint32_t last = byte_count - WORD;
    return ((load_word(a) ^ load_word(b)) | (load_word(a + last) ^ load_word(b + last))) != 0;
  }
  uint32_t differs = 0;
  for (uint32_t i = 0; i < byte_count; i++) differs |= (uint32_t)(a[i] ^ b[i]);
  return differs != 0;
}

/* 1 iff the bytes are as last seen; keeps them as they are now. */
static inline int is_same(uint8_t *kept, const hil_t *hil, signals_bytes_t source) {
  const uint8_t *now = (const uint8_t *)hil + source.offset;
  if (!differ(kept, now, source.byte_count)) return 1;
  memcpy(kept, now, source.byte_count);
  return 0;
}

static int spans_compare(recorder_watch_t *watch, const hil_t *hil, uint32_t begin, uint32_t end) {
  for (uint32_t s = begin; s < end; s++) {
    const recorder_span_t *span = &watch->span[s];
    uint8_t *kept = watch->bytes + span->kept;
    int rests = span->source[0].byte_count > 0;
    if (rests && !is_same(kept, hil, span->source[0])) rests = 0;
    kept += span->source[0].byte_count;
    if (span->source[1].byte_count > 0 && !is_same(kept, hil, span->source[1])) rests = 0;
    if (rests && watch->has_last_values) continue;
    if (columns_compare(watch, hil, span->first, span->first + span->count)) return -1;
  }
  return 0;
}

int recorder_watch_tick(recorder_watch_t *watch, const hil_t *hil, int is_eventful) {
  int is_all_due =
      is_eventful || !watch->has_last_values || hil->now_us % SLOW_PERIOD_US < hil->dt_us;
  uint32_t end = is_all_due ? watch->span_count : watch->fast_span_count;
  if (spans_compare(watch, hil, 0, end)) return -1;
  watch->has_last_values = 1;
  return 0;
}

int recorder_watch_close(recorder_watch_t *watch) {
  int status = recorder_h5_changes_close(&watch->table);
  free(watch->column);
  free(watch->last_value);
  free(watch->span);
  free(watch->bytes);
  recorder_watch_clear(watch);
  return status;
}
