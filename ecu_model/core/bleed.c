/// Test of the discharge switches: patterns, the conversion with them on, the verdict.
#include "bleed.h"

#include <string.h>

#include "../gen/pinout.h"
#include "afe.h"
#include "balance.h"
#include "diag.h"

/// Where replies come wrong each scan is read twice: a test leaves no room for that.
static int chain_is_clean(bms_t *bms) {
  int is_clean = bms->bleed.pec_seen == bms->afe.pec_error_count;
  bms->bleed.pec_seen = bms->afe.pec_error_count;
  if (!is_clean) bms->bleed.last_ms = bms->balance.time_ms;
  return is_clean;
}

static int is_due(const bms_t *bms) {
  const bms_bleed_t *bleed = &bms->bleed;
  uint32_t period_ms = bleed->has_missed ? BLEED_AGAIN_ms : BLEED_PERIOD_ms;
  if (bms->balance.time_ms - bleed->last_ms < period_ms || bms->meas.rest_ms < BLEED_REST_ms)
    return 0;
  return bms->meas.group_min_index != BMS_NO_LOCATION &&
         bms->meas.group_min_mV >= BLEED_GROUP_MIN_mV && balance_may_switch(bms);
}

/// Switches of the places of this parity.
static void set_pattern(bms_t *bms, uint32_t parity) {
  uint32_t mask[BMS_AFE_COUNT] = {0};
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const pinout_module_t *module = &pinout_module[device];
    for (uint32_t place = parity; place < module->group_count; place += 2u) {
      uint32_t group = module->first_group + place;
      if (balance_group_is_fit(bms, group)) mask[device] |= 1u << (pinout_group[group].channel - 1);
    }
  }
  balance_apply(bms, mask);
}

static int is_fresh(const bms_afe_t *afe, uint32_t device, uint32_t channel) {
  uint32_t both = (uint32_t)afe->fresh[AFE_READ_SCAN][device] & afe->fresh[AFE_READ_UP][device];
  return (int)(both >> ((channel - 1u) / 3u) & 1u);
}

enum {
  PATTERN_MAX = (BMS_GROUP_COUNT + BMS_AFE_COUNT) / 2
}; /* half of each module, and one more */

/// Groups of one pattern that a test has measured, and by how much each read less than before.
typedef struct {
  uint32_t count;
  uint8_t group[PATTERN_MAX];
  int16_t drop_raw[PATTERN_MAX];
} drops_t;

static void measure_group(const bms_t *bms, uint32_t group, drops_t *drops) {
  const pinout_group_t *row = &pinout_group[group];
  const bms_afe_t *afe = &bms->afe;
  uint32_t device = row->module - 1u;
  int is_on = (int)(afe->bleed_mask[device] >> (row->channel - 1u) & 1u);
  if (!is_on || !is_fresh(afe, device, row->channel)) return;
  int32_t drop_raw = (int32_t)afe_code(afe, AFE_READ_SCAN, device, row->channel) -
                     (int32_t)afe_code(afe, AFE_READ_UP, device, row->channel);
  if (drop_raw > BLEED_FAR_raw) drop_raw = BLEED_FAR_raw;
  if (drop_raw < -BLEED_FAR_raw) drop_raw = -BLEED_FAR_raw;
  drops->group[drops->count] = (uint8_t)group;
  drops->drop_raw[drops->count++] = (int16_t)drop_raw;
}

static int is_near(int32_t drop_raw, int32_t middle_raw) {
  return drop_raw - middle_raw <= BLEED_NEAR_raw && middle_raw - drop_raw <= BLEED_NEAR_raw;
}

/// 1 iff most groups read one and the same drop, or none: in readings that scatter as far as the
/// drop itself a single one says nothing.
static int is_evidence(const drops_t *drops) {
  int32_t sum_raw = 0, count = 0;
  uint32_t near = 0;
  for (uint32_t i = 0; i < drops->count; i++) {
    if (drops->drop_raw[i] <= BLEED_NEAR_raw) continue;
    sum_raw += drops->drop_raw[i];
    count++;
  }
  int32_t middle_raw = count > 0 ? sum_raw / count : 0;
  for (uint32_t i = 0; i < drops->count; i++)
    near += is_near(drops->drop_raw[i], middle_raw) || is_near(drops->drop_raw[i], 0);
  return 2u * near > drops->count;
}

static void judge(bms_t *bms, uint32_t parity) {
  drops_t drops;
  drops.count = 0;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const pinout_module_t *module = &pinout_module[device];
    for (uint32_t place = parity; place < module->group_count; place += 2u)
      measure_group(bms, module->first_group + place, &drops);
  }
  if (drops.count == 0) return;
  bms->bleed.is_noisy = !is_evidence(&drops);
  if (bms->bleed.is_noisy) return;
  for (uint32_t i = 0; i < drops.count; i++) {
    uint8_t *miss = &bms->bleed.miss_count[drops.group[i]];
    if (drops.drop_raw[i] >= BLEED_DROP_raw)
      *miss = 0;
    else if (*miss < BLEED_MISS_MAX)
      (*miss)++;
  }
}

static void end_test(bms_t *bms) {
  bms_bleed_t *bleed = &bms->bleed;
  bleed->phase = BLEED_IDLE;
  bleed->last_ms = bms->balance.time_ms;
  bleed->test_count++;
  bleed->has_missed = 0;
  bleed->stuck_group = BMS_NO_LOCATION;
  for (uint32_t group = BMS_GROUP_COUNT; group-- > 0;) {
    if (bleed->miss_count[group] > 0) bleed->has_missed = 1;
    if (bleed->miss_count[group] >= BLEED_MISS_MAX) bleed->stuck_group = (uint8_t)group;
  }
  balance_apply(bms, bms->balance.mask);
}

/// The readings are in: judge, and go on with the other pattern or end.
static void go_on(bms_t *bms) {
  if (bms->bleed.phase == BLEED_EVEN_READ) {
    judge(bms, 0);
    set_pattern(bms, 1);
    bms->bleed.phase = BLEED_ODD_SET;
  } else {
    judge(bms, 1);
    end_test(bms);
  }
}

void bleed_plan(bms_t *bms) {
  bms_bleed_t *bleed = &bms->bleed;
  if (bleed->phase == BLEED_EVEN_READ || bleed->phase == BLEED_ODD_READ) {
    go_on(bms);
    return;
  }
  if (bms->afe.post != AFE_POST_NONE) return;
  if (bleed->phase == BLEED_IDLE) {
    if (!chain_is_clean(bms) || !is_due(bms)) return;
    set_pattern(bms, 0);
    bleed->phase = BLEED_EVEN_SET;
  } else if (!bms->afe.config_write_is_due && !bms->afe.is_muted) {
    bms->afe.post = AFE_POST_BLEED_READ;
    bleed->phase++;
  }
}

void bleed_report(bms_t *bms) {
  uint8_t group = bms->bleed.stuck_group;
  diag_report(bms, DTC_BLEED_STUCK, bms->bleed.test_count > 0 && group != BMS_NO_LOCATION, group);
}
