/// State machine of the BMS: a const table of transitions, the first whose guard holds is taken.
///
/// Model    pure: what the guards see is one plain struct, what a transition asks for is an entry
///          action
///
///   from       when                                             to         entry
///   RESET      always                                           SELFTEST   begin tests
///   SELFTEST   all tests done                                   STANDBY
///              not done in selftest_max_ms                      FAULT
///   STANDBY    an opening or latched DTC                        FAULT
///              sleep asked for, long enough                     SLEEP
///              drive or charge asked, nothing inhibits          PRECHARGE  close
///   PRECHARGE  opening, zero or inhibiting DTC                  OPENING    open now, lock
///              closing failed, or too late                      OPENING    open now, lock
///              request withdrawn                                OPENING    open now
///              closed, charge wanted                            CHARGE
///              closed                                           DRIVE
///   DRIVE,     opening DTC                                      OPENING    open now, lock
///   CHARGE     limits are shut by a zero DTC                    OPENING    open now, lock
///              standby or sleep asked for                       OPENING    open gracefully
///              the other of the two asked for                   CHARGE or DRIVE
///   BALANCE    as STANDBY; else after its time, or on request   STANDBY
///   OPENING    opening DTC, while it waits for the current      OPENING    open now, lock
///              open, a fault is active or latched               FAULT
///              open                                             STANDBY
///              not open in 1 s                                  FAULT      drop all
///   FAULT      no fault any more, request is not to close       STANDBY
///              sleep asked for, long enough                     SLEEP
///   SLEEP      woken                                            SELFTEST   begin tests
///
///   An opening by a reaction locks: closing needs a request of standby or sleep in between.
/// Latched
///   DTCs go only by the defined clearing (VCM_Request.clear_faults, in STANDBY or FAULT).
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
} sm_in_t;

typedef struct {
  uint8_t to; ///< bms_state_t
  uint8_t entry; ///< sm_entry_t
  uint8_t taken; ///< 0: stay
} sm_out_t;

enum { SM_PRECHARGE_MAX_ms = 5000, SM_OPENING_MAX_ms = 1000, SM_BALANCE_MAX_ms = 3600000 };

/// The transition out of a state, if any. A state that does not exist leads to FAULT and drops all.
sm_out_t sm_next(uint32_t state, const sm_in_t *in);

#endif
