/// LTC6813-1: registers, conversions in time, watchdog.
#include "ltc6813.h"

#include <string.h>

enum {
  CODE_MAX = 57300, /* 5.73 V */
  SINGLE_EXTRA_us = 16 /* t1C is 201 and 405 us, a sixth of t6C 186 and 389 us */
};

static const double lsb_V = 100e-6;
static const double die_degC = 35.0, analog_V = 5.0, digital_V = 3.0;

/// Microseconds for six slots by ADCOPT and MD: 422 Hz 27 kHz 7 kHz 26 Hz; 1 kHz 14 kHz 3 kHz 2
/// kHz.
static const uint32_t all_us[2][4] = {{12816, 1113, 2335, 201325}, {7222, 1288, 3033, 4430}};

/// Noise, rms, for the same modes.
static const double noise_V[2][4] = {{40e-6, 300e-6, 100e-6, 20e-6}, {60e-6, 200e-6, 80e-6, 70e-6}};

static void set_default(ltc6813_t *chip) {
  memset(chip->cfga, 0, sizeof chip->cfga);
  memset(chip->cfgb, 0, sizeof chip->cfgb);
  chip->cfga[0] = 0xF8; /* GPIO pull-downs off */
  chip->cfgb[0] = 0x0F;
  chip->is_muted = 0;
}

static void reset(ltc6813_t *chip, uint64_t time_us) {
  set_default(chip);
  memset(&chip->conversion, 0, sizeof chip->conversion);
  memset(chip->cell_raw, 0xFF, sizeof chip->cell_raw);
  memset(chip->cell_next_raw, 0xFF, sizeof chip->cell_next_raw);
  memset(chip->aux_raw, 0xFF, sizeof chip->aux_raw);
  memset(chip->stat_raw, 0xFF, sizeof chip->stat_raw);
  memset(chip->flag, 0xFF, sizeof chip->flag);
  chip->command_us = time_us;
  chip->reference_ready_us = 0;
  chip->watchdog_has_expired = 0;
  chip->fault.reset_is_due = 0;
}

void ltc6813_init(ltc6813_t *chip, uint64_t seed) {
  memset(chip, 0, sizeof *chip);
  chip->noise = board_noise_stream(seed, 0);
  chip->gain_error = 200e-6 * board_noise_uniform(&chip->noise);
  chip->reference_V = 3.0 + 5e-3 * board_noise_uniform(&chip->noise);
  for (uint32_t i = 0; i < LTC6813_CHANNEL_COUNT; i++)
    chip->channel_offset_V[i] = 300e-6 * board_noise_uniform(&chip->noise);
  reset(chip, 0);
}

static uint32_t adc_option(const ltc6813_t *chip) { return chip->cfga[0] & 1u; }

static uint32_t mode_of(const ltc6813_t *chip, const ltc6813_conversion_t *conversion) {
  const uint32_t option = adc_option(chip);
  for (uint32_t md = 0; md < 4; md++)
    if (all_us[option][md] == conversion->all_us) return md;
  return 2;
}

static uint16_t code_of(ltc6813_t *chip, double volt, double offset_V, double noise_rms_V) {
  const double error_V =
      volt * chip->gain_error + offset_V + noise_rms_V * board_noise_normal(&chip->noise);
  const double code = (volt + error_V) / lsb_V + 0.5;
  if (!(code >= 1.0)) return 0;
  return code > CODE_MAX ? (uint16_t)CODE_MAX : (uint16_t)code;
}

static double rms_V(const ltc6813_t *chip) {
  return noise_V[adc_option(chip)][mode_of(chip, &chip->conversion)];
}

static void sample_slots(ltc6813_t *chip, uint64_t time_us, const ltc6813_pins_t *pins) {
  ltc6813_conversion_t *conversion = &chip->conversion;
  if (conversion->slot_next >= conversion->slot_end) return;
  const double noise_rms_V = rms_V(chip);
  while (conversion->slot_next < conversion->slot_end &&
         ltc6813_slot_end_us(conversion, conversion->slot_next) <= time_us) {
    for (uint32_t i = conversion->slot_next; i < LTC6813_CHANNEL_COUNT; i += 6) {
      const double volt = i < pins->top ? pins->input_V[i + 1] - pins->input_V[i] : 0.0;
      chip->cell_next_raw[i] = code_of(chip, volt, chip->channel_offset_V[i], noise_rms_V);
    }
    conversion->slot_next++;
  }
}

/// Bits of channel i (from 0): undervoltage 2i, overvoltage 2i+1, four channels a byte.
static void set_flags(ltc6813_t *chip, uint64_t measured, uint64_t flags) {
  for (uint32_t byte = 0; byte < LTC6813_FLAG_BYTES; byte++, measured >>= 8, flags >>= 8)
    chip->flag[byte] = (uint8_t)((chip->flag[byte] & ~measured) | flags);
}

static void finish_cells(ltc6813_t *chip) {
  const uint32_t vuv = chip->cfga[1] | (chip->cfga[2] & 0x0Fu) << 8;
  const uint32_t vov = chip->cfga[2] >> 4 | (uint32_t)chip->cfga[3] << 4;
  uint64_t measured = 0, flags = 0;
  for (uint32_t slot = ltc6813_slot_first(&chip->conversion); slot < chip->conversion.slot_end;
       slot++)
    for (uint32_t i = slot; i < LTC6813_CHANNEL_COUNT; i += 6) {
      const uint16_t code = chip->cell_next_raw[i];
      const uint64_t under = code < (vuv + 1) * 16;
      const uint64_t over = code > vov * 16;
      chip->cell_raw[i] = code;
      measured |= 3ull << 2 * i;
      flags |= (under | over << 1) << 2 * i;
    }
  set_flags(chip, measured, flags);
}

static void finish_test(ltc6813_t *chip) {
  const int is_first = chip->conversion.item == 1;
  const uint16_t pattern =
      chip->conversion.is_fast ? (is_first ? 0x9565 : 0x6A9A) : (is_first ? 0x9555 : 0x6AAA);
  for (uint32_t i = 0; i < LTC6813_CHANNEL_COUNT; i++) chip->cell_raw[i] = pattern;
}

static void finish_aux(ltc6813_t *chip, const ltc6813_pins_t *pins) {
  const int with_all = chip->conversion.kind == LTC6813_AUX && chip->conversion.item == 0;
  const uint32_t item = chip->conversion.item;
  const double noise_rms_V = rms_V(chip);
  const uint16_t gpio1_raw = code_of(chip, pins->gpio1_V, 0.0, noise_rms_V);
  const uint16_t reference_raw = code_of(chip, chip->reference_V, 0.0, noise_rms_V);
  for (uint32_t i = 0; i < LTC6813_AUX_COUNT; i++) {
    const int is_measured = with_all || (item > 0 && (i == item - 1 || i == item + 5)) ||
                            (chip->conversion.kind == LTC6813_CELLS_AUX && i < 2);
    if (is_measured) chip->aux_raw[i] = i == 0 ? gpio1_raw : i == 5 ? reference_raw : (uint16_t)0;
  }
}

static void finish_stat(ltc6813_t *chip, const ltc6813_pins_t *pins) {
  const double sum_V = pins->input_V[pins->top] - pins->input_V[0];
  const double value_V[LTC6813_STAT_COUNT] = {sum_V / 30.0, (die_degC + 276.0) * 7.6e-3, analog_V,
                                              digital_V};
  for (uint32_t i = 0; i < LTC6813_STAT_COUNT; i++)
    if (chip->conversion.item == 0 || chip->conversion.item == i + 1)
      chip->stat_raw[i] = code_of(chip, value_V[i], 0.0, 0.0);
}

static void finish(ltc6813_t *chip, const ltc6813_pins_t *pins) {
  const uint8_t kind = chip->conversion.kind;
  if (!chip->fault.is_stuck) {
    if (ltc6813_measures_cells(kind)) finish_cells(chip);
    if (kind == LTC6813_CELL_TEST) finish_test(chip);
    if (ltc6813_measures_aux(kind)) finish_aux(chip, pins);
    if (kind == LTC6813_STAT) finish_stat(chip, pins);
  }
  memset(&chip->conversion, 0, sizeof chip->conversion);
}

void ltc6813_advance(ltc6813_t *chip, uint64_t time_us, const ltc6813_pins_t *pins) {
  if (chip->fault.is_dead) chip->fault.reset_is_due = 1;
  if (chip->fault.reset_is_due) {
    reset(chip, time_us);
    return;
  }
  if (!chip->watchdog_has_expired && time_us >= chip->command_us + LTC6813_WATCHDOG_us) {
    set_default(chip);
    chip->watchdog_has_expired = 1;
  }
  if (chip->conversion.kind == LTC6813_IDLE) return;
  sample_slots(chip, time_us, pins);
  if (chip->conversion.end_us <= time_us) finish(chip, pins);
}

/// Fixed bits of the conversion commands; the most particular first.
static const struct {
  uint16_t mask, value;
  uint8_t kind;
} conversion_of[] = {
    {0x66F, LTC6813_ADCVAX, LTC6813_CELLS_AUX},    {0x61F, LTC6813_CVST, LTC6813_CELL_TEST},
    {0x668, LTC6813_ADCV, LTC6813_CELLS},          {0x668, LTC6813_ADOW, LTC6813_PULL_DOWN},
    {0x668, LTC6813_ADOW | 0x40, LTC6813_PULL_UP}, {0x678, LTC6813_ADAX, LTC6813_AUX},
    {0x678, LTC6813_ADSTAT, LTC6813_STAT},
};

static uint32_t slots_of(uint8_t kind, uint32_t item) {
  switch (kind) {
  case LTC6813_CELLS_AUX:
    return 8;
  case LTC6813_AUX:
    return item ? 1 : 10;
  case LTC6813_STAT:
    return item ? 1 : 4;
  case LTC6813_CELL_TEST:
    return 6;
  default:
    return item ? 1 : 6;
  }
}

static uint32_t item_of(uint8_t kind, uint16_t command) {
  if (kind == LTC6813_CELL_TEST) return command >> 5 & 3u;
  return kind == LTC6813_CELLS_AUX ? 0u : command & 7u;
}

static int item_is_valid(uint8_t kind, uint32_t item) {
  if (kind == LTC6813_CELL_TEST) return item == 1 || item == 2;
  return item <= (kind == LTC6813_STAT ? 4u : 6u);
}

ltc6813_conversion_t ltc6813_decode(const ltc6813_t *chip, uint64_t time_us, uint16_t command) {
  ltc6813_conversion_t conversion;
  memset(&conversion, 0, sizeof conversion);
  if (!ltc6813_is_conversion(command)) return conversion;
  uint8_t kind = LTC6813_IDLE;
  for (uint32_t i = 0; i < sizeof conversion_of / sizeof conversion_of[0] && kind == LTC6813_IDLE;
       i++)
    if ((command & conversion_of[i].mask) == conversion_of[i].value) kind = conversion_of[i].kind;
  const uint32_t item = item_of(kind, command), md = command >> 7 & 3u;
  if (kind == LTC6813_IDLE || !item_is_valid(kind, item)) return conversion;
  const uint32_t all = all_us[adc_option(chip)][md], slots = slots_of(kind, item);
  const int reference_is_on = chip->cfga[0] >> 2 & 1;
  conversion.kind = kind;
  conversion.item = (uint8_t)item;
  conversion.all_us = all;
  conversion.is_fast = md == 1;
  conversion.discharge_is_permitted = ltc6813_measures_cells(kind) ? command >> 4 & 1 : 1;
  conversion.start_us = time_us + LTC6813_REFUP_us;
  if (reference_is_on)
    conversion.start_us = time_us > chip->reference_ready_us ? time_us : chip->reference_ready_us;
  if (ltc6813_measures_cells(kind)) {
    conversion.slot_next = (uint8_t)(item ? item - 1 : 0);
    conversion.slot_end = (uint8_t)(item ? item : 6);
  }
  conversion.end_us = conversion.start_us + slots * all / 6 + (slots == 1 ? SINGLE_EXTRA_us : 0);
  return conversion;
}

void ltc6813_command(ltc6813_t *chip, uint64_t time_us, uint16_t command) {
  chip->command_us = time_us;
  if (command < LTC6813_MUTE) return; /* reads and writes */
  if (command == LTC6813_MUTE) chip->is_muted = 1;
  if (command == LTC6813_UNMUTE) chip->is_muted = 0;
  if (command >= LTC6813_CLRCELL && command <= LTC6813_CLRSTAT && chip->fault.is_stuck) return;
  if (command == LTC6813_CLRCELL) memset(chip->cell_raw, 0xFF, sizeof chip->cell_raw);
  if (command == LTC6813_CLRAUX) memset(chip->aux_raw, 0xFF, sizeof chip->aux_raw);
  if (command == LTC6813_CLRSTAT) {
    memset(chip->stat_raw, 0xFF, sizeof chip->stat_raw);
    memset(chip->flag, 0xFF, sizeof chip->flag);
  }
  const ltc6813_conversion_t conversion = ltc6813_decode(chip, time_us, command);
  if (conversion.kind != LTC6813_IDLE) chip->conversion = conversion;
}
