/// AFE chain driver: fills and empties the transfer queue, one table-like case a millisecond.
#include "afe.h"

#include <string.h>

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
  ADCV = 0x260,
  ADOW = 0x228,
  ADAX = 0x460,
  MD_7KHZ = 2 << 7,
  MD_27KHZ = 1 << 7,
  PULL_UP = 1 << 6,
  ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1,
  ALL_DEVICES = (1 << BMS_AFE_COUNT) - 1,
  RETRY_MAX = 3, /* register groups that fit before the cycle's main task */
  AUX_PERIOD_CYCLES = 10,
  CONFIG_PERIOD_CYCLES = 50,
  RUN_MAX = 255
};

static const uint16_t afe_rdcv[BMS_REGISTER_COUNT] = {0x004, 0x006, 0x008, 0x00A, 0x009};

/* --- sending ------------------------------------------------------------------------------- */

static uint8_t *tx_end(bms_out_t *out) {
  uint32_t used = 0;
  for (uint32_t i = 0; i < out->xfer_count; i++) used += out->xfer[i].tx_bytes;
  return out->afe_tx + used;
}

static void put_pec(uint8_t *bytes, uint32_t count) {
  uint16_t pec = pec15(bytes, count);
  bytes[count] = (uint8_t)(pec >> 8);
  bytes[count + 1] = (uint8_t)pec;
}

static uint8_t *queue(bms_afe_t *afe, bms_out_t *out, uint32_t kind, uint32_t code,
                      uint32_t data_bytes, uint32_t rx_bytes) {
  uint8_t *tx = tx_end(out);
  tx[0] = (uint8_t)(code >> 8);
  tx[1] = (uint8_t)code;
  put_pec(tx, 2);
  bms_xfer_t *xfer = &out->xfer[out->xfer_count++];
  xfer->tx_bytes = (uint16_t)(COMMAND_BYTES + data_bytes);
  xfer->rx_bytes = (uint16_t)rx_bytes;
  afe->queue[(afe->queue_first + afe->queue_count++) % BMS_QUEUE_MAX] = (uint8_t)kind;
  return tx + COMMAND_BYTES;
}

static void queue_command(bms_afe_t *afe, bms_out_t *out, uint32_t code) {
  (void)queue(afe, out, AFE_XFER_COMMAND, code, 0, 0);
}

static void queue_read(bms_afe_t *afe, bms_out_t *out, uint32_t kind, uint32_t code) {
  (void)queue(afe, out, kind, code, 0, CHAIN_BYTES);
}

static void queue_cells(bms_afe_t *afe, bms_out_t *out, afe_read_t read, uint32_t registers) {
  for (uint32_t k = 0; k < BMS_REGISTER_COUNT; k++) {
    if (registers >> k & 1u) {
      queue_read(afe, out, AFE_XFER_CELL + BMS_REGISTER_COUNT * (uint32_t)read + k, afe_rdcv[k]);
    }
  }
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
    put_pec(tx_a + i * FRAME_BYTES, 6);
    put_pec(tx_b + i * FRAME_BYTES, 6);
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
  int is_wanted = afe->post != AFE_POST_NONE && afe->post != AFE_POST_AUX && is_bleeding(afe);
  if (is_wanted == afe->is_muted) return;
  afe->is_muted = (uint8_t)is_wanted;
  queue_command(afe, out, is_wanted ? MUTE : UNMUTE);
}

static void send_start(bms_afe_t *afe, bms_out_t *out) {
  if (afe->queue_count > 0) afe->queue_count = 0; /* nothing may be left: resynchronise */
  queue_command(afe, out, CLRCELL);
  queue_command(afe, out, ADCV + MD_7KHZ);
  afe->aux_age_cycles++;
  afe->config_age_cycles++;
  if (afe->post == AFE_POST_AUX) {
    queue_read(afe, out, AFE_XFER_AUX_A, RDAUXA);
    queue_read(afe, out, AFE_XFER_AUX_B, RDAUXB);
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

static uint32_t current_command(uint32_t post) {
  uint32_t is_up = post == AFE_POST_UP_TWICE || post == AFE_POST_UP_READ;
  return ADOW + MD_27KHZ + (is_up ? PULL_UP : 0u);
}

static int post_reads(uint32_t post) {
  return post == AFE_POST_UP_READ || post == AFE_POST_DOWN_READ;
}

static void send_scan_read(bms_afe_t *afe, bms_out_t *out) {
  memset(afe->fresh[AFE_READ_SCAN], 0, sizeof afe->fresh[AFE_READ_SCAN]);
  afe->has_changed = 0;
  queue_cells(afe, out, AFE_READ_SCAN, ALL_REGISTERS);
  if (afe->post == AFE_POST_NONE && afe->aux_age_cycles >= AUX_PERIOD_CYCLES) {
    afe->post = AFE_POST_AUX;
  }
  rest_bleeding(afe, out);
  if (afe->post == AFE_POST_AUX) {
    queue_command(afe, out, ADAX + MD_27KHZ);
  } else if (afe->post != AFE_POST_NONE) {
    if (post_reads(afe->post)) queue_command(afe, out, CLRCELL);
    queue_command(afe, out, current_command(afe->post));
  }
}

/// Register groups that at least one device failed to deliver, at most RETRY_MAX of them.
static uint32_t lost_registers(const bms_afe_t *afe) {
  uint32_t lost = 0;
  uint32_t all_lost = ALL_REGISTERS;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    uint32_t missing = ALL_REGISTERS & ~(uint32_t)afe->fresh[AFE_READ_SCAN][device];
    lost |= missing;
    all_lost &= missing;
  }
  if (all_lost == ALL_REGISTERS) return 0; /* nobody answers: leave the bus alone */
  uint32_t count = 0;
  for (uint32_t k = 0; k < BMS_REGISTER_COUNT; k++) {
    if ((lost >> k & 1u) && ++count > RETRY_MAX) lost &= ~(1u << k);
  }
  return lost;
}

static void send_read_up_or_down(bms_afe_t *afe, bms_out_t *out) {
  if (!post_reads(afe->post)) return;
  afe_read_t read = afe->post == AFE_POST_UP_READ ? AFE_READ_UP : AFE_READ_DOWN;
  memset(afe->fresh[read], 0, sizeof afe->fresh[read]);
  queue_cells(afe, out, read, ALL_REGISTERS);
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
    if (afe->post == AFE_POST_NONE || afe->post == AFE_POST_AUX) {
      queue_cells(afe, out, AFE_READ_SCAN, lost_registers(afe));
    }
    break;
  case 7:
    send_read_up_or_down(afe, out);
    break;
  case 8:
    if (afe->post == AFE_POST_UP_TWICE || afe->post == AFE_POST_DOWN_TWICE) {
      queue_command(afe, out, current_command(afe->post));
    }
    break;
  default:
    break;
  }
}

/* --- receiving ----------------------------------------------------------------------------- */

static int frame_is_right(bms_afe_t *afe, const uint8_t *frame) {
  uint32_t received = (uint32_t)frame[6] << 8 | frame[7];
  if (pec15(frame, 6) == received) return 1;
  afe->pec_error_count++;
  return 0;
}

static uint16_t word(const uint8_t *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }

static void parse_cells(bms_afe_t *afe, uint32_t read, uint32_t k, const uint8_t *rx) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const uint8_t *frame = rx + device * FRAME_BYTES;
    if (!frame_is_right(afe, frame)) continue;
    uint16_t *code = &afe->cell_raw[read][device][3 * k];
    uint16_t first = word(frame), second = word(frame + 2), third = word(frame + 4);
    if (first == BMS_CODE_NONE || second == BMS_CODE_NONE || third == BMS_CODE_NONE) continue;
    if (read == AFE_READ_SCAN && (code[0] != first || code[1] != second || code[2] != third)) {
      afe->has_changed |= (uint8_t)(1u << device);
    }
    code[0] = first;
    code[1] = second;
    code[2] = third;
    afe->fresh[read][device] |= (uint8_t)(1u << k);
  }
}

static uint8_t run_next(uint8_t run, int is_right) {
  if (is_right) return 0;
  return (uint8_t)(run < RUN_MAX ? run + 1 : RUN_MAX);
}

static void parse_aux(bms_afe_t *afe, uint32_t kind, const uint8_t *rx) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    const uint8_t *frame = rx + device * FRAME_BYTES;
    uint16_t code = word(kind == AFE_XFER_AUX_A ? frame : frame + 4);
    int is_right = frame_is_right(afe, frame) && code != BMS_CODE_NONE;
    uint16_t *value = kind == AFE_XFER_AUX_A ? afe->aux_raw : afe->ref_raw;
    uint8_t bit = (uint8_t)(1u << device);
    if (is_right) value[device] = code;
    if (kind == AFE_XFER_AUX_A) {
      if (is_right)
        afe->aux_right_mask |= bit;
      else
        afe->aux_right_mask &= (uint8_t)~bit;
    } else {
      int both_are_right = is_right && (afe->aux_right_mask & bit);
      afe->aux_bad_run[device] = run_next(afe->aux_bad_run[device], both_are_right);
    }
  }
  if (kind == AFE_XFER_AUX_B) afe->aux_is_complete = 1;
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
  } else if (kind == AFE_XFER_AUX_A || kind == AFE_XFER_AUX_B) {
    parse_aux(afe, kind, rx);
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

void afe_init(bms_afe_t *afe) {
  memset(afe, 0, sizeof *afe);
  afe->config_write_is_due = 1;
  afe->aux_age_cycles = AUX_PERIOD_CYCLES;
}
