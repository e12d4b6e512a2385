/// Thermal runaway of single cells: self-heating, separator collapse, vent, fire.
///
/// Model    one reactant x of a cell: x' = -k x, k = A e^(-E/RT) and, in series with it, what
///          transport lets through. As it goes it makes its own heat and takes the cell's charge
///          with it, whose enthalpy becomes heat too. At collapse_degC of the core an internal
///          short appears (the group's voltage falls to nearly 0 V); at vent_Kps of self-heating
///          the cell vents: its gas takes heat along and its tab burns off; at dry_reactant its
///          resistances rise. Neighbours follow by heat alone, through the conductances of
///          pack_heat.c
/// Method   x is exact over a refresh at its temperature, so no step is too long; heat is bounded
///          by what is left. Cells below watch_degC cost one comparison
/// Not modelled  burning gas outside the cells, mass that is lost, pressure
/// Source   pack_runaway_params_nmc(): figures of docs/facts.md
#ifndef SIM_PACK_RUNAWAY_H
#define SIM_PACK_RUNAWAY_H

#include "pack.h"

pack_runaway_params_t pack_runaway_params_nmc(void);

void pack_runaway_init(pack_t *pack);

/// Set a cell (2 group + side) on fire, whatever its temperature. PACK_ERR_RANGE iff there is no
/// such cell.
pack_status_t pack_runaway_ignite(pack_t *pack, uint32_t cell);

/// Advance over dt_s. The sources are to be refreshed after it.
void pack_runaway_advance(pack_t *pack, double dt_s);

/// Heat that a cell's reactant still holds.
double pack_runaway_left_J(const pack_t *pack, uint32_t side, uint32_t group);

#endif
