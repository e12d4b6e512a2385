/// Network of one AFE's wires: factored and solved in O(wires). Inside of the harness.
///
/// Model    nodes: pin and C input of each wire; V- is the pin of wire 0. From the top down each
///          (pin, input) pair is eliminated into the pair below and into V-. Without capacitors and
///          clamps the inputs hang on their pins alone, and a tridiagonal system of the pins
///          remains.
/// Units    conductances in S, currents in A, voltages against any common reference
/// Source   front end assumed (docs/open-wire.md); the elimination is plain block Gauss on a
///          symmetric positive definite matrix
#ifndef SIM_HARNESS_NET_H
#define SIM_HARNESS_NET_H

#include <stdint.h>

#include "harness.h"

#define HARNESS_WIRE_ohm 0.045 /* 40 mOhm wire, 5 mOhm contact */
#define HARNESS_FILTER_ohm 100.0
#define HARNESS_FILTER_F 100e-9
#define HARNESS_BLEED_ohm 33.0
#define HARNESS_OPEN_ohm 1e9 /* what is left across a break */
#define HARNESS_SLOW_ohm 300.0 /* above it the input's capacitor is a state (30 us) */
#define HARNESS_STRAY_F 100e-12 /* V- to pack minus, across the isolation barrier */
#define HARNESS_DIODE_V 0.6
#define HARNESS_ZENER_V 8.0 /* top input against the one below */
#define HARNESS_CLAMP_ohm 1.0
#define HARNESS_TEST_A 100e-6
#define HARNESS_LEAK_A 100e-9
#define HARNESS_FUSE_A 2.0
#define HARNESS_FUSE_A2s 2.0
#define HARNESS_DAMAGE_A 10e-3

/// Conductances of one AFE's network.
typedef struct {
  uint32_t count; ///< wires
  int is_full; ///< capacitors or clamps act
  double wire_S[HARNESS_INPUT_MAX]; ///< source to pin
  double bleed_S[HARNESS_INPUT_MAX + 1]; ///< [k]: pin k to pin k-1; [0] and [count] are 0
  double hold_S[HARNESS_INPUT_MAX]; ///< capacitor over the step, input k to V-; [0] is 0
  double stray_S; ///< V- to pack minus
  uint8_t clamp[HARNESS_INPUT_MAX]; ///< [k]: input k to input k-1
  uint8_t clamp_to_minus[HARNESS_INPUT_MAX];
} harness_net_t;

/// Currents into the nodes (right-hand side) or their voltages (solution).
typedef struct {
  double pin[HARNESS_INPUT_MAX], input[HARNESS_INPUT_MAX];
} harness_vector_t;

typedef struct {
  double i11[HARNESS_INPUT_MAX], i12[HARNESS_INPUT_MAX],
      i22[HARNESS_INPUT_MAX]; ///< inverse of a pair
  double link_S[HARNESS_INPUT_MAX]; ///< clamp to the pair below
  double pin_minus[HARNESS_INPUT_MAX], input_minus[HARNESS_INPUT_MAX]; ///< coupling to V-
  double zero_S, zero_minus, minus_S;
} harness_factor_t;

void harness_net_factor(const harness_net_t *net, harness_factor_t *factor);

/// currents is used up.
void harness_net_solve(const harness_net_t *net, const harness_factor_t *factor,
                       harness_vector_t *currents, harness_vector_t *voltages);

/// Switch the clamps that the solution asks for; 1 iff one changed. current_A: the greatest clamp
/// current.
int harness_net_clamp(harness_net_t *net, const harness_vector_t *voltages, double *current_A);

/// Add the clamps' sources to the right-hand side.
void harness_net_clamp_currents(const harness_net_t *net, harness_vector_t *currents);

#endif
