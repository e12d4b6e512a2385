/// Readers of signals: typed fields of hil_t, and how a row of the table is added.
///
/// Model    the plain readers take offset and scale; a scan over many signals of one plain reader
///          with an even stride of offsets is a loop over an array
/// Threads  the adders run in signals_init only
#ifndef SCENARIOS_SIGNALS_READ_H
#define SCENARIOS_SIGNALS_READ_H

#include <stddef.h>

#include "signals.h"

double signals_read_f64(const signal_t *signal, const hil_t *hil);
double signals_read_u8(const signal_t *signal, const hil_t *hil);
double signals_read_u16(const signal_t *signal, const hil_t *hil);
double signals_read_i16(const signal_t *signal, const hil_t *hil);
double signals_read_u32(const signal_t *signal, const hil_t *hil);
double signals_read_i32(const signal_t *signal, const hil_t *hil);

/// The plain reader for a field of hil_t.
#define SIGNALS_READER(field)                                                                      \
  _Generic(((const hil_t *)0)->field, double                                                       \
           : signals_read_f64, uint8_t                                                             \
           : signals_read_u8, uint16_t                                                             \
           : signals_read_u16, int16_t                                                             \
           : signals_read_i16, uint32_t                                                            \
           : signals_read_u32, int32_t                                                             \
           : signals_read_i32)

/// A row to add: what it is called comes separately, since most names are made.
typedef struct {
  const char *unit;
  uint16_t period_ms;
  uint8_t in_csv;
  signal_read_fn read;
  size_t offset;
  uint32_t index;
  double scale;
  const char *help;
  signals_bytes_t source[2]; ///< a plain reader's is its field
} signals_row_t;

#define SIGNALS_UNKNOWN                                                                            \
  {                                                                                                \
    {0, 0}, { 0, 0 }                                                                               \
  }
/// Where a field of hil_t lies, base being the first of an array.
#define SIGNALS_BYTES(base, stride, at)                                                            \
  ((signals_bytes_t){(uint32_t)(offsetof(hil_t, base) + (size_t)(stride) * (at)),                  \
                     (uint32_t)sizeof(((const hil_t *)0)->base)})

#define SIGNALS_FIELD(field, unit, period_ms, in_csv, scale, help)                                 \
  &(const signals_row_t) {                                                                         \
    unit, period_ms, in_csv, SIGNALS_READER(field), offsetof(hil_t, field), 0, scale, help,        \
        SIGNALS_UNKNOWN                                                                            \
  }

/// The same for a member of an array, base being its first.
#define SIGNALS_ITEM(base, stride, at, unit, period_ms, scale, help)                               \
  &(const signals_row_t) {                                                                         \
    unit, period_ms, 0, SIGNALS_READER(base), offsetof(hil_t, base) + (size_t)(stride) * (at), at, \
        scale, help, SIGNALS_UNKNOWN                                                               \
  }

#define SIGNALS_CALL(function, at, unit, period_ms, in_csv, help)                                  \
  &(const signals_row_t) { unit, period_ms, in_csv, function, 0, at, 1.0, help, SIGNALS_UNKNOWN }

/// Bytes of the field that a plain reader reads, 0 iff it is none.
uint32_t signals_field_bytes(signal_read_fn read);

/// Add a signal; format makes the name.
void signals_add(const signals_row_t *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void signals_add_phys(void); ///< phys. contactor.
void signals_add_pins(void); ///< pin. wire. sense. coil. supply. afe.
void signals_add_bms(void); ///< bms. dtc.
void signals_add_can(void); ///< can.

/// Index of a signal that is an extreme or a sum over a whole family: patterns with * leave it out.
enum { SIGNALS_OF_MANY = 0x7FFFFFFF };

/// Greatest and least of count (>= 1) doubles. NaN never wins unless it comes first.
double signals_max_f64(const double *values, uint32_t count);
double signals_min_f64(const double *values, uint32_t count);

/// Signals that share a plain reader with an even stride of offsets: an array.
typedef struct {
  uint16_t first; ///< signal
  uint32_t count;
  ptrdiff_t stride; ///< bytes between neighbours
} signals_run_t;

/// 1 iff the signals of list form one run.
int signals_as_run(const uint16_t *list, uint32_t count, signals_run_t *run);

/// Greatest or least value of a run, and the place in the list of the first that has it.
double signals_run_extreme(const signals_run_t *run, const hil_t *hil, int wants_max);
uint32_t signals_run_place(const signals_run_t *run, const hil_t *hil, double value);

#endif
