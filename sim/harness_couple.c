/// Terminals of far shorts: their mesh, and how it is joined to the AFEs' networks.
#include "harness_couple.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "simd.h"

typedef struct {
  uint32_t afe, row;
} place_t;

static place_t locate(const harness_terminals_t *terminals, uint32_t node) {
  return (place_t){.afe = terminals->afe[node], .row = terminals->row[node]};
}

/* ---- which pins and inputs are terminals ---- */

/// Bit k: the clamp between inputs k and k-1 conducts, or that between k+1 and k.
static uint32_t linked_rows(const harness_clamps_t *clamps, uint32_t afe) {
  uint32_t rows = 0;
  for (uint32_t k = 1; k < HARNESS_INPUT_MAX; k++)
    rows |= clamps->link_V[k][afe] * clamps->link_V[k][afe] > 0.0 ? 3u << (k - 1) : 0u;
  return rows;
}

static void list_pins(harness_terminals_t *terminals, uint32_t afe, uint32_t rows) {
  for (uint32_t k = 0; rows >> k != 0; k++) {
    if (!(rows >> k & 1u)) continue;
    terminals->of_wire[pinout_module[afe].first_wire + k] = (uint8_t)terminals->count;
    terminals->afe[terminals->count] = (uint8_t)afe;
    terminals->row[terminals->count] = (uint8_t)k;
    terminals->input[terminals->count++] = HARNESS_NODE_NONE;
  }
}

SIMD_CLONES static void fill_own(const int32_t *restrict rows, harness_row_t *restrict is_own) {
  for (uint32_t k = 0; k < HARNESS_INPUT_MAX; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) is_own[k][a] = 1 - (rows[a] >> k & 1);
  }
}

/// 1 iff the nodes are not too many.
static int list_nodes(const harness_grid_t *grid, const uint32_t linked[PINS_MODULE_COUNT],
                      harness_terminals_t *terminals) {
  int32_t rows[PINS_MODULE_COUNT];
  terminals->count = 0;
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
    const uint32_t any = grid->far_rows[a] | linked[a];
    rows[a] = (int32_t)(any ? any | 1u : 0u);
    list_pins(terminals, a, (uint32_t)rows[a]);
  }
  terminals->node_count = terminals->count;
  for (uint32_t i = 0; i < terminals->count; i++) {
    const place_t at = locate(terminals, i);
    if (!(linked[at.afe] >> at.row & 1u)) continue;
    if (terminals->node_count == HARNESS_NODE_MAX) return 0;
    terminals->input[i] = (uint8_t)terminals->node_count++;
  }
  fill_own(rows, terminals->is_own);
  return 1;
}

void harness_couple_choose(const harness_grid_t *grid, harness_solver_t *solver) {
  uint32_t linked[PINS_MODULE_COUNT] = {0};
  solver->terminals.count = solver->is_kept = 0;
  if (grid->far_count == 0) return;
  for (uint32_t a = 0; a < PINS_MODULE_COUNT && solver->clamp_is_on; a++)
    linked[a] = linked_rows(&solver->clamps, a);
  solver->is_kept = (uint32_t)list_nodes(grid, linked, &solver->terminals);
  if (solver->is_kept) return;
  memset(linked, 0, sizeof linked);
  (void)list_nodes(grid, linked, &solver->terminals);
}

/* ---- terminals that are held ---- */

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
  if (k > 0)
    currents->pin[k - 1][a] += grid->chain_S[k][a] * solver->terminals.is_own[k - 1][a] * volt;
  if (k + 1 < HARNESS_INPUT_MAX)
    currents->pin[k + 1][a] += grid->chain_S[k + 1][a] * solver->terminals.is_own[k + 1][a] * volt;
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
      currents->pin[k][a] = solver->terminals.is_own[k][a] * ground_S;
      currents->input[k][a] = 0.0;
    }
  }
}

static void join_shorts(const harness_grid_t *grid, const harness_terminals_t *terminals,
                        harness_mesh_net_t *net) {
  for (uint32_t i = 0; i < grid->far_count; i++)
    harness_mesh_join(net, terminals->of_wire[grid->far_a[i]], terminals->of_wire[grid->far_b[i]],
                      grid->far_S[i]);
}

static void join_directly(const harness_grid_t *grid, const harness_solver_t *solver,
                          harness_mesh_net_t *net) {
  join_shorts(grid, &solver->terminals, net);
  for (uint32_t i = 0; i < solver->terminals.count; i++) {
    const place_t at = locate(&solver->terminals, i);
    net->ground_S[i] = grid->wire_S[at.row][at.afe] + grid->chassis_S[at.row][at.afe];
    if (at.row == 0)
      net->ground_S[i] += solver->stray_S[at.afe];
    else if (solver->terminals.is_own[at.row - 1][at.afe] <
             0.5) /* then it is the terminal before */
      harness_mesh_join(net, i, i - 1, grid->chain_S[at.row][at.afe]);
  }
}

/// Each round: one terminal of each AFE pulls at the others through the AFE.
static void join_through_afes(const harness_grid_t *grid, const harness_solver_t *solver,
                              harness_mesh_net_t *net) {
  uint8_t begin[PINS_MODULE_COUNT + 1] = {0};
  _Alignas(SIMD_LINE_bytes) harness_lanes_t currents, voltages;
  for (uint32_t i = 0; i < solver->terminals.count; i++)
    begin[locate(&solver->terminals, i).afe + 1]++;
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) begin[a + 1] += begin[a];
  fill_grounds(grid, solver, &currents);
  harness_lanes_solve(&solver->factor, &currents, &voltages);
  for (uint32_t i = 0; i < solver->terminals.count; i++)
    net->ground_S[i] += gather(grid, solver, &voltages, locate(&solver->terminals, i));
  int is_left = 1;
  for (uint32_t round = 0; is_left; round++) {
    is_left = 0;
    memset(&currents, 0, sizeof currents);
    for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++) {
      if (begin[a] + round + 1 >= begin[a + 1]) continue;
      scatter(grid, solver, locate(&solver->terminals, begin[a] + round), 1.0, &currents);
      is_left = 1;
    }
    if (!is_left) break;
    harness_lanes_solve(&solver->factor, &currents, &voltages);
    for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++)
      for (uint32_t i = begin[a] + round + 1; i < begin[a + 1]; i++)
        harness_mesh_join(net, begin[a] + round, i,
                          gather(grid, solver, &voltages, locate(&solver->terminals, i)));
  }
}

/* ---- terminals that are kept ---- */

/// Inputs that are nodes: the elimination finds them alone.
static void take_inputs(const harness_terminals_t *terminals, harness_net_t *net) {
  for (uint32_t i = 0; i < terminals->count; i++) {
    const uint32_t a = terminals->afe[i], k = terminals->row[i];
    if (terminals->input[i] == HARNESS_NODE_NONE) continue;
    net->link_S[k][a] = 0.0;
    net->filter_S[k][a] = net->minus_S[k][a] = 0.0;
    net->ground_S.input[k][a] = 1.0;
  }
}

/// A pin's input to the pin, to V- and to the input below.
static void join_input(const harness_grid_t *grid, const harness_solver_t *solver, uint32_t pin,
                       uint32_t minus, harness_mesh_net_t *net) {
  const place_t at = locate(&solver->terminals, pin);
  const uint32_t input = solver->terminals.input[pin];
  harness_mesh_join(net, input, pin, grid->filter_S[at.row][at.afe]);
  if (at.row == 0) return;
  harness_mesh_join(net, input, minus, solver->minus_S[at.row][at.afe]);
  if (solver->link_S[at.row][at.afe] > 0.0)
    harness_mesh_join(net, input, input - 1, solver->link_S[at.row][at.afe]);
}

/// What the elimination has left: each terminal to the one below it in its AFE, and to V-.
static void join_between(const harness_grid_t *grid, const harness_solver_t *solver,
                         const harness_between_t *between, harness_mesh_net_t *net) {
  const harness_terminals_t *terminals = &solver->terminals;
  uint32_t minus = 0;
  join_shorts(grid, terminals, net);
  for (uint32_t i = 0; i < terminals->count; i++) {
    const place_t at = locate(terminals, i);
    if (at.row == 0) {
      minus = i;
      net->ground_S[i] = 1.0 / solver->factor.row[0].pin_ohm[at.afe];
    } else {
      const uint32_t below = terminals->row[i - 1];
      net->ground_S[i] = between->ground_S[below][at.afe];
      harness_mesh_join(net, i, minus, between->minus_S[below][at.afe]);
      if (below > 0) harness_mesh_join(net, i, i - 1, between->joint_S[below][at.afe]);
    }
    if (terminals->input[i] != HARNESS_NODE_NONE) join_input(grid, solver, i, minus, net);
  }
}

void harness_couple_factor(const harness_grid_t *grid, harness_net_t *net,
                           harness_solver_t *solver) {
  harness_mesh_net_t mesh;
  harness_mesh_clear(&mesh, solver->terminals.node_count);
  if (solver->is_kept) {
    const harness_terminals_t *terminals = &solver->terminals;
    harness_between_t between;
    if (terminals->node_count > terminals->count) take_inputs(terminals, net);
    harness_lanes_factor_between(terminals->is_own, net, &solver->factor, &between);
    join_between(grid, solver, &between, &mesh);
  } else {
    harness_lanes_factor(net, &solver->factor);
    solver->has_minus = harness_lanes_is_any(((const harness_solver_t *)solver)->minus_S);
    join_directly(grid, solver, &mesh);
    join_through_afes(grid, solver, &mesh);
  }
  harness_mesh_factor(&mesh, &solver->mesh);
}

/// Currents into the terminals and from the shorts' sources become the terminals' voltages.
static void solve_mesh(const harness_grid_t *grid, const harness_solver_t *solver,
                       const harness_row_t source_V[HARNESS_INPUT_MAX],
                       double node[HARNESS_NODE_MAX]) {
  const harness_terminals_t *terminals = &solver->terminals;
  for (uint32_t i = 0; i < grid->far_count; i++) {
    const uint32_t to_a = terminals->of_wire[grid->far_a[i]];
    const uint32_t to_b = terminals->of_wire[grid->far_b[i]];
    const place_t a = locate(terminals, to_a), b = locate(terminals, to_b);
    const double drive_A = grid->far_S[i] * (source_V[b.row][b.afe] - source_V[a.row][a.afe]);
    node[to_a] += drive_A;
    node[to_b] -= drive_A;
  }
  harness_mesh_solve(&solver->mesh, node);
}

/// Inputs that are nodes: their currents out of the lanes, or their voltages into them.
static void take_currents(const harness_terminals_t *terminals, harness_lanes_t *currents,
                          double node[HARNESS_NODE_MAX]) {
  for (uint32_t i = 0; i < terminals->count; i++) {
    const place_t at = locate(terminals, i);
    if (terminals->input[i] == HARNESS_NODE_NONE) continue;
    node[terminals->input[i]] = currents->input[at.row][at.afe];
    currents->input[at.row][at.afe] = 0.0;
  }
}

static void give_voltages(const harness_terminals_t *terminals, const double node[HARNESS_NODE_MAX],
                          harness_lanes_t *voltages) {
  for (uint32_t i = 0; i < terminals->count; i++) {
    const place_t at = locate(terminals, i);
    if (terminals->input[i] != HARNESS_NODE_NONE)
      voltages->input[at.row][at.afe] = node[terminals->input[i]];
  }
}

static void solve_kept(const harness_grid_t *grid, const harness_solver_t *solver,
                       const harness_row_t source_V[HARNESS_INPUT_MAX], harness_lanes_t *currents,
                       harness_lanes_t *voltages) {
  const harness_terminals_t *terminals = &solver->terminals;
  const int has_inputs = terminals->node_count > terminals->count;
  double node[HARNESS_NODE_MAX];
  _Alignas(SIMD_LINE_bytes) harness_row_t above_A[HARNESS_INPUT_MAX],
      terminal_V[HARNESS_INPUT_MAX] = {{0}}, minus_A;
  if (has_inputs) take_currents(terminals, currents, node);
  harness_lanes_down(&solver->factor, terminals->is_own, currents, minus_A, above_A);
  for (uint32_t i = 0; i < terminals->count; i++) {
    const uint32_t a = terminals->afe[i], k = terminals->row[i];
    node[i] = k > 0 ? currents->pin[k][a] + above_A[terminals->row[i - 1]][a] : minus_A[a];
  }
  solve_mesh(grid, solver, source_V, node);
  for (uint32_t a = 0; a < PINS_MODULE_COUNT; a++)
    voltages->pin[0][a] = minus_A[a] * solver->factor.row[0].pin_ohm[a];
  for (uint32_t i = 0; i < terminals->count; i++) {
    const uint32_t a = terminals->afe[i], k = terminals->row[i];
    if (k > 0)
      terminal_V[k][a] = node[i];
    else
      voltages->pin[0][a] = node[i];
  }
  harness_lanes_up(&solver->factor, terminals->is_own, (const harness_row_t *)terminal_V, currents,
                   voltages);
  if (has_inputs) give_voltages(terminals, node, voltages);
}

static void solve_held(const harness_grid_t *grid, const harness_solver_t *solver,
                       const harness_row_t source_V[HARNESS_INPUT_MAX], harness_lanes_t *currents,
                       harness_lanes_t *voltages) {
  double mesh[HARNESS_NODE_MAX];
  for (uint32_t i = 0; i < solver->terminals.count; i++) {
    const place_t at = locate(&solver->terminals, i);
    mesh[i] = currents->pin[at.row][at.afe];
    currents->pin[at.row][at.afe] = 0.0;
  }
  _Alignas(SIMD_LINE_bytes) harness_lanes_t kept = *currents;
  harness_lanes_solve(&solver->factor, currents, voltages);
  for (uint32_t i = 0; i < solver->terminals.count; i++)
    mesh[i] += gather(grid, solver, voltages, locate(&solver->terminals, i));
  solve_mesh(grid, solver, source_V, mesh);
  for (uint32_t i = 0; i < solver->terminals.count; i++)
    scatter(grid, solver, locate(&solver->terminals, i), mesh[i], &kept);
  harness_lanes_solve(&solver->factor, &kept, voltages);
  for (uint32_t i = 0; i < solver->terminals.count; i++) {
    const place_t at = locate(&solver->terminals, i);
    voltages->pin[at.row][at.afe] = mesh[i];
  }
}

void harness_couple_solve(const harness_grid_t *grid, const harness_solver_t *solver,
                          const harness_row_t source_V[HARNESS_INPUT_MAX],
                          harness_lanes_t *currents, harness_lanes_t *voltages) {
  if (solver->terminals.count == 0)
    harness_lanes_solve(&solver->factor, currents, voltages);
  else if (solver->is_kept)
    solve_kept(grid, solver, source_V, currents, voltages);
  else
    solve_held(grid, solver, source_V, currents, voltages);
}
