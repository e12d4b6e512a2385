/// The table of all signals: built once, sorted index for look-up by name.
#include "signals_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/simd.h"
#include "names.h"

enum { SIGNAL_MAX = 4096, LANE_COUNT = 8, CHAIN_COUNT = 4 };

static signal_t table[SIGNAL_MAX];
static uint16_t by_name[SIGNAL_MAX];
static uint32_t table_count;

static const void *at(const signal_t *signal, const hil_t *hil) {
  return (const char *)hil + signal->offset;
}

#define PLAIN_READER(suffix, type)                                                                 \
  double signals_read_##suffix(const signal_t *signal, const hil_t *hil) {                         \
    return (double)*(const type *)at(signal, hil) * signal->scale;                                 \
  }

PLAIN_READER(f64, double)
PLAIN_READER(u8, uint8_t)
PLAIN_READER(u16, uint16_t)
PLAIN_READER(i16, int16_t)
PLAIN_READER(u32, uint32_t)
PLAIN_READER(i32, int32_t)

uint32_t signals_field_bytes(signal_read_fn read) {
  if (read == signals_read_f64) return sizeof(double);
  if (read == signals_read_u32 || read == signals_read_i32) return sizeof(uint32_t);
  if (read == signals_read_u16 || read == signals_read_i16) return sizeof(uint16_t);
  return read == signals_read_u8 ? sizeof(uint8_t) : 0;
}

void signals_add(const signals_row_t *row, const char *format, ...) {
  if (table_count == SIGNAL_MAX) {
    return;
  }
  signal_t *signal = &table[table_count];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(signal->name, sizeof signal->name, format, arguments);
  va_end(arguments);
  snprintf(signal->unit, sizeof signal->unit, "%s", row->unit);
  snprintf(signal->help, sizeof signal->help, "%s", row->help);
  signal->period_ms = row->period_ms;
  signal->in_csv = row->in_csv;
  signal->read = row->read;
  signal->offset = (uint32_t)row->offset;
  signal->index = row->index;
  signal->scale = row->scale;
  const signals_bytes_t field = {signal->offset, signals_field_bytes(row->read)};
  signal->source[0] = field.byte_count > 0 ? field : row->source[0];
  signal->source[1] = row->source[1];
  by_name[table_count] = (uint16_t)table_count;
  table_count++;
}

static int compare_names(const void *a, const void *b) {
  return strcmp(table[*(const uint16_t *)a].name, table[*(const uint16_t *)b].name);
}

void signals_init(void) {
  if (table_count > 0) {
    return;
  }
  signals_add_phys();
  signals_add_pins();
  signals_add_bms();
  signals_add_can();
  qsort(by_name, table_count, sizeof by_name[0], compare_names);
}

uint32_t signals_count(void) { return table_count; }

const signal_t *signals_at(uint32_t index) { return index < table_count ? &table[index] : NULL; }

int32_t signals_find(const char *name) {
  uint32_t low = 0, high = table_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    int order = strcmp(name, table[by_name[middle]].name);
    if (order == 0) {
      return by_name[middle];
    }
    if (order < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return -1;
}

int32_t signals_match(const char *pattern, uint32_t from) {
  if (strchr(pattern, '*') == NULL) {
    int32_t found = signals_find(pattern);
    return found >= 0 && (uint32_t)found >= from ? found : -1;
  }
  for (uint32_t i = from; i < table_count; i++) {
    if (names_match(pattern, table[i].name)) {
      return (int32_t)i;
    }
  }
  return -1;
}

int signals_as_run(const uint16_t *list, uint32_t count, signals_run_t *run) {
  if (count < 2) {
    return 0;
  }
  const signal_t *first = &table[list[0]];
  int is_plain = first->read == signals_read_f64 || first->read == signals_read_u8 ||
                 first->read == signals_read_u16;
  ptrdiff_t stride = (ptrdiff_t)table[list[1]].offset - (ptrdiff_t)first->offset;
  for (uint32_t i = 1; i < count && is_plain; i++) {
    const signal_t *signal = &table[list[i]];
    is_plain = signal->read == first->read && signal->scale >= first->scale &&
               signal->scale <= first->scale &&
               (ptrdiff_t)signal->offset == (ptrdiff_t)first->offset + stride * (ptrdiff_t)i;
  }
  *run = (signals_run_t){.first = list[0], .count = count, .stride = stride};
  return is_plain;
}

/* Four chains of lanes side by side, each of which begins with the first value: a single one would
 * wait for each comparison. At the end they meet in halves, for the same reason. Written so that a
 * comparison and its choice become the processor's own maximum or minimum. */
#define BETTER(op, a, b) ((a)op(b) ? (a) : (b))
#define FILL(best)                                                                                 \
  for (uint32_t k = 0; k < LANE_COUNT; k++) best[k] = first;
#define KEEP(op, best, now)                                                                        \
  for (uint32_t k = 0; k < LANE_COUNT; k++) best[k] = BETTER(op, (now)[k], best[k]);
#define EXTREME(op)                                                                                \
  const double *end = values + count, *whole = end - count % (CHAIN_COUNT * LANE_COUNT);           \
  double first = *values;                                                                          \
  if (values < whole) {                                                                            \
    double a[LANE_COUNT], b[LANE_COUNT], c[LANE_COUNT], d[LANE_COUNT];                             \
    FILL(a)                                                                                        \
    FILL(b)                                                                                        \
    FILL(c)                                                                                        \
    FILL(d)                                                                                        \
    do {                                                                                           \
      KEEP(op, a, values)                                                                          \
      KEEP(op, b, values + LANE_COUNT)                                                             \
      KEEP(op, c, values + 2 * LANE_COUNT)                                                         \
      KEEP(op, d, values + 3 * LANE_COUNT)                                                         \
      values += CHAIN_COUNT * LANE_COUNT;                                                          \
    } while (values < whole);                                                                      \
    KEEP(op, a, b)                                                                                 \
    KEEP(op, c, d)                                                                                 \
    KEEP(op, a, c)                                                                                 \
    for (uint32_t k = 0; k < LANE_COUNT / 2; k++) a[k] = BETTER(op, a[k + LANE_COUNT / 2], a[k]);  \
    first = BETTER(op, BETTER(op, a[2], a[0]), BETTER(op, a[3], a[1]));                            \
  }                                                                                                \
  for (; values < end; values++) first = BETTER(op, *values, first);                               \
  return first;

/* Clones are static: clang gives the chooser a name that another file does not look for. */
SIMD_CLONES static double greatest(const double *restrict values, uint32_t count){EXTREME(>)}

SIMD_CLONES static double least(const double *restrict values, uint32_t count) {
  EXTREME(<)
}

double signals_max_f64(const double *values, uint32_t count) { return greatest(values, count); }

double signals_min_f64(const double *values, uint32_t count) { return least(values, count); }

#define SCAN(type)                                                                                 \
  for (uint32_t i = 1; i < run->count; i++) {                                                      \
    const double value = (double)*(const type *)(const void *)(base + (ptrdiff_t)i * run->stride); \
    if (wants_max ? value > best : value < best) {                                                 \
      best = value;                                                                                \
    }                                                                                              \
  }

double signals_run_extreme(const signals_run_t *run, const hil_t *hil, int wants_max) {
  const signal_t *signal = &table[run->first];
  const char *base = at(signal, hil);
  double best;
  if (signal->read == signals_read_f64) {
    const double *values = (const double *)(const void *)base;
    if (run->stride == sizeof(double)) {
      best = wants_max ? signals_max_f64(values, run->count) : signals_min_f64(values, run->count);
    } else {
      best = *values;
      SCAN(double)
    }
  } else if (signal->read == signals_read_u8) {
    best = *(const uint8_t *)base;
    SCAN(uint8_t)
  } else {
    best = *(const uint16_t *)(const void *)base;
    SCAN(uint16_t)
  }
  return best * signal->scale;
}

uint32_t signals_run_place(const signals_run_t *run, const hil_t *hil, double value) {
  signal_t signal = table[run->first];
  for (uint32_t i = 0; i + 1 < run->count; i++) {
    double here = signal.read(&signal, hil);
    if (here >= value && here <= value) {
      return i;
    }
    signal.offset = (uint32_t)((ptrdiff_t)signal.offset + run->stride);
  }
  return run->count - 1;
}
