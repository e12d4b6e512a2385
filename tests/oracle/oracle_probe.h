/// What is compared: one row for each kind of quantity, with its vector in the netlist and its
/// value in the simulator.
#ifndef TESTS_ORACLE_PROBE_H
#define TESTS_ORACLE_PROBE_H

#include <stddef.h>

#include "oracle_rig.h"

/// The sense harness is quasi-static: it leaves out what the filter capacitors carry while the
/// pack's voltage moves (100 nF), and the 10 us by which inputs lag a step.
typedef enum { ORACLE_ALWAYS, ORACLE_UNLESS_STEP, ORACLE_WHEN_STEADY } oracle_when_t;

typedef struct {
  const char *title; ///< "cell current"
  char unit; ///< 'V', 'A' or 'W'
  const char *vector; ///< of the circuit solver, with the index as %u
  uint32_t count;
  oracle_when_t when; ///< in which ticks it is compared
  int (*is_there)(const oracle_world_t *world, uint32_t index); ///< NULL: always
  double (*value)(const oracle_rig_t *rig, uint32_t index); ///< the simulator's, last tick
  double (*heated_ohm)(const oracle_world_t *world); ///< of a heat: the vector's current is in it
} oracle_probe_t;

extern const oracle_probe_t oracle_probe[];
extern const size_t oracle_probe_count;

/// 1 iff it is a state of the harness, sampled at an instant: pin and input of an open wire. All
/// else is the tick's mean.
int oracle_probe_is_state(const oracle_probe_t *probe, const oracle_world_t *world, uint32_t index);

/// "cell current M3C5a", "pin A12".
void oracle_probe_name(const oracle_probe_t *probe, uint32_t index, char *text, size_t bytes);

#endif
