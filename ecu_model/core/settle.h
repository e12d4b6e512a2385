/// Where a reading that approaches its end exponentially will come to rest, without waiting for it.
///
/// Model    means of equal windows, as shares of the pack voltage of the same window. Three windows
///          a b c with the differences d1 = b - a, d2 = c - b end at c + d2^2 / (d1 - d2). When
///          that is not sure enough, windows are merged in pairs and grow to twice their length
/// Units    shares are scaled to SETTLE_ONE; codes end in _raw
/// Memory   plain value, part of bms_t
#ifndef ECU_MODEL_CORE_SETTLE_H
#define ECU_MODEL_CORE_SETTLE_H

#include <stdint.h>

enum {
  SETTLE_ONE = 1 << 20,
  SETTLE_BASE_ms = 80, ///< the shortest window: eight periods of a 100 Hz ripple
  SETTLE_JUDGED_count = 3,
  SETTLE_WINDOW_MAX = 6,
  SETTLE_LEVEL_MAX = 3, ///< windows of 80, 160, 320, 640 ms: an end within 1.92 s
  SETTLE_STILL = 100, ///< a third of an LSB at 400 V: nothing moves, or nothing is left to move
  SETTLE_AGREE = 2048 ///< 0.2 %: two levels that name the same end
};

typedef struct {
  uint32_t own_raw, pack_raw; ///< sums of the present window
  uint32_t share[SETTLE_WINDOW_MAX]; ///< of the windows since the last merge
  uint32_t earlier; ///< end that the level before has named
  uint32_t pack_mean_raw; ///< of the window before, times 16; 0: none
  uint32_t end; ///< what has been named last
  uint16_t window_ms; ///< in the present window
  uint8_t count; ///< complete windows
  uint8_t level, first_level; ///< windows are SETTLE_BASE_ms << level long
  uint8_t has_earlier;
  uint8_t try_count; ///< courses that were disturbed
  uint8_t padding[1];
} settle_t;

typedef enum {
  SETTLE_RUNNING,
  SETTLE_DONE, ///< end is sure
  SETTLE_ESTIMATE, ///< end is the best guess so far
  SETTLE_DISTURBED ///< the pack voltage moved or the course is no exponential: begun again
} settle_status_t;

void settle_init(settle_t *settle);

/// A new course, with windows of that level. What the pack's mean was stays known.
void settle_begin(settle_t *settle, uint32_t level);

/// One millisecond: own against pack, the pack's code multiplied by scale / SETTLE_ONE. The pack
/// must not be 0.
settle_status_t settle_add(settle_t *settle, uint32_t own_raw, uint32_t pack_raw, uint32_t scale);

#endif
