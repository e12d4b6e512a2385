/// The high-voltage path as a drawing with live currents.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "screen_pack.h"

enum { TEXT_px = 13, LEVER = 26, BLOCK_px = 52, PARTS = 6 };

/// Where things lie: six columns between two rails.
typedef struct {
  int x[PARTS + 1]; /* edges of the columns */
  int top, bottom, precharge; /* rails; the branch of the precharge contactor */
} places_t;

static const double LIVE_A = 0.05, LIVE_V = 5.0;

static theme_color_t wire_color(double current_A) {
  return fabs(current_A) > LIVE_A ? THEME_ACCENT : THEME_SOFT;
}

static void draw_wire(int x0, int y0, int x1, int y1, double current_A, display_list_t *list) {
  theme_color_t color = wire_color(current_A);
  int is_flat = y0 == y1;
  list_line(list, x0, y0, x1, y1, color);
  if (fabs(current_A) > LIVE_A) { /* twice as thick */
    list_line(list, x0 + !is_flat, y0 + is_flat, x1 + !is_flat, y1 + is_flat, color);
  }
}

static int middle(const places_t *places, int column) {
  return (places->x[column] + places->x[column + 1]) / 2;
}

static list_box_t text_box(const places_t *places, int column, int y) {
  return list_box(places->x[column] + 2, y, places->x[column + 1] - places->x[column] - 4, TEXT_px);
}

/// Contacts at x..x + LEVER on a rail: a lever that lies or stands; a mark where the coil pulls.
static void draw_contactor(const view_t *view, uint32_t coil, int x, int y, display_list_t *list) {
  const hv_t *hv = &view->hil.hv;
  int is_closed = hv->contact_is_closed[coil];
  int is_bad =
      hv->fault[coil] != HV_CONTACT_OK || hv->contact_is_welded[coil] || hv->coil_is_open[coil];
  theme_color_t color = is_bad ? THEME_BAD : is_closed ? THEME_FINE : THEME_TEXT;
  list_rect(list, list_box(x - 3, y - 3, 6, 6), color);
  list_rect(list, list_box(x + LEVER - 3, y - 3, 6, 6), color);
  int rise = is_closed ? 0 : 11;
  list_line(list, x, y, x + LEVER, y - rise, color);
  list_line(list, x, y + 1, x + LEVER, y + 1 - rise, color);
  int is_on = view->hil.pins_out.coil_V[coil] > 1.0;
  list_box_t mark = list_box(x + LEVER / 2 - 4, y + 5, 8, 4);
  if (is_on) {
    list_rect(list, mark, THEME_ACCENT);
  } else {
    list_frame(list, mark, THEME_SOFT);
  }
}

static void draw_block(list_box_t box, const char *name, const char *line, const char *more,
                       theme_color_t edge, display_list_t *list) {
  list_rect(list, box, THEME_RAISED);
  list_frame(list, box, edge);
  list_box_t room = list_box(box.x + 2, box.y + 4, box.w - 4, box.h - 6);
  list_text(list, list_cut_top(&room, 15, 0), THEME_SMALL, LIST_CENTRE, THEME_SOFT, "%s", name);
  list_text(list, list_cut_top(&room, 15, 0), THEME_SMALL, LIST_CENTRE, THEME_TEXT, "%s", line);
  if (more[0] != '\0' && room.h >= 14) {
    list_text(list, list_cut_top(&room, 15, 0), THEME_SMALL, LIST_CENTRE, THEME_TEXT, "%s", more);
  }
}

static list_box_t block_box(const places_t *places, int column) {
  int y = (places->top + places->bottom - BLOCK_px) / 2;
  return list_box(places->x[column] + 4, y, places->x[column + 1] - places->x[column] - 8,
                  BLOCK_px);
}

static void draw_source(const view_t *view, const places_t *places, display_list_t *list) {
  char line[24], more[24];
  const hv_t *hv = &view->hil.hv;
  list_box_t box = block_box(places, 0);
  int x = middle(places, 0), fuse_x = middle(places, 1);
  snprintf(line, sizeof line, "%.1f V", view->hil.pack_V);
  snprintf(more, sizeof more, "%.1f A", view->hil.pack_A);
  draw_wire(x, places->top, x, box.y, view->hil.pack_A, list);
  draw_wire(x, box.y + box.h, x, places->bottom, view->hil.pack_A, list);
  draw_wire(x, places->top, places->x[2], places->top, view->hil.pack_A, list);
  draw_wire(x, places->bottom, places->x[2], places->bottom, view->hil.pack_A, list);
  draw_block(box, "Pack 96S2P", line, more, THEME_PANEL_EDGE, list);
  int is_open = hv->fuse_is_blown || hv->fuse_is_open;
  list_box_t fuse = list_box(fuse_x - 14, places->top - 5, 28, 10);
  list_rect(list, fuse, is_open ? THEME_BAD : THEME_PANEL);
  list_frame(list, fuse, is_open ? THEME_BAD : THEME_TEXT);
  list_text(list, text_box(places, 1, places->top + 8), THEME_SMALL, LIST_CENTRE,
            is_open ? THEME_BAD : THEME_SOFT, "%s", is_open ? "fuse open" : "fuse");
  if (hv->string_is_open) {
    list_text(list, text_box(places, 1, places->bottom - 8 - TEXT_px), THEME_SMALL, LIST_CENTRE,
              THEME_BAD, "plug open");
  }
}

/// Main positive with precharge below it, main negative.
static void draw_contactors(const view_t *view, const places_t *places, display_list_t *list) {
  const hv_t *hv = &view->hil.hv;
  int left = places->x[2], right = places->x[3], x = middle(places, 2) - LEVER / 2;
  const double *contact_A = hv->contact_A;
  draw_wire(left, places->top, x, places->top, contact_A[PINS_COIL_MAIN_POS], list);
  draw_wire(x + LEVER, places->top, right, places->top, contact_A[PINS_COIL_MAIN_POS], list);
  draw_contactor(view, PINS_COIL_MAIN_POS, x, places->top, list);
  list_text(list, text_box(places, 2, places->top - 13 - TEXT_px), THEME_SMALL, LIST_CENTRE,
            THEME_TEXT, "main + %.1f A", contact_A[PINS_COIL_MAIN_POS]);
  double precharge_A = contact_A[PINS_COIL_PRECHARGE];
  int y = places->precharge, resistor = x + LEVER + 6;
  draw_wire(left + 6, places->top, left + 6, y, precharge_A, list);
  draw_wire(left + 6, y, x, y, precharge_A, list);
  draw_wire(x + LEVER, y, right - 6, y, precharge_A, list);
  draw_wire(right - 6, y, right - 6, places->top, precharge_A, list);
  list_box_t body = list_box(resistor, y - 4, 18, 8);
  theme_color_t color = hv->precharge_is_open || hv->precharge_is_burnt ? THEME_BAD : THEME_TEXT;
  list_rect(list, body, THEME_PANEL);
  list_frame(list, body, color);
  draw_contactor(view, PINS_COIL_PRECHARGE, x, y, list);
  list_text(list, text_box(places, 2, y + 11), THEME_SMALL, LIST_CENTRE, THEME_TEXT,
            "prechg %.2f A", precharge_A);
  draw_wire(left, places->bottom, x, places->bottom, contact_A[PINS_COIL_MAIN_NEG], list);
  draw_wire(x + LEVER, places->bottom, right, places->bottom, contact_A[PINS_COIL_MAIN_NEG], list);
  draw_contactor(view, PINS_COIL_MAIN_NEG, x, places->bottom, list);
  list_text(list, text_box(places, 2, places->bottom + 10), THEME_SMALL, LIST_CENTRE, THEME_TEXT,
            "main - %.1f A", contact_A[PINS_COIL_MAIN_NEG]);
}

static void draw_link(const view_t *view, const places_t *places, display_list_t *list) {
  const hv_t *hv = &view->hil.hv;
  int x = middle(places, 3), y = (places->top + places->bottom) / 2;
  theme_color_t color = hv->link_V > LIVE_V ? THEME_ACCENT : THEME_SOFT;
  list_line(list, x, places->top, x, y - 4, color);
  list_line(list, x, y + 4, x, places->bottom, color);
  list_rect(list, list_box(x - 14, y - 5, 28, 3), color);
  list_rect(list, list_box(x - 14, y + 2, 28, 3), color);
  list_text(list, text_box(places, 3, places->top - 13 - TEXT_px), THEME_SMALL, LIST_CENTRE,
            THEME_SOFT, "DC link");
  list_text(list, text_box(places, 3, places->bottom + 10), THEME_SMALL, LIST_CENTRE, THEME_TEXT,
            "%.1f V", hv->link_V);
}

static void draw_consumers(const view_t *view, const places_t *places, display_list_t *list) {
  char line[24], more[24];
  const hv_t *hv = &view->hil.hv;
  const hil_stimulus_t *stimulus = &view->hil.stimulus;
  double load_A = hv->load_A, charger_A = hv->charger_A, both_A = fabs(load_A) + fabs(charger_A);
  list_box_t charger = block_box(places, 4), motor = block_box(places, 5);
  int x[2] = {middle(places, 4), middle(places, 5)};
  draw_wire(places->x[3], places->top, x[0], places->top, both_A, list);
  draw_wire(places->x[3], places->bottom, x[0], places->bottom, both_A, list);
  draw_wire(x[0], places->top, x[1], places->top, load_A, list);
  draw_wire(x[0], places->bottom, x[1], places->bottom, load_A, list);
  draw_wire(x[0], places->top, x[0], charger.y, charger_A, list);
  draw_wire(x[0], charger.y + charger.h, x[0], places->bottom, charger_A, list);
  draw_wire(x[1], places->top, x[1], motor.y, load_A, list);
  draw_wire(x[1], motor.y + motor.h, x[1], places->bottom, load_A, list);
  snprintf(line, sizeof line, "%.1f A", charger_A);
  snprintf(more, sizeof more, "%s", stimulus->charger_is_plugged ? "plugged" : "unplugged");
  draw_block(charger, "Charger", line, more,
             fabs(charger_A) > LIVE_A ? THEME_ACCENT : THEME_PANEL_EDGE, list);
  snprintf(line, sizeof line, "%.1f A", load_A);
  snprintf(more, sizeof more, "%.1f kW", load_A * hv->link_V / 1e3);
  draw_block(motor, "Motor", line, more, fabs(load_A) > LIVE_A ? THEME_ACCENT : THEME_PANEL_EDGE,
             list);
}

void screen_pack_scheme(const view_t *view, list_box_t box, display_list_t *list) {
  static const int shares[PARTS + 1] = {0, 18, 29, 50, 64, 81, 100};
  list_box_t room = list_panel(list, box, "High-voltage path");
  places_t places;
  for (int i = 0; i <= PARTS; i++) {
    places.x[i] = room.x + room.w * shares[i] / 100;
  }
  places.top = room.y + 27;
  places.bottom = room.y + room.h - 27;
  places.precharge = places.top + 34;
  draw_source(view, &places, list);
  draw_contactors(view, &places, list);
  draw_link(view, &places, list);
  draw_consumers(view, &places, list);
  list_panel_end(list);
}
