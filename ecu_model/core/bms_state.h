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
#include "e2e5.h"
#include "isotp.h"
#include "settle.h"

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
  BMS_CODES_COUNT = 9, ///< sets of cell codes that the core keeps, see afe_read_t
  BMS_AUX_READ_COUNT = 4, ///< thermistor and reference, each twice
  BMS_QUEUE_MAX = 32, ///< AFE transfers under way
  BMS_LEVEL_COUNT = 3, ///< MOL, RSL, MSL
  BMS_NO_LOCATION = 255,
  BMS_RECORD_COUNT = DTC_COUNT + 2, ///< of the memory: counters, learnt values, one for each DTC
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
  uint32_t precharge_energy_max_J; ///< in the resistor, so that another try may follow a slow one
  uint32_t precharge_reentry_max_J; ///< and so that a closing may begin, its worst try included
  uint32_t precharge_cooling_s; ///< time constant of the resistor's heat
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
  uint32_t sleep_after_ms; ///< at rest, when asked to
  uint32_t sleep_silent_ms; ///< at rest, when nobody asks for anything any more
  uint32_t isolation_divider_ohm; ///< of each of the two to the chassis
  uint32_t isolation_lost_ohm, isolation_low_ohm; ///< 100 and 500 ohm/V
  uint32_t isolation_age_max_ms; ///< without a result for so long it counts as not measured
  uint32_t can_is_fd; ///< group voltages go out on FD frames
  uint32_t diagnosis_is_car_only; ///< the car's own services alone, without UDS
  uint32_t cell_set; ///< cell_table_id_t
  uint32_t cells_parallel; ///< of that set, in each group
} bms_config_t;

/// AFE chain: what was sent, what came back.
typedef struct {
  uint16_t cell_raw[BMS_CODES_COUNT][PINS_MODULE_COUNT][BMS_CHANNEL_COUNT]; ///< [afe_read_t]
  uint8_t fresh[BMS_CODES_COUNT][PINS_MODULE_COUNT]; ///< bit k: register group k came right
  uint8_t believed[PINS_MODULE_COUNT]; ///< bit k: register group k of the scan is believed
  uint8_t queue[BMS_QUEUE_MAX]; ///< afe_xfer_t of the transfers under way, a ring
  uint8_t queue_first, queue_count;
  uint8_t post; ///< afe_post_t: what follows the scan in this cycle
  uint8_t aux_is_complete; ///< thermistors have come in; meas takes them
  uint8_t config_write_is_due;
  uint8_t config_ok_mask; ///< bit per AFE: the last read-back was right
  uint8_t has_changed; ///< bit per AFE: a code differs from the scan before
  uint8_t aux_known_mask; ///< bit per AFE: thermistor and reference have been read
  uint8_t aux_bad_run[PINS_MODULE_COUNT]; ///< reads in a row that could not be believed
  uint8_t config_bad_run[PINS_MODULE_COUNT];
  uint8_t bad_run[PINS_MODULE_COUNT]; ///< scans in a row in which no register group came right
  uint8_t aux_fresh[BMS_AUX_READ_COUNT]; ///< bit per AFE: this read came right
  uint8_t is_muted; ///< bleeding rests during a test
  uint8_t mute_is_due; ///< switches off in this step, whatever the configuration says
  uint8_t stop_cycles; ///< they stay so until it has been written
  uint8_t padding[1];
  uint16_t aux_read_raw[BMS_AUX_READ_COUNT][PINS_MODULE_COUNT];
  uint16_t aux_raw[PINS_MODULE_COUNT]; ///< thermistor pin, as believed
  uint16_t ref_raw[PINS_MODULE_COUNT]; ///< its reference
  uint16_t loose_mask[PINS_MODULE_COUNT]; ///< bit i: channel i + 1 is beside an open wire
  uint16_t aux_age_cycles, config_age_cycles;
  uint32_t pec_error_count; ///< frames whose PEC was wrong
  uint32_t cleared_count; ///< frames of cleared registers: the conversion was lost
  uint32_t replay_count; ///< two reads of one conversion differed though both PECs were right
  uint32_t unconfirmed_count; ///< readings alone that nothing supported: not believed
  uint32_t bleed_mask[PINS_MODULE_COUNT];
} bms_afe_t;

/// Age and quality of a value that is read every ms. A lost value is held.
typedef struct {
  uint16_t age_ms; ///< since its last right reading, clipped
  uint8_t quality; ///< bms_quality_t
  uint8_t sensor_fault; ///< 0 none, 1 too high or open, 2 too low or short
} bms_validity_t;

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
  uint8_t module_age_reads[PINS_MODULE_COUNT]; ///< since its last right reading, clipped
  uint8_t context; ///< bms_context_t of limits: charge, discharge, rest
  uint8_t stuck_ms10[PINS_MODULE_COUNT]; ///< an AFE's codes stand still, in 10 ms
  uint8_t zero_is_known;
  uint8_t rise_index; ///< the module that rises fastest, BMS_NO_LOCATION: none is known
  int16_t module_ddegC[PINS_MODULE_COUNT];
  int16_t second_ddegC[PINS_MODULE_COUNT]; ///< a second ago
  int16_t second_rise_ddegC[3][PINS_MODULE_COUNT]; ///< in the last three seconds
  int16_t rise_ddegC; ///< the least of the three, of that module
  uint16_t rise_ms; ///< in this second
  int16_t temperature_max_ddegC, temperature_min_ddegC;
  uint32_t group_sum_mV; ///< of all 96, 0 iff one has no value
  int32_t current_mA;
  int32_t current_mean_mA; ///< about 100 ms
  int32_t current_low_mA, current_high_mA;
  int32_t zero_low_uA, zero_high_uA; ///< learnt with open contactors, filtered
  int32_t stuck_min_mA, stuck_max_mA; ///< current's range since the codes last moved
  int32_t pack_mV, link_mV, supply_mV;
  int32_t scan_pack_mV, scan_link_mV; ///< while the cells were converted: to compare their sum
  int16_t inlet_ddegC, heater_ddegC[2];
  int16_t padding2;
  bms_validity_t current_validity, pack_validity, link_validity, supply_validity;
  bms_validity_t inlet_validity, heater_validity[2];
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
  uint8_t judge_is_due; ///< a test has ended; the next scan is its last witness
  uint16_t named_before[PINS_MODULE_COUNT]; ///< inputs that the last test alone named
  uint16_t judged_inputs[PINS_MODULE_COUNT]; ///< since all of the device's were
  uint8_t pair_scans[PINS_MODULE_COUNT]; ///< in which the wires of the doubled tap differed
  uint32_t pair_test_number[PINS_MODULE_COUNT]; ///< the test that was asked for then
  uint32_t test_begun_count, test_done_count; ///< numbers of tests; a test has the number begun
  uint32_t last_test_ms; ///< end of the last test
  uint32_t suspect_ms; ///< since when any wire is suspected
  uint32_t hold_off_ms; ///< no new suspicion by pattern before
  uint8_t is_suspecting;
  uint8_t lost_connectors; ///< bit 0: A ... 3: D; so many of its wires are open that all count so
  uint8_t again_count; ///< tests in a row that were made for wires whose readings were wrong
  uint8_t last_post; ///< afe_post_t of the cycle before
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

/// Freeze frame: what the BMS saw when a DTC was set.
typedef struct {
  uint32_t operating_s; ///< of the ECU's life
  int16_t current_dA; ///< > 0 discharges; clipped, as are the voltages
  uint16_t pack_dV, link_dV;
  uint16_t group_max_mV, group_min_mV;
  int16_t temperature_max_ddegC, temperature_min_ddegC;
  uint16_t soc_permille; ///< > 1000: not known yet
  uint8_t group_max_index, group_min_index; ///< BMS_NO_LOCATION: no group had a value
  uint8_t temperature_max_index, temperature_min_index; ///< the same for modules
  uint8_t state; ///< bms_state_t
  uint8_t location; ///< of the DTC
  uint8_t padding[2];
} bms_frame_t;

/// What is kept of a DTC until it is erased or has aged.
typedef struct {
  bms_frame_t first, last; ///< of the first occurrence for ever, of the newest
  uint16_t failed_cycle; ///< low half of life.cycle_count when the fault was last there
  uint8_t is_stored; ///< it was set at least once since it was last forgotten
  uint8_t was_active; ///< when it was written last before this reset
} bms_memory_t;

/// Counters over the ECU's life, and what feeds them.
typedef struct {
  uint32_t operating_s;
  uint32_t cycle_count; ///< operating cycles finished
  uint32_t closing_count; ///< main contactors closed
  uint32_t loaded_opening_count; ///< opened under more than 5 A
  uint32_t discharge_As, charge_As;
  uint32_t discharge_kJ, charge_kJ;
  uint32_t reset_count; ///< of any cause
  uint16_t watchdog_reset_count, brown_out_count;
  int32_t stored_zero_low_uA, stored_zero_high_uA; ///< as they stand in the memory
  int32_t task_mAms; ///< current of the running 10 ms
  int32_t discharge_mAms, charge_mAms; ///< not yet a whole A s
  uint32_t closed_ms; ///< main contactors are commanded closed since
  int64_t discharge_nJ, charge_nJ; ///< not yet a whole kJ
  uint16_t second_ms;
  uint8_t was_closed; ///< in the last 10 ms
  uint8_t cycle_is_open; ///< closed for long enough: the next opening ends a cycle
  uint8_t was_asleep;
  uint8_t padding[3];
} bms_life_t;

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
  int32_t link_start_mV; ///< when precharge began
  uint32_t opened_ms; ///< since all are commanded open, clipped
  uint32_t cooldown_ms; ///< until the resistor allows a closing, at most; 0: it does
  uint32_t padding2;
  int64_t energy_uJ; ///< in the precharge resistor
} bms_contactor_t;

enum { WELD_PAST_COUNT = 6 };

/// Evidence of welded contacts.
typedef struct {
  int32_t past_mV[WELD_PAST_COUNT]; ///< link in the last 10 ms tasks, newest first
  int32_t start_mV; ///< link when the opening or the test began
  int32_t lowest_mV; ///< link since all are open
  int32_t sum_mA; ///< current while minus waits, over sample_count tasks
  int32_t fall_joined_mV; ///< what the link fell in the last 50 ms of that wait
  int32_t alone_mV; ///< link when minus had opened
  uint16_t sample_count;
  uint8_t is_graceful; ///< the opening may take its time
  uint8_t is_suspected; ///< current flowed on; the fall afterwards decides
  uint8_t suspect; ///< pins_coil_t
  uint8_t rise_run;
  uint8_t padding[2];
} bms_weld_t;

/// What all groups of the string have in common in the estimator's model. Float: SI.
typedef struct {
  float branch_A[3]; ///< through the branches' resistors, of one cell
  float hysteresis; ///< -1 after discharge .. 1 after charge
  float rise_K; ///< of the core above the sensor
  float drop_V; ///< what the mean group drops under load
  float mean_drop_V; ///< its size, over a minute
  float usual_factor; ///< where ekf_state_t's FACTOR returns to: the aged resistance less 1
} bms_polar_t;

enum { BMS_EKF_COUNT = 4 };

/// Filter of one group.
typedef struct {
  float x[BMS_EKF_COUNT]; ///< ekf_state_t
  float p[BMS_EKF_COUNT][BMS_EKF_COUNT]; ///< their covariances
} bms_ekf_t;

/// The filters: of the mean group, the weakest and the strongest.
enum { BMS_SOC_MEAN, BMS_SOC_WEAK, BMS_SOC_STRONG, BMS_SOC_COUNT };

typedef struct {
  int64_t charge_mAms; ///< what is in the pack
  int64_t throughput_mAms; ///< charge and discharge since reset
  int64_t net_mAms; ///< discharged since reset
  uint32_t capacity_mAh; ///< as learnt
  uint32_t sampled_ms; ///< time of the sample
  int32_t since_mAms; ///< charge since the last sample
  int32_t sample_mAms; ///< and between the last two
  int32_t scan_mA; ///< current in the middle of the conversion
  int32_t sample_mA;
  uint16_t sample_mV[BMS_SOC_COUNT]; ///< 0: not to be had
  uint16_t sample_dt_ms;
  uint16_t soc_permille; ///< of the mean group
  uint16_t min_permille, max_permille; ///< of the weakest and the strongest group
  uint8_t is_initialised;
  uint8_t phase; ///< of the estimator's 100 ms
  uint8_t second; ///< of its second
  uint8_t index[BMS_SOC_COUNT]; ///< group; the mean's is BMS_NO_LOCATION
  bms_polar_t polar;
  bms_ekf_t ekf[BMS_SOC_COUNT];
  int16_t deviation[PINS_GROUP_COUNT]; ///< from the mean group, in 1/16 mV, slow
} bms_soc_t;

/// State of health and of energy.
typedef struct {
  int64_t anchor_mAms; ///< net_mAms when the SOC was last known well
  float anchor_soc; ///< below 0: none yet
  float offset_As; ///< charge since then that was the sensor's offset
  float capacity_share, resistance_share; ///< of a new cell's
  float weight; ///< what the capacity rests on: squares of SOC differences
  float last_V, last_drop_V; ///< mean group and what it drops as modelled, 100 ms ago; 0: none
  float step_V2, step_weight_V2; ///< sums over current steps: seen x modelled, modelled squared
  uint16_t capacity_permille, resistance_permille;
  uint16_t energy_dkWh; ///< that the weakest group lets out, 0.1 kWh
  uint16_t energy_permille; ///< of what a full pack would
} bms_soh_t;

/// Published limits.
typedef struct {
  int32_t discharge_mA, charge_mA;
  int32_t discharge_W, charge_W;
  int32_t charge_voltage_mV;
  int32_t free_discharge_mA, free_charge_mA; ///< before the ramp
  uint32_t ramp_ppm; ///< 1000000 free, 0 shut; moved by reactions
  int32_t horizon_W[2][3]; ///< discharge and charge, for 2, 10 and 30 s; before the ramp
  uint8_t horizon_next; ///< which of the six is found next
  uint8_t padding[3];
} bms_power_t;

typedef struct {
  e2e_tx_t status_tx, limits_tx, power_tx;
  e2e5_tx_t groups_tx;
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
  uint16_t speed_dkph; ///< of the vehicle, as it tells in its requests
  uint8_t port_is_rapid; ///< what is plugged is a DC charger, as it tells
  uint8_t padding;
} bms_comm_t;

/// Diagnostic server.
typedef struct {
  uint32_t erased_s[DTC_COUNT]; ///< life.operating_s when a tester erased it last since reset
  uint32_t cycle_begin_s; ///< life.operating_s when this operating cycle began
  uint16_t idle_ms; ///< without a request, clipped
  uint16_t reset_ms; ///< since a reset was granted
  uint8_t session; ///< uds_session_t
  uint8_t reset_is_due; ///< granted: deaf from now on
  uint8_t padding[2];
} bms_server_t;

/// The CAN controller's way back.
typedef struct {
  uint32_t off_ms; ///< since it went off or was asked to restart
  uint16_t on_ms; ///< since it is on, clipped
  uint8_t try_count; ///< fast restarts so far
  uint8_t is_off;
} bms_busoff_t;

/// One record of the memory: a pair of pages that hold the same.
typedef struct {
  uint16_t number; ///< of the newest copy
  uint8_t slot; ///< page A or B that is written next
  uint8_t due_count; ///< copies still to be written
  uint8_t is_stale; ///< changed, but it can wait for the next minute or opening
  uint8_t padding[3];
} bms_record_t;

typedef struct {
  uint8_t sequence; ///< of the last request
  uint8_t is_pending;
  uint8_t pending_record; ///< what the request writes
  uint8_t pending_due_count; ///< its due_count before
  uint8_t soc_is_dirty; ///< the counters shall be written now
  uint8_t fail_run; ///< requests in a row that were refused or not answered
  uint8_t search_from; ///< record at which the search for the next request begins
  uint8_t padding;
  uint32_t soc_age_ms;
  uint32_t request_age_ms;
  uint32_t write_count; ///< pages acknowledged since reset
  bms_record_t record[BMS_RECORD_COUNT];
} bms_store_t;

/// Isolation monitor.
typedef struct {
  settle_t settle; ///< of the present phase
  uint32_t scale; ///< both dividers together against the pack's, of SETTLE_ONE
  uint32_t pos_share; ///< end of this cycle's positive phase
  uint32_t ohm, pos_ohm, neg_ohm; ///< clipped at IMD_MAX_ohm
  uint32_t age_ms; ///< of that result, or since measuring began
  uint32_t result_count;
  uint16_t height_permille; ///< of the leak: 0 at pack minus, 1000 at pack plus
  uint16_t phase_ms;
  uint16_t chassis_raw, pack_raw; ///< both against pack minus, before the last switching
  uint16_t idle_ms; ///< ms of this cycle in which a divider that is off showed a voltage
  uint16_t contacts; ///< coils and contacts that this cycle was begun with
  uint8_t phase; ///< imd_phase_t
  uint8_t quality; ///< bms_quality_t
  uint8_t is_estimate; ///< this cycle took an end that was not sure yet
  uint8_t faults; ///< IMD_FAULT_* of this cycle
  uint8_t shown_faults; ///< of the last cycle
  uint8_t bad_run; ///< cycles with faults, in a row
  uint8_t lost_run, low_run; ///< results below the limit, in a row
  uint8_t is_lost, is_low;
  uint8_t padding[2];
} bms_imd_t;

/// Fan and heater.
typedef struct {
  uint32_t switched_ms; ///< since the heater was last switched
  int16_t mat_ddegC[2]; ///< at that time
  uint8_t fan_step; ///< 0..9
  uint8_t is_warming; ///< the pack is to be warmed
  uint8_t is_heating; ///< the heater's coil is on
  uint8_t is_given_up; ///< it did not warm in this charge
  uint16_t tacho_Hz; ///< as read last
  uint8_t padding[2];
} bms_thermal_t;

/// Passive balancing.
typedef struct {
  int32_t rest_raw256[PINS_GROUP_COUNT]; ///< filtered codes at rest, 0: none
  int32_t content_mAs[PINS_GROUP_COUNT]; ///< charge at that voltage
  int32_t need_mAs[PINS_GROUP_COUNT]; ///< charge that is still to be taken
  int32_t bled_mAs[PINS_GROUP_COUNT]; ///< taken since the start
  int32_t rise_mK[PINS_MODULE_COUNT]; ///< of the board above its module, estimated
  uint32_t mask[PINS_MODULE_COUNT]; ///< switches that are wanted: bit n - 1 is channel n
  uint32_t seen_ms[PINS_MODULE_COUNT], seen_unmuted_ms[PINS_MODULE_COUNT]; ///< at the last visit
  uint32_t time_ms; ///< sum of the tasks
  uint32_t unmuted_ms; ///< of them, in which switches may conduct
  uint32_t plan_ms; ///< when the needs were found
  int32_t lowest_raw256, lowest_mAs, highest_mAs, middle_mAs; ///< of the known groups
  int32_t slope_mAs_per_raw; ///< charge of the middle group for a step of its rest voltage
  int32_t need_max_mAs;
  uint8_t slot; ///< of the round of a second
  uint8_t turn; ///< of the neighbours on a warm board
  uint8_t is_planned;
  uint8_t known_count, need_count; ///< groups with a rest voltage, with a need
  uint8_t is_on; ///< some switch may be on
  uint8_t padding[2];
} bms_balance_t;

/// Test of the discharge switches.
typedef struct {
  uint32_t last_ms; ///< end of the last test, of balance.time_ms
  uint32_t test_count;
  uint8_t miss_count[PINS_GROUP_COUNT]; ///< tests in a row without the switch's drop
  uint8_t phase; ///< bleed_phase_t
  uint8_t has_missed; ///< any, in the last test
  uint8_t stuck_group; ///< BMS_NO_LOCATION: none, once a test was made
  uint8_t is_noisy; ///< the last pattern's readings were no evidence
  uint32_t pec_seen; ///< wrong frames so far
} bms_bleed_t;

/// Watch for cells that lose charge by themselves.
typedef struct {
  uint32_t look_ms; ///< balance.time_ms
  uint32_t judged_count;
  int32_t middle_mAs; ///< bled by the middle group
  int32_t middle_step_mAs; ///< of that, since the last look
  int32_t charge_mAs[PINS_GROUP_COUNT]; ///< own, against the middle group's, at the last look
  int32_t bled_mAs[PINS_GROUP_COUNT]; ///< at the last look
  int32_t own_mAs[PINS_GROUP_COUNT]; ///< bled since the sum began
  int32_t sum_raw256[PINS_GROUP_COUNT]; ///< of what it has fallen by in rests, above the limit
  uint16_t look_count[PINS_GROUP_COUNT]; ///< in the sum
  uint16_t evidence_permille; ///< of the largest sum; above 1000 its group is accused
  uint8_t accused_group; ///< BMS_NO_LOCATION: none, once it was judged
  uint8_t is_same_rest; ///< as the last look's
  uint8_t is_looking;
  uint8_t padding[3];
} bms_leak_t;

/// The BMS.
typedef struct {
  bms_config_t config;
  uint32_t time_ms; ///< of the last step
  uint32_t step_count;
  uint32_t state_ms; ///< in this state
  uint32_t jitter_count; ///< steps whose clock did not advance by 1
  uint16_t step_ms; ///< time since the last step, 1 when it is punctual
  uint16_t task_ms; ///< between the last two runs of the 10 ms task: what its counters count
  uint16_t since_task_ms;
  uint8_t late_score; ///< leaky count of jitter
  uint8_t deadline_is_missed; ///< since the last 10 ms task
  uint8_t state; ///< bms_state_t
  uint8_t cycle_ms; ///< 0..9: step in the scan cycle
  uint8_t fault_level; ///< dtc_level of the worst active or latched DTC
  uint8_t dtc_active_count;
  uint8_t reset_cause;
  uint8_t reclose_is_locked; ///< opened by a reaction: the request must first go to standby
  uint8_t is_sleep_requested;
  uint8_t slept_in_danger; ///< an opening reaction was known when it fell asleep
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
  bms_memory_t memory[DTC_COUNT];
  bms_life_t life;
  bms_reaction_t reaction;
  bms_contactor_t contactor;
  bms_weld_t weld;
  bms_soc_t soc;
  bms_soh_t soh;
  bms_power_t limit;
  bms_comm_t comm;
  bms_server_t server;
  bms_busoff_t busoff;
  bms_store_t store;
  bms_imd_t imd;
  bms_thermal_t thermal;
  isotp_t diag_link; ///< to the tester
  uint8_t tx_is_waiting; ///< the CAN controller has frames that it could not send yet
  uint8_t padding3[3]; ///< always 0
  bms_balance_t balance;
  bms_bleed_t bleed;
  bms_leak_t leak;
} bms_t;

#endif
