/// Compares the simulator with the circuit solver's wave, quantity by quantity.
#ifndef TESTS_ORACLE_COMPARE_H
#define TESTS_ORACLE_COMPARE_H

#include "oracle_probe.h"
#include "oracle_spice.h"

/// Voltages agree within this; currents and powers within a share of themselves or an absolute
/// bound, whichever is wider.
#define ORACLE_TOLERANCE_V 0.1e-3
#define ORACLE_TOLERANCE_A 10e-9
#define ORACLE_TOLERANCE_W 1e-6
#define ORACLE_TOLERANCE_SHARE 1e-3

/// The farthest off of one unit, measured by what is allowed.
typedef struct {
  char name[40];
  uint32_t now_ms;
  double simulator, circuit;
  double share; ///< error / allowed
} oracle_worst_t;

typedef struct {
  oracle_worst_t volt, ampere, watt;
  uint32_t value_count, missing_count;
} oracle_score_t;

/// Compare the tick that the rig has just made, quantities up to this class; adds to score.
void oracle_compare(const oracle_rig_t *rig, const oracle_wave_t *wave, uint32_t now_ms,
                    oracle_when_t when, oracle_score_t *score);

int oracle_compare_agrees(const oracle_score_t *score);

#endif
