/// The screen Connectors: the faces of all five with every pin; a click on a pin breaks it.
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/pinout_text.h"
#include "../scenarios/connector.h"
#include "pin_words.h"
#include "screen.h"

enum { ACT_PIN = 1, DETAIL_px = 60, TITLE_px = 20, LINE_px = 13, NAME_FROM_px = 41, LEGEND = 5 };
enum { ROWS = 10 }; /* of pins, one over the other: 3 of A, 3 of B and C, 4 of E */
enum { VALUE_CHARS = 5 };

static int columns_of(const connector_t *face) {
  int most = 0, before = 0;
  for (uint32_t i = 0; i < face->row_count; i++) {
    int count = face->row_end[i] - before;
    most = count > most ? count : most;
    before = face->row_end[i];
  }
  return most;
}

static int32_t pin_index(const pinout_pin_t *pin) { return (int32_t)(pin - pinout_pin); }

/// What colour says, and the sign that says it again.
static theme_color_t color_of(const pinout_pin_t *pin, const pin_words_t *words, char *sign) {
  *sign = words->is_broken && words->is_found ? '!'
          : words->is_broken                  ? 'x'
          : words->is_found                   ? '!'
          : words->is_doubted                 ? '~'
                                              : ' ';
  if (words->is_broken) return words->is_found ? THEME_BAD : THEME_WARN;
  if (words->is_found) return THEME_ACCENT;
  if (words->is_doubted) return THEME_HIGH_2;
  return pin->wire == PINOUT_NONE && words->value[0] == '\0' ? THEME_PANEL : THEME_MIDDLE;
}

static void draw_pin(const view_t *view, const ui_t *ui, const pinout_pin_t *pin, list_box_t box,
                     display_list_t *list) {
  pin_words_t words;
  char sign, name[16];
  int32_t index = pin_index(pin);
  int chars = list_fits(THEME_SMALL, box.w - 2);
  pin_words(view, (uint32_t)index,
            chars >= VALUE_CHARS + 1 ? 2
            : chars >= VALUE_CHARS   ? 1
                                     : 0,
            &words);
  theme_color_t fill = color_of(pin, &words, &sign);
  int is_filled = fill == THEME_BAD || fill == THEME_WARN || fill == THEME_ACCENT;
  theme_color_t ink = theme_ink(fill);
  theme_color_t soft = is_filled ? ink : fill == THEME_PANEL ? THEME_FAINT : THEME_SOFT;
  int is_lit = ui->hover.action == ACT_PIN && ui->hover.argument == index;
  list_rect(list, box, fill);
  list_frame(list, box,
             is_lit || ui->chosen_pin == index ? THEME_ACCENT
             : words.is_by_user                ? THEME_USER
                                               : THEME_PANEL_EDGE);
  if (is_lit || ui->chosen_pin == index) {
    list_frame(list, list_inset(box, 1), THEME_ACCENT);
  }
  list_box_t room = list_box(box.x + 2, box.y + 1, box.w - 3, box.h - 2);
  list_box_t head = list_cut_top(&room, LINE_px, 0);
  list_box_t mark = list_cut_right(&head, 6, 0);
  snprintf(name, sizeof name, "%u%c", pin->pin, pin_words_source((uint32_t)index));
  list_text(list, head, THEME_SMALL, LIST_LEFT, soft, "%s", name);
  if (sign != ' ') {
    list_text(list, mark, THEME_SMALL, LIST_RIGHT, ink, "%c", sign);
  }
  pin_words_short((uint32_t)index, name);
  if (box.h >= NAME_FROM_px) {
    list_box_t line = list_cut_top(&room, LINE_px, 0);
    list_text(list, line, THEME_SMALL, LIST_LEFT, soft, "%s",
              (int)strlen(name) <= chars ? name : "");
  }
  if (words.value[0] != '\0' && room.h >= LINE_px - 2) {
    list_text(list, list_box(room.x, room.y, room.w, LINE_px), THEME_SMALL, LIST_LEFT, ink, "%s",
              words.value);
  }
  list_hot(list, box, ACT_PIN, index);
}

/// The letter of a connector and as much of its title as fits.
static void draw_title(const connector_t *face, list_box_t box, display_list_t *list) {
  static const char *const modules[CONNECTOR_COUNT] = {"M8 M7 M6", "M6 M5", "M4 M3", "M2 M1",
                                                       "low voltage"};
  char text[120];
  list_box_t letter = list_cut_left(&box, list_width(THEME_LARGE, 1), 6);
  list_text(list, letter, THEME_LARGE, LIST_LEFT, THEME_TEXT, "%c", face->name);
  snprintf(text, sizeof text, "%s", face->title);
  if ((int)strlen(text) > list_fits(THEME_SMALL, box.w)) {
    snprintf(text, sizeof text, "%s", modules[face - connector_face]);
  }
  list_text(list, box, THEME_SMALL, LIST_LEFT, THEME_SOFT, "%s", text);
}

/// Rows of pins; the title stands where the first row, which is the shortest, leaves room.
static void draw_face(const view_t *view, const ui_t *ui, const connector_t *face, int row_h,
                      list_box_t box, display_list_t *list) {
  list_box_t room = list_panel(list, box, NULL);
  int columns = columns_of(face), w = room.w / columns, has_room = face->row_end[0] < columns;
  uint32_t number = 1;
  if (has_room) {
    int x = room.x + w * face->row_end[0] + THEME_GAP_px;
    draw_title(face, list_box(x, room.y, room.x + room.w - x, TITLE_px), list);
  } else {
    draw_title(face, list_cut_top(&room, TITLE_px, 2), list);
  }
  for (uint32_t row = 0; row < face->row_count; row++) {
    uint32_t first = number;
    for (; number <= face->row_end[row]; number++) {
      const pinout_pin_t *pin = connector_pin(face->name, number);
      if (pin != NULL) {
        draw_pin(view, ui, pin,
                 list_box(room.x + (int)(number - first) * w, room.y + (int)row * row_h, w - 2,
                          row_h - 2),
                 list);
      }
    }
  }
  list_panel_end(list);
}

static void draw_legend(list_box_t row, display_list_t *list) {
  static const struct {
    theme_color_t color;
    const char *text;
  } legend[LEGEND] = {{THEME_WARN, "x broken"},
                      {THEME_BAD, "! broken, found"},
                      {THEME_ACCENT, "! named only"},
                      {THEME_HIGH_2, "~ suspected"},
                      {THEME_MIDDLE, "* corrected ~ inferred ? assumed"}};
  for (int i = 0; i < LEGEND; i++) {
    list_box_t box =
        list_cut_left(&row, list_width(THEME_SMALL, (int)strlen(legend[i].text)) + 8, 8);
    list_rect(list, box, legend[i].color);
    list_text(list, box, THEME_SMALL, LIST_CENTRE, theme_ink(legend[i].color), "%s",
              legend[i].text);
  }
}

static void draw_detail(const view_t *view, const ui_t *ui, list_box_t box, display_list_t *list) {
  pin_words_t words;
  char text[300];
  int32_t index = ui->hover.action == ACT_PIN ? ui->hover.argument : ui->chosen_pin;
  list_box_t room = list_panel(list, box, NULL);
  list_box_t first = list_cut_top(&room, 16, 2), second = list_cut_top(&room, 14, 2);
  list_box_t legend = room;
  if (index >= 0 && index < PINOUT_PIN_COUNT) {
    const pinout_pin_t *pin = &pinout_pin[index];
    pin_words(view, (uint32_t)index, 3, &words);
    snprintf(text, sizeof text, "%s  %s %s  %s %s", pin->name, pin->tap, pin->signal, words.value,
             words.unit);
    list_text(list, first, THEME_NORMAL, LIST_LEFT, THEME_TEXT, "%.*s",
              list_fits(THEME_NORMAL, first.w), text);
    snprintf(text, sizeof text, "%s; the BMS: %s; source %s, %s%s%s",
             words.fault[0] ? words.fault : "not broken",
             words.belief[0] ? words.belief : "does not watch it", pinout_source_name(pin->source),
             pin->confidence, pin->note[0] ? ": " : "", pin->note);
    list_text(list, second, THEME_SMALL, LIST_LEFT, words.is_broken ? THEME_BAD : THEME_SOFT,
              "%.*s", list_fits(THEME_SMALL, second.w), text);
  } else {
    list_text(list, first, THEME_NORMAL, LIST_LEFT, THEME_SOFT,
              "Click a pin to break or mend it; voltages are against pack minus.");
  }
  draw_legend(list_box(legend.x, legend.y, legend.w, LINE_px), list);
  list_panel_end(list);
}

static void draw(const view_t *view, const ui_t *ui, list_box_t room, display_list_t *list) {
  list_box_t detail = list_cut_bottom(&room, DETAIL_px, THEME_GAP_px);
  int edges = 2 * THEME_PAD_px;
  int row_h = (room.h - 2 * THEME_GAP_px - 3 * edges - TITLE_px - 2) / ROWS;
  list_box_t upper = list_cut_top(&room, 3 * row_h + edges, THEME_GAP_px);
  list_box_t middle = list_cut_top(&room, 3 * row_h + edges, THEME_GAP_px);
  list_box_t b = list_cut_left(&middle, middle.w * 11 / 23, THEME_GAP_px);
  list_box_t d = list_cut_left(&room, room.w * 12 / 25, THEME_GAP_px);
  const list_box_t boxes[CONNECTOR_COUNT] = {upper, b, middle, d, room};
  for (uint32_t i = 0; i < CONNECTOR_COUNT; i++) {
    draw_face(view, ui, &connector_face[i], row_h, boxes[i], list);
  }
  draw_detail(view, ui, detail, list);
}

/// The pin that lies in the direction of an arrow key: the next number, or the next connector.
static int32_t neighbour(int32_t pin, int32_t key) {
  int32_t step = key == KEY_LEFT ? -1 : key == KEY_RIGHT ? 1 : 0;
  if (pin < 0) {
    return 0;
  }
  if (step != 0) {
    return (pin + step + PINOUT_PIN_COUNT) % PINOUT_PIN_COUNT;
  }
  char next = (char)(pinout_pin[pin].connector + (key == KEY_DOWN ? 1 : -1));
  next = next < 'A' ? 'E' : next > 'E' ? 'A' : next;
  const pinout_pin_t *to = connector_pin(next, pinout_pin[pin].pin);
  return to != NULL ? pin_index(to) : pin_index(connector_pin(next, 1));
}

static command_t input(const view_t *view, ui_t *ui, const event_t *event) {
  (void)view;
  int is_click = event->kind == EVENT_CLICK || event->kind == EVENT_MENU;
  if (is_click && event->hot.action == ACT_PIN) {
    return (command_t){.kind = COMMAND_PIN_MENU, .number = event->hot.argument};
  }
  if (event->kind != EVENT_KEY) {
    return (command_t){.kind = COMMAND_NONE};
  }
  if (event->key >= KEY_LEFT && event->key <= KEY_DOWN) {
    ui->chosen_pin = neighbour(ui->chosen_pin, event->key);
    return (command_t){.kind = COMMAND_TAKEN};
  }
  if (event->key == KEY_ENTER && ui->chosen_pin >= 0) {
    return (command_t){.kind = COMMAND_PIN_MENU, .number = ui->chosen_pin};
  }
  return (command_t){.kind = COMMAND_NONE};
}

const screen_t screen_connectors = {
    .name = "connectors",
    .key = KEY_F1 + 1,
    .title = "Connectors",
    .help = "click a pin, or arrows and Enter: break it, mend it; marks: how sure the pinout is",
    .draw = draw,
    .input = input,
};
