/// LTC6813-1: what read and write commands move.
#include "ltc6813.h"

#include <stddef.h>
#include <string.h>

enum { REVISION = 3 };

static void put_code(uint8_t *data, uint16_t code_raw) {
  data[0] = (uint8_t)(code_raw & 0xFF);
  data[1] = (uint8_t)(code_raw >> 8);
}

/// The first of the three codes that a command reads; NULL: it reads something else.
static const uint16_t *codes_of(const ltc6813_t *chip, uint16_t command) {
  switch (command) {
  case LTC6813_RDCVA:
    return &chip->cell_raw[0];
  case LTC6813_RDCVB:
    return &chip->cell_raw[3];
  case LTC6813_RDCVC:
    return &chip->cell_raw[6];
  case LTC6813_RDCVD:
    return &chip->cell_raw[9];
  case LTC6813_RDCVE:
    return &chip->cell_raw[12];
  case LTC6813_RDCVF:
    return &chip->cell_raw[15];
  case LTC6813_RDAUXA:
    return &chip->aux_raw[0];
  case LTC6813_RDAUXB:
    return &chip->aux_raw[3];
  case LTC6813_RDAUXC:
    return &chip->aux_raw[6];
  case LTC6813_RDSTATA:
    return &chip->stat_raw[0];
  default:
    return NULL;
  }
}

int ltc6813_read(const ltc6813_t *chip, uint16_t command, uint8_t data[LTC6813_GROUP_BYTES]) {
  const uint16_t *code_raw = codes_of(chip, command);
  if (code_raw != NULL) {
    for (uint32_t i = 0; i < 3; i++) put_code(&data[2 * i], code_raw[i]);
    return 1;
  }
  switch (command) {
  case LTC6813_RDCFGA:
    memcpy(data, chip->cfga, LTC6813_GROUP_BYTES);
    return 1;
  case LTC6813_RDCFGB:
    memcpy(data, chip->cfgb, LTC6813_GROUP_BYTES);
    if (chip->is_muted) data[1] |= 0x80;
    return 1;
  case LTC6813_RDAUXD:
    put_code(data, chip->aux_raw[9]);
    data[2] = data[3] = 0xFF;
    memcpy(&data[4], &chip->flag[3], 2);
    return 1;
  case LTC6813_RDSTATB:
    put_code(data, chip->stat_raw[3]);
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
