/// Identifiers of the diagnostic server as a table, generated from ecu_model/db/did.csv: do not edit.
#ifndef ECU_MODEL_GEN_DID_H
#define ECU_MODEL_GEN_DID_H

#include <stdint.h>

typedef enum {
  DID_SESSION = 0, ///< running session: 1 default or 3 extended
  DID_OPERATING_TIME = 1, ///< operating time of the ECU
  DID_CURRENT = 2, ///< pack current; discharge is positive
  DID_PACK_VOLTAGE = 3, ///< pack side of the contactors
  DID_LINK_VOLTAGE = 4, ///< DC link
  DID_GROUP_MAX = 5, ///< highest group
  DID_GROUP_MIN = 6, ///< lowest group
  DID_GROUP_MAX_INDEX = 7, ///< which group is highest: 0 is M1C1
  DID_GROUP_MIN_INDEX = 8, ///< which group is lowest
  DID_TEMPERATURE_MAX = 9, ///< warmest module
  DID_TEMPERATURE_MIN = 10, ///< coldest module
  DID_TEMPERATURE_MAX_INDEX = 11, ///< which module is warmest: 0 is M1
  DID_TEMPERATURE_MIN_INDEX = 12, ///< which module is coldest
  DID_SOC = 13, ///< state of charge; above 100 %: not known yet
  DID_STATE = 14, ///< state of the state machine as in BMS_Status
  DID_LOCATION = 15, ///< wire or group or module of the fault
  DID_CHARGE_POWER = 16, ///< allowed charge power
  DID_DISCHARGE_POWER = 17, ///< allowed discharge power
  DID_CHARGE_CURRENT = 18, ///< allowed charge current
  DID_DISCHARGE_CURRENT = 19, ///< allowed discharge current
  DID_SUPPLY_VOLTAGE = 20, ///< 12 V supply
  DID_INLET_TEMPERATURE = 21, ///< cooling air at the inlet
  DID_HEATER_TEMPERATURES = 22, ///< heater mats
  DID_FAN_STEP = 23, ///< fan step as commanded
  DID_FAN_SPEED = 24, ///< fan tacho
  DID_ISOLATION = 25, ///< isolation to the chassis
  DID_ISOLATION_POS = 26, ///< isolation of the positive pole
  DID_ISOLATION_NEG = 27, ///< isolation of the negative pole
  DID_LEAK_HEIGHT = 28, ///< where the leak sits: 0 at pack minus and 100 at pack plus
  DID_ISOLATION_QUALITY = 29, ///< 0 valid; 1 estimate; 3 and above: no result
  DID_CYCLES = 30, ///< operating cycles finished
  DID_CLOSINGS = 31, ///< closings of the main contactors
  DID_LOADED_OPENINGS = 32, ///< openings under more than 5 A
  DID_DISCHARGED_CHARGE = 33, ///< charge taken out over the ECU's life
  DID_CHARGED_CHARGE = 34, ///< charge put in over the ECU's life
  DID_DISCHARGED_ENERGY = 35, ///< energy taken out over the ECU's life
  DID_CHARGED_ENERGY = 36, ///< energy put in over the ECU's life
  DID_RESETS = 37, ///< resets of any cause
  DID_WATCHDOG_RESETS = 38, ///< of these by the watchdog
  DID_BROWN_OUTS = 39, ///< of these by a brown-out
  DID_LATE_STEPS = 40, ///< steps since reset that came late
  DID_GROUP_VOLTAGES = 41, ///< all groups from M1C1 to M8C14; FFFF: no valid value
  DID_MODULE_TEMPERATURES = 42, ///< modules M1 to M8; 8000: no valid value
  DID_OPEN_WIRES = 43, ///< broken sense wires: bit 0 of the first byte is wire 0
  DID_ACTIVE_DTCS = 44, ///< DTCs that are active
  DID_FAULT_LEVEL = 45, ///< worst level of them: 1 info; 2 warning; 3 fault
  DID_COUNT = 46
} did_index_t;

enum { DID_IS_READ = 1, DID_IS_IN_FRAME = 2 };

typedef struct {
  uint16_t id;
  uint8_t value_bytes; ///< of one value: 1, 2 or 4
  uint8_t value_count;
  uint8_t where; ///< DID_IS_READ and DID_IS_IN_FRAME
} did_row_t;

extern const did_row_t did_row[DID_COUNT];

#endif
