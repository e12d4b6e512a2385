/// Bitwise CRCs, sums and exclusive ors over the bytes that a maker's rule names.
#include "can_checksum.h"

uint32_t can_checksum_bits(can_checksum_kind_t kind) {
  if (kind == CAN_CHECKSUM_NONE) return 0;
  return kind == CAN_CHECKSUM_CRC16 ? 16 : 8;
}

static uint16_t crc(uint16_t value, uint8_t byte, uint16_t polynomial, uint32_t bits) {
  const uint32_t top = UINT32_C(1) << (bits - 1), mask = (top << 1) - 1;
  uint32_t rest = value ^ ((uint32_t)byte << (bits - 8));
  for (uint32_t i = 0; i < 8; i++)
    rest = ((rest & top) != 0 ? rest << 1 ^ polynomial : rest << 1) & mask;
  return (uint16_t)rest;
}

static uint16_t add(const can_checksum_t *sum, uint16_t value, uint8_t byte) {
  switch (sum->kind) {
  case CAN_CHECKSUM_CRC8:
  case CAN_CHECKSUM_CRC16:
    return crc(value, byte, sum->polynomial, can_checksum_bits(sum->kind));
  case CAN_CHECKSUM_SUM:
    return (uint16_t)((value + byte) & 0xFF);
  case CAN_CHECKSUM_XOR:
    return (uint16_t)(value ^ byte);
  case CAN_CHECKSUM_NONE:
    break;
  }
  return 0;
}

uint16_t can_checksum(const can_checksum_t *sum, const uint8_t *data, const uint8_t *is_own,
                      uint32_t byte_count, uint32_t counter) {
  uint16_t value = sum->start;
  for (uint32_t i = 0; i < sum->before_count; i++) value = add(sum, value, sum->before[i]);
  for (uint32_t i = 0; i < byte_count; i++)
    if (!is_own[i]) value = add(sum, value, data[i]);
  for (uint32_t i = 0; i < sum->after_count; i++) value = add(sum, value, sum->after[i]);
  if (sum->has_by_counter)
    value = add(sum, value, sum->by_counter[counter % CAN_CHECKSUM_COUNTERS]);
  return (uint16_t)(value ^ sum->end_xor);
}
