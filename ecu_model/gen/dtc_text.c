/// Names and help of the DTCs, generated from ecu_model/db/dtc.csv: do not edit.
#include "dtc_text.h"

#include <string.h>

const dtc_text_t dtc_text[DTC_COUNT] = {
    {"CELL_OVERVOLTAGE", "P1B80", "SR-OV-1", "a group is above its safety limit"},
    {"CELL_UNDERVOLTAGE", "P1B81", "SR-UV-1", "a group is below its safety limit"},
    {"OVER_TEMPERATURE", "P0A7E", "SR-OT-1", "a module is above its safety limit"},
    {"UNDER_TEMPERATURE", "P0AFD", "SR-UT-1", "a module is below its safety limit"},
    {"OVER_CURRENT_DISCHARGE", "P1B82", "SR-OC-1", "discharge current is above the safety limit"},
    {"OVER_CURRENT_CHARGE", "P1B83", "SR-OC-2", "charge current is above the safety limit"},
    {"OPEN_WIRE", "P1B84", "SR-OW-1", "a sense wire is broken"},
    {"OPEN_WIRE_REDUNDANT", "P1B85", "SR-OW-2", "one wire of a doubled tap is broken"},
    {"CONTACTOR_WELDED", "P1B76", "SR-CT-1", "a contactor does not open"},
    {"PRECHARGE_TOO_SLOW", "P1B77-16", "SR-PC-1", "the DC link did not charge in time"},
    {"PRECHARGE_TOO_FAST", "P1B77-17", "SR-PC-2",
     "the DC link charged faster than its capacitor allows"},
    {"AFE_COMMUNICATION", "P0AFC", "SR-AF-1", "a sensing chip does not answer or its PEC is wrong"},
    {"CELL_VOLTAGE_HIGH", "P1B86", "SR-OV-2", "a group is above its recommended limit"},
    {"CELL_VOLTAGE_LOW", "P1B87", "SR-UV-2", "a group is below its recommended limit"},
    {"CAN_REQUEST_LOST", "U0293", "SR-CM-1",
     "the vehicle controller is silent or its frames are wrong"},
    {"INTERLOCK_OPEN", "P0A0A", "SR-IL-1", "the interlock loop is open"},
    {"OVER_CURRENT_OVERLOAD", "P1B88", "SR-OC-3",
     "current above the continuous rating has used up its I2t"},
    {"CRASH", "P1B89", "SR-CR-1", "the crash line is active"},
    {"EMERGENCY_OFF", "P1B8A", "SR-CR-2",
     "the supply of the contactor coils (terminal 30C or 12 V) is gone"},
    {"CONTACTOR_FEEDBACK", "P1B8B", "SR-CT-2", "a contactor does not close or opens by itself"},
    {"GROUP_LOST", "P1B8C", "SR-ME-1", "a group has no valid voltage though its wires are whole"},
    {"SENSE_CONNECTOR_LOST", "P1B8D", "SR-OW-3", "several sense wires are broken at once"},
    {"AFE_CONFIGURATION", "P1B8E", "SR-AF-2", "a sensing chip does not keep its configuration"},
    {"AFE_STUCK", "P1B8F", "SR-AF-3",
     "a sensing chip repeats the same codes though the current moves"},
    {"CURRENT_SENSOR", "P0ABF", "SR-CS-1",
     "the two ranges of the current sensor disagree or one is out of range"},
    {"PACK_VOLTAGE_IMPLAUSIBLE", "P0ABB", "SR-PV-1",
     "the sum of the groups differs from the pack voltage"},
    {"TEMPERATURE_SENSOR_LOW", "P0A9D", "SR-TS-1", "a module's thermistor is shorted (signal low)"},
    {"TEMPERATURE_SENSOR_HIGH", "P0A9E", "SR-TS-2", "a module's thermistor is open (signal high)"},
    {"TEMPERATURE_HIGH", "P1B90", "SR-OT-2", "a module is above its recommended limit"},
    {"TEMPERATURE_LOW", "P1B91", "SR-UT-2", "a module is below its recommended limit"},
    {"CURRENT_HIGH", "P1B92", "SR-OC-4", "current is above its recommended limit"},
    {"CELL_ABOVE_OPERATING", "P1B93", "SR-OV-3", "a group is above its operating limit"},
    {"CELL_BELOW_OPERATING", "P1B94", "SR-UV-3", "a group is below its operating limit"},
    {"TEMPERATURE_ABOVE_OPERATING", "P1B95", "SR-OT-3", "a module is above its operating limit"},
    {"TEMPERATURE_BELOW_OPERATING", "P1B96", "SR-UT-3", "a module is below its operating limit"},
    {"CURRENT_ABOVE_OPERATING", "P1B97", "SR-OC-5", "current is above its operating limit"},
    {"SELFTEST_FAILED", "P1B98", "SR-ST-1", "the self-test did not pass in time"},
    {"SUPPLY_LOW", "P0562", "SR-SU-1", "the 12 V supply is too low to hold contactors"},
    {"NVM_RECORD_LOST", "P1B99", "SR-NV-1", "both records of the memory were damaged at reset"},
    {"ISOLATION_LOST", "P0AA6", "SR-IS-1", "isolation to the chassis is below 100 ohm/V"},
    {"ISOLATION_LOW", "P1B9A", "SR-IS-2", "isolation to the chassis is below 500 ohm/V"},
    {"ISOLATION_MONITOR", "P1B9B", "SR-IS-3",
     "the isolation cannot be measured: a divider or its switch does not work"},
    {"HEATER", "P1B9C", "SR-TH-1",
     "a heater is too hot or does not follow its command or has lost its thermistor"},
    {"FAN", "P1BA1", "SR-TH-2", "the fan does not turn as it is told"},
    {"CELL_SPREAD_ABOVE_OPERATING", "P1B9D", "SR-SP-1",
     "groups at rest lie apart by more than the operating limit"},
    {"CELL_SPREAD_HIGH", "P1B9E", "SR-SP-2",
     "groups at rest lie apart by more than the recommended limit"},
    {"CELL_SPREAD_UNSAFE", "P1B9F", "SR-SP-3",
     "groups at rest lie apart by more than the safety limit"},
    {"TEMPERATURE_SPREAD", "P1BA2", "SR-TG-1",
     "modules lie apart in temperature by more than the recommended limit"},
    {"THERMAL_EVENT", "P1BA3", "SR-TG-2",
     "a module heats faster than any load can: a cell is in thermal runaway"},
    {"LINK_VOLTAGE_IMPLAUSIBLE", "P1BA4", "SR-PV-2",
     "contactors are closed but link and pack voltage differ"},
    {"DEADLINE_MISSED", "P1BA5", "SR-WD-1", "a step came later than twice its period"},
    {"WATCHDOG_RESET", "P1BA6", "SR-WD-2", "the watchdog has reset the controller"},
    {"NVM_WRITE", "P1BA7", "SR-NV-2", "the memory does not take what is written"},
};

const char *dtc_name(uint32_t dtc) { return dtc < DTC_COUNT ? dtc_text[dtc].name : "?"; }

int32_t dtc_find(const char *name) {
  for (int32_t i = 0; i < DTC_COUNT; i++) {
    if (strcmp(dtc_text[i].name, name) == 0) return i;
  }
  return -1;
}
