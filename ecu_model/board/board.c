/// Board: ADCs, digital inputs, coil drivers; ties the other parts to the core.
#include "board.h"

#include <string.h>

enum { TICK_us = 1000, ADC_MAX = 4095, ADC_COUNT = 10, COIL_MASK = (1 << PINS_COIL_COUNT) - 1 };

static const double supply_min_V = 4.0;
static const double ntc_pullup_ohm = 10e3;
static const double noise_lsb = 0.75; /* peak of a uniform noise: 0.43 LSB rms */
static const double open_ohm = 1e8; /* an NTC above it reads full scale */

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

static uint16_t adc_code(double value, double lsb_per_unit, double dither_lsb) {
  const double code = value * lsb_per_unit + dither_lsb + 0.5;
  if (!(code >= 1.0)) return 0;
  return code > ADC_MAX ? (uint16_t)ADC_MAX : (uint16_t)code;
}

static double ntc_ratio(double ohm) {
  if (!(ohm > 0.0)) return 0.0;
  return ohm > open_ohm ? 1.0 : ohm / (ohm + ntc_pullup_ohm);
}

/// Four small uniform draws from one number; an input at the end of its range stays there.
static void draw(board_noise_t *noise, double dither_lsb[ADC_COUNT + 2]) {
  for (uint32_t i = 0; i < ADC_COUNT; i += 4) {
    uint64_t bits = board_noise_u64(noise);
    for (uint32_t j = 0; j < 4; j++, bits >>= 16)
      dither_lsb[i + j] = ((double)(bits & 0xFFFF) - 32767.5) * (noise_lsb / 32768.0);
  }
}

static uint16_t ntc_code(double ohm, double dither_lsb) {
  const double ratio = ntc_ratio(ohm);
  return adc_code(ratio, ADC_MAX, ratio > 0.0 && ratio < 1.0 ? dither_lsb : 0.0);
}

static void convert(board_t *board, const pins_in_t *pins, bms_in_t *in) {
  double dither[ADC_COUNT + 2];
  draw(&board->noise, dither);
  in->adc_current_low_raw = adc_code(pins->current_low_V, ADC_MAX / 5.0, dither[0]);
  in->adc_current_high_raw = adc_code(pins->current_high_V, ADC_MAX / 5.0, dither[1]);
  in->adc_pack_raw = adc_code(pins->pack_V, ADC_MAX / 500.0, dither[2]);
  in->adc_link_raw = adc_code(pins->link_V, ADC_MAX / 500.0, dither[3]);
  in->adc_supply_raw = adc_code(pins->supply_V, ADC_MAX / 20.0, dither[4]);
  in->adc_iso_pos_raw = adc_code(pins->iso_pos_V, ADC_MAX / 5.0, dither[5]);
  in->adc_iso_neg_raw = adc_code(pins->iso_neg_V, ADC_MAX / 5.0, dither[6]);
  in->adc_inlet_ntc_raw = ntc_code(pins->inlet_ntc_ohm, dither[7]);
  in->adc_heater_ntc_raw[0] = ntc_code(pins->heater_ntc_ohm[0], dither[8]);
  in->adc_heater_ntc_raw[1] = ntc_code(pins->heater_ntc_ohm[1], dither[9]);
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
  memset(in->padding, 0, sizeof in->padding);
  memset(in->afe_rx, 0, sizeof in->afe_rx);
  convert(board, pins, in);
  in->digital = read_digital(pins);
  in->fan_tacho_Hz = tacho_Hz(pins->fan_tacho_Hz);
  if (board->spi.xfer_count > 0) board_spi_step(&board->spi, &board->chain, now_us, pins, in);
  afe_chain_advance(&board->chain, now_us + TICK_us, pins);
  board_nvm_step(&board->nvm);
  in->nvm_ack = board->nvm.ack;
  in->nvm_ok = board->nvm.ok;
}

static void drive_coils(board_t *board, uint64_t now_us, const bms_out_t *out, pins_out_t *pins) {
  const int token_is_fine = board_watchdog_step(&board->watchdog, now_us, out->watchdog_token);
  const int pair_is_fine = (out->coil_command ^ out->coil_command_inverse) == 0xFFFF;
  const int supply_is_fine = board->supply_V >= supply_min_V;
  const uint32_t wanted = out->coil_command & COIL_MASK;
  board->coil_is_refused = !(token_is_fine && pair_is_fine && supply_is_fine);
  if (board->coil_is_refused && wanted != 0) board->coil_drop_count++;
  for (uint32_t i = 0; i < PINS_COIL_COUNT; i++)
    pins->coil_V[i] = !board->coil_is_refused && (wanted >> i & 1) ? board->supply_V : 0.0;
}

void board_hang(board_t *board, uint64_t now_us, const pins_in_t *pins_in, const bms_out_t *out,
                pins_out_t *pins) {
  board->supply_V = pins_in->supply_V;
  drive_coils(board, now_us, out, pins);
}

void board_after(board_t *board, uint64_t now_us, const bms_out_t *out, pins_out_t *pins) {
  const uint64_t next_us = now_us + TICK_us;
  memset(pins, 0, sizeof *pins);
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
