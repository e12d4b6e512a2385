/// Speed of the buses: frames a second, cost of a frame, round trip; every kind that works here.
///
/// Model    a port and a peer in one thread: bursts of frames one way, then single frames there and
///          back. The cost counts both sides and the system between them
#ifndef CLI_BENCH_BUS_H
#define CLI_BENCH_BUS_H

#include "../scenarios/catalog.h"

/// Append figures, at most room; returns how many. A kind that does not work here gives none.
uint32_t bench_bus_run(catalog_figure_t *figure, uint32_t room);

#endif
