/// One LTC6813-1 at register level: commands in, conversions over time, registers out.
///
/// Model    18 channels (C inputs 0..18), GPIO1 with a thermistor, reference, status; a conversion
///          has six slots of a sixth of its time, slot s measures channels s+1, s+7, s+13; results
///          appear together at its end. Watchdog of 2 s puts the configuration back to its default.
/// Units    registers: 100 uV per bit, little-endian; 0xFFFF: cleared; range 0..5.73 V
///          A slot only takes the voltages; the codes are made when the conversion ends. The chain
///          keeps the conversions, which its chips mostly share, and tells a chip what is due
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
  LTC6813_LANE_COUNT = 20, ///< channels, and two that are nothing: whole blocks of four
  LTC6813_SLOT_COUNT = 6,
  LTC6813_SLOT_CHANNELS = 3, ///< that a slot samples
  LTC6813_AUX_COUNT = 10, ///< in register order: G1 G2 G3 G4 G5 REF G6 G7 G8 G9
  LTC6813_STAT_COUNT = 4, ///< SC ITMP VA VD
  LTC6813_GROUP_BYTES = 6,
  LTC6813_REPLY_BYTES = LTC6813_GROUP_BYTES + 2, ///< with PEC
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

/// Register groups.
typedef enum {
  LTC6813_GROUP_CFGA,
  LTC6813_GROUP_CFGB,
  LTC6813_GROUP_CVA, ///< to F
  LTC6813_GROUP_AUXA = LTC6813_GROUP_CVA + 6, ///< to C
  LTC6813_GROUP_AUXD = LTC6813_GROUP_AUXA + 3,
  LTC6813_GROUP_STATA,
  LTC6813_GROUP_STATB,
  LTC6813_GROUP_COUNT,
  LTC6813_GROUP_NONE = LTC6813_GROUP_COUNT
} ltc6813_group_t;

/// Flags of a channel: its last code against the thresholds of the configuration.
enum { LTC6813_UNDERVOLTAGE = 1, LTC6813_OVERVOLTAGE = 2 };

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
  uint64_t next_us; ///< the next slot is sampled; after the last: results appear
  double noise_rms_V;
  uint32_t all_us; ///< time of six slots in this mode
  uint8_t kind; ///< ltc6813_kind_t
  uint8_t slot_next, slot_end;
  uint8_t item; ///< CHG or CHST: 0 all, else the one; CVST: ST
  uint8_t discharge_is_permitted;
  uint8_t is_fast; ///< 27 kHz
  uint8_t padding[6];
} ltc6813_conversion_t;

/// Faults, plain data: set between ticks, all zero is healthy. afe_chain_watch looks at the first
/// eight bytes.
typedef struct {
  uint8_t is_dead; ///< no power: the chain breaks here, it and all behind it read 0xFF
  uint8_t is_stuck; ///< result registers keep what they show
  uint8_t reset_is_due; ///< power-on reset in the coming tick; the chip clears it
  uint8_t flip_byte; ///< 0..7 of a reply
  uint8_t flip_mask; ///< bits that are inverted in that byte, 0: none
  uint8_t flip_period; ///< every n-th reply; 0 acts as 1
  uint8_t flip_count; ///< replies since the last flip
  uint8_t lost_register; ///< 1..6: each reply of cell register group A..F has a wrong bit
  uint16_t noise_cmV; ///< standard deviation on top of the chip's own, cell conversions, 0.01 mV
  uint8_t padding[6];
} ltc6813_fault_t;

/// What the chip's pins see.
typedef struct {
  const double *input_V; ///< C0..C<top>, any common reference; those above are tied to the last
  uint32_t top; ///< 1..LTC6813_CHANNEL_COUNT
  double gpio1_V; ///< matters while an auxiliary conversion runs
} ltc6813_pins_t;

typedef struct {
  uint64_t command_us; ///< last valid command
  uint64_t reference_ready_us; ///< with REFON: the reference is up from here on
  ltc6813_fault_t fault;
  double gain_error;
  double channel_offset_V[LTC6813_LANE_COUNT];
  double reference_V; ///< VREF2
  board_noise_t noise; ///< a step for each channel that was sampled
  double sampled_V[LTC6813_LANE_COUNT]; ///< by the running conversion
  int32_t cell_raw[LTC6813_LANE_COUNT]; ///< registers of 16 bits, and those below
  int32_t aux_raw[LTC6813_AUX_COUNT];
  int32_t stat_raw[LTC6813_STAT_COUNT];
  int32_t flags[LTC6813_LANE_COUNT]; ///< LTC6813_*VOLTAGE of a channel; beyond them both
  uint8_t cfga[LTC6813_GROUP_BYTES], cfgb[LTC6813_GROUP_BYTES];
  uint8_t is_muted;
  uint8_t watchdog_has_expired; ///< configuration is at its default until the next write
  uint8_t padding[2];
} ltc6813_t;

/// Power-on: registers cleared, configuration default; errors drawn from seed.
void ltc6813_init(ltc6813_t *chip, uint64_t seed);

/// 1 iff the chip has no power or starts: it is then reset, and its conversion is lost.
int ltc6813_restart(ltc6813_t *chip, uint64_t time_us);

/// When the watchdog puts the configuration back.
static inline uint64_t ltc6813_watchdog_us(const ltc6813_t *chip) {
  return chip->watchdog_has_expired ? UINT64_MAX : chip->command_us + LTC6813_WATCHDOG_us;
}

/// Run the watchdog up to time_us.
void ltc6813_watch(ltc6813_t *chip, uint64_t time_us);

/// Take the voltages of slots [begin, end) of a conversion: slot s has channels s+1, s+7, s+13.
/// input_V and top: as in ltc6813_pins_t.
static inline void ltc6813_sample(ltc6813_t *chip, uint32_t begin, uint32_t end,
                                  const double *restrict input_V, uint32_t top) {
  double *restrict sampled_V = chip->sampled_V;
  for (uint32_t i = begin; i < end; i++) {
    const uint32_t j = i + LTC6813_SLOT_COUNT, k = j + LTC6813_SLOT_COUNT;
    if (i < top) sampled_V[i] = input_V[i + 1] - input_V[i];
    if (j < top) sampled_V[j] = input_V[j + 1] - input_V[j];
    if (k < top) sampled_V[k] = input_V[k + 1] - input_V[k];
  }
  chip->noise.state += (end - begin) * LTC6813_SLOT_CHANNELS * BOARD_NOISE_STEP;
}

/// The results of a conversion appear.
void ltc6813_finish(ltc6813_t *chip, const ltc6813_conversion_t *conversion,
                    const ltc6813_pins_t *pins);

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

/// Move past the slots that are sampled up to time_us; the one after them.
uint32_t ltc6813_slots_due(ltc6813_conversion_t *conversion, uint64_t time_us);

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

/// count chips take a command whose PEC was right: what it does at once. The caller feeds the
/// watchdog and begins the conversion.
void ltc6813_command(ltc6813_t *chip, uint32_t count, uint16_t command);

/// 1 iff the command does no more than feed the watchdog until data come.
static inline int ltc6813_is_register(uint16_t command) { return command < LTC6813_MUTE; }

/// What a read command reads; LTC6813_GROUP_NONE: it reads nothing.
ltc6813_group_t ltc6813_group(uint16_t command);

/// The replies of chips to a read of a group but LTC6813_GROUP_NONE: six bytes and their PEC each,
/// LTC6813_REPLY_BYTES * count in all.
void ltc6813_read(const ltc6813_t *chip, uint32_t count, ltc6813_group_t group, uint8_t *replies);

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

/// Put the PEC behind the data of each of count replies.
void ltc6813_put_pecs(uint8_t *replies, uint32_t count);

#endif
