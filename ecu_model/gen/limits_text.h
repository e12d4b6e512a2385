/// Names of the limit rows, generated from ecu_model/db/limits.csv: do not edit.
#ifndef ECU_MODEL_GEN_LIMITS_TEXT_H
#define ECU_MODEL_GEN_LIMITS_TEXT_H

#include "limits.h"

typedef struct {
  const char *name;        ///< "GROUP_MAX"
  const char *requirement; ///< "SR-OV-1"
  const char *source;      ///< where the limits come from
} limits_text_t;

extern const limits_text_t limits_text[LIMITS_COUNT];

#endif
