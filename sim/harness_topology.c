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

/// Neither its wire nor a leak holds the pin.
static int hangs_loose(const harness_t *harness, uint32_t wire) {
  return harness->series_ohm[wire] > HARNESS_SLOW_ohm &&
         harness->chassis_S[wire] * HARNESS_SLOW_ohm < 1.0;
}

/// A pin that a driven neighbour holds through a bleed or a short does not float. 1 iff one was
/// found.
static int hold_along_bleeds(harness_t *harness) {
  int is_found = 0;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const uint32_t first = pinout_module[afe].first_wire;
    for (uint32_t k = 1; k < pinout_module[afe].wire_count && harness->bleed_mask[afe] != 0; k++) {
      uint8_t *below = &harness->is_floating[first + k - 1],
              *above = &harness->is_floating[first + k];
      if (!(harness->bleed_mask[afe] >> (k - 1) & 1u) || *below == *above) continue;
      *below = *above = 0;
      is_found = 1;
    }
  }
  return is_found;
}

static int hold_along_shorts(harness_t *harness) {
  int is_found = 0;
  for (uint32_t i = 0; i < harness->short_count; i++) {
    const harness_short_t *bridge = &harness->shorts[i];
    uint8_t *a = &harness->is_floating[bridge->wire_a], *b = &harness->is_floating[bridge->wire_b];
    if (bridge->ohm > HARNESS_SLOW_ohm || *a == *b) continue;
    *a = *b = 0;
    is_found = 1;
  }
  return is_found;
}

static void derive_floating(harness_t *harness) {
  harness->floating_count = 0;
  memset(harness->is_floating, 0, sizeof harness->is_floating);
  if (harness->slow_count == 0) return;
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++)
    harness->is_floating[wire] = (uint8_t)hangs_loose(harness, wire);
  int is_found = 1;
  while (is_found) {
    is_found = hold_along_bleeds(harness);
    is_found |= hold_along_shorts(harness);
  }
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++)
    harness->floating_count = (uint8_t)(harness->floating_count + harness->is_floating[wire]);
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
