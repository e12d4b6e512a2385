/// LAWICEL lines: a frame that is taken is a legal classic one and comes back from its own line.
#include "fuzz.h"

#include "../../sim/can/bus.h"
#include "../../sim/can/can_slcan_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char line[CAN_SLCAN_LINE_CHARS];
  can_frame_t frame, again;
  if (can_slcan_parse((const char *)data, size, &frame) != 0) return 0;
  FUZZ_HOLDS(bus_frame_is_legal(&frame) && (frame.flags & CAN_FRAME_FD) == 0);
  size_t length = can_slcan_format(line, &frame, 0, 0);
  FUZZ_HOLDS(length <= sizeof line && line[length - 1] == '\r');
  FUZZ_HOLDS(can_slcan_parse(line, length - 1, &again) == 0);
  FUZZ_HOLDS(memcmp(&again, &frame, sizeof again) == 0);
  FUZZ_HOLDS(can_slcan_format(line, &frame, 1, UINT64_MAX) == length + 4);
  return 0;
}
