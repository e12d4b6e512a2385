/// What a session remembers. Shared by session*.c only.
#ifndef GUI_SESSION_STATE_H
#define GUI_SESSION_STATE_H

#include "bus_watch.h"
#include "plot_store.h"
#include "session.h"
#include "time_axis.h"

enum { SESSION_TEXT_BYTES = 240 };

/// The run at a moment, and what was seen of its bus until then.
typedef struct {
  uint64_t time_us;
  uint32_t bytes;
  void *run; ///< run_save
  view_bus_t bus;
  bus_watch_t watch;
} session_checkpoint_t;

struct session {
  const scenario_t *point;
  run_options_t options;
  run_result_t result;
  live_t live;
  scenario_run_t *run;
  uint8_t is_over, has_failed; ///< at its begin already
  uint8_t has_verdict;
  uint32_t checkpoint_count;
  uint64_t checkpoint_every_us;
  session_checkpoint_t checkpoint[VIEW_CHECKPOINT_MAX];
  uint32_t mark_count;
  view_mark_t mark[VIEW_MARK_MAX];
  view_bus_t bus;
  bus_watch_t watch;
  view_history_t history;
  plot_store_t *plots;
  uint16_t plotted[VIEW_TRACE_MAX]; ///< signals, VIEW_NO_SIGNAL: the trace is free
  time_window_t plot_window; ///< what of them is to be seen
  run_result_t verdict; ///< at the end: how it is judged
  char message[SESSION_TEXT_BYTES];
  char record_dir[SESSION_TEXT_BYTES];
  attach_t *attach; ///< the plant is in another process; NULL: run is the one that ticks
  uint64_t seen_us; ///< of its newest state
};

/* session_history.c */
void session_history_begin(session_t *session);
void session_history_sample(session_t *session); ///< after each tick
void session_history_cut(session_t *session); ///< after going back
void session_history_trace(session_t *session, uint32_t trace, uint32_t signal);
void session_history_plot(const session_t *session, plot_window_t *plot);

/* session_command.c */
void session_say(session_t *session, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* session_attach.c */
void session_attach_command(session_t *session, const command_t *command);

/* session_view.c */
void session_frame(void *user, const can_mem_rx_t *rx); ///< a frame passed on the bus
void session_mark(void *user, uint64_t time_us, const char *kind, const char *name,
                  const char *detail);

#endif
