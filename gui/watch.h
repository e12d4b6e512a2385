/// The terminal's view as the command line opens it.
///
/// Errors   one line on stderr: where, what
/// Threads  the caller's; the simulation has one of its own (worker.h)
#ifndef GUI_WATCH_H
#define GUI_WATCH_H

#include "../scenarios/scenario.h"

/// Characters of a page.
enum { WATCH_COLUMN_MAX = 300, WATCH_ROW_MAX = 120, WATCH_COLUMN_MIN = 20, WATCH_ROW_MIN = 3 };

enum { WATCH_ALL_PAGES = -1, WATCH_NO_PAGE = -2 };

typedef struct {
  int32_t page; ///< watch_page
  double speed_ratio; ///< simulated to wall time; 0: as fast as possible
  const char *attach; ///< control socket of a plant to look at; NULL: the point runs here
  double at_s; ///< of one page: its simulated time; < 0: the scenario's end
  int columns, rows; ///< of one page
  uint8_t is_paused; ///< it begins so
  uint8_t is_once; ///< one page as text, though there is a terminal
} watch_options_t;

typedef enum {
  WATCH_OK = 0,
  WATCH_FAILED = 1, ///< the run ended and did not pass, or a signal ended it
  WATCH_ERR = 2 ///< no memory, or stdout cannot be written
} watch_status_t;

/// Watch a point, NULL with options->attach, until the user goes; without a terminal that can move
/// its cursor, or with is_once, run it and print a page.
watch_status_t watch_open(const scenario_t *point, const watch_options_t *options);

/// Number of a page by its name, WATCH_ALL_PAGES for "all"; WATCH_NO_PAGE iff there is none.
int32_t watch_page(const char *name);

#endif
