/// LTC6813-1: registers, conversions in time, watchdog.
#include "ltc6813.h"

#include <string.h>

#include "ltc6813_adc.h"

enum {
  SINGLE_EXTRA_us = 16, /* t1C is 201 and 405 us, a sixth of t6C 186 and 389 us */
  CLEARED_raw = 0xFFFF
};

static const double die_degC = 35.0, analog_V = 5.0, digital_V = 3.0;

/// Microseconds for six slots by ADCOPT and MD: 422 Hz 27 kHz 7 kHz 26 Hz; 1 kHz 14 kHz 3 kHz 2
/// kHz.
static const uint32_t all_us[2][4] = {{12816, 1113, 2335, 201325}, {7222, 1288, 3033, 4430}};

/// Noise, rms, for the same modes.
static const double noise_V[2][4] = {{40e-6, 300e-6, 100e-6, 20e-6}, {60e-6, 200e-6, 80e-6, 70e-6}};

static inline void clear(int32_t *code_raw, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) code_raw[i] = CLEARED_raw;
}

static void clear_flags(ltc6813_t *chip) {
  for (uint32_t i = 0; i < LTC6813_LANE_COUNT; i++)
    chip->flags[i] = LTC6813_UNDERVOLTAGE | LTC6813_OVERVOLTAGE;
}

static void set_default(ltc6813_t *chip) {
  memset(chip->cfga, 0, sizeof chip->cfga);
  memset(chip->cfgb, 0, sizeof chip->cfgb);
  chip->cfga[0] = 0xF8; /* GPIO pull-downs off */
  chip->cfgb[0] = 0x0F;
  chip->is_muted = 0;
}

static void reset(ltc6813_t *chip, uint64_t time_us) {
  clear(chip->cell_raw, LTC6813_LANE_COUNT);
  memset(chip->sampled_V, 0, sizeof chip->sampled_V);
  clear(chip->aux_raw, LTC6813_AUX_COUNT);
  clear(chip->stat_raw, LTC6813_STAT_COUNT);
  clear_flags(chip);
  set_default(chip);
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

static uint64_t next_us(const ltc6813_conversion_t *conversion) {
  if (conversion->slot_next >= conversion->slot_end) return conversion->end_us;
  return ltc6813_slot_end_us(conversion, conversion->slot_next);
}

uint32_t ltc6813_slots_due(ltc6813_conversion_t *conversion, uint64_t time_us) {
  while (conversion->slot_next < conversion->slot_end && conversion->next_us <= time_us) {
    conversion->slot_next++;
    conversion->next_us = next_us(conversion);
  }
  return conversion->slot_next;
}

static void finish_test(ltc6813_t *chip, const ltc6813_conversion_t *conversion) {
  const int is_first = conversion->item == 1;
  const uint16_t pattern =
      conversion->is_fast ? (is_first ? 0x9565 : 0x6A9A) : (is_first ? 0x9555 : 0x6AAA);
  for (uint32_t i = 0; i < LTC6813_CHANNEL_COUNT; i++) chip->cell_raw[i] = pattern;
}

static void finish_aux(ltc6813_t *chip, const ltc6813_conversion_t *conversion,
                       const ltc6813_pins_t *pins) {
  const int with_all = conversion->kind == LTC6813_AUX && conversion->item == 0;
  const uint32_t item = conversion->item;
  const double noise_rms_V = conversion->noise_rms_V;
  const uint16_t gpio1_raw = ltc6813_adc_code(chip, pins->gpio1_V, noise_rms_V);
  const uint16_t reference_raw = ltc6813_adc_code(chip, chip->reference_V, noise_rms_V);
  for (uint32_t i = 0; i < LTC6813_AUX_COUNT; i++) {
    const int is_measured = with_all || (item > 0 && (i == item - 1 || i == item + 5)) ||
                            (conversion->kind == LTC6813_CELLS_AUX && i < 2);
    if (is_measured) chip->aux_raw[i] = i == 0 ? gpio1_raw : i == 5 ? reference_raw : (uint16_t)0;
  }
}

static void finish_stat(ltc6813_t *chip, const ltc6813_conversion_t *conversion,
                        const ltc6813_pins_t *pins) {
  const double sum_V = pins->input_V[pins->top] - pins->input_V[0];
  const double value_V[LTC6813_STAT_COUNT] = {sum_V / 30.0, (die_degC + 276.0) * 7.6e-3, analog_V,
                                              digital_V};
  for (uint32_t i = 0; i < LTC6813_STAT_COUNT; i++)
    if (conversion->item == 0 || conversion->item == i + 1)
      chip->stat_raw[i] = ltc6813_adc_code(chip, value_V[i], 0.0);
}

void ltc6813_finish(ltc6813_t *chip, const ltc6813_conversion_t *conversion,
                    const ltc6813_pins_t *pins) {
  const uint8_t kind = conversion->kind;
  if (chip->fault.is_stuck) return;
  if (ltc6813_measures_cells(kind)) ltc6813_adc_cells(chip, conversion);
  if (kind == LTC6813_CELL_TEST) finish_test(chip, conversion);
  if (ltc6813_measures_aux(kind)) finish_aux(chip, conversion, pins);
  if (kind == LTC6813_STAT) finish_stat(chip, conversion, pins);
}

int ltc6813_restart(ltc6813_t *chip, uint64_t time_us) {
  if (!chip->fault.is_dead && !chip->fault.reset_is_due) return 0;
  reset(chip, time_us);
  return 1;
}

void ltc6813_watch(ltc6813_t *chip, uint64_t time_us) {
  if (time_us < ltc6813_watchdog_us(chip)) return;
  set_default(chip);
  chip->watchdog_has_expired = 1;
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
  conversion.noise_rms_V = noise_V[adc_option(chip)][md];
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
  conversion.next_us = next_us(&conversion);
  return conversion;
}

static void clear_results(ltc6813_t *chip, uint16_t command) {
  if (command == LTC6813_CLRCELL) clear(chip->cell_raw, LTC6813_LANE_COUNT);
  if (command == LTC6813_CLRAUX) clear(chip->aux_raw, LTC6813_AUX_COUNT);
  if (command == LTC6813_CLRSTAT) {
    clear(chip->stat_raw, LTC6813_STAT_COUNT);
    clear_flags(chip);
  }
}

void ltc6813_command(ltc6813_t *chip, uint32_t count, uint16_t command) {
  for (uint32_t i = 0; i < count; i++) {
    if (command == LTC6813_MUTE) chip[i].is_muted = 1;
    if (command == LTC6813_UNMUTE) chip[i].is_muted = 0;
    if (command >= LTC6813_CLRCELL && !chip[i].fault.is_stuck) clear_results(&chip[i], command);
  }
}
