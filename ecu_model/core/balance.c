/// Passive balancing: needs from rest voltages, turns of the switches, their charge and heat.
#include "balance.h"

#include <string.h>

#include "../gen/pinout.h"
#include "afe.h"
#include "bleed.h"
#include "leak.h"
#include "rest.h"

enum {
  SLOT_COUNT = 100, /* tasks of 10 ms in a round */
  SLOT_SUM = BMS_AFE_COUNT,
  SLOT_MIDDLE,
  SLOT_PLAN,
  SLOT_LEAK,
  SLOT_END = SLOT_LEAK + LEAK_PART_COUNT,
  FILTER_SHIFT = 5,
  SETTLE_ms = 10000, /* the filter begins anew */
  MIDDLE_STEP_mAs = 3600,
  KNOWN_MIN = BMS_GROUP_COUNT / 2,
  UA_PER_mV = 1000000 / BALANCE_BLEED_mohm, /* 30 uA a mV */
  UA_REST = 1000000 % BALANCE_BLEED_mohm,
  TURN_COUNT = 4,
  UNKNOWN_BOARD_ddegC = 850
};

/* --- what is allowed ----------------------------------------------------------------------- */

static int state_allows(uint32_t state) {
  return state == BMS_STATE_STANDBY || state == BMS_STATE_BALANCE || state == BMS_STATE_CHARGE;
}

static int is_in_danger(const bms_t *bms) {
  const bms_reaction_t *reaction = &bms->reaction;
  return reaction->is_open || reaction->is_zero_open || reaction->has_latched ||
         bms->dtc[DTC_AFE_COMMUNICATION].is_active;
}

int balance_may_switch(const bms_t *bms) {
  enum { ALL_DEVICES = (1 << BMS_AFE_COUNT) - 1 };
  if (!state_allows(bms->state) || is_in_danger(bms)) return 0;
  return bms->afe.config_ok_mask == ALL_DEVICES && !bms->openwire.is_suspecting;
}

/// What the pack and its supply can spare.
static int is_affordable(const bms_t *bms) {
  if (bms->dtc[DTC_BLEED_STUCK].is_active || bms->dtc[DTC_CELL_SELF_DISCHARGE].is_active) return 0;
  return bms->meas.group_min_index != BMS_NO_LOCATION &&
         bms->meas.group_min_mV >= BALANCE_GROUP_MIN_mV &&
         bms->meas.supply_mV >= BALANCE_SUPPLY_MIN_mV;
}

static int may_bleed(const bms_t *bms) { return balance_may_switch(bms) && is_affordable(bms); }

int balance_group_is_fit(const bms_t *bms, uint32_t group) {
  const pinout_group_t *row = &pinout_group[group];
  return bms->meas.group_quality[group] == BMS_QUALITY_VALID &&
         bms->wire_state[row->wire_below] == BMS_WIRE_OK &&
         bms->wire_state[row->wire_above] == BMS_WIRE_OK;
}

int balance_is_wanted(const bms_t *bms) {
  return bms->balance.need_count > 0 && !is_in_danger(bms) && is_affordable(bms);
}

/* --- heat ---------------------------------------------------------------------------------- */

int32_t balance_board_ddegC(const bms_t *bms, uint32_t device) {
  int is_known = bms->meas.module_quality[device] == BMS_QUALITY_VALID;
  int32_t base_ddegC = is_known ? bms->meas.module_ddegC[device] : UNKNOWN_BOARD_ddegC;
  return base_ddegC + bms->balance.rise_mK[device] / 100;
}

static uint32_t bits_in(uint32_t mask) {
  uint32_t count = 0;
  for (; mask != 0; mask &= mask - 1u) count++;
  return count;
}

/// Toward what the switches that are on would bring, exact at rest and stable at any step.
static void warm_board(bms_t *bms, uint32_t device, uint32_t dt_ms) {
  int32_t *rise_mK = &bms->balance.rise_mK[device];
  int32_t end_mK = (int32_t)(bits_in(bms->balance.mask[device]) * BALANCE_mK_PER_SWITCH);
  int32_t step_s10 = (int32_t)(dt_ms / 100u); /* in 0.1 s: the product stays within 32 bits */
  *rise_mK += (end_mK - *rise_mK) * step_s10 / (BALANCE_BOARD_ms / 100 + step_s10);
}

/// 1 iff the board's warmth and the present turn let the group bleed.
static int has_turn(const bms_t *bms, uint32_t device, uint32_t place) {
  int32_t board_ddegC = balance_board_ddegC(bms, device);
  uint32_t turn = bms->balance.turn;
  if (board_ddegC >= BALANCE_OFF_ddegC) return 0;
  if (board_ddegC >= BALANCE_HOT_ddegC) return place % TURN_COUNT == turn;
  if (board_ddegC >= BALANCE_WARM_ddegC) return place % 2u == turn % 2u;
  return 1;
}

/* --- one module in each slot --------------------------------------------------------------- */

static void filter_voltage(bms_t *bms, uint32_t group) {
  const pinout_group_t *row = &pinout_group[group];
  int32_t *filtered = &bms->balance.rest_raw256[group];
  int is_settling = bms->meas.rest_ms < SETTLE_ms;
  if (is_settling || !balance_group_is_fit(bms, group)) {
    *filtered = bms->balance.content_mAs[group] = 0;
    return;
  }
  uint32_t code_raw = afe_code(&bms->afe, AFE_KEPT_BELIEVED, row->module - 1u, row->channel);
  int32_t sample = (int32_t)(code_raw * REST_ONE);
  *filtered = *filtered == 0 ? sample : *filtered + (sample - *filtered) / (1 << FILTER_SHIFT);
  bms->balance.content_mAs[group] = rest_charge_mAs(&bms->config, *filtered);
}

/// Charge that a switch has taken in so many ms of conducting.
static int32_t bled_mAs(uint32_t group_mV, uint32_t on_ms) {
  uint32_t current_uA = group_mV * UA_PER_mV + group_mV * UA_REST / BALANCE_BLEED_mohm;
  return (int32_t)(current_uA / 100u * on_ms / 10000u);
}

static void count_charge(bms_t *bms, uint32_t group, uint32_t on_ms) {
  bms_balance_t *balance = &bms->balance;
  int32_t charge_mAs = bled_mAs(bms->meas.group_mV[group], on_ms);
  balance->bled_mAs[group] += charge_mAs;
  balance->need_mAs[group] -= charge_mAs;
  if (balance->need_mAs[group] < 0) balance->need_mAs[group] = 0;
}

static void visit_module(bms_t *bms, uint32_t device) {
  bms_balance_t *balance = &bms->balance;
  const pinout_module_t *module = &pinout_module[device];
  uint32_t dt_ms = balance->time_ms - balance->seen_ms[device];
  uint32_t unmuted_ms = balance->unmuted_ms - balance->seen_unmuted_ms[device];
  uint32_t on_ms = unmuted_ms * BALANCE_DUTY_permille / 1000u;
  balance->seen_ms[device] = balance->time_ms;
  balance->seen_unmuted_ms[device] = balance->unmuted_ms;
  warm_board(bms, device, dt_ms);
  uint32_t wanted = 0;
  int is_allowed = may_bleed(bms);
  for (uint32_t place = 0; place < module->group_count; place++) {
    uint32_t group = module->first_group + place;
    uint32_t bit = 1u << (pinout_group[group].channel - 1u);
    if (balance->mask[device] & bit) count_charge(bms, group, on_ms);
    filter_voltage(bms, group);
    if (!is_allowed || balance->need_mAs[group] == 0) continue;
    if (balance_group_is_fit(bms, group) && has_turn(bms, device, place)) wanted |= bit;
  }
  if (wanted == balance->mask[device]) return;
  balance->mask[device] = wanted;
  if (wanted != 0) balance->is_on = 1;
  if (!bms->bleed.phase) balance_apply(bms, balance->mask);
}

void balance_apply(bms_t *bms, const uint32_t mask[BMS_AFE_COUNT]) {
  if (memcmp(bms->afe.bleed_mask, mask, sizeof bms->afe.bleed_mask) == 0) return;
  memcpy(bms->afe.bleed_mask, mask, sizeof bms->afe.bleed_mask);
  bms->afe.config_write_is_due = 1;
}

/* --- the whole pack ------------------------------------------------------------------------ */

/// About the middle group's rest voltage.
static int32_t slope_mAs_per_raw(const bms_t *bms, int32_t at_raw256) {
  enum { HALF_raw = 300 };
  int32_t high_mAs = rest_charge_mAs(&bms->config, at_raw256 + HALF_raw * REST_ONE);
  int32_t low_mAs = rest_charge_mAs(&bms->config, at_raw256 - HALF_raw * REST_ONE);
  return (high_mAs - low_mAs) / (2 * HALF_raw);
}

static void sum_up(bms_t *bms) {
  bms_balance_t *balance = &bms->balance;
  uint32_t known = 0, needing = 0;
  int32_t lowest = INT32_MAX, lowest_mAs = INT32_MAX, highest_mAs = 0, most_mAs = 0;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    int32_t filtered = balance->rest_raw256[group];
    needing += balance->need_mAs[group] > 0;
    if (balance->need_mAs[group] > most_mAs) most_mAs = balance->need_mAs[group];
    if (filtered == 0) continue;
    known++;
    if (filtered < lowest) lowest = filtered;
    if (balance->content_mAs[group] < lowest_mAs) lowest_mAs = balance->content_mAs[group];
    if (balance->content_mAs[group] > highest_mAs) highest_mAs = balance->content_mAs[group];
  }
  balance->known_count = (uint8_t)known;
  balance->need_count = (uint8_t)needing;
  balance->need_max_mAs = most_mAs;
  balance->lowest_raw256 = lowest;
  balance->lowest_mAs = lowest_mAs;
  balance->highest_mAs = highest_mAs;
  uint32_t any = 0;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) any |= balance->mask[device];
  balance->is_on = any != 0;
  balance->turn = (uint8_t)(balance->time_ms / BALANCE_TURN_ms % TURN_COUNT);
}

int32_t balance_middle(const int32_t value[BMS_GROUP_COUNT], int32_t low, int32_t high,
                       int32_t step) {
  while (high - low > step) {
    int32_t between = low + (high - low) / 2;
    uint32_t count = 0;
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) count += value[group] <= between;
    if (count >= BMS_GROUP_COUNT / 2)
      high = between;
    else
      low = between;
  }
  return high;
}

/// Unknown groups count as empty: the middle matters little while there are some.
static void find_middle(bms_t *bms) {
  bms_balance_t *balance = &bms->balance;
  if (balance->known_count < KNOWN_MIN) return;
  balance->middle_mAs = balance_middle(balance->content_mAs, balance->lowest_mAs - 1,
                                       balance->highest_mAs, MIDDLE_STEP_mAs);
  balance->slope_mAs_per_raw = slope_mAs_per_raw(bms, balance->lowest_raw256);
}

static void plan(bms_t *bms) {
  bms_balance_t *balance = &bms->balance;
  int is_rested = bms->meas.rest_ms >= BALANCE_REST_ms && balance->known_count >= KNOWN_MIN;
  int is_new = balance->is_planned && balance->time_ms - balance->plan_ms < BALANCE_PLAN_ms;
  if (bms->meas.rest_ms < BALANCE_REST_ms) balance->is_planned = 0; /* another rest, another plan */
  if (!is_rested || is_new) return;
  balance->is_planned = 1;
  balance->plan_ms = balance->time_ms;
  for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
    if (balance->rest_raw256[group] == 0) continue;
    int32_t above_raw256 = balance->rest_raw256[group] - balance->lowest_raw256;
    int is_far = above_raw256 >= BALANCE_START_raw * REST_ONE;
    balance->need_mAs[group] = is_far ? balance->content_mAs[group] - balance->lowest_mAs : 0;
  }
}

void balance_step(bms_t *bms) {
  bms_balance_t *balance = &bms->balance;
  balance->time_ms += bms->task_ms;
  if (!bms->afe.is_muted) balance->unmuted_ms += bms->task_ms;
  uint32_t slot = balance->slot;
  balance->slot = (uint8_t)(slot + 1u < SLOT_COUNT ? slot + 1u : 0u);
  if (slot < BMS_AFE_COUNT)
    visit_module(bms, slot);
  else if (slot == SLOT_SUM)
    sum_up(bms);
  else if (slot == SLOT_MIDDLE)
    find_middle(bms);
  else if (slot == SLOT_PLAN)
    plan(bms);
  else if (slot >= SLOT_LEAK && slot < SLOT_END)
    leak_step(bms, slot - SLOT_LEAK);
  bleed_report(bms);
  leak_report(bms);
}

void balance_guard(bms_t *bms) {
  static const uint32_t none[BMS_AFE_COUNT];
  int is_test = bms->bleed.phase != 0;
  if (is_test ? balance_may_switch(bms) : may_bleed(bms)) return;
  memset(bms->balance.mask, 0, sizeof bms->balance.mask);
  bms->bleed.phase = 0;
  bms->balance.is_on = 0;
  balance_apply(bms, none);
  bms->afe.mute_is_due = 1;
}
