/// Menus over the screen: the faults of a pin, all faults of the table, the keys.
///
/// Model    rows come from the fault table: a new kind of fault is in the menus by itself
/// Threads  pure functions
#ifndef GUI_MENU_H
#define GUI_MENU_H

#include "window.h"

void menu_open_pin(ui_t *ui, int32_t pin, int x, int y);
void menu_open_faults(ui_t *ui);
void menu_draw(const view_t *view, const ui_t *ui, list_box_t window, display_list_t *list);

/// An open menu takes all events.
void menu_input(const view_t *view, ui_t *ui, const event_t *event, commands_t *commands);

/// What the fault table can do to a pin: 0 with kind and index of its target; -1: nothing.
int menu_pin_target(int32_t pin, fault_on_t *on, uint32_t *target);

/// A value to begin with: the middle of the row's range.
double menu_usual_value(const fault_row_t *row);

#endif
