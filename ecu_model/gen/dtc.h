/// Diagnostic trouble codes as a table, generated from ecu_model/db/dtc.csv: do not edit.
///
/// Units    _ms debounce times; code_raw is SAE J2012, failure type in the low byte
#ifndef ECU_MODEL_GEN_DTC_H
#define ECU_MODEL_GEN_DTC_H

#include <stdint.h>

typedef enum {
  DTC_CELL_OVERVOLTAGE = 0, ///< a group is above its safety limit
  DTC_CELL_UNDERVOLTAGE = 1, ///< a group is below its safety limit
  DTC_OVER_TEMPERATURE = 2, ///< a module is above its safety limit
  DTC_UNDER_TEMPERATURE = 3, ///< a module is below its safety limit
  DTC_OVER_CURRENT_DISCHARGE = 4, ///< discharge current is above the safety limit
  DTC_OVER_CURRENT_CHARGE = 5, ///< charge current is above the safety limit
  DTC_OPEN_WIRE = 6, ///< a sense wire is broken
  DTC_OPEN_WIRE_REDUNDANT = 7, ///< one wire of a doubled tap is broken or their joint is bad
  DTC_CONTACTOR_WELDED = 8, ///< a contactor does not open; location none: more than one
  DTC_PRECHARGE_TOO_SLOW = 9, ///< the DC link did not charge in time
  DTC_PRECHARGE_TOO_FAST = 10, ///< the DC link charged faster than its capacitor allows
  DTC_AFE_COMMUNICATION = 11, ///< a sensing chip does not answer or its PEC is wrong
  DTC_CELL_VOLTAGE_HIGH = 12, ///< a group is above its recommended limit
  DTC_CELL_VOLTAGE_LOW = 13, ///< a group is below its recommended limit
  DTC_CAN_REQUEST_LOST = 14, ///< the vehicle controller is silent or its frames are wrong
  DTC_INTERLOCK_OPEN = 15, ///< the interlock loop is open
  DTC_OVER_CURRENT_OVERLOAD = 16, ///< current above the continuous rating has used up its I2t
  DTC_CRASH = 17, ///< the crash line is active
  DTC_EMERGENCY_OFF = 18, ///< the supply of the contactor coils (terminal 30C or 12 V) is gone
  DTC_CONTACTOR_FEEDBACK = 19, ///< a contactor does not close or opens by itself
  DTC_GROUP_LOST = 20, ///< a group has no valid voltage though its wires are whole
  DTC_SENSE_CONNECTOR_LOST = 21, ///< several sense wires are broken at once
  DTC_AFE_CONFIGURATION = 22, ///< a sensing chip does not keep its configuration
  DTC_AFE_STUCK = 23, ///< a sensing chip repeats the same codes though the current moves
  DTC_CURRENT_SENSOR = 24, ///< the two ranges of the current sensor disagree or one is out of range
  DTC_PACK_VOLTAGE_IMPLAUSIBLE = 25, ///< the sum of the groups differs from the pack voltage
  DTC_TEMPERATURE_SENSOR_LOW = 26, ///< a module's thermistor is shorted (signal low)
  DTC_TEMPERATURE_SENSOR_HIGH = 27, ///< a module's thermistor is open (signal high)
  DTC_TEMPERATURE_HIGH = 28, ///< a module is above its recommended limit
  DTC_TEMPERATURE_LOW = 29, ///< a module is below its recommended limit
  DTC_CURRENT_HIGH = 30, ///< current is above its recommended limit
  DTC_CELL_ABOVE_OPERATING = 31, ///< a group is above its operating limit
  DTC_CELL_BELOW_OPERATING = 32, ///< a group is below its operating limit
  DTC_TEMPERATURE_ABOVE_OPERATING = 33, ///< a module is above its operating limit
  DTC_TEMPERATURE_BELOW_OPERATING = 34, ///< a module is below its operating limit
  DTC_CURRENT_ABOVE_OPERATING = 35, ///< current is above its operating limit
  DTC_SELFTEST_FAILED = 36, ///< the self-test did not pass in time
  DTC_SUPPLY_LOW = 37, ///< the 12 V supply is too low to hold contactors
  DTC_NVM_RECORD_LOST = 38, ///< both records of the memory were damaged at reset
  DTC_ISOLATION_LOST = 39, ///< isolation to the chassis is below 100 ohm/V
  DTC_ISOLATION_LOW = 40, ///< isolation to the chassis is below 500 ohm/V
  DTC_ISOLATION_MONITOR = 41, ///< the isolation cannot be measured: a divider or its switch does not work
  DTC_HEATER = 42, ///< a heater is too hot or does not follow its command or has lost its thermistor
  DTC_FAN = 43, ///< the fan does not turn as it is told
  DTC_CELL_SPREAD_ABOVE_OPERATING = 44, ///< groups at rest lie apart by more than the operating limit
  DTC_CELL_SPREAD_HIGH = 45, ///< groups at rest lie apart by more than the recommended limit
  DTC_CELL_SPREAD_UNSAFE = 46, ///< groups at rest lie apart by more than the safety limit
  DTC_TEMPERATURE_SPREAD = 47, ///< modules lie apart in temperature by more than the recommended limit
  DTC_THERMAL_EVENT = 48, ///< a module heats faster than any load can: a cell is in thermal runaway
  DTC_LINK_VOLTAGE_IMPLAUSIBLE = 49, ///< contactors are closed but link and pack voltage differ
  DTC_DEADLINE_MISSED = 50, ///< a step came later than twice its period or steps are late again and again
  DTC_WATCHDOG_RESET = 51, ///< the watchdog has reset the controller
  DTC_NVM_WRITE = 52, ///< the memory does not take what is written
  DTC_CAN_BUS_OFF = 53, ///< the controller of the CAN bus has switched itself off after too many errors
  DTC_BLEED_STUCK = 54, ///< a discharge switch stays on or does not come on
  DTC_CELL_SELF_DISCHARGE = 55, ///< a group loses charge by itself: internal short or self-discharge
  DTC_COUNT = 56
} dtc_id_t;

enum { DTC_NONE = 0xFF };

/// 0 means no fault at all.
typedef enum {
  DTC_LEVEL_INFO = 1,
  DTC_LEVEL_WARNING,
  DTC_LEVEL_FAULT,
} dtc_level_t;

typedef enum {
  DTC_REACTION_NONE = 0,
  DTC_REACTION_DERATE,
  DTC_REACTION_INHIBIT_CLOSE,
  DTC_REACTION_LIMIT_ZERO_OPEN,
  DTC_REACTION_OPEN,
} dtc_reaction_t;

/// What the location byte of a DTC counts.
typedef enum {
  DTC_LOCATION_NONE = 0,
  DTC_LOCATION_WIRE,
  DTC_LOCATION_GROUP,
  DTC_LOCATION_MODULE,
  DTC_LOCATION_CONTACTOR,
} dtc_location_t;

typedef struct {
  uint32_t code_raw;  ///< 24 bits
  uint16_t up_ms;     ///< the condition must hold to set
  uint16_t down_ms;   ///< and be away to clear
  uint8_t level;      ///< dtc_level_t
  uint8_t reaction;   ///< dtc_reaction_t
  uint8_t is_latched; ///< stays active until the defined clearing
  uint8_t location;   ///< dtc_location_t
  uint8_t ageing_cycles; ///< without the fault, then memory forgets it
} dtc_row_t;

extern const dtc_row_t dtc_row[DTC_COUNT];

#endif
