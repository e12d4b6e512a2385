/// socketcand commands: a frame that is taken is a legal classic one and fits its answer line.
#include "fuzz.h"

#include "../../sim/can/bus.h"
#include "../../sim/can/can_socketcand_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char line[CAN_SOCKETCAND_LINE_CHARS];
  can_frame_t frame;
  if (can_socketcand_parse((const char *)data, size, &frame) != CAN_SOCKETCAND_SEND) return 0;
  FUZZ_HOLDS(bus_frame_is_legal(&frame));
  FUZZ_HOLDS((frame.flags & (CAN_FRAME_FD | CAN_FRAME_REMOTE)) == 0);
  size_t length = can_socketcand_format(line, UINT64_MAX, &frame);
  FUZZ_HOLDS(length < sizeof line && line[length] == '\0' && line[length - 1] == '\n');
  return 0;
}
