/// State of function: tables, tapers and ramps of the published limits.
#include "sof.h"

#include "limit.h"
#include "meas.h"

enum {
  TASK_ms = 10,
  RAMP_FULL = 1000000, /* ramp in ppm: 10 s are 1000 steps */
  RAMP_UP_ms = 1000,
  SLEW_UP_mA = 1000, /* per task: 100 A a second */
  SLEW_DOWN_mA = 4000,
  DERATE_permille = 500,
  LEVEL_RSL = 1
};

typedef struct {
  int32_t x, y;
} point_t;

/// Piecewise linear; flat beyond the ends.
static int32_t interpolate(const point_t *point, uint32_t count, int32_t x) {
  if (x <= point[0].x) return point[0].y;
  for (uint32_t i = 1; i < count; i++) {
    if (x > point[i].x) continue;
    int32_t span = point[i].x - point[i - 1].x;
    return point[i - 1].y +
           (int32_t)((int64_t)(point[i].y - point[i - 1].y) * (x - point[i - 1].x) / span);
  }
  return point[count - 1].y;
}

enum { COUNT_CHARGE = 19 };

/// Up to this SOC (permille): so much (W).
static const point_t sof_charge_table[COUNT_CHARGE] = {
    {50, 20000},  {100, 40000}, {200, 45000}, {300, 47000}, {500, 49000},
    {700, 68000}, {720, 55000}, {740, 46800}, {760, 44100}, {790, 37500},
    {810, 30500}, {830, 27500}, {890, 21500}, {900, 20500}, {910, 18000},
    {920, 15500}, {930, 13200}, {950, 9000},  {999, 8000},
};

uint32_t sof_charge_table_W(uint32_t soc_permille) {
  for (uint32_t i = 0; i < COUNT_CHARGE; i++) {
    if ((int32_t)soc_permille <= sof_charge_table[i].x) return (uint32_t)sof_charge_table[i].y;
  }
  return 0;
}

/// Regeneration is short: the clip, and less towards full.
static uint32_t regeneration_W(uint32_t soc_permille) {
  static const point_t table[] = {{800, 90000}, {900, 50000}, {970, 20000}, {1000, 0}};
  return (uint32_t)interpolate(table, sizeof table / sizeof table[0], (int32_t)soc_permille);
}

uint32_t sof_discharge_table_W(uint32_t soc_permille) {
  static const point_t table[] = {{0, 0}, {30, 40000}, {100, 78800}, {150, 90000}};
  return (uint32_t)interpolate(table, sizeof table / sizeof table[0], (int32_t)soc_permille);
}

uint32_t sof_charge_taper_permille(int32_t cold_ddegC, int32_t hot_ddegC) {
  /* 43.5 kW of 90 were seen at 1 to 3 degC */
  static const point_t cold[] = {{0, 0}, {20, 483}, {100, 1000}};
  static const point_t hot[] = {{430, 1000}, {490, 0}};
  int32_t a = interpolate(cold, sizeof cold / sizeof cold[0], cold_ddegC);
  int32_t b = interpolate(hot, sizeof hot / sizeof hot[0], hot_ddegC);
  return (uint32_t)(a < b ? a : b);
}

uint32_t sof_discharge_taper_permille(int32_t cold_ddegC, int32_t hot_ddegC) {
  /* down to the operating limit and a module's spread below it the voltage alone decides; nothing
   * is left at the recommended limit */
  static const point_t cold[] = {{-250, 0}, {-220, 1000}};
  static const point_t hot[] = {{480, 1000}, {540, 0}};
  int32_t a = interpolate(cold, sizeof cold / sizeof cold[0], cold_ddegC);
  int32_t b = interpolate(hot, sizeof hot / sizeof hot[0], hot_ddegC);
  return (uint32_t)(a < b ? a : b);
}

uint32_t sof_group_uohm(int32_t temperature_ddegC) {
  static const point_t table[] = {{-300, 6560}, {-250, 5080}, {-200, 3930},
                                  {-150, 3040}, {-100, 2360}, {0, 1600},
                                  {100, 1050},  {250, 750},   {400, 650}};
  return (uint32_t)interpolate(table, sizeof table / sizeof table[0], temperature_ddegC);
}

/* --- limits -------------------------------------------------------------------------------- */

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

static int32_t not_negative(int32_t value) { return value < 0 ? 0 : value; }

/// The current that brings a group from where it would rest to its target.
static int32_t room_mA(int32_t room_mV, uint32_t uohm) {
  return (int32_t)((int64_t)not_negative(room_mV) * 1000000 / uohm);
}

static int32_t power_to_mA(int64_t power_W, int32_t pack_mV) {
  if (pack_mV <= 0) return 0;
  return (int32_t)(power_W * 1000000 / pack_mV);
}

static int32_t derated(int32_t value, int32_t permille) {
  return (int32_t)((int64_t)value * permille / 1000);
}

/* --- horizons ------------------------------------------------------------------------------ */

/// Against that of 10 s; in the cold a cell warms itself within 30 s.
static uint32_t horizon_permille(uint32_t horizon, int32_t temperature_ddegC) {
  static const point_t two[] = {{-200, 760}, {0, 810}, {250, 840}};
  static const point_t thirty[] = {{-200, 1370}, {0, 1330}, {250, 1290}};
  if (horizon == SOF_10_s) return 1000;
  return (uint32_t)interpolate(horizon == SOF_2_s ? two : thirty, 3, temperature_ddegC);
}

uint32_t sof_horizon_uohm(const sof_state_t *state, uint32_t horizon) {
  static const point_t empty[] = {{0, 1500}, {100, 1200}, {200, 1050}, {300, 1000}};
  uint32_t uohm = sof_group_uohm(state->cold_ddegC);
  uohm = uohm * horizon_permille(horizon, state->cold_ddegC) / 1000u;
  uohm = uohm * (uint32_t)interpolate(empty, 4, (int32_t)state->soc_permille) / 1000u;
  return uohm * state->resistance_permille / 1000u;
}

/// What a group would show without the present current. What the current has left behind in it
/// slowly stays when the same direction goes on, and is gone by then when it turns.
static int32_t relief_mV(const sof_state_t *state, uint32_t horizon, int is_discharge) {
  int goes_on = is_discharge ? state->current_mA > 0 : state->current_mA < 0;
  uint32_t uohm = sof_horizon_uohm(state, goes_on ? SOF_2_s : horizon);
  return (int32_t)((int64_t)state->current_mA * uohm / 1000000);
}

/// At the end of the horizon, when the voltage is lowest: constant power draws most there.
static int32_t end_power_W(int32_t open_mV, int32_t current_mA, uint32_t uohm) {
  int64_t string_uohm = (int64_t)uohm * BMS_GROUP_COUNT;
  int32_t most_mA = (int32_t)((int64_t)not_negative(open_mV) * 1000000 / (2 * string_uohm));
  current_mA = least(current_mA, most_mA);
  int32_t end_mV = open_mV - (int32_t)(current_mA * string_uohm / 1000000);
  return (int32_t)((int64_t)current_mA * end_mV / 1000000);
}

int32_t sof_discharge_W(const bms_config_t *config, const sof_state_t *state, uint32_t horizon) {
  uint32_t uohm = sof_horizon_uohm(state, horizon);
  int32_t by_mV = relief_mV(state, horizon, 1);
  int32_t room_mV = state->group_min_mV + by_mV - config->group_discharge_target_mV;
  int32_t current_mA = least(room_mA(room_mV, uohm), config->discharge_max_mA);
  int32_t power_W = end_power_W(state->pack_mV + BMS_GROUP_COUNT * by_mV, current_mA, uohm);
  uint32_t taper = sof_discharge_taper_permille(state->cold_ddegC, state->hot_ddegC);
  int32_t table_W = derated((int32_t)sof_discharge_table_W(state->soc_permille), (int32_t)taper);
  return least(least(power_W, table_W), (int32_t)config->power_max_W);
}

int32_t sof_charge_W(const bms_config_t *config, const sof_state_t *state, uint32_t horizon) {
  uint32_t uohm = sof_horizon_uohm(state, horizon);
  int32_t by_mV = relief_mV(state, horizon, 0);
  int32_t room_mV = config->group_charge_target_mV - state->group_max_mV - by_mV;
  int32_t current_mA = least(room_mA(room_mV, uohm), config->charge_max_mA);
  int32_t power_W = (int32_t)((int64_t)current_mA * state->pack_mV / 1000000);
  uint32_t table_W = state->is_charging ? sof_charge_table_W(state->soc_permille)
                                        : regeneration_W(state->soc_permille);
  uint32_t taper = sof_charge_taper_permille(state->cold_ddegC, state->hot_ddegC);
  return least(least(not_negative(power_W), derated((int32_t)table_W, (int32_t)taper)),
               (int32_t)config->power_max_W);
}

static int is_closed(const bms_t *bms) {
  return bms->state == BMS_STATE_DRIVE || bms->state == BMS_STATE_CHARGE;
}

static int rsl_of_charge(const bms_t *bms) {
  return limit_is_active(bms, LIMITS_GROUP_MAX, LEVEL_RSL) ||
         limit_is_active(bms, LIMITS_TEMPERATURE_MAX_CHARGE, LEVEL_RSL) ||
         limit_is_active(bms, LIMITS_TEMPERATURE_MIN_CHARGE, LEVEL_RSL) ||
         limit_is_active(bms, LIMITS_TEMPERATURE_MAX_DISCHARGE, LEVEL_RSL);
}

static int rsl_of_discharge(const bms_t *bms) {
  return limit_is_active(bms, LIMITS_GROUP_MIN, LEVEL_RSL) ||
         limit_is_active(bms, LIMITS_TEMPERATURE_MAX_DISCHARGE, LEVEL_RSL) ||
         limit_is_active(bms, LIMITS_TEMPERATURE_MIN_DISCHARGE, LEVEL_RSL);
}

typedef struct {
  int32_t discharge_mA, charge_mA;
} target_t;

static target_t target(const bms_t *bms) {
  const bms_config_t *config = &bms->config;
  const bms_meas_t *meas = &bms->meas;
  target_t shut = {0, 0};
  if (!is_closed(bms) || meas->group_max_index == BMS_NO_LOCATION) return shut;
  if (meas->temperature_max_index == BMS_NO_LOCATION) return shut;
  int32_t cold = meas->temperature_min_ddegC, hot = meas->temperature_max_ddegC;
  uint32_t uohm = sof_group_uohm(cold);
  uint32_t soc = bms->soc.soc_permille;
  int32_t drop_mV = (int32_t)((int64_t)meas->current_mean_mA * uohm / 1000000);
  int32_t max_at_rest_mV = meas->group_max_mV + drop_mV;
  int32_t min_at_rest_mV = meas->group_min_mV + drop_mV;
  uint32_t table_W = bms->state == BMS_STATE_CHARGE ? sof_charge_table_W(soc) : regeneration_W(soc);
  int64_t charge_W = (int64_t)table_W * sof_charge_taper_permille(cold, hot) / 1000;
  int64_t discharge_W =
      (int64_t)sof_discharge_table_W(soc) * sof_discharge_taper_permille(cold, hot) / 1000;
  int32_t derate = bms->reaction.is_derate ? DERATE_permille : 1000;
  target_t wanted;
  wanted.charge_mA = least(power_to_mA(charge_W, meas->pack_mV), config->charge_max_mA);
  wanted.discharge_mA = least(power_to_mA(discharge_W, meas->pack_mV), config->discharge_max_mA);
  wanted.charge_mA =
      least(wanted.charge_mA, room_mA(config->group_charge_target_mV - max_at_rest_mV, uohm));
  wanted.discharge_mA =
      least(wanted.discharge_mA, room_mA(min_at_rest_mV - config->group_discharge_target_mV, uohm));
  wanted.charge_mA = rsl_of_charge(bms) ? 0 : derated(wanted.charge_mA, derate);
  wanted.discharge_mA = rsl_of_discharge(bms) ? 0 : derated(wanted.discharge_mA, derate);
  return wanted;
}

static int32_t slew(int32_t present, int32_t wanted) {
  if (wanted > present + SLEW_UP_mA) return present + SLEW_UP_mA;
  return wanted < present - SLEW_DOWN_mA ? present - SLEW_DOWN_mA : wanted;
}

/// Shut by a reaction in its time, open again in RAMP_UP_ms.
static void move_ramp(bms_t *bms) {
  bms_power_t *limit = &bms->limit;
  int is_shutting = bms->reaction.is_zero_open || bms->reaction.is_open;
  uint32_t time_ms = bms->reaction.is_open ? TASK_ms : bms->reaction.zero_ms;
  uint32_t step = RAMP_FULL / (is_shutting ? time_ms : RAMP_UP_ms) * bms->task_ms;
  if (!is_closed(bms))
    limit->ramp_ppm = RAMP_FULL;
  else if (is_shutting)
    limit->ramp_ppm -= limit->ramp_ppm < step ? limit->ramp_ppm : step;
  else
    limit->ramp_ppm += RAMP_FULL - limit->ramp_ppm < step ? RAMP_FULL - limit->ramp_ppm : step;
}

static int32_t ramped(const bms_t *bms, int32_t value) {
  return (int32_t)((int64_t)value * bms->limit.ramp_ppm / RAMP_FULL);
}

/// Learnt resistance of the pack; one that seems less than new gives no more power.
static uint32_t aged_permille(const bms_t *bms) {
  enum { NEW_permille = 1000 };
  uint32_t learnt_permille = bms->soh.resistance_permille;
  return learnt_permille > NEW_permille ? learnt_permille : NEW_permille;
}

static int32_t power_W(const bms_t *bms, int32_t current_mA) {
  int64_t free_W = (int64_t)current_mA * bms->meas.pack_mV / 1000000;
  return free_W > bms->config.power_max_W ? (int32_t)bms->config.power_max_W : (int32_t)free_W;
}

void sof_update(bms_t *bms) {
  bms_power_t *limit = &bms->limit;
  target_t wanted = target(bms);
  move_ramp(bms);
  if (is_closed(bms)) {
    limit->free_discharge_mA = slew(limit->free_discharge_mA, wanted.discharge_mA);
    limit->free_charge_mA = slew(limit->free_charge_mA, wanted.charge_mA);
  } else {
    limit->free_discharge_mA = limit->free_charge_mA = 0;
  }
  limit->discharge_mA = ramped(bms, limit->free_discharge_mA);
  limit->charge_mA = ramped(bms, limit->free_charge_mA);
  limit->discharge_W = power_W(bms, limit->discharge_mA);
  limit->charge_W = power_W(bms, limit->charge_mA);
  limit->charge_voltage_mV = bms->config.group_charge_target_mV * BMS_GROUP_COUNT;
}

/// Of the six, one each time.
void sof_predict(bms_t *bms) {
  const bms_meas_t *meas = &bms->meas;
  bms_power_t *limit = &bms->limit;
  uint32_t which = limit->horizon_next, horizon = which / 2u;
  int is_charge = which % 2u != 0;
  limit->horizon_next = (uint8_t)(which + 1u < 2u * SOF_HORIZON_COUNT ? which + 1u : 0u);
  int32_t *power_W = &limit->horizon_W[is_charge][horizon];
  int has_values =
      meas->group_max_index != BMS_NO_LOCATION && meas->temperature_max_index != BMS_NO_LOCATION;
  int is_shut = is_charge ? rsl_of_charge(bms) : rsl_of_discharge(bms);
  if (!is_closed(bms) || !has_values || is_shut) {
    *power_W = 0;
    return;
  }
  sof_state_t state = {.group_min_mV = meas->group_min_mV,
                       .group_max_mV = meas->group_max_mV,
                       .pack_mV = meas->pack_mV,
                       .current_mA = meas->current_mean_mA,
                       .cold_ddegC = meas->temperature_min_ddegC,
                       .hot_ddegC = meas->temperature_max_ddegC,
                       .soc_permille = bms->soc.soc_permille,
                       .resistance_permille = aged_permille(bms),
                       .is_charging = bms->state == BMS_STATE_CHARGE};
  int32_t found_W = is_charge ? sof_charge_W(&bms->config, &state, horizon)
                              : sof_discharge_W(&bms->config, &state, horizon);
  *power_W = bms->reaction.is_derate ? derated(found_W, DERATE_permille) : found_W;
}

int32_t sof_published_W(const bms_t *bms, int is_charge, uint32_t horizon) {
  if (!is_closed(bms)) return 0;
  if (is_charge ? rsl_of_charge(bms) : rsl_of_discharge(bms)) return 0;
  return ramped(bms, bms->limit.horizon_W[is_charge][horizon]);
}
