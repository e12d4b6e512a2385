/// State machine: every state against every single event, and the way out of each state.
#include <check.h>

#include "core_rig.h"

Suite *test_suite(void);

enum { STAY = 0xFF };

/// What a guard may see, one at a time on a quiet background.
typedef enum {
  QUIET, /* request standby, alive, nothing else */
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
  EVENT_COUNT
} event_t;

static void set_closed(sm_in_t *in, uint8_t request) {
  in->request = request;
  in->contactor_result = CONTACTOR_DONE;
}

static void set_shutting(sm_in_t *in, uint8_t limits_are_shut) {
  in->request = SM_REQUEST_DRIVE;
  in->is_zero_demanded = 1;
  in->limits_are_shut = limits_are_shut;
}

static sm_in_t input(event_t event) {
  sm_in_t in;
  memset(&in, 0, sizeof in);
  in.request = SM_REQUEST_STANDBY;
  in.request_is_alive = 1;
  switch (event) {
  case TESTS_DONE:
    in.selftest_is_done = 1;
    break;
  case TESTS_LATE:
    in.selftest_is_late = 1;
    break;
  case OPEN_DEMAND:
    in.is_open_demanded = 1;
    break;
  case ZERO_DEMAND:
    set_shutting(&in, 0);
    break;
  case ZERO_AND_SHUT:
    set_shutting(&in, 1);
    break;
  case LATCHED:
    in.has_latched = 1;
    break;
  case DRIVE_ASKED:
    in.request = SM_REQUEST_DRIVE;
    break;
  case DRIVE_INHIBITED:
    in.request = SM_REQUEST_DRIVE;
    in.is_close_inhibited = 1;
    break;
  case CHARGE_ASKED:
    in.request = SM_REQUEST_CHARGE;
    break;
  case CLOSED_FOR_DRIVE:
    set_closed(&in, SM_REQUEST_DRIVE);
    break;
  case CLOSED_FOR_CHARGE:
    set_closed(&in, SM_REQUEST_CHARGE);
    break;
  case CLOSING_FAILED:
    in.request = SM_REQUEST_DRIVE;
    in.contactor_result = CONTACTOR_FAILED;
    break;
  case REQUEST_LOST:
    in.request_is_alive = 0;
    break;
  case SLEEP_ALLOWED:
    in.may_sleep = 1;
    break;
  case WOKEN:
    in.is_woken = 1;
    break;
  case ALL_OPEN:
    in.contactor_is_open = 1;
    break;
  case ALL_OPEN_WITH_ZERO:
    in.contactor_is_open = in.is_zero_demanded = 1;
    break;
  case OPEN_DEMAND_WHILE_WAITING:
    in.is_open_demanded = in.contactor_is_waiting = 1;
    break;
  case VERY_LATE:
    in.state_ms = SM_BALANCE_MAX_ms + 1u;
    break;
  default:
    break;
  }
  return in;
}

enum {
  RST = BMS_STATE_RESET,
  SLF = BMS_STATE_SELFTEST,
  STB = BMS_STATE_STANDBY,
  PRE = BMS_STATE_PRECHARGE,
  DRV = BMS_STATE_DRIVE,
  CHG = BMS_STATE_CHARGE,
  OPN = BMS_STATE_OPENING,
  FLT = BMS_STATE_FAULT,
  SLP = BMS_STATE_SLEEP,
  ___ = STAY
};

/// One row a state, one column an event: where it leads.
static const uint8_t expected[BMS_STATE_COUNT][EVENT_COUNT] = {
    /* quiet done late open zero shut latch drive inhib charge cl-d cl-c fail lost sleep woken
       isopn opn+0 hurry late */
    [BMS_STATE_RESET] = {SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF,
                         SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF},
    [BMS_STATE_SELFTEST] = {___, STB, FLT, ___, ___, ___, ___, ___, ___, ___,
                            ___, ___, ___, ___, ___, ___, ___, ___, ___, ___},
    [BMS_STATE_STANDBY] = {___, ___, ___, FLT, PRE, PRE, FLT, PRE, ___, PRE,
                           PRE, PRE, PRE, ___, SLP, ___, ___, ___, FLT, ___},
    [BMS_STATE_PRECHARGE] = {OPN, OPN, OPN, OPN, OPN, OPN, OPN, ___, OPN, ___,
                             DRV, CHG, OPN, OPN, OPN, OPN, OPN, OPN, OPN, OPN},
    [BMS_STATE_DRIVE] = {OPN, OPN, OPN, OPN, ___, OPN, OPN, ___, ___, CHG,
                         ___, CHG, ___, ___, OPN, OPN, OPN, OPN, OPN, OPN},
    [BMS_STATE_CHARGE] = {OPN, OPN, OPN, OPN, DRV, OPN, OPN, DRV, DRV, ___,
                          DRV, ___, DRV, ___, OPN, OPN, OPN, OPN, OPN, OPN},
    [BMS_STATE_BALANCE] = {___, ___, ___, FLT, STB, STB, FLT, STB, STB, STB,
                           STB, STB, STB, ___, SLP, ___, ___, ___, FLT, STB},
    [BMS_STATE_OPENING] = {___, ___, ___, ___, ___, ___, ___, ___, ___, ___,
                           ___, ___, ___, ___, ___, ___, STB, FLT, OPN, FLT},
    [BMS_STATE_FAULT] = {STB, STB, STB, ___, ___, ___, ___, ___, ___, ___,
                         ___, ___, ___, STB, STB, STB, STB, ___, ___, STB},
    [BMS_STATE_SLEEP] = {___, ___, ___, ___, ___, ___, ___, ___, ___, ___,
                         ___, ___, ___, ___, ___, SLF, ___, ___, ___, ___},
};

START_TEST(every_state_meets_every_event) {
  for (uint32_t event = 0; event < EVENT_COUNT; event++) {
    sm_in_t in = input((event_t)event);
    sm_out_t out = sm_next((uint32_t)_i, &in);
    uint8_t wanted = expected[_i][event];
    ck_assert_msg(out.taken == (wanted != STAY), "state %d event %u taken %u", _i, event,
                  out.taken);
    if (wanted != STAY)
      ck_assert_msg(out.to == wanted, "state %d event %u to %u", _i, event, out.to);
    else
      ck_assert_uint_eq(out.to, (uint32_t)_i);
  }
}
END_TEST

START_TEST(openings_act_by_their_reason) {
  sm_in_t in = input(OPEN_DEMAND);
  ck_assert_uint_eq(sm_next(BMS_STATE_DRIVE, &in).entry, SM_ENTRY_OPEN_LOCKED);
  in = input(ZERO_AND_SHUT);
  ck_assert_uint_eq(sm_next(BMS_STATE_CHARGE, &in).entry, SM_ENTRY_OPEN_LOCKED);
  in = input(QUIET);
  ck_assert_uint_eq(sm_next(BMS_STATE_DRIVE, &in).entry, SM_ENTRY_OPEN_GRACEFUL);
  ck_assert_uint_eq(sm_next(BMS_STATE_PRECHARGE, &in).entry, SM_ENTRY_OPEN_NOW);
  in = input(DRIVE_ASKED);
  ck_assert_uint_eq(sm_next(BMS_STATE_STANDBY, &in).entry, SM_ENTRY_CLOSE);
  in = input(VERY_LATE);
  ck_assert_uint_eq(sm_next(BMS_STATE_OPENING, &in).entry, SM_ENTRY_DROP);
}
END_TEST

START_TEST(state_that_does_not_exist_drops_all) {
  sm_in_t in = input(QUIET);
  sm_out_t out = sm_next(BMS_STATE_COUNT, &in);
  ck_assert_uint_eq(out.to, BMS_STATE_FAULT);
  ck_assert_uint_eq(out.entry, SM_ENTRY_DROP);
  ck_assert_uint_eq(out.taken, 1);
}
END_TEST

START_TEST(no_request_means_no_closing) {
  sm_in_t in = input(DRIVE_ASKED);
  in.request_is_alive = 0;
  ck_assert_uint_eq(sm_next(BMS_STATE_STANDBY, &in).taken, 0);
  in.request_is_alive = 1;
  in.request = 4; /* not defined */
  ck_assert_uint_eq(sm_next(BMS_STATE_STANDBY, &in).taken, 0);
}
END_TEST

START_TEST(each_state_has_a_way_out) {
  for (uint32_t event = 0; event < EVENT_COUNT; event++) {
    if (expected[_i][event] != STAY && expected[_i][event] != _i) return;
  }
  ck_abort_msg("state %d", _i);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_sm");
  TCase *tests = tcase_create("sm");
  tcase_add_loop_test(tests, every_state_meets_every_event, 0, BMS_STATE_COUNT);
  tcase_add_test(tests, openings_act_by_their_reason);
  tcase_add_test(tests, state_that_does_not_exist_drops_all);
  tcase_add_test(tests, no_request_means_no_closing);
  tcase_add_loop_test(tests, each_state_has_a_way_out, 0, BMS_STATE_COUNT);
  suite_add_tcase(suite, tests);
  return suite;
}
