/// Sensors: scaling, errors, faults, thermistor table, noise.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../sim/sensors.h"

static sensors_t sensors;
static sensors_truth_t truth;
static pins_in_t pins;

static void setup(void) {
  memset(&pins, 0, sizeof pins);
  memset(&truth, 0, sizeof truth);
  sensors_init(&sensors, 9);
  truth.pack_V = 360.0;
  truth.link_V = 100.0;
  truth.supply_V = 12.6;
  for (int i = 0; i < PINS_MODULE_COUNT; i++) truth.module_degC[i] = 10.0 * i - 20.0;
}

static void make_ideal(void) {
  memset(&sensors.current_low, 0, sizeof sensors.current_low);
  memset(&sensors.current_high, 0, sizeof sensors.current_high);
  memset(&sensors.pack, 0, sizeof sensors.pack);
  memset(&sensors.link, 0, sizeof sensors.link);
  memset(&sensors.supply, 0, sizeof sensors.supply);
}

START_TEST(thermistor_goes_through_its_table) {
  const double degC[8] = {-40, -20, 0, 20, 40, 60, 80, 90};
  const double min_kohm[8] = {196.6, 68.94, 27.14, 11.96, 5.721, 2.945, 1.622, 1.228};
  const double max_kohm[8] = {213.1, 73.15, 28.27, 12.25, 5.901, 3.078, 1.715, 1.306};
  for (int i = 0; i < 8; i++) {
    const double ohm = sensors_ntc_ohm(degC[i]);
    ck_assert_double_eq_tol(ohm, 500.0 * (min_kohm[i] + max_kohm[i]), 1e-6 * ohm);
  }
  /* the geometric mean lies half way in ln R; beyond the table the last slope goes on */
  ck_assert_double_eq_tol(sensors_ntc_ohm(10), sqrt(27705.0 * 12105.0), 1e-3);
  ck_assert_double_eq_tol(sensors_ntc_ohm(100), 1267.0 * 1267.0 / 1668.5, 1e-3);
  ck_assert_double_eq_tol(sensors_ntc_ohm(-60), 204850.0 * 204850.0 / 71045.0, 1e-2);
  for (double t = -60; t < 120; t += 0.5)
    ck_assert_double_gt(sensors_ntc_ohm(t), sensors_ntc_ohm(t + 0.5));
}
END_TEST

START_TEST(current_scales_to_both_ranges) {
  setup();
  make_ideal();
  const double current_A[5] = {0, 75, -75, 300, -1000};
  const double low_V[5] = {2.5, 4.5, 0.5, 5.0, 0.0},
               high_V[5] = {2.5, 2.7, 2.3, 3.3, 0.0} /* clipped at the supply */;
  truth.current_A = current_A[_i];
  sensors_sample(&sensors, &truth, &pins);
  ck_assert_double_eq_tol(pins.current_low_V, low_V[_i], 1e-12);
  ck_assert_double_eq_tol(pins.current_high_V, high_V[_i], 1e-12);
}
END_TEST

START_TEST(offset_and_gain_act_before_the_range) {
  setup();
  make_ideal();
  sensors.current_low.offset = 0.5;
  sensors.current_low.gain_error = 0.02;
  sensors.pack.offset = -1.0;
  truth.current_A = 10.0;
  sensors_sample(&sensors, &truth, &pins);
  ck_assert_double_eq_tol(pins.current_low_V, 2.5 + 2.0 * 1.02 * 10.5 / 75.0, 1e-12);
  ck_assert_double_eq_tol(pins.current_high_V, 2.5 + 2.0 * 10.0 / 750.0, 1e-12);
  ck_assert_double_eq_tol(pins.pack_V, 359.0, 1e-12);
}
END_TEST

START_TEST(noise_has_its_deviation) {
  setup();
  double sum = 0.0, square = 0.0;
  const int n = 20000;
  for (int i = 0; i < n; i++) {
    sensors_sample(&sensors, &truth, &pins);
    const double amp = (pins.current_low_V - 2.5) * 37.5;
    sum += amp;
    square += amp * amp;
  }
  ck_assert_double_eq_tol(sum / n, 0.0, 0.002);
  ck_assert_double_eq_tol(sqrt(square / n), 0.05, 0.001);
}
END_TEST

START_TEST(faults_show_at_their_pins) {
  setup();
  make_ideal();
  sensors.current_low.is_open = 1;
  sensors.current_high.is_shorted = 1;
  sensors.pack.is_stuck = 1;
  sensors.pack.stuck_value = 333.0;
  sensors.link.is_open = 1;
  sensors.supply.is_shorted = 1;
  sensors.module_ntc[0].is_open = 1;
  sensors.module_ntc[1].is_shorted = 1;
  sensors.module_ntc[2].is_stuck = 1;
  sensors.module_ntc[2].stuck_value = 60.0;
  sensors.module_ntc[3].offset = 20.0;
  sensors_sample(&sensors, &truth, &pins);
  ck_assert_double_eq(pins.current_low_V, 0.0);
  ck_assert_double_eq(pins.current_high_V, 5.0);
  ck_assert_double_eq(pins.pack_V, 333.0);
  ck_assert_double_eq(pins.link_V, 0.0);
  ck_assert_double_eq(pins.supply_V, 20.0);
  ck_assert_double_ge(pins.module_ntc_ohm[0], 1e9);
  ck_assert_double_eq(pins.module_ntc_ohm[1], 0.0);
  ck_assert_double_eq_tol(pins.module_ntc_ohm[2], 3011.5, 1e-6);
  ck_assert_double_eq_tol(pins.module_ntc_ohm[3], sensors_ntc_ohm(truth.module_degC[3] + 20.0),
                          1e-6);
  ck_assert_double_eq_tol(pins.module_ntc_ohm[4], 12105.0, 1.0);
  sensors.module_ntc[0].is_open = 0;
  sensors_sample(&sensors, &truth, &pins);
  ck_assert_double_eq_tol(pins.module_ntc_ohm[0], 71045.0, 1e-6);
}
END_TEST

START_TEST(a_fault_shifts_no_other_noise) {
  pins_in_t other;
  setup();
  memset(&other, 0, sizeof other);
  for (int i = 0; i < 10; i++) sensors_sample(&sensors, &truth, &other);
  setup();
  sensors.current_low.is_stuck = 1;
  sensors.link.is_open = 1;
  sensors.inlet.noise_sd = 1.0;
  for (int i = 0; i < 10; i++) sensors_sample(&sensors, &truth, &pins);
  ck_assert_double_eq(other.current_high_V, pins.current_high_V);
  ck_assert_double_eq(other.supply_V, pins.supply_V);
}
END_TEST

START_TEST(thermistors_follow_within_a_millikelvin) {
  setup();
  for (int i = 0; i < 1000; i++) {
    truth.inlet_degC = 25.0 + 0.0007 * i;
    sensors_sample(&sensors, &truth, &pins);
    const double ohm = sensors_ntc_ohm(truth.inlet_degC);
    ck_assert_double_le(fabs(pins.inlet_ntc_ohm - ohm), 0.05 * 2e-3 * ohm);
  }
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("sensors");
  TCase *tests = tcase_create("sensors");
  tcase_add_test(tests, thermistor_goes_through_its_table);
  tcase_add_loop_test(tests, current_scales_to_both_ranges, 0, 5);
  tcase_add_test(tests, offset_and_gain_act_before_the_range);
  tcase_add_test(tests, noise_has_its_deviation);
  tcase_add_test(tests, faults_show_at_their_pins);
  tcase_add_test(tests, a_fault_shifts_no_other_noise);
  tcase_add_test(tests, thermistors_follow_within_a_millikelvin);
  suite_add_tcase(suite, tests);
  return suite;
}
