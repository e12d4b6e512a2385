/// State, values as they are and as the BMS believes, limits, DTCs and faults.
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/dtc_text.h"
#include "../ecu_model/gen/pinout_text.h"
#include "../scenarios/names.h"
#include "screen_pack.h"

enum { LINE_px = 15, STATE_px = 30, ISOLATION_MOST_kohm = 50000 };

static theme_color_t state_color(uint8_t state) {
  return state == BMS_STATE_FAULT                                     ? THEME_BAD
         : state == BMS_STATE_OPENING || state == BMS_STATE_PRECHARGE ? THEME_WARN
         : state == BMS_STATE_DRIVE || state == BMS_STATE_CHARGE      ? THEME_FINE
                                                                      : THEME_ACCENT;
}

static void draw_line(list_box_t *room, const char *name, const char *truth, const char *belief,
                      display_list_t *list) {
  list_box_t line = list_cut_top(room, LINE_px, 0);
  int third = (line.w - list_width(THEME_SMALL, 9)) / 2;
  list_box_t right = list_cut_right(&line, third, 0);
  list_box_t middle = list_cut_right(&line, third, 0);
  list_text(list, line, THEME_SMALL, LIST_LEFT, THEME_SOFT, "%s", name);
  list_text(list, middle, THEME_SMALL, LIST_RIGHT, THEME_TEXT, "%s", truth);
  list_text(list, right, THEME_SMALL, LIST_RIGHT, THEME_TEXT, "%s", belief);
}

static void draw_pair(list_box_t *room, const char *name, const char *format, double truth,
                      double belief, display_list_t *list) __attribute__((format(printf, 3, 0)));

static void draw_pair(list_box_t *room, const char *name, const char *format, double truth,
                      double belief, display_list_t *list) {
  char one[24], other[24];
  snprintf(one, sizeof one, format, truth);
  snprintf(other, sizeof other, format, belief);
  draw_line(room, name, one, other, list);
}

static void draw_values(const view_t *view, list_box_t *room, display_list_t *list) {
  const hil_t *hil = &view->hil;
  const bms_meas_t *meas = &hil->bms.meas;
  char truth[24], belief[24];
  draw_line(room, "", "true", "BMS", list);
  draw_pair(room, "SOC", "%.1f %%", view_signal(view, "phys.pack.soc_pct"),
            view_signal(view, "bms.soc_pct"), list);
  draw_pair(room, "Current", "%.1f A", hil->pack_A, meas->current_mA / 1e3, list);
  draw_pair(room, "Pack", "%.1f V", hil->pack_V, meas->pack_mV / 1e3, list);
  draw_pair(room, "Link", "%.1f V", hil->hv.link_V, meas->link_mV / 1e3, list);
  draw_pair(room, "Highest", "%.3f V", view_signal(view, "phys.group.max.V"),
            meas->group_max_mV / 1e3, list);
  draw_pair(room, "Lowest", "%.3f V", view_signal(view, "phys.group.min.V"),
            meas->group_min_mV / 1e3, list);
  draw_pair(room, "Warmest", "%.1f degC", view_signal(view, "phys.cell.max.degC"),
            meas->temperature_max_ddegC / 10.0, list);
  draw_pair(room, "Coldest", "%.1f degC", view_signal(view, "phys.cell.min.degC"),
            meas->temperature_min_ddegC / 10.0, list);
  double ohm = view_signal(view, "phys.isolation.ohm"), seen = hil->bms.imd.ohm / 1e3;
  snprintf(truth, sizeof truth, ohm / 1e3 >= ISOLATION_MOST_kohm ? ">50 Mohm" : "%.0f kohm",
           ohm / 1e3);
  snprintf(belief, sizeof belief, seen >= ISOLATION_MOST_kohm ? ">50 Mohm" : "%.0f kohm", seen);
  draw_line(room, "Isolation", truth, belief, list);
}

static void draw_limits(const view_t *view, list_box_t *room, display_list_t *list) {
  const bms_power_t *limit = &view->hil.bms.limit;
  const bms_meas_t *meas = &view->hil.bms.meas;
  char out[24], in[24];
  snprintf(out, sizeof out, "%.0f A", limit->discharge_mA / 1e3);
  snprintf(in, sizeof in, "%.0f A", limit->charge_mA / 1e3);
  draw_line(room, "Limits", "discharge", "charge", list);
  draw_line(room, "", out, in, list);
  snprintf(out, sizeof out, "%.1f kW", limit->discharge_W / 1e3);
  snprintf(in, sizeof in, "%.1f kW", limit->charge_W / 1e3);
  draw_line(room, "", out, in, list);
  list_box_t line = list_cut_top(room, LINE_px, 4);
  list_text(list, line, THEME_SMALL, LIST_LEFT,
            meas->valid_group_count == PINS_GROUP_COUNT ? THEME_SOFT : THEME_BAD,
            "%u of %u groups valid", meas->valid_group_count, PINS_GROUP_COUNT);
}

static void draw_dtc(const view_t *view, uint32_t dtc, list_box_t line, display_list_t *list) {
  char signal[64], where[16] = "";
  const bms_dtc_t *state = &view->hil.bms.dtc[dtc];
  snprintf(signal, sizeof signal, "dtc.%s.location", dtc_name(dtc));
  if (state->location == BMS_NO_LOCATION ||
      names_word(signal, state->location, where, sizeof where) != 0) {
    where[0] = '\0';
  }
  list_box_t place = list_cut_right(&line, list_width(THEME_SMALL, 6), 0);
  list_text(list, line, THEME_SMALL, LIST_LEFT, state->is_active ? THEME_BAD : THEME_WARN, "%.*s",
            list_fits(THEME_SMALL, line.w), dtc_name(dtc));
  list_text(list, place, THEME_SMALL, LIST_RIGHT, THEME_TEXT, "%.6s", where);
}

static void draw_dtcs(const view_t *view, list_box_t *room, display_list_t *list) {
  uint32_t count = 0;
  list_text(list, list_cut_top(room, LINE_px, 0), THEME_SMALL, LIST_LEFT, THEME_SOFT,
            "DTCs of the BMS");
  for (uint32_t pass = 0; pass < 2; pass++) { /* active ones first */
    for (uint32_t i = 0; i < DTC_COUNT && room->h >= 3 * LINE_px; i++) {
      const bms_dtc_t *dtc = &view->hil.bms.dtc[i];
      int is_meant = pass == 0 ? dtc->is_active : dtc->is_latched && !dtc->is_active;
      if (is_meant) {
        draw_dtc(view, i, list_cut_top(room, LINE_px, 0), list);
        count++;
      }
    }
  }
  if (count == 0 && room->h >= LINE_px) {
    list_text(list, list_cut_top(room, LINE_px, 0), THEME_SMALL, LIST_LEFT, THEME_FINE, "none");
  }
  (void)list_cut_top(room, 4, 0);
}

static void draw_faults(const view_t *view, list_box_t *room, display_list_t *list) {
  char text[80];
  uint32_t count = 0;
  if (room->h < 2 * LINE_px) {
    return;
  }
  list_text(list, list_cut_top(room, LINE_px, 0), THEME_SMALL, LIST_LEFT, THEME_SOFT,
            "Faults that are there");
  for (uint32_t i = view->fault_count; i > 0 && room->h >= LINE_px; i--) {
    const view_fault_t *fault = &view->fault[i - 1];
    if (fault->end_us != VIEW_NEVER) continue;
    view_fault_text(fault, text, sizeof text);
    list_text(list, list_cut_top(room, LINE_px, 0), THEME_SMALL, LIST_LEFT,
              fault->is_by_user ? THEME_USER : THEME_BAD, "%.*s", list_fits(THEME_SMALL, room->w),
              text);
    count++;
  }
  if (count == 0 && room->h >= LINE_px) {
    list_text(list, list_cut_top(room, LINE_px, 0), THEME_SMALL, LIST_LEFT, THEME_FINE, "none");
  }
}

/// The newest lines of the time line, from the panel's lower end up.
static void draw_marks(const view_t *view, list_box_t *room, display_list_t *list) {
  char text[160];
  if (room->h < 3 * LINE_px) {
    return;
  }
  list_text(list, list_cut_top(room, LINE_px, 0), THEME_SMALL, LIST_LEFT, THEME_SOFT,
            "What happened, newest first");
  for (uint32_t i = view->mark_count; i > 0 && room->h >= LINE_px; i--) {
    const view_mark_t *mark = &view->mark[i - 1];
    list_box_t line = list_cut_top(room, LINE_px, 0);
    list_box_t time = list_cut_left(&line, list_width(THEME_SMALL, 10), 6);
    int is_dtc = strcmp(mark->kind, "DTC") == 0;
    snprintf(text, sizeof text, "%s %s %s", mark->kind, mark->name, mark->detail);
    list_text(list, time, THEME_SMALL, LIST_RIGHT, THEME_SOFT, "%.3f", (double)mark->time_us / 1e6);
    list_text(list, line, THEME_SMALL, LIST_LEFT, is_dtc ? THEME_BAD : THEME_TEXT, "%.*s",
              list_fits(THEME_SMALL, line.w), text);
  }
}

void screen_pack_values(const view_t *view, list_box_t box, display_list_t *list) {
  char word[24];
  list_box_t room = list_panel(list, box, NULL);
  list_box_t chip = list_cut_top(&room, STATE_px, 4);
  if (names_word("bms.state", view->hil.bms.state, word, sizeof word) != 0) {
    word[0] = '\0';
  }
  theme_color_t fill = state_color(view->hil.bms.state);
  list_rect(list, chip, fill);
  list_text(list, chip, THEME_LARGE, LIST_CENTRE, theme_ink(fill), "BMS %s", word);
  draw_values(view, &room, list);
  (void)list_cut_top(&room, 4, 0);
  draw_limits(view, &room, list);
  draw_dtcs(view, &room, list);
  draw_faults(view, &room, list);
  (void)list_cut_top(&room, 4, 0);
  draw_marks(view, &room, list);
  list_panel_end(list);
}
