/// State machine of the BMS: the transition table and its guards.
#include "sm.h"

#include "contactor.h"

static int wants(const sm_in_t *in, sm_request_t request) {
  return in->request_is_alive && in->request == request;
}

static int wants_closed(const sm_in_t *in) {
  return wants(in, SM_REQUEST_DRIVE) || wants(in, SM_REQUEST_CHARGE);
}

static int always(const sm_in_t *in) {
  (void)in;
  return 1;
}

static int test_is_done(const sm_in_t *in) { return in->selftest_is_done; }
static int test_is_late(const sm_in_t *in) { return in->selftest_is_late; }
static int is_faulty(const sm_in_t *in) { return in->is_open_demanded || in->has_latched; }
static int may_sleep(const sm_in_t *in) { return in->may_sleep; }
static int may_close(const sm_in_t *in) { return wants_closed(in) && !in->is_close_inhibited; }

static int must_not_close(const sm_in_t *in) {
  return in->is_open_demanded || in->is_zero_demanded || in->is_close_inhibited;
}

static int closing_failed(const sm_in_t *in) {
  return in->contactor_result == CONTACTOR_FAILED || in->state_ms > SM_PRECHARGE_MAX_ms;
}

static int is_withdrawn(const sm_in_t *in) { return !wants_closed(in); }

static int is_closed_for_charge(const sm_in_t *in) {
  return in->contactor_result == CONTACTOR_DONE && wants(in, SM_REQUEST_CHARGE);
}

static int is_closed(const sm_in_t *in) { return in->contactor_result == CONTACTOR_DONE; }
static int must_open(const sm_in_t *in) { return in->is_open_demanded; }
static int is_shut(const sm_in_t *in) { return in->is_zero_demanded && in->limits_are_shut; }

/// A lost request is not a withdrawn one: its DTC shuts the limits first.
static int is_told_to_open(const sm_in_t *in) {
  return wants(in, SM_REQUEST_STANDBY) || wants(in, SM_REQUEST_SLEEP);
}

static int wants_charge(const sm_in_t *in) { return wants(in, SM_REQUEST_CHARGE); }
static int wants_drive(const sm_in_t *in) { return wants(in, SM_REQUEST_DRIVE); }

static int must_hurry(const sm_in_t *in) {
  return in->is_open_demanded && in->contactor_is_waiting;
}

static int is_open_and_faulty(const sm_in_t *in) {
  return in->contactor_is_open && (is_faulty(in) || in->is_zero_demanded);
}

static int is_open(const sm_in_t *in) { return in->contactor_is_open; }
static int opening_failed(const sm_in_t *in) { return in->state_ms > SM_OPENING_MAX_ms; }

static int balance_is_wanted(const sm_in_t *in) {
  return in->balance_is_wanted && !wants_closed(in);
}

static int balance_is_over(const sm_in_t *in) {
  return in->state_ms > SM_BALANCE_MAX_ms || !balance_is_wanted(in);
}

static int is_recovered(const sm_in_t *in) {
  return !is_faulty(in) && !in->is_zero_demanded && !wants_closed(in);
}

static int is_woken(const sm_in_t *in) { return in->is_woken; }

static int (*const holds[SM_GUARD_COUNT])(const sm_in_t *) = {
    [SM_GUARD_ALWAYS] = always,
    [SM_GUARD_TEST_IS_DONE] = test_is_done,
    [SM_GUARD_TEST_IS_LATE] = test_is_late,
    [SM_GUARD_IS_FAULTY] = is_faulty,
    [SM_GUARD_MAY_SLEEP] = may_sleep,
    [SM_GUARD_MAY_CLOSE] = may_close,
    [SM_GUARD_MUST_NOT_CLOSE] = must_not_close,
    [SM_GUARD_CLOSING_FAILED] = closing_failed,
    [SM_GUARD_IS_WITHDRAWN] = is_withdrawn,
    [SM_GUARD_IS_CLOSED_FOR_CHARGE] = is_closed_for_charge,
    [SM_GUARD_IS_CLOSED] = is_closed,
    [SM_GUARD_MUST_OPEN] = must_open,
    [SM_GUARD_IS_SHUT] = is_shut,
    [SM_GUARD_IS_TOLD_TO_OPEN] = is_told_to_open,
    [SM_GUARD_WANTS_CHARGE] = wants_charge,
    [SM_GUARD_WANTS_DRIVE] = wants_drive,
    [SM_GUARD_BALANCE_IS_WANTED] = balance_is_wanted,
    [SM_GUARD_BALANCE_IS_OVER] = balance_is_over,
    [SM_GUARD_MUST_HURRY] = must_hurry,
    [SM_GUARD_IS_OPEN_AND_FAULTY] = is_open_and_faulty,
    [SM_GUARD_IS_OPEN] = is_open,
    [SM_GUARD_OPENING_FAILED] = opening_failed,
    [SM_GUARD_IS_RECOVERED] = is_recovered,
    [SM_GUARD_IS_WOKEN] = is_woken,
};

static const sm_row_t sm_row[SM_ROW_COUNT] = {
    {BMS_STATE_RESET, BMS_STATE_SELFTEST, SM_ENTRY_TEST, SM_GUARD_ALWAYS},

    {BMS_STATE_SELFTEST, BMS_STATE_STANDBY, SM_ENTRY_NONE, SM_GUARD_TEST_IS_DONE},
    {BMS_STATE_SELFTEST, BMS_STATE_FAULT, SM_ENTRY_NONE, SM_GUARD_TEST_IS_LATE},

    {BMS_STATE_STANDBY, BMS_STATE_FAULT, SM_ENTRY_NONE, SM_GUARD_IS_FAULTY},
    {BMS_STATE_STANDBY, BMS_STATE_SLEEP, SM_ENTRY_NONE, SM_GUARD_MAY_SLEEP},
    {BMS_STATE_STANDBY, BMS_STATE_PRECHARGE, SM_ENTRY_CLOSE, SM_GUARD_MAY_CLOSE},
    {BMS_STATE_STANDBY, BMS_STATE_BALANCE, SM_ENTRY_NONE, SM_GUARD_BALANCE_IS_WANTED},

    {BMS_STATE_PRECHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, SM_GUARD_MUST_NOT_CLOSE},
    {BMS_STATE_PRECHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, SM_GUARD_CLOSING_FAILED},
    {BMS_STATE_PRECHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_NOW, SM_GUARD_IS_WITHDRAWN},
    {BMS_STATE_PRECHARGE, BMS_STATE_CHARGE, SM_ENTRY_NONE, SM_GUARD_IS_CLOSED_FOR_CHARGE},
    {BMS_STATE_PRECHARGE, BMS_STATE_DRIVE, SM_ENTRY_NONE, SM_GUARD_IS_CLOSED},

    {BMS_STATE_DRIVE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, SM_GUARD_MUST_OPEN},
    {BMS_STATE_DRIVE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, SM_GUARD_IS_SHUT},
    {BMS_STATE_DRIVE, BMS_STATE_OPENING, SM_ENTRY_OPEN_GRACEFUL, SM_GUARD_IS_TOLD_TO_OPEN},
    {BMS_STATE_DRIVE, BMS_STATE_CHARGE, SM_ENTRY_NONE, SM_GUARD_WANTS_CHARGE},

    {BMS_STATE_CHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, SM_GUARD_MUST_OPEN},
    {BMS_STATE_CHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, SM_GUARD_IS_SHUT},
    {BMS_STATE_CHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_GRACEFUL, SM_GUARD_IS_TOLD_TO_OPEN},
    {BMS_STATE_CHARGE, BMS_STATE_DRIVE, SM_ENTRY_NONE, SM_GUARD_WANTS_DRIVE},

    {BMS_STATE_BALANCE, BMS_STATE_FAULT, SM_ENTRY_NONE, SM_GUARD_IS_FAULTY},
    {BMS_STATE_BALANCE, BMS_STATE_SLEEP, SM_ENTRY_NONE, SM_GUARD_MAY_SLEEP},
    {BMS_STATE_BALANCE, BMS_STATE_STANDBY, SM_ENTRY_NONE, SM_GUARD_BALANCE_IS_OVER},

    {BMS_STATE_OPENING, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, SM_GUARD_MUST_HURRY},
    {BMS_STATE_OPENING, BMS_STATE_FAULT, SM_ENTRY_NONE, SM_GUARD_IS_OPEN_AND_FAULTY},
    {BMS_STATE_OPENING, BMS_STATE_STANDBY, SM_ENTRY_NONE, SM_GUARD_IS_OPEN},
    {BMS_STATE_OPENING, BMS_STATE_FAULT, SM_ENTRY_DROP, SM_GUARD_OPENING_FAILED},

    {BMS_STATE_FAULT, BMS_STATE_STANDBY, SM_ENTRY_NONE, SM_GUARD_IS_RECOVERED},
    {BMS_STATE_FAULT, BMS_STATE_SLEEP, SM_ENTRY_NONE, SM_GUARD_MAY_SLEEP},

    {BMS_STATE_SLEEP, BMS_STATE_SELFTEST, SM_ENTRY_TEST, SM_GUARD_IS_WOKEN},
};

const sm_row_t *sm_row_at(uint32_t index) { return index < SM_ROW_COUNT ? &sm_row[index] : 0; }

sm_out_t sm_next(uint32_t state, const sm_in_t *in) {
  for (uint32_t i = 0; i < SM_ROW_COUNT; i++) {
    if (sm_row[i].from == state && holds[sm_row[i].guard](in)) {
      return (sm_out_t){sm_row[i].to, sm_row[i].entry, 1};
    }
  }
  if (state >= BMS_STATE_COUNT) return (sm_out_t){BMS_STATE_FAULT, SM_ENTRY_DROP, 1};
  return (sm_out_t){(uint8_t)state, SM_ENTRY_NONE, 0};
}
