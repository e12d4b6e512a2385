/// Names and units of the identifiers, generated from ecu_model/db/did.csv: do not edit.
#include "did_text.h"

const did_text_t did_text[DID_COUNT] = {
    {"SESSION", "", "running session: 1 default or 3 extended", 1, DID_UNSIGNED},
    {"OPERATING_TIME", "s", "operating time of the ECU", 1, DID_UNSIGNED},
    {"CURRENT", "A", "pack current; discharge is positive", 0.1, DID_SIGNED},
    {"PACK_VOLTAGE", "V", "pack side of the contactors", 0.1, DID_UNSIGNED},
    {"LINK_VOLTAGE", "V", "DC link", 0.1, DID_UNSIGNED},
    {"GROUP_MAX", "V", "highest group", 0.001, DID_UNSIGNED},
    {"GROUP_MIN", "V", "lowest group", 0.001, DID_UNSIGNED},
    {"GROUP_MAX_INDEX", "", "which group is highest: 0 is M1C1", 1, DID_INDEX},
    {"GROUP_MIN_INDEX", "", "which group is lowest", 1, DID_INDEX},
    {"TEMPERATURE_MAX", "degC", "warmest module", 0.1, DID_SIGNED},
    {"TEMPERATURE_MIN", "degC", "coldest module", 0.1, DID_SIGNED},
    {"TEMPERATURE_MAX_INDEX", "", "which module is warmest: 0 is M1", 1, DID_INDEX},
    {"TEMPERATURE_MIN_INDEX", "", "which module is coldest", 1, DID_INDEX},
    {"SOC", "%", "state of charge; above 100 %: not known yet", 0.1, DID_UNSIGNED},
    {"STATE", "", "state of the state machine as in BMS_Status", 1, DID_UNSIGNED},
    {"LOCATION", "", "wire or group or module of the fault", 1, DID_INDEX},
    {"CHARGE_POWER", "W", "allowed charge power", 1, DID_SIGNED},
    {"DISCHARGE_POWER", "W", "allowed discharge power", 1, DID_SIGNED},
    {"CHARGE_CURRENT", "A", "allowed charge current", 0.001, DID_SIGNED},
    {"DISCHARGE_CURRENT", "A", "allowed discharge current", 0.001, DID_SIGNED},
    {"SUPPLY_VOLTAGE", "V", "12 V supply", 0.001, DID_SIGNED},
    {"INLET_TEMPERATURE", "degC", "cooling air at the inlet", 0.1, DID_SIGNED},
    {"HEATER_TEMPERATURES", "degC", "heater mats", 0.1, DID_SIGNED},
    {"FAN_STEP", "", "fan step as commanded", 1, DID_UNSIGNED},
    {"FAN_SPEED", "Hz", "fan tacho", 1, DID_UNSIGNED},
    {"ISOLATION", "ohm", "isolation to the chassis", 1, DID_UNSIGNED},
    {"ISOLATION_POS", "ohm", "isolation of the positive pole", 1, DID_UNSIGNED},
    {"ISOLATION_NEG", "ohm", "isolation of the negative pole", 1, DID_UNSIGNED},
    {"LEAK_HEIGHT", "%", "where the leak sits: 0 at pack minus and 100 at pack plus", 0.1,
     DID_UNSIGNED},
    {"ISOLATION_QUALITY", "", "0 valid; 1 estimate; 3 and above: no result", 1, DID_UNSIGNED},
    {"CYCLES", "", "operating cycles finished", 1, DID_UNSIGNED},
    {"CLOSINGS", "", "closings of the main contactors", 1, DID_UNSIGNED},
    {"LOADED_OPENINGS", "", "openings under more than 5 A", 1, DID_UNSIGNED},
    {"DISCHARGED_CHARGE", "As", "charge taken out over the ECU's life", 1, DID_UNSIGNED},
    {"CHARGED_CHARGE", "As", "charge put in over the ECU's life", 1, DID_UNSIGNED},
    {"DISCHARGED_ENERGY", "kJ", "energy taken out over the ECU's life", 1, DID_UNSIGNED},
    {"CHARGED_ENERGY", "kJ", "energy put in over the ECU's life", 1, DID_UNSIGNED},
    {"RESETS", "", "resets of any cause", 1, DID_UNSIGNED},
    {"WATCHDOG_RESETS", "", "of these by the watchdog", 1, DID_UNSIGNED},
    {"BROWN_OUTS", "", "of these by a brown-out", 1, DID_UNSIGNED},
    {"LATE_STEPS", "", "steps since reset that came late", 1, DID_UNSIGNED},
    {"GROUP_VOLTAGES", "V", "all groups from M1C1 to M8C14; FFFF: no valid value", 0.001,
     DID_UNSIGNED},
    {"MODULE_TEMPERATURES", "degC", "modules M1 to M8; 8000: no valid value", 0.1, DID_SIGNED},
    {"OPEN_WIRES", "", "broken sense wires: bit 0 of the first byte is wire 0", 1, DID_BITS},
    {"ACTIVE_DTCS", "", "DTCs that are active", 1, DID_UNSIGNED},
    {"FAULT_LEVEL", "", "worst level of them: 1 info; 2 warning; 3 fault", 1, DID_UNSIGNED},
};

int32_t did_find(uint32_t id) {
  for (int32_t i = 0; i < DID_COUNT; i++) {
    if (did_row[i].id == id) return i;
  }
  return -1;
}
