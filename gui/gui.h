/// The window as the command line opens it.
///
/// Errors   one line on stderr: where, what
#ifndef GUI_GUI_H
#define GUI_GUI_H

#include "../scenarios/scenario.h"

typedef struct {
  const char *screenshot; ///< PNG to write instead of opening a window; NULL: a window
  const char *attach; ///< control socket of a plant to look at; NULL: the point runs here
  double at_s; ///< simulated time of the picture; of a window: where it begins to show
  const char *screen; ///< name of the first screen; NULL: pack
  uint32_t width, height; ///< px
  uint32_t theme; ///< theme.h
  double speed_ratio; ///< simulated to wall time; 0: as fast as possible
  uint8_t is_paused; ///< it begins so
  uint8_t prints_frames; ///< the cost of a frame goes to stdout at the end
  uint32_t frame_max; ///< the window closes after so many; 0: when it is closed
} gui_options_t;

typedef enum {
  GUI_OK = 0,
  GUI_ERR_RUN = 1, ///< the run itself failed
  GUI_ERR_FILE = 2, ///< an option or a file
  GUI_ERR_MISSING = 3 ///< no display, no font, or built without SDL2
} gui_status_t;

/// Show a point, NULL with options->attach, until the window is closed, or write the picture.
gui_status_t gui_open(const scenario_t *point, const gui_options_t *options);

int gui_has_screen(const char *name);

/// Names of the screens, for help and messages: "pack connectors ...".
void gui_screen_names(char *text, uint32_t text_bytes);

#endif
