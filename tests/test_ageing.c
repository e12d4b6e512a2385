/// Ageing: the published formula, equivalent time and throughput, extremes, published rates.
#include <check.h>
#include <math.h>
#include <string.h>

#include "../scenarios/cell_file.h"
#include "../sim/ageing.h"
#include "../sim/rng.h"
#include "cell_fixture.h"

static cell_params_t soul;
static const ageing_params_t *const nmc = &soul.ageing;

/// The laws of the Soul EV's file.
static void setup(void) {
  char error[200] = "";
  ck_assert_msg(cell_file_load("data/cells/soul_ev.json", &soul, error, sizeof error) ==
                    CELL_FILE_OK,
                "%s", error);
}

/// Rested at 3.7 V, 60 % deep around 3.6 V, 400 Ah of the 10 Ah cell in a year.
static const ageing_profile_t usual = {.storage_degC = 35.0,
                                       .storage_soc = 0.7,
                                       .throughput_Ah_per_year = 400.0,
                                       .cycle_depth = 0.6,
                                       .cycle_soc = 0.6};

static ageing_state_t aged(const ageing_profile_t *profile, double years) {
  cell_params_t cell = fixture_cell();
  ageing_state_t state = {0};
  ageing_forward(&state, nmc, &cell, profile, years);
  return state;
}

static void ck_same(const ageing_state_t *a, const ageing_state_t *b, double tolerance) {
  ck_assert_double_eq_tol(a->capacity_calendar / b->capacity_calendar, 1.0, tolerance);
  ck_assert_double_eq_tol(a->capacity_cycle / b->capacity_cycle, 1.0, tolerance);
  ck_assert_double_eq_tol(a->resistance_calendar / b->resistance_calendar, 1.0, tolerance);
  ck_assert_double_eq_tol(a->resistance_cycle / b->resistance_cycle, 1.0, tolerance);
}

START_TEST(one_condition_is_the_formula) {
  double years = 0.01 + 1.7 * _i, days = 365.25 * years, Ah = 400.0 * years * 2.05 / 10.0;
  double high_V = 3.9, low_V = 3.3; // OCV is 3 V + SOC
  double rms_V = sqrt((pow(high_V, 3) - pow(low_V, 3)) / (3.0 * (high_V - low_V)));
  double kelvin = 308.15;
  ageing_state_t state = aged(&usual, years);
  double a = (7.543 * 3.7 - 23.75) * 1e6 * exp(-6976.0 / kelvin);
  double b = 7.348e-3 * pow(rms_V - 3.667, 2) + 7.6e-4 + 4.081e-3 * 0.6;
  double ar = (5.270 * 3.7 - 16.32) * 1e5 * exp(-5986.0 / kelvin);
  double br = 2.153e-4 * pow(rms_V - 3.725, 2) - 1.521e-5 + 2.798e-4 * 0.6;
  ageing_state_t formula = {0.425 * a * pow(days, 0.75), 0.425 * b * sqrt(Ah),
                            0.115 * ar * pow(days, 0.75), 0.115 * br * Ah};
  ck_same(&state, &formula, 1e-12);
  ageing_scale_t scale = ageing_scale(&state, 1.0), half = ageing_scale(&state, 0.5);
  double lost = formula.capacity_calendar + formula.capacity_cycle;
  double gained = formula.resistance_calendar + formula.resistance_cycle;
  ck_assert_double_eq_tol(scale.capacity_scale, 1.0 - lost, 1e-13);
  ck_assert_double_eq_tol(scale.resistance_scale, 1.0 + gained, 1e-13);
  ck_assert_double_eq_tol(half.capacity_scale, 1.0 - lost / 2, 1e-13);
  ck_assert_double_eq_tol(half.resistance_scale, 1.0 + gained / 2, 1e-13);
}
END_TEST

START_TEST(parts_make_the_whole) {
  cell_params_t cell = fixture_cell();
  ageing_state_t whole = aged(&usual, 8.0), halves = aged(&usual, 4.0), many = {0};
  ageing_forward(&halves, nmc, &cell, &usual, 4.0);
  ck_same(&halves, &whole, 1e-12);
  for (int week = 0; week < 8 * 52; week++) ageing_forward(&many, nmc, &cell, &usual, 1.0 / 52.0);
  ck_same(&many, &whole, 1e-11);
}
END_TEST

/// y1 = (k1^(1/p) x1 + k0^(1/p) x0)^p for any number of conditions: their order does not matter.
START_TEST(order_of_conditions_does_not_matter) {
  cell_params_t cell = fixture_cell();
  ageing_profile_t hot = usual;
  hot.storage_degC = 45.0;
  hot.storage_soc = 0.95;
  hot.cycle_depth = 0.2;
  ageing_state_t hot_last = aged(&usual, 3.0), hot_first = aged(&hot, 1.0);
  ageing_state_t cool = hot_last, warm = hot_first;
  ageing_forward(&hot_last, nmc, &cell, &hot, 1.0);
  ageing_forward(&hot_first, nmc, &cell, &usual, 3.0);
  ck_same(&hot_last, &hot_first, 1e-12);
  double calendar =
      pow(pow(cool.capacity_calendar, 4.0 / 3.0) + pow(warm.capacity_calendar, 4.0 / 3.0), 0.75);
  ck_assert_double_eq_tol(hot_last.capacity_calendar, calendar, 1e-13);
  double cycle = sqrt(pow(cool.capacity_cycle, 2) + pow(warm.capacity_cycle, 2));
  ck_assert_double_eq_tol(hot_last.capacity_cycle, cycle, 1e-13);
  double linear = cool.resistance_cycle + warm.resistance_cycle;
  ck_assert_double_eq_tol(hot_last.resistance_cycle, linear, 1e-15);
  ck_assert_double_gt(warm.capacity_calendar, cool.capacity_calendar / 3.0);
}
END_TEST

START_TEST(no_time_and_no_use_change_nothing) {
  ageing_state_t none = aged(&usual, 0.0), before = aged(&usual, 5.0), after = before;
  ageing_condition_t condition = {.storage_V = 4.0, .storage_degC = 40.0, .cycle_depth = 0.5};
  ageing_state_t fresh = {0};
  ck_assert_mem_eq(&none, &fresh, sizeof none);
  ageing_advance(&after, nmc, &condition, 0.0, 0.0);
  ck_assert_mem_eq(&after, &before, sizeof after);
  ageing_advance(&after, nmc, &condition, 10.0, 0.0);
  ck_assert_double_eq(after.capacity_cycle, before.capacity_cycle);
  ck_assert_double_eq(after.resistance_cycle, before.resistance_cycle);
  ck_assert_double_gt(after.capacity_calendar, before.capacity_calendar);
  ageing_state_t rested = after;
  ageing_advance(&after, nmc, &condition, 0.0, 10.0);
  ck_assert_double_eq(after.capacity_calendar, rested.capacity_calendar);
  ck_assert_double_gt(after.resistance_cycle, rested.resistance_cycle);
}
END_TEST

/// Where a law would become negative it stands still, and the published floors hold.
START_TEST(rates_have_floors) {
  ageing_condition_t condition = {
      .storage_V = 3.0, .storage_degC = 40.0, .cycle_rms_V = 3.725, .cycle_depth = 0.0};
  ageing_state_t state = {0}, cold = {0}, cool = {0};
  ageing_advance(&state, nmc, &condition, 1000.0, 100.0);
  ck_assert_double_eq(state.capacity_calendar, 0.0);
  ck_assert_double_eq(state.resistance_calendar, 0.0);
  ck_assert_double_eq_tol(state.resistance_cycle, 0.115 * 1.5e-5 * 100.0, 1e-16);
  condition.storage_V = 3.8;
  condition.storage_degC = -20.0;
  ageing_advance(&cold, nmc, &condition, 100.0, 0.0);
  condition.storage_degC = 25.0;
  ageing_advance(&cool, nmc, &condition, 100.0, 0.0);
  ck_assert_double_eq(cold.capacity_calendar, cool.capacity_calendar);
  condition.storage_degC = 26.0;
  ageing_advance(&cool, nmc, &condition, 100.0, 0.0);
  ck_assert_double_gt(cool.capacity_calendar, cold.capacity_calendar * pow(2.0, 0.75));
}
END_TEST

/// Any profile and any order: finite, in range, never younger.
START_TEST(extremes_stay_in_range) {
  rng_t rng = rng_stream(7, "ageing");
  cell_params_t cell = fixture_cell();
  for (int run = 0; run < 300; run++) {
    ageing_state_t state = {0};
    double capacity_before = 1.0, resistance_before = 1.0;
    for (int step = 0; step < 20; step++) {
      ageing_profile_t profile = {.storage_degC = -60.0 + 260.0 * rng_uniform(&rng),
                                  .storage_soc = rng_uniform(&rng),
                                  .throughput_Ah_per_year = exp(40.0 * rng_uniform(&rng) - 20.0),
                                  .cycle_depth = rng_uniform(&rng),
                                  .cycle_soc = rng_uniform(&rng)};
      ageing_forward(&state, nmc, &cell, &profile, exp(20.0 * rng_uniform(&rng) - 15.0));
      ageing_scale_t scale = ageing_scale(&state, 3.0 * rng_uniform(&rng));
      ageing_scale_t plain = ageing_scale(&state, 1.0);
      ck_assert(scale.capacity_scale >= 0.3 && scale.capacity_scale <= 1.0);
      ck_assert(scale.resistance_scale >= 1.0 && scale.resistance_scale <= 10.0);
      ck_assert(plain.capacity_scale <= capacity_before);
      ck_assert(plain.resistance_scale >= resistance_before);
      ck_assert(isfinite(state.resistance_cycle) && state.resistance_cycle <= AGEING_SUM_MAX);
      ck_assert(isfinite(state.capacity_calendar) && state.capacity_calendar <= AGEING_SUM_MAX);
      capacity_before = plain.capacity_scale;
      resistance_before = plain.resistance_scale;
    }
  }
}
END_TEST

/// A law anywhere in the ranges that a file may hold, mostly near their lower ends.
static ageing_law_t any_law(rng_t *rng) {
  ageing_law_t law;
#define ANY_FIELD(field, low, high, unit, help)                                                    \
  law.field = (low) + ((double)(high) - (low)) * pow(rng_uniform(rng), 6.0);
  AGEING_LAW_FIELDS(ANY_FIELD)
#undef ANY_FIELD
  return law;
}

START_TEST(any_parameters_stay_in_range) {
  rng_t rng = rng_stream(8, "ageing");
  cell_params_t cell = fixture_cell();
  for (int run = 0; run < 2000; run++) {
    ageing_params_t params = {any_law(&rng), any_law(&rng), 1.0 + rng_uniform(&rng)};
    ageing_state_t state = {0};
    double sum_before = 0.0;
    ck_assert_ptr_null(ageing_params_check(&params));
    for (int step = 0; step < 4; step++) {
      ageing_profile_t profile = usual;
      profile.storage_degC = -30.0 + 90.0 * rng_uniform(&rng);
      profile.storage_soc = rng_uniform(&rng);
      ageing_forward(&state, &params, &cell, &profile, 10.0 * rng_uniform(&rng));
      double sum = state.capacity_calendar + state.capacity_cycle + state.resistance_calendar +
                   state.resistance_cycle;
      ck_assert_msg(sum >= sum_before && sum <= 4.0 * AGEING_SUM_MAX, "%g after %g", sum,
                    sum_before);
      sum_before = sum;
    }
  }
}
END_TEST

/// The window of a cycle ends at 0 and 1; without depth it is a point.
START_TEST(condition_follows_the_ocv) {
  cell_params_t cell = fixture_cell();
  ageing_profile_t profile = usual;
  profile.cycle_depth = 0.0;
  ageing_condition_t at = ageing_condition(&cell, &profile);
  ck_assert_double_eq_tol(at.storage_V, 3.7, 1e-12);
  ck_assert_double_eq_tol(at.cycle_mean_V, 3.6, 1e-12);
  ck_assert_double_eq_tol(at.cycle_rms_V, 3.6, 1e-12);
  profile.cycle_depth = 1.0;
  profile.cycle_soc = 0.9; // 0.4..1.0
  at = ageing_condition(&cell, &profile);
  ck_assert_double_eq_tol(at.cycle_mean_V, 3.7, 1e-12);
  profile.cycle_soc = 0.2; // 0..0.7
  at = ageing_condition(&cell, &profile);
  ck_assert_double_eq_tol(at.cycle_mean_V, 3.35, 1e-12);
}
END_TEST

/// Cars: Geotab 2019..2026 found 1.8 to 2.3 % a year as the mean of its fleets, and 4.2 % for a car
/// whose pack is not cooled by a liquid. Storage at 25 degC alone: NREL's law for a 75 Ah NMC pouch
/// cell (Kokam; Smith et al. 2017, in BLAST-Lite) says 1.95 % after 1 and 4.43 % after 10 years at
/// 70 % SOC.
START_TEST(a_car_ages_as_published) {
  ageing_profile_t profile = {.storage_degC = 25.0,
                              .storage_soc = 0.7,
                              .throughput_Ah_per_year = 6167.0, // 15 000 km at 150 Wh/km
                              .cycle_depth = 0.5,
                              .cycle_soc = 0.6};
  double before = 0.0;
  for (int years = 1; years <= 10; years++) {
    ageing_state_t state = {0};
    ageing_forward(&state, nmc, &soul, &profile, years);
    double lost_pct = 100.0 * (1.0 - ageing_scale(&state, 1.0).capacity_scale);
    double gained_pct = 100.0 * (ageing_scale(&state, 1.0).resistance_scale - 1.0);
    ck_assert_msg(lost_pct > before && lost_pct / years < 4.2, "%d years: %g %%", years, lost_pct);
    ck_assert_msg(years < 5 || (lost_pct / years > 1.2 && lost_pct / years < 2.3), "%g", lost_pct);
    ck_assert(gained_pct > 0.5 * years && gained_pct < 4.0 * years);
    ck_assert(years != 1 || (100.0 * state.capacity_calendar > 1.95 / 2 &&
                             100.0 * state.capacity_calendar < 1.95 * 2));
    ck_assert(years != 10 || (100.0 * state.capacity_calendar > 4.43 / 2 &&
                              100.0 * state.capacity_calendar < 4.43 * 2));
    before = lost_pct;
  }
  ck_assert_double_eq_tol(before, 14.9, 0.1);
}
END_TEST

START_TEST(bad_parameters_are_named) {
  ageing_params_t params = soul.ageing;
  ck_assert_ptr_null(ageing_params_check(&params));
  params.reference_Ah = 0.0;
  ck_assert_str_eq(ageing_params_check(&params), "reference_Ah");
  params = soul.ageing;
  params.resistance.calendar_exponent = 0.0;
  ck_assert_str_eq(ageing_params_check(&params), "calendar_exponent");
  params = soul.ageing;
  params.capacity.cycle_depth = (double)NAN;
  ck_assert_str_eq(ageing_params_check(&params), "cycle_depth");
  params = soul.ageing;
  params.capacity.factor = -0.1;
  ck_assert_str_eq(ageing_params_check(&params), "factor");
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void) {
  Suite *suite = suite_create("ageing");
  TCase *tcase = tcase_create("laws");
  tcase_add_checked_fixture(tcase, setup, NULL);
  tcase_add_loop_test(tcase, one_condition_is_the_formula, 0, 12);
  tcase_add_test(tcase, parts_make_the_whole);
  tcase_add_test(tcase, order_of_conditions_does_not_matter);
  tcase_add_test(tcase, no_time_and_no_use_change_nothing);
  tcase_add_test(tcase, rates_have_floors);
  tcase_add_test(tcase, extremes_stay_in_range);
  tcase_add_test(tcase, any_parameters_stay_in_range);
  tcase_add_test(tcase, condition_follows_the_ocv);
  tcase_add_test(tcase, a_car_ages_as_published);
  tcase_add_test(tcase, bad_parameters_are_named);
  suite_add_tcase(suite, tcase);
  return suite;
}
