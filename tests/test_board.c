/// Board: ADC scaling, coil drivers and their guards, SPI budget, memory, determinism.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/board/board.h"
#include "afe_bytes.h"

static board_t board;
static pins_in_t pins;
static pins_out_t drive;
static bms_in_t in;
static bms_out_t out;
static uint64_t now_us;
static uint16_t token;

static void setup(void) {
  memset(&pins, 0, sizeof pins);
  memset(&out, 0, sizeof out);
  memset(&in, 0, sizeof in);
  board_init(&board, 77);
  pins.supply_V = 12.0;
  pins.current_low_V = pins.current_high_V = 2.5;
  now_us = 0;
  token = 0;
}

static void step(void) {
  board_before(&board, now_us, &pins, &in);
  if (now_us % 10000 == 0) token = token ? board_watchdog_next(token) : (uint16_t)0xACE1;
  out.watchdog_token = token;
  board_after(&board, now_us, &out, &drive);
  now_us += 1000;
}

static void steps(int count) {
  for (int i = 0; i < count; i++) step();
}

static void command(uint16_t coils) {
  out.coil_command = coils;
  out.coil_command_inverse = (uint16_t)~coils;
}

START_TEST(adc_scales_and_rounds) {
  setup();
  pins.pack_V = 360.0;
  pins.link_V = 500.0;
  pins.iso_pos_V = -3.0;
  pins.iso_neg_V = 2.5;
  pins.inlet_ntc_ohm = 10e3;
  pins.heater_ntc_ohm[0] = 0.0;
  pins.heater_ntc_ohm[1] = 1e9;
  double sum = 0.0;
  for (int i = 0; i < 2000; i++) {
    board_before(&board, now_us, &pins, &in);
    ck_assert_int_le(abs(in.adc_pack_raw - 2948), 1); /* 2948.4 */
    sum += in.adc_pack_raw;
  }
  ck_assert_double_eq_tol(sum / 2000, 360.0 / 500.0 * 4095.0, 0.05);
  ck_assert_int_ge(in.adc_link_raw, 4094);
  ck_assert_int_le(abs(in.adc_supply_raw - 2457), 1);
  ck_assert_int_le(abs(in.adc_current_low_raw - 2048), 1);
  ck_assert_int_eq(in.adc_iso_pos_raw, 0);
  ck_assert_int_le(abs(in.adc_iso_neg_raw - 2048), 1);
  ck_assert_int_le(abs(in.adc_inlet_ntc_raw - 2048), 1);
  ck_assert_int_eq(in.adc_heater_ntc_raw[0], 0);
  ck_assert_int_eq(in.adc_heater_ntc_raw[1], 4095);
}
END_TEST

START_TEST(digital_inputs_keep_their_bits) {
  setup();
  uint8_t *input[8] = {&pins.aux_closed[PINS_COIL_MAIN_POS],
                       &pins.aux_closed[PINS_COIL_MAIN_NEG],
                       &pins.aux_closed[PINS_COIL_PRECHARGE],
                       &pins.hvil_is_closed,
                       &pins.crash_is_signalled,
                       &pins.ignition_is_on,
                       &pins.charger_is_plugged,
                       &pins.kl30c_is_on};
  const uint16_t bit[8] = {BMS_DI_AUX_MAIN_POS, BMS_DI_AUX_MAIN_NEG, BMS_DI_AUX_PRECHARGE,
                           BMS_DI_HVIL_CLOSED,  BMS_DI_CRASH,        BMS_DI_IGNITION,
                           BMS_DI_CHARGER_PLUG, BMS_DI_KL30C};
  for (int i = 0; i < 8; i++) {
    *input[i] = 1;
    board_before(&board, 0, &pins, &in);
    ck_assert_uint_eq(in.digital, bit[i]);
    *input[i] = 0;
  }
  pins.fan_tacho_Hz = 66.6;
  board_before(&board, 0, &pins, &in);
  ck_assert_uint_eq(in.fan_tacho_Hz, 67);
}
END_TEST

START_TEST(coils_need_three_tokens_and_follow_the_command) {
  setup();
  command(1u << PINS_COIL_MAIN_NEG | 1u << PINS_COIL_PRECHARGE);
  for (int i = 0; i < 20; i++) {
    step();
    ck_assert_double_eq(drive.coil_V[PINS_COIL_MAIN_NEG], 0.0);
  }
  step(); /* third token, at 20 ms */
  ck_assert_double_eq(drive.coil_V[PINS_COIL_MAIN_NEG], 12.0);
  ck_assert_double_eq(drive.coil_V[PINS_COIL_PRECHARGE], 12.0);
  ck_assert_double_eq(drive.coil_V[PINS_COIL_MAIN_POS], 0.0);
  ck_assert_double_eq(drive.coil_V[PINS_COIL_HEATER], 0.0);
}
END_TEST

START_TEST(wrong_inverse_drops_all_coils_at_once) {
  setup();
  command(15);
  steps(40);
  ck_assert_double_eq(drive.coil_V[0], 12.0);
  out.coil_command_inverse ^= (uint16_t)(1u << _i);
  step();
  for (int i = 0; i < PINS_COIL_COUNT; i++) ck_assert_double_eq(drive.coil_V[i], 0.0);
  ck_assert_uint_eq(board.coil_is_refused, 1);
  out.coil_command_inverse ^= (uint16_t)(1u << _i);
  step();
  ck_assert_double_eq(drive.coil_V[0], 12.0);
}
END_TEST

START_TEST(low_supply_drops_all_coils) {
  setup();
  command(15);
  steps(40);
  pins.supply_V = 3.99;
  step();
  for (int i = 0; i < PINS_COIL_COUNT; i++) ck_assert_double_eq(drive.coil_V[i], 0.0);
  ck_assert_uint_eq(drive.hvil_drive_is_on, 0);
  pins.supply_V = 4.0;
  step();
  ck_assert_double_eq(drive.coil_V[0], 4.0);
}
END_TEST

START_TEST(token_that_stops_drops_the_coils_after_30_ms) {
  setup();
  command(15);
  steps(41); /* last token at 40 ms */
  for (int i = 1; i <= 30; i++) {
    board_after(&board, 40000u + 1000u * (unsigned)i, &out, &drive);
    ck_assert_double_eq(drive.coil_V[0], 12.0);
  }
  board_after(&board, 71000, &out, &drive);
  ck_assert_double_eq(drive.coil_V[0], 0.0);
  for (int i = 0; i < 3; i++) { /* the sequence goes on: three tokens until it is trusted again */
    ck_assert_double_eq(drive.coil_V[0], 0.0);
    token = out.watchdog_token = board_watchdog_next(token);
    board_after(&board, 80000u + 10000u * (unsigned)i, &out, &drive);
  }
  ck_assert_double_eq(drive.coil_V[0], 12.0);
}
END_TEST

START_TEST(wrong_token_disarms) {
  board_watchdog_t watchdog;
  board_watchdog_init(&watchdog);
  ck_assert_uint_eq(board_watchdog_next(0xACE1), 0xE270);
  uint16_t x = 0xACE1;
  for (int i = 0; i < 3; i++, x = board_watchdog_next(x))
    ck_assert_int_eq(board_watchdog_step(&watchdog, 10000u * (unsigned)i, x), i == 2);
  ck_assert_int_eq(board_watchdog_step(&watchdog, 25000, 0), 1); /* no token in this step */
  ck_assert_int_eq(board_watchdog_step(&watchdog, 30000, (uint16_t)(x ^ 4)), 0);
  x = (uint16_t)(x ^ 4);
  for (int i = 1; i <= 3; i++) {
    x = board_watchdog_next(x);
    ck_assert_int_eq(board_watchdog_step(&watchdog, 30000u + 10000u * (unsigned)i, x), i == 3);
  }
}
END_TEST

START_TEST(lfsr_has_full_length) {
  uint32_t length = 0;
  uint16_t x = 0xACE1;
  do {
    x = board_watchdog_next(x);
    length++;
  } while (x != 0xACE1 && length < 70000);
  ck_assert_uint_eq(length, 65535);
}
END_TEST

static void queue(uint16_t afe_command, uint16_t rx_bytes) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < out.xfer_count; i++) at += out.xfer[i].tx_bytes;
  afe_bytes_put(&out.afe_tx[at], afe_command);
  out.xfer[out.xfer_count].tx_bytes = 4;
  out.xfer[out.xfer_count++].rx_bytes = rx_bytes;
}

START_TEST(link_moves_125_bytes_a_millisecond) {
  setup();
  step();
  for (int i = 0; i < 5; i++) queue(LTC6813_RDCVA, 64); /* 340 bytes */
  step();
  out.xfer_count = 0;
  const int done[5] = {1, 2, 2, 0, 0}; /* 125, 250, 340 of 68 each: 1, 3, 5 */
  for (int i = 0; i < 5; i++) {
    step();
    ck_assert_int_eq(in.xfer_done_count, done[i]);
    for (int j = 0; j < done[i]; j++) {
      ck_assert_uint_eq(in.xfer_rx_bytes[j], 64);
      const uint8_t *rx = &in.afe_rx[64 * j];
      ck_assert_uint_eq(ltc6813_pec(rx, 6), (uint16_t)(rx[6] << 8 | rx[7]));
    }
  }
}
END_TEST

START_TEST(at_most_eight_transfers_end_in_a_millisecond) {
  setup();
  step();
  for (int i = 0; i < 8; i++) queue(LTC6813_CLRAUX, 0);
  board_spi_queue(&board.spi, &out);
  board_spi_queue(&board.spi, &out); /* 64 bytes in all: less than a millisecond */
  out.xfer_count = 0;
  step();
  ck_assert_int_eq(in.xfer_done_count, 8);
  step();
  ck_assert_int_eq(in.xfer_done_count, 8);
  step();
  ck_assert_int_eq(in.xfer_done_count, 0);
}
END_TEST

START_TEST(full_queue_drops_and_counts) {
  setup();
  for (int i = 0; i < 8; i++) queue(LTC6813_RDCVA, 64);
  for (int i = 0; i < 5; i++) board_spi_queue(&board.spi, &out);
  ck_assert_uint_eq(board.spi.xfer_count, BOARD_SPI_QUEUE_MAX);
  ck_assert_uint_eq(board.spi.dropped_count, 8);
  setup();
  out.xfer_count = 1;
  out.xfer[0].tx_bytes = 3; /* no command */
  board_spi_queue(&board.spi, &out);
  out.xfer[0].tx_bytes = 4000;
  board_spi_queue(&board.spi, &out);
  ck_assert_uint_eq(board.spi.xfer_count, 0);
  ck_assert_uint_eq(board.spi.dropped_count, 2);
}
END_TEST

/* A write whose data are a number, or a read, which takes as long but needs fewer bytes in the
 * queue. */
static void queue_numbered(uint8_t number, int is_write) {
  uint8_t *at = out.afe_tx;
  for (uint32_t i = 0; i < out.xfer_count; i++) at += out.xfer[i].tx_bytes;
  queue(is_write ? LTC6813_WRCFGA : LTC6813_RDCFGA, is_write ? 0 : 64);
  if (!is_write) return;
  out.xfer[out.xfer_count - 1].tx_bytes = AFE_CHAIN_COMMAND_BYTES + AFE_CHAIN_DATA_BYTES;
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    uint8_t *data = at + AFE_CHAIN_COMMAND_BYTES + 8 * i;
    memset(data, number, 6);
    const uint16_t pec = ltc6813_pec(data, 6);
    data[6] = (uint8_t)(pec >> 8);
    data[7] = (uint8_t)pec;
  }
}

/* Loop: of how many transfers one is a write. A queue that is never empty goes round in its
 * buffers: by its bytes where all are writes, by its count where most are reads. */
START_TEST(queue_that_never_empties_keeps_order_and_bytes) {
  uint32_t queued = 0, finished = 0, round_count = 0;
  uint8_t written = 0;
  setup();
  for (uint32_t tick = 0; tick < 400; tick++, now_us += 1000) {
    const uint32_t first = board.spi.xfer_first;
    out.xfer_count = 0;
    while (queued - finished < 12 && out.xfer_count < 2) {
      queue_numbered((uint8_t)queued, queued % (uint32_t)_i == 0);
      board_spi_queue(&board.spi, &out);
      out.xfer_count = 0;
      queued++;
    }
    if (board.spi.xfer_first < first) round_count++;
    memset(&in, 0, sizeof in);
    board_spi_step(&board.spi, &board.chain, now_us, &pins, &in);
    for (uint32_t i = 0, at = 0; i < in.xfer_done_count; i++, finished++) {
      if (finished % (uint32_t)_i == 0) written = (uint8_t)finished;
      if (in.xfer_rx_bytes[i] == 64) ck_assert_uint_eq(in.afe_rx[at + 1], written);
      at += in.xfer_rx_bytes[i];
    }
    ck_assert_uint_eq(board.chain.chip[0].cfga[1], written);
    ck_assert_uint_eq(board.spi.xfer_count, queued - finished);
  }
  ck_assert_uint_gt(round_count, 10);
  ck_assert_uint_eq(board.spi.dropped_count, 0);
}
END_TEST

START_TEST(conversion_begins_in_the_tick_of_its_command) {
  setup();
  for (int i = 0; i < 8; i++) board.chain.chip[i].cfga[0] = 0xFC; /* reference on */
  steps(10);
  queue(LTC6813_CLRCELL, 0);
  queue(LTC6813_ADOW | 0x80 | 0x40, 0);
  step(); /* at 10 ms: announces for the tick at 11 ms */
  out.xfer_count = 0;
  ck_assert_uint_eq(drive.afe_mode[0], PINS_AFE_PULL_UP);
  ck_assert_uint_eq(drive.afe_slot_begin[0], 0);
  ck_assert_uint_eq(drive.afe_slot_end[0], 5); /* 64 us + 5 x 185.5 us < 1 ms */
  ck_assert_uint_eq(drive.afe_slot_us, 186);
  step();
  ck_assert_int_eq(in.xfer_done_count, 2);
  ck_assert_uint_eq(board.chain.run[0].conversion.start_us, 11000 + 64);
  ck_assert_uint_eq(drive.afe_slot_begin[0], 5);
  ck_assert_uint_eq(drive.afe_slot_end[0], 6);
  step();
  ck_assert_uint_eq(drive.afe_mode[0], PINS_AFE_IDLE);
  ck_assert_int_eq(board.chain.run_count, 0);
}
END_TEST

START_TEST(memory_takes_time_and_acknowledges) {
  setup();
  out.nvm_request = 1;
  out.nvm_offset = 100;
  out.nvm_bytes = 40;
  for (int i = 0; i < 64; i++) out.nvm_data[i] = (uint8_t)(i + 1);
  step();
  ck_assert_uint_eq(in.nvm_ack, 0);
  step();
  step(); /* 32 of 40 bytes: a power cut here leaves a torn record */
  ck_assert_uint_eq(in.nvm_ack, 0);
  ck_assert_uint_eq(board.nvm.image[131], 32);
  ck_assert_uint_eq(board.nvm.image[132], 0xFF);
  step();
  ck_assert_uint_eq(in.nvm_ack, 1);
  ck_assert_uint_eq(in.nvm_ok, 1);
  ck_assert_uint_eq(board.nvm.image[139], 40);
  ck_assert_uint_eq(board.nvm.image[140], 0xFF);
  ck_assert_uint_eq(board.nvm.image[99], 0xFF);
  out.nvm_request = 2;
  out.nvm_offset = BMS_NVM_BYTES - 39;
  steps(3);
  ck_assert_uint_eq(in.nvm_ack, 2);
  ck_assert_uint_eq(in.nvm_ok, 0);
}
END_TEST

START_TEST(second_request_waits_for_the_first) {
  setup();
  out.nvm_request = 1;
  out.nvm_bytes = 64;
  out.nvm_data[0] = 7;
  step();
  out.nvm_request = 2;
  out.nvm_offset = 64;
  steps(2);
  ck_assert_uint_eq(in.nvm_ack, 0);
  steps(2);
  ck_assert_uint_eq(in.nvm_ack, 1);
  steps(4);
  ck_assert_uint_eq(in.nvm_ack, 2);
  ck_assert_uint_eq(board.nvm.image[0], 7);
  ck_assert_uint_eq(board.nvm.image[64], 7);
  ck_assert_uint_eq(board.nvm.image[128], 0xFF);
}
END_TEST

START_TEST(small_outputs_pass_on) {
  setup();
  out.fan_duty_permille = 370;
  out.iso_switch = 2;
  step();
  ck_assert_double_eq_tol(drive.fan_duty, 0.37, 1e-12);
  ck_assert_uint_eq(drive.iso_switch_pos_is_on, 0);
  ck_assert_uint_eq(drive.iso_switch_neg_is_on, 1);
  ck_assert_uint_eq(drive.hvil_drive_is_on, 1);
  out.fan_duty_permille = 5000;
  step();
  ck_assert_double_eq_tol(drive.fan_duty, 1.0, 1e-12);
}
END_TEST

START_TEST(equal_seeds_give_equal_bytes) {
  static board_t other;
  bms_in_t first;
  memset(&first, 0, sizeof first);
  setup();
  steps(50);
  other = board;
  first = in;
  setup();
  steps(50);
  ck_assert_mem_eq(&in, &first, sizeof in);
  ck_assert_int_eq(memcmp(&other, &board, sizeof board), 0);
  board_init(&board, 78);
  ck_assert_double_ne(board.chain.chip[0].gain_error, other.chain.chip[0].gain_error);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("board");
  TCase *tests = tcase_create("board");
  tcase_add_test(tests, adc_scales_and_rounds);
  tcase_add_test(tests, digital_inputs_keep_their_bits);
  tcase_add_test(tests, coils_need_three_tokens_and_follow_the_command);
  tcase_add_loop_test(tests, wrong_inverse_drops_all_coils_at_once, 0, 16);
  tcase_add_test(tests, low_supply_drops_all_coils);
  tcase_add_test(tests, token_that_stops_drops_the_coils_after_30_ms);
  tcase_add_test(tests, wrong_token_disarms);
  tcase_add_test(tests, lfsr_has_full_length);
  tcase_add_test(tests, link_moves_125_bytes_a_millisecond);
  tcase_add_test(tests, at_most_eight_transfers_end_in_a_millisecond);
  tcase_add_test(tests, full_queue_drops_and_counts);
  tcase_add_loop_test(tests, queue_that_never_empties_keeps_order_and_bytes, 1, 5);
  tcase_add_test(tests, conversion_begins_in_the_tick_of_its_command);
  tcase_add_test(tests, memory_takes_time_and_acknowledges);
  tcase_add_test(tests, second_request_waits_for_the_first);
  tcase_add_test(tests, small_outputs_pass_on);
  tcase_add_test(tests, equal_seeds_give_equal_bytes);
  suite_add_tcase(suite, tests);
  return suite;
}
