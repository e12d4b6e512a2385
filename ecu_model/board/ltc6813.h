/// One LTC6813-1 at register level: commands in, conversions over time, registers out.
///
/// Model    18 channels (C inputs 0..18), GPIO1 with a thermistor, reference, status; a conversion
///          has six slots of a sixth of its time, slot s measures channels s+1, s+7, s+13; results
///          appear together at its end. Watchdog of 2 s puts the configuration back to its default.
/// Units    registers: 100 uV per bit, little-endian; 0xFFFF: cleared; range 0..5.73 V
/// Memory   plain value
/// Source   LTC6813-1 data sheet (conversion times: t6C of its tables); the spread of errors is
///          assumed within the total measurement error of 2.2 mV. Not modelled: discharge timer,
///          PWM, GPIO port, LPCM
#ifndef ECU_MODEL_BOARD_LTC6813_H
#define ECU_MODEL_BOARD_LTC6813_H

#include <stdint.h>

#include "board_noise.h"

enum {
  LTC6813_CHANNEL_COUNT = 18,
  LTC6813_AUX_COUNT = 10, ///< in register order: G1 G2 G3 G4 G5 REF G6 G7 G8 G9
  LTC6813_STAT_COUNT = 4, ///< SC ITMP VA VD
  LTC6813_GROUP_BYTES = 6,
  LTC6813_FLAG_BYTES = 5, ///< under- and overvoltage: channels 1..12 STATB 2..4, 13..18 AUXD 4..5
  LTC6813_WATCHDOG_us = 2000000,
  LTC6813_REFUP_us = 3500
};

/// Command codes, fields left 0.
enum {
  LTC6813_WRCFGA = 0x001,
  LTC6813_RDCFGA = 0x002,
  LTC6813_WRCFGB = 0x024,
  LTC6813_RDCFGB = 0x026,
  LTC6813_RDCVA = 0x004,
  LTC6813_RDCVB = 0x006,
  LTC6813_RDCVC = 0x008,
  LTC6813_RDCVD = 0x00A,
  LTC6813_RDCVE = 0x009,
  LTC6813_RDCVF = 0x00B,
  LTC6813_RDAUXA = 0x00C,
  LTC6813_RDAUXB = 0x00E,
  LTC6813_RDAUXC = 0x00D,
  LTC6813_RDAUXD = 0x00F,
  LTC6813_RDSTATA = 0x010,
  LTC6813_RDSTATB = 0x012,
  LTC6813_CLRCELL = 0x711,
  LTC6813_CLRAUX = 0x712,
  LTC6813_CLRSTAT = 0x713,
  LTC6813_PLADC = 0x714,
  LTC6813_DIAGN = 0x715,
  LTC6813_MUTE = 0x028,
  LTC6813_UNMUTE = 0x029,
  LTC6813_ADCV = 0x260,
  LTC6813_ADOW = 0x228,
  LTC6813_ADAX = 0x460,
  LTC6813_ADSTAT = 0x468,
  LTC6813_ADCVAX = 0x46F,
  LTC6813_CVST = 0x207
};

typedef enum {
  LTC6813_IDLE,
  LTC6813_CELLS, ///< ADCV
  LTC6813_PULL_UP, ///< ADOW, PUP = 1
  LTC6813_PULL_DOWN, ///< ADOW, PUP = 0
  LTC6813_CELLS_AUX, ///< ADCVAX
  LTC6813_CELL_TEST, ///< CVST
  LTC6813_AUX, ///< ADAX
  LTC6813_STAT ///< ADSTAT
} ltc6813_kind_t;

typedef struct {
  uint64_t start_us; ///< first slot begins
  uint64_t end_us; ///< results appear
  uint32_t all_us; ///< time of six slots in this mode
  uint8_t kind; ///< ltc6813_kind_t
  uint8_t slot_next, slot_end;
  uint8_t item; ///< CHG or CHST: 0 all, else the one; CVST: ST
  uint8_t discharge_is_permitted;
  uint8_t is_fast; ///< 27 kHz
  uint8_t padding[6];
} ltc6813_conversion_t;

/// Faults, plain data: set between ticks, all zero is healthy.
typedef struct {
  uint8_t is_dead; ///< no power: the chain breaks here, it and all behind it read 0xFF
  uint8_t is_stuck; ///< result registers keep what they show
  uint8_t reset_is_due; ///< power-on reset in the coming tick; the chip clears it
  uint8_t flip_byte; ///< 0..7 of a reply
  uint8_t flip_mask; ///< bits that are inverted in that byte, 0: none
  uint8_t flip_period; ///< every n-th reply; 0 acts as 1
  uint8_t flip_count; ///< replies since the last flip
  uint8_t lost_register; ///< 1..6: each reply of cell register group A..F has a wrong bit
} ltc6813_fault_t;

/// What the chip's pins see.
typedef struct {
  const double *input_V; ///< C0..C<top>, any common reference; those above are tied to the last
  uint32_t top; ///< 1..LTC6813_CHANNEL_COUNT
  double gpio1_V; ///< matters while an auxiliary conversion runs
} ltc6813_pins_t;

typedef struct {
  ltc6813_conversion_t conversion;
  uint64_t command_us; ///< last valid command
  uint64_t reference_ready_us; ///< with REFON: the reference is up from here on
  ltc6813_fault_t fault;
  double gain_error;
  double channel_offset_V[LTC6813_CHANNEL_COUNT];
  double reference_V; ///< VREF2
  board_noise_t noise;
  uint16_t cell_raw[LTC6813_CHANNEL_COUNT];
  uint16_t cell_next_raw[LTC6813_CHANNEL_COUNT];
  uint16_t aux_raw[LTC6813_AUX_COUNT];
  uint16_t stat_raw[LTC6813_STAT_COUNT];
  uint8_t flag[LTC6813_FLAG_BYTES];
  uint8_t cfga[LTC6813_GROUP_BYTES], cfgb[LTC6813_GROUP_BYTES];
  uint8_t is_muted;
  uint8_t watchdog_has_expired; ///< configuration is at its default until the next write
  uint8_t padding[3];
} ltc6813_t;

/// Power-on: registers cleared, configuration default; errors drawn from seed.
void ltc6813_init(ltc6813_t *chip, uint64_t seed);

/// 1 iff ltc6813_advance to time_us would change nothing.
static inline int ltc6813_is_quiet(const ltc6813_t *chip, uint64_t time_us) {
  const int watchdog_is_due =
      !chip->watchdog_has_expired && time_us >= chip->command_us + LTC6813_WATCHDOG_us;
  return !watchdog_is_due && chip->conversion.kind == LTC6813_IDLE && !chip->fault.is_dead &&
         !chip->fault.reset_is_due;
}

/// Sample slots and finish conversions up to time_us with the pins of this tick; runs the watchdog.
void ltc6813_advance(ltc6813_t *chip, uint64_t time_us, const ltc6813_pins_t *pins);

static inline int ltc6813_measures_cells(uint8_t kind) {
  return kind >= LTC6813_CELLS && kind <= LTC6813_CELLS_AUX;
}

static inline int ltc6813_measures_aux(uint8_t kind) {
  return kind == LTC6813_AUX || kind == LTC6813_CELLS_AUX;
}

/// The first slot of a conversion: that of a single pair of channels, else 0.
static inline uint32_t ltc6813_slot_first(const ltc6813_conversion_t *conversion) {
  return ltc6813_measures_cells(conversion->kind) && conversion->item ? conversion->item - 1u : 0u;
}

/// When a slot of a cell conversion is sampled.
static inline uint64_t ltc6813_slot_end_us(const ltc6813_conversion_t *conversion, uint32_t slot) {
  const uint32_t slots = slot - ltc6813_slot_first(conversion) + 1u;
  return conversion->start_us + slots * conversion->all_us / 6u;
}

/// When the chip needs its pins next; UINT64_MAX: no conversion runs.
static inline uint64_t ltc6813_next_us(const ltc6813_t *chip) {
  const ltc6813_conversion_t *conversion = &chip->conversion;
  if (conversion->kind == LTC6813_IDLE) return UINT64_MAX;
  if (conversion->slot_next < conversion->slot_end)
    return ltc6813_slot_end_us(conversion, conversion->slot_next);
  return conversion->end_us;
}

/// 0 iff the command starts no conversion for sure: all that do lie above the registers' codes.
static inline int ltc6813_is_conversion(uint16_t command) {
  return command >= LTC6813_CVST && command < LTC6813_CLRCELL;
}

/// 1 iff a command would begin the same conversion in both chips.
static inline int ltc6813_decode_alike(const ltc6813_t *a, const ltc6813_t *b) {
  return a->cfga[0] == b->cfga[0] && a->reference_ready_us == b->reference_ready_us;
}

/// The conversion that a command would begin at time_us; kind LTC6813_IDLE if it is no such
/// command.
ltc6813_conversion_t ltc6813_decode(const ltc6813_t *chip, uint64_t time_us, uint16_t command);

/// Take a command whose PEC was right. Reads and writes only feed the watchdog here.
void ltc6813_command(ltc6813_t *chip, uint64_t time_us, uint16_t command);

/// Registers of a read command; 0 iff the command reads nothing.
int ltc6813_read(const ltc6813_t *chip, uint16_t command, uint8_t data[LTC6813_GROUP_BYTES]);

/// 1 iff command writes a register group.
int ltc6813_is_write(uint16_t command);

/// Data of a write command whose PEC was right.
void ltc6813_write(ltc6813_t *chip, uint64_t time_us, uint16_t command,
                   const uint8_t data[LTC6813_GROUP_BYTES]);

/// Bit n-1: the configuration turns on the discharge switch of channel n.
static inline uint32_t ltc6813_discharge_mask(const ltc6813_t *chip) {
  if (chip->is_muted) return 0;
  return chip->cfga[4] | (chip->cfga[5] & 0x0Fu) << 8 | (uint32_t)(chip->cfgb[0] >> 4) << 12 |
         (chip->cfgb[1] & 3u) << 16;
}

/// PEC15 of the data sheet: polynomial 0x4599, start 16, shifted left by one. 00 01 gives 3D6E.
/// count is 0..LTC6813_GROUP_BYTES.
uint16_t ltc6813_pec(const uint8_t *data, uint32_t count);

#endif
