/// Events of the state machine: each one alone on a quiet background, with its words.
#ifndef TESTS_SM_EVENTS_H
#define TESTS_SM_EVENTS_H

#include <string.h>

#include "../ecu_model/core/contactor.h"
#include "../ecu_model/core/sm.h"

/// What a guard may see, one at a time on a quiet background: standby is asked for, nothing else.
typedef enum {
  QUIET,
  TESTS_DONE,
  TESTS_LATE,
  OPEN_DEMAND,
  ZERO_DEMAND,
  ZERO_AND_SHUT,
  LATCHED,
  DRIVE_ASKED,
  DRIVE_INHIBITED,
  CHARGE_ASKED,
  CLOSED_FOR_DRIVE,
  CLOSED_FOR_CHARGE,
  CLOSING_FAILED,
  REQUEST_LOST,
  SLEEP_ALLOWED,
  WOKEN,
  ALL_OPEN,
  ALL_OPEN_WITH_ZERO,
  OPEN_DEMAND_WHILE_WAITING,
  VERY_LATE,
  GROUPS_APART,
  EVENT_COUNT
} event_t;

typedef struct {
  const char *words;
  sm_in_t in;
} event_row_t;

#define SM_DRIVE .request = SM_REQUEST_DRIVE, .request_is_alive = 1
#define SM_CHARGE .request = SM_REQUEST_CHARGE, .request_is_alive = 1
#define SM_STANDBY .request = SM_REQUEST_STANDBY, .request_is_alive = 1

static const event_row_t sm_event[EVENT_COUNT] = {
    [QUIET] = {"standby asked, nothing else", {SM_STANDBY}},
    [TESTS_DONE] = {"tests done", {SM_STANDBY, .selftest_is_done = 1}},
    [TESTS_LATE] = {"tests late", {SM_STANDBY, .selftest_is_late = 1}},
    [OPEN_DEMAND] = {"opening DTC", {SM_STANDBY, .is_open_demanded = 1}},
    [ZERO_DEMAND] = {"zero DTC", {SM_DRIVE, .is_zero_demanded = 1}},
    [ZERO_AND_SHUT] = {"zero DTC, limits shut",
                       {SM_DRIVE, .is_zero_demanded = 1, .limits_are_shut = 1}},
    [LATCHED] = {"latched DTC", {SM_STANDBY, .has_latched = 1}},
    [DRIVE_ASKED] = {"drive asked", {SM_DRIVE}},
    [DRIVE_INHIBITED] = {"drive asked, inhibited", {SM_DRIVE, .is_close_inhibited = 1}},
    [CHARGE_ASKED] = {"charge asked", {SM_CHARGE}},
    [CLOSED_FOR_DRIVE] = {"closed, drive asked", {SM_DRIVE, .contactor_result = CONTACTOR_DONE}},
    [CLOSED_FOR_CHARGE] = {"closed, charge asked", {SM_CHARGE, .contactor_result = CONTACTOR_DONE}},
    [CLOSING_FAILED] = {"closing failed", {SM_DRIVE, .contactor_result = CONTACTOR_FAILED}},
    [REQUEST_LOST] = {"request lost", {.request = SM_REQUEST_STANDBY}},
    [SLEEP_ALLOWED] = {"sleep due", {SM_STANDBY, .may_sleep = 1}},
    [WOKEN] = {"woken", {SM_STANDBY, .is_woken = 1}},
    [ALL_OPEN] = {"all open", {SM_STANDBY, .contactor_is_open = 1}},
    [ALL_OPEN_WITH_ZERO] = {"all open, zero DTC",
                            {SM_STANDBY, .contactor_is_open = 1, .is_zero_demanded = 1}},
    [OPEN_DEMAND_WHILE_WAITING] = {"opening DTC while waiting",
                                   {SM_STANDBY, .is_open_demanded = 1, .contactor_is_waiting = 1}},
    [VERY_LATE] = {"time-out", {SM_STANDBY, .state_ms = SM_BALANCE_MAX_ms + 1u}},
    [GROUPS_APART] = {"balancing wanted", {SM_STANDBY, .balance_is_wanted = 1}},
};

static inline sm_in_t input(event_t event) { return sm_event[event].in; }

#endif
