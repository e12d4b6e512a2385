/// The measured drive of a Kia Soul EV: 43 minutes of scans, and its current as a load profile.
///
/// Model    the sampled current is kept at the samples; between them it is corrected so that its
///          integral follows the BMS's own charge counters (the samples alone miss 2.6 of 39.2 Ah)
/// Sign     current_A > 0 discharges
/// Memory   plain value of about 150 KiB, filled by soul_drive_load
/// Source   soul_ev/soul_ev_drive_part1.csv.gz of the data folder: langemand/SoulEVSpy, Apache-2.0
#ifndef SCENARIOS_SOUL_DRIVE_H
#define SCENARIOS_SOUL_DRIVE_H

#include <stddef.h>
#include <stdint.h>

enum {
  SOUL_DRIVE_SCAN_MAX = 600,
  SOUL_DRIVE_POINT_MAX = 4 * SOUL_DRIVE_SCAN_MAX,
  SOUL_DRIVE_MODULE_COUNT = 7 ///< modules 1..7; the eighth is not in the log
};

#define SOUL_DRIVE_FILE "soul_ev/soul_ev_drive_part1.csv.gz"

/// One scan as the car gave it.
typedef struct {
  double time_s, pack_V, pack_A, soc_bms_pct, charged_Ah, discharged_Ah;
  double module_degC[SOUL_DRIVE_MODULE_COUNT], inlet_degC, ambient_degC, fan_Hz, cell_mean_V;
} soul_drive_scan_t;

typedef struct {
  uint32_t scan_count;
  soul_drive_scan_t scan[SOUL_DRIVE_SCAN_MAX];
  uint32_t point_count; ///< load profile: straight lines between these points
  double time_s[SOUL_DRIVE_POINT_MAX]; ///< rising, from 0
  double current_A[SOUL_DRIVE_POINT_MAX];
  double sampled_Ah, counted_Ah, corrected_Ah; ///< of the samples, the counters, the profile
} soul_drive_t;

typedef enum {
  SOUL_DRIVE_OK = 0,
  SOUL_DRIVE_ERR_ABSENT = -1, ///< there is no such file
  SOUL_DRIVE_ERR_CONTENT = -2 ///< it is not what it should be
} soul_drive_status_t;

/// Path of the file: data_dir (NULL: $PACKSIM_DATA, else ../shared/data) / SOUL_DRIVE_FILE.
void soul_drive_path(const char *data_dir, char *path, size_t path_bytes);

/// Read the drive from path. drive is undefined unless SOUL_DRIVE_OK; error says where and what
/// otherwise.
soul_drive_status_t soul_drive_load(const char *path, soul_drive_t *drive, char *error,
                                    size_t error_bytes);

/// The profile's current at time_s; 0 before its begin and after its end.
double soul_drive_current_A(const soul_drive_t *drive, double time_s);

#endif
