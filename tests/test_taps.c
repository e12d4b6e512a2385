/// One wire of a doubled tap breaks and has contact again, once or over and over, in the whole
/// loop: its group keeps a right value, a warning names the wire, and the car goes on.
///
/// At rest, driving, charging, all 14 wires, each in another phase of the scan and of the test.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/dtc.h"
#include "../ecu_model/gen/pinout.h"
#include "settled_rig.h"
#include "thorough.h"

enum {
  AT_REST,
  DRIVING,
  CHARGING,
  NAMED_MAX_ms = 5000,
  HEAL_MAX_ms = 12000,
  CHATTER_ms = 5000,
  PHASE_ms = 37, /* from wire to wire: phases of the scan of 10 ms and of a test's 40 ms */
  RECENT_ms = 32,
  NOISE_MAX_mV = 15,
  INVALID_MAX_ms = 70, /* in a row: GROUP_LOST waits for 100 */
  INVALID_MENDED_MAX_ms = 30
};

static double recent_V[RECENT_ms]; /* the group's truth in the last ms */
static uint32_t invalid_ms, longest_invalid_ms;

static void init(void) { settled_open(18, "test_taps"); }

static void settle(int how) {
  static const uint32_t state[] = {BMS_STATE_STANDBY, BMS_STATE_DRIVE, BMS_STATE_CHARGE};
  step(settled, 1500);
  if (how == DRIVING) settled->stimulus.current_A = 60.0;
  if (how == CHARGING) {
    settled->stimulus.charger_is_plugged = settled->stimulus.charger_obeys = 1;
    settled->stimulus.charger_current_A = 100.0;
    settled->stimulus.charger_voltage_V = 400.0;
  }
  settled->stimulus.request = how == AT_REST   ? VCM_STANDBY
                              : how == DRIVING ? VCM_DRIVE
                                               : VCM_CHARGE;
  step(settled, how == CHARGING ? 6000 : 2000);
  ck_assert_uint_eq(settled->bms.state, state[how]);
  ck_assert_uint_eq(settled->bms.dtc_active_count, 0);
}

static void set_wire(uint32_t wire, int is_open) {
  const harness_wire_fault_t fault = {.is_open = (uint8_t)is_open};
  ck_assert_int_eq(harness_set_wire(&hil->harness, wire, &fault), HARNESS_OK);
}

static uint32_t group_of(uint32_t wire) {
  return pinout_wire[wire].section ? pinout_wire[wire].group_above : pinout_wire[wire].group_below;
}

static void check_no_other_dtc(uint32_t wire) {
  for (uint32_t dtc = 0; dtc < DTC_COUNT; dtc++) {
    if (dtc == DTC_OPEN_WIRE_REDUNDANT || !hil->bms.dtc[dtc].is_active) continue;
    ck_abort_msg("wire %u: DTC %u blames %u at %llu us", wire, dtc, hil->bms.dtc[dtc].location,
                 (unsigned long long)hil->now_us);
  }
}

static double magnitude(double value) { return value < 0.0 ? -value : value; }

static double least_error_mV(double value_mV) {
  double least_mV = magnitude(value_mV - 1000.0 * recent_V[0]);
  for (uint32_t i = 1; i < RECENT_ms; i++) {
    const double error_mV = magnitude(value_mV - 1000.0 * recent_V[i]);
    if (error_mV < least_mV) least_mV = error_mV;
  }
  return least_mV;
}

/// While the wire counts as open: a value that the BMS takes for right was true a moment ago.
static void check_group(uint32_t wire) {
  const uint32_t group = group_of(wire), quality = hil->bms.meas.group_quality[group];
  recent_V[hil->now_us / 1000 % RECENT_ms] = pack_group_V(&hil->pack, group);
  invalid_ms = quality > BMS_QUALITY_STALE ? invalid_ms + 1 : 0;
  if (invalid_ms > longest_invalid_ms) longest_invalid_ms = invalid_ms;
  if (quality > BMS_QUALITY_SUSPECT || hil->bms.wire_state[wire] != BMS_WIRE_OPEN) return;
  const double error_mV = least_error_mV(hil->bms.meas.group_mV[group]);
  if (error_mV <= NOISE_MAX_mV) return;
  ck_abort_msg("wire %u: off by %g mV at %llu us", wire, error_mV, (unsigned long long)hil->now_us);
}

static void watch(uint32_t wire, uint32_t ms) {
  for (uint32_t i = 0; i < ms; i++) {
    step(hil, 1);
    check_no_other_dtc(wire);
    check_group(wire);
  }
}

static int next_tap_wire(uint32_t *wire) {
  while (*wire < PINS_WIRE_COUNT && pinout_wire[*wire].pair_wire == PINOUT_NONE) (*wire)++;
  return *wire < PINS_WIRE_COUNT;
}

static void break_wire(uint32_t wire) {
  const bms_dtc_t *named = &hil->bms.dtc[DTC_OPEN_WIRE_REDUNDANT];
  uint32_t ms = 0;
  set_wire(wire, 1);
  while (hil->bms.wire_state[wire] != BMS_WIRE_OPEN && ms++ < NAMED_MAX_ms) step(hil, 1);
  step(hil, 10);
  ck_assert_uint_eq(named->is_active, 1);
  ck_assert_uint_eq(named->location, wire);
  for (uint32_t i = 0; i < RECENT_ms; i++) recent_V[i] = pack_group_V(&hil->pack, group_of(wire));
  invalid_ms = longest_invalid_ms = 0;
}

static void begin(uint32_t wire, uint32_t count) {
  memcpy(hil, settled, sizeof *hil);
  step(hil, count * PHASE_ms);
  break_wire(wire);
}

/// Contact again for good: the group has never been without a value for long, and the wire heals.
START_TEST(a_mended_wire) {
  settle(_i);
  uint32_t count = 0;
  for (uint32_t wire = 0; next_tap_wire(&wire); wire += STEP_OF_LOOP, count++) {
    begin(wire, count);
    watch(wire, 100 + 97 * count);
    set_wire(wire, 0);
    longest_invalid_ms = 0;
    watch(wire, HEAL_MAX_ms);
    ck_assert_uint_le(longest_invalid_ms, INVALID_MENDED_MAX_ms);
    ck_assert_uint_eq(hil->bms.state, settled->bms.state);
    ck_assert_uint_eq(hil->bms.wire_state[wire], BMS_WIRE_OK);
    ck_assert_uint_eq(hil->bms.dtc[DTC_OPEN_WIRE_REDUNDANT].is_active, 0);
  }
}
END_TEST

/// Contact comes and goes, each wire with another half period.
START_TEST(a_chattering_wire) {
  static const uint32_t half_ms[] = {16, 1, 3, 5, 7, 10, 11, 25, 38, 50, 75, 100, 150, 450, 1000};
  settle(_i);
  uint32_t count = 0;
  for (uint32_t wire = 0; next_tap_wire(&wire); wire += STEP_OF_LOOP, count++) {
    const uint32_t half =
        half_ms[(count + 5 * (uint32_t)_i) % (sizeof half_ms / sizeof half_ms[0])];
    begin(wire, count);
    for (uint32_t ms = 0; ms < CHATTER_ms; ms += half) {
      set_wire(wire, (int)(ms / half % 2));
      watch(wire, half);
    }
    ck_assert_uint_le(longest_invalid_ms, INVALID_MAX_ms);
    ck_assert_uint_eq(hil->bms.state, settled->bms.state);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("taps");
  TCase *tests = tcase_create("taps");
  tcase_add_checked_fixture(tests, init, settled_close);
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, a_mended_wire, AT_REST, CHARGING + 1);
  tcase_add_loop_test(tests, a_chattering_wire, AT_REST, CHARGING + 1);
  suite_add_tcase(suite, tests);
  return suite;
}
