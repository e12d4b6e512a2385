/// Display lists into pixels: see sdl_draw.h.
#include "theme.h"

#ifdef GUI_HAS_SDL
#include "sdl_draw.h"

#include <stdlib.h>
#include <string.h>

#include "sdl_font.h"

struct sdl_draw {
  sdl_font_t font[THEME_SIZE_COUNT];
};

/// Where it is drawn: 32 bit pixels.
typedef struct {
  uint32_t *pixel;
  int width, height, stride;
} canvas_t;

sdl_draw_t *sdl_draw_open(char *reason, uint32_t reason_bytes) {
  sdl_draw_t *draw = malloc(sizeof *draw);
  if (draw == NULL) {
    snprintf(reason, reason_bytes, "no memory");
    return NULL;
  }
  if (sdl_font_load(draw->font, reason, reason_bytes) != 0) {
    free(draw);
    return NULL;
  }
  return draw;
}

void sdl_draw_close(sdl_draw_t *draw) { free(draw); }

static void fill(const canvas_t *canvas, int x, int y, int w, int h, uint32_t rgb) {
  int left = x < 0 ? 0 : x, right = x + w > canvas->width ? canvas->width : x + w;
  int top = y < 0 ? 0 : y, bottom = y + h > canvas->height ? canvas->height : y + h;
  for (; top < bottom; top++) {
    uint32_t *row = canvas->pixel + (ptrdiff_t)top * canvas->stride;
    for (int i = left; i < right; i++) {
      row[i] = rgb;
    }
  }
}

static void draw_frame(const canvas_t *canvas, list_box_t box, uint32_t rgb) {
  fill(canvas, box.x, box.y, box.w, 1, rgb);
  fill(canvas, box.x, box.y + box.h - 1, box.w, 1, rgb);
  fill(canvas, box.x, box.y, 1, box.h, rgb);
  fill(canvas, box.x + box.w - 1, box.y, 1, box.h, rgb);
}

static uint32_t mix(uint32_t below, uint32_t rgb, uint32_t coverage) {
  uint32_t share = coverage + (coverage >> 7); /* 0..256 */
  uint32_t odd = (below & 0xFF00FFU) * (256 - share) + (rgb & 0xFF00FFU) * share;
  uint32_t even = (below & 0x00FF00U) * (256 - share) + (rgb & 0x00FF00U) * share;
  return ((odd >> 8) & 0xFF00FFU) | ((even >> 8) & 0x00FF00U);
}

/// A step in the longer direction for each pixel, blended over the two it lies between.
static void draw_line(const canvas_t *canvas, int x0, int y0, int x1, int y1, uint32_t rgb) {
  int dx = abs(x1 - x0), dy = abs(y1 - y0), length = dx > dy ? dx : dy;
  for (int i = 0; i <= length; i++) {
    int64_t part_x = length > 0 ? (int64_t)(x1 - x0) * 256 * i / length : 0;
    int64_t part_y = length > 0 ? (int64_t)(y1 - y0) * 256 * i / length : 0;
    int fine_x = x0 * 256 + (int)part_x, fine_y = y0 * 256 + (int)part_y;
    int fine = dx > dy ? fine_y : fine_x;
    uint32_t over = (uint32_t)(fine & 255);
    int x = dx > dy ? fine_x >> 8 : fine >> 8, y = dx > dy ? fine >> 8 : fine_y >> 8;
    for (int side = 0; side < 2; side++) {
      int to_x = x + (dx > dy ? 0 : side), to_y = y + (dx > dy ? side : 0);
      if (to_x < 0 || to_y < 0 || to_x >= canvas->width || to_y >= canvas->height) continue;
      uint32_t *at = canvas->pixel + (ptrdiff_t)to_y * canvas->stride + to_x;
      *at = mix(*at, rgb, side ? over : 255 - over);
    }
  }
}

static void draw_glyph(const canvas_t *canvas, const uint8_t *coverage, int x, int y, int w, int h,
                       uint32_t rgb) {
  int left = x < 0 ? -x : 0, right = x + w > canvas->width ? canvas->width - x : w;
  for (int row = 0; row < h; row++) {
    if (y + row < 0 || y + row >= canvas->height) continue;
    uint32_t *to = canvas->pixel + (ptrdiff_t)(y + row) * canvas->stride + x;
    const uint8_t *from = coverage + row * w;
    for (int i = left; i < right; i++) {
      if (from[i] != 0) {
        to[i] = mix(to[i], rgb, from[i]);
      }
    }
  }
}

static void draw_text(const sdl_draw_t *draw, const canvas_t *canvas, const list_item_t *item,
                      const char *text, uint32_t rgb) {
  const theme_font_t *size = theme_font((theme_size_t)item->size);
  int x = item->box.x;
  while (*text != '\0') {
    const uint8_t *coverage = draw->font[item->size].coverage[sdl_font_next(&text)];
    draw_glyph(canvas, coverage, x, item->box.y, size->advance_px, size->line_px, rgb);
    x += size->advance_px;
  }
}

int sdl_draw(sdl_draw_t *draw, SDL_Surface *surface, const display_list_t *list, uint32_t theme) {
  if (surface->format->BytesPerPixel != 4 || SDL_LockSurface(surface) != 0) {
    return -1;
  }
  const canvas_t canvas = {surface->pixels, surface->w, surface->h, surface->pitch / 4};
  for (uint32_t i = 0; i < list->item_count; i++) {
    const list_item_t *item = &list->item[i];
    uint32_t rgb = theme_rgb(theme, (theme_color_t)item->color);
    list_box_t box = item->box;
    switch ((list_kind_t)item->kind) {
    case LIST_RECT:
      fill(&canvas, box.x, box.y, box.w, box.h, rgb);
      break;
    case LIST_FRAME:
      draw_frame(&canvas, box, rgb);
      break;
    case LIST_LINE:
      draw_line(&canvas, box.x, box.y, box.x + box.w, box.y + box.h, rgb);
      break;
    case LIST_TEXT:
      draw_text(draw, &canvas, item, list->text + item->text, rgb);
      break;
    }
  }
  SDL_UnlockSurface(surface);
  return 0;
}

#endif
