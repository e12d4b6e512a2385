/// The groups of the eight modules as squares, and the hint of one of them.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/limits.h"
#include "../ecu_model/gen/pinout_text.h"
#include "screen_pack.h"

enum { COLUMNS = 14, LABEL_WIDTH = 26, BUTTON_px = 18, LARGE_FROM_px = 54, NAME_FROM_px = 40 };
enum { HINT_WIDTH = 330, HINT_HEIGHT = 196, LINE_px = 16, HISTORY_COARSE = 4 };

static const char *const names[PACK_SHOWS_COUNT] = {"Voltage", "degC", "SOC", "BMS"};
static const char *const titles[PACK_SHOWS_COUNT] = {
    "Groups: true voltage, V", "Groups: warmer cell, degC", "Groups: state of charge, %",
    "Groups: what the BMS believes, mV"};
static const double COLD_degC = 0.0, HOT_degC = 50.0; /* ends of the colours */
static const double DEVIATION_FULL_V = 0.03;

/// 1 iff the switch that discharges the group is on.
static int is_bleeding(const view_t *view, uint32_t group) {
  const pinout_group_t *row = &pinout_group[group];
  return (view->hil.pins_out.bleed_mask[row->module - 1U] >> (row->channel - 1U)) & 1U;
}

static double value_of(const view_t *view, pack_shows_t shows, uint32_t group) {
  const pack_t *pack = &view->hil.pack;
  switch (shows) {
  case PACK_SHOWS_degC:
    return fmax(pack_cell_degC(pack, 2 * group), pack_cell_degC(pack, 2 * group + 1));
  case PACK_SHOWS_SOC:
    return 50.0 * (pack_cell_soc(pack, 2 * group) + pack_cell_soc(pack, 2 * group + 1));
  case PACK_SHOWS_BMS:
    return view->hil.bms.meas.group_mV[group];
  default:
    return pack_group_V(pack, group);
  }
}

/// The nearer the operating limit above or below, the stronger.
static theme_color_t near_limit(double above_mV, double below_mV) {
  static const double steps_mV[] = {60.0, 150.0, 300.0};
  for (int i = 0; i < 3; i++) {
    if (above_mV < steps_mV[i]) {
      return (theme_color_t)(THEME_HIGH_3 - i);
    }
    if (below_mV < steps_mV[i]) {
      return (theme_color_t)(THEME_LOW_3 + i);
    }
  }
  return THEME_MIDDLE;
}

static theme_color_t color_of(pack_shows_t shows, double value) {
  const limits_row_t *high = &limits_row[LIMITS_GROUP_MAX], *low = &limits_row[LIMITS_GROUP_MIN];
  if (shows == PACK_SHOWS_degC) {
    return theme_step(value, COLD_degC, HOT_degC);
  }
  if (shows == PACK_SHOWS_SOC) {
    return theme_step(value, 0.0, 100.0);
  }
  double mV = shows == PACK_SHOWS_V ? 1000.0 * value : value;
  if (mV >= high->msl || mV <= low->msl) {
    return THEME_BAD;
  }
  if (mV > high->mol || mV < low->mol) {
    return THEME_WARN;
  }
  return near_limit(high->mol - mV, mV - low->mol);
}

static void value_text(pack_shows_t shows, double value, char text[16]) {
  static const char *const formats[PACK_SHOWS_COUNT] = {"%5.3f", "%5.1f", "%5.1f", "%5.0f"};
  snprintf(text, 16, formats[shows], value);
}

typedef struct {
  uint32_t max, min; /* groups */
  double mean;
} extremes_t;

static extremes_t extremes_of(const view_t *view, pack_shows_t shows) {
  extremes_t found = {0, 0, 0.0};
  for (uint32_t g = 0; g < PINOUT_GROUP_COUNT; g++) {
    double value = value_of(view, shows, g);
    found.mean += value / PINOUT_GROUP_COUNT;
    found.max = value > value_of(view, shows, found.max) ? g : found.max;
    found.min = value < value_of(view, shows, found.min) ? g : found.min;
  }
  return found;
}

/// A bar from the middle: how far the group is from the mean of all.
static void draw_deviation(list_box_t box, double difference_V, display_list_t *list) {
  double share = difference_V / DEVIATION_FULL_V;
  share = share > 1.0 ? 1.0 : share < -1.0 ? -1.0 : share;
  int middle = box.x + box.w / 2, length = (int)(share * (box.w / 2 - 2));
  list_rect(list,
            list_box(length < 0 ? middle + length : middle, box.y + box.h - 4,
                     length < 0 ? -length : length, 2),
            THEME_TEXT);
}

static void draw_marks(const view_t *view, const ui_t *ui, uint32_t group,
                       const extremes_t *extremes, list_box_t box, display_list_t *list) {
  uint8_t quality = view->hil.bms.meas.group_quality[group];
  int is_lit = ui->hover.action == PACK_ACT_GROUP && ui->hover.argument == (int32_t)group;
  if (quality == BMS_QUALITY_SUSPECT || quality == BMS_QUALITY_STALE) {
    list_frame(list, box, THEME_WARN);
    list_frame(list, list_inset(box, 1), THEME_WARN);
  } else if (quality == BMS_QUALITY_INVALID || quality == BMS_QUALITY_NONE) {
    list_frame(list, box, THEME_BAD);
    list_frame(list, list_inset(box, 1), THEME_BAD);
    list_line(list, box.x, box.y + box.h - 1, box.x + box.w - 1, box.y, THEME_BAD);
  }
  if (group == extremes->max) {
    list_rect(list, list_box(box.x, box.y, box.w, 3), THEME_TEXT);
  }
  if (group == extremes->min) {
    list_rect(list, list_box(box.x, box.y + box.h - 3, box.w, 3), THEME_TEXT);
  }
  if (is_bleeding(view, group)) {
    list_rect(list, list_box(box.x + box.w - 7, box.y + 1, 6, 6), THEME_BLEED);
  }
  if (is_lit || ui->chosen_group == (int32_t)group) {
    list_frame(list, box, THEME_ACCENT);
    list_frame(list, list_inset(box, 1), THEME_ACCENT);
  }
}

static void draw_group(const view_t *view, const ui_t *ui, pack_shows_t shows, uint32_t group,
                       const extremes_t *extremes, list_box_t box, display_list_t *list) {
  char text[16];
  double value = value_of(view, shows, group);
  theme_color_t color = color_of(shows, value);
  theme_color_t ink = theme_ink(color);
  theme_size_t size = box.w >= LARGE_FROM_px && box.h >= 26 ? THEME_LARGE
                      : box.w >= 42                         ? THEME_NORMAL
                                                            : THEME_SMALL;
  list_rect(list, box, color);
  list_box_t room = box;
  if (box.h >= NAME_FROM_px) {
    list_box_t name = list_cut_top(&room, 15, 0);
    list_text(list, list_box(name.x + 3, name.y + 2, name.w - 3, name.h), THEME_SMALL, LIST_LEFT,
              ink, "C%u", pinout_group[group].number);
  }
  value_text(shows, value, text);
  list_text(list, room, size, LIST_CENTRE, ink, "%s", text);
  if (shows == PACK_SHOWS_V && box.h >= 24) {
    draw_deviation(box, value - extremes->mean, list);
  }
  draw_marks(view, ui, group, extremes, box, list);
  list_hot(list, box, PACK_ACT_GROUP, (int32_t)group);
}

static void draw_buttons(const ui_t *ui, pack_shows_t shows, list_box_t box, display_list_t *list) {
  list_box_t row = list_box(box.x, box.y + 4, box.w - THEME_PAD_px, BUTTON_px);
  for (int32_t i = PACK_SHOWS_COUNT - 1; i >= 0; i--) {
    list_box_t button =
        list_cut_right(&row, list_width(THEME_NORMAL, (int)strlen(names[i])) + 10, 4);
    list_button(list, button, names[i], i == (int32_t)shows, &ui->hover, PACK_ACT_SHOWS, i);
  }
}

void screen_pack_grid(const view_t *view, const ui_t *ui, pack_shows_t shows, list_box_t box,
                      display_list_t *list) {
  list_box_t room = list_panel(list, box, titles[shows]);
  extremes_t extremes = extremes_of(view, shows);
  int row_h = room.h / PINOUT_MODULE_COUNT, cell_w = (room.w - LABEL_WIDTH) / COLUMNS;
  draw_buttons(ui, shows, box, list);
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) {
    const pinout_module_t *module = &pinout_module[m];
    list_box_t row = list_box(room.x, room.y + (int)m * row_h, room.w, row_h);
    list_box_t label = list_cut_left(&row, LABEL_WIDTH, 0);
    list_text(list, label, THEME_NORMAL, LIST_LEFT, THEME_SOFT, "M%u", m + 1);
    for (uint32_t i = 0; i < module->group_count; i++) {
      draw_group(view, ui, shows, module->first_group + i, &extremes,
                 list_box(row.x + (int)i * cell_w + 1, row.y + 1, cell_w - 2, row_h - 2), list);
    }
  }
  list_panel_end(list);
}

/* ---- hint ---- */

static void draw_history(const view_t *view, uint32_t group, list_box_t box, display_list_t *list) {
  const float *values = view->history.group_V[group];
  uint32_t count = (view->history.point_count + HISTORY_COARSE - 1) / HISTORY_COARSE;
  float low = values[0], high = values[0];
  for (uint32_t i = 0; i < count; i++) {
    low = fminf(low, values[i]);
    high = fmaxf(high, values[i]);
  }
  float span = high - low < 0.01F ? 0.01F : high - low;
  list_box_t scale = list_cut_right(&box, list_width(THEME_SMALL, 7), 4);
  list_text(list, list_cut_top(&scale, 14, 0), THEME_SMALL, LIST_LEFT, THEME_SOFT, "%.3f V",
            (double)(low + span));
  list_text(list, list_cut_bottom(&scale, 14, 0), THEME_SMALL, LIST_LEFT, THEME_SOFT, "%.3f V",
            (double)low);
  list_frame(list, box, THEME_PANEL_EDGE);
  int before_x = 0, before_y = 0;
  for (uint32_t i = 0; i < count; i++) {
    int x = box.x + 1 + (int)((uint32_t)(box.w - 3) * i / (count > 1 ? count - 1 : 1));
    int y = box.y + box.h - 3 - (int)((values[i] - low) / span * (float)(box.h - 5));
    if (i > 0 && x > before_x) {
      list_line(list, before_x, before_y, x, y, THEME_TRACE_1);
    }
    if (i == 0 || x > before_x) {
      before_x = x;
      before_y = y;
    }
  }
}

static void draw_cell(const view_t *view, uint32_t cell, list_box_t row, display_list_t *list) {
  const pack_t *pack = &view->hil.pack;
  list_text(list, row, THEME_NORMAL, LIST_LEFT, THEME_TEXT, "cell %c %7.2f A %6.2f %% %5.1f degC",
            cell % 2 == 0 ? 'a' : 'b', pack_cell_A(pack, cell), 100.0 * pack_cell_soc(pack, cell),
            pack_cell_degC(pack, cell));
}

void screen_pack_hint(const view_t *view, const ui_t *ui, uint32_t group, list_box_t room,
                      display_list_t *list) {
  static const char *const qualities[] = {"valid", "suspect", "stale", "invalid", "none"};
  const bms_meas_t *meas = &view->hil.bms.meas;
  const pinout_group_t *row = &pinout_group[group];
  int x = ui->pointer_x + 18, y = ui->pointer_y + 18;
  if (x + HINT_WIDTH > room.x + room.w) x = ui->pointer_x - HINT_WIDTH - 12;
  if (ui->hover.action != PACK_ACT_GROUP || x < room.x) x = room.x + 60;
  if (y + HINT_HEIGHT > room.y + room.h) y = room.y + room.h - HINT_HEIGHT;
  if (y < room.y) y = room.y;
  list_box_t box =
      list_over(list, list_box(x, y, HINT_WIDTH, HINT_HEIGHT), pinout_group_name(group));
  list_text(list, list_cut_top(&box, LINE_px, 0), THEME_NORMAL, LIST_LEFT, THEME_TEXT,
            "true %.4f V, pins %s and %s", pack_group_V(&view->hil.pack, group),
            pinout_wire_name(row->wire_below), pinout_wire_name(row->wire_above));
  uint8_t quality = meas->group_quality[group];
  list_text(list, list_cut_top(&box, LINE_px, 0), THEME_NORMAL, LIST_LEFT,
            quality == BMS_QUALITY_VALID ? THEME_TEXT : THEME_BAD, "BMS  %.3f V, %s%s",
            meas->group_mV[group] / 1000.0, quality < 5 ? qualities[quality] : "?",
            is_bleeding(view, group) ? ", bleeding" : "");
  draw_cell(view, 2 * group, list_cut_top(&box, LINE_px, 0), list);
  draw_cell(view, 2 * group + 1, list_cut_top(&box, LINE_px, 4), list);
  draw_history(view, group, box, list);
  list_over_end(list);
}
