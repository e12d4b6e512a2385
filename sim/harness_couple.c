/// Terminals of far shorts: their mesh, and how it is joined to the AFEs' networks.
#include "harness_couple.h"

#include <string.h>

typedef struct {
  uint32_t afe, row;
} place_t;

static place_t locate(const harness_grid_t *grid, uint32_t terminal) {
  return (place_t){.afe = grid->terminal_afe[terminal], .row = grid->terminal_row[terminal]};
}

/// Current that voltages of an AFE drive into a terminal at 0.
static double gather(const harness_grid_t *grid, const harness_solver_t *solver,
                     const harness_lanes_t *voltages, place_t at) {
  const uint32_t a = at.afe, k = at.row;
  double sum_A = grid->filter_S[k][a] * voltages->input[k][a];
  if (k > 0) sum_A += grid->chain_S[k][a] * voltages->pin[k - 1][a];
  if (k + 1 < HARNESS_INPUT_MAX) sum_A += grid->chain_S[k + 1][a] * voltages->pin[k + 1][a];
  for (uint32_t i = 1; i < HARNESS_INPUT_MAX && k == 0 && solver->has_minus; i++)
    sum_A += solver->minus_S[i][a] * voltages->input[i][a];
  return sum_A;
}

/// Current that a terminal at volt drives into its AFE at 0.
static void scatter(const harness_grid_t *grid, const harness_solver_t *solver, place_t at,
                    double volt, harness_lanes_t *currents) {
  const uint32_t a = at.afe, k = at.row;
  currents->input[k][a] += grid->filter_S[k][a] * volt;
  if (k > 0) currents->pin[k - 1][a] += grid->chain_S[k][a] * grid->is_own[k - 1][a] * volt;
  if (k + 1 < HARNESS_INPUT_MAX)
    currents->pin[k + 1][a] += grid->chain_S[k + 1][a] * grid->is_own[k + 1][a] * volt;
  for (uint32_t i = 1; i < HARNESS_INPUT_MAX && k == 0 && solver->has_minus; i++)
    currents->input[i][a] += solver->minus_S[i][a] * volt;
}

/// What holds each node to its source and the chassis, as currents: terminals left out.
static void fill_grounds(const harness_grid_t *grid, const harness_solver_t *solver,
                         harness_lanes_t *currents) {
  for (uint32_t k = 0; k < HARNESS_INPUT_MAX; k++) {
    for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
      double ground_S = grid->wire_S[k][a] + grid->chassis_S[k][a];
      if (k == 0) ground_S += solver->stray_S[a];
      currents->pin[k][a] = grid->is_own[k][a] * ground_S;
      currents->input[k][a] = 0.0;
    }
  }
}

static void join_directly(const harness_grid_t *grid, const harness_solver_t *solver,
                          harness_mesh_net_t *net) {
  for (uint32_t i = 0; i < grid->far_count; i++)
    harness_mesh_join(net, grid->far_a[i], grid->far_b[i], grid->far_S[i]);
  for (uint32_t i = 0; i < grid->terminal_count; i++) {
    const place_t at = locate(grid, i);
    net->ground_S[i] = grid->wire_S[at.row][at.afe] + grid->chassis_S[at.row][at.afe];
    if (at.row == 0)
      net->ground_S[i] += solver->stray_S[at.afe];
    else if (grid->is_own[at.row - 1][at.afe] < 0.5) /* then it is the terminal before */
      harness_mesh_join(net, i, i - 1, grid->chain_S[at.row][at.afe]);
  }
}

/// Each round: one terminal of each AFE pulls at the others through the AFE.
static void join_through_afes(const harness_grid_t *grid, const harness_solver_t *solver,
                              harness_mesh_net_t *net) {
  uint8_t begin[PINS_MODULE_COUNT + 1] = {0};
  harness_lanes_t currents, voltages;
  for (uint32_t i = 0; i < grid->terminal_count; i++) begin[locate(grid, i).afe + 1]++;
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) begin[a + 1] += begin[a];
  fill_grounds(grid, solver, &currents);
  harness_lanes_solve(&solver->factor, &currents, &voltages);
  for (uint32_t i = 0; i < grid->terminal_count; i++)
    net->ground_S[i] += gather(grid, solver, &voltages, locate(grid, i));
  int is_left = 1;
  for (uint32_t round = 0; is_left; round++) {
    is_left = 0;
    memset(&currents, 0, sizeof currents);
    for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
      if (begin[a] + round + 1 >= begin[a + 1]) continue;
      scatter(grid, solver, locate(grid, begin[a] + round), 1.0, &currents);
      is_left = 1;
    }
    if (!is_left) break;
    harness_lanes_solve(&solver->factor, &currents, &voltages);
    for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++)
      for (uint32_t i = begin[a] + round + 1; i < begin[a + 1]; i++)
        harness_mesh_join(net, begin[a] + round, i,
                          gather(grid, solver, &voltages, locate(grid, i)));
  }
}

void harness_couple_factor(const harness_grid_t *grid, harness_solver_t *solver) {
  harness_mesh_net_t net;
  solver->has_minus = harness_lanes_is_any(((const harness_solver_t *)solver)->minus_S);
  solver->joins = solver->has_minus || harness_lanes_is_any(grid->chain_S) || solver->factor.has_link;
  harness_mesh_clear(&net, grid->terminal_count);
  join_directly(grid, solver, &net);
  if (solver->joins) join_through_afes(grid, solver, &net);
  harness_mesh_factor(&net, &solver->mesh);
}

/// What the shorts' sources drive into their terminals.
static void add_drives(const harness_grid_t *grid, const harness_row_t source_V[HARNESS_INPUT_MAX],
                       double mesh[HARNESS_NODE_MAX]) {
  for (uint32_t i = 0; i < grid->far_count; i++) {
    const place_t a = locate(grid, grid->far_a[i]), b = locate(grid, grid->far_b[i]);
    const double drive_A = grid->far_S[i] * (source_V[b.row][b.afe] - source_V[a.row][a.afe]);
    mesh[grid->far_a[i]] += drive_A;
    mesh[grid->far_b[i]] -= drive_A;
  }
}

void harness_couple_solve(const harness_grid_t *grid, const harness_solver_t *solver,
                          const harness_row_t source_V[HARNESS_INPUT_MAX],
                          harness_lanes_t *currents, harness_lanes_t *voltages) {
  double mesh[HARNESS_NODE_MAX];
  harness_lanes_t kept;
  for (uint32_t i = 0; i < grid->terminal_count; i++) {
    const place_t at = locate(grid, i);
    mesh[i] = currents->pin[at.row][at.afe];
    currents->pin[at.row][at.afe] = 0.0;
  }
  if (grid->terminal_count > 0 && solver->joins) kept = *currents;
  harness_lanes_solve(&solver->factor, currents, voltages);
  if (grid->terminal_count == 0) return;
  for (uint32_t i = 0; i < grid->terminal_count; i++)
    mesh[i] += gather(grid, solver, voltages, locate(grid, i));
  add_drives(grid, source_V, mesh);
  harness_mesh_solve(&solver->mesh, mesh);
  if (solver->joins) {
    for (uint32_t i = 0; i < grid->terminal_count; i++)
      scatter(grid, solver, locate(grid, i), mesh[i], &kept);
    harness_lanes_solve(&solver->factor, &kept, voltages);
  }
  for (uint32_t i = 0; i < grid->terminal_count; i++) {
    const place_t at = locate(grid, i);
    voltages->pin[at.row][at.afe] = mesh[i];
    if (!solver->joins) voltages->input[at.row][at.afe] += mesh[i]; /* hangs on its pin alone */
  }
}
