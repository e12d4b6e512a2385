/// Lays the harness out for the solvers: rows of all AFEs, chains of neighbours, far shorts.
#include "harness_grid.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_front.h"

enum { LANES = PINS_MODULE_COUNT, ROWS = HARNESS_INPUT_MAX, CHANNEL_COUNT = 18 };

static const double never_V = 1e9;

/// Each channel drives both of its pins, in its slot; the pins above the top are tied to it.
static void init_pulses(harness_grid_t *grid) {
  for (uint32_t a = 0; a < LANES; a++) {
    const uint32_t top = pinout_module[a].top_channel;
    for (uint32_t channel = 1; channel <= CHANNEL_COUNT; channel++) {
      harness_row_t *pulses = grid->pulses[(channel - 1) % PINS_SLOT_COUNT];
      pulses[channel < top ? channel : top][a] += 1.0;
      pulses[channel - 1 < top ? channel - 1 : top][a] += 1.0;
    }
  }
}

void harness_grid_init(harness_t *harness) {
  harness_grid_t *grid = &harness->derived.grid;
  for (uint32_t k = 0; k < ROWS; k++) {
    for (uint32_t a = 0; a < LANES; a++) {
      const uint32_t count = pinout_module[a].wire_count;
      grid->wire_S[k][a] = grid->is_own[k][a] = 1.0;
      grid->limits.forward_V[k][a] = k > 0 && k < count ? HARNESS_DIODE_V : never_V;
      grid->limits.minus_V[k][a] = k > 1 && k < count ? HARNESS_DIODE_V : never_V;
      grid->limits.reverse_V[k][a] = k + 1 == count ? HARNESS_ZENER_V : never_V;
      grid->filter_S[k][a] = k < count ? 1.0 / HARNESS_FILTER_ohm : 0.0;
    }
  }
  init_pulses(grid);
}

static uint32_t afe_of(uint32_t wire) { return pinout_wire[wire].module - 1u; }

static uint32_t row_of(uint32_t wire) { return wire - pinout_module[afe_of(wire)].first_wire; }

static uint32_t minus_of(uint32_t wire) { return pinout_module[afe_of(wire)].first_wire; }

/// Neighbours in one AFE: a link of the chain.
static int is_near(const harness_short_t *bridge) {
  const uint32_t a = bridge->wire_a, b = bridge->wire_b;
  return afe_of(a) == afe_of(b) && (a == b + 1u || b == a + 1u);
}

static void derive_wires(const harness_t *harness, harness_grid_t *grid) {
  for (uint32_t a = 0; a < LANES; a++) {
    const uint32_t first = pinout_module[a].first_wire;
    const uint32_t minus_is_held = harness->is_floating[first];
    grid->minus_is_held[a] = minus_is_held;
    for (uint32_t k = 0; k < pinout_module[a].wire_count; k++) {
      const uint32_t wire = first + k;
      grid->wire_S[k][a] = 1.0 / harness->series_ohm[wire];
      grid->chassis_S[k][a] = harness->chassis_S[wire];
      grid->is_held[k][a] = k > 0 && (minus_is_held || harness->is_floating[wire]);
      const int bleeds = k > 0 && (harness->bleed_mask[a] >> (k - 1) & 1u);
      grid->chain_S[k][a] = bleeds ? 1.0 / HARNESS_BLEED_ohm : 0.0;
      grid->is_own[k][a] = 1.0;
      grid->rest_A[k][a] = -harness->leak_A[wire];
    }
  }
}

/// V- of an AFE with a terminal is one too.
static void derive_terminals(const harness_t *harness, harness_grid_t *grid,
                             uint8_t terminal_of[PINS_WIRE_COUNT]) {
  uint8_t is_terminal[PINS_WIRE_COUNT] = {0};
  for (uint32_t i = 0; i < harness->short_count; i++) {
    const harness_short_t *bridge = &harness->shorts[i];
    if (is_near(bridge)) continue;
    is_terminal[bridge->wire_a] = is_terminal[bridge->wire_b] = 1;
    is_terminal[minus_of(bridge->wire_a)] = is_terminal[minus_of(bridge->wire_b)] = 1;
  }
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    if (!is_terminal[wire]) continue;
    grid->is_own[row_of(wire)][afe_of(wire)] = 0.0;
    terminal_of[wire] = (uint8_t)grid->terminal_count;
    grid->terminal_row[grid->terminal_count] = (uint8_t)row_of(wire);
    grid->terminal_afe[grid->terminal_count++] = (uint8_t)afe_of(wire);
  }
}

void harness_grid_derive(harness_t *harness) {
  harness_grid_t *grid = &harness->derived.grid;
  uint8_t terminal_of[PINS_WIRE_COUNT];
  derive_wires(harness, grid);
  grid->terminal_count = grid->far_count = 0;
  if (harness->short_count == 0) return;
  derive_terminals(harness, grid, terminal_of);
  for (uint32_t i = 0; i < harness->short_count; i++) {
    const harness_short_t *bridge = &harness->shorts[i];
    const double siemens = 1.0 / bridge->ohm;
    if (is_near(bridge)) {
      const uint32_t upper = bridge->wire_a > bridge->wire_b ? bridge->wire_a : bridge->wire_b;
      grid->chain_S[row_of(upper)][afe_of(upper)] += siemens;
      continue;
    }
    grid->far_a[grid->far_count] = terminal_of[bridge->wire_a];
    grid->far_b[grid->far_count] = terminal_of[bridge->wire_b];
    grid->far_S[grid->far_count++] = siemens;
  }
}
