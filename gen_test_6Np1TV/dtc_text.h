/// Names and help of the DTCs, generated from ecu_model/db/dtc.csv: do not edit.
#ifndef ECU_MODEL_GEN_DTC_TEXT_H
#define ECU_MODEL_GEN_DTC_TEXT_H

#include <stdint.h>

#include "dtc.h"

typedef struct {
  const char *name;        ///< "CELL_OVERVOLTAGE"
  const char *code;        ///< "P0A7E" or "P0A7E-16"
  const char *requirement; ///< "SR-OV-1"
  const char *help;
} dtc_text_t;

extern const dtc_text_t dtc_text[DTC_COUNT];

/// "CELL_OVERVOLTAGE"; "?" iff there is no such DTC.
const char *dtc_name(uint32_t dtc);

/// Index of the DTC called name, -1 iff there is none.
int32_t dtc_find(const char *name);

#endif
