/// Rig of the isolation monitor: the chassis of the plant, the converters of the board, the core.
///
/// Model    sim/isolation.c advances by its exact exponential; codes are 12 bit with the board's
///          dither; switches act a tick later. The state machine does not run: a test sets state
///          and contacts
#ifndef TESTS_IMD_RIG_H
#define TESTS_IMD_RIG_H

#include <math.h>
#include <string.h>

#include "../ecu_model/core/imd.h"
#include "../sim/isolation.h"
#include "../sim/rng.h"

typedef struct {
  bms_t bms;
  bms_in_t in;
  isolation_t plant;
  isolation_in_t around;
  rng_t rng;
  double wire_source_V[PINS_WIRE_COUNT];
  double pack_V, pos_gain, neg_gain, pack_gain;
  uint32_t tick;
  uint8_t pos_is_dead, neg_is_dead, chassis_is_off, pos_is_stuck_on;
} imd_rig_t;

static inline void imd_rig_init(imd_rig_t *rig, double pack_V) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(rig, 0, sizeof *rig);
  bms_init(&rig->bms, bms_config_soul_ev(), &boot);
  rig->bms.state = BMS_STATE_STANDBY;
  isolation_params_t sound = isolation_params_soul_ev();
  isolation_init(&rig->plant, &sound);
  rig->rng = rng_stream(1, "imd");
  rig->pack_V = pack_V;
  rig->pos_gain = rig->neg_gain = rig->pack_gain = 1.0;
  rig->around.wire_source_V = rig->wire_source_V;
}

static inline void imd_rig_close(imd_rig_t *rig) {
  rig->bms.digital = BMS_DI_AUX_MAIN_POS | BMS_DI_AUX_MAIN_NEG;
  rig->bms.coil_command = 1u << PINS_COIL_MAIN_POS | 1u << PINS_COIL_MAIN_NEG;
  rig->around.link_pos_is_joined = rig->around.link_neg_is_joined = 1;
}

static inline uint16_t imd_rig_code(imd_rig_t *rig, double volt_V) {
  double code = volt_V * 4095.0 / 500.0 + 1.5 * (rng_uniform(&rig->rng) - 0.5) + 0.5;
  return (uint16_t)(code < 1.0 ? 0 : code > 4095.0 ? 4095 : code);
}

/// A chassis without its wire: the dividers that are on share the pack among themselves.
static inline void imd_rig_cut(imd_rig_t *rig, double divider_V[2]) {
  const uint8_t *is_on = rig->around.switch_is_on;
  for (uint32_t i = 0; i < 2; i++) divider_V[i] = is_on[0] && is_on[1] ? 0.5 * rig->pack_V : 0.0;
}

static inline void imd_rig_tick(imd_rig_t *rig) {
  uint32_t switches = imd_switches(&rig->bms);
  rig->around.pack_V = rig->pack_V;
  if (rig->around.link_pos_is_joined) rig->around.link_V = rig->pack_V;
  for (uint32_t tap = 0; rig->plant.tap_count > 0 && tap < PINS_TAP_COUNT; tap++)
    rig->wire_source_V[isolation_tap_wire(tap)] = rig->pack_V * isolation_tap_groups(tap) / 96.0;
  rig->around.switch_is_on[0] = (switches & 1u) != 0;
  rig->around.switch_is_on[1] = (switches & 2u) != 0;
  if (rig->pos_is_stuck_on) rig->around.switch_is_on[0] = 1;
  isolation_step(&rig->plant, &rig->around, 1000);
  double divider_V[2] = {rig->plant.divider_V[0], rig->plant.divider_V[1]};
  if (rig->chassis_is_off) imd_rig_cut(rig, divider_V);
  rig->in.adc_pack_raw = imd_rig_code(rig, rig->pack_V * rig->pack_gain);
  rig->in.adc_iso_pos_raw =
      imd_rig_code(rig, rig->pos_is_dead ? 0.0 : divider_V[0] * rig->pos_gain);
  rig->in.adc_iso_neg_raw =
      imd_rig_code(rig, rig->neg_is_dead ? 0.0 : divider_V[1] * rig->neg_gain);
  imd_step(&rig->bms, &rig->in);
  rig->tick++;
}

static inline void imd_rig_run(imd_rig_t *rig, uint32_t ms) {
  for (uint32_t i = 0; i < ms; i++) imd_rig_tick(rig);
}

/// ms until so many more results are there; UINT32_MAX iff not within max_ms.
static inline uint32_t imd_rig_results(imd_rig_t *rig, uint32_t count, uint32_t max_ms) {
  uint32_t goal = rig->bms.imd.result_count + count;
  for (uint32_t i = 0; i < max_ms; i++) {
    if (rig->bms.imd.result_count == goal) return i;
    imd_rig_tick(rig);
  }
  return UINT32_MAX;
}

#endif
