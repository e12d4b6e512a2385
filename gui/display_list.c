/// Fills a display list: see display_list.h.
#include "display_list.h"

#include <stdarg.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 512 };

void display_list_clear(display_list_t *list, int width, int height) {
  list->item_count = 0;
  list->hot_count = 0;
  list->panel_count = 1;
  list->text_bytes = 0;
  list->cut_count = 0;
  list->lost_count = 0;
  list->panel = 0;
  list->is_over = 0;
  list->width = (int16_t)width;
  list->height = (int16_t)height;
  list->panel_box[0] = list_box(0, 0, width, height);
  snprintf(list->panel_title[0], sizeof list->panel_title[0], "window");
}

/* ---- boxes ---- */

int list_has(list_box_t box, int x, int y) {
  return x >= box.x && y >= box.y && x < box.x + box.w && y < box.y + box.h;
}

list_box_t list_inset(list_box_t box, int px) {
  return list_box(box.x + px, box.y + px, box.w - 2 * px, box.h - 2 * px);
}

static int clip(int value, int max) { return value < 0 ? 0 : value > max ? max : value; }

list_box_t list_cut_top(list_box_t *rest, int h, int gap) {
  list_box_t all = *rest;
  h = clip(h, all.h);
  *rest = list_box(all.x, all.y + h + gap, all.w, all.h - h - gap);
  return list_box(all.x, all.y, all.w, h);
}

list_box_t list_cut_bottom(list_box_t *rest, int h, int gap) {
  list_box_t all = *rest;
  h = clip(h, all.h);
  *rest = list_box(all.x, all.y, all.w, all.h - h - gap);
  return list_box(all.x, all.y + all.h - h, all.w, h);
}

list_box_t list_cut_left(list_box_t *rest, int w, int gap) {
  list_box_t all = *rest;
  w = clip(w, all.w);
  *rest = list_box(all.x + w + gap, all.y, all.w - w - gap, all.h);
  return list_box(all.x, all.y, w, all.h);
}

list_box_t list_cut_right(list_box_t *rest, int w, int gap) {
  list_box_t all = *rest;
  w = clip(w, all.w);
  *rest = list_box(all.x, all.y, all.w - w - gap, all.h);
  return list_box(all.x + all.w - w, all.y, w, all.h);
}

/* ---- items ---- */

static list_item_t *add(display_list_t *list, list_kind_t kind, list_box_t box,
                        theme_color_t color) {
  if (list->item_count == DISPLAY_LIST_ITEM_MAX) {
    list->lost_count++;
    return NULL;
  }
  list_item_t *item = &list->item[list->item_count++];
  *item = (list_item_t){.box = box,
                        .kind = (uint8_t)kind,
                        .color = (uint8_t)color,
                        .panel = list->panel,
                        .is_over = list->is_over};
  return item;
}

void list_rect(display_list_t *list, list_box_t box, theme_color_t color) {
  if (box.w > 0 && box.h > 0) {
    (void)add(list, LIST_RECT, box, color);
  }
}

void list_frame(display_list_t *list, list_box_t box, theme_color_t color) {
  if (box.w > 0 && box.h > 0) {
    (void)add(list, LIST_FRAME, box, color);
  }
}

void list_line(display_list_t *list, int x0, int y0, int x1, int y1, theme_color_t color) {
  list_box_t box = {(int16_t)x0, (int16_t)y0, (int16_t)(x1 - x0), (int16_t)(y1 - y0)};
  (void)add(list, LIST_LINE, box, color);
}

int list_fits(theme_size_t size, int w) { return w > 0 ? w / theme_font(size)->advance_px : 0; }

int list_width(theme_size_t size, int characters) {
  return characters * theme_font(size)->advance_px;
}

/* ---- text ---- */

static int is_begin(char byte) { return ((unsigned char)byte & 0xC0) != 0x80; }

static int characters_of(const char *text) {
  int count = 0;
  for (; *text != '\0'; text++) {
    count += is_begin(*text);
  }
  return count;
}

/// Shorten to so many characters, the last two of them dots.
static void shorten(char *text, int characters) {
  int keep = characters > 2 ? characters - 2 : 0;
  char *at = text;
  for (int count = 0; *at != '\0'; at++) {
    if (is_begin(*at) && count++ == keep) {
      break;
    }
  }
  snprintf(at, 3, "%s", characters >= 2 ? ".." : characters == 1 ? "." : "");
}

int list_text(display_list_t *list, list_box_t box, theme_size_t size, list_align_t align,
              theme_color_t color, const char *format, ...) {
  char text[TEXT_MAX_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  int count = characters_of(text), room = list_fits(size, box.w);
  if (count > room) {
    list->cut_count++;
    count = room;
    shorten(text, room);
  }
  size_t bytes = strlen(text) + 1;
  if (count == 0 || bytes > sizeof list->text - list->text_bytes) {
    list->lost_count += count > 0;
    return 0;
  }
  const theme_font_t *font = theme_font(size);
  int w = count * font->advance_px;
  int x = align == LIST_LEFT     ? box.x
          : align == LIST_CENTRE ? box.x + (box.w - w) / 2
                                 : box.x + box.w - w;
  list_item_t *item = add(
      list, LIST_TEXT, list_box(x, box.y + (box.h - font->line_px) / 2, w, font->line_px), color);
  if (item == NULL) {
    return 0;
  }
  item->size = (uint8_t)size;
  item->text = list->text_bytes;
  memcpy(list->text + list->text_bytes, text, bytes);
  list->text_bytes += (uint32_t)bytes;
  return w;
}

/* ---- panels ---- */

static void begin_panel(display_list_t *list, list_box_t box, const char *title) {
  if (list->panel_count == DISPLAY_LIST_PANEL_MAX) {
    list->lost_count++;
    return;
  }
  list->panel = (uint8_t)list->panel_count++;
  list->panel_box[list->panel] = box;
  snprintf(list->panel_title[list->panel], sizeof list->panel_title[0], "%s",
           title != NULL ? title : "");
}

static list_box_t inside(display_list_t *list, list_box_t box, const char *title) {
  list_box_t room = list_inset(box, THEME_PAD_px);
  if (title != NULL) {
    list_box_t head = list_cut_top(&room, theme_font(THEME_NORMAL)->line_px, 4);
    list_text(list, head, THEME_NORMAL, LIST_LEFT, THEME_SOFT, "%s", title);
  }
  return room;
}

list_box_t list_panel(display_list_t *list, list_box_t box, const char *title) {
  begin_panel(list, box, title);
  list_rect(list, box, THEME_PANEL);
  list_frame(list, box, THEME_PANEL_EDGE);
  return inside(list, box, title);
}

void list_panel_end(display_list_t *list) { list->panel = 0; }

list_box_t list_over(display_list_t *list, list_box_t box, const char *title) {
  begin_panel(list, box, title);
  list->is_over = 1;
  list_rect(list, box, THEME_RAISED);
  list_frame(list, box, THEME_ACCENT);
  return inside(list, box, title);
}

void list_over_end(display_list_t *list) {
  list->panel = 0;
  list->is_over = 0;
}

/* ---- places for clicks ---- */

void list_hot(display_list_t *list, list_box_t box, uint16_t action, int32_t argument) {
  if (list->hot_count == DISPLAY_LIST_HOT_MAX) {
    list->lost_count++;
    return;
  }
  list->hot[list->hot_count++] = (list_hot_t){.box = box,
                                              .action = action,
                                              .panel = list->panel,
                                              .is_over = list->is_over,
                                              .argument = argument};
}

void list_button(display_list_t *list, list_box_t box, const char *text, int is_chosen,
                 const list_hot_t *hover, uint16_t action, int32_t argument) {
  int is_lit = hover != NULL && hover->action == action && hover->argument == argument;
  list_rect(list, box, is_chosen ? THEME_CHOSEN : is_lit ? THEME_HOVER : THEME_RAISED);
  list_frame(list, box, is_lit ? THEME_ACCENT : THEME_PANEL_EDGE);
  list_text(list, box, THEME_NORMAL, LIST_CENTRE, THEME_TEXT, "%s", text);
  list_hot(list, box, action, argument);
}

const list_hot_t *list_hot_at(const display_list_t *list, int x, int y) {
  for (uint32_t i = list->hot_count; i > 0; i--) {
    if (list_has(list->hot[i - 1].box, x, y)) {
      return &list->hot[i - 1];
    }
  }
  return NULL;
}

/* ---- as text ---- */

static void print_item(const display_list_t *list, const list_item_t *item, FILE *file) {
  static const char *const kinds[] = {"rect", "frame", "line", "text"};
  static const char sizes[] = "snlh";
  fprintf(file, "%s%s %d,%d %dx%d %s", item->is_over ? "over " : "", kinds[item->kind], item->box.x,
          item->box.y, item->box.w, item->box.h, theme_color_name((theme_color_t)item->color));
  if (item->kind == LIST_TEXT) {
    fprintf(file, " %c \"%s\"", sizes[item->size], list->text + item->text);
  }
  fputc('\n', file);
}

void display_list_print(const display_list_t *list, FILE *file, int geometry) {
  uint32_t panel = 0;
  for (uint32_t i = 0; i < list->item_count; i++) {
    const list_item_t *item = &list->item[i];
    if (!geometry && item->kind != LIST_TEXT) {
      continue;
    }
    if (item->panel != panel) {
      const list_box_t *box = &list->panel_box[item->panel];
      panel = item->panel;
      fprintf(file, "[%s] %d,%d %dx%d\n", list->panel_title[panel], box->x, box->y, box->w, box->h);
    }
    print_item(list, item, file);
  }
}
