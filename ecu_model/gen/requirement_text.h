/// Safety requirements, generated from ecu_model/db/requirements.csv: do not edit.
#ifndef ECU_MODEL_GEN_REQUIREMENT_TEXT_H
#define ECU_MODEL_GEN_REQUIREMENT_TEXT_H

#include <stdint.h>

enum { REQUIREMENT_COUNT = 63 };

typedef struct {
  const char *id;     ///< "SR-OV-1"
  const char *source; ///< standard, design, assumed
  uint32_t detect_ms; ///< from the begin of the fault to the DTC; 0: not timed
  uint32_t react_ms;  ///< to the reaction; 0: there is none
  const char *text;
} requirement_text_t;

extern const requirement_text_t requirement_text[REQUIREMENT_COUNT];

/// Index of the requirement called id, -1 iff there is none.
int32_t requirement_find(const char *id);

#endif
