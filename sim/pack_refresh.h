/// The slow half of a pack's step: losses of charge, hysteresis, tables, resistances.
///
/// Model    between two calls the cells step with constant coefficients
/// Memory   no state of its own
#ifndef SIM_PACK_REFRESH_H
#define SIM_PACK_REFRESH_H

#include "pack.h"

/// Turn the sum of heat_W into heat_J; before dt_us changes.
void pack_collect_heat(pack_t *pack);

/// Book what the charge moved since the last call did: coulombic loss and self-discharge,
/// hysteresis, entropic heat, heat of the ripple; collects the heat. dt_s: since the last call.
void pack_settle(pack_t *pack, double dt_s);

/// Renew the resistances of the cells of groups [first, end).
void pack_refresh_ohm(pack_t *pack, uint32_t first, uint32_t end);

/// Renew the self-discharge of the cells of a group.
void pack_refresh_leak(pack_t *pack, uint32_t group);

/// Segments of the OCV, ohms and sources of the coming step; after any of the above.
void pack_refresh_sources(pack_t *pack);

/// Mean voltages of the coming step from the states alone.
void pack_update_groups(pack_t *pack);

#endif
