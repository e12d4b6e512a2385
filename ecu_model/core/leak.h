/// Watch for cells that lose charge by themselves: internal shorts, and what a balancer would hide.
///
/// Model    an anchor keeps what each group's rest voltage says that it holds, against the middle
///          group. LEAK_MIN_ms to a week later, at rest and at about the same charge, the fall of
///          that difference, less what the group's own switch has taken beyond the middle one's, is
///          what it has lost by itself. With balancing on the voltages stay together and the other
///          groups' bleeding shows the loss. Accused is the group that has lost most, if that is
///          more than LEAK_CURRENT_uA over the time, more than the error of a rest voltage (in the
///          same rest, or in another one with other hysteresis), and LEAK_SHARE_permille of the
///          charge that the switches are believed to have taken besides. A group that was bled more
///          than the middle one is not judged: its hysteresis moves with it. A new anchor follows
///          after a day of the same rest, or some days
/// Source   docs/balancing.md
#ifndef ECU_MODEL_CORE_LEAK_H
#define ECU_MODEL_CORE_LEAK_H

#include "bms.h"

enum {
  LEAK_MIN_ms = 57600000, ///< 16 h
  LEAK_WINDOW_ms = 86400000, ///< 24 h in the same rest
  LEAK_OTHER_WINDOW_ms = 345600000, ///< 96 h over other rests
  LEAK_LOST_ms = 604800000, ///< a week without a rest that compares
  LEAK_CURRENT_uA = 10000,
  LEAK_REST_raw = 25,
  LEAK_OTHER_REST_raw = 75,
  LEAK_SHARE_permille = 400,
  LEAK_OWN_mAs = 180000, ///< 50 mA h
  LEAK_MOVED_permille = 30 ///< of the capacity, between two rests that compare
};

/// Once a second.
void leak_step(bms_t *bms);

void leak_report(bms_t *bms);

#endif
