/// Two columns of a CSV file (or CSV.gz): time and a value, for a load of a scenario.
///
/// Model    a heading names the columns; other columns are left alone; times may not go back
/// Memory   csv_column_load allocates the rows, csv_column_free frees them
/// Errors   one line "FILE:ROW:FIELD: COLUMN: found X, allowed Y"; the heading is row 1
#ifndef SCENARIOS_CSV_COLUMN_H
#define SCENARIOS_CSV_COLUMN_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  double at_raw, value_raw; ///< time and value as written
  uint32_t line;
} csv_row_t;

typedef struct {
  csv_row_t *row;
  uint32_t row_count; ///< 2 or more
  uint32_t field; ///< of the value, from 1
  const char *path, *name; ///< borrowed
} csv_column_t;

/// Read the columns time_name and name of path. 0, or -1 with the reason; csv is then untouched.
int csv_column_load(const char *path, const char *time_name, const char *name, csv_column_t *csv,
                    char *error, size_t error_bytes);

void csv_column_free(csv_column_t *csv);

#endif
