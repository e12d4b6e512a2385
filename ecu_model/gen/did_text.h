/// Names and units of the identifiers, generated from ecu_model/db/did.csv: do not edit.
#ifndef ECU_MODEL_GEN_DID_TEXT_H
#define ECU_MODEL_GEN_DID_TEXT_H

#include <stdint.h>

#include "did.h"

typedef enum { DID_UNSIGNED, DID_SIGNED, DID_INDEX, DID_BITS } did_kind_t;

typedef struct {
  const char *name; ///< "PACK_VOLTAGE"
  const char *unit; ///< "" iff it has none
  const char *help;
  double scale; ///< raw value times this has the unit
  uint8_t kind; ///< did_kind_t
} did_text_t;

extern const did_text_t did_text[DID_COUNT];

/// Row of an identifier, -1 iff there is none.
int32_t did_find(uint32_t id);

#endif
