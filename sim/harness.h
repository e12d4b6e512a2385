/// Sense harness: the wires between taps and AFE inputs, solved as a network, with all that breaks.
///
/// Model    per wire: source potential - wire and contact resistance - fuse - connector pin -
///          filter resistor - C input with capacitor to V-, leakage, diode clamps to the
///          neighbours; bleed resistors between pins before the filter; open-wire test currents;
///          shorts between any pins, leaks from any pin to the chassis.
///          Pins are quasi-static unless floating; floating inputs are states. V- of an AFE is its
///          T0 pin.
/// Sign     currents out of the pack are positive; group_extra_A > 0 discharges the group
/// Memory   plain value
/// Source   ecu_model/db/pinout.csv for the wires; front end assumed (docs/facts.md)
#ifndef SIM_HARNESS_H
#define SIM_HARNESS_H

#include <stdint.h>

#include "../ecu_model/pins.h"
#include "rng.h"

/// What is wrong with one wire. All zero: healthy.
typedef struct {
  double extra_ohm; ///< added series resistance, 0..1e6
  double leak_ohm; ///< pin to chassis, 1..1e9; 0: none
  double chatter_Hz; ///< 0.1..500
  double chatter_duty; ///< 0..1, share of each period that the fault is there
  double chatter_jitter; ///< 0..1: how far in the period it begins, of the room that duty leaves
  uint8_t is_open;
  uint8_t chatter_is_on; ///< the fault comes and goes, all of it together
  uint8_t padding[6];
} harness_wire_fault_t;

typedef enum { HARNESS_OK = 0, HARNESS_ERR_RANGE = -1 } harness_status_t;

#include "harness_state.h" /* harness_t */

/// Leakages, fuses and the seeds of chatter are drawn from rng. chassis_V is 0.
void harness_init(harness_t *harness, rng_t rng);

/// Replace the fault of a wire. HARNESS_ERR_RANGE iff wire >= 111 or a value is outside its range.
harness_status_t harness_set_wire(harness_t *harness, uint32_t wire,
                                  const harness_wire_fault_t *fault);

/// Leak from a wire's pin to the chassis (1..1e9 ohm), beside its other faults; ohm 0 removes it.
/// HARNESS_ERR_RANGE iff wire >= 111 or ohm is outside.
harness_status_t harness_set_leak(harness_t *harness, uint32_t wire, double ohm);

/// Short two wires at the connector through ohm (1e-3..1e6); ohm 0 removes it.
/// HARNESS_ERR_RANGE iff a value is outside or it were the 257th.
harness_status_t harness_set_short(harness_t *harness, uint32_t wire_a, uint32_t wire_b,
                                   double ohm);

/// Rewire: connector pin i gets the source of wire source_of[i] (a permutation of 0..110).
harness_status_t harness_set_permutation(harness_t *harness,
                                         const uint8_t source_of[PINS_WIRE_COUNT]);

/// 1 iff the voltages are needed in this tick (an AFE converts, bleeds change, a fault toggles, a
/// wire leaks to the chassis).
int harness_is_due(const harness_t *harness, const pins_out_t *demand);

/// Solve at now_us with the sources of this tick and what the AFEs demand; writes wire_V and
/// afe_input_V, and group_extra_A (96): what the wires' currents take from each group.
void harness_solve(harness_t *harness, uint64_t now_us, const double source_V[PINS_WIRE_COUNT],
                   const pins_out_t *demand, pins_in_t *pins,
                   double group_extra_A[PINS_GROUP_COUNT]);

/// What the leaks of the last solution do to the chassis: their current into it is
/// current_A - conductance_S * chassis_V, so that the caller can advance chassis_V implicitly.
void harness_chassis(const harness_t *harness, double *conductance_S, double *current_A);

#endif
