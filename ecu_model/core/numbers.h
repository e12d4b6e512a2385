/// Small arithmetic on measured values that several parts of the core share.
///
/// Threads  pure
#ifndef ECU_MODEL_CORE_NUMBERS_H
#define ECU_MODEL_CORE_NUMBERS_H

#include <stdint.h>

/// Without its sign; INT32_MIN is no measured value.
static inline int32_t numbers_magnitude(int32_t value) { return value < 0 ? -value : value; }

#endif
