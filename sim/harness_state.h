/// The harness's insides: faults, fuses, the last solution. Included by harness.h only.
///
/// Memory   plain value without pointers. What follows from the rest by calculation alone stands in
///          derived, at the end: the state's hash leaves it out. Rows of lanes begin with a line
///          of the cache where the harness does (scenarios/line_alloc.h)
#ifndef SIM_HARNESS_STATE_H
#define SIM_HARNESS_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "../ecu_model/pins.h"
#include "harness_lanes.h"
#include "harness_mesh.h"
#include "simd.h"

enum {
  HARNESS_SHORT_MAX = 256, ///< shorts that may exist at once
  HARNESS_SOLVER_COUNT = 2 ///< factorisations that are kept: up to now, over the conversion
};

typedef struct {
  double ohm;
  uint8_t wire_a, wire_b;
  uint8_t padding[6];
} harness_short_t;

/// A diode or the top input's zener, in the state that the last solve found.
typedef enum { HARNESS_CLAMP_OFF, HARNESS_CLAMP_FORWARD, HARNESS_CLAMP_ZENER } harness_clamp_t;

/// The network's conductances in force but for the inputs' capacitors and clamps.
typedef struct {
  harness_row_t wire_S[HARNESS_INPUT_MAX]; ///< source to pin; idle rows 1
  harness_row_t chassis_S[HARNESS_INPUT_MAX]; ///< pin to chassis
  harness_row_t chain_S[HARNESS_INPUT_MAX]; ///< pin k to pin k-1: bleed, short of neighbours
  harness_row_t filter_S[HARNESS_INPUT_MAX]; ///< pin to input; idle rows 0
  harness_row_t is_held[HARNESS_INPUT_MAX]; ///< 1: the input's capacitor is a state, else 0
  harness_row_t minus_is_held; ///< 1: the capacitor of V- is a state
  harness_limits_t limits; ///< of the clamps
  harness_row_t rest_A[HARNESS_INPUT_MAX]; ///< into each C input: leakage alone
  harness_row_t pulses[PINS_SLOT_COUNT]
                      [HARNESS_INPUT_MAX]; ///< how often a slot drives a test current into an input
  int32_t state_rows[PINS_MODULE_COUNT]; ///< bit k: the pin floats (V- apart)
  uint32_t far_rows[PINS_MODULE_COUNT]; ///< bit k: row k of the AFE is in a far short
  uint32_t far_count, padding[15];
  uint8_t far_a[HARNESS_SHORT_MAX], far_b[HARNESS_SHORT_MAX]; ///< wires of each far short
  double far_S[HARNESS_SHORT_MAX];
} harness_grid_t;

enum { HARNESS_NODE_NONE = 0xFF };

/// The mesh's nodes: pins of far shorts, their V-, and what conducting clamps join there.
typedef struct {
  harness_row_t is_own[HARNESS_INPUT_MAX]; ///< 0: the pin is one of the mesh's nodes, else 1
  uint32_t count; ///< pins, in order of the wires: the first nodes
  uint32_t node_count; ///< and inputs, after the pins
  uint8_t afe[HARNESS_NODE_MAX], row[HARNESS_NODE_MAX]; ///< of each pin
  uint8_t input[HARNESS_NODE_MAX]; ///< node of the pin's C input, or HARNESS_NODE_NONE: eliminated
  uint8_t of_wire[PINS_WIRE_COUNT]; ///< node of its pin, where it is one
  uint8_t padding[60];
} harness_terminals_t;

/// A factorisation with what it was made for.
typedef struct {
  uint64_t topology; ///< topology_count; 0: empty
  double step_s; ///< 0: no capacitor acts
  uint32_t clamp_is_on; ///< some clamp conducts
  uint32_t has_pins; ///< some chain or leak is there (but at V-)
  uint32_t clamps_id; ///< another for each change of clamps
  uint32_t is_kept; ///< terminals are kept in the elimination; 0: held, they are too many
  uint32_t has_minus; ///< some minus_S is not 0
  uint32_t padding[7];
  harness_clamps_t clamps;
  harness_row_t hold_S[HARNESS_INPUT_MAX]; ///< capacitor over the step, input to V-
  harness_row_t minus_S[HARNESS_INPUT_MAX]; ///< that and the clamp
  harness_row_t link_S[HARNESS_INPUT_MAX]; ///< clamp to the input below
  harness_row_t stray_S; ///< V- to pack minus
  harness_terminals_t terminals;
  harness_factor_t factor;
  harness_mesh_t mesh;
  uint8_t padding2[8];
} harness_solver_t;

/// The networks over one step, in rows.
typedef struct {
  harness_row_t source_V[HARNESS_INPUT_MAX]; ///< at the pins (permuted); idle rows: any
  harness_nodes_t state; ///< of the capacitors
  harness_lanes_t offset_V; ///< solution: node - its source
  harness_row_t clamp_A; ///< greatest of each AFE
  double hottest_A2; ///< greatest square of a wire's current
  uint32_t solver; ///< whose clamps are the solution's; HARNESS_SOLVER_COUNT: none conducts
  uint32_t padding[11];
  uint32_t clamps_id, kept_id; ///< last given to clamps; of those that stand in the harness
} harness_frame_t;

/// Constants of a harness with nothing wrong, in wire order.
typedef struct {
  double pin_V[PINS_WIRE_COUNT], input_V[PINS_WIRE_COUNT]; ///< against the source
  double least_V[PINS_WIRE_COUNT], most_V[PINS_WIRE_COUNT]; ///< to the input before: no clamp acts
  double padding[4];
} harness_rest_t;

typedef struct {
  harness_grid_t grid;
  harness_frame_t frame;
  harness_rest_t rest;
  harness_solver_t solver[HARNESS_SOLVER_COUNT];
} harness_derived_t;

typedef struct {
  harness_wire_fault_t fault[PINS_WIRE_COUNT];
  harness_short_t shorts[HARNESS_SHORT_MAX];
  double chassis_V; ///< against pack minus, set by the caller before a solve
  double leak_A[PINS_WIRE_COUNT]; ///< from the C input into the chip, back out of V-
  double fuse_limit_A2s[PINS_WIRE_COUNT];
  double fuse_heat_A2s[PINS_WIRE_COUNT];
  double series_ohm[PINS_WIRE_COUNT]; ///< source to pin, in force: wire, contact, fuse, fault
  double chassis_S[PINS_WIRE_COUNT]; ///< pin to chassis, in force
  double pin_V[PINS_WIRE_COUNT]; ///< last solution, against pack minus
  double input_V[PINS_WIRE_COUNT]; ///< last solution, capacitors' state, against pack minus
  double wire_A[PINS_WIRE_COUNT]; ///< last solution, out of the pack into the wire
  double chassis_A[PINS_WIRE_COUNT]; ///< last solution, out of the pin into the chassis
  double rest_A[PINS_WIRE_COUNT]; ///< wire_A of a healthy harness: leakage, and its return in C0
  double rest_extra_A[PINS_GROUP_COUNT]; ///< group_extra_A of a healthy harness: leakage alone
  double clamp_A[PINS_MODULE_COUNT]; ///< greatest clamp current of each AFE in the last solution
  uint64_t clamp_since_us
      [PINS_MODULE_COUNT]; ///< since when it is above the damage limit, + 1; 0: it is not
  uint64_t chatter_seed[PINS_WIRE_COUNT]; ///< of the wire's stream of jitter
  uint64_t topology_count; ///< how often the network's shape changed
  uint64_t state_us; ///< time that the capacitors' state belongs to
  uint64_t fuse_us; ///< time that the fuses' heat belongs to
  uint64_t dirty[2]; ///< bit set: the wire's values in force are to be derived again
  uint32_t loose_rows[PINS_MODULE_COUNT]; ///< bit k: neither wire nor leak holds the AFE's pin k
  uint32_t bleed_mask[PINS_MODULE_COUNT]; ///< in force
  uint32_t short_count;
  uint8_t source_of[PINS_WIRE_COUNT];
  uint8_t fuse_is_blown[PINS_WIRE_COUNT];
  uint8_t is_present[PINS_WIRE_COUNT]; ///< the fault acts now (chatter)
  uint8_t is_floating[PINS_WIRE_COUNT]; ///< no path to a source below HARNESS_SLOW_ohm: a state
  uint8_t clamp[PINS_WIRE_COUNT]; ///< harness_clamp_t, from this wire's C input to the one below
  uint8_t clamp_to_minus[PINS_WIRE_COUNT];
  uint8_t afe_is_damaged[PINS_MODULE_COUNT]; ///< more than 10 mA through a clamp for 1 ms
  uint8_t is_plain; ///< no bleed, short, leak, slow wire or clamp: closed form
  uint8_t is_started, is_permuted, is_changed; ///< changed: topology is to be derived again
  uint8_t chatter_is_on, fuse_is_hot, fuse_is_warm, clamp_is_on; ///< hot: to be watched
  uint8_t slow_count; ///< wires above HARNESS_SLOW_ohm
  uint8_t floating_count, leak_count; ///< leak: to the chassis, in force
  uint8_t worn_count; ///< wires of another resistance than a healthy one
  uint8_t is_resting; ///< the last solution is the closed form of harness_rest.h
  uint8_t padding[33];
  harness_derived_t derived;
} harness_t;

_Static_assert(offsetof(harness_t, derived) % SIMD_LINE_bytes == 0 &&
                   offsetof(harness_derived_t, frame) % SIMD_LINE_bytes == 0 &&
                   offsetof(harness_derived_t, solver) % SIMD_LINE_bytes == 0 &&
                   sizeof(harness_solver_t) % SIMD_LINE_bytes == 0 &&
                   offsetof(harness_solver_t, clamps) % SIMD_LINE_bytes == 0 &&
                   offsetof(harness_solver_t, factor) % SIMD_LINE_bytes == 0,
               "rows of lanes begin with a line");

#endif
