/// Draws the whole window and routes its input: see window.h.
#include "window.h"

#include <string.h>

#include "menu.h"
#include "window_bar.h"

void window_add(commands_t *commands, command_t command) {
  if (commands->count < WINDOW_COMMAND_MAX) {
    commands->command[commands->count++] = command;
  }
}

void window_begin(ui_t *ui, uint32_t screen, uint32_t theme) {
  memset(ui, 0, sizeof *ui);
  ui->screen = (uint8_t)screen;
  ui->theme = (uint8_t)theme;
  ui->pointer_x = -1;
  ui->pointer_y = -1;
  ui->chosen_pin = -1;
  ui->chosen_group = -1;
}

/// 1 iff there is something to see, whatever became of the run later.
static int has_begun(const view_t *view) {
  return view->run != VIEW_FAILED || view->checkpoint_count > 0;
}

void window_draw(const view_t *view, const ui_t *ui, int width, int height, display_list_t *list) {
  int w = width > WINDOW_WIDTH_MIN_px ? width : WINDOW_WIDTH_MIN_px;
  int h = height > WINDOW_HEIGHT_MIN_px ? height : WINDOW_HEIGHT_MIN_px;
  display_list_clear(list, w, h);
  list_box_t room = list_box(0, 0, w, h), all = room;
  list_rect(list, room, THEME_WINDOW);
  list_box_t top = list_cut_top(&room, WINDOW_BAR_TOP_px, 0);
  list_box_t bottom = list_cut_bottom(&room, WINDOW_BAR_BOTTOM_px, 0);
  window_bar_top(view, ui, top, list);
  window_bar_bottom(view, ui, bottom, list);
  const screen_t *screen = screen_at(ui->screen);
  if (screen != NULL && has_begun(view)) {
    screen->draw(view, ui, list_inset(room, THEME_GAP_px), list);
  } else {
    list_box_t inside = list_panel(list, list_inset(room, THEME_GAP_px), "This run cannot go on");
    list_text(list, list_cut_top(&inside, 2 * THEME_BAR_px, 0), THEME_NORMAL, LIST_LEFT, THEME_BAD,
              "%s", view->message);
    list_panel_end(list);
  }
  menu_draw(view, ui, all, list);
}

static int is_of_bars(const event_t *event) { return event->hot.action >= LIST_ACTION_WINDOW; }

commands_t window_input(const view_t *view, ui_t *ui, const display_list_t *list,
                        const event_t *event) {
  commands_t commands = {.count = 0};
  event_t found = *event;
  int is_held = event->kind == EVENT_DRAG || event->kind == EVENT_RELEASE;
  const list_hot_t *hot = event->kind == EVENT_KEY ? NULL
                          : is_held ? list_hot_at(list, event->start_x, event->start_y)
                                    : list_hot_at(list, event->x, event->y);
  found.hot = hot != NULL ? *hot : (list_hot_t){.action = LIST_ACTION_NONE};
  if (event->kind != EVENT_KEY) {
    const list_hot_t *over = list_hot_at(list, event->x, event->y);
    ui->pointer_x = event->x;
    ui->pointer_y = event->y;
    ui->hover = over != NULL ? *over : (list_hot_t){.action = LIST_ACTION_NONE};
  }
  int is_picture = event->kind == EVENT_KEY && (event->key == 'p' || event->key == 'P');
  if (ui->menu.kind != MENU_NONE && !is_picture) { /* a picture of a menu, too */
    menu_input(view, ui, &found, &commands);
    return commands;
  }
  if (ui->slid != 0 || (found.kind != EVENT_KEY && is_of_bars(&found))) {
    window_bar_input(view, ui, &found, &commands);
    return commands;
  }
  const screen_t *screen = screen_at(ui->screen);
  command_t command = {.kind = COMMAND_NONE};
  if (screen != NULL && has_begun(view)) {
    command = screen->input(view, ui, &found);
  }
  if (command.kind == COMMAND_NONE) {
    window_bar_input(view, ui, &found, &commands);
  } else if (command.kind != COMMAND_TAKEN) {
    window_add(&commands, command);
  }
  return commands;
}

int window_command(const view_t *view, ui_t *ui, const command_t *command) {
  (void)view;
  switch ((command_kind_t)command->kind) {
  case COMMAND_SCREEN:
    if (command->number >= 0 && screen_at((uint32_t)command->number) != NULL) {
      ui->screen = (uint8_t)command->number;
    }
    return 1;
  case COMMAND_THEME:
    ui->theme = (uint8_t)((ui->theme + 1U) % THEME_COUNT);
    return 1;
  case COMMAND_FAULT_MENU:
    menu_open_faults(ui);
    return 1;
  case COMMAND_PIN_MENU:
    menu_open_pin(ui, command->number, ui->pointer_x, ui->pointer_y);
    return 1;
  case COMMAND_HELP:
    ui->menu = (menu_t){.kind = MENU_HELP};
    return 1;
  default:
    return 0;
  }
}
