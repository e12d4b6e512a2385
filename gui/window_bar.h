/// Bars above and below a screen: tabs and state, time line, transport, loads.
#ifndef GUI_WINDOW_BAR_H
#define GUI_WINDOW_BAR_H

#include "window.h"

enum { WINDOW_BAR_TOP_px = 38, WINDOW_BAR_BOTTOM_px = 96 };

void window_bar_top(const view_t *view, const ui_t *ui, list_box_t box, display_list_t *list);
void window_bar_bottom(const view_t *view, const ui_t *ui, list_box_t box, display_list_t *list);

/// A click, drag or release on one of the bars' own places, or a key of theirs. Adds commands.
void window_bar_input(const view_t *view, ui_t *ui, const event_t *event, commands_t *commands);

#endif
