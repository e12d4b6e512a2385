/// Datagrams of udp_multicast: what is taken is legal and comes back from what the writer makes.
#include "fuzz.h"

#include "../../sim/can/bus.h"
#include "../../sim/can/can_msgpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint8_t bytes[CAN_MSGPACK_BYTES];
  can_frame_t frame, again;
  if (can_msgpack_read(data, size, &frame) != 0) return 0;
  FUZZ_HOLDS((frame.flags & CAN_FRAME_ERROR) != 0 || bus_frame_is_legal(&frame));
  size_t count = can_msgpack_write(bytes, 1, &frame);
  FUZZ_HOLDS(count <= sizeof bytes && can_msgpack_read(bytes, count, &again) == 0);
  FUZZ_HOLDS(memcmp(&again, &frame, sizeof again) == 0);
  return 0;
}
