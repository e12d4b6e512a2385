/// Payloads of the memory's records: 56 bytes each, field by field, little endian.
///
/// Model    layout in docs/dtc-memory.md; bytes that no field uses are 0
#ifndef ECU_MODEL_CORE_RECORD_H
#define ECU_MODEL_CORE_RECORD_H

#include "bms.h"

enum { RECORD_PAYLOAD_BYTES = 56 };

/// What the record would hold if it were written now.
void record_fill(const bms_t *bms, uint32_t record, uint8_t *payload);

/// Take over what a record holds. A DTC that was latched becomes active again, with the location
/// of its last frame.
void record_take(bms_t *bms, uint32_t record, const uint8_t *payload);

/// Both copies of a record are damaged. A DTC whose row latches counts as latched, since nobody can
/// say that it was not; everything else begins anew.
void record_lose(bms_t *bms, uint32_t record);

#endif
