/// Isolation to the chassis, from two dividers of resistance R_d that the ECU switches.
///
/// Model    a cycle: both dividers on, then the positive one, then the negative one. With
///          x = (plus - chassis) / pack while only the positive is on and y = (chassis - minus) /
///          pack while only the negative is on, both at rest:
///            R = R_d (1 - x - y) / (x + y),  R_pos = R_d (1 - x - y) / y,
///            R_neg = R_d (1 - x - y) / x,    height of the leak = y / (x + y)
///          Both on, the two voltages sum up to the pack's: the self-test and common scale of all
///          three readings. Y-capacitors let the chassis settle slowly (settle.h); they also keep
///          it from jumping, and a chassis that jumps is not connected
/// Units    ohm; height 0 at pack minus, 1000 at pack plus
/// Source   docs/isolation.md: equations, timing, accuracy
#ifndef ECU_MODEL_CORE_IMD_H
#define ECU_MODEL_CORE_IMD_H

#include "bms.h"

typedef enum {
  IMD_PAUSE, ///< both off: not allowed, or contacts have just moved
  IMD_BOTH,
  IMD_POS,
  IMD_NEG
} imd_phase_t;

enum { IMD_MAX_ohm = 50000000 };

/// Why a cycle has no result.
enum {
  IMD_FAULT_SUM = 1, ///< both dividers together do not show the pack voltage
  IMD_FAULT_IDLE = 2, ///< a divider that is switched off shows a voltage
  IMD_FAULT_JUMP = 4 ///< the chassis jumped when a divider was switched
};

/// Where a leak sits; the equations cannot tell one in the middle from two at the poles.
typedef enum { IMD_AT_NONE, IMD_AT_NEG, IMD_AT_TAP, IMD_AT_POS } imd_at_t;

/// No result yet; what is known to be lost or low stays so.
void imd_init(bms_imd_t *imd);

/// Every ms: take the codes, end phases.
void imd_step(bms_t *bms, const bms_in_t *in);

/// For bms_out_t.iso_switch.
uint8_t imd_switches(const bms_t *bms);

/// Every 10 ms: ISOLATION_LOST, ISOLATION_LOW, ISOLATION_MONITOR.
void imd_report(bms_t *bms);

/// A result that is young enough and above the limit.
int imd_allows_closing(const bms_t *bms);

/// Of the last result; none while no limit is broken.
imd_at_t imd_at(const bms_t *bms);

#endif
