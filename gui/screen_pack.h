/// Parts of the screen Pack. Shared by screen_pack*.c only.
#ifndef GUI_SCREEN_PACK_H
#define GUI_SCREEN_PACK_H

#include "screen.h"

/// What the squares of the groups show.
typedef enum {
  PACK_SHOWS_V,
  PACK_SHOWS_degC,
  PACK_SHOWS_SOC,
  PACK_SHOWS_BMS,
  PACK_SHOWS_COUNT
} pack_shows_t;

enum { PACK_ACT_GROUP = 1, PACK_ACT_SHOWS };

typedef struct {
  uint8_t shows; ///< pack_shows_t
} pack_state_t;

void screen_pack_grid(const view_t *view, const ui_t *ui, pack_shows_t shows, list_box_t box,
                      display_list_t *list);

/// The hint of a group: voltage, belief, both cells, history.
void screen_pack_hint(const view_t *view, const ui_t *ui, uint32_t group, list_box_t room,
                      display_list_t *list);

void screen_pack_values(const view_t *view, list_box_t box, display_list_t *list);
void screen_pack_scheme(const view_t *view, list_box_t box, display_list_t *list);

#endif
