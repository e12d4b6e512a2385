/// The bits of a frame one after the other, from its start to the last bit before its CRC.
///
/// Model    only what collides or is hit on the wire is looked at so closely; lengths are
///          can_mem_frame_bits'
#ifndef SIM_CAN_CAN_MEM_BITS_H
#define SIM_CAN_CAN_MEM_BITS_H

#include "can_mem.h"

enum { CAN_MEM_BITS_MAX = 576 };

typedef struct {
  uint32_t count;
  uint32_t fast_from; ///< bits from here on run at the data rate; CAN_MEM_BITS_MAX: none
  uint8_t bit[CAN_MEM_BITS_MAX]; ///< without stuff bits
} can_mem_bits_t;

/// How a frame stands on the wire behind one of its bits.
typedef struct {
  uint32_t bits, data_bits; ///< up to and with it, stuff bits included, at either rate
  uint32_t run; ///< equal bits in a row, it included
  uint8_t level; ///< of it
} can_mem_place_t;

void can_mem_bits_of(can_mem_bits_t *bits, const can_frame_t *frame);

/// index < bits->count. is_flipped: the wire shows the opposite of bit index.
can_mem_place_t can_mem_bits_place(const can_mem_bits_t *bits, uint32_t index, int is_flipped);

/// First bit in which two frames differ: CAN_MEM_BITS_MAX iff in none.
uint32_t can_mem_bits_differ(const can_mem_bits_t *a, const can_mem_bits_t *b);

#endif
