/// Daisy chain of eight LTC6813-1 with the harness on their inputs, as the SPI master sees it.
///
/// Model    a command reaches all chips up to the first dead one; a wrong PEC is ignored; a write
///          carries the farthest chip's data first, a read returns the nearest chip's first, 8
///          bytes each with PEC; what no chip answers reads 0xFF. Chips that
///          would convert alike share one conversion; between events nothing is computed, and a
///          group's replies are made when they are first read Thermistor of the module on
///          GPIO1: 10 k to VREF2 = 3.0 V. C inputs above the last wire are tied to it.
/// Memory   plain value
/// Source   LTC6813-1 data sheet; signatures of broken wires: docs/open-wire.md
#ifndef ECU_MODEL_BOARD_AFE_CHAIN_H
#define ECU_MODEL_BOARD_AFE_CHAIN_H

#include <stdint.h>

#include "../pins.h"
#include "ltc6813.h"

enum {
  AFE_CHAIN_COUNT = PINS_MODULE_COUNT,
  AFE_CHAIN_COMMAND_BYTES = 4,
  AFE_CHAIN_DATA_BYTES = AFE_CHAIN_COUNT * LTC6813_REPLY_BYTES
};

/// A conversion under way, and the chips that share it.
typedef struct {
  ltc6813_conversion_t conversion;
  uint8_t chips; ///< bit per chip
  uint8_t padding[7];
} afe_chain_run_t;

typedef struct {
  ltc6813_t chip[AFE_CHAIN_COUNT]; ///< chip[].fault: where faults are injected
  afe_chain_run_t run[AFE_CHAIN_COUNT]; ///< the first run_count; a chip is in one at most
  uint64_t next_us; ///< nothing is due before; 0 while power is lost or comes back
  uint64_t command_us; ///< the last valid command; chip[].command_us follows when it matters
  uint64_t watchdog_us; ///< no chip's watchdog is due before
  uint32_t discharge_mask[AFE_CHAIN_COUNT];
  uint32_t stuck_on_mask[AFE_CHAIN_COUNT]; ///< switches that conduct always, faults
  uint32_t stuck_off_mask[AFE_CHAIN_COUNT]; ///< and never
  uint32_t bad_command_count; ///< commands with a wrong PEC
  uint32_t bad_write_count; ///< write data with a wrong PEC, per chip
  uint8_t run_count;
  uint8_t reached_count; ///< chips that the master reaches: up to the first dead one
  uint8_t power_is_odd; ///< some chip has none, or starts
  uint8_t reply_is_odd; ///< some chip's replies have faults
  uint16_t reply_is_made; ///< bit per ltc6813_group_t: reply holds what the registers say
  uint8_t padding[2];
  uint8_t reply[LTC6813_GROUP_COUNT][AFE_CHAIN_DATA_BYTES]; ///< without faults
} afe_chain_t;

void afe_chain_init(afe_chain_t *chain, uint64_t seed);

/// Look at the chips' faults: before all else whenever they may have changed.
void afe_chain_watch(afe_chain_t *chain);

/// What afe_chain_advance does when something is due.
void afe_chain_act(afe_chain_t *chain, uint64_t time_us, const pins_in_t *pins);

/// Advance all chips to time_us with the pins of this tick.
static inline void afe_chain_advance(afe_chain_t *chain, uint64_t time_us, const pins_in_t *pins) {
  if (time_us >= chain->next_us) afe_chain_act(chain, time_us, pins);
}

/// Conversions under way end without a result: the registers stay as they are.
void afe_chain_lose(afe_chain_t *chain);

/// The code in a command's bytes.
static inline uint16_t afe_chain_code(const uint8_t tx[AFE_CHAIN_COMMAND_BYTES]) {
  return (uint16_t)((tx[0] & 7u) << 8 | tx[1]);
}

/// A command of 4 bytes is complete at time_us; a read's reply goes to rx (rx_bytes; padded with
/// 0xFF).
void afe_chain_command(afe_chain_t *chain, uint64_t time_us,
                       const uint8_t tx[AFE_CHAIN_COMMAND_BYTES], uint8_t *rx, uint32_t rx_bytes);

/// The 64 data bytes of a write command are complete. Anything but a whole write is ignored.
void afe_chain_write(afe_chain_t *chain, uint64_t time_us, const uint8_t *tx, uint32_t tx_bytes);

/// What the chips do to their inputs in the tick that begins at next_us, as far as conversions run
/// already.
void afe_chain_announce(const afe_chain_t *chain, uint64_t next_us, pins_out_t *pins);

/// The same for a command that will be complete at time_us in that tick: added to what pins says.
void afe_chain_announce_command(const afe_chain_t *chain, uint64_t next_us, uint64_t time_us,
                                const uint8_t tx[AFE_CHAIN_COMMAND_BYTES], pins_out_t *pins);

#endif
