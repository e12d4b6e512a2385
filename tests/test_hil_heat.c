/// Heat in the loop: who turns the fan, which air comes in, what the mats take from the link.
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "../scenarios/cell_file.h"
#include "../sim/hil.h"

enum { TICKS_PER_S = 1000 };

static cell_params_t cell;
static hil_t *hil;

static void start(double degC) {
  pack_config_t pack = {.ambient_degC = degC};
  char error[400];
  ck_assert_int_eq(cell_file_load("data/cells/soul_ev.json", &cell, error, sizeof error), 0);
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++)
    pack.cell[i] = (pack_cell_init_t){0.8, degC, 1.0, 1.0, 1.0};
  hil_config_t config = {
      .pack = &pack, .cell = &cell, .hv = hv_params_soul_ev(), .seed = 1, .dt_us = 1000};
  ck_assert_int_eq(hil_init(hil, &config), HIL_OK);
}

static void setup(void) {
  hil = malloc(sizeof *hil);
  ck_assert_ptr_nonnull(hil);
}

static void teardown(void) { free(hil); }

static void run(double time_s) {
  can_mem_rx_t rx;
  for (uint32_t i = 0; i < (uint32_t)(time_s * TICKS_PER_S); i++) {
    ck_assert_int_eq(hil_step(hil), HIL_OK);
    while (hil_next_frame(hil, &rx)) {
    }
  }
}

static void drive(void) {
  run(1.0);
  hil->stimulus.request = VCM_DRIVE;
  run(2.0);
  ck_assert_int_eq(hil->bms.state, BMS_STATE_DRIVE);
}

START_TEST(the_script_may_force_a_fan_step) {
  start(25.0);
  run(2.0);
  ck_assert_double_le(hil->pack.air.fan_Hz, 0.0);
  hil->stimulus.fan_step = 5.0;
  run(20.0);
  ck_assert_double_eq_tol(hil->pack.air.fan_Hz, 75.0, 1e-9);
  ck_assert_double_eq_tol(hil->pins_in.fan_tacho_Hz, 75.0, 1e-9);
  hil->pack.air.tacho_is_lost = 1;
  run(0.1);
  ck_assert_double_le(hil->pins_in.fan_tacho_Hz, 0.0);
  ck_assert_double_gt(hil->pack.air.fan_Hz, 74.0);
  hil->stimulus.fan_step = 0.0;
  run(20.0);
  ck_assert_double_le(hil->pack.air.fan_Hz, 0.0);
}
END_TEST

START_TEST(otherwise_the_ecu_turns_the_fan) {
  start(40.0);
  run(20.0);
  ck_assert_double_eq_tol(hil->pack.air.fan_Hz, 100.0 * hil->pins_out.fan_duty, 1e-9);
  ck_assert_double_eq_tol(hil->pack.air.fan_Hz, 67.0, 1e-9); // 39..41 degC: step 4
}
END_TEST

START_TEST(a_fan_forced_to_rest_rests) {
  start(40.0);
  hil->stimulus.fan_step = 0.0;
  run(3.0);
  ck_assert_double_gt(hil->pins_out.fan_duty, 0.5);
  ck_assert_double_le(hil->pack.air.fan_Hz, 0.0);
}
END_TEST

START_TEST(inlet_air_is_the_ambient_unless_it_is_given) {
  start(25.0);
  hil->stimulus.ambient_degC = 15.0;
  run(0.1);
  ck_assert_double_eq_tol(hil->pack.air.inlet_degC, 15.0, 1e-12);
  ck_assert_double_eq_tol(hil->pins_in.inlet_ntc_ohm / sensors_ntc_ohm(15.0), 1.0, 1e-3);
  hil->stimulus.inlet_degC = -5.0;
  run(0.1);
  ck_assert_double_eq_tol(hil->pack.ambient_degC, 15.0, 1e-12);
  ck_assert_double_eq_tol(hil->pins_in.inlet_ntc_ohm / sensors_ntc_ohm(-5.0), 1.0, 1e-3);
}
END_TEST

START_TEST(mats_take_their_power_from_the_link) {
  start(10.0);
  hil->stimulus.heater_is_forced = 1;
  run(0.5);
  ck_assert_double_le(hil->pack.air.mat_J, 0.0); // no voltage behind open contactors
  hil->stimulus.heater_is_forced = 0;
  drive();
  run(1.0);
  const double idle_A = hil->pack_A, load_J = hil->hv.link_load_J, mats_J = hil->pack.air.mat_J;
  hil->stimulus.heater_is_forced = 1;
  run(20.0);
  const double link_V = hil->hv.link_V;
  ck_assert_double_gt(link_V, 340.0);
  ck_assert_double_eq_tol(hil->pack_A - idle_A, 2.0 * link_V / 216.0, 0.01);
  ck_assert_double_eq_tol(hil->pack.air.mat_W[0], link_V * link_V / 216.0, 0.1);
  const double heat_J = hil->pack.air.mat_J - mats_J;
  ck_assert_double_eq_tol((hil->hv.link_load_J - load_J) / heat_J, 1.0, 2e-3);
  for (uint32_t i = 0; i < PACK_MAT_COUNT; i++) {
    const double degC = hil->pack.air.mat_degC[i];
    ck_assert_double_gt(degC, 15.0);
    ck_assert_double_eq_tol(hil->pins_in.heater_ntc_ohm[i] / sensors_ntc_ohm(degC), 1.0, 2e-3);
  }
}
END_TEST

START_TEST(the_heater_coil_switches_the_mats) {
  start(10.0);
  drive();
  hil->hv.contact_is_closed[PINS_COIL_HEATER] = 1;
  hil->hv.fault[PINS_COIL_HEATER] = HV_CONTACT_WELDED;
  run(0.1);
  ck_assert_double_gt(hil->pack.air.mat_W[1], 500.0);
  hil->hv.fault[PINS_COIL_HEATER] = HV_CONTACT_STUCK_OPEN;
  run(0.1);
  ck_assert_double_le(hil->pack.air.mat_W[1], 0.0);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("hil_heat");
  TCase *tests = tcase_create("hil_heat");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_set_timeout(tests, 30);
  tcase_add_test(tests, the_script_may_force_a_fan_step);
  tcase_add_test(tests, otherwise_the_ecu_turns_the_fan);
  tcase_add_test(tests, a_fan_forced_to_rest_rests);
  tcase_add_test(tests, inlet_air_is_the_ambient_unless_it_is_given);
  tcase_add_test(tests, mats_take_their_power_from_the_link);
  tcase_add_test(tests, the_heater_coil_switches_the_mats);
  suite_add_tcase(suite, tests);
  return suite;
}
