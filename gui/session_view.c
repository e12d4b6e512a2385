/// What a session shows: marks, frames, faults, checks, and the view that holds them.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "session_state.h"

void session_mark(void *user, uint64_t time_us, const char *kind, const char *name,
                  const char *detail) {
  session_t *session = user;
  if (session->mark_count == VIEW_MARK_MAX) {
    memmove(&session->mark[0], &session->mark[1], (VIEW_MARK_MAX - 1) * sizeof session->mark[0]);
    session->mark_count--;
  }
  view_mark_t *mark = &session->mark[session->mark_count++];
  *mark = (view_mark_t){.time_us = time_us};
  snprintf(mark->kind, sizeof mark->kind, "%s", kind);
  snprintf(mark->name, sizeof mark->name, "%s", name);
  snprintf(mark->detail, sizeof mark->detail, "%s", detail);
}

void session_frame(void *user, const can_mem_rx_t *rx) {
  session_t *session = user;
  bus_watch_frame(&session->watch, &session->bus, rx);
}

/* ---- faults ---- */

static void add_fault(view_t *view, const view_fault_t *fault) {
  if (view->fault_count < VIEW_FAULT_MAX) {
    view->fault[view->fault_count++] = *fault;
  }
}

static void fill_faults(const session_t *session, view_t *view) {
  const scenario_plan_t *plan = session->point->plan;
  view->fault_count = 0;
  for (uint32_t e = 0; e < plan->event_count; e++) {
    const fault_t *fault = &plan->event[e].fault;
    view_fault_t shown = {.row = fault->row, .other = fault->other, .value = fault->value};
    if (run_fault_span(session->run, (uint16_t)e, &shown.begin_us, &shown.end_us) != 0) {
      continue;
    }
    snprintf(shown.id, sizeof shown.id, "%s", plan->event[e].id);
    shown.target_count = fault->target_count;
    shown.target = fault->target[0];
    add_fault(view, &shown);
  }
  for (uint32_t i = 0; i < session->live.count; i++) {
    const live_act_t *act = &session->live.act[i];
    if (act->kind != LIVE_FAULT || act->phase == LIVE_DROPPED) {
      continue;
    }
    view_fault_t shown = {.row = act->row,
                          .begin_us = act->at_us,
                          .end_us = act->end_us,
                          .target = act->target,
                          .target_count = 1,
                          .other = act->other,
                          .is_by_user = 1,
                          .value = act->value};
    snprintf(shown.id, sizeof shown.id, "by hand %u", i + 1);
    add_fault(view, &shown);
  }
}

/* ---- checks ---- */

static void fill_margin(const session_t *session, uint32_t index, view_check_t *shown) {
  check_result_t margin;
  if (!judge_margin(run_judge(session->run), index, &margin)) {
    return;
  }
  shown->has_margin = 1;
  shown->value = margin.value;
  shown->limit = margin.limit;
  snprintf(shown->unit, sizeof shown->unit, "%s", margin.unit);
}

static void fill_checks(const session_t *session, view_t *view) {
  const scenario_plan_t *plan = session->point->plan;
  view->check_count = plan->check_count < VIEW_CHECK_MAX ? plan->check_count : VIEW_CHECK_MAX;
  for (uint32_t i = 0; i < view->check_count; i++) {
    const plan_check_t *check = &plan->check[i];
    judge_standing_t standing = judge_standing(run_judge(session->run), i);
    view_check_t *shown = &view->check[i];
    *shown = (view_check_t){.kind = check->kind,
                            .is_decided = standing.is_decided,
                            .verdict = standing.verdict,
                            .begin_us = standing.begin_us,
                            .until_us = standing.until_us,
                            .decided_us = standing.decided_us};
    shown->is_active = standing.begin_us <= view->hil.now_us && !standing.is_decided;
    snprintf(shown->id, sizeof shown->id, "%s", check->id);
    snprintf(shown->text, sizeof shown->text, "%.119s", standing.text);
    fill_margin(session, i, shown);
    if (session->has_verdict && i < session->verdict.check_count) {
      const check_result_t *result = &session->verdict.check[i];
      shown->is_decided = 1;
      shown->is_active = 0;
      shown->verdict = result->verdict;
      shown->has_margin = result->has_margin;
      shown->value = result->value;
      shown->limit = result->limit;
      snprintf(shown->unit, sizeof shown->unit, "%s", result->unit);
      snprintf(shown->text, sizeof shown->text, "%.119s", result->text);
    }
  }
}

/* ---- all of it ---- */

void session_fill(session_t *session, view_t *view) {
  const scenario_t *point = session->point;
  view->run = session->has_failed || (session->is_over && !session->has_verdict) ? VIEW_FAILED
              : session->is_over                                                 ? VIEW_ENDED
                                                                                 : VIEW_RUNNING;
  if (session->attach != NULL && view->run == VIEW_RUNNING && attach_is_paused(session->attach)) {
    view->run = VIEW_PAUSED;
  }
  snprintf(view->title, sizeof view->title, "%s", point->title);
  snprintf(view->run_name, sizeof view->run_name, "%s", point->run_name);
  snprintf(view->file, sizeof view->file, "%s", point->file);
  snprintf(view->message, sizeof view->message, "%s", session->message);
  view->plan = point->plan;
  view->end_us = point->plan != NULL ? point->plan->end_us : 0;
  view->mark_count = 0;
  view->fault_count = 0;
  view->check_count = 0;
  view->checkpoint_count = 0;
  if (session->has_failed) {
    return;
  }
  view->hil = *run_hil(session->run);
  view->history = session->history;
  session_history_plot(session, &view->plot);
  view->bus = session->bus;
  view->is_recording = (uint8_t)run_is_recording(session->run);
  view->pending_count = live_waiting_count(&session->live);
  view->user_command_count = session->live.count + session->live.cleared_count;
  view->checkpoint_count = session->checkpoint_count;
  for (uint32_t i = 0; i < session->checkpoint_count; i++) {
    view->checkpoint_us[i] = session->checkpoint[i].time_us;
  }
  view->mark_count = session->mark_count;
  memcpy(view->mark, session->mark, session->mark_count * sizeof view->mark[0]);
  fill_faults(session, view);
  fill_checks(session, view);
}
