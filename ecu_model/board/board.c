/// Board: ADCs, digital inputs, coil drivers; ties the other parts to the core.
#include "board.h"

#include <string.h>

#include "../simd.h"

enum { TICK_us = 1000, ADC_MAX = 4095, COIL_MASK = (1 << PINS_COIL_COUNT) - 1 };
enum { ADC_BLOCK = 4, ADC_LANE_COUNT = 12, ADC_NTC = 8 }; /* ten inputs, in whole blocks */

static const double supply_min_V = 4.0;
static const double ntc_pullup_ohm = 10e3;
#define NOISE_LSB 0.75 /* peak of a uniform noise: 0.43 LSB rms */
static const double open_ohm = 1e8; /* an NTC above it reads full scale */

/// Currents 0..5 V, pack and link 0..500 V, supply 0..20 V, isolation 0..5 V; one that is
/// nothing; NTCs, as shares of the reference.
static const double lsb_per_unit[ADC_LANE_COUNT] = {
    ADC_MAX / 5.0, ADC_MAX / 5.0, ADC_MAX / 500.0, ADC_MAX / 500.0, ADC_MAX / 20.0, ADC_MAX / 5.0,
    ADC_MAX / 5.0, 0.0,           ADC_MAX,         ADC_MAX,         ADC_MAX,        0.0};

void board_init(board_t *board, uint64_t seed) {
  memset(board, 0, sizeof *board);
  afe_chain_init(&board->chain, seed);
  board_spi_init(&board->spi);
  board_watchdog_init(&board->watchdog);
  board_nvm_init(&board->nvm);
  board->noise = board_noise_stream(seed, 1);
}

void board_restart(board_t *board) {
  board_spi_init(&board->spi);
  board_watchdog_init(&board->watchdog);
  board_nvm_restart(&board->nvm);
}

/// Small uniform draws, four from a number. A part of it is a double's last bits.
static inline void draw(uint64_t bits, double dither_lsb[restrict ADC_BLOCK]) {
  static const uint64_t shift[ADC_BLOCK] = {0, 16, 32, 48};
  union {
    uint64_t word[ADC_BLOCK];
    double part[ADC_BLOCK];
  } is;
  for (uint32_t i = 0; i < ADC_BLOCK; i++)
    is.word[i] = BOARD_NOISE_TWO_52_BITS | (bits >> shift[i] & 0xFFFF);
  for (uint32_t i = 0; i < ADC_BLOCK; i++)
    dither_lsb[i] = (is.part[i] - BOARD_NOISE_TWO_52 - 32767.5) * (NOISE_LSB / 32768.0);
}

/// The share of the reference that falls over NTCs.
static inline void divide(double ohm[restrict ADC_BLOCK]) {
  double share[ADC_BLOCK];
  for (uint32_t i = 0; i < ADC_BLOCK; i++) share[i] = ohm[i] / (ohm[i] + ntc_pullup_ohm);
  for (uint32_t i = 0; i < ADC_BLOCK; i++) share[i] = ohm[i] > 0.0 ? share[i] : 0.0;
  for (uint32_t i = 0; i < ADC_BLOCK; i++) ohm[i] = ohm[i] > open_ohm ? 1.0 : share[i];
}

/// An input at the end of its range stays there.
static inline void still_at_ends(const double share[restrict ADC_BLOCK],
                                 double dither_lsb[restrict ADC_BLOCK]) {
  for (uint32_t i = 0; i < ADC_BLOCK; i++) dither_lsb[i] = share[i] > 0.0 ? dither_lsb[i] : 0.0;
  for (uint32_t i = 0; i < ADC_BLOCK; i++) dither_lsb[i] = share[i] < 1.0 ? dither_lsb[i] : 0.0;
}

/// Codes of a block. Not a number is 0.
static inline void make_codes(const double value[restrict ADC_BLOCK],
                              const double lsb[restrict ADC_BLOCK],
                              const double dither_lsb[restrict ADC_BLOCK],
                              int32_t code_raw[restrict ADC_BLOCK]) {
  double code[ADC_BLOCK];
  for (uint32_t i = 0; i < ADC_BLOCK; i++) code[i] = value[i] * lsb[i] + dither_lsb[i] + 0.5;
  for (uint32_t i = 0; i < ADC_BLOCK; i++) code[i] = code[i] >= 1.0 ? code[i] : 0.0;
  for (uint32_t i = 0; i < ADC_BLOCK; i++) code[i] = code[i] > ADC_MAX ? ADC_MAX : code[i];
  for (uint32_t i = 0; i < ADC_BLOCK; i++) code_raw[i] = (int32_t)code[i];
}

/// From values and a number for each block. One step in each loop, so that a wide register takes a
/// block through all of them.
SIMD_CLONES static void make_own_codes(double value[restrict ADC_LANE_COUNT], uint64_t first,
                                       uint64_t second, uint64_t ntc,
                                       int32_t code_raw[restrict ADC_LANE_COUNT]) {
  double dither_lsb[ADC_BLOCK];
  draw(first, dither_lsb);
  make_codes(&value[0], &lsb_per_unit[0], dither_lsb, &code_raw[0]);
  draw(second, dither_lsb);
  make_codes(&value[ADC_BLOCK], &lsb_per_unit[ADC_BLOCK], dither_lsb, &code_raw[ADC_BLOCK]);
  draw(ntc, dither_lsb);
  divide(&value[ADC_NTC]);
  still_at_ends(&value[ADC_NTC], dither_lsb);
  make_codes(&value[ADC_NTC], &lsb_per_unit[ADC_NTC], dither_lsb, &code_raw[ADC_NTC]);
}

static void convert(board_t *board, const pins_in_t *pins, bms_in_t *in) {
  double value[ADC_LANE_COUNT] = {pins->current_low_V,
                                  pins->current_high_V,
                                  pins->pack_V,
                                  pins->link_V,
                                  pins->supply_V,
                                  pins->iso_pos_V,
                                  pins->iso_neg_V,
                                  0.0,
                                  pins->inlet_ntc_ohm,
                                  pins->heater_ntc_ohm[0],
                                  pins->heater_ntc_ohm[1],
                                  0.0};
  const uint64_t a = board_noise_u64(&board->noise), b = board_noise_u64(&board->noise),
                 c = board_noise_u64(&board->noise);
  int32_t code_raw[ADC_LANE_COUNT];
  make_own_codes(value, a, b, b >> 48 | c << 16, code_raw);
  in->adc_current_low_raw = (uint16_t)code_raw[0];
  in->adc_current_high_raw = (uint16_t)code_raw[1];
  in->adc_pack_raw = (uint16_t)code_raw[2];
  in->adc_link_raw = (uint16_t)code_raw[3];
  in->adc_supply_raw = (uint16_t)code_raw[4];
  in->adc_iso_pos_raw = (uint16_t)code_raw[5];
  in->adc_iso_neg_raw = (uint16_t)code_raw[6];
  in->adc_inlet_ntc_raw = (uint16_t)code_raw[ADC_NTC];
  in->adc_heater_ntc_raw[0] = (uint16_t)code_raw[ADC_NTC + 1];
  in->adc_heater_ntc_raw[1] = (uint16_t)code_raw[ADC_NTC + 2];
}

static uint16_t read_digital(const pins_in_t *pins) {
  uint32_t bits = 0;
  if (pins->aux_closed[PINS_COIL_MAIN_POS]) bits |= BMS_DI_AUX_MAIN_POS;
  if (pins->aux_closed[PINS_COIL_MAIN_NEG]) bits |= BMS_DI_AUX_MAIN_NEG;
  if (pins->aux_closed[PINS_COIL_PRECHARGE]) bits |= BMS_DI_AUX_PRECHARGE;
  if (pins->hvil_is_closed) bits |= BMS_DI_HVIL_CLOSED;
  if (pins->crash_is_signalled) bits |= BMS_DI_CRASH;
  if (pins->ignition_is_on) bits |= BMS_DI_IGNITION;
  if (pins->charger_is_plugged) bits |= BMS_DI_CHARGER_PLUG;
  if (pins->kl30c_is_on) bits |= BMS_DI_KL30C;
  return (uint16_t)bits;
}

static uint16_t tacho_Hz(double frequency_Hz) {
  if (!(frequency_Hz > 0.0)) return 0;
  return frequency_Hz > 65535.0 ? (uint16_t)65535 : (uint16_t)(frequency_Hz + 0.5);
}

void board_before(board_t *board, uint64_t now_us, const pins_in_t *pins, bms_in_t *in) {
  board->supply_V = pins->supply_V;
  in->time_ms = (uint32_t)(now_us / TICK_us);
  in->xfer_done_count = 0;
  memset(in->xfer_rx_bytes, 0, sizeof in->xfer_rx_bytes);
  in->can_tx_waiting = 0; /* unless the caller knows better */
  convert(board, pins, in);
  in->digital = read_digital(pins);
  in->fan_tacho_Hz = tacho_Hz(pins->fan_tacho_Hz);
  afe_chain_watch(&board->chain);
  if (board->spi.xfer_count > 0) board_spi_step(&board->spi, &board->chain, now_us, pins, in);
  afe_chain_advance(&board->chain, now_us + TICK_us, pins);
  board_nvm_step(&board->nvm);
  in->nvm_ack = board->nvm.ack;
  in->nvm_ok = board->nvm.ok;
}

static inline void drive_coils(board_t *board, uint64_t now_us, const bms_out_t *out,
                               pins_out_t *pins) {
  const int token_is_fine = board_watchdog_step(&board->watchdog, now_us, out->watchdog_token);
  const int pair_is_fine = (out->coil_command ^ out->coil_command_inverse) == 0xFFFF;
  const int supply_is_fine = board->supply_V >= supply_min_V;
  const uint32_t wanted = out->coil_command & COIL_MASK;
  board->coil_is_refused = !(token_is_fine && pair_is_fine && supply_is_fine);
  if (board->coil_is_refused && wanted != 0) board->coil_drop_count++;
  const uint32_t driven = board->coil_is_refused ? 0 : wanted;
  SIMD_WHOLE
  for (uint32_t i = 0; i < PINS_COIL_COUNT; i++)
    pins->coil_V[i] = driven >> i & 1 ? board->supply_V : 0.0;
}

void board_hang(board_t *board, uint64_t now_us, const pins_in_t *pins_in, const bms_out_t *out,
                pins_out_t *pins) {
  board->supply_V = pins_in->supply_V;
  drive_coils(board, now_us, out, pins);
}

void board_after(board_t *board, uint64_t now_us, const bms_out_t *out, pins_out_t *pins) {
  const uint64_t next_us = now_us + TICK_us;
  memset(pins->afe_mode, 0, sizeof pins->afe_mode);
  memset(pins->afe_slot_begin, 0, sizeof pins->afe_slot_begin);
  memset(pins->afe_slot_end, 0, sizeof pins->afe_slot_end);
  memset(pins->padding, 0, sizeof pins->padding);
  pins->afe_slot_us = 0;
  drive_coils(board, now_us, out, pins);
  pins->fan_duty = out->fan_duty_permille >= 1000 ? 1.0 : out->fan_duty_permille * 1e-3;
  pins->iso_switch_pos_is_on = out->iso_switch & 1;
  pins->iso_switch_neg_is_on = out->iso_switch >> 1 & 1;
  pins->hvil_drive_is_on = board->supply_V >= supply_min_V;
  board_nvm_request(&board->nvm, out);
  board_spi_queue(&board->spi, out);
  afe_chain_announce(&board->chain, next_us, pins);
  if (board->spi.xfer_count > 0) board_spi_announce(&board->spi, &board->chain, next_us, pins);
}
