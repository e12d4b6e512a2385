/// The table of screens.
#include "screen.h"

#include <stddef.h>
#include <string.h>

static const screen_t *const screens[] = {&screen_pack, &screen_connectors, &screen_plots,
                                          &screen_bus, &screen_story};

const screen_t *screen_at(uint32_t index) {
  return index < sizeof screens / sizeof screens[0] ? screens[index] : NULL;
}

int32_t screen_find(const char *name) {
  for (uint32_t i = 0; screen_at(i) != NULL; i++) {
    if (strcmp(screen_at(i)->name, name) == 0) {
      return (int32_t)i;
    }
  }
  return -1;
}
