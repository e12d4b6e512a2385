/// Scenario texts: refused in one line that names the file, or read; of a sweep the first points.
#include "fuzz.h"

#include "../../scenarios/scenario.h"

enum { CHECKED_MAX = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char file[] = "input.json";
  scenario_t *scenario = NULL;
  scenario_error_t error = {.text = ""};
  if (scenario_load_text(file, (const char *)data, size, CHECKED_MAX, &scenario, &error) != 0) {
    FUZZ_HOLDS(scenario == NULL && strstr(error.text, ".json:") != NULL);
    FUZZ_HOLDS(strchr(error.text, '\n') == NULL && strstr(error.text, ": found ") != NULL);
  } else {
    FUZZ_HOLDS(scenario_point_count(scenario) > 0);
  }
  scenario_free(scenario);
  return 0;
}
