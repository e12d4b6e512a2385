/// Histories of a session: plotted signals, group voltages, module temperatures.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session_state.h"

enum { FIRST_PERIOD_us = 10000, COARSE = 4 };

static const char *const default_traces[] = {"phys.pack.A",      "bms.limit.discharge_A",
                                             "phys.group.max.V", "phys.group.min.V",
                                             "phys.link.V",      "phys.cell.max.degC"};

static void fill_nan(float *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    values[i] = NAN;
  }
}

static void free_trace(view_trace_t *trace) {
  trace->signal = VIEW_NO_SIGNAL;
  fill_nan(trace->least, VIEW_POINT_MAX);
  fill_nan(trace->greatest, VIEW_POINT_MAX);
}

void session_history_begin(session_t *session) {
  view_history_t *history = &session->history;
  history->period_us = FIRST_PERIOD_us;
  history->point_count = 0;
  for (uint32_t i = 0; i < VIEW_TRACE_MAX; i++) {
    free_trace(&history->trace[i]);
  }
  for (uint32_t i = 0; i < sizeof default_traces / sizeof default_traces[0]; i++) {
    int32_t signal = signals_find(default_traces[i]);
    if (signal >= 0) {
      history->trace[i].signal = (uint16_t)signal;
    }
  }
  session_history_sample(session);
}

/// Twice the period: pairs of points become one.
static void halve(view_history_t *history) {
  for (uint32_t t = 0; t < VIEW_TRACE_MAX; t++) {
    view_trace_t *trace = &history->trace[t];
    for (uint32_t i = 0; i < VIEW_POINT_MAX / 2; i++) {
      trace->least[i] = fminf(trace->least[2 * i], trace->least[2 * i + 1]);
      trace->greatest[i] = fmaxf(trace->greatest[2 * i], trace->greatest[2 * i + 1]);
    }
    fill_nan(trace->least + VIEW_POINT_MAX / 2, VIEW_POINT_MAX / 2);
    fill_nan(trace->greatest + VIEW_POINT_MAX / 2, VIEW_POINT_MAX / 2);
  }
  for (uint32_t i = 0; i < VIEW_POINT_MAX / COARSE / 2; i++) {
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      history->group_V[g][i] = history->group_V[g][2 * i];
    }
    for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
      history->module_degC[m][i] = history->module_degC[m][2 * i];
    }
  }
  history->period_us *= 2;
  history->point_count /= 2;
}

static void sample_coarse(view_history_t *history, uint32_t at, const hil_t *hil) {
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    history->group_V[g][at] = (float)pack_group_V(&hil->pack, g);
  }
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    history->module_degC[m][at] = (float)pack_module_degC(&hil->pack, m);
  }
}

static void add_value(view_trace_t *trace, uint32_t at, float value) {
  trace->least[at] = fminf(trace->least[at], value); /* NaN yields */
  trace->greatest[at] = fmaxf(trace->greatest[at], value);
}

void session_history_sample(session_t *session) {
  view_history_t *history = &session->history;
  const hil_t *hil = run_hil(session->run);
  uint64_t at = hil->now_us / history->period_us;
  while (at >= VIEW_POINT_MAX) {
    halve(history);
    at = hil->now_us / history->period_us;
  }
  int is_new = at + 1 > history->point_count;
  for (uint32_t i = 0; i < VIEW_TRACE_MAX; i++) {
    view_trace_t *trace = &history->trace[i];
    if (trace->signal != VIEW_NO_SIGNAL) {
      add_value(trace, (uint32_t)at, (float)signals_read(signals_at(trace->signal), hil));
    }
  }
  if (is_new && at % COARSE == 0) {
    sample_coarse(history, (uint32_t)at / COARSE, hil);
  }
  history->point_count = (uint32_t)at + 1;
}

void session_history_cut(session_t *session) {
  view_history_t *history = &session->history;
  uint64_t at = run_hil(session->run)->now_us / history->period_us;
  for (uint32_t t = 0; t < VIEW_TRACE_MAX; t++) {
    view_trace_t *trace = &history->trace[t];
    for (uint64_t i = at; i < VIEW_POINT_MAX; i++) {
      trace->least[i] = NAN;
      trace->greatest[i] = NAN;
    }
  }
  history->point_count = (uint32_t)at;
  session_history_sample(session);
}

void session_history_trace(session_t *session, uint32_t trace_index, uint32_t signal) {
  view_history_t *history = &session->history;
  view_trace_t *trace = &history->trace[trace_index];
  free_trace(trace);
  trace->signal = (uint16_t)signal;
  if (signal == VIEW_NO_SIGNAL) {
    return;
  }
  for (uint32_t i = 0; i < session->checkpoint_count; i++) { /* its past, as far as it is kept */
    const hil_t *hil = run_checkpoint_hil(session->checkpoint[i].run);
    add_value(trace, (uint32_t)(session->checkpoint[i].time_us / history->period_us),
              (float)signals_read(signals_at(signal), hil));
  }
  const hil_t *now = run_hil(session->run);
  add_value(trace, (uint32_t)(now->now_us / history->period_us),
            (float)signals_read(signals_at(signal), now));
}
