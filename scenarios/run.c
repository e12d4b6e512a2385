/// Runs one scenario point: stimuli, tick, judgement, recording, result.
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/pinout_text.h"
#include "line_alloc.h"
#include "names.h"
#include "run_state.h"
#include "../sim/rare.h"

enum { TICK_us = 1000, SECOND_us = 1000000, MARK_BYTES = 240, RESULT_TEXT_BYTES = 232 };

static const double J_PER_WH = 3600.0;

/* ---- time line ---- */

RARE static int fail_run(run_t *run, const char *what, const char *why) {
  run->result->verdict = VERDICT_ERROR;
  snprintf(run->result->error, sizeof run->result->error, "%s: %s", what, why);
  return -1;
}

/// Somebody wants it to end: what was recorded stays, nothing is judged.
RARE static int stop_run(run_t *run, double now_s, double end_s) {
  run->result->verdict = VERDICT_SKIPPED;
  snprintf(run->result->error, sizeof run->result->error,
           "stopped at %.0f s of a run of at most %.0f s", now_s, end_s);
  return -1;
}

APART static int mark(run_t *run, const char *kind, const char *name, const char *detail) {
  char text[MARK_BYTES];
  run->is_triggered = 1;
  if (run->options->mark != NULL) {
    run->options->mark(run->options->watch_user, run->hil->now_us, kind, name, detail);
  }
  if (run->recorder == NULL) {
    return 0;
  }
  story_mark(run->story, run->hil->now_us, kind, name, detail);
  snprintf(text, sizeof text, "%s %s%s%s", kind, name, detail[0] != '\0' ? " " : "", detail);
  if (recorder_mark(run->recorder, run->hil->now_us, text) == RECORDER_OK) {
    return 0;
  }
  return fail_run(run, "recording", recorder_error());
}

static int mark_dtc(run_t *run, const bms_event_t *event) {
  char signal[64], place[48], where[16];
  const char *name = dtc_name(event->code);
  int is_set = event->kind == BMS_EVENT_DTC_SET;
  snprintf(signal, sizeof signal, "dtc.%s.location", name);
  place[0] = '\0';
  if (is_set && names_word(signal, event->detail, where, sizeof where) == 0 &&
      event->detail != BMS_NO_LOCATION) {
    snprintf(place, sizeof place, "at %s", where);
  }
  if (is_set && run->result->dtc_set_count++ == 0) {
    snprintf(run->result->dtc_first, sizeof run->result->dtc_first, "%s", name);
  }
  return mark(run, is_set ? "DTC" : "DTC cleared", name, place);
}

APART static int mark_ecu_events(run_t *run) {
  const bms_out_t *out = &run->hil->out;
  char word[40];
  for (uint32_t i = 0; i < out->event_count && i < BMS_EVENT_MAX; i++) {
    const bms_event_t *event = &out->event[i];
    int status = 0;
    if (event->kind == BMS_EVENT_STATE) {
      if (names_word("bms.state", event->code, word, sizeof word) != 0) {
        word[0] = '\0';
      }
      status = mark(run, "state", word, "");
    } else if (event->kind == BMS_EVENT_DTC_SET || event->kind == BMS_EVENT_DTC_CLEARED) {
      status = mark_dtc(run, event);
    }
    if (status != 0) {
      return -1;
    }
  }
  return 0;
}

/* ---- step 1: stimuli ---- */

APART static void apply_sets(run_t *run, uint32_t first, uint32_t count) {
  int profile = plan_begin_sets(run->plan, first, count, &run->courses, run->hil);
  if (profile > 0) {
    run->profile_is_wanted = 1;
  }
  if (profile < 0) {
    run->profile_is_wanted = 0;
    run->profile_us = UINT64_MAX;
    run->hil->stimulus.current_A = 0.0;
  }
}

/// What somebody does by hand in this step of the tick.
static int take_by_hand(run_t *run, live_step_t step) {
  char text[LIVE_TEXT_BYTES];
  uint32_t at = 0;
  const char *kind;
  if (run->live == NULL) {
    return 0;
  }
  while ((kind = live_apply(run->live, step, &at, &run->courses, run->hil, text)) != NULL) {
    if (mark(run, kind, text, "") != 0) {
      return -1;
    }
  }
  return 0;
}

/// Faults of the scenario that somebody clears by hand end in this tick.
static void clear_by_hand(run_t *run) {
  int32_t event = -1;
  while (run->live != NULL && (event = live_next_cleared(run->live, run->hil->now_us)) >= 0) {
    run->fault_end_us[event] = run->hil->now_us;
    run->next_fault_end_us = run->hil->now_us;
  }
}

APART static int begin_event(run_t *run, uint16_t index) {
  const plan_event_t *event = &run->plan->event[index];
  if (event->set_count > 0) {
    apply_sets(run, event->set_first, event->set_count);
  }
  if (!event->has_fault) {
    return mark(run, "event", event->id, "");
  }
  const fault_t *fault = course_begin_fault(&run->courses, run->plan, index, run->hil->now_us);
  if (faults_apply(run->hil, fault, 1) != 0) {
    return fail_run(run, event->id, "the fault cannot be applied");
  }
  if (event->for_us > 0) {
    run->fault_end_us[index] = run->hil->now_us + event->for_us;
    if (run->fault_end_us[index] < run->next_fault_end_us) {
      run->next_fault_end_us = run->fault_end_us[index];
    }
  }
  return mark(run, "fault", event->id, "begins");
}

APART static int end_faults(run_t *run) {
  run->next_fault_end_us = UINT64_MAX;
  for (uint32_t i = 0; i < run->plan->event_count; i++) {
    if (run->fault_end_us[i] > run->hil->now_us) {
      if (run->fault_end_us[i] < run->next_fault_end_us) {
        run->next_fault_end_us = run->fault_end_us[i];
      }
      continue;
    }
    run->fault_end_us[i] = UINT64_MAX;
    (void)faults_apply(run->hil, course_end_fault(&run->courses, i), 0);
    if (mark(run, "fault", run->plan->event[i].id, "ends") != 0) {
      return -1;
    }
  }
  return 0;
}

/// The measured current runs from when the car may draw it.
APART static void follow_profile(run_t *run) {
  hil_t *hil = run->hil;
  if (run->profile_us == UINT64_MAX) {
    int is_ready = hil->vcm.bms_is_alive && hil->vcm.bms_state == BMS_STATE_DRIVE;
    if (!is_ready && hil->stimulus.load_is_gated) {
      return;
    }
    run->profile_us = hil->now_us;
    judge_profile_begins(run->judge, hil->now_us);
  }
  double time_s = (double)(hil->now_us - run->profile_us) * 1e-6;
  hil->stimulus.current_A = soul_drive_current_A(run->drive, time_s);
}

static int stimulate(run_t *run) {
  uint16_t event[JUDGE_NOTE_MAX];
  const scenario_plan_t *plan = run->plan;
  hil_t *hil = run->hil;
  while (run->next_step < plan->step_count && plan->step[run->next_step].at_us <= hil->now_us) {
    const plan_step_t *step = &plan->step[run->next_step++];
    apply_sets(run, step->set_first, step->set_count);
    run->is_triggered = 1;
  }
  if (take_by_hand(run, LIVE_STEP_LOADS) != 0) {
    return -1;
  }
  clear_by_hand(run);
  if (hil->now_us >= run->next_fault_end_us && end_faults(run) != 0) {
    return -1;
  }
  if (take_by_hand(run, LIVE_STEP_FAULT_ENDS) != 0) {
    return -1;
  }
  uint32_t count = judge_events(run->judge, hil, event);
  for (uint32_t i = 0; i < count; i++) {
    if (begin_event(run, event[i]) != 0) {
      return -1;
    }
  }
  if (take_by_hand(run, LIVE_STEP_FAULTS) != 0) {
    return -1;
  }
  if (run->profile_is_wanted) {
    follow_profile(run);
  }
  if (course_follow(&run->courses, plan, hil) != 0) {
    return fail_run(run, "course", "a fault's value cannot be applied");
  }
  return 0;
}

/* ---- other ECUs ---- */

RARE static int fail_ecu(run_t *run) {
  char text[RESULT_TEXT_BYTES];
  snprintf(text, sizeof text, "tick %llu: %.200s", (unsigned long long)run->hil->tick,
           ecu_seats_error(run->seats));
  return fail_run(run, "ecu", text);
}

static int open_seats(run_t *run, hil_config_t *config) {
  const run_options_t *options = run->options;
  char path[700];
  int is_logged = options->ecu_is_logged && options->out_dir != NULL;
  if (options->ecu == NULL && !is_logged) {
    return 0;
  }
  static const ecu_list_t alone = {.place = {{.kind = ECU_INPROC, .name = "inproc"}}, .count = 1};
  ecu_seats_config_t seats = {.list = options->ecu != NULL ? options->ecu : &alone,
                              .log_path = is_logged ? path : NULL,
                              .hang_ms = options->ecu_hang_ms};
  snprintf(path, sizeof path, "%s/ecu.log.gz", is_logged ? options->out_dir : "");
  run->seats = ecu_seats_open(&seats);
  if (run->seats == NULL) {
    return fail_run(run, "run", "no memory");
  }
  config->seat = ecu_seats_port(run->seats);
  return ecu_seats_error(run->seats) != NULL ? fail_run(run, "ecu", ecu_seats_error(run->seats))
                                             : 0;
}

/* ---- steps 6 and 7 ---- */

static int take_frames(run_t *run) {
  can_mem_rx_t rx;
  while (hil_next_frame(run->hil, &rx)) {
    if (run->joined != NULL) {
      joined_give(run->joined, &rx);
    }
    if (run->options->frame != NULL) {
      run->options->frame(run->options->watch_user, &rx);
    }
    if (run->recorder != NULL && recorder_frame(run->recorder, &rx) != RECORDER_OK) {
      return fail_run(run, "recording", recorder_error());
    }
  }
  return 0;
}

static int judge_and_publish(run_t *run) {
  uint16_t check[JUDGE_NOTE_MAX];
  uint32_t count = judge_tick(run->judge, run->hil, check);
  for (uint32_t i = 0; i < count; i++) {
    const char *id = run->plan->check[check[i]].id;
    if (mark(run, "check", id, judge_check_text(run->judge, check[i])) != 0) {
      return -1;
    }
  }
  if (run->hil->out.event_count > 0 && mark_ecu_events(run) != 0) {
    return -1;
  }
  if (run->recorder == NULL ||
      recorder_tick(run->recorder, run->hil, run->is_triggered) == RECORDER_OK) {
    return 0;
  }
  return fail_run(run, "recording", recorder_error());
}

/// The cycles of the load are over: none is driven, waits or is still to come.
static int cycles_are_done(const run_t *run) {
  const hil_t *hil = run->hil;
  return hil->drive_has_begun && hil->now_us > run->plan->last_cycle_us &&
         hil->stimulus.cycle == NULL && vehicle_is_done(&hil->vehicle, hil->now_us);
}

static int is_at_end(run_t *run) {
  const scenario_plan_t *plan = run->plan;
  uint64_t now_us = run->hil->now_us;
  if (now_us >= plan->end_us) {
    return 1;
  }
  if (plan->end_after != PLAN_NONE) {
    uint64_t mark_us = judge_mark_us(run->judge, plan->end_after);
    return mark_us != UINT64_MAX && now_us >= mark_us + plan->end_plus_us;
  }
  if (!plan->end_with_cycle || !cycles_are_done(run)) {
    run->cycle_done_us = UINT64_MAX;
    return 0;
  }
  if (run->cycle_done_us == UINT64_MAX) {
    run->cycle_done_us = now_us;
  }
  return now_us >= run->cycle_done_us + plan->end_plus_us;
}

/// RUN_GO, or how the port ends the run here.
static int ask_port(run_t *run) {
  const run_port_t *port = run->options->port;
  int wish = port != NULL ? port->boundary(port->user, run->hil) : RUN_GO;
  if (wish == RUN_GO) {
    return RUN_GO;
  }
  run->is_over = 1;
  if (wish == RUN_END || port->is_judged_at_stop) {
    return RUN_END;
  }
  (void)stop_run(run, (double)run->hil->now_us * 1e-6, (double)run->plan->end_us * 1e-6);
  return RUN_STOP;
}

static int tick(run_t *run) {
  run->is_triggered = 0;
  int wish = ask_port(run);
  if (wish != RUN_GO) {
    return wish == RUN_END ? 0 : -1;
  }
  if (stimulate(run) != 0) {
    return -1;
  }
  bus_log_send(&run->plan->bus_log, run->plan->bus_log_at_us, &run->next_frame, run->hil);
  if (run->joined != NULL) {
    joined_take(run->joined, run->hil);
  }
  hil_status_t status = hil_step(run->hil);
  if (status == HIL_ERR_ECU) {
    return fail_ecu(run);
  }
  if (status != HIL_OK) {
    return fail_run(run, "plant", "a state became non-finite; the run stops at its last good tick");
  }
  if (take_frames(run) != 0 || judge_and_publish(run) != 0) {
    return -1;
  }
  if (run->options->progress != NULL && run->hil->now_us % SECOND_us == 0) {
    double now_s = (double)run->hil->now_us * 1e-6, end_s = (double)run->plan->end_us * 1e-6;
    if (run->options->progress(run->options->progress_user, now_s, end_s) != 0) {
      return stop_run(run, now_s, end_s);
    }
  }
  if (run->joined != NULL) {
    joined_wait(run->joined, run->hil->now_us);
  }
  hash_log_tick(&run->hash_log, run->hil->now_us, run->hil->trace_hash, run->hil->output_hash);
  run->is_over = is_at_end(run) ? 1 : 0;
  return 0;
}

/* ---- begin and end ---- */

static int load_drive(run_t *run) {
  char path[512], reason[200];
  run->drive = calloc(1, sizeof *run->drive);
  if (run->drive == NULL) {
    return fail_run(run, "measured drive", "no memory");
  }
  soul_drive_path(NULL, path, sizeof path);
  soul_drive_status_t status = soul_drive_load(path, run->drive, reason, sizeof reason);
  if (status == SOUL_DRIVE_OK) {
    return 0;
  }
  fail_run(run, "measured drive", reason);
  if (status == SOUL_DRIVE_ERR_ABSENT && run->plan->skip_without_data) {
    run->result->verdict = VERDICT_SKIPPED;
  }
  return -1;
}

static int open_recorder(run_t *run) {
  const scenario_t *scenario = run->scenario;
  recorder_config_t config = {.dir = run->options->out_dir,
                              .run_name = scenario->run_name,
                              .scenario_id = scenario->id,
                              .seed = run->plan->seed,
                              .level = run->options->record_level};
  if (scenario->record_is_set) {
    config.level = scenario->record_level;
  }
  if (config.dir == NULL || config.level == RECORD_NONE) {
    return 0;
  }
  run->story = story_open();
  if (run->story == NULL) {
    return fail_run(run, "recording", "no memory");
  }
  if (recorder_open(&run->recorder, &config, run->hil) == RECORDER_OK) {
    if (hash_log_open(&run->hash_log, config.dir) == 0) {
      return 0;
    }
    return fail_run(run, "recording", "hashes.csv: cannot be created");
  }
  return fail_run(run, "recording", recorder_error());
}

static int open_joined(run_t *run) {
  char text[RESULT_TEXT_BYTES];
  if (!run->options->is_realtime) {
    return 0;
  }
  run->joined = joined_open(run->options->bus_url, text, sizeof text);
  return run->joined != NULL ? 0 : fail_run(run, "bus", text);
}

static int begin(run_t *run) {
  const scenario_plan_t *plan = run->plan;
  hil_config_t config = {.pack = &plan->pack,
                         .cell = &plan->cell,
                         .hv = hv_params_soul_ev(),
                         .seed = plan->seed,
                         .dt_us = TICK_us,
                         .time_start_ms = plan->time_start_ms,
                         .can_is_fd = plan->can_is_fd,
                         .rest_bus = (restbus_kind_t)plan->rest_bus,
                         .guest = run->options->guest};
  signals_init();
  run->hil = line_alloc(sizeof *run->hil);
  run->fault_end_us = malloc((plan->event_count + 1) * sizeof *run->fault_end_us);
  if (run->hil == NULL || run->fault_end_us == NULL || course_open(&run->courses, plan) != 0) {
    return fail_run(run, "run", "no memory");
  }
  for (uint32_t i = 0; i < plan->event_count; i++) {
    run->fault_end_us[i] = UINT64_MAX;
  }
  if (plan->needs_soul_drive && load_drive(run) != 0) {
    return -1;
  }
  run->judge = judge_open(plan, run->drive);
  if (run->judge == NULL) {
    return fail_run(run, "run", "no memory");
  }
  if (open_seats(run, &config) != 0) {
    return -1;
  }
  hil_status_t status = hil_init(run->hil, &config);
  if (status == HIL_ERR_ECU) {
    return fail_ecu(run);
  }
  if (status != HIL_OK) {
    return fail_run(run, "pack", "its start values are out of range");
  }
  run->hil->stimulus.supply_V = plan->stimulus.supply_V;
  run->hil->stimulus.ambient_degC = plan->stimulus.ambient_degC;
  run->hil->stimulus.inlet_degC = plan->stimulus.inlet_degC;
  plan_set_sensors(plan, run->hil);
  return open_recorder(run) == 0 ? open_joined(run) : -1;
}

static double mean_soc_pct(const hil_t *hil) {
  double sum = 0.0;
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) {
    sum += pack_cell_soc(&hil->pack, c);
  }
  return 100.0 * sum / PACK_CELL_COUNT;
}

static void fill_result(run_t *run) {
  const hil_t *hil = run->hil;
  run_result_t *result = run->result;
  int32_t ledger = signals_find("phys.vehicle.ledger_error_pct");
  result->output_hash = hil->output_hash;
  result->trace_hash = hil->trace_hash;
  result->tick_count = hil->tick;
  result->sim_s = (double)hil->now_us * 1e-6;
  result->soc_end_pct = mean_soc_pct(hil);
  result->distance_m = hil->vehicle.ledger.distance_m;
  result->pack_Wh = hil->pack_J / J_PER_WH;
  if (ledger >= 0) {
    result->ledger_error_pct = signals_read(signals_at((uint32_t)ledger), hil);
  }
}

/// What the report tells of the run.
static void write_story(run_t *run) {
  story_end_t end = {
      .plan = run->plan, .judge = run->judge, .hil = run->hil, .run_name = run->scenario->run_name};
  if (run->recorder != NULL && story_write(run->story, &end, run->options->out_dir) != 0 &&
      run->result->verdict != VERDICT_ERROR) {
    fail_run(run, "recording", "story.json: cannot be written: is the disk full?");
  }
  story_close(run->story);
}

static void end(run_t *run) {
  write_story(run);
  if (run->recorder != NULL && recorder_close(run->recorder) != RECORDER_OK &&
      run->result->verdict != VERDICT_ERROR) {
    fail_run(run, "recording", recorder_error());
  }
  if (hash_log_close(&run->hash_log) != 0 && run->result->verdict != VERDICT_ERROR) {
    fail_run(run, "recording", "hashes.csv: cannot be written: is the disk full?");
  }
  if (run->seats != NULL && ecu_seats_close(run->seats, NULL) != 0 &&
      run->result->verdict != VERDICT_ERROR) {
    fail_run(run, "recording", "ecu.log.gz: cannot be written: is the disk full?");
  }
  judge_close(run->judge);
  joined_close(run->joined);
  free(run->drive);
  free(run->fault_end_us);
  course_close(&run->courses);
  free(run->hil);
}

static void describe(const scenario_t *scenario, run_result_t *result) {
  memset(result, 0, sizeof *result);
  snprintf(result->scenario_id, sizeof result->scenario_id, "%s", scenario->id);
  snprintf(result->run_name, sizeof result->run_name, "%s", scenario->run_name);
  snprintf(result->title, sizeof result->title, "%s", scenario->title);
  snprintf(result->file, sizeof result->file, "%s", scenario->file);
  result->seed = scenario->seed;
  result->scenario_hash = scenario->hash;
  result->sweep_count = scenario->sweep_count;
  memcpy(result->sweep, scenario->sweep, sizeof result->sweep);
}

run_t *run_open(const scenario_t *scenario, const run_options_t *options, run_result_t *result) {
  run_t *run = calloc(1, sizeof *run);
  describe(scenario, result);
  if (run == NULL) {
    result->verdict = VERDICT_ERROR;
    snprintf(result->error, sizeof result->error, "run: no memory");
    return NULL;
  }
  *run = (run_t){.scenario = scenario,
                 .plan = scenario->plan,
                 .options = options,
                 .result = result,
                 .live = options->live,
                 .next_fault_end_us = UINT64_MAX,
                 .profile_us = UINT64_MAX,
                 .cycle_done_us = UINT64_MAX};
  if (scenario->plan == NULL) {
    run->status = fail_run(run, scenario->id, "a file is no point: scenario_point makes one");
    return run;
  }
  run->status = begin(run);
  if (run->status == 0) {
    result->soc_start_pct = mean_soc_pct(run->hil);
  }
  return run;
}

int run_tick(run_t *run) {
  if (run->status == 0 && !run->is_over) {
    run->status = tick(run);
  }
  return run->status != 0 ? -1 : run->is_over;
}

const hil_t *run_hil(const run_t *run) { return run->hil; }

judge_t *run_judge(const run_t *run) { return run->judge; }

void run_close(run_t *run) {
  if (run->status == 0) {
    judge_finish(run->judge, run->hil, run->result);
  }
  if (run->hil != NULL) {
    fill_result(run);
  }
  end(run);
  free(run);
}

void run_scenario(const scenario_t *scenario, const run_options_t *options, run_result_t *result) {
  run_t *run = run_open(scenario, options, result);
  if (run == NULL) {
    return;
  }
  while (run_tick(run) == 0) {
  }
  run_close(run);
}
