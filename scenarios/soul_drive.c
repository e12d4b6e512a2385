/// Reads the measured Soul EV drive and makes a current profile that keeps the counted charge.
#include "soul_drive.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LINE_BYTES = 8192, COLUMN_MAX = 256, CELL_COUNT = 96 };

static const double knot_s = 90.0; ///< the counters' 0.1 Ah steps are averaged over this
static const double edge_s = 1.0; ///< time around a sample in which its current stands

/// Columns that are read; one for each field, then modules and cells.
static const char *const column_name[] = {"scan_start_s", "pack_V",     "pack_A",  "soc_bms_pct",
                                          "cum_chg_Ah",   "cum_dis_Ah", "inlet_C", "ambient_C",
                                          "fan_fb",       "mod1_C",     "cell00_V"};

enum {
  COLUMN_TIME,
  COLUMN_PACK_V,
  COLUMN_PACK_A,
  COLUMN_SOC,
  COLUMN_CHARGED,
  COLUMN_DISCHARGED,
  COLUMN_INLET,
  COLUMN_AMBIENT,
  COLUMN_FAN,
  COLUMN_MODULE_FIRST,
  COLUMN_CELL_FIRST,
  COLUMN_COUNT
};

/// Split line at commas in place; returns the number of fields, at most COLUMN_MAX.
static uint32_t split(char *line, char *field[COLUMN_MAX]) {
  uint32_t count = 0;
  line[strcspn(line, "\r\n")] = '\0';
  for (char *at = line; at && count < COLUMN_MAX;) {
    field[count++] = at;
    at = strchr(at, ',');
    if (at) *at++ = '\0';
  }
  return count;
}

static int find_columns(char *line, uint32_t column[COLUMN_COUNT], const char **missing) {
  char *field[COLUMN_MAX];
  uint32_t count = split(line, field);
  for (uint32_t i = 0; i < COLUMN_COUNT; i++) {
    uint32_t at = 0;
    while (at < count && strcmp(field[at], column_name[i]) != 0) at++;
    *missing = column_name[i];
    column[i] = at;
    uint32_t needed = i == COLUMN_MODULE_FIRST ? SOUL_DRIVE_MODULE_COUNT
                      : i == COLUMN_CELL_FIRST ? CELL_COUNT
                                               : 1;
    if (at + needed > count) return -1;
  }
  return 0;
}

/// The number in field[index], NaN iff there is none.
static double number_at(char *const *field, uint32_t count, uint32_t index) {
  if (index >= count) return (double)NAN;
  char *end = field[index];
  double value = strtod(field[index], &end);
  return end == field[index] || *end != '\0' ? (double)NAN : value;
}

static int read_scan(char *line, const uint32_t column[COLUMN_COUNT], soul_drive_scan_t *scan) {
  char *field[COLUMN_MAX];
  uint32_t count = split(line, field);
  double value[COLUMN_COUNT];
  double sum = 0.0;
  for (uint32_t i = 0; i < COLUMN_COUNT; i++) {
    value[i] = number_at(field, count, column[i]);
    sum += value[i];
  }
  for (uint32_t i = 0; i < SOUL_DRIVE_MODULE_COUNT; i++) {
    scan->module_degC[i] = number_at(field, count, column[COLUMN_MODULE_FIRST] + i);
    sum += scan->module_degC[i];
  }
  double cells_V = 0.0;
  for (uint32_t i = 0; i < CELL_COUNT; i++)
    cells_V += number_at(field, count, column[COLUMN_CELL_FIRST] + i);
  scan->time_s = value[COLUMN_TIME];
  scan->pack_V = value[COLUMN_PACK_V];
  scan->pack_A = value[COLUMN_PACK_A];
  scan->soc_bms_pct = value[COLUMN_SOC];
  scan->charged_Ah = value[COLUMN_CHARGED];
  scan->discharged_Ah = value[COLUMN_DISCHARGED];
  scan->inlet_degC = value[COLUMN_INLET];
  scan->ambient_degC = value[COLUMN_AMBIENT];
  scan->fan_Hz = value[COLUMN_FAN];
  scan->cell_mean_V = cells_V / CELL_COUNT;
  return isfinite(sum + cells_V) ? 0 : -1;
}

void soul_drive_path(const char *data_dir, char *path, size_t path_bytes) {
  const char *root = data_dir ? data_dir : getenv("PACKSIM_DATA");
  if (!root || root[0] == '\0') root = "../shared/data";
  snprintf(path, path_bytes, "%s/%s", root, SOUL_DRIVE_FILE);
}

static soul_drive_status_t refuse(char *error, size_t error_bytes, const char *path, uint32_t line,
                                  const char *what) {
  snprintf(error, error_bytes, "%s:%u: %s", path, line, what);
  return SOUL_DRIVE_ERR_CONTENT;
}

static soul_drive_status_t read_scans(gzFile file, const char *path, soul_drive_t *drive,
                                      char *error, size_t error_bytes) {
  char line[LINE_BYTES];
  uint32_t column[COLUMN_COUNT];
  const char *missing = column_name[0];
  if (!gzgets(file, line, sizeof line) || find_columns(line, column, &missing) != 0) {
    char what[80];
    snprintf(what, sizeof what, "no column %s, allowed: a scan log with it", missing);
    return refuse(error, error_bytes, path, 1, what);
  }
  uint32_t count = 0;
  while (gzgets(file, line, sizeof line)) {
    if (count == SOUL_DRIVE_SCAN_MAX)
      return refuse(error, error_bytes, path, count + 2, "too many scans, allowed 600");
    if (read_scan(line, column, &drive->scan[count]) != 0)
      return refuse(error, error_bytes, path, count + 2, "a field is no number, allowed: numbers");
    double step_s = count ? drive->scan[count].time_s - drive->scan[count - 1].time_s : 10.0;
    if (step_s < 3.0 * edge_s)
      return refuse(error, error_bytes, path, count + 2,
                    "scan_start_s too early, allowed >= 3 s after the last scan");
    count++;
  }
  drive->scan_count = count;
  if (count < 3)
    return refuse(error, error_bytes, path, count + 1, "too few scans, allowed 3..600");
  return SOUL_DRIVE_OK;
}

/// Counted minus sampled charge up to each scan.
static void find_deficit(soul_drive_t *drive, double deficit_Ah[SOUL_DRIVE_SCAN_MAX]) {
  const soul_drive_scan_t *scan = drive->scan;
  double counted_start_Ah = scan[0].discharged_Ah - scan[0].charged_Ah;
  double sampled_As = 0.0;
  deficit_Ah[0] = 0.0;
  for (uint32_t i = 1; i < drive->scan_count; i++) {
    sampled_As +=
        0.5 * (scan[i].pack_A + scan[i - 1].pack_A) * (scan[i].time_s - scan[i - 1].time_s);
    drive->counted_Ah = scan[i].discharged_Ah - scan[i].charged_Ah - counted_start_Ah;
    drive->sampled_Ah = sampled_As / 3600.0;
    deficit_Ah[i] = drive->counted_Ah - drive->sampled_Ah;
  }
}

/// Deficit at time_s without the counters' steps: its mean around, and exact at both ends.
static double smooth_deficit_Ah(const soul_drive_t *drive, const double deficit_Ah[],
                                double time_s) {
  uint32_t last = drive->scan_count - 1;
  if (time_s <= drive->scan[0].time_s) return deficit_Ah[0];
  if (time_s >= drive->scan[last].time_s) return deficit_Ah[last];
  double sum_Ah = 0.0;
  uint32_t count = 0;
  for (uint32_t i = 0; i <= last; i++) {
    if (fabs(drive->scan[i].time_s - time_s) > 0.5 * knot_s) continue;
    sum_Ah += deficit_Ah[i];
    count++;
  }
  return count ? sum_Ah / count : deficit_Ah[last];
}

static void add_point(soul_drive_t *drive, double time_s, double current_A) {
  drive->time_s[drive->point_count] = time_s;
  drive->current_A[drive->point_count++] = current_A;
}

/// Straight lines between samples, lifted between them by what only the counters saw.
static void make_profile(soul_drive_t *drive, const double deficit_Ah[]) {
  double start_s = drive->scan[0].time_s;
  double end_s = drive->scan[drive->scan_count - 1].time_s;
  double knot_count = floor((end_s - start_s) / knot_s) + 1.0;
  double span_s = (end_s - start_s) / knot_count;
  for (uint32_t i = 0; i + 1 < drive->scan_count; i++) {
    const soul_drive_scan_t *scan = &drive->scan[i];
    double begin_s = scan[0].time_s - start_s;
    double step_s = scan[1].time_s - scan[0].time_s;
    double knot = floor((begin_s + 0.5 * step_s) / span_s);
    double low_Ah = smooth_deficit_Ah(drive, deficit_Ah, start_s + knot * span_s);
    double high_Ah = smooth_deficit_Ah(drive, deficit_Ah, start_s + (knot + 1.0) * span_s);
    double lift_A = 3600.0 * (high_Ah - low_Ah) / span_s * step_s / (step_s - edge_s);
    double slope_Aps = (scan[1].pack_A - scan[0].pack_A) / step_s;
    add_point(drive, begin_s, scan[0].pack_A);
    add_point(drive, begin_s + edge_s, scan[0].pack_A + slope_Aps * edge_s + lift_A);
    add_point(drive, begin_s + step_s - edge_s, scan[1].pack_A - slope_Aps * edge_s + lift_A);
  }
  add_point(drive, end_s - start_s, drive->scan[drive->scan_count - 1].pack_A);
  double sum_As = 0.0;
  for (uint32_t i = 1; i < drive->point_count; i++)
    sum_As += 0.5 * (drive->current_A[i] + drive->current_A[i - 1]) *
              (drive->time_s[i] - drive->time_s[i - 1]);
  drive->corrected_Ah = sum_As / 3600.0;
}

soul_drive_status_t soul_drive_load(const char *path, soul_drive_t *drive, char *error,
                                    size_t error_bytes) {
  memset(drive, 0, sizeof *drive);
  gzFile file = gzopen(path, "rb");
  if (!file) {
    snprintf(error, error_bytes, "%s: %s, allowed: a file of measured scans", path,
             strerror(errno ? errno : ENOMEM));
    return SOUL_DRIVE_ERR_ABSENT;
  }
  soul_drive_status_t status = read_scans(file, path, drive, error, error_bytes);
  gzclose(file);
  if (status != SOUL_DRIVE_OK) return status;
  double deficit_Ah[SOUL_DRIVE_SCAN_MAX];
  find_deficit(drive, deficit_Ah);
  make_profile(drive, deficit_Ah);
  double start_s = drive->scan[0].time_s;
  for (uint32_t i = 0; i < drive->scan_count; i++) drive->scan[i].time_s -= start_s;
  return SOUL_DRIVE_OK;
}

double soul_drive_current_A(const soul_drive_t *drive, double time_s) {
  uint32_t low = 0;
  uint32_t high = drive->point_count - 1;
  if (drive->point_count < 2 || !(time_s >= drive->time_s[0]) || time_s > drive->time_s[high])
    return 0.0;
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    if (drive->time_s[middle] <= time_s)
      low = middle;
    else
      high = middle;
  }
  double share = (time_s - drive->time_s[low]) / (drive->time_s[high] - drive->time_s[low]);
  return drive->current_A[low] + share * (drive->current_A[high] - drive->current_A[low]);
}
