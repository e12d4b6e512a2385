/// Weld test: which contact conducts though it should not, from aux contacts, link and current.
///
/// Model    an aux contact that stays closed for aux_mismatch_ms names its contactor. While main
///          minus still waits, current that flows on and a link that does not fall name plus or
///          precharge; before minus closes, precharge alone must not lift the link (minus);
///          after it has closed, the link must not rise (plus at once, precharge by its
///          resistor). A link that merely keeps its charge is no weld. docs/contactors.md has the
///          rules and what they cannot see
/// Sign     current_mA > 0 discharges
#ifndef ECU_MODEL_CORE_WELD_H
#define ECU_MODEL_CORE_WELD_H

#include "bms.h"

enum {
  WELD_PROVE_MIN_ms = 60, ///< a graceful opening looks at least so long at the link
  WELD_PROVE_MAX_ms = 200, ///< and no longer
  WELD_URGENT_MAX_ms = 40 ///< any other opening lets minus wait no longer
};

/// Main plus has just been told to open while minus stays.
void weld_begin_opening(bms_t *bms, int is_graceful);

/// 1 iff main minus may follow. Call it every 10 ms of that wait; it reports what it finds.
int weld_minus_may_open(bms_t *bms);

/// Precharge alone, or minus alone, is about to close: remember the link.
void weld_begin_test(bms_t *bms);

/// Precharge alone is closed: 1 iff the link rises, so minus conducts. Reports it.
int weld_shows_with_precharge(bms_t *bms);

/// Minus alone is closed: 1 iff the link rises, so plus or precharge conducts. Reports it.
int weld_shows_with_minus(bms_t *bms);

/// 1 iff the link is so low that a contact which conducts must move it.
int weld_can_be_tested(const bms_t *bms);

/// Every 10 ms: aux contacts, the comparison after an opening, current and link with all open.
void weld_supervise(bms_t *bms);

#endif
