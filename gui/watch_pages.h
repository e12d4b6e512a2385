/// The pages of packsim watch: pack, scenario, bus, log. The same view as the window's.
///
/// Model    a page fills a grid of characters from a view; nothing else is looked at
/// Threads  pure functions
#ifndef GUI_WATCH_PAGES_H
#define GUI_WATCH_PAGES_H

#include "view.h"
#include "watch_grid.h"

/// What the user of the terminal has chosen.
typedef struct {
  uint8_t page;
  uint8_t is_utf8; ///< the terminal shows more than ASCII
  uint8_t is_interactive; ///< the foot says the keys
  uint8_t has_help; ///< the help is open
  uint8_t has_message; ///< the foot shows the view's message
  int32_t scroll; ///< first row of the page's list
} watch_choice_t;

typedef struct {
  char key;
  const char *name, *help;
  void (*draw)(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid, int row,
               int end);
} watch_page_t;

uint32_t watch_pages_count(void);
const watch_page_t *watch_pages_at(uint32_t index); ///< NULL iff there is none
int32_t watch_pages_find(const char *name); ///< -1 iff there is none

/// Head, page and foot into a grid that is cleared to its size.
void watch_pages_draw(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid);

/// Page parts in files of their own.
void watch_pages_pack(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid, int row,
                      int end);
void watch_pages_scenario(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid,
                          int row, int end);
void watch_pages_bus(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid, int row,
                     int end);
void watch_pages_log(const view_t *view, const watch_choice_t *choice, watch_grid_t *grid, int row,
                     int end);

/// Style and sign of a check's state, the sign as the terminal can show it.
watch_style_t watch_pages_style(uint32_t check_state);
const char *watch_pages_sign(uint32_t check_state, int is_utf8, char letter[2]);

#endif
