/// History of signals in fixed memory: see plot_store.h.
#include "plot_store.h"

#include <math.h>
#include <stdlib.h>

enum { TICK_us = 1000, SECOND_us = 1000000, SLOW_ms = 1000, FACTOR = 8, NOBODY = 0x7FFFFFFF };

static const uint64_t LEVEL_us[PLOT_LEVEL_COUNT] = {1000, 8000, 64000, 512000, 4096000};

/// A ring of stretches: number = time / width, those from oldest to newest are known.
typedef struct {
  uint64_t oldest, end; ///< end: one behind the newest
} ring_t;

typedef struct {
  uint32_t signal; ///< NOBODY: free
  uint64_t asked; ///< when it was last asked for, counted in askings
} fine_t;

struct plot_store {
  uint32_t signal_count;
  uint64_t now_us, asked_count;
  ring_t ring[PLOT_LEVEL_COUNT];
  fine_t fine[PLOT_FINE_MAX];
  plot_range_t part[PLOT_FINE_MAX][PLOT_LEVEL_COUNT][PLOT_RING_COUNT];
  uint64_t coarse_us; ///< width of a row
  uint32_t row_count; ///< rows that are begun
  plot_range_t *row; ///< [PLOT_COARSE_COUNT][signal_count]
  float *last; ///< of each signal: its newest reading in a row
};

static plot_range_t nothing(void) { return (plot_range_t){(float)NAN, (float)NAN}; }

/// What is NaN leaves the other as it is.
static plot_range_t both(plot_range_t a, plot_range_t b) {
  if (b.least < a.least || isnan(a.least)) a.least = b.least;
  if (b.greatest > a.greatest || isnan(a.greatest)) a.greatest = b.greatest;
  return a;
}

plot_store_t *plot_store_open(void) {
  plot_store_t *store = calloc(1, sizeof *store);
  if (store == NULL) return NULL;
  store->signal_count = signals_count();
  store->coarse_us = PLOT_COARSE_us;
  store->row = calloc((size_t)PLOT_COARSE_COUNT * store->signal_count, sizeof *store->row);
  store->last = calloc(store->signal_count, sizeof *store->last);
  for (uint32_t i = 0; i < PLOT_FINE_MAX; i++) store->fine[i].signal = NOBODY;
  for (uint32_t i = 0; store->last != NULL && i < store->signal_count; i++) {
    store->last[i] = (float)NAN;
  }
  if (store->row != NULL && store->last != NULL) return store;
  plot_store_close(store);
  return NULL;
}

void plot_store_close(plot_store_t *store) {
  if (store == NULL) return;
  free(store->row);
  free(store->last);
  free(store);
}

uint64_t plot_store_now_us(const plot_store_t *store) { return store->now_us; }

/* ---- chosen signals ---- */

static int32_t place_of(const plot_store_t *store, uint32_t signal) {
  for (int32_t i = 0; i < PLOT_FINE_MAX; i++) {
    if (store->fine[i].signal == signal) return i;
  }
  return -1;
}

int plot_store_is_fine(const plot_store_t *store, uint32_t signal) {
  return place_of(store, signal) >= 0;
}

static int32_t free_place(const plot_store_t *store) {
  int32_t best = 0;
  for (int32_t i = 0; i < PLOT_FINE_MAX; i++) {
    if (store->fine[i].signal == NOBODY) return i;
    if (store->fine[i].asked < store->fine[best].asked) best = i;
  }
  return best;
}

void plot_store_follow(plot_store_t *store, uint32_t signal) {
  int32_t place = place_of(store, signal);
  if (signal >= store->signal_count) return;
  if (place < 0) {
    place = free_place(store);
    store->fine[place].signal = signal;
    for (uint32_t level = 0; level < PLOT_LEVEL_COUNT; level++) {
      plot_range_t *part = store->part[place][level];
      for (uint32_t i = 0; i < PLOT_RING_COUNT; i++) part[i] = nothing();
    }
  }
  store->fine[place].asked = ++store->asked_count;
}

static void ring_append(ring_t *ring, uint64_t number) {
  if (number != ring->end || ring->oldest > ring->end) ring->oldest = number;
  ring->end = number + 1;
  if (ring->end - ring->oldest > PLOT_RING_COUNT) ring->oldest = ring->end - PLOT_RING_COUNT;
}

/// Stretch number of a level out of the eight below it.
static void sum_up(plot_store_t *store, uint32_t level, uint64_t number) {
  ring_append(&store->ring[level], number);
  for (uint32_t i = 0; i < PLOT_FINE_MAX; i++) {
    if (store->fine[i].signal == NOBODY) continue;
    const plot_range_t *below = store->part[i][level - 1];
    plot_range_t sum = nothing();
    for (uint64_t b = number * FACTOR; b < (number + 1) * FACTOR; b++) {
      if (b >= store->ring[level - 1].oldest) sum = both(sum, below[b % PLOT_RING_COUNT]);
    }
    store->part[i][level][number % PLOT_RING_COUNT] = sum;
  }
}

static void tick_fine(plot_store_t *store, const hil_t *hil) {
  uint64_t number = hil->now_us / TICK_us;
  ring_append(&store->ring[0], number);
  for (uint32_t i = 0; i < PLOT_FINE_MAX; i++) {
    if (store->fine[i].signal == NOBODY) continue;
    float value = (float)signals_read(signals_at(store->fine[i].signal), hil);
    store->part[i][0][number % PLOT_RING_COUNT] = (plot_range_t){value, value};
  }
  for (uint32_t level = 1; level < PLOT_LEVEL_COUNT && number % FACTOR == FACTOR - 1; level++) {
    number /= FACTOR;
    sum_up(store, level, number);
  }
}

/* ---- all signals ---- */

static plot_range_t *row_at(const plot_store_t *store, uint32_t row) {
  return store->row + (size_t)row * store->signal_count;
}

static void halve_rows(plot_store_t *store) {
  for (uint32_t row = 0; row < PLOT_COARSE_COUNT / 2; row++) {
    const plot_range_t *a = row_at(store, 2 * row), *b = row_at(store, 2 * row + 1);
    plot_range_t *to = row_at(store, row);
    for (uint32_t i = 0; i < store->signal_count; i++) to[i] = both(a[i], b[i]);
  }
  store->row_count = PLOT_COARSE_COUNT / 2;
  store->coarse_us *= 2;
}

static void tick_coarse(plot_store_t *store, const hil_t *hil) {
  while (hil->now_us / store->coarse_us >= PLOT_COARSE_COUNT) halve_rows(store);
  uint32_t row = (uint32_t)(hil->now_us / store->coarse_us);
  for (; store->row_count <= row; store->row_count++) {
    plot_range_t *fresh = row_at(store, store->row_count);
    for (uint32_t i = 0; i < store->signal_count; i++) fresh[i] = nothing();
  }
  plot_range_t *to = row_at(store, row);
  int is_second = hil->now_us % SECOND_us == 0;
  for (uint32_t i = 0; i < store->signal_count; i++) {
    const signal_t *signal = signals_at(i);
    int is_slow = signal->period_ms >= SLOW_ms && signal->period_ms != SIGNALS_NOT_RECORDED;
    if (!is_slow || is_second) store->last[i] = (float)signals_read(signal, hil);
    to[i] = both(to[i], (plot_range_t){store->last[i], store->last[i]});
  }
}

void plot_store_tick(plot_store_t *store, const hil_t *hil) {
  store->now_us = hil->now_us;
  tick_fine(store, hil);
  if (hil->now_us % PLOT_COARSE_us == 0) tick_coarse(store, hil);
}

void plot_store_rewind(plot_store_t *store, uint64_t now_us) {
  if (now_us >= store->now_us) return;
  for (uint32_t level = 0; level < PLOT_LEVEL_COUNT; level++) {
    ring_t *ring = &store->ring[level];
    uint64_t end = (now_us + TICK_us) / LEVEL_us[level];
    if (end < ring->end) ring->end = end;
  }
  uint32_t row_count = (uint32_t)(now_us / store->coarse_us);
  if (row_count < store->row_count) store->row_count = row_count;
  store->now_us = now_us;
}

/* ---- reading ---- */

typedef struct {
  uint64_t from_us, to_us;
} span_t;

static plot_range_t range_coarse(const plot_store_t *store, uint32_t signal, span_t span) {
  plot_range_t range = nothing();
  uint64_t first = span.from_us / store->coarse_us,
           behind = (span.to_us + store->coarse_us - 1) / store->coarse_us;
  for (uint64_t row = first; row < behind && row < store->row_count; row++) {
    range = both(range, row_at(store, (uint32_t)row)[signal]);
  }
  return range;
}

/// The stretches of a level that a span touches.
static plot_range_t range_touched(const plot_store_t *store, int32_t place, uint32_t level,
                                  span_t span) {
  const ring_t *ring = &store->ring[level];
  uint64_t first = span.from_us / LEVEL_us[level],
           behind = (span.to_us + LEVEL_us[level] - 1) / LEVEL_us[level];
  plot_range_t range = nothing();
  if (first < ring->oldest) first = ring->oldest;
  if (behind > ring->end) behind = ring->end;
  for (uint64_t b = first; b < behind; b++) {
    range = both(range, store->part[place][level][b % PLOT_RING_COUNT]);
  }
  return range;
}

static plot_range_t range_fine(const plot_store_t *store, int32_t place, uint32_t level,
                               span_t span);

/// A span that is shorter than a stretch of the level: out of the levels below, and where they know
/// nothing of it any more, the stretch around it.
static plot_range_t range_short(const plot_store_t *store, int32_t place, uint32_t level,
                                span_t span) {
  if (span.from_us >= span.to_us) return nothing();
  if (level == 0) return range_touched(store, place, 0, span);
  plot_range_t range = range_fine(store, place, level - 1, span);
  return isnan(range.least) ? range_touched(store, place, level, span) : range;
}

/// Whole stretches of a level, and what lies before and behind them.
static plot_range_t range_fine(const plot_store_t *store, int32_t place, uint32_t level,
                               span_t span) {
  const ring_t *ring = &store->ring[level];
  uint64_t width_us = LEVEL_us[level], first = (span.from_us + width_us - 1) / width_us,
           behind = span.to_us / width_us;
  if (behind > ring->end) behind = ring->end;
  if (first < ring->oldest) first = ring->oldest;
  if (level == 0 || first >= behind) return range_short(store, place, level, span);
  span_t whole = {first * width_us, behind * width_us};
  plot_range_t range = range_touched(store, place, level, whole);
  range = both(range, range_short(store, place, level, (span_t){span.from_us, whole.from_us}));
  return both(range, range_short(store, place, level, (span_t){whole.to_us, span.to_us}));
}

/// Parts that are shorter than a tick show the tick they lie in.
static span_t part_span(uint64_t from_us, uint64_t to_us, uint32_t count, uint32_t index) {
  double width_us = (double)(to_us - from_us) / count;
  span_t span = {from_us + (uint64_t)(width_us * index),
                 from_us + (uint64_t)(width_us * (index + 1))};
  if (span.to_us <= span.from_us) span.to_us = span.from_us + 1;
  return span;
}

void plot_store_read(const plot_store_t *store, uint32_t signal, uint64_t from_us, uint64_t to_us,
                     uint32_t count, plot_range_t *part) {
  int32_t place = place_of(store, signal);
  for (uint32_t i = 0; i < count; i++) {
    span_t span = part_span(from_us, to_us, count, i);
    part[i] = nothing();
    if (signal >= store->signal_count || span.from_us > store->now_us) continue;
    if (place >= 0) part[i] = range_fine(store, place, PLOT_LEVEL_COUNT - 1, span);
    if (isnan(part[i].least)) part[i] = range_coarse(store, signal, span);
  }
}

void plot_store_fill(const plot_store_t *store, plot_window_t *window) {
  for (uint32_t i = 0; i < PLOT_TRACE_MAX; i++) {
    if (window->signal[i] == PLOT_NO_SIGNAL) continue;
    plot_store_read(store, window->signal[i], window->from_us, window->to_us, PLOT_COLUMN_COUNT,
                    window->column[i]);
  }
}
