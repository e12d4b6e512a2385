/// Deadline monitor: jitter is counted, a late step opens, counters count time and not calls.
#include <check.h>

#include "../ecu_model/core/deadline.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;

/// One step whose clock has advanced by gap_ms.
static void tick_after(uint32_t gap_ms) {
  rig.in.time_ms += gap_ms - 1u;
  rig_tick(&rig);
}

static int is_missed(void) { return rig.bms.dtc[DTC_DEADLINE_MISSED].is_active; }

static void drive(void) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig_run(&rig, 100);
  ck_assert_uint_eq(rig.bms.jitter_count, 0);
}

START_TEST(one_lost_ms_is_counted_and_forgiven) {
  drive();
  for (uint32_t i = 0; i < 20; i++) {
    tick_after(2);
    rig_run(&rig, 49);
  }
  ck_assert_uint_eq(rig.bms.jitter_count, 20);
  ck_assert_uint_eq(rig.bms.dtc[DTC_DEADLINE_MISSED].occurrence_count, 0);
  ck_assert(rig_main_is_on(&rig));
}
END_TEST

/// Later than twice its period: 3 ms and more, a clock that goes back included.
START_TEST(late_step_opens_within_a_cycle) {
  static const uint32_t gap_ms[] = {3, 4, 30, 999, 1000, 1001, 100000, UINT32_MAX - 4};
  drive();
  rig_run(&rig, (uint32_t)_i);
  tick_after(gap_ms[_i]);
  ck_assert_uint_eq(rig.bms.jitter_count, 1);
  if (rig_main_is_on(&rig)) ck_assert_uint_le(rig_until_open(&rig, 50), 11);
  rig_run(&rig, 20);
  ck_assert(is_missed());
  ck_assert_uint_eq(rig.bms.reclose_is_locked, 1);
  rig_run(&rig, 1100); /* heals, but a new request is needed */
  ck_assert(!is_missed());
  ck_assert_uint_eq(rig.bms.coil_command, 0);
}
END_TEST

/// The board may have dropped the coils: all go off in the step that finds the gap, none returns.
START_TEST(long_gap_drops_all_coils_at_once) {
  drive();
  tick_after(20);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 3); /* in order, by the diagnosis */
  drive();
  tick_after(21);
  for (uint32_t i = 0; i < 2000; i++) {
    ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
    rig_tick(&rig);
  }
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  tick_after(500); /* nothing to drop */
  ck_assert_uint_eq(rig.bms.contactor.phase, CONTACTOR_OPEN);
}
END_TEST

/// Each step with jitter adds 8, each other takes 1 away: 1 in 9 is the most that may go on.
START_TEST(jitter_that_does_not_end_opens) {
  static const uint32_t period[] = {2, 5, 8, 9, 20};
  drive();
  for (uint32_t i = 0; i < 3000 && !is_missed(); i++) tick_after(i % period[_i] == 0 ? 2 : 1);
  ck_assert_int_eq(is_missed(), period[_i] < 9);
}
END_TEST

START_TEST(score_is_sharp) {
  drive();
  for (uint32_t i = 0; i < 9; i++) tick_after(2);
  rig_run(&rig, 20);
  ck_assert(!is_missed());
  drive();
  for (uint32_t i = 0; i < 10; i++) tick_after(2);
  rig_run(&rig, 20);
  ck_assert(is_missed());
}
END_TEST

START_TEST(clock_that_stands_still_opens_and_stops_no_time_out) {
  drive();
  rig.vcm_is_silent = 1;
  uint32_t age_ms = rig.bms.comm.request_age_ms;
  for (uint32_t i = 0; i < 100; i++) tick_after(0);
  ck_assert(is_missed());
  ck_assert(!rig_main_is_on(&rig));
  ck_assert_uint_eq(rig.bms.comm.request_age_ms, age_ms + 100);
}
END_TEST

/// A gap in the middle: what each counter says afterwards.
START_TEST(counters_count_time) {
  drive();
  rig.current_mA = 100; /* at rest */
  rig_run(&rig, 203);
  rig.vcm_is_silent = 1;
  while (rig.bms.cycle_ms != 3) rig_tick(&rig);
  bms_t before = rig.bms;
  rig.current_mA = 401000;
  tick_after(26);
  ck_assert_uint_eq(rig.bms.step_ms, 26);
  ck_assert_uint_eq(rig.bms.comm.request_age_ms, before.comm.request_age_ms + 26);
  ck_assert_int_eq(rig.bms.soc.throughput_mAms - before.soc.throughput_mAms,
                   (int64_t)26 * rig.bms.meas.current_mA);
  int64_t current_mA = rig.bms.meas.current_mA, rated_mA = rig.bms.config.discharge_max_mA;
  ck_assert_int_eq(rig.bms.I2t_mA2ms, 26 * (current_mA * current_mA - rated_mA * rated_mA));
  ck_assert_uint_eq(rig.bms.over_current_ms[0], 1); /* nobody knows how it was before */
  tick_after(2);
  ck_assert_uint_eq(rig.bms.over_current_ms[0], 3);
  rig.current_mA = 100;
  rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.over_current_ms[0], 0);
  ck_assert_uint_eq(rig.bms.meas.rest_ms, 1);
  tick_after(7);
  ck_assert_uint_eq(rig.bms.meas.rest_ms, 8);
}
END_TEST

/// The 10 ms task: state time, debounce, contactor phases count what has gone by since the last.
START_TEST(task_counts_time) {
  drive();
  while (rig.bms.since_task_ms != 0) rig_tick(&rig); /* the task has just run */
  bms_t before = rig.bms;
  rig.in.digital &= (uint16_t)~BMS_DI_HVIL_CLOSED; /* debounced over 100 ms */
  for (uint32_t i = 0; i < 9; i++) rig_tick(&rig);
  tick_after(2);
  ck_assert_uint_eq(rig.bms.task_ms, 11);
  ck_assert_uint_eq(rig.bms.state_ms, before.state_ms + 11);
  ck_assert_uint_eq(rig.bms.contactor.phase_ms, before.contactor.phase_ms + 11);
  ck_assert_uint_eq(rig.bms.dtc[DTC_INTERLOCK_OPEN].up_ms, 11);
  rig_run(&rig, 10);
  ck_assert_uint_eq(rig.bms.task_ms, 10);
  ck_assert_uint_eq(rig.bms.dtc[DTC_INTERLOCK_OPEN].up_ms, 21);
}
END_TEST

START_TEST(first_task_counts_a_whole_cycle) {
  rig_init(&rig);
  rig_run(&rig, 8);
  ck_assert_uint_eq(rig.bms.state_ms, 0);
  rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.task_ms, 10);
}
END_TEST

/// A request that is lost over a gap: the receiver widens by as many cycles as went by.
START_TEST(gap_of_requests_is_told_to_the_receiver) {
  drive();
  while (rig.tick % 100 != 60) rig_tick(&rig); /* a request came 9 ms ago */
  uint8_t delta_max = rig.bms.comm.request_rx.delta_max;
  rig.vcm_is_silent = 1;
  tick_after(141); /* 150 ms: one is late */
  ck_assert_uint_eq(rig.bms.comm.request_rx.delta_max, delta_max + 1u);
  tick_after(200); /* 350 ms: three */
  ck_assert_uint_eq(rig.bms.comm.request_rx.delta_max, delta_max + 3u);
  rig_run(&rig, 99);
  ck_assert_uint_eq(rig.bms.comm.request_rx.delta_max, delta_max + 3u);
  rig_tick(&rig);
  ck_assert_uint_eq(rig.bms.comm.request_rx.delta_max, delta_max + 4u);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_deadline");
  TCase *tests = tcase_create("deadline");
  tcase_add_test(tests, one_lost_ms_is_counted_and_forgiven);
  tcase_add_loop_test(tests, late_step_opens_within_a_cycle, 0, 8);
  tcase_add_test(tests, long_gap_drops_all_coils_at_once);
  tcase_add_loop_test(tests, jitter_that_does_not_end_opens, 0, 5);
  tcase_add_test(tests, score_is_sharp);
  tcase_add_test(tests, clock_that_stands_still_opens_and_stops_no_time_out);
  tcase_add_test(tests, counters_count_time);
  tcase_add_test(tests, task_counts_time);
  tcase_add_test(tests, first_task_counts_a_whole_cycle);
  tcase_add_test(tests, gap_of_requests_is_told_to_the_receiver);
  suite_add_tcase(suite, tests);
  return suite;
}
