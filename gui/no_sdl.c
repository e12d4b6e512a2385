/// Stands for the window where packsim was built without SDL2.
#include <stdio.h>

#include "gui.h"

gui_status_t gui_open(const scenario_t *point, const gui_options_t *options) {
  (void)point;
  (void)options;
  fputs("packsim gui: built without SDL2: install libsdl2-dev, libsdl2-ttf-dev and "
        "libfontconfig-dev (make deps), then build again\n",
        stderr);
  return GUI_ERR_MISSING;
}
