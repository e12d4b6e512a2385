/// Options, drives and text that both forms of packsim validate read and write.
#include "validate_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int validate_read_path(validate_paths_t *paths, const char *value) {
  if (paths->count == VALIDATE_PATHS_MAX)
    return cli_usage("validate", "--drive: more than %d, allowed up to %d", VALIDATE_PATHS_MAX,
                     VALIDATE_PATHS_MAX);
  paths->at[paths->count++] = value;
  return CLI_OK;
}

int validate_read_sign(const char *value, drive_csv_format_t *format) {
  if (strcmp(value, "-1") != 0 && strcmp(value, "1") != 0)
    return cli_usage("validate", "--discharge-sign %s: not allowed, allowed -1, 1", value);
  format->discharge_sign = value[0] == '-' ? -1.0 : 1.0;
  return CLI_OK;
}

int validate_read_share(const char *option, const char *value, double *share) {
  double percent = 0.0;
  int status = validate_read_number(option, value, 0.0, 100.0, &percent);
  if (status == CLI_OK) *share = 0.01 * percent;
  return status;
}

int validate_read_drive(const char *path, const drive_csv_format_t *format, drive_csv_t *drive) {
  char error[700];
  drive_csv_status_t status = drive_csv_load(path, format, drive, error, sizeof error);
  if (status == DRIVE_CSV_OK) return CLI_OK;
  if (status != DRIVE_CSV_ERR_ABSENT) return cli_usage("validate", "%s", error);
  fprintf(stderr, "packsim validate: %s\n", error);
  return CLI_MISSING;
}

int validate_read_number(const char *option, const char *text, double min, double max,
                         double *value) {
  char *end = NULL;
  double read = strtod(text, &end);
  if (end != text && *end == '\0' && read >= min && read <= max) {
    *value = read;
    return CLI_OK;
  }
  return cli_usage("validate", "%s %s: not allowed, allowed a number %g..%g", option, text, min,
                   max);
}

int validate_read_columns(const char *text, drive_csv_format_t *format) {
  char all[600];
  if (strlen(text) >= sizeof all) return cli_usage("validate", "--column: too long");
  memcpy(all, text, strlen(text) + 1);
  for (char *at = all; at;) {
    char *comma = strchr(at, ',');
    if (comma) *comma++ = '\0';
    if (drive_csv_format_column(format, at) != 0)
      return cli_usage("validate",
                       "--column %s: not allowed, allowed time, voltage, current, charge or "
                       "temperature = a heading of up to 63 characters",
                       at);
    at = comma;
  }
  return CLI_OK;
}

void validate_read_text(const char *text) {
  putchar('"');
  for (const char *at = text; *at; at++) {
    if (*at == '"' || *at == '\\') putchar('\\');
    if ((unsigned char)*at >= ' ') putchar(*at);
  }
  putchar('"');
}
