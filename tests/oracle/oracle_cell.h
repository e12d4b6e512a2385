/// The cell's parameters at one state, read from its tables by a reading of their own.
///
/// Model    emf = base + slope SOC - the branches' voltages; the inner resistance R0 behind it
#ifndef TESTS_ORACLE_CELL_H
#define TESTS_ORACLE_CELL_H

#include "oracle_world.h"

typedef struct {
  double base_V, slope_V;
  double r0_ohm, branch_ohm[CELL_BRANCH_COUNT], tau_s[CELL_BRANCH_COUNT];
  double capacity_As;
  double exchange_A; ///< 0: the fast branch is linear
  double soc; ///< at the start
} oracle_cell_t;

oracle_cell_t oracle_cell(const oracle_world_t *world, uint32_t cell);

/// Voltage of the emf at the start.
double oracle_cell_emf_V(const oracle_world_t *world, uint32_t cell);

/// Open voltage of a group at the start, from its two cells with their tabs and shorts; and what it
/// shows with all of them in series.
double oracle_cell_group_V(const oracle_world_t *world, uint32_t group);
double oracle_cell_string_V(const oracle_world_t *world);

#endif
