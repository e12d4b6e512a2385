/// PEC15 as a sum: what each byte of a short message adds to it, apart from the core's way, so that
/// a slip of either shows.
#include "ltc6813.h"

/// What bit b of byte n, counted from the last byte, adds: x^(15 + 8 n + b) modulo 0x4599's
/// polynomial (data sheet, packet error code).
#define BITS_0 0x4599, 0x4EAB, 0x58CF, 0x7407, 0x2D97, 0x5B2E, 0x73C5, 0x2213
#define BITS_1 0x4426, 0x4DD5, 0x5E33, 0x79FF, 0x3667, 0x6CCE, 0x1C05, 0x380A
#define BITS_2 0x7014, 0x25B1, 0x4B62, 0x535D, 0x6323, 0x03DF, 0x07BE, 0x0F7C
#define BITS_3 0x1EF8, 0x3DF0, 0x7BE0, 0x3259, 0x64B2, 0x0CFD, 0x19FA, 0x33F4
#define BITS_4 0x67E8, 0x0A49, 0x1492, 0x2924, 0x5248, 0x6109, 0x078B, 0x0F16
#define BITS_5 0x1E2C, 0x3C58, 0x78B0, 0x34F9, 0x69F2, 0x167D, 0x2CFA, 0x59F4

#define BIT(byte, b, adds) ((byte) >> (b)&1 ? (adds) : 0)
#define SUM(byte, b0, b1, b2, b3, b4, b5, b6, b7)                                                  \
  (BIT(byte, 0, b0) ^ BIT(byte, 1, b1) ^ BIT(byte, 2, b2) ^ BIT(byte, 3, b3) ^ BIT(byte, 4, b4) ^  \
   BIT(byte, 5, b5) ^ BIT(byte, 6, b6) ^ BIT(byte, 7, b7))
#define SUMS_4(byte, ...)                                                                          \
  SUM((byte), __VA_ARGS__), SUM((byte) + 1, __VA_ARGS__), SUM((byte) + 2, __VA_ARGS__),            \
      SUM((byte) + 3, __VA_ARGS__)
#define SUMS_16(byte, ...)                                                                         \
  SUMS_4((byte), __VA_ARGS__), SUMS_4((byte) + 4, __VA_ARGS__), SUMS_4((byte) + 8, __VA_ARGS__),   \
      SUMS_4((byte) + 12, __VA_ARGS__)
#define SUMS_64(byte, ...)                                                                         \
  SUMS_16((byte), __VA_ARGS__), SUMS_16((byte) + 16, __VA_ARGS__),                                 \
      SUMS_16((byte) + 32, __VA_ARGS__), SUMS_16((byte) + 48, __VA_ARGS__)
#define SUMS_256(...)                                                                              \
  SUMS_64(0, __VA_ARGS__), SUMS_64(64, __VA_ARGS__), SUMS_64(128, __VA_ARGS__),                    \
      SUMS_64(192, __VA_ARGS__)

static const uint16_t adds[LTC6813_GROUP_BYTES][256] = {
    {SUMS_256(BITS_0)}, {SUMS_256(BITS_1)}, {SUMS_256(BITS_2)},
    {SUMS_256(BITS_3)}, {SUMS_256(BITS_4)}, {SUMS_256(BITS_5)},
};

/// What the start value 16 adds behind so many bytes: x^(4 + 8 n).
static const uint16_t start_adds[LTC6813_GROUP_BYTES + 1] = {0x0010, 0x1000, 0x5B2E, 0x6CCE,
                                                             0x03DF, 0x0CFD, 0x6109};

static inline uint16_t pec_of_group(const uint8_t *data) {
  const uint32_t remainder = start_adds[LTC6813_GROUP_BYTES] ^ adds[5][data[0]] ^ adds[4][data[1]] ^
                             adds[3][data[2]] ^ adds[2][data[3]] ^ adds[1][data[4]] ^
                             adds[0][data[5]];
  return (uint16_t)(remainder << 1);
}

void ltc6813_put_pecs(uint8_t *replies, uint32_t count) {
  for (uint8_t *end = replies + count * LTC6813_REPLY_BYTES; replies < end;
       replies += LTC6813_REPLY_BYTES) {
    const uint16_t pec = pec_of_group(replies);
    replies[LTC6813_GROUP_BYTES] = (uint8_t)(pec >> 8);
    replies[LTC6813_GROUP_BYTES + 1] = (uint8_t)(pec & 0xFF);
  }
}

uint16_t ltc6813_pec(const uint8_t *data, uint32_t count) {
  if (count == LTC6813_GROUP_BYTES) return pec_of_group(data);
  if (count == 2) return (uint16_t)((start_adds[2] ^ adds[1][data[0]] ^ adds[0][data[1]]) << 1);
  uint32_t remainder = start_adds[count];
  for (uint32_t i = 0; i < count; i++) remainder ^= adds[count - 1 - i][data[i]];
  return (uint16_t)(remainder << 1);
}
