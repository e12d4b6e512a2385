/// The situation that every case starts from, and the small steps that cases change it by.
#include "oracle_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../ecu_model/gen/pinout_text.h"
#include "../../sim/rng.h"
#include "oracle_cell.h"

static double between(rng_t *rng, double low, double high) {
  return low + (high - low) * rng_uniform(rng);
}

/// The file's cell has two branches and no hysteresis: the third branch and the hysteresis are
/// added here, so that every term of the model is compared.
static void complete_cell(cell_params_t *cell) {
  for (uint32_t i = 0; i < cell->soc_count * cell->temperature_count; i++)
    cell->ohm[i][3] = 0.4 * cell->ohm[i][0];
  for (uint32_t i = 0; i < cell->ocv_count; i++) cell->hysteresis_V[i] = 0.008 + 0.0001 * (double)i;
}

static void spread_cells(oracle_world_t *world) {
  rng_t rng = rng_stream(1, "oracle.cells");
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    const double soc = between(&rng, 0.25, 0.85);
    for (uint32_t i = 2 * g; i < 2 * g + 2; i++) {
      world->config.cell[i] = (pack_cell_init_t){.soc = soc + between(&rng, -0.002, 0.002),
                                                 .temperature_degC = between(&rng, 15.0, 35.0),
                                                 .capacity_scale = between(&rng, 0.8, 1.1),
                                                 .resistance_scale = between(&rng, 0.8, 1.6),
                                                 .self_discharge_scale = 1.0};
      world->hysteresis[i] = between(&rng, -1.0, 1.0) * 0.2;
      for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++)
        world->branch_A[i][k] = between(&rng, -1.0, 1.0);
    }
  }
}

void oracle_world_init(oracle_world_t *world, const cell_params_t *cell) {
  static pack_t pack; // for its joints alone
  static harness_t harness; // for its leakage alone
  memset(world, 0, sizeof *world);
  world->cell = *cell;
  complete_cell(&world->cell);
  world->config.ambient_degC = 25.0;
  spread_cells(world);
  if (pack_init(&pack, &world->cell, &world->config) != PACK_OK) abort();
  world->joints = pack.joints;
  harness_init(&harness, rng_stream(1, "harness"));
  memcpy(world->leak_A, harness.leak_A, sizeof world->leak_A);
  world->hv = hv_params_soul_ev();
  world->isolation = isolation_params_soul_ev();
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) world->source_of[w] = (uint8_t)w;
  world->phase_count = 1;
  world->sample_ms[0] = 20;
  world->sample_count = 1;
  world->spice_step_s = 100e-6;
}

oracle_phase_t *oracle_world_phase(oracle_world_t *world, uint32_t start_ms) {
  if (world->phase_count >= ORACLE_PHASE_MAX) abort();
  oracle_phase_t *phase = &world->phase[world->phase_count++];
  *phase = phase[-1];
  phase->start_ms = start_ms;
  return phase;
}

void oracle_world_connect(oracle_world_t *world) {
  world->starts_closed[PINS_COIL_MAIN_POS] = world->starts_closed[PINS_COIL_MAIN_NEG] = 1;
  world->phase[0].coil_V[PINS_COIL_MAIN_POS] = world->phase[0].coil_V[PINS_COIL_MAIN_NEG] = 12.0;
  world->link_V = oracle_cell_string_V(world);
}

static uint32_t found(int32_t index, const char *name) {
  if (index >= 0) return (uint32_t)index;
  fprintf(stderr, "oracle: %s is neither a group nor a sense wire\n", name);
  exit(2);
}

uint32_t oracle_world_group(const char *name) { return found(pinout_group_find(name), name); }

uint32_t oracle_world_wire(const char *name) { return found(pinout_wire_find(name), name); }
