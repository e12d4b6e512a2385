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

/// First precharge alone, which must move nothing: the probe of main minus.
START_TEST(order_is_minus_precharge_plus_and_back) {
  static const uint16_t closing[] = {PRECHARGE, 0, NEG, NEG | PRECHARGE, NEG | PRECHARGE | POS,
                                     NEG | POS};
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
    ck_assert_uint_lt(seen, 6);
    ck_assert_uint_eq(last, closing[seen++]);
  }
  ck_assert_uint_eq(seen, 6);
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

/// A link that is still charged is neither a weld nor too fast.
START_TEST(closing_again_soon_after_opening) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.request = SM_REQUEST_STANDBY;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 500), UINT32_MAX);
  rig.link_mV = rig.pack_mV * 9 / 10;
  rig.request = SM_REQUEST_DRIVE;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_DRIVE, 600), UINT32_MAX);
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
    uint16_t command = (rig.out.coil_command & 7u) == (NEG | PRECHARGE);
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
    uint16_t command = (rig.out.coil_command & 7u) == (NEG | PRECHARGE);
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
    ck_assert_uint_ne(rig.out.coil_command & 7u, NEG | PRECHARGE);
  }
  ck_assert_uint_eq(rig.bms.dtc[DTC_CONTACTOR_WELDED].is_active, 1);
}
END_TEST

/// An inverter that discharges nothing is not the contactors' fault; 1: it falls by 0.5 V a second.
START_TEST(link_that_keeps_its_charge_is_no_weld) {
  rig_init(&rig);
  ck_assert(rig_close(&rig, SM_REQUEST_DRIVE));
  rig.request = SM_REQUEST_STANDBY;
  for (uint32_t i = 0; i < 7000; i++) {
    rig.link_mV = _i ? rig.pack_mV - (int32_t)i / 2 : rig.pack_mV;
    rig_tick(&rig);
  }
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
  rig.request = SM_REQUEST_DRIVE;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_DRIVE, 600), UINT32_MAX);
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

/* --- phase by phase -------------------------------------------------------------------------- */

static bms_t bare;

static void begin(contactor_phase_t phase, uint16_t contacts) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  bms_init(&bare, bms_config_soul_ev(), &boot);
  bare.contactor.phase = (uint8_t)phase;
  bare.digital = (uint16_t)(BMS_DI_KL30C | BMS_DI_HVIL_CLOSED | contacts);
  bare.meas.pack_mV = 400000;
}

/// Steps of 10 ms until the phase is left.
static uint32_t steps_to_leave(contactor_phase_t phase) {
  uint32_t steps = 0;
  while (bare.contactor.phase == (uint8_t)phase && steps < 10000) {
    contactor_step(&bare);
    steps++;
  }
  return steps;
}

START_TEST(phases_last_as_long_as_they_should) {
  begin(CONTACTOR_SETTLE, NEG);
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_SETTLE), 3);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_PRECHARGE);
  begin(CONTACTOR_CLOSE_POS, POS | NEG | PRECHARGE);
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_CLOSE_POS), 2);
  begin(CONTACTOR_CLOSE_POS, NEG | PRECHARGE); /* never without the contact */
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_CLOSE_POS), 10000);
  begin(CONTACTOR_PAUSE, 0);
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_PAUSE), 30);
  begin(CONTACTOR_WAIT_CURRENT, POS | NEG);
  bare.meas.current_mA = 5000;
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_WAIT_CURRENT), 50);
  begin(CONTACTOR_WAIT_CURRENT, POS | NEG);
  bare.meas.current_mA = -5000;
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_WAIT_CURRENT), 50);
  begin(CONTACTOR_WAIT_CURRENT, POS | NEG);
  bare.meas.current_mA = 4999;
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_WAIT_CURRENT), 1);
  begin(CONTACTOR_OPEN_POS, POS | NEG);
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_OPEN_POS), 2);
  begin(CONTACTOR_OPEN_NEG, NEG);
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_OPEN_NEG), 10);
  begin(CONTACTOR_OPEN_NEG, 0);
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_OPEN_NEG), 1);
}
END_TEST

START_TEST(link_may_rise_by_a_tenth_before_precharge) {
  begin(CONTACTOR_SETTLE, NEG);
  bare.weld.start_mV = 30000;
  bare.meas.link_mV = 70000;
  contactor_step(&bare);
  ck_assert_uint_eq(bare.dtc[DTC_CONTACTOR_WELDED].condition, 0);
  bare.meas.link_mV = 70001;
  contactor_step(&bare);
  ck_assert_uint_eq(bare.dtc[DTC_CONTACTOR_WELDED].condition, 1);
  ck_assert_uint_eq(bare.contactor.result, CONTACTOR_FAILED);
  ck_assert_uint_eq(bare.coil_command, 0);
}
END_TEST

START_TEST(mismatch_counts_to_50_ms) {
  for (uint32_t coil = 0; coil < 3; coil++) {
    begin(CONTACTOR_OPEN, (uint16_t)(1u << coil));
    for (uint32_t i = 0; i < 4; i++) contactor_step(&bare);
    ck_assert_uint_eq(bare.dtc[DTC_CONTACTOR_WELDED].condition, 0);
    contactor_step(&bare);
    ck_assert_uint_eq(bare.dtc[DTC_CONTACTOR_WELDED].condition, 1);
    begin(CONTACTOR_CLOSED, (uint16_t)(3u & ~(1u << coil)));
    bare.coil_command = 3;
    for (uint32_t i = 0; i < 5; i++) contactor_step(&bare);
    ck_assert_uint_eq(bare.dtc[DTC_CONTACTOR_FEEDBACK].condition, coil != PINS_COIL_PRECHARGE);
  }
}
END_TEST

/// 400 V across 40 ohm for 10 ms: 40 J. It cools with 120 s: 1/12000 in each step.
START_TEST(resistor_energy_is_summed) {
  begin(CONTACTOR_PRECHARGE, NEG | PRECHARGE);
  contactor_step(&bare);
  ck_assert_int_eq(bare.contactor.energy_uJ, 40000000);
  bare.meas.link_mV = 200000;
  contactor_step(&bare);
  ck_assert_int_eq(bare.contactor.energy_uJ, 65000000 - 3330); /* 400 V, then 200 V: 25 J */
  bare.digital |= POS; /* main plus carries now */
  contactor_step(&bare);
  ck_assert_int_eq(bare.contactor.energy_uJ, 65000000 - 3330 - 5410);
  int64_t before_uJ = bare.contactor.energy_uJ;
  for (uint32_t i = 0; i < 12000; i++) {
    bare.contactor.phase = CONTACTOR_OPEN;
    contactor_step(&bare);
  }
  ck_assert_int_ge(bare.contactor.energy_uJ, before_uJ * 3678 / 10000); /* 1/e */
  ck_assert_int_le(bare.contactor.energy_uJ, before_uJ * 3680 / 10000 + 120000);
}
END_TEST

/// A worst try takes 400 V^2 / 40 ohm * 0.36 s = 1440 J of the 1500 J.
START_TEST(another_try_must_be_affordable) {
  for (uint32_t i = 0; i < 2; i++) {
    begin(CONTACTOR_PRECHARGE, NEG | PRECHARGE);
    bare.contactor.phase_ms = 350;
    bare.meas.link_mV = bare.weld.past_mV[0] = 380000; /* 20 V: 0.1 J in this step */
    bare.contactor.energy_uJ = 60000000 + 4990 - 100000 + i; /* cools by 4.99 mJ first */
    contactor_step(&bare);
    ck_assert_uint_eq(bare.contactor.phase, i == 0 ? CONTACTOR_PAUSE : CONTACTOR_OPEN_NEG);
    ck_assert_uint_eq(bare.dtc[DTC_PRECHARGE_TOO_SLOW].condition, i);
  }
}
END_TEST

/// 3000 J less the worst try of 1440 J: above 1560 J no closing begins, until it has cooled.
START_TEST(hot_resistor_delays_the_next_closing) {
  for (uint32_t i = 0; i < 2; i++) {
    begin(CONTACTOR_OPEN, 0);
    bare.contactor.energy_uJ = 1560000000 + 130010 + i; /* cools by 1/12000 in the step */
    contactor_step(&bare);
    ck_assert_int_eq(bare.contactor.energy_uJ, 1560000000 + i);
    ck_assert_uint_eq(bare.contactor.cooldown_ms, i);
  }
  begin(CONTACTOR_OPEN, 0);
  bare.contactor.energy_uJ = 3000000000;
  contactor_step(&bare);
  uint32_t told_ms = bare.contactor.cooldown_ms, waited_ms = 0;
  for (; bare.contactor.cooldown_ms > 0; waited_ms += 10) contactor_step(&bare);
  ck_assert_uint_ge(waited_ms, 78300); /* 120 s times ln(3000 / 1560) = 78.47 s */
  ck_assert_uint_le(waited_ms, 78700);
  ck_assert_uint_ge(told_ms, waited_ms);
  ck_assert_uint_le(told_ms, waited_ms * 3 / 2);
}
END_TEST

/// A resistor that the worst try alone would fill must be quite cold, however long that takes.
START_TEST(a_resistor_without_reserve_waits_for_the_last_heat) {
  for (uint32_t max_J = 1439; max_J <= 1440; max_J++) {
    begin(CONTACTOR_OPEN, 0);
    bare.config.precharge_reentry_max_J = max_J;
    bare.contactor.energy_uJ = 1;
    contactor_step(&bare);
    ck_assert_uint_eq(bare.contactor.cooldown_ms, 1);
    bare.contactor.energy_uJ = 0;
    contactor_step(&bare);
    ck_assert_uint_eq(bare.contactor.cooldown_ms, 1440 - max_J);
  }
}
END_TEST

START_TEST(cooldown_keeps_standby_and_ends_in_drive) {
  rig_init(&rig);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_STANDBY, 1000), UINT32_MAX);
  rig_run(&rig, 100);
  rig.bms.contactor.energy_uJ = 3000000000 - 1135000000 + 30000000; /* 355 V: 1134 J */
  rig.request = SM_REQUEST_DRIVE;
  rig_run(&rig, 1000);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_DRIVE, 4000), UINT32_MAX);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

/// A reset in the middle of a try forgets no heat: one closing may begin, no second try follows.
START_TEST(reset_is_no_excuse_for_the_resistor) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  for (uint32_t cause = BMS_RESET_POWER_ON; cause <= BMS_RESET_BROWN_OUT; cause++) {
    boot.reset_cause = (bms_reset_t)cause;
    bms_init(&bare, bms_config_soul_ev(), &boot);
    int64_t wanted_uJ = cause == BMS_RESET_POWER_ON ? 0 : 1500000000;
    ck_assert_int_eq(bare.contactor.energy_uJ, wanted_uJ);
    bare.meas.pack_mV = 400000;
    contactor_step(&bare);
    ck_assert_uint_eq(bare.contactor.cooldown_ms, 0);
  }
}
END_TEST

/// The probe: precharge alone for 30 ms, then all open, then minus.
START_TEST(probe_lasts_as_long_as_it_should) {
  begin(CONTACTOR_PROBE, 0);
  contactor_step(&bare);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_PROBE);
  bare.digital |= PRECHARGE;
  ck_assert_uint_eq(steps_to_leave(CONTACTOR_PROBE), 3);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_PROBE_END);
  ck_assert_uint_eq(bare.coil_command, 0);
  contactor_step(&bare);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_PROBE_END);
  bare.digital &= (uint16_t)~PRECHARGE;
  bare.meas.link_mV = 12345;
  contactor_step(&bare);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_CLOSE_NEG);
  ck_assert_int_eq(bare.weld.start_mV, 12345);
  begin(CONTACTOR_PROBE, PRECHARGE);
  bare.meas.link_mV = 40001;
  contactor_step(&bare);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_OPEN_NEG);
  ck_assert_uint_eq(bare.contactor.result, CONTACTOR_FAILED);
}
END_TEST

START_TEST(phase_that_does_not_exist_drops_all) {
  begin(CONTACTOR_PHASE_COUNT, POS | NEG);
  bare.coil_command = POS | NEG | PRECHARGE;
  contactor_step(&bare);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_OPEN_NEG);
  ck_assert_uint_eq(bare.coil_command, 0);
}
END_TEST

START_TEST(opening_from_every_phase) {
  static const uint8_t now[CONTACTOR_PHASE_COUNT] = {
      [CONTACTOR_OPEN] = CONTACTOR_OPEN,
      [CONTACTOR_PROBE] = CONTACTOR_OPEN_NEG,
      [CONTACTOR_PROBE_END] = CONTACTOR_OPEN_NEG,
      [CONTACTOR_CLOSE_NEG] = CONTACTOR_OPEN_POS,
      [CONTACTOR_SETTLE] = CONTACTOR_OPEN_POS,
      [CONTACTOR_PRECHARGE] = CONTACTOR_OPEN_POS,
      [CONTACTOR_CLOSE_POS] = CONTACTOR_OPEN_POS,
      [CONTACTOR_RELEASE] = CONTACTOR_OPEN_POS,
      [CONTACTOR_CLOSED] = CONTACTOR_OPEN_POS,
      [CONTACTOR_PAUSE] = CONTACTOR_OPEN_NEG,
      [CONTACTOR_WAIT_CURRENT] = CONTACTOR_OPEN_POS,
      [CONTACTOR_OPEN_POS] = CONTACTOR_OPEN_POS,
      [CONTACTOR_OPEN_NEG] = CONTACTOR_OPEN_NEG,
  };
  for (uint32_t phase = 0; phase < CONTACTOR_PHASE_COUNT; phase++) {
    begin((contactor_phase_t)phase, 0);
    bare.contactor.phase_ms = 70;
    contactor_open(&bare, CONTACTOR_NOW);
    ck_assert_uint_eq(bare.contactor.phase, now[phase]);
    ck_assert_uint_eq(bare.contactor.phase_ms, phase == now[phase] ? 70 : 0);
    begin((contactor_phase_t)phase, 0);
    contactor_open(&bare, CONTACTOR_AT_ONCE);
    ck_assert_uint_eq(bare.contactor.phase,
                      phase == CONTACTOR_OPEN ? CONTACTOR_OPEN : CONTACTOR_OPEN_NEG);
    begin((contactor_phase_t)phase, 0);
    contactor_close(&bare);
    ck_assert_uint_eq(bare.contactor.phase, phase == CONTACTOR_OPEN ? CONTACTOR_PROBE : phase);
  }
  begin(CONTACTOR_CLOSED, 3);
  contactor_open(&bare, CONTACTOR_GRACEFUL);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_WAIT_CURRENT);
  begin(CONTACTOR_PRECHARGE, 3);
  contactor_open(&bare, CONTACTOR_GRACEFUL);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_OPEN_POS);
}
END_TEST

START_TEST(open_means_command_and_contacts) {
  begin(CONTACTOR_OPEN, 0);
  ck_assert_int_eq(contactor_is_open(&bare), 1);
  bare.digital |= PRECHARGE;
  ck_assert_int_eq(contactor_is_open(&bare), 0);
  begin(CONTACTOR_OPEN, 0);
  bare.coil_command = NEG;
  ck_assert_int_eq(contactor_is_open(&bare), 0);
  bare.coil_command = 1 << PINS_COIL_HEATER;
  ck_assert_int_eq(contactor_is_open(&bare), 1);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_contactor");
  TCase *tests = tcase_create("contactor");
  tcase_add_test(tests, window_is_sharp_on_all_sides);
  tcase_add_test(tests, order_is_minus_precharge_plus_and_back);
  tcase_add_test(tests, closing_again_soon_after_opening);
  tcase_add_test(tests, graceful_opening_waits_for_the_current_but_not_for_ever);
  tcase_add_test(tests, too_fast_fails_without_a_second_try);
  tcase_add_test(tests, too_slow_gets_three_tries);
  tcase_add_test(tests, energy_of_the_resistor_ends_the_tries);
  tcase_add_loop_test(tests, stuck_contact_is_found_in_50_ms, 0, 3);
  tcase_add_test(tests, welded_plus_opens_minus_and_never_closes_again);
  tcase_add_test(tests, weld_shows_on_the_link_before_precharge);
  tcase_add_loop_test(tests, link_that_keeps_its_charge_is_no_weld, 0, 2);
  tcase_add_loop_test(tests, crash_drops_all_at_once_within_20_ms, 0, 2);
  tcase_add_test(tests, short_glitches_of_the_lines_are_ignored);
  tcase_add_test(tests, phases_last_as_long_as_they_should);
  tcase_add_test(tests, link_may_rise_by_a_tenth_before_precharge);
  tcase_add_test(tests, mismatch_counts_to_50_ms);
  tcase_add_test(tests, resistor_energy_is_summed);
  tcase_add_test(tests, another_try_must_be_affordable);
  tcase_add_test(tests, hot_resistor_delays_the_next_closing);
  tcase_add_test(tests, a_resistor_without_reserve_waits_for_the_last_heat);
  tcase_add_test(tests, cooldown_keeps_standby_and_ends_in_drive);
  tcase_add_test(tests, reset_is_no_excuse_for_the_resistor);
  tcase_add_test(tests, probe_lasts_as_long_as_it_should);
  tcase_add_test(tests, phase_that_does_not_exist_drops_all);
  tcase_add_test(tests, opening_from_every_phase);
  tcase_add_test(tests, open_means_command_and_contacts);
  suite_add_tcase(suite, tests);
  return suite;
}
