/// State machine: every state against every event and every combination of what guards see.
#include <check.h>

#include "sm_events.h"
#include "thorough.h"

Suite *test_suite(void);

enum { STAY = 0xFF };

enum {
  RST = BMS_STATE_RESET,
  SLF = BMS_STATE_SELFTEST,
  STB = BMS_STATE_STANDBY,
  PRE = BMS_STATE_PRECHARGE,
  DRV = BMS_STATE_DRIVE,
  CHG = BMS_STATE_CHARGE,
  BAL = BMS_STATE_BALANCE,
  OPN = BMS_STATE_OPENING,
  FLT = BMS_STATE_FAULT,
  SLP = BMS_STATE_SLEEP,
  ___ = STAY
};

/// One row a state, one column an event: where it leads.
static const uint8_t expected[BMS_STATE_COUNT][EVENT_COUNT] = {
    /* quiet done late open zero shut latch drive inhib charge cl-d cl-c fail lost sleep woken
       isopn opn+0 hurry late apart */
    [BMS_STATE_RESET] = {SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF,
                         SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF, SLF},
    [BMS_STATE_SELFTEST] = {___, STB, FLT, ___, ___, ___, ___, ___, ___, ___, ___,
                            ___, ___, ___, ___, ___, ___, ___, ___, ___, ___},
    [BMS_STATE_STANDBY] = {___, ___, ___, FLT, PRE, PRE, FLT, PRE, ___, PRE, PRE,
                           PRE, PRE, ___, SLP, ___, ___, ___, FLT, ___, BAL},
    [BMS_STATE_PRECHARGE] = {OPN, OPN, OPN, OPN, OPN, OPN, OPN, ___, OPN, ___, DRV,
                             CHG, OPN, OPN, OPN, OPN, OPN, OPN, OPN, OPN, OPN},
    [BMS_STATE_DRIVE] = {OPN, OPN, OPN, OPN, ___, OPN, OPN, ___, ___, CHG, ___,
                         CHG, ___, ___, OPN, OPN, OPN, OPN, OPN, OPN, OPN},
    [BMS_STATE_CHARGE] = {OPN, OPN, OPN, OPN, DRV, OPN, OPN, DRV, DRV, ___, DRV,
                          ___, DRV, ___, OPN, OPN, OPN, OPN, OPN, OPN, OPN},
    [BMS_STATE_BALANCE] = {STB, STB, STB, FLT, STB, STB, FLT, STB, STB, STB, STB,
                           STB, STB, STB, SLP, STB, STB, STB, FLT, STB, ___},
    [BMS_STATE_OPENING] = {___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___,
                           ___, ___, ___, ___, ___, STB, FLT, OPN, FLT, ___},
    [BMS_STATE_FAULT] = {STB, STB, STB, ___, ___, ___, ___, ___, ___, ___, ___,
                         ___, ___, STB, STB, STB, STB, ___, ___, STB, STB},
    [BMS_STATE_SLEEP] = {___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___,
                         ___, ___, ___, ___, SLF, ___, ___, ___, ___, ___},
};

START_TEST(every_state_meets_every_event) {
  _i *= STEP_OF_LOOP;
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
  _i *= STEP_OF_LOOP;
  for (uint32_t event = 0; event < EVENT_COUNT; event++) {
    if (expected[_i][event] != STAY && expected[_i][event] != _i) return;
  }
  ck_abort_msg("state %d", _i);
}
END_TEST

/* --- every combination ----------------------------------------------------------------------- */

static const uint32_t some_ms[] = {0, 1000, 1001, 5000, 5001, 3600000, 3600001};

enum {
  FLAG_COUNT = 12,
  TIME_COUNT = sizeof some_ms / sizeof some_ms[0],
  REQUEST_COUNT = 5, /* one that is not defined included */
  RESULT_COUNT = 3,
  COMBINATION_COUNT = (1 << FLAG_COUNT) * TIME_COUNT * REQUEST_COUNT * RESULT_COUNT
};

static sm_in_t combination(uint32_t number) {
  sm_in_t in;
  memset(&in, 0, sizeof in);
  uint8_t *const flag[FLAG_COUNT] = {
      &in.request_is_alive,     &in.selftest_is_done,  &in.selftest_is_late, &in.is_open_demanded,
      &in.is_zero_demanded,     &in.limits_are_shut,   &in.has_latched,      &in.is_close_inhibited,
      &in.contactor_is_waiting, &in.contactor_is_open, &in.is_woken,         &in.balance_is_wanted};
  for (uint32_t i = 0; i < FLAG_COUNT; i++) *flag[i] = number >> i & 1u;
  number >>= FLAG_COUNT;
  in.state_ms = some_ms[number % TIME_COUNT];
  number /= TIME_COUNT;
  in.request = (uint8_t)(number % REQUEST_COUNT);
  in.contactor_result = (uint8_t)(number / REQUEST_COUNT);
  return in;
}

static int wants_high_voltage(const sm_in_t *in) {
  return in->request_is_alive && (in->request == 2 || in->request == 3);
}

static sm_out_t go(uint32_t to, uint32_t entry) {
  return (sm_out_t){(uint8_t)to, (uint8_t)entry, 1};
}

static sm_out_t stay(uint32_t state) { return (sm_out_t){(uint8_t)state, SM_ENTRY_NONE, 0}; }

static sm_out_t told_at_rest(uint32_t state, const sm_in_t *in) {
  if (in->is_open_demanded || in->has_latched) {
    if (state != FLT) return go(FLT, SM_ENTRY_NONE);
    return in->may_sleep ? go(SLP, SM_ENTRY_NONE) : stay(state);
  }
  if (state == FLT && !in->is_zero_demanded && !wants_high_voltage(in)) return go(STB, 0);
  if (in->may_sleep) return go(SLP, SM_ENTRY_NONE);
  if (state == STB && wants_high_voltage(in) && !in->is_close_inhibited) {
    return go(PRE, SM_ENTRY_CLOSE);
  }
  int balances = in->balance_is_wanted && !wants_high_voltage(in);
  if (state == BAL && (!balances || in->state_ms > 3600000)) return go(STB, SM_ENTRY_NONE);
  if (state == STB && balances) return go(BAL, SM_ENTRY_NONE);
  return stay(state);
}

static sm_out_t told_in_precharge(const sm_in_t *in) {
  int is_refused = in->is_open_demanded || in->is_zero_demanded || in->is_close_inhibited;
  int has_failed = in->contactor_result == CONTACTOR_FAILED || in->state_ms > 5000;
  if (is_refused || has_failed) return go(OPN, SM_ENTRY_OPEN_LOCKED);
  if (!wants_high_voltage(in)) return go(OPN, SM_ENTRY_OPEN_NOW);
  if (in->contactor_result != CONTACTOR_DONE) return stay(PRE);
  return go(in->request == 3 ? CHG : DRV, SM_ENTRY_NONE);
}

static sm_out_t told_when_closed(uint32_t state, const sm_in_t *in) {
  uint32_t other = state == DRV ? CHG : DRV;
  if (in->is_open_demanded) return go(OPN, SM_ENTRY_OPEN_LOCKED);
  if (in->is_zero_demanded && in->limits_are_shut) return go(OPN, SM_ENTRY_OPEN_LOCKED);
  if (in->request_is_alive && in->request < 2) return go(OPN, SM_ENTRY_OPEN_GRACEFUL);
  if (in->request_is_alive && in->request == (other == CHG ? 3 : 2)) return go(other, 0);
  return stay(state);
}

static sm_out_t told_while_opening(const sm_in_t *in) {
  if (in->is_open_demanded && in->contactor_is_waiting) return go(OPN, SM_ENTRY_OPEN_LOCKED);
  if (in->contactor_is_open) {
    return go(in->is_open_demanded || in->has_latched || in->is_zero_demanded ? FLT : STB, 0);
  }
  return in->state_ms > 1000 ? go(FLT, SM_ENTRY_DROP) : stay(OPN);
}

/// What the requirement says, written as decisions and not as a table.
static sm_out_t told(uint32_t state, const sm_in_t *in) {
  switch (state) {
  case RST:
    return go(SLF, SM_ENTRY_TEST);
  case SLF:
    return in->selftest_is_done ? go(STB, 0) : in->selftest_is_late ? go(FLT, 0) : stay(SLF);
  case PRE:
    return told_in_precharge(in);
  case DRV:
  case CHG:
    return told_when_closed(state, in);
  case OPN:
    return told_while_opening(in);
  case SLP:
    return in->is_woken ? go(SLF, SM_ENTRY_TEST) : stay(SLP);
  default:
    return told_at_rest(state, in);
  }
}

START_TEST(every_combination_leads_where_it_should) {
  _i *= STEP_OF_LOOP;
  uint32_t state = (uint32_t)_i;
  for (uint32_t i = 0; i < 2 * COMBINATION_COUNT; i++) {
    sm_in_t in = combination(i / 2);
    in.may_sleep = i & 1u;
    sm_out_t out = sm_next(state, &in), wanted = told(state, &in);
    if (out.to == wanted.to && out.entry == wanted.entry && out.taken == wanted.taken) continue;
    ck_abort_msg("state %u, combination %u: to %u, entry %u", state, i, out.to, out.entry);
  }
}
END_TEST

/// Whatever else is true: danger opens, nothing closes against an inhibition, time runs out.
START_TEST(safety_dominates) {
  _i *= STEP_OF_LOOP;
  for (uint32_t i = 0; i < COMBINATION_COUNT; i++) {
    sm_in_t in = combination(i);
    sm_out_t out = sm_next((uint32_t)_i, &in);
    int closes = out.entry == SM_ENTRY_CLOSE;
    int is_closed = _i == PRE || _i == DRV || _i == CHG;
    if (closes) ck_assert(_i == STB && !in.is_close_inhibited && in.request_is_alive);
    if (closes) ck_assert(!in.is_open_demanded && !in.has_latched);
    if (in.is_open_demanded && is_closed) ck_assert_uint_eq(out.to, OPN);
    if (in.is_open_demanded && (_i == STB || _i == BAL)) {
      ck_assert_uint_eq(out.to, FLT);
    }
    if (_i == OPN || _i == FLT) ck_assert(out.to != DRV && out.to != CHG && out.to != PRE);
    if (out.taken && out.to == _i) ck_assert(_i == OPN && in.contactor_is_waiting);
    int is_late = in.state_ms > 3600000 || (_i == SLF && in.selftest_is_late);
    if (is_late && (_i == PRE || _i == OPN || _i == BAL)) ck_assert(out.taken);
    if (_i == SLF && in.selftest_is_late) ck_assert(out.taken);
  }
}
END_TEST

/// Entries act as in the core; everything else stands still: the machine comes to rest.
START_TEST(machine_comes_to_rest) {
  _i *= STEP_OF_LOOP;
  for (uint32_t i = 0; i < 2 * COMBINATION_COUNT; i++) {
    sm_in_t in = combination(i / 2);
    in.may_sleep = (i & 1u) && !in.is_woken && !wants_high_voltage(&in);
    uint32_t state = (uint32_t)_i, steps = 0;
    for (; steps < 10; steps++) {
      sm_out_t out = sm_next(state, &in);
      if (!out.taken) break;
      state = out.to;
      in.state_ms = 0;
      if (out.entry == SM_ENTRY_OPEN_LOCKED || out.entry == SM_ENTRY_DROP) {
        in.is_close_inhibited = (uint8_t)wants_high_voltage(&in);
      }
      if (out.entry != SM_ENTRY_NONE && out.entry != SM_ENTRY_TEST) {
        in.contactor_result = CONTACTOR_BUSY;
        in.contactor_is_waiting = out.entry == SM_ENTRY_OPEN_GRACEFUL;
      }
    }
    if (steps == 10) ck_abort_msg("state %d, combination %u", _i, i);
  }
}
END_TEST

/// By the table alone: from everywhere to STANDBY or FAULT, and every row is taken by some input.
START_TEST(table_has_no_trap_and_no_dead_row) {
  uint32_t reaches = 1u << STB | 1u << FLT;
  for (uint32_t round = 0; round < BMS_STATE_COUNT; round++) {
    for (uint32_t i = 0; i < SM_ROW_COUNT; i++) {
      if (reaches >> sm_row_at(i)->to & 1u) reaches |= 1u << sm_row_at(i)->from;
    }
  }
  ck_assert_uint_eq(reaches, (1u << BMS_STATE_COUNT) - 1);
  for (uint32_t row = 0; row < SM_ROW_COUNT; row++) {
    const sm_row_t *wanted = sm_row_at(row);
    int is_taken = 0;
    for (uint32_t i = 0; i < 2 * COMBINATION_COUNT && !is_taken; i++) {
      sm_in_t in = combination(i / 2);
      in.may_sleep = i & 1u;
      sm_out_t out = sm_next(wanted->from, &in);
      is_taken = out.taken && out.to == wanted->to && out.entry == wanted->entry;
    }
    ck_assert_msg(is_taken, "row %u", row);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_sm");
  TCase *tests = tcase_create("sm");
  tcase_set_timeout(tests, 60); /* every combination takes a while on a busy machine */
  tcase_add_loop_test(tests, every_state_meets_every_event, 0, LOOP_END(BMS_STATE_COUNT));
  tcase_add_test(tests, openings_act_by_their_reason);
  tcase_add_test(tests, state_that_does_not_exist_drops_all);
  tcase_add_test(tests, no_request_means_no_closing);
  tcase_add_loop_test(tests, each_state_has_a_way_out, 0, LOOP_END(BMS_STATE_COUNT));
  tcase_add_loop_test(tests, every_combination_leads_where_it_should, 0, LOOP_END(BMS_STATE_COUNT));
  tcase_add_loop_test(tests, safety_dominates, 0, LOOP_END(BMS_STATE_COUNT));
  tcase_add_loop_test(tests, machine_comes_to_rest, 0, LOOP_END(BMS_STATE_COUNT));
  tcase_add_test(tests, table_has_no_trap_and_no_dead_row);
  suite_add_tcase(suite, tests);
  return suite;
}
