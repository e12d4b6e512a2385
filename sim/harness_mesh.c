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

/// 1 iff they were not joined before.
static inline uint32_t join(harness_mesh_net_t *net, uint32_t a, uint32_t b, double siemens) {
  const uint64_t bit = (uint64_t)1 << b % 64;
  const int is_new = (net->adjacent[a][b / 64] & bit) == 0;
  const double before_S = is_new ? 0.0 : net->joint_S[a][b];
  net->joint_S[a][b] = net->joint_S[b][a] = before_S + siemens;
  net->adjacent[a][b / 64] |= bit;
  net->adjacent[b][a / 64] |= (uint64_t)1 << a % 64;
  return (uint32_t)is_new;
}

void harness_mesh_join(harness_mesh_net_t *net, uint32_t a, uint32_t b, double siemens) {
  if (a != b && siemens > 0.0) (void)join(net, a, b, siemens);
}

/// Nodes that are left, by how many neighbours they have; the last set: that many or more.
enum { DEGREE_COUNT = 8 };
typedef struct {
  uint64_t with[DEGREE_COUNT][2];
  uint8_t degree[HARNESS_NODE_MAX];
} queue_t;

static void flip(queue_t *queue, uint32_t node) {
  const uint32_t degree = queue->degree[node];
  queue->with[degree < DEGREE_COUNT ? degree : DEGREE_COUNT - 1][node / 64] ^= (uint64_t)1
                                                                               << node % 64;
}

/// Of at least one.
static uint32_t lowest(uint64_t bits) {
#if defined(__GNUC__)
  return (uint32_t)__builtin_ctzll(bits);
#else
  return bit_count((bits & (0 - bits)) - 1);
#endif
}

/// One of the nodes with the fewest neighbours, out of the queue.
static uint32_t choose(queue_t *queue) {
  uint32_t d = 0;
  while (d + 1 < DEGREE_COUNT && (queue->with[d][0] | queue->with[d][1]) == 0) d++;
  const uint64_t *with = queue->with[d];
  const uint32_t node = with[0] != 0 ? lowest(with[0]) : 64 + lowest(with[1]);
  flip(queue, node);
  return node;
}

static uint32_t list_neighbours(const uint64_t adjacent[2], uint8_t *neighbour) {
  uint32_t count = 0;
  for (uint32_t half = 0; half < 2; half++)
    for (uint64_t bits = adjacent[half]; bits != 0; bits &= bits - 1)
      neighbour[count++] = (uint8_t)(64 * half + lowest(bits));
  return count;
}

/// Take out node; its shares go to neighbour[] and share[]. Returns how many.
static uint32_t take_out(harness_mesh_net_t *net, queue_t *queue, uint32_t node, uint8_t *neighbour,
                         double *share, double *ohm) {
  const uint32_t count = list_neighbours(net->adjacent[node], neighbour);
  const double *joint_S = net->joint_S[node];
  double sum_S = net->ground_S[node];
  for (uint32_t i = 0; i < count; i++) sum_S += joint_S[neighbour[i]];
  *ohm = 1.0 / sum_S;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t a = neighbour[i];
    flip(queue, a);
    queue->degree[a]--;
    share[i] = joint_S[a] * *ohm;
    net->adjacent[a][node / 64] &= ~((uint64_t)1 << node % 64);
    net->ground_S[a] += net->ground_S[node] * share[i];
    for (uint32_t j = 0; j < i; j++) {
      const uint32_t b = neighbour[j];
      const uint32_t more = join(net, a, b, joint_S[b] * share[i]);
      queue->degree[a] = (uint8_t)(queue->degree[a] + more);
      queue->degree[b] = (uint8_t)(queue->degree[b] + more);
    }
  }
  for (uint32_t i = 0; i < count; i++) flip(queue, neighbour[i]);
  return count;
}

void harness_mesh_factor(harness_mesh_net_t *net, harness_mesh_t *mesh) {
  queue_t queue;
  uint32_t fill = 0;
  memset(queue.with, 0, sizeof queue.with);
  for (uint32_t i = 0; i < net->count; i++) {
    queue.degree[i] = (uint8_t)(bit_count(net->adjacent[i][0]) + bit_count(net->adjacent[i][1]));
    flip(&queue, i);
  }
  mesh->count = net->count;
  for (uint32_t i = 0; i < net->count; i++) {
    const uint32_t node = choose(&queue);
    mesh->node[i] = (uint8_t)node;
    mesh->begin[i] = (uint16_t)fill;
    fill += take_out(net, &queue, node, &mesh->neighbour[fill], &mesh->share[fill], &mesh->ohm[i]);
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
