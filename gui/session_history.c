/// Histories of a session: plotted signals, group voltages, module temperatures.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session_state.h"

enum { FIRST_PERIOD_us = 10000, COARSE = 4 };

static const char *const default_traces[] = {"phys.pack.A",      "bms.limit.discharge_A",
                                             "phys.group.max.V", "phys.group.min.V",
                                             "phys.link.V",      "phys.cell.max.degC"};

void session_history_begin(session_t *session) {
  view_history_t *history = &session->history;
  history->period_us = FIRST_PERIOD_us;
  history->point_count = 0;
  for (uint32_t i = 0; i < VIEW_TRACE_MAX; i++) {
    session->plotted[i] = VIEW_NO_SIGNAL;
  }
  for (uint32_t i = 0; i < sizeof default_traces / sizeof default_traces[0]; i++) {
    session_history_trace(session, i, (uint32_t)signals_find(default_traces[i]));
  }
  session_history_sample(session);
}

/// Twice the period: pairs of points become one.
static void halve(view_history_t *history) {
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

void session_history_sample(session_t *session) {
  view_history_t *history = &session->history;
  const hil_t *hil = run_hil(session->run);
  uint64_t at = hil->now_us / history->period_us;
  while (at >= VIEW_POINT_MAX) {
    halve(history);
    at = hil->now_us / history->period_us;
  }
  int is_new = at + 1 > history->point_count;
  if (is_new && at % COARSE == 0) {
    sample_coarse(history, (uint32_t)at / COARSE, hil);
  }
  history->point_count = (uint32_t)at + 1;
  plot_store_tick(session->plots, hil);
  bus_watch_tick(&session->bus, hil);
}

void session_history_cut(session_t *session) {
  view_history_t *history = &session->history;
  uint64_t at = run_hil(session->run)->now_us / history->period_us;
  history->point_count = (uint32_t)at;
  plot_store_rewind(session->plots, run_hil(session->run)->now_us);
  session_history_sample(session);
}

void session_history_trace(session_t *session, uint32_t trace, uint32_t signal) {
  session->plotted[trace] = signal < signals_count() ? (uint16_t)signal : (uint16_t)VIEW_NO_SIGNAL;
  if (signal < signals_count()) {
    plot_store_follow(session->plots, signal);
  }
}

void session_history_plot(const session_t *session, plot_window_t *plot) {
  double now_s = (double)run_hil(session->run)->now_us * 1e-6;
  time_axis_t axis = time_axis_of(&session->plot_window, now_s, now_s, list_box(0, 0, 1, 1));
  plot->from_us = (uint64_t)(axis.from_s * 1e6);
  plot->to_us = (uint64_t)(axis.to_s * 1e6);
  memcpy(plot->signal, session->plotted, sizeof plot->signal);
  plot_store_fill(session->plots, plot);
}
