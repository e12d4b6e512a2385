/// The loop: order of a tick, determinism, checkpoint by copy, what the pins and the chassis see.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../sim/hil.h"
#include "hil_rig.h"

static hil_t *hil;

static void setup(void) { hil = rig_loop(1); }
static void teardown(void) { free(hil); }

START_TEST(a_copy_goes_on_like_the_original) {
  rig_drive(hil);
  hil->stimulus.power_W = 20e3;
  hil_t *copy = malloc(sizeof *copy);
  ck_assert_ptr_nonnull(copy);
  memcpy(copy, hil, sizeof *copy);
  rig_step(hil, 3 * TICKS_PER_S);
  rig_step(copy, 3 * TICKS_PER_S);
  ck_assert_uint_eq(hil->trace_hash, copy->trace_hash);
  ck_assert_uint_eq(hil->output_hash, copy->output_hash);
  copy->stimulus.power_W += 1.0;
  rig_step(hil, 10);
  rig_step(copy, 10);
  ck_assert_uint_ne(hil->trace_hash, copy->trace_hash);
  free(copy);
}
END_TEST

START_TEST(the_seed_decides) {
  hil_t *same = rig_loop(1), *other = rig_loop(2);
  rig_step(hil, 500);
  rig_step(same, 500);
  rig_step(other, 500);
  ck_assert_uint_eq(hil->trace_hash, same->trace_hash);
  ck_assert_uint_ne(hil->trace_hash, other->trace_hash);
  free(same);
  free(other);
}
END_TEST

/// A command of tick k drives the coil in tick k+1; the contact then takes its pull-in time.
START_TEST(commands_act_one_tick_later) {
  rig_step(hil, TICKS_PER_S);
  hil->stimulus.request = VCM_DRIVE;
  const uint32_t coil = PINS_COIL_MAIN_NEG;
  uint32_t commanded = 0, energised = 0, closed = 0;
  for (uint32_t i = 1; i < 2 * TICKS_PER_S && closed == 0; i++) {
    rig_step(hil, 1);
    if (commanded == 0 && (hil->out.coil_command >> coil & 1)) commanded = i;
    if (energised == 0 && hil->hv.contactor[coil].coil_is_energised) energised = i;
    if (hil->hv.contact_is_closed[coil]) closed = i;
  }
  ck_assert_uint_gt(commanded, 0);
  ck_assert_uint_eq(energised, commanded + 1);
  ck_assert_uint_ge(closed, commanded + 20);
  ck_assert_uint_le(closed, commanded + 25);
}
END_TEST

START_TEST(a_broken_wire_shows_in_the_next_conversion) {
  rig_step(hil, TICKS_PER_S + 5);
  const harness_wire_fault_t open = {.is_open = 1};
  const uint32_t wire = pinout_group[40].wire_above;
  ck_assert_int_eq(harness_set_wire(&hil->harness, wire, &open), HARNESS_OK);
  rig_step(hil, 20);
  double floating_V = hil->pins_in.afe_input_V[wire], tap_V = hil->wire_source_V[wire];
  ck_assert(floating_V > tap_V + 1e-4 || floating_V < tap_V - 1e-4);
}
END_TEST

START_TEST(pack_voltage_is_what_the_groups_add_up_to) {
  rig_drive(hil);
  hil->stimulus.current_A = 150.0;
  rig_step(hil, 200);
  double sum_V = 0.0;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) sum_V += pack_group_V(&hil->pack, g);
  ck_assert_double_eq_tol(hil->pack_V, sum_V - hil->pack_A * hil->pack.joints_ohm, 0.05);
  ck_assert_double_eq_tol(hil->pins_in.pack_V, hil->pack_V, 0.5); /* noise 0.05 V rms */
  ck_assert_double_eq_tol(hil->pins_in.link_V, hil->hv.link_V, 0.5);
}
END_TEST

START_TEST(sensors_see_their_own_side_of_the_contactors) {
  rig_step(hil, 100);
  ck_assert_double_gt(hil->pins_in.pack_V, 350.0);
  ck_assert_double_lt(hil->pins_in.link_V, 1.0);
}
END_TEST

/// Within a second: the hash over the full state has not had its turn.
START_TEST(the_trace_hash_covers_pins_and_outputs) {
  rig_step(hil, TICKS_PER_S + 1);
  hil_t *wire = malloc(sizeof *wire), *frame = malloc(sizeof *frame);
  ck_assert(wire != NULL && frame != NULL);
  memcpy(wire, hil, sizeof *hil);
  memcpy(frame, hil, sizeof *hil);
  wire->harness.leak_A[50] *= 1.0001; /* a nanovolt, far below a code */
  wire->harness.is_changed = 1;
  frame->bms.comm.limits_tx.counter ^= 1;
  rig_step(hil, 150);
  rig_step(wire, 150);
  rig_step(frame, 150);
  ck_assert_uint_eq(hil->output_hash, wire->output_hash);
  ck_assert_uint_ne(hil->trace_hash, wire->trace_hash);
  ck_assert_uint_ne(hil->output_hash, frame->output_hash);
  ck_assert_uint_ne(hil->trace_hash, frame->trace_hash);
  free(wire);
  free(frame);
}
END_TEST

START_TEST(frames_pass_in_their_tick) {
  rig_step(hil, TICKS_PER_S);
  uint32_t sent = 0;
  for (uint32_t i = 0; i < 300; i++) {
    uint64_t begin_ns = hil->now_us * 1000u;
    rig_step(hil, 1);
    if (hil->out.can_tx_count != 1) continue;
    for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) {
      if (can_msg[m].id != hil->out.can_tx[0].id) continue;
      ck_assert_uint_gt(hil->last_frame[m].time_ns, begin_ns); /* 270 us on an idle bus */
      sent++;
    }
  }
  ck_assert_uint_gt(sent, 3);
}
END_TEST

/// The periodic test is switched off: only the pattern of a scan can call for one.
START_TEST(a_drifting_wire_calls_for_its_test) {
  static const uint32_t groups[] = {4, 20, 50, 90}; /* inner taps of four modules */
  rig_step(hil, 2 * TICKS_PER_S);
  hil->bms.config.openwire_rest_ms = 1000000;
  hil_t *start = malloc(sizeof *start);
  ck_assert_ptr_nonnull(start);
  memcpy(start, hil, sizeof *start);
  for (uint32_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    const harness_wire_fault_t open = {.is_open = 1};
    const uint32_t wire = pinout_group[groups[i]].wire_above;
    memcpy(hil, start, sizeof *hil);
    ck_assert_int_eq(harness_set_wire(&hil->harness, wire, &open), HARNESS_OK);
    uint32_t suspected = 0, found = 0;
    for (uint32_t ms = 1; ms <= 3 * TICKS_PER_S && found == 0; ms++) {
      rig_step(hil, 1);
      if (suspected == 0 && hil->bms.wire_state[wire] == BMS_WIRE_SUSPECT) suspected = ms;
      if (hil->bms.wire_state[wire] == BMS_WIRE_OPEN) found = ms;
    }
    ck_assert_msg(suspected > 0 && found > suspected, "wire %u: suspected after %u, found %u ms",
                  wire, suspected, found);
    ck_assert_uint_le(found - suspected, 150);
    ck_assert_uint_eq(hil->bms.openwire.open_count, 1);
    ck_assert_uint_eq(hil->bms.openwire.is_suspecting, 0);
  }
  free(start);
}
END_TEST

START_TEST(a_healthy_pack_calls_for_none) {
  hil->stimulus.cycle = cycle_find("us06");
  hil->stimulus.cycle_repeat_count = 1;
  rig_drive(hil);
  hil->bms.config.openwire_closed_ms = 1000000;
  rig_step(hil, 500); /* a test that has begun ends */
  uint32_t begun = hil->bms.openwire.test_begun_count;
  for (uint32_t ms = 0; ms < 60 * TICKS_PER_S; ms++) {
    rig_step(hil, 1);
    ck_assert_uint_eq(hil->bms.openwire.open_count, 0);
  }
  ck_assert_uint_le(hil->bms.openwire.test_begun_count - begun, 6); /* a false one costs a test */
}
END_TEST

/// A wire of a doubled tap floats for long: further currents keep it between its neighbours.
START_TEST(a_floating_wire_of_a_pair_keeps_its_group_right) {
  const pinout_module_t *module = &pinout_module[7];
  for (uint32_t upper = 0; upper <= 1; upper++) {
    hil_t *car = rig_loop(5);
    const harness_wire_fault_t open = {.is_open = 1};
    const uint32_t lower_wire = module->first_wire + module->pair_channel - 1u;
    const uint32_t group = module->first_group + module->group_count / 2u - (upper ? 0u : 1u);
    rig_drive(car);
    ck_assert_int_eq(harness_set_wire(&car->harness, lower_wire + upper, &open), HARNESS_OK);
    rig_step(car, 5 * TICKS_PER_S);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < 20 * TICKS_PER_S; i++) {
      rig_step(car, 1);
      double error_V = car->bms.meas.group_mV[group] * 1e-3 - pack_group_V(&car->pack, group);
      if (error_V > 0.015 || error_V < -0.015) wrong++;
      ck_assert_uint_lt(car->bms.meas.group_quality[group], BMS_QUALITY_INVALID);
    }
    ck_assert_uint_eq(car->bms.wire_state[lower_wire + upper], BMS_WIRE_OPEN);
    ck_assert_msg(wrong < 200, "%s wire: group %u wrong in %u ms", upper ? "upper" : "lower", group,
                  wrong);
    ck_assert_int_eq(car->bms.state, BMS_STATE_DRIVE);
    free(car);
  }
}
END_TEST

START_TEST(the_link_is_emptied_after_the_drive) {
  rig_drive(hil);
  ck_assert_double_gt(hil->hv.link_V, 350.0);
  hil->stimulus.request = VCM_STANDBY;
  rig_step(hil, 5 * TICKS_PER_S);
  ck_assert_double_lt(hil->hv.link_V, 30.0); /* of the car: below 30 V after shut-off */
}
END_TEST

START_TEST(energy_and_charge_balance) {
  rig_drive(hil);
  hil->stimulus.cycle = cycle_find("us06");
  hil->stimulus.cycle_repeat_count = 1;
  double first_soc = pack_cell_soc(&hil->pack, 100), first_J = hil->pack_J, charge_As = 0.0;
  for (uint32_t i = 0; i < 60 * TICKS_PER_S; i++) {
    rig_step(hil, 1);
    charge_As += hil->pack_A * 1e-3;
  }
  const hv_t *hv = &hil->hv;
  double link_J = 0.5 * hv->params.link_F * hv->link_V * hv->link_V;
  double spent_J = hv->link_load_J - hv->charger_J + hv->loss_J + link_J;
  ck_assert_double_gt(hil->pack_J, first_J + 1e5);
  ck_assert_double_eq_tol(spent_J / hil->pack_J, 1.0, 1e-6);
  /* both cells of a group are alike here, so each gives half */
  double drained = charge_As / 2.0 / (3600.0 * rig_cell.capacity_Ah);
  ck_assert_double_eq_tol(first_soc - pack_cell_soc(&hil->pack, 100), drained, 1e-6);
}
END_TEST

/// In the loop: what a group gives is the terminals' current, what leaves pack plus, and what
/// leaves at the taps above it.
START_TEST(leaks_discharge_the_groups_that_they_flow_through) {
  static double given_As[PACK_GROUP_COUNT], first_soc[PACK_CELL_COUNT];
  hil->stimulus.power_W = 5e3;
  rig_drive(hil);
  isolation_set_leak(&hil->isolation, ISOLATION_PACK_NEG, 1e3);
  isolation_set_tap(&hil->isolation, 60, 2e3);
  memset(given_As, 0, sizeof given_As);
  for (uint32_t c = 0; c < PACK_CELL_COUNT; c++) first_soc[c] = pack_cell_soc(&hil->pack, c);
  for (uint32_t i = 0; i < 10 * TICKS_PER_S; i++) {
    double wires_A[PACK_GROUP_COUNT];
    memcpy(wires_A, hil->group_extra_A, sizeof wires_A); /* of the last conversion */
    hil->pins_out.iso_switch_pos_is_on = i / 2000 % 2 == 1;
    rig_step(hil, 1);
    for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
      double tap_A = g < isolation_tap_groups(60) ? hil->isolation.tap_A[60] : 0.0;
      given_As[g] += 1e-3 * (hil->pack_A + hil->isolation.plus_A + wires_A[g] + tap_A);
    }
  }
  ck_assert_double_gt(hil->isolation.tap_A[60], 0.06);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) {
    double taken = first_soc[2 * g] + first_soc[2 * g + 1] - pack_cell_soc(&hil->pack, 2 * g) -
                   pack_cell_soc(&hil->pack, 2 * g + 1);
    ck_assert_double_eq_tol(taken * 3600.0 * rig_cell.capacity_Ah, given_As[g], 1e-9 * given_As[g]);
  }
  ck_assert_double_gt(given_As[0] - given_As[95], 0.6);
}
END_TEST

/// The ECU's dividers by its pins: switched in tick k, in force in tick k+1.
START_TEST(isolation_dividers_reach_the_pins) {
  rig_step(hil, 50); /* the ECU's own measuring has not begun */
  ck_assert_double_le(hil->pins_in.iso_pos_V, 0.003);
  ck_assert_double_eq_tol(hil->isolation.chassis_V, 0.5 * hil->pack_V, 1.0);
  hil->pins_out.iso_switch_pos_is_on = 1;
  rig_step(hil, 1);
  ck_assert_double_eq_tol(hil->pins_in.iso_pos_V, 0.01 * (hil->pack_V - hil->isolation.chassis_V),
                          0.002);
  ck_assert_double_le(hil->pins_in.iso_neg_V, 0.003);
  ck_assert_double_eq_tol(hil->isolation.plus_A,
                          (hil->pack_V - hil->isolation.chassis_V) * (0.5 / 2e6 + 1 / 5e6), 5e-6);
}
END_TEST

/// From the tap through its wire, the chassis and the other leak back to pack minus: one current.
START_TEST(a_leaking_wire_feeds_the_chassis) {
  enum { WIRE = 50, POLE_COUNT = ISOLATION_POLE_COUNT };
  hil->isolation.divider_S = 0.0;
  for (int pole = 0; pole < POLE_COUNT; pole++)
    isolation_set_leak(&hil->isolation, (isolation_pole_t)pole, 0.0);
  isolation_set_leak(&hil->isolation, ISOLATION_PACK_NEG, 1e4);
  rig_step(hil, 1);
  ck_assert_int_eq(harness_set_leak(&hil->harness, WIRE, 5e3), HARNESS_OK);
  rig_step(hil, TICKS_PER_S);
  const double current_A = hil->harness.pin_V[WIRE] / 15e3;
  ck_assert_double_gt(current_A, 5e-3);
  ck_assert_double_eq_tol(hil->harness.chassis_A[WIRE], current_A, 1e-6);
  ck_assert_double_eq_tol(hil->isolation.chassis_V, current_A * 1e4, 1e-2);
  ck_assert_double_eq_tol(hil->isolation.minus_A, -current_A, 1e-6);
  const uint32_t below = pinout_wire[WIRE].group_below;
  const double step_A = hil->group_extra_A[below - 3] - hil->group_extra_A[below + 3];
  ck_assert_double_eq_tol(step_A, current_A, 2e-6); /* leakage of the inputs beside it */
  ck_assert_uint_eq(hil->harness.fuse_is_blown[WIRE], 0);
  ck_assert_int_eq(harness_set_leak(&hil->harness, WIRE, 0.0), HARNESS_OK);
  rig_step(hil, TICKS_PER_S);
  ck_assert_double_eq_tol(hil->isolation.chassis_V, 0.0, 1e-3);
}
END_TEST

/// A dead short to the chassis moves the charge of the Y-capacitors, not more: no fuse melts.
START_TEST(a_short_to_the_chassis_alone_melts_no_fuse) {
  rig_step(hil, (uint32_t)_i); /* from the very beginning, or later */
  ck_assert_int_eq(harness_set_leak(&hil->harness, 90, 1.0), HARNESS_OK);
  rig_step(hil, 100);
  ck_assert_uint_eq(hil->harness.fuse_is_blown[90], 0);
  ck_assert_double_eq_tol(hil->isolation.chassis_V, hil->harness.pin_V[90], 0.05);
}
END_TEST

/// A leak at the link's plus is a load to the contactors, one at pack plus is not: it only costs
/// the voltage that it drops in the string.
START_TEST(leaks_load_their_side_of_the_contactors) {
  rig_drive(hil);
  double base_A = hil->pack_A;
  isolation_set_leak(&hil->isolation, ISOLATION_PACK_NEG, 100.0);
  isolation_set_leak(&hil->isolation, ISOLATION_PACK_POS, 200.0);
  rig_step(hil, 100);
  ck_assert_double_gt(hil->isolation.plus_A, 1.0);
  ck_assert_double_eq_tol(hil->pack_A, base_A, 0.01);
  double sum_V = 0.0;
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++) sum_V += pack_group_V(&hil->pack, g);
  double string_A = hil->pack_A + hil->isolation.plus_A;
  ck_assert_double_eq_tol(hil->pack_V, sum_V - string_A * hil->pack.joints_ohm, 1e-3);
  isolation_set_leak(&hil->isolation, ISOLATION_PACK_POS, 0.0);
  isolation_set_leak(&hil->isolation, ISOLATION_LINK_POS, 200.0);
  double before_J = hil->hv.isolation_J;
  rig_step(hil, 100);
  ck_assert_double_gt(hil->isolation.link_A, 1.0);
  ck_assert_double_eq_tol(hil->pack_A, base_A + hil->isolation.link_A, 0.01);
  ck_assert_double_eq_tol(hil->hv.isolation_J - before_J,
                          0.1 * hil->isolation.link_A * hil->hv.link_V, 0.5);
}
END_TEST

/// No current and no voltage between the poles; the taps keep their groups, shifted as a whole.
START_TEST(without_the_service_plug_the_halves_part) {
  double tap_V[PINS_WIRE_COUNT];
  const uint32_t upper = pinout_module[4].first_wire;
  rig_drive(hil);
  hil->stimulus.current_A = 40.0;
  rig_step(hil, 100);
  hil->hv.string_is_open = 1;
  rig_step(hil, 1);
  ck_assert_double_eq_tol(hil->pack_A, 0.0, 1e-12);
  rig_step(hil, 5 * TICKS_PER_S);
  ck_assert_double_eq_tol(hil->pack_V, 0.0, 1e-6); /* the load has emptied the link */
  ck_assert_double_le(hil->pins_in.pack_V, 1.0);
  pack_wire_sources(&hil->pack, tap_V); /* as if the plug were in */
  double shift_V = tap_V[PINS_WIRE_COUNT - 1];
  ck_assert_double_gt(shift_V, 350.0);
  for (uint32_t w = 0; w < PINS_WIRE_COUNT; w++) {
    double wanted_V = tap_V[w] - (w >= upper ? shift_V : 0.0);
    ck_assert_double_eq_tol(hil->wire_source_V[w], wanted_V, 0.01); /* cells at rest relax */
  }
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
    ck_assert_double_eq_tol(hil->bms.meas.group_mV[g] * 1e-3, pack_group_V(&hil->pack, g), 0.004);
  /* a leak of the upper half is fed from pack plus, and no group of the lower half gives current */
  isolation_set_tap(&hil->isolation, 80, 1e3);
  isolation_set_leak(&hil->isolation, ISOLATION_PACK_NEG, 1e3);
  rig_step(hil, 20);
  double leak_A = hil->isolation.tap_A[80];
  ck_assert_double_lt(leak_A, -1e-3);
  ck_assert_double_eq_tol(hil->pack.pack_A, 0.0, 1e-12);
  ck_assert_double_eq_tol(hil->pack.extra_A[0], 0.0, 1e-5);
  ck_assert_double_eq_tol(hil->pack.extra_A[95], -leak_A, 1e-5);
  ck_assert_double_eq_tol(hil->pack.extra_A[isolation_tap_groups(80) - 1], 0.0, 1e-5);
  hil->hv.string_is_open = 0;
  rig_step(hil, 2);
  ck_assert_double_gt(hil->pack_V, 350.0);
}
END_TEST

START_TEST(frames_are_noted) {
  rig_step(hil, TICKS_PER_S);
  uint32_t seen = 0;
  for (uint32_t m = 0; m < CAN_MSG_COUNT; m++) {
    if (hil->last_frame[m].count == 0) continue;
    ck_assert_uint_eq(hil->last_frame[m].frame.id, can_msg[m].id);
    seen++;
  }
  ck_assert_uint_ge(seen, 6);
  ck_assert_uint_eq(hil->now_us, TICKS_PER_S * 1000u);
  ck_assert_uint_eq(hil->tick, TICKS_PER_S);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("hil");
  TCase *tests = tcase_create("loop");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, a_copy_goes_on_like_the_original);
  tcase_add_test(tests, the_seed_decides);
  tcase_add_test(tests, commands_act_one_tick_later);
  tcase_add_test(tests, a_broken_wire_shows_in_the_next_conversion);
  tcase_add_test(tests, pack_voltage_is_what_the_groups_add_up_to);
  tcase_add_test(tests, sensors_see_their_own_side_of_the_contactors);
  tcase_add_test(tests, the_trace_hash_covers_pins_and_outputs);
  tcase_add_test(tests, frames_pass_in_their_tick);
  tcase_add_test(tests, a_drifting_wire_calls_for_its_test);
  tcase_add_test(tests, a_healthy_pack_calls_for_none);
  tcase_add_test(tests, a_floating_wire_of_a_pair_keeps_its_group_right);
  tcase_add_test(tests, the_link_is_emptied_after_the_drive);
  tcase_add_test(tests, energy_and_charge_balance);
  tcase_add_test(tests, leaks_discharge_the_groups_that_they_flow_through);
  tcase_add_test(tests, isolation_dividers_reach_the_pins);
  tcase_add_test(tests, a_leaking_wire_feeds_the_chassis);
  tcase_add_loop_test(tests, a_short_to_the_chassis_alone_melts_no_fuse, 0, 3);
  tcase_add_test(tests, leaks_load_their_side_of_the_contactors);
  tcase_add_test(tests, without_the_service_plug_the_halves_part);
  tcase_add_test(tests, frames_are_noted);
  suite_add_tcase(suite, tests);
  return suite;
}
