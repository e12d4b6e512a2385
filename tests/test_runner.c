/// The worker pool: results by index, a dead worker's point, interruption, order of dearest first.
#include "../scenarios/runner.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POINTS = 12, DIES = 5, LEAVES = 7 };

static void names(void *user, uint32_t index, run_result_t *result) {
  (void)user;
  snprintf(result->run_name, sizeof result->run_name, "run %u", index);
}

static void run_plain(void *user, uint32_t index, runner_progress_fn progress, void *progress_user,
                      run_result_t *result) {
  names(user, index, result);
  progress(progress_user, 1.5, 3.0);
  result->verdict = index == 3 ? VERDICT_FAIL : VERDICT_PASS;
  result->trace_hash = 1000 + index;
}

static void run_deadly(void *user, uint32_t index, runner_progress_fn progress, void *progress_user,
                       run_result_t *result) {
  progress(progress_user, 1.5, 3.0);
  if (index == DIES) raise(SIGKILL);
  if (index == LEAVES) _exit(9);
  run_plain(user, index, progress, progress_user, result);
}

static void run_stopping(void *user, uint32_t index, runner_progress_fn progress,
                         void *progress_user, run_result_t *result) {
  if (index == 2) {
    kill(getppid(), SIGINT);
    pause();
  }
  run_plain(user, index, progress, progress_user, result);
}

/* Numbers the runs of one worker in the order in which it got them. */
static void run_counting(void *user, uint32_t index, runner_progress_fn progress,
                         void *progress_user, run_result_t *result) {
  static uint64_t turn;
  run_plain(user, index, progress, progress_user, result);
  result->tick_count = ++turn;
}

static double cost_of(void *user, uint32_t index) {
  (void)user;
  static const double cost[] = {1, 5, 1, 9};
  return cost[index];
}

static runner_config_t config_of(uint32_t points, uint32_t workers) {
  return (runner_config_t){.point_count = points,
                           .worker_count = workers,
                           .run = run_plain,
                           .describe = names,
                           .progress_fd = -1};
}

START_TEST(test_results_stand_at_their_index) {
  static run_result_t results[POINTS];
  runner_summary_t summary;
  for (uint32_t workers = 1; workers <= 3; workers++) {
    memset(results, 0xAA, sizeof results);
    runner_config_t config = config_of(POINTS, workers);
    ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
    for (uint32_t i = 0; i < POINTS; i++) ck_assert_uint_eq(results[i].trace_hash, 1000 + i);
    ck_assert_uint_eq(results[3].verdict, VERDICT_FAIL);
    ck_assert_uint_eq(summary.done_count, POINTS);
    ck_assert_uint_eq(summary.failed_count, 1);
  }
}
END_TEST

START_TEST(test_dead_worker_takes_only_its_point) {
  static run_result_t results[POINTS];
  runner_summary_t summary;
  runner_config_t config = config_of(POINTS, 2);
  config.run = run_deadly;
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
  ck_assert_uint_eq(results[DIES].verdict, VERDICT_ERROR);
  ck_assert_ptr_nonnull(strstr(results[DIES].error, "signal 9"));
  ck_assert_ptr_nonnull(strstr(results[DIES].error, "1.5 s"));
  ck_assert_str_eq(results[DIES].run_name, "run 5");
  ck_assert_uint_eq(results[LEAVES].verdict, VERDICT_ERROR);
  ck_assert_ptr_nonnull(strstr(results[LEAVES].error, "status 9"));
  for (uint32_t i = 0; i < POINTS; i++) {
    if (i != DIES && i != LEAVES) ck_assert_uint_eq(results[i].trace_hash, 1000 + i);
  }
  ck_assert_uint_eq(summary.done_count, POINTS);
  ck_assert_uint_eq(summary.failed_count, 3);
}
END_TEST

START_TEST(test_interrupted_run_keeps_what_is_done) {
  static run_result_t results[POINTS];
  runner_summary_t summary;
  runner_config_t config = config_of(POINTS, 1);
  config.run = run_stopping;
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_INTERRUPTED);
  ck_assert_uint_eq(results[1].verdict, VERDICT_PASS);
  ck_assert_uint_eq(results[2].verdict, VERDICT_SKIPPED);
  ck_assert_uint_eq(results[11].verdict, VERDICT_SKIPPED);
  ck_assert_str_eq(results[11].run_name, "run 11");
  ck_assert_uint_eq(summary.done_count, 2);
}
END_TEST

START_TEST(test_dearest_first) {
  static run_result_t results[4];
  runner_summary_t summary;
  runner_config_t config = config_of(4, 1);
  config.run = run_counting;
  config.cost_s = cost_of;
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
  ck_assert_uint_eq(results[3].tick_count, 1);
  ck_assert_uint_eq(results[1].tick_count, 2);
  ck_assert_uint_eq(results[0].tick_count, 3);
  ck_assert_uint_eq(results[2].tick_count, 4);
}
END_TEST

START_TEST(test_no_points_and_many_workers) {
  static run_result_t results[1];
  runner_summary_t summary;
  runner_config_t config = config_of(0, 4);
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
  ck_assert_uint_eq(summary.done_count, 0);
  config = config_of(1, 200);
  ck_assert_uint_eq(runner_workers(&config), 1);
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
  ck_assert_uint_eq(results[0].trace_hash, 1000);
  ck_assert(results[0].wall_s >= 0);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("runner");
  TCase *tcase = tcase_create("pool");
  tcase_add_test(tcase, test_results_stand_at_their_index);
  tcase_add_test(tcase, test_dead_worker_takes_only_its_point);
  tcase_add_test(tcase, test_interrupted_run_keeps_what_is_done);
  tcase_add_test(tcase, test_dearest_first);
  tcase_add_test(tcase, test_no_points_and_many_workers);
  suite_add_tcase(suite, tcase);
  return suite;
}
