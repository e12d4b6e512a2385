/// A measured run of one cell (CSV or CSV.gz): time, voltage, current, charge, temperature.
///
/// Model    a heading names the columns; the ones of the format are read, the rest is left alone.
///          Without a column for it the charge is summed up from the current (each row's holds
///          until the next), and the temperature is the format's
/// Sign     in memory current_A > 0 and charge_Ah > 0 discharge, whatever the file's sign
/// Units    s, V, A, Ah, degC
/// Memory   drive_csv_load allocates the rows, drive_csv_free frees them
/// Errors   one line "FILE:ROW:FIELD: COLUMN: found X, allowed Y"; the heading is row 1
#ifndef SCENARIOS_DRIVE_CSV_H
#define SCENARIOS_DRIVE_CSV_H

#include <stddef.h>
#include <stdint.h>

enum { DRIVE_CSV_NAME_BYTES = 64, DRIVE_CSV_ROW_MAX = 20000000 };

/// The quantities of a row, in the order of drive_csv_quantity_name.
typedef enum {
  DRIVE_CSV_TIME,
  DRIVE_CSV_VOLTAGE,
  DRIVE_CSV_CURRENT,
  DRIVE_CSV_CHARGE,
  DRIVE_CSV_TEMPERATURE,
  DRIVE_CSV_QUANTITY_COUNT
} drive_csv_quantity_t;

extern const char *const drive_csv_quantity_name[DRIVE_CSV_QUANTITY_COUNT]; ///< "time", "voltage"

/// How a file spells its columns.
typedef struct {
  char column[DRIVE_CSV_QUANTITY_COUNT][DRIVE_CSV_NAME_BYTES]; ///< "-": there is none (charge,
      ///< temperature)
  double temperature_degC; ///< of cells without a column for it
  double discharge_sign; ///< of current and charge in the file: -1 or 1
  double gap_max_s; ///< a longer step from row to row is refused
} drive_csv_format_t;

/// time_s, voltage_V, current_A, ah_Ah, cell_temp_C, discharge negative, no gap above 120 s.
drive_csv_format_t drive_csv_format(void);

/// Name a column: text is "voltage=U_cell". 0, or -1 iff it has no such form or is too long.
int drive_csv_format_column(drive_csv_format_t *format, const char *text);

typedef struct {
  double time_s, voltage_V, current_A, charge_Ah, temperature_degC;
} drive_csv_row_t;

typedef struct {
  drive_csv_row_t *row;
  uint32_t row_count; ///< 2 or more
} drive_csv_t;

typedef enum {
  DRIVE_CSV_OK = 0,
  DRIVE_CSV_ERR_ABSENT = -1, ///< there is no such file
  DRIVE_CSV_ERR_CONTENT = -2 ///< missing column, no number, time going back, gap, too few rows
} drive_csv_status_t;

/// Read path; drive is to be freed iff DRIVE_CSV_OK. Values must lie within +-1e4 V, 1e5 A, 1e6 Ah,
/// -100..200 degC, 1e10 s.
drive_csv_status_t drive_csv_load(const char *path, const drive_csv_format_t *format,
                                  drive_csv_t *drive, char *error, size_t error_bytes);

void drive_csv_free(drive_csv_t *drive);

#endif
