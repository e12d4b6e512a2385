/// The harness at one moment: chatter, fuses, resistances, floating pins; inside of the harness.
#ifndef SIM_HARNESS_TOPOLOGY_H
#define SIM_HARNESS_TOPOLOGY_H

#include "harness.h"

/// What is wrong with the wire has changed.
void harness_topology_touch(harness_t *harness, uint32_t wire);

/// Let chattering faults come and go; marks a change.
void harness_topology_chatter(harness_t *harness, uint64_t now_us);

/// Heat or cool the fuses up to now with the currents of the last solution; a melted one marks a
/// change.
void harness_topology_fuses(harness_t *harness, uint64_t now_us);

/// Derive resistances, leaks, floating pins and the grid from faults, fuses, shorts and bleeds.
void harness_topology_derive(harness_t *harness, const uint32_t bleed_mask[PINS_MODULE_COUNT]);

/// Whether nothing is wrong: no bleed, short, leak, slow wire or conducting clamp.
void harness_topology_plain(harness_t *harness);

#endif
