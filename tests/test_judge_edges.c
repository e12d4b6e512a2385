/// The judge at its edges: marks of one tick, spans that open and close in it, equal values, values
/// that are not there, margins of what failed, and the measured drive.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "../scenarios/signals_read.h"
#include "../sim/pack_state.h"
#include "judge_rig.h"
#include "thorough.h"

/// One tick whose world shows these at its end.
static void show(double pack_V, double pack_A) {
  uint16_t notes[JUDGE_NOTE_MAX];
  (void)judge_events(judge, hil, notes);
  hil->now_us += 1000;
  hil->pack_V = pack_V;
  hil->pack_A = pack_A;
  (void)judge_tick(judge, hil, notes);
}

/// Letter n says what the world shows at n ms: V is 10 V, A is 10 A, B both, any other nothing.
static void wave(const char *levels) {
  for (; *levels != '\0'; levels++) {
    show(*levels == 'V' || *levels == 'B' ? 10.0 : 0.0, *levels == 'A' || *levels == 'B' ? 10 : 0);
  }
}

#define HIGH_V "\"signal\": \"phys.pack.V\", \"gt\": 5"
#define HIGH_A "\"signal\": \"phys.pack.A\", \"gt\": 5"
#define EXPECT(more) END ", \"expect\": [{\"id\": \"x\", " more "}]"
#define NEVER(more) END ", \"never\": [{\"id\": \"x\", " more "}]"
#define ALWAYS(more) END ", \"always\": [{\"id\": \"x\", " more "}]"
#define AFTER_A(list, more)                                                                        \
  END ", \"expect\": [{\"id\": \"a\", " HIGH_V "}], \"" list "\": [{\"id\": \"x\", " more "}]"
/// First x, then a.
#define TWO(one, two) END ", \"expect\": [{\"id\": \"x\", " one "}, {\"id\": \"a\", " two "}]"
/// First a, then x.
#define THEN(more) END ", \"expect\": [{\"id\": \"a\", " HIGH_V "}, {\"id\": \"x\", " more "}]"

typedef struct {
  const char *scenario, *levels;
  verdict_t verdict;
  const char *text; ///< how it begins
} said_t;

static const said_t said[] = {
    /* marks of the same tick */
    {THEN(HIGH_A ", \"after\": \"a\", \"within_ms\": 5"), "..B", VERDICT_PASS, "after 0.0 ms"},
    {THEN(HIGH_A ", \"until\": \"a\""), "..B.", VERDICT_PASS, "after 3.0 ms"},
    {THEN(HIGH_A ", \"until\": \"a\""), "..VA", VERDICT_FAIL, "not before a: phys.pack.A is 10 A"},
    {AFTER_A("never", HIGH_A ", \"after\": \"a\""), "A.B...", VERDICT_FAIL,
     "phys.pack.A is 10 A at 0.003 s, never > 5 A"},
    {AFTER_A("never", HIGH_A ", \"until\": \"a\""), "..B...", VERDICT_FAIL, "phys.pack.A is 10 A"},
    {AFTER_A("never", HIGH_A ", \"until\": \"a\""), "..VA..", VERDICT_PASS, "nearest"},
    {THEN(HIGH_A ", \"count\": 1, \"after\": \"a\""), "..B...", VERDICT_PASS, "1 time, allowed 1"},
    {THEN(HIGH_A ", \"count\": 1, \"until\": \"a\""), "..B...", VERDICT_PASS, "1 time, allowed 1"},
    {THEN(HIGH_A ", \"count\": 2, \"after\": {\"at_s\": 0.003}, \"within_ms\": 6"), "....A..A..",
     VERDICT_PASS, "2 times"},
    /* a moment at the first tick of a span, one before it */
    {NEVER(HIGH_V ", \"edge\": \"rising\", \"after\": {\"at_s\": 0.003}"), "...VV", VERDICT_FAIL,
     "phys.pack.V is 10 V at 0.004 s"},
    {NEVER(HIGH_V ", \"edge\": \"rising\", \"after\": {\"at_s\": 0.003}"), "..VVV", VERDICT_PASS,
     "its condition never held"},
    {EXPECT("\"all\": [{\"at_s\": 0.001}, {" HIGH_V ", \"edge\": \"rising\", \"times\": 2}], "
            "\"after\": {\"at_s\": 0.005}"),
     "..V.V.V.V.", VERDICT_PASS, "after 4.0 ms"},
    {EXPECT("\"all\": [{" HIGH_V ", \"edge\": \"rising\"}, {\"at_s\": 0.006}]"), "..V....",
     VERDICT_PASS, "after 6.0 ms"},
    /* conditions in place of an id begin with their span */
    {THEN(HIGH_A ", \"after\": \"a\", \"until\": {" HIGH_V "}"), "...VA.", VERDICT_FAIL,
     "not before its condition"},
    {NEVER(HIGH_A ", \"from_s\": 0.003, \"until\": {" HIGH_V "}"), "..V..A.", VERDICT_PASS,
     "nearest"},
    {NEVER(HIGH_A ", \"from_s\": 0.003, \"until\": {" HIGH_V "}"), "VV...A.", VERDICT_FAIL,
     "phys.pack.A is 10 A at 0.006 s"},
    {EXPECT("\"any\": [{" HIGH_V "}, {" HIGH_A "}]"), "...", VERDICT_FAIL,
     "never came true: phys.pack.V is 0 V, phys.pack.A is 0 A at the end"},
    /* words have no nearest value */
    {EXPECT("\"signal\": \"bms.state\", \"eq\": \"FAULT\", \"within_ms\": 2"), "....", VERDICT_FAIL,
     "not within 2.0 ms: bms.state is RESET"},
    {TWO("\"order\": [\"a\", \"a\"]", HIGH_V), "...", VERDICT_INCONCLUSIVE, "a never happened"},
    /* lists of signals of different kinds */
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"gt\": 5"), "..A.", VERDICT_FAIL,
     "phys.pack.A is 10 A at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"ge\": 5"), "..V.", VERDICT_FAIL,
     "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"gt\": 5"), "..B.", VERDICT_FAIL,
     "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"can.BMS_Status.pack_V\", \"phys.pack.V\"], \"gt\": 5"), "..B.",
     VERDICT_FAIL, "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"can.BMS_Status.pack_V\"], \"gt\": 5"), "..B.",
     VERDICT_FAIL, "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"lt\": 5"), "BBA", VERDICT_FAIL,
     "phys.pack.V is 0 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"le\": 0"), "BBV", VERDICT_FAIL,
     "phys.pack.A is 0 A at 0.003 s, never <= 0 A"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"lt\": 5"), "BB.", VERDICT_FAIL,
     "phys.pack.V is 0 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"of\": \"all\", \"gt\": 5"), "VAB",
     VERDICT_FAIL, "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"of\": \"all\", \"ge\": 10"), "VAB",
     VERDICT_FAIL, "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"of\": \"all\", \"lt\": 5"), "BVA.",
     VERDICT_FAIL, "phys.pack.V is 0 V at 0.004 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"of\": \"all\", \"le\": 0"), "BAV.",
     VERDICT_FAIL, "phys.pack.V is 0 V at 0.004 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"of\": \"all\", \"eq\": 10"), "VAB",
     VERDICT_FAIL, "phys.pack.A is 10 A at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"of\": \"all\", \"ne\": 10"), "BVA.",
     VERDICT_FAIL, "phys.pack.A is 0 A at 0.004 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"of\": \"all\", \"near\": 9, "
           "\"tolerance\": 1"),
     "VAB", VERDICT_FAIL, "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"eq\": 10"), "...A", VERDICT_FAIL,
     "phys.pack.A is 10 A at 0.004 s, never = 10 A"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"ne\": 10"), "BB.", VERDICT_FAIL,
     "phys.pack.V is 0 V at 0.003 s, never other than 10 V"},
    {NEVER("\"signal\": [\"phys.link.V\", \"phys.pack.A\"], \"eq\": 10}, {\"id\": \"y\", "
           "\"signal\": \"phys.pack.V\", \"gt\": 20"),
     "VVV", VERDICT_PASS, "nearest"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"near\": 12, \"tolerance\": 2"), "..A",
     VERDICT_FAIL, "phys.pack.A is 10 A at 0.003 s, never near 12 A +- 2"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"near\": 12, \"tolerance\": 2"), "..B",
     VERDICT_FAIL, "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\", \"phys.link.V\"], \"gt\": 5"), "..A.",
     VERDICT_FAIL, "phys.pack.A is 10 A at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\", \"phys.link.V\"], \"gt\": 5"), "..B.",
     VERDICT_FAIL, "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\", \"phys.link.V\"], \"gt\": 5"), "..V.",
     VERDICT_FAIL, "phys.pack.V is 10 V at 0.003 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\", \"phys.link.V\"], \"lt\": 5"), "V",
     VERDICT_FAIL, "phys.pack.A is 0 A at 0.001 s"},
    {NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\", \"phys.link.V\"], \"lt\": 5"), ".",
     VERDICT_FAIL, "phys.pack.V is 0 V at 0.001 s"},
    {EXPECT(
         "\"any\": [{\"signal\": \"contactor.main_pos.closed\", \"gt\": 0}, {\"signal\": "
         "\"contactor.main_pos.closed\", \"gt\": 0}, {\"signal\": \"contactor.main_pos.closed\", "
         "\"gt\": 0}, {\"signal\": \"contactor.main_pos.closed\", \"gt\": 0}, {\"signal\": "
         "\"contactor.main_pos.closed\", \"gt\": 0}, {\"signal\": \"contactor.main_pos.closed\", "
         "\"gt\": 0}, {\"signal\": \"contactor.main_pos.closed\", \"gt\": 0}, {\"signal\": "
         "\"contactor.main_pos.closed\", \"gt\": 0}]"),
     "..", VERDICT_FAIL, "never came true: contactor.main_pos.closed is 0"},
};

START_TEST(says_what_it_saw) {
  _i *= STEP_OF_LOOP;
  const said_t *row = &said[_i];
  begin(row->scenario);
  wave(row->levels);
  (void)finish();
  const check_result_t *check = &result.check[0];
  while (strcmp(check->id, "x") != 0) {
    check++;
  }
  ck_assert_msg(
      check->verdict == row->verdict && strncmp(check->text, row->text, strlen(row->text)) == 0,
      "%s on %s: %s, %s", row->scenario, row->levels, verdict_text(check->verdict), check->text);
  ck_assert_msg(row->verdict != VERDICT_FAIL || strstr(check->text, "RESET") == NULL ||
                    strstr(check->text, "nearest") == NULL,
                "%s", check->text);
}
END_TEST

/// The second check's list of signals is its own.
START_TEST(lists_are_kept_apart) {
  _i *= STEP_OF_LOOP;
  static const char *const second[] = {"\"gt\": 5", "\"eq\": 10", "\"near\": 10, \"tolerance\": 1"};
  char text[400];
  snprintf(text, sizeof text,
           END ", \"never\": [{\"id\": \"n\", \"signal\": [\"phys.link.V\", \"phys.ambient.degC\", "
               "\"phys.pack.A\"], \"gt\": 999}, {\"id\": \"x\", \"signal\": [\"phys.link.V\", "
               "\"phys.pack.V\", \"phys.pack.A\"], %s}]",
           second[_i]);
  begin(text);
  wave("..A");
  (void)finish();
  ck_assert_int_eq(result.check[0].verdict, VERDICT_PASS);
  ck_assert_int_eq(result.check[1].verdict, VERDICT_FAIL);
  ck_assert_ptr_nonnull(strstr(result.check[1].text, "phys.pack.A is 10 A"));
}
END_TEST

/* ---- margins ---- */

typedef struct {
  const char *scenario, *levels;
  int has_margin;
  double value, limit;
  const char *unit;
} margin_t;

static const margin_t margins[] = {
    {EXPECT(HIGH_V ", \"not_before_ms\": 4, \"within_ms\": 8"), "..V", 1, 3, 4, "ms"},
    {EXPECT(HIGH_V ", \"not_before_ms\": 3, \"within_ms\": 8"), "..V", 1, 3, 8, "ms"},
    {EXPECT(HIGH_V ", \"within_ms\": 8, \"holds_s\": 0.003"), "..VVV.", 1, 2, 3, "ms"},
    {EXPECT(HIGH_V ", \"within_ms\": 8, \"holds_s\": 0.002"), "..VVV.", 1, 3, 8, "ms"},
    {EXPECT(HIGH_V), "..V", 0, 0, 0, ""},
    {EXPECT(HIGH_V ", \"within_ms\": 8"), "....", 0, 0, 0, ""},
    {EXPECT(HIGH_V ", \"within_ms\": 3"), "....", 1, 0, 5, "V"},
    {EXPECT(HIGH_V ", \"count\": {\"min\": 2, \"max\": 3}"), "..V.", 1, 1, 2, "times"},
    {EXPECT(HIGH_V ", \"count\": {\"min\": 1, \"max\": 3}"), "..V.", 1, 1, 3, "times"},
    {EXPECT(HIGH_V ", \"count\": {\"min\": 1, \"max\": 2}"), "..V.V.V", 1, 3, 2, "times"},
    {EXPECT(HIGH_V ", \"count\": {\"min\": 1}"), "..V.V.V", 1, 3, 1, "times"},
    {NEVER("\"signal\": \"phys.pack.V\", \"le\": -1"), "..V", 1, 0, -1, "V"},
    {NEVER("\"signal\": \"phys.pack.V\", \"le\": {\"signal\": \"phys.pack.A\", \"plus\": -3}"),
     "..V", 1, 3, 0, "V"},
    {NEVER("\"signal\": \"phys.pack.V\", \"eq\": 5"), "..V", 0, 0, 0, ""},
    {NEVER("\"signal\": \"contactor.main_pos.closed\", \"gt\": 1"), "..V", 0, 0, 0, ""},
    {EXPECT("\"signal\": \"can.BMS_Status.pack_V\", \"gt\": 1, \"at_end\": true"), "..", 0, 0, 0,
     ""},
    {END ", \"measure\": [{\"id\": \"x\", \"from\": {" HIGH_V "}, \"to\": {\"at_s\": 0.005}}]",
     "..V...", 0, 0, 0, ""},
};

START_TEST(margins_are_those_that_decide) {
  _i *= STEP_OF_LOOP;
  const margin_t *row = &margins[_i];
  begin(row->scenario);
  wave(row->levels);
  const check_result_t *check = finish();
  ck_assert_msg(check->has_margin == row->has_margin && fabs(check->value - row->value) < 1e-9 &&
                    fabs(check->limit - row->limit) < 1e-9 && strcmp(check->unit, row->unit) == 0,
                "%s on %s: %u, %g of %g %s", row->scenario, row->levels, check->has_margin,
                check->value, check->limit, check->unit);
}
END_TEST

/// While the run goes on: margins of what has been decided or can only shrink, not of what nobody
/// knows before the end.
START_TEST(margins_so_far) {
  _i *= STEP_OF_LOOP;
  static const margin_t so_far[] = {
      {NEVER("\"signal\": \"phys.pack.V\", \"gt\": 20"), "..V", 1, 10, 20, "V"},
      {EXPECT(HIGH_V ", \"within_ms\": 8"), "..V", 1, 3, 8, "ms"},
      {EXPECT(HIGH_V ", \"within_ms\": 8, \"holds_s\": 0.005"), "..VV", 1, 3, 8, "ms"},
      {EXPECT(HIGH_V ", \"within_ms\": 8"), "..", 0, 0, 0, ""},
      {EXPECT(HIGH_V ", \"at_end\": true"), "..V", 0, 0, 0, ""},
      {END ", \"measure\": [{\"id\": \"x\", \"signal\": \"phys.pack.V\", \"stat\": \"max\", "
           "\"lt\": 20}]",
       "..V", 0, 0, 0, ""},
  };
  const margin_t *row = &so_far[_i];
  check_result_t margin;
  begin(row->scenario);
  wave(row->levels);
  const int has_margin = judge_margin(judge, 0, &margin);
  ck_assert_msg(has_margin == row->has_margin && fabs(margin.value - row->value) < 1e-9 &&
                    fabs(margin.limit - row->limit) < 1e-9 && strcmp(margin.unit, row->unit) == 0,
                "%s on %s: %d, %g of %g %s", row->scenario, row->levels, has_margin, margin.value,
                margin.limit, margin.unit);
}
END_TEST

START_TEST(a_limit_that_moves_keeps_the_least_difference) {
  begin(NEVER("\"signal\": \"phys.pack.V\", \"lt\": {\"signal\": \"phys.pack.A\", \"factor\": 2, "
              "\"plus\": 1}"));
  show(7.5, 3);
  show(5, 1);
  ck_assert_double_eq(finish()->value, 0.5);
}
END_TEST

START_TEST(near_keeps_the_farthest_on_either_side) {
  begin(ALWAYS("\"signal\": \"phys.pack.V\", \"near\": 4, \"tolerance\": 1"));
  show(3.5, 0);
  show(4.25, 0);
  ck_assert_double_eq(finish()->value, 0.5);
}
END_TEST

/// Of several: 3.5 is farther from 4 than 4.25, and is named.
START_TEST(near_names_the_farthest_on_either_side) {
  begin(NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"near\": 4, \"tolerance\": 1, "
              "\"of\": \"all\""));
  show(4.25, 3.5);
  ck_assert_ptr_nonnull(strstr(finish()->text, "phys.pack.A is 3.5 A"));
}
END_TEST

START_TEST(near_names_the_nearest_of_any) {
  begin(NEVER("\"signal\": [\"phys.pack.V\", \"phys.pack.A\"], \"near\": 4, \"tolerance\": 1"));
  show(4.5, 4.25);
  ck_assert_ptr_nonnull(strstr(finish()->text, "phys.pack.A is 4.25 A"));
}
END_TEST

START_TEST(of_equal_values_the_first_is_named) {
  begin(NEVER("\"signal\": \"phys.group.M*.V\", \"gt\": 4.35"));
  hil->pack.group_V[3] = 4.25;
  tick();
  hil->pack.group_V[3] = 4.0;
  hil->pack.group_V[5] = 4.25;
  tick();
  ck_assert_ptr_nonnull(strstr(finish()->text, "phys.group.M1C4.V was 4.25 V"));
}
END_TEST

/* ---- orders ---- */

START_TEST(the_earlier_one_may_be_judged_later) {
  begin(END ", \"expect\": [{\"id\": \"late\", " HIGH_V "}, {\"id\": \"x\", \"order\": [\"soon\", "
            "\"late\"]}, {\"id\": \"soon\", " HIGH_V "}]");
  wave("..V..");
  (void)finish();
  ck_assert_int_eq(result.check[1].verdict, VERDICT_PASS);
}
END_TEST

START_TEST(a_wrong_order_is_told_at_once) {
  begin(END ", \"expect\": [{\"id\": \"v\", " HIGH_V "}, {\"id\": \"x\", \"order\": [\"i\", "
            "\"v\"]}, {\"id\": \"i\", " HIGH_A "}]");
  wave("..V..A..");
  (void)finish();
  ck_assert_int_eq(result.check[1].verdict, VERDICT_FAIL);
  ck_assert_double_eq_tol(result.check[1].at_s, 0.004, 1e-9);
  ck_assert_str_eq(result.check[1].text, "v at 0.003 s, before i");
}
END_TEST

START_TEST(marks_have_names_and_an_end) {
  begin(END ", \"events\": [{\"id\": \"e\", \"when\": {\"at_s\": 5}}], \"expect\": [{\"id\": "
            "\"a\", " HIGH_V "}, {\"id\": \"b\", " HIGH_V
            "}], \"measure\": [{\"id\": \"m\", \"from\": \"a\", "
            "\"to\": {" HIGH_A "}}, {\"id\": \"n\", \"from\": {" HIGH_A
            "}, \"to\": \"a\"}, {\"id\": "
            "\"o\", \"from\": \"b\", \"to\": \"e\"}, {\"id\": \"p\", \"from\": {\"at_s\": 0}, "
            "\"to\": \"e\"}]");
  wave("...");
  ck_assert_uint_eq(judge_mark_us(judge, (uint16_t)point->plan->mark_count), UINT64_MAX);
  (void)finish();
  ck_assert_str_eq(result.check[2].text, "a never happened");
  ck_assert_str_eq(result.check[3].text, "its condition \"from\" never happened");
  ck_assert_str_eq(result.check[4].text, "b never happened");
  ck_assert_str_eq(result.check[5].text, "e never happened");
}
END_TEST

START_TEST(no_time_is_a_time) {
  begin(END ", \"expect\": [{\"id\": \"a\", " HIGH_V "}], \"measure\": [{\"id\": \"m\", \"from\": "
            "\"a\", \"to\": \"a\", \"limit_ms\": 0}]");
  wave("..V");
  (void)finish();
  ck_assert_int_eq(result.check[1].verdict, VERDICT_PASS);
  ck_assert_str_eq(result.check[1].text, "0.0 ms from a to a");
}
END_TEST

START_TEST(the_last_value_is_that_of_its_span) {
  begin(END ", \"measure\": [{\"id\": \"m\", \"signal\": \"phys.pack.V\", \"stat\": \"last\", "
            "\"until\": {\"at_s\": 0.003}}]");
  wave("..V...");
  ck_assert_str_eq(finish()->text, "last of phys.pack.V: 10 V");
}
END_TEST

/// The world's temperatures move every 20 ms: between them nothing is looked at.
START_TEST(temperatures_are_looked_at_when_they_move) {
  _i *= STEP_OF_LOOP;
  begin(NEVER("\"signal\": \"phys.ambient.degC\", \"gt\": 30"));
  run_to(1e-3 * PACK_REFRESH_us + 4);
  hil->stimulus.ambient_degC = hil->pack.ambient_degC = 40;
  run_to(2e-3 * PACK_REFRESH_us - (_i == 0 ? 1 : 0));
  hil->stimulus.ambient_degC = hil->pack.ambient_degC = 20;
  run_to(90);
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
}
END_TEST

/* ---- frames ---- */

#define PERIOD(more)                                                                               \
  ALWAYS("\"can_period\": \"BMS_Status\", \"ms\": 100, \"tolerance_ms\": 10" more)

/// Frames at these times, 0 ends; then the run's end.
static const check_result_t *frames(const char *scenario, const double *at_ms, double end_ms) {
  hil_last_frame_t *last = &hil->last_frame[CAN_MSG_BMS_STATUS];
  begin(scenario);
  for (; *at_ms > 0; at_ms++) {
    run_to(*at_ms - 1);
    last->count++;
    last->time_ns = (uint64_t)(*at_ms * 1e6);
    tick();
  }
  run_to(end_ms);
  return finish();
}

START_TEST(frames_count_from_the_begin_on) {
  _i *= STEP_OF_LOOP;
  static const double rows[][6] = {{10, 11}, {5, 50, 150, 250}, {500, 600, 700}, {40, 140}};
  static const double end_ms[] = {60, 300, 750, 250};
  static const verdict_t wanted[] = {VERDICT_FAIL, VERDICT_PASS, VERDICT_PASS, VERDICT_PASS};
  const check_result_t *check =
      frames(_i < 2 ? PERIOD(", \"from_s\": 0.01") : PERIOD(""), rows[_i], end_ms[_i]);
  ck_assert_msg(check->verdict == wanted[_i], "%s", check->text);
  if (_i == 0) {
    ck_assert_str_eq(check->text, "1.00 ms between two frames at 0.011 s");
  }
}
END_TEST

START_TEST(the_largest_deviation_counts) {
  static const double at_ms[] = {40, 150, 251, 0};
  const check_result_t *check = frames(PERIOD(""), at_ms, 300);
  ck_assert_int_eq(check->verdict, VERDICT_PASS);
  ck_assert_double_eq(check->value, 10);
  ck_assert_double_eq(check->limit, 10);
}
END_TEST

START_TEST(silence_has_a_margin) {
  static const double at_ms[] = {40, 140, 0};
  const check_result_t *check = frames(PERIOD(""), at_ms, 300);
  ck_assert_int_eq(check->verdict, VERDICT_FAIL);
  ck_assert_str_eq(check->text, "no frame for more than 110.0 ms at 0.251 s");
  ck_assert_double_eq_tol(check->value, 11, 1e-9);
}
END_TEST

/* ---- the measured drive ---- */

#define DRIVE(more)                                                                                \
  END ", \"measure\": [{\"id\": \"m\", \"signal\": \"phys.pack.V\", \"against\": "                 \
      "\"soul_ev_drive\"" more "}]"

typedef struct {
  const char *scenario;
  double scan_V[4]; ///< as logged, every 10 ms; the charge between them grows evenly
  double error_V; ///< of the world from it
  verdict_t verdict;
} drive_t;

static soul_drive_t *drive_of(const double scan_V[4]) {
  soul_drive_t *drive = calloc(1, sizeof *drive);
  ck_assert_ptr_nonnull(drive);
  drive->scan_count = 4;
  drive->point_count = 2;
  drive->time_s[1] = 0.03;
  drive->current_A[0] = drive->current_A[1] = 100;
  for (uint32_t i = 0; i < 4; i++) {
    soul_drive_scan_t *scan = &drive->scan[i];
    *scan = (soul_drive_scan_t){.time_s = 0.01 * i, .pack_V = scan_V[i], .soc_bms_pct = 50};
    scan->inlet_degC = scan->ambient_degC = 20;
    for (uint32_t m = 0; m < SOUL_DRIVE_MODULE_COUNT; m++) {
      scan->module_degC[m] = 20;
    }
  }
  return drive;
}

/// The profile begins at 5 ms: scans at 5, 15, 25 and 35 ms.
static const check_result_t *drive_to(const char *scenario, soul_drive_t *drive, double error_V,
                                      double end_ms) {
  point = point_of_text(scenario);
  judge = judge_open(point->plan, drive);
  run_to(4);
  judge_profile_begins(judge, 5000);
  while ((double)hil->now_us < end_ms * 1000.0) {
    uint64_t place = (hil->now_us + 1000 - 5000) / 10000;
    hil->pack_V = drive->scan[place < 4 ? place : 3].pack_V + error_V;
    tick();
  }
  return finish();
}

/// Fits of the first: 3.606 V by a constant, 0.447 V with the charge; of the last 0 V by both.
static const drive_t drives[] = {
    {DRIVE(""), {355, 359, 361, 365}, 0.25, VERDICT_PASS},
    {DRIVE(", \"lt\": 0.6"), {355, 359, 361, 365}, 0.25, VERDICT_PASS},
    {DRIVE(", \"lt\": 0.4"), {355, 359, 361, 365}, 0.25, VERDICT_PASS},
    {DRIVE(", \"lt\": 0.1"), {355, 359, 361, 365}, 0.25, VERDICT_FAIL},
    {DRIVE(""), {355, 359, 361, 365}, 2, VERDICT_FAIL},
    {DRIVE(", \"lt\": 9"), {355, 359, 361, 365}, 2, VERDICT_FAIL},
    {DRIVE(", \"lt\": 9"), {355, 359, 361, 365}, 5, VERDICT_FAIL},
    {DRIVE(", \"lt\": 9"), {360, 360, 360, 360}, 0, VERDICT_FAIL},
};

START_TEST(the_drive_must_beat_both_baselines) {
  _i *= STEP_OF_LOOP;
  const drive_t *row = &drives[_i];
  soul_drive_t *drive = drive_of(row->scan_V);
  const check_result_t *check = drive_to(row->scenario, drive, row->error_V, 50);
  char wanted[60];
  snprintf(wanted, sizeof wanted, "%.3f V RMSE over 4 scans", row->error_V);
  ck_assert_msg(check->verdict == row->verdict && strstr(check->text, wanted) != NULL, "%s: %s",
                verdict_text(check->verdict), check->text);
  free(drive);
}
END_TEST

START_TEST(a_scan_counts_from_its_time_on) {
  _i *= STEP_OF_LOOP;
  static const char *const counts[] = {"over 1 scans", "over 2 scans"};
  soul_drive_t *drive = drive_of(drives[0].scan_V);
  const check_result_t *check = drive_to(DRIVE(""), drive, 0.5, _i == 0 ? 14 : 15);
  ck_assert_msg(strstr(check->text, counts[_i]) != NULL, "%s", check->text);
  free(drive);
}
END_TEST

/// 0: there is none, 1: it never began, 2: its pack cannot be started.
START_TEST(a_drive_that_cannot_be_scored) {
  _i *= STEP_OF_LOOP;
  soul_drive_t *drive = drive_of(drives[0].scan_V);
  if (_i == 2) {
    drive->scan[0].soc_bms_pct = 900;
    ck_assert_int_eq(drive_to(DRIVE(""), drive, 0, 50)->verdict, VERDICT_ERROR);
    ck_assert_int_eq(result.verdict, VERDICT_ERROR);
    free(drive);
    return;
  }
  point = point_of_text(DRIVE(""));
  judge = judge_open(point->plan, _i == 0 ? NULL : drive);
  if (_i == 0) {
    judge_profile_begins(judge, 5000);
  }
  run_to(20);
  ck_assert_int_eq(finish()->verdict, VERDICT_INCONCLUSIVE);
  free(drive);
}
END_TEST

#define COUNT_OF(rows) ((int)(sizeof rows / sizeof rows[0]))

static TCase *figures(void) {
  TCase *tcase = tcase_create("figures");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, margins_are_those_that_decide, 0, LOOP_END(COUNT_OF(margins)));
  tcase_add_loop_test(tcase, margins_so_far, 0, LOOP_END(6));
  tcase_add_test(tcase, a_limit_that_moves_keeps_the_least_difference);
  tcase_add_test(tcase, near_keeps_the_farthest_on_either_side);
  tcase_add_test(tcase, near_names_the_farthest_on_either_side);
  tcase_add_test(tcase, near_names_the_nearest_of_any);
  tcase_add_test(tcase, of_equal_values_the_first_is_named);
  tcase_add_test(tcase, no_time_is_a_time);
  tcase_add_test(tcase, the_last_value_is_that_of_its_span);
  tcase_add_loop_test(tcase, frames_count_from_the_begin_on, 0, LOOP_END(4));
  tcase_add_test(tcase, the_largest_deviation_counts);
  tcase_add_test(tcase, silence_has_a_margin);
  tcase_add_loop_test(tcase, the_drive_must_beat_both_baselines, 0, LOOP_END(COUNT_OF(drives)));
  tcase_add_loop_test(tcase, a_scan_counts_from_its_time_on, 0, LOOP_END(2));
  tcase_add_loop_test(tcase, a_drive_that_cannot_be_scored, 0, LOOP_END(3));
  return tcase;
}

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("judge_edges");
  TCase *tcase = tcase_create("edges");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, says_what_it_saw, 0, LOOP_END(COUNT_OF(said)));
  tcase_add_loop_test(tcase, lists_are_kept_apart, 0, LOOP_END(3));
  tcase_add_test(tcase, the_earlier_one_may_be_judged_later);
  tcase_add_test(tcase, a_wrong_order_is_told_at_once);
  tcase_add_test(tcase, marks_have_names_and_an_end);
  tcase_add_loop_test(tcase, temperatures_are_looked_at_when_they_move, 0, LOOP_END(2));
  suite_add_tcase(suite, tcase);
  suite_add_tcase(suite, figures());
  return suite;
}
