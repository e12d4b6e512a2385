/// E2E profile 5: CRC-16, counter, and the receiver that compares it.
#include "e2e5.h"

enum { POLYNOMIAL = 0x1021, START = 0xFFFF, COUNTER_AT = 2 };

static uint16_t crc_step(uint16_t crc, uint8_t byte) {
  crc = (uint16_t)(crc ^ (uint32_t)byte << 8);
  for (uint32_t bit = 0; bit < 8; bit++)
    crc = (uint16_t)((crc & 0x8000u) != 0 ? (uint32_t)crc << 1 ^ POLYNOMIAL : (uint32_t)crc << 1);
  return crc;
}

uint16_t e2e5_crc(uint16_t data_id, const uint8_t *data, uint32_t byte_count) {
  uint16_t crc = START;
  for (uint32_t i = COUNTER_AT; i < byte_count; i++) crc = crc_step(crc, data[i]);
  crc = crc_step(crc, (uint8_t)(data_id & 0xFFu));
  return crc_step(crc, (uint8_t)(data_id >> 8));
}

static int is_legal_length(uint32_t byte_count) {
  return byte_count >= E2E5_BYTES_MIN && byte_count <= E2E5_BYTES_MAX;
}

void e2e5_protect(e2e5_tx_t *tx, uint16_t data_id, uint8_t *data, uint32_t byte_count) {
  if (!is_legal_length(byte_count)) return;
  data[COUNTER_AT] = tx->counter++;
  uint16_t crc = e2e5_crc(data_id, data, byte_count);
  data[0] = (uint8_t)(crc & 0xFFu);
  data[1] = (uint8_t)(crc >> 8);
}

e2e_status_t e2e5_check(e2e5_rx_t *rx, uint16_t data_id, const uint8_t *data, uint32_t byte_count) {
  if (!is_legal_length(byte_count)) return E2E_WRONG_CRC;
  if (e2e5_crc(data_id, data, byte_count) != (data[0] | (uint32_t)data[1] << 8))
    return E2E_WRONG_CRC;
  uint8_t delta = (uint8_t)(data[COUNTER_AT] - rx->counter_last);
  uint8_t was_first = !rx->has_first;
  rx->has_first = 1;
  rx->counter_last = data[COUNTER_AT];
  if (was_first) return E2E_INITIAL;
  if (delta == 0) return E2E_REPEATED;
  if (delta > E2E5_DELTA_MAX) return E2E_WRONG_SEQUENCE;
  return delta == 1 ? E2E_OK : E2E_OK_SOME_LOST;
}
