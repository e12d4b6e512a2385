/// Signals of the bus: its load and errors, and every signal of the DBC that stands in each frame
/// of its message, in physical units.
#include <math.h>

#include "../ecu_model/gen/can_table.h"
#include "signals_read.h"

enum { GROUP = 100, CHANGE = 0 };

/// Decoded from the newest frame of its message; NaN before the first.
static double newest_value(const signal_t *signal, const hil_t *hil) {
  const hil_last_frame_t *last = &hil->last_frame[signal->offset];
  if (last->count == 0) {
    return (double)NAN;
  }
  return can_signal_decode(&can_signal[signal->index], last->frame.data);
}

static double frame_count(const signal_t *signal, const hil_t *hil) {
  return (double)hil->last_frame[signal->index].count;
}

static void add_bus(void) {
  static const char *const names[] = {"BMS", "VCM", "other"};
  enum { STRIDE = sizeof(can_mem_node_t) };
  signals_add(SIGNALS_FIELD(bus.load_permille, "%", GROUP, 0, 0.1, "share of 100 ms that is busy"),
              "can.bus.load_pct");
  signals_add(SIGNALS_FIELD(bus.error_frame_count, "", CHANGE, 0, 1.0, "error frames so far"),
              "can.bus.error_frames");
  for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    signals_add(SIGNALS_ITEM(bus.node[0].state, STRIDE, i, "", CHANGE, 1.0, "of its controller"),
                "can.node.%s.state", names[i]);
    signals_add(SIGNALS_ITEM(bus.node[0].tec, STRIDE, i, "", CHANGE, 1.0, "transmit errors"),
                "can.node.%s.tec", names[i]);
    signals_add(SIGNALS_ITEM(bus.node[0].rec, STRIDE, i, "", CHANGE, 1.0, "receive errors"),
                "can.node.%s.rec", names[i]);
  }
}

void signals_add_can(void) {
  add_bus();
  for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) {
    signals_add(SIGNALS_CALL(frame_count, m, "", GROUP, 0, "frames seen so far"), "can.%s.count",
                can_msg[m].name);
    for (uint32_t s = 0; s < can_msg[m].signal_count; s++) {
      uint32_t index = can_msg[m].first_signal + s;
      const can_signal_t *signal = &can_signal[index];
      if (signal->page >= 0) {
        continue;
      }
      int is_count = signal->len <= 4;
      signals_row_t row = {.unit = signal->unit,
                           .period_ms = is_count ? CHANGE : GROUP,
                           .read = newest_value,
                           .offset = m,
                           .index = index,
                           .scale = 1.0,
                           .source = {SIGNALS_BYTES(last_frame[0], sizeof(hil_last_frame_t), m)},
                           .help = "newest frame on the bus"};
      signals_add(&row, "can.%s.%s", can_msg[m].name, signal->name);
    }
  }
}
