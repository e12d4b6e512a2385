/// The menu of all faults: a line for each row of the table, a target, a value, begin and clear.
#ifndef GUI_MENU_FAULTS_H
#define GUI_MENU_FAULTS_H

#include "window.h"

void menu_faults_draw(const view_t *view, const ui_t *ui, list_box_t window, display_list_t *list);
void menu_faults_input(const view_t *view, ui_t *ui, const event_t *event, commands_t *commands);

#endif
