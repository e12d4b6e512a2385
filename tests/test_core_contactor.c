/// Contactors: order, precharge window, retries and energy, aux contacts, weld by aux and by link.
#include <check.h>

#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;

enum { POS = 1, NEG = 2, PRECHARGE = 4 };

static precharge_result_t judged(int32_t link_mV, int32_t start_mV, int32_t current_mA,
                                 uint32_t ms) {
  return contactor_judge_precharge(bms_config_soul_ev(), 400000, link_mV, start_mV, current_mA, ms);
}

START_TEST(window_is_sharp_on_all_sides) {
  ck_assert_int_eq(judged(388000, 0, 0, 60), PRECHARGE_PASSED); /* 3.0 % */
  ck_assert_int_eq(judged(387999, 0, 0, 60), PRECHARGE_RUNNING);
  ck_assert_int_eq(judged(388000, 0, 0, 59), PRECHARGE_TOO_FAST);
  ck_assert_int_eq(judged(388000, 80000, 0, 59), PRECHARGE_PASSED); /* it began at 20 % */
  ck_assert_int_eq(judged(388000, 79999, 0, 59), PRECHARGE_TOO_FAST);
  ck_assert_int_eq(judged(387999, 0, 0, 359), PRECHARGE_RUNNING);
  ck_assert_int_eq(judged(387999, 0, 0, 360), PRECHARGE_TOO_SLOW);
  ck_assert_int_eq(judged(400000, 0, 2000, 100), PRECHARGE_RUNNING);
  ck_assert_int_eq(judged(400000, 0, 1999, 100), PRECHARGE_PASSED);
  ck_assert_int_eq(judged(400000, 0, -2000, 100), PRECHARGE_RUNNING);
  ck_assert_int_eq(judged(400000, 0, -1999, 100), PRECHARGE_PASSED);
  ck_assert_int_eq(judged(400000, 0, 2000, 360), PRECHARGE_TOO_SLOW);
}
END_TEST

START_TEST(order_is_minus_precharge_plus_and_back) {
  static const uint16_t closing[] = {NEG, NEG | PRECHARGE, NEG | PRECHARGE | POS, NEG | POS};
  static const uint16_t opening[] = {NEG, 0};
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig_run(&rig, 100);
  rig.request = SM_REQUEST_DRIVE;
  uint32_t seen = 0;
  uint16_t last = 0;
  for (uint32_t i = 0; i < 1000; i++) {
    rig_tick(&rig);
    ck_assert_uint_eq(rig.out.coil_command ^ rig.out.coil_command_inverse, 0xFFFF);
    if (rig.out.coil_command == last) continue;
    last = rig.out.coil_command;
    ck_assert_uint_lt(seen, 4);
    ck_assert_uint_eq(last, closing[seen++]);
  }
  ck_assert_uint_eq(seen, 4);
  ck_assert_uint_ge(rig.bms.contactor.precharge_ms, 60);
  ck_assert_uint_le(rig.bms.contactor.precharge_ms, 200);
  rig.request = SM_REQUEST_STANDBY;
  seen = 0;
  for (uint32_t i = 0; i < 500; i++) {
    rig_tick(&rig);
    if (rig.out.coil_command == last) continue;
    last = rig.out.coil_command;
    ck_assert_uint_lt(seen, 2);
    ck_assert_uint_eq(last, opening[seen++]);
  }
  ck_assert_uint_eq(seen, 2);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

START_TEST(graceful_opening_waits_for_the_current_but_not_for_ever) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.current_mA = 50000;
  rig.request = SM_REQUEST_STANDBY;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_OPENING, 300), UINT32_MAX);
  ck_assert_uint_eq(rig_until_open(&rig, 400), UINT32_MAX);
  uint32_t ms = rig_until_open(&rig, 300);
  ck_assert_uint_le(ms, 120);
}
END_TEST

START_TEST(too_fast_fails_without_a_second_try) {
  rig_init(&rig);
  rig.link_tau_ms = 5;
  ck_assert(!rig_close(&rig, SM_REQUEST_DRIVE));
  ck_assert_uint_eq(rig.bms.dtc[DTC_PRECHARGE_TOO_FAST].is_latched, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_PRECHARGE_TOO_FAST].occurrence_count, 1);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
  rig_run(&rig, 3000);
  ck_assert_uint_eq(rig.bms.coil_command, 0);
}
END_TEST

/// tau 130 ms needs 455 ms: three tries, little energy.
START_TEST(too_slow_gets_three_tries) {
  rig_init(&rig);
  rig.link_tau_ms = 130;
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig.bms.config.precharge_energy_max_J = 100000;
  rig.request = SM_REQUEST_DRIVE;
  uint32_t tries = 0;
  uint16_t last = 0;
  for (uint32_t i = 0; i < 5000; i++) {
    if (rig.tick % 10 == 0 && rig.bms.contactor.phase == CONTACTOR_PAUSE) rig.link_mV = 0;
    rig_tick(&rig);
    uint16_t command = rig.out.coil_command & PRECHARGE;
    if (command && !last) tries++;
    last = command;
  }
  ck_assert_uint_eq(tries, 3);
  ck_assert_uint_eq(rig.bms.dtc[DTC_PRECHARGE_TOO_SLOW].is_latched, 1);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
}
END_TEST

/// A shorted link heats the resistor with 3.2 kW: 1.1 kJ a try, so there is no second one.
START_TEST(energy_of_the_resistor_ends_the_tries) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig.request = SM_REQUEST_DRIVE;
  uint32_t tries = 0;
  uint16_t last = 0;
  for (uint32_t i = 0; i < 5000; i++) {
    rig.link_mV = 0;
    rig_tick(&rig);
    uint16_t command = rig.out.coil_command & PRECHARGE;
    if (command && !last) tries++;
    last = command;
  }
  ck_assert_uint_eq(tries, 1);
  ck_assert_uint_eq(rig.bms.dtc[DTC_PRECHARGE_TOO_SLOW].is_active, 1);
}
END_TEST

START_TEST(stuck_contact_is_found_in_50_ms) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  uint32_t coil = (uint32_t)_i;
  rig.aux_is_held[coil] = 1;
  rig.aux_held[coil] = coil == PINS_COIL_PRECHARGE; /* opens by itself, precharge closes */
  uint32_t dtc = coil == PINS_COIL_PRECHARGE ? DTC_CONTACTOR_WELDED : DTC_CONTACTOR_FEEDBACK;
  uint32_t ms = 0;
  while (!rig.bms.dtc[dtc].is_active && ms++ < 200) rig_tick(&rig);
  ck_assert_uint_ge(ms, 40);
  ck_assert_uint_le(ms, 60);
}
END_TEST

START_TEST(welded_plus_opens_minus_and_never_closes_again) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.aux_is_held[0] = rig.aux_held[0] = 1;
  rig.request = SM_REQUEST_STANDBY;
  rig_run(&rig, 500);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
  ck_assert_uint_eq(rig.bms.dtc[DTC_CONTACTOR_WELDED].is_latched, 1);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
  rig.request = SM_REQUEST_DRIVE;
  rig_run(&rig, 2000);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
}
END_TEST

/// The aux contact lies, the link does not: it rises as soon as minus closes.
START_TEST(weld_shows_on_the_link_before_precharge) {
  rig_init(&rig);
  rig_until(&rig, BMS_STATE_STANDBY, 1000);
  rig.request = SM_REQUEST_DRIVE;
  for (uint32_t i = 0; i < 1000; i++) {
    rig_tick(&rig);
    if (rig.in.digital & NEG) rig.link_mV = rig.pack_mV;
    ck_assert_uint_eq(rig.out.coil_command & PRECHARGE, 0);
  }
  ck_assert_uint_eq(rig.bms.dtc[DTC_CONTACTOR_WELDED].is_active, 1);
}
END_TEST

START_TEST(link_that_stays_after_opening_is_a_weld) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.request = SM_REQUEST_STANDBY;
  for (uint32_t i = 0; i < 7000; i++) {
    rig.link_mV = _i ? rig.pack_mV - (int32_t)i / 2 : rig.pack_mV; /* 1: falls by 0.5 V a second */
    rig_tick(&rig);
  }
  ck_assert_uint_eq(rig.bms.dtc[DTC_CONTACTOR_WELDED].is_active, _i == 0);
}
END_TEST

START_TEST(crash_drops_all_at_once_within_20_ms) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  if (_i == 0)
    rig.in.digital |= BMS_DI_CRASH;
  else
    rig.in.digital &= (uint16_t)~BMS_DI_KL30C;
  ck_assert_uint_le(rig_until_open(&rig, 50), 20);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
  rig_run(&rig, 30);
  uint32_t dtc = _i == 0 ? DTC_CRASH : DTC_EMERGENCY_OFF;
  ck_assert_uint_eq(rig.bms.dtc[dtc].is_active, 1);
  ck_assert_uint_ne(rig.bms.state, BMS_STATE_DRIVE);
}
END_TEST

START_TEST(short_glitches_of_the_lines_are_ignored) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  for (uint32_t i = 0; i < 50; i++) {
    rig.in.digital |= BMS_DI_CRASH;
    rig.in.digital &= (uint16_t) ~(BMS_DI_KL30C | BMS_DI_HVIL_CLOSED);
    rig_run(&rig, 4);
    rig.in.digital &= (uint16_t)~BMS_DI_CRASH;
    rig.in.digital |= BMS_DI_KL30C | BMS_DI_HVIL_CLOSED;
    rig_run(&rig, 11);
  }
  ck_assert(rig_main_is_on(&rig));
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  rig.in.digital &= (uint16_t)~BMS_DI_HVIL_CLOSED;
  uint32_t ms = rig_until_open(&rig, 200);
  ck_assert_uint_ge(ms, 90);
  ck_assert_uint_le(ms, 120);
  ck_assert_uint_eq(rig.bms.dtc[DTC_INTERLOCK_OPEN].is_active, 1);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_contactor");
  TCase *tests = tcase_create("contactor");
  tcase_add_test(tests, window_is_sharp_on_all_sides);
  tcase_add_test(tests, order_is_minus_precharge_plus_and_back);
  tcase_add_test(tests, graceful_opening_waits_for_the_current_but_not_for_ever);
  tcase_add_test(tests, too_fast_fails_without_a_second_try);
  tcase_add_test(tests, too_slow_gets_three_tries);
  tcase_add_test(tests, energy_of_the_resistor_ends_the_tries);
  tcase_add_loop_test(tests, stuck_contact_is_found_in_50_ms, 0, 3);
  tcase_add_test(tests, welded_plus_opens_minus_and_never_closes_again);
  tcase_add_test(tests, weld_shows_on_the_link_before_precharge);
  tcase_add_loop_test(tests, link_that_stays_after_opening_is_a_weld, 0, 2);
  tcase_add_loop_test(tests, crash_drops_all_at_once_within_20_ms, 0, 2);
  tcase_add_test(tests, short_glitches_of_the_lines_are_ignored);
  suite_add_tcase(suite, tests);
  return suite;
}
