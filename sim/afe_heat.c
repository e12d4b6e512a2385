/// Heat of the AFE boards: two lags, exact from one solution of the harness to the next.
#include "afe_heat.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "det_math.h"
#include "harness_front.h"

static const double COLD_K = 1e-3;
static const double COOLING_s = 10.0; ///< between two looks at boards that only cool down

afe_heat_params_t afe_heat_params(void) {
  return (afe_heat_params_t){
      .board_KpW = 8.0, /* both sides of 90 cm2 at 7 W/m2K: assumed */
      .board_s = 240.0, /* 30 J/K, of 14 cm3 of laminate: assumed */
      .resistor_KpW = 40.0, /* of size 2512 on its pads: assumed */
      .resistor_s = 8.0, /* assumed */
      .die_K = 3.0, /* 60 mW at 50 K/W: assumed */
  };
}

void afe_heat_init(afe_heat_t *heat) {
  memset(heat, 0, sizeof *heat);
  heat->params = afe_heat_params();
}

static double since_s(const afe_heat_t *heat, uint64_t now_us) {
  return now_us > heat->state_us ? 1e-6 * (double)(now_us - heat->state_us) : 0.0;
}

/// From one temperature to where power brings it.
static double lag(double from_K, double to_K, double share) {
  return from_K + (to_K - from_K) * share;
}

static void advance(afe_heat_t *heat, double dt_s) {
  const afe_heat_params_t *params = &heat->params;
  const double board_share = det_expm1_neg(dt_s / params->board_s);
  const double resistor_share = det_expm1_neg(dt_s / params->resistor_s);
  double warmest_K = 0.0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    heat->board_K[m] = lag(heat->board_K[m], heat->board_W[m] * params->board_KpW, board_share);
    heat->board_J[m] += heat->board_W[m] * dt_s;
    if (heat->board_K[m] > warmest_K) warmest_K = heat->board_K[m];
  }
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++) {
    double *resistor_K = &heat->resistor_K[g];
    *resistor_K = lag(*resistor_K, heat->group_W[g] * params->resistor_KpW, resistor_share);
    if (*resistor_K > warmest_K) warmest_K = *resistor_K;
  }
  heat->is_warm = warmest_K > COLD_K;
}

/// What bleeds now.
static void take_powers(afe_heat_t *heat, const harness_t *harness) {
  memset(heat->board_W, 0, sizeof heat->board_W);
  for (uint32_t g = 0; g < PINS_GROUP_COUNT; g++) {
    const pinout_group_t *row = &pinout_group[g];
    const uint32_t board = row->module - 1u;
    heat->group_W[g] = 0.0;
    if ((harness->bleed_mask[board] >> (row->channel - 1u) & 1u) == 0) continue;
    const double V = harness->pin_V[row->wire_above] - harness->pin_V[row->wire_below];
    heat->group_W[g] = V * V / HARNESS_BLEED_ohm;
    heat->board_W[board] += heat->group_W[g];
  }
}

static int bleeds(const harness_t *harness) {
  uint32_t any = 0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) any |= harness->bleed_mask[m];
  return any != 0;
}

/// All at the temperature of their cases; what was turned into heat stays in the books.
static void forget(afe_heat_t *heat) {
  memset(heat->resistor_K, 0, sizeof heat->resistor_K);
  memset(heat->group_W, 0, sizeof heat->group_W);
  memset(heat->board_K, 0, sizeof heat->board_K);
  memset(heat->board_W, 0, sizeof heat->board_W);
}

void afe_heat_take(afe_heat_t *heat, const harness_t *harness, uint64_t now_us) {
  const int will_bleed = bleeds(harness);
  const double dt_s = since_s(heat, now_us);
  if (!heat->is_bleeding && !will_bleed && (!heat->is_warm || dt_s < COOLING_s)) return;
  if (heat->is_warm) advance(heat, dt_s);
  if (!heat->is_warm) forget(heat);
  heat->state_us = now_us;
  heat->is_bleeding = (uint8_t)will_bleed;
  if (will_bleed) heat->is_warm = 1;
  take_powers(heat, harness);
}

double afe_heat_board_K(const afe_heat_t *heat, uint32_t board, uint64_t now_us) {
  const double share = det_expm1_neg(since_s(heat, now_us) / heat->params.board_s);
  return lag(heat->board_K[board], heat->board_W[board] * heat->params.board_KpW, share);
}

double afe_heat_resistor_K(const afe_heat_t *heat, uint32_t board, uint64_t now_us) {
  const pinout_module_t *module = &pinout_module[board];
  const double share = det_expm1_neg(since_s(heat, now_us) / heat->params.resistor_s);
  double warmest_K = 0.0;
  for (uint32_t i = 0; i < module->group_count; i++) {
    const uint32_t g = module->first_group + i;
    const double K = lag(heat->resistor_K[g], heat->group_W[g] * heat->params.resistor_KpW, share);
    if (K > warmest_K) warmest_K = K;
  }
  return warmest_K;
}

double afe_heat_J(const afe_heat_t *heat, uint32_t board, uint64_t now_us) {
  return heat->board_J[board] + heat->board_W[board] * since_s(heat, now_us);
}
