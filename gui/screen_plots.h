/// Parts of the screen Plots: its state, and the catalog beside the curves. For screen_plots*.c.
///
/// Threads  pure functions
#ifndef GUI_SCREEN_PLOTS_H
#define GUI_SCREEN_PLOTS_H

#include "screen.h"
#include "time_axis.h"

enum { SCREEN_PLOTS_INDEX = 2, SCREEN_PLOTS_SEARCH_BYTES = 48 };

enum {
  SCREEN_PLOTS_SIGNAL = 1, ///< argument: signal; plotted or not
  SCREEN_PLOTS_SEARCH, ///< the line that takes what is typed
  SCREEN_PLOTS_CURVES, ///< the curves: zoom, pan, mark
  SCREEN_PLOTS_RUN, ///< the strip of the whole run
  SCREEN_PLOTS_TRACE ///< argument: trace to take away
};

typedef struct {
  time_window_t window, before; ///< before: as it was when the drag began
  double mark_s; ///< the fixed cursor
  int32_t chosen, scroll; ///< row of the catalog
  uint8_t has_mark, is_typing;
  char search[SCREEN_PLOTS_SEARCH_BYTES];
} screen_plots_state_t;

_Static_assert(sizeof(screen_plots_state_t) <= SCREEN_STATE_BYTES, "the screen's state fits");

static inline const screen_plots_state_t *screen_plots_state(const ui_t *ui) {
  return (const screen_plots_state_t *)(const void *)ui->state[SCREEN_PLOTS_INDEX];
}

/// Next signal from `from` on that has all words of a search in its name, -1 iff none.
int32_t screen_plots_match(const char *search, uint32_t from);
uint32_t screen_plots_match_count(const char *search);

/// Row of the catalog under a search.
int32_t screen_plots_row(const char *search, uint32_t row);

/// The trace of a signal, -1 iff it is not plotted; a free one, -1 iff none.
int32_t screen_plots_trace(const view_t *view, int32_t signal);

/// "372.4 V" "DRIVE": a value of a signal.
void screen_plots_value(uint16_t signal, double value, char *text, size_t text_bytes);

void screen_plots_catalog(const view_t *view, const ui_t *ui, list_box_t box, display_list_t *list);

/// The command that plots a signal, or takes it away if it is.
command_t screen_plots_toggle(const view_t *view, int32_t signal);

#endif
