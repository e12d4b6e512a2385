/// Rows of the reaction table: which fault, where, from which operating point, what must follow.
#include <stddef.h>

#include "../ecu_model/gen/dtc.h"
#include "../ecu_model/gen/limits.h"
#include "react.h"
#include "react_act.h"

enum { ALL_COILS = 1 << PINS_COIL_MAIN_POS | 1 << PINS_COIL_MAIN_NEG | 1 << PINS_COIL_PRECHARGE };
enum { PRECHARGE_COIL = 1 << PINS_COIL_PRECHARGE };
enum { LINE_HVIL, LINE_CRASH, LINE_KL30C }; /* targets of pin.* */
enum { SENSE_PACK, SENSE_LINK, SENSE_SUPPLY, SENSE_ISO_POS, SENSE_ISO_NEG }; /* of sense.* */
enum { MOL, RSL, MSL };
enum { LONG_STEP_ms = 351, SLOW_STEP_ms = 11 }; /* phases over the open-wire and slow periods */

#define ROW(n, r, w) .name = n, .requirement = r, .what = w
#define ON(kind, t, v) .on = FAULT_ON_##kind, .type = t, .value = v
#define GROUP(row, l, v)                                                                           \
  .where = REACT_GROUPS, .is_placed = 1, .limit = LIMITS_GROUP_##row, .level = l, .value = v,      \
  .start = react_act_group, .stop = react_act_group_back
#define GROUP_STEP(row, l, v) GROUP(row, l, v), .is_bad = react_act_group_is_bad
#define LSB(row, l, v) GROUP(row, l, v), .at = REACT_AT_DRIVE_IDEAL, .has_guard = 1
#define MODULE_STEP(row, l)                                                                        \
  .where = REACT_MODULES, .is_placed = 1, .limit = LIMITS_TEMPERATURE_##row, .level = l,           \
  .value = 5, .start = react_act_module, .is_bad = react_act_module_is_bad,                        \
  .phase_step_ms = SLOW_STEP_ms, .window_ms = 2000
#define LOAD_STEP(row, l, v)                                                                       \
  .limit = LIMITS_CURRENT_##row, .level = l, .value = v, .start = react_act_load,                  \
  .stop = react_act_load_back, .is_bad = react_act_load_is_bad
#define MUST(m, d) .must = REACT_##m, .dtc = DTC_##d
#define OR(d) .has_other = 1, .other_dtc = DTC_##d
#define AT(a) .at = REACT_AT_##a

static const react_row_t table[] = {
    /* a group's voltage */
    {ROW("OV-STEP", "SR-OV-1", "a group steps 1 mV beyond the safety limit"), AT(DRIVE),
     GROUP_STEP(MAX, MSL, 1), MUST(OPENS, CELL_OVERVOLTAGE), .window_ms = 300},
    {ROW("OV-TEST", "SR-OV-1",
         "a group steps 1 mV beyond the safety limit while the open-wire test runs"),
     AT(DRIVE_TEST), GROUP_STEP(MAX, MSL, 1), MUST(OPENS, CELL_OVERVOLTAGE), .window_ms = 300},
    {ROW("OV-CHARGE", "SR-OV-1", "a group steps 150 mV beyond the safety limit while charging"),
     AT(CHARGE), GROUP_STEP(MAX, MSL, 150), MUST(OPENS, CELL_OVERVOLTAGE), .window_ms = 300},
    {ROW("OV-SPIKE", "SR-OV-1", "a group is 200 mV beyond the safety limit for 40 ms"), AT(DRIVE),
     GROUP_STEP(MAX, MSL, 200), MUST(STAYS, CELL_OVERVOLTAGE), .for_ms = 40, .window_ms = 250},
    {ROW("OV-SPIKE-TEST", "SR-OV-1",
         "a group is 200 mV beyond the safety limit for 40 ms in the open-wire test"),
     AT(DRIVE_TEST), GROUP_STEP(MAX, MSL, 200), MUST(STAYS, CELL_OVERVOLTAGE), .for_ms = 40,
     .window_ms = 250},
    {ROW("OV-LSB-1", "SR-OV-1", "1 LSB inside the threshold of the safety limit"),
     LSB(MAX, MSL, -1), MUST(STAYS, CELL_OVERVOLTAGE), .window_ms = 250},
    {ROW("OV-LSB+0", "SR-OV-1", "on the threshold of the safety limit"), LSB(MAX, MSL, 0),
     MUST(OPENS, CELL_OVERVOLTAGE), .window_ms = 300},
    {ROW("OV-LSB+1", "SR-OV-1", "1 LSB beyond the threshold of the safety limit"), LSB(MAX, MSL, 1),
     MUST(OPENS, CELL_OVERVOLTAGE), .window_ms = 300},
    {ROW("OV-RSL", "SR-OV-2", "a group steps 1 mV beyond the recommended limit"), AT(DRIVE),
     GROUP_STEP(MAX, RSL, 1), MUST(LOWERS, CELL_VOLTAGE_HIGH), .window_ms = 300},
    {ROW("OV-RSL-LSB-1", "SR-OV-2", "1 LSB inside the threshold of the recommended limit"),
     LSB(MAX, RSL, -1), MUST(STAYS, CELL_VOLTAGE_HIGH), .window_ms = 250},
    {ROW("OV-RSL-LSB+0", "SR-OV-2", "on the threshold of the recommended limit"), LSB(MAX, RSL, 0),
     MUST(LOWERS, CELL_VOLTAGE_HIGH), .window_ms = 300},
    {ROW("OV-MOL", "SR-OV-3", "a group steps 1 mV beyond the operating limit"), AT(DRIVE),
     GROUP_STEP(MAX, MOL, 1), MUST(TELLS, CELL_ABOVE_OPERATING), .window_ms = 300},
    {ROW("OV-MOL-LSB-1", "SR-OV-3", "1 LSB inside the threshold of the operating limit"),
     LSB(MAX, MOL, -1), MUST(STAYS, CELL_ABOVE_OPERATING), .window_ms = 250},
    {ROW("OV-MOL-LSB+0", "SR-OV-3", "on the threshold of the operating limit"), LSB(MAX, MOL, 0),
     MUST(TELLS, CELL_ABOVE_OPERATING), .window_ms = 300},
    {ROW("UV-STEP", "SR-UV-1", "a group steps 1 mV below the safety limit"), AT(DRIVE),
     GROUP_STEP(MIN, MSL, 1), MUST(OPENS, CELL_UNDERVOLTAGE), .window_ms = 300},
    {ROW("UV-TEST", "SR-UV-1",
         "a group steps 1 mV below the safety limit while the open-wire test runs"),
     AT(DRIVE_TEST), GROUP_STEP(MIN, MSL, 1), MUST(OPENS, CELL_UNDERVOLTAGE), .window_ms = 300},
    {ROW("UV-LOAD", "SR-UV-1", "a group steps 500 mV below the safety limit under load"), AT(LOAD),
     GROUP_STEP(MIN, MSL, 500), MUST(OPENS, CELL_UNDERVOLTAGE), .window_ms = 300},
    {ROW("UV-SPIKE", "SR-UV-1", "a group is 500 mV below the safety limit for 40 ms"), AT(DRIVE),
     GROUP_STEP(MIN, MSL, 500), MUST(STAYS, CELL_UNDERVOLTAGE), .for_ms = 40, .window_ms = 250},
    {ROW("UV-SPIKE-TEST", "SR-UV-1",
         "a group is 500 mV below the safety limit for 40 ms in the open-wire test"),
     AT(DRIVE_TEST), GROUP_STEP(MIN, MSL, 500), MUST(STAYS, CELL_UNDERVOLTAGE), .for_ms = 40,
     .window_ms = 250},
    {ROW("UV-LSB-1", "SR-UV-1", "1 LSB inside the threshold of the safety limit"),
     LSB(MIN, MSL, -1), MUST(STAYS, CELL_UNDERVOLTAGE), .window_ms = 250},
    {ROW("UV-LSB+0", "SR-UV-1", "on the threshold of the safety limit"), LSB(MIN, MSL, 0),
     MUST(OPENS, CELL_UNDERVOLTAGE), .window_ms = 300},
    {ROW("UV-LSB+1", "SR-UV-1", "1 LSB beyond the threshold of the safety limit"), LSB(MIN, MSL, 1),
     MUST(OPENS, CELL_UNDERVOLTAGE), .window_ms = 300},
    {ROW("UV-RSL", "SR-UV-2", "a group steps 1 mV below the recommended limit"), AT(DRIVE),
     GROUP_STEP(MIN, RSL, 1), MUST(LOWERS, CELL_VOLTAGE_LOW), .window_ms = 300},
    {ROW("UV-RSL-LSB-1", "SR-UV-2", "1 LSB inside the threshold of the recommended limit"),
     LSB(MIN, RSL, -1), MUST(STAYS, CELL_VOLTAGE_LOW), .window_ms = 250},
    {ROW("UV-RSL-LSB+0", "SR-UV-2", "on the threshold of the recommended limit"), LSB(MIN, RSL, 0),
     MUST(LOWERS, CELL_VOLTAGE_LOW), .window_ms = 300},
    {ROW("UV-MOL", "SR-UV-3", "a group steps 1 mV below the operating limit"), AT(DRIVE),
     GROUP_STEP(MIN, MOL, 1), MUST(TELLS, CELL_BELOW_OPERATING), .window_ms = 300},
    {ROW("UV-MOL-LSB-1", "SR-UV-3", "1 LSB inside the threshold of the operating limit"),
     LSB(MIN, MOL, -1), MUST(STAYS, CELL_BELOW_OPERATING), .window_ms = 250},
    {ROW("UV-MOL-LSB+0", "SR-UV-3", "on the threshold of the operating limit"), LSB(MIN, MOL, 0),
     MUST(TELLS, CELL_BELOW_OPERATING), .window_ms = 300},

    /* temperature */
    {ROW("OT-DISCHARGE", "SR-OT-1", "a module steps 0.5 K beyond the safety limit, discharging"),
     AT(HOT_DRIVE), MODULE_STEP(MAX_DISCHARGE, MSL), MUST(OPENS, OVER_TEMPERATURE)},
    {ROW("OT-CHARGE", "SR-OT-1", "a module steps 0.5 K beyond the safety limit, charging"),
     AT(HOT_CHARGE), MODULE_STEP(MAX_CHARGE, MSL), MUST(OPENS, OVER_TEMPERATURE)},
    {ROW("OT-REST", "SR-OT-1",
         "a module steps 0.5 K beyond the safety limit, closed without current"),
     AT(HOT_REST), MODULE_STEP(MAX_REST, MSL), MUST(OPENS, OVER_TEMPERATURE)},
    {ROW("OT-RSL", "SR-OT-2", "a module steps 0.5 K beyond the recommended limit"), AT(WARM_DRIVE),
     MODULE_STEP(MAX_DISCHARGE, RSL), MUST(LOWERS, TEMPERATURE_HIGH)},
    {ROW("OT-MOL", "SR-OT-3", "a module steps 0.5 K beyond the operating limit"), AT(MILD_DRIVE),
     MODULE_STEP(MAX_DISCHARGE, MOL), MUST(TELLS, TEMPERATURE_ABOVE_OPERATING)},
    {ROW("UT-DISCHARGE", "SR-UT-1", "a module steps 0.5 K below the safety limit, discharging"),
     AT(COLD_DRIVE), MODULE_STEP(MIN_DISCHARGE, MSL), MUST(OPENS, UNDER_TEMPERATURE)},
    {ROW("UT-CHARGE", "SR-UT-1", "a module steps 0.5 K below the safety limit, charging"),
     AT(COLD_CHARGE), MODULE_STEP(MIN_CHARGE, MSL), MUST(OPENS, UNDER_TEMPERATURE)},
    {ROW("UT-REST", "SR-UT-1",
         "a module steps 0.5 K below the safety limit, closed without current"),
     AT(COLD_REST), MODULE_STEP(MIN_REST, MSL), MUST(OPENS, UNDER_TEMPERATURE)},
    {ROW("UT-RSL", "SR-UT-2", "a module steps 0.5 K below the recommended limit"), AT(COOL_DRIVE),
     MODULE_STEP(MIN_DISCHARGE, RSL), MUST(LOWERS, TEMPERATURE_LOW)},
    {ROW("UT-MOL", "SR-UT-3", "a module steps 0.5 K below the operating limit"), AT(FRESH_DRIVE),
     MODULE_STEP(MIN_DISCHARGE, MOL), MUST(TELLS, TEMPERATURE_BELOW_OPERATING)},

    /* current */
    {ROW("OC-DISCHARGE", "SR-OC-1", "the load steps 20 A beyond the safety limit"), AT(LOAD),
     LOAD_STEP(DISCHARGE, MSL, 20000), MUST(OPENS, OVER_CURRENT_DISCHARGE), .window_ms = 300},
    {ROW("OC-PULSE", "SR-OC-1", "the load is 20 A beyond the safety limit for 15 ms"), AT(LOAD),
     LOAD_STEP(DISCHARGE, MSL, 20000), MUST(STAYS, OVER_CURRENT_DISCHARGE), .for_ms = 15,
     .window_ms = 300},
    {ROW("OC-CHARGE", "SR-OC-2", "regeneration steps 15 A beyond the safety limit"), AT(DRIVE),
     LOAD_STEP(CHARGE, MSL, 15000), MUST(OPENS, OVER_CURRENT_CHARGE), .window_ms = 300},
    {ROW("OC-CHARGE-PULSE", "SR-OC-2", "regeneration is 15 A beyond the safety limit for 15 ms"),
     AT(DRIVE), LOAD_STEP(CHARGE, MSL, 15000), MUST(STAYS, OVER_CURRENT_CHARGE), .for_ms = 15,
     .window_ms = 300},
    {ROW("OC-I2T", "SR-OC-3", "the load steps to 350 A, 70 A beyond the operating limit"), AT(LOAD),
     LOAD_STEP(DISCHARGE, MOL, 70000), MUST(OPENS, OVER_CURRENT_OVERLOAD), .window_ms = 7000,
     .not_before_ms = 5170},
    {ROW("OC-RSL", "SR-OC-4", "the load steps 5 A beyond the recommended limit"), AT(LOAD),
     LOAD_STEP(DISCHARGE, RSL, 5000), MUST(LOWERS, CURRENT_HIGH), .window_ms = 300},
    {ROW("OC-MOL", "SR-OC-5", "the load steps 5 A beyond the operating limit"), AT(LOAD),
     LOAD_STEP(DISCHARGE, MOL, 5000), MUST(TELLS, CURRENT_ABOVE_OPERATING), .window_ms = 300},

    /* sense wires and chips */
    {ROW("OW-DRIVE", "SR-OW-1", "a sense wire breaks, closed"), AT(DRIVE),
     .where = REACT_WIRES_SINGLE, .is_placed = 1, ON(WIRE, "open", 0), MUST(OPENS, OPEN_WIRE),
     .phase_step_ms = LONG_STEP_ms, .window_ms = 17000},
    {ROW("OW-STANDBY", "SR-OW-4", "a sense wire breaks in standby"), AT(STANDBY),
     .where = REACT_WIRES_SINGLE, .is_placed = 1, ON(WIRE, "open", 0), MUST(REFUSES, OPEN_WIRE),
     .phase_step_ms = 71, .window_ms = 2000},
    {ROW("OW-PAIR", "SR-OW-2", "one wire of a doubled tap breaks, closed"), AT(DRIVE),
     .where = REACT_WIRES_DOUBLED, .is_placed = 1, ON(WIRE, "open", 0),
     MUST(TELLS, OPEN_WIRE_REDUNDANT), .phase_step_ms = LONG_STEP_ms, .window_ms = 6000},
    {ROW("OW-CONNECTOR", "SR-OW-3", "a whole sense connector comes off, closed"), AT(DRIVE),
     .where = REACT_CONNECTORS, ON(WIRE, "open", 0), MUST(OPENS, SENSE_CONNECTOR_LOST),
     .phase_step_ms = LONG_STEP_ms, .window_ms = 3000},
    {ROW("AF-DEAD", "SR-AF-1", "a sensing chip loses its supply"), AT(DRIVE),
     .where = REACT_MODULES, .is_placed = 1, ON(AFE, "dead", 0), MUST(OPENS, AFE_COMMUNICATION),
     .window_ms = 1500},
    {ROW("AF-PEC", "SR-AF-1", "every reply of a chip has a wrong bit"), AT(DRIVE),
     .where = REACT_MODULES, .is_placed = 1, ON(AFE, "bit_flip", 1), MUST(OPENS, AFE_COMMUNICATION),
     .window_ms = 1500},
    {ROW("ME-LOST", "SR-ME-1", "the first register group of a chip never comes right"), AT(DRIVE),
     .where = REACT_MODULES, ON(AFE, "register_lost", 1), MUST(OPENS, GROUP_LOST),
     .window_ms = 1500},
    {ROW("AF-STUCK", "SR-AF-3",
         "a chip repeats its codes (or is empty for good), 50 ms later 30 A go away"),
     AT(LOAD), .where = REACT_MODULES, .is_placed = 1, ON(AFE, "stuck", 0),
     .then = react_act_no_load, .then_ms = 50, MUST(OPENS, AFE_STUCK), OR(AFE_COMMUNICATION),
     .window_ms = 14000},

    {ROW("AF-CONFIG", "SR-AF-2", "every second reply of a chip has a wrong bit, in standby"),
     AT(STANDBY), .where = REACT_MODULES, .is_placed = 1, ON(AFE, "bit_flip", 2),
     MUST(REFUSES, AFE_CONFIGURATION), OR(AFE_COMMUNICATION), .window_ms = 3000},

    /* other sensors */
    {ROW("CS-OPEN", "SR-CS-1", "the output of a range lies at 0 V"), AT(LOAD),
     .where = REACT_CURRENT_SENSORS, ON(CURRENT, "open", 0), MUST(OPENS, CURRENT_SENSOR),
     .window_ms = 12000},
    {ROW("CS-SHORT", "SR-CS-1", "the output of a range lies at 5 V"), AT(LOAD),
     .where = REACT_CURRENT_SENSORS, ON(CURRENT, "short", 0), MUST(OPENS, CURRENT_SENSOR),
     .window_ms = 12000},
    {ROW("CS-OFFSET", "SR-CS-1", "a range shows 15 A too much"), AT(LOAD),
     .where = REACT_CURRENT_SENSORS, ON(CURRENT, "offset", 15), MUST(OPENS, CURRENT_SENSOR),
     .window_ms = 12000},
    {ROW("CS-NOISE", "SR-CS-1", "a range shows 6 A too much: within what the ranges may differ"),
     AT(LOAD), .where = REACT_CURRENT_SENSORS, ON(CURRENT, "offset", 6),
     MUST(STAYS, CURRENT_SENSOR), .window_ms = 500},
    {ROW("PV-PACK", "SR-PV-1", "the pack voltage shows 10 V too much"), AT(STANDBY),
     .target = SENSE_PACK, ON(VOLTAGE, "offset", 10), MUST(REFUSES, PACK_VOLTAGE_IMPLAUSIBLE),
     .window_ms = 1000},
    {ROW("PV-LINK", "SR-PV-2", "the link voltage shows 8 V too little behind closed contactors"),
     AT(DRIVE), .target = SENSE_LINK, ON(VOLTAGE, "offset", -8),
     MUST(TELLS, LINK_VOLTAGE_IMPLAUSIBLE), .window_ms = 1000},
    {ROW("TS-SHORT", "SR-TS-1", "a module's thermistor is shorted"), AT(DRIVE),
     .where = REACT_MODULES, .is_placed = 1, ON(NTC, "short", 0),
     MUST(LOWERS, TEMPERATURE_SENSOR_LOW), .phase_step_ms = SLOW_STEP_ms, .window_ms = 2000},
    {ROW("TS-OPEN", "SR-TS-2", "a module's thermistor is broken"), AT(DRIVE),
     .where = REACT_MODULES, .is_placed = 1, ON(NTC, "open", 0),
     MUST(LOWERS, TEMPERATURE_SENSOR_HIGH), .phase_step_ms = SLOW_STEP_ms, .window_ms = 2000},

    /* heat, fan, isolation */
    {ROW("TG-APART", "SR-TG-1", "a module shows 17 K more than the others"), AT(DRIVE),
     .where = REACT_MODULES, .is_placed = 1, ON(NTC, "offset", 17),
     MUST(LOWERS, TEMPERATURE_SPREAD), .phase_step_ms = SLOW_STEP_ms, .window_ms = 8000},
    {ROW("TG-EVENT", "SR-TG-2", "50 kW heat a module"), AT(DRIVE), .where = REACT_MODULES,
     .is_placed = 1, ON(MODULE, "heater", 50000), .is_bad = react_act_module_heats,
     MUST(OPENS, THERMAL_EVENT), .phase_step_ms = 101, .window_ms = 25000},
    {ROW("TH-FAN", "SR-TH-2", "the fan's rotor is stuck while it is told to turn"), AT(MILD_DRIVE),
     ON(FAN, "stuck", 0), MUST(TELLS, FAN), .phase_step_ms = 101, .window_ms = 15000},
    {ROW("IS-LOST", "SR-IS-1", "20 kohm from a pole to the chassis"), AT(DRIVE),
     .where = REACT_POLES, ON(ISOLATION, "leak", 20e3), MUST(OPENS, ISOLATION_LOST),
     .phase_step_ms = 1001, .window_ms = 50000},
    {ROW("IS-TAP", "SR-IS-1", "20 kohm from a tap to the chassis"), AT(DRIVE), .where = REACT_TAPS,
     ON(TAP, "leak", 20e3), MUST(OPENS, ISOLATION_LOST), .phase_count = 2, .phase_step_ms = 3001,
     .window_ms = 50000},
    {ROW("IS-LOW", "SR-IS-2", "100 kohm from a pole to the chassis"), AT(DRIVE),
     .where = REACT_POLES, ON(ISOLATION, "leak", 100e3), MUST(TELLS, ISOLATION_LOW),
     .phase_step_ms = 1001, .window_ms = 40000},
    {ROW("IS-DIVIDER", "SR-IS-3", "the plus divider's reading is lost, in standby"), AT(STANDBY),
     .target = SENSE_ISO_POS, ON(VOLTAGE, "open", 0), MUST(REFUSES, ISOLATION_MONITOR),
     .phase_step_ms = 1001, .window_ms = 40000},

    /* lines, supply, requests */
    {ROW("IL-OPEN", "SR-IL-1", "the interlock loop opens"), AT(DRIVE), .target = LINE_HVIL,
     ON(INPUT, "inverted", 0), MUST(OPENS, INTERLOCK_OPEN), .window_ms = 500},
    {ROW("IL-GLITCH", "SR-IL-1", "the interlock loop opens for 50 ms"), AT(DRIVE),
     .target = LINE_HVIL, ON(INPUT, "inverted", 0), MUST(STAYS, INTERLOCK_OPEN), .for_ms = 50,
     .window_ms = 500},
    {ROW("CR-CRASH", "SR-CR-1", "the crash line becomes active"), AT(DRIVE), .target = LINE_CRASH,
     ON(INPUT, "inverted", 0), MUST(OPENS, CRASH), .window_ms = 200},
    {ROW("CR-GLITCH", "SR-CR-1", "the crash line is active for 2 ms"), AT(DRIVE),
     .target = LINE_CRASH, ON(INPUT, "inverted", 0), MUST(STAYS, CRASH), .for_ms = 2,
     .window_ms = 200},
    {ROW("CR-KL30C", "SR-CR-2", "terminal 30C loses its voltage"), AT(DRIVE), .target = LINE_KL30C,
     ON(INPUT, "inverted", 0), MUST(OPENS, EMERGENCY_OFF), .window_ms = 200},
    {ROW("SU-DIP", "SR-SU-1", "the 12 V supply falls to 8.2 V"), AT(STANDBY), ON(SUPPLY, "dip", 5),
     MUST(REFUSES, SUPPLY_LOW), .window_ms = 2000},
    {ROW("CM-SILENT", "SR-CM-1", "the vehicle controller falls silent"), AT(DRIVE),
     ON(MESSAGE, "silent", 0), MUST(OPENS, CAN_REQUEST_LOST), .phase_step_ms = SLOW_STEP_ms,
     .window_ms = 3000},
    {ROW("CM-FROZEN", "SR-CM-1", "the vehicle controller's alive counter stands still"), AT(DRIVE),
     ON(MESSAGE, "frozen_counter", 0), MUST(OPENS, CAN_REQUEST_LOST), .phase_step_ms = SLOW_STEP_ms,
     .window_ms = 3000},
    {ROW("CM-CRC", "SR-CM-1", "the vehicle controller's CRC is wrong"), AT(DRIVE),
     ON(MESSAGE, "wrong_crc", 0), MUST(OPENS, CAN_REQUEST_LOST), .phase_step_ms = SLOW_STEP_ms,
     .window_ms = 3000},
    {ROW("WD-LATE", "SR-WD-1", "a step comes 5 ms late"), AT(DRIVE), .value = 5,
     .start = react_act_late_step, MUST(OPENS, DEADLINE_MISSED), .window_ms = 500},
    {ROW("ST-LATE", "SR-ST-1", "a chip is dead from reset on"), AT(RESET), .where = REACT_MODULES,
     ON(AFE, "dead", 0), MUST(REFUSES, SELFTEST_FAILED), .window_ms = 3000},

    /* contactors */
    {ROW("CT-WELD", "SR-CT-1", "a main contactor is welded when it is told to open"), AT(DRIVE),
     .where = REACT_MAINS, ON(CONTACTOR, "weld", 0), .start = react_act_ask_standby,
     .is_bad = react_act_coil_is_off, MUST(REFUSES, CONTACTOR_WELDED), .window_ms = 2000},
    {ROW("CT-WELD-STANDBY", "SR-CT-1", "the contacts of an open contactor stick together"),
     AT(STANDBY), .where = REACT_CONTACTORS, ON(CONTACTOR, "weld", 0),
     MUST(REFUSES, CONTACTOR_WELDED), .window_ms = 2000},
    {ROW("CT-STUCK", "SR-CT-2", "a contactor does not close when it is told to"), AT(STANDBY),
     .where = REACT_CONTACTORS, ON(CONTACTOR, "stuck_open", 0), .start = react_act_ask_drive,
     .is_bad = react_act_coil_is_on, MUST(OPENS, CONTACTOR_FEEDBACK), .coil_mask = ALL_COILS,
     .window_ms = 3000},
    {ROW("CT-COIL", "SR-CT-2", "the coil of a closed main contactor breaks"), AT(DRIVE),
     .where = REACT_MAINS, ON(CONTACTOR, "coil_open", 0), MUST(OPENS, CONTACTOR_FEEDBACK),
     .coil_mask = ALL_COILS, .window_ms = 500},
    {ROW("CT-AUX", "SR-CT-2", "the auxiliary contact of a closed main contactor shows open"),
     AT(DRIVE), .where = REACT_MAINS, ON(CONTACTOR, "aux_stuck_open", 0),
     MUST(OPENS, CONTACTOR_FEEDBACK), .coil_mask = ALL_COILS, .window_ms = 500},
    {ROW("PC-SLOW", "SR-PC-1", "a load of 60 ohm hangs on the link during precharge"), AT(STANDBY),
     ON(LINK, "leak", 60), .start = react_act_ask_drive, .is_bad = react_act_precharges,
     MUST(OPENS, PRECHARGE_TOO_SLOW), .coil_mask = PRECHARGE_COIL, .window_ms = 5000},
    {ROW("PC-FAST", "SR-PC-2", "the link's capacitor is gone"), AT(STANDBY),
     ON(LINK, "capacitance", 1e-6), .start = react_act_ask_drive, .is_bad = react_act_precharges,
     MUST(OPENS, PRECHARGE_TOO_FAST), .coil_mask = ALL_COILS, .window_ms = 3000},
};

uint32_t react_row_count(void) { return sizeof table / sizeof table[0]; }

const react_row_t *react_row_at(uint32_t index) { return &table[index]; }
