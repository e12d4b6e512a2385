/// High-voltage path: fuse, contactors, precharge, DC link, loads; solves a tick's pack current.
///
/// Model    pack source - fuse - main contactors (precharge resistor beside main positive) -
///          DC-link capacitor with loads and charger. The link is one state, advanced by its exact
///          exponential (it is faster than a tick); energies in resistor, fuse and contacts are
///          integrated analytically. Contactors: pull-in, drop-out, bounce, weld, stuck open; aux
///          contacts follow the contact. Arcs, inrush and heat do damage (hv_damage.h). A power
///          demand holds in the tick's mean as far as the load's bounds of current allow; without
///          a solution it becomes the maximum-power point and is counted.
/// Sign     current_A > 0 discharges the pack; load power > 0 takes from the link
/// Memory   plain value
/// Source   relay, fuse, capacitor and precharge figures: docs/facts.md, most of them assumed
#ifndef SIM_HV_H
#define SIM_HV_H

#include <stdint.h>

#include "../ecu_model/pins.h"
#include "pack.h"

typedef enum { HV_CONTACT_OK, HV_CONTACT_WELDED, HV_CONTACT_STUCK_OPEN } hv_contact_fault_t;
typedef enum { HV_AUX_OK, HV_AUX_STUCK_OPEN, HV_AUX_STUCK_CLOSED } hv_aux_fault_t;

/// Constants of the path; hv_params_soul_ev() gives the assumed ones.
typedef struct {
  double link_F, precharge_ohm, contact_ohm, fuse_ohm, fuse_I2t_A2s, fuse_rated_A;
  double pull_in_s, drop_out_s, bounce_s, coil_pull_in_V, coil_drop_out_V;
  double link_bleed_ohm; ///< passive, always there
  double link_active_discharge_ohm; ///< the inverter's, while load.active_discharge
  double arc_rated_A, arc_weld_A; ///< parting under current wears above the first (0: never)
  double make_weld_V; ///< completing the circuit onto more than this welds (0: never)
  double precharge_J_per_K, precharge_cool_s, precharge_burn_K; ///< the resistor's heat
} hv_params_t;

/// What hangs on the link in this tick. All may act at once.
typedef struct {
  double power_W; ///< constant power; negative feeds back (regeneration)
  double current_A; ///< constant current out of the link
  double conductance_S; ///< resistive load
  double most_A, most_back_A; ///< that power and current together take, feed back; see is_bounded
  double charger_current_A; ///< >= 0: CC limit of the charger; 0: no charger
  double charger_voltage_V; ///< CV limit of the charger
  double charger_power_W; ///< most that the charger gives in the tick's mean; 0: not limited
  double short_ohm; ///< external short across the link; 0: none
  double
      terminal_short_ohm; ///< short on the pack's side of the contactors, behind the fuse; 0: none
  double isolation_A; ///< constant current from link plus through the chassis to link minus
  uint8_t is_bounded; ///< the inverter's current control holds both bounds, beside no charger
  uint8_t active_discharge; ///< the inverter discharges the link
} hv_load_t;

#include "hv_state.h" /* hv_t: link_V, pack_A, contacts, energies, counters, faults */

hv_params_t hv_params_soul_ev(void);
void hv_init(hv_t *hv, const hv_params_t *params);

/// Advance by dt_us under the pack's source; returns the mean pack current of the tick (A, > 0
/// discharges), which the caller gives to pack_step. coil_V is what the ECU drives.
double hv_step(hv_t *hv, pack_source_t source, const double coil_V[PINS_COIL_COUNT],
               const hv_load_t *load, uint32_t dt_us);

/// 1 iff the link's plus (or minus) is joined to the pack's pole of that sign.
int hv_link_is_joined(const hv_t *hv, int at_plus);

#endif
