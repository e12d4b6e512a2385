/// Every signal of a simulation by name: phys. wire. pin. sense. afe. can. supply. mcu. bms. dtc.
/// contactor. coil.
///
/// Model    one table, built once; a signal is an offset into hil_t (or a function of it), so it
///          reads any copy of the state
/// Units    the name ends in the unit that signals_read returns
/// Threads  signals_init once before threads or forks; then read only
#ifndef SCENARIOS_SIGNALS_H
#define SCENARIOS_SIGNALS_H

#include <stdint.h>

#include "../sim/hil.h"

typedef struct signal signal_t;

enum { SIGNALS_NOT_RECORDED = 60000 };

typedef double (*signal_read_fn)(const signal_t *signal, const hil_t *hil);

/// Bytes of hil_t.
typedef struct {
  uint32_t offset, byte_count;
} signals_bytes_t;

struct signal {
  char name[56]; ///< "phys.group.M3C5.V"
  char unit[8]; ///< "V", "" for states and counts
  uint16_t period_ms; ///< how often it is worth recording: 1, 10, 100, 1000; 0: on change;
      ///< SIGNALS_NOT_RECORDED: only with "all_1ms"
  uint8_t in_csv; ///< one of the at most 40 columns of signals.csv
  signal_read_fn read;
  uint32_t offset, index;
  double scale;
  signals_bytes_t source[2]; ///< while these rest, the value does; the first empty: not known
  char help[80];
};

void signals_init(void);
uint32_t signals_count(void);
const signal_t *signals_at(uint32_t index);

/// Index of the signal called name, -1 iff there is none.
int32_t signals_find(const char *name);

/// Walk the signals that match a pattern with * for one or more characters: next index >= from, -1
/// at the end.
int32_t signals_match(const char *pattern, uint32_t from);

static inline double signals_read(const signal_t *signal, const hil_t *hil) {
  return signal->read(signal, hil);
}

#endif
