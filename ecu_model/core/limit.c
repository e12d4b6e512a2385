/// Limits in three levels: debounce, hysteresis, withheld voltage trips.
#include "limit.h"

#include <string.h>

#include "../gen/pinout.h"
#include "diag.h"
#include "meas.h"
#include "openwire.h"

enum { LEVEL_MOL, LEVEL_RSL, LEVEL_MSL };
enum { SPREAD_REST_ms = 10000, SPREAD_MEAN_MIN_mV = 3500 };

static int32_t level_limit(const limits_row_t *row, uint32_t level) {
  if (level == LEVEL_MOL) return row->mol;
  return level == LEVEL_RSL ? row->rsl : row->msl;
}

/// How far the value is beyond the level's effective threshold; >= 0: violated.
static int32_t excess(const limits_row_t *row, uint32_t level, int32_t value, int32_t guard) {
  int32_t limit = level_limit(row, level);
  return row->side == LIMITS_SIDE_MAX ? value - (limit - guard) : (limit + guard) - value;
}

int limit_is_violated(const limits_row_t *row, uint32_t level, int32_t value, int32_t guard) {
  return excess(row, level, value, guard) >= 0;
}

static void count_up(bms_limit_t *limit, uint32_t level, uint32_t up_ms, int is_withheld,
                     uint32_t dt_ms) {
  limit->down_ms[level] = 0;
  if (limit->up_ms[level] < up_ms) limit->up_ms[level] = (uint16_t)(limit->up_ms[level] + dt_ms);
  if (limit->up_ms[level] >= up_ms && !is_withheld) limit->is_active[level] = 1;
}

static void count_down(bms_limit_t *limit, uint32_t level, uint32_t down_ms, int is_healed,
                       uint32_t dt_ms) {
  limit->up_ms[level] = 0;
  if (!limit->is_active[level]) return;
  if (!is_healed) {
    limit->down_ms[level] = 0;
    return;
  }
  limit->down_ms[level] = (uint16_t)(limit->down_ms[level] + dt_ms);
  if (limit->down_ms[level] >= down_ms) {
    limit->down_ms[level] = 0;
    limit->is_active[level] = 0;
  }
}

static int any_is_active(const bms_limit_t *limit) {
  return (limit->is_active[LEVEL_MOL] | limit->is_active[LEVEL_RSL] |
          limit->is_active[LEVEL_MSL]) != 0;
}

/// Levels go outward: what does not violate the operating limit violates none.
static int any_is_violated(const limits_row_t *row, int32_t value, int32_t guard) {
  return excess(row, LEVEL_MOL, value, guard) >= 0;
}

void limit_step(bms_limit_t *limit, const limits_row_t *row, int32_t value, int32_t guard,
                int is_applicable, uint32_t withheld, uint32_t dt_ms) {
  int may_count = is_applicable && any_is_violated(row, value, guard);
  if (!may_count && !any_is_active(limit)) { /* the usual case */
    memset(limit->up_ms, 0, sizeof limit->up_ms);
    return;
  }
  for (uint32_t level = 0; level < BMS_LEVEL_COUNT; level++) {
    int32_t beyond = excess(row, level, value, guard);
    if (is_applicable && beyond >= 0) {
      count_up(limit, level, row->up_ms, (int)(withheld >> level & 1u), dt_ms);
    } else {
      int is_healed = !is_applicable || beyond < -row->hysteresis;
      count_down(limit, level, row->down_ms, is_healed, dt_ms);
    }
  }
}

/* --- the walk ------------------------------------------------------------------------------ */

/// Levels of a group row whose trip has to wait for the open-wire test.
static uint32_t watch(bms_t *bms, bms_watch_t *watch_row, const limits_row_t *row, int32_t value,
                      uint32_t group) {
  uint32_t withheld = 0;
  if (!any_is_violated(row, value, bms->config.voltage_guard_mV)) {
    memset(watch_row->is_watching, 0, sizeof watch_row->is_watching);
    return 0;
  }
  for (uint32_t level = 0; level < BMS_LEVEL_COUNT; level++) {
    if (!limit_is_violated(row, level, value, bms->config.voltage_guard_mV)) {
      watch_row->is_watching[level] = 0;
      continue;
    }
    if (!watch_row->is_watching[level]) {
      watch_row->is_watching[level] = 1;
      watch_row->since_ms[level] = bms->time_ms;
      watch_row->test_number[level] = openwire_want_test(bms);
    }
    uint32_t device = pinout_group[group].module - 1u;
    int is_late = bms->time_ms - watch_row->since_ms[level] >= bms->config.withhold_ms;
    if (!is_late && !openwire_has_judged(bms, device, watch_row->test_number[level])) {
      withheld |= 1u << level;
    }
  }
  return withheld;
}

static void walk_group_row(bms_t *bms, uint32_t i) {
  const limits_row_t *row = &limits_row[i];
  bms_limit_t *limit = &bms->limit_row[i];
  int is_max = row->side == LIMITS_SIDE_MAX;
  uint32_t group = is_max ? bms->meas.group_max_index : bms->meas.group_min_index;
  int32_t value = is_max ? bms->meas.group_max_mV : bms->meas.group_min_mV;
  int32_t guard = bms->config.voltage_guard_mV;
  if (group == BMS_NO_LOCATION) return; /* nothing measured: GROUP_LOST and AFE speak */
  uint32_t withheld = watch(bms, &bms->watch[is_max ? 0 : 1], row, value, group);
  limit->location = (uint8_t)group;
  limit_step(limit, row, value, guard, 1, withheld, bms->task_ms);
}

static void walk_temperature_row(bms_t *bms, uint32_t i) {
  const limits_row_t *row = &limits_row[i];
  const bms_meas_t *meas = &bms->meas;
  int is_max = row->side == LIMITS_SIDE_MAX;
  uint8_t module = is_max ? meas->temperature_max_index : meas->temperature_min_index;
  int32_t value = is_max ? meas->temperature_max_ddegC : meas->temperature_min_ddegC;
  int is_applicable = module != BMS_NO_LOCATION &&
                      (row->context == LIMITS_CONTEXT_ANY || row->context == meas->context);
  bms->limit_row[i].location = module;
  limit_step(&bms->limit_row[i], row, value, 0, is_applicable, 0, bms->task_ms);
}

static void walk_current_row(bms_t *bms, uint32_t i) {
  const limits_row_t *row = &limits_row[i];
  int is_charge = row->context == LIMITS_CONTEXT_CHARGE;
  int32_t value = is_charge ? -bms->meas.current_mA : bms->meas.current_mA;
  /* the safety level is counted every ms, by the fast path */
  int is_tripped = bms->over_current_ms[is_charge ? 1 : 0] >= row->up_ms;
  uint32_t withheld = is_tripped ? 0u : 1u << LEVEL_MSL;
  bms->limit_row[i].location = BMS_NO_LOCATION;
  limit_step(&bms->limit_row[i], row, value, 0, 1, withheld, bms->task_ms);
  if (is_tripped) bms->limit_row[i].is_active[LEVEL_MSL] = 1;
}

/// The group that is farther from the mean is named.
static void walk_spread_row(bms_t *bms, uint32_t i) {
  const bms_meas_t *meas = &bms->meas;
  int is_applicable = meas->group_max_index != BMS_NO_LOCATION && meas->rest_ms >= SPREAD_REST_ms &&
                      !bms->openwire.is_suspecting && meas->group_mean_mV >= SPREAD_MEAN_MIN_mV;
  int32_t above_mV = meas->group_max_mV - meas->group_mean_mV;
  int32_t below_mV = meas->group_mean_mV - meas->group_min_mV;
  bms->limit_row[i].location = above_mV > below_mV ? meas->group_max_index : meas->group_min_index;
  limit_step(&bms->limit_row[i], &limits_row[i], above_mV + below_mV, 0, is_applicable, 0,
             bms->task_ms);
}

/// The warmest module is named.
static void walk_temperature_spread_row(bms_t *bms, uint32_t i) {
  const bms_meas_t *meas = &bms->meas;
  int is_applicable = meas->temperature_max_index != BMS_NO_LOCATION;
  int32_t value = meas->temperature_max_ddegC - meas->temperature_min_ddegC;
  bms->limit_row[i].location = meas->temperature_max_index;
  limit_step(&bms->limit_row[i], &limits_row[i], value, 0, is_applicable, 0, bms->task_ms);
}

static void walk_rise_row(bms_t *bms, uint32_t i) {
  const bms_meas_t *meas = &bms->meas;
  bms->limit_row[i].location = meas->rise_index;
  limit_step(&bms->limit_row[i], &limits_row[i], meas->rise_ddegC, 0,
             meas->rise_index != BMS_NO_LOCATION, 0, bms->task_ms);
}

static void report_row(bms_t *bms, uint32_t i) {
  if (!any_is_active(&bms->limit_row[i])) return;
  const limits_row_t *row = &limits_row[i];
  const uint8_t dtc[BMS_LEVEL_COUNT] = {row->dtc_mol, row->dtc_rsl, row->dtc_msl};
  for (uint32_t level = 0; level < BMS_LEVEL_COUNT; level++) {
    if (dtc[level] == DTC_NONE || !bms->limit_row[i].is_active[level]) continue;
    diag_report(bms, dtc[level], 1, bms->limit_row[i].location);
  }
}

void limit_walk(bms_t *bms) {
  static void (*const walk[LIMITS_QUANTITY_COUNT])(bms_t *, uint32_t) = {
      [LIMITS_QUANTITY_group_mV] = walk_group_row,
      [LIMITS_QUANTITY_temperature_ddegC] = walk_temperature_row,
      [LIMITS_QUANTITY_current_mA] = walk_current_row,
      [LIMITS_QUANTITY_spread_mV] = walk_spread_row,
      [LIMITS_QUANTITY_spread_ddegC] = walk_temperature_spread_row,
      [LIMITS_QUANTITY_rise_ddegC] = walk_rise_row,
  };
  for (uint32_t i = 0; i < LIMITS_COUNT; i++) {
    walk[limits_row[i].quantity](bms, i);
    report_row(bms, i);
  }
}
