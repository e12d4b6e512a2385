/// The catalog beside the plots: search, values, choice.
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../scenarios/names.h"
#include "paragraph.h"
#include "screen_plots.h"

enum { VALUE_CHARACTERS = 11 };

/// 1 iff name has the word of so many bytes, capital or not.
static int has_word(const char *name, const char *word, size_t bytes) {
  for (; *name != '\0'; name++) {
    size_t i = 0;
    while (i < bytes && name[i] != '\0' &&
           tolower((unsigned char)name[i]) == tolower((unsigned char)word[i])) {
      i++;
    }
    if (i == bytes) return 1;
  }
  return 0;
}

static int has_words(const char *name, const char *search) {
  for (;;) {
    search += strspn(search, " ");
    size_t bytes = strcspn(search, " ");
    if (bytes == 0) return 1;
    if (!has_word(name, search, bytes)) return 0;
    search += bytes;
  }
}

int32_t screen_plots_match(const char *search, uint32_t from) {
  for (uint32_t i = from; i < signals_count(); i++) {
    if (has_words(signals_at(i)->name, search)) return (int32_t)i;
  }
  return -1;
}

uint32_t screen_plots_match_count(const char *search) {
  uint32_t count = 0;
  for (int32_t i = screen_plots_match(search, 0); i >= 0;
       i = screen_plots_match(search, (uint32_t)i + 1)) {
    count++;
  }
  return count;
}

int32_t screen_plots_row(const char *search, uint32_t row) {
  int32_t signal = screen_plots_match(search, 0);
  for (uint32_t i = 0; i < row && signal >= 0; i++) {
    signal = screen_plots_match(search, (uint32_t)signal + 1);
  }
  return signal;
}

int32_t screen_plots_trace(const view_t *view, int32_t signal) {
  uint16_t wanted = signal < 0 ? PLOT_NO_SIGNAL : (uint16_t)signal;
  for (int32_t i = 0; i < PLOT_TRACE_MAX; i++) {
    if (view->plot.signal[i] == wanted) return i;
  }
  return -1;
}

void screen_plots_value(uint16_t signal, double value, char *text, size_t text_bytes) {
  const signal_t *of = signals_at(signal);
  char word[40];
  if (isnan(value)) {
    snprintf(text, text_bytes, "-");
  } else if (of->unit[0] == '\0' && names_word(of->name, value, word, sizeof word) == 0) {
    snprintf(text, text_bytes, "%s", word);
  } else {
    snprintf(text, text_bytes, "%.5g%s%s", value, of->unit[0] != '\0' ? " " : "", of->unit);
  }
}

command_t screen_plots_toggle(const view_t *view, int32_t signal) {
  command_t command = {.kind = COMMAND_TAKEN};
  int32_t trace = screen_plots_trace(view, signal), place = screen_plots_trace(view, -1);
  if (signal < 0 || (trace < 0 && place < 0)) return command;
  command.kind = COMMAND_TRACE;
  command.number = trace >= 0 ? PLOT_NO_SIGNAL : signal;
  command.target = (uint16_t)(trace >= 0 ? trace : place);
  return command;
}

static void draw_row(const view_t *view, const ui_t *ui, int32_t row, int32_t signal,
                     list_box_t line, display_list_t *list) {
  const screen_plots_state_t *state = screen_plots_state(ui);
  int32_t trace = screen_plots_trace(view, signal);
  char value[48], text[48];
  int is_hovered = ui->hover.action == SCREEN_PLOTS_SIGNAL && ui->hover.argument == signal;
  if (row == state->chosen) list_rect(list, line, THEME_CHOSEN);
  if (is_hovered && row != state->chosen) list_rect(list, line, THEME_HOVER);
  list_hot(list, line, SCREEN_PLOTS_SIGNAL, signal);
  list_box_t swatch = list_cut_left(&line, list_width(THEME_SMALL, 2), 2);
  if (trace >= 0) {
    list_rect(list, list_inset(swatch, 1), (theme_color_t)(THEME_TRACE_1 + trace));
    list_text(list, swatch, THEME_SMALL, LIST_CENTRE, THEME_ON_FILL, "%d", (int)trace + 1);
  }
  list_box_t figure = list_cut_right(&line, list_width(THEME_SMALL, VALUE_CHARACTERS), 4);
  screen_plots_value((uint16_t)signal, signals_read(signals_at((uint32_t)signal), &view->hil),
                     value, sizeof value);
  paragraph_short(value, VALUE_CHARACTERS, text, sizeof text);
  list_text(list, figure, THEME_SMALL, LIST_RIGHT, THEME_TEXT, "%s", text);
  paragraph_line(list, line, THEME_SMALL, trace >= 0 ? THEME_TEXT : THEME_SOFT,
                 signals_at((uint32_t)signal)->name);
}

static int32_t first_row(const screen_plots_state_t *state, int32_t visible, int32_t count) {
  int32_t first = state->scroll;
  if (first > state->chosen) first = state->chosen;
  if (first < state->chosen - visible + 1) first = state->chosen - visible + 1;
  if (first > count - visible) first = count - visible;
  return first < 0 ? 0 : first;
}

static void draw_search(const ui_t *ui, list_box_t box, display_list_t *list) {
  const screen_plots_state_t *state = screen_plots_state(ui);
  list_rect(list, box, state->is_typing ? THEME_HOVER : THEME_RAISED);
  list_frame(list, box, state->is_typing ? THEME_ACCENT : THEME_PANEL_EDGE);
  list_hot(list, box, SCREEN_PLOTS_SEARCH, 0);
  list_box_t inside = list_inset(box, 2);
  int room = list_fits(THEME_NORMAL, inside.w) - 1, used = (int)strlen(state->search);
  if (used == 0 && !state->is_typing) {
    list_text(list, inside, THEME_NORMAL, LIST_LEFT, THEME_SOFT, "/ to search");
  } else {
    list_text(list, inside, THEME_NORMAL, LIST_LEFT, THEME_TEXT, "%s%s",
              state->search + (used > room ? used - room : 0), state->is_typing ? "_" : "");
  }
}

/// What the chosen signal is, below the list.
static void draw_help(int32_t signal, list_box_t box, display_list_t *list) {
  char text[200];
  if (signal < 0) return;
  const signal_t *of = signals_at((uint32_t)signal);
  paragraph_line(list, list_cut_top(&box, theme_font(THEME_SMALL)->line_px, 0), THEME_SMALL,
                 THEME_TEXT, of->name);
  snprintf(text, sizeof text, "%s%s%s", of->help, of->unit[0] != '\0' ? ", in " : "", of->unit);
  paragraph(list, box, THEME_SMALL, THEME_SOFT, text);
}

void screen_plots_catalog(const view_t *view, const ui_t *ui, list_box_t box,
                          display_list_t *list) {
  const screen_plots_state_t *state = screen_plots_state(ui);
  list_box_t room = list_panel(list, box, "Signals");
  int line_px = theme_font(THEME_SMALL)->line_px + 2;
  draw_search(ui, list_cut_top(&room, theme_font(THEME_NORMAL)->line_px + 6, 4), list);
  list_box_t help = list_cut_bottom(&room, 4 * theme_font(THEME_SMALL)->line_px, 4);
  list_box_t status = list_cut_bottom(&room, theme_font(THEME_SMALL)->line_px, 4);
  int32_t count = (int32_t)screen_plots_match_count(state->search), visible = room.h / line_px;
  int32_t first = first_row(state, visible, count), chosen = -1;
  int32_t signal = screen_plots_row(state->search, (uint32_t)first);
  for (int32_t row = first; row < first + visible && signal >= 0; row++) {
    draw_row(view, ui, row, signal, list_cut_top(&room, line_px, 0), list);
    if (row == state->chosen) chosen = signal;
    signal = screen_plots_match(state->search, (uint32_t)signal + 1);
  }
  if (screen_plots_trace(view, -1) < 0) {
    paragraph_line(list, status, THEME_SMALL, THEME_WARN, "all traces taken: remove one");
  } else {
    list_text(list, status, THEME_SMALL, LIST_LEFT, THEME_SOFT, "%d signals", (int)count);
  }
  draw_help(chosen, help, list);
  list_panel_end(list);
}
