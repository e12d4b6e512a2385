/// Packing and unpacking of our frames, generated from ecu_model/db/bms.dbc: do not edit.
///
/// Model    a struct a message, members are raw values; pack saturates what has more bits than the
///          frame gives it, unpack extends signs
/// Units    what one raw step means stands at the member
#ifndef ECU_MODEL_GEN_CAN_CODEC_H
#define ECU_MODEL_GEN_CAN_CODEC_H

#include <stdint.h>

enum {
  CAN_VCM_REQUEST_ID = 0x100,
  CAN_VCM_REQUEST_LEN = 8,
  CAN_VCM_REQUEST_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_VCM_REQUEST_CYCLE_ms = 100,
  CAN_VCM_REQUEST_E2E_DATA_ID = 0x100
};

enum {
  CAN_VCM_REQUEST_REQUEST_SLEEP = 0,
  CAN_VCM_REQUEST_REQUEST_STANDBY = 1,
  CAN_VCM_REQUEST_REQUEST_DRIVE = 2,
  CAN_VCM_REQUEST_REQUEST_CHARGE = 3
};

/// What the vehicle controller wants; the BMS falls back when it stays away for more than 300 ms.
typedef struct {
  uint8_t crc_raw; ///< 8 bits
  uint8_t counter_raw; ///< 4 bits
  uint8_t request_raw; ///< 4 bits
  uint8_t clear_faults_raw; ///< 1 bit
  uint16_t speed_kph_raw; ///< 12 bits, 0.1 km/h
  uint8_t rapid_port_raw; ///< 1 bit
} can_vcm_request_t;

void can_vcm_request_pack(const can_vcm_request_t *message, uint8_t data[8]);
void can_vcm_request_unpack(can_vcm_request_t *message, const uint8_t data[8]);

enum {
  CAN_VCM_VEHICLE_ID = 0x101,
  CAN_VCM_VEHICLE_LEN = 8,
  CAN_VCM_VEHICLE_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_VCM_VEHICLE_CYCLE_ms = 100,
  CAN_VCM_VEHICLE_E2E_DATA_ID = 0x101
};

/// Rest-bus of packsim: ignition, ready to drive, crash line, plug, 12 V supply, air outside.
/// Layout and period our own.
typedef struct {
  uint8_t crc_raw; ///< 8 bits
  uint8_t counter_raw; ///< 4 bits
  uint8_t ignition_on_raw; ///< 1 bit
  uint8_t is_ready_raw; ///< 1 bit
  uint8_t crash_raw; ///< 1 bit
  uint8_t is_plugged_raw; ///< 1 bit
  uint8_t supply_V_raw; ///< 8 bits, 0.1 V
  uint8_t ambient_degC_raw; ///< 8 bits, 0.5 degC, 0 means -40
} can_vcm_vehicle_t;

void can_vcm_vehicle_pack(const can_vcm_vehicle_t *message, uint8_t data[8]);
void can_vcm_vehicle_unpack(can_vcm_vehicle_t *message, const uint8_t data[8]);

enum {
  CAN_VCM_LINK_ID = 0x110,
  CAN_VCM_LINK_LEN = 8,
  CAN_VCM_LINK_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_VCM_LINK_CYCLE_ms = 100,
  CAN_VCM_LINK_E2E_DATA_ID = 0x110
};

/// Rest-bus of packsim: the link as the inverter sees it, what the vehicle takes from it (without
/// the charger; negative feeds back), the motor. Layout and period our own.
typedef struct {
  uint8_t crc_raw; ///< 8 bits
  uint8_t counter_raw; ///< 4 bits
  uint8_t is_discharging_raw; ///< 1 bit
  uint16_t link_V_raw; ///< 13 bits, 0.1 V
  int16_t load_A_raw; ///< 14 bits, 0.1 A
  int16_t motor_rpm_raw; ///< 16 bits, 1 1/min
} can_vcm_link_t;

void can_vcm_link_pack(const can_vcm_link_t *message, uint8_t data[8]);
void can_vcm_link_unpack(can_vcm_link_t *message, const uint8_t data[8]);

enum {
  CAN_CHG_STATUS_ID = 0x120,
  CAN_CHG_STATUS_LEN = 8,
  CAN_CHG_STATUS_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CHG_STATUS_CYCLE_ms = 100,
  CAN_CHG_STATUS_E2E_DATA_ID = 0x120
};

enum {
  CAN_CHG_STATUS_STATE_UNPLUGGED = 0,
  CAN_CHG_STATUS_STATE_PLUGGED = 1,
  CAN_CHG_STATUS_STATE_CHARGING = 2,
  CAN_CHG_STATUS_STATE_FAULT = 3
};

/// Rest-bus of packsim: what the charger does, at its own terminals. Layout and period our own.
typedef struct {
  uint8_t crc_raw; ///< 8 bits
  uint8_t counter_raw; ///< 4 bits
  uint8_t state_raw; ///< 3 bits
  uint8_t is_rapid_raw; ///< 1 bit
  uint8_t ac_present_raw; ///< 1 bit
  uint8_t at_voltage_limit_raw; ///< 1 bit
  uint16_t voltage_V_raw; ///< 13 bits, 0.1 V
  uint16_t current_A_raw; ///< 12 bits, 0.1 A
  uint8_t temperature_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint16_t grid_kW_raw; ///< 11 bits, 0.1 kW
} can_chg_status_t;

void can_chg_status_pack(const can_chg_status_t *message, uint8_t data[8]);
void can_chg_status_unpack(can_chg_status_t *message, const uint8_t data[8]);

enum {
  CAN_CHG_LIMITS_ID = 0x121,
  CAN_CHG_LIMITS_LEN = 8,
  CAN_CHG_LIMITS_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CHG_LIMITS_CYCLE_ms = 1000,
  CAN_CHG_LIMITS_E2E_DATA_ID = 0x121
};

/// Rest-bus of packsim: what the charger can give, and what it is set to; 0 without a plug. Layout
/// and period our own.
typedef struct {
  uint8_t crc_raw; ///< 8 bits
  uint8_t counter_raw; ///< 4 bits
  uint16_t current_max_A_raw; ///< 9 bits, 1 A
  uint16_t voltage_max_V_raw; ///< 11 bits, 0.25 V
  uint16_t power_max_kW_raw; ///< 11 bits, 0.1 kW
  uint16_t set_A_raw; ///< 9 bits, 1 A
  uint16_t set_V_raw; ///< 11 bits, 0.25 V
} can_chg_limits_t;

void can_chg_limits_pack(const can_chg_limits_t *message, uint8_t data[8]);
void can_chg_limits_unpack(can_chg_limits_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_STATUS_ID = 0x180,
  CAN_BMS_STATUS_LEN = 8,
  CAN_BMS_STATUS_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_STATUS_CYCLE_ms = 100,
  CAN_BMS_STATUS_E2E_DATA_ID = 0x180
};

enum {
  CAN_BMS_STATUS_STATE_RESET = 0,
  CAN_BMS_STATUS_STATE_SELFTEST = 1,
  CAN_BMS_STATUS_STATE_STANDBY = 2,
  CAN_BMS_STATUS_STATE_PRECHARGE = 3,
  CAN_BMS_STATUS_STATE_DRIVE = 4,
  CAN_BMS_STATUS_STATE_CHARGE = 5,
  CAN_BMS_STATUS_STATE_BALANCE = 6,
  CAN_BMS_STATUS_STATE_OPENING = 7,
  CAN_BMS_STATUS_STATE_FAULT = 8,
  CAN_BMS_STATUS_STATE_SLEEP = 9
};

enum {
  CAN_BMS_STATUS_FAULT_LEVEL_NONE = 0,
  CAN_BMS_STATUS_FAULT_LEVEL_INFO = 1,
  CAN_BMS_STATUS_FAULT_LEVEL_WARNING = 2,
  CAN_BMS_STATUS_FAULT_LEVEL_FAULT = 3
};

/// State, contactors as sensed, pack voltage and current (discharge is positive).
typedef struct {
  uint8_t crc_raw; ///< 8 bits
  uint8_t counter_raw; ///< 4 bits
  uint8_t state_raw; ///< 4 bits
  uint16_t soc_pct_raw; ///< 10 bits, 0.1 %
  uint8_t main_pos_closed_raw; ///< 1 bit
  uint8_t main_neg_closed_raw; ///< 1 bit
  uint8_t precharge_closed_raw; ///< 1 bit
  uint8_t fault_level_raw; ///< 2 bits
  uint16_t pack_V_raw; ///< 13 bits, 0.1 V
  int16_t current_A_raw; ///< 14 bits, 0.1 A
  uint8_t dtc_count_raw; ///< 6 bits
} can_bms_status_t;

void can_bms_status_pack(const can_bms_status_t *message, uint8_t data[8]);
void can_bms_status_unpack(can_bms_status_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_LIMITS_ID = 0x181,
  CAN_BMS_LIMITS_LEN = 8,
  CAN_BMS_LIMITS_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_LIMITS_CYCLE_ms = 100,
  CAN_BMS_LIMITS_E2E_DATA_ID = 0x181
};

/// What vehicle and charger may take and give.
typedef struct {
  uint8_t crc_raw; ///< 8 bits
  uint8_t counter_raw; ///< 4 bits
  uint16_t discharge_kW_raw; ///< 10 bits, 0.1 kW
  uint16_t charge_kW_raw; ///< 10 bits, 0.1 kW
  uint16_t discharge_A_raw; ///< 9 bits, 1 A
  uint16_t charge_A_raw; ///< 9 bits, 1 A
  uint16_t charge_voltage_V_raw; ///< 13 bits, 0.1 V
  uint8_t charge_allowed_raw; ///< 1 bit
} can_bms_limits_t;

void can_bms_limits_pack(const can_bms_limits_t *message, uint8_t data[8]);
void can_bms_limits_unpack(can_bms_limits_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_EXTREMES_ID = 0x182,
  CAN_BMS_EXTREMES_LEN = 8,
  CAN_BMS_EXTREMES_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_EXTREMES_CYCLE_ms = 100,
  CAN_BMS_EXTREMES_E2E_DATA_ID = 0x0
};

/// Extreme groups (1 = M1C1 .. 96 = M8C14) and temperatures; 8191 mV = no valid value.
typedef struct {
  uint16_t group_max_V_raw; ///< 13 bits, 0.001 V
  uint16_t group_min_V_raw; ///< 13 bits, 0.001 V
  uint8_t group_max_index_raw; ///< 7 bits, 0 means 1
  uint8_t group_min_index_raw; ///< 7 bits, 0 means 1
  uint8_t temperature_max_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t temperature_min_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t valid_group_count_raw; ///< 7 bits
  uint8_t is_balancing_raw; ///< 1 bit
} can_bms_extremes_t;

void can_bms_extremes_pack(const can_bms_extremes_t *message, uint8_t data[8]);
void can_bms_extremes_unpack(can_bms_extremes_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_TEMPERATURES_ID = 0x183,
  CAN_BMS_TEMPERATURES_LEN = 8,
  CAN_BMS_TEMPERATURES_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_TEMPERATURES_CYCLE_ms = 1000,
  CAN_BMS_TEMPERATURES_E2E_DATA_ID = 0x0
};

/// Module temperatures; 255 raw = no valid value.
typedef struct {
  uint8_t module_1_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t module_2_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t module_3_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t module_4_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t module_5_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t module_6_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t module_7_degC_raw; ///< 8 bits, 1 degC, 0 means -40
  uint8_t module_8_degC_raw; ///< 8 bits, 1 degC, 0 means -40
} can_bms_temperatures_t;

void can_bms_temperatures_pack(const can_bms_temperatures_t *message, uint8_t data[8]);
void can_bms_temperatures_unpack(can_bms_temperatures_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_DTC_ID = 0x184,
  CAN_BMS_DTC_LEN = 8,
  CAN_BMS_DTC_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_DTC_CYCLE_ms = 1000,
  CAN_BMS_DTC_E2E_DATA_ID = 0x0
};

/// One active DTC after the other; location is the wire, group or module index that its row names,
/// 255 none.
typedef struct {
  uint8_t dtc_index_raw; ///< 8 bits
  uint8_t is_active_raw; ///< 1 bit
  uint8_t is_latched_raw; ///< 1 bit
  uint8_t level_raw; ///< 2 bits
  uint8_t active_count_raw; ///< 6 bits
  uint32_t code_raw; ///< 24 bits
  uint8_t location_raw; ///< 8 bits
  uint8_t occurrence_count_raw; ///< 8 bits
} can_bms_dtc_t;

void can_bms_dtc_pack(const can_bms_dtc_t *message, uint8_t data[8]);
void can_bms_dtc_unpack(can_bms_dtc_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_ISOLATION_ID = 0x185,
  CAN_BMS_ISOLATION_LEN = 8,
  CAN_BMS_ISOLATION_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_ISOLATION_CYCLE_ms = 1000,
  CAN_BMS_ISOLATION_E2E_DATA_ID = 0x0
};

enum {
  CAN_BMS_ISOLATION_LEAK_AT_NONE = 0,
  CAN_BMS_ISOLATION_LEAK_AT_NEG = 1,
  CAN_BMS_ISOLATION_LEAK_AT_TAP = 2,
  CAN_BMS_ISOLATION_LEAK_AT_POS = 3
};

/// Isolation to the chassis, in all and to either pole (8191 = more), and where a leak sits (0 at
/// pack minus, 100 at pack plus); fan and heater. quality: 0 valid, 1 estimate, 3 and above none.
typedef struct {
  uint16_t isolation_kohm_raw; ///< 13 bits, 1 kohm
  uint16_t pos_kohm_raw; ///< 13 bits, 1 kohm
  uint16_t neg_kohm_raw; ///< 13 bits, 1 kohm
  uint8_t quality_raw; ///< 3 bits
  uint8_t leak_at_raw; ///< 2 bits
  uint8_t height_pct_raw; ///< 7 bits, 1 %
  uint8_t monitor_is_faulty_raw; ///< 1 bit
  uint8_t fan_step_raw; ///< 4 bits
  uint8_t heater_is_on_raw; ///< 1 bit
  uint8_t fan_Hz_raw; ///< 7 bits, 1 Hz
} can_bms_isolation_t;

void can_bms_isolation_pack(const can_bms_isolation_t *message, uint8_t data[8]);
void can_bms_isolation_unpack(can_bms_isolation_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_ENERGY_ID = 0x186,
  CAN_BMS_ENERGY_LEN = 8,
  CAN_BMS_ENERGY_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_ENERGY_CYCLE_ms = 1000,
  CAN_BMS_ENERGY_E2E_DATA_ID = 0x0
};

/// What is in the pack: SOC of the mean, weakest and strongest group; capacity and resistance
/// against a new pack's; energy that the weakest group lets out, and its share of a full pack's.
typedef struct {
  uint16_t soc_mean_pct_raw; ///< 10 bits, 0.1 %
  uint16_t soc_min_pct_raw; ///< 10 bits, 0.1 %
  uint16_t soc_max_pct_raw; ///< 10 bits, 0.1 %
  uint8_t soh_capacity_pct_raw; ///< 8 bits, 0.5 %
  uint16_t soh_resistance_pct_raw; ///< 9 bits, 1 %
  uint16_t energy_kWh_raw; ///< 9 bits, 0.1 kWh
  uint8_t soe_pct_raw; ///< 8 bits, 0.5 %
} can_bms_energy_t;

void can_bms_energy_pack(const can_bms_energy_t *message, uint8_t data[8]);
void can_bms_energy_unpack(can_bms_energy_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_POWER_ID = 0x187,
  CAN_BMS_POWER_LEN = 8,
  CAN_BMS_POWER_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_POWER_CYCLE_ms = 100,
  CAN_BMS_POWER_E2E_DATA_ID = 0x187
};

/// What the pack can give and take for 2, 10 and 30 s from now, whole horizons at constant power.
typedef struct {
  uint8_t crc_raw; ///< 8 bits
  uint8_t counter_raw; ///< 4 bits
  uint8_t discharge_2s_kW_raw; ///< 8 bits, 0.5 kW
  uint8_t discharge_10s_kW_raw; ///< 8 bits, 0.5 kW
  uint8_t discharge_30s_kW_raw; ///< 8 bits, 0.5 kW
  uint8_t charge_2s_kW_raw; ///< 8 bits, 0.5 kW
  uint8_t charge_10s_kW_raw; ///< 8 bits, 0.5 kW
  uint8_t charge_30s_kW_raw; ///< 8 bits, 0.5 kW
} can_bms_power_t;

void can_bms_power_pack(const can_bms_power_t *message, uint8_t data[8]);
void can_bms_power_unpack(can_bms_power_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_GROUPS_ID = 0x190,
  CAN_BMS_GROUPS_LEN = 8,
  CAN_BMS_GROUPS_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_BMS_GROUPS_PAGE_COUNT = 24,
  CAN_BMS_GROUPS_V_COUNT = 4,
  CAN_BMS_GROUPS_VALID_COUNT = 4,
  CAN_BMS_GROUPS_CYCLE_ms = 100,
  CAN_BMS_GROUPS_E2E_DATA_ID = 0x0
};

/// All group voltages, four a frame; raw 8191 and valid 0 where there is none. Not sent where
/// BMS_GroupsFd is.
typedef struct {
  uint8_t page_raw; ///< 5 bits
  uint16_t V_raw[4]; ///< 13 bits, 0.001 V
  uint8_t valid_raw[4]; ///< 1 bit
} can_bms_groups_t;

void can_bms_groups_pack(const can_bms_groups_t *message, uint8_t data[8]);
void can_bms_groups_unpack(can_bms_groups_t *message, const uint8_t data[8]);

enum {
  CAN_BMS_GROUPSFD_ID = 0x191,
  CAN_BMS_GROUPSFD_LEN = 64,
  CAN_BMS_GROUPSFD_FLAGS = 6, ///< CAN_FRAME_* of pins.h
  CAN_BMS_GROUPSFD_PAGE_COUNT = 3,
  CAN_BMS_GROUPSFD_V_COUNT = 32,
  CAN_BMS_GROUPSFD_VALID_COUNT = 32,
  CAN_BMS_GROUPSFD_CYCLE_ms = 100,
  CAN_BMS_GROUPSFD_E2E_DATA_ID = 0x191
};

/// All group voltages on a bus with FD, 32 a frame; raw 8191 and valid 0 where there is none.
typedef struct {
  uint16_t crc_raw; ///< 16 bits
  uint8_t counter_raw; ///< 8 bits
  uint8_t page_raw; ///< 8 bits
  uint16_t V_raw[32]; ///< 13 bits, 0.001 V
  uint8_t valid_raw[32]; ///< 1 bit
} can_bms_groupsfd_t;

void can_bms_groupsfd_pack(const can_bms_groupsfd_t *message, uint8_t data[64]);
void can_bms_groupsfd_unpack(can_bms_groupsfd_t *message, const uint8_t data[64]);

enum {
  CAN_CAR_DRIVE_ID = 0x200,
  CAN_CAR_DRIVE_LEN = 8,
  CAN_CAR_DRIVE_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_DRIVE_CYCLE_ms = 10,
  CAN_CAR_DRIVE_E2E_DATA_ID = 0x0
};

/// Rest-bus soul-ev: one of the frames that keep the contactors closed. Bytes and 10 ms seen at a
/// sister car (Kona, e-Niro), a counter in the highest bits of d5; meaning not found, not seen on
/// the Soul EV.
typedef struct {
  uint32_t first_raw; ///< 24 bits
  uint8_t mode_raw; ///< 8 bits
  uint8_t fifth_raw; ///< 8 bits
  uint8_t low_bits_raw; ///< 6 bits
  uint8_t counter_raw; ///< 2 bits
  uint16_t last_raw; ///< 16 bits
} can_car_drive_t;

void can_car_drive_pack(const can_car_drive_t *message, uint8_t data[8]);
void can_car_drive_unpack(can_car_drive_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_2A1_ID = 0x2A1,
  CAN_CAR_2A1_LEN = 8,
  CAN_CAR_2A1_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_2A1_CYCLE_ms = 100,
  CAN_CAR_2A1_E2E_DATA_ID = 0x0
};

/// Rest-bus soul-ev: as 0x200, every 100 ms; all zero.
typedef struct {
  uint32_t low_raw; ///< 32 bits
  uint32_t high_raw; ///< 32 bits
} can_car_2a1_t;

void can_car_2a1_pack(const can_car_2a1_t *message, uint8_t data[8]);
void can_car_2a1_unpack(can_car_2a1_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_523_ID = 0x523,
  CAN_CAR_523_LEN = 8,
  CAN_CAR_523_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_523_CYCLE_ms = 10,
  CAN_CAR_523_E2E_DATA_ID = 0x0
};

/// Rest-bus soul-ev: as 0x200, every 10 ms; always the same bytes.
typedef struct {
  uint32_t low_raw; ///< 32 bits
  uint32_t high_raw; ///< 32 bits
} can_car_523_t;

void can_car_523_pack(const can_car_523_t *message, uint8_t data[8]);
void can_car_523_unpack(can_car_523_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_LINK_ID = 0x524,
  CAN_CAR_LINK_LEN = 8,
  CAN_CAR_LINK_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_LINK_CYCLE_ms = 10,
  CAN_CAR_LINK_E2E_DATA_ID = 0x0
};

/// Rest-bus soul-ev: as 0x200, every 10 ms; d0-1 the inverter's voltage in V, seen at the sister
/// car.
typedef struct {
  uint16_t link_V_raw; ///< 16 bits, 1 V
} can_car_link_t;

void can_car_link_pack(const can_car_link_t *message, uint8_t data[8]);
void can_car_link_unpack(can_car_link_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_SOC_ID = 0x542,
  CAN_CAR_SOC_LEN = 8,
  CAN_CAR_SOC_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_SOC_CYCLE_ms = 200,
  CAN_CAR_SOC_E2E_DATA_ID = 0x0
};

/// Broadcast of the car: what its dashboard shows. Layout seen on the Soul EV, period assumed.
typedef struct {
  uint8_t displayed_soc_pct_raw; ///< 8 bits, 0.5 %
} can_car_soc_t;

void can_car_soc_pack(const can_car_soc_t *message, uint8_t data[8]);
void can_car_soc_unpack(can_car_soc_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_553_ID = 0x553,
  CAN_CAR_553_LEN = 8,
  CAN_CAR_553_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_553_CYCLE_ms = 100,
  CAN_CAR_553_E2E_DATA_ID = 0x0
};

/// Rest-bus soul-ev: as 0x200; always the same bytes, 100 ms or 200 ms (both seen).
typedef struct {
  uint32_t low_raw; ///< 32 bits
  uint32_t high_raw; ///< 32 bits
} can_car_553_t;

void can_car_553_pack(const can_car_553_t *message, uint8_t data[8]);
void can_car_553_unpack(can_car_553_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_57F_ID = 0x57F,
  CAN_CAR_57F_LEN = 8,
  CAN_CAR_57F_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_57F_CYCLE_ms = 100,
  CAN_CAR_57F_E2E_DATA_ID = 0x0
};

/// Rest-bus soul-ev: as 0x200, every 100 ms; always the same bytes.
typedef struct {
  uint32_t low_raw; ///< 32 bits
  uint32_t high_raw; ///< 32 bits
} can_car_57f_t;

void can_car_57f_pack(const can_car_57f_t *message, uint8_t data[8]);
void can_car_57f_unpack(can_car_57f_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_CHARGE_ID = 0x581,
  CAN_CAR_CHARGE_LEN = 8,
  CAN_CAR_CHARGE_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_CHARGE_CYCLE_ms = 100,
  CAN_CAR_CHARGE_E2E_DATA_ID = 0x0
};

/// Rest-bus soul-ev: d3 not 0 while charging, d6-7 / 256 charge power in kW: seen on the Soul EV.
/// That the charger sends it is inferred, the period assumed.
typedef struct {
  uint8_t charging_raw; ///< 8 bits
  uint16_t power_kW_raw; ///< 16 bits, 0.00390625 kW
} can_car_charge_t;

void can_car_charge_pack(const can_car_charge_t *message, uint8_t data[8]);
void can_car_charge_unpack(can_car_charge_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_POWER_ID = 0x594,
  CAN_CAR_POWER_LEN = 8,
  CAN_CAR_POWER_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_POWER_CYCLE_ms = 100,
  CAN_CAR_POWER_E2E_DATA_ID = 0x0
};

/// Broadcast of the car: what it may charge and discharge, and the SOC of the BMS in steps of 0.5
/// and 0.1 %. SOC seen on the Soul EV, powers on the Ioniq; period assumed.
typedef struct {
  uint16_t charge_W_raw; ///< 16 bits, 10 W
  uint16_t discharge_W_raw; ///< 16 bits, 10 W
  uint8_t soc_pct_raw; ///< 8 bits, 0.5 %
  uint8_t soc_more_pct_raw; ///< 3 bits, 0.1 %
} can_car_power_t;

void can_car_power_pack(const can_car_power_t *message, uint8_t data[8]);
void can_car_power_unpack(can_car_power_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_CURRENT_ID = 0x595,
  CAN_CAR_CURRENT_LEN = 8,
  CAN_CAR_CURRENT_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_CURRENT_CYCLE_ms = 100,
  CAN_CAR_CURRENT_E2E_DATA_ID = 0x0
};

/// Broadcast of the car: current (discharge is positive) and voltage. Layout seen on Ioniq and
/// Kona, period assumed.
typedef struct {
  int16_t current_A_raw; ///< 16 bits, 0.1 A
  uint16_t pack_V_raw; ///< 16 bits, 0.1 V
} can_car_current_t;

void can_car_current_pack(const can_car_current_t *message, uint8_t data[8]);
void can_car_current_unpack(can_car_current_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_TEMPERATURES_ID = 0x596,
  CAN_CAR_TEMPERATURES_LEN = 8,
  CAN_CAR_TEMPERATURES_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_TEMPERATURES_CYCLE_ms = 200,
  CAN_CAR_TEMPERATURES_E2E_DATA_ID = 0x0
};

/// Broadcast of the car: 12 V supply, coldest and hottest module; -128 without a value. Layout seen
/// on Ioniq and Kona, period assumed.
typedef struct {
  uint8_t supply_V_raw; ///< 8 bits, 0.1 V
  int8_t temperature_min_degC_raw; ///< 8 bits, 1 degC
  int8_t temperature_max_degC_raw; ///< 8 bits, 1 degC
} can_car_temperatures_t;

void can_car_temperatures_pack(const can_car_temperatures_t *message, uint8_t data[8]);
void can_car_temperatures_unpack(can_car_temperatures_t *message, const uint8_t data[8]);

enum {
  CAN_CAR_SOCFINE_ID = 0x598,
  CAN_CAR_SOCFINE_LEN = 8,
  CAN_CAR_SOCFINE_FLAGS = 0, ///< CAN_FRAME_* of pins.h
  CAN_CAR_SOCFINE_CYCLE_ms = 200,
  CAN_CAR_SOCFINE_E2E_DATA_ID = 0x0
};

/// Broadcast of the car: SOC of the BMS. Layout seen on the Soul EV, period assumed.
typedef struct {
  uint16_t soc_pct_raw; ///< 16 bits, 0.00390625 %
} can_car_socfine_t;

void can_car_socfine_pack(const can_car_socfine_t *message, uint8_t data[8]);
void can_car_socfine_unpack(can_car_socfine_t *message, const uint8_t data[8]);

#endif
