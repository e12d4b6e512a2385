/// Isolation: what lies between the high voltage and the chassis, and the voltage that the chassis
/// takes.
///
/// Model    the chassis is one node. Leaks at both pack poles, at both link poles (through closed
///          contacts only) and at any of the 104 taps, a Y-capacitor at each pack pole, two
///          measuring dividers that the ECU switches. The node's voltage is one state, advanced by
///          its exact exponential under voltages that stand still for the tick
/// Sign     voltages against pack minus; currents > 0 flow into the chassis, and their sum is 0
/// Memory   plain value
/// Source   resistances, capacitors and dividers: docs/facts.md, most of them assumed
#ifndef SIM_ISOLATION_H
#define SIM_ISOLATION_H

#include <stdint.h>

#include "../ecu_model/pins.h"

typedef enum {
  ISOLATION_PACK_POS,
  ISOLATION_PACK_NEG,
  ISOLATION_LINK_POS,
  ISOLATION_LINK_NEG,
  ISOLATION_POLE_COUNT
} isolation_pole_t;

enum { ISOLATION_POS, ISOLATION_NEG, ISOLATION_SIDE_COUNT };

/// Constants; isolation_params_soul_ev() gives the assumed ones.
typedef struct {
  double leak_ohm[ISOLATION_POLE_COUNT]; ///< of a sound vehicle; 0: none
  double y_F[ISOLATION_SIDE_COUNT]; ///< from pack plus and pack minus to the chassis
  double divider_ohm; ///< of each measuring divider
} isolation_params_t;

/// What surrounds the chassis in this tick.
typedef struct {
  double pack_V; ///< pack plus
  double link_V; ///< link plus against link minus
  const double *wire_source_V; ///< of the 111 wires; only looked at while a tap leaks
  double wire_S, wire_A; ///< leaking sense wires: sum of conductances, of conductance times voltage
  uint8_t link_pos_is_joined, link_neg_is_joined; ///< to the pack's pole of the same sign
  uint8_t switch_is_on[ISOLATION_SIDE_COUNT]; ///< the dividers'
} isolation_in_t;

typedef struct {
  double divider_S;
  double y_F[ISOLATION_SIDE_COUNT];
  double y_per_F, y_series_F; ///< 1 / (both in parallel); both in series
  double pole_S[ISOLATION_POLE_COUNT]; ///< leaks as conductances
  double tap_S[PINS_TAP_COUNT];
  double tap_sum_S;
  uint32_t tap_count; ///< taps that leak

  uint8_t is_started; ///< the first step begins at rest
  uint8_t padding[3];
  double chassis_V; ///< at the tick's end
  double pack_V; ///< pack plus in the last tick
  double heat_J; ///< in leaks and dividers since the start, without those of sense wires

  /* of the last tick, means */
  double plus_A, minus_A; ///< out of the pack's poles: leaks, dividers, Y-capacitors
  double link_A; ///< out of link plus, back into link minus
  double tap_A[PINS_TAP_COUNT];
  double wire_A; ///< out of the leaking sense wires
  double leak_S, leak_A; ///< all leaks: sum of conductances, of conductance times voltage
  double divider_V[ISOLATION_SIDE_COUNT]; ///< pole against chassis at the tick's end; off: 0

  /* the exponential that was computed last */
  double exponent, fraction; ///< x and (1 - e^-x) / x
  double dt_s, rate_Hz; ///< length of the tick and its inverse
} isolation_t;

isolation_params_t isolation_params_soul_ev(void);
void isolation_init(isolation_t *isolation, const isolation_params_t *params);

/// Leak at a pole or a tap (0..103, in pack order); 0 ohm: none.
void isolation_set_leak(isolation_t *isolation, isolation_pole_t pole, double ohm);
void isolation_set_tap(isolation_t *isolation, uint32_t tap, double ohm);

/// Capacitance from a pole to the chassis; the voltages stay what they are.
void isolation_set_y(isolation_t *isolation, uint32_t side, double farad_F);

/// Advance by dt_us. Currents, voltages and sums of the tick are left in isolation.
void isolation_step(isolation_t *isolation, const isolation_in_t *in, uint32_t dt_us);

/// All leaks in parallel; and what they come to at either pole: a leak g at a tap of voltage v acts
/// like g v/pack_V at plus and the rest at minus. What a measurement with the dividers finds.
double isolation_ohm(const isolation_t *isolation);
double isolation_side_ohm(const isolation_t *isolation, uint32_t side);

/// The wire whose source is a tap, and the number of groups below it.
uint32_t isolation_tap_wire(uint32_t tap);
uint32_t isolation_tap_groups(uint32_t tap);

#endif
