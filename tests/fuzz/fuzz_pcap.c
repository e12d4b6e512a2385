/// pcap files: the reader gets to the end, and what it gives comes back from what the writer makes.
#include "fuzz.h"

#include "../../sim/can/bus.h"
#include "../../sim/can/pcap.h"

static void check_frame(uint64_t time_us, const can_frame_t *frame) {
  uint8_t file[PCAP_HEADER_BYTES + PCAP_PACKET_BYTES];
  pcap_reader_t reader;
  can_frame_t again;
  uint64_t again_us;
  pcap_write_header(file);
  size_t count = PCAP_HEADER_BYTES + pcap_write(file + PCAP_HEADER_BYTES, time_us, frame);
  FUZZ_HOLDS(count <= sizeof file && pcap_open(&reader, file, count) == PCAP_OK);
  FUZZ_HOLDS(pcap_next(&reader, &again_us, &again) == PCAP_OK && again_us == time_us);
  FUZZ_HOLDS(memcmp(&again, frame, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  pcap_reader_t reader;
  can_frame_t frame;
  uint64_t time_us;
  pcap_status_t status = pcap_open(&reader, data, size);
  if (status != PCAP_OK) return 0;
  uint32_t count = 0;
  while ((status = pcap_next(&reader, &time_us, &frame)) != PCAP_END) {
    FUZZ_HOLDS(++count <= size);
    if (status != PCAP_OK) continue;
    FUZZ_HOLDS((frame.flags & CAN_FRAME_ERROR) != 0 || bus_frame_is_legal(&frame));
    check_frame(time_us, &frame);
  }
  return 0;
}
