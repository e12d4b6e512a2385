/// Names of the limit rows, generated from ecu_model/db/limits.csv: do not edit.
#include "limits_text.h"

const limits_text_t limits_text[LIMITS_COUNT] = {
    {"GROUP_MAX", "SR-OV-1", "assumed"},
    {"GROUP_MIN", "SR-UV-1", "assumed"},
    {"TEMPERATURE_MAX_CHARGE", "SR-OT-1", "assumed"},
    {"TEMPERATURE_MAX_DISCHARGE", "SR-OT-1", "assumed"},
    {"TEMPERATURE_MAX_REST", "SR-OT-1", "assumed"},
    {"TEMPERATURE_MIN_CHARGE", "SR-UT-1", "assumed"},
    {"TEMPERATURE_MIN_DISCHARGE", "SR-UT-1", "assumed"},
    {"TEMPERATURE_MIN_REST", "SR-UT-1", "assumed"},
    {"CURRENT_DISCHARGE", "SR-OC-1", "assumed"},
    {"CURRENT_CHARGE", "SR-OC-2", "assumed"},
    {"GROUP_SPREAD", "SR-SP-1", "assumed"},
    {"TEMPERATURE_SPREAD", "SR-TG-1", "assumed"},
    {"TEMPERATURE_RISE", "SR-TG-2", "assumed"},
};
