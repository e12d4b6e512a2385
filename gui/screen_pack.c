/// The screen Pack: all groups, the high-voltage path, state and DTCs.
#include "../ecu_model/gen/pinout.h"
#include "screen_pack.h"

enum { VALUES_WIDTH = 232, SCHEME_MIN = 172, SCHEME_MAX = 300 };

_Static_assert(sizeof(pack_state_t) <= SCREEN_STATE_BYTES, "room for the screen's state");

static pack_state_t *state_of(ui_t *ui) { return (pack_state_t *)(void *)ui->state[0]; }

static void draw(const view_t *view, const ui_t *ui, list_box_t room, display_list_t *list) {
  const pack_state_t *state = (const pack_state_t *)(const void *)ui->state[0];
  list_box_t all = room;
  int wide = room.w > 1200 ? VALUES_WIDTH + 60 : VALUES_WIDTH;
  list_box_t values = list_cut_right(&room, wide, THEME_GAP_px);
  int scheme_h = room.h * 2 / 5;
  scheme_h = scheme_h < SCHEME_MIN ? SCHEME_MIN : scheme_h > SCHEME_MAX ? SCHEME_MAX : scheme_h;
  list_box_t scheme = list_cut_bottom(&room, scheme_h, THEME_GAP_px);
  screen_pack_values(view, values, list);
  screen_pack_scheme(view, scheme, list);
  screen_pack_grid(view, ui, (pack_shows_t)state->shows, room, list);
  if (ui->hover.action == PACK_ACT_GROUP && ui->menu.kind == MENU_NONE) {
    screen_pack_hint(view, ui, (uint32_t)ui->hover.argument, all, list);
  } else if (ui->chosen_group >= 0 && ui->menu.kind == MENU_NONE) {
    screen_pack_hint(view, ui, (uint32_t)ui->chosen_group, all, list);
  }
}

/// The group in a module and column nearest to what the arrow keys ask for.
static int32_t neighbour(int32_t group, int32_t key) {
  if (group < 0) {
    return 0;
  }
  uint32_t module = pinout_group[group].module - 1U, column = pinout_group[group].number - 1U;
  if (key == KEY_LEFT || key == KEY_RIGHT) {
    int32_t next = group + (key == KEY_RIGHT ? 1 : -1);
    return next < 0 ? 0 : next >= PINOUT_GROUP_COUNT ? PINOUT_GROUP_COUNT - 1 : next;
  }
  module = key == KEY_DOWN ? (module + 1) % PINOUT_MODULE_COUNT
                           : (module + PINOUT_MODULE_COUNT - 1) % PINOUT_MODULE_COUNT;
  const pinout_module_t *to = &pinout_module[module];
  return to->first_group + (int32_t)(column < to->group_count ? column : to->group_count - 1U);
}

static command_t input(const view_t *view, ui_t *ui, const event_t *event) {
  static const char keys[PACK_SHOWS_COUNT] = {'v', 't', 'c', 'b'};
  (void)view;
  const command_t taken = {.kind = COMMAND_TAKEN}, none = {.kind = COMMAND_NONE};
  if (event->kind == EVENT_CLICK && event->hot.action == PACK_ACT_GROUP) {
    ui->chosen_group = ui->chosen_group == event->hot.argument ? -1 : event->hot.argument;
    return taken;
  }
  if (event->kind == EVENT_CLICK && event->hot.action == PACK_ACT_SHOWS) {
    state_of(ui)->shows = (uint8_t)event->hot.argument;
    return taken;
  }
  if (event->kind != EVENT_KEY) {
    return none;
  }
  for (uint8_t i = 0; i < PACK_SHOWS_COUNT; i++) {
    if (event->key == keys[i]) {
      state_of(ui)->shows = i;
      return taken;
    }
  }
  if (event->key == KEY_ESCAPE && ui->chosen_group >= 0) {
    ui->chosen_group = -1;
    return taken;
  }
  if (event->key >= KEY_LEFT && event->key <= KEY_DOWN) {
    ui->chosen_group = neighbour(ui->chosen_group, event->key);
    return taken;
  }
  return none;
}

const screen_t screen_pack = {
    .name = "pack",
    .key = KEY_F1,
    .title = "Pack",
    .help = "v voltage, t temperature, c state of charge, b what the BMS believes; arrows or "
            "pointer: a group",
    .draw = draw,
    .input = input,
};
