/// A small network of any shape, eliminated node by node. Inside of the harness: what shorts join.
///
/// Model    nodes held by conductances to prescribed voltages and to each other; the node with the
///          fewest neighbours goes first and leaves a mesh between them (no subtractions, see
///          harness_lanes.h)
/// Memory   plain values; fill for any shape
/// Threads  no state
#ifndef SIM_HARNESS_MESH_H
#define SIM_HARNESS_MESH_H

#include <stdint.h>

#include "../ecu_model/pins.h"

enum {
  HARNESS_NODE_MAX = PINS_WIRE_COUNT,
  HARNESS_FILL_MAX = HARNESS_NODE_MAX * (HARNESS_NODE_MAX - 1) / 2
};

/// Conductances before the elimination, which uses them up.
typedef struct {
  uint32_t count;
  uint64_t adjacent[HARNESS_NODE_MAX][2]; ///< bit set: who is joined
  double ground_S[HARNESS_NODE_MAX];
  double joint_S[HARNESS_NODE_MAX][HARNESS_NODE_MAX]; ///< valid where adjacent
} harness_mesh_net_t;

/// The order of elimination, and what each node's current is shared out to.
typedef struct {
  uint32_t count;
  uint16_t begin[HARNESS_NODE_MAX + 1]; ///< shares of the i-th eliminated node
  uint8_t node[HARNESS_NODE_MAX];
  uint8_t neighbour[HARNESS_FILL_MAX];
  uint8_t padding[6];
  double ohm[HARNESS_NODE_MAX];
  double share[HARNESS_FILL_MAX];
} harness_mesh_t;

/// count nodes without any conductance.
void harness_mesh_clear(harness_mesh_net_t *net, uint32_t count);

/// Add a conductance between two nodes (nothing if they are one).
void harness_mesh_join(harness_mesh_net_t *net, uint32_t a, uint32_t b, double siemens);

void harness_mesh_factor(harness_mesh_net_t *net, harness_mesh_t *mesh);

/// current_A into the nodes becomes their voltages.
void harness_mesh_solve(const harness_mesh_t *mesh, double current_A[HARNESS_NODE_MAX]);

#endif
