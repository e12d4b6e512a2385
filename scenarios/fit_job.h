/// A fit job: which measured runs make which cell file, how they are read and how smooth it gets.
///
/// Model    JSON, strict: unknown keys are refused; CSV paths are relative to the data folder
/// Units    in the keys; smoothness without unit: larger is smoother
/// Memory   plain value
/// Errors   "FILE:LINE:COLUMN: $.path: found X, allowed Y"
#ifndef SCENARIOS_FIT_JOB_H
#define SCENARIOS_FIT_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "drive_csv.h"

enum { FIT_FILE_MAX = 64, FIT_PATH_BYTES = 200 };

/// What a run is good for.
typedef enum {
  FIT_ROLE_PULSE, ///< pulses and rests (HPPC, low rate)
  FIT_ROLE_DRIVE, ///< a drive: only from first to last load
  FIT_ROLE_OCV ///< full slow discharge and charge: each branch is stretched to SOC 100..0 %
} fit_role_t;

/// One run.
typedef struct {
  char csv[FIT_PATH_BYTES];
  fit_role_t role;
  double temperature_degC; ///< of the chamber: names the run's group in reports
  double scale_mV; ///< an RMSE of this much costs weight
  double weight;
  double start_soc; ///< where the file's charge is 0
  double gap_A; ///< an unlogged change of charge was this current, then rest; 0: spread evenly
  uint32_t every; ///< rows from one that is used to the next
  double first_s, last_s; ///< rows outside of these times are not used
} fit_run_t;

/// The parameters that the voltage is not linear in, in the order of fit_shape_name.
typedef enum {
  FIT_SHAPE_TAU1,
  FIT_SHAPE_TAU2,
  FIT_SHAPE_TAU3,
  FIT_SHAPE_EXCHANGE, ///< A at 25 degC
  FIT_SHAPE_EXCHANGE_K, ///< e^(-K (1/T - 1/298 K))
  FIT_SHAPE_SURFACE, ///< SOC per A at 25 degC
  FIT_SHAPE_SURFACE_K, ///< e^(K (1/T - 1/298 K))
  FIT_SHAPE_GROWTH, ///< 1/A at 25 degC
  FIT_SHAPE_GROWTH_K,
  FIT_SHAPE_MIDDLE, ///< share of the middle branch's current that depletes the surface
  FIT_SHAPE_STEEP, ///< gain of the depletion below steep_soc, 1/SOC
  FIT_SHAPE_STEEP_SOC, ///< at 25 degC
  FIT_SHAPE_STEEP_PER_K, ///< it rises by this for each K below 25 degC
  FIT_SHAPE_COUNT
} fit_shape_index_t;

extern const char *const fit_shape_name[FIT_SHAPE_COUNT]; ///< keys of "start": "tau1_s" ...

typedef struct {
  char file[FIT_PATH_BYTES]; ///< of the job, for messages
  char id[40], title[96], source[400];
  double capacity_Ah, voltage_min_V, voltage_max_V;
  double core_JpK, surface_JpK, core_surface_WpK;
  double neighbour_WpK, case_WpK, case_heat_capacity_JpK, case_ambient_WpK;
  double hysteresis_rate;
  double surface_min_soc; ///< -1: no bound
  uint32_t ocv_count, coarse_count; ///< OCV points; points of entropy and hysteresis
  uint32_t soc_count, temperature_count;
  double temperature_first_degC, temperature_step_K;
  double smooth_ocv, smooth_entropic, small_entropic, smooth_hysteresis, small_hysteresis;
  double smooth_by_soc, smooth_by_row;
  double loose_soc, loose_share; ///< below this SOC bends of the resistances cost this share
  double shape[FIT_SHAPE_COUNT]; ///< where the search starts
  int is_free[FIT_SHAPE_COUNT]; ///< what the search may change; else it stays at its start
  drive_csv_format_t format;
  uint32_t run_count;
  fit_run_t run[FIT_FILE_MAX];
} fit_job_t;

/// 0, or -1 with the reason: the file cannot be read or holds what is not allowed.
int fit_job_load(const char *path, fit_job_t *job, char *error, size_t error_bytes);

#endif
