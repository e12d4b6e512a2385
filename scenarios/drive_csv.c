/// Reads measured runs: finds the columns by name, then checks every field of every row.
#include "drive_csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LINE_BYTES = 8192, FIELD_MAX = 256, FOUND_BYTES = 40 };

const char *const drive_csv_quantity_name[DRIVE_CSV_QUANTITY_COUNT] = {"time", "voltage", "current",
                                                                       "charge", "temperature"};

/// What a field may hold, in the order of drive_csv_quantity_t.
static const struct {
  double low, high;
  const char *unit;
} range[DRIVE_CSV_QUANTITY_COUNT] = {
    {-1e10, 1e10, "s"}, {-1e4, 1e4, "V"}, {-1e5, 1e5, "A"}, {-1e6, 1e6, "Ah"}, {-100, 200, "degC"}};

/// A file being read.
typedef struct {
  gzFile stream;
  const char *path;
  const drive_csv_format_t *format;
  uint32_t line; ///< number of the line in text, from 1
  char text[LINE_BYTES];
  char *field[FIELD_MAX];
  uint32_t field_count;
  uint32_t column[DRIVE_CSV_QUANTITY_COUNT];
  char *error;
  size_t error_bytes;
} reader_t;

drive_csv_format_t drive_csv_format(void) {
  return (drive_csv_format_t){
      .column = {"time_s", "voltage_V", "current_A", "ah_Ah", "cell_temp_C"},
      .temperature_degC = 25.0,
      .discharge_sign = -1.0,
      .gap_max_s = 120.0};
}

int drive_csv_format_column(drive_csv_format_t *format, const char *text) {
  const char *equals = strchr(text, '=');
  if (!equals || equals[1] == '\0' || strlen(equals + 1) >= DRIVE_CSV_NAME_BYTES) return -1;
  size_t length = (size_t)(equals - text);
  for (uint32_t i = 0; i < DRIVE_CSV_QUANTITY_COUNT; i++) {
    const char *name = drive_csv_quantity_name[i];
    if (i < DRIVE_CSV_CHARGE && strcmp(equals + 1, "-") == 0) continue;
    if (strlen(name) != length || strncmp(name, text, length) != 0) continue;
    memcpy(format->column[i], equals + 1, strlen(equals + 1) + 1);
    return 0;
  }
  return -1;
}

static int has_column(const drive_csv_format_t *format, uint32_t quantity) {
  return strcmp(format->column[quantity], "-") != 0;
}

static drive_csv_status_t refuse(reader_t *reader, uint32_t field, const char *column,
                                 const char *found, const char *allowed) {
  snprintf(reader->error, reader->error_bytes, "%s:%u:%u: %s: found %s, allowed %s", reader->path,
           reader->line, field, column, found, allowed);
  return DRIVE_CSV_ERR_CONTENT;
}

/// Read and split the next line; 0 at the end of the file.
static int next_line(reader_t *reader) {
  if (!gzgets(reader->stream, reader->text, sizeof reader->text)) return 0;
  reader->line++;
  reader->field_count = 0;
  reader->text[strcspn(reader->text, "\r\n")] = '\0';
  for (char *at = reader->text; at && reader->field_count < FIELD_MAX;) {
    reader->field[reader->field_count++] = at;
    at = strchr(at, ',');
    if (at) *at++ = '\0';
  }
  return 1;
}

static drive_csv_status_t find_columns(reader_t *reader) {
  if (!next_line(reader)) {
    reader->line = 1;
    return refuse(reader, 1, "heading", "an empty file", "a line of column names");
  }
  for (uint32_t i = 0; i < DRIVE_CSV_QUANTITY_COUNT; i++) {
    const char *name = reader->format->column[i];
    uint32_t at = 0;
    if (!has_column(reader->format, i)) continue;
    while (at < reader->field_count && strcmp(reader->field[at], name) != 0) at++;
    if (at == reader->field_count) {
      char allowed[120];
      snprintf(allowed, sizeof allowed, "a column of this name for the %s",
               drive_csv_quantity_name[i]);
      return refuse(reader, 1, name, "no such column", allowed);
    }
    reader->column[i] = at;
  }
  return DRIVE_CSV_OK;
}

static drive_csv_status_t refuse_field(reader_t *reader, uint32_t quantity, const char *found) {
  char allowed[80];
  snprintf(allowed, sizeof allowed, "a number %g..%g %s", range[quantity].low, range[quantity].high,
           range[quantity].unit);
  return refuse(reader, reader->column[quantity] + 1, reader->format->column[quantity], found,
                allowed);
}

static drive_csv_status_t read_fields(reader_t *reader, double value[DRIVE_CSV_QUANTITY_COUNT]) {
  for (uint32_t i = 0; i < DRIVE_CSV_QUANTITY_COUNT; i++) {
    value[i] = i == DRIVE_CSV_TEMPERATURE ? reader->format->temperature_degC : 0.0;
    if (!has_column(reader->format, i)) continue;
    if (reader->column[i] >= reader->field_count) return refuse_field(reader, i, "no field");
    char *text = reader->field[reader->column[i]];
    char *end = text;
    value[i] = strtod(text, &end);
    if (end != text && *end == '\0' && value[i] >= range[i].low && value[i] <= range[i].high)
      continue;
    char found[FOUND_BYTES];
    snprintf(found, sizeof found, "\"%.30s\"", text);
    return refuse_field(reader, i, found);
  }
  return DRIVE_CSV_OK;
}

static drive_csv_status_t check_step(reader_t *reader, double before_s, double now_s) {
  char found[FOUND_BYTES], allowed[80];
  double step_s = now_s - before_s;
  if (step_s >= 0.0 && step_s <= reader->format->gap_max_s) return DRIVE_CSV_OK;
  snprintf(found, sizeof found, "%g s", now_s);
  if (step_s < 0.0) {
    snprintf(allowed, sizeof allowed, "no time before the last row's %g s", before_s);
  } else {
    snprintf(found, sizeof found, "a gap of %g s", step_s);
    snprintf(allowed, sizeof allowed, "steps up to %g s", reader->format->gap_max_s);
  }
  return refuse(reader, reader->column[DRIVE_CSV_TIME] + 1, reader->format->column[DRIVE_CSV_TIME],
                found, allowed);
}

static drive_csv_status_t grow(reader_t *reader, drive_csv_t *drive, uint32_t *room) {
  if (drive->row_count < *room) return DRIVE_CSV_OK;
  uint32_t wanted = *room ? 2 * *room : 4096;
  drive_csv_row_t *row = NULL;
  if (*room < DRIVE_CSV_ROW_MAX) row = realloc(drive->row, wanted * sizeof *row);
  if (!row) return refuse(reader, 1, "rows", "more than fit into memory", "up to 20000000");
  drive->row = row;
  *room = wanted;
  return DRIVE_CSV_OK;
}

/// Charge of the last row, from the current that held before it.
static void count_charge(drive_csv_t *drive) {
  drive_csv_row_t *row = &drive->row[drive->row_count - 1];
  if (drive->row_count < 2) return;
  row->charge_Ah = row[-1].charge_Ah + row[-1].current_A * (row->time_s - row[-1].time_s) / 3600.0;
}

static drive_csv_status_t read_rows(reader_t *reader, drive_csv_t *drive) {
  uint32_t room = 0;
  while (next_line(reader)) {
    if (reader->field_count == 1 && reader->field[0][0] == '\0') continue;
    double value[DRIVE_CSV_QUANTITY_COUNT];
    drive_csv_status_t status = read_fields(reader, value);
    if (status == DRIVE_CSV_OK && drive->row_count > 0)
      status = check_step(reader, drive->row[drive->row_count - 1].time_s, value[DRIVE_CSV_TIME]);
    if (status == DRIVE_CSV_OK) status = grow(reader, drive, &room);
    if (status != DRIVE_CSV_OK) return status;
    double sign = reader->format->discharge_sign;
    drive->row[drive->row_count++] =
        (drive_csv_row_t){.time_s = value[DRIVE_CSV_TIME],
                          .voltage_V = value[DRIVE_CSV_VOLTAGE],
                          .current_A = sign * value[DRIVE_CSV_CURRENT],
                          .charge_Ah = sign * value[DRIVE_CSV_CHARGE],
                          .temperature_degC = value[DRIVE_CSV_TEMPERATURE]};
    if (!has_column(reader->format, DRIVE_CSV_CHARGE)) count_charge(drive);
  }
  int code = Z_OK;
  const char *text = gzerror(reader->stream, &code);
  reader->line++;
  if (code != Z_OK && code != Z_STREAM_END) return refuse(reader, 1, "file", text, "a whole file");
  if (drive->row_count >= 2) return DRIVE_CSV_OK;
  return refuse(reader, 1, "rows", drive->row_count ? "only one" : "none", "2 or more");
}

drive_csv_status_t drive_csv_load(const char *path, const drive_csv_format_t *format,
                                  drive_csv_t *drive, char *error, size_t error_bytes) {
  reader_t reader = {.path = path, .format = format, .error = error, .error_bytes = error_bytes};
  drive_csv_t read = {0};
  reader.stream = gzopen(path, "rb");
  if (!reader.stream) {
    snprintf(error, error_bytes, "%s: %s, allowed a measured run", path,
             strerror(errno ? errno : ENOMEM));
    return DRIVE_CSV_ERR_ABSENT;
  }
  drive_csv_status_t status = find_columns(&reader);
  if (status == DRIVE_CSV_OK) status = read_rows(&reader, &read);
  gzclose(reader.stream);
  if (status == DRIVE_CSV_OK)
    *drive = read;
  else
    free(read.row);
  return status;
}

void drive_csv_free(drive_csv_t *drive) {
  free(drive->row);
  *drive = (drive_csv_t){0};
}
