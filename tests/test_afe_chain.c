/// LTC6813 chain: bytes, timing, errors, faults.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/board/afe_chain.h"
#include "../ecu_model/gen/pinout.h"
#include "afe_bytes.h"

static afe_chain_t chain;
static pins_in_t pins;
static pins_out_t announced;
static uint8_t rx[AFE_CHAIN_DATA_BYTES];

static void send(uint64_t time_us, uint16_t command) {
  uint8_t tx[AFE_CHAIN_COMMAND_BYTES];
  afe_bytes_put(tx, command);
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, time_us, &pins);
  afe_chain_command(&chain, time_us, tx, rx, sizeof rx);
}

static void write_all(uint64_t time_us, uint16_t command, const uint8_t data[AFE_CHAIN_COUNT][6]) {
  uint8_t tx[AFE_CHAIN_COMMAND_BYTES + AFE_CHAIN_DATA_BYTES];
  afe_bytes_put(tx, command);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    uint8_t *at = &tx[4 + 8 * (AFE_CHAIN_COUNT - 1 - i)];
    memcpy(at, data[i], 6);
    const uint16_t pec = ltc6813_pec(at, 6);
    at[6] = (uint8_t)(pec >> 8);
    at[7] = (uint8_t)(pec & 0xFF);
  }
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, time_us, &pins);
  afe_chain_command(&chain, time_us, tx, rx, 0);
  afe_chain_write(&chain, time_us, tx, sizeof tx);
}

static void write_config(uint64_t time_us, uint8_t first, uint8_t dcc8_1, uint8_t dcc12_9) {
  uint8_t data[AFE_CHAIN_COUNT][6] = {{0}};
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    data[i][0] = first;
    data[i][4] = dcc8_1;
    data[i][5] = dcc12_9;
  }
  write_all(time_us, LTC6813_WRCFGA, (const uint8_t(*)[6])data);
}

static uint16_t code_at(uint32_t afe, uint32_t i) {
  return (uint16_t)(rx[8 * afe + 2 * i] | rx[8 * afe + 2 * i + 1] << 8);
}

static void setup(void) {
  memset(&pins, 0, sizeof pins);
  for (uint32_t w = 1; w < PINS_WIRE_COUNT; w++)
    pins.afe_input_V[w] =
        pins.afe_input_V[w - 1] + (pinout_wire[w].group_below == PINOUT_NONE ? 0.0 : 3.7);
  for (uint32_t i = 0; i < PINS_MODULE_COUNT; i++) pins.module_ntc_ohm[i] = 10e3;
  afe_chain_init(&chain, 5);
  write_config(10, 0xFC, 0, 0); /* REFON */
}

START_TEST(pec_of_the_data_sheet) {
  const uint8_t data[2] = {0x00, 0x01};
  ck_assert_uint_eq(ltc6813_pec(data, 2), 0x3D6E);
  ck_assert_uint_eq(ltc6813_pec(data, 0), 16u << 1);
}
END_TEST

/// Bit by bit as the data sheet describes it.
static uint16_t pec_by_bits(const uint8_t *data, uint32_t count) {
  uint32_t remainder = 16;
  for (uint32_t i = 0; i < 8 * count; i++) {
    const uint32_t in = ((uint32_t)data[i / 8] >> (7 - i % 8) & 1u) ^ (remainder >> 14 & 1u);
    remainder = (remainder << 1 & 0x7FFF) ^ (in ? 0x4599 : 0);
  }
  return (uint16_t)(remainder << 1);
}

/// Each byte of each length takes all its values, the others stay mixed.
START_TEST(pec_table_is_the_polynomial) {
  for (uint32_t count = 0; count <= LTC6813_GROUP_BYTES; count++)
    for (uint32_t at = 0; at < count; at++)
      for (uint32_t value = 0; value < 256; value++) {
        uint8_t data[LTC6813_GROUP_BYTES];
        for (uint32_t i = 0; i < count; i++) data[i] = (uint8_t)(0x5B * (i + 1) + 7 * value);
        data[at] = (uint8_t)value;
        ck_assert_uint_eq(ltc6813_pec(data, count), pec_by_bits(data, count));
      }
}
END_TEST

START_TEST(configuration_reads_back_byte_for_byte) {
  setup();
  uint8_t data[AFE_CHAIN_COUNT][6];
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++)
    for (uint32_t j = 0; j < 6; j++) data[i][j] = (uint8_t)(16 * i + j + 0xC0);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) data[i][0] = 0xFC;
  write_all(100, LTC6813_WRCFGA, (const uint8_t(*)[6])data);
  send(200, LTC6813_RDCFGA);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    ck_assert_mem_eq(&rx[8 * i], data[i], 6);
    const uint16_t pec = ltc6813_pec(data[i], 6);
    ck_assert_uint_eq(rx[8 * i + 6], pec >> 8);
    ck_assert_uint_eq(rx[8 * i + 7], pec & 0xFF);
  }
  send(300, LTC6813_RDCFGB);
  const uint8_t fresh[6] = {0x0F, 0, 0, 0, 0, 0};
  ck_assert_mem_eq(&rx[8], fresh, 6);
}
END_TEST

START_TEST(wrong_pec_is_ignored) {
  setup();
  uint8_t tx[4];
  afe_bytes_put(tx, LTC6813_RDCFGA);
  tx[3] ^= 2;
  afe_chain_command(&chain, 100, tx, rx, sizeof rx);
  for (uint32_t i = 0; i < sizeof rx; i++) ck_assert_uint_eq(rx[i], 0xFF);
  ck_assert_uint_eq(chain.bad_command_count, 1);
  afe_bytes_put(tx, LTC6813_ADCV | 0x100);
  tx[2] ^= 1;
  afe_chain_command(&chain, 100, tx, rx, 0);
  ck_assert_int_eq(chain.run_count, 0);
}
END_TEST

START_TEST(wrong_data_pec_spares_one_chip_only) {
  setup();
  uint8_t tx[68];
  afe_bytes_put(tx, LTC6813_WRCFGB);
  for (uint32_t i = 0; i < 8; i++) {
    uint8_t *at = &tx[4 + 8 * i];
    memset(at, 0x30, 6);
    const uint16_t pec = ltc6813_pec(at, 6);
    at[6] = (uint8_t)(pec >> 8);
    at[7] = (uint8_t)((pec & 0xFF) ^ (i == 5 ? 1 : 0)); /* sixth from the far end: AFE 2 */
  }
  afe_chain_write(&chain, 100, tx, sizeof tx);
  for (uint32_t i = 0; i < 8; i++) ck_assert_uint_eq(chain.chip[i].cfgb[0], i == 2 ? 0x0F : 0x30);
  ck_assert_uint_eq(chain.bad_write_count, 1);
  afe_chain_write(&chain, 100, tx, 67);
  ck_assert_uint_eq(chain.bad_write_count, 1);
}
END_TEST

START_TEST(all_cells_take_their_time_and_their_error) {
  setup();
  send(10000, LTC6813_CLRCELL);
  send(10000, LTC6813_ADCV | 0x100); /* 7 kHz */
  send(10000 + 2334, LTC6813_RDCVA);
  ck_assert_uint_eq(code_at(0, 0), 0xFFFF); /* still converting: what was there */
  send(10000 + 2335, LTC6813_RDCVA);
  double sum_mV = 0.0;
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++)
    for (uint32_t j = 0; j < 3; j++) {
      ck_assert_int_le(abs((int)code_at(i, j) - 37000), 22);
      sum_mV += fabs(code_at(i, j) * 0.1 - 3700.0);
    }
  ck_assert_double_gt(sum_mV, 0.5); /* the chips do err */
  send(20000, LTC6813_RDCVF); /* tied inputs */
  ck_assert_int_le(code_at(4, 2), 10);
  send(20000, LTC6813_RDCVB); /* M2: channel 6 lies across the doubled tap */
  ck_assert_int_le(code_at(1, 2), 10);
}
END_TEST

START_TEST(fast_mode_is_faster_and_needs_the_reference) {
  setup();
  send(10000, LTC6813_ADCV | 0x80);
  ck_assert_uint_eq(chain.run[0].conversion.end_us, 10000 + 1113);
  send(20000, LTC6813_ADCV | 0x80 | 2);
  ck_assert_uint_eq(chain.run[0].conversion.end_us, 20000 + 185 + 16);
  write_config(30000, 0xF8, 0, 0);
  send(30000, LTC6813_ADCV | 0x80);
  ck_assert_uint_eq(chain.run[0].conversion.start_us, 33500);
  write_config(40000, 0xFC, 0, 0);
  send(41000, LTC6813_ADCV | 0x80);
  ck_assert_uint_eq(chain.run[0].conversion.start_us, 43500);
  write_config(50000, 0xFD, 0, 0); /* ADCOPT */
  send(60000, LTC6813_ADCV | 0x80);
  ck_assert_uint_eq(chain.run[0].conversion.end_us, 60000 + 1288);
}
END_TEST

START_TEST(slots_sample_the_pins_of_their_time) {
  setup();
  send(10000, LTC6813_ADCV | 0x100);
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, 10000 + 3 * 2335 / 6, &pins); /* slots 0..2 */
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) pins.afe_input_V[w] *= 0.5;
  send(13000, LTC6813_RDCVA);
  ck_assert_int_le(abs((int)code_at(7, 2) - 37000), 22);
  send(13000, LTC6813_RDCVB);
  ck_assert_int_le(abs((int)code_at(7, 0) - 18500), 22);
  send(13000, LTC6813_RDCVC);
  ck_assert_int_le(abs((int)code_at(7, 0) - 37000), 22); /* channel 7 with channel 1 */
}
END_TEST

START_TEST(readings_end_at_the_range) {
  setup();
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) pins.afe_input_V[w] = w == 1 ? 9.0 : 0.0;
  send(10000, LTC6813_ADCV | 0x100);
  send(13000, LTC6813_RDCVA);
  ck_assert_uint_eq(code_at(0, 0), 57300);
  ck_assert_uint_eq(code_at(0, 1), 0); /* negative */
}
END_TEST

START_TEST(single_channel_leaves_the_others) {
  setup();
  send(10000, LTC6813_CLRCELL);
  send(10000, LTC6813_ADCV | 0x100 | 2); /* channels 2 8 14 */
  send(13000, LTC6813_RDCVA);
  ck_assert_uint_eq(code_at(3, 0), 0xFFFF);
  ck_assert_int_le(abs((int)code_at(3, 1) - 37000), 22);
  ck_assert_uint_eq(code_at(3, 2), 0xFFFF);
}
END_TEST

START_TEST(thermistor_and_reference) {
  setup();
  pins.module_ntc_ohm[3] = 30e3;
  pins.module_ntc_ohm[4] = 0.0;
  pins.module_ntc_ohm[5] = 1e9;
  send(10000, LTC6813_ADAX | 0x100);
  send(10000 + 3891, LTC6813_PLADC);
  ck_assert_uint_eq(rx[0], 0xFF);
  send(14000, LTC6813_RDAUXB);
  uint16_t reference_raw[AFE_CHAIN_COUNT];
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    reference_raw[i] = code_at(i, 2);
    ck_assert_int_le(abs((int)reference_raw[i] - 30000), 65);
  }
  send(14000, LTC6813_RDAUXA);
  ck_assert_int_le(abs((int)code_at(0, 0) - reference_raw[0] / 2), 10);
  ck_assert_int_le(abs((int)code_at(3, 0) - reference_raw[3] * 3 / 4), 10);
  ck_assert_int_le(code_at(4, 0), 5);
  ck_assert_int_le(abs((int)code_at(5, 0) - reference_raw[5]), 10);
}
END_TEST

START_TEST(poll_answers_while_converting) {
  setup();
  send(10000, LTC6813_ADCV | 0x100);
  send(11000, LTC6813_PLADC);
  ck_assert_uint_eq(rx[0], 0x00);
  send(12400, LTC6813_PLADC);
  ck_assert_uint_eq(rx[0], 0xFF);
}
END_TEST

START_TEST(self_test_patterns) {
  const struct {
    uint16_t command, pattern;
  } row[] = {{LTC6813_CVST | 0x100 | 0x20, 0x9555},
             {LTC6813_CVST | 0x100 | 0x40, 0x6AAA},
             {LTC6813_CVST | 0x80 | 0x20, 0x9565},
             {LTC6813_CVST | 0x80 | 0x40, 0x6A9A}};
  setup();
  send(10000u + 10000u * (unsigned)_i, row[_i].command);
  send(15000u + 10000u * (unsigned)_i, LTC6813_RDCVD);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) ck_assert_uint_eq(code_at(i, 1), row[_i].pattern);
}
END_TEST

START_TEST(status_holds_the_sum_of_cells) {
  setup();
  send(10000, LTC6813_ADSTAT | 0x100);
  send(13000, LTC6813_RDSTATA);
  ck_assert_int_le(abs((int)code_at(0, 0) - (int)(14 * 3.7 / 30.0 * 1e4)), 5);
  ck_assert_int_le(abs((int)code_at(1, 0) - (int)(10 * 3.7 / 30.0 * 1e4)), 5);
  ck_assert_int_le(abs((int)code_at(0, 2) - 50000), 12);
  send(13000, LTC6813_CLRSTAT);
  send(13000, LTC6813_RDSTATB);
  ck_assert_uint_eq(code_at(0, 0), 0xFFFF);
}
END_TEST

START_TEST(watchdog_puts_the_configuration_back) {
  setup();
  write_config(1000, 0xFC, 0xFF, 0x0F);
  ck_assert_uint_eq(ltc6813_discharge_mask(&chain.chip[6]), 0xFFF);
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, 1000 + 1999999, &pins);
  ck_assert_uint_eq(ltc6813_discharge_mask(&chain.chip[6]), 0xFFF);
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, 1000 + 2000000, &pins);
  ck_assert_uint_eq(ltc6813_discharge_mask(&chain.chip[6]), 0);
  send(2002000, LTC6813_RDCFGA);
  ck_assert_uint_eq(rx[0], 0xF8);
}
END_TEST

START_TEST(commands_feed_the_watchdog) {
  setup();
  write_config(1000, 0xFC, 0xFF, 0x0F);
  for (uint32_t i = 1; i < 10; i++) send(i * 1000000, LTC6813_RDCFGA);
  ck_assert_uint_eq(ltc6813_discharge_mask(&chain.chip[6]), 0xFFF);
}
END_TEST

START_TEST(dead_chip_breaks_the_chain) {
  setup();
  chain.chip[3].fault.is_dead = 1;
  send(10000, LTC6813_ADCV | 0x100);
  send(13000, LTC6813_RDCVA);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    if (i < 3)
      ck_assert_int_le(abs((int)code_at(i, 0) - 37000), 22);
    else
      ck_assert_uint_eq(code_at(i, 0), 0xFFFF);
    if (i >= 3) ck_assert_uint_eq(rx[8 * i + 6], 0xFF); /* which is no valid PEC */
  }
  ck_assert_uint_ne(ltc6813_pec(&rx[24], 6), 0xFFFF);
  chain.chip[3].fault.is_dead = 0;
  send(20000, LTC6813_RDCFGA);
  ck_assert_uint_eq(rx[24], 0xF8); /* it came back with its default */
  ck_assert_uint_eq(rx[32], 0xFC); /* the one behind it kept its power */
}
END_TEST

/// Commands from before a chip's death fed the watchdogs of those behind it, later ones do not.
START_TEST(a_death_leaves_the_time_of_the_last_command) {
  setup();
  write_config(1000, 0xFC, 0xFF, 0x0F);
  send(1900000, LTC6813_RDCFGA);
  chain.chip[3].fault.is_dead = 1;
  for (uint64_t time_us = 1901000; time_us <= 3899000; time_us += 111000)
    send(time_us, LTC6813_RDCFGA);
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, 1900000 + 1999999, &pins);
  ck_assert_uint_eq(ltc6813_discharge_mask(&chain.chip[5]), 0xFFF);
  afe_chain_advance(&chain, 1900000 + 2000000, &pins);
  ck_assert_uint_eq(ltc6813_discharge_mask(&chain.chip[5]), 0);
  ck_assert_uint_eq(ltc6813_discharge_mask(&chain.chip[2]), 0xFFF);
}
END_TEST

START_TEST(faults_are_data) {
  setup();
  chain.chip[1].fault.flip_byte = 2;
  chain.chip[1].fault.flip_mask = 0x10;
  chain.chip[1].fault.flip_period = 3;
  int wrong = 0;
  for (int i = 0; i < 9; i++) {
    send(1000, LTC6813_RDCFGA);
    wrong += ltc6813_pec(&rx[8], 6) != (rx[14] << 8 | rx[15]);
    ck_assert_uint_eq(ltc6813_pec(&rx[16], 6), (uint16_t)(rx[22] << 8 | rx[23]));
  }
  ck_assert_int_eq(wrong, 3);
  send(10000, LTC6813_ADCV | 0x100);
  send(13000, LTC6813_RDCVA);
  const uint16_t stuck_raw = code_at(2, 0);
  chain.chip[2].fault.is_stuck = 1;
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) pins.afe_input_V[w] *= 0.9;
  send(20000, LTC6813_CLRCELL);
  send(20000, LTC6813_ADCV | 0x100);
  send(23000, LTC6813_RDCVA);
  ck_assert_uint_eq(code_at(2, 0), stuck_raw);
  ck_assert_int_le(abs((int)code_at(4, 0) - 33300), 22);
  chain.chip[5].fault.reset_is_due = 1;
  send(30000, LTC6813_RDCVA);
  ck_assert_uint_eq(code_at(5, 0), 0xFFFF);
  ck_assert_uint_eq(chain.chip[5].fault.reset_is_due, 0);
}
END_TEST

START_TEST(a_lost_register_group_is_lost_alone) {
  static const uint16_t read[] = {LTC6813_RDCVA, LTC6813_RDCVB, LTC6813_RDCVC, LTC6813_RDCVD,
                                  LTC6813_RDCVE, LTC6813_RDCVF, LTC6813_RDCFGA};
  setup();
  send(10000, LTC6813_ADCV | 0x100);
  for (uint8_t lost = 0; lost <= 6; lost++) {
    chain.chip[4].fault.lost_register = lost;
    for (uint32_t i = 0; i < sizeof read / sizeof read[0]; i++) {
      send(13000, read[i]);
      for (uint32_t chip = 0; chip < AFE_CHAIN_COUNT; chip++) {
        const uint8_t *reply = &rx[8 * chip];
        int is_wrong = ltc6813_pec(reply, 6) != (uint16_t)(reply[6] << 8 | reply[7]);
        ck_assert_int_eq(is_wrong, chip == 4 && i + 1 == lost);
      }
    }
  }
}
END_TEST

START_TEST(bleeds_rest_during_a_conversion_unless_permitted) {
  setup();
  write_config(100, 0xFC, 0x24, 0x08);
  send(10000, LTC6813_ADCV | 0x100 | (_i ? 0x10 : 0));
  memset(&announced, 0, sizeof announced);
  afe_chain_announce(&chain, 11000, &announced);
  ck_assert_uint_eq(announced.bleed_mask[2], _i ? 0x824u : 0u);
  ck_assert_uint_eq(announced.afe_mode[2], PINS_AFE_CONVERT);
  ck_assert_uint_eq(announced.afe_slot_us, 389);
  ck_assert_uint_eq(announced.afe_slot_begin[2], 0);
  ck_assert_uint_eq(announced.afe_slot_end[2], 5); /* 5 x 389 us <= 2 ms */
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, 13000, &pins);
  memset(&announced, 0, sizeof announced);
  afe_chain_announce(&chain, 13000, &announced);
  ck_assert_uint_eq(announced.bleed_mask[2], 0x824u);
  ck_assert_uint_eq(announced.afe_mode[2], PINS_AFE_IDLE);
}
END_TEST

/// Comparator bits of chip 0: channel i at bits 2 i (under) and 2 i + 1 (over).
static uint64_t flags_of_first(uint64_t time_us) {
  send(time_us, LTC6813_RDSTATB);
  uint64_t flags = rx[2] | (uint64_t)rx[3] << 8 | (uint64_t)rx[4] << 16;
  send(time_us, LTC6813_RDAUXD);
  return flags | (uint64_t)rx[4] << 24 | (uint64_t)rx[5] << 32;
}

START_TEST(comparators_follow_what_was_measured) {
  setup();
  const uint32_t top = pinout_module[0].top_channel, vuv = 30000 / 16 - 1, vov = 42000 / 16;
  uint8_t data[AFE_CHAIN_COUNT][6] = {{0}};
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    data[i][0] = 0xFC;
    data[i][1] = (uint8_t)(vuv & 0xFF);
    data[i][2] = (uint8_t)(vuv >> 8 | (vov & 0xF) << 4);
    data[i][3] = (uint8_t)(vov >> 4);
  }
  write_all(5000, LTC6813_WRCFGA, (const uint8_t(*)[6])data);
  const double cell_V[] = {3.7, 3.7, 3.7, 2.5, 3.7, 3.7, 3.7, 3.7, 4.3};
  for (uint32_t i = 0; i < top; i++) pins.afe_input_V[i + 1] = pins.afe_input_V[i] + cell_V[i % 9];
  pins.afe_input_V[top + 1] = pins.afe_input_V[top] + 1.1; /* the next chip's: tied inputs read 0 */
  uint64_t expected = 0xFull << 36; /* of no channel: as cleared */
  for (uint32_t i = 0; i < LTC6813_CHANNEL_COUNT; i++)
    expected |= (i >= top || i % 9 == 3 ? 1ull : i % 9 == 8 ? 2ull : 0ull) << 2 * i;
  send(10000, LTC6813_ADCV | 0x100);
  send(13000, LTC6813_RDCVE);
  ck_assert_uint_eq(code_at(0, top - 12), 0);
  ck_assert_uint_eq(flags_of_first(13000), expected);
  for (uint32_t i = 0; i < top; i++) pins.afe_input_V[i + 1] = pins.afe_input_V[i] + 4.3;
  for (uint32_t i = 1; i < top; i += 6) expected = (expected & ~(3ull << 2 * i)) | 2ull << 2 * i;
  send(14000, LTC6813_ADCV | 0x100 | 2); /* channels 2, 8 and 14 alone */
  ck_assert_uint_eq(flags_of_first(16000), expected);
}
END_TEST

/// A code at a limit is neither below nor above it: inputs about a limit, until many codes were it.
START_TEST(a_code_at_its_limit_raises_no_flag) {
  const uint32_t limit_raw = 30000 / 16 * 16, top = pinout_module[0].top_channel;
  const uint32_t vuv = limit_raw / 16 - 1, vov = limit_raw / 16;
  const uint8_t config[6] = {0xFC, (uint8_t)vuv, (uint8_t)(vuv >> 8 | (vov & 0xF) << 4),
                             (uint8_t)(vov >> 4)};
  uint8_t data[AFE_CHAIN_COUNT][6];
  uint32_t below = 0, equal = 0, above = 0;
  setup();
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) memcpy(data[i], config, sizeof config);
  write_all(5000, LTC6813_WRCFGA, (const uint8_t(*)[6])data);
  for (uint32_t round = 0; round < 60; round++) {
    const double cell_V = 1e-4 * (double)limit_raw + 5e-5 * ((double)round - 30.0);
    for (uint32_t i = 0; i < top; i++) pins.afe_input_V[i + 1] = pins.afe_input_V[i] + cell_V;
    const uint64_t time_us = 10000 + 5000 * (uint64_t)round;
    send(time_us, LTC6813_ADCV | 0x100 | (round % 3 == 1 ? 2 : 0)); /* all or every sixth */
    const uint64_t flags = flags_of_first(time_us + 4000);
    for (uint32_t i = 0; i < top; i++) {
      const uint32_t code_raw = (uint32_t)chain.chip[0].cell_raw[i];
      ck_assert_uint_eq(flags >> 2 * i & 1u, code_raw < limit_raw);
      ck_assert_uint_eq(flags >> (2 * i + 1) & 1u, code_raw > limit_raw);
      below += code_raw < limit_raw;
      equal += code_raw == limit_raw;
      above += code_raw > limit_raw;
    }
  }
  ck_assert_uint_gt(below, 50);
  ck_assert_uint_gt(equal, 5);
  ck_assert_uint_gt(above, 50);
}
END_TEST

/// A code as the data sheet has it, one noise after the other in the order of sampling.
START_TEST(codes_carry_the_noise_of_their_place) {
  static const double rms_V[] = {100e-6, 300e-6}; /* 7 kHz, 27 kHz */
  setup();
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) pins.afe_input_V[w] += 1e-3 * (w * w % 37);
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, 9000, &pins);
  for (uint32_t a = 0; a < AFE_CHAIN_COUNT; a++) {
    const uint32_t item = (uint32_t)_i / 2, top = pinout_module[a].top_channel;
    const double *input_V = &pins.afe_input_V[pinout_module[a].first_wire];
    const ltc6813_t chip = chain.chip[a];
    board_noise_t noise = chip.noise;
    const afe_chain_t kept = chain;
    send(10000, (uint16_t)(LTC6813_ADCV | (_i % 2 ? 0x080u : 0x100u) | item));
    afe_chain_advance(&chain, 20000, &pins);
    for (uint32_t slot = item ? item - 1 : 0; slot < (item ? item : 6); slot++)
      for (uint32_t i = slot; i < LTC6813_CHANNEL_COUNT; i += 6) {
        const uint64_t bits = board_noise_u64(&noise);
        double sum = 0.0;
        for (uint32_t part = 0; part < 4; part++) sum += (double)(bits >> 16 * part & 0xFFFF);
        const double volt = i < top ? input_V[i + 1] - input_V[i] : 0.0;
        const double error_V = volt * chip.gain_error + chip.channel_offset_V[i] +
                               rms_V[_i % 2] * ((sum - 131070.0) / 37837.2271);
        const double code = (volt + error_V) / 100e-6 + 0.5;
        ck_assert_int_eq(chain.chip[a].cell_raw[i], code < 1.0 ? 0 : (int32_t)code);
      }
    ck_assert_uint_eq(chain.chip[a].noise.state, noise.state);
    for (uint32_t i = 0; i < LTC6813_CHANNEL_COUNT && item; i++)
      if (i % 6 != item - 1) ck_assert_int_eq(chain.chip[a].cell_raw[i], chip.cell_raw[i]);
    chain = kept;
  }
}
END_TEST

START_TEST(a_reset_ends_the_conversion_of_its_chip_alone) {
  setup();
  send(10000, LTC6813_ADCV | 0x100);
  chain.chip[5].fault.reset_is_due = 1;
  afe_chain_watch(&chain);
  afe_chain_advance(&chain, 11000, &pins);
  afe_chain_advance(&chain, 20000, &pins);
  for (uint32_t a = 0; a < AFE_CHAIN_COUNT; a++)
    ck_assert_int_eq(chain.chip[a].cell_raw[0] == 0xFFFF, a == 5);
}
END_TEST

static uint64_t dice_state;

static uint32_t dice(uint32_t sides) {
  dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(dice_state >> 33) % sides;
}

/// Sometimes a fault of a chip begins or ends, in both chains.
static void change_faults(afe_chain_t *a, afe_chain_t *b) {
  const uint32_t i = dice(AFE_CHAIN_COUNT), kind = dice(60);
  if (kind == 0) a->chip[i].fault.is_dead = b->chip[i].fault.is_dead ^= 1;
  if (kind == 1) a->chip[i].fault.reset_is_due = b->chip[i].fault.reset_is_due = 1;
  if (kind == 2) a->chip[i].fault.is_stuck = b->chip[i].fault.is_stuck ^= 1;
  if (kind == 3) a->chip[i].fault.flip_mask = b->chip[i].fault.flip_mask = (uint8_t)dice(2);
  if (kind == 4) a->chip[i].fault.lost_register = b->chip[i].fault.lost_register = (uint8_t)dice(7);
}

static void draw_command(uint8_t tx[AFE_CHAIN_COMMAND_BYTES + AFE_CHAIN_DATA_BYTES]) {
  static const uint16_t command[] = {
      LTC6813_ADCV | 0x100,   LTC6813_ADCV | 0x080,  LTC6813_ADCV,    LTC6813_ADCV | 0x104,
      LTC6813_ADOW | 0x0C0,   LTC6813_ADOW | 0x080,  LTC6813_ADAX,    LTC6813_ADAX | 0x081,
      LTC6813_ADCVAX | 0x100, LTC6813_ADSTAT | 0x80, LTC6813_CLRCELL, LTC6813_CLRAUX,
      LTC6813_CLRSTAT,        LTC6813_MUTE,          LTC6813_UNMUTE,  LTC6813_CVST | 0x120,
      LTC6813_PLADC,          LTC6813_WRCFGA,        LTC6813_WRCFGB,  LTC6813_DIAGN};
  afe_bytes_put(tx, command[dice(sizeof command / sizeof command[0])]);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    uint8_t *data = &tx[AFE_CHAIN_COMMAND_BYTES + LTC6813_REPLY_BYTES * i];
    for (uint32_t k = 0; k < LTC6813_GROUP_BYTES; k++) data[k] = (uint8_t)dice(256);
    data[0] &= 0xFE; /* ADCOPT stays, REFON is one's own */
    const uint16_t pec = ltc6813_pec(data, LTC6813_GROUP_BYTES);
    data[6] = (uint8_t)(pec >> 8);
    data[7] = (uint8_t)(pec & 0xFF);
  }
}

static void order(afe_chain_t *of, uint64_t time_us, const uint8_t *tx, uint8_t *reply) {
  afe_chain_advance(of, time_us, &pins);
  afe_chain_command(of, time_us, tx, reply, AFE_CHAIN_DATA_BYTES);
  if (dice_state >> 63) afe_chain_write(of, time_us, tx, 4 + AFE_CHAIN_DATA_BYTES);
}

/// What a tick does is the same however often the chain is asked in between, and a kept reply is
/// what the registers say.
static void tick_both(afe_chain_t *seldom, afe_chain_t *often, uint64_t now_us) {
  static const uint16_t read[] = {0x004, 0x006, 0x00A, 0x009, 0x00B, 0x00C, 0x00E,
                                  0x00D, 0x00F, 0x010, 0x012, 0x002, 0x026};
  uint8_t tx[AFE_CHAIN_COMMAND_BYTES + AFE_CHAIN_DATA_BYTES], a[AFE_CHAIN_DATA_BYTES],
      b[AFE_CHAIN_DATA_BYTES];
  const uint64_t at_us = now_us + 8 + dice(900);
  for (uint32_t w = 1; w < PINS_WIRE_COUNT; w++) pins.afe_input_V[w] += 1e-4 * dice(50);
  change_faults(seldom, often);
  afe_chain_watch(seldom);
  afe_chain_watch(often);
  for (uint64_t t_us = now_us + 50; t_us < at_us; t_us += 50) afe_chain_advance(often, t_us, &pins);
  draw_command(tx);
  if (dice(3) == 0) {
    order(seldom, at_us, tx, a);
    order(often, at_us, tx, b);
    ck_assert_mem_eq(a, b, sizeof a);
  }
  afe_bytes_put(tx, read[dice(sizeof read / sizeof read[0])]);
  often->reply_is_made = 0;
  afe_chain_advance(seldom, at_us + 40, &pins);
  afe_chain_advance(often, at_us + 40, &pins);
  afe_chain_command(seldom, at_us + 40, tx, a, sizeof a);
  afe_chain_command(often, at_us + 40, tx, b, sizeof b);
  ck_assert_mem_eq(a, b, sizeof a);
  for (uint64_t t_us = at_us + 50; t_us < now_us + 1000; t_us += 50)
    afe_chain_advance(often, t_us, &pins);
  afe_chain_advance(seldom, now_us + 1000, &pins);
  afe_chain_advance(often, now_us + 1000, &pins);
}

START_TEST(events_come_however_seldom_the_chain_is_asked) {
  static afe_chain_t often;
  setup();
  dice_state = 77u + (uint32_t)_i;
  often = chain;
  for (uint64_t now_us = 1000; now_us < 3700000; now_us += 1000) {
    if (now_us == 600000) now_us += 2500000; /* watchdogs bark */
    tick_both(&chain, &often, now_us);
    pins_out_t a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    afe_chain_announce(&chain, now_us + 1000, &a);
    afe_chain_announce(&often, now_us + 1000, &b);
    ck_assert_mem_eq(&a, &b, sizeof a);
  }
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) {
    ck_assert_uint_eq(chain.chip[i].noise.state, often.chip[i].noise.state);
    ck_assert_mem_eq(chain.chip[i].cell_raw, often.chip[i].cell_raw, sizeof often.chip[i].cell_raw);
  }
}
END_TEST

/// What a coming command will do is told for each chip by its own configuration and reference.
START_TEST(chips_set_apart_are_announced_apart) {
  setup();
  uint8_t data[AFE_CHAIN_COUNT][6] = {{0}};
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) data[i][0] = i == 3 ? 0xF8 : i == 5 ? 0xFD : 0xFC;
  write_all(50000, LTC6813_WRCFGA, (const uint8_t(*)[6])data);
  data[3][0] = 0xFC; /* up 3.5 ms later than all others */
  write_all(60000, LTC6813_WRCFGA, (const uint8_t(*)[6])data);
  uint8_t tx[AFE_CHAIN_COMMAND_BYTES];
  afe_bytes_put(tx, LTC6813_ADCV | 0x100);
  memset(&announced, 0, sizeof announced);
  afe_chain_announce_command(&chain, 61000, 61032, tx, &announced);
  for (uint32_t i = 0; i < AFE_CHAIN_COUNT; i++) { /* 2 of 389 us and 1 of 505 us fit */
    ck_assert_uint_eq(announced.afe_mode[i], i == 3 ? PINS_AFE_IDLE : PINS_AFE_CONVERT);
    ck_assert_uint_eq(announced.afe_slot_end[i], i == 3 ? 0 : i == 5 ? 1 : 2);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("afe_chain");
  TCase *tests = tcase_create("afe_chain");
  tcase_add_test(tests, pec_of_the_data_sheet);
  tcase_add_test(tests, pec_table_is_the_polynomial);
  tcase_add_test(tests, configuration_reads_back_byte_for_byte);
  tcase_add_test(tests, wrong_pec_is_ignored);
  tcase_add_test(tests, wrong_data_pec_spares_one_chip_only);
  tcase_add_test(tests, all_cells_take_their_time_and_their_error);
  tcase_add_test(tests, fast_mode_is_faster_and_needs_the_reference);
  tcase_add_test(tests, slots_sample_the_pins_of_their_time);
  tcase_add_test(tests, readings_end_at_the_range);
  tcase_add_test(tests, single_channel_leaves_the_others);
  tcase_add_test(tests, thermistor_and_reference);
  tcase_add_test(tests, poll_answers_while_converting);
  tcase_add_loop_test(tests, self_test_patterns, 0, 4);
  tcase_add_test(tests, status_holds_the_sum_of_cells);
  tcase_add_test(tests, watchdog_puts_the_configuration_back);
  tcase_add_test(tests, commands_feed_the_watchdog);
  tcase_add_test(tests, dead_chip_breaks_the_chain);
  tcase_add_test(tests, a_death_leaves_the_time_of_the_last_command);
  tcase_add_test(tests, faults_are_data);
  tcase_add_test(tests, a_lost_register_group_is_lost_alone);
  tcase_add_test(tests, comparators_follow_what_was_measured);
  tcase_add_test(tests, a_code_at_its_limit_raises_no_flag);
  tcase_add_test(tests, a_reset_ends_the_conversion_of_its_chip_alone);
  tcase_add_loop_test(tests, codes_carry_the_noise_of_their_place, 0, 6);
  tcase_add_loop_test(tests, events_come_however_seldom_the_chain_is_asked, 0, 4);
  tcase_add_test(tests, chips_set_apart_are_announced_apart);
  tcase_add_loop_test(tests, bleeds_rest_during_a_conversion_unless_permitted, 0, 2);
  suite_add_tcase(suite, tests);
  return suite;
}
