/// Reaction times: every safety requirement measured in the whole loop, over all places and phases.
///
/// Model    a row is a fault at an operating point; a variant is the row at one place (a group, a
///          wire, a chip ...) and one phase of the BMS's 10 ms cycle. A variant copies the settled
///          operating point, begins the fault and waits. Its clock starts with the tick in which
///          the world is first out of its limit at the pins, and stops at the end of the tick in
///          which the coil's pin is off (or the limits fall, or the DTC is set)
/// Units    simulated ms
/// Memory   points and results belong to the caller; a variant needs a hil_t of its own
/// Threads  a variant reads the points and writes only its own hil_t
#ifndef SCENARIOS_REACT_H
#define SCENARIOS_REACT_H

#include <stdint.h>

#include "faults.h"

enum { REACT_PHASE_COUNT = 10 };

#define REACT_NEVER INT32_MIN

/// Where a variant starts: a pack that has settled.
typedef enum {
  REACT_AT_RESET, ///< the first tick
  REACT_AT_STANDBY,
  REACT_AT_DRIVE, ///< closed, no current
  REACT_AT_DRIVE_TEST, ///< the same, while the open-wire test runs
  REACT_AT_DRIVE_IDEAL, ///< the same, AFEs without errors: for limits +-1 LSB
  REACT_AT_LOAD, ///< closed, 30 A out
  REACT_AT_CHARGE, ///< 30 A in
  REACT_AT_HOT_REST, ///< just inside the safety limit of temperature
  REACT_AT_HOT_DRIVE,
  REACT_AT_HOT_CHARGE,
  REACT_AT_COLD_REST,
  REACT_AT_COLD_DRIVE,
  REACT_AT_COLD_CHARGE,
  REACT_AT_WARM_DRIVE, ///< just inside the recommended limit
  REACT_AT_COOL_DRIVE,
  REACT_AT_MILD_DRIVE, ///< just inside the operating limit
  REACT_AT_FRESH_DRIVE,
  REACT_AT_COUNT
} react_at_t;

/// What must follow.
typedef enum {
  REACT_OPENS, ///< the coils of the row's mask are off at their pins
  REACT_LOWERS, ///< the published currents have begun to fall (or are 0); contactors stay closed
  REACT_REFUSES, ///< DTC; drive is then asked for in vain
  REACT_TELLS, ///< DTC only; contactors stay closed
  REACT_STAYS ///< nothing: no DTC, contactors closed
} react_must_t;

/// The places at which a row is tried.
typedef enum {
  REACT_ONE, ///< there is only one
  REACT_GROUPS,
  REACT_MODULES, ///< thermistors and chips too
  REACT_WIRES_SINGLE,
  REACT_WIRES_DOUBLED,
  REACT_CONNECTORS,
  REACT_TAPS,
  REACT_POLES, ///< of the pack and the link
  REACT_MAINS, ///< the two main contactors
  REACT_CONTACTORS,
  REACT_CURRENT_SENSORS
} react_where_t;

typedef struct react_run react_run_t;

typedef struct {
  const char *name; ///< "OV-STEP"
  const char *requirement; ///< "SR-OV-1"
  const char *what; ///< in words
  uint8_t at; ///< react_at_t
  uint8_t where; ///< react_where_t
  uint8_t must; ///< react_must_t
  uint8_t dtc; ///< dtc_id_t
  uint8_t has_other, other_dtc; ///< that DTC is right as well
  uint8_t is_placed; ///< the DTC must name the place
  uint8_t on; ///< fault_on_t, iff type
  const char *type; ///< of a fault, NULL: none
  uint8_t target; ///< of the fault at REACT_ONE: which line, sensor, contactor
  double value; ///< of the fault; or how far beyond the limit, in the limit's unit
  uint8_t limit, level; ///< row of the limit table; 0 MOL, 1 RSL, 2 MSL
  uint8_t has_guard; ///< beyond the threshold at which the BMS acts, not beyond the limit
  void (*start)(react_run_t *run); ///< beside the fault; NULL: nothing
  void (*stop)(react_run_t *run); ///< undoes start after for_ms
  int (*is_bad)(react_run_t *run); ///< true begin; NULL: with the fault
  uint32_t for_ms; ///< how long start and fault stay, 0: for good
  uint32_t then_ms; ///< when then acts, after the fault
  void (*then)(react_run_t *run); ///< NULL: nothing
  uint32_t phase_step_ms; ///< between phases; 0: 1 ms
  uint32_t phase_count; ///< of a row that takes long; 0: all
  uint32_t window_ms; ///< how long is waited
  uint32_t coil_mask; ///< of OPENS; 0: main plus
  uint32_t not_before_ms; ///< a reaction sooner than this is wrong
} react_row_t;

/// One variant under way.
struct react_run {
  hil_t *hil;
  const react_row_t *row;
  uint32_t place;
  fault_t fault;
  double saved[2]; ///< what stop puts back; or what is_bad remembers
};

typedef enum {
  REACT_OK,
  REACT_MISSING, ///< no DTC or no reaction within the window
  REACT_LATE,
  REACT_EARLY,
  REACT_WRONG_PLACE, ///< the DTC names another one
  REACT_WRONG_ACT, ///< opened, closed or told what it must not
  REACT_BROKEN ///< the fault never came true
} react_verdict_t;

typedef struct {
  int32_t detect_ms, react_ms; ///< REACT_NEVER: did not happen
  uint8_t verdict; ///< react_verdict_t
  uint8_t padding[3];
} react_result_t;

uint32_t react_row_count(void);
const react_row_t *react_row_at(uint32_t index);

/// Places of a row, and the name of one: "M3C5", "A12".
uint32_t react_place_count(const react_row_t *row);
void react_place_name(const react_row_t *row, uint32_t place, char *name, uint32_t name_bytes);

/// Allowed times of a row's requirement; 0: not timed.
uint32_t react_detect_budget_ms(const react_row_t *row);
uint32_t react_react_budget_ms(const react_row_t *row);

/// Settle an operating point with this cell. 0, or -1 iff it does not come to rest in its state.
int react_settle(react_at_t at, const cell_params_t *cell, hil_t *hil);
const char *react_at_name(react_at_t at);

/// Run one variant from its settled point; hil is overwritten.
react_result_t react_run(const react_row_t *row, uint32_t place, uint32_t phase,
                         const hil_t *settled, hil_t *hil);

const char *react_verdict_name(react_verdict_t verdict);
const char *react_must_name(react_must_t must);

#endif
