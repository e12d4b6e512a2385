/// The terminal as a page and a keyboard: raw keys, size, and put back as it was, whatever happens.
///
/// Model    terminal_open takes the alternate page, hides the cursor and turns echo and lines off;
///          Ctrl-C and Ctrl-Z stay signals. SIGINT, SIGTERM and SIGHUP make terminal_key return
///          TERMINAL_END; SIGTSTP gives the terminal back until SIGCONT, then TERMINAL_AGAIN says
///          to draw anew; a crash gives it back and then takes its course
/// Memory   none
/// Threads  one terminal in a process; signals may come to any thread
#ifndef GUI_TERMINAL_H
#define GUI_TERMINAL_H

#include <stddef.h>

/// Keys beyond characters.
enum {
  TERMINAL_NONE = -1, ///< the time is over
  TERMINAL_END = -2, ///< a signal, or the terminal is gone
  TERMINAL_AGAIN = -3, ///< it was given back for a while: draw all of it
  TERMINAL_UP = 0x100,
  TERMINAL_DOWN,
  TERMINAL_PAGE_UP,
  TERMINAL_PAGE_DOWN,
  TERMINAL_HOME,
  TERMINAL_LAST
};

/// 1 iff standard input and output are a terminal that can move its cursor.
int terminal_is_there(void);

/// 1 iff it shows UTF-8, as the locale's variables say; 1 iff it shows colours and NO_COLOR is not
/// set.
int terminal_is_utf8(void);
int terminal_has_color(void);

/// 0, or -1 iff it cannot be set.
int terminal_open(void);
void terminal_close(void); ///< closing twice does nothing

/// Next key, waiting at most timeout_ms.
int terminal_key(int timeout_ms);

void terminal_size(int *columns, int *rows);

/// 0, or -1 iff the terminal is gone.
int terminal_write(const char *text, size_t bytes);

#endif
