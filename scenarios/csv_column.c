/// Reads two columns of a CSV file and refuses what is no number or goes back in time.
#include "csv_column.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LINE_BYTES = 8192, FIELD_MAX = 256, ROW_MAX = 4000000 };

typedef struct {
  gzFile stream;
  const char *path;
  const char *name[2]; ///< time, value
  uint32_t column[2];
  uint32_t line, field_count, room;
  char text[LINE_BYTES];
  char *field[FIELD_MAX];
  char *error;
  size_t error_bytes;
} reader_t;

static int refuse(const reader_t *reader, uint32_t field, const char *column, const char *found,
                  const char *allowed) {
  snprintf(reader->error, reader->error_bytes, "%s:%u:%u: %s: found %s, allowed %s", reader->path,
           reader->line, field, column, found, allowed);
  return -1;
}

/// Take spaces and one pair of quotes off a field.
static char *trim(char *text) {
  size_t length = strlen(text);
  while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL) {
    text[--length] = '\0';
  }
  while (*text == ' ' || *text == '\t') {
    text++;
    length--;
  }
  if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
    text[length - 1] = '\0';
    text++;
  }
  return text;
}

/// Read and split the next line; 0 at the end of the file.
static int next_line(reader_t *reader) {
  if (gzgets(reader->stream, reader->text, sizeof reader->text) == NULL) {
    return 0;
  }
  reader->line++;
  reader->field_count = 0;
  for (char *at = reader->text; at != NULL && reader->field_count < FIELD_MAX;) {
    char *comma = strchr(at, ',');
    if (comma != NULL) {
      *comma++ = '\0';
    }
    reader->field[reader->field_count++] = trim(at);
    at = comma;
  }
  return 1;
}

static int find_columns(reader_t *reader) {
  if (!next_line(reader)) {
    reader->line = 1;
    return refuse(reader, 1, "heading", "an empty file", "a line of column names");
  }
  for (int i = 0; i < 2; i++) {
    uint32_t at = 0;
    while (at < reader->field_count && strcmp(reader->field[at], reader->name[i]) != 0) {
      at++;
    }
    if (at == reader->field_count) {
      char allowed[200] = "";
      size_t used = 0;
      for (uint32_t k = 0; k < reader->field_count && used < sizeof allowed; k++) {
        int printed = snprintf(allowed + used, sizeof allowed - used, "%s%.40s", k > 0 ? ", " : "",
                               reader->field[k]);
        used += printed > 0 ? (size_t)printed : 0;
      }
      return refuse(reader, 1, reader->name[i], "no such column", allowed);
    }
    reader->column[i] = at;
  }
  return 0;
}

static int read_number(const reader_t *reader, int which, double *number) {
  uint32_t at = reader->column[which];
  char found[48], *end;
  if (at >= reader->field_count) {
    return refuse(reader, at + 1, reader->name[which], "no field", "a number");
  }
  *number = strtod(reader->field[at], &end);
  if (end != reader->field[at] && *end == '\0' && isfinite(*number)) {
    return 0;
  }
  snprintf(found, sizeof found, "\"%.30s\"", reader->field[at]);
  return refuse(reader, at + 1, reader->name[which], found, "a number");
}

static int add_row(reader_t *reader, csv_column_t *csv, csv_row_t row) {
  char found[48], allowed[48];
  if (csv->row_count > 0 && row.at_raw < csv->row[csv->row_count - 1].at_raw) {
    snprintf(found, sizeof found, "%.10g", row.at_raw);
    snprintf(allowed, sizeof allowed, "%.10g or later", csv->row[csv->row_count - 1].at_raw);
    return refuse(reader, reader->column[0] + 1, reader->name[0], found, allowed);
  }
  if (csv->row_count == reader->room) {
    uint32_t room = reader->room > 0 ? 2 * reader->room : 1024;
    csv_row_t *grown = room <= 2 * ROW_MAX ? realloc(csv->row, room * sizeof *grown) : NULL;
    if (grown == NULL) {
      return refuse(reader, 1, "rows", "more than fit", "up to 4000000");
    }
    csv->row = grown;
    reader->room = room;
  }
  csv->row[csv->row_count++] = row;
  return 0;
}

static int read_rows(reader_t *reader, csv_column_t *csv) {
  while (next_line(reader)) {
    csv_row_t row = {.line = reader->line};
    if (reader->field_count == 1 && reader->field[0][0] == '\0') {
      continue;
    }
    if (read_number(reader, 0, &row.at_raw) != 0 || read_number(reader, 1, &row.value_raw) != 0 ||
        add_row(reader, csv, row) != 0) {
      return -1;
    }
  }
  int code = Z_OK;
  const char *text = gzerror(reader->stream, &code);
  if (code != Z_OK && code != Z_STREAM_END) {
    return refuse(reader, 1, "file", text, "a whole file");
  }
  return csv->row_count >= 2 ? 0 : refuse(reader, 1, "rows", "fewer than two", "2 or more");
}

int csv_column_load(const char *path, const char *time_name, const char *name, csv_column_t *csv,
                    char *error, size_t error_bytes) {
  reader_t reader = {
      .path = path, .name = {time_name, name}, .error = error, .error_bytes = error_bytes};
  csv_column_t read = {.path = path, .name = name};
  reader.stream = gzopen(path, "rb");
  if (reader.stream == NULL) {
    snprintf(error, error_bytes, "%s:1:1: file: found no file that opens (%s), allowed a CSV file",
             path, strerror(errno != 0 ? errno : ENOMEM));
    return -1;
  }
  int status = find_columns(&reader);
  if (status == 0) {
    status = read_rows(&reader, &read);
  }
  (void)gzclose(reader.stream);
  if (status != 0) {
    free(read.row);
    return -1;
  }
  read.field = reader.column[1] + 1;
  *csv = read;
  return 0;
}

void csv_column_free(csv_column_t *csv) {
  free(csv->row);
  csv->row = NULL;
  csv->row_count = 0;
}
