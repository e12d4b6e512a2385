/// The board's insides: chain, SPI link, drivers, watchdog, memory. Included by board.h only.
///
/// Memory   plain value without pointers
#ifndef ECU_MODEL_BOARD_STATE_H
#define ECU_MODEL_BOARD_STATE_H

#include <stdint.h>

#include "board_noise.h"
#include "board_nvm.h"
#include "board_spi.h"
#include "board_watchdog.h"

typedef struct {
  afe_chain_t chain;
  board_spi_t spi;
  board_watchdog_t watchdog;
  board_nvm_t nvm;
  board_noise_t noise;
  double supply_V; ///< as of this tick
  uint32_t coil_drop_count; ///< ticks in which a commanded coil was refused
  uint8_t coil_is_refused; ///< 1 while the drivers refuse commands
  uint8_t padding[3];
} board_t;

#endif
