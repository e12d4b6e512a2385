/// Frame lengths to the bit: stuffing and CRC-15, several bits at a time.
#include "can_mem.h"

enum {
  TAIL_BITS = 10, ///< CRC delimiter, ACK slot, ACK delimiter, 7 bits end of frame
  CRC_BITS = 15,
  STUFF_RUN = 5, ///< so many equal bits are followed by their opposite
  RUN_IDLE = 1, ///< no bit yet, idle is 1
  CHUNK_BYTES = 8,
  FD_STUFF_COUNT_BITS = 4,
  FD_CRC_SHORT = 17, ///< up to 16 bytes
  FD_CRC_LONG = 21,
  FD_SHORT_BYTES = 16,
  FD_FIXED_SHORT = 6, ///< fixed stuff bits: one before the stuff count, then one after each 4 bits
  FD_FIXED_LONG = 7
};

/// A frame's bits as they go by.
typedef struct {
  uint32_t run; ///< 2 x length of the run of equal bits + the last bit
  uint32_t crc;
  uint32_t stuffed; ///< stuff bits so far
} wire_t;

/// Bits of a frame at both bit rates, stuff bits included.
typedef struct {
  uint32_t bits, data_bits;
} length_t;

/// What four more bits make of a run: bits 0..3 the run behind them, bit 4: a stuff bit is among
/// them. A run of five is followed by a stuff bit, its opposite, which begins the next run.
static const uint8_t run_after[2 * (STUFF_RUN + 1)][16] = {
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x0A, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x0B},
    {0x12, 0x15, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x14,
     0x13},
    {0x14, 0x13, 0x12, 0x17, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x06, 0x03, 0x02, 0x05, 0x16, 0x13, 0x12,
     0x15},
    {0x16, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12, 0x19, 0x06, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02,
     0x09},
    {0x08, 0x03, 0x02, 0x05, 0x04, 0x03, 0x02, 0x07, 0x18, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12,
     0x17},
    {0x18, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12, 0x17, 0x16, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12,
     0x1B},
    {0x1A, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12, 0x17, 0x16, 0x13, 0x12, 0x15, 0x14, 0x13, 0x12,
     0x19},
};

/// Remainders of a byte for the polynomial 0x4599.
static const uint16_t crc_of[256] = {
    0x0000, 0x4599, 0x4EAB, 0x0B32, 0x58CF, 0x1D56, 0x1664, 0x53FD, 0x7407, 0x319E, 0x3AAC, 0x7F35,
    0x2CC8, 0x6951, 0x6263, 0x27FA, 0x2D97, 0x680E, 0x633C, 0x26A5, 0x7558, 0x30C1, 0x3BF3, 0x7E6A,
    0x5990, 0x1C09, 0x173B, 0x52A2, 0x015F, 0x44C6, 0x4FF4, 0x0A6D, 0x5B2E, 0x1EB7, 0x1585, 0x501C,
    0x03E1, 0x4678, 0x4D4A, 0x08D3, 0x2F29, 0x6AB0, 0x6182, 0x241B, 0x77E6, 0x327F, 0x394D, 0x7CD4,
    0x76B9, 0x3320, 0x3812, 0x7D8B, 0x2E76, 0x6BEF, 0x60DD, 0x2544, 0x02BE, 0x4727, 0x4C15, 0x098C,
    0x5A71, 0x1FE8, 0x14DA, 0x5143, 0x73C5, 0x365C, 0x3D6E, 0x78F7, 0x2B0A, 0x6E93, 0x65A1, 0x2038,
    0x07C2, 0x425B, 0x4969, 0x0CF0, 0x5F0D, 0x1A94, 0x11A6, 0x543F, 0x5E52, 0x1BCB, 0x10F9, 0x5560,
    0x069D, 0x4304, 0x4836, 0x0DAF, 0x2A55, 0x6FCC, 0x64FE, 0x2167, 0x729A, 0x3703, 0x3C31, 0x79A8,
    0x28EB, 0x6D72, 0x6640, 0x23D9, 0x7024, 0x35BD, 0x3E8F, 0x7B16, 0x5CEC, 0x1975, 0x1247, 0x57DE,
    0x0423, 0x41BA, 0x4A88, 0x0F11, 0x057C, 0x40E5, 0x4BD7, 0x0E4E, 0x5DB3, 0x182A, 0x1318, 0x5681,
    0x717B, 0x34E2, 0x3FD0, 0x7A49, 0x29B4, 0x6C2D, 0x671F, 0x2286, 0x2213, 0x678A, 0x6CB8, 0x2921,
    0x7ADC, 0x3F45, 0x3477, 0x71EE, 0x5614, 0x138D, 0x18BF, 0x5D26, 0x0EDB, 0x4B42, 0x4070, 0x05E9,
    0x0F84, 0x4A1D, 0x412F, 0x04B6, 0x574B, 0x12D2, 0x19E0, 0x5C79, 0x7B83, 0x3E1A, 0x3528, 0x70B1,
    0x234C, 0x66D5, 0x6DE7, 0x287E, 0x793D, 0x3CA4, 0x3796, 0x720F, 0x21F2, 0x646B, 0x6F59, 0x2AC0,
    0x0D3A, 0x48A3, 0x4391, 0x0608, 0x55F5, 0x106C, 0x1B5E, 0x5EC7, 0x54AA, 0x1133, 0x1A01, 0x5F98,
    0x0C65, 0x49FC, 0x42CE, 0x0757, 0x20AD, 0x6534, 0x6E06, 0x2B9F, 0x7862, 0x3DFB, 0x36C9, 0x7350,
    0x51D6, 0x144F, 0x1F7D, 0x5AE4, 0x0919, 0x4C80, 0x47B2, 0x022B, 0x25D1, 0x6048, 0x6B7A, 0x2EE3,
    0x7D1E, 0x3887, 0x33B5, 0x762C, 0x7C41, 0x39D8, 0x32EA, 0x7773, 0x248E, 0x6117, 0x6A25, 0x2FBC,
    0x0846, 0x4DDF, 0x46ED, 0x0374, 0x5089, 0x1510, 0x1E22, 0x5BBB, 0x0AF8, 0x4F61, 0x4453, 0x01CA,
    0x5237, 0x17AE, 0x1C9C, 0x5905, 0x7EFF, 0x3B66, 0x3054, 0x75CD, 0x2630, 0x63A9, 0x689B, 0x2D02,
    0x276F, 0x62F6, 0x69C4, 0x2C5D, 0x7FA0, 0x3A39, 0x310B, 0x7492, 0x5368, 0x16F1, 0x1DC3, 0x585A,
    0x0BA7, 0x4E3E, 0x450C, 0x0095,
};

/// Stuffs one bit.
static void stuff_bit(wire_t *wire, uint32_t bit) {
  if (wire->run >> 1 == STUFF_RUN) {
    wire->run = 1u << 1 | (~wire->run & 1u);
    wire->stuffed++;
  }
  wire->run = bit == (wire->run & 1u) ? wire->run + 2 : 1u << 1 | bit;
}

/// Stuffs the lower count bits of value (at most 64), the upper ones first.
static inline void stuff(wire_t *wire, uint64_t value, uint32_t count) {
  uint32_t left = count;
  for (; left % 4 != 0; left--) stuff_bit(wire, (uint32_t)(value >> (left - 1)) & 1u);
  uint32_t run = wire->run, stuffed = wire->stuffed;
  for (; left > 0; left -= 4) {
    const uint32_t after = run_after[run][value >> (left - 4) & 0xFu];
    run = after & 0xFu;
    stuffed += after >> 4;
  }
  wire->run = run;
  wire->stuffed = stuffed;
}

/// The remainder behind one more byte. Zeros before the first 1 of a frame change nothing.
static inline uint32_t crc_behind(uint32_t crc, uint32_t byte) {
  return (crc << 8 & 0x7FFFu) ^ crc_of[(crc >> 7 ^ byte) & 0xFFu];
}

/// Stuffs the lower bytes of value and takes them into the CRC.
static inline void put(wire_t *wire, uint64_t value, uint32_t bytes) {
  uint32_t run = wire->run, stuffed = wire->stuffed, crc = wire->crc;
  for (uint32_t left = 8 * bytes; left > 0; left -= 8) {
    const uint32_t byte = (uint32_t)(value >> (left - 8)) & 0xFFu;
    const uint32_t half = run_after[run][byte >> 4], whole = run_after[half & 0xFu][byte & 0xFu];
    run = whole & 0xFu;
    stuffed += (half >> 4) + (whole >> 4);
    crc = crc_behind(crc, byte);
  }
  wire->run = run;
  wire->stuffed = stuffed;
  wire->crc = crc;
}

static uint32_t dlc_of(uint32_t len) {
  static const uint8_t fd_len[] = {12, 16, 20, 24, 32, 48, 64};
  if (len <= 8) return len;
  uint32_t dlc = 9;
  while (dlc < 15 && fd_len[dlc - 9] != len) dlc++;
  return dlc;
}

static uint32_t is_remote(const can_frame_t *frame) {
  return (frame->flags & CAN_FRAME_REMOTE) != 0;
}

static uint32_t is_extended(const can_frame_t *frame) {
  return (frame->flags & CAN_FRAME_EXTENDED) != 0;
}

/// Start of frame up to the last bit of the identifier: 12 bits, extended ones 32.
static uint64_t arbitration_of(const can_frame_t *frame) {
  const uint64_t id = frame->id;
  if (is_extended(frame)) /* SRR, IDE: 1 */
    return (id >> 18 & 0x7FFu) << 20 | 3u << 18 | (id & 0x3FFFFu);
  return id & 0x7FFu;
}

static inline uint64_t load(const uint8_t *data) {
  return (uint64_t)data[0] << 56 | (uint64_t)data[1] << 48 | (uint64_t)data[2] << 40 |
         (uint64_t)data[3] << 32 | (uint64_t)data[4] << 24 | (uint64_t)data[5] << 16 |
         (uint64_t)data[6] << 8 | data[7];
}

/// Bits of the data.
static uint32_t put_data(wire_t *wire, const can_frame_t *frame) {
  if (is_remote(frame)) return 0;
  const uint32_t rest = frame->len % CHUNK_BYTES, whole = frame->len - rest;
  for (uint32_t i = 0; i < whole; i += CHUNK_BYTES) put(wire, load(&frame->data[i]), CHUNK_BYTES);
  if (rest > 0) put(wire, load(&frame->data[whole]) >> 8 * (CHUNK_BYTES - rest), rest);
  return 8u * frame->len;
}

/// A 1 before the start of frame, which belongs to the idle bus, and one behind the CRC, its
/// delimiter, make whole groups of four; the latter also calls for a stuff bit that is due.
static length_t classic_length(const can_frame_t *frame) {
  wire_t wire = {.run = RUN_IDLE};
  const uint32_t count = is_extended(frame) ? 32 + 7 : 12 + 7; /* RTR, IDE and r0 or r1, r0, DLC */
  const uint64_t head = arbitration_of(frame) << 7 | is_remote(frame) << 6 | dlc_of(frame->len);
  stuff(&wire, 1ull << count | head, count + 1);
  for (uint32_t left = (count + 7) / 8 * 8; left > 0; left -= 8)
    wire.crc = crc_behind(wire.crc, (uint32_t)(head >> (left - 8)) & 0xFFu);
  const uint32_t data_bits = put_data(&wire, frame);
  stuff(&wire, wire.crc << 1 | 1u, CRC_BITS + 1);
  const length_t length = {.bits = count + data_bits + CRC_BITS + wire.stuffed + TAIL_BITS};
  return length;
}

/// The CRC of an FD frame has fixed stuff bits, so its value does not change the length; the first
/// of them takes the place of a stuff bit due behind the data.
static length_t fd_length(const can_frame_t *frame) {
  wire_t wire = {.run = RUN_IDLE};
  const int is_long = frame->len > FD_SHORT_BYTES;
  const uint32_t switches = (frame->flags & CAN_FRAME_BRS) != 0;
  const uint32_t rest = is_extended(frame) ? 4 : 5; /* RRS, IDE if standard, FDF, res, BRS */
  const uint32_t count = (is_extended(frame) ? 32 : 12) + rest;
  const uint32_t control = is_remote(frame) << (rest - 1) | 2u << 1 | switches;
  stuff(&wire, arbitration_of(frame) << rest | control, count);
  const uint32_t before = count + wire.stuffed;
  wire.stuffed = 0;
  stuff(&wire, dlc_of(frame->len), 5); /* ESI: error active, DLC */
  uint32_t behind = 5 + put_data(&wire, frame) + FD_STUFF_COUNT_BITS;
  behind += is_long ? FD_CRC_LONG + FD_FIXED_LONG : FD_CRC_SHORT + FD_FIXED_SHORT;
  behind += wire.stuffed;
  const length_t fast = {.bits = before + TAIL_BITS, .data_bits = behind},
                 slow = {.bits = before + behind + TAIL_BITS};
  return switches ? fast : slow;
}

static length_t length_of(const can_frame_t *frame) {
  return (frame->flags & CAN_FRAME_FD) != 0 ? fd_length(frame) : classic_length(frame);
}

uint32_t can_mem_frame_bits(const can_frame_t *frame) {
  const length_t length = length_of(frame);
  return length.bits + length.data_bits;
}

uint64_t can_mem_frame_ns(const can_mem_t *bus, const can_frame_t *frame) {
  const length_t length = length_of(frame);
  return length.bits * 1000000000ull / bus->bitrate_bps +
         length.data_bits * 1000000000ull / bus->data_bitrate_bps;
}
