/// Star-mesh elimination of the AFEs' sense networks in lanes, and the clamps of their inputs.
#include "harness_lanes.h"

#include <string.h>

#include "harness_front.h"
#include "simd.h"

#define SIMD_INLINE __attribute__((always_inline))
enum { LANES = PINS_MODULE_COUNT };

SIMD_INLINE static inline void factor_input(harness_net_t *restrict net,
                                            harness_factor_t *restrict factor, uint32_t k) {
  SIMD_LOOP
  for (uint32_t a = 0; a < LANES; a++) {
    const double pin = net->filter_S[k][a], below = net->link_S[k][a], minus = net->minus_S[k][a];
    const double ground = net->ground_S.input[k][a];
    const double ohm = 1.0 / (pin + below + minus + ground);
    const double to_pin = pin * ohm, to_below = below * ohm, to_minus = minus * ohm;
    net->ground_S.pin[k][a] += ground * to_pin;
    net->ground_S.input[k - 1][a] += ground * to_below;
    net->bottom_S[a] += ground * to_minus;
    net->pin_minus_S[k][a] += pin * to_minus;
    net->minus_S[k - 1][a] += below * to_minus;
    net->link_S[k][a] = pin * to_below; /* from here on: pin k to input k-1 */
    factor->row[k].input_pin[a] = to_pin;
    factor->row[k].input_below[a] = to_below;
    factor->row[k].input_minus[a] = to_minus;
    factor->row[k].input_ohm[a] = ohm;
  }
}

SIMD_INLINE static inline void factor_pin(harness_net_t *restrict net,
                                          harness_factor_t *restrict factor, uint32_t k) {
  SIMD_LOOP
  for (uint32_t a = 0; a < LANES; a++) {
    const double below = net->chain_S[k][a], input = net->link_S[k][a];
    const double minus = net->pin_minus_S[k][a], ground = net->ground_S.pin[k][a];
    const double ohm = 1.0 / (below + input + minus + ground);
    const double to_below = below * ohm, to_input = input * ohm, to_minus = minus * ohm;
    net->ground_S.pin[k - 1][a] += ground * to_below;
    net->ground_S.input[k - 1][a] += ground * to_input;
    net->bottom_S[a] += ground * to_minus;
    net->filter_S[k - 1][a] += below * to_input;
    net->pin_minus_S[k - 1][a] += below * to_minus;
    net->minus_S[k - 1][a] += input * to_minus;
    factor->row[k].pin_below[a] = to_below;
    factor->row[k].pin_input[a] = to_input;
    factor->row[k].pin_minus[a] = to_minus;
    factor->row[k].pin_ohm[a] = ohm;
    factor->row[k].link_link[a] =
        factor->row[k].input_below[a] + factor->row[k].input_pin[a] * to_input;
    factor->row[k].link_chain[a] = factor->row[k].input_pin[a] * to_below;
  }
}

SIMD_INLINE static inline void factor_bottom(const harness_net_t *restrict net,
                                             harness_factor_t *restrict factor) {
  SIMD_LOOP
  for (uint32_t a = 0; a < LANES; a++) {
    const double minus = net->minus_S[0][a], ground = net->ground_S.input[0][a];
    const double ohm = 1.0 / (minus + ground);
    factor->row[0].input_ohm[a] = ohm;
    factor->row[0].input_minus[a] = minus * ohm;
    factor->row[0].pin_ohm[a] =
        1.0 / (net->ground_S.pin[0][a] + net->bottom_S[a] + ground * (minus * ohm));
  }
}

SIMD_CLONES static uint32_t is_any(const harness_row_t *restrict conductance_S) {
  harness_row_t lane_S = {0};
  double sum_S = 0.0;
  for (uint32_t k = 1; k < HARNESS_INPUT_MAX; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) lane_S[a] += conductance_S[k][a];
  }
  for (uint32_t a = 0; a < LANES; a++) sum_S += lane_S[a];
  return sum_S > 0.0;
}

uint32_t harness_lanes_is_any(const harness_row_t *conductance_S) { return is_any(conductance_S); }

/// As factor_pin without links; a terminal shares out nothing and is the terminal above from there.
SIMD_INLINE static inline void factor_between(const harness_row_t *restrict is_own,
                                              harness_net_t *restrict net,
                                              harness_factor_t *restrict factor,
                                              harness_between_t *restrict between, uint32_t k) {
  SIMD_LOOP
  for (uint32_t a = 0; a < LANES; a++) {
    const double own = is_own[k][a], kept = 1.0 - own, below = net->chain_S[k][a];
    const double minus = net->pin_minus_S[k][a], ground = net->ground_S.pin[k][a];
    const double above = between->joint_S[k][a];
    const double ohm = own / (below + minus + ground + above);
    const double to_below = below * ohm, to_minus = minus * ohm, to_above = above * ohm;
    net->ground_S.pin[k - 1][a] += ground * to_below;
    net->bottom_S[a] += ground * to_minus;
    net->pin_minus_S[k - 1][a] += below * to_minus;
    between->joint_S[k - 1][a] = above * to_below + kept * below;
    between->minus_S[k - 1][a] = own * between->minus_S[k][a] + above * to_minus + kept * minus;
    between->ground_S[k - 1][a] = own * between->ground_S[k][a] + ground * to_above + kept * ground;
    factor->row[k].pin_below[a] = to_below;
    factor->row[k].pin_input[a] = 0.0;
    factor->row[k].pin_minus[a] = to_minus;
    factor->row[k].pin_ohm[a] = ohm;
    factor->row[k].pin_above[a] = to_above;
    factor->row[k].link_link[a] = 0.0;
    factor->row[k].link_chain[a] = factor->row[k].input_pin[a] * to_below;
  }
}

SIMD_CLONES static void factor_kept(const harness_row_t *restrict is_own,
                                    harness_net_t *restrict net, harness_factor_t *restrict factor,
                                    harness_between_t *restrict between) {
  for (uint32_t a = 0; a < LANES; a++) {
    const uint32_t top = HARNESS_INPUT_MAX - 1;
    between->joint_S[top][a] = between->minus_S[top][a] = between->ground_S[top][a] = 0.0;
  }
  for (uint32_t k = HARNESS_INPUT_MAX - 1; k > 0; k--) {
    factor_input(net, factor, k);
    factor_between(is_own, net, factor, between, k);
  }
  factor_bottom(net, factor);
}

SIMD_CLONES static void factor_all(harness_net_t *restrict net, harness_factor_t *restrict factor) {
  for (uint32_t k = HARNESS_INPUT_MAX - 1; k > 0; k--) {
    factor_input(net, factor, k);
    factor_pin(net, factor, k);
  }
  factor_bottom(net, factor);
}

/// Pin 0 is V-: what leads to it leads to V-.
static void begin(harness_net_t *net, harness_factor_t *factor) {
  const harness_net_t *given = net;
  factor->has_chain = is_any(given->chain_S);
  factor->has_link = is_any(given->link_S);
  for (uint32_t a = 0; a < LANES; a++) {
    net->pin_minus_S[1][a] += net->chain_S[1][a];
    net->minus_S[0][a] += net->filter_S[0][a];
    net->chain_S[1][a] = net->filter_S[0][a] = net->bottom_S[a] = 0.0;
  }
}

void harness_lanes_factor(harness_net_t *net, harness_factor_t *factor) {
  begin(net, factor);
  factor_all(net, factor);
}

void harness_lanes_factor_between(const harness_row_t is_own[HARNESS_INPUT_MAX], harness_net_t *net,
                                  harness_factor_t *factor, harness_between_t *between) {
  begin(net, factor);
  factor_kept(is_own, net, factor, between);
}

/// From the top down: each node's current is shared out. has_chain, has_link: pins or inputs of
/// neighbouring wires are joined; constants where this is called, so that the rest falls away.
SIMD_INLINE static inline void sweep_down(const harness_factor_t *restrict factor,
                                          harness_lanes_t *restrict currents,
                                          double *restrict minus_A, int has_chain, int has_link) {
  harness_row_t pin_down_A = {0}, input_down_A = {0}, sum_A = {0};
  for (uint32_t k = HARNESS_INPUT_MAX - 1; k > 0; k--) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      double input_A = currents->input[k][a], pin_A = currents->pin[k][a];
      if (has_chain) pin_A += pin_down_A[a];
      if (has_link) {
        input_A += input_down_A[a];
        currents->input[k][a] = input_A;
        input_down_A[a] =
            factor->row[k].pin_input[a] * pin_A + factor->row[k].link_link[a] * input_A;
      }
      if (has_chain)
        pin_down_A[a] =
            factor->row[k].pin_below[a] * pin_A + factor->row[k].link_chain[a] * input_A;
      pin_A += factor->row[k].input_pin[a] * input_A;
      currents->pin[k][a] = pin_A;
      sum_A[a] += factor->row[k].input_minus[a] * input_A + factor->row[k].pin_minus[a] * pin_A;
    }
  }
  for (uint32_t a = 0; a < LANES; a++) {
    if (has_link) currents->input[0][a] += input_down_A[a];
    minus_A[a] = sum_A[a];
  }
}

SIMD_INLINE static inline void sweep_up(const harness_factor_t *restrict factor,
                                        const harness_lanes_t *restrict currents,
                                        harness_lanes_t *restrict voltages, int has_chain,
                                        int has_link) {
  harness_row_t minus_V, pin_below_V, input_below_V;
  for (uint32_t a = 0; a < LANES; a++) {
    minus_V[a] = voltages->pin[0][a];
    pin_below_V[a] = 0.0; /* V-: pin 1 has it by pin_minus */
    input_below_V[a] = voltages->input[0][a];
  }
  for (uint32_t k = 1; k < HARNESS_INPUT_MAX; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      double pin_V = currents->pin[k][a] * factor->row[k].pin_ohm[a] +
                     factor->row[k].pin_minus[a] * minus_V[a];
      double input_V = currents->input[k][a] * factor->row[k].input_ohm[a] +
                       factor->row[k].input_minus[a] * minus_V[a];
      input_V += factor->row[k].input_pin[a] * pin_V;
      if (has_chain) input_V += factor->row[k].link_chain[a] * pin_below_V[a];
      if (has_chain) pin_V += factor->row[k].pin_below[a] * pin_below_V[a];
      if (has_link) input_V += factor->row[k].link_link[a] * input_below_V[a];
      if (has_link) pin_V += factor->row[k].pin_input[a] * input_below_V[a];
      pin_below_V[a] = voltages->pin[k][a] = pin_V;
      input_below_V[a] = voltages->input[k][a] = input_V;
    }
  }
}

SIMD_INLINE static inline void solve(const harness_factor_t *restrict factor,
                                     harness_lanes_t *restrict currents,
                                     harness_lanes_t *restrict voltages, int has_chain,
                                     int has_link) {
  harness_row_t minus_A;
  sweep_down(factor, currents, minus_A, has_chain, has_link);
  for (uint32_t a = 0; a < LANES; a++) {
    const double input_A = currents->input[0][a], share = factor->row[0].input_minus[a];
    const double minus_V =
        (currents->pin[0][a] + minus_A[a] + share * input_A) * factor->row[0].pin_ohm[a];
    voltages->pin[0][a] = minus_V;
    voltages->input[0][a] = input_A * factor->row[0].input_ohm[a] + share * minus_V;
  }
  sweep_up(factor, currents, voltages, has_chain, has_link);
}

SIMD_CLONES static void solve_linked(const harness_factor_t *factor, harness_lanes_t *currents,
                                     harness_lanes_t *voltages) {
  solve(factor, currents, voltages, 1, 1);
}

SIMD_CLONES static void solve_clamped(const harness_factor_t *factor, harness_lanes_t *currents,
                                      harness_lanes_t *voltages) {
  solve(factor, currents, voltages, 0, 1);
}

SIMD_CLONES static void solve_chained(const harness_factor_t *factor, harness_lanes_t *currents,
                                      harness_lanes_t *voltages) {
  solve(factor, currents, voltages, 1, 0);
}

SIMD_CLONES static void solve_alone(const harness_factor_t *factor, harness_lanes_t *currents,
                                    harness_lanes_t *voltages) {
  solve(factor, currents, voltages, 0, 0);
}

void harness_lanes_solve(const harness_factor_t *factor, harness_lanes_t *currents,
                         harness_lanes_t *voltages) {
  if (factor->has_link && factor->has_chain)
    solve_linked(factor, currents, voltages);
  else if (factor->has_link)
    solve_clamped(factor, currents, voltages);
  else if (factor->has_chain)
    solve_chained(factor, currents, voltages);
  else
    solve_alone(factor, currents, voltages);
}

SIMD_CLONES static void sweep_down_between(const harness_factor_t *restrict factor,
                                           const harness_row_t *restrict is_own,
                                           harness_lanes_t *restrict currents,
                                           double *restrict minus_A,
                                           harness_row_t *restrict above_A) {
  harness_row_t pin_down_A = {0}, sum_A = {0}, reached_A = {0};
  for (uint32_t k = HARNESS_INPUT_MAX - 1; k > 0; k--) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const double input_A = currents->input[k][a];
      double pin_A = currents->pin[k][a] + pin_down_A[a];
      pin_down_A[a] = factor->row[k].pin_below[a] * pin_A + factor->row[k].link_chain[a] * input_A;
      pin_A += factor->row[k].input_pin[a] * input_A;
      currents->pin[k][a] = pin_A;
      sum_A[a] += factor->row[k].input_minus[a] * input_A + factor->row[k].pin_minus[a] * pin_A;
      above_A[k][a] = reached_A[a];
      reached_A[a] = is_own[k][a] * reached_A[a] + factor->row[k].pin_above[a] * pin_A;
    }
  }
  for (uint32_t a = 0; a < LANES; a++) {
    const double share_A = factor->row[0].input_minus[a] * currents->input[0][a];
    minus_A[a] = currents->pin[0][a] + sum_A[a] + share_A;
    above_A[0][a] = reached_A[a];
  }
}

void harness_lanes_down(const harness_factor_t *factor,
                        const harness_row_t is_own[HARNESS_INPUT_MAX], harness_lanes_t *currents,
                        harness_row_t minus_A, harness_row_t above_A[HARNESS_INPUT_MAX]) {
  sweep_down_between(factor, is_own, currents, minus_A, above_A);
}

SIMD_CLONES static void sweep_up_between(const harness_factor_t *restrict factor,
                                         const harness_row_t *restrict is_own,
                                         const harness_row_t *restrict terminal_V,
                                         const harness_lanes_t *restrict currents,
                                         harness_lanes_t *restrict voltages) {
  harness_row_t above_V[HARNESS_INPUT_MAX] = {{0}}, minus_V, below_V = {0};
  for (uint32_t k = HARNESS_INPUT_MAX - 1; k > 1; k--) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++)
      above_V[k - 1][a] = is_own[k][a] * above_V[k][a] + terminal_V[k][a];
  }
  for (uint32_t a = 0; a < LANES; a++) {
    minus_V[a] = voltages->pin[0][a];
    voltages->input[0][a] = currents->input[0][a] * factor->row[0].input_ohm[a] +
                            factor->row[0].input_minus[a] * minus_V[a];
  }
  for (uint32_t k = 1; k < HARNESS_INPUT_MAX; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      double pin_V = currents->pin[k][a] * factor->row[k].pin_ohm[a] +
                     factor->row[k].pin_minus[a] * minus_V[a] +
                     factor->row[k].pin_above[a] * above_V[k][a] + terminal_V[k][a];
      double input_V = currents->input[k][a] * factor->row[k].input_ohm[a] +
                       factor->row[k].input_minus[a] * minus_V[a];
      input_V += factor->row[k].input_pin[a] * pin_V;
      input_V += factor->row[k].link_chain[a] * below_V[a];
      pin_V += factor->row[k].pin_below[a] * below_V[a];
      below_V[a] = voltages->pin[k][a] = pin_V;
      voltages->input[k][a] = input_V;
    }
  }
}

void harness_lanes_up(const harness_factor_t *factor, const harness_row_t is_own[HARNESS_INPUT_MAX],
                      const harness_row_t terminal_V[HARNESS_INPUT_MAX],
                      const harness_lanes_t *currents, harness_lanes_t *voltages) {
  sweep_up_between(factor, is_own, terminal_V, currents, voltages);
}

static inline double greater(double x, double y) { return x > y ? x : y; }

/// Inputs against V-.
SIMD_CLONES static void fill_nodes(const harness_row_t *restrict source_V,
                                   const harness_lanes_t *restrict offset_V,
                                   harness_nodes_t *restrict nodes) {
  harness_row_t minus_V;
  for (uint32_t a = 0; a < LANES; a++)
    nodes->minus_V[a] = minus_V[a] = source_V[0][a] + offset_V->pin[0][a];
  for (uint32_t k = 0; k < HARNESS_INPUT_MAX; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++)
      nodes->held_V[k][a] = (source_V[k][a] + offset_V->input[k][a]) - minus_V[a];
  }
}

void harness_lanes_nodes(const harness_row_t *source_V, const harness_lanes_t *offset_V,
                         harness_nodes_t *nodes) {
  fill_nodes(source_V, offset_V, nodes);
}

/// 1 iff all clamps are to stay as they are; has_clamps 0: none conducts. over_V: greatest excess.
SIMD_INLINE static inline int hold(const harness_clamps_t *restrict clamps,
                                   const harness_limits_t *restrict limits,
                                   const harness_row_t *restrict source_V,
                                   const harness_lanes_t *restrict offset_V,
                                   double *restrict over_V, int has_clamps) {
  harness_row_t wrong_V = {0}, minus_V, below_V;
  for (uint32_t a = 0; a < LANES; a++) {
    minus_V[a] = source_V[0][a] + offset_V->pin[0][a];
    below_V[a] = source_V[0][a] + offset_V->input[0][a];
    over_V[a] = 0.0;
  }
  for (uint32_t k = 1; k < HARNESS_INPUT_MAX; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const double input_V = source_V[k][a] + offset_V->input[k][a];
      const double step_V = input_V - below_V[a];
      const double forward_V = -step_V - limits->forward_V[k][a];
      const double reverse_V = step_V - limits->reverse_V[k][a];
      const double under_V = (minus_V[a] - input_V) - limits->minus_V[k][a];
      below_V[a] = input_V;
      if (!has_clamps) {
        wrong_V[a] = greater(greater(wrong_V[a], forward_V), greater(reverse_V, under_V));
        continue;
      }
      const double link_V = clamps->link_V[k][a];
      const double forward = link_V < 0.0 ? -forward_V : forward_V;
      const double reverse = link_V > 0.0 ? -reverse_V : reverse_V;
      const double under = clamps->minus_V[k][a] < 0.0 ? -under_V : under_V;
      wrong_V[a] = greater(greater(wrong_V[a], forward), greater(reverse, under));
      over_V[a] = greater(greater(over_V[a], forward_V), greater(reverse_V, under_V));
    }
  }
  double sum_V = 0.0;
  for (uint32_t a = 0; a < LANES; a++) sum_V += wrong_V[a];
  return !(sum_V > 0.0);
}

SIMD_CLONES static int hold_none(const harness_limits_t *limits, const harness_row_t *source_V,
                                 const harness_lanes_t *offset_V, double *over_V) {
  return hold(NULL, limits, source_V, offset_V, over_V, 0);
}

SIMD_CLONES static int hold_some(const harness_clamps_t *clamps, const harness_limits_t *limits,
                                 const harness_row_t *source_V, const harness_lanes_t *offset_V,
                                 double *over_V) {
  return hold(clamps, limits, source_V, offset_V, over_V, 1);
}

int harness_lanes_hold(const harness_clamps_t *clamps, const harness_limits_t *limits,
                       const harness_row_t *source_V, const harness_lanes_t *offset_V,
                       double *current_A) {
  harness_row_t over_V;
  const int holds = clamps ? hold_some(clamps, limits, source_V, offset_V, over_V)
                           : hold_none(limits, source_V, offset_V, over_V);
  for (uint32_t a = 0; a < LANES; a++) current_A[a] = over_V[a] / HARNESS_CLAMP_ohm;
  return holds;
}

SIMD_CLONES static int clamp(const harness_clamps_t *restrict clamps,
                             const harness_limits_t *restrict limits,
                             const harness_nodes_t *restrict nodes,
                             harness_clamps_t *restrict wanted, double *restrict current_A) {
  harness_row_t change = {0}, over_V = {0}, below_V;
  for (uint32_t a = 0; a < LANES; a++) below_V[a] = nodes->held_V[0][a];
  for (uint32_t k = 1; k < HARNESS_INPUT_MAX; k++) {
    SIMD_LOOP
    for (uint32_t a = 0; a < LANES; a++) {
      const double input_V = nodes->held_V[k][a], step_V = input_V - below_V[a];
      const double forward_V = -step_V - limits->forward_V[k][a];
      const double reverse_V = step_V - limits->reverse_V[k][a];
      const double under_V = -input_V - limits->minus_V[k][a];
      const double zener = reverse_V > 0.0 ? HARNESS_ZENER_V : 0.0;
      const double link = forward_V > 0.0 ? -HARNESS_DIODE_V : zener;
      const double minus = under_V > 0.0 ? -HARNESS_DIODE_V : 0.0;
      const double link_change = link - clamps->link_V[k][a];
      const double minus_change = minus - clamps->minus_V[k][a];
      over_V[a] = greater(greater(over_V[a], forward_V), greater(reverse_V, under_V));
      change[a] += link_change * link_change + minus_change * minus_change;
      below_V[a] = input_V;
      wanted->link_V[k][a] = link;
      wanted->minus_V[k][a] = minus;
    }
  }
  double sum = 0.0;
  for (uint32_t a = 0; a < LANES; a++) {
    wanted->link_V[0][a] = wanted->minus_V[0][a] = 0.0;
    current_A[a] = over_V[a] / HARNESS_CLAMP_ohm;
    sum += change[a];
  }
  return sum > 0.0;
}

int harness_lanes_clamp(const harness_clamps_t *clamps, const harness_limits_t *limits,
                        const harness_nodes_t *nodes, harness_clamps_t *wanted, double *current_A) {
  return clamp(clamps, limits, nodes, wanted, current_A);
}
