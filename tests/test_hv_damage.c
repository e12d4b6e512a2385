/// What breaks in the high-voltage path: welds, burnt resistor, shorts, plug, fuse, coils, aux.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../sim/hv.h"

static const pack_source_t source = {.emf_V = 370.0, .ohm = 0.05};
static hv_load_t load;
static hv_t hv;
static hv_params_t params;

static void setup(void) {
  params = hv_params_soul_ev();
  params.link_bleed_ohm = 0.0;
  params.bounce_s = 0.0;
  hv_init(&hv, &params);
  memset(&load, 0, sizeof load);
}

static void step(int pos, int neg, int pre, int ticks) {
  double coil_V[PINS_COIL_COUNT] = {pos ? 12.0 : 0.0, neg ? 12.0 : 0.0, pre ? 12.0 : 0.0, 0.0};
  for (int i = 0; i < ticks; i++) (void)hv_step(&hv, source, coil_V, &load, 1000);
}

/// As a BMS does it: nothing is left to weld.
static void close_gently(void) {
  step(0, 1, 1, 500);
  step(1, 1, 0, 50);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 1);
}

static void open_under(double current_A) {
  load.current_A = current_A;
  step(1, 1, 0, 50);
  step(0, 0, 0, 12);
  load.current_A = 0.0;
  step(0, 0, 0, 5);
}

START_TEST(a_normal_closing_harms_nothing) {
  close_gently();
  open_under(199.0);
  for (uint32_t i = 0; i < 3; i++) {
    ck_assert_double_eq(hv.contact_wear[i], 0.0);
    ck_assert_uint_eq(hv.contact_is_welded[i], 0);
    ck_assert_uint_eq(hv.contact_is_closed[i], 0);
  }
}
END_TEST

/// Wear is the square of current over 1000 A; both main contacts carry it.
START_TEST(arcs_wear_and_then_weld) {
  for (int opening = 1; opening <= 3; opening++) {
    step(0, 1, 0, 25);
    hv.link_V = 370.0;
    close_gently();
    open_under(600.0);
    ck_assert_uint_eq(hv.arc_count[PINS_COIL_MAIN_POS], (uint32_t)opening);
    ck_assert_double_eq_tol(hv.contact_wear[PINS_COIL_MAIN_POS], 0.36 * opening, 1e-3);
    ck_assert_double_eq_tol(hv.contact_wear[PINS_COIL_MAIN_NEG], 0.36 * opening, 1e-3);
    ck_assert_uint_eq(hv.contact_is_welded[PINS_COIL_MAIN_POS], opening == 3);
    ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_NEG], opening == 3);
  }
  ck_assert_double_eq(hv.contact_wear[PINS_COIL_PRECHARGE], 0.0);
  load.current_A = 50.0; /* it goes on through the welds */
  step(0, 0, 0, 20);
  ck_assert_double_eq_tol(hv.pack_A, 50.0, 1e-6);
  ck_assert_uint_eq(hv.aux_is_closed[PINS_COIL_MAIN_POS], 1);
}
END_TEST

START_TEST(a_great_arc_welds_at_once) {
  for (int regenerates = 0; regenerates <= 1; regenerates++) {
    setup();
    close_gently();
    open_under(999.0);
    ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 0);
    setup();
    close_gently();
    open_under(regenerates ? -1001.0 : 1001.0);
    ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 1);
    ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_NEG], 1);
  }
}
END_TEST

/// The last contact to complete the circuit takes the inrush.
START_TEST(inrush_welds_above_its_voltage) {
  static const double missing_V[] = {59.0, 61.0, -59.0, -61.0};
  for (int i = 0; i < 4; i++) {
    setup();
    step(0, 1, 0, 30);
    hv.link_V = 370.0 - missing_V[i];
    step(1, 1, 0, 25);
    ck_assert_double_eq_tol(hv.link_V, 370.0, 1e-3);
    step(0, 0, 0, 12);
    ck_assert_int_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], i % 2);
    ck_assert_uint_eq(hv.contact_is_welded[PINS_COIL_MAIN_NEG], 0);
  }
  setup();
  step(1, 0, 1, 30); /* main negative is the last one */
  step(1, 1, 1, 25);
  step(0, 0, 0, 12);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 0);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_NEG], 1);
}
END_TEST

START_TEST(nothing_to_bridge_welds_nothing) {
  hv.fuse_is_open = 1;
  step(1, 1, 0, 30);
  step(0, 0, 0, 12);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 0);
  setup();
  step(0, 1, 0, 30);
  hv.fault[PINS_COIL_MAIN_POS] = HV_CONTACT_WELDED; /* of a script: it heals with the script */
  step(0, 1, 0, 1);
  ck_assert_double_gt(hv.link_V, 300.0);
  ck_assert_uint_eq(hv.contact_is_welded[PINS_COIL_MAIN_POS], 0);
  setup();
  hv.fault[PINS_COIL_MAIN_POS] = HV_CONTACT_WELDED;
  step(0, 1, 0, 30); /* but the contact that then meets an empty link does not */
  ck_assert_uint_eq(hv.contact_is_welded[PINS_COIL_MAIN_NEG], 1);
}
END_TEST

/// One charging of the link leaves half of C U^2, less the share of the other resistances.
START_TEST(the_resistor_takes_half_of_the_link) {
  step(0, 1, 1, 2000);
  double ohm = source.ohm + params.fuse_ohm + 2.0 * params.contact_ohm + params.precharge_ohm;
  double heat_J = 0.5 * params.link_F * 370.0 * 370.0 * params.precharge_ohm / ohm;
  ck_assert_double_eq_tol(hv.precharge_J, heat_J, 1e-9 * heat_J);
  double fresh_K = heat_J / params.precharge_J_per_K;
  ck_assert_double_eq_tol(hv.precharge_K, fresh_K * exp(-1.94 / 120.0), 1e-3 * fresh_K);
  double before_K = hv.precharge_K;
  step(0, 0, 0, 60000);
  ck_assert_double_eq_tol(hv.precharge_K, before_K * exp(-60.0 / 120.0), 1e-5 * before_K);
  ck_assert_uint_eq(hv.precharge_is_burnt, 0);
}
END_TEST

START_TEST(the_resistor_burns_out_on_a_shorted_link) {
  load.short_ohm = 0.001;
  step(0, 1, 1, 22);
  double ohm = source.ohm + params.fuse_ohm + 2.0 * params.contact_ohm + params.precharge_ohm;
  double watt = 370.0 * 370.0 / ((ohm + 0.001) * (ohm + 0.001)) * params.precharge_ohm;
  double steady_K = watt * params.precharge_cool_s / params.precharge_J_per_K;
  double begin_K = hv.precharge_K;
  step(0, 1, 1, 500);
  ck_assert_double_eq_tol(hv.precharge_K, steady_K + (begin_K - steady_K) * exp(-0.5 / 120.0),
                          1e-6 * steady_K);
  double burns_s = -120.0 * log((steady_K - 250.0) / (steady_K - hv.precharge_K));
  int ticks = 0;
  for (; !hv.precharge_is_burnt && ticks < 10000; ticks++) step(0, 1, 1, 1);
  ck_assert_int_eq(ticks, (int)ceil(burns_s / 1e-3));
  step(0, 1, 1, 2);
  ck_assert_double_eq_tol(hv.pack_A, 0.0, 1e-12);
  ck_assert_int_eq(hv_link_is_joined(&hv, 1), 0);
  load.short_ohm = 0.0;
  step(0, 1, 1, 300000); /* cold again, but gone */
  ck_assert_double_eq_tol(hv.link_V, 0.0, 1e-9);
}
END_TEST

START_TEST(a_short_before_the_contactors_is_a_divider) {
  hv.params.fuse_I2t_A2s = 1e12;
  load.terminal_short_ohm = 0.5;
  step(0, 0, 0, 1);
  double ohm = source.ohm + params.fuse_ohm + 0.5;
  ck_assert_double_eq_tol(hv.pack_A, 370.0 / ohm, 1e-9);
  ck_assert_double_eq_tol(hv.pack_V, 370.0 - 0.05 * 370.0 / ohm, 1e-9);
  ck_assert_double_eq_tol(hv.short_J, 370.0 * 370.0 / (ohm * ohm) * 0.5 * 1e-3, 1e-9);
  ck_assert_double_eq_tol(hv.fuse_I2t_A2s, (370.0 * 370.0 / (ohm * ohm) - 350.0 * 350.0) * 1e-3,
                          1e-6);
  step(0, 1, 1, 2000); /* behind it the link sees the divided voltage */
  ck_assert_double_eq_tol(hv.link_V, 370.0 * 0.5 / ohm, 1e-6);
  load.current_A = 20.0;
  step(1, 1, 0, 60);
  double inner_ohm = (source.ohm + params.fuse_ohm) * 0.5 / ohm;
  ck_assert_double_eq_tol(hv.pack_A, (370.0 + 0.5 * 20.0) / ohm, 1e-6);
  ck_assert_double_eq_tol(hv.link_V,
                          370.0 * 0.5 / ohm - 20.0 * (inner_ohm + 2.0 * params.contact_ohm), 1e-6);
}
END_TEST

START_TEST(a_short_blows_the_fuse_and_empties_the_link) {
  close_gently();
  load.terminal_short_ohm = 2.0;
  hv.fuse_is_blown = 1;
  double begin_V = hv.link_V;
  step(1, 1, 0, 3);
  double ohm = 2.0 + 2.0 * params.contact_ohm;
  ck_assert_double_eq_tol(hv.link_V, begin_V * exp(-3e-3 / (ohm * params.link_F)), 1e-6);
  ck_assert_double_eq_tol(hv.pack_A, 0.0, 1e-12);
  setup();
  load.terminal_short_ohm = 0.01;
  int ticks = 0;
  for (; !hv.fuse_is_blown && ticks < 100; ticks++) step(0, 0, 0, 1);
  double short_A = 370.0 / (source.ohm + params.fuse_ohm + 0.01);
  ck_assert_int_eq(ticks, (int)ceil(60e3 / (short_A * short_A - 350.0 * 350.0) / 1e-3));
  step(0, 0, 0, 1);
  ck_assert_double_eq_tol(hv.pack_V, 370.0, 1e-9); /* measured before the fuse */
}
END_TEST

START_TEST(without_fuse_or_plug_nothing_flows) {
  for (int plug = 0; plug <= 1; plug++) {
    setup();
    close_gently();
    hv.fuse_is_open = (uint8_t)!plug;
    hv.string_is_open = (uint8_t)plug;
    load.current_A = 100.0;
    step(1, 1, 0, 1);
    ck_assert_double_eq_tol(hv.pack_A, 0.0, 1e-12);
    ck_assert_double_eq_tol(hv.link_V, 370.0 - 100.0, 1e-3); /* 1 ms out of 1 mF */
    ck_assert_double_eq_tol(hv.pack_V, plug ? 320.0 : 370.0, 1e-3);
    load.current_A = 0.0;
    step(0, 0, 0, 12);
    ck_assert_double_eq_tol(hv.pack_V, plug ? 0.0 : 370.0, 1e-9);
    load.terminal_short_ohm = 1.0;
    step(0, 0, 0, 1);
    ck_assert_double_eq_tol(hv.pack_V, plug ? 0.0 : 370.0, 1e-9);
    step(1, 1, 0, 21);
    if (plug) {
      double away_A = hv.contact_A[PINS_COIL_MAIN_NEG];
      ck_assert_double_lt(away_A, -100.0);
      ck_assert_double_eq_tol(hv.pack_V, -away_A, 1e-9);
    }
  }
}
END_TEST

START_TEST(coils_and_aux_contacts_break_by_themselves) {
  hv.coil_is_open[PINS_COIL_MAIN_NEG] = 1;
  hv.aux_fault[PINS_COIL_MAIN_POS] = HV_AUX_STUCK_OPEN;
  hv.aux_fault[PINS_COIL_PRECHARGE] = HV_AUX_STUCK_CLOSED;
  step(1, 1, 0, 30);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_NEG], 0);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 1);
  ck_assert_uint_eq(hv.aux_is_closed[PINS_COIL_MAIN_POS], 0);
  ck_assert_uint_eq(hv.aux_is_closed[PINS_COIL_PRECHARGE], 1);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_PRECHARGE], 0);
  memset(hv.aux_fault, 0, sizeof hv.aux_fault);
  step(1, 1, 0, 1);
  ck_assert_uint_eq(hv.aux_is_closed[PINS_COIL_MAIN_POS], 1);
  ck_assert_uint_eq(hv.aux_is_closed[PINS_COIL_PRECHARGE], 0);
  hv.coil_is_open[PINS_COIL_MAIN_POS] = 1; /* it breaks under current: the contact drops out */
  step(1, 1, 0, 12);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_MAIN_POS], 0);
  hv.precharge_is_open = 1;
  memset(hv.coil_is_open, 0, sizeof hv.coil_is_open);
  step(0, 1, 1, 100);
  ck_assert_uint_eq(hv.contact_is_closed[PINS_COIL_PRECHARGE], 1);
  ck_assert_double_eq_tol(hv.link_V, 0.0, 1e-9);
  ck_assert_int_eq(hv_link_is_joined(&hv, 1), 0);
  ck_assert_int_eq(hv_link_is_joined(&hv, 0), 1);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("hv_damage");
  TCase *tests = tcase_create("damage");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, a_normal_closing_harms_nothing);
  tcase_add_test(tests, arcs_wear_and_then_weld);
  tcase_add_test(tests, a_great_arc_welds_at_once);
  tcase_add_test(tests, inrush_welds_above_its_voltage);
  tcase_add_test(tests, nothing_to_bridge_welds_nothing);
  tcase_add_test(tests, the_resistor_takes_half_of_the_link);
  tcase_add_test(tests, the_resistor_burns_out_on_a_shorted_link);
  tcase_add_test(tests, a_short_before_the_contactors_is_a_divider);
  tcase_add_test(tests, a_short_blows_the_fuse_and_empties_the_link);
  tcase_add_test(tests, without_fuse_or_plug_nothing_flows);
  tcase_add_test(tests, coils_and_aux_contacts_break_by_themselves);
  suite_add_tcase(suite, tests);
  return suite;
}
