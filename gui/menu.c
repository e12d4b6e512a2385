/// Menus over the screen: see menu.h.
#include "menu.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/pinout_text.h"
#include "menu_faults.h"
#include "paragraph.h"

enum { ACT_ENTRY = LIST_ACTION_WINDOW + 100, ACT_OUTSIDE };
enum { ENTRY_MAX = 24, ENTRY_px = 22, MENU_WIDTH = 44, TEXT_BYTES = 80 };

static const double CHATTER_Hz = 15.0, CHATTER_DUTY_pct = 30.0;
static const double NEAR_ohm = 10.0, WORN_ohm = 200.0, LEAK_ohm = 10000.0;

typedef struct {
  char text[TEXT_BYTES];
  command_t command;
} entry_t;

typedef struct {
  uint32_t count;
  entry_t entry[ENTRY_MAX];
} entries_t;

/* ---- what the table can do to a pin ---- */

typedef struct {
  const char *signal; /* of the pinout */
  uint8_t on;
  uint16_t target;
} pin_row_t;

static const pin_row_t pin_rows[] = {
    {"supply_12V", FAULT_ON_SUPPLY, 0},
    {"can_h", FAULT_ON_BUS, 0},
    {"can_l", FAULT_ON_BUS, 0},
    {"ignition", FAULT_ON_INPUT, 3},
    {"kl30c", FAULT_ON_INPUT, 2},
    {"hvil_out", FAULT_ON_INPUT, 0},
    {"hvil_in", FAULT_ON_INPUT, 0},
    {"crash", FAULT_ON_INPUT, 1},
    {"charger_plug", FAULT_ON_INPUT, 4},
    {"coil_main_pos", FAULT_ON_CONTACTOR, 0},
    {"coil_main_neg", FAULT_ON_CONTACTOR, 1},
    {"coil_precharge", FAULT_ON_CONTACTOR, 2},
    {"aux_main_pos", FAULT_ON_CONTACTOR, 0},
    {"aux_main_neg", FAULT_ON_CONTACTOR, 1},
    {"aux_precharge", FAULT_ON_CONTACTOR, 2},
    {"current_low", FAULT_ON_CURRENT, 0},
    {"current_high", FAULT_ON_CURRENT, 1},
    {"pack_pos", FAULT_ON_VOLTAGE, 0},
    {"pack_neg", FAULT_ON_VOLTAGE, 0},
    {"link_pos", FAULT_ON_VOLTAGE, 1},
    {"link_neg", FAULT_ON_VOLTAGE, 1},
    {"iso_pos", FAULT_ON_VOLTAGE, 3},
    {"iso_neg", FAULT_ON_VOLTAGE, 4},
    {"module_1_ntc", FAULT_ON_NTC, 0},
    {"module_2_ntc", FAULT_ON_NTC, 1},
    {"module_3_ntc", FAULT_ON_NTC, 2},
    {"module_4_ntc", FAULT_ON_NTC, 3},
    {"module_5_ntc", FAULT_ON_NTC, 4},
    {"module_6_ntc", FAULT_ON_NTC, 5},
    {"module_7_ntc", FAULT_ON_NTC, 6},
    {"module_8_ntc", FAULT_ON_NTC, 7},
    {"inlet_ntc", FAULT_ON_NTC, 8},
    {"heater_1_ntc", FAULT_ON_NTC, 9},
    {"heater_2_ntc", FAULT_ON_NTC, 10},
    {"fan_pwm", FAULT_ON_FAN, 0},
    {"fan_tacho", FAULT_ON_FAN, 0},
};

int menu_pin_target(int32_t pin, fault_on_t *on, uint32_t *target) {
  const pinout_pin_t *row = &pinout_pin[pin];
  if (row->wire != PINOUT_NONE) {
    *on = FAULT_ON_WIRE;
    *target = row->wire;
    return 0;
  }
  for (size_t i = 0; row->connector == 'E' && i < sizeof pin_rows / sizeof pin_rows[0]; i++) {
    if (strncmp(row->signal, pin_rows[i].signal, strlen(pin_rows[i].signal)) == 0) {
      *on = (fault_on_t)pin_rows[i].on;
      *target = pin_rows[i].target;
      return 0;
    }
  }
  return -1;
}

double menu_usual_value(const fault_row_t *row) {
  if (row->on == FAULT_ON_WIRE) {
    return strcmp(row->name, "short") == 0        ? NEAR_ohm
           : strcmp(row->name, "resistance") == 0 ? WORN_ohm
           : row->unit[0] != '\0'                 ? LEAK_ohm
                                                  : 0.0;
  }
  if (row->unit[0] == '\0') {
    return 0.0;
  }
  if (row->min > 0.0 && row->max / row->min >= 100.0) {
    double value = pow(10.0, floor((log10(row->min) + log10(row->max)) / 2.0));
    return value < row->min ? row->min : value;
  }
  double middle = row->min + (row->max - row->min) / 4.0;
  return row->min < 0.0 ? row->max / 4.0 : middle;
}

/* ---- entries of a pin's menu ---- */

/// The next wire in pack order, for shorts and swaps.
static uint16_t neighbour(uint32_t wire) {
  return (uint16_t)(wire + 1 < PINS_WIRE_COUNT ? wire + 1 : wire - 1);
}

static void add_entry(entries_t *entries, const fault_row_t *row, uint32_t target, double second) {
  char value[32] = "", other[32] = "";
  if (entries->count == ENTRY_MAX) {
    return;
  }
  entry_t *entry = &entries->entry[entries->count++];
  int has_other = row->has_other || strcmp(row->name, "permute") == 0;
  entry->command = (command_t){.kind = COMMAND_FAULT,
                               .target = (uint16_t)target,
                               .other = has_other ? neighbour(target) : 0,
                               .value = menu_usual_value(row),
                               .second = second,
                               .number = second > 0.0 ? (int32_t)CHATTER_DUTY_pct : 0,
                               .row = row};
  if (row->unit[0] != '\0') {
    snprintf(value, sizeof value, " %g %s", entry->command.value, row->unit);
  }
  if (has_other) {
    snprintf(other, sizeof other, " with %s", pinout_wire_name(entry->command.other));
  }
  snprintf(entry->text, sizeof entry->text, "%s%s%s%s", second > 0.0 ? "intermittent " : "",
           row->name, value, other);
}

static void list_entries(int32_t pin, entries_t *entries) {
  fault_on_t on;
  uint32_t target;
  entries->count = 0;
  if (menu_pin_target(pin, &on, &target) != 0) {
    return;
  }
  for (uint32_t i = 0; i < faults_count(); i++) {
    const fault_row_t *row = faults_at(i);
    if (row->on != on) continue;
    add_entry(entries, row, target, 0.0);
    if (row->has_chatter && row->unit[0] == '\0') {
      add_entry(entries, row, target, CHATTER_Hz);
    }
  }
  entry_t *clear = &entries->entry[entries->count < ENTRY_MAX ? entries->count++ : ENTRY_MAX - 1];
  clear->command =
      (command_t){.kind = COMMAND_CLEAR, .on = (uint8_t)on, .target = (uint16_t)target};
  snprintf(clear->text, sizeof clear->text, "clear all faults here");
}

/* ---- pin menu and help ---- */

void menu_open_pin(ui_t *ui, int32_t pin, int x, int y) {
  if (pin < 0 || pin >= PINOUT_PIN_COUNT) {
    return;
  }
  ui->menu = (menu_t){
      .kind = MENU_PIN, .pin = pin, .x = (int16_t)(x < 0 ? 0 : x), .y = (int16_t)(y < 0 ? 0 : y)};
  ui->chosen_pin = pin;
}

/// A box of that size near a point, inside the window.
static list_box_t place(list_box_t window, int x, int y, int w, int h) {
  int left = x + w + THEME_GAP_px > window.w ? window.w - w - THEME_GAP_px : x;
  int top = y + h + THEME_GAP_px > window.h ? window.h - h - THEME_GAP_px : y;
  return list_box(left < 0 ? 0 : left, top < 0 ? 0 : top, w, h);
}

static void draw_outside(list_box_t window, display_list_t *list) {
  list_hot(list, window, ACT_OUTSIDE, 0);
}

static void draw_pin(const ui_t *ui, list_box_t window, display_list_t *list) {
  entries_t entries;
  char title[TEXT_BYTES];
  const pinout_pin_t *pin = &pinout_pin[ui->menu.pin];
  list_entries(ui->menu.pin, &entries);
  int lines = entries.count > 0 ? (int)entries.count : 1;
  int w = list_width(THEME_NORMAL, MENU_WIDTH) + 2 * THEME_PAD_px;
  int h = theme_font(THEME_NORMAL)->line_px + 4 + lines * ENTRY_px + 2 * THEME_PAD_px;
  draw_outside(window, list);
  list_box_t box = place(window, ui->menu.x, ui->menu.y, w, h);
  snprintf(title, sizeof title, "%s %.28s", pin->name, pin->tap[0] ? pin->tap : pin->signal);
  list_box_t room = list_over(list, box, title);
  list_hot(list, box, LIST_ACTION_NONE, 0);
  if (entries.count == 0) {
    list_text(list, room, THEME_NORMAL, LIST_LEFT, THEME_SOFT, "no fault of the table acts here");
  }
  for (uint32_t i = 0; i < entries.count; i++) {
    list_box_t row = list_cut_top(&room, ENTRY_px, 0);
    int is_lit = ui->hover.action == ACT_ENTRY && ui->hover.argument == (int32_t)i;
    if (is_lit || ui->menu.row == (int32_t)i) {
      list_rect(list, row, is_lit ? THEME_HOVER : THEME_CHOSEN);
    }
    list_box_t text = list_box(row.x + 4, row.y, row.w - 8, row.h);
    list_text(list, text, THEME_NORMAL, LIST_LEFT, THEME_TEXT, "%.44s", entries.entry[i].text);
    list_hot(list, row, ACT_ENTRY, (int32_t)i);
  }
  list_over_end(list);
}

static void draw_help(const ui_t *ui, list_box_t window, display_list_t *list) {
  static const char *const lines[] = {
      "F1 .. F5      screens              Escape     closes what is open",
      "space         pause, run           .          one tick",
      "[ ]           slower, faster       Backspace  back to a checkpoint",
      "1 2 3         standby drive charge",
      "< >           load -, +            { }        charger -, +",
      "f             all faults           x          clear all faults",
      "r             record               s          save as scenario",
      "p P           picture, its texts   l          light, dark",
      "q             quit                 h          this help",
  };
  enum { LINES = sizeof lines / sizeof lines[0], WIDTH = 66 };
  const screen_t *screen = screen_at(ui->screen);
  int w = list_width(THEME_NORMAL, WIDTH) + 2 * THEME_PAD_px + 8;
  int h = (LINES + 6) * ENTRY_px + 2 * THEME_PAD_px;
  draw_outside(window, list);
  list_box_t box = list_box((window.w - w) / 2, (window.h - h) / 2, w, h);
  list_box_t room = list_over(list, box, "Keys");
  list_hot(list, box, LIST_ACTION_NONE, 0);
  for (size_t i = 0; i < LINES; i++) {
    list_text(list, list_cut_top(&room, ENTRY_px, 0), THEME_NORMAL, LIST_LEFT, THEME_TEXT, "%s",
              lines[i]);
  }
  (void)list_cut_top(&room, ENTRY_px / 2, 0);
  if (screen != NULL) {
    list_text(list, list_cut_top(&room, ENTRY_px, 0), THEME_NORMAL, LIST_LEFT, THEME_SOFT,
              "On the screen %s", screen->title);
    (void)paragraph(list, room, THEME_NORMAL, THEME_TEXT, screen->help);
  }
  list_over_end(list);
}

void menu_draw(const view_t *view, const ui_t *ui, list_box_t window, display_list_t *list) {
  if (ui->menu.kind == MENU_PIN) {
    draw_pin(ui, window, list);
  } else if (ui->menu.kind == MENU_HELP) {
    draw_help(ui, window, list);
  } else if (ui->menu.kind == MENU_FAULTS) {
    draw_outside(window, list);
    menu_faults_draw(view, ui, window, list);
  }
}

/* ---- input ---- */

static void choose_entry(ui_t *ui, int32_t row, commands_t *commands) {
  entries_t entries;
  list_entries(ui->menu.pin, &entries);
  if (row >= 0 && (uint32_t)row < entries.count) {
    window_add(commands, entries.entry[row].command);
  }
  ui->menu.kind = MENU_NONE;
}

static void pin_input(ui_t *ui, const event_t *event, commands_t *commands) {
  entries_t entries;
  list_entries(ui->menu.pin, &entries);
  if (event->kind == EVENT_CLICK && event->hot.action == ACT_ENTRY) {
    choose_entry(ui, event->hot.argument, commands);
  } else if (event->kind == EVENT_KEY && event->key == KEY_ENTER) {
    choose_entry(ui, ui->menu.row, commands);
  } else if (event->kind == EVENT_KEY && event->key == KEY_DOWN) {
    ui->menu.row = ui->menu.row + 1 < (int32_t)entries.count ? ui->menu.row + 1 : 0;
  } else if (event->kind == EVENT_KEY && event->key == KEY_UP) {
    ui->menu.row = ui->menu.row > 0 ? ui->menu.row - 1 : (int32_t)entries.count - 1;
  }
}

void menu_input(const view_t *view, ui_t *ui, const event_t *event, commands_t *commands) {
  int is_key = event->kind == EVENT_KEY;
  int closes = (is_key && event->key == KEY_ESCAPE) || event->kind == EVENT_MENU ||
               (event->kind == EVENT_CLICK && event->hot.action == ACT_OUTSIDE) ||
               (ui->menu.kind == MENU_HELP && (is_key || event->kind == EVENT_CLICK));
  if (closes) {
    ui->menu.kind = MENU_NONE;
  } else if (ui->menu.kind == MENU_PIN) {
    pin_input(ui, event, commands);
  } else if (ui->menu.kind == MENU_FAULTS) {
    menu_faults_input(view, ui, event, commands);
  }
}
