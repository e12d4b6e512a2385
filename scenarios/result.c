/// Words for results: see result.h.
#include "result.h"

const char *verdict_text(verdict_t verdict) {
  static const char *const text[] = {"pass", "fail", "inconclusive", "error", "skipped"};
  return (unsigned)verdict < sizeof text / sizeof text[0] ? text[verdict] : "?";
}
