/// Daisy chain: distributes commands, gathers replies, connects harness wires to C inputs.
#include "afe_chain.h"

#include <string.h>

#include "../gen/pinout.h"

enum { TICK_us = 1000 };

static const double ntc_pullup_ohm = 10e3;

void afe_chain_init(afe_chain_t *chain, uint64_t seed) {
  memset(chain, 0, sizeof *chain);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    board_noise_t noise = board_noise_stream(seed, 100 + i);
    ltc6813_init(&chain->chip[i], board_noise_u64(&noise));
  }
}

int afe_chain_is_converting(const afe_chain_t *chain) {
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++)
    if (chain->chip[i].conversion.kind != LTC6813_IDLE) return 1;
  return 0;
}

static double gpio1_V(const ltc6813_t *chip, double ntc_ohm) {
  return ntc_ohm > 0.0 ? chip->reference_V * (ntc_ohm / (ntc_ohm + ntc_pullup_ohm)) : 0.0;
}

static ltc6813_pins_t connect(const ltc6813_t *chip, uint32_t afe, const pins_in_t *pins) {
  const pinout_module_t *module = &pinout_module[afe];
  ltc6813_pins_t chip_pins = {.input_V = &pins->afe_input_V[module->first_wire],
                              .top = module->top_channel};
  if (ltc6813_measures_aux(chip->conversion.kind))
    chip_pins.gpio1_V = gpio1_V(chip, pins->module_ntc_ohm[afe]);
  return chip_pins;
}

void afe_chain_advance(afe_chain_t *chain, uint64_t time_us, const pins_in_t *pins) {
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    if (ltc6813_is_quiet(&chain->chip[i], time_us)) continue;
    const ltc6813_pins_t chip_pins = connect(&chain->chip[i], i, pins);
    ltc6813_advance(&chain->chip[i], time_us, &chip_pins);
  }
}

/// 1 iff the PEC is right.
static int parse(const uint8_t tx[AFE_CHAIN_COMMAND_BYTES], uint16_t *command) {
  *command = (uint16_t)((tx[0] & 7u) << 8 | tx[1]);
  return ltc6813_pec(tx, 2) == (uint16_t)(tx[2] << 8 | tx[3]);
}

/// Chips that the master reaches: up to the first dead one.
static uint32_t reached(const afe_chain_t *chain) {
  uint32_t count = 0;
  while (count < AFE_CHAIN_COUNT && !chain->chip[count].fault.is_dead) count++;
  return count;
}

static void flip(ltc6813_fault_t *fault, uint8_t reply[LTC6813_GROUP_BYTES + 2]) {
  if (fault->flip_mask == 0) return;
  if (++fault->flip_count < fault->flip_period) return;
  fault->flip_count = 0;
  reply[fault->flip_byte % (LTC6813_GROUP_BYTES + 2)] ^= fault->flip_mask;
}

/// One register group of cell voltages never comes right.
static void lose(const ltc6813_fault_t *fault, uint16_t command, uint8_t reply[]) {
  static const uint16_t group[] = {
      0, LTC6813_RDCVA, LTC6813_RDCVB, LTC6813_RDCVC, LTC6813_RDCVD, LTC6813_RDCVE, LTC6813_RDCVF};
  if (fault->lost_register == 0 || fault->lost_register >= sizeof group / sizeof group[0]) return;
  if (command == group[fault->lost_register]) reply[0] ^= 1;
}

static void reply_registers(afe_chain_t *chain, uint32_t count, uint16_t command, uint8_t *rx,
                            uint32_t rx_bytes) {
  for (uint32_t i = 0; i < count; i++) {
    uint8_t reply[LTC6813_GROUP_BYTES + 2];
    if (!ltc6813_read(&chain->chip[i], command, reply)) return;
    const uint16_t pec = ltc6813_pec(reply, LTC6813_GROUP_BYTES);
    reply[LTC6813_GROUP_BYTES] = (uint8_t)(pec >> 8);
    reply[LTC6813_GROUP_BYTES + 1] = (uint8_t)(pec & 0xFF);
    flip(&chain->chip[i].fault, reply);
    lose(&chain->chip[i].fault, command, reply);
    const uint32_t at = i * (uint32_t)sizeof reply;
    if (at >= rx_bytes) return;
    if (rx_bytes - at >= sizeof reply)
      memcpy(&rx[at], reply, sizeof reply);
    else
      memcpy(&rx[at], reply, rx_bytes - at);
  }
}

static int is_busy(const afe_chain_t *chain, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (chain->chip[i].conversion.kind != LTC6813_IDLE) return 1;
  return 0;
}

void afe_chain_command(afe_chain_t *chain, uint64_t time_us,
                       const uint8_t tx[AFE_CHAIN_COMMAND_BYTES], uint8_t *rx, uint32_t rx_bytes) {
  uint16_t command;
  memset(rx, 0xFF, rx_bytes);
  if (!parse(tx, &command)) {
    chain->bad_command_count++;
    return;
  }
  const uint32_t count = reached(chain);
  for (uint32_t i = 0; i < count; i++) ltc6813_command(&chain->chip[i], time_us, command);
  if (command == LTC6813_PLADC && is_busy(chain, count))
    memset(rx, 0, rx_bytes);
  else
    reply_registers(chain, count, command, rx, rx_bytes);
}

void afe_chain_write(afe_chain_t *chain, uint64_t time_us, const uint8_t *tx, uint32_t tx_bytes) {
  uint16_t command;
  if (tx_bytes != AFE_CHAIN_COMMAND_BYTES + AFE_CHAIN_DATA_BYTES) return;
  if (!parse(tx, &command) || !ltc6813_is_write(command)) return;
  const uint32_t count = reached(chain);
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *data =
        &tx[AFE_CHAIN_COMMAND_BYTES + (AFE_CHAIN_COUNT - 1 - i) * (LTC6813_GROUP_BYTES + 2)];
    const uint16_t pec = (uint16_t)(data[LTC6813_GROUP_BYTES] << 8 | data[LTC6813_GROUP_BYTES + 1]);
    if (ltc6813_pec(data, LTC6813_GROUP_BYTES) == pec)
      ltc6813_write(&chain->chip[i], time_us, command, data);
    else
      chain->bad_write_count++;
  }
}

/// Write what a conversion does to the inputs of chip i in the tick at next_us.
static void announce(const ltc6813_conversion_t *conversion, uint32_t i, uint64_t next_us,
                     pins_out_t *pins) {
  if (!ltc6813_measures_cells(conversion->kind)) return;
  if (!conversion->discharge_is_permitted && conversion->end_us > next_us) pins->bleed_mask[i] = 0;
  uint32_t begin = conversion->slot_next, end = conversion->slot_next;
  while (end < conversion->slot_end && ltc6813_slot_end_us(conversion, end) <= next_us + TICK_us)
    end++;
  if (begin == end) return;
  pins->afe_mode[i] = conversion->kind == LTC6813_PULL_UP     ? PINS_AFE_PULL_UP
                      : conversion->kind == LTC6813_PULL_DOWN ? PINS_AFE_PULL_DOWN
                                                              : PINS_AFE_CONVERT;
  pins->afe_slot_begin[i] = (uint8_t)begin;
  pins->afe_slot_end[i] = (uint8_t)end;
  pins->afe_slot_us = (uint16_t)((conversion->all_us + 3) / 6);
}

void afe_chain_announce(const afe_chain_t *chain, uint64_t next_us, pins_out_t *pins) {
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    const ltc6813_t *chip = &chain->chip[i];
    pins->bleed_mask[i] = chip->fault.is_dead ? 0 : ltc6813_discharge_mask(chip);
    if (chip->conversion.kind != LTC6813_IDLE) announce(&chip->conversion, i, next_us, pins);
  }
}

void afe_chain_announce_command(const afe_chain_t *chain, uint64_t next_us, uint64_t time_us,
                                const uint8_t tx[AFE_CHAIN_COMMAND_BYTES], pins_out_t *pins) {
  uint16_t command;
  if (!parse(tx, &command) || !ltc6813_is_conversion(command)) return;
  const uint32_t count = reached(chain);
  ltc6813_conversion_t conversion;
  for (uint32_t i = 0; i < count; i++) {
    const ltc6813_t *chip = &chain->chip[i];
    if (i == 0 || !ltc6813_decode_alike(chip, chip - 1))
      conversion = ltc6813_decode(chip, time_us, command);
    announce(&conversion, i, next_us, pins);
  }
}
