/// The screen Bus: frames by id with their periods and errors, decoded signals, nodes, load.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "paragraph.h"
#include "screen.h"

enum {
  SCREEN_INDEX = 3,
  ACTION_ROW = 1, ///< argument: row of the table
  ACTION_SIGNALS, ///< the panel of signals: wheel
  PAGE_ROWS = 12,
  NODE_COUNT = CAN_MEM_SENDER_MAX,
  SIGNAL_CHARACTERS = 38, ///< width of a column of signals
  TEXT_BYTES = 120
};

typedef struct {
  int32_t chosen; ///< row of the table
  int32_t scroll; ///< of the table
  int32_t signal_scroll;
} state_t;

_Static_assert(sizeof(state_t) <= SCREEN_STATE_BYTES, "the screen's state fits");

static const char *const node_names[NODE_COUNT] = {"BMS", "VCM", "other"};

/* ---- the table ---- */

/// A column: what fills it, and in how wide a table it has room.
typedef struct {
  const char *title;
  int characters, from_characters;
  void (*fill)(const view_t *view, const view_frame_t *frame, char *text);
} column_t;

static void fill_id(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  int is_extended = (frame->frame.flags & CAN_FRAME_EXTENDED) != 0;
  snprintf(text, TEXT_BYTES, is_extended ? "%08X" : "%03X", (unsigned)frame->frame.id);
}

static void fill_name(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  snprintf(text, TEXT_BYTES, "%s",
           frame->message < CAN_MSG_COUNT ? can_msg[frame->message].name : "(not in the DBC)");
}

static void fill_node(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  snprintf(text, TEXT_BYTES, "%s", frame->node < NODE_COUNT ? node_names[frame->node] : "?");
}

static void fill_count(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  snprintf(text, TEXT_BYTES, "%u", (unsigned)frame->count);
}

static void fill_period(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  snprintf(text, TEXT_BYTES, "%s", "-");
  if (frame->count > 1) snprintf(text, TEXT_BYTES, "%.1f", (double)frame->period_ms);
}

static void fill_range(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  snprintf(text, TEXT_BYTES, "%s", "-");
  if (frame->count > 1) {
    snprintf(text, TEXT_BYTES, "%.5g..%.5g", (double)frame->period_min_ms,
             (double)frame->period_max_ms);
  }
}

static void fill_cycle(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  int has_cycle = frame->message < CAN_MSG_COUNT && can_msg[frame->message].cycle_ms > 0;
  snprintf(text, TEXT_BYTES, "%s", "-");
  if (has_cycle) {
    snprintf(text, TEXT_BYTES, "%u", (unsigned)can_msg[frame->message].cycle_ms);
  }
}

static void fill_late(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  snprintf(text, TEXT_BYTES, "%u", (unsigned)frame->late_count);
}

static void fill_wrong(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  snprintf(text, TEXT_BYTES, "%u", (unsigned)frame->wrong_count);
}

/// How long ago the newest one passed.
static double age_ms(const view_t *view, const view_frame_t *frame) {
  return ((double)view->hil.now_us * 1e3 - (double)frame->time_ns) / 1e6;
}

static void fill_age(const view_t *view, const view_frame_t *frame, char *text) {
  double age = age_ms(view, frame);
  snprintf(text, TEXT_BYTES, age < 10e3 ? "%.0f ms" : "%.0f s", age < 10e3 ? age : age / 1e3);
}

/// As many bytes as have room.
static void fill_data(const view_t *view, const view_frame_t *frame, char *text) {
  (void)view;
  int used = 0;
  text[0] = '\0';
  for (int i = 0; i < frame->frame.len && i < 8; i++) {
    used += snprintf(text + used, TEXT_BYTES - (size_t)used, i > 0 ? " %02X" : "%02X",
                     frame->frame.data[i]);
  }
}

static const column_t columns[] = {
    {"id", 8, 0, fill_id},        {"message", 17, 0, fill_name},
    {"from", 5, 62, fill_node},   {"frames", 7, 0, fill_count},
    {"ms", 7, 0, fill_period},    {"least..most", 15, 78, fill_range},
    {"cycle", 5, 0, fill_cycle},  {"late", 4, 0, fill_late},
    {"wrong", 5, 0, fill_wrong},  {"age", 7, 90, fill_age},
    {"data", 23, 122, fill_data},
};
enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

/// 1 iff no frame has come for much longer than its cycle.
static int is_missing(const view_t *view, const view_frame_t *frame) {
  int has_cycle = frame->message < CAN_MSG_COUNT && can_msg[frame->message].cycle_ms > 0;
  return has_cycle && age_ms(view, frame) > 3.0 * can_msg[frame->message].cycle_ms;
}

static theme_color_t cell_color(const view_t *view, const view_frame_t *frame, uint32_t column) {
  if (columns[column].fill == fill_late && frame->late_count > 0) return THEME_WARN;
  if (columns[column].fill == fill_wrong && frame->wrong_count > 0) return THEME_BAD;
  int is_soft = is_missing(view, frame) || columns[column].fill == fill_cycle;
  return is_soft ? THEME_SOFT : THEME_TEXT;
}

static void draw_cells(const view_t *view, const view_frame_t *frame, list_box_t line, int room,
                       display_list_t *list) {
  char text[TEXT_BYTES], cell_text[TEXT_BYTES];
  for (uint32_t i = 0; i < COLUMN_COUNT; i++) {
    int characters = columns[i].characters;
    if (room < columns[i].from_characters) continue;
    list_box_t cell = list_cut_left(&line, list_width(THEME_SMALL, characters), 6);
    int is_left = i < 3 || columns[i].fill == fill_data;
    list_align_t align = is_left ? LIST_LEFT : LIST_RIGHT;
    if (frame == NULL) {
      list_text(list, cell, THEME_SMALL, align, THEME_SOFT, "%s", columns[i].title);
      continue;
    }
    columns[i].fill(view, frame, text);
    paragraph_short(text, characters, cell_text, sizeof cell_text);
    list_text(list, cell, THEME_SMALL, align, cell_color(view, frame, i), "%s", cell_text);
  }
  /* a word beside the colour */
  if (frame != NULL && is_missing(view, frame) && list_fits(THEME_SMALL, line.w) >= 7) {
    list_text(list, line, THEME_SMALL, LIST_LEFT, THEME_BAD, "missing");
  }
}

static int32_t clamp_row(int32_t row, int32_t count) {
  if (row >= count) row = count - 1;
  return row < 0 ? 0 : row;
}

static void draw_table(const view_t *view, const ui_t *ui, const state_t *state, list_box_t box,
                       display_list_t *list) {
  char title[TEXT_BYTES];
  snprintf(title, sizeof title, "Frames: %u of %u ids", (unsigned)view->bus.frame_count,
           (unsigned)view->bus.id_count);
  list_box_t room = list_panel(list, box, title);
  int line_px = theme_font(THEME_SMALL)->line_px + 3, characters = list_fits(THEME_SMALL, room.w);
  int32_t count = (int32_t)view->bus.id_count;
  draw_cells(view, NULL, list_cut_top(&room, line_px, 0), characters, list);
  int32_t visible = room.h / line_px, chosen = clamp_row(state->chosen, count);
  int32_t first = state->scroll;
  if (first > chosen) first = chosen;
  if (first < chosen - visible + 1) first = chosen - visible + 1;
  if (first > count - visible) first = count - visible;
  if (first < 0) first = 0;
  for (int32_t i = first; i < count && i < first + visible; i++) {
    list_box_t line = list_cut_top(&room, line_px, 0);
    int is_hovered = ui->hover.action == ACTION_ROW && ui->hover.argument == i;
    if (i == chosen || is_hovered) {
      list_rect(list, line, i == chosen ? THEME_CHOSEN : THEME_HOVER);
    }
    list_hot(list, line, ACTION_ROW, i);
    draw_cells(view, &view->bus.frame[i], line, characters, list);
  }
  list_panel_end(list);
}

/* ---- signals of the chosen frame ---- */

static void value_text(const can_signal_t *signal, float value, char *text) {
  if (isnan(value)) {
    snprintf(text, TEXT_BYTES, "-");
    return;
  }
  double raw = ((double)value - signal->offset) / signal->factor;
  const char *word =
      signal->value_count > 0 ? can_value_text(signal, (int64_t)floor(raw + 0.5)) : NULL;
  if (word != NULL) {
    snprintf(text, TEXT_BYTES, "%s", word);
  } else {
    snprintf(text, TEXT_BYTES, "%.6g%s%s", (double)value, signal->unit[0] != '\0' ? " " : "",
             signal->unit);
  }
}

static void draw_bytes(const can_frame_t *frame, list_box_t *room, display_list_t *list) {
  int a_line = list_fits(THEME_SMALL, room->w) / 3, line_px = theme_font(THEME_SMALL)->line_px;
  char text[3 * 64 + 1];
  if (a_line < 1) return;
  if (a_line > 32) a_line = 32;
  for (int at = 0; at < frame->len; at += a_line) {
    int used = 0;
    for (int i = at; i < frame->len && i < at + a_line; i++) {
      used += snprintf(text + used, sizeof text - (size_t)used, "%02X ", frame->data[i]);
    }
    list_text(list, list_cut_top(room, line_px, 0), THEME_SMALL, LIST_LEFT, THEME_TEXT, "%.*s",
              used - 1, text);
  }
}

static void draw_signal(const view_t *view, uint32_t index, list_box_t cell, display_list_t *list) {
  const can_signal_t *signal = &can_signal[index];
  char value[TEXT_BYTES], text[TEXT_BYTES];
  value_text(signal, view->bus.signal_value[index], value);
  paragraph_short(value, SIGNAL_CHARACTERS / 2, text, sizeof text);
  list_box_t figure = list_cut_right(&cell, list_width(THEME_SMALL, (int)strlen(text)), 6);
  list_text(list, figure, THEME_SMALL, LIST_RIGHT, THEME_TEXT, "%s", text);
  paragraph_line(list, cell, THEME_SMALL, THEME_SOFT, signal->name);
}

static void draw_list(const view_t *view, const state_t *state, const can_msg_t *msg,
                      list_box_t room, display_list_t *list) {
  int line_px = theme_font(THEME_SMALL)->line_px + 2;
  int wide = list_width(THEME_SMALL, SIGNAL_CHARACTERS), across = room.w / wide;
  if (across < 1) across = 1;
  int32_t rows = room.h / line_px, count = msg->signal_count;
  int32_t row_count = (count + across - 1) / across, first = state->signal_scroll;
  if (first > row_count - rows) first = row_count - rows;
  if (first < 0) first = 0;
  for (int32_t i = first * across; i < count && i < (first + rows) * across; i++) {
    int32_t row = i / across - first, column = i % across;
    draw_signal(view, (uint32_t)(msg->first_signal + i),
                list_box(room.x + column * (room.w / across), room.y + row * line_px,
                         room.w / across - THEME_GAP_px, line_px),
                list);
  }
}

static void draw_frame(const view_t *view, const state_t *state, list_box_t box,
                       display_list_t *list) {
  int32_t count = (int32_t)view->bus.id_count, chosen = clamp_row(state->chosen, count);
  char title[TEXT_BYTES];
  if (count == 0) {
    paragraph(list, list_panel(list, box, "Signals"), THEME_NORMAL, THEME_SOFT,
              "No frame has passed yet.");
    list_panel_end(list);
    return;
  }
  const view_frame_t *frame = &view->bus.frame[chosen];
  const can_msg_t *msg = frame->message < CAN_MSG_COUNT ? &can_msg[frame->message] : NULL;
  snprintf(title, sizeof title, "%s, %u bytes%s", msg != NULL ? msg->name : "not in the DBC",
           (unsigned)frame->frame.len, (frame->frame.flags & CAN_FRAME_FD) != 0 ? ", FD" : "");
  list_box_t room = list_panel(list, box, title);
  list_hot(list, room, ACTION_SIGNALS, 0);
  draw_bytes(&frame->frame, &room, list);
  (void)list_cut_top(&room, 0, 4);
  if (msg != NULL) draw_list(view, state, msg, room, list);
  list_panel_end(list);
}

/* ---- load and nodes ---- */

static theme_color_t load_color(double load_pct) {
  return load_pct > 80.0 ? THEME_BAD : load_pct > 50.0 ? THEME_WARN : THEME_FINE;
}

/// The load of the last minute, newest at the right.
static void draw_load(const view_t *view, list_box_t box, display_list_t *list) {
  int w = box.w < VIEW_LOAD_MAX ? box.w : VIEW_LOAD_MAX;
  list_rect(list, box, THEME_RAISED);
  list_line(list, box.x, box.y + box.h / 2, box.x + box.w - 1, box.y + box.h / 2, THEME_FAINT);
  int begin = 0;
  for (int i = 0; i < w; i++) {
    float load_pct = view->bus.load_past_pct[VIEW_LOAD_MAX - w + i];
    int is_last = i + 1 == w;
    float next_pct = is_last ? -1.0f : view->bus.load_past_pct[VIEW_LOAD_MAX - w + i + 1];
    int h = (int)((float)box.h * fminf(load_pct, 100.0f) / 100.0f + 0.5f);
    int next_h = (int)((float)box.h * fminf(next_pct, 100.0f) / 100.0f + 0.5f);
    if (!is_last && next_h == h) continue;
    list_rect(list, list_box(box.x + box.w - w + begin, box.y + box.h - h, i + 1 - begin, h),
              load_color((double)load_pct));
    begin = i + 1;
  }
}

static void draw_node(const view_t *view, uint32_t node, list_box_t line, display_list_t *list) {
  static const char *const states[] = {"active", "passive", "BUS OFF"};
  static const theme_color_t colors[] = {THEME_FINE, THEME_WARN, THEME_BAD};
  const can_mem_node_t *of = &view->hil.bus.node[node];
  const can_mem_tx_queue_t *tx = &view->hil.bus.tx[node];
  uint32_t state = of->state <= CAN_MEM_OFF ? of->state : (uint32_t)CAN_MEM_OFF;
  list_text(list, list_cut_left(&line, list_width(THEME_SMALL, 6), 4), THEME_SMALL, LIST_LEFT,
            THEME_TEXT, "%s", node_names[node]);
  list_text(list, list_cut_left(&line, list_width(THEME_SMALL, 8), 4), THEME_SMALL, LIST_LEFT,
            of->is_absent ? THEME_SOFT : colors[state], "%s",
            of->is_absent ? "no power" : states[state]);
  char text[TEXT_BYTES];
  snprintf(text, sizeof text, "TEC %u REC %u, sent %u, waiting %u, lost %u, off %u times",
           (unsigned)of->tec, (unsigned)of->rec, (unsigned)tx->sent_count, (unsigned)tx->count,
           (unsigned)tx->lost_count, (unsigned)of->off_count);
  paragraph_line(list, line, THEME_SMALL, THEME_TEXT, text);
}

static void draw_bus(const view_t *view, list_box_t box, display_list_t *list) {
  const can_mem_t *bus = &view->hil.bus;
  list_box_t room = list_panel(list, box, "Bus");
  int line_px = theme_font(THEME_SMALL)->line_px;
  list_box_t load = list_cut_left(&room, room.w * 2 / 5, 2 * THEME_GAP_px);
  list_box_t head = list_cut_top(&load, theme_font(THEME_NORMAL)->line_px, 3);
  list_text(list, list_cut_left(&head, list_width(THEME_NORMAL, 12), 4), THEME_NORMAL, LIST_LEFT,
            THEME_TEXT, "load %5.1f %%", (double)view->bus.load_pct);
  paragraph_line(list, head, THEME_SMALL, THEME_SOFT, "of the last minute, 0.1 s each");
  draw_load(view, load, list);
  char text[TEXT_BYTES];
  snprintf(text, sizeof text, "%.6g kbit/s%s, %u error frames, %u ties",
           (double)bus->bitrate_bps / 1e3, view->hil.can_is_fd ? ", FD" : "",
           (unsigned)bus->error_frame_count, (unsigned)bus->tie_count);
  paragraph_line(list, list_cut_top(&room, line_px, 3), THEME_SMALL,
                 bus->error_frame_count > 0 ? THEME_WARN : THEME_TEXT, text);
  for (uint32_t i = 0; i < NODE_COUNT; i++) {
    draw_node(view, i, list_cut_top(&room, line_px, 1), list);
  }
  list_panel_end(list);
}

static void draw(const view_t *view, const ui_t *ui, list_box_t room, display_list_t *list) {
  const state_t *state = (const state_t *)(const void *)ui->state[SCREEN_INDEX];
  int bus_px = theme_font(THEME_NORMAL)->line_px + 5 * theme_font(THEME_SMALL)->line_px +
               2 * THEME_PAD_px + 8;
  draw_bus(view, list_cut_top(&room, bus_px, THEME_GAP_px), list);
  list_box_t table = list_cut_left(&room, (room.w - THEME_GAP_px) * 3 / 5, THEME_GAP_px);
  draw_table(view, ui, state, table, list);
  draw_frame(view, state, room, list);
}

/* ---- input ---- */

static void choose(const view_t *view, state_t *state, int32_t row, int32_t scroll) {
  int32_t count = (int32_t)view->bus.id_count, before = state->chosen;
  state->chosen = clamp_row(row, count);
  state->scroll = clamp_row(scroll, count);
  if (state->chosen != before) state->signal_scroll = 0;
}

static void scroll_signals(state_t *state, int32_t by) {
  state->signal_scroll += by;
  if (state->signal_scroll > CAN_SIGNAL_COUNT) state->signal_scroll = CAN_SIGNAL_COUNT;
  if (state->signal_scroll < 0) state->signal_scroll = 0;
}

static command_t input(const view_t *view, ui_t *ui, const event_t *event) {
  state_t *state = (state_t *)(void *)ui->state[SCREEN_INDEX];
  command_t taken = {.kind = COMMAND_TAKEN}, none = {.kind = COMMAND_NONE};
  if (event->kind == EVENT_WHEEL && event->hot.action == ACTION_SIGNALS) {
    scroll_signals(state, -event->steps);
    return taken;
  }
  if (event->kind == EVENT_WHEEL) {
    choose(view, state, state->chosen - event->steps, state->scroll - event->steps);
    return taken;
  }
  if (event->kind == EVENT_CLICK && event->hot.action == ACTION_ROW) {
    choose(view, state, event->hot.argument, state->scroll);
    return taken;
  }
  if (event->kind != EVENT_KEY) return none;
  switch (event->key) {
  case KEY_UP:
  case KEY_DOWN:
    choose(view, state, state->chosen + (event->key == KEY_DOWN ? 1 : -1), state->scroll);
    return taken;
  case KEY_PAGE_UP:
  case KEY_PAGE_DOWN:
    scroll_signals(state, event->key == KEY_PAGE_DOWN ? PAGE_ROWS : -PAGE_ROWS);
    return taken;
  default:
    return none;
  }
}

const screen_t screen_bus = {
    .name = "bus",
    .key = KEY_F1 + SCREEN_INDEX,
    .title = "Bus",
    .help = "up down or click: choose a frame; Page keys or wheel: its signals",
    .draw = draw,
    .input = input,
};
