/// Runs ngspice in batch and reads the wave that it leaves.
///
/// Model    one child process with a deadline; a run that stops early leaves a short wave and no
///          error code, so the last time is looked at
/// Memory   the wave is on the heap until oracle_spice_free
#ifndef TESTS_ORACLE_SPICE_H
#define TESTS_ORACLE_SPICE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t column_count;
  size_t point_count;
  char (*name)[32]; ///< of each column; column 0 is the time
  double *value; ///< [point * column_count + column]
} oracle_wave_t;

typedef struct {
  const char *netlist, *raw, *log; ///< paths; raw and log are written
  double last_s; ///< time that the wave must reach
  uint32_t timeout_s;
} oracle_job_t;

/// 1 iff a program called ngspice can be started.
int oracle_spice_is_here(void);

/// 0, or -1 with the reason in error.
int oracle_spice_run(const oracle_job_t *job, oracle_wave_t *wave, char *error, size_t bytes);
void oracle_spice_free(oracle_wave_t *wave);

/// Column of a vector, -1 iff it is not in the wave.
int32_t oracle_spice_column(const oracle_wave_t *wave, const char *vector);

/// Value at an instant, mean and mean square from begin to end: straight lines between the points.
double oracle_spice_at(const oracle_wave_t *wave, uint32_t column, double time_s);
double oracle_spice_mean(const oracle_wave_t *wave, uint32_t column, double begin_s, double end_s);
double oracle_spice_mean_square(const oracle_wave_t *wave, uint32_t column, double begin_s,
                                double end_s);

#endif
