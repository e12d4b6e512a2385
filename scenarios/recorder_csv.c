/// signals.csv: see recorder_csv.h.
#include "recorder_csv.h"

#include <string.h>

static const double power_of_10[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};

static uint32_t copy_text(char *out, const char *text) {
  uint32_t length = (uint32_t)strlen(text);
  memcpy(out, text, length);
  return length;
}

uint32_t recorder_csv_number(char out[RECORDER_CSV_NUMBER_BYTES], double value, uint32_t decimals) {
  if (value != value) return copy_text(out, "nan");
  double magnitude = value < 0 ? -value : value;
  if (magnitude >= 1e12) {
    if (magnitude > 1.7976931348623157e308) return copy_text(out, value < 0 ? "-inf" : "inf");
    return (uint32_t)snprintf(out, RECORDER_CSV_NUMBER_BYTES, "%.9g", value);
  }
  uint64_t fixed = (uint64_t)(magnitude * power_of_10[decimals] + 0.5);
  char digits[24];
  uint32_t digit_count = 0, length = 0, dropped = 0;
  while (dropped < decimals && fixed % 10 == 0) {
    fixed /= 10;
    dropped++;
  }
  uint32_t fraction = decimals - dropped;
  int is_zero = fixed == 0;
  while (fixed > 0 || digit_count <= fraction) {
    digits[digit_count++] = (char)('0' + fixed % 10);
    fixed /= 10;
  }
  if (value < 0 && !is_zero) out[length++] = '-';
  while (digit_count > 0) {
    out[length++] = digits[--digit_count];
    if (digit_count == fraction && digit_count > 0) out[length++] = '.';
  }
  return length;
}

static uint8_t decimals_of(const char *unit) {
  static const struct {
    const char *unit;
    uint8_t decimals;
  } table[] = {{"V", 4}, {"A", 3},  {"degC", 2}, {"W", 1},    {"J", 1}, {"Wh", 3},
               {"m", 1}, {"mV", 0}, {"mA", 0},   {"km/h", 2}, {"%", 4}};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (strcmp(unit, table[i].unit) == 0) return table[i].decimals;
  }
  return 6;
}

static int ends_with(const char *text, const char *end) {
  size_t text_length = strlen(text), end_length = strlen(end);
  return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

int recorder_csv_open(recorder_csv_t *csv, const char *path) {
  csv->column_count = 0;
  csv->file = fopen(path, "w");
  if (!csv->file) return -1;
  setvbuf(csv->file, csv->buffer, _IOFBF, sizeof csv->buffer);
  fputs("time_s", csv->file);
  for (uint32_t i = 0; i < signals_count() && csv->column_count < RECORDER_CSV_COLUMN_MAX; i++) {
    const signal_t *signal = signals_at(i);
    if (!signal->in_csv) continue;
    csv->column[csv->column_count] = signal;
    csv->decimals[csv->column_count++] = decimals_of(signal->unit);
    fprintf(csv->file, ",%s", signal->name);
    if (signal->unit[0] && !ends_with(signal->name, signal->unit))
      fprintf(csv->file, " [%s]", signal->unit);
  }
  fputc('\n', csv->file);
  return ferror(csv->file) ? -1 : 0;
}

int recorder_csv_line(recorder_csv_t *csv, uint64_t time_us, const hil_t *hil) {
  char line[(RECORDER_CSV_COLUMN_MAX + 1) * (RECORDER_CSV_NUMBER_BYTES + 1)];
  uint32_t length = recorder_csv_number(line, 1e-6 * (double)time_us, 6);
  for (uint32_t i = 0; i < csv->column_count; i++) {
    line[length++] = ',';
    length +=
        recorder_csv_number(line + length, signals_read(csv->column[i], hil), csv->decimals[i]);
  }
  line[length++] = '\n';
  return fwrite(line, 1, length, csv->file) == length ? 0 : -1;
}

int recorder_csv_close(recorder_csv_t *csv) {
  if (!csv->file) return 0;
  int is_bad = ferror(csv->file) != 0;
  is_bad |= fclose(csv->file) != 0;
  csv->file = NULL;
  return is_bad ? -1 : 0;
}
