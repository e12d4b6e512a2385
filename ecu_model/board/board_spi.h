/// SPI link to the daisy chain: a queue of transfers, 125 bytes a millisecond.
///
/// Model    1 MHz: a byte takes 8 us. A command acts when its fourth byte has passed, write data
///          when the transfer ends, a reply is handed over when its last byte has passed. At most
///          eight transfers end in one millisecond. The link wakes sleeping chips by itself.
/// Memory   plain value
#ifndef ECU_MODEL_BOARD_SPI_H
#define ECU_MODEL_BOARD_SPI_H

#include <stdint.h>

#include "../core/bms.h"
#include "afe_chain.h"

enum {
  BOARD_SPI_BYTES_PER_ms = 125,
  BOARD_SPI_BYTE_us = 8,
  BOARD_SPI_QUEUE_MAX = 32,
  BOARD_SPI_TX_MAX = 1024 ///< bytes of all waiting transfers
};

typedef struct {
  bms_xfer_t xfer[BOARD_SPI_QUEUE_MAX]; ///< waiting transfers from xfer_first on, oldest first
  uint32_t xfer_first, xfer_count;
  uint32_t tx_first, tx_count; ///< their bytes in tx
  uint32_t conversion_count; ///< waiting commands that may begin a conversion
  uint32_t moved_bytes; ///< of the oldest transfer
  uint32_t dropped_count; ///< transfers that found no room or were malformed
  uint8_t tx[BOARD_SPI_TX_MAX];
  uint8_t rx[BMS_AFE_BYTES_MAX]; ///< reply of the oldest transfer
} board_spi_t;

void board_spi_init(board_spi_t *spi);

/// Queue the transfers of a step. Transfers that do not fit are dropped and counted: their reply
/// never comes.
void board_spi_queue(board_spi_t *spi, const bms_out_t *out);

/// Move one millisecond's bytes from now_us on; finished transfers go to in.
void board_spi_step(board_spi_t *spi, afe_chain_t *chain, uint64_t now_us, const pins_in_t *pins,
                    bms_in_t *in);

/// Tell pins which conversions the bytes of the tick at next_us will begin.
void board_spi_announce(const board_spi_t *spi, const afe_chain_t *chain, uint64_t next_us,
                        pins_out_t *pins);

#endif
