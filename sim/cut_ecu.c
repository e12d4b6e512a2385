/// The ECU's side of the bus cut: when it may run, what it sees, what it tells.
#include "cut_ecu.h"

#include <string.h>

enum {
  MS_us = 1000,
  BOOT_ms = 50, /* as in hil_ecu.h */
  HELLO_us = 20000,
  POLL_us = 20000,
  HOLD_CYCLES = 2, /* how long an answer is waited for, on FD */
  HOLD_CLASSIC_us = 100000,
  DIVIDERS = 3, /* of cut_out_t.switches */
  NO_SWITCHES = 0xFF,
  JUMP_ms = 1000, /* of the plant's time: taken over, not made up for */
  BEHIND_MAX_ms = 50, /* farther behind, nothing is waited for */
  PLANT_TIMEOUT_us = 100000 /* before a plant has said its own */
};

enum {
  SAID_GARBAGE = 1,
  SAID_VERSION = 2,
  SAID_TAKEN = 4,
  SAID_OTHER_PLANT = 8,
  SAID_OTHER_ECU = 16,
  SAID_LOST = 32
};

static const double supply_stop_V = 4.0, supply_start_V = 6.0, alone_supply_V = 13.2;
static const double open_ohm = 1e9;

static int say_once(cut_ecu_t *ecu, uint32_t what) {
  const int is_new = (ecu->said & what) == 0;
  ecu->said |= what;
  return is_new;
}

static uint32_t plant_ms(const cut_ecu_t *ecu) { return (uint32_t)ecu->board_ms - ecu->lag_ms; }

static int is_before(uint32_t a, uint32_t b) { return (int32_t)(a - b) < 0; }

/// The tick before which new pins must come.
static uint32_t end_ms(const cut_ecu_t *ecu) {
  return ecu->sync.time_ms - ecu->sync.time_ms % ecu->sync.cycle_ms + ecu->sync.cycle_ms;
}

static uint64_t timeout_us(const cut_ecu_t *ecu) {
  return ecu->sync.timeout_ms > 0 ? ecu->sync.timeout_ms * (uint64_t)MS_us : PLANT_TIMEOUT_us;
}

/* --- power and reset ------------------------------------------------------------------------- */

static void start_core(cut_ecu_t *ecu) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  boot.reset_cause = (bms_reset_t)ecu->reset_cause;
  boot.nvm_bytes = sizeof boot.nvm;
  memcpy(boot.nvm, ecu->board.nvm.image, sizeof boot.nvm);
  boot.can_is_fd = ecu->is_fd;
  bms_init(&ecu->bms, bms_config_soul_ev(), &boot);
  ecu->is_running = 1;
  ecu->stats.boot_count++;
}

/// What the core and the board's controllers held is lost; the core starts at once.
static void reset(cut_ecu_t *ecu, bms_reset_t cause) {
  board_restart(&ecu->board);
  memset(&ecu->out, 0, sizeof ecu->out);
  memset(&ecu->in, 0, sizeof ecu->in);
  memset(&ecu->pins_out, 0, sizeof ecu->pins_out);
  memset(&ecu->out_told, 0xFF, sizeof ecu->out_told);
  memset(ecu->bleed_told, 0, sizeof ecu->bleed_told);
  memset(ecu->slot_last, 0, sizeof ecu->slot_last);
  ecu->app.count = 0;
  ecu->reset_cause = (uint8_t)cause;
  ecu->is_awaiting = ecu->is_switching = 0;
  ecu->boot_ms = 0;
  start_core(ecu);
}

static void new_session(cut_ecu_t *ecu) {
  ecu->session++;
  if (ecu->session == 0) ecu->session = 1;
}

void cut_ecu_init(cut_ecu_t *ecu, const cut_ecu_config_t *config, uint64_t wall_us) {
  memset(ecu, 0, sizeof *ecu);
  ecu->config = *config;
  ecu->session = config->session;
  ecu->wall_us = ecu->run_us = ecu->heard_us = wall_us;
  board_init(&ecu->board, config->seed);
  if (config->nvm != NULL) memcpy(ecu->board.nvm.image, config->nvm, sizeof ecu->board.nvm.image);
  reset(ecu, BMS_RESET_POWER_ON);
}

/// As a plug that is pulled: no voltage anywhere but the supply.
static void unplug(cut_ecu_t *ecu) {
  pins_in_t *pins = &ecu->pins;
  memset(pins, 0, sizeof *pins);
  pins->supply_V = alone_supply_V;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) pins->module_ntc_ohm[m] = open_ohm;
  pins->inlet_ntc_ohm = pins->heater_ntc_ohm[0] = pins->heater_ntc_ohm[1] = open_ohm;
}

/* --- talking --------------------------------------------------------------------------------- */

static void send(cut_ecu_t *ecu, cut_message_t *message) {
  can_frame_t frame[CUT_FRAME_MAX];
  message->head.from = ecu->session;
  message->head.to = ecu->plant;
  message->head.counter = ecu->counter[message->kind]++;
  const uint32_t count = cut_pack(message, ecu->is_fd, frame);
  for (uint32_t i = 0; i < count; i++) cut_queue_put(&ecu->tx, &frame[i]);
  ecu->told_us = ecu->wall_us;
}

static void ask_for_seat(cut_ecu_t *ecu) {
  cut_message_t message;
  memset(&message, 0, sizeof message);
  message.kind = CUT_HELLO;
  message.is.hello.reset_cause = ecu->reset_cause;
  message.is.hello.is_fd = ecu->is_fd;
  ecu->hello_us = ecu->wall_us;
  send(ecu, &message);
}

static void tell_out(cut_ecu_t *ecu, int is_done) {
  cut_message_t message;
  memset(&message, 0, sizeof message);
  message.kind = CUT_OUT;
  cut_out_t *out = &message.is.out;
  const pins_out_t *pins = &ecu->pins_out;
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++)
    out->coils |= (uint8_t)((pins->coil_V[coil] > 1.0) << coil);
  out->switches = (uint8_t)(pins->iso_switch_pos_is_on | pins->iso_switch_neg_is_on << 1 |
                            pins->hvil_drive_is_on << 2);
  out->fan_permille = (uint16_t)(pins->fan_duty * 1000.0 + 0.5);
  out->flags = (uint8_t)((is_done ? CUT_OUT_IS_DONE : 0) |
                         (ecu->out.is_sleep_requested ? CUT_OUT_IS_ASLEEP : 0));
  out->next_ms = plant_ms(ecu);
  ecu->out_told = *out;
  send(ecu, &message);
}

/// 1 iff what it drives has changed since it was told.
static int out_is_new(const cut_ecu_t *ecu) {
  const pins_out_t *pins = &ecu->pins_out;
  uint32_t coils = 0;
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++)
    coils |= (uint32_t)(pins->coil_V[coil] > 1.0) << coil;
  const uint32_t switches = (uint32_t)pins->iso_switch_pos_is_on |
                            (uint32_t)pins->iso_switch_neg_is_on << 1 |
                            (uint32_t)pins->hvil_drive_is_on << 2;
  return coils != ecu->out_told.coils || switches != ecu->out_told.switches ||
         (uint16_t)(pins->fan_duty * 1000.0 + 0.5) != ecu->out_told.fan_permille;
}

/* --- conversions ----------------------------------------------------------------------------- */

typedef struct {
  int is_new, is_pull;
  uint8_t begin, end;
} conversion_t;

/// The conversion that begins to sample in the coming tick.
static conversion_t look_at_chips(cut_ecu_t *ecu) {
  conversion_t found = {0, 0, 0, 0};
  const pins_out_t *pins = &ecu->pins_out;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    if (pins->afe_mode[m] == PINS_AFE_IDLE || pins->afe_slot_begin[m] >= pins->afe_slot_end[m])
      continue;
    const uint8_t begin = pins->afe_slot_begin[m];
    if (begin == 0 || begin != ecu->slot_last[m]) {
      found.is_new = 1;
      found.begin = begin;
      found.end = begin == 0 ? PINS_SLOT_COUNT : (uint8_t)(begin + 1);
      found.is_pull |= pins->afe_mode[m] != PINS_AFE_CONVERT;
    }
    ecu->slot_last[m] = pins->afe_slot_end[m];
  }
  return found;
}

/// On a classic bus most scans use the last answer again; none near a pull does.
static int is_asked_for(cut_ecu_t *ecu, const conversion_t *conversion) {
  if (conversion->is_pull) ecu->pull_ms = ecu->board_ms;
  if (ecu->is_fd || conversion->is_pull || ecu->part_mask == 0) return 1;
  return ecu->board_ms >= ecu->scan_ms + CUT_CLASSIC_SCAN_ms ||
         (ecu->pull_ms > 0 && ecu->board_ms < ecu->pull_ms + CUT_CLASSIC_SCAN_ms);
}

static void tell_afe(cut_ecu_t *ecu, const conversion_t *conversion) {
  cut_message_t message;
  const pins_out_t *pins = &ecu->pins_out;
  memset(&message, 0, sizeof message);
  message.kind = CUT_AFE;
  cut_afe_t *afe = &message.is.afe;
  memcpy(afe->bleed_mask, pins->bleed_mask, sizeof afe->bleed_mask);
  memcpy(ecu->bleed_told, pins->bleed_mask, sizeof ecu->bleed_told);
  afe->next_ms = plant_ms(ecu);
  afe->flags = CUT_OUT_IS_DONE;
  if (conversion != NULL) {
    memcpy(afe->mode, pins->afe_mode, sizeof afe->mode);
    afe->slot_begin = conversion->begin;
    afe->slot_end = conversion->end;
    afe->slot_us = pins->afe_slot_us;
    ecu->scan_ms = ecu->board_ms;
    ecu->conversion++;
    ecu->part_mask = 0;
    ecu->is_awaiting = 1;
    ecu->asked_us = ecu->wall_us;
    ecu->stats.conversion_count++;
  }
  afe->conversion = ecu->conversion;
  ecu->afe_told = *afe;
  send(ecu, &message);
}

/// The dividers must not be read as they were before they were switched.
static void await_pins(cut_ecu_t *ecu) {
  const uint8_t switches = ecu->out_told.switches & DIVIDERS;
  if (switches == (ecu->sync.switches & DIVIDERS)) ecu->waived = NO_SWITCHES;
  if (switches == (ecu->sync.switches & DIVIDERS) || switches == ecu->waived || ecu->is_switching)
    return;
  ecu->is_switching = 1;
  ecu->switched_us = ecu->wall_us;
}

/// After a tick; board_ms is the next one already.
static void announce(cut_ecu_t *ecu) {
  conversion_t conversion = look_at_chips(ecu);
  int is_asked = conversion.is_new && is_asked_for(ecu, &conversion);
  const int is_held = conversion.is_new && !is_asked; /* its pause of the bleeding, too */
  const int bleed_is_new =
      memcmp(ecu->bleed_told, ecu->pins_out.bleed_mask, sizeof ecu->bleed_told) != 0 && !is_held;
  if (ecu->state != CUT_ECU_SEATED) {
    ecu->is_awaiting = ecu->is_switching = 0;
    if (conversion.is_new) ecu->part_mask = 0;
    return;
  }
  const int has_afe = is_asked || bleed_is_new;
  const int is_last = !is_before(plant_ms(ecu), end_ms(ecu));
  const int must_mark = (ecu->sync.flags & CUT_FLAG_STEPPED) && ecu->out.can_tx_count > 0;
  if (out_is_new(ecu) || is_last || must_mark) tell_out(ecu, !has_afe);
  await_pins(ecu);
  if (has_afe) tell_afe(ecu, is_asked ? &conversion : NULL);
}

/// The chips' conversion, which begins in the coming tick, will end without a result.
static void lose_conversion(cut_ecu_t *ecu) {
  ecu->is_awaiting = 0;
  ecu->is_unanswered = 1;
  ecu->stats.lost_count++;
}

static void use_answer(cut_ecu_t *ecu) {
  const uint64_t wait_us = ecu->wall_us - ecu->asked_us;
  if (wait_us > ecu->stats.wait_us_max) ecu->stats.wait_us_max = wait_us;
  ecu->is_awaiting = 0;
  cut_channels_to_pins(ecu->answer_raw, &ecu->pins);
}

/* --- ticks ----------------------------------------------------------------------------------- */

/// Own frames on their way: on the bus, and on the plant's simulated one behind it.
static uint8_t count_waiting(const cut_ecu_t *ecu) {
  const uint32_t told = ecu->state == CUT_ECU_SEATED
                            ? (uint32_t)ecu->sync.flags >> CUT_WAITING_SHIFT & CUT_WAITING_MAX
                            : 0;
  const uint32_t count = ecu->tx_waiting + told;
  return count < UINT8_MAX ? (uint8_t)count : UINT8_MAX;
}

static void receive(cut_ecu_t *ecu) {
  ecu->in.can_rx_count = 0;
  ecu->in.can_bus_state = (uint8_t)ecu->bus_state;
  ecu->in.can_tx_waiting = count_waiting(ecu);
  while (ecu->in.can_rx_count < BMS_CAN_RX_MAX &&
         cut_queue_get(&ecu->app, &ecu->in.can_rx[ecu->in.can_rx_count]))
    ecu->in.can_rx_count++;
}

/// 1 iff the core runs in this tick.
static int has_power(cut_ecu_t *ecu) {
  if (ecu->is_running && ecu->pins.supply_V < supply_stop_V) {
    board_restart(&ecu->board);
    ecu->is_running = 0;
    ecu->boot_ms = BOOT_ms;
    ecu->reset_cause = BMS_RESET_BROWN_OUT;
  } else if (!ecu->is_running && ecu->pins.supply_V >= supply_start_V) {
    if (ecu->boot_ms > 0) ecu->boot_ms--;
    if (ecu->boot_ms == 0) start_core(ecu);
  }
  return ecu->is_running;
}

static void tick(cut_ecu_t *ecu) {
  const uint64_t now_us = ecu->board_ms * MS_us;
  const int runs = has_power(ecu);
  board_before(&ecu->board, now_us, &ecu->pins, &ecu->in);
  if (ecu->is_unanswered || ecu->state == CUT_ECU_ALONE) afe_chain_lose(&ecu->board.chain);
  ecu->is_unanswered = 0;
  receive(ecu);
  if (runs)
    bms_step(&ecu->bms, &ecu->in, &ecu->out);
  else
    memset(&ecu->out, 0, sizeof ecu->out);
  board_after(&ecu->board, now_us, &ecu->out, &ecu->pins_out);
  for (uint32_t i = 0; i < ecu->out.can_tx_count; i++) cut_queue_put(&ecu->tx, &ecu->out.can_tx[i]);
  ecu->board_ms++;
  ecu->stats.tick_count++;
  announce(ecu);
}

/// Wall time at which the next tick is due by the plant's pace.
static uint64_t due_us(const cut_ecu_t *ecu) {
  const int32_t ahead_ms = (int32_t)(plant_ms(ecu) - ecu->sync.time_ms);
  if ((ecu->sync.flags & CUT_FLAG_STEPPED) || ahead_ms <= 0) return ecu->sync_wall_us;
  return ecu->sync_wall_us + (uint64_t)ahead_ms * MS_us * 1000u / ecu->sync.rate_permille;
}

static uint64_t hold_us(const cut_ecu_t *ecu) {
  if (ecu->sync.flags & CUT_FLAG_STEPPED) return timeout_us(ecu);
  if (!ecu->is_fd) return HOLD_CLASSIC_us;
  return (uint64_t)HOLD_CYCLES * ecu->sync.cycle_ms * MS_us * 1000u / ecu->sync.rate_permille;
}

/// 1 iff what the coming tick needs is there, or will not come any more; else *next_us is until
/// when it is waited for.
static int has_all(cut_ecu_t *ecu, uint64_t *next_us) {
  const int has_answer = !ecu->is_awaiting || ecu->part_mask == (1 << CUT_PART_COUNT) - 1;
  const int has_pins =
      !ecu->is_switching || ((ecu->out_told.switches ^ ecu->sync.switches) & DIVIDERS) == 0;
  const uint64_t since_us = has_answer ? ecu->switched_us : ecu->asked_us;
  const uint64_t until_us = since_us + hold_us(ecu);
  const int is_behind = is_before(plant_ms(ecu) + BEHIND_MAX_ms, end_ms(ecu));
  if ((!has_answer || !has_pins) && ecu->wall_us < until_us && !is_behind) {
    *next_us = until_us;
    return 0;
  }
  if (!has_answer)
    lose_conversion(ecu);
  else if (ecu->is_awaiting)
    use_answer(ecu);
  if (!has_pins) ecu->waived = ecu->out_told.switches & DIVIDERS;
  ecu->is_switching = 0;
  return 1;
}

/// 1 iff a tick may run now; else *next_us is when to look again.
static int may_run(cut_ecu_t *ecu, uint64_t *next_us) {
  *next_us = ecu->wall_us + POLL_us;
  if (ecu->sync.flags & CUT_FLAG_PAUSED) {
    ecu->asked_us = ecu->switched_us = ecu->wall_us; /* nobody answers now */
    return 0;
  }
  if (!is_before(plant_ms(ecu), end_ms(ecu)) || !has_all(ecu, next_us)) return 0;
  *next_us = due_us(ecu);
  return ecu->wall_us >= *next_us;
}

/// This process stood still longer than its watchdog allows: it starts as after that reset.
static void bite(cut_ecu_t *ecu) {
  cut_say(&ecu->config.words, "stood still for %llu ms: the watchdog resets the ECU",
          (unsigned long long)((ecu->wall_us - ecu->run_us) / MS_us));
  ecu->stats.watchdog_count++;
  new_session(ecu);
  ecu->state = CUT_ECU_WAITING;
  ecu->plant = 0;
  ecu->plant_last = 0;
  reset(ecu, BMS_RESET_WATCHDOG);
  ecu->tx.count = 0;
  ecu->heard_us = ecu->run_us = ecu->wall_us;
}

static void set_clock(cut_ecu_t *ecu, uint64_t wall_us) {
  ecu->wall_us = wall_us;
  if (ecu->state != CUT_ECU_WAITING && wall_us > ecu->run_us + timeout_us(ecu)) bite(ecu);
}

/* --- the plant ------------------------------------------------------------------------------- */

static void lose_plant(cut_ecu_t *ecu) {
  cut_say(&ecu->config.words,
          "plant %04x is lost: nothing heard for %u ms; harness off, contactors open", ecu->plant,
          (unsigned)(timeout_us(ecu) / MS_us));
  ecu->stats.plant_lost_count++;
  ecu->plant_last = ecu->plant;
  ecu->plant = 0;
  ecu->state = CUT_ECU_ALONE;
  ecu->alone_us = ecu->wall_us;
  if (ecu->is_awaiting) lose_conversion(ecu);
  unplug(ecu);
}

static void sit_down(cut_ecu_t *ecu, const cut_message_t *message) {
  const int is_back = ecu->plant_last == message->head.from;
  ecu->plant = ecu->plant_last = message->head.from;
  ecu->lag_ms = (uint32_t)ecu->board_ms - message->is.sync.time_ms;
  ecu->state = CUT_ECU_SEATED;
  ecu->part_mask = 0;
  ecu->is_awaiting = ecu->is_switching = 0;
  ecu->pull_ms = 0;
  ecu->said = 0;
  ecu->has_last = 0;
  memset(&ecu->out_told, 0xFF, sizeof ecu->out_told);
  cut_say(&ecu->config.words, "seat at plant %04x (%s%s)", ecu->plant,
          ecu->is_fd ? "FD" : "classic", is_back ? ", the same as before" : "");
}

/// Another plant is another pack: the ECU begins anew.
static void power_on(cut_ecu_t *ecu) {
  if (ecu->config.nvm == NULL) {
    ecu->board_ms = 0;
    board_init(&ecu->board, ecu->config.seed);
  }
  new_session(ecu);
  reset(ecu, BMS_RESET_POWER_ON);
  ecu->plant_last = 0;
  ecu->state = CUT_ECU_WAITING;
}

/// The plant leaves on purpose: what has no power does nothing.
static void end(cut_ecu_t *ecu, uint16_t plant) {
  cut_say(&ecu->config.words, "plant %04x has ended", plant);
  ecu->state = CUT_ECU_WAITING;
  ecu->plant_last = plant;
  ecu->plant = 0;
}

/// The session of an earlier boot of this process.
static int was_ours(const cut_ecu_t *ecu, uint16_t session) {
  const uint16_t first = ecu->config.session;
  return (uint16_t)(session - first) < (uint16_t)(ecu->session - first);
}

/// On a bus with FD the core speaks otherwise: it is told at its start.
static void set_kind(cut_ecu_t *ecu) {
  if (ecu->is_fd == ecu->rx.is_fd || ecu->state == CUT_ECU_SEATED) return;
  ecu->is_fd = ecu->rx.is_fd;
  reset(ecu, (bms_reset_t)ecu->reset_cause);
}

static void take_sync(cut_ecu_t *ecu, const cut_message_t *message) {
  const cut_head_t *head = &message->head;
  const int is_ours = head->to == ecu->session;
  if (ecu->state == CUT_ECU_SEATED && head->from != ecu->plant) {
    ecu->stats.foreign_count++;
    if (say_once(ecu, SAID_OTHER_PLANT))
      cut_say(&ecu->config.words, "another plant (%04x) is on this bus, allowed one: ignored",
              head->from);
    return;
  }
  if (message->is.sync.flags & CUT_FLAG_END) {
    if (ecu->state != CUT_ECU_WAITING) end(ecu, head->from);
    return;
  }
  set_kind(ecu);
  ecu->sync.timeout_ms = message->is.sync.timeout_ms;
  if (head->to != 0 && !is_ours) {
    if (ecu->state == CUT_ECU_SEATED) lose_plant(ecu);
    if (!was_ours(ecu, head->to) && say_once(ecu, SAID_TAKEN))
      cut_say(&ecu->config.words, "the seat at plant %04x has another ECU (%04x): waiting",
              head->from, head->to);
    return;
  }
  if (head->to == 0) {
    if (ecu->state != CUT_ECU_SEATED && ecu->wall_us < ecu->hello_us + HELLO_us) return;
    const int is_new_plant = ecu->plant_last != 0 && ecu->plant_last != head->from;
    if (is_new_plant) power_on(ecu);
    ecu->heard_us = ecu->wall_us;
    const uint16_t plant = ecu->plant;
    ecu->plant = head->from;
    ask_for_seat(ecu);
    ecu->plant = plant;
    return;
  }
  if (ecu->state != CUT_ECU_SEATED) sit_down(ecu, message);
  ecu->heard_us = ecu->wall_us;
  const int32_t jump_ms = (int32_t)(message->is.sync.time_ms - plant_ms(ecu));
  if (jump_ms > JUMP_ms || jump_ms < -JUMP_ms)
    ecu->lag_ms = (uint32_t)ecu->board_ms - message->is.sync.time_ms;
  const int is_newer = ecu->sync.time_ms != message->is.sync.time_ms;
  double kept_V[PINS_WIRE_COUNT];
  memcpy(kept_V, ecu->pins.afe_input_V, sizeof kept_V);
  ecu->sync = message->is.sync;
  ecu->pins = message->is.sync.pins;
  memcpy(ecu->pins.afe_input_V, kept_V, sizeof kept_V);
  if (is_newer || ecu->sync_wall_us == 0) ecu->sync_wall_us = ecu->wall_us;
}

static void take_answer(cut_ecu_t *ecu, const cut_message_t *message) {
  const cut_answer_t *answer = &message->is.answer;
  if (ecu->state != CUT_ECU_SEATED || message->head.from != ecu->plant ||
      message->head.to != ecu->session) {
    ecu->stats.foreign_count++;
    return;
  }
  ecu->heard_us = ecu->wall_us;
  if (!ecu->is_awaiting || answer->conversion != ecu->conversion) return;
  for (uint32_t i = 0; i < CUT_PART_VALUES; i++) {
    const uint32_t at = answer->part * CUT_PART_VALUES + i;
    if (at < CUT_CHANNEL_COUNT) ecu->answer_raw[at] = answer->volt_raw[i];
  }
  ecu->part_mask |= (uint8_t)(1u << answer->part);
}

/// 1 iff it is none that was taken already.
static int counts(cut_ecu_t *ecu, const cut_message_t *message) {
  const uint32_t part = message->kind == CUT_ANSWER ? message->is.answer.part : 0;
  const uint32_t at = (uint32_t)message->kind + part, bit = 1u << at;
  const uint8_t step = (uint8_t)(message->head.counter - ecu->last[at]);
  if (message->head.from != ecu->plant) return 1;
  if ((ecu->has_last & bit) != 0 && step == 0) {
    ecu->stats.repeated_count++;
    return 0;
  }
  if ((ecu->has_last & bit) != 0) ecu->stats.missing_count += step - 1u;
  ecu->last[at] = message->head.counter;
  ecu->has_last |= bit;
  return 1;
}

static void take_message(cut_ecu_t *ecu, const cut_message_t *message) {
  if (message->kind == CUT_SYNC || message->kind == CUT_ANSWER) {
    if (!counts(ecu, message)) return;
    if (message->kind == CUT_SYNC)
      take_sync(ecu, message);
    else
      take_answer(ecu, message);
    return;
  }
  ecu->stats.foreign_count++;
  if (ecu->state == CUT_ECU_SEATED && say_once(ecu, SAID_OTHER_ECU))
    cut_say(&ecu->config.words, "another ECU (%04x) is on this bus: ignored", message->head.from);
}

void cut_ecu_take(cut_ecu_t *ecu, uint64_t wall_us, const can_frame_t *frame) {
  cut_message_t message;
  set_clock(ecu, wall_us);
  switch (cut_take(&ecu->rx, frame, &message)) {
  case CUT_RX_FOREIGN:
    if ((frame->flags & CAN_FRAME_ERROR) == 0) cut_queue_put(&ecu->app, frame);
    break;
  case CUT_RX_MESSAGE:
    take_message(ecu, &message);
    break;
  case CUT_RX_VERSION:
    ecu->stats.foreign_count++;
    if (say_once(ecu, SAID_VERSION))
      cut_say(&ecu->config.words,
              "a peer that speaks version %u of the bus cut is ignored, allowed %u",
              ecu->rx.version, CUT_VERSION);
    break;
  case CUT_RX_GARBAGE:
    ecu->stats.garbage_count++;
    if (say_once(ecu, SAID_GARBAGE))
      cut_say(&ecu->config.words, "garbage with id 0x%03x is ignored (wrong length, order or CRC)",
              (unsigned)frame->id);
    break;
  default:
    break;
  }
}

/* --- running --------------------------------------------------------------------------------- */

static void repeat(cut_ecu_t *ecu) {
  if (ecu->state != CUT_ECU_SEATED || ecu->wall_us < ecu->told_us + CUT_ALIVE_us) return;
  tell_out(ecu, !ecu->is_awaiting);
  if (!ecu->is_awaiting) return;
  cut_message_t message;
  memset(&message, 0, sizeof message);
  message.kind = CUT_AFE;
  message.is.afe = ecu->afe_told;
  send(ecu, &message);
}

static uint64_t run_alone(cut_ecu_t *ecu) {
  for (uint32_t i = 0; ecu->wall_us >= ecu->alone_us && i < BEHIND_MAX_ms; i++) {
    tick(ecu);
    ecu->alone_us += MS_us;
  }
  if (ecu->wall_us > ecu->alone_us) ecu->alone_us = ecu->wall_us;
  return ecu->alone_us;
}

uint64_t cut_ecu_run(cut_ecu_t *ecu, uint64_t wall_us) {
  uint64_t next_us = wall_us + POLL_us;
  set_clock(ecu, wall_us);
  ecu->run_us = wall_us;
  if (ecu->state == CUT_ECU_SEATED && wall_us > ecu->heard_us + timeout_us(ecu)) lose_plant(ecu);
  if (ecu->state == CUT_ECU_SEATED) {
    while (may_run(ecu, &next_us)) tick(ecu);
    repeat(ecu);
  } else if (ecu->state == CUT_ECU_ALONE) {
    next_us = run_alone(ecu);
  }
  return next_us < wall_us + POLL_us ? next_us : wall_us + POLL_us;
}
