/// How late a real-time loop was: a histogram of its wake-ups.
///
/// Model    buckets grow with the value: a 64th of a power of two, so a percentile is at most
///          1.6 % above the true one
/// Units    us
/// Memory   plain value; all zero is empty
#ifndef SCENARIOS_LATENESS_H
#define SCENARIOS_LATENESS_H

#include <stdint.h>

enum { LATENESS_BUCKETS = 64 * 32 };

typedef struct {
  uint64_t count, max_us;
  uint64_t bucket[LATENESS_BUCKETS];
} lateness_t;

void lateness_add(lateness_t *lateness, uint64_t late_us);

/// What permyriad of 10000 wake-ups did not exceed, as the upper end of its bucket, at most max_us;
/// 0 iff it is empty.
uint64_t lateness_percentile_us(const lateness_t *lateness, uint32_t permyriad);

#endif
