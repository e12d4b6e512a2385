/// Daisy chain: distributes commands, gathers replies, connects harness wires to C inputs.
#include "afe_chain.h"

#include <stddef.h>
#include <string.h>

#include "../gen/pinout.h"
#include "../simd.h"

enum { TICK_us = 1000 };

static const double ntc_pullup_ohm = 10e3;

/// When something is due next.
static void look_ahead(afe_chain_t *chain) {
  uint64_t next_us = chain->watchdog_us;
  for (uint32_t r = 0; r < chain->run_count; r++)
    if (chain->run[r].conversion.next_us < next_us) next_us = chain->run[r].conversion.next_us;
  chain->next_us = chain->power_is_odd ? 0 : next_us;
}

/// The chips take the time of the last command that reached them.
static void feed(afe_chain_t *chain) {
  for (uint32_t i = 0; i < chain->reached_count; i++)
    if (chain->chip[i].command_us < chain->command_us)
      chain->chip[i].command_us = chain->command_us;
}

/// After a change of configurations.
static void look_at_chips(afe_chain_t *chain) {
  feed(chain);
  chain->watchdog_us = UINT64_MAX;
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    const uint64_t watchdog_us = ltc6813_watchdog_us(&chain->chip[i]);
    if (watchdog_us < chain->watchdog_us) chain->watchdog_us = watchdog_us;
    chain->discharge_mask[i] = ltc6813_discharge_mask(&chain->chip[i]);
  }
  chain->reply_is_made = 0;
}

void afe_chain_init(afe_chain_t *chain, uint64_t seed) {
  memset(chain, 0, sizeof *chain);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    board_noise_t noise = board_noise_stream(seed, 100 + i);
    ltc6813_init(&chain->chip[i], board_noise_u64(&noise));
  }
  chain->reached_count = AFE_CHAIN_COUNT;
  look_at_chips(chain);
  look_ahead(chain);
}

static void take_power(afe_chain_t *chain) {
  feed(chain);
  chain->reached_count = AFE_CHAIN_COUNT;
  chain->power_is_odd = 0;
  for (uint32_t i = AFE_CHAIN_COUNT; i-- > 0;) {
    const ltc6813_fault_t *fault = &chain->chip[i].fault;
    if (fault->is_dead) chain->reached_count = (uint8_t)i;
    if (fault->is_dead | fault->reset_is_due) chain->power_is_odd = 1;
  }
  look_ahead(chain);
}

_Static_assert(offsetof(ltc6813_fault_t, noise_cmV) == sizeof(uint64_t),
               "what matters to the chain is one word");

static void take_faults(afe_chain_t *chain) {
  uint32_t odd = chain->power_is_odd, reply = 0;
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    const ltc6813_fault_t *fault = &chain->chip[i].fault;
    odd |= (uint32_t)fault->is_dead | fault->reset_is_due;
    reply |= (uint32_t)fault->flip_mask | fault->lost_register;
  }
  chain->reply_is_odd = reply != 0;
  if (odd != 0) take_power(chain);
}

void afe_chain_watch(afe_chain_t *chain) {
  uint64_t any = (uint64_t)chain->power_is_odd | chain->reply_is_odd;
  SIMD_WHOLE
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    uint64_t word;
    memcpy(&word, &chain->chip[i].fault, sizeof word);
    any |= word;
  }
  if (any != 0) take_faults(chain);
}

/// Conversions of these chips end without a result; runs without chips are no more.
static void drop(afe_chain_t *chain, uint32_t chips) {
  uint32_t kept = 0;
  for (uint32_t r = 0; r < chain->run_count; r++) {
    afe_chain_run_t run = chain->run[r];
    run.chips &= (uint8_t)~chips;
    if (run.chips != 0) chain->run[kept++] = run;
  }
  chain->run_count = (uint8_t)kept;
}

void afe_chain_lose(afe_chain_t *chain) {
  if (chain->run_count == 0) return;
  drop(chain, (1u << AFE_CHAIN_COUNT) - 1u);
  look_ahead(chain);
}

static void restart_chips(afe_chain_t *chain, uint64_t time_us) {
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++)
    if (ltc6813_restart(&chain->chip[i], time_us)) drop(chain, 1u << i);
  look_at_chips(chain);
}

static void run_watchdogs(afe_chain_t *chain, uint64_t time_us) {
  feed(chain);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) ltc6813_watch(&chain->chip[i], time_us);
  look_at_chips(chain);
}

static double gpio1_V(const ltc6813_t *chip, double ntc_ohm) {
  return ntc_ohm > 0.0 ? chip->reference_V * (ntc_ohm / (ntc_ohm + ntc_pullup_ohm)) : 0.0;
}

static void sample(afe_chain_t *chain, uint32_t chips, uint32_t begin, uint32_t end,
                   const pins_in_t *pins) {
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    const pinout_module_t *module = &pinout_module[i];
    if (chips >> i & 1)
      ltc6813_sample(&chain->chip[i], begin, end, &pins->afe_input_V[module->first_wire],
                     module->top_channel);
  }
}

static void finish(afe_chain_t *chain, uint32_t chips, const ltc6813_conversion_t *conversion,
                   const pins_in_t *pins) {
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    if (!(chips >> i & 1)) continue;
    const pinout_module_t *module = &pinout_module[i];
    ltc6813_pins_t chip_pins = {.input_V = &pins->afe_input_V[module->first_wire],
                                .top = module->top_channel};
    if (ltc6813_measures_aux(conversion->kind))
      chip_pins.gpio1_V = gpio1_V(&chain->chip[i], pins->module_ntc_ohm[i]);
    ltc6813_finish(&chain->chip[i], conversion, &chip_pins);
  }
}

/// 1 iff the run is over.
static int advance_run(afe_chain_t *chain, afe_chain_run_t *run, uint64_t time_us,
                       const pins_in_t *pins) {
  ltc6813_conversion_t *conversion = &run->conversion;
  const uint32_t begin = conversion->slot_next, end = ltc6813_slots_due(conversion, time_us);
  if (end > begin) sample(chain, run->chips, begin, end, pins);
  if (conversion->end_us > time_us) return 0;
  finish(chain, run->chips, conversion, pins);
  return 1;
}

void afe_chain_act(afe_chain_t *chain, uint64_t time_us, const pins_in_t *pins) {
  uint32_t over = 0;
  if (chain->power_is_odd) restart_chips(chain, time_us);
  if (time_us >= chain->watchdog_us) run_watchdogs(chain, time_us);
  for (uint32_t r = 0; r < chain->run_count; r++) {
    afe_chain_run_t *run = &chain->run[r];
    if (time_us >= run->conversion.next_us && advance_run(chain, run, time_us, pins))
      over |= run->chips;
  }
  if (over != 0) {
    drop(chain, over);
    chain->reply_is_made = 0;
  }
  look_ahead(chain);
}

/// 1 iff the PEC is right.
static int parse(const uint8_t tx[AFE_CHAIN_COMMAND_BYTES], uint16_t *command) {
  *command = afe_chain_code(tx);
  return ltc6813_pec(tx, 2) == (uint16_t)(tx[2] << 8 | tx[3]);
}

static void flip(ltc6813_fault_t *fault, uint8_t reply[LTC6813_REPLY_BYTES]) {
  if (fault->flip_mask == 0) return;
  if (++fault->flip_count < fault->flip_period) return;
  fault->flip_count = 0;
  reply[fault->flip_byte % LTC6813_REPLY_BYTES] ^= fault->flip_mask;
}

/// One register group of cell voltages never comes right.
static void lose(const ltc6813_fault_t *fault, ltc6813_group_t group, uint8_t reply[]) {
  const uint32_t lost = fault->lost_register;
  if (lost >= 1 && lost <= 6 && (uint32_t)group == LTC6813_GROUP_CVA + lost - 1u) reply[0] ^= 1;
}

/// What the reached chips say to a read.
static const uint8_t *replies_of(afe_chain_t *chain, ltc6813_group_t group) {
  uint8_t *replies = chain->reply[group];
  if (chain->reply_is_made >> group & 1) return replies;
  ltc6813_read(chain->chip, AFE_CHAIN_COUNT, group, replies);
  chain->reply_is_made |= (uint16_t)(1u << group);
  return replies;
}

/// Bytes that were answered.
static uint32_t reply_registers(afe_chain_t *chain, ltc6813_group_t group, uint8_t *rx,
                                uint32_t rx_bytes) {
  const uint32_t count = chain->reached_count, all = count * LTC6813_REPLY_BYTES;
  const uint8_t *replies = replies_of(chain, group);
  uint8_t faulty[AFE_CHAIN_DATA_BYTES];
  if (chain->reply_is_odd) {
    memcpy(faulty, replies, sizeof faulty);
    for (uint32_t i = 0; i < count; i++) {
      flip(&chain->chip[i].fault, &faulty[i * LTC6813_REPLY_BYTES]);
      lose(&chain->chip[i].fault, group, &faulty[i * LTC6813_REPLY_BYTES]);
    }
    replies = faulty;
  }
  if (all == sizeof faulty && rx_bytes == sizeof faulty) { /* nearly always */
    memcpy(rx, replies, sizeof faulty);
    return rx_bytes;
  }
  memcpy(rx, replies, all < rx_bytes ? all : rx_bytes);
  return all < rx_bytes ? all : rx_bytes;
}

static int is_busy(const afe_chain_t *chain) {
  for (uint32_t r = 0; r < chain->run_count; r++)
    if (chain->run[r].chips & ((1u << chain->reached_count) - 1u)) return 1;
  return 0;
}

/// Reached chips from i on that would begin the same conversion, a bit each; end: the next one.
static uint32_t alike_from(const afe_chain_t *chain, uint32_t i, uint32_t *end) {
  uint32_t chips = 1u << i, next = i + 1;
  while (next < chain->reached_count && ltc6813_decode_alike(&chain->chip[next], &chain->chip[i]))
    chips |= 1u << next++;
  *end = next;
  return chips;
}

/// All reached chips begin; those that do it alike share a run.
static void begin(afe_chain_t *chain, uint64_t time_us, uint16_t command) {
  for (uint32_t i = 0, next; i < chain->reached_count; i = next) {
    const uint32_t chips = alike_from(chain, i, &next);
    const ltc6813_conversion_t conversion = ltc6813_decode(&chain->chip[i], time_us, command);
    if (conversion.kind == LTC6813_IDLE) return;
    drop(chain, chips);
    afe_chain_run_t *run = &chain->run[chain->run_count++];
    run->conversion = conversion;
    run->chips = (uint8_t)chips;
  }
  look_ahead(chain);
}

static void obey(afe_chain_t *chain, uint64_t time_us, uint16_t command) {
  chain->command_us = time_us;
  if (ltc6813_is_register(command)) return;
  if (ltc6813_is_conversion(command)) {
    begin(chain, time_us, command);
    return;
  }
  ltc6813_command(chain->chip, chain->reached_count, command);
  chain->reply_is_made = 0;
  if (command == LTC6813_MUTE || command == LTC6813_UNMUTE) look_at_chips(chain);
}

void afe_chain_command(afe_chain_t *chain, uint64_t time_us,
                       const uint8_t tx[AFE_CHAIN_COMMAND_BYTES], uint8_t *rx, uint32_t rx_bytes) {
  uint16_t command;
  uint32_t answered = 0;
  if (!parse(tx, &command)) {
    memset(rx, 0xFF, rx_bytes);
    chain->bad_command_count++;
    return;
  }
  obey(chain, time_us, command);
  const ltc6813_group_t group = ltc6813_group(command);
  if (group != LTC6813_GROUP_NONE)
    answered = reply_registers(chain, group, rx, rx_bytes);
  else if (command == LTC6813_PLADC && is_busy(chain))
    memset(rx, 0, answered = rx_bytes);
  if (answered < rx_bytes) memset(&rx[answered], 0xFF, rx_bytes - answered);
}

void afe_chain_write(afe_chain_t *chain, uint64_t time_us, const uint8_t *tx, uint32_t tx_bytes) {
  uint16_t command;
  if (tx_bytes != AFE_CHAIN_COMMAND_BYTES + AFE_CHAIN_DATA_BYTES) return;
  if (!parse(tx, &command) || !ltc6813_is_write(command)) return;
  const uint32_t count = chain->reached_count;
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *data =
        &tx[AFE_CHAIN_COMMAND_BYTES + (AFE_CHAIN_COUNT - 1 - i) * LTC6813_REPLY_BYTES];
    const uint16_t pec = (uint16_t)(data[LTC6813_GROUP_BYTES] << 8 | data[LTC6813_GROUP_BYTES + 1]);
    if (ltc6813_pec(data, LTC6813_GROUP_BYTES) == pec)
      ltc6813_write(&chain->chip[i], time_us, command, data);
    else
      chain->bad_write_count++;
  }
  look_at_chips(chain);
  look_ahead(chain);
}

/// What a conversion does in the tick at next_us.
typedef struct {
  uint8_t mode, begin, end; ///< slots; none: nothing is sampled
  uint8_t switches_are_off;
  uint16_t slot_us;
} action_t;

static action_t action_of(const ltc6813_conversion_t *conversion, uint64_t next_us) {
  action_t action = {PINS_AFE_CONVERT, conversion->slot_next, conversion->slot_next, 0,
                     (uint16_t)((conversion->all_us + 3) / 6)};
  if (!ltc6813_measures_cells(conversion->kind)) return action;
  if (conversion->kind == LTC6813_PULL_UP) action.mode = PINS_AFE_PULL_UP;
  if (conversion->kind == LTC6813_PULL_DOWN) action.mode = PINS_AFE_PULL_DOWN;
  action.switches_are_off = !conversion->discharge_is_permitted && conversion->end_us > next_us;
  while (action.end < conversion->slot_end &&
         ltc6813_slot_end_us(conversion, action.end) <= next_us + TICK_us)
    action.end++;
  return action;
}

/// chips: bit per chip.
static void write_action(const afe_chain_t *chain, const action_t *action, uint32_t chips,
                         pins_out_t *pins) {
  const int samples = action->begin < action->end;
  if (samples) pins->afe_slot_us = action->slot_us;
  SIMD_WHOLE
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    if (!(chips >> i & 1)) continue;
    if (action->switches_are_off) pins->bleed_mask[i] = chain->stuck_on_mask[i];
    if (!samples) continue;
    pins->afe_mode[i] = action->mode;
    pins->afe_slot_begin[i] = action->begin;
    pins->afe_slot_end[i] = action->end;
  }
}

void afe_chain_announce(const afe_chain_t *chain, uint64_t next_us, pins_out_t *pins) {
  uint32_t mask[AFE_CHAIN_COUNT]; /* apart from both, so that the loop becomes wide */
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++)
    mask[i] = (chain->discharge_mask[i] & ~chain->stuck_off_mask[i]) | chain->stuck_on_mask[i];
  memcpy(pins->bleed_mask, mask, sizeof mask);
  for (uint32_t r = 0; r < chain->run_count; r++) {
    const action_t action = action_of(&chain->run[r].conversion, next_us);
    if (action.switches_are_off || action.begin < action.end)
      write_action(chain, &action, chain->run[r].chips, pins);
  }
}

void afe_chain_announce_command(const afe_chain_t *chain, uint64_t next_us, uint64_t time_us,
                                const uint8_t tx[AFE_CHAIN_COMMAND_BYTES], pins_out_t *pins) {
  uint16_t command;
  if (!parse(tx, &command) || !ltc6813_is_conversion(command)) return;
  for (uint32_t i = 0, next; i < chain->reached_count; i = next) {
    const uint32_t chips = alike_from(chain, i, &next);
    const ltc6813_conversion_t conversion = ltc6813_decode(&chain->chip[i], time_us, command);
    const action_t action = action_of(&conversion, next_us);
    write_action(chain, &action, chips, pins);
  }
}
