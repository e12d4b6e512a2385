/// The ECU's own hardware on the host: AFE daisy chain, ADCs, coil drivers, NVM, watchdog.
///
/// Model    board_before: pins and the finished SPI bytes become bms_in_t; board_after: commands of
///          bms_out_t are taken over, they act in the next tick through pins_out_t
/// Memory   plain value
/// Source   LTC6813-1 data sheet for the chain; the rest is assumed (docs/facts.md)
#ifndef ECU_MODEL_BOARD_BOARD_H
#define ECU_MODEL_BOARD_BOARD_H

#include <stdint.h>

#include "../core/bms.h"
#include "../pins.h"
#include "afe_chain.h"

#include "board_state.h" /* board_t */

/// seed feeds the chips' own errors (gain, offset within the total measurement error) and noise.
void board_init(board_t *board, uint64_t seed);

/// The ECU restarts: SPI link, watchdog and memory driver begin anew; the chips, which the cells
/// supply, and what is written in the memory stay.
void board_restart(board_t *board);

/// Run the board's peripherals for the tick that begins at now_us: conversions sample pins, up to
/// 125 SPI bytes move, ADCs convert; fills in completely except can_rx*, which the caller owns, and
/// afe_rx beyond the bytes of finished transfers.
void board_before(board_t *board, uint64_t now_us, const pins_in_t *pins, bms_in_t *in);

/// Take over the commands of the step; writes what the ECU drives in the next tick. A coil command
/// that is not the complement of its inverse, a wrong watchdog token or a supply below 4 V drops
/// all coils.
void board_after(board_t *board, uint64_t now_us, const bms_out_t *out, pins_out_t *pins);

/// A tick in which the core does not run: what it drives stays, the watchdog of the coils goes on.
void board_hang(board_t *board, uint64_t now_us, const pins_in_t *pins_in, const bms_out_t *out,
                pins_out_t *pins);

#endif
