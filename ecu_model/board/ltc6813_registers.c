/// LTC6813-1: what read and write commands move.
#include "ltc6813.h"

#include <string.h>

enum { REVISION = 3 };

static void put_codes(uint8_t *data, const uint16_t *code_raw, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    data[2 * i] = (uint8_t)(code_raw[i] & 0xFF);
    data[2 * i + 1] = (uint8_t)(code_raw[i] >> 8);
  }
}

static int read_codes(const ltc6813_t *chip, uint16_t command, uint8_t *data) {
  switch (command) {
  case LTC6813_RDCVA:
    put_codes(data, &chip->cell_raw[0], 3);
    return 1;
  case LTC6813_RDCVB:
    put_codes(data, &chip->cell_raw[3], 3);
    return 1;
  case LTC6813_RDCVC:
    put_codes(data, &chip->cell_raw[6], 3);
    return 1;
  case LTC6813_RDCVD:
    put_codes(data, &chip->cell_raw[9], 3);
    return 1;
  case LTC6813_RDCVE:
    put_codes(data, &chip->cell_raw[12], 3);
    return 1;
  case LTC6813_RDCVF:
    put_codes(data, &chip->cell_raw[15], 3);
    return 1;
  case LTC6813_RDAUXA:
    put_codes(data, &chip->aux_raw[0], 3);
    return 1;
  case LTC6813_RDAUXB:
    put_codes(data, &chip->aux_raw[3], 3);
    return 1;
  case LTC6813_RDAUXC:
    put_codes(data, &chip->aux_raw[6], 3);
    return 1;
  case LTC6813_RDSTATA:
    put_codes(data, &chip->stat_raw[0], 3);
    return 1;
  default:
    return 0;
  }
}

int ltc6813_read(const ltc6813_t *chip, uint16_t command, uint8_t data[LTC6813_GROUP_BYTES]) {
  if (read_codes(chip, command, data)) return 1;
  switch (command) {
  case LTC6813_RDCFGA:
    memcpy(data, chip->cfga, LTC6813_GROUP_BYTES);
    return 1;
  case LTC6813_RDCFGB:
    memcpy(data, chip->cfgb, LTC6813_GROUP_BYTES);
    if (chip->is_muted) data[1] |= 0x80;
    return 1;
  case LTC6813_RDAUXD:
    put_codes(data, &chip->aux_raw[9], 1);
    data[2] = data[3] = 0xFF;
    memcpy(&data[4], &chip->flag[3], 2);
    return 1;
  case LTC6813_RDSTATB:
    put_codes(data, &chip->stat_raw[3], 1);
    memcpy(&data[2], &chip->flag[0], 3);
    data[5] = REVISION << 4;
    return 1;
  default:
    return 0;
  }
}

int ltc6813_is_write(uint16_t command) {
  return command == LTC6813_WRCFGA || command == LTC6813_WRCFGB;
}

void ltc6813_write(ltc6813_t *chip, uint64_t time_us, uint16_t command,
                   const uint8_t data[LTC6813_GROUP_BYTES]) {
  if (command == LTC6813_WRCFGA) {
    const int was_on = chip->cfga[0] >> 2 & 1;
    memcpy(chip->cfga, data, LTC6813_GROUP_BYTES);
    chip->cfga[0] &= 0xFD; /* DTEN only reads */
    if (!was_on && (chip->cfga[0] >> 2 & 1)) chip->reference_ready_us = time_us + LTC6813_REFUP_us;
  } else if (command == LTC6813_WRCFGB) {
    memcpy(chip->cfgb, data, LTC6813_GROUP_BYTES);
    chip->cfgb[1] &= 0x7F; /* MUTE only reads */
  } else {
    return;
  }
  chip->command_us = time_us;
  chip->watchdog_has_expired = 0;
}

uint32_t ltc6813_discharge_mask(const ltc6813_t *chip) {
  if (chip->is_muted) return 0;
  return chip->cfga[4] | (chip->cfga[5] & 0x0Fu) << 8 | (uint32_t)(chip->cfgb[0] >> 4) << 12 |
         (chip->cfgb[1] & 3u) << 16;
}
