/// Scenario files: refused in one line that names the file, or read, and read the same again.
#include "fuzz.h"

#include <unistd.h>

#include "../../scenarios/scenario.h"

static void write_file(const char *file, const uint8_t *data, size_t size) {
  FILE *stream = fopen(file, "wb");
  FUZZ_HOLDS(stream != NULL && fwrite(data, 1, size, stream) == size && fclose(stream) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char file[64];
  scenario_t *scenario = NULL;
  scenario_error_t error = {.text = ""};
  snprintf(file, sizeof file, "/tmp/packsim_fuzz_%ld.json", (long)getpid());
  write_file(file, data, size);
  if (scenario_load(file, &scenario, &error) != 0) {
    FUZZ_HOLDS(scenario == NULL && error.text[0] != '\0');
    FUZZ_HOLDS(strchr(error.text, '\n') == NULL);
  } else {
    FUZZ_HOLDS(scenario_point_count(scenario) > 0);
  }
  scenario_free(scenario);
  unlink(file);
  return 0;
}
