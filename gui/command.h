/// What the user asks for: of the simulation, which takes it at a tick boundary, or of the window.
///
/// Model    a screen returns a command; the window takes those of the window itself and hands the
///          rest to the worker. Faults and loads are recorded and can be saved as a scenario
/// Memory   plain value
#ifndef GUI_COMMAND_H
#define GUI_COMMAND_H

#include <stdint.h>

#include "../scenarios/faults.h"

typedef enum {
  COMMAND_NONE,
  COMMAND_TAKEN, ///< the screen used the event itself; nothing more to do
  /* the window's */
  COMMAND_QUIT,
  COMMAND_SCREEN, ///< show screen number
  COMMAND_THEME, ///< the other theme
  COMMAND_SCREENSHOT, ///< PNG into text, "" makes a name; number 1: its display list as text
  COMMAND_FAULT_MENU, ///< open the menu of all faults
  COMMAND_PIN_MENU, ///< open the menu of pin number (of pinout_pin[])
  COMMAND_HELP,
  /* how the run goes on: changes nothing in it */
  COMMAND_PAUSE, ///< or go on
  COMMAND_STEP, ///< number ticks, then pause
  COMMAND_SPEED, ///< value times real time; 0: as fast as possible
  COMMAND_SEEK, ///< back to the checkpoint at or before time_us
  COMMAND_TRACE, ///< plot signal number in trace target (number VIEW_NO_SIGNAL: free it)
  COMMAND_PLOT, ///< plot from value on second s; second 0: all of it; number 0: up to now
  COMMAND_RECORD, ///< begin or end recording
  COMMAND_SAVE, ///< write the scenario with all that the user did to text; "" makes a name
  /* into the simulation: recorded */
  COMMAND_FAULT, ///< row, target, other, value: it begins
  COMMAND_CLEAR, ///< row's kind of target: all faults on target end
  COMMAND_CLEAR_ALL, ///< all faults end
  COMMAND_LOAD ///< key of a load (text: "current_A", "charger") gets value
} command_kind_t;

typedef struct {
  uint8_t kind; ///< command_kind_t
  uint8_t on; ///< fault_on_t, of CLEAR
  uint16_t target, other;
  uint16_t padding;
  int32_t number;
  double value, second; ///< LOAD charger: A and V
  uint64_t time_us;
  const fault_row_t *row;
  char text[120];
} command_t;

#endif
