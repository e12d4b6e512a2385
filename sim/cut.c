/// The bus cut's messages: bytes, frames, CRC.
#include "cut.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/core/e2e5.h"
#include "../ecu_model/gen/pinout.h"

enum {
  SEGMENT_BYTES = 7,
  SYNC_BYTES = 59,
  ANSWER_BYTES = 62,
  HELLO_BYTES = 10,
  OUT_BYTES = 17,
  AFE_BYTES = 37,
  CRC_BYTES = 2,
  AT_COUNTER = 2,
  AT_VERSION = 3,
  AT_FROM = 4,
  AT_TO = 6,
  DATA_ID = 0x5053, ///< of the first id; an id's own offset is added
  NTC_COUNT = PINS_MODULE_COUNT + 3,
  BLEED_BITS = 18
};

static const double steps_per_V = 1e4, volt_min_V = -0.5;
static const double ntc_pullup_ohm = 10e3, ntc_open_ohm = 1e9;

/* --- bytes ----------------------------------------------------------------------------------- */

typedef struct {
  uint8_t *at;
} writer_t;

typedef struct {
  const uint8_t *at;
} reader_t;

static void put(writer_t *to, uint32_t value, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; i++) *to->at++ = (uint8_t)(value >> 8 * i);
}

static uint32_t get(reader_t *from, uint32_t bytes) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < bytes; i++) value |= (uint32_t)*from->at++ << 8 * i;
  return value;
}

/// Rounded and clipped; not a number is 0.
static uint16_t steps(double value) {
  if (!(value > 0.0)) return 0;
  return value < 65535.0 ? (uint16_t)(value + 0.5) : (uint16_t)65535;
}

static void put_value(writer_t *to, double value, double scale) {
  put(to, steps(value * scale), 2);
}

static double get_value(reader_t *from, double scale) { return get(from, 2) / scale; }

/// A thermistor as the share of the reference that is over it.
static void put_ntc(writer_t *to, double ohm) {
  put(to, ohm > 1e8 ? 65535 : steps(ohm / (ohm + ntc_pullup_ohm) * 65535.0), 2);
}

static double get_ntc(reader_t *from) {
  const double share = get(from, 2) / 65535.0;
  return share < 1.0 ? ntc_pullup_ohm * share / (1.0 - share) : ntc_open_ohm;
}

/* --- messages -------------------------------------------------------------------------------- */

static uint32_t digital_bits(const pins_in_t *pins) {
  uint32_t bits = 0;
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++)
    bits |= (uint32_t)(pins->aux_closed[coil] != 0) << coil;
  bits |= (uint32_t)(pins->hvil_is_closed != 0) << 8 | (uint32_t)(pins->crash_is_signalled != 0)
                                                           << 9;
  bits |= (uint32_t)(pins->ignition_is_on != 0) << 10 | (uint32_t)(pins->kl30c_is_on != 0) << 11;
  return bits | (uint32_t)(pins->charger_is_plugged != 0) << 12;
}

static void take_digital(uint32_t bits, pins_in_t *pins) {
  for (uint32_t coil = 0; coil < PINS_COIL_COUNT; coil++) pins->aux_closed[coil] = bits >> coil & 1;
  pins->hvil_is_closed = bits >> 8 & 1;
  pins->crash_is_signalled = bits >> 9 & 1;
  pins->ignition_is_on = bits >> 10 & 1;
  pins->kl30c_is_on = bits >> 11 & 1;
  pins->charger_is_plugged = bits >> 12 & 1;
}

static void put_pins(writer_t *to, const pins_in_t *pins) {
  put_value(to, pins->current_low_V, 1e4);
  put_value(to, pins->current_high_V, 1e4);
  put_value(to, pins->pack_V, 100.0);
  put_value(to, pins->link_V, 100.0);
  put_value(to, pins->supply_V, 1000.0);
  put_value(to, pins->iso_pos_V, 1e4);
  put_value(to, pins->iso_neg_V, 1e4);
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) put_ntc(to, pins->module_ntc_ohm[m]);
  put_ntc(to, pins->inlet_ntc_ohm);
  put_ntc(to, pins->heater_ntc_ohm[0]);
  put_ntc(to, pins->heater_ntc_ohm[1]);
  put_value(to, pins->fan_tacho_Hz, 100.0);
  put(to, digital_bits(pins), 2);
}

static void get_pins(reader_t *from, pins_in_t *pins) {
  memset(pins, 0, sizeof *pins);
  pins->current_low_V = get_value(from, 1e4);
  pins->current_high_V = get_value(from, 1e4);
  pins->pack_V = get_value(from, 100.0);
  pins->link_V = get_value(from, 100.0);
  pins->supply_V = get_value(from, 1000.0);
  pins->iso_pos_V = get_value(from, 1e4);
  pins->iso_neg_V = get_value(from, 1e4);
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) pins->module_ntc_ohm[m] = get_ntc(from);
  pins->inlet_ntc_ohm = get_ntc(from);
  pins->heater_ntc_ohm[0] = get_ntc(from);
  pins->heater_ntc_ohm[1] = get_ntc(from);
  pins->fan_tacho_Hz = get_value(from, 100.0);
  take_digital(get(from, 2), pins);
}

static void put_sync(writer_t *to, const cut_sync_t *sync) {
  put(to, sync->time_ms, 4);
  put(to, sync->rate_permille, 2);
  put(to, sync->timeout_ms, 2);
  put(to, sync->flags, 1);
  put(to, sync->cycle_ms, 1);
  put(to, sync->switches, 1);
  put_pins(to, &sync->pins);
}

static int get_sync(reader_t *from, cut_sync_t *sync) {
  sync->time_ms = get(from, 4);
  sync->rate_permille = (uint16_t)get(from, 2);
  sync->timeout_ms = (uint16_t)get(from, 2);
  sync->flags = (uint8_t)get(from, 1);
  sync->cycle_ms = (uint8_t)get(from, 1);
  sync->switches = (uint8_t)get(from, 1);
  get_pins(from, &sync->pins);
  return sync->rate_permille > 0 && sync->timeout_ms > 0 && sync->cycle_ms > 0;
}

static void put_answer(writer_t *to, const cut_answer_t *answer) {
  put(to, answer->conversion, 1);
  put(to, answer->part, 1);
  for (uint32_t i = 0; i < CUT_PART_VALUES; i++) put(to, answer->volt_raw[i], 2);
}

static int get_answer(reader_t *from, cut_answer_t *answer) {
  answer->conversion = (uint8_t)get(from, 1);
  answer->part = (uint8_t)get(from, 1);
  for (uint32_t i = 0; i < CUT_PART_VALUES; i++) answer->volt_raw[i] = (uint16_t)get(from, 2);
  return answer->part < CUT_PART_COUNT;
}

static void put_out(writer_t *to, const cut_out_t *out) {
  put(to, out->next_ms, 4);
  put(to, out->flags, 1);
  put(to, out->coils, 1);
  put(to, out->switches, 1);
  put(to, out->fan_permille, 2);
}

static int get_out(reader_t *from, cut_out_t *out) {
  out->next_ms = get(from, 4);
  out->flags = (uint8_t)get(from, 1);
  out->coils = (uint8_t)get(from, 1);
  out->switches = (uint8_t)get(from, 1);
  out->fan_permille = (uint16_t)get(from, 2);
  return out->coils < 1 << PINS_COIL_COUNT && out->fan_permille <= 1000;
}

static void put_afe(writer_t *to, const cut_afe_t *afe) {
  uint32_t modes = 0;
  uint8_t bleed[PINS_MODULE_COUNT * BLEED_BITS / 8] = {0};
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    modes |= (uint32_t)(afe->mode[m] & 3u) << 2 * m;
    for (uint32_t bit = 0; bit < BLEED_BITS; bit++) {
      const uint32_t at = m * BLEED_BITS + bit;
      bleed[at / 8] |= (uint8_t)((afe->bleed_mask[m] >> bit & 1u) << at % 8);
    }
  }
  put(to, afe->next_ms, 4);
  put(to, afe->conversion, 1);
  put(to, afe->flags, 1);
  put(to, afe->slot_us, 2);
  put(to, modes, 2);
  put(to, (uint32_t)(afe->slot_begin & 15u) | (uint32_t)(afe->slot_end & 15u) << 4, 1);
  for (uint32_t i = 0; i < sizeof bleed; i++) put(to, bleed[i], 1);
}

static int get_afe(reader_t *from, cut_afe_t *afe) {
  afe->next_ms = get(from, 4);
  afe->conversion = (uint8_t)get(from, 1);
  afe->flags = (uint8_t)get(from, 1);
  afe->slot_us = (uint16_t)get(from, 2);
  const uint32_t modes = get(from, 2), slots = get(from, 1);
  afe->slot_begin = slots & 15;
  afe->slot_end = (uint8_t)(slots >> 4);
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    afe->mode[m] = modes >> 2 * m & 3;
    afe->bleed_mask[m] = 0;
    for (uint32_t bit = 0; bit < BLEED_BITS; bit++) {
      const uint32_t at = m * BLEED_BITS + bit;
      afe->bleed_mask[m] |= (uint32_t)(from->at[at / 8] >> at % 8 & 1) << bit;
    }
  }
  return afe->slot_begin <= afe->slot_end && afe->slot_end <= PINS_SLOT_COUNT &&
         afe->slot_us <= 60000;
}

/// Bytes of a kind, 0 iff there is no such kind.
static uint32_t bytes_of(uint32_t offset) {
  static const uint8_t bytes[CUT_ID_LAST - CUT_ID_FIRST + 1] = {
      SYNC_BYTES, ANSWER_BYTES, ANSWER_BYTES, ANSWER_BYTES, ANSWER_BYTES, 0, 0,
      0,          HELLO_BYTES,  OUT_BYTES,    AFE_BYTES};
  return offset < sizeof bytes ? bytes[offset] : 0;
}

static uint8_t legal_len(uint32_t bytes) {
  static const uint8_t legal[] = {8, 12, 16, 20, 24, 32, 48, 64};
  uint32_t i = 0;
  while (legal[i] < bytes) i++;
  return legal[i];
}

/* --- frames ---------------------------------------------------------------------------------- */

static void put_body(writer_t *to, const cut_message_t *message) {
  switch (message->kind) {
  case CUT_SYNC:
    put_sync(to, &message->is.sync);
    break;
  case CUT_ANSWER:
    put_answer(to, &message->is.answer);
    break;
  case CUT_HELLO:
    put(to, message->is.hello.reset_cause, 1);
    put(to, message->is.hello.is_fd, 1);
    break;
  case CUT_OUT:
    put_out(to, &message->is.out);
    break;
  default:
    put_afe(to, &message->is.afe);
    break;
  }
}

uint32_t cut_pack(const cut_message_t *message, int is_fd, can_frame_t frame[CUT_FRAME_MAX]) {
  uint8_t bytes[CUT_MESSAGE_BYTES + SEGMENT_BYTES] = {0};
  const uint32_t part = message->kind == CUT_ANSWER ? message->is.answer.part : 0;
  const uint32_t offset = (uint32_t)message->kind + part, count = bytes_of(offset);
  writer_t to = {bytes + AT_COUNTER};
  put(&to, message->head.counter, 1);
  put(&to, CUT_VERSION, 1);
  put(&to, message->head.from, 2);
  put(&to, message->head.to, 2);
  put_body(&to, message);
  const uint16_t crc = e2e5_crc((uint16_t)(DATA_ID + offset), bytes, count);
  bytes[0] = (uint8_t)crc;
  bytes[1] = (uint8_t)(crc >> 8);
  if (is_fd) {
    memset(&frame[0], 0, sizeof frame[0]);
    frame[0].id = CUT_ID_FIRST + offset;
    frame[0].flags = CAN_FRAME_FD | CAN_FRAME_BRS;
    frame[0].len = legal_len(count);
    memcpy(frame[0].data, bytes, count);
    return 1;
  }
  const uint32_t frames = (count + SEGMENT_BYTES - 1) / SEGMENT_BYTES;
  for (uint32_t i = 0; i < frames; i++) {
    memset(&frame[i], 0, sizeof frame[i]);
    frame[i].id = CUT_ID_FIRST + offset;
    frame[i].len = 8;
    frame[i].data[0] = (uint8_t)((message->head.counter & 15u) << 4 | i);
    memcpy(frame[i].data + 1, bytes + i * SEGMENT_BYTES, SEGMENT_BYTES);
  }
  return frames;
}

static cut_rx_status_t take_whole(cut_rx_t *rx, uint32_t offset, const uint8_t *bytes,
                                  cut_message_t *message) {
  const uint32_t count = bytes_of(offset);
  const uint16_t crc = e2e5_crc((uint16_t)(DATA_ID + offset), bytes, count);
  int is_right;
  if (bytes[0] != (uint8_t)crc || bytes[1] != crc >> 8) return CUT_RX_GARBAGE;
  rx->version = bytes[AT_VERSION];
  if (rx->version != CUT_VERSION) return CUT_RX_VERSION;
  memset(message, 0, sizeof *message);
  reader_t from = {bytes + AT_FROM};
  message->head.counter = bytes[AT_COUNTER];
  message->head.from = (uint16_t)get(&from, 2);
  message->head.to = (uint16_t)get(&from, 2);
  const int is_answer = offset >= CUT_ANSWER && offset < CUT_ANSWER + CUT_PART_COUNT;
  message->kind = is_answer ? CUT_ANSWER : (cut_kind_t)offset;
  switch (message->kind) {
  case CUT_SYNC:
    is_right = get_sync(&from, &message->is.sync);
    break;
  case CUT_ANSWER:
    is_right =
        get_answer(&from, &message->is.answer) && message->is.answer.part == offset - CUT_ANSWER;
    break;
  case CUT_HELLO:
    message->is.hello.reset_cause = (uint8_t)get(&from, 1);
    message->is.hello.is_fd = (uint8_t)get(&from, 1);
    is_right = 1;
    break;
  case CUT_OUT:
    is_right = get_out(&from, &message->is.out);
    break;
  default:
    is_right = get_afe(&from, &message->is.afe);
    break;
  }
  return is_right && message->head.from != 0 ? CUT_RX_MESSAGE : CUT_RX_GARBAGE;
}

/// A frame of 8 bytes: segments come in order, all with one counter.
static cut_rx_status_t take_segment(cut_rx_t *rx, uint32_t offset, const can_frame_t *frame,
                                    cut_message_t *message) {
  cut_segments_t *segments = &rx->segments[offset];
  const uint32_t place = frame->data[0] & 15u, nibble = frame->data[0] >> 4;
  const uint32_t frames = (bytes_of(offset) + SEGMENT_BYTES - 1) / SEGMENT_BYTES;
  if (frame->len != 8 || place >= frames) return CUT_RX_GARBAGE;
  if (place == 0) {
    segments->frame_count = 0;
    segments->nibble = (uint8_t)nibble;
  }
  if (place != segments->frame_count || nibble != segments->nibble) {
    const int was_begun = segments->frame_count > 0;
    segments->frame_count = 0; /* the rest of it is told once, as one loss */
    return was_begun ? CUT_RX_GARBAGE : CUT_RX_MORE;
  }
  memcpy(segments->bytes + place * SEGMENT_BYTES, frame->data + 1, SEGMENT_BYTES);
  segments->frame_count++;
  if (segments->frame_count < frames) return CUT_RX_MORE;
  segments->frame_count = 0;
  return take_whole(rx, offset, segments->bytes, message);
}

cut_rx_status_t cut_take(cut_rx_t *rx, const can_frame_t *frame, cut_message_t *message) {
  if (!cut_is_of(frame)) return CUT_RX_FOREIGN;
  const uint32_t offset = frame->id - CUT_ID_FIRST, count = bytes_of(offset);
  if (count == 0 || (frame->flags & (CAN_FRAME_REMOTE | CAN_FRAME_ERROR)) != 0)
    return CUT_RX_GARBAGE;
  rx->is_fd = (frame->flags & CAN_FRAME_FD) != 0;
  if (!rx->is_fd) return take_segment(rx, offset, frame, message);
  if (frame->len != legal_len(count)) return CUT_RX_GARBAGE;
  return take_whole(rx, offset, frame->data, message);
}

/* --- channels -------------------------------------------------------------------------------- */

void cut_channels_from_pins(const pins_in_t *pins, uint16_t volt_raw[CUT_CHANNEL_COUNT]) {
  uint32_t at = 0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    const double *input_V = &pins->afe_input_V[pinout_module[m].first_wire];
    for (uint32_t n = 1; n < pinout_module[m].wire_count; n++)
      volt_raw[at++] = steps((input_V[n] - input_V[n - 1] - volt_min_V) * steps_per_V);
  }
}

void cut_channels_to_pins(const uint16_t volt_raw[CUT_CHANNEL_COUNT], pins_in_t *pins) {
  uint32_t at = 0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    double *input_V = &pins->afe_input_V[pinout_module[m].first_wire];
    input_V[0] = 0.0;
    for (uint32_t n = 1; n < pinout_module[m].wire_count; n++)
      input_V[n] = input_V[n - 1] + (volt_raw[at++] / steps_per_V + volt_min_V);
  }
}

/* --- queue and words ------------------------------------------------------------------------- */

void cut_queue_put(cut_queue_t *queue, const can_frame_t *frame) {
  if (queue->count == CUT_QUEUE_MAX) {
    queue->first = (queue->first + 1) % CUT_QUEUE_MAX;
    queue->count--;
    queue->lost_count++;
  }
  queue->frame[(queue->first + queue->count++) % CUT_QUEUE_MAX] = *frame;
}

int cut_queue_get(cut_queue_t *queue, can_frame_t *frame) {
  if (queue->count == 0) return 0;
  *frame = queue->frame[queue->first];
  queue->first = (queue->first + 1) % CUT_QUEUE_MAX;
  queue->count--;
  return 1;
}

void cut_say(const cut_words_t *words, const char *format, ...) {
  char text[200];
  va_list arguments;
  if (words->line == NULL) return;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  words->line(words->user, text);
}
