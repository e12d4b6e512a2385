/// Commands over time: run, step, wait, pause; checkpoints; the run's state and end.
#include <stdlib.h>
#include <string.h>

#include "../sim/cut_belief.h"

#include "control_state.h"
#include "judge_probe.h"

enum { TICK_us = 1000, RATE_permille = 1000 };

/* ---- goals ---- */

static void answer(control_t *control, control_goal_t *goal, const char *why) {
  control_text_t *to = &control->event;
  if (goal->client != 0) {
    control_add_ok(to, goal->id);
    control_add_time(control, to);
    control_text_add(to, ",\"ran_ms\":%llu",
                     (unsigned long long)(control->hil->tick > goal->begin_tick
                                              ? control->hil->tick - goal->begin_tick
                                              : 0));
    if (goal->plan != NULL) control_text_add(to, ",\"met\":%s", goal->is_met ? "true" : "false");
    control_text_add(to, ",\"why\":\"%s\"}\n", why);
    control_send(control, goal->client, to);
  }
  plan_free(goal->plan);
  *goal = (control_goal_t){.client = 0};
}

static void set_paused(control_t *control, int is_paused) {
  *control->config.is_paused = is_paused;
}

void control_goal_look(control_t *control) {
  for (uint32_t i = 0; i < sizeof control->goal / sizeof control->goal[0]; i++) {
    control_goal_t *goal = &control->goal[i];
    if (!goal->is_used) continue;
    if (goal->plan != NULL)
      goal->is_met = (uint8_t)judge_any(goal->plan, &goal->probe, control->hil).is_true;
    if (!goal->is_met && control->hil->tick < goal->until_tick) continue;
    if (goal->is_run) set_paused(control, 1);
    answer(control, goal, goal->is_met ? "met" : "over");
  }
}

void control_goal_end(control_t *control, const char *why, int only_runs) {
  for (uint32_t i = 0; i < sizeof control->goal / sizeof control->goal[0]; i++) {
    control_goal_t *goal = &control->goal[i];
    if (goal->is_used && (goal->is_run || !only_runs) && control->hil != NULL)
      answer(control, goal, why);
  }
}

void control_goal_forget(control_t *control, uint32_t client) {
  for (uint32_t i = 0; i < sizeof control->goal / sizeof control->goal[0]; i++) {
    control_goal_t *goal = &control->goal[i];
    if (!goal->is_used || goal->client != client) continue;
    goal->client = 0; /* a run still pauses at its end */
    if (goal->is_run) continue;
    plan_free(goal->plan);
    *goal = (control_goal_t){.client = 0};
  }
}

int control_goal_is_held(void *user, uint32_t client) {
  const control_t *control = user;
  for (uint32_t i = 0; i < sizeof control->goal / sizeof control->goal[0]; i++)
    if (control->goal[i].is_used && control->goal[i].client == client) return 1;
  return 0;
}

static control_goal_t *running(control_t *control) {
  for (uint32_t i = 0; i < sizeof control->goal / sizeof control->goal[0]; i++)
    if (control->goal[i].is_used && control->goal[i].is_run) return &control->goal[i];
  return NULL;
}

static control_status_t read_until(control_request_t *request, control_goal_t *goal) {
  const cJSON *until = control_value(request, "until");
  const json_path_t path = control_path("until");
  if (until == NULL) return CONTROL_OK;
  goal->plan = calloc(1, sizeof *goal->plan);
  plan_build_t build = {.doc = request->doc,
                        .root = request->doc->root,
                        .plan = goal->plan,
                        .error = &request->error};
  if (goal->plan == NULL) return control_refuse(request, "until", 0, "no memory", "enough");
  if (plan_add_probe(&build, until, &path, 1, &goal->probe) != 0) return CONTROL_REFUSED;
  for (uint32_t i = 0; i < goal->plan->probe_signal_count && request->control->run.has_bus; i++) {
    const char *name = signals_at(goal->plan->probe_signal[i])->name;
    if (!cut_belief_tells(name))
      return control_refuse(request, "until", 0, name,
                            "what a frame of the ECU tells (docs/two-processes.md)");
  }
  return CONTROL_OK;
}

static control_status_t begin_goal(control_request_t *request, int is_run, uint64_t ticks) {
  control_t *control = request->control;
  control_goal_t goal = {.client = request->client,
                         .is_used = 1,
                         .is_run = (uint8_t)is_run,
                         .begin_tick = control->hil->tick,
                         .until_tick = control->hil->tick + ticks};
  const control_goal_t *other = is_run ? running(control) : NULL;
  char found[80];
  if (other != NULL) {
    snprintf(found, sizeof found, "a run while another lasts until %.3f s",
             (double)other->until_tick * 1e-3);
    return control_refuse(request, "do", 0, found, "pause first");
  }
  memcpy(goal.id, request->id, sizeof goal.id);
  if (read_until(request, &goal) != CONTROL_OK) {
    plan_free(goal.plan);
    return CONTROL_REFUSED;
  }
  for (uint32_t i = 0; i < sizeof control->goal / sizeof control->goal[0]; i++) {
    if (control->goal[i].is_used) continue;
    control->goal[i] = goal;
    if (is_run) set_paused(control, 0);
    return CONTROL_LATER;
  }
  plan_free(goal.plan);
  return control_refuse(request, "do", 0, "one more", "17 at once");
}

static uint64_t ticks_of(const control_request_t *request) {
  const uint64_t ticks = plan_us(plan_number(request->doc->root, "for_s", 0.0)) / TICK_us;
  return ticks > 0 ? ticks : 1;
}

control_status_t control_take_run(control_request_t *request) {
  return begin_goal(request, 1, ticks_of(request));
}

control_status_t control_take_wait(control_request_t *request) {
  return begin_goal(request, 0, ticks_of(request));
}

control_status_t control_take_step(control_request_t *request) {
  return begin_goal(request, 1, (uint64_t)plan_number(request->doc->root, "ticks", 1.0));
}

control_status_t control_take_pause(control_request_t *request) {
  control_t *control = request->control;
  set_paused(control, 1);
  control_goal_end(control, "paused", 1);
  control_add_time(control, &control->out);
  return CONTROL_OK;
}

control_status_t control_take_resume(control_request_t *request) {
  control_t *control = request->control;
  control_goal_end(control, "resumed", 1);
  set_paused(control, 0);
  control_add_time(control, &control->out);
  return CONTROL_OK;
}

control_status_t control_take_speed(control_request_t *request) {
  control_t *control = request->control;
  const double value = control_value(request, "value")->valuedouble;
  if (control->run.rate_permille == 0)
    return control_refuse(request, "value", 0, "a speed in stepped time",
                          "none: there is no clock");
  control->run.rate_permille = (uint16_t)(value * RATE_permille + 0.5);
  serve_set_rate(control->run.serve, control->run.rate_permille);
  return CONTROL_OK;
}

/* ---- checkpoints ---- */

void control_points_free(control_t *control) {
  for (uint32_t i = 0; i < CONTROL_POINT_MAX; i++) {
    free(control->point[i].saved);
    control->point[i] = (control_point_t){.saved = NULL};
  }
}

static control_point_t *find_point(control_t *control, const char *name) {
  for (uint32_t i = 0; i < CONTROL_POINT_MAX; i++)
    if (control->point[i].saved != NULL && strcmp(control->point[i].name, name) == 0)
      return &control->point[i];
  return NULL;
}

/// CONTROL_OK iff this run can go back at all.
static control_status_t allow_points(control_request_t *request) {
  const control_t *control = request->control;
  if (control->run.has_bus)
    return control_refuse(request, "do", 0, "a checkpoint, with an ECU that is another process",
                          "it with the ECU in this process (--ecu inproc): its state is not here");
  if (run_is_recording(control->run.run))
    return control_refuse(request, "do", 0, "a checkpoint of a run that is recorded",
                          "it with --record none: a recording does not go back");
  if (run_checkpoint_bytes(control->run.run) == 0)
    return control_refuse(request, "do", 0, "a checkpoint of this run", "a run without other ECUs");
  return CONTROL_OK;
}

control_status_t control_take_checkpoint(control_request_t *request) {
  control_t *control = request->control;
  const char *name = control_value(request, "name")->valuestring;
  if (allow_points(request) != CONTROL_OK) return CONTROL_REFUSED;
  control_point_t *point = find_point(control, name);
  for (uint32_t i = 0; i < CONTROL_POINT_MAX && point == NULL; i++)
    if (control->point[i].saved == NULL) point = &control->point[i];
  if (point == NULL)
    return control_refuse(request, "name", 0, "a ninth checkpoint", "8, or one of their names");
  if (point->saved == NULL) point->saved = malloc(run_checkpoint_bytes(control->run.run));
  if (point->saved == NULL) return control_refuse(request, "name", 0, "no memory", "enough");
  snprintf(point->name, sizeof point->name, "%s", name);
  run_save(control->run.run, point->saved);
  control_add_time(control, &control->out);
  return CONTROL_OK;
}

control_status_t control_take_restore(control_request_t *request) {
  control_t *control = request->control;
  char allowed[400] = "a checkpoint's name:";
  if (allow_points(request) != CONTROL_OK) return CONTROL_REFUSED;
  const char *name = control_value(request, "name")->valuestring;
  const control_point_t *point = find_point(control, name);
  if (point == NULL) {
    for (uint32_t i = 0; i < CONTROL_POINT_MAX; i++) {
      const size_t used = strlen(allowed);
      if (control->point[i].saved != NULL)
        snprintf(allowed + used, sizeof allowed - used, " %s", control->point[i].name);
    }
    return control_refuse(request, "name", 0, name, allowed);
  }
  if (running(control) != NULL) set_paused(control, 1);
  control_goal_end(control, "restored", 0);
  run_restore(control->run.run, point->saved);
  for (uint32_t i = 0; i < CONTROL_WATCH_MAX; i++) {
    control->watch[i].next_tick = control->hil->tick;
    control->watch[i].has_sent = 0; /* all values anew */
  }
  control_add_time(control, &control->out);
  return CONTROL_OK;
}

control_status_t control_take_save(control_request_t *request) {
  control_t *control = request->control;
  if (live_waiting_count(&control->live) > 0)
    return control_refuse(request, "do", 0, "a command that acts in the next tick", "step first");
  if (run_live_write(control->run.run, control_value(request, "file")->valuestring,
                     &request->error) != 0)
    return CONTROL_REFUSED;
  control_add_time(control, &control->out);
  control_text_add(&control->out, ",\"trace_hash\":\"%016llx\"",
                   (unsigned long long)control->hil->trace_hash);
  return CONTROL_OK;
}

/* ---- state and end ---- */

static void add_ecu(const control_t *control, control_text_t *to) {
  if (!control->run.has_bus)
    control_text_add(to, ",\"ecu\":\"in this process\"");
  else if (serve_ecu(control->run.serve) != 0)
    control_text_add(to, ",\"ecu\":\"%04x\"", serve_ecu(control->run.serve));
  else
    control_text_add(to, ",\"ecu\":null");
}

control_status_t control_take_status(control_request_t *request) {
  const control_t *control = request->control;
  const hil_t *hil = control->hil;
  control_text_t *to = &request->control->out;
  const char *comma = "";
  control_text_add(to, ",\"run\":\"%s\",\"title\":", control->run.point->run_name);
  control_text_string(to, control->run.point->title);
  control_add_time(control, to);
  control_text_add(to, ",\"end_s\":%.3f,\"paused\":%s,\"stepped\":%s,\"speed\":%.10g",
                   (double)control->run.point->plan->end_us * 1e-6,
                   *control->config.is_paused ? "true" : "false",
                   control->run.rate_permille == 0 ? "true" : "false",
                   (double)control->run.rate_permille / RATE_permille);
  add_ecu(control, to);
  control_text_add(to, ",\"clients\":%u,\"acts\":%u,\"waiting\":%u,\"checkpoints\":[",
                   control->socket != NULL ? control_socket_count(control->socket) : 1,
                   control->live.count + control->live.cleared_count,
                   live_waiting_count(&control->live));
  for (uint32_t i = 0; i < CONTROL_POINT_MAX; i++) {
    if (control->point[i].saved == NULL) continue;
    control_text_add(to, "%s\"%s\"", comma, control->point[i].name);
    comma = ",";
  }
  control_text_add(to, "],\"trace_hash\":\"%016llx\"", (unsigned long long)hil->trace_hash);
  return CONTROL_OK;
}

control_status_t control_take_events(control_request_t *request) {
  control_t *control = request->control;
  uint32_t *place = NULL;
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++) {
    if (control->listener[i] == request->client) control->listener[i] = 0;
    if (control->listener[i] == 0 && place == NULL) place = &control->listener[i];
  }
  if (place != NULL && cJSON_IsTrue(control_value(request, "on"))) {
    *place = request->client;
    control->wants_frames[place - control->listener] =
        (uint8_t)plan_flag(request->doc->root, "frames", 0);
  }
  return CONTROL_OK;
}

control_status_t control_take_end(control_request_t *request) {
  control_t *control = request->control;
  control->is_ending = 1;
  control_add_time(control, &control->out);
  return CONTROL_OK;
}

void control_event(control_t *control, const char *name, const char *why) {
  control_text_t *to = &control->event;
  control_text_clear(to);
  control_text_add(to, "{\"event\":\"%s\"", name);
  control_add_time(control, to);
  if (why[0] != '\0') control_text_add(to, ",\"why\":\"%s\"", why);
  control_text_add(to, "}\n");
  for (uint32_t i = 0; i < CONTROL_SOCKET_CLIENT_MAX; i++)
    if (control->listener[i] != 0) control_send(control, control->listener[i], to);
}
