/// Watch for cells that lose charge by themselves: anchors, losses, the accusation.
#include "leak.h"

#include "balance.h"
#include "diag.h"
#include "numbers.h"
#include "rest.h"

enum { STEP_mAs = 3600 };

static int32_t against_middle_mAs(const bms_balance_t *balance, uint32_t group) {
  return balance->content_mAs[group] - balance->middle_mAs;
}

static void take_anchor(bms_t *bms) {
  bms_leak_t *leak = &bms->leak;
  bms_balance_t *balance = &bms->balance;
  leak->has_anchor = 1;
  leak->is_same_rest = 1;
  leak->anchor_ms = balance->time_ms;
  leak->anchor_middle_mAs = balance->middle_mAs;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    leak->anchor_mAs[group] = against_middle_mAs(balance, group);
    balance->bled_mAs[group] = 0;
  }
}

/// What the middle group's switch has taken.
static int32_t middle_bled_mAs(const bms_balance_t *balance) {
  int32_t most_mAs = 0;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    if (balance->bled_mAs[group] > most_mAs) most_mAs = balance->bled_mAs[group];
  }
  return balance_middle(balance->bled_mAs, -1, most_mAs, STEP_mAs);
}

static int32_t error_raw(const bms_t *bms) {
  return bms->leak.is_same_rest ? LEAK_REST_raw : LEAK_OTHER_REST_raw;
}

/// What the error of a rest voltage is worth where the group stands: the curve has flat pieces.
static int32_t local_error_mAs(const bms_t *bms, uint32_t group) {
  int32_t at_raw256 = bms->balance.rest_raw256[group];
  return rest_charge_mAs(&bms->config, at_raw256 + error_raw(bms) * REST_ONE) -
         rest_charge_mAs(&bms->config, at_raw256);
}

/// How far a group's loss is beyond what it may be, 0 or less: it is not accused.
static int32_t excess_mAs(const bms_t *bms, uint32_t group, int32_t middle_mAs, int32_t base_mAs) {
  const bms_balance_t *balance = &bms->balance;
  int32_t own_mAs = balance->bled_mAs[group] - middle_mAs;
  if (own_mAs > LEAK_OWN_mAs) return 0;
  int32_t fallen_mAs = bms->leak.anchor_mAs[group] - against_middle_mAs(balance, group);
  int32_t allowed_mAs = base_mAs;
  if (fallen_mAs - own_mAs <= base_mAs) return 0;
  int32_t local_mAs = local_error_mAs(bms, group);
  if (local_mAs > allowed_mAs) allowed_mAs = local_mAs;
  if (own_mAs < 0) allowed_mAs -= own_mAs / 1000 * LEAK_SHARE_permille;
  return fallen_mAs - own_mAs - allowed_mAs;
}

/// What a sound group may seem to lose.
static int32_t base_mAs(const bms_t *bms, uint32_t age_ms) {
  int32_t by_time_mAs = (int32_t)(age_ms / 1000u) * (LEAK_CURRENT_uA / 1000);
  int32_t by_error_mAs = error_raw(bms) * bms->balance.slope_mAs_per_raw;
  return by_time_mAs > by_error_mAs ? by_time_mAs : by_error_mAs;
}

static void judge(bms_t *bms, uint32_t age_ms) {
  bms_leak_t *leak = &bms->leak;
  int32_t middle_mAs = middle_bled_mAs(&bms->balance), allowed_mAs = base_mAs(bms, age_ms);
  int32_t worst_mAs = 0;
  leak->accused_group = BMS_NO_LOCATION;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    int32_t beyond_mAs = excess_mAs(bms, group, middle_mAs, allowed_mAs);
    if (beyond_mAs <= worst_mAs) continue;
    worst_mAs = beyond_mAs;
    leak->accused_group = (uint8_t)group;
  }
  leak->judged_count++;
}

/// Two rests compare if no group can have moved much by having another capacity.
static int compares(const bms_t *bms) {
  int32_t moved_mAs = bms->balance.middle_mAs - bms->leak.anchor_middle_mAs;
  int32_t full_As = (int32_t)(bms->config.capacity_mAh / 10u * 36u);
  return numbers_magnitude(moved_mAs) <= full_As * LEAK_MOVED_permille;
}

void leak_step(bms_t *bms) {
  bms_leak_t *leak = &bms->leak;
  int is_rested = bms->meas.rest_ms >= BALANCE_REST_ms;
  if (!is_rested) leak->is_same_rest = 0;
  if (!is_rested || bms->balance.known_count < BMS_GROUP_COUNT) return;
  uint32_t age_ms = bms->balance.time_ms - leak->anchor_ms;
  if (!leak->has_anchor) {
    take_anchor(bms);
  } else if (!compares(bms)) {
    if (age_ms >= LEAK_LOST_ms) take_anchor(bms);
  } else if (age_ms >= LEAK_MIN_ms) {
    judge(bms, age_ms);
    uint32_t window_ms = leak->is_same_rest ? LEAK_WINDOW_ms : LEAK_OTHER_WINDOW_ms;
    if (age_ms >= window_ms) take_anchor(bms);
  }
}

void leak_report(bms_t *bms) {
  uint8_t group = bms->leak.accused_group;
  diag_report(bms, DTC_CELL_SELF_DISCHARGE, bms->leak.judged_count > 0 && group != BMS_NO_LOCATION,
              group);
}
