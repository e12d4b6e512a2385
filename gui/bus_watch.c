/// Table of the frames that passed: see bus_watch.h.
#include "bus_watch.h"

#include <math.h>
#include <string.h>

enum { LOAD_us = 100000 };

static const float NEW_SHARE = 0.125f, LATE_CYCLES = 1.5f, NS_PER_MS = 1e6f;

void bus_watch_init(bus_watch_t *watch, view_bus_t *bus) {
  memset(watch, 0, sizeof *watch);
  memset(bus, 0, sizeof *bus);
  for (uint32_t i = 0; i < CAN_MSG_COUNT; i++) e2e_rx_init(&watch->e2e[i]);
  for (uint32_t i = 0; i < CAN_SIGNAL_COUNT; i++) bus->signal_value[i] = (float)NAN;
}

/// Order of the table: the arbitration's, standard ids before extended ones.
static uint64_t key_of(const can_frame_t *frame) {
  return ((uint64_t)((frame->flags & CAN_FRAME_EXTENDED) != 0) << 32) | frame->id;
}

/// Row of an id, made if it is new; NULL iff there is no room.
static view_frame_t *row_of(view_bus_t *bus, const can_frame_t *frame) {
  uint32_t at = 0;
  while (at < bus->id_count && key_of(&bus->frame[at].frame) < key_of(frame)) at++;
  if (at < bus->id_count && key_of(&bus->frame[at].frame) == key_of(frame)) return &bus->frame[at];
  if (bus->id_count == VIEW_FRAME_ID_MAX) {
    bus->lost_id_count++;
    return NULL;
  }
  memmove(&bus->frame[at + 1], &bus->frame[at], (bus->id_count - at) * sizeof bus->frame[0]);
  bus->id_count++;
  view_frame_t *row = &bus->frame[at];
  memset(row, 0, sizeof *row);
  int32_t message = can_msg_find_id(frame->id, (frame->flags & CAN_FRAME_EXTENDED) != 0);
  row->message = message >= 0 ? (uint16_t)message : (uint16_t)CAN_MSG_COUNT;
  return row;
}

static void note_period(view_frame_t *row, uint64_t time_ns) {
  float period_ms = (float)(time_ns - row->time_ns) / NS_PER_MS;
  if (row->count == 1) {
    row->period_ms = row->period_min_ms = row->period_max_ms = period_ms;
  } else {
    row->period_ms += (period_ms - row->period_ms) * NEW_SHARE;
    row->period_min_ms = fminf(row->period_min_ms, period_ms);
    row->period_max_ms = fmaxf(row->period_max_ms, period_ms);
  }
  if (row->message == CAN_MSG_COUNT) return;
  float cycle_ms = (float)can_msg[row->message].cycle_ms;
  row->late_count += cycle_ms > 0.0f && period_ms > LATE_CYCLES * cycle_ms;
}

static int is_right(bus_watch_t *watch, uint16_t message, const can_frame_t *frame) {
  const can_msg_t *msg = &can_msg[message];
  if (frame->len < msg->len) return 0;
  if (msg->e2e_data_id == 0) return 1;
  e2e_status_t status =
      frame->len > E2E_BYTES_MAX
          ? e2e5_check(&watch->e2e5[message], msg->e2e_data_id, frame->data, frame->len)
          : e2e_check(&watch->e2e[message], msg->e2e_data_id, frame->data, frame->len);
  return e2e_is_ok(status) || status == E2E_INITIAL;
}

/// The page that a frame shows, -1 iff its message has none.
static int64_t page_of(const can_msg_t *msg, const can_frame_t *frame) {
  for (uint32_t i = 0; i < msg->signal_count; i++) {
    const can_signal_t *signal = &can_signal[msg->first_signal + i];
    if (signal->is_mux) return can_signal_raw(signal, frame->data);
  }
  return -1;
}

static void decode(view_bus_t *bus, uint16_t message, const can_frame_t *frame) {
  const can_msg_t *msg = &can_msg[message];
  if (frame->len < msg->len) return;
  int64_t page = page_of(msg, frame);
  for (uint32_t i = 0; i < msg->signal_count; i++) {
    uint32_t index = (uint32_t)msg->first_signal + i;
    const can_signal_t *signal = &can_signal[index];
    if (signal->page >= 0 && signal->page != page) continue;
    bus->signal_value[index] = (float)can_signal_decode(signal, frame->data);
  }
}

void bus_watch_frame(bus_watch_t *watch, view_bus_t *bus, const can_mem_rx_t *rx) {
  view_frame_t *row = row_of(bus, &rx->frame);
  bus->frame_count++;
  if (row == NULL) return;
  if (row->count > 0) {
    note_period(row, rx->time_ns);
  } else {
    row->first_ns = rx->time_ns;
  }
  row->count++;
  row->frame = rx->frame;
  row->time_ns = rx->time_ns;
  row->node = rx->node;
  if (row->message == CAN_MSG_COUNT) return;
  row->wrong_count += !is_right(watch, row->message, &rx->frame);
  decode(bus, row->message, &rx->frame);
}

void bus_watch_tick(view_bus_t *bus, const hil_t *hil) {
  if (hil->now_us % LOAD_us != 0) return;
  bus->load_pct = (float)can_mem_load_permille(&hil->bus) / 10.0f;
  memmove(&bus->load_past_pct[0], &bus->load_past_pct[1],
          (VIEW_LOAD_MAX - 1) * sizeof bus->load_past_pct[0]);
  bus->load_past_pct[VIEW_LOAD_MAX - 1] = bus->load_pct;
}
