/// Rows of the identifiers, generated from ecu_model/db/did.csv: do not edit.
#include "did.h"

const did_row_t did_row[DID_COUNT] = {
    [DID_SESSION] =
        {0xF186, 1, 1, 1},
    [DID_OPERATING_TIME] =
        {0x0200, 4, 1, 3},
    [DID_CURRENT] =
        {0x0201, 2, 1, 3},
    [DID_PACK_VOLTAGE] =
        {0x0202, 2, 1, 3},
    [DID_LINK_VOLTAGE] =
        {0x0203, 2, 1, 3},
    [DID_GROUP_MAX] =
        {0x0204, 2, 1, 3},
    [DID_GROUP_MIN] =
        {0x0205, 2, 1, 3},
    [DID_GROUP_MAX_INDEX] =
        {0x0206, 1, 1, 3},
    [DID_GROUP_MIN_INDEX] =
        {0x0207, 1, 1, 3},
    [DID_TEMPERATURE_MAX] =
        {0x0208, 2, 1, 3},
    [DID_TEMPERATURE_MIN] =
        {0x0209, 2, 1, 3},
    [DID_TEMPERATURE_MAX_INDEX] =
        {0x020A, 1, 1, 3},
    [DID_TEMPERATURE_MIN_INDEX] =
        {0x020B, 1, 1, 3},
    [DID_SOC] =
        {0x020C, 2, 1, 3},
    [DID_STATE] =
        {0x020D, 1, 1, 3},
    [DID_LOCATION] =
        {0x020E, 1, 1, 2},
    [DID_CHARGE_POWER] =
        {0x0210, 4, 1, 1},
    [DID_DISCHARGE_POWER] =
        {0x0211, 4, 1, 1},
    [DID_CHARGE_CURRENT] =
        {0x0212, 4, 1, 1},
    [DID_DISCHARGE_CURRENT] =
        {0x0213, 4, 1, 1},
    [DID_SUPPLY_VOLTAGE] =
        {0x0214, 4, 1, 1},
    [DID_INLET_TEMPERATURE] =
        {0x0215, 2, 1, 1},
    [DID_HEATER_TEMPERATURES] =
        {0x0216, 2, 2, 1},
    [DID_FAN_STEP] =
        {0x0217, 1, 1, 1},
    [DID_FAN_SPEED] =
        {0x0218, 2, 1, 1},
    [DID_ISOLATION] =
        {0x0220, 4, 1, 1},
    [DID_ISOLATION_POS] =
        {0x0221, 4, 1, 1},
    [DID_ISOLATION_NEG] =
        {0x0222, 4, 1, 1},
    [DID_LEAK_HEIGHT] =
        {0x0223, 2, 1, 1},
    [DID_ISOLATION_QUALITY] =
        {0x0224, 1, 1, 1},
    [DID_CYCLES] =
        {0x0230, 4, 1, 1},
    [DID_CLOSINGS] =
        {0x0231, 4, 1, 1},
    [DID_LOADED_OPENINGS] =
        {0x0232, 4, 1, 1},
    [DID_DISCHARGED_CHARGE] =
        {0x0233, 4, 1, 1},
    [DID_CHARGED_CHARGE] =
        {0x0234, 4, 1, 1},
    [DID_DISCHARGED_ENERGY] =
        {0x0235, 4, 1, 1},
    [DID_CHARGED_ENERGY] =
        {0x0236, 4, 1, 1},
    [DID_RESETS] =
        {0x0237, 4, 1, 1},
    [DID_WATCHDOG_RESETS] =
        {0x0238, 2, 1, 1},
    [DID_BROWN_OUTS] =
        {0x0239, 2, 1, 1},
    [DID_LATE_STEPS] =
        {0x023A, 4, 1, 1},
    [DID_GROUP_VOLTAGES] =
        {0x0240, 2, 96, 1},
    [DID_MODULE_TEMPERATURES] =
        {0x0241, 2, 8, 1},
    [DID_OPEN_WIRES] =
        {0x0242, 1, 14, 1},
    [DID_ACTIVE_DTCS] =
        {0x0250, 1, 1, 1},
    [DID_FAULT_LEVEL] =
        {0x0251, 1, 1, 1},
};
