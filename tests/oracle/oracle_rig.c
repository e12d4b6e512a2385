/// Brings the simulator into a world's state and steps it.
#include "oracle_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void demand_ok(int is_ok, const char *what) {
  if (is_ok) return;
  fprintf(stderr, "oracle: the simulator refuses the case's %s\n", what);
  exit(2);
}

static void init_pack(oracle_rig_t *rig) {
  const oracle_world_t *world = rig->world;
  pack_t *pack = &rig->pack;
  demand_ok(pack_init(pack, &world->cell, &world->config) == PACK_OK, "cells");
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    pack->hysteresis[i & 1u][i / 2] = world->hysteresis[i];
    for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++)
      pack->branch_A[k][i & 1u][i / 2] = world->branch_A[i][k];
    demand_ok(pack_set_short(pack, i, world->short_ohm[i]) == PACK_OK, "short");
    demand_ok(pack_set_tab(pack, i, world->tab_ohm[i]) == PACK_OK, "tab");
  }
  pack_refresh(pack);
  pack->refresh_us = UINT32_MAX;
}

/// Contactors that are closed at the start have closed long ago, with the link at the string's
/// voltage: no current flows.
static void settle_contactors(oracle_rig_t *rig) {
  static const hv_load_t no_load;
  const oracle_world_t *world = rig->world;
  double coil_V[PINS_COIL_COUNT] = {0};
  pack_source_t source = {.emf_V = world->link_V, .ohm = 0.05};
  for (uint32_t i = 0; i < PINS_COIL_COUNT; i++)
    if (world->starts_closed[i]) coil_V[i] = 12.0;
  rig->hv.link_V = world->link_V;
  for (uint32_t ms = 0; ms < 100; ms++)
    (void)hv_step(&rig->hv, source, coil_V, &no_load, ORACLE_TICK_us);
  rig->hv.link_V = world->link_V;
}

static void init_harness(oracle_rig_t *rig) {
  const oracle_world_t *world = rig->world;
  harness_init(&rig->harness, rng_stream(1, "harness"));
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++)
    demand_ok(harness_set_wire(&rig->harness, wire, &world->wire[wire]) == HARNESS_OK, "wire");
  for (uint32_t i = 0; i < world->bridge_count; i++) {
    const oracle_bridge_t *bridge = &world->bridge[i];
    demand_ok(harness_set_short(&rig->harness, bridge->wire_a, bridge->wire_b, bridge->ohm) ==
                  HARNESS_OK,
              "short of wires");
  }
  memcpy(rig->demand.bleed_mask, world->bleed_mask, sizeof rig->demand.bleed_mask);
}

void oracle_rig_init(oracle_rig_t *rig, const oracle_world_t *world) {
  memset(rig, 0, sizeof *rig);
  rig->world = world;
  init_pack(rig);
  hv_init(&rig->hv, &world->hv);
  memcpy(rig->hv.fault, world->contact, sizeof rig->hv.fault);
  settle_contactors(rig);
  init_harness(rig);
}

static const oracle_phase_t *phase_at(const oracle_world_t *world, uint32_t now_ms) {
  uint32_t i = world->phase_count - 1;
  while (i > 0 && world->phase[i].start_ms > now_ms) i--;
  return &world->phase[i];
}

void oracle_rig_step(oracle_rig_t *rig, uint32_t now_ms) {
  const oracle_phase_t *phase = phase_at(rig->world, now_ms);
  rig->load = phase->load;
  rig->hv_before = rig->hv;
  const pack_source_t source = pack_source(&rig->pack, rig->group_extra_A, ORACLE_TICK_us);
  const double pack_A = hv_step(&rig->hv, source, phase->coil_V, &phase->load, ORACLE_TICK_us);
  demand_ok(pack_step(&rig->pack, pack_A, ORACLE_TICK_us) == PACK_OK, "step");
  pack_wire_sources(&rig->pack, rig->source_V);
  harness_solve(&rig->harness, (uint64_t)now_ms * ORACLE_TICK_us, rig->source_V, &rig->demand,
                &rig->pins, rig->group_extra_A);
}
