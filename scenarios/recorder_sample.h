/// Reads the signals of a table from the state and rounds them to what their units deserve.
///
/// Model    fields are gathered by type, then a row is scaled and rounded at once in wide
///          registers; short mantissas compress well
/// Memory   owns its lists; the signals stay the caller's
#ifndef SCENARIOS_RECORDER_SAMPLE_H
#define SCENARIOS_RECORDER_SAMPLE_H

#include "signals.h"

enum { RECORDER_SAMPLE_LANES = 8 };

/// One signal, and where what it reads stands in what recorder_sample_read is given.
typedef struct {
  const signal_t *signal;
  uint32_t offset; ///< of its field, which may lie elsewhere than in hil_t
  uint8_t is_moved; ///< it is a double at offset, scaled already
} recorder_column_t;

/// A field: where it stands, and its place in the row.
typedef struct {
  uint32_t offset;
  uint32_t place;
} recorder_field_t;

typedef struct {
  const recorder_column_t *column;
  uint32_t count;
  recorder_field_t *field; ///< by kind: those of a kind end where the next begin
  uint32_t *end;
  double *scale, *per_step, *step; ///< of each; per_step NaN: as it is
  double *value; ///< of the row that is being made
} recorder_sample_t;

recorder_column_t recorder_column(const signal_t *signal);

/// How many floats a row of count signals needs: whole registers.
static inline uint32_t recorder_sample_floats(uint32_t count) {
  return (count + RECORDER_SAMPLE_LANES - 1) / RECORDER_SAMPLE_LANES * RECORDER_SAMPLE_LANES;
}

/// Zeroed sample; column stays the caller's and unchanged. -1 iff there is no memory.
int recorder_sample_open(recorder_sample_t *sample, const recorder_column_t *column,
                         uint32_t count);

/// Nearest multiple of the unit's step, then 16 bits of mantissa: 8e-6 of the value; a unit without
/// a step as it is. state is a hil_t, or bytes in which the columns' fields stand at their offsets.
void recorder_sample_read(const recorder_sample_t *sample, const void *state, float *row);
void recorder_sample_close(recorder_sample_t *sample);

#endif
