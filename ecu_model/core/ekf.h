/// Extended Kalman filter for one group: state of charge, the model's own error, sensor offset.
///
/// Model    V = U(s_s) + (T - 25 degC) dU/dT + M h - R0 i - R1 asinh(u)/u x1 - R2 x2 - R3 x3 as in
///          docs/plant.md. The branch currents x are those of the string, so all groups share them.
///          Four states: s by the charge that flowed, e by which the model is off (it fades over
///          error_s), k by which more drops than the model says, b by which the sensor shows too
///          much current: it moves s, and what all branches drop. docs/estimator.md
/// Units    float: SI, SOC 0..1, currents of one cell
/// Sign     current > 0 discharges
/// Source   tables: ecu_model/gen/cell_table.c
#ifndef ECU_MODEL_CORE_EKF_H
#define ECU_MODEL_CORE_EKF_H

#include "../gen/cell_table.h"
#include "bms.h"

/// The states of bms_ekf_t.
typedef enum {
  EKF_SOC,
  EKF_ERROR, ///< V by which the model is too low
  EKF_FACTOR, ///< share by which more voltage drops than the model says
  EKF_OFFSET ///< A that the sensor shows too much
} ekf_state_t;

/// Natural exponential for -80..80, clipped outside; within 2e-7 of it.
float ekf_exp(float x);

/// Square root for x > 0, else 0; within 2e-7 of it.
float ekf_sqrt(float x);

/// A string at rest: no current in the branches. hysteresis -1..1.
void ekf_rest(bms_polar_t *polar, float hysteresis);

/// A string whose SOC is known shows another voltage: currents of the time before still relax.
void ekf_relax(bms_polar_t *polar, const cell_table_t *cell, float soc, float degC,
               float voltage_V);

/// Advance what the groups share by dt_s with the mean current of one cell in that time.
void ekf_carry(bms_polar_t *polar, const cell_table_t *cell, float current_A, float capacity_Ah,
               float dt_s);

/// Voltage that the model shows at a SOC, and what it drops under load.
typedef struct {
  float voltage_V;
  float ohmic_V; ///< dropped by R0 and the fast branch
  float drop_V; ///< by all of them
  float settled_ohm; ///< of all of them against a current that never changes
  float settled_pA; ///< and the share of SOC by which such a current lowers the surface
} ekf_shown_t;
ekf_shown_t ekf_model(const cell_table_t *cell, const bms_polar_t *polar, float soc, float degC,
                      float current_A);

/// SOC of a rested cell at a temperature.
float ekf_soc_at_rest(const cell_table_t *cell, float hysteresis, float voltage_V, float degC);

/// Begin with a SOC that is known to within one standard deviation. offset_A: that of the sensor's
/// offset; 0: it is taken as known.
void ekf_begin(bms_ekf_t *ekf, const cell_table_t *cell, float soc, float soc_deviation,
               float offset_A);

/// The charge of one cell moves, in dt_s.
void ekf_predict(bms_ekf_t *ekf, const cell_table_t *cell, const bms_polar_t *polar,
                 float charge_As, float capacity_Ah, float dt_s);

/// One measured voltage, with the current in that moment. Returns what the model drops there, V.
float ekf_correct(bms_ekf_t *ekf, const cell_table_t *cell, const bms_polar_t *polar,
                  float voltage_V, float degC, float current_A);

#endif
