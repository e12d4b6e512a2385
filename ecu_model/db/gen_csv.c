/// Reads a CSV with quotes and comments and checks it field by field.
#include "gen.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void gen_fail(const char *path, uint32_t line, const char *format, ...) {
  va_list arguments;
  if (line > 0)
    (void)fprintf(stderr, "%s:%u: ", path, (unsigned)line);
  else
    (void)fprintf(stderr, "%s: ", path);
  va_start(arguments, format);
  (void)vfprintf(stderr, format, arguments);
  va_end(arguments);
  (void)fputc('\n', stderr);
  exit(2);
}

void csv_fail(const csv_t *csv, uint32_t row, uint32_t column, const char *allowed) {
  gen_fail(csv->path, csv->row[row].line, "%s: found '%s', allowed %s", csv->column[column],
           csv->row[row].field[column], allowed);
}

static void *gen_alloc(const char *path, size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory == NULL) gen_fail(path, 0, "out of memory");
  return memory;
}

static char *csv_load(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) gen_fail(path, 0, "cannot be opened");
  char *text = gen_alloc(path, CSV_BYTES_MAX + 1, 1);
  size_t size = fread(text, 1, CSV_BYTES_MAX + 1, file);
  if (ferror(file)) gen_fail(path, 0, "cannot be read");
  (void)fclose(file);
  if (size > CSV_BYTES_MAX) gen_fail(path, 0, "more than %d bytes", (int)CSV_BYTES_MAX);
  if (memchr(text, 0, size) != NULL) gen_fail(path, 0, "holds a zero byte");
  return text;
}

/// Copy a quoted field in place; read stands behind its opening quote. Returns what follows it.
static char *csv_quoted(const csv_t *csv, uint32_t line, char *read, char **write) {
  for (;; read++) {
    if (*read == '\0' || *read == '\n') gen_fail(csv->path, line, "a quote is not closed");
    if (*read == '"' && *++read != '"') return read;
    *(*write)++ = *read;
  }
}

/// Cut one field out of text in place; text then points behind its separator, which is returned.
static char csv_field(const csv_t *csv, uint32_t line, char **text, const char **field) {
  char *write = *text;
  char *read = *text;
  *field = write;
  if (*read == '"') {
    read = csv_quoted(csv, line, read + 1, &write);
  } else {
    while (*read != '\0' && strchr(",\r\n\"", *read) == NULL) *write++ = *read++;
  }
  if (read[0] == '\r' && read[1] == '\n') read++;
  char separator = *read;
  if (separator != '\0' && separator != ',' && separator != '\n')
    gen_fail(csv->path, line, "found a stray '%c', allowed , or the end of the line", separator);
  *write = '\0';
  *text = separator == '\0' ? read : read + 1;
  return separator;
}

/// Split one line into row; returns how many fields it has.
static uint32_t csv_line(const csv_t *csv, char **text, csv_row_t *row) {
  uint32_t count = 0;
  char separator = ',';
  while (separator == ',') {
    if (count == CSV_COLUMN_MAX)
      gen_fail(csv->path, row->line, "more than %d fields", CSV_COLUMN_MAX);
    separator = csv_field(csv, row->line, text, &row->field[count++]);
  }
  return count;
}

static void csv_check_header(const csv_t *csv, const csv_row_t *row, uint32_t count) {
  for (uint32_t c = 0; c < csv->column_count; c++) {
    if (c >= count || strcmp(row->field[c], csv->column[c]) != 0)
      gen_fail(csv->path, row->line, "header field %u: found '%s', allowed '%s'", (unsigned)c + 1,
               c < count ? row->field[c] : "", csv->column[c]);
  }
}

csv_t csv_read(const char *db_dir, const char *name, const char *const *column,
               uint32_t column_count) {
  size_t path_size = strlen(db_dir) + strlen(name) + 2;
  char *path = gen_alloc(name, path_size, 1);
  (void)snprintf(path, path_size, "%s/%s", db_dir, name);
  csv_t csv = {.path = path, .column = column, .column_count = column_count};
  char *text = csv_load(path);
  csv.row = gen_alloc(path, CSV_ROW_MAX, sizeof *csv.row);
  int has_header = 0;
  for (uint32_t line = 1; *text != '\0'; line++) {
    if (*text == '#' || *text == '\n') {
      text += strcspn(text, "\n");
      if (*text == '\n') text++;
      continue;
    }
    if (csv.row_count == CSV_ROW_MAX) gen_fail(path, line, "more than %d rows", CSV_ROW_MAX);
    csv_row_t row = {.line = line};
    uint32_t count = csv_line(&csv, &text, &row);
    if (!has_header) csv_check_header(&csv, &row, count);
    if (count != column_count)
      gen_fail(path, line, "found %u fields, allowed %u", (unsigned)count, (unsigned)column_count);
    if (has_header) csv.row[csv.row_count++] = row;
    has_header = 1;
  }
  if (!has_header || csv.row_count == 0) gen_fail(path, 0, "holds no rows");
  return csv;
}

int64_t csv_int(const csv_t *csv, uint32_t row, uint32_t column, int64_t minimum, int64_t maximum) {
  const char *field = csv->row[row].field[column];
  char *end = NULL;
  long long value = strtoll(field, &end, 10);
  int is_number = (*field == '-' || (*field >= '0' && *field <= '9')) && *end == '\0';
  if (!is_number || value < minimum || value > maximum) {
    char allowed[64];
    (void)snprintf(allowed, sizeof allowed, "%lld..%lld", (long long)minimum, (long long)maximum);
    csv_fail(csv, row, column, allowed);
  }
  return value;
}

uint32_t csv_choice(const csv_t *csv, uint32_t row, uint32_t column, const char *const *allowed) {
  char list[256] = "";
  for (uint32_t i = 0; allowed[i] != NULL; i++) {
    if (strcmp(csv->row[row].field[column], allowed[i]) == 0) return i;
    size_t used = strlen(list);
    (void)snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : " | ", allowed[i]);
  }
  csv_fail(csv, row, column, list);
}

const char *csv_identifier(const csv_t *csv, uint32_t row, uint32_t column) {
  const char *field = csv->row[row].field[column];
  size_t valid = strspn(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  if (field[0] < 'A' || field[0] > 'Z' || field[valid] != '\0' || valid > 39)
    csv_fail(csv, row, column, "A-Z, then at most 38 of A-Z 0-9 _");
  return field;
}
