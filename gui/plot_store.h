/// What signals have been, for hours, in fixed memory: least and greatest value of each stretch.
///
/// Model    two stores of one run. Coarse: every signal, read each 100 ms (those that are recorded
///          each second: each second), in PLOT_COARSE_COUNT rows; when they are full, neighbours
///          are merged and each covers twice the time, so the whole run always fits. Fine: up to
///          PLOT_FINE_MAX chosen signals, read each ms, rings of PLOT_RING_COUNT stretches of 1, 8,
///          64, 512 and 4096 ms (16 s to 18 h)
/// Units    values in the signal's unit, times in us of simulated time
/// Memory   allocated at open, nothing after it; plot_store_close frees it
/// Threads  one: the simulation's
#ifndef GUI_PLOT_STORE_H
#define GUI_PLOT_STORE_H

#include <stdint.h>

#include "../scenarios/signals.h"

enum {
  PLOT_FINE_MAX = 16,
  PLOT_LEVEL_COUNT = 5,
  PLOT_RING_COUNT = 1 << 14,
  PLOT_COARSE_COUNT = 1024,
  PLOT_COARSE_us = 100000
};

/// Least and greatest value; both NaN where nothing is known.
typedef struct {
  float least, greatest;
} plot_range_t;

typedef struct plot_store plot_store_t;

/// NULL iff there is no memory. signals_init comes first.
plot_store_t *plot_store_open(void);
void plot_store_close(plot_store_t *store); ///< NULL is allowed

/// Follow a signal each ms from now on. Where all places are taken, the one that was asked for
/// longest ago goes; asking again keeps it.
void plot_store_follow(plot_store_t *store, uint32_t signal);

/// 1 iff the signal is followed each ms.
int plot_store_is_fine(const plot_store_t *store, uint32_t signal);

/// After each tick.
void plot_store_tick(plot_store_t *store, const hil_t *hil);

/// The run went back to an earlier time: what was later is forgotten.
void plot_store_rewind(plot_store_t *store, uint64_t now_us);

/// What a signal was in count equal parts of [from_us, to_us), finest first.
void plot_store_read(const plot_store_t *store, uint32_t signal, uint64_t from_us, uint64_t to_us,
                     uint32_t count, plot_range_t *part);

/// Time of the newest tick; 0 before the first.
uint64_t plot_store_now_us(const plot_store_t *store);

/// What is plotted, as the view shows it: some signals in equal parts of a stretch of time.
enum { PLOT_TRACE_MAX = 8, PLOT_COLUMN_COUNT = 960, PLOT_NO_SIGNAL = 0xFFFF };

typedef struct {
  uint64_t from_us, to_us;
  uint16_t signal[PLOT_TRACE_MAX]; ///< PLOT_NO_SIGNAL: the trace is free
  plot_range_t column[PLOT_TRACE_MAX][PLOT_COLUMN_COUNT];
} plot_window_t;

/// Fill the columns of a window whose span and signals are set.
void plot_store_fill(const plot_store_t *store, plot_window_t *window);

#endif
