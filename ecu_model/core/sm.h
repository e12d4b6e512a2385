/// State machine of the BMS: a const table of transitions, the first whose guard holds is taken.
///
/// Model    pure: what the guards see is one plain struct, what a transition asks for is an entry
///          action. The table, written from itself: docs/state-machine.md. An opening by a
///          reaction locks: closing needs a request of standby or sleep in between. Latched DTCs go
///          only by the defined clearing (VCM_Request.clear_faults, in STANDBY or FAULT)
#ifndef ECU_MODEL_CORE_SM_H
#define ECU_MODEL_CORE_SM_H

#include "bms.h"

/// Numbered as VCM_Request.request.
typedef enum {
  SM_REQUEST_SLEEP,
  SM_REQUEST_STANDBY,
  SM_REQUEST_DRIVE,
  SM_REQUEST_CHARGE
} sm_request_t;

typedef enum {
  SM_ENTRY_NONE,
  SM_ENTRY_TEST,
  SM_ENTRY_CLOSE,
  SM_ENTRY_OPEN_NOW,
  SM_ENTRY_OPEN_LOCKED, ///< now, and lock
  SM_ENTRY_OPEN_GRACEFUL,
  SM_ENTRY_DROP ///< all at once, and lock
} sm_entry_t;

/// What a row asks of its input. The words of the document are the test's that writes it.
typedef enum {
  SM_GUARD_ALWAYS,
  SM_GUARD_TEST_IS_DONE,
  SM_GUARD_TEST_IS_LATE,
  SM_GUARD_IS_FAULTY,
  SM_GUARD_MAY_SLEEP,
  SM_GUARD_MAY_CLOSE,
  SM_GUARD_MUST_NOT_CLOSE,
  SM_GUARD_CLOSING_FAILED,
  SM_GUARD_IS_WITHDRAWN,
  SM_GUARD_IS_CLOSED_FOR_CHARGE,
  SM_GUARD_IS_CLOSED,
  SM_GUARD_MUST_OPEN,
  SM_GUARD_IS_SHUT,
  SM_GUARD_IS_TOLD_TO_OPEN,
  SM_GUARD_WANTS_CHARGE,
  SM_GUARD_WANTS_DRIVE,
  SM_GUARD_BALANCE_IS_WANTED,
  SM_GUARD_BALANCE_IS_OVER,
  SM_GUARD_MUST_HURRY,
  SM_GUARD_IS_OPEN_AND_FAULTY,
  SM_GUARD_IS_OPEN,
  SM_GUARD_OPENING_FAILED,
  SM_GUARD_IS_RECOVERED,
  SM_GUARD_IS_WOKEN,
  SM_GUARD_COUNT
} sm_guard_t;

/// One transition. Among the rows of a state the first whose guard holds is taken.
typedef struct {
  uint8_t from, to; ///< bms_state_t
  uint8_t entry; ///< sm_entry_t
  uint8_t guard; ///< sm_guard_t
} sm_row_t;

/// What guards may see.
typedef struct {
  uint32_t state_ms; ///< in the present state
  uint8_t request; ///< sm_request_t
  uint8_t request_is_alive; ///< a right request came within the time-out
  uint8_t selftest_is_done;
  uint8_t selftest_is_late;
  uint8_t is_open_demanded; ///< a DTC with reaction open is active
  uint8_t is_zero_demanded; ///< a DTC with reaction limit_zero_open is active
  uint8_t limits_are_shut; ///< and the limits have reached 0
  uint8_t is_close_inhibited; ///< any reason not to close, the lock included
  uint8_t has_latched; ///< a latched DTC waits for the clearing
  uint8_t contactor_result; ///< contactor_result_t
  uint8_t contactor_is_waiting; ///< a graceful opening takes its time
  uint8_t contactor_is_open;
  uint8_t may_sleep;
  uint8_t is_woken;
  uint8_t balance_is_wanted; ///< groups wait for their bleeding, and nothing forbids it
} sm_in_t;

typedef struct {
  uint8_t to; ///< bms_state_t
  uint8_t entry; ///< sm_entry_t
  uint8_t taken; ///< 0: stay
} sm_out_t;

enum { SM_ROW_COUNT = 30 };

enum { SM_PRECHARGE_MAX_ms = 5000, SM_OPENING_MAX_ms = 1000, SM_BALANCE_MAX_ms = 3600000 };

/// Row of the table, NULL iff there is none.
const sm_row_t *sm_row_at(uint32_t index);

/// The transition out of a state, if any. A state that does not exist leads to FAULT and drops all.
sm_out_t sm_next(uint32_t state, const sm_in_t *in);

#endif
