/// Colours and sizes of everything that is drawn: one table, a light and a dark theme.
///
/// Model    drawings name a colour by its meaning, never by its figures. What must be told apart
///          (fine, warn, bad) differs in brightness and along blue-orange, which people with
///          red-green weakness see, and never in colour alone: a sign or a word stands beside it
/// Units    sizes in px of a window at scale 1
/// Source   hues after Okabe and Ito, Color Universal Design (2008)
/// Threads  constant tables
#ifndef GUI_THEME_H
#define GUI_THEME_H

#include <stdint.h>

typedef enum {
  THEME_WINDOW, ///< behind all panels
  THEME_PANEL,
  THEME_PANEL_EDGE,
  THEME_RAISED, ///< a button, a menu
  THEME_HOVER, ///< what the pointer is over
  THEME_CHOSEN, ///< what is selected
  THEME_TEXT,
  THEME_SOFT, ///< units, captions
  THEME_FAINT, ///< grid lines, off, unused
  THEME_ACCENT, ///< focus, links, the cursor
  THEME_FINE,
  THEME_WARN,
  THEME_BAD,
  THEME_ON_FILL, ///< text on FINE, BAD, ACCENT, USER, BLEED: theme_ink knows
  THEME_ON_WARN, ///< text on WARN
  THEME_LOW_3, ///< seven steps from far below the middle ...
  THEME_LOW_2,
  THEME_LOW_1,
  THEME_MIDDLE,
  THEME_HIGH_1,
  THEME_HIGH_2,
  THEME_HIGH_3, ///< ... to far above it
  THEME_BLEED, ///< a discharge switch that is on
  THEME_USER, ///< what the user did: faults by hand
  THEME_FAULT_SPAN, ///< shade behind a plot while a fault is there
  THEME_CHECK_SPAN, ///< shade behind a plot while an expectation waits
  THEME_TRACE_1, ///< eight traces of a plot
  THEME_TRACE_2,
  THEME_TRACE_3,
  THEME_TRACE_4,
  THEME_TRACE_5,
  THEME_TRACE_6,
  THEME_TRACE_7,
  THEME_TRACE_8,
  THEME_COLOR_COUNT
} theme_color_t;

enum { THEME_TRACE_COUNT = 8, THEME_LIGHT = 0, THEME_DARK = 1, THEME_COUNT = 2 };

/// All text is set in fixed-width figures: a text's width is its characters times the advance.
typedef enum { THEME_SMALL, THEME_NORMAL, THEME_LARGE, THEME_HUGE, THEME_SIZE_COUNT } theme_size_t;

typedef struct {
  uint8_t font_px; ///< height that the font is asked for
  uint8_t advance_px; ///< from one character to the next
  uint8_t line_px; ///< from one line to the next
} theme_font_t;

/// Distances between things.
enum { THEME_GAP_px = 8, THEME_PAD_px = 6, THEME_BAR_px = 26 };

/// 0xRRGGBB of a colour in a theme.
uint32_t theme_rgb(uint32_t theme, theme_color_t color);

const char *theme_color_name(theme_color_t color); ///< "warn", for the text of a display list
const char *theme_name(uint32_t theme); ///< "light" "dark"

const theme_font_t *theme_font(theme_size_t size);

/// The colour for text on a place filled with that colour.
theme_color_t theme_ink(theme_color_t fill);

/// One of the seven steps LOW_3 .. HIGH_3 for a value between low (LOW_3) and high (HIGH_3); beyond
/// them it is BAD.
theme_color_t theme_step(double value, double low, double high);

#endif
