/// Fonts: fontconfig finds one, SDL2_ttf draws its glyphs once.
#include "theme.h"

#ifdef GUI_HAS_SDL
#include "sdl_font.h"

#include <stdio.h>
#include <string.h>

#include <SDL2/SDL.h>
#include <SDL2/SDL_ttf.h>
#include <fontconfig/fontconfig.h>

enum { PATH_BYTES = 512, ASCII_FIRST = 32, ASCII_COUNT = 95, LATIN_FIRST = 0xA0, LATIN_COUNT = 96 };

/// File of the font that fontconfig holds nearest to a fixed-width DejaVu. -1 iff it has none.
static int find_file(char path[PATH_BYTES]) {
  FcPattern *wanted =
      FcInit() ? FcNameParse((const FcChar8 *)"DejaVu Sans Mono:spacing=100") : NULL;
  FcResult result = FcResultNoMatch;
  FcChar8 *file = NULL;
  int spacing = 0, status = -1;
  if (wanted == NULL) {
    return -1;
  }
  FcConfigSubstitute(NULL, wanted, FcMatchPattern);
  FcDefaultSubstitute(wanted);
  FcPattern *found = FcFontMatch(NULL, wanted, &result);
  if (found != NULL && FcPatternGetString(found, FC_FILE, 0, &file) == FcResultMatch &&
      FcPatternGetInteger(found, FC_SPACING, 0, &spacing) == FcResultMatch && spacing >= FC_MONO) {
    snprintf(path, PATH_BYTES, "%s", (const char *)file);
    status = 0;
  }
  if (found != NULL) FcPatternDestroy(found);
  FcPatternDestroy(wanted);
  return status;
}

/// Characters beyond Latin that screens use.
static const uint16_t signs[] = {0x2190, 0x2191, 0x2192, 0x2193, 0x25B2, 0x25BC,
                                 0x25CF, 0x25CB, 0x2126, 0x03A9, 0x2026, 0x2264,
                                 0x2265, 0x2013, 0x2022, 0x25B6, 0x2713, 0x2717};
enum { SIGN_COUNT = sizeof signs / sizeof signs[0] };

static uint32_t code_of(uint32_t glyph) {
  return glyph < ASCII_COUNT                 ? ASCII_FIRST + glyph
         : glyph < ASCII_COUNT + LATIN_COUNT ? LATIN_FIRST + glyph - ASCII_COUNT
                                             : signs[glyph - ASCII_COUNT - LATIN_COUNT];
}

static uint32_t glyph_of(uint32_t code) {
  if (code >= ASCII_FIRST && code < ASCII_FIRST + ASCII_COUNT) {
    return code - ASCII_FIRST;
  }
  if (code >= LATIN_FIRST && code < LATIN_FIRST + LATIN_COUNT) {
    return ASCII_COUNT + code - LATIN_FIRST;
  }
  for (uint32_t i = 0; i < SIGN_COUNT; i++) {
    if (signs[i] == code) {
      return ASCII_COUNT + LATIN_COUNT + i;
    }
  }
  return '?' - ASCII_FIRST;
}

uint32_t sdl_font_next(const char **text) {
  const unsigned char *at = (const unsigned char *)*text;
  uint32_t code = at[0];
  int more = code < 0x80 ? 0 : code >= 0xF0 ? 3 : code >= 0xE0 ? 2 : 1;
  code = more == 0 ? code : code & (0x3FU >> more);
  at++;
  for (; more > 0 && (*at & 0xC0) == 0x80; more--) {
    code = code << 6 | (*at++ & 0x3FU);
  }
  *text = (const char *)at;
  return glyph_of(code);
}

/// The coverage of a glyph, its base line where the font's is in a line of that height.
static void keep_glyph(TTF_Font *ttf, uint32_t glyph, const theme_font_t *size, sdl_font_t *font) {
  const SDL_Color white = {255, 255, 255, 255};
  int min_x = 0, max_x, min_y, max_y, advance;
  uint32_t code = code_of(glyph);
  if (!TTF_GlyphIsProvided32(ttf, code)) return;
  SDL_Surface *drawn = TTF_RenderGlyph32_Blended(ttf, code, white);
  if (drawn == NULL) return;
  (void)TTF_GlyphMetrics32(ttf, code, &min_x, &max_x, &min_y, &max_y, &advance);
  int left = (size->advance_px - advance + 1) / 2; /* where the font's own advance differs */
  int top = (size->line_px - TTF_FontHeight(ttf)) / 2;
  for (int y = 0; y < drawn->h; y++) {
    const uint32_t *row = (const uint32_t *)(const void *)((const char *)drawn->pixels +
                                                           (size_t)y * (size_t)drawn->pitch);
    for (int x = 0; x < drawn->w; x++) {
      int to_x = x + left, to_y = y + top;
      if (to_x < 0 || to_y < 0 || to_x >= size->advance_px || to_y >= size->line_px) continue;
      font->coverage[glyph][to_y * size->advance_px + to_x] =
          (uint8_t)((row[x] & drawn->format->Amask) >> drawn->format->Ashift);
    }
  }
  SDL_FreeSurface(drawn);
}

static int load_size(const char *path, theme_size_t size, sdl_font_t *font) {
  const theme_font_t *asked = theme_font(size);
  TTF_Font *ttf = TTF_OpenFont(path, asked->font_px);
  if (ttf == NULL) {
    return -1;
  }
  TTF_SetFontHinting(ttf, TTF_HINTING_LIGHT);
  memset(font, 0, sizeof *font);
  for (uint32_t i = 0; i < ASCII_COUNT + LATIN_COUNT + SIGN_COUNT; i++) {
    keep_glyph(ttf, i, asked, font);
  }
  TTF_CloseFont(ttf);
  return 0;
}

_Static_assert(ASCII_COUNT + LATIN_COUNT + sizeof signs / sizeof signs[0] <= SDL_FONT_GLYPH_MAX,
               "room for all glyphs");

int sdl_font_load(sdl_font_t font[THEME_SIZE_COUNT], char *reason, uint32_t reason_bytes) {
  char path[PATH_BYTES];
  if (find_file(path) != 0) {
    snprintf(reason, reason_bytes,
             "no font of fixed width: fontconfig knows none; install fonts-dejavu-core");
    return -1;
  }
  if (TTF_Init() != 0) {
    snprintf(reason, reason_bytes, "no fonts: %s", TTF_GetError());
    return -1;
  }
  int status = 0;
  for (uint32_t i = 0; i < THEME_SIZE_COUNT && status == 0; i++) {
    status = load_size(path, (theme_size_t)i, &font[i]);
  }
  if (status != 0) {
    snprintf(reason, reason_bytes, "%.300s: no font: %.100s", path, TTF_GetError());
  }
  TTF_Quit();
  return status;
}

#endif
