/// Writes a world as a netlist for ngspice: pack, sense harness and high-voltage path in one
/// circuit.
///
/// Model    node 0 is pack minus; h<g> and l<g> are the ends of group g, w<n>, p<n>, i<n> the tap,
///          pin and AFE input of sense wire n, lp and ln the link. SOC and branch currents are
///          voltages of capacitors against ground that the cells' currents drive. Contactors are
///          conductances with ramps of 10 ns around their events. Filter capacitors, clamps and
///          stray capacitances are there in every case, whether they matter or not
/// Source   the front end's figures are written here a second time, on purpose
#ifndef TESTS_ORACLE_NETLIST_H
#define TESTS_ORACLE_NETLIST_H

#include <stdio.h>

#include "oracle_wires.h"
#include "oracle_world.h"

#define ORACLE_BLEED_ohm 33.0

/// Half the length of a ramp.
#define ORACLE_RAMP_s 5e-9

/// The whole file, with the analysis and what it saves.
void oracle_netlist_write(FILE *file, const oracle_world_t *world);

/// Its parts.
void oracle_netlist_cells(FILE *file, const oracle_world_t *world, const oracle_wires_t *wires);
void oracle_netlist_wires(FILE *file, const oracle_world_t *world, const oracle_wires_t *wires);
void oracle_netlist_hv(FILE *file, const oracle_world_t *world);

/// Name of a group's negative end: "0" or "l12".
typedef struct {
  char text[12];
} oracle_node_t;
oracle_node_t oracle_netlist_bottom(uint32_t group);

/// Name of the end of a group that a sense wire sits at.
oracle_node_t oracle_netlist_tap(uint32_t wire);

/// 1 iff the bleed between this wire's pin and the one below is on.
int oracle_netlist_bleed(const oracle_world_t *world, uint32_t wire);

#endif
