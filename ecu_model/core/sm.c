/// State machine of the BMS: the transition table and its guards.
#include "sm.h"

#include "contactor.h"

typedef int (*sm_guard_t)(const sm_in_t *in);

typedef struct {
  uint8_t from;
  uint8_t to;
  uint8_t entry;
  sm_guard_t guard;
} sm_row_t;

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

static int balance_is_over(const sm_in_t *in) {
  return in->state_ms > SM_BALANCE_MAX_ms || wants_closed(in);
}

static int is_recovered(const sm_in_t *in) {
  return !is_faulty(in) && !in->is_zero_demanded && !wants_closed(in);
}

static int is_woken(const sm_in_t *in) { return in->is_woken; }

static const sm_row_t sm_row[] = {
    {BMS_STATE_RESET, BMS_STATE_SELFTEST, SM_ENTRY_TEST, always},

    {BMS_STATE_SELFTEST, BMS_STATE_STANDBY, SM_ENTRY_NONE, test_is_done},
    {BMS_STATE_SELFTEST, BMS_STATE_FAULT, SM_ENTRY_NONE, test_is_late},

    {BMS_STATE_STANDBY, BMS_STATE_FAULT, SM_ENTRY_NONE, is_faulty},
    {BMS_STATE_STANDBY, BMS_STATE_SLEEP, SM_ENTRY_NONE, may_sleep},
    {BMS_STATE_STANDBY, BMS_STATE_PRECHARGE, SM_ENTRY_CLOSE, may_close},

    {BMS_STATE_PRECHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, must_not_close},
    {BMS_STATE_PRECHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, closing_failed},
    {BMS_STATE_PRECHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_NOW, is_withdrawn},
    {BMS_STATE_PRECHARGE, BMS_STATE_CHARGE, SM_ENTRY_NONE, is_closed_for_charge},
    {BMS_STATE_PRECHARGE, BMS_STATE_DRIVE, SM_ENTRY_NONE, is_closed},

    {BMS_STATE_DRIVE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, must_open},
    {BMS_STATE_DRIVE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, is_shut},
    {BMS_STATE_DRIVE, BMS_STATE_OPENING, SM_ENTRY_OPEN_GRACEFUL, is_told_to_open},
    {BMS_STATE_DRIVE, BMS_STATE_CHARGE, SM_ENTRY_NONE, wants_charge},

    {BMS_STATE_CHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, must_open},
    {BMS_STATE_CHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, is_shut},
    {BMS_STATE_CHARGE, BMS_STATE_OPENING, SM_ENTRY_OPEN_GRACEFUL, is_told_to_open},
    {BMS_STATE_CHARGE, BMS_STATE_DRIVE, SM_ENTRY_NONE, wants_drive},

    {BMS_STATE_BALANCE, BMS_STATE_FAULT, SM_ENTRY_NONE, is_faulty},
    {BMS_STATE_BALANCE, BMS_STATE_SLEEP, SM_ENTRY_NONE, may_sleep},
    {BMS_STATE_BALANCE, BMS_STATE_STANDBY, SM_ENTRY_NONE, balance_is_over},

    {BMS_STATE_OPENING, BMS_STATE_OPENING, SM_ENTRY_OPEN_LOCKED, must_hurry},
    {BMS_STATE_OPENING, BMS_STATE_FAULT, SM_ENTRY_NONE, is_open_and_faulty},
    {BMS_STATE_OPENING, BMS_STATE_STANDBY, SM_ENTRY_NONE, is_open},
    {BMS_STATE_OPENING, BMS_STATE_FAULT, SM_ENTRY_DROP, opening_failed},

    {BMS_STATE_FAULT, BMS_STATE_STANDBY, SM_ENTRY_NONE, is_recovered},
    {BMS_STATE_FAULT, BMS_STATE_SLEEP, SM_ENTRY_NONE, may_sleep},

    {BMS_STATE_SLEEP, BMS_STATE_SELFTEST, SM_ENTRY_TEST, is_woken},
};

sm_out_t sm_next(uint32_t state, const sm_in_t *in) {
  for (uint32_t i = 0; i < sizeof sm_row / sizeof sm_row[0]; i++) {
    if (sm_row[i].from == state && sm_row[i].guard(in)) {
      return (sm_out_t){sm_row[i].to, sm_row[i].entry, 1};
    }
  }
  if (state >= BMS_STATE_COUNT) return (sm_out_t){BMS_STATE_FAULT, SM_ENTRY_DROP, 1};
  return (sm_out_t){(uint8_t)state, SM_ENTRY_NONE, 0};
}
