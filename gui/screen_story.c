/// The screen Scenario: steps, events and faults on a time line, checks with their margins.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../scenarios/story_words.h"
#include "check_words.h"
#include "paragraph.h"
#include "screen.h"
#include "time_axis.h"

enum {
  SCREEN_INDEX = 4,
  ACTION_ROW = 1, ///< argument: row
  ACTION_TIME, ///< the time line: wheel and drag
  ROW_PAD_px = 4,
  PAGE_ROWS = 10,
  WORDS_BYTES = STORY_WORDS_BYTES
};

typedef struct {
  time_window_t window, before; ///< before: as it was when the drag began
  int32_t chosen, scroll;
} state_t;

_Static_assert(sizeof(state_t) <= SCREEN_STATE_BYTES, "the screen's state fits");

typedef enum { ROW_STEP, ROW_EVENT, ROW_HAND, ROW_CHECK } row_kind_t;

typedef struct {
  row_kind_t kind;
  uint32_t index;
} row_t;

/// Columns of the time line's panel.
typedef struct {
  list_box_t sign, name, bars, result;
} columns_t;

/// Faults that the user made; they come last among the view's.
static uint32_t hand_count(const view_t *view) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < view->fault_count; i++) count += view->fault[i].is_by_user;
  return count;
}

static uint32_t row_count(const view_t *view) {
  if (view->plan == NULL) return 0;
  return view->plan->step_count + view->plan->event_count + hand_count(view) + view->check_count;
}

static row_t row_at(const view_t *view, uint32_t row) {
  uint32_t steps = view->plan->step_count, events = view->plan->event_count;
  if (row < steps) return (row_t){ROW_STEP, row};
  uint32_t hands = hand_count(view);
  if (row < steps + events) return (row_t){ROW_EVENT, row - steps};
  row -= steps + events;
  if (row < hands) return (row_t){ROW_HAND, view->fault_count - hands + row};
  return (row_t){ROW_CHECK, row - hands};
}

static double seconds(uint64_t us) { return (double)us / 1e6; }

static double span_end_s(const view_t *view) {
  double now_s = seconds(view->hil.now_us), end_s = seconds(view->end_us);
  return view->end_us == VIEW_NEVER || end_s < now_s ? now_s : end_s;
}

/* ---- bars ---- */

static list_box_t bar_box(const time_axis_t *axis, list_box_t line, double from_s, double to_s) {
  int x = time_axis_x(axis, from_s), behind = time_axis_x(axis, to_s);
  if (x < axis->x) x = axis->x;
  if (behind > axis->x + axis->w) behind = axis->x + axis->w;
  return list_box(x, line.y + 2, behind - x < 2 ? 2 : behind - x, line.h - 4);
}

static void bar(const time_axis_t *axis, list_box_t line, double from_s, double to_s,
                theme_color_t color, display_list_t *list) {
  if (!time_axis_shows(axis, from_s, to_s)) return;
  list_rect(list, bar_box(axis, line, from_s, to_s), color);
}

static void tick(const time_axis_t *axis, list_box_t line, double at_s, theme_color_t color,
                 display_list_t *list) {
  if (!time_axis_shows(axis, at_s, at_s)) return;
  int x = time_axis_x(axis, at_s);
  list_rect(list,
            list_box(x > axis->x + axis->w - 3 ? axis->x + axis->w - 3 : x, line.y, 3, line.h),
            color);
}

/* ---- rows ---- */

static void draw_step(const view_t *view, uint32_t index, const columns_t *at,
                      const time_axis_t *axis, display_list_t *list) {
  const scenario_plan_t *plan = view->plan;
  const plan_step_t *step = &plan->step[index];
  char words[WORDS_BYTES];
  int is_done = step->at_us < view->hil.now_us;
  double at_s = seconds(step->at_us), next_s = seconds(view->hil.now_us);
  if (index + 1 < plan->step_count) next_s = fmin(next_s, seconds(plan->step[index + 1].at_us));
  plan_sets_words(plan, step->set_first, step->set_count, words, sizeof words);
  list_text(list, at->sign, THEME_NORMAL, LIST_CENTRE, THEME_SOFT, "%s",
            is_done ? ">" : "\xc2\xb7");
  paragraph_line(list, at->name, THEME_NORMAL, THEME_TEXT, words);
  if (is_done) bar(axis, at->bars, at_s, next_s, THEME_CHOSEN, list);
  tick(axis, at->bars, at_s, is_done ? THEME_TEXT : THEME_FAINT, list);
  list_text(list, at->result, THEME_NORMAL, LIST_LEFT, THEME_SOFT, "at %.6g s", at_s);
}

static void draw_event(const view_t *view, uint32_t index, const columns_t *at,
                       const time_axis_t *axis, display_list_t *list) {
  const plan_event_t *event = &view->plan->event[index];
  uint64_t at_us = check_event_us(view, index);
  int has_been = at_us != VIEW_NEVER;
  list_text(list, at->sign, THEME_NORMAL, LIST_CENTRE,
            !has_been          ? THEME_SOFT
            : event->has_fault ? THEME_BAD
                               : THEME_ACCENT,
            "%s",
            !has_been          ? "\xc2\xb7"
            : event->has_fault ? "!"
                               : ">");
  paragraph_line(list, at->name, THEME_NORMAL, has_been ? THEME_TEXT : THEME_SOFT, event->id);
  if (!has_been) {
    list_text(list, at->result, THEME_NORMAL, LIST_LEFT, THEME_SOFT, "not yet");
    return;
  }
  const view_fault_t *fault = check_event_fault(view, index);
  if (fault != NULL) {
    int is_there = fault->end_us == VIEW_NEVER;
    bar(axis, at->bars, seconds(at_us), seconds(is_there ? view->hil.now_us : fault->end_us),
        THEME_HIGH_2, list);
  }
  tick(axis, at->bars, seconds(at_us), event->has_fault ? THEME_BAD : THEME_ACCENT, list);
  list_text(list, at->result, THEME_NORMAL, LIST_LEFT, THEME_TEXT, "at %.3f s", seconds(at_us));
}

static void draw_hand(const view_t *view, uint32_t index, const columns_t *at,
                      const time_axis_t *axis, display_list_t *list) {
  const view_fault_t *fault = &view->fault[index];
  char text[WORDS_BYTES];
  double from_s = seconds(fault->begin_us);
  int is_there = fault->end_us == VIEW_NEVER;
  view_fault_text(fault, text, sizeof text);
  list_text(list, at->sign, THEME_NORMAL, LIST_CENTRE, THEME_USER, "!");
  paragraph_line(list, at->name, THEME_NORMAL, THEME_TEXT, text);
  if (fault->begin_us == VIEW_NEVER) {
    list_text(list, at->result, THEME_NORMAL, LIST_LEFT, THEME_SOFT, "waits for a tick");
    return;
  }
  bar(axis, at->bars, from_s, seconds(is_there ? view->hil.now_us : fault->end_us), THEME_USER,
      list);
  list_text(list, at->result, THEME_NORMAL, LIST_LEFT, THEME_TEXT, "by hand at %.3f s", from_s);
}

static void draw_check(const view_t *view, uint32_t index, const columns_t *at,
                       const time_axis_t *axis, display_list_t *list) {
  const view_check_t *check = &view->check[index];
  check_state_t state = check_state(check);
  theme_color_t color = check_color(state);
  char words[WORDS_BYTES];
  list_text(list, at->sign, THEME_NORMAL, LIST_CENTRE, color, "%s", check_sign(state));
  paragraph_line(list, at->name, THEME_NORMAL, state == CHECK_IS_IDLE ? THEME_SOFT : THEME_TEXT,
                 check->id);
  if (check->begin_us != VIEW_NEVER) {
    double from_s = seconds(check->begin_us), now_s = seconds(view->hil.now_us);
    double to_s = check->decided_us != VIEW_NEVER ? seconds(check->decided_us) : now_s;
    if (to_s >= from_s) bar(axis, at->bars, from_s, to_s, color, list);
    if (check->until_us != VIEW_NEVER && check->until_us > check->begin_us) {
      double until_s = seconds(check->until_us);
      if (time_axis_shows(axis, from_s, until_s)) {
        list_frame(list, bar_box(axis, at->bars, from_s, until_s), THEME_SOFT);
      }
      tick(axis, at->bars, until_s, THEME_TEXT, list);
    }
  }
  check_result_words(check, view->hil.now_us, words, sizeof words);
  paragraph_line(list, at->result, THEME_NORMAL, state == CHECK_IS_FAILED ? THEME_BAD : THEME_TEXT,
                 words);
}

/* ---- panels ---- */

static int row_px(void) { return theme_font(THEME_NORMAL)->line_px + ROW_PAD_px; }

static columns_t columns_of(list_box_t line) {
  int name_w = line.w / 4, result_w = list_width(THEME_NORMAL, 28);
  int name_max_w = list_width(THEME_NORMAL, 40);
  columns_t at;
  at.sign = list_cut_left(&line, list_width(THEME_NORMAL, 2), 2);
  at.name = list_cut_left(&line, name_w > name_max_w ? name_max_w : name_w, THEME_GAP_px);
  at.result = list_cut_right(&line, result_w, THEME_GAP_px);
  at.bars = line;
  return at;
}

static void draw_row(const view_t *view, uint32_t row, list_box_t line, const time_axis_t *axis,
                     display_list_t *list) {
  columns_t at = columns_of(line);
  row_t what = row_at(view, row);
  switch (what.kind) {
  case ROW_STEP:
    draw_step(view, what.index, &at, axis, list);
    break;
  case ROW_EVENT:
    draw_event(view, what.index, &at, axis, list);
    break;
  case ROW_HAND:
    draw_hand(view, what.index, &at, axis, list);
    break;
  case ROW_CHECK:
    draw_check(view, what.index, &at, axis, list);
    break;
  }
}

/// First row that is shown, so that the chosen one is.
static int32_t first_row(const state_t *state, int32_t visible, int32_t count) {
  int32_t first = state->scroll;
  if (first > state->chosen) first = state->chosen;
  if (first < state->chosen - visible + 1) first = state->chosen - visible + 1;
  if (first > count - visible) first = count - visible;
  return first < 0 ? 0 : first;
}

static void draw_lines(const view_t *view, const ui_t *ui, const state_t *state, list_box_t box,
                       display_list_t *list) {
  list_box_t room = list_panel(list, box, "Time line: steps, events, checks");
  list_box_t labels = list_cut_bottom(&room, theme_font(THEME_SMALL)->line_px, 2);
  list_box_t bars = columns_of(room).bars;
  double now_s = seconds(view->hil.now_us), end_s = span_end_s(view);
  time_axis_t axis = time_axis_of(&state->window, now_s, end_s, bars);
  int32_t count = (int32_t)row_count(view), visible = room.h / row_px();
  int32_t first = first_row(state, visible, count);
  if (count > visible) {
    list_text(list, list_box(labels.x, labels.y, bars.x - labels.x - 4, labels.h), THEME_SMALL,
              LIST_LEFT, THEME_SOFT, "rows %d to %d of %d", (int)first + 1, (int)(first + visible),
              (int)count);
  }
  labels.x = bars.x;
  labels.w = bars.w;
  time_axis_draw(&axis, bars, labels, list);
  list_hot(list, bars, ACTION_TIME, 0);
  for (int32_t i = first; i < count && i < first + visible; i++) {
    list_box_t line = list_cut_top(&room, row_px(), 0);
    int is_hovered = ui->hover.action == ACTION_ROW && ui->hover.argument == i;
    list_box_t text = list_box(line.x, line.y, bars.x - line.x - 2, line.h);
    if (i == state->chosen || is_hovered) {
      list_rect(list, text, i == state->chosen ? THEME_CHOSEN : THEME_HOVER);
    }
    list_hot(list, text, ACTION_ROW, i);
    draw_row(view, (uint32_t)i, line, &axis, list);
  }
  if (time_axis_shows(&axis, now_s, now_s)) {
    int x = time_axis_x(&axis, now_s);
    list_line(list, x, bars.y, x, bars.y + bars.h, THEME_ACCENT);
  }
  list_panel_end(list);
}

static void say_times(const view_check_t *check, char *text, size_t text_bytes) {
  int used = 0;
  if (check->begin_us == VIEW_NEVER) {
    snprintf(text, text_bytes, "its time has not begun");
    return;
  }
  used = snprintf(text, text_bytes, "from %.3f s", seconds(check->begin_us));
  if (check->until_us != VIEW_NEVER) {
    used += snprintf(text + used, text_bytes - (size_t)used, ", deadline %.3f s",
                     seconds(check->until_us));
  }
  if (check->decided_us != VIEW_NEVER) {
    snprintf(text + used, text_bytes - (size_t)used, ", decided at %.3f s",
             seconds(check->decided_us));
  }
}

static void describe(const view_t *view, row_t what, char *head, char *words, char *seen) {
  const scenario_plan_t *plan = view->plan;
  seen[0] = '\0';
  if (what.kind == ROW_STEP) {
    const plan_step_t *step = &plan->step[what.index];
    snprintf(head, WORDS_BYTES, "step at %.6g s", seconds(step->at_us));
    plan_sets_words(plan, step->set_first, step->set_count, words, WORDS_BYTES);
  } else if (what.kind == ROW_EVENT) {
    const plan_event_t *event = &plan->event[what.index];
    snprintf(head, WORDS_BYTES, "%s %s", event->has_fault ? "fault" : "event", event->id);
    story_when_words(plan, event->when, words, WORDS_BYTES);
    check_event_words(view, what.index, seen, WORDS_BYTES);
  } else if (what.kind == ROW_HAND) {
    const view_fault_t *fault = &view->fault[what.index];
    snprintf(head, WORDS_BYTES, "fault %s", fault->id);
    view_fault_text(fault, words, WORDS_BYTES);
    snprintf(seen, WORDS_BYTES, "%s", fault->row->help);
  } else {
    const view_check_t *check = &view->check[what.index];
    char times[WORDS_BYTES / 2];
    say_times(check, times, sizeof times);
    snprintf(head, WORDS_BYTES, "%s %s: %s, %s", check_kind_word(check->kind), check->id,
             check_word(check_state(check)), times);
    story_check_words(plan, &plan->check[what.index], words, WORDS_BYTES);
    snprintf(seen, WORDS_BYTES, "%s%s", check->text[0] != '\0' ? "seen: " : "", check->text);
  }
}

static void draw_chosen(const view_t *view, const state_t *state, list_box_t box,
                        display_list_t *list) {
  list_box_t room = list_panel(list, box, "Chosen");
  char head[WORDS_BYTES], words[WORDS_BYTES], seen[WORDS_BYTES];
  int line_px = theme_font(THEME_NORMAL)->line_px;
  uint32_t count = row_count(view);
  if (count > 0) {
    uint32_t row = (uint32_t)state->chosen < count ? (uint32_t)state->chosen : count - 1;
    describe(view, row_at(view, row), head, words, seen);
    paragraph_line(list, list_cut_top(&room, line_px, 2), THEME_NORMAL, THEME_TEXT, head);
    list_box_t rule = list_cut_top(&room, 2 * line_px, 2);
    paragraph(list, rule, THEME_NORMAL, THEME_TEXT, words);
    paragraph(list, room, THEME_NORMAL, THEME_SOFT, seen);
  }
  list_panel_end(list);
}

static void draw_summary(const view_t *view, list_box_t box, display_list_t *list) {
  static const check_state_t order[] = {CHECK_IS_PASSED, CHECK_IS_FAILED, CHECK_IS_UNDECIDED,
                                        CHECK_IS_OPEN, CHECK_IS_IDLE};
  list_box_t room = list_panel(list, box, NULL);
  list_box_t head = list_cut_top(&room, theme_font(THEME_LARGE)->line_px, 2);
  paragraph_line(list, head, THEME_LARGE, THEME_TEXT, view->title);
  int wide = list_width(THEME_NORMAL, 17);
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    list_box_t cell = list_cut_left(&room, wide, THEME_GAP_px);
    uint32_t count = check_count(view, order[i]);
    if (cell.w < wide) break;
    list_text(list, list_cut_left(&cell, list_width(THEME_NORMAL, 2), 0), THEME_NORMAL, LIST_LEFT,
              count > 0 ? check_color(order[i]) : THEME_FAINT, "%s", check_sign(order[i]));
    list_text(list, cell, THEME_NORMAL, LIST_LEFT, count > 0 ? THEME_TEXT : THEME_SOFT, "%u %s",
              (unsigned)count, check_word(order[i]));
  }
  list_panel_end(list);
}

static void draw(const view_t *view, const ui_t *ui, list_box_t room, display_list_t *list) {
  const state_t *state = (const state_t *)(const void *)ui->state[SCREEN_INDEX];
  int line_px = theme_font(THEME_NORMAL)->line_px;
  int summary_px = theme_font(THEME_LARGE)->line_px + line_px + 2 * THEME_PAD_px + 4;
  int chosen_px = 7 * line_px + 2 * THEME_PAD_px;
  if (view->plan == NULL) return;
  draw_summary(view, list_cut_top(&room, summary_px, THEME_GAP_px), list);
  list_box_t chosen = list_cut_bottom(&room, chosen_px, THEME_GAP_px);
  draw_lines(view, ui, state, room, list);
  draw_chosen(view, state, chosen, list);
}

/* ---- input ---- */

static void choose(const view_t *view, state_t *state, int32_t row, int32_t scroll) {
  int32_t last = (int32_t)row_count(view) - 1;
  state->chosen = row > last ? last : row;
  if (state->chosen < 0) state->chosen = 0;
  state->scroll = scroll > last ? last : scroll;
  if (state->scroll < 0) state->scroll = 0;
}

static int key(const view_t *view, state_t *state, int32_t code) {
  time_axis_t axis = time_axis_of(&state->window, seconds(view->hil.now_us), span_end_s(view),
                                  list_box(0, 0, 1000, 1));
  double now_s = seconds(view->hil.now_us), end_s = span_end_s(view);
  double at_s = time_axis_shows(&axis, now_s, now_s) ? now_s : (axis.from_s + axis.to_s) / 2;
  switch (code) {
  case KEY_UP:
  case KEY_DOWN:
    choose(view, state, state->chosen + (code == KEY_DOWN ? 1 : -1), state->scroll);
    return 1;
  case KEY_PAGE_UP:
  case KEY_PAGE_DOWN:
    choose(view, state, state->chosen + (code == KEY_PAGE_DOWN ? PAGE_ROWS : -PAGE_ROWS),
           state->scroll);
    return 1;
  case KEY_LEFT:
  case KEY_RIGHT:
    time_window_pan(&state->window, &axis, code == KEY_RIGHT ? 0.2 : -0.2, now_s);
    return 1;
  case KEY_HOME:
    state->window = (time_window_t){.span_s = 0.0};
    return 1;
  case KEY_END:
    state->window.is_fixed = 0;
    return 1;
  case 'i':
  case 'o':
    time_window_zoom(&state->window, &axis, code == 'i' ? 0.5 : 2.0, at_s, end_s);
    return 1;
  default:
    return 0;
  }
}

static void wheel(const view_t *view, state_t *state, const event_t *event) {
  double now_s = seconds(view->hil.now_us), end_s = span_end_s(view);
  if (event->hot.action != ACTION_TIME) {
    choose(view, state, state->chosen - event->steps, state->scroll - event->steps);
    return;
  }
  time_axis_t axis = time_axis_of(&state->window, now_s, end_s, event->hot.box);
  time_window_zoom(&state->window, &axis, event->steps > 0 ? 0.8 : 1.25,
                   time_axis_s(&axis, event->x), end_s);
}

static void drag(const view_t *view, state_t *state, const event_t *event) {
  double now_s = seconds(view->hil.now_us);
  time_axis_t axis = time_axis_of(&state->before, now_s, span_end_s(view), event->hot.box);
  state->window = state->before;
  time_window_pan(&state->window, &axis, (double)(event->start_x - event->x) / axis.w, now_s);
}

static command_t input(const view_t *view, ui_t *ui, const event_t *event) {
  state_t *state = (state_t *)(void *)ui->state[SCREEN_INDEX];
  command_t taken = {.kind = COMMAND_TAKEN}, none = {.kind = COMMAND_NONE};
  if (view->plan == NULL) return none;
  switch (event->kind) {
  case EVENT_KEY:
    return key(view, state, event->key) ? taken : none;
  case EVENT_CLICK:
    state->before = state->window;
    if (event->hot.action == ACTION_ROW) {
      choose(view, state, event->hot.argument, state->scroll);
    }
    return event->hot.action == LIST_ACTION_NONE ? none : taken;
  case EVENT_DRAG:
    if (event->hot.action == ACTION_TIME) drag(view, state, event);
    return taken;
  case EVENT_WHEEL:
    wheel(view, state, event);
    return taken;
  default:
    return none;
  }
}

const screen_t screen_story = {
    .name = "scenario",
    .key = KEY_F1 + SCREEN_INDEX,
    .title = "Scenario",
    .help = "up down: choose; left right: move; i o or wheel: zoom; Home: all; End: follow",
    .draw = draw,
    .input = input,
};
