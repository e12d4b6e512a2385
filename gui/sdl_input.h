/// Turns SDL's events into the window's.
#ifndef GUI_SDL_INPUT_H
#define GUI_SDL_INPUT_H

#include <SDL2/SDL.h>

#include "screen.h"

/// The pointer between events.
typedef struct {
  uint8_t is_down;
  int start_x, start_y, x, y;
} sdl_pointer_t;

/// 1 iff the SDL event is one for the screens, which then is in event.
int sdl_input(const SDL_Event *from, sdl_pointer_t *pointer, event_t *event);

#endif
