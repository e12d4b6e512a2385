/// The car's own diagnostic services: every byte of 21 01..05, codes, session, negative replies.
#include <check.h>

#include "../ecu_model/core/diag.h"
#include "../ecu_model/core/kwp.h"
#include "core_rig.h"
#include "diag_text.h"

Suite *test_suite(void);

static rig_t rig;
enum { GUARD_BYTES = 32, GUARD = 0xEE };

static uint8_t room[GUARD_BYTES + SERVER_REPLY_MAX];
static uint8_t *const reply = room + GUARD_BYTES;
static bms_out_t told;
static uint8_t held[DTC_COUNT]; ///< conditions that stay

static void setup(void) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 300); /* the request is alive */
  memset(held, 0, sizeof held);
  memset(&told, 0, sizeof told);
}

static uint32_t serve(const char *request, int is_functional) {
  uint8_t bytes[DIAG_TEXT_BYTES];
  uint32_t count = diag_bytes(request, bytes);
  memset(room, GUARD, sizeof room);
  uint32_t length = server_reply(&rig.bms, &told, bytes, count, is_functional, reply);
  for (uint32_t i = 0; i < GUARD_BYTES; i++) ck_assert_uint_eq(room[i], GUARD);
  return length;
}

static void replies(const char *request, const char *expected) {
  ck_assert_str_eq(diag_text(reply, serve(request, 0)), expected);
}

/// d[at] of a reply, count bytes.
static const char *data_at(const char *request, uint32_t at, uint32_t count) {
  ck_assert_uint_ge(serve(request, 0), 2 + at + count);
  return diag_text(reply + 2 + at, count);
}

/* --- frame of the replies -------------------------------------------------------------------- */

START_TEST(case_48_local_ids_have_their_lengths) {
  static const uint32_t bytes[] = {61, 38, 38, 38, 44};
  for (uint32_t id = 1; id <= 5; id++) {
    char request[8], head[24];
    snprintf(request, sizeof request, "21 %02X", id);
    snprintf(head, sizeof head, "61 %02X FF FF FF FF", id);
    ck_assert_uint_eq(serve(request, 0), bytes[id - 1]);
    ck_assert_str_eq(diag_text(reply, 6), head);
    ck_assert_uint_eq(serve(request, 1), bytes[id - 1]); /* and when all are asked */
  }
}
END_TEST

START_TEST(refusals_are_those_of_the_car) {
  replies("21 00", "7F 21 12");
  replies("21 06", "7F 21 12");
  replies("21 FF", "7F 21 12");
  replies("21", "7F 21 12");
  replies("21 01 00", "7F 21 12");
  replies("10 81", "50 81");
  replies("10 82", "7F 10 12");
  replies("10 83", "7F 10 12");
  replies("27 01", "7F 27 11");
  replies("30 01", "7F 30 11");
  replies("33 01", "7F 33 11");
  ck_assert_uint_eq(serve("21 06", 1), 0);
  ck_assert_uint_eq(serve("27 01", 1), 0);
  ck_assert_str_eq(diag_text(reply, serve("10 81", 1)), "50 81");
}
END_TEST

/// Coded as the car itself: nothing of UDS is there.
START_TEST(without_UDS_it_answers_as_the_car) {
  rig.bms.config.diagnosis_is_car_only = 1;
  replies("10 81", "50 81");
  replies("10 01", "7F 10 12");
  replies("10 03", "7F 10 12");
  replies("10 82", "7F 10 12");
  replies("10", "7F 10 12");
  replies("10 81 00", "7F 10 12");
  replies("11 01", "7F 11 11");
  replies("19 0A", "7F 19 11");
  replies("22 F1 86", "7F 22 11");
  replies("14 FF FF FF", "7F 14 12");
  replies("14 FF 00", "54 FF 00");
  replies("3E", "7E");
  replies("3E 01", "7E");
  replies("3E 02", "");
  replies("3E 00", "7F 3E 12");
  replies("3E 01 00", "7F 3E 12");
  replies("03", "43 00");
  ck_assert_uint_eq(serve("21 01", 0), 61);
}
END_TEST

/// UDS's session ends with the car's.
START_TEST(the_session_of_the_car_is_the_default) {
  replies("10 03", "50 03 00 32 01 F4");
  replies("10 81", "50 81");
  replies("22 F1 86", "62 F1 86 01");
}
END_TEST

/* --- 21 01 ----------------------------------------------------------------------------------- */

/// Fills what 21 01 shows with values that are told apart byte by byte.
static void fill(bms_t *bms) {
  bms->soc.soc_permille = 724;
  bms->limit.charge_W = 78812;
  bms->limit.discharge_W = 90000;
  bms->meas.current_mA = -12345;
  bms->meas.pack_mV = 378651;
  bms->meas.temperature_max_ddegC = 255;
  bms->meas.temperature_min_ddegC = -156;
  for (int32_t m = 0; m < 8; m++) bms->meas.module_ddegC[m] = (int16_t)(-30 + 20 * m);
  bms->meas.inlet_ddegC = -88;
  bms->meas.group_max_mV = 4151, bms->meas.group_max_index = 95;
  bms->meas.group_min_mV = 3309, bms->meas.group_min_index = 0;
  bms->thermal.fan_step = 6, bms->thermal.tacho_Hz = 85;
  bms->meas.supply_mV = 14349;
  bms->life.charge_As = 360u * 70000u + 359u;
  bms->life.discharge_As = 360u * 90000u;
  bms->life.charge_kJ = 360u * 300u;
  bms->life.discharge_kJ = 360u * 257u + 359u;
  bms->life.operating_s = 0x01A2B3C4;
  bms->digital |= BMS_DI_IGNITION;
  bms->meas.link_mV = 377500;
  bms->comm.speed_dkph = 720;
  bms->imd.ohm = 654321, bms->imd.quality = BMS_QUALITY_VALID;
}

START_TEST(every_byte_of_21_01) {
  fill(&rig.bms);
  ck_assert_uint_eq(serve("21 01", 0), 61);
  ck_assert_str_eq(diag_text(reply, 61),
                   "61 01 FF FF FF FF 90 1E C9 23 28 00 FF 85 0E CB 1A F0 FD FF 01 03 05 00 F7 "
                   "D0 60 A5 01 06 55 8F 00 01 11 70 00 01 5F 90 00 00 01 2C 00 00 01 01 "
                   "01 A2 B3 C4 45 01 7A 13 57 00 00 02 8E");
}
END_TEST

START_TEST(state_of_charge_in_half_percents) {
  static const uint16_t permille[] = {0, 4, 5, 50, 503, 950, 1000};
  static const uint8_t raw[] = {0, 0, 1, 10, 100, 190, 200};
  for (uint32_t i = 0; i < sizeof raw; i++) {
    rig.bms.soc.soc_permille = permille[i];
    serve("21 01", 0);
    ck_assert_uint_eq(reply[6], raw[i]);
  }
}
END_TEST

START_TEST(powers_and_current_are_clipped_at_their_ends) {
  static const int32_t power_W[] = {-5, 0, 9, 10, 655350, 655360, INT32_MAX};
  static const uint32_t raw[] = {0, 0, 0, 1, 65535, 65535, 65535};
  for (uint32_t i = 0; i < 7; i++) {
    rig.bms.limit.charge_W = power_W[i], rig.bms.limit.discharge_W = power_W[6 - i];
    serve("21 01", 0);
    ck_assert_uint_eq((uint32_t)reply[7] << 8 | reply[8], raw[i]);
    ck_assert_uint_eq((uint32_t)reply[9] << 8 | reply[10], raw[6 - i]);
    serve("21 05", 0);
    ck_assert_uint_eq((uint32_t)reply[18] << 8 | reply[19], raw[i]);
    ck_assert_uint_eq((uint32_t)reply[20] << 8 | reply[21], raw[6 - i]);
  }
  static const int32_t current_mA[] = {-4000000, -99, 99, 150000, 4000000};
  static const int16_t tenths[] = {-32767, 0, 0, 1500, 32767};
  for (uint32_t i = 0; i < 5; i++) {
    rig.bms.meas.current_mA = current_mA[i];
    serve("21 01", 0);
    ck_assert_int_eq((int16_t)((uint32_t)reply[12] << 8 | reply[13]), tenths[i]);
  }
}
END_TEST

START_TEST(each_flag_alone) {
  bms_t *bms = &rig.bms;
  const uint16_t both = BMS_DI_AUX_MAIN_POS | BMS_DI_AUX_MAIN_NEG;
  bms->digital = 0;
  ck_assert_str_eq(data_at("21 01", 9, 1), "00");
  bms->digital = BMS_DI_AUX_MAIN_POS;
  ck_assert_str_eq(data_at("21 01", 9, 1), "00");
  bms->digital = both;
  ck_assert_str_eq(data_at("21 01", 9, 1), "01");
  bms->state = BMS_STATE_DRIVE;
  ck_assert_str_eq(data_at("21 01", 9, 1), "03");
  bms->digital = both | BMS_DI_CHARGER_PLUG;
  bms->state = BMS_STATE_CHARGE;
  ck_assert_str_eq(data_at("21 01", 9, 1), "A3"); /* as the car at an AC charger */
  bms->comm.port_is_rapid = 1;
  ck_assert_str_eq(data_at("21 01", 9, 1), "C3");
  bms->digital = BMS_DI_CHARGER_PLUG;
  bms->state = BMS_STATE_STANDBY;
  ck_assert_str_eq(data_at("21 01", 9, 1), "40");
  bms->digital = 0;
  ck_assert_str_eq(data_at("21 01", 9, 1), "00");
  bms->fault_level = DTC_LEVEL_INFO;
  ck_assert_str_eq(data_at("21 01", 9, 1), "00");
  bms->fault_level = DTC_LEVEL_WARNING;
  ck_assert_str_eq(data_at("21 01", 9, 1), "04");
  bms->fault_level = DTC_LEVEL_FAULT;
  ck_assert_str_eq(data_at("21 01", 9, 1), "08");
  bms->dtc[DTC_CONTACTOR_WELDED].is_active = 1;
  ck_assert_str_eq(data_at("21 01", 9, 1), "18");
}
END_TEST

START_TEST(what_has_no_value_says_so) {
  bms_t *bms = &rig.bms;
  fill(bms);
  bms->meas.group_max_index = bms->meas.group_min_index = BMS_NO_LOCATION;
  bms->meas.temperature_max_index = BMS_NO_LOCATION;
  bms->meas.module_quality[0] = BMS_QUALITY_NONE;
  bms->meas.module_quality[6] = BMS_QUALITY_INVALID;
  bms->meas.inlet_validity.quality = BMS_QUALITY_INVALID;
  bms->meas.heater_ddegC[0] = 200;
  bms->meas.heater_validity[0].quality = BMS_QUALITY_STALE; /* held: still a value */
  bms->meas.heater_validity[1].quality = BMS_QUALITY_INVALID;
  bms->meas.group_quality[31] = BMS_QUALITY_INVALID;
  bms->meas.group_quality[32] = BMS_QUALITY_STALE;
  bms->imd.quality = BMS_QUALITY_NONE;
  ck_assert_str_eq(data_at("21 01", 14, 3), "80 80 80");
  ck_assert_str_eq(data_at("21 01", 22, 5), "80 FF 00 FF 00");
  ck_assert_str_eq(data_at("21 01", 57, 2), "00 00");
  ck_assert_str_eq(data_at("21 02", 35, 1), "FF");
  serve("21 03", 0);
  ck_assert_uint_eq(reply[6], 185); /* 3.7 V */
  ck_assert_str_eq(data_at("21 05", 10, 1), "80");
  ck_assert_str_eq(data_at("21 05", 20, 1), "00");
  ck_assert_str_eq(data_at("21 05", 23, 2), "14 80");
}
END_TEST

START_TEST(vehicle_bytes) {
  bms_t *bms = &rig.bms;
  bms->digital &= (uint16_t)~BMS_DI_IGNITION;
  ck_assert_str_eq(data_at("21 01", 50, 1), "41");
  bms->digital |= BMS_DI_IGNITION;
  ck_assert_str_eq(data_at("21 01", 50, 1), "45");
  bms->comm.speed_dkph = 1450; /* its fastest: 10 000 rpm */
  ck_assert_str_eq(data_at("21 01", 53, 4), "26 F4 00 00");
  bms->comm.speed_dkph = 4095;
  ck_assert_str_eq(data_at("21 01", 53, 2), "6E 01");
  bms->comm.request_age_ms = 301; /* nobody tells it any more */
  ck_assert_str_eq(data_at("21 01", 53, 2), "00 00");
  bms->imd.quality = BMS_QUALITY_STALE;
  bms->imd.ohm = 999999;
  ck_assert_str_eq(data_at("21 01", 57, 2), "03 E7");
  bms->imd.ohm = 1000000;
  ck_assert_str_eq(data_at("21 01", 57, 2), "03 E8"); /* full scale */
  bms->imd.ohm = 50000000;
  ck_assert_str_eq(data_at("21 01", 57, 2), "03 E8");
  bms->thermal.tacho_Hz = 300;
  bms->meas.supply_mV = 26000;
  ck_assert_str_eq(data_at("21 01", 28, 2), "FF FF");
  bms->meas.supply_mV = -100;
  ck_assert_str_eq(data_at("21 01", 29, 1), "00");
}
END_TEST

START_TEST(the_request_tells_speed_and_port) {
  can_vcm_request_t request;
  memset(&request, 0, sizeof request);
  request.request_raw = SM_REQUEST_STANDBY;
  request.speed_kph_raw = 1234;
  request.rapid_port_raw = 1;
  while (rig.tick % 100 != 50) rig_tick(&rig);
  can_frame_t *frame = &rig.in.can_rx[0];
  memset(frame, 0, sizeof *frame);
  frame->id = CAN_VCM_REQUEST_ID;
  frame->len = 8;
  can_vcm_request_pack(&request, frame->data);
  e2e_protect(&rig.vcm_tx, CAN_VCM_REQUEST_E2E_DATA_ID, frame->data, 8);
  rig.in.can_rx_count = 1;
  bms_step(&rig.bms, &rig.in, &rig.out);
  ck_assert_uint_eq(rig.bms.comm.speed_dkph, 1234);
  ck_assert_uint_eq(rig.bms.comm.port_is_rapid, 1);
}
END_TEST

/* --- 21 02..05 ------------------------------------------------------------------------------- */

START_TEST(every_group_has_its_byte) {
  for (uint32_t g = 0; g < 96; g++) rig.bms.meas.group_mV[g] = (uint16_t)(3000 + 10 * g);
  for (uint32_t page = 0; page < 3; page++) {
    char request[8];
    snprintf(request, sizeof request, "21 %02X", page + 2);
    ck_assert_uint_eq(serve(request, 0), 38);
    for (uint32_t i = 0; i < 32; i++)
      ck_assert_uint_eq(reply[6 + i], (3000 + 10 * (page * 32 + i) + 10) / 20);
  }
  rig.bms.meas.group_mV[0] = 0;
  rig.bms.meas.group_mV[1] = 5730; /* FF is none */
  ck_assert_str_eq(data_at("21 02", 4, 2), "00 FE");
}
END_TEST

START_TEST(every_byte_of_21_05) {
  fill(&rig.bms);
  rig.bms.meas.heater_ddegC[0] = 405, rig.bms.meas.heater_ddegC[1] = -6;
  ck_assert_uint_eq(serve("21 05", 0), 44);
  ck_assert_str_eq(diag_text(reply, 44),
                   "61 05 FF FF FF FF 00 00 00 00 00 07 09 0B 00 00 00 00 1E C9 23 28 2A 01 50 "
                   "29 FF 00 00 00 00 00 00 97 00 00 00 00 00 00 00 00 00 00");
}
END_TEST

/* --- codes ----------------------------------------------------------------------------------- */

/// Sets a DTC; it heals again unless it stays.
static void set_dtc(uint32_t dtc, uint8_t stays) {
  held[dtc] = stays;
  for (uint32_t i = 0; i < 3000; i++) {
    diag_report(&rig.bms, dtc, i < 700, 7);
    for (uint32_t other = 0; other < DTC_COUNT; other++)
      diag_report(&rig.bms, other, held[other], 7);
    diag_walk(&rig.bms, 10, &told);
    told.event_count = 0;
  }
}

START_TEST(codes_by_status_and_group) {
  replies("18 00 FF 00", "58 00");
  set_dtc(DTC_ISOLATION_LOW, 0); /* P1B9A */
  set_dtc(DTC_FAN, 1); /* P1BA1 */
  set_dtc(DTC_CAN_BUS_OFF, 0); /* U0073 */
  set_dtc(DTC_CELL_ABOVE_OPERATING, 1); /* an info */
  replies("18 00 FF 00", "58 04 1B 93 60 1B 9A 20 1B A1 E0 C0 73 20");
  replies("18 02 FF 00", "58 04 1B 93 60 1B 9A 20 1B A1 E0 C0 73 20");
  replies("18 00 00 00", "58 03 1B 93 60 1B 9A 20 1B A1 E0"); /* P */
  replies("18 00 C0 00", "58 01 C0 73 20"); /* U */
  replies("18 00 40 00", "58 00");
  replies("18 00 1B A1", "58 01 1B A1 E0");
  replies("18 01 1B 77", "58 02 1B 77 00 1B 77 00"); /* two failure types of one code */
  ck_assert_uint_eq(serve("18 01 FF 00", 0), 2 + 3 * DTC_COUNT);
  ck_assert_uint_eq(serve("18 03 FF 00", 0), 2 + 3 * DTC_COUNT);
  replies("18 04 FF 00", "7F 18 12");
  replies("18 00 FF", "7F 18 12");
  replies("18 00 FF 00 00", "7F 18 12");
  replies("18 00 12 34", "7F 18 31");
  replies("03", "43 04 1B 93 1B 9A 1B A1 C0 73");
  replies("03 00", "7F 03 12");
}
END_TEST

START_TEST(codes_are_cleared_by_group) {
  set_dtc(DTC_ISOLATION_LOW, 0);
  set_dtc(DTC_CAN_BUS_OFF, 0);
  set_dtc(DTC_FAN, 0);
  rig.bms.life.operating_s += 100;
  replies("14 12 34", "7F 14 31");
  replies("14 1B A1", "54 1B A1");
  replies("03", "43 02 1B 9A C0 73");
  ck_assert_uint_eq(rig.bms.server.erased_s[DTC_FAN], rig.bms.life.operating_s);
  ck_assert_uint_eq(rig.bms.server.erased_s[DTC_CAN_BUS_OFF], 0);
  replies("14 C0 00", "54 C0 00");
  replies("03", "43 01 1B 9A");
  replies("14 FF 00", "54 FF 00");
  replies("03", "43 00");
}
END_TEST

/// What the pack has lost of its capacity, for the worst and the best group; a new one has no wear,
/// even if it holds more than its label says.
START_TEST(wear_is_what_is_missing_of_the_capacity) {
  static const uint16_t capacity_permille[] = {812, 999, 1000, 1001, 1100, 0};
  static const uint16_t wear_permille[] = {188, 1, 0, 0, 0, 1000};
  for (uint32_t i = 0; i < 6; i++) {
    rig.bms.soh.capacity_permille = capacity_permille[i];
    ck_assert_uint_eq(serve("21 05", 0), 44);
    ck_assert_uint_eq((uint32_t)(reply[27] << 8 | reply[28]), wear_permille[i]);
    ck_assert_uint_eq((uint32_t)(reply[30] << 8 | reply[31]), wear_permille[i]);
    ck_assert_uint_eq(reply[29], 0); /* no group is named */
    ck_assert_uint_eq(reply[32], 0);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_kwp");
  TCase *tests = tcase_create("kwp");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, case_48_local_ids_have_their_lengths);
  tcase_add_test(tests, refusals_are_those_of_the_car);
  tcase_add_test(tests, without_UDS_it_answers_as_the_car);
  tcase_add_test(tests, the_session_of_the_car_is_the_default);
  tcase_add_test(tests, every_byte_of_21_01);
  tcase_add_test(tests, state_of_charge_in_half_percents);
  tcase_add_test(tests, powers_and_current_are_clipped_at_their_ends);
  tcase_add_test(tests, each_flag_alone);
  tcase_add_test(tests, what_has_no_value_says_so);
  tcase_add_test(tests, vehicle_bytes);
  tcase_add_test(tests, the_request_tells_speed_and_port);
  tcase_add_test(tests, every_group_has_its_byte);
  tcase_add_test(tests, every_byte_of_21_05);
  tcase_add_test(tests, codes_by_status_and_group);
  tcase_add_test(tests, codes_are_cleared_by_group);
  tcase_add_test(tests, wear_is_what_is_missing_of_the_capacity);
  suite_add_tcase(suite, tests);
  return suite;
}
