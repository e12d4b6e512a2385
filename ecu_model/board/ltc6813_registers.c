/// LTC6813-1: what read and write commands move.
#include "ltc6813.h"

#include <stddef.h>
#include <string.h>

enum { REVISION = 3, FLAGS_PER_BYTE = 4 };

/// Group + 1 of each read command; 0: none.
static const uint8_t group_of[] = {
    [LTC6813_RDCFGA] = LTC6813_GROUP_CFGA + 1,   [LTC6813_RDCFGB] = LTC6813_GROUP_CFGB + 1,
    [LTC6813_RDCVA] = LTC6813_GROUP_CVA + 1,     [LTC6813_RDCVB] = LTC6813_GROUP_CVA + 2,
    [LTC6813_RDCVC] = LTC6813_GROUP_CVA + 3,     [LTC6813_RDCVD] = LTC6813_GROUP_CVA + 4,
    [LTC6813_RDCVE] = LTC6813_GROUP_CVA + 5,     [LTC6813_RDCVF] = LTC6813_GROUP_CVA + 6,
    [LTC6813_RDAUXA] = LTC6813_GROUP_AUXA + 1,   [LTC6813_RDAUXB] = LTC6813_GROUP_AUXA + 2,
    [LTC6813_RDAUXC] = LTC6813_GROUP_AUXA + 3,   [LTC6813_RDAUXD] = LTC6813_GROUP_AUXD + 1,
    [LTC6813_RDSTATA] = LTC6813_GROUP_STATA + 1, [LTC6813_RDSTATB] = LTC6813_GROUP_STATB + 1,
};

ltc6813_group_t ltc6813_group(uint16_t command) {
  const uint32_t next = command < sizeof group_of ? group_of[command] : 0u;
  return next == 0 ? LTC6813_GROUP_NONE : (ltc6813_group_t)(next - 1);
}

static inline void put_codes(uint8_t *restrict data, const int32_t *restrict code_raw,
                             uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    data[2 * i] = (uint8_t)(code_raw[i] & 0xFF);
    data[2 * i + 1] = (uint8_t)(code_raw[i] >> 8);
  }
}

/// Two bits for each channel.
static void put_flags(uint8_t *data, const int32_t *flags, uint32_t count) {
  memset(data, 0, count / FLAGS_PER_BYTE);
  for (uint32_t i = 0; i < count; i++)
    data[i / FLAGS_PER_BYTE] |= (uint8_t)(flags[i] << 2 * (i % FLAGS_PER_BYTE));
}

enum { NO_CODES = 0 };

/// Where in a chip a group's three codes begin; NO_CODES: it holds something else.
static size_t codes_at(ltc6813_group_t group) {
  const size_t bytes = 3 * sizeof(int32_t);
  if (group >= LTC6813_GROUP_CVA && group < LTC6813_GROUP_AUXA)
    return offsetof(ltc6813_t, cell_raw) + (group - LTC6813_GROUP_CVA) * bytes;
  if (group >= LTC6813_GROUP_AUXA && group < LTC6813_GROUP_AUXD)
    return offsetof(ltc6813_t, aux_raw) + (group - LTC6813_GROUP_AUXA) * bytes;
  return group == LTC6813_GROUP_STATA ? offsetof(ltc6813_t, stat_raw) : (size_t)NO_CODES;
}

static void put_others(const ltc6813_t *chip, ltc6813_group_t group,
                       uint8_t data[LTC6813_GROUP_BYTES]) {
  if (group == LTC6813_GROUP_CFGA) {
    memcpy(data, chip->cfga, LTC6813_GROUP_BYTES);
  } else if (group == LTC6813_GROUP_CFGB) {
    memcpy(data, chip->cfgb, LTC6813_GROUP_BYTES);
    if (chip->is_muted) data[1] |= 0x80;
  } else if (group == LTC6813_GROUP_AUXD) {
    put_codes(data, &chip->aux_raw[9], 1);
    data[2] = data[3] = 0xFF;
    put_flags(&data[4], &chip->flags[12], 8);
  } else {
    put_codes(data, &chip->stat_raw[3], 1);
    put_flags(&data[2], &chip->flags[0], 12);
    data[5] = REVISION << 4;
  }
}

/// A group of three codes from each chip.
static void read_codes(const ltc6813_t *chip, uint32_t count, size_t at, uint8_t *replies) {
  const uint8_t *bytes = (const uint8_t *)chip + at;
  for (uint32_t i = 0; i < count; i++, bytes += sizeof *chip, replies += LTC6813_REPLY_BYTES)
    put_codes(replies, (const int32_t *)(const void *)bytes, 3);
}

void ltc6813_read(const ltc6813_t *chip, uint32_t count, ltc6813_group_t group, uint8_t *replies) {
  const size_t at = codes_at(group);
  if (at != NO_CODES)
    read_codes(chip, count, at, replies);
  else
    for (uint32_t i = 0; i < count; i++)
      put_others(&chip[i], group, &replies[i * LTC6813_REPLY_BYTES]);
  ltc6813_put_pecs(replies, count);
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
