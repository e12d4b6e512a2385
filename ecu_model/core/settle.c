/// Windows, their merging, and the verdict over three of them.
#include "settle.h"

#include <string.h>

enum {
  MEAN_SCALE = 16,
  PACK_MOVE_SHARE = 256, /* the pack may move by 0.4 % from one window to the next */
  RATIO_NUMERATOR = 31, /* of two differences, over 32: slower is not extrapolated */
  RATIO_SHIFT = 5,
  LONG_EVERY = 4
};

void settle_init(settle_t *settle) { memset(settle, 0, sizeof *settle); }

void settle_begin(settle_t *settle, uint32_t level) {
  uint32_t pack_mean_raw = settle->pack_mean_raw;
  memset(settle, 0, sizeof *settle);
  settle->pack_mean_raw = pack_mean_raw;
  settle->level = settle->first_level = (uint8_t)level;
}

/// Now and then with the longest windows, in which a fast ripple averages out.
static settle_status_t begin_again(settle_t *settle) {
  uint32_t try_count = settle->try_count + 1u;
  settle_begin(settle, try_count % LONG_EVERY == 0 ? SETTLE_LEVEL_MAX : 0);
  settle->try_count = (uint8_t)try_count;
  return SETTLE_DISTURBED;
}

static uint32_t magnitude(int32_t value) { return (uint32_t)(value < 0 ? -value : value); }

/// The end of three windows; 0 iff they are no part of an exponential that falls fast enough.
static int extrapolate(const uint32_t *share, uint32_t *end) {
  int32_t first = (int32_t)share[1] - (int32_t)share[0];
  int32_t second = (int32_t)share[2] - (int32_t)share[1];
  *end = share[2];
  if (magnitude(first) <= SETTLE_STILL && magnitude(second) <= SETTLE_STILL) return 1;
  if (magnitude(second) > magnitude(first) * RATIO_NUMERATOR >> RATIO_SHIFT) return 0;
  if ((first < 0) != (second < 0) && magnitude(second) > SETTLE_STILL) return 0;
  int64_t left = (int64_t)second * second / (first - second);
  int64_t value = (int64_t)share[2] + left;
  if (value < 0) value = 0;
  *end = value > SETTLE_ONE ? (uint32_t)SETTLE_ONE : (uint32_t)value;
  return 1;
}

static settle_status_t judge(settle_t *settle) {
  uint32_t end;
  if (!extrapolate(settle->share, &end)) {
    settle->has_earlier = 0;
    return settle->level < SETTLE_LEVEL_MAX ? SETTLE_RUNNING : begin_again(settle);
  }
  int is_still = magnitude((int32_t)end - (int32_t)settle->share[2]) <= SETTLE_STILL;
  int agrees =
      settle->has_earlier && magnitude((int32_t)end - (int32_t)settle->earlier) <= SETTLE_AGREE;
  settle->end = settle->earlier = end;
  settle->has_earlier = 1;
  return is_still || agrees ? SETTLE_DONE : SETTLE_ESTIMATE;
}

static void merge(settle_t *settle) {
  for (uint32_t i = 0; i < SETTLE_JUDGED_count; i++)
    settle->share[i] = (settle->share[2 * i] + settle->share[2 * i + 1]) / 2;
  settle->count = SETTLE_JUDGED_count;
  settle->level++;
}

/// Means of the pack in this window and the one before lie close together.
static int pack_is_calm(settle_t *settle) {
  uint32_t before = settle->pack_mean_raw;
  uint32_t mean = settle->pack_raw * MEAN_SCALE / settle->window_ms;
  settle->pack_mean_raw = mean;
  return before == 0 || magnitude((int32_t)mean - (int32_t)before) <= mean / PACK_MOVE_SHARE;
}

static settle_status_t close_window(settle_t *settle, uint32_t scale) {
  int is_calm = pack_is_calm(settle);
  uint64_t whole = (uint64_t)settle->pack_raw * scale;
  settle->share[settle->count++] = (uint32_t)(((uint64_t)settle->own_raw << 40) / whole);
  settle->own_raw = settle->pack_raw = 0;
  settle->window_ms = 0;
  if (!is_calm) return begin_again(settle);
  if (settle->count == SETTLE_WINDOW_MAX)
    merge(settle);
  else if (settle->level > settle->first_level || settle->count != SETTLE_JUDGED_count)
    return SETTLE_RUNNING;
  return judge(settle);
}

settle_status_t settle_add(settle_t *settle, uint32_t own_raw, uint32_t pack_raw, uint32_t scale) {
  settle->own_raw += own_raw;
  settle->pack_raw += pack_raw;
  settle->window_ms++;
  if (settle->window_ms < SETTLE_BASE_ms << settle->level) return SETTLE_RUNNING;
  return close_window(settle, scale);
}
