/// The menu of all faults: see menu_faults.h.
#include "menu_faults.h"

#include <stdio.h>
#include <string.h>

#include "menu.h"

enum { ACT_ROW = LIST_ACTION_WINDOW + 200, ACT_TARGET, ACT_VALUE, ACT_BEGIN, ACT_CLEAR, ACT_CLOSE };
enum { LINE_px = 18, BUTTON_px = 24, WIDTH_MAX = 900, HEIGHT_MAX = 620, LIST_CHARS = 48 };
enum { FEW = 20 };

static const double FACTOR_SMALL = 2.0, FACTOR_LARGE = 10.0, PARTS = 20.0;

static const fault_row_t *row_of(const ui_t *ui) {
  uint32_t row = (uint32_t)ui->menu.row;
  return faults_at(row < faults_count() ? row : 0);
}

void menu_open_faults(ui_t *ui) {
  ui->menu = (menu_t){.kind = MENU_FAULTS};
  ui->menu.value = menu_usual_value(row_of(ui));
}

static list_box_t outer(list_box_t window) {
  int w = window.w - 60 < WIDTH_MAX ? window.w - 60 : WIDTH_MAX;
  int h = window.h - 60 < HEIGHT_MAX ? window.h - 60 : HEIGHT_MAX;
  return list_box((window.w - w) / 2, (window.h - h) / 2, w, h);
}

/// Lines that the menu shows in a window of that height.
static int lines_in(list_box_t room) { return room.h / LINE_px; }

static int32_t first_line(const ui_t *ui, int lines) {
  int32_t first = ui->menu.first_row;
  if (ui->menu.row < first) first = ui->menu.row;
  if (ui->menu.row >= first + lines) first = ui->menu.row - lines + 1;
  return first < 0 ? 0 : first;
}

static void draw_rows(const ui_t *ui, list_box_t room, display_list_t *list) {
  int lines = lines_in(room);
  int32_t first = first_line(ui, lines);
  for (int32_t i = first; i < first + lines && i < (int32_t)faults_count(); i++) {
    const fault_row_t *row = faults_at((uint32_t)i);
    list_box_t line = list_cut_top(&room, LINE_px, 0);
    int is_lit = ui->hover.action == ACT_ROW && ui->hover.argument == i;
    if (is_lit || i == ui->menu.row) {
      list_rect(list, line, i == ui->menu.row ? THEME_CHOSEN : THEME_HOVER);
    }
    list_box_t text = list_box(line.x + 4, line.y, line.w - 8, line.h);
    list_box_t name = list_cut_left(&text, list_width(THEME_SMALL, 20), 0);
    list_text(list, name, THEME_SMALL, LIST_LEFT, THEME_TEXT, "%.20s", row->name);
    list_text(list, text, THEME_SMALL, LIST_LEFT, THEME_SOFT, "%.*s",
              list_fits(THEME_SMALL, text.w), row->targets);
    list_hot(list, line, ACT_ROW, i);
  }
}

/// A text over as many lines as it needs, broken between words.
static void draw_words(const char *text, list_box_t *room, theme_color_t color,
                       display_list_t *list) {
  int width = list_fits(THEME_NORMAL, room->w);
  while (*text != '\0' && width > 8) {
    int length = (int)strlen(text), cut = length;
    if (length > width) {
      for (cut = width; cut > 0 && text[cut] != ' '; cut--) {
      }
      cut = cut > 0 ? cut : width;
    }
    list_text(list, list_cut_top(room, LINE_px, 0), THEME_NORMAL, LIST_LEFT, color, "%.*s", cut,
              text);
    text += cut;
    while (*text == ' ') text++;
  }
}

static void draw_steps(const ui_t *ui, list_box_t row, const char *const names[4], uint16_t action,
                       const char *value, display_list_t *list) {
  enum { BUTTON_WIDTH = 34 };
  for (int32_t i = 0; i < 2; i++) {
    list_button(list, list_cut_left(&row, BUTTON_WIDTH, 4), names[i], 0, &ui->hover, action, i);
  }
  for (int32_t i = 3; i >= 2; i--) {
    list_button(list, list_cut_right(&row, BUTTON_WIDTH, 4), names[i], 0, &ui->hover, action, i);
  }
  list_text(list, row, THEME_NORMAL, LIST_CENTRE, THEME_TEXT, "%.*s",
            list_fits(THEME_NORMAL, row.w), value);
}

static int is_wide(const fault_row_t *row) { return row->min > 0.0 && row->max / row->min > FEW; }

static void draw_choice(const view_t *view, const ui_t *ui, list_box_t room, display_list_t *list) {
  static const char *const jumps[4] = {"-10", "-1", "+1", "+10"};
  static const char *const factors[4] = {"/10", "/2", "x2", "x10"};
  static const char *const parts[4] = {"--", "-", "+", "++"};
  const fault_row_t *row = row_of(ui);
  char text[80], target[40];
  list_text(list, list_cut_top(&room, BUTTON_px, 2), THEME_LARGE, LIST_LEFT, THEME_TEXT, "%.30s",
            row->name);
  draw_words(row->help, &room, THEME_SOFT, list);
  (void)list_cut_top(&room, THEME_GAP_px, 0);
  faults_target_name((fault_on_t)row->on, (uint32_t)ui->menu.target, target, sizeof target);
  draw_steps(ui, list_cut_top(&room, BUTTON_px, 6), jumps, ACT_TARGET, target, list);
  if (row->unit[0] != '\0') {
    snprintf(text, sizeof text, "%.4g %s", ui->menu.value, row->unit);
    draw_steps(ui, list_cut_top(&room, BUTTON_px, 2), is_wide(row) ? factors : parts, ACT_VALUE,
               text, list);
    list_text(list, list_cut_top(&room, LINE_px, 6), THEME_SMALL, LIST_CENTRE, THEME_SOFT,
              "%g .. %g %s", row->min, row->max, row->unit);
  }
  list_box_t buttons = list_cut_top(&room, BUTTON_px, THEME_GAP_px);
  int third = (buttons.w - 8) / 3;
  list_button(list, list_cut_left(&buttons, third, 4), "Begin", 0, &ui->hover, ACT_BEGIN, 0);
  list_button(list, list_cut_left(&buttons, third, 4), "Clear", 0, &ui->hover, ACT_CLEAR, 0);
  list_button(list, buttons, "Close", 0, &ui->hover, ACT_CLOSE, 0);
  list_text(list, list_cut_top(&room, LINE_px, 2), THEME_NORMAL, LIST_LEFT, THEME_SOFT,
            "There now:");
  for (uint32_t i = 0; i < view->fault_count && room.h >= LINE_px; i++) {
    if (view->fault[i].end_us != VIEW_NEVER || view->fault[i].begin_us == VIEW_NEVER) continue;
    view_fault_text(&view->fault[i], text, sizeof text);
    list_text(list, list_cut_top(&room, LINE_px, 0), THEME_SMALL, LIST_LEFT,
              view->fault[i].is_by_user ? THEME_USER : THEME_BAD, "%.*s",
              list_fits(THEME_SMALL, room.w), text);
  }
}

void menu_faults_draw(const view_t *view, const ui_t *ui, list_box_t window, display_list_t *list) {
  list_box_t box = outer(window);
  list_box_t room = list_over(list, box,
                              "All faults: up down row, left right target, - + value, "
                              "Enter begins, c clears");
  list_hot(list, box, LIST_ACTION_NONE, 0);
  list_box_t left = list_cut_left(&room, list_width(THEME_SMALL, LIST_CHARS) + 8, 2 * THEME_GAP_px);
  draw_rows(ui, left, list);
  draw_choice(view, ui, room, list);
  list_over_end(list);
}

/* ---- input ---- */

static void choose_row(ui_t *ui, int32_t row) {
  int32_t count = (int32_t)faults_count();
  ui->menu.row = row < 0 ? 0 : row >= count ? count - 1 : row;
  ui->menu.target = 0;
  ui->menu.value = menu_usual_value(row_of(ui));
}

static void choose_target(ui_t *ui, int32_t step) {
  int32_t count = (int32_t)faults_target_count((fault_on_t)row_of(ui)->on);
  int32_t target = ui->menu.target + step;
  ui->menu.target = target < 0        ? (step == -1 ? count - 1 : 0)
                    : target >= count ? (step == 1 ? 0 : count - 1)
                                      : target;
}

static void change_value(ui_t *ui, int32_t button) {
  const fault_row_t *row = row_of(ui);
  double value = ui->menu.value, part = (row->max - row->min) / PARTS;
  if (is_wide(row)) {
    value = button == 0   ? value / FACTOR_LARGE
            : button == 1 ? value / FACTOR_SMALL
            : button == 2 ? value * FACTOR_SMALL
                          : value * FACTOR_LARGE;
  } else {
    value += button == 0 ? -5 * part : button == 1 ? -part : button == 2 ? part : 5 * part;
  }
  ui->menu.value = value < row->min ? row->min : value > row->max ? row->max : value;
}

static void begin(const ui_t *ui, commands_t *commands) {
  const fault_row_t *row = row_of(ui);
  int32_t count = (int32_t)faults_target_count((fault_on_t)row->on);
  int32_t other = ui->menu.target + 1 < count ? ui->menu.target + 1 : ui->menu.target - 1;
  window_add(commands, (command_t){.kind = COMMAND_FAULT,
                                   .row = row,
                                   .target = (uint16_t)ui->menu.target,
                                   .other = (uint16_t)(other < 0 ? 0 : other),
                                   .value = ui->menu.value});
}

static void clear(const ui_t *ui, commands_t *commands) {
  window_add(commands, (command_t){.kind = COMMAND_CLEAR,
                                   .on = row_of(ui)->on,
                                   .target = (uint16_t)ui->menu.target});
}

static void key(ui_t *ui, int32_t pressed, commands_t *commands) {
  enum { PAGE = 12, LEAP = 10 };
  switch (pressed) {
  case KEY_UP:
    choose_row(ui, ui->menu.row - 1);
    break;
  case KEY_DOWN:
    choose_row(ui, ui->menu.row + 1);
    break;
  case KEY_PAGE_UP:
    choose_row(ui, ui->menu.row - PAGE);
    break;
  case KEY_PAGE_DOWN:
    choose_row(ui, ui->menu.row + PAGE);
    break;
  case KEY_LEFT:
    choose_target(ui, -1);
    break;
  case KEY_RIGHT:
    choose_target(ui, 1);
    break;
  case '-':
    change_value(ui, 1);
    break;
  case '+':
    change_value(ui, 2);
    break;
  case KEY_ENTER:
    begin(ui, commands);
    break;
  case 'c':
    clear(ui, commands);
    break;
  default:
    break;
  }
}

static void click(ui_t *ui, const event_t *event, commands_t *commands) {
  static const int32_t jumps[4] = {-10, -1, 1, 10};
  switch (event->hot.action) {
  case ACT_ROW:
    choose_row(ui, event->hot.argument);
    break;
  case ACT_TARGET:
    choose_target(ui, jumps[event->hot.argument & 3]);
    break;
  case ACT_VALUE:
    change_value(ui, event->hot.argument);
    break;
  case ACT_BEGIN:
    begin(ui, commands);
    break;
  case ACT_CLEAR:
    clear(ui, commands);
    break;
  case ACT_CLOSE:
    ui->menu.kind = MENU_NONE;
    break;
  default:
    break;
  }
}

void menu_faults_input(const view_t *view, ui_t *ui, const event_t *event, commands_t *commands) {
  (void)view;
  if (event->kind == EVENT_KEY) {
    key(ui, event->key, commands);
  } else if (event->kind == EVENT_CLICK) {
    click(ui, event, commands);
  } else if (event->kind == EVENT_WHEEL) {
    choose_row(ui, ui->menu.row - event->steps);
  }
}
