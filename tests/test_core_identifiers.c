/// Values by identifier: case 35, lengths, what each identifier reads.
#include <check.h>

#include "../ecu_model/core/did_value.h"
#include "../ecu_model/core/uds.h"
#include "server_rig.h"

Suite *test_suite(void);

START_TEST(case_35_identifiers) {
  replies("22 F1 86", "62 F1 86 01");
  rig.bms.life.cycle_count = 0x01020304;
  rig.bms.fault_level = 2;
  replies("22 02 30 F1 86 02 51", "62 02 30 01 02 03 04 F1 86 01 02 51 02");
  replies("22 F1 86 00 00", "62 F1 86 01"); /* those that there are */
  replies("22 00 00", "7F 22 31");
  replies("22 00 00 FF FF", "7F 22 31");
  replies("22 02 0E", "7F 22 31"); /* in freeze frames alone */
  replies("22", "7F 22 13");
  replies("22 F1", "7F 22 13");
  replies("22 F1 86 F1", "7F 22 13");
  replies("22 02 40 02 40", "7F 22 14"); /* twice 194 bytes */
  ck_assert_uint_eq(serve("22 02 40 02 41", 0), 1 + 194 + 18);
  replies_to_all("22 00 00", "");
}
END_TEST

START_TEST(case_35_so_many_identifiers_and_no_more) {
  char request[3 * (2 * UDS_VALUES_MAX + 3) + 1] = "22";
  for (uint32_t i = 0; i < UDS_VALUES_MAX; i++) strcat(request, " F1 86");
  ck_assert_uint_eq(serve(request, 0), 1 + 3 * UDS_VALUES_MAX);
  strcat(request, " F1 86");
  replies(request, "7F 22 13");
}
END_TEST

/// 1 + 194 + 18 + 16 + 4 * 6 + 3 bytes are 256; a byte more is refused.
START_TEST(case_35_a_reply_is_as_long_as_one_message_and_no_longer) {
  ck_assert_uint_eq(serve("22 02 40 02 41 02 42 02 10 02 11 02 12 02 13 F1 86", 0), 256);
  ck_assert_str_eq(diag_text(reply + 253, 3), "F1 86 01");
  replies("22 02 40 02 41 02 42 02 10 02 11 02 12 02 13 02 01", "7F 22 14");
}
END_TEST

/// An earlier, longer request may still stand there.
START_TEST(what_lies_behind_a_request_is_not_read) {
  static const uint8_t bytes[] = {0x22, 0xF1, 0x86, 0x02, 0x51};
  uint32_t count = server_reply(&rig.bms, &told, bytes, 3, 0, reply);
  ck_assert_str_eq(diag_text(reply, count), "62 F1 86 01");
}
END_TEST

/// Reads what a row's bytes say.
static int64_t value_of(uint32_t id, uint32_t value_bytes) {
  char request[16];
  int64_t value = 0;
  snprintf(request, sizeof request, "22 %02X %02X", id >> 8, id & 0xFF);
  ck_assert_uint_ge(serve(request, 0), 3 + value_bytes);
  ck_assert_uint_eq((uint32_t)reply[1] << 8 | reply[2], id);
  for (uint32_t i = 0; i < value_bytes; i++) value = value << 8 | reply[3 + i];
  return value;
}

START_TEST(every_identifier_reads_its_own_field) {
  bms_t *bms = &rig.bms;
  bms->meas.heater_ddegC[0] = 250, bms->meas.heater_ddegC[1] = -123;
  const struct {
    uint32_t id, bytes;
    int64_t value;
  } row[] = {
      {0x0200, 4, bms->life.operating_s},
      {0x0201, 2, (uint16_t)(bms->meas.current_mA / 100)},
      {0x0202, 2, bms->meas.pack_mV / 100},
      {0x0203, 2, bms->meas.link_mV / 100},
      {0x0204, 2, bms->meas.group_max_mV},
      {0x0205, 2, bms->meas.group_min_mV},
      {0x0206, 1, bms->meas.group_max_index},
      {0x0207, 1, bms->meas.group_min_index},
      {0x0208, 2, (uint16_t)bms->meas.temperature_max_ddegC},
      {0x0209, 2, (uint16_t)bms->meas.temperature_min_ddegC},
      {0x020A, 1, bms->meas.temperature_max_index},
      {0x020B, 1, bms->meas.temperature_min_index},
      {0x020C, 2, bms->soc.soc_permille},
      {0x020D, 1, BMS_STATE_STANDBY},
      {0x0210, 4, bms->limit.charge_W},
      {0x0211, 4, bms->limit.discharge_W},
      {0x0212, 4, bms->limit.charge_mA},
      {0x0213, 4, bms->limit.discharge_mA},
      {0x0214, 4, bms->meas.supply_mV},
      {0x0215, 2, (uint16_t)bms->meas.inlet_ddegC},
      {0x0216, 4, 0x00FAFF85}, /* 25.0 and -12.3 degC */
      {0x0224, 1, bms->imd.quality},
      {0x0230, 4, bms->life.cycle_count},
      {0x0231, 4, bms->life.closing_count},
      {0x0232, 4, bms->life.loaded_opening_count},
      {0x0237, 4, bms->life.reset_count},
      {0x0250, 1, bms->dtc_active_count},
      {0x0251, 1, bms->fault_level},
  };
  for (uint32_t i = 0; i < sizeof row / sizeof row[0]; i++)
    ck_assert_msg(value_of(row[i].id, row[i].bytes) == row[i].value, "%04X", row[i].id);
  bms->thermal.fan_step = 7, bms->thermal.tacho_Hz = 300;
  bms->imd.ohm = 70000, bms->imd.pos_ohm = 80000, bms->imd.neg_ohm = 90000;
  bms->imd.height_permille = 444;
  bms->life.discharge_As = 11, bms->life.charge_As = 22;
  bms->life.discharge_kJ = 33, bms->life.charge_kJ = 44;
  bms->life.watchdog_reset_count = 55, bms->life.brown_out_count = 66, bms->jitter_count = 77;
  const int64_t more[][3] = {{0x0217, 1, 7},     {0x0218, 2, 300},   {0x0220, 4, 70000},
                             {0x0221, 4, 80000}, {0x0222, 4, 90000}, {0x0223, 2, 444},
                             {0x0233, 4, 11},    {0x0234, 4, 22},    {0x0235, 4, 33},
                             {0x0236, 4, 44},    {0x0238, 2, 55},    {0x0239, 2, 66},
                             {0x023A, 4, 77}};
  for (uint32_t i = 0; i < sizeof more / sizeof more[0]; i++)
    ck_assert_int_eq(value_of((uint32_t)more[i][0], (uint32_t)more[i][1]), more[i][2]);
}
END_TEST

START_TEST(lists_tell_what_is_missing) {
  bms_t *bms = &rig.bms;
  bms->meas.group_quality[3] = BMS_QUALITY_INVALID;
  bms->meas.group_quality[4] = BMS_QUALITY_STALE;
  bms->meas.module_quality[2] = BMS_QUALITY_INVALID;
  bms->meas.module_ddegC[1] = -155;
  bms->wire_state[0] = BMS_WIRE_OPEN;
  bms->wire_state[98] = BMS_WIRE_OPEN;
  bms->wire_state[97] = BMS_WIRE_SUSPECT;
  serve("22 02 40", 0);
  for (uint32_t g = 0; g < 96; g++) {
    uint32_t raw = (uint32_t)reply[3 + 2 * g] << 8 | reply[4 + 2 * g];
    ck_assert_uint_eq(raw, g == 3 ? 0xFFFF : bms->meas.group_mV[g]);
  }
  serve("22 02 41", 0);
  ck_assert_int_eq((int16_t)((uint32_t)reply[5] << 8 | reply[6]), -155);
  ck_assert_uint_eq((uint32_t)reply[7] << 8 | reply[8], 0x8000);
  replies("22 02 42", "62 02 42 01 00 00 00 00 00 00 00 00 00 00 00 04 00");
}
END_TEST

/// The table and what the core writes have the same lengths, and no row is without a field.
START_TEST(rows_and_fields_agree) {
  uint8_t bytes[256], other[256];
  for (uint32_t did = 0; did < DID_COUNT; did++) {
    uint32_t length = did_value_bytes(did);
    ck_assert_uint_le(length, 252);
    if ((did_row[did].where & DID_IS_READ) == 0) continue;
    memset(bytes, 0xAA, sizeof bytes);
    memset(other, 0x55, sizeof other);
    did_value_put(&rig.bms, did, bytes);
    did_value_put(&rig.bms, did, other);
    ck_assert_mem_eq(bytes, other, length); /* each byte is written */
    ck_assert_uint_eq(bytes[length], 0xAA); /* and no other */
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_identifiers");
  TCase *tests = tcase_create("identifiers");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, case_35_identifiers);
  tcase_add_test(tests, case_35_so_many_identifiers_and_no_more);
  tcase_add_test(tests, case_35_a_reply_is_as_long_as_one_message_and_no_longer);
  tcase_add_test(tests, what_lies_behind_a_request_is_not_read);
  tcase_add_test(tests, every_identifier_reads_its_own_field);
  tcase_add_test(tests, lists_tell_what_is_missing);
  tcase_add_test(tests, rows_and_fields_agree);
  suite_add_tcase(suite, tests);
  return suite;
}
