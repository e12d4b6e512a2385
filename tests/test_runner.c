/// The worker pool: results by index, dead and hanging workers, interruption, order; the progress.
#include "../scenarios/runner.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../scenarios/runner_progress.h"

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

/* Numbers the runs of one worker in the order in which it got them. */
static void run_counting(void *user, uint32_t index, runner_progress_fn progress,
                         void *progress_user, run_result_t *result) {
  static uint64_t turn;
  run_plain(user, index, progress, progress_user, result);
  result->tick_count = ++turn;
}

static void nap(long time_ms) {
  struct timespec span = {.tv_nsec = time_ms * 1000000};
  nanosleep(&span, NULL);
}

/* Point 2 goes on until it is told to stop, as a run of a scenario does. */
static void run_endless(void *user, uint32_t index, runner_progress_fn progress,
                        void *progress_user, run_result_t *result) {
  run_plain(user, index, progress, progress_user, result);
  double sim_s = 0;
  if (index != 2) return;
  while (!progress(progress_user, sim_s, 1e9)) {
    nap(1);
    sim_s += 1;
  }
  result->verdict = VERDICT_SKIPPED;
  snprintf(result->error, sizeof result->error, "stopped");
}

/* In point 2 the user presses Ctrl-C. */
static void run_stopping(void *user, uint32_t index, runner_progress_fn progress,
                         void *progress_user, run_result_t *result) {
  if (index == 2) kill(getppid(), SIGINT);
  run_endless(user, index, progress, progress_user, result);
}

/* Point 2 hears nothing any more. */
static void run_deaf(void *user, uint32_t index, runner_progress_fn progress, void *progress_user,
                     run_result_t *result) {
  if (index == 2) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGTERM, &ignore, NULL);
    progress(progress_user, 7.5, 9);
    for (;;) pause();
  }
  run_plain(user, index, progress, progress_user, result);
}

/* The same, and the user presses Ctrl-C twice. */
static void run_deaf_twice(void *user, uint32_t index, runner_progress_fn progress,
                           void *progress_user, run_result_t *result) {
  if (index == 2) {
    kill(getppid(), SIGINT);
    nap(20);
    kill(getppid(), SIGTERM);
  }
  run_deaf(user, index, progress, progress_user, result);
}

static void count_calls(void *user) { ++*(uint32_t *)user; }

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
  ck_assert_str_eq(results[2].error, "stopped");
  ck_assert_uint_eq(results[11].verdict, VERDICT_SKIPPED);
  ck_assert_str_eq(results[11].run_name, "run 11");
  ck_assert_uint_eq(summary.done_count, 2);
}
END_TEST

START_TEST(test_point_that_takes_too_long_is_an_error) {
  static run_result_t results[POINTS];
  runner_summary_t summary;
  runner_config_t config = config_of(POINTS, 2);
  config.run = run_endless;
  config.timeout_s = 0.2;
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
  ck_assert_uint_eq(results[2].verdict, VERDICT_ERROR);
  ck_assert_ptr_nonnull(strstr(results[2].error, "0.2 s of wall time that --timeout-s allows"));
  ck_assert_ptr_nonnull(strstr(results[2].error, "ended at about"));
  for (uint32_t i = 0; i < POINTS; i++) {
    if (i != 2) ck_assert_uint_eq(results[i].trace_hash, 1000 + i);
  }
  ck_assert_uint_eq(summary.done_count, POINTS);
  ck_assert_uint_eq(summary.stopped_count, 0);
}
END_TEST

START_TEST(test_point_that_hangs_is_killed) {
  static run_result_t results[POINTS];
  runner_summary_t summary;
  runner_config_t config = config_of(POINTS, 1);
  config.run = run_deaf;
  config.timeout_s = 0.2;
  config.grace_s = 0.2;
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
  ck_assert_uint_eq(results[2].verdict, VERDICT_ERROR);
  ck_assert_ptr_nonnull(strstr(results[2].error, "killed at about 7.5 s"));
  ck_assert_uint_eq(results[11].trace_hash, 1011);
  ck_assert_uint_eq(summary.done_count, POINTS);
}
END_TEST

START_TEST(test_fail_fast_ends_everything) {
  static run_result_t results[POINTS];
  runner_summary_t summary;
  runner_config_t config = config_of(POINTS, 2);
  config.run = run_endless; /* point 3 fails while point 2 goes on */
  config.fail_fast = 1;
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
  ck_assert_uint_eq(results[3].verdict, VERDICT_FAIL);
  ck_assert_uint_eq(results[2].verdict, VERDICT_SKIPPED);
  ck_assert_str_eq(results[2].error, "stopped");
  ck_assert_uint_eq(results[11].verdict, VERDICT_SKIPPED);
  ck_assert_str_eq(results[11].error, "was not run");
  ck_assert_uint_eq(summary.failed_count, 1);
  ck_assert_uint_eq(summary.stopped_count, 1);
  ck_assert_uint_lt(summary.done_count, POINTS - 1);
}
END_TEST

START_TEST(test_second_signal_kills_at_once) {
  static run_result_t results[POINTS];
  runner_summary_t summary;
  runner_config_t config = config_of(POINTS, 1);
  config.run = run_deaf_twice;
  config.grace_s = 30;
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_INTERRUPTED);
  ck_assert_uint_eq(results[1].verdict, VERDICT_PASS);
  ck_assert_uint_eq(results[2].verdict, VERDICT_SKIPPED);
  ck_assert_ptr_nonnull(strstr(results[2].error, "killed"));
  ck_assert(summary.wall_s < 20);
}
END_TEST

START_TEST(test_death_is_named) {
  ck_assert_str_eq(runner_signal_name(SIGSEGV), "SIGSEGV");
  ck_assert_str_eq(runner_signal_name(SIGABRT), "SIGABRT");
  static run_result_t results[POINTS];
  runner_summary_t summary;
  uint32_t kept_count = 0;
  runner_config_t config = config_of(POINTS, 2);
  config.run = run_deadly;
  config.user = &kept_count;
  config.keep = count_calls; /* not for what takes less than five seconds */
  ck_assert_int_eq(runner_run(&config, results, &summary), RUNNER_OK);
  ck_assert_ptr_nonnull(strstr(results[DIES].error, "SIGKILL"));
  ck_assert_uint_eq(kept_count, 0);
}
END_TEST

/* ---- progress ---- */

static const runner_figures_t figures = {.done_count = 123,
                                         .point_count = 496,
                                         .failed_count = 2,
                                         .elapsed_s = 10,
                                         .cost_done_s = 5000,
                                         .cost_all_s = 70000,
                                         .cost_is_simulated = 1,
                                         .running = "OW-001.wire.A12"};

START_TEST(test_progress_line_fits_its_width) {
  char text[RUNNER_PROGRESS_BYTES];
  runner_progress_text(&figures, 200, text);
  ck_assert_str_eq(text,
                   "123/496 done, 2 failed, about 2 min 10 s left, 10 s elapsed, 500x real time, "
                   "at OW-001.wire.A12");
  for (uint32_t width = 0; width < 120; width++) {
    uint32_t length = runner_progress_text(&figures, width, text);
    ck_assert_uint_eq(length, strlen(text));
    ck_assert_uint_lt(length, width > 20 ? width : 20);
    ck_assert(strncmp(text, "123/496 done, 2 failed", length < 22 ? length : 22) == 0);
  }
  runner_progress_text(&figures, 50, text);
  ck_assert_str_eq(text, "123/496 done, 2 failed, about 2 min 10 s left");
}
END_TEST

START_TEST(test_progress_times) {
  char text[RUNNER_PROGRESS_BYTES];
  runner_figures_t slow = figures;
  slow.cost_done_s = 100;
  slow.elapsed_s = 119.4;
  runner_progress_text(&slow, 200, text);
  ck_assert_ptr_nonnull(strstr(text, "about 23 h 11 min left, 119 s elapsed, 1x"));
  slow.cost_done_s = 0; /* nothing is known yet */
  runner_progress_text(&slow, 200, text);
  ck_assert_ptr_null(strstr(text, "left"));
}
END_TEST

static void drawn(int is_terminal, double period_s, char text[4000]) {
  int ends[2];
  ck_assert_int_eq(pipe(ends), 0);
  runner_progress_t progress = {
      .fd = ends[1], .is_terminal = (uint8_t)is_terminal, .period_s = period_s};
  run_result_t *bad = calloc(1, sizeof *bad);
  ck_assert_ptr_nonnull(bad);
  bad->verdict = VERDICT_ERROR;
  snprintf(bad->run_name, sizeof bad->run_name, "R.1");
  snprintf(bad->error, sizeof bad->error, "why");
  runner_figures_t now = figures;
  for (int tenth = 1; tenth <= 295; tenth++) {
    now.elapsed_s = 0.1 * tenth;
    runner_progress_draw(&progress, &now);
  }
  for (int i = 0; i < 30; i++) runner_progress_name(&progress, bad);
  runner_progress_end(&progress);
  close(ends[1]);
  size_t bytes = 0;
  for (ssize_t count; (count = read(ends[0], text + bytes, 3999 - bytes)) > 0;)
    bytes += (size_t)count;
  text[bytes] = 0;
  close(ends[0]);
  free(bad);
}

static uint32_t count_of(const char *text, const char *part) {
  uint32_t count = 0;
  for (; (text = strstr(text, part)) != NULL; text++) count++;
  return count;
}

START_TEST(test_progress_in_a_pipe) {
  char text[4000];
  drawn(0, 0, text);
  ck_assert_uint_eq(count_of(text, "123/496 done"), 2); /* at 10 and 20 s */
  ck_assert_uint_eq(count_of(text, "error R.1: why\n"), 20);
  ck_assert_uint_eq(count_of(text, "more in the table\n"), 1);
  ck_assert_ptr_null(strchr(text, '\r'));
  drawn(0, 4.95, text);
  ck_assert_uint_ge(count_of(text, "123/496 done"), 5);
}
END_TEST

START_TEST(test_progress_on_a_terminal) {
  static char text[40000];
  int ends[2];
  ck_assert_int_eq(pipe(ends), 0);
  runner_progress_t progress = {.fd = ends[1], .is_terminal = 1};
  runner_figures_t now = figures;
  for (int tenth = 1; tenth <= 100; tenth++) {
    now.elapsed_s = 0.1 * tenth;
    runner_progress_draw(&progress, &now);
  }
  runner_progress_end(&progress);
  close(ends[1]);
  ssize_t count = read(ends[0], text, sizeof text - 1);
  close(ends[0]);
  ck_assert_int_gt(count, 0);
  text[count] = 0;
  ck_assert_uint_ge(count_of(text, "\r\033[K123/496"), 25); /* four a second, or nearly */
  ck_assert_uint_le(count_of(text, "\r\033[K123/496"), 41);
  ck_assert_ptr_null(strchr(text, '\n'));
  ck_assert_str_eq(text + count - 4, "\r\033[K");
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
  tcase_add_test(tcase, test_point_that_takes_too_long_is_an_error);
  tcase_add_test(tcase, test_point_that_hangs_is_killed);
  tcase_add_test(tcase, test_fail_fast_ends_everything);
  tcase_add_test(tcase, test_second_signal_kills_at_once);
  tcase_add_test(tcase, test_death_is_named);
  suite_add_tcase(suite, tcase);
  tcase = tcase_create("progress");
  tcase_add_test(tcase, test_progress_line_fits_its_width);
  tcase_add_test(tcase, test_progress_times);
  tcase_add_test(tcase, test_progress_in_a_pipe);
  tcase_add_test(tcase, test_progress_on_a_terminal);
  suite_add_tcase(suite, tcase);
  return suite;
}
