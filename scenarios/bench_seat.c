/// Sends, takes and translates the frames of a bench file.
#include "bench_seat.h"

#include <math.h>
#include <string.h>

#include "../ecu_model/gen/can_table.h"
#include "../sim/cut_belief.h"
#include "signals.h"

enum { MS_us = 1000, NS_PER_us = 1000, CYCLE_DEFAULT_ms = 100 };

static const uint32_t own_message[BENCH_SEAT_OWN] = {CAN_MSG_BMS_STATUS, CAN_MSG_BMS_LIMITS};

void bench_seat_init(bench_seat_t *seat, const bench_file_t *file, const cut_words_t *words) {
  memset(seat, 0, sizeof *seat);
  seat->file = file;
  seat->words = *words;
}

/* --- to the ECU ------------------------------------------------------------------------------ */

/// The nearest value that the bits hold, and that lies within the DBC's range where it has one.
static int64_t raw_of(const dbc_signal_t *signal, double value) {
  if (isnan(value)) value = 0.0;
  if (signal->minimum < signal->maximum)
    value = fmin(fmax(value, signal->minimum), signal->maximum);
  double raw = (value - signal->offset) / signal->factor;
  if (signal->number == DBC_NUMBER_FLOAT) {
    const float number = (float)raw;
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return (int64_t)bits;
  }
  if (signal->number == DBC_NUMBER_DOUBLE) {
    int64_t bits;
    memcpy(&bits, &raw, sizeof bits);
    return bits;
  }
  const double span = ldexp(1.0, signal->length);
  const double low = signal->is_signed ? -span / 2 : 0.0;
  raw = fmin(fmax(floor(raw + 0.5), low), low + span - 1.0);
  if (raw >= 9223372036854775808.0) return -1; /* all 64 bits, or the nearest double above them */
  return (int64_t)raw;
}

/// Frame number n of a message, n counts from 0.
static void fill(const bench_seat_t *seat, const bench_file_message_t *message, uint64_t n,
                 const hil_t *hil, can_frame_t *frame) {
  const dbc_t *dbc = &seat->file->dbc;
  const dbc_message_t *shape = &dbc->message[message->message];
  memset(frame, 0, sizeof *frame);
  frame->id = shape->id;
  frame->len = shape->len;
  frame->flags =
      (uint8_t)((shape->is_extended ? CAN_FRAME_EXTENDED : 0) | (shape->is_fd ? CAN_FRAME_FD : 0) |
                (shape->is_fd && shape->has_brs ? CAN_FRAME_BRS : 0));
  if (message->selector >= 0)
    dbc_signal_put(&dbc->signal[message->selector], frame->data,
                   message->page[n % message->page_count]);
  for (uint32_t i = 0; i < message->signal_count; i++) {
    const bench_file_signal_t *row = &seat->file->signal[message->first_signal + i];
    const dbc_signal_t *signal = &dbc->signal[row->signal];
    if (!dbc_signal_is_present(dbc, signal, frame->data)) continue;
    const double here =
        row->source < 0 ? 0.0 : signals_read(signals_at((uint32_t)row->source), hil) * row->scale;
    dbc_signal_put(signal, frame->data, raw_of(signal, here + row->offset));
  }
}

/// The checksum as the rule of a guarded message has it.
static uint16_t checksum_of(const bench_seat_t *seat, const bench_file_message_t *message,
                            const uint8_t *data) {
  const dbc_t *dbc = &seat->file->dbc;
  const uint32_t counter =
      message->counter < 0 ? 0
                           : (uint32_t)dbc_signal_raw(&dbc->signal[message->counter], data) & 15u;
  return can_checksum(&message->rule, data, message->checksum_bytes,
                      dbc->message[message->message].len, counter);
}

/// Counter and checksum of frame number n, n counts from 0.
static void guard(const bench_seat_t *seat, const bench_file_message_t *message, uint64_t n,
                  uint8_t *data) {
  const dbc_signal_t *signal = seat->file->dbc.signal;
  if (message->counter >= 0)
    dbc_signal_put(
        &signal[message->counter], data,
        (int64_t)(message->counter_max == UINT64_MAX ? n : n % (message->counter_max + 1)));
  if (message->checksum >= 0)
    dbc_signal_put(&signal[message->checksum], data, checksum_of(seat, message, data));
}

void bench_seat_send(bench_seat_t *seat, hil_t *hil) {
  const uint64_t now_us = hil->now_us;
  for (uint32_t i = 0; i < seat->file->out_count; i++) {
    const bench_file_message_t *message = &seat->file->out[i];
    can_frame_t frame;
    if (now_us < seat->due_us[i]) continue;
    seat->due_us[i] += message->period_us;
    if (seat->due_us[i] <= now_us) seat->due_us[i] = now_us + message->period_us;
    fill(seat, message, seat->sent_count[i], hil, &frame);
    guard(seat, message, seat->sent_count[i]++, frame.data);
    (void)can_mem_send(&hil->bus, HIL_NODE_VCM, now_us * NS_PER_us, &frame);
  }
}

/* --- of the ECU ------------------------------------------------------------------------------ */

/// What is wrong with a frame: checksum, or a counter that stands still.
typedef enum { RIGHT, WRONG_CHECKSUM, WRONG_COUNTER } wrong_t;

static wrong_t wrong_with(const bench_seat_t *seat, const bench_file_message_t *message,
                          const bench_seat_in_t *in, const uint8_t *data) {
  const dbc_signal_t *signal = seat->file->dbc.signal;
  if (message->checksum >= 0) {
    const uint32_t mask = (1u << can_checksum_bits(message->rule.kind)) - 1u;
    const uint32_t found = (uint32_t)dbc_signal_raw(&signal[message->checksum], data) & mask;
    if (found != checksum_of(seat, message, data)) return WRONG_CHECKSUM;
  }
  if (message->counter >= 0 && in->has_data &&
      dbc_signal_raw(&signal[message->counter], data) ==
          dbc_signal_raw(&signal[message->counter], in->data))
    return WRONG_COUNTER;
  return RIGHT;
}

/// What a right frame says; of a multiplexed one, its page.
static void hear(bench_seat_t *seat, const bench_file_message_t *message, const uint8_t *data,
                 uint64_t now_us) {
  const dbc_t *dbc = &seat->file->dbc;
  for (uint32_t i = 0; i < message->signal_count; i++) {
    const uint32_t index = message->first_signal + i;
    const dbc_signal_t *signal = &dbc->signal[seat->file->signal[index].signal];
    if (!dbc_signal_is_present(dbc, signal, data)) continue;
    seat->value[index] = (bench_seat_value_t){
        .theirs = dbc_signal_value(signal, data), .heard_us = now_us, .is_known = 1};
  }
}

int bench_seat_take(bench_seat_t *seat, uint64_t now_us, const can_frame_t *frame) {
  const int is_extended = (frame->flags & CAN_FRAME_EXTENDED) != 0;
  for (uint32_t i = 0; i < seat->file->in_count; i++) {
    const dbc_message_t *shape = &seat->file->dbc.message[seat->file->in[i].message];
    bench_seat_in_t *in = &seat->in[i];
    if (frame->id != shape->id || is_extended != shape->is_extended || frame->len < shape->len)
      continue;
    if (frame->flags & CAN_FRAME_REMOTE) continue;
    const wrong_t wrong = wrong_with(seat, &seat->file->in[i], in, frame->data);
    if (wrong != RIGHT && !in->is_told[wrong])
      cut_say(&seat->words, "bench: %s (0x%03x) has a %s: not taken, said once", shape->name,
              (unsigned)shape->id,
              wrong == WRONG_CHECKSUM ? "wrong checksum" : "counter that stands still");
    in->is_told[wrong] = 1;
    if (wrong != RIGHT) continue;
    in->has_data = 1;
    memcpy(in->data, frame->data, sizeof in->data);
    if (!in->is_alive)
      cut_say(&seat->words, "bench: %s (0x%03x) is heard", shape->name, (unsigned)shape->id);
    in->is_alive = 1;
    in->heard_us = now_us;
    hear(seat, &seat->file->in[i], frame->data, now_us);
  }
  const int32_t own = can_msg_find_id(frame->id, is_extended);
  return own >= 0 && strcmp(can_msg[own].sender, "BMS") == 0;
}

/// Signals whose time is over; a page of its own is told.
static void watch_signals(bench_seat_t *seat, const bench_file_message_t *message, int is_alive,
                          uint64_t now_us) {
  const dbc_t *dbc = &seat->file->dbc;
  for (uint32_t i = 0; i < message->signal_count; i++) {
    const uint32_t index = message->first_signal + i;
    bench_seat_value_t *value = &seat->value[index];
    if (!value->is_known || now_us < value->heard_us + message->timeout_us) continue;
    value->is_known = 0;
    if (is_alive)
      cut_say(&seat->words, "bench: %s.%s is on no page for %llu ms: what it drives is off",
              dbc->message[message->message].name,
              dbc->signal[seat->file->signal[index].signal].name,
              (unsigned long long)(message->timeout_us / MS_us));
  }
}

static void watch(bench_seat_t *seat, uint64_t now_us) {
  for (uint32_t i = 0; i < seat->file->in_count; i++) {
    const bench_file_message_t *message = &seat->file->in[i];
    const dbc_message_t *shape = &seat->file->dbc.message[message->message];
    const int is_over = now_us >= seat->in[i].heard_us + message->timeout_us;
    watch_signals(seat, message, !is_over, now_us);
    if (!seat->in[i].is_alive || !is_over) continue;
    seat->in[i].is_alive = 0;
    cut_say(&seat->words, "bench: %s (0x%03x) is silent for %llu ms: what it drives is off",
            shape->name, (unsigned)shape->id, (unsigned long long)(message->timeout_us / MS_us));
  }
}

/// 1 iff the ECU says it, now; value is what it means here.
static int value_of(const bench_seat_t *seat, uint32_t index, double *value) {
  const bench_file_signal_t *row = &seat->file->signal[index];
  const double theirs = seat->value[index].theirs;
  if (!seat->value[index].is_known) return 0;
  *value = row->pair_count > 0 ? 0.0 : theirs * row->scale + row->offset;
  for (uint32_t i = 0; i < row->pair_count; i++)
    if (row->pair[i][0] == theirs) *value = row->pair[i][1];
  return 1;
}

static void put_own(uint32_t index, double value, uint8_t *data) {
  const can_signal_t *own = &can_signal[index];
  const dbc_signal_t signal = {.start = own->start,
                               .length = own->len,
                               .is_signed = own->is_signed,
                               .is_big_endian = own->is_big_endian,
                               .factor = own->factor,
                               .offset = own->offset};
  dbc_signal_put(&signal, data, raw_of(&signal, value));
}

/// Frames of our own BMS that the ECU's signals fill: as long as it is heard, in their period.
static void tell(bench_seat_t *seat, const hil_guest_io_t *io, const can_frame_t *frame,
                 const uint8_t *is_told) {
  for (uint32_t k = 0; k < BENCH_SEAT_OWN; k++) {
    const can_msg_t *msg = &can_msg[own_message[k]];
    can_frame_t sent = frame[k];
    if (!is_told[k] || io->now_us < seat->own_due_us[k]) continue;
    if (io->out->can_tx_count == BMS_CAN_TX_MAX) continue; /* in the next tick */
    seat->own_due_us[k] =
        io->now_us + (msg->cycle_ms > 0 ? msg->cycle_ms : CYCLE_DEFAULT_ms) * (uint64_t)MS_us;
    sent.id = msg->id;
    sent.len = msg->len;
    sent.flags = msg->flags;
    e2e_protect(&seat->own_tx[k], msg->e2e_data_id, sent.data, sent.len);
    cut_belief_take(io->belief, io->out, &sent);
    io->out->can_tx[io->out->can_tx_count++] = sent;
  }
}

void bench_seat_drive(bench_seat_t *seat, const hil_guest_io_t *io) {
  can_frame_t frame[BENCH_SEAT_OWN];
  uint8_t is_told[BENCH_SEAT_OWN] = {0};
  memset(frame, 0, sizeof frame);
  watch(seat, io->now_us);
  for (uint32_t i = 0; i < seat->file->in_count; i++) {
    const bench_file_message_t *message = &seat->file->in[i];
    for (uint32_t s = 0; s < message->signal_count; s++) {
      const uint32_t index = message->first_signal + s;
      const bench_file_signal_t *row = &seat->file->signal[index];
      double value;
      if (!value_of(seat, index, &value)) continue;
      if (row->target == BENCH_FILE_COIL && value != 0.0) {
        io->pins_out->coil_V[row->coil] = io->pins_in->supply_V;
      } else if (row->target == BENCH_FILE_FAN) {
        io->pins_out->fan_duty = fmin(fmax(value * 0.01, 0.0), 1.0);
      } else if (row->target == BENCH_FILE_FRAME) {
        const uint32_t k = row->own_message == own_message[0] ? 0 : 1;
        is_told[k] = 1;
        put_own(row->own_signal, value, frame[k].data);
      }
    }
  }
  tell(seat, io, frame, is_told);
}
