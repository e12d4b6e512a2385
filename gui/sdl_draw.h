/// Draws display lists with SDL's software renderer.
///
/// Memory   sdl_draw_close frees; the surface drawn to is the caller's
/// Threads  SDL's main thread
#ifndef GUI_SDL_DRAW_H
#define GUI_SDL_DRAW_H

#include <SDL2/SDL.h>

#include "display_list.h"

typedef struct sdl_draw sdl_draw_t;

/// Opens the font. NULL with the reason, one line, iff there is none or no memory.
sdl_draw_t *sdl_draw_open(char *reason, uint32_t reason_bytes);
void sdl_draw_close(sdl_draw_t *draw); ///< NULL is allowed

/// 0, or -1 iff SDL refuses the surface (32 bit).
int sdl_draw(sdl_draw_t *draw, SDL_Surface *surface, const display_list_t *list, uint32_t theme);

#endif
