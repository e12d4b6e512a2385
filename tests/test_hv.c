/// HV path: contactors, precharge, loads and charger against closed forms; the energy ledger.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../sim/hv.h"
#include "../sim/rng.h"

static const pack_source_t source = {.emf_V = 370.0, .ohm = 0.05};
static const hv_load_t nothing;
static hv_t hv;

/// Round figures: no bleed, no bounce; closing onto an empty link welds nothing.
static void start(void) {
  hv_params_t params = hv_params_soul_ev();
  params.link_bleed_ohm = 0.0;
  params.bounce_s = 0.0;
  params.make_weld_V = 0.0;
  hv_init(&hv, &params);
}

static double step(int pos, int neg, int pre, const hv_load_t *load) {
  double coil_V[PINS_COIL_COUNT] = {pos ? 12.0 : 0.0, neg ? 12.0 : 0.0, pre ? 12.0 : 0.0, 0.0};
  return hv_step(&hv, source, coil_V, load, 1000);
}

static double step_closed(const hv_load_t *load) { return step(1, 1, 0, load); }

/// Main contactors closed and the link at the string's voltage.
static void start_closed(void) {
  start();
  for (int i = 0; i < 30; i++) step_closed(&nothing);
}

/// String, fuse and both main contacts.
static double closed_ohm(void) {
  return source.ohm + hv.params.fuse_ohm + 2.0 * hv.params.contact_ohm;
}

START_TEST(contactor_pulls_in_bounces_and_drops) {
  hv_params_t params = hv_params_soul_ev();
  hv_init(&hv, &params);
  for (int i = 0; i < 20; i++) {
    step(1, 0, 0, &nothing);
    ck_assert_int_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 0);
  }
  static const int bounce[] = {1, 0, 1, 1, 1};
  for (int i = 0; i < 5; i++) {
    step(1, 0, 0, &nothing);
    ck_assert_int_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], bounce[i]);
  }
  for (int i = 0; i < 10; i++) {
    step(0, 0, 0, &nothing);
    ck_assert_int_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 1);
  }
  step(0, 0, 0, &nothing);
  ck_assert_int_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 0);
  ck_assert_int_eq(hv.contact_is_closed[PINS_COIL_MAIN_NEG], 0);
  ck_assert_int_eq(hv.connect_count[PINS_COIL_MAIN_POS], 1);
}
END_TEST

static int heater_after(double coil_V, int ticks) {
  double all_V[PINS_COIL_COUNT] = {0.0, 0.0, 0.0, coil_V};
  for (int i = 0; i < ticks; i++) (void)hv_step(&hv, source, all_V, &nothing, 1000);
  return hv.contact_is_closed[PINS_COIL_HEATER];
}

START_TEST(coil_voltage_has_hysteresis) {
  start();
  ck_assert_int_eq(heater_after(7.4, 100), 0);
  ck_assert_int_eq(heater_after(7.5, 21), 1);
  ck_assert_int_eq(heater_after(3.1, 100), 1);
  ck_assert_int_eq(heater_after(3.0, 11), 0);
  ck_assert_int_eq(heater_after(5.0, 100), 0);
  ck_assert_int_eq(heater_after(12.0, 15), 0);
  ck_assert_int_eq(heater_after(0.0, 1), 0);
  ck_assert_int_eq(heater_after(12.0, 20), 0); // a broken-off travel starts anew
  ck_assert_int_eq(heater_after(12.0, 1), 1);
  ck_assert_int_eq(heater_after((double)NAN, 11), 0);
}
END_TEST

START_TEST(weld_and_stuck_open_beat_the_coil) {
  start();
  hv.fault[PINS_COIL_MAIN_POS] = HV_CONTACT_WELDED;
  hv.fault[PINS_COIL_MAIN_NEG] = HV_CONTACT_STUCK_OPEN;
  for (int i = 0; i < 30; i++) step(0, 1, 0, &nothing);
  ck_assert_int_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 1);
  ck_assert_int_eq(hv.contact_is_closed[PINS_COIL_MAIN_NEG], 0);
  ck_assert_double_eq_tol(hv.link_V, 0.0, 1e-12);
  hv.fault[PINS_COIL_MAIN_NEG] = HV_CONTACT_OK;
  for (int i = 0; i < 3; i++) step(0, 1, 0, &nothing);
  ck_assert_double_eq_tol(hv.link_V, 370.0, 1e-6); // charged through the weld, without precharge
}
END_TEST

START_TEST(precharge_curve_and_energies) {
  start();
  while (!hv.contact_is_closed[PINS_COIL_PRECHARGE]) step(0, 1, 1, &nothing);
  double ohm = closed_ohm() + hv.params.precharge_ohm;
  double tau_s = ohm * hv.params.link_F;
  for (int ms = 2; ms <= 200; ms++) {
    double mean_A = step(0, 1, 1, &nothing);
    double link_V = 370.0 * (1.0 - exp(-1e-3 * ms / tau_s));
    ck_assert_double_eq_tol(hv.link_V, link_V, 1e-9);
    double charge_As =
        370.0 / ohm * tau_s * exp(-1e-3 * (ms - 1) / tau_s) * (1.0 - exp(-1e-3 / tau_s));
    ck_assert_double_eq_tol(mean_A, charge_As / 1e-3, 1e-9);
  }
  for (int i = 0; i < 2000; i++) step(0, 1, 1, &nothing);
  double half_J = 0.5 * hv.params.link_F * 370.0 * 370.0; // as much is lost as is stored
  ck_assert_double_eq_tol(hv.precharge_J, half_J * hv.params.precharge_ohm / ohm, 1e-6);
  ck_assert_double_eq_tol(hv.fuse_J, half_J * hv.params.fuse_ohm / ohm, 1e-9);
  ck_assert_double_eq_tol(hv.contact_J, half_J * 2.0 * hv.params.contact_ohm / ohm, 1e-9);
  ck_assert_double_eq_tol(hv.pack_J, half_J * (2.0 - source.ohm / ohm), 1e-6);
}
END_TEST

START_TEST(resistor_beside_a_closed_contact_carries_its_share) {
  start_closed();
  hv_load_t load = {.current_A = 100.0};
  for (int i = 0; i < 25; i++) step(1, 1, 1, &load);
  double before_J = hv.precharge_J;
  step(1, 1, 1, &load);
  double contact_ohm = hv.params.contact_ohm;
  double share = contact_ohm / (2.0 * contact_ohm + hv.params.precharge_ohm);
  double aside_J = hv.params.precharge_ohm * share * share * 1e4 * 1e-3;
  ck_assert_double_eq_tol((hv.precharge_J - before_J) / aside_J, 1.0, 1e-6);
}
END_TEST

START_TEST(power_meets_its_quadratic) {
  static const double power_W[] = {50e3, -30e3, 100.0};
  for (int i = 0; i < 3; i++) {
    start_closed();
    hv_load_t load = {.power_W = power_W[i]};
    for (int k = 0; k < 20; k++) step_closed(&load);
    double before_J = hv.link_load_J;
    double current_A = step_closed(&load);
    ck_assert_double_eq_tol((370.0 - closed_ohm() * current_A) * current_A, power_W[i], 1e-6);
    ck_assert_double_eq_tol(hv.link_load_J - before_J, power_W[i] * 1e-3, 1e-9);
    ck_assert_uint_eq(hv.max_power_point_count, 0);
    ck_assert_double_eq_tol(hv.pack_V, 370.0 - 0.05 * current_A, 1e-9);
  }
}
END_TEST

START_TEST(impossible_power_becomes_the_maximum) {
  start_closed();
  hv.params.fuse_I2t_A2s = 1e12;
  hv_load_t load = {.power_W = 800e3};
  double current_A = 0.0;
  for (int i = 0; i < 20; i++) current_A = step_closed(&load);
  ck_assert_uint_ge(hv.max_power_point_count, 19);
  double most_W = 370.0 * 370.0 / (4.0 * closed_ohm());
  ck_assert_double_eq_tol(hv.link_mean_V * current_A / most_W, 1.0, 2e-3);
  hv.max_power_point_count = 0;
  load.power_W = 0.99 * most_W;
  for (int i = 0; i < 20; i++) step_closed(&load);
  ck_assert_uint_eq(hv.max_power_point_count, 0);
}
END_TEST

START_TEST(bounds_of_current_hold_within_the_tick) {
  start_closed();
  hv.params.fuse_I2t_A2s = 1e12;
  hv_load_t load = {
      .power_W = 50e3, .current_A = 20.0, .most_A = 250.0, .most_back_A = 150.0, .is_bounded = 1};
  step_closed(&load);
  ck_assert_double_eq_tol(hv.load_A * hv.link_mean_V, 50e3 + 20.0 * hv.link_mean_V, 1e-6);
  load.power_W = 90e3; /* 20 A and some 250 */
  step_closed(&load);
  ck_assert_double_eq_tol(hv.load_A, 250.0, 1e-12);
  load.power_W = 800e3; /* not to be had; the bound is what holds */
  step_closed(&load);
  ck_assert_double_eq_tol(hv.load_A, 250.0, 1e-12);
  ck_assert_uint_eq(hv.max_power_point_count, 0);
  load.power_W = -90e3;
  step_closed(&load);
  ck_assert_double_eq_tol(hv.load_A, -150.0, 1e-12);
  load.is_bounded = 0;
  step_closed(&load);
  ck_assert_double_lt(hv.load_A, -200.0);
}
END_TEST

START_TEST(open_link_empties_and_stays_within_bounds) {
  start_closed();
  for (int i = 0; i < 12; i++) step(0, 0, 0, &nothing);
  ck_assert_double_eq_tol(hv.link_V, 370.0, 1e-6);
  hv_load_t load = {.power_W = 500.0};
  for (int i = 0; i < 1000; i++) {
    ck_assert_double_eq_tol(step(0, 0, 0, &load), 0.0, 0.1e-9);
    ck_assert_double_ge(hv.link_V, -1e-9);
  }
  ck_assert_double_eq_tol(hv.link_V, 0.0, 1e-6);
  ck_assert_uint_eq(hv.max_power_point_count, 0);
  load = (hv_load_t){.current_A = 10.0};
  step(0, 0, 0, &load);
  ck_assert_double_eq_tol(hv.link_V, 0.0, 1e-6);
  load = (hv_load_t){.power_W = -40e3, .current_A = -5.0};
  for (int i = 0; i < 100; i++) step(0, 0, 0, &load);
  ck_assert_double_eq_tol(hv.link_V, 450.0, 0.1);
  hv.link_V = 460.0; // above the bound nothing is fed in, and nothing is taken out either
  step(0, 0, 0, &load);
  ck_assert_double_eq_tol(hv.link_V, 460.0, 1e-9);
}
END_TEST

START_TEST(link_discharges_through_its_resistors) {
  start_closed();
  hv.params.link_bleed_ohm = 100e3;
  hv_load_t load = {.active_discharge = 1};
  for (int i = 0; i < 11; i++) step(0, 0, 0, &nothing);
  double begin_V = hv.link_V;
  for (int i = 0; i < 1000; i++) step(0, 0, 0, &load);
  double siemens = 1.0 / 100e3 + 1.0 / hv.params.link_active_discharge_ohm;
  ck_assert_double_eq_tol(hv.link_V, begin_V * exp(-siemens / 1e-3), 1e-6);
}
END_TEST

START_TEST(charger_is_cc_then_cv) {
  start_closed();
  hv_load_t load = {.charger_current_A = 50.0, .charger_voltage_V = 380.0};
  for (int i = 0; i < 20; i++) step_closed(&load);
  ck_assert_double_eq_tol(hv.pack_A, -50.0, 1e-6);
  ck_assert_int_eq(hv.charger_is_in_cv, 0);
  load.charger_voltage_V = 371.0;
  for (int i = 0; i < 20; i++) step_closed(&load);
  ck_assert_double_eq_tol(hv.link_V, 371.0, 1e-9);
  ck_assert_double_eq_tol(hv.pack_A, -1.0 / closed_ohm(), 1e-4);
  ck_assert_int_eq(hv.charger_is_in_cv, 1);
  load.power_W = 2000.0; // the charger carries the load as well
  for (int i = 0; i < 20; i++) step_closed(&load);
  ck_assert_double_eq_tol(hv.link_V, 371.0, 1e-9);
  ck_assert_double_eq_tol(hv.charger_A, 1.0 / closed_ohm() + 2000.0 / 371.0, 1e-3);
  load.charger_voltage_V = 360.0; // below the string: it gives nothing and takes nothing
  for (int i = 0; i < 20; i++) step_closed(&load);
  ck_assert_double_eq_tol(hv.charger_A, 0.0, 1e-12);
  ck_assert_double_gt(hv.pack_A, 5.0);
}
END_TEST

START_TEST(charger_lifts_an_open_link_to_its_voltage) {
  start();
  hv_load_t load = {.charger_current_A = 10.0, .charger_voltage_V = 400.0};
  step(0, 0, 0, &load);
  ck_assert_double_eq_tol(hv.link_V, 10.0, 1e-9); // 10 A for 1 ms into 1 mF
  for (int i = 0; i < 100; i++) step(0, 0, 0, &load);
  ck_assert_double_eq_tol(hv.link_V, 400.0, 1e-9);
}
END_TEST

START_TEST(short_blows_the_fuse) {
  start_closed();
  hv_load_t load = {.short_ohm = 0.01};
  int ticks = 0;
  while (!hv.fuse_is_blown && ticks < 100) {
    step_closed(&load);
    ticks++;
  }
  double short_A = 370.0 / (closed_ohm() + 0.01);
  ck_assert_int_eq(ticks, (int)ceil(60e3 / (short_A * short_A - 350.0 * 350.0) / 1e-3));
  for (int i = 0; i < 5; i++) step_closed(&load);
  ck_assert_double_eq_tol(hv.pack_A, 0.0, 1e-12);
}
END_TEST

START_TEST(rated_current_does_not_blow_the_fuse) {
  start_closed();
  hv_load_t load = {.current_A = 349.0};
  for (int i = 0; i < 20000; i++) step_closed(&load);
  ck_assert_int_eq(hv.fuse_is_blown, 0);
  load.current_A = 700.0;
  for (int i = 0; i < 100; i++) step_closed(&load);
  double hot_A2s = hv.fuse_I2t_A2s;
  ck_assert_double_eq_tol(hot_A2s, 0.1 * (700.0 * 700.0 - 350.0 * 350.0), 200.0);
  load.current_A = 0.0;
  for (int i = 0; i < 100; i++) step_closed(&load);
  ck_assert_double_lt(hv.fuse_I2t_A2s, hot_A2s - 12e3); // cools
}
END_TEST

static hv_load_t random_load(rng_t *rng) {
  hv_load_t load = {0};
  if (rng_uniform(rng) < 0.6) load.power_W = 90e3 * (rng_uniform(rng) - 0.4);
  if (rng_uniform(rng) < 0.2) load.current_A = 100.0 * (rng_uniform(rng) - 0.3);
  if (rng_uniform(rng) < 0.2) load.conductance_S = 0.05 * rng_uniform(rng);
  if (rng_uniform(rng) < 0.3) load.charger_current_A = 100.0 * rng_uniform(rng);
  if (rng_uniform(rng) < 0.01) load.power_W = 900e3;
  if (rng_uniform(rng) < 0.01) load.short_ohm = 0.5;
  if (rng_uniform(rng) < 0.05) load.terminal_short_ohm = 0.2 + 50.0 * rng_uniform(rng);
  if (rng_uniform(rng) < 0.2) load.isolation_A = 2.0 * (rng_uniform(rng) - 0.5);
  if (rng_uniform(rng) < 0.3) load.charger_power_W = 10e3 * rng_uniform(rng);
  load.charger_voltage_V = 340.0 + 60.0 * rng_uniform(rng);
  load.active_discharge = rng_uniform(rng) < 0.1;
  return load;
}

static void check_ledger(uint32_t dt_us, const char *stream) {
  rng_t rng = rng_stream(3, stream);
  hv_params_t params = hv_params_soul_ev();
  params.fuse_I2t_A2s = 1e9;
  params.make_weld_V = params.arc_weld_A = 0.0;
  params.precharge_burn_K = 1e9;
  hv_init(&hv, &params);
  double moved_J = 0.0;
  double coil_V[PINS_COIL_COUNT] = {0};
  for (int i = 0; i < 30000; i++) {
    if (i % (50 + (int)(60000 / dt_us)) == 0)
      for (int k = 0; k < 3; k++) coil_V[k] = rng_uniform(&rng) < 0.7 ? 12.0 : 0.0;
    if (i == 15000) hv.fault[PINS_COIL_MAIN_POS] = HV_CONTACT_WELDED;
    if (i % 500 == 0) {
      hv.fuse_is_open = rng_uniform(&rng) < 0.1;
      hv.string_is_open = rng_uniform(&rng) < 0.1;
      hv.precharge_is_open = rng_uniform(&rng) < 0.1;
    }
    hv_load_t load = random_load(&rng);
    pack_source_t now = {.emf_V = 300.0 + 100.0 * rng_uniform(&rng), .ohm = 0.05};
    double before_J = hv.pack_J;
    (void)hv_step(&hv, now, coil_V, &load, dt_us);
    moved_J += fabs(hv.pack_J - before_J);
    ck_assert(isfinite(hv.link_V) && hv.link_V > -1e-6);
  }
  double stored_J = 0.5 * hv.params.link_F * hv.link_V * hv.link_V;
  double out_J = hv.link_load_J - hv.charger_J + hv.loss_J + stored_J;
  ck_assert_double_gt(moved_J, 1e3);
  ck_assert_double_lt(fabs(hv.pack_J - out_J), 1e-9 * moved_J);
  double parts_J = hv.precharge_J + hv.fuse_J + hv.contact_J + hv.bleed_J + hv.short_J;
  parts_J += hv.isolation_J;
  ck_assert_double_eq_tol(parts_J / hv.loss_J, 1.0, 1e-9);
  ck_assert_double_gt(hv.precharge_J, 1.0);
  ck_assert_double_gt(hv.charger_J, 1.0);
  ck_assert_uint_gt(hv.max_power_point_count, 0);
}

START_TEST(ledger_closes_over_a_random_load) {
  check_ledger(1000, "ms");
  check_ledger(100, "short");
  check_ledger(20000, "long");
}
END_TEST

/* Beside a path that keeps nothing from tick to tick; link, resistance and length of tick vary. */
START_TEST(what_is_kept_is_what_would_be_found_anew) {
  rng_t rng = rng_stream(8, "kept");
  hv_params_t params = hv_params_soul_ev();
  params.fuse_I2t_A2s = 1e9;
  hv_init(&hv, &params);
  hv_t fresh = hv;
  double on_V[PINS_COIL_COUNT] = {12.0, 12.0, 12.0, 0.0};
  for (int i = 0; i < 20000; i++) {
    double draw = rng_uniform(&rng);
    hv_load_t load = draw < 0.3 ? random_load(&rng) : nothing;
    if (draw > 0.99) hv.params.link_F = fresh.params.link_F = 1e-3 * rng_uniform(&rng);
    if (draw > 0.60 && draw < 0.605)
      hv.params.contact_ohm = fresh.params.contact_ohm = 1e-3 * rng_uniform(&rng);
    if (draw > 0.61 && draw < 0.615)
      hv.params.precharge_ohm = fresh.params.precharge_ohm = 10.0 + 50.0 * rng_uniform(&rng);
    if (i % 500 == 250) hv.precharge_is_open = fresh.precharge_is_open = (uint8_t)(draw < 0.5);
    if (i % 700 == 350) hv.fuse_is_open = fresh.fuse_is_open = (uint8_t)(draw < 0.3);
    on_V[PINS_COIL_MAIN_POS] = i % 900 < 600 ? 12.0 : 0.0;
    on_V[PINS_COIL_MAIN_NEG] = i % 1300 < 1100 ? 12.0 : 0.0;
    pack_source_t now = {.emf_V = 300.0, .ohm = draw > 0.97 ? 0.06 : 0.05};
    uint32_t dt_us = draw > 0.5 && draw < 0.55 ? 100 : 1000;
    memset(&fresh.kept, 0, sizeof fresh.kept);
    memset(&fresh.kept_path, 0, sizeof fresh.kept_path);
    double left_A = hv_step(&hv, now, on_V, &load, dt_us);
    double right_A = hv_step(&fresh, now, on_V, &load, dt_us);
    ck_assert_int_eq(memcmp(&left_A, &right_A, sizeof left_A), 0);
    ck_assert_int_eq(memcmp(&hv, &fresh, offsetof(hv_t, kept)), 0);
  }
}
END_TEST

START_TEST(no_time_changes_nothing) {
  start_closed();
  hv_t before = hv;
  double coil_V[PINS_COIL_COUNT] = {0};
  ck_assert_double_eq_tol(hv_step(&hv, source, coil_V, &nothing, 0), 0.0, 1e-15);
  ck_assert_int_eq(memcmp(&before, &hv, sizeof hv), 0);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("hv");
  TCase *tests = tcase_create("hv");
  tcase_add_test(tests, contactor_pulls_in_bounces_and_drops);
  tcase_add_test(tests, coil_voltage_has_hysteresis);
  tcase_add_test(tests, weld_and_stuck_open_beat_the_coil);
  tcase_add_test(tests, precharge_curve_and_energies);
  tcase_add_test(tests, resistor_beside_a_closed_contact_carries_its_share);
  tcase_add_test(tests, power_meets_its_quadratic);
  tcase_add_test(tests, impossible_power_becomes_the_maximum);
  tcase_add_test(tests, bounds_of_current_hold_within_the_tick);
  tcase_add_test(tests, open_link_empties_and_stays_within_bounds);
  tcase_add_test(tests, link_discharges_through_its_resistors);
  tcase_add_test(tests, charger_is_cc_then_cv);
  tcase_add_test(tests, charger_lifts_an_open_link_to_its_voltage);
  tcase_add_test(tests, short_blows_the_fuse);
  tcase_add_test(tests, rated_current_does_not_blow_the_fuse);
  tcase_add_test(tests, ledger_closes_over_a_random_load);
  tcase_add_test(tests, what_is_kept_is_what_would_be_found_anew);
  tcase_add_test(tests, no_time_changes_nothing);
  suite_add_tcase(suite, tests);
  return suite;
}
