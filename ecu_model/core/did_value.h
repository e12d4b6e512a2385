/// Values of the identifiers: from what the core believes now, or from a freeze frame.
///
/// Model    fields are read where they stand, in the core's own unit; big-endian on the bus
/// Source   db/did.csv: ids, widths, units
#ifndef ECU_MODEL_CORE_DID_VALUE_H
#define ECU_MODEL_CORE_DID_VALUE_H

#include "../gen/did.h"
#include "bms.h"

/// Row of an identifier that service 0x22 reads; DID_COUNT iff there is none.
uint32_t did_value_find(uint32_t id);

static inline uint32_t did_value_bytes(uint32_t did) {
  return (uint32_t)did_row[did].value_bytes * did_row[did].value_count;
}

/// Write the did_value_bytes of a row that is read.
void did_value_put(const bms_t *bms, uint32_t did, uint8_t *bytes);

/// The same of a row that freeze frames have.
void did_value_put_frame(const bms_frame_t *frame, uint32_t did, uint8_t *bytes);

#endif
