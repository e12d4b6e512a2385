/// Memory that begins with a line of the processor's cache: what loops over wide registers read
/// from it never straddles two lines.
///
/// Memory   zeroed; the caller frees it with free()
#ifndef SCENARIOS_LINE_ALLOC_H
#define SCENARIOS_LINE_ALLOC_H

#include <stdlib.h>
#include <string.h>

#include "../sim/simd.h"

/// NULL iff there is no memory.
static inline void *line_alloc(size_t bytes) {
  const size_t whole = (bytes + SIMD_LINE_bytes - 1) / SIMD_LINE_bytes * SIMD_LINE_bytes;
  void *room = aligned_alloc(SIMD_LINE_bytes, whole);
  if (room) memset(room, 0, whole);
  return room;
}

#endif
