/// The screen Plots: any signals over time, with faults and expectations behind them.
#include "screen_plots.h"

#include <string.h>

#include "plot_strips.h"

enum { CATALOG_CHARACTERS = 40, PAGE_ROWS = 12 };

static double now_s_of(const view_t *view) { return (double)view->hil.now_us / 1e6; }

static void draw(const view_t *view, const ui_t *ui, list_box_t room, display_list_t *list) {
  int catalog_w = list_width(THEME_SMALL, CATALOG_CHARACTERS) + 2 * THEME_PAD_px;
  if (catalog_w > room.w / 3) catalog_w = room.w / 3;
  list_box_t catalog = list_cut_left(&room, catalog_w, THEME_GAP_px);
  screen_plots_catalog(view, ui, catalog, list);
  plot_strips_draw(view, ui, room, list);
}

/* ---- keys ---- */

static command_t ask_for(const screen_plots_state_t *state) {
  return (command_t){.kind = COMMAND_PLOT,
                     .value = state->window.from_s,
                     .second = state->window.span_s,
                     .number = state->window.is_fixed};
}

static time_axis_t axis_of(const view_t *view, const time_window_t *window, list_box_t box) {
  double now_s = now_s_of(view);
  return time_axis_of(window, now_s, now_s, box);
}

static void choose(screen_plots_state_t *state, int32_t row, int32_t scroll) {
  int32_t last = (int32_t)screen_plots_match_count(state->search) - 1;
  state->chosen = row > last ? last : row;
  if (state->chosen < 0) state->chosen = 0;
  state->scroll = scroll > last ? last : scroll;
  if (state->scroll < 0) state->scroll = 0;
}

static command_t toggle_chosen(const view_t *view, const screen_plots_state_t *state) {
  return screen_plots_toggle(view, screen_plots_row(state->search, (uint32_t)state->chosen));
}

/// What is typed while the search line has the keys.
static int type(screen_plots_state_t *state, int32_t code) {
  size_t used = strlen(state->search);
  if (code == KEY_ESCAPE || code == KEY_TAB) {
    state->is_typing = 0;
  } else if (code == KEY_BACKSPACE) {
    if (used > 0) state->search[used - 1] = '\0';
  } else if (code >= ' ' && code < 127) {
    if (used + 1 < sizeof state->search) {
      state->search[used] = (char)code;
      state->search[used + 1] = '\0';
    }
  } else {
    return 0;
  }
  if (code != KEY_ESCAPE && code != KEY_TAB) state->chosen = state->scroll = 0;
  return 1;
}

static int key_list(screen_plots_state_t *state, int32_t code) {
  int32_t by = 0;
  if (code == KEY_UP || code == KEY_DOWN) by = code == KEY_DOWN ? 1 : -1;
  if (code == KEY_PAGE_UP || code == KEY_PAGE_DOWN) {
    by = code == KEY_PAGE_DOWN ? PAGE_ROWS : -PAGE_ROWS;
  }
  if (by == 0) return 0;
  choose(state, state->chosen + by, state->scroll);
  return 1;
}

/// The fixed cursor by keys: it begins in the middle, then moves by a hundredth.
static int key_mark(const view_t *view, screen_plots_state_t *state, int32_t code) {
  time_axis_t axis = axis_of(view, &state->window, list_box(0, 0, 1000, 1));
  if (code == KEY_ESCAPE && state->has_mark) {
    state->has_mark = 0;
    return 1;
  }
  if (code != 'b' && code != 'n') return 0;
  double step_s = (axis.to_s - axis.from_s) / 100;
  int is_shown = state->has_mark && time_axis_shows(&axis, state->mark_s, state->mark_s);
  if (!is_shown) {
    state->mark_s = (axis.from_s + axis.to_s) / 2;
  } else {
    state->mark_s += code == 'n' ? step_s : -step_s;
  }
  if (state->mark_s < axis.from_s) state->mark_s = axis.from_s;
  if (state->mark_s > axis.to_s) state->mark_s = axis.to_s;
  state->has_mark = 1;
  return 1;
}

static int key_window(const view_t *view, screen_plots_state_t *state, int32_t code) {
  time_axis_t axis = axis_of(view, &state->window, list_box(0, 0, 1000, 1));
  double now_s = now_s_of(view);
  double at_s = state->window.is_fixed ? (axis.from_s + axis.to_s) / 2 : axis.to_s;
  if (state->has_mark && time_axis_shows(&axis, state->mark_s, state->mark_s)) {
    at_s = state->mark_s;
  }
  switch (code) {
  case KEY_LEFT:
  case KEY_RIGHT:
    time_window_pan(&state->window, &axis, code == KEY_RIGHT ? 0.2 : -0.2, now_s);
    return 1;
  case 'i':
  case 'o':
    time_window_zoom(&state->window, &axis, code == 'i' ? 0.5 : 2.0, at_s, now_s);
    return 1;
  case KEY_HOME:
    state->window = (time_window_t){.span_s = 0.0};
    return 1;
  case KEY_END:
    state->window.is_fixed = 0;
    return 1;
  default:
    return 0;
  }
}

static command_t key(const view_t *view, screen_plots_state_t *state, int32_t code) {
  command_t taken = {.kind = COMMAND_TAKEN};
  if (code == KEY_ENTER) return toggle_chosen(view, state);
  if (key_list(state, code)) return taken;
  if (state->is_typing && type(state, code)) return taken;
  if (code == '/') {
    state->is_typing = 1;
    return taken;
  }
  if (code == 'd') {
    for (int32_t i = PLOT_TRACE_MAX - 1; i >= 0; i--) {
      if (view->plot.signal[i] != PLOT_NO_SIGNAL) {
        return screen_plots_toggle(view, view->plot.signal[i]);
      }
    }
    return taken;
  }
  if (key_mark(view, state, code)) return taken;
  return key_window(view, state, code) ? ask_for(state) : (command_t){.kind = COMMAND_NONE};
}

/* ---- mouse ---- */

static command_t click(const view_t *view, screen_plots_state_t *state, const event_t *event) {
  command_t taken = {.kind = COMMAND_TAKEN};
  state->before = state->window;
  state->is_typing = event->hot.action == SCREEN_PLOTS_SEARCH;
  switch (event->hot.action) {
  case SCREEN_PLOTS_SIGNAL:
    for (int32_t row = 0, at = screen_plots_match(state->search, 0); at >= 0; row++) {
      if (at == event->hot.argument) state->chosen = row;
      at = screen_plots_match(state->search, (uint32_t)at + 1);
    }
    return screen_plots_toggle(view, event->hot.argument);
  case SCREEN_PLOTS_TRACE:
    if (event->hot.argument < 0 || event->hot.argument >= PLOT_TRACE_MAX) return taken;
    return screen_plots_toggle(view, view->plot.signal[event->hot.argument]);
  case SCREEN_PLOTS_RUN: {
    time_axis_t run = axis_of(view, &(time_window_t){.span_s = 0.0}, event->hot.box);
    time_axis_t shown = axis_of(view, &state->window, event->hot.box);
    double span_s = shown.to_s - shown.from_s;
    double to_s = time_axis_s(&run, event->x) + span_s / 2;
    time_window_pan(&state->window, &shown, (to_s - shown.to_s) / span_s, now_s_of(view));
    return ask_for(state);
  }
  case SCREEN_PLOTS_CURVES:
  case SCREEN_PLOTS_SEARCH:
    return taken;
  default:
    return (command_t){.kind = COMMAND_NONE};
  }
}

static command_t drag(const view_t *view, screen_plots_state_t *state, const event_t *event) {
  time_axis_t axis = axis_of(view, &state->before, event->hot.box);
  if (event->hot.action != SCREEN_PLOTS_CURVES) return (command_t){.kind = COMMAND_TAKEN};
  if (event->start_x == event->x) return (command_t){.kind = COMMAND_TAKEN};
  state->window = state->before;
  time_window_pan(&state->window, &axis, (double)(event->start_x - event->x) / axis.w,
                  now_s_of(view));
  return ask_for(state);
}

/// A click that was no drag sets the fixed cursor.
static command_t release(const view_t *view, screen_plots_state_t *state, const event_t *event) {
  if (event->hot.action == SCREEN_PLOTS_CURVES && event->start_x == event->x) {
    time_axis_t axis = axis_of(view, &state->window, event->hot.box);
    state->mark_s = time_axis_s(&axis, event->x);
    state->has_mark = 1;
  }
  return (command_t){.kind = COMMAND_TAKEN};
}

static command_t wheel(const view_t *view, screen_plots_state_t *state, const event_t *event) {
  if (event->hot.action != SCREEN_PLOTS_CURVES) {
    choose(state, state->chosen - event->steps, state->scroll - event->steps);
    return (command_t){.kind = COMMAND_TAKEN};
  }
  time_axis_t axis = axis_of(view, &state->window, event->hot.box);
  time_window_zoom(&state->window, &axis, event->steps > 0 ? 0.8 : 1.25,
                   time_axis_s(&axis, event->x), now_s_of(view));
  return ask_for(state);
}

static command_t input(const view_t *view, ui_t *ui, const event_t *event) {
  screen_plots_state_t *state = (screen_plots_state_t *)(void *)ui->state[SCREEN_PLOTS_INDEX];
  switch (event->kind) {
  case EVENT_KEY:
    return key(view, state, event->key);
  case EVENT_CLICK:
    return click(view, state, event);
  case EVENT_DRAG:
    return drag(view, state, event);
  case EVENT_RELEASE:
    return release(view, state, event);
  case EVENT_WHEEL:
    return wheel(view, state, event);
  default:
    return (command_t){.kind = COMMAND_NONE};
  }
}

const screen_t screen_plots = {
    .name = "plots",
    .key = KEY_F1 + SCREEN_PLOTS_INDEX,
    .title = "Plots",
    .help = "/ search, arrows Enter: choose; left right i o, drag, wheel: move, zoom; b n, click: "
            "cursor; Home: all; End: follow; d: remove",
    .draw = draw,
    .input = input,
};
