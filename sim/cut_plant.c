/// The plant's side of the bus cut: who sits in the seat, what it drives, what it is told.
#include "cut_plant.h"

#include <string.h>

#include "../ecu_model/gen/can_table.h"

enum { MS_us = 1000 };

/// What is said once until it changes.
enum {
  SAID_GARBAGE = 1,
  SAID_VERSION = 2,
  SAID_OTHER_ECU = 4,
  SAID_OTHER_PLANT = 8,
  SAID_VEHICLE = 16,
  SAID_KIND = 32
};

static int is_before(uint32_t a, uint32_t b) { return (int32_t)(a - b) < 0; }

static int say_once(cut_plant_t *plant, uint32_t what) {
  const int is_new = (plant->said & what) == 0;
  plant->said |= what;
  return is_new;
}

void cut_plant_init(cut_plant_t *plant, const cut_plant_config_t *config, uint64_t wall_us) {
  memset(plant, 0, sizeof *plant);
  plant->config = *config;
  plant->wall_us = plant->heard_us = wall_us;
  plant->waiting_min = UINT8_MAX;
}

static void send(cut_plant_t *plant, cut_message_t *message) {
  can_frame_t frame[CUT_FRAME_MAX];
  if (plant->config.has_no_seat) return;
  const uint32_t part = message->kind == CUT_ANSWER ? message->is.answer.part : 0;
  message->head.from = plant->config.session;
  message->head.to = plant->ecu;
  message->head.counter = plant->counter[(uint32_t)message->kind + part]++;
  const uint32_t count = cut_pack(message, plant->config.is_fd, frame);
  for (uint32_t i = 0; i < count; i++) cut_queue_put(&plant->tx, &frame[i]);
}

static void send_sync(cut_plant_t *plant) {
  cut_message_t message;
  memset(&message, 0, sizeof message);
  message.kind = CUT_SYNC;
  message.is.sync = plant->sync;
  message.is.sync.rate_permille = plant->config.rate_permille;
  message.is.sync.timeout_ms = plant->config.timeout_ms;
  message.is.sync.cycle_ms = CUT_CYCLE_ms;
  message.is.sync.flags = (uint8_t)((plant->is_paused || !plant->has_pins ? CUT_FLAG_PAUSED : 0) |
                                    (plant->config.is_stepped ? CUT_FLAG_STEPPED : 0) |
                                    plant->sync.flags | plant->stuck_count << CUT_WAITING_SHIFT);
  plant->told_us = plant->wall_us;
  send(plant, &message);
}

static void send_answer(cut_plant_t *plant) {
  cut_message_t message;
  for (uint32_t part = 0; part < CUT_PART_COUNT; part++) {
    memset(&message, 0, sizeof message);
    message.kind = CUT_ANSWER;
    message.is.answer.conversion = plant->conversion;
    message.is.answer.part = (uint8_t)part;
    for (uint32_t i = 0; i < CUT_PART_VALUES; i++) {
      const uint32_t at = part * CUT_PART_VALUES + i;
      if (at < CUT_CHANNEL_COUNT) message.is.answer.volt_raw[i] = plant->answer_raw[at];
    }
    send(plant, &message);
  }
}

/* --- the seat -------------------------------------------------------------------------------- */

/// What the ECU drove drops.
static void drop(cut_plant_t *plant) {
  plant->coils = plant->switches = 0;
  plant->fan_permille = 0;
  plant->action_count = 0;
  plant->app.count = plant->app_open_count = 0;
  plant->answer_is_due = plant->has_answer = 0;
  memset(plant->bleed_mask, 0, sizeof plant->bleed_mask);
  plant->ecu_last = plant->ecu;
  plant->ecu = 0;
}

static void seat(cut_plant_t *plant, const cut_message_t *message) {
  static const char *const cause[] = {"power on", "watchdog", "software", "brown-out"};
  const cut_hello_t *hello = &message->is.hello;
  if ((hello->is_fd != 0) != (plant->config.is_fd != 0)) {
    if (say_once(plant, SAID_KIND))
      cut_say(&plant->config.words, "an ECU that speaks %s frames is ignored, allowed %s",
              hello->is_fd ? "FD" : "classic", plant->config.is_fd ? "FD" : "classic");
    return;
  }
  const int is_same = message->head.from == plant->ecu_last;
  plant->ecu = message->head.from;
  plant->heard_us = plant->wall_us;
  plant->has_last = 0;
  plant->app.count = plant->app_open_count = 0; /* of whoever was there before */
  plant->ecu_next_ms = plant->now_ms; /* in stepped time it is waited for from now on */
  plant->said &= ~(uint32_t)(SAID_OTHER_ECU | SAID_KIND);
  plant->stats.back_count++;
  cut_say(&plant->config.words, "ECU %04x %s (%s)", plant->ecu,
          is_same ? "is back in the seat" : "takes the seat",
          hello->reset_cause < 4 ? cause[hello->reset_cause] : "unknown reset");
  send_sync(plant);
}

static void lose(cut_plant_t *plant) {
  cut_say(&plant->config.words, "ECU %04x is lost: nothing heard for %u ms; coils off", plant->ecu,
          plant->config.timeout_ms);
  plant->stats.lost_count++;
  drop(plant);
}

/* --- receiving ------------------------------------------------------------------------------- */

/// 1 iff it is none that was taken already.
static int counts(cut_plant_t *plant, const cut_message_t *message) {
  const uint32_t kind = message->kind, bit = 1u << kind;
  const uint8_t step = (uint8_t)(message->head.counter - plant->last[kind]);
  const int has_last = (plant->has_last & bit) != 0;
  if (has_last && step == 0) {
    plant->stats.repeated_count++;
    return 0;
  }
  if (has_last) plant->stats.missing_count += step - 1u;
  plant->last[kind] = message->head.counter;
  plant->has_last |= bit;
  return 1;
}

static void note(cut_plant_t *plant, const cut_action_t *action) {
  if (plant->action_count == CUT_ACTION_MAX) {
    memmove(&plant->action[0], &plant->action[1], sizeof plant->action - sizeof plant->action[0]);
    plant->action_count--;
    plant->stats.late_count++;
  }
  plant->action[plant->action_count++] = *action;
}

static void take_word(cut_plant_t *plant, const cut_message_t *message) {
  cut_action_t action;
  memset(&action, 0, sizeof action);
  action.is_afe = message->kind == CUT_AFE;
  if (action.is_afe)
    action.afe = message->is.afe;
  else
    action.out = message->is.out;
  action.next_ms = action.is_afe ? action.afe.next_ms : action.out.next_ms;
  const uint8_t flags = action.is_afe ? action.afe.flags : action.out.flags;
  if (is_before(action.next_ms, plant->now_ms)) plant->stats.late_count++;
  note(plant, &action);
  if ((flags & CUT_OUT_IS_DONE) == 0) return;
  if (!is_before(action.next_ms, plant->ecu_next_ms)) plant->ecu_next_ms = action.next_ms;
  for (; plant->app_open_count > 0; plant->app_open_count--) {
    const uint32_t at = plant->app.first + plant->app.count - plant->app_open_count;
    plant->app_due_ms[at % CUT_QUEUE_MAX] = action.next_ms - 1;
  }
}

int cut_plant_next_app(cut_plant_t *plant, can_frame_t *frame) {
  const int is_stamped = plant->app.count > plant->app_open_count;
  const uint32_t due_ms = plant->app_due_ms[plant->app.first];
  if (plant->config.is_stepped && (!is_stamped || is_before(plant->now_ms, due_ms))) return 0;
  if (!is_stamped && plant->app.count > 0) plant->app_open_count--;
  return cut_queue_get(&plant->app, frame);
}

static void take_message(cut_plant_t *plant, const cut_message_t *message) {
  const cut_head_t *head = &message->head;
  if (message->kind == CUT_SYNC || message->kind == CUT_ANSWER) {
    plant->stats.foreign_count++;
    if (say_once(plant, SAID_OTHER_PLANT))
      cut_say(&plant->config.words, "another plant (%04x) is on this bus, allowed one: ignored",
              head->from);
    return;
  }
  if (head->to != plant->config.session) {
    plant->stats.foreign_count++; /* it speaks to another plant, or to one that is no more */
    return;
  }
  if (plant->ecu == 0) {
    if (message->kind == CUT_HELLO) seat(plant, message);
    return;
  }
  if (head->from != plant->ecu) {
    plant->stats.foreign_count++;
    if (say_once(plant, SAID_OTHER_ECU))
      cut_say(&plant->config.words, "a second ECU (%04x) asks, the seat has %04x: ignored",
              head->from, plant->ecu);
    return;
  }
  if (!counts(plant, message)) return;
  plant->heard_us = plant->wall_us;
  if (message->kind == CUT_HELLO)
    send_sync(plant); /* it has not heard that it has the seat */
  else
    take_word(plant, message);
}

static void take_app(cut_plant_t *plant, const can_frame_t *frame) {
  const int32_t found = can_msg_find_id(frame->id, (frame->flags & CAN_FRAME_EXTENDED) != 0);
  const int is_vehicles = found >= 0 && strcmp(can_msg[found].sender, "BMS") != 0;
  if (is_vehicles && !plant->config.vehicle_is_elsewhere) {
    plant->stats.foreign_count++;
    if (say_once(plant, SAID_VEHICLE))
      cut_say(&plant->config.words,
              "somebody else sends %s (0x%03x), which is the plant's: ignored", can_msg[found].name,
              (unsigned)frame->id);
    return;
  }
  if (frame->flags & CAN_FRAME_ERROR) return;
  plant->stats.told_count++;
  cut_queue_put(&plant->app, frame);
  if (plant->app_open_count < CUT_QUEUE_MAX) plant->app_open_count++;
}

void cut_plant_take(cut_plant_t *plant, uint64_t wall_us, const can_frame_t *frame) {
  cut_message_t message;
  plant->wall_us = wall_us;
  if (plant->config.has_no_seat) {
    take_app(plant, frame);
    return;
  }
  switch (cut_take(&plant->rx, frame, &message)) {
  case CUT_RX_FOREIGN:
    take_app(plant, frame);
    break;
  case CUT_RX_MESSAGE:
    take_message(plant, &message);
    break;
  case CUT_RX_VERSION:
    plant->stats.foreign_count++;
    if (say_once(plant, SAID_VERSION))
      cut_say(&plant->config.words,
              "a peer that speaks version %u of the bus cut is ignored, allowed %u",
              plant->rx.version, CUT_VERSION);
    break;
  case CUT_RX_GARBAGE:
    plant->stats.garbage_count++;
    if (say_once(plant, SAID_GARBAGE))
      cut_say(&plant->config.words,
              "garbage with id 0x%03x is ignored (wrong length, order or CRC)",
              (unsigned)frame->id);
    break;
  default:
    break;
  }
}

/* --- ticks ----------------------------------------------------------------------------------- */

/// Frames of the ECU that none of a whole cycle's ticks saw leave the simulated bus: a burst that
/// is on its way is none of them.
static void note_waiting(cut_plant_t *plant) {
  if (plant->tx_waiting < plant->waiting_min) plant->waiting_min = plant->tx_waiting;
  if (plant->now_ms % CUT_CYCLE_ms != 0) return;
  plant->stuck_count =
      plant->waiting_min < CUT_WAITING_MAX ? plant->waiting_min : (uint8_t)CUT_WAITING_MAX;
  plant->waiting_min = UINT8_MAX;
}

void cut_plant_begin(cut_plant_t *plant, uint64_t now_us, const pins_in_t *pins) {
  plant->now_ms = (uint32_t)(now_us / MS_us);
  note_waiting(plant);
  if (plant->answer_is_due) {
    plant->answer_is_due = 0;
    plant->has_answer = 1;
    plant->stats.conversion_count++;
    cut_channels_from_pins(pins, plant->answer_raw);
    send_answer(plant);
  }
  const int is_switched = plant->switches != plant->sync.switches;
  const int is_due_now = plant->now_ms % CUT_CYCLE_ms == 0 || is_switched;
  if (!is_due_now && plant->ecu != 0) return;
  plant->sync.switches = plant->switches;
  plant->sync.time_ms = plant->now_ms; /* who takes the seat begins with this tick */
  plant->sync.pins = *pins;
  plant->has_pins = 1;
  if (is_due_now) send_sync(plant);
}

static int is_conversion(const cut_afe_t *afe) {
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++)
    if (afe->mode[m] != PINS_AFE_IDLE) return afe->slot_begin < afe->slot_end;
  return 0;
}

/// The ECU waits for a sample whose time is over: it gets the next tick's. A conversion that it
/// repeats, and has its answer by now, is none.
static int is_waited_for(const cut_plant_t *plant) {
  for (uint32_t i = 0; i < plant->action_count; i++) {
    const cut_action_t *action = &plant->action[i];
    const int is_answered = plant->has_answer && plant->conversion == action->afe.conversion;
    if (action->is_afe && is_conversion(&action->afe) && !is_answered &&
        !is_before(plant->now_ms, action->next_ms))
      return 1;
  }
  return 0;
}

int cut_plant_is_waiting(const cut_plant_t *plant) {
  return plant->config.is_stepped && plant->ecu != 0 &&
         !is_before(plant->now_ms, plant->ecu_next_ms) && !is_waited_for(plant);
}

void cut_plant_watch(cut_plant_t *plant, uint64_t wall_us) {
  plant->wall_us = wall_us;
  if (plant->ecu != 0 && wall_us > plant->heard_us + plant->config.timeout_ms * (uint64_t)MS_us)
    lose(plant);
  if (wall_us < plant->told_us + CUT_ALIVE_us) return;
  send_sync(plant);
  if (plant->has_answer && plant->ecu != 0) send_answer(plant);
}

void cut_plant_pause(cut_plant_t *plant, int is_paused) {
  if (plant->is_paused == (is_paused != 0)) return;
  plant->is_paused = is_paused != 0;
  send_sync(plant);
}

void cut_plant_leave(cut_plant_t *plant) {
  plant->sync.flags = CUT_FLAG_END;
  send_sync(plant);
}

void cut_plant_slept(cut_plant_t *plant, uint64_t wall_us) {
  plant->wall_us = plant->heard_us = wall_us;
}

/// The conversion samples in the next tick.
static void begin_conversion(cut_plant_t *plant, const cut_afe_t *afe, pins_out_t *pins) {
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    if (afe->mode[m] == PINS_AFE_IDLE) continue;
    pins->afe_mode[m] = afe->mode[m];
    pins->afe_slot_begin[m] = afe->slot_begin;
    pins->afe_slot_end[m] = afe->slot_end;
  }
  pins->afe_slot_us = afe->slot_us;
  plant->conversion = afe->conversion;
  plant->answer_is_due = 1;
  plant->has_answer = 0;
}

/// A conversion that was asked for again is answered again, not made again.
static int was_answered(cut_plant_t *plant, const cut_afe_t *afe) {
  if (!is_conversion(afe) || !plant->has_answer || plant->conversion != afe->conversion) return 0;
  send_answer(plant);
  return 1;
}

static void act(cut_plant_t *plant, const cut_action_t *action, pins_out_t *pins) {
  if (!action->is_afe) {
    plant->coils = action->out.coils;
    plant->switches = action->out.switches;
    plant->fan_permille = action->out.fan_permille;
    return;
  }
  if (was_answered(plant, &action->afe)) return;
  memcpy(plant->bleed_mask, action->afe.bleed_mask, sizeof plant->bleed_mask);
  if (is_conversion(&action->afe)) begin_conversion(plant, &action->afe, pins);
}

/// In their order, as far as they act from the next tick on; one conversion a tick.
static void act_all(cut_plant_t *plant, pins_out_t *pins) {
  uint32_t kept = 0;
  int is_barred = 0;
  for (uint32_t i = 0; i < plant->action_count; i++) {
    const cut_action_t action = plant->action[i];
    const int is_due = !is_before(plant->now_ms + 1, action.next_ms);
    const int must_wait = action.is_afe && plant->answer_is_due && is_conversion(&action.afe);
    is_barred |= !is_due || must_wait;
    if (is_barred)
      plant->action[kept++] = action;
    else
      act(plant, &action, pins);
  }
  plant->action_count = kept;
}

void cut_plant_end(cut_plant_t *plant, pins_out_t *pins, double supply_V) {
  memset(pins, 0, sizeof *pins);
  act_all(plant, pins);
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++)
    pins->coil_V[coil] = plant->coils >> coil & 1 ? supply_V : 0.0;
  pins->fan_duty = plant->fan_permille * 1e-3;
  pins->iso_switch_pos_is_on = plant->switches & 1;
  pins->iso_switch_neg_is_on = plant->switches >> 1 & 1;
  pins->hvil_drive_is_on = plant->switches >> 2 & 1;
  memcpy(pins->bleed_mask, plant->bleed_mask, sizeof pins->bleed_mask);
}

void cut_plant_send(cut_plant_t *plant, const can_frame_t *frame) {
  plant->stats.rest_bus_count++;
  cut_queue_put(&plant->tx, frame);
}
