/// Steps of the sense networks: right-hand sides, kept factorisations, clamps.
#include "harness_step.h"

#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "harness_couple.h"
#include "harness_front.h"
#include "harness_wires.h"
#include "simd.h"

#define SIMD_INLINE __attribute__((always_inline))
enum { LANES = PINS_MODULE_COUNT, ROWS = HARNESS_INPUT_MAX };
enum { ROUND_MAX = 64, BOLD_ROUND_MAX = 8 };

static const double clamp_S = 1.0 / HARNESS_CLAMP_ohm;
static const harness_clamps_t no_clamps;

void harness_step_begin(harness_t *harness, const double *source_V) {
  harness_wires_to_rows(source_V, harness->derived.frame.source_V);
}

void harness_step_reset(harness_t *harness) {
  harness_frame_t *frame = &harness->derived.frame;
  for (uint32_t a = 0; a < LANES; a++) {
    frame->state.minus_V[a] = frame->source_V[0][a];
    for (uint32_t k = 0; k < pinout_module[a].wire_count; k++)
      frame->state.held_V[k][a] = frame->source_V[k][a] - frame->source_V[0][a];
  }
}

/* ---- a healthy harness ---- */

/// Offsets where each wire carries its own input's current alone, and V- what all give back.
SIMD_CLONES static void solve_healthy(const harness_grid_t *restrict grid,
                                      const harness_row_t *restrict given_A,
                                      harness_frame_t *restrict frame) {
  _Alignas(SIMD_LINE_bytes) harness_row_t back_A = {0};
  for (uint32_t k = 1; k < ROWS; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const double into_A = given_A[k][a], pin_V = into_A / grid->wire_S[k][a];
      frame->offset_V.pin[k][a] = pin_V;
      frame->offset_V.input[k][a] = pin_V + into_A * HARNESS_FILTER_ohm;
      back_A[a] -= into_A;
    }
  }
  for (uint32_t a = 0; a < LANES; a++) {
    const double pin_V = back_A[a] / grid->wire_S[0][a];
    frame->offset_V.pin[0][a] = pin_V;
    frame->offset_V.input[0][a] = pin_V + given_A[0][a] * HARNESS_FILTER_ohm;
  }
}

/* ---- any other ---- */

/// held: 1 iff terminals are held at their sources, else 0.
SIMD_CLONES static void fill_conductances(const harness_grid_t *restrict grid, double step_s,
                                          double held, harness_solver_t *restrict solver,
                                          harness_net_t *restrict net) {
  const double hold_S = HARNESS_FILTER_F / step_s, stray_S = HARNESS_STRAY_F / step_s;
  for (uint32_t k = 0; k < ROWS; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const double own = 1.0 - held * (1.0 - solver->terminals.is_own[k][a]),
                   filter_S = grid->filter_S[k][a];
      const double minus_own = 1.0 - held * (1.0 - solver->terminals.is_own[0][a]);
      const double held_S = grid->is_held[k][a] * hold_S;
      const double link = solver->clamps.link_V[k][a], minus = solver->clamps.minus_V[k][a];
      const double minus_S = held_S + (minus < 0.0 ? clamp_S : 0.0);
      solver->hold_S[k][a] = held_S;
      solver->minus_S[k][a] = minus_S;
      solver->link_S[k][a] = net->link_S[k][a] = link * link > 0.0 ? clamp_S : 0.0;
      net->filter_S[k][a] = filter_S * own;
      net->minus_S[k][a] = minus_S * minus_own;
      net->ground_S.input[k][a] = filter_S * (1.0 - own) + minus_S * (1.0 - minus_own);
      net->ground_S.pin[k][a] = grid->wire_S[k][a] + grid->chassis_S[k][a];
      net->pin_minus_S[k][a] = 0.0;
    }
  }
  for (uint32_t a = 0; a < LANES; a++) {
    solver->stray_S[a] = grid->minus_is_held[a] * stray_S;
    net->ground_S.pin[0][a] += solver->stray_S[a];
    net->chain_S[0][a] = 0.0;
  }
}

/// Inputs of idle rows hang on nothing: 1 S keeps them at 0. A chain that leads to a terminal is a
/// ground.
SIMD_CLONES static void fill_chains(const harness_grid_t *restrict grid,
                                    const harness_solver_t *restrict solver, double held,
                                    harness_net_t *restrict net) {
  for (uint32_t k = 1; k < ROWS; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const double chain_S = grid->chain_S[k][a];
      const double own = 1.0 - held * (1.0 - solver->terminals.is_own[k][a]);
      const double below = 1.0 - held * (1.0 - solver->terminals.is_own[k - 1][a]);
      net->chain_S[k][a] = chain_S * own * below;
      net->ground_S.input[k][a] += grid->filter_S[k][a] > 0.0 ? 0.0 : 1.0;
      net->ground_S.pin[k][a] += chain_S * (1.0 - below);
      net->ground_S.pin[k - 1][a] += chain_S * (1.0 - own);
    }
  }
}

SIMD_CLONES static uint32_t is_on(const harness_clamps_t *clamps) {
  _Alignas(SIMD_LINE_bytes) harness_row_t lane = {0};
  double sum = 0.0;
  for (uint32_t k = 1; k < ROWS; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++)
      lane[a] += clamps->link_V[k][a] * clamps->link_V[k][a] - clamps->minus_V[k][a];
  }
  for (uint32_t a = 0; a < LANES; a++) sum += lane[a];
  return sum > 0.0;
}

static void factor(const harness_grid_t *grid, harness_solver_t *solver, double step_s) {
  _Alignas(SIMD_LINE_bytes) harness_net_t net;
  solver->clamp_is_on = is_on(&solver->clamps);
  solver->has_pins = harness_lanes_is_any(grid->chain_S) || harness_lanes_is_any(grid->chassis_S);
  harness_couple_choose(grid, solver);
  const double held = solver->terminals.count > 0 && !solver->is_kept ? 1.0 : 0.0;
  fill_conductances(grid, step_s, held, solver, &net);
  fill_chains(grid, solver, held, &net);
  if (solver->terminals.count > 0)
    harness_couple_factor(grid, &net, solver);
  else
    harness_lanes_factor(&net, &solver->factor);
}

static void load_clamps(const harness_t *harness, harness_clamps_t *clamps) {
  memset(clamps, 0, sizeof *clamps);
  for (uint32_t a = 0; a < LANES && harness->clamp_is_on; a++) {
    for (uint32_t k = 0; k < pinout_module[a].wire_count; k++) {
      const uint32_t wire = pinout_module[a].first_wire + k;
      if (harness->clamp[wire] == HARNESS_CLAMP_FORWARD) clamps->link_V[k][a] = -HARNESS_DIODE_V;
      if (harness->clamp[wire] == HARNESS_CLAMP_ZENER) clamps->link_V[k][a] = HARNESS_ZENER_V;
      if (harness->clamp_to_minus[wire]) clamps->minus_V[k][a] = -HARNESS_DIODE_V;
    }
  }
}

/// Index of the kept factorisation for this topology and step, made if there is none.
static uint32_t find_solver(harness_t *harness, uint32_t which, double step_s) {
  const double key_s = harness->floating_count > 0 ? step_s : 0.0;
  for (uint32_t i = 0; i < HARNESS_SOLVER_COUNT; i++) {
    const harness_solver_t *kept = &harness->derived.solver[i];
    const int fits = kept->step_s >= key_s && kept->step_s <= key_s;
    if (kept->topology == harness->topology_count && fits) return i;
  }
  harness_solver_t *solver = &harness->derived.solver[which];
  if (solver->topology != harness->topology_count) load_clamps(harness, &solver->clamps);
  solver->topology = harness->topology_count;
  solver->step_s = key_s;
  solver->clamps_id = ++harness->derived.frame.clamps_id;
  factor(&harness->derived.grid, solver, step_s);
  return which;
}

/// From the top down; what a chain or a clamp takes from a row it gives to the row below. has_pins,
/// has_clamps: chains or leaks, clamps are somewhere; constants where this is called.
SIMD_INLINE static inline void
fill(const harness_grid_t *restrict grid, const harness_solver_t *restrict solver,
     const harness_frame_t *restrict frame, const harness_row_t *restrict into_A, double chassis_V,
     harness_lanes_t *restrict currents, int has_pins, int has_clamps) {
  _Alignas(SIMD_LINE_bytes) harness_row_t back_A, bottom_V, chain_A = {0}, link_A = {0};
  for (uint32_t a = 0; a < LANES; a++) {
    bottom_V[a] = frame->source_V[0][a];
    back_A[a] = solver->stray_S[a] * (frame->state.minus_V[a] - bottom_V[a]) - into_A[0][a];
  }
  for (uint32_t k = ROWS - 1; k > 0; k--) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const double source_V = frame->source_V[k][a], down_V = frame->source_V[k - 1][a] - source_V;
      double minus_A = into_A[k][a] + solver->hold_S[k][a] * frame->state.held_V[k][a] +
                       solver->minus_S[k][a] * (bottom_V[a] - source_V);
      if (has_clamps) minus_A += clamp_S * solver->clamps.minus_V[k][a];
      back_A[a] -= minus_A;
      currents->pin[k][a] = 0.0;
      if (has_pins) {
        const double here_A = grid->chain_S[k][a] * down_V;
        currents->pin[k][a] =
            grid->chassis_S[k][a] * (chassis_V - source_V) + (here_A - chain_A[a]);
        chain_A[a] = here_A;
      }
      if (has_clamps) {
        const double here_A = solver->link_S[k][a] * (down_V + solver->clamps.link_V[k][a]);
        currents->input[k][a] = minus_A + (here_A - link_A[a]);
        link_A[a] = here_A;
      } else {
        currents->input[k][a] = minus_A;
      }
    }
  }
  for (uint32_t a = 0; a < LANES; a++) {
    currents->pin[0][a] =
        grid->chassis_S[0][a] * (chassis_V - bottom_V[a]) - chain_A[a] + back_A[a];
    currents->input[0][a] = into_A[0][a] - link_A[a];
  }
}

SIMD_CLONES static void fill_all(const harness_grid_t *grid, const harness_solver_t *solver,
                                 const harness_frame_t *frame, const harness_row_t *into_A,
                                 double chassis_V, harness_lanes_t *currents) {
  fill(grid, solver, frame, into_A, chassis_V, currents, 1, 1);
}

SIMD_CLONES static void fill_pins(const harness_grid_t *grid, const harness_solver_t *solver,
                                  const harness_frame_t *frame, const harness_row_t *into_A,
                                  double chassis_V, harness_lanes_t *currents) {
  fill(grid, solver, frame, into_A, chassis_V, currents, 1, 0);
}

SIMD_CLONES static void fill_clamps(const harness_grid_t *grid, const harness_solver_t *solver,
                                    const harness_frame_t *frame, const harness_row_t *into_A,
                                    double chassis_V, harness_lanes_t *currents) {
  fill(grid, solver, frame, into_A, chassis_V, currents, 0, 1);
}

SIMD_CLONES static void fill_least(const harness_grid_t *grid, const harness_solver_t *solver,
                                   const harness_frame_t *frame, const harness_row_t *into_A,
                                   double chassis_V, harness_lanes_t *currents) {
  fill(grid, solver, frame, into_A, chassis_V, currents, 0, 0);
}

static int switch_one(double *now, double wanted) {
  const double change = wanted - *now;
  *now = wanted;
  return change * change > 0.0;
}

/// After some rounds only the first clamp that disagrees: that ends for certain (Murty's rule).
static void switch_clamps(harness_clamps_t *clamps, const harness_clamps_t *wanted,
                          uint32_t round) {
  if (round < BOLD_ROUND_MAX) {
    *clamps = *wanted;
    return;
  }
  for (uint32_t a = 0; a < LANES; a++) {
    for (uint32_t k = 1; k < ROWS; k++) {
      if (switch_one(&clamps->link_V[k][a], wanted->link_V[k][a])) return;
      if (switch_one(&clamps->minus_V[k][a], wanted->minus_V[k][a])) return;
    }
  }
}

static void solve(const harness_t *harness, const harness_solver_t *solver,
                  const harness_row_t *into_A, harness_lanes_t *offset_V) {
  const harness_derived_t *derived = &harness->derived;
  _Alignas(SIMD_LINE_bytes) harness_lanes_t currents;
  void (*const variant[2][2])(const harness_grid_t *, const harness_solver_t *,
                              const harness_frame_t *, const harness_row_t *, double,
                              harness_lanes_t *) = {{fill_least, fill_clamps},
                                                    {fill_pins, fill_all}};
  variant[solver->has_pins][solver->clamp_is_on](&derived->grid, solver, &derived->frame, into_A,
                                                 harness->chassis_V, &currents);
  harness_couple_solve(&derived->grid, solver, derived->frame.source_V, &currents, offset_V);
}

/// clamps NULL: none conducts.
static int clamps_hold(harness_t *harness, const harness_clamps_t *clamps) {
  harness_frame_t *frame = &harness->derived.frame;
  const harness_frame_t *given = frame;
  return harness_lanes_hold(clamps, &harness->derived.grid.limits, given->source_V,
                            &given->offset_V, frame->clamp_A);
}

/// 1 iff no clamp conducts.
static int run_alone(harness_t *harness, const harness_row_t *into_A) {
  harness_frame_t *frame = &harness->derived.frame;
  solve_healthy(&harness->derived.grid, into_A, frame);
  frame->solver = HARNESS_SOLVER_COUNT;
  return clamps_hold(harness, NULL);
}

/// 1 iff other clamps conduct than the solver was made for.
static int clamps_disagree(harness_t *harness, const harness_solver_t *solver,
                           harness_clamps_t *wanted) {
  const harness_frame_t *frame = &harness->derived.frame;
  _Alignas(SIMD_LINE_bytes) harness_nodes_t nodes;
  if (clamps_hold(harness, solver->clamp_is_on ? &solver->clamps : NULL)) return 0;
  harness_lanes_nodes(frame->source_V, &frame->offset_V, &nodes);
  return harness_lanes_clamp(&solver->clamps, &harness->derived.grid.limits, &nodes, wanted,
                             harness->derived.frame.clamp_A);
}

static void run_coupled(harness_t *harness, uint32_t which, double step_s,
                        const harness_row_t *into_A) {
  harness_frame_t *frame = &harness->derived.frame;
  _Alignas(SIMD_LINE_bytes) harness_clamps_t wanted;
  frame->solver = find_solver(harness, which, step_s);
  harness_solver_t *solver = &harness->derived.solver[frame->solver];
  for (uint32_t round = 0; round < ROUND_MAX; round++) {
    solve(harness, solver, into_A, &frame->offset_V);
    if (!clamps_disagree(harness, solver, &wanted)) break;
    switch_clamps(&solver->clamps, &wanted, round);
    solver->clamps_id = ++frame->clamps_id;
    factor(&harness->derived.grid, solver, step_s);
  }
}

void harness_step_run(harness_t *harness, uint32_t which, double step_s,
                      const harness_row_t *into_A) {
  harness_frame_t *frame = &harness->derived.frame;
  if (harness->is_plain && !run_alone(harness, into_A)) harness->is_plain = 0;
  if (!harness->is_plain) run_coupled(harness, which, step_s, into_A);
  if (which > 0 && harness->floating_count == 0) return; /* no state acts before a step with 0 */
  const harness_frame_t *given = frame;
  harness_lanes_nodes(given->source_V, &given->offset_V, &frame->state);
}

/* ---- result ---- */

static void keep_clamps(harness_t *harness, const harness_clamps_t *clamps) {
  harness->clamp_is_on = 0;
  for (uint32_t a = 0; a < LANES; a++) {
    for (uint32_t k = 0; k < pinout_module[a].wire_count; k++) {
      const uint32_t wire = pinout_module[a].first_wire + k;
      const double link = clamps->link_V[k][a];
      harness->clamp[wire] = link < 0.0   ? HARNESS_CLAMP_FORWARD
                             : link > 0.0 ? HARNESS_CLAMP_ZENER
                                          : HARNESS_CLAMP_OFF;
      harness->clamp_to_minus[wire] = clamps->minus_V[k][a] < 0.0;
      if (harness->clamp[wire] != HARNESS_CLAMP_OFF || harness->clamp_to_minus[wire])
        harness->clamp_is_on = 1;
    }
  }
}

typedef struct {
  harness_row_t pin_V[ROWS], input_V[ROWS]; ///< against pack minus
  harness_row_t wire_A[ROWS], sum_A[ROWS]; ///< out of the pack; of the wires from the top down
} result_t;

/// Returns the greatest square of a wire's current.
SIMD_CLONES static double fill_result(const harness_grid_t *restrict grid,
                                      const harness_frame_t *restrict frame,
                                      result_t *restrict result) {
  _Alignas(SIMD_LINE_bytes) harness_row_t hottest_A2 = {0}, sum_A = {0};
  for (uint32_t k = ROWS; k-- > 0;) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const double wire_A = -frame->offset_V.pin[k][a] * grid->wire_S[k][a];
      result->pin_V[k][a] = frame->source_V[k][a] + frame->offset_V.pin[k][a];
      result->input_V[k][a] = frame->source_V[k][a] + frame->offset_V.input[k][a];
      result->wire_A[k][a] = wire_A;
      result->sum_A[k][a] = sum_A[a] = sum_A[a] + wire_A;
      hottest_A2[a] = wire_A * wire_A > hottest_A2[a] ? wire_A * wire_A : hottest_A2[a];
    }
  }
  double most_A2 = 0.0;
  for (uint32_t a = 0; a < LANES; a++) most_A2 = hottest_A2[a] > most_A2 ? hottest_A2[a] : most_A2;
  return most_A2;
}

/// In blocks; the last overlaps the one before.
SIMD_CLONES static void fill_chassis(const double *restrict siemens, const double *restrict pin_V,
                                     double chassis_V, double *restrict amp) {
  for (uint32_t at = 0; at < PINS_WIRE_COUNT; at += LANES) {
    const uint32_t w = at + LANES < PINS_WIRE_COUNT ? at : PINS_WIRE_COUNT - LANES;
    SIMD_LOOP
    for (uint32_t i = 0; i < LANES; i++) amp[w + i] = siemens[w + i] * (pin_V[w + i] - chassis_V);
  }
}

void harness_step_end(harness_t *harness, double group_extra_A[PINS_GROUP_COUNT]) {
  harness_frame_t *frame = &harness->derived.frame;
  _Alignas(SIMD_LINE_bytes) result_t result;
  frame->hottest_A2 = fill_result(&harness->derived.grid, frame, &result);
  const result_t *given = &result;
  harness_wires_from_rows(given->pin_V, harness->pin_V);
  harness_wires_from_rows(given->input_V, harness->input_V);
  harness_wires_from_rows(given->wire_A, harness->wire_A);
  harness_wires_groups(result.sum_A, group_extra_A);
  if (harness->leak_count > 0)
    fill_chassis(harness->chassis_S, harness->pin_V, harness->chassis_V, harness->chassis_A);
  memcpy(harness->clamp_A, frame->clamp_A, sizeof frame->clamp_A);
  harness->is_resting = 0;
  const harness_solver_t *solver =
      frame->solver < HARNESS_SOLVER_COUNT ? &harness->derived.solver[frame->solver] : NULL;
  const uint32_t id = solver && solver->clamp_is_on ? solver->clamps_id : 0;
  if (id == frame->kept_id) return;
  keep_clamps(harness, solver ? &solver->clamps : &no_clamps);
  frame->kept_id = id;
}

SIMD_CLONES static void fill_sampled(const harness_frame_t *restrict frame,
                                     const harness_row_t *restrict drop_V,
                                     harness_row_t *restrict input_V) {
  for (uint32_t k = 0; k < ROWS; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++)
      input_V[k][a] = (frame->source_V[k][a] + frame->offset_V.input[k][a]) + drop_V[k][a];
  }
}

void harness_step_sampled(const harness_t *harness, const harness_row_t *drop_V, double *input_V) {
  _Alignas(SIMD_LINE_bytes) harness_row_t rows[ROWS];
  fill_sampled(&harness->derived.frame, drop_V, rows);
  harness_wires_from_rows((const harness_row_t *)rows, input_V);
}
