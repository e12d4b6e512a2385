/// Frame text (123#1122): what is taken is legal, and comes back from the log line it makes.
#include "fuzz.h"

#include "../../sim/can/bus.h"
#include "../../sim/can/candump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[256], line[CANDUMP_LINE_CHARS], error[CANDUMP_ERROR_CHARS];
  can_frame_t frame;
  candump_entry_t entry;
  if (size >= sizeof text) return 0;
  memcpy(text, data, size);
  text[size] = '\0';
  if (candump_frame(text, &frame, error) != 0) {
    FUZZ_HOLDS(strlen(error) < sizeof error && strchr(error, '\n') == NULL);
    return 0;
  }
  FUZZ_HOLDS(bus_frame_is_legal(&frame));
  size_t length = candump_format(line, 1, "can0", &frame);
  candump_reader_t reader = {.at = line, .end = line + length};
  FUZZ_HOLDS(candump_next(&reader, &entry) == CANDUMP_OK);
  FUZZ_HOLDS(memcmp(&entry.frame, &frame, sizeof frame) == 0);
  return 0;
}
