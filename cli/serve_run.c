/// Runs scenarios on a bus one after another, judges and reports them.
#include "serve_run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/run.h"
#include "../scenarios/runner.h"
#include "cli.h"
#include "outdir.h"
#include "realtime.h"

static void say(void *user, const char *text) {
  (void)user;
  fprintf(stderr, "packsim serve: %s\n", text);
}

static void nothing(void *user, const char *text) {
  (void)user;
  (void)text;
}

static void figure_add(report_figures_t *figures, const char *name, double value) {
  if (figures->count == REPORT_FIGURE_MAX) return;
  figures->figure[figures->count].name = name;
  figures->figure[figures->count++].value = value;
}

static void figures_fill(report_figures_t *to, const serve_figures_t *from) {
  const lateness_t *late = &from->lateness;
  figure_add(to, "paced_ticks", (double)late->count);
  figure_add(to, "late_p50_us", (double)lateness_percentile_us(late, 5000));
  figure_add(to, "late_p99_us", (double)lateness_percentile_us(late, 9900));
  figure_add(to, "late_p99_9_us", (double)lateness_percentile_us(late, 9990));
  figure_add(to, "late_max_us", (double)late->max_us);
  figure_add(to, "overruns", (double)from->overrun_count);
  figure_add(to, "slips", (double)from->slip_count);
  figure_add(to, "slipped_us", (double)from->slip_us);
  figure_add(to, "ecu_wait_max_us", (double)from->wait_us_max);
  figure_add(to, "conversions", (double)from->cut.conversion_count);
  figure_add(to, "late_messages", (double)from->cut.late_count);
  figure_add(to, "missing_messages", (double)from->cut.missing_count);
  figure_add(to, "repeated_messages", (double)from->cut.repeated_count);
  figure_add(to, "foreign_messages", (double)from->cut.foreign_count);
  figure_add(to, "garbage", (double)from->cut.garbage_count);
  figure_add(to, "ecu_lost", (double)from->cut.lost_count);
  figure_add(to, "ecu_seated", (double)from->cut.back_count);
  figure_add(to, "rest_bus_frames", (double)from->cut.rest_bus_count);
  figure_add(to, "ecu_frames", (double)from->cut.told_count);
}

static void tell(const run_result_t *result, const serve_figures_t *figures) {
  const lateness_t *late = &figures->lateness;
  fprintf(stderr,
          "packsim serve: %s: %.1f s, %llu conversions answered, %llu late and %llu missing "
          "messages",
          result->run_name, result->sim_s, (unsigned long long)figures->cut.conversion_count,
          (unsigned long long)figures->cut.late_count,
          (unsigned long long)figures->cut.missing_count);
  if (late->count > 0)
    fprintf(stderr,
            "; late by us: p50 %llu, p99 %llu, p99.9 %llu, max %llu, %llu overruns in %llu ticks",
            (unsigned long long)lateness_percentile_us(late, 5000),
            (unsigned long long)lateness_percentile_us(late, 9900),
            (unsigned long long)lateness_percentile_us(late, 9990),
            (unsigned long long)late->max_us, (unsigned long long)figures->overrun_count,
            (unsigned long long)late->count);
  fputc('\n', stderr);
}

static serve_wish_t command(void *user, hil_t *hil) {
  (void)user;
  (void)hil;
  return cli_realtime_is_paused ? SERVE_PAUSE : SERVE_GO;
}

int serve_run_control(serve_run_t *run) {
  char why[CONTROL_SOCKET_WHY_BYTES];
  int is_usage;
  const control_config_t config = {.path = run->socket_path,
                                   .is_paused = &cli_realtime_is_paused,
                                   .say = run->is_quiet ? nothing : say};
  if (run->socket_path == NULL) return CLI_OK;
  run->control = control_open(&config, &is_usage, why);
  if (run->control != NULL) return CLI_OK;
  (void)cli_usage("serve", "--control: %s", why);
  return is_usage ? CLI_USAGE : CLI_MISSING;
}

static int error_set(run_result_t *result, const char *text) {
  result->verdict = VERDICT_ERROR;
  snprintf(result->error, sizeof result->error, "%.239s", text);
  return CLI_OK;
}

/// The scenario's ticks, with commands between them where there is a socket.
static void run_ticks(serve_run_t *run, scenario_t *point, serve_t *serve,
                      const run_options_t *run_options, run_result_t *result) {
  scenario_error_t error;
  if (run->control == NULL) {
    run_scenario(point, run_options, result);
    return;
  }
  scenario_run_t *ticks = run_open(point, run_options, result);
  if (ticks == NULL) return;
  const control_run_t commanded = {.point = point,
                                   .run = ticks,
                                   .serve = serve,
                                   .out_dir = run_options->out_dir,
                                   .rate_permille = run->is_stepped ? 0 : run->rate_permille,
                                   .has_bus = !run->is_inproc};
  int is_bad = control_begin(run->control, &commanded) != 0;
  if (is_bad) snprintf(error.text, sizeof error.text, "control.jsonl: cannot be created");
  while (!is_bad && run_tick(ticks) == 0) continue;
  if (!is_bad) is_bad = control_finish(run->control, &error) != 0;
  run_close(ticks);
  if (is_bad) (void)error_set(result, error.text);
  control_tell(run->control, result);
}

static int run_at(serve_run_t *run, scenario_t *point, run_result_t *result,
                  report_figures_t *figures) {
  char dir[700];
  const serve_config_t config = {.bus = run->bus,
                                 .session = run->session,
                                 .timeout_ms = (uint16_t)run->timeout_ms,
                                 .rate_permille = run->rate_permille,
                                 .is_stepped = run->is_stepped,
                                 .is_fd = run->is_fd,
                                 .has_no_seat = run->has_no_seat,
                                 .bench = run->bench,
                                 .vehicle_is_elsewhere = point->plan->rest_bus == RESTBUS_NONE,
                                 .wait_s = (uint32_t)run->wait_s,
                                 .is_judged_at_stop = run->is_free,
                                 .stop = &cli_realtime_stop,
                                 .command = run->control != NULL ? control_command : command,
                                 .wait = run->control != NULL ? control_wait : NULL,
                                 .user = run->control,
                                 .words = {.line = run->is_quiet ? nothing : say}};
  if (++run->session == 0) run->session = 1;
  const int is_written = run->out != NULL && point->record_level != RECORD_NONE;
  snprintf(dir, sizeof dir, "%s/%s", is_written ? run->out : "", point->run_name);
  if (is_written && outdir_make(dir)) return error_set(result, "its folder cannot be made");
  serve_t *serve = serve_open(&config);
  if (serve == NULL) return error_set(result, "no memory");
  const run_options_t run_options = {.out_dir = is_written ? dir : NULL,
                                     .record_level = point->record_level,
                                     .port = serve_port(serve),
                                     .guest = serve_guest(serve),
                                     .live =
                                         run->control != NULL ? control_live(run->control) : NULL,
                                     .mark = run->control != NULL ? control_mark : NULL,
                                     .frame = run->control != NULL ? control_frame : NULL,
                                     .watch_user = run->control};
  const double begin_s = runner_clock_s();
  run_ticks(run, point, serve, &run_options, result);
  result->wall_s = runner_clock_s() - begin_s;
  const serve_figures_t got = serve_figures(serve);
  serve_close(serve);
  figures_fill(figures, &got);
  if (got.nobody_came) {
    (void)cli_usage("serve", "%s: no ECU came within %u s, allowed one: packsim ecu --bus %s",
                    run->url, (unsigned)run->wait_s, run->url);
    return CLI_MISSING;
  }
  if (!run->is_quiet) tell(result, &got);
  return CLI_OK;
}

/* All are checked before the first one begins. */
static int points_check(serve_run_t *run) {
  char why[300];
  scenario_error_t error;
  for (uint32_t i = 0; i < run->collect.point_count; i++) {
    scenario_t *point = collect_point_make(&run->collect, &run->request, i, &error);
    if (point == NULL) return cli_usage("serve", "%s", error.text);
    const int is_allowed = run->is_inproc || serve_allows(point, why, sizeof why) == 0;
    if (!is_allowed) (void)cli_usage("serve", "%s: %s", point->run_name, why);
    scenario_free(point);
    if (!is_allowed) return CLI_USAGE;
  }
  return CLI_OK;
}

static void results_begin(serve_run_t *run) {
  for (uint32_t i = 0; i < run->collect.point_count; i++) {
    const collect_point_t *point = &run->collect.point[i];
    const scenario_t *scenario = run->collect.scenario[point->scenario_index].scenario;
    run_result_t *result = &run->results[i];
    snprintf(result->scenario_id, sizeof result->scenario_id, "%s", scenario->id);
    snprintf(result->run_name, sizeof result->run_name, "%s", point->run_name);
    snprintf(result->title, sizeof result->title, "%s", scenario->title);
    snprintf(result->file, sizeof result->file, "%s", scenario->file);
    result->seed = point->seed;
    result->scenario_hash = point->hash;
    result->verdict = VERDICT_SKIPPED;
    snprintf(result->error, sizeof result->error, "was not run");
    run->replay_file[i] = scenario->file;
    run->resolved[i] = point->text;
  }
  snprintf(run->command, sizeof run->command, "packsim serve %s%s%s%s",
           run->is_inproc ? "--ecu inproc" : "--bus ", run->is_inproc ? "" : run->url,
           run->is_classic ? " --classic" : "", run->is_stepped ? " --stepped" : "");
  run->report.dir = run->out;
  run->report.suite_title = run->collect.title;
  run->report.replay_file = run->replay_file;
  run->report.replay_options = "";
  run->report.resolved = run->resolved;
  run->report.command = run->command;
  run->report.result = run->results;
  run->report.result_count = run->collect.point_count;
  run->report.figures = run->figures;
  run->report.worker_count = 1;
}

static int verdict_code(const serve_run_t *run) {
  for (uint32_t i = 0; i < run->collect.point_count; i++)
    if (run->results[i].verdict != VERDICT_PASS) return CLI_FAILED;
  return CLI_OK;
}

static int points_run(serve_run_t *run) {
  scenario_error_t error;
  int status = CLI_OK;
  const double begin_s = runner_clock_s();
  for (uint32_t i = 0; i < run->collect.point_count && status == CLI_OK && !cli_realtime_stop;
       i++) {
    scenario_t *point = collect_point_make(&run->collect, &run->request, i, &error);
    if (point == NULL) {
      (void)error_set(&run->results[i], error.text);
      continue;
    }
    point->record_is_set = 1;
    point->record_level = run->collect.point[i].record_level;
    status = run_at(run, point, &run->results[i], &run->figures[i]);
    scenario_free(point);
  }
  run->report.wall_s = runner_clock_s() - begin_s;
  run->report.is_complete = status == CLI_OK && !cli_realtime_stop;
  return status;
}

int serve_run_all(serve_run_t *run) {
  int status = points_check(run);
  if (status) return status;
  if (run->out != NULL) {
    status = outdir_prepare("serve", run->out, (uint32_t)run->keep_count, run->is_quiet);
    if (status) return status;
  }
  results_begin(run);
  status = points_run(run);
  if (status) return status;
  if (run->out != NULL) status = reports_write("serve", &run->report);
  if (!run->is_quiet || verdict_code(run))
    report_table(&run->report, stdout, isatty(STDOUT_FILENO));
  return status ? status : verdict_code(run);
}
