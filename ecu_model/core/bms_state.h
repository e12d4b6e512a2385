/// The whole state of the BMS core, in one readable place. Included by bms.h only.
///
/// Model    one struct for each part of the core; the part's own .h has its functions
/// Units    integers with their unit in the name; AFE codes are 100 uV and end in _raw
/// Sign     current_mA > 0 discharges
/// Memory   flat, without a pointer: a memcpy is a snapshot, a hash is an identity
#ifndef ECU_MODEL_CORE_BMS_STATE_H
#define ECU_MODEL_CORE_BMS_STATE_H

#include <stdint.h>

#include "../gen/dtc.h"
#include "../gen/limits.h"
#include "../pins.h"
#include "e2e.h"

/// Numbered as in the DBC's BMS_Status.state.
typedef enum {
  BMS_STATE_RESET,
  BMS_STATE_SELFTEST,
  BMS_STATE_STANDBY,
  BMS_STATE_PRECHARGE,
  BMS_STATE_DRIVE,
  BMS_STATE_CHARGE,
  BMS_STATE_BALANCE,
  BMS_STATE_OPENING,
  BMS_STATE_FAULT,
  BMS_STATE_SLEEP,
  BMS_STATE_COUNT
} bms_state_t;

/// How far a value may be believed. Smaller is better.
typedef enum {
  BMS_QUALITY_VALID,
  BMS_QUALITY_SUSPECT, ///< measured, but its wire or its neighbour's is under test
  BMS_QUALITY_STALE, ///< the newest reading was lost; the value is at most two scans old
  BMS_QUALITY_INVALID, ///< lost for longer, or its wire is known to be broken
  BMS_QUALITY_NONE ///< never measured
} bms_quality_t;

typedef enum { BMS_WIRE_OK, BMS_WIRE_SUSPECT, BMS_WIRE_OPEN } bms_wire_state_t;

enum {
  BMS_CHANNEL_COUNT = 15, ///< AFE channels that any module uses
  BMS_REGISTER_COUNT = 5, ///< cell voltage register groups A..E, three channels each
  BMS_QUEUE_MAX = 32, ///< AFE transfers under way
  BMS_LEVEL_COUNT = 3, ///< MOL, RSL, MSL
  BMS_NO_LOCATION = 255,
  BMS_CODE_NONE = 0xFFFF ///< what a cleared AFE register reads
};

/// Constants of a pack. bms_init takes a copy.
typedef struct {
  uint32_t capacity_mAh; ///< per 100 % SOC
  uint32_t power_max_W; ///< clip of the published powers
  int32_t charge_max_mA; ///< published at most; the operating limits of current
  int32_t discharge_max_mA;
  int32_t group_charge_target_mV; ///< published currents keep the groups inside of these
  int32_t group_discharge_target_mV;
  int32_t voltage_guard_mV; ///< voltage limits act so much earlier
  uint32_t I2t_limit_A2s; ///< overload above charge_max or discharge_max, up to here
  uint32_t precharge_ohm;
  uint32_t precharge_min_ms, precharge_max_ms;
  uint32_t precharge_try_max;
  uint32_t precharge_pause_ms; ///< between tries
  uint32_t precharge_energy_max_J; ///< in the resistor, over all tries, less its cooling
  uint32_t precharge_cooling_W;
  uint32_t precharge_delta_permille; ///< link within this of the pack
  int32_t precharge_current_max_mA;
  uint32_t aux_mismatch_ms; ///< contact and command may differ so long
  uint32_t openwire_closed_ms; ///< period of the open-wire test, contactors closed
  uint32_t openwire_rest_ms; ///< and otherwise
  uint32_t openwire_zero_ms; ///< a broken wire: limits go to 0 in this time, then open
  uint32_t withhold_ms; ///< a suspected wire withholds a voltage trip at most so long
  uint32_t request_timeout_ms;
  uint32_t request_zero_ms; ///< request lost: limits go to 0 in this time, then open
  uint32_t selftest_max_ms;
  uint32_t sleep_after_ms;
} bms_config_t;

/// AFE chain: what was sent, what came back.
typedef struct {
  uint16_t cell_raw[4][PINS_MODULE_COUNT][BMS_CHANNEL_COUNT]; ///< [afe_read_t]
  uint8_t fresh[4][PINS_MODULE_COUNT]; ///< bit k: register group k of the newest read came right
  uint8_t queue[BMS_QUEUE_MAX]; ///< afe_xfer_t of the transfers under way, a ring
  uint8_t queue_first, queue_count;
  uint8_t post; ///< afe_post_t: what follows the scan in this cycle
  uint8_t aux_is_complete; ///< thermistors have come in; meas takes them
  uint8_t aux_right_mask; ///< bit per AFE: the first of the two registers came right
  uint8_t config_write_is_due;
  uint8_t aux_bad_run[PINS_MODULE_COUNT];
  uint8_t config_ok_mask; ///< bit per AFE: the last read-back was right
  uint8_t config_bad_run[PINS_MODULE_COUNT];
  uint8_t bad_run[PINS_MODULE_COUNT]; ///< scans in a row in which no register group came right
  uint8_t has_changed; ///< bit per AFE: a code differs from the scan before
  uint8_t is_muted; ///< bleeding rests during a test
  uint16_t aux_raw[PINS_MODULE_COUNT]; ///< thermistor pin
  uint16_t ref_raw[PINS_MODULE_COUNT]; ///< its reference
  uint16_t aux_age_cycles, config_age_cycles;
  uint32_t pec_error_count;
  uint32_t bleed_mask[PINS_MODULE_COUNT];
} bms_afe_t;

/// Measured values.
typedef struct {
  uint16_t group_mV[PINS_GROUP_COUNT];
  uint8_t group_quality[PINS_GROUP_COUNT]; ///< bms_quality_t
  uint8_t group_age_scans[PINS_GROUP_COUNT]; ///< since its last right reading, clipped at 255
  uint16_t valid_group_count;
  uint16_t group_max_mV, group_min_mV; ///< over the groups that have a value
  uint16_t group_mean_mV;
  uint8_t group_max_index, group_min_index; ///< BMS_NO_LOCATION: no group has a value
  uint8_t current_uses_high_range;
  uint8_t temperature_max_index, temperature_min_index;
  uint8_t module_quality[PINS_MODULE_COUNT]; ///< bms_quality_t
  uint8_t module_sensor_fault[PINS_MODULE_COUNT]; ///< 0 none, 1 open, 2 short
  uint8_t context; ///< bms_context_t of limits: charge, discharge, rest
  uint8_t stuck_ms10[PINS_MODULE_COUNT]; ///< an AFE's codes stand still, in 10 ms
  uint8_t zero_is_known;
  uint8_t padding[1];
  int16_t module_ddegC[PINS_MODULE_COUNT];
  int16_t temperature_max_ddegC, temperature_min_ddegC;
  uint32_t group_sum_mV; ///< of all 96, 0 iff one has no value
  int32_t current_mA;
  int32_t current_mean_mA; ///< about 100 ms
  int32_t current_low_mA, current_high_mA;
  int32_t zero_low_uA, zero_high_uA; ///< learnt with open contactors, filtered
  int32_t stuck_min_mA, stuck_max_mA; ///< current's range since the codes last moved
  int32_t pack_mV, link_mV, supply_mV;
  int16_t inlet_ddegC, heater_ddegC[2];
  int16_t padding2;
  uint32_t rest_ms; ///< since the current was last above 1 A
} bms_meas_t;

/// Open-wire diagnosis.
typedef struct {
  uint16_t reference_raw[PINS_MODULE_COUNT][BMS_CHANNEL_COUNT]; ///< slow mean of the codes
  uint8_t reference_is_set; ///< bit per AFE
  uint8_t phase; ///< openwire_phase_t
  uint8_t repeat; ///< cycles within the phase
  uint8_t test_is_wanted;
  uint8_t conclusive_mask; ///< AFEs that the last test could judge
  uint8_t tested_mask; ///< AFEs that any test could judge since reset
  uint8_t open_count; ///< wires whose group has no other way
  uint8_t redundant_open_count;
  uint8_t clean_run[PINS_WIRE_COUNT]; ///< tests without finding, of an open wire
  uint8_t padding;
  uint32_t test_begun_count, test_done_count; ///< numbers of tests; a test has the number begun
  uint32_t last_test_ms; ///< end of the last test
  uint32_t suspect_ms; ///< since when any wire is suspected
  uint32_t hold_off_ms; ///< no new suspicion by pattern before
  uint8_t is_suspecting;
  uint8_t padding2[3];
} bms_openwire_t;

/// One row of the limit table at work.
typedef struct {
  uint16_t up_ms[BMS_LEVEL_COUNT], down_ms[BMS_LEVEL_COUNT];
  uint8_t is_active[BMS_LEVEL_COUNT];
  uint8_t location;
} bms_limit_t;

/// Voltage trips that wait for the open-wire test, one for each of the two group rows.
typedef struct {
  uint32_t since_ms[BMS_LEVEL_COUNT];
  uint32_t test_number[BMS_LEVEL_COUNT]; ///< the first test that began after the crossing
  uint8_t is_watching[BMS_LEVEL_COUNT];
  uint8_t padding;
} bms_watch_t;

typedef struct {
  uint16_t up_ms, down_ms;
  uint8_t condition; ///< reported by its part in the last 10 ms
  uint8_t is_active;
  uint8_t is_latched; ///< stays after healing until it is cleared
  uint8_t location; ///< wire, group or module index, BMS_NO_LOCATION none
  uint8_t condition_location;
  uint8_t occurrence_count; ///< clipped at 255
} bms_dtc_t;

/// What the active DTCs ask for, the strongest of them.
typedef struct {
  uint8_t is_open; ///< open now
  uint8_t is_zero_open; ///< limits to 0, then open
  uint8_t is_inhibit_close;
  uint8_t is_derate;
  uint8_t has_latched; ///< an active DTC waits for the defined clearing
  uint8_t padding[3];
  uint32_t zero_ms; ///< in this time
} bms_reaction_t;

typedef struct {
  uint8_t phase; ///< contactor_phase_t
  uint8_t result; ///< contactor_result_t of the last closing
  uint8_t try_count;
  uint8_t padding;
  uint16_t mismatch_ms[3]; ///< contact differs from its command, per main pos, main neg, precharge
  uint16_t precharge_ms; ///< duration of the last try
  uint32_t phase_ms; ///< in this phase
  int32_t link_start_mV;
  int32_t link_opened_mV; ///< when the contactors opened
  uint32_t opened_ms; ///< since all are commanded open, clipped
  int64_t energy_uJ; ///< in the precharge resistor
} bms_contactor_t;

typedef struct {
  int64_t charge_mAms; ///< what is in the pack
  int64_t throughput_mAms; ///< charge and discharge since reset
  uint16_t soc_permille;
  uint8_t is_initialised;
  uint8_t padding[5];
} bms_soc_t;

/// Published limits.
typedef struct {
  int32_t discharge_mA, charge_mA;
  int32_t discharge_W, charge_W;
  int32_t charge_voltage_mV;
  int32_t free_discharge_mA, free_charge_mA; ///< before the ramp
  uint32_t ramp_ppm; ///< 1000000 free, 0 shut; moved by reactions
} bms_power_t;

typedef struct {
  e2e_tx_t status_tx, limits_tx;
  e2e_rx_t request_rx;
  uint8_t request; ///< last accepted VCM_Request.request
  uint8_t clear_is_asked; ///< clear_faults has risen and waits
  uint8_t clear_last;
  uint8_t has_request; ///< at least one since reset
  uint8_t bad_run; ///< wrong requests in a row
  uint8_t dtc_pending_count;
  uint8_t dtc_next; ///< where BMS_Dtc goes on
  uint8_t dtc_pending[(DTC_COUNT + 7) / 8]; ///< edges that BMS_Dtc has not told yet
  uint32_t request_age_ms;
  uint32_t phase_ms; ///< in the second of the cyclic frames
  uint32_t tx_drop_count;
} bms_comm_t;

typedef struct {
  uint8_t sequence; ///< of the last request
  uint8_t is_pending;
  uint8_t soc_slot, dtc_slot; ///< record A or B that is written next
  uint8_t dtc_is_dirty, soc_is_dirty;
  uint8_t pending_page;
  uint8_t padding[1];
  uint32_t soc_number, dtc_number; ///< record sequences
  uint32_t soc_age_ms;
  uint32_t request_age_ms;
} bms_store_t;

/// The BMS.
typedef struct {
  bms_config_t config;
  uint32_t time_ms; ///< of the last step
  uint32_t step_count;
  uint32_t state_ms; ///< in this state
  uint32_t jitter_count; ///< steps whose clock did not advance by 1
  uint8_t state; ///< bms_state_t
  uint8_t cycle_ms; ///< 0..9: step in the scan cycle
  uint8_t fault_level; ///< dtc_level of the worst active or latched DTC
  uint8_t dtc_active_count;
  uint8_t reset_cause;
  uint8_t reclose_is_locked; ///< opened by a reaction: the request must first go to standby
  uint8_t is_sleep_requested;
  uint8_t padding0;
  uint16_t stored_soc_permille; ///< from memory; > 1000: none
  uint16_t padding2;
  uint16_t coil_command; ///< bit per pins_coil_t
  uint16_t digital; ///< as read in the last step
  uint16_t watchdog_token;
  uint16_t fan_duty_permille;
  uint16_t over_current_ms[2]; ///< in a row above the safety limit: discharge, charge
  uint16_t crash_ms, kl30c_ms; ///< in a row
  int64_t I2t_mA2ms; ///< overload so far, 1e9 are 1 A^2 s
  bms_afe_t afe;
  bms_meas_t meas;
  uint8_t wire_state[PINS_WIRE_COUNT]; ///< bms_wire_state_t
  uint8_t padding1;
  bms_openwire_t openwire;
  bms_limit_t limit_row[LIMITS_COUNT];
  bms_watch_t watch[2]; ///< too high, too low
  bms_dtc_t dtc[DTC_COUNT];
  bms_reaction_t reaction;
  bms_contactor_t contactor;
  bms_soc_t soc;
  bms_power_t limit;
  bms_comm_t comm;
  bms_store_t store;
} bms_t;

#endif
