/// Derives the harness's topology: which faults act now, which fuses hold, which pins float.
#include "harness_topology.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_front.h"
#include "harness_grid.h"

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
    harness->is_changed = 1;
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
    harness->is_changed = 1;
  }
}

static void derive_wires(harness_t *harness) {
  harness->slow_count = harness->leak_count = harness->is_worn = 0;
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    const harness_wire_fault_t *fault = &harness->fault[wire];
    double ohm = HARNESS_WIRE_ohm;
    if (harness->is_present[wire]) ohm = fault->is_open ? HARNESS_OPEN_ohm : ohm + fault->extra_ohm;
    if (harness->fuse_is_blown[wire]) ohm = HARNESS_OPEN_ohm;
    harness->series_ohm[wire] = ohm;
    if (ohm > HARNESS_SLOW_ohm) harness->slow_count++;
    if (ohm > HARNESS_WIRE_ohm) harness->is_worn = 1;
    const int leaks = harness->is_present[wire] && fault->leak_ohm > 0.0;
    harness->chassis_S[wire] = leaks ? 1.0 / fault->leak_ohm : 0.0;
    harness->chassis_A[wire] = 0.0;
    if (leaks) harness->leak_count++;
  }
}

/// Pins that float, bit k: row k of the AFE.
typedef uint32_t floats_t[PINS_MODULE_COUNT];

/// Neither its wire nor a leak holds the pin.
static int hangs_loose(const harness_t *harness, uint32_t wire) {
  return harness->series_ohm[wire] > HARNESS_SLOW_ohm &&
         harness->chassis_S[wire] * HARNESS_SLOW_ohm < 1.0;
}

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
  floats_t floats = {0};
  harness->floating_count = 0;
  memset(harness->is_floating, 0, sizeof harness->is_floating);
  if (harness->slow_count == 0) return;
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    const uint32_t afe = pinout_wire[wire].module - 1u;
    floats[afe] |= (uint32_t)hangs_loose(harness, wire) << (wire - pinout_module[afe].first_wire);
  }
  do hold_along_bleeds(harness, floats);
  while (hold_along_shorts(harness, floats));
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    for (uint32_t k = 0; k < pinout_module[afe].wire_count && floats[afe] >> k != 0; k++) {
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
