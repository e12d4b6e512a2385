/// Test of the discharge switches: each has to draw its current when told to, and only then.
///
/// Model    at rest, every BLEED_PERIOD_ms: every second group's switch of each module on, and a
///          conversion that leaves them on, just after the scan's that rests them; then the others.
///          The current falls off in the two wires of its group, some 10 mV: a group that does not
///          read BLEED_DROP_raw less has a switch that stays off, or one that is on all the time.
///          Three such tests in a row name it. A pattern in which not most groups read the same
///          drop, or none, is no evidence: the readings' noise is as large as what is looked for
#ifndef ECU_MODEL_CORE_BLEED_H
#define ECU_MODEL_CORE_BLEED_H

#include "bms.h"

enum {
  BLEED_PERIOD_ms = 4000,
  BLEED_AGAIN_ms = 1000, ///< after a test that missed one
  BLEED_DROP_raw = 30,
  BLEED_NEAR_raw = 12, ///< switches that draw their current differ by half of it
  BLEED_FAR_raw = 250, ///< a drop beyond it counts as this
  BLEED_MISS_MAX = 3,
  BLEED_REST_ms = 2000, ///< without current, before a test
  BLEED_GROUP_MIN_mV = 2900
};

typedef enum {
  BLEED_IDLE,
  BLEED_EVEN_SET, ///< switches of the even places are on their way to the chips
  BLEED_EVEN_READ,
  BLEED_ODD_SET,
  BLEED_ODD_READ
} bleed_phase_t;

/// ms 2 of a cycle, after openwire_plan: the test's turn if nothing else follows the scan.
void bleed_plan(bms_t *bms);

void bleed_report(bms_t *bms);

#endif
