/// AFE chain driver: fills and empties the transfer queue, one table-like case a millisecond.
#include "afe.h"

#include <string.h>

#include "../gen/pinout.h"
#include "big_endian.h"
#include "pec15.h"

enum {
  COMMAND_BYTES = 4,
  FRAME_BYTES = 8, /* 6 of data, 2 of PEC */
  CHAIN_BYTES = BMS_AFE_COUNT * FRAME_BYTES,
  WRCFGA = 0x001,
  WRCFGB = 0x024,
  RDCFGA = 0x002,
  RDCFGB = 0x026,
  RDAUXA = 0x00C,
  RDAUXB = 0x00E,
  MUTE = 0x028,
  UNMUTE = 0x029,
  MUTE_BIT = 0x80, /* reads in the second byte of configuration B */
  CLRCELL = 0x711,
  CLRAUX = 0x712,
  ADCV = 0x260,
  ADOW = 0x228,
  ADAX = 0x460,
  DISCHARGE_PERMITTED = 1 << 4,
  MD_7KHZ = 2 << 7,
  MD_27KHZ = 1 << 7,
  PULL_UP = 1 << 6,
  ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1,
  ALL_DEVICES = (1 << BMS_AFE_COUNT) - 1,
  AUX_STEP_raw = 300, /* about 1 K */
  STEP_SHARE = 4,
  DOUBTED_WIDTH = 2,
  AUX_PERIOD_CYCLES = 10,
  CONFIG_PERIOD_CYCLES = 50,
  STOP_CYCLES = 3,
  RUN_MAX = 255
};

static const uint16_t afe_rdcv[BMS_REGISTER_COUNT] = {0x004, 0x006, 0x008, 0x00A, 0x009};

/* --- sending ------------------------------------------------------------------------------- */

static uint8_t *tx_end(bms_out_t *out) {
  uint32_t used = 0;
  for (uint32_t i = 0; i < out->xfer_count; i++) used += out->xfer[i].tx_bytes;
  return out->afe_tx + used;
}

static void put_pec(uint8_t *frame) {
  big_endian_put16(frame + PEC15_FRAME_BYTES, pec15_frame(frame));
}

/// Begins a transfer at tx, the end of those before; returns where its data_bytes go.
static uint8_t *queue_at(bms_afe_t *afe, bms_out_t *out, uint8_t *tx, uint32_t kind, uint32_t code,
                         uint32_t data_bytes, uint32_t rx_bytes) {
  big_endian_put16(tx, code);
  big_endian_put16(tx + 2, pec15_command(code));
  bms_xfer_t *xfer = &out->xfer[out->xfer_count++];
  xfer->tx_bytes = (uint16_t)(COMMAND_BYTES + data_bytes);
  xfer->rx_bytes = (uint16_t)rx_bytes;
  afe->queue[(afe->queue_first + afe->queue_count++) % BMS_QUEUE_MAX] = (uint8_t)kind;
  return tx + COMMAND_BYTES;
}

static uint8_t *queue(bms_afe_t *afe, bms_out_t *out, uint32_t kind, uint32_t code,
                      uint32_t data_bytes, uint32_t rx_bytes) {
  return queue_at(afe, out, tx_end(out), kind, code, data_bytes, rx_bytes);
}

static void queue_command(bms_afe_t *afe, bms_out_t *out, uint32_t code) {
  (void)queue(afe, out, AFE_XFER_COMMAND, code, 0, 0);
}

static void queue_read(bms_afe_t *afe, bms_out_t *out, uint32_t kind, uint32_t code) {
  (void)queue(afe, out, kind, code, 0, CHAIN_BYTES);
}

static void queue_cells(bms_afe_t *afe, bms_out_t *out, afe_read_t read) {
  const uint32_t first = AFE_XFER_CELL + BMS_REGISTER_COUNT * (uint32_t)read;
  uint8_t *tx = tx_end(out);
  for (uint32_t k = 0; k < BMS_REGISTER_COUNT; k++)
    tx = queue_at(afe, out, tx, first + k, afe_rdcv[k], 0, CHAIN_BYTES);
}

/// The configuration that a device ought to hold. All test pins released, reference always on,
/// comparators unused; the rest is the bleed mask.
static void config_bytes(const bms_afe_t *afe, uint32_t device, uint8_t a[6], uint8_t b[6]) {
  uint32_t mask = afe->bleed_mask[device];
  memset(a, 0, 6);
  memset(b, 0, 6);
  a[0] = 0xFC;
  a[4] = (uint8_t)mask;
  a[5] = (uint8_t)(mask >> 8 & 0x0Fu);
  b[0] = (uint8_t)(0x0Fu | (mask >> 12 & 0x0Fu) << 4);
  b[1] = (uint8_t)(mask >> 16 & 0x03u);
}

static void queue_config_write(bms_afe_t *afe, bms_out_t *out) {
  uint8_t *tx_a = queue(afe, out, AFE_XFER_COMMAND, WRCFGA, CHAIN_BYTES, 0);
  uint8_t *tx_b = queue(afe, out, AFE_XFER_COMMAND, WRCFGB, CHAIN_BYTES, 0);
  for (uint32_t i = 0; i < BMS_AFE_COUNT; i++) {
    uint32_t device = BMS_AFE_COUNT - 1u - i;
    config_bytes(afe, device, tx_a + i * FRAME_BYTES, tx_b + i * FRAME_BYTES);
    put_pec(tx_a + i * FRAME_BYTES);
    put_pec(tx_b + i * FRAME_BYTES);
  }
  afe->config_write_is_due = 0;
  afe->config_age_cycles = CONFIG_PERIOD_CYCLES; /* read it back in the next cycle */
}

static int is_bleeding(const bms_afe_t *afe) {
  uint32_t any = 0;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) any |= afe->bleed_mask[device];
  return any != 0;
}

/// A bleed FET ties a broken wire to its neighbour, stronger than the test's current: all FETs are
/// off from before the first current to the cycle after the last read.
static void rest_bleeding(bms_afe_t *afe, bms_out_t *out) {
  int is_test = afe->post >= AFE_POST_UP_TWICE && afe->post <= AFE_POST_DOWN_READ;
  int is_wanted = (is_test && is_bleeding(afe)) || afe->stop_cycles > 0;
  if (is_wanted == afe->is_muted) return;
  afe->is_muted = (uint8_t)is_wanted;
  queue_command(afe, out, is_wanted ? MUTE : UNMUTE);
}

static void send_start(bms_afe_t *afe, bms_out_t *out) {
  if (afe->queue_count > 0) afe->queue_count = 0; /* nothing may be left: resynchronise */
  if (afe->stop_cycles > 0) afe->stop_cycles--;
  queue_command(afe, out, CLRCELL);
  queue_command(afe, out, ADCV + MD_7KHZ);
  afe->aux_age_cycles++;
  afe->config_age_cycles++;
  if (afe->post == AFE_POST_AUX) {
    memset(afe->aux_fresh, 0, sizeof afe->aux_fresh);
    for (uint32_t i = 0; i < BMS_AUX_READ_COUNT; i++) {
      queue_read(afe, out, AFE_XFER_AUX + i, i % 2 == 0 ? RDAUXA : RDAUXB);
    }
    afe->aux_age_cycles = 0;
  } else if (afe->config_write_is_due) {
    queue_config_write(afe, out);
  } else if (afe->config_age_cycles >= CONFIG_PERIOD_CYCLES) {
    if (is_bleeding(afe))
      queue_command(afe, out, afe->is_muted ? MUTE : UNMUTE); /* or it is lost */
    queue_read(afe, out, AFE_XFER_CONFIG_A, RDCFGA);
    queue_read(afe, out, AFE_XFER_CONFIG_B, RDCFGB);
    afe->config_age_cycles = 0;
  }
  afe->post = AFE_POST_NONE;
}

int afe_is_read_once(const bms_afe_t *afe) {
  return afe->post != AFE_POST_NONE && afe->post != AFE_POST_AUX;
}

static uint32_t post_command(uint32_t post) {
  if (post == AFE_POST_BLEED_READ) return ADCV + MD_27KHZ + DISCHARGE_PERMITTED;
  uint32_t is_up = post == AFE_POST_UP_TWICE || post == AFE_POST_UP_READ;
  return ADOW + MD_27KHZ + (is_up ? PULL_UP : 0u);
}

static int post_reads(uint32_t post) {
  return post == AFE_POST_UP_READ || post == AFE_POST_DOWN_READ || post == AFE_POST_BLEED_READ;
}

static void send_scan_read(bms_afe_t *afe, bms_out_t *out) {
  afe_keep(afe, AFE_KEPT_PREVIOUS);
  memset(afe->fresh[AFE_READ_SCAN], 0, sizeof afe->fresh[AFE_READ_SCAN]);
  memset(afe->fresh[AFE_READ_AGAIN], 0, sizeof afe->fresh[AFE_READ_AGAIN]);
  queue_cells(afe, out, AFE_READ_SCAN);
  if (afe->post == AFE_POST_NONE && afe->aux_age_cycles >= AUX_PERIOD_CYCLES) {
    afe->post = AFE_POST_AUX;
  }
  rest_bleeding(afe, out);
  if (afe->post == AFE_POST_AUX) {
    queue_command(afe, out, CLRAUX);
    queue_command(afe, out, ADAX + MD_27KHZ);
  } else if (afe->post != AFE_POST_NONE) {
    if (post_reads(afe->post)) queue_command(afe, out, CLRCELL);
    queue_command(afe, out, post_command(afe->post));
  }
}

static void send_read_up_or_down(bms_afe_t *afe, bms_out_t *out) {
  if (!post_reads(afe->post)) return;
  afe_read_t read = afe->post == AFE_POST_DOWN_READ ? AFE_READ_DOWN : AFE_READ_UP;
  memset(afe->fresh[read], 0, sizeof afe->fresh[read]);
  queue_cells(afe, out, read);
}

void afe_send(bms_afe_t *afe, uint32_t cycle_ms, bms_out_t *out) {
  switch (cycle_ms) {
  case 0:
    send_start(afe, out);
    break;
  case 3:
    send_scan_read(afe, out);
    break;
  case 6:
    if (!afe_is_read_once(afe)) queue_cells(afe, out, AFE_READ_AGAIN);
    break;
  case 7:
    send_read_up_or_down(afe, out);
    break;
  case 8:
    if (afe->post == AFE_POST_UP_TWICE || afe->post == AFE_POST_DOWN_TWICE) {
      queue_command(afe, out, post_command(afe->post));
    }
    break;
  default:
    break;
  }
  if (!afe->mute_is_due) return;
  afe->mute_is_due = 0;
  afe->stop_cycles = STOP_CYCLES;
  afe->is_muted = 1;
  queue_command(afe, out, MUTE);
}

/* --- receiving ----------------------------------------------------------------------------- */

static inline int frame_is_right(bms_afe_t *afe, const uint8_t *frame) {
  uint32_t received = (uint32_t)frame[6] << 8 | frame[7];
  if (pec15_frame(frame) == received) return 1;
  afe->pec_error_count++;
  return 0;
}

static uint16_t word(const uint8_t *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }

static void parse_cells(bms_afe_t *afe, uint32_t read, uint32_t k, const uint8_t *rx) {
  uint16_t(*codes)[BMS_CHANNEL_COUNT] = afe->cell_raw[read];
  uint8_t *fresh = afe->fresh[read];
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const uint8_t *frame = rx + device * FRAME_BYTES;
    if (!frame_is_right(afe, frame)) continue;
    uint16_t *code = &codes[device][3 * k];
    uint16_t first = word(frame), second = word(frame + 2), third = word(frame + 4);
    if (first == BMS_CODE_NONE || second == BMS_CODE_NONE || third == BMS_CODE_NONE) {
      afe->cleared_count++;
      afe->config_age_cycles = CONFIG_PERIOD_CYCLES; /* has it been reset? */
      continue;
    }
    code[0] = first;
    code[1] = second;
    code[2] = third;
    fresh[device] |= (uint8_t)(1u << k);
  }
}

static uint8_t run_next(uint8_t run, int is_right) {
  if (is_right) return 0;
  return (uint8_t)(run < RUN_MAX ? run + 1 : RUN_MAX);
}

/// Code of the thermistor (0) or the reference (1) of a device, BMS_CODE_NONE: not to be believed.
static uint16_t believed_aux(bms_afe_t *afe, uint32_t which, uint32_t device) {
  const uint32_t again = which + 2;
  const uint16_t *last = which == 0 ? afe->aux_raw : afe->ref_raw;
  uint32_t first_is_right = (uint32_t)afe->aux_fresh[which] >> device & 1u;
  uint32_t again_is_right = (uint32_t)afe->aux_fresh[again] >> device & 1u;
  uint16_t code = afe->aux_read_raw[first_is_right ? which : again][device];
  if (first_is_right && again_is_right) {
    if (code == afe->aux_read_raw[again][device]) return code;
    afe->replay_count++;
    return BMS_CODE_NONE;
  }
  if (!first_is_right && !again_is_right) return BMS_CODE_NONE;
  int32_t step = (int32_t)code - (int32_t)last[device];
  int is_known = afe->aux_known_mask >> device & 1;
  if (is_known && step <= AUX_STEP_raw && step >= -AUX_STEP_raw) return code;
  afe->unconfirmed_count++;
  return BMS_CODE_NONE;
}

static void settle_aux(bms_afe_t *afe) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    uint16_t thermistor = believed_aux(afe, 0, device), reference = believed_aux(afe, 1, device);
    int is_right = thermistor != BMS_CODE_NONE && reference != BMS_CODE_NONE;
    afe->aux_bad_run[device] = run_next(afe->aux_bad_run[device], is_right);
    if (!is_right) continue;
    afe->aux_raw[device] = thermistor;
    afe->ref_raw[device] = reference;
    afe->aux_known_mask |= (uint8_t)(1u << device);
  }
  afe->aux_is_complete = 1;
}

static void parse_aux(bms_afe_t *afe, uint32_t read, const uint8_t *rx) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const uint8_t *frame = rx + device * FRAME_BYTES;
    if (!frame_is_right(afe, frame)) continue;
    uint16_t code = word(read % 2 == 0 ? frame : frame + 4);
    if (code == BMS_CODE_NONE) {
      afe->cleared_count++;
      continue;
    }
    afe->aux_read_raw[read][device] = code;
    afe->aux_fresh[read] |= (uint8_t)(1u << device);
  }
  if (read == BMS_AUX_READ_COUNT - 1) settle_aux(afe);
}

static void parse_config(bms_afe_t *afe, uint32_t kind, const uint8_t *rx) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const uint8_t *frame = rx + device * FRAME_BYTES;
    uint8_t a[6], b[6];
    config_bytes(afe, device, a, b);
    if (afe->is_muted) b[1] |= MUTE_BIT;
    const uint8_t *wanted = kind == AFE_XFER_CONFIG_A ? a : b;
    int is_right = frame_is_right(afe, frame) && memcmp(frame, wanted, 6) == 0;
    uint8_t bit = (uint8_t)(1u << device);
    if (!is_right) {
      afe->config_ok_mask &= (uint8_t)~bit;
      afe->config_bad_run[device] = run_next(afe->config_bad_run[device], 0);
      afe->config_write_is_due = 1;
    } else if (kind == AFE_XFER_CONFIG_A) {
      afe->config_ok_mask |= bit;
    } else if (afe->config_ok_mask & bit) {
      afe->config_bad_run[device] = 0;
    }
  }
}

static void parse(bms_afe_t *afe, uint32_t kind, const uint8_t *rx) {
  if (kind < AFE_XFER_COMMAND) {
    parse_cells(afe, kind / BMS_REGISTER_COUNT, kind % BMS_REGISTER_COUNT, rx);
  } else if (kind < AFE_XFER_CONFIG_A) {
    parse_aux(afe, kind - AFE_XFER_AUX, rx);
  } else {
    parse_config(afe, kind, rx);
  }
}

void afe_receive(bms_afe_t *afe, const bms_in_t *in) {
  uint32_t done_count = in->xfer_done_count < BMS_XFER_MAX ? in->xfer_done_count : BMS_XFER_MAX;
  uint32_t offset = 0;
  for (uint32_t i = 0; i < done_count && afe->queue_count > 0; i++) {
    uint32_t kind = afe->queue[afe->queue_first];
    afe->queue_first = (uint8_t)((afe->queue_first + 1u) % BMS_QUEUE_MAX);
    afe->queue_count--;
    uint32_t bytes = in->xfer_rx_bytes[i];
    if (offset + bytes > BMS_AFE_BYTES_MAX) return;
    if (kind != AFE_XFER_COMMAND && bytes == CHAIN_BYTES) parse(afe, kind, in->afe_rx + offset);
    offset += bytes;
  }
}

/* --- believing ----------------------------------------------------------------------------- */

void afe_keep(bms_afe_t *afe, afe_read_t kept) {
  memcpy(afe->cell_raw[kept], afe->cell_raw[AFE_READ_SCAN], sizeof afe->cell_raw[kept]);
  memcpy(afe->fresh[kept], afe->fresh[AFE_READ_SCAN], sizeof afe->fresh[kept]);
}

static int32_t movement(const bms_afe_t *afe, afe_read_t since, uint32_t device, uint32_t i) {
  return (int32_t)afe->cell_raw[AFE_READ_SCAN][device][i] -
         (int32_t)afe->cell_raw[since][device][i];
}

static int is_cell(uint32_t device, uint32_t i) {
  return i < pinout_module[device].top_channel && i + 1u != pinout_module[device].pair_channel;
}

/// What the cells of one channel moved, over all devices.
typedef struct {
  int32_t sum, count, smallest, greatest;
} movement_t;

static movement_t channel_movement(const bms_afe_t *afe, afe_read_t since, uint32_t i) {
  movement_t moved = {0, 0, INT32_MAX, INT32_MIN};
  const uint32_t bit = 1u << i / 3u;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    uint32_t usable = (uint32_t)afe->fresh[AFE_READ_SCAN][device] & afe->fresh[since][device];
    if ((usable & bit) == 0 || !is_cell(device, i)) continue;
    int32_t by = movement(afe, since, device, i);
    moved.sum += by;
    moved.count++;
    if (by < moved.smallest) moved.smallest = by;
    if (by > moved.greatest) moved.greatest = by;
  }
  return moved;
}

/// What the cells that are sampled with channel i (from 0) moved together: the mean, without its
/// extremes, over all devices and the other register groups. A device samples every sixth channel
/// at once, and all devices convert at the same time.
static int32_t common_movement(const movement_t moved[BMS_CHANNEL_COUNT], uint32_t i) {
  movement_t all = {0, 0, INT32_MAX, INT32_MIN};
  for (uint32_t other = i % 6u; other < BMS_CHANNEL_COUNT; other += 6u) {
    if (other == i) continue;
    all.sum += moved[other].sum;
    all.count += moved[other].count;
    if (moved[other].smallest < all.smallest) all.smallest = moved[other].smallest;
    if (moved[other].greatest > all.greatest) all.greatest = moved[other].greatest;
  }
  return all.count > 2 ? (all.sum - all.smallest - all.greatest) / (all.count - 2) : 0;
}

/// How a cell of each channel ought to have moved since an earlier reading.
typedef struct {
  int32_t common[BMS_CHANNEL_COUNT];
  int32_t tolerance[BMS_CHANNEL_COUNT]; ///< cells have other resistances than those beside them
} expected_t;

static void expect(const bms_afe_t *afe, afe_read_t since, expected_t *expected) {
  movement_t moved[BMS_CHANNEL_COUNT];
  for (uint32_t i = 0; i < BMS_CHANNEL_COUNT; i++) moved[i] = channel_movement(afe, since, i);
  for (uint32_t i = 0; i < BMS_CHANNEL_COUNT; i++) {
    int32_t common = common_movement(moved, i);
    expected->common[i] = common;
    expected->tolerance[i] = AFE_STEP_raw + (common < 0 ? -common : common) / STEP_SHARE;
  }
}

/// 1 iff a register group's codes follow from an earlier reading, within so many tolerances.
static int follows(const bms_afe_t *afe, afe_read_t since, const expected_t *expected,
                   uint32_t device, uint32_t k, int32_t width) {
  const pinout_module_t *module = &pinout_module[device];
  const uint32_t loose = afe->loose_mask[device];
  if (((uint32_t)afe->fresh[since][device] >> k & 1u) == 0) return 0;
  for (uint32_t i = 3 * k; i < 3 * k + 3 && i < module->top_channel; i++) {
    if (loose >> i & 1u) continue;
    int is_pair = i + 1u == module->pair_channel; /* the joint does not move with the cells */
    int32_t deviation = movement(afe, since, device, i) - (is_pair ? 0 : expected->common[i]);
    int32_t tolerance = width * (is_pair ? AFE_STEP_raw : expected->tolerance[i]);
    if (deviation > tolerance || deviation < -tolerance) return 0;
  }
  return 1;
}

/// Merges the second read of a register group into the first; 1 iff both came right and agree.
static int merge(bms_afe_t *afe, uint32_t device, uint32_t k) {
  uint8_t bit = (uint8_t)(1u << k);
  uint16_t *first = &afe->cell_raw[AFE_READ_SCAN][device][3 * k];
  const uint16_t *again = &afe->cell_raw[AFE_READ_AGAIN][device][3 * k];
  if ((afe->fresh[AFE_READ_AGAIN][device] & bit) == 0) return 0;
  if ((afe->fresh[AFE_READ_SCAN][device] & bit) == 0) {
    memcpy(first, again, 3 * sizeof first[0]);
    afe->fresh[AFE_READ_SCAN][device] |= bit;
    return 0;
  }
  if (first[0] == again[0] && first[1] == again[1] && first[2] == again[2]) return 1;
  afe->fresh[AFE_READ_SCAN][device] &= (uint8_t)~bit;
  afe->replay_count++;
  return 0;
}

/// The usual case of a device: both reads brought all, and they agree.
static int both_agree(const bms_afe_t *afe, uint32_t device) {
  return afe->fresh[AFE_READ_SCAN][device] == ALL_REGISTERS &&
         afe->fresh[AFE_READ_AGAIN][device] == ALL_REGISTERS &&
         memcmp(afe->cell_raw[AFE_READ_SCAN][device], afe->cell_raw[AFE_READ_AGAIN][device],
                sizeof afe->cell_raw[AFE_READ_SCAN][device]) == 0;
}

/// Merges a device's second read into its first; returns which register groups agree, a bit each.
static uint32_t merge_device(bms_afe_t *afe, uint32_t device) {
  if (both_agree(afe, device)) return ALL_REGISTERS;
  uint32_t agreed = 0;
  for (uint32_t k = 0; k < BMS_REGISTER_COUNT; k++) {
    if (merge(afe, device, k)) agreed |= 1u << k;
  }
  return agreed;
}

static void keep_believed(bms_afe_t *afe, uint32_t device) {
  const uint16_t *scan = afe->cell_raw[AFE_READ_SCAN][device];
  uint16_t *kept = afe->cell_raw[AFE_KEPT_BELIEVED][device];
  for (uint32_t k = 0; k < BMS_REGISTER_COUNT; k++, scan += 3, kept += 3) {
    if ((afe->believed[device] >> k & 1) == 0) continue;
    kept[0] = scan[0];
    kept[1] = scan[1];
    kept[2] = scan[2];
  }
  afe->fresh[AFE_KEPT_BELIEVED][device] |= afe->believed[device];
}

/// Register groups that only one read brought: do they follow from what is known? Noise may part
/// one scan from that: what was not believed in the scan before has twice the tolerance.
static void settle_lone(bms_afe_t *afe, const uint8_t *believed_before) {
  expected_t since_believed, since_previous;
  int previous_is_known = 0; /* it is asked last, and seldom */
  expect(afe, AFE_KEPT_BELIEVED, &since_believed);
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    uint32_t lone = (uint32_t)afe->fresh[AFE_READ_SCAN][device] & ~(uint32_t)afe->believed[device];
    for (uint32_t k = 0; k < BMS_REGISTER_COUNT; k++) {
      if ((lone >> k & 1u) == 0) continue;
      int32_t width = believed_before[device] >> k & 1 ? 1 : DOUBTED_WIDTH;
      int is_right = follows(afe, AFE_KEPT_BELIEVED, &since_believed, device, k, width);
      if (!is_right && !previous_is_known) expect(afe, AFE_KEPT_PREVIOUS, &since_previous);
      previous_is_known |= !is_right;
      if (is_right || follows(afe, AFE_KEPT_PREVIOUS, &since_previous, device, k, width))
        afe->believed[device] |= (uint8_t)(1u << k);
      else
        afe->unconfirmed_count++;
    }
  }
}

void afe_settle(bms_afe_t *afe) {
  int any_is_lone = 0, all_are_right = 1;
  uint8_t believed_before[BMS_AFE_COUNT];
  memcpy(believed_before, afe->believed, sizeof believed_before);
  afe->has_changed = 0;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const uint32_t agreed = merge_device(afe, device);
    afe->believed[device] = (uint8_t)agreed;
    any_is_lone |= agreed != afe->fresh[AFE_READ_SCAN][device];
    all_are_right &= agreed == ALL_REGISTERS;
    if (memcmp(afe->cell_raw[AFE_READ_SCAN][device], afe->cell_raw[AFE_KEPT_PREVIOUS][device],
               sizeof afe->cell_raw[AFE_READ_SCAN][device]) != 0) {
      afe->has_changed |= (uint8_t)(1u << device);
    }
  }
  if (any_is_lone) settle_lone(afe, believed_before);
  if (all_are_right) {
    afe_keep(afe, AFE_KEPT_BELIEVED);
    return;
  }
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) keep_believed(afe, device);
}

void afe_init(bms_afe_t *afe) {
  memset(afe, 0, sizeof *afe);
  afe->config_write_is_due = 1;
  afe->aux_age_cycles = AUX_PERIOD_CYCLES;
}
