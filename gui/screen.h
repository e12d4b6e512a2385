/// Screens: one constant row each, with a key, a drawing and what its input means.
///
/// Model    draw fills the display list from a view and the user interface's state, pure: the same
///          arguments give the same list. input turns an event into a command and may change the
///          state of its own screen. To add a screen: a file with a const screen_t, a row in
///          screens.c
#ifndef GUI_SCREEN_H
#define GUI_SCREEN_H

#include "command.h"
#include "display_list.h"
#include "view.h"

enum { SCREEN_COUNT = 5, SCREEN_STATE_BYTES = 1024 };

typedef enum {
  EVENT_KEY,
  EVENT_CLICK, ///< left button went down; hot is what lies there
  EVENT_MENU, ///< right button
  EVENT_DRAG, ///< moved with the left button down since start_x, start_y
  EVENT_RELEASE, ///< left button went up
  EVENT_MOVE, ///< without a button
  EVENT_WHEEL ///< steps > 0: away from the user
} event_kind_t;

/// Keys that are no character. A character's key is its code ('a', ' ', '+').
enum {
  KEY_ENTER = 13,
  KEY_ESCAPE = 27,
  KEY_TAB = 9,
  KEY_BACKSPACE = 8,
  KEY_LEFT = 0x100,
  KEY_RIGHT,
  KEY_UP,
  KEY_DOWN,
  KEY_PAGE_UP,
  KEY_PAGE_DOWN,
  KEY_HOME,
  KEY_END,
  KEY_F1 = 0x200 ///< KEY_F1 + n - 1: function key n
};

typedef struct {
  uint8_t kind; ///< event_kind_t
  uint8_t has_shift, has_control;
  uint8_t padding;
  int32_t key, steps;
  int x, y, start_x, start_y;
  list_hot_t hot; ///< what lies under x, y (of a DRAG or RELEASE: under its start); action
      ///< LIST_ACTION_NONE: nothing
} event_t;

typedef enum { MENU_NONE, MENU_PIN, MENU_FAULTS, MENU_HELP } menu_kind_t;

/// What lies over the screen, if anything. menu.h acts on it.
typedef struct {
  uint8_t kind; ///< menu_kind_t
  uint8_t padding[3];
  int16_t x, y; ///< where it was asked for
  int32_t pin; ///< PIN: of pinout_pin[]
  int32_t row; ///< chosen line
  int32_t first_row; ///< FAULTS: the first that is shown
  int32_t target; ///< FAULTS: chosen, of the row's kind
  double value; ///< FAULTS: of the chosen row
} menu_t;

/// Choices of the user that are not the simulation's.
typedef struct {
  uint8_t theme, screen;
  uint8_t has_given_up_hint; ///< no hint until the pointer moves again
  uint8_t padding;
  int pointer_x, pointer_y; ///< -1: outside
  list_hot_t hover; ///< what the pointer is over, as drawn last; action LIST_ACTION_NONE: nothing
  int32_t chosen_pin; ///< of pinout_pin[], -1: none
  int32_t chosen_group; ///< -1: none
  uint16_t slid; ///< action of the slider that is held, 0: none
  uint16_t padding2[3];
  double slid_value; ///< what it shows meanwhile
  menu_t menu;
  _Alignas(
      16) uint8_t state[SCREEN_COUNT][SCREEN_STATE_BYTES]; ///< each screen's own, zero at first
} ui_t;

typedef struct {
  const char *name; ///< "pack": for --screen and the help
  int32_t key; ///< KEY_F1 ...
  const char *title; ///< "Pack"
  const char *help; ///< one line: what its keys do
  /// room: inside the window, below the bar. Draw nothing outside of it.
  void (*draw)(const view_t *view, const ui_t *ui, list_box_t room, display_list_t *list);
  /// COMMAND_NONE iff the event means nothing to the screen.
  command_t (*input)(const view_t *view, ui_t *ui, const event_t *event);
} screen_t;

extern const screen_t screen_pack, screen_connectors; ///< F1, F2
extern const screen_t screen_plots, screen_bus, screen_story; ///< F3, F4, F5

const screen_t *screen_at(uint32_t index); ///< NULL iff there is none
int32_t screen_find(const char *name); ///< -1 iff there is none

#endif
