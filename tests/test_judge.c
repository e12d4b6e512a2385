/// The judge: deadlines to the tick, holds, edges, spans, vacuity, margins, on a world set by hand.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "judge_rig.h"

#define CROSSING                                                                                   \
  END ", \"events\": [{\"id\": \"ov\", \"when\": {\"signal\": \"phys.pack.V\", \"gt\": 400, "      \
      "\"edge\": \"rising\"}}], "

#define OPENS(more)                                                                                \
  CROSSING "\"expect\": [{\"id\": \"opens\", \"after\": \"ov\", \"signal\": "                      \
           "\"contactor.main_pos.closed\", \"eq\": 0" more "}]"

/// Crossing at 50 ms, contactor opens reaction_ms later; returns the check.
static const check_result_t *react(double reaction_ms) {
  hil->hv.contact_is_closed[PINS_COIL_MAIN_POS] = 1;
  run_to(49);
  hil->pack_V = 401;
  run_to(49 + reaction_ms);
  hil->hv.contact_is_closed[PINS_COIL_MAIN_POS] = 0;
  run_to(400);
  return finish();
}

START_TEST(deadline_counts_from_the_crossing) {
  static const double reaction_ms[] = {61, 99, 100}; /* seen one tick later */
  begin(OPENS(", \"within_ms\": 100"));
  const check_result_t *check = react(reaction_ms[_i]);
  ck_assert_int_eq(check->verdict, _i < 2 ? VERDICT_PASS : VERDICT_FAIL);
  ck_assert_int_eq(result.verdict, check->verdict);
  if (_i == 2) {
    return;
  }
  ck_assert_double_eq(check->value, reaction_ms[_i] + 1);
  ck_assert_double_eq(check->limit, 100);
  ck_assert_str_eq(check->unit, "ms");
  ck_assert_uint_eq(check->has_margin, 1);
}
END_TEST

START_TEST(too_early_is_wrong_too) {
  begin(OPENS(", \"within_ms\": 100, \"not_before_ms\": 60"));
  ck_assert_int_eq(react(40)->verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(must_hold) {
  begin(OPENS(", \"within_ms\": 100, \"holds_s\": 0.1"));
  hil->hv.contact_is_closed[PINS_COIL_MAIN_POS] = 1;
  run_to(10);
  hil->pack_V = 401;
  run_to(20);
  hil->hv.contact_is_closed[PINS_COIL_MAIN_POS] = 0;
  run_to(_i == 0 ? 125 : 60);
  hil->hv.contact_is_closed[PINS_COIL_MAIN_POS] = _i == 0 ? 0 : 1;
  run_to(300);
  ck_assert_int_eq(finish()->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
}
END_TEST

START_TEST(hold_cut_by_the_end_is_inconclusive) {
  begin(OPENS(", \"within_ms\": 100, \"holds_s\": 5"));
  ck_assert_int_eq(react(20)->verdict, VERDICT_INCONCLUSIVE);
}
END_TEST

START_TEST(missing_trigger_is_inconclusive) {
  begin(OPENS(", \"within_ms\": 100"));
  run_to(300);
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, VERDICT_INCONCLUSIVE);
  ck_assert_int_eq(result.verdict, VERDICT_INCONCLUSIVE);
  ck_assert_str_eq(check->text, "ov never happened");
  ck_assert_double_lt(check->at_s, 0);
}
END_TEST

START_TEST(end_before_deadline_is_inconclusive) {
  begin(OPENS(", \"within_ms\": 1000"));
  hil->hv.contact_is_closed[PINS_COIL_MAIN_POS] = 1;
  hil->pack_V = 0;
  run_to(5);
  hil->pack_V = 401;
  run_to(300);
  ck_assert_int_eq(finish()->verdict, VERDICT_INCONCLUSIVE);
}
END_TEST

START_TEST(without_deadline_it_must_come_before_the_end) {
  begin(END ", \"expect\": [{\"id\": \"v\", \"signal\": \"phys.pack.V\", \"gt\": 5}]");
  run_to(100);
  hil->pack_V = _i == 0 ? 6 : 5;
  run_to(200);
  ck_assert_int_eq(finish()->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
}
END_TEST

START_TEST(rising_edge_needs_a_low_before) {
  begin(CROSSING "\"measure\": [{\"id\": \"m\", \"from\": \"ov\", \"to\": \"ov\"}]");
  hil->pack_V = 401;
  run_to(20);
  ck_assert_uint_eq(judge_mark_us(judge, 0), UINT64_MAX);
  hil->pack_V = 400;
  run_to(30);
  ck_assert_uint_eq(judge_mark_us(judge, 0), UINT64_MAX);
  hil->pack_V = 400.001;
  run_to(40);
  ck_assert_uint_eq(judge_mark_us(judge, 0), 30000);
}
END_TEST

START_TEST(conditions_combine) {
  begin(END
        ", \"events\": [{\"id\": \"a\", \"when\": {\"at_s\": 0.01}}, "
        "{\"id\": \"b\", \"when\": {\"after\": \"a\", \"plus_s\": 0.02}}, "
        "{\"id\": \"held\", \"when\": {\"signal\": \"phys.pack.A\", \"gt\": 1, \"for_s\": 0.01}}, "
        "{\"id\": \"both\", \"when\": {\"all\": [{\"after\": \"b\"}, {\"signal\": "
        "\"phys.pack.V\", \"lt\": 1, \"edge\": \"falling\"}]}}, "
        "{\"id\": \"one\", \"when\": {\"any\": [{\"at_s\": 5}, {\"after\": \"held\"}]}}]");
  run_to(35);
  ck_assert_uint_eq(judge_mark_us(judge, 0), 10000);
  ck_assert_uint_eq(judge_mark_us(judge, 1), 30000);
  ck_assert_uint_eq(judge_mark_us(judge, 2), UINT64_MAX);
  hil->pack_A = 2;
  run_to(40);
  hil->pack_A = 0;
  run_to(45);
  hil->pack_A = 2;
  run_to(60);
  ck_assert_uint_eq(judge_mark_us(judge, 2), 55000);
  ck_assert_uint_eq(judge_mark_us(judge, 4), 55000);
  ck_assert_uint_eq(judge_mark_us(judge, 3), UINT64_MAX);
  hil->pack_V = 2;
  run_to(62);
  hil->pack_V = 0;
  run_to(70);
  ck_assert_uint_eq(judge_mark_us(judge, 3), 60000);
}
END_TEST

#define NEVER(more)                                                                                \
  END ", \"never\": [{\"id\": \"n\", \"signal\": \"phys.group.M*.V\", \"gt\": 4.35" more "}]"

START_TEST(never_names_the_culprit_and_the_margin) {
  begin(NEVER(""));
  hil->pack.group_V[25] = 4.311;
  run_to(10);
  hil->pack.group_V[25] = _i == 0 ? 4.35 : 4.3501;
  run_to(20);
  hil->pack.group_V[25] = 3.0;
  run_to(30);
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
  ck_assert_double_eq(check->value, _i == 0 ? 4.35 : 4.3501);
  ck_assert_double_eq(check->limit, 4.35);
  ck_assert_str_eq(check->unit, "V");
  ck_assert_ptr_nonnull(strstr(check->text, "phys.group.M3C2.V"));
  if (_i == 1) {
    ck_assert_double_eq_tol(check->at_s, 0.011, 1e-9);
  }
}
END_TEST

START_TEST(spans_open_and_close) {
  begin(END ", \"events\": [{\"id\": \"a\", \"when\": {\"at_s\": 0.1}}, {\"id\": \"z\", \"when\": "
            "{\"at_s\": 0.2}}], \"never\": [{\"id\": \"n\", \"after\": \"a\", \"until\": \"z\", "
            "\"signal\": \"phys.pack.A\", \"gt\": 1}]");
  static const double bad_from_ms[] = {50, 250, 150};
  run_to(bad_from_ms[_i]);
  hil->pack_A = 2;
  run_to(bad_from_ms[_i] + 20);
  hil->pack_A = 0;
  run_to(300);
  ck_assert_int_eq(finish()->verdict, _i < 2 ? VERDICT_PASS : VERDICT_FAIL);
}
END_TEST

START_TEST(span_that_never_opens_is_inconclusive) {
  begin(CROSSING "\"never\": [{\"id\": \"n\", \"after\": \"ov\", \"signal\": \"phys.pack.A\", "
                 "\"gt\": 1}]");
  run_to(100);
  ck_assert_int_eq(finish()->verdict, VERDICT_INCONCLUSIVE);
}
END_TEST

START_TEST(always_needs_all_of_them) {
  begin(END ", \"always\": [{\"id\": \"w\", \"signal\": \"contactor.*.closed\", \"eq\": 0, "
            "\"from_s\": 0.01}]");
  hil->hv.contact_is_closed[2] = 1;
  run_to(5);
  hil->hv.contact_is_closed[2] = 0;
  run_to(50);
  hil->hv.contact_is_closed[1] = (uint8_t)_i;
  run_to(60);
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
  if (_i == 1) {
    ck_assert_ptr_nonnull(strstr(check->text, "contactor.main_neg.closed is 1"));
  }
}
END_TEST

static void send_frames(double first_ms, double period_ms, double until_ms) {
  hil_last_frame_t *last = &hil->last_frame[CAN_MSG_BMS_STATUS];
  for (double at_ms = first_ms; at_ms < until_ms; at_ms += period_ms) {
    run_to(at_ms);
    last->count++;
    last->time_ns = (uint64_t)(at_ms * 1e6);
  }
}

START_TEST(periods_are_kept) {
  static const double period_ms[] = {109, 111, 89};
  begin(END ", \"always\": [{\"id\": \"p\", \"can_period\": \"BMS_Status\", \"ms\": 100, "
            "\"tolerance_ms\": 10}]");
  send_frames(40, 100, 1000);
  send_frames(1040, period_ms[_i], 2000);
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
  if (_i == 0) {
    ck_assert_double_eq_tol(check->value, 9, 1e-6);
  }
}
END_TEST

START_TEST(silence_breaks_a_period) {
  begin(END ", \"always\": [{\"id\": \"p\", \"can_period\": \"BMS_Status\", \"ms\": 100, "
            "\"tolerance_ms\": 10}]");
  if (_i == 1) {
    send_frames(40, 100, 1000);
  }
  run_to(1500);
  ck_assert_int_eq(finish()->verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(figures_are_right) {
  begin(END ", \"measure\": [{\"id\": \"min\", \"signal\": \"phys.pack.A\", \"stat\": \"min\"}, "
            "{\"id\": \"max\", \"signal\": \"phys.pack.A\", \"stat\": \"max\", \"lt\": 3}, "
            "{\"id\": \"mean\", \"signal\": \"phys.pack.A\", \"stat\": \"mean\", \"near\": 2, "
            "\"tolerance\": 0.001}, "
            "{\"id\": \"rms\", \"signal\": \"phys.pack.A\", \"stat\": \"rms\", \"le\": 2}, "
            "{\"id\": \"last\", \"signal\": \"phys.pack.A\", \"stat\": \"last\", \"eq\": 3}]");
  hil->pack_A = 1;
  run_to(50);
  hil->pack_A = 3;
  run_to(100);
  (void)finish();
  static const verdict_t wanted[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS, VERDICT_FAIL,
                                     VERDICT_PASS};
  for (int i = 0; i < 5; i++) {
    ck_assert_int_eq(result.check[i].verdict, (int)wanted[i]);
  }
  ck_assert_ptr_nonnull(strstr(result.check[0].text, "1 A"));
  ck_assert_ptr_nonnull(strstr(result.check[3].text, "2.23607 A"));
}
END_TEST

START_TEST(times_between_marks) {
  begin(END ", \"events\": [{\"id\": \"a\", \"when\": {\"at_s\": 0.1}}, {\"id\": \"z\", \"when\": "
            "{\"at_s\": 0.162}}], \"measure\": [{\"id\": \"m\", \"from\": \"a\", \"to\": \"z\", "
            "\"limit_ms\": 62}, {\"id\": \"n\", \"from\": \"a\", \"to\": \"z\", \"limit_ms\": 61}, "
            "{\"id\": \"r\", \"from\": \"z\", \"to\": \"a\"}]");
  run_to(200);
  (void)finish();
  ck_assert_int_eq(result.check[0].verdict, VERDICT_PASS);
  ck_assert_double_eq(result.check[0].value, 62);
  ck_assert_int_eq(result.check[1].verdict, VERDICT_FAIL);
  ck_assert_int_eq(result.check[2].verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(at_end_looks_once) {
  begin(END ", \"expect\": [{\"id\": \"e\", \"signal\": \"phys.pack.V\", \"near\": 10, "
            "\"tolerance\": 0.5, \"at_end\": true}]");
  hil->pack_V = 99;
  run_to(50);
  hil->pack_V = _i == 0 ? 10.5 : 10.51;
  const check_result_t *check = finish();
  ck_assert_int_eq(check->verdict, _i == 0 ? VERDICT_PASS : VERDICT_FAIL);
  ck_assert_double_eq_tol(check->value, _i == 0 ? 0.5 : 0.51, 1e-9);
  ck_assert_double_eq(check->limit, 0.5);
}
END_TEST

START_TEST(nan_never_passes) {
  begin(END ", \"expect\": [{\"id\": \"e\", \"signal\": \"can.BMS_Status.state\", \"lt\": 20, "
            "\"within_ms\": 50}]");
  run_to(100);
  ck_assert_int_eq(finish()->verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(each_operator_at_its_edge) {
  static const struct {
    const char *op;
    double value;
    int is_met;
  } cases[] = {{"\"gt\": 2", 2, 0},   {"\"gt\": 2", 2.1, 1}, {"\"ge\": 2", 2, 1},
               {"\"ge\": 2", 1.9, 0}, {"\"lt\": 2", 2, 0},   {"\"lt\": 2", 1.9, 1},
               {"\"le\": 2", 2, 1},   {"\"le\": 2", 2.1, 0}, {"\"eq\": 2", 2, 1},
               {"\"eq\": 2", 2.1, 0}, {"\"ne\": 2", 2, 0},   {"\"ne\": 2", 1.9, 1}};
  char text[300];
  snprintf(text, sizeof text,
           END ", \"expect\": [{\"id\": \"e\", \"signal\": \"phys.pack.V\", %s, "
               "\"within_ms\": 5}]",
           cases[_i].op);
  begin(text);
  hil->pack_V = cases[_i].value;
  run_to(10);
  ck_assert_int_eq(finish()->verdict, cases[_i].is_met ? VERDICT_PASS : VERDICT_FAIL);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("judge");
  TCase *tcase = tcase_create("checks");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, deadline_counts_from_the_crossing, 0, 3);
  tcase_add_test(tcase, too_early_is_wrong_too);
  tcase_add_loop_test(tcase, must_hold, 0, 2);
  tcase_add_test(tcase, hold_cut_by_the_end_is_inconclusive);
  tcase_add_test(tcase, missing_trigger_is_inconclusive);
  tcase_add_test(tcase, end_before_deadline_is_inconclusive);
  tcase_add_loop_test(tcase, without_deadline_it_must_come_before_the_end, 0, 2);
  tcase_add_test(tcase, rising_edge_needs_a_low_before);
  tcase_add_test(tcase, conditions_combine);
  tcase_add_loop_test(tcase, never_names_the_culprit_and_the_margin, 0, 2);
  tcase_add_loop_test(tcase, spans_open_and_close, 0, 3);
  tcase_add_test(tcase, span_that_never_opens_is_inconclusive);
  tcase_add_loop_test(tcase, always_needs_all_of_them, 0, 2);
  tcase_add_loop_test(tcase, periods_are_kept, 0, 3);
  tcase_add_loop_test(tcase, silence_breaks_a_period, 0, 2);
  tcase_add_test(tcase, figures_are_right);
  tcase_add_test(tcase, times_between_marks);
  tcase_add_loop_test(tcase, at_end_looks_once, 0, 2);
  tcase_add_test(tcase, nan_never_passes);
  tcase_add_loop_test(tcase, each_operator_at_its_edge, 0, 12);
  suite_add_tcase(suite, tcase);
  return suite;
}
