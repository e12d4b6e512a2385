/// Passive balancing by charge: how much each group has to lose, which switches are on, for how
/// long, and how warm their board gets.
///
/// Model    need: at rest since BALANCE_REST_ms filtered voltages are rest voltages, and
///          the rest voltage curve says what each holds (rest.h). A group that reads
///          BALANCE_START_raw more than the lowest has the difference of their charges to lose. It
///          is counted down while its switch conducts; the loaded voltage decides nothing. It is
///          found anew every hour of rest.
///          current: group voltage over BALANCE_BLEED_mohm, for BALANCE_DUTY_permille of the time:
///          the chips rest all switches while they convert, and while wires are tested
///          board: estimate, BALANCE_mK_PER_SWITCH for each switch above the module's thermistor,
///          with BALANCE_BOARD_ms. Above BALANCE_WARM_ddegC no two neighbours bleed at once, above
///          BALANCE_HOT_ddegC every fourth group, above BALANCE_OFF_ddegC none
/// Units    AFE codes of 100 uV end in _raw
/// Source   docs/balancing.md
#ifndef ECU_MODEL_CORE_BALANCE_H
#define ECU_MODEL_CORE_BALANCE_H

#include "bms.h"

enum {
  BALANCE_REST_ms = 900000, ///< without current, before voltages count as rest voltages
  BALANCE_PLAN_ms = 3600000,
  BALANCE_START_raw = 50, ///< a group this far above the lowest has to lose charge
  BALANCE_BLEED_mohm = 33100, ///< resistor, switch and wires; assumed
  BALANCE_DUTY_permille = 770, ///< 2.3 of 10 ms are conversions
  BALANCE_GROUP_MIN_mV = 3500, ///< below nothing is thrown away
  BALANCE_SUPPLY_MIN_mV = 11500,
  BALANCE_mK_PER_SWITCH = 2600, ///< 8 K/W, 0.42 W, 77 % of the time; assumed
  BALANCE_BOARD_ms = 120000, ///< time constant of the board; assumed
  BALANCE_WARM_ddegC = 700,
  BALANCE_HOT_ddegC = 850,
  BALANCE_OFF_ddegC = 1000,
  BALANCE_TURN_ms = 60000 ///< neighbours take turns
};

/// Every 10 ms, one hundredth of the work each time.
void balance_step(bms_t *bms);

/// After the DTCs have been walked, while a switch may be on: stops all in this step if it must.
void balance_guard(bms_t *bms);

/// 1 iff groups wait for their bleeding and nothing forbids it.
int balance_is_wanted(const bms_t *bms);

/// 1 iff a switch of this group may be turned on: value and both wires are right.
int balance_group_is_fit(const bms_t *bms, uint32_t group);

/// 1 iff switches may be on for a test: at rest or charging, no danger, chips configured.
int balance_may_switch(const bms_t *bms);

/// Puts the wanted switches, or those of a test, into the chips' configuration.
void balance_apply(bms_t *bms, const uint32_t mask[BMS_AFE_COUNT]);

/// Warmest board, estimated.
int32_t balance_board_ddegC(const bms_t *bms, uint32_t device);

/// The value that half of the 96 do not exceed, between low and high, to within step.
int32_t balance_middle(const int32_t value[BMS_GROUP_COUNT], int32_t low, int32_t high,
                       int32_t step);

#endif
