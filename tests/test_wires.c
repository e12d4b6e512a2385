/// Every sense wire breaks, one at a time, in the whole loop: at rest, driving, charging, bleeding.
///
/// Each situation is settled once; every wire then begins from a copy of it, in another phase of
/// the scan. The DTC must name the pin in time, nothing else may be blamed, and the BMS must react
/// as for a single or a doubled tap.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/dtc.h"
#include "../ecu_model/gen/pinout.h"
#include "settled_rig.h"
#include "thorough.h"

enum {
  STANDBY_MAX_ms = 1000,
  CLOSED_MAX_ms = 5000,
  ZERO_MAX_ms = 10500, /* limits are 0, from the DTC on */
  OPEN_MAX_ms = 12000,
  PHASE_ms = 7, /* from wire to wire: all phases of the scan of 10 ms */
  PHASE_COUNT = 353, /* and of the test's period */
  BLEED_ALL_ms = 3000
};

static void init(void) { settled_open(17, "test_wires"); }

static void settle(vcm_request_t request, uint32_t state, uint32_t ms) {
  step(settled, 3000);
  settled->stimulus.request = request;
  step(settled, ms);
  ck_assert_uint_eq(settled->bms.state, state);
  ck_assert_uint_eq(settled->bms.dtc_active_count, 0);
}

static void begin(uint32_t wire) {
  const harness_wire_fault_t broken = {.is_open = 1};
  memcpy(hil, settled, sizeof *hil);
  step(hil, wire * PHASE_ms % PHASE_COUNT);
  ck_assert_int_eq(harness_set_wire(&hil->harness, wire, &broken), HARNESS_OK);
}

static uint32_t expected_dtc(uint32_t wire) {
  return pinout_wire[wire].pair_wire == PINOUT_NONE ? DTC_OPEN_WIRE : DTC_OPEN_WIRE_REDUNDANT;
}

static void check_no_other(uint32_t wire) {
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (dtc == expected_dtc(wire) || !hil->bms.dtc[dtc].is_active) continue;
    ck_abort_msg("wire %u: DTC %u blames %u at %llu us", wire, dtc, hil->bms.dtc[dtc].location,
                 (unsigned long long)hil->now_us);
  }
}

static void check_named(uint32_t wire) {
  const bms_dtc_t *named = &hil->bms.dtc[expected_dtc(wire)];
  if (!named->is_active || named->location != wire)
    ck_abort_msg("wire %u: %s, location %u", wire,
                 named->is_active ? "another is named" : "not named", named->location);
  check_no_other(wire);
}

static void run_until_named(uint32_t wire, uint32_t max_ms) {
  uint32_t ms = 0;
  while (!hil->bms.dtc[expected_dtc(wire)].is_active && ms++ < max_ms) {
    step(hil, 1);
    check_no_other(wire);
  }
  check_named(wire);
}

static int main_is_on(void) { return (hil->out.coil_command >> PINS_COIL_MAIN_POS & 1) != 0; }

/// From the DTC on: the limits go to 0, then the contactors open; one wire of a pair only warns.
static void check_reaction_closed(uint32_t wire, uint32_t state) {
  int is_single = expected_dtc(wire) == DTC_OPEN_WIRE;
  uint32_t zero_ms = 0, ms = 0;
  for (; ms < (is_single ? OPEN_MAX_ms : 2000) && main_is_on(); ms++) {
    step(hil, 1);
    check_named(wire);
    int is_zero = hil->bms.limit.discharge_mA == 0 && hil->bms.limit.charge_mA == 0;
    if (is_zero && zero_ms == 0) zero_ms = ms + 1;
  }
  if (is_single) {
    ck_assert_msg(!main_is_on(), "wire %u: still closed", wire);
    ck_assert_msg(zero_ms > 1000 && zero_ms <= ZERO_MAX_ms && zero_ms <= ms,
                  "wire %u: limits at 0 after %u ms, open after %u ms", wire, zero_ms, ms);
  } else {
    ck_assert_msg(hil->bms.state == state && zero_ms == 0, "wire %u: state %u, limits at %u ms",
                  wire, hil->bms.state, zero_ms);
  }
}

/// Asked to drive: a single wire forbids it, one of a pair does not.
static void check_reaction_open(uint32_t wire) {
  hil->stimulus.request = VCM_DRIVE;
  step(hil, 1500);
  check_named(wire);
  uint32_t state = expected_dtc(wire) == DTC_OPEN_WIRE ? BMS_STATE_STANDBY : BMS_STATE_DRIVE;
  if (hil->bms.state == BMS_STATE_FAULT) state = BMS_STATE_FAULT;
  ck_assert_msg(hil->bms.state == state, "wire %u: state %u", wire, hil->bms.state);
  ck_assert_msg(main_is_on() == (expected_dtc(wire) != DTC_OPEN_WIRE), "wire %u: coil", wire);
}

START_TEST(at_rest) {
  settle(VCM_STANDBY, BMS_STATE_STANDBY, 1000);
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire += STEP_OF_LOOP) {
    begin(wire);
    run_until_named(wire, STANDBY_MAX_ms);
    check_reaction_open(wire);
  }
}
END_TEST

/// The reaction while driving is the scenarios' OW-DRIVE.
START_TEST(driving) {
  settled->stimulus.cycle = cycle_find("udds");
  settled->stimulus.cycle_repeat_count = 1;
  settle(VCM_DRIVE, BMS_STATE_DRIVE, 40000);
  ck_assert_double_gt(settled->vehicle.speed_mps, 3.0);
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire += STEP_OF_LOOP) {
    begin(wire);
    run_until_named(wire, CLOSED_MAX_ms);
    step(hil, 100);
    check_named(wire);
  }
}
END_TEST

START_TEST(charging) {
  settled->stimulus.charger_is_plugged = 1;
  settled->stimulus.charger_current_A = 100.0;
  settled->stimulus.charger_voltage_V = 400.0;
  settled->stimulus.charger_obeys = 1;
  settle(VCM_CHARGE, BMS_STATE_CHARGE, 8000);
  ck_assert_double_lt(settled->pack_A, -50.0);
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire += STEP_OF_LOOP) {
    begin(wire);
    run_until_named(wire, CLOSED_MAX_ms);
    check_reaction_closed(wire, BMS_STATE_CHARGE);
  }
}
END_TEST

/// Every other group has charge to lose.
static void bleed(hil_t *at, uint32_t odd) {
  for (uint32_t group = odd; group < PINS_GROUP_COUNT; group += 2) {
    at->bms.balance.need_mAs[group] = 100000000;
  }
}

/// The most that flows through the switches within a scan, which rests them for a while.
static double most_bled_A(hil_t *at) {
  double most_A = 0.0;
  for (uint32_t i = 0; i < 10; i++) {
    double bleed_A = 0.0;
    step(at, 1);
    for (uint32_t group = 0; group < PINS_GROUP_COUNT; group++) bleed_A += at->group_extra_A[group];
    if (bleed_A > most_A) most_A = bleed_A;
  }
  return most_A;
}

START_TEST(bleeding) {
  settle(VCM_STANDBY, BMS_STATE_STANDBY, 1000);
  bleed(settled, (uint32_t)_i);
  step(settled, BLEED_ALL_ms); /* long enough for a false alarm */
  ck_assert_uint_eq(settled->bms.dtc_active_count, 0);
  ck_assert_double_gt(most_bled_A(settled), PINS_GROUP_COUNT / 2 * 0.1);
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire += STEP_OF_LOOP) {
    begin(wire);
    run_until_named(wire, CLOSED_MAX_ms);
    step(hil, 2000);
    check_named(wire);
  }
}
END_TEST

static void disturb(hil_t *at, uint32_t period) {
  for (uint32_t a = 0; a < AFE_CHAIN_COUNT; a++) {
    ltc6813_fault_t *flip = &at->board.chain.chip[a].fault;
    flip->flip_byte = (uint8_t)(1 + 2 * (a % 3));
    flip->flip_mask = 0x10; /* 410 mV, more than the test's threshold */
    flip->flip_period = (uint8_t)period;
    flip->flip_count = (uint8_t)(a % period);
  }
}

/// No DTC of a wire but the right one, and none of a voltage.
static void check_no_wrong_dtc(uint32_t wire) {
  const uint32_t dtcs[] = {DTC_OPEN_WIRE, DTC_OPEN_WIRE_REDUNDANT, DTC_SENSE_CONNECTOR_LOST,
                           DTC_CELL_OVERVOLTAGE, DTC_CELL_UNDERVOLTAGE};
  for (uint32_t i = 0; i < sizeof dtcs / sizeof dtcs[0]; i++) {
    const bms_dtc_t *dtc = &hil->bms.dtc[dtcs[i]];
    if (!dtc->is_active || (dtcs[i] == expected_dtc(wire) && dtc->location == wire)) continue;
    ck_abort_msg("wire %u: DTC %u blames %u", wire, dtcs[i], dtc->location);
  }
}

/// One reply in so many has a wrong bit while the wires break: named all the same, and no other;
/// and while such replies go on the finding stays.
START_TEST(with_wrong_bits) {
  static const struct {
    uint32_t period;
    vcm_request_t request;
    uint32_t state;
  } row[] = {{41, VCM_STANDBY, BMS_STATE_STANDBY},
             {7, VCM_STANDBY, BMS_STATE_STANDBY},
             {7, VCM_DRIVE, BMS_STATE_DRIVE}};
  if (row[_i].request == VCM_DRIVE) settled->stimulus.current_A = 40.0;
  settle(row[_i].request, row[_i].state, 2000);
  disturb(settled, row[_i].period);
  uint32_t before_count = settled->bms.afe.pec_error_count;
  step(settled, BLEED_ALL_ms);
  ck_assert_uint_ge(settled->bms.afe.pec_error_count, before_count + 100);
  ck_assert_uint_eq(settled->bms.dtc_active_count, 0);
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire += STEP_OF_LOOP) {
    const bms_dtc_t *named = &hil->bms.dtc[expected_dtc(wire)];
    begin(wire);
    for (uint32_t ms = 0; ms < CLOSED_MAX_ms && !named->is_active; ms++) {
      step(hil, 1);
      check_no_wrong_dtc(wire);
    }
    ck_assert_msg(named->is_active && named->location == wire, "wire %u is not named", wire);
    step(hil, 1500);
    ck_assert_msg(named->is_active && named->location == wire, "wire %u is forgotten", wire);
    check_no_wrong_dtc(wire);
  }
}
END_TEST

static void set_connector(char connector, int is_open) {
  const harness_wire_fault_t fault = {.is_open = (uint8_t)is_open};
  for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++) {
    if (pinout_wire[wire].connector != connector) continue;
    ck_assert_int_eq(harness_set_wire(&hil->harness, wire, &fault), HARNESS_OK);
  }
}

static void check_no_voltage_dtc(char connector) {
  const uint32_t dtcs[] = {DTC_CELL_OVERVOLTAGE, DTC_CELL_UNDERVOLTAGE,       DTC_CELL_VOLTAGE_HIGH,
                           DTC_CELL_VOLTAGE_LOW, DTC_CELL_SPREAD_UNSAFE,      DTC_GROUP_LOST,
                           DTC_CELL_SPREAD_HIGH, DTC_PACK_VOLTAGE_IMPLAUSIBLE};
  for (uint32_t i = 0; i < sizeof dtcs / sizeof dtcs[0]; i++) {
    const bms_dtc_t *dtc = &hil->bms.dtc[dtcs[i]];
    if (!dtc->is_active) continue;
    ck_abort_msg("connector %c: DTC %u blames %u at %llu us", connector, dtcs[i], dtc->location,
                 (unsigned long long)hil->now_us);
  }
}

static uint32_t groups_beside(char connector) {
  uint32_t count = 0;
  for (uint32_t group = 0; group < PINS_GROUP_COUNT; group++) {
    const pinout_group_t *row = &pinout_group[group];
    count += pinout_wire[row->wire_below].connector == connector ||
             pinout_wire[row->wire_above].connector == connector;
  }
  return count;
}

/// At rest (0), driving (1), charging (2): the connector is named, no voltage is believed that its
/// wires show, those of the other connectors are; plugged in again, all 96 come back.
START_TEST(a_lost_connector_shows_no_voltage) {
  enum { PHASES = 24, STEP_ms = 151, LOST_MAX_ms = 500, WATCH_ms = 1500, TEST_ms = 60 };
  if (_i == 2) {
    settled->stimulus.charger_is_plugged = settled->stimulus.charger_obeys = 1;
    settled->stimulus.charger_current_A = 100.0;
    settled->stimulus.charger_voltage_V = 400.0;
    settle(VCM_CHARGE, BMS_STATE_CHARGE, 8000);
  } else {
    settled->stimulus.current_A = 60.0;
    settle(_i == 0 ? VCM_STANDBY : VCM_DRIVE, _i == 0 ? BMS_STATE_STANDBY : BMS_STATE_DRIVE, 3000);
  }
  for (uint32_t phase = 0; phase < PHASES; phase++) {
    char connector = (char)('A' + phase % 4);
    memcpy(hil, settled, sizeof *hil);
    step(hil, phase * STEP_ms);
    set_connector(connector, 1);
    const bms_dtc_t *lost = &hil->bms.dtc[DTC_SENSE_CONNECTOR_LOST];
    uint32_t most_valid = 0; /* readings of a test leave some in doubt for a scan */
    for (uint32_t ms = 0; ms < WATCH_ms; ms++) {
      step(hil, 1);
      check_no_voltage_dtc(connector);
      if (ms >= WATCH_ms - TEST_ms && hil->bms.meas.valid_group_count > most_valid)
        most_valid = hil->bms.meas.valid_group_count;
      if (ms == (_i == 0 ? 2 * LOST_MAX_ms : LOST_MAX_ms)) ck_assert_uint_eq(lost->is_active, 1);
    }
    ck_assert_int_eq(main_is_on(), 0);
    ck_assert_uint_eq(most_valid, PINS_GROUP_COUNT - groups_beside(connector));
    if (phase >= 4) continue;
    set_connector(connector, 0);
    step(hil, 8000);
    check_no_voltage_dtc(connector);
    ck_assert_uint_eq(hil->bms.meas.valid_group_count, PINS_GROUP_COUNT);
    ck_assert_uint_eq(lost->is_active, 0);
  }
}
END_TEST

/// Three wires of two connectors are no lost connector: only the groups beside them go.
START_TEST(single_wires_do_not_take_their_connector_along) {
  settle(VCM_STANDBY, BMS_STATE_STANDBY, 1000);
  const harness_wire_fault_t broken = {.is_open = 1};
  const uint32_t wires[] = {5, 18, 60};
  memcpy(hil, settled, sizeof *hil);
  for (uint32_t i = 0; i < 3; i++) {
    ck_assert_uint_eq(pinout_wire[wires[i]].pair_wire, PINOUT_NONE);
    ck_assert_int_eq(harness_set_wire(&hil->harness, wires[i], &broken), HARNESS_OK);
  }
  ck_assert_int_ne(pinout_wire[wires[2]].connector, pinout_wire[wires[0]].connector);
  step(hil, 2000);
  ck_assert_uint_eq(hil->bms.openwire.open_count, 3);
  ck_assert_uint_eq(hil->bms.meas.valid_group_count, PINS_GROUP_COUNT - 6);
  check_no_voltage_dtc('D');
}
END_TEST

/// A test all of whose replies are wrong neither names a wire nor heals one.
START_TEST(a_lost_test_heals_nothing) {
  settle(VCM_STANDBY, BMS_STATE_STANDBY, 1000);
  const uint32_t wires[] = {0, 5, 20, 60, 104, 110};
  for (uint32_t i = 0; i < sizeof wires / sizeof wires[0]; i++) {
    begin(wires[i]);
    run_until_named(wires[i], STANDBY_MAX_ms);
    const harness_wire_fault_t whole = {0};
    ck_assert_int_eq(harness_set_wire(&hil->harness, wires[i], &whole), HARNESS_OK);
    disturb(hil, 1);
    uint32_t test_count = hil->bms.openwire.test_done_count;
    step(hil, 4000);
    ck_assert_uint_ge(hil->bms.openwire.test_done_count, test_count + 4);
    ck_assert_uint_eq(hil->bms.wire_state[wires[i]], BMS_WIRE_OPEN);
    for (uint32_t wire = 0; wire < PINS_WIRE_COUNT; wire++)
      if (wire != wires[i]) ck_assert_uint_ne(hil->bms.wire_state[wire], BMS_WIRE_OPEN);
    for (uint32_t a = 0; a < AFE_CHAIN_COUNT; a++) hil->board.chain.chip[a].fault.flip_mask = 0;
    step(hil, 6000);
    ck_assert_uint_eq(hil->bms.wire_state[wires[i]], BMS_WIRE_OK);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("wires");
  TCase *tests = tcase_create("wires");
  tcase_add_checked_fixture(tests, init, settled_close);
  tcase_set_timeout(tests, 60);
  tcase_add_test(tests, at_rest);
  tcase_add_test(tests, driving);
  tcase_add_test(tests, charging);
  tcase_add_loop_test(tests, bleeding, 0, 2);
  tcase_add_loop_test(tests, with_wrong_bits, 0, 3);
  tcase_add_loop_test(tests, a_lost_connector_shows_no_voltage, 0, 3);
  tcase_add_test(tests, single_wires_do_not_take_their_connector_along);
  tcase_add_test(tests, a_lost_test_heals_nothing);
  suite_add_tcase(suite, tests);
  return suite;
}
