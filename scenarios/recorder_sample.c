/// Rows of signals: see recorder_sample.h.
#include "recorder_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/simd.h"
#include "signals_read.h"

typedef enum { F64, U8, U16, I16, U32, I32, CALL, KIND_COUNT } kind_t;

/* Steps are powers of two: they cost no mantissa bits, so deflate finds zeros. */
static double step_of(const char *unit) {
  static const struct {
    const char *unit;
    double step;
  } table[] = {{"V", 1.0 / 8192},    {"A", 1.0 / 1024}, {"degC", 1.0 / 256}, {"W", 1.0 / 8},
               {"J", 1.0 / 8},       {"Wh", 1.0 / 256}, {"km/h", 1.0 / 256}, {"%", 1.0 / 4096},
               {"Wh/km", 1.0 / 256}, {"m", 1.0 / 16},   {"ohm", 1.0 / 4}};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (strcmp(unit, table[i].unit) == 0) return table[i].step;
  }
  return 0;
}

static kind_t kind_of(const recorder_column_t *column) {
  static const struct {
    signal_read_fn read;
    kind_t kind;
  } table[] = {{signals_read_f64, F64}, {signals_read_u8, U8},   {signals_read_u16, U16},
               {signals_read_i16, I16}, {signals_read_u32, U32}, {signals_read_i32, I32}};
  if (column->is_moved) return F64;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (table[i].read == column->signal->read) return table[i].kind;
  }
  return CALL;
}

recorder_column_t recorder_column(const signal_t *signal) {
  return (recorder_column_t){.signal = signal, .offset = signal->offset};
}

static void describe(recorder_sample_t *sample, uint32_t i) {
  const recorder_column_t *column = &sample->column[i];
  const int is_field = !column->is_moved && kind_of(column) != CALL;
  const double step = step_of(column->signal->unit);
  sample->scale[i] = is_field ? column->signal->scale : 1.0;
  sample->step[i] = step;
  sample->per_step[i] = step > 0 ? 1 / step : (double)NAN;
}

static void sort_by_kind(recorder_sample_t *sample) {
  uint32_t filled = 0;
  for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
    for (uint32_t i = 0; i < sample->count; i++) {
      if (kind_of(&sample->column[i]) != (kind_t)kind) continue;
      sample->field[filled++] = (recorder_field_t){sample->column[i].offset, i};
    }
    sample->end[kind] = filled;
  }
}

int recorder_sample_open(recorder_sample_t *sample, const recorder_column_t *column,
                         uint32_t count) {
  const size_t lanes = recorder_sample_floats(count) + RECORDER_SAMPLE_LANES;
  *sample = (recorder_sample_t){.column = column, .count = count};
  sample->field = calloc(lanes, sizeof *sample->field);
  sample->end = calloc(KIND_COUNT, sizeof *sample->end);
  sample->scale = calloc(4 * lanes, sizeof *sample->scale);
  if (!sample->field || !sample->end || !sample->scale) return -1;
  sample->per_step = sample->scale + lanes;
  sample->step = sample->per_step + lanes;
  sample->value = sample->step + lanes;
  for (uint32_t i = 0; i < count; i++) describe(sample, i);
  sort_by_kind(sample);
  return 0;
}

#define GATHER(kind, type)                                                                         \
  for (; field < first + sample->end[kind]; field++)                                               \
    sample->value[field->place] = (double)*(const type *)(const void *)(bytes + field->offset);

static void gather(const recorder_sample_t *sample, const void *state) {
  const char *bytes = state;
  const recorder_field_t *first = sample->field, *field = first;
  GATHER(F64, double)
  GATHER(U8, uint8_t)
  GATHER(U16, uint16_t)
  GATHER(I16, int16_t)
  GATHER(U32, uint32_t)
  GATHER(I32, int32_t)
  for (; field < first + sample->end[CALL]; field++)
    sample->value[field->place] = signals_read(sample->column[field->place].signal, state);
}

typedef union {
  float value[RECORDER_SAMPLE_LANES];
  uint32_t bits[RECORDER_SAMPLE_LANES];
} lanes_t;

/* Whole registers: what stands behind the last signal is 0. */
SIMD_CLONES static void round_row(const double *restrict value, const double *restrict scale,
                                  const double *restrict per_step, const double *restrict step,
                                  const double *end, lanes_t *restrict row) {
  const double to_integer = 6755399441055744.0; /* 1.5 * 2^52 */
  const double far = 1e15;
  for (; value < end; row++) {
    lanes_t near, plain;
    uint64_t is_near[RECORDER_SAMPLE_LANES];
    for (uint32_t k = 0; k < RECORDER_SAMPLE_LANES; k++) {
      const double scaled = value[k] * scale[k] * per_step[k];
      near.value[k] = (float)(((scaled + to_integer) - to_integer) * step[k]);
      plain.value[k] = (float)(value[k] * scale[k]);
      is_near[k] = ((scaled > -far) & (scaled < far)) ? UINT64_MAX : 0;
    }
    for (uint32_t k = 0; k < RECORDER_SAMPLE_LANES; k++) {
      const uint32_t rounded = (near.bits[k] + 0x40u) & ~0x7Fu, mask = (uint32_t)is_near[k];
      row->bits[k] = (rounded & mask) | (plain.bits[k] & ~mask);
    }
    value += RECORDER_SAMPLE_LANES;
    scale += RECORDER_SAMPLE_LANES;
    per_step += RECORDER_SAMPLE_LANES;
    step += RECORDER_SAMPLE_LANES;
  }
}

void recorder_sample_read(const recorder_sample_t *sample, const void *state, float *row) {
  gather(sample, state);
  round_row(sample->value, sample->scale, sample->per_step, sample->step,
            sample->value + sample->count, (lanes_t *)(void *)row);
}

void recorder_sample_close(recorder_sample_t *sample) {
  free(sample->field);
  free(sample->end);
  free(sample->scale);
  *sample = (recorder_sample_t){0};
}
