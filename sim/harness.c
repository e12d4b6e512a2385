/// Sense harness: keeps faults and states, and solves when the AFEs look or something changes.
#include "harness.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_demand.h"
#include "harness_front.h"
#include "harness_grid.h"
#include "harness_rest.h"
#include "harness_step.h"
#include "harness_topology.h"

enum { DAMAGE_us = 1000 };

static void bind_leakage(harness_t *harness, rng_t *rng) {
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const uint32_t first = pinout_module[afe].first_wire, count = pinout_module[afe].wire_count;
    double sum_A = 0.0;
    for (uint32_t k = 0; k < count; k++) {
      const double size_A = HARNESS_LEAK_A * (0.2 + 0.8 * rng_uniform(rng));
      harness->leak_A[first + k] = rng_uniform(rng) < 0.75 ? size_A : -size_A;
      if (k > 0) sum_A += harness->leak_A[first + k];
    }
    /* a chip is a load: what leaks through its inputs flows into it, so a loose V- drifts up */
    for (uint32_t k = 0; k < count && sum_A < 0.0; k++) harness->leak_A[first + k] *= -1.0;
    double back_A = 0.0;
    for (uint32_t k = 1; k < count; k++) {
      harness->rest_A[first + k] = harness->leak_A[first + k];
      back_A += harness->leak_A[first + k];
    }
    harness->rest_A[first] = -back_A;
  }
}

/// Currents out of the taps, summed from the top of the pack: what each group carries.
static void sum_groups(const harness_t *harness, const double wire_A[PINS_WIRE_COUNT],
                       double group_extra_A[PINS_GROUP_COUNT]) {
  double tap_A[PINS_WIRE_COUNT];
  if (harness->is_permuted) {
    for (uint32_t pin = 0; pin < PINS_WIRE_COUNT; pin++)
      tap_A[harness->source_of[pin]] = wire_A[pin];
    wire_A = tap_A;
  }
  double sum_A = 0.0;
  for (uint32_t wire = PINS_WIRE_COUNT; wire-- > 0;) {
    sum_A += wire_A[wire];
    if (pinout_wire[wire].group_below != PINOUT_NONE)
      group_extra_A[pinout_wire[wire].group_below] = sum_A;
  }
}

void harness_init(harness_t *harness, rng_t rng) {
  memset(harness, 0, sizeof *harness);
  bind_leakage(harness, &rng);
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    harness->source_of[wire] = (uint8_t)wire;
    harness->is_present[wire] = 1;
    harness->series_ohm[wire] = HARNESS_WIRE_ohm;
    harness->fuse_limit_A2s[wire] = HARNESS_FUSE_A2s * (0.9 + 0.2 * rng_uniform(&rng));
  }
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++)
    harness->chatter_seed[wire] = rng_u64(&rng);
  harness->is_changed = 1;
  sum_groups(harness, harness->rest_A, harness->rest_extra_A);
  harness_grid_init(harness);
  harness_rest_init(harness);
}

static int is_within(double value, double min, double max) { return value >= min && value <= max; }

static int leak_is_valid(double ohm) {
  return is_within(ohm, 0.0, 0.0) || is_within(ohm, 1.0, 1e9);
}

harness_status_t harness_set_wire(harness_t *harness, uint32_t wire,
                                  const harness_wire_fault_t *fault) {
  if (wire >= PINS_WIRE_COUNT || !is_within(fault->extra_ohm, 0.0, 1e6) ||
      !leak_is_valid(fault->leak_ohm))
    return HARNESS_ERR_RANGE;
  if (fault->chatter_is_on &&
      (!is_within(fault->chatter_Hz, 0.1, 500.0) || !is_within(fault->chatter_duty, 0.0, 1.0) ||
       !is_within(fault->chatter_jitter, 0.0, 1.0)))
    return HARNESS_ERR_RANGE;
  const int chattered = harness->chatter_is_on;
  harness->fault[wire] = *fault;
  harness_topology_touch(harness, wire);
  harness->chatter_is_on = fault->chatter_is_on != 0;
  for (uint32_t i = 0; i < PINS_WIRE_COUNT && chattered; i++)
    if (harness->fault[i].chatter_is_on) harness->chatter_is_on = 1;
  if (!fault->chatter_is_on) harness->is_present[wire] = 1;
  return HARNESS_OK;
}

harness_status_t harness_set_leak(harness_t *harness, uint32_t wire, double ohm) {
  if (wire >= PINS_WIRE_COUNT || !leak_is_valid(ohm)) return HARNESS_ERR_RANGE;
  harness->fault[wire].leak_ohm = ohm;
  harness_topology_touch(harness, wire);
  return HARNESS_OK;
}

static uint32_t find_short(const harness_t *harness, uint32_t wire_a, uint32_t wire_b) {
  uint32_t i = 0;
  for (; i < harness->short_count; i++) {
    const harness_short_t *bridge = &harness->shorts[i];
    if (bridge->wire_a == wire_a && bridge->wire_b == wire_b) break;
    if (bridge->wire_a == wire_b && bridge->wire_b == wire_a) break;
  }
  return i;
}

harness_status_t harness_set_short(harness_t *harness, uint32_t wire_a, uint32_t wire_b,
                                   double ohm) {
  const int is_removed = is_within(ohm, 0.0, 0.0);
  if (wire_a >= PINS_WIRE_COUNT || wire_b >= PINS_WIRE_COUNT || wire_a == wire_b)
    return HARNESS_ERR_RANGE;
  if (!is_removed && !is_within(ohm, 1e-3, 1e6)) return HARNESS_ERR_RANGE;
  const uint32_t i = find_short(harness, wire_a, wire_b);
  if (is_removed) {
    if (i == harness->short_count) return HARNESS_OK;
    harness->short_count--;
    for (uint32_t j = i; j < harness->short_count; j++) harness->shorts[j] = harness->shorts[j + 1];
    memset(&harness->shorts[harness->short_count], 0, sizeof harness->shorts[0]);
  } else {
    if (i == HARNESS_SHORT_MAX) return HARNESS_ERR_RANGE;
    if (i == harness->short_count) harness->short_count++;
    harness->shorts[i].wire_a = (uint8_t)wire_a;
    harness->shorts[i].wire_b = (uint8_t)wire_b;
    harness->shorts[i].ohm = ohm;
  }
  harness->is_changed = 1;
  return HARNESS_OK;
}

harness_status_t harness_set_permutation(harness_t *harness,
                                         const uint8_t source_of[PINS_WIRE_COUNT]) {
  uint8_t is_used[PINS_WIRE_COUNT] = {0};
  for (uint32_t pin = 0; pin < PINS_WIRE_COUNT; pin++) {
    if (source_of[pin] >= PINS_WIRE_COUNT || is_used[source_of[pin]]) return HARNESS_ERR_RANGE;
    is_used[source_of[pin]] = 1;
  }
  harness->is_permuted = 0;
  for (uint32_t pin = 0; pin < PINS_WIRE_COUNT; pin++) {
    harness->source_of[pin] = source_of[pin];
    if (source_of[pin] != pin) harness->is_permuted = 1;
  }
  harness->is_changed = 1;
  return HARNESS_OK;
}

static uint32_t used_mask(uint32_t afe, const pins_out_t *demand) {
  return demand->bleed_mask[afe] & ((1u << pinout_module[afe].top_channel) - 1u);
}

static int bleed_changes(const harness_t *harness, const pins_out_t *demand) {
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++)
    if (used_mask(afe, demand) != harness->bleed_mask[afe]) return 1;
  return 0;
}

int harness_is_due(const harness_t *harness, const pins_out_t *demand) {
  if (!harness->is_started || harness->is_changed || harness->chatter_is_on ||
      harness->fuse_is_hot || harness->leak_count > 0)
    return 1;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    if (demand->afe_mode[afe] != PINS_AFE_IDLE) return 1;
    if (harness->clamp_A[afe] > HARNESS_DAMAGE_A && !harness->afe_is_damaged[afe]) return 1;
  }
  return bleed_changes(harness, demand);
}

static void start(harness_t *harness, uint64_t now_us) {
  harness_step_reset(harness);
  harness->state_us = harness->fuse_us = now_us;
  harness->is_started = 1;
  static const uint32_t no_bleed[PINS_MODULE_COUNT];
  harness_topology_derive(harness, no_bleed);
  harness->is_changed = 1;
}

/// Bring the state to now if something changes there: the topology, or a test current sets in.
/// Returns what is left to advance before the step.
static double catch_up(harness_t *harness, uint64_t now_us, const pins_out_t *demand,
                       int test_is_on) {
  const harness_grid_t *grid = &harness->derived.grid;
  const double gap_s =
      now_us > harness->state_us ? (double)(now_us - harness->state_us) * 1e-6 : 0.0;
  harness_topology_fuses(harness, now_us);
  if (harness->chatter_is_on) harness_topology_chatter(harness, now_us);
  const int bleeds_change = bleed_changes(harness, demand);
  const int state_is_needed = harness->slow_count > 0 && (bleeds_change || test_is_on);
  const int is_separate = harness->is_changed || state_is_needed;
  if (is_separate)
    harness_step_run(harness, 0, gap_s > 0.0 ? gap_s : HARNESS_DEMAND_MIN_s, grid->rest_A);
  if (harness->is_changed || bleeds_change) harness_topology_derive(harness, demand->bleed_mask);
  return is_separate || harness->slow_count == 0 ? 0.0 : gap_s;
}

/// Fuses that heat or cool and clamps that carry too much, from the last solution.
static void watch(harness_t *harness, uint64_t now_us) {
  const double hottest_A2 = harness->derived.frame.hottest_A2;
  harness->fuse_is_hot = harness->fuse_is_warm || hottest_A2 > HARNESS_FUSE_A * HARNESS_FUSE_A;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    uint64_t *since_us = &harness->clamp_since_us[afe];
    if (harness->clamp_A[afe] <= HARNESS_DAMAGE_A)
      *since_us = 0;
    else if (*since_us == 0)
      *since_us = now_us + 1;
    else if (now_us + 1 >= *since_us + DAMAGE_us)
      harness->afe_is_damaged[afe] = 1;
  }
}

static void write_pins(const harness_t *harness, const harness_demand_t *test, pins_in_t *pins) {
  memcpy(pins->wire_V, harness->pin_V, sizeof pins->wire_V);
  if (test->is_on)
    harness_step_sampled(harness, test->drop_V, pins->afe_input_V);
  else
    memcpy(pins->afe_input_V, harness->input_V, sizeof pins->afe_input_V);
}

/// Nothing is wrong, and nothing changes: 1 iff the solution is made.
static int rest(harness_t *harness, uint64_t now_us, const double source_V[PINS_WIRE_COUNT],
                const pins_out_t *demand, pins_in_t *pins, double group_extra_A[PINS_GROUP_COUNT]) {
  if (!harness->is_plain || harness->worn_count > 0 || harness->is_changed ||
      harness->chatter_is_on || harness->fuse_is_hot || harness->is_permuted ||
      !harness->is_started || harness_demand_tests(demand) || bleed_changes(harness, demand) ||
      !harness_rest_solve(harness, source_V, pins))
    return 0;
  memcpy(group_extra_A, harness->rest_extra_A, sizeof harness->rest_extra_A);
  harness->fuse_us = now_us;
  harness->state_us = now_us + (uint64_t)(harness_demand_longest_s(demand) * 1e6 + 0.5);
  return 1;
}

static void solve_rows(harness_t *harness, uint64_t now_us, const double source_V[PINS_WIRE_COUNT],
                       const pins_out_t *demand, pins_in_t *pins,
                       double group_extra_A[PINS_GROUP_COUNT]) {
  double permuted_V[PINS_WIRE_COUNT];
  _Alignas(SIMD_LINE_bytes) harness_demand_t test;
  if (harness->is_permuted) {
    for (uint32_t pin = 0; pin < PINS_WIRE_COUNT; pin++)
      permuted_V[pin] = source_V[harness->source_of[pin]];
    source_V = permuted_V;
  }
  harness_step_begin(harness, source_V);
  if (!harness->is_started) start(harness, now_us);
  const double step_s = harness_demand_read(harness, demand, &test);
  const double gap_s = catch_up(harness, now_us, demand, test.is_on);
  const harness_demand_t *given = &test;
  const harness_grid_t *grid = &harness->derived.grid;
  harness_step_run(harness, 1, gap_s + step_s, test.is_on ? given->into_A : grid->rest_A);
  harness_step_end(harness, group_extra_A);
  harness->state_us = now_us + (uint64_t)(step_s * 1e6 + 0.5);
  write_pins(harness, &test, pins);
  if (harness->is_permuted) sum_groups(harness, harness->wire_A, group_extra_A);
  if (!harness->is_plain || harness->fuse_is_hot) {
    watch(harness, now_us);
    harness_topology_plain(harness);
  }
}

void harness_solve(harness_t *harness, uint64_t now_us, const double source_V[PINS_WIRE_COUNT],
                   const pins_out_t *demand, pins_in_t *pins,
                   double group_extra_A[PINS_GROUP_COUNT]) {
  if (!rest(harness, now_us, source_V, demand, pins, group_extra_A))
    solve_rows(harness, now_us, source_V, demand, pins, group_extra_A);
}

/// A leak that has just been set counts at once: the chassis must not lag behind its pin.
static double leak_S(const harness_t *harness, uint32_t wire) {
  const harness_wire_fault_t *fault = &harness->fault[wire];
  if (!harness->is_changed) return harness->chassis_S[wire];
  return harness->is_present[wire] && fault->leak_ohm > 0.0 ? 1.0 / fault->leak_ohm : 0.0;
}

void harness_chassis(const harness_t *harness, double *conductance_S, double *current_A) {
  *conductance_S = *current_A = 0.0;
  if (harness->leak_count == 0 && !harness->is_changed) return;
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    const double wire_S = leak_S(harness, wire);
    *conductance_S += wire_S;
    *current_A += wire_S * harness->pin_V[wire];
  }
}
