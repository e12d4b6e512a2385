/// What the command line asks about the window, with or without SDL.
#include "gui.h"

#include <stdio.h>
#include <string.h>

#include "screen.h"

int gui_has_screen(const char *name) { return screen_find(name) >= 0; }

void gui_screen_names(char *text, uint32_t text_bytes) {
  text[0] = '\0';
  for (uint32_t i = 0; screen_at(i) != NULL; i++) {
    size_t used = strlen(text);
    snprintf(text + used, text_bytes - used, "%s%s", i > 0 ? " " : "", screen_at(i)->name);
  }
}
