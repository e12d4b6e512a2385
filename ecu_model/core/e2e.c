/// E2E profile 1: CRC, counter, and the receiver that tells lost from repeated from wrong.
#include "e2e.h"

enum {
  E2E_COUNTER_CYCLE = E2E_COUNTER_MAX + 1,
  E2E_DELTA_INIT = 2, ///< so many frames may be missing: each check adds 1 before it compares
  E2E_SYNC_INIT = 1,
  E2E_IDLE_MAX = 2 ///< more repeated or absent frames in a row ask for synchronisation
};

/// What a byte's upper bits leave of the CRC, by their value: half a byte in a step.
static const uint8_t e2e_table[16] = {0x00, 0x1D, 0x3A, 0x27, 0x74, 0x69, 0x4E, 0x53,
                                      0xE8, 0xF5, 0xD2, 0xCF, 0x9C, 0x81, 0xA6, 0xBB};

static uint8_t crc_step(uint8_t crc, uint8_t byte) {
  uint32_t sum = (uint32_t)crc ^ byte;
  sum = (sum << 4 & 0xF0u) ^ e2e_table[sum >> 4];
  return (uint8_t)((sum << 4 & 0xF0u) ^ e2e_table[sum >> 4]);
}

uint8_t e2e_crc(uint16_t data_id, const uint8_t *data, uint32_t byte_count) {
  uint8_t crc = crc_step(0, (uint8_t)(data_id & 0xFFu));
  crc = crc_step(crc, (uint8_t)(data_id >> 8));
  for (uint32_t i = 1; i < byte_count; i++) crc = crc_step(crc, data[i]);
  return crc;
}

static int is_legal_length(uint32_t byte_count) {
  return byte_count >= E2E_BYTES_MIN && byte_count <= E2E_BYTES_MAX;
}

void e2e_protect(e2e_tx_t *tx, uint16_t data_id, uint8_t *data, uint32_t byte_count) {
  if (!is_legal_length(byte_count)) return;
  data[1] = (uint8_t)((data[1] & 0xF0u) | (tx->counter & 0x0Fu));
  data[0] = e2e_crc(data_id, data, byte_count);
  tx->counter = (uint8_t)(tx->counter >= E2E_COUNTER_MAX ? 0 : tx->counter + 1);
}

void e2e_rx_init(e2e_rx_t *rx) {
  *rx = (e2e_rx_t){.delta_max = E2E_DELTA_INIT,
                   .delta_max_init = E2E_DELTA_INIT,
                   .sync_count_init = E2E_SYNC_INIT,
                   .idle_count_max = E2E_IDLE_MAX,
                   .is_waiting_for_first = 1};
}

/// One more cycle has gone by since the last right frame: one more may be missing.
static void widen(e2e_rx_t *rx) {
  if (rx->delta_max < E2E_COUNTER_MAX) rx->delta_max++;
}

static void count_idle(e2e_rx_t *rx) {
  if (rx->idle_count < UINT8_MAX) rx->idle_count++;
}

/// A frame with a right CRC and a plausible counter: is the stream trusted (again)?
static e2e_status_t accept(e2e_rx_t *rx, uint8_t counter, uint8_t lost_count) {
  int was_idle = rx->idle_count > rx->idle_count_max;
  rx->delta_max = rx->delta_max_init;
  rx->counter_last = counter;
  rx->lost_count = lost_count;
  rx->idle_count = 0;
  if (was_idle) {
    rx->sync_count = rx->sync_count_init;
    return E2E_SYNC;
  }
  if (rx->sync_count > 0) {
    rx->sync_count--;
    return E2E_SYNC;
  }
  return lost_count == 0 ? E2E_OK : E2E_OK_SOME_LOST;
}

e2e_status_t e2e_check(e2e_rx_t *rx, uint16_t data_id, const uint8_t *data, uint32_t byte_count) {
  widen(rx);
  if (!is_legal_length(byte_count)) return E2E_WRONG_CRC;
  uint8_t counter = data[1] & 0x0Fu;
  if (counter > E2E_COUNTER_MAX || data[0] != e2e_crc(data_id, data, byte_count))
    return E2E_WRONG_CRC;
  if (rx->is_waiting_for_first) {
    rx->is_waiting_for_first = 0;
    rx->delta_max = rx->delta_max_init;
    rx->counter_last = counter;
    return E2E_INITIAL;
  }
  uint8_t delta = (uint8_t)((counter + E2E_COUNTER_CYCLE - rx->counter_last) % E2E_COUNTER_CYCLE);
  if (delta == 0) {
    count_idle(rx);
    return E2E_REPEATED;
  }
  if (delta <= rx->delta_max) return accept(rx, counter, (uint8_t)(delta - 1));
  rx->idle_count = 0;
  rx->sync_count = rx->sync_count_init;
  rx->delta_max = rx->delta_max_init;
  rx->counter_last = counter;
  return E2E_WRONG_SEQUENCE;
}

e2e_status_t e2e_check_none(e2e_rx_t *rx) {
  widen(rx);
  count_idle(rx);
  return E2E_NO_NEW_DATA;
}
