/// The window around the screens: tabs, state, time line, controls, menus; pure, without SDL.
///
/// Model    window_draw fills a display list with all that is seen; window_input turns an event
///          into commands, those of the window included
/// Threads  pure functions over view, ui and list
#ifndef GUI_WINDOW_H
#define GUI_WINDOW_H

#include "screen.h"

enum {
  WINDOW_COMMAND_MAX = 4, ///< that one event makes
  WINDOW_WIDTH_MIN_px = 800,
  WINDOW_HEIGHT_MIN_px = 600
};

typedef struct {
  uint32_t count;
  command_t command[WINDOW_COMMAND_MAX];
} commands_t;

void window_add(commands_t *commands, command_t command); ///< drops what is too much

void window_begin(ui_t *ui, uint32_t screen, uint32_t theme);

/// Below the least size it is drawn for the least size: its right and lower ends are then outside.
void window_draw(const view_t *view, const ui_t *ui, int width, int height, display_list_t *list);

/// list is what is on the screen. hot of the event is filled in here.
commands_t window_input(const view_t *view, ui_t *ui, const display_list_t *list,
                        const event_t *event);

/// Do what a command asks of the window itself. 1 iff it was such a command; QUIT and SCREENSHOT
/// are the caller's.
int window_command(const view_t *view, ui_t *ui, const command_t *command);

#endif
