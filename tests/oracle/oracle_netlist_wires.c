/// Netlist of the sense harness with the AFEs' inputs.
#include "oracle_cell.h"
#include "oracle_netlist.h"

static const double wire_ohm = 40e-3, contact_ohm = 5e-3;
static const double filter_ohm = 100.0, filter_F = 100e-9, stray_F = 100e-12;
static const double diode_V = 0.6, zener_V = 8.0, clamp_S = 1.0;
static const double open_ohm = 1e9; // across a break

int oracle_netlist_bleed(const oracle_world_t *world, uint32_t index) {
  oracle_wires_t wires;
  oracle_wires_read(&wires);
  const oracle_wire_t *wire = &wires.wire[index];
  return wire->input > 0 && (world->bleed_mask[wire->module] >> (wire->input - 1) & 1u);
}

/// Tap against pack minus at the start, no current flowing.
static double rest_V(const oracle_world_t *world, const oracle_wire_t *wire) {
  double sum_V = 0.0;
  for (uint32_t g = 0; g < wire->group + wire->is_at_top; g++)
    sum_V += oracle_cell_group_V(world, g);
  return sum_V;
}

/// The wire's drop by its current, as exact at the top of the string as at its foot.
static void write_wire(FILE *file, const oracle_world_t *world, uint32_t w,
                       const oracle_wire_t *wire) {
  const harness_wire_fault_t *fault = &world->wire[w];
  const double ohm = fault->is_open ? open_ohm : wire_ohm + contact_ohm + fault->extra_ohm;
  fprintf(file, "vw%u %s w%u 0\n", w, oracle_netlist_tap(world->source_of[w]).text, w);
  fprintf(file, "hw%u w%u p%u vw%u %.17g\n", w, w, w, w, ohm);
  fprintf(file, "rf%u p%u i%u %.17g\n", w, w, w, filter_ohm);
  fprintf(file, "ileak%u i%u p%u %.17g\n", w, w, wire->first, world->leak_A[w]);
}

/// Filter capacitor to V-, and the clamps to the input below and to V-.
static void write_input(FILE *file, uint32_t w, const oracle_wire_t *wire, double above_minus_V,
                        int is_top) {
  const uint32_t minus = wire->first, below = w - 1;
  fprintf(file, "cf%u i%u p%u %.17g ic=%.17g\n", w, w, minus, filter_F, above_minus_V);
  fprintf(file, "bd%u i%u i%u I=%.17g*uramp(v(i%u,i%u)-%.17g)\n", w, below, w, clamp_S, below, w,
          diode_V);
  if (wire->input > 1)
    fprintf(file, "bm%u p%u i%u I=%.17g*uramp(v(p%u,i%u)-%.17g)\n", w, minus, w, clamp_S, minus, w,
            diode_V);
  if (is_top)
    fprintf(file, "bz%u i%u i%u I=%.17g*uramp(v(i%u,i%u)-%.17g)\n", w, w, below, clamp_S, w, below,
            zener_V);
}

void oracle_netlist_wires(FILE *file, const oracle_world_t *world, const oracle_wires_t *wires) {
  double minus_V = 0.0;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    const oracle_wire_t *wire = &wires->wire[w];
    const double tap_V = rest_V(world, wire);
    const int is_top = w + 1 == PINS_WIRE_COUNT || wire[1].module != wire->module;
    write_wire(file, world, w, wire);
    if (wire->input == 0) {
      minus_V = tap_V;
      fprintf(file, "cm%u p%u 0 %.17g ic=%.17g\n", w, w, stray_F, tap_V);
      continue;
    }
    write_input(file, w, wire, tap_V - minus_V, is_top);
    if (oracle_netlist_bleed(world, w)) {
      fprintf(file, "vbl%u p%u bl%u 0\n", w, w, w);
      fprintf(file, "rbl%u bl%u p%u %.17g\n", w, w, w - 1, ORACLE_BLEED_ohm);
    }
  }
  for (uint32_t i = 0; i < world->bridge_count; i++) {
    const oracle_bridge_t *bridge = &world->bridge[i];
    fprintf(file, "vx%u p%u x_%u 0\n", i, bridge->wire_a, i);
    fprintf(file, "rx%u x_%u p%u %.17g\n", i, i, bridge->wire_b, bridge->ohm);
  }
}
