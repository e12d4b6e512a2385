/// Writes a frame bit by bit and finds places in it.
#include "can_mem_bits.h"

enum { STUFF_RUN = 5, DLC_FIRST_LONG = 9 };

static void put(can_mem_bits_t *bits, uint32_t value, uint32_t count) {
  while (count-- > 0) bits->bit[bits->count++] = value >> count & 1u;
}

static uint32_t dlc_of(uint32_t len) {
  static const uint8_t long_len[] = {12, 16, 20, 24, 32, 48, 64};
  if (len < long_len[0]) return len;
  uint32_t step = 0;
  while (long_len[step] < len) step++;
  return DLC_FIRST_LONG + step;
}

static void put_control(can_mem_bits_t *bits, const can_frame_t *frame) {
  int is_extended = (frame->flags & CAN_FRAME_EXTENDED) != 0;
  int is_fd = (frame->flags & CAN_FRAME_FD) != 0;
  if (!is_extended) put(bits, 0, 1); /* IDE */
  if (!is_fd) {
    put(bits, 0, is_extended ? 2 : 1); /* r1 and r0, or r0 */
    return;
  }
  put(bits, 2, 2); /* FDF, res */
  put(bits, (frame->flags & CAN_FRAME_BRS) != 0, 1);
  if ((frame->flags & CAN_FRAME_BRS) != 0) bits->fast_from = bits->count;
  put(bits, 0, 1); /* ESI */
}

void can_mem_bits_of(can_mem_bits_t *bits, const can_frame_t *frame) {
  uint32_t remote = (frame->flags & CAN_FRAME_REMOTE) != 0;
  bits->count = 0;
  bits->fast_from = CAN_MEM_BITS_MAX;
  put(bits, 0, 1); /* start of frame */
  if ((frame->flags & CAN_FRAME_EXTENDED) != 0) {
    put(bits, frame->id >> 18, 11);
    put(bits, 3, 2); /* SRR, IDE */
    put(bits, frame->id & 0x3FFFFu, 18);
  } else {
    put(bits, frame->id, 11);
  }
  put(bits, remote, 1);
  put_control(bits, frame);
  put(bits, dlc_of(frame->len), 4);
  for (uint32_t i = 0; !remote && i < frame->len; i++) put(bits, frame->data[i], 8);
}

can_mem_place_t can_mem_bits_place(const can_mem_bits_t *bits, uint32_t index, int is_flipped) {
  can_mem_place_t place = {.level = 1};
  for (uint32_t i = 0; i <= index; i++) {
    uint32_t *count = i >= bits->fast_from ? &place.data_bits : &place.bits;
    uint8_t bit = bits->bit[i];
    if (place.run == STUFF_RUN) {
      place.level = !place.level;
      place.run = 1;
      ++*count;
    }
    if (i == index && is_flipped) bit = !bit;
    place.run = bit == place.level && i > 0 ? place.run + 1 : 1;
    place.level = bit;
    ++*count;
  }
  return place;
}

uint32_t can_mem_bits_differ(const can_mem_bits_t *a, const can_mem_bits_t *b) {
  for (uint32_t i = 0; i < a->count && i < b->count; i++) {
    if (a->bit[i] != b->bit[i]) return i;
  }
  return CAN_MEM_BITS_MAX;
}
