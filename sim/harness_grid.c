/// Lays the harness out for the solvers: rows of all AFEs, chains of neighbours, far shorts.
#include "harness_grid.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_front.h"
#include "harness_wires.h"
#include "simd.h"

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
      grid->wire_S[k][a] = 1.0;
      grid->limits.forward_V[k][a] = k > 0 && k < count ? HARNESS_DIODE_V : never_V;
      grid->limits.minus_V[k][a] = k > 1 && k < count ? HARNESS_DIODE_V : never_V;
      grid->limits.reverse_V[k][a] = k + 1 == count ? HARNESS_ZENER_V : never_V;
      grid->filter_S[k][a] = k < count ? 1.0 / HARNESS_FILTER_ohm : 0.0;
    }
  }
  harness_wires_to_rows(harness->leak_A, grid->rest_A);
  for (uint32_t k = 0; k < ROWS; k++)
    for (uint32_t a = 0; a < LANES; a++)
      grid->rest_A[k][a] = k < pinout_module[a].wire_count ? -grid->rest_A[k][a] : 0.0;
  init_pulses(grid);
}

static uint32_t afe_of(uint32_t wire) { return pinout_wire[wire].module - 1u; }

static uint32_t row_of(uint32_t wire) { return wire - pinout_module[afe_of(wire)].first_wire; }

/// Neighbours in one AFE: a link of the chain.
static int is_near(const harness_short_t *bridge) {
  const uint32_t a = bridge->wire_a, b = bridge->wire_b;
  return afe_of(a) == afe_of(b) && (a == b + 1u || b == a + 1u);
}

/// Bit k: row k of the lane.
typedef int32_t bits_t[LANES];

/// Idle rows keep 1 S and nothing else.
SIMD_CLONES static void fill_rows(const harness_row_t *restrict ohm,
                                  const harness_row_t *restrict chassis_S,
                                  const int32_t *restrict bleeds, const int32_t *restrict held,
                                  harness_grid_t *restrict grid) {
  for (uint32_t k = 0; k < ROWS; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const int is_used = grid->filter_S[k][a] > 0.0;
      grid->wire_S[k][a] = 1.0 / (is_used ? ohm[k][a] : 1.0);
      grid->chassis_S[k][a] = is_used ? chassis_S[k][a] : 0.0;
      grid->is_held[k][a] = held[a] >> k & 1;
      grid->chain_S[k][a] = 1.0 / HARNESS_BLEED_ohm * (bleeds[a] >> k & 1);
    }
  }
}

static void derive_wires(const harness_t *harness, harness_grid_t *grid) {
  _Alignas(SIMD_LINE_bytes) harness_row_t ohm[ROWS], chassis_S[ROWS];
  bits_t bleeds, held;
  for (uint32_t a = 0; a < LANES; a++) {
    const uint32_t first = pinout_module[a].first_wire, count = pinout_module[a].wire_count;
    const uint32_t all = (1u << count) - 2u; /* but V- */
    uint32_t floats = 0;
    for (uint32_t k = 0; k < count && harness->floating_count > 0; k++)
      floats |= (uint32_t)harness->is_floating[first + k] << k;
    grid->minus_is_held[a] = floats & 1u;
    grid->state_rows[a] = (int32_t)(floats & all);
    held[a] = (int32_t)(floats & 1u ? all : floats);
    bleeds[a] = (int32_t)(harness->bleed_mask[a] << 1);
  }
  harness_wires_to_rows(harness->series_ohm, ohm);
  harness_wires_to_rows(harness->chassis_S, chassis_S);
  fill_rows((const harness_row_t *)ohm, (const harness_row_t *)chassis_S, bleeds, held, grid);
}

void harness_grid_derive(harness_t *harness) {
  harness_grid_t *grid = &harness->derived.grid;
  derive_wires(harness, grid);
  grid->far_count = 0;
  memset(grid->far_rows, 0, sizeof grid->far_rows);
  for (uint32_t i = 0; i < harness->short_count; i++) {
    const harness_short_t *bridge = &harness->shorts[i];
    const double siemens = 1.0 / bridge->ohm;
    if (is_near(bridge)) {
      const uint32_t upper = bridge->wire_a > bridge->wire_b ? bridge->wire_a : bridge->wire_b;
      grid->chain_S[row_of(upper)][afe_of(upper)] += siemens;
      continue;
    }
    grid->far_rows[afe_of(bridge->wire_a)] |= 1u << row_of(bridge->wire_a);
    grid->far_rows[afe_of(bridge->wire_b)] |= 1u << row_of(bridge->wire_b);
    grid->far_a[grid->far_count] = bridge->wire_a;
    grid->far_b[grid->far_count] = bridge->wire_b;
    grid->far_S[grid->far_count++] = siemens;
  }
}
