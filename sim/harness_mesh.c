/// Star-mesh elimination of a sparse network, the node with the fewest neighbours first.
#include "harness_mesh.h"

#include <string.h>

static uint32_t bit_count(uint64_t bits) {
  bits -= bits >> 1 & 0x5555555555555555u;
  bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
  bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
  return (uint32_t)(bits * 0x0101010101010101u >> 56);
}

void harness_mesh_clear(harness_mesh_net_t *net, uint32_t count) {
  net->count = count;
  memset(net->adjacent, 0, count * sizeof net->adjacent[0]);
  memset(net->ground_S, 0, count * sizeof net->ground_S[0]);
}

void harness_mesh_join(harness_mesh_net_t *net, uint32_t a, uint32_t b, double siemens) {
  if (a == b || !(siemens > 0.0)) return;
  const uint64_t bit = (uint64_t)1 << b % 64;
  const double before_S = net->adjacent[a][b / 64] & bit ? net->joint_S[a][b] : 0.0;
  net->joint_S[a][b] = net->joint_S[b][a] = before_S + siemens;
  net->adjacent[a][b / 64] |= bit;
  net->adjacent[b][a / 64] |= (uint64_t)1 << a % 64;
}

/// Position of the next node in left (count > 0) to take out.
static uint32_t choose(const uint8_t degree[HARNESS_NODE_MAX], const uint8_t *left,
                       uint32_t count) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < count && degree[left[best]] > 0; i++)
    if (degree[left[i]] < degree[left[best]]) best = i;
  return best;
}

static uint32_t list_neighbours(const uint64_t adjacent[2], uint8_t *neighbour) {
  uint32_t count = 0;
  for (uint32_t half = 0; half < 2; half++)
    for (uint64_t bits = adjacent[half]; bits != 0; bits &= bits - 1)
      neighbour[count++] = (uint8_t)(64 * half + bit_count((bits & (0 - bits)) - 1));
  return count;
}

/// Take out node; its shares go to neighbour[] and share[]. Returns how many.
static uint32_t take_out(harness_mesh_net_t *net, uint32_t node, uint8_t *neighbour, double *share,
                         double *ohm) {
  const uint32_t count = list_neighbours(net->adjacent[node], neighbour);
  double sum_S = net->ground_S[node];
  for (uint32_t i = 0; i < count; i++) sum_S += net->joint_S[node][neighbour[i]];
  *ohm = 1.0 / sum_S;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t a = neighbour[i];
    share[i] = net->joint_S[node][a] * *ohm;
    net->adjacent[a][node / 64] &= ~((uint64_t)1 << node % 64);
    net->ground_S[a] += net->ground_S[node] * share[i];
    for (uint32_t j = 0; j < i; j++)
      harness_mesh_join(net, a, neighbour[j], net->joint_S[node][neighbour[j]] * share[i]);
  }
  return count;
}

void harness_mesh_factor(harness_mesh_net_t *net, harness_mesh_t *mesh) {
  uint8_t left[HARNESS_NODE_MAX], degree[HARNESS_NODE_MAX];
  uint32_t fill = 0;
  for (uint32_t i = 0; i < net->count; i++) {
    left[i] = (uint8_t)i;
    degree[i] = (uint8_t)(bit_count(net->adjacent[i][0]) + bit_count(net->adjacent[i][1]));
  }
  mesh->count = net->count;
  for (uint32_t i = 0; i < net->count; i++) {
    const uint32_t left_count = net->count - i, at = choose(degree, left, left_count);
    const uint32_t node = left[at];
    left[at] = left[left_count - 1];
    mesh->node[i] = (uint8_t)node;
    mesh->begin[i] = (uint16_t)fill;
    const uint32_t end =
        fill + take_out(net, node, &mesh->neighbour[fill], &mesh->share[fill], &mesh->ohm[i]);
    for (; fill < end; fill++) {
      const uint64_t *adjacent = net->adjacent[mesh->neighbour[fill]];
      degree[mesh->neighbour[fill]] = (uint8_t)(bit_count(adjacent[0]) + bit_count(adjacent[1]));
    }
  }
  mesh->begin[net->count] = (uint16_t)fill;
}

void harness_mesh_solve(const harness_mesh_t *mesh, double current_A[HARNESS_NODE_MAX]) {
  for (uint32_t i = 0; i < mesh->count; i++) {
    const double node_A = current_A[mesh->node[i]];
    for (uint32_t at = mesh->begin[i]; at < mesh->begin[i + 1]; at++)
      current_A[mesh->neighbour[at]] += mesh->share[at] * node_A;
  }
  for (uint32_t i = mesh->count; i-- > 0;) {
    double volt = current_A[mesh->node[i]] * mesh->ohm[i];
    for (uint32_t at = mesh->begin[i]; at < mesh->begin[i + 1]; at++)
      volt += mesh->share[at] * current_A[mesh->neighbour[at]];
    current_A[mesh->node[i]] = volt;
  }
}
