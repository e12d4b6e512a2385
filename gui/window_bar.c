/// The bars above and below a screen: see window_bar.h.
#include "window_bar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  ACT_SCREEN = LIST_ACTION_WINDOW,
  ACT_PAUSE,
  ACT_STEP,
  ACT_SPEED,
  ACT_BACK,
  ACT_TIME,
  ACT_REQUEST,
  ACT_LOAD,
  ACT_CHARGER,
  ACT_FAULTS,
  ACT_CLEAR,
  ACT_RECORD,
  ACT_SAVE,
  ACT_PICTURE,
  ACT_THEME,
  ACT_HELP
};

enum { ROW_px = 24, ROW_GAP_px = 4, SPEED_COUNT = 5 };

static const double speeds[SPEED_COUNT] = {0.1, 1.0, 10.0, 100.0, 0.0};
static const char *const speed_names[SPEED_COUNT] = {"0.1x", "1x", "10x", "100x", "max"};
static const double LOAD_MIN_A = -100, LOAD_MAX_A = 300, CHARGER_MAX_A = 120, CHARGER_V = 403;
static const double LOAD_STEP_A = 5, USUAL_CHARGE_A = 40, KEY_STEP_A = 10;

/* ---- above ---- */

static void state_of(const view_t *view, const char **word, theme_color_t *color) {
  static const char *const words[] = {"RUNNING", "PAUSED", "ENDED", "FAILED"};
  static const theme_color_t colors[] = {THEME_FINE, THEME_WARN, THEME_ACCENT, THEME_BAD};
  *word = words[view->run];
  *color = colors[view->run];
}

void window_bar_top(const view_t *view, const ui_t *ui, list_box_t box, display_list_t *list) {
  const char *word;
  theme_color_t color;
  char text[64];
  list_rect(list, box, THEME_PANEL);
  list_box_t rest = list_inset(box, 7);
  for (uint32_t i = 0; screen_at(i) != NULL; i++) {
    const screen_t *screen = screen_at(i);
    snprintf(text, sizeof text, "F%u %s", i + 1, screen->title);
    list_box_t tab =
        list_cut_left(&rest, list_width(THEME_NORMAL, (int)strlen(text)) + 14, ROW_GAP_px);
    list_button(list, tab, text, ui->screen == i, &ui->hover, ACT_SCREEN, (int32_t)i);
  }
  state_of(view, &word, &color);
  list_box_t chip = list_cut_right(&rest, list_width(THEME_NORMAL, 9), THEME_GAP_px);
  list_rect(list, chip, color);
  list_text(list, chip, THEME_NORMAL, LIST_CENTRE, theme_ink(color), "%s", word);
  list_box_t time = list_cut_right(&rest, list_width(THEME_LARGE, 12), THEME_GAP_px);
  list_text(list, time, THEME_LARGE, LIST_RIGHT, THEME_TEXT, "%.3f s",
            (double)view->hil.now_us / 1e6);
  if (view->is_recording) {
    list_box_t light = list_cut_right(&rest, list_width(THEME_NORMAL, 5), THEME_GAP_px);
    list_rect(list, light, THEME_BAD);
    list_text(list, light, THEME_NORMAL, LIST_CENTRE, THEME_ON_FILL, "REC");
  }
  int room = list_fits(THEME_NORMAL, rest.w);
  if (room >= 8) {
    snprintf(text, sizeof text, "%.60s", view->run_name);
    if ((int)strlen(text) > room) text[room] = '\0';
    list_text(list, rest, THEME_NORMAL, LIST_RIGHT, THEME_SOFT, "%s", text);
  }
}

/* ---- below ---- */

static list_box_t cut_button(list_box_t *rest, const char *text) {
  return list_cut_left(rest, list_width(THEME_NORMAL, (int)strlen(text)) + 12, ROW_GAP_px);
}

static double span_us(const view_t *view) {
  double end_us = (double)view->end_us, now_us = (double)view->hil.now_us;
  return end_us > now_us ? end_us : now_us + 1.0;
}

static int time_x(const view_t *view, list_box_t box, uint64_t time_us) {
  double share = (double)time_us / span_us(view);
  return box.x + (int)((share > 1.0 ? 1.0 : share) * (box.w - 1));
}

static void draw_time_line(const view_t *view, const ui_t *ui, list_box_t box,
                           display_list_t *list) {
  int middle = box.y + box.h / 2;
  list_rect(list, box, THEME_RAISED);
  for (uint32_t i = 0; i < view->fault_count; i++) {
    const view_fault_t *fault = &view->fault[i];
    if (fault->begin_us == VIEW_NEVER) continue;
    uint64_t end_us = fault->end_us < view->hil.now_us ? fault->end_us : view->hil.now_us;
    int x = time_x(view, box, fault->begin_us);
    list_rect(list, list_box(x, box.y, time_x(view, box, end_us) - x + 1, box.h), THEME_FAULT_SPAN);
  }
  int now_x = time_x(view, box, view->hil.now_us);
  list_rect(list, list_box(box.x, middle - 2, now_x - box.x, 4), THEME_ACCENT);
  for (uint32_t i = 0; i < view->checkpoint_count; i++) {
    int x = time_x(view, box, view->checkpoint_us[i]);
    list_line(list, x, middle + 4, x, box.y + box.h - 2, THEME_SOFT);
  }
  for (uint32_t i = 0; i < view->mark_count; i++) {
    const view_mark_t *mark = &view->mark[i];
    if (strcmp(mark->kind, "DTC") == 0) {
      list_rect(list, list_box(time_x(view, box, mark->time_us) - 1, box.y + 1, 3, 7), THEME_BAD);
    }
  }
  list_rect(list, list_box(now_x - 1, box.y, 3, box.h), THEME_TEXT);
  list_frame(list, box, ui->hover.action == ACT_TIME ? THEME_ACCENT : THEME_PANEL_EDGE);
  list_hot(list, box, ACT_TIME, 0);
}

static void draw_transport(const view_t *view, const ui_t *ui, list_box_t row,
                           display_list_t *list) {
  int is_going = view->run == VIEW_RUNNING;
  list_button(list, cut_button(&row, "Pause"), is_going ? "Pause" : "Run", 0, &ui->hover, ACT_PAUSE,
              0);
  list_button(list, cut_button(&row, "Step"), "Step", 0, &ui->hover, ACT_STEP, 0);
  list_button(list, cut_button(&row, "Back"), "Back", 0, &ui->hover, ACT_BACK, 0);
  for (int32_t i = 0; i < SPEED_COUNT; i++) {
    list_button(list, cut_button(&row, speed_names[i]), speed_names[i],
                fabs(view->speed_asked_ratio - speeds[i]) < 1e-9, &ui->hover, ACT_SPEED, i);
  }
  list_box_t end = list_cut_right(&row, list_width(THEME_SMALL, 10), ROW_GAP_px);
  list_text(list, end, THEME_SMALL, LIST_RIGHT, THEME_SOFT, "of %.6g s",
            (double)view->end_us / 1e6);
  draw_time_line(view, ui, row, list);
}

static void draw_slider(const ui_t *ui, list_box_t box, double low, double high, double value,
                        uint16_t action, const char *name, display_list_t *list) {
  double shown = ui->slid == action ? ui->slid_value : value;
  double share = (shown - low) / (high - low), zero = -low / (high - low);
  list_box_t label = list_cut_left(&box, list_width(THEME_NORMAL, 14), ROW_GAP_px);
  list_text(list, label, THEME_NORMAL, LIST_LEFT, THEME_TEXT, "%s %4.0f A", name, shown);
  share = share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
  int x = box.x + (int)(share * (box.w - 1)), zero_x = box.x + (int)(zero * (box.w - 1));
  list_rect(list, list_box(box.x, box.y + box.h / 2 - 2, box.w, 4), THEME_PANEL_EDGE);
  list_rect(list,
            list_box(x < zero_x ? x : zero_x, box.y + box.h / 2 - 2,
                     x < zero_x ? zero_x - x : x - zero_x, 4),
            THEME_ACCENT);
  list_rect(list, list_box(x - 4, box.y + 3, 8, box.h - 6),
            ui->hover.action == action ? THEME_ACCENT : THEME_SOFT);
  list_hot(list, box, action, 0);
}

static void draw_loads(const view_t *view, const ui_t *ui, list_box_t row, display_list_t *list) {
  static const char *const requests[] = {"Sleep", "Standby", "Drive", "Charge"};
  static const struct {
    const char *text;
    uint16_t action;
  } buttons[] = {{"Faults", ACT_FAULTS}, {"Clear", ACT_CLEAR}, {"Record", ACT_RECORD},
                 {"Save", ACT_SAVE},     {"PNG", ACT_PICTURE}, {"Theme", ACT_THEME},
                 {"Help", ACT_HELP}};
  const hil_stimulus_t *stimulus = &view->hil.stimulus;
  for (int32_t i = VCM_STANDBY; i <= VCM_CHARGE; i++) {
    list_button(list, cut_button(&row, requests[i]), requests[i], (int32_t)stimulus->request == i,
                &ui->hover, ACT_REQUEST, i);
  }
  for (size_t i = sizeof buttons / sizeof buttons[0]; i > 0; i--) {
    const char *text = buttons[i - 1].text;
    list_box_t box =
        list_cut_right(&row, list_width(THEME_NORMAL, (int)strlen(text)) + 10, ROW_GAP_px);
    int is_chosen = buttons[i - 1].action == ACT_RECORD && view->is_recording;
    list_button(list, box, text, is_chosen, &ui->hover, buttons[i - 1].action, 0);
  }
  row = list_box(row.x + 4, row.y, row.w - 8, row.h);
  list_box_t half = list_cut_left(&row, (row.w - 12) / 2, 12);
  draw_slider(ui, half, LOAD_MIN_A, LOAD_MAX_A, stimulus->current_A, ACT_LOAD, "Load  ", list);
  draw_slider(ui, row, 0.0, CHARGER_MAX_A, stimulus->charger_current_A, ACT_CHARGER, "Charge",
              list);
}

static void draw_message(const view_t *view, const ui_t *ui, list_box_t row, display_list_t *list) {
  char text[260];
  const screen_t *screen = screen_at(ui->screen);
  list_box_t right = list_cut_right(&row, list_width(THEME_SMALL, 26), THEME_GAP_px);
  if (view->pending_count > 0) {
    list_text(list, right, THEME_SMALL, LIST_RIGHT, THEME_USER, "%u wait for the next tick",
              view->pending_count);
  } else if (view->speed_ratio > 0.0) {
    list_text(list, right, THEME_SMALL, LIST_RIGHT, THEME_SOFT, "%.3g x real time",
              view->speed_ratio);
  }
  int has_message = view->message[0] != '\0';
  snprintf(text, sizeof text, "%s",
           has_message      ? view->message
           : screen != NULL ? screen->help
                            : "");
  int room = list_fits(THEME_SMALL, row.w);
  if ((int)strlen(text) > room && room > 3) {
    memcpy(text + room - 3, "...", 4);
  }
  list_text(list, row, THEME_SMALL, LIST_LEFT, has_message ? THEME_TEXT : THEME_SOFT, "%s", text);
}

void window_bar_bottom(const view_t *view, const ui_t *ui, list_box_t box, display_list_t *list) {
  list_rect(list, box, THEME_PANEL);
  list_box_t rest = list_inset(box, 7);
  draw_transport(view, ui, list_cut_top(&rest, ROW_px, ROW_GAP_px), list);
  draw_loads(view, ui, list_cut_top(&rest, ROW_px, ROW_GAP_px), list);
  draw_message(view, ui, rest, list);
}

/* ---- input ---- */

static void add_plain(commands_t *commands, command_kind_t kind) {
  window_add(commands, (command_t){.kind = (uint8_t)kind});
}

static void add_load(commands_t *commands, const char *key, double value) {
  command_t command = {.kind = COMMAND_LOAD, .value = value, .second = CHARGER_V};
  snprintf(command.text, sizeof command.text, "%s", key);
  window_add(commands, command);
}

/// What vehicle and charger do for it comes along: nobody drives with the plug in.
static void ask_request(const view_t *view, int32_t request, commands_t *commands) {
  const hil_stimulus_t *stimulus = &view->hil.stimulus;
  int wants_plug = request == VCM_CHARGE;
  if (request >= VCM_DRIVE && stimulus->charger_is_plugged != wants_plug) {
    add_load(commands, "charger_plugged", wants_plug);
  }
  if (request == VCM_CHARGE && !(stimulus->charger_current_A > 0.0)) {
    add_load(commands, "charger", USUAL_CHARGE_A);
  }
  if (request == VCM_DRIVE && stimulus->charger_current_A > 0.0) {
    add_load(commands, "charger", 0.0);
  }
  add_load(commands, "request", request);
}

static void seek(const view_t *view, const event_t *event, commands_t *commands) {
  double share = (double)(event->x - event->hot.box.x) / (event->hot.box.w - 1);
  share = share < 0.0 ? 0.0 : share;
  window_add(commands,
             (command_t){.kind = COMMAND_SEEK, .time_us = (uint64_t)(share * span_us(view))});
}

static void back(const view_t *view, commands_t *commands) {
  uint32_t count = view->checkpoint_count;
  while (count > 1 && view->checkpoint_us[count - 1] + 500000 > view->hil.now_us) {
    count--;
  }
  uint64_t time_us = count > 0 ? view->checkpoint_us[count - 1] : 0;
  window_add(commands, (command_t){.kind = COMMAND_SEEK, .time_us = time_us});
}

static void slide(ui_t *ui, const event_t *event) {
  double low = ui->slid == ACT_LOAD ? LOAD_MIN_A : 0.0;
  double high = ui->slid == ACT_LOAD ? LOAD_MAX_A : CHARGER_MAX_A;
  double share = (double)(event->x - event->hot.box.x) / (event->hot.box.w - 1);
  share = share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
  ui->slid_value = round((low + share * (high - low)) / LOAD_STEP_A) * LOAD_STEP_A;
}

static void slider_input(ui_t *ui, const event_t *event, commands_t *commands) {
  if (event->kind == EVENT_CLICK) {
    ui->slid = event->hot.action;
  }
  if (event->kind == EVENT_CLICK || event->kind == EVENT_DRAG) {
    slide(ui, event);
  } else if (event->kind == EVENT_RELEASE) {
    add_load(commands, ui->slid == ACT_LOAD ? "current_A" : "charger", ui->slid_value);
    ui->slid = 0;
  }
}

static void click(const view_t *view, const event_t *event, commands_t *commands) {
  static const uint8_t plain[][2] = {{ACT_PAUSE - LIST_ACTION_WINDOW, COMMAND_PAUSE},
                                     {ACT_STEP - LIST_ACTION_WINDOW, COMMAND_STEP},
                                     {ACT_FAULTS - LIST_ACTION_WINDOW, COMMAND_FAULT_MENU},
                                     {ACT_CLEAR - LIST_ACTION_WINDOW, COMMAND_CLEAR_ALL},
                                     {ACT_RECORD - LIST_ACTION_WINDOW, COMMAND_RECORD},
                                     {ACT_SAVE - LIST_ACTION_WINDOW, COMMAND_SAVE},
                                     {ACT_PICTURE - LIST_ACTION_WINDOW, COMMAND_SCREENSHOT},
                                     {ACT_THEME - LIST_ACTION_WINDOW, COMMAND_THEME},
                                     {ACT_HELP - LIST_ACTION_WINDOW, COMMAND_HELP}};
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    if (event->hot.action == LIST_ACTION_WINDOW + plain[i][0]) {
      add_plain(commands, (command_kind_t)plain[i][1]);
    }
  }
  if (event->hot.action == ACT_SCREEN) {
    window_add(commands, (command_t){.kind = COMMAND_SCREEN, .number = event->hot.argument});
  } else if (event->hot.action == ACT_SPEED) {
    window_add(commands, (command_t){.kind = COMMAND_SPEED, .value = speeds[event->hot.argument]});
  } else if (event->hot.action == ACT_REQUEST) {
    ask_request(view, event->hot.argument, commands);
  } else if (event->hot.action == ACT_TIME) {
    seek(view, event, commands);
  } else if (event->hot.action == ACT_BACK) {
    back(view, commands);
  }
}

static void change_speed(const view_t *view, int step, commands_t *commands) {
  int at = 1;
  for (int i = 0; i < SPEED_COUNT; i++) {
    at = fabs(view->speed_asked_ratio - speeds[i]) < 1e-9 ? i : at;
  }
  at += step;
  at = at < 0 ? 0 : at >= SPEED_COUNT ? SPEED_COUNT - 1 : at;
  window_add(commands, (command_t){.kind = COMMAND_SPEED, .value = speeds[at]});
}

static void change_load(double value, double step, double low, double high, const char *key,
                        commands_t *commands) {
  value += step;
  add_load(commands, key, value < low ? low : value > high ? high : value);
}

static void key(const view_t *view, const event_t *event, commands_t *commands) {
  static const struct {
    int32_t key;
    uint8_t kind;
  } plain[] = {{' ', COMMAND_PAUSE},      {'.', COMMAND_STEP},   {'f', COMMAND_FAULT_MENU},
               {'x', COMMAND_CLEAR_ALL},  {'r', COMMAND_RECORD}, {'s', COMMAND_SAVE},
               {'p', COMMAND_SCREENSHOT}, {'l', COMMAND_THEME},  {'h', COMMAND_HELP},
               {'?', COMMAND_HELP},       {'q', COMMAND_QUIT}};
  const hil_stimulus_t *stimulus = &view->hil.stimulus;
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    if (event->key == plain[i].key) {
      add_plain(commands, (command_kind_t)plain[i].kind);
    }
  }
  if (event->key == 'P') {
    window_add(commands, (command_t){.kind = COMMAND_SCREENSHOT, .number = 1});
  }
  if (event->key >= KEY_F1 && screen_at((uint32_t)(event->key - KEY_F1)) != NULL) {
    window_add(commands, (command_t){.kind = COMMAND_SCREEN, .number = event->key - KEY_F1});
  } else if (event->key == '[' || event->key == ']') {
    change_speed(view, event->key == ']' ? 1 : -1, commands);
  } else if (event->key >= '1' && event->key <= '3') {
    ask_request(view, VCM_STANDBY + event->key - '1', commands);
  } else if (event->key == '<' || event->key == '>') {
    change_load(stimulus->current_A, event->key == '>' ? KEY_STEP_A : -KEY_STEP_A, LOAD_MIN_A,
                LOAD_MAX_A, "current_A", commands);
  } else if (event->key == '{' || event->key == '}') {
    change_load(stimulus->charger_current_A, event->key == '}' ? KEY_STEP_A : -KEY_STEP_A, 0.0,
                CHARGER_MAX_A, "charger", commands);
  } else if (event->key == KEY_BACKSPACE) {
    back(view, commands);
  }
}

void window_bar_input(const view_t *view, ui_t *ui, const event_t *event, commands_t *commands) {
  if (ui->slid != 0 || event->hot.action == ACT_LOAD || event->hot.action == ACT_CHARGER) {
    slider_input(ui, event, commands);
  } else if (event->kind == EVENT_KEY) {
    key(view, event, commands);
  } else if (event->kind == EVENT_CLICK) {
    click(view, event, commands);
  }
}
