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

/// What the elimination has left: each terminal to the one below it in its AFE, and to V-.
static void join_between(const harness_grid_t *grid, const harness_factor_t *factor,
                         const harness_between_t *between, harness_mesh_net_t *net) {
  uint32_t minus = 0;
  for (uint32_t i = 0; i < grid->far_count; i++)
    harness_mesh_join(net, grid->far_a[i], grid->far_b[i], grid->far_S[i]);
  for (uint32_t i = 0; i < grid->terminal_count; i++) {
    const place_t at = locate(grid, i);
    if (at.row == 0) {
      minus = i;
      net->ground_S[i] = 1.0 / factor->row[0].pin_ohm[at.afe];
      continue;
    }
    const uint32_t below = grid->terminal_row[i - 1];
    net->ground_S[i] = between->ground_S[below][at.afe];
    harness_mesh_join(net, i, minus, between->minus_S[below][at.afe]);
    if (below > 0) harness_mesh_join(net, i, i - 1, between->joint_S[below][at.afe]);
  }
}

void harness_couple_factor(const harness_grid_t *grid, harness_net_t *net,
                           harness_solver_t *solver) {
  harness_mesh_net_t mesh;
  harness_mesh_clear(&mesh, grid->terminal_count);
  if (solver->is_kept) {
    harness_between_t between;
    harness_lanes_factor_between(grid->is_own, net, &solver->factor, &between);
    join_between(grid, &solver->factor, &between, &mesh);
  } else {
    harness_lanes_factor(net, &solver->factor);
    solver->has_minus = harness_lanes_is_any(((const harness_solver_t *)solver)->minus_S);
    join_directly(grid, solver, &mesh);
    join_through_afes(grid, solver, &mesh);
  }
  harness_mesh_factor(&mesh, &solver->mesh);
}

/// Currents into the terminals and from the shorts' sources become the terminals' voltages.
static void solve_mesh(const harness_grid_t *grid, const harness_mesh_t *mesh,
                       const harness_row_t source_V[HARNESS_INPUT_MAX],
                       double terminal[HARNESS_NODE_MAX]) {
  for (uint32_t i = 0; i < grid->far_count; i++) {
    const place_t a = locate(grid, grid->far_a[i]), b = locate(grid, grid->far_b[i]);
    const double drive_A = grid->far_S[i] * (source_V[b.row][b.afe] - source_V[a.row][a.afe]);
    terminal[grid->far_a[i]] += drive_A;
    terminal[grid->far_b[i]] -= drive_A;
  }
  harness_mesh_solve(mesh, terminal);
}

static void solve_kept(const harness_grid_t *grid, const harness_solver_t *solver,
                       const harness_row_t source_V[HARNESS_INPUT_MAX], harness_lanes_t *currents,
                       harness_lanes_t *voltages) {
  double mesh[HARNESS_NODE_MAX];
  harness_row_t above_A[HARNESS_INPUT_MAX], terminal_V[HARNESS_INPUT_MAX] = {{0}}, minus_A;
  harness_lanes_down(&solver->factor, grid->is_own, currents, minus_A, above_A);
  for (uint32_t i = 0; i < grid->terminal_count; i++) {
    const uint32_t a = grid->terminal_afe[i], k = grid->terminal_row[i];
    mesh[i] = k > 0 ? currents->pin[k][a] + above_A[grid->terminal_row[i - 1]][a] : minus_A[a];
  }
  solve_mesh(grid, &solver->mesh, source_V, mesh);
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++)
    voltages->pin[0][a] = minus_A[a] * solver->factor.row[0].pin_ohm[a];
  for (uint32_t i = 0; i < grid->terminal_count; i++) {
    const uint32_t a = grid->terminal_afe[i], k = grid->terminal_row[i];
    if (k > 0)
      terminal_V[k][a] = mesh[i];
    else
      voltages->pin[0][a] = mesh[i];
  }
  harness_lanes_up(&solver->factor, grid->is_own, (const harness_row_t *)terminal_V, currents,
                   voltages);
}

static void solve_held(const harness_grid_t *grid, const harness_solver_t *solver,
                       const harness_row_t source_V[HARNESS_INPUT_MAX], harness_lanes_t *currents,
                       harness_lanes_t *voltages) {
  double mesh[HARNESS_NODE_MAX];
  for (uint32_t i = 0; i < grid->terminal_count; i++) {
    const place_t at = locate(grid, i);
    mesh[i] = currents->pin[at.row][at.afe];
    currents->pin[at.row][at.afe] = 0.0;
  }
  harness_lanes_t kept = *currents;
  harness_lanes_solve(&solver->factor, currents, voltages);
  for (uint32_t i = 0; i < grid->terminal_count; i++)
    mesh[i] += gather(grid, solver, voltages, locate(grid, i));
  solve_mesh(grid, &solver->mesh, source_V, mesh);
  for (uint32_t i = 0; i < grid->terminal_count; i++)
    scatter(grid, solver, locate(grid, i), mesh[i], &kept);
  harness_lanes_solve(&solver->factor, &kept, voltages);
  for (uint32_t i = 0; i < grid->terminal_count; i++) {
    const place_t at = locate(grid, i);
    voltages->pin[at.row][at.afe] = mesh[i];
  }
}

void harness_couple_solve(const harness_grid_t *grid, const harness_solver_t *solver,
                          const harness_row_t source_V[HARNESS_INPUT_MAX],
                          harness_lanes_t *currents, harness_lanes_t *voltages) {
  if (grid->terminal_count == 0)
    harness_lanes_solve(&solver->factor, currents, voltages);
  else if (solver->is_kept)
    solve_kept(grid, solver, source_V, currents, voltages);
  else
    solve_held(grid, solver, source_V, currents, voltages);
}
