/// candump logs: the reader gets to the end of any text, and every frame that it gives is legal.
#include "fuzz.h"

#include "../../sim/can/bus.h"
#include "../../sim/can/candump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  candump_reader_t reader = {.at = (const char *)data, .end = (const char *)data + size};
  candump_entry_t entry;
  candump_status_t status;
  uint32_t line = 0;
  while ((status = candump_next(&reader, &entry)) != CANDUMP_END) {
    FUZZ_HOLDS(reader.line > line && reader.line <= size + 1);
    line = reader.line;
    if (status != CANDUMP_OK) continue;
    FUZZ_HOLDS(bus_frame_is_legal(&entry.frame));
    FUZZ_HOLDS(strlen(entry.bus) < sizeof entry.bus);
  }
  return 0;
}
