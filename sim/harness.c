/// Sense harness: keeps faults and states, and solves when the AFEs look or something changes.
#include "harness.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_couple.h"
#include "harness_net.h"
#include "harness_topology.h"

enum { DAMAGE_us = 1000, TIED_CHANNEL_COUNT = 18 };

static const double hold_min_s = 1e-6;

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
    harness->fuse_limit_A2s[wire] = HARNESS_FUSE_A2s * (0.9 + 0.2 * rng_uniform(&rng));
  }
  harness->is_changed = 1;
  sum_groups(harness, harness->rest_A, harness->rest_extra_A);
}

static int is_within(double value, double min, double max) { return value >= min && value <= max; }

harness_status_t harness_set_wire(harness_t *harness, uint32_t wire,
                                  const harness_wire_fault_t *fault) {
  if (wire >= PINS_WIRE_COUNT || !is_within(fault->extra_ohm, 0.0, 1e6)) return HARNESS_ERR_RANGE;
  if (fault->chatter_is_on &&
      (!is_within(fault->chatter_Hz, 0.1, 500.0) || !is_within(fault->chatter_duty, 0.0, 1.0)))
    return HARNESS_ERR_RANGE;
  harness->fault[wire] = *fault;
  harness->is_changed = 1;
  harness->chatter_is_on = 0;
  for (uint32_t i = 0; i < PINS_WIRE_COUNT; i++)
    if (harness->fault[i].chatter_is_on) harness->chatter_is_on = 1;
  if (!fault->chatter_is_on) harness->is_present[wire] = 1;
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
  if (!harness->is_started || harness->is_changed || harness->chatter_is_on || harness->fuse_is_hot)
    return 1;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    if (demand->afe_mode[afe] != PINS_AFE_IDLE) return 1;
    if (harness->clamp_A[afe] > HARNESS_DAMAGE_A && !harness->afe_is_damaged[afe]) return 1;
  }
  return bleed_changes(harness, demand);
}

static double slots_s(const pins_out_t *demand, uint32_t afe) {
  if (demand->afe_mode[afe] == PINS_AFE_IDLE ||
      demand->afe_slot_end[afe] <= demand->afe_slot_begin[afe])
    return 0.0;
  return (demand->afe_slot_end[afe] - demand->afe_slot_begin[afe]) * (demand->afe_slot_us * 1e-6);
}

static double longest_s(const pins_out_t *demand) {
  double longest = hold_min_s;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const double afe_s = slots_s(demand, afe);
    if (afe_s > longest) longest = afe_s;
  }
  return longest;
}

/// How often the slots of this tick drive a test current into each input of an AFE.
static void count_slots(const pins_out_t *demand, uint32_t afe, double slots[HARNESS_INPUT_MAX]) {
  const uint32_t top = pinout_module[afe].top_channel;
  for (uint32_t k = 0; k < HARNESS_INPUT_MAX; k++) slots[k] = 0.0;
  for (uint32_t channel = 1; channel <= TIED_CHANNEL_COUNT; channel++) {
    const uint32_t slot = (channel - 1) % PINS_SLOT_COUNT;
    if (slot < demand->afe_slot_begin[afe] || slot >= demand->afe_slot_end[afe]) continue;
    slots[channel < top ? channel : top] += 1.0;
    slots[channel - 1 < top ? channel - 1 : top] += 1.0;
  }
}

/// Mean test current of the step into each input, and the voltage that its full current drops in
/// the filter beyond that (an input is sampled while its current flows).
static int add_test(const harness_t *harness, const pins_out_t *demand, harness_step_t *step,
                    double drop_V[PINS_WIRE_COUNT]) {
  int is_on = 0;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    const uint8_t mode = demand->afe_mode[afe];
    if (mode != PINS_AFE_PULL_UP && mode != PINS_AFE_PULL_DOWN) continue;
    if (slots_s(demand, afe) <= 0.0) continue;
    if (!is_on) {
      memset(step->test_A, 0, sizeof step->test_A);
      for (uint32_t i = 0; i < PINS_WIRE_COUNT; i++) drop_V[i] = 0.0;
      is_on = 1;
    }
    double slots[HARNESS_INPUT_MAX];
    count_slots(demand, afe, slots);
    const double sign = mode == PINS_AFE_PULL_UP ? 1.0 : -1.0;
    const double share = demand->afe_slot_us * 1e-6 / step->step_s;
    for (uint32_t k = 0; k < pinout_module[afe].wire_count; k++) {
      const uint32_t wire = pinout_module[afe].first_wire + k;
      step->test_A[wire] = sign * HARNESS_TEST_A * slots[k] * share;
      if (slots[k] > 0.0 && (k == 0 || !harness->is_floating[wire]))
        drop_V[wire] = HARNESS_FILTER_ohm * (sign * HARNESS_TEST_A - step->test_A[wire]);
    }
  }
  return is_on;
}

/// Closed form of an AFE with nothing wrong. 0 iff a clamp would act.
static int solve_plain(harness_t *harness, uint32_t afe, const double *source_V,
                       const double *test_A) {
  const uint32_t first = pinout_module[afe].first_wire, count = pinout_module[afe].wire_count;
  const uint32_t end = first + count;
  double back_A = harness->rest_A[first];
  for (uint32_t wire = first + 1; wire < end; wire++) {
    const double into_A = harness->leak_A[wire] - (test_A ? test_A[wire] : 0.0);
    if (test_A) back_A += test_A[wire];
    harness->wire_A[wire] = into_A;
    harness->pin_V[wire] = source_V[wire] - harness->series_ohm[wire] * into_A;
    harness->input_V[wire] = harness->pin_V[wire] - HARNESS_FILTER_ohm * into_A;
  }
  const double minus_V = source_V[first] - harness->series_ohm[first] * back_A;
  harness->wire_A[first] = back_A;
  harness->pin_V[first] = minus_V;
  harness->input_V[first] =
      minus_V - HARNESS_FILTER_ohm * (harness->leak_A[first] - (test_A ? test_A[first] : 0.0));
  int is_clamped = harness->input_V[end - 1] - harness->input_V[end - 2] > HARNESS_ZENER_V;
  for (uint32_t wire = first + 1; wire < end; wire++) {
    is_clamped |= harness->input_V[wire - 1] - harness->input_V[wire] > HARNESS_DIODE_V;
    is_clamped |= minus_V - harness->input_V[wire] > HARNESS_DIODE_V;
  }
  harness->clamp_A[afe] = 0.0;
  return !is_clamped;
}

static int solve_all_plain(harness_t *harness, const double *source_V, const double *test_A) {
  int all_are_plain = 1;
  for (uint32_t afe = 0; afe < PINS_MODULE_COUNT; afe++) {
    if (harness->afe_is_plain[afe] && !solve_plain(harness, afe, source_V, test_A))
      harness->afe_is_plain[afe] = 0;
    all_are_plain &= harness->afe_is_plain[afe];
  }
  return all_are_plain;
}

/// One implicit step of everything; 1 iff all AFEs were plain.
static int advance(harness_t *harness, harness_step_t *step, int test_is_on) {
  if (solve_all_plain(harness, step->source_V, test_is_on ? step->test_A : 0)) return 1;
  if (!test_is_on) memset(step->test_A, 0, sizeof step->test_A);
  harness_couple_step(harness, step);
  return 0;
}

static void start(harness_t *harness, uint64_t now_us, const double *source_V) {
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++)
    harness->pin_V[wire] = harness->input_V[wire] = source_V[wire];
  harness->state_us = harness->fuse_us = now_us;
  harness->is_started = 1;
  static const uint32_t no_bleed[PINS_MODULE_COUNT];
  harness_topology_derive(harness, no_bleed);
  harness->is_changed = 1;
}

/// Bring the state to now with the topology as it was, then take over what has changed.
static void catch_up(harness_t *harness, uint64_t now_us, harness_step_t *step,
                     const pins_out_t *demand) {
  harness_topology_fuses(harness, now_us);
  if (harness->chatter_is_on) harness_topology_chatter(harness, now_us);
  if (harness->is_changed || harness->slow_count > 0) {
    step->step_s =
        now_us > harness->state_us ? (double)(now_us - harness->state_us) * 1e-6 : hold_min_s;
    (void)advance(harness, step, 0);
  }
  if (harness->is_changed || bleed_changes(harness, demand))
    harness_topology_derive(harness, demand->bleed_mask);
}

static void watch(harness_t *harness, uint64_t now_us) {
  harness->fuse_is_hot = 0;
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    const double amp = harness->wire_A[wire];
    if (amp * amp > HARNESS_FUSE_A * HARNESS_FUSE_A || harness->fuse_heat_A2s[wire] > 0.0)
      harness->fuse_is_hot = 1;
  }
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

void harness_solve(harness_t *harness, uint64_t now_us, const double source_V[PINS_WIRE_COUNT],
                   const pins_out_t *demand, pins_in_t *pins,
                   double group_extra_A[PINS_GROUP_COUNT]) {
  double permuted_V[PINS_WIRE_COUNT], drop_V[PINS_WIRE_COUNT];
  harness_step_t step;
  step.source_V = source_V;
  if (harness->is_permuted) {
    for (uint32_t pin = 0; pin < PINS_WIRE_COUNT; pin++)
      permuted_V[pin] = source_V[harness->source_of[pin]];
    step.source_V = permuted_V;
  }
  if (!harness->is_started) start(harness, now_us, step.source_V);
  catch_up(harness, now_us, &step, demand);
  step.step_s = longest_s(demand);
  const int test_is_on = add_test(harness, demand, &step, drop_V);
  const int is_plain = advance(harness, &step, test_is_on);
  harness->state_us = now_us + (uint64_t)(step.step_s * 1e6 + 0.5);
  memcpy(pins->wire_V, harness->pin_V, sizeof pins->wire_V);
  memcpy(pins->afe_input_V, harness->input_V, sizeof pins->afe_input_V);
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT && test_is_on; wire++)
    pins->afe_input_V[wire] += drop_V[wire];
  if (is_plain && !test_is_on && !harness->is_permuted)
    memcpy(group_extra_A, harness->rest_extra_A, sizeof harness->rest_extra_A);
  else
    sum_groups(harness, harness->wire_A, group_extra_A);
  if (!is_plain || harness->fuse_is_hot) watch(harness, now_us);
  if (!is_plain) harness_topology_plain(harness);
}
