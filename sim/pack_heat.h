/// Heat of the pack's cells and module cases.
///
/// Model    each module is one stack a1 b1 a2 b2 ...: neighbours touch, every cell touches the
///          case, the case meets air and mats (pack_air.h); a cell that is too hot burns
///          (pack_runaway.h); what leaves one node enters another, so energy is conserved exactly
/// Units    SI
#ifndef SIM_PACK_HEAT_H
#define SIM_PACK_HEAT_H

#include "pack.h"

/// Cases start at the mean temperature of their cells, air and mats at the ambient one.
void pack_heat_init(pack_t *pack);

/// Spend the heat collected in heat_J and external_W, and exchange over dt_s (<= 0.11).
void pack_heat_step(pack_t *pack, double dt_s);

#endif
