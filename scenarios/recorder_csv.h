/// signals.csv: the short list of signals, ten lines a simulated second, formatted without printf.
///
/// Model    at most 40 columns behind time_s; fixed-point numbers with the digits that the unit
///          deserves,
///          trailing zeros dropped; what is not finite is written as nan, inf or -inf
/// Memory   owns its file and line buffer
#ifndef SCENARIOS_RECORDER_CSV_H
#define SCENARIOS_RECORDER_CSV_H

#include <stdint.h>
#include <stdio.h>

#include "signals.h"

enum { RECORDER_CSV_COLUMN_MAX = 40, RECORDER_CSV_NUMBER_BYTES = 32 };

typedef struct {
  FILE *file;
  uint32_t column_count;
  const signal_t *column[RECORDER_CSV_COLUMN_MAX];
  uint8_t decimals[RECORDER_CSV_COLUMN_MAX];
  char buffer[1 << 16];
} recorder_csv_t;

/// Write value with at most decimals (0..6) digits behind the point; returns the length, no 0
/// behind it.
uint32_t recorder_csv_number(char out[RECORDER_CSV_NUMBER_BYTES], double value, uint32_t decimals);

/// Create the file and write the header. Signals beyond the 40th are left out. -1 iff it cannot be
/// created.
int recorder_csv_open(recorder_csv_t *csv, const char *path);
int recorder_csv_line(recorder_csv_t *csv, uint64_t time_us, const hil_t *hil);

/// -1 iff not everything reached the file.
int recorder_csv_close(recorder_csv_t *csv);

#endif
