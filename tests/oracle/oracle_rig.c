/// Brings the simulator into a world's state and steps it.
#include "oracle_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sim/hil_chassis.h"
#include "oracle_cell.h"
#include "oracle_wires.h"

static void demand_ok(int is_ok, const char *what) {
  if (is_ok) return;
  fprintf(stderr, "oracle: the simulator refuses the case's %s\n", what);
  exit(2);
}

static void init_pack(oracle_rig_t *rig) {
  const oracle_world_t *world = rig->world;
  pack_t *pack = &rig->hil.pack;
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
  rig->hil.hv.link_V = world->link_V;
  for (uint32_t ms = 0; ms < 100; ms++)
    (void)hv_step(&rig->hil.hv, source, coil_V, &no_load, ORACLE_TICK_us);
  rig->hil.hv.link_V = world->link_V;
}

static void init_harness(oracle_rig_t *rig) {
  const oracle_world_t *world = rig->world;
  harness_init(&rig->hil.harness, rng_stream(1, "harness"));
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++)
    demand_ok(harness_set_wire(&rig->hil.harness, wire, &world->wire[wire]) == HARNESS_OK, "wire");
  demand_ok(harness_set_permutation(&rig->hil.harness, world->source_of) == HARNESS_OK, "wiring");
  for (uint32_t i = 0; i < world->bridge_count; i++) {
    const oracle_bridge_t *bridge = &world->bridge[i];
    demand_ok(harness_set_short(&rig->hil.harness, bridge->wire_a, bridge->wire_b, bridge->ohm) ==
                  HARNESS_OK,
              "short of wires");
  }
  memcpy(rig->hil.pins_out.bleed_mask, world->bleed_mask, sizeof rig->hil.pins_out.bleed_mask);
}

static void init_chassis(oracle_rig_t *rig) {
  const oracle_world_t *world = rig->world;
  hil_t *hil = &rig->hil;
  isolation_init(&hil->isolation, &world->isolation);
  if (world->tap_leak_ohm > 0.0)
    isolation_set_tap(&hil->isolation, oracle_wires_tap(world->tap_leak_wire), world->tap_leak_ohm);
  if (world->wire_leak_ohm > 0.0)
    demand_ok(harness_set_leak(&hil->harness, world->wire_leak_wire, world->wire_leak_ohm) ==
                  HARNESS_OK,
              "leak of a wire");
  hil->dt_us = ORACLE_TICK_us;
  hil->pack_V = oracle_cell_string_V(world);
}

void oracle_rig_init(oracle_rig_t *rig, const oracle_world_t *world) {
  memset(rig, 0, sizeof *rig);
  rig->world = world;
  init_pack(rig);
  hv_init(&rig->hil.hv, &world->hv);
  memcpy(rig->hil.hv.fault, world->contact, sizeof rig->hil.hv.fault);
  settle_contactors(rig);
  init_harness(rig);
  init_chassis(rig);
}

static const oracle_phase_t *phase_at(const oracle_world_t *world, uint32_t now_ms) {
  uint32_t i = world->phase_count - 1;
  while (i > 0 && world->phase[i].start_ms > now_ms) i--;
  return &world->phase[i];
}

/// The string as a source for the tick, with what the chassis takes.
static pack_source_t find_source(oracle_rig_t *rig) {
  if (!rig->world->has_chassis)
    return pack_source(&rig->hil.pack, rig->hil.group_extra_A, ORACLE_TICK_us);
  hil_chassis_step(&rig->hil);
  rig->load.isolation_A = rig->hil.isolation.link_A;
  return hil_chassis_source(&rig->hil);
}

void oracle_rig_step(oracle_rig_t *rig, uint32_t now_ms) {
  hil_t *hil = &rig->hil;
  const oracle_phase_t *phase = phase_at(rig->world, now_ms);
  rig->load = phase->load;
  rig->hv_before = hil->hv;
  const pack_source_t source = find_source(rig);
  double string_A = hv_step(&hil->hv, source, phase->coil_V, &rig->load, ORACLE_TICK_us);
  if (rig->world->has_chassis) string_A += hil_chassis_string_A(hil);
  hil->pack_V = hil->hv.pack_V;
  demand_ok(pack_step(&hil->pack, string_A, ORACLE_TICK_us) == PACK_OK, "step");
  hil_chassis_wire_sources(hil, hil->wire_source_V);
  hil->harness.chassis_V = hil->isolation.chassis_V;
  harness_solve(&hil->harness, (uint64_t)now_ms * ORACLE_TICK_us, hil->wire_source_V,
                &hil->pins_out, &hil->pins_in, hil->group_extra_A);
}
