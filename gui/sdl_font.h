/// Finds a font with fixed width and keeps its glyphs as pictures of their coverage.
#ifndef GUI_SDL_FONT_H
#define GUI_SDL_FONT_H

#include "theme.h"

enum { SDL_FONT_WIDTH_MAX = 24, SDL_FONT_HEIGHT_MAX = 40, SDL_FONT_GLYPH_MAX = 224 };

/// How much of each pixel of a character's place its glyph covers, 0..255.
typedef struct {
  uint8_t coverage[SDL_FONT_GLYPH_MAX][SDL_FONT_HEIGHT_MAX * SDL_FONT_WIDTH_MAX];
} sdl_font_t; ///< of one size; rows of advance_px, line_px of them

/// All sizes of the theme. 0, or -1 with the reason, one line.
int sdl_font_load(sdl_font_t font[THEME_SIZE_COUNT], char *reason, uint32_t reason_bytes);

/// Number of the glyph of the next character of UTF-8 text, which moves on.
uint32_t sdl_font_next(const char **text);

#endif
