/// SPI queue: moves bytes, hands commands to the chain, gives replies to the core.
#include "board_spi.h"

#include <string.h>

void board_spi_init(board_spi_t *spi) { memset(spi, 0, sizeof *spi); }

/// Move what waits to the beginning of the buffers.
static void compact(board_spi_t *spi) {
  memmove(spi->xfer, &spi->xfer[spi->xfer_first], spi->xfer_count * sizeof spi->xfer[0]);
  memmove(spi->tx, &spi->tx[spi->tx_first], spi->tx_count);
  spi->xfer_first = spi->tx_first = 0;
}

static int begins_conversion(const uint8_t *tx) {
  return ltc6813_is_conversion(afe_chain_code(tx));
}

/// There is room for it.
static void append(board_spi_t *spi, bms_xfer_t xfer, const uint8_t *tx) {
  if (spi->xfer_first + spi->xfer_count == BOARD_SPI_QUEUE_MAX ||
      spi->tx_first + spi->tx_count + xfer.tx_bytes > BOARD_SPI_TX_MAX)
    compact(spi);
  uint8_t *to = &spi->tx[spi->tx_first + spi->tx_count];
  memcpy(to, tx, AFE_CHAIN_COMMAND_BYTES); /* mostly that is all */
  if (xfer.tx_bytes > AFE_CHAIN_COMMAND_BYTES) memcpy(to, tx, xfer.tx_bytes);
  spi->tx_count += xfer.tx_bytes;
  spi->xfer[spi->xfer_first + spi->xfer_count++] = xfer;
  spi->conversion_count += (uint32_t)begins_conversion(tx);
}

void board_spi_queue(board_spi_t *spi, const bms_out_t *out) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < out->xfer_count && i < BMS_XFER_MAX; i++) {
    const bms_xfer_t xfer = out->xfer[i];
    if (at + xfer.tx_bytes > BMS_AFE_BYTES_MAX) {
      spi->dropped_count++;
      return;
    }
    const int fits =
        spi->xfer_count < BOARD_SPI_QUEUE_MAX && spi->tx_count + xfer.tx_bytes <= BOARD_SPI_TX_MAX;
    const int is_whole =
        xfer.tx_bytes >= AFE_CHAIN_COMMAND_BYTES && xfer.rx_bytes <= BMS_AFE_BYTES_MAX;
    if (fits && is_whole)
      append(spi, xfer, &out->afe_tx[at]);
    else
      spi->dropped_count++;
    at += xfer.tx_bytes;
  }
}

static void remove_first(board_spi_t *spi) {
  const uint32_t tx_bytes = spi->xfer[spi->xfer_first].tx_bytes;
  spi->conversion_count -= (uint32_t)begins_conversion(&spi->tx[spi->tx_first]);
  spi->tx_first += tx_bytes;
  spi->tx_count -= tx_bytes;
  spi->xfer_first++;
  spi->moved_bytes = 0;
  if (--spi->xfer_count == 0) spi->xfer_first = spi->tx_first = 0;
}

/// Bytes that the next transfers may still move in a tick, and what has moved.
typedef struct {
  uint32_t moved, finished;
  uint32_t command_at; ///< bytes of the tick when this transfer's command is complete, 0: not now
  int is_finished;
} progress_t;

/// Move a transfer, of which `before` bytes are done, as far as the tick allows; bytes moved.
static inline uint32_t move(progress_t *progress, const bms_xfer_t *xfer, uint32_t before) {
  const uint32_t total = (uint32_t)xfer->tx_bytes + xfer->rx_bytes,
                 left = BOARD_SPI_BYTES_PER_ms - progress->moved;
  const uint32_t step = total - before < left ? total - before : left;
  const int completes =
      before < AFE_CHAIN_COMMAND_BYTES && before + step >= AFE_CHAIN_COMMAND_BYTES;
  progress->command_at = completes ? progress->moved + AFE_CHAIN_COMMAND_BYTES - before : 0;
  progress->moved += step;
  progress->is_finished = before + step == total;
  if (progress->is_finished) progress->finished++;
  return step;
}

static int may_move(const progress_t *progress, uint32_t rx_used, const bms_xfer_t *xfer) {
  return progress->moved < BOARD_SPI_BYTES_PER_ms && progress->finished < BMS_XFER_MAX &&
         rx_used + xfer->rx_bytes <= BMS_AFE_BYTES_MAX;
}

/// Most replies are whole.
static inline void copy(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  if (bytes == AFE_CHAIN_DATA_BYTES)
    memcpy(to, from, AFE_CHAIN_DATA_BYTES);
  else
    memcpy(to, from, bytes);
}

void board_spi_step(board_spi_t *spi, afe_chain_t *chain, uint64_t now_us, const pins_in_t *pins,
                    bms_in_t *in) {
  progress_t progress = {0, 0, 0, 0};
  uint32_t rx_used = 0;
  while (spi->xfer_count > 0 && may_move(&progress, rx_used, &spi->xfer[spi->xfer_first])) {
    const bms_xfer_t xfer = spi->xfer[spi->xfer_first];
    const uint8_t *tx = &spi->tx[spi->tx_first];
    spi->moved_bytes += move(&progress, &xfer, spi->moved_bytes);
    if (progress.command_at > 0) {
      const uint64_t time_us = now_us + progress.command_at * BOARD_SPI_BYTE_us;
      afe_chain_advance(chain, time_us, pins);
      afe_chain_command(chain, time_us, tx, spi->rx, xfer.rx_bytes);
    }
    if (!progress.is_finished) break;
    if (xfer.tx_bytes > AFE_CHAIN_COMMAND_BYTES)
      afe_chain_write(chain, now_us + progress.moved * BOARD_SPI_BYTE_us, tx, xfer.tx_bytes);
    copy(&in->afe_rx[rx_used], spi->rx, xfer.rx_bytes);
    rx_used += xfer.rx_bytes;
    in->xfer_rx_bytes[in->xfer_done_count++] = xfer.rx_bytes;
    remove_first(spi);
  }
}

void board_spi_announce(const board_spi_t *spi, const afe_chain_t *chain, uint64_t next_us,
                        pins_out_t *pins) {
  progress_t progress = {0, 0, 0, 0};
  uint32_t rx_used = 0, at = spi->tx_first, before = spi->moved_bytes;
  const bms_xfer_t *xfer = &spi->xfer[spi->xfer_first];
  if (spi->conversion_count == 0) return;
  for (uint32_t i = 0; i < spi->xfer_count && may_move(&progress, rx_used, xfer); i++, xfer++) {
    (void)move(&progress, xfer, before);
    if (progress.command_at > 0 && begins_conversion(&spi->tx[at]))
      afe_chain_announce_command(chain, next_us, next_us + progress.command_at * BOARD_SPI_BYTE_us,
                                 &spi->tx[at], pins);
    rx_used += xfer->rx_bytes;
    at += xfer->tx_bytes;
    before = 0;
  }
}
