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

enum { CHANNEL_COUNT = 18, NTC_FIRST = 7 };

/// A channel: its errors, what it looks at, and the pin that shows it.
typedef struct {
  sensor_error_t *error;
  double *truth, *pin;
  double full; ///< what is shown where it is shorted, in the pin's unit
} channel_t;

static channel_t channel_at(uint32_t index) {
  const channel_t first[NTC_FIRST] = {
      {&sensors.current_low, &truth.current_A, &pins.current_low_V, 5.0},
      {&sensors.current_high, &truth.current_A, &pins.current_high_V, 5.0},
      {&sensors.pack, &truth.pack_V, &pins.pack_V, 500.0},
      {&sensors.link, &truth.link_V, &pins.link_V, 500.0},
      {&sensors.supply, &truth.supply_V, &pins.supply_V, 20.0},
      {&sensors.iso_pos, &truth.iso_pos_V, &pins.iso_pos_V, 5.0},
      {&sensors.iso_neg, &truth.iso_neg_V, &pins.iso_neg_V, 5.0}};
  if (index < NTC_FIRST) return first[index];
  index -= NTC_FIRST;
  if (index < PINS_MODULE_COUNT)
    return (channel_t){&sensors.module_ntc[index], &truth.module_degC[index],
                       &pins.module_ntc_ohm[index], 0.0};
  index -= PINS_MODULE_COUNT;
  if (index == 0) return (channel_t){&sensors.inlet, &truth.inlet_degC, &pins.inlet_ntc_ohm, 0.0};
  return (channel_t){&sensors.heater[index - 1], &truth.heater_degC[index - 1],
                     &pins.heater_ntc_ohm[index - 1], 0.0};
}

/// What the pin of a channel must be when it shows value.
static double pin_of(uint32_t index, double value) {
  if (index == 0) return 2.5 + 2.0 * value / 75.0;
  if (index == 1) return 2.5 + 2.0 * value / 750.0;
  if (index == 5 || index == 6) return value / 100.0;
  return index < NTC_FIRST ? value : sensors_ntc_ohm(value);
}

static void check_shown(uint32_t index, double value, const char *what) {
  double pin = *channel_at(index).pin, wanted = pin_of(index, value);
  double most = index < NTC_FIRST ? 1e-9 : 1e-4 * wanted; /* renewed after 1 mK */
  ck_assert_msg(fabs(pin - wanted) <= most, "channel %u, %s: pin at %.9g, not %.9g", index, what,
                pin, wanted);
}

static void make_ideal(void) {
  memset(&sensors.current_low, 0, sizeof sensors.current_low);
  memset(&sensors.current_high, 0, sizeof sensors.current_high);
  memset(&sensors.pack, 0, sizeof sensors.pack);
  memset(&sensors.link, 0, sizeof sensors.link);
  memset(&sensors.supply, 0, sizeof sensors.supply);
  memset(&sensors.iso_pos, 0, sizeof sensors.iso_pos);
  memset(&sensors.iso_neg, 0, sizeof sensors.iso_neg);
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

typedef enum { OFFSET, GAIN, DRIFT, TEMPCO, HYSTERESIS, RESOLUTION, STUCK, KIND_COUNT } kind_t;

/// Sets one error and says what is then shown.
static double with_error(sensor_error_t *error, kind_t kind, double value) {
  error->has_more = kind == DRIFT || kind == TEMPCO || kind == HYSTERESIS || kind == RESOLUTION;
  switch (kind) {
  case OFFSET:
    error->offset = -0.75;
    return value - 0.75;
  case GAIN:
    error->gain_error = 0.03;
    return 1.03 * value;
  case DRIFT:
    error->drift_per_h = 36.0;
    return value + 0.1; /* 10 s */
  case TEMPCO:
    error->tempco_per_K = 0.02;
    return value - 0.6; /* at -5 degC */
  case HYSTERESIS:
    error->hysteresis = 0.4;
    return value - 0.4; /* it rises */
  case RESOLUTION:
    error->resolution = 0.75;
    return 0.75 * floor(value / 0.75 + 0.5);
  case STUCK:
    error->is_stuck = 1;
    error->stuck_value = 11.5;
    return 11.5;
  case KIND_COUNT:
    break;
  }
  return value;
}

static void look_at(uint32_t index, double value, uint32_t ticks) {
  *channel_at(index).truth = value;
  for (uint32_t i = 0; i < ticks; i++) sensors_sample(&sensors, &truth, &pins);
}

/// Every channel by itself, with every error: the right figure at its pin, and no other pin moves.
START_TEST(each_channel_has_each_error) {
  const uint32_t index = (uint32_t)_i;
  for (int kind = 0; kind < KIND_COUNT; kind++) {
    pins_in_t sound;
    setup();
    make_ideal();
    truth.ambient_degC = -5.0;
    truth.dt_us = 1000;
    truth.iso_pos_V = 150.0;
    look_at(index, 5.0, 1);
    double value = 12.4;
    look_at(index, value, 1);
    sound = pins;
    check_shown(index, value, "ideal");
    sensor_error_t *error = channel_at(index).error;
    look_at(index, 5.0, 1);
    double wanted = with_error(error, (kind_t)kind, value);
    look_at(index, value, 10000);
    check_shown(index, wanted, "with an error");
    double pin = *channel_at(index).pin;
    *channel_at(index).pin = 0.0;
    for (uint32_t other = 0; other < CHANNEL_COUNT; other++) {
      if (other == index) continue;
      double was = *(double *)((char *)channel_at(other).pin - (char *)&pins + (char *)&sound);
      ck_assert_msg(*channel_at(other).pin <= was && *channel_at(other).pin >= was,
                    "kind %d of channel %u moves channel %u", kind, index, other);
    }
    *channel_at(index).pin = pin;
    if (kind == HYSTERESIS) {
      look_at(index, value - 0.5, 1); /* inside the play nothing moves */
      check_shown(index, value - 0.4, "inside the play");
      look_at(index, value - 2.0, 1);
      check_shown(index, value - 1.6, "falling");
    }
  }
}
END_TEST

START_TEST(each_channel_can_be_open_shorted_and_noisy) {
  const uint32_t index = (uint32_t)_i;
  setup();
  make_ideal();
  channel_t channel = channel_at(index);
  look_at(index, 12.4, 1);
  channel.error->is_open = 1;
  look_at(index, 12.4, 1);
  ck_assert_double_eq(*channel.pin, index < NTC_FIRST ? 0.0 : 1e9);
  channel.error->is_open = 0;
  channel.error->is_shorted = 1;
  look_at(index, 12.4, 1);
  ck_assert_double_eq(*channel.pin, channel.full);
  channel.error->is_shorted = 0;
  look_at(index, 12.4, 1);
  check_shown(index, 12.4, "healed");
  double sound = *channel.pin, sum = 0.0, square = 0.0;
  double per_unit = pin_of(index, 12.401) - pin_of(index, 12.399);
  channel.error->noise_sd = 0.01;
  for (int i = 0; i < 22000; i++) {
    look_at(index, 12.4, 1);
    double off = (*channel.pin - sound) / (per_unit / 0.002);
    sum += off;
    square += off * off;
  }
  ck_assert_double_eq_tol(sum / 22000.0, 0.0, 1e-3);
  ck_assert_double_eq_tol(sqrt(square / 22000.0), 0.01, 5e-4);
}
END_TEST

START_TEST(the_isolation_pins_stay_in_the_converters_range) {
  setup();
  make_ideal();
  truth.iso_pos_V = 360.0;
  truth.iso_neg_V = -20.0; /* the chassis below pack minus: the stage ends at its rail */
  sensors_sample(&sensors, &truth, &pins);
  ck_assert_double_eq_tol(pins.iso_pos_V, 3.6, 1e-12);
  ck_assert_double_eq(pins.iso_neg_V, 0.0);
  truth.iso_pos_V = 600.0;
  sensors_sample(&sensors, &truth, &pins);
  ck_assert_double_eq(pins.iso_pos_V, 5.0);
}
END_TEST

/// The loop of play: up and down again, the readings differ by its whole width, and stay bounded.
START_TEST(hysteresis_has_its_width_at_every_current) {
  setup();
  make_ideal();
  sensors.current_high.hysteresis = 0.3;
  sensors.current_high.has_more = 1;
  double up_A[200];
  for (int i = 0; i < 200; i++) {
    look_at(1, 1.0 * i - 100.0, 1);
    up_A[i] = (pins.current_high_V - 2.5) * 375.0;
  }
  look_at(1, 130.0, 1);
  for (int i = 199; i >= 0; i--) {
    look_at(1, 1.0 * i - 100.0, 1);
    double down_A = (pins.current_high_V - 2.5) * 375.0;
    ck_assert_double_eq_tol(down_A, 1.0 * i - 100.0 + 0.3, 1e-9);
    if (i > 0) ck_assert_double_eq_tol(down_A - up_A[i], 0.6, 1e-9);
  }
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
  tcase_add_loop_test(tests, each_channel_has_each_error, 0, CHANNEL_COUNT);
  tcase_add_loop_test(tests, each_channel_can_be_open_shorted_and_noisy, 0, CHANNEL_COUNT);
  tcase_add_test(tests, the_isolation_pins_stay_in_the_converters_range);
  tcase_add_test(tests, hysteresis_has_its_width_at_every_current);
  tcase_add_test(tests, a_fault_shifts_no_other_noise);
  tcase_add_test(tests, thermistors_follow_within_a_millikelvin);
  suite_add_tcase(suite, tests);
  return suite;
}
