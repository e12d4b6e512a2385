/// What is to be drawn: rectangles, lines and text in fixed memory, and where a click does what.
///
/// Model    a screen fills the list from a view; sdl.c draws it; a test reads it as text. Text lies
///          in a box and never leaves it: what does not fit ends in two dots and counts in
///          cut_count. Panels hold what is drawn between list_panel and list_panel_end. What is
///          drawn later lies on top
/// Units    px from the window's upper left corner
/// Memory   plain value, about 600 KiB; nothing is allocated. A full list drops the rest and counts
///          it in lost_count
/// Threads  one list, one thread
#ifndef GUI_DISPLAY_LIST_H
#define GUI_DISPLAY_LIST_H

#include <stdint.h>
#include <stdio.h>

#include "theme.h"

enum {
  DISPLAY_LIST_ITEM_MAX = 16384,
  DISPLAY_LIST_TEXT_BYTES = 98304,
  DISPLAY_LIST_HOT_MAX = 2048,
  DISPLAY_LIST_PANEL_MAX = 64
};

typedef struct {
  int16_t x, y, w, h;
} list_box_t;

typedef enum { LIST_RECT, LIST_FRAME, LIST_LINE, LIST_TEXT } list_kind_t;
typedef enum { LIST_LEFT, LIST_CENTRE, LIST_RIGHT } list_align_t;

typedef struct {
  list_box_t box; ///< of a LINE: x, y and x + w, y + h are its ends; of a TEXT: what it covers
  uint32_t text; ///< TEXT: offset of its zero-ended UTF-8 in text[]
  uint8_t kind; ///< list_kind_t
  uint8_t color; ///< theme_color_t
  uint8_t size; ///< TEXT: theme_size_t
  uint8_t panel; ///< number of its panel, 0: none
  uint8_t is_over; ///< in a menu or a hint: lies over other things on purpose
  uint8_t padding[3];
} list_item_t;

/// A place that takes clicks. What it means is up to the screen that drew it.
typedef struct {
  list_box_t box;
  uint16_t action; ///< of the screen; from LIST_ACTION_WINDOW on the window's own
  uint8_t panel, is_over;
  int32_t argument;
} list_hot_t;

enum { LIST_ACTION_NONE = 0, LIST_ACTION_WINDOW = 1000 };

typedef struct {
  uint32_t item_count, hot_count, panel_count, text_bytes;
  uint32_t cut_count; ///< texts that did not fit
  uint32_t lost_count; ///< items for which there was no room
  uint8_t panel; ///< the open one, 0: none
  uint8_t is_over;
  int16_t width, height; ///< of the window
  list_box_t panel_box[DISPLAY_LIST_PANEL_MAX]; ///< [0] the window
  char panel_title[DISPLAY_LIST_PANEL_MAX][40];
  list_item_t item[DISPLAY_LIST_ITEM_MAX];
  list_hot_t hot[DISPLAY_LIST_HOT_MAX];
  char text[DISPLAY_LIST_TEXT_BYTES];
} display_list_t;

/// Begin anew, for a window of that size.
void display_list_clear(display_list_t *list, int width, int height);

static inline list_box_t list_box(int x, int y, int w, int h) {
  return (list_box_t){(int16_t)x, (int16_t)y, (int16_t)(w > 0 ? w : 0), (int16_t)(h > 0 ? h : 0)};
}

int list_has(list_box_t box, int x, int y); ///< 1 iff the point is inside
list_box_t list_inset(list_box_t box, int px); ///< smaller by px on each side

/// Split from a side: what is cut off is returned, *rest keeps the remainder less a gap.
list_box_t list_cut_top(list_box_t *rest, int h, int gap);
list_box_t list_cut_bottom(list_box_t *rest, int h, int gap);
list_box_t list_cut_left(list_box_t *rest, int w, int gap);
list_box_t list_cut_right(list_box_t *rest, int w, int gap);

void list_rect(display_list_t *list, list_box_t box, theme_color_t color); ///< filled
void list_frame(display_list_t *list, list_box_t box, theme_color_t color); ///< one px wide
void list_line(display_list_t *list, int x0, int y0, int x1, int y1, theme_color_t color);

/// One line of text, in the middle of the box's height. Returns its width in px.
int list_text(display_list_t *list, list_box_t box, theme_size_t size, list_align_t align,
              theme_color_t color, const char *format, ...) __attribute__((format(printf, 6, 7)));

/// Characters of that size that fit w px, and the width of so many.
int list_fits(theme_size_t size, int w);
int list_width(theme_size_t size, int characters);

/// Background, edge and title of a panel; what is drawn until list_panel_end is in it. title NULL:
/// none. Returns the room inside.
list_box_t list_panel(display_list_t *list, list_box_t box, const char *title);
void list_panel_end(display_list_t *list);

/// A menu or a hint begins (ends): a panel over everything. Its background hides what is below.
list_box_t list_over(display_list_t *list, list_box_t box, const char *title);
void list_over_end(display_list_t *list);

/// Clicks in the box mean action with argument. The newest at a point wins.
void list_hot(display_list_t *list, list_box_t box, uint16_t action, int32_t argument);

/// A button: background, text, and its place for clicks. It is lit where hover says so.
void list_button(display_list_t *list, list_box_t box, const char *text, int is_chosen,
                 const list_hot_t *hover, uint16_t action, int32_t argument);

/// What lies under a point, NULL iff nothing takes clicks there.
const list_hot_t *list_hot_at(const display_list_t *list, int x, int y);

/// The list as lines of text, for tests: panels, then texts with place, size and colour. geometry:
/// rectangles and lines as well.
void display_list_print(const display_list_t *list, FILE *file, int geometry);

#endif
