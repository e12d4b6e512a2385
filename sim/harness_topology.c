/// Derives the harness's topology: which faults act now, which fuses hold, which pins float.
#include "harness_topology.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_front.h"
#include "harness_grid.h"

void harness_topology_touch(harness_t *harness, uint32_t wire) {
  harness->dirty[wire / 64] |= (uint64_t)1 << wire % 64;
  harness->is_changed = 1;
}

/// In each period the fault is there once, for duty of it; jitter draws where that begins.
static int chatter_is_present(const harness_t *harness, uint32_t wire, uint64_t now_us) {
  const harness_wire_fault_t *fault = &harness->fault[wire];
  const double millionths = (double)now_us * fault->chatter_Hz; /* whole edges stay exact */
  const uint64_t period = (uint64_t)(millionths / 1e6);
  double phase = (millionths - (double)period * 1e6) / 1e6;
  if (fault->chatter_jitter > 0.0) {
    rng_t rng = rng_stream(harness->chatter_seed[wire] + period, "chatter");
    phase -= fault->chatter_jitter * (1.0 - fault->chatter_duty) * rng_uniform(&rng);
  }
  return phase >= 0.0 && phase < fault->chatter_duty;
}

void harness_topology_chatter(harness_t *harness, uint64_t now_us) {
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    const int is_present =
        !harness->fault[wire].chatter_is_on || chatter_is_present(harness, wire, now_us);
    if (is_present == harness->is_present[wire]) continue;
    harness->is_present[wire] = (uint8_t)is_present;
    harness_topology_touch(harness, wire);
  }
}

/// Seconds until the fuse melts at its present current; negative: never.
static double melt_s(const harness_t *harness, uint32_t wire) {
  const double amp = harness->wire_A[wire];
  const double rate_A2 = amp * amp - HARNESS_FUSE_A * HARNESS_FUSE_A;
  if (rate_A2 <= 0.0 || harness->fuse_is_blown[wire]) return -1.0;
  return (harness->fuse_limit_A2s[wire] - harness->fuse_heat_A2s[wire]) / rate_A2;
}

static void heat(harness_t *harness, double time_s) {
  harness->fuse_is_warm = 0;
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    const double amp = harness->wire_A[wire];
    const double heat_A2s =
        harness->fuse_heat_A2s[wire] + (amp * amp - HARNESS_FUSE_A * HARNESS_FUSE_A) * time_s;
    harness->fuse_heat_A2s[wire] = heat_A2s > 0.0 ? heat_A2s : 0.0;
    if (heat_A2s > 0.0) harness->fuse_is_warm = 1;
  }
}

/// The wire whose fuse melts first within time_s, PINS_WIRE_COUNT if none does.
static uint32_t first_to_melt(const harness_t *harness, double *time_s) {
  uint32_t first = PINS_WIRE_COUNT;
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    const double wire_s = melt_s(harness, wire);
    if (wire_s < 0.0 || wire_s > *time_s) continue;
    first = wire;
    *time_s = wire_s;
  }
  return first;
}

void harness_topology_fuses(harness_t *harness, uint64_t now_us) {
  double time_s = now_us > harness->fuse_us ? (double)(now_us - harness->fuse_us) * 1e-6 : 0.0;
  harness->fuse_us = now_us;
  if (!harness->fuse_is_hot) return;
  const uint32_t melted = first_to_melt(harness, &time_s);
  heat(harness, time_s); /* when one melts, the others stop heating: their loop is broken */
  if (melted < PINS_WIRE_COUNT) {
    harness->fuse_is_blown[melted] = 1;
    harness_topology_touch(harness, melted);
  }
}

/// Add what the wire is to the counts of such wires, or take it away.
static void count_wire(harness_t *harness, uint32_t wire, int change) {
  const double ohm = harness->series_ohm[wire], leak_S = harness->chassis_S[wire];
  const int is_worn = ohm > HARNESS_WIRE_ohm, is_slow = ohm > HARNESS_SLOW_ohm;
  harness->worn_count = (uint8_t)(harness->worn_count + change * is_worn);
  harness->slow_count = (uint8_t)(harness->slow_count + change * is_slow);
  harness->leak_count = (uint8_t)(harness->leak_count + change * (leak_S > 0.0));
}

static void derive_wire(harness_t *harness, uint32_t wire) {
  const harness_wire_fault_t *fault = &harness->fault[wire];
  const int is_present = harness->is_present[wire];
  double ohm = HARNESS_WIRE_ohm;
  count_wire(harness, wire, -1);
  if (is_present) ohm = fault->is_open ? HARNESS_OPEN_ohm : ohm + fault->extra_ohm;
  if (harness->fuse_is_blown[wire]) ohm = HARNESS_OPEN_ohm;
  harness->series_ohm[wire] = ohm;
  harness->chassis_S[wire] = is_present && fault->leak_ohm > 0.0 ? 1.0 / fault->leak_ohm : 0.0;
  harness->chassis_A[wire] = 0.0;
  count_wire(harness, wire, 1);
  const uint32_t afe = pinout_wire[wire].module - 1u;
  const uint32_t bit = 1u << (wire - pinout_module[afe].first_wire);
  const int is_loose = ohm > HARNESS_SLOW_ohm && harness->chassis_S[wire] * HARNESS_SLOW_ohm < 1.0;
  harness->loose_rows[afe] =
      is_loose ? harness->loose_rows[afe] | bit : harness->loose_rows[afe] & ~bit;
}

static void derive_wires(harness_t *harness) {
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    if (wire % 64 == 0 && harness->dirty[wire / 64] == 0)
      wire += 63;
    else if (harness->dirty[wire / 64] >> wire % 64 & 1u)
      derive_wire(harness, wire);
  }
  memset(harness->dirty, 0, sizeof harness->dirty);
}

/// Pins that float, bit k: row k of the AFE.
typedef uint32_t floats_t[PINS_MODULE_COUNT];

/// A pin that a driven neighbour holds through a bleed or a short does not float.
static void hold_along_bleeds(const harness_t *harness, floats_t floats) {
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const uint32_t bleeds = harness->bleed_mask[afe];
    uint32_t held = floats[afe];
    while (held != 0) {
      const uint32_t driven = ~floats[afe];
      held = floats[afe] & ((driven & bleeds) << 1 | (driven >> 1 & bleeds));
      floats[afe] &= ~held;
    }
  }
}

/// 1 iff one was found.
static int hold_along_shorts(const harness_t *harness, floats_t floats) {
  int is_found = 0;
  for (uint32_t i = 0; i < harness->short_count; i++) {
    const harness_short_t *bridge = &harness->shorts[i];
    const pinout_wire_t *a = &pinout_wire[bridge->wire_a], *b = &pinout_wire[bridge->wire_b];
    const uint32_t at_a = a->module - 1u, at_b = b->module - 1u;
    const uint32_t bit_a = 1u << (bridge->wire_a - pinout_module[at_a].first_wire);
    const uint32_t bit_b = 1u << (bridge->wire_b - pinout_module[at_b].first_wire);
    if (bridge->ohm > HARNESS_SLOW_ohm || !(floats[at_a] & bit_a) == !(floats[at_b] & bit_b))
      continue;
    floats[at_a] &= ~bit_a;
    floats[at_b] &= ~bit_b;
    is_found = 1;
  }
  return is_found;
}

static void derive_floating(harness_t *harness) {
  floats_t floats;
  if (harness->floating_count > 0) memset(harness->is_floating, 0, sizeof harness->is_floating);
  harness->floating_count = 0;
  if (harness->slow_count == 0) return;
  memcpy(floats, harness->loose_rows, sizeof floats);
  do hold_along_bleeds(harness, floats);
  while (hold_along_shorts(harness, floats));
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    for (uint32_t k = 0; floats[afe] >> k != 0; k++) {
      const uint8_t is_floating = floats[afe] >> k & 1u;
      harness->is_floating[pinout_module[afe].first_wire + k] = is_floating;
      harness->floating_count = (uint8_t)(harness->floating_count + is_floating);
    }
  }
}

void harness_topology_plain(harness_t *harness) {
  uint32_t bleeds = 0;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) bleeds |= harness->bleed_mask[afe];
  harness->is_plain = bleeds == 0 && harness->short_count == 0 && harness->slow_count == 0 &&
                      harness->leak_count == 0 && !harness->clamp_is_on;
}

void harness_topology_derive(harness_t *harness, const uint32_t bleed_mask[PINS_MODULE_COUNT]) {
  if (harness->is_changed) derive_wires(harness);
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const uint32_t used = (1u << pinout_module[afe].top_channel) - 1u;
    harness->bleed_mask[afe] = bleed_mask[afe] & used;
  }
  derive_floating(harness);
  harness_topology_plain(harness);
  harness_grid_derive(harness);
  harness->topology_count++;
  harness->is_changed = 0;
}
