/// State of the high-voltage path. Included by hv.h only.
///
/// Sign     pack_A > 0 discharges; link_load_J and charger_J count what was taken from and fed into
///          the link
/// Memory   flat. Faults and params may be changed by the caller between steps
#ifndef SIM_HV_STATE_H
#define SIM_HV_STATE_H

/// One contactor. Its armature starts to move when the coil voltage crosses a threshold.
typedef struct {
  uint32_t travel_us; ///< since the coil asks for the other position
  uint32_t settled_us; ///< since the contacts touched; counts up to the bounce time
  uint8_t coil_is_energised; ///< with the hysteresis of pull-in and drop-out voltage
  uint8_t armature_is_closed;
  uint8_t padding[6];
} hv_contactor_t;

/// Integrals of the link's exponential over a tick, kept while rate and tick are the same.
typedef struct {
  double rate, dt_s; ///< of (1 - e^(-kt))/k; dt_s 0: nothing is kept
  double rise_s, area_s2, square_s3;
} hv_kept_t;

/// How the string's node meets the link, and what that follows from.
typedef struct {
  double conductance_S; ///< from the node's source to the link; 0: open
  double main_share, aside_share; ///< of the current: through main positive, through the resistor
  double node_ohm, contact_ohm, precharge_ohm;
  uint32_t ways; ///< what is closed and whole; 0: nothing is kept
  uint32_t padding;
} hv_path_t;

typedef struct {
  hv_params_t params; ///< a copy: faults may change precharge_ohm, link_F
  hv_contactor_t contactor[PINS_COIL_COUNT];
  hv_contact_fault_t fault[PINS_COIL_COUNT];
  uint8_t contact_is_closed[PINS_COIL_COUNT]; ///< the contact itself, bounce included
  uint8_t fuse_is_blown;
  uint8_t charger_is_in_cv; ///< the charger stood at its voltage limit in this tick
  uint8_t fuse_is_open, string_is_open, precharge_is_open; ///< faults; string: the service plug
  uint8_t precharge_is_burnt; ///< for good
  uint8_t contact_is_welded[PINS_COIL_COUNT]; ///< by arc or inrush, for good
  uint8_t coil_is_open[PINS_COIL_COUNT]; ///< fault
  uint8_t aux_fault[PINS_COIL_COUNT]; ///< hv_aux_fault_t
  uint8_t aux_is_closed[PINS_COIL_COUNT];
  uint8_t padding[6];
  double contact_A[PINS_COIL_COUNT]; ///< mean current of the last tick through each contact
  double contact_wear[PINS_COIL_COUNT]; ///< 1: welded
  uint32_t arc_count[PINS_COIL_COUNT]; ///< openings above the rated current
  double precharge_K; ///< resistor above the air
  double precharge_loss; ///< share of it that a tick of precharge_dt_us takes away
  double precharge_K_per_J; ///< what even heat over such a tick adds
  uint32_t precharge_dt_us;
  uint32_t padding3;
  double link_V; ///< at the end of the tick
  double link_mean_V; ///< over the tick
  double pack_A; ///< mean of the tick
  double ripple_A2s; ///< integral over the tick of (pack current - its mean) squared
  double pack_V; ///< mean voltage of the string before the fuse; without a string the link's or 0
  double load_A, charger_A; ///< mean currents at the link
  double fuse_I2t_A2s; ///< above its rated current; cools below it
  double pack_J; ///< out of the string's terminals
  double link_load_J, charger_J; ///< taken from and fed into the link
  double loss_J; ///< all of the following six
  double precharge_J, fuse_J, contact_J; ///< resistor; fuse; the contacts
  double bleed_J, short_J; ///< bleed and active discharge; external shorts
  double isolation_J; ///< given to the chassis by the link's poles
  uint32_t max_power_point_count; ///< ticks in which a power demand had no solution
  uint32_t connect_count[PINS_COIL_COUNT]; ///< times that each contact's armature has closed
  uint32_t padding2;
  hv_kept_t kept; ///< last: it follows from the rest, the hash of the state ends before it
  hv_path_t kept_path; ///< the same
} hv_t;

#endif
