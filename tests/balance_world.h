/// A pack for the balancer alone, in rounds of a hundred tasks: 96 groups with their own capacity,
/// charge, hysteresis and losses, switches with their own resistors, boards that warm.
///
/// Model    rest voltages from the points of the cell's parameter file, not the core's table; the
///          core's parts are called as the main task would, each task lasts WORLD_TASK_ms
/// Units    SI; a round is 100 tasks
#ifndef TESTS_BALANCE_WORLD_H
#define TESTS_BALANCE_WORLD_H

#include <math.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/balance.h"
#include "../ecu_model/core/bms.h"
#include "../ecu_model/core/leak.h"
#include "../ecu_model/gen/pinout.h"
#include "../sim/rng.h"

enum { WORLD_TASK_ms = 1000, WORLD_ROUND_s = 100, WORLD_GROUPS = BMS_GROUP_COUNT };

typedef struct {
  double capacity_Ah, charge_Ah;
  double hysteresis; ///< -1 .. 1
  double leak_ohm; ///< 0: none
  double loss_A; ///< self-discharge
  double offset_V; ///< of the measurement
  double bleed_ohm;
} world_group_t;

typedef struct {
  bms_t bms;
  world_group_t group[WORLD_GROUPS];
  double module_degC[BMS_AFE_COUNT], rise_K[BMS_AFE_COUNT];
  double board_KpW, board_s; ///< truth
  double warmest_degC;
  double noise_V, duty;
  double bled_Ah; ///< through all switches, truth
  double time_s;
  double accused_s; ///< when the watch first accused a group; 0: nobody so far
  uint32_t accused_group; ///< that one
  uint32_t evidence_permille; ///< largest so far, of what it takes to accuse
  rng_t rng;
} world_t;

static inline double world_ocv_V(double soc) {
  static const double at_V[] = {
      3.2500, 3.3339, 3.4022, 3.4392, 3.4665, 3.4896, 3.5087, 3.5249, 3.5389, 3.5509, 3.5621,
      3.5736, 3.5854, 3.5979, 3.6118, 3.6287, 3.6455, 3.6633, 3.6782, 3.7013, 3.7301, 3.7473,
      3.7665, 3.7930, 3.8261, 3.8489, 3.8626, 3.8800, 3.8971, 3.9201, 3.9382, 3.9474, 3.9751,
      3.9982, 4.0166, 4.0362, 4.0436, 4.0641, 4.0898, 4.1188, 4.1500,
  };
  double at = soc * 40.0;
  if (at < 0.0) at = 0.0;
  if (at > 39.999) at = 39.999;
  int i = (int)at;
  return at_V[i] + (at_V[i + 1] - at_V[i]) * (at - i);
}

static inline double world_rest_V(const world_group_t *group) {
  return world_ocv_V(group->charge_Ah / group->capacity_Ah) + 0.010 * group->hysteresis;
}

static inline double world_spread_V(const world_t *world) {
  double low = 9.0, high = 0.0;
  for (int i = 0; i < WORLD_GROUPS; i++) {
    double V = world_rest_V(&world->group[i]);
    low = V < low ? V : low;
    high = V > high ? V : high;
  }
  return high - low;
}

/// Charge out of a group, in A h; its hysteresis follows.
static inline void world_take(world_group_t *group, double charge_Ah) {
  double turn = 1.0 - exp(-30.0 * fabs(charge_Ah) / group->capacity_Ah);
  group->hysteresis += ((charge_Ah > 0.0 ? -1.0 : 1.0) - group->hysteresis) * turn;
  group->charge_Ah -= charge_Ah;
}

static inline double world_random(world_t *world) { return 2.0 * rng_uniform(&world->rng) - 1.0; }

static inline void world_measure(world_t *world) {
  bms_meas_t *meas = &world->bms.meas;
  meas->group_min_mV = UINT16_MAX;
  for (uint32_t i = 0; i < WORLD_GROUPS; i++) {
    const pinout_group_t *row = &pinout_group[i];
    double V = world_rest_V(&world->group[i]) + world->group[i].offset_V +
               world->noise_V * world_random(world);
    uint16_t code = (uint16_t)lround(V * 1e4);
    world->bms.afe.cell_raw[AFE_KEPT_BELIEVED][row->module - 1][row->channel - 1] = code;
    meas->group_mV[i] = (uint16_t)((code + 5) / 10);
    meas->group_quality[i] = BMS_QUALITY_VALID;
    if (meas->group_mV[i] < meas->group_min_mV) meas->group_min_mV = meas->group_mV[i];
  }
  meas->group_min_index = 0;
  for (int m = 0; m < BMS_AFE_COUNT; m++) {
    meas->module_quality[m] = BMS_QUALITY_VALID;
    meas->module_ddegC[m] = (int16_t)lround(10.0 * world->module_degC[m]);
  }
}

static inline void world_bleed(world_t *world) {
  double power_W[BMS_AFE_COUNT] = {0};
  for (uint32_t i = 0; i < WORLD_GROUPS; i++) {
    const pinout_group_t *row = &pinout_group[i];
    world_group_t *group = &world->group[i];
    double V = world_rest_V(group), h = WORLD_ROUND_s / 3600.0, lost_Ah = group->loss_A * h;
    if (group->leak_ohm > 0.0) lost_Ah += V / group->leak_ohm * h;
    if (world->bms.afe.bleed_mask[row->module - 1] >> (row->channel - 1) & 1u) {
      lost_Ah += V / group->bleed_ohm * world->duty * h;
      world->bled_Ah += V / group->bleed_ohm * world->duty * h;
      power_W[row->module - 1] += V * V / group->bleed_ohm * world->duty;
    }
    if (lost_Ah > 0.0) world_take(group, lost_Ah);
  }
  double share = 1.0 - exp(-WORLD_ROUND_s / world->board_s);
  for (int m = 0; m < BMS_AFE_COUNT; m++) {
    world->rise_K[m] += (power_W[m] * world->board_KpW - world->rise_K[m]) * share;
    double board_degC = world->module_degC[m] + world->rise_K[m];
    if (board_degC > world->warmest_degC) world->warmest_degC = board_degC;
  }
}

/// Nobody is accused by the watch.
static inline int world_is_calm(const world_t *world) {
  const bms_leak_t *leak = &world->bms.leak;
  return leak->judged_count == 0 || leak->accused_group == BMS_NO_LOCATION;
}

/// A hundred tasks, at rest or not.
static inline void world_round(world_t *world, int is_at_rest) {
  bms_t *bms = &world->bms;
  bms->state = is_at_rest ? BMS_STATE_STANDBY : BMS_STATE_DRIVE;
  world_measure(world);
  world_bleed(world);
  for (int i = 0; i < 100; i++) {
    bms->meas.rest_ms = is_at_rest ? bms->meas.rest_ms + WORLD_TASK_ms : 0;
    balance_step(bms);
    balance_guard(bms);
  }
  world->time_s += WORLD_ROUND_s;
  if (bms->leak.evidence_permille > world->evidence_permille)
    world->evidence_permille = bms->leak.evidence_permille;
  if (world->accused_s > 0.0 || world_is_calm(world)) return;
  world->accused_s = world->time_s;
  world->accused_group = bms->leak.accused_group;
}

static inline void world_rest_h(world_t *world, double hours) {
  for (int i = 0; i < (int)(hours * 3600.0 / WORLD_ROUND_s); i++) world_round(world, 1);
}

/// A drive or a charge of an hour: the same charge through all groups.
static inline void world_drive(world_t *world, double charge_Ah) {
  for (int i = 0; i < 36; i++) {
    for (int g = 0; g < WORLD_GROUPS; g++) world_take(&world->group[g], charge_Ah / 36.0);
    world_round(world, 0);
  }
}

/// Equal groups of 79 A h at a SOC, 25 degC, in STANDBY.
static inline void world_init(world_t *world, double soc, uint64_t seed) {
  memset(world, 0, sizeof *world);
  world->rng = rng_stream(seed, "balance");
  world->board_KpW = 8.0;
  world->board_s = 120.0;
  world->duty = 0.77;
  for (int i = 0; i < WORLD_GROUPS; i++) {
    world->group[i] =
        (world_group_t){.capacity_Ah = 79.0, .charge_Ah = 79.0 * soc, .bleed_ohm = 33.1};
  }
  for (int m = 0; m < BMS_AFE_COUNT; m++) world->module_degC[m] = 25.0;
  bms_t *bms = &world->bms;
  bms->config = *bms_config_soul_ev();
  bms->state = BMS_STATE_STANDBY;
  bms->task_ms = WORLD_TASK_ms;
  bms->afe.config_ok_mask = 0xFF;
  bms->meas.supply_mV = 13200;
  bms->soh.capacity_permille = 1000;
  for (int dtc = 0; dtc < DTC_COUNT; dtc++) bms->dtc[dtc].location = BMS_NO_LOCATION;
}

/// A used pack: every group has its own capacity, charge, losses, switch and measuring error. The
/// core has learnt the pack's capacity to within 3 %.
/// Self-discharge: one to three times loss_uA.
static inline void world_make_used(world_t *world, double soc, double health, double loss_uA,
                                   uint64_t seed) {
  world_init(world, soc, seed);
  world->noise_V = 3e-4;
  for (int i = 0; i < WORLD_GROUPS; i++) {
    world_group_t *group = &world->group[i];
    group->capacity_Ah = 79.0 * health * (1.0 + 0.03 * world_random(world));
    group->charge_Ah = group->capacity_Ah * (soc + 0.005 * world_random(world));
    group->hysteresis = 0.0;
    group->loss_A = 1e-6 * loss_uA * (2.0 + world_random(world));
    group->offset_V = 0.0022 * world_random(world);
    group->bleed_ohm = 33.1 * (1.0 + 0.05 * world_random(world));
  }
  world->duty = 0.77 * (1.0 + 0.05 * world_random(world));
  double learnt = health * (1.0 + 0.03 * world_random(world));
  world->bms.soh.capacity_permille = (uint16_t)lround(1000.0 * learnt);
}

#endif
