/// Weld test: each contact, aux right or wrong, each way to stop is named; no false accusation.
#include <check.h>

#include "../ecu_model/core/weld.h"
#include "core_rig.h"

Suite *test_suite(void);

static rig_t rig;

enum { POS = 1, NEG = 2, PRECHARGE = 4, LOAD_mA = 50000 };

typedef enum { STOP_DRIVE, STOP_CHARGE, STOP_FAULT, STOP_CRASH, STOP_COUNT } stop_t;

static int is_named(uint32_t contactor) {
  const bms_dtc_t *dtc = &rig.bms.dtc[DTC_CONTACTOR_WELDED];
  return dtc->is_active && dtc->is_latched && dtc->location == contactor;
}

static void drive(stop_t stop) {
  rig_init(&rig);
  rig.has_load = rig.holds_link = 1; /* the discharge is off while driving */
  ck_assert(rig_close(&rig, stop == STOP_CHARGE ? SM_REQUEST_CHARGE : SM_REQUEST_DRIVE));
  rig.current_mA = stop == STOP_CHARGE ? -LOAD_mA : LOAD_mA;
  rig_run(&rig, 1000);
}

/// Tells to stop and runs until main plus is told to open. Load and charger end with the request,
/// not with an emergency.
static void stop_driving(stop_t stop) {
  rig.request = SM_REQUEST_STANDBY;
  rig.holds_link = 0;
  if (stop == STOP_FAULT) rig.group_raw[10] = 43500;
  if (stop == STOP_CRASH) rig.in.digital |= BMS_DI_CRASH;
  if (stop == STOP_DRIVE || stop == STOP_CHARGE) rig.current_mA = 0;
  ck_assert_uint_le(rig_until_open(&rig, 300), 300);
}

/// After the opening the load is gone; faults heal and are cleared, and the car asks again.
static void ask_again(void) {
  rig.current_mA = 0;
  rig.in.digital &= (uint16_t)~BMS_DI_CRASH;
  rig.group_raw[10] = 37000;
  rig_run(&rig, 2000);
  rig.clear_faults = 1;
  rig_run(&rig, 500);
  rig.clear_faults = 0;
  rig_run(&rig, 300);
  rig.request = SM_REQUEST_DRIVE;
  rig.holds_link = 1;
}

/// The probe moves precharge: an aux contact that always shows open is then found itself.
static int aux_is_named(uint32_t contactor) {
  const bms_dtc_t *dtc = &rig.bms.dtc[DTC_CONTACTOR_FEEDBACK];
  return contactor == PINS_COIL_PRECHARGE && dtc->is_latched && dtc->location == contactor;
}

/// 1 iff the weld is named before precharge begins.
static int is_named_at_next_closing(uint32_t contactor) {
  ask_again();
  for (uint32_t i = 0; i < 1500; i++) {
    rig_tick(&rig);
    if ((rig.out.coil_command & 7u) == (NEG | PRECHARGE)) return 0;
    if (is_named(contactor) || aux_is_named(contactor)) break;
  }
  rig_run(&rig, 100);
  return (is_named(contactor) || aux_is_named(contactor)) && (rig.out.coil_command & 7u) == 0;
}

static void never_closes_again(void) {
  rig.request = SM_REQUEST_STANDBY;
  rig_run(&rig, 500);
  rig.request = SM_REQUEST_DRIVE;
  for (uint32_t i = 0; i < 3000; i++) {
    rig_tick(&rig);
    ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
  }
}

/// _i: contactor, aux right or open, way to stop.
START_TEST(weld_is_named_and_closing_refused) {
  uint32_t contactor = (uint32_t)_i % 3, aux_is_wrong = (uint32_t)_i / 3 % 2;
  stop_t stop = (stop_t)(_i / 6);
  drive(stop);
  if (aux_is_wrong && contactor != PINS_COIL_PRECHARGE) {
    /* an aux contact that opens while driving is a fault of its own: it lies from the opening on */
    rig.is_welded[contactor] = 1;
    stop_driving(stop);
    rig.aux_is_open[contactor] = 1;
  } else {
    rig.is_welded[contactor] = 1;
    rig.aux_is_open[contactor] = (uint8_t)aux_is_wrong;
    stop_driving(stop);
  }
  uint32_t ms = 0;
  while (!is_named(contactor) && ms < 1000) {
    rig_tick(&rig);
    ms++;
  }
  int is_seen_while_opening = is_named(contactor);
  if (!aux_is_wrong || (contactor == PINS_COIL_MAIN_POS && stop != STOP_CRASH) ||
      (contactor == PINS_COIL_PRECHARGE && stop <= STOP_CHARGE)) {
    ck_assert_msg(is_seen_while_opening, "contactor %u aux %u stop %d", contactor, aux_is_wrong,
                  (int)stop);
  }
  rig_run(&rig, 250);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0); /* the others are open */
  if (!is_seen_while_opening)
    ck_assert_msg(is_named_at_next_closing(contactor), "contactor %u aux %u stop %d", contactor,
                  aux_is_wrong, (int)stop);
  never_closes_again();
}
END_TEST

/* --- no false ones --------------------------------------------------------------------------- */

typedef enum {
  DISCHARGED, /* by 500 ohm from the request on */
  HELD, /* by nobody */
  DISCHARGED_WHEN_OPEN, /* the inverter waits until minus is open */
  DISCHARGED_LATE, /* 100 ms after that */
  DISCHARGE_COUNT
} discharge_t;

static void run_stop(discharge_t discharge, int32_t load_mA, int32_t offset_mA) {
  uint32_t open_ms = 0;
  rig.request = SM_REQUEST_STANDBY;
  rig.current_mA = load_mA;
  rig.holds_link = discharge != DISCHARGED;
  for (uint32_t i = 0; i < 2000; i++) {
    rig_tick(&rig);
    rig.pack_mV += offset_mA / 100; /* a pack that comes up a little afterwards */
    if (!(rig.contact & NEG)) open_ms++;
    if (open_ms > 0 && rig.current_mA > 0) rig.current_mA = 0;
    uint32_t begins_ms = discharge == DISCHARGED_WHEN_OPEN ? 1 : 100;
    if (discharge >= DISCHARGED_WHEN_OPEN && open_ms >= begins_ms) rig.holds_link = 0;
  }
}

START_TEST(healthy_contacts_are_not_accused) {
  static const int32_t load_mA[] = {0, 1000, 4900, LOAD_mA, -4900};
  discharge_t discharge = (discharge_t)(_i % DISCHARGE_COUNT);
  drive(STOP_DRIVE);
  run_stop(discharge, load_mA[_i / DISCHARGE_COUNT], 0);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_STANDBY);
  rig.holds_link = 1;
  rig.current_mA = 0;
  rig.request = SM_REQUEST_DRIVE;
  ck_assert_uint_ne(rig_until(&rig, BMS_STATE_DRIVE, 1000), UINT32_MAX);
  ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

/// A current sensor that drifted by 0.6 A since it was last at rest: suspicion, but no verdict.
START_TEST(offset_alone_accuses_nobody) {
  drive(STOP_DRIVE);
  rig.bms.meas.zero_low_uA -= 600000;
  run_stop((discharge_t)_i, 0, 0);
  if (_i != DISCHARGED_WHEN_OPEN) ck_assert_uint_eq(rig_dtc_count(&rig), 0);
}
END_TEST

START_TEST(healthy_contacts_stay_so_after_urgent_openings) {
  static const int32_t load_mA[] = {0, 2900, 3100, LOAD_mA, -3100, -LOAD_mA};
  drive(STOP_DRIVE);
  rig.current_mA = load_mA[_i % 6];
  rig.holds_link = _i >= 6;
  rig.group_raw[10] = 43500;
  ck_assert_uint_le(rig_until_open(&rig, 100), 100);
  for (uint32_t i = 0; i < 2000; i++) {
    rig_tick(&rig);
    if (!(rig.contact & NEG)) rig.current_mA = 0;
  }
  ck_assert_uint_eq(rig.bms.dtc[DTC_CONTACTOR_WELDED].is_active, 0);
}
END_TEST

/* --- order and times ------------------------------------------------------------------------- */

static uint32_t minus_waits_ms(void) {
  uint32_t ms = 0;
  while (rig.out.coil_command & NEG) {
    rig_tick(&rig);
    ms++;
    ck_assert_uint_lt(ms, 1000);
  }
  return ms;
}

START_TEST(minus_waits_for_the_proof_but_not_for_ever) {
  drive(STOP_DRIVE);
  stop_driving(STOP_DRIVE);
  uint32_t ms = minus_waits_ms(); /* 15 % of the link: 81 ms with 0.5 s, 10 more to part */
  ck_assert_uint_ge(ms, 80);
  ck_assert_uint_le(ms, 110);
  drive(STOP_DRIVE);
  stop_driving(STOP_DRIVE);
  rig.holds_link = 1;
  ck_assert_uint_eq(minus_waits_ms(), WELD_PROVE_MAX_ms);
  drive(STOP_DRIVE);
  stop_driving(STOP_FAULT);
  ck_assert_uint_eq(minus_waits_ms(), 20);
  drive(STOP_DRIVE);
  rig.is_welded[0] = 1;
  stop_driving(STOP_FAULT);
  ck_assert_uint_eq(minus_waits_ms(), WELD_URGENT_MAX_ms);
  drive(STOP_DRIVE);
  stop_driving(STOP_CRASH);
  ck_assert_uint_eq(rig.out.coil_command & 7u, 0);
}
END_TEST

/// A fault during the wait ends it.
START_TEST(fault_ends_the_wait_for_the_proof) {
  drive(STOP_DRIVE);
  stop_driving(STOP_DRIVE);
  rig.holds_link = 1;
  rig_run(&rig, 20);
  ck_assert_int_eq(contactor_is_waiting(&rig.bms), 1);
  rig.in.digital |= _i ? BMS_DI_CRASH : 0u;
  if (!_i) rig.group_raw[10] = 43500;
  uint32_t ms = minus_waits_ms();
  ck_assert_uint_le(ms, _i ? 6 : 100);
  ck_assert_int_eq(contactor_is_waiting(&rig.bms), 0);
  rig_run(&rig, 200);
  ck_assert_uint_eq(rig.bms.state, BMS_STATE_FAULT);
}
END_TEST

/* --- rule by rule ---------------------------------------------------------------------------- */

static bms_t bare;

static void begin(contactor_phase_t phase, uint16_t coils) {
  bms_boot_t boot;
  memset(&boot, 0, sizeof boot);
  bms_init(&bare, bms_config_soul_ev(), &boot);
  bare.contactor.phase = (uint8_t)phase;
  bare.coil_command = coils;
  bare.digital = (uint16_t)(BMS_DI_KL30C | BMS_DI_HVIL_CLOSED | coils);
  bare.meas.pack_mV = 400000;
}

static int is_reported(uint32_t location) {
  const bms_dtc_t *dtc = &bare.dtc[DTC_CONTACTOR_WELDED];
  return dtc->condition && dtc->condition_location == location;
}

START_TEST(rise_before_precharge_tells_which) {
  static const int32_t link_mV[] = {140000, 140001, 388000, 388001, 411999, 412000};
  static const uint8_t named[] = {9, 2, 2, 0, 0, 2};
  for (uint32_t i = 0; i < 6; i++) {
    begin(CONTACTOR_SETTLE, NEG);
    bare.weld.start_mV = 100000;
    bare.meas.link_mV = link_mV[i];
    ck_assert_int_eq(weld_shows_with_minus(&bare), named[i] != 9);
    ck_assert_msg(named[i] == 9 ? !bare.dtc[DTC_CONTACTOR_WELDED].condition : is_reported(named[i]),
                  "row %u", i);
    begin(CONTACTOR_PROBE, PRECHARGE);
    bare.weld.start_mV = 100000;
    bare.meas.link_mV = link_mV[i];
    ck_assert_int_eq(weld_shows_with_precharge(&bare), named[i] != 9);
    ck_assert_int_eq(is_reported(PINS_COIL_MAIN_NEG), named[i] != 9);
  }
}
END_TEST

/// With its own sensor lost the pack counts as 100 V: noise is no rise.
START_TEST(lost_pack_sensor_accuses_nobody) {
  begin(CONTACTOR_SETTLE, NEG);
  bare.meas.pack_mV = 0;
  bare.meas.link_mV = 9999;
  ck_assert(!weld_shows_with_minus(&bare));
  bare.meas.link_mV = 10001;
  ck_assert(weld_shows_with_minus(&bare));
}
END_TEST

START_TEST(charged_link_cannot_be_tested) {
  begin(CONTACTOR_OPEN, 0);
  bare.meas.link_mV = 279999;
  ck_assert(weld_can_be_tested(&bare));
  contactor_close(&bare);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_PROBE);
  begin(CONTACTOR_OPEN, 0);
  bare.meas.link_mV = 280000;
  ck_assert(!weld_can_be_tested(&bare));
  contactor_close(&bare);
  ck_assert_uint_eq(bare.contactor.phase, CONTACTOR_CLOSE_NEG);
  ck_assert_int_eq(bare.weld.start_mV, 280000);
}
END_TEST

/// Plus told to open under load: current at or above 3 A and a link that stands, after 40 ms.
START_TEST(urgent_rule_is_sharp) {
  static const int32_t current_mA[] = {3000, -3000, 2999, 3000, 3000};
  static const int32_t link_mV[] = {400000, 400000, 400000, 360000, 360001};
  static const uint8_t is_weld[] = {1, 1, 0, 0, 1};
  for (uint32_t i = 0; i < 5; i++) {
    begin(CONTACTOR_OPEN_POS, NEG);
    bare.meas.link_mV = 400000;
    weld_begin_opening(&bare, 0);
    bare.meas.current_mA = current_mA[i];
    bare.meas.link_mV = link_mV[i];
    bare.contactor.phase_ms = 19;
    ck_assert(!weld_minus_may_open(&bare));
    bare.contactor.phase_ms = 20;
    ck_assert_int_eq(weld_minus_may_open(&bare), !is_weld[i]);
    bare.contactor.phase_ms = 39;
    ck_assert_int_eq(weld_minus_may_open(&bare), !is_weld[i]);
    ck_assert(!bare.dtc[DTC_CONTACTOR_WELDED].condition);
    bare.contactor.phase_ms = 40;
    ck_assert(weld_minus_may_open(&bare));
    ck_assert_int_eq(is_reported(PINS_COIL_MAIN_POS), is_weld[i]);
  }
}
END_TEST

/// All open: 3 A at a link that stands, or a link that came up to the pack, three tasks in a row.
START_TEST(nothing_may_flow_or_rise_with_all_open) {
  static const int32_t lowest_mV[] = {400000, 400000, 348001, 348000, 300000, 300000};
  static const int32_t link_mV[] = {400000, 400000, 388001, 388001, 388000, 388001};
  static const int32_t current_mA[] = {2999, -3000, 0, 0, 9000, 0};
  static const uint16_t plug[] = {0, 0, 0, 0, 0, BMS_DI_CHARGER_PLUG};
  static const uint8_t is_weld[] = {0, 1, 0, 1, 0, 0};
  for (uint32_t i = 0; i < 6; i++) {
    begin(CONTACTOR_OPEN, 0);
    bare.digital |= plug[i];
    bare.meas.link_mV = lowest_mV[i];
    for (uint32_t k = 0; k < 6; k++) contactor_step(&bare);
    bare.meas.link_mV = link_mV[i];
    bare.meas.current_mA = current_mA[i];
    contactor_step(&bare);
    contactor_step(&bare);
    ck_assert(!bare.dtc[DTC_CONTACTOR_WELDED].condition);
    contactor_step(&bare);
    ck_assert_msg(is_reported(BMS_NO_LOCATION) == is_weld[i], "row %u", i);
    bare.dtc[DTC_CONTACTOR_WELDED].condition = 0;
    bare.meas.link_mV = lowest_mV[i] - 20000; /* over: it needs three again */
    contactor_step(&bare);
    bare.meas.link_mV = link_mV[i];
    contactor_step(&bare);
    contactor_step(&bare);
    ck_assert(!bare.dtc[DTC_CONTACTOR_WELDED].condition);
  }
}
END_TEST

START_TEST(broken_current_sensor_accuses_nobody) {
  begin(CONTACTOR_OPEN, 0);
  bare.meas.link_mV = 400000;
  bare.meas.current_mA = 9000;
  bare.dtc[DTC_CURRENT_SENSOR].is_active = _i == 0;
  for (uint32_t k = 0; k < 20; k++) {
    bare.dtc[DTC_CURRENT_SENSOR].condition = _i == 1;
    contactor_step(&bare);
  }
  ck_assert_int_eq(bare.dtc[DTC_CONTACTOR_WELDED].condition, _i == 2);
}
END_TEST

/// Both ranges are lost and the last current is held: it is no load that flows on.
START_TEST(broken_current_sensor_accuses_nobody_while_opening) {
  begin(CONTACTOR_OPEN_POS, NEG);
  bare.meas.link_mV = 400000;
  weld_begin_opening(&bare, 0);
  bare.meas.current_mA = 30000;
  bare.dtc[DTC_CURRENT_SENSOR].is_active = _i == 0;
  bare.dtc[DTC_CURRENT_SENSOR].condition = _i == 1;
  bare.contactor.phase_ms = 20;
  ck_assert_int_eq(weld_minus_may_open(&bare), _i != 2);
  bare.contactor.phase_ms = 40;
  ck_assert(weld_minus_may_open(&bare));
  ck_assert_int_eq(bare.dtc[DTC_CONTACTOR_WELDED].condition, _i == 2);
}
END_TEST

/// Plus told to open without haste: currents after 30 ms count, 350 mA in the mean are a flow, and
/// a link that has fallen by 15 % of the pack without one is the proof, after 60 ms.
START_TEST(graceful_rule_is_sharp) {
  static const int32_t current_mA[] = {349, 350, -350, -349, 349, 350};
  static const int32_t link_mV[] = {340000, 340000, 340000, 340000, 340001, 400000};
  static const uint8_t opens_after_ms[] = {60, 200, 200, 60, 200, 200};
  for (uint32_t i = 0; i < 6; i++) {
    begin(CONTACTOR_OPEN_POS, NEG);
    bare.meas.link_mV = 400000;
    weld_begin_opening(&bare, 1);
    bare.meas.link_mV = link_mV[i];
    uint32_t ms = 10;
    for (; ms < 300; ms += 10) {
      bare.contactor.phase_ms = ms;
      bare.meas.current_mA = ms <= 30 ? 1000000 : current_mA[i];
      if (weld_minus_may_open(&bare)) break;
    }
    ck_assert_msg(ms == opens_after_ms[i], "row %u: %u ms", i, ms);
    ck_assert_int_eq(bare.weld.sum_mA, current_mA[i] * (int32_t)(ms - 30) / 10);
    ck_assert_int_eq(bare.weld.is_suspected,
                     ms == 200 && (current_mA[i] >= 350 || current_mA[i] <= -350));
    ck_assert(!bare.dtc[DTC_CONTACTOR_WELDED].condition); /* the fall afterwards decides */
    if (ms < 200) continue;
    ck_assert_uint_eq(bare.weld.suspect,
                      link_mV[i] == 400000 ? PINS_COIL_MAIN_POS : PINS_COIL_PRECHARGE);
  }
}
END_TEST

/// The link 20 ms after the command against 70: 10 V at least, and four times what it fell before.
START_TEST(falls_are_compared_at_their_times) {
  static const int32_t fallen_mV[] = {10000, 9999, 10000, 10000};
  static const int32_t joined_mV[] = {2500, 0, 2501, 2500};
  static const uint8_t is_suspected[] = {1, 1, 1, 0}, is_weld[] = {1, 0, 0, 0};
  for (uint32_t i = 0; i < 4; i++) {
    begin(CONTACTOR_OPEN, 0);
    bare.weld.suspect = PINS_COIL_PRECHARGE;
    bare.weld.is_suspected = is_suspected[i];
    bare.weld.fall_joined_mV = joined_mV[i];
    for (uint32_t ms = 10; ms <= 80; ms += 10) {
      bare.contactor.opened_ms = ms;
      bare.meas.link_mV = ms == 20 ? 300000 : ms < 70 ? 310000 : 300000 - fallen_mV[i];
      weld_supervise(&bare);
      ck_assert_int_eq(bare.weld.is_suspected, is_suspected[i] && ms < 70);
      if (ms < 70) ck_assert(!bare.dtc[DTC_CONTACTOR_WELDED].condition);
    }
    ck_assert_msg(is_reported(PINS_COIL_PRECHARGE) == is_weld[i], "row %u", i);
  }
}
END_TEST

/// What the link shows before all have been open for 50 ms is neither a low nor a rise.
START_TEST(the_watch_over_open_contacts_begins_after_50_ms) {
  begin(CONTACTOR_OPEN, 0);
  bare.contactor.opened_ms = 49;
  bare.meas.link_mV = 100000;
  weld_supervise(&bare);
  bare.meas.link_mV = 400000;
  weld_supervise(&bare);
  ck_assert_int_eq(bare.weld.lowest_mV, 400000);
  bare.contactor.opened_ms = 50;
  bare.meas.link_mV = 350000;
  weld_supervise(&bare);
  ck_assert_int_eq(bare.weld.lowest_mV, 350000);
  bare.meas.link_mV = 400000;
  for (uint32_t i = 1; i <= 3; i++) {
    ck_assert_int_eq(is_reported(BMS_NO_LOCATION), 0);
    weld_supervise(&bare);
    ck_assert_uint_eq(bare.weld.rise_run, i);
  }
  ck_assert_int_eq(is_reported(BMS_NO_LOCATION), 1);
  weld_supervise(&bare);
  ck_assert_uint_eq(bare.weld.rise_run, 3);
  bare.contactor.opened_ms = 49;
  weld_supervise(&bare);
  ck_assert_uint_eq(bare.weld.rise_run, 0);
  ck_assert_int_eq(bare.weld.lowest_mV, 400000);
}
END_TEST

/// The newest first, one task apart.
START_TEST(the_link_is_remembered_in_order) {
  begin(CONTACTOR_CLOSED, 0);
  for (int32_t i = 1; i <= WELD_PAST_COUNT + 2; i++) {
    bare.meas.link_mV = i * 1000;
    weld_supervise(&bare);
  }
  for (int32_t i = 0; i < WELD_PAST_COUNT; i++) {
    ck_assert_int_eq(bare.weld.past_mV[i], (WELD_PAST_COUNT + 2 - i) * 1000);
  }
}
END_TEST

/// Of each contact: reported from aux_mismatch_ms on; one right task starts it again.
START_TEST(mismatch_is_told_after_its_time) {
  uint32_t tasks = bms_config_soul_ev()->aux_mismatch_ms / 10u;
  for (uint32_t coil = 0; coil < 3; coil++) {
    begin(CONTACTOR_OPEN, 0);
    for (uint32_t round = 0; round < 2; round++) {
      for (uint32_t i = 1; i <= tasks; i++) {
        ck_assert_int_eq(is_reported(coil), 0);
        bare.digital |= (uint16_t)(1u << coil);
        weld_supervise(&bare);
        ck_assert_uint_eq(bare.contactor.mismatch_ms[coil], 10 * i);
      }
      ck_assert_int_eq(is_reported(coil), 1);
      bare.dtc[DTC_CONTACTOR_WELDED].condition = 0;
      bare.digital &= (uint16_t)~7u;
      weld_supervise(&bare);
    }
    bare.digital |= (uint16_t)(1u << coil);
    for (uint32_t i = 0; i < 7000; i++) weld_supervise(&bare);
    ck_assert_uint_eq(bare.contactor.mismatch_ms[coil], 60000); /* it does not wrap */
  }
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("core_weld");
  TCase *tests = tcase_create("weld");
  tcase_add_loop_test(tests, weld_is_named_and_closing_refused, 0, 6 * STOP_COUNT);
  tcase_add_loop_test(tests, healthy_contacts_are_not_accused, 0, 5 * DISCHARGE_COUNT);
  tcase_add_loop_test(tests, offset_alone_accuses_nobody, 0, DISCHARGE_COUNT);
  tcase_add_loop_test(tests, healthy_contacts_stay_so_after_urgent_openings, 0, 12);
  tcase_add_test(tests, minus_waits_for_the_proof_but_not_for_ever);
  tcase_add_loop_test(tests, fault_ends_the_wait_for_the_proof, 0, 2);
  tcase_add_test(tests, rise_before_precharge_tells_which);
  tcase_add_test(tests, lost_pack_sensor_accuses_nobody);
  tcase_add_test(tests, charged_link_cannot_be_tested);
  tcase_add_test(tests, urgent_rule_is_sharp);
  tcase_add_test(tests, nothing_may_flow_or_rise_with_all_open);
  tcase_add_loop_test(tests, broken_current_sensor_accuses_nobody, 0, 3);
  tcase_add_loop_test(tests, broken_current_sensor_accuses_nobody_while_opening, 0, 3);
  tcase_add_test(tests, graceful_rule_is_sharp);
  tcase_add_test(tests, falls_are_compared_at_their_times);
  tcase_add_test(tests, the_watch_over_open_contacts_begins_after_50_ms);
  tcase_add_test(tests, the_link_is_remembered_in_order);
  tcase_add_test(tests, mismatch_is_told_after_its_time);
  suite_add_tcase(suite, tests);
  return suite;
}
