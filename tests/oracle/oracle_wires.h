/// Where each sense wire sits, read from the words of the pinout ("M8.T13", "sense_upper").
///
/// Model    a wire sits at the positive end of the group below its tap; the lowest wire of a module
///          and the upper section's wire of a tap that is sensed twice sit at the negative end of
///          the group above. Input n of an AFE is the n-th wire of its module from below
#ifndef TESTS_ORACLE_WIRES_H
#define TESTS_ORACLE_WIRES_H

#include <stdint.h>

#include "../../ecu_model/pins.h"

typedef struct {
  uint32_t module; ///< from 0
  uint32_t tap; ///< in its module: 0 is the lower line
  uint32_t is_upper; ///< the upper section's
  uint32_t is_doubled; ///< the other section senses the same tap
  uint32_t group; ///< index of the group that it sits at
  uint32_t is_at_top; ///< of that group; else at its bottom
  uint32_t first; ///< index of its module's lowest wire
  uint32_t input; ///< of its AFE
  const char *pin; ///< "A12"
} oracle_wire_t;

typedef struct {
  oracle_wire_t wire[PINS_WIRE_COUNT]; ///< from below
  uint32_t group_count[PINS_MODULE_COUNT];
  uint32_t middle_tap[PINS_MODULE_COUNT]; ///< the last of the lower section
} oracle_wires_t;

/// Ends the program iff the words do not make 111 wires.
void oracle_wires_read(oracle_wires_t *wires);

/// Number of taps below a wire's own.
uint32_t oracle_wires_tap(uint32_t wire);

#endif
