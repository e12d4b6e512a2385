/// Histogram of lateness in buckets that grow with the value.
#include "lateness.h"

enum { PARTS = 64, PART_BITS = 6, ALL = 10000 };

/// 0..63 have a bucket each; above, the bits behind the first one choose among 64.
static uint32_t bucket_of(uint64_t value) {
  uint32_t bits = PART_BITS;
  if (value < PARTS) return (uint32_t)value;
  while (bits < 63 && value >> (bits + 1) != 0) bits++;
  const uint32_t part = (uint32_t)(value >> (bits - PART_BITS)) & (PARTS - 1u);
  const uint32_t at = (bits - PART_BITS + 1) * PARTS + part;
  return at < LATENESS_BUCKETS ? at : LATENESS_BUCKETS - 1;
}

static uint64_t end_of(uint32_t bucket) {
  if (bucket < PARTS) return bucket;
  const uint32_t shift = bucket / PARTS - 1;
  return ((uint64_t)(PARTS + bucket % PARTS + 1) << shift) - 1;
}

void lateness_add(lateness_t *lateness, uint64_t late_us) {
  lateness->count++;
  lateness->bucket[bucket_of(late_us)]++;
  if (late_us > lateness->max_us) lateness->max_us = late_us;
}

uint64_t lateness_percentile_us(const lateness_t *lateness, uint32_t permyriad) {
  const uint64_t wanted = (lateness->count * permyriad + ALL - 1) / ALL;
  uint64_t seen = 0;
  for (uint32_t i = 0; i < LATENESS_BUCKETS; i++) {
    seen += lateness->bucket[i];
    if (seen < wanted || seen == 0) continue;
    return end_of(i) < lateness->max_us ? end_of(i) : lateness->max_us;
  }
  return lateness->max_us;
}
