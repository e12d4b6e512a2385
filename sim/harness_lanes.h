/// Eight AFEs side by side, one in each lane: their networks factored and solved in O(wires).
///
/// Model    nodes: pin and C input of each wire; pin 0 is V-. From the top down each input is
///          eliminated, then its pin, into the pair below and into V-. A node is taken out as star
///          to mesh: conductances are only multiplied and added, never subtracted, so that the
///          solution keeps its relative accuracy from 1 mOhm to 1 Gohm. A pin may be kept as a
///          terminal: what is eliminated below it, down to the next, joins it to that and to V-.
/// Units    conductances in S, currents in A, voltages against each node's own source
/// Memory   plain values; the rows above an AFE's top wire are idle: alone, at 1 S
/// Threads  no state
/// Source   Gauss elimination of weakly diagonally dominant matrices without subtractions, after
///          Grassmann, Taksar and Heyman, Operations Research 33 (1985)
#ifndef SIM_HARNESS_LANES_H
#define SIM_HARNESS_LANES_H

#include <stdint.h>

#include "../ecu_model/pins.h"

enum { HARNESS_INPUT_MAX = 16 /**< wires of one AFE at most */ };

/// One quantity of all AFEs.
typedef double harness_row_t[PINS_MODULE_COUNT];

/// A value at each node: currents into them (right-hand side) or their voltages (solution).
typedef struct {
  harness_row_t pin[HARNESS_INPUT_MAX], input[HARNESS_INPUT_MAX];
} harness_lanes_t;

/// Conductances of the networks. Used up by harness_lanes_factor.
typedef struct {
  harness_lanes_t ground_S; ///< to a prescribed voltage: source, chassis, terminal
  harness_row_t chain_S[HARNESS_INPUT_MAX]; ///< pin k to pin k-1; [0] is 0
  harness_row_t filter_S[HARNESS_INPUT_MAX]; ///< pin k to input k
  harness_row_t link_S[HARNESS_INPUT_MAX]; ///< input k to input k-1; [0] is 0
  harness_row_t minus_S[HARNESS_INPUT_MAX]; ///< input k to V-; [0] is 0
  harness_row_t pin_minus_S[HARNESS_INPUT_MAX]; ///< pin k to V-
  harness_row_t bottom_S; ///< from V- to ground by way of eliminated nodes
} harness_net_t;

/// Shares of the currents of a wire's nodes that go to their neighbours, and the inverse of what
/// held them.
typedef struct {
  harness_row_t input_pin, input_below, input_minus, input_ohm;
  harness_row_t pin_below, pin_input, pin_minus, pin_ohm;
  harness_row_t pin_above; ///< to the terminal above
  harness_row_t link_link; ///< from an input to the one below, directly and by way of its pin
  harness_row_t link_chain; ///< from an input by way of its pin to the pin below
} harness_share_t;

typedef struct {
  harness_share_t row[HARNESS_INPUT_MAX];
  uint32_t has_chain, has_link; ///< pins, inputs of neighbouring wires are joined somewhere
  uint32_t padding[14];
} harness_factor_t;

/// The inputs' clamps: what conducts, and behind which voltage.
typedef struct {
  harness_row_t link_V[HARNESS_INPUT_MAX]; ///< input k - input k-1 of a conducting clamp; 0: off
  harness_row_t minus_V[HARNESS_INPUT_MAX]; ///< input k - V- of a conducting clamp; 0: off
} harness_clamps_t;

/// Where the clamps begin to conduct: how far input k may be below input k-1, above it, and below
/// V-. 1e9: there is no such clamp.
typedef struct {
  harness_row_t forward_V[HARNESS_INPUT_MAX], reverse_V[HARNESS_INPUT_MAX],
      minus_V[HARNESS_INPUT_MAX];
} harness_limits_t;

/// 1 iff a conductance above the bottom wires is not 0.
uint32_t harness_lanes_is_any(const harness_row_t *conductance_S);

void harness_lanes_factor(harness_net_t *net, harness_factor_t *factor);

/// What each row's terminal (and V-) finds between the terminal above it and itself.
typedef struct {
  harness_row_t joint_S[HARNESS_INPUT_MAX]; ///< that terminal to this row's pin
  harness_row_t minus_S[HARNESS_INPUT_MAX]; ///< that terminal to V-
  harness_row_t ground_S[HARNESS_INPUT_MAX]; ///< that terminal to ground
} harness_between_t;

/// Factor with terminals: rows where is_own is 0. Inputs must not be joined (has_link is 0).
void harness_lanes_factor_between(const harness_row_t is_own[HARNESS_INPUT_MAX], harness_net_t *net,
                                  harness_factor_t *factor, harness_between_t *between);

/// Share all currents out to V- (minus_A, to be divided by what holds it), to the terminals
/// (currents->pin) and to the terminal above each row's (above_A).
void harness_lanes_down(const harness_factor_t *factor,
                        const harness_row_t is_own[HARNESS_INPUT_MAX], harness_lanes_t *currents,
                        harness_row_t minus_A, harness_row_t above_A[HARNESS_INPUT_MAX]);

/// Voltages of all nodes from those of V- (voltages->pin[0]) and of the terminals (elsewhere 0).
void harness_lanes_up(const harness_factor_t *factor, const harness_row_t is_own[HARNESS_INPUT_MAX],
                      const harness_row_t terminal_V[HARNESS_INPUT_MAX],
                      const harness_lanes_t *currents, harness_lanes_t *voltages);

/// currents is used up; voltages is another place.
void harness_lanes_solve(const harness_factor_t *factor, harness_lanes_t *currents,
                         harness_lanes_t *voltages);

/// Voltages of a solution: inputs against V-, V- against pack minus.
typedef struct {
  harness_row_t held_V[HARNESS_INPUT_MAX], minus_V;
} harness_nodes_t;

/// Voltages of sources and offsets.
void harness_lanes_nodes(const harness_row_t *source_V, const harness_lanes_t *offset_V,
                         harness_nodes_t *nodes);

/// 1 iff all clamps are to stay as they are (NULL: none conducts). current_A: the greatest of each
/// AFE.
int harness_lanes_hold(const harness_clamps_t *clamps, const harness_limits_t *limits,
                       const harness_row_t *source_V, const harness_lanes_t *offset_V,
                       double *current_A);

/// The clamps that voltages ask for. current_A: the greatest of each AFE. 1 iff wanted is not
/// clamps.
int harness_lanes_clamp(const harness_clamps_t *clamps, const harness_limits_t *limits,
                        const harness_nodes_t *nodes, harness_clamps_t *wanted, double *current_A);

#endif
