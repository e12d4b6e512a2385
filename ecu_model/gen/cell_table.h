/// Cell tables of the estimator, generated from ecu_model/db/cells.csv and data/cells: do not edit.
#ifndef ECU_MODEL_GEN_CELL_TABLE_H
#define ECU_MODEL_GEN_CELL_TABLE_H

#include <stdint.h>

enum { CELL_TABLE_BRANCH_COUNT = 3, CELL_TABLE_OHM_COUNT = 1 + CELL_TABLE_BRANCH_COUNT };

/// Numbers of the sets, for bms_config_t. An image knows those of a pack.
typedef enum {
  CELL_TABLE_SOUL_EV,
  CELL_TABLE_NCR18650PF,
  CELL_TABLE_COUNT
} cell_table_id_t;

/// One cell. All tables run over SOC 0..1 evenly, ohms also over temperature.
typedef struct {
  const char *name;
  float capacity_Ah;
  float tau_s[CELL_TABLE_BRANCH_COUNT];
  float hysteresis_rate; ///< 1/rate of SOC moves the hysteresis by one e-fold
  float core_JpK, core_surface_WpK;
  float ohm_unit; ///< of the entries of ohm
  float temperature_first_degC, temperature_step_K;
  float surface_middle_share, surface_min_soc, steep_gain;
  float error_V; ///< standard deviation of the model's error
  float error_share; ///< plus this share of what drops under load
  float error_s; ///< how long such an error lasts
  float factor; ///< standard deviation of its resistances, as a share
  float factor_s; ///< how long that lasts
  float offset_pC; ///< standard deviation of the current sensor's offset, of the capacity per hour
  float drift_pC; ///< by which it moves in an hour
  uint16_t ocv_count, slow_count, soc_count, temperature_count, column_count;
  const uint16_t *ocv_dmV; ///< 0.1 mV
  const int16_t *entropic_uVpK; ///< slow_count of them
  const uint16_t *hysteresis_cmV; ///< 0.01 mV, slow_count of them
  const uint8_t *column; ///< of ohm, for each SOC: equal ones are kept once
  const uint16_t (*ohm)[CELL_TABLE_OHM_COUNT]; ///< [temperature x column_count + column], R0 first
  const float *exchange_pA; ///< for each temperature; 0: the fast branch is linear
  const float *surface_pA, *steep_soc, *growth_pA; ///< the same; 0: off
} cell_table_t;

extern const cell_table_t cell_table_soul_ev;
extern const cell_table_t cell_table_ncr18650pf;

extern const cell_table_t *const cell_table[CELL_TABLE_COUNT]; ///< NULL: not in this image

#endif
