/// Edges of the measurement: ends of the current's ranges, groups of which some are lost, counters.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/afe.h"
#include "../ecu_model/core/meas.h"
#include "../ecu_model/gen/pinout.h"

Suite *test_suite(void);

enum { CELL_raw = 37000, DEVICE = 3, ALL_REGISTERS = (1 << BMS_REGISTER_COUNT) - 1, HALF = 2048 };

static bms_t bms;
static bms_in_t in;

/// All cells at 3.7 V, all of them believed.
static void setup(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(&in, 0, sizeof in);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  bms.step_ms = 1;
  bms.task_ms = 10;
  in.adc_current_low_raw = in.adc_current_high_raw = HALF;
  in.adc_pack_raw = in.adc_link_raw = in.adc_supply_raw = HALF;
  in.adc_inlet_ntc_raw = in.adc_heater_ntc_raw[0] = in.adc_heater_ntc_raw[1] = HALF;
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    bms.afe.believed[device] = bms.afe.fresh[AFE_READ_SCAN][device] = ALL_REGISTERS;
    for (uint32_t channel = 1; channel <= pinout_module[device].top_channel; channel++) {
      if (channel == pinout_module[device].pair_channel) continue;
      bms.afe.cell_raw[AFE_READ_SCAN][device][channel - 1u] = CELL_raw;
    }
  }
}

static void set_group(uint32_t group, int32_t raw) {
  const pinout_group_t *row = &pinout_group[group];
  bms.afe.cell_raw[AFE_READ_SCAN][row->module - 1u][row->channel - 1u] = (uint16_t)raw;
}

/* --- current ---------------------------------------------------------------------------------- */

static int is_implausible(uint32_t low_raw, uint32_t high_raw) {
  in.adc_current_low_raw = (uint16_t)low_raw;
  in.adc_current_high_raw = (uint16_t)high_raw;
  return meas_current_is_implausible(&in);
}

/// 1 % and 99 % of the supply: up to there the low range has to agree with the high one, beyond it
/// is saturated, and only its sign is asked.
START_TEST(a_range_at_its_end_tells_the_sign_only) {
  static const uint16_t charge_150_A = 1720, discharge_150_A = 2375;
  ck_assert_int_eq(is_implausible(41, charge_150_A), 1);
  ck_assert_int_eq(is_implausible(40, charge_150_A), 0);
  ck_assert_int_eq(is_implausible(40, discharge_150_A), 1);
  ck_assert_int_eq(is_implausible(4054, discharge_150_A), 1);
  ck_assert_int_eq(is_implausible(4055, discharge_150_A), 0);
  ck_assert_int_eq(is_implausible(4055, charge_150_A), 1);
}
END_TEST

/// Below 1 % the high range is a broken wire: the last current is held.
START_TEST(the_greatest_charge_current_is_41_codes) {
  for (uint32_t high_raw = 40; high_raw <= 41; high_raw++) {
    setup();
    ck_assert_int_eq(is_implausible(0, high_raw), high_raw < 41);
    bms.meas.current_mA = 1234;
    meas_fast(&bms, &in);
    int32_t shown_mA = high_raw < 41 ? 1234 : meas_current_mA(41, 750000);
    ck_assert_int_eq(bms.meas.current_mA, shown_mA);
  }
}
END_TEST

/// First order with 128 ms: 63 % of a step after that time, all of it after ten times that.
START_TEST(the_mean_current_follows_within_128_ms) {
  for (uint32_t is_charge = 0; is_charge < 2; is_charge++) {
    setup();
    in.adc_current_low_raw = is_charge ? 1000 : 3095; /* 48 A */
    in.adc_current_high_raw = is_charge ? 1943 : 2152;
    for (uint32_t ms = 0; ms < 128; ms++) meas_fast(&bms, &in);
    const int32_t current_mA = bms.meas.current_mA;
    ck_assert_int_eq(current_mA < 0, (int)is_charge);
    ck_assert_int_gt(bms.meas.current_mean_mA * 100 / current_mA, 61);
    ck_assert_int_lt(bms.meas.current_mean_mA * 100 / current_mA, 65);
    for (uint32_t ms = 0; ms < 1280; ms++) meas_fast(&bms, &in);
    ck_assert_int_eq(bms.meas.current_mA, current_mA);
    ck_assert_int_ge(bms.meas.current_mean_mA * 100 / current_mA, 99);
    ck_assert_int_le(bms.meas.current_mean_mA * 100 / current_mA, 100);
  }
}
END_TEST

/// The pack's voltage is set beside the sum of the cells: both of the same moment.
START_TEST(pack_and_link_are_kept_while_cells_convert) {
  for (uint32_t cycle_ms = 0; cycle_ms < 10; cycle_ms++) {
    setup();
    bms.meas.scan_pack_mV = bms.meas.scan_link_mV = 1;
    bms.cycle_ms = (uint8_t)cycle_ms;
    in.adc_link_raw = HALF / 2;
    meas_fast(&bms, &in);
    ck_assert_int_eq(bms.meas.scan_pack_mV, cycle_ms == 2 ? bms.meas.pack_mV : 1);
    ck_assert_int_eq(bms.meas.scan_link_mV, cycle_ms == 2 ? bms.meas.link_mV : 1);
  }
}
END_TEST

/* --- groups ----------------------------------------------------------------------------------- */

/// Whichever device has lost a register: its groups age, all others are valid.
START_TEST(each_device_speaks_for_its_own_groups) {
  for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
    setup();
    meas_scan(&bms);
    bms.afe.believed[device] = 0;
    meas_scan(&bms);
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
      int is_lost = pinout_group[group].module == device + 1u;
      ck_assert_uint_eq(bms.meas.group_quality[group],
                        is_lost ? BMS_QUALITY_STALE : BMS_QUALITY_VALID);
    }
    ck_assert_uint_eq(bms.meas.valid_group_count,
                      BMS_GROUP_COUNT - pinout_module[device].group_count);
  }
}
END_TEST

/// Groups of a module that is lost for good have no part in what is told of the pack.
START_TEST(extremes_and_mean_are_those_of_the_groups_that_count) {
  const pinout_module_t *lost = &pinout_module[DEVICE];
  setup();
  bms.afe.believed[DEVICE] = 0;
  set_group(lost->first_group, 20000);
  set_group(7, 36000);
  set_group(11, 36000);
  set_group(60, 38000);
  set_group(80, 38000);
  meas_scan(&bms);
  ck_assert_uint_eq(bms.meas.group_min_index, 7); /* the first of equals */
  ck_assert_uint_eq(bms.meas.group_max_index, 60);
  ck_assert_uint_eq(bms.meas.group_min_mV, 3600);
  ck_assert_uint_eq(bms.meas.group_max_mV, 3800);
  ck_assert_uint_eq(bms.meas.group_mean_mV, 3700);
  ck_assert_uint_eq(bms.meas.group_sum_mV, 0); /* of all groups, or of none */
  ck_assert_uint_eq(bms.meas.valid_group_count, BMS_GROUP_COUNT - lost->group_count);
}
END_TEST

/// A group that has been lost for minutes is no younger then.
START_TEST(the_age_of_a_lost_group_ends_at_255_scans) {
  setup();
  meas_scan(&bms);
  bms.afe.believed[DEVICE] = 0;
  const uint32_t group = pinout_module[DEVICE].first_group;
  for (uint32_t scan = 1; scan <= 600; scan++) {
    meas_scan(&bms);
    ck_assert_uint_eq(bms.meas.group_age_scans[group], scan < 255 ? scan : 255);
    ck_assert_uint_eq(bms.meas.group_quality[group],
                      scan < MEAS_AGE_INVALID_scans ? BMS_QUALITY_STALE : BMS_QUALITY_INVALID);
  }
}
END_TEST

START_TEST(scans_without_an_answer_are_counted_to_255) {
  setup();
  bms.afe.fresh[AFE_READ_SCAN][DEVICE] = 0;
  for (uint32_t scan = 1; scan <= 600; scan++) {
    meas_scan(&bms);
    for (uint32_t device = 0; device < BMS_AFE_COUNT; device++) {
      uint32_t run = device != DEVICE ? 0 : scan < 255 ? scan : 255;
      ck_assert_uint_eq(bms.afe.bad_run[device], run);
    }
  }
  bms.afe.fresh[AFE_READ_SCAN][DEVICE] = 1; /* one register came right */
  meas_scan(&bms);
  ck_assert_uint_eq(bms.afe.bad_run[DEVICE], 0);
}
END_TEST

/// Groups at a connector that is off have no values; those of the other connectors keep theirs.
START_TEST(a_connector_that_is_off_takes_its_own_groups) {
  for (uint32_t connector = 0; connector < 4; connector++) {
    setup();
    bms.openwire.lost_connectors = (uint8_t)(1u << connector);
    bms.openwire.open_count = 3;
    meas_scan(&bms);
    for (uint32_t group = 0; group < BMS_GROUP_COUNT; group++) {
      const pinout_group_t *row = &pinout_group[group];
      int is_off = pinout_wire[row->wire_below].connector == (char)('A' + connector) ||
                   pinout_wire[row->wire_above].connector == (char)('A' + connector);
      ck_assert_int_eq(bms.meas.group_quality[group] == BMS_QUALITY_VALID, !is_off);
    }
  }
}
END_TEST

/// A pair channel at 0.1 V may hide how far below a floating wire is: it counts as reading nothing.
START_TEST(a_pair_at_a_tenth_of_a_volt_needs_the_lifting_current) {
  const pinout_module_t *module = &pinout_module[DEVICE];
  const uint32_t pair = module->pair_channel, lower = module->first_wire + pair - 1u;
  const uint32_t group = pinout_wire[lower].group_below;
  for (uint32_t is_lifted = 0; is_lifted < 2; is_lifted++) {
    setup();
    meas_scan(&bms);
    bms.wire_state[lower] = BMS_WIRE_OPEN;
    bms.openwire.redundant_open_count = 1;
    bms.openwire.last_post = is_lifted ? AFE_POST_DOWN_READ : AFE_POST_NONE;
    afe_keep(&bms.afe, AFE_KEPT_PREVIOUS);
    bms.afe.cell_raw[AFE_READ_SCAN][DEVICE][pair - 1u] = 1000;
    bms.afe.cell_raw[AFE_KEPT_PREVIOUS][DEVICE][pair - 1u] = 1001;
    meas_scan(&bms);
    ck_assert_uint_eq(bms.meas.group_age_scans[group], !is_lifted);
  }
}
END_TEST

/* --- temperatures ----------------------------------------------------------------------------- */

/// The chip's reference at 0 V comes with a right PEC: there is no temperature without it.
START_TEST(a_reference_of_0_V_gives_no_temperature) {
  setup();
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    bms.afe.aux_raw[m] = 15000;
    bms.afe.ref_raw[m] = m == DEVICE ? 0 : 30000;
  }
  bms.afe.aux_is_complete = 1;
  meas_slow(&bms, &in);
  for (uint32_t m = 0; m < BMS_AFE_COUNT; m++) {
    ck_assert_uint_eq(bms.meas.module_quality[m],
                      m == DEVICE ? BMS_QUALITY_NONE : BMS_QUALITY_VALID);
  }
  ck_assert_int_eq(bms.meas.module_ddegC[DEVICE], MEAS_DDEGC_NONE);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_meas_edges");
  TCase *tests = tcase_create("measurement edges");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, a_range_at_its_end_tells_the_sign_only);
  tcase_add_test(tests, the_greatest_charge_current_is_41_codes);
  tcase_add_test(tests, the_mean_current_follows_within_128_ms);
  tcase_add_test(tests, pack_and_link_are_kept_while_cells_convert);
  tcase_add_test(tests, each_device_speaks_for_its_own_groups);
  tcase_add_test(tests, extremes_and_mean_are_those_of_the_groups_that_count);
  tcase_add_test(tests, the_age_of_a_lost_group_ends_at_255_scans);
  tcase_add_test(tests, scans_without_an_answer_are_counted_to_255);
  tcase_add_test(tests, a_connector_that_is_off_takes_its_own_groups);
  tcase_add_test(tests, a_pair_at_a_tenth_of_a_volt_needs_the_lifting_current);
  tcase_add_test(tests, a_reference_of_0_V_gives_no_temperature);
  suite_add_tcase(suite, tests);
  return suite;
}
