/// Where each field of the structs on the lockstep link lies: both sides compare it at the start,
/// and a difference of two outputs is named by it.
#ifndef ECU_MODEL_FIRMWARE_LOCKSTEP_LAYOUT_H
#define ECU_MODEL_FIRMWARE_LOCKSTEP_LAYOUT_H

#include <stdint.h>

#include "lockstep.h"

typedef enum { LOCKSTEP_STRUCT_BOOT, LOCKSTEP_STRUCT_IN, LOCKSTEP_STRUCT_OUT } lockstep_struct_t;

/// How much of an array counts; the rest keeps old bytes.
typedef enum { LOCKSTEP_ALL, LOCKSTEP_USED_FRAMES, LOCKSTEP_USED_BYTES } lockstep_used_t;

typedef struct {
  const char *name; ///< "can_tx[].data[]"; of a whole struct: its type, count 0
  uint32_t offset;
  uint16_t bytes; ///< of one element
  uint16_t count; ///< elements side by side
  uint16_t row_count, row_stride; ///< of the structs around them; 1, 0: none
  uint8_t owner; ///< lockstep_struct_t
  uint8_t used; ///< lockstep_used_t
} lockstep_field_t;

/// What HELLO carries for each field.
typedef struct {
  uint16_t offset;
  uint16_t bytes; ///< of one element
  uint16_t total_bytes; ///< from the first element to the end of the last
} lockstep_place_t;

enum { LOCKSTEP_FIELD_COUNT = 60 };

extern const lockstep_field_t lockstep_layout[LOCKSTEP_FIELD_COUNT];
extern const lockstep_place_t lockstep_place[LOCKSTEP_FIELD_COUNT];

#endif
