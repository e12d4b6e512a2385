/// Puts the netlist's parts together, with options, saved vectors and the analysis.
#include "oracle_netlist.h"

#include "oracle_probe.h"

oracle_node_t oracle_netlist_bottom(uint32_t group) {
  oracle_node_t node = {"0"};
  if (group > 0) (void)snprintf(node.text, sizeof node.text, "l%u", (unsigned)group);
  return node;
}

oracle_node_t oracle_netlist_tap(uint32_t index) {
  oracle_wires_t wires;
  oracle_wires_read(&wires);
  const oracle_wire_t *wire = &wires.wire[index];
  oracle_node_t node = oracle_netlist_bottom(wire->group);
  if (wire->is_at_top) (void)snprintf(node.text, sizeof node.text, "h%u", wire->group);
  return node;
}

static void save(FILE *file, const oracle_world_t *world) {
  for (size_t kind = 0; kind < oracle_probe_count; kind++) {
    const oracle_probe_t *probe = &oracle_probe[kind];
    for (uint32_t i = 0; i < probe->count; i++) {
      char vector[32];
      if (probe->is_there != NULL && !probe->is_there(world, i)) continue;
      (void)snprintf(vector, sizeof vector, probe->vector, (unsigned)i);
      fprintf(file, ".save %s\n", vector);
    }
  }
}

void oracle_netlist_write(FILE *file, const oracle_world_t *world) {
  oracle_wires_t wires;
  oracle_wires_read(&wires);
  const double first_s = 1e-3 * (double)world->sample_ms[0];
  const double last_s = 1e-3 * ((double)world->sample_ms[world->sample_count - 1] + 1.0);
  const double step_s = world->spice_step_s;
  const double begin_s = first_s > 3.0 * step_s ? first_s - 3.0 * step_s : 0.0;
  fprintf(file, "* pack, harness and high-voltage path against pack minus\n");
  oracle_netlist_cells(file, world, &wires);
  oracle_netlist_wires(file, world, &wires);
  oracle_netlist_hv(file, world);
  fprintf(file, ".options reltol=1e-7 vntol=1e-9 abstol=1e-13 chgtol=1e-6 gmin=1e-15\n");
  fprintf(file, ".options method=%s maxord=2 itl4=200 pivrel=0.5\n",
          world->is_trapezoidal ? "trap" : "gear");
  save(file, world);
  fprintf(file, ".tran %.9g %.9g %.9g %.9g uic\n.end\n", step_s, last_s + 2.0 * step_s, begin_s,
          step_s);
}
