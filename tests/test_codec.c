/// The generated codec against an independent decoder that walks the signal table bit by bit.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../ecu_model/gen/can_codec.h"
#include "../ecu_model/gen/can_table.h"
#include "../sim/can/dbc.h"
#include "../sim/rng.h"

enum { ROUNDS = 300 };

static const can_signal_t *signal_of(uint32_t msg, const char *name) {
  int32_t index = can_signal_find(msg, name);
  ck_assert_msg(index >= 0, "%s.%s is missing", can_msg[msg].name, name);
  return &can_signal[index];
}

static int64_t decoded(uint32_t msg, const char *name, const uint8_t *data) {
  return can_signal_raw(signal_of(msg, name), data);
}

/// All bits but the signals' own must be 0, so OR-ing the table's masks covers the frame.
static void assert_no_other_bits(uint32_t msg, const uint8_t *data) {
  uint8_t covered[8] = {0};
  for (uint32_t i = 0; i < can_msg[msg].signal_count; i++) {
    const can_signal_t *signal = &can_signal[can_msg[msg].first_signal + i];
    ck_assert_uint_eq(signal->is_big_endian, 0);
    for (uint32_t bit = signal->start; bit < signal->start + signal->len; bit++)
      covered[bit / 8] = (uint8_t)(covered[bit / 8] | 1u << bit % 8);
  }
  for (uint32_t i = 0; i < 8; i++) ck_assert_uint_eq(data[i] & (uint8_t)~covered[i], 0);
}

/* A field of a message: random raw value in, the table must find it, unpack must return it. */
#define FILL(field, bits) packed.field##_raw = (uint8_t)(rng_u64(&rng) & ((1u << (bits)) - 1u))
#define FILL16(field, bits) packed.field##_raw = (uint16_t)(rng_u64(&rng) & ((1u << (bits)) - 1u))
#define FIND(msg, field)                                                                           \
  do {                                                                                             \
    ck_assert_int_eq(decoded(msg, #field, data), packed.field##_raw);                              \
    ck_assert_int_eq(unpacked.field##_raw, packed.field##_raw);                                    \
  } while (0)

START_TEST(vcm_request_round_trip) {
  rng_t rng = rng_stream(1, "vcm_request");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_vcm_request_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL(crc, 8);
    FILL(counter, 4);
    FILL(request, 4);
    FILL(clear_faults, 1);
    FILL16(speed_kph, 12);
    can_vcm_request_pack(&packed, data);
    can_vcm_request_unpack(&unpacked, data);
    FIND(CAN_MSG_VCM_REQUEST, crc);
    FIND(CAN_MSG_VCM_REQUEST, counter);
    FIND(CAN_MSG_VCM_REQUEST, request);
    FIND(CAN_MSG_VCM_REQUEST, clear_faults);
    FIND(CAN_MSG_VCM_REQUEST, speed_kph);
    assert_no_other_bits(CAN_MSG_VCM_REQUEST, data);
  }
}
END_TEST

START_TEST(rest_bus_round_trip) {
  rng_t rng = rng_stream(1, "rest_bus");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_chg_status_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL(crc, 8);
    FILL(counter, 4);
    FILL(state, 3);
    FILL(is_rapid, 1);
    FILL(ac_present, 1);
    FILL(at_voltage_limit, 1);
    FILL16(voltage_V, 13);
    FILL16(current_A, 12);
    FILL(temperature_degC, 8);
    FILL16(grid_kW, 11);
    can_chg_status_pack(&packed, data);
    can_chg_status_unpack(&unpacked, data);
    FIND(CAN_MSG_CHG_STATUS, crc);
    FIND(CAN_MSG_CHG_STATUS, counter);
    FIND(CAN_MSG_CHG_STATUS, state);
    FIND(CAN_MSG_CHG_STATUS, is_rapid);
    FIND(CAN_MSG_CHG_STATUS, ac_present);
    FIND(CAN_MSG_CHG_STATUS, at_voltage_limit);
    FIND(CAN_MSG_CHG_STATUS, voltage_V);
    FIND(CAN_MSG_CHG_STATUS, current_A);
    FIND(CAN_MSG_CHG_STATUS, temperature_degC);
    FIND(CAN_MSG_CHG_STATUS, grid_kW);
    assert_no_other_bits(CAN_MSG_CHG_STATUS, data);
  }
}
END_TEST

START_TEST(bms_status_round_trip) {
  rng_t rng = rng_stream(1, "bms_status");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_bms_status_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL(crc, 8);
    FILL(counter, 4);
    FILL(state, 4);
    FILL16(soc_pct, 10);
    FILL(main_pos_closed, 1);
    FILL(main_neg_closed, 1);
    FILL(precharge_closed, 1);
    FILL(fault_level, 2);
    FILL16(pack_V, 13);
    packed.current_A_raw = (int16_t)((int32_t)(rng_u64(&rng) & 0x3FFFu) - 8192);
    FILL(dtc_count, 6);
    can_bms_status_pack(&packed, data);
    can_bms_status_unpack(&unpacked, data);
    FIND(CAN_MSG_BMS_STATUS, crc);
    FIND(CAN_MSG_BMS_STATUS, counter);
    FIND(CAN_MSG_BMS_STATUS, state);
    FIND(CAN_MSG_BMS_STATUS, soc_pct);
    FIND(CAN_MSG_BMS_STATUS, main_pos_closed);
    FIND(CAN_MSG_BMS_STATUS, main_neg_closed);
    FIND(CAN_MSG_BMS_STATUS, precharge_closed);
    FIND(CAN_MSG_BMS_STATUS, fault_level);
    FIND(CAN_MSG_BMS_STATUS, pack_V);
    FIND(CAN_MSG_BMS_STATUS, current_A);
    FIND(CAN_MSG_BMS_STATUS, dtc_count);
    assert_no_other_bits(CAN_MSG_BMS_STATUS, data);
  }
}
END_TEST

START_TEST(bms_limits_round_trip) {
  rng_t rng = rng_stream(1, "bms_limits");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_bms_limits_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL(crc, 8);
    FILL(counter, 4);
    FILL16(discharge_kW, 10);
    FILL16(charge_kW, 10);
    FILL16(discharge_A, 9);
    FILL16(charge_A, 9);
    FILL16(charge_voltage_V, 13);
    FILL(charge_allowed, 1);
    can_bms_limits_pack(&packed, data);
    can_bms_limits_unpack(&unpacked, data);
    FIND(CAN_MSG_BMS_LIMITS, crc);
    FIND(CAN_MSG_BMS_LIMITS, counter);
    FIND(CAN_MSG_BMS_LIMITS, discharge_kW);
    FIND(CAN_MSG_BMS_LIMITS, charge_kW);
    FIND(CAN_MSG_BMS_LIMITS, discharge_A);
    FIND(CAN_MSG_BMS_LIMITS, charge_A);
    FIND(CAN_MSG_BMS_LIMITS, charge_voltage_V);
    FIND(CAN_MSG_BMS_LIMITS, charge_allowed);
    assert_no_other_bits(CAN_MSG_BMS_LIMITS, data);
  }
}
END_TEST

START_TEST(bms_extremes_round_trip) {
  rng_t rng = rng_stream(1, "bms_extremes");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_bms_extremes_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL16(group_max_V, 13);
    FILL16(group_min_V, 13);
    FILL(group_max_index, 7);
    FILL(group_min_index, 7);
    FILL(temperature_max_degC, 8);
    FILL(temperature_min_degC, 8);
    FILL(valid_group_count, 7);
    FILL(is_balancing, 1);
    can_bms_extremes_pack(&packed, data);
    can_bms_extremes_unpack(&unpacked, data);
    FIND(CAN_MSG_BMS_EXTREMES, group_max_V);
    FIND(CAN_MSG_BMS_EXTREMES, group_min_V);
    FIND(CAN_MSG_BMS_EXTREMES, group_max_index);
    FIND(CAN_MSG_BMS_EXTREMES, group_min_index);
    FIND(CAN_MSG_BMS_EXTREMES, temperature_max_degC);
    FIND(CAN_MSG_BMS_EXTREMES, temperature_min_degC);
    FIND(CAN_MSG_BMS_EXTREMES, valid_group_count);
    FIND(CAN_MSG_BMS_EXTREMES, is_balancing);
    assert_no_other_bits(CAN_MSG_BMS_EXTREMES, data);
  }
}
END_TEST

START_TEST(bms_temperatures_round_trip) {
  rng_t rng = rng_stream(1, "bms_temperatures");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_bms_temperatures_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL(module_1_degC, 8);
    FILL(module_2_degC, 8);
    FILL(module_3_degC, 8);
    FILL(module_4_degC, 8);
    FILL(module_5_degC, 8);
    FILL(module_6_degC, 8);
    FILL(module_7_degC, 8);
    FILL(module_8_degC, 8);
    can_bms_temperatures_pack(&packed, data);
    can_bms_temperatures_unpack(&unpacked, data);
    FIND(CAN_MSG_BMS_TEMPERATURES, module_1_degC);
    FIND(CAN_MSG_BMS_TEMPERATURES, module_2_degC);
    FIND(CAN_MSG_BMS_TEMPERATURES, module_3_degC);
    FIND(CAN_MSG_BMS_TEMPERATURES, module_4_degC);
    FIND(CAN_MSG_BMS_TEMPERATURES, module_5_degC);
    FIND(CAN_MSG_BMS_TEMPERATURES, module_6_degC);
    FIND(CAN_MSG_BMS_TEMPERATURES, module_7_degC);
    FIND(CAN_MSG_BMS_TEMPERATURES, module_8_degC);
  }
}
END_TEST

START_TEST(bms_dtc_round_trip) {
  rng_t rng = rng_stream(1, "bms_dtc");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_bms_dtc_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL(dtc_index, 8);
    FILL(is_active, 1);
    FILL(is_latched, 1);
    FILL(level, 2);
    FILL(active_count, 6);
    packed.code_raw = (uint32_t)(rng_u64(&rng) & 0xFFFFFFu);
    FILL(location, 8);
    FILL(occurrence_count, 8);
    can_bms_dtc_pack(&packed, data);
    can_bms_dtc_unpack(&unpacked, data);
    FIND(CAN_MSG_BMS_DTC, dtc_index);
    FIND(CAN_MSG_BMS_DTC, is_active);
    FIND(CAN_MSG_BMS_DTC, is_latched);
    FIND(CAN_MSG_BMS_DTC, level);
    FIND(CAN_MSG_BMS_DTC, active_count);
    FIND(CAN_MSG_BMS_DTC, code);
    FIND(CAN_MSG_BMS_DTC, location);
    FIND(CAN_MSG_BMS_DTC, occurrence_count);
    assert_no_other_bits(CAN_MSG_BMS_DTC, data);
  }
}
END_TEST

static void group_name(char name[32], uint32_t group, const char *suffix) {
  static const uint32_t count[] = {14, 10, 10, 14, 14, 10, 10, 14};
  uint32_t module = 0;
  for (; group >= count[module]; module++) group -= count[module];
  (void)snprintf(name, 32, "M%uC%u_%s", (unsigned)module + 1, (unsigned)group + 1, suffix);
}

START_TEST(bms_isolation_round_trip) {
  rng_t rng = rng_stream(1, "bms_isolation");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_bms_isolation_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL(isolation_kohm, 13);
    FILL(pos_kohm, 13);
    FILL(neg_kohm, 13);
    FILL(quality, 3);
    FILL(leak_at, 2);
    FILL(height_pct, 7);
    FILL(monitor_is_faulty, 1);
    FILL(fan_step, 4);
    FILL(heater_is_on, 1);
    FILL(fan_Hz, 7);
    can_bms_isolation_pack(&packed, data);
    can_bms_isolation_unpack(&unpacked, data);
    FIND(CAN_MSG_BMS_ISOLATION, isolation_kohm);
    FIND(CAN_MSG_BMS_ISOLATION, pos_kohm);
    FIND(CAN_MSG_BMS_ISOLATION, neg_kohm);
    FIND(CAN_MSG_BMS_ISOLATION, quality);
    FIND(CAN_MSG_BMS_ISOLATION, leak_at);
    FIND(CAN_MSG_BMS_ISOLATION, height_pct);
    FIND(CAN_MSG_BMS_ISOLATION, monitor_is_faulty);
    FIND(CAN_MSG_BMS_ISOLATION, fan_step);
    FIND(CAN_MSG_BMS_ISOLATION, heater_is_on);
    FIND(CAN_MSG_BMS_ISOLATION, fan_Hz);
  }
}
END_TEST

START_TEST(bms_energy_round_trips) {
  rng_t rng = rng_stream(1, "bms_energy");
  for (uint32_t round = 0; round < ROUNDS; round++) {
    can_bms_energy_t packed = {0}, unpacked;
    uint8_t data[8];
    FILL(soc_mean_pct, 10);
    FILL(soc_min_pct, 10);
    FILL(soc_max_pct, 10);
    FILL(soh_capacity_pct, 8);
    FILL(soh_resistance_pct, 9);
    FILL(energy_kWh, 9);
    FILL(soe_pct, 8);
    can_bms_energy_pack(&packed, data);
    can_bms_energy_unpack(&unpacked, data);
    FIND(CAN_MSG_BMS_ENERGY, soc_mean_pct);
    FIND(CAN_MSG_BMS_ENERGY, soc_min_pct);
    FIND(CAN_MSG_BMS_ENERGY, soc_max_pct);
    FIND(CAN_MSG_BMS_ENERGY, soh_capacity_pct);
    FIND(CAN_MSG_BMS_ENERGY, soh_resistance_pct);
    FIND(CAN_MSG_BMS_ENERGY, energy_kWh);
    FIND(CAN_MSG_BMS_ENERGY, soe_pct);
  }
}
END_TEST

START_TEST(bms_groups_pages_carry_all_96) {
  rng_t rng = rng_stream(1, "bms_groups");
  ck_assert_uint_eq(CAN_BMS_GROUPS_PAGE_COUNT * CAN_BMS_GROUPS_V_COUNT, 96);
  for (uint32_t page = 0; page < CAN_BMS_GROUPS_PAGE_COUNT; page++) {
    can_bms_groups_t packed = {.page_raw = (uint8_t)page}, unpacked;
    uint8_t data[8];
    char name[32];
    for (uint32_t slot = 0; slot < 4; slot++) {
      packed.V_raw[slot] = (uint16_t)(rng_u64(&rng) & 0x1FFFu);
      packed.valid_raw[slot] = (uint8_t)(rng_u64(&rng) & 1u);
    }
    can_bms_groups_pack(&packed, data);
    can_bms_groups_unpack(&unpacked, data);
    ck_assert_uint_eq(unpacked.page_raw, page);
    for (uint32_t slot = 0; slot < 4; slot++) {
      group_name(name, 4 * page + slot, "V");
      const can_signal_t *voltage = signal_of(CAN_MSG_BMS_GROUPS, name);
      ck_assert(can_signal_is_present(&can_msg[CAN_MSG_BMS_GROUPS], voltage, data));
      ck_assert_int_eq(can_signal_raw(voltage, data), packed.V_raw[slot]);
      ck_assert_uint_eq(unpacked.V_raw[slot], packed.V_raw[slot]);
      group_name(name, 4 * page + slot, "valid");
      ck_assert_int_eq(decoded(CAN_MSG_BMS_GROUPS, name, data), packed.valid_raw[slot]);
      ck_assert_uint_eq(unpacked.valid_raw[slot], packed.valid_raw[slot]);
      group_name(name, (4 * page + slot + 4) % 96, "V");
      ck_assert(!can_signal_is_present(&can_msg[CAN_MSG_BMS_GROUPS],
                                       signal_of(CAN_MSG_BMS_GROUPS, name), data));
    }
  }
}
END_TEST

START_TEST(too_large_values_saturate) {
  can_bms_status_t status = {.soc_pct_raw = 1024, .pack_V_raw = 65535, .current_A_raw = 8192};
  uint8_t data[8];
  can_bms_status_pack(&status, data);
  ck_assert_int_eq(decoded(CAN_MSG_BMS_STATUS, "soc_pct", data), 1023);
  ck_assert_int_eq(decoded(CAN_MSG_BMS_STATUS, "pack_V", data), 8191);
  ck_assert_int_eq(decoded(CAN_MSG_BMS_STATUS, "current_A", data), 8191);
  ck_assert_int_eq(decoded(CAN_MSG_BMS_STATUS, "dtc_count", data), 0);
  status.current_A_raw = -8193;
  can_bms_status_pack(&status, data);
  ck_assert_int_eq(decoded(CAN_MSG_BMS_STATUS, "current_A", data), -8192);
  status.current_A_raw = -1;
  can_bms_status_pack(&status, data);
  ck_assert_int_eq(decoded(CAN_MSG_BMS_STATUS, "current_A", data), -1);
}
END_TEST

START_TEST(a_known_frame_byte_by_byte) {
  can_bms_limits_t limits = {.counter_raw = 0xA, .discharge_kW_raw = 900, .charge_allowed_raw = 1};
  uint8_t data[8];
  can_bms_limits_pack(&limits, data);
  static const uint8_t expected[8] = {0x00, 0x4A, 0x38, 0, 0, 0, 0, 0x80}; /* 900 = 0x384 */
  ck_assert_mem_eq(data, expected, 8);
}
END_TEST

START_TEST(table_agrees_with_the_constants) {
  ck_assert_uint_eq(CAN_MSG_COUNT, 27);
  const can_msg_t *status = &can_msg[CAN_MSG_BMS_STATUS];
  ck_assert_uint_eq(status->id, CAN_BMS_STATUS_ID);
  ck_assert_uint_eq(status->len, CAN_BMS_STATUS_LEN);
  ck_assert_uint_eq(status->cycle_ms, CAN_BMS_STATUS_CYCLE_ms);
  ck_assert_uint_eq(status->e2e_data_id, CAN_BMS_STATUS_E2E_DATA_ID);
  ck_assert_uint_eq(CAN_BMS_STATUS_CYCLE_ms, 100);
  ck_assert_uint_eq(CAN_BMS_GROUPS_CYCLE_ms, 100);
  ck_assert_uint_eq(CAN_BMS_DTC_CYCLE_ms, 1000);
  ck_assert_uint_eq(CAN_BMS_DTC_E2E_DATA_ID, 0);
  ck_assert_str_eq(status->sender, "BMS");
  uint32_t next_signal = 0;
  for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) {
    ck_assert_uint_eq(can_msg[m].first_signal, next_signal);
    ck_assert_int_eq(can_msg_find_id(can_msg[m].id, 0), (int)m);
    ck_assert_int_eq(can_msg_find_id(can_msg[m].id, 1), -1);
    ck_assert_int_eq(can_msg_find(can_msg[m].name), (int)m);
    next_signal += can_msg[m].signal_count;
  }
  ck_assert_uint_eq(next_signal, CAN_SIGNAL_COUNT);
  ck_assert_int_eq(can_msg_find("BMS_Nothing"), -1);
  ck_assert_int_eq(can_signal_find(CAN_MSG_COUNT, "crc"), -1);
  ck_assert_int_eq(can_signal_find(CAN_MSG_BMS_STATUS, "nothing"), -1);
}
END_TEST

START_TEST(values_have_units_and_names) {
  uint8_t data[8];
  can_bms_status_t status = {.state_raw = CAN_BMS_STATUS_STATE_DRIVE, .soc_pct_raw = 879};
  status.current_A_raw = -123;
  can_bms_status_pack(&status, data);
  const can_signal_t *soc = signal_of(CAN_MSG_BMS_STATUS, "soc_pct");
  ck_assert_double_eq_tol(can_signal_decode(soc, data), 87.9, 1e-12);
  ck_assert_str_eq(soc->unit, "%");
  ck_assert_double_eq_tol(can_signal_decode(signal_of(CAN_MSG_BMS_STATUS, "current_A"), data),
                          -12.3, 1e-12);
  const can_signal_t *state = signal_of(CAN_MSG_BMS_STATUS, "state");
  ck_assert_str_eq(can_value_text(state, can_signal_raw(state, data)), "DRIVE");
  ck_assert_str_eq(can_value_text(state, 0), "RESET");
  ck_assert_str_eq(can_value_text(state, 9), "SLEEP");
  ck_assert_ptr_null(can_value_text(state, 10));
  can_bms_extremes_t extremes = {.temperature_max_degC_raw = 65, .group_max_index_raw = 95};
  can_bms_extremes_pack(&extremes, data);
  const can_signal_t *hottest = signal_of(CAN_MSG_BMS_EXTREMES, "temperature_max_degC");
  ck_assert_double_eq_tol(can_signal_decode(hottest, data), 25.0, 1e-12);
  ck_assert_double_eq_tol(
      can_signal_decode(signal_of(CAN_MSG_BMS_EXTREMES, "group_max_index"), data), 96.0, 1e-12);
}
END_TEST

START_TEST(big_endian_and_signed_signals_decode) {
  /* 0x123 over bits 3..0 of byte 0 and all of byte 1, highest first */
  can_signal_t motorola = {.start = 3, .len = 12, .is_big_endian = 1, .factor = 1};
  static const uint8_t data[2] = {0xF1, 0x23};
  ck_assert_int_eq(can_signal_raw(&motorola, data), 0x123);
  motorola.is_signed = 1;
  static const uint8_t negative[2] = {0x0F, 0xFE};
  ck_assert_int_eq(can_signal_raw(&motorola, negative), -2);
}
END_TEST

START_TEST(the_dbc_itself_says_the_same) {
  dbc_t dbc;
  dbc_error_t error;
  rng_t rng = rng_stream(1, "dbc");
  ck_assert_msg(dbc_read(&dbc, "ecu_model/db/bms.dbc", &error) == DBC_OK, "%u: %s",
                (unsigned)error.line, error.text);
  ck_assert_uint_eq(dbc.message_count, CAN_MSG_COUNT);
  ck_assert_uint_eq(dbc.signal_count, CAN_SIGNAL_COUNT);
  for (uint32_t i = 0; i < dbc.signal_count; i++) {
    uint8_t data[64]; /* signals of FD messages lie anywhere in it */
    for (uint32_t at = 0; at < sizeof data; at += 8) {
      uint64_t bits = rng_u64(&rng);
      memcpy(data + at, &bits, 8);
    }
    ck_assert_str_eq(dbc.signal[i].name, can_signal[i].name);
    ck_assert_int_eq(dbc_signal_raw(&dbc.signal[i], data), can_signal_raw(&can_signal[i], data));
    ck_assert_double_eq_tol(dbc_signal_value(&dbc.signal[i], data),
                            can_signal_decode(&can_signal[i], data), 1e-9);
  }
  dbc_free(&dbc);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("codec");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, vcm_request_round_trip);
  tcase_add_test(tcase, rest_bus_round_trip);
  tcase_add_test(tcase, bms_status_round_trip);
  tcase_add_test(tcase, bms_limits_round_trip);
  tcase_add_test(tcase, bms_extremes_round_trip);
  tcase_add_test(tcase, bms_temperatures_round_trip);
  tcase_add_test(tcase, bms_dtc_round_trip);
  tcase_add_test(tcase, bms_isolation_round_trip);
  tcase_add_test(tcase, bms_energy_round_trips);
  tcase_add_test(tcase, bms_groups_pages_carry_all_96);
  tcase_add_test(tcase, too_large_values_saturate);
  tcase_add_test(tcase, a_known_frame_byte_by_byte);
  tcase_add_test(tcase, table_agrees_with_the_constants);
  tcase_add_test(tcase, values_have_units_and_names);
  tcase_add_test(tcase, big_endian_and_signed_signals_decode);
  tcase_add_test(tcase, the_dbc_itself_says_the_same);
  suite_add_tcase(suite, tcase);
  return suite;
}
