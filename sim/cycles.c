/// The index of built-in drive cycles.
#include "cycles.h"

#include <stddef.h>
#include <string.h>

#define CYCLE(id, text)                                                                            \
  {                                                                                                \
    .name = #id, .source = (text), .speed_mps = cycles_##id##_mps,                                 \
    .sample_count = sizeof cycles_##id##_mps / sizeof cycles_##id##_mps[0]                         \
  }

static const cycle_t cycle[] = {
    CYCLE(udds, "EPA 40 CFR Part 86 Appendix I"),
    CYCLE(us06, "EPA 40 CFR Part 86 Appendix I"),
    CYCLE(hwfet, "EPA 40 CFR Part 600 Appendix I"),
    CYCLE(la92, "EPA/CARB Unified Driving Schedule"),
    CYCLE(wltc3b, "UNECE GTR 15, class 3b"),
    CYCLE(sc03, "EPA 40 CFR Part 86 Appendix I"),
    CYCLE(ftp75, "EPA 40 CFR Part 86 without the soak"),
    CYCLE(nedc, "UNECE Regulation 83"),
};

const cycle_t *cycle_at(uint32_t index) {
  return index < sizeof cycle / sizeof cycle[0] ? &cycle[index] : NULL;
}

const cycle_t *cycle_find(const char *name) {
  for (uint32_t i = 0; cycle_at(i); i++)
    if (strcmp(cycle[i].name, name) == 0) return &cycle[i];
  return NULL;
}
