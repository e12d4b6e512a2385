/// Edges of the isolation monitor: each bound at its last value inside and its first outside.
#include <check.h>
#include <string.h>

#include "../ecu_model/core/imd.h"

Suite *test_suite(void);

enum { SKIP_ms = 5, PACK_raw = 1600 };

static bms_t bms;
static bms_in_t in;

static void setup(void) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  memset(&in, 0, sizeof in);
  bms_init(&bms, bms_config_soul_ev(), &boot);
  bms.state = BMS_STATE_STANDBY;
  bms.step_ms = 1;
  in.adc_pack_raw = PACK_raw;
}

/// One sample in this ms of a phase.
static void sample(imd_phase_t phase, uint32_t phase_ms, uint32_t pos_raw, uint32_t neg_raw) {
  bms.imd.phase = (uint8_t)phase;
  bms.imd.phase_ms = (uint16_t)(phase_ms - 1u);
  in.adc_iso_pos_raw = (uint16_t)pos_raw;
  in.adc_iso_neg_raw = (uint16_t)neg_raw;
  imd_step(&bms, &in);
}

/// Y-capacitors hold the chassis when a divider is switched: it may move by a 16th of the pack.
/// With both dividers on there is nothing that it could be compared with.
START_TEST(a_chassis_that_jumps_is_not_connected) {
  static const imd_phase_t phase[] = {IMD_BOTH, IMD_POS, IMD_NEG};
  for (uint32_t i = 0; i < 3; i++) {
    for (int32_t moved_raw = -101; moved_raw <= 101; moved_raw++) {
      setup();
      bms.imd.chassis_raw = 800;
      bms.imd.pack_raw = PACK_raw;
      uint32_t neg_raw = (uint32_t)(800 + moved_raw);
      sample(phase[i], SKIP_ms, PACK_raw - neg_raw, neg_raw);
      int is_far = moved_raw > 100 || moved_raw < -100;
      ck_assert_uint_eq(bms.imd.faults, is_far && phase[i] != IMD_BOTH ? IMD_FAULT_JUMP : 0);
    }
  }
}
END_TEST

/// A divider that is off shows less than a 32nd of the pack.
START_TEST(a_divider_that_is_off_shows_nothing) {
  for (uint32_t idle_raw = 50; idle_raw <= 51; idle_raw++) {
    setup();
    for (uint32_t ms = 1; ms <= 30; ms++) {
      sample(IMD_POS, SKIP_ms + ms, 400, idle_raw);
      ck_assert_uint_eq(bms.imd.idle_ms, idle_raw > 50 ? ms : 0);
    }
    setup();
    for (uint32_t ms = 1; ms <= 30; ms++) {
      sample(IMD_NEG, SKIP_ms + ms, idle_raw, 400);
      ck_assert_uint_eq(bms.imd.idle_ms, idle_raw > 50 ? ms : 0);
    }
  }
}
END_TEST

/// Both dividers together show the pack, within a 16th.
START_TEST(both_dividers_show_the_pack) {
  static const uint16_t sum_raw[] = {1499, 1500, 1700, 1701};
  for (uint32_t i = 0; i < 4; i++) {
    setup();
    bms.imd.scale = SETTLE_ONE;
    for (uint32_t ms = 1; ms <= SETTLE_BASE_ms; ms++)
      sample(IMD_BOTH, SKIP_ms + ms, sum_raw[i] - 600u, 600);
    int is_right = i == 1 || i == 2;
    ck_assert_uint_eq(bms.imd.phase, is_right ? IMD_POS : IMD_PAUSE);
    ck_assert_uint_eq(bms.imd.shown_faults, is_right ? 0 : IMD_FAULT_SUM);
    ck_assert_uint_eq(bms.imd.bad_run, !is_right);
  }
}
END_TEST

/// 100 V: below, the pack is no pack, and nothing is measured.
START_TEST(the_pack_has_to_be_there) {
  for (uint32_t pack_raw = 818; pack_raw <= 819; pack_raw++) {
    setup();
    in.adc_pack_raw = (uint16_t)pack_raw;
    sample(IMD_BOTH, 10, 400, 419);
    ck_assert_uint_eq(bms.imd.phase, pack_raw < 819 ? IMD_PAUSE : IMD_BOTH);
  }
}
END_TEST

/// Six seconds without a calm moment: the whole cycle begins anew.
START_TEST(a_side_that_does_not_settle_is_given_up) {
  for (uint32_t phase_ms = 5999; phase_ms <= 6000; phase_ms++) {
    setup();
    sample(IMD_POS, phase_ms, 400, 0);
    ck_assert_uint_eq(bms.imd.phase, phase_ms < 6000 ? IMD_POS : IMD_PAUSE);
  }
}
END_TEST

/// After three windows there is an estimate: it is taken where there is no result, or an old one.
START_TEST(an_estimate_is_taken_for_want_of_a_result) {
  static const struct {
    uint32_t quality, age_ms;
    int is_taken;
  } row[] = {{BMS_QUALITY_VALID, 4999, 0},   {BMS_QUALITY_VALID, 5000, 1},
             {BMS_QUALITY_SUSPECT, 4999, 0}, {BMS_QUALITY_STALE, 4999, 0},
             {BMS_QUALITY_INVALID, 4999, 1}, {BMS_QUALITY_NONE, 0, 1}};
  for (uint32_t i = 0; i < sizeof row / sizeof row[0]; i++) {
    setup();
    bms.imd.quality = (uint8_t)row[i].quality;
    bms.imd.scale = SETTLE_ONE;
    settle_init(&bms.imd.settle);
    for (uint32_t ms = 1; ms <= 3 * SETTLE_BASE_ms; ms++) {
      if (ms == 3 * SETTLE_BASE_ms) bms.imd.age_ms = row[i].age_ms - (row[i].age_ms > 0);
      sample(IMD_POS, SKIP_ms + ms, ms <= 80 ? 200 : ms <= 160 ? 600 : 800, 0);
    }
    ck_assert_msg(bms.imd.phase == (row[i].is_taken ? IMD_NEG : IMD_POS), "row %u", i);
    ck_assert_int_eq(bms.imd.is_estimate, row[i].is_taken);
  }
}
END_TEST

START_TEST(two_faulty_cycles_are_a_broken_monitor) {
  for (uint32_t bad_run = 0; bad_run <= 3; bad_run++) {
    setup();
    bms.imd.bad_run = (uint8_t)bad_run;
    imd_report(&bms);
    ck_assert_uint_eq(bms.dtc[DTC_ISOLATION_MONITOR].condition, bad_run >= 2);
  }
}
END_TEST

/// A whole cycle with these ends of its sides, in codes that stand still.
static void run_cycle(uint32_t pos_raw, uint32_t neg_raw) {
  const uint32_t goal = bms.imd.result_count + 1u;
  bms.imd.phase = IMD_BOTH;
  bms.imd.scale = SETTLE_ONE;
  bms.imd.faults = 0;
  settle_init(&bms.imd.settle);
  for (uint32_t i = 0; i < 1000 && bms.imd.result_count < goal; i++) {
    uint32_t phase = bms.imd.phase;
    if (bms.imd.phase_ms < SKIP_ms) bms.imd.phase_ms = SKIP_ms; /* the chassis is there at once */
    in.adc_iso_pos_raw = (uint16_t)(phase == IMD_NEG ? 0 : phase == IMD_POS ? pos_raw : 1000);
    in.adc_iso_neg_raw = (uint16_t)(phase == IMD_POS ? 0 : phase == IMD_NEG ? neg_raw : 600);
    imd_step(&bms, &in);
  }
  ck_assert_uint_eq(bms.imd.result_count, goal);
}

/// A quarter of the pack on each side is what the dividers are. A limit heals at 125 % of itself.
START_TEST(a_limit_heals_at_125_percent) {
  for (uint32_t over_ohm = 0; over_ohm <= 100; over_ohm += 100) {
    setup();
    bms.config.isolation_divider_ohm = 50000;
    bms.config.isolation_low_ohm = 40000 + over_ohm;
    bms.imd.is_low = 1;
    run_cycle(PACK_raw / 4, PACK_raw / 4);
    ck_assert_uint_eq(bms.imd.ohm, 50000);
    ck_assert_uint_eq(bms.imd.is_low, over_ohm != 0);
  }
}
END_TEST

/// A pole that lies on the chassis: no resistance there, and no division by the nothing opposite.
START_TEST(a_dead_short_of_a_pole_is_0_ohm) {
  for (uint32_t is_neg = 0; is_neg < 2; is_neg++) {
    setup();
    run_cycle(is_neg ? PACK_raw : 0, is_neg ? 0 : PACK_raw);
    ck_assert_uint_eq(bms.imd.ohm, 0);
    ck_assert_uint_eq(is_neg ? bms.imd.neg_ohm : bms.imd.pos_ohm, 0);
    ck_assert_uint_eq(is_neg ? bms.imd.pos_ohm : bms.imd.neg_ohm, IMD_MAX_ohm);
    ck_assert_uint_eq(bms.imd.height_permille, is_neg ? 0 : 1000);
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_imd_edges");
  TCase *tests = tcase_create("isolation edges");
  tcase_add_test(tests, a_chassis_that_jumps_is_not_connected);
  tcase_add_test(tests, a_divider_that_is_off_shows_nothing);
  tcase_add_test(tests, both_dividers_show_the_pack);
  tcase_add_test(tests, the_pack_has_to_be_there);
  tcase_add_test(tests, a_side_that_does_not_settle_is_given_up);
  tcase_add_test(tests, an_estimate_is_taken_for_want_of_a_result);
  tcase_add_test(tests, two_faulty_cycles_are_a_broken_monitor);
  tcase_add_test(tests, a_limit_heals_at_125_percent);
  tcase_add_test(tests, a_dead_short_of_a_pole_is_0_ohm);
  suite_add_tcase(suite, tests);
  return suite;
}
