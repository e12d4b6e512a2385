/// Cases of the diagnosis that only a mutant showed to be untested.
#include <check.h>

#include "../ecu_model/core/diag.h"
#include "../ecu_model/core/meas.h"
#include "../ecu_model/core/openwire.h"
#include "core_rig.h"

static rig_t rig;

/// Clearing goes through all rows, not only the first.
START_TEST(every_latched_row_is_cleared) {
  rig_init(&rig);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    bms_dtc_t *state = &rig.bms.dtc[dtc];
    state->is_active = state->is_latched = dtc_row[dtc].is_latched;
    state->down_ms = dtc_row[dtc].down_ms;
  }
  diag_clear(&rig.bms, &rig.out);
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    ck_assert_uint_eq(rig.bms.dtc[dtc].is_latched, 0);
    ck_assert_uint_eq(rig.bms.dtc[dtc].is_active, 0);
  }
}
END_TEST

/// As many broken wires with another way as without: both are told.
START_TEST(a_single_and_a_doubled_wire_break) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  uint32_t doubled = 0;
  while (pinout_wire[doubled].pair_wire == PINOUT_NONE) doubled++;
  rig.wire_is_open[3] = rig.wire_is_open[doubled] = 1;
  rig_run(&rig, 2000);
  ck_assert_uint_eq(rig.bms.openwire.open_count, 1);
  ck_assert_uint_eq(rig.bms.openwire.redundant_open_count, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE].location, 3);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE_REDUNDANT].is_active, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_OPEN_WIRE_REDUNDANT].location, doubled);
}
END_TEST

/// Two inputs in a row float up to the last channel: none falls in between.
START_TEST(rises_up_to_the_last_channel) {
  enum { TOP = 15, CELL_raw = 37000, RISE_raw = 11000 };
  uint16_t up[TOP], down[TOP];
  for (uint32_t i = 0; i < TOP; i++) up[i] = down[i] = CELL_raw;
  const openwire_reads_t reads = {
      .up_raw = up, .down_raw = down, .before_up_raw = down, .before_down_raw = down, .top = TOP};
  up[TOP - 2] = up[TOP - 1] = CELL_raw + RISE_raw;
  ck_assert_uint_eq(openwire_judge(&reads), 1u << (TOP - 1));
  up[TOP - 1] = OPENWIRE_HIGH_raw + 1;
  ck_assert_uint_eq(openwire_judge(&reads), 3u << (TOP - 1));
}
END_TEST

/// A test has judged a device iff it began late enough and could judge that device.
START_TEST(a_judgement_needs_both) {
  rig_init(&rig);
  rig.bms.openwire.test_done_count = 5;
  rig.bms.openwire.conclusive_mask = 1u << 2;
  ck_assert_int_ne(openwire_has_judged(&rig.bms, 2, 5), 0);
  ck_assert_int_eq(openwire_has_judged(&rig.bms, 2, 6), 0);
  ck_assert_int_eq(openwire_has_judged(&rig.bms, 3, 5), 0);
}
END_TEST

START_TEST(no_module_has_a_temperature_at_reset) {
  rig_init(&rig);
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++)
    ck_assert_int_eq(rig.bms.meas.module_ddegC[m], MEAS_DDEGC_NONE);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("core_gaps");
  TCase *tests = tcase_create("gaps");
  tcase_add_test(tests, every_latched_row_is_cleared);
  tcase_add_test(tests, a_single_and_a_doubled_wire_break);
  tcase_add_test(tests, a_judgement_needs_both);
  tcase_add_test(tests, no_module_has_a_temperature_at_reset);
  tcase_add_test(tests, rises_up_to_the_last_channel);
  suite_add_tcase(suite, tests);
  return suite;
}
