/// Heat of the eight AFE boards: what the discharge switches turn into heat, and how warm board,
/// resistors and chip get.
///
/// Model    each group's bleed current in its resistor and switch; the resistor is warmer than its
///          board with a lag, the board warmer than its module's case with another one, the chip's
///          die warmer than the board by what the chip itself takes. Powers hold from one solution
///          of the harness to the next; the lags are exact for that. The air takes the heat: it
///          does not warm the cells
/// Units    SI; temperatures above the case or board in K
/// Memory   plain value
/// Source   afe_heat_params(): mark beside each figure
#ifndef SIM_AFE_HEAT_H
#define SIM_AFE_HEAT_H

#include <stdint.h>

#include "harness.h"

typedef struct {
  double board_KpW, board_s; ///< board against the case
  double resistor_KpW, resistor_s; ///< resistor against the board
  double die_K; ///< chip against the board
} afe_heat_params_t;

typedef struct {
  afe_heat_params_t params;
  double resistor_K[PINS_GROUP_COUNT]; ///< above the board, at state_us
  double group_W[PINS_GROUP_COUNT]; ///< in force
  double board_K[PINS_MODULE_COUNT]; ///< above the case, at state_us
  double board_W[PINS_MODULE_COUNT]; ///< in force, all its resistors
  double board_J[PINS_MODULE_COUNT]; ///< turned into heat so far
  uint64_t state_us;
  uint8_t is_bleeding; ///< powers are not all 0
  uint8_t is_warm; ///< something bleeds, or has not cooled down yet
  uint8_t padding[6];
} afe_heat_t;

afe_heat_params_t afe_heat_params(void);

void afe_heat_init(afe_heat_t *heat);

/// The harness was solved at now_us: advance to now, and take over what bleeds from now on.
void afe_heat_take(afe_heat_t *heat, const harness_t *harness, uint64_t now_us);

/// Board above its module's case.
double afe_heat_board_K(const afe_heat_t *heat, uint32_t board, uint64_t now_us);

/// The board's hottest resistor above the board; 0 while all are cold.
double afe_heat_resistor_K(const afe_heat_t *heat, uint32_t board, uint64_t now_us);

/// Heat so far.
double afe_heat_J(const afe_heat_t *heat, uint32_t board, uint64_t now_us);

#endif
