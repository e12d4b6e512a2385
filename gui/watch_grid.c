/// Cells of a terminal: see watch_grid.h.
#include "watch_grid.h"

#include <stdarg.h>
#include <string.h>

enum { TEXT_BYTES = 512 };

typedef struct {
  const char *plain, *colored; ///< SGR parameters
} style_row_t;

/* blue and orange, not green and red; bold where it matters */
static const style_row_t styles[WATCH_STYLE_COUNT] = {
    [WATCH_PLAIN] = {"0", "0"},   [WATCH_SOFT] = {"0", "0;90"},   [WATCH_STRONG] = {"0;1", "0;1"},
    [WATCH_FINE] = {"0", "0;36"}, [WATCH_WARN] = {"0;1", "0;33"}, [WATCH_BAD] = {"0;1", "0;1;31"},
    [WATCH_BAR] = {"0;7", "0;7"},
};

static int clip(int value, int min, int max) {
  return value < min ? min : value > max ? max : value;
}

void watch_grid_clear(watch_grid_t *grid, int columns, int rows) {
  grid->columns = clip(columns, 1, WATCH_COLUMN_MAX);
  grid->rows = clip(rows, 1, WATCH_ROW_MAX);
  for (int r = 0; r < WATCH_ROW_MAX; r++) {
    for (int c = 0; c < WATCH_COLUMN_MAX; c++) {
      grid->cell[r][c] = (watch_cell_t){.glyph = " ", .style = WATCH_PLAIN};
    }
  }
}

/// Bytes of the character that text begins with, 0 at its end; what is no UTF-8 counts as one byte.
static size_t glyph_bytes(const char *text) {
  unsigned char first = (unsigned char)text[0];
  size_t bytes = first == 0 ? 0 : first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  for (size_t i = 1; i < bytes; i++) {
    if (((unsigned char)text[i] & 0xC0) != 0x80) return 1;
  }
  return bytes;
}

static void put_glyph(watch_grid_t *grid, int row, int column, watch_style_t style,
                      const char *text, size_t bytes) {
  unsigned char first = (unsigned char)text[0];
  int is_shown = bytes <= 3 && first >= ' ' && first != 0x7F && !(bytes == 1 && first >= 0x80);
  watch_cell_t cell = {.glyph = "?", .style = (uint8_t)style};
  if (row < 0 || row >= grid->rows || column < 0 || column >= grid->columns) return;
  if (is_shown) {
    memset(cell.glyph, 0, sizeof cell.glyph);
    memcpy(cell.glyph, text, bytes);
  }
  grid->cell[row][column] = cell;
}

int watch_grid_within(watch_grid_t *grid, int row, int column, int end, watch_style_t style,
                      const char *text) {
  for (size_t bytes; (bytes = glyph_bytes(text)) > 0 && column < end; text += bytes) {
    int is_last = column + 1 == end && text[bytes] != '\0';
    put_glyph(grid, row, column++, style, is_last ? ">" : text, is_last ? 1 : bytes);
  }
  return column;
}

int watch_grid_put(watch_grid_t *grid, int row, int column, watch_style_t style, const char *format,
                   ...) {
  char text[TEXT_BYTES];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return watch_grid_within(grid, row, column, grid->columns, style, text);
}

void watch_grid_bar(watch_grid_t *grid, int row, watch_style_t style) {
  for (int c = 0; row >= 0 && row < grid->rows && c < grid->columns; c++) {
    grid->cell[row][c].style = (uint8_t)style;
  }
}

static int is_blank(const watch_cell_t *cell) { return cell->glyph[0] == ' '; }

static int used_columns(const watch_grid_t *grid, int row) {
  int used = grid->columns;
  while (used > 0 && is_blank(&grid->cell[row][used - 1])) used--;
  return used;
}

void watch_grid_print(const watch_grid_t *grid, FILE *file) {
  int rows = grid->rows;
  while (rows > 0 && used_columns(grid, rows - 1) == 0) rows--;
  for (int r = 0; r < rows; r++) {
    int used = used_columns(grid, r);
    for (int c = 0; c < used; c++) fprintf(file, "%.4s", grid->cell[r][c].glyph);
    fputc('\n', file);
  }
}

static int is_same(const watch_cell_t *a, const watch_cell_t *b) {
  return memcmp(a->glyph, b->glyph, sizeof a->glyph) == 0 && a->style == b->style;
}

void watch_grid_update(const watch_grid_t *grid, const watch_grid_t *before, int has_color,
                       FILE *file) {
  int style = -1,
      is_known = before != NULL && before->columns == grid->columns && before->rows == grid->rows;
  if (!is_known) fputs("\033[0m\033[2J", file);
  for (int r = 0; r < grid->rows; r++) {
    int at = -1; /* column of the terminal's cursor, where it is in this row */
    for (int c = 0; c < grid->columns; c++) {
      const watch_cell_t *cell = &grid->cell[r][c];
      if (is_known && is_same(cell, &before->cell[r][c])) continue;
      if (!is_known && is_blank(cell) && cell->style != WATCH_BAR) continue;
      if (at != c) fprintf(file, "\033[%d;%dH", r + 1, c + 1);
      if (style != cell->style) {
        style = cell->style;
        fprintf(file, "\033[%sm", has_color ? styles[style].colored : styles[style].plain);
      }
      fprintf(file, "%.4s", cell->glyph);
      at = c + 1;
    }
  }
  if (style >= 0) fputs("\033[0m", file);
}
