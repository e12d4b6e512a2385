/// Keeps the newest samples of some signals as bytes of hil_t, to be read only if they are written.
///
/// Model    a slot holds the ranges of hil_t in which plain signals lie, copied as they are, and
///          behind them the values of the signals that are functions; signals that lie close
///          together share a range
/// Memory   owns its slots; the newest size samples
#ifndef SCENARIOS_RECORDER_RING_H
#define SCENARIOS_RECORDER_RING_H

#include "recorder_sample.h"

enum { RECORDER_RING_RANGE_MAX = 64 };

typedef struct {
  recorder_column_t *column; ///< as in hil_t
  recorder_column_t *kept; ///< the same signals in a slot
  recorder_sample_t sample; ///< reads those
  uint32_t column_count;
  signals_bytes_t range[RECORDER_RING_RANGE_MAX]; ///< in hil_t
  uint32_t range_count, slot_bytes;
  uint32_t *piece; ///< where in hil_t the pieces of a slot stand, one behind the other
  uint32_t piece_count;
  uint32_t *call; ///< columns that are functions; their values begin at call_at
  uint32_t call_count, call_at;
  uint8_t *slot;
  int64_t *time_us;
  uint32_t size, next, fill;
} recorder_ring_t;

/// Zeroed ring; column stays the caller's. -1 iff there is no memory.
int recorder_ring_open(recorder_ring_t *ring, recorder_column_t *column, uint32_t count,
                       uint32_t size);
void recorder_ring_push(recorder_ring_t *ring, const hil_t *hil);

/// Values of a slot (0..size - 1), rounded as recorder_sample_read does.
void recorder_ring_read(const recorder_ring_t *ring, uint32_t slot, float *row);
void recorder_ring_close(recorder_ring_t *ring);

#endif
