/// Isolation: the chassis against closed forms, its charge and energy, what the dividers measure.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../ecu_model/gen/pinout.h"
#include "../sim/isolation.h"
#include "../sim/rng.h"

static isolation_t isolation;
static isolation_in_t in;
static double wire_source_V[PINS_WIRE_COUNT];

/// 360 V, every tap at its share, no leak but those that a test sets.
static void setup(void) {
  isolation_params_t params = isolation_params_soul_ev();
  memset(params.leak_ohm, 0, sizeof params.leak_ohm);
  isolation_init(&isolation, &params);
  memset(&in, 0, sizeof in);
  in.pack_V = 360.0;
  in.wire_source_V = wire_source_V;
  for (uint32_t tap = 0; tap < PINS_TAP_COUNT; tap++)
    wire_source_V[isolation_tap_wire(tap)] = 3.75 * isolation_tap_groups(tap);
}

static void set_poles(double pos_ohm, double neg_ohm) {
  isolation_set_leak(&isolation, ISOLATION_PACK_POS, pos_ohm);
  isolation_set_leak(&isolation, ISOLATION_PACK_NEG, neg_ohm);
}

static void run(uint32_t ticks) {
  for (uint32_t i = 0; i < ticks; i++) isolation_step(&isolation, &in, 1000);
}

START_TEST(taps_are_where_the_pinout_has_them) {
  uint32_t tap = 0;
  for (uint32_t m = 0; m < PINS_MODULE_COUNT; m++) {
    for (uint32_t t = 0; t <= pinout_module[m].group_count; t++, tap++) {
      const pinout_wire_t *wire = &pinout_wire[isolation_tap_wire(tap)];
      ck_assert_uint_eq(wire->module, m + 1);
      ck_assert_uint_eq(wire->tap, t);
      if (wire->pair_wire != PINOUT_NONE) ck_assert_uint_eq(wire->section, 0);
      ck_assert_uint_eq(isolation_tap_groups(tap), pinout_module[m].first_group + t);
    }
  }
  ck_assert_uint_eq(tap, PINS_TAP_COUNT);
}
END_TEST

START_TEST(it_begins_at_rest) {
  set_poles(1e6, 3e6);
  run(1);
  ck_assert_double_eq_tol(isolation.chassis_V, 360.0 * 3.0 / 4.0, 1e-9);
  ck_assert_double_eq_tol(isolation.plus_A, 360.0 / 4e6, 1e-15);
  ck_assert_double_eq_tol(isolation.minus_A, -360.0 / 4e6, 1e-15);
  ck_assert_double_eq_tol(isolation.heat_J, 360.0 * 360.0 / 4e6 * 1e-3, 1e-12);
}
END_TEST

/// tau is all capacitors times all resistors, whatever the tick.
START_TEST(a_divider_pulls_with_its_time_constant) {
  set_poles(1e6, 3e6);
  run(1);
  in.switch_is_on[ISOLATION_NEG] = 1;
  double S = 1.0 / 1e6 + 1.0 / 3e6 + 1.0 / 2e6, rest_V = 360.0 / 1e6 / S;
  for (int ms = 1; ms <= 5000; ms++) {
    run(1);
    double expected_V = rest_V + (270.0 - rest_V) * exp(-1e-3 * ms * S / 1e-6);
    ck_assert_double_eq_tol(isolation.chassis_V, expected_V, 1e-9);
    ck_assert_double_eq_tol(isolation.divider_V[ISOLATION_NEG], expected_V, 1e-9);
  }
  ck_assert_double_eq(isolation.divider_V[ISOLATION_POS], 0.0);
}
END_TEST

START_TEST(one_long_tick_is_many_short_ones) {
  set_poles(40e3, 2e3); /* 1.9 ms */
  run(1);
  isolation_set_tap(&isolation, 70, 5e3);
  isolation_t other = isolation;
  double charge_As = 0.0;
  for (int i = 0; i < 200; i++) {
    isolation_step(&other, &in, 100);
    charge_As += 1e-4 * other.tap_A[70];
  }
  isolation_step(&isolation, &in, 20000);
  ck_assert_double_eq_tol(isolation.chassis_V, other.chassis_V, 1e-9);
  ck_assert_double_eq_tol(isolation.tap_A[70] * 0.02, charge_As, 1e-12);
  ck_assert_double_eq_tol(isolation.heat_J, other.heat_J, 1e-9);
}
END_TEST

/// Milliseconds are long against 100 ohm and 1 uF: rest within the tick.
START_TEST(a_dead_tap_holds_the_chassis) {
  set_poles(5e6, 5e6);
  run(1);
  isolation_set_tap(&isolation, 50, 100.0);
  run(5);
  double tap_V = 3.75 * isolation_tap_groups(50);
  double through_A = (360.0 - tap_V) / 5e6 - tap_V / 5e6;
  ck_assert_double_eq_tol(isolation.chassis_V, tap_V + 100.0 * through_A, 1e-4);
  ck_assert_double_eq_tol(isolation.tap_A[50], -through_A, 1e-9);
  isolation_set_tap(&isolation, 50, 0.0);
  ck_assert_uint_eq(isolation.tap_count, 0);
  ck_assert_double_eq(isolation.tap_A[50], 0.0);
  run(20000);
  ck_assert_double_eq_tol(isolation.chassis_V, 180.0, 1e-2);
}
END_TEST

START_TEST(a_step_of_the_pack_divides_over_the_capacitors) {
  isolation_set_y(&isolation, ISOLATION_POS, 0.3e-6);
  isolation_set_y(&isolation, ISOLATION_NEG, 0.6e-6);
  run(1);
  ck_assert_double_eq_tol(isolation.chassis_V, 180.0, 1e-12); /* nothing decides: the middle */
  in.pack_V = 330.0;
  run(1);
  ck_assert_double_eq_tol(isolation.chassis_V, 180.0 - 30.0 / 3.0, 1e-12);
  ck_assert_double_eq_tol(isolation.plus_A, -30.0 * 0.2e-6 / 1e-3, 1e-15);
  ck_assert_double_eq_tol(isolation.minus_A, 30.0 * 0.2e-6 / 1e-3, 1e-15);
}
END_TEST

START_TEST(link_leaks_count_through_closed_contacts) {
  set_poles(5e6, 5e6);
  isolation_set_leak(&isolation, ISOLATION_LINK_POS, 1e6);
  isolation_set_leak(&isolation, ISOLATION_LINK_NEG, 1e5);
  in.link_V = 300.0;
  run(1);
  ck_assert_double_eq_tol(isolation_ohm(&isolation), 2.5e6, 1e-3);
  ck_assert_double_eq_tol(isolation.link_A, 300.0 / 1.1e6, 1e-12); /* into itself */
  in.link_neg_is_joined = 1;
  run(5000);
  double S = 2.0 / 5e6 + 1.0 / 1e6 + 1.0 / 1e5;
  double rest_V = (360.0 / 5e6 + 300.0 / 1e6) / S;
  ck_assert_double_eq_tol(isolation.chassis_V, rest_V, 1e-6);
  ck_assert_double_eq_tol(isolation.link_A, (300.0 - rest_V) / 1e6, 1e-12);
  ck_assert_double_eq_tol(isolation.plus_A, (360.0 - rest_V) / 5e6, 1e-12);
  ck_assert_double_eq_tol(isolation.minus_A, -rest_V / 5e6 - rest_V / 1e5, 1e-11);
  ck_assert_double_eq_tol(isolation_ohm(&isolation), 1.0 / S, 1e-6);
  in.link_neg_is_joined = 0;
  in.link_pos_is_joined = 1; /* link minus hangs 300 V below pack plus */
  run(5000);
  rest_V = (360.0 / 5e6 + 360.0 / 1e6 + 60.0 / 1e5) / S;
  ck_assert_double_eq_tol(isolation.chassis_V, rest_V, 1e-6);
  ck_assert_double_eq_tol(isolation.link_A, -(60.0 - rest_V) / 1e5, 1e-11);
}
END_TEST

static void shake(rng_t *rng) {
  in.pack_V = 330.0 + 60.0 * rng_uniform(rng);
  in.link_V = 390.0 * rng_uniform(rng);
  if (rng_uniform(rng) < 0.1) in.link_pos_is_joined = rng_uniform(rng) < 0.5;
  if (rng_uniform(rng) < 0.1) in.link_neg_is_joined = rng_uniform(rng) < 0.5;
  if (rng_uniform(rng) < 0.1) in.switch_is_on[ISOLATION_POS] = rng_uniform(rng) < 0.5;
  if (rng_uniform(rng) < 0.1) in.switch_is_on[ISOLATION_NEG] = rng_uniform(rng) < 0.5;
  for (uint32_t i = 0; i < 4; i++)
    if (rng_uniform(rng) < 0.02)
      isolation_set_leak(&isolation, (isolation_pole_t)i, exp(5.0 + 14.0 * rng_uniform(rng)));
  if (rng_uniform(rng) < 0.05) {
    uint32_t tap = (uint32_t)(rng_uniform(rng) * PINS_TAP_COUNT);
    isolation_set_tap(&isolation, tap,
                      rng_uniform(rng) < 0.5 ? 0.0 : 100.0 + 1e6 * rng_uniform(rng));
  }
}

/// All that flows into the chassis comes out again; what flows in under voltage is heat or stored.
START_TEST(charge_and_energy_close_over_random_steps) {
  rng_t rng = rng_stream(5, "isolation");
  double moved_J = 0.0, in_J = 0.0, first_J = 0.0;
  set_poles(1e6, 1e6);
  for (int i = 0; i < 20000; i++) {
    shake(&rng);
    isolation_step(&isolation, &in, 1000);
    int is_into_chassis = in.link_neg_is_joined;
    double sum_A = isolation.plus_A + isolation.minus_A;
    double most_A = fabs(isolation.plus_A) + fabs(isolation.minus_A) + 1e-6;
    double power_W = isolation.plus_A * in.pack_V + isolation.link_A * in.link_V;
    if (is_into_chassis) sum_A += isolation.link_A;
    for (uint32_t tap = 0; tap < PINS_TAP_COUNT; tap++) {
      sum_A += isolation.tap_A[tap];
      most_A += fabs(isolation.tap_A[tap]);
      power_W += isolation.tap_A[tap] * wire_source_V[isolation_tap_wire(tap)];
    }
    ck_assert_double_lt(fabs(sum_A), 1e-11 * most_A);
    double plus_V = in.pack_V - isolation.chassis_V, minus_V = isolation.chassis_V;
    double stored_J = 0.25e-6 * (plus_V * plus_V + minus_V * minus_V);
    if (i == 0) first_J = stored_J - power_W * 1e-3 + isolation.heat_J;
    in_J += power_W * 1e-3;
    moved_J += fabs(power_W) * 1e-3;
    ck_assert_double_eq_tol(in_J + first_J, isolation.heat_J + stored_J, 1e-9 * (moved_J + 1.0));
    ck_assert(isolation.chassis_V > -400.0 && isolation.chassis_V < 800.0);
  }
  ck_assert_double_gt(moved_J, 100.0);
}
END_TEST

/// What a 12 bit converter with 5 V for 500 V makes of a divider.
static double read_V(uint32_t side) {
  return floor(isolation.divider_V[side] / 100.0 * 4095.0 / 5.0 + 0.5) * 500.0 / 4095.0;
}

/// From x (positive divider on alone) and y (negative one on alone) follow both resistances.
static void measure(double *pos_ohm, double *neg_ohm, int is_coded) {
  const double divider_S = isolation.divider_S;
  in.switch_is_on[ISOLATION_POS] = 1;
  in.switch_is_on[ISOLATION_NEG] = 0;
  run(20000);
  double x = is_coded ? read_V(ISOLATION_POS) : isolation.divider_V[ISOLATION_POS];
  in.switch_is_on[ISOLATION_POS] = 0;
  in.switch_is_on[ISOLATION_NEG] = 1;
  run(20000);
  double y = is_coded ? read_V(ISOLATION_NEG) : isolation.divider_V[ISOLATION_NEG];
  in.switch_is_on[ISOLATION_NEG] = 0;
  /* x (P + D) = (V - x) N and y (N + D) = (V - y) P */
  double missing_V = in.pack_V - x - y;
  *pos_ohm = missing_V / (divider_S * y);
  *neg_ohm = missing_V / (divider_S * x);
}

START_TEST(two_readings_give_both_resistances) {
  static const double pos_ohm[] = {5e6, 1e5, 3e5, 2e6, 5e4};
  static const double neg_ohm[] = {5e6, 5e6, 2e5, 1e4, 5e4};
  double pos, neg;
  for (int i = 0; i < 5; i++) {
    set_poles(pos_ohm[i], neg_ohm[i]);
    measure(&pos, &neg, 0);
    ck_assert_double_eq_tol(pos / pos_ohm[i], 1.0, 1e-3); /* settled for 20 s: e^-20 and less */
    ck_assert_double_eq_tol(neg / neg_ohm[i], 1.0, 1e-3);
    measure(&pos, &neg, 1);
    /* half a code is 61 mV: of the smaller reading, and of what both leave of 360 V */
    ck_assert_double_eq_tol(1.0 / (1.0 / pos + 1.0 / neg) * (1.0 / pos_ohm[i] + 1.0 / neg_ohm[i]),
                            1.0, 0.02);
  }
}
END_TEST

/// A leak at a tap shows at both poles, in the ratio of its height; so says the truth.
START_TEST(a_tap_leak_is_measured_at_both_poles) {
  double pos, neg;
  set_poles(5e6, 5e6);
  isolation_set_tap(&isolation, 30, 2e5);
  double share = isolation_tap_groups(30) / 96.0;
  measure(&pos, &neg, 0);
  ck_assert_double_eq_tol(1.0 / pos, 1.0 / 5e6 + share / 2e5, 1e-11);
  ck_assert_double_eq_tol(1.0 / neg, 1.0 / 5e6 + (1.0 - share) / 2e5, 1e-11);
  ck_assert_double_eq_tol(isolation_side_ohm(&isolation, ISOLATION_POS) / pos, 1.0, 1e-4);
  ck_assert_double_eq_tol(isolation_side_ohm(&isolation, ISOLATION_NEG) / neg, 1.0, 1e-4);
  ck_assert_double_eq_tol(isolation_ohm(&isolation) * (1.0 / 2e5 + 2.0 / 5e6), 1.0, 1e-12);
}
END_TEST

/// A wire at the voltage v behind g is a tap at v that leaks g, but for its heat.
START_TEST(leaking_wires_act_like_taps) {
  set_poles(5e6, 4e6);
  isolation_t other = isolation;
  isolation_set_tap(&other, 40, 1e5);
  isolation_in_t wire = in;
  wire.wire_S = 1e-5;
  wire.wire_A = 1e-5 * wire_source_V[isolation_tap_wire(40)];
  for (int i = 0; i < 100; i++) {
    wire.switch_is_on[0] = in.switch_is_on[0] = i > 10;
    isolation_step(&isolation, &wire, 1000);
    isolation_step(&other, &in, 1000);
  }
  ck_assert_double_eq_tol(isolation.chassis_V, other.chassis_V, 1e-9);
  ck_assert_double_eq_tol(isolation.wire_A, other.tap_A[40], 1e-12);
  ck_assert_double_eq_tol(isolation_ohm(&isolation), isolation_ohm(&other), 1e-3);
  for (uint32_t i = 0; i < 2; i++)
    ck_assert_double_eq_tol(isolation_side_ohm(&isolation, i), isolation_side_ohm(&other, i), 1e-3);
}
END_TEST

START_TEST(no_leak_and_no_time_are_harmless) {
  isolation_step(&isolation, &in, 0);
  ck_assert_uint_eq(isolation.is_started, 0);
  run(1000);
  ck_assert_double_eq_tol(isolation.chassis_V, 180.0, 1e-12);
  ck_assert_double_ge(isolation_ohm(&isolation), 1e11);
  for (uint32_t i = 0; i < 2; i++) isolation_set_y(&isolation, i, 0.0);
  set_poles(1e6, 1e6);
  in.pack_V = 300.0;
  run(2);
  ck_assert_double_eq_tol(isolation.chassis_V, 150.0, 1e-9);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("isolation");
  TCase *tests = tcase_create("chassis");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_test(tests, taps_are_where_the_pinout_has_them);
  tcase_add_test(tests, it_begins_at_rest);
  tcase_add_test(tests, a_divider_pulls_with_its_time_constant);
  tcase_add_test(tests, one_long_tick_is_many_short_ones);
  tcase_add_test(tests, a_dead_tap_holds_the_chassis);
  tcase_add_test(tests, a_step_of_the_pack_divides_over_the_capacitors);
  tcase_add_test(tests, link_leaks_count_through_closed_contacts);
  tcase_add_test(tests, charge_and_energy_close_over_random_steps);
  tcase_add_test(tests, two_readings_give_both_resistances);
  tcase_add_test(tests, a_tap_leak_is_measured_at_both_poles);
  tcase_add_test(tests, leaking_wires_act_like_taps);
  tcase_add_test(tests, no_leak_and_no_time_are_harmless);
  suite_add_tcase(suite, tests);
  return suite;
}
