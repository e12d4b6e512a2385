/// A page of characters: what packsim watch shows, as plain text or as changes for a terminal.
///
/// Model    rows of cells, each one character with a style. A style is a meaning; only a terminal
///          with colours makes colours of it, and every meaning also has a sign or a word
/// Memory   plain value of fixed size, some 200 KiB
/// Threads  pure functions
#ifndef GUI_WATCH_GRID_H
#define GUI_WATCH_GRID_H

#include <stdint.h>
#include <stdio.h>

#include "watch.h"

typedef enum {
  WATCH_PLAIN,
  WATCH_SOFT,
  WATCH_STRONG,
  WATCH_FINE,
  WATCH_WARN,
  WATCH_BAD,
  WATCH_BAR, ///< head and foot
  WATCH_STYLE_COUNT
} watch_style_t;

typedef struct {
  char glyph[4]; ///< UTF-8, zero-filled; at most three bytes
  uint8_t style; ///< watch_style_t
} watch_cell_t;

typedef struct {
  int columns, rows;
  watch_cell_t cell[WATCH_ROW_MAX][WATCH_COLUMN_MAX];
} watch_grid_t;

/// Blank, of that size, clipped to what a grid can hold.
void watch_grid_clear(watch_grid_t *grid, int columns, int rows);

/// Text from a place on; returns the column behind it. What leaves the grid is cut.
int watch_grid_put(watch_grid_t *grid, int row, int column, watch_style_t style, const char *format,
                   ...) __attribute__((format(printf, 5, 6)));

/// The same, but not beyond column end; where it would, its last character is '>'.
int watch_grid_within(watch_grid_t *grid, int row, int column, int end, watch_style_t style,
                      const char *text);

/// The whole row in that style, up to the edge.
void watch_grid_bar(watch_grid_t *grid, int row, watch_style_t style);

/// As plain text: no spaces at the end of a line, no blank lines at the end.
void watch_grid_print(const watch_grid_t *grid, FILE *file);

/// What turns a terminal that shows before into one that shows grid. before NULL: whatever it
/// shows. has_color 0: bold and inverse at most.
void watch_grid_update(const watch_grid_t *grid, const watch_grid_t *before, int has_color,
                       FILE *file);

#endif
