/// The harness's insides: faults, fuses, the last solution. Included by harness.h only.
///
/// Memory   plain value without pointers
#ifndef SIM_HARNESS_STATE_H
#define SIM_HARNESS_STATE_H

#include <stdint.h>

#include "../ecu_model/pins.h"

enum {
  HARNESS_SHORT_MAX = 16, ///< shorts that may exist at once
  HARNESS_INPUT_MAX = 16 ///< wires of one AFE at most
};

typedef struct {
  double ohm;
  uint8_t wire_a, wire_b;
  uint8_t padding[6];
} harness_short_t;

/// A diode or the top input's zener, in the state that the last solve found.
typedef enum { HARNESS_CLAMP_OFF, HARNESS_CLAMP_FORWARD, HARNESS_CLAMP_ZENER } harness_clamp_t;

typedef struct {
  harness_wire_fault_t fault[PINS_WIRE_COUNT];
  harness_short_t shorts[HARNESS_SHORT_MAX];
  double leak_A[PINS_WIRE_COUNT]; ///< from the C input into the chip, back out of V-
  double fuse_limit_A2s[PINS_WIRE_COUNT];
  double fuse_heat_A2s[PINS_WIRE_COUNT];
  double series_ohm[PINS_WIRE_COUNT]; ///< source to pin, in force: wire, contact, fuse, fault
  double pin_V[PINS_WIRE_COUNT]; ///< last solution, against pack minus
  double input_V[PINS_WIRE_COUNT]; ///< last solution, capacitors' state, against pack minus
  double wire_A[PINS_WIRE_COUNT]; ///< last solution, out of the pack into the wire
  double rest_A[PINS_WIRE_COUNT]; ///< wire_A of a healthy harness: leakage, and its return in C0
  double rest_extra_A[PINS_GROUP_COUNT]; ///< group_extra_A of a healthy harness: leakage alone
  double clamp_A[PINS_MODULE_COUNT]; ///< greatest clamp current of each AFE in the last solution
  uint64_t clamp_since_us
      [PINS_MODULE_COUNT]; ///< since when it is above the damage limit, + 1; 0: it is not
  uint64_t state_us; ///< time that the capacitors' state belongs to
  uint64_t fuse_us; ///< time that the fuses' heat belongs to
  uint32_t bleed_mask[PINS_MODULE_COUNT]; ///< in force
  uint32_t short_count;
  uint8_t source_of[PINS_WIRE_COUNT];
  uint8_t fuse_is_blown[PINS_WIRE_COUNT];
  uint8_t is_present[PINS_WIRE_COUNT]; ///< the fault acts now (chatter)
  uint8_t is_floating[PINS_WIRE_COUNT]; ///< no path to a source below HARNESS_SLOW_ohm: a state
  uint8_t clamp[PINS_WIRE_COUNT]; ///< harness_clamp_t, from this wire's C input to the one below
  uint8_t clamp_to_minus[PINS_WIRE_COUNT];
  uint8_t afe_is_damaged[PINS_MODULE_COUNT]; ///< more than 10 mA through a clamp for 1 ms
  uint8_t afe_is_plain[PINS_MODULE_COUNT]; ///< no bleed, short, floating pin or clamp: closed form
  uint8_t is_started, is_permuted, is_changed; ///< changed: topology is to be derived again
  uint8_t chatter_is_on, fuse_is_hot;
  uint8_t slow_count; ///< wires above HARNESS_SLOW_ohm
} harness_t;

#endif
