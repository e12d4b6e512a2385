/// Diagnosis: debounce, latching, clearing, reactions, edges, and its own conditions.
#include <check.h>

#include "../ecu_model/core/contactor.h"
#include "../ecu_model/core/diag.h"
#include "core_rig.h"

Suite *test_suite(void);

static bms_t bms;
static bms_out_t out;
static bms_in_t in;

static void start(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(&out, 0, sizeof out);
  memset(&in, 0, sizeof in);
  bms_init(&bms, bms_config_soul_ev(), &boot);
}

static void walk(uint32_t dtc, int is_bad, uint32_t times) {
  for (uint32_t i = 0; i < times; i++) {
    out.event_count = 0;
    diag_report(&bms, dtc, is_bad, (uint8_t)(17 + i));
    diag_walk(&bms, 10, &out);
  }
}

static uint32_t tens(uint32_t ms) { return ms > 10 ? ms / 10 : 1; }

START_TEST(each_row_sets_and_heals_by_its_times) {
  uint32_t dtc = (uint32_t)_i;
  const dtc_row_t *row = &dtc_row[dtc];
  start();
  walk(dtc, 1, tens(row->up_ms) - 1);
  ck_assert_uint_eq(bms.dtc[dtc].is_active, 0);
  walk(dtc, 0, 1); /* begins again */
  walk(dtc, 1, tens(row->up_ms));
  ck_assert_uint_eq(bms.dtc[dtc].is_active, 1);
  ck_assert_uint_eq(out.event_count, 1);
  ck_assert_uint_eq(out.event[0].kind, BMS_EVENT_DTC_SET);
  ck_assert_uint_eq(out.event[0].code, dtc);
  ck_assert_uint_eq(out.event[0].detail, (uint8_t)(17 + tens(row->up_ms) - 1));
  ck_assert_uint_eq(bms.fault_level, row->level);
  ck_assert_uint_eq(bms.dtc_active_count, 1);
  ck_assert_uint_eq(bms.comm.dtc_pending_count, 1);
  ck_assert_uint_eq(bms.reaction.is_open, row->reaction == DTC_REACTION_OPEN);
  ck_assert_uint_eq(bms.reaction.is_zero_open, row->reaction == DTC_REACTION_LIMIT_ZERO_OPEN);
  ck_assert_uint_eq(bms.reaction.is_inhibit_close, row->reaction == DTC_REACTION_INHIBIT_CLOSE);
  ck_assert_uint_eq(bms.reaction.is_derate, row->reaction == DTC_REACTION_DERATE);
  ck_assert_uint_eq(bms.reaction.has_latched, row->is_latched);
  walk(dtc, 1, 5);
  ck_assert_uint_eq(bms.dtc[dtc].occurrence_count, 1);
  ck_assert_uint_eq(bms.dtc[dtc].location, (uint8_t)(17 + tens(row->up_ms) - 1));
  walk(dtc, 0, tens(row->down_ms) - 1);
  ck_assert_uint_eq(bms.dtc[dtc].is_active, 1);
  walk(dtc, 0, 1);
  ck_assert_uint_eq(bms.dtc[dtc].is_active, row->is_latched);
  ck_assert_uint_eq(out.event_count, !row->is_latched);
  ck_assert_uint_eq(bms.comm.dtc_pending_count, 1); /* one frame tells the newest */
}
END_TEST

START_TEST(clearing_takes_only_what_has_healed) {
  start();
  walk(DTC_CELL_OVERVOLTAGE, 1, 1);
  walk(DTC_OPEN_WIRE, 1, 1);
  walk(DTC_CELL_OVERVOLTAGE, 0, 98);
  diag_clear(&bms, &out);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_active, 1);
  diag_report(&bms, DTC_OPEN_WIRE, 1, 3);
  walk(DTC_CELL_OVERVOLTAGE, 0, 1);
  diag_report(&bms, DTC_OPEN_WIRE, 1, 3);
  walk(DTC_CELL_OVERVOLTAGE, 0, 1);
  out.event_count = 0;
  diag_clear(&bms, &out);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_active, 0);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_OVERVOLTAGE].is_latched, 0);
  ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].is_active, 1); /* not latched: heals by itself */
  ck_assert_uint_eq(out.event_count, 1);
  ck_assert_uint_eq(bms.reaction.is_open, 0);
  ck_assert_uint_eq(bms.reaction.is_zero_open, 1);
  ck_assert_uint_eq(bms.dtc_active_count, 1);
}
END_TEST

START_TEST(a_condition_that_is_back_is_not_cleared) {
  start();
  walk(DTC_INTERLOCK_OPEN, 1, 10);
  walk(DTC_INTERLOCK_OPEN, 0, 100);
  walk(DTC_INTERLOCK_OPEN, 1, 1); /* not yet debounced again */
  diag_clear(&bms, &out);
  ck_assert_uint_eq(bms.dtc[DTC_INTERLOCK_OPEN].is_latched, 1);
}
END_TEST

START_TEST(healing_begins_anew_when_the_condition_is_back) {
  start();
  walk(DTC_CELL_VOLTAGE_HIGH, 1, 1);
  walk(DTC_CELL_VOLTAGE_HIGH, 0, 99);
  walk(DTC_CELL_VOLTAGE_HIGH, 1, 1);
  walk(DTC_CELL_VOLTAGE_HIGH, 0, 99);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_VOLTAGE_HIGH].is_active, 1);
  walk(DTC_CELL_VOLTAGE_HIGH, 0, 1);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_VOLTAGE_HIGH].is_active, 0);
  ck_assert_uint_eq(bms.dtc[DTC_CELL_VOLTAGE_HIGH].occurrence_count, 1);
}
END_TEST

START_TEST(shortest_time_to_zero_wins) {
  start();
  walk(DTC_OPEN_WIRE, 1, 1);
  ck_assert_uint_eq(bms.reaction.zero_ms, bms.config.openwire_zero_ms);
  walk(DTC_CAN_REQUEST_LOST, 1, 1);
  ck_assert_uint_eq(bms.reaction.zero_ms, bms.config.request_zero_ms);
  ck_assert_uint_eq(bms.fault_level, DTC_LEVEL_FAULT);
  start();
  walk(DTC_CELL_VOLTAGE_HIGH, 1, 1);
  walk(DTC_CELL_ABOVE_OPERATING, 1, 1);
  ck_assert_uint_eq(bms.fault_level, DTC_LEVEL_WARNING);
}
END_TEST

START_TEST(first_location_counts_and_good_is_no_report) {
  start();
  diag_report(&bms, DTC_GROUP_LOST, 0, 1);
  ck_assert_uint_eq(bms.dtc[DTC_GROUP_LOST].condition, 0);
  diag_report(&bms, DTC_GROUP_LOST, 1, 2);
  diag_report(&bms, DTC_GROUP_LOST, 1, 3);
  diag_report(&bms, DTC_GROUP_LOST, 0, 4);
  ck_assert_uint_eq(bms.dtc[DTC_GROUP_LOST].condition, 1);
  ck_assert_uint_eq(bms.dtc[DTC_GROUP_LOST].condition_location, 2);
}
END_TEST

START_TEST(events_beyond_the_maximum_are_dropped) {
  start();
  for (uint32_t i = 0; i < BMS_EVENT_MAX + 3u; i++) diag_event(&out, BMS_EVENT_COIL, i, 0);
  ck_assert_uint_eq(out.event_count, BMS_EVENT_MAX);
  ck_assert_uint_eq(out.event[BMS_EVENT_MAX - 1].code, BMS_EVENT_MAX - 1);
}
END_TEST

START_TEST(occurrences_stop_at_255) {
  start();
  for (uint32_t i = 0; i < 300; i++) {
    walk(DTC_CELL_ABOVE_OPERATING, 1, 1);
    walk(DTC_CELL_ABOVE_OPERATING, 0, 100);
  }
  ck_assert_uint_eq(bms.dtc[DTC_CELL_ABOVE_OPERATING].occurrence_count, 255);
}
END_TEST

static uint32_t condition_after(uint32_t dtc) {
  for (uint32_t i = 0; i < DTC_COUNT; i++) bms.dtc[i].condition = 0;
  diag_conditions(&bms, &in);
  return bms.dtc[dtc].condition;
}

START_TEST(own_conditions_have_sharp_thresholds) {
  start();
  in.adc_current_low_raw = in.adc_current_high_raw = 2048;
  in.digital = BMS_DI_HVIL_CLOSED;
  bms.meas.supply_mV = 9000;
  ck_assert_uint_eq(condition_after(DTC_SUPPLY_LOW), 0);
  ck_assert_uint_eq(condition_after(DTC_INTERLOCK_OPEN), 0);
  bms.meas.supply_mV = 8999;
  ck_assert_uint_eq(condition_after(DTC_SUPPLY_LOW), 1);
  in.digital = 0;
  ck_assert_uint_eq(condition_after(DTC_INTERLOCK_OPEN), 1);
  bms.meas.group_sum_mV = 355000;
  bms.meas.scan_pack_mV = 358550; /* 1 % */
  ck_assert_uint_eq(condition_after(DTC_PACK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.meas.scan_pack_mV = 358551;
  ck_assert_uint_eq(condition_after(DTC_PACK_VOLTAGE_IMPLAUSIBLE), 1);
  bms.meas.scan_pack_mV = 351450;
  ck_assert_uint_eq(condition_after(DTC_PACK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.meas.scan_pack_mV = 351449;
  ck_assert_uint_eq(condition_after(DTC_PACK_VOLTAGE_IMPLAUSIBLE), 1);
  bms.meas.group_sum_mV = 250000;
  bms.meas.scan_pack_mV = 253000; /* at least 3 V */
  ck_assert_uint_eq(condition_after(DTC_PACK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.meas.scan_pack_mV = 253001;
  ck_assert_uint_eq(condition_after(DTC_PACK_VOLTAGE_IMPLAUSIBLE), 1);
  bms.meas.scan_pack_mV = 250000;
  bms.meas.pack_validity.quality = BMS_QUALITY_INVALID;
  ck_assert_uint_eq(condition_after(DTC_PACK_VOLTAGE_IMPLAUSIBLE), 1);
  bms.meas.pack_validity.quality = BMS_QUALITY_STALE;
  bms.meas.scan_pack_mV = 253001;
  bms.meas.supply_mV = 12000;
  ck_assert_uint_eq(condition_after(DTC_SUPPLY_LOW), 0);
  bms.meas.supply_validity.quality = BMS_QUALITY_INVALID;
  ck_assert_uint_eq(condition_after(DTC_SUPPLY_LOW), 1);
  bms.meas.group_sum_mV = 0; /* a group is missing: nothing to compare */
  ck_assert_uint_eq(condition_after(DTC_PACK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.afe.bad_run[3] = 2;
  ck_assert_uint_eq(condition_after(DTC_AFE_COMMUNICATION), 0);
  bms.afe.bad_run[3] = 3;
  ck_assert_uint_eq(condition_after(DTC_AFE_COMMUNICATION), 1);
  bms.afe.bad_run[3] = 0;
  bms.afe.aux_bad_run[4] = 4;
  ck_assert_uint_eq(condition_after(DTC_AFE_COMMUNICATION), 0);
  bms.afe.aux_bad_run[4] = 5; /* its cells come right, its thermistor does not */
  ck_assert_uint_eq(condition_after(DTC_AFE_COMMUNICATION), 1);
  ck_assert_uint_eq(bms.dtc[DTC_AFE_COMMUNICATION].condition_location, 4);
  bms.afe.config_bad_run[2] = 3;
  ck_assert_uint_eq(condition_after(DTC_AFE_CONFIGURATION), 1);
}
END_TEST

/// Only closed contactors that have settled make link and pack the same.
START_TEST(link_is_compared_once_closed_and_settled) {
  start();
  bms.contactor.phase = CONTACTOR_CLOSED;
  bms.contactor.phase_ms = 500;
  bms.meas.group_sum_mV = 360000;
  bms.meas.scan_link_mV = 360000;
  bms.meas.pack_mV = 360000;
  bms.meas.link_mV = 356400;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.meas.link_mV = 356399;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 1);
  bms.contactor.phase_ms = 499;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.contactor.phase_ms = 500;
  bms.contactor.phase = CONTACTOR_RELEASE;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.contactor.phase = CONTACTOR_CLOSED;
  bms.meas.link_mV = 363600;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.meas.link_mV = 363601;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 1);
  bms.meas.link_mV = 360000;
  bms.meas.group_sum_mV = 363636; /* only the sum differs, by 1 % of itself */
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.meas.group_sum_mV = 363637;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 1);
  bms.meas.group_sum_mV = 0;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 0);
  bms.meas.link_validity.quality = BMS_QUALITY_INVALID;
  ck_assert_uint_eq(condition_after(DTC_LINK_VOLTAGE_IMPLAUSIBLE), 1);
}
END_TEST

START_TEST(lost_groups_are_told_unless_explained) {
  start();
  memset(bms.meas.group_quality, BMS_QUALITY_VALID, sizeof bms.meas.group_quality);
  bms.meas.valid_group_count = 95;
  bms.meas.group_quality[36] = BMS_QUALITY_STALE;
  ck_assert_uint_eq(condition_after(DTC_GROUP_LOST), 0);
  bms.meas.group_quality[36] = BMS_QUALITY_INVALID;
  ck_assert_uint_eq(condition_after(DTC_GROUP_LOST), 1);
  ck_assert_uint_eq(bms.dtc[DTC_GROUP_LOST].condition_location, 36);
  uint8_t wire = _i ? pinout_group[36].wire_below : pinout_group[36].wire_above;
  bms.wire_state[wire] = BMS_WIRE_OPEN;
  ck_assert_uint_eq(condition_after(DTC_GROUP_LOST), 0);
  bms.wire_state[wire] = BMS_WIRE_SUSPECT;
  ck_assert_uint_eq(condition_after(DTC_GROUP_LOST), 1);
  bms.afe.bad_run[pinout_group[36].module - 1] = 3;
  ck_assert_uint_eq(condition_after(DTC_GROUP_LOST), 0);
}
END_TEST

START_TEST(three_broken_wires_are_a_connector) {
  start();
  for (uint32_t wire = 4; wire < 8; wire++) {
    bms.wire_state[wire] = BMS_WIRE_OPEN;
    bms.openwire.open_count++;
    ck_assert_uint_eq(condition_after(DTC_SENSE_CONNECTOR_LOST), wire >= 6);
    ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].condition, 1);
    ck_assert_uint_eq(bms.dtc[DTC_OPEN_WIRE].condition_location, 4);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_diag");
  TCase *tests = tcase_create("diag");
  tcase_add_loop_test(tests, each_row_sets_and_heals_by_its_times, 0, DTC_COUNT);
  tcase_add_test(tests, clearing_takes_only_what_has_healed);
  tcase_add_test(tests, a_condition_that_is_back_is_not_cleared);
  tcase_add_test(tests, healing_begins_anew_when_the_condition_is_back);
  tcase_add_test(tests, shortest_time_to_zero_wins);
  tcase_add_test(tests, first_location_counts_and_good_is_no_report);
  tcase_add_test(tests, events_beyond_the_maximum_are_dropped);
  tcase_add_test(tests, occurrences_stop_at_255);
  tcase_add_test(tests, own_conditions_have_sharp_thresholds);
  tcase_add_test(tests, link_is_compared_once_closed_and_settled);
  tcase_add_loop_test(tests, lost_groups_are_told_unless_explained, 0, 2);
  tcase_add_test(tests, three_broken_wires_are_a_connector);
  suite_add_tcase(suite, tests);
  return suite;
}
