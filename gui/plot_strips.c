/// Draws curves in strips: see plot_strips.h.
#include "plot_strips.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../scenarios/names.h"
#include "check_words.h"
#include "paragraph.h"

enum {
  AXIS_CHARACTERS = 9,
  STRIP_MIN_px = 24,
  LANE_WEIGHT = 2, ///< of a strip of states; one of figures has CURVE_WEIGHT
  CURVE_WEIGHT = 5,
  RUN_STRIP_px = 10
};

/// Traces that share an axis.
typedef struct {
  uint32_t count;
  uint8_t trace[PLOT_TRACE_MAX];
  double low, high;
  list_box_t box; ///< of the curves
} strip_t;

typedef struct {
  const view_t *view;
  const ui_t *ui;
  time_axis_t axis;
  list_box_t curves; ///< of all strips
  strip_t strip[PLOT_TRACE_MAX];
  uint32_t strip_count;
  double cursor_s; ///< whose values the legends show
  int has_cursor;
  display_list_t *list;
} plot_t;

static double seconds(uint64_t us) { return (double)us / 1e6; }

/* ---- which strips ---- */

static const signal_t *signal_of(const plot_t *plot, uint32_t trace) {
  return signals_at(plot->view->plot.signal[trace]);
}

static int is_lane(const plot_t *plot, const strip_t *strip) {
  return signal_of(plot, strip->trace[0])->unit[0] == '\0';
}

/// Column of the view's window at a time, -1 iff it is outside.
static int32_t column_at(const plot_window_t *window, double time_s) {
  double from_s = seconds(window->from_us), span_s = seconds(window->to_us) - from_s;
  if (!(time_s >= from_s) || !(time_s < from_s + span_s)) return -1;
  return (int32_t)((time_s - from_s) / span_s * PLOT_COLUMN_COUNT);
}

/// Groups and cells have a scale of their own beside that of the whole pack.
static int is_of_cells(const signal_t *signal) {
  return strstr(signal->name, ".group.") != NULL || strstr(signal->name, ".cell.") != NULL;
}

static int share_axis(const signal_t *a, const signal_t *b) {
  return a->unit[0] != '\0' && strcmp(a->unit, b->unit) == 0 && is_of_cells(a) == is_of_cells(b);
}

static void stretch(const plot_t *plot, strip_t *strip) {
  const plot_window_t *window = &plot->view->plot;
  double low = (double)INFINITY, high = -(double)INFINITY;
  for (uint32_t i = 0; i < strip->count; i++) {
    for (uint32_t c = 0; c < PLOT_COLUMN_COUNT; c++) {
      plot_range_t range = window->column[strip->trace[i]][c];
      low = fmin(low, (double)range.least);
      high = fmax(high, (double)range.greatest);
    }
  }
  if (!(low <= high)) {
    low = 0.0;
    high = 1.0;
  }
  /* a flat curve stays flat: what moves by less than that is not blown up */
  double least = is_lane(plot, strip) ? 1.0 : fmax(fabs(low), fabs(high)) * 0.004 + 1e-3;
  double room = fmax((high - low) * 0.06, (least - (high - low)) * 0.5);
  strip->low = low - room;
  strip->high = high + room;
}

static void collect(plot_t *plot) {
  for (uint32_t i = 0; i < PLOT_TRACE_MAX; i++) {
    uint32_t s = 0;
    if (plot->view->plot.signal[i] >= signals_count()) continue;
    while (s < plot->strip_count &&
           !share_axis(signal_of(plot, i), signal_of(plot, plot->strip[s].trace[0]))) {
      s++;
    }
    strip_t *strip = &plot->strip[s];
    if (s == plot->strip_count) plot->strip_count++;
    strip->trace[strip->count++] = (uint8_t)i;
  }
  for (uint32_t s = 0; s < plot->strip_count; s++) stretch(plot, &plot->strip[s]);
}

/* ---- shades and marks ---- */

static void shade(plot_t *plot, list_box_t box, double from_s, double to_s, theme_color_t color) {
  if (!time_axis_shows(&plot->axis, from_s, to_s)) return;
  int x = time_axis_x(&plot->axis, from_s), behind = time_axis_x(&plot->axis, to_s);
  if (x < box.x) x = box.x;
  if (behind > box.x + box.w) behind = box.x + box.w;
  int w = behind - x < 2 ? 2 : behind - x;
  if (x + w > box.x + box.w) x = box.x + box.w - w;
  list_rect(plot->list, list_box(x, box.y, w, box.h), color);
}

/// Behind a strip: faults in its upper half, expectations that wait in its lower half.
static void draw_shades(plot_t *plot, list_box_t box) {
  const view_t *view = plot->view;
  double now_s = seconds(view->hil.now_us);
  list_box_t lower = box, upper = list_cut_top(&lower, box.h / 2, 0);
  for (uint32_t i = 0; i < view->fault_count; i++) {
    const view_fault_t *fault = &view->fault[i];
    if (fault->begin_us == VIEW_NEVER) continue;
    double to_s = fault->end_us == VIEW_NEVER ? now_s : seconds(fault->end_us);
    shade(plot, upper, seconds(fault->begin_us), to_s, THEME_FAULT_SPAN);
  }
  for (uint32_t i = 0; i < view->check_count; i++) {
    const view_check_t *check = &view->check[i];
    if (check->kind != CHECK_EXPECT || check->begin_us == VIEW_NEVER) continue;
    if (check->until_us == VIEW_NEVER) continue;
    uint64_t to_us = check->decided_us == VIEW_NEVER ? check->until_us : check->decided_us;
    shade(plot, lower, seconds(check->begin_us), seconds(to_us), THEME_CHECK_SPAN);
  }
}

static theme_color_t mark_color(const char *kind) {
  if (strcmp(kind, "fault") == 0 || strcmp(kind, "DTC") == 0) return THEME_BAD;
  if (strcmp(kind, "user") == 0) return THEME_USER;
  return strcmp(kind, "check") == 0 ? THEME_FINE : THEME_ACCENT;
}

/// Times of marks as ticks above the curves, and as many of their names as have room.
static void draw_marks(plot_t *plot, list_box_t lane) {
  const view_t *view = plot->view;
  int free_x = lane.x;
  for (uint32_t i = 0; i < view->mark_count; i++) {
    const view_mark_t *mark = &view->mark[i];
    double at_s = seconds(mark->time_us);
    if (!time_axis_shows(&plot->axis, at_s, at_s)) continue;
    int x = time_axis_x(&plot->axis, at_s), w = list_width(THEME_SMALL, (int)strlen(mark->name));
    if (x > lane.x + lane.w - 1) x = lane.x + lane.w - 1;
    theme_color_t color = mark_color(mark->kind);
    int has_room = x >= free_x && x + 3 + w <= lane.x + lane.w && mark->name[0] != '\0';
    list_line(plot->list, x, has_room ? lane.y : lane.y + lane.h - 2, x, lane.y + lane.h, color);
    if (!has_room) continue;
    list_text(plot->list, list_box(x + 3, lane.y, w, lane.h), THEME_SMALL, LIST_LEFT, color, "%s",
              mark->name);
    free_x = x + 3 + w + list_width(THEME_SMALL, 1);
  }
}

/* ---- curves ---- */

static int y_of(const strip_t *strip, double value) {
  double share = (value - strip->low) / (strip->high - strip->low);
  return strip->box.y + strip->box.h - 1 - (int)floor(share * (strip->box.h - 2) + 0.5);
}

/// What of a curve falls on the same px.
typedef struct {
  int x, top, bottom, is_there;
} pen_t;

static void pen_put(plot_t *plot, const pen_t *pen, int w, int trace) {
  if (!pen->is_there || w <= 0) return;
  list_rect(plot->list, list_box(pen->x, pen->top, w, pen->bottom - pen->top + 2),
            (theme_color_t)(THEME_TRACE_1 + trace));
}

/// Columns that look the same make one rectangle; neighbours always touch.
static void draw_trace(plot_t *plot, const strip_t *strip, int trace) {
  const plot_window_t *window = &plot->view->plot;
  double from_s = seconds(window->from_us),
         step_s = (seconds(window->to_us) - from_s) / PLOT_COLUMN_COUNT;
  pen_t pen = {.is_there = 0};
  int behind = plot->curves.x + plot->curves.w;
  for (uint32_t c = 0; c < PLOT_COLUMN_COUNT; c++) {
    plot_range_t range = window->column[trace][c];
    int x = time_axis_x(&plot->axis, from_s + c * step_s);
    if (x < plot->curves.x) x = plot->curves.x;
    if (x >= behind) break;
    pen_t now = {.x = x, .is_there = !isnan(range.least)};
    if (now.is_there) {
      now.top = y_of(strip, (double)range.greatest);
      now.bottom = y_of(strip, (double)range.least);
    }
    if (pen.is_there && now.is_there && pen.top == now.top && pen.bottom == now.bottom) continue;
    if (pen.x == x && pen.is_there && now.is_there) {
      pen.top = pen.top < now.top ? pen.top : now.top;
      pen.bottom = pen.bottom > now.bottom ? pen.bottom : now.bottom;
      continue;
    }
    pen_put(plot, &pen, x - pen.x, trace);
    if (pen.is_there && now.is_there) {
      if (now.top > pen.bottom) now.top = pen.bottom;
      if (now.bottom < pen.top) now.bottom = pen.top;
    }
    pen = now;
  }
  int end = time_axis_x(&plot->axis, seconds(window->to_us));
  pen_put(plot, &pen, (end < behind ? end : behind) - pen.x, trace);
}

/* ---- axes and legends ---- */

static void axis_text(const plot_t *plot, const strip_t *strip, double value, double step,
                      char *text, size_t text_bytes) {
  const signal_t *signal = signal_of(plot, strip->trace[0]);
  char word[40];
  if (is_lane(plot, strip) && names_word(signal->name, value, word, sizeof word) == 0) {
    paragraph_short(word, AXIS_CHARACTERS, text, text_bytes);
    return;
  }
  int decimals = 0;
  for (; decimals < 4 && step < 0.999; decimals++) step *= 10;
  snprintf(text, text_bytes, "%.*f", decimals, value);
  if (strlen(text) > AXIS_CHARACTERS) snprintf(text, text_bytes, "%.3g", value);
}

static void draw_axis(plot_t *plot, const strip_t *strip, list_box_t labels) {
  int line_px = theme_font(THEME_SMALL)->line_px, free_y = labels.y + labels.h;
  int count_max = strip->box.h / (line_px + 6);
  double step = time_axis_value_step(strip->high - strip->low, count_max > 1 ? count_max : 1);
  char text[48];
  if (is_lane(plot, strip) && step < 1.0) step = 1.0;
  double first = ceil(strip->low / step);
  for (int i = 0; i < 40; i++) {
    double value = (first + i) * step;
    if (value > strip->high) break;
    int y = y_of(strip, value), text_y = y - line_px / 2;
    list_line(plot->list, strip->box.x, y, strip->box.x + strip->box.w - 1, y, THEME_FAINT);
    if (text_y < labels.y) text_y = labels.y;
    if (text_y + line_px > labels.y + labels.h) text_y = labels.y + labels.h - line_px;
    if (text_y + line_px > free_y) continue;
    axis_text(plot, strip, value, step, text, sizeof text);
    list_text(plot->list, list_box(labels.x, text_y, labels.w - 3, line_px), THEME_SMALL,
              LIST_RIGHT, THEME_SOFT, "%s", text);
    free_y = text_y;
  }
}

/// "1 phys.pack.V 372.41 V": of the cursor's time, else of now.
static void legend_text(const plot_t *plot, uint32_t trace, char *value, size_t value_bytes) {
  const plot_window_t *window = &plot->view->plot;
  uint16_t signal = window->signal[trace];
  int32_t column = plot->has_cursor ? column_at(window, plot->cursor_s) : -1;
  if (column < 0) {
    screen_plots_value(signal, signals_read(signals_at(signal), &plot->view->hil), value,
                       value_bytes);
    return;
  }
  plot_range_t range = window->column[trace][column];
  char least[48], greatest[48];
  screen_plots_value(signal, (double)range.greatest, value, value_bytes);
  if (range.least < range.greatest) {
    screen_plots_value(signal, (double)range.least, least, sizeof least);
    screen_plots_value(signal, (double)range.greatest, greatest, sizeof greatest);
    size_t number = strcspn(least, " ");
    if (strcmp(least, greatest) == 0) return;
    snprintf(value, value_bytes, "%.*s..%s", (int)number, least, greatest);
  }
}

static void draw_legend(plot_t *plot, uint32_t trace, list_box_t line) {
  char value[100], text[100];
  list_box_t swatch = list_cut_left(&line, list_width(THEME_SMALL, 2), 3);
  const list_hot_t *hover = &plot->ui->hover;
  int is_hovered = hover->action == SCREEN_PLOTS_TRACE && hover->argument == (int32_t)trace;
  list_rect(plot->list, list_inset(swatch, 1), (theme_color_t)(THEME_TRACE_1 + trace));
  list_text(plot->list, swatch, THEME_SMALL, LIST_CENTRE, THEME_ON_FILL, "%s",
            is_hovered ? "x" : (const char[]){(char)('1' + trace), '\0'});
  list_hot(plot->list, swatch, SCREEN_PLOTS_TRACE, (int32_t)trace);
  legend_text(plot, trace, value, sizeof value);
  paragraph_short(value, list_fits(THEME_SMALL, line.w / 2), text, sizeof text);
  list_box_t figure = list_cut_right(&line, list_width(THEME_SMALL, (int)strlen(text) + 1), 4);
  list_text(plot->list, figure, THEME_SMALL, LIST_RIGHT, THEME_TEXT, "%s", text);
  paragraph_line(plot->list, line, THEME_SMALL, THEME_TEXT, signal_of(plot, trace)->name);
}

static uint32_t legend_lines(const strip_t *strip, int w) {
  uint32_t columns = w >= list_width(THEME_SMALL, 100) ? 2 : 1;
  return (strip->count + columns - 1) / columns;
}

static void draw_legends(plot_t *plot, const strip_t *strip, list_box_t box) {
  uint32_t columns = box.w >= list_width(THEME_SMALL, 100) ? 2 : 1;
  int line_px = theme_font(THEME_SMALL)->line_px, wide = box.w / (int)columns;
  for (uint32_t i = 0; i < strip->count; i++) {
    list_box_t line = list_box(box.x + (int)(i % columns) * wide,
                               box.y + (int)(i / columns) * line_px, wide - THEME_GAP_px, line_px);
    draw_legend(plot, strip->trace[i], line);
  }
}

/// Lines at round times through a strip.
static void draw_times(plot_t *plot, list_box_t box) {
  time_axis_draw(&plot->axis, box, list_box(0, 0, 0, 0), plot->list);
}

static void draw_strips(plot_t *plot, list_box_t gutter) {
  int line_px = theme_font(THEME_SMALL)->line_px, fixed_px = 0, weights = 0;
  for (uint32_t s = 0; s < plot->strip_count; s++) {
    fixed_px += (int)legend_lines(&plot->strip[s], plot->curves.w) * line_px + 4;
    weights += is_lane(plot, &plot->strip[s]) ? LANE_WEIGHT : CURVE_WEIGHT;
  }
  list_box_t room = plot->curves;
  int spare_px = room.h - fixed_px;
  for (uint32_t s = 0; s < plot->strip_count; s++) {
    strip_t *strip = &plot->strip[s];
    int weight = is_lane(plot, strip) ? LANE_WEIGHT : CURVE_WEIGHT, h = spare_px * weight / weights;
    list_box_t legend = list_cut_top(&room, (int)legend_lines(strip, plot->curves.w) * line_px, 0);
    strip->box = list_cut_top(&room, h < STRIP_MIN_px ? STRIP_MIN_px : h, 4);
    if (strip->box.h < 4) break;
    draw_legends(plot, strip, legend);
    draw_shades(plot, strip->box);
    draw_times(plot, strip->box);
    draw_axis(plot, strip, list_box(gutter.x, strip->box.y, gutter.w, strip->box.h));
    list_frame(plot->list, strip->box, THEME_PANEL_EDGE);
    for (uint32_t i = 0; i < strip->count; i++) draw_trace(plot, strip, strip->trace[i]);
  }
}

/* ---- cursors and the whole ---- */

static void draw_cursor(plot_t *plot, double at_s, theme_color_t color) {
  if (!time_axis_shows(&plot->axis, at_s, at_s)) return;
  int x = time_axis_x(&plot->axis, at_s);
  for (uint32_t s = 0; s < plot->strip_count; s++) {
    list_box_t box = plot->strip[s].box;
    if (box.h > 0) list_line(plot->list, x, box.y, x, box.y + box.h, color);
  }
}

static void find_cursor(plot_t *plot) {
  const screen_plots_state_t *state = screen_plots_state(plot->ui);
  plot->has_cursor = list_has(plot->curves, plot->ui->pointer_x, plot->ui->pointer_y);
  if (plot->has_cursor) {
    plot->cursor_s = time_axis_s(&plot->axis, plot->ui->pointer_x);
  } else if (state->has_mark) {
    plot->has_cursor = 1;
    plot->cursor_s = state->mark_s;
  }
}

/// "at 12.345 s, 45.0 ms after the mark".
static void draw_head(plot_t *plot, list_box_t line) {
  const screen_plots_state_t *state = screen_plots_state(plot->ui);
  char at[40], text[120];
  double span_s = plot->axis.to_s - plot->axis.from_s;
  int used = 0;
  if (plot->has_cursor) {
    time_axis_moment(plot->cursor_s, at, sizeof at);
    used = snprintf(text, sizeof text, "cursor %s", at);
    double after_s = plot->cursor_s - state->mark_s;
    if (state->has_mark && fabs(after_s) > 1e-9) {
      snprintf(text + used, sizeof text - (size_t)used, ", %+.6g ms from the mark", after_s * 1e3);
    }
  } else {
    snprintf(text, sizeof text, "%.6g s%s", span_s,
             state->window.span_s <= 0.0 ? ": the whole run"
             : state->window.is_fixed    ? ", stands still (End follows)"
                                         : ", follows");
  }
  static const char key[] = "shades: faults above, expectations that wait below";
  int key_w = list_width(THEME_SMALL, (int)sizeof key - 1);
  if (line.w > key_w + list_width(THEME_NORMAL, 60)) {
    list_box_t right = list_cut_right(&line, key_w, THEME_GAP_px);
    list_text(plot->list, right, THEME_SMALL, LIST_RIGHT, THEME_SOFT, "%s", key);
  }
  paragraph_line(plot->list, line, THEME_NORMAL, THEME_SOFT, text);
}

/// The whole run, and what of it is shown.
static void draw_run(plot_t *plot, list_box_t box) {
  double now_s = seconds(plot->view->hil.now_us);
  time_axis_t run = time_axis_of(&(time_window_t){.span_s = 0.0}, now_s, now_s, box);
  list_rect(plot->list, box, THEME_RAISED);
  for (uint32_t i = 0; i < plot->view->fault_count; i++) {
    const view_fault_t *fault = &plot->view->fault[i];
    int x = time_axis_x(&run, seconds(fault->begin_us));
    if (x > box.x + box.w - 2) x = box.x + box.w - 2;
    if (fault->begin_us == VIEW_NEVER) continue;
    list_rect(plot->list, list_box(x, box.y, 2, box.h), THEME_BAD);
  }
  int x = time_axis_x(&run, plot->axis.from_s), behind = time_axis_x(&run, plot->axis.to_s);
  if (x < box.x) x = box.x;
  if (behind > box.x + box.w) behind = box.x + box.w;
  list_frame(plot->list, list_box(x, box.y, behind - x < 3 ? 3 : behind - x, box.h), THEME_ACCENT);
  list_hot(plot->list, box, SCREEN_PLOTS_RUN, 0);
}

static void draw_empty(plot_t *plot) {
  paragraph(plot->list, list_inset(plot->curves, 20), THEME_NORMAL, THEME_SOFT,
            "Nothing is plotted. Click a signal in the list, or press / and type a part of its "
            "name, then Enter.");
}

void plot_strips_draw(const view_t *view, const ui_t *ui, list_box_t box, display_list_t *list) {
  plot_t plot = {.view = view, .ui = ui, .list = list};
  const screen_plots_state_t *state = screen_plots_state(ui);
  int small_px = theme_font(THEME_SMALL)->line_px;
  double now_s = seconds(view->hil.now_us);
  list_box_t room = list_panel(list, box, "Plots");
  list_box_t head = list_cut_top(&room, theme_font(THEME_NORMAL)->line_px, 2);
  list_box_t run = list_cut_bottom(&room, RUN_STRIP_px, 3);
  list_box_t labels = list_cut_bottom(&room, small_px, 2);
  list_box_t gutter = list_cut_left(&room, list_width(THEME_SMALL, AXIS_CHARACTERS) + 4, 0);
  list_box_t lane = list_cut_top(&room, small_px, 2);
  labels = list_box(room.x, labels.y, room.w, labels.h);
  plot.curves = room;
  plot.axis = time_axis_of(&state->window, now_s, now_s, room);
  find_cursor(&plot);
  collect(&plot);
  draw_head(&plot, head);
  time_axis_draw(&plot.axis, list_box(room.x, room.y, room.w, 0), labels, list);
  draw_marks(&plot, lane);
  list_hot(list, room, SCREEN_PLOTS_CURVES, 0);
  if (plot.strip_count == 0) draw_empty(&plot);
  draw_strips(&plot, gutter);
  if (state->has_mark) draw_cursor(&plot, state->mark_s, THEME_USER);
  if (plot.has_cursor) draw_cursor(&plot, plot.cursor_s, THEME_ACCENT);
  draw_run(&plot, list_box(room.x, run.y, room.w, run.h));
  list_panel_end(list);
}
