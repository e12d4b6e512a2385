/// Test rig of the BMS core: a small fake of chain, contactors and vehicle controller, bytes only.
///
/// Model    independent of board and harness: register answers from pin potentials, 125 bytes a ms;
///          open inputs keep their potential, move by 0.37 V for each open-wire current and drift;
///          contacts follow their coils after 20 and 10 ms; the link charges through 40 ohm
/// Units    potentials in AFE codes of 100 uV, else as named
#ifndef TESTS_CORE_RIG_H
#define TESTS_CORE_RIG_H

#include <stdlib.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/bms.h"
#include "../ecu_model/core/contactor.h"
#include "../ecu_model/core/pec15.h"
#include "../ecu_model/core/sm.h"
#include "../ecu_model/gen/can_codec.h"
#include "../ecu_model/gen/pinout.h"

enum { RIG_ANSWER_BYTES = 64 };
enum { RIG_QUEUE_MAX = 64, RIG_BYTES_MAX = 4096, RIG_INPUT_MAX = 16, RIG_CHANNEL_MAX = 18 };

typedef struct {
  uint16_t tx_bytes, rx_bytes, tx_at;
} rig_xfer_t;

typedef struct {
  bms_t bms;
  bms_in_t in;
  bms_out_t out;
  uint32_t tick;
  int32_t group_raw[PINOUT_GROUP_COUNT]; ///< true group voltages
  int32_t pin_raw[PINOUT_MODULE_COUNT][RIG_INPUT_MAX];
  uint8_t wire_is_open[PINOUT_WIRE_COUNT];
  int32_t drift_raw; ///< of open inputs, each ms
  uint8_t open_is_leaky; ///< open inputs return half of the way in each ms
  int32_t joint_raw[PINOUT_MODULE_COUNT]; ///< between the wires of the doubled tap
  uint16_t cell_raw[PINOUT_MODULE_COUNT][RIG_CHANNEL_MAX];
  uint16_t aux_raw[PINOUT_MODULE_COUNT]; ///< thermistor code against 30000 of reference
  uint16_t aux_register[PINOUT_MODULE_COUNT][2]; ///< as converted
  uint8_t config[PINOUT_MODULE_COUNT][2][6];
  uint8_t device_is_dead[PINOUT_MODULE_COUNT];
  uint8_t switch_is_stuck[PINOUT_GROUP_COUNT]; ///< 1: on, 2: off, whatever the configuration says
  int32_t bleed_drop_raw; ///< in each of the two wires of a group that bleeds
  uint8_t is_muted; ///< all chips
  uint32_t flip_read_at, flip_bit; ///< read number to damage, 0: none; which bit
  uint32_t read_count;
  uint32_t flip_tx_at; ///< number of the transfer to damage on its way out, 0: none; flip_bit
  uint32_t tx_count; ///< transfers that went out
  uint32_t replay_at, replay_devices; ///< read number to answer with old frames; bit per device
  uint8_t old_answer[8][RIG_ANSWER_BYTES]; ///< of RDCVA..E, RDAUXA and B, while is_recording
  uint8_t is_recording;
  uint32_t drop_conversions; ///< so many conversion commands are lost
  uint8_t currents_are_lost; ///< open-wire commands never arrive
  uint8_t aux_is_lost; ///< nor do conversions of the thermistors
  rig_xfer_t queue[RIG_QUEUE_MAX];
  uint32_t queue_first, queue_count, moved_bytes;
  uint8_t tx[RIG_BYTES_MAX];
  uint32_t tx_at;
  int32_t noise_raw; ///< amplitude
  uint32_t noise_state;
  int32_t current_mA, pack_mV, link_mV;
  int32_t string_mA; ///< with has_load: out of the pack
  double iso_pos_kohm, iso_neg_kohm, iso_y_uF; ///< leaks at the poles, both Y-capacitors
  double chassis_share; ///< chassis against pack minus, of the pack
  uint8_t link_tau_ms; ///< of the precharge
  uint8_t aux_is_held[3], aux_held[3]; ///< contact does not follow
  uint8_t is_welded[3], aux_is_open[3]; ///< contact conducts; aux contact always shows open
  uint8_t coil_is_broken[3];
  uint8_t current_sensor_is_lost; ///< both outputs at 0 V
  uint8_t contact; ///< bit per contactor: it conducts, whatever aux shows
  uint8_t holds_link; ///< nothing discharges the link
  uint8_t has_load; ///< current_mA and the discharge load the link; the sensor sees the pack's
  uint8_t coil_ms[3];
  e2e_tx_t vcm_tx;
  uint8_t request, clear_faults, vcm_is_silent, vcm_is_frozen;
  uint8_t tester_asks; ///< tester is received in the coming tick
  can_frame_t tester;
  uint32_t can_count[8]; ///< Status, Limits, Extremes, Temperatures, Dtc, Groups, Isolation
  can_frame_t last_dtc;
  uint32_t last_can_id_ms[8];
  uint8_t last_page;
} rig_t;

static inline uint32_t rig_random(rig_t *rig) {
  rig->noise_state = rig->noise_state * 1664525u + 1013904223u;
  return rig->noise_state >> 16;
}

/// Input diodes hold a pin within 0.6 V beyond its neighbours.
static inline void rig_clamp(int32_t *pin, uint32_t n, uint32_t top) {
  if (n > 0 && n < top && pin[n] > pin[n + 1] + 6000) pin[n] = pin[n + 1] + 6000;
  if (n > 0 && pin[n] < pin[n - 1] - 6000) pin[n] = pin[n - 1] - 6000;
  if (n == 0 && pin[0] > pin[1] + 3000) pin[0] = pin[1] + 3000;
  if (n == 0 && pin[0] < pin[1] - 57300) pin[0] = pin[1] - 57300;
  if (n == top && pin[n] > pin[n - 1] + 57300) pin[n] = pin[n - 1] + 57300;
}

static inline void rig_settle_pins(rig_t *rig) {
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) {
    const pinout_module_t *module = &pinout_module[m];
    int32_t potential = 0;
    for (uint32_t n = 0; n < module->wire_count; n++) {
      uint32_t wire = module->first_wire + n;
      uint8_t below = pinout_wire[wire].group_below;
      if (below != PINOUT_NONE) potential += rig->group_raw[below];
      if (n > 0 && n == module->pair_channel) potential += rig->joint_raw[m];
      if (rig->wire_is_open[wire])
        rig->pin_raw[m][n] +=
            rig->open_is_leaky ? (potential - rig->pin_raw[m][n]) / 2 : rig->drift_raw;
      else
        rig->pin_raw[m][n] = potential;
    }
    for (uint32_t n = 0; n < module->wire_count; n++) {
      if (!rig->wire_is_open[module->first_wire + n]) continue;
      rig_clamp(rig->pin_raw[m], n, module->wire_count - 1u);
    }
  }
}

static inline void rig_convert(rig_t *rig) {
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) {
    for (uint32_t n = 1; n <= RIG_CHANNEL_MAX; n++) {
      int32_t code = 0;
      if (n <= pinout_module[m].top_channel) code = rig->pin_raw[m][n] - rig->pin_raw[m][n - 1];
      if (rig->noise_raw > 0) {
        code += (int32_t)(rig_random(rig) % (uint32_t)(2 * rig->noise_raw + 1)) - rig->noise_raw;
      }
      rig->cell_raw[m][n - 1] = (uint16_t)(code < 0 ? 0 : code > 57300 ? 57300 : code);
    }
  }
}

static inline void rig_test_current(rig_t *rig, int sign) {
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) {
    const pinout_module_t *module = &pinout_module[m];
    uint32_t top = module->wire_count - 1u;
    for (uint32_t n = 0; n <= top; n++) {
      if (!rig->wire_is_open[module->first_wire + n]) continue;
      int32_t *pin = rig->pin_raw[m];
      pin[n] += (n == 0 ? -1 : 1) * sign * (n == top ? 13000 : 3700);
      rig_clamp(pin, n, top);
    }
  }
  rig_convert(rig);
}

static inline int rig_bleeds(const rig_t *rig, uint32_t group) {
  const pinout_group_t *row = &pinout_group[group];
  uint32_t m = row->module - 1u, k = row->channel - 1u;
  const uint8_t(*config)[6] = rig->config[m];
  uint32_t mask = config[0][4] | (config[0][5] & 15u) << 8 | (uint32_t)(config[1][0] >> 4) << 12;
  if (rig->switch_is_stuck[group] != 0) return rig->switch_is_stuck[group] == 1;
  return !rig->is_muted && (mask >> k & 1u);
}

/// All channels, with the switches left on (1) or resting (0).
static inline void rig_convert_cells(rig_t *rig, int is_permitted) {
  int32_t at_rest[PINOUT_MODULE_COUNT][RIG_INPUT_MAX];
  memcpy(at_rest, rig->pin_raw, sizeof at_rest);
  for (uint32_t group = 0; group < PINOUT_GROUP_COUNT; group++) {
    const pinout_group_t *row = &pinout_group[group];
    if (!rig_bleeds(rig, group) || (!is_permitted && rig->switch_is_stuck[group] == 0)) continue;
    uint32_t below = row->wire_below, above = row->wire_above, m = row->module - 1u;
    if (!rig->wire_is_open[below]) {
      rig->pin_raw[m][pinout_wire[below].c_input] += rig->bleed_drop_raw;
    }
    if (!rig->wire_is_open[above]) {
      rig->pin_raw[m][pinout_wire[above].c_input] -= rig->bleed_drop_raw;
    }
  }
  rig_convert(rig);
  memcpy(rig->pin_raw, at_rest, sizeof at_rest);
}

/// Old frames with their right PEC in place of the devices' answers.
static inline void rig_replay(rig_t *rig, uint32_t code, uint8_t *rx) {
  static const uint16_t known[] = {0x004, 0x006, 0x008, 0x00A, 0x009, 0x00C, 0x00E};
  for (uint32_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (code != known[i]) continue;
    if (rig->is_recording) memcpy(rig->old_answer[i], rx, RIG_ANSWER_BYTES);
    for (uint32_t m = 0; m < PINOUT_MODULE_COUNT && rig->read_count == rig->replay_at; m++) {
      if (rig->replay_devices >> m & 1u) memcpy(rx + 8 * m, rig->old_answer[i] + 8 * m, 8);
    }
  }
}

static inline void rig_convert_aux(rig_t *rig) {
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) {
    rig->aux_register[m][0] = rig->aux_raw[m];
    rig->aux_register[m][1] = 30000;
  }
}

static inline void rig_answer(rig_t *rig, uint32_t code, uint8_t *rx) {
  static const uint16_t rdcv[] = {0x004, 0x006, 0x008, 0x00A, 0x009, 0x00B};
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) {
    uint8_t *frame = rx + m * 8;
    uint16_t words[3] = {0xFFFF, 0xFFFF, 0xFFFF};
    for (uint32_t k = 0; k < 6; k++) {
      if (code == rdcv[k]) memcpy(words, &rig->cell_raw[m][3 * k], sizeof words);
    }
    if (code == 0x00C) words[0] = rig->aux_register[m][0];
    if (code == 0x00E) words[2] = rig->aux_register[m][1];
    for (uint32_t i = 0; i < 3; i++) {
      frame[2 * i] = (uint8_t)words[i];
      frame[2 * i + 1] = (uint8_t)(words[i] >> 8);
    }
    if (code == 0x002) memcpy(frame, rig->config[m][0], 6);
    if (code == 0x026) memcpy(frame, rig->config[m][1], 6);
    if (code == 0x026 && rig->is_muted) frame[1] |= 0x80;
    uint16_t pec = pec15(frame, 6);
    frame[6] = (uint8_t)(pec >> 8);
    frame[7] = (uint8_t)pec;
    if (rig->device_is_dead[m]) memset(frame, 0xFF, 8);
  }
  rig->read_count++;
  rig_replay(rig, code, rx);
  if (rig->flip_read_at != 0 && rig->read_count == rig->flip_read_at) {
    rx[rig->flip_bit / 8] ^= (uint8_t)(1u << rig->flip_bit % 8);
  }
}

static inline void rig_write_config(rig_t *rig, uint32_t which, const uint8_t *data) {
  for (uint32_t i = 0; i < PINOUT_MODULE_COUNT; i++) {
    const uint8_t *frame = data + i * 8;
    uint32_t m = PINOUT_MODULE_COUNT - 1 - i;
    if ((uint32_t)(frame[6] << 8 | frame[7]) == pec15(frame, 6)) {
      memcpy(rig->config[m][which], frame, 6);
    }
  }
}

static inline void rig_execute(rig_t *rig, const rig_xfer_t *xfer, uint8_t *rx) {
  const uint8_t *tx = rig->tx + xfer->tx_at;
  memset(rx, 0xFF, xfer->rx_bytes);
  if ((uint32_t)(tx[2] << 8 | tx[3]) != pec15(tx, 2)) return;
  uint32_t code = (uint32_t)tx[0] << 8 | tx[1];
  int is_conversion = code == 0x360 || code == 0x2F0 || code == 0x4E0 || (code & ~0x40u) == 0x2A8;
  if (rig->currents_are_lost && (code & ~0x40u) == 0x2A8) return;
  if (rig->aux_is_lost && code == 0x4E0) return;
  if (is_conversion && rig->drop_conversions > 0) {
    rig->drop_conversions--;
    return;
  }
  if (code == 0x711)
    memset(rig->cell_raw, 0xFF, sizeof rig->cell_raw);
  else if (code == 0x712)
    memset(rig->aux_register, 0xFF, sizeof rig->aux_register);
  else if (code == 0x4E0)
    rig_convert_aux(rig);
  else if (code == 0x360 || code == 0x2F0)
    rig_convert_cells(rig, code == 0x2F0);
  else if (code == 0x028 || code == 0x029)
    rig->is_muted = code == 0x028;
  else if ((code & ~0x40u) == 0x2A8)
    rig_test_current(rig, code & 0x40 ? 1 : -1);
  else if (code == 0x001)
    rig_write_config(rig, 0, tx + 4);
  else if (code == 0x024)
    rig_write_config(rig, 1, tx + 4);
  if (xfer->rx_bytes > 0) rig_answer(rig, code, rx);
}

/// Moves 125 bytes of what earlier steps queued; finished transfers go into in.
static inline void rig_move_bytes(rig_t *rig) {
  uint32_t budget = 125, rx_at = 0;
  rig->in.xfer_done_count = 0;
  while (rig->queue_count > 0 && rig->in.xfer_done_count < BMS_XFER_MAX) {
    rig_xfer_t *xfer = &rig->queue[rig->queue_first];
    uint32_t left = (uint32_t)xfer->tx_bytes + xfer->rx_bytes - rig->moved_bytes;
    if (left > budget) {
      rig->moved_bytes += budget;
      return;
    }
    budget -= left;
    rig->moved_bytes = 0;
    rig_execute(rig, xfer, rig->in.afe_rx + rx_at);
    rig->in.xfer_rx_bytes[rig->in.xfer_done_count++] = xfer->rx_bytes;
    rx_at += xfer->rx_bytes;
    rig->queue_first = (rig->queue_first + 1) % RIG_QUEUE_MAX;
    rig->queue_count--;
  }
}

static inline void rig_take_queue(rig_t *rig) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < rig->out.xfer_count; i++) {
    if (rig->tx_at + rig->out.xfer[i].tx_bytes > RIG_BYTES_MAX) rig->tx_at = 0;
    rig_xfer_t *xfer = &rig->queue[(rig->queue_first + rig->queue_count++) % RIG_QUEUE_MAX];
    *xfer =
        (rig_xfer_t){rig->out.xfer[i].tx_bytes, rig->out.xfer[i].rx_bytes, (uint16_t)rig->tx_at};
    memcpy(rig->tx + rig->tx_at, rig->out.afe_tx + at, xfer->tx_bytes);
    if (++rig->tx_count == rig->flip_tx_at) {
      rig->tx[rig->tx_at + rig->flip_bit / 8] ^= (uint8_t)(1u << rig->flip_bit % 8);
    }
    rig->tx_at += xfer->tx_bytes;
    at += xfer->tx_bytes;
  }
}

/// 1 mF: a milliampere takes a millivolt in a ms. The discharge is 500 ohm, the resistor 40.
static inline void rig_link_with_load(rig_t *rig) {
  int32_t drawn_mA = (rig->holds_link ? 0 : rig->link_mV / 500) + rig->current_mA;
  int through_main = (rig->contact & 3u) == 3u, through_resistor = (rig->contact & 6u) == 6u;
  rig->string_mA = through_resistor ? (rig->pack_mV - rig->link_mV) / 40 : 0;
  if (through_main)
    rig->string_mA = drawn_mA, rig->link_mV = rig->pack_mV;
  else
    rig->link_mV += rig->string_mA - drawn_mA;
  if (rig->link_mV < 0) rig->link_mV = 0;
}

static inline void rig_contactors(rig_t *rig) {
  uint16_t contacts = 0;
  for (uint32_t coil = 0; coil < 3; coil++) {
    uint32_t is_on = (uint32_t)rig->out.coil_command >> coil & 1u;
    uint32_t was_closed = (uint32_t)rig->contact >> coil & 1u;
    if (rig->coil_is_broken[coil]) is_on = 0;
    rig->coil_ms[coil] = is_on == was_closed ? 0 : (uint8_t)(rig->coil_ms[coil] + 1);
    uint32_t is_closed = rig->coil_ms[coil] >= (is_on ? 20 : 10) ? is_on : was_closed;
    if (rig->aux_is_held[coil]) is_closed = rig->aux_held[coil];
    if (rig->is_welded[coil]) is_closed = 1;
    contacts |= (uint16_t)(is_closed << coil);
  }
  rig->contact = (uint8_t)contacts;
  uint32_t shown = contacts;
  for (uint32_t coil = 0; coil < 3; coil++) {
    if (rig->aux_is_open[coil]) shown &= ~(1u << coil);
  }
  rig->in.digital = (uint16_t)((rig->in.digital & ~7u) | shown);
  if (rig->has_load) {
    rig_link_with_load(rig);
    return;
  }
  int through_main = (contacts & 3u) == 3u, through_resistor = (contacts & 6u) == 6u;
  if (through_main)
    rig->link_mV = rig->pack_mV;
  else if (through_resistor)
    rig->link_mV += (rig->pack_mV - rig->link_mV) / rig->link_tau_ms;
  else if (!rig->holds_link)
    rig->link_mV -= rig->link_mV / 500;
}

static inline uint16_t rig_current_raw(int32_t current_mA, int32_t full_mA) {
  int64_t code = ((int64_t)current_mA * 4 * 4095 / (5 * (int64_t)full_mA) + 4095) / 2;
  return (uint16_t)(code < 0 ? 0 : code > 4095 ? 4095 : code);
}

/// The chassis between two leaks, the dividers of 2 Mohm that are on, and Y-capacitors.
static inline void rig_chassis(rig_t *rig) {
  uint32_t is_pos = rig->out.iso_switch & 1u, is_neg = rig->out.iso_switch >> 1 & 1u;
  double pos_mS = 1.0 / rig->iso_pos_kohm + is_pos / 2000.0;
  double neg_mS = 1.0 / rig->iso_neg_kohm + is_neg / 2000.0;
  double rate = (pos_mS + neg_mS) / rig->iso_y_uF; /* in a ms */
  rig->chassis_share += (pos_mS / (pos_mS + neg_mS) - rig->chassis_share) * (rate < 1 ? rate : 1);
  double full = rig->pack_mV * 4095.0 / 500000.0;
  rig->in.adc_iso_pos_raw = (uint16_t)(is_pos ? full * (1.0 - rig->chassis_share) + 0.5 : 0.0);
  rig->in.adc_iso_neg_raw = (uint16_t)(is_neg ? full * rig->chassis_share + 0.5 : 0.0);
}

static inline void rig_analog(rig_t *rig) {
  int32_t current_mA = rig->has_load ? rig->string_mA : rig->current_mA;
  rig->in.adc_current_low_raw = rig_current_raw(current_mA, 75000);
  rig->in.adc_current_high_raw = rig_current_raw(current_mA, 750000);
  if (rig->current_sensor_is_lost) rig->in.adc_current_low_raw = rig->in.adc_current_high_raw = 0;
  rig->in.adc_pack_raw = (uint16_t)((int64_t)rig->pack_mV * 4095 / 500000);
  rig->in.adc_link_raw = (uint16_t)((int64_t)rig->link_mV * 4095 / 500000);
  rig->in.adc_supply_raw = 13200 * 4095 / 20000;
  rig->in.fan_tacho_Hz = rig->out.fan_duty_permille / 10;
  rig_chassis(rig);
}

static inline void rig_vcm(rig_t *rig) {
  rig->in.can_rx_count = 0;
  if (rig->tester_asks) rig->in.can_rx[rig->in.can_rx_count++] = rig->tester;
  rig->tester_asks = 0;
  if (rig->vcm_is_silent || rig->tick % 100 != 50) return;
  can_vcm_request_t request;
  memset(&request, 0, sizeof request);
  request.request_raw = rig->request;
  request.clear_faults_raw = rig->clear_faults;
  can_frame_t *frame = &rig->in.can_rx[rig->in.can_rx_count++];
  memset(frame, 0, sizeof *frame);
  frame->id = CAN_VCM_REQUEST_ID;
  frame->len = 8;
  can_vcm_request_pack(&request, frame->data);
  uint8_t counter = rig->vcm_tx.counter;
  e2e_protect(&rig->vcm_tx, CAN_VCM_REQUEST_E2E_DATA_ID, frame->data, 8);
  if (rig->vcm_is_frozen) rig->vcm_tx.counter = counter;
}

static inline void rig_count_frames(rig_t *rig) {
  static const uint32_t id[] = {CAN_BMS_STATUS_ID,       CAN_BMS_LIMITS_ID, CAN_BMS_EXTREMES_ID,
                                CAN_BMS_TEMPERATURES_ID, CAN_BMS_DTC_ID,    CAN_BMS_GROUPS_ID,
                                CAN_BMS_ISOLATION_ID};
  for (uint32_t i = 0; i < rig->out.can_tx_count; i++) {
    for (uint32_t k = 0; k < sizeof id / sizeof id[0]; k++) {
      if (rig->out.can_tx[i].id != id[k]) continue;
      rig->can_count[k]++;
      rig->last_can_id_ms[k] = rig->tick;
    }
    if (rig->out.can_tx[i].id == CAN_BMS_DTC_ID) rig->last_dtc = rig->out.can_tx[i];
  }
}

static inline void rig_tick(rig_t *rig) {
  rig_contactors(rig);
  rig_settle_pins(rig);
  rig_analog(rig);
  rig_move_bytes(rig);
  rig_vcm(rig);
  bms_step(&rig->bms, &rig->in, &rig->out);
  rig->in.nvm_ok = 1; /* a memory that takes everything at once */
  rig->in.nvm_ack = rig->out.nvm_request;
  rig_take_queue(rig);
  rig_count_frames(rig);
  rig->in.time_ms++;
  rig->tick++;
}

static inline void rig_run(rig_t *rig, uint32_t ms) {
  for (uint32_t i = 0; i < ms; i++) rig_tick(rig);
}

static inline void rig_set_groups(rig_t *rig, int32_t mV) {
  int64_t pack_mV = 0;
  for (uint32_t g = 0; g < PINOUT_GROUP_COUNT; g++) {
    rig->group_raw[g] = mV * 10;
    pack_mV += mV;
  }
  rig->pack_mV = (int32_t)pack_mV;
}

/// 25 degC, 3.7 V, time_ms as given, request standby.
static inline void rig_init_at(rig_t *rig, uint32_t time_ms) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(rig, 0, sizeof *rig);
  bms_init(&rig->bms, bms_config_soul_ev(), &boot);
  rig->in.time_ms = time_ms;
  rig->in.digital = BMS_DI_HVIL_CLOSED | BMS_DI_KL30C | BMS_DI_IGNITION;
  rig->in.adc_inlet_ntc_raw = rig->in.adc_heater_ntc_raw[0] = rig->in.adc_heater_ntc_raw[1] = 2048;
  rig->noise_state = 1;
  rig->noise_raw = 2;
  rig->bleed_drop_raw = 50;
  rig->request = SM_REQUEST_STANDBY;
  rig->link_tau_ms = 40;
  rig->iso_pos_kohm = rig->iso_neg_kohm = 5000.0;
  rig->iso_y_uF = 1.0;
  rig->chassis_share = 0.5;
  for (uint32_t m = 0; m < PINOUT_MODULE_COUNT; m++) rig->aux_raw[m] = 15057;
  rig_set_groups(rig, 3700);
}

/// The clock starts at RIG_START_MS of the environment, at 1000 without it.
static inline void rig_init(rig_t *rig) {
  const char *start = getenv("RIG_START_MS");
  rig_init_at(rig, start != NULL ? (uint32_t)strtoul(start, NULL, 10) : 1000);
}

/// Runs until the state is reached; returns the ms it took, UINT32_MAX iff not within max_ms.
static inline uint32_t rig_until(rig_t *rig, uint32_t state, uint32_t max_ms) {
  for (uint32_t i = 0; i < max_ms; i++) {
    if (rig->bms.state == state) return i;
    rig_tick(rig);
  }
  return rig->bms.state == state ? max_ms : UINT32_MAX;
}

/// To STANDBY, then to DRIVE or CHARGE; 1 iff it got there.
static inline int rig_close(rig_t *rig, uint32_t request) {
  if (rig_until(rig, BMS_STATE_STANDBY, 1000) == UINT32_MAX) return 0;
  rig->request = (uint8_t)request;
  uint32_t wanted = request == SM_REQUEST_DRIVE ? BMS_STATE_DRIVE : BMS_STATE_CHARGE;
  return rig_until(rig, wanted, 2000) != UINT32_MAX;
}

static inline int rig_main_is_on(const rig_t *rig) {
  return (rig->out.coil_command >> PINS_COIL_MAIN_POS & 1) != 0;
}

/// ms until main plus is commanded off; UINT32_MAX iff not within max_ms.
static inline uint32_t rig_until_open(rig_t *rig, uint32_t max_ms) {
  for (uint32_t i = 0; i < max_ms; i++) {
    rig_tick(rig);
    if (!rig_main_is_on(rig)) return i + 1;
  }
  return UINT32_MAX;
}

static inline uint32_t rig_dtc_count(const rig_t *rig) {
  uint32_t count = 0;
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) count += rig->bms.dtc[dtc].occurrence_count;
  return count;
}

/// The BMS is sure of this SOC, whatever the voltages say.
static inline void rig_believe_soc(rig_t *rig, uint32_t permille) {
  bms_ekf_t *ekf = &rig->bms.soc.ekf[BMS_SOC_MEAN];
  rig->bms.soc.charge_mAms = (int64_t)permille * rig->bms.config.capacity_mAh * 3600;
  memset(ekf, 0, sizeof *ekf);
  ekf->x[0] = 0.001f * (float)permille;
}

#endif
