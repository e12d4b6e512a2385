/// A charger on the DC link: on board from the grid (AC), or a fast charger (DC).
///
/// Model    constant current, then constant voltage, within the kind's own limits; the AC charger's
///          power from the grid is limited too: a constant-power region lies before the others. It
///          may follow the limits that the BMS publishes, or not; stuck on it keeps its last set
///          point whatever it is told. A bad filter lets through a ripple: a square wave of 100 Hz.
///          The case of the one on board warms by its losses, 0.06 K/W and 15 kJ/K (assumed)
/// Memory   plain value
/// Source   AC 35 A, DC 500 V and 200 A: seen (docs/facts.md); 6.6 kW and efficiencies assumed
#ifndef SIM_CHARGER_H
#define SIM_CHARGER_H

#include <stdint.h>

#include "hv.h"

typedef enum { CHARGER_DC, CHARGER_AC, CHARGER_KIND_COUNT } charger_kind_t;

/// What a kind can do.
typedef struct {
  double current_max_A, voltage_max_V;
  double grid_max_W; ///< 0: not limited
  double efficiency; ///< of what the grid gives
} charger_limits_t;

/// What the charger is set to and what it is allowed.
typedef struct {
  charger_kind_t kind;
  double current_A, voltage_V; ///< 0 A: no charger
  uint64_t time_us; ///< begin of the tick
  double allowed_A, allowed_V; ///< the BMS's limits; only looked at by one that obeys
  uint8_t obeys;
  uint8_t may_act; ///< the vehicle lets current flow
} charger_set_t;

typedef struct {
  double held_A, held_V; ///< last set point with current
  double ripple_A; ///< amplitude; 0: sound
  double grid_J; ///< taken from the grid
  double output_J; ///< of the link's ledger, seen last
  double case_K; ///< of the charger on board, above the ambient
  uint32_t held_kind;
  uint8_t is_stuck_on;
  uint8_t padding[3]; ///< always 0: the struct is hashed
} charger_t;

charger_limits_t charger_limits(charger_kind_t kind);

/// What it is told to give after all limits; 0 A where nothing may flow.
void charger_set_point(const charger_set_t *set, double *current_A, double *voltage_V);

/// Write the charger's part of the tick's load.
void charger_load(charger_t *charger, const charger_set_t *set, hv_load_t *load);

/// After the tick: what the grid gave for the energy that the link's ledger has from the charger.
void charger_book(charger_t *charger, double output_J);

/// Advance the case's temperature by dt_us with output_W given; only the charger on board warms.
void charger_warm(charger_t *charger, double output_W, uint32_t dt_us);

#endif
