/// The simulator's side: pack, high-voltage path and harness in the order of a tick of the loop.
///
/// Model    the cells' coefficients are frozen: no refresh of heat, hysteresis and tables
/// Memory   plain value; world outlives it
#ifndef TESTS_ORACLE_RIG_H
#define TESTS_ORACLE_RIG_H

#include "../../sim/hil.h"
#include "oracle_world.h"

typedef struct {
  const oracle_world_t *world;
  hil_t hil; ///< its plant alone, without ECU and bus
  hv_t hv_before; ///< at the begin of the last tick
  hv_load_t load; ///< in the last tick
} oracle_rig_t;

/// Ends the program iff the simulator refuses the world.
void oracle_rig_init(oracle_rig_t *rig, const oracle_world_t *world);

/// The tick that begins at now_ms; call it for each millisecond in turn.
void oracle_rig_step(oracle_rig_t *rig, uint32_t now_ms);

#endif
