/// One situation that both solvers are given: cells, joints, wires, contactors, loads, faults.
///
/// Model    a list of phases, each with coils, loads and bleeds from its first millisecond on; both
///          sides begin at the same state of charge, branch currents and link voltage. Nothing here
///          is a solved quantity
/// Sign     discharge currents > 0
/// Memory   plain value
#ifndef TESTS_ORACLE_WORLD_H
#define TESTS_ORACLE_WORLD_H

#include "../../sim/harness.h"
#include "../../sim/hv.h"
#include "../../sim/isolation.h"
#include "../../sim/pack.h"

enum { ORACLE_PHASE_MAX = 6, ORACLE_BRIDGE_MAX = 8, ORACLE_SAMPLE_MAX = 4, ORACLE_TICK_us = 1000 };

/// What the ECU and the vehicle do from start_ms to the next phase.
typedef struct {
  uint32_t start_ms;
  double coil_V[PINS_COIL_COUNT];
  hv_load_t load;
} oracle_phase_t;

/// How the pack's voltage goes within a tick.
typedef enum { ORACLE_STEADY, ORACLE_MOVES, ORACLE_STEPS } oracle_motion_t;

typedef struct {
  uint32_t wire_a, wire_b;
  double ohm;
} oracle_bridge_t;

typedef struct {
  cell_params_t cell;
  pack_config_t config; ///< cell a of group g is 2g, cell b is 2g+1
  double hysteresis[PACK_CELL_COUNT]; ///< -1..1, stands still
  double branch_A[PACK_CELL_COUNT][CELL_BRANCH_COUNT]; ///< at the start
  double short_ohm[PACK_CELL_COUNT]; ///< 0: none
  double tab_ohm[PACK_CELL_COUNT];

  harness_wire_fault_t wire[PINS_WIRE_COUNT];
  uint8_t source_of[PINS_WIRE_COUNT]; ///< the wire whose tap a pin is joined to
  oracle_bridge_t bridge[ORACLE_BRIDGE_MAX];
  uint32_t bridge_count;
  uint32_t bleed_mask[PINS_MODULE_COUNT];
  double leak_A[PINS_WIRE_COUNT]; ///< of the inputs, drawn by the harness from its stream

  uint8_t has_chassis; ///< leaks and Y-capacitors of the poles; else nothing meets the chassis
  isolation_params_t isolation;
  uint32_t tap_leak_wire, wire_leak_wire; ///< the tap of one wire, the pin of another
  double tap_leak_ohm, wire_leak_ohm; ///< to the chassis; 0: none

  pack_joints_t joints;
  hv_params_t hv;
  hv_contact_fault_t contact[PINS_COIL_COUNT];
  uint8_t starts_closed[PINS_COIL_COUNT]; ///< at rest, before the first phase
  uint8_t charger_is_in_cv; ///< the charger stands at its voltage limit all the time
  double link_V; ///< at the start
  oracle_phase_t phase[ORACLE_PHASE_MAX];
  uint32_t phase_count;

  uint32_t sample_ms[ORACLE_SAMPLE_MAX]; ///< ticks that are compared, in rising order
  uint32_t sample_count;
  oracle_motion_t motion[ORACLE_SAMPLE_MAX]; ///< of the pack's voltage in that tick
  double spice_step_s; ///< the circuit solver's longest step
  uint8_t is_trapezoidal; ///< integration: else Gear's second order
} oracle_world_t;

/// A resting pack of 192 different cells, healthy harness, contactors open, link empty; compared
/// at 20 ms.
void oracle_world_init(oracle_world_t *world, const cell_params_t *cell);

/// Begin a new phase that continues the last one.
oracle_phase_t *oracle_world_phase(oracle_world_t *world, uint32_t start_ms);

/// Both main contactors closed and the link at the string's open voltage, from the start.
void oracle_world_connect(oracle_world_t *world);

/// Index of a group or sense wire by its name ("M3C5", "A12"). Ends the program iff there is none.
uint32_t oracle_world_group(const char *name);
uint32_t oracle_world_wire(const char *name);

#endif
