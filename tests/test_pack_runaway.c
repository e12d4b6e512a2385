/// Thermal runaway: rates against closed forms, released heat, order of events, propagation.
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/cell_file.h"
#include "../sim/pack_runaway.h"
#include "../sim/rng.h"
#include "pack_balance.h"

enum { HOT_GROUP = 60 }; ///< M6C5

static const double no_extra_A[PACK_GROUP_COUNT];
static cell_params_t params;
static pack_t pack;

/// The Soul EV's cells, all alike.
static void start(double soc, double degC) {
  char error[600];
  pack_config_t config = {.ambient_degC = degC};
  ck_assert_msg(cell_file_load("data/cells/soul_ev.json", &params, error, sizeof error) ==
                    CELL_FILE_OK,
                "%s", error);
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++)
    config.cell[i] = (pack_cell_init_t){soc, degC, 1.0, 1.0, 1.0};
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
}

static void step(uint32_t dt_us) {
  (void)pack_source(&pack, no_extra_A, dt_us);
  ck_assert_int_eq(pack_step(&pack, 0.0, dt_us), PACK_OK);
}

/// No way out for heat, one node for a cell.
static void isolate(void) {
  params.neighbour_WpK = 0.0;
  params.case_WpK = 0.0;
  params.core_surface_WpK = 1e-6;
}

static double stored_J(double soc) { return cell_enthalpy_J(&params, 3600.0 * 39.5, soc); }

/// The rate of the reaction alone, from its Arrhenius form, in K/s of the whole cell.
static double self_heating_Kps(double degC, double soc) {
  const double free_ps = 1.7e12 * exp(-15700.0 / (degC + 273.15));
  const double ps = 1.0 / (1.0 / free_ps + 1.0 / 0.25);
  const double charge_J =
      3600.0 * 39.5 * soc * (cell_ocv_V(&params, soc) - 298.15 * cell_entropic_VpK(&params, soc));
  return ps * (0.4 * (stored_J(1.0) - stored_J(0.0)) + charge_J) / (704.0 + 176.0);
}

START_TEST(rate_is_the_arrhenius_one) {
  const double degC = 90.0 + 10.0 * _i;
  const double dt_s = 0.1;
  start(0.8, 25.0);
  isolate();
  ck_assert_int_eq(pack_set_tab(&pack, 10, PACK_TAB_OPEN_ohm), PACK_OK); // no current from its pair
  pack.runaway.params.collapse_degC = 1e9;
  pack.runaway.params.vent_Kps = 1e9;
  pack.core_degC[0][5] = degC;
  step(100000);
  const double lost = 1.0 - pack.runaway.reactant[0][5];
  const double made_Kps = pack.heat_J[0][5] / dt_s / 880.0;
  const double free_ps = 1.7e12 * exp(-15700.0 / (degC + 273.15));
  const double ps = free_ps * 0.25 / (free_ps + 0.25);
  ck_assert_double_eq_tol(lost / (1.0 - exp(-ps * dt_s)), 1.0, 1e-5);
  ck_assert_double_eq_tol(made_Kps / self_heating_Kps(degC, 0.8), 1.0, 0.02); // in 0.1 s
  ck_assert_double_eq_tol(pack_cell_soc(&pack, 10), 0.8 * (1.0 - lost), 1e-6);
  ck_assert_double_eq_tol(pack.runaway.reactant[1][5], 1.0, 1e-15);
}
END_TEST

/// Published: 0.02 K/min at 60..110 degC, 1 K/s at 130..260 degC.
START_TEST(onset_lies_where_large_cells_have_it) {
  start(1.0, 25.0);
  double t1_degC = 0.0, t2_degC = 0.0;
  for (double degC = 40.0; degC < 300.0; degC += 0.5) {
    if (t1_degC <= 0.0 && self_heating_Kps(degC, 1.0) >= 0.02 / 60.0) t1_degC = degC;
    if (t2_degC <= 0.0 && self_heating_Kps(degC, 1.0) >= 1.0) t2_degC = degC;
  }
  ck_assert_double_eq_tol(t1_degC, 92.0, 1.0); // 60..110 and
  ck_assert_double_eq_tol(t2_degC, 175.5, 1.0); // 130..260 are published
}
END_TEST

/// All heat of a cell that burns alone: between 1.2 and 1.8 times what it had stored.
START_TEST(released_heat_is_that_of_the_charge_and_more) {
  static const double soc[] = {1.0, 0.75, 0.5};
  static const double share[] = {1.4, 0.4 / 0.75 + 1.0, 1.8};
  start(soc[_i], 25.0);
  isolate();
  ck_assert_int_eq(pack_set_tab(&pack, 10, PACK_TAB_OPEN_ohm), PACK_OK);
  ck_assert_int_eq(pack_runaway_ignite(&pack, 10), PACK_OK);
  for (uint32_t i = 0; i < 10000; i++) step(10000);
  const double stored = stored_J(soc[_i]) - stored_J(0.0);
  const double left_J = cell_enthalpy_J(&params, 3600.0 * 39.5, pack_cell_soc(&pack, 10));
  ck_assert_double_lt(pack.runaway.reactant[0][5], 1e-8);
  ck_assert_double_eq_tol((pack.made_J[0][5] + left_J) / stored, share[_i], 0.06);
  ck_assert_double_ge(pack.made_J[0][5] / stored, 1.2);
  ck_assert_double_le(pack.made_J[0][5] / stored, 1.85);
  ck_assert_double_eq_tol(pack.runaway.gas_L, 1.5 * 39.5, 0.01 * 1.5 * 39.5);
}
END_TEST

typedef struct {
  double collapse_s, vent_s[PACK_CELL_COUNT], end_s, max_degC, low_V, low_s;
  uint32_t vented_count;
} story_t;

/// Heat one cell from outside until it vents, and watch.
static story_t burn(double soc, double heater_W, double end_s) {
  story_t story = {.low_V = 10.0};
  start(soc, 25.0);
  for (uint32_t ms10 = 0; ms10 < (uint32_t)(100.0 * end_s); ms10++) {
    const double now_s = 0.01 * ms10;
    pack.external_W[0][HOT_GROUP] = pack.runaway.vented_count ? 0.0 : heater_W;
    step(10000);
    if (story.collapse_s <= 0.0 && pack.runaway.collapsed_count) story.collapse_s = now_s;
    if (!pack.runaway.vented_count && pack_group_V(&pack, HOT_GROUP) < story.low_V) {
      story.low_V = pack_group_V(&pack, HOT_GROUP);
      story.low_s = now_s;
    }
    for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
      if (pack.runaway.is_vented[i / 2][i % 2] && story.vent_s[i] <= 0.0) story.vent_s[i] = now_s;
      if (pack_cell_degC(&pack, i) > story.max_degC) story.max_degC = pack_cell_degC(&pack, i);
    }
  }
  story.vented_count = pack.runaway.vented_count;
  return story;
}

START_TEST(voltage_goes_before_the_jump) {
  story_t story = burn(0.9, 3000.0, 60.0);
  double vent_s = story.vent_s[2 * HOT_GROUP];
  ck_assert_double_gt(story.collapse_s, 10.0);
  ck_assert_double_gt(vent_s, story.collapse_s + 0.5);
  ck_assert_double_lt(vent_s, story.collapse_s + 60.0);
  ck_assert_double_lt(story.low_V, 0.6);
  ck_assert_double_gt(story.max_degC, 600.0);
  ck_assert_double_lt(story.max_degC, 900.0);
  /* its tab is gone: the other cell carries the group again */
  ck_assert_double_gt(pack_group_V(&pack, HOT_GROUP), 3.0);
}
END_TEST

START_TEST(neighbours_follow_within_two_minutes) {
  story_t story = burn(0.95, 3000.0, 260.0);
  const uint32_t a = 2 * HOT_GROUP;
  static const int up[] = {0, 1, 2, 3}, down[] = {0, -1, -2, -3};
  for (int way = 0; way < 2; way++) {
    const int *next = way ? down : up;
    for (int i = 1; i < 4; i++) {
      double gap_s = story.vent_s[(int)a + next[i]] - story.vent_s[(int)a + next[i - 1]];
      ck_assert_msg(gap_s >= 10.0 && gap_s <= 120.0, "%d cells away: %.1f s", next[i], gap_s);
    }
  }
  ck_assert_uint_ge(story.vented_count, 7);
}
END_TEST

START_TEST(without_contact_it_ends_with_the_cell) {
  start(0.95, 25.0);
  params.neighbour_WpK = 0.0;
  ck_assert_int_eq(pack_runaway_ignite(&pack, 2 * HOT_GROUP), PACK_OK);
  for (uint32_t i = 0; i < 20000; i++) step(10000);
  ck_assert_uint_eq(pack.runaway.vented_count, 1);
}
END_TEST

START_TEST(half_a_charge_does_not_carry_it_on) {
  story_t story = burn(0.3, 3000.0, 200.0);
  ck_assert_uint_eq(story.vented_count, 1);
  ck_assert_double_lt(story.max_degC, 600.0);
}
END_TEST

START_TEST(a_short_inside_sets_it_off) {
  start(0.9, 25.0);
  ck_assert_int_eq(pack_set_short(&pack, 2 * HOT_GROUP, 2e-3), PACK_OK);
  for (uint32_t i = 0; i < 12000; i++) step(10000);
  ck_assert_uint_eq(pack.runaway.is_vented[HOT_GROUP][0], 1);
}
END_TEST

START_TEST(a_burnt_cell_keeps_its_short) {
  start(0.9, 25.0);
  ck_assert_int_eq(pack_runaway_ignite(&pack, 11), PACK_OK);
  for (uint32_t i = 0; i < 50; i++) step(10000);
  const double short_S = pack.short_S[1][5];
  ck_assert_double_gt(short_S, 1e4);
  ck_assert_int_eq(pack_set_short(&pack, 11, 0.0), PACK_OK);
  ck_assert_int_eq(pack_set_tab(&pack, 11, 0.0), PACK_OK);
  ck_assert_double_ge(pack.short_S[1][5], short_S);
  ck_assert_double_ge(pack.tab_ohm[1][5], 0.2);
}
END_TEST

START_TEST(a_cool_pack_is_left_alone) {
  start(0.9, 79.0);
  for (uint32_t i = 0; i < 1000; i++) step(10000);
  for (uint32_t g = 0; g < PACK_GROUP_COUNT; g++)
    ck_assert_double_ge(pack.runaway.reactant[0][g], 1.0);
  ck_assert_double_le(pack.runaway.gas_L, 0.0);
  ck_assert_int_eq(pack_runaway_ignite(&pack, PACK_CELL_COUNT), PACK_ERR_RANGE);
}
END_TEST

static double between(rng_t *rng, double low, double high) {
  return low + (high - low) * rng_uniform(rng);
}

/// Random packs, currents, heat and fires: every state finite and in range, energy closed.
START_TEST(fires_stay_finite_and_conserve_energy) {
  static const uint32_t dt_us[] = {10000, 1000, 100000};
  rng_t rng = rng_stream((uint64_t)_i, "test_pack_runaway");
  start(0.5, 25.0);
  pack_config_t config = {.ambient_degC = between(&rng, -30.0, 45.0)};
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++)
    config.cell[i] = (pack_cell_init_t){between(&rng, 0.1, 1.0), between(&rng, -30.0, 110.0),
                                        between(&rng, 0.7, 1.1), between(&rng, 0.7, 4.0), 1.0};
  ck_assert_int_eq(pack_init(&pack, &params, &config), PACK_OK);
  for (uint32_t i = 0; i < 4; i++)
    (void)pack_runaway_ignite(&pack, (uint32_t)(rng_u64(&rng) % PACK_CELL_COUNT));
  const double before_J = balance_ledger_J(&pack), content_J = balance_content_J(&pack);
  for (uint32_t i = 0; i < 4000; i++) {
    if (i % 500 == 0) pack.external_W[rng_u64(&rng) % 2][rng_u64(&rng) % PACK_GROUP_COUNT] = 5000.0;
    (void)pack_source(&pack, no_extra_A, dt_us[_i % 3]);
    ck_assert_int_eq(pack_step(&pack, between(&rng, -20.0, 40.0), dt_us[_i % 3]), PACK_OK);
  }
  ck_assert_uint_ge(pack.runaway.vented_count, 4);
  for (uint32_t i = 0; i < PACK_CELL_COUNT; i++) {
    const uint32_t side = i % 2, g = i / 2;
    const double heated_K = pack.external_J[side][g] / 704.0;
    ck_assert_double_ge(pack_cell_degC(&pack, i), -31.0);
    ck_assert_double_le(pack_cell_degC(&pack, i), 1200.0 + heated_K);
    ck_assert_double_ge(pack.runaway.reactant[side][g], 0.0);
    ck_assert_double_le(pack.runaway.reactant[side][g], 1.0);
    ck_assert(isfinite(pack_cell_soc(&pack, i)) && isfinite(pack_cell_A(&pack, i)) &&
              isfinite(pack_group_V(&pack, g)));
    ck_assert_double_ge(pack_cell_soc(&pack, i), -1.5);
    ck_assert_double_le(pack_cell_soc(&pack, i), 1.5);
  }
  const double booked_J = balance_booked_J(&pack);
  ck_assert_double_gt(pack.runaway.gas_J, 1e4);
  ck_assert_double_eq_tol((balance_content_J(&pack) - content_J) / booked_J, 1.0, 1e-11);
  /* a step of 0.1 s may run over the end of a segment of the OCV */
  ck_assert_double_eq_tol(balance_ledger_J(&pack) / before_J - 1.0, 0.0,
                          dt_us[_i % 3] > 10000 ? 2e-7 : 1e-9);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void) {
  Suite *suite = suite_create("pack_runaway");
  TCase *tests = tcase_create("pack_runaway");
  tcase_set_timeout(tests, 30);
  tcase_add_loop_test(tests, rate_is_the_arrhenius_one, 0, 12);
  tcase_add_test(tests, onset_lies_where_large_cells_have_it);
  tcase_add_loop_test(tests, released_heat_is_that_of_the_charge_and_more, 0, 3);
  tcase_add_test(tests, voltage_goes_before_the_jump);
  tcase_add_test(tests, neighbours_follow_within_two_minutes);
  tcase_add_test(tests, without_contact_it_ends_with_the_cell);
  tcase_add_test(tests, half_a_charge_does_not_carry_it_on);
  tcase_add_test(tests, a_short_inside_sets_it_off);
  tcase_add_test(tests, a_burnt_cell_keeps_its_short);
  tcase_add_test(tests, a_cool_pack_is_left_alone);
  tcase_add_loop_test(tests, fires_stay_finite_and_conserve_energy, 0, 6);
  suite_add_tcase(suite, tests);
  return suite;
}
