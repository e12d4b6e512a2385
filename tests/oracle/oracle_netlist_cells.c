/// Netlist of the 192 cells and of what joins their groups.
#include "oracle_cell.h"
#include "oracle_netlist.h"

static const char branch_name[CELL_BRANCH_COUNT] = {'a', 'b', 'c'};

/// The emf as a voltage against ground: currents into 1 ohm. Only the asinh of charge transfer is
/// not linear; a linear circuit repeats its solution to the last bit, so tight tolerances hold.
static void write_emf(FILE *file, uint32_t c, const oracle_cell_t *cell) {
  fprintf(file, "re%u e%u 0 1\nie%u 0 e%u %.17g\n", c, c, c, c,
          cell->base_V + cell->slope_V * cell->soc);
  fprintf(file, "ge%u e%u 0 s%u 0 %.17g\n", c, c, c, cell->slope_V / cell->capacity_As);
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    const double ohm = cell->branch_ohm[k];
    const char name = branch_name[k];
    if (k == 0 && cell->exchange_A > 0.0)
      fprintf(file, "b%c%u e%u 0 I=%.17g*asinh(v(%c%u)*%.17g)\n", name, c, c,
              ohm * cell->exchange_A, name, c, 1.0 / cell->exchange_A);
    else
      fprintf(file, "g%c%u e%u 0 %c%u 0 %.17g\n", name, c, c, name, c, ohm);
  }
  fprintf(file, "ez%u z%u 0 e%u 0 1\n", c, c, c);
}

/// Charge taken out and branch currents as voltages, scaled so that each capacitor has 1 F; meter
/// is the source whose current drives them.
static void write_states(FILE *file, const oracle_world_t *world, uint32_t c,
                         const oracle_cell_t *cell, const char *meter) {
  fprintf(file, "cs%u s%u 0 1 ic=0\nfs%u 0 s%u %s%u 1\n", c, c, c, c, meter, c);
  for (uint32_t k = 0; k < CELL_BRANCH_COUNT; k++) {
    const char name = branch_name[k];
    fprintf(file, "c%c%u %c%u 0 1 ic=%.17g\n", name, c, name, c, world->branch_A[c][k]);
    fprintf(file, "r%c%u %c%u 0 %.17g\n", name, c, name, c, cell->tau_s[k]);
    fprintf(file, "f%c%u 0 %c%u %s%u %.17g\n", name, c, name, c, meter, c, 1.0 / cell->tau_s[k]);
  }
}

/// emf z - R0 - (meter of the inside y) - short across x - tab - t - meter - group u.
static void write_cell(FILE *file, const oracle_world_t *world, uint32_t c) {
  const oracle_cell_t cell = oracle_cell(world, c);
  const int is_shorted = world->short_ohm[c] > 0.0, has_tab = world->tab_ohm[c] > 0.0;
  const char behind = has_tab ? 'x' : 't';
  write_emf(file, c, &cell);
  fprintf(file, "rz%u z%u %c%u %.17g\n", c, c, is_shorted ? 'y' : behind, c, cell.r0_ohm);
  if (is_shorted) {
    fprintf(file, "vi%u y%u %c%u 0\n", c, c, behind, c);
    fprintf(file, "rshort%u %c%u 0 %.17g\n", c, behind, c, world->short_ohm[c]);
  }
  if (has_tab) fprintf(file, "rtab%u x%u t%u %.17g\n", c, c, c, world->tab_ohm[c]);
  fprintf(file, "vc%u t%u u%u 0\n", c, c, c / 2);
  write_states(file, world, c, &cell, is_shorted ? "vi" : "vc");
}

/// The group's voltage u stands against ground; a copy of it stands in the string, whose current is
/// taken from u.
static void write_group(FILE *file, const oracle_world_t *world, uint32_t g) {
  write_cell(file, world, 2 * g);
  write_cell(file, world, 2 * g + 1);
  fprintf(file, "eg%u g%u %s u%u 0 1\n", g, g, oracle_netlist_bottom(g).text, g);
  fprintf(file, "vg%u g%u h%u 0\nfg%u u%u 0 vg%u 1\n", g, g, g, g, g, g);
}

/// The joint at the middle tap divides the sense sections; busbars join modules, but between the
/// fourth and the fifth sits the service plug.
static double joint_ohm(const oracle_world_t *world, const oracle_wires_t *wires, uint32_t module,
                        uint32_t number) {
  if (number == wires->group_count[module])
    return module + 1 == PINS_MODULE_COUNT / 2 ? world->joints.service_plug_ohm
                                               : world->joints.busbar_ohm;
  if (number == wires->middle_tap[module]) return world->joints.middle_joint_ohm;
  return world->joints.joint_ohm;
}

/// A joint's drop by its current: exact also for microohms at hundreds of volts.
static void write_joint(FILE *file, uint32_t g, double ohm) {
  fprintf(file, "vj%u h%u j%u 0\nhj%u j%u %s vj%u %.17g\n", g, g, g, g, g,
          oracle_netlist_bottom(g + 1).text, g, ohm);
}

void oracle_netlist_cells(FILE *file, const oracle_world_t *world, const oracle_wires_t *wires) {
  uint32_t group = 0;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) write_group(file, world, g);
  for (uint32_t module = 0; module < PINS_MODULE_COUNT; module++) {
    for (uint32_t number = 1; number <= wires->group_count[module]; number++, group++) {
      if (group + 1 == PACK_GROUP_COUNT) return;
      write_joint(file, group, joint_ohm(world, wires, module, number));
    }
  }
}
