/// Watch for cells that lose charge by themselves: what groups lose in rests, the accusation.
#include "leak.h"

#include "balance.h"
#include "diag.h"
#include "rest.h"

enum {
  STEP_mAs = 3600,
  LOOK_mAs = LEAK_CURRENT_uA / 1000 * (LEAK_LOOK_ms / 1000), /* may be lost between two looks */
  JUMP_mAs = 8000000, /* beyond all that can happen between two looks */
  PART_GROUPS = BMS_GROUP_COUNT / (LEAK_PART_COUNT - 2),
  KEPT_raw256 = LEAK_KEPT_raw * REST_ONE
};

/* --- each group ---------------------------------------------------------------------------- */

/// Of a charge that the curve of a new cell tells, in the pack as it has aged.
static int32_t of_this_pack(const bms_t *bms, int32_t charge_mAs) {
  return charge_mAs / 1000 * bms->soh.capacity_permille +
         charge_mAs % 1000 * bms->soh.capacity_permille / 1000;
}

/// Charge of the group for a step of its rest voltage, where that is most: below, above, around.
static int32_t slope_mAs_per_raw(const bms_t *bms, uint32_t group) {
  int32_t at_raw256 = bms->balance.rest_raw256[group], at_mAs = bms->balance.content_mAs[group];
  int32_t up_mAs = rest_charge_mAs(&bms->config, at_raw256 + LEAK_SLOPE_raw * REST_ONE) - at_mAs;
  int32_t down_mAs = at_mAs - rest_charge_mAs(&bms->config, at_raw256 - LEAK_SLOPE_raw * REST_ONE);
  int32_t slope = (up_mAs > down_mAs ? up_mAs : down_mAs) / LEAK_SLOPE_raw;
  if (slope < bms->balance.slope_mAs_per_raw) slope = bms->balance.slope_mAs_per_raw;
  return of_this_pack(bms, slope) + 1; /* never 0 */
}

static void begin(bms_leak_t *leak, uint32_t group) {
  leak->sum_raw256[group] = leak->own_mAs[group] = 0;
  leak->look_count[group] = 0;
}

/// Another look in the same rest: fallen_mAs of its own charge, own_mAs through its switch.
static void add(bms_t *bms, uint32_t group, int32_t fallen_mAs, int32_t own_mAs) {
  bms_leak_t *leak = &bms->leak;
  int32_t slope = slope_mAs_per_raw(bms, group);
  int32_t beyond_mAs = own_mAs - leak->middle_step_mAs;
  if (beyond_mAs < 0) fallen_mAs += beyond_mAs / 1000 * LEAK_SHARE_permille;
  if (fallen_mAs > JUMP_mAs) fallen_mAs = JUMP_mAs;
  if (fallen_mAs < -JUMP_mAs) fallen_mAs = -JUMP_mAs;
  leak->sum_raw256[group] += (fallen_mAs - LOOK_mAs) * REST_ONE / slope;
  leak->own_mAs[group] += own_mAs;
  leak->look_count[group]++;
  if (leak->sum_raw256[group] <= 0 || leak->own_mAs[group] > LEAK_OWN_mAs)
    begin(leak, group);
  else if (leak->sum_raw256[group] > KEPT_raw256)
    leak->sum_raw256[group] = KEPT_raw256;
}

static void look(bms_t *bms, uint32_t group) {
  bms_leak_t *leak = &bms->leak;
  const bms_balance_t *balance = &bms->balance;
  int32_t bled_mAs = balance->bled_mAs[group];
  int32_t above_mAs = balance->content_mAs[group] - balance->middle_mAs;
  int32_t charge_mAs = of_this_pack(bms, above_mAs) + bled_mAs - leak->middle_mAs;
  if (leak->is_same_rest)
    add(bms, group, leak->charge_mAs[group] - charge_mAs, bled_mAs - leak->bled_mAs[group]);
  leak->charge_mAs[group] = charge_mAs;
  leak->bled_mAs[group] = bled_mAs;
}

/* --- the whole pack ------------------------------------------------------------------------ */

static void find_middle(bms_t *bms) {
  bms_balance_t *balance = &bms->balance;
  int32_t most_mAs = 0;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    if (balance->bled_mAs[group] > most_mAs) most_mAs = balance->bled_mAs[group];
  }
  int32_t middle_mAs = balance_middle(balance->bled_mAs, -1, most_mAs, STEP_mAs);
  bms->leak.middle_step_mAs = middle_mAs - bms->leak.middle_mAs;
  bms->leak.middle_mAs = middle_mAs;
}

static int32_t of_limit_permille(int32_t sum_raw256, int32_t limit_raw) {
  return sum_raw256 * 125 / (limit_raw * REST_ONE / 8);
}

/// The largest sum but LEAK_ALONE_count.
static int32_t common_raw256(const bms_leak_t *leak) {
  int32_t largest_raw256[LEAK_ALONE_count + 1] = {0};
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    int32_t sum_raw256 = leak->sum_raw256[group];
    for (uint32_t i = 0; i <= LEAK_ALONE_count; i++) {
      int32_t kept_raw256 = largest_raw256[i];
      if (sum_raw256 <= kept_raw256) continue;
      largest_raw256[i] = sum_raw256;
      sum_raw256 = kept_raw256;
    }
  }
  return largest_raw256[LEAK_ALONE_count];
}

/// An accused group stays it until its sum is gone.
static void judge(bms_t *bms) {
  bms_leak_t *leak = &bms->leak;
  uint32_t worst = BMS_NO_LOCATION;
  int32_t worst_raw256 = 0;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    if (leak->look_count[group] < LEAK_MIN_count) continue;
    if (leak->sum_raw256[group] <= worst_raw256) continue;
    worst = group;
    worst_raw256 = leak->sum_raw256[group];
  }
  int32_t alone_raw256 = worst_raw256 - common_raw256(leak);
  int32_t alone_permille = of_limit_permille(alone_raw256, LEAK_ERROR_raw);
  int32_t many_permille = of_limit_permille(worst_raw256, LEAK_MANY_raw);
  leak->evidence_permille =
      (uint16_t)(alone_permille > many_permille ? alone_permille : many_permille);
  uint8_t accused = leak->accused_group;
  if (leak->judged_count++ == 0 || accused == BMS_NO_LOCATION || leak->look_count[accused] == 0)
    leak->accused_group = leak->evidence_permille > 1000 ? (uint8_t)worst : BMS_NO_LOCATION;
}

/// At rest, and all groups within the curve: beyond its ends bleeding moves nothing. Noise of some
/// mV would add up.
static int can_look(const bms_t *bms) {
  const bms_balance_t *balance = &bms->balance;
  if (bms->meas.rest_ms < BALANCE_REST_ms || balance->known_count < BMS_GROUP_COUNT) return 0;
  if (bms->bleed.is_noisy) return 0;
  int32_t full_mAs = rest_charge_mAs(&bms->config, UINT16_MAX * REST_ONE);
  return balance->lowest_mAs > 0 && balance->highest_mAs < full_mAs;
}

void leak_step(bms_t *bms, uint32_t part) {
  bms_leak_t *leak = &bms->leak;
  const bms_balance_t *balance = &bms->balance;
  if (!can_look(bms)) {
    leak->is_same_rest = leak->is_looking = 0;
    return;
  }
  if (part == 0) {
    leak->is_looking = !leak->is_same_rest || balance->time_ms - leak->look_ms >= LEAK_LOOK_ms;
    if (!leak->is_looking) return;
    leak->look_ms = balance->time_ms;
    find_middle(bms);
  } else if (!leak->is_looking) {
    return;
  } else if (part < LEAK_PART_COUNT - 1) {
    for (uint32_t i = 0; i < PART_GROUPS; i++) look(bms, (part - 1) * PART_GROUPS + i);
  } else {
    judge(bms);
    leak->is_same_rest = 1;
  }
}

void leak_report(bms_t *bms) {
  uint8_t group = bms->leak.accused_group;
  diag_report(bms, DTC_CELL_SELF_DISCHARGE, bms->leak.judged_count > 0 && group != BMS_NO_LOCATION,
              group);
}
