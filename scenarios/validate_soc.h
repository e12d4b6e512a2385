/// Runs the core's own estimator on a measured drive of one cell and says how far off its SOC is.
///
/// Model    a BMS whose 96 groups all are the measured cell: voltage, current and temperature
///          take the way of its measured values, in whole mV, mA and 0.1 degC, every 10 ms. The
///          sensor may lie and the start may be wrong. Truth is 1 - Ah / Q_T by the file's
///          counter, with the capacity Q_T of the measured cell at the file's temperature
/// Sign     error = estimate - truth
/// Memory   nothing is allocated
#ifndef SCENARIOS_VALIDATE_SOC_H
#define SCENARIOS_VALIDATE_SOC_H

#include "drive_csv.h"

typedef struct {
  double capacity_Ah; ///< Q_T; 0: the cell table's
  double start_soc; ///< truth at the first row; NaN: 1 where the file's charge is 0
  double start_error; ///< the estimator starts with truth + this, within 0..1
  double capacity_error; ///< share by which its capacity is wrong
  double offset_A, gain_error, current_noise_A; ///< of its current sensor
  double voltage_offset_V, voltage_noise_V;
  double settle_s; ///< scored from then on
  uint64_t seed; ///< of the noise
} validate_soc_options_t;

/// Nothing wrong but the start, by -0.3; scored after 600 s.
validate_soc_options_t validate_soc_options(void);

/// Sums over the 0.1 s samples after settling; scores follow from them.
typedef struct {
  uint64_t count;
  double square, sum, largest; ///< of the error in %
} validate_soc_sums_t;

double validate_soc_rmse_pct(const validate_soc_sums_t *sums);
double validate_soc_bias_pct(const validate_soc_sums_t *sums);
void validate_soc_pool(validate_soc_sums_t *sums, const validate_soc_sums_t *what);

typedef struct {
  double capacity_Ah, mean_degC; ///< Q_T and the temperature of the file
  double from_s, to_s; ///< first and last load
  double start_soc, end_soc, start_estimate, end_estimate;
  double step_pct; ///< largest that is seen within a second, anywhere
  double caught_s; ///< after so long the error stays below 5 %; NaN: never
  uint32_t was_invalid; ///< samples whose estimate was no number within 0..1
  validate_soc_sums_t shown, counted; ///< estimator; counting alone with the same sensor and start
} validate_soc_t;

/// 0, or -1 iff the cell has no table, or the drive is no longer than settle_s; error says which.
int validate_soc(const char *cell, const drive_csv_t *drive, const validate_soc_options_t *options,
                 validate_soc_t *score, char *error, size_t error_bytes);

#endif
