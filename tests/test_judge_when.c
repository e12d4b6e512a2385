/// Conditions: edges, durations, counts, combinations, other signals, limits; one form everywhere.
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "judge_rig.h"

/// One tick whose world shows this at its end.
static void step_to(double pack_V) {
  uint16_t notes[JUDGE_NOTE_MAX];
  (void)judge_events(judge, hil, notes);
  hil->now_us += 1000;
  hil->pack_V = pack_V;
  (void)judge_tick(judge, hil, notes);
}

/// Letter n says what the world shows at n ms: h is 10 V, any other 0 V. At 0 ms it is as at 1 ms.
static void wave(const char *levels) {
  hil->pack_V = *levels == 'h' ? 10.0 : 0.0;
  for (; *levels != '\0'; levels++) {
    step_to(*levels == 'h' ? 10.0 : 0.0);
  }
}

#define HIGH "\"signal\": \"phys.pack.V\", \"gt\": 5"
#define WHEN(condition) END ", \"events\": [{\"id\": \"e\", \"when\": {" condition "}}]"

typedef struct {
  const char *condition;
  const char *levels; ///< letter n (from 1) is the world at n ms
  int at_ms; ///< -1: never
} moment_t;

static const moment_t moments[] = {
    {WHEN(HIGH), "...hh", 4},
    {WHEN(HIGH ", \"edge\": \"rising\""), "hhh.h.h", 5},
    {WHEN(HIGH ", \"edge\": \"falling\""), "..hhh..", 6},
    {WHEN(HIGH ", \"edge\": \"falling\""), ".......", -1},
    {WHEN(HIGH ", \"edge\": \"either\""), "hhh....", 4},
    {WHEN(HIGH ", \"edge\": \"either\""), "...h...", 4},
    {WHEN(HIGH ", \"edge\": \"either\""), "hhhhhhh", -1},
    {WHEN(HIGH ", \"edge\": \"either\", \"times\": 3"), "..h.h.h", 5},
    {WHEN(HIGH ", \"edge\": \"either\", \"for_ms\": 2"), "hh.hh....", 8},
    {WHEN(HIGH ", \"edge\": \"rising\", \"times\": 3"), "h.h.hh.h.h", 8},
    {WHEN(HIGH ", \"times\": 3"), "h.h.hh.h", 5},
    {WHEN(HIGH ", \"for_ms\": 3"), "hh.hhhh.", 7},
    {WHEN(HIGH ", \"for_s\": 0.003"), "hh.hhhh.", 7},
    {WHEN(HIGH ", \"for_ms\": 3"), "hh.hhh.hhh", -1},
    {WHEN(HIGH ", \"for_ms\": 2, \"times\": 2"), "hhhhh.hh.hhh", 12},
    {WHEN("\"not\": {" HIGH "}"), "hhh.", 4},
    {WHEN("\"not\": {" HIGH "}, \"for_ms\": 2"), "hhhh.h...h", 9},
    {WHEN("\"all\": [{" HIGH "}, {\"at_s\": 0.003}]"), "hh.hh", 4},
    {WHEN("\"all\": [{" HIGH "}, {\"at_s\": 0.003}], \"for_ms\": 2"), "hhh.hhh", 7},
    {WHEN("\"any\": [{" HIGH "}, {\"at_s\": 0.005}]"), "...h.", 4},
    {WHEN("\"any\": [{" HIGH "}, {\"at_s\": 0.005}]"), "......", 5},
    {WHEN("\"all\": [{" HIGH "}, {\"not\": {\"any\": [{\"signal\": \"phys.pack.A\", \"gt\": 1}, "
          "{\"not\": {\"at_s\": 0.002}}]}}], \"edge\": \"rising\""),
     "h.hh.", 3},
};

START_TEST(conditions_come_true_at_their_tick) {
  const moment_t *moment = &moments[_i];
  begin(moment->condition);
  wave(moment->levels);
  tick(); /* an event is noticed at the begin of the next tick, and dated to the world it saw */
  uint64_t wanted_us = moment->at_ms < 0 ? UINT64_MAX : (uint64_t)moment->at_ms * 1000;
  ck_assert_msg(judge_mark_us(judge, 0) == wanted_us, "%s on %s: %g ms", moment->condition,
                moment->levels, (double)judge_mark_us(judge, 0) / 1000.0);
}
END_TEST

/// The same forms inside checks.
typedef struct {
  const char *check;
  const char *levels;
  verdict_t verdict;
  const char *text; ///< part of it
} judged_t;

#define EXPECT(more) END ", \"expect\": [{\"id\": \"x\", " more "}]"
#define NEVER(more) END ", \"never\": [{\"id\": \"x\", " more "}]"
#define ALWAYS(more) END ", \"always\": [{\"id\": \"x\", " more "}]"

static const judged_t judged[] = {
    {EXPECT(HIGH ", \"for_ms\": 2, \"within_ms\": 6"), "..hhh.....", VERDICT_PASS, "after 5.0 ms"},
    {EXPECT(HIGH ", \"for_ms\": 2, \"within_ms\": 6"), "..hh.hh...", VERDICT_FAIL, "within 6.0 ms"},
    {EXPECT("\"not\": {" HIGH "}, \"within_ms\": 3"), "hh........", VERDICT_PASS, "after 3.0 ms"},
    {EXPECT("\"all\": [{" HIGH "}, {\"signal\": \"phys.pack.A\", \"lt\": 1}], \"within_ms\": 3"),
     "..h.......", VERDICT_PASS, "after 3.0 ms"},
    {EXPECT("\"any\": [{" HIGH "}, {\"signal\": \"phys.pack.A\", \"gt\": 1}]"), ".....",
     VERDICT_FAIL, "phys.pack.V is 0 V, phys.pack.A is 0 A"},
    {EXPECT(HIGH ", \"within_ms\": 3"), "....h", VERDICT_FAIL, "nearest 0 V"},
    {EXPECT(HIGH ", \"until\": {\"at_s\": 0.003}"), "..h...", VERDICT_PASS, "after 3.0 ms"},
    {EXPECT(HIGH ", \"until\": {\"at_s\": 0.003}"), "...h..", VERDICT_FAIL, "not before"},
    {EXPECT(HIGH ", \"after\": {\"at_s\": 0.003}, \"within_ms\": 2"), "....h.", VERDICT_PASS,
     "after 2.0 ms"},
    {EXPECT(HIGH ", \"after\": {" HIGH ", \"edge\": \"falling\"}, \"within_ms\": 2"), "hh......",
     VERDICT_FAIL, "within 2.0 ms"},
    {EXPECT(HIGH ", \"after\": {" HIGH ", \"edge\": \"falling\"}, \"within_ms\": 2"), "hhhhhhhh",
     VERDICT_INCONCLUSIVE, "its condition \"after\" never happened"},
    {NEVER(HIGH ", \"for_ms\": 2"), "hh.hh.hh..", VERDICT_PASS, "never held"},
    {NEVER(HIGH ", \"for_ms\": 2"), "hh.hhh.hh.", VERDICT_FAIL, "at 0.006 s"},
    {NEVER(HIGH ", \"edge\": \"rising\", \"times\": 3"), "h.h.h.....", VERDICT_PASS, "never held"},
    {NEVER(HIGH ", \"edge\": \"rising\", \"times\": 3"), "h.h.h.h...", VERDICT_FAIL, "0.007 s"},
    {NEVER("\"all\": [{" HIGH "}, {\"not\": {\"at_s\": 0.003}}]"), "...hhh", VERDICT_PASS, ""},
    {NEVER("\"all\": [{" HIGH "}, {\"not\": {\"at_s\": 0.004}}]"), "..hhh", VERDICT_FAIL, "0.003"},
    {ALWAYS("\"any\": [{" HIGH "}, {\"signal\": \"phys.pack.A\", \"lt\": 1}]"), "hh..h",
     VERDICT_PASS, "always held"},
    {ALWAYS("\"not\": {" HIGH "}, \"until\": {\"at_s\": 0.003}"), "...hhh", VERDICT_PASS, ""},
    {ALWAYS("\"not\": {" HIGH "}, \"until\": {\"at_s\": 0.003}"), "..hhh", VERDICT_FAIL, "0.003"},
    {ALWAYS("\"not\": {" HIGH "}, \"after\": {\"at_s\": 1}"), "hhh", VERDICT_INCONCLUSIVE, ""},
    {NEVER(HIGH ", \"until\": {\"signal\": \"phys.pack.V\", \"lt\": 1}, \"after\": {\"at_s\": "
                "0.003}"),
     "..hhh", VERDICT_FAIL, "phys.pack.V is 10 V"},
    {NEVER("\"signal\": \"can.BMS_Status.state\", \"gt\": 20"), "hh", VERDICT_INCONCLUSIVE,
     "showed nothing"},
};

START_TEST(checks_take_conditions) {
  const judged_t *row = &judged[_i];
  begin(row->check);
  wave(row->levels);
  const check_result_t *check = finish();
  ck_assert_msg(check->verdict == row->verdict && strstr(check->text, row->text) != NULL,
                "%s on %s: %s, %s", row->check, row->levels, verdict_text(check->verdict),
                check->text);
}
END_TEST

/* ---- counts and orders ---- */

#define COUNT(more) EXPECT(HIGH ", \"count\": " more)

static const judged_t counted[] = {
    {COUNT("2"), ".h.h..", VERDICT_PASS, "2 times, allowed 2"},
    {COUNT("2"), ".h....", VERDICT_FAIL, "1 time, allowed 2"},
    {COUNT("2"), ".h.h.h", VERDICT_FAIL, "3 times, allowed 2"},
    {COUNT("1"), "hh.h..", VERDICT_PASS, ""},
    {COUNT("{\"min\": 2}"), ".h.h.h", VERDICT_PASS, "3 times, allowed 2 or more"},
    {COUNT("{\"min\": 2}"), ".h....", VERDICT_FAIL, ""},
    {COUNT("{\"max\": 1}"), "......", VERDICT_PASS, "0 times, allowed 0..1"},
    {COUNT("{\"min\": 1, \"max\": 2}"), ".h.h.h", VERDICT_FAIL, "3 times, allowed 1..2"},
    {COUNT("1, \"within_ms\": 5"), ".h...h.h", VERDICT_PASS, "1 time,"},
    {COUNT("1, \"within_ms\": 6"), ".h...h.h", VERDICT_FAIL, "2 times"},
    {COUNT("1, \"within_ms\": 9"), ".h...", VERDICT_INCONCLUSIVE, "before its time was over"},
    {COUNT("1, \"after\": {\"at_s\": 0.003}"), ".h.h..", VERDICT_PASS, ""},
    {COUNT("1, \"after\": {\"at_s\": 0.003}"), "..hh..", VERDICT_FAIL, "0 times"},
    {COUNT("1, \"until\": {\"at_s\": 0.003}"), "..h.h.", VERDICT_PASS, ""},
    {COUNT("1, \"until\": {\"at_s\": 0.003}"), "...hh.", VERDICT_FAIL, "0 times"},
    {COUNT("1, \"for_ms\": 1"), ".h.hh..h.", VERDICT_PASS, ""},
    {COUNT("3, \"edge\": \"either\""), ".h.h", VERDICT_PASS, ""},
    {COUNT("1, \"after\": {\"at_s\": 1}"), ".h.h", VERDICT_INCONCLUSIVE, "never happened"},
};

START_TEST(counts_are_counted) {
  const judged_t *row = &counted[_i];
  begin(row->check);
  wave(row->levels);
  const check_result_t *check = finish();
  ck_assert_msg(check->verdict == row->verdict && strstr(check->text, row->text) != NULL,
                "%s on %s: %s, %s", row->check, row->levels, verdict_text(check->verdict),
                check->text);
  if (_i == 0) {
    ck_assert_double_eq(check->value, 2);
    ck_assert_double_eq(check->limit, 2);
    ck_assert_str_eq(check->unit, "times");
  }
}
END_TEST

#define ORDER(ids, more)                                                                           \
  END ", \"events\": [{\"id\": \"a\", \"when\": {" HIGH "}}, {\"id\": \"b\", \"when\": {" HIGH     \
      ", \"edge\": \"falling\"}}], \"expect\": [{\"id\": \"x\", \"order\": [" ids "]" more         \
      "}, {\"id\": \"up\", \"signal\": \"phys.pack.V\", \"gt\": 5}]"

static const judged_t ordered[] = {
    {ORDER("\"a\", \"b\"", ""), "..hh..", VERDICT_PASS, "in order, 2.0 ms from a to b"},
    {ORDER("\"b\", \"a\"", ""), "..hh..", VERDICT_FAIL, "a at 0.003 s, before b"},
    {ORDER("\"a\", \"up\", \"b\"", ""), "..hh..", VERDICT_PASS, ""},
    {ORDER("\"up\", \"a\", \"b\"", ""), "..hh..", VERDICT_PASS, ""},
    {ORDER("\"up\", \"b\", \"a\"", ""), "..hh..", VERDICT_FAIL, "a at 0.003 s, before b"},
    {ORDER("\"a\", \"b\"", ", \"within_ms\": 2"), "..hh..", VERDICT_PASS, ""},
    {ORDER("\"a\", \"b\"", ", \"within_ms\": 1"), "..hh..", VERDICT_FAIL, "2.0 ms"},
    {ORDER("\"a\", \"b\"", ""), "..hhhh", VERDICT_FAIL, "b never happened"},
    {ORDER("\"a\", \"b\"", ""), "......", VERDICT_INCONCLUSIVE, "a never happened"},
};

START_TEST(orders_are_kept) {
  const judged_t *row = &ordered[_i];
  begin(row->check);
  wave(row->levels);
  tick();
  const check_result_t *check = finish();
  ck_assert_msg(check->verdict == row->verdict && strstr(check->text, row->text) != NULL,
                "%s on %s: %s, %s", row->check, row->levels, verdict_text(check->verdict),
                check->text);
  if (_i == 5) {
    ck_assert_double_eq(check->value, 2);
    ck_assert_double_eq(check->limit, 2);
  }
}
END_TEST

/* ---- other signals, limits, margins ---- */

START_TEST(signals_compare_with_signals) {
  begin(NEVER("\"signal\": \"phys.pack.V\", \"lt\": {\"signal\": \"phys.pack.A\", \"factor\": 2, "
              "\"plus\": 1}"));
  hil->pack_A = 3;
  hil->pack_V = 9;
  run_to(5);
  hil->pack_A = 1;
  hil->pack_V = _i == 0 ? 3 : 2.5;
  run_to(10);
  hil->pack_V = 7;
  run_to(15);
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
  ck_assert_double_eq(check->value, _i == 0 ? 0 : -0.5);
  ck_assert_double_eq(check->limit, 0);
}
END_TEST

START_TEST(limits_have_names) {
  static const struct {
    const char *limit;
    double value;
  } rows[] = {{"phys.group.M3C5.V\", \"gt\": \"limit:CELL_OVERVOLTAGE\"", 4.3},
              {"phys.group.M3C5.V\", \"gt\": \"limit:GROUP_MIN.rsl\"", 2.6},
              {"bms.group.M3C5.mV\", \"gt\": \"limit:CELL_VOLTAGE_HIGH\"", 4250},
              {"phys.cell.M3C5a.degC\", \"gt\": \"limit:TEMPERATURE_MIN_CHARGE.msl\"", -10},
              {"phys.pack.A\", \"gt\": \"limit:OVER_CURRENT_CHARGE\"", 250}};
  char text[300];
  snprintf(text, sizeof text, END ", \"never\": [{\"id\": \"n\", \"signal\": \"%s}]",
           rows[_i].limit);
  begin(text);
  ck_assert_double_eq(point->plan->check[0].probe.value, rows[_i].value);
}
END_TEST

START_TEST(near_is_nearest_of_all) {
  begin(ALWAYS("\"signal\": \"phys.group.M1C*.V\", \"near\": 4, \"tolerance\": 0.5"));
  for (int g = 0; g < PINS_GROUP_COUNT; g++) {
    hil->pack.group_V[g] = 4.0;
  }
  hil->pack.group_V[3] = 4.0 - 0.4;
  run_to(5);
  hil->pack.group_V[3] = 4.0;
  hil->pack.group_V[5] = 4.0 + (_i == 0 ? 0.45 : 0.55);
  run_to(10);
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
  ck_assert_double_eq_tol(check->value, _i == 0 ? 0.45 : 0.55, 1e-9);
  ck_assert_double_eq(check->limit, 0.5);
  ck_assert_ptr_nonnull(strstr(check->text, "phys.group.M1C6.V"));
}
END_TEST

START_TEST(an_expectation_missed_says_how_near_it_came) {
  begin(EXPECT("\"signal\": \"phys.pack.V\", \"ge\": 10, \"within_ms\": 20"));
  hil->pack_V = 9.5;
  run_to(5);
  hil->pack_V = 3;
  run_to(30);
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, VERDICT_FAIL);
  ck_assert_double_eq(check->value, 9.5);
  ck_assert_double_eq(check->limit, 10);
  ck_assert_str_eq(check->unit, "V");
}
END_TEST

/// A crossing is dated to the first tick whose world shows it, up to a tick behind a straight line.
START_TEST(a_crossing_is_the_first_tick_beyond) {
  begin(WHEN("\"signal\": \"phys.pack.V\", \"gt\": 5, \"edge\": \"rising\""));
  for (int k = 0; k < 20; k++) {
    step_to(0.7 * k); /* at k + 1 ms: a straight line crosses 5 V at 8.14 ms */
  }
  ck_assert_uint_eq(judge_mark_us(judge, 0), 9000);
}
END_TEST

/// What comes true in the tick of its until is in time.
START_TEST(until_takes_in_its_own_tick) {
  begin(END ", \"expect\": [{\"id\": \"y\", " HIGH "}, {\"id\": \"x\", " HIGH
            ", \"until\": \"y\"}, {\"id\": \"late\", \"signal\": \"phys.pack.A\", \"gt\": 1, "
            "\"until\": \"y\"}]");
  wave("..hh");
  (void)finish();
  ck_assert_int_eq(result.check[1].verdict, VERDICT_PASS);
  ck_assert_int_eq(result.check[2].verdict, VERDICT_FAIL);
  ck_assert_ptr_nonnull(strstr(result.check[2].text, "not before y"));
}
END_TEST

START_TEST(the_run_ends_when_a_condition_says) {
  begin("\"end\": {\"at_s\": 10, \"or_when\": {" HIGH ", \"for_ms\": 2}}");
  wave("..hhhh..");
  ck_assert_uint_eq(judge_mark_us(judge, point->plan->end_after), 5000);
}
END_TEST

#define COUNT_OF(rows) ((int)(sizeof rows / sizeof rows[0]))

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("judge_when");
  TCase *tcase = tcase_create("conditions");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, conditions_come_true_at_their_tick, 0, COUNT_OF(moments));
  tcase_add_loop_test(tcase, checks_take_conditions, 0, COUNT_OF(judged));
  tcase_add_loop_test(tcase, counts_are_counted, 0, COUNT_OF(counted));
  tcase_add_loop_test(tcase, orders_are_kept, 0, COUNT_OF(ordered));
  tcase_add_loop_test(tcase, signals_compare_with_signals, 0, 2);
  tcase_add_loop_test(tcase, limits_have_names, 0, 5);
  tcase_add_loop_test(tcase, near_is_nearest_of_all, 0, 2);
  tcase_add_test(tcase, an_expectation_missed_says_how_near_it_came);
  tcase_add_test(tcase, a_crossing_is_the_first_tick_beyond);
  tcase_add_test(tcase, until_takes_in_its_own_tick);
  tcase_add_test(tcase, the_run_ends_when_a_condition_says);
  suite_add_tcase(suite, tcase);
  return suite;
}
