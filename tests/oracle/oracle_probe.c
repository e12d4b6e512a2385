/// The table of compared quantities.
#include "oracle_probe.h"

#include <stdio.h>

#include "../../ecu_model/gen/pinout_text.h"
#include "oracle_netlist.h"

static const double tick_s = 1e-6 * ORACLE_TICK_us;

static int has_short(const oracle_world_t *world, uint32_t cell) {
  return world->short_ohm[cell] > 0.0;
}

static int has_bleed(const oracle_world_t *world, uint32_t wire) {
  return oracle_netlist_bleed(world, wire);
}

static int has_bridge(const oracle_world_t *world, uint32_t index) {
  return index < world->bridge_count;
}

static double tap_V(const oracle_rig_t *rig, uint32_t wire) {
  return rig->hil.wire_source_V[rig->world->source_of[wire]];
}

static double pin_V(const oracle_rig_t *rig, uint32_t wire) {
  return rig->hil.pins_in.wire_V[wire];
}

static double input_V(const oracle_rig_t *rig, uint32_t wire) {
  return rig->hil.pins_in.afe_input_V[wire];
}

static double terminal_V(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.hv.pack_V;
}

static double link_mean_V(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.hv.link_mean_V;
}

static double cell_A(const oracle_rig_t *rig, uint32_t cell) {
  return pack_cell_A(&rig->hil.pack, cell);
}

static double inner_A(const oracle_rig_t *rig, uint32_t cell) {
  return rig->hil.pack.inner_A[cell & 1u][cell / 2];
}

static double wire_A(const oracle_rig_t *rig, uint32_t wire) {
  return rig->hil.harness.wire_A[wire];
}

static double bleed_A(const oracle_rig_t *rig, uint32_t wire) {
  return (rig->hil.pins_in.wire_V[wire] - rig->hil.pins_in.wire_V[wire - 1]) / ORACLE_BLEED_ohm;
}

static double bridge_A(const oracle_rig_t *rig, uint32_t index) {
  const oracle_bridge_t *bridge = &rig->world->bridge[index];
  return (rig->hil.pins_in.wire_V[bridge->wire_a] - rig->hil.pins_in.wire_V[bridge->wire_b]) /
         bridge->ohm;
}

static double string_A(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.hv.pack_A;
}

static double load_A(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.hv.load_A;
}

static double charger_A(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.hv.charger_A;
}

static double link_short_A(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->load.short_ohm > 0.0 ? rig->hil.hv.link_mean_V / rig->load.short_ohm : 0.0;
}

static double main_A(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.hv.contact_A[PINS_COIL_MAIN_POS];
}

static double precharge_A(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.hv.contact_A[PINS_COIL_PRECHARGE];
}

static double chassis_V(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.isolation.chassis_V;
}

static double tap_leak_A(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.isolation.tap_A[oracle_wires_tap(rig->world->tap_leak_wire)];
}

static double wire_leak_A(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return rig->hil.harness.chassis_A[rig->world->wire_leak_wire];
}

static int has_chassis(const oracle_world_t *world, uint32_t index) {
  (void)index;
  return world->has_chassis;
}

static int has_tap_leak(const oracle_world_t *world, uint32_t index) {
  (void)index;
  return world->tap_leak_ohm > 0.0;
}

static int has_wire_leak(const oracle_world_t *world, uint32_t index) {
  (void)index;
  return world->wire_leak_ohm > 0.0;
}

static double precharge_W(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return (rig->hil.hv.precharge_J - rig->hv_before.precharge_J) / tick_s;
}

static double fuse_W(const oracle_rig_t *rig, uint32_t index) {
  (void)index;
  return (rig->hil.hv.fuse_J - rig->hv_before.fuse_J) / tick_s;
}

static double precharge_ohm(const oracle_world_t *world) { return world->hv.precharge_ohm; }

static double fuse_ohm(const oracle_world_t *world) { return world->hv.fuse_ohm; }

const oracle_probe_t oracle_probe[] = {
    {"tap", 'V', "v(w%u)", PINS_WIRE_COUNT, ORACLE_ALWAYS, NULL, tap_V, NULL},
    {"pin", 'V', "v(p%u)", PINS_WIRE_COUNT, ORACLE_UNLESS_STEP, NULL, pin_V, NULL},
    {"input", 'V', "v(i%u)", PINS_WIRE_COUNT, ORACLE_UNLESS_STEP, NULL, input_V, NULL},
    {"terminal", 'V', "v(h95)", 1, ORACLE_ALWAYS, NULL, terminal_V, NULL},
    {"link", 'V', "v(link)", 1, ORACLE_ALWAYS, NULL, link_mean_V, NULL},
    {"cell", 'A', "i(vc%u)", PACK_CELL_COUNT, ORACLE_ALWAYS, NULL, cell_A, NULL},
    {"inside", 'A', "i(vi%u)", PACK_CELL_COUNT, ORACLE_ALWAYS, has_short, inner_A, NULL},
    {"wire", 'A', "i(vw%u)", PINS_WIRE_COUNT, ORACLE_WHEN_STEADY, NULL, wire_A, NULL},
    {"bleed", 'A', "i(vbl%u)", PINS_WIRE_COUNT, ORACLE_WHEN_STEADY, has_bleed, bleed_A, NULL},
    {"wire short", 'A', "i(vx%u)", ORACLE_BRIDGE_MAX, ORACLE_WHEN_STEADY, has_bridge, bridge_A,
     NULL},
    {"string", 'A', "i(vstring)", 1, ORACLE_ALWAYS, NULL, string_A, NULL},
    {"load", 'A', "i(vload)", 1, ORACLE_ALWAYS, NULL, load_A, NULL},
    {"charger", 'A', "i(vcharger)", 1, ORACLE_ALWAYS, NULL, charger_A, NULL},
    {"link short", 'A', "i(vshort)", 1, ORACLE_ALWAYS, NULL, link_short_A, NULL},
    {"main plus", 'A', "i(vmain)", 1, ORACLE_ALWAYS, NULL, main_A, NULL},
    {"precharge", 'A', "i(vpre)", 1, ORACLE_ALWAYS, NULL, precharge_A, NULL},
    {"chassis", 'V', "v(chassis)", 1, ORACLE_WHEN_STEADY, has_chassis, chassis_V, NULL},
    {"tap leak", 'A', "i(vtapleak)", 1, ORACLE_WHEN_STEADY, has_tap_leak, tap_leak_A, NULL},
    {"wire leak", 'A', "i(vwireleak)", 1, ORACLE_WHEN_STEADY, has_wire_leak, wire_leak_A, NULL},
    {"precharge", 'W', "i(vpre)", 1, ORACLE_ALWAYS, NULL, precharge_W, precharge_ohm},
    {"fuse", 'W', "i(vstring)", 1, ORACLE_ALWAYS, NULL, fuse_W, fuse_ohm},
};
const size_t oracle_probe_count = sizeof oracle_probe / sizeof oracle_probe[0];

int oracle_probe_is_state(const oracle_probe_t *probe, const oracle_world_t *world,
                          uint32_t index) {
  const int is_node = probe->value == pin_V || probe->value == input_V;
  return is_node && world->wire[index].is_open;
}

void oracle_probe_name(const oracle_probe_t *probe, uint32_t index, char *text, size_t bytes) {
  if (probe->count == PINS_WIRE_COUNT)
    (void)snprintf(text, bytes, "%s %s", probe->title, pinout_wire_name(index));
  else if (probe->count == PACK_CELL_COUNT)
    (void)snprintf(text, bytes, "%s %s%c", probe->title, pinout_group_name(index / 2),
                   index & 1u ? 'b' : 'a');
  else
    (void)snprintf(text, bytes, "%s", probe->title);
}
